#include "aggregator/ingest/worker.h"

#include "aggregator/child.h"
#include "aggregator/ingest/back.h"
#include "aggregator/ingest/ingest.h"
#include "aggregator/ingest/parser.h"
#include "aggregator/ingest/signer.h"
#include "proto/base/clock.h"
#include "proto/base/flat.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GROUP_BATCHES = 256, GROUP_BYTES = 4 * 1024 * 1024 };
enum { HANDED_BACK = 64 /* of the back flow, between two groups */ };

struct state {
    const struct settings *settings;
    struct duplex net;
    struct parser parser;
    struct signer signer;
    struct back back;
    struct store_pg_ctx *store;
    struct ingest *ingest;
    struct hash catalogues; /* of what the parser was given last */
    bool away;              /* the database, as last logged */
};

/* One message of net, as long as its group is worked on. */
struct arrival {
    const char *peer, *carrier;
    struct span wire;
    struct parsed parsed;
};

/* -- ports of ingest ---------------------------------------------------------------- */

static bool port_sign(void *ctx, struct span statement, struct signature *out,
                      struct err *e)
{
    struct state *s = ctx;

    if (signer_sign(&s->signer, statement, out, e))
        return true;
    if (waitpid(s->signer.pid, NULL, WNOHANG) == s->signer.pid) {
        log_event(LOG_ALARM, "signer_gone error=\"%s\"", e->text);
        _exit(EXIT_LATER); /* what is committed is signed first at the next start */
    }
    return false;
}

static bool port_newest(void *ctx, uint64_t *epoch, uint64_t *number,
                        struct hash *statement, struct err *e)
{
    struct state *s = ctx;

    return signer_newest(&s->signer, epoch, number, statement, e);
}

static void port_answer(void *ctx, void *who, struct span message)
{
    struct state *s = ctx;
    struct bytes b = {0};
    struct err e = {0};

    flat_str(&b, who);
    flat_bytes(&b, message);
    if (!duplex_send(&s->net, W_ANSWER, span_of(&b), &e))
        _exit(EXIT_LATER); /* net is gone, and we with it */
    bytes_clear(&b);
}

static void give_keys(struct state *s, const struct context *c)
{
    struct bytes b = {0};
    struct err e = {0};
    int64_t n = 0;

    for (size_t i = 0; i < c->n_keys; i++)
        n += strcmp(c->keys[i].use, "curve") == 0;
    flat_i64(&b, n);
    for (size_t i = 0; i < c->n_keys; i++)
        if (strcmp(c->keys[i].use, "curve") == 0)
            flat_str(&b, c->keys[i].public);
    if (!duplex_send(&s->net, W_KEYS, span_of(&b), &e))
        _exit(EXIT_LATER);
    bytes_clear(&b);
}

static void give_catalogues(struct state *s, const struct context *c)
{
    struct span *bundles = mem_array(c->n_catalogues, sizeof *bundles);
    struct bytes all = {0};
    struct hash now;
    struct err e = {0};

    for (size_t i = 0; i < c->n_catalogues; i++) {
        bundles[i] = c->catalogues[i].bundle;
        bytes_add(&all, c->catalogues[i].hash.b, HASH_LEN);
    }
    now = hash_of(DOMAIN_CATALOGUE, span_of(&all));
    if (!hash_eq(&now, &s->catalogues)) {
        if (parser_catalogues(&s->parser, bundles, c->n_catalogues, &e))
            s->catalogues = now;
        else
            log_event(LOG_ALARM, "catalogue_unreadable error=\"%s\"", e.text);
    }
    bytes_clear(&all);
    free(bundles);
}

static void port_changed(void *ctx, const struct context *c)
{
    struct state *s = ctx;

    give_catalogues(s, c);
    give_keys(s, c);
    log_event(LOG_INFO, "context control=%llu.%llu keys=%zu units=%zu periods=%zu",
              (unsigned long long)c->tip.control_epoch,
              (unsigned long long)c->tip.control_seq, c->n_keys, c->n_units,
              c->n_periods);
}

/* -- messages ----------------------------------------------------------------------- */

static void answer_bad(struct state *s, struct arrival *a)
{
    struct message m;
    struct bytes b = {0};

    if (a->parsed.not_now != NOT_NOW_NONE)
        m = (struct message){
            .kind = MSG_NOT_NOW,
            .not_now = {.batch = {.unit = {NULL, DATE_NONE}},
                        .reason = a->parsed.not_now,
                        .retry_after_ms = 60000}
        };
    else
        m = (struct message){
            .kind = MSG_REJECT,
            .reject = {.batch = {.unit = {NULL, DATE_NONE}},
                       .reason = REJECT_MALFORMED,
                       .detail = a->parsed.detail}
        };
    log_event(LOG_WARN, "message_rejected carrier=%s detail=\"%s\"", a->carrier,
              a->parsed.detail);
    wire_pack_message(&m, &b);
    port_answer(s, (void *)a->peer, span_of(&b));
    bytes_clear(&b);
}

static void audit_bad(struct state *s, const struct arrival *a)
{
    struct err e = {0};
    char *line = mem_printf("carrier=%s %s", a->carrier, a->parsed.detail);

    if (!store_pg.audit(s->store, "message_rejected", line, clock_wall(), &e))
        log_event(LOG_ERROR, "audit_failed error=\"%s\"", e.text);
    free(line);
}

static bool take_arrival(struct state *s, struct span body, struct arena *arena,
                         struct arrival *a)
{
    struct flat f = {body.p, body.n, false};
    struct err e = {0};
    struct span wire;

    a->peer = flat_get_str(&f, arena);
    a->carrier = flat_get_str(&f, arena);
    wire = flat_get_bytes(&f);
    if (f.bad)
        return false;
    a->wire = (struct span){(unsigned char *)arena_strn(arena, wire.p, wire.n), wire.n};
    if (!parser_parse(&s->parser, a->wire, arena, &a->parsed, &e))
        a->parsed =
            (struct parsed){.kind = PARSED_BAD,
                            .reject = REJECT_MALFORMED,
                            .not_now = e.kind == ERR_INPUT ? NOT_NOW_NONE : NOT_NOW_BUSY,
                            .detail = arena_str(arena, e.text)};
    return true;
}

static void log_store(struct state *s, bool ok, const struct err *e)
{
    if (ok == !s->away)
        return;
    s->away = !ok;
    if (ok)
        log_event(LOG_INFO, "database_back");
    else
        log_event(LOG_ERROR, "database_away error=\"%s\"", e->text);
}

/* A clock that went back must not make a late report punctual. */
static int32_t group_day(const struct state *s, int64_t now)
{
    const struct context *c = ingest_context(s->ingest);

    return settings_day(s->settings, now, c != NULL ? c->tip.time : 0);
}

/* A live key speaks for the unit it is enrolled for, whatever was written. */
static const struct unit_key *unit_of(const struct state *s, const struct arrival *a)
{
    const struct context *c = ingest_context(s->ingest);
    const struct ctx_key *key = c != NULL ? context_key(c, a->carrier) : NULL;

    return key != NULL && strcmp(key->use, "curve") == 0 ? &key->unit : NULL;
}

/* What a peer has or wants of the back flow is the other process's work. */
static void hand_on(struct state *s, const struct arrival *a)
{
    static const struct have nothing = {
        .unit = {"", DATE_NONE}
    };
    const struct unit_key *unit = unit_of(s, a);
    const struct hello *h = &a->parsed.hello;

    if (unit == NULL)
        return;
    if (a->parsed.kind == PARSED_HELLO)
        back_says(&s->back, a->peer, a->carrier, unit,
                  h->n_have > 0 ? &h->have[0] : &nothing);
    else if (a->parsed.kind == PARSED_HAVE)
        back_says(&s->back, a->peer, a->carrier, unit, &a->parsed.have);
    else
        back_part(&s->back, a->peer, unit, &a->parsed.part_request);
}

/* A key asks about the unit it is enrolled for, and no other. */
static void reconcile(struct state *s, const struct arrival *a)
{
    const struct unit_key *unit = unit_of(s, a), *asked = &a->parsed.reconcile.unit;
    struct bytes b = {0};
    struct message m = {
        .kind = MSG_REJECT,
        .reject = {.batch = {.unit = {NULL, DATE_NONE}},
                   .reason = REJECT_SPEAKER,
                   .detail = "a key asks only about its own unit"}
    };
    struct err e = {0};
    char *line;

    if (unit == NULL)
        return;
    if (asked->code[0] == 0 ||
        (strcmp(asked->code, unit->code) == 0 && asked->valid_from == unit->valid_from)) {
        back_reconcile(&s->back, a->peer, unit, &a->parsed.reconcile);
        return;
    }
    line = mem_printf("carrier=%s unit=%s asked=%s", a->carrier, unit->code, asked->code);
    log_event(LOG_WARN, "reconcile_rejected %s", line);
    if (!store_pg.audit(s->store, "reconcile_rejected", line, clock_wall(), &e))
        log_event(LOG_ERROR, "audit_failed error=\"%s\"", e.text);
    free(line);
    wire_pack_message(&m, &b);
    port_answer(s, (void *)a->peer, span_of(&b));
    bytes_clear(&b);
}

/* False: there is more, after the batches that wait. */
static bool hand_back(struct state *s)
{
    struct span answer;
    struct err e = {0};

    for (int i = 0; i < HANDED_BACK; i++) {
        if (!back_next(&s->back, &answer))
            return true;
        if (!duplex_send(&s->net, W_ANSWER, answer, &e))
            _exit(EXIT_LATER);
    }
    return false;
}

static void work_off(struct state *s, struct arrival *list, size_t n)
{
    struct ingest_batch *batches = mem_array(n, sizeof *batches);
    size_t n_batches = 0, items = 0;
    int64_t now = clock_wall();
    struct err e = {0};

    for (size_t i = 0; i < n; i++) {
        struct arrival *a = &list[i];

        switch (a->parsed.kind) {
        case PARSED_HELLO:
            if (ingest_hello(s->ingest, &a->parsed.hello, a->carrier, (void *)a->peer,
                             now))
                hand_on(s, a);
            break;
        case PARSED_HAVE:
        case PARSED_PART_REQUEST:
            hand_on(s, a);
            break;
        case PARSED_RECONCILE:
            reconcile(s, a);
            break;
        case PARSED_BATCH:
            items += a->parsed.n_items;
            batches[n_batches++] =
                (struct ingest_batch){&a->parsed, a->wire, a->carrier, (void *)a->peer};
            break;
        case PARSED_BAD:
            answer_bad(s, a);
            audit_bad(s, a);
            break;
        case PARSED_OTHER:
            break; /* a newer collector says what this release does not know */
        }
    }
    if (n_batches > 0) {
        bool ok = ingest_group(s->ingest, batches, n_batches, now, group_day(s, now), &e);

        log_store(s, ok, &e);
        log_event(LOG_DEBUG, "group batches=%zu items=%zu ok=%d", n_batches, items, ok);
    }
    for (size_t i = 0; i < n; i++)
        parsed_clear(&list[i].parsed);
    free(batches);
}

/*
 * Takes what waits, at most one group; more: it was full, and what is behind it may have
 * been read already, so that no poll will tell of it. False: net is gone.
 */
static bool take_group(struct state *s, bool *more)
{
    struct arrival *list = mem_array(GROUP_BATCHES, sizeof *list);
    struct arena arena = {0};
    struct bytes taken = {0};
    size_t n = 0, bytes = 0, items = 0;
    struct err e = {0};
    bool alive = true;

    *more = true;
    while (n < GROUP_BATCHES && bytes < GROUP_BYTES && items < INGEST_GROUP_ITEMS) {
        struct span body;
        int type;

        alive = duplex_next(&s->net, false, &type, &body, &e);
        if (!alive || type == 0) {
            *more = false;
            break;
        }
        if (type != W_BATCH)
            continue;
        bytes += body.n;
        if (!take_arrival(s, body, &arena, &list[n]))
            continue;
        items += list[n].parsed.n_items;
        n++;
    }
    if (n > 0) {
        work_off(s, list, n);
        flat_i64(&taken, (int64_t)n);
        flat_i64(&taken, (int64_t)bytes);
        alive = duplex_send(&s->net, W_TAKEN, span_of(&taken), &e);
    }
    bytes_clear(&taken);
    arena_clear(&arena);
    free(list);
    return alive;
}

static int worker_main(int fd, const struct settings *settings)
{
    struct state s = {.settings = settings};
    struct ingest_ports ports = {.store = &store_pg,
                                 .sign = port_sign,
                                 .newest = port_newest,
                                 .sign_ctx = &s,
                                 .answer = port_answer,
                                 .answer_ctx = &s,
                                 .changed = port_changed,
                                 .changed_ctx = &s};
    char *key = settings_path(settings, "keys/receipt.sign");
    char *log = settings_path(settings, "signer.log");
    int64_t next = 0;
    bool more = false, handed = true;
    struct err e = {0};

    duplex_open(&s.net, fd);
    /* children first: they inherit nothing that we open later */
    if (!parser_start(&s.parser, &e) || !signer_start(&s.signer, key, log, &e) ||
        !back_start(&s.back, settings, &e)) {
        log_event(LOG_ERROR, "start error=\"%s\"", e.text);
        return err_exit(&e);
    }
    store_pg_open(&s.store, settings->db_serve, "serve");
    ports.store_ctx = s.store;
    ingest_open(&s.ingest, &ports);
    for (;;) {
        struct pollfd p[] = {
            {.fd = fd,               .events = POLLIN},
            {.fd = back_fd(&s.back), .events = POLLIN}
        };

        if (poll(p, COUNT(p), more || !handed ? 0 : WORKER_TICK_MS) < 0 && errno != EINTR)
            return EXIT_FAILED;
        handed = hand_back(&s);
        if ((more || (p[0].revents & (POLLIN | POLLHUP)) != 0) &&
            !take_group(&s, &more)) {
            ingest_idle(s.ingest); /* keep the last signatures: the key may change now */
            return EXIT_DONE;
        }
        if (clock_ms() >= next) {
            bool ok = ingest_refresh(s.ingest, &e);

            if (!ok && e.kind == ERR_SETUP)
                log_event(LOG_ALARM, "context error=\"%s\"", e.text);
            log_store(&s, ok, &e);
            ingest_idle(s.ingest);
            next = clock_ms() + WORKER_TICK_MS;
        }
    }
}

bool worker_start(struct worker *w, const struct settings *s, struct err *e)
{
    int fd;

    if (!child_fork("htx-ingest", &w->pid, &fd, e))
        return false;
    if (w->pid == 0) {
        log_init("htx-ingest", s->log_level);
        _exit(worker_main(fd, s));
    }
    duplex_open(&w->ch, fd);
    return true;
}

void worker_stop(struct worker *w)
{
    if (w->pid <= 0)
        return;
    duplex_close(&w->ch); /* it ends after its present group */
    while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    w->pid = 0;
}
