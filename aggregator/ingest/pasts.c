#include "aggregator/ingest/pasts.h"

#include "proto/base/log.h"
#include "proto/rules.h"

/* -- catalogues -- */

void pasts_catalogues_clear(struct catalogues *own)
{
    for (size_t i = 0; i < own->n; i++)
        catalogue_close(&own->list[i]);
    free(own->list);
    *own = (struct catalogues){0};
}

static bool has(const struct catalogues *own, const struct ctx_catalogue *k)
{
    for (size_t i = 0; i < own->n; i++)
        if (hash_eq(&own->list[i]->hash, &k->hash))
            return true;
    return false;
}

void pasts_catalogues(struct catalogues *own, const struct context *c)
{
    bool same = own->n == c->n_catalogues;

    for (size_t i = 0; i < c->n_catalogues; i++)
        same = same && has(own, &c->catalogues[i]);
    if (same)
        return;
    pasts_catalogues_clear(own);
    own->list = mem_array(c->n_catalogues + 1, sizeof *own->list);
    for (size_t i = 0; i < c->n_catalogues; i++) {
        struct err e = {0};

        /* one that cannot be read judges nothing: the parser says "not now" as well */
        if (catalogue_load(&own->list[own->n], c->catalogues[i].bundle, &e))
            own->n++;
        else
            log_event(LOG_ALARM, "catalogue_unreadable error=\"%s\"", e.text);
    }
}

static const struct catalogue *version_of(const struct catalogues *cats, uint32_t version)
{
    for (size_t i = 0; i < cats->n; i++)
        if (cats->list[i]->version == version)
            return cats->list[i];
    return NULL;
}

const struct form *pasts_form(const struct catalogues *cats, const char *form,
                              uint32_t version)
{
    const struct form *f = NULL;

    for (size_t i = cats->n; i-- > 0 && f == NULL;)
        f = catalogue_form(cats->list[i], form, version);
    return f;
}

enum { PERIODS_MAX = 24 };

void pasts_ask(const struct catalogues *cats, struct arena *a, struct probe *p)
{
    const struct parsed_item *it = p->item;
    const struct catalogue *c;
    const struct period **periods;
    char code[80];

    if (it->kind != ITEM_REPORT || it->not_now != NOT_NOW_NONE)
        return;
    c = version_of(cats, it->catalogue);
    if (c == NULL || rules_waiting(c, it->report.form, NULL, 0) == 0)
        return;
    snprintf(code, sizeof code, "%s:%s", it->report.scheme, it->report.period);
    p->period = catalogue_period(c, code);
    if (p->period == NULL)
        return;
    periods = arena_new(a, PERIODS_MAX * sizeof *periods);
    p->n_periods = rules_past_periods(c, p->period, periods, PERIODS_MAX);
    p->periods = periods;
    p->catalogues = cats;
}

static bool one_unit(const struct unit_key *a, const struct unit_key *b)
{
    return a->valid_from == b->valid_from && strcmp(a->code, b->code) == 0;
}

bool pasts_shown(const struct unit_key *unit, const struct unit_key *registered,
                 const struct parsed_report *p, const struct unit_key *by,
                 struct past_report *r)
{
    if (one_unit(unit, by) || (registered != NULL && one_unit(unit, registered)))
        return true;
    r->obs = NULL;
    r->n_obs = 0;
    return r->vintage == p->vintage && strcmp(r->form, p->form) == 0 &&
           strcmp(r->period, p->period) == 0 && strcmp(r->scheme, p->scheme) == 0;
}

/* -- the group's own -- */

struct recent {
    const char *unit, *subject; /* unit: "" but for statements */
    struct unit_key by;
    struct past_report report;
    size_t next; /* of the same bucket; 0: none */
};

enum { BUCKETS = 1024 };

struct pasts {
    size_t bucket[BUCKETS]; /* index + 1 of its newest */
    struct recent *list;
    size_t n, cap;
    struct arena arena;
};

void pasts_open(struct pasts **out)
{
    *out = mem_new(sizeof **out);
}

void pasts_close(struct pasts **ps)
{
    if (*ps == NULL)
        return;
    free((*ps)->list);
    arena_clear(&(*ps)->arena);
    free(*ps);
    *ps = NULL;
}

static size_t bucket_of(const char *subject, const char *unit)
{
    uint32_t h = 2166136261u;

    for (const char *p = subject; *p != 0; p++)
        h = (h ^ (unsigned char)*p) * 16777619u;
    for (const char *p = unit; *p != 0; p++)
        h = (h ^ (unsigned char)*p) * 16777619u;
    return h % BUCKETS;
}

void pasts_add(struct pasts *ps, const struct catalogues *cats,
               const struct unit_key *unit, const struct parsed_item *item)
{
    const struct parsed_report *p = &item->report;
    const char *of = p->kind == SUBJECT_UNIT ? unit->code : "";
    struct observation *obs;
    struct recent *r;
    size_t b;

    if (p->subject[0] == 0)
        return;
    if (ps->n == ps->cap) {
        ps->cap = ps->cap != 0 ? 2 * ps->cap : 64;
        ps->list = mem_grow(ps->list, ps->cap, sizeof *ps->list);
    }
    b = bucket_of(p->subject, of);
    r = &ps->list[ps->n];
    *r = (struct recent){
        .unit = of,
        .by = *unit,
        .subject = p->subject,
        .next = ps->bucket[b],
        .report = {.form = p->form,
                   .form_version = p->form_version,
                   .scheme = p->scheme,
                   .period = p->period,
                   .vintage = p->vintage,
                   .channel = p->channel}
    };
    parsed_unfold(p, pasts_form(cats, p->form, p->form_version), &ps->arena, &obs,
                  &r->report.n_obs);
    r->report.obs = obs;
    ps->bucket[b] = ++ps->n;
}

static bool one_key(const struct past_report *a, const struct past_report *b)
{
    return a->vintage == b->vintage && a->channel == b->channel &&
           strcmp(a->period, b->period) == 0 && strcmp(a->scheme, b->scheme) == 0 &&
           strcmp(a->form, b->form) == 0;
}

/* At most so many of the group are about this. */
static size_t in_bucket(const struct pasts *ps, size_t b)
{
    size_t n = 0;

    for (size_t i = ps->bucket[b]; i != 0; i = ps->list[i - 1].next)
        n++;
    return n;
}

/* What the store knows, and over it what the group brought since. */
static struct past merged(const struct pasts *ps, const struct unit_key *unit,
                          const struct parsed_report *p, const struct past *stored,
                          struct arena *a)
{
    const char *of = p->kind == SUBJECT_UNIT ? unit->code : "";
    struct past out = *stored;
    size_t n = 0, b = bucket_of(p->subject, of);
    struct past_report *list =
        arena_new(a, (stored->n_reports + in_bucket(ps, b) + 1) * sizeof *list);

    for (size_t i = ps->bucket[b]; i != 0; i = ps->list[i - 1].next) {
        const struct recent *r = &ps->list[i - 1];
        struct past_report seen = r->report;
        bool newer = false;

        if (strcmp(r->subject, p->subject) != 0 || strcmp(r->unit, of) != 0 ||
            (of[0] != 0 && r->by.valid_from != unit->valid_from) ||
            !pasts_shown(unit, stored->unit, p, &r->by, &seen))
            continue;
        for (size_t k = 0; k < n; k++)
            newer = newer || one_key(&list[k], &seen);
        if (!newer)
            list[n++] = seen;
    }
    for (size_t i = 0; i < stored->n_reports; i++) {
        bool newer = false;

        for (size_t k = 0; k < n; k++)
            newer = newer || one_key(&list[k], &stored->reports[i]);
        if (!newer)
            list[n++] = stored->reports[i];
    }
    out.reports = list;
    out.n_reports = n;
    return out;
}

static const char *words_of(const struct catalogue *c, const struct observation *o,
                            struct arena *a)
{
    const struct indicator *ind = catalogue_indicator_no(c, o->indicator);
    struct bytes b = {0};
    const char *words;

    value_vi(o->value, ind != NULL ? ind->scale : 1, &b);
    words = arena_strn(a, b.p, b.n);
    bytes_clear(&b);
    return words;
}

void pasts_check(const struct pasts *ps, const struct catalogues *cats,
                 const struct unit_key *unit, const struct parsed_item *item,
                 const struct past *stored, struct findings *fs)
{
    const struct catalogue *c = version_of(cats, item->catalogue);
    const struct parsed_report *p = &item->report;
    struct arena a = {0};
    struct past past;
    struct report r;

    if (c == NULL)
        return;
    r = (struct report){
        .version = REPORT_VERSION,
        .unit = *unit,
        .form = p->form,
        .form_version = p->form_version,
        .subject = {.kind = p->kind,
                    .name = p->name,
                    .sector = p->sector,
                    .commune = p->commune,
                    .state = p->state},
        .scheme = p->scheme,
        .period = p->period,
        .vintage = p->vintage,
        .channel = p->channel,
        .revision = p->revision,
        .catalogue = item->catalogue,
        .source_place = p->source_place
    };
    parsed_unfold(p, catalogue_form(c, p->form, p->form_version), &a, &r.obs, &r.n_obs);
    for (size_t i = 0; i < r.n_obs; i++) /* a plain cell's words were not kept */
        if (r.obs[i].state == OBS_VALUE && r.obs[i].text[0] == 0)
            r.obs[i].text = words_of(c, &r.obs[i], &a);
    past = merged(ps, unit, p, stored, &a);
    rules_check_past(c, &r, &past, fs);
    arena_clear(&a);
}
