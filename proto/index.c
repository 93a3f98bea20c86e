#include "proto/index.h"

#include <assert.h>

static uint64_t mix(uint64_t h, const char *s) /* FNV-1a; the end counts as well */
{
    do {
        h = (h ^ (unsigned char)*s) * 1099511628211ULL;
    } while (*s++ != 0);
    return h;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The key's slot, or the free one where it belongs. */
static struct index_slot *slot_of(const struct index *x, const char *a, const char *b)
{
    uint64_t h = mix(14695981039346656037ULL, a);

    if (b != NULL)
        h = mix(h, b);
    for (size_t i = (h ^ h >> 32) & (x->size - 1);; i = (i + 1) & (x->size - 1)) {
        struct index_slot *s = &x->slots[i];

        if (s->a == NULL || (same(s->a, a) && same(s->b, b)))
            return s;
    }
}

void index_open(struct index *x, struct arena *a, size_t keys)
{
    x->n = 0;
    for (x->size = 8; x->size < 2 * keys; x->size *= 2)
        ;
    x->slots = arena_new(a, x->size * sizeof *x->slots);
}

bool index_add(struct index *x, const char *a, const char *b, const void *value)
{
    struct index_slot *s = slot_of(x, a, b);

    if (s->a != NULL)
        return false;
    assert(x->n < x->size / 2 + 1);
    *s = (struct index_slot){a, b, value};
    x->n++;
    return true;
}

const void *index_find(const struct index *x, const char *a, const char *b)
{
    return x->size != 0 && a != NULL ? slot_of(x, a, b)->value : NULL;
}
