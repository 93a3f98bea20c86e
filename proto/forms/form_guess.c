/*
 * Which form a page without a mark is, by what its table says: the one form whose labels
 * fit, asked about in a finding. A page that fits none, or two alike, stays unread.
 */
#include "proto/base/text.h"
#include "proto/forms/form_own.h"

enum { LINES_LOOKED_AT = 80, LABELS_ENOUGH = 5, COLUMNS_ENOUGH = 4 };

/* Lines of indicators that the form has. */
static size_t labels_of(struct page_reader *p)
{
    const struct column *c = form_column(p, ROLE_LABEL);
    size_t n = 0;

    for (size_t i = p->data; c != NULL && i < p->n_rows; i++) {
        const struct cell *cell = form_cell_at(&p->rows[i], c->col);
        struct label_hit hit;

        if (i - p->data < LINES_LOOKED_AT && cell != NULL && cell->kind == CELL_TEXT)
            n += form_label(p, cell->text, &hit);
    }
    return n;
}

/* How well the table fits; 0 when it is not one of this form. */
static size_t fitness(struct page_reader *p)
{
    size_t values = 0, codes = 0, unknown = 0, labels;
    size_t header;

    if (p->form->layout == LAYOUT_ROWS || p->form->layout == LAYOUT_TEXTS)
        return 0; /* few columns, and words that other lists have too */
    form_labels(p);
    if (!form_header(p, &header) || !form_classify(p, header))
        return 0;
    for (size_t i = 0; i < p->n_columns; i++) {
        const struct column *c = &p->columns[i];

        values += c->role == ROLE_VALUE;
        codes += c->role == ROLE_VALUE && c->code != NULL && *c->code != 0;
        unknown += c->role == ROLE_NONE;
    }
    switch (p->form->layout) {
    case LAYOUT_BY_SECTOR:
    case LAYOUT_BY_PERIOD:
        labels = labels_of(p);
        return labels < LABELS_ENOUGH || unknown > values ? 0
                                                          : labels + 2 * codes + values;
    case LAYOUT_ENTITY_ROWS:
        return form_column(p, ROLE_TAX) == NULL || values < COLUMNS_ENOUGH ||
                       unknown > values
                   ? 0
                   : 4 * values - unknown;
    case LAYOUT_ROWS:
    case LAYOUT_TEXTS:
        break;
    }
    return 0;
}

const struct form *form_guess(const struct form_context *ctx,
                              const struct sheet_page *page)
{
    const struct form *found = NULL;
    size_t best = 0;
    bool alike = false;

    for (size_t i = 0; i < ctx->cat->n_forms; i++) {
        const struct form *f = &ctx->cat->forms[i];
        struct form_read scratch = {0};
        struct page_reader *p = mem_new(sizeof *p);
        size_t fits = 0;

        form_page_open(p, ctx, &scratch, page);
        p->form = f;
        p->asked = SIZE_MAX / 2; /* nobody hears what else it may be */
        if ((f->valid_from == DATE_NONE || f->valid_from <= ctx->today) &&
            (f->valid_to == DATE_NONE || f->valid_to >= ctx->today))
            fits = fitness(p);
        alike = fits > 0 && fits == best ? true : fits > best ? false : alike;
        if (fits > best) {
            best = fits;
            found = f;
        }
        form_page_close(p);
        free(p);
        form_read_clear(&scratch);
    }
    return alike ? NULL : found;
}
