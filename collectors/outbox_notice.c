/* outbox_notice - later acts of the province's people, kept with their proof. */
#include "collectors/outbox_own.h"

#include "proto/base/crash.h"

bool outbox_notice_newest(struct outbox *ob, const struct unit_key *unit,
                          struct log_pos *at, struct err *e)
{
    struct query *q;
    bool row;

    *at = (struct log_pos){0};
    if (!db_query(ob->db, &q, e,
                  "select epoch, pos from notice where unit = ? and unit_from = ?"
                  " order by epoch desc, pos desc limit 1",
                  "ti", unit->code, (int64_t)unit->valid_from) ||
        !db_row(q, &row, e))
        return false;
    if (row) {
        *at = (struct log_pos){(uint64_t)db_int(q, 0), (uint64_t)db_int(q, 1)};
        db_done(q);
    }
    return true;
}

bool outbox_notice_put(struct outbox *ob, const struct notice_act *act,
                       struct span record, struct span proof, int64_t now, struct err *e)
{
    crash_point("notice.before_keep");
    return db_run(
        ob->db, e,
        "insert into notice (unit, unit_from, epoch, pos, kind, scheme, period, about, "
        "act,"
        " proof, time, came_at) values (?,?,?,?,?,?,?,?,?,?,?,?) on conflict do nothing",
        "tiiiittbbbii", act->unit.code, (int64_t)act->unit.valid_from,
        (int64_t)act->at.epoch, (int64_t)act->at.seq, (int64_t)act->kind, act->scheme,
        act->period, act->has_about ? span_hash(&act->about) : (struct span){NULL, 0},
        record, proof, act->time, now);
}

bool outbox_notices(struct outbox *ob, const char *unit, bool unshown_only,
                    outbox_notice_fn *fn, void *ctx, struct err *e)
{
    struct query *q;
    bool row;

    if (!db_query(ob->db, &q, e,
                  "select unit, unit_from, epoch, pos, act, time, came_at, shown, proof"
                  " from notice where (?1 is null or unit = ?1) and (?2 = 0 or shown = 0)"
                  " order by unit, epoch, pos",
                  "ti", unit != NULL && unit[0] != 0 ? unit : NULL,
                  (int64_t)unshown_only))
        return false;
    while (db_row(q, &row, e)) {
        struct outbox_notice n;
        struct arena a = {0};

        if (!row)
            return true;
        n = (struct outbox_notice){
            .shown = db_int(q, 7) != 0, .came_at = db_int(q, 6), .proof = db_blob(q, 8)};
        if (!notice_read(db_blob(q, 4), &a, &n.act, e)) {
            arena_clear(&a);
            db_done(q);
            return err_in(e, "a notice of the outbox");
        }
        n.act.at = (struct log_pos){(uint64_t)db_int(q, 2), (uint64_t)db_int(q, 3)};
        n.act.time = db_int(q, 5);
        fn(ctx, &n);
        arena_clear(&a);
    }
    return false;
}

bool outbox_notice_shown(struct outbox *ob, const struct unit_key *unit,
                         const struct log_pos *at, struct err *e)
{
    return db_run(ob->db, e,
                  "update notice set shown = 1 where unit = ? and unit_from = ?"
                  " and epoch = ? and pos = ?",
                  "tiii", unit->code, (int64_t)unit->valid_from, (int64_t)at->epoch,
                  (int64_t)at->seq);
}
