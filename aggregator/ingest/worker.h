/*
 * worker - the process that holds the database: parses (in a child), groups, commits,
 * has commits signed (in a child) and hands the answers back to net.
 *
 * A group is whatever waited when the last one was done: no linger. Between groups it
 * looks every WORKER_TICK_MS whether keys, periods or the catalogue changed.
 */
#ifndef HTX_WORKER_H
#define HTX_WORKER_H

#include "aggregator/settings.h"
#include "proto/base/duplex.h"

/* Messages between net and worker; bodies in flat.h's form. */
enum worker_message {
    W_BATCH = 1, /* net: str routing id, str curve key, bytes message */
    W_ANSWER,    /* worker: str routing id, bytes message */
    W_TAKEN,     /* worker: i64 messages, i64 bytes are done with */
    W_KEYS,      /* worker: i64 n, n x str curve key */
};

enum { WORKER_TICK_MS = 400 };

struct worker {
    struct duplex ch;
    int pid;
};

bool worker_start(struct worker *w, const struct settings *s, struct err *e) MUST_CHECK;
void worker_stop(struct worker *w);

#endif
