#include "aggregator/acts/seal_show.h"
#include "aggregator/json.h"
#include "aggregator/table.h"

#include <inttypes.h>

/* ---- for people ---- */

static void show_missing(const struct app *app, const struct seal *s)
{
    if (s->n_missing == 0)
        return;
    app_print(app, "đơn vị chưa gửi: %zu\n", "units that sent nothing: %zu\n",
              s->n_missing);
    for (size_t i = 0; i < s->n_missing; i++)
        printf("  %s %s\n", s->missing[i].unit, s->missing[i].name);
}

static void show_warnings(const struct app *app, const struct seal *s)
{
    if (s->n_warnings == 0)
        return;
    app_print(app, "báo cáo có điểm cần giải trình chưa được giải trình: %zu\n",
              "reports with warnings that nobody answered: %zu\n", s->n_warnings);
    for (size_t i = 0; i < s->n_warnings; i++) {
        const struct seal_warning *w = &s->warnings[i];

        app_print(app, "  đơn vị %s, báo cáo %" PRId64 ".%" PRId64 ": %s\n",
                  "  unit %s, report %" PRId64 ".%" PRId64 ": %s\n", w->unit, w->epoch,
                  w->seq, w->codes);
    }
}

void seal_show_text(const struct app *app, const struct seal *s)
{
    const char *vintage = vintage_label(s->vintage, app->lang);
    char hex[2 * HASH_LEN + 1];

    hash_hex(&s->totals, hex);
    if (s->reopen) {
        app_print(app,
                  "mở lại kỳ %s:%s (%s), đã khóa lần %" PRId64 "\nlý do: %s\n"
                  "mã băm số tổng hợp (BLAKE2b-256): %s\n",
                  "reopening %s:%s (%s), closed as number %" PRId64 "\nreason: %s\n"
                  "BLAKE2b-256 of the totals: %s\n",
                  s->scheme, s->period, vintage, s->number, s->why, hex);
        return;
    }
    app_print(app,
              "khóa kỳ %s:%s (%s), bản phát hành lần %" PRId64
              "\nsố liệu đến vị trí %" PRId64 ".%" PRId64 "; phương pháp %" PRId64
              ", danh mục %" PRId64 "\nđơn vị phải báo cáo: %" PRId64 ", đã gửi: %" PRId64
              "; báo cáo được tính: %" PRId64 "\nmã băm số tổng hợp (BLAKE2b-256): %s\n",
              "closing %s:%s (%s) as publication %" PRId64 "\nas of %" PRId64 ".%" PRId64
              "; method %" PRId64 ", catalogue %" PRId64 "\nunits expected: %" PRId64
              ", sent: %" PRId64 "; reports that count: %" PRId64
              "\nBLAKE2b-256 of the totals: %s\n",
              s->scheme, s->period, vintage, s->number, s->epoch, s->seq, s->method,
              s->catalogue, s->units, s->sent, s->reports, hex);
    show_missing(app, s);
    show_warnings(app, s);
}

static void show_proposal(const struct app *app, const struct seals *now)
{
    const struct seal_act *p = &now->proposed;

    app_print(app, "%s: %s (%s), lúc %s\n", "%s: %s (%s), at %s\n",
              now->reopening
                  ? app_say(app, "người đề nghị mở lại", "reopening proposed by")
                  : app_say(app, "người đề nghị khóa", "closing proposed by"),
              p->person.name, p->person.code, p->at_vi);
    if (now->lapsed)
        app_print(app, "đề nghị đã hết hiệu lực lúc %s\n", "the proposal lapsed at %s\n",
                  now->lapses_vi);
    else
        app_print(app, "cần một người khác xác nhận trước %s\n",
                  "another person has to confirm before %s\n", now->lapses_vi);
}

void seal_show_state(const struct app *app, const struct rollup_at *at,
                     const struct seals *now)
{
    const char *vintage = vintage_label(at->vintage, app->lang);
    char day[11];

    switch (now->state) {
    case SEAL_OPEN:
        app_print(app, "kỳ %s:%s (%s): chưa khóa, đang nhận báo cáo\n",
                  "%s:%s (%s): open, reports are taken\n", at->scheme, at->period,
                  vintage);
        break;
    case SEAL_PROPOSED:
        app_print(app, "kỳ %s:%s (%s): đã đề nghị khóa lần %" PRId64 "\n",
                  "%s:%s (%s): proposed for closing as number %" PRId64 "\n", at->scheme,
                  at->period, vintage, now->number);
        break;
    case SEAL_CLOSED:
        app_print(app, "kỳ %s:%s (%s): đã khóa lần %" PRId64 "%s\n",
                  "%s:%s (%s): closed as number %" PRId64 "%s\n", at->scheme, at->period,
                  vintage, now->number,
                  now->published ? app_say(app, ", đã phát hành", ", published")
                                 : app_say(app, ", chưa phát hành", ", not published"));
        if (now->paper_number != NULL)
            app_print(app, "văn bản số %s, ngày %s\n", "issued as %s on %s\n",
                      now->paper_number, date_vi(now->paper_date, day));
        if (!now->sealed) {
            app_print(app, "bản phát hành của phiên bản cũ, không có hai chữ ký\n",
                      "a publication of an older release, without two signatures\n");
            break;
        }
        app_print(app, "ký xác nhận: %s (%s) lúc %s; %s (%s) lúc %s\n",
                  "signed by %s (%s) at %s; %s (%s) at %s\n", now->first.person.name,
                  now->first.person.code, now->first.at_vi, now->confirmed.person.name,
                  now->confirmed.person.code, now->confirmed.at_vi);
        break;
    }
    if (now->proposal)
        show_proposal(app, now);
}

bool seal_show_period(const struct app *app, struct pg *pg, const struct rollup_at *at,
                      struct err *e)
{
    static const enum vintage each[] = {VINTAGE_PLAN, VINTAGE_ESTIMATE, VINTAGE_ACTUAL};
    struct rollup_at one = *at;
    struct arena a = {0};
    struct seals now;
    bool ok = true;

    for (size_t i = 0; ok && i < COUNT(each); i++) {
        one.vintage = vintage_word(each[i]);
        if (at->vintage != NULL && strcmp(at->vintage, one.vintage) != 0)
            continue;
        ok = seals_read(pg, &one, &a, &now, e);
        if (ok && (now.state != SEAL_OPEN || now.proposal))
            seal_show_state(app, &one, &now);
    }
    arena_clear(&a);
    return ok;
}

/* ---- what waits ---- */

enum { HELD_UNIT, HELD_NAME, HELD_POSITION, HELD_WHAT, HELD_SUBJECT };

bool seal_held(struct pg *pg, const struct rollup_at *at, struct pg_rows *rows,
               struct err *e)
{
    static const char SQL[] =
        "select h.unit, coalesce(u.name, h.unit), h.epoch || '.' || h.seq, h.what, h.name"
        " from (select unit, unit_from, epoch, seq, 'report' as what, hash, name"
        "  from report_open($1, $2, $3, $4, $5) where verdict = 'held'"
        "  union all select unit, unit_from, epoch, seq, 'withdrawal', hash, ''"
        "  from answer where withdraw and verdict = 'held' and scheme = $1"
        "  and period = $2 and vintage = $3 and (epoch, seq) <= ($4, $5)) h"
        " left join unit_now u on u.code = h.unit and u.valid_from = h.unit_from"
        " where not exists (select from decision d where d.about = h.hash)"
        " order by h.unit collate \"C\", h.epoch, h.seq";
    const struct pg_arg args[] = {pg_text(at->scheme), pg_text(at->period),
                                  pg_text(at->vintage), pg_int(at->epoch),
                                  pg_int(at->seq)};

    return pg_query(pg, SQL, args, COUNT(args), rows, e) ||
           err_in(e, "what waits for %s", at->period);
}

void seal_show_held(const struct app *app, const struct pg_rows *held)
{
    if (held->n == 0)
        return;
    app_print(app, "chờ xử lý (lệnh decide): %zu\n", "waiting for a decision: %zu\n",
              held->n);
    for (size_t i = 0; i < held->n; i++)
        printf("  %s %s: %s %s%s%s\n", pg_get_text(held, i, HELD_UNIT),
               pg_get_text(held, i, HELD_NAME),
               strcmp(pg_get_text(held, i, HELD_WHAT), "report") == 0
                   ? app_say(app, "báo cáo", "report")
                   : app_say(app, "thu hồi báo cáo", "withdrawal"),
               pg_get_text(held, i, HELD_POSITION),
               *pg_get_text(held, i, HELD_SUBJECT) != 0 ? " " : "",
               pg_get_text(held, i, HELD_SUBJECT));
}

/* ---- for scripts ---- */

static void json_act(struct json *j, struct arena *a, const char *what,
                     const struct seal_act *act)
{
    const bool is = act->text.n != 0;
    char hex[2 * KEY_LEN + 1];

    json_text(j, arena_printf(a, "%s_by", what), is ? act->person.code : NULL);
    json_text(j, arena_printf(a, "%s_at", what), is ? act->at : NULL);
    json_text(j, arena_printf(a, "%s_key", what),
              is ? hex_of(act->signature.key.b, KEY_LEN, hex) : NULL);
}

static void json_head(struct json *j, struct arena *a, const struct rollup_at *at,
                      const struct seals *now, const struct seal *s, bool preview)
{
    static const char *const states[] = {"open", "proposed", "closed"};
    char hex[2 * HASH_LEN + 1];

    json_text(j, "scheme", at->scheme);
    json_text(j, "period", at->period);
    json_text(j, "vintage", at->vintage);
    json_text(j, "state", states[now->state]);
    json_int(j, "number", now->number);
    json_bool(j, "published", now->published);
    json_text(j, "paper_number", now->paper_number);
    json_date(j, "paper_date", now->paper_number != NULL ? now->paper_date : DATE_NONE);
    json_bool(j, "reopening", now->proposal && now->reopening);
    json_bool(j, "lapsed", now->proposal && now->lapsed);
    json_text(j, "lapses", now->proposal ? now->lapses : NULL);
    json_act(j, a, "proposed", now->proposal ? &now->proposed : &now->first);
    json_act(j, a, "closed", &now->confirmed);
    json_bool(j, "preview", preview);
    if (s == NULL)
        return;
    json_int(j, "seal_number", s->number);
    json_text(j, "as_of", arena_printf(a, "%" PRId64 ".%" PRId64, s->epoch, s->seq));
    json_text(j, "totals", hash_hex(&s->totals, hex));
    json_int(j, "method", s->method);
    json_int(j, "catalogue", s->catalogue);
    json_int(j, "units", s->units);
    json_int(j, "sent", s->sent);
    json_int(j, "reports", s->reports);
    json_text(j, "why", s->reopen ? s->why : NULL);
}

static void json_lists(const struct seal *s, const struct pg_rows *held, struct arena *a)
{
    static const struct column MISSING[] = {
        {"unit",      COL_TEXT, NULL, NULL},
        {"unit_from", COL_DATE, NULL, NULL},
        {"name",      COL_TEXT, NULL, NULL}
    };
    static const struct column WARNINGS[] = {
        {"unit",      COL_TEXT, NULL, NULL},
        {"unit_from", COL_DATE, NULL, NULL},
        {"position",  COL_TEXT, NULL, NULL},
        {"codes",     COL_TEXT, NULL, NULL}
    };
    static const struct column HELD[] = {
        {"unit",     COL_TEXT, NULL, NULL},
        {"name",     COL_TEXT, NULL, NULL},
        {"position", COL_TEXT, NULL, NULL},
        {"what",     COL_TEXT, NULL, NULL},
        {"subject",  COL_TEXT, NULL, NULL}
    };
    struct table t;

    fputs(",\n\"missing\": ", stdout);
    table_init(&t, MISSING, COUNT(MISSING));
    for (size_t i = 0; s != NULL && i < s->n_missing; i++) {
        table_text(&t, s->missing[i].unit);
        table_date(&t, s->missing[i].from);
        table_text(&t, s->missing[i].name);
    }
    table_print(&t, LANG_EN, true, stdout);
    table_clear(&t);
    fputs(",\"warnings\": ", stdout);
    table_init(&t, WARNINGS, COUNT(WARNINGS));
    for (size_t i = 0; s != NULL && i < s->n_warnings; i++) {
        const struct seal_warning *w = &s->warnings[i];

        table_text(&t, w->unit);
        table_date(&t, w->from);
        table_text(&t, arena_printf(a, "%" PRId64 ".%" PRId64, w->epoch, w->seq));
        table_text(&t, w->codes);
    }
    table_print(&t, LANG_EN, true, stdout);
    table_clear(&t);
    fputs(",\"held\": ", stdout);
    table_init(&t, HELD, COUNT(HELD));
    for (size_t i = 0; i < held->n; i++)
        table_row(&t, held, i);
    table_print(&t, LANG_EN, true, stdout);
    table_clear(&t);
}

void seal_show_json(const struct app *app, const struct rollup_at *at,
                    const struct seals *now, const struct seal *s, bool preview,
                    const struct pg_rows *held)
{
    struct arena a = {0};
    struct bytes b = {0};
    struct json *j = json_new();

    (void)app;
    json_head(j, &a, at, now, s, preview);
    json_write(j, false, &b);
    json_free(&j);
    fwrite(b.p, 1, b.n - 1, stdout); /* the lists go before its last brace */
    json_lists(s, held, &a);
    fputs("}\n", stdout);
    bytes_clear(&b);
    arena_clear(&a);
}
