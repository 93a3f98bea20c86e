/*
 * answer - what an office reads about its file: NAME.ket-qua.txt beside it.
 *
 * Written at intake with what is known offline, and once more when the last receipt is
 * in. Vietnamese: it is for the officer, whatever the locale of the daemon.
 */
#ifndef HTX_ANSWER_H
#define HTX_ANSWER_H

#include "collectors/outbox.h"
#include "collectors/say.h"
#include "collectors/spool.h"

/* The text of a file's answer so far. */
bool answer_text(const struct catalogue *cat, struct outbox *ob, const char *claim,
                 enum lang lang, struct bytes *out, struct err *e) MUST_CHECK;
bool answer_write(const struct catalogue *cat, struct outbox *ob, struct spool *sp,
                  const char *claim, struct err *e) MUST_CHECK;

/* Writes every answer whose last receipt has come; troubles are logged, not lost. */
void answer_pending(const struct catalogue *cat, struct outbox *ob, struct spool *sp);

#endif
