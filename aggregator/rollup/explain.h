/*
 * explain - a total taken apart: the signed cells it rests on, and what it leaves out.
 *
 * The lines come from the functions that make the totals
 * (schema/pg/again/25_explain.sql), so that they add up to the figure; where each cell
 * stood is read from the signed bytes, whose signature, root and hash are checked again,
 * and whose value must be the one that was added.
 */
#ifndef HTX_EXPLAIN_H
#define HTX_EXPLAIN_H

#include "aggregator/rollup/rollup.h"

/* One cell of the tables of rollup. */
struct explain_of {
    const char *indicator;
    const char *unit, *unit_from; /* NULL: the province */
    bool by_sector;               /* b1 is an upper sector, "undivided" or "unknown" */
    const char *b1, *b2;          /* "" for all */
};

enum explain_original {
    ORIGINAL_HOLDS,
    ORIGINAL_ACT,     /* no report: an act of the province, in the register */
    ORIGINAL_MISSING, /* no signed bytes, or they cannot be read */
    ORIGINAL_BROKEN,  /* signature, root or hash is wrong */
    ORIGINAL_DIFFERS, /* the signed cell says something else */
    ORIGINALS
};

struct explain_cell {
    int64_t epoch, seq;   /* of its report: the number of its receipt */
    int64_t indicator;    /* 0: the report itself, counted as one */
    const char *b1, *b2;  /* codes */
    const char *code;     /* of the indicator */
    const char *vi, *en;  /* its name, with the breakdown */
    const char *measure;  /* unit of value */
    int64_t value, scale; /* smallest units, and how many make a printed one */
    /* from the signed bytes */
    const char *file, *place; /* "ds.xlsx", "Danh sách!F12" */
    const char *written;      /* as in the cell, where that was more than a number */
    enum explain_original original;
};

struct explain_line {
    bool denominator;
    const char *unit, *unit_from, *unit_name;
    const char *source, *basis; /* words of rollup */
    const char *form, *subject, *name;
    struct explain_cell cell;
    bool weighed;
    struct explain_cell weight; /* cell × weight × factor = amount */
    const char *factor, *amount;
};

struct breakup {
    struct explain_line *lines;
    size_t n_lines;
    /* what rollup says (borrowed) and what the lines add up to; NULL: nothing */
    const char *numerator, *denominator, *numerator_sum, *denominator_sum;
    bool same;
    size_t originals[ORIGINALS]; /* lines and weights by what became of the check */
    struct pg_rows left;         /* columns of explain_left, then the unit's name */
    struct arena arena;
};

enum explain_left_column {
    XL_REASON,
    XL_UNIT,
    XL_UNIT_FROM,
    XL_NAME,
    XL_SUBJECT,
    XL_POSITION, /* "EPOCH.SEQ", null */
    XL_OTHER,
    XL_SOURCE,
    XL_NUMERATOR,
    XL_DENOMINATOR,
    XL_STATED,
    XL_MARK,
    XL_WRITTEN,
    XL_REPORTS,
    XL_UNIT_NAME,
    XL_COLUMNS
};

/*
 * at->vintage must be given. numerator and denominator are those of rollup, decimal text
 * or NULL; of what is not divided the value is the numerator.
 */
bool explain_read(struct pg *pg, const struct rollup_at *at, const struct explain_of *of,
                  const char *numerator, const char *denominator, struct breakup *x,
                  struct err *e) MUST_CHECK;
void explain_clear(struct breakup *x);

/*
 * Every total of a period, in all four tables: how many, and how many are not the sum of
 * their lines, of which the first is named in bad.
 */
bool explain_verify(struct pg *pg, const struct rollup_at *at, size_t *n, size_t *wrong,
                    struct bytes *bad, struct err *e) MUST_CHECK;

#endif
