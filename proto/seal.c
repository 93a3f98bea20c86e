#include "proto/seal.h"
#include "proto/tsv.h"

#include <errno.h>
#include <inttypes.h>

enum { FIELDS_MAX = 6, LINE_MIN = 20 /* bytes of a list's line: it has a date */ };

/* ---- writing ---- */

static void put_date(struct bytes *out, int32_t date)
{
    char day[11];

    tsv_put(out, date_iso(date, day));
}

static void put_hash(struct bytes *out, const struct hash *h)
{
    char hex[2 * HASH_LEN + 1];

    tsv_put(out, hash_hex(h, hex));
}

static void put_lists(const struct seal *s, struct bytes *out)
{
    bytes_printf(out, "units\t%" PRId64 "\t%" PRId64 "\nreports\t%" PRId64 "\n", s->units,
                 s->sent, s->reports);
    for (size_t i = 0; i < s->n_missing; i++) {
        bytes_str(out, "missing");
        tsv_put(out, s->missing[i].unit);
        put_date(out, s->missing[i].from);
        tsv_put(out, s->missing[i].name);
        bytes_char(out, '\n');
    }
    for (size_t i = 0; i < s->n_warnings; i++) {
        const struct seal_warning *w = &s->warnings[i];

        bytes_str(out, "warning");
        tsv_put(out, w->unit);
        put_date(out, w->from);
        bytes_printf(out, "\t%" PRId64 "\t%" PRId64, w->epoch, w->seq);
        tsv_put(out, w->codes);
        bytes_char(out, '\n');
    }
}

void seal_pack(const struct seal *s, struct bytes *out)
{
    bytes_printf(out, "htx-seal 1\nact\t%s\nprovince", s->reopen ? "reopen" : "close");
    put_hash(out, &s->province);
    bytes_str(out, "\nperiod");
    tsv_put(out, s->scheme);
    tsv_put(out, s->period);
    bytes_str(out, "\nvintage");
    tsv_put(out, s->vintage);
    bytes_printf(
        out, "\nnumber\t%" PRId64 "\nas-of\t%" PRId64 "\t%" PRId64 "\ncommit\t%" PRId64,
        s->number, s->epoch, s->seq, s->commit);
    put_hash(out, &s->statement);
    put_hash(out, &s->root);
    bytes_str(out, "\ntotals");
    put_hash(out, &s->totals);
    bytes_printf(out, "\nmethod\t%" PRId64 "\ncatalogue\t%" PRId64 "\n", s->method,
                 s->catalogue);
    if (s->reopen) {
        bytes_str(out, "why");
        tsv_put(out, s->why);
        bytes_char(out, '\n');
    } else {
        put_lists(s, out);
    }
}

/* ---- reading ---- */

struct reader {
    struct span rest;
    size_t line;
    struct arena *a;
    const char *f[FIELDS_MAX]; /* of the line just read; f[0] names it */
    size_t n;
};

static bool next_line(struct reader *r)
{
    const unsigned char *p = r->rest.p;
    const unsigned char *end = r->rest.n != 0 ? memchr(p, '\n', r->rest.n) : NULL;

    r->n = 0;
    if (end == NULL)
        return false;
    r->line++;
    r->n = tsv_split(r->a, p, end, r->f, FIELDS_MAX);
    r->rest.n -= (size_t)(end + 1 - r->rest.p);
    r->rest.p = end + 1;
    return true;
}

/* The next line is this one, with n fields behind its name. */
static bool expect(struct reader *r, const char *name, size_t n)
{
    return next_line(r) && r->n == n + 1 && strcmp(r->f[0], name) == 0;
}

static bool number_read(const char *s, int64_t *out)
{
    char *end;
    long long v;

    errno = 0;
    v = strtoll(s, &end, 10);
    *out = v;
    return errno == 0 && end != s && *end == 0 && v >= 0;
}

static bool hash_read(const char *s, struct hash *h)
{
    return hex_read(s, h->b, HASH_LEN);
}

static bool read_head(struct reader *r, struct seal *s)
{
    if (!expect(r, "htx-seal 1", 0) || !expect(r, "act", 1))
        return false;
    s->reopen = strcmp(r->f[1], "reopen") == 0;
    if (!expect(r, "province", 1) || !hash_read(r->f[1], &s->province) ||
        !expect(r, "period", 2))
        return false;
    s->scheme = r->f[1];
    s->period = r->f[2];
    if (!expect(r, "vintage", 1) || vintage_of(r->f[1]) == VINTAGE_NONE)
        return false;
    s->vintage = r->f[1];
    return expect(r, "number", 1) && number_read(r->f[1], &s->number) &&
           expect(r, "as-of", 2) && number_read(r->f[1], &s->epoch) &&
           number_read(r->f[2], &s->seq) && expect(r, "commit", 3) &&
           number_read(r->f[1], &s->commit) && hash_read(r->f[2], &s->statement) &&
           hash_read(r->f[3], &s->root) && expect(r, "totals", 1) &&
           hash_read(r->f[1], &s->totals) && expect(r, "method", 1) &&
           number_read(r->f[1], &s->method) && expect(r, "catalogue", 1) &&
           number_read(r->f[1], &s->catalogue);
}

static bool read_missing(const struct reader *r, struct seal_unit *u)
{
    *u = (struct seal_unit){r->f[1], r->f[3], date_read(r->f[2])};
    return r->n == 4 && u->from != DATE_NONE;
}

static bool read_warning(const struct reader *r, struct seal_warning *w)
{
    *w = (struct seal_warning){.unit = r->f[1], .from = date_read(r->f[2])};
    w->codes = r->f[5];
    return r->n == 6 && w->from != DATE_NONE && number_read(r->f[3], &w->epoch) &&
           number_read(r->f[4], &w->seq);
}

/* Their order is that of packing: the bytes are compared afterwards. */
static bool read_lists(struct reader *r, struct seal *s)
{
    const size_t most = r->rest.n / LINE_MIN + 1;

    if (!expect(r, "units", 2) || !number_read(r->f[1], &s->units) ||
        !number_read(r->f[2], &s->sent) || !expect(r, "reports", 1) ||
        !number_read(r->f[1], &s->reports))
        return false;
    s->missing = arena_new(r->a, most * sizeof *s->missing);
    s->warnings = arena_new(r->a, most * sizeof *s->warnings);
    while (r->rest.n != 0) {
        if (!next_line(r) || r->n < 4)
            return false;
        if (strcmp(r->f[0], "missing") == 0
                ? !read_missing(r, &s->missing[s->n_missing++])
                : !read_warning(r, &s->warnings[s->n_warnings++]))
            return false;
    }
    return s->units - s->sent == (int64_t)s->n_missing;
}

bool seal_read(struct span text, struct arena *a, struct seal *s, struct err *e)
{
    struct reader r = {.rest = text, .a = a};
    struct bytes again = {0};
    bool ok;

    *s = (struct seal){0};
    if (text.n > SEAL_BYTES_MAX)
        return err_set(e, ERR_INPUT, "seal: %zu bytes, at most %d", text.n,
                       SEAL_BYTES_MAX);
    ok = read_head(&r, s);
    if (ok && s->reopen && (ok = expect(&r, "why", 1)))
        s->why = r.f[1];
    else if (ok)
        ok = read_lists(&r, s);
    if (!ok)
        return err_set(e, ERR_INPUT, "seal: line %zu is not what stands there in a seal",
                       r.line);
    seal_pack(s, &again);
    ok = span_eq(span_of(&again), text);
    bytes_clear(&again);
    return ok || err_set(e, ERR_INPUT, "seal: not in canonical form");
}

/* ---- signing ---- */

struct endorsement seal_sign(struct span text, const struct keypair *key)
{
    return (struct endorsement){.key = key->pub,
                                .signature = sign(DOMAIN_SEAL, key, text)};
}

bool seal_holds(struct span text, const struct endorsement *one)
{
    return sign_holds(DOMAIN_SEAL, &one->key, text, &one->signature);
}

bool seal_by_two(struct span text, const struct endorsement *first,
                 const struct endorsement *second, struct err *e)
{
    if (memcmp(first->key.b, second->key.b, KEY_LEN) == 0)
        return err_set(e, ERR_INPUT, "seal: one key signed twice, two are needed");
    if (!seal_holds(text, first) || !seal_holds(text, second))
        return err_set(e, ERR_INPUT, "seal: the %s signature does not hold",
                       seal_holds(text, first) ? "second" : "first");
    return true;
}
