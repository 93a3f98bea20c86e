/*
 * classes_list - how many organisations have each size or grade, by the rule sets in force
 * on the period's cut-off; how many have none, and why. The classes are found by the
 * functions in schema/pg/again/22_classes.sql.
 */
#ifndef HTX_CLASSES_LIST_H
#define HTX_CLASSES_LIST_H

#include "aggregator/rollup/rollup.h"

/* set: "size" is also size_member, size_capital. Where the law had ended by the period's
 * cut-off, or not begun, that is said on stderr and nothing is listed. ERR_INPUT: the
 * catalogue has no such set. */
bool classes_list(struct app *app, struct pg *pg, const struct rollup_at *at,
                  const char *set, bool by_unit, bool by_sector, bool json,
                  struct err *e) MUST_CHECK;

#endif
