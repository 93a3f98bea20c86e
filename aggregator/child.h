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

/* First thing in the child: name, death with the parent, all other descriptors closed. */
void child_begin(const char *name, int keep_fd);
/* No network, no new files, no exec from here on. */
bool child_confine(enum child_rights rights, struct err *e) MUST_CHECK;

#endif
