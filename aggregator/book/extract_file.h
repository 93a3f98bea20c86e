/*
 * extract_file - the formats of an extract, and the file of a publication in one of them:
 * the one that was stored when it was first asked for, else made now and stored.
 */
#ifndef HTX_EXTRACT_FILE_H
#define HTX_EXTRACT_FILE_H

#include "aggregator/rollup/extract.h"

struct work;

/* A row of the table of formats. */
struct format {
    const char *name; /* "sdmx-ml" */
    bool paper;       /* carries number and date of the paper once it has them */
    bool since;       /* may be made of what changed since an earlier publication */
    const char *with; /* another format whose file goes beside this one, or NULL */
    char *(*file_name)(const struct work *w, const struct format *f);
    bool (*make)(struct work *w, struct bytes *out, struct err *e);
};

const struct format *format_named(const char *name);
/* "xlsx|csv|..." of all that can be asked for. */
const char *format_names(struct arena *a);

/* One publication, and what of it is asked for. Begin with all zero but these: */
struct work {
    struct app *app;
    struct pg *pg;
    const struct publication *p;
    const struct publication *since; /* NULL: all of p */
    const char *dir;                 /* a folder for temporary files */
    const char *template;            /* path, NULL: the sample */
    const char *template_key;        /* what tells templates apart; NULL: the sample */
    struct span document;            /* of the template */
    bool unkept; /* not looked for and not stored: another's copy, or no publication */
    struct arena *arena;
    struct work_parts *parts; /* read when first needed; work_clear() */
};

struct made { /* in the work's arena */
    const char *name;
    struct span body;
    struct hash hash; /* BLAKE2b-256 */
};

bool extract_file(struct work *w, const struct format *f, struct made *m,
                  struct err *e) MUST_CHECK;
void work_clear(struct work *w);

/* Every file of the publication that machines and people get, with a list of them. */
bool extract_zip(struct work *w, struct bytes *out, struct err *e) MUST_CHECK;

#endif
