/* clang-format off */
/*
 * file_sign - the signature beside a file that leaves the house: one text that says which
 * bytes these are, of which publication, and who vouches for them.
 *
 * It lies beside NAME as NAME.sig, one line a field, fields between tabs, in this order:
 *
 *   htx-file 1
 *   name         of the file, without folders
 *   bytes        how many
 *   b2           BLAKE2b-256, as b2sum -l 256
 *   sha256       as sha256sum
 *   province     code, hash of its genesis
 *   publication  scheme period vintage number
 *   totals       hash of the canonical totals that the file was made of
 *   signer       "receipt" (the province's own key), or "officer" and the person's code
 *   key          Ed25519, public
 *   signature    by this key, of all lines above, in a domain of its own
 *
 * In a field \t, \n and \\ stand for tab, newline and backslash. Ed25519 is deterministic:
 * the same file and key give the same text. Whether the key is one of the province's says
 * its genesis and register, not this text.
 */
/* clang-format on */
#ifndef HTX_FILE_SIGN_H
#define HTX_FILE_SIGN_H

#include "proto/crypto.h"

enum { FILE_SIGN_MAX = 64 * 1024 };

struct signed_file {
    const char *name;
    int64_t bytes;
    struct hash b2, sha256;
    const char *province;
    struct hash genesis;
    const char *scheme, *period, *vintage;
    int64_t number;
    struct hash totals;
    const char *officer; /* code of a person; NULL: the province's receipt key */
    struct pubkey key;
    struct signature signature;
};

/* Fills in bytes, hashes, key and signature, and appends the text. */
void file_sign(struct signed_file *f, struct span body, const struct keypair *key,
               struct bytes *out);

/*
 * The text of file_sign and nothing else. Strings live in the arena. ERR_INPUT names the
 * line that is wrong. Says nothing of the signature.
 */
bool file_sign_read(struct span text, struct arena *a, struct signed_file *f,
                    struct err *e) MUST_CHECK;

/* The signature is by f->key, and these are the bytes. ERR_INPUT says what differs. */
bool file_sign_holds(const struct signed_file *f, struct span body,
                     struct err *e) MUST_CHECK;

#endif
