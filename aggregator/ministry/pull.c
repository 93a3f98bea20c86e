/* pull over the wire: a DEALER a province, one database connection. See pull.h. */
#include "aggregator/ministry/pull.h"

#include "aggregator/ministry/fetch.h"
#include "proto/base/log.h"
#include "proto/base/loop.h"
#include "proto/base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <zmq.h>

enum {
    SEND_HWM = 64,
    RECEIVE_HWM = 64, /* a page of parts, and the next ones' first */
    RECONNECT_MS = 250,
    RECONNECT_MAX_MS = 5000,
    HANDSHAKE_MS = 10000,
    HEARTBEAT_MS = 10000,
    HEARTBEAT_TIMEOUT_MS = 30000,
    PAUSE_MIN_MS = 500, /* back-off of one province, doubling */
    PAUSE_MAX_MS = 60000,
    DATABASE_MS = 1000,
    AGAIN_MS = 10000, /* provinces that were added meanwhile are looked for */
};

struct pull;

struct link { /* one province */
    struct pull *pull;
    const struct province_of *p;
    struct pulled *out; /* of a single run */
    struct copy *copy;  /* NULL while the database is away */
    struct fetch fetch;
    void *socket;
    int socket_id;
    int64_t pause; /* back-off */
    bool settled;  /* of a single run */
};

struct pull {
    const struct pull_how *how;
    struct provinces own; /* a daemon's list, read again now and then */
    const struct provinces *all;
    struct pulled *out;
    struct link *links;
    size_t n;
    struct pg *pg;
    struct bundles *bundles;
    struct loop *loop;
    void *zmq;
    struct err fatal;
};

static void begin(void *ctx);
static void work(void *ctx);
static void late(void *ctx);
static void database(void *ctx);

/* ---- the socket ---- */

static bool set_int(void *socket, int option, int v)
{
    return zmq_setsockopt(socket, option, &v, sizeof v) == 0;
}

static bool set_options(const struct link *l)
{
    const struct curve_pair *key = l->pull->how->key;
    const int64_t max_message = WIRE_MESSAGE;
    void *s = l->socket;

    return set_int(s, ZMQ_LINGER, 0) && set_int(s, ZMQ_SNDHWM, SEND_HWM) &&
           set_int(s, ZMQ_RCVHWM, RECEIVE_HWM) &&
           set_int(s, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
           set_int(s, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS) &&
           set_int(s, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
           set_int(s, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS) &&
           set_int(s, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
           zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &max_message, sizeof max_message) == 0 &&
           zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, l->p->genesis.curve, CURVE_LEN - 1) ==
               0 &&
           zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, key->pub, CURVE_LEN - 1) == 0 &&
           zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, key->secret, CURVE_LEN - 1) == 0;
}

static void hang_up(struct link *l)
{
    if (l->socket_id != 0)
        loop_remove(l->pull->loop, l->socket_id);
    if (l->socket != NULL)
        zmq_close(l->socket);
    l->socket = NULL;
    l->socket_id = 0;
    loop_never(l->pull->loop, late, l);
    fetch_clear(&l->fetch);
}

/* Every message that is there, up to what one round should take. */
static void on_message(void *ctx)
{
    enum { A_ROUND = 16 };
    struct link *l = ctx;

    for (int i = 0; i < A_ROUND && l->socket != NULL; i++) {
        zmq_msg_t msg;

        zmq_msg_init(&msg);
        if (zmq_msg_recv(&msg, l->socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&msg);
            break;
        }
        if (!zmq_msg_more(&msg))
            fetch_message(&l->fetch,
                          (struct span){zmq_msg_data(&msg), zmq_msg_size(&msg)},
                          clock_ms());
        zmq_msg_close(&msg);
    }
    work(l);
}

static const char *endpoint_of(const struct link *l)
{
    return l->pull->how->endpoint != NULL ? l->pull->how->endpoint : l->p->endpoint;
}

static bool dial(struct link *l, struct err *e)
{
    if (l->socket != NULL)
        return true;
    l->socket = zmq_socket(l->pull->zmq, ZMQ_DEALER);
    if (l->socket == NULL || !set_options(l))
        return err_set(e, ERR_SETUP, "socket of province %s: %s", l->p->code,
                       zmq_strerror(errno));
    l->socket_id = loop_add(l->pull->loop, l->socket, -1, ZMQ_POLLIN, on_message, l);
    if (zmq_connect(l->socket, endpoint_of(l)) != 0)
        return err_set(e, ERR_SETUP, "province %s: %s: %s", l->p->code, endpoint_of(l),
                       zmq_strerror(errno));
    return true;
}

/* A full socket is a province that does not answer: its time runs out. */
static void send_out(void *ctx, struct span message)
{
    struct link *l = ctx;

    if (l->socket != NULL)
        (void)!zmq_send(l->socket, message.p, message.n, ZMQ_DONTWAIT);
}

/* ---- how it ends, or goes on ---- */

static void settle(struct link *l, enum pull_state state, const char *detail)
{
    bool all = true;

    if (!l->pull->how->once || l->settled)
        return;
    l->settled = true;
    l->out->state = state;
    l->out->pages = l->copy != NULL ? copy_stored(l->copy) : 0;
    l->out->cursor = l->fetch.at;
    snprintf(l->out->detail, sizeof l->out->detail, "%s", detail);
    for (size_t i = 0; i < l->pull->n; i++)
        all &= l->pull->links[i].settled;
    if (all)
        loop_stop(l->pull->loop);
}

static void again_in(struct link *l, int64_t ms)
{
    if (!l->settled)
        loop_at(l->pull->loop, clock_ms() + ms, begin, l);
}

static int64_t longer(struct link *l)
{
    int64_t now = l->pause;

    l->pause = l->pause == 0 ? PAUSE_MIN_MS : 2 * l->pause;
    if (l->pause > PAUSE_MAX_MS)
        l->pause = PAUSE_MAX_MS;
    return now + (int64_t)random_below(PAUSE_MIN_MS);
}

/* No answer, or none that can be used: another connection, later. */
static void retry(struct link *l, enum pull_state state, const char *detail)
{
    log_event(LOG_WARN, "province_away province=%s endpoint=%s error=\"%s\"", l->p->code,
              endpoint_of(l), detail);
    settle(l, state, detail);
    hang_up(l);
    again_in(l, longer(l));
}

static void database_away(struct pull *p, const struct err *e)
{
    log_event(LOG_ERROR, "database error=\"%s\"", e->text);
    for (size_t i = 0; i < p->n; i++) {
        copy_close(&p->links[i].copy);
        hang_up(&p->links[i]);
        loop_never(p->loop, begin, &p->links[i]);
        loop_never(p->loop, work, &p->links[i]);
    }
    pg_close(&p->pg);
    if (p->how->once || e->kind == ERR_SETUP) {
        p->fatal = *e;
        loop_stop(p->loop);
        return;
    }
    loop_at(p->loop, clock_ms() + DATABASE_MS, database, p);
}

/* The cursor stands: looked at again at every poll, for people may have solved it. */
static void stand(struct link *l, enum pull_state state, const char *detail)
{
    log_event(LOG_ERROR, "province_stands province=%s error=\"%s\"", l->p->code, detail);
    settle(l, state, detail);
    hang_up(l);
    if (l->pause < l->pull->how->poll_ms)
        l->pause = l->pull->how->poll_ms;
    again_in(l, longer(l));
}

/* ---- pages ---- */

static bool note(struct link *l, enum copy_result got, const struct feed_cursor *about,
                 const char *what, struct err *e)
{
    char words[201], detail[256];

    snprintf(detail, sizeof detail, "page %" PRIu64 ".%" PRIu64 ": %s", about->epoch,
             about->page, text_quote(words, sizeof words, what));
    if (!copy_halt(l->copy, got, detail, e))
        return false;
    stand(l, got == COPY_UNKNOWN ? PULL_STANDS : PULL_REFUSED, detail);
    return true;
}

/* Pages that came whole; false: the database. */
static bool take(struct link *l, struct err *e)
{
    struct span files[FETCH_AHEAD];
    size_t n = fetch_ready(&l->fetch, files, FETCH_AHEAD), taken;
    struct feed_cursor about, at;
    enum copy_result got;

    if (n == 0)
        return true;
    got = copy_take(l->copy, files, n, &taken, &about, e);
    switch (got) {
    case COPY_STORED:
        l->pause = 0;
        if (!copy_cursor(l->copy, &at, e))
            return false;
        fetch_taken(&l->fetch, taken, &at, clock_ms());
        return true;
    case COPY_AGAIN: /* somebody else stored it meanwhile */
        if (!copy_cursor(l->copy, &at, e))
            return false;
        fetch_ask(&l->fetch, &at, clock_ms());
        return true;
    case COPY_AWAY:
        return false;
    case COPY_MISSING:
    case COPY_FORK: /* the next question will say so */
    case COPY_REFUSED:
    case COPY_UNKNOWN:
        break;
    }
    return note(l, got == COPY_UNKNOWN ? got : COPY_REFUSED, &about, e->text, e);
}

static bool forked(struct link *l, struct err *e)
{
    const struct feed_cursor *newest = &l->fetch.newest, *common = &l->fetch.fork;
    char detail[256];

    snprintf(detail, sizeof detail,
             "the province was restored: epoch %" PRIu64 " goes on behind page %" PRIu64
             ".%" PRIu64 ", this copy has %" PRIu64 ".%" PRIu64,
             newest->epoch, common->epoch, common->page, l->fetch.at.epoch,
             l->fetch.at.page);
    if (!copy_halt_fork(l->copy, newest->epoch, common, e))
        return false;
    log_event(LOG_ALARM,
              "province_forked province=%s epoch=%" PRIu64 " common=%" PRIu64 ".%" PRIu64,
              l->p->code, newest->epoch, common->epoch, common->page);
    stand(l, PULL_STANDS, detail);
    return true;
}

static bool at_end(struct link *l, struct err *e)
{
    l->pause = 0;
    if (!copy_solved(l->copy, e))
        return false;
    settle(l, PULL_DONE, "");
    again_in(l, l->pull->how->poll_ms);
    return true;
}

/* Does what can be done now, and plans the rest. */
static void work(void *ctx)
{
    struct link *l = ctx;
    struct err e = {0};
    struct span file;
    bool ok = true;

    if (l->copy == NULL || l->socket == NULL)
        return;
    if (l->fetch.state == FETCH_LOADING)
        ok = take(l, &e);
    if (!ok) {
        database_away(l->pull, &e);
        return;
    }
    if (l->socket == NULL)
        return;
    switch (l->fetch.state) {
    case FETCH_ASKING:
    case FETCH_LOADING:
        if (fetch_ready(&l->fetch, &file, 1) > 0) /* others' turn first */
            loop_at(l->pull->loop, clock_ms(), work, l);
        else
            loop_at(l->pull->loop, l->fetch.heard + l->pull->how->answer_ms, late, l);
        break;
    case FETCH_END:
        loop_never(l->pull->loop, late, l);
        ok = at_end(l, &e);
        break;
    case FETCH_FORKED:
        ok = forked(l, &e);
        break;
    case FETCH_REFUSED:
        retry(l,
              l->fetch.refusal == FEED_REFUSAL_RIGHT ||
                      l->fetch.refusal == FEED_REFUSAL_PROVINCE
                  ? PULL_NO_RIGHT
                  : PULL_AWAY,
              l->fetch.detail);
        break;
    case FETCH_BROKEN:
        retry(l, PULL_REFUSED, l->fetch.detail);
        break;
    }
    if (!ok)
        database_away(l->pull, &e);
}

/* ---- time ---- */

static void late(void *ctx)
{
    struct link *l = ctx;

    if (l->socket != NULL && fetch_waits(&l->fetch) &&
        clock_ms() >= l->fetch.heard + l->pull->how->answer_ms)
        retry(l, PULL_AWAY,
              "no answer: is the address right, the feed running, our key enrolled?");
    else
        work(l);
}

static void begin(void *ctx)
{
    struct link *l = ctx;
    struct feed_cursor at;
    struct err e = {0};

    if (l->copy == NULL)
        return;
    if (!copy_replay(l->copy, &e) || !copy_cursor(l->copy, &at, &e)) {
        database_away(l->pull, &e);
        return;
    }
    if (*endpoint_of(l) == 0) {
        l->fetch.at = at;
        settle(l, PULL_NOTHING, "");
        return;
    }
    if (!dial(l, &e)) {
        retry(l, PULL_AWAY, e.text);
        return;
    }
    fetch_ask(&l->fetch, &at, clock_ms());
    loop_at(l->pull->loop, l->fetch.heard + l->pull->how->answer_ms, late, l);
}

/* ---- links ---- */

static void drop_links(struct pull *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct link *l = &p->links[i];

        hang_up(l);
        loop_never(p->loop, begin, l);
        loop_never(p->loop, work, l);
        copy_close(&l->copy);
    }
    free(p->links);
    p->links = NULL;
    p->n = 0;
}

static void make_links(struct pull *p)
{
    p->links = mem_array(p->all->n, sizeof *p->links);
    p->n = p->all->n;
    for (size_t i = 0; i < p->n; i++) {
        struct link *l = &p->links[i];

        l->pull = p;
        l->p = &p->all->list[i];
        l->out = p->out != NULL ? &p->out[i] : NULL;
        fetch_init(&l->fetch, &l->p->genesis.hash, send_out, l);
        copy_open(&l->copy, p->pg, l->p, p->bundles);
        loop_at(p->loop, clock_ms(), begin, l);
    }
}

static bool same_list(const struct provinces *a, const struct provinces *b)
{
    bool same = a->n == b->n;

    for (size_t i = 0; same && i < a->n; i++)
        same = strcmp(a->list[i].code, b->list[i].code) == 0 &&
               strcmp(a->list[i].endpoint, b->list[i].endpoint) == 0 &&
               a->list[i].branch == b->list[i].branch;
    return same;
}

/* Provinces that were added, moved or turned to another branch since. */
static bool read_list(struct pull *p, bool *changed, struct err *e)
{
    struct provinces now;

    *changed = false;
    if (p->how->once)
        return true;
    if (!provinces_read(p->pg, p->how->province, &now, e))
        return false;
    *changed = !same_list(p->all, &now);
    if (*changed) {
        log_event(LOG_INFO, "provinces n=%zu", now.n);
        drop_links(p);
        provinces_clear(&p->own);
        p->own = now;
        p->all = &p->own;
    } else {
        provinces_clear(&now);
    }
    return true;
}

static void look_again(void *ctx)
{
    struct pull *p = ctx;
    struct err e = {0};
    bool changed;

    loop_at(p->loop, clock_ms() + AGAIN_MS, look_again, p);
    if (p->pg == NULL)
        return;
    if (!read_list(p, &changed, &e))
        database_away(p, &e);
    else if (changed)
        make_links(p);
}

static void database(void *ctx)
{
    struct pull *p = ctx;
    bool back = p->n > 0, changed;
    struct err e = {0};

    if (!pg_open(&p->pg, p->how->conninfo, &e) ||
        !pg_script(p->pg, "set jit = off", &e) || !read_list(p, &changed, &e)) {
        database_away(p, &e);
        return;
    }
    if (back)
        log_event(LOG_INFO, "database back");
    drop_links(p);
    make_links(p);
}

bool pull_run(const struct pull_how *how, const struct provinces *all, struct pulled *out,
              struct err *e)
{
    struct pull p = {.how = how, .all = all, .out = how->once ? out : NULL};
    bool ok;

    bundles_open(&p.bundles);
    loop_open(&p.loop);
    p.zmq = zmq_ctx_new();
    ok = (p.zmq != NULL || err_set(e, ERR_RETRY, "zmq: %s", zmq_strerror(errno))) &&
         loop_signals(p.loop, NULL, NULL, e);
    if (ok) {
        loop_at(p.loop, clock_ms(), database, &p);
        if (!how->once) {
            loop_at(p.loop, clock_ms() + AGAIN_MS, look_again, &p);
            log_event(LOG_INFO, "pulling provinces=%zu", all->n);
        }
        ok = loop_run(p.loop, e);
    }
    if (ok && p.fatal.kind != ERR_NONE) {
        *e = p.fatal;
        ok = false;
    }
    drop_links(&p);
    if (p.zmq != NULL)
        zmq_ctx_term(p.zmq);
    loop_close(&p.loop);
    bundles_close(&p.bundles);
    provinces_clear(&p.own);
    pg_close(&p.pg);
    if (ok && !how->once)
        log_event(LOG_INFO, "stopped");
    return ok;
}
