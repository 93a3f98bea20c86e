/*
 * view - a command that only reads, over the copy of one province: `-p CODE` in front of it.
 *
 * The same code runs on the province's schema with the rights of the reading role, so
 * nothing can be written there. The province speaks under its own code and name.
 */
#ifndef HTX_VIEW_H
#define HTX_VIEW_H

#include "aggregator/cmd/commands.h"

/* May this command look into a province's copy? */
bool province_view_allows(const struct command *c);

/*
 * From here on every connection of the app is on the province's copy. ERR_INPUT: no such
 * province is followed, nothing of it has come yet, or its publications alone are here and
 * the command reads more.
 */
bool province_view_open(struct app *app, const char *code, struct err *e) MUST_CHECK;

#endif
