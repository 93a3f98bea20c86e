/*
 * sheets - the tables of one publication as an office prints them: overall, by sector, by
 * unit, who sent what, differences between the sources.
 */
#ifndef HTX_SHEETS_H
#define HTX_SHEETS_H

#include "aggregator/rollup/extract.h"
#include "aggregator/book/layout.h"

/* out is empty before; the caller clears it. */
void sheets_make(const struct extract *x, struct layout *out);

#endif
