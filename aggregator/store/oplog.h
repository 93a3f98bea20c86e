/*
 * oplog - appends control records to the log: register, keys, people, catalogue, acts.
 *
 * Every act of an administrator is one commit of its own: a `commit` row whose unique
 * (epoch, first_seq) is the lock against `serve`, one htx.control row a record, and the
 * typed rows, which follow from the records (apply.h). serve signs the commit's statement
 * when it sees it.
 */
#ifndef HTX_OPLOG_H
#define HTX_OPLOG_H

#include "aggregator/store/pg.h"
#include "proto/wire.h"

/* One record: its kind ("unit", "key" ...), canonical JSON body (sorted keys, UTF-8). */
struct oplog_record {
    const char
        *kind; /* NULL, in trials alone: no record, a place where before is called */
    struct span body;
    struct span blob; /* what the body names by its hash and the typed rows need */
    /* What must hold under the log's lock, with the records before it in their tables:
       called inside the transaction before this one is written. May be NULL. */
    bool (*before)(struct pg *pg, void *ctx, int64_t epoch, int64_t seq, struct err *e);
    void *ctx;
};

/* The newest commit: what the next one must continue. All zero in an empty log. */
struct log_tip {
    uint64_t epoch, number, last_seq;
    struct hash statement_hash;
    int64_t time;
    uint64_t control_epoch, control_seq; /* newest control record */
    struct hash audit_head;              /* see audit.h; as it stood when tip was read */
};

/*
 * BEGIN, lock, insert all records, COMMIT; retried when another writer was first.
 * *first gets the first position. ERR_INPUT: more than OPLOG_BYTES, for a commit must fit
 * into one page of the feed.
 */
enum { OPLOG_BYTES = 20 * 1024 * 1024 };
bool oplog_append(struct pg *pg, const char *actor, const struct oplog_record *records,
                  size_t n, uint64_t *epoch, uint64_t *first, struct err *e) MUST_CHECK;

/*
 * The same as the first commit of a new epoch: numbers and positions begin again at 1,
 * the statement continues the last one of the epoch before. before() of the record may
 * look at the log: nobody writes meanwhile, and nothing behind the epoch's end
 * afterwards.
 */
bool oplog_epoch(struct pg *pg, const char *actor, const struct oplog_record *record,
                 const struct log_tip *expected, struct err *e) MUST_CHECK;

/*
 * The first commit of an empty log, under an identity that the database does not know
 * yet; one of the records makes it known. ERR_SETUP when the log is not empty.
 */
bool oplog_begin(struct pg *pg, const char *actor, const struct oplog_record *records,
                 size_t n, const struct hash *province, const struct pubkey *receipt_key,
                 struct err *e) MUST_CHECK;

/*
 * The records at (epoch, seq) and behind, with their typed rows and nothing else, inside
 * the caller's transaction: for trials that are rolled back.
 */
bool oplog_try(struct pg *pg, const struct oplog_record *records, size_t n, int64_t epoch,
               int64_t seq, struct err *e) MUST_CHECK;

bool oplog_tip(struct pg *pg, struct log_tip *tip, struct err *e) MUST_CHECK;

/*
 * Inserts the commit row that continues tip with these leaves; the statement's time never
 * runs backwards. The control position of a control commit is its own last record. Inside
 * the caller's transaction; used by ingest and oplog_append alike. False with
 * oplog_was_second(): somebody else was first. st and bytes get the statement.
 */
bool oplog_commit_row(struct pg *pg, const struct log_tip *tip,
                      const struct hash *province, const struct pubkey *receipt_key,
                      const struct hash *leaves, size_t n, bool control, int64_t now,
                      struct statement *st, struct bytes *bytes,
                      struct err *e) MUST_CHECK;

/*
 * Did the last insert fail because somebody else was first? Number and first_seq rise
 * together, so either of the two unique keys may be the one that says so.
 */
bool oplog_was_second(const struct pg *pg);

/* The province's genesis hash and its newest receipt key. */
bool oplog_identity(struct pg *pg, struct hash *province, struct pubkey *receipt_key,
                    struct err *e) MUST_CHECK;

#endif
