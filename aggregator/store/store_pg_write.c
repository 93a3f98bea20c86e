/* store over PostgreSQL: one group, one transaction; everything by binary COPY. */
#include "aggregator/store/store_pg.h"

#include "aggregator/store/audit.h"
#include "proto/base/crash.h"

enum { AUDIT_A_MINUTE = 120 };

static const char *const severities[] = {"", "note", "warning", "error"};

/* What one COPY carries: its statement and its rows. */
enum table {
    T_EVIDENCE,
    T_RECEIPT,
    T_REPORT,
    T_CELL,
    T_FINDING,
    T_ID,
    T_KEY,
    T_SUPERSESSION,
    T_SUBMISSION,
    T_ANSWER,
    T_COUNT
};

static const char *const copies[T_COUNT] = {
    [T_EVIDENCE] =
        "copy evidence (hash, unit, unit_from, batch_epoch, batch_number, signer,"
        " carrier, envelope, commit_epoch, commit_number) from stdin (format binary)",
    [T_RECEIPT] =
        "copy receipt (item_hash, epoch, number, seq, leaf, findings) from stdin"
        " (format binary)",
    [T_REPORT] =
        "copy report (epoch, seq, scheme, period, vintage, form, form_version, unit,"
        " unit_from, kind, subject, channel, revision, verdict, late, counts, hash, "
        "digest,"
        " supersedes, duplicate_of, id, evidence, item, catalogue, name, sector, commune,"
        " state, value, upper, mark, qualifier) from stdin (format binary)",
    [T_CELL] =
        "copy report_cell (epoch, seq, ord, cell, indicator, b1, b2, value, upper,"
        " mark, qualifier, stated, as_of, population, text) from stdin (format binary)",
    [T_FINDING] =
        "copy finding (epoch, seq, ord, code, severity, indicator, b1, b2, place,"
        " value, args, refuses, holds) from stdin (format binary)",
    [T_ID] = "copy report_id (unit, unit_from, id, hash) from stdin (format binary)",
    [T_KEY] = "copy report_key (period, scheme, unit, unit_from, form, vintage, subject,"
              " channel, revision, hash, digest) from stdin (format binary)",
    [T_SUPERSESSION] =
        "copy supersession (old, by, epoch, seq) from stdin (format binary)",
    [T_SUBMISSION] =
        "copy submission (epoch, seq, unit, unit_from, scheme, period, vintage, nothing,"
        " forms, rows, paper_number, paper_date, signer, signer_title, maker, pdf_hash, "
        "late,"
        " verdict, hash, id, evidence, approver) from stdin (format binary)",
    [T_ANSWER] =
        "copy answer (epoch, seq, unit, unit_from, scheme, period, vintage, about,"
        " target, withdraw, finding, indicator, b1, b2, place, text, maker, verdict,"
        " counts, hash, id, evidence) from stdin (format binary)",
};

struct writer {
    const struct group *g;
    const struct statement *st;
    struct bytes copy[T_COUNT];
    size_t rows[T_COUNT];
};

static struct bytes *row(struct writer *w, enum table t, int columns)
{
    if (w->rows[t]++ == 0)
        copy_begin(&w->copy[t]);
    copy_row(&w->copy[t], columns);
    return &w->copy[t];
}

static void hash_field(struct bytes *b, const struct hash *h)
{
    copy_bytes(b, (struct span){h->b, HASH_LEN});
}

static void put_evidence(struct writer *w, const struct evidence *e)
{
    struct bytes *b = row(w, T_EVIDENCE, 10);

    hash_field(b, &e->hash);
    copy_text(b, e->unit.code);
    copy_date(b, e->unit.valid_from);
    copy_int8(b, (int64_t)e->epoch);
    copy_int8(b, (int64_t)e->number);
    copy_bytes(b, (struct span){e->signer.b, KEY_LEN});
    copy_text(b, e->carrier);
    copy_bytes(b, e->envelope);
    copy_int8(b, (int64_t)w->st->epoch);
    copy_int8(b, (int64_t)w->st->number);
}

static void position(const struct writer *w, struct bytes *b, const struct judged *d)
{
    copy_int8(b, (int64_t)w->st->epoch);
    copy_int8(b, (int64_t)d->seq);
}

static void put_receipt(struct writer *w, const struct judged *d)
{
    struct bytes *b = row(w, T_RECEIPT, 6);

    hash_field(b, &d->item->hash);
    copy_int8(b, (int64_t)w->st->epoch);
    copy_int8(b, (int64_t)w->st->number);
    copy_int8(b, (int64_t)d->seq);
    copy_bytes(b, d->leaf);
    copy_bytes(b, d->findings_bytes);
}

static void put_findings(struct writer *w, const struct judged *d)
{
    for (size_t i = 0; i < d->findings->n; i++) {
        const struct finding *f = &d->findings->list[i];
        struct bytes *b = row(w, T_FINDING, 13);
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

static void put_cells(struct writer *w, const struct judged *d)
{
    const struct parsed_report *r = &d->item->report;

    for (size_t i = 0; i < r->n_rare; i++) {
        const struct parsed_cell *c = &r->rare[i];
        struct bytes *b = row(w, T_CELL, 15);

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

static void put_report(struct writer *w, const struct judged *d)
{
    const struct parsed_report *r = &d->item->report;
    struct bytes *b = row(w, T_REPORT, 32);

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

static void put_key(struct writer *w, const struct judged *d)
{
    const struct parsed_report *r = &d->item->report;
    struct bytes *b = row(w, T_KEY, 11);

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
static void put_replaced(struct writer *w, const struct judged *d)
{
    struct bytes *b;

    if (!d->counts || !d->has_replaces)
        return;
    b = row(w, T_SUPERSESSION, 4);
    hash_field(b, &d->replaces);
    hash_field(b, &d->item->hash);
    position(w, b, d);
}

static void put_submission(struct writer *w, const struct judged *d)
{
    const struct submission *s = &d->item->submission;
    struct bytes *b = row(w, T_SUBMISSION, 22);

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

static void put_answer(struct writer *w, const struct judged *d)
{
    const struct explanation *x = &d->item->answer;
    struct bytes *b = row(w, T_ANSWER, 22);

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

static void put_item(struct writer *w, const struct judged *d)
{
    put_receipt(w, d);
    put_findings(w, d);
    if (d->holds_id) {
        struct bytes *b = row(w, T_ID, 4);

        copy_text(b, d->unit->code);
        copy_date(b, d->unit->valid_from);
        copy_uuid(b, &d->item->id);
        hash_field(b, &d->item->hash);
    }
    if (d->item->kind == ITEM_SUBMISSION) {
        put_submission(w, d);
        return;
    }
    put_replaced(w, d);
    if (d->item->kind == ITEM_ANSWER) {
        put_answer(w, d);
        return;
    }
    put_report(w, d);
    if (d->counts)
        put_key(w, d);
}

/* -- transactions ------------------------------------------------------------------- */

/* By another daemon, since we asked. */
static bool batch_was_stored(const struct pg *pg)
{
    return strcmp(pg_state(pg), "23505") == 0 &&
           strncmp(pg_constraint(pg), "evidence_", 9) == 0;
}

static enum store_outcome failed(struct store_pg_ctx *s)
{
    const char *state = pg_state(s->pg);
    enum store_outcome got = STORE_AWAY;

    if (oplog_was_second(s->pg) || batch_was_stored(s->pg))
        got = STORE_RACED;
    else if (strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0)
        got = STORE_POISON;
    if (got == STORE_AWAY)
        store_pg_drop(s);
    else
        pg_rollback(s->pg);
    return got;
}

static bool insert_signs(struct pg *pg, const struct commit_sign *list, size_t n,
                         struct err *e)
{
    static const char SQL[] =
        "insert into commit_signature (epoch, number, key, signature)"
        " select c.epoch, c.number, $3, $4 from commit c where c.epoch = $1 and c.number "
        "= $2"
        " on conflict do nothing";
    for (size_t i = 0; i < n; i++) {
        const struct pg_arg args[] = {
            pg_int((int64_t)list[i].epoch), pg_int((int64_t)list[i].number),
            pg_bytes((struct span){list[i].key.b, KEY_LEN}),
            pg_bytes((struct span){list[i].signature.b, SIG_LEN})};

        if (!pg_query(pg, SQL, args, COUNT(args), NULL, e))
            return false;
    }
    return true;
}

static enum store_outcome end(struct store_pg_ctx *s, struct err *e)
{
    bool unknown;

    if (pg_commit(s->pg, e))
        return STORE_DONE;
    unknown = pg_unknown(s->pg);
    if (!unknown)
        return failed(s);
    store_pg_drop(s);
    return STORE_UNKNOWN;
}

static bool write_rows(struct store_pg_ctx *s, struct writer *w, struct err *e)
{
    for (size_t i = 0; i < w->g->n_batches; i++)
        put_evidence(w, &w->g->batches[i]);
    for (size_t i = 0; i < w->g->n; i++)
        put_item(w, &w->g->items[i]);
    for (size_t t = 0; t < T_COUNT; t++) {
        if (w->rows[t] == 0)
            continue;
        copy_end(&w->copy[t]);
        if (!pg_copy(s->pg, copies[t], span_of(&w->copy[t]), e))
            return false;
        crash_point("store.between_copies");
    }
    return insert_signs(s->pg, w->g->signs, w->g->n_signs, e);
}

enum store_outcome store_pg_commit(void *ctx, struct group *g, struct err *e)
{
    struct store_pg_ctx *s = ctx;
    struct writer w = {.g = g, .st = g->st};
    enum store_outcome got;

    if (!store_pg_up(s, e))
        return STORE_AWAY;
    /* batches of which no item is stored need no position: the one that they came after
     */
    *g->st = (struct statement){.epoch = g->context->tip.epoch,
                                .number = g->context->tip.number};
    if (!pg_begin(s->pg, e) ||
        (g->n > 0 && !oplog_commit_row(s->pg, &g->context->tip, &g->context->province,
                                       &g->context->receipt_key, g->leaves, g->n, false,
                                       g->now, g->st, g->statement, e)))
        return failed(s);
    crash_point("store.after_lock");
    got = write_rows(s, &w, e) ? end(s, e) : failed(s);
    for (size_t t = 0; t < T_COUNT; t++)
        bytes_clear(&w.copy[t]);
    return got;
}

bool store_pg_try_report(struct pg *pg, const struct judged *d, int64_t epoch,
                         struct err *e)
{
    const struct statement st = {.epoch = (uint64_t)epoch};
    struct writer w = {.st = &st};
    bool ok = true;

    put_report(&w, d);
    for (size_t t = 0; t < T_COUNT; t++) {
        if (ok && w.rows[t] > 0) {
            copy_end(&w.copy[t]);
            ok = pg_copy(pg, copies[t], span_of(&w.copy[t]), e);
        }
        bytes_clear(&w.copy[t]);
    }
    return ok;
}

enum store_outcome store_pg_redeliver(void *ctx, size_t items, int64_t now, struct err *e)
{
    struct store_pg_ctx *s = ctx;
    struct uuid id = uuid_new(now);
    const struct pg_arg args[] = {pg_uuid(&id), pg_time(now), pg_int((int64_t)items)};

    if (!store_pg_up(s, e))
        return STORE_AWAY;
    if (!pg_begin(s->pg, e) ||
        !pg_query(s->pg, "insert into redelivery (id, at, items) values ($1, $2, $3)",
                  args, COUNT(args), NULL, e))
        return failed(s);
    return end(s, e);
}

enum store_outcome store_pg_keep_signs(void *ctx, const struct commit_sign *list,
                                       size_t n, struct err *e)
{
    struct store_pg_ctx *s = ctx;

    if (!store_pg_up(s, e))
        return STORE_AWAY;
    if (!pg_begin(s->pg, e) || !insert_signs(s->pg, list, n, e))
        return failed(s);
    return end(s, e);
}

bool store_pg_quarantine(void *ctx, const struct hash *item, const char *unit,
                         struct span body, const char *why, int64_t now, struct err *e)
{
    struct store_pg_ctx *s = ctx;
    const struct pg_arg args[] = {pg_hash(item), pg_text(unit), pg_bytes(body),
                                  pg_text(why), pg_time(now)};

    return store_pg_up(s, e) &&
           pg_query(s->pg,
                    "insert into quarantine (hash, unit, body, message, at)"
                    " values ($1, $2, $3, $4, $5) on conflict do nothing",
                    args, COUNT(args), NULL, e);
}

/*
 * A key that may speak could fill the table with nonsense: beyond AUDIT_A_MINUTE rows
 * only their number is kept, in the first row of a later minute. The log line stands
 * anyway.
 */
bool store_pg_audit(void *ctx, const char *what, const char *detail, int64_t now,
                    struct err *e)
{
    struct store_pg_ctx *s = ctx;
    char sum[64];

    if (now / 60000 != s->audit_minute) {
        s->audit_minute = now / 60000;
        s->audited = 0;
        if (s->unsaid > 0) {
            snprintf(sum, sizeof sum, "rows=%lld", (long long)s->unsaid);
            if (!store_pg_up(s, e) ||
                !audit_append(s->pg, s->chain, "more_not_listed", sum, now, e))
                return false;
            s->unsaid = 0;
        }
    }
    if (s->audited >= AUDIT_A_MINUTE) {
        s->unsaid++;
        return true;
    }
    s->audited++;
    return store_pg_up(s, e) && audit_append(s->pg, s->chain, what, detail, now, e);
}
