/* Statements of commits are signed after COMMIT, and never twice with other bytes. */
#include "aggregator/ingest/ingest_own.h"
#include "proto/base/log.h"

bool ingest_sign(struct ingest *in, uint64_t epoch, uint64_t number,
                 struct span statement, struct signature *out, struct err *e)
{
    struct statement st;

    if (!wire_read_statement(statement, &st, e) ||
        !in->ports.sign(in->ports.sign_ctx, statement, out, e))
        return err_in(e, "commit %llu.%llu", (unsigned long long)epoch,
                      (unsigned long long)number);
    in->signs = mem_grow(in->signs, in->n_signs + 1, sizeof *in->signs);
    in->signs[in->n_signs++] = (struct commit_sign){
        .epoch = epoch, .number = number, .key = st.key, .signature = *out};
    return true;
}

bool ingest_sign_unsigned(struct ingest *in, struct err *e)
{
    struct arena a = {0};
    struct commit_sign *list;
    struct signature s;
    size_t n;
    bool ok = in->ports.store->unsigned_commits(in->ports.store_ctx, &a, &list, &n, e);

    in->n_signs = 0; /* they are in the list again if they were not kept */
    for (size_t i = 0; ok && i < n; i++) {
        ok = ingest_sign(in, list[i].epoch, list[i].number, list[i].statement, &s, e);
        if (!ok && e->kind == ERR_SETUP && list[i].epoch < in->ctx.tip.epoch) {
            /* of a restored database: other bytes bear that number, and for ever */
            log_event(LOG_WARN, "commit_unsigned error=\"%s\"", e->text);
            ok = true;
        }
    }
    arena_clear(&a);
    if (ok && in->n_signs > 0 &&
        in->ports.store->keep_signs(in->ports.store_ctx, in->signs, in->n_signs, e) ==
            STORE_DONE)
        in->n_signs = 0;
    return ok;
}

/* A log that ends before what was signed under its key is not the whole log. */
bool ingest_log_whole(struct ingest *in, struct err *e)
{
    const struct log_tip *tip = &in->ctx.tip;
    uint64_t epoch, number;
    struct hash statement;

    if (in->ports.newest == NULL || in->whole)
        return true;
    if (!in->ports.newest(in->ports.sign_ctx, &epoch, &number, &statement, e))
        return false;
    if (epoch > tip->epoch || (epoch == tip->epoch && number > tip->number) ||
        (epoch == tip->epoch && number == tip->number && number != 0 &&
         !hash_eq(&statement, &tip->statement_hash)))
        return err_set(e, ERR_SETUP,
                       "the log ends at %llu.%llu, signed is up to %llu.%llu: this "
                       "database was restored; run htx-aggregator epoch begin",
                       (unsigned long long)tip->epoch, (unsigned long long)tip->number,
                       (unsigned long long)epoch, (unsigned long long)number);
    in->whole = true;
    return true;
}

void ingest_idle(struct ingest *in)
{
    struct err e = {0};

    if (in->n_signs == 0 || !in->have_ctx)
        return;
    if (in->ports.store->keep_signs(in->ports.store_ctx, in->signs, in->n_signs, &e) ==
        STORE_DONE)
        in->n_signs = 0;
    else
        in->have_ctx = false; /* the next refresh finds out what is unsigned */
}
