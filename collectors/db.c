#include "collectors/db.h"
#include "proto/base/log.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <unistd.h>

enum {
    CACHE = 96,
    APPLICATION_ID = 0x48545831, /* "HTX1" in the header of the file */
    SYNCHRONOUS_FULL = 2,
};

struct query {
    struct db *db;
    const char *sql;
    sqlite3_stmt *st;
};

struct db {
    sqlite3 *h;
    struct query cache[CACHE];
    size_t n;
};

/* What a failure means; does not return where going on would be a lie. */
static bool failed(const struct db *db, int rc, const char *what, struct err *e)
{
    const char *why = db->h != NULL ? sqlite3_errmsg(db->h) : sqlite3_errstr(rc);

    switch (rc & 0xff) {
    case SQLITE_IOERR:
        log_event(LOG_ALARM, "outbox_io_failed code=%d during=\"%s\" why=\"%s\"",
                  sqlite3_extended_errcode(db->h), what, why);
        _exit(EXIT_LATER);
    case SQLITE_FULL:
        return err_set(e, ERR_RETRY, "outbox: disk full (%s)", what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(e, ERR_RETRY, "outbox: in use by another process");
    default:
        return err_set(e, ERR_SETUP, "outbox: %s: %s", what, why);
    }
}

static bool exec(struct db *db, const char *sql, const char *what, struct err *e)
{
    int rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK || failed(db, rc, what, e);
}

/* Runs a pragma and compares what it answers. */
static bool asserted(struct db *db, const char *sql, const char *expected, struct err *e)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db->h, sql, -1, &st, NULL);
    bool ok;

    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        const char *is = (const char *)sqlite3_column_text(st, 0);

        ok = is != NULL && strcmp(is, expected) == 0;
        if (!ok)
            err_set(e, ERR_SETUP, "outbox: %s gives %s, not %s", sql,
                    is != NULL ? is : "", expected);
    } else {
        ok = failed(db, rc, sql, e);
    }
    sqlite3_finalize(st);
    return ok;
}

static bool pragma_int(struct db *db, const char *sql, int64_t *out, struct err *e)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db->h, sql, -1, &st, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(st, 0);
    else
        failed(db, rc, sql, e);
    sqlite3_finalize(st);
    return rc == SQLITE_ROW;
}

static bool migrate(struct db *db, const char *path, const char *const *steps,
                    struct err *e)
{
    int64_t at = 0, app = 0, n = 0;

    while (steps[n] != NULL)
        n++;
    if (!pragma_int(db, "pragma user_version", &at, e) ||
        !pragma_int(db, "pragma application_id", &app, e))
        return false;
    if (at > n)
        return err_set(e, ERR_SETUP,
                       "%s: written by a newer release (step %lld, this one knows %lld)",
                       path, (long long)at, (long long)n);
    if (at > 0 && app != APPLICATION_ID)
        return err_set(e, ERR_SETUP, "%s: not an outbox of htx-collector", path);
    for (; at < n; at++) {
        char version[96];

        snprintf(version, sizeof version,
                 "pragma application_id = %d; pragma user_version = %lld", APPLICATION_ID,
                 (long long)at + 1);
        if (!db_begin(db, e))
            return false;
        if (!exec(db, steps[at], "migration", e) || !exec(db, version, "migration", e) ||
            !db_commit(db, e)) {
            db_rollback(db);
            return err_in(e, "step %lld", (long long)at + 1);
        }
    }
    return true;
}

bool db_open(struct db **out, const char *path, const char *const *steps, struct err *e)
{
    struct db *db = mem_new(sizeof *db);
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int rc = sqlite3_open_v2(path, &db->h, flags, NULL);

    *out = NULL;
    if (rc != SQLITE_OK) {
        err_set(e, ERR_SETUP, "%s: %s", path, sqlite3_errmsg(db->h));
        db_close(&db);
        return false;
    }
    /* exclusive first: then the WAL index lives in our memory and nobody shares it */
    if (!asserted(db, "pragma locking_mode = exclusive", "exclusive", e) ||
        !asserted(db, "pragma journal_mode = wal", "wal", e) ||
        !exec(db,
              "pragma synchronous = full; pragma foreign_keys = on;"
              "pragma trusted_schema = off; pragma cell_size_check = on;"
              "pragma cache_size = -2000; pragma journal_size_limit = 8388608",
              "pragmas", e) ||
        !exec(db, "begin immediate; commit", "lock", e) ||
        !asserted(db, "pragma locking_mode", "exclusive", e) ||
        !asserted(db, "pragma journal_mode", "wal", e) ||
        !asserted(db, "pragma synchronous", "2", e) ||
        !asserted(db, "pragma foreign_keys", "1", e) || !migrate(db, path, steps, e)) {
        db_close(&db);
        return err_in(e, "%s", path);
    }
    *out = db;
    return true;
}

void db_close(struct db **dbp)
{
    struct db *db = *dbp;

    if (db == NULL)
        return;
    for (size_t i = 0; i < db->n; i++)
        sqlite3_finalize(db->cache[i].st);
    sqlite3_close(db->h);
    free(db);
    *dbp = NULL;
}

bool db_begin(struct db *db, struct err *e)
{
    return exec(db, "begin immediate", "begin", e);
}

bool db_commit(struct db *db, struct err *e)
{
    return exec(db, "commit", "commit", e);
}

void db_rollback(struct db *db)
{
    for (size_t i = 0; i < db->n; i++)
        sqlite3_reset(db->cache[i].st);
    if (!sqlite3_get_autocommit(db->h))
        sqlite3_exec(db->h, "rollback", NULL, NULL, NULL);
}

static bool prepared(struct db *db, struct query **q, const char *sql, struct err *e)
{
    int rc;

    for (size_t i = 0; i < db->n; i++)
        if (db->cache[i].sql == sql) {
            *q = &db->cache[i];
            sqlite3_reset((*q)->st);
            sqlite3_clear_bindings((*q)->st);
            return true;
        }
    if (db->n == CACHE)
        return err_set(e, ERR_SETUP, "outbox: more than %d statements", CACHE);
    *q = &db->cache[db->n];
    **q = (struct query){db, sql, NULL};
    rc = sqlite3_prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &(*q)->st, NULL);
    if (rc != SQLITE_OK)
        return failed(db, rc, sql, e);
    db->n++;
    return true;
}

static int bind_one(sqlite3_stmt *st, int at, char type, va_list *ap)
{
    struct span blob;
    const char *text;

    switch (type) {
    case 'i':
        return sqlite3_bind_int64(st, at, va_arg(*ap, int64_t));
    case 't':
        text = va_arg(*ap, const char *);
        return text == NULL ? sqlite3_bind_null(st, at)
                            : sqlite3_bind_text(st, at, text, -1, SQLITE_STATIC);
    case 'b':
        blob = va_arg(*ap, struct span);
        return sqlite3_bind_blob64(st, at, blob.p, blob.n, SQLITE_STATIC);
    default:
        return SQLITE_MISUSE;
    }
}

static bool query_v(struct db *db, struct query **q, struct err *e, const char *sql,
                    const char *types, va_list *ap)
{
    if (!prepared(db, q, sql, e))
        return false;
    for (int i = 0; types[i] != 0; i++) {
        int rc = bind_one((*q)->st, i + 1, types[i], ap);

        if (rc != SQLITE_OK)
            return failed(db, rc, sql, e);
    }
    return true;
}

bool db_query(struct db *db, struct query **q, struct err *e, const char *sql,
              const char *types, ...)
{
    va_list ap;
    bool ok;

    va_start(ap, types);
    ok = query_v(db, q, e, sql, types, &ap);
    va_end(ap);
    return ok;
}

bool db_row(struct query *q, bool *row, struct err *e)
{
    int rc = sqlite3_step(q->st);

    *row = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW)
        return true;
    if (rc != SQLITE_DONE) {
        failed(q->db, rc, q->sql, e);
        sqlite3_reset(q->st);
        return false;
    }
    db_done(q);
    return true;
}

void db_done(struct query *q)
{
    if (q == NULL)
        return;
    sqlite3_reset(q->st);
    sqlite3_clear_bindings(q->st);
}

int64_t db_int(const struct query *q, int col)
{
    return sqlite3_column_int64(q->st, col);
}

const char *db_text(const struct query *q, int col)
{
    const char *s = (const char *)sqlite3_column_text(q->st, col);

    return s != NULL ? s : "";
}

struct span db_blob(const struct query *q, int col)
{
    const void *p = sqlite3_column_blob(q->st, col);

    return (struct span){p, (size_t)sqlite3_column_bytes(q->st, col)};
}

bool db_null(const struct query *q, int col)
{
    return sqlite3_column_type(q->st, col) == SQLITE_NULL;
}

bool db_run(struct db *db, struct err *e, const char *sql, const char *types, ...)
{
    struct query *q;
    bool row = false, ok;
    va_list ap;

    va_start(ap, types);
    ok = query_v(db, &q, e, sql, types, &ap) && db_row(q, &row, e);
    va_end(ap);
    if (row)
        db_done(q);
    return ok;
}

bool db_one(struct db *db, int64_t *out, int64_t otherwise, struct err *e,
            const char *sql, const char *types, ...)
{
    struct query *q;
    bool row = false, ok;
    va_list ap;

    va_start(ap, types);
    ok = query_v(db, &q, e, sql, types, &ap) && db_row(q, &row, e);
    va_end(ap);
    if (!ok)
        return false;
    *out = row ? db_int(q, 0) : otherwise;
    if (row)
        db_done(q);
    return true;
}

int64_t db_last_id(const struct db *db)
{
    return sqlite3_last_insert_rowid(db->h);
}
