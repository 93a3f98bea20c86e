/* text: one form for letters that look alike, one key for words that are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/base/text.h"

static void letters_come_to_one_form(void **state)
{
    static const struct {
        const char *was, *is;
        bool nfc; /* it was already */
    } texts[] = {
        {"Hợp tác xã",          "Hợp tác xã",     true },
        {"ho\xcc\x9b\xcc\xa3p ta\xcc\x81"
         "c xa\xcc\x83",   "hợp tác xã",     false},
        {"Ta\xcc\x89 Le\xcc\x80ng", "Tả Lèng",         false},
        {"Đ",                      "Đ",                 true },
        {"\xc3\x90\xc3\xaa",        "Đê",               true }, /* U+00D0 */
        {"\xc6\x89\xc3\xaa",        "Đê",               true }, /* U+0189 */
        {"1\xe2\x80\x89"
         "250 – 3…",   "1\xe2\x80\x89"
         "250 – 3…", true },
        {"\xe2\x80\x80",            "\xe2\x80\x82",       false}, /* en quad, en space */
        {"\xe2\x84\xaa",            "K",                  false}, /* the sign of Kelvin */
        {"\xf0\x9f\x98\x80",        "\xf0\x9f\x98\x80",   true },
        {"",                        "",                   true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct arena a = {0};

        assert_string_equal(text_nfc(&a, span_str(texts[i].was)), texts[i].is);
        assert_int_equal(text_is_nfc(span_str(texts[i].was)), texts[i].nfc);
        arena_clear(&a);
    }
}

static void what_is_no_text_is_refused(void **state)
{
    static const char *const bad[] = {"\xff", "\xc3", "\xe1\xba", "\xed\xa0\x80",
                                      "\xc0\x80"};
    struct arena a = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_null(text_nfc(&a, span_str(bad[i])));
        assert_false(text_is_nfc(span_str(bad[i])));
        assert_null(text_key(&a, bad[i]));
    }
    assert_null(text_nfc(&a, (struct span){(const unsigned char *)"\xc3\xaa\0b", 4}));
    arena_clear(&a);
}

static void words_match_wherever_the_tone_stands(void **state)
{
    static const char *const same[][2] = {
        {"hoá",           "hóa"                 },
        {"Phú Thuỷ",    "Phú Thủy"          },
        {"Uỷ ban",       "Ủy ban"             },
        {"Vũ Hoà",       "VŨ  HÒA"            },
        {"Hợp-tác xã", "hợp tác\xc2\xa0xã"},
        {"\xc3\x90ê",     "đê"                 },
    };
    static const char *const other[][2] = {
        {"Thuận Quí", "Thuận Quý"},
        {"bán",         "bàn"        },
        {"đa",          "da"          }
    };
    struct arena a = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(same); i++)
        assert_string_equal(text_key(&a, same[i][0]), text_key(&a, same[i][1]));
    for (size_t i = 0; i < COUNT(other); i++)
        assert_string_not_equal(text_key(&a, other[i][0]), text_key(&a, other[i][1]));
    assert_string_equal(text_key_bare(&a, "Đường Hoá"), "duong hoa");
    arena_clear(&a);
}

/* A Greek letter behind the text makes the long way be taken: both must agree. */
static void the_short_way_to_a_key_is_the_long_one(void **state)
{
    static const char *const bits[] = {
        "o", "a", "e", "u", "y",        "á", "à", "ả", "ã", "ạ", "ă", "ắ", "ặ",
        "â", "ậ", "ấ", "é", "ẹ",        "ê", "ệ", "ề", "ý", "ỵ", "ỷ", "O", "U",
        "Á", "Ậ", "Ỵ", "ò", "ụ",        "ơ", "ợ", "ư", "ự", "đ", "Đ", "ð", "Ð",
        "Ɖ", " ", "-", "–", "\xc2\xa0", "_", "…", "1", "%", "/", "‘", "Z", "\xe2\x80\x8b",
        "Ỹ", "ĩ", "Ũ", "Ơ"};
    uint32_t seed = 7;

    (void)state;
    for (size_t round = 0; round < 20000; round++) {
        struct arena a = {0};
        struct bytes s = {0}, more = {0};
        bool bare = round % 2 == 1;
        const char *one, *two;

        for (size_t i = 0; i < 1 + round % 7; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes_str(&s, bits[(seed >> 8) % COUNT(bits)]);
        }
        bytes_str(&s, "z");
        bytes_str(&more, bytes_cstr(&s));
        bytes_str(&more, "ω");
        one = bare ? text_key_bare(&a, bytes_cstr(&s)) : text_key(&a, bytes_cstr(&s));
        two =
            bare ? text_key_bare(&a, bytes_cstr(&more)) : text_key(&a, bytes_cstr(&more));
        if (strncmp(one, two, strlen(one)) != 0 || strcmp(two + strlen(one), "ω") != 0)
            fail_msg("%s: %s, %s", bytes_cstr(&s), one, two);
        bytes_clear(&s);
        bytes_clear(&more);
        arena_clear(&a);
    }
}

static void hidden_characters_are_seen(void **state)
{
    static const char *const hidden[] = {"a\xe2\x80\x8b",
                                         "\xe2\x80\xae"
                                         "a",
                                         "a\xc2\xad", "\xef\xbb\xbf", "a\x07"};

    (void)state;
    for (size_t i = 0; i < COUNT(hidden); i++)
        assert_true(text_has_hidden(hidden[i]));
    assert_false(text_has_hidden("HTX Hợp Nhất, số 1"));
}

static void words_of_others_are_quoted(void **state)
{
    char out[12];

    (void)state;
    assert_string_equal(text_quote(out, sizeof out, "Hợp Nhất"), "Hợp Nhấ");
    assert_string_equal(text_quote(out, sizeof out, "Hợp Nh1t"), "Hợp Nh1t");
    assert_string_equal(text_quote(out, sizeof out, "\x1b[2J\xff\xc3"), "?[2J??");
    assert_string_equal(text_quote(out, sizeof out,
                                   "a\xe2\x80\xae"
                                   "b"),
                        "a?b");
    assert_string_equal(text_quote(out, sizeof out, ""), "");
    assert_string_equal(text_quote(out, 1, "a"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_come_to_one_form),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(words_match_wherever_the_tone_stands),
        cmocka_unit_test(the_short_way_to_a_key_is_the_long_one),
        cmocka_unit_test(hidden_characters_are_seen),
        cmocka_unit_test(words_of_others_are_quoted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
