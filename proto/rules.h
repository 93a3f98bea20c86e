/*
 * rules - what makes a report believable: rows of rules.tsv, compiled at load, pure.
 *
 * Scope report: the report alone, same answer on both sides. Scope register: the report
 * beside what is known of its subject (past.h); it never refuses, since that is no reason
 * in the bytes. Scope peers: against the others of the period, always a later finding,
 * never in a receipt. Built-in checks of shape (form, period, who, known indicator,
 * allowed breakdown, value inside min..max, tax number's check digit, required cells)
 * come first, then the rows of scope report, then those of scope register, in file order.
 *
 * severity and effect (refuse | hold | keep) may be given twice, "error|warning": the
 * second counts where a value with a qualifier took part. `each`: empty; a list of
 * indicators that $ stands for, "by DIM" behind it walks the breakdowns as well; "cells"
 * (every observation), "cells of LIST", "cells but LIST"; "first cell", "first cell but
 * LIST" (one finding for all). Expressions are over int64 in the indicators' smallest
 * units with 128-bit intermediates; no floats, no recursion, bounded cost. The grammar:
 * rules_parse.c, the functions: rules_call.c.
 */
#ifndef HTX_RULES_H
#define HTX_RULES_H

#include "proto/catalogue.h"
#include "proto/past.h"

/* One compiled set; errors point into the line. breakdowns and indicators are loaded. */
bool rules_compile(struct rules **out, const struct catalogue *c, struct span tsv,
                   struct err *e) MUST_CHECK;
void rules_close(struct rules **rs);

/* The text of the rule with this code, or NULL. */
const char *rules_text(const struct rules *rs, const char *code, enum lang lang);

/*
 * Appends findings in rule order, then cell order. past NULL: what is known of the
 * subject is not known here; rules of scope register then wait for the province.
 */
void rules_check(const struct catalogue *c, const struct report *r,
                 const struct past *past, struct findings *fs);

/* Scope register alone: the province, where the parser ran the others. */
void rules_check_past(const struct catalogue *c, const struct report *r,
                      const struct past *past, struct findings *fs);

/* Codes of the rules that need the register or the past, for reports of this form. How
 * many there are, even beyond max; max 0: is there any? */
size_t rules_waiting(const struct catalogue *c, const char *form, const char **codes,
                     size_t max);

/* Are reports of this form compared with each other? */
bool rules_compare(const struct catalogue *c, const char *form);

/* Does the rule with this code read the register or the past? */
bool rules_reads_past(const struct rules *rs, const char *code);

/* The periods whose reports the rules of a report for p may read, p among them. */
size_t rules_past_periods(const struct catalogue *c, const struct period *p,
                          const struct period **out, size_t max);

/*
 * Scope peers: n reports of one form, period and kind of figures that are to be compared
 * with each other (of one sector, say). findings[i] gets what there is about list[i].
 */
void rules_check_peers(const struct catalogue *c, const struct report *const *list,
                       size_t n, struct findings *findings);

#endif
