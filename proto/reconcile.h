/*
 * reconcile - do two sides hold the same of a period? Pure: lists in, questions and
 * differences out; no socket, file or database.
 *
 * A line is an item with its verdict; its hash covers both. The lines of a unit, ordered
 * by item hash, have a count and a Merkle root (merkle.h). Who asks compares them with
 * its own, then those of the parts that begin with the same bytes, then the lines of a
 * part that differs: a few questions find the exact items in lists of any length.
 * Everything is asked as of one position of the other side's log.
 *
 * Of two sides the lower one reports to the upper one: collector, province, ministry.
 */
#ifndef HTX_RECONCILE_H
#define HTX_RECONCILE_H

#include "proto/wire.h"

enum {
    RECONCILE_PAGE = 200,             /* lines of one answer to a list */
    RECONCILE_PAGE_BYTES = 96 * 1024, /* and about as many bytes */
    RECONCILE_LINES_MAX = 1000000,    /* of a unit and period: more is no honest list */
};

struct reconcile_unit { /* what one side holds of a unit */
    struct unit_key unit;
    const char *name;
    struct reconcile_line *lines; /* by item hash, each item once: reconcile_ready() */
    struct hash *hashes;          /* of the lines */
    size_t n;
};

/* Sorts the lines and hashes them into the arena. ERR_INPUT: an item stands twice. */
bool reconcile_ready(struct reconcile_unit *u, struct arena *a, struct err *e) MUST_CHECK;

/* Of lines [first, first + n); zero for none. */
struct hash reconcile_root(const struct reconcile_unit *u, size_t first, size_t n);

/* Only items whose content is in the feed: in place, before reconcile_ready(). */
void reconcile_only_fed(struct reconcile_unit *u);

/* -- answering ------------------------------------------------------------------------
 */

/* Fills rows, n and more from one unit, in the arena; strings are borrowed from u. */
void reconcile_answer(const struct reconcile_unit *u, const struct reconcile_ask *ask,
                      struct arena *a, struct reconcile_answer *out);
/* The line of each unit. */
void reconcile_answer_units(const struct reconcile_unit *list, size_t n,
                            const struct reconcile_ask *ask, struct arena *a,
                            struct reconcile_answer *out);

/* -- asking ---------------------------------------------------------------------------
 */

struct reconcile_walk;

/* ours is borrowed until the end. scheme and period are borrowed, too. */
void reconcile_walk_open(struct reconcile_walk **out, const struct reconcile_unit *ours,
                         const char *scheme, const char *period, const struct log_pos *at,
                         bool fed);
void reconcile_walk_close(struct reconcile_walk **w);

/* The next question; false when everything is known. The same until it is answered. */
bool reconcile_walk_next(struct reconcile_walk *w, struct reconcile_ask *ask);
/* False with ERR_NONE: an answer to another question, a late one: nothing changed.
 * ERR_INPUT: what the other side says contradicts itself. Copies what it keeps. */
bool reconcile_walk_take(struct reconcile_walk *w, const struct reconcile_answer *a,
                         struct err *e);

/* After the walk; borrowed from it. theirs holds the lines that differ, all else counts.
 */
struct reconcile_found {
    uint32_t count; /* on the other side */
    struct hash root;
    struct log_pos at;
    const char *name;
    const struct reconcile_line *theirs; /* that differ, by item hash */
    size_t n_theirs;
    const struct reconcile_line **ours;
    size_t n_ours;
    size_t questions;
};
void reconcile_walk_found(const struct reconcile_walk *w, struct reconcile_found *out);

/* -- differences ----------------------------------------------------------------------
 */

enum reconcile_side { SIDE_NONE, SIDE_COLLECTOR, SIDE_PROVINCE, SIDE_MINISTRY };
const char *reconcile_side_word(enum reconcile_side s);
enum reconcile_side reconcile_side_of(const char *word); /* SIDE_NONE: no such word */

struct reconcile_party {
    enum reconcile_side side;
    const char *code, *name; /* of the office */
    struct log_pos at;       /* of the province's log, as far as this side knows it */
    int64_t made_at;         /* ms */
};

enum reconcile_kind { /* why a line differs */
                      DIFFER_NONE,
                      DIFFER_UNAPPROVED, /* waits at the unit for its declaration */
                      DIFFER_WAITING,    /* waits at the unit for its time */
                      DIFFER_ON_THE_WAY, /* sealed and sent; nothing came back, and there
                                            it is not */
                      DIFFER_RECEIPT_MISSING, /* the province has it; the receipt did not
                                                 come yet */
                      DIFFER_DESK, /* the province's desk filed it on the unit's behalf */
                      DIFFER_LATER,   /* newer than what the other side knew */
                      DIFFER_LOST,    /* receipted, and the upper side has it no more */
                      DIFFER_UNKNOWN, /* the upper side has it, the lower one never saw it
                                       */
                      DIFFER_VERDICT, /* both have it, with two verdicts */
};
const char *reconcile_kind_word(enum reconcile_kind k);
enum reconcile_kind reconcile_kind_of(const char *word); /* DIFFER_NONE: no such word */
/* Does it come right by itself, or by work at hand? Else a person must look. */
bool reconcile_kind_expected(enum reconcile_kind k);

struct reconcile_difference {
    size_t unit; /* index into the units of the result */
    enum reconcile_kind kind;
    bool has_lower, has_upper;
    struct reconcile_line lower, upper;
};

struct reconcile_sum { /* one side of one unit */
    uint32_t count;
    struct hash root;
    bool whole;                                /* every line was seen: states is known */
    uint32_t states[RECONCILE_ON_THE_WAY + 1]; /* of how many lines */
};

struct reconcile_result_unit {
    struct unit_key unit;
    const char *name;
    bool equal;
    struct reconcile_sum lower, upper;
};

struct reconcile_result {
    const char *scheme, *period;
    char province[2 * HASH_LEN + 1]; /* genesis */
    bool fed;                        /* compared as far as the feed goes */
    struct reconcile_party lower, upper;
    struct reconcile_result_unit *units;
    size_t n_units;
    struct reconcile_difference *differences; /* by unit, then item hash */
    size_t n_differences;
};

void reconcile_result_clear(struct reconcile_result *r); /* strings are not its own */
bool reconcile_equal(const struct reconcile_result *r);

/*
 * Adds one unit to the result, whose parties are filled. The lines of both sides by item
 * hash: those that differ must be among them. Strings are borrowed.
 */
void reconcile_result_add(struct reconcile_result *r, const struct unit_key *unit,
                          const char *name, const struct reconcile_sum *lower,
                          const struct reconcile_sum *upper,
                          const struct reconcile_line *const *lower_lines, size_t n_lower,
                          const struct reconcile_line *const *upper_lines,
                          size_t n_upper);

/* Of whole lists: reconcile_ready() was called on them. u NULL: that side has none. */
struct reconcile_sum reconcile_sum_of(const struct reconcile_unit *u);
void reconcile_result_whole(struct reconcile_result *r, struct arena *a,
                            const struct reconcile_unit *lower,
                            const struct reconcile_unit *upper);
/* Of a walk that is done. ours_lower: who asked is the lower side. Strings are kept in
 * the arena, lines of ours are borrowed. */
void reconcile_result_walk(struct reconcile_result *r, struct arena *a,
                           const struct reconcile_unit *ours, bool ours_lower,
                           const struct reconcile_walk *w);

#endif
