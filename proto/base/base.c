#include "proto/base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static NORETURN void out_of_memory(void)
{
    static const char msg[] = "<2>out of memory: ending, work is kept\n";

    if (write(2, msg, sizeof msg - 1) < 0)
        _exit(EXIT_LATER);
    _exit(EXIT_LATER);
}

static size_t product(size_t n, size_t size)
{
    size_t all;

    if (__builtin_mul_overflow(n, size, &all))
        out_of_memory();
    return all;
}

void *mem_new(size_t n)
{
    void *p = calloc(1, n != 0 ? n : 1);

    if (p == NULL)
        out_of_memory();
    return p;
}

void *mem_array(size_t n, size_t size)
{
    return mem_new(product(n, size));
}

void *mem_grow(void *p, size_t n, size_t size)
{
    size_t all = product(n, size);

    p = realloc(p, all != 0 ? all : 1);
    if (p == NULL)
        out_of_memory();
    return p;
}

char *mem_str(const char *s)
{
    char *copy;

    if (s == NULL)
        return NULL;
    copy = strdup(s);
    if (copy == NULL)
        out_of_memory();
    return copy;
}

char *mem_printf(const char *fmt, ...)
{
    va_list ap;
    char *s;

    va_start(ap, fmt);
    if (vasprintf(&s, fmt, ap) < 0)
        out_of_memory();
    va_end(ap);
    return s;
}

unsigned char *bytes_room(struct bytes *b, size_t n)
{
    if (b->cap - b->n < n) {
        size_t cap = b->cap != 0 ? b->cap : 64;

        while (cap - b->n < n)
            cap = product(cap, 2);
        b->p = mem_grow(b->p, cap, 1);
        b->cap = cap;
    }
    return b->p + b->n;
}

void bytes_add(struct bytes *b, const void *p, size_t n)
{
    if (n == 0)
        return;
    memcpy(bytes_room(b, n), p, n);
    b->n += n;
}

void bytes_str(struct bytes *b, const char *s)
{
    bytes_add(b, s, strlen(s));
}

void bytes_char(struct bytes *b, int c)
{
    unsigned char ch = (unsigned char)c;

    bytes_add(b, &ch, 1);
}

void bytes_printf(struct bytes *b, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    bytes_room(b, (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->n += (size_t)n;
}

const char *bytes_cstr(struct bytes *b)
{
    *bytes_room(b, 1) = 0;
    return (const char *)b->p;
}

void bytes_clear(struct bytes *b)
{
    free(b->p);
    *b = (struct bytes){0};
}

struct arena_block {
    struct arena_block *next;
    size_t n, cap;
    _Alignas(max_align_t) unsigned char data[];
};

/* Text needs no alignment: of the short ones that fill a list it would be the half. */
static void *arena_take(struct arena *a, size_t n, size_t align)
{
    struct arena_block *b = a->head;
    size_t skip = b == NULL ? 0 : (align - b->n % align) % align;
    void *p;

    if (n > SIZE_MAX - 65536)
        out_of_memory();
    if (b == NULL || b->cap - b->n < skip + n) {
        size_t usual =
            a->used > 65536 ? 65536 : 4096; /* a large one grows in large steps */
        size_t cap = n > usual ? n : usual;

        b = mem_new(product(1, sizeof *b) + cap);
        b->cap = cap;
        b->next = a->head;
        a->head = b;
        skip = 0;
    }
    p = b->data + b->n + skip;
    b->n += skip + n;
    a->used += skip + n;
    return p;
}

void *arena_new(struct arena *a, size_t n)
{
    return arena_take(a, n, _Alignof(max_align_t));
}

char *arena_chars(struct arena *a, size_t n)
{
    return arena_take(a, n, 1);
}

char *arena_strn(struct arena *a, const void *s, size_t n)
{
    char *copy = arena_chars(a, n + 1);

    if (n != 0)
        memcpy(copy, s, n);
    return copy;
}

char *arena_str(struct arena *a, const char *s)
{
    return s == NULL ? NULL : arena_strn(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    char *copy;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    copy = arena_chars(a, (n < 0 ? 0 : (size_t)n) + 1);
    va_start(ap, fmt);
    vsnprintf(copy, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return copy;
}

void arena_reset(struct arena *a)
{
    struct arena_block *keep = a->head;

    if (keep == NULL)
        return;
    a->head = keep->next;
    arena_clear(a);
    memset(keep->data, 0, keep->n);
    keep->n = 0;
    keep->next = NULL;
    a->head = keep;
}

void arena_clear(struct arena *a)
{
    while (a->head != NULL) {
        struct arena_block *next = a->head->next;

        free(a->head);
        a->head = next;
    }
    a->used = 0;
}

char *hex_of(const void *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *b = p;

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[b[i] >> 4];
        out[2 * i + 1] = digits[b[i] & 15];
    }
    out[2 * n] = 0;
    return out;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool hex_read(const char *hex, void *out, size_t n)
{
    unsigned char *b = out;

    for (size_t i = 0; i < n; i++) {
        int hi = hex_digit(hex[2 * i]);
        int lo = hi < 0 ? -1 : hex_digit(hex[2 * i + 1]);

        if (lo < 0)
            return false;
        b[i] = (unsigned char)(hi * 16 + lo);
    }
    return hex[2 * n] == 0;
}
