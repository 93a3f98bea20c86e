/* What a page says is verified: a small log with everything in it, and every way to
 * change it, each refused with its own words. */
#include "tests/lib/feed_log.h"

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
