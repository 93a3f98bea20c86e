/* store over PostgreSQL: one group, one transaction; everything by binary COPY. */
#include "aggregator/store/store_pg.h"

#include "aggregator/store/audit.h"
#include "aggregator/store/rows.h"
#include "proto/base/crash.h"

enum { AUDIT_A_MINUTE = 120 };

/* -- transactions ------------------------------------------------------------------- */

/* By another daemon, since we asked. */
static bool batch_was_stored(const struct pg *pg)
{
    return strcmp(pg_state(pg), "23505") == 0 &&
           strncmp(pg_constraint(pg), "evidence_", 9) == 0;
}

static enum store_outcome failed(struct store_pg_ctx *s)
{
    const char *state = pg_state(s->pg);
    enum store_outcome got = STORE_AWAY;

    if (oplog_was_second(s->pg) || batch_was_stored(s->pg))
        got = STORE_RACED;
    else if (strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0)
        got = STORE_POISON;
    if (got == STORE_AWAY)
        store_pg_drop(s);
    else
        pg_rollback(s->pg);
    return got;
}

static bool insert_signs(struct pg *pg, const struct commit_sign *list, size_t n,
                         struct err *e)
{
    static const char SQL[] =
        "insert into commit_signature (epoch, number, key, signature)"
        " select c.epoch, c.number, $3, $4 from commit c where c.epoch = $1 and c.number "
        "= $2"
        " on conflict do nothing";
    for (size_t i = 0; i < n; i++) {
        const struct pg_arg args[] = {
            pg_int((int64_t)list[i].epoch), pg_int((int64_t)list[i].number),
            pg_bytes((struct span){list[i].key.b, KEY_LEN}),
            pg_bytes((struct span){list[i].signature.b, SIG_LEN})};

        if (!pg_query(pg, SQL, args, COUNT(args), NULL, e))
            return false;
    }
    return true;
}

static enum store_outcome end(struct store_pg_ctx *s, struct err *e)
{
    bool unknown;

    if (pg_commit(s->pg, e))
        return STORE_DONE;
    unknown = pg_unknown(s->pg);
    if (!unknown)
        return failed(s);
    store_pg_drop(s);
    return STORE_UNKNOWN;
}

static bool write_rows(struct store_pg_ctx *s, const struct group *g, struct rows *rows,
                       struct err *e)
{
    for (size_t i = 0; i < g->n_batches; i++)
        rows_evidence(rows, &g->batches[i]);
    for (size_t i = 0; i < g->n; i++)
        rows_item(rows, &g->items[i]);
    return rows_write(rows, s->pg, e) && insert_signs(s->pg, g->signs, g->n_signs, e);
}

enum store_outcome store_pg_commit(void *ctx, struct group *g, struct err *e)
{
    struct store_pg_ctx *s = ctx;
    struct rows rows = {0};
    enum store_outcome got;

    if (!store_pg_up(s, e))
        return STORE_AWAY;
    /* batches of which no item is stored need no position: the one that they came after
     */
    *g->st = (struct statement){.epoch = g->context->tip.epoch,
                                .number = g->context->tip.number};
    if (!pg_begin(s->pg, e) ||
        (g->n > 0 && !oplog_commit_row(s->pg, &g->context->tip, &g->context->province,
                                       &g->context->receipt_key, g->leaves, g->n, false,
                                       g->now, g->st, g->statement, e)))
        return failed(s);
    crash_point("store.after_lock");
    rows.epoch = g->st->epoch;
    rows.number = g->st->number;
    got = write_rows(s, g, &rows, e) ? end(s, e) : failed(s);
    rows_clear(&rows);
    return got;
}

bool store_pg_try_report(struct pg *pg, const struct judged *d, int64_t epoch,
                         struct err *e)
{
    struct rows rows = {.epoch = (uint64_t)epoch};
    bool ok;

    rows_report(&rows, d);
    ok = rows_write(&rows, pg, e);
    rows_clear(&rows);
    return ok;
}

enum store_outcome store_pg_redeliver(void *ctx, size_t items, int64_t now, struct err *e)
{
    struct store_pg_ctx *s = ctx;
    struct uuid id = uuid_new(now);
    const struct pg_arg args[] = {pg_uuid(&id), pg_time(now), pg_int((int64_t)items)};

    if (!store_pg_up(s, e))
        return STORE_AWAY;
    if (!pg_begin(s->pg, e) ||
        !pg_query(s->pg, "insert into redelivery (id, at, items) values ($1, $2, $3)",
                  args, COUNT(args), NULL, e))
        return failed(s);
    return end(s, e);
}

enum store_outcome store_pg_keep_signs(void *ctx, const struct commit_sign *list,
                                       size_t n, struct err *e)
{
    struct store_pg_ctx *s = ctx;

    if (!store_pg_up(s, e))
        return STORE_AWAY;
    if (!pg_begin(s->pg, e) || !insert_signs(s->pg, list, n, e))
        return failed(s);
    return end(s, e);
}

bool store_pg_quarantine(void *ctx, const struct hash *item, const char *unit,
                         struct span body, const char *why, int64_t now, struct err *e)
{
    struct store_pg_ctx *s = ctx;
    const struct pg_arg args[] = {pg_hash(item), pg_text(unit), pg_bytes(body),
                                  pg_text(why), pg_time(now)};

    return store_pg_up(s, e) &&
           pg_query(s->pg,
                    "insert into quarantine (hash, unit, body, message, at)"
                    " values ($1, $2, $3, $4, $5) on conflict do nothing",
                    args, COUNT(args), NULL, e);
}

/*
 * A key that may speak could fill the table with nonsense: beyond AUDIT_A_MINUTE rows
 * only their number is kept, in the first row of a later minute. The log line stands
 * anyway.
 */
bool store_pg_audit(void *ctx, const char *what, const char *detail, int64_t now,
                    struct err *e)
{
    struct store_pg_ctx *s = ctx;
    char sum[64];

    if (now / 60000 != s->audit_minute) {
        s->audit_minute = now / 60000;
        s->audited = 0;
        if (s->unsaid > 0) {
            snprintf(sum, sizeof sum, "rows=%lld", (long long)s->unsaid);
            if (!store_pg_up(s, e) ||
                !audit_append(s->pg, s->chain, "more_not_listed", sum, now, e))
                return false;
            s->unsaid = 0;
        }
    }
    if (s->audited >= AUDIT_A_MINUTE) {
        s->unsaid++;
        return true;
    }
    s->audited++;
    return store_pg_up(s, e) && audit_append(s->pg, s->chain, what, detail, now, e);
}
