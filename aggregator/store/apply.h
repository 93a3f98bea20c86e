/*
 * apply - the typed rows of control records, from the records alone.
 *
 * One statement for each kind (schema/pg/again/60_act.sql), whether the province has just
 * written the record or somebody else received it: rows are a function of the record, the
 * blob it names by hash, and the log before it. A new kind needs its case there.
 */
#ifndef HTX_APPLY_H
#define HTX_APPLY_H

#include "aggregator/store/pg.h"

/* What the record at seq names by its hash: bundle of a catalogue, totals of a
 * publication.
 */
struct act_blob { /* borrowed */
    uint64_t seq;
    struct span bytes;
};

/*
 * Inside the caller's transaction, with the records of the epoch from first to last in
 * htx.control already (positions of items between them do not matter): inserts their
 * typed rows. One call for many records costs little more than one for one. ERR_SETUP: a
 * kind that this release does not know. ERR_INPUT: a record that lacks what its row
 * needs, a blob that is missing or has another hash than the record says.
 */
bool acts_apply(struct pg *pg, uint64_t epoch, uint64_t first, uint64_t last,
                const struct act_blob *blobs, size_t n, struct err *e) MUST_CHECK;

#endif
