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

#endif
