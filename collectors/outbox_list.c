/* outbox_list - counts and lists for people: see outbox.h. */
#include "collectors/outbox_own.h"

#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum { DAY_MS = 86400000 };

static bool count_items(struct outbox *ob, const struct unit_key *unit,
                        struct outbox_counts *c, struct err *e)
{
    struct query *q;
    bool row;

    if (!db_query(ob->db, &q, e,
                  "select verdict, batch is null, approved, count(*), min(made_at)"
                  " from item where unit = ? and unit_from = ? group by 1, 2, 3",
                  "ti", unit->code, (int64_t)unit->valid_from))
        return false;
    while (db_row(q, &row, e)) {
        int64_t verdict, n, made;

        if (!row)
            return true;
        verdict = db_int(q, 0);
        if (verdict == OUTBOX_REREAD)
            continue;
        n = db_int(q, 3);
        made = db_int(q, 4);
        if (verdict > VERDICT_NONE && verdict <= VERDICT_CONFLICT) {
            c->verdicts[verdict] += n;
            continue;
        }
        if (db_int(q, 1) == 0)
            c->on_the_way += n;
        else
            c->waiting += n;
        if (db_int(q, 1) != 0 && db_int(q, 2) == 0)
            c->unapproved += n;
        if (c->oldest == 0 || made < c->oldest)
            c->oldest = made;
    }
    return false;
}

bool outbox_count(struct outbox *ob, const struct unit_key *unit, struct outbox_counts *c,
                  struct err *e)
{
    *c = (struct outbox_counts){0};
    return count_items(ob, unit, c, e) &&
           db_one(ob->db, &c->files, 0, e,
                  "select count(*) from file where unit = ? and unit_from = ?", "ti",
                  unit->code, (int64_t)unit->valid_from) &&
           db_one(ob->db, &c->batches, 0, e,
                  "select count(*) from batch where unit = ? and unit_from = ?", "ti",
                  unit->code, (int64_t)unit->valid_from);
}

static int64_t file_bytes(const char *path, const char *suffix)
{
    char *name = mem_printf("%s%s", path, suffix);
    struct stat st;
    int64_t n = stat(name, &st) == 0 ? (int64_t)st.st_size : 0;

    free(name);
    return n;
}

bool outbox_disk(struct outbox *ob, int64_t now, struct outbox_disk *d, struct err *e)
{
    struct statvfs fs;

    *d = (struct outbox_disk){.days_left = -1};
    if (statvfs(ob->path, &fs) != 0)
        return err_set(e, ERR_SETUP, "%s: %s", ob->path, strerror(errno));
    d->bytes = file_bytes(ob->path, "") + file_bytes(ob->path, "-wal");
    d->free = (int64_t)((uint64_t)fs.f_bavail * fs.f_frsize) - (int64_t)ob->min_free;
    if (d->free < 0)
        d->free = 0;
    if (!db_one(ob->db, &d->since, 0, e, "select ifnull(min(made_at), 0) from item", ""))
        return false;
    if (d->since != 0 && now - d->since >= DAY_MS && d->bytes > 0)
        d->days_left = d->free / (d->bytes / ((now - d->since) / DAY_MS) + 1);
    return true;
}

static void row_of(const struct query *q, struct outbox_row *r)
{
    *r = (struct outbox_row){
        .kind = (enum item_kind)db_int(q, 0),
        .id = uuid_column(q, 1),
        .hash = hash_column(q, 2),
        .unit = {db_text(q, 3), (int32_t)db_int(q, 4)},
        .scheme = db_text(q, 5),
        .period = db_text(q, 6),
        .vintage = (enum vintage)db_int(q, 7),
        .made_at = db_int(q, 8),
        .approved = db_int(q, 9) != 0,
        .sealed = !db_null(q, 10),
        .verdict = (enum verdict)db_int(q, 11),
        .form = db_text(q, 12),
        .subject = db_text(q, 13),
        .name = db_text(q, 14),
        .revision = (uint32_t)db_int(q, 15),
        .epoch = (uint64_t)db_int(q, 16),
        .pos = (uint64_t)db_int(q, 17),
        .late = db_int(q, 18) != 0,
        .time = db_int(q, 19),
        .receipt = db_blob(q, 20),
        .withdraw = db_int(q, 21) != 0,
        .withdrawn = db_int(q, 22) != 0,
    };
}

bool outbox_list(struct outbox *ob, const struct outbox_filter *f, outbox_row_fn *fn,
                 void *ctx, struct err *e)
{
    struct query *q;
    bool row;

    if (!db_query(
            ob->db, &q, e,
            "select i.kind, i.id, i.hash, i.unit, i.unit_from, i.scheme, i.period,"
            " i.vintage, i.made_at, i.approved, i.batch, i.verdict, p.form,"
            " p.subject, p.name, p.revision, c.epoch, c.pos, c.late, c.time, c.bytes,"
            " x.withdraw, p.withdrawn"
            " from item i left join explanation x using (seq)"
            " left join item a on a.hash = x.about"
            " left join report p on p.seq = ifnull(a.seq, i.seq)"
            " left join receipt c on c.seq = i.seq"
            " where (?1 = '' or i.unit = ?1) and (?2 = '' or i.period = ?2)"
            " and (?3 = 0 or i.vintage = ?3) and (?4 = 0 or i.kind = ?4)"
            " and (?5 = 0 or c.seq is not null) order by i.seq",
            "ttiii", f->unit != NULL ? f->unit : "", f->period != NULL ? f->period : "",
            (int64_t)f->vintage, (int64_t)f->kind, (int64_t)f->receipted))
        return false;
    while (db_row(q, &row, e)) {
        struct outbox_row r;

        if (!row)
            return true;
        row_of(q, &r);
        fn(ctx, &r);
    }
    return false;
}

/* The hex digits of the beginning of an id or hash; false for anything else. */
static bool plain_prefix(const char *prefix, char hex[2 * HASH_LEN + 1])
{
    size_t n = 0;

    for (; *prefix != 0; prefix++) {
        if (*prefix == '-')
            continue;
        if (!isxdigit((unsigned char)*prefix) || n == 2 * HASH_LEN)
            return false;
        hex[n++] = (char)toupper((unsigned char)*prefix);
    }
    hex[n] = 0;
    return n > 0;
}

static struct span kept(struct arena *a, struct span s)
{
    return (struct span){(unsigned char *)arena_strn(a, s.p, s.n), s.n};
}

bool outbox_find(struct outbox *ob, const char *prefix, struct arena *a,
                 struct outbox_found *out, struct err *e)
{
    struct query *q;
    char hex[2 * HASH_LEN + 1];
    size_t found = 0;
    bool row;

    if (!plain_prefix(prefix, hex))
        return err_set(e, ERR_INPUT, "\"%s\" is no beginning of a report id", prefix);
    if (!db_query(ob->db, &q, e,
                  "select i.hash, i.unit, i.unit_from, i.body, c.bytes, s.findings,"
                  " p.withdrawn, f.shown from item i join report p using (seq)"
                  " join file f on f.claim = p.file"
                  " left join receipt c using (seq) left join result s"
                  " on s.seq = i.seq and s.file = p.file"
                  " where substr(hex(i.id), 1, length(?1)) = ?1"
                  " or substr(hex(i.hash), 1, length(?1)) = ?1 order by i.seq limit 2",
                  "t", hex))
        return false;
    while (db_row(q, &row, e)) {
        if (!row)
            return found == 1 || err_set(e, ERR_INPUT,
                                         found == 0 ? "no report begins with %s"
                                                    : "several reports begin with %s",
                                         prefix);
        if (found++ > 0)
            continue;
        *out = (struct outbox_found){
            .hash = hash_column(q, 0),
            .unit = {arena_str(a, db_text(q, 1)), (int32_t)db_int(q, 2)},
            .body = kept(a, db_blob(q, 3)),
            .receipt = kept(a, db_blob(q, 4)),
            .findings = kept(a, db_blob(q, 5)),
            .withdrawn = db_int(q, 6) != 0,
            .shown = arena_str(a, db_text(q, 7)),
        };
    }
    return false;
}

bool outbox_report(struct outbox *ob, const char *prefix, struct bytes *body,
                   struct bytes *receipt, struct err *e)
{
    struct arena a = {0};
    struct outbox_found f;
    bool ok = outbox_find(ob, prefix, &a, &f, e);

    if (ok) {
        bytes_add(body, f.body.p, f.body.n);
        bytes_add(receipt, f.receipt.p, f.receipt.n);
    }
    arena_clear(&a);
    return ok;
}
