/* reconcile - what the files of the command share. */
#ifndef HTX_CMD_RECONCILE_H
#define HTX_CMD_RECONCILE_H

#include "aggregator/cmd/commands.h"
#include "aggregator/store/reconcile_pg.h"
#include "proto/reconcile_json.h"

struct reconciling { /* as it was called; NULL: not given */
    const char *period, *unit, *with, *province, *dir;
    bool json;
};

/* Fills scheme, period, position and units of d, whose party and province stand already,
 * from this connection; in the arena. fed: as far as the feed carries items whole. */
bool reconcile_own(struct app *app, struct pg *pg, const struct reconciling *q, bool fed,
                   struct arena *a, struct reconcile_doc *d, struct err *e) MUST_CHECK;

/* Against the file of q->with, or for itself; prints, and returns the exit code. */
int reconcile_offline(struct app *app, const struct reconciling *q,
                      struct reconcile_doc *own, struct arena *a);

/* To stdout, and as printed sheets into q->dir; the exit code. */
int reconcile_print(struct app *app, const struct reconcile_result *r,
                    const struct reconciling *q);

/* cmd_reconcile_nation.c: at the ministry, each province's copy against the province. */
int reconcile_nation(struct app *app, const struct reconciling *q);

#endif
