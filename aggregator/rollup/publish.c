#include "aggregator/rollup/publish.h"
#include "aggregator/json.h"
#include "aggregator/rollup/compare.h"
#include "aggregator/store/oplog.h"
#include "proto/base/crash.h"
#include "proto/tsv.h"

#include <inttypes.h>

/* ---- the canonical totals ---- */

/* One line a row: kind, then `by` unless it is NULL, then the first n columns. */
static void put_rows(struct bytes *out, const char *kind, const char *by,
                     const struct pg_rows *rows, size_t n)
{
    for (size_t i = 0; i < rows->n; i++) {
        bytes_str(out, kind);
        if (by != NULL)
            tsv_put(out, by);
        for (size_t col = 0; col < n; col++)
            tsv_put(out, pg_get_text(rows, i, col));
        bytes_char(out, '\n');
    }
}

static bool put_query(struct pg *pg, struct bytes *out, const char *kind, const char *sql,
                      const struct pg_arg *args, size_t n, struct err *e)
{
    struct pg_rows rows = {0};

    if (!pg_query(pg, sql, args, n, &rows, e))
        return err_in(e, "totals: %s", kind);
    put_rows(out, kind, NULL, &rows, rows.columns);
    pg_rows_clear(&rows);
    return true;
}

static const char *const BY[] = {"-", "s", "u", "us"};

static bool put_totals(struct pg *pg, const struct rollup_at *at, struct bytes *out,
                       struct err *e)
{
    for (size_t i = 0; i < COUNT(BY); i++) {
        struct pg_rows rows = {0};

        if (!rollup_rows(pg, at, strchr(BY[i], 'u') != NULL, strchr(BY[i], 's') != NULL,
                         false, &rows, e))
            return false;
        put_rows(out, "total", BY[i], &rows, RC_KEPT);
        pg_rows_clear(&rows);
    }
    return true;
}

static bool put_comparisons(struct pg *pg, const struct rollup_at *at, struct bytes *out,
                            struct err *e)
{
    for (size_t i = 0; i < COUNT(BY); i++) {
        struct pg_rows rows = {0};

        if (!compare_rows(pg, at, strchr(BY[i], 'u') != NULL, strchr(BY[i], 's') != NULL,
                          &rows, e))
            return false;
        put_rows(out, "compare", BY[i], &rows, CC_COLUMNS);
        pg_rows_clear(&rows);
    }
    return true;
}

/* What format 2 has behind the lines of format 1. */
static bool put_beside(struct pg *pg, const struct rollup_at *at, struct bytes *out,
                       struct err *e)
{
    static const char TARGETS[] =
        "select id, period, indicator, breakdown, qualifier, text, value, value_hi, "
        "measure,"
        " act, outcome, reason, actual, area, note"
        " from target_status($1, $2, $3, $4, $5, $6::int) order by ord";
    static const char BREAKS[] =
        "select unit, to_char(unit_from, 'YYYY-MM-DD'), to_char(day, 'YYYY-MM-DD'), text"
        " from break_at($1, $2, $3, $4)"
        " order by unit collate \"C\", unit_from, day, text collate \"C\"";
    static const char WARNINGS[] =
        "select unit, to_char(unit_from, 'YYYY-MM-DD'), epoch, seq, code, state"
        " from finding_talk_at($1, $2, $3, $4, $5)"
        " where severity in ('error', 'warning') and counts and state in ('open', "
        "'asked', "
        "'returned')"
        " order by unit collate \"C\", unit_from, epoch, seq, ord";
    const struct pg_arg args[] = {pg_text(at->scheme),  pg_text(at->period),
                                  pg_text(at->vintage), pg_int(at->epoch),
                                  pg_int(at->seq),      pg_int(at->catalogue)};
    const struct pg_arg period[] = {pg_text(at->scheme), pg_text(at->period),
                                    pg_int(at->epoch), pg_int(at->seq)};

    return put_comparisons(pg, at, out, e) &&
           put_query(pg, out, "target", TARGETS, args, COUNT(args), e) &&
           put_query(pg, out, "break", BREAKS, period, COUNT(period), e) &&
           put_query(pg, out, "warning", WARNINGS, args, 5, e);
}

bool totals_make(struct pg *pg, const struct rollup_at *at, struct bytes *out,
                 struct err *e)
{
    static const char PERIOD[] =
        "select scheme, code, name_vi, name_en, to_char(cutoff, 'YYYY-MM-DD')"
        " from period_at($1, $2, $3, $4)";
    static const char UNITS[] =
        "select unit, to_char(unit_from, 'YYYY-MM-DD'), name, expected, state, late,"
        " forms, rows, declared, warnings, held, refused, conflicts, entities_reported,"
        " entities_expected, last_epoch, last_seq from status_at@($1, $2, $3, $4, $5)";
    static const char UNCONFIRMED[] =
        "select unit, to_char(unit_from, 'YYYY-MM-DD'), subject, name"
        " from unconfirmed_at($1, $2, $3, $4, $5)";
    static const char DIFFERENCES[] =
        "select vintage, unit, to_char(unit_from, 'YYYY-MM-DD'), indicator, b1, b2, "
        "source,"
        " value, other, other_value, difference"
        " from rollup_difference@($1, $2, $3, $4, $5, $6::int)";
    const struct pg_arg period[] = {pg_text(at->scheme), pg_text(at->period),
                                    pg_int(at->epoch), pg_int(at->seq)};
    const struct pg_arg args[] = {pg_text(at->scheme),  pg_text(at->period),
                                  pg_text(at->vintage), pg_int(at->epoch),
                                  pg_int(at->seq),      pg_int(at->catalogue)};
    struct arena a = {0};
    bool ok;

    bytes_printf(out, "htx-totals %d\n", at->method < TOTALS_METHOD ? 1 : 2);
    if (!put_query(pg, out, "province", "select code, name from province", NULL, 0, e) ||
        !put_query(pg, out, "period", PERIOD, period, COUNT(period), e))
        return false;
    bytes_printf(out, "vintage\t%s\nas-of\t%" PRId64 "\t%" PRId64 "\n", at->vintage,
                 at->epoch, at->seq);
    bytes_printf(out, "method\t%" PRId64 "\ncatalogue\t%" PRId64 "\n", at->method,
                 at->catalogue);
    ok = put_query(pg, out, "unit", rollup_sql(at, UNITS, &a), args, 5, e) &&
         put_query(pg, out, "unconfirmed", UNCONFIRMED, args, 5, e) &&
         put_totals(pg, at, out, e) &&
         put_query(pg, out, "difference", rollup_sql(at, DIFFERENCES, &a), args,
                   COUNT(args), e) &&
         (at->method < TOTALS_METHOD || put_beside(pg, at, out, e));
    arena_clear(&a);
    return ok;
}

/* ---- reading ---- */

static void from_row(const struct pg_rows *rows, struct arena *a, struct publication *p)
{
    struct span totals = pg_get_bytes(rows, 0, 8);
    char date[11];

    *p = (struct publication){
        .scheme = arena_str(a, pg_get_text(rows, 0, 0)),
        .period = arena_str(a, pg_get_text(rows, 0, 1)),
        .vintage = arena_str(a, pg_get_text(rows, 0, 2)),
        .number = pg_get_int(rows, 0, 3),
        .epoch = pg_get_int(rows, 0, 4),
        .seq = pg_get_int(rows, 0, 5),
        .method = pg_get_int(rows, 0, 6),
        .catalogue = pg_get_int(rows, 0, 7),
        .published_vi = arena_str(a, date_vi(pg_get_date(rows, 0, 10), date)),
        .published = arena_str(a, pg_get_text(rows, 0, 13)),
    };
    p->totals.p = (const unsigned char *)arena_strn(a, totals.p, totals.n);
    p->totals.n = totals.n;
    if (pg_is_null(rows, 0, 11))
        return;
    p->paper_number = arena_str(a, pg_get_text(rows, 0, 11));
    p->paper_date_vi = arena_str(a, date_vi(pg_get_date(rows, 0, 12), date));
}

bool publication_read(const struct app *app, struct pg *pg, const struct rollup_at *at,
                      int64_t number, struct arena *a, struct publication *p,
                      struct err *e)
{
    static const char SQL[] =
        "select p.scheme, p.period, p.vintage, p.number, p.as_epoch, p.as_seq, p.method,"
        " p.catalogue, p.totals, p.hash, (c.at at time zone 'Asia/Ho_Chi_Minh')::date,"
        " i.paper_number, i.paper_date, to_char(c.at at time zone 'Asia/Ho_Chi_Minh',"
        " 'YYYY-MM-DD\"T\"HH24:MI:SS\"+07:00\"')"
        " from publication p cross join lateral ("
        "  select at from commit where epoch = p.epoch"
        "   and p.seq between first_seq and last_seq"
        "  union all select at from control_proof where epoch = p.epoch and seq = p.seq"
        "  limit 1) c"
        " left join issue_now i on i.scheme = p.scheme and i.period = p.period"
        "  and i.vintage = p.vintage and i.number = p.number"
        " where p.scheme = $1 and p.period = $2 and p.vintage = $3"
        " and ($4::int = 0 or p.number = $4::int) order by p.number desc limit 1";
    const struct pg_arg args[] = {pg_text(at->scheme), pg_text(at->period),
                                  pg_text(at->vintage), pg_int(number)};
    struct pg_rows rows = {0};
    bool ok = false;

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "reading publications of %s", at->period);
    if (rows.n == 0) {
        app_set(app, e, ERR_INPUT, "kỳ %s (%s) chưa có bản phát hành%s",
                "%s (%s) has no publication%s", at->period,
                vintage_label(at->vintage, app->lang),
                number != 0 ? app_say(app, " với số này", " of this number") : "");
    } else {
        from_row(&rows, a, p);
        ok = pg_get_hash(&rows, 0, 9, &p->hash) ||
             err_set(e, ERR_SETUP, "publication of %s: bad hash", at->period);
    }
    pg_rows_clear(&rows);
    return ok;
}

bool publication_vintage(const struct app *app, struct pg *pg, struct rollup_at *at,
                         bool published, struct arena *a, struct err *e)
{
    static const char REPORTS[] =
        "select distinct vintage from report where counts and scheme = $1 and period = $2"
        " union select distinct vintage from decision where act = 'count'"
        " and scheme = $1 and period = $2"
        " union select distinct vintage from submission"
        " where nothing and scheme = $1 and period = $2 order by 1";
    static const char PUBLICATIONS[] =
        "select distinct vintage from publication where scheme = $1 and period = $2"
        " order by 1";
    const struct pg_arg args[] = {pg_text(at->scheme), pg_text(at->period)};
    struct pg_rows rows = {0};

    if (at->vintage != NULL)
        return true;
    if (!pg_query(pg, published ? PUBLICATIONS : REPORTS, args, COUNT(args), &rows, e))
        return false;
    if (rows.n == 1)
        at->vintage = arena_str(a, pg_get_text(&rows, 0, 0));
    for (size_t i = 0; i < rows.n; i++)
        if (strcmp(pg_get_text(&rows, i, 0), "actual") == 0)
            at->vintage = "actual";
    if (at->vintage == NULL && rows.n == 0)
        app_set(app, e, ERR_INPUT, "kỳ %s chưa có %s", "%s has no %s yet", at->period,
                published ? app_say(app, "bản phát hành", "publication")
                          : app_say(app, "báo cáo nào", "reports"));
    else if (at->vintage == NULL)
        app_set(app, e, ERR_INPUT,
                "kỳ %s có nhiều loại số liệu, cần --vintage plan|estimate|actual",
                "%s has several vintages: --vintage plan|estimate|actual", at->period);
    pg_rows_clear(&rows);
    return at->vintage != NULL;
}

/* ---- publishing ---- */

/* The totals at the position, by the method and under the catalogue that p names. */
static bool publication_totals(struct pg *pg, const struct publication *p,
                               struct bytes *totals, struct err *e)
{
    const struct rollup_at at = {
        .scheme = p->scheme,
        .period = p->period,
        .vintage = p->vintage,
        .epoch = p->epoch,
        .seq = p->seq,
        .catalogue = p->catalogue,
        .method = p->method,
    };

    if (p->method < 1 || p->method > TOTALS_METHOD)
        return err_set(e, ERR_SETUP, "method %" PRId64 " is not known to this release",
                       p->method);
    return totals_make(pg, &at, totals, e);
}

static void write_body(const struct publication *p, const struct seal *seal,
                       struct bytes *body)
{
    struct json *j = json_new();
    struct bytes missing = {0};
    char hex[2 * HASH_LEN + 1];

    for (size_t i = 0; i < seal->n_missing; i++)
        bytes_printf(&missing, "%s%s", i > 0 ? "," : "", seal->missing[i].unit);
    json_text(j, "scheme", p->scheme);
    json_text(j, "period", p->period);
    json_text(j, "vintage", p->vintage);
    json_int(j, "number", p->number);
    json_int(j, "as_epoch", p->epoch);
    json_int(j, "as_seq", p->seq);
    json_int(j, "method", p->method);
    json_int(j, "catalogue", p->catalogue);
    json_text(j, "totals", hash_hex(&p->hash, hex));
    json_text(j, "missing", bytes_cstr(&missing));
    json_write(j, true, body);
    json_free(&j);
    bytes_clear(&missing);
}

bool publication_add(struct pg *pg, const struct seal *seal, const char *actor,
                     struct arena *a, struct publication *p, bool *same, struct err *e)
{
    struct oplog_record record = {.kind = "publication"};
    struct bytes totals = {0}, body = {0};
    uint64_t epoch, first;
    bool ok;

    *p = (struct publication){
        .scheme = seal->scheme,
        .period = seal->period,
        .vintage = seal->vintage,
        .number = seal->number,
        .epoch = seal->epoch,
        .seq = seal->seq,
        .method = seal->method,
        .catalogue = seal->catalogue,
    };
    *same = true;
    ok = publication_totals(pg, p, &totals, e);
    if (ok) {
        p->hash = hash_of(DOMAIN_FILE, span_of(&totals));
        p->totals.p = (const unsigned char *)arena_strn(a, totals.p, totals.n);
        p->totals.n = totals.n;
        *same = hash_eq(&p->hash, &seal->totals);
        ok = *same || err_set(e, ERR_INPUT, "the totals are not those that were signed");
    }
    if (ok) {
        write_body(p, seal, &body);
        record.body = span_of(&body);
        record.blob = p->totals;
        crash_point("publish.before_commit");
        ok = oplog_append(pg, actor, &record, 1, &epoch, &first, e);
        crash_point("publish.after_commit");
    }
    bytes_clear(&totals);
    bytes_clear(&body);
    return ok || err_in(e, "publishing %s", seal->period);
}

bool publication_check(struct pg *pg, const struct publication *p, bool *same,
                       struct err *e)
{
    struct bytes totals = {0};
    struct hash hash;
    bool ok = publication_totals(pg, p, &totals, e);

    if (ok) {
        hash = hash_of(DOMAIN_FILE, span_of(&totals));
        *same = span_eq(span_of(&totals), p->totals) && hash_eq(&hash, &p->hash);
    }
    bytes_clear(&totals);
    return ok;
}
