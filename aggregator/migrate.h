/*
 * migrate - numbered steps once, in order; then views and functions, replaced as a whole.
 *
 * The ledger public.htx_migration keeps number, name and hash of every step: a step that
 * was edited after it ran is ERR_SETUP, and so is migrating a database that is newer than
 * this program. Each step is one transaction with its row of the ledger. The files of
 * again/ run in order of their names in one transaction, after all views and functions
 * were dropped, whenever one of them changed. One migration at a time.
 *
 * Release N's schema serves N-1's programs, so migrate_ready() lets a newer database
 * pass.
 */
#ifndef HTX_MIGRATE_H
#define HTX_MIGRATE_H

#include "aggregator/store/pg.h"

struct schema_file { /* "0001_log.sql", "again/10_register.sql" */
    const char *name;
    const char *text;
};

/* The files this program was built with, numbered ones first, in order. */
extern const struct schema_file schema_files[];
extern const size_t schema_files_n;

/* schema: the copy of a province that the file ran for; NULL: the own tables. */
typedef void migrate_fn(void *ctx, const char *schema, const char *name);

/* Calls done after each file that ran. Nothing to do is success without a call. */
bool migrate_run(struct pg *owner, const struct schema_file *files, size_t n,
                 migrate_fn *done, void *ctx, struct err *e) MUST_CHECK;

/*
 * The copy of a province in a schema of its own: the same files under that name (see
 * schema_name.h), without those that have "nation" in theirs; nation.migration is their
 * ledger. Nobody but htx_pull may insert there.
 */
bool migrate_copy(struct pg *owner, const char *schema, migrate_fn *done, void *ctx,
                  struct err *e) MUST_CHECK;
/*
 * Gives such a copy another name. Inside the caller's transaction; views and functions
 * are gone until the next migrate_copy(), which makes them for the new name.
 */
bool migrate_rename(struct pg *owner, const char *old, const char *new,
                    struct err *e) MUST_CHECK;
bool migrate_copy_ready(struct pg *pg, const char *schema, struct err *e) MUST_CHECK;

/* Has the database every numbered step of this program, unchanged? */
bool migrate_ready(struct pg *pg, struct err *e) MUST_CHECK;

/* One hash for all numbered steps: what the genesis file names as schema. */
struct hash migrate_hash(void);

#endif
