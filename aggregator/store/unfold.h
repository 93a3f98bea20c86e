/*
 * unfold - a version of the catalogue in the tables that roll-ups read.
 *
 * catalogue_bundle keeps the bytes, the cat_ tables what they say. A form version that an
 * earlier catalogue brought keeps its cells for ever: stored arrays rest on them.
 */
#ifndef HTX_UNFOLD_H
#define HTX_UNFOLD_H

#include "aggregator/store/pg.h"
#include "proto/catalogue.h"

/*
 * For each form of cat: does no version before have it? is_new has room for all of them.
 * When one has it with other cells, *other is that form; else NULL.
 */
bool unfold_forms(struct pg *pg, const struct catalogue *cat, bool *is_new,
                  const struct form **other, struct err *e) MUST_CHECK;

/* Inside the caller's transaction; the bundle must have this hash. */
bool unfold(struct pg *pg, const struct hash *hash, struct span bundle,
            struct err *e) MUST_CHECK;

#endif
