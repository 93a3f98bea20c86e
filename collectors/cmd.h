/*
 * cmd - a command and a file each, run by main() or, while `run` lives, inside the
 * daemon.
 *
 * A command writes its data to c->out and everything else to c->err; both may be memory.
 * It returns the exit code.
 */
#ifndef HTX_CMD_H
#define HTX_CMD_H

#include "collectors/app.h"
#include "collectors/listing.h"
#include "collectors/say.h"

/* Of a command inside the daemon that must wait for the province: it sets waiting, drop
 * and job, returns, and calls done() later, from the loop. */
struct cmd_wait {
    bool waiting;
    void (*drop)(void *job); /* the asker is gone: forget the job */
    void *job;
    void (*done)(struct cmd_wait *w, enum exit_code code);
};

struct cmd {
    const struct command *self;
    struct app *app;
    enum lang lang;
    const char *cwd;   /* relative paths of the command line begin here */
    const char *input; /* standard input, where a word ends in "=-"; else NULL */
    FILE *out, *err;
    struct cmd_wait *wait; /* NULL outside the daemon */
};

typedef enum exit_code cmd_fn(struct cmd *c, int argc, char **argv);

enum cmd_needs {
    NEEDS_CONF,      /* opens the rest itself */
    NEEDS_CATALOGUE, /* works beside a running daemon */
    NEEDS_OUTBOX,    /* through the control socket while `run` lives */
};

struct command {
    const char *name;
    cmd_fn *run;
    enum cmd_needs needs;
    const char *args;
    const char *help_vi, *help_en; /* NULL: asked by other commands only */
};

const struct command *cmd_find(const char *name);
extern const struct command cmd_list[];
extern const size_t cmd_n;

enum opt_type {
    OPT_FLAG, /* into bool */
    OPT_TEXT, /* into const char * */
    OPT_LIST, /* into struct opt_list */
};

enum { OPT_LIST_MAX = 32 };
struct opt_list {
    const char *list[OPT_LIST_MAX];
    size_t n;
};

struct opt {
    const char *name; /* "paper-date" */
    enum opt_type type;
    void *into;
    const char *arg; /* what --help calls the value */
    const char *help_vi, *help_en;
};

/*
 * Reads options anywhere behind the command's name; the other words go to pos (at most
 * max). True: go on. False: *code is the exit code (--help was printed, or a usage
 * error).
 */
bool cmd_options(struct cmd *c, int argc, char **argv, const struct opt *opts, size_t n,
                 const char **pos, size_t max, size_t *n_pos, enum exit_code *code);

/* "what is wrong" in the catalogue's words, or the error's chain; returns the exit code.
 */
enum exit_code cmd_usage(struct cmd *c, const char *what);
enum exit_code cmd_fail(struct cmd *c, const struct err *e);
/* A text of the catalogue with arguments, as a line on c->err. */
void cmd_note(struct cmd *c, const char *key, const char *arg1, const char *arg2);

/* The unit of --unit, or the only one; NULL after a message. */
const struct app_unit *cmd_unit(struct cmd *c, const char *code);
/* Absolute, from the caller's folder; the caller frees. */
char *cmd_path(const struct cmd *c, const char *path);

/*
 * A text of the command line in NFC, without control characters but line breaks, of 1 to
 * max characters, in the arena. False after a message that names the option.
 */
bool cmd_words(struct cmd *c, const char *option, const char *text, size_t max,
               struct arena *a, const char **out) MUST_CHECK;

/* Through the daemon while it lives, else here: for a command that needs the outbox. */
enum exit_code cmd_anywhere(struct cmd *c, int argc, char **argv);

/* Standard input when one of the words asks for it: NULL when none does; the caller's to
 * free. ERR_INPUT: too long. */
bool cmd_input(int argc, char **argv, char **out, struct err *e) MUST_CHECK;

cmd_fn cmd_init, cmd_run, cmd_template, cmd_check, cmd_submit, cmd_declare, cmd_answer,
    cmd_withdraw, cmd_notices, cmd_status, cmd_receipts, cmd_report, cmd_keys,
    cmd_reconcile, cmd_reconcile_lines;

#endif
