/*
 * paper - a workbook as an office prints it (NĐ 30/2020). The door to libxlsxwriter.
 *
 * A4 landscape, Times New Roman, agency left, motto right, title, period, unit line at
 * the right, repeated heads, "Trang n/m", signatures. Values only; numbers stay numbers,
 * and their format carries the Vietnamese locale: they show as 1.234.567,89. The same
 * calls give the same bytes.
 */
#ifndef HTX_PAPER_H
#define HTX_PAPER_H

#include "proto/base/err.h"

enum paper_style {
    PAPER_LEFT_BOLD,
    PAPER_MOTTO,
    PAPER_TITLE,
    PAPER_SUBTITLE,
    PAPER_WARN,
    PAPER_UNIT_LINE,
    PAPER_HEAD,
    PAPER_TEXT,
    PAPER_TEXT_SMALL,
    PAPER_CENTRE,
    PAPER_ORDER,
    PAPER_NOTE,
    PAPER_SIGN,
    PAPER_SIGN_SMALL,
    PAPER_STYLES
};

enum paper_face { PAPER_PLAIN, PAPER_ITALIC, PAPER_FACES };

enum { PAPER_DECIMALS = 4 };

/* What stands above every table; borrowed. */
struct paper_words {
    const char *agency;   /* name of the province or office */
    const char *lines[3]; /* below the title; NULL leaves a line empty */
    const char *document; /* title of the file */
    const char *comments; /* in the file's properties */
    int64_t created;      /* seconds since 1970, as the file says */
};

struct paper {
    const struct paper_words *words;
    struct arena arena; /* for whoever writes; lives until paper_close */
    struct lxw_workbook *book;
    struct lxw_format *styles[PAPER_STYLES];
    struct lxw_format *numbers[PAPER_FACES][PAPER_DECIMALS + 1];

    /* the sheet being written */
    struct lxw_worksheet *sheet;
    const double *widths; /* of its columns, in characters */
    int columns;
    uint32_t row; /* next free one */
};

bool paper_open(struct paper *p, const char *path, const struct paper_words *words,
                struct err *e) MUST_CHECK;
/* Writes the file. p is empty afterwards, whatever the result. */
bool paper_close(struct paper *p, const char *path, struct err *e) MUST_CHECK;

/* Begins a sheet with all that stands above its table. widths lives until it is done. */
void paper_sheet(struct paper *p, const char *name, const double *widths, int columns,
                 const char *title, const char *unit_line);
/* The rows written so far are the table's head: repeated on every page, and frozen. */
void paper_head_done(struct paper *p, int frozen_columns);
/* Signatures, print area. */
void paper_sheet_done(struct paper *p);

/* Cells of the current row. */
void paper_text(struct paper *p, int col, const char *s, enum paper_style style);
void paper_count(struct paper *p, int col, int64_t n);
void paper_order(struct paper *p, int64_t n); /* column 0 */
/* Decimal text; decimals -1: as many as it has, two at most. "" is an empty cell. */
void paper_number(struct paper *p, int col, const char *plain, int decimals,
                  enum paper_face face);
/* Merged over [from, to]. */
void paper_across(struct paper *p, int from, int to, const char *s,
                  enum paper_style style);
/* Height of the current row for so many lines of text. */
void paper_height(struct paper *p, int lines);

/* Decimals of the text, two at most. */
int paper_decimals(const char *plain);
/* Lines that s needs in so many characters of width. */
int paper_lines(const char *s, double width);
double paper_width(const struct paper *p, int from, int to);

#endif
