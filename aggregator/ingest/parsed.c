/* parsed: the flat form between the parser and the ingest worker. */
#include "aggregator/ingest/parsed.h"

static void put_unit(struct bytes *b, const struct unit_key *u)
{
    flat_str(b, u->code);
    flat_i64(b, u->valid_from);
}

static struct unit_key get_unit(struct flat *f, struct arena *a)
{
    const char *code = flat_get_str(f, a);

    return (struct unit_key){code, (int32_t)flat_get_i64(f)};
}

static void put_heads(struct bytes *b, const struct head *heads, size_t n)
{
    flat_i64(b, (int64_t)n);
    for (size_t i = 0; i < n; i++) {
        put_unit(b, &heads[i].unit);
        flat_i64(b, (int64_t)heads[i].epoch);
        flat_i64(b, (int64_t)heads[i].number);
        flat_raw(b, heads[i].hash.b, HASH_LEN);
    }
}

static size_t get_heads(struct flat *f, struct arena *a, struct head **out)
{
    size_t n = flat_get_count(f, HASH_LEN);

    *out = arena_new(a, n * sizeof **out);
    for (size_t i = 0; i < n; i++) {
        (*out)[i].unit = get_unit(f, a);
        (*out)[i].epoch = (uint64_t)flat_get_i64(f);
        (*out)[i].number = (uint64_t)flat_get_i64(f);
        flat_take(f, (*out)[i].hash.b, HASH_LEN);
    }
    return n;
}

static void put_findings(struct bytes *b, const struct findings *fs)
{
    flat_i64(b, (int64_t)fs->n);
    for (size_t i = 0; i < fs->n; i++) {
        const struct finding *x = &fs->list[i];

        flat_str(b, x->code);
        flat_u8(b, (unsigned)x->severity);
        flat_u8(b, (x->refuses ? 1u : 0u) | (x->holds ? 2u : 0u));
        flat_i64(b, x->indicator);
        flat_str(b, x->b1);
        flat_str(b, x->b2);
        flat_str(b, x->cell);
        flat_str(b, x->value);
        for (size_t k = 0; k < FINDING_ARGS; k++)
            flat_str(b, x->args[k]);
    }
}

static void get_findings(struct flat *f, struct arena *a, struct findings *fs)
{
    size_t n = flat_get_count(f, 8);

    for (size_t i = 0; i < n && !f->bad; i++) {
        struct finding x = {.code = flat_get_str(f, a)};
        unsigned bits;

        x.severity = (enum severity)flat_get_u8(f);
        bits = flat_get_u8(f);
        x.refuses = (bits & 1) != 0;
        x.holds = (bits & 2) != 0;
        x.indicator = (uint32_t)flat_get_i64(f);
        x.b1 = flat_get_str(f, a);
        x.b2 = flat_get_str(f, a);
        x.cell = flat_get_str(f, a);
        x.value = flat_get_str(f, a);
        for (size_t k = 0; k < FINDING_ARGS; k++)
            x.args[k] = flat_get_str(f, a);
        findings_add(fs, &x);
    }
}

static void put_report(struct bytes *b, const struct parsed_report *r)
{
    flat_str(b, r->scheme);
    flat_str(b, r->period);
    flat_str(b, r->form);
    flat_str(b, r->subject);
    flat_str(b, r->name);
    flat_str(b, r->sector);
    flat_str(b, r->commune);
    flat_str(b, r->source_place);
    flat_i64(b, r->form_version);
    flat_i64(b, r->revision);
    flat_u8(b, (unsigned)r->vintage);
    flat_u8(b, (unsigned)r->channel);
    flat_u8(b, (unsigned)r->kind);
    flat_u8(b, (unsigned)r->state);
    flat_raw(b, r->digest.b, HASH_LEN);
    flat_u8(b, (r->has_supersedes ? 1u : 0u) | (r->any_upper ? 2u : 0u) |
                   (r->any_qualifier ? 4u : 0u));
    flat_raw(b, r->supersedes.b, HASH_LEN);
    flat_i64(b, (int64_t)r->n_cells);
    flat_raw(b, r->mark, r->n_cells);
    flat_raw(b, r->qualifier, r->n_cells);
    for (size_t i = 0; i < r->n_cells; i++) {
        bool placed = r->place[i] != NULL && r->place[i][0] != 0;
        unsigned bits =
            (r->given[i] ? 1u : 0u) | (r->upper_given[i] ? 2u : 0u) | (placed ? 4u : 0u);

        flat_u8(b, bits);
        if (bits & 1)
            flat_i64(b, r->value[i]);
        if (bits & 2)
            flat_i64(b, r->upper[i]);
        if (bits & 4)
            flat_str(b, r->place[i]);
    }
    flat_i64(b, (int64_t)r->n_rare);
    for (size_t i = 0; i < r->n_rare; i++) {
        const struct parsed_cell *c = &r->rare[i];

        flat_i64(b, c->cell);
        flat_i64(b, c->indicator);
        flat_str(b, c->b1);
        flat_str(b, c->b2);
        flat_str(b, c->population);
        flat_str(b, c->text);
        flat_str(b, c->place);
        flat_u8(b, (c->has_upper ? 1u : 0u) | (c->stated ? 2u : 0u));
        flat_i64(b, c->value);
        flat_i64(b, c->upper);
        flat_u8(b, (unsigned char)c->mark);
        flat_u8(b, (unsigned char)c->qualifier);
        flat_i64(b, c->as_of);
    }
}

static unsigned get_enum(struct flat *f, unsigned max)
{
    unsigned v = flat_get_u8(f);

    if (v > max)
        f->bad = true;
    return f->bad ? 0 : v;
}

static void get_report(struct flat *f, struct arena *a, struct parsed_report *r)
{
    unsigned bits;
    char *mark, *qualifier;

    r->scheme = flat_get_str(f, a);
    r->period = flat_get_str(f, a);
    r->form = flat_get_str(f, a);
    r->subject = flat_get_str(f, a);
    r->name = flat_get_str(f, a);
    r->sector = flat_get_str(f, a);
    r->commune = flat_get_str(f, a);
    r->source_place = flat_get_str(f, a);
    r->form_version = (uint32_t)flat_get_i64(f);
    r->revision = (uint32_t)flat_get_i64(f);
    r->vintage = (enum vintage)get_enum(f, VINTAGE_ACTUAL);
    r->channel = (enum channel)get_enum(f, CHANNEL_EARLIER);
    r->kind = (enum subject_kind)get_enum(f, SUBJECT_QTDND);
    r->state = (enum entity_state)get_enum(f, STATE_DISSOLVED);
    flat_take(f, r->digest.b, HASH_LEN);
    bits = flat_get_u8(f);
    r->has_supersedes = (bits & 1) != 0;
    r->any_upper = (bits & 2) != 0;
    r->any_qualifier = (bits & 4) != 0;
    flat_take(f, r->supersedes.b, HASH_LEN);
    r->n_cells = flat_get_count(f, 3);
    mark = arena_new(a, r->n_cells + 1);
    qualifier = arena_new(a, r->n_cells + 1);
    flat_take(f, mark, r->n_cells);
    flat_take(f, qualifier, r->n_cells);
    r->mark = mark;
    r->qualifier = qualifier;
    r->value = arena_new(a, r->n_cells * sizeof *r->value);
    r->upper = arena_new(a, r->n_cells * sizeof *r->upper);
    r->given = arena_new(a, r->n_cells * sizeof *r->given);
    r->upper_given = arena_new(a, r->n_cells * sizeof *r->upper_given);
    r->place = arena_new(a, r->n_cells * sizeof *r->place);
    for (size_t i = 0; i < r->n_cells; i++) {
        bits = flat_get_u8(f);
        r->given[i] = (bits & 1) != 0;
        r->upper_given[i] = (bits & 2) != 0;
        r->value[i] = r->given[i] ? flat_get_i64(f) : 0;
        r->upper[i] = r->upper_given[i] ? flat_get_i64(f) : 0;
        r->place[i] = (bits & 4) != 0 ? flat_get_str(f, a) : "";
    }
    r->n_rare = flat_get_count(f, 32);
    r->rare = arena_new(a, r->n_rare * sizeof *r->rare);
    for (size_t i = 0; i < r->n_rare; i++) {
        struct parsed_cell *c = &r->rare[i];

        c->cell = (int32_t)flat_get_i64(f);
        c->indicator = (uint32_t)flat_get_i64(f);
        c->b1 = flat_get_str(f, a);
        c->b2 = flat_get_str(f, a);
        c->population = flat_get_str(f, a);
        c->text = flat_get_str(f, a);
        c->place = flat_get_str(f, a);
        bits = flat_get_u8(f);
        c->has_upper = (bits & 1) != 0;
        c->stated = (bits & 2) != 0;
        c->value = flat_get_i64(f);
        c->upper = flat_get_i64(f);
        c->mark = (char)flat_get_u8(f);
        c->qualifier = (char)flat_get_u8(f);
        c->as_of = (int32_t)flat_get_i64(f);
    }
}

/* -- back to observations -- */

static enum obs_state state_of(char mark)
{
    static const char marks[] = " v-x.k";
    const char *at = mark != 0 ? strchr(marks, mark) : NULL;

    return at != NULL ? (enum obs_state)(at - marks) : OBS_MISSING;
}

static enum qualifier qualifier_at(const char *letters, size_t i)
{
    static const char all[] = " a>+<!re";
    const char *at = letters != NULL && letters[i] != 0 ? strchr(all, letters[i]) : NULL;

    return at != NULL ? (enum qualifier)(at - all) : QUAL_NONE;
}

static void unfold_rare(const struct parsed_cell *c, struct observation *o)
{
    o->as_of = c->as_of;
    o->population = c->population;
    o->text = c->text;
    o->stated = c->stated;
}

void parsed_unfold(const struct parsed_report *p, const struct form *form,
                   struct arena *a, struct observation **obs, size_t *n)
{
    size_t cells = form != NULL && p->n_cells <= form->n_cells ? p->n_cells : 0;
    struct observation **of = arena_new(a, (cells + 1) * sizeof *of);
    struct observation *list = arena_new(a, (cells + p->n_rare + 1) * sizeof *list);

    *obs = list;
    *n = 0;
    for (size_t i = 0; i < cells; i++) {
        if (state_of(p->mark[i]) == OBS_MISSING)
            continue;
        of[i] = &list[*n];
        list[(*n)++] = (struct observation){.indicator = form->cells[i].indicator->no,
                                            .b1 = form->cells[i].b1,
                                            .b2 = form->cells[i].b2,
                                            .state = state_of(p->mark[i]),
                                            .qualifier = qualifier_at(p->qualifier, i),
                                            .has_upper = p->upper_given[i],
                                            .value = p->value[i],
                                            .upper = p->upper[i],
                                            .as_of = DATE_NONE,
                                            .population = "",
                                            .text = "",
                                            .cell = p->place != NULL ? p->place[i] : ""};
    }
    for (size_t i = 0; i < p->n_rare; i++) {
        const struct parsed_cell *c = &p->rare[i];
        const char letter[2] = {c->qualifier, 0};

        if (c->cell > 0) {
            if ((size_t)c->cell <= cells && of[c->cell - 1] != NULL)
                unfold_rare(c, of[c->cell - 1]);
            continue;
        }
        list[*n] = (struct observation){.indicator = c->indicator,
                                        .b1 = c->b1,
                                        .b2 = c->b2,
                                        .state = state_of(c->mark),
                                        .qualifier = qualifier_at(letter, 0),
                                        .has_upper = c->has_upper,
                                        .value = c->value,
                                        .upper = c->upper,
                                        .cell = c->place};
        unfold_rare(c, &list[(*n)++]);
    }
}

/* At most n elements. */
static void read_array(const char *s, size_t n, int64_t *value, bool *given)
{
    if (*s == '{')
        s++;
    for (size_t i = 0; i < n && *s != 0 && *s != '}'; i++) {
        char *end;

        value[i] = strtoll(s, &end, 10);
        given[i] = end != s;
        s += strcspn(s, ",}");
        s += *s == ',';
    }
}

void parsed_stored(struct parsed_report *p, const char *value, const char *upper,
                   const char *mark, const char *qualifier, struct arena *a)
{
    size_t n = strlen(mark);

    p->n_cells = n;
    p->mark = arena_str(a, mark);
    p->qualifier = strlen(qualifier) == n ? arena_str(a, qualifier) : NULL;
    p->value = arena_new(a, (n + 1) * sizeof *p->value);
    p->upper = arena_new(a, (n + 1) * sizeof *p->upper);
    p->given = arena_new(a, n + 1);
    p->upper_given = arena_new(a, n + 1);
    read_array(value, n, p->value, p->given);
    read_array(upper, n, p->upper, p->upper_given);
}

static void put_submission(struct bytes *b, const struct submission *s)
{
    flat_str(b, s->scheme);
    flat_str(b, s->period);
    flat_u8(b, (unsigned)s->vintage);
    flat_u8(b, s->nothing_to_report);
    flat_i64(b, (int64_t)s->n_forms);
    for (size_t i = 0; i < s->n_forms; i++) {
        flat_str(b, s->forms[i]);
        flat_i64(b, s->rows[i]);
    }
    flat_str(b, s->paper_number);
    flat_i64(b, s->paper_date);
    flat_str(b, s->signer);
    flat_str(b, s->signer_title);
    flat_str(b, s->maker);
    flat_str(b, s->pdf_hash);
    flat_str(b, s->approver);
}

static void get_submission(struct flat *f, struct arena *a, struct submission *s)
{
    s->scheme = flat_get_str(f, a);
    s->period = flat_get_str(f, a);
    s->vintage = (enum vintage)get_enum(f, VINTAGE_ACTUAL);
    s->nothing_to_report = flat_get_u8(f) != 0;
    s->n_forms = flat_get_count(f, 16);
    s->forms = arena_new(a, s->n_forms * sizeof *s->forms);
    s->rows = arena_new(a, s->n_forms * sizeof *s->rows);
    for (size_t i = 0; i < s->n_forms; i++) {
        s->forms[i] = flat_get_str(f, a);
        s->rows[i] = (uint32_t)flat_get_i64(f);
    }
    s->paper_number = flat_get_str(f, a);
    s->paper_date = (int32_t)flat_get_i64(f);
    s->signer = flat_get_str(f, a);
    s->signer_title = flat_get_str(f, a);
    s->maker = flat_get_str(f, a);
    s->pdf_hash = flat_get_str(f, a);
    s->approver = flat_get_str(f, a);
}

static void put_answer(struct bytes *b, const struct explanation *x)
{
    flat_raw(b, x->about.b, HASH_LEN);
    flat_str(b, x->scheme);
    flat_str(b, x->period);
    flat_u8(b, (unsigned)x->vintage);
    flat_u8(b, x->withdraw);
    flat_str(b, x->finding);
    flat_i64(b, x->indicator);
    flat_str(b, x->b1);
    flat_str(b, x->b2);
    flat_str(b, x->cell);
    flat_str(b, x->text);
    flat_str(b, x->maker);
    flat_i64(b, x->made_at);
}

static void get_answer(struct flat *f, struct arena *a, struct explanation *x)
{
    flat_take(f, x->about.b, HASH_LEN);
    x->scheme = flat_get_str(f, a);
    x->period = flat_get_str(f, a);
    x->vintage = (enum vintage)get_enum(f, VINTAGE_ACTUAL);
    x->withdraw = flat_get_u8(f) != 0;
    x->finding = flat_get_str(f, a);
    x->indicator = (uint32_t)flat_get_i64(f);
    x->b1 = flat_get_str(f, a);
    x->b2 = flat_get_str(f, a);
    x->cell = flat_get_str(f, a);
    x->text = flat_get_str(f, a);
    x->maker = flat_get_str(f, a);
    x->made_at = flat_get_i64(f);
}

void have_put(const struct have *h, struct bytes *b)
{
    put_unit(b, &h->unit);
    flat_i64(b, (int64_t)h->notice.epoch);
    flat_i64(b, (int64_t)h->notice.seq);
    flat_u8(b, h->has_page);
    flat_raw(b, h->page.b, HASH_LEN);
    flat_i64(b, h->catalogue);
    flat_raw(b, h->catalogue_hash.b, HASH_LEN);
}

void have_get(struct flat *f, struct arena *a, struct have *h)
{
    h->unit = get_unit(f, a);
    h->notice.epoch = (uint64_t)flat_get_i64(f);
    h->notice.seq = (uint64_t)flat_get_i64(f);
    h->has_page = flat_get_u8(f) != 0;
    flat_take(f, h->page.b, HASH_LEN);
    h->catalogue = (uint32_t)flat_get_i64(f);
    flat_take(f, h->catalogue_hash.b, HASH_LEN);
}

void part_request_put(const struct part_request *r, struct bytes *b)
{
    flat_u8(b, (unsigned)r->blob.kind);
    flat_i64(b, r->blob.version);
    put_unit(b, &r->blob.unit);
    flat_raw(b, r->blob.hash.b, HASH_LEN);
    flat_i64(b, r->blob.total);
    flat_i64(b, r->offset);
}

void part_request_get(struct flat *f, struct arena *a, struct part_request *r)
{
    r->blob.kind = (enum blob_kind)get_enum(f, BLOB_REGISTER);
    r->blob.version = (uint32_t)flat_get_i64(f);
    r->blob.unit = get_unit(f, a);
    flat_take(f, r->blob.hash.b, HASH_LEN);
    r->blob.total = (uint32_t)flat_get_i64(f);
    r->offset = (uint32_t)flat_get_i64(f);
}

void reconcile_ask_put(const struct reconcile_ask *r, struct bytes *b)
{
    put_unit(b, &r->unit);
    flat_str(b, r->scheme);
    flat_str(b, r->period);
    flat_bytes(b, (struct span){r->prefix, r->n_prefix});
    flat_u8(b, r->list);
    flat_u8(b, r->has_after);
    flat_raw(b, r->after.b, HASH_LEN);
    flat_i64(b, (int64_t)r->at.epoch);
    flat_i64(b, (int64_t)r->at.seq);
    flat_u8(b, r->fed);
}

void reconcile_ask_get(struct flat *f, struct arena *a, struct reconcile_ask *r)
{
    struct span prefix;

    *r = (struct reconcile_ask){.unit = get_unit(f, a)};
    r->scheme = flat_get_str(f, a);
    r->period = flat_get_str(f, a);
    prefix = flat_get_bytes(f);
    if (prefix.n > HASH_LEN)
        f->bad = true;
    else if (prefix.n > 0)
        memcpy(r->prefix, prefix.p, prefix.n);
    r->n_prefix = f->bad ? 0 : prefix.n;
    r->list = get_enum(f, 1) != 0;
    r->has_after = get_enum(f, 1) != 0;
    flat_take(f, r->after.b, HASH_LEN);
    r->at.epoch = (uint64_t)flat_get_i64(f);
    r->at.seq = (uint64_t)flat_get_i64(f);
    r->fed = get_enum(f, 1) != 0;
}

void parsed_put(const struct parsed *p, struct bytes *b)
{
    flat_u8(b, (unsigned)p->kind);
    flat_u8(b, (unsigned)p->not_now);
    flat_u8(b, (unsigned)p->reject);
    flat_str(b, p->detail);
    if (p->kind == PARSED_HELLO) {
        flat_i64(b, (int64_t)p->hello.n_units);
        for (size_t i = 0; i < p->hello.n_units; i++)
            put_unit(b, &p->hello.units[i]);
        put_heads(b, p->hello.heads, p->hello.n_heads);
        flat_i64(b, p->hello.catalogue);
        flat_raw(b, p->hello.recipient.b, HASH_LEN);
        flat_str(b, p->hello.program);
        flat_i64(b, (int64_t)p->hello.n_have);
        for (size_t i = 0; i < p->hello.n_have; i++)
            have_put(&p->hello.have[i], b);
    }
    if (p->kind == PARSED_HAVE)
        have_put(&p->have, b);
    if (p->kind == PARSED_PART_REQUEST)
        part_request_put(&p->part_request, b);
    if (p->kind == PARSED_RECONCILE)
        reconcile_ask_put(&p->reconcile, b);
    if (p->kind != PARSED_BATCH)
        return;
    put_unit(b, &p->header.unit);
    flat_raw(b, p->header.recipient.b, HASH_LEN);
    flat_i64(b, (int64_t)p->header.epoch);
    flat_i64(b, (int64_t)p->header.number);
    flat_raw(b, p->header.previous.b, HASH_LEN);
    put_heads(b, p->header.continues, p->header.n_continues);
    flat_raw(b, p->header_hash.b, HASH_LEN);
    flat_raw(b, p->signer.b, KEY_LEN);
    flat_i64(b, (int64_t)p->n_items);
    for (size_t i = 0; i < p->n_items; i++) {
        const struct parsed_item *it = &p->items[i];

        flat_u8(b, (unsigned)it->kind);
        flat_raw(b, it->hash.b, HASH_LEN);
        flat_raw(b, it->id.b, ID_LEN);
        flat_u8(b, (unsigned)it->not_now);
        flat_i64(b, it->catalogue);
        put_findings(b, &it->findings);
        if (it->not_now != NOT_NOW_NONE)
            continue;
        if (it->kind == ITEM_REPORT)
            put_report(b, &it->report);
        else if (it->kind == ITEM_SUBMISSION)
            put_submission(b, &it->submission);
        else if (it->kind == ITEM_ANSWER)
            put_answer(b, &it->answer);
    }
}

static void get_batch(struct flat *f, struct arena *a, struct parsed *p)
{
    size_t n;

    p->header.unit = get_unit(f, a);
    flat_take(f, p->header.recipient.b, HASH_LEN);
    p->header.epoch = (uint64_t)flat_get_i64(f);
    p->header.number = (uint64_t)flat_get_i64(f);
    flat_take(f, p->header.previous.b, HASH_LEN);
    p->header.n_continues = get_heads(f, a, &p->header.continues);
    flat_take(f, p->header_hash.b, HASH_LEN);
    flat_take(f, p->signer.b, KEY_LEN);
    n = flat_get_count(f, HASH_LEN);
    p->items = arena_new(a, n * sizeof *p->items);
    for (size_t i = 0; i < n && !f->bad; i++) {
        struct parsed_item *it = &p->items[i];

        p->n_items++;
        it->kind = (enum item_kind)get_enum(f, ITEM_ANSWER);
        flat_take(f, it->hash.b, HASH_LEN);
        flat_take(f, it->id.b, ID_LEN);
        it->not_now = (enum not_now_reason)get_enum(f, NOT_NOW_QUARANTINE);
        it->catalogue = (uint32_t)flat_get_i64(f);
        get_findings(f, a, &it->findings);
        if (it->not_now != NOT_NOW_NONE)
            continue;
        if (it->kind == ITEM_REPORT)
            get_report(f, a, &it->report);
        else if (it->kind == ITEM_SUBMISSION)
            get_submission(f, a, &it->submission);
        else if (it->kind == ITEM_ANSWER)
            get_answer(f, a, &it->answer);
    }
}

bool parsed_get(struct span flat, struct arena *a, struct parsed *p, struct err *e)
{
    struct flat f = {flat.p, flat.n, false};

    *p = (struct parsed){.header = {.unit = {"", DATE_NONE}}};
    p->kind = (enum parsed_kind)get_enum(&f, PARSED_OTHER);
    p->not_now = (enum not_now_reason)get_enum(&f, NOT_NOW_QUARANTINE);
    p->reject = (enum reject_reason)get_enum(&f, REJECT_EQUIVOCATION);
    p->detail = flat_get_str(&f, a);
    if (p->kind == PARSED_HELLO) {
        p->hello.n_units = flat_get_count(&f, 16);
        p->hello.units = arena_new(a, p->hello.n_units * sizeof *p->hello.units);
        for (size_t i = 0; i < p->hello.n_units; i++)
            p->hello.units[i] = get_unit(&f, a);
        p->hello.n_heads = get_heads(&f, a, &p->hello.heads);
        p->hello.catalogue = (uint32_t)flat_get_i64(&f);
        flat_take(&f, p->hello.recipient.b, HASH_LEN);
        p->hello.program = flat_get_str(&f, a);
        p->hello.n_have = flat_get_count(&f, 2 * HASH_LEN);
        p->hello.have = arena_new(a, p->hello.n_have * sizeof *p->hello.have);
        for (size_t i = 0; i < p->hello.n_have; i++)
            have_get(&f, a, &p->hello.have[i]);
    } else if (p->kind == PARSED_HAVE) {
        have_get(&f, a, &p->have);
    } else if (p->kind == PARSED_PART_REQUEST) {
        part_request_get(&f, a, &p->part_request);
    } else if (p->kind == PARSED_RECONCILE) {
        reconcile_ask_get(&f, a, &p->reconcile);
    } else if (p->kind == PARSED_BATCH) {
        get_batch(&f, a, p);
    }
    if (f.bad || f.n != 0) {
        parsed_clear(p);
        return err_set(e, ERR_INPUT, "the parser's answer is damaged");
    }
    return true;
}
