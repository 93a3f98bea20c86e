/* table and json: what people and scripts read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aggregator/json.h"
#include "aggregator/table.h"

static const struct column COLUMNS[] = {
    {"name",   COL_TEXT,   "Tên",                 "Name" },
    {"n",      COL_INT,    "Số",                 "Count"},
    {"value",  COL_NUMBER, "Giá trị",           "Value"},
    {"day",    COL_DATE,   "Ngày",                "Day"  },
    {"ok",     COL_BOOL,   "Đúng",               "Right"},
    {"hidden", COL_TEXT,   NULL,                   NULL   },
    {"vi",     COL_TEXT,   "Chỉ tiếng Việt", NULL   },
};

static void fill(struct table *t)
{
    table_init(t, COLUMNS, COUNT(COLUMNS));
    table_text(t, "Huyện Tam Đường");
    table_int(t, -5);
    table_shown(t, "706.4", "706,4");
    table_date(t, date_make(2025, 6, 14));
    table_bool(t, true);
    table_text(t, "x\"y");
    table_text(t, "");
    for (size_t i = 0; i < COUNT(COLUMNS); i++)
        table_none(t);
    assert_int_equal(table_rows(t), 2);
}

static char *printed(enum lang lang, bool json)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    struct table t;

    fill(&t);
    table_print(&t, lang, json, f);
    table_clear(&t);
    fclose(f);
    return text;
}

static void columns_are_aligned_by_what_is_seen(void **state)
{
    char *text = printed(LANG_EN, false);

    (void)state;
    assert_string_equal(text, "Name             Count  Value  Day         Right\n"
                              "Huyện Tam Đường     -5  706,4  14/06/2025  yes\n"
                              "                                           \n");
    free(text);
    text = printed(LANG_VI, false);
    assert_non_null(strstr(text, "Đúng  Chỉ tiếng Việt\n"));
    assert_non_null(strstr(text, "có"));
    free(text);
}

static void json_has_every_column_and_no_format(void **state)
{
    char *text = printed(LANG_VI, true);
    struct table t;
    FILE *f;
    size_t n;

    (void)state;
    assert_string_equal(
        text,
        "[\n"
        "{\"name\": \"Huyện Tam Đường\", \"n\": -5, \"value\": \"706.4\", \"day\": "
        "\"2025-06-14\", \"ok\": true, \"hidden\": \"x\\\"y\", \"vi\": \"\"},\n"
        "{\"name\": null, \"n\": null, \"value\": null, \"day\": null, \"ok\": null, "
        "\"hidden\": null, \"vi\": null}\n"
        "]\n");
    free(text);
    table_init(&t, COLUMNS, COUNT(COLUMNS));
    f = open_memstream(&text, &n);
    table_print(&t, LANG_EN, true, f);
    fclose(f);
    assert_string_equal(text, "[]\n");
    free(text);
    table_clear(&t);
}

static void canonical_json_depends_on_the_fields_alone(void **state)
{
    struct json *a = json_new(), *b = json_new();
    struct bytes one = {0}, two = {0};

    (void)state;
    json_text(a, "tên", "Lò \"A\"\n");
    json_int(a, "b", 1);
    json_bool(a, "a", false);
    json_date(a, "d", DATE_NONE);
    json_text(a, "e", "\xff");
    json_text(b, "e", NULL);
    json_none(b, "d");
    json_bool(b, "a", false);
    json_int(b, "b", 2);
    json_int(b, "b", 1);
    json_text(b, "tên", "Lò \"A\"\n");
    json_write(a, true, &one);
    json_write(b, true, &two);
    assert_true(span_eq(span_of(&one), span_of(&two)));
    assert_string_equal(bytes_cstr(&one), "{\"a\":false,\"b\":1,\"d\":null,\"e\":null,"
                                          "\"tên\":\"Lò \\\"A\\\"\\n\"}");
    bytes_clear(&one);
    bytes_clear(&two);
    json_free(&a);
    json_free(&b);
    json_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_aligned_by_what_is_seen),
        cmocka_unit_test(json_has_every_column_and_no_format),
        cmocka_unit_test(canonical_json_depends_on_the_fields_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
