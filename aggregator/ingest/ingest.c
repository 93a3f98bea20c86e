#include "aggregator/ingest/ingest_own.h"

#include "aggregator/ingest/judge.h"
#include "aggregator/ingest/pasts.h"
#include "proto/base/crash.h"
#include "proto/base/log.h"
#include "proto/merkle.h"

#include <search.h>
#include <stdlib.h>

enum {
    RACES = 20,
    RETRY_MS = 1000,
    RETRY_WINDOW_MS = 60000,
    COMMIT_BYTES = 12 * 1024 * 1024, /* of leaves and findings; the bodies are less */
};

void ingest_open(struct ingest **out, const struct ingest_ports *ports)
{
    *out = mem_new(sizeof **out);
    (*out)->ports = *ports;
}

void ingest_close(struct ingest **in)
{
    if (*in == NULL)
        return;
    context_clear(&(*in)->ctx);
    pasts_catalogues_clear(&(*in)->cats);
    free((*in)->signs);
    free(*in);
    *in = NULL;
}

const struct context *ingest_context(const struct ingest *in)
{
    return in->have_ctx ? &in->ctx : NULL;
}

bool ingest_refresh(struct ingest *in, struct err *e)
{
    struct log_tip tip;

    if (!in->ports.store->tip(in->ports.store_ctx, &tip, e)) {
        in->have_ctx = in->whole = false; /* another database may come back */
        return false;
    }
    if (in->have_ctx && tip.epoch == in->ctx.tip.epoch &&
        tip.number == in->ctx.tip.number)
        return true;
    context_clear(&in->ctx);
    in->have_ctx = in->ports.store->context(in->ports.store_ctx, &in->ctx, e);
    if (!in->have_ctx)
        return false;
    pasts_catalogues(&in->cats, &in->ctx);
    if (!ingest_log_whole(in, e)) {
        in->have_ctx = false;
        return false;
    }
    if (in->ports.sign != NULL && !ingest_sign_unsigned(in, e)) {
        in->have_ctx = false;
        return false;
    }
    if (in->ports.changed != NULL)
        in->ports.changed(in->ports.changed_ctx, &in->ctx);
    return true;
}

/* -- one group ---------------------------------------------------------------------- */

enum item_state { ITEM_OPEN, ITEM_RECEIPT, ITEM_NOT_NOW };

struct slot { /* one item of the group */
    const struct ingest_batch *batch;
    size_t index; /* in its batch */
    enum item_state state;
    enum not_now_reason why;
};

struct fresh { /* a receipt made by this group */
    struct hash item;
    size_t commit; /* index into commits */
    uint32_t index;
    struct span leaf, findings;
};

struct made { /* a commit made by this group */
    struct statement st;
    struct span statement;
    struct merkle tree;
    struct signature signature;
    bool is_signed;
};

struct work {
    struct ingest *in;
    int64_t now;
    int32_t today;
    const struct ingest_batch *batches;
    size_t n_batches;
    enum reject_reason *rejects; /* of each batch */
    bool *predecessor;           /* of each batch: wait for the one before */
    bool *settled;               /* of each batch: every item has its receipt already */
    struct slot *slots;
    size_t n_slots;
    struct fresh *fresh;
    size_t n_fresh;
    struct made *made;
    size_t n_made;
    struct merkle old; /* the tree of the commit that the last replay came from */
    uint64_t old_epoch, old_number;
    struct arena arena;
};

static const struct parsed_item *item_of(const struct slot *s)
{
    return &s->batch->parsed->items[s->index];
}

static void not_now(struct slot *s, enum not_now_reason why)
{
    s->state = ITEM_NOT_NOW;
    s->why = why;
}

/* What one try over slots [lo, hi) decided; all in the arena but the findings. */
struct attempt {
    struct judge_result *results;
    struct judged *judged;
    struct slot **of; /* slot of each judged */
    size_t n;
    struct evidence *evidence;
    size_t n_evidence;
    struct hash *leaves;
};

static struct evidence evidence_of(const struct slot *s)
{
    const struct parsed *p = s->batch->parsed;

    return (struct evidence){.hash = p->header_hash,
                             .unit = p->header.unit,
                             .epoch = p->header.epoch,
                             .number = p->header.number,
                             .signer = p->signer,
                             .carrier = s->batch->carrier,
                             .envelope = s->batch->envelope};
}

/* Is this batch's evidence already stored, or in this attempt? Else add it. */
static void need_evidence(struct attempt *t, const struct slot *s,
                          const struct known *known)
{
    const struct parsed *p = s->batch->parsed;

    if (known->batch_stored)
        return;
    for (size_t i = t->n_evidence; i > 0; i--) /* newest first: batches come in order */
        if (hash_eq(&t->evidence[i - 1].hash, &p->header_hash))
            return;
    t->evidence[t->n_evidence++] = evidence_of(s);
}

/* May this batch come now? Its predecessor is stored, or stored by this attempt. */
static bool chain_holds(struct work *w, const struct attempt *t, const struct slot *s,
                        const struct known *known)
{
    const struct batch_header *h = &s->batch->parsed->header;
    size_t b = (size_t)(s->batch - w->batches);

    if (known->batch_stored || h->number == 1 || known->previous_stored)
        return true;
    for (size_t i = 0; i < t->n_evidence; i++)
        if (hash_eq(&t->evidence[i].hash, &h->previous))
            return true;
    w->predecessor[b] = true;
    return false;
}

/* Another batch under the same number, stored or in this attempt: evidence of two faces.
 */
static bool equivocates(const struct attempt *t, const struct slot *s,
                        const struct known *known)
{
    const struct parsed *p = s->batch->parsed;

    if (known->number_other)
        return true;
    for (size_t i = 0; i < t->n_evidence; i++) {
        const struct evidence *e = &t->evidence[i];

        if (e->epoch == p->header.epoch && e->number == p->header.number &&
            e->unit.valid_from == p->header.unit.valid_from &&
            strcmp(e->unit.code, p->header.unit.code) == 0 &&
            !hash_eq(&e->hash, &p->header_hash))
            return true;
    }
    return false;
}

static void judge_slots(struct work *w, size_t lo, size_t hi, const struct known *known,
                        struct attempt *t)
{
    struct judge *j;

    judge_open(&j, &w->in->ctx, &w->in->cats, w->now, w->today);
    for (size_t i = lo; i < hi; i++) {
        struct slot *s = &w->slots[i];
        size_t b = (size_t)(s->batch - w->batches);
        struct judge_result *r = &t->results[t->n];

        if (s->state != ITEM_OPEN || w->rejects[b] != REJECT_NONE)
            continue;
        if (equivocates(t, s, &known[i - lo])) {
            w->rejects[b] = REJECT_EQUIVOCATION;
            continue;
        }
        if (!chain_holds(w, t, s, &known[i - lo])) {
            not_now(s, NOT_NOW_PREDECESSOR);
            continue;
        }
        /* also when none of its items can be judged yet, or all were in another batch:
         * the chain goes on behind it */
        need_evidence(t, s, &known[i - lo]);
        judge_item(j, &s->batch->parsed->header.unit, item_of(s), &known[i - lo], r);
        switch (r->kind) {
        case JUDGE_REPLAY:
            s->state = ITEM_RECEIPT;
            break;
        case JUDGE_NOT_NOW:
            not_now(s, r->why);
            break;
        case JUDGE_STORE:
            t->of[t->n] = s;
            t->n++;
            continue; /* keeps its findings */
        }
        findings_clear(&r->findings);
    }
    judge_close(&j);
}

/* Positions, findings bytes and leaves; how many bytes these are. */
static size_t pack_leaves(struct work *w, struct attempt *t)
{
    const struct context *c = &w->in->ctx;
    struct bytes b = {0};
    size_t bytes = 0;

    for (size_t i = 0; i < t->n; i++) {
        struct judge_result *r = &t->results[i];
        struct judged *d = &t->judged[i];
        struct leaf leaf;

        *d = r->judged;
        d->findings = &r->findings;
        d->batch = t->of[i]->batch->parsed->header_hash;
        d->index = (int32_t)t->of[i]->index;
        d->seq = c->tip.last_seq + 1 + i;
        b.n = 0;
        wire_pack_findings(&r->findings, &b);
        d->findings_bytes =
            (struct span){(unsigned char *)arena_strn(&w->arena, b.p, b.n), b.n};
        leaf = (struct leaf){.item_hash = d->item->hash,
                             .kind = d->item->kind,
                             .unit = *d->unit,
                             .id = d->item->id,
                             .epoch = c->tip.epoch != 0 ? c->tip.epoch : 1,
                             .seq = d->seq,
                             .verdict = d->verdict,
                             .catalogue = d->item->catalogue,
                             .findings_hash = hash_of(DOMAIN_FINDINGS, d->findings_bytes),
                             .late = d->late,
                             .has_duplicate = d->has_duplicate,
                             .duplicate_of = d->duplicate_of};
        b.n = 0;
        wire_pack_leaf(&leaf, &b);
        d->leaf = (struct span){(unsigned char *)arena_strn(&w->arena, b.p, b.n), b.n};
        t->leaves[i] = hash_of(DOMAIN_LEAF, d->leaf);
        bytes += d->leaf.n + d->findings_bytes.n;
    }
    bytes_clear(&b);
    return bytes;
}

/* After COMMIT: remember what was made, and have it signed. */
static void committed(struct work *w, struct attempt *t, const struct statement *st,
                      const struct bytes *statement)
{
    struct ingest *in = w->in;
    struct made *m;
    struct err e = {0};

    w->made = mem_grow(w->made, w->n_made + 1, sizeof *w->made);
    m = &w->made[w->n_made];
    *m = (struct made){
        .st = *st,
        .statement = {(unsigned char *)arena_strn(&w->arena, statement->p, statement->n),
                      statement->n}
    };
    merkle_build(&m->tree, t->leaves, t->n, &w->arena);
    in->n_signs = 0; /* earlier ones went along with this commit */
    w->fresh = mem_grow(w->fresh, w->n_fresh + t->n, sizeof *w->fresh);
    for (size_t i = 0; i < t->n; i++) {
        t->of[i]->state = ITEM_RECEIPT;
        w->fresh[w->n_fresh++] = (struct fresh){.item = t->judged[i].item->hash,
                                                .commit = w->n_made,
                                                .index = (uint32_t)i,
                                                .leaf = t->judged[i].leaf,
                                                .findings = t->judged[i].findings_bytes};
    }
    w->n_made++;
    in->ctx.tip.epoch = st->epoch;
    in->ctx.tip.number = st->number;
    in->ctx.tip.last_seq = st->last_seq;
    in->ctx.tip.time = st->time;
    in->ctx.tip.statement_hash = hash_of(DOMAIN_STATEMENT, m->statement);
    crash_point("ingest.after_commit");
    if (in->ports.sign == NULL) /* serve will, and the store has the verdicts */
        return;
    m->is_signed =
        ingest_sign(in, st->epoch, st->number, m->statement, &m->signature, &e);
    if (!m->is_signed) {
        log_event(LOG_ALARM, "sign_failed error=\"%s\"", e.text);
        in->have_ctx = false; /* the next refresh signs it, the collectors ask again */
    }
    crash_point("ingest.after_sign");
}

/* One try: judge under the present context, write. */
static enum store_outcome attempt(struct work *w, size_t lo, size_t hi, size_t *n_judged,
                                  struct err *e)
{
    struct ingest *in = w->in;
    size_t n = hi - lo;
    struct known *known = arena_new(&w->arena, n * sizeof *known);
    struct probe *asked = arena_new(&w->arena, n * sizeof *asked);
    struct attempt t = {.results = arena_new(&w->arena, n * sizeof *t.results),
                        .judged = arena_new(&w->arena, n * sizeof *t.judged),
                        .of = arena_new(&w->arena, n * sizeof *t.of),
                        .evidence = arena_new(&w->arena, n * sizeof *t.evidence),
                        .leaves = arena_new(&w->arena, n * sizeof *t.leaves)};
    struct statement st;
    struct bytes statement = {0};
    enum store_outcome got = STORE_DONE;

    for (size_t i = 0; i < n; i++) {
        asked[i] = (struct probe){.header = &w->slots[lo + i].batch->parsed->header,
                                  .item = item_of(&w->slots[lo + i]),
                                  .batch = &w->slots[lo + i].batch->parsed->header_hash,
                                  .today = w->today};
        pasts_ask(&in->cats, &w->arena, &asked[i]);
    }
    if (!in->ports.store->probe(in->ports.store_ctx, asked, n, &w->arena, known, e))
        return STORE_AWAY;
    judge_slots(w, lo, hi, known, &t);
    *n_judged = t.n;
    if (t.n > 0 || t.n_evidence > 0) {
        struct group g = {.context = &in->ctx,
                          .items = t.judged,
                          .n = t.n,
                          .batches = t.evidence,
                          .n_batches = t.n_evidence,
                          .leaves = t.leaves,
                          .now = w->now,
                          .signs = in->signs,
                          .n_signs = in->n_signs,
                          .statement = &statement,
                          .st = &st};

        if (pack_leaves(w, &t) > COMMIT_BYTES && t.n > 1) {
            got = STORE_POISON; /* in halves: a commit must fit into a page of the feed */
            err_set(e, ERR_RETRY, "a commit of more than %d bytes", COMMIT_BYTES);
        } else {
            crash_point("ingest.before_commit");
            got = in->ports.store->commit(in->ports.store_ctx, &g, e);
        }
        if (got == STORE_DONE && t.n > 0)
            committed(w, &t, &st, &statement);
    }
    for (size_t i = 0; i < t.n; i++)
        findings_clear(&t.results[i].findings);
    bytes_clear(&statement);
    return got;
}

/* After a race or an unknown outcome everything is asked and judged again. */
static void reopen(struct work *w, size_t lo, size_t hi)
{
    for (size_t i = lo; i < hi; i++)
        if (w->slots[i].why != NOT_NOW_QUARANTINE)
            w->slots[i] =
                (struct slot){.batch = w->slots[i].batch, .index = w->slots[i].index};
    memset(w->predecessor, 0, w->n_batches * sizeof *w->predecessor);
}

/*
 * A signature counts if its batch committed before the key's end: after a change of keys
 * the unit still gets the first receipts of what its old key signed, and nothing more.
 */
static bool ask_settled(struct work *w, size_t b, struct err *e)
{
    const struct parsed *p = w->batches[b].parsed;
    struct known *known = arena_new(&w->arena, p->n_items * sizeof *known);
    struct probe *asked = arena_new(&w->arena, p->n_items * sizeof *asked);

    for (size_t i = 0; i < p->n_items; i++)
        asked[i] = (struct probe){.header = &p->header,
                                  .item = &p->items[i],
                                  .batch = &p->header_hash,
                                  .today = w->today};
    if (!w->in->ports.store->probe(w->in->ports.store_ctx, asked, p->n_items, &w->arena,
                                   known, e))
        return false;
    w->settled[b] = p->n_items > 0;
    for (size_t i = 0; i < p->n_items; i++)
        w->settled[b] = w->settled[b] && known[i].answered && known[i].batch_stored;
    return true;
}

/* Which batches of a signer who may speak no more were committed while he might. */
static bool find_settled(struct work *w, struct err *e)
{
    if (!ingest_refresh(w->in, e))
        return false;
    for (size_t i = 0; i < w->n_batches; i++)
        if (judge_speaker(&w->in->ctx, w->batches[i].parsed, w->batches[i].carrier) ==
                REJECT_SPEAKER &&
            judge_carrier(&w->in->ctx, w->batches[i].parsed, w->batches[i].carrier) &&
            !ask_settled(w, i, e))
            return false;
    return true;
}

static void check_speakers(struct work *w)
{
    for (size_t i = 0; i < w->n_batches; i++) {
        if (w->rejects[i] == REJECT_EQUIVOCATION)
            continue;
        w->rejects[i] =
            judge_speaker(&w->in->ctx, w->batches[i].parsed, w->batches[i].carrier);
        if (w->rejects[i] == REJECT_SPEAKER && w->settled[i] &&
            judge_carrier(&w->in->ctx, w->batches[i].parsed, w->batches[i].carrier))
            w->rejects[i] = REJECT_NONE;
    }
}

static bool quarantine(struct work *w, struct slot *s, const char *why, struct err *e)
{
    const struct parsed *p = s->batch->parsed;
    const struct evidence batch = evidence_of(s);
    struct statement st;
    struct bytes statement = {0};
    struct group g = {.context = &w->in->ctx,
                      .batches = &batch,
                      .n_batches = 1,
                      .now = w->now,
                      .statement = &statement,
                      .st = &st};

    log_event(LOG_ALARM, "quarantine unit=%s batch=%llu item=%zu why=\"%s\"",
              p->header.unit.code, (unsigned long long)p->header.number, s->index + 1,
              why);
    not_now(s, NOT_NOW_QUARANTINE);
    if (!w->in->ports.store->quarantine(w->in->ports.store_ctx, &item_of(s)->hash,
                                        p->header.unit.code, s->batch->envelope, why,
                                        w->now, e))
        return false;
    /* stored already, or poison itself: then the chain must wait for people as well */
    return w->in->ports.store->commit(w->in->ports.store_ctx, &g, e) != STORE_AWAY;
}

/* Writes slots [lo, hi), in halves where the store refuses rows. False: the store is
 * away. */
static bool write_slots(struct work *w, size_t lo, size_t hi, struct err *e)
{
    for (int races = 0; races < RACES; races++) {
        size_t n_judged = 0;

        if (!ingest_refresh(w->in, e))
            return false;
        check_speakers(w);
        switch (attempt(w, lo, hi, &n_judged, e)) {
        case STORE_DONE:
            return true;
        case STORE_RACED:
            reopen(w, lo, hi);
            w->in->have_ctx = false;
            continue;
        case STORE_UNKNOWN: /* the probe will tell what became of it */
            log_event(LOG_WARN, "commit_unknown error=\"%s\"", e->text);
            reopen(w, lo, hi);
            w->in->have_ctx = false;
            continue;
        case STORE_POISON: {
            char why[sizeof e->text];

            snprintf(why, sizeof why, "%s", e->text);
            reopen(w, lo, hi);
            if (hi - lo == 1)
                return quarantine(w, &w->slots[lo], why, e);
            return write_slots(w, lo, lo + (hi - lo) / 2, e) &&
                   write_slots(w, lo + (hi - lo) / 2, hi, e);
        }
        case STORE_AWAY:
            w->in->have_ctx = false;
            return false;
        }
    }
    return err_set(e, ERR_RETRY, "other writers came first %d times", RACES);
}

/* -- answers ------------------------------------------------------------------------ */

static int by_item(const void *a, const void *b)
{
    return memcmp(((const struct fresh *)a)->item.b, ((const struct fresh *)b)->item.b,
                  HASH_LEN);
}

static int stored_by_item(const void *a, const void *b)
{
    return memcmp(((const struct stored_receipt *)a)->item.b,
                  ((const struct stored_receipt *)b)->item.b, HASH_LEN);
}

/* First receipts of the replays of this group, sorted; those without signature get one.
 */
static bool load_replays(struct work *w, struct stored_receipt **out, size_t *n,
                         struct err *e)
{
    struct hash *asked = arena_new(&w->arena, w->n_slots * sizeof *asked);
    size_t n_asked = 0;

    *n = 0;
    for (size_t i = 0; i < w->n_slots; i++) {
        struct fresh key;

        if (w->slots[i].state != ITEM_RECEIPT)
            continue;
        key.item = item_of(&w->slots[i])->hash;
        if (w->n_fresh == 0 ||
            bsearch(&key, w->fresh, w->n_fresh, sizeof key, by_item) == NULL)
            asked[n_asked++] = key.item;
    }
    *out = arena_new(&w->arena, n_asked * sizeof **out);
    if (n_asked == 0)
        return true;
    if (!w->in->ports.store->receipts(w->in->ports.store_ctx, asked, n_asked, &w->arena,
                                      *out, n, e))
        return false;
    for (size_t i = 0; i < *n; i++) {
        struct stored_receipt *r = &(*out)[i];

        if (r->has_signature || w->in->ports.sign == NULL)
            continue;
        if (!ingest_sign(w->in, r->epoch, r->number, r->statement, &r->signature, e))
            return false;
        r->has_signature = true;
    }
    if (*n > 0)
        qsort(*out, *n, sizeof **out, stored_by_item);
    return true;
}

static bool fresh_receipt(struct work *w, const struct hash *item, struct receipt *r)
{
    struct fresh key = {.item = *item};
    const struct fresh *f =
        w->n_fresh > 0 ? bsearch(&key, w->fresh, w->n_fresh, sizeof key, by_item) : NULL;
    const struct made *m;
    struct hash *path;

    if (f == NULL)
        return false;
    m = &w->made[f->commit];
    if (!m->is_signed)
        return false;
    path = arena_new(&w->arena, MERKLE_PATH_MAX * sizeof *path);
    *r = (struct receipt){.leaf = f->leaf,
                          .index = f->index,
                          .leaves = (uint32_t)m->tree.n[0],
                          .path = path,
                          .n_path = merkle_path(&m->tree, f->index, path),
                          .statement = m->statement,
                          .signature = m->signature,
                          .findings = f->findings};
    return true;
}

static bool old_receipt(struct work *w, const struct hash *item,
                        const struct stored_receipt *stored, size_t n, struct receipt *r)
{
    struct stored_receipt key = {.item = *item};
    const struct stored_receipt *s =
        n > 0 ? bsearch(&key, stored, n, sizeof key, stored_by_item) : NULL;
    struct hash *path;

    if (s == NULL || !s->has_signature)
        return false;
    if (w->old_epoch != s->epoch ||
        w->old_number != s->number) { /* replays come together */
        merkle_build(&w->old, (const struct hash *)(const void *)s->leaves.p,
                     s->leaves.n / HASH_LEN, &w->arena);
        w->old_epoch = s->epoch;
        w->old_number = s->number;
    }
    path = arena_new(&w->arena, MERKLE_PATH_MAX * sizeof *path);
    *r = (struct receipt){.leaf = s->leaf,
                          .index = (uint32_t)(s->seq - s->first_seq),
                          .leaves = (uint32_t)w->old.n[0],
                          .path = path,
                          .statement = s->statement,
                          .signature = s->signature,
                          .findings = s->findings};
    r->n_path = merkle_path(&w->old, r->index, path);
    return true;
}

static void send(struct work *w, void *who, const struct message *m)
{
    struct bytes b = {0};

    wire_pack_message(m, &b);
    w->in->ports.answer(w->in->ports.answer_ctx, who, span_of(&b));
    bytes_clear(&b);
}

static uint32_t retry_after(enum not_now_reason why)
{
    return why == NOT_NOW_PERIOD_NOT_OPEN || why == NOT_NOW_CATALOGUE_NEWER ||
                   why == NOT_NOW_CATALOGUE_OLDER || why == NOT_NOW_VERSION
               ? RETRY_WINDOW_MS
               : RETRY_MS;
}

/* "not now, needs N" */
static const char *needs(struct work *w, enum not_now_reason why)
{
    const struct context *c = &w->in->ctx;

    return why == NOT_NOW_CATALOGUE_OLDER && c->n_catalogues > 0
               ? arena_printf(&w->arena, "catalogue %u",
                              c->catalogues[c->n_catalogues - 1].version)
               : NULL;
}

static void answer_batch(struct work *w, size_t b, const struct stored_receipt *stored,
                         size_t n_stored)
{
    const struct ingest_batch *batch = &w->batches[b];
    const struct parsed *p = batch->parsed;
    struct batch_ref ref = {p->header.unit, p->header.epoch, p->header.number};
    struct message m = {.kind = MSG_RECEIPTS, .receipts = {.batch = ref}};
    size_t size = 0;

    m.receipts.receipts = arena_new(&w->arena, p->n_items * sizeof *m.receipts.receipts);
    m.receipts.not_now = arena_new(&w->arena, p->n_items * sizeof *m.receipts.not_now);
    for (size_t i = 0; i < w->n_slots; i++) {
        struct slot *s = &w->slots[i];
        struct receipt *r = &m.receipts.receipts[m.receipts.n];

        if (s->batch != batch)
            continue;
        if (s->state == ITEM_RECEIPT && !fresh_receipt(w, &item_of(s)->hash, r) &&
            !old_receipt(w, &item_of(s)->hash, stored, n_stored, r))
            not_now(s, NOT_NOW_BUSY); /* committed, not signed yet: ask again */
        if (s->state != ITEM_RECEIPT) {
            enum not_now_reason why =
                s->state == ITEM_NOT_NOW ? s->why : NOT_NOW_DATABASE;

            m.receipts.not_now[m.receipts.n_not_now++] =
                (struct not_now){.batch = ref,
                                 .has_item = true,
                                 .item_hash = item_of(s)->hash,
                                 .reason = why,
                                 .detail = needs(w, why),
                                 .retry_after_ms = retry_after(why)};
            continue;
        }
        size += 600 + r->findings.n + r->leaf.n + 34 * r->n_path;
        m.receipts.n++;
        if (size > INGEST_ANSWER) {
            size_t waiting = m.receipts.n_not_now;

            m.receipts.n_not_now = 0; /* what waits is said in the last part */
            send(w, batch->who, &m);
            m.receipts.n_not_now = waiting;
            m.receipts.n = 0;
            size = 0;
        }
    }
    if (m.receipts.n > 0 || m.receipts.n_not_now > 0)
        send(w, batch->who, &m);
}

static void answer_reject(struct work *w, size_t b)
{
    const struct parsed *p = w->batches[b].parsed;
    struct message m = {
        .kind = MSG_REJECT,
        .reject = {.batch = {p->header.unit, p->header.epoch, p->header.number},
                   .reason = w->rejects[b],
                   .detail = p->detail}
    };
    struct err e = {0};
    char *line = mem_printf("unit=%s batch=%llu.%llu reason=%s carrier=%s %s",
                            p->header.unit.code, (unsigned long long)p->header.epoch,
                            (unsigned long long)p->header.number,
                            reject_word(w->rejects[b]), w->batches[b].carrier, p->detail);

    log_event(w->rejects[b] == REJECT_EQUIVOCATION ? LOG_ALARM : LOG_WARN,
              "batch_rejected %s", line);
    if (!w->in->ports.store->audit(w->in->ports.store_ctx, "batch_rejected", line, w->now,
                                   &e))
        log_event(LOG_ERROR, "audit_failed error=\"%s\"", e.text);
    send(w, w->batches[b].who, &m);
    free(line);
}

static bool only_replays(const struct work *w)
{
    if (w->n_made > 0)
        return false;
    for (size_t i = 0; i < w->n_slots; i++)
        if (w->slots[i].state == ITEM_RECEIPT)
            return true;
    return false;
}

/* A later COMMIT that wrote WAL stands before any replayed receipt. */
static bool replays_may_leave(struct work *w, struct err *e)
{
    return !only_replays(w) ||
           w->in->ports.store->redeliver(w->in->ports.store_ctx, w->n_slots, w->now, e) ==
               STORE_DONE;
}

bool ingest_group(struct ingest *in, const struct ingest_batch *batches, size_t n,
                  int64_t now, int32_t today, struct err *e)
{
    struct work w = {
        .in = in, .now = now, .today = today, .batches = batches, .n_batches = n};
    struct stored_receipt *stored = NULL;
    size_t n_stored = 0, k = 0;
    bool ok;

    w.rejects = arena_new(&w.arena, n * sizeof *w.rejects);
    w.predecessor = arena_new(&w.arena, n * sizeof *w.predecessor);
    w.settled = arena_new(&w.arena, n * sizeof *w.settled);
    for (size_t i = 0; i < n; i++)
        w.n_slots += batches[i].parsed->n_items;
    w.slots = arena_new(&w.arena, w.n_slots * sizeof *w.slots);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < batches[i].parsed->n_items; j++)
            w.slots[k++] = (struct slot){.batch = &batches[i], .index = j};
    ok = find_settled(&w, e) && write_slots(&w, 0, w.n_slots, e);
    if (ok && w.n_fresh > 0)
        qsort(w.fresh, w.n_fresh, sizeof *w.fresh, by_item);
    ok = ok && load_replays(&w, &stored, &n_stored, e) && replays_may_leave(&w, e);
    if (!ok) {
        in->have_ctx = false;
        for (size_t i = 0; i < w.n_slots; i++)
            if (w.slots[i].state != ITEM_NOT_NOW)
                not_now(&w.slots[i], NOT_NOW_DATABASE);
    }
    crash_point("ingest.before_answer");
    for (size_t i = 0; i < n; i++)
        if (ok && w.rejects[i] != REJECT_NONE)
            answer_reject(&w, i);
        else
            answer_batch(&w, i, stored, n_stored);
    free(w.fresh);
    free(w.made);
    arena_clear(&w.arena);
    return ok;
}

/* -- hello -------------------------------------------------------------------------- */

static void refuse_hello(struct ingest *in, void *who, enum reject_reason why,
                         const char *detail)
{
    struct message m = {
        .kind = MSG_REJECT,
        .reject = {
                   .batch = {.unit = {NULL, DATE_NONE}}, .reason = why, .detail = detail}
    };
    struct work w = {.in = in};

    send(&w, who, &m);
}

bool ingest_hello(struct ingest *in, const struct hello *h, const char *carrier,
                  void *who, int64_t now)
{
    struct work w = {.in = in};
    struct message m = {.kind = MSG_WELCOME};
    struct err e = {0};
    const struct ctx_key *key;

    if (!ingest_refresh(in, &e)) {
        m = (struct message){
            .kind = MSG_NOT_NOW,
            .not_now = {.batch = {.unit = {NULL, DATE_NONE}},
                        .reason = NOT_NOW_DATABASE,
                        .retry_after_ms = RETRY_MS}
        };
        send(&w, who, &m);
        return false;
    }
    key = context_key(&in->ctx, carrier);
    if (key == NULL || !hash_eq(&h->recipient, &in->ctx.province)) {
        refuse_hello(in, who, key == NULL ? REJECT_SPEAKER : REJECT_RECIPIENT,
                     "this province does not expect this collector");
        return false;
    }
    m.welcome = (struct welcome){.version = 1,
                                 .report_version = REPORT_VERSION,
                                 .credit = INGEST_CREDIT,
                                 .time = now,
                                 .keys = &in->ctx.receipt_key,
                                 .n_keys = 1};
    for (size_t i = 0; i < in->ctx.n_catalogues; i++)
        if (in->ctx.catalogues[i].active) {
            m.welcome.catalogue = in->ctx.catalogues[i].version;
            m.welcome.catalogue_hash = in->ctx.catalogues[i].hash;
        }
    if (!in->ports.store->heads(in->ports.store_ctx, &key->unit, &w.arena,
                                &m.welcome.heads, &m.welcome.n_heads, &e)) {
        in->have_ctx = false;
        m = (struct message){
            .kind = MSG_NOT_NOW,
            .not_now = {.batch = {.unit = {NULL, DATE_NONE}},
                        .reason = NOT_NOW_DATABASE,
                        .retry_after_ms = RETRY_MS}
        };
    }
    send(&w, who, &m);
    arena_clear(&w.arena);
    return m.kind == MSG_WELCOME;
}
