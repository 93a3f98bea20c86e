/* outbox_talk - what the unit says about its reports: see outbox.h. */
#include "collectors/outbox_own.h"

/* The report that is spoken of. */
struct about {
    int64_t seq;
    struct unit_key unit; /* code and the texts live in the arena */
    const char *scheme, *period;
    enum vintage vintage;
    bool approved, stands, withdrawn, replaced;
};

static bool find_about(struct outbox *ob, const struct hash *hash, struct arena *a,
                       struct about *out, struct err *e)
{
    struct query *q;
    char hex[2 * HASH_LEN + 1];
    bool row;

    if (!db_query(
            ob->db, &q, e,
            "select i.seq, i.unit, i.unit_from, i.scheme, i.period, i.vintage,"
            " i.approved or i.batch is not null, r.stands or i.verdict = 3 or"
            " exists (select 1 from notice d where d.about = i.hash and d.kind = ?2),"
            " r.withdrawn, exists (select 1 from report n where n.key = r.key"
            "  and n.stands = 1 and n.revision > r.revision)"
            " from item i join report r using (seq) where i.hash = ?1",
            "bi", span_hash(hash), (int64_t)NOTICE_DECISION) ||
        !db_row(q, &row, e))
        return false;
    if (!row)
        return err_set(e, ERR_INPUT, "%s is no report of this outbox",
                       hash_hex(hash, hex));
    *out = (struct about){
        .seq = db_int(q, 0),
        .unit = {arena_str(a, db_text(q, 1)), (int32_t)db_int(q, 2)},
        .scheme = arena_str(a, db_text(q, 3)),
        .period = arena_str(a, db_text(q, 4)),
        .vintage = (enum vintage)db_int(q, 5),
        .approved = db_int(q, 6) != 0,
        .stands = db_int(q, 7) != 0,
        .withdrawn = db_int(q, 8) != 0,
        .replaced = db_int(q, 9) != 0,
    };
    db_done(q);
    return true;
}

static const char *plain(const char *s)
{
    return s != NULL ? s : "";
}

/* Does the newest word on this finding say the same, and may it still count? */
static bool said_before(struct outbox *ob, const struct hash *about,
                        const struct explanation *x, bool *same, struct err *e)
{
    struct query *q;
    bool row;

    *same = false;
    if (!db_query(ob->db, &q, e,
                  "select x.text, i.verdict from explanation x join item i using (seq)"
                  " where x.about = ? and x.withdraw = 0 and x.finding = ?"
                  " and x.indicator = ? and x.b1 = ? and x.b2 = ?"
                  " order by x.seq desc limit 1",
                  "btitt", span_hash(about), plain(x->finding), (int64_t)x->indicator,
                  plain(x->b1), plain(x->b2)) ||
        !db_row(q, &row, e))
        return false;
    if (!row)
        return true;
    *same = strcmp(db_text(q, 0), x->text) == 0 && db_int(q, 1) != VERDICT_REFUSED &&
            db_int(q, 1) != VERDICT_CONFLICT;
    db_done(q);
    return true;
}

static bool store(struct outbox *ob, const struct about *of, const struct explanation *x,
                  struct err *e)
{
    struct bytes body = {0};
    struct hash hash;
    bool ok = false;

    if (!wire_pack_explanation(x, &body, e))
        goto out;
    hash = item_hash(ITEM_ANSWER, span_of(&body));
    ok =
        outbox_item(ob, ITEM_ANSWER, &x->id, &hash, &x->unit, x->scheme, x->period,
                    x->vintage, span_of(&body), x->made_at, of->approved, e) &&
        db_run(ob->db, e,
               "insert into explanation (seq, about, finding, indicator, b1, b2, cell,"
               " text, withdraw) values (last_insert_rowid(),?,?,?,?,?,?,?,?)",
               "btitttti", span_hash(&x->about), plain(x->finding), (int64_t)x->indicator,
               plain(x->b1), plain(x->b2), plain(x->cell), x->text, (int64_t)x->withdraw);
    if (ok && x->withdraw)
        ok = db_run(ob->db, e,
                    "update report set withdrawn = 1 where key = (select key from report"
                    " where seq = ?)",
                    "i", of->seq);
out:
    bytes_clear(&body);
    return ok;
}

bool outbox_say(struct outbox *ob, const struct hash *about, const struct explanation *x,
                int64_t now, size_t *fresh, struct err *e)
{
    struct explanation full = *x;
    struct arena a = {0};
    struct about of = {0};
    bool same = false, ok = false;

    if (!find_about(ob, about, &a, &of, e))
        goto out;
    if (x->withdraw && !of.withdrawn && (!of.stands || of.replaced)) {
        err_set(e, ERR_INPUT, "the report does not count, or another one replaced it");
        goto out;
    }
    if (x->withdraw)
        same = of.withdrawn;
    else if (!said_before(ob, about, x, &same, e))
        goto out;
    full.version = 1;
    full.id = uuid_new(now);
    full.unit = of.unit;
    full.about = *about;
    full.scheme = of.scheme;
    full.period = of.period;
    full.vintage = of.vintage;
    full.made_at = now;
    ok = same || store(ob, &of, &full, e);
    *fresh += ok && !same;
out:
    arena_clear(&a);
    return ok;
}

bool outbox_explain(struct outbox *ob, const struct explanation *list, size_t n,
                    int64_t now, size_t *fresh, struct err *e)
{
    *fresh = 0;
    if (!db_begin(ob->db, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!outbox_say(ob, &list[i].about, &list[i], now, fresh, e))
            goto undo;
    if (!db_commit(ob->db, e))
        goto undo;
    return true;
undo:
    db_rollback(ob->db);
    *fresh = 0;
    return false;
}

bool outbox_said(struct outbox *ob, const struct hash *about, outbox_said_fn *fn,
                 void *ctx, struct err *e)
{
    struct query *q;
    bool row;

    if (!db_query(ob->db, &q, e,
                  "select x.withdraw, x.finding, x.cell, x.text, i.made_at, i.batch,"
                  " i.verdict, x.indicator, x.b1, x.b2"
                  " from explanation x join item i using (seq)"
                  " where x.about = ? order by x.seq",
                  "b", span_hash(about)))
        return false;
    while (db_row(q, &row, e)) {
        if (!row)
            return true;
        fn(ctx, &(struct outbox_said){
                    .withdraw = db_int(q, 0) != 0,
                    .finding = db_text(q, 1),
                    .cell = db_text(q, 2),
                    .text = db_text(q, 3),
                    .made_at = db_int(q, 4),
                    .sealed = !db_null(q, 5),
                    .verdict = (enum verdict)db_int(q, 6),
                    .indicator = (uint32_t)db_int(q, 7),
                    .b1 = db_text(q, 8),
                    .b2 = db_text(q, 9),
                });
    }
    return false;
}

/* Rows and paper number stand in the declaration's own bytes. */
static bool read_declared(struct span body, struct arena *a, struct outbox_period *p,
                          struct err *e)
{
    struct submission s;

    if (!wire_read_submission(body, a, &s, e))
        return false;
    p->declared = true;
    p->nothing = s.nothing_to_report;
    p->paper_number = s.paper_number;
    for (size_t i = 0; i < s.n_forms; i++)
        p->rows += s.rows[i];
    return true;
}

bool outbox_periods(struct outbox *ob, const struct unit_key *unit, outbox_period_fn *fn,
                    void *ctx, struct err *e)
{
    struct query *q;
    struct arena a = {0};
    bool row, ok = false;

    if (!db_query(
            ob->db, &q, e,
            "select i.scheme, i.period, i.vintage,"
            " count(distinct case when (r.stands = 1 or i.verdict = 3)"
            "  and r.withdrawn = 0 then r.form || char(31) || r.subject end),"
            " (select d.body from submission u join item d using (seq)"
            "  where d.unit = i.unit and d.unit_from = i.unit_from"
            "  and d.scheme = i.scheme and d.period = i.period"
            "  and d.vintage = i.vintage and d.verdict not in (4, 5)"
            "  order by d.seq desc limit 1)"
            " from item i left join report r using (seq) where i.unit = ?"
            " and i.unit_from = ? and i.kind in (1, 2) group by 1, 2, 3 order by 2, 3",
            "ti", unit->code, (int64_t)unit->valid_from))
        return false;
    while (db_row(q, &row, e)) {
        struct outbox_period p = {.paper_number = ""};

        if (!row) {
            ok = true;
            break;
        }
        p.scheme = db_text(q, 0);
        p.period = db_text(q, 1);
        p.vintage = (enum vintage)db_int(q, 2);
        p.reports = db_int(q, 3);
        arena_clear(&a);
        if (!db_null(q, 4) && !read_declared(db_blob(q, 4), &a, &p, e)) {
            db_done(q);
            break;
        }
        fn(ctx, &p);
    }
    arena_clear(&a);
    return ok;
}

bool outbox_declared(struct outbox *ob, const struct submission *of, struct arena *a,
                     bool *known, struct submission *out, struct err *e)
{
    struct query *q;
    struct span body;

    if (!db_query(ob->db, &q, e,
                  "select i.body from submission u join item i using (seq)"
                  " where i.unit = ? and i.unit_from = ? and i.scheme = ?"
                  " and i.period = ? and i.vintage = ? and i.verdict not in (4, 5)"
                  " order by i.seq desc limit 1",
                  "titti", of->unit.code, (int64_t)of->unit.valid_from, of->scheme,
                  of->period, (int64_t)of->vintage) ||
        !db_row(q, known, e))
        return false;
    if (!*known)
        return true;
    body = db_blob(q, 0);
    body.p = (unsigned char *)arena_strn(a, body.p, body.n);
    db_done(q);
    return wire_read_submission(body, a, out, e);
}

/* Is the report still what counts of its key? */
static const char STANDS[] =
    "select count(*) from item i join report r using (seq) where i.hash = ?1"
    " and r.withdrawn = 0 and not exists (select 1 from report n where n.key = r.key"
    "  and n.seq > r.seq and n.stands = 1)";

static const char ANSWERED[] =
    "select (select count(*) from explanation x join item i using (seq)"
    "  where x.about = ?1 and x.withdraw = 0 and (?2 = '' or x.finding = ?2)"
    "  and i.made_at >= ?3 and i.verdict not in (4, 5))"
    " + (select count(*) from notice n where n.about = ?1 and n.kind = ?4"
    "  and (n.epoch, n.pos) > (?5, ?6))";

static const char DECLARED[] =
    "select count(*) from submission join item i using (seq) where i.unit = ?"
    " and i.unit_from = ? and i.scheme = ? and i.period = ? and i.verdict not in (4, 5)"
    " and (? = 0 or i.vintage = ?)";

bool outbox_notice_open(struct outbox *ob, const struct notice_act *act, int64_t came_at,
                        bool *open, struct err *e)
{
    int64_t n = 0, said = 0;
    bool ok = true;

    *open = false;
    switch (act->kind) {
    case NOTICE_ASK:
        ok = db_one(ob->db, &n, 0, e, STANDS, "b", span_hash(&act->about)) &&
             db_one(ob->db, &said, 0, e, ANSWERED, "btiiii", span_hash(&act->about),
                    plain(act->finding), came_at, (int64_t)NOTICE_ACCEPT,
                    (int64_t)act->at.epoch, (int64_t)act->at.seq);
        *open = n > 0 && said == 0;
        break;
    case NOTICE_RETURN:
        ok = db_one(ob->db, &n, 0, e, STANDS, "b", span_hash(&act->about));
        *open = n > 0;
        break;
    case NOTICE_REMINDER:
        ok = db_one(ob->db, &n, 0, e, DECLARED, "tittii", act->unit.code,
                    (int64_t)act->unit.valid_from, act->scheme, act->period,
                    (int64_t)act->vintage, (int64_t)act->vintage);
        *open = n == 0;
        break;
    case NOTICE_ACCEPT:
    case NOTICE_DECISION:
    case NOTICE_EXTENSION:
    case NOTICE_NONE:
        break;
    }
    return ok;
}
