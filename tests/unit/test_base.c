/* base: dates, hex, configuration, text keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/base/clock.h"
#include "proto/base/text.h"

static void dates_go_there_and_back(void **state)
{
    char out[11];

    (void)state;
    assert_int_equal(date_read("1970-01-01"), 0);
    assert_int_equal(date_read("2025-02-29"), DATE_NONE);
    assert_int_equal(date_read("2025-06-31"), DATE_NONE);
    assert_int_equal(date_read("2025-6-1"), DATE_NONE);
    for (int32_t d = -20000; d < 60000; d++)
        assert_int_equal(date_read(date_iso(d, out)), d);
    assert_string_equal(date_vi(date_read("2025-06-14"), out), "14/06/2025");
}

static void a_civil_day_begins_at_midnight_in_vietnam(void **state)
{
    (void)state;
    assert_int_equal(date_of_wall(17 * 3600 * 1000 - 1), 0);
    assert_int_equal(date_of_wall(17 * 3600 * 1000), 1);
    assert_int_equal(date_of_wall(-8 * 3600 * 1000), -1);
}

static void words_match_whatever_the_tone_placement(void **state)
{
    struct arena a = {0};
    static const char *const same[][2] = {
        {"hoá",                "hóa"                         },
        {"Phú Thuỷ",         "phú thủy"                  },
        {"Uỷ ban",            "ỦY BAN"                     },
        {"Vũ Hoà",            "Vũ Hòa"                     },
        {" Tam  -  Đường ", "tam đường"                },
        {"Ðà",                "đà"                         },
        {"hợp tác xã",      "ho\xcc\x9b\xcc\xa3p ta\xcc\x81"
                       "c xa\xcc\x83"}
    };

    (void)state;
    for (size_t i = 0; i < COUNT(same); i++)
        assert_string_equal(text_key(&a, same[i][0]), text_key(&a, same[i][1]));
    assert_string_not_equal(text_key(&a, "quý"), text_key(&a, "quí"));
    assert_string_equal(text_key_bare(&a, "Tam Đường"), "tam duong");
    assert_null(text_key(&a, "\xff"));
    assert_true(text_has_hidden("a\xe2\x80\x8b"));
    assert_false(text_has_hidden("Tả Lèng"));
    arena_clear(&a);
}

static void an_arena_is_zeroed_and_aligned_whatever_lies_before(void **state)
{
    struct arena a = {0};

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 9000; i++) {
            size_t n = 1 + i % 200;
            unsigned char *p = arena_new(&a, n);
            char *text = arena_strn(&a, "abcdefghijklm", i % 13);

            assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
            assert_int_equal(p[0] | p[n / 2] | p[n - 1], 0);
            assert_int_equal(strlen(text), i % 13);
            memset(p, 0xa5, n);
            memset(arena_chars(&a, n), 0xa5, n);
        }
        arena_reset(&a);
    }
    assert_int_equal(*arena_chars(&a, 1 << 20), 0);
    arena_clear(&a);
    assert_null(a.head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_go_there_and_back),
        cmocka_unit_test(a_civil_day_begins_at_midnight_in_vietnam),
        cmocka_unit_test(an_arena_is_zeroed_and_aligned_whatever_lies_before),
        cmocka_unit_test(words_match_whatever_the_tone_placement),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
