/*
 * endorse - a catalogue is in force when two officers of the genesis say so.
 *
 * Each signs {province, version, hash of the bundle, day it comes into force} under a
 * domain of its own. The signatures travel with the bundle: a collector believes the
 * officers of its pinned genesis, not whoever holds the province's server or database.
 */
#ifndef HTX_ENDORSE_H
#define HTX_ENDORSE_H

#include "proto/wire.h"

enum { OFFICERS_MAX = 16, ENDORSEMENTS_NEEDED = 2 };

struct officer_key {
    char code[64];
    struct pubkey key;
};

struct officers {
    struct officer_key list[OFFICERS_MAX];
    size_t n;
};

/* The [officer CODE] sections of a genesis file. ERR_SETUP: a key that is none. */
bool officers_read(struct span genesis, struct officers *out, struct err *e) MUST_CHECK;
/* The officer with this key, or this code; NULL: none. */
const struct officer_key *officer_with_key(const struct officers *o,
                                           const struct pubkey *key);
const struct officer_key *officer_with_code(const struct officers *o, const char *code);

/* What is put into force. */
struct catalogue_act {
    struct hash province; /* genesis hash */
    uint32_t version;
    struct hash bundle;
    int32_t from;
};

struct endorsement endorse(const struct catalogue_act *act, const struct keypair *key);
bool endorsement_holds(const struct catalogue_act *act,
                       const struct endorsement *one) MUST_CHECK;

/* Two different officers signed. ERR_INPUT says what is missing. */
bool endorsed(const struct catalogue_act *act, const struct officers *officers,
              const struct endorsement *list, size_t n, struct err *e) MUST_CHECK;

#endif
