/* table - one listing, printed aligned for people or as a JSON array of objects. */
#ifndef HTX_TABLE_H
#define HTX_TABLE_H

#include "proto/base/base.h"

struct table;

struct table_column {
    const char *key;   /* of the JSON object */
    const char *title; /* for people; NULL: only in JSON */
};

void table_open(struct table **out, const struct table_column *columns, size_t n);
void table_close(struct table **t);

/* Cells of the row, in column order; the row ends with its last column. */
void table_text(struct table *t, const char *s); /* NULL: null */
void table_int(struct table *t, int64_t v);
void table_bool(struct table *t, bool v); /* for people "x" or nothing */

void table_print(const struct table *t, FILE *out, bool json);

#endif
