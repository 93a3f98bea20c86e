/*
 * reconcile - the ministry's copy of a province against the province itself.
 *
 * Both as of the position up to which the copy goes, so that what was not pulled yet is
 * no difference; and as far as the feed carries items whole.
 */
#ifndef HTX_MINISTRY_RECONCILE_H
#define HTX_MINISTRY_RECONCILE_H

#include "aggregator/ministry/ask.h"
#include "proto/reconcile_json.h"

/*
 * own: what the copy holds, made by reconcile_load with fed. unit NULL: all. The result
 * lives in the arena and borrows from own. ERR_INPUT: what the province says contradicts
 * itself, or it goes less far than the copy (it was restored).
 */
bool ministry_reconcile(struct ask *ask, const struct reconcile_doc *own,
                        const char *unit, struct arena *a, struct reconcile_result *r,
                        struct err *e) MUST_CHECK;

#endif
