/*
 * ask - questions of a reconciliation to one province's feed, one after the other: a
 * connection of its own beside pull's, by the same key. What is lost is asked again.
 */
#ifndef HTX_MINISTRY_ASK_H
#define HTX_MINISTRY_ASK_H

#include "aggregator/ministry/provinces.h"
#include "proto/reconcile.h"

struct ask;

/* ERR_SETUP: the province has no endpoint, or none that can be dialled. */
bool ask_open(struct ask **out, const struct province_of *p, const struct curve_pair *key,
              int64_t patience_ms, struct err *e) MUST_CHECK;
void ask_close(struct ask **a);

/* The answer lives in the arena. ERR_RETRY: none came, or the province is busy;
 * ERR_SETUP: it does not let us ask. */
bool ask_question(struct ask *a, const struct reconcile_ask *q, struct arena *arena,
                  struct reconcile_answer *out, struct err *e) MUST_CHECK;

#endif
