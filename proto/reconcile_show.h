/* reconcile_show - a reconciliation as text for people; both programs' `reconcile`. */
#ifndef HTX_RECONCILE_SHOW_H
#define HTX_RECONCILE_SHOW_H

#include "proto/reconcile_json.h"
#include "proto/reconcile_words.h"

/* One line a unit, and below it what differs, each with its reason. c may be NULL: codes
 * stay codes. */
void reconcile_show(const struct reconcile_result *r, const struct catalogue *c,
                    enum lang lang, struct bytes *out);
/* What one side holds, unit by unit. */
void reconcile_show_doc(const struct reconcile_doc *d, enum lang lang, struct bytes *out);

/* "Đã tiếp nhận", of a line that a side may not have. */
const char *reconcile_verdict_text(const struct catalogue *c,
                                   const struct reconcile_line *l, bool has,
                                   enum lang lang);

#endif
