/*
 * explain - what a unit wrote beside findings in an answer that came back: to whom each
 * belongs. The file may say something new about the same subject; then the explanation is
 * about that report.
 */
#ifndef HTX_EXPLAIN_H
#define HTX_EXPLAIN_H

#include "collectors/outbox.h"
#include "proto/forms/form.h"

struct explain_loose { /* about reports that the file says nothing of */
    struct explanation *list;
    size_t n;
};

/*
 * Gives the lines that will be sent what the file explains about their subject; line i
 * belongs to report i of form. The rest goes to loose. Everything lives in the arena.
 * What is not ours, or no explanation anybody could read, is left out.
 */
bool explain_attach(struct outbox *ob, const struct catalogue *cat,
                    const struct form_read *form, struct outbox_line *lines,
                    struct arena *a, struct explain_loose *loose,
                    struct err *e) MUST_CHECK;

#endif
