/* remind, period extend: who has not sent is told so, who needs more days gets them. */
#include "aggregator/ingest/notice.h"
#include "aggregator/rollup/rollup.h"
#include "aggregator/table.h"
#include "aggregator/ingest/talk.h"

#include <getopt.h>

struct words { /* of the command line */
    const char *period, *vintage, *unit, *note, *by, *until;
    bool json;
};

/* ---- remind ---- */

static const char OPEN_UNITS[] =
    "select s.unit, s.unit_from, s.name, s.state, p.due, x.due, s.expected"
    " from status_at($1, $2, $3, $4, $5) s"
    " join period_at($1, $2, $4, $5) p on true"
    " left join extension_at($1, $2, $4, $5) x"
    "  on x.unit = s.unit and x.unit_from = s.unit_from"
    " where ($6::text is null and s.expected or s.unit = $6)"
    "  and s.state in ('none', 'partly')";

static const struct column REMINDED[] = {
    {"unit",      COL_TEXT, "Mã",         "Unit" },
    {"unit_from", COL_DATE, NULL,          NULL   },
    {"name",      COL_TEXT, "Đơn vị",  "Name" },
    {"state",     COL_TEXT, "Tình hình", "State"},
    {"due",       COL_DATE, "Hạn gửi", "Due"  },
};

/* What the unit reads above the note: Vietnamese, as every notice. */
static const char *what_is_missing(struct arena *a, const char *state, const char *note)
{
    const char *vi = strcmp(state, "none") == 0
                         ? "Đơn vị chưa gửi báo cáo của kỳ này."
                         : "Đơn vị đã gửi một phần, chưa khai báo đủ bộ báo cáo.";

    return note[0] != 0 ? arena_printf(a, "%s %s", vi, note) : vi;
}

/* The period's day or, where it is later, the unit's own: columns of a result. */
static int32_t due_of(const struct holidays *h, const struct pg_rows *r, size_t row,
                      size_t period, size_t extension)
{
    const int32_t due = workday_from(h, pg_get_date(r, row, period));
    const int32_t own = pg_get_date(r, row, extension); /* DATE_NONE: before all */

    return own > due ? own : due;
}

static void remind_units(struct app *app, const struct rollup_at *at,
                         const struct holidays *h, const struct pg_rows *r,
                         const struct speaker *who, const char *note, struct arena *a,
                         struct acts *acts, struct table *t)
{
    for (size_t i = 0; i < r->n; i++) {
        const char *state = pg_get_text(r, i, 3);
        const struct notice_act n = {
            .kind = NOTICE_REMINDER,
            .unit = {pg_get_text(r, i, 0), pg_get_date(r, i, 1)},
            .scheme = at->scheme,
            .period = at->period,
            .vintage = at->vintage != NULL ? vintage_of(at->vintage) : VINTAGE_NONE,
            .text = what_is_missing(a, state, note),
            .due = due_of(h, r, i, 4, 5),
            .person = who->code,
            .person_name = who->name,
        };

        notice_add(acts, &n);
        table_text(t, n.unit.code);
        table_date(t, n.unit.valid_from);
        table_text(t, pg_get_text(r, i, 2));
        table_shown(t, state,
                    strcmp(state, "none") == 0
                        ? app_say(app, "chưa gửi", "not sent")
                        : app_say(app, "đã gửi một phần", "partly sent"));
        table_date(t, n.due);
    }
}

static int remind(struct app *app, const struct words *w)
{
    struct acts acts = {0};
    struct arena a = {0};
    struct rollup_at at;
    struct speaker who;
    struct holidays holidays = {0};
    struct pg_rows rows = {0};
    struct err e = {0};
    const char *note = "";
    struct table t;
    struct pg *pg = app_writer(app, &e);
    bool ok = pg != NULL && talk_speaker(app, &a, w->by, &who, &e) &&
              (w->note == NULL || talk_text(app, "--note", w->note, &a, &note, &e)) &&
              (w->unit == NULL || app_unit_known(app, "--unit", w->unit, &e)) &&
              rollup_at_find(app, pg, w->period, w->vintage, NULL, &a, &at, &e);

    if (ok) {
        const struct pg_arg args[] = {pg_text(at.scheme),  pg_text(at.period),
                                      pg_text(at.vintage), pg_int(at.epoch),
                                      pg_int(at.seq),      pg_text(w->unit)};

        ok = holidays_active(pg, &a, &holidays, &e) &&
             pg_query(pg, OPEN_UNITS, args, COUNT(args), &rows, &e);
    }
    table_init(&t, REMINDED, COUNT(REMINDED));
    if (ok) {
        remind_units(app, &at, &holidays, &rows, &who, note, &a, &acts, &t);
        ok = acts_append(&acts, pg, who.code, &e);
    }
    if (ok && rows.n == 0 && !w->json)
        printf("%s\n", app_say(app, "không có đơn vị nào cần đôn đốc",
                               "no unit needs a reminder"));
    else if (ok)
        table_print(&t, app->lang, w->json, stdout);
    table_clear(&t);
    pg_rows_clear(&rows);
    acts_clear(&acts);
    arena_clear(&a);
    return ok ? EXIT_DONE : app_fail(app, &e);
}

int cmd_remind(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"vintage",          required_argument, NULL, 'v'},
        {"unit",              required_argument, NULL, 'u'},
        {"note",                  required_argument, NULL, 'n'},
        {"by",required_argument, NULL, 'b'},
        {"json",               no_argument, NULL, 'j'},
        {0            },
    };
    struct words w = {0};
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'v':
            w.vintage = optarg;
            break;
        case 'u':
            w.unit = optarg;
            break;
        case 'n':
            w.note = optarg;
            break;
        case 'b':
            w.by = optarg;
            break;
        case 'j':
            w.json = true;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (argc - optind != 1)
        return app_usage(app, "cần đúng một kỳ báo cáo", "one period is needed");
    if (w.by == NULL)
        return app_usage(app, "cần --by: người thực hiện", "--by is needed: who does it");
    w.period = argv[optind];
    return remind(app, &w);
}

/* ---- period extend ---- */

static const char EXTEND[] =
    "select u.code, u.valid_from, u.name, p.due, x.due, p.closes"
    " from unit_expected($1, $2, $3, $4) u join period_at($1, $2, $3, $4) p on true"
    " left join extension_at($1, $2, $3, $4) x on x.unit = u.code"
    "  and x.unit_from = u.valid_from where u.code = $5";

static void add_extension(struct acts *acts, const struct notice_act *n)
{
    struct json *j = json_new();

    json_text(j, "unit", n->unit.code);
    json_date(j, "unit_from", n->unit.valid_from);
    json_text(j, "scheme", n->scheme);
    json_text(j, "period", n->period);
    json_date(j, "due", n->due);
    json_text(j, "why", n->text);
    json_text(j, "person", n->person);
    acts_add(acts, "extension", &j);
    notice_add(acts, n);
}

/* May the unit's day move to this one? */
static bool check_day(const struct app *app, const struct words *w,
                      const struct holidays *h, const struct pg_rows *r, int32_t until,
                      struct err *e)
{
    const int32_t due = r->n > 0 ? workday_from(h, pg_get_date(r, 0, 3)) : DATE_NONE;
    char day[11];

    if (r->n == 0)
        return app_set(app, e, ERR_INPUT,
                       "--unit %s: không phải đơn vị phải báo cáo kỳ %s (xem status)",
                       "--unit %s: is not expected to report for %s (see status)",
                       w->unit, w->period);
    if (until <= due)
        return app_set(app, e, ERR_INPUT, "--until %s: phải sau hạn gửi của kỳ (%s)",
                       "--until %s: must be after the period's due date (%s)", w->until,
                       date_iso(due, day));
    if (pg_get_date(r, 0, 5) != DATE_NONE && until > pg_get_date(r, 0, 5))
        return app_set(app, e, ERR_INPUT, "--until %s: sau ngày khóa kỳ (%s)",
                       "--until %s: is after the day the period closes (%s)", w->until,
                       date_iso(pg_get_date(r, 0, 5), day));
    return true;
}

static int extend(struct app *app, const struct words *w, int32_t until)
{
    struct acts acts = {0};
    struct arena a = {0};
    struct rollup_at at;
    struct speaker who;
    struct holidays holidays = {0};
    struct pg_rows rows = {0};
    struct err e = {0};
    const char *why;
    char day[11];
    struct pg *pg = app_writer(app, &e);
    bool ok = pg != NULL && talk_speaker(app, &a, w->by, &who, &e) &&
              talk_text(app, "--why", w->note, &a, &why, &e) &&
              app_unit_known(app, "--unit", w->unit, &e) &&
              rollup_at_find(app, pg, w->period, NULL, NULL, &a, &at, &e);

    if (ok) {
        const struct pg_arg args[] = {pg_text(at.scheme), pg_text(at.period),
                                      pg_int(at.epoch), pg_int(at.seq), pg_text(w->unit)};

        ok = holidays_active(pg, &a, &holidays, &e) &&
             pg_query(pg, EXTEND, args, COUNT(args), &rows, &e) &&
             check_day(app, w, &holidays, &rows, until, &e);
    }
    if (ok && !pg_is_null(&rows, 0, 4) && pg_get_date(&rows, 0, 4) == until) {
        app_print(app, "đơn vị %s đã được gia hạn đến %s từ trước\n",
                  "unit %s had that day (%s) already\n", w->unit, date_vi(until, day));
    } else if (ok) {
        const struct notice_act n = {
            .kind = NOTICE_EXTENSION,
            .unit = {pg_get_text(&rows, 0, 0), pg_get_date(&rows, 0, 1)},
            .scheme = at.scheme,
            .period = at.period,
            .text = why,
            .due = until,
            .person = who.code,
            .person_name = who.name,
        };

        add_extension(&acts, &n);
        ok = acts_append(&acts, pg, who.code, &e);
        if (ok)
            app_print(app, "đã gia hạn kỳ %s cho đơn vị %s (%s) đến %s\n",
                      "period %s: unit %s (%s) has until %s\n", at.period, n.unit.code,
                      pg_get_text(&rows, 0, 2), date_vi(until, day));
    }
    pg_rows_clear(&rows);
    acts_clear(&acts);
    arena_clear(&a);
    return ok ? EXIT_DONE : app_fail(app, &e);
}

int cmd_period_extend(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"unit",             required_argument, NULL, 'u'},
        {"until",              required_argument, NULL, 't'},
        {"why",                  required_argument, NULL, 'w'},
        {"by",required_argument, NULL, 'b'},
        {0              },
    };
    struct words w = {0};
    int32_t until;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'u':
            w.unit = optarg;
            break;
        case 't':
            w.until = optarg;
            break;
        case 'w':
            w.note = optarg;
            break;
        case 'b':
            w.by = optarg;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (argc - optind != 1)
        return app_usage(app, "cần đúng một kỳ báo cáo", "one period is needed");
    if (w.unit == NULL || w.until == NULL || w.note == NULL || w.by == NULL)
        return app_usage(app, "cần --unit, --until, --why và --by",
                         "--unit, --until, --why and --by are needed");
    until = date_read(w.until);
    if (until == DATE_NONE)
        return app_usage(app, "--until: ngày dạng 2025-06-30",
                         "--until: a day as 2025-06-30");
    w.period = argv[optind];
    return extend(app, &w, until);
}
