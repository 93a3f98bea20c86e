/*
 * signer - the receipt key in a process of its own.
 *
 * It signs commit statements and nothing else, one for each (epoch, number) for ever: it
 * writes what it is about to sign to its log and syncs it before it signs, and refuses a
 * second statement for a number it has seen. The log holds 48-byte records in order.
 */
#ifndef HTX_SIGNER_H
#define HTX_SIGNER_H

#include "proto/base/duplex.h"
#include "proto/wire.h"

struct signer {
    struct duplex ch;
    int pid;
};

/* Forks. The key file is read in the child only. */
bool signer_start(struct signer *s, const char *key_file, const char *log_file,
                  struct err *e) MUST_CHECK;
void signer_stop(struct signer *s);
bool signer_sign(struct signer *s, struct span statement, struct signature *out,
                 struct err *e) MUST_CHECK;

#endif
