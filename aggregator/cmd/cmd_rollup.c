#include "aggregator/rollup/classes_list.h"
#include "aggregator/rollup/compare.h"
#include "aggregator/rollup/nation.h"
#include "aggregator/table.h"

#include <getopt.h>

/* clang-format off */
/* Whose figure of what stands first in every table. */
#define HEAD \
    {"unit",      COL_TEXT, "Mã",           "Unit"}, \
    {"unit_from", COL_DATE, NULL,           NULL}, \
    {"unit_name", COL_TEXT, "Đơn vị",       "Name"}, \
    {"period",    COL_TEXT, NULL,           NULL}, \
    {"vintage",   COL_TEXT, "Loại số liệu", "Vintage"}, \
    {"indicator", COL_TEXT, "Chỉ tiêu",     "Indicator"}, \
    {"breakdown", COL_TEXT, "Chia theo",    "Breakdown"}
/* clang-format on */

/* The columns of one total, for people and for --json (design 12). */
static const struct column COLUMNS[] = {
    HEAD,
    {"value",             COL_NUMBER, "Giá trị",         "Value"        },
    {"measure",           COL_TEXT,   "Đơn vị tính",   "Measure"      },
    {"numerator",         COL_NUMBER, "Tử số",          "Numerator"    },
    {"denominator",       COL_NUMBER, "Mẫu số",         "Denominator"  },
    {"stated",            COL_NUMBER, "Số đã nêu",     "Stated"       },
    {"basis",             COL_TEXT,   NULL,                 NULL           },
    {"source",            COL_TEXT,   "Nguồn",            "Source"       },
    {"coverage",          COL_TEXT,   "Đã báo cáo",     "Reported"     },
    {"reported",          COL_INT,    NULL,                 NULL           },
    {"expected",          COL_INT,    NULL,                 NULL           },
    {"units_reported",    COL_INT,    NULL,                 NULL           },
    {"units_expected",    COL_INT,    NULL,                 NULL           },
    {"entities_reported", COL_INT,    NULL,                 NULL           },
    {"entities_expected", COL_INT,    NULL,                 NULL           },
    {"units_statement",   COL_INT,    NULL,                 NULL           },
    {"units_entity",      COL_INT,    NULL,                 NULL           },
    {"nil",               COL_INT,    NULL,                 NULL           },
    {"not_available",     COL_INT,    NULL,                 NULL           },
    {"refused",           COL_INT,    NULL,                 NULL           },
    {"missing",           COL_INT,    NULL,                 NULL           },
    {"approximate",       COL_INT,    NULL,                 NULL           },
 /* of the table by unit on today's map alone */
    {"break",             COL_BOOL,   "Đứt chuỗi",     "Series breaks"},
};

/* Of the nation's totals, in the place of the last one. */
static const struct column POSITION = {"as_of", COL_TEXT, NULL, NULL};

static const struct column DIFFERENCES[] = {
    {"unit",        COL_TEXT,   "Mã",                    "Unit"        },
    {"unit_from",   COL_DATE,   NULL,                     NULL          },
    {"unit_name",   COL_TEXT,   "Đơn vị",             "Name"        },
    {"vintage",     COL_TEXT,   "Loại số liệu",     "Vintage"     },
    {"indicator",   COL_TEXT,   "Chỉ tiêu",            "Indicator"   },
    {"breakdown",   COL_TEXT,   "Chia theo",              "Breakdown"   },
    {"source",      COL_TEXT,   "Nguồn được lấy", "Source"      },
    {"value",       COL_NUMBER, "Giá trị",             "Value"       },
    {"other",       COL_TEXT,   "Nguồn kia",            "Other source"},
    {"other_value", COL_NUMBER, "Giá trị kia",         "Other value" },
    {"difference",  COL_NUMBER, "Chênh lệch",          "Difference"  },
};

/* What stands beside a total: for machines each with its reason, for people one or the
   other. */
static const struct column COMPARISONS[] = {
    HEAD,
    {"measure",                 COL_TEXT,   "Đơn vị tính",          "Measure"              },
    {"value",                   COL_NUMBER, "Giá trị",                "Value"                },
    {"previous",                COL_NUMBER, "Cùng kỳ năm trước",  "A year earlier"       },
    {"previous_reason",         COL_TEXT,   NULL,                        NULL                   },
    {"plan",                    COL_NUMBER, "Kế hoạch",              "Plan"                 },
    {"plan_reason",             COL_TEXT,   NULL,                        NULL                   },
    {"change",                  COL_NUMBER, "Tăng, giảm",             "Change"               },
    {"change_reason",           COL_TEXT,   NULL,                        NULL                   },
    {"percent_previous",        COL_NUMBER, "So với cùng kỳ (%)",   "Of a year earlier (%)"},
    {"percent_previous_reason", COL_TEXT,   NULL,                        NULL                   },
    {"percent_plan",            COL_NUMBER, "So với kế hoạch (%)", "Of plan (%)"          },
    {"percent_plan_reason",     COL_TEXT,   NULL,                        NULL                   },
    {"second_half",             COL_NUMBER, "6 tháng cuối năm",      "Second half"          },
    {"second_half_reason",      COL_TEXT,   NULL,                        NULL                   },
    {"remarks",                 COL_TEXT,   "Ghi chú",                  "Remarks"              },
};

struct view {
    const struct app *app;
    const struct pg_rows *rows;
    size_t row;
    struct table *table;
    struct arena *arena;
};

static const char *text(const struct view *v, int col)
{
    return pg_get_text(v->rows, v->row, (size_t)col);
}

static const char *in_words(const struct view *v, int vi, int en)
{
    return text(v, v->app->lang == LANG_VI ? vi : en);
}

/* Two names or codes as "a/b". */
static const char *pair(const struct view *v, const char *a, const char *b)
{
    return *b == 0 ? a : arena_printf(v->arena, "%s/%s", a, b);
}

static void number(const struct view *v, int col, int decimals)
{
    struct bytes shown = {0};

    if (pg_is_null(v->rows, v->row, (size_t)col)) {
        table_none(v->table);
        return;
    }
    if (v->app->lang == LANG_VI)
        decimal_vi(text(v, col), decimals, &shown);
    else
        bytes_str(&shown, text(v, col));
    table_shown(v->table, text(v, col), bytes_cstr(&shown));
    bytes_clear(&shown);
}

/* Text that stands for a number, as people read it. */
static void plain_number(const struct view *v, const char *text, int decimals)
{
    struct bytes shown = {0};

    if (v->app->lang == LANG_VI)
        decimal_vi(text, decimals, &shown);
    else
        bytes_str(&shown, text);
    table_shown(v->table, text, bytes_cstr(&shown));
    bytes_clear(&shown);
}

static void whole(const struct view *v, int col)
{
    if (pg_is_null(v->rows, v->row, (size_t)col))
        table_none(v->table);
    else
        table_int(v->table, pg_get_int(v->rows, v->row, (size_t)col));
}

static void coverage(const struct view *v)
{
    struct bytes shown = {0};

    coverage_vi(pg_get_int(v->rows, v->row, RC_REPORTED),
                pg_get_int(v->rows, v->row, RC_EXPECTED),
                !pg_is_null(v->rows, v->row, RC_EXPECTED), &shown);
    table_text(v->table, bytes_cstr(&shown));
    bytes_clear(&shown);
}

static void add_head(const struct view *v, const char *period)
{
    const struct app *app = v->app;
    struct table *t = v->table;
    const bool province = *text(v, RC_UNIT) == 0;

    table_text(t, province ? app->settings.province_code : text(v, RC_UNIT));
    table_date(t, date_read(text(v, RC_UNIT_FROM)));
    table_text(t, province ? app->settings.province_name : text(v, RC_UNIT_NAME));
    table_text(t, period);
    table_shown(t, text(v, RC_VINTAGE), vintage_label(text(v, RC_VINTAGE), app->lang));
    table_shown(t, text(v, RC_INDICATOR),
                in_words(v, RC_INDICATOR_NAME_VI, RC_INDICATOR_NAME_EN));
    table_shown(t, pair(v, text(v, RC_B1), text(v, RC_B2)),
                pair(v, in_words(v, RC_B1_NAME_VI, RC_B1_NAME_EN),
                     in_words(v, RC_B2_NAME_VI, RC_B2_NAME_EN)));
}

static void add_total(const struct view *v, const char *period)
{
    const struct app *app = v->app;
    struct table *t = v->table;
    const int decimals = (int)pg_get_int(v->rows, v->row, RC_DECIMALS);

    add_head(v, period);
    number(v, RC_VALUE, decimals);
    table_shown(t, text(v, RC_MEASURE), in_words(v, RC_MEASURE, RC_MEASURE_EN));
    number(v, RC_NUMERATOR, 0);
    number(v, RC_DENOMINATOR, 0);
    number(v, RC_STATED, 0);
    table_text(t, text(v, RC_BASIS));
    table_shown(t, text(v, RC_SOURCE), source_label(text(v, RC_SOURCE), app->lang));
    coverage(v);
    for (int col = RC_REPORTED; col < RC_KEPT; col++)
        whole(v, col);
}

/* Units whose figures cannot follow them onto today's map: cut in pieces, or gone. */
static bool left_behind(struct pg *pg, const struct rollup_at *at, struct pg_rows *rows,
                        struct err *e)
{
    const struct pg_arg args[] = {pg_int(at->epoch), pg_int(at->seq)};

    return pg_query(pg,
                    "select unit, to_char(unit_from, 'YYYY-MM-DD')"
                    " from unit_home_on($1, $2, 'infinity') where open <> ''",
                    args, COUNT(args), rows, e) ||
           err_in(e, "looking for breaks of series");
}

static bool is_left_behind(const struct pg_rows *left, const char *unit, const char *from)
{
    for (size_t i = 0; i < left->n; i++)
        if (strcmp(pg_get_text(left, i, 0), unit) == 0 &&
            strcmp(pg_get_text(left, i, 1), from) == 0)
            return true;
    return false;
}

/* To the reader of a table by unit: where it cannot be laid beside last year's. */
static bool tell_breaks(const struct app *app, struct pg *pg, const struct rollup_at *at,
                        struct err *e)
{
    const struct pg_arg args[] = {pg_text(at->scheme), pg_text(at->period),
                                  pg_int(at->epoch), pg_int(at->seq)};
    struct pg_rows rows = {0};

    if (!pg_query(pg,
                  "select b.unit, coalesce(u.name, b.unit), b.text"
                  " from break_at($1, $2, $3, $4) b left join unit_at($3, $4) u"
                  "  on u.code = b.unit and u.valid_from = b.unit_from"
                  " order by b.unit collate \"C\", b.unit_from, b.day",
                  args, COUNT(args), &rows, e))
        return err_in(e, "looking for breaks of series");
    if (rows.n > 0)
        fprintf(
            stderr, "%s\n",
            app_say(app,
                    "Đứt chuỗi số liệu: địa giới thay đổi, các đơn vị sau không so sánh "
                    "được với cùng kỳ năm trước:",
                    "Series break: units changed, these cannot be compared with the "
                    "same period last year:"));
    for (size_t i = 0; i < rows.n; i++)
        fprintf(stderr, "  %s %s: %s\n", pg_get_text(&rows, i, 0),
                pg_get_text(&rows, i, 1), pg_get_text(&rows, i, 2));
    pg_rows_clear(&rows);
    return true;
}

static bool list_totals(struct app *app, struct pg *pg, const struct rollup_at *at,
                        bool by_unit, bool by_sector, bool json, struct err *e)
{
    const bool breaks = by_unit && at->as_is;
    struct pg_rows rows = {0}, left = {0};
    struct table table;
    struct arena arena = {0};

    if (!rollup_rows(pg, at, by_unit, by_sector, !json, &rows, e) ||
        (breaks && !left_behind(pg, at, &left, e))) {
        pg_rows_clear(&rows);
        return false;
    }
    table_init(&table, COLUMNS, COUNT(COLUMNS) - !breaks);
    for (size_t i = 0; i < rows.n; i++) {
        add_total(&(struct view){app, &rows, i, &table, &arena}, at->period);
        if (breaks)
            table_bool(&table, is_left_behind(&left, pg_get_text(&rows, i, RC_UNIT),
                                              pg_get_text(&rows, i, RC_UNIT_FROM)));
    }
    table_print(&table, app->lang, json, stdout);
    table_clear(&table);
    pg_rows_clear(&rows);
    pg_rows_clear(&left);
    arena_clear(&arena);
    return !by_unit || json || tell_breaks(app, pg, at, e);
}

/* Over the provinces that a ministry follows. */
static bool list_nation(struct app *app, struct pg *pg, const struct nation_at *at,
                        bool by_province, bool by_sector, bool json, struct err *e)
{
    struct column columns[COUNT(COLUMNS)];
    struct pg_rows rows = {0};
    struct table table;
    struct arena arena = {0};

    if (!nation_rows(pg, at, by_province, by_sector, !json, &rows, e))
        return false;
    memcpy(columns, COLUMNS, sizeof columns);
    columns[COUNT(COLUMNS) - 1] = POSITION;
    table_init(&table, columns, COUNT(columns));
    for (size_t i = 0; i < rows.n; i++) {
        add_total(&(struct view){app, &rows, i, &table, &arena}, at->period);
        table_text(&table, at->vector);
    }
    table_print(&table, app->lang, json, stdout);
    table_clear(&table);
    pg_rows_clear(&rows);
    arena_clear(&arena);
    return nation_say(app, pg, at, e);
}

/* The comparisons of the total in v->row: rows of compare_rows() from *next on. */
static void add_comparisons(const struct view *v, const struct rollup_at *at,
                            const struct pg_rows *all, size_t *next)
{
    static const int key[] = {RC_UNIT,      RC_UNIT_FROM, RC_VINTAGE,
                              RC_INDICATOR, RC_B1,        RC_B2};
    const struct app *app = v->app;
    const int decimals = (int)pg_get_int(v->rows, v->row, RC_DECIMALS);
    const char *value[CW_COUNT] = {0}, *reason[CW_COUNT] = {0}, *remarks = "";
    struct table *t = v->table;

    for (; *next < all->n; ++*next) {
        enum compare_what what = compare_what_of(pg_get_text(all, *next, CC_WHAT));
        bool same = what != CW_COUNT;

        for (size_t i = 0; i < COUNT(key); i++)
            same = same && strcmp(pg_get_text(all, *next, i), text(v, key[i])) == 0;
        if (!same)
            break;
        value[what] =
            pg_is_null(all, *next, CC_VALUE) ? NULL : pg_get_text(all, *next, CC_VALUE);
        reason[what] = pg_get_text(all, *next, CC_REASON);
    }
    add_head(v, at->period);
    table_shown(t, text(v, RC_MEASURE), in_words(v, RC_MEASURE, RC_MEASURE_EN));
    number(v, RC_VALUE, decimals);
    for (size_t i = 0; i < CW_COUNT; i++) {
        const bool percent = i == CW_PERCENT_PREVIOUS || i == CW_PERCENT_PLAN;
        const char *words =
            reason[i] != NULL ? compare_reason(reason[i], app->lang, v->arena) : "";

        if (value[i] != NULL)
            plain_number(v, value[i], percent ? 1 : decimals);
        else
            table_none(t);
        table_text(t, reason[i] != NULL ? reason[i] : "");
        if (*words != 0 && strstr(remarks, words) == NULL)
            remarks =
                *remarks == 0 ? words : arena_printf(v->arena, "%s; %s", remarks, words);
    }
    table_text(t, remarks);
}

static bool list_comparisons(struct app *app, struct pg *pg, const struct rollup_at *at,
                             bool by_unit, bool by_sector, bool json, struct err *e)
{
    struct pg_rows rows = {0}, beside = {0};
    struct table table;
    struct arena arena = {0};
    size_t next = 0;

    if (!rollup_rows(pg, at, by_unit, by_sector, false, &rows, e))
        return false;
    if (!compare_rows(pg, at, by_unit, by_sector, &beside, e)) {
        pg_rows_clear(&rows);
        return false;
    }
    table_init(&table, COMPARISONS, COUNT(COMPARISONS));
    for (size_t i = 0; i < rows.n; i++)
        add_comparisons(&(struct view){app, &rows, i, &table, &arena}, at, &beside,
                        &next);
    table_print(&table, app->lang, json, stdout);
    table_clear(&table);
    pg_rows_clear(&beside);
    pg_rows_clear(&rows);
    arena_clear(&arena);
    return true;
}

static bool list_differences(struct app *app, struct pg *pg, const struct rollup_at *at,
                             bool json, struct err *e)
{
    enum {
        UNIT,
        FROM,
        NAME,
        VINTAGE,
        INDICATOR,
        NAME_VI,
        NAME_EN,
        B1,
        B2,
        B1_VI,
        B1_EN,
        SOURCE,
        VALUE,
        OTHER,
        OTHER_VALUE,
        DIFFERENCE
    };
    static const char SQL[] =
        "select d.unit, to_char(d.unit_from, 'YYYY-MM-DD'), coalesce(u.name, d.unit),"
        " d.vintage, d.indicator, i.name_vi, i.name_en, d.b1, d.b2,"
        " coalesce(b.name_vi, d.b1), coalesce(b.name_en, d.b1), d.source, d.value,"
        " d.other, d.other_value, d.difference"
        " from rollup_difference($1, $2, $3, $4, $5, $6::int) d"
        " join cat_indicator i on i.version = $6::int and i.code = d.indicator"
        " left join unit_at($4, $5) u on u.code = d.unit and u.valid_from = d.unit_from"
        " left join lateral (select name_vi, name_en from cat_breakdown"
        "  where version = $6::int and code = d.b1"
        "  order by dim <> 'sector', ord limit 1) b on true"
        " order by d.unit collate \"C\", d.unit_from, d.vintage collate \"C\", i.ord,"
        " d.b1 collate \"C\", d.b2 collate \"C\"";
    const struct pg_arg args[] = {pg_text(at->scheme),  pg_text(at->period),
                                  pg_text(at->vintage), pg_int(at->epoch),
                                  pg_int(at->seq),      pg_int(at->catalogue)};
    struct pg_rows rows = {0};
    struct table table;
    struct arena arena = {0};

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "comparing sources of %s", at->period);
    table_init(&table, DIFFERENCES, COUNT(DIFFERENCES));
    for (size_t i = 0; i < rows.n; i++) {
        const struct view v = {app, &rows, i, &table, &arena};

        table_text(&table, text(&v, UNIT));
        table_date(&table, date_read(text(&v, FROM)));
        table_text(&table, text(&v, NAME));
        table_shown(&table, text(&v, VINTAGE),
                    vintage_label(text(&v, VINTAGE), app->lang));
        table_shown(&table, text(&v, INDICATOR), in_words(&v, NAME_VI, NAME_EN));
        table_shown(&table, pair(&v, text(&v, B1), text(&v, B2)),
                    pair(&v, in_words(&v, B1_VI, B1_EN), text(&v, B2)));
        table_shown(&table, text(&v, SOURCE), source_label(text(&v, SOURCE), app->lang));
        number(&v, VALUE, 0);
        table_shown(&table, text(&v, OTHER), source_label(text(&v, OTHER), app->lang));
        number(&v, OTHER_VALUE, 0);
        number(&v, DIFFERENCE, 0);
    }
    table_print(&table, app->lang, json, stdout);
    table_clear(&table);
    pg_rows_clear(&rows);
    arena_clear(&arena);
    return true;
}

/* What is asked for. */
struct asked {
    const char *period, *vintage, *as_of, *set;
    bool by_province, by_unit, by_sector, json, differences, compare, overlaps, as_is;
};

/* "unit,sector" in any order, and a set of classes: size, grade, x12.own. */
static bool read_by(const char *words, struct arena *a, struct asked *q)
{
    while (*words != 0) {
        size_t n = strcspn(words, ",");

        if (n == 8 && strncmp(words, "province", n) == 0)
            q->by_province = true;
        else if (n == 4 && strncmp(words, "unit", n) == 0)
            q->by_unit = true;
        else if (n == 6 && strncmp(words, "sector", n) == 0)
            q->by_sector = true;
        else if (q->set == NULL && ((n == 4 && strncmp(words, "size", n) == 0) ||
                                  (n == 5 && strncmp(words, "grade", n) == 0) ||
                                  catalogue_namespace(words) >= 0))
            q->set = arena_strn(a, words, n);
        else
            return false;
        words += n + (words[n] == ',');
    }
    return true;
}

/* Of a province, or of the copy of one. */
static bool roll_up(struct app *app, struct pg *pg, const struct asked *q,
                    struct arena *a, struct err *e)
{
    struct rollup_at at;

    if (q->by_province || q->overlaps)
        return app_set(app, e, ERR_INPUT,
                       "--by province, --overlaps: chỉ dùng ở Bộ, nơi theo dõi các tỉnh",
                       "--by province, --overlaps: only where provinces are followed");
    if (!rollup_at_find(app, pg, q->period, q->vintage, q->as_of, a, &at, e))
        return false;
    at.as_is = q->as_is;
    return q->set != NULL   ? classes_list(app, pg, &at, q->set, q->by_unit, q->by_sector,
                                           q->json, e)
           : q->differences ? list_differences(app, pg, &at, q->json, e)
           : q->compare ? list_comparisons(app, pg, &at, q->by_unit, q->by_sector, q->json, e)
                        : list_totals(app, pg, &at, q->by_unit, q->by_sector, q->json, e);
}

/* Of the nation, at a ministry. */
static bool roll_up_nation(struct app *app, struct pg *pg, const struct asked *q,
                           struct arena *a, struct err *e)
{
    struct nation_at at;

    if (q->by_unit || q->set != NULL || q->differences || q->compare)
        return app_set(app, e, ERR_INPUT,
                       "--by unit, size, grade, --differences, --compare: xem từng tỉnh, "
                       "htx-aggregator -p TỈNH rollup ...",
                       "--by unit, size, grade, --differences, --compare: of one province, "
                       "htx-aggregator -p CODE rollup ...");
    if (!nation_at_find(app, pg, q->period, q->vintage, q->as_of, a, &at, e))
        return false;
    at.as_is = q->as_is;
    return q->overlaps ? nation_overlaps(app, pg, &at, q->by_sector, q->json, e) &&
                             nation_say(app, pg, &at, e)
                       : list_nation(app, pg, &at, q->by_province, q->by_sector, q->json, e);
}

int cmd_rollup(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"vintage",          required_argument, NULL, 'v'},
        {"by",              required_argument, NULL, 'b'},
        {"as-of",                  required_argument, NULL, 'a'},
        {"differences",no_argument, NULL, 'd'},
        {"compare",               no_argument, NULL, 'c'},
        {"overlaps",            no_argument, NULL, 'o'},
        {"units",            required_argument, NULL, 'u'},
        {"json",              no_argument, NULL, 'j'},
        {0                 }
    };
    struct arena arena = {0};
    struct asked q = {0};
    bool nation = false, ok;
    struct err e = {0};
    struct pg *pg;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'v':
            q.vintage = optarg;
            break;
        case 'b':
            if (!read_by(optarg, &arena, &q)) {
                arena_clear(&arena);
                return app_usage(app, "--by: chỉ nhận province, unit, sector, size, grade",
                                 "--by: province, unit, sector, size and grade only");
            }
            break;
        case 'a':
            q.as_of = optarg;
            break;
        case 'd':
            q.differences = true;
            break;
        case 'c':
            q.compare = true;
            break;
        case 'o':
            q.overlaps = true;
            break;
        case 'u':
            if (!rollup_units(optarg, &q.as_is))
                return app_usage(app, "--units: chỉ nhận as-was, as-is",
                                 "--units: as-was or as-is");
            break;
        case 'j':
            q.json = true;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (argc - optind != 1)
        return app_usage(app, "cần đúng một kỳ báo cáo", "one period is needed");
    if (q.as_is && (q.set != NULL || q.differences || q.compare)) {
        arena_clear(&arena);
        return app_usage(app,
                         "--units as-is không đi cùng --differences, --compare, --by "
                         "size, --by grade",
                         "--units as-is does not go with --differences, --compare, --by "
                         "size, --by grade");
    }
    q.period = argv[optind];
    pg = app_pg(app, DB_READ, &e);
    ok = pg != NULL && nation_here(app, pg, &nation, &e) &&
         (nation ? roll_up_nation(app, pg, &q, &arena, &e)
                 : roll_up(app, pg, &q, &arena, &e));
    arena_clear(&arena);
    return ok ? EXIT_DONE : app_fail(app, &e);
}
