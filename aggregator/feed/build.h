/*
 * build - the records of commits, made from the log: the same bytes whenever it is done.
 *
 * Bodies of pages are never stored; what is sealed is made here, and made here again when
 * somebody asks for it. Reads a few batches at a time, so that a large commit costs its
 * own size and little more.
 */
#ifndef HTX_FEED_BUILD_H
#define HTX_FEED_BUILD_H

#include "aggregator/store/pg.h"
#include "proto/feed.h"

/* Whole commits of one epoch. */
struct feed_range {
    uint64_t epoch, first, last;
};

/*
 * Appends the records of the range as `version` has them, and adds how many to *records.
 * Inside a transaction of the caller's where rows may still be added. ERR_SETUP: the log
 * does not hold together, or more than FEED_BODY bytes.
 */
bool feed_build(struct pg *pg, uint32_t version, enum feed_chain chain,
                const struct feed_range *range, struct bytes *body, uint32_t *records,
                struct err *e) MUST_CHECK;

#endif
