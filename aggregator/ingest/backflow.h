/*
 * backflow - what the province tells its collectors besides receipts: which catalogue is
 * in force, the unit's page of the register, notices; offered when they change and until
 * the collector says that it has them.
 *
 * Each peer speaks for one unit, the one that its key is enrolled for; nothing of another
 * unit goes to it. Nothing is kept here that the database does not have: after a restart
 * hellos bring it all back. Pages are made one after the other, values alone change one
 * at most once in BACKFLOW_VALUES_MS; what a peer does not take is offered again.
 */
#ifndef HTX_BACKFLOW_H
#define HTX_BACKFLOW_H

#include "aggregator/store/pg.h"
#include "proto/wire.h"

enum {
    BACKFLOW_AGAIN_MS = 60000,  /* an offer that had no effect */
    BACKFLOW_NOTICE_MS = 10000, /* notices that the collector does not confirm */
    BACKFLOW_VALUES_MS = 60000,
    BACKFLOW_NOTICES = 8, /* sent before one of them must be confirmed */
    BACKFLOW_PEERS = 4096,
};

struct backflow;

typedef void backflow_send_fn(void *ctx, const char *peer, const struct message *m);

void backflow_open(struct backflow **out, backflow_send_fn *send, void *ctx);
void backflow_close(struct backflow **f);

/* A welcomed hello, or a later word, of a carrier (CURVE key) enrolled for the unit. */
void backflow_says(struct backflow *f, const char *peer, const char *carrier,
                   const struct unit_key *unit, const struct have *have);

/* Answers with a part, or with an offer of what there is instead. */
bool backflow_part(struct backflow *f, struct pg *pg, const char *peer,
                   const struct unit_key *unit, const struct part_request *r,
                   int32_t today, int64_t now, struct err *e) MUST_CHECK;

/* Looks at the log, and sends what peers lack. False: the database is away. */
bool backflow_tick(struct backflow *f, struct pg *pg, int32_t today, int64_t now,
                   struct err *e) MUST_CHECK;

#endif
