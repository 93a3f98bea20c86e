/* form_own - what the files of form share: one page being read, its labels, its table. */
#ifndef HTX_FORM_OWN_H
#define HTX_FORM_OWN_H

#include "proto/forms/form.h"

enum {
    HEADER_SEARCH = 80, /* rows with content in which the header may begin */
    HEADER_ROWS = 5,    /* of one header */
    COLUMNS_MAX = 512,  /* of one table */
    HEADING_BYTES_MAX = 200,
    SHORT_BYTES_MAX = 60,
    EXTRAS_MAX = 500,   /* observations of one report beyond its form */
    ROWS_MAX = 20000,   /* of one entity list */
    TEXT_BYTES_MAX = 8000,
};

enum column_role {
    ROLE_NONE, /* not of this form */
    ROLE_SKIP, /* known, not read: running number, notes of a statement */
    ROLE_VALUE,
    ROLE_LABEL, /* of a statement: names of indicators */
    ROLE_UNIT,
    ROLE_AS_OF,
    ROLE_POPULATION,
    ROLE_BREAKDOWN,
    ROLE_NAME, /* of an entity list, from here */
    ROLE_ORDER,
    ROLE_TAX,
    ROLE_CERTIFICATE,
    ROLE_ISSUER,
    ROLE_REGISTER,
    ROLE_SECTOR,
    ROLE_COMMUNE,
    ROLE_STATE,
    ROLE_KIND,
    ROLE_NOTE,
    ROLE_PRODUCT,   /* of a row's code: what it is about, "Chè Tà Tổng" */
    ROLE_OTHER_TAX, /* tax number of who is named in the row's code: borrower, member */
    ROLES,
};

struct column {
    uint32_t col;
    enum column_role role;
    const char *text;             /* its head as written, lines joined */
    const struct form_cell *cell; /* entity list: the indicator */
    struct number_unit unit;      /* of bare numbers in it */
    const char *code;             /* statement: breakdown code, "" for all */
    const char *dim;              /* ROLE_BREAKDOWN: its dimension, NULL for any; of a
                                     column of words (cell->coded): theirs */
    const struct period *period;  /* biểu chỉ tiêu */
    enum vintage vintage;
};

struct form_table {  /* of reports that are a row each */
    size_t first, n; /* of these reports */
    const char *page;
    struct form_column {
        uint32_t col;
        enum column_role role;
        const struct form_cell *cell; /* of a value */
    } * columns;
    size_t n_columns;
};

struct row { /* a row that has cells */
    const struct cell *cells;
    size_t n;
};

struct label {
    const char *key;
    const struct form_cell *cell; /* the first one of its line */
};

struct heading { /* a word that columns are named by */
    const char *key;
    enum column_role role;
    const char *dim;
};

/* What a label says besides the indicator. */
struct label_hit {
    const struct form_cell *cell;
    const char *unit;      /* "(triệu đồng)" behind it, or NULL */
    const char *breakdown; /* what stands behind a colon, or NULL */
};

struct page_reader {
    const struct form_context *ctx;
    struct form_read *out;
    struct arena *arena; /* of out */
    const struct sheet_page *page;
    const struct form *form;
    struct row *rows;
    size_t n_rows;
    struct label *labels;
    size_t n_labels;
    struct label *loose; /* by loose key, made when first needed */
    size_t n_loose;
    struct heading *headings;
    size_t n_headings;
    size_t asked;          /* how often form_unknown() has looked for what was meant */
    bool commas;           /* a CSV whose cells commas part */
    bool content_is_label; /* "Nội dung" heads the indicators: nothing else does */

    const struct period *period; /* from the head */
    enum vintage vintage;
    const struct period *title_period; /* what the title says, where no line does */
    enum vintage title_vintage;
    const char *unit_line; /* "triệu đồng", or NULL */
    int32_t as_of;

    struct observation document[2]; /* doc.number, doc.date; indicator 0: not written */

    size_t data; /* index of the first row behind the header */
    struct column columns[COLUMNS_MAX];
    size_t n_columns;
};

/* form.c */
void form_page_open(struct page_reader *p, const struct form_context *ctx,
                    struct form_read *out, const struct sheet_page *page);
void form_page_close(struct page_reader *p); /* not p itself */
struct report *form_add_report(struct page_reader *p);
struct findings *form_findings(struct page_reader *p, const struct report *r);
/* A finding about the page; place may be NULL. */
void form_page_finding(struct page_reader *p, const char *code, enum severity s,
                       bool refuses, const struct cell *place, const char *value,
                       const char *arg);
char *form_place(struct page_reader *p, const struct cell *c);
/* A copy of the cell's text as a person reads it there. */
char *form_text(struct page_reader *p, const struct cell *c);
/*
 * One value cell into o (text, cell, state, value): false when there is nothing to keep,
 * blank or not readable; then the finding refuses the report.
 */
bool form_value(struct page_reader *p, const struct cell *c, const struct indicator *ind,
                const struct number_unit *unit, struct observation *o,
                struct findings *fs);
void form_cell_finding(struct page_reader *p, struct findings *fs, const char *code,
                       const struct cell *c, const struct indicator *ind,
                       const char *arg);
/* Is "a year" not what the period is: half of one, or five? */
bool form_part_of_year(const struct period *p);
/* The unit of bare numbers: what is written here, else the head's line, else its own. */
bool form_unit(struct page_reader *p, const char *written, const struct indicator *ind,
               struct number_unit *out);
/* "Tổng cộng", and where the signatures begin. */
bool form_is_total(struct arena *a, const struct row *row);
bool form_is_footer(struct arena *a, const struct row *row);
/* A page without any value: a template of ours that nobody has filled is no fault. */
void form_no_rows(struct page_reader *p);

/*
 * Text that a spreadsheet would compute, where words are expected: "=cmd|...", "@SUM(1)".
 * A leading dash or plus alone makes no formula.
 */
bool form_is_formula(const char *text);

/* form_blank.c: of the page whose reports begin with this one. */
void form_keep_columns(struct page_reader *p, size_t first);

/* form_guess.c: the one form whose labels a page without a mark has, or NULL. */
const struct form *form_guess(const struct form_context *ctx,
                              const struct sheet_page *page);

/* form_head.c */
bool form_head(struct page_reader *p, size_t header);
/* A period as written, base for "năm trước"; NULL when there is none such. */
const struct period *form_period(struct page_reader *p, const char *text,
                                 const struct period *base);
/* The vintage word inside text, VINTAGE_NONE for none. */
enum vintage form_vintage(struct page_reader *p, const char *text);

/* form_document.c: number and date of the paper, from the head of a unit's page. */
void form_document(struct page_reader *p, size_t header);
void form_document_add(struct page_reader *p, struct report *r);
/* "Tam Đường, ngày 30 tháng 9 năm 2023", as it stands above signatures. */
bool form_is_date_line(struct arena *a, const char *line);

/* form_label.c */
void form_labels(struct page_reader *p);
bool form_label(struct page_reader *p, const char *text, struct label_hit *hit);
/* The code that text names; a sector also as "HTX lĩnh vực nông nghiệp". */
const struct breakdown *form_code(struct page_reader *p, const char *dim,
                                  const char *text);
/* The same for short forms, "CN - TTCN"; costs more. */
const struct breakdown *form_sector_spelt_out(struct page_reader *p, const char *text);
/* key without "1.", "a)", "II.", "+" in front. */
const char *form_unnumbered(const char *text);

/* Its rows are organisations or something of them, not of the unit. */
bool form_of_entities(const struct form *f);

/*
 * form_near.c: a row or column that is not of the form; the nearest label of the form is
 * proposed where there is one ("có phải là ...?").
 */
void form_unknown(struct page_reader *p, const char *code, const struct cell *place,
                  const char *text);

/* form_table.c: finds the header, fills columns; false after a page finding. */
bool form_header(struct page_reader *p, size_t *header);
bool form_classify(struct page_reader *p, size_t header);
/* "(1) (2) (3)", "A B 1 2", "(4)=(5)+(6)": the line that numbers the columns. */
bool form_is_numbering(const struct row *row);
/* The heading that this key is, or NULL. */
const struct heading *form_heading(const struct page_reader *p, const char *key);
const struct cell *form_cell_at(const struct row *row, uint32_t col);
/*
 * A decimal comma without quotes has split a cell of this row, and what stands behind it
 * is a column too far to the right: a finding that refuses what the row is part of.
 */
void form_torn(struct page_reader *p, const struct row *row, struct findings *fs);
struct column *form_column(struct page_reader *p, enum column_role role);

/* form_subject.c: rows that are entities, or something of them */
struct row_reader {
    struct page_reader *p;
    struct column *role[ROLES]; /* the column with that role, or NULL */
    struct observation *slots;  /* by form cell */
    const char *sector;         /* of the group heading above: "II. Xây dựng" */
    size_t n_blank;             /* rows that say who, and nothing about it */
    const struct cell *first_blank;
    struct {
        const char *text;
        const struct breakdown *b;
    } last[ROLES]; /* what a coded column said in the row above: mostly the same */
    struct arena scratch;
};
void row_reader_open(struct row_reader *er, struct page_reader *p);
const struct cell *row_cell(const struct row_reader *er, const struct row *row,
                            enum column_role role);
bool row_says_nothing(struct row_reader *er, const struct cell *c);
const char *row_fact(struct row_reader *er, const struct cell *c);
const struct breakdown *row_sector(struct row_reader *er, const char *text);
bool row_numbers_group(const char *text);
bool row_is_heading(struct row_reader *er, const struct row *row);
void row_identify(struct row_reader *er, const struct row *row, struct report *r,
                  struct findings *fs);
void row_classify(struct row_reader *er, const struct row *row, struct report *r,
                  struct findings *fs);
void row_note(struct row_reader *er, const struct row *row, struct report *r,
              struct findings *fs);
/*
 * A cell of numbers (a mark may say có, không) or of words into o: false when there is
 * nothing to keep; a finding refuses then. A word becomes the breakdown, value 1.
 */
bool row_value(struct row_reader *er, const struct column *c, const struct cell *cell,
               struct observation *o, struct findings *fs);
bool row_code(struct row_reader *er, const struct column *c, const struct cell *cell,
              struct observation *o, struct findings *fs);
/*
 * It says who, and nothing else: of a template such rows are filled later; elsewhere a
 * name without figures is asked about. row_blanks() says how many there were.
 */
bool row_is_blank(const struct row_reader *er, const struct row *row);
void row_blank(struct row_reader *er, const struct row *row);
void row_blanks(struct row_reader *er);
/* The names of a dimension, for whoever has to choose one. */
const char *row_names(struct row_reader *er, const char *dim);

/* One file each; the page's head and columns are read. */
void form_entities(struct page_reader *p);
void form_statement(struct page_reader *p);
void form_rows(struct page_reader *p);
/* The first row that begins with a label of the form; false after a finding. */
bool form_texts_header(struct page_reader *p, size_t *header);
void form_texts(struct page_reader *p);

#endif
