/*
 * pull - the pages of all provinces into their copies: over the wire, or from a folder.
 *
 * One province that is away, refuses, or whose pages do not hold does not keep the others
 * waiting: each has its own cursor, its own connection and its own back-off. What stopped
 * a cursor is kept (copy_halt) and told by `province list`.
 */
#ifndef HTX_PULL_H
#define HTX_PULL_H

#include "aggregator/ministry/copy.h"
#include "aggregator/settings.h"

enum pull_state {
    PULL_NOTHING,  /* no page came */
    PULL_DONE,     /* everything there was is stored */
    PULL_STANDS,   /* the cursor stands: fork, or a record that is not known here */
    PULL_REFUSED,  /* a page does not hold */
    PULL_NO_RIGHT, /* the province does not let us read */
    PULL_AWAY,     /* no answer */
};

struct pulled { /* of one province */
    enum pull_state state;
    uint64_t pages; /* stored now */
    uint64_t again; /* of a folder: had before */
    struct feed_cursor cursor;
    char detail[256];
};

/*
 * Page files (*.htxpage) below `dir`, for every province of the list, each in order of
 * its pages. out has as many as the list. Files that are no page of any of them are
 * counted and said on stderr. False: folder or database cannot be read.
 */
bool pull_folder(struct pg *pg, const struct provinces *all, const char *dir,
                 struct pulled *out, size_t *strange, struct err *e) MUST_CHECK;

struct pull_how {
    const char *conninfo;
    const struct curve_pair *key;
    const char *province; /* only this one; NULL: all */
    const char *endpoint; /* instead of the one that is written down; NULL */
    int64_t poll_ms, answer_ms;
    bool once; /* until every province is read up to its end, or does not answer */
};

/*
 * The daemon, or once. out (once): as many as all, which are the provinces at the start;
 * a daemon also takes up those that come later.
 */
bool pull_run(const struct pull_how *how, const struct provinces *all, struct pulled *out,
              struct err *e) MUST_CHECK;

#endif
