#include "aggregator/rollup/classes_list.h"
#include "aggregator/table.h"

/* clang-format off */
static const struct column COLUMNS[] = {
    {"unit",      COL_TEXT, "Mã",            "Unit"},
    {"unit_from", COL_DATE, NULL,            NULL},
    {"unit_name", COL_TEXT, "Đơn vị",        "Name"},
    {"period",    COL_TEXT, NULL,            NULL},
    {"vintage",   COL_TEXT, "Loại số liệu",  "Vintage"},
    {"set",       COL_TEXT, "Cách xếp",      "Set"},
    {"sector",    COL_TEXT, "Lĩnh vực",      "Sector"},
    {"class",     COL_TEXT, "Hạng",          "Class"},
    {"count",     COL_INT,  "Số HTX",        "Cooperatives"},
    {"coverage",  COL_TEXT, "Đã xếp",        "Classed"},
    {"classed",   COL_INT,  NULL,            NULL},
    {"entities",  COL_INT,  NULL,            NULL},
    {"reason",    COL_TEXT, "Vì sao chưa xếp", "Why not"},
    {"lacking",   COL_TEXT, "Thiếu chỉ tiêu", "Lacking"},
    {"verified",  COL_BOOL, NULL,            NULL},
    {"law",       COL_TEXT, "Căn cứ",        "Law"},
};
/* clang-format on */

enum {
    UNIT,
    FROM,
    NAME,
    VINTAGE,
    SET,
    SECTOR,
    SECTOR_VI,
    SECTOR_EN,
    CLASS,
    CLASS_VI,
    CLASS_EN,
    N,
    CLASSED,
    ENTITIES,
    REASON,
    LACKING,
    LACKING_VI,
    LACKING_EN,
    VERIFIED,
    LAW
};

static const char SQL[] =
    "select c.unit, c.unit_from, coalesce(u.name, ''), c.vintage, c.set, c.sector,"
    " coalesce(b.name_vi, ''), coalesce(b.name_en, ''), c.class, coalesce(k.name_vi, ''),"
    " coalesce(k.name_en, ''), c.n, c.classed, c.entities, c.reason, c.lacking,"
    " coalesce(l.vi, ''), coalesce(l.en, ''), coalesce(c.verified, true), o.law"
    " from class_count($1, $2, $3, $4, $5, $7, $8, $9) c"
    " left join unit_at($4, $5) u on u.code = c.unit and u.valid_from = c.unit_from"
    " left join cat_breakdown b on b.version = $6::int and b.dim = 'sector'"
    "  and b.code = c.sector"
    " left join period_at($1, $2, $4, $5) p on true"
    /* a class has one name in all lines of a set that are in force together */
    " left join lateral (select ord, name_vi, name_en from cat_class k"
    "  where k.version = $6::int and k.set = c.set and k.class = c.class"
    "  and (k.valid_from is null or k.valid_from <= p.cutoff)"
    "  and (k.valid_to is null or k.valid_to >= p.cutoff) order by ord limit 1) k on true"
    " left join lateral (select string_agg(distinct law, '; ') as law from cat_class k"
    "  where k.version = $6::int and k.set = c.set"
    "  and (k.valid_from is null or k.valid_from <= p.cutoff)"
    "  and (k.valid_to is null or k.valid_to >= p.cutoff)) o on true"
    " left join lateral (select string_agg(i.name_vi, ', ' order by i.ord) as vi,"
    "  string_agg(i.name_en, ', ' order by i.ord) as en from cat_indicator i"
    "  where i.version = $6::int and i.code = any (string_to_array(c.lacking, ' '))) l"
    "  on true"
    " order by c.unit collate \"C\", c.unit_from, c.vintage collate \"C\","
    " c.set collate \"C\", c.sector <> '', b.ord nulls last, k.ord nulls last,"
    " c.reason collate \"C\", c.lacking collate \"C\"";

static const char *set_label(const char *set, enum lang lang)
{
    static const char *const words[][3] = {
        {"size",         "quy mô",                    "size"           },
        {"size_member",  "quy mô theo thành viên",  "size by members"},
        {"size_capital", "quy mô theo nguồn vốn", "size by capital"},
        {"grade",        "xếp loại",               "grade"          },
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(set, words[i][0]) == 0)
            return words[i][lang == LANG_VI ? 1 : 2];
    return set;
}

static const char *reason_label(const char *reason, enum lang lang)
{
    static const char *const words[][3] = {
        {"missing",      "thiếu số liệu",               "a figure is missing"           },
        {"part_of_year", "chưa đủ số liệu cả năm",
         "a figure of the whole year is needed"                                               },
        {"no_threshold", "danh mục chưa có ngưỡng",    "the catalogue has no threshold"},
        {"sector",       "chưa rõ lĩnh vực",             "the sector is not known"       },
        {"none",         "không thuộc hạng nào",        "no class fits"                 },
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(reason, words[i][0]) == 0)
            return words[i][lang == LANG_VI ? 1 : 2];
    return reason;
}

static void add_row(const struct app *app, const struct rollup_at *at,
                    const struct pg_rows *rows, size_t i, struct table *t)
{
    const bool vi = app->lang == LANG_VI;
    const bool province = *pg_get_text(rows, i, UNIT) == 0;
    const char *class = pg_get_text(rows, i, CLASS);
    const char *sector = pg_get_text(rows, i, vi ? SECTOR_VI : SECTOR_EN);
    struct bytes coverage = {0};

    table_text(t, province ? app->settings.province_code : pg_get_text(rows, i, UNIT));
    table_date(t, province ? DATE_NONE : pg_get_date(rows, i, FROM));
    table_text(t, province ? app->settings.province_name : pg_get_text(rows, i, NAME));
    table_text(t, at->period);
    table_shown(t, pg_get_text(rows, i, VINTAGE),
                vintage_label(pg_get_text(rows, i, VINTAGE), app->lang));
    table_shown(t, pg_get_text(rows, i, SET),
                set_label(pg_get_text(rows, i, SET), app->lang));
    table_shown(t, pg_get_text(rows, i, SECTOR),
                strcmp(pg_get_text(rows, i, SECTOR), "unknown") == 0
                    ? app_say(app, "chưa rõ", "not known")
                    : sector);
    table_shown(t, class,
                *class != 0 ? pg_get_text(rows, i, vi ? CLASS_VI : CLASS_EN)
                            : app_say(app, "chưa xếp được", "not classed"));
    table_int(t, pg_get_int(rows, i, N));
    coverage_vi(pg_get_int(rows, i, CLASSED), pg_get_int(rows, i, ENTITIES), true,
                &coverage);
    table_text(t, bytes_cstr(&coverage));
    bytes_clear(&coverage);
    table_int(t, pg_get_int(rows, i, CLASSED));
    table_int(t, pg_get_int(rows, i, ENTITIES));
    table_shown(t, pg_get_text(rows, i, REASON),
                reason_label(pg_get_text(rows, i, REASON), app->lang));
    table_shown(t, pg_get_text(rows, i, LACKING),
                pg_get_text(rows, i, vi ? LACKING_VI : LACKING_EN));
    table_bool(t, pg_get_bool(rows, i, VERIFIED));
    table_text(t, pg_get_text(rows, i, LAW));
}

/* Why there is nothing to list: no such set, or its law is not in force that day. */
static bool say_law(const struct app *app, struct pg *pg, const struct rollup_at *at,
                    const char *set, struct err *e)
{
    static const char LAWS[] =
        "select distinct law, min(valid_from) over w, max(valid_to) over w, ended_by,"
        " (select cutoff from period_at($3, $4, $5, $6))"
        " from cat_class where version = $1::int and (set = $2 or starts_with(set, $2 ||"
        " '_')) window w as (partition by law) order by 2 nulls first";
    const struct pg_arg args[] = {pg_int(at->catalogue), pg_text(set),
                                  pg_text(at->scheme),   pg_text(at->period),
                                  pg_int(at->epoch),     pg_int(at->seq)};
    struct pg_rows rows = {0};
    bool ok = pg_query(pg, LAWS, args, COUNT(args), &rows, e);

    if (ok && rows.n == 0)
        ok = app_set(app, e, ERR_INPUT,
                     "--by %s: danh mục đang dùng không có cách xếp này",
                     "--by %s: the catalogue in use has no such set of classes", set);
    for (size_t i = 0; ok && i < rows.n; i++) {
        const int32_t from = pg_get_date(&rows, i, 1), to = pg_get_date(&rows, i, 2);
        const int32_t day = pg_get_date(&rows, i, 4);
        const char *law = pg_get_text(&rows, i, 0), *end = pg_get_text(&rows, i, 3);
        char text[11];

        if (to != DATE_NONE && day > to && app->lang == LANG_VI)
            fprintf(stderr, "%s: %s hết hiệu lực sau ngày %s%s%s\n",
                    set_label(set, LANG_VI), law, date_vi(to, text),
                    *end != 0 ? ", theo " : "", end);
        else if (to != DATE_NONE && day > to)
            fprintf(stderr, "%s: %s ended after %s%s%s\n", set_label(set, LANG_EN), law,
                    date_iso(to, text), *end != 0 ? ", by " : "", end);
        else if (from != DATE_NONE && day < from && app->lang == LANG_VI)
            fprintf(stderr, "%s: %s có hiệu lực từ ngày %s\n", set_label(set, LANG_VI),
                    law, date_vi(from, text));
        else if (from != DATE_NONE && day < from)
            fprintf(stderr, "%s: %s is in force from %s\n", set_label(set, LANG_EN), law,
                    date_iso(from, text));
    }
    pg_rows_clear(&rows);
    return ok;
}

bool classes_list(struct app *app, struct pg *pg, const struct rollup_at *at,
                  const char *set, bool by_unit, bool by_sector, bool json, struct err *e)
{
    const struct pg_arg args[] = {
        pg_text(at->scheme), pg_text(at->period), pg_text(at->vintage),
        pg_int(at->epoch),   pg_int(at->seq),     pg_int(at->catalogue),
        pg_text(set),        pg_bool(by_unit),    pg_bool(by_sector)};
    struct pg_rows rows = {0};
    struct table t;

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "classes of %s", at->period);
    table_init(&t, COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < rows.n; i++)
        add_row(app, at, &rows, i, &t);
    if (rows.n == 0 && !say_law(app, pg, at, set, e)) {
        table_clear(&t);
        pg_rows_clear(&rows);
        return false;
    }
    table_print(&t, app->lang, json, stdout);
    table_clear(&t);
    pg_rows_clear(&rows);
    return true;
}
