/*
 * audit_words - what was done, as a sentence: one table names every kind of control
 * record and of access audit line, with its words in both languages.
 */
#ifndef HTX_AUDIT_WORDS_H
#define HTX_AUDIT_WORDS_H

#include "aggregator/rollup/rollup.h"

/* The value of a field of the record; "" when it has none. */
typedef const char *audit_field(void *ctx, const char *name);

/* Names of all fields that the sentences use. */
extern const char *const AUDIT_FIELDS[];
extern const size_t AUDIT_FIELDS_N;

/*
 * Appends the sentence. what: the kind; "who" is asked for as a field like any other. A
 * kind that the table does not know is named as it is: false.
 */
bool audit_say(const char *what, audit_field *field, void *ctx, enum lang lang,
               struct bytes *out);

#endif
