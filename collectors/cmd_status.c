/* status: what waits, what is on the way, what was answered; how long the disk lasts. */
#include "collectors/cmd.h"
#include "collectors/sender.h"

#include <jansson.h>

/* What of the conversation waits for the unit, and how far each period has come. */
struct talk {
    struct cmd *c;
    const char *unit;
    json_t *periods;     /* for machines */
    struct bytes people; /* for people */
    int64_t waiting[NOTICE_EXTENSION + 1];
    const char *scheme, *period; /* whose extension is looked for */
    int32_t extended_to;
    bool failed;
    struct arena arena;
    struct err e;
};

static void notice_row(void *ctx, const struct outbox_notice *n)
{
    struct talk *t = ctx;
    bool open = false;

    if (!outbox_notice_open(t->c->app->outbox, &n->act, n->came_at, &open, &t->e))
        t->failed = true;
    else if (open && n->act.kind <= NOTICE_EXTENSION)
        t->waiting[n->act.kind]++;
}

static void extension_row(void *ctx, const struct outbox_notice *n)
{
    struct talk *t = ctx;

    if (n->act.kind == NOTICE_EXTENSION && strcmp(n->act.period, t->period) == 0 &&
        strcmp(n->act.scheme, t->scheme) == 0)
        t->extended_to = n->act.due;
}

static const char *period_state(const struct outbox_period *p)
{
    if (p->declared && p->nothing && p->reports == 0)
        return "nil";
    return p->declared && p->reports >= p->rows ? "sent" : "partly";
}

static void period_row(void *ctx, const struct outbox_period *p)
{
    struct talk *t = ctx;
    const struct catalogue *cat = t->c->app->cat;
    enum lang lang = t->c->lang;
    const char *key = arena_printf(&t->arena, "%s:%s", p->scheme, p->period);
    const struct period *period = catalogue_period(cat, key);
    char reports[24], rows[24], day[11] = "", due[11] = "";

    t->scheme = p->scheme;
    t->period = p->period;
    t->extended_to = DATE_NONE;
    if (!t->failed &&
        !outbox_notices(t->c->app->outbox, t->unit, false, extension_row, t, &t->e))
        t->failed = true;
    if (t->extended_to != DATE_NONE)
        date_iso(t->extended_to, day);
    if (period != NULL)
        date_iso(period_due(cat, period), due);
    json_array_append_new(
        t->periods,
        json_pack("{s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:s, s:s, s:s}", "scheme",
                  p->scheme, "period", p->period, "vintage", vintage_word(p->vintage),
                  "state", period_state(p), "declared", (int)p->declared, "reports",
                  (json_int_t)p->reports, "declared_rows", (json_int_t)p->rows,
                  "paper_number", p->paper_number, "due", due, "extended_to", day));
    snprintf(reports, sizeof reports, "%lld", (long long)p->reports);
    snprintf(rows, sizeof rows, "%lld", (long long)p->rows);
    bytes_str(&t->people, "  ");
    say(&t->people, cat, lang,
        !p->declared                          ? "cli.status_undeclared"
        : strcmp(period_state(p), "nil") == 0 ? "cli.status_nothing"
                                              : "cli.status_declared",
        catalogue_period(cat, p->period) == period ? p->period : key,
        say_word(cat, lang, "vintage", vintage_word(p->vintage)), reports, rows, NULL);
    if (p->declared && p->paper_number[0] == 0)
        bytes_printf(&t->people, "; %s",
                     catalogue_text(cat, "cli.status_no_paper", lang));
    if (t->extended_to != DATE_NONE)
        bytes_printf(&t->people, "; %s %s",
                     catalogue_text(cat, "notice.extended_to", lang),
                     lang == LANG_VI ? date_vi(t->extended_to, day) : day);
    else if (period != NULL)
        bytes_printf(&t->people, "; %s %s", catalogue_text(cat, "notice.due", lang),
                     lang == LANG_VI ? date_vi(period_due(cat, period), due) : due);
    bytes_char(&t->people, '\n');
}

static bool talk_of(struct cmd *c, const struct app_unit *u, struct talk *t,
                    struct err *e)
{
    *t = (struct talk){.c = c, .unit = u->key.code, .periods = json_array()};
    if (outbox_notices(c->app->outbox, u->key.code, false, notice_row, t, e) &&
        outbox_periods(c->app->outbox, &u->key, period_row, t, e) && !t->failed)
        return true;
    if (t->failed)
        *e = t->e;
    return false;
}

static void talk_clear(struct talk *t)
{
    json_decref(t->periods);
    bytes_clear(&t->people);
    arena_clear(&t->arena);
    *t = (struct talk){0};
}

static json_t *talk_json(const struct talk *t)
{
    return json_pack("{s:I, s:I, s:I}", "questions", (json_int_t)t->waiting[NOTICE_ASK],
                     "returned", (json_int_t)t->waiting[NOTICE_RETURN], "reminders",
                     (json_int_t)t->waiting[NOTICE_REMINDER]);
}

static json_t *unit_json(const struct app_unit *u, const struct outbox_counts *n,
                         const struct outbox_head *h, const struct sender_status *s,
                         const struct talk *t)
{
    json_t *verdicts = json_object();
    char from[11], send[24];

    for (int v = VERDICT_ACCEPTED; v <= VERDICT_CONFLICT; v++)
        json_object_set_new(verdicts, verdict_word((enum verdict)v),
                            json_integer(n->verdicts[v]));
    return json_pack(
        "{s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I,"
        " s:o, s:o, s:O}",
        "unit", u->key.code, "valid_from", date_iso(u->key.valid_from, from), "linked",
        (int)s->linked, "session", s->state, "waits_for", s->waits_for, "alarm", s->alarm,
        "send", schedule_text(&u->schedule, send), "approval", (int)u->schedule.approval,
        "waiting", (json_int_t)n->waiting, "unapproved",
        (json_int_t)(u->schedule.approval ? n->unapproved : 0), "on_the_way",
        (json_int_t)n->on_the_way, "files", (json_int_t)n->files, "batches",
        (json_int_t)n->batches, "epoch", (json_int_t)h->epoch, "sealed",
        (json_int_t)h->sealed, "oldest", (json_int_t)n->oldest, "receipts", verdicts,
        "conversation", talk_json(t), "periods", t->periods);
}

static const char *session_text(struct cmd *c, const struct sender_status *s)
{
    const char *key = "status.offline";

    if (c->app->sender == NULL)
        key = "cli.not_running";
    else if (strcmp(s->state, "up_to_date") == 0)
        key = "status.up_to_date";
    else if (strncmp(s->state, "sending", 7) == 0)
        key = "status.sending";
    else if (strcmp(s->state, "stopped") == 0)
        key = "cli.stopped";
    else if (s->linked)
        key = "status.waiting";
    return catalogue_text(c->app->cat, key, c->lang);
}

static void line(struct cmd *c, const char *key, int64_t n)
{
    if (n > 0)
        fprintf(c->out, "  %s: %lld\n", catalogue_text(c->app->cat, key, c->lang),
                (long long)n);
}

static void unit_people(struct cmd *c, const struct app_unit *u,
                        const struct outbox_counts *n, const struct sender_status *s,
                        struct talk *t)
{
    struct bytes b = {0};

    say(&b, c->app->cat, c->lang, "cli.status_unit", u->key.code, session_text(c, s),
        NULL);
    fprintf(c->out, "%s\n", bytes_cstr(&b));
    bytes_clear(&b);
    if (s->waits_for[0] != 0)
        fprintf(c->out, "  %s\n", say_word(c->app->cat, c->lang, "notnow", s->waits_for));
    if (s->alarm[0] != 0)
        fprintf(c->out, "  ! %s\n", s->alarm);
    line(c, "cli.status_waiting", n->waiting);
    if (u->schedule.approval)
        line(c, "cli.status_unapproved", n->unapproved);
    line(c, "cli.status_on_the_way", n->on_the_way);
    for (int v = VERDICT_ACCEPTED; v <= VERDICT_CONFLICT; v++)
        if (n->verdicts[v] > 0)
            fprintf(
                c->out, "  %s: %lld\n",
                say_word(c->app->cat, c->lang, "verdict", verdict_word((enum verdict)v)),
                (long long)n->verdicts[v]);
    fprintf(c->out, "%s", bytes_cstr(&t->people));
    line(c, "cli.status_questions", t->waiting[NOTICE_ASK]);
    line(c, "cli.status_returned", t->waiting[NOTICE_RETURN]);
    line(c, "cli.status_reminders", t->waiting[NOTICE_REMINDER]);
}

static void disk_people(struct cmd *c, const struct outbox_disk *d, int64_t oldest,
                        int64_t now)
{
    struct bytes b = {0};
    char size[32], left[32], days[32], age[32];

    snprintf(size, sizeof size, "%lld MB", (long long)((d->bytes + 999999) / 1000000));
    snprintf(left, sizeof left, "%lld MB", (long long)(d->free / 1000000));
    say(&b, c->app->cat, c->lang, "cli.status_disk", size, left, NULL);
    if (d->days_left >= 0) { /* unknown in the first days */
        snprintf(days, sizeof days, "%lld", (long long)d->days_left);
        say(&b, c->app->cat, c->lang, "cli.status_days", days, NULL);
    }
    if (oldest != 0) {
        snprintf(age, sizeof age, "%lld", (long long)((now - oldest) / 3600000));
        bytes_str(&b, ". ");
        say(&b, c->app->cat, c->lang, "cli.status_oldest", age, NULL);
    }
    fprintf(c->out, "%s\n", bytes_cstr(&b));
    bytes_clear(&b);
}

static bool status(struct cmd *c, bool json, struct err *e)
{
    struct app *app = c->app;
    struct outbox_disk disk;
    int64_t now = clock_wall(), oldest = 0;
    json_t *units = json_array(), *j;
    char date[11];

    if (!outbox_disk(app->outbox, now, &disk, e))
        goto fail;
    for (size_t i = 0; i < app->n_units; i++) {
        const struct app_unit *u = &app->units[i];
        struct outbox_counts n;
        struct outbox_head h;
        struct sender_status s;
        struct talk t = {0};

        if (!outbox_count(app->outbox, &u->key, &n, e) ||
            !outbox_head(app->outbox, &u->key, &h, e) || !talk_of(c, u, &t, e)) {
            talk_clear(&t);
            goto fail;
        }
        sender_status(app->sender, u, &s);
        if (n.oldest != 0 && (oldest == 0 || n.oldest < oldest))
            oldest = n.oldest;
        if (json)
            json_array_append_new(units, unit_json(u, &n, &h, &s, &t));
        else
            unit_people(c, u, &n, &s, &t);
        talk_clear(&t);
    }
    if (json) {
        j = json_pack("{s:b, s:s, s:I, s:{s:I, s:I, s:I, s:I, s:I}, s:O}", "running",
                      (int)(app->sender != NULL), "civil_date",
                      date_iso(app_now(app).date, date), "catalogue",
                      (json_int_t)app->cat->version, "outbox", "bytes",
                      (json_int_t)disk.bytes, "free", (json_int_t)disk.free, "days_left",
                      (json_int_t)disk.days_left, "since", (json_int_t)disk.since,
                      "oldest", (json_int_t)oldest, "units", units);
        json_dumpf(j, c->out, JSON_INDENT(1));
        fputc('\n', c->out);
        json_decref(j);
    } else {
        disk_people(c, &disk, oldest, now);
    }
    json_decref(units);
    return true;
fail:
    json_decref(units);
    return false;
}

enum exit_code cmd_status(struct cmd *c, int argc, char **argv)
{
    bool json = false;
    const struct opt opts[] = {
        {"json", OPT_FLAG, &json, NULL, "in dạng JSON", "print JSON"}
    };
    enum exit_code code;
    struct err e = {0};
    size_t n;

    if (!cmd_options(c, argc, argv, opts, COUNT(opts), NULL, 0, &n, &code))
        return code;
    return status(c, json, &e) ? EXIT_DONE : cmd_fail(c, &e);
}
