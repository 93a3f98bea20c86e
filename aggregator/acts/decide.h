/*
 * decide - a person's word on reports that wait (held, in conflict), on withdrawals that
 * were held, and on reports that count and should not. Design 2: it never changes the
 * receipt, and goes back to the unit as a notice.
 *
 * Counting lets a report in: it takes the place of its key's head as the log stands when
 * the decision commits, which is checked again under the log's lock. Counting a
 * withdrawal takes the report out. Rejecting takes out what counts, or ends the waiting.
 */
#ifndef HTX_DECIDE_H
#define HTX_DECIDE_H

#include "aggregator/rollup/effect_total.h"
#include "aggregator/ingest/talk.h"

enum { DECIDE_MAX = 1000 }; /* acts of one commit: it holds the log for a second */

/* What is decided about, and what was found out. Strings live in the caller's arena. */
struct decision {
    bool withdrawal; /* of `target`; else a report */
    struct hash about, target;
    const char *position; /* "EPOCH.SEQ" */
    struct unit_key unit;
    const char *scheme, *period, *form, *subject, *name, *channel;
    enum vintage vintage;

    const char *act;  /* count, reject */
    const char *word; /* what the unit reads: see proto/notice.h */
    const char *why;  /* for the record */
    const char *text; /* for the unit; NULL: why */
    const char *person, *person_name;
    bool corrects; /* about takes the place of `target`, which must still be the head of
                      its key. channel: of target */

    /* as planned */
    bool has_replaces, has_head;
    struct hash replaces, head;
    struct hash told; /* the report that the notice names to the unit */
    uint32_t head_revision;
};

/* What a person wants: the words of the command. */
enum decide_what { DECIDE_COUNT, DECIDE_REJECT, DECIDE_CORRECT };

/*
 * Which report or withdrawal `which` (position, id, hash) is, and whether that can be
 * done to it. ERR_INPUT says why not, and what to do instead. DECIDE_CORRECT: it counts;
 * about is the caller's to fill with the correction, target is the report itself.
 */
bool decide_find(struct app *app, struct pg *pg, const char *which, enum decide_what what,
                 struct arena *a, struct decision *out, struct err *e) MUST_CHECK;

/*
 * Finds out what the decisions replace and what the next revision must continue, in their
 * order, and adds the records and notices. before: records that come first, may be NULL
 * (a report that is only tried). The decisions must stay where they are.
 */
bool decide_plan(struct pg *pg, struct decision *list, size_t n,
                 const struct acts *before, struct acts *acts, struct err *e) MUST_CHECK;

/* Plans, and appends in one commit. A race with serve is planned again. */
bool decide_append(struct pg *pg, struct decision *list, size_t n,
                   struct err *e) MUST_CHECK;

/*
 * Plan, effect, and, where nothing sealed is touched or yes was said, one commit. *go:
 * it was written.
 */
bool decide_write(struct app *app, struct pg *pg, struct decision *list, size_t n,
                  bool yes, bool json, bool *go, struct err *e) MUST_CHECK;

/* The totals that the decisions touch; in the arena. */
const struct effect_scope *decide_scopes(const struct decision *list, size_t n,
                                         struct arena *a);

#endif
