/*
 * provinces - which provinces the ministry follows, and where their copies lie.
 *
 * A province is pinned by its genesis, once and by hand; its copy is a schema of its own
 * (see migrate_copy) with the tables and functions of a province. The newest branch is
 * the one in force; older ones keep theirs under another name.
 */
#ifndef HTX_PROVINCES_H
#define HTX_PROVINCES_H

#include "aggregator/migrate.h"
#include "proto/genesis.h"

struct province_of { /* strings live in the arena of the list */
    const char *code, *name, *schema;
    const char *chain;    /* full, publications */
    const char *endpoint; /* "": pages are carried by hand */
    struct genesis genesis;
    int64_t branch;
};

struct provinces {
    struct province_of *list;
    size_t n;
    struct arena arena;
};

/*
 * One writer a province at a time, until the end of the transaction. ERR_RETRY: another
 * branch than p's is in force by now.
 */
bool provinces_lock(struct pg *pg, const struct province_of *p, struct err *e) MUST_CHECK;

/* All, in order of their codes, or the one with this code (NULL: all). */
bool provinces_read(struct pg *pg, const char *code, struct provinces *out,
                    struct err *e) MUST_CHECK;
void provinces_clear(struct provinces *p);

/* What is to be followed, and from where. */
struct province_new {
    const char *chain, *endpoint; /* endpoint "": none */
    const char *actor;
    struct span file; /* the genesis */
};

/*
 * Makes the copy and writes the province down; done again it finishes what was begun, and
 * another endpoint of a known province is taken from then on. *fresh: it was not known.
 * ERR_INPUT: a genesis that cannot be read, or another one under a code that is taken.
 */
bool provinces_add(struct pg *owner, const struct province_new *p, bool *fresh,
                   struct err *e) MUST_CHECK;

/*
 * Leaves the copy that is followed behind, under another name, and begins an empty one in
 * its place: the pages up to (epoch, page) are taken over, for pull to apply again.
 */
struct province_turn {
    int64_t epoch, page; /* the last common page; 0, 0: there is none */
    int64_t lost;        /* pages of the old branch behind it */
    const char *why, *person;
};
bool provinces_turn(struct pg *owner, const struct province_of *p,
                    const struct province_turn *t, struct err *e) MUST_CHECK;

/* Upgrades every copy and the views over all of them. Nothing where none is followed. */
bool provinces_migrate(struct pg *owner, migrate_fn *done, void *ctx,
                       struct err *e) MUST_CHECK;

#endif
