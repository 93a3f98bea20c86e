/*
 * ingest - judges groups of batches, commits them, answers with receipts: the core.
 *
 * Pure but for its ports: the store (store.h) and the signer. The order of promises:
 * judged under one context, committed under the lock of that context, signed after the
 * commit, answered after the signature; replays are answered from what was fixed then.
 * Whoever calls twice with the same batches gets the same receipts.
 */
#ifndef HTX_INGEST_H
#define HTX_INGEST_H

#include "aggregator/store/store.h"

enum {
    INGEST_GROUP_ITEMS = 4096,
    INGEST_CREDIT = 4,
    INGEST_ANSWER = 128 * 1024, /* a Receipts message is cut into parts of about this */
};

struct ingest_batch { /* borrowed */
    const struct parsed *parsed;
    struct span envelope;
    const char *carrier; /* CURVE key of the live session, or "desk:PERSON" */
    void *who;           /* handed back with the answers */
};

struct ingest_ports {
    const struct store *store;
    void *store_ctx;
    /* Signs a committed statement; ERR_SETUP if it refuses. NULL: `serve` will sign. */
    bool (*sign)(void *ctx, struct span statement, struct signature *out, struct err *e);
    /* The newest commit that was ever signed; all zero: none. NULL: not asked. */
    bool (*newest)(void *ctx, uint64_t *epoch, uint64_t *number, struct hash *statement,
                   struct err *e);
    void *sign_ctx;
    /* Sends one packed message to who. */
    void (*answer)(void *ctx, void *who, struct span message);
    void *answer_ctx;
    /* After a new context was read: keys and catalogues may have changed. May be NULL. */
    void (*changed)(void *ctx, const struct context *c);
    void *changed_ctx;
};

struct ingest;

void ingest_open(struct ingest **out, const struct ingest_ports *ports);
void ingest_close(struct ingest **in);

/*
 * Reads the context when it is not there or older than the log, and signs what is
 * committed but unsigned. False: the store is away, or the operator must act (ERR_SETUP):
 * the log ends before what was signed, so the database was restored from a backup, and
 * nothing is taken before a new epoch begins.
 */
bool ingest_refresh(struct ingest *in, struct err *e) MUST_CHECK;

/*
 * One group. Every batch is answered: receipts, "not now" or reject. today is the civil
 * date by which windows are judged. False: answered "not now" because the store is away.
 */
bool ingest_group(struct ingest *in, const struct ingest_batch *batches, size_t n,
                  int64_t now, int32_t today, struct err *e) MUST_CHECK;

/* True: welcomed. */
bool ingest_hello(struct ingest *in, const struct hello *h, const char *carrier,
                  void *who, int64_t now);

/* Keeps signatures that wait; called when idle. */
void ingest_idle(struct ingest *in);

const struct context *ingest_context(const struct ingest *in);

#endif
