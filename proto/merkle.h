/*
 * merkle - trees of hashes in the shape of RFC 6962.
 *
 * Leaves come hashed under domains of their own (report, leaf, control); nodes are
 * hash_of(DOMAIN_NODE, left right): so neither passes for the other. Paths are derived
 * from the leaves, never stored.
 */
#ifndef HTX_MERKLE_H
#define HTX_MERKLE_H

#include "proto/crypto.h"

enum { MERKLE_PATH_MAX = 32 };

/* n >= 1 */
struct hash merkle_root(const struct hash *leaves, size_t n);
/* Fills path from the leaf up; returns its length. */
size_t merkle_path(const struct hash *leaves, size_t n, size_t index,
                   struct hash path[MERKLE_PATH_MAX]);
bool merkle_holds(const struct hash *leaf, size_t index, size_t n,
                  const struct hash *path, size_t n_path,
                  const struct hash *root) MUST_CHECK;

#endif
