/*
 * child - what our own worker processes have in common: they end with their parent, hold
 * no descriptor but their channel, and give up what they do not need (seccomp).
 */
#ifndef HTX_CHILD_H
#define HTX_CHILD_H

#include "proto/base/err.h"

enum child_rights {
    CHILD_PURE,  /* memory and its channel: the parser */
    CHILD_FILES, /* and files it has already open: the signer */
};

/*
 * Forks a worker and a channel to it. In the parent *pid is the worker's and *fd the
 * channel (see duplex.h); in the worker *pid is 0 and *fd its own end: it has its name,
 * dies with its parent, and holds no other descriptor. ERR_RETRY: no more processes or
 * descriptors; *pid is 0 and nothing is open.
 */
bool child_fork(const char *name, int *pid, int *fd, struct err *e) MUST_CHECK;
/* No network, no new files, no exec from here on. */
bool child_confine(enum child_rights rights, struct err *e) MUST_CHECK;

#endif
