/*
 * reconcile_json - what a side holds, and what came of a comparison, as files that travel
 * between offices without a network.
 *
 * {"what": "htx-reconcile", "version": 1, "province": genesis hash, "scheme", "period",
 *  "party": {"side", "code", "name", "position", "made_at"},
 *  "units": [{"unit", "unit_from", "name", "count", "root", "lines": [{"item", "verdict",
 *   "kind", "state", "desk", "form", "subject", "name", "vintage", "revision", "time",
 *   "position", "by"}]}]}
 *
 * and {"what": "htx-reconcile-result", ..., "equal", "lower": party, "upper": party,
 *  "units": [{"unit", "unit_from", "name", "equal", "lower": {"count", "root", "states"},
 *   "upper"}], "differences": [{"unit", "unit_from", "kind", "expected", "why": {"vi",
 *   "en"}, "lower": line or null, "upper"}]}.
 *
 * Times are milliseconds since 1970, positions "epoch.seq", hashes hex. A file whose
 * items or verdicts were changed on its way does not read: its lines must make its roots.
 */
#ifndef HTX_RECONCILE_JSON_H
#define HTX_RECONCILE_JSON_H

#include "proto/reconcile.h"

enum { RECONCILE_FILE_MAX = 64 * 1024 * 1024 };

struct reconcile_doc { /* one side's lists; strings live in an arena of the caller's */
    char province[2 * HASH_LEN + 1]; /* hash of its genesis */
    const char *scheme, *period;
    struct reconcile_party party;
    const char *only;             /* code of the one unit that was asked for; NULL: all */
    struct reconcile_unit *units; /* ready to compare */
    size_t n_units;
};

void reconcile_doc_put(const struct reconcile_doc *d, struct bytes *out);
/* ERR_INPUT names what is wrong. */
bool reconcile_doc_read(struct span s, struct arena *a, struct reconcile_doc *d,
                        struct err *e) MUST_CHECK;

void reconcile_result_put(const struct reconcile_result *r, struct bytes *out);
bool reconcile_result_read(struct span s, struct arena *a, struct reconcile_result *r,
                           struct err *e) MUST_CHECK;

/*
 * Compares two sides of one province and period. unit NULL: every unit that the lower
 * side names where that is a collector, else every unit that either side names; else that
 * code. Where a side's list was made for one unit, that one alone. ERR_INPUT: they are of
 * one side, not of one province, period, or there is no such unit. The result borrows
 * from both.
 */
bool reconcile_docs(const struct reconcile_doc *a, const struct reconcile_doc *b,
                    const char *unit, struct arena *arena, struct reconcile_result *r,
                    struct err *e) MUST_CHECK;

#endif
