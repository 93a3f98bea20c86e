#include "aggregator/feed/server.h"

#include "aggregator/child.h"
#include "aggregator/feed/consumers.h"
#include "aggregator/feed/sealer.h"
#include "aggregator/feed/shelf.h"
#include "aggregator/store/oplog.h"
#include "aggregator/store/reconcile_pg.h"
#include "aggregator/store/store_pg.h"
#include "proto/base/clock.h"
#include "proto/base/flat.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TICK_MS = 250,
    ROUND = 32,           /* messages, then keys and pages are looked at */
    SAY_AGAIN_MS = 60000, /* an alarm that lasts */
    CONSUMERS_SEEN = FEED_CONSUMERS,
};

struct state {
    const struct settings *settings;
    struct duplex net;
    struct store_pg_ctx *store;
    struct pg *pg; /* the store's, as last seen; another one: everything is read afresh */
    bool away;     /* the database, as last logged */
    struct consumers consumers;
    bool have_consumers;
    struct hash province;
    bool have_province;
    struct shelf shelf;
    int lock; /* -1: another process seals */
    struct signer signer;
    struct sealer sealer;
    bool sealing; /* the sealer is open on this connection */
    int64_t alarmed;
    struct reconcile_held held;
    struct { /* who opened a session, so that each stands in the audit once */
        char peer[65];
        enum feed_chain chain;
    } seen[CONSUMERS_SEEN];
    size_t next_seen;
};

/* ---- the database ---- */

static bool database(struct state *s, struct err *e)
{
    if (!store_pg_up(s->store, e))
        return false;
    if (s->store->pg != s->pg) {
        s->pg = s->store->pg;
        s->sealing = false;
        shelf_clear(&s->shelf); /* it may be a restored one */
    }
    return true;
}

static void went(struct state *s, bool ok, const struct err *e)
{
    if (!ok && e->kind == ERR_RETRY) {
        store_pg_drop(s->store);
        s->pg = NULL;
        s->sealing = false;
    }
    if (ok == !s->away || (!ok && e->kind != ERR_RETRY))
        return;
    s->away = !ok;
    if (ok)
        log_event(LOG_INFO, "database_back");
    else
        log_event(LOG_ERROR, "database_away error=\"%s\"", e->text);
}

/* At most once a minute: it lasts until somebody does something. */
static void alarm_once(struct state *s, const char *what, const struct err *e)
{
    if (s->alarmed != 0 && clock_ms() - s->alarmed < SAY_AGAIN_MS)
        return;
    s->alarmed = clock_ms();
    log_event(LOG_ALARM, "%s error=\"%s\"", what, e->text);
}

static PRINTF_LIKE(4) void audit(struct state *s, const char *what,
                                 const struct consumer *who, const char *fmt, ...)
{
    struct bytes detail = {0};
    struct err e = {0};
    char words[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(words, sizeof words, fmt, ap);
    va_end(ap);
    bytes_printf(&detail, "consumer=%s %s", who->code, words);
    if (!store_pg_audit(s->store, what, bytes_cstr(&detail), clock_wall(), &e))
        log_event(LOG_ERROR, "audit_failed error=\"%s\"", e.text);
    bytes_clear(&detail);
}

/* ---- answers ---- */

static void send(struct state *s, const char *peer, const struct message *m)
{
    struct bytes packed = {0}, b = {0};
    struct err e = {0};

    wire_pack_message(m, &packed);
    flat_str(&b, peer);
    flat_bytes(&b, span_of(&packed));
    if (!duplex_send(&s->net, W_ANSWER, span_of(&b), &e))
        _exit(EXIT_LATER); /* net is gone, and we with it */
    bytes_clear(&packed);
    bytes_clear(&b);
}

static void refuse(struct state *s, const char *peer, enum feed_refusal_reason why,
                   const struct feed_cursor *page, const char *detail)
{
    const struct message m = {
        .kind = MSG_FEED_REFUSAL,
        .feed_refusal = {.reason = why,
                         .detail = detail,
                         .page = page != NULL ? *page : (struct feed_cursor){0}}
    };

    send(s, peer, &m);
}

/* ---- opening ---- */

static void note_opened(struct state *s, const char *peer, const struct consumer *who,
                        const struct feed_open *o)
{
    for (size_t i = 0; i < CONSUMERS_SEEN; i++)
        if (strcmp(s->seen[i].peer, peer) == 0 && s->seen[i].chain == o->after.chain)
            return;
    snprintf(s->seen[s->next_seen].peer, sizeof s->seen[0].peer, "%s", peer);
    s->seen[s->next_seen].chain = o->after.chain;
    s->next_seen = (s->next_seen + 1) % CONSUMERS_SEEN;
    log_event(LOG_INFO, "consumer code=%s chain=%s after=%" PRIu64 ".%" PRIu64, who->code,
              feed_chain_word(o->after.chain), o->after.epoch, o->after.page);
    audit(s, "feed_opened", who, "chain=%s after=%" PRIu64 ".%" PRIu64,
          feed_chain_word(o->after.chain), o->after.epoch, o->after.page);
}

static bool later(const struct feed_cursor *a, const struct feed_cursor *b)
{
    return a->epoch != b->epoch ? a->epoch > b->epoch : a->page > b->page;
}

static bool at_same(const struct feed_cursor *a, const struct feed_cursor *b)
{
    return a->epoch == b->epoch && a->page == b->page;
}

/* Where the cursor, which is not behind our newest page, stands among our pages. */
static bool place(struct state *s, const struct feed_cursor *after, struct feed_state *st,
                  struct err *e)
{
    struct feed_cursor ours;

    if (!page_upto(s->pg, after, &ours, e))
        return false;
    if (at_same(&ours, after) && (!after->has_hash || hash_eq(&ours.hash, &after->hash)))
        return page_behind(s->pg, after, &st->next, e);
    if (at_same(&ours,
                after)) { /* another page bears this number: the one before may do */
        ours.page--;
        if (!page_upto(s->pg, &ours, &st->fork, e))
            return false;
    } else {
        st->fork = ours;
    }
    st->fork.chain = after->chain;
    return true;
}

static bool open_feed(struct state *s, const char *peer, const struct consumer *who,
                      const struct feed_open *o, struct err *e)
{
    struct message m = {.kind = MSG_FEED_STATE};
    struct feed_state *st = &m.feed_state;

    if (!page_newest(s->pg, o->after.chain, &st->newest, e))
        return false;
    if (o->after.page > 0 && later(&o->after, &st->newest)) {
        char detail[128];

        snprintf(detail, sizeof detail,
                 "page %" PRIu64 ".%" PRIu64 " is not there: the newest is %" PRIu64
                 ".%" PRIu64,
                 o->after.epoch, o->after.page, st->newest.epoch, st->newest.page);
        audit(s, "feed_refused", who, "reason=future chain=%s after=%" PRIu64 ".%" PRIu64,
              feed_chain_word(o->after.chain), o->after.epoch, o->after.page);
        refuse(s, peer, FEED_REFUSAL_FUTURE, &o->after, detail);
        return true;
    }
    if (o->after.page == 0 ? !page_behind(s->pg, &o->after, &st->next, e)
                           : !place(s, &o->after, st, e))
        return false;
    note_opened(s, peer, who, o);
    st->version = FEED_VERSION;
    st->province = s->province;
    st->time = clock_wall();
    if (st->newest.page == 0)
        st->newest.chain = FEED_CHAIN_NONE;
    if (st->next.page == 0)
        st->next.chain = FEED_CHAIN_NONE;
    send(s, peer, &m);
    return true;
}

/* ---- parts ---- */

static bool send_part(struct state *s, const char *peer, const struct feed_request *r,
                      struct err *e)
{
    struct span file;
    bool found;
    struct message m = {
        .kind = MSG_FEED_PART, .feed_part = {.page = r->page, .offset = r->offset}
    };
    size_t left;

    if (!shelf_page(&s->shelf, s->pg, &r->page, &file, &found, e))
        return false;
    if (!found || r->offset >= file.n) {
        struct feed_cursor newest;

        if (!page_newest(s->pg, r->page.chain, &newest, e))
            return false;
        refuse(s, peer,
               later(&r->page, &newest) ? FEED_REFUSAL_FUTURE : FEED_REFUSAL_UNKNOWN,
               &r->page, found ? "asked for behind the end" : "there is no such page");
        return true;
    }
    left = file.n - r->offset;
    m.feed_part.page.has_hash = false;
    m.feed_part.total = (uint32_t)file.n;
    m.feed_part.data =
        (struct span){file.p + r->offset, left < FEED_PART ? left : FEED_PART};
    send(s, peer, &m);
    return true;
}

/* ---- messages ---- */

static bool may(struct state *s, const char *peer, const struct consumer *who,
                const struct feed_cursor *page)
{
    if (consumer_may(who, page->chain))
        return true;
    audit(s, "feed_refused", who, "reason=right chain=%s", feed_chain_word(page->chain));
    refuse(s, peer, FEED_REFUSAL_RIGHT, page, "this key may read publications alone");
    return false;
}

/* Who reads the full chain may ask about every unit, as far as the chain carries items.
 */
static bool reconcile(struct state *s, const char *peer, const struct consumer *who,
                      const struct reconcile_ask *ask, struct err *e)
{
    const struct feed_cursor full = {.chain = FEED_FULL};
    struct message m = {.kind = MSG_RECONCILE_ANSWER};
    struct reconcile_ask fed = *ask;
    struct arena a = {0};
    bool ok;

    if (!may(s, peer, who, &full))
        return true;
    fed.fed = true; /* whatever was asked: the answer says so */
    ok = reconcile_held_answer(&s->held, s->pg, &fed, &a, &m.reconcile_answer, e);
    if (ok)
        send(s, peer, &m);
    arena_clear(&a);
    return ok;
}

static bool answer(struct state *s, const char *peer, const struct consumer *who,
                   const struct message *m, struct err *e)
{
    switch (m->kind) {
    case MSG_FEED_OPEN:
        if (m->feed_open.version == 0 || m->feed_open.version > FEED_VERSION) {
            refuse(s, peer, FEED_REFUSAL_VERSION, &m->feed_open.after,
                   "pages of version 1 are all there is");
            return true;
        }
        if (!hash_eq(&m->feed_open.province, &s->province)) {
            audit(s, "feed_refused", who, "reason=province");
            refuse(s, peer, FEED_REFUSAL_PROVINCE, &m->feed_open.after,
                   "another genesis was pinned");
            return true;
        }
        return !may(s, peer, who, &m->feed_open.after) ||
               open_feed(s, peer, who, &m->feed_open, e);
    case MSG_FEED_REQUEST:
        return !may(s, peer, who, &m->feed_request.page) ||
               send_part(s, peer, &m->feed_request, e);
    case MSG_RECONCILE_ASK:
        return reconcile(s, peer, who, &m->reconcile_ask, e);
    default:
        return true; /* a newer consumer says what this release does not know */
    }
}

static void take(struct state *s, struct span body)
{
    struct flat f = {body.p, body.n, false};
    struct arena a = {0};
    struct err e = {0};
    const char *peer = flat_get_str(&f, &a);
    const char *curve = flat_get_str(&f, &a);
    struct span wire = flat_get_bytes(&f);
    const struct consumer *who = consumer_of(&s->consumers, curve);
    struct message m;
    bool ok;

    if (f.bad || who == NULL)
        goto out;
    if (!wire_read_message(wire, &a, &m, &e)) {
        log_event(LOG_WARN, "message_rejected consumer=%s detail=\"%s\"", who->code,
                  e.text);
        audit(s, "feed_refused", who, "reason=malformed %s", e.text);
        goto out;
    }
    ok = database(s, &e) && s->have_province && answer(s, peer, who, &m, &e);
    went(s, ok || e.kind == ERR_NONE, &e);
    if (ok)
        goto out;
    if (e.kind == ERR_SETUP)
        alarm_once(s, "feed", &e);
    refuse(s, peer, FEED_REFUSAL_BUSY, NULL,
           e.kind == ERR_SETUP ? "this page cannot be made again: the province must look"
                               : "the database is away");
out:
    arena_clear(&a);
}

/* ---- keys ---- */

static bool same_keys(const struct consumers *a, const struct consumers *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->list[i].curve, b->list[i].curve) != 0)
            return false;
    return true;
}

static void give_keys(struct state *s)
{
    struct bytes b = {0};
    struct err e = {0};

    flat_i64(&b, (int64_t)s->consumers.n);
    for (size_t i = 0; i < s->consumers.n; i++)
        flat_str(&b, s->consumers.list[i].curve);
    if (!duplex_send(&s->net, W_KEYS, span_of(&b), &e))
        _exit(EXIT_LATER);
    bytes_clear(&b);
}

static bool refresh(struct state *s, struct err *e)
{
    struct consumers now = {0};
    struct pubkey key;

    if (!s->have_province && !oplog_identity(s->pg, &s->province, &key, e))
        return false;
    s->have_province = true;
    if (!consumers_load(&now, s->pg, e))
        return false;
    if (s->have_consumers && same_keys(&now, &s->consumers)) {
        consumers_clear(&s->consumers);
        s->consumers = now; /* a right may have changed */
        return true;
    }
    consumers_clear(&s->consumers);
    s->consumers = now;
    s->have_consumers = true;
    give_keys(s);
    log_event(LOG_INFO, "consumers n=%zu", s->consumers.n);
    return true;
}

/* ---- sealing ---- */

/* The signer starts behind the lock: nobody else writes its logs then. */
static bool may_seal(struct state *s, struct err *e)
{
    char *key, *lock, *full, *publications;
    bool ok;

    if (s->lock >= 0)
        return true;
    lock = settings_path(s->settings, "feed.lock");
    ok = feed_lock(lock, &s->lock, e);
    free(lock);
    if (!ok)
        return false;
    key = settings_path(s->settings, "keys/receipt.sign");
    full = settings_path(s->settings, "feed-full.log");
    publications = settings_path(s->settings, "feed-publications.log");
    ok = signer_start_feed(&s->signer, key, full, publications, e);
    free(key);
    free(full);
    free(publications);
    if (!ok) { /* who has no signer keeps nobody else from sealing */
        close(s->lock);
        s->lock = -1;
    }
    return ok;
}

static void check_signer(struct state *s, const struct err *e)
{
    if (s->signer.pid > 0 && waitpid(s->signer.pid, NULL, WNOHANG) == s->signer.pid) {
        log_event(LOG_ALARM, "signer_gone error=\"%s\"", e->text);
        _exit(EXIT_LATER); /* rows that are written are signed first at the next start */
    }
}

/* *more: there is another page to seal at once. */
static bool seal(struct state *s, bool *more, struct err *e)
{
    size_t sealed = 0;
    bool ok;

    *more = false;
    if (!may_seal(s, e))
        return e->kind == ERR_RETRY; /* feed export does what there is to do */
    if (!s->sealing) {
        sealer_close(&s->sealer);
        if (!sealer_open(&s->sealer, s->pg, &s->signer, e)) {
            check_signer(s, e);
            return false;
        }
        s->sealing = true;
    }
    ok = sealer_step(&s->sealer, false, &sealed, e);
    if (!ok)
        check_signer(s, e);
    *more = ok && sealed > 0;
    return ok;
}

static bool tick(struct state *s)
{
    struct err e = {0};
    bool more = false, ok = database(s, &e) && refresh(s, &e) && seal(s, &more, &e);

    went(s, ok, &e);
    if (!ok && e.kind != ERR_RETRY)
        alarm_once(s, "feed", &e);
    if (ok)
        s->alarmed = 0;
    return more;
}

/* ---- the process ---- */

/* False: net is gone. *more: there is another message. */
static bool take_some(struct state *s, bool *more)
{
    struct bytes taken = {0};
    size_t n = 0, bytes = 0;
    struct err e = {0};
    bool alive = true;

    *more = true;
    while (n < ROUND) {
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
        n++;
        take(s, body);
    }
    if (alive && n > 0) {
        flat_i64(&taken, (int64_t)n);
        flat_i64(&taken, (int64_t)bytes);
        alive = duplex_send(&s->net, W_TAKEN, span_of(&taken), &e);
    }
    bytes_clear(&taken);
    return alive;
}

static int server_main(int fd, const struct settings *settings)
{
    struct state s = {.settings = settings, .lock = -1};
    bool more = false;
    int64_t next = 0;

    duplex_open(&s.net, fd);
    store_pg_open(&s.store, settings->db_feed, "feed");
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};

        if (poll(&p, 1, more ? 0 : TICK_MS) < 0 && errno != EINTR)
            return EXIT_FAILED;
        if (!take_some(&s, &more))
            return EXIT_DONE; /* net is gone */
        if (clock_ms() >= next)
            next = tick(&s) ? 0 : clock_ms() + TICK_MS;
        more = more || next == 0;
    }
}

bool feed_server_start(struct worker *w, const struct settings *s, struct err *e)
{
    int fd;

    if (!child_fork("htx-feed", &w->pid, &fd, e))
        return false;
    if (w->pid == 0) {
        log_init("htx-feed", s->log_level);
        _exit(server_main(fd, s));
    }
    duplex_open(&w->ch, fd);
    return true;
}
