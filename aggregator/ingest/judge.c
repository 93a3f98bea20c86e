#include "aggregator/ingest/judge.h"

#include "aggregator/ingest/pasts.h"

#include "proto/base/flat.h"

#include <search.h>
#include <stdlib.h>

/* What a key of the overlay stands for; part of its hash. */
enum note_kind {
    NOTE_ANSWERED = 1,
    NOTE_ID,
    NOTE_KEY,
    NOTE_HEAD,
    NOTE_BASE,
    NOTE_ABOUT, /* a report as an answer names it; value: what counts in its place */
    NOTE_GONE,  /* replaced or withdrawn */
};

struct note {
    struct hash key; /* hash of kind and words: the order of the tree */
    struct hash value, digest;
    uint32_t revision;
};

struct judge {
    const struct context *ctx;
    int64_t now;
    int32_t today;
    void *notes; /* tree of struct note */
    const struct catalogues *cats;
    struct pasts *pasts; /* what this group adds to what the store knows */
};

static int by_key(const void *a, const void *b)
{
    return memcmp(((const struct note *)a)->key.b, ((const struct note *)b)->key.b,
                  HASH_LEN);
}

void judge_open(struct judge **out, const struct context *c,
                const struct catalogues *cats, int64_t now, int32_t today)
{
    struct judge *j = mem_new(sizeof *j);

    j->ctx = c;
    j->cats = cats;
    pasts_open(&j->pasts);
    j->now = now;
    j->today = today;
    *out = j;
}

void judge_close(struct judge **jp)
{
    if (*jp == NULL)
        return;
    tdestroy((*jp)->notes, free);
    pasts_close(&(*jp)->pasts);
    free(*jp);
    *jp = NULL;
}

static const struct note *noted(struct judge *j, const struct hash *key)
{
    struct note probe = {.key = *key};
    void *node = tfind(&probe, &j->notes, by_key);

    return node != NULL ? *(struct note **)node : NULL;
}

/* The newest note of a key counts. */
static void note(struct judge *j, struct note n)
{
    void *node = tfind(&n, &j->notes, by_key);
    struct note *own;

    if (node != NULL) {
        **(struct note **)node = n;
        return;
    }
    own = mem_new(sizeof *own);
    *own = n;
    if (tsearch(own, &j->notes, by_key) == NULL)
        abort(); /* out of memory inside the C library */
}

static struct hash hash_note(enum note_kind kind, const struct bytes *words)
{
    unsigned char k = (unsigned char)kind;

    return hash_pair(DOMAIN_FILE, (struct span){&k, 1}, span_of(words));
}

static struct hash item_key(enum note_kind kind, const struct hash *item)
{
    struct bytes b = {0};
    struct hash h;

    flat_raw(&b, item->b, HASH_LEN);
    h = hash_note(kind, &b);
    bytes_clear(&b);
    return h;
}

static struct hash id_key(const struct unit_key *unit, const struct uuid *id)
{
    struct bytes b = {0};
    struct hash h;

    flat_str(&b, unit->code);
    flat_i64(&b, unit->valid_from);
    flat_raw(&b, id->b, ID_LEN);
    h = hash_note(NOTE_ID, &b);
    bytes_clear(&b);
    return h;
}

/* A report with the unit, period and vintage that an answer must name. */
static struct hash about_key(const struct unit_key *unit, const struct hash *item,
                             const char *scheme, const char *period, enum vintage v)
{
    struct bytes b = {0};
    struct hash h;

    flat_raw(&b, item->b, HASH_LEN);
    flat_str(&b, unit->code);
    flat_i64(&b, unit->valid_from);
    flat_str(&b, scheme);
    flat_str(&b, period);
    flat_u8(&b, (unsigned)v);
    h = hash_note(NOTE_ABOUT, &b);
    bytes_clear(&b);
    return h;
}

/* revision 0: the key of the head. */
static struct hash report_key(const struct unit_key *unit, const struct parsed_report *r,
                              uint32_t revision)
{
    struct bytes b = {0};
    struct hash h;

    flat_str(&b, r->period);
    flat_str(&b, r->scheme);
    flat_str(&b, unit->code);
    flat_i64(&b, unit->valid_from);
    flat_str(&b, r->form);
    flat_u8(&b, (unsigned)r->vintage);
    flat_str(&b, r->subject);
    flat_u8(&b, (unsigned)r->channel);
    flat_i64(&b, revision);
    h = hash_note(revision == 0 ? NOTE_HEAD : NOTE_KEY, &b);
    bytes_clear(&b);
    return h;
}

/* -- who speaks --------------------------------------------------------------------- */

static bool same_unit(const struct unit_key *a, const struct unit_key *b)
{
    return strcmp(a->code, b->code) == 0 && a->valid_from == b->valid_from;
}

bool judge_carrier(const struct context *c, const struct parsed *batch,
                   const char *carrier)
{
    const struct ctx_key *curve = context_key(c, carrier);

    return curve != NULL && strcmp(curve->use, "curve") == 0 &&
           same_unit(&curve->unit, &batch->header.unit);
}

enum reject_reason judge_speaker(const struct context *c, const struct parsed *batch,
                                 const char *carrier)
{
    char signer[2 * KEY_LEN + 1];
    const struct ctx_key *key;

    if (batch->reject != REJECT_NONE)
        return batch->reject;
    if (!hash_eq(&batch->header.recipient, &c->province))
        return REJECT_RECIPIENT;
    key = context_key(c, hex_of(batch->signer.b, KEY_LEN, signer));
    if (key == NULL)
        return REJECT_SPEAKER;
    if (strcmp(key->use, "desk") == 0) {
        /* the desk speaks for any unit, on behalf or of earlier days, not over the wire;
         * what the unit said itself it neither explains nor withdraws */
        if (strncmp(carrier, "desk:", 5) != 0)
            return REJECT_SPEAKER;
        for (size_t i = 0; i < batch->n_items; i++)
            if (batch->items[i].kind == ITEM_ANSWER ||
                (batch->items[i].kind == ITEM_REPORT &&
                 batch->items[i].not_now == NOT_NOW_NONE &&
                 batch->items[i].report.channel != CHANNEL_ON_BEHALF &&
                 batch->items[i].report.channel != CHANNEL_EARLIER))
                return REJECT_SPEAKER;
        return REJECT_NONE;
    }
    if (strcmp(key->use, "sign") != 0 || !same_unit(&key->unit, &batch->header.unit))
        return REJECT_SPEAKER;
    if (!judge_carrier(c, batch, carrier))
        return REJECT_SPEAKER;
    for (size_t i = 0; i < batch->n_items; i++)
        if (batch->items[i].kind == ITEM_REPORT &&
            batch->items[i].not_now == NOT_NOW_NONE &&
            (batch->items[i].report.channel == CHANNEL_ON_BEHALF ||
             batch->items[i].report.channel == CHANNEL_EARLIER))
            return REJECT_SPEAKER;
    return REJECT_NONE;
}

/* -- periods and units -------------------------------------------------------------- */

static void add(struct findings *fs, const char *code, enum severity s, bool refuses,
                bool holds, const char *arg1, const char *arg2)
{
    struct finding f = {.code = code, .severity = s, .refuses = refuses, .holds = holds};

    f.args[0] = arg1;
    f.args[1] = arg2;
    findings_add(fs, &f);
}

/*
 * A unit that was gone before the period ended cannot report what was; a plan or an
 * estimate it may give for any period that began while it was there.
 */
static bool unit_ended(const struct ctx_unit *u, const struct ctx_period *p,
                       enum vintage v)
{
    if (u->valid_to == DATE_NONE)
        return false;
    return v == VINTAGE_ACTUAL ? p->ends > u->valid_to : p->starts > u->valid_to;
}

/*
 * Adds what unit and period have to say. False: not now. earlier: figures from before the
 * system are no delay of the unit's.
 */
static bool check_window(struct judge *j, const struct unit_key *unit, const char *scheme,
                         const char *code, enum vintage v, bool earlier, bool *late,
                         struct findings *fs, enum not_now_reason *why)
{
    const struct ctx_period *p = context_period(j->ctx, scheme, code);
    const struct ctx_unit *u = context_unit(j->ctx, unit);
    int32_t due = p != NULL ? context_due(j->ctx, p, unit) : DATE_NONE;
    char day[11];

    *late = false;
    if (p == NULL) {
        add(fs, "UNKNOWN_PERIOD", SEV_ERROR, true, false, code, NULL);
        return true;
    }
    if (u != NULL && unit_ended(u, p, v)) {
        add(fs, "UNIT_ENDED", SEV_ERROR, false, true, date_vi(u->valid_to + 1, day),
            code);
        return true;
    }
    if (j->today < p->opens) {
        *why = NOT_NOW_PERIOD_NOT_OPEN;
        return false;
    }
    if (context_sealed(j->ctx, scheme, code, vintage_word(v), j->now))
        add(fs, "PERIOD_SEALED", SEV_WARNING, false, true, code, NULL);
    if (j->today > due && !earlier) {
        *late = true;
        add(fs, "LATE", SEV_NOTE, false, false, date_vi(due, day), NULL);
    }
    return true;
}

/* -- keys --------------------------------------------------------------------------- */

static enum verdict verdict_of(const struct findings *fs)
{
    if (findings_refuse(fs))
        return VERDICT_REFUSED;
    if (findings_hold(fs))
        return VERDICT_HELD;
    return findings_worst(fs) > SEV_NOTE ? VERDICT_WARNINGS : VERDICT_ACCEPTED;
}

static void conflict(struct judge_result *out, const char *code, const char *arg)
{
    add(&out->findings, code, SEV_ERROR, false, false, arg, NULL);
    out->judged.verdict = VERDICT_CONFLICT;
}

/* The holder of this very key and revision, from this group or the store. */
static bool key_holder(struct judge *j, const struct hash *key, const struct known *known,
                       struct hash *hash, struct hash *digest)
{
    const struct note *n = noted(j, key);

    if (n != NULL) {
        *hash = n->value;
        *digest = n->digest;
        return true;
    }
    *hash = known->key_hash;
    *digest = known->key_digest;
    return known->key_held;
}

/* The head of a report's key, from this group or the store. */
struct key_head {
    bool is;   /* there is one */
    bool gone; /* it was withdrawn: it stays the head, but nothing takes over from it */
    struct hash hash;
    uint32_t revision;
};

static bool gone_here(struct judge *j, const struct hash *report)
{
    struct hash key = item_key(NOTE_GONE, report);

    return noted(j, &key) != NULL;
}

static struct key_head head_of(struct judge *j, const struct unit_key *unit,
                               const struct parsed_report *r, const struct known *known)
{
    struct hash key = report_key(unit, r, 0);
    const struct note *n = noted(j, &key);
    struct key_head h = {known->has_head, known->head_gone, known->head,
                         known->head_revision};

    if (n != NULL)
        h = (struct key_head){true, false, n->value, n->revision};
    h.gone = h.is && (h.gone || gone_here(j, &h.hash));
    return h;
}

/* Was the report that says the same taken back? Then saying it again is a new revision.
 */
static bool withdrawn(struct judge *j, const struct unit_key *unit,
                      const struct parsed_report *r, const struct known *known,
                      const struct hash *holder)
{
    const struct key_head head = head_of(j, unit, r, known);

    return head.gone && hash_eq(&head.hash, holder);
}

/* Does the report continue the current head? False: `out` says conflict, or not now. */
static bool continues_head(struct judge *j, const struct unit_key *unit,
                           const struct parsed_report *r, const struct known *known,
                           struct judge_result *out)
{
    struct hash base_key = item_key(NOTE_BASE, &r->supersedes);
    const struct note *base = noted(j, &base_key);
    const struct key_head head = head_of(j, unit, r, known);
    struct hash base_hash = base != NULL ? base->value : known->supersedes_base;
    char number[16];

    if (!r->has_supersedes) {
        if (!head.is)
            return true;
    } else {
        if (base == NULL && !known->supersedes_known) {
            out->kind = JUDGE_NOT_NOW;
            out->why = NOT_NOW_PREDECESSOR;
            return false;
        }
        /* the head is the highest revision: a lower one could never be replaced itself */
        if (!head.is ||
            (hash_eq(&base_hash, &head.hash) && r->revision > head.revision)) {
            out->judged.has_replaces = head.is && !head.gone;
            out->judged.replaces = head.hash;
            return true;
        }
    }
    snprintf(number, sizeof number, "%u", head.revision);
    conflict(out, "NOT_THE_HEAD", number);
    return false;
}

/* People need no "tax:". */
static const char *number_of(const char *subject)
{
    const char *colon = strchr(subject, ':');

    return colon != NULL ? colon + 1 : subject;
}

static void check_entity(const struct judge *j, const struct unit_key *unit,
                         const struct parsed_report *r, const struct known *known,
                         struct findings *fs)
{
    const struct unit_key holder = {known->entity_unit, known->entity_unit_from};
    const struct ctx_unit *other;

    if (r->kind == SUBJECT_UNIT)
        return;
    if (known->counted_under != NULL)
        add(fs, "ENTITY_COUNTED_UNDER", SEV_NOTE, false, false, r->name,
            number_of(known->counted_under));
    if (!known->entity_known) {
        add(fs, "ENTITY_UNKNOWN", SEV_WARNING, false, false, r->name,
            number_of(r->subject));
        return;
    }
    if (same_unit(&holder, unit) || known->entity_ours)
        return;
    other = context_unit(j->ctx, &holder);
    add(fs, "ENTITY_FOREIGN", SEV_WARNING, false, false, r->name,
        other != NULL ? other->name : holder.code);
}

static void judge_report(struct judge *j, const struct unit_key *unit,
                         const struct parsed_item *item, const struct known *known,
                         struct judge_result *out)
{
    const struct parsed_report *r = &item->report;
    struct hash key = report_key(unit, r, r->revision), holder, digest;
    struct judged *d = &out->judged;
    bool held, repeats;

    for (size_t i = 0; i < item->findings.n; i++)
        findings_add(&out->findings, &item->findings.list[i]);
    if (known->has_past && !findings_refuse(&out->findings))
        pasts_check(j->pasts, j->cats, unit, item, &known->past, &out->findings);
    held = key_holder(j, &key, known, &holder, &digest);
    repeats = held && hash_eq(&digest, &r->digest) && !findings_refuse(&out->findings);
    if (repeats && withdrawn(j, unit, r, known, &holder)) {
        conflict(out, "REPORT_WITHDRAWN", NULL);
        return;
    }
    if (repeats && known->key_rejected && hash_eq(&holder, &known->key_hash)) {
        conflict(out, "REPORT_REJECTED", NULL);
        return;
    }
    if (repeats) {
        /* it says nothing new, so no window can be too late for it */
        d->verdict = verdict_of(&out->findings);
        d->has_duplicate = true;
        d->duplicate_of = holder;
        return;
    }
    if (!findings_refuse(&out->findings) &&
        !check_window(j, unit, r->scheme, r->period, r->vintage,
                      r->channel == CHANNEL_EARLIER, &d->late, &out->findings,
                      &out->why)) {
        out->kind = JUDGE_NOT_NOW;
        return;
    }
    d->verdict = verdict_of(&out->findings);
    if (d->verdict == VERDICT_REFUSED || d->verdict == VERDICT_HELD)
        return;
    if (held) {
        conflict(out, "SAME_KEY_OTHER_CONTENT", NULL);
        return;
    }
    if (!continues_head(j, unit, r, known, out))
        return;
    check_entity(j, unit, r, known, &out->findings);
    d->verdict = verdict_of(&out->findings);
    d->counts = true;
}

/*
 * An explanation changes no figure, so it is never late and no closing holds it. A
 * withdrawal takes a report out of the totals: after closing a person decides.
 */
static void judge_answer(struct judge *j, const struct unit_key *unit,
                         const struct parsed_item *item, const struct known *known,
                         struct judge_result *out)
{
    const struct explanation *x = &item->answer;
    struct hash about = about_key(unit, &x->about, x->scheme, x->period, x->vintage);
    struct hash base = item_key(NOTE_BASE, &x->about);
    const struct note *here = noted(j, &about);
    struct judged *d = &out->judged;
    bool own = here != NULL || known->about_own;

    if (here == NULL && noted(j, &base) == NULL && !known->about_known) {
        out->kind = JUDGE_NOT_NOW;
        out->why = NOT_NOW_PREDECESSOR;
        return;
    }
    d->target = !own ? x->about : here != NULL ? here->value : known->about_target;
    if (!own) {
        add(&out->findings, "ANSWER_FOREIGN", SEV_ERROR, true, false, NULL, NULL);
    } else if (x->withdraw) {
        if (known->about_gone || gone_here(j, &d->target)) {
            conflict(out, "ANSWER_GONE", NULL);
            return;
        }
        if (context_sealed(j->ctx, x->scheme, x->period, vintage_word(x->vintage),
                           j->now))
            add(&out->findings, "PERIOD_SEALED", SEV_WARNING, false, true, x->period,
                NULL);
    }
    d->verdict = verdict_of(&out->findings);
    d->counts = d->verdict == VERDICT_ACCEPTED;
    d->has_replaces = d->counts && x->withdraw;
    d->replaces = d->target;
}

static void remember(struct judge *j, const struct unit_key *unit,
                     const struct parsed_item *item, const struct known *known,
                     const struct judged *d)
{
    const struct parsed_report *r = &item->report;
    struct note n = {.key = item_key(NOTE_ANSWERED, &item->hash), .value = item->hash};

    note(j, n);
    if (d->holds_id)
        note(j, (struct note){.key = id_key(unit, &item->id), .value = item->hash});
    if (d->counts && d->has_replaces)
        note(j, (struct note){.key = item_key(NOTE_GONE, &d->replaces)});
    if (item->kind != ITEM_REPORT)
        return;
    note(j, (struct note){
                .key = about_key(unit, &item->hash, r->scheme, r->period, r->vintage),
                .value = d->has_duplicate ? d->duplicate_of : item->hash});
    n = (struct note){.key = item_key(NOTE_BASE, &item->hash), .value = item->hash};
    if (!d->counts) { /* what counts not leads back to what it wanted to replace */
        struct hash base_key = item_key(NOTE_BASE, &r->supersedes);
        const struct note *base = noted(j, &base_key);

        if (d->has_duplicate)
            n.value = d->duplicate_of;
        else if (r->has_supersedes)
            n.value = base != NULL ? base->value : known->supersedes_base;
    }
    note(j, n);
    if (!d->counts)
        return;
    note(j, (struct note){.key = report_key(unit, r, r->revision),
                          .value = item->hash,
                          .digest = r->digest});
    note(j, (struct note){.key = report_key(unit, r, 0),
                          .value = item->hash,
                          .revision = r->revision});
    pasts_add(j->pasts, j->cats, unit, item);
}

/* A newer version in force says until when reports of older ones are taken. */
static bool catalogue_too_old(const struct judge *j, uint32_t version)
{
    for (size_t i = 0; i < j->ctx->n_catalogues; i++) {
        const struct ctx_catalogue *c = &j->ctx->catalogues[i];

        if (c->version > version && c->valid_from <= j->today &&
            c->accept_until != DATE_NONE && j->today > c->accept_until)
            return true;
    }
    return false;
}

void judge_item(struct judge *j, const struct unit_key *unit,
                const struct parsed_item *item, const struct known *known,
                struct judge_result *out)
{
    struct hash answered = item_key(NOTE_ANSWERED, &item->hash);
    struct hash id = id_key(unit, &item->id);
    struct judged *d = &out->judged;

    *out = (struct judge_result){.kind = JUDGE_STORE};
    *d = (struct judged){.unit = unit, .item = item};
    if (known->answered || noted(j, &answered) != NULL) {
        out->kind = JUDGE_REPLAY;
        return;
    }
    if (item->not_now != NOT_NOW_NONE || catalogue_too_old(j, item->catalogue)) {
        out->kind = JUDGE_NOT_NOW;
        out->why =
            item->not_now != NOT_NOW_NONE ? item->not_now : NOT_NOW_CATALOGUE_OLDER;
        return;
    }
    d->holds_id = !known->id_taken && noted(j, &id) == NULL;
    if (!d->holds_id) {
        conflict(out, "SAME_ID_OTHER_CONTENT", NULL);
    } else if (item->kind == ITEM_REPORT) {
        judge_report(j, unit, item, known, out);
    } else if (item->kind == ITEM_ANSWER) {
        judge_answer(j, unit, item, known, out);
    } else {
        const struct submission *s = &item->submission;

        if (!check_window(j, unit, s->scheme, s->period, s->vintage, false, &d->late,
                          &out->findings, &out->why))
            out->kind = JUDGE_NOT_NOW;
        d->verdict = verdict_of(&out->findings);
        d->counts = d->verdict == VERDICT_ACCEPTED || d->verdict == VERDICT_WARNINGS;
    }
    if (out->kind == JUDGE_STORE)
        remember(j, unit, item, known, d);
}
