#include "aggregator/rollup/explain.h"
#include "aggregator/rollup/extract.h"
#include "aggregator/json.h"
#include "aggregator/table.h"

#include <getopt.h>
#include <inttypes.h>

struct asked {
    const char *period, *indicator;
    const char *unit, *from, *breakdown, *vintage, *as_of;
    int64_t number;
    bool json, verify, as_is;
};

/* What is being explained, and what the publication says of it. */
struct view {
    struct app *app;
    struct rollup_at at;
    struct explain_of of;
    struct pg_rows rows; /* of rollup, one of which may be the figure */
    size_t row;
    bool found;
    struct publication publication;
    bool published;   /* --number: of that publication */
    bool sealed_same; /* and it holds the same figure */
    const char *name_vi, *name_en, *measure_vi, *measure_en, *op; /* of the indicator */
    struct arena *arena;
};

static const char *say(const struct view *v, const char *vi, const char *en)
{
    return app_say(v->app, vi, en);
}

/* ---- which cell ---- */

static bool find_indicator(struct view *v, struct pg *pg, const char *code, struct err *e)
{
    const struct pg_arg args[] = {pg_int(v->at.catalogue), pg_text(code)};
    const char **to[] = {&v->name_vi, &v->name_en, &v->measure_vi, &v->measure_en,
                         &v->op};
    struct pg_rows rows = {0};
    bool found;

    if (!pg_query(pg,
                  "select name_vi, name_en, unit_vi, unit_en, op from cat_indicator"
                  " where version = $1::int and code = $2",
                  args, COUNT(args), &rows, e))
        return err_in(e, "looking up an indicator");
    found = rows.n == 1;
    for (size_t i = 0; found && i < COUNT(to); i++)
        *to[i] = arena_str(v->arena, pg_get_text(&rows, 0, i));
    pg_rows_clear(&rows);
    return found || app_set(v->app, e, ERR_INPUT,
                            "không có chỉ tiêu \"%s\" trong danh mục %" PRId64
                            " (mã chỉ tiêu: xem rollup --json)",
                            "there is no indicator \"%s\" in catalogue %" PRId64
                            " (codes: see rollup --json)",
                            code, v->at.catalogue);
}

/* "agri", "nhno", "a/b", "sector:other": which table of rollup, and its codes. */
static bool find_breakdown(struct view *v, struct pg *pg, const char *asked,
                           bool *any_table, struct err *e)
{
    const char *colon = strchr(asked, ':'), *slash;
    const char *dim =
        colon != NULL ? arena_strn(v->arena, asked, (size_t)(colon - asked)) : NULL;
    const char *code = colon != NULL ? colon + 1 : asked;
    struct pg_rows rows = {0};
    struct pg_arg args[3];
    bool sector = false, other = false;

    slash = strchr(code, '/');
    v->of.b1 = slash != NULL ? arena_strn(v->arena, code, (size_t)(slash - code)) : code;
    v->of.b2 = slash != NULL ? slash + 1 : "";
    *any_table = false;
    if (*code == 0)
        return true;
    if (strcmp(v->of.b1, "undivided") == 0 || strcmp(v->of.b1, "unknown") == 0) {
        v->of.by_sector = true;
        return true;
    }
    args[0] = pg_int(v->at.catalogue);
    args[1] = pg_text(v->of.b1);
    args[2] = pg_text(dim);
    if (!pg_query(pg,
                  "select dim = 'sector' from cat_breakdown where version = $1::int"
                  " and code = $2 and ($3::text is null or dim = $3)",
                  args, COUNT(args), &rows, e))
        return err_in(e, "looking up a breakdown");
    for (size_t i = 0; i < rows.n; i++) {
        sector = sector || pg_get_bool(&rows, i, 0);
        other = other || !pg_get_bool(&rows, i, 0);
    }
    pg_rows_clear(&rows);
    v->of.by_sector = sector && *v->of.b2 == 0;
    *any_table = !sector || other; /* a free name, or a code that two dimensions have */
    if (dim != NULL && !sector && !other)
        return app_set(v->app, e, ERR_INPUT,
                       "--breakdown: không có \"%s\" trong danh mục",
                       "--breakdown: \"%s\" is not in the catalogue", asked);
    return true;
}

static bool is_figure(const struct view *v, size_t row)
{
    const struct pg_rows *r = &v->rows;

    return strcmp(pg_get_text(r, row, RC_INDICATOR), v->of.indicator) == 0 &&
           strcmp(pg_get_text(r, row, RC_B1), v->of.b1) == 0 &&
           strcmp(pg_get_text(r, row, RC_B2), v->of.b2) == 0 &&
           (v->of.unit == NULL ||
            (strcmp(pg_get_text(r, row, RC_UNIT), v->of.unit) == 0 &&
             (v->of.unit_from == NULL ||
              strcmp(pg_get_text(r, row, RC_UNIT_FROM), v->of.unit_from) == 0)));
}

/* Looks for the figure in one table of rollup; ERR_INPUT when a reused code has two. */
static bool find_in(struct view *v, struct pg *pg, bool by_sector, struct err *e)
{
    size_t n = 0;

    pg_rows_clear(&v->rows);
    if (!rollup_rows(pg, &v->at, v->of.unit != NULL, by_sector, false, &v->rows, e))
        return false;
    for (size_t i = 0; i < v->rows.n; i++)
        if (is_figure(v, i)) {
            v->row = i;
            n++;
        }
    v->found = n > 0;
    if (n > 1)
        return app_set(v->app, e, ERR_INPUT,
                       "--unit: mã \"%s\" được dùng cho %zu đơn vị; thêm --from NGÀY",
                       "--unit: code \"%s\" stands for %zu units; add --from DATE",
                       v->of.unit, n);
    if (v->found)
        v->of.by_sector = by_sector;
    return true;
}

/* Of a unit that gave no figure: since when its code is its own. */
static bool find_unit(struct view *v, struct pg *pg, struct err *e)
{
    const struct pg_arg args[] = {pg_int(v->at.epoch),   pg_int(v->at.seq),
                                  pg_text(v->of.unit),   pg_text(v->at.scheme),
                                  pg_text(v->at.period), pg_text(v->of.unit_from)};
    struct pg_rows rows = {0};

    if (!pg_query(pg,
                  "select to_char(u.valid_from, 'YYYY-MM-DD') from unit_at($1, $2) u,"
                  " period_at($4, $5, $1, $2) p"
                  " where u.code = $3 and ($6::date is null or u.valid_from = $6::date)"
                  " order by u.valid_from <= p.cutoff desc, u.valid_from desc limit 1",
                  args, COUNT(args), &rows, e))
        return err_in(e, "looking up a unit");
    if (rows.n == 1)
        v->of.unit_from = arena_str(v->arena, pg_get_text(&rows, 0, 0));
    pg_rows_clear(&rows);
    return v->of.unit_from != NULL ||
           app_set(v->app, e, ERR_INPUT, "--unit: không có đơn vị \"%s\"",
                   "--unit: there is no unit \"%s\"", v->of.unit);
}

static bool find_figure(struct view *v, struct pg *pg, const struct asked *q,
                        struct err *e)
{
    bool any_table;

    v->of.indicator = q->indicator;
    v->of.unit = q->unit;
    v->of.unit_from = q->from;
    v->of.b1 = v->of.b2 = "";
    if (!find_breakdown(v, pg, q->breakdown != NULL ? q->breakdown : "", &any_table, e))
        return false;
    if (!find_in(v, pg, v->of.by_sector && !any_table, e))
        return false;
    if (!v->found && any_table && v->of.by_sector && !find_in(v, pg, true, e))
        return false;
    if (v->of.unit == NULL)
        return true;
    if (v->found)
        v->of.unit_from =
            arena_str(v->arena, pg_get_text(&v->rows, v->row, RC_UNIT_FROM));
    return find_unit(v, pg, e);
}

/* ---- the publication ---- */

/* The same figure in the sealed totals: all its columns. */
static bool compare_sealed(struct view *v, struct err *e)
{
    const char *by = v->of.unit != NULL ? (v->of.by_sector ? "us" : "u")
                                        : (v->of.by_sector ? "s" : "-");
    struct totals t;

    if (!totals_read(v->publication.totals, &t, e))
        return false;
    v->sealed_same = !v->found;
    for (size_t i = 0; i < t.n_figures; i++) {
        const struct figure *f = &t.figures[i];
        bool same = true;

        if (strcmp(f->by, by) != 0 || strcmp(f->f[RC_INDICATOR], v->of.indicator) != 0 ||
            strcmp(f->f[RC_B1], v->of.b1) != 0 || strcmp(f->f[RC_B2], v->of.b2) != 0 ||
            (v->of.unit != NULL && (strcmp(f->f[RC_UNIT], v->of.unit) != 0 ||
                                    strcmp(f->f[RC_UNIT_FROM], v->of.unit_from) != 0)))
            continue;
        for (size_t col = 0; v->found && col < RC_KEPT; col++)
            same = same && strcmp(f->f[col], pg_get_text(&v->rows, v->row, col)) == 0;
        v->sealed_same = v->found && same;
        break;
    }
    totals_clear(&t);
    return true;
}

/* ---- as people and machines read it ---- */

/* clang-format off */
static const struct column LINES[] = {
    {"role",            COL_TEXT,   NULL,                 NULL          },
    {"unit",            COL_TEXT,   "Mã",               "Unit"        },
    {"unit_from",       COL_DATE,   NULL,                 NULL          },
    {"unit_name",       COL_TEXT,   "Đơn vị",         "Name"        },
    {"source",          COL_TEXT,   NULL,                 NULL          },
    {"basis",           COL_TEXT,   NULL,                 NULL          },
    {"position",        COL_TEXT,   "Phiếu tiếp nhận", "Receipt"     },
    {"form",            COL_TEXT,   NULL,                 NULL          },
    {"subject",         COL_TEXT,   NULL,                 NULL          },
    {"name",            COL_TEXT,   "Tổ chức",         "Entity"      },
    {"indicator",       COL_TEXT,   "Chỉ tiêu",        "Indicator"   },
    {"breakdown",       COL_TEXT,   NULL,                 NULL          },
    {"file",            COL_TEXT,   "Tệp",              "File"        },
    {"cell",            COL_TEXT,   "Ô",                 "Cell"        },
    {"written",         COL_TEXT,   NULL,                 NULL          },
    {"original",        COL_TEXT,   "Bản gốc đã ký",  "Signed bytes"},
    {"value",           COL_NUMBER, "Giá trị",         "Value"       },
    {"measure",         COL_TEXT,   NULL,                 NULL          },
    {"weight",          COL_NUMBER, "nhân với",         "times"       },
    {"weight_indicator",COL_TEXT,   NULL,                 NULL          },
    {"weight_breakdown",COL_TEXT,   NULL,                 NULL          },
    {"weight_position", COL_TEXT,   NULL,                 NULL          },
    {"weight_file",     COL_TEXT,   NULL,                 NULL          },
    {"weight_cell",     COL_TEXT,   "Ô",                 "Cell"        },
    {"factor",          COL_NUMBER, NULL,                 NULL          },
    {"amount",          COL_NUMBER, "Cộng vào",         "Adds"        },
};
/* clang-format on */

/* clang-format off */
static const struct column LEFT[] = {
    {"reason",      COL_TEXT,   "Lý do không cộng",      "Reason"     },
    {"unit",        COL_TEXT,   "Mã",                      "Unit"       },
    {"unit_from",   COL_DATE,   NULL,                        NULL         },
    {"unit_name",   COL_TEXT,   "Đơn vị",                "Name"       },
    {"position",    COL_TEXT,   "Phiếu tiếp nhận",        "Receipt"    },
    {"other",       COL_TEXT,   "Phiếu được tính",      "Counts"     },
    {"subject",     COL_TEXT,   NULL,                        NULL         },
    {"name",        COL_TEXT,   "Tổ chức",                "Entity"     },
    {"source",      COL_TEXT,   "Nguồn",                   "Source"     },
    {"numerator",   COL_NUMBER, "Giá trị hoặc tử số", "Numerator"  },
    {"denominator", COL_NUMBER, "Mẫu số",                "Denominator"},
    {"stated",      COL_NUMBER, "Số trong báo cáo",    "Reported"   },
    {"mark",        COL_TEXT,   NULL,                        NULL         },
    {"written",     COL_TEXT,   "Như đã ghi",            "As written" },
    {"reports",     COL_INT,    NULL,                        NULL         },
};
/* clang-format on */

static const char *reason_label(const char *reason, enum lang lang)
{
    static const char *const words[][3] = {
        {"source_order",   "nguồn khác của đơn vị được lấy",
         "another source of the unit is taken"                                                                                },
        {"department",     "sở, ngành: các huyện, xã đã có số",
         "department: the districts gave theirs"                                                                              },
        {"superseded",     "đã có bản điều chỉnh thay",                                "superseded by a correction" },
        {"withdrawn",      "đơn vị đã thu hồi",                                          "withdrawn by the unit"      },
        {"other_channel",  "cùng tổ chức, kênh khác được tính",
         "same subject, another channel counts"                                                                               },
        {"duplicate",      "trùng nội dung, chỉ tính một lần",                         "duplicate, counts once"     },
        {"rejected",       "tỉnh quyết định không tính",                              "rejected by a decision"     },
        {"held",           "đang giữ chờ xử lý",                                         "held for a decision"        },
        {"refused",        "không tiếp nhận",                                               "refused"                    },
        {"conflict",       "trùng mã, khác nội dung",                                       "conflict"                   },
        {"no_weight",      "có số bình quân hoặc tỷ lệ nhưng không có mẫu số",
         "a mean or ratio without its weight"                                                                                 },
        {"no_match",       "không thuộc diện đếm",                                       "not of those counted"       },
        {"not_applicable", "không áp dụng (x)",                                              "not applicable (x)"         },
        {"not_available",  "chưa có số liệu (…)",                                        "not yet available (…)"    },
        {"refused_value",  "tổ chức không cung cấp (KCC)",                                "refused by the entity (KCC)"},
        {"missing",        "ô để trống",                                                   "blank"                      },
        {"entity_none",    "có trong danh bạ, chưa có báo cáo",
         "in the register, not reported"                                                                                      },
        {"unit_silent",    "đơn vị đã gửi nhưng không có số này",
         "the unit reported, but not this"                                                                                    },
        {"unit_nothing",   "đơn vị kê khai không phát sinh",
         "the unit declared nothing to report"                                                                                },
        {"unit_none",      "đơn vị chưa gửi",                                             "the unit sent nothing"      },
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(reason, words[i][0]) == 0)
            return words[i][lang == LANG_VI ? 1 : 2];
    return reason;
}

static const struct {
    const char *word, *vi, *en;
} ORIGINALS_SHOWN[ORIGINALS] = {
    [ORIGINAL_HOLDS] = {"holds",   "khớp",              "holds"  },
    [ORIGINAL_ACT] = {"act",     "văn bản",          "act"    },
    [ORIGINAL_MISSING] = {"missing", "KHÔNG CÓ",          "MISSING"},
    [ORIGINAL_BROKEN] = {"broken",  "CHỮ KÝ SAI",       "BROKEN" },
    [ORIGINAL_DIFFERS] = {"differs", "KHÁC SỐ ĐÃ KÝ", "DIFFERS"},
};

/* Plain decimal text as the reader writes numbers. */
static const char *shown(const struct view *v, const char *plain, int decimals)
{
    struct bytes b = {0};
    const char *s;

    if (plain == NULL)
        return "-";
    if (v->app->lang == LANG_VI)
        decimal_vi(plain, decimals, &b);
    else
        bytes_str(&b, plain);
    s = arena_str(v->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static const char *plain_of(const struct view *v, const struct explain_cell *c)
{
    struct bytes b = {0};
    const char *s;

    value_plain(c->value, c->scale, &b);
    s = arena_str(v->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static void put_number(struct table *t, const struct view *v, const char *plain)
{
    if (plain == NULL || *plain == 0)
        table_none(t);
    else
        table_shown(t, plain, shown(v, plain, 0));
}

static const char *codes_of(const struct view *v, const struct explain_cell *c)
{
    return *c->b2 == 0 ? c->b1 : arena_printf(v->arena, "%s/%s", c->b1, c->b2);
}

static const char *position_of(const struct view *v, const struct explain_cell *c)
{
    return arena_printf(v->arena, "%" PRId64 ".%" PRId64, c->epoch, c->seq);
}

static void put_weight(struct table *t, const struct view *v,
                       const struct explain_line *l)
{
    const struct explain_cell *w = &l->weight;

    if (!l->weighed) {
        for (int i = 0; i < 6; i++)
            table_none(t);
        return;
    }
    if (w->indicator != 0)
        put_number(t, v, plain_of(v, w));
    else
        table_text(t, "1");
    table_text(t, w->code);
    table_text(t, codes_of(v, w));
    table_text(t, position_of(v, w));
    table_text(t, w->file);
    table_text(t, w->place);
}

static void add_line(struct table *t, const struct view *v, const struct explain_line *l)
{
    const struct explain_cell *c = &l->cell;
    enum explain_original worst = c->original;
    const char *name = v->app->lang == LANG_VI ? c->vi : c->en;

    if (l->weighed && l->weight.original > worst)
        worst = l->weight.original;
    table_text(t, l->denominator ? "denominator" : "numerator");
    table_text(t, l->unit);
    table_date(t, date_read(l->unit_from));
    table_text(t, l->unit_name);
    table_text(t, l->source);
    table_text(t, l->basis);
    table_text(t, position_of(v, c));
    table_text(t, l->form);
    table_text(t, l->subject);
    table_text(t, l->name);
    table_shown(t, c->code,
                c->indicator != 0 ? name
                : c->original == ORIGINAL_ACT
                    ? say(v, "biến động ghi theo văn bản", "an event entered by its act")
                    : say(v, "bản thân báo cáo", "the report itself"));
    table_text(t, codes_of(v, c));
    table_text(t, c->file);
    table_text(t, c->place);
    table_text(t, c->written);
    table_shown(t, ORIGINALS_SHOWN[worst].word,
                say(v, ORIGINALS_SHOWN[worst].vi, ORIGINALS_SHOWN[worst].en));
    put_number(t, v, plain_of(v, c));
    table_text(t, c->measure);
    put_weight(t, v, l);
    put_number(t, v, l->factor);
    put_number(t, v, l->amount);
}

static void fill_lines(struct table *t, const struct view *v, const struct breakup *x,
                       bool numerator, bool denominator)
{
    for (size_t i = 0; i < x->n_lines; i++)
        if (x->lines[i].denominator ? denominator : numerator)
            add_line(t, v, &x->lines[i]);
}

static void fill_left(struct table *t, const struct view *v, const struct pg_rows *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const char *source = pg_get_text(r, i, XL_SOURCE);

        table_shown(t, pg_get_text(r, i, XL_REASON),
                    reason_label(pg_get_text(r, i, XL_REASON), v->app->lang));
        table_text(t, pg_get_text(r, i, XL_UNIT));
        table_date(t, date_read(pg_get_text(r, i, XL_UNIT_FROM)));
        table_text(t, pg_get_text(r, i, XL_UNIT_NAME));
        table_text(t, pg_get_text(r, i, XL_POSITION));
        table_text(t, pg_get_text(r, i, XL_OTHER));
        table_text(t, pg_get_text(r, i, XL_SUBJECT));
        table_text(t, pg_get_text(r, i, XL_NAME));
        table_shown(t, source, *source != 0 ? source_label(source, v->app->lang) : "");
        put_number(t, v, pg_get_text(r, i, XL_NUMERATOR));
        put_number(t, v, pg_get_text(r, i, XL_DENOMINATOR));
        put_number(t, v, pg_get_text(r, i, XL_STATED));
        table_text(t, pg_get_text(r, i, XL_MARK));
        table_text(t, pg_get_text(r, i, XL_WRITTEN));
        table_int(t, pg_get_int(r, i, XL_REPORTS));
    }
}

static const char *breakdown_of(const struct view *v)
{
    return *v->of.b2 == 0 ? v->of.b1
                          : arena_printf(v->arena, "%s/%s", v->of.b1, v->of.b2);
}

static bool sound(const struct view *v, const struct breakup *x)
{
    return x->same && x->originals[ORIGINAL_MISSING] == 0 &&
           x->originals[ORIGINAL_BROKEN] == 0 && x->originals[ORIGINAL_DIFFERS] == 0 &&
           (!v->published || v->sealed_same);
}

/* ---- for people ---- */

static const char *figure(const struct view *v, int col)
{
    return v->found && !pg_is_null(&v->rows, v->row, (size_t)col)
               ? pg_get_text(&v->rows, v->row, (size_t)col)
               : NULL;
}

static bool divided(const struct view *v)
{
    return strcmp(v->op, "wmean") == 0 || strcmp(v->op, "ratio") == 0;
}

static void print_head(const struct view *v)
{
    const struct app *app = v->app;
    const char *breakdown = breakdown_of(v);

    printf("%s (%s)\n", say(v, v->name_vi, v->name_en), v->of.indicator);
    printf("%s: %s (%s:%s), %s\n", say(v, "Kỳ báo cáo", "Period"),
           say(v, v->at.name_vi, v->at.name_en), v->at.scheme, v->at.period,
           vintage_label(v->at.vintage, app->lang));
    printf("%s: %s%s%s%s\n", say(v, "Đơn vị", "Unit"),
           v->of.unit == NULL ? app->settings.province_name
           : v->found         ? pg_get_text(&v->rows, v->row, RC_UNIT_NAME)
                              : v->of.unit,
           *breakdown != 0 ? say(v, "; chia theo: ", "; breakdown: ") : "",
           *breakdown == 0 ? ""
           : v->found      ? pg_get_text(&v->rows, v->row,
                                    app->lang == LANG_VI ? RC_B1_NAME_VI : RC_B1_NAME_EN)
                           : breakdown,
           v->found && *v->of.b2 != 0
               ? arena_printf(
                     v->arena, ", %s",
                     pg_get_text(&v->rows, v->row,
                                 app->lang == LANG_VI ? RC_B2_NAME_VI : RC_B2_NAME_EN))
               : "");
    printf("%s: %" PRId64 ".%" PRId64 "; %s: %" PRId64,
           say(v, "Số liệu đến vị trí", "As of"), v->at.epoch, v->at.seq,
           say(v, "danh mục", "catalogue"), v->at.catalogue);
    if (v->published)
        printf("; %s %" PRId64 " (%s)", say(v, "bản phát hành lần", "publication"),
               v->publication.number, v->publication.published_vi);
    puts("");
}

static void print_figure(const struct view *v)
{
    struct bytes coverage = {0};
    const char *numerator = figure(v, RC_NUMERATOR), *value = figure(v, RC_VALUE);
    const char *stated = figure(v, RC_STATED);

    if (!v->found) {
        printf("\n%s\n",
               strcmp(v->op, "given") == 0 && v->of.unit == NULL
                   ? say(v,
                         "Chỉ tiêu này lấy nguyên như đơn vị nêu, không tổng hợp toàn "
                         "tỉnh: thêm --unit.",
                         "This indicator is kept as stated, never combined: add --unit.")
                   : say(v, "Không có số liệu nào được cộng cho chỉ tiêu này.",
                         "Nothing was added for this indicator."));
        return;
    }
    printf("\n%s: %s %s", say(v, "Giá trị", "Value"),
           shown(v, value, (int)pg_get_int(&v->rows, v->row, RC_DECIMALS)),
           say(v, v->measure_vi, v->measure_en));
    if (numerator != NULL)
        printf(" = %s / %s", shown(v, numerator, 0),
               shown(v, figure(v, RC_DENOMINATOR), 0));
    if (stated != NULL)
        printf("; %s: %s", say(v, "số đơn vị nêu", "stated by the unit"),
               shown(v, stated, 0));
    coverage_vi(pg_get_int(&v->rows, v->row, RC_REPORTED),
                pg_get_int(&v->rows, v->row, RC_EXPECTED),
                !pg_is_null(&v->rows, v->row, RC_EXPECTED), &coverage);
    printf("\n%s: %s; %s: %s\n", say(v, "Nguồn", "Source"),
           figure(v, RC_SOURCE) != NULL ? source_label(figure(v, RC_SOURCE), v->app->lang)
                                        : "-",
           say(v, "đã báo cáo", "reported"), bytes_cstr(&coverage));
    bytes_clear(&coverage);
}

/* Columns that would say nothing, or the same in every row, are not shown. */
static size_t choose_columns(const struct view *v, const struct breakup *x,
                             bool denominator, struct column columns[COUNT(LINES)],
                             const char **common)
{
    bool weighed = false, named = false, same = true;
    const struct explain_cell *first = NULL;
    size_t n = 0;

    for (size_t i = 0; i < x->n_lines; i++) {
        const struct explain_line *l = &x->lines[i];

        if (l->denominator != denominator)
            continue;
        n++;
        weighed = weighed || l->weighed;
        named = named || *l->name != 0;
        first = first != NULL ? first : &l->cell;
        same = same && strcmp(first->vi, l->cell.vi) == 0;
    }
    for (size_t c = 0; c < COUNT(LINES); c++) {
        const char *key = LINES[c].key;

        columns[c] = LINES[c];
        if ((!weighed && strncmp(key, "weight", 6) == 0) ||
            (!named && strcmp(key, "name") == 0) ||
            (v->of.unit != NULL && strncmp(key, "unit", 4) == 0) ||
            (same && strcmp(key, "indicator") == 0))
            columns[c].vi = columns[c].en = NULL;
    }
    *common = first != NULL && same && first->indicator != 0
                  ? say(v, first->vi, first->en)
                  : NULL;
    return n;
}

static void print_lines(const struct view *v, const struct breakup *x, bool denominator,
                        const char *title, const char *sum, const char *of)
{
    struct column columns[COUNT(LINES)];
    const char *common;
    size_t n = choose_columns(v, x, denominator, columns, &common);
    struct table t;

    if (n == 0)
        return;
    printf("\n%s%s%s\n", title, common != NULL ? ": " : "", common != NULL ? common : "");
    table_init(&t, columns, COUNT(columns));
    fill_lines(&t, v, x, !denominator, denominator);
    table_print(&t, v->app->lang, false, stdout);
    table_clear(&t);
    printf("%s (%zu): %s%s\n", say(v, "Cộng", "Sum"), n, shown(v, sum, 0),
           x->same ? say(v, " – đúng bằng số tổng hợp", " - equal to the total")
                   : arena_printf(
                         v->arena, "%s %s",
                         say(v, " – KHÁC số tổng hợp", " - DIFFERENT from the total"),
                         shown(v, of, 0)));
}

static void print_checks(const struct view *v, const struct breakup *x)
{
    const size_t cells = x->originals[ORIGINAL_HOLDS] + x->originals[ORIGINAL_MISSING] +
                         x->originals[ORIGINAL_BROKEN] + x->originals[ORIGINAL_DIFFERS];

    printf("\n%s: %zu/%zu\n",
           say(v, "Ô khớp với bản gốc đã ký (chữ ký, mã băm, giá trị)",
               "Cells that agree with the signed bytes (signature, hash, value)"),
           x->originals[ORIGINAL_HOLDS], cells);
    if (v->published)
        printf("%s %" PRId64 ": %s\n",
               say(v, "So với bản phát hành lần", "Against publication"),
               v->publication.number,
               v->sealed_same ? say(v, "trùng khớp", "the same")
                              : say(v, "KHÁC", "DIFFERENT"));
}

static void print_people(const struct view *v, const struct breakup *x)
{
    struct table t;

    print_head(v);
    print_figure(v);
    print_lines(v, x, false,
                divided(v) ? say(v, "TỬ SỐ", "NUMERATOR")
                           : say(v, "CÁC SỐ ĐƯỢC CỘNG", "WHAT IS ADDED"),
                x->numerator_sum, x->numerator);
    print_lines(v, x, true, say(v, "MẪU SỐ", "DENOMINATOR"), x->denominator_sum,
                x->denominator);
    print_checks(v, x);
    if (x->left.n == 0)
        return;
    printf("\n%s (%zu)\n", say(v, "KHÔNG CỘNG VÀO", "LEFT OUT"), x->left.n);
    table_init(&t, LEFT, COUNT(LEFT));
    fill_left(&t, v, &x->left);
    table_print(&t, v->app->lang, false, stdout);
    table_clear(&t);
}

/* ---- for machines ---- */

static void set_figure(struct json *j, const struct view *v, const char *key, int col)
{
    if (figure(v, col) != NULL)
        json_text(j, key, figure(v, col));
    else
        json_none(j, key);
}

static void print_object(const char *key, struct json *j)
{
    struct bytes b = {0};

    json_write(j, false, &b);
    printf("\"%s\": %s", key, bytes_cstr(&b));
    bytes_clear(&b);
    json_free(&j);
}

static void print_json(const struct view *v, const struct breakup *x)
{
    struct json *j = json_new();
    struct table t;

    json_text(j, "indicator", v->of.indicator);
    json_text(j, "breakdown", breakdown_of(v));
    json_bool(j, "by_sector", v->of.by_sector);
    json_text(j, "unit",
              v->of.unit != NULL ? v->of.unit : v->app->settings.province_code);
    json_text(j, "unit_from", v->of.unit_from);
    json_text(j, "scheme", v->at.scheme);
    json_text(j, "period", v->at.period);
    json_text(j, "vintage", v->at.vintage);
    json_text(j, "as_of",
              arena_printf(v->arena, "%" PRId64 ".%" PRId64, v->at.epoch, v->at.seq));
    json_int(j, "catalogue", v->at.catalogue);
    json_int(j, "method", ROLLUP_METHOD);
    if (v->published)
        json_int(j, "publication", v->publication.number);
    else
        json_none(j, "publication");
    set_figure(j, v, "value", RC_VALUE);
    json_text(j, "measure", v->measure_vi);
    json_text(j, "numerator", x->numerator);
    json_text(j, "denominator", x->denominator);
    set_figure(j, v, "stated", RC_STATED);
    set_figure(j, v, "basis", RC_BASIS);
    set_figure(j, v, "source", RC_SOURCE);
    set_figure(j, v, "reported", RC_REPORTED);
    set_figure(j, v, "expected", RC_EXPECTED);
    fputs("{", stdout);
    print_object("figure", j);
    j = json_new();
    json_text(j, "numerator", x->numerator_sum);
    json_text(j, "denominator", x->denominator_sum);
    json_bool(j, "same", x->same);
    json_int(j, "originals_hold", (int64_t)x->originals[ORIGINAL_HOLDS]);
    json_int(j, "originals_missing", (int64_t)x->originals[ORIGINAL_MISSING]);
    json_int(j, "originals_broken", (int64_t)x->originals[ORIGINAL_BROKEN]);
    json_int(j, "originals_differ", (int64_t)x->originals[ORIGINAL_DIFFERS]);
    if (v->published)
        json_bool(j, "publication_same", v->sealed_same);
    fputs(",\n", stdout);
    print_object("sums", j);
    fputs(",\n\"lines\": ", stdout);
    table_init(&t, LINES, COUNT(LINES));
    fill_lines(&t, v, x, true, true);
    table_print(&t, v->app->lang, true, stdout);
    table_clear(&t);
    fputs(",\"left_out\": ", stdout);
    table_init(&t, LEFT, COUNT(LEFT));
    fill_left(&t, v, &x->left);
    table_print(&t, v->app->lang, true, stdout);
    table_clear(&t);
    fputs("}\n", stdout);
}

/* ---- the command ---- */

/* Every total of the period: are they all the sums of their lines? */
static bool verify_all(struct view *v, struct pg *pg, bool json, bool *same,
                       struct err *e)
{
    struct bytes bad = {0};
    size_t n, wrong;
    bool ok = explain_verify(pg, &v->at, &n, &wrong, &bad, e);

    if (ok && json) {
        struct json *j = json_new();

        json_int(j, "totals", (int64_t)n);
        json_int(j, "wrong", (int64_t)wrong);
        json_text(j, "first_wrong", wrong > 0 ? bytes_cstr(&bad) : NULL);
        fputs("{", stdout);
        print_object("verify", j);
        fputs("}\n", stdout);
    } else if (ok) {
        app_print(v->app,
                  "%zu số tổng hợp (toàn tỉnh, theo ngành, theo đơn vị, theo đơn vị và "
                  "ngành): %zu số không bằng tổng các ô của nó\n",
                  "%zu totals (province, by sector, by unit, by both): %zu are not the "
                  "sum of their cells\n",
                  n, wrong);
        if (wrong > 0)
            fprintf(stderr, "%s\n", bytes_cstr(&bad));
    }
    bytes_clear(&bad);
    *same = ok && wrong == 0;
    return ok;
}

static bool find_at(struct view *v, struct pg *pg, const struct asked *q, struct err *e)
{
    if (!rollup_at_find(v->app, pg, q->period, q->vintage, q->as_of, v->arena, &v->at,
                        e) ||
        !publication_vintage(v->app, pg, &v->at, q->number != 0, v->arena, e))
        return false;
    v->at.as_is = q->as_is;
    if (q->number == 0)
        return true;
    if (!publication_read(v->app, pg, &v->at, q->number, v->arena, &v->publication, e))
        return false;
    v->published = true;
    v->at.epoch = v->publication.epoch;
    v->at.seq = v->publication.seq;
    v->at.catalogue = v->publication.catalogue;
    if (v->publication.method < ROLLUP_METHOD)
        return app_set(v->app, e, ERR_SETUP,
                       "bản phát hành theo phương pháp cũ %" PRId64
                       ", chỉ kiểm tra được bằng publish --verify;"
                       " số tính lại theo phương pháp mới: --as-of",
                       "published by the older method %" PRId64 ": publish --verify"
                       " recomputes it; for figures of the newer method use --as-of",
                       v->publication.method);
    return true;
}

static bool explain(struct view *v, const struct asked *q, bool *same, struct err *e)
{
    struct pg *pg = app_pg(v->app, DB_READ, e);
    struct breakup x;

    if (pg == NULL || !find_at(v, pg, q, e))
        return false;
    if (q->verify)
        return verify_all(v, pg, q->json, same, e);
    if ((q->unit != NULL && !app_unit_known(v->app, "--unit", q->unit, e)) ||
        !find_indicator(v, pg, q->indicator, e) || !find_figure(v, pg, q, e) ||
        (v->published && !compare_sealed(v, e)) ||
        !explain_read(pg, &v->at, &v->of, figure(v, divided(v) ? RC_NUMERATOR : RC_VALUE),
                      figure(v, RC_DENOMINATOR), &x, e))
        return false;
    if (q->json)
        print_json(v, &x);
    else
        print_people(v, &x);
    *same = sound(v, &x);
    explain_clear(&x);
    return true;
}

static bool read_options(int argc, char **argv, struct asked *q)
{
    static const struct option options[] = {
        {"unit",             required_argument, NULL, 'u'},
        {"from",              required_argument, NULL, 'f'},
        {"breakdown",                  required_argument, NULL, 'b'},
        {"vintage",required_argument, NULL, 'v'},
        {"number",               required_argument, NULL, 'n'},
        {"as-of",        required_argument, NULL, 'a'},
        {"units",              required_argument, NULL, 'm'},
        {"verify",              no_argument, NULL, 'c'},
        {"json",                  no_argument, NULL, 'j'},
        {0             }
    };
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'u')
            q->unit = optarg;
        else if (c == 'f')
            q->from = optarg;
        else if (c == 'b')
            q->breakdown = optarg;
        else if (c == 'v')
            q->vintage = optarg;
        else if (c == 'n')
            q->number = strtoll(optarg, NULL, 10);
        else if (c == 'a')
            q->as_of = optarg;
        else if (c == 'm') {
            if (!rollup_units(optarg, &q->as_is))
                return false;
        } else if (c == 'c')
            q->verify = true;
        else if (c == 'j')
            q->json = true;
        else
            return false;
        if (c == 'n' && q->number <= 0)
            return false;
    }
    return true;
}

int cmd_explain(struct app *app, int argc, char **argv)
{
    struct arena arena = {0};
    struct asked q = {0};
    struct view v = {.app = app, .arena = &arena};
    struct err e = {0};
    bool same = false, ok;

    if (!read_options(argc, argv, &q))
        return app_usage(app, NULL, NULL);
    if (argc - optind != (q.verify ? 1 : 2))
        return app_usage(app, "cần một kỳ báo cáo và mã một chỉ tiêu (--verify: chỉ kỳ)",
                         "a period and the code of an indicator are needed (--verify: "
                         "the period alone)");
    if (q.number != 0 && q.as_is)
        return app_usage(app, "bản phát hành chỉ theo địa giới tại kỳ báo cáo (as-was)",
                         "publications have the units of that day (as-was)");
    if (q.number != 0 && q.as_of != NULL)
        return app_usage(app, "chỉ dùng một trong --number và --as-of",
                         "either --number or --as-of");
    if (q.from != NULL && (date_read(q.from) == DATE_NONE || q.unit == NULL))
        return app_usage(app, "--from NGÀY (yyyy-mm-dd) đi cùng --unit",
                         "--from DATE (yyyy-mm-dd) goes with --unit");
    q.period = argv[optind];
    q.indicator = q.verify ? NULL : argv[optind + 1];
    ok = explain(&v, &q, &same, &e);
    pg_rows_clear(&v.rows);
    arena_clear(&arena);
    if (!ok)
        return app_fail(app, &e);
    return same ? EXIT_DONE : EXIT_FAILED;
}
