/*
 * catalogue_own - what stands behind a struct catalogue: its memory and its indexes.
 * For catalogue*.c only.
 */
#ifndef HTX_CATALOGUE_OWN_H
#define HTX_CATALOGUE_OWN_H

#include "proto/catalogue.h"
#include "proto/index.h"
#include "proto/tsv.h"

struct text_pair {
    const char *in[2]; /* by enum lang */
};

struct catalogue_own {
    struct catalogue pub; /* first: a struct catalogue is one of these */
    struct arena arena;
    struct index indicators; /* code */
    struct index breakdowns; /* dim, code */
    struct index named;      /* dim, text_key of code, name or alias */
    struct index forms;      /* code, version as text */
    struct index periods;    /* scheme, code */
    struct index texts;      /* key */
    const struct indicator **by_no;
    uint32_t max_no;
};

/* -- loading: what the readers of the files share -- */

enum part { /* places in catalogue_files */
            PART_CATALOGUE,
            PART_INDICATORS,
            PART_BREAKDOWNS,
            PART_FORMS,
            PART_ROWS,
            PART_PERIODS,
            PART_RULES,
            PART_SOURCES,
            PART_TEXTS,
            PART_HOLIDAYS,
    PART_CLASSES,
            PART_OFFICES,
            PART_LEGAL,
            PART_NATIONAL,
};

struct load {
    struct catalogue_own *c;
    struct span parts[CATALOGUE_PARTS];
    struct err *e;
};

size_t load_lines(struct span part); /* records, at most */
bool load_open(struct load *l, enum part part, struct tsv *t, const char *const *columns,
               size_t n_columns) MUST_CHECK;
/* Every reader ends with this: true when the records ran out, not on a bad line. */
bool load_close(struct load *l, struct tsv *t, bool ok) MUST_CHECK;
const char *load_text(struct load *l, const struct tsv *t, const char *column);
/* "a,b,c" as a NULL-terminated list of trimmed words. */
const char *const *load_list(struct load *l, const char *text, char separator);
bool load_validity(struct load *l, const struct tsv *t, int32_t *from,
                   int32_t *to) MUST_CHECK;
bool load_code(const struct tsv *t, struct err *e, const char *column) MUST_CHECK;
bool load_names(const struct tsv *t, struct err *e) MUST_CHECK;

/* classes.tsv, after indicators and breakdowns; classes.c. */
bool classes_load(struct load *l) MUST_CHECK;

#endif
