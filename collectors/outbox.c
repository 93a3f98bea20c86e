#include "collectors/outbox_own.h"
#include "proto/base/crash.h"

#include <errno.h>
#include <sys/statvfs.h>

bool outbox_open(struct outbox **out, const char *path, uint64_t min_free, struct err *e)
{
    struct db *db;

    *out = NULL;
    if (!db_open(&db, path, outbox_steps, e))
        return false;
    *out = mem_new(sizeof **out);
    (*out)->db = db;
    (*out)->path = mem_str(path);
    (*out)->min_free = min_free;
    return true;
}

void outbox_close(struct outbox **obp)
{
    struct outbox *ob = *obp;

    if (ob == NULL)
        return;
    db_close(&ob->db);
    free(ob->path);
    arena_clear(&ob->lent);
    free(ob);
    *obp = NULL;
}

bool outbox_room(struct outbox *ob, struct err *e)
{
    struct statvfs fs;
    uint64_t available;

    if (statvfs(ob->path, &fs) != 0)
        return err_set(e, ERR_SETUP, "%s: %s", ob->path, strerror(errno));
    available = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (available < ob->min_free)
        return err_set(e, ERR_RETRY,
                       "disk almost full: %llu bytes free, %llu must stay free; nothing "
                       "new is taken in, what is here is kept",
                       (unsigned long long)available, (unsigned long long)ob->min_free);
    return true;
}

/* -- files ------------------------------------------------------------------------- */

char *outbox_key(struct arena *a, const struct report *r, const char **subject)
{
    const struct subject *s = &r->subject;

    if (s->kind == SUBJECT_UNIT)
        *subject = "unit";
    else if (s->scheme == ID_NONE)
        *subject = arena_printf(a, "name:%s", s->name != NULL ? s->name : "");
    else
        *subject = arena_printf(a, "%s:%s:%s", id_scheme_word(s->scheme),
                                s->id_issuer != NULL ? s->id_issuer : "",
                                s->id != NULL ? s->id : "");
    return arena_printf(a, "%s\x1f%d\x1f%s\x1f%s\x1f%s\x1f%s\x1f%d\x1f%d", r->unit.code,
                        (int)r->unit.valid_from, r->form, *subject, r->scheme, r->period,
                        (int)r->vintage, (int)r->channel);
}

/* What the outbox knows of a key. */
struct known {
    int64_t seq; /* 0: no report */
    struct hash digest, hash, counts_as;
    bool duplicate;
    uint32_t revision, catalogue;
    enum verdict verdict;
    bool withdrawn;
};

static bool known_read(struct query *q, struct known *k, struct err *e)
{
    bool row;

    *k = (struct known){0};
    if (!db_row(q, &row, e))
        return false;
    if (!row)
        return true;
    k->seq = db_int(q, 0);
    k->digest = hash_column(q, 1);
    k->hash = hash_column(q, 2);
    k->duplicate = !db_null(q, 3);
    k->counts_as = hash_column(q, 3);
    k->revision = (uint32_t)db_int(q, 4);
    k->catalogue = (uint32_t)db_int(q, 5);
    k->verdict = (enum verdict)db_int(q, 6);
    k->withdrawn = db_int(q, 7) != 0;
    db_done(q);
    return true;
}

/* The newest report that occupies the key or may still do so. */
static bool newest_standing(struct outbox *ob, const char *key, struct known *k,
                            struct err *e)
{
    struct query *q;

    return db_query(
               ob->db, &q, e,
               "select r.seq, r.digest, i.hash, r.counts_as, r.revision, r.catalogue,"
               " i.verdict, r.withdrawn from report r join item i using (seq)"
               " where r.key = ? and r.stands = 1 order by r.revision desc limit 1",
               "t", key) &&
           known_read(q, k, e);
}

static bool newest(struct outbox *ob, const char *key, struct known *k, struct err *e)
{
    struct query *q;

    return db_query(
               ob->db, &q, e,
               "select r.seq, r.digest, i.hash, r.counts_as, r.revision, r.catalogue,"
               " i.verdict, r.withdrawn from report r join item i using (seq)"
               " where r.key = ? order by r.seq desc limit 1",
               "t", key) &&
           known_read(q, k, e);
}

static bool of_hash(struct outbox *ob, const char *key, const struct hash *hash,
                    struct known *k, struct err *e)
{
    struct query *q;

    return db_query(
               ob->db, &q, e,
               "select r.seq, r.digest, i.hash, r.counts_as, r.revision, r.catalogue,"
               " i.verdict, r.withdrawn from report r join item i using (seq)"
               " where r.key = ? and i.hash = ?",
               "tb", key, span_hash(hash)) &&
           known_read(q, k, e);
}

/* The newest decision of the province on a report of this key, if what stands is older.
 */
static bool newest_decision(struct outbox *ob, const char *key, int64_t standing,
                            struct arena *a, struct notice_act *act, int64_t *about,
                            struct err *e)
{
    struct query *q;
    bool row, ok;

    *about = 0;
    if (!db_query(ob->db, &q, e,
                  "select n.act, i.seq from notice n join item i on i.hash = n.about"
                  " join report r using (seq) where r.key = ?1 and n.kind = ?2"
                  " and not exists (select 1 from receipt c where c.seq = ?3"
                  "  and (c.epoch, c.pos) > (n.epoch, n.pos))"
                  " and not exists (select 1 from item s where s.seq = ?3"
                  "  and s.verdict = 0 and s.made_at > n.came_at)"
                  " order by n.epoch desc, n.pos desc limit 1",
                  "tii", key, (int64_t)NOTICE_DECISION, standing) ||
        !db_row(q, &row, e))
        return false;
    if (!row)
        return true;
    ok = notice_read(db_blob(q, 0), a, act, e);
    *about = db_int(q, 1);
    db_done(q);
    return ok;
}

/*
 * A decision may have let in a report that did not stand, or put the desk's correction in
 * the place of ours: the next revision goes on from there. The content that stood is
 * still what we said: dropping the same file again does not take the decision back.
 */
static bool as_decided(struct outbox *ob, const char *key, struct known *standing,
                       struct err *e)
{
    struct arena a = {0};
    struct notice_act act;
    struct known own = {0};
    uint32_t revision = standing->revision;
    int64_t about;
    bool ok = newest_decision(ob, key, standing->seq, &a, &act, &about, e);

    if (!ok || about == 0)
        goto out;
    if (strcmp(act.decision, "withdraw") == 0 && hash_eq(&act.about, &standing->hash))
        standing->withdrawn = true;
    if (!act.has_head)
        goto out;
    ok = of_hash(ob, key, &act.head, &own, e);
    if (own.seq != 0)
        *standing = own;
    else if (standing->seq == 0)
        standing->seq = about;
    standing->hash = act.head;
    standing->duplicate = false;
    if (revision > standing->revision)
        standing->revision = revision;
    if (act.head_revision > standing->revision)
        standing->revision = act.head_revision;
out:
    arena_clear(&a);
    return ok || err_in(e, "a decision of the province");
}

/*
 * Would this content only repeat what was said? The standing report says it; or the
 * newest one did, and waits for a person (held) or was refused by the same rules. After a
 * conflict the same content may be tried again, and what was withdrawn is said anew.
 */
static bool repeats(const struct known *standing, const struct known *last,
                    const struct hash *digest, uint32_t catalogue, int64_t *seq)
{
    if (standing->seq != 0 && !standing->withdrawn &&
        hash_eq(&standing->digest, digest)) {
        *seq = standing->seq;
        return true;
    }
    if (last->seq == 0 || last->withdrawn || !hash_eq(&last->digest, digest))
        return false;
    *seq = last->seq;
    return last->verdict == VERDICT_HELD ||
           (last->verdict == VERDICT_REFUSED && last->catalogue == catalogue);
}

bool outbox_item(struct outbox *ob, enum item_kind kind, const struct uuid *id,
                 const struct hash *hash, const struct unit_key *unit, const char *scheme,
                 const char *period, enum vintage vintage, struct span body,
                 int64_t made_at, bool approved, struct err *e)
{
    return db_run(ob->db, e,
                  "insert into item (kind, id, hash, unit, unit_from, scheme, period,"
                  " vintage, body, made_at, approved) values (?,?,?,?,?,?,?,?,?,?,?)",
                  "ibbtittibii", (int64_t)kind, span_uuid(id), span_hash(hash),
                  unit->code, (int64_t)unit->valid_from, scheme, period, (int64_t)vintage,
                  body, made_at, (int64_t)approved);
}

bool outbox_put_line(struct outbox *ob, const char *claim, struct outbox_line *line,
                     int64_t *seq, struct err *e)
{
    struct report *r = line->report;
    struct arena a = {0};
    struct bytes body = {0};
    struct hash digest = report_digest(r), hash;
    struct known standing, last;
    const char *subject;
    char *key = outbox_key(&a, r, &subject);
    bool ok = false;

    if (!newest_standing(ob, key, &standing, e) || !newest(ob, key, &last, e) ||
        !as_decided(ob, key, &standing, e))
        goto out;
    if (repeats(&standing, &last, &digest, r->catalogue, seq)) {
        line->outcome = OUTCOME_SAME;
        ok = true;
        goto out;
    }
    line->outcome = standing.seq == 0 ? OUTCOME_NEW : OUTCOME_REVISED;
    r->revision = standing.revision + 1;
    r->has_supersedes = standing.seq != 0;
    if (!r->has_supersedes)
        r->reason = NULL; /* nothing was revised */
    else
        r->supersedes = standing.duplicate ? standing.counts_as : standing.hash;
    if (!wire_pack_report(r, &body, e))
        goto out;
    hash = item_hash(ITEM_REPORT, span_of(&body));
    if (!outbox_item(ob, ITEM_REPORT, &r->id, &hash, &r->unit, r->scheme, r->period,
                     r->vintage, span_of(&body), r->made_at, false, e))
        goto out;
    *seq = db_last_id(ob->db);
    ok =
        db_run(ob->db, e,
               "insert into report (seq, form, form_version, subject, name, channel, key,"
               " digest, revision, supersedes, stands, catalogue, file)"
               " values (?,?,?,?,?,?,?,?,?,?,1,?,?)",
               "itittitbibit", *seq, r->form, (int64_t)r->form_version, subject,
               r->subject.name != NULL ? r->subject.name : "", (int64_t)r->channel, key,
               span_hash(&digest), (int64_t)r->revision,
               r->has_supersedes ? span_hash(&r->supersedes) : (struct span){NULL, 0},
               (int64_t)r->catalogue, claim);
out:
    bytes_clear(&body);
    arena_clear(&a);
    return ok || err_in(e, "%s", line->place);
}

bool outbox_line_insert(struct outbox *ob, const char *claim, size_t ord,
                        const struct outbox_line *line, int64_t seq, struct err *e)
{
    struct span findings = line->findings;

    if (findings.p == NULL)
        findings = span_str(""); /* none, which is not null */
    return db_run(ob->db, e,
                  "insert into result (file, ord, title, place, outcome, seq, findings)"
                  " values (?,?,?,?,?,nullif(?,0),?)",
                  "tittiib", claim, (int64_t)ord, line->title, line->place,
                  (int64_t)line->outcome, seq, findings);
}

/* What the line explains, about the report that it came to. */
static bool say_all(struct outbox *ob, int64_t seq, const struct outbox_line *line,
                    int64_t now, struct err *e)
{
    struct query *q;
    struct hash about;
    size_t fresh = 0;
    bool row;

    if (line->n_says == 0)
        return true;
    if (!db_query(ob->db, &q, e, "select hash from item where seq = ?", "i", seq) ||
        !db_row(q, &row, e))
        return false;
    if (!row)
        return err_set(e, ERR_SETUP, "no item %lld", (long long)seq);
    about = hash_column(q, 0);
    db_done(q);
    for (size_t i = 0; i < line->n_says; i++)
        if (!outbox_say(ob, &about, &line->says[i], now, &fresh, e))
            return false;
    return true;
}

bool outbox_intake(struct outbox *ob, const struct outbox_file *f,
                   struct outbox_line *lines, size_t n, struct err *e)
{
    if (!db_begin(ob->db, e))
        return false;
    if (!db_run(
            ob->db, e,
            "insert into file (claim, unit, unit_from, name, shown, hash, bad, taken_at,"
            " answered) values (?,?,?,?,?,?,?,?,0)",
            "ttittbii", f->claim, f->unit.code, (int64_t)f->unit.valid_from, f->name,
            f->shown, span_hash(&f->hash), (int64_t)f->bad, f->taken_at))
        goto undo;
    for (size_t i = 0; i < n; i++) {
        int64_t seq = 0;

        if (lines[i].report != NULL && !outbox_put_line(ob, f->claim, &lines[i], &seq, e))
            goto undo;
        if (!outbox_line_insert(ob, f->claim, i, &lines[i], seq, e) ||
            (seq != 0 && !say_all(ob, seq, &lines[i], f->taken_at, e)))
            goto undo;
    }
    crash_point("intake.before_commit");
    if (!db_commit(ob->db, e))
        goto undo;
    crash_point("intake.after_commit");
    return true;
undo:
    db_rollback(ob->db);
    return false;
}

bool outbox_file(struct outbox *ob, const char *claim, bool *known, struct outbox_file *f,
                 struct err *e)
{
    struct query *q;

    arena_clear(&ob->lent);
    if (!db_query(ob->db, &q, e,
                  "select unit, unit_from, name, shown, hash, bad, taken_at from file"
                  " where claim = ?",
                  "t", claim) ||
        !db_row(q, known, e))
        return false;
    if (!*known)
        return true;
    *f = (struct outbox_file){
        .claim = arena_str(&ob->lent, claim),
        .unit = {arena_str(&ob->lent, db_text(q, 0)), (int32_t)db_int(q, 1)},
        .name = arena_str(&ob->lent, db_text(q, 2)),
        .shown = arena_str(&ob->lent, db_text(q, 3)),
        .hash = hash_column(q, 4),
        .bad = db_int(q, 5) != 0,
        .taken_at = db_int(q, 6),
    };
    db_done(q);
    return true;
}

bool outbox_shown_taken(struct outbox *ob, const char *unit, const char *shown,
                        bool *taken, struct err *e)
{
    int64_t n;

    if (!db_one(ob->db, &n, 0, e,
                "select count(*) from file where unit = ? and shown = ?", "tt", unit,
                shown))
        return false;
    *taken = n != 0;
    return true;
}

bool outbox_lines(struct outbox *ob, const char *claim, outbox_answer_fn *fn, void *ctx,
                  struct err *e)
{
    struct query *q;
    bool row;

    if (!db_query(ob->db, &q, e,
                  "select r.title, r.place, r.outcome, r.findings, i.id, p.revision,"
                  " i.batch, i.verdict, c.bytes, i.hash, exists (select 1 from"
                  " result f where f.seq = r.seq and f.file <> r.file and f.outcome <> ?"
                  " and f.place <> r.place) from result r left join item i using (seq)"
                  " left join report p using (seq) left join receipt c using (seq)"
                  " where r.file = ? order by r.ord",
                  "it", (int64_t)OUTCOME_SAME, claim))
        return false;
    while (db_row(q, &row, e)) {
        if (!row)
            return true;
        fn(ctx, &(struct outbox_answer){
                    .title = db_text(q, 0),
                    .place = db_text(q, 1),
                    .outcome = (enum outcome)db_int(q, 2),
                    .findings = db_blob(q, 3),
                    .has_item = !db_null(q, 4),
                    .id = uuid_column(q, 4),
                    .revision = (uint32_t)db_int(q, 5),
                    .sealed = !db_null(q, 6),
                    .verdict = (enum verdict)db_int(q, 7),
                    .receipt = db_blob(q, 8),
                    .hash = db_null(q, 9) ? (struct hash){{0}} : hash_column(q, 9),
                    .moved = db_int(q, 10) != 0,
                });
    }
    return false;
}

bool outbox_answerable(struct outbox *ob, const char *after, char **claim, struct err *e)
{
    struct query *q;
    bool row;

    *claim = NULL;
    if (!db_query(ob->db, &q, e,
                  "select claim from file f where answered = 0 and not exists"
                  " (select 1 from result r join item i using (seq)"
                  "  where r.file = f.claim and i.verdict = 0) and claim > ?"
                  " order by claim limit 1",
                  "t", after) ||
        !db_row(q, &row, e))
        return false;
    if (row) {
        *claim = mem_str(db_text(q, 0));
        db_done(q);
    }
    return true;
}

bool outbox_answered(struct outbox *ob, const char *claim, struct err *e)
{
    return db_run(ob->db, e, "update file set answered = 1 where claim = ?", "t", claim);
}

/* -- declarations ------------------------------------------------------------------ */

bool outbox_rows(struct outbox *ob, const struct submission *s, const char *form,
                 uint32_t *rows, struct err *e)
{
    int64_t n;

    if (!db_one(ob->db, &n, 0, e,
                "select count(distinct p.subject) from report p join item i using (seq)"
                " where i.unit = ? and i.unit_from = ? and i.scheme = ? and i.period = ?"
                " and i.vintage = ? and p.form = ? and (p.stands = 1 or i.verdict = 3) "
                "and p.withdrawn = 0",
                "titti"
                "t",
                s->unit.code, (int64_t)s->unit.valid_from, s->scheme, s->period,
                (int64_t)s->vintage, form))
        return false;
    *rows = (uint32_t)n;
    return true;
}

bool outbox_forms(struct outbox *ob, const struct submission *s, struct arena *a,
                  const char ***forms, size_t *n, struct err *e)
{
    struct query *q;
    bool row;
    size_t room = 64;

    *n = 0;
    *forms = arena_new(a, room * sizeof **forms);
    if (!db_query(
            ob->db, &q, e,
            "select distinct p.form from report p join item i using (seq)"
            " where i.unit = ? and i.unit_from = ? and i.scheme = ? and i.period = ?"
            " and i.vintage = ? and (p.stands = 1 or i.verdict = 3) and p.withdrawn = 0"
            " order by 1",
            "titti", s->unit.code, (int64_t)s->unit.valid_from, s->scheme, s->period,
            (int64_t)s->vintage))
        return false;
    while (db_row(q, &row, e)) {
        if (!row)
            return true;
        if (*n == room) {
            db_done(q);
            return err_set(e, ERR_SETUP, "more than %zu forms", room);
        }
        (*forms)[(*n)++] = arena_str(a, db_text(q, 0));
    }
    return false;
}

static bool approve(struct outbox *ob, const struct submission *s, const char *form,
                    int64_t *approved, struct err *e)
{
    int64_t n;

    if (!db_one(ob->db, &n, 0, e,
                "select count(*) from item join report using (seq) where unit = ?"
                " and unit_from = ? and scheme = ? and period = ? and vintage = ?"
                " and form = ? and approved = 0 and batch is null",
                "titti"
                "t",
                s->unit.code, (int64_t)s->unit.valid_from, s->scheme, s->period,
                (int64_t)s->vintage, form))
        return false;
    *approved += n;
    return db_run(ob->db, e,
                  "update item set approved = 1 where unit = ?1 and unit_from = ?2"
                  " and scheme = ?3 and period = ?4 and vintage = ?5 and approved = 0"
                  " and batch is null and seq in (select seq from report where form = ?6"
                  "  union all select x.seq from explanation x join item i"
                  "  on i.hash = x.about join report r on r.seq = i.seq"
                  "  where r.form = ?6)",
                  "titti"
                  "t",
                  s->unit.code, (int64_t)s->unit.valid_from, s->scheme, s->period,
                  (int64_t)s->vintage, form);
}

/* The content of a submission: all but id and time. */
static bool submission_digest(const struct submission *s, struct hash *digest,
                              struct err *e)
{
    struct submission bare = *s;
    struct bytes b = {0};
    bool ok;

    memset(&bare.id, 0, sizeof bare.id);
    bare.made_at = 0;
    ok = wire_pack_submission(&bare, &b, e);
    if (ok)
        *digest = hash_of(DOMAIN_CONTENT, span_of(&b));
    bytes_clear(&b);
    return ok;
}

/* Does the newest declaration of this period say the same and still count? */
static bool declared_before(struct outbox *ob, const struct submission *s,
                            const struct hash *digest, bool *same, struct err *e)
{
    struct query *q;
    struct hash last;
    bool row;

    *same = false;
    if (!db_query(
            ob->db, &q, e,
            "select u.digest, i.verdict from submission u join item i using (seq)"
            " where i.unit = ? and i.unit_from = ? and i.scheme = ? and i.period = ?"
            " and i.vintage = ? order by seq desc limit 1",
            "titti", s->unit.code, (int64_t)s->unit.valid_from, s->scheme, s->period,
            (int64_t)s->vintage) ||
        !db_row(q, &row, e))
        return false;
    if (!row)
        return true;
    last = hash_column(q, 0);
    *same = hash_eq(&last, digest) && db_int(q, 1) != VERDICT_REFUSED &&
            db_int(q, 1) != VERDICT_CONFLICT;
    db_done(q);
    return true;
}

static bool submission_insert(struct outbox *ob, const struct submission *s,
                              const struct hash *digest, struct err *e)
{
    struct bytes body = {0};
    struct hash hash;
    bool ok = false;

    if (!wire_pack_submission(s, &body, e))
        goto out;
    hash = item_hash(ITEM_SUBMISSION, span_of(&body));
    ok = outbox_item(ob, ITEM_SUBMISSION, &s->id, &hash, &s->unit, s->scheme, s->period,
                     s->vintage, span_of(&body), s->made_at, true, e) &&
         db_run(ob->db, e,
                "insert into submission (seq, digest, nil)"
                " values (last_insert_rowid(), ?, ?)",
                "bi", span_hash(digest), (int64_t)s->nothing_to_report);
out:
    bytes_clear(&body);
    return ok;
}

bool outbox_declare(struct outbox *ob, const struct submission *s, bool *same,
                    int64_t *approved, struct err *e)
{
    struct hash digest;

    *approved = 0;
    if (!submission_digest(s, &digest, e) || !db_begin(ob->db, e))
        return false;
    for (size_t i = 0; i < s->n_forms; i++)
        if (!approve(ob, s, s->forms[i], approved, e))
            goto undo;
    if (!declared_before(ob, s, &digest, same, e))
        goto undo;
    if (!*same && !submission_insert(ob, s, &digest, e))
        goto undo;
    crash_point("declare.before_commit");
    if (!db_commit(ob->db, e))
        goto undo;
    crash_point("declare.after_commit");
    return true;
undo:
    db_rollback(ob->db);
    return false;
}
