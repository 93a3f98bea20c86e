#include "aggregator/rollup/nation.h"
#include "aggregator/table.h"
#include "proto/tsv.h"

#include <inttypes.h>

static const struct column OVERLAPS[] = {
    {"what",        COL_TEXT,   "Loại",                  "What"       },
    {"key",         COL_TEXT,   "Mã",                     "Number"     },
    {"name",        COL_TEXT,   "Tên",                    "Name"       },
    {"province",    COL_TEXT,   "Không tính ở tỉnh", "Not counted"},
    {"counted_in",  COL_TEXT,   "Tính ở tỉnh",        "Counted in" },
    {"by",          COL_TEXT,   "Theo",                    "By"         },
    {"vintage",     COL_TEXT,   "Loại số liệu",      "Vintage"    },
    {"indicator",   COL_TEXT,   "Chỉ tiêu",             "Indicator"  },
    {"breakdown",   COL_TEXT,   "Chia theo",               "Breakdown"  },
    {"value",       COL_NUMBER, "Trừ đi",               "Taken off"  },
    {"measure",     COL_TEXT,   "Đơn vị tính",        "Measure"    },
    {"numerator",   COL_NUMBER, "Tử số",               "Numerator"  },
    {"denominator", COL_NUMBER, "Mẫu số",              "Denominator"},
    {"entities",    COL_INT,    NULL,                      NULL         },
    {"as_of",       COL_TEXT,   NULL,                      NULL         },
};

enum {
    VINTAGE,
    WHAT,
    KEY,
    NAME,
    PROVINCE,
    COUNTED_IN,
    BY,
    INDICATOR,
    B1,
    B2,
    VALUE,
    NUMERATOR,
    DENOMINATOR,
    MEASURE,
    ENTITIES
};

static void put_number(struct table *t, const struct app *app, const struct pg_rows *rows,
                       size_t row, size_t col)
{
    struct bytes shown = {0};

    if (pg_is_null(rows, row, col)) {
        table_none(t);
        return;
    }
    if (app->lang == LANG_VI)
        decimal_vi(pg_get_text(rows, row, col), 0, &shown);
    else
        bytes_str(&shown, pg_get_text(rows, row, col));
    table_shown(t, pg_get_text(rows, row, col), bytes_cstr(&shown));
    bytes_clear(&shown);
}

static const char *by_label(const struct app *app, const char *by)
{
    if (strcmp(by, "register") == 0)
        return app_say(app, "danh bạ ngày chốt số liệu", "register on the cut-off day");
    if (strcmp(by, "map") == 0)
        return app_say(app, "danh mục đơn vị của Bộ", "the ministry's map");
    if (strcmp(by, "report") == 0)
        return app_say(app, "nơi có báo cáo", "the only report");
    return app_say(app, "mã tỉnh nhỏ nhất", "lowest code");
}

static void add_overlap(const struct app *app, const struct nation_at *at,
                        const struct pg_rows *rows, size_t i, struct table *t)
{
    const char *b1 = pg_get_text(rows, i, B1), *b2 = pg_get_text(rows, i, B2);
    const char *what = pg_get_text(rows, i, WHAT), *by = pg_get_text(rows, i, BY);
    char *both = *b2 == 0 ? NULL : mem_printf("%s/%s", b1, b2);

    table_shown(t, what,
                strcmp(what, "unit") == 0 ? app_say(app, "đơn vị", "unit")
                                          : app_say(app, "tổ chức", "entity"));
    table_text(t, pg_get_text(rows, i, KEY));
    table_text(t, pg_get_text(rows, i, NAME));
    table_text(t, pg_get_text(rows, i, PROVINCE));
    table_text(t, pg_get_text(rows, i, COUNTED_IN));
    table_shown(t, by, by_label(app, by));
    table_shown(t, pg_get_text(rows, i, VINTAGE),
                vintage_label(pg_get_text(rows, i, VINTAGE), app->lang));
    table_text(t, pg_get_text(rows, i, INDICATOR));
    table_text(t, both != NULL ? both : b1);
    put_number(t, app, rows, i, VALUE);
    table_text(t, pg_get_text(rows, i, MEASURE));
    put_number(t, app, rows, i, NUMERATOR);
    put_number(t, app, rows, i, DENOMINATOR);
    table_int(t, pg_get_int(rows, i, ENTITIES));
    table_text(t, at->vector);
    free(both);
}

bool nation_overlaps(const struct app *app, struct pg *pg, const struct nation_at *at,
                     bool by_sector, bool json, struct err *e)
{
    static const char SQL[] =
        "select vintage, what, key, name, province, counted_in, by, indicator, b1, b2, "
        "value,"
        " numerator, denominator, measure, entities"
        " from nation.overlap($1, $2, $3, $4, $5, $6, $7)"
        " order by vintage collate \"C\", what collate \"C\" desc, key collate \"C\","
        " province collate \"C\", case when $8 then indicator end collate \"C\","
        " ord, b1 collate \"C\", b2 collate \"C\"";
    const struct pg_arg args[] = {pg_text(at->scheme),        pg_text(at->period),
                                  pg_text(at->vintage),       pg_texts(at->codes, at->n),
                                  pg_ints(at->epochs, at->n), pg_ints(at->seqs, at->n),
                                  pg_bool(by_sector),         pg_bool(json)};
    struct pg_rows rows = {0};
    struct table table;

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "looking for what counts twice in %s", at->period);
    table_init(&table, OVERLAPS, COUNT(OVERLAPS));
    for (size_t i = 0; i < rows.n; i++)
        add_overlap(app, at, &rows, i, &table);
    table_print(&table, app->lang, json, stdout);
    table_clear(&table);
    pg_rows_clear(&rows);
    return true;
}

/* ---- as an extract is made of ---- */

static bool put_query(struct pg *pg, struct bytes *out, const char *kind, const char *sql,
                      const struct pg_arg *args, size_t n, struct err *e)
{
    struct pg_rows rows = {0};

    if (!pg_query(pg, sql, args, n, &rows, e))
        return err_in(e, "totals: %s", kind);
    for (size_t i = 0; i < rows.n; i++) {
        bytes_str(out, kind);
        for (size_t col = 0; col < rows.columns; col++)
            tsv_put(out, pg_get_text(&rows, i, col));
        bytes_char(out, '\n');
    }
    pg_rows_clear(&rows);
    return true;
}

/* of_province: lines for each; else of the nation. */
static bool put_totals(struct pg *pg, const struct nation_at *at, bool by_province,
                       bool by_sector, struct bytes *out, struct err *e)
{
    static const char *const by[2][2] = {
        {"-", "s" },
        {"u", "us"}
    };
    struct pg_rows rows = {0};

    if (!nation_rows(pg, at, by_province, by_sector, false, &rows, e))
        return false;
    for (size_t i = 0; i < rows.n; i++) {
        bytes_str(out, "total");
        tsv_put(out, by[by_province][by_sector]);
        for (size_t col = 0; col < RC_KEPT; col++)
            tsv_put(out, pg_get_text(&rows, i, col));
        bytes_char(out, '\n');
    }
    pg_rows_clear(&rows);
    return true;
}

bool nation_totals_make(const struct app *app, struct pg *pg, const struct nation_at *at,
                        struct bytes *out, struct err *e)
{
    static const char UNITS[] =
        "select s.code, '', s.name, true, case when s.sent + s.nothing = 0 then 'none'"
        " when s.sent + s.nothing < s.due then 'partly' else 'sent' end, false, '',"
        " s.reports, null, 0, s.held, 0, 0, s.sent + s.nothing, s.due, 0, 0"
        " from nation.status($1, $2, $3, $4, $5, $6) s order by s.code collate \"C\"";
    static const char CATALOGUE[] =
        "select max(catalogue) from nation.indicator_at($1, $2, $3)";
    const struct pg_arg args[] = {pg_text(at->scheme),        pg_text(at->period),
                                  pg_text(at->vintage),       pg_texts(at->codes, at->n),
                                  pg_ints(at->epochs, at->n), pg_ints(at->seqs, at->n)};
    char cutoff[11];

    bytes_str(out, "htx-totals 2\nprovince");
    tsv_put(out, app->settings.province_code);
    tsv_put(out, app->settings.province_name);
    bytes_str(out, "\nperiod");
    tsv_put(out, at->scheme);
    tsv_put(out, at->period);
    tsv_put(out, at->name_vi);
    tsv_put(out, at->name_en);
    tsv_put(out, date_iso(at->cutoff, cutoff));
    bytes_printf(out, "\nvintage\t%s\nas-of", at->vintage);
    tsv_put(out, at->vector);
    bytes_printf(out, "\nmethod\t%d\n", TOTALS_METHOD);
    return put_query(pg, out, "catalogue", CATALOGUE, args + 3, 3, e) &&
           put_query(pg, out, "unit", UNITS, args, COUNT(args), e) &&
           put_totals(pg, at, false, false, out, e) &&
           put_totals(pg, at, false, true, out, e) &&
           put_totals(pg, at, true, false, out, e) &&
           put_totals(pg, at, true, true, out, e);
}

bool nation_publication(const struct app *app, struct pg *pg, const struct nation_at *at,
                        struct arena *a, struct publication *p, struct err *e)
{
    static const char SQL[] =
        "select a.schema, a.catalogue, to_char(d.at, 'DD/MM/YYYY'),"
        " to_char(d.at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"+07:00\"')"
        " from nation.province_at($1, $2, $3, $4, $5) a, (select max(c.at)"
        "  at time zone 'Asia/Ho_Chi_Minh' as at from nation.commit c"
        "  join unnest($3::text[], $4::bigint[], $5::bigint[]) v (code, epoch, seq)"
        "  on v.code = c.province and (c.epoch, c.first_seq) <= (v.epoch, v.seq)) d"
        " where a.catalogue is not null order by a.catalogue desc, a.code collate \"C\""
        " limit 1";
    const struct pg_arg args[] = {pg_text(at->scheme), pg_text(at->period),
                                  pg_texts(at->codes, at->n), pg_ints(at->epochs, at->n),
                                  pg_ints(at->seqs, at->n)};
    struct pg_rows rows = {0};
    struct bytes totals = {0};
    bool ok;

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "the newest catalogue of the provinces");
    ok = rows.n == 1 ? nation_totals_make(app, pg, at, &totals, e)
                     : app_set(app, e, ERR_INPUT, "chưa tỉnh nào có danh mục có hiệu lực",
                               "no catalogue is in force in any province");
    if (ok) {
        *p = (struct publication){
            .scheme = at->scheme,
            .period = at->period,
            .vintage = at->vintage,
            .method = TOTALS_METHOD,
            .catalogue = pg_get_int(&rows, 0, 1),
            .hash = hash_of(DOMAIN_FILE, span_of(&totals)),
            .published_vi = arena_str(a, pg_get_text(&rows, 0, 2)),
            .published = arena_str(a, pg_get_text(&rows, 0, 3)),
        };
        p->totals.p = (const unsigned char *)arena_strn(a, totals.p, totals.n);
        p->totals.n = totals.n;
        ok = pg_schema(pg, pg_get_text(&rows, 0, 0), e);
    }
    bytes_clear(&totals);
    pg_rows_clear(&rows);
    return ok;
}
