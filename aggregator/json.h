/*
 * json - flat JSON objects, canonical or for people's scripts. The door to jansson.
 *
 * Canonical: keys sorted bytewise, no blanks, UTF-8 as it is. The same fields give the
 * same bytes, so a control record can be compared and hashed.
 */
#ifndef HTX_JSON_H
#define HTX_JSON_H

#include "proto/base/clock.h"

struct json; /* one object */

struct json *json_new(void);
void json_free(struct json **j);

/* A key set twice keeps the later value. Text that is no UTF-8 and NULL become null. */
void json_text(struct json *j, const char *key, const char *text);
void json_int(struct json *j, const char *key, int64_t i);
void json_bool(struct json *j, const char *key, bool b);
void json_date(struct json *j, const char *key,
               int32_t date); /* ISO; null for DATE_NONE */
void json_none(struct json *j, const char *key);

/* Appends. sorted: canonical; else the order of setting. */
void json_write(const struct json *j, bool sorted, struct bytes *out);

#endif
