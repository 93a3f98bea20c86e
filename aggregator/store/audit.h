/*
 * audit - what happened at the door: rejected batches, refused keys, exports.
 *
 * A hash chain for each process that writes (its name is the chain), outside the log; the
 * head over all chains goes into the next commit statement, so that a cut tail shows.
 */
#ifndef HTX_AUDIT_H
#define HTX_AUDIT_H

#include "aggregator/store/pg.h"

/*
 * Appends one row; one writer a chain. what is a word ("batch_rejected"), detail free
 * text ("unit=106 reason=signature"), at wall time.
 */
bool audit_append(struct pg *pg, const char *chain, const char *what, const char *detail,
                  int64_t at, struct err *e) MUST_CHECK;

/* One hash over the last row of every chain; zero when there is none. */
bool audit_head(struct pg *pg, struct hash *out, struct err *e) MUST_CHECK;

/* Does every chain hold from its first row on? ERR_INPUT names the row that does not. */
bool audit_verify(struct pg *pg, struct err *e) MUST_CHECK;

#endif
