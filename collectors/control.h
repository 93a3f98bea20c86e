/*
 * control - state/control.sock: commands given while `run` lives are run by the daemon,
 * since nobody else may touch its outbox.
 *
 * The client sends language, folder, standard input and words; the daemon runs the very
 * same command with its output into memory and returns exit code, stdout and stderr; one
 * that waits for the province is answered later. Only the daemon's own user and root are
 * heard.
 */
#ifndef HTX_CONTROL_H
#define HTX_CONTROL_H

#include "collectors/cmd.h"
#include "proto/base/loop.h"

struct control;

/* Runs one command; changed() afterwards when it may have changed the outbox. */
bool control_open(struct control **out, struct app *app, struct loop *loop,
                  loop_fn *changed, void *ctx, struct err *e) MUST_CHECK;
void control_close(struct control **c);

/*
 * Asks the daemon of this state folder. *there false: no daemon listens; then the caller
 * opens the outbox itself. Otherwise output has been printed and *code is set.
 */
bool control_ask(const struct app *app, const struct cmd *c, int argc, char **argv,
                 bool *there, enum exit_code *code, struct err *e) MUST_CHECK;

#endif
