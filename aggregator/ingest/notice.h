/*
 * notice - a person's later act that goes back to a unit, as a control record of the log.
 *
 * Whoever decides, asks, returns, reminds or extends adds one beside the record of the
 * act itself; `serve` sends it to the unit's collector within seconds, with its proof,
 * and again until the collector says that it has it. The fields are those of
 * proto/notice.h.
 */
#ifndef HTX_AGGREGATOR_NOTICE_H
#define HTX_AGGREGATOR_NOTICE_H

#include "aggregator/store/acts.h"
#include "proto/notice.h"

/* Copies what it needs; n->at and n->time come from the commit. Strings are NFC. */
void notice_add(struct acts *acts, const struct notice_act *n);

#endif
