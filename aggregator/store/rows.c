#include "aggregator/store/rows.h"

#include "proto/base/crash.h"

static const char *const severities[] = {"", "note", "warning", "error"};

static const char *const copies[ROWS_TABLES] = {
    [ROWS_EVIDENCE] =
        "copy evidence (hash, unit, unit_from, batch_epoch, batch_number, signer,"
        " carrier, envelope, commit_epoch, commit_number) from stdin (format binary)",
    [ROWS_COMMIT] = "copy commit (epoch, number, first_seq, last_seq, control, statement,"
                    " statement_hash, leaves, at) from stdin (format binary)",
    [ROWS_SIGNATURE] = "copy commit_signature (epoch, number, key, signature) from stdin"
                       " (format binary)",
    [ROWS_CONTROL] = "copy control (epoch, seq, kind, body, hash, actor) from stdin"
                     " (format binary)",
    [ROWS_PROOF] = "copy control_proof (epoch, seq, statement, signature, at) from stdin"
                   " (format binary)",
    [ROWS_EVIDENCE_LATER] =
        "copy evidence_later (hash, commit_epoch, commit_number, envelope) from stdin"
        " (format binary)",
    [ROWS_RECEIPT] =
        "copy receipt (item_hash, epoch, number, seq, leaf, findings) from stdin"
        " (format binary)",
    [ROWS_REPORT] =
        "copy report (epoch, seq, scheme, period, vintage, form, form_version, unit,"
        " unit_from, kind, subject, channel, revision, verdict, late, counts, hash, "
        "digest,"
        " supersedes, duplicate_of, id, evidence, item, catalogue, name, sector, commune,"
        " state, value, upper, mark, qualifier) from stdin (format binary)",
    [ROWS_CELL] =
        "copy report_cell (epoch, seq, ord, cell, indicator, b1, b2, value, upper,"
        " mark, qualifier, stated, as_of, population, text) from stdin (format binary)",
    [ROWS_FINDING] =
        "copy finding (epoch, seq, ord, code, severity, indicator, b1, b2, place,"
        " value, args, refuses, holds) from stdin (format binary)",
    [ROWS_ID] = "copy report_id (unit, unit_from, id, hash) from stdin (format binary)",
    [ROWS_KEY] =
        "copy report_key (period, scheme, unit, unit_from, form, vintage, subject,"
        " channel, revision, hash, digest) from stdin (format binary)",
    [ROWS_SUPERSESSION] =
        "copy supersession (old, by, epoch, seq) from stdin (format binary)",
    [ROWS_SUBMISSION] =
        "copy submission (epoch, seq, unit, unit_from, scheme, period, vintage, nothing,"
        " forms, rows, paper_number, paper_date, signer, signer_title, maker, pdf_hash, "
        "late,"
        " verdict, hash, id, evidence, approver) from stdin (format binary)",
    [ROWS_ANSWER] =
        "copy answer (epoch, seq, unit, unit_from, scheme, period, vintage, about,"
        " target, withdraw, finding, indicator, b1, b2, place, text, maker, verdict,"
        " counts, hash, id, evidence) from stdin (format binary)",
};

static struct bytes *row(struct rows *w, enum rows_table t, int columns)
{
    if (w->n[t]++ == 0)
        copy_begin(&w->copy[t]);
    copy_row(&w->copy[t], columns);
    return &w->copy[t];
}

static void hash_field(struct bytes *b, const struct hash *h)
{
    copy_bytes(b, (struct span){h->b, HASH_LEN});
}

void rows_evidence(struct rows *w, const struct evidence *e)
{
    struct bytes *b = row(w, ROWS_EVIDENCE, 10);

    hash_field(b, &e->hash);
    copy_text(b, e->unit.code);
    copy_date(b, e->unit.valid_from);
    copy_int8(b, (int64_t)e->epoch);
    copy_int8(b, (int64_t)e->number);
    copy_bytes(b, (struct span){e->signer.b, KEY_LEN});
    copy_text(b, e->carrier);
    copy_bytes(b, e->envelope);
    copy_int8(b, (int64_t)w->epoch);
    copy_int8(b, (int64_t)w->number);
}

static void position(const struct rows *w, struct bytes *b, const struct judged *d)
{
    copy_int8(b, (int64_t)w->epoch);
    copy_int8(b, (int64_t)d->seq);
}

static void put_receipt(struct rows *w, const struct judged *d)
{
    struct bytes *b = row(w, ROWS_RECEIPT, 6);

    hash_field(b, &d->item->hash);
    copy_int8(b, (int64_t)w->epoch);
    copy_int8(b, (int64_t)w->number);
    copy_int8(b, (int64_t)d->seq);
    copy_bytes(b, d->leaf);
    copy_bytes(b, d->findings_bytes);
}

static void put_findings(struct rows *w, const struct judged *d)
{
    for (size_t i = 0; i < d->findings->n; i++) {
        const struct finding *f = &d->findings->list[i];
        struct bytes *b = row(w, ROWS_FINDING, 13);
        size_t n = FINDING_ARGS;

        while (n > 0 && (f->args[n - 1] == NULL || f->args[n - 1][0] == 0))
            n--;
        position(w, b, d);
        copy_int4(b, (int32_t)i);
        copy_text(b, f->code);
        copy_text(b, severities[f->severity]);
        copy_int4(b, (int32_t)f->indicator);
        copy_text(b, f->b1);
        copy_text(b, f->b2);
        copy_text(b, f->cell);
        copy_text(b, f->value);
        copy_texts(b, f->args, n);
        copy_bool(b, f->refuses);
        copy_bool(b, f->holds);
    }
}

static void put_cells(struct rows *w, const struct judged *d)
{
    const struct parsed_report *r = &d->item->report;

    for (size_t i = 0; i < r->n_rare; i++) {
        const struct parsed_cell *c = &r->rare[i];
        struct bytes *b = row(w, ROWS_CELL, 15);

        position(w, b, d);
        copy_int4(b, (int32_t)i);
        if (c->cell != 0)
            copy_int4(b, c->cell);
        else
            copy_null(b);
        copy_int4(b, (int32_t)c->indicator);
        copy_text(b, c->b1);
        copy_text(b, c->b2);
        if (c->mark == 'v')
            copy_int8(b, c->value);
        else
            copy_null(b);
        if (c->has_upper)
            copy_int8(b, c->upper);
        else
            copy_null(b);
        copy_char(b, c->mark);
        copy_char(b, c->qualifier);
        copy_bool(b, c->stated);
        copy_date(b, c->as_of);
        copy_text(b, c->population);
        copy_text(b, c->text);
    }
}

void rows_report(struct rows *w, const struct judged *d)
{
    const struct parsed_report *r = &d->item->report;
    struct bytes *b = row(w, ROWS_REPORT, 32);

    position(w, b, d);
    copy_text(b, r->scheme);
    copy_text(b, r->period);
    copy_text(b, vintage_word(r->vintage));
    copy_text(b, r->form);
    copy_int4(b, (int32_t)r->form_version);
    copy_text(b, d->unit->code);
    copy_date(b, d->unit->valid_from);
    copy_text(b, subject_word(r->kind));
    copy_text(b, r->subject);
    copy_text(b, channel_word(r->channel));
    copy_int4(b, (int32_t)r->revision);
    copy_text(b, verdict_word(d->verdict));
    copy_bool(b, d->late);
    copy_bool(b, d->counts);
    hash_field(b, &d->item->hash);
    hash_field(b, &r->digest);
    if (r->has_supersedes)
        hash_field(b, &r->supersedes);
    else
        copy_null(b);
    if (d->has_duplicate)
        hash_field(b, &d->duplicate_of);
    else
        copy_null(b);
    copy_uuid(b, &d->item->id);
    hash_field(b, &d->batch);
    copy_int4(b, d->index);
    copy_int4(b, (int32_t)d->item->catalogue);
    copy_text(b, r->name);
    copy_text(b, r->sector);
    copy_text(b, r->commune);
    copy_text(b, entity_state_word(r->state));
    copy_int8s(b, r->value, r->given, r->n_cells);
    if (r->any_upper)
        copy_int8s(b, r->upper, r->upper_given, r->n_cells);
    else
        copy_null(b);
    copy_text(b, r->mark);
    if (r->any_qualifier)
        copy_text(b, r->qualifier);
    else
        copy_null(b);
    put_cells(w, d);
}

static void put_key(struct rows *w, const struct judged *d)
{
    const struct parsed_report *r = &d->item->report;
    struct bytes *b = row(w, ROWS_KEY, 11);

    copy_text(b, r->period);
    copy_text(b, r->scheme);
    copy_text(b, d->unit->code);
    copy_date(b, d->unit->valid_from);
    copy_text(b, r->form);
    copy_text(b, vintage_word(r->vintage));
    copy_text(b, r->subject);
    copy_text(b, channel_word(r->channel));
    copy_int4(b, (int32_t)r->revision);
    hash_field(b, &d->item->hash);
    hash_field(b, &r->digest);
}

/* A correction takes the place of the head; a withdrawal leaves it empty. */
static void put_replaced(struct rows *w, const struct judged *d)
{
    struct bytes *b;

    if (!d->counts || !d->has_replaces)
        return;
    b = row(w, ROWS_SUPERSESSION, 4);
    hash_field(b, &d->replaces);
    hash_field(b, &d->item->hash);
    position(w, b, d);
}

static void put_submission(struct rows *w, const struct judged *d)
{
    const struct submission *s = &d->item->submission;
    struct bytes *b = row(w, ROWS_SUBMISSION, 22);

    position(w, b, d);
    copy_text(b, d->unit->code);
    copy_date(b, d->unit->valid_from);
    copy_text(b, s->scheme);
    copy_text(b, s->period);
    copy_text(b, vintage_word(s->vintage));
    copy_bool(b, s->nothing_to_report);
    copy_texts(b, s->forms, s->n_forms);
    copy_int4s(b, (const int32_t *)s->rows, s->n_forms);
    copy_text(b, s->paper_number);
    copy_date(b, s->paper_date);
    copy_text(b, s->signer);
    copy_text(b, s->signer_title);
    copy_text(b, s->maker);
    copy_text(b, s->pdf_hash);
    copy_bool(b, d->late);
    copy_text(b, verdict_word(d->verdict));
    hash_field(b, &d->item->hash);
    copy_uuid(b, &d->item->id);
    hash_field(b, &d->batch);
    copy_text(b, s->approver);
}

static void put_answer(struct rows *w, const struct judged *d)
{
    const struct explanation *x = &d->item->answer;
    struct bytes *b = row(w, ROWS_ANSWER, 22);

    position(w, b, d);
    copy_text(b, d->unit->code);
    copy_date(b, d->unit->valid_from);
    copy_text(b, x->scheme);
    copy_text(b, x->period);
    copy_text(b, vintage_word(x->vintage));
    hash_field(b, &x->about);
    hash_field(b, &d->target);
    copy_bool(b, x->withdraw);
    copy_text(b, x->finding);
    copy_int4(b, (int32_t)x->indicator);
    copy_text(b, x->b1);
    copy_text(b, x->b2);
    copy_text(b, x->cell);
    copy_text(b, x->text);
    copy_text(b, x->maker);
    copy_text(b, verdict_word(d->verdict));
    copy_bool(b, d->counts);
    hash_field(b, &d->item->hash);
    copy_uuid(b, &d->item->id);
    hash_field(b, &d->batch);
}

void rows_item(struct rows *w, const struct judged *d)
{
    put_receipt(w, d);
    put_findings(w, d);
    if (d->holds_id) {
        struct bytes *b = row(w, ROWS_ID, 4);

        copy_text(b, d->unit->code);
        copy_date(b, d->unit->valid_from);
        copy_uuid(b, &d->item->id);
        hash_field(b, &d->item->hash);
    }
    if (d->item->kind != ITEM_SUBMISSION)
        put_replaced(w, d);
    switch (d->item->kind) {
    case ITEM_NONE:
        break;
    case ITEM_REPORT:
        rows_report(w, d);
        if (d->counts)
            put_key(w, d);
        break;
    case ITEM_SUBMISSION:
        put_submission(w, d);
        break;
    case ITEM_ANSWER:
        put_answer(w, d);
        break;
    }
}

void rows_later(struct rows *w, const struct hash *batch, struct span envelope)
{
    struct bytes *b = row(w, ROWS_EVIDENCE_LATER, 4);

    hash_field(b, batch);
    copy_int8(b, (int64_t)w->epoch);
    copy_int8(b, (int64_t)w->number);
    copy_bytes(b, envelope);
}

void rows_commit(struct rows *w, const struct rows_commit *c)
{
    struct hash hash = hash_of(DOMAIN_STATEMENT, c->statement);
    struct bytes *b = row(w, ROWS_COMMIT, 9);

    w->epoch = c->st->epoch;
    w->number = c->st->number;
    copy_int8(b, (int64_t)c->st->epoch);
    copy_int8(b, (int64_t)c->st->number);
    copy_int8(b, (int64_t)c->st->first_seq);
    copy_int8(b, (int64_t)c->st->last_seq);
    copy_bool(b, c->control);
    copy_bytes(b, c->statement);
    hash_field(b, &hash);
    copy_bytes(b, c->leaves);
    copy_time(b, c->st->time);
    if (c->signature == NULL)
        return;
    b = row(w, ROWS_SIGNATURE, 4);
    copy_int8(b, (int64_t)c->st->epoch);
    copy_int8(b, (int64_t)c->st->number);
    copy_bytes(b, (struct span){c->st->key.b, KEY_LEN});
    copy_bytes(b, (struct span){c->signature->b, SIG_LEN});
}

void rows_proof(struct rows *w, uint64_t seq, const struct rows_commit *c)
{
    struct bytes *b = row(w, ROWS_PROOF, 5);

    copy_int8(b, (int64_t)c->st->epoch);
    copy_int8(b, (int64_t)seq);
    copy_bytes(b, c->statement);
    if (c->signature != NULL)
        copy_bytes(b, (struct span){c->signature->b, SIG_LEN});
    else
        copy_null(b);
    copy_time(b, c->st->time);
}

void rows_control(struct rows *w, uint64_t seq, const char *kind, struct span body,
                  const char *actor)
{
    struct hash hash = hash_of(DOMAIN_CONTROL, body);
    struct bytes *b = row(w, ROWS_CONTROL, 6);

    copy_int8(b, (int64_t)w->epoch);
    copy_int8(b, (int64_t)seq);
    copy_text(b, kind);
    copy_bytes(b, body);
    hash_field(b, &hash);
    copy_text(b, actor);
}

size_t rows_bytes(const struct rows *w)
{
    size_t n = 0;

    for (size_t t = 0; t < ROWS_TABLES; t++)
        n += w->copy[t].n;
    return n;
}

bool rows_write(struct rows *w, struct pg *pg, struct err *e)
{
    for (size_t t = 0; t < ROWS_TABLES; t++) {
        if (w->n[t] == 0)
            continue;
        copy_end(&w->copy[t]);
        if (!pg_copy(pg, copies[t], span_of(&w->copy[t]), e))
            return false;
        w->copy[t].n = 0;
        w->n[t] = 0;
        crash_point("store.between_copies");
    }
    return true;
}

void rows_clear(struct rows *w)
{
    for (size_t t = 0; t < ROWS_TABLES; t++)
        bytes_clear(&w->copy[t]);
    *w = (struct rows){0};
}
