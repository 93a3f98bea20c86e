#include "aggregator/ingest/net.h"

#include "proto/base/clock.h"
#include "proto/base/log.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <zmq.h>

enum {
    ENFORCE_DOMAIN = 93, /* ZMQ_ZAP_ENFORCE_DOMAIN: a draft's name, yet in the library */
    SELF_TEST_MS = 5000,
    SELF_TEST_AFTER_MS = 200,
    BURST = 64, /* messages of one turn of the loop */
};

struct net {
    struct loop *loop;
    void *ctx, *zap, *router;
    int zap_id, router_id;
    net_fn *heard;
    void *heard_ctx;
    char **keys; /* sorted */
    size_t n_keys;
    bool paused, testing;
    char endpoint[256];
    char refused[CURVE_LEN]; /* the last key that ZAP refused */
    uint64_t n_refused, n_dumb;
    int64_t said_at; /* when a refusal was last logged */
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool live(const struct net *n, const char *curve)
{
    return n->n_keys > 0 &&
           bsearch(&curve, n->keys, n->n_keys, sizeof *n->keys, by_text) != NULL;
}

/* At most one line a second, with the count so far. */
static void say_refused(struct net *n, const char *what, const char *curve,
                        uint64_t count)
{
    if (clock_ms() - n->said_at < 1000)
        return;
    n->said_at = clock_ms();
    log_event(LOG_WARN, "%s key=%s count=%llu", what, curve, (unsigned long long)count);
}

/* -- ZAP ---------------------------------------------------------------------------- */

struct zap_frames {
    zmq_msg_t list[7]; /* version, id, domain, address, identity, mechanism, key */
    size_t n;
};

static bool zap_receive(void *socket, struct zap_frames *f)
{
    int more = 1;

    f->n = 0;
    while (more) {
        zmq_msg_t m;

        zmq_msg_init(&m);
        if (zmq_msg_recv(&m, socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&m);
            return false;
        }
        more = zmq_msg_more(&m);
        if (f->n < COUNT(f->list))
            f->list[f->n++] = m;
        else
            zmq_msg_close(&m);
    }
    return true;
}

static void zap_answer(struct net *n, struct zap_frames *f)
{
    char curve[CURVE_LEN] = "";
    bool ok = f->n == 7 && zmq_msg_size(&f->list[5]) == 5 &&
              memcmp(zmq_msg_data(&f->list[5]), "CURVE", 5) == 0 &&
              zmq_msg_size(&f->list[6]) == 32 &&
              zmq_z85_encode(curve, zmq_msg_data(&f->list[6]), 32) != NULL &&
              live(n, curve);
    const char *const answer[] = {ok ? "200" : "400", ok ? "OK" : "unknown key",
                                  ok ? curve : "", ""};

    if (f->n < 2)
        return;
    zmq_send(n->zap, "1.0", 3, ZMQ_SNDMORE);
    zmq_msg_send(&f->list[1], n->zap, ZMQ_SNDMORE);
    for (size_t i = 0; i < COUNT(answer); i++)
        zmq_send(n->zap, answer[i], strlen(answer[i]),
                 i + 1 < COUNT(answer) ? ZMQ_SNDMORE : 0);
    if (ok)
        return;
    memcpy(n->refused, curve, CURVE_LEN);
    if (n->testing)
        return; /* our own bogus key */
    n->n_refused++;
    say_refused(n, "key_refused", curve, n->n_refused);
}

static void on_zap(void *ctx)
{
    struct net *n = ctx;
    struct zap_frames f;

    while (zap_receive(n->zap, &f)) {
        zap_answer(n, &f);
        for (size_t i = 0; i < f.n; i++)
            zmq_msg_close(&f.list[i]);
    }
}

/* -- messages ----------------------------------------------------------------------- */

/* One message: routing id and one part. True: look for another. */
static bool receive(struct net *n)
{
    zmq_msg_t id, part;
    const char *curve;
    bool more, two = false;

    zmq_msg_init(&id);
    zmq_msg_init(&part);
    if (zmq_msg_recv(&id, n->router, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&id);
        zmq_msg_close(&part);
        return false;
    }
    more = zmq_msg_more(&id) != 0;
    while (more) { /* a message of more parts than one is nobody's */
        two = two || zmq_msg_size(&part) > 0;
        if (zmq_msg_recv(&part, n->router, ZMQ_DONTWAIT) < 0)
            break;
        more = zmq_msg_more(&part) != 0;
    }
    curve = zmq_msg_gets(&part, "User-Id");
    if (curve == NULL || !live(n, curve)) {
        n->n_dumb++;
        say_refused(n, "message_of_revoked_key", curve != NULL ? curve : "none",
                    n->n_dumb);
    } else if (!two && zmq_msg_size(&part) > 0 && zmq_msg_size(&id) <= 32) {
        char peer[65];

        n->heard(n->heard_ctx, hex_of(zmq_msg_data(&id), zmq_msg_size(&id), peer), curve,
                 (struct span){zmq_msg_data(&part), zmq_msg_size(&part)});
    }
    zmq_msg_close(&id);
    zmq_msg_close(&part);
    return true;
}

static void on_router(void *ctx)
{
    struct net *n = ctx;

    for (int i = 0; i < BURST && !n->paused; i++)
        if (!receive(n))
            return;
}

void net_send(struct net *n, const char *peer, struct span message)
{
    unsigned char id[32];
    size_t len = strlen(peer) / 2;

    if (len > sizeof id || !hex_read(peer, id, len))
        return;
    /* gone or full: the answer is lost, the collector asks again */
    if (zmq_send(n->router, id, len, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        log_event(LOG_DEBUG, "peer_gone peer=%s error=\"%s\"", peer, zmq_strerror(errno));
        return;
    }
    if (zmq_send(n->router, message.p, message.n, ZMQ_DONTWAIT) < 0)
        log_event(LOG_DEBUG, "peer_full peer=%s error=\"%s\"", peer, zmq_strerror(errno));
}

static void clear_keys(struct net *n)
{
    for (size_t i = 0; i < n->n_keys; i++)
        free(n->keys[i]);
    free(n->keys);
    n->keys = NULL;
    n->n_keys = 0;
}

void net_keys(struct net *n, const char *const *keys, size_t n_keys)
{
    clear_keys(n);
    n->keys = mem_array(n_keys, sizeof *n->keys);
    for (size_t i = 0; i < n_keys; i++)
        n->keys[n->n_keys++] = mem_str(keys[i]);
    if (n_keys > 0)
        qsort(n->keys, n->n_keys, sizeof *n->keys, by_text);
}

void net_pause(struct net *n, bool pause)
{
    if (n->paused == pause)
        return;
    n->paused = pause;
    loop_events(n->loop, n->router_id, pause ? 0 : ZMQ_POLLIN);
}

const char *net_endpoint(const struct net *n)
{
    return n->endpoint;
}

/* -- opening ------------------------------------------------------------------------ */

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_all(struct net *n, const struct net_limits *limits,
                    const struct curve_pair *key, struct err *e)
{
    int64_t max = limits->message, peers = limits->peers > 0 ? limits->peers : 1;
    int64_t hwm = limits->receive / (peers * max);

    /* peers x RCVHWM x MAXMSGSIZE must stay inside the memory we promised */
    if (hwm < 1)
        return err_set(e, ERR_SETUP, "%lld peers: at most %lld", (long long)peers,
                       (long long)(limits->receive / max));
    if (hwm > 8)
        hwm = 8;
    if (!set_int(n->router, ZMQ_LINGER, 0) ||
        !set_int(n->router, ZMQ_ROUTER_MANDATORY, 1) ||
        !set_int(n->router, ZMQ_RCVHWM, (int)hwm) ||
        !set_int(n->router, ZMQ_SNDHWM, limits->send) ||
        !set_int(n->router, ZMQ_HEARTBEAT_IVL, 10000) ||
        !set_int(n->router, ZMQ_HEARTBEAT_TIMEOUT, 30000) ||
        !set_int(n->router, ZMQ_HEARTBEAT_TTL, 30000) ||
        !set_int(n->router, ZMQ_HANDSHAKE_IVL, 3000) ||
        !set_int(n->router, ZMQ_TCP_MAXRT, 30000) ||
        zmq_setsockopt(n->router, ZMQ_MAXMSGSIZE, &max, sizeof max) != 0 ||
        !set_int(n->router, ZMQ_CURVE_SERVER, 1) ||
        zmq_setsockopt(n->router, ZMQ_CURVE_SECRETKEY, key->secret, CURVE_LEN) != 0 ||
        zmq_setsockopt(n->router, ZMQ_ZAP_DOMAIN, "htx", 3) != 0 ||
        !set_int(n->router, ENFORCE_DOMAIN, 1))
        return err_set(e, ERR_SETUP, "ROUTER options: %s", zmq_strerror(errno));
    return true;
}

/*
 * A client with a key that nobody enrolled must be refused by our handler, and its
 * message must not arrive. Nothing else may pass before this is seen.
 */
static bool self_test(struct net *n, const struct curve_pair *server, struct err *e)
{
    struct curve_pair bogus;
    void *dealer = NULL;
    int64_t until = clock_ms() + SELF_TEST_MS;
    bool refused = false, passed = false, ok = false;

    if (!curve_new(&bogus, e))
        return false;
    dealer = zmq_socket(n->ctx, ZMQ_DEALER);
    if (dealer == NULL || !set_int(dealer, ZMQ_LINGER, 0) ||
        zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, server->pub, CURVE_LEN) != 0 ||
        zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, bogus.pub, CURVE_LEN) != 0 ||
        zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, bogus.secret, CURVE_LEN) != 0 ||
        zmq_connect(dealer, n->endpoint) != 0 || zmq_send(dealer, "bogus", 5, 0) < 0) {
        err_set(e, ERR_SETUP, "self-test: %s", zmq_strerror(errno));
        goto out;
    }
    n->testing = true;
    while (!passed && clock_ms() < until) {
        zmq_pollitem_t items[] = {
            {n->zap,    0, ZMQ_POLLIN, 0},
            {n->router, 0, ZMQ_POLLIN, 0}
        };

        if (zmq_poll(items, COUNT(items), 50) < 0 && errno != EINTR)
            break;
        on_zap(n);
        passed = (items[1].revents & ZMQ_POLLIN) != 0;
        if (!refused && strcmp(n->refused, bogus.pub) == 0) {
            refused = true;
            until = clock_ms() + SELF_TEST_AFTER_MS; /* nothing of it may arrive now */
        }
    }
    n->testing = false;
    ok = refused && !passed;
    if (!ok)
        err_set(e, ERR_SETUP, "self-test: a key that nobody enrolled was %s: not serving",
                passed ? "let in" : "never asked about");
out:
    if (dealer != NULL)
        zmq_close(dealer);
    return ok;
}

bool net_listen(struct net *n, const char *endpoint, struct err *e)
{
    size_t len = sizeof n->endpoint;

    return (zmq_bind(n->router, endpoint) == 0 &&
            zmq_getsockopt(n->router, ZMQ_LAST_ENDPOINT, n->endpoint, &len) == 0) ||
           err_set(e, ERR_SETUP, "%s: %s", endpoint, zmq_strerror(errno));
}

bool net_open(struct net **out, struct loop *lp, const struct net_limits *limits,
              const struct curve_pair *key, net_fn *heard, void *ctx, struct err *e)
{
    struct net *n = mem_new(sizeof *n);

    *out = NULL;
    n->loop = lp;
    n->heard = heard;
    n->heard_ctx = ctx;
    n->ctx = zmq_ctx_new();
    n->zap = zmq_socket(n->ctx, ZMQ_REP);
    n->router = zmq_socket(n->ctx, ZMQ_ROUTER);
    if (n->zap == NULL || n->router == NULL || !set_int(n->zap, ZMQ_LINGER, 0) ||
        zmq_bind(n->zap, "inproc://zeromq.zap.01") != 0) {
        err_set(e, ERR_SETUP, "ZAP handler: %s", zmq_strerror(errno));
        goto fail;
    }
    if (!set_all(n, limits, key, e))
        goto fail;
    if (!net_listen(n, "tcp://127.0.0.1:*", e) || !self_test(n, key, e))
        goto fail;
    zmq_unbind(n->router, n->endpoint);
    n->zap_id = loop_add(lp, n->zap, -1, ZMQ_POLLIN, on_zap, n);
    n->router_id = loop_add(lp, n->router, -1, ZMQ_POLLIN, on_router, n);
    *out = n;
    return true;
fail:
    net_close(&n);
    return false;
}

void net_close(struct net **np)
{
    struct net *n = *np;

    if (n == NULL)
        return;
    if (n->zap_id != 0)
        loop_remove(n->loop, n->zap_id);
    if (n->router_id != 0)
        loop_remove(n->loop, n->router_id);
    if (n->router != NULL)
        zmq_close(n->router);
    if (n->zap != NULL)
        zmq_close(n->zap);
    if (n->ctx != NULL)
        zmq_ctx_term(n->ctx);
    clear_keys(n);
    free(n);
    *np = NULL;
}
