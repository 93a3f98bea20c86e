/*
 * notices - what the province tells a unit, as people read it: a file in INBOX/thong-bao
 * for each, and the lines of `notices` and `status`.
 *
 * A question or return names the report as the officer knows it: the file, its place, the
 * finding in words, and what to do. The files are Vietnamese, whatever the locale of the
 * daemon.
 */
#ifndef HTX_NOTICES_H
#define HTX_NOTICES_H

#include "collectors/outbox.h"
#include "collectors/say.h"
#include "collectors/spool.h"

/* The whole text of one notice. */
bool notice_text(const struct catalogue *cat, struct outbox *ob,
                 const struct outbox_notice *n, enum lang lang, struct bytes *out,
                 struct err *e) MUST_CHECK;

/* "2025-S1-cau-hoi-1.123.txt": the same notice always has the same name. */
char *notice_file(const struct notice_act *act); /* the caller frees */

/* Writes every notice that has no file yet; troubles are logged, not lost. */
void notices_pending(const struct catalogue *cat, struct outbox *ob, struct spool *sp);

#endif
