/*
 * catalogue_own - what stands behind a struct catalogue: its memory and its indexes.
 * For catalogue*.c only.
 */
#ifndef HTX_CATALOGUE_OWN_H
#define HTX_CATALOGUE_OWN_H

#include "proto/catalogue.h"
#include "proto/index.h"

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

#endif
