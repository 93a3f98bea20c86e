#include "proto/file_sign.h"
#include "proto/tsv.h"

#include <errno.h>
#include <inttypes.h>

static void put_hash(struct bytes *out, const struct hash *h)
{
    char hex[2 * HASH_LEN + 1];

    tsv_put(out, hash_hex(h, hex));
    bytes_char(out, '\n');
}

/* What is signed: every line but the last. */
static void pack_head(const struct signed_file *f, struct bytes *out)
{
    char hex[2 * KEY_LEN + 1];

    bytes_str(out, "htx-file 1\nname");
    tsv_put(out, f->name);
    bytes_printf(out, "\nbytes\t%" PRId64 "\nb2", f->bytes);
    put_hash(out, &f->b2);
    bytes_str(out, "sha256");
    put_hash(out, &f->sha256);
    bytes_str(out, "province");
    tsv_put(out, f->province);
    put_hash(out, &f->genesis);
    bytes_str(out, "publication");
    tsv_put(out, f->scheme);
    tsv_put(out, f->period);
    tsv_put(out, f->vintage);
    bytes_printf(out, "\t%" PRId64 "\ntotals", f->number);
    put_hash(out, &f->totals);
    bytes_str(out, "signer");
    tsv_put(out, f->officer == NULL ? "receipt" : "officer");
    if (f->officer != NULL)
        tsv_put(out, f->officer);
    bytes_printf(out, "\nkey\t%s\n", hex_of(f->key.b, KEY_LEN, hex));
}

static void pack_signature(const struct signed_file *f, struct bytes *out)
{
    char hex[2 * SIG_LEN + 1];

    bytes_printf(out, "signature\t%s\n", hex_of(f->signature.b, SIG_LEN, hex));
}

void file_sign(struct signed_file *f, struct span body, const struct keypair *key,
               struct bytes *out)
{
    struct bytes head = {0};

    f->bytes = (int64_t)body.n;
    f->b2 = hash_of(DOMAIN_FILE, body);
    f->sha256 = hash_sha256(body);
    f->key = key->pub;
    pack_head(f, &head);
    f->signature = sign(DOMAIN_EXTRACT, key, span_of(&head));
    bytes_add(out, head.p, head.n);
    pack_signature(f, out);
    bytes_clear(&head);
}

/* ---- reading ---- */

enum { FIELDS_MAX = 6 };

struct reader {
    const unsigned char *p, *end;
    struct arena *a;
    const char *f[FIELDS_MAX]; /* of the line just read; f[0] names it */
    size_t n, line;
};

/* The next line is this one, with so many fields behind its name. */
static bool expect(struct reader *r, const char *name, size_t least, size_t most)
{
    const unsigned char *stop =
        r->p < r->end ? memchr(r->p, '\n', (size_t)(r->end - r->p)) : NULL;

    r->line++;
    if (stop == NULL)
        return false;
    r->n = tsv_split(r->a, r->p, stop, r->f, FIELDS_MAX);
    r->p = stop + 1;
    return r->n >= least + 1 && r->n <= most + 1 && strcmp(r->f[0], name) == 0;
}

static bool number_read(const char *s, int64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoll(s, &end, 10);
    return errno == 0 && end != s && *end == 0 && *out >= 0;
}

static bool read_lines(struct reader *r, struct signed_file *f)
{
    if (!expect(r, "htx-file 1", 0, 0) || !expect(r, "name", 1, 1))
        return false;
    f->name = r->f[1];
    if (!expect(r, "bytes", 1, 1) || !number_read(r->f[1], &f->bytes) ||
        !expect(r, "b2", 1, 1) || !hex_read(r->f[1], f->b2.b, HASH_LEN) ||
        !expect(r, "sha256", 1, 1) || !hex_read(r->f[1], f->sha256.b, HASH_LEN) ||
        !expect(r, "province", 2, 2) || !hex_read(r->f[2], f->genesis.b, HASH_LEN))
        return false;
    f->province = r->f[1];
    if (!expect(r, "publication", 4, 4) || !number_read(r->f[4], &f->number))
        return false;
    f->scheme = r->f[1];
    f->period = r->f[2];
    f->vintage = r->f[3];
    if (!expect(r, "totals", 1, 1) || !hex_read(r->f[1], f->totals.b, HASH_LEN) ||
        !expect(r, "signer", 1, 2) ||
        strcmp(r->f[1], r->n == 2 ? "receipt" : "officer") != 0)
        return false;
    f->officer = r->n == 3 ? r->f[2] : NULL;
    return expect(r, "key", 1, 1) && hex_read(r->f[1], f->key.b, KEY_LEN) &&
           expect(r, "signature", 1, 1) && hex_read(r->f[1], f->signature.b, SIG_LEN) &&
           r->p == r->end;
}

bool file_sign_read(struct span text, struct arena *a, struct signed_file *f,
                    struct err *e)
{
    struct reader r = {.p = text.p, .end = text.p + text.n, .a = a};
    struct bytes again = {0};
    bool ok;

    *f = (struct signed_file){0};
    if (text.n == 0 || text.n > FILE_SIGN_MAX)
        return err_set(e, ERR_INPUT, "signature: %zu bytes, 1 to %d", text.n,
                       FILE_SIGN_MAX);
    if (!read_lines(&r, f))
        return err_set(e, ERR_INPUT,
                       "signature: line %zu is not what stands there in a signature",
                       r.line);
    pack_head(f, &again);
    pack_signature(f, &again);
    ok = span_eq(span_of(&again), text);
    bytes_clear(&again);
    return ok || err_set(e, ERR_INPUT, "signature: not written as we write it");
}

bool file_sign_holds(const struct signed_file *f, struct span body, struct err *e)
{
    const struct hash b2 = hash_of(DOMAIN_FILE, body), sha256 = hash_sha256(body);
    struct bytes head = {0};
    bool ok;

    if (f->bytes != (int64_t)body.n || !hash_eq(&f->b2, &b2) ||
        !hash_eq(&f->sha256, &sha256))
        return err_set(e, ERR_INPUT, "%s: these are not the bytes that were signed",
                       f->name);
    pack_head(f, &head);
    ok = sign_holds(DOMAIN_EXTRACT, &f->key, span_of(&head), &f->signature);
    bytes_clear(&head);
    return ok ||
           err_set(e, ERR_INPUT, "%s: the signature is not by the key it names", f->name);
}
