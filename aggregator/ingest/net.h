/*
 * net - ROUTER with CURVE, our own ZAP handler, the live list of keys: no database, no
 * parsing. What a live key says goes to the worker, what the worker answers goes back.
 *
 * Fails closed: the ZAP socket is bound before the ROUTER, its domain is enforced (option
 * 93), a self-test with a key that nobody enrolled must be refused before we listen;
 * and the User-Id of every message is looked up again, so a revoked key is dumb within
 * one refresh even on its open session. Routing ids mean nothing.
 */
#ifndef HTX_NET_H
#define HTX_NET_H

#include "proto/base/loop.h"
#include "proto/crypto.h"

struct net;

/* A message of a live peer; borrowed for the call. */
typedef void net_fn(void *ctx, const char *peer, const char *curve, struct span message);

struct net_limits {
    int64_t peers;   /* connected at most, by the configuration */
    int64_t message; /* bytes of one that is received */
    int64_t receive; /* bytes of all receive queues together */
    int send;        /* messages waiting for one peer; what is more is dropped */
};

bool net_open(struct net **out, struct loop *lp, const struct net_limits *limits,
              const struct curve_pair *key, net_fn *heard, void *ctx,
              struct err *e) MUST_CHECK;
void net_close(struct net **n);

/* After the first net_keys(): who dials must never be told that an enrolled key is
 * unknown only because we have just started. */
bool net_listen(struct net *n, const char *endpoint, struct err *e) MUST_CHECK;

/* peer: hex of the routing id, as given to net_fn. A peer that is gone is no error. */
void net_send(struct net *n, const char *peer, struct span message);
/* Live CURVE keys (Z85) replace the list at once. */
void net_keys(struct net *n, const char *const *keys, size_t n_keys);
/* Stop or go on reading: backpressure goes down to the collectors' sockets. */
void net_pause(struct net *n, bool pause);
/* As bound: tcp://127.0.0.1:41234 */
const char *net_endpoint(const struct net *n);

#endif
