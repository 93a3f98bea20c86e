/*
 * batch - sealing and checking: (unit, recipient, epoch, number, previous, root), signed.
 * Pure.
 */
#ifndef HTX_BATCH_H
#define HTX_BATCH_H

#include "proto/wire.h"

/*
 * Seals items (hashes given in the same order) into the packed Batch message that will
 * be sent for ever: out gets the whole Envelope, *hash the header's hash. header fields
 * count and root are filled here.
 */
void batch_seal(struct batch_header *header, const struct item *items,
                const struct hash *hashes, size_t n, const struct keypair *key,
                struct bytes *out, struct hash *hash);

/*
 * Signature, count, root. hashes gets batch->n_items item hashes. Of an item
 * without body (in a copy of the log) its hash is taken. Whether the signer may speak for
 * the unit is the caller's question.
 */
enum reject_reason batch_check(const struct batch *b, struct hash *hashes,
                               struct hash *header_hash);

#endif
