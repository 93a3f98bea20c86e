/* Reading what flows back: notices, offers, parts, register pages. See wire_read.c. */
#include "proto/wire_own.h"

bool wire_have_in(const Htx__V1__Have *m, struct have *h, struct err *e)
{
    *h = (struct have){
        .unit = unit_in(m->unit),
        .notice = {m->notice_epoch, m->notice_seq},
        .has_page = m->has_page,
        .catalogue = m->catalogue
    };
    if (h->notice.epoch > INT64_MAX || h->notice.seq > INT64_MAX)
        return err_set(e, ERR_INPUT, "have: no such position");
    if (m->has_catalogue != m->has_catalogue_hash || h->catalogue > INT32_MAX ||
        (m->has_catalogue && !FIXED(m, catalogue_hash, &h->catalogue_hash)))
        return err_set(e, ERR_INPUT, "have: a catalogue is version and hash");
    return unit_required(&h->unit, e) && (!m->has_page || FIXED(m, page, &h->page));
}

bool wire_notice_in(const Htx__V1__Notice *m, struct arena *a, struct notice *n,
                    struct err *e)
{
    *n = (struct notice){
        .act = {m->act.data,       m->act.len      },
        .index = m->index,
        .leaves = m->leaves,
        .statement = {m->statement.data, m->statement.len},
        .previous = {m->previous_epoch, m->previous_seq }
    };
    if (!m->has_act || !m->has_statement || !FIXED(m, signature, &n->signature))
        return err_set(e, ERR_INPUT, "notice: act, statement and signature are required");
    return path_in(m->path, m->n_path, a, &n->path, &n->n_path, e);
}

/* -- the back flow ------------------------------------------------------------------- */

static bool blob_in(const Htx__V1__BlobRef *m, struct blob_ref *b, struct err *e)
{
    uint32_t most = WIRE_BLOB;

    if (m == NULL)
        return err_set(e, ERR_INPUT, "blob: missing");
    *b = (struct blob_ref){.kind = (enum blob_kind)m->kind,
                           .version = m->version,
                           .unit = unit_in(m->unit),
                           .total = m->total};
    if (b->kind == BLOB_NONE || !in_enum((int)m->kind, BLOB_REGISTER))
        return err_set(e, ERR_INPUT, "blob: unknown kind");
    if (b->kind == BLOB_REGISTER) {
        most = WIRE_PAGE;
        if (!unit_required(&b->unit, e))
            return false;
    } else if (b->version == 0 || b->version > INT32_MAX) {
        return err_set(e, ERR_INPUT, "blob: a catalogue without its version");
    }
    if (b->total == 0 || b->total > most)
        return err_set(e, ERR_INPUT, "blob: %u bytes, at most %u", b->total, most);
    return FIXED(m, hash, &b->hash);
}

bool wire_offer_in(const Htx__V1__Offer *m, struct arena *a, struct offer *o,
                   struct err *e)
{
    struct endorsement *list;

    *o = (struct offer){.from = m->has_from ? m->from : DATE_NONE,
                        .n_endorsements = m->n_endorsements};
    if (o->n_endorsements > WIRE_ENDORSEMENTS)
        return err_set(e, ERR_INPUT, "offer: %zu endorsements, at most %d",
                       o->n_endorsements, WIRE_ENDORSEMENTS);
    if (m->has_from && !date_is_day(m->from))
        return err_set(e, ERR_INPUT, "offer: no such day");
    o->endorsements = list = arena_new(a, o->n_endorsements * sizeof *list);
    for (size_t i = 0; i < o->n_endorsements; i++)
        if (!FIXED(m->endorsements[i], key, &list[i].key) ||
            !FIXED(m->endorsements[i], signature, &list[i].signature))
            return false;
    return blob_in(m->blob, &o->blob, e);
}

bool wire_part_request_in(const Htx__V1__PartRequest *m, struct part_request *r,
                          struct err *e)
{
    *r = (struct part_request){.offset = m->offset};
    if (!blob_in(m->blob, &r->blob, e))
        return false;
    return r->offset < r->blob.total ||
           err_set(e, ERR_INPUT, "part: asked for behind the end");
}

bool wire_part_in(const Htx__V1__Part *m, struct part *p, struct err *e)
{
    *p = (struct part){
        .offset = m->offset, .data = {m->data.data, m->data.len}
    };
    if (!blob_in(m->blob, &p->blob, e))
        return false;
    if (p->data.n == 0 || p->data.n > WIRE_PART || p->offset > p->blob.total ||
        p->data.n > p->blob.total - p->offset)
        return err_set(e, ERR_INPUT, "part: %zu bytes at %u of %u", p->data.n, p->offset,
                       p->blob.total);
    return true;
}

bool wire_read_page_head(struct span b, struct arena *a, struct page_head *h,
                         struct err *e)
{
    const Htx__V1__RegisterPage *m;

    if (!wire_version_known(b, "RegisterPage", 1, e))
        return false;
    m = wire_unpack(&htx__v1__register_page__descriptor, b, true, a, e);
    if (m == NULL)
        return false;
    *h = (struct page_head){
        .unit = unit_in(m->unit), .at = {m->epoch, m->seq}
    };
    return unit_required(&h->unit, e);
}

static bool past_in(const Htx__V1__PastReport *m, struct arena *a, struct past_report *r,
                    struct err *e)
{
    struct observation *obs;

    *r = (struct past_report){.form = text(m->form),
                              .form_version = m->form_version,
                              .scheme = text(m->scheme),
                              .period = text(m->period),
                              .vintage = (enum vintage)m->vintage,
                              .channel = (enum channel)m->channel,
                              .n_obs = m->n_observations};
    if (r->form[0] == 0 || r->scheme[0] == 0 || r->period[0] == 0 || r->vintage == 0 ||
        !in_enum((int)r->vintage, VINTAGE_ACTUAL) ||
        !in_enum((int)r->channel, CHANNEL_EARLIER))
        return err_set(e, ERR_INPUT,
                       "past report: form, period and vintage are required");
    if (r->n_obs > WIRE_OBSERVATIONS)
        return err_set(e, ERR_INPUT, "past report: too many observations");
    r->obs = obs = arena_new(a, r->n_obs * sizeof *obs);
    for (size_t i = 0; i < r->n_obs; i++)
        if (!wire_observation_in(m->observations[i], &obs[i], e))
            return false;
    return true;
}

bool wire_read_entity(struct span b, struct arena *a, struct subject *s, struct past *p,
                      struct err *e)
{
    const Htx__V1__RegisterEntity *m =
        wire_unpack(&htx__v1__register_entity__descriptor, b, true, a, e);
    struct past_report *list;

    if (m == NULL || !wire_subject_in(m->subject, s, e))
        return false;
    *p = (struct past){.registered = m->unregistered ? NULL : s,
                       .founded = m->has_founded ? m->founded : DATE_NONE,
                       .n_reports = m->n_reports};
    if (p->founded != DATE_NONE && !date_is_day(p->founded))
        return err_set(e, ERR_INPUT, "register: no such day");
    if (p->n_reports > WIRE_PAST)
        return err_set(e, ERR_INPUT, "register: %zu reports of one entity, at most %d",
                       p->n_reports, WIRE_PAST);
    p->reports = list = arena_new(a, p->n_reports * sizeof *list);
    for (size_t i = 0; i < p->n_reports; i++)
        if (!past_in(m->reports[i], a, &list[i], e))
            return false;
    return true;
}
