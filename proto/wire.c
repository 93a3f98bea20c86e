/* The only user of generated code for packing; wire_read.c has the other direction. */
#include "proto/wire_own.h"

#include <assert.h>

_Static_assert((int)FINDING_TEXT == (int)WIRE_STRING_LEN, "findings");
_Static_assert((int)VERDICT_CONFLICT == (int)HTX__V1__VERDICT__VERDICT_CONFLICT,
               "verdicts");
_Static_assert((int)QUAL_EXPECTED == (int)HTX__V1__QUALIFIER__QUALIFIER_EXPECTED,
               "quals");
_Static_assert((int)OBS_REFUSED ==
                   (int)HTX__V1__OBSERVATION_STATE__OBSERVATION_STATE_REFUSED,
               "observation states");
_Static_assert((int)SUBJECT_QTDND == (int)HTX__V1__SUBJECT_KIND__SUBJECT_KIND_QTDND,
               "kinds");
_Static_assert((int)NOT_NOW_QUARANTINE ==
                   (int)HTX__V1__NOT_NOW_REASON__NOT_NOW_REASON_QUARANTINE,
               "not now");
_Static_assert((int)REJECT_EQUIVOCATION ==
                   (int)HTX__V1__REJECT_REASON__REJECT_REASON_EQUIVOCATION,
               "reject");

const char *not_now_word(enum not_now_reason r)
{
    static const char *const words[] = {"",
                                        "busy",
                                        "database",
                                        "predecessor",
                                        "catalogue_newer",
                                        "catalogue_older",
                                        "period_not_open",
                                        "version",
                                        "quarantine"};

    return (size_t)r < COUNT(words) ? words[r] : "";
}

const char *reject_word(enum reject_reason r)
{
    static const char *const words[] = {"",        "malformed", "signature",
                                        "speaker", "recipient", "equivocation"};

    return (size_t)r < COUNT(words) ? words[r] : "";
}

static const struct hash no_hash;

/* -- small helpers: "" and zero are absent on the wire ------------------------------ */

static char *word(const char *s)
{
    return s != NULL && *s != 0 ? (char *)s : NULL;
}

void wire_pack_any(const void *message, struct bytes *out)
{
    const ProtobufCMessage *m = message;
    size_t n = protobuf_c_message_get_packed_size(m);

    protobuf_c_message_pack(m, bytes_room(out, n));
    out->n += n;
}

Htx__V1__UnitKey *wire_unit_out(struct arena *a, const struct unit_key *u)
{
    Htx__V1__UnitKey *m;

    if (u->code == NULL || *u->code == 0)
        return NULL;
    m = arena_new(a, sizeof *m);
    htx__v1__unit_key__init(m);
    m->code = (char *)u->code;
    m->has_valid_from = 1;
    m->valid_from = u->valid_from;
    return m;
}

/* -- reports ------------------------------------------------------------------------ */

static Htx__V1__Subject *subject_out(struct arena *a, const struct subject *s)
{
    Htx__V1__Subject *m = arena_new(a, sizeof *m);

    htx__v1__subject__init(m);
    SET_IF(m, kind, s->kind != 0, (Htx__V1__SubjectKind)s->kind);
    SET_IF(m, scheme, s->scheme != 0, (Htx__V1__IdScheme)s->scheme);
    m->id = word(s->id);
    m->id_issuer = word(s->id_issuer);
    m->name = word(s->name);
    m->sector = word(s->sector);
    m->commune = word(s->commune);
    SET_IF(m, state, s->state != 0, (Htx__V1__EntityState)s->state);
    return m;
}

static void observation_out(Htx__V1__Observation *m, const struct observation *o,
                            bool digest)
{
    htx__v1__observation__init(m);
    SET(m, indicator, o->indicator);
    m->b1 = word(o->b1);
    m->b2 = word(o->b2);
    SET(m, state, (Htx__V1__ObservationState)o->state);
    SET_IF(m, qualifier, o->qualifier != 0, (Htx__V1__Qualifier)o->qualifier);
    if (o->state == OBS_VALUE) {
        SET(m, value, o->value);
        SET_IF(m, upper, o->has_upper, o->upper);
    }
    SET_IF(m, stated, o->stated, 1);
    SET_IF(m, as_of, o->as_of != DATE_NONE, o->as_of);
    m->population = word(o->population);
    m->text = word(o->text);
    m->cell = digest ? NULL : word(o->cell);
}

/* digest: only what the report says, see report_digest(). */
static void report_out(struct arena *a, const struct report *r, bool digest,
                       struct bytes *out)
{
    Htx__V1__Report m = HTX__V1__REPORT__INIT;
    Htx__V1__Provenance p = HTX__V1__PROVENANCE__INIT;
    Htx__V1__Observation *obs = arena_new(a, r->n_obs * sizeof *obs);
    Htx__V1__NamedText *texts = arena_new(a, r->n_texts * sizeof *texts);

    SET(&m, version, r->version);
    m.unit = wire_unit_out(a, &r->unit);
    m.form = word(r->form);
    SET(&m, form_version, r->form_version);
    m.subject = subject_out(a, &r->subject);
    m.scheme = word(r->scheme);
    m.period = word(r->period);
    SET(&m, vintage, (Htx__V1__Vintage)r->vintage);
    SET(&m, channel, (Htx__V1__Channel)r->channel);
    if (!digest) {
        SET(&m, id, wire_data(r->id.b, ID_LEN));
        SET(&m, revision, r->revision);
        SET_IF(&m, supersedes, r->has_supersedes, wire_data(r->supersedes.b, HASH_LEN));
        m.reason = word(r->reason);
        SET(&m, catalogue, r->catalogue);
        p.source_name = word(r->source_name);
        SET_IF(&p, source_hash, !hash_eq(&r->source_hash, &no_hash),
               wire_data(r->source_hash.b, HASH_LEN));
        p.source_place = word(r->source_place);
        p.maker = word(r->maker);
        p.paper_hash = word(r->paper_hash);
        SET_IF(&p, made_at, r->made_at != 0, r->made_at);
        m.provenance = &p;
    }
    m.n_observations = r->n_obs;
    m.observations = arena_new(a, r->n_obs * sizeof *m.observations);
    for (size_t i = 0; i < r->n_obs; i++) {
        observation_out(&obs[i], &r->obs[i], digest);
        m.observations[i] = &obs[i];
    }
    m.n_texts = r->n_texts;
    m.texts = arena_new(a, r->n_texts * sizeof *m.texts);
    for (size_t i = 0; i < r->n_texts; i++) {
        htx__v1__named_text__init(&texts[i]);
        texts[i].key = word(r->texts[i].key);
        texts[i].text = word(r->texts[i].text);
        m.texts[i] = &texts[i];
    }
    wire_pack_any(&m, out);
}

bool wire_pack_report(const struct report *r, struct bytes *out, struct err *e)
{
    struct arena a = {0};
    size_t before = out->n;

    if (r->n_obs > WIRE_OBSERVATIONS)
        return err_set(e, ERR_INPUT, "a report of %zu observations, at most %d", r->n_obs,
                       WIRE_OBSERVATIONS);
    report_out(&a, r, false, out);
    arena_clear(&a);
    if (out->n - before > WIRE_REPORT) {
        size_t n = out->n - before;

        out->n = before;
        return err_set(e, ERR_INPUT, "a report of %zu bytes, at most %d", n, WIRE_REPORT);
    }
    return true;
}

struct hash report_digest(const struct report *r)
{
    struct arena a = {0};
    struct bytes b = {0};
    struct hash h;

    report_out(&a, r, true, &b);
    h = hash_of(DOMAIN_CONTENT, span_of(&b));
    bytes_clear(&b);
    arena_clear(&a);
    return h;
}

bool wire_pack_submission(const struct submission *s, struct bytes *out, struct err *e)
{
    Htx__V1__Submission m = HTX__V1__SUBMISSION__INIT;
    struct arena a = {0};
    size_t before = out->n;

    SET(&m, version, s->version);
    SET(&m, id, wire_data(s->id.b, ID_LEN));
    m.unit = wire_unit_out(&a, &s->unit);
    m.scheme = word(s->scheme);
    m.period = word(s->period);
    SET(&m, vintage, (Htx__V1__Vintage)s->vintage);
    SET_IF(&m, nothing_to_report, s->nothing_to_report, 1);
    m.n_forms = s->n_forms;
    m.forms = arena_new(&a, s->n_forms * sizeof *m.forms);
    for (size_t i = 0; i < s->n_forms; i++) {
        m.forms[i] = arena_new(&a, sizeof **m.forms);
        htx__v1__form_rows__init(m.forms[i]);
        m.forms[i]->form = word(s->forms[i]);
        SET(m.forms[i], rows, s->rows[i]);
    }
    m.paper_number = word(s->paper_number);
    SET_IF(&m, paper_date, s->paper_date != DATE_NONE, s->paper_date);
    m.signer = word(s->signer);
    m.signer_title = word(s->signer_title);
    m.maker = word(s->maker);
    m.pdf_hash = word(s->pdf_hash);
    SET_IF(&m, made_at, s->made_at != 0, s->made_at);
    m.approver = word(s->approver);
    wire_pack_any(&m, out);
    arena_clear(&a);
    if (out->n - before > WIRE_REPORT) {
        out->n = before;
        return err_set(e, ERR_INPUT, "submission larger than %d bytes", WIRE_REPORT);
    }
    return true;
}

bool wire_pack_explanation(const struct explanation *x, struct bytes *out, struct err *e)
{
    Htx__V1__Answer m = HTX__V1__ANSWER__INIT;
    struct arena a = {0};
    size_t n = x->text != NULL ? strlen(x->text) : 0;

    if (n == 0 || n > WIRE_ANSWER_LEN)
        return err_set(e, ERR_INPUT, "an explanation of %zu bytes, 1 to %d are allowed",
                       n, WIRE_ANSWER_LEN);
    SET(&m, version, x->version);
    SET(&m, id, wire_data(x->id.b, ID_LEN));
    m.unit = wire_unit_out(&a, &x->unit);
    SET(&m, about, wire_data(x->about.b, HASH_LEN));
    m.finding = word(x->finding);
    m.cell = word(x->cell);
    m.text = word(x->text);
    SET_IF(&m, withdraw, x->withdraw, 1);
    SET_IF(&m, indicator, x->indicator != 0, x->indicator);
    m.b1 = word(x->b1);
    m.b2 = word(x->b2);
    m.scheme = word(x->scheme);
    m.period = word(x->period);
    SET(&m, vintage, (Htx__V1__Vintage)x->vintage);
    m.maker = word(x->maker);
    SET_IF(&m, made_at, x->made_at != 0, x->made_at);
    wire_pack_any(&m, out);
    arena_clear(&a);
    return true;
}

struct hash item_hash(enum item_kind kind, struct span body)
{
    switch (kind) {
    case ITEM_REPORT:
        return hash_of(DOMAIN_REPORT, body);
    case ITEM_SUBMISSION:
        return hash_of(DOMAIN_SUBMISSION, body);
    case ITEM_ANSWER:
    case ITEM_NONE:
        break;
    }
    return hash_of(DOMAIN_ANSWER, body);
}

/* -- batches, receipts, statements -------------------------------------------------- */

static Htx__V1__Head **heads_out(struct arena *a, const struct head *heads, size_t n)
{
    Htx__V1__Head **list = arena_new(a, n * sizeof *list);

    for (size_t i = 0; i < n; i++) {
        Htx__V1__Head *m = list[i] = arena_new(a, sizeof *m);

        htx__v1__head__init(m);
        m->unit = wire_unit_out(a, &heads[i].unit);
        SET(m, epoch, heads[i].epoch);
        SET(m, number, heads[i].number);
        SET(m, hash, wire_data(heads[i].hash.b, HASH_LEN));
    }
    return list;
}

void wire_pack_header(const struct batch_header *h, struct bytes *out)
{
    Htx__V1__BatchHeader m = HTX__V1__BATCH_HEADER__INIT;
    struct arena a = {0};

    SET(&m, version, 1);
    m.unit = wire_unit_out(&a, &h->unit);
    SET(&m, recipient, wire_data(h->recipient.b, HASH_LEN));
    SET(&m, epoch, h->epoch);
    SET(&m, number, h->number);
    SET(&m, previous, wire_data(h->previous.b, HASH_LEN));
    SET(&m, count, h->count);
    SET(&m, root, wire_data(h->root.b, HASH_LEN));
    SET(&m, sealed_at, h->sealed_at);
    m.n_continues = h->n_continues;
    m.continues = heads_out(&a, h->continues, h->n_continues);
    wire_pack_any(&m, out);
    arena_clear(&a);
}

void wire_pack_findings(const struct findings *fs, struct bytes *out)
{
    Htx__V1__Findings m = HTX__V1__FINDINGS__INIT;
    struct arena a = {0};

    m.n_list = fs->n;
    m.list = arena_new(&a, fs->n * sizeof *m.list);
    for (size_t i = 0; i < fs->n; i++) {
        const struct finding *f = &fs->list[i];
        Htx__V1__Finding *o = m.list[i] = arena_new(&a, sizeof *o);
        size_t n = FINDING_ARGS;

        htx__v1__finding__init(o);
        o->code = word(f->code);
        SET(o, severity, (uint32_t)f->severity);
        SET_IF(o, indicator, f->indicator != 0, f->indicator);
        o->b1 = word(f->b1);
        o->b2 = word(f->b2);
        o->cell = word(f->cell);
        o->value = word(f->value);
        while (n > 0 && (f->args[n - 1] == NULL || f->args[n - 1][0] == 0))
            n--;
        o->n_args = n;
        o->args = arena_new(&a, n * sizeof *o->args);
        for (size_t k = 0; k < n; k++)
            o->args[k] = f->args[k] != NULL ? (char *)f->args[k] : (char *)"";
        SET_IF(o, refuses, f->refuses, 1);
        SET_IF(o, holds, f->holds, 1);
    }
    wire_pack_any(&m, out);
    arena_clear(&a);
}

void wire_pack_leaf(const struct leaf *l, struct bytes *out)
{
    Htx__V1__Leaf m = HTX__V1__LEAF__INIT;
    struct arena a = {0};

    SET(&m, item_hash, wire_data(l->item_hash.b, HASH_LEN));
    m.unit = wire_unit_out(&a, &l->unit);
    SET(&m, id, wire_data(l->id.b, ID_LEN));
    SET(&m, epoch, l->epoch);
    SET(&m, seq, l->seq);
    SET(&m, verdict, (Htx__V1__Verdict)l->verdict);
    SET(&m, catalogue, l->catalogue);
    SET(&m, findings_hash, wire_data(l->findings_hash.b, HASH_LEN));
    SET_IF(&m, late, l->late, 1);
    SET_IF(&m, duplicate_of, l->has_duplicate, wire_data(l->duplicate_of.b, HASH_LEN));
    SET(&m, kind, (Htx__V1__ItemKind)l->kind);
    wire_pack_any(&m, out);
    arena_clear(&a);
}

void wire_pack_statement(const struct statement *s, struct bytes *out)
{
    Htx__V1__Statement m = HTX__V1__STATEMENT__INIT;

    SET(&m, version, 1);
    SET(&m, province, wire_data(s->province.b, HASH_LEN));
    SET(&m, epoch, s->epoch);
    SET(&m, number, s->number);
    SET(&m, first_seq, s->first_seq);
    SET(&m, last_seq, s->last_seq);
    SET(&m, root, wire_data(s->root.b, HASH_LEN));
    SET(&m, previous, wire_data(s->previous.b, HASH_LEN));
    SET(&m, control_epoch, s->control_epoch);
    SET(&m, control_seq, s->control_seq);
    SET(&m, time, s->time);
    SET(&m, key, wire_data(s->key.b, KEY_LEN));
    SET(&m, audit_head, wire_data(s->audit_head.b, HASH_LEN));
    wire_pack_any(&m, out);
}

static Htx__V1__Receipt *receipt_out(struct arena *a, const struct receipt *r)
{
    Htx__V1__Receipt *m = arena_new(a, sizeof *m);

    htx__v1__receipt__init(m);
    SET(m, leaf, wire_span(r->leaf));
    SET(m, index, r->index);
    SET(m, leaves, r->leaves);
    m->n_path = r->n_path;
    m->path = arena_new(a, r->n_path * sizeof *m->path);
    for (size_t i = 0; i < r->n_path; i++)
        m->path[i] = wire_data(r->path[i].b, HASH_LEN);
    SET(m, statement, wire_span(r->statement));
    SET(m, signature, wire_data(r->signature.b, SIG_LEN));
    SET(m, findings, wire_span(r->findings));
    return m;
}

void wire_pack_receipt(const struct receipt *r, struct bytes *out)
{
    struct arena a = {0};

    wire_pack_any(receipt_out(&a, r), out);
    arena_clear(&a);
}

/* -- whole messages ----------------------------------------------------------------- */

static Htx__V1__BatchRef *ref_out(struct arena *a, const struct batch_ref *r)
{
    Htx__V1__BatchRef *m = arena_new(a, sizeof *m);

    htx__v1__batch_ref__init(m);
    m->unit = wire_unit_out(a, &r->unit);
    SET(m, epoch, r->epoch);
    SET(m, number, r->number);
    return m;
}

static Htx__V1__NotNow *not_now_out(struct arena *a, const struct not_now *n)
{
    Htx__V1__NotNow *m = arena_new(a, sizeof *m);

    htx__v1__not_now__init(m);
    if (n->batch.unit.code != NULL)
        m->batch = ref_out(a, &n->batch);
    SET_IF(m, item_hash, n->has_item, wire_data(n->item_hash.b, HASH_LEN));
    SET(m, reason, (Htx__V1__NotNowReason)n->reason);
    m->detail = word(n->detail);
    SET_IF(m, retry_after_ms, n->retry_after_ms != 0, n->retry_after_ms);
    return m;
}

static Htx__V1__Have *have_out(struct arena *a, const struct have *h)
{
    Htx__V1__Have *m = arena_new(a, sizeof *m);

    htx__v1__have__init(m);
    m->unit = wire_unit_out(a, &h->unit);
    SET_IF(m, notice_epoch, h->notice.epoch != 0, h->notice.epoch);
    SET_IF(m, notice_seq, h->notice.epoch != 0, h->notice.seq);
    SET_IF(m, page, h->has_page, wire_data(h->page.b, HASH_LEN));
    SET_IF(m, catalogue, h->catalogue != 0, h->catalogue);
    SET_IF(m, catalogue_hash, h->catalogue != 0,
           wire_data(h->catalogue_hash.b, HASH_LEN));
    return m;
}

static Htx__V1__Hello *hello_out(struct arena *a, const struct hello *h)
{
    static uint32_t versions[] = {1};
    Htx__V1__Hello *m = arena_new(a, sizeof *m);

    htx__v1__hello__init(m);
    m->n_versions = COUNT(versions);
    m->versions = versions;
    m->n_units = h->n_units;
    m->units = arena_new(a, h->n_units * sizeof *m->units);
    for (size_t i = 0; i < h->n_units; i++)
        m->units[i] = wire_unit_out(a, &h->units[i]);
    m->n_heads = h->n_heads;
    m->heads = heads_out(a, h->heads, h->n_heads);
    SET(m, catalogue, h->catalogue);
    SET(m, recipient, wire_data(h->recipient.b, HASH_LEN));
    m->program = word(h->program);
    m->n_have = h->n_have;
    m->have = arena_new(a, h->n_have * sizeof *m->have);
    for (size_t i = 0; i < h->n_have; i++)
        m->have[i] = have_out(a, &h->have[i]);
    return m;
}

static Htx__V1__Welcome *welcome_out(struct arena *a, const struct welcome *w)
{
    Htx__V1__Welcome *m = arena_new(a, sizeof *m);

    htx__v1__welcome__init(m);
    SET(m, version, w->version);
    m->n_heads = w->n_heads;
    m->heads = heads_out(a, w->heads, w->n_heads);
    SET(m, catalogue, w->catalogue);
    SET(m, catalogue_hash, wire_data(w->catalogue_hash.b, HASH_LEN));
    SET(m, report_version, w->report_version);
    SET(m, credit, w->credit);
    SET(m, time, w->time);
    m->n_keys = w->n_keys;
    m->keys = arena_new(a, w->n_keys * sizeof *m->keys);
    for (size_t i = 0; i < w->n_keys; i++)
        m->keys[i] = wire_data(w->keys[i].b, KEY_LEN);
    return m;
}

bool batch_elsewhere(const struct batch *b, size_t item)
{
    return b->elsewhere != NULL &&
           !hash_eq(&b->elsewhere[item], &(const struct hash){.b = {0}});
}

static Htx__V1__Batch *batch_out(struct arena *a, const struct batch *b)
{
    Htx__V1__Batch *m = arena_new(a, sizeof *m);

    htx__v1__batch__init(m);
    SET(m, header, wire_span(b->header_bytes));
    SET(m, signature, wire_data(b->signature.b, SIG_LEN));
    SET(m, signer, wire_data(b->signer.b, KEY_LEN));
    m->n_items = b->n_items;
    m->items = arena_new(a, b->n_items * sizeof *m->items);
    for (size_t i = 0; i < b->n_items; i++) {
        Htx__V1__Item *it = m->items[i] = arena_new(a, sizeof *it);

        htx__v1__item__init(it);
        SET(it, kind, (Htx__V1__ItemKind)b->items[i].kind);
        if (batch_elsewhere(b, i))
            SET(it, hash, wire_data(b->elsewhere[i].b, HASH_LEN));
        else
            SET(it, body, wire_span(b->items[i].body));
    }
    return m;
}

static Htx__V1__Receipts *receipts_out(struct arena *a, const struct receipts_msg *r)
{
    Htx__V1__Receipts *m = arena_new(a, sizeof *m);

    htx__v1__receipts__init(m);
    m->batch = ref_out(a, &r->batch);
    m->n_receipts = r->n;
    m->receipts = arena_new(a, r->n * sizeof *m->receipts);
    for (size_t i = 0; i < r->n; i++)
        m->receipts[i] = receipt_out(a, &r->receipts[i]);
    m->n_not_now = r->n_not_now;
    m->not_now = arena_new(a, r->n_not_now * sizeof *m->not_now);
    for (size_t i = 0; i < r->n_not_now; i++)
        m->not_now[i] = not_now_out(a, &r->not_now[i]);
    return m;
}

static Htx__V1__Notice *notice_out(struct arena *a, const struct notice *n)
{
    Htx__V1__Notice *m = arena_new(a, sizeof *m);

    htx__v1__notice__init(m);
    SET(m, act, wire_span(n->act));
    SET(m, signature, wire_data(n->signature.b, SIG_LEN));
    SET(m, index, n->index);
    SET(m, leaves, n->leaves);
    m->n_path = n->n_path;
    m->path = arena_new(a, n->n_path * sizeof *m->path);
    for (size_t i = 0; i < n->n_path; i++)
        m->path[i] = wire_data(n->path[i].b, HASH_LEN);
    SET(m, statement, wire_span(n->statement));
    SET_IF(m, previous_epoch, n->previous.epoch != 0, n->previous.epoch);
    SET_IF(m, previous_seq, n->previous.epoch != 0, n->previous.seq);
    return m;
}

/* -- the back flow ------------------------------------------------------------------- */

static Htx__V1__BlobRef *blob_out(struct arena *a, const struct blob_ref *b)
{
    Htx__V1__BlobRef *m = arena_new(a, sizeof *m);

    htx__v1__blob_ref__init(m);
    SET(m, kind, (Htx__V1__BlobKind)b->kind);
    SET_IF(m, version, b->kind == BLOB_CATALOGUE, b->version);
    m->unit = wire_unit_out(a, &b->unit);
    SET(m, hash, wire_data(b->hash.b, HASH_LEN));
    SET(m, total, b->total);
    return m;
}

static Htx__V1__Offer *offer_out(struct arena *a, const struct offer *o)
{
    Htx__V1__Offer *m = arena_new(a, sizeof *m);

    htx__v1__offer__init(m);
    m->blob = blob_out(a, &o->blob);
    SET_IF(m, from, o->from != DATE_NONE, o->from);
    m->n_endorsements = o->n_endorsements;
    m->endorsements = arena_new(a, o->n_endorsements * sizeof *m->endorsements);
    for (size_t i = 0; i < o->n_endorsements; i++) {
        Htx__V1__Endorsement *n = m->endorsements[i] = arena_new(a, sizeof *n);

        htx__v1__endorsement__init(n);
        SET(n, key, wire_data(o->endorsements[i].key.b, KEY_LEN));
        SET(n, signature, wire_data(o->endorsements[i].signature.b, SIG_LEN));
    }
    return m;
}

static Htx__V1__PartRequest *part_request_out(struct arena *a,
                                              const struct part_request *r)
{
    Htx__V1__PartRequest *m = arena_new(a, sizeof *m);

    htx__v1__part_request__init(m);
    m->blob = blob_out(a, &r->blob);
    SET(m, offset, r->offset);
    return m;
}

static Htx__V1__Part *part_out(struct arena *a, const struct part *p)
{
    Htx__V1__Part *m = arena_new(a, sizeof *m);

    htx__v1__part__init(m);
    m->blob = blob_out(a, &p->blob);
    SET(m, offset, p->offset);
    SET(m, data, wire_span(p->data));
    return m;
}

void wire_pack_catalogue_act(const struct hash *province, uint32_t catalogue,
                             const struct hash *bundle, int32_t from, struct bytes *out)
{
    Htx__V1__CatalogueAct m = HTX__V1__CATALOGUE_ACT__INIT;

    SET(&m, version, 1);
    SET(&m, province, wire_data(province->b, HASH_LEN));
    SET(&m, catalogue, catalogue);
    SET(&m, hash, wire_data(bundle->b, HASH_LEN));
    SET(&m, from, from);
    wire_pack_any(&m, out);
}

void wire_pack_page_head(const struct page_head *h, struct bytes *out)
{
    Htx__V1__RegisterPage m = HTX__V1__REGISTER_PAGE__INIT;
    struct arena a = {0};

    SET(&m, version, 1);
    m.unit = wire_unit_out(&a, &h->unit);
    SET(&m, epoch, h->at.epoch);
    SET(&m, seq, h->at.seq);
    wire_pack_any(&m, out);
    arena_clear(&a);
}

static Htx__V1__PastReport *past_out(struct arena *a, const struct past_report *r)
{
    Htx__V1__PastReport *m = arena_new(a, sizeof *m);
    Htx__V1__Observation *obs = arena_new(a, r->n_obs * sizeof *obs);

    htx__v1__past_report__init(m);
    m->form = word(r->form);
    SET(m, form_version, r->form_version);
    m->scheme = word(r->scheme);
    m->period = word(r->period);
    SET(m, vintage, (Htx__V1__Vintage)r->vintage);
    SET(m, channel, (Htx__V1__Channel)r->channel);
    m->n_observations = r->n_obs;
    m->observations = arena_new(a, r->n_obs * sizeof *m->observations);
    for (size_t i = 0; i < r->n_obs; i++) {
        observation_out(&obs[i], &r->obs[i], true);
        obs[i].text = NULL;
        m->observations[i] = &obs[i];
    }
    return m;
}

void wire_pack_entity(const struct subject *s, const struct past *p, struct bytes *out)
{
    Htx__V1__RegisterEntity m = HTX__V1__REGISTER_ENTITY__INIT;
    struct arena a = {0};

    m.subject = subject_out(&a, s);
    SET_IF(&m, founded, p->founded != DATE_NONE, p->founded);
    m.n_reports = p->n_reports;
    m.reports = arena_new(&a, p->n_reports * sizeof *m.reports);
    for (size_t i = 0; i < p->n_reports; i++)
        m.reports[i] = past_out(&a, &p->reports[i]);
    SET_IF(&m, unregistered, p->registered == NULL, 1);
    wire_pack_any(&m, out);
    arena_clear(&a);
}

/* -- envelopes ------------------------------------------------------------------------
 */

void wire_pack_message(const struct message *msg, struct bytes *out)
{
    Htx__V1__Envelope m = HTX__V1__ENVELOPE__INIT;
    struct arena a = {0};

    switch (msg->kind) {
    case MSG_HELLO:
        m.message_case = HTX__V1__ENVELOPE__MESSAGE_HELLO;
        m.hello = hello_out(&a, &msg->hello);
        break;
    case MSG_WELCOME:
        m.message_case = HTX__V1__ENVELOPE__MESSAGE_WELCOME;
        m.welcome = welcome_out(&a, &msg->welcome);
        break;
    case MSG_BATCH:
        m.message_case = HTX__V1__ENVELOPE__MESSAGE_BATCH;
        m.batch = batch_out(&a, &msg->batch);
        break;
    case MSG_RECEIPTS:
        m.message_case = HTX__V1__ENVELOPE__MESSAGE_RECEIPTS;
        m.receipts = receipts_out(&a, &msg->receipts);
        break;
    case MSG_NOT_NOW:
        m.message_case = HTX__V1__ENVELOPE__MESSAGE_NOT_NOW;
        m.not_now = not_now_out(&a, &msg->not_now);
        break;
    case MSG_REJECT: {
        Htx__V1__Reject *r = arena_new(&a, sizeof *r);

        htx__v1__reject__init(r);
        if (msg->reject.batch.unit.code != NULL)
            r->batch = ref_out(&a, &msg->reject.batch);
        SET(r, reason, (Htx__V1__RejectReason)msg->reject.reason);
        r->detail = word(msg->reject.detail);
        m.message_case = HTX__V1__ENVELOPE__MESSAGE_REJECT;
        m.reject = r;
        break;
    }
    case MSG_NOTICE:
        m.message_case = HTX__V1__ENVELOPE__MESSAGE_NOTICE;
        m.notice = notice_out(&a, &msg->notice);
        break;
    case MSG_OFFER:
        m.message_case = HTX__V1__ENVELOPE__MESSAGE_OFFER;
        m.offer = offer_out(&a, &msg->offer);
        break;
    case MSG_PART_REQUEST:
        m.message_case = HTX__V1__ENVELOPE__MESSAGE_PART_REQUEST;
        m.part_request = part_request_out(&a, &msg->part_request);
        break;
    case MSG_PART:
        m.message_case = HTX__V1__ENVELOPE__MESSAGE_PART;
        m.part = part_out(&a, &msg->part);
        break;
    case MSG_HAVE:
        m.message_case = HTX__V1__ENVELOPE__MESSAGE_HAVE;
        m.have = have_out(&a, &msg->have);
        break;
    case MSG_FEED_OPEN:
    case MSG_FEED_STATE:
    case MSG_FEED_REQUEST:
    case MSG_FEED_PART:
    case MSG_FEED_REFUSAL:
    case MSG_RECONCILE_ASK:
    case MSG_RECONCILE_ANSWER:
        wire_feed_out(msg, &a, &m);
        break;
    case MSG_NONE:
    case MSG_OTHER:
        assert(false); /* no such message is ours to pack */
    }
    wire_pack_any(&m, out);
    arena_clear(&a);
}
