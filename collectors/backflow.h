/*
 * backflow - what the province sends besides receipts, made durable: catalogue versions,
 * the unit's page of the register, notices.
 *
 * Everything is verified before it is kept: a catalogue by two officers of the pinned
 * genesis, a page by its hash and its unit, a notice by its proof. Files are replaced as
 * a whole. The sender calls; nothing here knows a socket.
 */
#ifndef HTX_BACKFLOW_H
#define HTX_BACKFLOW_H

#include "collectors/app.h"

/* What we hold, for hello and after each change. The unit is borrowed. */
bool backflow_have(struct app *app, const struct app_unit *unit, struct have *out,
                   struct err *e) MUST_CHECK;

/* *wanted: ask for its parts. *new_catalogue: it was here already but for its signatures.
 * ERR_INPUT: not to be believed. */
bool backflow_offer(struct app *app, const struct app_unit *unit, const struct offer *o,
                    bool *wanted, bool *new_catalogue, struct err *e) MUST_CHECK;

/* Keeps a whole blob, whose hash was checked. *new_catalogue: app_refresh_catalogue(). */
bool backflow_blob(struct app *app, const struct app_unit *unit,
                   const struct blob_ref *ref, struct span blob, bool *new_catalogue,
                   struct err *e) MUST_CHECK;

/*
 * Checks and keeps a notice. *fresh false: it is here already, or one before it is
 * missing; either way the province should hear what we have. *kind for the log.
 */
bool backflow_notice(struct app *app, const struct app_unit *unit, const struct notice *n,
                     bool *fresh, struct err *e) MUST_CHECK;

#endif
