/*
 * table - one listing: aligned columns for people, or --json, an array of objects.
 *
 * Fill it row by row, one call a column in order. For people dates are dd/mm/yyyy and a
 * column is as wide as its widest word on a terminal; in JSON dates are ISO, numbers are
 * decimal strings, ints and bools are themselves, nothing is null.
 */
#ifndef HTX_TABLE_H
#define HTX_TABLE_H

#include "aggregator/store/pg.h"
#include "proto/catalogue.h"

enum column_type { COL_TEXT, COL_INT, COL_NUMBER, COL_BOOL, COL_DATE };

struct column {
    const char *key; /* in JSON */
    enum column_type type;
    const char *vi, *en; /* heads; NULL: not shown to readers of it */
};

struct table_cell;

struct table {
    const struct column *columns;
    size_t n_columns;
    struct table_cell *cells;
    size_t n, cap;
    struct arena arena;
};

void table_init(struct table *t, const struct column *columns, size_t n); /* borrowed */
void table_clear(struct table *t);

/* All copy. */
void table_text(struct table *t, const char *s); /* also COL_NUMBER; NULL is nothing */
void table_shown(struct table *t, const char *s, const char *shown); /* JSON, people */
void table_int(struct table *t, int64_t i);
void table_bool(struct table *t, bool b);
void table_date(struct table *t, int32_t date);
void table_none(struct table *t);
/* One row from as many columns of a result, by the types of the columns. */
void table_row(struct table *t, const struct pg_rows *rows, size_t row);
/* The same; of words, what people see instead, or NULL for the word itself. */
void table_row_shown(struct table *t, const struct pg_rows *rows, size_t row,
                     const char *(*shown)(void *ctx, size_t col, const char *word),
                     void *ctx);

size_t table_rows(const struct table *t);
void table_print(const struct table *t, enum lang lang, bool json, FILE *out);

#endif
