/*
 * desk - the province's desk speaks for a unit: items signed by an officer's own key, in
 * batches of an epoch of their own, on the way of every batch: parsed, judged, committed
 * under the log's lock. `serve` signs the commit. What became of each item is printed.
 */
#ifndef HTX_DESK_H
#define HTX_DESK_H

#include "aggregator/cmd/commands.h"
#include "aggregator/ingest/ingest.h"
#include "proto/finding.h"

struct desk {
    struct app *app;
    const char *by; /* code of the person: the carrier is "desk:BY" */
    const struct catalogue *cat;
    struct pg *pg; /* of the administrator */
    struct ingest *ingest;
    struct unit_key unit; /* whom it speaks for: the caller's to fill before desk_add() */
    struct keypair key;
    bool quiet;     /* verdicts are not printed */
    bool rejected;  /* the batch was: nothing of it is kept; the reason was printed */
    size_t refused; /* items that were not accepted because of their content */
    struct arena arena;

    /* its own */
    struct store_pg_ctx *store;
    struct item items[WIRE_BATCH_ITEMS];
    struct hash hashes[WIRE_BATCH_ITEMS];
    struct bytes bodies[WIRE_BATCH_ITEMS];
    size_t n;
    uint64_t number, epoch;
    struct hash previous;
};

/* Big: in memory of the caller's, zeroed. by is borrowed. */
bool desk_open(struct desk *d, struct app *app, const char *by, const char *key_file,
               struct err *e) MUST_CHECK;
void desk_close(struct desk *d);

/* The unit of this code that is there today, or the last one there was. */
bool desk_unit(struct desk *d, const char *option, const char *code,
               struct err *e) MUST_CHECK;

/* Takes the body. Sends what waits when the batch is full. */
bool desk_add(struct desk *d, enum item_kind kind, struct bytes *body,
              struct err *e) MUST_CHECK;

/* Sends what waits. *rejected and the verdicts say what became of it. */
bool desk_flush(struct desk *d, struct err *e) MUST_CHECK;

/*
 * What waits as the parser reads it, without sending it: out and wire are the caller's to
 * clear, wire after out.
 */
void desk_parse(struct desk *d, struct parsed *out, struct bytes *wire);

/* Is the key one that speaks for the desk? Else sending it would be rejected. */
bool desk_enrolled(const struct desk *d);

/* One line a finding; r: whose, may be NULL. */
void desk_findings(const struct desk *d, const struct report *r,
                   const struct findings *fs);

/*
 * What a report of the desk for this subject must replace: hash and digest of the head of
 * its key, and the highest revision so far; *revision is 0 when there is none.
 */
bool desk_head(struct desk *d, const struct report *r, const char *subject,
               struct hash *hash, struct hash *digest, uint32_t *revision,
               struct err *e) MUST_CHECK;

#endif
