#include "collectors/app.h"
#include "collectors/spool.h"
#include "proto/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_PATIENCE_MS = 5000, LOCK_PAUSE_MS = 50 };

const struct conf_key app_keys[] = {
    {"collector", "state",                CONF_PATH, NULL,
     "folder of outbox, keys and originals; on a local disk"                                               },
    {"collector", "catalogue",            CONF_PATH, NULL,
     "folder of the catalogue's TSV files, until the province sends its own"                               },
    {"collector", "genesis",              CONF_PATH, NULL,          "the province's genesis file"          },
    {"collector", "endpoint",             CONF_TEXT, NULL,          "the province, tcp://host:port"        },
    {"collector", "civil_date",           CONF_DATE, "",
     "day by which windows and schedule are judged; empty: the clock"                                      },
    {"collector", "log",                  CONF_TEXT, "info",        "error, warn, info or debug"           },
    {"collector", "min_free",             CONF_INT,  "67108864",
     "bytes of the disk that must stay free for work already taken in"                                     },
    {"collector", "scan_ms",              CONF_INT,  "5000",
     "how often inboxes and schedule are looked at; a file rests when it stays unchanged "
     "that long"                                                                                           },
    {"collector", "reconnect_ms",         CONF_INT,  "1000",        "first pause before dialling again"    },
    {"collector", "reconnect_max_ms",     CONF_INT,  "60000",       "longest such pause"                   },
    {"collector", "heartbeat_ms",         CONF_INT,  "10000",       "pause between heartbeats"             },
    {"collector", "heartbeat_timeout_ms", CONF_INT,  "30000",
     "silence after which the link counts as dead"                                                         },
    {"collector", "handshake_ms",         CONF_INT,  "3000",        "longest handshake"                    },
    {"collector", "hello_timeout_ms",     CONF_INT,  "10000",       "wait for a welcome"                   },
    {"collector", "answer_timeout_ms",    CONF_INT,  "60000",
     "wait for a batch's receipts before it is sent again"                                                 },
    {"collector", "retry_min_ms",         CONF_INT,  "2000",        "first pause after \"not now\""        },
    {"collector", "retry_max_ms",         CONF_INT,  "300000",      "longest such pause"                   },
    {"unit *",    "valid_from",           CONF_DATE, NULL,          "since when the unit has this code"    },
    {"unit *",    "inbox",                CONF_PATH, NULL,
     "folder the officers drop their files into (Thư mục gửi)"                                        },
    {"unit *",    "send",                 CONF_TEXT, "now",         "now, window, or at yyyy-mm-ddThh:mm"  },
    {"unit *",    "approval",             CONF_BOOL, "no",          "nothing leaves before it was declared"},
    {"unit *",    "channel",              CONF_TEXT, "territorial", "territorial or sectoral"              },
};
const size_t app_n_keys = COUNT(app_keys);

int64_t app_int(const struct app *app, const char *key)
{
    return conf_int(app->conf, "collector", NULL, key);
}

const char *app_text(const struct app *app, const char *key)
{
    return conf_text(app->conf, "collector", NULL, key);
}

char *app_path(const struct app *app, const char *name)
{
    return mem_printf("%s/%s", app->state, name);
}

char *app_key_path(const struct app *app, const char *code, const char *what)
{
    return mem_printf("%s/keys/%s.%s", app->state, code, what);
}

struct civil app_now(const struct app *app)
{
    return civil_now(app->fixed_date, clock_wall());
}

/* Unit codes become file names. */
static bool code_fits(const char *code)
{
    size_t n = strlen(code);

    return n > 0 && n <= 32 &&
           strspn(code, "0123456789abcdefghijklmnopqrstuvwxyz"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-") == n;
}

static bool read_unit(struct app *app, const char *code, struct app_unit *u,
                      struct err *e)
{
    const char *send = conf_text(app->conf, "unit *", code, "send");
    const char *channel = conf_text(app->conf, "unit *", code, "channel");

    if (!code_fits(code))
        return err_set(e, ERR_SETUP, "[unit %s]: only letters, digits, - and _", code);
    u->key.code = code;
    u->key.valid_from = date_read(conf_text(app->conf, "unit *", code, "valid_from"));
    if (u->key.valid_from == DATE_NONE)
        return err_set(e, ERR_SETUP, "[unit %s] valid_from: a date is needed", code);
    u->inbox = conf_text(app->conf, "unit *", code, "inbox");
    if (u->inbox[0] == 0)
        return err_set(e, ERR_SETUP, "[unit %s] inbox: a folder is needed", code);
    if (!schedule_read(send, &u->schedule))
        return err_set(e, ERR_SETUP,
                       "[unit %s] send: \"%s\": expected now, window or "
                       "at yyyy-mm-ddThh:mm",
                       code, send);
    u->schedule.approval = conf_bool(app->conf, "unit *", code, "approval");
    u->channel = channel_of(channel);
    if (u->channel != CHANNEL_TERRITORIAL && u->channel != CHANNEL_SECTORAL)
        return err_set(e, ERR_SETUP,
                       "[unit %s] channel: \"%s\": expected territorial or "
                       "sectoral",
                       code, channel);
    return true;
}

static bool read_log_level(const char *word, enum log_level *level)
{
    static const struct {
        const char *word;
        enum log_level level;
    } levels[] = {
        {"error", LOG_ERROR},
        {"warn",  LOG_WARN },
        {"info",  LOG_INFO },
        {"debug", LOG_DEBUG},
    };

    for (size_t i = 0; i < COUNT(levels); i++)
        if (strcmp(levels[i].word, word) == 0) {
            *level = levels[i].level;
            return true;
        }
    return false;
}

/* Every number of the table is a pause or a size: none may be negative. */
static bool check_numbers(const struct app *app, struct err *e)
{
    for (size_t i = 0; i < app_n_keys; i++)
        if (app_keys[i].type == CONF_INT &&
            (app_int(app, app_keys[i].name) < 0 ||
             (strstr(app_keys[i].name, "_ms") != NULL &&
              (app_int(app, app_keys[i].name) < 1 ||
               app_int(app, app_keys[i].name) > 86400000))))
            return err_set(e, ERR_SETUP, "[collector] %s: out of range",
                           app_keys[i].name);
    return true;
}

bool app_open(struct app *app, const char *conf_path, struct err *e)
{
    enum log_level level;
    bool ok = false;

    *app = (struct app){.lock = -1};
    if (!conf_open(&app->conf, conf_path, app_keys, app_n_keys, e))
        return false;
    if (!read_log_level(app_text(app, "log"), &level)) {
        err_set(e, ERR_SETUP, "[collector] log: \"%s\"", app_text(app, "log"));
        goto out;
    }
    log_init("htx-collector", level);
    app->state = app_text(app, "state");
    app->fixed_date = date_read(app_text(app, "civil_date"));
    app->n_units = conf_instances(app->conf, "unit *");
    app->units = mem_array(app->n_units, sizeof *app->units);
    if (app->n_units == 0) {
        err_set(e, ERR_SETUP, "no [unit CODE] section");
        goto out;
    }
    if (!check_numbers(app, e))
        goto out;
    for (size_t i = 0; i < app->n_units; i++)
        if (!read_unit(app, conf_instance(app->conf, "unit *", i), &app->units[i], e))
            goto out;
    ok = true;
out:
    if (!ok)
        app_close(app);
    return ok || err_in(e, "%s", conf_path);
}

void app_close(struct app *app)
{
    spool_close(&app->spool);
    outbox_close(&app->outbox);
    catalogue_close(&app->cat);
    catalogue_close(&app->words);
    free(app->units);
    conf_close(&app->conf);
    if (app->lock >= 0)
        close(app->lock);
    *app = (struct app){.lock = -1};
}

static bool folder_catalogue(const struct app *app, struct catalogue **cat, struct err *e)
{
    struct bytes bundle = {0};
    bool ok = catalogue_bundle(app_text(app, "catalogue"), &bundle, e) &&
              catalogue_load(cat, span_of(&bundle), e);

    if (!ok)
        e->kind = ERR_SETUP; /* our own copy is damaged: an operator must act */
    bytes_clear(&bundle);
    return ok || err_in(e, "catalogue");
}

static bool choose_catalogue(struct app *app, struct catalogue **cat, struct err *e)
{
    int32_t today = app_now(app).date;
    struct err none = {0};

    *cat = NULL;
    app->held = (struct held_version){0};
    if (held_any(app->state)) {
        if (app->genesis.n_keys == 0 && !app_open_genesis(app, e))
            return false;
        held_open(app->state, &app->genesis, today, cat, &app->held);
    }
    app->cat_day = today;
    if (*cat == NULL)
        return folder_catalogue(app, cat, e);
    if (app->words == NULL && !folder_catalogue(app, &app->words, &none))
        log_event(LOG_WARN, "words_missing why=\"%s\"", none.text);
    (*cat)->words = app->words;
    return true;
}

bool app_open_catalogue(struct app *app, struct err *e)
{
    return choose_catalogue(app, &app->cat, e);
}

bool app_refresh_catalogue(struct app *app, bool *changed, struct err *e)
{
    struct catalogue *cat;

    *changed = false;
    if (!choose_catalogue(app, &cat, e))
        return false;
    if (app->cat != NULL && app->cat->version == cat->version &&
        hash_eq(&app->cat->hash, &cat->hash)) {
        catalogue_close(&cat);
        return true;
    }
    catalogue_close(&app->cat);
    app->cat = cat;
    *changed = true;
    return true;
}

bool app_open_keys(struct app *app, struct err *e)
{
    for (size_t i = 0; i < app->n_units; i++) {
        struct app_unit *u = &app->units[i];
        char *sign = app_key_path(app, u->key.code, "sign");
        char *curve = app_key_path(app, u->key.code, "curve");
        bool ok = keypair_read(sign, &u->sign, e) && curve_read(curve, &u->curve, e);

        free(sign);
        free(curve);
        if (!ok)
            return err_in(e, "unit %s (run init first)", u->key.code);
    }
    return true;
}

bool app_open_genesis(struct app *app, struct err *e)
{
    return genesis_read(app_text(app, "genesis"), &app->genesis, e);
}

static bool take_lock(struct app *app, struct err *e)
{
    char *path = app_path(app, "lock");
    bool ok = false;

    app->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (app->lock < 0)
        err_set(e, ERR_SETUP, "%s: %s%s", path, strerror(errno),
                errno == ENOENT ? " (run init first)" : "");
    else if (flock(app->lock, LOCK_EX | LOCK_NB) == 0)
        ok = true;
    else
        err_set(e, ERR_RETRY, "%s: another htx-collector works here", path);
    if (!ok && app->lock >= 0) {
        close(app->lock);
        app->lock = -1;
    }
    free(path);
    return ok;
}

bool app_open_outbox(struct app *app, struct err *e)
{
    struct spool_folder *folders = mem_array(app->n_units, sizeof *folders);
    char *path = app_path(app, "outbox.sqlite");
    bool ok = false;

    for (size_t i = 0; i < app->n_units; i++)
        folders[i] = (struct spool_folder){app->units[i].key.code, app->units[i].inbox};
    if (!take_lock(app, e) ||
        !outbox_open(&app->outbox, path, (uint64_t)app_int(app, "min_free"), e))
        goto out;
    ok = spool_open(&app->spool, app->state, folders, app->n_units,
                    app_int(app, "scan_ms"), e);
out:
    if (!ok && app->lock >= 0) {
        spool_close(&app->spool);
        outbox_close(&app->outbox);
        close(app->lock);
        app->lock = -1;
    }
    free(path);
    free(folders);
    return ok;
}

bool app_wait_outbox(struct app *app, struct err *e)
{
    const struct timespec pause = {0, LOCK_PAUSE_MS * 1000000};

    for (int waited = 0; !app_open_outbox(app, e); waited += LOCK_PAUSE_MS) {
        if (e->kind != ERR_RETRY || waited >= LOCK_PATIENCE_MS)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

const struct app_unit *app_unit(const struct app *app, const char *code)
{
    if (code == NULL)
        return app->n_units == 1 ? &app->units[0] : NULL;
    for (size_t i = 0; i < app->n_units; i++)
        if (strcmp(app->units[i].key.code, code) == 0)
            return &app->units[i];
    return NULL;
}
