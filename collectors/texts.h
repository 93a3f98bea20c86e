/*
 * texts - the named texts of a unit's report, given on the command line: they become the
 * very sheet that an officer would have filled, and go the way of every sheet.
 */
#ifndef HTX_TEXTS_H
#define HTX_TEXTS_H

#include "collectors/cmd.h"

enum { TEXTS_MAX = 12, TEXT_MAX = 8000 /* characters of one */ };

struct given_text { /* strings in the caller's arena */
    const char *key, *text;
};

/*
 * Reads "KEY=FILE" and "KEY=-" (standard input). False after a message: an unknown key, a
 * text that is too long or none.
 */
bool texts_read(struct cmd *c, const struct opt_list *words, struct arena *a,
                struct given_text *out, size_t *n, enum exit_code *code) MUST_CHECK;

/*
 * Takes them in as a sheet of this unit, period and vintage; texts of the newest report
 * that are not given again stay. False after a message.
 */
bool texts_take(struct cmd *c, const struct app_unit *u, const struct submission *s,
                const struct given_text *texts, size_t n,
                enum exit_code *code) MUST_CHECK;

#endif
