#include "aggregator/book/book.h"
#include "proto/catalogue.h"

#include <inttypes.h>

enum {                    /* in characters */
       LEAST_WIDTH = 140, /* of a table */
       MOTTO_WIDTH = 52,  /* of the columns below the motto */
};

int most(int a, int b)
{
    return a > b ? a : b;
}

/* ---- sheets ---- */

static const char *roman(struct arena *a, int n)
{
    static const struct {
        int value;
        const char *digits;
    } steps[] = {
        {10, "X" },
        {9,  "IX"},
        {5,  "V" },
        {4,  "IV"},
        {1,  "I" },
    };
    struct bytes b = {0};
    const char *text;

    for (size_t i = 0; i < COUNT(steps); i++)
        for (; n >= steps[i].value; n -= steps[i].value)
            bytes_str(&b, steps[i].digits);
    text = arena_str(a, bytes_cstr(&b));
    bytes_clear(&b);
    return text;
}

static void begin(struct book *k, const char *name, const double *widths, int columns,
                  const char *more, const char *title, const char *unit_line)
{
    struct arena *a = &k->out->arena;
    double *wide = arena_new(a, (size_t)columns * sizeof *wide), sum = 0, more_each;

    for (int i = 0; i < columns; i++)
        sum += widths[i];
    /* the head of a page needs room, and few columns look lost without */
    more_each = sum < LEAST_WIDTH ? (LEAST_WIDTH - widths[0]) / (sum - widths[0]) : 1;
    for (int i = 0; i < columns; i++)
        wide[i] = i == 0 ? widths[i] : widths[i] * more_each;
    sum = 0;
    for (int i = 2; i < columns; i++)
        sum += wide[i];
    for (int i = 2; i < columns && sum < MOTTO_WIDTH; i++) {
        wide[1] -= wide[i] * (MOTTO_WIDTH / sum - 1);
        wide[i] *= MOTTO_WIDTH / sum;
    }
    layout_sheet(k->out, name, wide, columns,
                 arena_printf(a, "Phụ lục %s%s", roman(a, k->annex), more), title,
                 unit_line);
    memset(k->here, 0, sizeof k->here);
}

void book_annex(struct book *k, const char *name, const double *widths, int columns,
                const char *title, const char *unit_line)
{
    k->annex++;
    begin(k, name, widths, columns, "", title, unit_line);
}

void book_more(struct book *k, const char *name, const double *widths, int columns,
               const char *title, const char *unit_line)
{
    begin(k, name, widths, columns, " (tiếp theo)", title, unit_line);
}

void book_heads(struct book *k, const char *const *heads, int frozen)
{
    struct layout *l = k->out;
    int lines = 1;

    for (int c = 0; c < l->columns; c++) {
        lines = most(lines, paper_lines(heads[c], l->widths[c] * 0.9)); /* bold */
        layout_text(l, c, heads[c], PAPER_HEAD);
    }
    layout_height(l, lines);
    l->row++;
    for (int c = 0; c < l->columns; c++)
        layout_text(l, c, arena_printf(&l->arena, "(%d)", c + 1), PAPER_NUMBERS);
    l->row++;
    layout_head_done(l, frozen);
}

void book_line(struct book *k, const char *s, enum paper_style style)
{
    const int last = k->out->columns - 1;

    layout_height(k->out, paper_lines(s, layout_width(k->out, 0, last) * 0.95));
    layout_across(k->out, 0, last, s, style);
    k->out->row++;
}

void book_legend(struct book *k, const char *words)
{
    struct arena *a = &k->out->arena;
    struct bytes b = {0};

    if (words != NULL)
        book_line(k, words, PAPER_NOTE);
    for (size_t i = 0; i < k->marks.n; i++)
        if (k->here[i])
            bytes_printf(&b, "%s%s %s", b.n > 0 ? "; " : "",
                         book_mark(k, k->marks.reasons[i]),
                         compare_reason(k->marks.reasons[i], LANG_VI, a));
    if (b.n > 0)
        book_line(k, arena_printf(a, "%s.", bytes_cstr(&b)), PAPER_NOTE);
    bytes_clear(&b);
}

/* ---- comparisons ---- */

const char *mark_of(struct marks *m, const char *reason, size_t *at, struct arena *a)
{
    size_t i = 0;

    while (i < m->n && strcmp(m->reasons[i], reason) != 0)
        i++;
    *at = i;
    if (i == MARKS)
        return "(*)";
    if (i == m->n)
        m->reasons[m->n++] = reason;
    return i < 26 ? arena_printf(a, "(%c)", (char)('a' + i))
                  : arena_printf(a, "(%c%c)", (char)('a' + i / 26 - 1),
                                 (char)('a' + i % 26));
}

const char *book_mark(struct book *k, const char *reason)
{
    size_t at;
    const char *mark = mark_of(&k->marks, reason, &at, &k->out->arena);

    if (at < MARKS)
        k->here[at] = true;
    return mark;
}

const char *book_beside(struct book *k, int col, const struct figure *f,
                        enum compare_what what, int decimals)
{
    const struct beside *b = &f->beside[what];
    const bool given = b->value != NULL && *b->value != 0;
    const char *mark =
        b->reason != NULL && *b->reason != 0 ? book_mark(k, b->reason) : NULL;

    if (given)
        layout_number(k->out, col, b->value, decimals, PAPER_PLAIN);
    else
        layout_text(k->out, col, mark != NULL ? mark : "", PAPER_CENTRE);
    return given ? mark : NULL;
}

/* ---- figures ---- */

static int by_key(const void *pa, const void *pb)
{
    static const int key[] = {RC_INDICATOR, RC_UNIT, RC_UNIT_FROM, RC_B1, RC_B2};
    const struct figure *a = *(const struct figure *const *)pa;
    const struct figure *b = *(const struct figure *const *)pb;
    int d = strcmp(a->by, b->by);

    for (size_t i = 0; d == 0 && i < COUNT(key); i++)
        d = strcmp(a->f[key[i]], b->f[key[i]]);
    return d;
}

void book_open(struct book *k, const struct extract *x, struct layout *out)
{
    const struct totals *t = x->totals;

    *k = (struct book){.x = x, .out = out};
    k->sorted = arena_new(&out->arena, (t->n_figures + 1) * sizeof *k->sorted);
    for (size_t i = 0; i < t->n_figures; i++)
        k->sorted[i] = &t->figures[i];
    if (t->n_figures > 0)
        qsort(k->sorted, t->n_figures, sizeof *k->sorted, by_key);
}

const struct figure *book_find(const struct book *k, const char *by, const char *unit,
                               const char *from, const char *indicator, const char *b1,
                               const char *b2)
{
    struct figure wanted = {.by = by};
    const struct figure *key = &wanted, *const * found;

    wanted.f[RC_INDICATOR] = indicator;
    wanted.f[RC_UNIT] = unit;
    wanted.f[RC_UNIT_FROM] = from;
    wanted.f[RC_B1] = b1;
    wanted.f[RC_B2] = b2;
    if (k->x->totals->n_figures == 0)
        return NULL;
    found = bsearch(&key, k->sorted, k->x->totals->n_figures, sizeof *k->sorted, by_key);
    return found != NULL ? *found : NULL;
}

bool is_printed(const struct extract *x, const char *indicator)
{
    const struct indicator *i =
        x->catalogue != NULL ? catalogue_indicator(x->catalogue, indicator) : NULL;

    return i == NULL || x->totals->cutoff == DATE_NONE ||
           indicator_asked(i, x->totals->cutoff);
}

const struct figure **overall_figures(const struct extract *x, struct arena *a, size_t *n)
{
    const struct totals *t = x->totals;
    const struct figure **list = arena_new(a, (t->n_figures + 1) * sizeof *list);

    *n = 0;
    for (size_t i = 0; i < x->names->n_indicators; i++)
        for (size_t j = 0; j < t->n_figures; j++)
            if (strcmp(t->figures[j].by, "-") == 0 &&
                is_printed(x, t->figures[j].f[RC_INDICATOR]) &&
                strcmp(t->figures[j].f[RC_INDICATOR], x->names->indicators[i].code) == 0)
                list[(*n)++] = &t->figures[j];
    return list;
}

int shown_decimals(const struct name *name, const char *plain)
{
    return name->decimals >= 0 ? name->decimals : paper_decimals(plain);
}

/* ---- names ---- */

const char *part_name(const struct extract *x, const char *indicator, const char *code)
{
    const struct indicator *ind =
        x->catalogue != NULL ? catalogue_indicator(x->catalogue, indicator) : NULL;
    const struct name *n = name_of(x->names->breakdowns, x->names->n_breakdowns, code);

    if (strcmp(code, "unknown") == 0)
        return "Chưa rõ ngành";
    if (strcmp(code, "undivided") == 0)
        return "Không chia theo ngành";
    for (size_t i = 0; ind != NULL && ind->dims[i] != NULL; i++) {
        const struct breakdown *b = catalogue_breakdown(x->catalogue, ind->dims[i], code);

        if (b != NULL)
            return b->name_vi;
    }
    return n != NULL ? n->name : code;
}

const struct name *indicator_name(const struct extract *x, const char *code)
{
    return name_of(x->names->indicators, x->names->n_indicators, code);
}

const char *figure_name(const struct extract *x, const struct figure *f, struct arena *a)
{
    const char *code = f->f[RC_INDICATOR], *b2 = f->f[RC_B2];
    const struct name *indicator = indicator_name(x, code);
    const char *what = indicator != NULL ? indicator->name : code;

    if (*f->f[RC_B1] == 0)
        return what;
    return arena_printf(a, "%s - %s%s%s", what, part_name(x, code, f->f[RC_B1]),
                        *b2 != 0 ? ", " : "", *b2 != 0 ? part_name(x, code, b2) : "");
}

const char *unit_name(const struct book *k, const char *code, const char *from)
{
    const struct totals *t = k->x->totals;

    for (size_t i = 0; i < t->n_units; i++)
        if (strcmp(t->units[i].code, code) == 0 && strcmp(t->units[i].from, from) == 0)
            return t->units[i].name;
    return strcmp(code, t->province_code) == 0 ? t->province_name : code;
}

const char *coverage_of(struct book *k, const char *reported, const char *expected)
{
    struct bytes b = {0};
    const char *s;

    coverage_vi(atoll(reported), atoll(expected), *expected != 0, &b);
    s = arena_str(&k->out->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

const char *unit_coverage(struct book *k, const struct unit_line *u)
{
    struct bytes b = {0};
    const char *s;

    coverage_vi(u->reported, u->listed, u->listed >= 0, &b);
    s = arena_str(&k->out->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

const char *state_vi(const struct unit_line *u)
{
    static const char *const words[][2] = {
        {"sent",    "đã gửi"             },
        {"partly",  "đã gửi một phần"},
        {"nothing", "không phát sinh"      },
        {"none",    "chưa gửi"            }
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(u->state, words[i][0]) == 0)
            return words[i][1];
    return u->state;
}
