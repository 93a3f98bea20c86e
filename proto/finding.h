/*
 * finding - one rule broken: what, where, how bad, and the words a person reads.
 *
 * A finding carries codes and arguments, never finished sentences: text is rendered from
 * the catalogue in the reader's language. The hash of a report's findings goes into its
 * receipt, so both sides must produce them in the same order: rule order of the
 * catalogue, then cell order of the report.
 */
#ifndef HTX_FINDING_H
#define HTX_FINDING_H

#include "proto/report.h"

enum severity {
    SEV_NOTE = 1, /* lưu ý */
    SEV_WARNING,  /* cần giải trình */
    SEV_ERROR,    /* phải sửa */
};

enum {
    FINDING_ARGS = 4,
    FINDINGS_MAX = 200, /* of one report; the last one says more */
    FINDING_TEXT = 1000 /* bytes of a value or argument, what is longer is cut; as many as
                           the wire takes in a string */
};

struct finding {
    const char *code; /* of rules.tsv, or of the built-in texts "finding.<code>" */
    enum severity severity;
    bool refuses;       /* the report cannot be accepted with it */
    bool holds;         /* a person must decide before it counts */
    uint32_t indicator; /* 0: about the report as a whole */
    const char *b1, *b2;
    const char *cell;               /* "Biểu 01!C7" or "" */
    const char *value;              /* as written */
    const char *args[FINDING_ARGS]; /* for {1} .. {4} of the text */
};

struct findings {
    struct finding *list;
    size_t n, cap;
    struct arena arena; /* owns every string of the list */
};

/* Copies all strings. Beyond FINDINGS_MAX the finding is counted in the last one. */
void findings_add(struct findings *fs, const struct finding *f);
void findings_clear(struct findings *fs);
enum severity findings_worst(const struct findings *fs); /* 0 when empty */
bool findings_refuse(const struct findings *fs);
bool findings_hold(const struct findings *fs);

/* Copies code, indicator, breakdown, cell and text as written from an observation. */
struct finding finding_at(const char *code, enum severity s, const struct observation *o);

#endif
