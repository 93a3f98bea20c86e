/*
 * commands - what every command of htx-aggregator gets, and how it ends.
 *
 * A command is `int cmd_x(struct app *app, int argc, char **argv)`: argv[0] is its whole
 * name ("htx-aggregator unit load"), so getopt_long works as usual; it returns an exit
 * code of base.h. Data goes to stdout, all else to stderr. It gets a row in main.c's
 * table; its texts stand as pairs (vi, en) in its own file.
 */
#ifndef HTX_COMMANDS_H
#define HTX_COMMANDS_H

#include "aggregator/settings.h"
#include "aggregator/store/pg.h"
#include "proto/catalogue.h"

#define HTX_RELEASE "1.0"

enum db_role { DB_OWNER, DB_ADMIN, DB_SERVE, DB_READ, DB_FEED, DB_PULL, DB_ROLES };

struct app;

typedef int command_fn(struct app *app, int argc, char **argv);

command_fn cmd_serve, cmd_submit;
command_fn cmd_migrate, cmd_genesis;
command_fn cmd_catalogue_check, cmd_catalogue_load, cmd_catalogue_activate,
    cmd_catalogue_show;
command_fn cmd_unit_load, cmd_unit_list, cmd_unit_history, cmd_entity_load,
    cmd_entity_list, cmd_period_load, cmd_period_list, cmd_person_load, cmd_person_list;
command_fn cmd_entity_event, cmd_entity_confirm, cmd_entity_merge, cmd_entity_unmerge,
    cmd_entity_duplicates, cmd_entity_history;
command_fn cmd_epoch_begin, cmd_feed, cmd_feed_export, cmd_feed_list, cmd_feed_verify;
command_fn cmd_keys_new, cmd_keys_enroll, cmd_keys_revoke, cmd_keys_list;
command_fn cmd_findings_accept, cmd_findings_ask, cmd_findings_return, cmd_remind,
    cmd_period_extend;
command_fn cmd_decide, cmd_correct;
command_fn cmd_status, cmd_findings, cmd_report_list, cmd_report_show, cmd_rollup,
    cmd_explain, cmd_publish, cmd_extract, cmd_reconcile;
command_fn cmd_history_load, cmd_target_load, cmd_target_list, cmd_target_status;
command_fn cmd_close, cmd_reopen, cmd_issued, cmd_audit_list, cmd_audit_verify;
command_fn cmd_province_add, cmd_province_list, cmd_province_follow, cmd_pull;

/* entity list --to-rehome; unit may be NULL. */
int entity_list_to_rehome(struct app *app, const char *unit, bool json);

struct command {
    const char *name, *sub; /* "unit", "load"; sub is NULL for a command of one word */
    const char *args;       /* "FILE.tsv [--by PERSON]" */
    const char *vi, *en;    /* one line of help */
    command_fn *run;
    bool bare; /* needs no configuration */
};

struct app {
    const struct command *command; /* the one that runs */
    const char *conf_path; /* for a bare command that looks whether there is one */
    bool conf_given;       /* by -c */
    struct settings settings;
    enum lang lang;
    struct pg *pg[DB_ROLES]; /* opened when first asked for */
    struct catalogue *catalogue;
    const char *schema; /* of the province that is looked into (view.h); NULL: our own */
    struct arena view;
};

/*
 * Connections and catalogue are the app's; NULL with an error when they cannot be had.
 * While a province's copy is looked into all are the reading role's, on that copy.
 */
struct pg *app_pg(struct app *app, enum db_role role, struct err *e) MUST_CHECK;
/*
 * The admin connection, for a command that writes: one such command at a time in the
 * whole database, so that what it read still holds when it appends.
 */
struct pg *app_writer(struct app *app, struct err *e) MUST_CHECK;
/* The active catalogue, from the database. ERR_SETUP when none is active. */
const struct catalogue *app_catalogue(struct app *app, struct err *e) MUST_CHECK;
/* ERR_INPUT when no unit ever had that code; `option` is what asked for it. */
bool app_unit_known(struct app *app, const char *option, const char *code,
                    struct err *e) MUST_CHECK;
/* The same over a connection of the caller's; it closes the catalogue. */
bool catalogue_active(struct pg *pg, struct catalogue **out, struct err *e) MUST_CHECK;

/* Its holidays alone, in the arena; none are known where no catalogue is active. */
bool holidays_active(struct pg *pg, struct arena *a, struct holidays *out,
                     struct err *e) MUST_CHECK;

/* The pair's text in the reader's language. */
const char *app_say(const struct app *app, const char *vi, const char *en);
/* printf in the reader's language; both are formats for the same arguments. */
#define app_print(app, vi, en, ...)                                                      \
    ((app)->lang == LANG_VI ? printf(vi, ##__VA_ARGS__) : printf(en, ##__VA_ARGS__))
/* err_set in the reader's language; both are formats for the same arguments. */
#define app_set(app, e, kind, vi, en, ...)                                               \
    ((app)->lang == LANG_VI ? err_set(e, kind, vi, ##__VA_ARGS__)                        \
                            : err_set(e, kind, en, ##__VA_ARGS__))
/* Prints the error on stderr; returns its exit code. */
int app_fail(const struct app *app, const struct err *e);
/* Prints what is wrong (both may be NULL) and how the command is called; returns 64. */
int app_usage(const struct app *app, const char *vi, const char *en);
/*
 * The options of a command that knows --json alone; optind is at its arguments, and must
 * leave min to max of them. False: it was called otherwise.
 */
bool app_json_only(int argc, char **argv, int min, int max, bool *json);
/*
 * Who acts: --by's value, which must be a person of the register, or the unix user when
 * by is NULL. The result lives in the arena; NULL with an error.
 */
const char *app_actor(struct app *app, struct arena *a, const char *by,
                      struct err *e) MUST_CHECK;

#endif
