/* outbox_batch - sealing, sending and answers: see outbox.h. */
#include "collectors/outbox_own.h"
#include "proto/base/crash.h"
#include "proto/base/log.h"

enum {
    ITEM_OVERHEAD = 16,   /* tags and lengths around one body in a packed batch */
    BATCH_OVERHEAD = 512, /* header, signature, key, envelope */
    HEAD_OVERHEAD = 96,   /* one head that an epoch continues */
};

static bool epoch_of(struct outbox *ob, const struct unit_key *unit, int64_t *epoch,
                     struct err *e)
{
    return db_one(ob->db, epoch, 1, e,
                  "select epoch from epoch where unit = ? and unit_from = ?"
                  " order by epoch desc limit 1",
                  "ti", unit->code, (int64_t)unit->valid_from);
}

bool outbox_head(struct outbox *ob, const struct unit_key *unit, struct outbox_head *h,
                 struct err *e)
{
    struct query *q;
    int64_t epoch, first_open;
    bool row;

    *h = (struct outbox_head){0};
    if (!epoch_of(ob, unit, &epoch, e))
        return false;
    h->epoch = (uint64_t)epoch;
    if (!db_query(ob->db, &q, e,
                  "select number, hash from batch where unit = ? and unit_from = ?"
                  " and epoch = ? order by number desc limit 1",
                  "tii", unit->code, (int64_t)unit->valid_from, epoch) ||
        !db_row(q, &row, e))
        return false;
    if (!row)
        return true;
    h->sealed = (uint64_t)db_int(q, 0);
    h->hash = hash_column(q, 1);
    db_done(q);
    if (!db_one(ob->db, &first_open, (int64_t)h->sealed + 1, e,
                "select number from batch where unit = ? and unit_from = ? and epoch = ?"
                " and answered < items order by number limit 1",
                "tii", unit->code, (int64_t)unit->valid_from, epoch))
        return false;
    h->done = (uint64_t)first_open - 1;
    return true;
}

bool outbox_heads(struct outbox *ob, const struct unit_key *unit, struct arena *a,
                  struct head **heads, size_t *n, struct err *e)
{
    struct query *q;
    int64_t room;
    bool row;

    *n = 0;
    if (!db_one(
            ob->db, &room, 0, e,
            "select count(distinct epoch) from batch where unit = ? and unit_from = ?",
            "ti", unit->code, (int64_t)unit->valid_from))
        return false;
    *heads = arena_new(a, (size_t)room * sizeof **heads);
    if (!db_query(ob->db, &q, e,
                  "select epoch, max(number), hash from batch where unit = ?"
                  " and unit_from = ? group by epoch order by epoch",
                  "ti", unit->code, (int64_t)unit->valid_from))
        return false;
    while (db_row(q, &row, e)) {
        if (!row)
            return true;
        (*heads)[(*n)++] = (struct head){*unit, (uint64_t)db_int(q, 0),
                                         (uint64_t)db_int(q, 1), hash_column(q, 2)};
    }
    return false;
}

/* The items that go into the next batch. */
struct chosen {
    struct arena arena;
    struct item *items;
    struct hash *hashes;
    int64_t *seqs;
    size_t n, bytes;
};

static bool choose(struct outbox *ob, const struct outbox_seal *s, struct chosen *c,
                   struct err *e)
{
    struct query *q;
    bool row;

    c->items = arena_new(&c->arena, WIRE_BATCH_ITEMS * sizeof *c->items);
    c->hashes = arena_new(&c->arena, WIRE_BATCH_ITEMS * sizeof *c->hashes);
    c->seqs = arena_new(&c->arena, WIRE_BATCH_ITEMS * sizeof *c->seqs);
    if (!db_query(ob->db, &q, e,
                  "select seq, kind, hash, body, scheme, period, approved from item"
                  " where unit = ? and unit_from = ? and batch is null order by seq",
                  "ti", s->unit.code, (int64_t)s->unit.valid_from))
        return false;
    while (db_row(q, &row, e)) {
        struct outbox_waiting w;
        struct span body;

        if (!row)
            return true;
        w = (struct outbox_waiting){db_text(q, 4), db_text(q, 5), db_int(q, 6) != 0};
        if (!s->due(s->ctx, &w))
            continue;
        body = db_blob(q, 3);
        if (c->n == WIRE_BATCH_ITEMS ||
            (c->n > 0 && c->bytes + body.n + ITEM_OVERHEAD > WIRE_BATCH)) {
            db_done(q);
            return true;
        }
        c->seqs[c->n] = db_int(q, 0);
        c->hashes[c->n] = hash_column(q, 2);
        c->items[c->n].kind = (enum item_kind)db_int(q, 1);
        c->items[c->n].body =
            (struct span){(unsigned char *)arena_strn(&c->arena, body.p, body.n), body.n};
        c->bytes += body.n + ITEM_OVERHEAD;
        c->n++;
    }
    return false;
}

/* The heads that the first batch of an epoch continues. */
static bool continues(struct outbox *ob, struct batch_header *h, struct arena *a,
                      struct err *e)
{
    struct query *q;
    int64_t room;
    bool row;

    if (!db_one(ob->db, &room, 0, e,
                "select count(*) from continues where unit = ? and unit_from = ?"
                " and epoch = ?",
                "tii", h->unit.code, (int64_t)h->unit.valid_from, (int64_t)h->epoch))
        return false;
    h->continues = arena_new(a, (size_t)room * sizeof *h->continues);
    if (!db_query(ob->db, &q, e,
                  "select of_epoch, number, hash from continues where unit = ?"
                  " and unit_from = ? and epoch = ? order by of_epoch, number",
                  "tii", h->unit.code, (int64_t)h->unit.valid_from, (int64_t)h->epoch))
        return false;
    while (db_row(q, &row, e)) {
        if (!row)
            return true;
        h->continues[h->n_continues++] = (struct head){
            h->unit, (uint64_t)db_int(q, 0), (uint64_t)db_int(q, 1), hash_column(q, 2)};
    }
    return false;
}

static bool batch_insert(struct outbox *ob, const struct batch_header *h,
                         const struct hash *hash, struct span envelope,
                         const struct chosen *c, struct err *e)
{
    int64_t no;

    if (!db_run(
            ob->db, e,
            "insert into batch (unit, unit_from, epoch, number, hash, envelope, items,"
            " sealed_at) values (?,?,?,?,?,?,?,?)",
            "tiiibbii", h->unit.code, (int64_t)h->unit.valid_from, (int64_t)h->epoch,
            (int64_t)h->number, span_hash(hash), envelope, (int64_t)c->n, h->sealed_at))
        return false;
    no = db_last_id(ob->db);
    for (size_t i = 0; i < c->n; i++)
        if (!db_run(ob->db, e, "update item set batch = ?, position = ? where seq = ?",
                    "iii", no, (int64_t)i, c->seqs[i]))
            return false;
    return true;
}

bool outbox_seal(struct outbox *ob, const struct outbox_seal *s, uint64_t *number,
                 struct hash *hash, struct err *e)
{
    struct chosen c = {.bytes = BATCH_OVERHEAD};
    struct bytes envelope = {0};
    struct outbox_head head;
    struct batch_header h = {.unit = s->unit, .recipient = s->recipient};
    bool ok = false;

    *number = 0;
    if (!outbox_head(ob, &s->unit, &head, e))
        goto out;
    h.epoch = head.epoch;
    h.number = head.sealed + 1;
    h.previous = head.hash; /* zero for the first of an epoch */
    h.sealed_at = s->now;
    if (h.number == 1 && !continues(ob, &h, &c.arena, e))
        goto out;
    c.bytes += h.n_continues * HEAD_OVERHEAD;
    if (!choose(ob, s, &c, e))
        goto out;
    if (c.n == 0) {
        ok = true;
        goto out;
    }
    batch_seal(&h, c.items, c.hashes, c.n, s->key, &envelope, hash);
    if (!db_begin(ob->db, e))
        goto out;
    if (!batch_insert(ob, &h, hash, span_of(&envelope), &c, e))
        goto undo;
    crash_point("seal.before_commit");
    if (!db_commit(ob->db, e))
        goto undo;
    crash_point("seal.after_commit");
    *number = h.number;
    ok = true;
    goto out;
undo:
    db_rollback(ob->db);
out:
    bytes_clear(&envelope);
    arena_clear(&c.arena);
    return ok || err_in(e, "sealing for unit %s", s->unit.code);
}

bool outbox_forked(struct outbox *ob, const struct head *theirs, bool *forked,
                   struct err *e)
{
    int64_t n;

    if (!db_one(
            ob->db, &n, 0, e,
            "select count(*) from batch where unit = ? and unit_from = ? and epoch = ?"
            " and number = ? and hash <> ?",
            "tiiib", theirs->unit.code, (int64_t)theirs->unit.valid_from,
            (int64_t)theirs->epoch, (int64_t)theirs->number, span_hash(&theirs->hash)))
        return false;
    *forked = n != 0;
    return true;
}

bool outbox_batch_complete(struct outbox *ob, const struct batch_ref *b, bool *complete,
                           struct err *e)
{
    int64_t open;

    if (!db_one(ob->db, &open, 1, e,
                "select items - answered from batch where unit = ? and unit_from = ?"
                " and epoch = ? and number = ?",
                "tiii", b->unit.code, (int64_t)b->unit.valid_from, (int64_t)b->epoch,
                (int64_t)b->number))
        return false;
    *complete = open <= 0;
    return true;
}

bool outbox_batch(struct outbox *ob, const struct unit_key *unit, uint64_t epoch,
                  uint64_t number, struct bytes *out, struct err *e)
{
    struct query *q;
    bool row;

    if (!db_query(ob->db, &q, e,
                  "select envelope from batch where unit = ? and unit_from = ?"
                  " and epoch = ? and number = ?",
                  "tiii", unit->code, (int64_t)unit->valid_from, (int64_t)epoch,
                  (int64_t)number) ||
        !db_row(q, &row, e))
        return false;
    if (row) {
        struct span s = db_blob(q, 0);

        bytes_add(out, s.p, s.n);
        db_done(q);
    }
    return true;
}

static bool continue_head(struct outbox *ob, const struct unit_key *unit, uint64_t epoch,
                          const struct head *h, struct err *e)
{
    return db_run(ob->db, e,
                  "insert into continues (unit, unit_from, epoch, of_epoch, number, hash)"
                  " values (?,?,?,?,?,?) on conflict do nothing",
                  "tiiiib", unit->code, (int64_t)unit->valid_from, (int64_t)epoch,
                  (int64_t)h->epoch, (int64_t)h->number, span_hash(&h->hash));
}

bool outbox_new_epoch(struct outbox *ob, const struct unit_key *unit, uint64_t epoch,
                      const struct head *heads, size_t n, int64_t now, struct err *e)
{
    struct outbox_head own;

    if (!outbox_head(ob, unit, &own, e))
        return false;
    if (own.epoch >= epoch)
        return err_set(e, ERR_SETUP, "epoch %llu is not newer than ours",
                       (unsigned long long)epoch);
    if (!db_begin(ob->db, e))
        return false;
    if (!db_run(ob->db, e,
                "insert into epoch (unit, unit_from, epoch, opened_at) values (?,?,?,?)",
                "tiii", unit->code, (int64_t)unit->valid_from, (int64_t)epoch, now))
        goto undo;
    for (size_t i = 0; i < n; i++)
        if (strcmp(heads[i].unit.code, unit->code) == 0 &&
            heads[i].unit.valid_from == unit->valid_from &&
            !continue_head(ob, unit, epoch, &heads[i], e))
            goto undo;
    if (own.sealed > 0 &&
        !continue_head(ob, unit, epoch,
                       &(struct head){*unit, own.epoch, own.sealed, own.hash}, e))
        goto undo;
    /* what the old epoch sealed without an answer is asked again in the new one: the
     * province knows repeats by their hash, so nothing counts twice */
    if (!db_run(ob->db, e,
                "update item set batch = null, position = null where unit = ?"
                " and unit_from = ? and verdict = 0 and batch is not null",
                "ti", unit->code, (int64_t)unit->valid_from) ||
        !db_run(ob->db, e,
                "update batch set items = answered where unit = ? and unit_from = ?"
                " and answered < items",
                "ti", unit->code, (int64_t)unit->valid_from) ||
        !db_commit(ob->db, e))
        goto undo;
    return true;
undo:
    db_rollback(ob->db);
    return false;
}

/* -- answers ----------------------------------------------------------------------- */

/* Refused, held and conflicting reports occupy no key. */
static bool stands(enum verdict v)
{
    return v == VERDICT_ACCEPTED || v == VERDICT_WARNINGS;
}

static bool receipt_insert(struct outbox *ob, int64_t seq, int64_t batch,
                           const struct outbox_receipt *r, int64_t now, struct err *e)
{
    const struct leaf *l = &r->leaf;

    return db_run(ob->db, e,
                  "insert into receipt (seq, bytes, verdict, epoch, pos, late, time,"
                  " came_at) values (?,?,?,?,?,?,?,?)",
                  "ibiiiiii", seq, r->bytes, (int64_t)l->verdict, (int64_t)l->epoch,
                  (int64_t)l->seq, (int64_t)l->late, r->time, now) &&
           db_run(ob->db, e, "update item set verdict = ? where seq = ?", "ii",
                  (int64_t)l->verdict, seq) &&
           db_run(ob->db, e, "update report set stands = ?, counts_as = ? where seq = ?",
                  "ibi", (int64_t)stands(l->verdict),
                  l->has_duplicate ? span_hash(&l->duplicate_of) : (struct span){NULL, 0},
                  seq) &&
           (stands(l->verdict) ||
            db_run(ob->db, e, /* a withdrawal that does not count withdraws nothing */
                   "update report set withdrawn = 0 where key = (select r.key from"
                   " explanation x join item i on i.hash = x.about join report r"
                   " on r.seq = i.seq where x.seq = ? and x.withdraw = 1)",
                   "i", seq)) &&
           db_run(ob->db, e, "update batch set answered = answered + 1 where no = ?", "i",
                  batch);
}

static bool receipt_put(struct outbox *ob, int64_t batch, const struct outbox_receipt *r,
                        int64_t now, size_t *differ, struct err *e)
{
    struct query *q;
    char hex[2 * HASH_LEN + 1];
    int64_t seq;
    bool row, known, same;

    if (!db_query(ob->db, &q, e,
                  "select i.seq, c.bytes from item i left join receipt c using (seq)"
                  " where i.batch = ? and i.hash = ?",
                  "ib", batch, span_hash(&r->leaf.item_hash)) ||
        !db_row(q, &row, e))
        return false;
    if (!row)
        return err_set(e, ERR_INPUT, "receipt for %s, which is not in this batch",
                       hash_hex(&r->leaf.item_hash, hex));
    seq = db_int(q, 0);
    known = !db_null(q, 1);
    same = known && span_eq(db_blob(q, 1), r->bytes);
    db_done(q);
    if (!known)
        return receipt_insert(ob, seq, batch, r, now, e);
    *differ += !same;
    return true;
}

bool outbox_receipts(struct outbox *ob, const struct batch_ref *b,
                     const struct outbox_receipt *list, size_t n, int64_t now,
                     bool *complete, size_t *differ, struct err *e)
{
    int64_t batch, open;

    *complete = false;
    *differ = 0;
    if (!db_one(ob->db, &batch, 0, e,
                "select no from batch where unit = ? and unit_from = ? and epoch = ?"
                " and number = ?",
                "tiii", b->unit.code, (int64_t)b->unit.valid_from, (int64_t)b->epoch,
                (int64_t)b->number))
        return false;
    if (batch == 0)
        return err_set(e, ERR_INPUT, "receipts for batch %llu/%llu, which is not ours",
                       (unsigned long long)b->epoch, (unsigned long long)b->number);
    if (!db_begin(ob->db, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!receipt_put(ob, batch, &list[i], now, differ, e))
            goto undo;
    if (!db_one(ob->db, &open, 1, e, "select items - answered from batch where no = ?",
                "i", batch))
        goto undo;
    crash_point("receipt.before_commit");
    if (!db_commit(ob->db, e))
        goto undo;
    crash_point("receipt.after_commit");
    *complete = open == 0;
    return true;
undo:
    db_rollback(ob->db);
    return false;
}
