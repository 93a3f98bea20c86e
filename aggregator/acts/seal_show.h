/*
 * seal_show - what a person sees of a closing before and after signing: counts, the hash
 * of the totals, who is missing, which warnings nobody answered, who signed when.
 */
#ifndef HTX_SEAL_SHOW_H
#define HTX_SEAL_SHOW_H

#include "aggregator/acts/seals.h"

/* "2025-S1 (thực hiện), lần 1 ..." with both lists by name; to stdout. */
void seal_show_text(const struct app *app, const struct seal *s);

/* The state in a line or two: open, proposed by whom until when, closed by whom. */
void seal_show_state(const struct app *app, const struct rollup_at *at,
                     const struct seals *now);

/* The same of every vintage of the period that is not simply open. */
bool seal_show_period(const struct app *app, struct pg *pg, const struct rollup_at *at,
                      struct err *e) MUST_CHECK;

/* Reports and withdrawals of the period that wait for a decision. */
bool seal_held(struct pg *pg, const struct rollup_at *at, struct pg_rows *rows,
               struct err *e) MUST_CHECK;
void seal_show_held(const struct app *app, const struct pg_rows *held);

/* All of it as one object. preview: nobody has signed s. */
void seal_show_json(const struct app *app, const struct rollup_at *at,
                    const struct seals *now, const struct seal *s, bool preview,
                    const struct pg_rows *held);

#endif
