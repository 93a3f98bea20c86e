/*
 * duplex - whole messages over a stream between our own processes.
 *
 * A message is a type byte and at most DUPLEX_MAX bytes. The other end may be a process
 * that read hostile bytes: lengths are checked, and a torn or oversized message is an
 * error, never a crash. Blocking for workers; with `queue` the writer's side collects
 * what the socket does not take, for a loop that must not block.
 */
#ifndef HTX_DUPLEX_H
#define HTX_DUPLEX_H

#include "proto/base/err.h"

enum { DUPLEX_MAX = 16 * 1024 * 1024 };

struct duplex {
    int fd;
    struct bytes in, out; /* in: not yet whole; out: not yet taken by the socket */
    size_t in_at, out_at;
};

/* Two connected ends; the caller keeps one across its fork and closes the other. */
bool duplex_pair(int fds[2], struct err *e) MUST_CHECK;
void duplex_open(struct duplex *c, int fd);
void duplex_close(struct duplex *c);

/* Blocks until all is written. ERR_RETRY: the other end is gone. */
bool duplex_send(struct duplex *c, int type, struct span body, struct err *e) MUST_CHECK;
/* Appends; duplex_flush() writes what the socket takes. duplex_pending(): is there more?
 */
void duplex_queue(struct duplex *c, int type, struct span body);
bool duplex_flush(struct duplex *c, struct err *e) MUST_CHECK;
bool duplex_pending(const struct duplex *c);

/*
 * The next whole message: *type and *body, borrowed until the next call. wait: block for
 * it. Without wait and nothing whole there: true with *type 0. false: end or error.
 */
bool duplex_next(struct duplex *c, bool wait, int *type, struct span *body,
                 struct err *e) MUST_CHECK;

#endif
