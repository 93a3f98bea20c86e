/* reconcile - what the files of the command share. */
#ifndef HTX_CMD_RECONCILE_H
#define HTX_CMD_RECONCILE_H

#include "aggregator/cmd/commands.h"
#include "aggregator/store/reconcile_pg.h"
#include "proto/reconcile_json.h"

/* What this database holds, in the arena; unit NULL: every unit. */
bool reconcile_own(struct app *app, const char *period, const char *unit, struct arena *a,
                   struct reconcile_doc *d, struct err *e) MUST_CHECK;

/* To stdout, and as printed sheets into dir where it is not NULL; the exit code. */
int reconcile_print(struct app *app, const struct reconcile_result *r, bool json,
                    const char *dir);

#endif
