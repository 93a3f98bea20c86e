#include "aggregator/ingest/front.h"

#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "proto/base/flat.h"

#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

enum { IN_FLIGHT = 512, IN_FLIGHT_BYTES = 8 * 1024 * 1024 };

struct front {
    const struct front_plan *plan;
    const struct settings *settings;
    struct loop *loop;
    struct net *net;
    struct worker worker;
    int worker_id;
    int64_t messages, bytes; /* with the worker */
    bool announced;
    struct err fatal; /* why the loop was stopped from inside */
};

static void watch_worker(struct front *s)
{
    loop_events(s->loop, s->worker_id,
                (short)(ZMQ_POLLIN | (duplex_pending(&s->worker.ch) ? ZMQ_POLLOUT : 0)));
}

static void worker_gone(struct front *s, const struct err *e)
{
    log_event(LOG_ALARM, "worker_gone error=\"%s\"", e->text);
    err_set(&s->fatal, ERR_RETRY, "a worker process ended");
    loop_stop(s->loop);
}

/* A live peer spoke: on to the worker, and no more than it can hold. */
static void heard(void *ctx, const char *peer, const char *curve, struct span message)
{
    struct front *s = ctx;
    struct bytes b = {0};
    struct err e = {0};

    flat_str(&b, peer);
    flat_str(&b, curve);
    flat_bytes(&b, message);
    s->messages++;
    s->bytes += (int64_t)b.n;
    duplex_queue(&s->worker.ch, W_BATCH, span_of(&b));
    bytes_clear(&b);
    if (!duplex_flush(&s->worker.ch, &e)) {
        worker_gone(s, &e);
        return;
    }
    watch_worker(s);
    net_pause(s->net, s->messages >= IN_FLIGHT || s->bytes >= IN_FLIGHT_BYTES);
}

/* Written once we know the keys: who waits for it may connect and be let in. */
static void announce(struct front *s)
{
    char *path = settings_path(s->settings, s->plan->file);
    struct err e = {0};

    if (!file_write(path, span_str(net_endpoint(s->net)), 0644, &e))
        log_event(LOG_ERROR, "endpoint_file error=\"%s\"", e.text);
    log_event(LOG_INFO, "%s endpoint=%s pid=%ld", s->plan->name, net_endpoint(s->net),
              (long)getpid());
    free(path);
    s->announced = true;
}

static void take_keys(struct front *s, struct span body)
{
    struct flat f = {body.p, body.n, false};
    struct arena a = {0};
    size_t n = flat_get_count(&f, 8);
    const char **keys = arena_new(&a, n * sizeof *keys);

    for (size_t i = 0; i < n; i++)
        keys[i] = flat_get_str(&f, &a);
    if (!f.bad)
        net_keys(s->net, keys, n);
    arena_clear(&a);
    if (s->announced)
        return;
    if (net_listen(s->net, s->plan->endpoint, &s->fatal))
        announce(s);
    else
        loop_stop(s->loop);
}

static void take_answer(struct front *s, struct span body)
{
    struct flat f = {body.p, body.n, false};
    struct arena a = {0};
    const char *peer = flat_get_str(&f, &a);
    struct span message = flat_get_bytes(&f);

    if (!f.bad)
        net_send(s->net, peer, message);
    arena_clear(&a);
}

static void on_worker(void *ctx)
{
    struct front *s = ctx;
    struct err e = {0};
    bool ok = duplex_flush(&s->worker.ch, &e);

    while (ok) {
        struct span body;
        struct flat f;
        int type;

        ok = duplex_next(&s->worker.ch, false, &type, &body, &e);
        if (!ok || type == 0)
            break;
        switch (type) {
        case W_ANSWER:
            take_answer(s, body);
            break;
        case W_TAKEN:
            f = (struct flat){body.p, body.n, false};
            s->messages -= flat_get_i64(&f);
            s->bytes -= flat_get_i64(&f);
            net_pause(s->net, s->messages >= IN_FLIGHT || s->bytes >= IN_FLIGHT_BYTES);
            break;
        case W_KEYS:
            take_keys(s, body);
            break;
        default:
            break;
        }
    }
    if (!ok)
        worker_gone(s, &e);
    else
        watch_worker(s);
}

static bool run(struct front *s, struct err *e)
{
    char *key_file = settings_path(s->settings, "keys/server.curve");
    char *endpoint = settings_path(s->settings, s->plan->file);
    struct curve_pair key;
    bool ok = false;

    unlink(endpoint); /* of an earlier life */
    if (!s->plan->start(&s->worker, s->settings, e))
        goto out;
    if (access(key_file, F_OK) != 0) {
        err_set(e, ERR_SETUP, "%s is not there: run htx-aggregator genesis first",
                key_file);
        goto out;
    }
    if (!curve_read(key_file, &key, e))
        goto out;
    loop_open(&s->loop);
    if (!loop_signals(s->loop, NULL, NULL, e))
        goto out;
    if (!net_open(&s->net, s->loop, &s->plan->limits, &key, heard, s, e))
        goto out;
    s->worker_id = loop_add(s->loop, NULL, s->worker.ch.fd, ZMQ_POLLIN, on_worker, s);
    ok = loop_run(s->loop, e);
    if (ok && s->fatal.kind != ERR_NONE) {
        *e = s->fatal;
        ok = false;
    }
out:
    memset(&key, 0, sizeof key);
    unlink(endpoint);
    net_close(&s->net);
    worker_stop(&s->worker);
    loop_close(&s->loop);
    free(key_file);
    free(endpoint);
    return ok;
}

bool front_run(const struct front_plan *plan, const struct settings *s, struct err *e)
{
    struct front f = {.plan = plan, .settings = s};

    return run(&f, e);
}
