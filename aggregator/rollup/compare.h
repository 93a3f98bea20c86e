/*
 * compare - what stands beside a total: last year, the plan, the second half, the
 * targets; and in words why a cell of it stays empty. The figures are made by the
 * functions in schema/pg/again/22_compare.sql and 23_target.sql.
 */
#ifndef HTX_COMPARE_H
#define HTX_COMPARE_H

#include "aggregator/rollup/rollup.h"

/* In the order in which totals give them. */
enum compare_what {
    CW_PREVIOUS, /* the same period a year earlier */
    CW_PLAN,     /* of the period, else of the year that contains it */
    CW_CHANGE,   /* value - previous, in the figure's own unit */
    CW_PERCENT_PREVIOUS,
    CW_PERCENT_PLAN,
    CW_SECOND_HALF, /* of a year: year - first half */
    CW_COUNT
};

/* "previous", ... ; CW_COUNT when it is none of them. */
enum compare_what compare_what_of(const char *word);
const char *compare_word(enum compare_what what);
const char *compare_label(enum compare_what what, enum lang lang);

/*
 * The words of a reason, for people. Several codes stand with commas between them
 * ("not_due, stated"): their words are joined by "; ". "" for none; a code of a newer
 * release as it stands.
 */
const char *compare_reason(const char *reason, enum lang lang, struct arena *a);

/* "reached", "not_reached", "not_comparable": đạt, chưa đạt, không so sánh được. */
const char *outcome_label(const char *outcome, enum lang lang);

/* Columns of compare_rows; all are text, what is not given is null. */
enum compare_column {
    CC_UNIT,
    CC_UNIT_FROM,
    CC_VINTAGE,
    CC_INDICATOR,
    CC_B1,
    CC_B2,
    CC_WHAT,
    CC_VALUE,
    CC_REASON,
    CC_COLUMNS
};

/* One row a total and comparison, totals in the order of rollup_rows() (bytewise). */
bool compare_rows(struct pg *pg, const struct rollup_at *at, bool by_unit, bool by_sector,
                  struct pg_rows *rows, struct err *e) MUST_CHECK;

#endif
