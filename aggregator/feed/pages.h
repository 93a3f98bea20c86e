/*
 * pages - sealed pages out of the database: which there are, and their bytes.
 *
 * A page's body is made again from the log and must give the hash of its header; else
 * nothing of it leaves (ERR_SETUP: somebody changed the log).
 */
#ifndef HTX_FEED_PAGES_H
#define HTX_FEED_PAGES_H

#include "aggregator/store/pg.h"
#include "proto/feed.h"

/* The whole page file; *found false: there is no such sealed page. Replaces out. */
bool page_load(struct pg *pg, const struct feed_cursor *page, struct bytes *out,
               bool *found, struct err *e) MUST_CHECK;

/* The sealed page behind this one, and the newest of the chain; page 0: there is none. */
bool page_behind(struct pg *pg, const struct feed_cursor *after, struct feed_cursor *out,
                 struct err *e) MUST_CHECK;
bool page_newest(struct pg *pg, enum feed_chain chain, struct feed_cursor *out,
                 struct err *e) MUST_CHECK;
/* The last sealed page up to this one, of the same epoch or an earlier one. */
bool page_upto(struct pg *pg, const struct feed_cursor *page, struct feed_cursor *out,
               struct err *e) MUST_CHECK;

#endif
