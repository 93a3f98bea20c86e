#include "aggregator/ministry/ask.h"

#include "proto/base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <zmq.h>

enum {
    AGAIN_MS = 2000,
    HEARTBEAT_MS = 5000,
    HEARTBEAT_TIMEOUT_MS = 15000,
    RECEIVE_HWM = 8, /* answers to a question that was asked again */
    STRANGE = 64     /* messages that answer nothing, beside those to earlier questions */
};

struct ask {
    const struct province_of *p;
    void *zmq, *socket;
    int64_t patience;
};

static bool set_int(void *socket, int option, int v)
{
    return zmq_setsockopt(socket, option, &v, sizeof v) == 0;
}

static bool set_options(void *s, const struct province_of *p,
                        const struct curve_pair *key)
{
    const int64_t max_message = WIRE_MESSAGE;

    return set_int(s, ZMQ_LINGER, 0) && set_int(s, ZMQ_RCVHWM, RECEIVE_HWM) &&
           set_int(s, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
           set_int(s, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS) &&
           zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &max_message, sizeof max_message) == 0 &&
           zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, p->genesis.curve, CURVE_LEN - 1) == 0 &&
           zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, key->pub, CURVE_LEN - 1) == 0 &&
           zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, key->secret, CURVE_LEN - 1) == 0;
}

bool ask_open(struct ask **out, const struct province_of *p, const struct curve_pair *key,
              int64_t patience_ms, struct err *e)
{
    struct ask *a = mem_new(sizeof *a);

    *out = a;
    a->p = p;
    a->patience = patience_ms;
    if (*p->endpoint == 0) {
        err_set(e, ERR_SETUP,
                "province %s has no endpoint: its pages are carried by hand", p->code);
        goto fail;
    }
    a->zmq = zmq_ctx_new();
    a->socket = a->zmq != NULL ? zmq_socket(a->zmq, ZMQ_DEALER) : NULL;
    if (a->socket != NULL && set_options(a->socket, p, key) &&
        zmq_connect(a->socket, p->endpoint) == 0)
        return true;
    err_set(e, ERR_SETUP, "province %s: %s: %s", p->code, p->endpoint,
            zmq_strerror(errno));
fail:
    ask_close(out);
    return false;
}

void ask_close(struct ask **ap)
{
    struct ask *a = *ap;

    if (a == NULL)
        return;
    if (a->socket != NULL)
        zmq_close(a->socket);
    if (a->zmq != NULL)
        zmq_ctx_term(a->zmq);
    free(a);
    *ap = NULL;
}

static void send(struct ask *a, const struct reconcile_ask *q)
{
    const struct message m = {.kind = MSG_RECONCILE_ASK, .reconcile_ask = *q};
    struct bytes b = {0};

    wire_pack_message(&m, &b);
    (void)!zmq_send(a->socket, b.p, b.n, ZMQ_DONTWAIT); /* lost: asked again */
    bytes_clear(&b);
}

/* A message that came within the time; false: none. */
static bool receive(struct ask *a, int64_t ms, struct arena *arena, struct message *m,
                    struct err *e)
{
    zmq_pollitem_t item = {.socket = a->socket, .events = ZMQ_POLLIN};
    zmq_msg_t msg;
    bool ok;

    m->kind = MSG_NONE;
    if (zmq_poll(&item, 1, (long)(ms > 0 ? ms : 0)) <= 0)
        return true;
    zmq_msg_init(&msg);
    ok = zmq_msg_recv(&msg, a->socket, ZMQ_DONTWAIT) < 0;
    if (!ok) {
        const void *bytes = arena_strn(arena, zmq_msg_data(&msg), zmq_msg_size(&msg));

        ok = wire_read_message((struct span){bytes, zmq_msg_size(&msg)}, arena, m, e);
    }
    zmq_msg_close(&msg);
    return ok || err_in(e, "province %s", a->p->code);
}

static bool same_question(const struct reconcile_ask *a, const struct reconcile_ask *b)
{
    struct bytes x = {0}, y = {0};
    bool same;

    wire_pack_message(&(struct message){.kind = MSG_RECONCILE_ASK, .reconcile_ask = *a},
                      &x);
    wire_pack_message(&(struct message){.kind = MSG_RECONCILE_ASK, .reconcile_ask = *b},
                      &y);
    same = span_eq(span_of(&x), span_of(&y));
    bytes_clear(&x);
    bytes_clear(&y);
    return same;
}

static bool refused(const struct ask *a, const struct feed_refusal *r, struct err *e)
{
    return err_set(e, r->reason == FEED_REFUSAL_BUSY ? ERR_RETRY : ERR_SETUP,
                   "province %s: %s: %.150s", a->p->code, feed_refusal_word(r->reason),
                   r->detail);
}

bool ask_question(struct ask *a, const struct reconcile_ask *q, struct arena *arena,
                  struct reconcile_answer *out, struct err *e)
{
    int64_t until = clock_ms() + a->patience, again = 0;
    const int64_t strange_max = STRANGE + a->patience / AGAIN_MS;
    int64_t strange = 0;

    while (clock_ms() < until && strange < strange_max) {
        int64_t now = clock_ms();
        struct message m;

        if (now >= again) {
            send(a, q);
            again = now + AGAIN_MS;
        }
        if (!receive(a, (again < until ? again : until) - now, arena, &m, e))
            return false;
        if (m.kind == MSG_FEED_REFUSAL)
            return refused(a, &m.feed_refusal, e);
        if (m.kind == MSG_RECONCILE_ANSWER && same_question(&m.reconcile_answer.ask, q)) {
            *out = m.reconcile_answer;
            return true;
        }
        strange += m.kind != MSG_NONE;
    }
    if (strange >= strange_max)
        return err_set(e, ERR_INPUT,
                       "province %s: %" PRId64 " messages, no answer among them",
                       a->p->code, strange);
    return err_set(e, ERR_RETRY, "province %s does not answer at %s", a->p->code,
                   a->p->endpoint);
}
