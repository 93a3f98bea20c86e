/*
 * statement - how a form with indicators down is laid out: which lines, which columns.
 *
 * A template shows it to the unit, an extract shows the same page filled for the province.
 * Works by the form's layout (by sector, by period), never by its code.
 */
#ifndef HTX_STATEMENT_H
#define HTX_STATEMENT_H

#include "proto/catalogue.h"

enum {
    STATEMENT_FIXED = 3, /* number, indicator, unit: on every printed page */
    STATEMENT_ACROSS = 64,
};

struct statement_column { /* one value column */
    const char *code;     /* of the breakdown, "" for all */
    const struct period *period;
    enum vintage vintage;
    const char *head;
};

enum statement_tail { TAIL_PAST, TAIL_AS_OF, TAIL_POPULATION, TAIL_NOTE, TAILS };

struct statement_plan { /* strings live in the arena or the catalogue */
    const struct form *form;
    struct statement_column across[STATEMENT_ACROSS];
    int n_across;
    bool has[TAILS];     /* columns behind the values; past: for the caller to say */
    const size_t *lines; /* first cell of each line of the form */
    size_t n_lines;
};

/* period may be NULL for a form by sector. */
void statement_plan(struct statement_plan *s, const struct catalogue *cat,
                    const struct form *form, const struct period *period,
                    enum vintage vintage, struct arena *a);

/* The cell of the line in this column, or NULL: it is not asked. */
const struct form_cell *statement_cell(const struct statement_plan *s, size_t line,
                                       int col);

/* In characters: a value column, and those around. */
double statement_width(const struct statement_plan *s);
extern const double statement_heads[STATEMENT_FIXED], statement_tails[TAILS];
/* Keys of their words in texts.tsv. */
extern const char *const statement_head_keys[STATEMENT_FIXED];
extern const char *const statement_tail_keys[TAILS];

#endif
