/*
 * sdmx - a publication as SDMX: the components of the structure HTX:COOP(1.0), its code
 * lists, and one observation a figure.
 *
 * Ids. SDMX allows A-Z a-z 0-9 _ @ $ - in the id of a code, and separates keys by "." and
 * "+"; our codes have both. So "." is written "-", "+" is written "@", letters, digits
 * and
 * "_" stand for themselves, and any other byte, or a first one that is no letter or
 * digit, is "$" and two hex digits: "htx.total" is htx-total, "mgr.edu.so_cap+trung_cap"
 * is mgr-edu-so_cap@trung_cap, "all-agri" all$2Dagri. Two codes never become one id; the
 * code itself stands beside it in the code list (annotation HTX_CODE).
 *
 * Series key, in this order: FREQ REF_AREA INDICATOR BREAKDOWN1 BREAKDOWN2 VINTAGE.
 * REF_AREA is the province's code, or a unit's code with the day from which it is the
 * unit's (codes are reused): 105-20040101. A breakdown is dimension and code,
 * sector-agri, for codes are ones of their dimension; _T is the whole; a free name (a
 * borrower) has an id made of its hash. Schemes other than that of the decree have a
 * dataflow each, COOP_calendar.
 *
 * A value that is not there has no OBS_VALUE; OBS_STATUS says why. The value is that of
 * the CSV, digit for digit, in units of 10^UNIT_MULT UNIT_MEASURE.
 */
#ifndef HTX_SDMX_H
#define HTX_SDMX_H

#include "aggregator/rollup/extract.h"

/* Dimensions, the measure, attributes of a series, attributes of an observation. */
enum sdmx_component {
    SC_FREQ,
    SC_REF_AREA,
    SC_INDICATOR,
    SC_BREAKDOWN1,
    SC_BREAKDOWN2,
    SC_VINTAGE,
    SC_TIME_PERIOD,
    SC_OBS_VALUE,
    SC_UNIT_MEASURE,
    SC_UNIT_MULT,
    SC_DECIMALS,
    SC_OBS_STATUS,
    SC_QUALIFIER,
    SC_BASIS,
    SC_SOURCE,
    SC_COVERAGE_REPORTED,
    SC_COVERAGE_EXPECTED,
    SC_COVERAGE_UNITS_REPORTED,
    SC_COVERAGE_UNITS_EXPECTED,
    SC_COVERAGE_ENTITIES_REPORTED,
    SC_COVERAGE_ENTITIES_EXPECTED,
    SC_COUNT_NIL,
    SC_COUNT_NOT_AVAILABLE,
    SC_COUNT_REFUSED,
    SC_COUNT_MISSING,
    SC_COUNT_APPROXIMATE,
    SC_NUMERATOR,
    SC_DENOMINATOR,
    SC_STATED,
    SDMX_COMPONENTS
};

enum {
    SDMX_SERIES = SC_TIME_PERIOD, /* components below make the series key */
    SDMX_KEY = SC_OBS_VALUE,      /* components below make the key of an observation */
    SDMX_OBS = SC_OBS_STATUS      /* attributes from here on are the observation's */
};

enum sdmx_list_no {
    SL_FREQ,
    SL_AREA,
    SL_INDICATOR,
    SL_BREAKDOWN,
    SL_VINTAGE,
    SL_UNIT,
    SL_UNIT_MULT,
    SL_DECIMALS,
    SL_OBS_STATUS,
    SL_QUALIFIER,
    SL_BASIS,
    SL_SOURCE,
    SDMX_LISTS,
    SL_NONE = SDMX_LISTS, /* of what has no codes: */
    SL_TIME,
    SL_DECIMAL,
    SL_COUNT
};

struct sdmx_concept {
    const char *id;
    int list; /* enum sdmx_list_no */
    const char *vi, *en;
};

extern const struct sdmx_concept sdmx_concepts[SDMX_COMPONENTS];

struct sdmx_code {
    const char *id;
    const char *parent; /* id, or NULL */
    const char *code;   /* ours; the id itself where SDMX or we made it up */
    const char *vi, *en;
};

struct sdmx_list {
    const char *id, *vi, *en;
    bool partial; /* of this province and publication */
    struct sdmx_code *codes;
    size_t n;
};

struct sdmx_row { /* "" where nothing is given */
    const char *v[SDMX_COMPONENTS];
};

/* Totals and the catalogue they were made under; borrowed. */
struct sdmx_source {
    const struct totals *totals;
    const struct catalogue *catalogue;
    int64_t number;       /* of the publication; 0: none, the nation's at a vector */
    const char *prepared; /* "2025-06-20T10:00:00+07:00" */
    const char *hash_hex; /* of the totals */
};

struct sdmx {
    const struct sdmx_source *now, *since; /* since NULL: all of it, no difference */
    const char *dataflow;                  /* COOP */
    const char *dataflow_vi, *dataflow_en;
    struct sdmx_list lists[SDMX_LISTS];
    struct sdmx_row *rows; /* in the order of the figures; of a difference by key */
    size_t n_rows;
    struct sdmx_row *gone; /* of a difference: what the newer one has no more, by key */
    size_t n_gone;
    struct arena arena;
};

/*
 * Reads `now`, and with `since` leaves only what is new or changed, and what is gone.
 * ERR_INPUT: a period that nobody can date; ERR_SETUP: an indicator that the
 * catalogue does not have, or two things under one id.
 */
bool sdmx_make(struct sdmx *s, const struct sdmx_source *now,
               const struct sdmx_source *since, struct err *e) MUST_CHECK;
void sdmx_clear(struct sdmx *s);

/* By the rule above, in the arena. */
const char *sdmx_id(struct arena *a, const char *code);
/* "S.12.htx-total._T._T.actual" */
const char *sdmx_series_key(struct arena *a, const struct sdmx_row *row);

/*
 * "HTX_COOP_1.0_2025-S1_12_v1" and the end, as "_structure.xml"; vintages other than
 * actual stand behind the period, "-since-v1" behind the number of a difference; without
 * a publication the hash of the totals stands for its number.
 */
char *sdmx_file_name(struct arena *a, const struct sdmx_source *now,
                     const struct sdmx_source *since, const char *end);

/* Structure message: concepts, code lists, data structure, dataflow. */
void sdmx_structure(const struct sdmx *s, struct bytes *out);
/* The schema of its data messages; they name it, so it lies beside them. */
void sdmx_schema(const struct sdmx *s, struct bytes *out);
/* StructureSpecificTimeSeriesData 2.1. */
void sdmx_ml(const struct sdmx *s, struct bytes *out);
/* SDMX-CSV 2.0. */
void sdmx_csv(const struct sdmx *s, struct bytes *out);

#endif
