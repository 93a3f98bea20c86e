/*
 * pull_key - the CURVE key by which provinces know this ministry: keys/pull.curve.
 */
#ifndef HTX_PULL_KEY_H
#define HTX_PULL_KEY_H

#include "aggregator/settings.h"
#include "proto/crypto.h"

/* Reads it; made at the first call. */
bool pull_key(const struct settings *s, struct curve_pair *out, struct err *e) MUST_CHECK;

#endif
