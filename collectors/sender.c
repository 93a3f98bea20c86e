#include "collectors/sender_own.h"

#include "collectors/backflow.h"
#include "proto/base/crash.h"
#include "proto/receipt.h"

#include <errno.h>
#include <zmq.h>

enum {
    SEND_HWM = 4,
    RECEIVE_HWM = 16,
    MESSAGES_A_ROUND = 16, /* then the loop looks at its other sources */
    REPEAT_MS = 60000,     /* the same trouble of a link is logged once in this time */
    DIALS_SHIFT_MAX = 16,
};

static void tick(void *ctx);

void line_alarm(struct line *l, const char *what, const char *why)
{
    snprintf(l->alarm, sizeof l->alarm, "%s: %s", what, why != NULL ? why : "");
    log_event(LOG_ALARM, "%s unit=%s why=\"%s\"", what, l->unit->key.code,
              why != NULL ? why : "");
}

/* Our own trouble: the work stays where it is and is asked for again. */
void line_trouble(const struct line *l, const char *what, const struct err *e)
{
    log_event(e->kind == ERR_RETRY ? LOG_WARN : LOG_ERROR, "%s unit=%s why=\"%s\"", what,
              l->unit->key.code, e->text);
}

/* -- actions ----------------------------------------------------------------------- */

static bool send_bytes(struct line *l, struct span s)
{
    int events;
    size_t size = sizeof events;

    if (zmq_send(l->socket, s.p, s.n, ZMQ_DONTWAIT) >= 0)
        return true;
    /* a link that just came up may not be known to the socket: asking makes it look */
    zmq_getsockopt(l->socket, ZMQ_EVENTS, &events, &size);
    return zmq_send(l->socket, s.p, s.n, ZMQ_DONTWAIT) >= 0;
}

static void send_hello(struct line *l)
{
    struct app *app = l->sender->app;
    struct unit_key unit = l->unit->key;
    struct message m = {
        .kind = MSG_HELLO,
        .hello = {.units = &unit,
                  .n_units = 1,
                  .catalogue = app->cat->version,
                  .recipient = app->genesis.hash,
                  .program = HTX_COLLECTOR}
    };
    struct have have;
    struct arena a = {0};
    struct bytes b = {0};
    struct err e = {0};

    if (outbox_heads(app->outbox, &unit, &a, &m.hello.heads, &m.hello.n_heads, &e) &&
        backflow_have(app, l->unit, &have, &e)) {
        m.hello.have = &have;
        m.hello.n_have = 1;
        wire_pack_message(&m, &b);
        send_bytes(l, span_of(&b));
    } else {
        line_trouble(l, "hello_failed", &e);
    }
    bytes_clear(&b);
    arena_clear(&a);
}

bool line_send(struct line *l, const struct message *m)
{
    struct bytes b = {0};
    bool taken;

    wire_pack_message(m, &b);
    taken = send_bytes(l, span_of(&b));
    bytes_clear(&b);
    return taken;
}

/* False: the socket takes no more for now. */
static bool send_batch(struct line *l, struct batch_no no)
{
    struct bytes b = {0};
    struct err e = {0};
    bool taken = true;

    if (!outbox_batch(l->sender->app->outbox, &l->unit->key, no.epoch, no.number, &b,
                      &e)) {
        line_trouble(l, "batch_unreadable", &e);
    } else if (b.n > 0) {
        crash_point("send.before");
        taken = send_bytes(l, span_of(&b));
        crash_point("send.after");
    }
    bytes_clear(&b);
    /* unreadable or handed over: either way the session waits for receipts, asks again */
    if (taken)
        session_sent(l->session, no.epoch, no.number, clock_ms());
    return taken;
}

static void send_held(struct line *l)
{
    size_t sent = 0;

    while (sent < l->n_held && send_batch(l, l->held[sent]))
        sent++;
    l->n_held -= sent;
    memmove(l->held, l->held + sent, l->n_held * sizeof *l->held);
    loop_events(l->sender->loop, l->socket_id,
                (short)(l->n_held > 0 ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN));
}

static void load_batch(struct line *l, const struct session_action *act)
{
    if (l->n_held == SESSION_WINDOW)
        return; /* the window of the session is no larger */
    l->held[l->n_held++] = (struct batch_no){act->epoch, act->number};
    send_held(l);
}

/* Checks every receipt; those that do not hold are left out and raise an alarm. */
static size_t check_receipts(struct line *l, const struct receipts_msg *m,
                             struct arena *a, struct bytes *packed,
                             struct outbox_receipt *out)
{
    const struct genesis *g = &l->sender->app->genesis;
    size_t n = 0;

    for (size_t i = 0; i < m->n; i++) {
        struct statement st;
        struct err e = {0};

        if (!receipt_check(&m->receipts[i], &g->hash, g->keys, g->n_keys, a, &out[n].leaf,
                           &st, &e)) {
            line_alarm(l, "receipt_bad", e.text);
            continue;
        }
        wire_pack_receipt(&m->receipts[i], &packed[n]);
        out[n].time = st.time;
        out[n].bytes = span_of(&packed[n]);
        n++;
    }
    return n;
}

static void log_verdicts(const struct line *l, const struct batch_ref *b,
                         const struct outbox_receipt *list, size_t n)
{
    size_t count[VERDICT_CONFLICT + 1] = {0};

    for (size_t i = 0; i < n; i++)
        if (list[i].leaf.verdict <= VERDICT_CONFLICT)
            count[list[i].leaf.verdict]++;
    log_event(LOG_INFO,
              "receipts_stored unit=%s batch=%llu/%llu accepted=%zu warnings=%zu held=%zu"
              " refused=%zu conflict=%zu",
              l->unit->key.code, (unsigned long long)b->epoch,
              (unsigned long long)b->number, count[VERDICT_ACCEPTED],
              count[VERDICT_WARNINGS], count[VERDICT_HELD], count[VERDICT_REFUSED],
              count[VERDICT_CONFLICT]);
}

static void store_receipts(struct line *l, const struct receipts_msg *m)
{
    struct sender *s = l->sender;
    struct arena a = {0};
    struct bytes *packed = mem_array(m->n, sizeof *packed);
    struct outbox_receipt *list = mem_array(m->n, sizeof *list);
    struct batch_ref ref = m->batch;
    struct err e = {0};
    bool complete = false;
    size_t differ = 0, n;

    ref.unit = l->unit->key; /* a session speaks for one unit, whatever was written */
    n = check_receipts(l, m, &a, packed, list);
    if (outbox_receipts(s->app->outbox, &ref, list, n, clock_wall(), &complete, &differ,
                        &e)) {
        log_verdicts(l, &ref, list, n);
        if (differ > 0)
            line_alarm(l, "receipt_differs", "the first receipt stays");
        session_stored(l->session, ref.epoch, ref.number, complete, clock_ms());
        s->answered(s->answered_ctx);
    } else if (e.kind == ERR_INPUT) {
        line_alarm(l, "receipt_foreign", e.text);
    } else {
        line_trouble(l, "receipts_not_stored", &e);
    }
    for (size_t i = 0; i < n; i++)
        bytes_clear(&packed[i]);
    free(packed);
    free(list);
    arena_clear(&a);
}

static void link_up(struct line *l)
{
    struct outbox_head h;
    struct err e = {0};

    if (!outbox_head(l->sender->app->outbox, &l->unit->key, &h, &e)) {
        line_trouble(l, "head_unreadable", &e);
        return;
    }
    session_linked(l->session, h.epoch, h.sealed, h.done, &h.hash, clock_ms());
}

/* What has no answer yet is sealed again in a new epoch that continues these heads. */
static void new_epoch(struct line *l, const struct head *heads, size_t n, const char *why)
{
    struct outbox_head own;
    struct err e = {0};
    uint64_t newest;

    if (!outbox_head(l->sender->app->outbox, &l->unit->key, &own, &e)) {
        line_trouble(l, "head_unreadable", &e);
        return;
    }
    newest = own.epoch;
    for (size_t i = 0; i < n; i++)
        if (heads[i].epoch > newest)
            newest = heads[i].epoch;
    if (!outbox_new_epoch(l->sender->app->outbox, &l->unit->key, newest + 1, heads, n,
                          clock_wall(), &e)) {
        line_trouble(l, "epoch_not_opened", &e);
        return;
    }
    log_event(LOG_WARN, "epoch_opened unit=%s epoch=%llu why=\"%s\"", l->unit->key.code,
              (unsigned long long)newest + 1, why);
    session_unlinked(l->session, clock_ms());
    l->n_held = 0;
    link_up(l);
    if (!sender_seal(l->sender, &e))
        line_trouble(l, "seal_failed", &e);
}

/* Was this batch sealed by a key that the unit has changed since? */
static bool sealed_by_old_key(struct line *l, struct batch_no no)
{
    struct arena a = {0};
    struct bytes b = {0};
    struct message m;
    struct err e = {0};
    bool old = outbox_batch(l->sender->app->outbox, &l->unit->key, no.epoch, no.number,
                            &b, &e) &&
               b.n > 0 && wire_read_message(span_of(&b), &a, &m, &e) &&
               m.kind == MSG_BATCH &&
               memcmp(m.batch.signer.b, l->unit->sign.pub.b, KEY_LEN) != 0;

    bytes_clear(&b);
    arena_clear(&a);
    return old;
}

static void on_alarm(struct line *l, const struct session_action *act)
{
    char what[96];

    if (act->reject == REJECT_NONE) {
        line_alarm(l, "blob_bad", act->text);
        return;
    }
    snprintf(what, sizeof what, "province_rejects reason=%s batch=%llu/%llu",
             reject_word(act->reject), (unsigned long long)act->epoch,
             (unsigned long long)act->number);
    line_alarm(l, what, act->text);
}

/* Carries out what the session asks; m is the message that made it ask, or NULL. */
void line_pump(struct line *l, const struct message *m)
{
    struct session_action act;

    while (session_next(l->session, &act)) {
        switch (act.kind) {
        case ACT_SEND_HELLO:
            send_hello(l);
            break;
        case ACT_LOAD_BATCH:
            load_batch(l, &act);
            break;
        case ACT_RECEIPTS:
            if (m != NULL && m->kind == MSG_RECEIPTS)
                store_receipts(l, &m->receipts);
            break;
        case ACT_NEW_EPOCH:
            /* an older copy of itself: never seal a number twice */
            if (m != NULL && m->kind == MSG_WELCOME)
                new_epoch(l, m->welcome.heads, m->welcome.n_heads,
                          "the province holds batches that this outbox does not");
            break;
        case ACT_ALARM:
            on_alarm(l, &act);
            if (act.reject == REJECT_SPEAKER &&
                sealed_by_old_key(l, (struct batch_no){act.epoch, act.number}))
                new_epoch(l, NULL, 0, "sealed by a key that the unit has changed since");
            break;
        case ACT_NOT_NOW:
            if (m != NULL && m->kind == MSG_RECEIPTS)
                back_not_now(l, &m->receipts);
            break;
        case ACT_NOTICE:
            if (m != NULL && m->kind == MSG_NOTICE)
                back_notice(l, &m->notice);
            break;
        case ACT_OFFER:
            if (m != NULL && m->kind == MSG_OFFER)
                back_offer(l, &m->offer);
            break;
        case ACT_ASK_PART:
            back_ask_part(l, &act);
            break;
        case ACT_BLOB:
            back_blob(l, &act);
            break;
        case ACT_SEND_HAVE:
            back_send_have(l);
            break;
        case ACT_WAIT:
            loop_at(l->sender->loop, act.at, tick, l);
            break;
        }
    }
}

static void tick(void *ctx)
{
    struct line *l = ctx;

    session_tick(l->session, clock_ms());
    line_pump(l, NULL);
}

/* -- events ------------------------------------------------------------------------ */

/*
 * The province holds, under a number of ours, a batch that we never sealed: this outbox
 * was restored and went on alone, or somebody else has our keys. A person must look;
 * nothing is sent.
 */
static bool forked(struct line *l, const struct welcome *w)
{
    for (size_t i = 0; i < w->n_heads; i++) {
        struct err e = {0};
        bool is = false;

        if (!outbox_forked(l->sender->app->outbox, &w->heads[i], &is, &e)) {
            line_trouble(l, "head_unreadable", &e);
            return true;
        }
        if (is) {
            line_alarm(l, "equivocation",
                       "the province holds another batch under a number "
                       "of ours");
            return true;
        }
    }
    return false;
}

static void take_message(struct line *l, struct span bytes)
{
    struct arena a = {0};
    struct message m;
    struct err e = {0};

    if (wire_read_message(bytes, &a, &m, &e)) {
        if (m.kind == MSG_RECONCILE_ANSWER && l->sender->reconciled != NULL)
            l->sender->reconciled(l->sender->reconciled_ctx, l->unit,
                                  &m.reconcile_answer);
        else if (m.kind != MSG_WELCOME || !forked(l, &m.welcome))
            session_message(l->session, &m, clock_ms());
        line_pump(l, &m);
    } else {
        log_event(LOG_WARN, "message_unreadable unit=%s bytes=%zu why=\"%s\"",
                  l->unit->key.code, bytes.n, e.text);
    }
    arena_clear(&a);
}

static void on_message(void *ctx)
{
    struct line *l = ctx;

    if (l->n_held > 0) {
        send_held(l);
        line_pump(l, NULL);
    }
    for (int i = 0; i < MESSAGES_A_ROUND; i++) {
        zmq_msg_t msg;

        zmq_msg_init(&msg);
        if (zmq_msg_recv(&msg, l->socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&msg);
            return;
        }
        if (!zmq_msg_more(&msg))
            take_message(l, (struct span){zmq_msg_data(&msg), zmq_msg_size(&msg)});
        zmq_msg_close(&msg);
    }
}

static void complain(struct line *l, const char *what, int value)
{
    int64_t now = clock_ms();

    if (l->complained_at != 0 && now - l->complained_at < REPEAT_MS)
        return;
    l->complained_at = now;
    log_event(LOG_WARN, "%s unit=%s code=%d", what, l->unit->key.code, value);
}

static void redial(void *ctx);

/*
 * libzmq dials again after a lost link, but not after a refused handshake: a key that is
 * enrolled an hour later would never get through. So the socket is made anew, ever more
 * slowly, and also when silence lasted suspiciously long.
 */
static void plan_redial(struct line *l, bool refused)
{
    const struct app *app = l->sender->app;
    int64_t pause = app_int(app, "reconnect_ms"), most = app_int(app, "reconnect_max_ms");

    if (refused) {
        for (unsigned i = 0; i < l->refusals && pause < most; i++)
            pause *= 2;
        if (l->refusals < DIALS_SHIFT_MAX)
            l->refusals++;
    }
    if (!refused || pause > most)
        pause = refused ? most : 2 * most;
    loop_at(l->sender->loop, clock_ms() + pause + random_below((uint32_t)(pause / 2) + 1),
            redial, l);
}

static void link_event(struct line *l, int event, int value)
{
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        log_event(LOG_INFO, "linked unit=%s", l->unit->key.code);
        l->linked = true;
        l->linked_at = clock_wall();
        l->complained_at = 0;
        l->refusals = 0;
        loop_never(l->sender->loop, redial, l);
        link_up(l);
        line_pump(l, NULL);
        break;
    case ZMQ_EVENT_DISCONNECTED:
        if (l->linked) {
            log_event(LOG_INFO, "unlinked unit=%s", l->unit->key.code);
            plan_redial(l, false);
        }
        l->linked = false;
        l->n_held = 0;
        session_unlinked(l->session, clock_ms());
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        complain(l, "key_refused", value);
        plan_redial(l, true);
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        complain(l, "handshake_failed_protocol", value);
        plan_redial(l, true);
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        complain(l, "handshake_failed", value);
        plan_redial(l, true);
        break;
    default:
        break;
    }
}

static void on_event(void *ctx)
{
    struct line *l = ctx;

    for (;;) {
        unsigned char head[6];
        uint16_t event;
        int32_t value;
        int more = 0;
        size_t size = sizeof more;

        if (zmq_recv(l->monitor, head, sizeof head, ZMQ_DONTWAIT) != (int)sizeof head)
            return;
        memcpy(&event, head, sizeof event);
        memcpy(&value, head + 2, sizeof value);
        zmq_getsockopt(l->monitor, ZMQ_RCVMORE, &more, &size);
        if (more) {
            char address[256];

            zmq_recv(l->monitor, address, sizeof address, ZMQ_DONTWAIT);
        }
        link_event(l, event, value);
    }
}

/* -- opening ----------------------------------------------------------------------- */

static bool set_int(void *socket, int option, int64_t value)
{
    int v = (int)value;

    return zmq_setsockopt(socket, option, &v, sizeof v) == 0;
}

static bool set_key(void *socket, int option, const char *z85)
{
    return zmq_setsockopt(socket, option, z85, CURVE_LEN - 1) == 0;
}

static bool set_options(const struct line *l, struct err *e)
{
    const struct app *app = l->sender->app;
    const int64_t max_message = WIRE_MESSAGE;
    int64_t pause = app_int(app, "reconnect_ms");
    void *s = l->socket;

    /* the queue is the outbox: nothing lingers in the socket or is parked there; our own
     * jitter, since after an outage not all offices should dial in the same second */
    pause += random_below((uint32_t)pause / 2 + 1);
    if (set_int(s, ZMQ_LINGER, 0) && set_int(s, ZMQ_IMMEDIATE, 1) &&
        set_int(s, ZMQ_SNDHWM, SEND_HWM) && set_int(s, ZMQ_RCVHWM, RECEIVE_HWM) &&
        set_int(s, ZMQ_RECONNECT_IVL, pause) &&
        set_int(s, ZMQ_RECONNECT_IVL_MAX, app_int(app, "reconnect_max_ms")) &&
        set_int(s, ZMQ_HEARTBEAT_IVL, app_int(app, "heartbeat_ms")) &&
        set_int(s, ZMQ_HEARTBEAT_TIMEOUT, app_int(app, "heartbeat_timeout_ms")) &&
        set_int(s, ZMQ_HANDSHAKE_IVL, app_int(app, "handshake_ms")) &&
        zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &max_message, sizeof max_message) == 0 &&
        set_key(s, ZMQ_CURVE_SERVERKEY, app->genesis.curve) &&
        set_key(s, ZMQ_CURVE_PUBLICKEY, l->unit->curve.pub) &&
        set_key(s, ZMQ_CURVE_SECRETKEY, l->unit->curve.secret))
        return true;
    return err_set(e, ERR_SETUP, "socket of unit %s: %s", l->unit->key.code,
                   zmq_strerror(errno));
}

static bool watch(struct line *l, struct err *e)
{
    char address[64];

    snprintf(address, sizeof address, "inproc://monitor-%s-%u", l->unit->key.code,
             l->dials);
    l->monitor = zmq_socket(l->sender->ctx, ZMQ_PAIR);
    if (l->monitor == NULL || !set_int(l->monitor, ZMQ_LINGER, 0) ||
        zmq_socket_monitor(l->socket, address, ZMQ_EVENT_ALL) != 0 ||
        zmq_connect(l->monitor, address) != 0)
        return err_set(e, ERR_SETUP, "monitor of unit %s: %s", l->unit->key.code,
                       zmq_strerror(errno));
    l->monitor_id = loop_add(l->sender->loop, l->monitor, -1, ZMQ_POLLIN, on_event, l);
    return true;
}

static bool dial(struct line *l, struct err *e)
{
    struct sender *s = l->sender;

    l->dials++;
    l->socket = zmq_socket(s->ctx, ZMQ_DEALER);
    if (l->socket == NULL)
        return err_set(e, ERR_SETUP, "socket: %s", zmq_strerror(errno));
    if (!set_options(l, e) || !watch(l, e))
        return false;
    l->socket_id = loop_add(s->loop, l->socket, -1, ZMQ_POLLIN, on_message, l);
    if (zmq_connect(l->socket, app_text(s->app, "endpoint")) != 0)
        return err_set(e, ERR_SETUP, "endpoint %s: %s", app_text(s->app, "endpoint"),
                       zmq_strerror(errno));
    plan_redial(l, false);
    return true;
}

static void hang_up(struct line *l)
{
    loop_never(l->sender->loop, redial, l);
    if (l->socket_id != 0)
        loop_remove(l->sender->loop, l->socket_id);
    if (l->monitor_id != 0)
        loop_remove(l->sender->loop, l->monitor_id);
    if (l->socket != NULL) {
        zmq_socket_monitor(l->socket, NULL, 0);
        zmq_close(l->socket);
    }
    if (l->monitor != NULL)
        zmq_close(l->monitor);
    l->socket = l->monitor = NULL;
    l->socket_id = l->monitor_id = 0;
    l->n_held = 0;
    l->linked = false;
}

static void redial(void *ctx)
{
    struct line *l = ctx;
    struct err e = {0};

    hang_up(l);
    session_unlinked(l->session, clock_ms());
    if (dial(l, &e))
        return;
    line_trouble(l, "dial_failed", &e);
    hang_up(l);
    plan_redial(l, true);
}

static bool line_open(struct line *l, struct err *e)
{
    const struct app *app = l->sender->app;
    const struct session_config conf = {
        .unit = l->unit->key,
        .province = app->genesis.hash,
        .hello_timeout_ms = app_int(app, "hello_timeout_ms"),
        .answer_timeout_ms = app_int(app, "answer_timeout_ms"),
        .retry_min_ms = app_int(app, "retry_min_ms"),
        .retry_max_ms = app_int(app, "retry_max_ms"),
        .jitter_seed = random_below(UINT32_MAX),
    };

    session_open(&l->session, &conf);
    return dial(l, e);
}

bool sender_open(struct sender **out, struct app *app, struct loop *loop,
                 loop_fn *answered, void *ctx, struct err *e)
{
    struct sender *s = mem_new(sizeof *s);

    *out = NULL;
    s->app = app;
    s->loop = loop;
    s->answered = answered;
    s->answered_ctx = ctx;
    s->n = app->n_units;
    s->lines = mem_array(s->n, sizeof *s->lines);
    s->ctx = zmq_ctx_new();
    if (s->ctx == NULL) {
        err_set(e, ERR_SETUP, "zmq: %s", zmq_strerror(errno));
        goto fail;
    }
    for (size_t i = 0; i < s->n; i++) {
        s->lines[i].sender = s;
        s->lines[i].unit = &app->units[i];
    }
    for (size_t i = 0; i < s->n; i++)
        if (!line_open(&s->lines[i], e))
            goto fail;
    *out = s;
    return true;
fail:
    sender_close(&s);
    return false;
}

void sender_on_outdated(struct sender *s, sender_outdated_fn *fn, void *ctx)
{
    s->outdated = fn;
    s->outdated_ctx = ctx;
}

void sender_close(struct sender **sp)
{
    struct sender *s = *sp;

    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n; i++) {
        struct line *l = &s->lines[i];

        loop_never(s->loop, tick, l);
        hang_up(l);
        session_close(&l->session);
    }
    if (s->ctx != NULL)
        zmq_ctx_term(s->ctx);
    free(s->lines);
    free(s);
    *sp = NULL;
}

/* -- sealing ----------------------------------------------------------------------- */

struct due {
    const struct app *app;
    const struct schedule *schedule;
    struct civil now;
};

static bool is_due(void *ctx, const struct outbox_waiting *w)
{
    const struct due *d = ctx;
    char code[128];
    const struct period *p;

    snprintf(code, sizeof code, "%s:%s", w->scheme, w->period);
    p = catalogue_period(d->app->cat, code);
    return schedule_due(d->schedule, w->approved, p != NULL ? p->opens : DATE_NONE,
                        d->now);
}

static bool seal_unit(struct line *l, struct err *e)
{
    struct app *app = l->sender->app;
    struct due due = {app, &l->unit->schedule, app_now(app)};
    const struct outbox_seal seal = {.unit = l->unit->key,
                                     .recipient = app->genesis.hash,
                                     .key = &l->unit->sign,
                                     .now = clock_wall(),
                                     .due = is_due,
                                     .ctx = &due};

    for (;;) {
        struct hash hash;
        uint64_t number;

        if (!outbox_seal(app->outbox, &seal, &number, &hash, e))
            return false;
        if (number == 0)
            return true;
        log_event(LOG_INFO, "batch_sealed unit=%s number=%llu", l->unit->key.code,
                  (unsigned long long)number);
        session_sealed(l->session, number, &hash, clock_ms());
        line_pump(l, NULL);
    }
}

bool sender_seal(struct sender *s, struct err *e)
{
    for (size_t i = 0; i < s->n; i++)
        if (!seal_unit(&s->lines[i], e))
            return false;
    return true;
}

void sender_status(const struct sender *s, const struct app_unit *unit,
                   struct sender_status *out)
{
    *out = (struct sender_status){.state = "offline", .waits_for = "", .alarm = ""};
    for (size_t i = 0; s != NULL && i < s->n; i++) {
        const struct line *l = &s->lines[i];

        if (l->unit != unit)
            continue;
        out->linked = l->linked;
        out->linked_at = l->linked_at;
        out->state = session_state(l->session);
        if (session_waits_for(l->session) != NOT_NOW_NONE)
            out->waits_for = not_now_word(session_waits_for(l->session));
        out->alarm = l->alarm;
    }
}
