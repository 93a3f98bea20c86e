#include "proto/file_sign.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants these first */
#include <cmocka.h>

struct fixture {
    struct keypair key;
    struct signed_file f;
    struct bytes text;
    struct arena arena;
    struct err e;
};

static const char BODY[] = "nd09,2025-S1,actual\r\n";

static int begin(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    assert_true(crypto_init());
    keypair_new(&fx->key);
    fx->f = (struct signed_file){.name = "HTX_COOP_1.0_2025-S1_12_v1.csv",
                                 .province = "12",
                                 .scheme = "nd09",
                                 .period = "2025-S1",
                                 .vintage = "actual",
                                 .number = 1};
    file_sign(&fx->f, span_str(BODY), &fx->key, &fx->text);
    *state = fx;
    return 0;
}

static int end(void **state)
{
    struct fixture *fx = *state;

    bytes_clear(&fx->text);
    arena_clear(&fx->arena);
    free(fx);
    return 0;
}

static void what_was_signed_is_read_and_holds(void **state)
{
    struct fixture *fx = *state;
    struct bytes again = {0};
    struct signed_file f;

    assert_true(file_sign_read(span_of(&fx->text), &fx->arena, &f, &fx->e));
    assert_string_equal(f.name, "HTX_COOP_1.0_2025-S1_12_v1.csv");
    assert_int_equal(f.bytes, sizeof BODY - 1);
    assert_null(f.officer);
    assert_true(file_sign_holds(&f, span_str(BODY), &fx->e));
    fx->f.officer = "an";
    file_sign(&fx->f, span_str(BODY), &fx->key, &again);
    assert_true(file_sign_read(span_of(&again), &fx->arena, &f, &fx->e));
    assert_string_equal(f.officer, "an");
    assert_true(file_sign_holds(&f, span_str(BODY), &fx->e));
    bytes_clear(&again);
}

static void sha256_is_that_of_other_tools(void **state)
{
    char hex[2 * HASH_LEN + 1];
    struct hash h = hash_sha256(span_str("abc"));

    (void)state;
    assert_string_equal(hash_hex(&h, hex),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a"
                        "9cb410ff61f20015ad");
}

/* Whatever byte is changed: either it is no such text any more, or it does not hold. */
static void every_changed_byte_is_seen(void **state)
{
    struct fixture *fx = *state;
    char body[sizeof BODY];

    for (size_t i = 0; i < fx->text.n; i++) {
        struct signed_file f;

        fx->text.p[i] ^= 1;
        assert_false(file_sign_read(span_of(&fx->text), &fx->arena, &f, &fx->e) &&
                     file_sign_holds(&f, span_str(BODY), &fx->e));
        assert_int_equal(fx->e.kind, ERR_INPUT);
        fx->text.p[i] ^= 1;
    }
    for (size_t i = 0; i + 1 < sizeof BODY; i++) {
        memcpy(body, BODY, sizeof BODY);
        body[i] ^= 1;
        assert_false(file_sign_holds(&fx->f, span_str(body), &fx->e));
    }
    assert_false(file_sign_holds(&fx->f, span_str("nd09"), &fx->e));
    assert_true(file_sign_holds(&fx->f, span_str(BODY), &fx->e));
}

static void cut_or_longer_texts_are_refused(void **state)
{
    struct fixture *fx = *state;
    struct signed_file f;

    for (size_t n = 0; n < fx->text.n; n++)
        assert_false(
            file_sign_read((struct span){fx->text.p, n}, &fx->arena, &f, &fx->e));
    bytes_str(&fx->text, "more\n");
    assert_false(file_sign_read(span_of(&fx->text), &fx->arena, &f, &fx->e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_signed_is_read_and_holds, begin, end),
        cmocka_unit_test_setup_teardown(sha256_is_that_of_other_tools, begin, end),
        cmocka_unit_test_setup_teardown(every_changed_byte_is_seen, begin, end),
        cmocka_unit_test_setup_teardown(cut_or_longer_texts_are_refused, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
