/* copy_own - what the files of copy share. */
#ifndef HTX_COPY_OWN_H
#define HTX_COPY_OWN_H

#include "aggregator/ingest/parsed.h"
#include "aggregator/ministry/copy.h"
#include "aggregator/store/rows.h"
#include "proto/feed_check.h"

struct copy {
    struct pg *pg;
    const struct province_of *p;
    struct bundles *bundles;
    uint64_t stored; /* pages, by this handle */
    bool loaded;     /* what follows is as the database has it */
    struct feed_cursor cursor;
    struct feed_check *check;
    struct catalogues cats; /* of the bundles */
};

/* Cursor, tip, keys and catalogues from the database. */
bool copy_load(struct copy *c, struct err *e) MUST_CHECK;
void copy_forget(struct copy *c);
bool copy_catalogues(struct copy *c, struct err *e) MUST_CHECK;

/* ---- copy_rows.c: one page into rows ---- */

struct copy_rows {
    struct copy *copy;
    struct rows rows;
    struct hash *fresh; /* batches among the rows that are not written yet */
    size_t n_fresh, cap_fresh;
    /* control records among them, whose typed rows are to be made */
    uint64_t epoch, first, last;
    bool catalogue;      /* one of them is about a catalogue */
    enum copy_result no; /* why it failed; COPY_STORED: as the database says */
    uint32_t receipts;
};

/* One commit that holds. */
bool copy_rows_commit(struct copy_rows *w, const struct checked_commit *c,
                      struct err *e) MUST_CHECK;
/* Writes what is left. */
bool copy_rows_flush(struct copy_rows *w, struct err *e) MUST_CHECK;
void copy_rows_clear(struct copy_rows *w);

#endif
