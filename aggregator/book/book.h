/* book - what the sheets of one publication share while they are written: figures by key,
 * names, marks of empty comparisons, annex numbers. */
#ifndef HTX_BOOK_H
#define HTX_BOOK_H

#include "aggregator/rollup/extract.h"
#include "aggregator/book/layout.h"

enum { MARKS = 64 }; /* reasons why a comparison stays empty, in all */

struct marks {
    const char *reasons[MARKS]; /* by the order in which they came up */
    size_t n;
};

struct book {
    const struct extract *x;
    struct layout *out;
    const struct figure **sorted; /* for book_find() */
    struct marks marks;
    bool here[MARKS]; /* on the sheet being written */
    int annex; /* number of the last one */
};

/* out's arena holds what the book keeps. */
void book_open(struct book *k, const struct extract *x, struct layout *out);

int most(int a, int b);

/* A table of its own: the next annex. */
void book_annex(struct book *k, const char *name, const double *widths, int columns,
                const char *title, const char *unit_line);
/* One more sheet of the last annex. */
void book_more(struct book *k, const char *name, const double *widths, int columns,
               const char *title, const char *unit_line);
/* A row of heads, as high as they need, and one that numbers the columns. */
void book_heads(struct book *k, const char *const *heads, int frozen);
/* Notes below the table: words (or NULL), then the marks that stand in it. */
void book_legend(struct book *k, const char *words);
/* A line over the whole width. */
void book_line(struct book *k, const char *s, enum paper_style style);

/* "(a)": the short mark of a reason; its place is *at, MARKS when there are too many. */
const char *mark_of(struct marks *m, const char *reason, size_t *at, struct arena *a);
/* The same for the sheet being written: explained below it, and in the notes. */
const char *book_mark(struct book *k, const char *reason);
/*
 * A comparison's cell: the figure, or the mark of the reason why there is none. Returns
 * the mark of a figure given with a restriction, else NULL.
 */
const char *book_beside(struct book *k, int col, const struct figure *f,
                        enum compare_what what, int decimals);

const struct figure *book_find(const struct book *k, const char *by, const char *unit,
                               const char *from, const char *indicator, const char *b1,
                               const char *b2);
/* Is it asked on the cut-off? What a unit still says of grades after their law ended
 * stays in the totals and is printed in no table. */
bool is_printed(const struct extract *x, const char *indicator);
/* The province's figures in the order of the catalogue; *n of them, in the arena. */
const struct figure **overall_figures(const struct extract *x, struct arena *a,
                                      size_t *n);

/* Of a code in one of the indicator's dimensions: codes like "other" are in several. */
const char *part_name(const struct extract *x, const char *indicator, const char *code);
const struct name *indicator_name(const struct extract *x, const char *code);
/* "Số thành viên HTX - A, B" */
const char *figure_name(const struct extract *x, const struct figure *f, struct arena *a);
const char *unit_name(const struct book *k, const char *code, const char *from);
const char *coverage_of(struct book *k, const char *reported, const char *expected);
const char *unit_coverage(struct book *k, const struct unit_line *u);
const char *state_vi(const struct unit_line *u);
/* How many decimals the row of figures of one indicator shows. */
int shown_decimals(const struct name *name, const char *plain);

/* How the figure came about, appended to b. */
void figure_note(const struct figure *f, struct bytes *b);

/* The target of the nearest year that a figure has, or NULL; and as the act says it. */
const struct target_line *target_of(const struct extract *x, const struct figure *f);
const char *target_text(const struct target_line *t, struct arena *a);
/* Without its year: "trên 70%". */
const char *target_written(const struct target_line *t, struct arena *a);
/* "Chưa đạt", as it stands in a cell of its own. */
const char *target_outcome(const struct target_line *t);

/* one story each */
void sheet_overall(struct book *k);
void sheet_sectors(struct book *k);
void sheet_units(struct book *k);
void sheet_movements(struct book *k);
void sheet_support(struct book *k);
void sheet_loans(struct book *k);
void sheet_status(struct book *k);
void sheet_targets(struct book *k);
void sheet_differences(struct book *k);
void sheet_notes(struct book *k);
void sheet_forms(struct book *k);

#endif
