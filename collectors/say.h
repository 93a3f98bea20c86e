/* say - texts of the catalogue with their places filled, in the reader's language. */
#ifndef HTX_SAY_H
#define HTX_SAY_H

#include "proto/catalogue.h"
#include "proto/verdict.h"

/* Vietnamese where the locale says so. */
enum lang say_lang(void);

/* {1} .. {9} of the text become the arguments; the list ends with NULL. */
void say(struct bytes *out, const struct catalogue *c, enum lang lang, const char *key,
         ...) __attribute__((sentinel));

/* "[phải sửa] ..." of one finding, place and remedy included. */
void say_finding(struct bytes *out, const struct catalogue *c, enum lang lang,
                 const struct finding *f);

/* "10/06/2025 08:05" in Vietnam. */
void say_time(struct bytes *out, int64_t wall_ms);

/* The catalogue's text of "PREFIX.WORD". */
const char *say_word(const struct catalogue *c, enum lang lang, const char *prefix,
                     const char *word);

#endif
