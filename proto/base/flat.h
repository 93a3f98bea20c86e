/*
 * flat - plain values one after the other in a buffer, for messages between our own
 * processes. Reading is bounded: past the end everything is zero and `bad` is set.
 */
#ifndef HTX_FLAT_H
#define HTX_FLAT_H

#include "proto/base/base.h"

static inline void flat_u8(struct bytes *b, unsigned v)
{
    bytes_char(b, (int)v);
}

static inline void flat_i64(struct bytes *b, int64_t v)
{
    bytes_add(b, &v, sizeof v);
}

static inline void flat_raw(struct bytes *b, const void *p, size_t n)
{
    bytes_add(b, p, n);
}

static inline void flat_bytes(struct bytes *b, struct span s)
{
    flat_i64(b, (int64_t)s.n);
    bytes_add(b, s.p, s.n);
}

static inline void flat_str(struct bytes *b, const char *s)
{
    flat_bytes(b, span_str(s != NULL ? s : ""));
}

struct flat {
    const unsigned char *p;
    size_t n;
    bool bad;
};

static inline void flat_take(struct flat *f, void *out, size_t n)
{
    if (f->bad || n > f->n) {
        f->bad = true;
        memset(out, 0, n);
        return;
    }
    if (n != 0)
        memcpy(out, f->p, n);
    f->p += n;
    f->n -= n;
}

static inline unsigned flat_get_u8(struct flat *f)
{
    unsigned char v;

    flat_take(f, &v, 1);
    return v;
}

static inline int64_t flat_get_i64(struct flat *f)
{
    int64_t v;

    flat_take(f, &v, sizeof v);
    return v;
}

static inline struct span flat_get_bytes(struct flat *f)
{
    int64_t n = flat_get_i64(f);
    struct span s = {f->p, 0};

    if (f->bad || n < 0 || (uint64_t)n > f->n) {
        f->bad = true;
        return s;
    }
    s.n = (size_t)n;
    f->p += n;
    f->n -= (size_t)n;
    return s;
}

static inline const char *flat_get_str(struct flat *f, struct arena *a)
{
    struct span s = flat_get_bytes(f);

    return arena_strn(a, s.p, s.n);
}

/* A count of things that take at least `least` bytes each; more than fit is bad. */
static inline size_t flat_get_count(struct flat *f, size_t least)
{
    int64_t n = flat_get_i64(f);

    if (f->bad || n < 0 || (uint64_t)n > f->n / (least != 0 ? least : 1)) {
        f->bad = true;
        return 0;
    }
    return (size_t)n;
}

#endif
