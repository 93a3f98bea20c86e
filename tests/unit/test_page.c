/* page, notice and the messages of the back flow: bytes there and back, nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/base/file.h"
#include "proto/merkle.h"
#include "proto/notice.h"
#include "proto/page.h"

#include <sys/stat.h>
#include <unistd.h>

enum { KEEP = 12418 /* 2004-01-01 */ };

static const struct unit_key UNIT = {"106", KEEP};

static struct observation OBS[] = {
    {.indicator = 1,      .b1 = "agri", .state = OBS_VALUE, .value = 12, .as_of = DATE_NONE},
    {.indicator = 5, .state = OBS_NIL,             .as_of = DATE_NONE                 },
};

static struct subject htx(const char *id, const char *name)
{
    return (struct subject){.kind = SUBJECT_HTX,
                            .scheme = ID_TAX,
                            .id = id,
                            .name = name,
                            .sector = "agri",
                            .state = STATE_ACTIVE};
}

static const struct past_report REPORTS[] = {
    {"htx_year", 1, "nd09", "2023", VINTAGE_ACTUAL, CHANNEL_TERRITORIAL, OBS, COUNT(OBS)},
    {"htx_year", 1, "nd09", "2024", VINTAGE_ACTUAL, CHANNEL_TERRITORIAL, OBS, 1         },
};

/* Three entries: the unit's own, one of the register, one that only reported. */
static void sample(struct bytes *b)
{
    struct subject unit = {.kind = SUBJECT_UNIT, .name = "Huyện Tam Đường"};
    struct subject one = htx("6200000001", "HTX Ngọc Minh");
    struct subject two = htx("6200000002", "HTX Tả Lèng");
    struct past past = {.registered = &unit, .founded = DATE_NONE};

    page_begin(b, &(struct page_head){
                      UNIT, {1, 77}
    });
    past.reports = REPORTS;
    past.n_reports = 1;
    assert_true(page_add(b, &unit, &past));
    past = (struct past){.registered = &one,
                         .founded = 15000,
                         .reports = REPORTS,
                         .n_reports = COUNT(REPORTS)};
    assert_true(page_add(b, &one, &past));
    past = (struct past){.founded = DATE_NONE};
    assert_true(page_add(b, &two, &past));
}

static void a_page_comes_back_entity_by_entity(void **state)
{
    struct subject ask = htx("6200000001", ""), nobody = htx("6200000009", "");
    struct subject own = {.kind = SUBJECT_UNIT};
    struct register_page p;
    const struct page_entry *found;
    struct arena a = {0};
    struct bytes b = {0};
    struct past past;
    struct err e;

    (void)state;
    sample(&b);
    assert_true(page_read(&p, span_of(&b), &e));
    assert_string_equal(p.unit.code, "106");
    assert_int_equal(p.at.seq, 77);
    assert_int_equal(p.n, 3);
    assert_null(page_find(&p, &nobody));
    found = page_find(&p, &ask);
    assert_non_null(found);
    assert_string_equal(found->subject.name, "HTX Ngọc Minh");
    assert_true(found->registered);
    page_past(&p, found, &a, &past);
    assert_non_null(past.registered);
    assert_int_equal(past.founded, 15000);
    assert_int_equal(past.n_reports, 2);
    assert_string_equal(past.reports[1].period, "2024");
    assert_int_equal(past.reports[0].obs[0].value, 12);
    assert_int_equal(past.reports[0].obs[1].state, OBS_NIL);
    assert_ptr_equal(past.unit, &p.unit);
    found = page_find(&p, &own);
    assert_non_null(found);
    assert_int_equal(found->n_reports, 1);
    assert_false(p.entries[2].registered);
    page_past(&p, &p.entries[2], &a, &past);
    assert_null(past.registered);
    arena_clear(&a);
    page_clear(&p);
    bytes_clear(&b);
}

/* No altered byte crashes anything, and what is read is canonical: the same bytes again.
 */
static void an_altered_page_is_refused_or_another_page(void **state)
{
    struct register_page p;
    struct bytes b = {0};
    struct err e;
    size_t refused = 0;

    (void)state;
    sample(&b);
    for (size_t bit = 0; bit < 8 * b.n; bit++) {
        b.p[bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (page_read(&p, span_of(&b), &e))
            page_clear(&p);
        else
            refused++;
        b.p[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    assert_true(refused > 2 * b.n);
    for (size_t n = 0; n < b.n; n++)
        if (page_read(&p, (struct span){b.p, n}, &e))
            page_clear(&p); /* cut between two entities: the hash tells */
    bytes_clear(&b);
}

static void a_page_that_is_none_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        enum err_kind kind;
    } bad[] = {
        {"",                             0, ERR_INPUT},
        {"\x08\x02",                     2, ERR_RETRY}, /* a newer version: later */
        {"\x08\x01",                     2, ERR_INPUT}, /* without a unit */
        {"\x08\x01\x2a\x80\x00",         5, ERR_INPUT}, /* a length in long form */
        {"\x08\x01\x2a\x05\x0a",         5, ERR_INPUT},
        {"\x08\x01\x12\xff\xff\xff\x0f", 7, ERR_INPUT},
    };
    struct subject twice = htx("6200000001", "HTX");
    struct past past = {.founded = DATE_NONE};
    struct register_page p;
    struct bytes b = {0};
    struct err e;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct span s = {(const unsigned char *)bad[i].bytes, bad[i].n};

        assert_false(page_read(&p, s, &e));
        assert_int_equal(e.kind, bad[i].kind);
    }
    page_begin(&b, &(struct page_head){
                       UNIT, {1, 1}
    });
    assert_true(page_add(&b, &twice, &past));
    assert_true(page_add(&b, &twice, &past));
    assert_false(page_read(&p, span_of(&b), &e));
    assert_non_null(strstr(e.text, "twice"));
    bytes_clear(&b);
}

/* The file in the state folder: another unit of the same code does not read it. */
static void a_page_lies_in_the_state_folder(void **state)
{
    char dir[] = "/tmp/htx-page-XXXXXX";
    struct unit_key later = {"106", KEEP + 1};
    struct register_page p;
    struct bytes b = {0};
    struct err e;
    bool there;
    char *path;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_true(page_open(&p, dir, &UNIT, &there, &e));
    assert_false(there);
    page_clear(&p);
    path = mem_printf("%s/register", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    free(path);
    path = mem_printf("%s/register/106.page", dir);
    sample(&b);
    assert_true(file_write(path, span_of(&b), 0600, &e));
    assert_true(page_open(&p, dir, &UNIT, &there, &e));
    assert_true(there);
    assert_int_equal(p.n, 3);
    page_clear(&p);
    assert_true(page_open(&p, dir, &later, &there, &e));
    assert_false(there);
    page_clear(&p);
    assert_true(file_write(path, span_str("no page"), 0600, &e));
    assert_false(page_open(&p, dir, &UNIT, &there, &e));
    unlink(path);
    free(path);
    path = mem_printf("%s/register", dir);
    rmdir(path);
    rmdir(dir);
    free(path);
    bytes_clear(&b);
}

/* -- messages ------------------------------------------------------------------------ */

static void round_trip(const struct message *m, struct message *back, struct arena *a)
{
    struct bytes b = {0}, again = {0};
    struct span kept;
    struct err e;

    wire_pack_message(m, &b);
    kept = (struct span){(unsigned char *)arena_strn(a, b.p, b.n), b.n};
    assert_true(wire_read_message(kept, a, back, &e));
    assert_int_equal(back->kind, m->kind);
    wire_pack_message(back, &again);
    assert_true(span_eq(kept, span_of(&again)));
    bytes_clear(&b);
    bytes_clear(&again);
}

static void messages_of_the_back_flow_come_back(void **state)
{
    struct endorsement two[] = {
        {{{1}}, {{2}}},
        {{{3}}, {{4}}}
    };
    struct hash path[] = {{{5}}, {{6}}};
    struct have have = {
        .unit = UNIT,
        .notice = {2, 40},
        .has_page = true,
        .page = {{9}},
        .catalogue = 3,
        .catalogue_hash = {{8}}
    };
    struct arena a = {0};
    struct message back;

    (void)state;
    round_trip(
        &(struct message){
            .kind = MSG_OFFER,
            .offer = {{BLOB_CATALOGUE, 2, {"", DATE_NONE}, {{7}}, 100}, 20000, two, 2}
    },
        &back, &a);
    assert_int_equal(back.offer.from, 20000);
    assert_int_equal(back.offer.endorsements[1].signature.b[0], 4);
    assert_int_equal(back.offer.blob.version, 2);
    round_trip(
        &(struct message){
            .kind = MSG_PART_REQUEST,
            .part_request = {{BLOB_REGISTER, 0, UNIT, {{7}}, 100}, 99}
    },
        &back, &a);
    assert_string_equal(back.part_request.blob.unit.code, "106");
    round_trip(
        &(struct message){
            .kind = MSG_PART,
            .part = {{BLOB_REGISTER, 0, UNIT, {{7}}, 5}, 2, span_str("abc")}
    },
        &back, &a);
    assert_int_equal(back.part.data.n, 3);
    round_trip(&(struct message){.kind = MSG_HAVE, .have = have}, &back, &a);
    assert_int_equal(back.have.notice.seq, 40);
    round_trip(
        &(struct message){
            .kind = MSG_NOTICE,
            .notice = {span_str("{}"), 1, 3, path, 2, span_str("st"), {{8}}, {1, 2}}
    },
        &back, &a);
    assert_int_equal(back.notice.n_path, 2);
    assert_int_equal(back.notice.previous.seq, 2);
    round_trip(
        &(struct message){
            .kind = MSG_HELLO, .hello = {.catalogue = 1, .have = &have, .n_have = 1}
    },
        &back, &a);
    assert_int_equal(back.hello.n_have, 1);
    assert_true(back.hello.have[0].has_page);
    assert_int_equal(back.hello.have[0].catalogue_hash.b[0], 8);
    arena_clear(&a);
}

static void impossible_blobs_are_refused(void **state)
{
    const struct blob_ref page = {BLOB_REGISTER, 0, UNIT, {{7}}, 10};
    const struct message bad[] = {
        {.kind = MSG_PART_REQUEST, .part_request = {page, 10}                },
        {.kind = MSG_PART,         .part = {page, 8, span_str("abc")}        },
        {.kind = MSG_PART,         .part = {page, 0, {NULL, 0}}              },
        {.kind = MSG_PART_REQUEST,
         .part_request = {{BLOB_REGISTER, 0, UNIT, {{7}}, WIRE_PAGE + 1}, 0} },
        {.kind = MSG_PART_REQUEST,
         .part_request = {{BLOB_REGISTER, 0, {"", DATE_NONE}, {{7}}, 10}, 0} },
        {.kind = MSG_PART_REQUEST,
         .part_request = {{BLOB_CATALOGUE, 0, {"", DATE_NONE}, {{7}}, 10}, 0}},
        {.kind = MSG_PART_REQUEST,
         .part_request = {{BLOB_NONE, 1, {"", DATE_NONE}, {{7}}, 10}, 0}     },
        {.kind = MSG_HAVE,         .have = {.unit = {"", DATE_NONE}}         },
        {.kind = MSG_NOTICE,       .notice = {.act = {NULL, 0}}              },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad) - 1; i++) {
        struct arena a = {0};
        struct bytes b = {0};
        struct message back;
        struct err e;

        wire_pack_message(&bad[i], &b);
        assert_false(wire_read_message(span_of(&b), &a, &back, &e));
        bytes_clear(&b);
        arena_clear(&a);
    }
}

/* -- notices ------------------------------------------------------------------------- */

static const char ACT[] =
    "{\"about\":null,\"due\":\"2025-06-16\",\"finding\":\"R1\",\"new\":1,\"notice\":"
    "\"ask\","
    "\"period\":\"2025-S1\",\"person\":\"a\",\"text\":\"Vì sao?\",\"unit\":\"106\","
    "\"unit_from\":\"2004-01-01\"}";

struct proof {
    struct keypair key;
    struct hash province, leaves[3], path[MERKLE_PATH_MAX];
    struct bytes statement;
    struct notice notice;
    struct arena arena;
};

static void prove(struct proof *p, const char *act)
{
    struct merkle tree;
    struct statement st = {.epoch = 1, .number = 5, .first_seq = 10, .last_seq = 12};

    *p = (struct proof){.province = {{1}}};
    keypair_new(&p->key);
    for (size_t i = 0; i < 3; i++)
        p->leaves[i] =
            hash_of(DOMAIN_CONTROL, i == 1 ? span_str(act) : span_str("other"));
    merkle_build(&tree, p->leaves, 3, &p->arena);
    st.province = p->province;
    st.root = merkle_root(p->leaves, 3);
    st.key = p->key.pub;
    st.time = 1750000000000;
    wire_pack_statement(&st, &p->statement);
    p->notice = (struct notice){
        .act = span_str(act),
        .index = 1,
        .leaves = 3,
        .path = p->path,
        .n_path = merkle_path(&tree, 1, p->path),
        .statement = span_of(&p->statement),
        .signature = sign(DOMAIN_STATEMENT, &p->key, span_of(&p->statement))};
}

static bool holds(struct proof *p, struct notice_act *out, struct err *e)
{
    return notice_check(&p->notice, &p->province, &p->key.pub, 1, &p->arena, out, e);
}

static void free_proof(struct proof *p)
{
    bytes_clear(&p->statement);
    arena_clear(&p->arena);
}

static void a_notice_holds_by_its_proof_alone(void **state)
{
    struct notice_act act;
    struct proof p;
    struct pubkey other = {{1}};
    struct hash foreign = {{2}};
    struct err e;

    (void)state;
    prove(&p, ACT);
    assert_true(holds(&p, &act, &e));
    assert_int_equal(act.kind, NOTICE_ASK);
    assert_string_equal(act.text, "Vì sao?");
    assert_string_equal(act.name, "");
    assert_int_equal(act.at.seq, 11);
    assert_int_equal(act.due, date_read("2025-06-16"));
    assert_false(act.has_about);
    assert_false(notice_check(&p.notice, &foreign, &p.key.pub, 1, &p.arena, &act, &e));
    assert_false(notice_check(&p.notice, &p.province, &other, 1, &p.arena, &act, &e));
    p.notice.act = span_str("{\"notice\":\"ask\",\"unit\":\"107\"}");
    assert_false(holds(&p, &act, &e));
    p.notice.act = span_str(ACT);
    p.notice.index = 2; /* the position is part of the proof */
    assert_false(holds(&p, &act, &e));
    p.notice.index = 1;
    p.notice.leaves = 4;
    assert_false(holds(&p, &act, &e));
    p.notice.leaves = 3;
    p.path[0].b[0] ^= 1;
    assert_false(holds(&p, &act, &e));
    p.path[0].b[0] ^= 1;
    p.notice.signature.b[3] ^= 1;
    assert_false(holds(&p, &act, &e));
    p.notice.signature.b[3] ^= 1;
    assert_true(holds(&p, &act, &e));
    free_proof(&p);
}

static void another_record_of_the_log_is_no_notice(void **state)
{
    static const char *const bad[] = {
        "{\"act\":\"activate\",\"unit\":\"106\",\"unit_from\":\"2004-01-01\"}",
        "{\"notice\":\"ask\",\"unit\":\"106\"}",
        "{\"about\":\"12\",\"notice\":\"ask\",\"unit\":\"106\",\"unit_from\":\"2004-01-"
        "01\"}",
        "[]",
        "",
        "{\"notice\":\"ask\"",
        "{\"notice\":1,\"notice\":2}"};
    struct notice_act act;
    struct proof p;
    struct err e;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        prove(&p, bad[i]);
        assert_false(holds(&p, &act, &e));
        assert_int_equal(e.kind, ERR_INPUT);
        free_proof(&p);
    }
    prove(&p, "{\"notice\":\"later\",\"unit\":\"106\",\"unit_from\":\"2004-01-01\"}");
    assert_true(holds(&p, &act, &e)); /* a kind of a newer province */
    assert_int_equal(act.kind, NOTICE_NONE);
    free_proof(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_comes_back_entity_by_entity),
        cmocka_unit_test(an_altered_page_is_refused_or_another_page),
        cmocka_unit_test(a_page_that_is_none_is_refused),
        cmocka_unit_test(a_page_lies_in_the_state_folder),
        cmocka_unit_test(messages_of_the_back_flow_come_back),
        cmocka_unit_test(impossible_blobs_are_refused),
        cmocka_unit_test(a_notice_holds_by_its_proof_alone),
        cmocka_unit_test(another_record_of_the_log_is_no_notice),
    };

    return !crypto_init() || cmocka_run_group_tests(tests, NULL, NULL);
}
