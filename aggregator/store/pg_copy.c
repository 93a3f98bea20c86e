/* The binary format of COPY: big-endian fields behind a length each. */
#include "aggregator/store/pg.h"

#include <endian.h>

enum { /* object ids of element types, fixed by PostgreSQL */
       OID_INT8 = 20,
       OID_INT4 = 23,
       OID_TEXT = 25,
};

enum { DAYS_TO_2000 = 10957 };

static void put16(struct bytes *b, int v)
{
    uint16_t be = htobe16((uint16_t)v);

    bytes_add(b, &be, sizeof be);
}

static void put32(struct bytes *b, int64_t v)
{
    uint32_t be = htobe32((uint32_t)v);

    bytes_add(b, &be, sizeof be);
}

static void put64(struct bytes *b, int64_t v)
{
    uint64_t be = htobe64((uint64_t)v);

    bytes_add(b, &be, sizeof be);
}

/* A field whose length is known when it is complete. */
static size_t field_begin(struct bytes *b)
{
    size_t at = b->n;

    put32(b, 0);
    return at;
}

static void field_end(struct bytes *b, size_t at)
{
    uint32_t be = htobe32((uint32_t)(b->n - at - 4));

    memcpy(b->p + at, &be, sizeof be);
}

void copy_begin(struct bytes *b)
{
    static const char head[] = "PGCOPY\n\377\r\n"; /* its NUL belongs to it */

    bytes_add(b, head, sizeof head);
    put32(b, 0); /* flags */
    put32(b, 0); /* extension */
}

void copy_row(struct bytes *b, int columns)
{
    put16(b, columns);
}

void copy_end(struct bytes *b)
{
    put16(b, -1);
}

void copy_null(struct bytes *b)
{
    put32(b, -1);
}

void copy_bytes(struct bytes *b, struct span s)
{
    put32(b, (int64_t)s.n);
    bytes_add(b, s.p, s.n);
}

void copy_text(struct bytes *b, const char *s)
{
    copy_bytes(b, span_str(s != NULL ? s : ""));
}

void copy_int8(struct bytes *b, int64_t i)
{
    put32(b, 8);
    put64(b, i);
}

void copy_int4(struct bytes *b, int32_t i)
{
    put32(b, 4);
    put32(b, i);
}

void copy_bool(struct bytes *b, bool v)
{
    put32(b, 1);
    bytes_char(b, v);
}

void copy_char(struct bytes *b, char c)
{
    put32(b, 1);
    bytes_char(b, c);
}

void copy_date(struct bytes *b, int32_t date)
{
    if (date == DATE_NONE)
        copy_null(b);
    else
        copy_int4(b, date - DAYS_TO_2000);
}

void copy_time(struct bytes *b, int64_t wall_ms)
{
    copy_int8(b, (wall_ms - (int64_t)DAYS_TO_2000 * 86400 * 1000) * 1000);
}

void copy_uuid(struct bytes *b, const struct uuid *id)
{
    copy_bytes(b, (struct span){id->b, sizeof id->b});
}

/* Dimensions, null flag, element type; an empty array has no dimension. */
static void array_head(struct bytes *b, size_t n, bool nulls, int oid)
{
    put32(b, n != 0);
    put32(b, nulls);
    put32(b, oid);
    if (n != 0) {
        put32(b, (int64_t)n);
        put32(b, 1); /* lower bound */
    }
}

void copy_int8s(struct bytes *b, const int64_t *list, const bool *given, size_t n)
{
    size_t at = field_begin(b);
    bool nulls = false;

    for (size_t i = 0; i < n && given != NULL; i++)
        nulls |= !given[i];
    array_head(b, n, nulls, OID_INT8);
    for (size_t i = 0; i < n; i++) {
        if (given != NULL && !given[i])
            copy_null(b);
        else
            copy_int8(b, list[i]);
    }
    field_end(b, at);
}

void copy_int4s(struct bytes *b, const int32_t *list, size_t n)
{
    size_t at = field_begin(b);

    array_head(b, n, false, OID_INT4);
    for (size_t i = 0; i < n; i++)
        copy_int4(b, list[i]);
    field_end(b, at);
}

void copy_texts(struct bytes *b, const char *const *list, size_t n)
{
    size_t at = field_begin(b);

    array_head(b, n, false, OID_TEXT);
    for (size_t i = 0; i < n; i++)
        copy_text(b, list[i]);
    field_end(b, at);
}
