/*
 * unit_texts - what the units wrote beside their figures, as a publication had it: from
 * the signed bytes of the reports that counted at its position.
 */
#ifndef HTX_UNIT_TEXTS_H
#define HTX_UNIT_TEXTS_H

#include "aggregator/book/extract_docx.h"

/* By unit, then in the order of the reports. All lives in the arena. */
bool unit_texts_read(struct pg *pg, const struct publication *p,
                     const struct catalogue *c, struct arena *a, struct unit_text **list,
                     size_t *n, struct err *e) MUST_CHECK;

#endif
