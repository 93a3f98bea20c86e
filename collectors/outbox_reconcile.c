/* outbox_reconcile - what we hold of a period, for a reconciliation: see outbox.h. */
#include "collectors/outbox_own.h"

static enum reconcile_state state_of(const struct query *q,
                                     const struct reconcile_line *l)
{
    bool approved = db_int(q, 3) != 0, sealed = db_int(q, 4) != 0;

    if (l->verdict == VERDICT_NONE)
        return sealed     ? RECONCILE_ON_THE_WAY
               : approved ? RECONCILE_WAITING
                          : RECONCILE_UNAPPROVED;
    if (l->verdict != VERDICT_ACCEPTED && l->verdict != VERDICT_WARNINGS)
        return RECONCILE_NOT_COUNTED;
    if (l->kind == ITEM_ANSWER)
        return RECONCILE_COUNTS;
    if (db_int(q, 13) != 0)
        return RECONCILE_WITHDRAWN;
    if (db_int(q, 14) != 0)
        return RECONCILE_DUPLICATE;
    return l->has_by ? RECONCILE_REPLACED : RECONCILE_COUNTS;
}

static void line_of(const struct query *q, struct arena *a, struct reconcile_line *l)
{
    *l = (struct reconcile_line){
        .kind = (enum item_kind)db_int(q, 0),
        .item = hash_column(q, 1),
        .verdict = (enum verdict)db_int(q, 2),
        .form = arena_str(a, db_text(q, 5)),
        .subject = arena_str(a, db_text(q, 6)),
        .name = arena_str(a, db_text(q, 7)),
        .vintage = (enum vintage)db_int(q, 8),
        .revision = (uint32_t)db_int(q, 9),
        .time = db_int(q, 10),
        .at = {(uint64_t)db_int(q, 11), (uint64_t)db_int(q, 12)},
        .has_by = !db_null(q, 15)
    };
    if (l->has_by)
        l->by = hash_column(q, 15);
    l->state = state_of(q, l);
    l->has_by = l->state == RECONCILE_REPLACED;
}

bool outbox_reconcile(struct outbox *ob, const struct unit_key *unit, const char *scheme,
                      const char *period, struct arena *a, struct reconcile_line **lines,
                      size_t *n, struct err *e)
{
    struct reconcile_line *list = NULL;
    struct query *q;
    size_t cap = 0;
    bool row;

    *lines = NULL;
    *n = 0;
    if (!db_query(
            ob->db, &q, e,
            "select i.kind, i.hash, i.verdict, i.approved, i.batch is not null,"
            " p.form, p.subject, p.name, i.vintage, p.revision,"
            " ifnull(c.time, i.made_at), c.epoch, c.pos, p.withdrawn,"
            " p.counts_as is not null,"
            " case i.kind when 1 then (select m.hash from report r join item m using "
            "(seq)"
            "   where r.key = p.key and r.seq > p.seq and r.stands = 1"
            "   and m.verdict in (1, 2) order by r.seq limit 1)"
            "  when 2 then (select m.hash from item m where m.kind = 2"
            "   and m.unit = i.unit and m.unit_from = i.unit_from"
            "   and m.scheme = i.scheme and m.period = i.period and m.vintage = i.vintage"
            "   and m.seq > i.seq and m.verdict in (1, 2) order by m.seq limit 1) end"
            " from item i left join explanation x using (seq)"
            " left join item o on o.hash = x.about"
            " left join report p on p.seq = ifnull(o.seq, i.seq)"
            " left join receipt c on c.seq = i.seq"
            " where i.unit = ? and i.unit_from = ? and i.scheme = ? and i.period = ?"
            " and i.verdict <> ? order by i.hash",
            "titti", unit->code, (int64_t)unit->valid_from, scheme, period,
            (int64_t)OUTBOX_REREAD))
        return false;
    while (db_row(q, &row, e)) {
        if (!row) {
            *lines = arena_new(a, *n * sizeof **lines);
            if (*n > 0)
                memcpy(*lines, list, *n * sizeof **lines);
            free(list);
            return true;
        }
        if (*n == cap) {
            cap = cap != 0 ? 2 * cap : 256;
            list = mem_grow(list, cap, sizeof *list);
        }
        line_of(q, a, &list[(*n)++]);
    }
    free(list);
    return false;
}
