#include "aggregator/ingest/back.h"

#include "aggregator/child.h"
#include "aggregator/ingest/backflow.h"
#include "aggregator/migrate.h"
#include "aggregator/store/reconcile_pg.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    B_SAYS = 1,  /* worker: str peer, str carrier, unit, have */
    B_PART,      /* worker: str peer, unit, part request */
    B_RECONCILE, /* worker: str peer, unit, reconcile ask */
    B_ANSWER,    /* back: str peer, bytes message */
};
enum {
    ROUND = 64,                    /* messages, then the log is looked at */
    PENDING_MAX = 4 * 1024 * 1024, /* what the process did not take yet */
    AGAIN_MS = 1000,
};

/* -- the process ----------------------------------------------------------------------
 */

struct state {
    const struct settings *settings;
    struct duplex ch;
    struct pg *pg;
    struct backflow *flow;
    struct reconcile_held held;
    bool away;
};

static void send_answer(void *ctx, const char *peer, const struct message *m)
{
    struct state *s = ctx;
    struct bytes packed = {0}, b = {0};
    struct err e = {0};

    wire_pack_message(m, &packed);
    flat_str(&b, peer);
    flat_bytes(&b, span_of(&packed));
    if (!duplex_send(&s->ch, B_ANSWER, span_of(&b), &e))
        _exit(EXIT_LATER); /* the worker is gone, and we with it */
    bytes_clear(&packed);
    bytes_clear(&b);
}

static struct pg *database(struct state *s, struct err *e)
{
    if (s->pg != NULL && !pg_alive(s->pg))
        pg_close(&s->pg);
    if (s->pg == NULL &&
        (!pg_open(&s->pg, s->settings->db_serve, e) || !migrate_ready(s->pg, e)))
        pg_close(&s->pg);
    return s->pg;
}

static void went(struct state *s, bool ok, const struct err *e)
{
    if (!ok)
        pg_close(&s->pg);
    if (ok == !s->away)
        return;
    s->away = !ok;
    if (ok)
        log_event(LOG_INFO, "database_back");
    else
        log_event(LOG_ERROR, "database_away error=\"%s\"", e->text);
}

/* The unit is the one that the peer's key is enrolled for, whatever was asked. */
static bool reconcile(struct state *s, struct pg *pg, const char *peer,
                      const struct reconcile_ask *ask, struct err *e)
{
    struct message m = {.kind = MSG_RECONCILE_ANSWER};
    struct arena a = {0};
    bool ok = reconcile_held_answer(&s->held, pg, ask, &a, &m.reconcile_answer, e);

    if (ok)
        send_answer(s, peer, &m);
    arena_clear(&a);
    return ok;
}

static void take(struct state *s, int type, struct span body)
{
    struct flat f = {body.p, body.n, false};
    struct arena a = {0};
    struct err e = {0};
    const char *peer = flat_get_str(&f, &a);
    struct unit_key unit;

    if (type == B_SAYS) {
        const char *carrier = flat_get_str(&f, &a);
        struct have have;

        unit.code = flat_get_str(&f, &a);
        unit.valid_from = (int32_t)flat_get_i64(&f);
        have_get(&f, &a, &have);
        if (!f.bad)
            backflow_says(s->flow, peer, carrier, &unit, &have);
    } else if (type == B_PART) {
        struct part_request r;
        struct pg *pg = database(s, &e);
        bool ok = pg != NULL;

        unit.code = flat_get_str(&f, &a);
        unit.valid_from = (int32_t)flat_get_i64(&f);
        part_request_get(&f, &a, &r);
        if (ok && !f.bad)
            ok = backflow_part(s->flow, pg, peer, &unit, &r, settings_today(s->settings),
                               clock_ms(), &e);
        went(s, ok, &e);
    } else if (type == B_RECONCILE) {
        struct reconcile_ask ask;
        struct pg *pg = database(s, &e);
        bool ok = pg != NULL;

        unit.code = flat_get_str(&f, &a);
        unit.valid_from = (int32_t)flat_get_i64(&f);
        reconcile_ask_get(&f, &a, &ask);
        ask.unit = unit;
        if (ok && !f.bad)
            ok = reconcile(s, pg, peer, &ask, &e);
        went(s, ok, &e);
    }
    arena_clear(&a);
}

static void tick(struct state *s)
{
    struct err e = {0};
    struct pg *pg = database(s, &e);
    bool ok = pg != NULL &&
              backflow_tick(s->flow, pg, settings_today(s->settings), clock_ms(), &e);

    went(s, ok, &e);
}

static int back_main(int fd, const struct settings *settings)
{
    struct state s = {.settings = settings};
    bool more = false;

    duplex_open(&s.ch, fd);
    backflow_open(&s.flow, send_answer, &s);
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        struct err e = {0};
        int type = 1;

        if (poll(&p, 1, more ? 0 : BACK_TICK_MS) < 0 && errno != EINTR)
            return EXIT_FAILED;
        for (int i = 0; i < ROUND && type != 0; i++) {
            struct span body;

            if (!duplex_next(&s.ch, false, &type, &body, &e))
                return EXIT_DONE; /* the worker is gone */
            if (type != 0)
                take(&s, type, body);
        }
        more = type != 0;
        tick(&s);
    }
}

/* -- the worker's side ----------------------------------------------------------------
 */

bool back_start(struct back *b, const struct settings *s, struct err *e)
{
    int fd;

    b->settings = s;
    b->started = clock_ms();
    if (!child_fork("htx-back", &b->pid, &fd, e))
        return false;
    if (b->pid == 0) {
        log_init("htx-back", s->log_level);
        _exit(back_main(fd, s));
    }
    duplex_open(&b->ch, fd);
    return true;
}

void back_stop(struct back *b)
{
    if (b->pid <= 0)
        return;
    duplex_close(&b->ch);
    kill(b->pid, SIGKILL); /* it only reads */
    while (waitpid(b->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    b->pid = 0;
}

int back_fd(const struct back *b)
{
    return b->pid > 0 ? b->ch.fd : -1;
}

static void queue(struct back *b, int type, const struct bytes *body);

static void start_again(struct back *b)
{
    struct err e = {0};

    if (!back_start(b, b->settings, &e)) {
        log_event(LOG_ERROR, "back error=\"%s\"", e.text);
        return;
    }
    for (size_t i = 0; i < b->n_said; i++)
        queue(b, B_SAYS, &b->said[i].body);
}

static void gone(struct back *b, const struct err *e)
{
    log_event(LOG_ALARM, "back_gone error=\"%s\"", e->text);
    back_stop(b);
}

static void queue(struct back *b, int type, const struct bytes *body)
{
    struct err e = {0};

    size_t most = type == B_SAYS ? PENDING_MAX : PENDING_MAX / 2;

    /* parts and lists are asked for again, what a peer has is said once */
    if (b->pid <= 0 || b->ch.out.n - b->ch.out_at > most)
        return;
    duplex_queue(&b->ch, type, span_of(body));
    if (!duplex_flush(&b->ch, &e))
        gone(b, &e);
}

static void put_unit(struct bytes *b, const struct unit_key *unit)
{
    flat_str(b, unit->code);
    flat_i64(b, unit->valid_from);
}

/* Bounded as the other side's list of peers is. */
static void remember(struct back *b, const char *carrier, const struct bytes *body)
{
    struct back_said *x = NULL;

    for (size_t i = 0; i < b->n_said && x == NULL; i++)
        if (strcmp(b->said[i].carrier, carrier) == 0)
            x = &b->said[i];
    if (x == NULL && b->n_said == BACKFLOW_PEERS)
        return;
    if (x == NULL) {
        b->said = mem_grow(b->said, b->n_said + 1, sizeof *b->said);
        x = &b->said[b->n_said++];
        *x = (struct back_said){.carrier = mem_str(carrier)};
    }
    x->body.n = 0;
    bytes_add(&x->body, body->p, body->n);
}

void back_says(struct back *b, const char *peer, const char *carrier,
               const struct unit_key *unit, const struct have *have)
{
    struct bytes body = {0};

    flat_str(&body, peer);
    flat_str(&body, carrier);
    put_unit(&body, unit);
    have_put(have, &body);
    remember(b, carrier, &body);
    queue(b, B_SAYS, &body);
    bytes_clear(&body);
}

void back_part(struct back *b, const char *peer, const struct unit_key *unit,
               const struct part_request *r)
{
    struct bytes body = {0};

    flat_str(&body, peer);
    put_unit(&body, unit);
    part_request_put(r, &body);
    queue(b, B_PART, &body);
    bytes_clear(&body);
}

void back_reconcile(struct back *b, const char *peer, const struct unit_key *unit,
                    const struct reconcile_ask *ask)
{
    struct bytes body = {0};

    flat_str(&body, peer);
    put_unit(&body, unit);
    reconcile_ask_put(ask, &body);
    queue(b, B_RECONCILE, &body);
    bytes_clear(&body);
}

bool back_next(struct back *b, struct span *answer)
{
    struct err e = {0};
    int type = 0;

    if (b->pid <= 0) {
        if (clock_ms() - b->started >= AGAIN_MS)
            start_again(b);
        return false;
    }
    if (!duplex_flush(&b->ch, &e) || !duplex_next(&b->ch, false, &type, answer, &e)) {
        gone(b, &e);
        return false;
    }
    return type == B_ANSWER;
}
