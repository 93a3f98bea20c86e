/*
 * sealer - commits of the log become pages of the feed, once and for ever.
 *
 * A page is closed at the commit with which it reaches 1,000 records or 256 KiB, or when
 * its oldest commit is 10 s old. Only commits that are signed are sealed; those of an
 * epoch that ended before they were signed follow when the new epoch's are. The page's
 * row is committed first, then the signer signs it, then the signature is written:
 * whatever ends in between is taken up where it stands. One sealer a province: see
 * feed_lock().
 */
#ifndef HTX_FEED_SEALER_H
#define HTX_FEED_SEALER_H

#include "aggregator/ingest/signer.h"
#include "aggregator/store/pg.h"
#include "proto/feed.h"

enum {
    FEED_PAGE_RECORDS = 1000,
    FEED_PAGE_BYTES = 256 * 1024,
    FEED_PAGE_MS = 10000,
};

struct sealer {
    struct pg *pg;
    struct signer *signer;
    struct hash province;
    struct pubkey key;
    struct sealer_chain { /* what is gathered for the next page */
        enum feed_chain chain;
        bool known;              /* the state below is that of the database */
        struct feed_cursor last; /* newest signed page; page 0: none */
        uint64_t epoch, number;  /* newest commit that is sealed or gathered */
        struct feed_header open; /* commit_epoch 0: nothing is gathered */
        struct bytes body;
        int64_t oldest; /* time of the oldest gathered commit with a record in it */
    } chains[2];
};

/* ERR_SETUP: the key file is not the province's receipt key, or there is no genesis. */
bool sealer_open(struct sealer *s, struct pg *pg, struct signer *signer,
                 struct err *e) MUST_CHECK;
void sealer_close(struct sealer *s);

/*
 * Gathers what is new and seals at most one page a chain; now: all that there is, however
 * young. *sealed gets how many pages: call again until it is 0. After an error the state
 * is read afresh. ERR_SETUP: the signer refuses, because the database is older than what
 * was signed: a new epoch must begin.
 */
bool sealer_step(struct sealer *s, bool now, size_t *sealed, struct err *e) MUST_CHECK;

/* A file of the state folder held by the one process that seals; ERR_RETRY: another does.
 */
bool feed_lock(const char *path, int *fd, struct err *e) MUST_CHECK;

#endif
