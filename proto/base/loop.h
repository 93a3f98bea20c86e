/*
 * loop - one thread, one zmq_poll over sockets and descriptors, and timers.
 *
 * Handlers do bounded work. They may add and remove sources and timers at any time; the
 * change counts from the next round. A source's events mask uses ZMQ_POLLIN /
 * ZMQ_POLLOUT.
 */
#ifndef HTX_LOOP_H
#define HTX_LOOP_H

#include "proto/base/err.h"

struct loop;
typedef void loop_fn(void *ctx);

void loop_open(struct loop **out);
void loop_close(struct loop **lp);

/* A ZeroMQ socket (fd -1) or a descriptor (socket NULL). The id stays valid until
 * removed. */
int loop_add(struct loop *lp, void *socket, int fd, short events, loop_fn *ready,
             void *ctx);
void loop_events(struct loop *lp, int id, short events);
void loop_remove(struct loop *lp, int id);

/* Runs fn once at clock_ms() >= at; re-arming replaces. One timer for each (fn, ctx). */
void loop_at(struct loop *lp, int64_t at, loop_fn *fn, void *ctx);
void loop_never(struct loop *lp, loop_fn *fn, void *ctx);

/* Until loop_stop or SIGTERM/SIGINT after loop_signals(); then it may be run again. */
bool loop_run(struct loop *lp, struct err *e) MUST_CHECK;
void loop_stop(struct loop *lp);
/* SIGTERM and SIGINT stop the loop; SIGHUP calls hup (may be NULL). */
bool loop_signals(struct loop *lp, loop_fn *hup, void *ctx, struct err *e) MUST_CHECK;

#endif
