#include "aggregator/book/layout.h"
#include "aggregator/rollup/rollup.h"

#include <inttypes.h>

static struct layout_sheet *now(const struct layout *l)
{
    return &l->sheets[l->n_sheets - 1];
}

void layout_clear(struct layout *l)
{
    for (size_t i = 0; i < l->n_sheets; i++) {
        free(l->sheets[i].widths);
        free(l->sheets[i].cells);
        free(l->sheets[i].heights);
    }
    free(l->sheets);
    arena_clear(&l->arena);
    *l = (struct layout){0};
}

void layout_sheet(struct layout *l, const char *name, const double *widths, int columns,
                  const char *annex, const char *title, const char *unit_line)
{
    struct layout_sheet *s;

    l->sheets = mem_grow(l->sheets, l->n_sheets + 1, sizeof *l->sheets);
    s = &l->sheets[l->n_sheets++];
    *s = (struct layout_sheet){.name = arena_str(&l->arena, name),
                               .annex = arena_str(&l->arena, annex),
                               .title = arena_str(&l->arena, title),
                               .unit_line = arena_str(&l->arena, unit_line),
                               .widths = mem_array((size_t)columns, sizeof *widths),
                               .columns = columns};
    memcpy(s->widths, widths, (size_t)columns * sizeof *widths);
    l->widths = s->widths;
    l->columns = columns;
    l->row = 0;
}

void layout_head_done(struct layout *l, int frozen_columns)
{
    now(l)->head_rows = l->row;
    now(l)->frozen = frozen_columns;
}

void layout_sheet_done(struct layout *l)
{
    now(l)->rows = l->row;
}

static void add(struct layout *l, struct layout_cell c)
{
    struct layout_sheet *s = now(l);

    c.row = l->row;
    c.text = arena_str(&l->arena, c.text);
    if (s->n_cells % 64 == 0)
        s->cells = mem_grow(s->cells, s->n_cells + 64, sizeof *s->cells);
    s->cells[s->n_cells++] = c;
}

void layout_text(struct layout *l, int col, const char *s, enum paper_style style)
{
    layout_across(l, col, col, s, style);
}

void layout_across(struct layout *l, int from, int to, const char *s,
                   enum paper_style style)
{
    add(l, (struct layout_cell){
               .kind = LAYOUT_WORDS, .from = from, .to = to, .style = style, .text = s});
}

void layout_count(struct layout *l, int col, int64_t n)
{
    add(l,
        (struct layout_cell){
            .kind = LAYOUT_COUNT, .from = col, .to = col, .style = PAPER_TEXT, .n = n});
}

void layout_order(struct layout *l, int64_t n)
{
    add(l, (struct layout_cell){.kind = LAYOUT_ORDER, .style = PAPER_ORDER, .n = n});
}

void layout_number(struct layout *l, int col, const char *plain, int decimals,
                   enum paper_face face)
{
    add(l, (struct layout_cell){.kind = LAYOUT_FIGURE,
                                .from = col,
                                .to = col,
                                .style = PAPER_TEXT,
                                .face = face,
                                .decimals = decimals,
                                .text = plain});
}

void layout_height(struct layout *l, int lines)
{
    struct layout_sheet *s = now(l);

    if (s->n_heights % 64 == 0)
        s->heights = mem_grow(s->heights, s->n_heights + 64, sizeof *s->heights);
    s->heights[s->n_heights++] = (struct layout_height){l->row, lines};
}

double layout_width(const struct layout *l, int from, int to)
{
    double sum = 0;

    for (int i = from; i <= to; i++)
        sum += l->widths[i];
    return sum;
}

/* ---- figures as text ---- */

/* Plain decimal text with at most so many decimals, half away from zero. */
static char *rounded(struct arena *a, const char *plain, int decimals)
{
    const char *dot = strchr(plain, '.');
    size_t keep = dot != NULL ? (size_t)(dot - plain) : strlen(plain);
    bool up =
        dot != NULL && strlen(dot + 1) > (size_t)decimals && dot[1 + decimals] >= '5';
    char *s;

    if (dot == NULL || strlen(dot + 1) <= (size_t)decimals)
        return arena_str(a, plain);
    if (decimals > 0)
        keep += 1 + (size_t)decimals;
    /* room for one digit more in front */
    s = arena_printf(a, "%s0%.*s", *plain == '-' ? "-" : "",
                     (int)(keep - (*plain == '-')), plain + (*plain == '-'));
    for (char *p = s + strlen(s); up && p-- > s;) {
        if (*p == '.')
            continue;
        up = *p == '9';
        *p = up ? '0' : (char)(*p + 1);
    }
    if (*s == '-' && s[1] == '0' && s[2] != 0 && s[2] != '.') {
        s[1] = '-';
        s++;
    } else if (*s == '0' && s[1] != 0 && s[1] != '.') {
        s++;
    }
    return strspn(s, "-0.") == strlen(s) && *s == '-' ? s + 1 : s; /* no minus zero */
}

void layout_shown(const struct layout_cell *c, struct bytes *out)
{
    struct arena a = {0};
    int decimals = c->decimals;

    switch (c->kind) {
    case LAYOUT_WORDS:
        bytes_str(out, c->text);
        break;
    case LAYOUT_COUNT:
    case LAYOUT_ORDER:
        decimal_vi(arena_printf(&a, "%" PRId64, c->n), 0, out);
        break;
    case LAYOUT_FIGURE:
        if (*c->text == 0)
            break;
        if (decimals < 0)
            decimals = paper_decimals(c->text);
        if (decimals > PAPER_DECIMALS)
            decimals = PAPER_DECIMALS;
        decimal_vi(rounded(&a, c->text, decimals), decimals, out);
        break;
    }
    arena_clear(&a);
}
