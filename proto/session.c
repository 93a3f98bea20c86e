#include "proto/session.h"

#include <stdlib.h>

enum way { /* of one batch */
           WAY_UNSENT,
           WAY_LOADING, /* the caller was asked for its bytes */
           WAY_SENT,
           WAY_WAITING, /* not now: again at `at` */
};

struct slot { /* a batch without all its receipts */
    uint64_t number;
    enum way way;
    int64_t at; /* WAY_SENT: answer expected by; WAY_WAITING: send again at */
};

struct session {
    struct session_config conf;
    char *unit_code;
    bool linked, welcomed, stopped;
    uint64_t epoch, sealed;
    uint64_t next; /* the first batch that has had no slot yet */
    uint64_t top;  /* the newest batch with all its receipts */
    struct hash newest;
    struct slot *slots; /* by number; those that wait do not count into the window */
    size_t n_slots;
    uint32_t credit;
    int64_t hello_by; /* when a welcome is overdue, or a stopped session tries again */
    unsigned failures;
    uint32_t jitter;
    enum not_now_reason waits_for;
    struct blob_ref wants[SESSION_WANTS]; /* the first one is on its way */
    size_t n_wants;
    struct bytes blob;    /* what came of it */
    struct bytes done;    /* the last one that was whole */
    int64_t part_at;      /* asked again then */
    unsigned part_losses; /* since the last part that came */
    struct session_action *queue;
    size_t n_queue, at_queue;
    char state_text[64];
};

void session_open(struct session **out, const struct session_config *c)
{
    struct session *s = mem_new(sizeof *s);

    s->conf = *c;
    s->unit_code = mem_str(c->unit.code);
    s->conf.unit.code = s->unit_code;
    s->jitter = c->jitter_seed | 1;
    *out = s;
}

void session_close(struct session **sp)
{
    struct session *s = *sp;

    if (s == NULL)
        return;
    free(s->unit_code);
    bytes_clear(&s->blob);
    bytes_clear(&s->done);
    free(s->slots);
    free(s->queue);
    free(s);
    *sp = NULL;
}

static void act(struct session *s, struct session_action a)
{
    if (s->at_queue == s->n_queue)
        s->at_queue = s->n_queue = 0;
    s->queue = mem_grow(s->queue, s->n_queue + 1, sizeof *s->queue);
    s->queue[s->n_queue++] = a;
}

bool session_next(struct session *s, struct session_action *a)
{
    if (s->at_queue == s->n_queue)
        return false;
    *a = s->queue[s->at_queue++];
    return true;
}

/* min * 2^failures up to max, then a random half of it: a storm spreads out. */
static int64_t backoff_of(struct session *s, unsigned failures)
{
    int64_t ms = s->conf.retry_min_ms;

    for (unsigned i = 0; i < failures && ms < s->conf.retry_max_ms; i++)
        ms *= 2;
    if (ms > s->conf.retry_max_ms)
        ms = s->conf.retry_max_ms;
    s->jitter ^= s->jitter << 13; /* xorshift: the seed is the caller's */
    s->jitter ^= s->jitter >> 17;
    s->jitter ^= s->jitter << 5;
    return ms / 2 + (int64_t)(s->jitter % (uint32_t)(ms / 2 + 1));
}

static int64_t backoff(struct session *s)
{
    return backoff_of(s, s->failures);
}

static struct slot *slot_of(struct session *s, uint64_t number)
{
    for (size_t i = 0; i < s->n_slots; i++)
        if (s->slots[i].number == number)
            return &s->slots[i];
    return NULL;
}

static bool any_waits(const struct session *s)
{
    for (size_t i = 0; i < s->n_slots; i++)
        if (s->slots[i].way == WAY_WAITING)
            return true;
    return false;
}

/* Takes in the next batches; one that waits for months keeps no other from its place. */
static void fill(struct session *s)
{
    size_t moving = 0;

    for (size_t i = 0; i < s->n_slots; i++)
        moving += s->slots[i].way != WAY_WAITING;
    for (; moving < SESSION_WINDOW && s->next <= s->sealed; moving++) {
        s->slots = mem_grow(s->slots, s->n_slots + 1, sizeof *s->slots);
        s->slots[s->n_slots++] = (struct slot){.number = s->next++};
    }
}

/* Everything behind this batch is to be sent. */
static void begin_behind(struct session *s, uint64_t number)
{
    s->n_slots = 0;
    s->next = number + 1;
    s->top = number;
}

/* The next moment at which something is due. */
static void plan(struct session *s)
{
    int64_t at = INT64_MAX;

    if (s->linked && !s->welcomed)
        at = s->hello_by;
    for (size_t i = 0; s->welcomed && i < s->n_slots; i++)
        if ((s->slots[i].way == WAY_SENT || s->slots[i].way == WAY_WAITING) &&
            s->slots[i].at < at)
            at = s->slots[i].at;
    if (s->welcomed && s->n_wants > 0 && s->part_at < at)
        at = s->part_at;
    if (at != INT64_MAX)
        act(s, (struct session_action){.kind = ACT_WAIT, .at = at});
}

static void send_more(struct session *s)
{
    uint32_t busy = 0;

    if (!s->linked || !s->welcomed || s->stopped)
        return;
    fill(s);
    for (size_t i = 0; i < s->n_slots; i++)
        busy += s->slots[i].way == WAY_LOADING || s->slots[i].way == WAY_SENT;
    for (size_t i = 0;
         i < s->n_slots && busy < s->credit && busy < (uint32_t)SESSION_WINDOW; i++) {
        if (s->slots[i].way != WAY_UNSENT)
            continue;
        s->slots[i].way = WAY_LOADING;
        busy++;
        act(s, (struct session_action){.kind = ACT_LOAD_BATCH,
                                       .epoch = s->epoch,
                                       .number = s->slots[i].number});
    }
}

static void say_hello(struct session *s, int64_t now)
{
    s->welcomed = false;
    s->hello_by = now + s->conf.hello_timeout_ms;
    act(s, (struct session_action){.kind = ACT_SEND_HELLO});
}

void session_linked(struct session *s, uint64_t epoch, uint64_t sealed, uint64_t done,
                    const struct hash *hash, int64_t now)
{
    s->linked = true;
    s->stopped = false;
    s->epoch = epoch;
    s->sealed = sealed;
    s->newest = *hash;
    begin_behind(s, done);
    say_hello(s, now);
    plan(s);
}

void session_unlinked(struct session *s, int64_t now)
{
    (void)now;
    s->linked = s->welcomed = false;
    s->at_queue = s->n_queue = 0; /* nothing of it can be carried out any more */
}

void session_sealed(struct session *s, uint64_t number, const struct hash *hash,
                    int64_t now)
{
    (void)now;
    if (number <= s->sealed)
        return;
    s->sealed = number;
    s->newest = *hash;
    send_more(s);
    plan(s);
}

void session_sent(struct session *s, uint64_t epoch, uint64_t number, int64_t now)
{
    struct slot *slot = epoch == s->epoch ? slot_of(s, number) : NULL;

    if (slot == NULL || slot->way != WAY_LOADING)
        return;
    slot->way = WAY_SENT;
    slot->at = now + s->conf.answer_timeout_ms;
    plan(s);
}

/* -- the back flow ------------------------------------------------------------------- */

static bool same_blob(const struct blob_ref *a, const struct blob_ref *b)
{
    return a->kind == b->kind && a->version == b->version && a->total == b->total &&
           hash_eq(&a->hash, &b->hash);
}

static void ask_part(struct session *s, int64_t now)
{
    if (!s->linked || !s->welcomed)
        return;
    act(s, (struct session_action){
               .kind = ACT_ASK_PART, .blob = s->wants[0], .offset = (uint32_t)s->blob.n});
    s->part_at = now + s->conf.hello_timeout_ms +
                 (s->part_losses > 0 ? backoff_of(s, s->part_losses) : 0);
}

/* Forgets the i-th want; the one behind the first begins afresh. */
static void drop_want(struct session *s, size_t i)
{
    if (i == 0) {
        s->blob.n = 0;
        s->part_losses = 0;
    }
    s->n_wants--;
    memmove(&s->wants[i], &s->wants[i + 1], (s->n_wants - i) * sizeof *s->wants);
}

void session_want(struct session *s, const struct blob_ref *blob, int64_t now)
{
    struct blob_ref own = *blob;
    bool begins = s->n_wants == 0;

    for (size_t i = 0; i < s->n_wants; i++)
        if (same_blob(&s->wants[i], blob))
            return; /* on its way */
    for (size_t i = s->n_wants; i > 0; i--)
        if (s->wants[i - 1].kind == blob->kind &&
            (blob->kind == BLOB_REGISTER || s->wants[i - 1].version == blob->version)) {
            begins = begins || i == 1;
            drop_want(s, i - 1);
        }
    own.unit =
        own.kind == BLOB_REGISTER ? s->conf.unit : (struct unit_key){"", DATE_NONE};
    if (s->n_wants < SESSION_WANTS) /* else it will be offered again */
        s->wants[s->n_wants++] = own;
    if (begins)
        ask_part(s, now);
    plan(s);
}

struct span session_blob(const struct session *s)
{
    return span_of(&s->done);
}

void session_kept(struct session *s)
{
    if (s->linked && s->welcomed)
        act(s, (struct session_action){.kind = ACT_SEND_HAVE});
}

static void whole_blob(struct session *s)
{
    enum domain domain =
        s->wants[0].kind == BLOB_CATALOGUE ? DOMAIN_CATALOGUE : DOMAIN_FILE;
    struct hash hash = hash_of(domain, span_of(&s->blob));
    struct blob_ref ref = s->wants[0];

    if (!hash_eq(&hash, &ref.hash)) {
        act(s, (struct session_action){
                   .kind = ACT_ALARM,
                   .text = "the parts do not make what the province offered"});
        drop_want(s, 0);
        return;
    }
    bytes_clear(&s->done);
    s->done = s->blob;
    s->blob = (struct bytes){0};
    drop_want(s, 0);
    act(s, (struct session_action){.kind = ACT_BLOB, .blob = ref});
}

static void part(struct session *s, const struct part *p, int64_t now)
{
    if (s->n_wants == 0 || !same_blob(&s->wants[0], &p->blob) || p->offset != s->blob.n ||
        p->data.n > s->wants[0].total - s->blob.n)
        return; /* late, or twice */
    bytes_add(&s->blob, p->data.p, p->data.n);
    s->part_losses = 0;
    if (s->blob.n == s->wants[0].total)
        whole_blob(s);
    if (s->n_wants > 0)
        ask_part(s, now);
}

static bool our_unit(const struct session *s, const struct unit_key *u)
{
    return strcmp(u->code, s->conf.unit.code) == 0 &&
           u->valid_from == s->conf.unit.valid_from;
}

/* What the province holds of our current epoch; NULL when nothing. */
static const struct head *our_head(const struct session *s, const struct welcome *w)
{
    for (size_t i = 0; i < w->n_heads; i++)
        if (w->heads[i].epoch == s->epoch && our_unit(s, &w->heads[i].unit))
            return &w->heads[i];
    return NULL;
}

/* A province that forgot what it receipted gets it again. */
static void rewind_to(struct session *s, uint64_t number)
{
    uint64_t first = s->n_slots > 0 ? s->slots[0].number : s->next;

    if (number < s->top)
        begin_behind(s, number < first ? number : first - 1);
}

static void welcomed(struct session *s, const struct welcome *w, int64_t now)
{
    const struct head *head = our_head(s, w);

    if (w->version != 1 || w->credit == 0) {
        s->hello_by = now + backoff(s);
        s->failures++;
        return;
    }
    if (head != NULL && head->number > s->sealed) {
        act(s,
            (struct session_action){.kind = ACT_NEW_EPOCH,
                                    .epoch = head->epoch,
                                    .number = head->number,
                                    .text = "the province holds batches that we do not: "
                                            "this outbox is an older copy"});
        s->hello_by = now + backoff(s);
        return;
    }
    if (head != NULL && head->number == s->sealed && !hash_eq(&head->hash, &s->newest)) {
        s->stopped = true;
        act(s, (struct session_action){.kind = ACT_ALARM,
                                       .epoch = head->epoch,
                                       .number = head->number,
                                       .reject = REJECT_EQUIVOCATION,
                                       .text = "the province holds another batch under "
                                               "this number"});
        return;
    }
    rewind_to(s, head == NULL ? 0 : head->number);
    s->welcomed = true;
    s->credit = w->credit;
    s->failures = 0;
    send_more(s);
    if (s->n_wants > 0)
        ask_part(s, now);
}

static void wait_slot(struct session *s, struct slot *slot, const struct not_now *n,
                      int64_t now)
{
    slot->way = WAY_WAITING;
    slot->at = now + backoff(s);
    if (n != NULL && now + n->retry_after_ms > slot->at)
        slot->at = now + n->retry_after_ms;
    if (s->failures < 16)
        s->failures++;
}

static void not_now(struct session *s, const struct not_now *n, int64_t now)
{
    struct slot *slot = slot_of(s, n->batch.number);

    s->waits_for = n->reason;
    if (n->batch.unit.code[0] == 0) { /* the whole session: say hello again later */
        s->welcomed = false;
        s->hello_by = now + backoff(s);
        if (s->failures < 16)
            s->failures++;
        return;
    }
    if (n->batch.epoch == s->epoch && slot != NULL)
        wait_slot(s, slot, n, now);
}

void session_message(struct session *s, const struct message *m, int64_t now)
{
    if (!s->linked)
        return;
    switch (m->kind) {
    case MSG_WELCOME:
        welcomed(s, &m->welcome, now);
        break;
    case MSG_RECEIPTS:
        if (m->receipts.n_not_now > 0) {
            struct not_now whole = m->receipts.not_now[0];

            whole.batch = m->receipts.batch;
            not_now(s, &whole, now);
            act(s, (struct session_action){.kind = ACT_NOT_NOW,
                                           .epoch = m->receipts.batch.epoch,
                                           .number = m->receipts.batch.number});
        }
        if (m->receipts.n > 0)
            act(s, (struct session_action){.kind = ACT_RECEIPTS,
                                           .epoch = m->receipts.batch.epoch,
                                           .number = m->receipts.batch.number});
        break;
    case MSG_NOT_NOW:
        not_now(s, &m->not_now, now);
        break;
    case MSG_REJECT:
        s->stopped = true;
        s->welcomed = false;
        s->hello_by = now + s->conf.retry_max_ms;
        act(s, (struct session_action){.kind = ACT_ALARM,
                                       .epoch = m->reject.batch.epoch,
                                       .number = m->reject.batch.number,
                                       .reject = m->reject.reason,
                                       .text = m->reject.detail});
        break;
    case MSG_NOTICE:
        act(s, (struct session_action){.kind = ACT_NOTICE});
        break;
    case MSG_OFFER:
        if (m->offer.blob.kind == BLOB_CATALOGUE || our_unit(s, &m->offer.blob.unit))
            act(s, (struct session_action){.kind = ACT_OFFER});
        break;
    case MSG_PART:
        part(s, &m->part, now);
        break;
    case MSG_NONE:
    case MSG_HELLO:
    case MSG_BATCH:
    case MSG_PART_REQUEST:
    case MSG_HAVE:
    case MSG_FEED_OPEN:
    case MSG_FEED_STATE:
    case MSG_FEED_REQUEST:
    case MSG_FEED_PART:
    case MSG_FEED_REFUSAL:
    case MSG_RECONCILE_ASK:
    case MSG_RECONCILE_ANSWER:
    case MSG_OTHER:
        break; /* not for us; a newer province may say more than we know */
    }
    plan(s);
}

void session_stored(struct session *s, uint64_t epoch, uint64_t number, bool complete,
                    int64_t now)
{
    struct slot *slot = epoch == s->epoch ? slot_of(s, number) : NULL;

    (void)now;
    if (slot == NULL || !complete)
        return;
    s->n_slots--;
    memmove(slot, slot + 1, (size_t)(s->slots + s->n_slots - slot) * sizeof *slot);
    if (number > s->top)
        s->top = number;
    s->failures = 0;
    if (!any_waits(s))
        s->waits_for = NOT_NOW_NONE;
    send_more(s);
    plan(s);
}

void session_again(struct session *s, int64_t now)
{
    for (size_t i = 0; i < s->n_slots; i++)
        if (s->slots[i].way == WAY_WAITING)
            s->slots[i].at = now;
    plan(s);
}

void session_tick(struct session *s, int64_t now)
{
    if (!s->linked)
        return;
    if (!s->welcomed) {
        if (now >= s->hello_by) {
            s->stopped = false;
            say_hello(s, now);
            s->hello_by += backoff(s);
        }
        plan(s);
        return;
    }
    for (size_t i = 0; i < s->n_slots; i++) {
        struct slot *slot = &s->slots[i];

        if (now < slot->at)
            continue;
        if (slot->way == WAY_SENT) /* no answer: it may be lost either way */
            wait_slot(s, slot, NULL, now);
        else if (slot->way == WAY_WAITING)
            slot->way = WAY_UNSENT;
    }
    if (s->n_wants > 0 && now >= s->part_at) {
        if (s->part_losses < 16)
            s->part_losses++;
        ask_part(s, now);
    }
    send_more(s);
    plan(s);
}

const char *session_state(const struct session *s)
{
    struct session *own = (struct session *)s; /* only the text buffer changes */
    uint64_t open = s->n_slots + (s->sealed + 1 - s->next);

    if (!s->linked)
        return "offline";
    if (s->stopped)
        return "stopped";
    if (!s->welcomed)
        return "greeting";
    if (open == 0)
        return "up_to_date";
    snprintf(own->state_text, sizeof own->state_text, "sending %llu",
             (unsigned long long)open);
    return own->state_text;
}

enum not_now_reason session_waits_for(const struct session *s)
{
    return s->waits_for;
}
