/* copy: commits that hold, as rows of the province's tables. See copy.h. */
#include "aggregator/ministry/copy_own.h"
#include "aggregator/store/apply.h"

#include <inttypes.h>

enum { ROWS_AT_ONCE = 4 * 1024 * 1024 /* bytes of COPY data before they are written */ };

static bool no(struct copy_rows *w, enum copy_result why)
{
    w->no = why;
    return false;
}

void copy_rows_clear(struct copy_rows *w)
{
    rows_clear(&w->rows);
    free(w->fresh);
    w->fresh = NULL;
    w->n_fresh = w->cap_fresh = 0;
}

/* ---- writing ---- */

static bool write_rows(struct copy_rows *w, struct err *e)
{
    w->n_fresh = 0;
    return rows_write(&w->rows, w->copy->pg, e);
}

/* Control records and what they name: first the records, then their typed rows. */
static bool apply(struct copy_rows *w, const struct act_blob *blobs, size_t n,
                  struct err *e)
{
    struct pg *pg = w->copy->pg;
    bool catalogue = w->catalogue;

    if (w->first == 0)
        return true;
    if (!write_rows(w, e))
        return false;
    if (!acts_apply(pg, w->epoch, w->first, w->last, blobs, n, e)) {
        if (strcmp(pg_state(pg), "42704") == 0) /* a kind without a case */
            return no(w, COPY_UNKNOWN);
        return e->kind == ERR_INPUT ? no(w, COPY_REFUSED) : false;
    }
    w->first = 0;
    w->catalogue = false;
    return !catalogue || copy_catalogues(w->copy, e);
}

bool copy_rows_flush(struct copy_rows *w, struct err *e)
{
    return apply(w, NULL, 0, e) && write_rows(w, e);
}

/* ---- control records ---- */

static bool put_controls(struct copy_rows *w, const struct checked_commit *c,
                         struct err *e)
{
    struct act_blob *blobs = mem_array(c->n_controls, sizeof *blobs);
    size_t n = 0;
    bool ok;

    for (size_t i = 0; i < c->n_controls; i++) {
        const struct checked_control *r = &c->controls[i];

        rows_control(&w->rows, r->seq, r->kind, r->body, r->actor);
        w->catalogue |= strcmp(r->kind, "catalogue") == 0;
        if (r->blob.n > 0)
            blobs[n++] = (struct act_blob){.seq = r->seq, .bytes = r->blob};
    }
    if (w->first == 0) {
        w->epoch = c->st.epoch;
        w->first = c->controls[0].seq;
    }
    w->last = c->controls[c->n_controls - 1].seq;
    /* what they name lives no longer than the commit */
    ok = n == 0 || apply(w, blobs, n, e);
    free(blobs);
    return ok;
}

/* ---- batches ---- */

/* Which of the commit's batches are stored already? */
static bool find_stored(struct copy_rows *w, const struct checked_commit *c, bool *stored,
                        struct err *e)
{
    static const char SQL[] =
        "select a.n from unnest($1::bytea[]) with ordinality a (hash, n)"
        " where exists (select from evidence e where e.hash = a.hash)";
    struct hash *hashes = mem_array(c->n_batches, sizeof *hashes);
    const struct pg_arg arg = pg_hashes(hashes, c->n_batches);
    struct pg_rows rows = {0};
    bool ok;

    for (size_t i = 0; i < c->n_batches; i++) {
        hashes[i] = c->batches[i].hash;
        for (size_t k = w->n_fresh; k-- > 0 && !stored[i];)
            stored[i] = hash_eq(&w->fresh[k], &hashes[i]);
    }
    ok = pg_query(w->copy->pg, SQL, &arg, 1, &rows, e);
    for (size_t i = 0; ok && i < rows.n; i++)
        stored[pg_get_int(&rows, i, 0) - 1] = true;
    pg_rows_clear(&rows);
    free(hashes);
    return ok;
}

/* The batch as it was received, as far as this commit has its items. */
static void pack_batch(const struct checked_commit *c, size_t which, struct arena *a,
                       struct bytes *out)
{
    const struct checked_batch *b = &c->batches[which];
    size_t n = b->batch->n, absent = n;
    struct message m = {.kind = MSG_BATCH};
    struct hash *elsewhere = arena_new(a, n * sizeof *elsewhere);

    m.batch = (struct batch){.header_bytes = b->batch->header,
                             .signature = b->batch->signature,
                             .signer = b->batch->signer,
                             .items = arena_new(a, n * sizeof *m.batch.items),
                             .n_items = n};
    memcpy(elsewhere, b->batch->hashes, n * sizeof *elsewhere);
    for (size_t i = 0; i < c->n_items; i++) {
        const struct checked_item *it = &c->items[i];

        if (it->batch != which)
            continue;
        m.batch.items[it->item->index].kind = it->leaf.kind;
        if (!it->item->has_body)
            continue;
        m.batch.items[it->item->index].body = it->item->body;
        elsewhere[it->item->index] = (struct hash){.b = {0}};
        absent--;
    }
    m.batch.elsewhere = absent > 0 ? elsewhere : NULL;
    out->n = 0;
    wire_pack_message(&m, out);
}

static void put_batch(struct copy_rows *w, const struct checked_batch *b, bool stored,
                      struct span envelope)
{
    const struct evidence evidence = {.hash = b->hash,
                                      .unit = b->header.unit,
                                      .epoch = b->header.epoch,
                                      .number = b->header.number,
                                      .signer = b->batch->signer,
                                      .carrier = "",
                                      .envelope = envelope};

    if (stored) {
        rows_later(&w->rows, &b->hash, envelope);
        return;
    }
    rows_evidence(&w->rows, &evidence);
    if (w->n_fresh == w->cap_fresh) {
        w->cap_fresh = w->cap_fresh != 0 ? 2 * w->cap_fresh : 64;
        w->fresh = mem_grow(w->fresh, w->cap_fresh, sizeof *w->fresh);
    }
    w->fresh[w->n_fresh++] = b->hash;
}

static bool put_batches(struct copy_rows *w, const struct checked_commit *c,
                        struct err *e)
{
    bool *stored = mem_array(c->n_batches, sizeof *stored);
    struct bytes envelope = {0};
    struct arena a = {0};
    bool ok = find_stored(w, c, stored, e);

    for (size_t i = 0; ok && i < c->n_batches; i++) {
        pack_batch(c, i, &a, &envelope);
        put_batch(w, &c->batches[i], stored[i], span_of(&envelope));
        arena_reset(&a);
    }
    bytes_clear(&envelope);
    arena_clear(&a);
    free(stored);
    return ok;
}

/* ---- items ---- */

/* The desk speaks on behalf of a unit or of earlier days, nobody else does. */
static bool right_channel(const struct parsed_item *it, bool desk)
{
    bool on_behalf =
        it->report.channel == CHANNEL_ON_BEHALF || it->report.channel == CHANNEL_EARLIER;

    if (it->kind == ITEM_REPORT)
        return on_behalf == desk;
    return it->kind != ITEM_ANSWER || !desk;
}

/* The report that was signed, folded by the catalogue it names. */
static bool read_item(struct copy_rows *w, const struct checked_batch *b,
                      const struct checked_item *it, struct arena *a,
                      struct parsed_item *out, struct err *e)
{
    const struct item item = {it->leaf.kind, it->item->body};

    *out = (struct parsed_item){.id = it->leaf.id, .hash = it->leaf.item_hash};
    if (!it->item->has_body)
        return true;
    if (!parse_item(&item, &b->header, &w->copy->cats, false, a, out, e))
        return no(w, COPY_REFUSED);
    out->hash = it->leaf.item_hash;
    if (out->not_now == NOT_NOW_VERSION) {
        err_set(e, ERR_INPUT, "an item of a newer version");
        return no(w, COPY_UNKNOWN);
    }
    if (out->not_now != NOT_NOW_NONE) {
        err_set(e, ERR_INPUT, "it names catalogue %u, which is not here", out->catalogue);
        return no(w, COPY_REFUSED);
    }
    if (memcmp(&out->id, &it->leaf.id, sizeof out->id) != 0) {
        err_set(e, ERR_INPUT, "the leaf has another id than the report");
        return no(w, COPY_REFUSED);
    }
    if (!right_channel(out, b->desk)) {
        err_set(e, ERR_INPUT, "its signer may not speak by this channel");
        return no(w, COPY_REFUSED);
    }
    return true;
}

static bool id_was_taken(const struct findings *fs)
{
    for (size_t i = 0; i < fs->n; i++)
        if (strcmp(fs->list[i].code, "SAME_ID_OTHER_CONTENT") == 0)
            return true;
    return false;
}

/* As the province decided it. */
static struct judged judged_of(const struct checked_batch *b,
                               const struct checked_item *it,
                               const struct parsed_item *item,
                               const struct findings *findings)
{
    const struct leaf *leaf = &it->leaf;
    bool accepted = leaf->verdict == VERDICT_ACCEPTED;

    if (leaf->kind != ITEM_ANSWER)
        accepted |= leaf->verdict == VERDICT_WARNINGS;
    return (struct judged){.unit = &b->header.unit,
                           .item = item,
                           .verdict = leaf->verdict,
                           .late = leaf->late,
                           .counts = accepted && !leaf->has_duplicate,
                           .has_duplicate = leaf->has_duplicate,
                           .duplicate_of = leaf->duplicate_of,
                           .holds_id = !id_was_taken(findings),
                           .has_replaces = it->item->has_replaces,
                           .replaces = it->item->replaces,
                           .target = it->item->target,
                           .findings = findings,
                           .findings_bytes = it->item->findings,
                           .leaf = it->item->leaf,
                           .seq = it->seq,
                           .batch = b->hash,
                           .index = (int32_t)it->item->index};
}

static bool put_item(struct copy_rows *w, const struct checked_commit *c,
                     const struct checked_item *it, struct arena *a, struct err *e)
{
    const struct checked_batch *b = &c->batches[it->batch];
    struct findings findings = {0};
    struct parsed_item item;
    struct judged d;
    bool ok = read_item(w, b, it, a, &item, e);

    if (ok && !wire_read_findings(it->item->findings, &findings, e))
        ok = no(w, e->kind == ERR_RETRY ? COPY_UNKNOWN : COPY_REFUSED);
    if (ok && item.kind == ITEM_ANSWER && !it->item->has_target) {
        err_set(e, ERR_INPUT, "an answer without its report");
        ok = no(w, COPY_REFUSED);
    }
    if (ok) {
        d = judged_of(b, it, &item, &findings);
        rows_item(&w->rows, &d);
    }
    findings_clear(&findings);
    return ok || err_in(e, "position %" PRIu64 ".%" PRIu64, c->st.epoch, it->seq);
}

static bool put_items(struct copy_rows *w, const struct checked_commit *c, struct err *e)
{
    struct arena a = {0};
    bool ok = put_batches(w, c, e);

    for (size_t i = 0; ok && i < c->n_items; i++) {
        ok = put_item(w, c, &c->items[i], &a, e);
        arena_reset(&a);
        if (ok && rows_bytes(&w->rows) > ROWS_AT_ONCE)
            ok = write_rows(w, e);
    }
    arena_clear(&a);
    w->receipts += (uint32_t)c->n_items;
    return ok;
}

bool copy_rows_commit(struct copy_rows *w, const struct checked_commit *c, struct err *e)
{
    const struct rows_commit row = {
        .st = &c->st,
        .statement = c->statement,
        .leaves = {c->n_leaves > 0 ? c->leaves->b : NULL, c->n_leaves * HASH_LEN},
        .signature = c->has_signature ? &c->signature : NULL,
        .control = c->n_controls > 0,
    };

    /* items see the register and catalogues as they stood */
    if (c->n_items > 0 && !apply(w, NULL, 0, e))
        return false;
    w->rows.epoch = c->st.epoch;
    w->rows.number = c->st.number;
    if (!c->proof)
        rows_commit(&w->rows, &row);
    for (size_t i = 0; c->proof && i < c->n_controls; i++)
        rows_proof(&w->rows, c->controls[i].seq, &row);
    return c->n_controls > 0 ? put_controls(w, c, e) : put_items(w, c, e);
}
