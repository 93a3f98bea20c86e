/*
 * page_pg - a unit's page of the register, made from the database (proto/page.h).
 *
 * The entities that stand in the register at this unit, with their facts and the newest
 * accepted values of the last few periods of each kind, whichever unit reported them; the
 * entities that only this unit's reports know; and the unit's own statements. The same
 * rows give the same bytes: the position in it is that of the newest row it shows.
 */
#ifndef HTX_PAGE_PG_H
#define HTX_PAGE_PG_H

#include "aggregator/store/pg.h"
#include "proto/page.h"

enum { PAGE_PERIODS = 4 /* of each kind; fewer when the page would be too large */ };

bool page_build(struct pg *pg, const struct unit_key *unit, int32_t today,
                struct bytes *out, struct err *e) MUST_CHECK;

#endif
