/*
 * server - the feed's worker process: seals pages and answers consumers.
 *
 * Child of the process that has the sockets (ingest/front.h); the signer is its child. A
 * consumer is a CURVE key with a right: `feed` reads both chains, `publications` only
 * that one. Keys are looked up at every turn, so one that is revoked is dumb within a
 * second. Who reads the full chain may also ask what the province holds of a period
 * (reconciliation). While the database is away it says so (FEED_REFUSAL_BUSY) and goes on
 * afterwards.
 */
#ifndef HTX_FEED_SERVER_H
#define HTX_FEED_SERVER_H

#include "aggregator/ingest/worker.h"

/* For front_plan. */
bool feed_server_start(struct worker *w, const struct settings *s,
                       struct err *e) MUST_CHECK;

/* Bytes of a message to the feed at most; a part of a page the other way is larger. */
enum { FEED_MESSAGE = 4096, FEED_SEND = 8 };

#endif
