/* Theo ngành, Theo đơn vị: indicators down, codes across. */
#include "aggregator/book/book.h"

#define UNIT_LINE "Đơn vị tính: theo từng chỉ tiêu"

enum {
    MATRIX_COLUMNS = 8, /* units or sectors side by side; more go to a further sheet */
    MATRIX_FIXED = 5,   /* columns around them */
};

struct across { /* one column of a matrix */
    const char *unit, *from, *sector;
    const char *head, *under; /* under: second line of the head */
};

struct matrix {
    const char *name, *title, *by;
    const struct across *list;
    size_t n;
    const char *legend;
};

static const struct figure *matrix_figure(const struct book *k, const struct matrix *m,
                                          size_t i, const struct figure *row)
{
    const struct across *a = &m->list[i];
    const bool by_sector = *a->sector != 0;

    return book_find(k, m->by, a->unit, a->from, row->f[RC_INDICATOR],
                     by_sector ? a->sector : row->f[RC_B1],
                     by_sector ? "" : row->f[RC_B2]);
}

static bool row_has_figures(const struct book *k, const struct matrix *m, size_t from,
                            size_t n, const struct figure *row)
{
    for (size_t i = from; i < from + n; i++)
        if (matrix_figure(k, m, i, row) != NULL)
            return true;
    return false;
}

/* One row shows one number of decimals: that of its most precise figure. */
static int row_decimals(const struct book *k, const struct matrix *m, size_t from,
                        size_t n, const struct figure *row)
{
    int decimals = paper_decimals(row->f[RC_VALUE]);

    for (size_t i = from; i < from + n; i++) {
        const struct figure *f = matrix_figure(k, m, i, row);

        if (f != NULL)
            decimals = most(decimals, paper_decimals(f->f[RC_VALUE]));
    }
    return decimals;
}

static void matrix_row(struct book *k, const struct matrix *m, size_t from, size_t n,
                       const struct figure *row, int number)
{
    const struct name *name = indicator_name(k->x, row->f[RC_INDICATOR]);
    const char *what = figure_name(k->x, row, &k->out->arena);
    const int decimals =
        name->decimals >= 0 ? name->decimals : row_decimals(k, m, from, n, row);

    layout_height(k->out, most(paper_lines(what, k->out->widths[1]),
                               paper_lines(row->f[RC_MEASURE], k->out->widths[2])));
    layout_order(k->out, number);
    layout_text(k->out, 1, what, PAPER_TEXT);
    layout_text(k->out, 2, row->f[RC_MEASURE], PAPER_CENTRE);
    layout_number(k->out, 3, row->f[RC_VALUE], decimals, PAPER_PLAIN);
    for (size_t i = 0; i < n; i++) {
        const struct figure *f = matrix_figure(k, m, from + i, row);
        const bool stated = f != NULL && strcmp(f->f[RC_SOURCE], "entity") != 0;

        layout_number(k->out, 4 + (int)i, f != NULL ? f->f[RC_VALUE] : "", decimals,
                      stated ? PAPER_ITALIC : PAPER_PLAIN);
    }
    layout_text(k->out, k->out->columns - 1,
                coverage_of(k, row->f[RC_REPORTED], row->f[RC_EXPECTED]), PAPER_CENTRE);
    k->out->row++;
}

static void matrix_heads(struct book *k, const struct matrix *m, size_t from, size_t n)
{
    static const char *const fixed[] = {"STT", "Chỉ tiêu", "Đơn vị tính", "Toàn tỉnh"};
    const bool two = n > 0 && m->list[from].under != NULL;
    int lines = 2, under = 1;

    for (size_t i = 0; i < n; i++) {
        lines = most(lines, paper_lines(m->list[from + i].head, k->out->widths[4] * 0.9));
        if (two)
            under = most(under, paper_lines(m->list[from + i].under, k->out->widths[4]));
    }
    layout_height(k->out, lines);
    for (int c = 0; c < (int)COUNT(fixed); c++)
        layout_text(k->out, c, fixed[c], PAPER_HEAD);
    for (size_t i = 0; i < n; i++)
        layout_text(k->out, 4 + (int)i, m->list[from + i].head, PAPER_HEAD);
    layout_text(k->out, k->out->columns - 1, "Đã báo cáo", PAPER_HEAD);
    k->out->row++;
    if (two) {
        layout_height(k->out, under);
        for (int c = 0; c < (int)COUNT(fixed); c++)
            layout_text(k->out, c, c == 1 ? "Tình hình gửi; đã báo cáo" : "",
                        PAPER_CENTRE);
        for (size_t i = 0; i < n; i++)
            layout_text(k->out, 4 + (int)i, m->list[from + i].under, PAPER_CENTRE);
        layout_text(k->out, k->out->columns - 1, "", PAPER_CENTRE);
        k->out->row++;
    }
    layout_head_done(k->out, 2);
}

/* One sheet with the columns [from, from + n). */
static void matrix_sheet(struct book *k, const struct matrix *m, size_t from, size_t n)
{
    double *widths =
        arena_new(&k->out->arena, (MATRIX_COLUMNS + MATRIX_FIXED) * sizeof *widths);
    const int columns = (int)n + MATRIX_FIXED;
    const struct figure **figures;
    size_t n_figures;
    int number = 0;

    figures = overall_figures(k->x, &k->out->arena, &n_figures);
    widths[0] = 5;
    widths[1] = 34;
    widths[2] = 15;
    for (int c = 3; c < columns; c++)
        widths[c] = 13;
    widths[columns - 1] = 15;
    if (from == 0)
        book_annex(k, m->name, widths, columns, m->title, UNIT_LINE);
    else
        book_more(
            k,
            arena_printf(&k->out->arena, "%s (%zu)", m->name, from / MATRIX_COLUMNS + 1),
            widths, columns, m->title, UNIT_LINE);
    matrix_heads(k, m, from, n);
    for (size_t i = 0; i < n_figures; i++)
        if (row_has_figures(k, m, from, n, figures[i]) &&
            (strcmp(m->by, "u") == 0 || *figures[i]->f[RC_B1] == 0))
            matrix_row(k, m, from, n, figures[i], ++number);
    book_legend(k, m->legend);
    layout_sheet_done(k->out);
}

/* At least one sheet, so that a workbook always has its four. */
static void matrix_sheets(struct book *k, const struct matrix *m)
{
    size_t from = 0;

    do {
        size_t left = m->n - from;

        matrix_sheet(k, m, from, left < MATRIX_COLUMNS ? left : MATRIX_COLUMNS);
        from += MATRIX_COLUMNS;
    } while (from < m->n);
}

static bool has_sector(const struct totals *t, const char *code)
{
    for (size_t i = 0; i < t->n_figures; i++)
        if (strcmp(t->figures[i].by, "s") == 0 &&
            strcmp(t->figures[i].f[RC_B1], code) == 0)
            return true;
    return false;
}

void sheet_sectors(struct book *k)
{
    static const char *const others[] = {"unknown", "undivided"};
    const struct names *names = k->x->names;
    struct across *list =
        arena_new(&k->out->arena, (names->n_breakdowns + COUNT(others)) * sizeof *list);
    size_t n = 0;

    for (size_t i = 0; i < names->n_breakdowns; i++)
        if (names->breakdowns[i].sector &&
            has_sector(k->x->totals, names->breakdowns[i].code))
            list[n++] = (struct across){"", "", names->breakdowns[i].code,
                                        names->breakdowns[i].name, NULL};
    for (size_t i = 0; i < COUNT(others); i++)
        if (has_sector(k->x->totals, others[i]))
            list[n++] =
                (struct across){"", "", others[i], part_name(k->x, "", others[i]), NULL};
    matrix_sheets(k, &(struct matrix){
                         .name = "Theo ngành",
                         .title = "TỔNG HỢP THEO NGÀNH",
                         .by = "s",
                         .list = list,
                         .n = n,
                         .legend = "Số in nghiêng: có phần lấy từ biểu tổng hợp của đơn "
                                   "vị; số in thẳng: cộng từ báo cáo của từng tổ chức; ô "
                                   "trống: không có số liệu.",
                     });
}

static bool has_unit(const struct totals *t, const struct unit_line *u)
{
    for (size_t i = 0; i < t->n_figures; i++)
        if (strcmp(t->figures[i].by, "u") == 0 &&
            strcmp(t->figures[i].f[RC_UNIT], u->code) == 0 &&
            strcmp(t->figures[i].f[RC_UNIT_FROM], u->from) == 0)
            return true;
    return false;
}

void sheet_units(struct book *k)
{
    const struct totals *t = k->x->totals;
    struct across *list = arena_new(&k->out->arena, (t->n_units + 1) * sizeof *list);
    size_t n = 0;

    for (size_t i = 0; i < t->n_units; i++) {
        const struct unit_line *u = &t->units[i];

        if (!has_unit(t, u))
            continue; /* it stands in the sheet of who sent what */
        list[n++] = (struct across){
            u->code, u->from, "", u->name,
            arena_printf(&k->out->arena, "%s; %s", state_vi(u), unit_coverage(k, u))};
    }
    matrix_sheets(k,
                  &(struct matrix){
                      .name = "Theo đơn vị",
                      .title = "TỔNG HỢP THEO ĐƠN VỊ BÁO CÁO",
                      .by = "u",
                      .list = list,
                      .n = n,
                      .legend = "Số in nghiêng: lấy từ biểu tổng hợp của đơn vị; số in "
                                "thẳng: cộng từ báo cáo của từng tổ chức; ô trống: đơn "
                                "vị không có số liệu.",
                  });
}
