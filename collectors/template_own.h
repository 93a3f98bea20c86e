/* template_own - what the files of template share: the workbook being made. */
#ifndef HTX_TEMPLATE_OWN_H
#define HTX_TEMPLATE_OWN_H

#include "collectors/template.h"
#include "proto/forms/paper.h"

enum { TEMPLATE_COLUMNS = 400 }; /* of one page: the reader takes a few more */

struct maker {
    const struct template_job *job;
    const struct form *form; /* of the page being made */
    struct paper paper;
    struct paper_words words;
};

/* template.c */
const char *template_text(const struct maker *m, const char *key);
const char *template_say(struct maker *m, const char *key, const char *a, const char *b,
                         const char *c, const char *d);
/* Begins the page of m->form; widths live until the workbook is written. */
void template_page(struct maker *m, const double *widths, int columns, int fixed);
/* The names of a dimension's codes as a list: valid ones, in the catalogue's order. */
const char *template_codes(struct maker *m, const char *dim);
/* What the indicator was last, "Kỳ trước (...): 1.234 người"; NULL when unknown. */
const char *template_hint(struct maker *m, const struct past *past,
                          const struct form_cell *cell, const struct period *period,
                          enum vintage vintage);
/* Its value alone. */
const char *template_last(struct maker *m, const struct past *past,
                          const struct form_cell *cell, const struct period *period,
                          enum vintage vintage);
/* Checks of open cells; hint NULL for none. */
void template_number(struct maker *m, const struct indicator *ind, uint32_t row, int col,
                     uint32_t last_row, int last_col, const char *hint);
void template_coded(struct maker *m, const char *dim, uint32_t row, int col,
                    uint32_t last_row, const char *hint);
void template_date(struct maker *m, uint32_t row, int col, uint32_t last_row);
enum paper_style template_style(const struct indicator *ind);
/* A column of cells of one indicator: one check for each cell with a hint. */
void template_column(struct maker *m, const struct indicator *ind, uint32_t row, int col,
                     const char *const *hints, size_t n);
/* "Doanh thu\n(triệu đồng)": a head as the reader takes it apart again. */
const char *template_head(struct maker *m, const char *label,
                          const struct indicator *ind);

/* template_list.c, template_statement.c, template_guide.c */
void template_list(struct maker *m);
void template_statement(struct maker *m);
void template_guide(struct maker *m, const struct form *const *forms, size_t n);

#endif
