#include "proto/merkle.h"

#include <assert.h>

static struct hash node(const struct hash *left, const struct hash *right)
{
    return hash_pair(DOMAIN_NODE, (struct span){left->b, HASH_LEN},
                     (struct span){right->b, HASH_LEN});
}

/* The largest power of two below n; n >= 2. */
static size_t split(size_t n)
{
    size_t k = 1;

    while (2 * k < n)
        k *= 2;
    return k;
}

struct hash merkle_root(const struct hash *leaves, size_t n)
{
    struct hash left, right;
    size_t k;

    assert(n >= 1);
    if (n == 1)
        return leaves[0];
    k = split(n);
    left = merkle_root(leaves, k);
    right = merkle_root(leaves + k, n - k);
    return node(&left, &right);
}

size_t merkle_path(const struct hash *leaves, size_t n, size_t index,
                   struct hash path[MERKLE_PATH_MAX])
{
    size_t k, len;

    assert(index < n);
    if (n == 1)
        return 0;
    k = split(n);
    if (index < k) {
        len = merkle_path(leaves, k, index, path);
        path[len] = merkle_root(leaves + k, n - k);
    } else {
        len = merkle_path(leaves + k, n - k, index - k, path);
        path[len] = merkle_root(leaves, k);
    }
    return len + 1;
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
