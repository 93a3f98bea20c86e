#include "proto/page.h"

#include "proto/base/file.h"

#include <errno.h>
#include <sys/stat.h>

enum { ENTRY_TAG = 5 << 3 | 2 };

/* A length as protobuf writes it; only the shortest form is one. */
static bool take_length(struct span *in, size_t *n)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 32 && in->n > 0; shift += 7) {
        unsigned char b = *in->p++;

        in->n--;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b >= 0x80)
            continue;
        *n = (size_t)v;
        return (b != 0 || shift == 0) && v <= in->n;
    }
    return false;
}

static void put_length(struct bytes *out, size_t n)
{
    for (; n >= 0x80; n >>= 7)
        bytes_char(out, (int)(n & 0x7f) | 0x80);
    bytes_char(out, (int)n);
}

/* The head ends where the first entry begins: its fields have lower numbers. */
static size_t head_length(struct span b)
{
    struct span in = b;
    size_t n;

    while (in.n > 0 && *in.p != ENTRY_TAG) {
        unsigned wire = *in.p & 7;

        in.p++;
        in.n--;
        if (wire == 2) {
            if (!take_length(&in, &n))
                return b.n;
            in.p += n;
            in.n -= n;
        } else {
            while (in.n > 0 && *in.p >= 0x80) {
                in.p++;
                in.n--;
            }
            if (in.n == 0)
                return b.n;
            in.p++;
            in.n--;
        }
    }
    return b.n - in.n;
}

static const char *key_of(const struct subject *s, struct arena *a)
{
    if (s->kind == SUBJECT_UNIT)
        return "unit";
    return arena_printf(a, "%d:%s|%s", (int)s->scheme, s->id != NULL ? s->id : "",
                        s->id_issuer != NULL ? s->id_issuer : "");
}

static void keep_subject(struct subject *s, struct arena *a)
{
    s->id = arena_str(a, s->id);
    s->id_issuer = arena_str(a, s->id_issuer);
    s->name = arena_str(a, s->name);
    s->sector = arena_str(a, s->sector);
    s->commune = arena_str(a, s->commune);
}

static bool read_entry(struct register_page *p, struct span body, struct err *e)
{
    struct page_entry *entry = &p->entries[p->n];
    struct arena scratch = {0};
    struct past past;
    bool ok = wire_read_entity(body, &scratch, &entry->subject, &past, e);

    if (ok && entry->subject.kind != SUBJECT_UNIT && entry->subject.scheme == ID_NONE)
        ok = err_set(e, ERR_INPUT, "without a number");
    if (ok) {
        keep_subject(&entry->subject, &p->arena);
        entry->registered = past.registered != NULL;
        entry->founded = past.founded;
        entry->n_reports = past.n_reports;
        entry->body = body;
        p->n++;
    }
    arena_clear(&scratch);
    return ok;
}

static bool read_entries(struct register_page *p, struct span rest, struct err *e)
{
    size_t cap = 0;

    while (rest.n > 0) {
        struct span body;

        if (*rest.p != ENTRY_TAG)
            return err_set(e, ERR_INPUT, "register page: not in canonical form");
        rest.p++;
        rest.n--;
        if (!take_length(&rest, &body.n))
            return err_set(e, ERR_INPUT, "register page: a length beyond the end");
        body.p = rest.p;
        rest.p += body.n;
        rest.n -= body.n;
        if (p->n == WIRE_ENTITIES)
            return err_set(e, ERR_INPUT, "register page: more than %d entities",
                           WIRE_ENTITIES);
        if (p->n == cap) {
            cap = cap != 0 ? 2 * cap : 64;
            p->entries = mem_grow(p->entries, cap, sizeof *p->entries);
        }
        if (!read_entry(p, body, e))
            return err_in(e, "register page: entity %zu", p->n + 1);
    }
    return true;
}

static bool index_entries(struct register_page *p, struct err *e)
{
    index_open(&p->index, &p->arena, p->n);
    for (size_t i = 0; i < p->n; i++)
        if (!index_add(&p->index, key_of(&p->entries[i].subject, &p->arena), NULL,
                       &p->entries[i]))
            return err_set(e, ERR_INPUT, "register page: entity %zu appears twice",
                           i + 1);
    return true;
}

bool page_read(struct register_page *p, struct span bytes, struct err *e)
{
    struct page_head head;
    struct span all;
    size_t n;

    *p = (struct register_page){0};
    if (bytes.n > WIRE_PAGE)
        return err_set(e, ERR_INPUT, "register page: %zu bytes, at most %d", bytes.n,
                       WIRE_PAGE);
    bytes_add(&p->bytes, bytes.p, bytes.n);
    all = span_of(&p->bytes);
    n = head_length(all);
    if (wire_read_page_head((struct span){all.p, n}, &p->arena, &head, e)) {
        p->unit = head.unit;
        p->at = head.at;
        if (read_entries(p, (struct span){all.p + n, all.n - n}, e) &&
            index_entries(p, e))
            return true;
    }
    page_clear(p);
    return false;
}

bool page_open(struct register_page *p, const char *state, const struct unit_key *unit,
               bool *there, struct err *e)
{
    char *path = mem_printf("%s/register/%s.page", state, unit->code);
    struct bytes b = {0};
    struct stat st;
    bool ok = true;

    *p = (struct register_page){0};
    *there = stat(path, &st) == 0;
    if (*there)
        ok = file_read(path, WIRE_PAGE, &b, e) && page_read(p, span_of(&b), e);
    else if (errno != ENOENT && errno != ENOTDIR)
        ok = err_set(e, ERR_SETUP, "%s: %s", path, strerror(errno));
    if (ok && *there &&
        (strcmp(p->unit.code, unit->code) != 0 ||
         p->unit.valid_from != unit->valid_from)) {
        page_clear(p);
        *there = false;
    }
    bytes_clear(&b);
    free(path);
    return ok;
}

void page_clear(struct register_page *p)
{
    free(p->entries);
    arena_clear(&p->arena);
    bytes_clear(&p->bytes);
    *p = (struct register_page){0};
}

const struct page_entry *page_find(const struct register_page *p, const struct subject *s)
{
    struct arena a = {0};
    const struct page_entry *found = NULL;

    if (p->n > 0 && (s->kind == SUBJECT_UNIT || s->scheme != ID_NONE))
        found = index_find(&p->index, key_of(s, &a), NULL);
    arena_clear(&a);
    return found;
}

void page_past(const struct register_page *p, const struct page_entry *entry,
               struct arena *a, struct past *out)
{
    struct subject *own = arena_new(a, sizeof *own);
    struct err e = {0};

    /* it was read before, from the same bytes */
    if (!wire_read_entity(entry->body, a, own, out, &e))
        *out = (struct past){.founded = DATE_NONE};
    out->unit = &p->unit;
    out->expected = out->listed = -1; /* not what one entry tells */
}

/* -- writing ------------------------------------------------------------------------- */

void page_begin(struct bytes *out, const struct page_head *head)
{
    out->n = 0;
    wire_pack_page_head(head, out);
}

bool page_add(struct bytes *out, const struct subject *s, const struct past *p)
{
    struct bytes one = {0};
    size_t before = out->n;
    bool fits;

    wire_pack_entity(s, p, &one);
    bytes_char(out, ENTRY_TAG);
    put_length(out, one.n);
    bytes_add(out, one.p, one.n);
    fits = one.n <= WIRE_MESSAGE && out->n <= WIRE_PAGE && p->n_reports <= WIRE_PAST;
    if (!fits)
        out->n = before;
    bytes_clear(&one);
    return fits;
}
