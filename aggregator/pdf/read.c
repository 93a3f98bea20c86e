#include "aggregator/pdf/pdf.h"
#include "proto/base/text.h"
#include "proto/tsv.h"

enum { FIELDS = 64, COLUMNS = 60, ROWS = 200000, SHEETS = 500 };

static bool number_of(const char *s, long most, long *n)
{
    char *end;

    *n = strtol(s, &end, 10);
    return end != s && *end == 0 && *n >= 0 && *n <= most;
}

static bool add_sheet(struct pdf_input *in, const char *const *f)
{
    long rows, head;

    if (in->n_sheets >= SHEETS || !number_of(f[1], ROWS, &rows) ||
        !number_of(f[2], rows, &head))
        return false;
    in->sheets = mem_grow(in->sheets, in->n_sheets + 1, sizeof *in->sheets);
    in->sheets[in->n_sheets++] = (struct pdf_sheet){.rows = (uint32_t)rows,
                                                    .head_rows = (uint32_t)head,
                                                    .name = f[3],
                                                    .annex = f[4],
                                                    .title = f[5],
                                                    .unit_line = f[6]};
    return true;
}

static bool add_widths(struct pdf_sheet *s, const char *const *f, size_t n)
{
    if (s->widths != NULL || n < 2 || n - 1 > COLUMNS)
        return false;
    s->columns = (int)n - 1;
    s->widths = mem_array(n - 1, sizeof *s->widths);
    for (size_t i = 1; i < n; i++) {
        long w;

        if (!number_of(f[i], 50000, &w) || w < 100)
            return false;
        s->widths[i - 1] = (double)w / 100;
    }
    return true;
}

static bool add_cell(struct pdf_sheet *s, const char *const *f)
{
    long row, from, to, style, number, italic;

    if (!number_of(f[1], ROWS, &row) || !number_of(f[2], s->columns - 1, &from) ||
        !number_of(f[3], s->columns - 1, &to) || to < from ||
        !number_of(f[4], PAPER_STYLES - 1, &style) || !number_of(f[5], 1, &number) ||
        !number_of(f[6], 1, &italic) || row > (long)s->rows)
        return false;
    if (s->n_cells % 64 == 0)
        s->cells = mem_grow(s->cells, s->n_cells + 64, sizeof *s->cells);
    s->cells[s->n_cells++] =
        (struct pdf_cell){(uint32_t)row, (int)from,   (int)to, (enum paper_style)style,
                          number != 0,   italic != 0, f[7]};
    return true;
}

static bool add_line(struct pdf_input *in, const char *const *f, size_t n)
{
    struct pdf_sheet *s = in->n_sheets > 0 ? &in->sheets[in->n_sheets - 1] : NULL;

    if (strcmp(f[0], "words") == 0 && n == 13) {
        in->created = atoll(f[1]);
        in->agency = f[2];
        in->document = f[3];
        in->comments = f[4];
        in->maker = f[5];
        in->attached = f[6];
        in->dated = f[7];
        for (size_t i = 0; i < COUNT(in->lines); i++)
            in->lines[i] = f[8 + i];
        in->signers[0] = f[11];
        in->signers[1] = f[12];
        return true;
    }
    if (strcmp(f[0], "sheet") == 0 && n == 7)
        return add_sheet(in, f);
    if (strcmp(f[0], "widths") == 0 && s != NULL)
        return add_widths(s, f, n);
    return strcmp(f[0], "cell") == 0 && n == 8 && s != NULL && s->widths != NULL &&
           add_cell(s, f);
}

static int by_place(const void *pa, const void *pb)
{
    const struct pdf_cell *a = pa, *b = pb;

    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return a->from - b->from;
}

bool pdf_read(struct span bytes, struct pdf_input *in, struct err *e)
{
    const char *p = (const char *)bytes.p, *end = p + bytes.n;
    const char *f[FIELDS];
    size_t line = 0;

    *in = (struct pdf_input){0};
    if (!text_valid(bytes))
        return err_set(e, ERR_INPUT, "not UTF-8");
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t n = stop != NULL ? tsv_split(&in->arena, p, stop, f, FIELDS) : 0;

        line++;
        if (n == 0 || !add_line(in, f, n)) {
            pdf_clear(in);
            return err_set(e, ERR_INPUT, "line %zu: not tables to be drawn", line);
        }
        p = stop + 1;
    }
    for (size_t i = 0; i < in->n_sheets; i++)
        if (in->sheets[i].n_cells > 0)
            qsort(in->sheets[i].cells, in->sheets[i].n_cells, sizeof *in->sheets[i].cells,
                  by_place);
    if (in->agency == NULL || in->n_sheets == 0) {
        pdf_clear(in);
        return err_set(e, ERR_INPUT, "no tables");
    }
    return true;
}

void pdf_clear(struct pdf_input *in)
{
    for (size_t i = 0; i < in->n_sheets; i++) {
        free(in->sheets[i].widths);
        free(in->sheets[i].cells);
    }
    free(in->sheets);
    arena_clear(&in->arena);
    *in = (struct pdf_input){0};
}
