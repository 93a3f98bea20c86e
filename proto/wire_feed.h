/*
 * wire_feed - the feed's messages and records as plain C.
 *
 * Included by wire.h, whose promises hold here too: strict and canonical what is signed
 * or stored, bounded before anything is allocated, everything read lives in the caller's
 * arena. What a page is, and how one is checked, stands in feed.h.
 */
#ifndef HTX_WIRE_FEED_H
#define HTX_WIRE_FEED_H

#include "proto/crypto.h"
#include "proto/verdict.h"

enum feed_limit {
    FEED_VERSION = 1,
    FEED_HEADER = 1024, /* packed header */
    FEED_RECORD =
        20 * 1024 * 1024,         /* packed record: a proposal to close is the largest */
    FEED_BODY = 24 * 1024 * 1024, /* of a page; a larger commit is never written */
    FEED_BLOB = 16 * 1024 * 1024, /* catalogue bundle, canonical totals */
    FEED_PIECE = 64 * 1024,       /* of a blob, in one record */
    FEED_PART = 192 * 1024,       /* of a page file, in one message */
    FEED_BATCH_ITEMS = 256,       /* hashes of a batch */
};

enum feed_chain { FEED_CHAIN_NONE, FEED_FULL, FEED_PUBLICATIONS };
/* "full", "publications"; "" for none. */
const char *feed_chain_word(enum feed_chain c);
enum feed_chain feed_chain_of(const char *word); /* FEED_CHAIN_NONE: no such chain */

/* A page; page 0: before the first one. hash: of its header, where has_hash. */
struct feed_cursor {
    enum feed_chain chain;
    uint64_t epoch, page;
    bool has_hash;
    struct hash hash;
};

struct feed_header {
    uint32_t version;
    struct hash province; /* genesis */
    enum feed_chain chain;
    uint64_t epoch, page; /* page counts from 1 in each epoch */
    bool has_previous;    /* false: the first of its chain */
    struct hash previous; /* header before, of this chain */
    uint64_t previous_epoch,
        previous_page;     /* where that one is; of this epoch: page - 1 */
    uint64_t commit_epoch; /* of its commits: epoch, or an earlier one whose last commits
                              were not sealed when the new epoch began */
    uint64_t first_number, last_number; /* whole commits of commit_epoch */
    uint64_t first_seq, last_seq;       /* what they span */
    uint32_t records;                   /* of the body */
    uint32_t bytes;                     /* of the body */
    struct hash body;                   /* DOMAIN_FEED_BODY */
    int64_t sealed_at;
    struct pubkey key; /* receipt key that signs */
};

/* ---- records of a body ---- */

enum feed_record_kind {
    FEED_RECORD_NONE,
    FEED_RECORD_COMMIT,
    FEED_RECORD_CONTROL,
    FEED_RECORD_BATCH,
    FEED_RECORD_ITEM,
    FEED_RECORD_BLOB,
    FEED_RECORD_ACT,
};

struct feed_commit {
    struct span statement; /* exact bytes */
    /* false: its epoch ended before it was signed (a restored database); the page's own
     * signature and the statement behind it, which names its hash, speak for it */
    bool has_signature;
    struct signature signature;
};

struct feed_control {
    const char *kind, *actor;
    struct span body;
};

struct feed_batch {
    struct span header; /* exact bytes */
    struct signature signature;
    struct pubkey signer;
    const struct hash *hashes; /* of all its items */
    size_t n;
};

struct feed_item {
    struct hash batch; /* DOMAIN_BATCH of its header */
    uint32_t index;
    struct span leaf;     /* exact bytes */
    struct span findings; /* exact bytes; empty: none */
    bool has_body;        /* false: refused */
    struct span body;
    bool has_replaces;
    struct hash replaces;
    bool has_target;
    struct hash target;
};

enum feed_blob_kind { FEED_BLOB_NONE, FEED_BLOB_CATALOGUE, FEED_BLOB_TOTALS };

struct feed_blob { /* a piece; offset 0 begins a blob, the pieces follow each other */
    enum feed_blob_kind kind;
    struct hash hash; /* of the whole: DOMAIN_CATALOGUE, or DOMAIN_FILE of totals */
    uint32_t total, offset;
    struct span data;
};

struct feed_act { /* publications: a control record and the proof that it is a leaf */
    const char *kind, *actor;
    struct span body;
    uint64_t seq;
    uint32_t index, leaves;
    const struct hash *path;
    size_t n_path;
    struct span statement; /* exact bytes */
    bool has_signature;    /* false: as of a commit */
    struct signature signature;
};

struct feed_record {
    enum feed_record_kind kind;
    union {
        struct feed_commit commit;
        struct feed_control control;
        struct feed_batch batch;
        struct feed_item item;
        struct feed_blob blob;
        struct feed_act act;
    };
};

void wire_pack_feed_header(const struct feed_header *h, struct bytes *out);
/* Without its length. */
void wire_pack_feed_record(const struct feed_record *r, struct bytes *out);

/* ERR_RETRY: of a version newer than ours. */
bool wire_read_feed_header(struct span b, struct feed_header *h,
                           struct err *e) MUST_CHECK;
/* ERR_RETRY: a record that this release does not know. Spans live in the arena. */
bool wire_read_feed_record(struct span b, struct arena *a, struct feed_record *r,
                           struct err *e) MUST_CHECK;

/* ---- messages of the feed ---- */

struct feed_open {
    uint32_t version;
    struct hash province;
    struct feed_cursor after;
    const char *program;
};

struct feed_state {
    uint32_t version;
    struct hash province;
    struct feed_cursor newest; /* chain FEED_CHAIN_NONE: no page is sealed yet */
    struct feed_cursor next;   /* behind the cursor; FEED_CHAIN_NONE: none yet */
    struct feed_cursor fork; /* cursor is on no page of ours: the last that may be common;
                                FEED_CHAIN_NONE: no fork */
    int64_t time;
};

struct feed_request {
    struct feed_cursor page;
    uint32_t offset;
};

struct feed_part {
    struct feed_cursor page;
    uint32_t offset, total;
    struct span data;
};

enum feed_refusal_reason {
    FEED_REFUSAL_NONE,
    FEED_REFUSAL_RIGHT,
    FEED_REFUSAL_FUTURE,
    FEED_REFUSAL_UNKNOWN,
    FEED_REFUSAL_PROVINCE,
    FEED_REFUSAL_VERSION,
    FEED_REFUSAL_BUSY,
};
/* "right", "future" ...; "" for a reason that this release does not know. */
const char *feed_refusal_word(enum feed_refusal_reason r);

struct feed_refusal {
    enum feed_refusal_reason reason;
    const char *detail;
    struct feed_cursor page; /* FEED_CHAIN_NONE: about no page */
};

#endif
