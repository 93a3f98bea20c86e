/* store_pg - the two halves of the PostgreSQL store; others use store.h. */
#ifndef HTX_STORE_PG_H
#define HTX_STORE_PG_H

#include "aggregator/store/pg.h"
#include "aggregator/store/store.h"

struct store_pg_ctx {
    char *conninfo;
    struct pg *pg;           /* NULL while away */
    const char *chain;       /* of the audit: "serve", or "desk" for the desk's command */
    int64_t audit_minute;    /* the minute counted in */
    int64_t audited, unsaid; /* rows in it; what went over and is summed up in one row */
};

bool store_pg_up(struct store_pg_ctx *s, struct err *e) MUST_CHECK;
void store_pg_drop(struct store_pg_ctx *s);

/* Fills about_* of the answers among the items asked; store_pg_talk.c. */
bool store_pg_probe_answers(struct store_pg_ctx *s, const struct probe *asked, size_t n,
                            struct known *out, struct err *e) MUST_CHECK;
bool store_pg_ask(struct store_pg_ctx *s, const char *sql, const struct pg_arg *args,
                  size_t n, struct pg_rows *rows, struct err *e) MUST_CHECK;

/* What the register says today of those that are marked entity_touched;
 * store_register.c. */
bool store_pg_registered(struct store_pg_ctx *s, const struct probe *asked, size_t n,
                         struct arena *a, struct known *out, struct err *e) MUST_CHECK;
/* Of entities that the register gives to another unit: may this one speak for them? */
bool store_pg_ours(struct store_pg_ctx *s, const struct probe *asked, size_t n,
                   struct arena *a, struct known *out, struct err *e) MUST_CHECK;

/* An array parameter as PostgreSQL text, one element more; NULL is null. */
void column_add(struct bytes *b, size_t row, const char *word, bool quote);
void column_int(struct bytes *b, size_t row, uint64_t v);

/* Fills the pasts of those that were asked for; store_past.c. */
bool store_pg_pasts(struct store_pg_ctx *s, const struct probe *asked, size_t n,
                    struct arena *a, struct known *out, struct err *e) MUST_CHECK;

/*
 * The rows of a report alone, at a position beyond the log: in a transaction that is
 * rolled back, to see what it would do to totals.
 */
bool store_pg_try_report(struct pg *pg, const struct judged *d, int64_t epoch,
                         struct err *e) MUST_CHECK;

enum store_outcome store_pg_commit(void *ctx, struct group *g, struct err *e);
enum store_outcome store_pg_redeliver(void *ctx, size_t items, int64_t now,
                                      struct err *e);
enum store_outcome store_pg_keep_signs(void *ctx, const struct commit_sign *list,
                                       size_t n, struct err *e);
bool store_pg_quarantine(void *ctx, const struct hash *item, const char *unit,
                         struct span body, const char *why, int64_t now, struct err *e);
bool store_pg_audit(void *ctx, const char *what, const char *detail, int64_t now,
                    struct err *e);

#endif
