/* outbox_reread - reports that the province takes no more as they are: see outbox.h. */
#include "collectors/outbox_own.h"

#include "proto/base/crash.h"

struct old { /* a report that ends without an answer */
    int64_t seq, batch, ord;
    bool approved;
    const char *key, *title, *place;
};

struct reread {
    struct outbox *ob;
    const char *claim;
    struct outbox_line *lines;
    size_t n_lines;
    const char *version; /* for people */
    struct old *list;
    size_t n;
    struct arena arena;
};

bool outbox_outdated(struct outbox *ob, const struct hash *items, size_t n,
                     uint32_t version, char **claim, struct err *e)
{
    int64_t oldest = INT64_MAX;

    *claim = NULL;
    for (size_t i = 0; i < n; i++) {
        struct query *q;
        bool row;

        if (!db_query(ob->db, &q, e,
                      "select i.seq, r.file from item i join report r using (seq)"
                      " where i.hash = ? and i.verdict = 0 and i.batch is not null"
                      " and r.catalogue < ?",
                      "bi", span_hash(&items[i]), (int64_t)version) ||
            !db_row(q, &row, e))
            return false;
        if (!row)
            continue;
        if (db_int(q, 0) < oldest) {
            oldest = db_int(q, 0);
            free(*claim);
            *claim = mem_str(db_text(q, 1));
        }
        db_done(q);
    }
    return true;
}

/* The report behind this hash, where it is one of the file's without an answer. */
static bool find_old(struct reread *w, const struct hash *item, struct err *e)
{
    struct old *o = &w->list[w->n];
    struct query *q;
    bool row;

    if (!db_query(w->ob->db, &q, e,
                  "select i.seq, i.batch, s.ord, i.approved, r.key, s.title, s.place"
                  " from item i join report r using (seq)"
                  " join result s on s.file = r.file and s.seq = i.seq"
                  " where i.hash = ? and i.verdict = 0 and i.batch is not null"
                  " and r.file = ?",
                  "bt", span_hash(item), w->claim) ||
        !db_row(q, &row, e))
        return false;
    if (!row)
        return true;
    *o = (struct old){
        .seq = db_int(q, 0),
        .batch = db_int(q, 1),
        .ord = db_int(q, 2),
        .approved = db_int(q, 3) != 0,
        .key = arena_str(&w->arena, db_text(q, 4)),
        .title = arena_str(&w->arena, db_text(q, 5)),
        .place = arena_str(&w->arena, db_text(q, 6)),
    };
    w->n++;
    db_done(q);
    return true;
}

static bool end_old(struct reread *w, const struct old *o, struct err *e)
{
    return db_run(w->ob->db, e, "update item set verdict = ? where seq = ?", "ii",
                  (int64_t)OUTBOX_REREAD, o->seq) &&
           db_run(w->ob->db, e, "update report set stands = 0 where seq = ?", "i",
                  o->seq) &&
           db_run(w->ob->db, e, "update batch set answered = answered + 1 where no = ?",
                  "i", o->batch);
}

/* What the line of this report says now: of its key, or at its place when refused. */
static struct outbox_line *line_now(struct reread *w, const struct old *o)
{
    for (size_t i = 0; i < w->n_lines; i++) {
        const struct outbox_line *l = &w->lines[i];
        const char *subject;

        if (l->report != NULL &&
            strcmp(outbox_key(&w->arena, l->report, &subject), o->key) == 0)
            return &w->lines[i];
    }
    for (size_t i = 0; i < w->n_lines; i++)
        if (w->lines[i].outcome == OUTCOME_REFUSED &&
            strcmp(w->lines[i].place, o->place) == 0 &&
            strcmp(w->lines[i].title, o->title) == 0)
            return &w->lines[i];
    return NULL;
}

static struct span note(struct reread *w, const char *code, enum severity s)
{
    struct findings fs = {0};
    struct bytes b = {0};
    struct span packed;

    findings_add(&fs,
                 &(struct finding){.code = code, .severity = s, .args = {w->version}});
    wire_pack_findings(&fs, &b);
    packed = (struct span){(unsigned char *)arena_strn(&w->arena, b.p, b.n), b.n};
    findings_clear(&fs);
    bytes_clear(&b);
    return packed;
}

static bool result_update(struct reread *w, const struct old *o, enum outcome outcome,
                          int64_t seq, struct span findings, struct err *e)
{
    if (findings.p == NULL)
        findings = span_str("");
    return db_run(w->ob->db, e,
                  "update result set outcome = ?, seq = nullif(?, 0), findings = ?"
                  " where file = ? and ord = ?",
                  "iibti", (int64_t)outcome, seq, findings, w->claim, o->ord);
}

static bool replace_old(struct reread *w, const struct old *o, struct err *e)
{
    struct outbox_line *now = line_now(w, o);
    int64_t later, seq = 0;

    if (!db_one(w->ob->db, &later, 0, e,
                "select count(*) from report where key = ? and stands = 1 and seq > ?",
                "ti", o->key, o->seq))
        return false;
    if (later > 0) /* a later file says it otherwise, and is asked about itself */
        return result_update(w, o, OUTCOME_SAME, 0, (struct span){NULL, 0}, e);
    if (now == NULL)
        return result_update(w, o, OUTCOME_REFUSED, 0, note(w, "REREAD_GONE", SEV_ERROR),
                             e);
    if (now->report == NULL)
        return result_update(w, o, OUTCOME_REFUSED, 0, now->findings, e);
    return outbox_put_line(w->ob, w->claim, now, &seq, e) &&
           (!o->approved ||
            db_run(w->ob->db, e, "update item set approved = 1 where seq = ?", "i",
                   seq)) &&
           result_update(w, o, now->outcome, seq, now->findings, e);
}

/* The officer is told, once for each version. */
static bool tell(struct reread *w, struct err *e)
{
    struct outbox_line line = {.title = "",
                               .place = "",
                               .outcome = OUTCOME_SHEET,
                               .findings = note(w, "REREAD", SEV_NOTE)};
    int64_t ord;

    return db_one(w->ob->db, &ord, 0, e, "select max(ord) + 1 from result where file = ?",
                  "t", w->claim) &&
           outbox_line_insert(w->ob, w->claim, (size_t)ord, &line, 0, e) &&
           db_run(w->ob->db, e, "update file set answered = 0 where claim = ?", "t",
                  w->claim);
}

static bool do_reread(struct reread *w, const struct hash *items, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!find_old(w, &items[i], e))
            return false;
    for (size_t i = 0; i < w->n; i++)
        if (!end_old(w, &w->list[i], e))
            return false;
    for (size_t i = 0; i < w->n; i++)
        if (!replace_old(w, &w->list[i], e))
            return false;
    return w->n == 0 || tell(w, e);
}

bool outbox_reread(struct outbox *ob, const char *claim, const struct hash *items,
                   size_t n_items, struct outbox_line *lines, size_t n, uint32_t version,
                   struct err *e)
{
    struct reread w = {.ob = ob, .claim = claim, .lines = lines, .n_lines = n};
    bool ok;

    w.version = arena_printf(&w.arena, "%u", version);
    w.list = arena_new(&w.arena, n_items * sizeof *w.list);
    ok = db_begin(ob->db, e);
    if (ok) {
        ok = do_reread(&w, items, n_items, e);
        crash_point("reread.before_commit");
        ok = ok && db_commit(ob->db, e);
        if (!ok)
            db_rollback(ob->db);
    }
    arena_clear(&w.arena);
    return ok || err_in(e, "reading %s again", claim);
}
