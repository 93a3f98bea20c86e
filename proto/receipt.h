/* receipt - does this receipt hold? Public keys alone decide; no database, no network. */
#ifndef HTX_RECEIPT_H
#define HTX_RECEIPT_H

#include "proto/wire.h"

/*
 * Checks path, root, findings hash and signature against one of the trusted keys, and
 * that it comes from this province. Fills leaf and statement (strings in the arena).
 * ERR_INPUT says which check failed.
 */
bool receipt_check(const struct receipt *r, const struct hash *province,
                   const struct pubkey *keys, size_t n_keys, struct arena *a,
                   struct leaf *leaf, struct statement *st, struct err *e) MUST_CHECK;

/*
 * A signed commit statement: of this province, by one of the trusted keys, and the
 * signature holds. Fills st.
 */
bool statement_check(struct span statement, const struct signature *signature,
                     const struct hash *province, const struct pubkey *keys,
                     size_t n_keys, struct statement *st, struct err *e) MUST_CHECK;

#endif
