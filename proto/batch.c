#include "proto/batch.h"

#include "proto/merkle.h"

void batch_seal(struct batch_header *header, const struct item *items,
                const struct hash *hashes, size_t n, const struct keypair *key,
                struct bytes *out, struct hash *hash)
{
    struct message m = {.kind = MSG_BATCH};
    struct bytes bytes = {0};

    header->count = (uint32_t)n;
    header->root = merkle_root(hashes, n);
    wire_pack_header(header, &bytes);
    *hash = hash_of(DOMAIN_BATCH, span_of(&bytes));
    m.batch.header_bytes = span_of(&bytes);
    m.batch.signature = sign(DOMAIN_BATCH, key, span_of(&bytes));
    m.batch.signer = key->pub;
    m.batch.items = (struct item *)items; /* only read */
    m.batch.n_items = n;
    wire_pack_message(&m, out);
    bytes_clear(&bytes);
}

enum reject_reason batch_check(const struct batch *b, struct hash *hashes,
                               struct hash *header_hash)
{
    struct hash root;

    *header_hash = hash_of(DOMAIN_BATCH, b->header_bytes);
    if (b->n_items == 0 || b->n_items != b->header.count)
        return REJECT_MALFORMED;
    if (!sign_holds(DOMAIN_BATCH, &b->signer, b->header_bytes, &b->signature))
        return REJECT_SIGNATURE;
    for (size_t i = 0; i < b->n_items; i++)
        hashes[i] = batch_elsewhere(b, i) ? b->elsewhere[i]
                                          : item_hash(b->items[i].kind, b->items[i].body);
    root = merkle_root(hashes, b->n_items);
    return hash_eq(&root, &b->header.root) ? REJECT_NONE : REJECT_MALFORMED;
}
