/*
 * feed_log - a small log with everything in it, as a page, for tests of who reads pages:
 * genesis and keys, a catalogue with its bundle, a batch whose items are answered by two
 * commits. A test may change each thing on its way.
 */
#ifndef HTX_FEED_LOG_H
#define HTX_FEED_LOG_H

#include "proto/feed_check.h"
#include "proto/merkle.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Where a change is made; `nth` counts the things of one kind. Before: the province
 * itself sealed it so. Record: on the way, in a page that was signed again. */
enum stage {
    AT_CONTROL,   /* struct feed_control, before it is hashed */
    AT_HEADER,    /* struct batch_header, before it is signed */
    AT_BATCH,     /* struct feed_batch, signed */
    AT_LEAF,      /* struct leaf, before it is hashed */
    AT_STATEMENT, /* struct statement, before it is signed */
    AT_RECORD,    /* struct feed_record */
    AT_PAGE,      /* struct feed_header, before it is signed */
    STAGES
};

struct world;
struct change {
    const char *name;
    enum stage stage;
    int nth; /* from 0 */
    void (*make)(struct world *w, void *what);
    const char *words;
};

enum { ITEMS = 3, PIECES = 2 };

struct world {
    const struct change *change;
    int seen[STAGES];
    bool drop, twice; /* the record at hand */
    enum feed_chain chain;
    struct keypair officers[3], receipt, unit, desk, stranger;
    struct keypair *page_key, *unit_key, *commit_key;
    struct bytes genesis, bundle, body;
    struct genesis pinned;
    struct feed_tip tip;
    struct statement st; /* of the commit that is built */
    struct hash leaves[16];
    size_t n_leaves;
    struct span bodies[ITEMS];
    struct hash hashes[ITEMS];
    uint32_t records;
    uint64_t first_number, commit_epoch;
    struct arena a;
    struct err e;
};

static void offer(struct world *w, enum stage stage, void *what)
{
    const struct change *c = w->change;

    if (c != NULL && c->stage == stage && w->seen[stage]++ == c->nth)
        c->make(w, what);
}

static struct span kept(struct world *w, const struct bytes *b)
{
    return (struct span){(unsigned char *)arena_strn(&w->a, b->p, b->n), b->n};
}

/* ---- building ---- */

static void add(struct world *w, struct feed_record r)
{
    w->drop = w->twice = false;
    offer(w, AT_RECORD, &r);
    for (int i = 0; i < (w->drop ? 0 : w->twice ? 2 : 1); i++) {
        feed_add(&w->body, &r);
        w->records++;
    }
}

static void make_genesis(struct world *w)
{
    char hex[2 * KEY_LEN + 1];
    struct curve_pair curve;

    assert_true(curve_new(&curve, &w->e));
    bytes_printf(&w->genesis,
                 "[province]\ncode = 12\nname = Lai Chau\ncurve = %s\nreceipt = %s\n",
                 curve.pub, hex_of(w->receipt.pub.b, KEY_LEN, hex));
    for (int i = 0; i < 3; i++)
        bytes_printf(&w->genesis, "[officer %c]\nname = %c\nkey = %s\n", 'a' + i, 'a' + i,
                     hex_of(w->officers[i].pub.b, KEY_LEN, hex));
    assert_true(genesis_of(span_of(&w->genesis), &w->pinned, &w->e));
}

/* As a JSON string: the file has line breaks, and nothing else to be escaped. */
static const char *quoted(struct world *w, struct span text)
{
    struct bytes b = {0};
    const char *out;

    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '\n')
            bytes_str(&b, "\\n");
        else
            bytes_char(&b, text.p[i]);
    out = arena_str(&w->a, bytes_cstr(&b));
    bytes_clear(&b);
    return out;
}

static const char *signatures(struct world *w, int first, int second)
{
    const int who[] = {first, second};
    struct bytes b = {0};
    const char *out;

    for (int i = 0; i < 2; i++) {
        const struct keypair *k = &w->officers[who[i]];
        struct signature s = sign(DOMAIN_GENESIS, k, span_of(&w->genesis));
        char public[2 * KEY_LEN + 1], hex[2 * SIG_LEN + 1];

        bytes_printf(&b, "%c %s %s\n", 'a' + who[i], hex_of(k->pub.b, KEY_LEN, public),
                     hex_of(s.b, SIG_LEN, hex));
    }
    out = arena_str(&w->a, bytes_cstr(&b));
    bytes_clear(&b);
    return out;
}

static struct span genesis_record(struct world *w, const char *sigs)
{
    return span_str(arena_printf(&w->a, "{\"file\":\"%s\",\"signatures\":\"%s\"}",
                                 quoted(w, span_of(&w->genesis)),
                                 quoted(w, span_str(sigs))));
}

static struct span key_record(struct world *w, const struct keypair *k, const char *use,
                              const char *unit, bool revoked)
{
    char hex[2 * KEY_LEN + 1];

    return span_str(arena_printf(&w->a,
                                 "{\"public\":\"%s\",\"revoked\":%s,\"unit\":\"%s\","
                                 "\"unit_from\":\"2004-01-01\",\"use\":\"%s\"}",
                                 hex_of(k->pub.b, KEY_LEN, hex),
                                 revoked ? "true" : "false", unit, use));
}

static void open_commit(struct world *w, size_t n, bool control)
{
    w->st = (struct statement){.province = w->pinned.hash,
                               .epoch = w->tip.epoch != 0 ? w->tip.epoch : 1,
                               .number = w->tip.number + 1,
                               .first_seq = w->tip.seq + 1,
                               .last_seq = w->tip.seq + n,
                               .previous = w->tip.statement,
                               .control_epoch = w->tip.control_epoch,
                               .control_seq = w->tip.control_seq,
                               .time = w->tip.time + 1000,
                               .key = w->receipt.pub};
    if (control) {
        w->st.control_epoch = w->st.epoch;
        w->st.control_seq = w->st.last_seq;
    }
    w->n_leaves = 0;
}

/* The statement over the leaves; its record goes in front of those of the commit. */
static struct feed_record close_commit(struct world *w)
{
    struct feed_record r = {.kind = FEED_RECORD_COMMIT};
    struct bytes b = {0};

    w->st.root = merkle_root(w->leaves, w->n_leaves);
    offer(w, AT_STATEMENT, &w->st);
    wire_pack_statement(&w->st, &b);
    r.commit.statement = kept(w, &b);
    r.commit.has_signature = true;
    r.commit.signature = sign(DOMAIN_STATEMENT, w->commit_key, span_of(&b));
    bytes_clear(&b);
    w->tip = (struct feed_tip){.epoch = w->st.epoch,
                               .number = w->st.number,
                               .seq = w->st.last_seq,
                               .statement = hash_of(DOMAIN_STATEMENT, r.commit.statement),
                               .time = w->st.time,
                               .control_epoch = w->st.control_epoch,
                               .control_seq = w->st.control_seq};
    return r;
}

/* A commit of control records; with blob: in front of the last one. */
static void control_commit(struct world *w, const struct feed_control *list, size_t n,
                           bool blob)
{
    struct feed_record records[8] = {{0}};

    open_commit(w, n, true);
    for (size_t i = 0; i < n; i++) {
        records[i] =
            (struct feed_record){.kind = FEED_RECORD_CONTROL, .control = list[i]};
        offer(w, AT_CONTROL, &records[i].control);
        w->leaves[w->n_leaves++] = hash_of(DOMAIN_CONTROL, records[i].control.body);
    }
    add(w, close_commit(w));
    for (size_t i = 0; i < n; i++) {
        if (blob && i == n - 1)
            for (uint32_t k = 0; k < PIECES; k++) {
                uint32_t half = (uint32_t)w->bundle.n / PIECES;

                add(w,
                    (struct feed_record){
                        .kind = FEED_RECORD_BLOB,
                        .blob = {.kind = FEED_BLOB_CATALOGUE,
                                 .hash = hash_of(DOMAIN_CATALOGUE, span_of(&w->bundle)),
                                 .total = (uint32_t)w->bundle.n,
                                 .offset = k * half,
                                 .data = {w->bundle.p + k * half, half}}
                });
            }
        add(w, records[i]);
    }
}

static void make_items(struct world *w)
{
    for (unsigned char i = 0; i < ITEMS; i++) {
        const struct submission s = {
            .version = 1,
            .id = {{i + 1}                 },
            .unit = { "106", date_read("2004-01-01")},
            .scheme = "nd09",
            .period = "2025-S1",
            .vintage = VINTAGE_ACTUAL,
            .nothing_to_report = true,
            .paper_number = "",
            .paper_date = DATE_NONE,
            .signer = "",
            .signer_title = "",
            .maker = "",
            .pdf_hash = "",
            .approver = ""
        };
        struct bytes b = {0};

        assert_true(wire_pack_submission(&s, &b, &w->e));
        w->bodies[i] = kept(w, &b);
        w->hashes[i] = item_hash(ITEM_SUBMISSION, w->bodies[i]);
        bytes_clear(&b);
    }
}

static struct feed_record batch_record(struct world *w)
{
    struct batch_header h = {
        .unit = {"106", date_read("2004-01-01")},
        .recipient = w->pinned.hash,
        .epoch = 1,
        .number = 1,
        .count = ITEMS,
        .root = merkle_root(w->hashes, ITEMS)
    };
    struct feed_record r = {.kind = FEED_RECORD_BATCH};
    struct bytes b = {0};

    offer(w, AT_HEADER, &h);
    wire_pack_header(&h, &b);
    r.batch =
        (struct feed_batch){.header = kept(w, &b),
                            .signature = sign(DOMAIN_BATCH, w->unit_key, span_of(&b)),
                            .signer = w->unit_key->pub,
                            .hashes = w->hashes,
                            .n = ITEMS};
    bytes_clear(&b);
    offer(w, AT_BATCH, &r.batch);
    return r;
}

static struct feed_record item_record(struct world *w, uint32_t i,
                                      const struct hash *batch, enum verdict verdict)
{
    static const struct findings none;
    struct bytes b = {0}, findings = {0};
    struct feed_record r = {.kind = FEED_RECORD_ITEM};
    struct leaf leaf = {
        .item_hash = w->hashes[i],
        .kind = ITEM_SUBMISSION,
        .unit = {"106", date_read("2004-01-01")},
        .id = {{(unsigned char)(i + 1)}    },
        .epoch = w->st.epoch,
        .seq = w->st.first_seq + w->n_leaves,
        .verdict = verdict,
        .catalogue = 1
    };

    wire_pack_findings(&none, &findings);
    leaf.findings_hash = hash_of(DOMAIN_FINDINGS, span_of(&findings));
    bytes_clear(&findings);
    offer(w, AT_LEAF, &leaf);
    wire_pack_leaf(&leaf, &b);
    r.item = (struct feed_item){.batch = *batch,
                                .index = i,
                                .leaf = kept(w, &b),
                                .has_body = verdict != VERDICT_REFUSED,
                                .body = verdict != VERDICT_REFUSED ? w->bodies[i]
                                                                   : (struct span){0}};
    bytes_clear(&b);
    w->leaves[w->n_leaves++] = hash_of(DOMAIN_LEAF, r.item.leaf);
    return r;
}

/* Items [lo, hi) of the batch are answered by one commit; the second one is refused. */
static void item_commit(struct world *w, uint32_t lo, uint32_t hi)
{
    struct feed_record batch = batch_record(w), items[ITEMS] = {{0}};
    struct hash hash = hash_of(DOMAIN_BATCH, batch.batch.header);

    open_commit(w, hi - lo, false);
    for (uint32_t i = lo; i < hi; i++)
        items[i] = item_record(w, i, &hash, i == 1 ? VERDICT_REFUSED : VERDICT_ACCEPTED);
    add(w, close_commit(w));
    add(w, batch);
    for (uint32_t i = lo; i < hi; i++)
        add(w, items[i]);
}

/* Commits 1 (genesis, keys), 2 (a catalogue with its bundle), 3 and 4 (one batch, whose
 * third item waited). Records of the page, from 0:
 *   0 commit 1 genesis 2 receipt key 3 key of 106 4 desk   5 commit 6 7 blob 8 catalogue
 *   9 commit 10 batch 11 12 items   13 commit 14 batch 15 item */
static void build(struct world *w)
{
    char hex[2 * HASH_LEN + 1];
    struct hash bundle = hash_of(DOMAIN_CATALOGUE, span_of(&w->bundle));
    const struct feed_control keys[] = {
        {"genesis", "a",          genesis_record(w, signatures(w, 0,     1))   },
        { "key",      "a", key_record(w,      &w->receipt,    "receipt",    "", false)},
        { "key",      "a", key_record(w,         &w->unit,       "sign", "106", false)},
        { "key",      "a", key_record(w,         &w->desk,       "desk", "lan", false)},
    };
    const struct feed_control catalogue = {
        "catalogue", "a",
        span_str(arena_printf(&w->a, "{\"hash\":\"%s\"}", hash_hex(&bundle, hex)))};

    control_commit(w, keys, COUNT(keys), false);
    control_commit(w, &catalogue, 1, true);
    item_commit(w, 0, 2);
    item_commit(w, 2, 3);
}

static void open_world(struct world *w, const struct change *change)
{
    *w = (struct world){.change = change, .chain = FEED_FULL, .commit_epoch = 1};
    for (int i = 0; i < 3; i++)
        keypair_new(&w->officers[i]);
    keypair_new(&w->receipt);
    keypair_new(&w->unit);
    keypair_new(&w->desk);
    keypair_new(&w->stranger);
    w->page_key = w->commit_key = &w->receipt;
    w->unit_key = &w->unit;
    w->first_number = 1;
    bytes_str(&w->bundle, "catalogue of this test..");
    make_genesis(w);
    make_items(w);
}

static void close_world(struct world *w)
{
    bytes_clear(&w->genesis);
    bytes_clear(&w->bundle);
    bytes_clear(&w->body);
    arena_clear(&w->a);
}

/* The page of what was built, signed. */
static void seal(struct world *w, struct bytes *file)
{
    struct feed_header h = {.version = FEED_VERSION,
                            .province = w->pinned.hash,
                            .chain = w->chain,
                            .epoch = 1,
                            .page = 1,
                            .commit_epoch = w->commit_epoch,
                            .first_number = w->first_number,
                            .last_number = w->tip.number,
                            .first_seq = 1,
                            .last_seq = w->tip.seq,
                            .records = w->records,
                            .bytes = (uint32_t)w->body.n,
                            .body = feed_body_hash(span_of(&w->body)),
                            .sealed_at = 1790000000000,
                            .key = w->page_key->pub};
    struct bytes header = {0};
    struct signature s;

    offer(w, AT_PAGE, &h);
    wire_pack_feed_header(&h, &header);
    s = feed_sign(w->page_key, span_of(&header));
    feed_page_pack(span_of(&header), &s, span_of(&w->body), file);
    bytes_clear(&header);
}

struct found {
    size_t commits, controls, items, bodies, blobs;
};

static bool check(struct world *w, struct span file, struct found *found)
{
    struct feed_check *fc;
    struct checked_commit c;
    struct arena a = {0};
    struct feed_page p;
    struct feed_walk walk;
    bool end = false, ok = feed_page_read(file, &p, &w->e);

    feed_check_open(&fc, &w->pinned, w->chain);
    ok = ok && feed_check_begin(fc, &p, &walk, &w->e);
    *found = (struct found){0};
    while (ok && !end && (ok = feed_check_next(fc, &walk, &a, &c, &end, &w->e)) && !end) {
        found->commits++;
        found->controls += c.n_controls;
        found->items += c.n_items;
        for (size_t i = 0; i < c.n_items; i++)
            found->bodies += c.items[i].item->has_body;
        for (size_t i = 0; i < c.n_controls; i++)
            found->blobs += c.controls[i].blob.n > 0;
        arena_reset(&a); /* nothing of one commit is needed for the next */
    }
    if (ok) {
        assert_int_equal(feed_check_tip(fc)->seq, w->tip.seq);
        assert_true(hash_eq(&feed_check_tip(fc)->statement, &w->tip.statement) ||
                    w->chain == FEED_PUBLICATIONS);
    }
    arena_clear(&a);
    feed_check_close(&fc);
    return ok;
}

#endif
