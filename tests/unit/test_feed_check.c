/* What a page says is verified: a small log with everything in it, and every way to
 * change it, each refused with its own words. */
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

/* ---- the whole ---- */

static void an_honest_page_holds(void **state)
{
    struct bytes file = {0};
    struct found f;
    struct world w;

    (void)state;
    open_world(&w, NULL);
    build(&w);
    seal(&w, &file);
    if (!check(&w, span_of(&file), &f))
        fail_msg("%s", w.e.text);
    assert_int_equal(f.commits, 4);
    assert_int_equal(f.controls, 5);
    assert_int_equal(f.items, 3);
    assert_int_equal(f.bodies, 2); /* what was refused travels without */
    assert_int_equal(f.blobs, 1);
    bytes_clear(&file);
    close_world(&w);
}

/* ---- changes ---- */

#define CHANGE(name, type) static void name(struct world *w, type *x)
#define AS(f) ((void (*)(struct world *, void *))(void (*)(void))(f))

static void drop_it(struct world *w, void *x)
{
    (void)x;
    w->drop = true;
}

static void repeat_it(struct world *w, void *x)
{
    (void)x;
    w->twice = true;
}

CHANGE(other_genesis, struct feed_control)
{
    bytes_str(&w->genesis, "# another line\n");
    x->body = genesis_record(w, signatures(w, 0, 1));
}

CHANGE(one_officer, struct feed_control)
{
    x->body = genesis_record(w, signatures(w, 0, 0));
}

CHANGE(no_genesis, struct feed_control)
{
    (void)w;
    x->kind = "unit";
}

CHANGE(second_genesis, struct feed_control)
{
    (void)w;
    x->kind = "genesis";
}

CHANGE(key_no_json, struct feed_control)
{
    (void)w;
    x->body = span_str("[1");
}

CHANGE(key_revoked, struct feed_control)
{
    x->body = key_record(w, &w->unit, "sign", "106", true);
}

CHANGE(key_of_other_unit, struct feed_control)
{
    x->body = key_record(w, &w->unit, "sign", "107", false);
}

CHANGE(receipt_revoked, struct feed_control)
{
    x->body = key_record(w, &w->receipt, "receipt", "", true);
}

CHANGE(to_other_province, struct batch_header)
{
    (void)w;
    x->recipient.b[0] ^= 1;
}

CHANGE(other_count, struct batch_header)
{
    (void)w;
    x->count++;
}

CHANGE(other_root, struct batch_header)
{
    (void)w;
    x->root.b[0] ^= 1;
}

CHANGE(bad_batch_signature, struct feed_batch)
{
    (void)w;
    x->signature.b[0] ^= 1;
}

CHANGE(stranger_signs, struct feed_batch)
{
    x->signer = w->stranger.pub;
    x->signature = sign(DOMAIN_BATCH, &w->stranger, x->header);
}

CHANGE(receipt_key_signs, struct feed_batch)
{
    x->signer = w->receipt.pub;
    x->signature = sign(DOMAIN_BATCH, &w->receipt, x->header);
}

CHANGE(leaf_of_other_item, struct leaf)
{
    x->item_hash = w->hashes[2];
}

CHANGE(leaf_of_other_unit, struct leaf)
{
    (void)w;
    x->unit.code = "107";
}

CHANGE(leaf_of_other_place, struct leaf)
{
    (void)w;
    x->seq++;
}

CHANGE(leaf_of_other_epoch, struct leaf)
{
    (void)w;
    x->epoch++;
}

CHANGE(leaf_of_other_findings, struct leaf)
{
    (void)w;
    x->findings_hash.b[0] ^= 1;
}

CHANGE(statement_of_other_province, struct statement)
{
    (void)w;
    x->province.b[0] ^= 1;
}

CHANGE(statement_by_stranger, struct statement)
{
    x->key = w->stranger.pub;
    w->commit_key = &w->stranger;
}

CHANGE(statement_of_other_epoch, struct statement)
{
    (void)w;
    x->epoch++;
}

CHANGE(statement_skips, struct statement)
{
    (void)w;
    x->number++;
}

CHANGE(statement_leaves_a_gap, struct statement)
{
    (void)w;
    x->first_seq++;
    x->last_seq++;
}

CHANGE(statement_of_other_chain, struct statement)
{
    (void)w;
    x->previous.b[0] ^= 1;
}

CHANGE(statement_backwards, struct statement)
{
    (void)w;
    x->time = 1;
}

CHANGE(statement_of_other_root, struct statement)
{
    (void)w;
    x->root.b[0] ^= 1;
}

CHANGE(statement_of_other_control, struct statement)
{
    (void)w;
    x->control_seq--;
}

CHANGE(bad_statement_signature, struct feed_record)
{
    (void)w;
    x->commit.signature.b[0] ^= 1;
}

CHANGE(no_statement_signature, struct feed_record)
{
    (void)w;
    x->commit.has_signature = false;
}

CHANGE(other_words, struct feed_record)
{
    (void)w;
    x->control.body = span_str("{\"code\":\"999\"}");
}

CHANGE(other_batch_hashes, struct feed_record)
{
    struct hash *other = arena_new(&w->a, sizeof w->hashes);

    memcpy(other, w->hashes, sizeof w->hashes);
    other[2].b[0] ^= 1;
    x->batch.hashes = other;
}

CHANGE(fewer_batch_hashes, struct feed_record)
{
    (void)w;
    x->batch.n--;
}

CHANGE(other_index, struct feed_record)
{
    (void)w;
    x->item.index = 2;
}

CHANGE(far_index, struct feed_record)
{
    (void)w;
    x->item.index = 200;
}

CHANGE(other_body, struct feed_record)
{
    x->item.body = w->bodies[1];
}

CHANGE(no_body, struct feed_record)
{
    (void)w;
    x->item.has_body = false;
}

CHANGE(other_findings, struct feed_record)
{
    (void)w;
    x->item.findings = span_str("x");
}

CHANGE(no_leaf, struct feed_record)
{
    (void)w;
    x->item.leaf = span_str("x");
}

CHANGE(other_batch, struct feed_record)
{
    (void)w;
    x->item.batch.b[0] ^= 1;
}

CHANGE(other_piece, struct feed_record)
{
    (void)w;
    x->blob.data = span_str("something els");
    x->blob.data.n = 12;
}

CHANGE(other_offset, struct feed_record)
{
    (void)w;
    x->blob.offset++;
}

CHANGE(other_blob, struct feed_record)
{
    (void)w;
    x->blob.hash.b[0] ^= 1;
}

CHANGE(huge_blob, struct feed_record)
{
    (void)w;
    x->blob.total = FEED_BLOB + 1;
}

CHANGE(into_act, struct feed_record)
{
    (void)w;
    *x = (struct feed_record){
        .kind = FEED_RECORD_ACT,
        .act = {.kind = "unit",
                .actor = "",
                .body = span_str("{}"),
                .seq = 9,
                .leaves = 1,
                .statement = span_str("s")}
    };
}

CHANGE(into_control, struct feed_record)
{
    (void)w;
    *x = (struct feed_record){
        .kind = FEED_RECORD_CONTROL,
        .control = {.kind = "unit", .actor = "", .body = span_str("{}")}
    };
}

CHANGE(into_item, struct feed_record)
{
    *x = (struct feed_record){
        .kind = FEED_RECORD_ITEM, .item = {.leaf = span_str("x"), .batch = w->hashes[0]}
    };
}

CHANGE(into_batch, struct feed_record)
{
    *x = batch_record(w);
}

CHANGE(page_of_other_province, struct feed_header)
{
    (void)w;
    x->province.b[0] ^= 1;
}

CHANGE(page_of_other_chain, struct feed_header)
{
    (void)w;
    x->chain = FEED_PUBLICATIONS;
}

CHANGE(page_by_stranger, struct feed_header)
{
    x->key = w->stranger.pub;
    w->page_key = &w->stranger;
}

CHANGE(page_with_wrong_key, struct feed_header)
{
    (void)x;
    w->page_key = &w->stranger;
}

CHANGE(page_begins_later, struct feed_header)
{
    (void)w;
    x->first_number++;
}

CHANGE(page_at_other_seq, struct feed_header)
{
    (void)w;
    x->first_seq++;
}

CHANGE(page_ends_earlier, struct feed_header)
{
    (void)w;
    x->last_number--;
}

CHANGE(page_ends_at_other_seq, struct feed_header)
{
    (void)w;
    x->last_seq++;
}

/* clang-format off */
static const struct change CHANGES[] = {
    {"another genesis", AT_CONTROL, 0, AS(other_genesis), "another genesis than the one"},
    {"one officer alone", AT_CONTROL, 0, AS(one_officer), "not signed by two"},
    {"no genesis", AT_CONTROL, 0, AS(no_genesis), "begins with no genesis"},
    {"a second genesis", AT_CONTROL, 2, AS(second_genesis), "a genesis within the log"},
    {"a key record that is no JSON", AT_CONTROL, 2, AS(key_no_json), "no JSON object"},
    {"the unit's key is revoked", AT_CONTROL, 4, AS(key_revoked), "a blob that its record"},
    {"the unit's key was revoked", AT_CONTROL, 2, AS(key_revoked), "may not speak for it"},
    {"another unit's key", AT_CONTROL, 2, AS(key_of_other_unit), "may not speak for it"},
    {"the receipt key is revoked", AT_CONTROL, 1, AS(receipt_revoked), "no receipt key"},
    {"for another province", AT_HEADER, 0, AS(to_other_province), "a batch for another province"},
    {"another count", AT_HEADER, 0, AS(other_count), "a batch of 4 items with 3 hashes"},
    {"another root", AT_HEADER, 0, AS(other_root), "do not lead to its root"},
    {"signature of a batch", AT_BATCH, 0, AS(bad_batch_signature), "signature of a batch does not"},
    {"a stranger's batch", AT_BATCH, 0, AS(stranger_signs), "may not speak for it"},
    {"the province's own key", AT_BATCH, 0, AS(receipt_key_signs), "may not speak for it"},
    {"leaf of another item", AT_LEAF, 0, AS(leaf_of_other_item), "not of this item"},
    {"leaf of another unit", AT_LEAF, 0, AS(leaf_of_other_unit), "of another unit"},
    {"leaf of another place", AT_LEAF, 1, AS(leaf_of_other_place), "the leaf is of position 1.8"},
    {"leaf of another epoch", AT_LEAF, 1, AS(leaf_of_other_epoch), "the leaf is of position 2.7"},
    {"leaf of other findings", AT_LEAF, 0, AS(leaf_of_other_findings), "findings are not those"},
    {"commit of another province", AT_STATEMENT, 1, AS(statement_of_other_province), "a commit of another province"},
    {"commit by a stranger", AT_STATEMENT, 1, AS(statement_by_stranger), "no receipt key of the province"},
    {"commit of another epoch", AT_STATEMENT, 2, AS(statement_of_other_epoch), "a commit of epoch 2"},
    {"a commit is missing", AT_STATEMENT, 2, AS(statement_skips), "is not the next one"},
    {"positions are missing", AT_STATEMENT, 2, AS(statement_leaves_a_gap), "is not the next one"},
    {"commit of another chain", AT_STATEMENT, 2, AS(statement_of_other_chain), "does not continue the one before"},
    {"time runs backwards", AT_STATEMENT, 2, AS(statement_backwards), "time runs backwards"},
    {"commit of another root", AT_STATEMENT, 2, AS(statement_of_other_root), "do not lead to its root"},
    {"another control position", AT_STATEMENT, 2, AS(statement_of_other_control), "another control record"},
    {"signature of a commit", AT_RECORD, 9, AS(bad_statement_signature), "signature of commit 1.3 does not hold"},
    {"a commit without signature", AT_RECORD, 9, AS(no_statement_signature), "a commit without signature"},
    {"a control record changed", AT_RECORD, 3, AS(other_words), "commit 1.1 do not lead to its root"},
    {"a control record left out", AT_RECORD, 3, drop_it, "commit 1.1 has 4 records, here are 3"},
    {"a control record twice", AT_RECORD, 3, repeat_it, "commit 1.1 has 4 records, here are 5"},
    {"a commit left out", AT_RECORD, 5, drop_it, "commit 1.1 has 4 records, here are 5"},
    {"the first commit left out", AT_RECORD, 0, drop_it, "a record outside of a commit"},
    {"a batch left out", AT_RECORD, 10, drop_it, "an item without its batch"},
    {"a batch twice", AT_RECORD, 10, repeat_it, "a batch twice"},
    {"hashes of a batch", AT_RECORD, 10, AS(other_batch_hashes), "do not lead to its root"},
    {"fewer hashes of a batch", AT_RECORD, 10, AS(fewer_batch_hashes), "a batch of 3 items with 2 hashes"},
    {"an item left out", AT_RECORD, 12, drop_it, "commit 1.3 has 2 records, here are 1"},
    {"an item twice", AT_RECORD, 12, repeat_it, "the leaf is of position 1.7"},
    {"another item of the batch", AT_RECORD, 11, AS(other_index), "not of this item"},
    {"an item beyond the batch", AT_RECORD, 11, AS(far_index), "not of this item"},
    {"another body", AT_RECORD, 11, AS(other_body), "the body is not the one that was signed"},
    {"no body", AT_RECORD, 11, AS(no_body), "missing that was accepted"},
    {"other findings", AT_RECORD, 11, AS(other_findings), "findings are not those"},
    {"no leaf", AT_RECORD, 11, AS(no_leaf), "leaf"},
    {"an item of another batch", AT_RECORD, 11, AS(other_batch), "an item without its batch"},
    {"a piece of a blob changed", AT_RECORD, 7, AS(other_piece), "a blob is not the one of its hash"},
    {"a piece left out", AT_RECORD, 7, drop_it, "a blob of 24 bytes ends after 12"},
    {"a piece twice", AT_RECORD, 7, repeat_it, "a piece of a blob that does not follow"},
    {"the first piece twice", AT_RECORD, 6, repeat_it, "a second blob"},
    {"the first piece left out", AT_RECORD, 6, drop_it, "a piece of a blob that does not follow"},
    {"a piece of another place", AT_RECORD, 7, AS(other_offset), "12 bytes at 13 of 24"},
    {"a piece of another blob", AT_RECORD, 7, AS(other_blob), "a piece of a blob that does not follow"},
    {"a blob too large", AT_RECORD, 6, AS(huge_blob), "12 bytes at 0 of 16777217"},
    {"the record of a blob left out", AT_RECORD, 8, drop_it, "a blob that no record names"},
    {"a blob before items", AT_RECORD, 8, AS(into_batch), "a batch among control records"},
    {"an item among control records", AT_RECORD, 3, AS(into_item), "an item among control records"},
    {"a control record among items", AT_RECORD, 12, AS(into_control), "a control record among items"},
    {"of the other chain", AT_RECORD, 3, AS(into_act), "a record of the publications chain"},
    {"page of another province", AT_PAGE, 0, AS(page_of_other_province), "page of another province"},
    {"page of another chain", AT_PAGE, 0, AS(page_of_other_chain), "page of the chain publications, not full"},
    {"page by a stranger", AT_PAGE, 0, AS(page_by_stranger), "page is signed by a key that is no receipt key"},
    {"page with a wrong signature", AT_PAGE, 0, AS(page_with_wrong_key), "signature of the page does not hold"},
    {"page begins later", AT_PAGE, 0, AS(page_begins_later), "page begins with commit 2"},
    {"page begins at another position", AT_PAGE, 0, AS(page_at_other_seq), "page begins with commit 1 at 2"},
    {"page ends earlier", AT_PAGE, 0, AS(page_ends_earlier), "page ends with commit 4"},
    {"page ends at another position", AT_PAGE, 0, AS(page_ends_at_other_seq), "page ends with commit 4 at 8"},
};
/* clang-format on */

static void every_change_is_refused_with_its_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CHANGES); i++) {
        struct bytes file = {0};
        struct found f;
        struct world w;

        open_world(&w, &CHANGES[i]);
        build(&w);
        seal(&w, &file);
        if (check(&w, span_of(&file), &f))
            fail_msg("%s: taken", CHANGES[i].name);
        if (strstr(w.e.text, CHANGES[i].words) == NULL || w.e.kind != ERR_INPUT)
            fail_msg("%s: \"%s\" (%d)", CHANGES[i].name, w.e.text, (int)w.e.kind);
        bytes_clear(&file);
        close_world(&w);
    }
}

static void every_byte_of_a_page_counts(void **state)
{
    struct bytes file = {0};
    struct found f;
    struct world w;

    (void)state;
    open_world(&w, NULL);
    build(&w);
    seal(&w, &file);
    for (size_t i = 0; i < file.n; i++) {
        file.p[i] ^= (unsigned char)(1u << (i % 8));
        if (check(&w, span_of(&file), &f))
            fail_msg("byte %zu", i);
        file.p[i] ^= (unsigned char)(1u << (i % 8));
    }
    for (size_t n = 0; n < file.n; n += 7)
        assert_false(check(&w, (struct span){file.p, n}, &f));
    assert_true(check(&w, span_of(&file), &f));
    bytes_clear(&file);
    close_world(&w);
}

/* A record of a later release, well formed, in a page that is signed. */
static void an_unknown_record_is_no_refusal(void **state)
{
    static const unsigned char strange[] = {0, 0, 0, 2, 15 << 3 | 2, 0};
    struct bytes file = {0};
    struct found f;
    struct world w;

    (void)state;
    open_world(&w, NULL);
    build(&w);
    bytes_add(&w.body, strange, sizeof strange);
    w.records++;
    seal(&w, &file);
    assert_false(check(&w, span_of(&file), &f));
    assert_int_equal(w.e.kind, ERR_RETRY);
    assert_non_null(strstr(w.e.text, "record 17"));
    bytes_clear(&file);
    close_world(&w);
}

/* ---- publications ---- */

struct proof {
    const char *name;
    void (*make)(struct world *w, struct feed_act *act);
    const char *words;
};

static void wrong_path(struct world *w, struct feed_act *act)
{
    struct hash *path = arena_new(&w->a, act->n_path * sizeof *path);

    memcpy(path, act->path, act->n_path * sizeof *path);
    path[0].b[0] ^= 1;
    act->path = path;
}

static void wrong_seq(struct world *w, struct feed_act *act)
{
    (void)w;
    act->seq++;
}

static void seq_again(struct world *w, struct feed_act *act)
{
    (void)w;
    act->seq = 1;
    act->index = 0;
}

static void wrong_words(struct world *w, struct feed_act *act)
{
    (void)w;
    act->body = span_str("{\"use\":\"receipt\"}");
}

static void secret_kind(struct world *w, struct feed_act *act)
{
    (void)w;
    act->kind = "notice";
}

static void wrong_signature(struct world *w, struct feed_act *act)
{
    (void)w;
    act->signature.b[0] ^= 1;
}

static void no_signature(struct world *w, struct feed_act *act)
{
    (void)w;
    act->has_signature = false;
}

static const struct proof PROOFS[] = {
    {"honest",        NULL,            NULL                                },
    {"path",          wrong_path,      "does not lead to its commit's root"},
    {"position",      wrong_seq,       "not at its position"               },
    {"again",         seq_again,       "not at its position"               },
    {"words",         wrong_words,     "does not lead to its commit's root"},
    {"not published", secret_kind,     "of kind notice in this chain"      },
    {"signature",     wrong_signature, "does not hold"                     },
    {"no signature",  no_signature,    "a commit without signature"        },
};

static void publications_are_proved_one_by_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(PROOFS); i++) {
        struct bytes file = {0}, full = {0};
        struct feed_control list[2];
        struct feed_record commit;
        struct hash path[MERKLE_PATH_MAX];
        struct merkle m;
        struct found f;
        struct world w;

        open_world(&w, NULL);
        list[0] = (struct feed_control){"genesis", "a",
                                        genesis_record(&w, signatures(&w, 0, 1))};
        list[1] = (struct feed_control){"key", "a",
                                        key_record(&w, &w.receipt, "receipt", "", false)};
        open_commit(&w, 2, true);
        for (size_t k = 0; k < 2; k++)
            w.leaves[w.n_leaves++] = hash_of(DOMAIN_CONTROL, list[k].body);
        commit = close_commit(&w);
        merkle_build(&m, w.leaves, w.n_leaves, &w.a);
        for (uint32_t k = 0; k < 2; k++) {
            struct feed_record r = {
                .kind = FEED_RECORD_ACT,
                .act = {.kind = list[k].kind,
                        .actor = list[k].actor,
                        .body = list[k].body,
                        .seq = k + 1,
                        .index = k,
                        .leaves = 2,
                        .n_path = merkle_path(&m, k, path),
                        .path = path,
                        .statement = commit.commit.statement,
                        .has_signature = true,
                        .signature = commit.commit.signature}
            };

            if (k == 1 && PROOFS[i].make != NULL)
                PROOFS[i].make(&w, &r.act);
            add(&w, r);
        }
        w.chain = FEED_PUBLICATIONS;
        seal(&w, &file);
        if (PROOFS[i].make == NULL) {
            if (!check(&w, span_of(&file), &f))
                fail_msg("%s", w.e.text);
            assert_int_equal(f.controls, 2);
        } else if (check(&w, span_of(&file), &f)) {
            fail_msg("%s: taken", PROOFS[i].name);
        } else if (strstr(w.e.text, PROOFS[i].words) == NULL) {
            fail_msg("%s: \"%s\"", PROOFS[i].name, w.e.text);
        }
        bytes_clear(&file);
        bytes_clear(&full);
        close_world(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_page_holds),
        cmocka_unit_test(every_change_is_refused_with_its_words),
        cmocka_unit_test(every_byte_of_a_page_counts),
        cmocka_unit_test(an_unknown_record_is_no_refusal),
        cmocka_unit_test(publications_are_proved_one_by_one),
    };

    if (!crypto_init())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
