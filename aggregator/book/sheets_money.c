/* Kinh phí hỗ trợ: items down, sources across. Vay vốn: lenders and borrowers down. */
#include "aggregator/book/book.h"

#include "proto/catalogue.h"

enum { ACROSS = 12 };

static bool has_dims(const struct indicator *ind, const char *first, const char *second)
{
    return ind->dims[0] != NULL && strcmp(ind->dims[0], first) == 0 &&
           (second == NULL ||
            (ind->dims[1] != NULL && strcmp(ind->dims[1], second) == 0));
}

/* A figure that nobody gave says so, where a whole row of them would be blank. */
static void put_figure(struct book *k, int col, const struct figure *f)
{
    if (f == NULL)
        layout_text(k->out, col, "", PAPER_CENTRE);
    else
        layout_number(k->out, col, f->f[RC_VALUE], -1, PAPER_PLAIN);
}

static void put_none(struct book *k, const char *s)
{
    book_line(k, s, PAPER_TEXT);
    layout_sheet_done(k->out);
}

/* ---- Kinh phí hỗ trợ ---- */

struct support {
    const char *sources[ACROSS]; /* "" first: the whole */
    int n;
};

static bool any_of(struct book *k, const struct indicator *ind, const char *item)
{
    const struct totals *t = k->x->totals;

    for (size_t i = 0; i < t->n_figures; i++) {
        const struct figure *f = &t->figures[i];

        if (strcmp(f->by, "-") == 0 && strcmp(f->f[RC_INDICATOR], ind->code) == 0 &&
            (item == NULL || strcmp(f->f[RC_B2], item) == 0 ||
             strcmp(f->f[RC_B1], item) == 0))
            return true;
    }
    return false;
}

/* The cell of a source and an item; either may be the whole. */
static const struct figure *support_figure(const struct book *k,
                                           const struct indicator *ind,
                                           const char *source, const char *item)
{
    return *source == 0 ? book_find(k, "-", "", "", ind->code, item, "")
                        : book_find(k, "-", "", "", ind->code, source, item);
}

static void support_row(struct book *k, const struct support *s,
                        const struct indicator *ind, const char *item, const char *label,
                        int *order)
{
    layout_height(k->out, most(paper_lines(label, k->out->widths[1]),
                               paper_lines(ind->unit_vi, k->out->widths[2])));
    layout_order(k->out, ++*order);
    layout_text(k->out, 1, label, *item == 0 ? PAPER_TEXT_BOLD : PAPER_TEXT);
    layout_text(k->out, 2, ind->unit_vi, PAPER_CENTRE);
    for (int c = 0; c < s->n; c++)
        put_figure(k, 3 + c, support_figure(k, ind, s->sources[c], item));
    k->out->row++;
}

void sheet_support(struct book *k)
{
    static const double fixed[] = {5, 44, 15};
    const struct catalogue *c = k->x->catalogue;
    const char *heads[3 + ACROSS] = {"STT", "Nội dung", "Đơn vị tính", "Tổng số"};
    double widths[3 + ACROSS];
    struct support s = {.sources = {""}, .n = 1};
    int order = 0;

    memcpy(widths, fixed, sizeof fixed);
    for (size_t i = 0; c != NULL && i < c->n_breakdowns; i++)
        if (strcmp(c->breakdowns[i].dim, "source") == 0 && s.n < ACROSS) {
            heads[3 + s.n] = c->breakdowns[i].name_vi;
            s.sources[s.n++] = c->breakdowns[i].code;
        }
    for (int i = 0; i < s.n; i++)
        widths[3 + i] = 15;
    book_annex(k, "Kinh phí hỗ trợ", widths, 3 + s.n,
               "NHU CẦU VÀ KINH PHÍ HỖ TRỢ THEO NGUỒN VÀ NỘI DUNG",
               "Đơn vị tính: ghi tại từng dòng");
    book_heads(k, heads, 3);
    for (size_t i = 0; c != NULL && i < c->n_indicators; i++) {
        const struct indicator *ind = &c->indicators[i];

        if (!has_dims(ind, "source", "item") || !any_of(k, ind, NULL))
            continue;
        support_row(k, &s, ind, "", ind->name_vi, &order);
        for (size_t j = 0; j < c->n_breakdowns; j++)
            if (strcmp(c->breakdowns[j].dim, "item") == 0 &&
                any_of(k, ind, c->breakdowns[j].code))
                support_row(
                    k, &s, ind, c->breakdowns[j].code,
                    arena_printf(&k->out->arena, "  - %s", c->breakdowns[j].name_vi),
                    &order);
    }
    if (order == 0) {
        put_none(k, "Không có số liệu về hỗ trợ trong kỳ.");
        return;
    }
    book_legend(k, "Ô trống: không có số liệu.");
    layout_sheet_done(k->out);
}

/* ---- Vay vốn ---- */

struct loans {
    const struct indicator *list[ACROSS];
    int n;
};

static void loans_row(struct book *k, const struct loans *l, const char *lender,
                      const char *borrower, int *order)
{
    const char *who = *borrower != 0 ? part_name(k->x, l->list[0]->code, borrower)
                      : *lender != 0 ? part_name(k->x, l->list[0]->code, lender)
                                     : "Tổng số";
    const char *label =
        *borrower != 0 ? arena_printf(&k->out->arena, "  - %s", who) : who;

    layout_height(k->out, paper_lines(label, k->out->widths[1]));
    layout_order(k->out, ++*order);
    layout_text(k->out, 1, label, *borrower != 0 ? PAPER_TEXT : PAPER_TEXT_BOLD);
    for (int c = 0; c < l->n; c++)
        put_figure(k, 2 + c,
                   book_find(k, "-", "", "", l->list[c]->code, lender, borrower));
    k->out->row++;
}

/* Is there a figure of this lender (and borrower), and in which order do they come? */
static void loans_rows(struct book *k, const struct loans *l, const char *lender,
                       int *order)
{
    const struct totals *t = k->x->totals;
    const char *last = NULL;
    bool any = false;

    for (int c = 0; c < l->n; c++)
        any = any || book_find(k, "-", "", "", l->list[c]->code, lender, "") != NULL;
    if (any)
        loans_row(k, l, lender, "", order);
    for (;;) { /* borrowers in bytewise order */
        const char *next = NULL;

        for (size_t i = 0; i < t->n_figures; i++) {
            const struct figure *f = &t->figures[i];
            bool ours = false;

            for (int c = 0; c < l->n; c++)
                ours = ours || strcmp(l->list[c]->code, f->f[RC_INDICATOR]) == 0;
            if (ours && strcmp(f->by, "-") == 0 && strcmp(f->f[RC_B1], lender) == 0 &&
                *f->f[RC_B2] != 0 && (last == NULL || strcmp(f->f[RC_B2], last) > 0) &&
                (next == NULL || strcmp(f->f[RC_B2], next) < 0))
                next = f->f[RC_B2];
        }
        if (next == NULL)
            return;
        loans_row(k, l, lender, next, order);
        last = next;
    }
}

void sheet_loans(struct book *k)
{
    const struct catalogue *c = k->x->catalogue;
    const char *heads[2 + ACROSS] = {"STT", "Tổ chức cho vay, bên vay"};
    double widths[2 + ACROSS] = {5, 44};
    struct loans l = {.n = 0};
    int order = 0;

    for (size_t i = 0; c != NULL && i < c->n_indicators && l.n < ACROSS; i++) {
        const struct indicator *ind = &c->indicators[i];

        if (!has_dims(ind, "lender", NULL) || !any_of(k, ind, NULL))
            continue;
        widths[2 + l.n] = 17;
        heads[2 + l.n] =
            arena_printf(&k->out->arena, "%s (%s)", ind->name_vi, ind->unit_vi);
        l.list[l.n++] = ind;
    }
    if (l.n == 0) {
        heads[2] = "Số liệu";
        widths[2] = 60;
    }
    book_annex(k, "Vay vốn, bảo lãnh", widths, 2 + most(l.n, 1),
               "VAY VỐN, BẢO LÃNH THEO TỔ CHỨC CHO VAY", "Đơn vị tính: ghi tại từng cột");
    book_heads(k, heads, 2);
    loans_rows(k, &l, "", &order);
    for (size_t i = 0; l.n > 0 && i < c->n_breakdowns; i++)
        if (strcmp(c->breakdowns[i].dim, "lender") == 0)
            loans_rows(k, &l, c->breakdowns[i].code, &order);
    if (order == 0) {
        put_none(k, "Không có số liệu về vay vốn, bảo lãnh trong kỳ.");
        return;
    }
    book_legend(k, "Ô trống: không có số liệu.");
    layout_sheet_done(k->out);
}
