/*
 * index - from one or two strings to a pointer, in constant time. Keys and values are
 * borrowed; the table lives in the caller's arena. Adding a key that is there already
 * changes nothing and returns false.
 */
#ifndef HTX_INDEX_H
#define HTX_INDEX_H

#include "proto/base/base.h"

struct index_slot {
    const char *a, *b;
    const void *value;
};

struct index {
    struct index_slot *slots;
    size_t size, n; /* size: a power of two, at least twice the keys announced */
};

void index_open(struct index *x, struct arena *a, size_t keys);
/* b may be NULL, which is not "". */
bool index_add(struct index *x, const char *a, const char *b, const void *value);
const void *index_find(const struct index *x, const char *a, const char *b);

#endif
