/*
 * paper - a workbook as an office prints it (NĐ 30/2020). The door to libxlsxwriter.
 *
 * A4 landscape, Times New Roman, agency left, motto right, title, period, unit line at
 * the right, repeated heads, "Trang n/m", signatures. Values only; numbers stay numbers,
 * and their format carries the Vietnamese locale: they show as 1.234.567,89. The same
 * calls give the same bytes.
 *
 * A sheet is either to be read (paper_sheet) or to be filled (paper_form_sheet,
 * paper_form.c): then it is protected without a password, and only cells of an open style
 * take entries.
 */
#ifndef HTX_PAPER_H
#define HTX_PAPER_H

#include "proto/base/err.h"

enum paper_style {
    PAPER_LEFT, /* whose office it is, above the office's own name */
    PAPER_LEFT_BOLD,
    PAPER_MOTTO,
    PAPER_TITLE,
    PAPER_SUBTITLE,
    PAPER_WARN,
    PAPER_UNIT_LINE,
    PAPER_HEAD,
    PAPER_TEXT,
    PAPER_TEXT_SMALL,
    PAPER_TEXT_BOLD,
    PAPER_CENTRE,
    PAPER_ORDER,
    PAPER_NOTE,
    PAPER_SIGN,
    PAPER_SIGN_SMALL,
    /* of sheets to be filled */
    PAPER_MARK,    /* "Mẫu số: ..." */
    PAPER_LINE,    /* of a guide: no border, wrapped */
    PAPER_NUMBERS, /* the line that numbers the columns */
    PAPER_GUIDE,   /* heading of a guide */
    PAPER_FIXED,   /* known already: grey ground, locked */
    PAPER_FIXED_CENTRE,
    PAPER_CLOSED, /* nothing belongs here */
    PAPER_HINT_HEAD,
    PAPER_HINT,      /* grey: for comparison, not part of the report */
    PAPER_OPEN_TEXT, /* from here they take entries */
    PAPER_OPEN_CENTRE,
    PAPER_OPEN_BLOCK, /* of many lines */
    PAPER_OPEN_CODE,  /* digits that are no number */
    PAPER_OPEN_DATE,
    PAPER_OPEN_WHOLE,
    PAPER_OPEN_NUMBER,
    PAPER_OPEN_SIGN,
    PAPER_OPEN_SIGN_SMALL,
    PAPER_STYLES
};

enum paper_face { PAPER_PLAIN, PAPER_ITALIC, PAPER_FACES };

enum { PAPER_DECIMALS = 4 };

/* What stands above every table; borrowed. */
struct paper_words {
    const char *agency;   /* name of the province or office */
    const char *mark;     /* below it, "Mẫu số: ..."; NULL for none */
    const char *lines[3]; /* below the title; NULL leaves a line empty */
    const char *maker;    /* the office below the agency that makes it, or NULL */
    const char *attached; /* below the title of an annex: "(Kèm theo ...)" */
    const char *dated;    /* above the signatures; NULL: a line of blanks */
    const char *signers[2]; /* left and right, of two offices; NULL: maker and head of one */
    const char *document; /* title of the file */
    const char *comments; /* in the file's properties */
    int64_t created;      /* seconds since 1970, as the file says */
};

struct paper {
    const struct paper_words *words;
    struct arena arena; /* for whoever writes; lives until paper_close */
    struct lxw_workbook *book;
    struct lxw_format *styles[PAPER_STYLES];
    struct lxw_format *whole; /* over PAPER_OPEN_NUMBER where there are no decimals */
    struct lxw_format *numbers[PAPER_FACES][PAPER_DECIMALS + 1];

    struct paper_list *lists;
    size_t n_lists;

    /* the sheet being written */
    struct lxw_worksheet *sheet;
    const double *widths; /* of its columns, in characters */
    int columns;
    int head_columns;   /* of the first printed page: head and signatures stand there */
    int head_first;     /* behind those that stand on every page, 0 for one page */
    const char *annex;  /* "Phụ lục I" above the title, or NULL */
    uint32_t head_rows; /* that stand above the table's own head */
    uint32_t body;      /* first row below that head */
    uint32_t keep;      /* from here to the end on one page; 0: anywhere */
    double *heights;    /* of rows, in points; 0: as usual */
    size_t n_heights;
    bool form;    /* to be filled */
    uint32_t row; /* next free one */
};

bool paper_open(struct paper *p, const char *path, const struct paper_words *words,
                struct err *e) MUST_CHECK;
/* Writes the file. p is empty afterwards, whatever the result. */
bool paper_close(struct paper *p, const char *path, struct err *e) MUST_CHECK;

/*
 * Begins a sheet with all that stands above its table. annex: "Phụ lục I", or NULL when
 * it is no annex. widths lives until it is done.
 */
void paper_sheet(struct paper *p, const char *name, const double *widths, int columns,
                 const char *annex, const char *title, const char *unit_line);
/* The rows written so far are the table's head: repeated on every page, and frozen. */
void paper_head_done(struct paper *p, int frozen_columns);
/* The current row and all behind it are printed on one page, with the signatures. */
void paper_keep(struct paper *p);
/* Signatures, print area. */
void paper_sheet_done(struct paper *p);

/* A text as a workbook holds it, borrowed or in the arena: "_x0041_", which would be read
 * as the character it names, is written out. The functions below do so themselves. */
const char *paper_words(struct paper *p, const char *s);

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
/* Lines that s needs in so many characters of width; in small letters. */
int paper_lines(const char *s, double width);
int paper_lines_small(const char *s, double width);
double paper_width(const struct paper *p, int from, int to);

/* ---- sheets to be filled ---- */

enum paper_entry {
    PAPER_ENTRY_NUMBER, /* min..max, or one of the signs */
    PAPER_ENTRY_DATE,   /* min..max, or one of the signs */
    PAPER_ENTRY_LIST,
    PAPER_ENTRY_ANY, /* only the hint */
};

/* What a range of cells takes; texts are cut where a workbook has no room for more. */
struct paper_check {
    enum paper_entry entry;
    bool whole;                  /* numbers without decimals */
    bool strict;                 /* anything else is refused, not only asked about */
    const char *min, *max;       /* decimal text; dates as yyyy-mm-dd */
    const char *const *signs;    /* texts allowed instead; NULL-terminated */
    const char *list;            /* from paper_list() */
    const char *title, *message; /* when the entry is another */
    const char *hint_title, *hint_message; /* when the cell is chosen; NULL for none */
};

/*
 * Begins a sheet to be filled. A wide one goes over several printed pages side by side:
 * the first fixed columns stand on each.
 */
void paper_form_sheet(struct paper *p, const char *name, const double *widths,
                      int columns, int fixed, const char *title, const char *unit_line);
/* A sheet of plain text, portrait, without head or signatures. */
void paper_guide_sheet(struct paper *p, const char *name, const double *widths,
                       int columns);
void paper_guide_done(struct paper *p);
/* A text constant under a hidden name; for the current sheet, or the workbook. */
void paper_name(struct paper *p, const char *name, const char *value, bool of_sheet);
void paper_check(struct paper *p, uint32_t row, int col, uint32_t last_row, int last_col,
                 const struct paper_check *check);
/* Columns at the right of the table, not printed: for comparison while filling. */
void paper_aside(struct paper *p, int col, double width);
/* Decimals show only where there are some. */
void paper_sparse(struct paper *p, uint32_t row, int col, uint32_t last_row,
                  int last_col);
/*
 * The texts as a list for paper_check: they go to a hidden sheet, which is begun by
 * paper_lists() after all others. The same key gives the same list.
 */
const char *paper_list(struct paper *p, const char *key, const char *const *texts,
                       size_t n);
void paper_lists(struct paper *p);

/* ---- for paper_form.c ---- */
void paper_begin(struct paper *p, const char *name, const double *widths, int columns);
void paper_put_head(struct paper *p, const char *title, const char *unit_line);

#endif
