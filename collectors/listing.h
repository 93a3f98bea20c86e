/* listing - one listing, printed aligned for people or as a JSON array of objects. */
#ifndef HTX_LISTING_H
#define HTX_LISTING_H

#include "proto/base/base.h"

struct listing;

struct listing_column {
    const char *key;   /* of the JSON object */
    const char *title; /* for people; NULL: only in JSON */
};

void listing_open(struct listing **out, const struct listing_column *columns, size_t n);
void listing_close(struct listing **t);

/* Cells of the row, in column order; the row ends with its last column. */
void listing_text(struct listing *t, const char *s); /* NULL: null */
void listing_int(struct listing *t, int64_t v);
void listing_bool(struct listing *t, bool v); /* for people "x" or nothing */

void listing_print(const struct listing *t, FILE *out, bool json);

#endif
