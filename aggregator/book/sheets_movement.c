/* Biến động: units down; what was founded, dissolved, suspended, changed across. */
#include "aggregator/book/book.h"

#include "proto/catalogue.h"

enum { MOVEMENTS = 14, FIXED = 3 };

/* Does the unit of the indicator count organisations of the register, or people in them?
 */
static bool counts_bodies(const struct catalogue *c, const struct indicator *ind)
{
    static const char *const people[] = {"member.total", "worker.regular"};

    for (size_t i = 0; i < c->n_indicators; i++)
        if (c->indicators[i].op == OP_COUNT &&
            strcmp(c->indicators[i].unit_en, ind->unit_en) == 0)
            return true;
    for (size_t i = 0; i < COUNT(people); i++) {
        const struct indicator *p = catalogue_indicator(c, people[i]);

        if (p != NULL && strcmp(p->unit_en, ind->unit_en) == 0)
            return true;
    }
    return false;
}

/* Flows of organisations and people that the province has a figure of. */
static size_t movements(struct book *k, const struct figure **list)
{
    const struct catalogue *c = k->x->catalogue;
    size_t n = 0;

    for (size_t i = 0; i < c->n_indicators && n < MOVEMENTS; i++) {
        const struct indicator *ind = &c->indicators[i];
        const struct figure *f = book_find(k, "-", "", "", ind->code, "", "");

        if (f != NULL && ind->type == IND_FLOW && ind->op == OP_SUM &&
            counts_bodies(c, ind))
            list[n++] = f;
    }
    return n;
}

/* "HTX thành lập mới\n(HTX)" */
static const char *head_of(struct book *k, const struct figure *f)
{
    return arena_printf(&k->out->arena, "%s (%s)",
                        indicator_name(k->x, f->f[RC_INDICATOR])->name, f->f[RC_MEASURE]);
}

static void put_province(struct book *k, const struct figure *const *list, size_t n)
{
    layout_across(k->out, 0, FIXED - 1, "Toàn tỉnh", PAPER_HEAD);
    for (size_t i = 0; i < n; i++)
        layout_number(k->out, FIXED + (int)i, list[i]->f[RC_VALUE], -1, PAPER_PLAIN);
    layout_height(k->out, 1);
    k->out->row++;
}

/* A figure under a reservation: its column and mark stand in the label. */
static void put_compared(struct book *k, const struct figure *const *list, size_t n,
                         enum compare_what what, const char *label)
{
    struct bytes b = {0};
    const char *text;
    double width = 0;

    bytes_str(&b, label);
    for (size_t i = 0; i < n; i++) {
        const char *mark = book_beside(k, FIXED + (int)i, list[i], what, -1);

        if (mark != NULL)
            bytes_printf(&b, "; (%d): %s", FIXED + 1 + (int)i, mark);
    }
    text = arena_strn(&k->out->arena, (const char *)b.p, b.n);
    bytes_clear(&b);
    for (int i = 0; i < FIXED; i++)
        width += k->out->widths[i];
    layout_across(k->out, 0, FIXED - 1, text, PAPER_CENTRE);
    layout_height(k->out, paper_lines(text, width));
    k->out->row++;
}

static void put_unit(struct book *k, const struct figure *const *list, size_t n,
                     const struct unit_line *u, int order)
{
    layout_height(k->out, paper_lines(u->name, k->out->widths[1]));
    layout_order(k->out, order);
    layout_text(k->out, 1, u->name, PAPER_TEXT);
    layout_text(k->out, 2, state_vi(u), PAPER_CENTRE);
    for (size_t i = 0; i < n; i++) {
        const struct figure *f =
            book_find(k, "u", u->code, u->from, list[i]->f[RC_INDICATOR], "", "");

        layout_number(k->out, FIXED + (int)i, f != NULL ? f->f[RC_VALUE] : "", -1,
                      PAPER_PLAIN);
    }
    k->out->row++;
}

void sheet_movements(struct book *k)
{
    const struct figure *list[MOVEMENTS];
    const char *heads[FIXED + MOVEMENTS] = {"STT", "Đơn vị báo cáo", "Tình hình gửi"};
    double widths[FIXED + MOVEMENTS] = {5, 28, 16};
    const struct totals *t = k->x->totals;
    size_t n = k->x->catalogue != NULL ? movements(k, list) : 0;

    for (size_t i = 0; i < n; i++) {
        heads[FIXED + i] = head_of(k, list[i]);
        widths[FIXED + i] = n > 10 ? 11.5 : 13;
    }
    if (n == 0) { /* the annex stays, so that nobody looks for it */
        heads[FIXED] = "Biến động";
        widths[FIXED] = 60;
    }
    book_annex(k, "Biến động", widths, FIXED + (int)most((int)n, 1),
               "BIẾN ĐỘNG TỔ CHỨC KINH TẾ TẬP THỂ TRONG KỲ",
               "Đơn vị tính: ghi tại từng cột");
    book_heads(k, heads, FIXED);
    if (n == 0) {
        book_line(k, "Không có số liệu về biến động trong kỳ.", PAPER_TEXT);
        layout_sheet_done(k->out);
        return;
    }
    put_province(k, list, n);
    if (t->format >= 2) {
        put_compared(k, list, n, CW_PREVIOUS, "Cùng kỳ năm trước");
        put_compared(k, list, n, CW_CHANGE, "Tăng (+), giảm (-) so với cùng kỳ");
    }
    for (size_t i = 0; i < t->n_units; i++)
        put_unit(k, list, n, &t->units[i], (int)i + 1);
    book_legend(k, "Ô trống: đơn vị không có số liệu.");
    layout_sheet_done(k->out);
}
