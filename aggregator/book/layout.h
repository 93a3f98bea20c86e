/*
 * layout - printed tables before they become a workbook, a PDF or part of a document.
 *
 * The calls are those of paper.h; what they write is kept as cells, so that every format
 * shows the same tables. Widths are in characters, as a workbook has them.
 */
#ifndef HTX_LAYOUT_H
#define HTX_LAYOUT_H

#include "proto/forms/paper.h"

enum layout_kind { LAYOUT_WORDS, LAYOUT_FIGURE, LAYOUT_COUNT, LAYOUT_ORDER };

struct layout_cell {
    enum layout_kind kind;
    uint32_t row;
    int from, to; /* columns */
    enum paper_style style;
    enum paper_face face;
    int decimals;
    int64_t n;        /* count, order */
    const char *text; /* words; plain decimal text of a figure */
};

struct layout_height {
    uint32_t row;
    int lines;
};

struct layout_sheet {
    const char *name, *title, *unit_line;
    const char *annex; /* "Phụ lục I", or NULL */
    double *widths;
    int columns;
    struct layout_cell *cells;
    size_t n_cells;
    struct layout_height *heights;
    size_t n_heights;
    uint32_t head_rows; /* repeated on every page */
    int frozen;
    uint32_t rows;
};

struct layout {
    struct paper_words words; /* strings live in the arena */
    struct layout_sheet *sheets;
    size_t n_sheets;
    struct arena arena; /* for whoever writes, too */

    /* of the sheet being written, as in struct paper */
    const double *widths;
    int columns;
    uint32_t row;
};

void layout_clear(struct layout *l);

void layout_sheet(struct layout *l, const char *name, const double *widths, int columns,
                  const char *annex, const char *title, const char *unit_line);
void layout_head_done(struct layout *l, int frozen_columns);
void layout_sheet_done(struct layout *l);
void layout_text(struct layout *l, int col, const char *s, enum paper_style style);
void layout_count(struct layout *l, int col, int64_t n);
void layout_order(struct layout *l, int64_t n);
void layout_number(struct layout *l, int col, const char *plain, int decimals,
                   enum paper_face face);
void layout_across(struct layout *l, int from, int to, const char *s,
                   enum paper_style style);
void layout_height(struct layout *l, int lines);
double layout_width(const struct layout *l, int from, int to);

/* The cell as people read it, "1.234,50", as the workbook's format shows it. */
void layout_shown(const struct layout_cell *c, struct bytes *out);

#endif
