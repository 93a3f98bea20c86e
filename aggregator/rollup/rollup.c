#include "aggregator/rollup/rollup.h"

#include <inttypes.h>

/* ---- what it is a function of ---- */

static bool find_as_of(const struct app *app, struct pg *pg, const char *as_of,
                       struct rollup_at *at, struct err *e)
{
    struct pg_rows rows = {0};
    int end = 0;

    if (as_of != NULL) {
        if (sscanf(as_of, "%" SCNd64 ".%" SCNd64 "%n", &at->epoch, &at->seq, &end) == 2 &&
            as_of[end] == 0 && at->epoch > 0 && at->seq > 0)
            return true;
        return app_set(app, e, ERR_INPUT, "--as-of: \"%s\" không phải dạng THẾ_HỆ.SỐ",
                       "--as-of: \"%s\" is not EPOCH.SEQ", as_of);
    }
    if (!pg_query(pg,
                  "(select epoch, last_seq from commit"
                  "  order by epoch desc, number desc limit 1) union all"
                  " (select epoch, seq from control_proof" /* publications alone */
                  "  order by epoch desc, seq desc limit 1) limit 1",
                  NULL, 0, &rows, e))
        return err_in(e, "reading the end of the log");
    if (rows.n == 1) {
        at->epoch = pg_get_int(&rows, 0, 0);
        at->seq = pg_get_int(&rows, 0, 1);
    }
    pg_rows_clear(&rows);
    return true;
}

static bool find_period(const struct app *app, struct pg *pg, const char *period,
                        struct arena *a, struct rollup_at *at, struct err *e)
{
    static const char SQL[] =
        "select p.scheme, p.code, p.name_vi, p.name_en from"
        " (select scheme, code,"
        "   min(epoch) as epoch, min(seq) as seq from period"
        "  where (code = $1 or scheme || ':' || code = $1) and (epoch, seq) <= ($2, $3)"
        "  group by scheme, code) f,"
        " lateral period_at(f.scheme, f.code, $2, $3) p"
        " order by f.epoch, f.seq limit 1";
    const struct pg_arg args[] = {pg_text(period), pg_int(at->epoch), pg_int(at->seq)};
    struct pg_rows rows = {0};
    bool found;

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "looking up a period");
    found = rows.n == 1;
    if (found) {
        at->scheme = arena_str(a, pg_get_text(&rows, 0, 0));
        at->period = arena_str(a, pg_get_text(&rows, 0, 1));
        at->name_vi = arena_str(a, pg_get_text(&rows, 0, 2));
        at->name_en = arena_str(a, pg_get_text(&rows, 0, 3));
    }
    pg_rows_clear(&rows);
    return found ||
           app_set(app, e, ERR_INPUT, "không có kỳ báo cáo \"%s\" (xem period list)",
                   "there is no period \"%s\" (see period list)", period);
}

static bool find_catalogue(const struct app *app, struct pg *pg, struct rollup_at *at,
                           struct err *e)
{
    const struct pg_arg args[] = {pg_int(at->epoch), pg_int(at->seq)};
    struct pg_rows rows = {0};
    bool found;

    if (!pg_query(pg, "select catalogue_at($1, $2)", args, COUNT(args), &rows, e))
        return err_in(e, "looking up the catalogue");
    found = !pg_is_null(&rows, 0, 0);
    at->catalogue = pg_get_int(&rows, 0, 0);
    pg_rows_clear(&rows);
    return found ||
           app_set(app, e, ERR_SETUP,
                   "chưa có danh mục nào có hiệu lực tại vị trí %" PRId64 ".%" PRId64,
                   "no catalogue is in force at position %" PRId64 ".%" PRId64, at->epoch,
                   at->seq);
}

bool rollup_at_find(const struct app *app, struct pg *pg, const char *period,
                    const char *vintage, const char *as_of, struct arena *a,
                    struct rollup_at *at, struct err *e)
{
    *at = (struct rollup_at){.method = TOTALS_METHOD};
    if (vintage != NULL && vintage_of(vintage) == VINTAGE_NONE)
        return app_set(app, e, ERR_INPUT,
                       "--vintage: \"%s\" không phải plan, estimate hoặc actual",
                       "--vintage: \"%s\" is not plan, estimate or actual", vintage);
    at->vintage = arena_str(a, vintage);
    return find_as_of(app, pg, as_of, at, e) && find_period(app, pg, period, a, at, e) &&
           find_catalogue(app, pg, at, e);
}

/* ---- rows ---- */

char *rollup_sql(const struct rollup_at *at, const char *sql, struct arena *a)
{
    const char *mark = strchr(sql, '@');

    return arena_printf(a, "%.*s%s%s", (int)(mark - sql), sql,
                        at->method == 1 ? "_1" : "", mark + 1);
}

char *rollup_map_sql(const struct rollup_at *at, const char *sql, const char *word,
                     struct arena *a)
{
    const char *mark = strchr(sql, '#');

    return arena_printf(a, "%.*s%s%s", (int)(mark - sql), sql, at->as_is ? word : "",
                        mark + 1);
}

bool rollup_units(const char *word, bool *as_is)
{
    *as_is = strcmp(word, "as-is") == 0;
    return *as_is || strcmp(word, "as-was") == 0;
}

bool rollup_rows(struct pg *pg, const struct rollup_at *at, bool by_unit, bool by_sector,
                 bool listed, struct pg_rows *rows, struct err *e)
{
    static const char SQL[] =
        "select r.unit, to_char(r.unit_from, 'YYYY-MM-DD'), r.vintage, r.indicator,"
        " r.b1, r.b2, r.value, r.numerator, r.denominator, r.measure, r.basis, r.source,"
        " r.stated, r.reported, r.expected, r.units_reported, r.units_expected,"
        " r.entities_reported, r.entities_expected, r.units_statement, r.units_entity,"
        " r.nil, r.not_available, r.refused, r.missing, r.approximate,"
        " coalesce(u.name, r.unit), i.name_vi, i.name_en, i.unit_en,"
        " case when i.op in ('wmean', 'ratio') then i.decimals end,"
        " case r.b1 when 'unknown' then 'Chưa rõ ngành' when 'undivided'"
        " then 'Không chia theo ngành' else coalesce(b.name_vi, r.b1) end,"
        " coalesce(b.name_en, r.b1),"
        " coalesce(c.name_vi, r.b2), coalesce(c.name_en, r.b2)"
        " from rollup@($1, $2, $3, $4, $5, $6::int, $7, $8#) r"
        " join cat_indicator i on i.version = $6::int and i.no = r.no"
        " left join unit_at($4, $5) u on u.code = r.unit and u.valid_from = r.unit_from"
        " left join lateral (select name_vi, name_en from cat_breakdown"
        "  where version = $6::int and code = r.b1"
        "  order by (dim = 'sector') = $8 desc, ord limit 1) b on true"
        " left join lateral (select name_vi, name_en from cat_breakdown"
        "  where version = $6::int and code = r.b2 order by ord limit 1) c on true"
        " order by r.unit collate \"C\", r.unit_from, r.vintage collate \"C\","
        " case when $9 then i.ord end, r.indicator collate \"C\", r.b1 collate \"C\","
        " r.b2 collate \"C\"";
    const struct pg_arg args[] = {
        pg_text(at->scheme), pg_text(at->period), pg_text(at->vintage),
        pg_int(at->epoch),   pg_int(at->seq),     pg_int(at->catalogue),
        pg_bool(by_unit),    pg_bool(by_sector),  pg_bool(listed)};
    struct arena a = {0};
    bool ok = pg_query(pg, rollup_map_sql(at, rollup_sql(at, SQL, &a), ", true", &a),
                       args, COUNT(args), rows, e) ||
              err_in(e, "rolling up %s", at->period);

    arena_clear(&a);
    return ok;
}

/* ---- as people read it ---- */

void decimal_vi(const char *plain, int decimals, struct bytes *out)
{
    const char *dot = strchr(plain, '.');
    size_t sign = plain[0] == '-';
    size_t whole = dot != NULL ? (size_t)(dot - plain) : strlen(plain);
    int given = dot != NULL ? (int)strlen(dot + 1) : 0;

    for (size_t i = 0; i < whole; i++) {
        if (i > sign && (whole - i) % 3 == 0)
            bytes_char(out, '.');
        bytes_char(out, plain[i]);
    }
    if (given == 0 && decimals <= 0)
        return;
    bytes_char(out, ',');
    if (dot != NULL)
        bytes_str(out, dot + 1);
    for (; given < decimals; given++)
        bytes_char(out, '0');
}

void coverage_vi(int64_t reported, int64_t expected, bool known, struct bytes *out)
{
    bytes_printf(out, "%" PRId64 "/", reported);
    if (!known)
        bytes_str(out, "?");
    else if (expected > 0)
        bytes_printf(out, "%" PRId64 " (%" PRId64 "%%)", expected,
                     (200 * reported + expected) / (2 * expected));
    else
        bytes_str(out, "0");
}

const char *vintage_label(const char *vintage, enum lang lang)
{
    switch (vintage_of(vintage)) {
    case VINTAGE_PLAN:
        return lang == LANG_VI ? "kế hoạch" : "plan";
    case VINTAGE_ESTIMATE:
        return lang == LANG_VI ? "ước thực hiện" : "estimate";
    case VINTAGE_ACTUAL:
        return lang == LANG_VI ? "thực hiện" : "actual";
    case VINTAGE_NONE:
        break;
    }
    return vintage;
}

const char *source_label(const char *source, enum lang lang)
{
    static const char *const words[][3] = {
        {"statement", "biểu tổng hợp của đơn vị", "statement of the unit" },
        {"entity",    "báo cáo của từng tổ chức",   "entity reports"        },
        {"event",     "biến động trong danh bạ",       "events of the register"},
        {"mixed",     "nhiều nguồn",                      "several sources"       },
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(source, words[i][0]) == 0)
            return words[i][lang == LANG_VI ? 1 : 2];
    return source;
}
