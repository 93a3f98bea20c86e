/*
 * schema_name - one set of migration files, a schema a province.
 *
 * The files are written for the schema htx; for a province's copy its unquoted qualifiers
 * (htx.report, schema htx, 'htx'::regnamespace) name another one. Words in quotation
 * marks ('htx.total' is an indicator) and comments stay; within $$ ... $$ stands code.
 * Pure.
 */
#ifndef HTX_SCHEMA_NAME_H
#define HTX_SCHEMA_NAME_H

#include "proto/base/base.h"

enum { SCHEMA_NAME_MAX = 48 };

/* "htx_12" for the province 12, small letters; false: the code is none. */
bool schema_of_code(const char *code, char out[SCHEMA_NAME_MAX]) MUST_CHECK;
/* Where the copy lies that was followed before the branch-th was: "htx_12_fork1". */
void schema_of_branch(const char *schema, int64_t branch, char out[SCHEMA_NAME_MAX]);

/* A name that may stand in a statement as it is: small letters, digits, _. */
bool schema_name_valid(const char *name);

/* Appends sql as it reads for `schema`. */
void schema_rename(const char *sql, const char *schema, struct bytes *out);

#endif
