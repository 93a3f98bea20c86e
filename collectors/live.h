/*
 * live - reconciliations with the province while `run` lives: each asks through its
 * unit's connection and waits in the loop; what is lost is asked again, and after a while
 * without a word the command ends with "later".
 */
#ifndef HTX_LIVE_H
#define HTX_LIVE_H

#include "collectors/cmd.h"
#include "collectors/sender.h"
#include "proto/reconcile_json.h"

struct live;

void live_open(struct live **out, struct loop *loop, struct sender *sender);
/* Commands that wait still end with "later". */
void live_close(struct live **l);

/*
 * Compares every unit of the document with the province, prints the result as JSON to
 * c->out and ends the command. Takes over the document and its arena. Inside the daemon
 * only: c->wait is given.
 */
void live_reconcile(struct live *l, struct cmd *c, const struct reconcile_doc *own,
                    struct arena *a);

#endif
