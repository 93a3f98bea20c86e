/*
 * rollup - totals of a period at a position of the log; the sums themselves are made by
 * the functions in schema/pg/again/20_rollup.sql.
 *
 * Figures leave the database as exact decimal text in printed units and stay text: what
 * is printed is what was computed.
 */
#ifndef HTX_ROLLUP_H
#define HTX_ROLLUP_H

#include "aggregator/cmd/commands.h"

enum {
    ROLLUP_METHOD = 2, /* of the sums; sealed ones keep theirs: schema/pg/again */
    TOTALS_METHOD =
        3, /* of new publications: the same sums, and what stands beside them */
};

/* What a roll-up is a function of. Strings live in the caller's arena. */
struct rollup_at {
    const char *scheme, *period;
    const char *name_vi, *name_en; /* of the period */
    const char *vintage;           /* NULL: every one, each by itself */
    int64_t epoch, seq;            /* as of */
    int64_t catalogue;             /* in force then */
    int64_t method;
    bool as_is; /* by unit on today's map; publications never are */
};

/*
 * period is "2025-S1", in the first scheme that has it, or "scheme:code"; vintage a word
 * or NULL; as_of "EPOCH.SEQ" or NULL for the end of the log. ERR_INPUT names what is
 * unknown, ERR_SETUP: no catalogue was in force.
 */
bool rollup_at_find(const struct app *app, struct pg *pg, const char *period,
                    const char *vintage, const char *as_of, struct arena *a,
                    struct rollup_at *at, struct err *e) MUST_CHECK;

/* The statement for at->method: '@' stands behind the name of its function. */
char *rollup_sql(const struct rollup_at *at, const char *sql, struct arena *a);

/* The statement with `word` in the place of '#' where at->as_is, else without the '#'. */
char *rollup_map_sql(const struct rollup_at *at, const char *sql, const char *word,
                     struct arena *a);

/* --units: "as-was" or "as-is"; false for any other word. */
bool rollup_units(const char *word, bool *as_is);

/* Columns of rollup_rows, in order. All are text; what is not given is null. */
enum rollup_column {
    RC_UNIT,
    RC_UNIT_FROM,
    RC_VINTAGE,
    RC_INDICATOR,
    RC_B1,
    RC_B2,
    RC_VALUE,
    RC_NUMERATOR,
    RC_DENOMINATOR,
    RC_MEASURE,
    RC_BASIS,
    RC_SOURCE,
    RC_STATED,
    RC_REPORTED,
    RC_EXPECTED,
    RC_UNITS_REPORTED,
    RC_UNITS_EXPECTED,
    RC_ENTITIES_REPORTED,
    RC_ENTITIES_EXPECTED,
    RC_UNITS_STATEMENT,
    RC_UNITS_ENTITY,
    RC_NIL,
    RC_NOT_AVAILABLE,
    RC_REFUSED,
    RC_MISSING,
    RC_APPROXIMATE,
    RC_KEPT, /* the columns above make the canonical totals; those below are names */
    RC_UNIT_NAME = RC_KEPT,
    RC_INDICATOR_NAME_VI,
    RC_INDICATOR_NAME_EN,
    RC_MEASURE_EN,
    RC_DECIMALS, /* of a mean or ratio; null for what is not divided */
    RC_B1_NAME_VI,
    RC_B1_NAME_EN,
    RC_B2_NAME_VI,
    RC_B2_NAME_EN,
    RC_COLUMNS
};

/* by_unit and by_sector both false: the province. Rows are in bytewise order, or in that
   of the catalogue when listed. */
bool rollup_rows(struct pg *pg, const struct rollup_at *at, bool by_unit, bool by_sector,
                 bool listed, struct pg_rows *rows, struct err *e) MUST_CHECK;

/*
 * Decimal text "-1234567.5" as people read it, "-1.234.567,5", with at least so many
 * decimals.
 */
void decimal_vi(const char *plain, int decimals, struct bytes *out);

/* "3/4 (75%)", "3/?" when nobody knows how many are expected. */
void coverage_vi(int64_t reported, int64_t expected, bool known, struct bytes *out);

/* Words for people, by lang: of a vintage, of a source. */
const char *vintage_label(const char *vintage, enum lang lang);
const char *source_label(const char *source, enum lang lang);

#endif
