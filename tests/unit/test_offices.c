/* proto/offices: who made a report, and by which acts, is a matter of the day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/shipped_catalogue.h"

#define HEAD "role\tplace\tvalid_from\tvalid_to\tcode\tname_vi\tname_en\n"
#define ACTS "place\tvalid_from\tvalid_to\tact\tname_vi\tname_en\n"

static const char *name_at(const struct offices *o, const char *role, const char *day)
{
    const struct office *found = office_at(o, role, 1, date_read(day));

    return found != NULL ? found->name_vi : "(none)";
}

static void the_office_is_that_of_the_day(void **state)
{
    struct bytes bundle = {0};
    struct catalogue *c = NULL;
    struct err e = {0};

    (void)state;
    assert_true(catalogue_bundle("schema/catalogue", &bundle, &e));
    assert_true(catalogue_load(&c, span_of(&bundle), &e));
    assert_string_equal(name_at(&c->offices, "maker", "2025-02-28"),
                        "Sở Kế hoạch và Đầu tư");
    assert_string_equal(name_at(&c->offices, "maker", "2025-03-01"), "Sở Tài chính");
    assert_string_equal(name_at(&c->offices, "ministry", "2024-12-31"),
                        "Bộ Kế hoạch và Đầu tư");
    assert_string_equal(name_at(&c->offices, "ministry", "2026-01-01"), "Bộ Tài chính");
    assert_string_equal(act_at(&c->offices, 1, date_read("2024-06-30"))->code,
                        "23/2012/QH13");
    assert_string_equal(act_at(&c->offices, 1, date_read("2024-07-01"))->code,
                        "17/2023/QH15");
    assert_null(act_at(&c->offices, 5, date_read("2025-09-18"))); /* repealed */
    catalogue_close(&c);
    bytes_clear(&bundle);
}

static void a_later_line_replaces_and_a_dash_removes(void **state)
{
    static const char LIST[] = HEAD "maker\t1\t\t\tSTC\tSở Tài chính\tFinance\n"
                                    "alliance\t1\t\t\t\tLiên minh\tAlliance\n"
                                    "maker\t1\t2025-01-01\t\tLMHTX\tLiên minh HTX\tOurs\n"
                                    "alliance\t1\t\t\t\t-\t-\n";
    struct offices o;
    struct arena a = {0};
    struct err e = {0};

    (void)state;
    assert_true(offices_read(&o, &a, span_str(LIST), (struct span){0}, &e));
    assert_string_equal(name_at(&o, "maker", "2024-12-31"), "Sở Tài chính");
    assert_string_equal(name_at(&o, "maker", "2025-01-01"), "Liên minh HTX");
    assert_string_equal(name_at(&o, "alliance", "2025-01-01"), "(none)");
    assert_null(act_at(&o, 1, 0));
    arena_clear(&a);
}

static void a_catalogue_without_the_files_names_nobody(void **state)
{
    struct offices o;
    struct arena a = {0};
    struct err e = {0};

    (void)state;
    assert_true(offices_read(&o, &a, (struct span){0}, (struct span){0}, &e));
    assert_null(office_at(&o, "maker", 1, date_read("2025-06-20")));
    arena_clear(&a);
}

static void a_bad_line_is_named_with_its_place(void **state)
{
    static const struct {
        const char *list, *acts, *says;
    } bad[] = {
        {HEAD "makr\t1\t\t\tX\tA\tB\n", "", "offices.tsv:2: role: makr"},
        {HEAD "maker\t0\t\t\tX\tA\tB\n", "", "offices.tsv:2: place: 0"},
        {HEAD "maker\t\t\t\tX\tA\tB\n", "", "offices.tsv:2: place"},
        {HEAD "maker\t1\t\t\t\tA\tB\n", "", "offices.tsv:2: code"},
        {HEAD "maker\t1\t2025-02-30\t\tX\tA\tB\n", "", "valid_from: 2025-02-30"},
        {HEAD "maker\t1\t2025-02-02\t2025-02-01\tX\tA\tB\n", "", "before valid_from"},
        {HEAD "maker\t1\t\t\tX\t\tB\n", "", "offices.tsv:2: name_vi"},
        {"role\tplace\n", "", "offices.tsv:1"},
        {"", ACTS "1\t\t\t\tA\tB\n", "legal.tsv:2: act"},
        {"", ACTS "100\t\t\t1/2\tA\tB\n", "legal.tsv:2: place: 100"},
    };
    struct offices o;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct arena a = {0};
        struct err e = {0};

        if (offices_read(&o, &a, span_str(bad[i].list), span_str(bad[i].acts), &e))
            fail_msg("taken: %s%s", bad[i].list, bad[i].acts);
        assert_int_equal(e.kind, ERR_INPUT);
        if (strstr(e.text, bad[i].says) == NULL)
            fail_msg("%s does not say %s", e.text, bad[i].says);
        arena_clear(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_office_is_that_of_the_day),
        cmocka_unit_test(a_later_line_replaces_and_a_dash_removes),
        cmocka_unit_test(a_catalogue_without_the_files_names_nobody),
        cmocka_unit_test(a_bad_line_is_named_with_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
