/*
 * template - the workbook that an officer fills: a page for each form, a guide, and what
 * is known already.
 *
 * Works by a form's layout, never by its code. What the register and the catalogue know
 * is filled and locked; what is asked is open and checked while it is typed. A cell whose
 * last accepted value is known shows it when the cell is chosen: a hint is never a value,
 * so a template that nobody filled reads back as no report at all. Words of the workbook
 * are Vietnamese.
 */
#ifndef HTX_TEMPLATE_H
#define HTX_TEMPLATE_H

#include "proto/catalogue.h"
#include "proto/past.h"

struct template_job { /* all borrowed */
    const struct catalogue *cat;
    const char *unit;      /* code */
    const char *unit_name; /* NULL: not known here */
    const struct period *period;
    enum vintage vintage;
    const struct past *own;      /* the unit's own statements, or NULL */
    const struct past *entities; /* of the unit's page of the register */
    size_t n_entities;
    int64_t created; /* seconds since 1970, as the file says */
};

/*
 * Replaces path by the finished workbook, or leaves it as it was. rows: of each form, how
 * many organisations stand in it by the register.
 */
bool template_write(const struct template_job *job, const struct form *const *forms,
                    size_t n, const char *path, size_t *rows, struct err *e) MUST_CHECK;

/* "bieu01-htx_106_2025-S1.xlsx"; several forms: "bieu-mau_106_2025-S1.xlsx". */
char *template_file_name(const struct template_job *job, const struct form *const *forms,
                         size_t n);

#endif
