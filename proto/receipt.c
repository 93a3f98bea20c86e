#include "proto/receipt.h"

#include "proto/merkle.h"

bool statement_check(struct span statement, const struct signature *signature,
                     const struct hash *province, const struct pubkey *keys,
                     size_t n_keys, struct statement *st, struct err *e)
{
    bool trusted = false;

    if (!wire_read_statement(statement, st, e))
        return err_in(e, "commit statement");
    if (!hash_eq(&st->province, province))
        return err_set(e, ERR_INPUT, "receipt of another province");
    for (size_t i = 0; i < n_keys; i++)
        trusted = trusted || memcmp(keys[i].b, st->key.b, KEY_LEN) == 0;
    if (!trusted)
        return err_set(e, ERR_INPUT, "receipt signed by a key that is not trusted");
    if (!sign_holds(DOMAIN_STATEMENT, &st->key, statement, signature))
        return err_set(e, ERR_INPUT, "receipt signature does not hold");
    return true;
}

bool receipt_check(const struct receipt *r, const struct hash *province,
                   const struct pubkey *keys, size_t n_keys, struct arena *a,
                   struct leaf *leaf, struct statement *st, struct err *e)
{
    struct hash leaf_hash = hash_of(DOMAIN_LEAF, r->leaf);
    struct hash findings = hash_of(DOMAIN_FINDINGS, r->findings);

    if (!wire_read_leaf(r->leaf, a, leaf, e))
        return err_in(e, "receipt leaf");
    if (!statement_check(r->statement, &r->signature, province, keys, n_keys, st, e))
        return false;
    if (leaf->epoch != st->epoch || leaf->seq < st->first_seq ||
        leaf->seq > st->last_seq || leaf->seq - st->first_seq != r->index ||
        r->leaves != st->last_seq - st->first_seq + 1)
        return err_set(e, ERR_INPUT, "receipt position is not in its commit");
    if (!merkle_holds(&leaf_hash, r->index, r->leaves, r->path, r->n_path, &st->root))
        return err_set(e, ERR_INPUT, "receipt path does not lead to the commit's root");
    if (!hash_eq(&leaf->findings_hash, &findings))
        return err_set(e, ERR_INPUT, "findings are not those of the receipt");
    return true;
}
