#include "aggregator/rollup/history.h"

#include "proto/base/text.h"
#include "proto/forms/number.h"

enum field {
    F_UNIT,
    F_PERIOD,
    F_KIND,
    F_INDICATOR,
    F_BREAKDOWN,
    F_QUALIFIER,
    F_TEXT,
    F_VALUE,
    F_HIGH,
    F_MEASURE,
    F_AS_OF,
    F_NOTE,
    F_COUNT
};

enum { HEAD_ROWS = 20, HEAD_NAMES = 6, NO_COLUMN = -1 };

/* clang-format off */
/* As text_key() makes them (area_code is "area code"); "unit" is a column of codes only where there is no other. */
static const char *const NAMES[F_COUNT][HEAD_NAMES] = {
    [F_UNIT]      = {"mã đơn vị", "mã", "area code", "unit code"},
    [F_PERIOD]    = {"kỳ báo cáo", "kỳ", "năm", "period"},
    [F_KIND]      = {"loại số liệu", "kind", "vintage"},
    [F_INDICATOR] = {"chỉ tiêu", "mã chỉ tiêu", "indicator"},
    [F_BREAKDOWN] = {"breakdown", "chia theo"},
    [F_QUALIFIER] = {"mức", "qualifier"},
    [F_TEXT]      = {"ghi trong văn bản", "nguyên văn", "text"},
    [F_VALUE]     = {"giá trị", "số liệu", "value"},
    [F_HIGH]      = {"đến", "value hi", "upper"},
    [F_MEASURE]   = {"đơn vị tính", "đvt", "measure", "unit"},
    [F_AS_OF]     = {"thời điểm", "thời điểm chốt số liệu", "as of"},
    [F_NOTE]      = {"ghi chú", "đối tượng", "note", "population"},
};

static const struct { const char *words; enum qualifier is; } QUALIFIERS[] = {
    {"khoảng", QUAL_ABOUT}, {"xấp xỉ", QUAL_ABOUT}, {"gần", QUAL_ABOUT},
    {"trên", QUAL_MORE_THAN}, {"hơn", QUAL_MORE_THAN},
    {"trở lên", QUAL_AT_LEAST}, {"ít nhất", QUAL_AT_LEAST}, {"tối thiểu", QUAL_AT_LEAST},
    {"dưới", QUAL_LESS_THAN}, {"không quá", QUAL_AT_MOST}, {"tối đa", QUAL_AT_MOST},
    {"từ … đến", QUAL_RANGE}, {"từ ... đến", QUAL_RANGE},
    {"ước đạt", QUAL_EXPECTED}, {"ước", QUAL_EXPECTED},
};

static const struct { const char *words; enum vintage is; } KINDS[] = {
    {"plan", VINTAGE_PLAN}, {"kế hoạch", VINTAGE_PLAN},
    {"estimate", VINTAGE_ESTIMATE}, {"ước", VINTAGE_ESTIMATE},
    {"ước thực hiện", VINTAGE_ESTIMATE},
    {"actual", VINTAGE_ACTUAL}, {"thực hiện", VINTAGE_ACTUAL},
};
/* clang-format on */

struct reader {
    const struct app *app;
    const struct catalogue *cat;
    const char *file;
    const struct sheet_page *page;
    const struct history_default *d;
    struct history_table *t;
    int column[F_COUNT];
    bool value_is_plain; /* headed "value": point as the decimal sign */
    uint32_t row;
    bool bad;
};

/* ---- heads ---- */

static int column_of(const struct sheet_page *p, uint32_t row, enum field f,
                     struct arena *a)
{
    for (size_t k = 0; k < HEAD_NAMES && NAMES[f][k] != NULL; k++)
        for (size_t i = 0; i < p->n_cells && p->cells[i].row <= row; i++) {
            const char *key = p->cells[i].row == row && p->cells[i].kind == CELL_TEXT
                                  ? text_key(a, p->cells[i].text)
                                  : NULL;

            if (key != NULL && strcmp(key, NAMES[f][k]) == 0)
                return (int)p->cells[i].col;
        }
    return NO_COLUMN;
}

/* The row of heads, or false. */
static bool find_heads(const struct sheet_page *p, const struct history_default *d,
                       uint32_t *row, int column[F_COUNT])
{
    struct arena a = {0};
    bool found = false;

    for (*row = 0; *row < HEAD_ROWS && *row < p->n_rows && !found; ++*row) {
        for (size_t f = 0; f < F_COUNT; f++)
            column[f] = column_of(p, *row, (enum field)f, &a);
        found = column[F_INDICATOR] != NO_COLUMN &&
                (column[F_VALUE] != NO_COLUMN || column[F_TEXT] != NO_COLUMN) &&
                (column[F_PERIOD] != NO_COLUMN || d->period != NULL);
    }
    --*row;
    arena_clear(&a);
    return found;
}

bool history_is_table(const struct sheet_page *p, const struct history_default *d)
{
    int column[F_COUNT];
    uint32_t row;

    return find_heads(p, d, &row, column);
}

/* ---- cells of a line ---- */

static const struct cell *cell_of(const struct reader *r, enum field f)
{
    return r->column[f] == NO_COLUMN
               ? NULL
               : sheet_cell(r->page, r->row, (uint32_t)r->column[f]);
}

static const char *get(const struct reader *r, enum field f)
{
    const struct cell *c = cell_of(r, f);

    return c != NULL && c->kind != CELL_ERROR ? c->text : "";
}

static const char *place(const struct reader *r, enum field f)
{
    struct arena *a = &r->t->arena;

    return arena_printf(
        a, "%s!%s", r->file,
        sheet_place(a, r->page, r->row,
                    r->column[f] == NO_COLUMN ? 0 : (uint32_t)r->column[f]));
}

/* Names the cell, what stands in it and what to do; the line is left out. */
static void problem(struct reader *r, enum field f, const char *vi, const char *en)
{
    r->bad = true;
    r->t->problems++;
    fprintf(stderr, "%s: \"%s\": %s\n", place(r, f), get(r, f), app_say(r->app, vi, en));
}

static bool same_words(struct arena *a, const char *x, const char *y)
{
    const char *k = text_key(a, x), *l = text_key(a, y);

    return k != NULL && l != NULL && strcmp(k, l) == 0;
}

static const struct indicator *indicator_of(struct reader *r)
{
    const char *words = get(r, F_INDICATOR);
    const struct indicator *found = catalogue_indicator(r->cat, words);

    for (size_t i = 0; i < r->cat->n_indicators && found == NULL; i++)
        if (same_words(&r->t->arena, words, r->cat->indicators[i].name_vi))
            found = &r->cat->indicators[i];
    if (found == NULL)
        problem(r, F_INDICATOR,
                "không có chỉ tiêu này trong danh mục: ghi mã hoặc đúng tên chỉ tiêu",
                "the catalogue has no such indicator: write its code or its name");
    return found;
}

/* One code of a breakdown, "" for the whole. NULL after a problem. */
static const char *breakdown_of(struct reader *r, const struct indicator *ind)
{
    const char *words = get(r, F_BREAKDOWN);
    bool open = false;

    if (*words == 0 || strcmp(words, "all") == 0 ||
        same_words(&r->t->arena, words, "tổng số"))
        return "";
    for (size_t i = 0; ind->dims[i] != NULL; i++) {
        const struct breakdown *b =
            catalogue_breakdown_named(r->cat, ind->dims[i], words);

        if (b != NULL)
            return b->code;
        open = open || catalogue_breakdown(r->cat, ind->dims[i], "*") != NULL;
    }
    if (open)
        return arena_str(&r->t->arena, words);
    problem(r, F_BREAKDOWN, "chỉ tiêu này không chia theo mục đó: sửa theo danh mục",
            "the indicator has no such breakdown: write one of the catalogue");
    return NULL;
}

static bool decimal(const char *s)
{
    size_t n = strspn(s + (*s == '-'), "0123456789");
    const char *p = s + (*s == '-') + n;

    if (n > 0 && *p == '.')
        p += 1 + strspn(p + 1, "0123456789");
    return n > 0 && (*p == 0 || strcmp(p, "%") == 0);
}

static enum number_status read_number(const struct reader *r, enum field f,
                                      const struct indicator *ind,
                                      const struct number_unit *bare, struct number *out)
{
    const struct cell *c = cell_of(r, f);

    if (c->kind == CELL_NUMBER || (r->value_is_plain && f != F_TEXT && decimal(c->text)))
        return number_read_decimal(c->text, ind, bare, out);
    return number_read_in(c->text, ind, bare, out);
}

static const char *why_not(const struct app *app, enum number_status s)
{
    switch (s) {
    case NUMBER_OK:
    case NUMBER_ROUNDED:
        break;
    case NUMBER_AMBIGUOUS:
        return app_say(app, "không rõ dấu chấm, phẩy: viết 1.234,5",
                       "thousands or decimals? write 1.234,5");
    case NUMBER_BAD:
        return app_say(app, "không phải số: ghi số, \"-\", \"x\" hoặc \"…\"",
                       "no number: write a number, \"-\", \"x\" or \"…\"");
    case NUMBER_UNIT:
        return app_say(app, "đơn vị tính không hợp với chỉ tiêu: sửa đơn vị tính",
                       "the unit does not fit the indicator: correct it");
    case NUMBER_A_YEAR:
        return app_say(app,
                       "số tính cho một năm, kỳ này không phải một năm: ghi số của kỳ",
                       "a yearly figure in a period that is no year: write the period's");
    case NUMBER_TOO_FINE:
        return app_say(app, "quá nhiều chữ số thập phân: làm tròn theo đơn vị tính",
                       "too many decimals: round it to the unit");
    case NUMBER_RANGE:
        return app_say(app, "số quá lớn: kiểm tra lại đơn vị tính",
                       "too large: check the unit");
    }
    return "";
}

static bool number_of(struct reader *r, enum field f, const struct indicator *ind,
                      const struct number_unit *bare, struct number *out)
{
    enum number_status s = read_number(r, f, ind, bare, out);

    if (s == NUMBER_OK || s == NUMBER_ROUNDED)
        return true;
    problem(r, f, why_not(r->app, s), why_not(r->app, s));
    return false;
}

/* Is the line's period anything but one year, by its code ("2024-S1", "2021-2025")? */
static bool part_of_year(const struct reader *r)
{
    const char *code = get(r, F_PERIOD), *colon;

    if (*code == 0)
        code = r->d->period != NULL ? r->d->period : "";
    colon = strchr(code, ':');
    return strchr(colon != NULL ? colon + 1 : code, '-') != NULL;
}

/* "triệu đồng/HTX" beside "triệu đồng/HTX/năm" is what people write; money is converted,
   a percentage must stay one. */
static bool measure_of(struct reader *r, const struct indicator *ind,
                       struct number_unit *bare)
{
    const char *words = get(r, F_MEASURE);
    const bool part = part_of_year(r);

    *bare = number_unit_of(ind);
    bare->part = part;
    if (*words == 0 || number_unit_read(words, ind, part, bare))
        return true;
    *bare = number_unit_of(ind);
    bare->part = part;
    if ((strchr(words, '%') != NULL) == (strchr(ind->unit_vi, '%') != NULL) &&
        (strstr(words, "đồng") != NULL) == (strstr(ind->unit_vi, "đồng") != NULL))
        return true;
    problem(r, F_MEASURE, "khác đơn vị tính của chỉ tiêu: sửa đơn vị tính hoặc chỉ tiêu",
            "not the indicator's unit: correct the unit or the indicator");
    return false;
}

static bool qualifier_of(struct reader *r, enum qualifier *q)
{
    const char *words = get(r, F_QUALIFIER);

    for (size_t i = 0; i < COUNT(QUALIFIERS); i++)
        if (same_words(&r->t->arena, words, QUALIFIERS[i].words)) {
            *q = QUALIFIERS[i].is;
            return true;
        }
    if (*words == 0)
        return true;
    problem(r, F_QUALIFIER,
            "không rõ: ghi khoảng, trên, ít nhất, dưới, không quá, ước đạt",
            "not known: write khoảng, trên, ít nhất, dưới, không quá or ước đạt");
    return false;
}

/* Value and words; where both are written they must say the same. */
static bool value_of(struct reader *r, const struct indicator *ind, struct observation *o)
{
    const struct cell *value = cell_of(r, F_VALUE), *text = cell_of(r, F_TEXT),
                      *high = cell_of(r, F_HIGH);
    struct number_unit bare;
    struct number n = {0}, said = {0}, upper = {0};
    enum number_status s;

    if (!measure_of(r, ind, &bare))
        return false;
    if (value == NULL && text == NULL) {
        problem(r, F_VALUE, "chưa ghi số liệu", "no figure");
        return false;
    }
    if (!number_of(r, value != NULL ? F_VALUE : F_TEXT, ind, &bare, &n))
        return false;
    if (value != NULL && text != NULL) {
        s = read_number(r, F_TEXT, ind, &bare, &said);
        if ((s == NUMBER_OK || s == NUMBER_ROUNDED) &&
            (said.state != n.state || said.value != n.value)) {
            problem(r, F_TEXT, "khác số ở cột giá trị: sửa một trong hai",
                    "differs from the column of values: correct one of them");
            return false;
        }
    }
    if (high != NULL && *high->text != 0) {
        if (!number_of(r, F_HIGH, ind, &bare, &upper))
            return false;
        n.has_upper = true;
        n.upper = upper.value;
    }
    o->state = n.state;
    o->value = n.value;
    o->has_upper = n.has_upper;
    o->upper = n.upper;
    o->qualifier = n.qualifier != QUAL_NONE ? n.qualifier : said.qualifier;
    if (n.has_upper && o->qualifier == QUAL_NONE)
        o->qualifier = QUAL_RANGE;
    o->text = arena_str(&r->t->arena, get(r, text != NULL ? F_TEXT : F_VALUE));
    o->cell = place(r, value != NULL ? F_VALUE : F_TEXT);
    return qualifier_of(r, &o->qualifier);
}

/* A date in front, "2023-12-31 (ước, lập tháng 9/2023)"; none where nobody wrote one. */
static int32_t as_of(const struct reader *r)
{
    const char *words = get(r, F_AS_OF);
    char day[11];

    snprintf(day, sizeof day, "%s", words);
    return date_read(day) != DATE_NONE ? date_read(day) : number_date(words);
}

const char *history_population(const struct catalogue *cat, const char *words)
{
    static const struct {
        const char *all[3];
        const char *code;
    } known[] = {
        {{"tht", "htx", "lhhtx"},          "kttt"         },
        {{"chi nhanh", NULL, NULL},        "htx_branch"   },
        {{"thanh vien", "lao dong", NULL}, "member_worker"},
        {{"trong cac htx", NULL, NULL},    "htx"          },
        {{"can bo tre", NULL, NULL},       "young_staff"  },
    };
    const struct breakdown *b = catalogue_breakdown_named(cat, "population", words);
    struct arena a = {0};
    const char *key = text_key_bare(&a, words), *code = b != NULL ? b->code : "";

    for (size_t i = 0; i < COUNT(known) && *code == 0 && key != NULL; i++) {
        bool all = true;

        for (size_t k = 0; k < 3 && known[i].all[k] != NULL; k++)
            all = all && strstr(key, known[i].all[k]) != NULL;
        if (all)
            code = known[i].code;
    }
    arena_clear(&a);
    return code;
}

/* ---- lines ---- */

/* False: a line of another kind, or a problem. */
static bool kind_of(struct reader *r, enum vintage *v)
{
    const char *words = get(r, F_KIND);

    *v = r->d->vintage;
    for (size_t i = 0; i < COUNT(KINDS); i++)
        if (same_words(&r->t->arena, words, KINDS[i].words))
            *v = KINDS[i].is;
    if (strcmp(words, "target") == 0 || strcmp(words, "need") == 0) {
        r->t->targets++;
        return false;
    }
    if (strcmp(words, "growth") == 0) {
        r->t->others++;
        return false;
    }
    if (*v != VINTAGE_NONE)
        return true;
    problem(r, F_KIND,
            "ghi plan (kế hoạch), estimate (ước thực hiện) hoặc actual (thực hiện)",
            "write plan, estimate or actual");
    return false;
}

static bool unit_and_period(struct reader *r, struct history_line *l)
{
    const char *unit = get(r, F_UNIT), *period = get(r, F_PERIOD);

    l->unit = *unit != 0 ? arena_str(&r->t->arena, unit) : r->d->unit;
    l->period = *period != 0 ? arena_str(&r->t->arena, period) : r->d->period;
    if (l->unit == NULL)
        problem(r, F_UNIT, "chưa ghi mã đơn vị: thêm cột area_code hoặc dùng --unit",
                "no unit: add a column area_code or use --unit");
    else if (l->period == NULL)
        problem(r, F_PERIOD, "chưa ghi kỳ: ghi vào cột period hoặc dùng --period",
                "no period: write it or use --period");
    else if (r->d->period != NULL && *period != 0 && strcmp(period, r->d->period) != 0) {
        const char *colon = strchr(r->d->period, ':');

        if (colon == NULL || strcmp(colon + 1, period) != 0) {
            r->t->others++; /* of another period than the one asked for */
            return false;
        }
        l->period = r->d->period;
    }
    return l->unit != NULL && l->period != NULL;
}

static void read_line(struct reader *r)
{
    struct history_table *t = r->t;
    struct history_line l = {.obs = {.b2 = ""}};
    const struct indicator *ind;

    r->bad = false;
    if (!kind_of(r, &l.vintage) || !unit_and_period(r, &l) ||
        (ind = indicator_of(r)) == NULL || (l.obs.b1 = breakdown_of(r, ind)) == NULL ||
        !value_of(r, ind, &l.obs))
        return;
    l.obs.indicator = ind->no;
    l.obs.stated = ind->type == IND_MEAN || ind->type == IND_RATIO;
    l.obs.as_of = as_of(r);
    l.obs.population = history_population(r->cat, get(r, F_NOTE));
    t->lines = mem_grow(t->lines, t->n + 1, sizeof *t->lines);
    t->lines[t->n++] = l;
}

void history_read(const struct app *app, const struct catalogue *cat, const char *file,
                  const struct sheet_page *p, const struct history_default *d,
                  struct history_table *t)
{
    struct reader r = {.app = app, .cat = cat, .file = file, .page = p, .d = d, .t = t};
    uint32_t head;
    const struct cell *value;

    if (!find_heads(p, d, &head, r.column))
        return;
    if (r.column[F_UNIT] == NO_COLUMN && d->unit == NULL &&
        r.column[F_MEASURE] != NO_COLUMN) {
        const struct cell *c = sheet_cell(p, head, (uint32_t)r.column[F_MEASURE]);

        if (c != NULL && strcmp(c->text, "unit") == 0) {
            r.column[F_UNIT] = r.column[F_MEASURE];
            r.column[F_MEASURE] = NO_COLUMN;
        }
    }
    value = r.column[F_VALUE] != NO_COLUMN
                ? sheet_cell(p, head, (uint32_t)r.column[F_VALUE])
                : NULL;
    r.value_is_plain = value != NULL && strcmp(value->text, "value") == 0;
    for (r.row = head + 1; r.row < p->n_rows; r.row++)
        if (*get(&r, F_INDICATOR) != 0 || *get(&r, F_VALUE) != 0 || *get(&r, F_TEXT) != 0)
            read_line(&r);
}

void history_clear(struct history_table *t)
{
    free(t->lines);
    arena_clear(&t->arena);
    *t = (struct history_table){0};
}
