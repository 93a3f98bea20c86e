/*
 * judge - what the province adds to the rules of the report: who speaks, which period,
 * whose key, in which order. Pure: a context, what the store knows, and what this group
 * decided before go in; one decision comes out. Design 4.
 */
#ifndef HTX_JUDGE_H
#define HTX_JUDGE_H

#include "aggregator/store/store.h"

/* What this group decided so far, on top of what the store knows. */
struct judge;

/* The catalogues that the context names, loaded; now is wall time. */
void judge_open(struct judge **out, const struct context *c,
                const struct catalogues *cats, int64_t now, int32_t today);
void judge_close(struct judge **j);

/* May this signer, over this connection, speak for this unit to this province? */
enum reject_reason judge_speaker(const struct context *c, const struct parsed *batch,
                                 const char *carrier);

/* Is it a connection of the batch's own unit, whoever signed? */
bool judge_carrier(const struct context *c, const struct parsed *batch,
                   const char *carrier);

enum judge_kind {
    JUDGE_STORE,   /* a new answer: `judged` is filled but for leaf, seq and index */
    JUDGE_REPLAY,  /* answered before, or earlier in this group */
    JUDGE_NOT_NOW, /* `why` */
};

struct judge_result {
    enum judge_kind kind;
    enum not_now_reason why;
    struct judged judged;
    struct findings
        findings; /* the caller's to clear; judged.findings points here later */
};

/* In the order of the batches; a JUDGE_STORE result is remembered for the next items. */
void judge_item(struct judge *j, const struct unit_key *unit,
                const struct parsed_item *item, const struct known *known,
                struct judge_result *out);

#endif
