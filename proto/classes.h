/*
 * classes - rule sets with validity dates: size classes, grades. Data, not code.
 *
 * classes.tsv: set class name_vi name_en valid_from valid_to sectors conditions sure law
 * ended_by. Of a set the lines in force on a period's cut-off count; of those that are
 * for an organisation's sector ("*": for all; else top codes of dimension sector) the
 * first whose conditions hold is its class. Conditions are clauses joined by ";" that all
 * must hold, a clause is alternatives joined by "|": "CODE OP NUMBER" over the whole of
 * an indicator, in printed units, OP of >= > <= <; "@state = WORD"; "@age_months OP
 * NUMBER" (from founding to the cut-off). "?" alone: the law has a threshold that nobody
 * wrote down here. Empty: always.
 *
 * A figure that is missing makes a condition unknown, and unknown is no class: an
 * organisation has the class whose line holds only if no line before it is unknown. What
 * arose in part of a year is less than the year's: it can reach a threshold, but not
 * miss it. A fact (@) that nobody knows does not hold.
 *
 * sure: verified, or unverified. law: where it stands; ended_by: what ended it. A later
 * line with the same set, class, valid_from and sectors replaces one: so a province's
 * classes.local.tsv fills in thresholds.
 */
#ifndef HTX_CLASSES_H
#define HTX_CLASSES_H

#include "proto/base/err.h"
#include "proto/report.h"

enum class_op { CLASS_AT_LEAST, CLASS_MORE, CLASS_AT_MOST, CLASS_LESS };

struct indicator;

struct class_term {
    const struct indicator *indicator; /* NULL: a fact */
    enum class_op op;
    int64_t value;           /* smallest units; months */
    enum entity_state state; /* STATE_NONE: the fact is the age */
};

struct class_clause {
    const struct class_term *any;
    size_t n;
};

struct class_row {
    const char *set, *code, *name_vi, *name_en;
    int32_t valid_from, valid_to;
    const char *const *sectors; /* NULL-terminated; "*" */
    bool open;                  /* "?" */
    const struct class_clause *all;
    size_t n;
    bool verified;
    const char *law, *ended_by;
};

struct catalogue;

/* What is known of one organisation. figure: NULL where there is none; part: it arose in
 * less than a year. */
struct class_facts {
    int32_t day;        /* cut-off */
    const char *sector; /* top code; "" unknown */
    enum entity_state state;
    int age_months; /* below 0: unknown */
    const int64_t *(*figure)(void *ctx, const struct indicator *i, bool *part);
    void *ctx;
};

/* The class of the set, or NULL: none is in force that day, none fits the sector, or a
 * figure is missing. */
const struct class_row *class_of(const struct catalogue *c, const char *set,
                                 const struct class_facts *f);

/* Is the row in force on that day? */
bool class_valid(const struct class_row *r, int32_t day);

/* Its conditions as JSON, for who applies them elsewhere: clauses that all must hold,
 * each a list of alternatives {"i": indicator's number, "op": ">=", "v": smallest units},
 * {"f": "age_months", "op": "<", "v": 12}, {"f": "state", "w": "stopped"}; null: open. */
void class_conditions(const struct class_row *r, struct bytes *out);

#endif
