/* endorse: who puts a catalogue into force. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/endorse.h"

struct fixture {
    struct keypair keys[4]; /* three officers and a stranger */
    struct officers officers;
    struct catalogue_act act;
    struct err e;
};

static struct fixture fixture(void)
{
    struct fixture fx = {
        .act = {.province = {{1}}, .version = 2, .bundle = {{3}}, .from = 20000}
    };
    struct bytes file = {0};
    char hex[2 * KEY_LEN + 1];

    bytes_str(&file, "# genesis\n[province]\ncode = 12\nkey = none of an officer\n");
    for (size_t i = 0; i < 4; i++) {
        keypair_new(&fx.keys[i]);
        if (i < 3)
            bytes_printf(&file, "\n[officer o%zu]\nname = Người [%zu]\nkey = %s\n", i, i,
                         hex_of(fx.keys[i].pub.b, KEY_LEN, hex));
    }
    assert_true(officers_read(span_of(&file), &fx.officers, &fx.e));
    bytes_clear(&file);
    return fx;
}

static void two_officers_put_a_catalogue_into_force(void **state)
{
    struct fixture fx = fixture();
    struct endorsement list[] = {endorse(&fx.act, &fx.keys[0]),
                                 endorse(&fx.act, &fx.keys[2])};

    (void)state;
    assert_int_equal(fx.officers.n, 3);
    assert_string_equal(officer_with_key(&fx.officers, &fx.keys[2].pub)->code, "o2");
    assert_ptr_equal(officer_with_code(&fx.officers, "o1"), &fx.officers.list[1]);
    assert_true(endorsed(&fx.act, &fx.officers, list, 2, &fx.e));
}

static void fewer_or_others_do_not(void **state)
{
    struct fixture fx = fixture();
    struct endorsement one = endorse(&fx.act, &fx.keys[0]);
    struct endorsement stranger = endorse(&fx.act, &fx.keys[3]);
    struct endorsement twice[] = {one, one}, foreign[] = {one, stranger, stranger};
    struct endorsement bad[] = {one, endorse(&fx.act, &fx.keys[1])};

    (void)state;
    assert_false(endorsed(&fx.act, &fx.officers, NULL, 0, &fx.e));
    assert_false(endorsed(&fx.act, &fx.officers, &one, 1, &fx.e));
    assert_false(endorsed(&fx.act, &fx.officers, twice, 2, &fx.e));
    assert_false(endorsed(&fx.act, &fx.officers, foreign, 3, &fx.e));
    assert_int_equal(fx.e.kind, ERR_INPUT);
    bad[1].signature.b[5] ^= 1;
    assert_false(endorsed(&fx.act, &fx.officers, bad, 2, &fx.e));
    assert_non_null(strstr(fx.e.text, "o1"));
}

/* What was signed is this bundle of this version for this province from this day. */
static void nothing_of_the_act_can_be_changed(void **state)
{
    struct fixture fx = fixture();
    struct endorsement list[] = {endorse(&fx.act, &fx.keys[0]),
                                 endorse(&fx.act, &fx.keys[1])};
    struct catalogue_act other = fx.act;

    (void)state;
    other.version = 3;
    assert_false(endorsed(&other, &fx.officers, list, 2, &fx.e));
    other = fx.act;
    other.bundle.b[0]++;
    assert_false(endorsed(&other, &fx.officers, list, 2, &fx.e));
    other = fx.act;
    other.province.b[0]++;
    assert_false(endorsed(&other, &fx.officers, list, 2, &fx.e));
    other = fx.act;
    other.from++;
    assert_false(endorsed(&other, &fx.officers, list, 2, &fx.e));
}

static void a_genesis_with_a_damaged_key_is_refused(void **state)
{
    struct officers officers;
    struct err e;

    (void)state;
    assert_false(officers_read(span_str("[officer a]\nkey = 12\n"), &officers, &e));
    assert_int_equal(e.kind, ERR_SETUP);
    assert_true(officers_read(span_str("[officer a]\nname = A\n"), &officers, &e));
    assert_null(officer_with_key(&officers, &(struct pubkey){{0}})); /* no key: nobody */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_officers_put_a_catalogue_into_force),
        cmocka_unit_test(fewer_or_others_do_not),
        cmocka_unit_test(nothing_of_the_act_can_be_changed),
        cmocka_unit_test(a_genesis_with_a_damaged_key_is_refused),
    };

    return !crypto_init() || cmocka_run_group_tests(tests, NULL, NULL);
}
