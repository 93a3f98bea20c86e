/*
 * consumers - whose CURVE keys may read which chain of the feed, as the log has it now.
 */
#ifndef HTX_FEED_CONSUMERS_H
#define HTX_FEED_CONSUMERS_H

#include "aggregator/store/pg.h"
#include "proto/feed.h"

struct consumer {
    char curve[CURVE_LEN];
    const char *code;
    bool full; /* may read both chains, else publications alone */
};

struct consumers {
    struct consumer *list; /* sorted by curve */
    size_t n;
    struct arena arena;
};

/* Replaces what c holds; untouched when the database cannot be asked. */
bool consumers_load(struct consumers *c, struct pg *pg, struct err *e) MUST_CHECK;
void consumers_clear(struct consumers *c);
const struct consumer *consumer_of(const struct consumers *c, const char *curve);
bool consumer_may(const struct consumer *c, enum feed_chain chain);

#endif
