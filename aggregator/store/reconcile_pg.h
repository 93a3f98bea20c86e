/*
 * reconcile_pg - what this database holds of a period, as lists of proto/reconcile.
 *
 * The lists are a function of a position of the log: the same position, the same lists.
 */
#ifndef HTX_RECONCILE_PG_H
#define HTX_RECONCILE_PG_H

#include "aggregator/store/pg.h"
#include "proto/reconcile.h"

/* The end of the log, all zero while it is empty. */
bool reconcile_tip(struct pg *pg, struct log_pos *at, struct err *e) MUST_CHECK;

/*
 * One list a unit, by code and day, ready to compare, all in the arena. unit NULL: every
 * unit that has something; with a code and DATE_NONE: every unit of that code; else that
 * one, also when it has nothing. fed: only what the feed carries whole.
 */
bool reconcile_load(struct pg *pg, const char *scheme, const char *period,
                    const struct unit_key *unit, const struct log_pos *at, bool fed,
                    struct arena *a, struct reconcile_unit **out, size_t *n,
                    struct err *e) MUST_CHECK;

/*
 * The list that was asked about last: the questions of one comparison follow each other,
 * and are about one position. All zero is an empty one.
 */
struct reconcile_held {
    struct reconcile_ask ask; /* unit, scheme, period, position and kind of it */
    bool filled;
    struct reconcile_unit *units;
    size_t n;
    struct arena arena;
};

/*
 * Answers about the unit that is asked for, or all units where none is: who may ask what
 * is the caller's question. A position behind the end of the log is the end. In the arena
 * and in h, until the next call.
 */
bool reconcile_held_answer(struct reconcile_held *h, struct pg *pg,
                           const struct reconcile_ask *ask, struct arena *a,
                           struct reconcile_answer *out, struct err *e) MUST_CHECK;
void reconcile_held_clear(struct reconcile_held *h);

#endif
