/*
 * db - the door to SQLite: one connection to one file, statements, errors.
 *
 * Exclusive, WAL, synchronous=FULL; each is read back at open. Debian 12's SQLite can
 * lose a commit when two connections write and checkpoint one WAL: so there is one
 * connection, and nobody else gets in while it is open.
 *
 * ERR_RETRY: disk full, or another process holds the file. ERR_SETUP: cannot be opened,
 * damaged, not ours, or written by a newer release. A failed write or fsync leaves the
 * state of the file unknown to this process: it says so and ends with 75; opened anew,
 * SQLite finds out what is true.
 */
#ifndef HTX_DB_H
#define HTX_DB_H

#include "proto/base/err.h"

struct db;
struct query; /* a prepared statement, kept and used again */

/* steps: NULL-terminated SQL; step i brings user_version i to i + 1. */
bool db_open(struct db **out, const char *path, const char *const *steps,
             struct err *e) MUST_CHECK;
void db_close(struct db **db);

bool db_begin(struct db *db, struct err *e) MUST_CHECK;
bool db_commit(struct db *db, struct err *e) MUST_CHECK;
void db_rollback(struct db *db); /* fine when nothing is open */

/*
 * types names one letter for each argument: i int64_t, t text, b struct span; NULL and a
 * span without p are null. Arguments must outlive the query. The SQL must be a literal:
 * its address is the key of the cache. One query of each SQL at a time.
 */
bool db_query(struct db *db, struct query **q, struct err *e, const char *sql,
              const char *types, ...) MUST_CHECK;
/* The next row: *row false at the end, and then the query is done. */
bool db_row(struct query *q, bool *row, struct err *e) MUST_CHECK;
void db_done(struct query *q); /* before the last row; NULL is fine */

/* Columns of the row, from 0; text and blobs are borrowed until the next row. */
int64_t db_int(const struct query *q, int col);
const char *db_text(const struct query *q, int col); /* "" for null */
struct span db_blob(const struct query *q, int col);
bool db_null(const struct query *q, int col);

/* One statement without rows. */
bool db_run(struct db *db, struct err *e, const char *sql, const char *types,
            ...) MUST_CHECK;
/* One int64_t: the first column of the first row, or otherwise without a row. */
bool db_one(struct db *db, int64_t *out, int64_t otherwise, struct err *e,
            const char *sql, const char *types, ...) MUST_CHECK;
int64_t db_last_id(const struct db *db);

#endif
