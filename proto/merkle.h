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

/* All nodes of one tree: hashing n leaves once serves every path. */
struct merkle {
    struct hash *nodes; /* level by level, leaves first */
    size_t at[MERKLE_PATH_MAX + 1], n[MERKLE_PATH_MAX + 1];
    size_t levels;
};

/* n >= 1; nodes live in the arena. */
void merkle_build(struct merkle *m, const struct hash *leaves, size_t n, struct arena *a);
struct hash merkle_root(const struct hash *leaves, size_t n);
/* Fills path from the leaf up; returns its length. */
size_t merkle_path(const struct merkle *m, size_t index,
                   struct hash path[MERKLE_PATH_MAX]);
bool merkle_holds(const struct hash *leaf, size_t index, size_t n,
                  const struct hash *path, size_t n_path,
                  const struct hash *root) MUST_CHECK;

#endif
