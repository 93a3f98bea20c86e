#include "proto/merkle.h"

#include <assert.h>

static struct hash node(const struct hash *left, const struct hash *right)
{
    return hash_pair(DOMAIN_NODE, (struct span){left->b, HASH_LEN},
                     (struct span){right->b, HASH_LEN});
}

/*
 * Pairing neighbours level by level and carrying an odd last one up unchanged gives the
 * very tree of RFC 6962, which splits at the largest power of two below n.
 */
void merkle_build(struct merkle *m, const struct hash *leaves, size_t n, struct arena *a)
{
    size_t total = 0;

    assert(n >= 1);
    m->levels = 0;
    for (size_t k = n;; k = (k + 1) / 2) {
        m->at[m->levels] = total;
        m->n[m->levels++] = k;
        total += k;
        if (k == 1)
            break;
    }
    m->nodes = arena_new(a, total * sizeof *m->nodes);
    memcpy(m->nodes, leaves, n * sizeof *leaves);
    for (size_t l = 1; l < m->levels; l++) {
        const struct hash *below = m->nodes + m->at[l - 1];
        struct hash *here = m->nodes + m->at[l];

        for (size_t i = 0; i < m->n[l]; i++)
            here[i] = 2 * i + 1 < m->n[l - 1] ? node(&below[2 * i], &below[2 * i + 1])
                                              : below[2 * i];
    }
}

struct hash merkle_root(const struct hash *leaves, size_t n)
{
    struct arena a = {0};
    struct merkle m;
    struct hash root;

    merkle_build(&m, leaves, n, &a);
    root = m.nodes[m.at[m.levels - 1]];
    arena_clear(&a);
    return root;
}

size_t merkle_path(const struct merkle *m, size_t index,
                   struct hash path[MERKLE_PATH_MAX])
{
    size_t len = 0;

    assert(index < m->n[0]);
    for (size_t l = 0; l + 1 < m->levels; l++, index /= 2)
        if ((index ^ 1) < m->n[l])
            path[len++] = m->nodes[m->at[l] + (index ^ 1)];
    return len;
}

bool merkle_holds(const struct hash *leaf, size_t index, size_t n,
                  const struct hash *path, size_t n_path, const struct hash *root)
{
    struct hash h = *leaf;
    size_t i = index, last = n - 1, used = 0;

    if (n == 0 || index >= n)
        return false;
    while (last > 0) { /* RFC 9162, 2.1.3.2 */
        if (i % 2 == 1 || i == last) {
            while (i % 2 == 0 && i != 0) { /* no right sibling on these levels */
                i /= 2;
                last /= 2;
            }
            if (i == 0)
                break;
            if (used == n_path)
                return false;
            h = node(&path[used++], &h);
        } else {
            if (used == n_path)
                return false;
            h = node(&h, &path[used++]);
        }
        i /= 2;
        last /= 2;
    }
    return used == n_path && hash_eq(&h, root);
}
