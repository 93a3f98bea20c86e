/*
 * crypto - hashes, signatures and key files. The door to libsodium.
 *
 * Every hash and signature carries a domain prefix, so that bytes of one kind can never
 * pass for another. Ed25519 is deterministic: the same statement gives the same bytes.
 */
#ifndef HTX_CRYPTO_H
#define HTX_CRYPTO_H

#include "proto/report.h"

enum { KEY_LEN = 32, SIG_LEN = 64, SECRET_LEN = 64, CURVE_LEN = 41 /* Z85 + NUL */ };

struct pubkey {
    unsigned char b[KEY_LEN];
};
struct signature {
    unsigned char b[SIG_LEN];
};
struct keypair { /* Ed25519 */
    struct pubkey pub;
    unsigned char secret[SECRET_LEN];
};

enum domain {
    DOMAIN_REPORT,
    DOMAIN_SUBMISSION,
    DOMAIN_ANSWER,
    DOMAIN_CONTENT, /* content digest of a report */
    DOMAIN_BATCH,
    DOMAIN_LEAF,
    DOMAIN_NODE,
    DOMAIN_FINDINGS,
    DOMAIN_STATEMENT,
    DOMAIN_CONTROL, /* a control record of the log */
    DOMAIN_CATALOGUE,
    DOMAIN_GENESIS,
    DOMAIN_AUDIT,
    DOMAIN_ENDORSE, /* what puts a catalogue into force */
    DOMAIN_SEAL,    /* what closes or reopens a period */
    DOMAIN_FEED,      /* header of a page of the feed, its hash */
    DOMAIN_FEED_SIGN, /* and what its signature is over */
    DOMAIN_FEED_BODY,
    DOMAIN_EXTRACT, /* what is signed of a file that leaves the house */
    DOMAIN_RECONCILE, /* a line of a reconciliation */
    DOMAIN_FILE, /* plain file hashes are BLAKE2b-256 without prefix, as b2sum -l 256 */
};

/* Once at program start; false when the library cannot start. */
bool crypto_init(void) MUST_CHECK;

struct hash hash_of(enum domain d, struct span data);
struct hash hash_pair(enum domain d, struct span a, struct span b);
/* DOMAIN_FILE of all that can be read from fd, in pieces; false when reading fails. */
bool hash_file(int fd, struct hash *h) MUST_CHECK;
/* SHA-256 without prefix, as sha256sum: for people's tools beside a file, never inside.
 */
struct hash hash_sha256(struct span data);
bool hash_eq(const struct hash *a, const struct hash *b);
char *hash_hex(const struct hash *h, char out[2 * HASH_LEN + 1]);

struct signature sign(enum domain d, const struct keypair *k, struct span data);
bool sign_holds(enum domain d, const struct pubkey *pub, struct span data,
                const struct signature *s) MUST_CHECK;

void keypair_new(struct keypair *k);
/* One file, mode 0600: "ed25519 <public hex> <secret hex>\n". */
bool keypair_write(const char *path, const struct keypair *k, struct err *e) MUST_CHECK;
bool keypair_read(const char *path, struct keypair *k, struct err *e) MUST_CHECK;

/* CURVE keys as libzmq writes them (Z85). Same kind of file: "curve <public> <secret>".
 */
struct curve_pair {
    char pub[CURVE_LEN], secret[CURVE_LEN];
};
bool curve_new(struct curve_pair *c, struct err *e) MUST_CHECK;
bool curve_write(const char *path, const struct curve_pair *c, struct err *e) MUST_CHECK;
bool curve_read(const char *path, struct curve_pair *c, struct err *e) MUST_CHECK;
bool curve_valid(const char *z85);

/* UUIDv7 for this wall time. */
struct uuid uuid_new(int64_t wall_ms);
void random_bytes(void *p, size_t n);
uint32_t random_below(uint32_t n);

#endif
