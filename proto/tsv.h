/*
 * tsv - a table of plain text: named columns, one record a line, nothing quoted.
 *
 * UTF-8 in NFC, LF, first line names the columns, empty means not given. Columns are
 * found by name, so a file may add columns without breaking older readers. Errors point
 * into the file: "FILE:LINE: column: value: reason".
 */
#ifndef HTX_TSV_H
#define HTX_TSV_H

#include "proto/base/err.h"

enum { TSV_COLUMNS = 24, TSV_LINE = 16384 };

struct tsv {
    const char *file; /* for messages */
    size_t line;      /* of the current record, from 1 */
    const char *names[TSV_COLUMNS];
    const char *fields[TSV_COLUMNS]; /* of the current record */
    size_t n;
    struct span rest;
    struct arena arena; /* every name and field since tsv_open() */
};

/* Reads the first line and asks for the named columns. rest is borrowed from data. */
bool tsv_open(struct tsv *t, const char *file, struct span data,
              const char *const *columns, size_t n_columns, struct err *e) MUST_CHECK;
void tsv_close(struct tsv *t);

/* The next record. False at the end, and with e->kind set for a bad line. */
bool tsv_next(struct tsv *t, struct err *e) MUST_CHECK;

/* The field of the current record; "" when there is no such column. */
const char *tsv_get(const struct tsv *t, const char *column);

/* "FILE:LINE: column: value: reason", kind ERR_INPUT; returns false. */
bool tsv_error(const struct tsv *t, struct err *e, const char *column,
               const char *reason);

/* Typed fields: an empty one gives the default; false with an error for a bad one. */
bool tsv_int(const struct tsv *t, const char *column, int64_t if_empty, int64_t min,
             int64_t max, int64_t *out, struct err *e) MUST_CHECK;
bool tsv_date(const struct tsv *t, const char *column, int32_t if_empty, int32_t *out,
              struct err *e) MUST_CHECK;
/* Index in words, which ends with NULL. */
bool tsv_word(const struct tsv *t, const char *column, const char *const *words,
              size_t *out, struct err *e) MUST_CHECK;
bool tsv_given(const struct tsv *t, const char *column, struct err *e) MUST_CHECK;

/*
 * Appends a tab and the field, with \t, \n and \\ for tab, newline and backslash: for
 * texts where every field must find a place, as sealed ones. NULL is an empty field.
 */
void tsv_put(struct bytes *out, const char *field);

/*
 * Takes a line of such fields apart: [p, end) at its tabs, at most so many; how many
 * there are. The first is what stands before the first tab. They live in the arena.
 */
size_t tsv_split(struct arena *a, const void *p, const void *end, const char **fields,
                 size_t most);

#endif
