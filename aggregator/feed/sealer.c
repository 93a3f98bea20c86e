#include "aggregator/feed/sealer.h"

#include "aggregator/feed/build.h"
#include "aggregator/store/oplog.h"
#include "proto/base/clock.h"
#include "proto/base/crash.h"
#include "proto/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <unistd.h>

enum { COMMITS_A_TURN = 200 };

bool feed_lock(const char *path, int *fd, struct err *e)
{
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*fd < 0)
        return err_set(e, ERR_SETUP, "%s: %s", path, strerror(errno));
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    close(*fd);
    *fd = -1;
    return err_set(e, ERR_RETRY, "another process seals the feed (%s)", path);
}

/* ---- opening ---- */

bool sealer_open(struct sealer *s, struct pg *pg, struct signer *signer, struct err *e)
{
    struct pubkey held;

    *s = (struct sealer){.pg = pg, .signer = signer};
    s->chains[0].chain = FEED_FULL;
    s->chains[1].chain = FEED_PUBLICATIONS;
    if (!oplog_identity(pg, &s->province, &s->key, e) || !signer_key(signer, &held, e))
        return false;
    return memcmp(held.b, s->key.b, KEY_LEN) == 0 ||
           err_set(e, ERR_SETUP,
                   "keys/receipt.sign is not the receipt key of this database");
}

void sealer_close(struct sealer *s)
{
    for (size_t i = 0; i < COUNT(s->chains); i++)
        bytes_clear(&s->chains[i].body);
    *s = (struct sealer){0};
}

static void forget(struct sealer_chain *c)
{
    c->known = false;
    c->open = (struct feed_header){0};
    c->body.n = 0;
}

/* ---- signing ---- */

static bool sign_row(struct sealer *s, enum feed_chain chain, int64_t epoch, int64_t page,
                     struct span header, struct err *e)
{
    static const char SQL[] = "insert into feed_signature (chain, epoch, page, signature)"
                              " values ($1, $2, $3, $4)";
    struct signature sig;

    if (!signer_sign_page(s->signer, header, &sig, e))
        return err_in(e, "page %s %" PRId64 ".%" PRId64, feed_chain_word(chain), epoch,
                      page);
    crash_point("feed.signed");
    return pg_query(s->pg, SQL,
                    (const struct pg_arg[]){pg_text(feed_chain_word(chain)),
                                            pg_int(epoch), pg_int(page),
                                            pg_bytes((struct span){sig.b, SIG_LEN})},
                    4, NULL, e);
}

/*
 * A page whose signature was not written any more. One of an epoch that has ended and
 * that the signer refuses was never a page: other bytes bear its number.
 */
static bool sign_left(struct sealer *s, enum feed_chain chain, struct err *e)
{
    static const char SQL[] =
        "select p.epoch, p.page, p.header,"
        " p.epoch = (select max(epoch) from commit) from feed_page p where p.chain = $1"
        " and not exists (select from feed_signature s"
        "  where s.chain = p.chain and s.epoch = p.epoch and s.page = p.page)"
        " order by p.epoch, p.page";
    const struct pg_arg arg = pg_text(feed_chain_word(chain));
    struct pg_rows rows = {0};
    bool ok = pg_query(s->pg, SQL, &arg, 1, &rows, e);

    for (size_t i = 0; ok && i < rows.n; i++) {
        ok = sign_row(s, chain, pg_get_int(&rows, i, 0), pg_get_int(&rows, i, 1),
                      pg_get_bytes(&rows, i, 2), e);
        if (!ok && e->kind == ERR_SETUP && !pg_get_bool(&rows, i, 3)) {
            log_event(LOG_WARN, "page_void chain=%s page=%" PRId64 ".%" PRId64,
                      feed_chain_word(chain), pg_get_int(&rows, i, 0),
                      pg_get_int(&rows, i, 1));
            ok = true;
        }
    }
    pg_rows_clear(&rows);
    return ok;
}

/* ---- where a chain stands ---- */

static bool look(struct sealer *s, struct sealer_chain *c, struct err *e)
{
    static const char SQL[] =
        "select p.epoch, p.page, p.hash, p.commit_epoch, p.last_number from feed_page p"
        " join feed_signature s using (chain, epoch, page) where p.chain = $1"
        " order by p.epoch desc, p.page desc limit 1";
    const struct pg_arg arg = pg_text(feed_chain_word(c->chain));
    struct pg_rows rows = {0};

    forget(c);
    c->last = (struct feed_cursor){.chain = c->chain};
    c->epoch = c->number = 0;
    if (!sign_left(s, c->chain, e) || !pg_query(s->pg, SQL, &arg, 1, &rows, e))
        return false;
    c->known = true;
    if (rows.n == 1) {
        c->last.epoch = (uint64_t)pg_get_int(&rows, 0, 0);
        c->last.page = (uint64_t)pg_get_int(&rows, 0, 1);
        c->last.has_hash = pg_get_hash(&rows, 0, 2, &c->last.hash);
        c->epoch = (uint64_t)pg_get_int(&rows, 0, 3);
        c->number = (uint64_t)pg_get_int(&rows, 0, 4);
    }
    pg_rows_clear(&rows);
    return true;
}

/* ---- gathering ---- */

static bool full(const struct sealer_chain *c)
{
    return c->open.records >= FEED_PAGE_RECORDS || c->body.n >= FEED_PAGE_BYTES;
}

/* One commit more; *ends: it is of another epoch, so the page must be closed before. */
static bool gather(struct sealer *s, struct sealer_chain *c, const struct pg_rows *rows,
                   size_t i, struct err *e)
{
    const struct feed_range one = {.epoch = (uint64_t)pg_get_int(rows, i, 0),
                                   .first = (uint64_t)pg_get_int(rows, i, 1),
                                   .last = (uint64_t)pg_get_int(rows, i, 1)};
    struct feed_header *h = &c->open;
    bool empty = h->records == 0;

    if (h->commit_epoch == 0) {
        h->commit_epoch = one.epoch;
        h->first_number = one.first;
        h->first_seq = (uint64_t)pg_get_int(rows, i, 2);
    }
    h->last_number = one.last;
    h->last_seq = (uint64_t)pg_get_int(rows, i, 3);
    /* what is not in a commit of reports need not be looked for */
    if ((c->chain == FEED_FULL || pg_get_bool(rows, i, 5)) &&
        !feed_build(s->pg, FEED_VERSION, c->chain, &one, &c->body, &h->records, e))
        return false;
    if (empty && h->records > 0)
        c->oldest = pg_get_int(rows, i, 4);
    c->epoch = one.epoch;
    c->number = one.last;
    return true;
}

/*
 * Commits behind the newest that is gathered, in order, as far as they may be sealed; no
 * more than the page takes, none of another epoch in one page. *closed: the page is.
 */
static bool gather_new(struct sealer *s, struct sealer_chain *c, bool *closed,
                       struct err *e)
{
    static const char SQL[] =
        "select c.epoch, c.number, c.first_seq, c.last_seq,"
        " (extract(epoch from c.at) * 1000)::bigint, c.control,"
        " s.number is not null or exists (select from commit_signature x"
        "  where x.epoch > c.epoch) from commit c"
        " left join commit_signature s using (epoch, number)"
        " where (c.epoch, c.number) > ($1, $2) order by c.epoch, c.number limit $3";
    bool ok = true, more = true;

    *closed = full(c);
    while (ok && more && !*closed) {
        const struct pg_arg args[] = {pg_int((int64_t)c->epoch),
                                      pg_int((int64_t)c->number), pg_int(COMMITS_A_TURN)};
        struct pg_rows rows = {0};

        ok = pg_query(s->pg, SQL, args, COUNT(args), &rows, e);
        more = ok && rows.n == COMMITS_A_TURN;
        for (size_t i = 0; ok && i < rows.n && !*closed; i++) {
            uint64_t epoch = (uint64_t)pg_get_int(&rows, i, 0);

            if (!pg_get_bool(&rows, i, 6)) {
                more = false; /* not signed yet */
                break;
            }
            if (c->open.commit_epoch != 0 && epoch != c->open.commit_epoch) {
                *closed = c->open.records > 0;
                if (*closed)
                    break;
                forget(c); /* nothing public in the rest of that epoch */
                c->known = true;
            }
            ok = gather(s, c, &rows, i, e);
            *closed = full(c);
        }
        pg_rows_clear(&rows);
    }
    return ok;
}

/* ---- sealing ---- */

static bool newest_epoch(struct sealer *s, uint64_t *epoch, struct err *e)
{
    struct pg_rows rows = {0};

    if (!pg_query(s->pg, "select max(epoch) from commit", NULL, 0, &rows, e))
        return false;
    *epoch = (uint64_t)pg_get_int(&rows, 0, 0);
    pg_rows_clear(&rows);
    return true;
}

static bool insert_page(struct sealer *s, const struct feed_header *h, struct span header,
                        const struct hash *hash, struct err *e)
{
    static const char SQL[] =
        "insert into feed_page (chain, epoch, page, version, commit_epoch, first_number,"
        " last_number, header, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    return pg_query(s->pg, SQL,
                    (const struct pg_arg[]){
                        pg_text(feed_chain_word(h->chain)), pg_int((int64_t)h->epoch),
                        pg_int((int64_t)h->page), pg_int(h->version),
                        pg_int((int64_t)h->commit_epoch),
                        pg_int((int64_t)h->first_number), pg_int((int64_t)h->last_number),
                        pg_bytes(header), pg_hash(hash)},
                    9, NULL, e);
}

static bool seal(struct sealer *s, struct sealer_chain *c, struct err *e)
{
    struct feed_header *h = &c->open;
    struct bytes header = {0};
    struct hash hash;
    bool ok = false;

    if (!newest_epoch(s, &h->epoch, e))
        return false;
    h->version = FEED_VERSION;
    h->province = s->province;
    h->chain = c->chain;
    h->page = c->last.page != 0 && c->last.epoch == h->epoch ? c->last.page + 1 : 1;
    h->has_previous = c->last.page != 0;
    h->previous = c->last.hash;
    h->previous_epoch = c->last.epoch;
    h->previous_page = c->last.page;
    h->bytes = (uint32_t)c->body.n;
    h->body = feed_body_hash(span_of(&c->body));
    h->sealed_at = clock_wall();
    h->key = s->key;
    wire_pack_feed_header(h, &header);
    hash = feed_header_hash(span_of(&header));
    ok = insert_page(s, h, span_of(&header), &hash, e);
    crash_point("feed.row_written");
    ok = ok &&
         sign_row(s, c->chain, (int64_t)h->epoch, (int64_t)h->page, span_of(&header), e);
    if (ok) {
        log_event(LOG_INFO,
                  "page_sealed chain=%s page=%" PRIu64 ".%" PRIu64 " commits=%" PRIu64
                  ".%" PRIu64 "-%" PRIu64 " records=%u bytes=%u",
                  feed_chain_word(c->chain), h->epoch, h->page, h->commit_epoch,
                  h->first_number, h->last_number, h->records, h->bytes);
        c->last = (struct feed_cursor){c->chain, h->epoch, h->page, true, hash};
        *h = (struct feed_header){0};
        c->body.n = 0;
    }
    bytes_clear(&header);
    return ok;
}

static bool step(struct sealer *s, struct sealer_chain *c, bool now, size_t *sealed,
                 struct err *e)
{
    bool closed;

    if ((!c->known && !look(s, c, e)) || !gather_new(s, c, &closed, e))
        return false;
    if (!closed &&
        (c->open.records == 0 || (!now && clock_wall() - c->oldest < FEED_PAGE_MS)))
        return true;
    if (!seal(s, c, e))
        return false;
    (*sealed)++;
    return true;
}

bool sealer_step(struct sealer *s, bool now, size_t *sealed, struct err *e)
{
    *sealed = 0;
    for (size_t i = 0; i < COUNT(s->chains); i++)
        if (!step(s, &s->chains[i], now, sealed, e)) {
            forget(&s->chains[i]);
            return err_in(e, "sealing the feed");
        }
    return true;
}
