#include "aggregator/store/oplog.h"
#include "aggregator/store/apply.h"
#include "aggregator/store/audit.h"
#include "proto/merkle.h"

#include <time.h>

enum { TRIES = 50, TRIES_PAUSE_MS = 20 };
enum { LOCK_EPOCH = 0x48545803 }; /* "HTX", 3; migrate has 1, writing commands have 2 */

/* ---- the tip ---- */

static const char TIP[] =
    "select c.epoch, c.number, c.last_seq, c.statement_hash,"
    " (extract(epoch from c.at) * 1000)::bigint, k.epoch, k.seq"
    " from (select * from commit order by epoch desc, number desc limit 1) c"
    " left join (select epoch, seq from control order by epoch desc, seq desc limit 1) k"
    " on true";

bool oplog_tip(struct pg *pg, struct log_tip *tip, struct err *e)
{
    struct pg_rows rows = {0};
    bool ok = true;

    *tip = (struct log_tip){0};
    if (!pg_query(pg, TIP, NULL, 0, &rows, e))
        return err_in(e, "reading the end of the log");
    if (rows.n == 1) {
        tip->epoch = (uint64_t)pg_get_int(&rows, 0, 0);
        tip->number = (uint64_t)pg_get_int(&rows, 0, 1);
        tip->last_seq = (uint64_t)pg_get_int(&rows, 0, 2);
        tip->time = pg_get_int(&rows, 0, 4);
        tip->control_epoch = (uint64_t)pg_get_int(&rows, 0, 5);
        tip->control_seq = (uint64_t)pg_get_int(&rows, 0, 6);
        if (!pg_get_hash(&rows, 0, 3, &tip->statement_hash))
            ok = err_set(e, ERR_SETUP, "the end of the log: bad statement hash");
    }
    pg_rows_clear(&rows);
    return ok && audit_head(pg, &tip->audit_head, e);
}

bool oplog_identity(struct pg *pg, struct hash *province, struct pubkey *receipt_key,
                    struct err *e)
{
    static const char SQL[] =
        "select p.genesis, k.public from province p,"
        " (select public from key where use = 'receipt' and not revoked"
        "  order by epoch desc, seq desc limit 1) k";
    struct pg_rows rows = {0};
    bool ok = false;

    if (!pg_query(pg, SQL, NULL, 0, &rows, e))
        return err_in(e, "reading who this province is");
    if (rows.n != 1)
        err_set(e, ERR_SETUP,
                "the database has no genesis yet: run htx-aggregator genesis");
    else if (!pg_get_hash(&rows, 0, 0, province) ||
             !hex_read(pg_get_text(&rows, 0, 1), receipt_key->b, sizeof receipt_key->b))
        err_set(e, ERR_SETUP, "province: bad genesis hash or receipt key");
    else
        ok = true;
    pg_rows_clear(&rows);
    return ok;
}

/* ---- appending ---- */

bool oplog_commit_row(struct pg *pg, const struct log_tip *tip,
                      const struct hash *province, const struct pubkey *receipt_key,
                      const struct hash *leaves, size_t n, bool control, int64_t now,
                      struct statement *st, struct bytes *bytes, struct err *e)
{
    static const char SQL[] =
        "insert into commit (epoch, number, first_seq, last_seq, control, statement,"
        " statement_hash, leaves, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    struct hash hash;

    *st = (struct statement){
        .province = *province,
        .epoch = tip->epoch != 0 ? tip->epoch : 1,
        .number = tip->number + 1,
        .first_seq = tip->last_seq + 1,
        .last_seq = tip->last_seq + n,
        .root = merkle_root(leaves, n),
        .previous = tip->statement_hash,
        .control_epoch = tip->control_epoch,
        .control_seq = tip->control_seq,
        .time = now > tip->time ? now : tip->time,
        .key = *receipt_key,
        .audit_head = tip->audit_head,
    };
    if (control) { /* the group itself is the newest control record */
        st->control_epoch = st->epoch;
        st->control_seq = st->last_seq;
    }
    bytes->n = 0;
    wire_pack_statement(st, bytes);
    hash = hash_of(DOMAIN_STATEMENT, span_of(bytes));
    return pg_query(pg, SQL,
                    (const struct pg_arg[]){
                        pg_int((int64_t)st->epoch), pg_int((int64_t)st->number),
                        pg_int((int64_t)st->first_seq), pg_int((int64_t)st->last_seq),
                        pg_bool(control), pg_bytes(span_of(bytes)), pg_hash(&hash),
                        pg_bytes((struct span){leaves->b, n * sizeof *leaves}),
                        pg_time(st->time)},
                    9, NULL, e);
}

/* Where records go: leaves are their hashes. */
struct place {
    const char *actor;
    const struct hash *leaves;
    int64_t epoch, seq; /* of the first record */
};

/* Records from to until, which nothing must be asked between. */
static bool write_some(struct pg *pg, const struct place *at,
                       const struct oplog_record *records, size_t from, size_t until,
                       struct err *e)
{
    struct act_blob *blobs = mem_array(until - from + 1, sizeof *blobs);
    struct bytes b = {0};
    size_t n = 0, n_blobs = 0;
    bool ok = true;

    copy_begin(&b);
    for (size_t i = from; i < until; i++) {
        const struct oplog_record *r = &records[i];
        const int64_t seq = at->seq + (int64_t)i;

        if (r->kind == NULL)
            continue;
        copy_row(&b, 6);
        copy_int8(&b, at->epoch);
        copy_int8(&b, seq);
        copy_text(&b, r->kind);
        copy_bytes(&b, r->body);
        copy_bytes(&b, (struct span){at->leaves[i].b, HASH_LEN});
        copy_text(&b, at->actor);
        if (r->blob.p != NULL)
            blobs[n_blobs++] = (struct act_blob){(uint64_t)seq, r->blob};
        n++;
    }
    copy_end(&b);
    if (n > 0)
        ok = pg_copy(pg,
                     "copy control (epoch, seq, kind, body, hash, actor) from stdin"
                     " (format binary)",
                     span_of(&b), e) &&
             acts_apply(pg, (uint64_t)at->epoch, (uint64_t)at->seq + from,
                        (uint64_t)at->seq + until - 1, blobs, n_blobs, e);
    bytes_clear(&b);
    free(blobs);
    return ok;
}

static bool write_records(struct pg *pg, const struct place *at,
                          const struct oplog_record *records, size_t n, struct err *e)
{
    size_t from = 0;

    for (size_t i = 0; i < n; i++) {
        const struct oplog_record *r = &records[i];

        if (r->before == NULL)
            continue;
        if (!write_some(pg, at, records, from, i, e))
            return false;
        from = i;
        if (!r->before(pg, r->ctx, at->epoch, at->seq + (int64_t)i, e))
            return err_in(e, "%s", r->kind != NULL ? r->kind : "trial");
    }
    return write_some(pg, at, records, from, n, e);
}

struct identity {
    struct hash province;
    struct pubkey key;
};

/* One try, inside a transaction. The caller rolls back when it fails. */
static bool append_once(struct pg *pg, const char *actor,
                        const struct oplog_record *records, const struct hash *leaves,
                        size_t n, const struct log_tip *tip, const struct identity *id,
                        struct statement *st, struct err *e)
{
    struct bytes packed = {0};
    bool ok = oplog_commit_row(pg, tip, &id->province, &id->key, leaves, n, true,
                               clock_wall(), st, &packed, e);

    if (ok) {
        const struct place at = {actor, leaves, (int64_t)st->epoch,
                                 (int64_t)st->first_seq};

        ok = write_records(pg, &at, records, n, e);
    }
    bytes_clear(&packed);
    return ok;
}

static struct hash *leaves_of(const struct oplog_record *records, size_t n)
{
    struct hash *leaves = mem_array(n, sizeof *leaves);

    for (size_t i = 0; i < n; i++)
        leaves[i] = hash_of(DOMAIN_CONTROL, records[i].body);
    return leaves;
}

bool oplog_try(struct pg *pg, const struct oplog_record *records, size_t n, int64_t epoch,
               int64_t seq, struct err *e)
{
    struct hash *leaves = leaves_of(records, n);
    const struct place at = {"", leaves, epoch, seq};
    bool ok = write_records(pg, &at, records, n, e);

    free(leaves);
    return ok;
}

bool oplog_was_second(const struct pg *pg)
{
    return strcmp(pg_state(pg), "23505") == 0 &&
           (strcmp(pg_constraint(pg), "commit_lock") == 0 ||
            strcmp(pg_constraint(pg), "commit_pkey") == 0);
}

static bool finished(struct pg *pg, bool written, struct err *e)
{
    if (written && pg_commit(pg, e))
        return true;
    if (written && pg_unknown(pg))
        return err_in(e,
                      "whether this was written is not known; look before you repeat it");
    pg_rollback(pg);
    return false;
}

static bool fits(const struct oplog_record *records, size_t n, struct err *e)
{
    size_t bytes = 0;

    for (size_t i = 0; i < n; i++)
        bytes += records[i].body.n + records[i].blob.n + 128; /* and what is around it */
    return bytes <= OPLOG_BYTES ||
           err_set(e, ERR_INPUT, "%zu records of %zu bytes at once, at most %d: in parts",
                   n, bytes, OPLOG_BYTES);
}

bool oplog_append(struct pg *pg, const char *actor, const struct oplog_record *records,
                  size_t n, uint64_t *epoch, uint64_t *first, struct err *e)
{
    const struct timespec pause = {.tv_nsec = TRIES_PAUSE_MS * 1000000L};
    struct hash *leaves;
    struct statement st;
    bool ok = false;

    if (!fits(records, n, e))
        return false;
    leaves = leaves_of(records, n);
    for (int tries = 0; tries < TRIES; tries++) {
        struct identity id;
        struct log_tip tip;

        if (!pg_begin(pg, e))
            break;
        ok = oplog_tip(pg, &tip, e) && oplog_identity(pg, &id.province, &id.key, e) &&
             append_once(pg, actor, records, leaves, n, &tip, &id, &st, e);
        ok = finished(pg, ok, e);
        if (ok || !oplog_was_second(pg))
            break;
        nanosleep(&pause, NULL);
    }
    if (ok) {
        *epoch = st.epoch;
        *first = st.first_seq;
    }
    free(leaves);
    return ok;
}

bool oplog_begin(struct pg *pg, const char *actor, const struct oplog_record *records,
                 size_t n, const struct hash *province, const struct pubkey *receipt_key,
                 struct err *e)
{
    const struct identity id = {*province, *receipt_key};
    struct hash *leaves = leaves_of(records, n);
    struct log_tip tip;
    struct statement st;
    bool ok = false;

    if (!pg_begin(pg, e))
        goto out;
    ok = oplog_tip(pg, &tip, e);
    if (ok && tip.number != 0)
        ok = err_set(e, ERR_SETUP, "the log has begun already");
    ok = ok && append_once(pg, actor, records, leaves, n, &tip, &id, &st, e);
    ok = finished(pg, ok, e);
out:
    free(leaves);
    return ok;
}

bool oplog_epoch(struct pg *pg, const char *actor, const struct oplog_record *record,
                 const struct log_tip *expected, struct err *e)
{
    const struct pg_arg lock = pg_int(LOCK_EPOCH);
    struct hash *leaves = leaves_of(record, 1);
    struct identity id;
    struct statement st;
    struct log_tip tip;
    bool ok = false;

    if (!pg_begin(pg, e))
        goto out;
    /* every insert into commit holds it shared: 0013_feed.sql */
    ok = pg_query(pg, "select pg_advisory_xact_lock($1)", &lock, 1, NULL, e) &&
         oplog_tip(pg, &tip, e) && oplog_identity(pg, &id.province, &id.key, e);
    if (ok && (tip.epoch != expected->epoch || tip.number != expected->number))
        ok = err_set(e, ERR_RETRY, "the log went on meanwhile: try again");
    if (ok) {
        tip.epoch++;
        tip.number = tip.last_seq = 0;
        ok = append_once(pg, actor, record, leaves, 1, &tip, &id, &st, e);
    }
    ok = finished(pg, ok, e);
out:
    free(leaves);
    return ok;
}
