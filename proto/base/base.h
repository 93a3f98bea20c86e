/*
 * base - the few words every file of HTX uses: spans, growing buffers, an arena.
 *
 * Memory: nothing here returns NULL. When the system has none left the process says so
 * and ends with 75 (try later): everything acknowledged is already on disk, and a
 * supervisor starts us again. Sizes that come from outside are bounded before they
 * reach these functions.
 */
#ifndef HTX_BASE_H
#define HTX_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h> /* before the poison below */
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(n) __attribute__((format(printf, n, n + 1)))
#define NORETURN __attribute__((noreturn))

/* Exit codes of both programs (design 12). */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_FINDINGS = 2, /* findings, or done only partly */
    EXIT_USAGE = 64,
    EXIT_DATA = 65,
    EXIT_UNAVAILABLE = 69,
    EXIT_LATER = 75,
    EXIT_SETUP = 78,
};

/* Borrowed bytes. */
struct span {
    const unsigned char *p;
    size_t n;
};

/* Owned, growing bytes; all zero is an empty one. */
struct bytes {
    unsigned char *p;
    size_t n, cap;
};

static inline struct span span_of(const struct bytes *b)
{
    return (struct span){b->p, b->n};
}

static inline struct span span_str(const char *s)
{
    return (struct span){(const unsigned char *)s, strlen(s)};
}

static inline bool span_eq(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

void *mem_new(size_t n);                        /* zeroed */
void *mem_array(size_t n, size_t size);         /* zeroed, checked product */
void *mem_grow(void *p, size_t n, size_t size); /* realloc, checked product */
char *mem_str(const char *s);                   /* NULL gives NULL */
char *mem_printf(const char *fmt, ...) PRINTF_LIKE(1);

void bytes_add(struct bytes *b, const void *p, size_t n);
void bytes_str(struct bytes *b, const char *s);
void bytes_char(struct bytes *b, int c);
void bytes_printf(struct bytes *b, const char *fmt, ...) PRINTF_LIKE(2);
unsigned char *bytes_room(struct bytes *b, size_t n); /* n more bytes, not yet counted */
const char *bytes_cstr(struct bytes *b);              /* NUL behind the end, uncounted */
void bytes_clear(struct bytes *b);

/* Many small pieces freed at once; all zero is an empty one. */
struct arena {
    struct arena_block *head;
    size_t used; /* bytes handed out since the last clear */
};

void *arena_new(struct arena *a, size_t n); /* zeroed, aligned for any type */
char *arena_chars(struct arena *a, size_t n); /* the same, but for text only */
char *arena_str(struct arena *a, const char *s);
char *arena_strn(struct arena *a, const void *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2);
void arena_clear(struct arena *a);
/* The same, but keeps a block to fill again: for work that is done row by row. */
void arena_reset(struct arena *a);

/* Lower-case hex; out holds 2 n + 1 characters. */
char *hex_of(const void *p, size_t n, char *out);
/* Exactly n bytes from 2 n hex digits; false for anything else. */
bool hex_read(const char *hex, void *out, size_t n) MUST_CHECK;

#pragma GCC poison strcpy strcat strncpy sprintf

#endif
