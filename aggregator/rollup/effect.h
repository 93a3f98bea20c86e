/*
 * effect - what a catalogue version would change: the stored reports of open periods are
 * judged once more, in memory, under it and under the version in force, and the
 * differences are shown by name. Rules that read the register or peers are left out.
 */
#ifndef HTX_EFFECT_H
#define HTX_EFFECT_H

#include "aggregator/cmd/commands.h"

/*
 * people: a summary and a list on stdout; json: one object for each report that would be
 * judged otherwise. Nothing is printed when no version is in force.
 */
bool effect_show(struct app *app, const struct catalogue *candidate, bool json,
                 struct err *e) MUST_CHECK;

#endif
