/*
 * front - a daemon's first process: the sockets, and a worker child that has the
 * database.
 *
 * What live peers say goes to the worker, no more of it than the worker can hold; what
 * the worker answers goes back. Heartbeats and ZAP never wait for the worker. If the
 * worker ends, all end, and the supervisor starts us again.
 */
#ifndef HTX_FRONT_H
#define HTX_FRONT_H

#include "aggregator/ingest/net.h"
#include "aggregator/ingest/worker.h"

struct front_plan {
    const char *name;     /* "serving": the verb of its first log line */
    const char *endpoint; /* where it listens */
    const char *file; /* of the state folder: the endpoint as bound, while it listens */
    struct net_limits limits;
    bool (*start)(struct worker *w, const struct settings *s, struct err *e);
};

/* Until it is told to stop. The server's key is keys/server.curve. */
bool front_run(const struct front_plan *plan, const struct settings *s,
               struct err *e) MUST_CHECK;

#endif
