/*
 * back - a process of its own for the back flow, so that no question about the register
 * ever waits in the way of a report. Child of the worker; a connection of its own.
 *
 * The worker hands on what live peers say, and gives net what comes back. When the
 * process ends it is started again, and told what its peers said last.
 */
#ifndef HTX_BACK_H
#define HTX_BACK_H

#include "aggregator/ingest/parsed.h"
#include "aggregator/settings.h"
#include "proto/base/duplex.h"

struct back_said { /* the last word of a carrier, for a process started again */
    char *carrier;
    struct bytes body;
};

struct back {
    const struct settings *settings;
    struct duplex ch;
    int pid;
    int64_t started;
    struct back_said *said;
    size_t n_said;
};

enum { BACK_TICK_MS = 500 };

bool back_start(struct back *b, const struct settings *s, struct err *e) MUST_CHECK;
void back_stop(struct back *b);
/* To poll for answers; -1 while there is no process. */
int back_fd(const struct back *b);

/* Never block, and never fail: what is lost will be said again. */
void back_says(struct back *b, const char *peer, const char *carrier,
               const struct unit_key *unit, const struct have *have);
void back_part(struct back *b, const char *peer, const struct unit_key *unit,
               const struct part_request *r);
/* Answers from that unit's items alone. */
void back_reconcile(struct back *b, const char *peer, const struct unit_key *unit,
                    const struct reconcile_ask *ask);

/* The next answer, as the body of a W_ANSWER; false: none now. Starts an ended process
 * again. */
bool back_next(struct back *b, struct span *answer);

#endif
