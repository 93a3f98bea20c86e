/*
 * genesis - the province's file, pinned by its hash: who may receipt, where batches go.
 *
 * An INI written by `htx-aggregator genesis`; of it we read [province] code, name, curve
 * (Z85 public server key), receipt, receipt2, ... (hex public receipt keys) and the keys
 * of the officers who put catalogues into force, and leave the rest alone.
 */
#ifndef HTX_GENESIS_H
#define HTX_GENESIS_H

#include "proto/endorse.h"

enum { GENESIS_KEYS = 16, GENESIS_MAX = 1024 * 1024 /* bytes */ };

struct genesis {
    struct hash hash; /* of the file's bytes: the recipient of every batch */
    char code[32], name[256];
    char curve[CURVE_LEN];
    struct pubkey keys[GENESIS_KEYS];
    size_t n_keys;
    struct officers officers;
};

/* ERR_SETUP: missing, or without the keys we need. */
bool genesis_read(const char *path, struct genesis *out, struct err *e) MUST_CHECK;
/* The same of its bytes. */
bool genesis_of(struct span file, struct genesis *out, struct err *e) MUST_CHECK;

#endif
