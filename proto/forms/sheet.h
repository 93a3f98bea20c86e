/*
 * sheet - the cells of a spreadsheet file, whatever made it.
 *
 * Files are hostile: sheet_open() reads them in a child process without network, exec or
 * write (seccomp, rlimits), with caps on entries, inflated bytes, depth, cells and text;
 * the parent takes a flat stream from it and trusts no length in it. A file that cannot
 * be read wholly is refused wholly: ERR_INPUT with a reason code in front
 * ("SHEET-BOMB: ...") and the remedy behind. Formulas count by their cached value; one
 * without is an error cell. .xls and encrypted files are refused with the way out.
 */
#ifndef HTX_SHEET_H
#define HTX_SHEET_H

#include "proto/base/err.h"

enum cell_kind {
    CELL_BLANK,
    CELL_TEXT,
    CELL_NUMBER, /* shortest decimal, point as decimal sign; "%" behind a shown percentage
                  */
    CELL_DATE,   /* text is ISO */
    CELL_BOOL,   /* "TRUE" or "FALSE" */
    CELL_ERROR,  /* text is "#REF!" or "formula without value" */
};

struct cell {
    uint32_t row, col; /* from 0 */
    enum cell_kind kind;
    bool damaged;     /* letters of its text are lost for good: "H?p", "XàHỘI" */
    const char *text; /* UTF-8, NFC; never NULL */
};

struct sheet_merge { /* cells shown as one; its value is in the first of them */
    uint32_t row, col, last_row, last_col;
};

struct sheet_page { /* one worksheet; a CSV has one, named "" */
    const char *name;
    const char *form_mark;    /* from our own defined name of this page, or "" */
    const struct cell *cells; /* by row, then column; blanks left out */
    size_t n_cells;
    const struct sheet_merge *merges;
    size_t n_merges;
    uint32_t n_rows, n_cols;
    bool hidden;
};

struct sheet {
    const struct sheet_page *pages;
    size_t n_pages;
    const char *form_mark;     /* from our own hidden defined name HTX_FORM, or "" */
    const char *encoding;      /* of a CSV: "UTF-8", "UTF-16LE", "TCVN3", ...; else "" */
    bool repaired;             /* text was not NFC or not Unicode: a note says so */
    const char *repaired_from; /* of cells: "TCVN3", "VNI, TCVN3", ...; else "" */
    char delimiter;            /* of a CSV; else 0 */
    struct arena arena;
};

struct sheet_limits { /* one table; see sheet.c for the values */
    size_t file_bytes, inflated_bytes, entries, depth, cells, text_bytes, cell_bytes,
        pages, merges, seconds;
};
extern const struct sheet_limits sheet_limits;

bool sheet_open(struct sheet **out, const char *path, struct err *e) MUST_CHECK;
void sheet_close(struct sheet **s);

/*
 * The reason code in front of an error of sheet_open() ("SHEET-BOMB"), "" for others;
 * the catalogue's text "sheet.SHEET-BOMB" says in both languages what to do.
 */
const char *sheet_reason(const struct err *e, char out[24]);

/* The cell or NULL. */
const struct cell *sheet_cell(const struct sheet_page *p, uint32_t row, uint32_t col);
/* "Biểu 01!C7" into the arena; "C7" for a nameless page. */
char *sheet_place(struct arena *a, const struct sheet_page *p, uint32_t row,
                  uint32_t col);

#endif
