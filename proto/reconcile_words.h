/* reconcile_words - why two sides differ, and what became of an item, as people read it.
 */
#ifndef HTX_RECONCILE_WORDS_H
#define HTX_RECONCILE_WORDS_H

#include "proto/catalogue.h"
#include "proto/reconcile.h"

const char *reconcile_state_word(enum reconcile_state s);  /* "counts", in files */
enum reconcile_state reconcile_state_of(const char *word); /* NONE: no such word */

/* "tỉnh đã tiếp nhận, phiếu tiếp nhận chưa về đến đơn vị" */
const char *reconcile_why(const struct reconcile_result *r,
                          const struct reconcile_difference *d, enum lang lang);
/* "đã được thay bằng lần gửi sau" */
const char *reconcile_state_text(const struct reconcile_line *l, enum lang lang);
/* The same of a state alone, for counts. */
const char *reconcile_state_name(enum reconcile_state s, enum lang lang);
/* "Đơn vị", "Tỉnh", "Bộ" */
const char *reconcile_side_name(enum reconcile_side s, enum lang lang);

/* What an item is called: "B01: HTX Ngọc Minh", "bộ báo cáo", "giải trình: HTX ...". */
const char *reconcile_item_name(const struct catalogue *c, const struct reconcile_line *l,
                                enum lang lang, struct arena *a);

#endif
