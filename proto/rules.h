/*
 * rules - what makes a report believable: rows of rules.tsv, compiled at load, pure.
 *
 * Scope report: the report alone, same answer on both sides, run here by rules_check();
 * rows of scope register and peers are compiled and kept for the province. Built-in
 * checks of shape (form, period, who, known indicator, allowed breakdown, value inside
 * min..max, tax number's check digit, required cells) come first, then the rows in file
 * order.
 *
 * severity and effect (refuse | hold | keep) may be given twice, "error|warning": the
 * second counts where a value with a qualifier took part. `each`: empty, a list of
 * indicators that $ stands for, "cells" (every observation), "first cell" (one finding
 * for all); "by DIM" behind it walks the breakdowns as well. Expressions are over int64
 * in the indicators' smallest units with 128-bit intermediates; no floats, no recursion,
 * bounded cost. The grammar: rules_parse.c.
 */
#ifndef HTX_RULES_H
#define HTX_RULES_H

#include "proto/catalogue.h"

/* One compiled set; errors point into the line. breakdowns and indicators are loaded. */
bool rules_compile(struct rules **out, const struct catalogue *c, struct span tsv,
                   struct err *e) MUST_CHECK;
void rules_close(struct rules **rs);

/* The text of the rule with this code, or NULL. */
const char *rules_text(const struct rules *rs, const char *code, enum lang lang);

/* Appends findings in rule order, then cell order. */
void rules_check(const struct catalogue *c, const struct report *r, struct findings *fs);

#endif
