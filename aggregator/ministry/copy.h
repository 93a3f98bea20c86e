/*
 * copy - what a province says of itself, in the ministry's own tables.
 *
 * Pages go in as they come: verified (feed_check), their rows and the page itself written
 * in one transaction, so that cursor and data always agree. Verdicts are taken from the
 * leaves, nothing is judged again. One copy never touches another one.
 */
#ifndef HTX_COPY_H
#define HTX_COPY_H

#include "aggregator/ministry/provinces.h"
#include "aggregator/store/pg.h"
#include "proto/feed.h"

/* Catalogues by the hash of their bundles: provinces mostly use the same ones. */
struct bundles;
void bundles_open(struct bundles **out);
void bundles_close(struct bundles **b);

struct copy;

/* pg, province and bundles are borrowed; nothing is read yet. */
void copy_open(struct copy **out, struct pg *pg, const struct province_of *p,
               struct bundles *bundles);
void copy_close(struct copy **c);

enum copy_result {
    COPY_STORED,
    COPY_AGAIN,   /* nothing new: stored before */
    COPY_MISSING, /* pages before it are missing, or it is of another province or chain */
    COPY_REFUSED, /* it does not hold */
    COPY_UNKNOWN, /* a record or version that this release does not know */
    COPY_FORK,    /* it continues another history than this copy */
    COPY_AWAY,    /* the database, or its rights: nothing is known of the page */
};

/* Pages that were stored by this handle. */
uint64_t copy_stored(const struct copy *c);

/* Where it stands, read from the database. */
bool copy_cursor(struct copy *c, struct feed_cursor *out, struct err *e) MUST_CHECK;

/*
 * Takes page files in order, in one transaction; *taken: how many of them are stored, or
 * were before. Where one is not taken those in front of it are, COPY_STORED is returned,
 * and the next call says why. *about: the page that the result speaks of.
 */
enum copy_result copy_take(struct copy *c, const struct span *files, size_t n,
                           size_t *taken, struct feed_cursor *about, struct err *e);

/*
 * After a turn to another branch: takes the common pages over from the one before. Goes
 * on where it was interrupted; does nothing elsewhere.
 */
bool copy_replay(struct copy *c, struct err *e) MUST_CHECK;

/* Notes why the cursor stands; the same again changes nothing. COPY_FORK has its own. */
bool copy_halt(struct copy *c, enum copy_result why, const char *detail,
               struct err *e) MUST_CHECK;
/* The province began this epoch behind the common page, and lacks what is behind it here;
 * common page 0: there is none. */
bool copy_halt_fork(struct copy *c, uint64_t fork_epoch, const struct feed_cursor *common,
                    struct err *e) MUST_CHECK;
/* A fork that is none any more. */
bool copy_solved(struct copy *c, struct err *e) MUST_CHECK;

#endif
