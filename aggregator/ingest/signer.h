/*
 * signer - the receipt key in a process of its own.
 *
 * One that `serve` starts signs commit statements and nothing else, one that `feed`
 * starts headers of pages; one for each number of its log for ever: it writes what it is
 * about to sign to the log and syncs it before it signs, and refuses other bytes for a
 * number it has seen, and any number behind its newest. A log holds 48-byte records in
 * order: epoch, number of the commit or page, hash.
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
/* For pages: each chain has a log of its own. */
bool signer_start_feed(struct signer *s, const char *key_file, const char *full_log,
                       const char *publications_log, struct err *e) MUST_CHECK;
void signer_stop(struct signer *s);
/* ERR_SETUP: it refuses, and says why. ERR_RETRY: it is gone. */
bool signer_sign(struct signer *s, struct span statement, struct signature *out,
                 struct err *e) MUST_CHECK;
bool signer_sign_page(struct signer *s, struct span header, struct signature *out,
                      struct err *e) MUST_CHECK;
/* Its public key. */
bool signer_key(struct signer *s, struct pubkey *out, struct err *e) MUST_CHECK;
/* The newest commit that it ever signed; all zero: none. */
bool signer_newest(struct signer *s, uint64_t *epoch, uint64_t *number,
                   struct hash *statement, struct err *e) MUST_CHECK;

#endif
