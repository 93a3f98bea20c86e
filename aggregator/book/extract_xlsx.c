#include "aggregator/book/sheets.h"
#include "proto/base/file.h"

#include <unistd.h>

static void put_cell(struct paper *p, const struct layout_cell *c)
{
    switch (c->kind) {
    case LAYOUT_WORDS:
        paper_across(p, c->from, c->to, c->text, c->style);
        break;
    case LAYOUT_COUNT:
        paper_count(p, c->from, c->n);
        break;
    case LAYOUT_ORDER:
        paper_order(p, c->n);
        break;
    case LAYOUT_FIGURE:
        paper_number(p, c->from, c->text, c->decimals, c->face);
        break;
    }
}

/* The row with which the last two rows of figures begin. */
static uint32_t last_figures(const struct layout_sheet *s)
{
    uint32_t row = 0, rows = 0;

    for (size_t i = s->n_cells; i-- > 0 && rows < 2;) {
        const struct layout_cell *c = &s->cells[i];

        if (c->style == PAPER_NOTE || (rows > 0 && c->row == row))
            continue;
        row = c->row;
        rows++;
    }
    return row;
}

static void put_sheet(struct paper *p, const struct layout_sheet *s)
{
    uint32_t first;

    paper_sheet(p, s->name, s->widths, s->columns, s->annex, s->title, s->unit_line);
    first = p->row;
    for (size_t i = 0; i < s->n_heights; i++) {
        p->row = first + s->heights[i].row;
        paper_height(p, s->heights[i].lines);
    }
    for (size_t i = 0; i < s->n_cells; i++) {
        p->row = first + s->cells[i].row;
        put_cell(p, &s->cells[i]);
    }
    p->row = first + s->head_rows;
    paper_head_done(p, s->frozen);
    p->row = first + last_figures(s);
    paper_keep(p);
    p->row = first + s->rows;
    paper_sheet_done(p);
}

bool extract_xlsx(const struct layout *l, const char *dir, struct bytes *out,
                  struct err *e)
{
    enum { XLSX_MAX = 64 << 20 };
    char *path = mem_printf("%s/.htx-extract-%ld.xlsx", dir, (long)getpid());
    struct paper p = {0};
    bool ok = paper_open(&p, path, &l->words, e);

    for (size_t i = 0; ok && i < l->n_sheets; i++)
        put_sheet(&p, &l->sheets[i]);
    ok = ok && paper_close(&p, path, e) && file_read(path, XLSX_MAX, out, e);
    unlink(path);
    free(path);
    return ok;
}
