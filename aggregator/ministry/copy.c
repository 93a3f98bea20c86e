#include "aggregator/ministry/copy_own.h"

#include "aggregator/ministry/schema_name.h"
#include "proto/base/crash.h"
#include "proto/base/log.h"

#include <inttypes.h>

/* ---- catalogues ---- */

struct bundle {
    struct hash hash;
    struct catalogue *catalogue;
};

struct bundles {
    struct bundle *list;
    size_t n, cap;
};

void bundles_open(struct bundles **out)
{
    *out = mem_new(sizeof **out);
}

void bundles_close(struct bundles **bp)
{
    struct bundles *b = *bp;

    if (b == NULL)
        return;
    for (size_t i = 0; i < b->n; i++)
        catalogue_close(&b->list[i].catalogue);
    free(b->list);
    free(b);
    *bp = NULL;
}

static struct catalogue *bundle_known(const struct bundles *b, const struct hash *hash)
{
    for (size_t i = 0; i < b->n; i++)
        if (hash_eq(&b->list[i].hash, hash))
            return b->list[i].catalogue;
    return NULL;
}

static bool bundle_read(struct copy *c, const struct hash *hash, struct catalogue **out,
                        struct err *e)
{
    const struct pg_arg arg = pg_hash(hash);
    struct bundles *b = c->bundles;
    struct pg_rows rows = {0};
    bool ok = pg_query(c->pg, "select bundle from catalogue_bundle where hash = $1", &arg,
                       1, &rows, e) &&
              (rows.n == 1 || err_set(e, ERR_SETUP, "a catalogue without its bundle")) &&
              catalogue_load(out, pg_get_bytes(&rows, 0, 0), e);

    pg_rows_clear(&rows);
    if (!ok)
        return false;
    if (b->n == b->cap) {
        b->cap = b->cap != 0 ? 2 * b->cap : 16;
        b->list = mem_grow(b->list, b->cap, sizeof *b->list);
    }
    b->list[b->n++] = (struct bundle){*hash, *out};
    return true;
}

bool copy_catalogues(struct copy *c, struct err *e)
{
    struct pg_rows rows = {0};
    bool ok = pg_query(c->pg, "select hash from catalogue_bundle order by version", NULL,
                       0, &rows, e);

    free(c->cats.list);
    c->cats = (struct catalogues){0};
    if (ok)
        c->cats.list = mem_array(rows.n, sizeof(struct catalogue *));
    for (size_t i = 0; ok && i < rows.n; i++) {
        struct catalogue *known = NULL;
        struct hash hash;

        ok = pg_get_hash(&rows, i, 0, &hash) ||
             err_set(e, ERR_SETUP, "catalogue_bundle: bad hash");
        if (ok && (known = bundle_known(c->bundles, &hash)) == NULL)
            ok = bundle_read(c, &hash, &known, e);
        c->cats.list[c->cats.n++] = known;
    }
    pg_rows_clear(&rows);
    return ok || err_in(e, "catalogues of province %s", c->p->code);
}

/* ---- where it stands ---- */

void copy_open(struct copy **out, struct pg *pg, const struct province_of *p,
               struct bundles *bundles)
{
    struct copy *c = *out = mem_new(sizeof *c);

    c->pg = pg;
    c->p = p;
    c->bundles = bundles;
}

void copy_forget(struct copy *c)
{
    feed_check_close(&c->check);
    free(c->cats.list);
    c->cats = (struct catalogues){0};
    c->loaded = false;
}

void copy_close(struct copy **cp)
{
    if (*cp == NULL)
        return;
    copy_forget(*cp);
    free(*cp);
    *cp = NULL;
}

static bool read_cursor(struct copy *c, struct feed_cursor *out, struct err *e)
{
    static const char SQL[] = "select epoch, page, hash from nation.page"
                              " where code = $1 and branch = $2"
                              " order by epoch desc, page desc limit 1";
    const struct pg_arg args[] = {pg_text(c->p->code), pg_int(c->p->branch)};
    struct pg_rows rows = {0};
    bool ok = pg_query(c->pg, SQL, args, COUNT(args), &rows, e);

    *out = (struct feed_cursor){.chain = feed_chain_of(c->p->chain)};
    if (ok && rows.n == 1) {
        out->epoch = (uint64_t)pg_get_int(&rows, 0, 0);
        out->page = (uint64_t)pg_get_int(&rows, 0, 1);
        out->has_hash = ok = pg_get_hash(&rows, 0, 2, &out->hash) ||
                             err_set(e, ERR_SETUP, "nation.page: bad hash");
    }
    pg_rows_clear(&rows);
    return ok;
}

/* The log behind the last page: from its commits, or (publications) from the page. */
static bool read_tip(struct copy *c, struct err *e)
{
    static const char FULL[] =
        "select c.epoch, c.number, c.last_seq, c.statement_hash,"
        " (extract(epoch from c.at) * 1000)::bigint, coalesce(k.epoch, 0),"
        " coalesce(k.seq, 0) from commit c left join (select epoch, seq from control"
        "  order by epoch desc, seq desc limit 1) k on true"
        " order by c.epoch desc, c.number desc limit 1";
    static const char PROOFS[] =
        "select log_epoch, last_number, last_seq, null, 0, 0, 0 from nation.page"
        " where code = $1 and branch = $2 order by epoch desc, page desc limit 1";
    const struct pg_arg args[] = {pg_text(c->p->code), pg_int(c->p->branch)};
    bool full = c->cursor.chain == FEED_FULL, ok;
    struct feed_tip tip = {0};
    struct pg_rows rows = {0};

    ok = full ? pg_query(c->pg, FULL, NULL, 0, &rows, e)
              : pg_query(c->pg, PROOFS, args, COUNT(args), &rows, e);
    if (ok && rows.n == 1) {
        tip = (struct feed_tip){.epoch = (uint64_t)pg_get_int(&rows, 0, 0),
                                .number = (uint64_t)pg_get_int(&rows, 0, 1),
                                .seq = (uint64_t)pg_get_int(&rows, 0, 2),
                                .time = pg_get_int(&rows, 0, 4),
                                .control_epoch = (uint64_t)pg_get_int(&rows, 0, 5),
                                .control_seq = (uint64_t)pg_get_int(&rows, 0, 6)};
        ok = !full || pg_get_hash(&rows, 0, 3, &tip.statement) ||
             err_set(e, ERR_SETUP, "commit: bad hash");
    }
    pg_rows_clear(&rows);
    feed_check_resume(c->check, &tip);
    return ok;
}

static bool read_keys(struct copy *c, struct err *e)
{
    static const char SQL[] = "select use, unit, unit_from, public, revoked from key_now";
    struct pg_rows rows = {0};
    bool ok = pg_query(c->pg, SQL, NULL, 0, &rows, e);

    for (size_t i = 0; ok && i < rows.n; i++) {
        const struct unit_key unit = {pg_get_text(&rows, i, 1), pg_get_date(&rows, i, 2)};

        feed_check_key(c->check, pg_get_text(&rows, i, 0), &unit,
                       pg_get_text(&rows, i, 3), pg_get_bool(&rows, i, 4));
    }
    pg_rows_clear(&rows);
    return ok;
}

bool copy_load(struct copy *c, struct err *e)
{
    copy_forget(c);
    if (!pg_schema(c->pg, c->p->schema, e) || !read_cursor(c, &c->cursor, e))
        goto failed;
    feed_check_open(&c->check, &c->p->genesis, c->cursor.chain);
    if (!read_tip(c, e) || !read_keys(c, e) || !copy_catalogues(c, e))
        goto failed;
    c->loaded = true;
    return true;
failed:
    copy_forget(c);
    return err_in(e, "province %s", c->p->code);
}

bool copy_cursor(struct copy *c, struct feed_cursor *out, struct err *e)
{
    if (!c->loaded && !copy_load(c, e))
        return false;
    *out = c->cursor;
    return true;
}

/* ---- a page ---- */

static bool put_page(struct copy *c, const struct feed_page *p, struct span file,
                     uint32_t receipts, struct err *e)
{
    static const char SQL[] =
        "insert into nation.page (code, branch, epoch, page, hash, log_epoch, "
        "last_number,"
        " first_seq, last_seq, records, receipts, sealed_at, file)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    const struct feed_header *h = &p->header;
    const struct pg_arg args[] = {
        pg_text(c->p->code),
        pg_int(c->p->branch),
        pg_int((int64_t)h->epoch),
        pg_int((int64_t)h->page),
        pg_hash(&p->hash),
        pg_int((int64_t)h->commit_epoch),
        pg_int((int64_t)h->last_number),
        pg_int((int64_t)h->first_seq),
        pg_int((int64_t)h->last_seq),
        pg_int(h->records),
        pg_int(receipts),
        pg_time(h->sealed_at),
        pg_bytes(file),
    };

    return pg_query(c->pg, SQL, args, COUNT(args), NULL, e);
}

/* Everything that is known by the page alone. */
static enum copy_result look_at(struct copy *c, struct span file, struct feed_page *p,
                                struct feed_walk *w, struct err *e)
{
    bool forked, behind;

    if (!feed_page_read(file, p, e))
        return e->kind == ERR_RETRY ? COPY_UNKNOWN : COPY_REFUSED;
    behind = p->header.epoch < c->cursor.epoch ||
             (p->header.epoch == c->cursor.epoch && p->header.page <= c->cursor.page);
    if (!feed_page_follows(p, &c->p->genesis.hash, &c->cursor, &forked, e)) {
        if (forked)
            return feed_page_holds(p) ? COPY_FORK : COPY_REFUSED;
        return behind && hash_eq(&p->header.province, &c->p->genesis.hash) &&
                       p->header.chain == c->cursor.chain
                   ? COPY_AGAIN
                   : COPY_MISSING;
    }
    if (!feed_check_begin(c->check, p, w, e))
        return COPY_REFUSED;
    return COPY_STORED;
}

/* The database said no to a row: is it the page's fault? */
static enum copy_result database_said(const struct copy *c)
{
    const char *state = pg_state(c->pg);

    return strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0 ? COPY_REFUSED
                                                                        : COPY_AWAY;
}

static enum copy_result commits(struct copy *c, struct feed_walk *w,
                                struct copy_rows *rows, struct err *e)
{
    struct arena a = {0};
    enum copy_result got = COPY_STORED;
    bool end = false;

    while (got == COPY_STORED && !end) {
        struct checked_commit one;

        if (!feed_check_next(c->check, w, &a, &one, &end, e))
            got = e->kind == ERR_RETRY ? COPY_UNKNOWN : COPY_REFUSED;
        else if (!(end ? copy_rows_flush(rows, e) : copy_rows_commit(rows, &one, e)))
            got = rows->no != COPY_STORED ? rows->no : database_said(c);
        arena_reset(&a);
    }
    arena_clear(&a);
    return got;
}

/* Inside the transaction. */
static enum copy_result take_one(struct copy *c, struct span file,
                                 struct feed_cursor *about, struct err *e)
{
    struct copy_rows rows = {.copy = c};
    struct feed_page p;
    struct feed_walk w;
    enum copy_result got = look_at(c, file, &p, &w, e);

    *about = feed_cursor_of(&p);
    if (got == COPY_STORED)
        got = commits(c, &w, &rows, e);
    if (got == COPY_STORED && !put_page(c, &p, file, rows.receipts, e))
        got = database_said(c);
    copy_rows_clear(&rows);
    if (got == COPY_STORED) {
        c->cursor = feed_cursor_of(&p);
        log_event(LOG_INFO,
                  "page province=%s page=%" PRIu64 ".%" PRIu64 " position=%" PRIu64
                  ".%" PRIu64 " records=%u",
                  c->p->code, c->cursor.epoch, c->cursor.page, p.header.commit_epoch,
                  p.header.last_seq, p.header.records);
    }
    crash_point("copy.after_page");
    return got;
}

/* Nobody else wrote since we looked; one writer a province until the end. */
static bool begin(struct copy *c, struct err *e)
{
    struct feed_cursor now;

    if (!pg_begin(c->pg, e) || !provinces_lock(c->pg, c->p, e))
        return false;
    if (c->loaded && read_cursor(c, &now, e) && now.epoch == c->cursor.epoch &&
        now.page == c->cursor.page)
        return pg_schema(c->pg, c->p->schema, e);
    return copy_load(c, e);
}

uint64_t copy_stored(const struct copy *c)
{
    return c->stored;
}

/* As far as they can be taken, up to n; *taken counts, *stored those that are new. Not
 * committed. */
static enum copy_result take_some(struct copy *c, const struct span *files, size_t n,
                                  size_t *taken, size_t *stored,
                                  struct feed_cursor *about, struct err *e)
{
    enum copy_result got;

    *stored = 0;
    for (*taken = 0; *taken < n; ++*taken) {
        got = take_one(c, files[*taken], about, e);
        *stored += got == COPY_STORED;
        if (got != COPY_STORED && got != COPY_AGAIN)
            return got;
    }
    return *stored > 0 ? COPY_STORED : COPY_AGAIN;
}

enum copy_result copy_take(struct copy *c, const struct span *files, size_t n,
                           size_t *taken, struct feed_cursor *about, struct err *e)
{
    enum copy_result got = COPY_AWAY;
    size_t stored;

    *taken = 0;
    *about = (struct feed_cursor){0};
    while (n > 0) {
        if (!begin(c, e))
            goto away;
        got = take_some(c, files, n, taken, &stored, about, e);
        if (got == COPY_STORED || got == COPY_AGAIN) {
            crash_point("copy.before_commit");
            if (!pg_commit(c->pg, e))
                goto away;
            crash_point("copy.after_commit");
            c->stored += stored;
            return got;
        }
        pg_rollback(c->pg);
        copy_forget(c);
        if (got == COPY_AWAY)
            goto away;
        if (*taken == 0)
            return got;
        n = *taken; /* those in front of it alone; the next call says what is wrong */
    }
away:
    pg_rollback(c->pg);
    copy_forget(c);
    *taken = 0;
    return COPY_AWAY;
}

/* ---- another branch ---- */

static bool next_common(struct copy *c, const struct feed_cursor *at,
                        struct pg_rows *rows, struct err *e)
{
    static const char SQL[] =
        "select o.file from nation.branch b join nation.page o on o.code = b.code"
        "  and o.branch = b.branch - 1 and (o.epoch, o.page) <= (b.epoch, b.page)"
        " where b.code = $1 and b.branch = $2 and (o.epoch, o.page) > ($3, $4)"
        " order by o.epoch, o.page limit 1";
    const struct pg_arg args[] = {pg_text(c->p->code), pg_int(c->p->branch),
                                  pg_int((int64_t)at->epoch), pg_int((int64_t)at->page)};

    return pg_query(c->pg, SQL, args, COUNT(args), rows, e);
}

bool copy_replay(struct copy *c, struct err *e)
{
    bool more = true;

    while (more) {
        struct feed_cursor at, about;
        struct pg_rows rows = {0};
        bool ok = copy_cursor(c, &at, e) && next_common(c, &at, &rows, e);

        more = ok && rows.n > 0;
        if (more) {
            struct span file = pg_get_bytes(&rows, 0, 0);
            size_t taken;

            ok = copy_take(c, &file, 1, &taken, &about, e) == COPY_STORED;
        }
        pg_rows_clear(&rows);
        if (!ok)
            return err_in(e, "province %s: pages of the branch before", c->p->code);
    }
    return true;
}

/* ---- why it stands ---- */

static const char HALT[] =
    "insert into nation.halt (code, number, branch, epoch, page, reason, detail,"
    " fork_epoch, common_epoch, common_page, lost_pages, lost_receipts)"
    " select $1, coalesce((select max(number) from nation.halt where code = $1), 0) + 1,"
    "  $2, $3, $4, $5, $6, $7, $8, $9, coalesce(l.pages, 0), coalesce(l.receipts, 0)"
    " from (select count(*) as pages, sum(receipts) as receipts from nation.page"
    "  where code = $1 and branch = $2 and $7::bigint is not null"
    "  and (epoch, page) > ($8, $9)) l"
    " where not exists (select from (select * from nation.halt where code = $1"
    "   order by number desc limit 1) h where (h.branch, h.epoch, h.page) = ($2, $3, $4)"
    "  and h.reason = $5 and (h.detail = $6 or h.reason = '')"
    "  and h.fork_epoch is not distinct from $7)"
    " and ($5 <> '' or exists (select from nation.stopped s where s.code = $1"
    "  and s.reason <> ''))";

static bool note_halt(struct copy *c, const char *reason, const char *detail,
                      const uint64_t *fork_epoch, const struct feed_cursor *common,
                      struct err *e)
{
    struct feed_cursor at;

    if (!copy_cursor(c, &at, e))
        return false;
    return pg_query(c->pg, HALT,
                    (const struct pg_arg[]){
                        pg_text(c->p->code), pg_int(c->p->branch),
                        pg_int((int64_t)at.epoch), pg_int((int64_t)at.page),
                        pg_text(reason), pg_text(detail),
                        fork_epoch != NULL ? pg_int((int64_t)*fork_epoch) : pg_null(),
                        common != NULL ? pg_int((int64_t)common->epoch) : pg_null(),
                        common != NULL ? pg_int((int64_t)common->page) : pg_null()},
                    9, NULL, e) ||
           err_in(e, "province %s: noting why it stands", c->p->code);
}

bool copy_halt(struct copy *c, enum copy_result why, const char *detail, struct err *e)
{
    return note_halt(c, why == COPY_UNKNOWN ? "unknown" : "refused", detail, NULL, NULL,
                     e);
}

bool copy_halt_fork(struct copy *c, uint64_t fork_epoch, const struct feed_cursor *common,
                    struct err *e)
{
    char detail[160];

    snprintf(detail, sizeof detail,
             "epoch %" PRIu64 " continues page %" PRIu64 ".%" PRIu64, fork_epoch,
             common->epoch, common->page);
    return note_halt(c, "fork", detail, &fork_epoch, common, e);
}

bool copy_solved(struct copy *c, struct err *e)
{
    return note_halt(c, "", "", NULL, NULL, e);
}
