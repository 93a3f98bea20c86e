/*
 * extract - the files made of one publication: workbook, PDF and document for people, CSV
 * for machines.
 *
 * Both read the canonical totals (publish.h) and the names of the catalogue version they
 * were made under, never live data: the same publication gives the same bytes.
 */
#ifndef HTX_EXTRACT_H
#define HTX_EXTRACT_H

#include "aggregator/rollup/compare.h"
#include "aggregator/rollup/publish.h"

/* One unit's line of status. */
struct unit_line {
    const char *code, *from, *name;
    bool expected, late;
    const char *state; /* none, partly, sent, nothing */
    const char *forms;
    int64_t rows, declared, warnings, held, refused, conflicts;
    int64_t reported, listed; /* entities; listed -1: the register knows none */
    int64_t unconfirmed;
};

/* value "" where the cell stays empty; reason: compare_reason() has its words. */
struct beside {
    const char *value, *reason; /* both NULL: the totals do not compare this */
};

/* One figure: the columns of rollup.h, "" where nothing is given. */
struct figure {
    const char *by; /* "-", "s", "u", "us" */
    const char *f[RC_KEPT];
    struct beside beside[CW_COUNT];
};

/*
 * How far a reader may trust a value, or why there is none. Of several reasons for an
 * absence (one refused, another has no figure yet) none is told: then it is missing.
 */
enum figure_status {
    FS_REPORTED,
    FS_NIL,         /* 0: nobody had anything to report */
    FS_DERIVED,     /* a mean or ratio made of its parts */
    FS_STATED,      /* made of means that were only stated */
    FS_MIXED,       /* some of them */
    FS_APPROXIMATE, /* with values that are about so much */
    FS_NOT_AVAILABLE,
    FS_REFUSED,
    FS_NO_WEIGHT, /* a mean was stated, its weight was not: it never enters */
    FS_MISSING,
};

enum figure_status figure_status(const struct figure *f);
/* "reported", "not_available", ... */
const char *figure_status_word(enum figure_status status);

struct difference {
    const char *unit, *from, *indicator, *b1, *b2, *source, *value, *other, *other_value,
        *difference;
};

/* A target beside today's figure: all as written in the act but outcome, reason, actual.
 */
struct target_line {
    const char *id, *period, *indicator, *breakdown, *qualifier, *text, *value, *value_hi,
        *measure, *act;
    const char *outcome; /* outcome_label(); "" for a need, which is not judged */
    const char *reason, *actual;
    const char *area; /* code of the province or unit it is set for */
    const char *note;
};

struct break_line {
    const char *unit, *from, *day, *text;
};

/* A finding that nobody has explained. */
struct warning_line {
    const char *unit, *from, *epoch, *seq, *code, *state;
};

struct totals { /* strings live in arena */
    const char *province_code, *province_name;
    const char *scheme, *period, *name_vi, *name_en;
    int32_t cutoff;
    const char *vintage;
    const char *vector; /* of the nation's: the positions; else NULL */
    int64_t catalogue;
    struct unit_line *units;
    size_t n_units;
    struct figure *figures;
    size_t n_figures;
    struct difference *differences;
    size_t n_differences;
    struct target_line *targets;
    size_t n_targets;
    struct break_line *breaks;
    size_t n_breaks;
    struct warning_line *warnings;
    size_t n_warnings;
    int format;
    size_t at_figure; /* while reading: behind which figure comparisons stand */
    struct arena arena;
};

/* ERR_INPUT: not canonical totals of a format we know (1, 2). */
bool totals_read(struct span bytes, struct totals *t, struct err *e) MUST_CHECK;
void totals_clear(struct totals *t);

/* Vietnamese names of a catalogue version, in its order. */
struct name {
    const char *code, *name, *unit;
    int decimals; /* printed digits of a mean or ratio, -1 for others */
    bool sector;  /* a breakdown of dimension sector */
};

struct names {
    struct name *indicators, *breakdowns, *forms;
    size_t n_indicators, n_breakdowns, n_forms;
    struct arena arena;
};

bool names_read(struct pg *pg, int64_t catalogue, struct names *names,
                struct err *e) MUST_CHECK;
void names_clear(struct names *names);
/* NULL when the code is not among them (a free name, say). */
const struct name *name_of(const struct name *list, size_t n, const char *code);

struct catalogue;
struct letterhead;

/* What an extract is made of; all borrowed. */
struct extract {
    const struct totals *totals;
    const struct names *names;
    int64_t number;                    /* of the publication */
    const char *published_vi;          /* dd/mm/yyyy */
    const char *hash_hex;              /* of the totals */
    const struct catalogue *catalogue; /* of the publication; NULL: names alone */
    const struct letterhead *letter;   /* NULL: nobody is named */
};

struct sdmx;
/*
 * RFC 4180, UTF-8, decimal point, one value a row with its status. obs_status and
 * series_key, the last columns, are those of the same value in SDMX (sdmx.h), of which
 * `keys` is the whole.
 */
void extract_csv(const struct extract *x, const struct sdmx *keys, struct bytes *out);
struct layout; /* sheets.h makes it of an extract */
/* dir is a folder for a temporary file. */
bool extract_xlsx(const struct layout *l, const char *dir, struct bytes *out,
                  struct err *e) MUST_CHECK;
/* By htx-pdf, a program of its own beside this one: serve never loads what it needs. */
bool extract_pdf(const struct layout *l, struct bytes *out, struct err *e) MUST_CHECK;

/* "laichau_htx_2025-S1_v1.xlsx"; other vintages than actual are named. */
char *extract_name(struct arena *a, const struct totals *t, int64_t number,
                   const char *format);

/* What a reader must know of a figure that is not complete: NULL when all units sent. */
const char *provisional_vi(struct arena *a, const struct totals *t);

#endif
