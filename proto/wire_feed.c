/* The feed's messages and records, and reconciliation's: both directions. */
#include "proto/wire_own.h"

_Static_assert((int)FEED_REFUSAL_BUSY ==
                   (int)HTX__V1__FEED_REFUSAL_REASON__FEED_REFUSAL_REASON_BUSY,
               "refusals");
_Static_assert((int)FEED_BLOB_TOTALS ==
                   (int)HTX__V1__FEED_BLOB_KIND__FEED_BLOB_KIND_TOTALS,
               "blobs");

static const char *const chains[] = {"", "full", "publications"};

const char *feed_chain_word(enum feed_chain c)
{
    return (size_t)c < COUNT(chains) ? chains[c] : "";
}

enum feed_chain feed_chain_of(const char *word)
{
    for (size_t i = 1; word != NULL && i < COUNT(chains); i++)
        if (strcmp(chains[i], word) == 0)
            return (enum feed_chain)i;
    return FEED_CHAIN_NONE;
}

const char *feed_refusal_word(enum feed_refusal_reason r)
{
    static const char *const words[] = {"",         "right",   "future", "unknown",
                                        "province", "version", "busy"};

    return (size_t)r < COUNT(words) ? words[r] : "";
}

/* ---- header ---- */

void wire_pack_feed_header(const struct feed_header *h, struct bytes *out)
{
    Htx__V1__FeedHeader m = HTX__V1__FEED_HEADER__INIT;
    bool of_before = h->has_previous && h->previous_epoch != h->epoch;

    SET(&m, version, h->version);
    SET(&m, province, wire_data(h->province.b, HASH_LEN));
    m.chain = (char *)feed_chain_word(h->chain);
    SET(&m, epoch, h->epoch);
    SET(&m, page, h->page);
    SET_IF(&m, previous, h->has_previous, wire_data(h->previous.b, HASH_LEN));
    SET_IF(&m, previous_epoch, of_before, h->previous_epoch);
    SET_IF(&m, previous_page, of_before, h->previous_page);
    SET(&m, first_number, h->first_number);
    SET(&m, last_number, h->last_number);
    SET(&m, first_seq, h->first_seq);
    SET(&m, last_seq, h->last_seq);
    SET(&m, records, h->records);
    SET(&m, bytes, h->bytes);
    SET(&m, body, wire_data(h->body.b, HASH_LEN));
    SET(&m, sealed_at, h->sealed_at);
    SET(&m, key, wire_data(h->key.b, KEY_LEN));
    SET_IF(&m, commit_epoch, h->commit_epoch != h->epoch, h->commit_epoch);
    wire_pack_any(&m, out);
}

static bool counts_right(const struct feed_header *h, struct err *e)
{
    if (h->epoch == 0 || h->page == 0 || h->epoch > INT64_MAX || h->page > INT64_MAX)
        return err_set(e, ERR_INPUT, "FeedHeader: epoch and page count from 1");
    if (h->first_number == 0 || h->first_seq == 0 || h->last_number < h->first_number ||
        h->last_seq < h->first_seq || h->last_number > INT64_MAX ||
        h->last_seq > INT64_MAX)
        return err_set(e, ERR_INPUT, "FeedHeader: commits or positions run backwards");
    if (h->commit_epoch == 0 || h->commit_epoch > h->epoch)
        return err_set(e, ERR_INPUT, "FeedHeader: commits of a later epoch");
    if (h->bytes > FEED_BODY || h->records > h->bytes / 5)
        return err_set(e, ERR_INPUT, "FeedHeader: %u records in %u bytes, at most %d",
                       h->records, h->bytes, FEED_BODY);
    if (h->has_previous
            ? h->previous_page == 0 || h->previous_epoch == 0 ||
                  h->previous_epoch > h->epoch ||
                  (h->previous_epoch == h->epoch ? h->previous_page != h->page - 1
                                                 : h->page != 1)
            : h->page != 1)
        return err_set(e, ERR_INPUT, "FeedHeader: the page before it is not named");
    return true;
}

bool wire_read_feed_header(struct span b, struct feed_header *h, struct err *e)
{
    struct arena a = {0};
    const Htx__V1__FeedHeader *m = NULL;
    bool ok = false;

    if (b.n > FEED_HEADER)
        return err_set(e, ERR_INPUT, "FeedHeader: %zu bytes, at most %d", b.n,
                       FEED_HEADER);
    if (wire_version_known(b, "FeedHeader", FEED_VERSION, e))
        m = wire_unpack(&htx__v1__feed_header__descriptor, b, true, &a, e);
    if (m == NULL)
        goto out;
    *h = (struct feed_header){
        .version = m->version,
        .chain = feed_chain_of(m->chain),
        .epoch = m->epoch,
        .page = m->page,
        .has_previous = m->has_previous,
        .previous_epoch = m->has_previous_epoch ? m->previous_epoch : m->epoch,
        .previous_page = m->has_previous_page ? m->previous_page : m->page - 1,
        .commit_epoch = m->has_commit_epoch ? m->commit_epoch : m->epoch,
        .first_number = m->first_number,
        .last_number = m->last_number,
        .first_seq = m->first_seq,
        .last_seq = m->last_seq,
        .records = m->records,
        .bytes = m->bytes,
        .sealed_at = m->sealed_at,
    };
    if (!h->has_previous)
        h->previous_epoch = h->previous_page = 0;
    if (h->chain == FEED_CHAIN_NONE)
        err_set(e, ERR_INPUT, "FeedHeader: unknown chain");
    else if (m->has_commit_epoch && m->commit_epoch == m->epoch)
        err_set(e, ERR_INPUT, "FeedHeader: not in canonical form");
    else if (m->has_previous_epoch != m->has_previous_page ||
             (m->has_previous_epoch &&
              (!m->has_previous || m->previous_epoch == m->epoch)))
        err_set(e, ERR_INPUT, "FeedHeader: the page before it is named wrongly");
    else
        ok = FIXED(m, province, &h->province) && FIXED(m, body, &h->body) &&
             FIXED(m, key, &h->key) &&
             (!h->has_previous || FIXED(m, previous, &h->previous)) && counts_right(h, e);
out:
    arena_clear(&a);
    return ok;
}

/* ---- records, packing ---- */

static Htx__V1__FeedBatch *batch_out(struct arena *a, const struct feed_batch *b)
{
    Htx__V1__FeedBatch *m = arena_new(a, sizeof *m);

    htx__v1__feed_batch__init(m);
    SET(m, header, wire_span(b->header));
    SET(m, signature, wire_data(b->signature.b, SIG_LEN));
    SET(m, signer, wire_data(b->signer.b, KEY_LEN));
    SET(m, hashes, wire_data(b->hashes, b->n * sizeof *b->hashes));
    return m;
}

static Htx__V1__FeedItem *item_out(struct arena *a, const struct feed_item *i)
{
    Htx__V1__FeedItem *m = arena_new(a, sizeof *m);

    htx__v1__feed_item__init(m);
    SET(m, batch, wire_data(i->batch.b, HASH_LEN));
    SET(m, index, i->index);
    SET(m, leaf, wire_span(i->leaf));
    SET_IF(m, findings, i->findings.n > 0, wire_span(i->findings));
    SET_IF(m, body, i->has_body, wire_span(i->body));
    SET_IF(m, replaces, i->has_replaces, wire_data(i->replaces.b, HASH_LEN));
    SET_IF(m, target, i->has_target, wire_data(i->target.b, HASH_LEN));
    return m;
}

static Htx__V1__FeedBlob *blob_out(struct arena *a, const struct feed_blob *b)
{
    Htx__V1__FeedBlob *m = arena_new(a, sizeof *m);

    htx__v1__feed_blob__init(m);
    SET(m, kind, (Htx__V1__FeedBlobKind)b->kind);
    SET(m, hash, wire_data(b->hash.b, HASH_LEN));
    SET(m, total, b->total);
    SET(m, offset, b->offset);
    SET(m, data, wire_span(b->data));
    return m;
}

static Htx__V1__FeedAct *act_out(struct arena *a, const struct feed_act *x)
{
    Htx__V1__FeedAct *m = arena_new(a, sizeof *m);

    htx__v1__feed_act__init(m);
    m->kind = (char *)x->kind;
    SET(m, body, wire_span(x->body));
    m->actor = (char *)x->actor;
    SET(m, seq, x->seq);
    SET(m, index, x->index);
    SET(m, leaves, x->leaves);
    m->n_path = x->n_path;
    m->path = arena_new(a, x->n_path * sizeof *m->path);
    for (size_t i = 0; i < x->n_path; i++)
        m->path[i] = wire_data(x->path[i].b, HASH_LEN);
    SET(m, statement, wire_span(x->statement));
    SET_IF(m, signature, x->has_signature, wire_data(x->signature.b, SIG_LEN));
    return m;
}

void wire_pack_feed_record(const struct feed_record *r, struct bytes *out)
{
    Htx__V1__FeedRecord m = HTX__V1__FEED_RECORD__INIT;
    Htx__V1__FeedCommit commit = HTX__V1__FEED_COMMIT__INIT;
    Htx__V1__FeedControl control = HTX__V1__FEED_CONTROL__INIT;
    struct arena a = {0};

    switch (r->kind) {
    case FEED_RECORD_COMMIT:
        SET(&commit, statement, wire_span(r->commit.statement));
        SET_IF(&commit, signature, r->commit.has_signature,
               wire_data(r->commit.signature.b, SIG_LEN));
        m.record_case = HTX__V1__FEED_RECORD__RECORD_COMMIT;
        m.commit = &commit;
        break;
    case FEED_RECORD_CONTROL:
        control.kind = (char *)r->control.kind;
        SET(&control, body, wire_span(r->control.body));
        control.actor = (char *)r->control.actor;
        m.record_case = HTX__V1__FEED_RECORD__RECORD_CONTROL;
        m.control = &control;
        break;
    case FEED_RECORD_BATCH:
        m.record_case = HTX__V1__FEED_RECORD__RECORD_BATCH;
        m.batch = batch_out(&a, &r->batch);
        break;
    case FEED_RECORD_ITEM:
        m.record_case = HTX__V1__FEED_RECORD__RECORD_ITEM;
        m.item = item_out(&a, &r->item);
        break;
    case FEED_RECORD_BLOB:
        m.record_case = HTX__V1__FEED_RECORD__RECORD_BLOB;
        m.blob = blob_out(&a, &r->blob);
        break;
    case FEED_RECORD_ACT:
        m.record_case = HTX__V1__FEED_RECORD__RECORD_ACT;
        m.act = act_out(&a, &r->act);
        break;
    case FEED_RECORD_NONE:
        break;
    }
    wire_pack_any(&m, out);
    arena_clear(&a);
}

/* ---- records, reading ---- */

static struct span span_in(const ProtobufCBinaryData *d)
{
    return (struct span){d->data, d->len};
}

static bool batch_in(const Htx__V1__FeedBatch *m, struct feed_batch *b, struct err *e)
{
    *b = (struct feed_batch){
        .header = span_in(&m->header),
        .hashes = (const struct hash *)m->hashes.data,
        .n = m->hashes.len / HASH_LEN,
    };
    if (m->hashes.len % HASH_LEN != 0 || b->n == 0 || b->n > FEED_BATCH_ITEMS)
        return err_set(e, ERR_INPUT, "FeedBatch: %zu bytes of hashes, of 1 to %d items",
                       m->hashes.len, FEED_BATCH_ITEMS);
    return FIXED(m, signature, &b->signature) && FIXED(m, signer, &b->signer);
}

static bool item_in(const Htx__V1__FeedItem *m, struct feed_item *i, struct err *e)
{
    *i = (struct feed_item){
        .index = m->index,
        .leaf = span_in(&m->leaf),
        .findings = span_in(&m->findings),
        .has_body = m->has_body,
        .body = span_in(&m->body),
        .has_replaces = m->has_replaces,
        .has_target = m->has_target,
    };
    if (i->leaf.n == 0)
        return err_set(e, ERR_INPUT, "FeedItem: no leaf");
    return FIXED(m, batch, &i->batch) &&
           (!m->has_replaces || FIXED(m, replaces, &i->replaces)) &&
           (!m->has_target || FIXED(m, target, &i->target));
}

static bool blob_in(const Htx__V1__FeedBlob *m, struct feed_blob *b, struct err *e)
{
    *b = (struct feed_blob){
        .kind = (enum feed_blob_kind)m->kind,
        .total = m->total,
        .offset = m->offset,
        .data = span_in(&m->data),
    };
    if (m->kind == 0 || !in_enum((int)m->kind, FEED_BLOB_TOTALS))
        return err_set(e, ERR_RETRY, "FeedBlob: of a kind that is not known here");
    if (b->total == 0 || b->total > FEED_BLOB || b->data.n == 0 ||
        b->data.n > FEED_PIECE || b->offset > b->total ||
        b->data.n > b->total - b->offset)
        return err_set(e, ERR_INPUT, "FeedBlob: %zu bytes at %u of %u", b->data.n,
                       b->offset, b->total);
    return FIXED(m, hash, &b->hash);
}

static bool act_in(const Htx__V1__FeedAct *m, struct arena *a, struct feed_act *x,
                   struct err *e)
{
    *x = (struct feed_act){
        .kind = text(m->kind),
        .actor = text(m->actor),
        .body = span_in(&m->body),
        .seq = m->seq,
        .index = m->index,
        .leaves = m->leaves,
        .statement = span_in(&m->statement),
        .has_signature = m->has_signature,
    };
    if (x->kind[0] == 0 || x->body.n == 0 || x->statement.n == 0)
        return err_set(e, ERR_INPUT, "FeedAct: kind, body and statement are required");
    return (!m->has_signature || FIXED(m, signature, &x->signature)) &&
           path_in(m->path, m->n_path, a, &x->path, &x->n_path, e);
}

bool wire_read_feed_record(struct span b, struct arena *a, struct feed_record *r,
                           struct err *e)
{
    const Htx__V1__FeedRecord *m;

    *r = (struct feed_record){0};
    if (b.n > 0 && (b.p[0] >= 0x80 || b.p[0] >> 3 > HTX__V1__FEED_RECORD__RECORD_ACT))
        return err_set(e, ERR_RETRY, "a record of a type that is not known here");
    m = wire_unpack_most(&htx__v1__feed_record__descriptor, b, true, FEED_RECORD,
                         FEED_RECORD + WIRE_HEAP, a, e);
    if (m == NULL)
        return false;
    switch (m->record_case) {
    case HTX__V1__FEED_RECORD__RECORD_COMMIT:
        r->kind = FEED_RECORD_COMMIT;
        r->commit.statement = span_in(&m->commit->statement);
        r->commit.has_signature = m->commit->has_signature;
        return !r->commit.has_signature ||
               FIXED(m->commit, signature, &r->commit.signature);
    case HTX__V1__FEED_RECORD__RECORD_CONTROL:
        r->kind = FEED_RECORD_CONTROL;
        r->control = (struct feed_control){.kind = text(m->control->kind),
                                           .actor = text(m->control->actor),
                                           .body = span_in(&m->control->body)};
        return (r->control.kind[0] != 0 && r->control.body.n != 0) ||
               err_set(e, ERR_INPUT, "FeedControl: kind and body are required");
    case HTX__V1__FEED_RECORD__RECORD_BATCH:
        r->kind = FEED_RECORD_BATCH;
        return batch_in(m->batch, &r->batch, e);
    case HTX__V1__FEED_RECORD__RECORD_ITEM:
        r->kind = FEED_RECORD_ITEM;
        return item_in(m->item, &r->item, e);
    case HTX__V1__FEED_RECORD__RECORD_BLOB:
        r->kind = FEED_RECORD_BLOB;
        return blob_in(m->blob, &r->blob, e);
    case HTX__V1__FEED_RECORD__RECORD_ACT:
        r->kind = FEED_RECORD_ACT;
        return act_in(m->act, a, &r->act, e);
    default:
        return err_set(e, ERR_INPUT, "FeedRecord: empty");
    }
}

/* ---- messages of the feed ---- */

static Htx__V1__FeedCursor *cursor_out(struct arena *a, const struct feed_cursor *c)
{
    Htx__V1__FeedCursor *m;

    if (c->chain == FEED_CHAIN_NONE)
        return NULL;
    m = arena_new(a, sizeof *m);
    htx__v1__feed_cursor__init(m);
    m->chain = (char *)feed_chain_word(c->chain);
    SET(m, epoch, c->epoch);
    SET(m, page, c->page);
    SET_IF(m, hash, c->has_hash, wire_data(c->hash.b, HASH_LEN));
    return m;
}

static bool cursor_in(const Htx__V1__FeedCursor *m, struct feed_cursor *c, bool required,
                      struct err *e)
{
    *c = (struct feed_cursor){0};
    if (m == NULL)
        return !required || err_set(e, ERR_INPUT, "cursor: missing");
    *c = (struct feed_cursor){.chain = feed_chain_of(m->chain),
                              .epoch = m->epoch,
                              .page = m->page,
                              .has_hash = m->has_hash};
    if (c->chain == FEED_CHAIN_NONE)
        return err_set(e, ERR_INPUT, "cursor: unknown chain");
    if (c->epoch > INT64_MAX || c->page > INT64_MAX || (c->page > 0 && c->epoch == 0))
        return err_set(e, ERR_INPUT, "cursor: no such position");
    return !m->has_hash || FIXED(m, hash, &c->hash);
}

static Htx__V1__FeedOpen *open_out(struct arena *a, const struct feed_open *o)
{
    Htx__V1__FeedOpen *m = arena_new(a, sizeof *m);

    htx__v1__feed_open__init(m);
    SET(m, version, o->version);
    SET(m, province, wire_data(o->province.b, HASH_LEN));
    m->after = cursor_out(a, &o->after);
    m->program = (char *)o->program;
    return m;
}

static bool open_in(const Htx__V1__FeedOpen *m, struct feed_open *o, struct err *e)
{
    *o = (struct feed_open){.version = m->version, .program = text(m->program)};
    return FIXED(m, province, &o->province) && cursor_in(m->after, &o->after, true, e);
}

static Htx__V1__FeedState *state_out(struct arena *a, const struct feed_state *s)
{
    Htx__V1__FeedState *m = arena_new(a, sizeof *m);

    htx__v1__feed_state__init(m);
    SET(m, version, s->version);
    SET(m, province, wire_data(s->province.b, HASH_LEN));
    m->newest = cursor_out(a, &s->newest);
    m->next = cursor_out(a, &s->next);
    m->fork = cursor_out(a, &s->fork);
    SET(m, time, s->time);
    return m;
}

static bool state_in(const Htx__V1__FeedState *m, struct feed_state *s, struct err *e)
{
    *s = (struct feed_state){.version = m->version, .time = m->time};
    return FIXED(m, province, &s->province) &&
           cursor_in(m->newest, &s->newest, false, e) &&
           cursor_in(m->next, &s->next, false, e) &&
           cursor_in(m->fork, &s->fork, false, e);
}

static Htx__V1__FeedPart *part_out(struct arena *a, const struct feed_part *p)
{
    Htx__V1__FeedPart *m = arena_new(a, sizeof *m);

    htx__v1__feed_part__init(m);
    m->page = cursor_out(a, &p->page);
    SET(m, offset, p->offset);
    SET(m, total, p->total);
    SET(m, data, wire_span(p->data));
    return m;
}

static bool part_in(const Htx__V1__FeedPart *m, struct feed_part *p, struct err *e)
{
    *p = (struct feed_part){
        .offset = m->offset, .total = m->total, .data = span_in(&m->data)};
    if (p->data.n == 0 || p->data.n > FEED_PART || p->offset > p->total ||
        p->data.n > p->total - p->offset)
        return err_set(e, ERR_INPUT, "FeedPart: %zu bytes at %u of %u", p->data.n,
                       p->offset, p->total);
    return cursor_in(m->page, &p->page, true, e);
}

/* ---- envelopes ---- */

bool wire_feed_out(const struct message *msg, struct arena *a, Htx__V1__Envelope *m)
{
    switch (msg->kind) {
    case MSG_FEED_OPEN:
        m->message_case = HTX__V1__ENVELOPE__MESSAGE_FEED_OPEN;
        m->feed_open = open_out(a, &msg->feed_open);
        return true;
    case MSG_FEED_STATE:
        m->message_case = HTX__V1__ENVELOPE__MESSAGE_FEED_STATE;
        m->feed_state = state_out(a, &msg->feed_state);
        return true;
    case MSG_FEED_REQUEST:
        m->message_case = HTX__V1__ENVELOPE__MESSAGE_FEED_REQUEST;
        m->feed_request = arena_new(a, sizeof *m->feed_request);
        htx__v1__feed_request__init(m->feed_request);
        m->feed_request->page = cursor_out(a, &msg->feed_request.page);
        SET(m->feed_request, offset, msg->feed_request.offset);
        return true;
    case MSG_FEED_PART:
        m->message_case = HTX__V1__ENVELOPE__MESSAGE_FEED_PART;
        m->feed_part = part_out(a, &msg->feed_part);
        return true;
    case MSG_FEED_REFUSAL:
        m->message_case = HTX__V1__ENVELOPE__MESSAGE_FEED_REFUSAL;
        m->feed_refusal = arena_new(a, sizeof *m->feed_refusal);
        htx__v1__feed_refusal__init(m->feed_refusal);
        SET(m->feed_refusal, reason,
            (Htx__V1__FeedRefusalReason)msg->feed_refusal.reason);
        m->feed_refusal->detail = (char *)msg->feed_refusal.detail;
        m->feed_refusal->page = cursor_out(a, &msg->feed_refusal.page);
        return true;
    case MSG_RECONCILE_ASK:
        m->message_case = HTX__V1__ENVELOPE__MESSAGE_RECONCILE_ASK;
        m->reconcile_ask = wire_reconcile_ask_out(a, &msg->reconcile_ask);
        return true;
    case MSG_RECONCILE_ANSWER:
        m->message_case = HTX__V1__ENVELOPE__MESSAGE_RECONCILE_ANSWER;
        m->reconcile_answer = wire_reconcile_answer_out(a, &msg->reconcile_answer);
        return true;
    default:
        return false;
    }
}

bool wire_feed_in(const Htx__V1__Envelope *env, struct arena *a, struct message *m,
                  struct err *e)
{
    switch (env->message_case) {
    case HTX__V1__ENVELOPE__MESSAGE_FEED_OPEN:
        m->kind = MSG_FEED_OPEN;
        return open_in(env->feed_open, &m->feed_open, e);
    case HTX__V1__ENVELOPE__MESSAGE_FEED_STATE:
        m->kind = MSG_FEED_STATE;
        return state_in(env->feed_state, &m->feed_state, e);
    case HTX__V1__ENVELOPE__MESSAGE_FEED_REQUEST:
        m->kind = MSG_FEED_REQUEST;
        m->feed_request.offset = env->feed_request->offset;
        return cursor_in(env->feed_request->page, &m->feed_request.page, true, e);
    case HTX__V1__ENVELOPE__MESSAGE_FEED_PART:
        m->kind = MSG_FEED_PART;
        return part_in(env->feed_part, &m->feed_part, e);
    case HTX__V1__ENVELOPE__MESSAGE_FEED_REFUSAL:
        m->kind = MSG_FEED_REFUSAL;
        m->feed_refusal.reason = (enum feed_refusal_reason)env->feed_refusal->reason;
        m->feed_refusal.detail = text(env->feed_refusal->detail);
        return cursor_in(env->feed_refusal->page, &m->feed_refusal.page, false, e);
    case HTX__V1__ENVELOPE__MESSAGE_RECONCILE_ASK:
        m->kind = MSG_RECONCILE_ASK;
        return wire_reconcile_ask_in(env->reconcile_ask, &m->reconcile_ask, e);
    case HTX__V1__ENVELOPE__MESSAGE_RECONCILE_ANSWER:
        m->kind = MSG_RECONCILE_ANSWER;
        return wire_reconcile_answer_in(env->reconcile_answer, a, &m->reconcile_answer, e);
    default:
        m->kind = MSG_OTHER;
        return true;
    }
}
