/*
 * talk - what the province says to a unit: a remark on a report or finding, a reminder,
 * an extension. Each is a control record with its actor, and a notice that lands in the
 * unit's folder; none changes a receipt.
 */
#ifndef HTX_TALK_H
#define HTX_TALK_H

#include "aggregator/store/acts.h"
#include "aggregator/cmd/commands.h"
#include "proto/notice.h"

/* Who speaks: --by names a person of the register. Strings live in the arena. */
struct speaker {
    const char *code, *name;
};
bool talk_speaker(struct app *app, struct arena *a, const char *by, struct speaker *out,
                  struct err *e) MUST_CHECK;

/*
 * NFC, without control characters but line breaks, at most TALK_TEXT characters; in the
 * arena. ERR_INPUT names the option.
 */
enum { TALK_TEXT = 2000 };
bool talk_text(const struct app *app, const char *option, const char *text,
               struct arena *a, const char **out, struct err *e) MUST_CHECK;

#endif
