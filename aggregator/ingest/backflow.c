#include "aggregator/ingest/backflow.h"

#include "aggregator/store/oplog.h"
#include "aggregator/store/page_pg.h"
#include "proto/base/log.h"
#include "proto/endorse.h"
#include "proto/merkle.h"

enum { BUILD_MS = 300 /* of one tick, then other peers' messages are looked at */ };

struct peer {
    char *id, *carrier;
    struct unit_key unit; /* code is owned */
    struct have have;
    bool notices_due;
    int64_t notices_at, catalogue_at, page_at; /* not before */
};

struct page {
    struct unit_key unit; /* code is owned */
    bool built;
    bool dirty, stale; /* the register, or values alone, moved on since */
    int64_t built_at;
    struct hash hash;
    uint32_t total;
    struct bytes bytes; /* while somebody lacks it */
};

struct version { /* of the catalogue, signed by officers */
    uint32_t version, total;
    struct hash hash;
    int32_t from;
    struct endorsement list[WIRE_ENDORSEMENTS];
    size_t n;
    struct bytes bytes; /* while somebody asks for it */
    int64_t asked_at;
};

struct backflow {
    backflow_send_fn *send;
    void *ctx;
    struct peer *peers;
    size_t n_peers;
    struct page *pages;
    size_t n_pages;
    struct version *versions; /* activated ones, oldest first */
    size_t n_versions;
    bool looked;
    struct log_pos control; /* as of the last look */
    uint64_t last_seq;
};

void backflow_open(struct backflow **out, backflow_send_fn *send, void *ctx)
{
    *out = mem_new(sizeof **out);
    (*out)->send = send;
    (*out)->ctx = ctx;
}

static void clear_peer(struct peer *p)
{
    free(p->id);
    free(p->carrier);
    free((char *)p->unit.code);
}

static void clear_versions(struct backflow *f)
{
    for (size_t i = 0; i < f->n_versions; i++)
        bytes_clear(&f->versions[i].bytes);
    free(f->versions);
    f->versions = NULL;
    f->n_versions = 0;
}

void backflow_close(struct backflow **fp)
{
    struct backflow *f = *fp;

    if (f == NULL)
        return;
    for (size_t i = 0; i < f->n_peers; i++)
        clear_peer(&f->peers[i]);
    for (size_t i = 0; i < f->n_pages; i++) {
        free((char *)f->pages[i].unit.code);
        bytes_clear(&f->pages[i].bytes);
    }
    clear_versions(f);
    free(f->peers);
    free(f->pages);
    free(f);
    *fp = NULL;
}

static bool same_unit(const struct unit_key *a, const struct unit_key *b)
{
    return a->valid_from == b->valid_from && strcmp(a->code, b->code) == 0;
}

/* -- peers ----------------------------------------------------------------------------
 */

static void drop_peer(struct backflow *f, size_t i)
{
    clear_peer(&f->peers[i]);
    f->n_peers--;
    memmove(&f->peers[i], &f->peers[i + 1], (f->n_peers - i) * sizeof *f->peers);
}

/* A carrier has one session: the newest one. */
static struct peer *peer_of(struct backflow *f, const char *carrier,
                            const struct unit_key *unit)
{
    struct peer *p;

    for (size_t i = 0; i < f->n_peers; i++)
        if (strcmp(f->peers[i].carrier, carrier) == 0 &&
            same_unit(&f->peers[i].unit, unit))
            return &f->peers[i];
    if (f->n_peers == BACKFLOW_PEERS)
        drop_peer(f, 0);
    f->peers = mem_grow(f->peers, f->n_peers + 1, sizeof *f->peers);
    p = &f->peers[f->n_peers++];
    *p = (struct peer){
        .carrier = mem_str(carrier), .unit = {mem_str(unit->code), unit->valid_from}
    };
    return p;
}

void backflow_says(struct backflow *f, const char *peer, const char *carrier,
                   const struct unit_key *unit, const struct have *have)
{
    struct peer *p = peer_of(f, carrier, unit);

    if (p->id == NULL || strcmp(p->id, peer) != 0) { /* a new link: offer all again */
        free(p->id);
        p->id = mem_str(peer);
        p->catalogue_at = p->page_at = p->notices_at = 0;
    }
    if (have->notice.epoch != p->have.notice.epoch ||
        have->notice.seq != p->have.notice.seq)
        p->notices_at = 0; /* it took some: go on */
    p->have = *have;
    p->have.unit = p->unit;
    p->notices_due = true;
}

/* Who was revoked since hears nothing more. */
static bool drop_revoked(struct backflow *f, struct pg *pg, struct err *e)
{
    static const char SQL[] =
        "select public from key_now where use = 'curve' and not revoked";
    struct pg_rows r = {0};

    if (!pg_query(pg, SQL, NULL, 0, &r, e))
        return false;
    for (size_t i = f->n_peers; i > 0; i--) {
        bool live = false;

        for (size_t k = 0; k < r.n && !live; k++)
            live = strcmp(pg_get_text(&r, k, 0), f->peers[i - 1].carrier) == 0;
        if (!live)
            drop_peer(f, i - 1);
    }
    pg_rows_clear(&r);
    return true;
}

/* -- the catalogue --------------------------------------------------------------------
 */

static bool add_endorsement(struct version *v, const struct pg_rows *r, size_t i)
{
    struct span key = pg_get_bytes(r, i, 4), signature = pg_get_bytes(r, i, 5);
    struct endorsement *one = &v->list[v->n];

    if (v->n == WIRE_ENDORSEMENTS || key.n != KEY_LEN || signature.n != SIG_LEN)
        return false;
    memcpy(one->key.b, key.p, KEY_LEN);
    memcpy(one->signature.b, signature.p, SIG_LEN);
    v->n++;
    return true;
}

/* One that an older release put into force may have no or one signature yet: collectors
 * would take it for a forgery. */
static void keep_signed(struct backflow *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_versions; i++)
        if (f->versions[i].n >= ENDORSEMENTS_NEEDED)
            f->versions[n++] = f->versions[i];
    f->n_versions = n;
}

static bool load_versions(struct backflow *f, struct pg *pg, struct err *e)
{
    static const char SQL[] =
        "select b.version, b.hash, b.valid_from, octet_length(b.bundle), c.key,"
        " c.signature from catalogue_bundle b join catalogue c using (version)"
        " where c.key is not null and c.signature is not null"
        " and exists (select from catalogue a where a.version = b.version"
        "  and a.act = 'activate') order by b.version, c.epoch, c.seq";
    struct pg_rows r = {0};

    if (!pg_query(pg, SQL, NULL, 0, &r, e))
        return false;
    clear_versions(f);
    f->versions = mem_array(r.n, sizeof *f->versions);
    for (size_t i = 0; i < r.n; i++) {
        uint32_t version = (uint32_t)pg_get_int(&r, i, 0);
        struct version *v = &f->versions[f->n_versions];

        if (f->n_versions > 0 && v[-1].version == version) {
            add_endorsement(&v[-1], &r, i);
            continue;
        }
        *v = (struct version){.version = version,
                              .from = pg_get_date(&r, i, 2),
                              .total = (uint32_t)pg_get_int(&r, i, 3)};
        if (pg_get_hash(&r, i, 1, &v->hash) && add_endorsement(v, &r, i))
            f->n_versions++;
    }
    pg_rows_clear(&r);
    keep_signed(f);
    return true;
}

static struct blob_ref version_ref(const struct version *v)
{
    return (struct blob_ref){
        BLOB_CATALOGUE, v->version, {"", DATE_NONE},
          v->hash, v->total
    };
}

static void offer_version(struct backflow *f, const struct peer *p,
                          const struct version *v)
{
    f->send(f->ctx, p->id,
            &(struct message){
                .kind = MSG_OFFER, .offer = {version_ref(v), v->from, v->list, v->n}
    });
}

/* Of those in force the newest, and every one whose day is to come. */
static void offer_catalogue(struct backflow *f, struct peer *p, int32_t today,
                            int64_t now)
{
    bool offered = false;

    if (now < p->catalogue_at)
        return;
    for (size_t i = 0; i < f->n_versions; i++) {
        const struct version *v = &f->versions[i];
        bool passed = i + 1 < f->n_versions && f->versions[i + 1].from <= today;
        bool lacks = v->version > p->have.catalogue ||
                     (v->version == p->have.catalogue &&
                      !hash_eq(&v->hash, &p->have.catalogue_hash));

        if (passed || !lacks)
            continue;
        offer_version(f, p, v);
        offered = true;
    }
    if (offered)
        p->catalogue_at = now + BACKFLOW_AGAIN_MS;
}

static bool load_bundle(struct version *v, struct pg *pg, struct err *e)
{
    const struct pg_arg arg = pg_int(v->version);
    struct pg_rows r = {0};

    if (v->bytes.n > 0)
        return true;
    if (!pg_query(pg, "select bundle from catalogue_bundle where version = $1", &arg, 1,
                  &r, e))
        return false;
    if (r.n == 1) {
        struct span s = pg_get_bytes(&r, 0, 0);

        bytes_add(&v->bytes, s.p, s.n);
    }
    pg_rows_clear(&r);
    return true;
}

static void forget_bundles(struct backflow *f, int64_t now)
{
    for (size_t i = 0; i < f->n_versions; i++)
        if (f->versions[i].bytes.n > 0 &&
            now - f->versions[i].asked_at > BACKFLOW_AGAIN_MS)
            bytes_clear(&f->versions[i].bytes);
}

/* -- register pages -------------------------------------------------------------------
 */

static struct page *page_of(struct backflow *f, const struct unit_key *unit)
{
    struct page *p;

    for (size_t i = 0; i < f->n_pages; i++)
        if (same_unit(&f->pages[i].unit, unit))
            return &f->pages[i];
    f->pages = mem_grow(f->pages, f->n_pages + 1, sizeof *f->pages);
    p = &f->pages[f->n_pages++];
    *p = (struct page){
        .unit = {mem_str(unit->code), unit->valid_from}
    };
    return p;
}

static bool build_page(struct page *p, struct pg *pg, int32_t today, int64_t now,
                       struct err *e)
{
    if (!page_build(pg, &p->unit, today, &p->bytes, e)) {
        if (e->kind != ERR_INPUT)
            return false;
        log_event(LOG_ALARM, "register_page unit=%s error=\"%s\"", p->unit.code, e->text);
        p->bytes.n = 0;
    }
    p->hash = hash_of(DOMAIN_FILE, span_of(&p->bytes));
    p->total = (uint32_t)p->bytes.n;
    p->built = true;
    p->dirty = p->stale = false;
    p->built_at = now;
    return true;
}

static struct blob_ref page_ref(const struct page *p)
{
    return (struct blob_ref){BLOB_REGISTER, 0, p->unit, p->hash, p->total};
}

static void offer_page(struct backflow *f, const struct peer *p, const struct page *page)
{
    if (page->total > 0)
        f->send(
            f->ctx, p->id,
            &(struct message){
                .kind = MSG_OFFER, .offer = {.blob = page_ref(page), .from = DATE_NONE}
        });
}

static bool lacks_page(const struct peer *p, const struct page *page)
{
    return page->total > 0 && (!p->have.has_page || !hash_eq(&p->have.page, &page->hash));
}

/* *left: milliseconds that may yet be spent on making pages. */
static bool serve_page(struct backflow *f, struct pg *pg, struct peer *p, int32_t today,
                       int64_t now, int64_t *left, struct err *e)
{
    struct page *page = page_of(f, &p->unit);
    bool due = !page->built || page->dirty ||
               (page->stale && now - page->built_at >= BACKFLOW_VALUES_MS);
    int64_t began = clock_ms();

    if (due && *left <= 0)
        return true;
    if (due) {
        if (!build_page(page, pg, today, now, e))
            return false;
        *left -= clock_ms() - began + 1;
        p->page_at = 0;
    }
    if (lacks_page(p, page) && now >= p->page_at) {
        offer_page(f, p, page);
        p->page_at = now + BACKFLOW_AGAIN_MS;
    }
    return true;
}

static bool lacked(const struct backflow *f, const struct page *page)
{
    bool lacks = false;

    for (size_t i = 0; i < f->n_peers && !lacks; i++)
        lacks =
            same_unit(&f->peers[i].unit, &page->unit) && lacks_page(&f->peers[i], page);
    return lacks;
}

/* The bytes of a page that everybody has need not be kept. */
static void forget_pages(struct backflow *f)
{
    for (size_t i = 0; i < f->n_pages; i++)
        if (!lacked(f, &f->pages[i]))
            bytes_clear(&f->pages[i].bytes);
}

/* -- notices --------------------------------------------------------------------------
 */

static void send_notice(struct backflow *f, const struct peer *p, const struct pg_rows *r,
                        size_t i)
{
    struct span leaves = pg_get_bytes(r, i, 4), signature = pg_get_bytes(r, i, 6);
    struct hash path[MERKLE_PATH_MAX];
    struct arena a = {0};
    struct merkle tree;
    struct hash *list = arena_new(&a, leaves.n);
    struct message m = {
        .kind = MSG_NOTICE,
        .notice = {
                   .act = pg_get_bytes(r, i, 2),
                   .index = (uint32_t)(pg_get_int(r, i, 1) - pg_get_int(r, i, 5)),
                   .leaves = (uint32_t)(leaves.n / HASH_LEN),
                   .path = path,
                   .statement = pg_get_bytes(r, i, 3),
                   .previous = {(uint64_t)pg_get_int(r, i, 7), (uint64_t)pg_get_int(r, i, 8)}}
    };

    memcpy(list, leaves.p, leaves.n);
    merkle_build(&tree, list, m.notice.leaves, &a);
    m.notice.n_path = merkle_path(&tree, m.notice.index, path);
    memcpy(m.notice.signature.b, signature.p, SIG_LEN);
    f->send(f->ctx, p->id, &m);
    arena_clear(&a);
}

/* In the order of the log; one whose commit is not signed yet waits for the next look. */
static bool serve_notices(struct backflow *f, struct pg *pg, struct peer *p, int64_t now,
                          struct err *e)
{
    static const char SQL[] =
        "select n.epoch, n.seq, k.body, m.statement, m.leaves, m.first_seq, s.signature,"
        " b.epoch, b.seq from notice n join control k using (epoch, seq)"
        " join lateral (select * from commit c where c.epoch = n.epoch"
        "  and c.first_seq <= n.seq order by c.first_seq desc limit 1) m on true"
        " left join commit_signature s on s.epoch = m.epoch and s.number = m.number"
        " left join lateral (select o.epoch, o.seq from notice o where o.unit = n.unit"
        "  and o.unit_from = n.unit_from and (o.epoch, o.seq) < (n.epoch, n.seq)"
        "  order by o.epoch desc, o.seq desc limit 1) b on true"
        " where n.unit = $1 and n.unit_from = $2 and (n.epoch, n.seq) > ($3, $4)"
        " order by n.epoch, n.seq limit $5";
    const struct pg_arg args[] = {pg_text(p->unit.code), pg_date(p->unit.valid_from),
                                  pg_int((int64_t)p->have.notice.epoch),
                                  pg_int((int64_t)p->have.notice.seq),
                                  pg_int(BACKFLOW_NOTICES)};
    struct pg_rows r = {0};
    size_t sent = 0;

    if (!p->notices_due || now < p->notices_at)
        return true;
    if (!pg_query(pg, SQL, args, COUNT(args), &r, e))
        return false;
    while (sent < r.n && pg_get_bytes(&r, sent, 6).n == SIG_LEN)
        send_notice(f, p, &r, sent++);
    p->notices_due = r.n > 0;
    if (sent > 0)
        p->notices_at = now + BACKFLOW_NOTICE_MS;
    pg_rows_clear(&r);
    return true;
}

/* -- asked and looked -----------------------------------------------------------------
 */

static void send_part(struct backflow *f, const char *peer, const struct blob_ref *ref,
                      uint32_t offset, const struct bytes *whole)
{
    size_t n = whole->n - offset;

    f->send(
        f->ctx, peer,
        &(struct message){
            .kind = MSG_PART,
            .part = {*ref, offset, {whole->p + offset, n < WIRE_PART ? n : WIRE_PART}}
    });
}

static bool page_part(struct backflow *f, struct pg *pg, const char *peer,
                      const struct unit_key *unit, const struct part_request *r,
                      int32_t today, int64_t now, struct err *e)
{
    struct page *page = page_of(f, unit);

    if (!same_unit(unit, &r->blob.unit))
        return true; /* not its own: nobody answers */
    /* everybody said they have it: who asks all the same makes no work */
    if ((!page->built ||
         (page->bytes.n == 0 &&
          (lacked(f, page) || now - page->built_at >= BACKFLOW_VALUES_MS))) &&
        !build_page(page, pg, today, now, e))
        return false;
    if (hash_eq(&page->hash, &r->blob.hash) && r->offset < page->bytes.n)
        send_part(f, peer, &r->blob, r->offset, &page->bytes);
    else /* it changed meanwhile */
        offer_page(f, &(struct peer){.id = (char *)peer}, page);
    return true;
}

bool backflow_part(struct backflow *f, struct pg *pg, const char *peer,
                   const struct unit_key *unit, const struct part_request *r,
                   int32_t today, int64_t now, struct err *e)
{
    if (r->blob.kind == BLOB_REGISTER)
        return page_part(f, pg, peer, unit, r, today, now, e);
    for (size_t i = 0; i < f->n_versions; i++) {
        struct version *v = &f->versions[i];

        if (v->version != r->blob.version || !hash_eq(&v->hash, &r->blob.hash))
            continue;
        if (!load_bundle(v, pg, e))
            return false;
        v->asked_at = now;
        if (r->offset < v->bytes.n)
            send_part(f, peer, &r->blob, r->offset, &v->bytes);
    }
    return true;
}

static bool look(struct backflow *f, struct pg *pg, struct err *e)
{
    struct log_tip tip;
    bool control;

    if (!oplog_tip(pg, &tip, e))
        return false;
    control = !f->looked || tip.control_epoch != f->control.epoch ||
              tip.control_seq != f->control.seq;
    if (control && (!load_versions(f, pg, e) || !drop_revoked(f, pg, e)))
        return false;
    for (size_t i = 0; i < f->n_pages; i++) {
        f->pages[i].dirty = f->pages[i].dirty || control;
        f->pages[i].stale = f->pages[i].stale || tip.last_seq != f->last_seq;
    }
    for (size_t i = 0; control && i < f->n_peers; i++) {
        f->peers[i].notices_due = true;
        f->peers[i].catalogue_at = 0;
    }
    f->looked = true;
    f->control = (struct log_pos){tip.control_epoch, tip.control_seq};
    f->last_seq = tip.last_seq;
    return true;
}

bool backflow_tick(struct backflow *f, struct pg *pg, int32_t today, int64_t now,
                   struct err *e)
{
    int64_t left = BUILD_MS;

    if (!look(f, pg, e))
        return false;
    for (size_t i = 0; i < f->n_peers; i++) {
        offer_catalogue(f, &f->peers[i], today, now);
        if (!serve_notices(f, pg, &f->peers[i], now, e) ||
            !serve_page(f, pg, &f->peers[i], today, now, &left, e))
            return false;
    }
    forget_pages(f);
    forget_bundles(f, now);
    return true;
}
