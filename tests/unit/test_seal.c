/* seal: the bytes that two people sign when a period is closed or reopened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/seal.h"

static struct seal_unit missing[] = {
    {"107", "Huyện Mường Tè", 12418},
    {"110", "a\tb\\c\nd",           12418}
};
static struct seal_warning warnings[] = {
    {"106", 12418, 1, 23, "C_1, C_2"}
};

static struct seal closing(void)
{
    return (struct seal){.province = {{1}},
                         .scheme = "nd09",
                         .period = "2025-S1",
                         .vintage = "actual",
                         .number = 2,
                         .epoch = 1,
                         .seq = 671,
                         .commit = 88,
                         .statement = {{2}},
                         .root = {{3}},
                         .totals = {{4}},
                         .method = 3,
                         .catalogue = 1,
                         .units = 8,
                         .sent = 6,
                         .reports = 412,
                         .missing = missing,
                         .n_missing = COUNT(missing),
                         .warnings = warnings,
                         .n_warnings = COUNT(warnings)};
}

static struct seal reopening(void)
{
    struct seal s = closing();

    s.reopen = true;
    s.why = "đơn vị 107 gửi lại";
    return s;
}

static struct span packed(const struct seal *s, struct bytes *b)
{
    b->n = 0;
    seal_pack(s, b);
    return span_of(b);
}

/* Whoever checks a seal in ten years reads these very lines. */
static void the_text_is_fixed(void **state)
{
    static const char TEXT[] =
        "htx-seal 1\nact\tclose\nprovince\t01"
        "00000000000000000000000000000000000000000000000000000000000000\n"
        "period\tnd09\t2025-S1\nvintage\tactual\nnumber\t2\nas-of\t1\t671\ncommit\t88\t02"
        "00000000000000000000000000000000000000000000000000000000000000\t03"
        "00000000000000000000000000000000000000000000000000000000000000\ntotals\t04"
        "00000000000000000000000000000000000000000000000000000000000000\n"
        "method\t3\ncatalogue\t1\nunits\t8\t6\nreports\t412\n"
        "missing\t107\t2004-01-01\tHuyện Mường Tè\n"
        "missing\t110\t2004-01-01\ta\\tb\\\\c\\nd\n"
        "warning\t106\t2004-01-01\t1\t23\tC_1, C_2\n";
    struct seal s = closing();
    struct bytes b = {0};

    (void)state;
    seal_pack(&s, &b);
    assert_string_equal(bytes_cstr(&b), TEXT);
    bytes_clear(&b);
}

static void what_is_read_is_what_was_packed(void **state)
{
    struct seal of[] = {closing(), reopening()}, s;
    struct arena a = {0};
    struct bytes b = {0};
    struct err e = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(of); i++) {
        assert_true(seal_read(packed(&of[i], &b), &a, &s, &e));
        assert_int_equal(s.reopen, i == 1);
        assert_int_equal(s.number, 2);
        assert_int_equal(s.seq, 671);
        assert_string_equal(s.period, "2025-S1");
        assert_memory_equal(s.totals.b, of[i].totals.b, HASH_LEN);
    }
    assert_string_equal(s.why, "đơn vị 107 gửi lại");
    assert_true(seal_read(packed(&of[0], &b), &a, &s, &e));
    assert_int_equal(s.n_missing, 2);
    assert_string_equal(s.missing[1].name, "a\tb\\c\nd");
    assert_int_equal(s.n_warnings, 1);
    assert_string_equal(s.warnings[0].codes, "C_1, C_2");
    arena_clear(&a);
    bytes_clear(&b);
}

static void any_other_byte_is_refused(void **state)
{
    struct seal s = closing(), out;
    struct arena a = {0};
    struct bytes b = {0};
    struct err e = {0};
    struct span whole;

    (void)state;
    whole = packed(&s, &b);
    for (size_t n = 0; n < whole.n;
         n++) { /* cut: complete lines at the end may be missing */
        bool read = seal_read((struct span){whole.p, n}, &a, &out, &e);

        assert_true(!read || whole.p[n - 1] == '\n');
        arena_clear(&a);
    }
    for (size_t i = 0; i < whole.n; i++) { /* what is read says something else, then */
        struct bytes other = {0}, again = {0};

        bytes_add(&other, whole.p, whole.n);
        other.p[i] ^= 1;
        if (seal_read(span_of(&other), &a, &out, &e)) {
            seal_pack(&out, &again);
            assert_true(span_eq(span_of(&again), span_of(&other)));
            assert_false(span_eq(span_of(&again), whole));
        }
        bytes_clear(&other);
        bytes_clear(&again);
        arena_clear(&a);
    }
    bytes_str(&b, "missing\t111\t2004-01-01\tX\n"); /* behind the warnings */
    assert_false(seal_read(span_of(&b), &a, &out, &e));
    arena_clear(&a);
    bytes_clear(&b);
}

static void two_keys_over_the_same_bytes(void **state)
{
    struct keypair an, binh;
    struct seal s = closing(), other = reopening();
    struct bytes b = {0}, c = {0};
    struct endorsement by_an, by_binh, elsewhere;
    struct err e = {0};

    (void)state;
    keypair_new(&an);
    keypair_new(&binh);
    by_an = seal_sign(packed(&s, &b), &an);
    by_binh = seal_sign(packed(&s, &b), &binh);
    elsewhere = seal_sign(packed(&other, &c), &binh);
    assert_true(seal_by_two(span_of(&b), &by_an, &by_binh, &e));
    assert_false(seal_by_two(span_of(&b), &by_an, &by_an, &e));
    assert_false(seal_by_two(span_of(&b), &by_an, &elsewhere, &e));
    assert_false(seal_by_two(span_of(&c), &by_an, &elsewhere, &e));
    /* a signature of another domain over these bytes is none */
    by_binh.signature = sign(DOMAIN_CONTROL, &binh, span_of(&b));
    assert_false(seal_by_two(span_of(&b), &by_an, &by_binh, &e));
    bytes_clear(&b);
    bytes_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_is_fixed),
        cmocka_unit_test(what_is_read_is_what_was_packed),
        cmocka_unit_test(any_other_byte_is_refused),
        cmocka_unit_test(two_keys_over_the_same_bytes),
    };

    if (!crypto_init())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
