/*
 * held - the catalogue versions that the province sent, kept in the state folder.
 *
 * STATE/catalogue/N.bundle with N.sig beside it: hash, day and the officers' signatures.
 * A version counts only while its bundle has that hash and two officers of the pinned
 * genesis signed it; everything is checked again each time it is read. The signatures are
 * written first, so a bundle without them is what a crash left behind.
 */
#ifndef HTX_HELD_H
#define HTX_HELD_H

#include "proto/genesis.h"
#include "proto/catalogue.h"

struct held_version {
    uint32_t version; /* 0: none */
    struct hash hash;
    int32_t from;
};

/*
 * *in_force gets the newest version whose day has come, or NULL; *newest the newest of
 * all. A version that does not hold is left out, and said in the log.
 */
void held_open(const char *state, const struct genesis *g, int32_t today,
               struct catalogue **in_force, struct held_version *newest);

/* Is there any version at all? Then the genesis is needed. */
bool held_any(const char *state);

/*
 * Checks the offer's signatures and keeps them. *wanted: the bundle is not here yet.
 * ERR_INPUT: two officers did not sign it.
 */
bool held_offer(const char *state, const struct genesis *g, const struct offer *o,
                bool *wanted, struct err *e) MUST_CHECK;

/* Keeps a bundle whose signatures were kept before. ERR_INPUT: not what was signed, or
 * not a catalogue that this release can read. */
bool held_bundle(const char *state, const struct genesis *g, uint32_t version,
                 struct span bundle, struct err *e) MUST_CHECK;

#endif
