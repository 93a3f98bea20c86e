/* run: the daemon. One thread: inboxes, schedule, province, control socket. */
#include "collectors/answer.h"
#include "collectors/cmd.h"
#include "collectors/control.h"
#include "collectors/intake.h"
#include "collectors/live.h"
#include "collectors/notices.h"
#include "proto/base/crash.h"

#include <zmq.h>

enum { COMPLAIN_MS = 300000 };

struct run {
    struct app *app;
    struct loop *loop;
    struct control *control;
    struct sender *sender;
    struct live *live;
    struct err fatal;      /* why the loop was stopped from inside */
    bool left;             /* claims wait in work: look again */
    bool waits;            /* one of them for better times: nothing newer before it */
    const char *complaint; /* the last one: a literal */
    int64_t complain_again;
};

static void on_scan(void *ctx);

/* A trouble that lasts is said once in a while, not at every scan. */
static void complain(struct run *r, const char *what, const struct err *e)
{
    int64_t now = clock_ms();

    if (r->complaint == what && now < r->complain_again)
        return;
    log_event(LOG_WARN, "%s why=\"%s\"", what, e->text);
    r->complaint = what;
    r->complain_again = now + COMPLAIN_MS;
}

/* Troubles that waiting does not cure end the daemon; an operator must act. */
static void fatal(struct run *r, const struct err *e)
{
    r->fatal = *e;
    loop_stop(r->loop);
}

static bool take_claim(void *ctx, const struct spool_claim *c)
{
    struct run *r = ctx;
    const struct app_unit *u = app_unit(r->app, c->unit);
    const struct intake_unit iu = {u->key, u->channel, r->app->state};
    struct intake in = {r->app->cat, r->app->outbox, r->app->spool, app_now(r->app).date,
                        NULL};
    struct intake_result result;
    struct err e = {0};

    if (intake_file(&in, &iu, c, &result, &e)) {
        r->complaint = NULL;
        return true;
    }
    r->left = true; /* the claim stays in work */
    r->waits = r->waits || e.kind == ERR_RETRY;
    complain(r, e.kind == ERR_RETRY ? "file_waits" : "file_stuck", &e);
    return e.kind != ERR_RETRY; /* one file's trouble is not the others' */
}

static bool has_room(void *ctx)
{
    struct run *r = ctx;
    struct err e = {0};

    if (r->waits) /* it may hold an older version of what this file says */
        return false;
    if (outbox_room(r->app->outbox, &e))
        return true;
    complain(r, "intake_paused", &e);
    return false;
}

static bool known_claim(void *ctx, const char *claim)
{
    struct run *r = ctx;
    struct outbox_file f;
    struct err e = {0};
    bool known = false;

    return outbox_file(r->app->outbox, claim, &known, &f, &e) && known;
}

static void seal(struct run *r)
{
    struct err e = {0};

    if (sender_seal(r->sender, &e))
        return;
    if (e.kind == ERR_RETRY)
        complain(r, "seal_waits", &e);
    else
        fatal(r, &e);
}

static void on_answered(void *ctx)
{
    struct run *r = ctx;

    answer_pending(r->app->cat, r->app->outbox, r->app->spool);
    notices_pending(r->app->cat, r->app->outbox, r->app->spool);
}

/* Reads the files of these reports again, where there is a newer catalogue to do it by.
 */
static bool on_outdated(void *ctx, const struct app_unit *unit, const struct hash *items,
                        size_t n)
{
    struct run *r = ctx;
    const struct intake_unit iu = {unit->key, unit->channel, r->app->state};
    struct intake in = {r->app->cat, r->app->outbox, r->app->spool, app_now(r->app).date,
                        NULL};
    bool any = false;

    for (;;) {
        struct err e = {0};
        char *claim;
        bool ok =
            outbox_outdated(r->app->outbox, items, n, r->app->cat->version, &claim, &e);

        if (ok && claim == NULL)
            return any;
        ok = ok && intake_reread(&in, &iu, claim, items, n, &e);
        if (ok)
            log_event(LOG_INFO, "file_reread unit=%s catalogue=%u", unit->key.code,
                      r->app->cat->version);
        else
            complain(r, "file_not_reread", &e);
        free(claim);
        if (!ok)
            return any;
        any = true;
    }
}

/* After a command, or a scan: what became due goes out. */
static void on_changed(void *ctx)
{
    struct run *r = ctx;

    seal(r);
    on_answered(r);
}

/* A version that came early is used from its day on. */
static void watch_day(struct run *r)
{
    struct err e = {0};
    bool changed;

    if (r->app->cat_day == app_now(r->app).date)
        return;
    if (!app_refresh_catalogue(r->app, &changed, &e))
        complain(r, "catalogue_not_used", &e);
    else if (changed)
        log_event(LOG_INFO, "catalogue_in_force version=%u", r->app->cat->version);
}

static void on_scan(void *ctx)
{
    struct run *r = ctx;

    watch_day(r);
    if (r->left) {
        r->left = r->waits = false;
        spool_left(r->app->spool, known_claim, take_claim, r);
    }
    spool_scan(r->app->spool, clock_ms(), has_room, take_claim, r);
    on_changed(r);
    loop_at(r->loop, clock_ms() + app_int(r->app, "scan_ms"), on_scan, r);
}

/* Something stirs in an inbox: see it now, so that its rest is counted from now. The scan
 * keeps its pace: files that come without pause must not put off what is due. */
static void on_stir(void *ctx)
{
    struct run *r = ctx;

    spool_drain(r->app->spool);
    spool_scan(r->app->spool, clock_ms(), has_room, take_claim, r);
}

static bool open_all(struct run *r, struct err *e)
{
    struct app *app = r->app;

    if (!app_open_catalogue(app, e) || !app_open_keys(app, e) ||
        !app_open_genesis(app, e) || !app_wait_outbox(app, e))
        return false;
    loop_open(&r->loop);
    if (!loop_signals(r->loop, NULL, NULL, e) ||
        !control_open(&r->control, app, r->loop, on_changed, r, e) ||
        !sender_open(&r->sender, app, r->loop, on_answered, r, e))
        return false;
    sender_on_outdated(r->sender, on_outdated, r);
    live_open(&r->live, r->loop, r->sender);
    app->sender = r->sender;
    app->live = r->live;
    if (spool_watch(app->spool) >= 0)
        loop_add(r->loop, NULL, spool_watch(app->spool), ZMQ_POLLIN, on_stir, r);
    r->left = true; /* what a crash may have left behind */
    loop_at(r->loop, clock_ms(), on_scan, r);
    return true;
}

enum exit_code cmd_run(struct cmd *c, int argc, char **argv)
{
    struct run r = {.app = c->app};
    enum exit_code code;
    struct err e = {0};
    bool ok;
    size_t n;

    if (!cmd_options(c, argc, argv, NULL, 0, NULL, 0, &n, &code))
        return code;
    ok = open_all(&r, &e);
    if (ok) {
        log_event(LOG_INFO, "started units=%zu endpoint=%s catalogue=%u", c->app->n_units,
                  app_text(c->app, "endpoint"), c->app->cat->version);
        ok = loop_run(r.loop, &e);
    }
    if (ok && r.fatal.kind != ERR_NONE) {
        e = r.fatal;
        ok = false;
    }
    live_close(&r.live);
    c->app->live = NULL;
    c->app->sender = NULL;
    sender_close(&r.sender);
    control_close(&r.control);
    loop_close(&r.loop);
    if (!ok) {
        log_event(LOG_ERROR, "ended why=\"%s\"", e.text);
        return err_exit(&e);
    }
    log_event(LOG_INFO, "ended");
    return EXIT_DONE;
}
