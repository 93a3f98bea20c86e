#include "proto/crypto.h"

#include "proto/base/file.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

static const char *const domains[] = {
    [DOMAIN_REPORT] = "htx.report.v1",
    [DOMAIN_SUBMISSION] = "htx.submission.v1",
    [DOMAIN_ANSWER] = "htx.answer.v1",
    [DOMAIN_CONTENT] = "htx.content.v1",
    [DOMAIN_BATCH] = "htx.batch.v1",
    [DOMAIN_LEAF] = "htx.leaf.v1",
    [DOMAIN_NODE] = "htx.node.v1",
    [DOMAIN_FINDINGS] = "htx.findings.v1",
    [DOMAIN_STATEMENT] = "htx.statement.v1",
    [DOMAIN_CONTROL] = "htx.control.v1",
    [DOMAIN_CATALOGUE] = "htx.catalogue.v1",
    [DOMAIN_GENESIS] = "htx.genesis.v1",
    [DOMAIN_AUDIT] = "htx.audit.v1",
    [DOMAIN_ENDORSE] = "htx.endorse.v1",
    [DOMAIN_SEAL] = "htx.seal.v1",
    [DOMAIN_FEED] = "htx.feed.v1",
    [DOMAIN_FEED_SIGN] = "htx.feed.sign.v1",
    [DOMAIN_FEED_BODY] = "htx.feed.body.v1",
    [DOMAIN_EXTRACT] = "htx.extract.v1",
    [DOMAIN_RECONCILE] = "htx.reconcile.v1",
    [DOMAIN_FILE] = "",
};

bool crypto_init(void)
{
    return sodium_init() >= 0;
}

struct hash hash_pair(enum domain d, struct span a, struct span b)
{
    crypto_generichash_state st;
    struct hash h;

    crypto_generichash_init(&st, NULL, 0, HASH_LEN);
    if (d != DOMAIN_FILE) /* the NUL ends the prefix: no domain begins another */
        crypto_generichash_update(&st, (const unsigned char *)domains[d],
                                  strlen(domains[d]) + 1);
    crypto_generichash_update(&st, a.p, a.n);
    crypto_generichash_update(&st, b.p, b.n);
    crypto_generichash_final(&st, h.b, HASH_LEN);
    return h;
}

bool hash_file(int fd, struct hash *h)
{
    crypto_generichash_state st;
    unsigned char piece[16384];
    ssize_t n;

    crypto_generichash_init(&st, NULL, 0, HASH_LEN);
    while ((n = read(fd, piece, sizeof piece)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        crypto_generichash_update(&st, piece, (size_t)n);
    }
    crypto_generichash_final(&st, h->b, HASH_LEN);
    return true;
}

struct hash hash_of(enum domain d, struct span data)
{
    return hash_pair(d, data, (struct span){0});
}

struct hash hash_sha256(struct span data)
{
    struct hash h;

    crypto_hash_sha256(h.b, data.p, data.n);
    return h;
}

bool hash_eq(const struct hash *a, const struct hash *b)
{
    return memcmp(a->b, b->b, HASH_LEN) == 0;
}

char *hash_hex(const struct hash *h, char out[2 * HASH_LEN + 1])
{
    return hex_of(h->b, HASH_LEN, out);
}

/* What is signed is the domain's hash of the data: short, and bound to its kind. */
struct signature sign(enum domain d, const struct keypair *k, struct span data)
{
    struct hash h = hash_of(d, data);
    struct signature s;

    crypto_sign_detached(s.b, NULL, h.b, HASH_LEN, k->secret);
    return s;
}

bool sign_holds(enum domain d, const struct pubkey *pub, struct span data,
                const struct signature *s)
{
    struct hash h = hash_of(d, data);

    return crypto_sign_verify_detached(s->b, h.b, HASH_LEN, pub->b) == 0;
}

void keypair_new(struct keypair *k)
{
    crypto_sign_keypair(k->pub.b, k->secret);
}

bool keypair_write(const char *path, const struct keypair *k, struct err *e)
{
    char pub[2 * KEY_LEN + 1], secret[2 * SECRET_LEN + 1];
    struct bytes line = {0};
    bool ok;

    bytes_printf(&line, "ed25519 %s %s\n", hex_of(k->pub.b, KEY_LEN, pub),
                 hex_of(k->secret, SECRET_LEN, secret));
    ok = file_write(path, span_of(&line), 0600, e);
    sodium_memzero(line.p, line.n);
    sodium_memzero(secret, sizeof secret);
    bytes_clear(&line);
    return ok;
}

/* "word public secret" of a key file that nobody else may read. */
static bool key_words(const char *path, const char *word, struct bytes *data, char **pub,
                      char **secret, struct err *e)
{
    struct stat st;
    char *save = NULL, *first;

    if (stat(path, &st) == 0 && (st.st_mode & 077) != 0)
        return err_set(e, ERR_SETUP, "%s: others may read this key: chmod 600", path);
    if (!file_read(path, 1024, data, e))
        return false;
    bytes_cstr(data);
    first = strtok_r((char *)data->p, " \n", &save);
    *pub = strtok_r(NULL, " \n", &save);
    *secret = strtok_r(NULL, " \n", &save);
    if (first == NULL || *pub == NULL || *secret == NULL || strcmp(first, word) != 0)
        return err_set(e, ERR_SETUP, "%s: not a key file of kind %s", path, word);
    return true;
}

bool keypair_read(const char *path, struct keypair *k, struct err *e)
{
    struct bytes data = {0};
    char *pub, *secret;
    bool ok = key_words(path, "ed25519", &data, &pub, &secret, e);

    if (ok &&
        (!hex_read(pub, k->pub.b, KEY_LEN) || !hex_read(secret, k->secret, SECRET_LEN)))
        ok = err_set(e, ERR_SETUP, "%s: damaged key file", path);
    if (data.n != 0)
        sodium_memzero(data.p, data.n);
    bytes_clear(&data);
    return ok;
}

bool curve_valid(const char *z85)
{
    unsigned char raw[32];

    return strlen(z85) == CURVE_LEN - 1 && zmq_z85_decode(raw, z85) != NULL;
}

bool curve_new(struct curve_pair *c, struct err *e)
{
    if (zmq_curve_keypair(c->pub, c->secret) != 0)
        return err_set(e, ERR_SETUP, "CURVE keys: %s", zmq_strerror(errno));
    return true;
}

bool curve_write(const char *path, const struct curve_pair *c, struct err *e)
{
    struct bytes line = {0};
    bool ok;

    bytes_printf(&line, "curve %s %s\n", c->pub, c->secret);
    ok = file_write(path, span_of(&line), 0600, e);
    sodium_memzero(line.p, line.n);
    bytes_clear(&line);
    return ok;
}

bool curve_read(const char *path, struct curve_pair *c, struct err *e)
{
    struct bytes data = {0};
    char *pub, *secret;
    bool ok = key_words(path, "curve", &data, &pub, &secret, e);

    if (ok && (!curve_valid(pub) || !curve_valid(secret)))
        ok = err_set(e, ERR_SETUP, "%s: damaged key file", path);
    if (ok) {
        memcpy(c->pub, pub, CURVE_LEN);
        memcpy(c->secret, secret, CURVE_LEN);
    }
    if (data.n != 0)
        sodium_memzero(data.p, data.n);
    bytes_clear(&data);
    return ok;
}

void random_bytes(void *p, size_t n)
{
    randombytes_buf(p, n);
}

uint32_t random_below(uint32_t n)
{
    return randombytes_uniform(n);
}

struct uuid uuid_new(int64_t wall_ms)
{
    struct uuid id;

    random_bytes(id.b, ID_LEN);
    for (int i = 0; i < 6; i++)
        id.b[i] = (unsigned char)(wall_ms >> (8 * (5 - i)));
    id.b[6] = (unsigned char)((id.b[6] & 0x0f) | 0x70); /* version 7 */
    id.b[8] = (unsigned char)((id.b[8] & 0x3f) | 0x80); /* variant */
    return id;
}
