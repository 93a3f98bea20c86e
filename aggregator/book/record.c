#include "aggregator/book/record.h"

#include "aggregator/book/layout.h"
#include "aggregator/rollup/extract.h"
#include "proto/base/file.h"

static void lay_out(const struct record *rec, struct layout *l)
{
    l->words = rec->words;
    layout_sheet(l, rec->name, rec->widths, RECORD_COLUMNS, NULL, rec->title,
                 rec->unit_line);
    for (size_t i = 0; i < rec->n_rows; i++) {
        const struct record_row *row = &rec->rows[i];

        if (i == rec->head_rows)
            layout_head_done(l, 0);
        layout_height(l, row->lines);
        for (size_t k = 0; k < row->n; k++)
            if (row->cells[k].order)
                layout_order(l, row->cells[k].n);
            else
                layout_across(l, row->cells[k].from, row->cells[k].to, row->cells[k].text,
                              row->cells[k].style);
        l->row++;
    }
    layout_sheet_done(l);
}

bool record_print(const struct record *rec, const char *dir, struct bytes *said,
                  struct err *e)
{
    char *pdf = mem_printf("%s/%s.pdf", dir, rec->file), *xlsx = NULL;
    struct layout l = {0};
    struct bytes out = {0};
    bool ok;

    lay_out(rec, &l);
    ok = record_xlsx(rec, dir, &xlsx, e);
    if (ok)
        bytes_printf(said, "%s\n", xlsx);
    ok = ok && extract_pdf(&l, &out, e) && file_write(pdf, span_of(&out), 0644, e);
    if (ok)
        bytes_printf(said, "%s\n", pdf);
    bytes_clear(&out);
    layout_clear(&l);
    free(xlsx);
    free(pdf);
    return ok;
}
