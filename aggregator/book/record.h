/* record - the printed record of a reconciliation as workbook and PDF. */
#ifndef HTX_BOOK_RECORD_H
#define HTX_BOOK_RECORD_H

#include "proto/forms/reconcile_record.h"

/* DIR/FILE.xlsx and DIR/FILE.pdf; their paths are appended to said, a line each. */
bool record_print(const struct record *rec, const char *dir, struct bytes *said,
                  struct err *e) MUST_CHECK;

#endif
