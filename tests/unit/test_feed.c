/* Pages of the feed: shape, hashes, signature, order; and the messages they travel in. */
#include "proto/feed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fixture {
    struct keypair key;
    struct hash province;
    struct bytes file;
    struct arena a;
    struct err e;
};

static struct hash hash_like(unsigned char c)
{
    struct hash h;

    memset(h.b, c, sizeof h.b);
    return h;
}

static const struct hash *hashes(void)
{
    static struct hash list[3];

    for (unsigned char i = 0; i < COUNT(list); i++)
        list[i] = hash_like((unsigned char)(0xa0 + i));
    return list;
}

/* One of each kind. */
static uint32_t sample_body(struct bytes *body)
{
    const struct feed_record records[] = {
        {.kind = FEED_RECORD_COMMIT,  .commit = {span_str("statement"), true, {{7}}}},
        {.kind = FEED_RECORD_COMMIT,  .commit = {.statement = span_str("unsigned")} },
        {.kind = FEED_RECORD_CONTROL,
         .control = {.kind = "unit",
                     .actor = "",
                     .body = span_str("{\"code\":\"106\"}")}                        },
        {.kind = FEED_RECORD_BATCH,
         .batch = {.header = span_str("header"), .hashes = hashes(), .n = 3}        },
        {.kind = FEED_RECORD_ITEM,
         .item = {.batch = hash_like(1),
                  .leaf = span_str("leaf"),
                  .has_body = true,
                  .body = span_str("body")}                                         },
        {.kind = FEED_RECORD_ITEM,
         .item = {.batch = hash_like(1),
                  .index = 2,
                  .leaf = span_str("leaf"),
                  .findings = span_str("findings"),
                  .has_replaces = true,
                  .replaces = hash_like(2),
                  .has_target = true,
                  .target = hash_like(3)}                                           },
        {.kind = FEED_RECORD_ACT,
         .act = {.kind = "seal",
                 .actor = "ha",
                 .body = span_str("{}"),
                 .seq = 9,
                 .index = 1,
                 .leaves = 2,
                 .path = hashes(),
                 .n_path = 1,
                 .statement = span_str("statement")}                                },
    };

    for (size_t i = 0; i < COUNT(records); i++)
        feed_add(body, &records[i]);
    return COUNT(records);
}

static struct feed_header sample_header(const struct fixture *fx)
{
    return (struct feed_header){.version = FEED_VERSION,
                                .province = fx->province,
                                .chain = FEED_FULL,
                                .epoch = 2,
                                .page = 17,
                                .has_previous = true,
                                .previous = hash_like(9),
                                .previous_epoch = 2,
                                .previous_page = 16,
                                .commit_epoch = 2,
                                .first_number = 40,
                                .last_number = 42,
                                .first_seq = 1000,
                                .last_seq = 1003,
                                .sealed_at = 1790000000000,
                                .key = fx->key.pub};
}

static void seal(const struct fixture *fx, struct feed_header *h, struct span body,
                 struct bytes *file)
{
    struct bytes header = {0};
    struct signature s;

    h->bytes = (uint32_t)body.n;
    h->body = feed_body_hash(body);
    wire_pack_feed_header(h, &header);
    s = feed_sign(&fx->key, span_of(&header));
    file->n = 0;
    feed_page_pack(span_of(&header), &s, body, file);
    bytes_clear(&header);
}

static int set_up(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);
    struct feed_header h;
    struct bytes body = {0};

    keypair_new(&fx->key);
    fx->province = hash_like(5);
    h = sample_header(fx);
    h.records = sample_body(&body);
    seal(fx, &h, span_of(&body), &fx->file);
    bytes_clear(&body);
    *state = fx;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fx = *state;

    bytes_clear(&fx->file);
    arena_clear(&fx->a);
    free(fx);
    return 0;
}

/* ---- pages ---- */

static void a_page_gives_back_what_was_sealed(void **state)
{
    struct fixture *fx = *state;
    struct feed_page p;
    struct feed_record r;
    struct feed_reader in;
    struct bytes again = {0};
    char name[FEED_NAME_LEN];

    assert_true(feed_page_read(span_of(&fx->file), &p, &fx->e));
    assert_true(feed_page_holds(&p));
    assert_int_equal(p.header.page, 17);
    assert_int_equal(p.header.previous_page, 16);
    assert_int_equal(p.header.last_seq, 1003);
    in = feed_records(&p);
    for (uint32_t i = 0; i < p.header.records; i++) {
        assert_true(feed_next(&in, &fx->a, &r, &fx->e));
        assert_int_not_equal(r.kind, FEED_RECORD_NONE);
        feed_add(&again, &r);
    }
    assert_true(feed_next(&in, &fx->a, &r, &fx->e));
    assert_int_equal(r.kind, FEED_RECORD_NONE);
    assert_true(span_eq(span_of(&again), p.body));
    bytes_clear(&again);
    assert_string_equal(
        feed_name("12", &(struct feed_cursor){.chain = FEED_FULL, .epoch = 2, .page = 17},
                  name),
        "12-full-2-000000017.htxpage");
}

static bool good(struct span file)
{
    struct feed_page p;
    struct err e;

    return feed_page_read(file, &p, &e) && feed_page_holds(&p);
}

static void a_page_with_any_bit_changed_is_refused(void **state)
{
    struct fixture *fx = *state;

    for (size_t i = 0; i < fx->file.n; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            fx->file.p[i] ^= (unsigned char)(1u << bit);
            assert_false(good(span_of(&fx->file)));
            fx->file.p[i] ^= (unsigned char)(1u << bit);
        }
    assert_true(good(span_of(&fx->file)));
}

static void a_page_cut_anywhere_or_longer_is_refused(void **state)
{
    struct fixture *fx = *state;
    struct feed_header h;
    struct feed_page p;
    size_t head;

    assert_true(feed_page_read(span_of(&fx->file), &p, &fx->e));
    head = FEED_PREFIX + p.header_bytes.n;
    for (size_t n = 0; n < fx->file.n; n++) {
        unsigned char *cut = mem_new(n + 1); /* so that reading on is seen */

        memcpy(cut, fx->file.p, n);
        assert_false(good((struct span){cut, n}));
        /* its beginning tells which one it is */
        assert_int_equal(feed_header_peek((struct span){cut, n}, &h, &fx->e), n >= head);
        if (n >= head)
            assert_int_equal(h.page, 17);
        free(cut);
    }
    bytes_char(&fx->file, 0);
    assert_false(good(span_of(&fx->file)));
}

/* What another key signs is a page, but not one of the key it names. */
static void a_page_signed_by_another_key_does_not_hold(void **state)
{
    struct fixture *fx = *state;
    struct feed_header h = sample_header(fx);
    struct feed_page p;

    keypair_new(&fx->key); /* the header still names the one before */
    seal(fx, &h, (struct span){0}, &fx->file);
    assert_true(feed_page_read(span_of(&fx->file), &p, &fx->e));
    assert_int_equal(p.header.records, 0);
    assert_false(feed_page_holds(&p));
}

static void records_that_lie_about_their_number_are_refused(void **state)
{
    struct fixture *fx = *state;
    struct feed_header h = sample_header(fx);
    struct bytes body = {0};
    struct feed_page p;

    h.records = sample_body(&body) + 1;
    seal(fx, &h, span_of(&body), &fx->file);
    assert_false(feed_page_read(span_of(&fx->file), &p, &fx->e));
    assert_non_null(strstr(fx->e.text, "records"));
    bytes_clear(&body);
}

static void an_unknown_record_is_for_a_newer_release(void **state)
{
    static const unsigned char other[] = {0, 0, 0, 2, 0x3a, 0}; /* field 7, empty */
    struct fixture *fx = *state;
    struct feed_header h = sample_header(fx);
    struct feed_record r;
    struct feed_reader in;
    struct feed_page p;

    h.records = 1;
    seal(fx, &h, (struct span){other, sizeof other}, &fx->file);
    assert_true(feed_page_read(span_of(&fx->file), &p, &fx->e));
    in = feed_records(&p);
    assert_false(feed_next(&in, &fx->a, &r, &fx->e));
    assert_int_equal(fx->e.kind, ERR_RETRY);
    h = sample_header(fx);
    h.version = FEED_VERSION + 1;
    seal(fx, &h, (struct span){0}, &fx->file);
    assert_false(feed_page_read(span_of(&fx->file), &p, &fx->e));
    assert_int_equal(fx->e.kind, ERR_RETRY);
}

/* ---- order ---- */

struct order {
    const char *what;
    uint64_t epoch, page; /* of the cursor */
    unsigned char hash;   /* of the cursor */
    const char *says;     /* NULL: it follows */
    bool forked;
};

static void a_page_follows_only_the_one_before_it(void **state)
{
    static const struct order table[] = {
        {"the page before",     2, 16, 9, NULL,             false},
        {"another branch",      2, 16, 8, "another branch", true },
        {"repeated",            2, 17, 9, "again",          false},
        {"behind",              2, 18, 9, "again",          false},
        {"of an epoch before",  3, 1,  9, "again",          false},
        {"pages are missing",   2, 15, 9, "missing",        false},
        {"and so at the start", 0, 0,  9, "missing",        false},
        {"an epoch is missing", 1, 99, 9, "missing",        false},
    };
    struct fixture *fx = *state;
    struct feed_page p;

    assert_true(feed_page_read(span_of(&fx->file), &p, &fx->e));
    for (size_t i = 0; i < COUNT(table); i++) {
        const struct order *o = &table[i];
        struct feed_cursor c = {FEED_FULL, o->epoch, o->page, true, hash_like(o->hash)};
        bool forked;
        bool ok = feed_page_follows(&p, &fx->province, &c, &forked, &fx->e);

        assert_int_equal(ok, o->says == NULL);
        assert_int_equal(forked, o->forked);
        if (o->says != NULL && strstr(fx->e.text, o->says) == NULL)
            fail_msg("%s: %s", o->what, fx->e.text);
    }
}

static void a_new_epoch_follows_where_it_says_it_does(void **state)
{
    struct fixture *fx = *state;
    struct feed_header h = sample_header(fx);
    struct feed_cursor c = {FEED_FULL, 2, 16, true, hash_like(9)};
    struct feed_page p;
    bool forked;

    h.epoch = 3; /* and still commits of the one before */
    h.page = 1;
    seal(fx, &h, (struct span){0}, &fx->file);
    assert_true(feed_page_read(span_of(&fx->file), &p, &fx->e));
    assert_int_equal(p.header.commit_epoch, 2);
    assert_true(feed_page_follows(&p, &fx->province, &c, &forked, &fx->e));
    c.page = 20; /* the province was restored: what we have behind 16 is no more */
    assert_false(feed_page_follows(&p, &fx->province, &c, &forked, &fx->e));
    assert_true(forked);
    c.page = 10;
    assert_false(feed_page_follows(&p, &fx->province, &c, &forked, &fx->e));
    assert_false(forked);
}

static void a_foreign_page_is_refused(void **state)
{
    struct fixture *fx = *state;
    struct hash other = hash_like(6);
    struct feed_cursor c = {FEED_FULL, 2, 16, true, hash_like(9)};
    struct feed_page p;

    assert_true(feed_page_read(span_of(&fx->file), &p, &fx->e));
    assert_false(feed_page_follows(&p, &other, &c, NULL, &fx->e));
    assert_non_null(strstr(fx->e.text, "another province"));
    c.chain = FEED_PUBLICATIONS;
    assert_false(feed_page_follows(&p, &fx->province, &c, NULL, &fx->e));
    assert_non_null(strstr(fx->e.text, "chain"));
}

/* ---- blobs, kinds, cursors ---- */

static void a_blob_travels_in_pieces(void **state)
{
    struct fixture *fx = *state;
    size_t size = 2 * FEED_PIECE + 100, at = 0;
    unsigned char *whole = mem_new(size);
    struct hash hash = hash_like(4);
    struct bytes body = {0};
    struct feed_reader in;
    struct feed_record r;

    whole[size - 1] = 42;
    assert_int_equal(
        feed_add_blob(&body, FEED_BLOB_TOTALS, &hash, (struct span){whole, size}), 3);
    in = (struct feed_reader){span_of(&body), 0};
    while (feed_next(&in, &fx->a, &r, &fx->e) && r.kind == FEED_RECORD_BLOB) {
        assert_int_equal(r.blob.offset, at);
        assert_int_equal(r.blob.total, size);
        assert_memory_equal(r.blob.data.p, whole + at, r.blob.data.n);
        at += r.blob.data.n;
    }
    assert_int_equal(at, size);
    bytes_clear(&body);
    free(whole);
}

static void publications_show_no_key_of_a_unit(void **state)
{
    (void)state;
    assert_true(feed_is_public("seal", span_str("{}")));
    assert_true(
        feed_is_public("key", span_str("{\"public\":\"ab\",\"use\":\"receipt\"}")));
    assert_true(feed_is_public("key", span_str("{\"use\":\"person\"}")));
    assert_false(feed_is_public("key", span_str("{\"unit\":\"106\",\"use\":\"sign\"}")));
    assert_false(feed_is_public(
        "key",
        span_str("{\"reason\":\"\\\"use\\\":\\\"receipt\\\"\",\"use\":\"curve\"}")));
    assert_false(feed_is_public("decision", span_str("{}")));
    assert_false(feed_is_public("entity", span_str("{}")));
}

static void cursors_are_read_as_they_are_written(void **state)
{
    static const char *const bad[] = {
        "", "1", "1.", ".1", "0.1", "1.2x", " 1.2", "1.-2", "1.99999999999999999999"};
    struct feed_cursor c = {.chain = FEED_FULL};

    (void)state;
    assert_true(feed_cursor_read("2.17", &c));
    assert_int_equal(c.epoch, 2);
    assert_int_equal(c.page, 17);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(feed_cursor_read(bad[i], &c));
}

/* ---- messages ---- */

static void round_trip(struct fixture *fx, const struct message *m, struct message *back)
{
    struct bytes b = {0}, again = {0};

    wire_pack_message(m, &b);
    if (!wire_read_message(span_of(&b), &fx->a, back, &fx->e))
        fail_msg("%s", fx->e.text);
    assert_int_equal(back->kind, m->kind);
    wire_pack_message(back, &again);
    assert_true(span_eq(span_of(&b), span_of(&again)));
    bytes_clear(&b);
    bytes_clear(&again);
}

static void messages_come_back_as_they_were_sent(void **state)
{
    struct fixture *fx = *state;
    const struct feed_cursor c = {FEED_PUBLICATIONS, 1, 4, true, hash_like(3)};
    const struct reconcile_ask ask = {
        .unit = {"106", date_read("2004-01-01")},
        .scheme = "htx",
        .period = "2025",
        .prefix = {1,     2                      },
        .n_prefix = 2,
        .list = true
    };
    const struct reconcile_row row = {
        .is_item = true,
        .line = {.item = hash_like(9),
                 .verdict = VERDICT_HELD,
                 .kind = ITEM_REPORT,
                 .name = "HTX Mường So"}
    };
    struct message back;

    round_trip(fx,
               &(struct message){
                   .kind = MSG_FEED_OPEN,
                   .feed_open = {1, fx->province, c, "htx-aggregator 1.0"}
    },
               &back);
    assert_int_equal(back.feed_open.after.page, 4);
    round_trip(fx,
               &(struct message){
                   .kind = MSG_FEED_STATE,
                   .feed_state = {.version = 1, .province = fx->province, .next = c}
    },
               &back);
    assert_int_equal(back.feed_state.newest.chain, FEED_CHAIN_NONE);
    assert_int_equal(back.feed_state.next.chain, FEED_PUBLICATIONS);
    round_trip(fx,
               &(struct message){
                   .kind = MSG_FEED_REQUEST, .feed_request = {c, 196608}
    },
               &back);
    assert_int_equal(back.feed_request.offset, 196608);
    round_trip(fx,
               &(struct message){
                   .kind = MSG_FEED_PART, .feed_part = {c, 5, 10, span_str("bytes")}
    },
               &back);
    assert_int_equal(back.feed_part.data.n, 5);
    round_trip(fx,
               &(struct message){
                   .kind = MSG_FEED_REFUSAL,
                   .feed_refusal = {FEED_REFUSAL_FUTURE, "no such page yet", c}
    },
               &back);
    assert_string_equal(feed_refusal_word(back.feed_refusal.reason), "future");
    round_trip(fx, &(struct message){.kind = MSG_RECONCILE_ASK, .reconcile_ask = ask},
               &back);
    assert_true(back.reconcile_ask.list);
    round_trip(fx,
               &(struct message){
                   .kind = MSG_RECONCILE_ANSWER,
                   .reconcile_answer = {ask, {1, 99}, &row, 1, true}
    },
               &back);
    assert_string_equal(back.reconcile_answer.rows[0].line.name, "HTX Mường So");
    assert_int_equal(back.reconcile_answer.rows[0].line.verdict, VERDICT_HELD);
}

static void messages_that_make_no_sense_are_refused(void **state)
{
    struct fixture *fx = *state;
    const struct feed_cursor c = {FEED_FULL, 1, 4, false, hash_like(0)};
    const struct message bad[] = {
        {.kind = MSG_FEED_REQUEST                             },
        { .kind = MSG_FEED_REQUEST, .feed_request = {{.chain = FEED_FULL, .page = 3}, 0}},
        { .kind = MSG_FEED_PART,           .feed_part = {c, 8, 10, span_str("bytes")}},
        { .kind = MSG_FEED_PART,                         .feed_part = {c, 0, 10, {0}}},
        { .kind = MSG_FEED_OPEN,                          .feed_open = {.version = 1}},
        { .kind = MSG_RECONCILE_ASK,                  .reconcile_ask = {.period = "2025"}},
    };
    struct message back;

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct bytes b = {0};

        wire_pack_message(&bad[i], &b);
        assert_false(wire_read_message(span_of(&b), &fx->a, &back, &fx->e));
        assert_int_equal(fx->e.kind, ERR_INPUT);
        bytes_clear(&b);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_page_gives_back_what_was_sealed),
        T(a_page_with_any_bit_changed_is_refused),
        T(a_page_cut_anywhere_or_longer_is_refused),
        T(a_page_signed_by_another_key_does_not_hold),
        T(records_that_lie_about_their_number_are_refused),
        T(an_unknown_record_is_for_a_newer_release),
        T(a_page_follows_only_the_one_before_it),
        T(a_new_epoch_follows_where_it_says_it_does),
        T(a_foreign_page_is_refused),
        T(a_blob_travels_in_pieces),
        T(publications_show_no_key_of_a_unit),
        T(cursors_are_read_as_they_are_written),
        T(messages_come_back_as_they_were_sent),
        T(messages_that_make_no_sense_are_refused),
    };

    if (!crypto_init())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
