/* One set of migration files under another schema's name: code is renamed, words are not.
 */
#include "aggregator/ministry/schema_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* clang-format off */
#include <cmocka.h>
/* clang-format on */

static void reads(const char *sql, const char *expected)
{
    struct bytes out = {0};

    schema_rename(sql, "htx_12", &out);
    assert_string_equal(bytes_cstr(&out), expected);
    bytes_clear(&out);
}

static void qualifiers_are_renamed(void **state)
{
    (void)state;
    reads("create schema htx;", "create schema htx_12;");
    reads("grant select on htx.report, htx.unit to htx_read",
          "grant select on htx_12.report, htx_12.unit to htx_read");
    reads("select htx.rollup(htx.x)", "select htx_12.rollup(htx_12.x)");
    reads("where n = 'htx'::regnamespace", "where n = 'htx_12'::regnamespace");
    reads("as $$ select 'htx.new', htx.day_vi(a) $$",
          "as $$ select 'htx.new', htx_12.day_vi(a) $$");
    reads("|| htx.day_vi(l.day)", "|| htx_12.day_vi(l.day)");
}

static void words_are_not(void **state)
{
    (void)state;
    reads("('htx', 'htx.total', 'it''s htx.x')", "('htx', 'htx.total', 'it''s htx.x')");
    reads("-- of htx.report\nhtx.x", "-- of htx.report\nhtx_12.x");
    reads("/* htx.report */ htx.x", "/* htx.report */ htx_12.x");
    reads("myhtx.x a.htx.x htx_read htx \"htx.x\"",
          "myhtx.x a.htx.x htx_read htx \"htx.x\"");
    reads("'open htx.x", "'open htx.x");
    reads("/* open htx.x", "/* open htx.x");
    reads("", "");
}

static void a_code_gives_a_name(void **state)
{
    char name[SCHEMA_NAME_MAX], old[SCHEMA_NAME_MAX];

    (void)state;
    assert_true(schema_of_code("12", name));
    assert_string_equal(name, "htx_12");
    schema_of_branch(name, 1, old);
    assert_string_equal(old, "htx_12_fork1");
    assert_true(schema_name_valid(name));
    assert_true(schema_name_valid(old));
    assert_true(schema_of_code("HN", name));
    assert_string_equal(name, "htx_hn");
    assert_false(schema_of_code("", name));
    assert_false(schema_of_code("12; drop", name));
    assert_false(schema_of_code("1234567890123456x", name));
    assert_false(schema_of_code("Hà", name));
    assert_false(schema_name_valid("htx\"12"));
    assert_false(schema_name_valid(""));
    assert_false(schema_name_valid("12"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qualifiers_are_renamed),
        cmocka_unit_test(words_are_not),
        cmocka_unit_test(a_code_gives_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
