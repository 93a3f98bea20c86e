#include "aggregator/feed/build.h"

#include "proto/merkle.h"

#include <inttypes.h>

enum {
    CHUNK = 1000,      /* records whose rows are read with one question */
    BATCHES_AHEAD = 32 /* batches read with one question */
};

struct builder {
    struct pg *pg;
    uint64_t epoch;
    struct bytes *body;
    size_t most; /* where body must end */
    uint32_t n;
};

static bool add(struct builder *b, const struct feed_record *r, struct err *e)
{
    feed_add(b->body, r);
    b->n++;
    return b->body->n <= b->most ||
           err_set(e, ERR_SETUP, "a page of more than %d bytes", FEED_BODY);
}

/* ---- what a control record names by its hash ---- */

static bool blob(struct builder *b, enum feed_blob_kind kind, const char *sql,
                 const struct pg_arg *args, size_t n, struct err *e)
{
    struct pg_rows rows = {0};
    struct hash hash;
    bool ok = true;

    if (!pg_query(b->pg, sql, args, n, &rows, e))
        return false;
    if (rows.n == 1) {
        struct span whole = pg_get_bytes(&rows, 0, 0);

        ok = pg_get_hash(&rows, 0, 1, &hash) && whole.n <= FEED_BLOB;
        if (ok)
            b->n += feed_add_blob(b->body, kind, &hash, whole);
        else
            err_set(e, ERR_SETUP, "a bundle or totals of %zu bytes", whole.n);
    }
    pg_rows_clear(&rows);
    return ok;
}

static bool blobs(struct builder *b, const char *kind, struct span body, int64_t seq,
                  struct err *e)
{
    static const char BUNDLE[] =
        "select c.bundle, c.hash from catalogue_bundle c,"
        " (select convert_from($1, 'UTF8')::jsonb as act) a where a.act->>'act' = 'load'"
        " and c.version = (a.act->>'version')::integer"
        " and c.hash = decode(a.act->>'hash', 'hex')";
    static const char TOTALS[] =
        "select totals, hash from publication where epoch = $1 and seq = $2";
    const struct pg_arg act[] = {pg_bytes(body)};
    const struct pg_arg position[] = {pg_int((int64_t)b->epoch), pg_int(seq)};

    if (strcmp(kind, "catalogue") == 0)
        return blob(b, FEED_BLOB_CATALOGUE, BUNDLE, act, COUNT(act), e);
    if (strcmp(kind, "publication") == 0)
        return blob(b, FEED_BLOB_TOTALS, TOTALS, position, COUNT(position), e);
    return true;
}

/* ---- commits ---- */

static bool signature_of(const struct pg_rows *rows, size_t row, size_t col, bool *has,
                         struct signature *out)
{
    struct span s = pg_get_bytes(rows, row, col);

    *has = s.n == SIG_LEN;
    if (*has)
        memcpy(out->b, s.p, SIG_LEN);
    return *has || s.n == 0;
}

static bool add_commit(struct builder *b, const struct pg_rows *commits, size_t i,
                       struct err *e)
{
    struct feed_record r = {.kind = FEED_RECORD_COMMIT};

    r.commit.statement = pg_get_bytes(commits, i, 4);
    if (!signature_of(commits, i, 5, &r.commit.has_signature, &r.commit.signature))
        return err_set(e, ERR_SETUP, "commit %" PRIu64 ".%" PRId64 ": bad signature",
                       b->epoch, pg_get_int(commits, i, 0));
    return add(b, &r, e);
}

/* ---- control records ---- */

static bool controls(struct builder *b, int64_t first, int64_t last, struct err *e)
{
    static const char SQL[] = "select seq, kind, body, actor from control"
                              " where epoch = $1 and seq between $2 and $3 order by seq";
    int64_t expected = first;
    bool ok = true;

    while (ok && expected <= last) {
        int64_t until = last - expected < CHUNK ? last : expected + CHUNK - 1;
        const struct pg_arg args[] = {pg_int((int64_t)b->epoch), pg_int(expected),
                                      pg_int(until)};
        struct pg_rows rows = {0};

        if (!pg_query(b->pg, SQL, args, COUNT(args), &rows, e))
            return false;
        for (size_t i = 0; ok && i < rows.n; i++) {
            struct feed_record r = {
                .kind = FEED_RECORD_CONTROL,
                .control = {.kind = pg_get_text(&rows, i, 1),
                            .body = pg_get_bytes(&rows, i, 2),
                            .actor = pg_get_text(&rows, i, 3)}
            };

            if (pg_get_int(&rows, i, 0) != expected)
                break;
            ok = blobs(b, r.control.kind, r.control.body, expected++, e) && add(b, &r, e);
        }
        if (ok && expected != until + 1)
            ok = err_set(e, ERR_SETUP, "control %" PRIu64 ".%" PRId64 " is missing",
                         b->epoch, expected);
        pg_rows_clear(&rows);
    }
    return ok;
}

/* ---- items ---- */

/* Batches that are at hand; the arena holds all of them. */
struct batches {
    struct arena arena;
    struct {
        struct hash hash;
        struct batch batch;
        struct hash *hashes;
    } list[BATCHES_AHEAD];
    size_t n;
};

static bool batch_read(struct batches *all, const struct hash *hash, struct span envelope,
                       struct err *e)
{
    struct message m;
    struct hash header, *hashes;

    if (!wire_read_message(envelope, &all->arena, &m, e))
        return false;
    if (m.kind != MSG_BATCH)
        return err_set(e, ERR_SETUP, "evidence that is no batch");
    header = hash_of(DOMAIN_BATCH, m.batch.header_bytes);
    if (!hash_eq(&header, hash))
        return err_set(e, ERR_SETUP, "evidence of another batch");
    hashes = arena_new(&all->arena, m.batch.n_items * sizeof *hashes);
    for (size_t i = 0; i < m.batch.n_items; i++)
        hashes[i] = item_hash(m.batch.items[i].kind, m.batch.items[i].body);
    all->list[all->n].hash = *hash;
    all->list[all->n].batch = m.batch;
    all->list[all->n++].hashes = hashes;
    return true;
}

static size_t batch_at(const struct batches *all, const struct hash *hash)
{
    for (size_t i = 0; i < all->n; i++)
        if (hash_eq(&all->list[i].hash, hash))
            return i;
    return all->n;
}

/* Reads the batches of the rows from `from` on, as many as fit; those at hand go. */
static bool batches_read(struct builder *b, struct batches *all,
                         const struct pg_rows *items, size_t from, struct err *e)
{
    static const char SQL[] = "select hash, envelope from evidence where hash = any($1)";
    struct hash asked[BATCHES_AHEAD], one;
    struct pg_rows rows = {0};
    struct pg_arg arg;
    size_t n = 0;
    bool ok = true;

    for (size_t i = from; i < items->n && n < COUNT(asked); i++) {
        size_t k = 0;

        if (!pg_get_hash(items, i, 4, &one))
            return err_set(e, ERR_SETUP, "an item without its batch");
        while (k < n && !hash_eq(&asked[k], &one))
            k++;
        if (k == n)
            asked[n++] = one;
    }
    arena_reset(&all->arena);
    all->n = 0;
    arg = pg_hashes(asked, n);
    if (!pg_query(b->pg, SQL, &arg, 1, &rows, e))
        return false;
    if (rows.n != n)
        ok = err_set(e, ERR_SETUP, "%zu batches of %zu are missing", n - rows.n, n);
    for (size_t i = 0; ok && i < rows.n; i++)
        ok = pg_get_hash(&rows, i, 0, &one) &&
             batch_read(all, &one, pg_get_bytes(&rows, i, 1), e);
    pg_rows_clear(&rows);
    return ok;
}

/* Batches that this commit has shown already. */
struct shown {
    struct hash *list;
    size_t n, cap;
};

static bool shown_before(struct shown *s, const struct hash *h)
{
    for (size_t i = s->n; i > 0; i--)
        if (hash_eq(&s->list[i - 1], h))
            return true;
    if (s->n == s->cap) {
        s->cap = s->cap != 0 ? 2 * s->cap : 64;
        s->list = mem_grow(s->list, s->cap, sizeof *s->list);
    }
    s->list[s->n++] = *h;
    return false;
}

static bool add_item(struct builder *b, struct batches *all, struct shown *shown,
                     const struct pg_rows *rows, size_t row, struct err *e)
{
    struct feed_record r = {.kind = FEED_RECORD_ITEM};
    struct feed_item *it = &r.item;
    struct hash item;
    size_t k, i = 0;

    if (!pg_get_hash(rows, row, 1, &item) || !pg_get_hash(rows, row, 4, &it->batch))
        return err_set(e, ERR_SETUP, "bad hashes");
    k = batch_at(all, &it->batch);
    if (k == all->n) {
        if (!batches_read(b, all, rows, row, e))
            return false;
        k = batch_at(all, &it->batch);
    }
    if (!shown_before(shown, &it->batch)) {
        const struct batch *batch = &all->list[k].batch;
        const struct feed_record header = {
            .kind = FEED_RECORD_BATCH,
            .batch = {.header = batch->header_bytes,
                      .signature = batch->signature,
                      .signer = batch->signer,
                      .hashes = all->list[k].hashes,
                      .n = batch->n_items}
        };

        if (!add(b, &header, e))
            return false;
    }
    while (i < all->list[k].batch.n_items && !hash_eq(&all->list[k].hashes[i], &item))
        i++;
    if (i == all->list[k].batch.n_items)
        return err_set(e, ERR_SETUP, "an item that is not in its batch");
    it->index = (uint32_t)i;
    it->leaf = pg_get_bytes(rows, row, 2);
    it->findings = pg_get_bytes(rows, row, 3);
    it->has_body = pg_get_bool(rows, row, 7);
    if (it->has_body)
        it->body = all->list[k].batch.items[i].body;
    it->has_replaces = pg_get_hash(rows, row, 5, &it->replaces);
    it->has_target = pg_get_hash(rows, row, 6, &it->target);
    return add(b, &r, e);
}

/* Items of a commit, at most CHUNK of them. */
static bool some_items(struct builder *b, struct batches *all, struct shown *shown,
                       int64_t first, int64_t last, struct err *e)
{
    static const char SQL[] =
        "select q.seq, q.hash, r.leaf, r.findings, q.evidence, s.old, q.target,"
        " q.verdict <> 'refused' from ("
        " select seq, hash, evidence, null::bytea as target, verdict from report"
        "  where epoch = $1 and seq between $2 and $3"
        " union all select seq, hash, evidence, null, verdict from submission"
        "  where epoch = $1 and seq between $2 and $3"
        " union all select seq, hash, evidence, target, verdict from answer"
        "  where epoch = $1 and seq between $2 and $3) q"
        " join receipt r on r.item_hash = q.hash and r.epoch = $1 and r.seq = q.seq"
        " left join supersession s on s.by = q.hash and s.epoch = $1 and s.seq = q.seq"
        " order by q.seq";
    const struct pg_arg args[] = {pg_int((int64_t)b->epoch), pg_int(first), pg_int(last)};
    struct pg_rows rows = {0};
    bool ok = true;

    if (!pg_query(b->pg, SQL, args, COUNT(args), &rows, e))
        return false;
    if (rows.n != (size_t)(last - first + 1))
        ok = err_set(e, ERR_SETUP,
                     "%zu items at %" PRIu64 ".%" PRId64 " to %" PRId64 ", not %" PRId64,
                     rows.n, b->epoch, first, last, last - first + 1);
    for (size_t i = 0; ok && i < rows.n; i++)
        ok = pg_get_int(&rows, i, 0) == first + (int64_t)i
                 ? add_item(b, all, shown, &rows, i, e)
                 : err_set(e, ERR_SETUP, "two items at one position");
    pg_rows_clear(&rows);
    return ok;
}

static bool items(struct builder *b, struct batches *all, int64_t first, int64_t last,
                  struct err *e)
{
    struct shown shown = {0};
    bool ok = true;

    for (int64_t at = first; ok && at <= last; at += CHUNK)
        ok = some_items(b, all, &shown, at, last - at < CHUNK ? last : at + CHUNK - 1, e);
    free(shown.list);
    return ok;
}

/* ---- the chains ---- */

static bool build_full(struct builder *b, const struct feed_range *range, struct err *e)
{
    static const char SQL[] =
        "select c.number, c.first_seq, c.last_seq, c.control, c.statement, s.signature"
        " from commit c left join commit_signature s using (epoch, number)"
        " where c.epoch = $1 and c.number between $2 and $3 order by c.number limit $4";
    struct batches all = {0};
    uint64_t next = range->first;
    bool ok = true;

    while (ok && next <= range->last) {
        const struct pg_arg args[] = {pg_int((int64_t)range->epoch),
                                      pg_int((int64_t)next), pg_int((int64_t)range->last),
                                      pg_int(CHUNK)};
        struct pg_rows rows = {0};

        ok = pg_query(b->pg, SQL, args, COUNT(args), &rows, e);
        if (ok && rows.n == 0)
            ok = err_set(e, ERR_SETUP, "commit %" PRIu64 ".%" PRIu64 " is missing",
                         range->epoch, next);
        for (size_t i = 0; ok && i < rows.n; i++) {
            int64_t first = pg_get_int(&rows, i, 1), last = pg_get_int(&rows, i, 2);

            ok = (uint64_t)pg_get_int(&rows, i, 0) == next++
                     ? add_commit(b, &rows, i, e) &&
                           (pg_get_bool(&rows, i, 3) ? controls(b, first, last, e)
                                                     : items(b, &all, first, last, e))
                     : err_set(e, ERR_SETUP, "commits are missing");
            if (!ok)
                err_in(e, "commit %" PRIu64 ".%" PRIu64, range->epoch, next - 1);
        }
        pg_rows_clear(&rows);
    }
    arena_clear(&all.arena);
    return ok;
}

/* The proof that this record is a leaf of its commit. */
static bool prove(const struct pg_rows *rows, size_t i, struct feed_act *act,
                  struct arena *a, struct err *e)
{
    struct span leaves = pg_get_bytes(rows, i, 6);
    size_t n = leaves.n / HASH_LEN;
    int64_t index = pg_get_int(rows, i, 0) - pg_get_int(rows, i, 4);
    struct hash *path = arena_new(a, MERKLE_PATH_MAX * sizeof *path);
    struct merkle tree;

    if (n == 0 || leaves.n % HASH_LEN != 0 || index < 0 || (uint64_t)index >= n)
        return err_set(e, ERR_SETUP, "a commit with bad leaves");
    merkle_build(&tree, (const struct hash *)(const void *)leaves.p, n, a);
    act->index = (uint32_t)index;
    act->leaves = (uint32_t)n;
    act->path = path;
    act->n_path = merkle_path(&tree, (size_t)index, path);
    return true;
}

static bool build_publications(struct builder *b, const struct feed_range *range,
                               struct err *e)
{
    static const char SQL[] =
        "select k.seq, k.kind, k.body, k.actor, c.first_seq, c.statement, c.leaves,"
        " s.signature, c.number from commit c"
        " join control k on k.epoch = c.epoch and k.seq between c.first_seq and "
        "c.last_seq"
        " left join commit_signature s on s.epoch = c.epoch and s.number = c.number"
        " where c.epoch = $1 and c.number between $2 and $3 and c.control"
        " and k.seq > $4 and k.kind = any (string_to_array($6, ','))"
        " order by k.seq limit $5";
    struct arena a = {0};
    int64_t after = 0;
    bool ok = true, more = true;

    while (ok && more) {
        const struct pg_arg args[] = {pg_int((int64_t)range->epoch),
                                      pg_int((int64_t)range->first),
                                      pg_int((int64_t)range->last),
                                      pg_int(after),
                                      pg_int(CHUNK),
                                      pg_text(FEED_PUBLIC_KINDS)};
        struct pg_rows rows = {0};

        ok = pg_query(b->pg, SQL, args, COUNT(args), &rows, e);
        more = ok && rows.n == CHUNK;
        for (size_t i = 0; ok && i < rows.n; i++) {
            struct feed_record r = {.kind = FEED_RECORD_ACT};
            struct feed_act *act = &r.act;

            after = pg_get_int(&rows, i, 0);
            act->kind = pg_get_text(&rows, i, 1);
            act->body = pg_get_bytes(&rows, i, 2);
            if (!feed_is_public(act->kind, act->body))
                continue;
            act->actor = pg_get_text(&rows, i, 3);
            act->seq = (uint64_t)after;
            act->statement = pg_get_bytes(&rows, i, 5);
            arena_reset(&a);
            ok = (signature_of(&rows, i, 7, &act->has_signature, &act->signature) ||
                  err_set(e, ERR_SETUP, "bad signature")) &&
                 prove(&rows, i, act, &a, e) &&
                 blobs(b, act->kind, act->body, after, e) && add(b, &r, e);
            if (!ok)
                err_in(e, "control %" PRIu64 ".%" PRId64, range->epoch, after);
        }
        pg_rows_clear(&rows);
    }
    arena_clear(&a);
    return ok;
}

bool feed_build(struct pg *pg, uint32_t version, enum feed_chain chain,
                const struct feed_range *range, struct bytes *body, uint32_t *records,
                struct err *e)
{
    struct builder b = {
        .pg = pg, .epoch = range->epoch, .body = body, .most = body->n + FEED_BODY};
    bool ok;

    if (version != FEED_VERSION)
        return err_set(e, ERR_SETUP, "pages of version %u are of a newer release",
                       version);
    ok = chain == FEED_FULL ? build_full(&b, range, e) : build_publications(&b, range, e);
    *records += b.n;
    return ok || err_in(e, "building a page");
}
