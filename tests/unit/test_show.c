/* show: all 75 figures of Tam Đường's document as `report show --json` prints them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "proto/base/file.h"
#include "proto/crypto.h"
#include "proto/forms/reading.h"
#include "proto/show.h"
#include "proto/tsv.h"
#include "proto/wire.h"
#include "tests/lib/shipped_catalogue.h"

#define DATA "tests/data/tam_duong/"

static struct catalogue *cat;

static int open_catalogue(void **state)
{
    (void)state;
    cat = shipped_catalogue();
    return 0;
}

static int close_catalogue(void **state)
{
    (void)state;
    catalogue_close(&cat);
    return 0;
}

static void read_document(struct form_read *read)
{
    const struct reading_context ctx = {
        cat,
        {"106", date_read("2004-01-01")},
        CHANNEL_TERRITORIAL,
        date_read("2023-09-15"),
        NULL
    };
    struct err e = {0};

    if (!reading_file(&ctx, DATA "tam-duong-2023.xlsx", read, &e))
        fail_msg("%s", e.text);
    assert_int_equal(read->n, 3);
}

/* Packed, read back and shown, as a stored report is. */
static json_t *shown(const struct report *in)
{
    struct show_receipt receipt = {VERDICT_WARNINGS, 1, 42, true};
    struct report packed = *in, r;
    struct bytes wire = {0}, text = {0};
    struct arena a = {0};
    struct err e = {0};
    json_t *j;

    packed.revision = 1;
    if (!wire_pack_report(&packed, &wire, &e) ||
        !wire_read_report(span_of(&wire), &a, &r, &e))
        fail_msg("%s", e.text);
    show_report_json(cat, &r, &receipt, &text);
    j = json_loads(bytes_cstr(&text), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(j);
    bytes_clear(&wire);
    bytes_clear(&text);
    arena_clear(&a);
    return j;
}

static const char *text_of(const json_t *j, const char *key)
{
    const char *s = json_string_value(json_object_get(j, key));

    return s != NULL ? s : "";
}

/* The observation of this line, or NULL. */
static const json_t *observation_of(json_t *const *reports, size_t n, const struct tsv *t)
{
    for (size_t i = 0; i < n; i++) {
        const json_t *o;
        size_t k;

        if (strcmp(text_of(reports[i], "form"), tsv_get(t, "form")) != 0 ||
            strcmp(text_of(reports[i], "period"), tsv_get(t, "period")) != 0 ||
            strcmp(text_of(reports[i], "vintage"), tsv_get(t, "vintage")) != 0)
            continue;
        json_array_foreach(
            json_object_get(reports[i], "observations"), k,
            o) if (strcmp(text_of(o, "indicator"), tsv_get(t, "indicator")) == 0 &&
                   strcmp(text_of(o, "b1"), tsv_get(t, "b1")) == 0) return o;
    }
    return NULL;
}

static void all_75_figures_are_shown_as_written(void **state)
{
    static const char *const columns[] = {"form",      "period", "vintage", "indicator",
                                          "b1",        "text",   "value",   "upper",
                                          "qualifier", "unit",   "as_of",   "population"};
    enum { FIRST_SHOWN = 4 }; /* b1 and what follows is of the observation itself */
    struct form_read read = {0};
    json_t *reports[3];
    struct bytes data = {0};
    struct tsv t = {0};
    struct err e = {0};
    size_t seen = 0;

    (void)state;
    read_document(&read);
    for (size_t i = 0; i < COUNT(reports); i++)
        reports[i] = shown(&read.reports[i]);
    assert_true(file_read(DATA "expected.tsv", 1 << 20, &data, &e));
    assert_true(
        tsv_open(&t, "expected.tsv", span_of(&data), columns, COUNT(columns), &e));
    for (; tsv_next(&t, &e); seen++) {
        const json_t *o = observation_of(reports, COUNT(reports), &t);

        if (o == NULL)
            fail_msg("line %zu is not shown", t.line);
        assert_string_equal(text_of(o, "state"), "value");
        for (size_t c = FIRST_SHOWN; c < COUNT(columns); c++)
            if (strcmp(text_of(o, columns[c]), tsv_get(&t, columns[c])) != 0)
                fail_msg("line %zu: %s: \"%s\", not \"%s\"", t.line, columns[c],
                         text_of(o, columns[c]), tsv_get(&t, columns[c]));
    }
    assert_int_equal(seen, 75);
    for (size_t i = 0; i < COUNT(reports); i++)
        json_decref(reports[i]);
    tsv_close(&t);
    bytes_clear(&data);
    form_read_clear(&read);
}

static void the_head_says_who_and_under_which_receipt(void **state)
{
    struct form_read read = {0};
    const json_t *receipt;
    json_t *j;

    (void)state;
    read_document(&read);
    j = shown(&read.reports[0]);
    assert_string_equal(text_of(j, "unit"), "106");
    assert_string_equal(text_of(j, "unit_valid_from"), "2004-01-01");
    assert_string_equal(text_of(j, "channel"), "territorial");
    receipt = json_object_get(j, "receipt");
    assert_string_equal(text_of(receipt, "verdict"), "warnings");
    assert_int_equal(json_integer_value(json_object_get(receipt, "seq")), 42);
    assert_true(json_is_true(json_object_get(receipt, "late")));
    json_decref(j);
    form_read_clear(&read);
}

static void people_read_bounds_and_dots(void **state)
{
    struct form_read read = {0};
    struct bytes b = {0};
    size_t i = 0;

    (void)state;
    read_document(&read);
    while (strcmp(read.reports[i].form, "unit_statement") != 0)
        i++;
    show_report(cat, &read.reports[i], NULL, LANG_VI, &b);
    assert_non_null(strstr(bytes_cstr(&b), "ước đạt 1.100 triệu đồng/HTX/năm"));
    assert_non_null(strstr(bytes_cstr(&b), "17 doanh nghiệp, HTX; thời điểm 30/06/2023"));
    assert_non_null(strstr(bytes_cstr(&b), "Chưa có kết quả tiếp nhận"));
    bytes_clear(&b);
    form_read_clear(&read);
}

static void what_the_catalogue_does_not_know_is_shown_by_number(void **state)
{
    struct observation o = {.indicator = 9999,
                            .b1 = "x",
                            .state = OBS_VALUE,
                            .qualifier = QUAL_RANGE,
                            .has_upper = true,
                            .value = 5,
                            .upper = 7,
                            .as_of = DATE_NONE};
    struct report r = {.form = "unknown", .form_version = 7, .obs = &o, .n_obs = 1};
    struct bytes b = {0};
    const json_t *first;
    json_t *j;

    (void)state;
    show_report_json(cat, &r, NULL, &b);
    j = json_loads(bytes_cstr(&b), 0, NULL);
    first = json_array_get(json_object_get(j, "observations"), 0);
    assert_string_equal(text_of(first, "indicator"), "#9999");
    assert_string_equal(text_of(first, "value"), "5");
    assert_string_equal(text_of(first, "upper"), "7");
    assert_true(json_is_null(json_object_get(first, "as_of")));
    assert_true(json_is_null(json_object_get(j, "receipt")));
    b.n = 0;
    show_report(cat, &r, NULL, LANG_EN, &b);
    assert_non_null(strstr(bytes_cstr(&b), "#9999 | x: 5 – 7"));
    json_decref(j);
    bytes_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_75_figures_are_shown_as_written),
        cmocka_unit_test(the_head_says_who_and_under_which_receipt),
        cmocka_unit_test(people_read_bounds_and_dots),
        cmocka_unit_test(what_the_catalogue_does_not_know_is_shown_by_number),
    };

    return cmocka_run_group_tests(tests, open_catalogue, close_catalogue);
}
