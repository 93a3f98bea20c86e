/*
 * feed_check - does what a page says hold? By public keys alone, from the pinned genesis
 * on.
 *
 * Read page by page in order (feed.h says that a page is the next one), commit by commit:
 * every statement continues the one before and is signed by a receipt key of the
 * province, every control record and every leaf leads to its root, every batch is signed
 * by a key that could speak for its unit at that position, every body is the one of its
 * hash, and findings are those of the leaf. The verdicts themselves are taken as they
 * are. The first record is the very genesis that was pinned, with the signatures of two
 * of its officers.
 *
 * Keys are learnt from the records; a reader that goes on later is given those that the
 * log has so far, and where it stands. Pure.
 */
#ifndef HTX_FEED_CHECK_H
#define HTX_FEED_CHECK_H

#include "proto/feed.h"
#include "proto/genesis.h"

struct feed_check;

/* chain: FEED_FULL or FEED_PUBLICATIONS, of which the latter has proofs, not commits. */
void feed_check_open(struct feed_check **out, const struct genesis *g,
                     enum feed_chain chain);
void feed_check_close(struct feed_check **fc);

/* Where the log stands; all zero: before its beginning. */
struct feed_tip {
    uint64_t epoch, number, seq;
    struct hash statement; /* hash of the last commit's */
    int64_t time;
    uint64_t control_epoch, control_seq; /* newest control record */
};
void feed_check_resume(struct feed_check *fc, const struct feed_tip *tip);
const struct feed_tip *feed_check_tip(const struct feed_check *fc);

/* A key as the newest record says: use and public as in htx.key. Strings are copied. */
void feed_check_key(struct feed_check *fc, const char *use, const struct unit_key *unit,
                    const char *public, bool revoked);

/* ---- what holds ---- */

struct checked_control {
    uint64_t seq;
    const char *kind, *actor;
    struct span body;
    struct span blob; /* what it names by its hash; empty: nothing */
};

struct checked_batch {
    const struct feed_batch *batch;
    struct batch_header header;
    struct hash hash;
    bool desk; /* signed by the province's desk */
};

struct checked_item {
    uint64_t seq;
    size_t batch; /* of the commit's batches */
    const struct feed_item *item;
    struct leaf leaf;
};

struct checked_commit { /* all lives in the arena */
    struct statement st;
    struct span statement;
    bool has_signature; /* false: its epoch ended before; the page's stands for it */
    struct signature signature;
    bool proof; /* publications: one control record and its proof */
    struct hash *leaves;
    size_t n_leaves;
    struct checked_control *controls;
    size_t n_controls;
    struct checked_batch *batches;
    size_t n_batches;
    struct checked_item *items;
    size_t n_items;
};

/* A walk through one page. */
struct feed_walk {
    const struct feed_page *page;
    struct feed_reader records;
    uint64_t seq; /* of the last record */
};

/* Signature of the page, and that it begins where the log stands. */
bool feed_check_begin(struct feed_check *fc, const struct feed_page *page,
                      struct feed_walk *w, struct err *e) MUST_CHECK;

/*
 * The next commit; *end: there is none, the page is complete and its key is the
 * province's. ERR_INPUT names record and position and what does not hold; ERR_RETRY: a
 * record or version that this release does not know. After either the check is of no more
 * use: it has to be opened anew.
 */
bool feed_check_next(struct feed_check *fc, struct feed_walk *w, struct arena *a,
                     struct checked_commit *out, bool *end, struct err *e) MUST_CHECK;

#endif
