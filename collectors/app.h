/*
 * app - the parts every command is built from: configuration, keys, catalogue, outbox.
 *
 * Open what a command needs, in this order; app_close() releases whatever was opened.
 */
#ifndef HTX_APP_H
#define HTX_APP_H

#include "collectors/held.h"
#include "collectors/outbox.h"
#include "collectors/schedule.h"
#include "proto/base/conf.h"
#include "proto/base/log.h"
#include "proto/catalogue.h"

#define HTX_COLLECTOR "htx-collector 1.0"

extern const struct conf_key app_keys[];
extern const size_t app_n_keys;

struct app_unit {
    struct unit_key key;
    const char *inbox;
    struct schedule schedule;
    enum channel channel;
    struct keypair sign; /* after app_open_keys() */
    struct curve_pair curve;
};

struct live;
struct sender;
struct spool;

struct app {
    struct conf *conf;
    const char *state;  /* the folder of everything we keep */
    int32_t fixed_date; /* civil_date, or DATE_NONE for the clock */
    struct app_unit *units;
    size_t n_units;
    struct genesis genesis;
    struct catalogue *cat;
    struct catalogue *words; /* the installed one, beside one that travelled; else NULL */
    struct held_version held; /* the newest that the province sent */
    int32_t cat_day;          /* the day that cat was chosen for */
    struct outbox *outbox;
    struct spool *spool;
    struct sender *sender; /* only while `run` lives; not owned */
    struct live *live;     /* the same */
    int lock;              /* descriptor of state/lock, or -1 */
};

bool app_open(struct app *app, const char *conf_path, struct err *e) MUST_CHECK;
void app_close(struct app *app);

/*
 * The newest version that the province sent and whose day has come; before the first one
 * came, that of the configured folder.
 */
bool app_open_catalogue(struct app *app, struct err *e) MUST_CHECK;
/* Looks again: after a version came, or a day did. The old one stays when this fails;
 * *changed: app->cat is another one now. */
bool app_refresh_catalogue(struct app *app, bool *changed, struct err *e) MUST_CHECK;
bool app_open_keys(struct app *app, struct err *e) MUST_CHECK;
bool app_open_genesis(struct app *app, struct err *e) MUST_CHECK;
/* One process a state folder: takes the lock. ERR_RETRY: another one has it. */
bool app_open_outbox(struct app *app, struct err *e) MUST_CHECK;

/* The same, with patience for a command that holds the lock for a moment. */
bool app_wait_outbox(struct app *app, struct err *e) MUST_CHECK;

/* The unit with this code, or NULL. With code NULL the only one, if there is one. */
const struct app_unit *app_unit(const struct app *app, const char *code);

/* state/keys/CODE.sign, CODE.curve: the caller's to free. */
char *app_key_path(const struct app *app, const char *code, const char *what);
char *app_path(const struct app *app, const char *name); /* state/NAME */

struct civil app_now(const struct app *app);
int64_t app_int(const struct app *app, const char *key); /* of [collector] */
const char *app_text(const struct app *app, const char *key);

#endif
