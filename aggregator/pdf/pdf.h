/*
 * pdf - what htx-pdf reads on stdin and draws: the tables of one publication.
 *
 * A program of its own, without database, network or arguments, so that pango and cairo
 * are in no process that listens. Lines of fields between tabs; \t \n \\ in a field stand
 * for tab, newline, backslash:
 *
 *   words   created agency document comments maker attached dated line line line
 *           signer signer
 *   sheet   rows head_rows name annex title unit_line
 *   widths  of each column, in hundredths of a character
 *   cell    row from to style number italic text
 *
 * A4 landscape with the margins of NĐ 30/2020; Times New Roman or what has its metrics.
 * The same input gives the same bytes on the same fonts. Exit 0; 65: not such input;
 * 78: no font for Vietnamese.
 */
#ifndef HTX_PDF_H
#define HTX_PDF_H

#include "proto/forms/paper.h"

struct pdf_cell {
    uint32_t row;
    int from, to;
    enum paper_style style;
    bool number, italic;
    const char *text;
};

struct pdf_sheet {
    uint32_t rows, head_rows;
    const char *name, *annex, *title, *unit_line;
    double *widths; /* in characters */
    int columns;
    struct pdf_cell *cells; /* by row, then column */
    size_t n_cells;
};

struct pdf_input {
    int64_t created;
    const char *agency, *document, *comments, *maker, *attached, *dated, *lines[3];
    const char *signers[2]; /* "": maker and head of one office */
    struct pdf_sheet *sheets;
    size_t n_sheets;
    struct arena arena;
};

bool pdf_read(struct span bytes, struct pdf_input *in, struct err *e) MUST_CHECK;
void pdf_clear(struct pdf_input *in);

/* ERR_SETUP: a letter has no glyph. */
bool pdf_draw(const struct pdf_input *in, struct bytes *out, struct err *e) MUST_CHECK;

#endif
