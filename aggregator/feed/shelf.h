/*
 * shelf - the page files that consumers are just reading, so that none is made for every
 * part of it. Bounded: the one used longest ago goes.
 */
#ifndef HTX_FEED_SHELF_H
#define HTX_FEED_SHELF_H

#include "aggregator/feed/pages.h"

enum { SHELF_PAGES = 8, SHELF_BYTES = 32 * 1024 * 1024 };

struct shelf {
    struct shelf_page {
        struct feed_cursor at; /* page 0: free */
        struct bytes file;
        uint64_t used;
    } pages[SHELF_PAGES];
    uint64_t now;
};

void shelf_clear(struct shelf *s);
/* The page file, borrowed until the next call; *found false: no such sealed page. */
bool shelf_page(struct shelf *s, struct pg *pg, const struct feed_cursor *at,
                struct span *file, bool *found, struct err *e) MUST_CHECK;

#endif
