/*
 * effect_total - what acts would change in sealed totals: tried, compared, undone.
 *
 * In one transaction of its own snapshot the acts are applied behind the end of the log,
 * the sealed periods are rolled up before and after, and everything is rolled back: the
 * log has no new position, no number is used, nothing of it is ever visible to others.
 *
 * What it costs others: no commit row is written, so `serve` goes on receiving and
 * committing. It waits only where it writes the very key that an act wrote (the same
 * superseded report), and at most EFFECT_HOLD_MS: then the trial gives up with ERR_RETRY.
 * Totals "before" are made while nothing is held.
 */
#ifndef HTX_EFFECT_TOTAL_H
#define HTX_EFFECT_TOTAL_H

#include "aggregator/store/acts.h"
#include "aggregator/cmd/commands.h"

enum { EFFECT_HOLD_MS = 300000 };

/* Which totals an act may touch. vintage NULL: every one. */
struct effect_scope {
    const char *scheme, *period, *vintage;
};

/* One total that moves. Figures are exact decimal text; NULL: there is none. */
struct effect_line {
    const char *scheme, *period, *vintage;
    const char *by; /* "-" province, "s" sectors, "u" units, "us" both: as in publish.h */
    const char *unit, *unit_from, *unit_name; /* "" of the province */
    const char *indicator, *name, *measure;   /* name and measure in the reader's words */
    const char *b1, *b2, *b1_name, *b2_name;
    const char *from, *to;
    const char *numerator_from, *numerator_to, *denominator_from, *denominator_to;
    int64_t reported_from, reported_to, expected_from, expected_to; /* -1: not known */
};

/* A publication that says otherwise from now on. It stays as it is, byte for byte. */
struct effect_publication {
    const char *scheme, *period, *vintage;
    int64_t number;
    const char *day;   /* dd/mm/yyyy of its commit */
    const char *files; /* its stored extracts, between ", "; "" for none */
};

struct effect_total {
    bool sealed; /* a sealed total is touched: a person must say yes */
    struct effect_line *lines;
    size_t n;
    struct effect_publication *publications; /* of the periods that are touched */
    size_t n_publications;
    struct arena arena;
};

/*
 * Tries the acts, in order, as acts_append would write them (their control rows left
 * out). scopes: the totals they touch: sealed where one of them is sealed, even if no
 * figure moves. NULL: every sealed period is looked at; sealed where a figure moves.
 * pg: a connection that may write and is in no transaction; it is in none afterwards.
 */
bool effect_total(struct app *app, struct pg *pg, const struct acts *acts,
                  const struct effect_scope *scopes, size_t n, struct effect_total *out,
                  struct err *e) MUST_CHECK;
void effect_total_clear(struct effect_total *t);

/* People: totals from -> to, then publications and files. json: one object of both. */
void effect_total_print(const struct app *app, const struct effect_total *t, bool json);

/*
 * For a command that is about to append: shows the effect where a sealed total is
 * touched. *go: it may write, for nothing sealed is touched or the person said --yes;
 * else the command ends with EXIT_FINDINGS, nothing written.
 */
bool effect_total_ask(struct app *app, struct pg *pg, const struct acts *acts,
                      const struct effect_scope *scopes, size_t n, bool yes, bool json,
                      bool *go, struct err *e) MUST_CHECK;

#endif
