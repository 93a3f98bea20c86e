/*
 * store - what ingest asks of the place where reports are kept: ten operations.
 *
 * The PostgreSQL one is store_pg.c; a simulator gives its own model. All block. Outcomes
 * say what to do next: a race is judged again, poison is bisected, an outage waits, and
 * an unknown outcome is resolved by asking again what was answered before.
 */
#ifndef HTX_STORE_H
#define HTX_STORE_H

#include "aggregator/store/oplog.h"
#include "aggregator/ingest/parsed.h"
#include "proto/past.h"

enum store_outcome {
    STORE_DONE,
    STORE_RACED,   /* another writer came first: read the context, judge again */
    STORE_POISON,  /* these rows are refused by the store (class 22, 23): bisect */
    STORE_AWAY,    /* outage: nothing was written */
    STORE_UNKNOWN, /* perhaps written: probe before anything else */
};

struct ctx_unit {
    struct unit_key key;
    int32_t valid_to; /* DATE_NONE: still there */
    const char *name;
};

struct ctx_key {
    const char *use; /* sign, curve, desk */
    struct unit_key unit;
    const char *public;
};

struct ctx_period {
    const char *scheme, *code;
    int32_t starts, ends, opens;
    int32_t due; /* a working day: as written, or the next one */
};

struct ctx_extension { /* gia hạn: the unit's own due day */
    const char *scheme, *code;
    struct unit_key unit;
    int32_t due;
};

struct ctx_seal { /* a period that is closed, or proposed for closing */
    const char *scheme, *code, *vintage;
    int64_t lapses; /* when the proposal does, wall time; 0: it is closed */
};

struct ctx_catalogue {
    uint32_t version;
    bool active;
    int32_t valid_from; /* the day it comes into force */
    int32_t
        accept_until; /* from then on reports of older versions wait; DATE_NONE: never */
    struct hash hash;
    struct span bundle;
};

/* Everything judging needs besides the reports: a snapshot at one control position. */
struct context {
    struct log_tip tip;
    struct hash province;
    struct pubkey receipt_key;
    struct ctx_unit *units;
    size_t n_units;
    struct ctx_key *keys; /* live ones only */
    size_t n_keys;
    struct ctx_period *periods;
    size_t n_periods;
    struct ctx_extension *extensions; /* one a unit and period */
    size_t n_extensions;
    struct ctx_seal *seals;
    size_t n_seals;
    struct ctx_catalogue *catalogues; /* activated once, oldest first */
    size_t n_catalogues;
    struct arena arena;
};

/* What the store knows about one item; filled by probe in the order asked. */
struct known {
    bool answered; /* this very item has a receipt */
    bool id_taken; /* its id was used by another item */
    bool key_held; /* its key and revision are held, by who says the same if anybody does
                    */
    struct hash key_hash, key_digest;
    bool key_rejected; /* and that one was rejected by a decision */
    bool has_head;     /* what a correction of the key must replace, decisions included */
    struct hash head;
    uint32_t head_revision; /* the highest that the key has seen */
    bool supersedes_known;  /* the superseded report has a receipt */
    struct hash
        supersedes_base; /* it, or what it led back to through reports that count not */
    bool entity_known;   /* subject is in the register */
    bool
        entity_touched; /* by events, merges ...: more than its loaded row speaks of it */
    const char
        *counted_under; /* the number it is counted under, where it was merged; or NULL */
    char entity_unit[24];
    int32_t entity_unit_from;
    bool entity_ours; /* of another unit by the register, but today's map gives it, or may
                         give it, to the reporting one */
    bool head_gone;   /* the head was withdrawn */
    bool about_known; /* the report that an answer is about has a receipt, */
    bool about_own;   /* is the unit's, of the period and vintage that it names, */
    bool about_gone;  /* and was replaced or withdrawn */
    struct hash about_target; /* it, or the one that counts in its place */
    bool batch_stored;        /* its batch has evidence */
    bool previous_stored;     /* the batch before it has */
    bool number_other;        /* another batch is stored under its number: equivocation */
    bool has_past;            /* as it was asked for */
    struct past past;
};

struct probe {
    const struct parsed_item *item;
    const struct batch_header *header;
    const struct hash *batch; /* hash of the header */
    /* what the rules of its form read beside it; none: nothing */
    const struct catalogues *catalogues;
    const struct period *period; /* of the report */
    const struct period *const *periods;
    size_t n_periods;
    int32_t today; /* facts of the register are those of this day */
};

/* A first receipt as it was fixed; path and signature are derived by the caller. */
struct stored_receipt {
    struct hash item;
    struct span leaf, findings, statement, leaves;
    uint64_t epoch, number, seq, first_seq;
    bool has_signature;
    struct signature signature;
};

struct commit_sign {
    uint64_t epoch, number;
    struct span statement; /* of unsigned_commits only */
    struct pubkey key;     /* that signed */
    struct signature signature;
};

/* One item to write, with everything decided. */
struct judged {
    const struct unit_key *unit;
    const struct parsed_item *item;
    enum verdict verdict;
    bool late, counts, has_duplicate, holds_id;
    struct hash duplicate_of;
    bool has_replaces; /* the head it takes over from, or what it withdraws */
    struct hash replaces;
    struct hash target; /* of an answer: the report, or the one that counts for it */
    const struct findings *findings;
    struct span findings_bytes, leaf;
    uint64_t seq;
    struct hash batch; /* header hash */
    int32_t index;     /* in its batch */
};

struct evidence {
    struct hash hash;
    struct unit_key unit;
    uint64_t epoch, number;
    struct pubkey signer;
    const char *carrier;
    struct span envelope;
};

struct group {
    const struct context *context;
    const struct judged *items;
    size_t n;
    const struct evidence *batches; /* not stored before */
    size_t n_batches;
    const struct hash *leaves;
    int64_t now;
    const struct commit_sign *signs; /* of earlier commits, to be kept along */
    size_t n_signs;
    struct bytes *statement; /* out */
    struct statement *st;    /* out */
};

struct store {
    /* 1 */ bool (*context)(void *ctx, struct context *out, struct err *e);
    /* 2: newest control position and commit, cheap */
    bool (*tip)(void *ctx, struct log_tip *out, struct err *e);
    /* 3: pasts lie in the arena */
    bool (*probe)(void *ctx, const struct probe *asked, size_t n, struct arena *a,
                  struct known *out, struct err *e);
    /* 4: no items: only the batches are kept, without a commit of their own */
    enum store_outcome (*commit)(void *ctx, struct group *g, struct err *e);
    /* 5 */ bool (*receipts)(void *ctx, const struct hash *items, size_t n,
                             struct arena *a, struct stored_receipt *out, size_t *n_out,
                             struct err *e);
    /* 6: one row that waits for the standby, before replays alone are answered */
    enum store_outcome (*redeliver)(void *ctx, size_t items, int64_t now, struct err *e);
    /* 7 */ bool (*unsigned_commits)(void *ctx, struct arena *a, struct commit_sign **out,
                                     size_t *n, struct err *e);
    /* 8 */ enum store_outcome (*keep_signs)(void *ctx, const struct commit_sign *s,
                                             size_t n, struct err *e);
    /* 9: raw bytes the store refused; an audit line rides with it */
    bool (*quarantine)(void *ctx, const struct hash *item, const char *unit,
                       struct span body, const char *why, int64_t now, struct err *e);
    /* 10: newest stored batch of each epoch of a unit */
    bool (*heads)(void *ctx, const struct unit_key *unit, struct arena *a,
                  struct head **out, size_t *n, struct err *e);
    /* audit is a line of its own chain, not a question of ingest */
    bool (*audit)(void *ctx, const char *what, const char *detail, int64_t now,
                  struct err *e);
};

extern const struct store store_pg; /* ctx: struct store_pg_ctx * */

struct store_pg_ctx;
/* Connects on first use and again after an outage. chain: of its audit, a literal. */
void store_pg_open(struct store_pg_ctx **out, const char *conninfo, const char *chain);
void store_pg_close(struct store_pg_ctx **ctx);

void context_clear(struct context *c);
const struct ctx_unit *context_unit(const struct context *c, const struct unit_key *key);
const struct ctx_period *context_period(const struct context *c, const char *scheme,
                                        const char *code);
/* Until when the unit is punctual: the period's day, or its own later one. */
int32_t context_due(const struct context *c, const struct ctx_period *p,
                    const struct unit_key *unit);
/* now: wall time; a group's time never runs behind that of the log. */
bool context_sealed(const struct context *c, const char *scheme, const char *code,
                    const char *vintage, int64_t now);
const struct ctx_key *context_key(const struct context *c, const char *public);

#endif
