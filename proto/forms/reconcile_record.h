/*
 * reconcile_record - the printed record of a reconciliation (biên bản đối chiếu số liệu):
 * both parties, counts and roots of each unit, every report that differs and why, and
 * room for both signatures. In Vietnamese; what programs share: each prints it by its own
 * means.
 */
#ifndef HTX_RECONCILE_RECORD_H
#define HTX_RECONCILE_RECORD_H

#include "proto/forms/paper.h"
#include "proto/reconcile_words.h"

enum { RECORD_COLUMNS = 9 };

struct record_cell {
    int from, to; /* columns */
    enum paper_style style;
    bool order; /* n, in its column; else text */
    int64_t n;
    const char *text;
};

struct record_row {
    struct record_cell cells[RECORD_COLUMNS];
    size_t n;
    int lines; /* of text: its height */
};

struct record { /* strings live in the arena of record_make() */
    struct paper_words words;
    const char *file; /* without its ending: "bien-ban-doi-chieu_107_2025-S1" */
    const char *name, *title, *unit_line;
    double widths[RECORD_COLUMNS];
    struct record_row *rows;
    size_t n_rows;
    size_t head_rows; /* of these: repeated on every page */
    size_t keep;      /* from this row to the end on one page */
};

/*
 * Of one unit of the result, or of all of them in one. agency: whose paper it is; period:
 * its name, or NULL; c may be NULL: codes stay codes.
 */
enum { RECORD_ALL = -1 };
void record_make(const struct reconcile_result *r, int unit, const char *agency,
                 const char *period, const struct catalogue *c, struct arena *a,
                 struct record *out);

/* Writes DIR/FILE.xlsx; *path is the caller's to free. */
bool record_xlsx(const struct record *rec, const char *dir, char **path,
                 struct err *e) MUST_CHECK;

#endif
