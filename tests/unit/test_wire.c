/* wire, crypto, merkle, batch, receipt: bytes there and back, and nothing else accepted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/batch.h"
#include "proto/merkle.h"
#include "proto/receipt.h"

static struct observation OBS[] = {
    {.indicator = 4,
     .b1 = "agri",
     .state = OBS_VALUE,
     .qualifier = QUAL_ABOUT,
     .has_upper = true,
     .value = 600,
     .upper = 800,
     .as_of = 19500,
     .text = "khoảng 600 đến 800",
     .cell = "Biểu 02!C7",
     .population = "enterprise_htx"},
    {.indicator = 5,   .b1 = "agri",                   .state = OBS_VALUE,                                    .value = 0,                                                                                              .as_of = DATE_NONE                                                                                                                                                                                                      },
    {.indicator = 6, .state = OBS_NIL,   .as_of = DATE_NONE, .text = "-"},
    {.indicator = 7, .state = OBS_VALUE, .value = -5,               .stated = true,                                                 .as_of = DATE_NONE},
};

static struct report sample(void)
{
    static struct named_text texts[] = {
        {"kien_nghi", "Đề nghị hỗ trợ vốn"}
    };

    return (struct report){
        .version = 1,
        .id = {{1, 2, 3}                       },
        .unit = { "106",                           12418},
        .form = "unit_statement",
        .form_version = 1,
        .subject = { .kind = SUBJECT_UNIT, .name = "Huyện Tam Đường"},
        .scheme = "nd09",
        .period = "2023",
        .vintage = VINTAGE_ESTIMATE,
        .channel = CHANNEL_TERRITORIAL,
        .revision = 1,
        .catalogue = 1,
        .source_name = "bieu02.xlsx",
        .source_place = "Biểu 02",
        .maker = "Lò Thị A",
        .made_at = 1695200000000,
        .obs = OBS,
        .n_obs = COUNT(OBS),
        .texts = texts,
        .n_texts = 1
    };
}

static void a_report_comes_back_as_it_was_packed(void **state)
{
    struct report r = sample(), back;
    struct bytes b = {0}, again = {0};
    struct arena a = {0};
    struct err e;

    (void)state;
    assert_true(wire_pack_report(&r, &b, &e));
    assert_true(wire_read_report(span_of(&b), &a, &back, &e));
    assert_string_equal(back.obs[0].text, "khoảng 600 đến 800");
    assert_int_equal(back.obs[0].upper, 800);
    assert_int_equal(back.obs[1].value, 0);
    assert_int_equal(back.obs[1].state, OBS_VALUE);
    assert_int_equal(back.obs[2].state, OBS_NIL);
    assert_int_equal(back.obs[3].value, -5);
    assert_true(wire_pack_report(&back, &again, &e));
    assert_true(span_eq(span_of(&b), span_of(&again)));
    bytes_clear(&b);
    bytes_clear(&again);
    arena_clear(&a);
}

static void the_digest_is_of_what_is_said_not_of_who_typed_it(void **state)
{
    struct report r = sample();
    struct hash first = report_digest(&r), other;
    struct observation changed[COUNT(OBS)];

    (void)state;
    r.id.b[0] = 9;
    r.revision = 3;
    r.has_supersedes = true;
    r.source_name = "khac.csv";
    r.made_at = 1;
    r.reason = "sửa";
    r.catalogue = 2;
    memcpy(changed, OBS, sizeof OBS);
    changed[0].cell = "D9";
    r.obs = changed;
    other = report_digest(&r);
    assert_true(hash_eq(&first, &other));
    changed[1].value = 1;
    other = report_digest(&r);
    assert_false(hash_eq(&first, &other));
}

static struct explanation explanation(void)
{
    return (struct explanation){
        .version = 1,
        .id = {{4, 2}},
        .unit = {"106",  12418},
        .about = {{7}     },
        .scheme = "nd09",
        .period = "2025-S1",
        .vintage = VINTAGE_ACTUAL,
        .finding = "R103",
        .indicator = 14,
        .b1 = "agri",
        .b2 = "",
        .cell = "Biểu 01!K9",
        .text = "Doanh thu giảm do mất mùa chè",
        .maker = "Lò Thị A",
        .made_at = 1750000000000,
    };
}

static void an_explanation_comes_back_as_it_was_packed(void **state)
{
    struct explanation x = explanation(), back;
    struct bytes b = {0}, again = {0};
    struct arena a = {0};
    struct err e;

    (void)state;
    assert_true(wire_pack_explanation(&x, &b, &e));
    assert_true(wire_read_explanation(span_of(&b), &a, &back, &e));
    assert_string_equal(back.finding, "R103");
    assert_string_equal(back.text, x.text);
    assert_int_equal(back.indicator, 14);
    assert_string_equal(back.b1, "agri");
    assert_string_equal(back.cell, "Biểu 01!K9");
    assert_false(back.withdraw);
    assert_true(wire_pack_explanation(&back, &again, &e));
    assert_true(span_eq(span_of(&b), span_of(&again)));
    b.p[b.n - 1] ^= 0x80; /* a cut number */
    assert_false(wire_read_explanation(span_of(&b), &a, &back, &e));
    bytes_clear(&b);
    bytes_clear(&again);
    arena_clear(&a);
}

static void unpackable(struct explanation x, const char *why)
{
    struct bytes b = {0};
    struct arena a = {0};
    struct explanation back;
    struct err e = {0};

    if (wire_pack_explanation(&x, &b, &e))
        assert_false(wire_read_explanation(span_of(&b), &a, &back, &e));
    assert_int_equal(e.kind, ERR_INPUT);
    if (strstr(e.text, why) == NULL)
        fail_msg("%s, not: %s", e.text, why);
    bytes_clear(&b);
    arena_clear(&a);
}

static void an_explanation_without_its_parts_is_refused(void **state)
{
    char *long_text = mem_new(WIRE_ANSWER_LEN + 2);
    struct explanation x = explanation();

    (void)state;
    memset(long_text, 'a', WIRE_ANSWER_LEN + 1);
    x.text = long_text;
    unpackable(x, "1 to 8000");
    x.text = "";
    unpackable(x, "1 to 8000");
    x = explanation();
    x.period = "";
    unpackable(x, "period and vintage");
    x = explanation();
    x.vintage = VINTAGE_NONE;
    unpackable(x, "period and vintage");
    x = explanation();
    x.text = "Do\xe2\x80"; /* cut UTF-8 */
    unpackable(x, "UTF-8");
    x = explanation();
    x.text = "mu\xcc\x9b\xcc\x80"; /* mừ with loose marks */
    unpackable(x, "NFC");
    x = explanation();
    x.withdraw = true;
    unpackable(x, "whole report");
    x = explanation();
    long_text[WIRE_STRING_LEN + 1] = 0;
    x.maker = long_text;
    unpackable(x, "too long");
    free(long_text);
}

/* Whatever one byte becomes: refused, or it is another report with another hash. */
static void no_altered_byte_passes_for_the_same_report(void **state)
{
    struct report r = sample(), back;
    struct bytes b = {0};
    struct arena a = {0};
    struct hash honest;
    struct err e;
    size_t refused = 0, cut_read = 0;

    (void)state;
    assert_true(wire_pack_report(&r, &b, &e));
    honest = item_hash(ITEM_REPORT, span_of(&b));
    for (size_t bit = 0; bit < 8 * b.n; bit++) {
        struct hash h;

        b.p[bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (!wire_read_report(span_of(&b), &a, &back, &e))
            refused++;
        h = item_hash(ITEM_REPORT, span_of(&b));
        assert_false(hash_eq(&honest, &h));
        b.p[bit / 8] ^= (unsigned char)(1 << bit % 8);
        arena_clear(&a);
    }
    assert_true(refused > b.n);
    for (size_t n = 0; n < b.n; n++) {
        struct span cut = {b.p, n};

        cut_read += wire_read_report(cut, &a, &back, &e);
        arena_clear(&a);
    }
    assert_true(cut_read < 10); /* only between two observations is the rest a report */
    bytes_clear(&b);
}

static void other_encodings_of_a_report_are_refused(void **state)
{
    static const struct {
        const char *what;
        const char *bytes;
        size_t n;
    } bad[] = {
        {"empty",                   "",                             0},
        {"a long varint",           "\x08\x81\x00",                 3},
        {"a field twice",           "\x08\x01\x08\x01",             4},
        {"an unknown field",        "\x08\x01\xf8\x01\x01",         5},
        {"NUL in a string",         "\x08\x01\x22\x03\x61\x00\x62", 7},
        {"not UTF-8",               "\x08\x01\x22\x02\xff\xfe",     6},
        {"not NFC",                 "\x08\x01\x22\x03\x61\xcc\x81", 7},
        {"a length beyond the end", "\x08\x01\x22\x7f\x61",         5},
        {"fixed width",             "\x08\x01\x25\x00\x00\x00\x00", 7},
    };
    struct arena a = {0};
    struct report r;
    struct err e;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct span s = {(const unsigned char *)bad[i].bytes, bad[i].n};

        assert_false(wire_read_report(s, &a, &r, &e));
        assert_int_equal(e.kind, ERR_INPUT);
        arena_clear(&a);
    }
}

static void a_newer_version_is_not_now(void **state)
{
    struct span s = {(const unsigned char *)"\x08\x02\xf8\x01\x01", 5};
    struct arena a = {0};
    struct report r;
    struct err e;

    (void)state;
    assert_false(wire_read_report(s, &a, &r, &e));
    assert_int_equal(e.kind, ERR_RETRY);
}

static void every_leaf_of_every_tree_proves_itself_and_nothing_else(void **state)
{
    struct hash leaves[40], path[MERKLE_PATH_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(leaves); i++)
        leaves[i] = hash_of(DOMAIN_LEAF, (struct span){(unsigned char *)&i, sizeof i});
    for (size_t n = 1; n <= COUNT(leaves); n++) {
        struct hash root = merkle_root(leaves, n);
        struct arena a = {0};
        struct merkle tree;

        merkle_build(&tree, leaves, n, &a);
        for (size_t i = 0; i < n; i++) {
            size_t len = merkle_path(&tree, i, path);

            assert_true(merkle_holds(&leaves[i], i, n, path, len, &root));
            assert_false(
                merkle_holds(&leaves[(i + 1) % COUNT(leaves)], i, n, path, len, &root));
            if (n > 1)
                assert_false(merkle_holds(&leaves[i], i, n, path, len - 1, &root));
            if (len > 0) {
                path[0].b[0] ^= 1;
                assert_false(merkle_holds(&leaves[i], i, n, path, len, &root));
            }
        }
        arena_clear(&a);
    }
}

static void a_batch_holds_only_as_it_was_sealed(void **state)
{
    struct report r = sample();
    struct bytes body[3] = {{0}}, wire = {0};
    struct item items[3];
    struct hash hashes[3], got[3], hash, header_hash;
    struct batch_header h = {
        .unit = {"106", 12418},
          .epoch = 1, .number = 1, .sealed_at = 5
    };
    struct keypair key;
    struct message m;
    struct arena a = {0};
    struct err e;

    (void)state;
    keypair_new(&key);
    for (size_t i = 0; i < 3; i++) {
        r.id.b[0] = (unsigned char)i;
        assert_true(wire_pack_report(&r, &body[i], &e));
        items[i] = (struct item){ITEM_REPORT, span_of(&body[i])};
        hashes[i] = item_hash(ITEM_REPORT, items[i].body);
    }
    batch_seal(&h, items, hashes, 3, &key, &wire, &hash);
    assert_true(wire_read_message(span_of(&wire), &a, &m, &e));
    assert_int_equal(m.kind, MSG_BATCH);
    assert_int_equal(batch_check(&m.batch, got, &header_hash), REJECT_NONE);
    assert_true(hash_eq(&hash, &header_hash));
    assert_memory_equal(got, hashes, sizeof got);
    m.batch.signature.b[3] ^= 1;
    assert_int_equal(batch_check(&m.batch, got, &header_hash), REJECT_SIGNATURE);
    m.batch.signature.b[3] ^= 1;
    m.batch.items[1].body.n--;
    assert_int_equal(batch_check(&m.batch, got, &header_hash), REJECT_MALFORMED);
    m.batch.items[1].body.n++;
    m.batch.n_items = 2;
    assert_int_equal(batch_check(&m.batch, got, &header_hash), REJECT_MALFORMED);
    for (size_t i = 0; i < 3; i++)
        bytes_clear(&body[i]);
    bytes_clear(&wire);
    arena_clear(&a);
}

static void a_receipt_verifies_by_public_keys_alone(void **state)
{
    struct keypair key;
    struct leaf leaf = {
        .unit = {"106", 12418},
        .epoch = 1,
        .seq = 12,
        .kind = ITEM_REPORT,
        .verdict = VERDICT_WARNINGS,
        .catalogue = 1
    };
    struct statement st = {
        .epoch = 1, .number = 3, .first_seq = 10, .last_seq = 14, .time = 7};
    struct findings fs = {0};
    struct bytes lb = {0}, sb = {0}, fb = {0}, wire = {0};
    struct hash leaves[5], path[MERKLE_PATH_MAX], province = {{7}};
    struct receipt r, back;
    struct merkle tree;
    struct arena a = {0};
    struct err e;

    (void)state;
    keypair_new(&key);
    findings_add(&fs, &(struct finding){
                          .code = "LATE", .severity = SEV_NOTE, .args = {"20/06/2025"}});
    wire_pack_findings(&fs, &fb);
    leaf.findings_hash = hash_of(DOMAIN_FINDINGS, span_of(&fb));
    wire_pack_leaf(&leaf, &lb);
    memset(leaves, 3, sizeof leaves);
    leaves[2] = hash_of(DOMAIN_LEAF, span_of(&lb));
    st.province = province;
    st.key = key.pub;
    st.root = merkle_root(leaves, 5);
    wire_pack_statement(&st, &sb);
    r = (struct receipt){.leaf = span_of(&lb),
                         .index = 2,
                         .leaves = 5,
                         .path = path,
                         .statement = span_of(&sb),
                         .findings = span_of(&fb),
                         .signature = sign(DOMAIN_STATEMENT, &key, span_of(&sb))};
    merkle_build(&tree, leaves, 5, &a);
    r.n_path = merkle_path(&tree, 2, path);
    wire_pack_receipt(&r, &wire);
    assert_true(wire_read_receipt(span_of(&wire), &a, &back, &e));
    assert_true(receipt_check(&back, &province, &key.pub, 1, &a, &leaf, &st, &e));
    assert_int_equal(leaf.seq, 12);

    for (size_t bit = 0; bit < 8 * wire.n; bit++) { /* no flipped bit is accepted */
        bool good;

        wire.p[bit / 8] ^= (unsigned char)(1 << bit % 8);
        good = wire_read_receipt(span_of(&wire), &a, &back, &e) &&
               receipt_check(&back, &province, &key.pub, 1, &a, &leaf, &st, &e);
        assert_false(good);
        wire.p[bit / 8] ^= (unsigned char)(1 << bit % 8);
        arena_clear(&a);
    }
    province.b[0] = 8;
    assert_true(wire_read_receipt(span_of(&wire), &a, &back, &e));
    assert_false(receipt_check(&back, &province, &key.pub, 1, &a, &leaf, &st, &e));
    findings_clear(&fs);
    bytes_clear(&lb);
    bytes_clear(&sb);
    bytes_clear(&fb);
    bytes_clear(&wire);
    arena_clear(&a);
}

static void unpacking_a_bomb_stays_inside_its_cap(void **state)
{
    /* an Envelope with a Receipts full of empty receipts: 2 bytes each on the wire */
    struct bytes inner = {0}, wire = {0};
    struct arena a = {0};
    struct message m;
    struct err e;

    (void)state;
    for (size_t i = 0; i < 55000; i++)
        bytes_add(&inner, "\x12\x00", 2);
    bytes_char(&wire, 0x22);
    for (size_t n = inner.n; n > 0; n >>= 7)
        bytes_char(&wire, (int)((n & 0x7f) | (n > 0x7f ? 0x80 : 0)));
    bytes_add(&wire, inner.p, inner.n);
    assert_false(wire_read_message(span_of(&wire), &a, &m, &e));
    assert_true(a.used <= WIRE_HEAP + 65536);
    arena_clear(&a);
    bytes_clear(&inner);
    bytes_clear(&wire);
}

/* Of a cell that holds more than travels its finding has the beginning, and can be read.
 */
static void a_long_cell_does_not_make_findings_unreadable(void **state)
{
    struct findings fs = {0}, back = {0};
    struct bytes value = {0}, packed = {0};
    struct err e = {0};

    (void)state;
    for (int i = 0; i < 700; i++)
        bytes_str(&value, "ệ");
    findings_add(&fs, &(struct finding){
                          .code = "TEXT_FORMULA",
                          .severity = SEV_ERROR,
                          .value = bytes_cstr(&value),
                          .args = {bytes_cstr(&value), "a"}
    });
    wire_pack_findings(&fs, &packed);
    assert_true(wire_read_findings(span_of(&packed), &back, &e));
    assert_int_equal(back.n, 1);
    assert_int_equal(strlen(back.list[0].value), 3 * 332 + 3);
    assert_string_equal(back.list[0].value + 3 * 331, "ệ…");
    assert_string_equal(back.list[0].value, back.list[0].args[0]);
    findings_clear(&fs);
    findings_clear(&back);
    bytes_clear(&value);
    bytes_clear(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_cell_does_not_make_findings_unreadable),
        cmocka_unit_test(a_report_comes_back_as_it_was_packed),
        cmocka_unit_test(the_digest_is_of_what_is_said_not_of_who_typed_it),
        cmocka_unit_test(an_explanation_comes_back_as_it_was_packed),
        cmocka_unit_test(an_explanation_without_its_parts_is_refused),
        cmocka_unit_test(no_altered_byte_passes_for_the_same_report),
        cmocka_unit_test(other_encodings_of_a_report_are_refused),
        cmocka_unit_test(a_newer_version_is_not_now),
        cmocka_unit_test(every_leaf_of_every_tree_proves_itself_and_nothing_else),
        cmocka_unit_test(a_batch_holds_only_as_it_was_sealed),
        cmocka_unit_test(a_receipt_verifies_by_public_keys_alone),
        cmocka_unit_test(unpacking_a_bomb_stays_inside_its_cap),
    };

    if (!crypto_init())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
