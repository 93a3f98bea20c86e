/*
 * peers - the reports of a period against each other: rules of scope peers. What comes
 * out are later findings: computed when asked, over what stands at a position of the log,
 * and in no receipt.
 *
 * Compared are reports of one form, kind of figures and, of entities, one upper sector.
 */
#ifndef HTX_PEERS_H
#define HTX_PEERS_H

#include "aggregator/rollup/rollup.h"

struct peer { /* one report of which something is to be said */
    const char *unit, *unit_name, *position, *vintage, *form, *subject, *name;
    struct findings findings;
};

struct peers {
    struct peer *list; /* by unit, then position */
    size_t n;
    struct arena arena;
};

/* unit NULL: of all units; the others are compared with in any case. only: findings of
 * this severity, 0 for all. */
bool peers_find(struct pg *pg, const struct rollup_at *at, const struct catalogue *c,
                const char *unit, enum severity only, struct peers *out,
                struct err *e) MUST_CHECK;
void peers_clear(struct peers *p);

#endif
