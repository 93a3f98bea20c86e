/* Entity lists: one row for each cooperative, one report for each row. */
#include "proto/base/text.h"
#include "proto/forms/form_own.h"

static bool has_values(const struct row_reader *er, const struct row *row)
{
    for (size_t i = 0; i < er->p->n_columns; i++)
        if (er->p->columns[i].role == ROLE_VALUE &&
            form_cell_at(row, er->p->columns[i].col) != NULL)
            return true;
    return false;
}

/* A row without any number of a cooperative: a sector, perhaps with its subtotals. */
static bool is_group_heading(struct row_reader *er, const struct row *row)
{
    const struct cell *name = row_cell(er, row, ROLE_NAME);
    const struct cell *text = name != NULL ? name : &row->cells[row->n == 2];
    const struct breakdown *b = row_sector(er, text->text);

    bool group = row_numbers_group(row->cells->text) && !has_values(er, row);

    if (b != NULL || group) /* below a group of another kind the last sector has ended */
        er->sector = b != NULL ? b->code : NULL;
    return b != NULL || group || row->n == 1;
}

/* A figure stands in its column's own place, a word in the one that it names. */
static int slot_of(const struct form *form, const struct column *c,
                   const struct observation *o)
{
    if (c->cell->coded == 0)
        return (int)(c->cell - form->cells);
    return form_cell_index(form, o->indicator, o->b1, o->b2);
}

/* All value cells into their places in the form's order. */
static void observe(struct row_reader *er, const struct row *row, struct report *r,
                    struct findings *fs)
{
    struct page_reader *p = er->p;
    const struct form *form = p->form;
    size_t n = 0;

    memset(er->slots, 0, form->n_cells * sizeof *er->slots);
    for (size_t i = 0, at = 0; i < p->n_columns; i++) {
        const struct column *c = &p->columns[i];
        struct observation o = {.as_of = p->as_of, .population = ""};
        int slot;

        while (at < row->n && row->cells[at].col < c->col)
            at++; /* both run by column */
        if (c->role != ROLE_VALUE || at == row->n || row->cells[at].col != c->col)
            continue;
        o.b1 = c->cell->b1;
        o.b2 = c->cell->b2;
        if (c->cell->coded != 0 ? !row_code(er, c, &row->cells[at], &o, fs)
                                : !row_value(er, c, &row->cells[at], &o, fs))
            continue;
        slot = slot_of(form, c, &o);
        if (slot < 0)
            continue; /* a code without a cell: row_code() has said so */
        er->slots[slot] = o;
        n++;
    }
    r->obs = arena_new(p->arena, (n + 1) * sizeof *r->obs);
    for (size_t i = 0; i < form->n_cells; i++)
        if (er->slots[i].indicator != 0)
            r->obs[r->n_obs++] = er->slots[i];
}

/* Group headings, totals and blank lines of a list are no cooperatives. */
static bool is_entity(struct row_reader *er, const struct row *row)
{
    bool numbered = !row_says_nothing(er, row_cell(er, row, ROLE_TAX)) ||
                    !row_says_nothing(er, row_cell(er, row, ROLE_CERTIFICATE)) ||
                    !row_says_nothing(er, row_cell(er, row, ROLE_REGISTER));

    if (row_is_heading(er, row))
        return false;
    if (numbered)
        return true;
    if (form_is_total(&er->scratch, row)) {
        form_page_finding(er->p, "TOTAL_ROW", SEV_NOTE, false, row->cells,
                          row->cells->text, NULL);
        return false;
    }
    if (is_group_heading(er, row))
        return false;
    for (size_t i = 0; i < er->p->n_columns; i++) {
        const struct column *c = &er->p->columns[i];

        if ((c->role == ROLE_VALUE || c->role == ROLE_NAME) &&
            form_cell_at(row, c->col) != NULL)
            return true;
    }
    return false;
}

static void read_row(struct row_reader *er, const struct row *row)
{
    struct page_reader *p = er->p;
    struct report *r = form_add_report(p);
    struct findings *fs = form_findings(p, r);
    static const enum column_role places[] = {ROLE_TAX, ROLE_CERTIFICATE, ROLE_NAME};
    const struct cell *at = row->cells;

    /* what identifies it is where a person looks first */
    for (size_t i = COUNT(places); i > 0; i--)
        if (!row_says_nothing(er, row_cell(er, row, places[i - 1])))
            at = row_cell(er, row, places[i - 1]);
    r->scheme = p->period->scheme;
    r->period = p->period->code;
    r->vintage = p->vintage;
    r->source_place = form_place(p, at);
    row_identify(er, row, r, fs);
    row_classify(er, row, r, fs);
    row_note(er, row, r, fs);
    form_torn(p, row, fs);
    observe(er, row, r, fs);
}

void form_entities(struct page_reader *p)
{
    struct row_reader er = {.p = p};
    size_t before = p->out->n;
    char max[16];

    if (p->n_rows - p->data > ROWS_MAX) {
        snprintf(max, sizeof max, "%d", ROWS_MAX);
        form_page_finding(p, "TOO_MANY_ROWS", SEV_ERROR, true, NULL, NULL, max);
        return;
    }
    row_reader_open(&er, p);
    er.slots = mem_array(p->form->n_cells + 1, sizeof *er.slots);
    for (size_t i = p->data; i < p->n_rows; i++) {
        const struct row *row = &p->rows[i];

        if (row_says_nothing(&er, row_cell(&er, row, ROLE_TAX)) &&
            form_is_footer(&er.scratch, row))
            break;
        if (!is_entity(&er, row))
            ;
        else if (row_is_blank(&er, row))
            row_blank(&er, row);
        else
            read_row(&er, row);
        arena_reset(&er.scratch);
    }
    if (p->out->n == before)
        form_no_rows(p);
    else
        row_blanks(&er);
    free(er.slots);
    arena_clear(&er.scratch);
}
