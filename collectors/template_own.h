/* template_own - what the files of template share: the workbook being made. */
#ifndef HTX_TEMPLATE_OWN_H
#define HTX_TEMPLATE_OWN_H

#include "collectors/template.h"
#include "proto/forms/paper.h"

enum { TEMPLATE_COLUMNS = 400 }; /* of one page: the reader takes a few more */

struct maker {
    const struct template_job *job;
    const struct form *form; /* of the page being made */
    size_t rows;             /* of the register, on that page */
    struct paper paper;
    struct paper_words words;
};

/* ---- columns of a list ---- */

enum list_kind {
    LIST_ORDER,
    LIST_NAME, /* who */
    LIST_KIND,
    LIST_TAX,
    LIST_CERTIFICATE,
    LIST_REGISTER,
    LIST_ISSUER,
    LIST_SECTOR,
    LIST_COMMUNE,
    LIST_STATE,
    LIST_WORD,      /* a cell of the form that is said in words */
    LIST_DIM,       /* what else the row is about: a decision, a lender */
    LIST_OTHER_TAX, /* of whom the words name */
    LIST_PRODUCT,
    LIST_DAY,
    LIST_MARK, /* yes or no */
    LIST_NUMBER,
    LIST_NOTE,
};

struct list_column {
    enum list_kind kind;
    const char *head;
    double width;
    const char *dim;              /* its words are names of this dimension, or NULL */
    const struct form_cell *cell; /* LIST_WORD, LIST_MARK, LIST_NUMBER */
};

struct list_columns {
    struct list_column list[TEMPLATE_COLUMNS];
    size_t n;
    bool known; /* a row for each organisation of the register; else a row an event */
};

/* template_columns.c */
void template_columns(struct maker *m, struct list_columns *l);
/* Not what the reader counts from other cells, not groups that a document merged. */
bool template_asks(const struct maker *m, const struct form_cell *c);

/* template.c */
const char *template_text(const struct maker *m, const char *key);
const char *template_say(struct maker *m, const char *key, const char *a, const char *b,
                         const char *c, const char *d);
/* Begins the page of m->form; widths live until the workbook is written. */
void template_page(struct maker *m, const double *widths, int columns, int fixed);
/* What the indicator was last, "Kỳ trước (...): 1.234 người"; NULL when unknown. */
const char *template_hint(struct maker *m, const struct past *past,
                          const struct form_cell *cell, const struct period *period,
                          enum vintage vintage);
/* The word of a cell that is said in words; alone, and as a hint. */
const char *template_word(struct maker *m, const struct past *past,
                          const struct form_cell *cell);
const char *template_word_hint(struct maker *m, const struct past *past,
                               const struct form_cell *cell);
/* Its value alone. */
const char *template_last(struct maker *m, const struct past *past,
                          const struct form_cell *cell, const struct period *period,
                          enum vintage vintage);
/* Checks of open cells; hint NULL for none. */
void template_number(struct maker *m, const struct indicator *ind, uint32_t row, int col,
                     uint32_t last_row, int last_col, const char *hint);
/* Names of the dimension in force; of cell, where given, only those the form asks for. */
void template_coded(struct maker *m, const char *dim, const struct form_cell *cell,
                    uint32_t row, int col, uint32_t last_row, const char *hint);
void template_yes_no(struct maker *m, uint32_t row, int col, uint32_t last_row,
                     const char *hint);
void template_free_text(struct maker *m, uint32_t row, int col, uint32_t last_row);
void template_date(struct maker *m, uint32_t row, int col, uint32_t last_row);
enum paper_style template_style(const struct indicator *ind);
/* Is the organisation expected to report by the form? */
bool template_expects(const struct form *f, const struct past *entity);
/* "Doanh thu\n(triệu đồng)": a head as the reader takes it apart again. */
const char *template_head(struct maker *m, const char *label,
                          const struct indicator *ind);

/* one file each */
void template_list(struct maker *m);
void template_statement(struct maker *m);
void template_texts(struct maker *m);
void template_guide(struct maker *m, const struct form *const *forms, size_t n);

#endif
