#include "aggregator/book/extract_docx.h"
#include "aggregator/book/book.h"
#include "aggregator/book/docx.h"
#include "aggregator/book/letterhead.h"
#include "proto/base/text.h"

#include <inttypes.h>

#define NONE_GIVEN "…" /* a figure that nobody gave */

struct filling {
    const struct extract *x;
    const struct layout *layout;
    const struct unit_text *texts;
    size_t n_texts;
    const struct figure **overall; /* in the order of the catalogue */
    size_t n_overall;
    struct marks marks; /* of empty comparisons in the list of figures */
    struct arena arena;
};

static const struct totals *totals_of(const struct filling *f)
{
    return f->x->totals;
}

/* ---- figures ---- */

static const struct figure *find(const struct filling *f, const char *unit,
                                 const char *from, const char *indicator, const char *b1,
                                 const char *b2, bool sector)
{
    const char *by = unit != NULL ? (sector ? "us" : "u") : (sector ? "s" : "-");
    const struct totals *t = totals_of(f);

    for (size_t i = 0; i < t->n_figures; i++) {
        const struct figure *g = &t->figures[i];

        if (strcmp(g->by, by) == 0 && strcmp(g->f[RC_INDICATOR], indicator) == 0 &&
            strcmp(g->f[RC_B1], b1) == 0 && strcmp(g->f[RC_B2], b2) == 0 &&
            (unit == NULL || (strcmp(g->f[RC_UNIT], unit) == 0 &&
                              (from == NULL || strcmp(g->f[RC_UNIT_FROM], from) == 0))))
            return g;
    }
    return NULL;
}

/* "agri", "nhno", "a/b": the table by sector first, as its codes are the usual ones. */
static const struct figure *find_coded(const struct filling *f, const char *unit,
                                       const char *from, const char *indicator,
                                       const char *b1, const char *b2)
{
    const struct figure *g = NULL;

    if (*b1 != 0 && *b2 == 0)
        g = find(f, unit, from, indicator, b1, b2, true);
    return g != NULL ? g : find(f, unit, from, indicator, b1, b2, false);
}

static const char *number_vi(struct filling *f, const char *plain, int decimals)
{
    const struct layout_cell c = {
        .kind = LAYOUT_FIGURE, .decimals = decimals, .text = plain};
    struct bytes b = {0};
    const char *s;

    if (plain == NULL || *plain == 0)
        return NONE_GIVEN;
    layout_shown(&c, &b);
    s = arena_str(&f->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static const char *shown(struct filling *f, const struct figure *g,
                         const struct name *indicator)
{
    return number_vi(f, g != NULL ? g->f[RC_VALUE] : NULL, indicator->decimals);
}

static const char *coverage(struct filling *f, const struct figure *g)
{
    struct bytes b = {0};
    const char *s;

    if (g == NULL)
        return NONE_GIVEN;
    coverage_vi(atoll(g->f[RC_REPORTED]), atoll(g->f[RC_EXPECTED]),
                *g->f[RC_EXPECTED] != 0, &b);
    s = arena_str(&f->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static const struct name *indicator_of(const struct filling *f, const char *code)
{
    return name_of(f->x->names->indicators, f->x->names->n_indicators, code);
}

static bool unit_known(const struct filling *f, const char *code)
{
    for (size_t i = 0; i < totals_of(f)->n_units; i++)
        if (strcmp(totals_of(f)->units[i].code, code) == 0)
            return true;
    return false;
}

static bool breakdown_known(const struct filling *f, const char *code)
{
    return strcmp(code, "undivided") == 0 || strcmp(code, "unknown") == 0 ||
           name_of(f->x->names->breakdowns, f->x->names->n_breakdowns, code) != NULL;
}

/* ---- what stands beside a figure ---- */

struct beside_word {
    const char *name;
    enum compare_what what;
};

static const struct beside_word BESIDE[] = {
    {"cung_ky",            CW_PREVIOUS        },
    {"tang_giam",          CW_CHANGE          },
    {"phan_tram_cung_ky",  CW_PERCENT_PREVIOUS},
    {"ke_hoach",           CW_PLAN            },
    {"phan_tram_ke_hoach", CW_PERCENT_PLAN    },
    {"sau_thang_cuoi_nam", CW_SECOND_HALF     },
};
#define WHY "ly_do_"

/* The comparison, or with "ly_do_" in front the reason why it is empty or restricted. */
static const char *beside(struct filling *f, const char *name, const struct figure *g,
                          const struct name *indicator)
{
    const bool why = strncmp(name, WHY, sizeof WHY - 1) == 0;
    const char *word = why ? name + sizeof WHY - 1 : name;
    const struct target_line *target;

    for (size_t i = 0; i < COUNT(BESIDE); i++) {
        const struct beside *b = g != NULL ? &g->beside[BESIDE[i].what] : NULL;
        const bool percent =
            BESIDE[i].what == CW_PERCENT_PREVIOUS || BESIDE[i].what == CW_PERCENT_PLAN;

        if (strcmp(BESIDE[i].name, word) != 0)
            continue;
        if (why)
            return b != NULL && b->reason != NULL
                       ? compare_reason(b->reason, LANG_VI, &f->arena)
                       : "";
        return number_vi(f, b != NULL ? b->value : NULL,
                         percent ? 1 : indicator->decimals);
    }
    if (strcmp(word, "muc_tieu") != 0 && (why || strcmp(word, "ket_qua") != 0))
        return NULL;
    target = g != NULL ? target_of(f->x, g) : NULL;
    if (target == NULL)
        return why ? "" : NONE_GIVEN;
    return why ? compare_reason(target->reason, LANG_VI, &f->arena)
           : strcmp(word, "ket_qua") == 0 ? outcome_label(target->outcome, LANG_VI)
                                          : target_text(target, &f->arena);
}

/* "don_vi_tinh:htx.total/agri@106"; NULL when it names nothing that exists. */
static const char *figure_of(struct filling *f, const char *name)
{
    char *copy = arena_str(&f->arena, name), *code = strchr(copy, ':');
    const char *what = code != NULL ? copy : "", *b1 = "", *b2 = "", *unit = NULL;
    const struct name *indicator;
    const struct figure *g;
    char *cut;

    if (code != NULL)
        *code++ = 0;
    else
        code = copy;
    if ((cut = strchr(code, '@')) != NULL) {
        *cut = 0;
        unit = cut + 1;
    }
    if ((cut = strchr(code, '/')) != NULL) {
        *cut = 0;
        b1 = cut + 1;
        if ((cut = strchr(cut + 1, '/')) != NULL) {
            *cut = 0;
            b2 = cut + 1;
        }
    }
    indicator = indicator_of(f, code);
    if (indicator == NULL || (unit != NULL && !unit_known(f, unit)) ||
        (*b1 != 0 && !breakdown_known(f, b1)) || (*b2 != 0 && !breakdown_known(f, b2)))
        return NULL;
    g = find_coded(f, unit, NULL, code, b1, b2);
    if (*what == 0)
        return shown(f, g, indicator);
    if (strcmp(what, "ten") == 0)
        return indicator->name;
    if (strcmp(what, "don_vi_tinh") == 0)
        return indicator->unit;
    if (strcmp(what, "da_bao_cao") == 0)
        return coverage(f, g);
    if (strcmp(what, "nguon") == 0)
        return g != NULL && *g->f[RC_SOURCE] != 0 ? source_label(g->f[RC_SOURCE], LANG_VI)
                                                  : NONE_GIVEN;
    return beside(f, what, g, indicator);
}

/* ---- values ---- */

static bool is_none(const struct unit_line *u)
{
    return u->expected && strcmp(u->state, "none") == 0;
}

static bool is_partly(const struct unit_line *u)
{
    return strcmp(u->state, "partly") == 0;
}

static bool is_late(const struct unit_line *u)
{
    return u->late;
}

static bool is_expected(const struct unit_line *u)
{
    return u->expected;
}

static bool is_there(const struct unit_line *u)
{
    return u->expected && !is_none(u);
}

static const char *names_of(struct filling *f, bool (*is)(const struct unit_line *))
{
    const struct totals *t = totals_of(f);
    struct bytes b = {0};
    const char *s;

    for (size_t i = 0; i < t->n_units; i++)
        if (is(&t->units[i]))
            bytes_printf(&b, "%s%s", b.n > 0 ? "; " : "", t->units[i].name);
    s = b.n > 0 ? arena_str(&f->arena, bytes_cstr(&b)) : "không có";
    bytes_clear(&b);
    return s;
}

static const char *count_of(struct filling *f, bool (*is)(const struct unit_line *))
{
    size_t n = 0;

    for (size_t i = 0; i < totals_of(f)->n_units; i++)
        n += is(&totals_of(f)->units[i]);
    return arena_printf(&f->arena, "%zu", n);
}

static const char *agency_of(struct filling *f)
{
    const char *upper = text_upper(&f->arena, totals_of(f)->province_name);

    return upper != NULL ? upper : totals_of(f)->province_name;
}

static const char *upper_of(struct filling *f, const char *name)
{
    const char *upper = name != NULL ? text_upper(&f->arena, name) : NULL;

    return upper != NULL ? upper : name != NULL ? name : "";
}

/* How many targets came to that. */
static const char *outcomes(struct filling *f, const char *outcome)
{
    size_t n = 0;

    for (size_t i = 0; i < totals_of(f)->n_targets; i++)
        n += strcmp(totals_of(f)->targets[i].outcome, outcome) == 0;
    return arena_printf(&f->arena, "%zu", n);
}

/* Names of offices, number and date of the paper: NULL when it is none of them. */
static const char *letter_value(struct filling *f, const char *name)
{
    const struct letterhead *h = f->x->letter;
    const struct {
        const char *name, *value;
    } words[] = {
        {"so",          h->digits  },
        {"ky_hieu",     h->symbol  },
        {"so_ky_hieu",  h->number  },
        {"ngay",        h->day     },
        {"dia_danh",    h->place   },
        {"tinh_thuong", h->province},
        {"co_quan_lap", upper_of(f,  h->maker)},
        {"ten_co_quan_lap",             h->maker       },
        {"bo",             h->ministry             },
        {"lien_minh",             h->alliance},
        {"kem_theo",             h->attached              },
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(words[i].name, name) == 0)
            return words[i].value != NULL ? words[i].value : "";
    return NULL;
}

static const char *value(void *ctx, const char *name)
{
    struct filling *f = ctx;
    const struct totals *t = totals_of(f);
    const char *provisional;
    char cutoff[11];

    if (strcmp(name, "co_quan") == 0)
        return agency_of(f);
    if (strcmp(name, "tinh") == 0)
        return t->province_name;
    if (strcmp(name, "ky") == 0)
        return t->name_vi;
    if (strcmp(name, "loai_so_lieu") == 0)
        return vintage_label(t->vintage, LANG_VI);
    if (strcmp(name, "thoi_diem_chot") == 0)
        return arena_str(&f->arena, date_vi(t->cutoff, cutoff));
    if (strcmp(name, "lan") == 0)
        return arena_printf(&f->arena, "%" PRId64, f->x->number);
    if (strcmp(name, "ngay_phat_hanh") == 0)
        return f->x->published_vi;
    if (strcmp(name, "ma_bam") == 0)
        return f->x->hash_hex;
    if (strcmp(name, "chua_xac_nhan") == 0) {
        provisional = provisional_vi(&f->arena, t);
        return provisional != NULL ? provisional : "Số liệu của đủ các đơn vị";
    }
    if (letter_value(f, name) != NULL)
        return letter_value(f, name);
    if (strcmp(name, "muc_tieu_dat") == 0)
        return outcomes(f, "reached");
    if (strcmp(name, "muc_tieu_chua_dat") == 0)
        return outcomes(f, "not_reached");
    if (strcmp(name, "muc_tieu_khong_so_sanh") == 0)
        return outcomes(f, "not_comparable");
    if (strcmp(name, "don_vi_phai_bao_cao") == 0)
        return count_of(f, is_expected);
    if (strcmp(name, "don_vi_da_gui") == 0)
        return count_of(f, is_there);
    if (strcmp(name, "chua_gui") == 0)
        return names_of(f, is_none);
    if (strcmp(name, "gui_mot_phan") == 0)
        return names_of(f, is_partly);
    if (strcmp(name, "gui_cham") == 0)
        return names_of(f, is_late);
    return figure_of(f, name);
}

/* ---- lists ---- */

static const struct layout_sheet *sheet_named(const struct filling *f, const char *name)
{
    for (size_t i = 0; i < f->layout->n_sheets; i++)
        if (strcmp(f->layout->sheets[i].name, name) == 0)
            return &f->layout->sheets[i];
    return NULL;
}

static const char *sheet_cell(struct filling *f, const struct layout_sheet *s, long item,
                              int column)
{
    struct bytes b = {0};
    const char *text = "";
    size_t i = 0;

    for (; i < s->n_cells; i++)
        if (s->cells[i].kind == LAYOUT_ORDER && item-- == 0)
            break;
    for (size_t c = i; c < s->n_cells && s->cells[c].row == s->cells[i].row; c++)
        if (s->cells[c].from == column) {
            layout_shown(&s->cells[c], &b);
            text = arena_str(&f->arena, bytes_cstr(&b));
            break;
        }
    bytes_clear(&b);
    return text;
}

struct list_field {
    const char *name;
    int column;
};

static const struct list_field UNITS[] = {
    {"stt",        0 },
    {"ma",         1 },
    {"ten",        2 },
    {"tinh_hinh",  3 },
    {"gui_cham",   4 },
    {"bieu",       5 },
    {"da_bao_cao", 11},
};

static const char *column_of(struct filling *f, const struct layout_sheet *s,
                             const struct list_field *fields, size_t n, const char *name,
                             long item)
{
    for (size_t i = 0; s != NULL && i < n; i++)
        if (strcmp(fields[i].name, name) == 0)
            return sheet_cell(f, s, item, fields[i].column);
    return NULL;
}

/* The upper sectors that have figures, in the catalogue's order. */
static const struct name *sector_at(const struct filling *f, long item)
{
    const struct names *names = f->x->names;

    for (size_t i = 0; i < names->n_breakdowns; i++) {
        const struct name *b = &names->breakdowns[i];
        bool used = false;

        for (size_t j = 0; b->sector && !used && j < totals_of(f)->n_figures; j++)
            used = strcmp(totals_of(f)->figures[j].by, "s") == 0 &&
                   strcmp(totals_of(f)->figures[j].f[RC_B1], b->code) == 0;
        if (used && item-- == 0)
            return b;
    }
    return NULL;
}

static long count_names(const char *const *list)
{
    long n = 0;

    while (list[n] != NULL)
        n++;
    return n;
}

static long items(void *ctx, const char *list)
{
    const struct filling *f = ctx;
    long n = 0;

    if (strcmp(list, "chi_tieu") == 0)
        return (long)f->n_overall;
    if (strcmp(list, "don_vi") == 0)
        return (long)totals_of(f)->n_units;
    if (strcmp(list, "thuyet_minh") == 0)
        return (long)f->n_texts;
    if (strcmp(list, "co_thuyet_minh") == 0)
        return f->n_texts > 0;
    if (strcmp(list, "ky_hieu_so_sanh") == 0)
        return (long)f->marks.n;
    if (strcmp(list, "muc_tieu") == 0)
        return (long)totals_of(f)->n_targets;
    if (strcmp(list, "co_muc_tieu") == 0)
        return totals_of(f)->n_targets > 0;
    if (strcmp(list, "gian_doan") == 0)
        return (long)totals_of(f)->n_breaks;
    if (strcmp(list, "noi_nhan") == 0)
        return count_names(f->x->letter->recipients);
    if (strcmp(list, "can_cu") == 0)
        return count_names(f->x->letter->acts);
    if (strcmp(list, "nganh") != 0)
        return -1;
    while (sector_at(f, n) != NULL)
        n++;
    return n;
}

static const char *order(struct filling *f, long item)
{
    return arena_printf(&f->arena, "%ld", item + 1);
}

static const char *unit_field(struct filling *f, const char *name, long item)
{
    const struct unit_line *u = &totals_of(f)->units[item];
    const struct name *indicator = indicator_of(f, name);
    const char *text = column_of(f, sheet_named(f, "Tình hình gửi báo cáo"), UNITS,
                                 COUNT(UNITS), name, item);

    if (text != NULL || indicator == NULL)
        return text;
    return shown(f, find(f, u->code, u->from, name, "", "", false), indicator);
}

static const char *sector_field(struct filling *f, const char *name, long item)
{
    const struct name *sector = sector_at(f, item);
    const struct name *indicator = indicator_of(f, name);

    if (strcmp(name, "stt") == 0)
        return order(f, item);
    if (strcmp(name, "ma") == 0)
        return sector->code;
    if (strcmp(name, "ten") == 0)
        return sector->name;
    return indicator != NULL
               ? shown(f, find(f, NULL, NULL, name, sector->code, "", true), indicator)
               : NULL;
}

/* As in the workbook: an empty comparison shows the mark of its reason. */
static const char *listed_beside(struct filling *f, const char *name,
                                 const struct figure *g, const struct name *indicator)
{
    for (size_t i = 0; i < COUNT(BESIDE); i++) {
        const struct beside *b = &g->beside[BESIDE[i].what];
        const char *mark;
        size_t at;

        if (strcmp(BESIDE[i].name, name) != 0 || b->value == NULL || *b->reason == 0)
            continue;
        mark = mark_of(&f->marks, b->reason, &at, &f->arena);
        return *b->value == 0 ? mark
                              : arena_printf(&f->arena, "%s %s",
                                             beside(f, name, g, indicator), mark);
    }
    return beside(f, name, g, indicator);
}

static const char *mark_field(struct filling *f, const char *name, long item)
{
    const char *reason = f->marks.reasons[item];
    size_t at;

    if (strcmp(name, "dau") == 0)
        return mark_of(&f->marks, reason, &at, &f->arena);
    return strcmp(name, "nghia") == 0 ? compare_reason(reason, LANG_VI, &f->arena) : NULL;
}

/* The marks in the order in which the workbook gives them. */
static void find_marks(struct filling *f)
{
    static const enum compare_what order_of[] = {
        CW_PREVIOUS, CW_CHANGE, CW_PERCENT_PREVIOUS, CW_PLAN, CW_PERCENT_PLAN};
    size_t at;

    for (size_t i = 0; i < f->n_overall; i++)
        for (size_t j = 0; j < COUNT(order_of); j++) {
            const char *reason = f->overall[i]->beside[order_of[j]].reason;

            if (reason != NULL && *reason != 0)
                mark_of(&f->marks, reason, &at, &f->arena);
        }
}

static const char *overall_field(struct filling *f, const char *name, long item)
{
    const struct figure *g = f->overall[item];
    const struct name *indicator = indicator_of(f, g->f[RC_INDICATOR]);
    struct bytes b = {0};
    const char *s;

    if (strcmp(name, "stt") == 0)
        return order(f, item);
    if (strcmp(name, "ten") == 0)
        return figure_name(f->x, g, &f->arena);
    if (strcmp(name, "don_vi_tinh") == 0)
        return g->f[RC_MEASURE];
    if (strcmp(name, "gia_tri") == 0)
        return number_vi(f, g->f[RC_VALUE], indicator->decimals);
    if (strcmp(name, "nguon") == 0)
        return source_label(g->f[RC_SOURCE], LANG_VI);
    if (strcmp(name, "da_bao_cao") == 0)
        return coverage(f, g);
    if (strcmp(name, "ghi_chu") != 0)
        return listed_beside(f, name, g, indicator);
    figure_note(g, &b);
    s = arena_str(&f->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static const char *target_field(struct filling *f, const char *name, long item)
{
    const struct target_line *l = &totals_of(f)->targets[item];
    const struct name *indicator = indicator_of(f, l->indicator);
    const struct {
        const char *name, *value;
    } words[] = {
        {"stt",       order(f,   item)},
        {"ten",           indicator != NULL ? indicator->name : l->indicator               },
        {"don_vi_tinh",           l->measure},
        {"giai_doan",           l->period                 },
        {"muc_tieu",           target_written(l,&f->arena)},
        {"thuc_hien",
         number_vi(f,                 l->actual, indicator != NULL ? indicator->decimals : -1)},
        {"ket_qua", target_outcome(l)},
        {"ly_do",           compare_reason(l->reason,            LANG_VI, &f->arena)},
        {"van_ban",           l->act                             },
        {"ghi_chu",    l->note},
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(words[i].name, name) == 0)
            return words[i].value;
    return NULL;
}

static const char *break_field(struct filling *f, const char *name, long item)
{
    const struct break_line *b = &totals_of(f)->breaks[item];
    char day[11];

    if (strcmp(name, "stt") == 0)
        return order(f, item);
    if (strcmp(name, "ngay") == 0)
        return arena_str(&f->arena, date_vi(date_read(b->day), day));
    if (strcmp(name, "noi_dung") == 0)
        return b->text;
    if (strcmp(name, "don_vi") != 0)
        return NULL;
    for (size_t i = 0; i < totals_of(f)->n_units; i++)
        if (strcmp(totals_of(f)->units[i].code, b->unit) == 0 &&
            strcmp(totals_of(f)->units[i].from, b->from) == 0)
            return totals_of(f)->units[i].name;
    return b->unit;
}

/* A list of names. */
static const char *name_field(struct filling *f, const char *const *list,
                              const char *name, long item)
{
    if (strcmp(name, "stt") == 0)
        return order(f, item);
    return strcmp(name, "ten") == 0 ? list[item] : NULL;
}

static const char *field(void *ctx, const char *list, const char *name, long item)
{
    struct filling *f = ctx;

    if (strcmp(list, "chi_tieu") == 0)
        return overall_field(f, name, item);
    if (strcmp(list, "ky_hieu_so_sanh") == 0)
        return mark_field(f, name, item);
    if (strcmp(list, "muc_tieu") == 0)
        return target_field(f, name, item);
    if (strcmp(list, "gian_doan") == 0)
        return break_field(f, name, item);
    if (strcmp(list, "noi_nhan") == 0)
        return name_field(f, f->x->letter->recipients, name, item);
    if (strcmp(list, "can_cu") == 0)
        return name_field(f, f->x->letter->acts, name, item);
    if (strcmp(list, "don_vi") == 0)
        return unit_field(f, name, item);
    if (strcmp(list, "nganh") == 0)
        return sector_field(f, name, item);
    if (strcmp(list, "thuyet_minh") != 0)
        return NULL;
    if (strcmp(name, "stt") == 0)
        return order(f, item);
    if (strcmp(name, "don_vi") == 0)
        return f->texts[item].unit;
    if (strcmp(name, "tieu_de") == 0)
        return f->texts[item].title;
    return strcmp(name, "noi_dung") == 0 ? f->texts[item].text : NULL;
}

bool extract_docx(const struct extract *x, const struct layout *l,
                  const struct unit_text *texts, size_t n_texts, struct span document,
                  struct bytes *out, struct err *e)
{
    struct filling f = {.x = x, .layout = l, .texts = texts, .n_texts = n_texts};
    const struct docx_values values = {&f, value, items, field};
    bool ok;

    f.overall = overall_figures(x, &f.arena, &f.n_overall);
    find_marks(&f);
    ok = docx_fill(document, &values, out, e);
    arena_clear(&f.arena);
    return ok;
}
