/* Named texts: a label, and room to write beside it. */
#include "collectors/template_own.h"

static const double widths[] = {5, 34, 100};
enum { COLUMNS = COUNT(widths), FIXED_COLUMNS = 2, LINES = 10 };

void template_texts(struct maker *m)
{
    struct paper *p = &m->paper;
    uint32_t first;

    template_page(m, widths, COLUMNS, FIXED_COLUMNS);
    paper_text(p, 0, template_text(m, "template.order"), PAPER_HEAD);
    paper_text(p, 1, template_text(m, "template.text_about"), PAPER_HEAD);
    paper_text(p, 2, template_text(m, "template.text"), PAPER_HEAD);
    paper_height(p, 1);
    p->row++;
    paper_head_done(p, FIXED_COLUMNS);
    first = p->row;
    for (size_t i = 0; i < m->form->n_cells; i++) {
        paper_order(p, (int64_t)i + 1);
        paper_text(p, 1, m->form->cells[i].label_vi, PAPER_FIXED);
        paper_text(p, 2, "", PAPER_OPEN_BLOCK);
        paper_height(p, LINES);
        p->row++;
    }
    if (p->row > first)
        template_free_text(m, first, 2, p->row - 1);
    paper_sheet_done(p);
}
