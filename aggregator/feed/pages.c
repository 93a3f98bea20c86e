#include "aggregator/feed/pages.h"

#include "aggregator/feed/build.h"

#include <inttypes.h>

static bool load(struct pg *pg, const struct feed_cursor *page,
                 const struct pg_rows *rows, struct bytes *out, struct err *e)
{
    struct span header = pg_get_bytes(rows, 0, 0), sig = pg_get_bytes(rows, 0, 1);
    const struct feed_range range = {(uint64_t)pg_get_int(rows, 0, 3),
                                     (uint64_t)pg_get_int(rows, 0, 4),
                                     (uint64_t)pg_get_int(rows, 0, 5)};
    struct signature signature;
    struct feed_page back;
    uint32_t records = 0;

    if (sig.n != SIG_LEN)
        return err_set(e, ERR_SETUP, "bad signature");
    memcpy(signature.b, sig.p, SIG_LEN);
    feed_page_pack(header, &signature, (struct span){0}, out);
    return feed_build(pg, (uint32_t)pg_get_int(rows, 0, 2), page->chain, &range, out,
                      &records, e) &&
           (feed_page_read(span_of(out), &back, e) ||
            err_set(e, ERR_SETUP, "the log does not give what was sealed: %s", e->text));
}

bool page_load(struct pg *pg, const struct feed_cursor *page, struct bytes *out,
               bool *found, struct err *e)
{
    static const char SQL[] =
        "select p.header, s.signature, p.version, p.commit_epoch, p.first_number,"
        " p.last_number from feed_page p join feed_signature s using (chain, epoch, page)"
        " where p.chain = $1 and p.epoch = $2 and p.page = $3";
    const struct pg_arg args[] = {pg_text(feed_chain_word(page->chain)),
                                  pg_int((int64_t)page->epoch),
                                  pg_int((int64_t)page->page)};
    struct pg_rows rows = {0};
    bool ok;

    out->n = 0;
    *found = false;
    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return false;
    *found = rows.n == 1;
    ok = !*found || load(pg, page, &rows, out, e);
    pg_rows_clear(&rows);
    return ok || err_in(e, "page %s %" PRIu64 ".%" PRIu64, feed_chain_word(page->chain),
                        page->epoch, page->page);
}

static bool one(struct pg *pg, const char *sql, const struct feed_cursor *at,
                struct feed_cursor *out, struct err *e)
{
    const struct pg_arg args[] = {pg_text(feed_chain_word(at->chain)),
                                  pg_int((int64_t)at->epoch), pg_int((int64_t)at->page)};
    struct pg_rows rows = {0};

    *out = (struct feed_cursor){.chain = at->chain};
    if (!pg_query(pg, sql, args, COUNT(args), &rows, e))
        return err_in(e, "pages");
    if (rows.n == 1) {
        out->epoch = (uint64_t)pg_get_int(&rows, 0, 0);
        out->page = (uint64_t)pg_get_int(&rows, 0, 1);
        out->has_hash = pg_get_hash(&rows, 0, 2, &out->hash);
    }
    pg_rows_clear(&rows);
    return true;
}

#define SEALED                                                                           \
    "select p.epoch, p.page, p.hash from feed_page p"                                    \
    " join feed_signature s using (chain, epoch, page) where p.chain = $1 and "

bool page_behind(struct pg *pg, const struct feed_cursor *after, struct feed_cursor *out,
                 struct err *e)
{
    return one(pg, SEALED "(p.epoch, p.page) > ($2, $3) order by 1, 2 limit 1", after,
               out, e);
}

bool page_newest(struct pg *pg, enum feed_chain chain, struct feed_cursor *out,
                 struct err *e)
{
    const struct feed_cursor any = {.chain = chain};

    return one(pg, SEALED "(p.epoch, p.page) > ($2, $3) order by 1 desc, 2 desc limit 1",
               &any, out, e);
}

bool page_upto(struct pg *pg, const struct feed_cursor *page, struct feed_cursor *out,
               struct err *e)
{
    return one(pg, SEALED "(p.epoch, p.page) <= ($2, $3) order by 1 desc, 2 desc limit 1",
               page, out, e);
}
