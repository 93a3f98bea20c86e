/* clang-format off */
/*
 * feed - pages of a province's log: what they are, and how one is checked. Pure.
 *
 * A page is a header, a signature over it by a receipt key, and a body. As a file:
 *
 *   HTXPAGE1 | length of the header, 4 bytes big endian | header | signature, 64 | body
 *
 * and nothing behind it. A body is records, each behind its length (4 bytes big endian).
 * A page belongs to the newest epoch of its day and holds whole commits of one epoch, that
 * one or an earlier one (commit_epoch): pages of an epoch that has ended never become more.
 * What stands in a body is fixed for ever:
 *
 *   full          for each commit: FeedCommit, then by seq
 *                 a control record:  its blobs (below), FeedControl
 *                 an item:           FeedBatch before the first item of a batch in this
 *                                    commit, FeedItem
 *   publications  by seq: its blobs, FeedAct; only of the kinds genesis, key (of receipts
 *                 and people), person, catalogue, period, unit, lineage, publication, seal
 *
 * Blobs stand before the record that names them: the bundle where a catalogue version is
 * loaded, the canonical totals of a publication. Pieces of at most FEED_PIECE bytes, by
 * offset.
 *
 * Pages of a chain are linked by header hashes, across epochs too. feed_page_read() says
 * that a file is a page and complete; feed_page_holds() that its key signed it;
 * feed_page_follows() that it is the next one. Whether the key is a receipt key of the
 * province, and whether the content holds, is feed_check.h's question.
 */
/* clang-format on */
#ifndef HTX_FEED_H
#define HTX_FEED_H

#include "proto/wire.h"

enum {
    FEED_MAGIC_LEN = 8,
    FEED_PREFIX = FEED_MAGIC_LEN + 4,
    FEED_HEAD = FEED_PREFIX + FEED_HEADER,
    FEED_FILE = FEED_PREFIX + FEED_HEADER + SIG_LEN + FEED_BODY, /* bytes at most */
    FEED_NAME_LEN = 160
};

struct feed_page { /* spans point into the file */
    struct feed_header header;
    struct span header_bytes; /* signed */
    struct hash hash;         /* DOMAIN_FEED of header_bytes */
    struct signature signature;
    struct span body;
};

/* What header_bytes, signature and body are as a file; appends. */
void feed_page_pack(struct span header_bytes, const struct signature *signature,
                    struct span body, struct bytes *out);

/*
 * Shape, lengths, and that the body is the one of the header, record by record as many as
 * it says. ERR_RETRY: a page of a newer version. ERR_INPUT: no page, cut, or changed.
 */
bool feed_page_read(struct span file, struct feed_page *p, struct err *e) MUST_CHECK;

/* The header alone, from the first FEED_HEAD bytes of a file (or all that it has). */
bool feed_header_peek(struct span beginning, struct feed_header *h,
                      struct err *e) MUST_CHECK;

struct hash feed_header_hash(struct span header_bytes);
struct hash feed_body_hash(struct span body);
struct signature feed_sign(const struct keypair *key, struct span header_bytes);
/* The signature is that of the key which the header names. */
bool feed_page_holds(const struct feed_page *p) MUST_CHECK;

/* Where a page stands: the cursor of who has stored it. */
struct feed_cursor feed_cursor_of(const struct feed_page *p);

/*
 * Is it the page behind the cursor (page 0: none yet), of this province and chain?
 * ERR_INPUT says how not: another province or chain, behind (a repetition), ahead (pages
 * are missing), another branch (a fork: *forked, may be NULL, is set).
 */
bool feed_page_follows(const struct feed_page *p, const struct hash *province,
                       const struct feed_cursor *after, bool *forked,
                       struct err *e) MUST_CHECK;

/* ---- records ---- */

struct feed_reader {
    struct span left;
    uint32_t record; /* number of the last one read, from 1 */
};

static inline struct feed_reader feed_records(const struct feed_page *p)
{
    return (struct feed_reader){p->body, 0};
}

/* The next record; kind FEED_RECORD_NONE: the end. ERR_RETRY: one we do not know. */
bool feed_next(struct feed_reader *r, struct arena *a, struct feed_record *out,
               struct err *e) MUST_CHECK;
/* Appends a record behind its length. */
void feed_add(struct bytes *body, const struct feed_record *r);

/* Appends the pieces of a blob; returns how many records. */
uint32_t feed_add_blob(struct bytes *body, enum feed_blob_kind kind,
                       const struct hash *hash, struct span whole);

/* Kinds of control records that are part of the publications chain, all of them or some.
 */
#define FEED_PUBLIC_KINDS                                                                \
    "genesis,key,person,catalogue,period,unit,lineage,publication,seal"

/* Is a control record of this kind and body part of the publications chain? */
bool feed_is_public(const char *kind, struct span body);

/* ---- names, cursors as text ---- */

/* "12-full-2-000000017.htxpage": by hand, in this order. code: of the province. */
const char *feed_name(const char *code, const struct feed_cursor *c,
                      char out[FEED_NAME_LEN]);
/* "2.17"; false for anything else. The chain is not touched. */
bool feed_cursor_read(const char *text, struct feed_cursor *c) MUST_CHECK;

#endif
