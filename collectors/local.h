/*
 * local - sockets of this machine in a folder. Apart from control.c, because the names of
 * <sys/socket.h> collide with those of the wire.
 */
#ifndef HTX_LOCAL_H
#define HTX_LOCAL_H

#include "proto/base/err.h"

/* Non-blocking, mode 0600; an old socket file is removed first. */
bool local_listen(const char *folder, const char *name, int *fd,
                  struct err *e) MUST_CHECK;
/* *fd -1: nobody listens there. */
bool local_connect(const char *folder, const char *name, int *fd,
                   struct err *e) MUST_CHECK;
/* A client of our own user or root, non-blocking; -1 for none. */
int local_accept(int fd);

#endif
