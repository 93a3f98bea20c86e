/* The parser's work itself: hostile bytes to plain values. See parsed.h. */
#include "aggregator/ingest/parsed.h"

#include "proto/batch.h"
#include "proto/rules.h"

const char *subject_key(const struct subject *s, struct arena *a)
{
    if (s->kind == SUBJECT_UNIT)
        return "unit";
    switch (s->scheme) {
    case ID_TAX:
        return arena_printf(a, "tax:%s", s->id);
    case ID_CERTIFICATE:
        return arena_printf(a, "certificate:%s|%s", s->id, s->id_issuer);
    case ID_REGISTER:
        return arena_printf(a, "register:%s|%s", s->id, s->id_issuer);
    case ID_NONE:
        break;
    }
    return "";
}

static const struct catalogue *catalogue_of(const struct catalogues *cats,
                                            uint32_t version, enum not_now_reason *why)
{
    *why = NOT_NOW_NONE;
    for (size_t i = 0; i < cats->n; i++)
        if (cats->list[i]->version == version)
            return cats->list[i];
    *why = cats->n > 0 && version < cats->list[cats->n - 1]->version
               ? NOT_NOW_CATALOGUE_OLDER
               : NOT_NOW_CATALOGUE_NEWER;
    return NULL;
}

static char mark_of(enum obs_state s)
{
    static const char marks[] = {' ', 'v', '-', 'x', '.', 'k'};

    return marks[s];
}

static char qualifier_of(enum qualifier q)
{
    static const char letters[] = {' ', 'a', '>', '+', '<', '!', 'r', 'e'};

    return letters[q];
}

static bool plain(const struct observation *o)
{
    return o->as_of == DATE_NONE && o->population[0] == 0 && !o->stated &&
           o->qualifier == QUAL_NONE && !o->has_upper;
}

/* Fills the positional arrays and the rare cells. */
static void fold(const struct report *r, const struct form *form, struct arena *a,
                 struct parsed_report *p)
{
    size_t n = form != NULL ? form->n_cells : 0;
    char *mark = arena_new(a, n + 1), *qualifier = arena_new(a, n + 1);

    p->n_cells = n;
    p->value = arena_new(a, n * sizeof *p->value);
    p->upper = arena_new(a, n * sizeof *p->upper);
    p->given = arena_new(a, n * sizeof *p->given);
    p->upper_given = arena_new(a, n * sizeof *p->upper_given);
    p->rare = arena_new(a, r->n_obs * sizeof *p->rare);
    p->place = arena_new(a, n * sizeof *p->place);
    memset(mark, ' ', n);
    memset(qualifier, ' ', n);
    for (size_t i = 0; i < r->n_obs; i++) {
        const struct observation *o = &r->obs[i];
        int k = form != NULL ? form_cell_index(form, o->indicator, o->b1, o->b2) : -1;
        /* a cell written twice is a finding of the rules; the second one stays beside */
        bool in_form = k >= 0 && mark[k] == ' ';

        if (in_form) {
            p->value[k] = o->value;
            p->given[k] = o->state == OBS_VALUE;
            p->upper[k] = o->upper;
            p->upper_given[k] = o->has_upper;
            p->any_upper |= o->has_upper;
            p->any_qualifier |= o->qualifier != QUAL_NONE;
            mark[k] = mark_of(o->state);
            p->place[k] = o->cell;
            qualifier[k] = qualifier_of(o->qualifier);
        }
        if (in_form && plain(o))
            continue;
        p->rare[p->n_rare++] =
            (struct parsed_cell){.cell = in_form ? k + 1 : 0,
                                 .indicator = o->indicator,
                                 .b1 = o->b1,
                                 .b2 = o->b2,
                                 .population = o->population,
                                 .text = o->text,
                                 .place = o->cell,
                                 .has_upper = o->has_upper,
                                 .stated = o->stated,
                                 .value = o->value,
                                 .upper = o->upper,
                                 .mark = mark_of(o->state),
                                 .qualifier = qualifier_of(o->qualifier),
                                 .as_of = o->as_of};
    }
    p->mark = mark;
    p->qualifier = qualifier;
}

static bool same_unit(const struct unit_key *a, const struct unit_key *b)
{
    return strcmp(a->code, b->code) == 0 && a->valid_from == b->valid_from;
}

static bool parse_report(struct span body, const struct batch_header *h,
                         const struct catalogues *cats, bool judge, struct arena *a,
                         struct parsed_item *item, struct err *e)
{
    struct parsed_report *p = &item->report;
    const struct catalogue *cat;
    struct report r;

    if (!wire_read_report(body, a, &r, e)) {
        if (e->kind != ERR_RETRY)
            return false;
        item->not_now = NOT_NOW_VERSION;
        return true;
    }
    if (!same_unit(&r.unit, &h->unit))
        return err_set(e, ERR_INPUT, "a report of another unit than the batch's");
    item->id = r.id;
    item->catalogue = r.catalogue;
    cat = catalogue_of(cats, r.catalogue, &item->not_now);
    if (cat == NULL)
        return true;
    *p = (struct parsed_report){.scheme = r.scheme,
                                .period = r.period,
                                .form = r.form,
                                .subject = subject_key(&r.subject, a),
                                .name = r.subject.name,
                                .sector = r.subject.sector,
                                .commune = r.subject.commune,
                                .source_place = r.source_place,
                                .form_version = r.form_version,
                                .revision = r.revision,
                                .vintage = r.vintage,
                                .channel = r.channel,
                                .kind = r.subject.kind,
                                .state = r.subject.state,
                                .digest = report_digest(&r),
                                .has_supersedes = r.has_supersedes,
                                .supersedes = r.supersedes};
    fold(&r, catalogue_form(cat, r.form, r.form_version), a, p);
    if (judge)
        rules_check(cat, &r, NULL, &item->findings);
    return true;
}

static bool parse_submission(struct span body, const struct batch_header *h,
                             const struct catalogues *cats, struct arena *a,
                             struct parsed_item *item, struct err *e)
{
    if (!wire_read_submission(body, a, &item->submission, e)) {
        if (e->kind != ERR_RETRY)
            return false;
        item->not_now = NOT_NOW_VERSION;
        return true;
    }
    if (!same_unit(&item->submission.unit, &h->unit))
        return err_set(e, ERR_INPUT, "a submission of another unit than the batch's");
    item->id = item->submission.id;
    item->catalogue = cats->n > 0 ? cats->list[cats->n - 1]->version : 0;
    return true;
}

static bool parse_answer(struct span body, const struct batch_header *h,
                         const struct catalogues *cats, struct arena *a,
                         struct parsed_item *item, struct err *e)
{
    if (!wire_read_explanation(body, a, &item->answer, e)) {
        if (e->kind != ERR_RETRY)
            return false;
        item->not_now = NOT_NOW_VERSION;
        return true;
    }
    if (!same_unit(&item->answer.unit, &h->unit))
        return err_set(e, ERR_INPUT, "an answer of another unit than the batch's");
    item->id = item->answer.id;
    item->catalogue = cats->n > 0 ? cats->list[cats->n - 1]->version : 0;
    return true;
}

bool parse_item(const struct item *it, const struct batch_header *h,
                const struct catalogues *cats, bool judge, struct arena *a,
                struct parsed_item *out, struct err *e)
{
    out->kind = it->kind;
    switch (it->kind) {
    case ITEM_REPORT:
        return parse_report(it->body, h, cats, judge, a, out, e);
    case ITEM_SUBMISSION:
        return parse_submission(it->body, h, cats, a, out, e);
    case ITEM_ANSWER:
        return parse_answer(it->body, h, cats, a, out, e);
    case ITEM_NONE:
        break;
    }
    return err_set(e, ERR_INPUT, "an item of no kind");
}

static void parse_batch(const struct batch *b, const struct catalogues *cats,
                        struct arena *a, struct parsed *out)
{
    struct hash *hashes = arena_new(a, (b->n_items + 1) * sizeof *hashes);
    struct err e = {0};

    out->kind = PARSED_BATCH;
    out->header = b->header;
    out->signer = b->signer;
    out->reject = b->elsewhere != NULL ? REJECT_MALFORMED
                                       : batch_check(b, hashes, &out->header_hash);
    if (out->reject != REJECT_NONE)
        return;
    out->items = arena_new(a, b->n_items * sizeof *out->items);
    for (size_t i = 0; i < b->n_items; i++) {
        struct parsed_item *item = &out->items[i];

        out->n_items++; /* now, so that parsed_clear() sees its findings */
        item->hash = hashes[i];
        if (!parse_item(&b->items[i], &b->header, cats, true, a, item, &e)) {
            out->reject = REJECT_MALFORMED;
            out->detail = arena_printf(a, "item %zu: %s", i + 1, e.text);
            return;
        }
    }
}

void parse_message(struct span wire, const struct catalogues *cats, struct arena *a,
                   struct parsed *out)
{
    struct message m;
    struct err e = {0};

    *out = (struct parsed){.detail = "", .header = {.unit = {"", DATE_NONE}}};
    if (!wire_read_message(wire, a, &m, &e)) {
        out->kind = PARSED_BAD;
        out->reject = REJECT_MALFORMED;
        out->detail = arena_str(a, e.text);
        if (e.kind == ERR_RETRY)
            out->not_now = NOT_NOW_VERSION;
        return;
    }
    switch (m.kind) {
    case MSG_HELLO:
        out->kind = PARSED_HELLO;
        out->hello = m.hello;
        break;
    case MSG_BATCH:
        parse_batch(&m.batch, cats, a, out);
        break;
    case MSG_HAVE:
        out->kind = PARSED_HAVE;
        out->have = m.have;
        break;
    case MSG_PART_REQUEST:
        out->kind = PARSED_PART_REQUEST;
        out->part_request = m.part_request;
        break;
    case MSG_RECONCILE_ASK:
        out->kind = PARSED_RECONCILE;
        out->reconcile = m.reconcile_ask;
        break;
    case MSG_NONE:
    case MSG_WELCOME:
    case MSG_RECEIPTS:
    case MSG_NOT_NOW:
    case MSG_REJECT:
    case MSG_NOTICE:
    case MSG_OFFER:
    case MSG_PART:
    case MSG_FEED_OPEN:
    case MSG_FEED_STATE:
    case MSG_FEED_REQUEST:
    case MSG_FEED_PART:
    case MSG_FEED_REFUSAL:
    case MSG_RECONCILE_ANSWER:
    case MSG_OTHER:
        out->kind = PARSED_OTHER;
        break;
    }
}

void parsed_clear(struct parsed *p)
{
    for (size_t i = 0; i < p->n_items; i++)
        findings_clear(&p->items[i].findings);
    p->n_items = 0;
}
