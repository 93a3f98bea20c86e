#include "aggregator/ministry/fetch.h"

#include "proto/base/text.h"

#include <inttypes.h>

void fetch_init(struct fetch *f, const struct hash *province,
                void (*send)(void *ctx, struct span message), void *ctx)
{
    *f = (struct fetch){.province = *province, .send = send, .ctx = ctx};
}

static void drop(struct fetch *f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bytes_clear(&f->pages[i].file);
    for (size_t i = n; i < f->n; i++)
        f->pages[i - n] = f->pages[i];
    for (size_t i = f->n - n; i < f->n; i++)
        f->pages[i] = (struct fetch_page){0};
    f->n -= n;
}

void fetch_clear(struct fetch *f)
{
    drop(f, f->n);
}

static void out(struct fetch *f, const struct message *m, int64_t now)
{
    struct bytes b = {0};

    wire_pack_message(m, &b);
    f->heard = now;
    f->send(f->ctx, span_of(&b));
    bytes_clear(&b);
}

static void broken(struct fetch *f, const char *what)
{
    f->state = FETCH_BROKEN;
    snprintf(f->detail, sizeof f->detail, "%.190s", what);
    drop(f, f->n);
}

/* ---- asking ---- */

void fetch_ask(struct fetch *f, const struct feed_cursor *at, int64_t now)
{
    const struct message m = {
        .kind = MSG_FEED_OPEN,
        .feed_open = {.version = FEED_VERSION,
                      .province = f->province,
                      .after = *at,
                      .program = "htx-aggregator pull"}
    };

    drop(f, f->n);
    f->at = *at;
    f->state = FETCH_ASKING;
    f->detail[0] = 0;
    out(f, &m, now);
}

static void request(struct fetch *f, struct fetch_page *p, int64_t now)
{
    const struct message m = {
        .kind = MSG_FEED_REQUEST,
        .feed_request = {
                         .page = {.chain = f->at.chain, .epoch = p->epoch, .page = p->page},
                         .offset = (uint32_t)p->file.n}
    };

    p->asked = true;
    out(f, &m, now);
}

/*
 * Asks for what may come now. Pages of the newest epoch are known to be there up to the
 * newest one; of an earlier epoch only the next one is, the answer to the next question
 * names those behind. A page that turns out large waits, its first part at hand, until
 * those in front of it are taken.
 */
static void more(struct fetch *f, int64_t now)
{
    size_t bytes = 0;

    for (size_t i = 0; i < f->n; i++) {
        struct fetch_page *p = &f->pages[i];

        bytes += p->total;
        if (!p->asked && p->file.n < p->total && (i == 0 || bytes <= FETCH_BYTES))
            request(f, p, now);
    }
    while (f->n > 0 && f->n < FETCH_AHEAD && bytes < FETCH_BYTES) {
        const struct fetch_page *last = &f->pages[f->n - 1];
        struct fetch_page *next = &f->pages[f->n];

        if (last->epoch != f->newest.epoch || last->page >= f->newest.page)
            break;
        *next = (struct fetch_page){.epoch = last->epoch, .page = last->page + 1};
        f->n++;
        request(f, next, now);
    }
}

static bool same_page(const struct feed_cursor *a, const struct feed_cursor *b)
{
    return a->epoch == b->epoch && a->page == b->page;
}

static void take_state(struct fetch *f, const struct feed_state *s, int64_t now)
{
    if (f->state != FETCH_ASKING)
        return;
    f->heard = now;
    if (!hash_eq(&s->province, &f->province)) {
        broken(f, "it is the feed of another province");
        return;
    }
    f->newest = s->newest;
    f->fork = s->fork;
    if (s->fork.chain != FEED_CHAIN_NONE) {
        f->state = FETCH_FORKED;
        return;
    }
    if (s->next.chain == FEED_CHAIN_NONE) {
        f->state = FETCH_END;
        return;
    }
    if (s->next.chain != f->at.chain || s->next.page == 0 ||
        same_page(&s->next, &f->at)) {
        broken(f, "it names a next page that cannot be");
        return;
    }
    f->state = FETCH_LOADING;
    f->pages[0] = (struct fetch_page){.epoch = s->next.epoch, .page = s->next.page};
    f->n = 1;
    request(f, &f->pages[0], now);
    more(f, now);
}

/* ---- parts ---- */

static struct fetch_page *find(struct fetch *f, const struct feed_cursor *c)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->pages[i].epoch == c->epoch && f->pages[i].page == c->page)
            return &f->pages[i];
    return NULL;
}

static void take_part(struct fetch *f, const struct feed_part *part, int64_t now)
{
    struct fetch_page *p = find(f, &part->page);

    if (f->state != FETCH_LOADING || p == NULL || !p->asked ||
        part->page.chain != f->at.chain || part->offset != p->file.n)
        return;
    f->heard = now;
    if (part->total == 0 || part->total > FEED_FILE ||
        (p->total != 0 && part->total != p->total) || part->data.n == 0 ||
        part->data.n > part->total - part->offset) {
        broken(f, "a part that does not fit its page");
        return;
    }
    p->total = part->total;
    p->asked = false;
    bytes_add(&p->file, part->data.p, part->data.n);
    more(f, now);
}

static void quote(struct fetch *f, const char *before, const char *detail)
{
    char words[151];

    snprintf(f->detail, sizeof f->detail, "%s: %s", before,
             text_quote(words, sizeof words, detail));
}

static void take_refusal(struct fetch *f, const struct feed_refusal *r, int64_t now)
{
    if (f->state != FETCH_ASKING && f->state != FETCH_LOADING)
        return;
    f->heard = now;
    if (r->reason == FEED_REFUSAL_BUSY) /* asked again when the poll comes */
        quote(f, "busy", r->detail);
    else
        quote(f,
              *feed_refusal_word(r->reason) != 0 ? feed_refusal_word(r->reason)
                                                 : "refused",
              r->detail);
    f->refusal = r->reason;
    f->state = FETCH_REFUSED;
    drop(f, f->n);
}

void fetch_message(struct fetch *f, struct span message, int64_t now)
{
    struct arena a = {0};
    struct message m;
    struct err e = {0};

    if (!wire_read_message(message, &a, &m, &e))
        broken(f, e.text);
    else if (m.kind == MSG_FEED_STATE)
        take_state(f, &m.feed_state, now);
    else if (m.kind == MSG_FEED_PART)
        take_part(f, &m.feed_part, now);
    else if (m.kind == MSG_FEED_REFUSAL)
        take_refusal(f, &m.feed_refusal, now);
    arena_clear(&a);
}

bool fetch_waits(const struct fetch *f)
{
    bool asked = f->state == FETCH_ASKING;

    for (size_t i = 0; i < f->n && f->state == FETCH_LOADING; i++)
        asked |= f->pages[i].asked;
    return asked;
}

/* ---- handing over ---- */

size_t fetch_ready(const struct fetch *f, struct span *files, size_t max)
{
    size_t n = 0;

    while (n < max && n < f->n && f->pages[n].total != 0 &&
           f->pages[n].file.n == f->pages[n].total) {
        files[n] = span_of(&f->pages[n].file);
        n++;
    }
    return n;
}

void fetch_taken(struct fetch *f, size_t n, const struct feed_cursor *at, int64_t now)
{
    struct fetch_page last = f->n > 0 ? f->pages[f->n - 1] : (struct fetch_page){0};

    drop(f, n);
    f->at = *at;
    if (f->n > 0) {
        more(f, now);
        return;
    }
    /* the front is empty: go on behind it while more are known to be there */
    if (last.epoch == f->newest.epoch && last.page < f->newest.page) {
        f->pages[0] = (struct fetch_page){.epoch = last.epoch, .page = last.page + 1};
        f->n = 1;
        request(f, &f->pages[0], now);
        more(f, now);
        return;
    }
    fetch_ask(f, at, now);
}
