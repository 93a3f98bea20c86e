/*
 * sheet_mark - an officer's workbook with marks in it: coloured cells with a comment, and
 * a page of ours in front. Everything else stays as it was.
 *
 * The file is hostile: it is taken apart in a child process as sheet_open() does it, and
 * comes back as bytes of a workbook. Only what changes is written anew; every other part
 * and every other cell keeps its bytes. A colour is a fill of our own in a copy of the
 * cell's format; marks of an earlier answer are taken out again, and the fill that was
 * below is put back. What cannot be edited (a CSV, an OpenDocument sheet, a workbook
 * beyond our limits) is made again from its cells as a plain workbook.
 */
#ifndef HTX_SHEET_MARK_H
#define HTX_SHEET_MARK_H

#include "proto/forms/sheet.h"

enum mark_level { MARK_CLEAR, MARK_BLUE, MARK_AMBER, MARK_RED };

enum { MARKS_MAX = 20000, MARK_NOTES_MAX = 5000, MARK_NOTE_BYTES = 4000 };

struct mark {
    const char *page; /* name of the page; "" is the first one */
    uint32_t row, col;
    enum mark_level level;
    const char *note; /* text of the comment, "" for none */
};

/* How a cell of our page looks. */
enum front_style {
    FRONT_TITLE,
    FRONT_TEXT,
    FRONT_HEAD,
    FRONT_CELL,
    FRONT_CENTRE,
    FRONT_LINK,
    FRONT_BLUE,
    FRONT_AMBER,
    FRONT_RED,
    FRONT_INPUT, /* to be filled by the officer */
    FRONT_STYLES,
};

struct front_cell {
    uint32_t row, col;
    enum front_style style;
    const char *text;
    const char *link; /* page that a click goes to, "" for the first one, or NULL */
    uint32_t link_row, link_col;
    uint32_t across; /* cells merged to the right of it */
};

/* A page of ours; those of an earlier answer go. */
struct front {
    const char *name;
    const unsigned *widths;         /* of its columns, in characters */
    size_t n_cols, n_hidden;        /* the last n_hidden columns are not shown */
    const struct front_cell *cells; /* by row, then column */
    size_t n_cells;
    uint32_t head; /* row of the table's head: stays in sight, printed on each page */
    const char *footer;
};

struct marking {
    const struct mark *marks;
    size_t n;
    struct front front, back; /* the first page and the last; without cells: none */
    const char *note_head;    /* first line of every comment of ours */
    const char *author;
};

/*
 * s: the file, as sheet_open() read it. out: a workbook; where it had to be made again
 * from the cells, *why says so, else it stays empty. ERR_INPUT: the file cannot be
 * given back in any shape, its answer is text only. ERR_RETRY, ERR_SETUP: as
 * sheet_open().
 */
bool sheet_mark(const char *path, const struct sheet *s, const struct marking *m,
                struct bytes *out, struct err *why, struct err *e) MUST_CHECK;

/* Our own page, by what is written in it; other programs may have saved it. */
#define FRONT_MARK "HTX-KET-QUA 1"
bool sheet_is_front(const struct sheet_page *p);

#endif
