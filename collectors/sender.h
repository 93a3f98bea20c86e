/*
 * sender - outbox <-> province: one CURVE connection for each unit, driven by
 * proto/session.
 *
 * Whatever the socket loses stays in the outbox and is sent again; a receipt counts only
 * after its signature was checked and the outbox has it. A receipt that does not hold is
 * an alarm and is not stored.
 */
#ifndef HTX_SENDER_H
#define HTX_SENDER_H

#include "collectors/app.h"
#include "proto/base/loop.h"
#include "proto/reconcile.h"

/* app has keys, genesis, catalogue and outbox open. answered() is called after receipts
 * or a notice were stored. */
bool sender_open(struct sender **out, struct app *app, struct loop *loop,
                 loop_fn *answered, void *ctx, struct err *e) MUST_CHECK;
void sender_close(struct sender **s);

/*
 * The province takes these reports no more: they were made under a catalogue that is too
 * old. True: they were read again under a newer one, as far as there is one.
 */
typedef bool sender_outdated_fn(void *ctx, const struct app_unit *unit,
                                const struct hash *items, size_t n);
void sender_on_outdated(struct sender *s, sender_outdated_fn *fn, void *ctx);

/* Asks the province about this unit; false: the unit's link is down, or takes no more. */
bool sender_ask(struct sender *s, const struct app_unit *unit,
                const struct reconcile_ask *ask);
/* What the province answers; borrowed for the call. */
typedef void sender_answer_fn(void *ctx, const struct app_unit *unit,
                              const struct reconcile_answer *a);
void sender_on_answer(struct sender *s, sender_answer_fn *fn, void *ctx);

/* Seals what is due, for every unit, and sends it. */
bool sender_seal(struct sender *s, struct err *e) MUST_CHECK;

struct sender_status {
    bool linked;
    const char *state; /* of the session: offline, greeting, up_to_date, sending n... */
    const char *waits_for; /* word of the province's "not now", or "" */
    const char *alarm;     /* the last one since the start, or "" */
    int64_t linked_at;     /* wall ms of the last time the link came up; 0: never */
};
void sender_status(const struct sender *s, const struct app_unit *unit,
                   struct sender_status *out);

#endif
