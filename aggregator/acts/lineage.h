/*
 * lineage - which units became which, as the column `from` of a file of units says it:
 * "CODE[@VALID_FROM][:part]; ...", by the act of the row and on its first day.
 *
 * An empty field says nothing and changes nothing; "-" says that the unit has no
 * predecessors. A predecessor must end on the day before, unless only a part of it goes
 * over; one that goes over as a whole has one successor. As every successor begins later
 * than its predecessor there are no rings.
 */
#ifndef HTX_LINEAGE_H
#define HTX_LINEAGE_H

#include "aggregator/acts/register.h"

/* A unit of the register or, in its place, of the file. */
struct lineage_unit {
    const char *code, *parent;
    int32_t from, to;
    bool province, reports;
    const struct reg_row *row; /* of the file, else NULL */
};

struct lineage_units {
    struct lineage_unit *list; /* sorted by code, then from */
    size_t n;
};

/* Checks the column `from` and what the file changes of units that have lineage. */
bool lineage_check(struct reg_load *l, struct pg *pg, const struct lineage_units *units,
                   struct err *e) MUST_CHECK;

/* The records of it: see reg.more. Nothing but what lineage_check let pass. */
bool lineage_records(struct reg_load *l, struct pg *pg, struct acts *acts, size_t *same,
                     struct err *e) MUST_CHECK;

#endif
