/*
 * pg - PostgreSQL, blocking. The door to libpq.
 *
 * serve keeps its database work in a process of its own, so nothing that must answer
 * quickly ever waits here. Values are always parameters. SQLSTATE classes become kinds:
 * 22 and 23 ERR_INPUT (except what pg_state() tells apart), 42 and 28 ERR_SETUP, all
 * others and a lost connection ERR_RETRY.
 *
 * At every connect synchronous_commit, fsync, full_page_writes and client_min_messages
 * are asserted (ERR_SETUP), search_path is fixed to htx, TimeZone to UTC, jit off (it takes
 * longer to compile our long statements than to run them). Any WARNING
 * during COMMIT (a lost synchronous standby) makes pg_commit fail with outcome unknown.
 */
#ifndef HTX_PG_H
#define HTX_PG_H

#include "proto/crypto.h"

struct pg;

bool pg_open(struct pg **out, const char *conninfo, struct err *e) MUST_CHECK;
void pg_close(struct pg **pg);
/* Names in statements are those of this schema from now on: a province's copy. */
bool pg_schema(struct pg *pg, const char *schema, struct err *e) MUST_CHECK;
/* Still connected as far as we know? */
bool pg_alive(const struct pg *pg);

enum pg_type {
    PG_NULL,
    PG_TEXT,
    PG_INT,
    PG_BOOL,
    PG_BYTES,
    PG_DATE,
    PG_TIME,
    PG_UUID,
    PG_TEXTS,
    PG_HASHES,
    PG_INTS
};

struct pg_arg { /* borrowed */
    enum pg_type type;
    union {
        const char *text;
        int64_t i;
        struct span bytes;
        const struct uuid *uuid;
        struct {
            const char *const *list;
            size_t n;
        } texts;
        struct {
            const struct hash *list;
            size_t n;
        } hashes;
        struct {
            const int64_t *list;
            size_t n;
        } ints;
    };
};

struct pg_arg pg_null(void);
struct pg_arg pg_text(const char *s); /* NULL is SQL null */
struct pg_arg pg_int(int64_t i);
struct pg_arg pg_bool(bool b);
struct pg_arg pg_bytes(struct span b);
struct pg_arg pg_hash(const struct hash *h); /* NULL is SQL null */
struct pg_arg pg_date(int32_t date);         /* DATE_NONE is SQL null */
struct pg_arg pg_time(int64_t wall_ms);
struct pg_arg pg_uuid(const struct uuid *id);
struct pg_arg pg_texts(const char *const *list, size_t n);
struct pg_arg pg_hashes(const struct hash *list, size_t n); /* bytea[] */
struct pg_arg pg_ints(const int64_t *list, size_t n);       /* bigint[] */

struct pg_rows {
    void *result;
    size_t n, columns;
};

/* One statement. rows may be NULL; else the caller clears it. */
bool pg_query(struct pg *pg, const char *sql, const struct pg_arg *args, size_t n,
              struct pg_rows *rows, struct err *e) MUST_CHECK;
void pg_rows_clear(struct pg_rows *rows);
bool pg_is_null(const struct pg_rows *r, size_t row, size_t col);
const char *pg_get_text(const struct pg_rows *r, size_t row,
                        size_t col);                                 /* "" for null */
int64_t pg_get_int(const struct pg_rows *r, size_t row, size_t col); /* 0 for null */
bool pg_get_bool(const struct pg_rows *r, size_t row, size_t col);
int32_t pg_get_date(const struct pg_rows *r, size_t row, size_t col); /* DATE_NONE */
/* bytea, decoded; borrowed until pg_rows_clear */
struct span pg_get_bytes(const struct pg_rows *r, size_t row, size_t col);
bool pg_get_hash(const struct pg_rows *r, size_t row, size_t col, struct hash *out);
const char *pg_column(const struct pg_rows *r, size_t col);

/* Several statements without parameters (migrations). */
bool pg_script(struct pg *pg, const char *sql, struct err *e) MUST_CHECK;

bool pg_begin(struct pg *pg, struct err *e) MUST_CHECK;
/*
 * false with pg_unknown() true: the outcome is not known (connection lost during COMMIT,
 * or a WARNING came with it). Never retried blindly.
 */
bool pg_commit(struct pg *pg, struct err *e) MUST_CHECK;
void pg_rollback(struct pg *pg);
bool pg_unknown(const struct pg *pg);
/* Five characters of the last error's SQLSTATE, "" when there is none. */
const char *pg_state(const struct pg *pg);
/* Constraint named by the last error, "". */
const char *pg_constraint(const struct pg *pg);

/* COPY ... FROM STDIN (FORMAT binary): one call with the whole data. */
bool pg_copy(struct pg *pg, const char *sql, struct span data, struct err *e) MUST_CHECK;

/* Builds binary COPY data: copy_begin, then per row copy_row and n fields, copy_end. */
void copy_begin(struct bytes *b);
void copy_row(struct bytes *b, int columns);
void copy_end(struct bytes *b);
void copy_null(struct bytes *b);
void copy_text(struct bytes *b, const char *s); /* NULL writes "" */
void copy_int8(struct bytes *b, int64_t i);
void copy_int4(struct bytes *b, int32_t i);
void copy_bool(struct bytes *b, bool v);
void copy_bytes(struct bytes *b, struct span s);
void copy_date(struct bytes *b, int32_t date); /* DATE_NONE is null */
void copy_time(struct bytes *b, int64_t wall_ms);
void copy_uuid(struct bytes *b, const struct uuid *id);
/* bigint[]; given[i] false is a null element; n may be 0 */
void copy_int8s(struct bytes *b, const int64_t *list, const bool *given, size_t n);
void copy_texts(struct bytes *b, const char *const *list, size_t n);
void copy_int4s(struct bytes *b, const int32_t *list, size_t n);
/* the one-byte type "char" */
void copy_char(struct bytes *b, char c);

#endif
