/* Bytes from outside to structs: pre-scan, capped unpacking, canonical check. */
#include "proto/wire_own.h"

#include "proto/base/text.h"

/* -- pre-scan ----------------------------------------------------------------------- */

struct scan {
    size_t fields;
    bool strict; /* unknown fields are refused: a known version has none */
    const char *why;
};

static bool scan_fail(struct scan *s, const char *why)
{
    s->why = why;
    return false;
}

static bool varint(struct span *in, uint64_t *v)
{
    *v = 0;
    for (unsigned shift = 0; shift < 64 && in->n > 0; shift += 7) {
        unsigned char b = *in->p++;

        in->n--;
        *v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80)
            return true;
    }
    return false;
}

static bool scan_string(struct scan *s, const ProtobufCMessageDescriptor *d,
                        struct span text)
{
    size_t max = d == &htx__v1__named_text__descriptor ? WIRE_TEXT_LEN
                 : d == &htx__v1__answer__descriptor   ? WIRE_ANSWER_LEN
                                                       : WIRE_STRING_LEN;

    if (text.n > max)
        return scan_fail(s, "a string too long");
    if (!text_valid(text))
        return scan_fail(s, "a string that is not UTF-8, or has NUL");
    if (!text_is_nfc(text))
        return scan_fail(s, "a string that is not NFC");
    return true;
}

static bool scan_message(struct scan *s, const ProtobufCMessageDescriptor *d,
                         struct span in, int depth)
{
    if (depth > WIRE_DEPTH)
        return scan_fail(s, "nested too deep");
    while (in.n > 0) {
        const ProtobufCFieldDescriptor *f;
        uint64_t tag, v = 0;

        if (!varint(&in, &tag) || tag >> 3 == 0 || tag >> 3 > 1000)
            return scan_fail(s, "a bad field tag");
        if (++s->fields > WIRE_FIELDS)
            return scan_fail(s, "too many fields");
        f = protobuf_c_message_descriptor_get_field(d, (unsigned)(tag >> 3));
        if (f == NULL && s->strict)
            return scan_fail(s, "a field that this version does not have");
        switch (tag & 7) {
        case 0:
            if (!varint(&in, &v))
                return scan_fail(s, "a cut number");
            break;
        case 2: {
            struct span body;

            if (!varint(&in, &v) || v > in.n)
                return scan_fail(s, "a length beyond the end");
            body = (struct span){in.p, (size_t)v};
            in.p += v;
            in.n -= (size_t)v;
            if (f == NULL)
                break;
            if (f->type == PROTOBUF_C_TYPE_STRING && !scan_string(s, d, body))
                return false;
            if (f->type == PROTOBUF_C_TYPE_MESSAGE &&
                !scan_message(s, f->descriptor, body, depth + 1))
                return false;
            break;
        }
        default: /* the schema has no fixed-width fields and no groups */
            return scan_fail(s, "a field of unknown wire type");
        }
    }
    return true;
}

/* -- capped allocator --------------------------------------------------------------- */

struct capped {
    struct arena *arena;
    size_t left;
};

static void *capped_alloc(void *ctx, size_t n)
{
    struct capped *c = ctx;

    size_t before = c->arena->used;
    void *p;

    if (n > c->left)
        return NULL;
    p = arena_new(c->arena, n);
    before = c->arena->used - before; /* what it really took */
    c->left -= before < c->left ? before : c->left;
    return p;
}

static void capped_free(void *ctx, void *p)
{
    (void)ctx; /* the arena frees all at once */
    (void)p;
}

/* Compares what is packed with what was read, without keeping it. */
struct comparing {
    ProtobufCBuffer base;
    struct span left;
    bool same;
};

static void compare(ProtobufCBuffer *buffer, size_t n, const uint8_t *p)
{
    struct comparing *c = (struct comparing *)buffer;

    c->same = c->same && n <= c->left.n && (n == 0 || memcmp(c->left.p, p, n) == 0);
    if (!c->same)
        return;
    c->left.p += n;
    c->left.n -= n;
}

static bool canonical(const ProtobufCMessage *m, struct span b)
{
    struct comparing c = {{compare}, b, true};

    protobuf_c_message_pack_to_buffer(m, &c.base);
    return c.same && c.left.n == 0;
}

void *wire_unpack_most(const ProtobufCMessageDescriptor *d, struct span b, bool strict,
                       size_t most, size_t heap, struct arena *a, struct err *e)
{
    struct capped cap = {a, heap};
    ProtobufCAllocator alloc = {capped_alloc, capped_free, &cap};
    struct scan s = {.strict = strict};
    ProtobufCMessage *m;

    if (b.n > most) {
        err_set(e, ERR_INPUT, "%s: %zu bytes, at most %zu", d->short_name, b.n, most);
        return NULL;
    }
    if (!scan_message(&s, d, b, 1)) {
        err_set(e, ERR_INPUT, "%s: %s", d->short_name, s.why);
        return NULL;
    }
    m = protobuf_c_message_unpack(d, &alloc, b.n, b.p);
    if (m == NULL) {
        err_set(e, ERR_INPUT, "%s: malformed", d->short_name);
        return NULL;
    }
    if (strict && !canonical(m, b)) {
        err_set(e, ERR_INPUT, "%s: not in canonical form", d->short_name);
        return NULL;
    }
    return m;
}

void *wire_unpack(const ProtobufCMessageDescriptor *d, struct span b, bool strict,
                  struct arena *a, struct err *e)
{
    return wire_unpack_most(d, b, strict, WIRE_MESSAGE, WIRE_HEAP, a, e);
}

/* A version newer than ours is "not now", before anything else is looked at. */
bool wire_version_known(struct span b, const char *what, uint64_t ours, struct err *e)
{
    struct span in = b;
    uint64_t tag, v;

    if (!varint(&in, &tag) || tag != 8 || !varint(&in, &v) || v == 0)
        return err_set(e, ERR_INPUT, "%s: does not begin with its version", what);
    if (v > ours)
        return err_set(e, ERR_RETRY, "%s: version %llu, we know %llu", what,
                       (unsigned long long)v, (unsigned long long)ours);
    return true;
}

/* -- reports ------------------------------------------------------------------------ */

bool wire_observation_in(const Htx__V1__Observation *m, struct observation *o,
                         struct err *e)
{
    *o = (struct observation){.indicator = m->indicator,
                              .b1 = text(m->b1),
                              .b2 = text(m->b2),
                              .state = (enum obs_state)m->state,
                              .qualifier = (enum qualifier)m->qualifier,
                              .has_upper = m->has_upper,
                              .stated = m->stated,
                              .value = m->value,
                              .upper = m->upper,
                              .as_of = m->has_as_of ? m->as_of : DATE_NONE,
                              .population = text(m->population),
                              .text = text(m->text),
                              .cell = text(m->cell)};
    if (!m->has_state || !in_enum((int)m->state, OBS_REFUSED) ||
        o->state == OBS_MISSING || !in_enum((int)m->qualifier, QUAL_EXPECTED))
        return err_set(e, ERR_INPUT, "observation: unknown state or qualifier");
    if ((o->state == OBS_VALUE) != (m->has_value != 0) ||
        (o->has_upper && o->state != OBS_VALUE))
        return err_set(e, ERR_INPUT, "observation: value and state do not fit");
    if (o->as_of != DATE_NONE && !date_is_day(o->as_of))
        return err_set(e, ERR_INPUT, "observation: no such day");
    if (o->has_upper && o->upper < o->value)
        return err_set(e, ERR_INPUT, "observation: upper bound below value");
    return true;
}

bool wire_subject_in(const Htx__V1__Subject *m, struct subject *s, struct err *e)
{
    if (m == NULL || !in_enum((int)m->kind, SUBJECT_QTDND) || m->kind == 0 ||
        !in_enum((int)m->scheme, ID_REGISTER) || !in_enum((int)m->state, STATE_DISSOLVED))
        return err_set(e, ERR_INPUT, "subject: unknown kind, scheme or state");
    *s = (struct subject){.kind = (enum subject_kind)m->kind,
                          .scheme = (enum id_scheme)m->scheme,
                          .id = text(m->id),
                          .id_issuer = text(m->id_issuer),
                          .name = text(m->name),
                          .sector = text(m->sector),
                          .commune = text(m->commune),
                          .state = (enum entity_state)m->state};
    return true;
}

bool wire_read_report(struct span b, struct arena *a, struct report *r, struct err *e)
{
    const Htx__V1__Report *m;

    if (b.n > WIRE_REPORT)
        return err_set(e, ERR_INPUT, "Report: %zu bytes, at most %d", b.n, WIRE_REPORT);
    if (!wire_version_known(b, "Report", REPORT_VERSION, e))
        return false;
    m = wire_unpack(&htx__v1__report__descriptor, b, true, a, e);
    if (m == NULL)
        return false;
    *r = (struct report){.version = m->version,
                         .unit = unit_in(m->unit),
                         .form = text(m->form),
                         .form_version = m->form_version,
                         .scheme = text(m->scheme),
                         .period = text(m->period),
                         .vintage = (enum vintage)m->vintage,
                         .channel = (enum channel)m->channel,
                         .revision = m->revision,
                         .has_supersedes = m->has_supersedes,
                         .reason = text(m->reason),
                         .catalogue = m->catalogue,
                         .source_name = "",
                         .source_place = "",
                         .maker = "",
                         .paper_hash = ""};
    if (!FIXED(m, id, &r->id) || !unit_required(&r->unit, e) ||
        !wire_subject_in(m->subject, &r->subject, e))
        return false;
    if (m->has_supersedes && !FIXED(m, supersedes, &r->supersedes))
        return false;
    if (r->form[0] == 0 || r->scheme[0] == 0 || r->period[0] == 0 || r->vintage == 0 ||
        !in_enum((int)r->vintage, VINTAGE_ACTUAL) || r->channel == 0 ||
        !in_enum((int)r->channel, CHANNEL_EARLIER) || r->revision == 0 ||
        r->revision > 1000000)
        return err_set(
            e, ERR_INPUT,
            "Report: form, period, vintage, channel and revision are required");
    if (m->provenance != NULL) {
        r->source_name = text(m->provenance->source_name);
        r->source_place = text(m->provenance->source_place);
        r->maker = text(m->provenance->maker);
        r->paper_hash = text(m->provenance->paper_hash);
        r->made_at = m->provenance->made_at;
        if (m->provenance->has_source_hash &&
            !FIXED(m->provenance, source_hash, &r->source_hash))
            return false;
    }
    if (m->n_observations > WIRE_OBSERVATIONS || m->n_texts > WIRE_TEXTS)
        return err_set(e, ERR_INPUT, "Report: too many observations or texts");
    r->n_obs = m->n_observations;
    r->obs = arena_new(a, r->n_obs * sizeof *r->obs);
    for (size_t i = 0; i < r->n_obs; i++)
        if (!wire_observation_in(m->observations[i], &r->obs[i], e))
            return false;
    r->n_texts = m->n_texts;
    r->texts = arena_new(a, r->n_texts * sizeof *r->texts);
    for (size_t i = 0; i < r->n_texts; i++)
        r->texts[i] =
            (struct named_text){text(m->texts[i]->key), text(m->texts[i]->text)};
    return true;
}

bool wire_read_submission(struct span b, struct arena *a, struct submission *s,
                          struct err *e)
{
    const Htx__V1__Submission *m;

    if (b.n > WIRE_REPORT)
        return err_set(e, ERR_INPUT, "Submission: %zu bytes, at most %d", b.n,
                       WIRE_REPORT);
    if (!wire_version_known(b, "Submission", REPORT_VERSION, e))
        return false;
    m = wire_unpack(&htx__v1__submission__descriptor, b, true, a, e);
    if (m == NULL)
        return false;
    *s = (struct submission){.version = m->version,
                             .unit = unit_in(m->unit),
                             .scheme = text(m->scheme),
                             .period = text(m->period),
                             .vintage = (enum vintage)m->vintage,
                             .nothing_to_report = m->nothing_to_report,
                             .paper_number = text(m->paper_number),
                             .paper_date = m->has_paper_date ? m->paper_date : DATE_NONE,
                             .signer = text(m->signer),
                             .signer_title = text(m->signer_title),
                             .maker = text(m->maker),
                             .pdf_hash = text(m->pdf_hash),
                             .approver = text(m->approver),
                             .made_at = m->made_at};
    if (!FIXED(m, id, &s->id) || !unit_required(&s->unit, e))
        return false;
    if (s->scheme[0] == 0 || s->period[0] == 0 || s->vintage == 0 ||
        !in_enum((int)s->vintage, VINTAGE_ACTUAL))
        return err_set(e, ERR_INPUT, "Submission: period and vintage are required");
    if (s->paper_date != DATE_NONE && !date_is_day(s->paper_date))
        return err_set(e, ERR_INPUT, "Submission: no such day");
    if (m->n_forms > 64 || (s->nothing_to_report && m->n_forms > 0))
        return err_set(e, ERR_INPUT,
                       "Submission: forms and nothing-to-report do not fit");
    s->n_forms = m->n_forms;
    s->forms = arena_new(a, s->n_forms * sizeof *s->forms);
    s->rows = arena_new(a, s->n_forms * sizeof *s->rows);
    for (size_t i = 0; i < s->n_forms; i++) {
        s->forms[i] = text(m->forms[i]->form);
        s->rows[i] = m->forms[i]->rows;
    }
    return true;
}

bool wire_read_explanation(struct span b, struct arena *a, struct explanation *x,
                           struct err *e)
{
    const Htx__V1__Answer *m;

    if (!wire_version_known(b, "Answer", 1, e))
        return false;
    m = wire_unpack(&htx__v1__answer__descriptor, b, true, a, e);
    if (m == NULL)
        return false;
    *x = (struct explanation){.version = m->version,
                              .unit = unit_in(m->unit),
                              .scheme = text(m->scheme),
                              .period = text(m->period),
                              .vintage = (enum vintage)m->vintage,
                              .withdraw = m->withdraw,
                              .finding = text(m->finding),
                              .indicator = m->indicator,
                              .b1 = text(m->b1),
                              .b2 = text(m->b2),
                              .cell = text(m->cell),
                              .text = text(m->text),
                              .maker = text(m->maker),
                              .made_at = m->made_at};
    const char *const brief[] = {x->finding, x->cell,   x->b1,   x->b2,
                                 x->scheme,  x->period, x->maker};

    if (!FIXED(m, id, &x->id) || !FIXED(m, about, &x->about) ||
        !unit_required(&x->unit, e))
        return false;
    for (size_t i = 0; i < COUNT(brief); i++)
        if (strlen(brief[i]) > WIRE_STRING_LEN)
            return err_set(e, ERR_INPUT, "Answer: a string too long");
    if (x->text[0] == 0 || x->scheme[0] == 0 || x->period[0] == 0 || x->vintage == 0 ||
        !in_enum((int)x->vintage, VINTAGE_ACTUAL))
        return err_set(e, ERR_INPUT, "Answer: text, period and vintage are required");
    if (x->withdraw && x->finding[0] != 0)
        return err_set(e, ERR_INPUT, "Answer: a withdrawal is of the whole report");
    return true;
}

/* -- batches, receipts, statements -------------------------------------------------- */

static bool heads_in(Htx__V1__Head *const *list, size_t n, struct arena *a,
                     struct head **out, struct err *e)
{
    if (n > WIRE_HEADS)
        return err_set(e, ERR_INPUT, "%zu heads, at most %d", n, WIRE_HEADS);
    *out = arena_new(a, n * sizeof **out);
    for (size_t i = 0; i < n; i++) {
        struct head *h = &(*out)[i];

        h->unit = unit_in(list[i]->unit);
        h->epoch = list[i]->epoch;
        h->number = list[i]->number;
        if (!unit_required(&h->unit, e) || !FIXED(list[i], hash, &h->hash))
            return false;
    }
    return true;
}

bool wire_read_header(struct span b, struct arena *a, struct batch_header *h,
                      struct err *e)
{
    const Htx__V1__BatchHeader *m;

    if (!wire_version_known(b, "BatchHeader", 1, e))
        return false;
    m = wire_unpack(&htx__v1__batch_header__descriptor, b, true, a, e);
    if (m == NULL)
        return false;
    *h = (struct batch_header){.unit = unit_in(m->unit),
                               .epoch = m->epoch,
                               .number = m->number,
                               .count = m->count,
                               .sealed_at = m->sealed_at};
    if (!unit_required(&h->unit, e) || !FIXED(m, recipient, &h->recipient) ||
        !FIXED(m, previous, &h->previous) || !FIXED(m, root, &h->root))
        return false;
    /* PostgreSQL's bigint is signed; nobody gets near the top by counting */
    if (h->epoch == 0 || h->number == 0 || h->epoch > INT64_MAX || h->number > INT64_MAX)
        return err_set(e, ERR_INPUT, "BatchHeader: epoch and number count from 1");
    h->n_continues = m->n_continues;
    return heads_in(m->continues, m->n_continues, a, &h->continues, e);
}

bool wire_read_findings(struct span b, struct findings *fs, struct err *e)
{
    struct arena a = {0};
    const Htx__V1__Findings *m =
        wire_unpack(&htx__v1__findings__descriptor, b, true, &a, e);

    for (size_t i = 0; m != NULL && i < m->n_list; i++) {
        const Htx__V1__Finding *o = m->list[i];
        struct finding f = {.code = text(o->code),
                            .severity = (enum severity)o->severity,
                            .indicator = o->indicator,
                            .b1 = text(o->b1),
                            .b2 = text(o->b2),
                            .cell = text(o->cell),
                            .value = text(o->value),
                            .refuses = o->refuses,
                            .holds = o->holds};

        for (size_t k = 0; k < o->n_args && k < FINDING_ARGS; k++)
            f.args[k] = o->args[k];
        findings_add(fs, &f);
    }
    arena_clear(&a);
    return m != NULL;
}

bool wire_read_leaf(struct span b, struct arena *a, struct leaf *l, struct err *e)
{
    const Htx__V1__Leaf *m = wire_unpack(&htx__v1__leaf__descriptor, b, true, a, e);

    if (m == NULL)
        return false;
    *l = (struct leaf){.kind = (enum item_kind)m->kind,
                       .unit = unit_in(m->unit),
                       .epoch = m->epoch,
                       .seq = m->seq,
                       .verdict = (enum verdict)m->verdict,
                       .catalogue = m->catalogue,
                       .late = m->late,
                       .has_duplicate = m->has_duplicate_of};
    if (!FIXED(m, item_hash, &l->item_hash) || !FIXED(m, id, &l->id) ||
        !FIXED(m, findings_hash, &l->findings_hash))
        return false;
    if (m->has_duplicate_of && !FIXED(m, duplicate_of, &l->duplicate_of))
        return false;
    if (l->verdict == 0 || !in_enum((int)l->verdict, VERDICT_CONFLICT))
        return err_set(e, ERR_INPUT, "leaf: unknown verdict");
    return true;
}

bool wire_read_statement(struct span b, struct statement *s, struct err *e)
{
    struct arena a = {0};
    const Htx__V1__Statement *m = NULL;
    bool ok = false;

    if (wire_version_known(b, "Statement", 1, e))
        m = wire_unpack(&htx__v1__statement__descriptor, b, true, &a, e);
    if (m == NULL)
        goto out;
    *s = (struct statement){.epoch = m->epoch,
                            .number = m->number,
                            .first_seq = m->first_seq,
                            .last_seq = m->last_seq,
                            .control_epoch = m->control_epoch,
                            .control_seq = m->control_seq,
                            .time = m->time};
    ok = FIXED(m, province, &s->province) && FIXED(m, root, &s->root) &&
         FIXED(m, previous, &s->previous) && FIXED(m, key, &s->key) &&
         FIXED(m, audit_head, &s->audit_head);
    if (ok && s->last_seq < s->first_seq)
        ok = err_set(e, ERR_INPUT, "statement: positions run backwards");
out:
    arena_clear(&a);
    return ok;
}

static bool receipt_in(const Htx__V1__Receipt *m, struct arena *a, struct receipt *r,
                       struct err *e)
{
    *r = (struct receipt){
        .leaf = {m->leaf.data,      m->leaf.len     },
        .index = m->index,
        .leaves = m->leaves,
        .statement = {m->statement.data, m->statement.len},
        .findings = {m->findings.data,  m->findings.len }
    };
    if (!m->has_leaf || !m->has_statement || !FIXED(m, signature, &r->signature))
        return err_set(e, ERR_INPUT,
                       "receipt: leaf, statement and signature are required");
    return path_in(m->path, m->n_path, a, &r->path, &r->n_path, e);
}

bool wire_read_receipt(struct span b, struct arena *a, struct receipt *r, struct err *e)
{
    const Htx__V1__Receipt *m = wire_unpack(&htx__v1__receipt__descriptor, b, true, a, e);

    return m != NULL && receipt_in(m, a, r, e);
}

/* -- whole messages ----------------------------------------------------------------- */

static struct batch_ref ref_in(const Htx__V1__BatchRef *m)
{
    if (m == NULL)
        return (struct batch_ref){
            .unit = {"", DATE_NONE}
        };
    return (struct batch_ref){unit_in(m->unit), m->epoch, m->number};
}

static bool not_now_in(const Htx__V1__NotNow *m, struct not_now *n, struct err *e)
{
    *n = (struct not_now){.batch = ref_in(m->batch),
                          .has_item = m->has_item_hash,
                          .reason = (enum not_now_reason)m->reason,
                          .detail = text(m->detail),
                          .retry_after_ms = m->retry_after_ms};
    return !m->has_item_hash || FIXED(m, item_hash, &n->item_hash);
}

static bool hello_in(const Htx__V1__Hello *m, struct arena *a, struct hello *h,
                     struct err *e)
{
    *h = (struct hello){.n_units = m->n_units,
                        .n_heads = m->n_heads,
                        .catalogue = m->catalogue,
                        .program = text(m->program)};
    if (m->n_units > WIRE_HEADS)
        return err_set(e, ERR_INPUT, "%zu units, at most %d", m->n_units, WIRE_HEADS);
    h->units = arena_new(a, m->n_units * sizeof *h->units);
    for (size_t i = 0; i < m->n_units; i++) {
        h->units[i] = unit_in(m->units[i]);
        if (!unit_required(&h->units[i], e))
            return false;
    }
    h->n_have = m->n_have;
    if (m->n_have > WIRE_HEADS)
        return err_set(e, ERR_INPUT, "%zu positions, at most %d", m->n_have, WIRE_HEADS);
    h->have = arena_new(a, m->n_have * sizeof *h->have);
    for (size_t i = 0; i < m->n_have; i++)
        if (!wire_have_in(m->have[i], &h->have[i], e))
            return false;
    return FIXED(m, recipient, &h->recipient) &&
           heads_in(m->heads, m->n_heads, a, &h->heads, e);
}

static bool welcome_in(const Htx__V1__Welcome *m, struct arena *a, struct welcome *w,
                       struct err *e)
{
    *w = (struct welcome){.version = m->version,
                          .n_heads = m->n_heads,
                          .catalogue = m->catalogue,
                          .report_version = m->report_version,
                          .credit = m->credit,
                          .time = m->time,
                          .n_keys = m->n_keys};
    if (m->n_keys > WIRE_HEADS)
        return err_set(e, ERR_INPUT, "%zu keys, at most %d", m->n_keys, WIRE_HEADS);
    w->keys = arena_new(a, m->n_keys * sizeof *w->keys);
    for (size_t i = 0; i < m->n_keys; i++)
        if (!fixed(&m->keys[i], true, &w->keys[i], KEY_LEN, "keys", e))
            return false;
    if (m->has_catalogue_hash && !FIXED(m, catalogue_hash, &w->catalogue_hash))
        return false;
    return heads_in(m->heads, m->n_heads, a, &w->heads, e);
}

static bool batch_in(const Htx__V1__Batch *m, struct arena *a, struct batch *b,
                     struct err *e)
{
    *b = (struct batch){
        .header_bytes = {m->header.data, m->header.len},
          .n_items = m->n_items
    };
    if (m->n_items > WIRE_BATCH_ITEMS)
        return err_set(e, ERR_INPUT, "batch: %zu items, at most %d", m->n_items,
                       WIRE_BATCH_ITEMS);
    if (!FIXED(m, signature, &b->signature) || !FIXED(m, signer, &b->signer) ||
        !wire_read_header(b->header_bytes, a, &b->header, e))
        return false;
    b->items = arena_new(a, m->n_items * sizeof *b->items);
    for (size_t i = 0; i < m->n_items; i++) {
        const Htx__V1__Item *item = m->items[i];

        if (!in_enum((int)item->kind, ITEM_ANSWER) ||
            (item->kind == 0 && !item->has_hash))
            return err_set(e, ERR_INPUT, "batch: unknown kind of item");
        if (item->has_hash && item->has_body)
            return err_set(e, ERR_INPUT, "batch: an item with a body and a hash");
        b->items[i] = (struct item){
            (enum item_kind)item->kind, {item->body.data, item->body.len}
        };
        if (!item->has_hash)
            continue;
        if (b->elsewhere == NULL)
            b->elsewhere = arena_new(a, m->n_items * sizeof *b->elsewhere);
        if (!FIXED(item, hash, &b->elsewhere[i]))
            return false;
    }
    return true;
}

static bool receipts_in(const Htx__V1__Receipts *m, struct arena *a,
                        struct receipts_msg *r, struct err *e)
{
    *r = (struct receipts_msg){
        .batch = ref_in(m->batch), .n = m->n_receipts, .n_not_now = m->n_not_now};
    if (r->n > WIRE_BATCH_ITEMS || r->n_not_now > WIRE_BATCH_ITEMS)
        return err_set(e, ERR_INPUT, "answer to more than %d items", WIRE_BATCH_ITEMS);
    r->receipts = arena_new(a, r->n * sizeof *r->receipts);
    for (size_t i = 0; i < r->n; i++)
        if (!receipt_in(m->receipts[i], a, &r->receipts[i], e))
            return false;
    r->not_now = arena_new(a, r->n_not_now * sizeof *r->not_now);
    for (size_t i = 0; i < r->n_not_now; i++)
        if (!not_now_in(m->not_now[i], &r->not_now[i], e))
            return false;
    return true;
}

/* -- envelopes ------------------------------------------------------------------------
 */

bool wire_read_message(struct span b, struct arena *a, struct message *m, struct err *e)
{
    const Htx__V1__Envelope *env =
        wire_unpack(&htx__v1__envelope__descriptor, b, false, a, e);

    if (env == NULL)
        return false;
    memset(m, 0, sizeof *m);
    switch (env->message_case) {
    case HTX__V1__ENVELOPE__MESSAGE_HELLO:
        m->kind = MSG_HELLO;
        return hello_in(env->hello, a, &m->hello, e);
    case HTX__V1__ENVELOPE__MESSAGE_WELCOME:
        m->kind = MSG_WELCOME;
        return welcome_in(env->welcome, a, &m->welcome, e);
    case HTX__V1__ENVELOPE__MESSAGE_BATCH:
        m->kind = MSG_BATCH;
        return batch_in(env->batch, a, &m->batch, e);
    case HTX__V1__ENVELOPE__MESSAGE_RECEIPTS:
        m->kind = MSG_RECEIPTS;
        return receipts_in(env->receipts, a, &m->receipts, e);
    case HTX__V1__ENVELOPE__MESSAGE_NOT_NOW:
        m->kind = MSG_NOT_NOW;
        return not_now_in(env->not_now, &m->not_now, e);
    case HTX__V1__ENVELOPE__MESSAGE_REJECT:
        m->kind = MSG_REJECT;
        m->reject = (struct reject){ref_in(env->reject->batch),
                                    (enum reject_reason)env->reject->reason,
                                    text(env->reject->detail)};
        return true;
    case HTX__V1__ENVELOPE__MESSAGE_NOTICE:
        m->kind = MSG_NOTICE;
        return wire_notice_in(env->notice, a, &m->notice, e);
    case HTX__V1__ENVELOPE__MESSAGE_OFFER:
        m->kind = MSG_OFFER;
        return wire_offer_in(env->offer, a, &m->offer, e);
    case HTX__V1__ENVELOPE__MESSAGE_PART_REQUEST:
        m->kind = MSG_PART_REQUEST;
        return wire_part_request_in(env->part_request, &m->part_request, e);
    case HTX__V1__ENVELOPE__MESSAGE_PART:
        m->kind = MSG_PART;
        return wire_part_in(env->part, &m->part, e);
    case HTX__V1__ENVELOPE__MESSAGE_HAVE:
        m->kind = MSG_HAVE;
        return wire_have_in(env->have, &m->have, e);
    case HTX__V1__ENVELOPE__MESSAGE__NOT_SET:
        return err_set(e, ERR_INPUT, "an empty envelope");
    default:
        return wire_feed_in(env, a, m, e);
    }
}
