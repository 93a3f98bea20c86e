/* proto/holidays: a due day is a working day, by data, and by the same function on both
 * sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/shipped_catalogue.h"

static const char LIST[] = "date\tkind\tname_vi\tname_en\tsure\n"
                           "2025-05-02\tholiday\tNghỉ hoán đổi\tIn exchange\tannounced\n"
                           "2025-04-30\tholiday\tNgày 30/4\tReunification Day\tfixed\n"
                           "2025-05-01\tholiday\tNgày 1/5\tLabour Day\tfixed\n"
                           "2025-04-26\tworking\tLàm bù\tWorked\tannounced\n";

static void moved(const struct holidays *h, const char *from, const char *to)
{
    char day[11];

    assert_string_equal(date_iso(workday_from(h, date_read(from)), day), to);
}

static void a_due_day_moves_to_the_next_working_day(void **state)
{
    struct holidays h;
    struct arena a = {0};
    struct err e = {0};
    bool weekend;

    (void)state;
    assert_true(holidays_read(&h, &a, span_str(LIST), &e));
    assert_int_equal(h.n, 4);
    moved(&h, "2025-04-25", "2025-04-25"); /* a Friday */
    moved(&h, "2025-04-26", "2025-04-26"); /* a Saturday that is worked */
    moved(&h, "2025-04-27", "2025-04-28"); /* a Sunday */
    moved(&h, "2025-04-30", "2025-05-05"); /* three holidays and a weekend */
    moved(&h, "2025-05-03", "2025-05-05");
    moved(&h, "1969-12-28", "1969-12-29"); /* a Sunday before day 0 */
    assert_string_equal(holiday_on(&h, date_read("2025-05-01"), &weekend)->name_en,
                        "Labour Day");
    assert_false(weekend);
    assert_null(holiday_on(&h, date_read("2025-04-26"), &weekend));
    assert_false(weekend);
    assert_null(holiday_on(&h, date_read("2025-04-27"), &weekend));
    assert_true(weekend);
    arena_clear(&a);
}

static void without_a_list_nothing_moves(void **state)
{
    struct holidays h;
    struct arena a = {0};
    struct err e = {0};

    (void)state;
    assert_true(holidays_read(&h, &a, (struct span){0}, &e));
    moved(&h, "2025-04-27", "2025-04-27");
    /* one that names no day knows of weekends */
    assert_true(
        holidays_read(&h, &a, span_str("date\tkind\tname_vi\tname_en\tsure\n"), &e));
    moved(&h, "2025-04-27", "2025-04-28");
    moved(&h, "2025-05-01", "2025-05-01");
    assert_int_equal(workday_from(&h, DATE_NONE), DATE_NONE);
    arena_clear(&a);
}

static void a_bad_day_is_named_with_its_place(void **state)
{
    static const char *const bad[][2] = {
        {"2025-02-30\tholiday\ta\tb\tfixed",                                      "date"      },
        {"2025-02-03\tholyday\ta\tb\tfixed",                                      "kind"      },
        {"2025-02-03\tworking\ta\tb\tfixed",                                      "a Saturday"},
        {"2025-02-03\tholiday\t\tb\tfixed",                                       "name_vi"   },
        {"2025-02-03\tholiday\ta\tb\tperhaps",                                    "sure"      },
        {"2025-02-03\tholiday\ta\tb\tfixed\n2025-02-03\tholiday\ta\tb\texpected",
         "appears twice"                                                                      },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char *file = mem_printf("date\tkind\tname_vi\tname_en\tsure\n%s\n", bad[i][0]);
        struct holidays h;
        struct arena a = {0};
        struct err e = {0};

        assert_false(holidays_read(&h, &a, span_str(file), &e));
        assert_int_equal(e.kind, ERR_INPUT);
        assert_non_null(strstr(e.text, "holidays.tsv"));
        if (strstr(e.text, bad[i][1]) == NULL)
            fail_msg("%s: not in: %s", bad[i][1], e.text);
        arena_clear(&a);
        free(file);
    }
}

/* A list without end does not move a day for ever. */
static void a_rest_has_an_end(void **state)
{
    struct bytes b = {0};
    struct holidays h;
    struct arena a = {0};
    struct err e = {0};
    char day[11];

    (void)state;
    bytes_str(&b, "date\tkind\tname_vi\tname_en\tsure\n");
    for (int i = 0; i < 100; i++)
        bytes_printf(&b, "%s\tholiday\ta\tb\texpected\n",
                     date_iso(date_read("2025-01-01") + i, day));
    assert_true(holidays_read(&h, &a, span_of(&b), &e));
    moved(&h, "2025-01-01", "2025-01-01");
    moved(&h, "2025-03-31", "2025-04-11");
    bytes_clear(&b);
    arena_clear(&a);
}

static void the_shipped_list_moves_the_shipped_periods(void **state)
{
    static const char *const due[][2] = {
        {"calendar:2025-S1", "2025-07-07"}, /* 5 July was a Saturday */
        {"calendar:2024-S2", "2025-01-06"},
        {"nd09:2025-S1",     "2025-06-16"},
        {"nd09:2024-S1",     "2024-06-17"},
        {"nd09:2027",        "2027-12-20"},
    };
    struct catalogue *c = shipped_catalogue();
    char day[11];

    (void)state;
    for (size_t i = 0; i < COUNT(due); i++)
        assert_string_equal(date_iso(period_due(c, catalogue_period(c, due[i][0])), day),
                            due[i][1]);
    for (size_t i = 1; i < c->holidays.n; i++)
        assert_true(c->holidays.days[i - 1].date < c->holidays.days[i].date);
    /* every year has its four fixed days, Tết and the Hùng Kings' day */
    for (int year = 2021; year <= 2027; year++) {
        static const int fixed[][2] = {
            {1, 1 },
            {4, 30},
            {5, 1 },
            {9, 2 }
        };
        bool weekend;
        size_t n = 0;

        for (size_t i = 0; i < COUNT(fixed); i++)
            assert_non_null(holiday_on(
                &c->holidays, date_make(year, fixed[i][0], fixed[i][1]), &weekend));
        for (size_t i = 0; i < c->holidays.n; i++)
            n += c->holidays.days[i].date >= date_make(year, 1, 1) &&
                 c->holidays.days[i].date <= date_make(year, 12, 31) &&
                 !c->holidays.days[i].working;
        assert_true(n >= 11);
    }
    catalogue_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_due_day_moves_to_the_next_working_day),
        cmocka_unit_test(without_a_list_nothing_moves),
        cmocka_unit_test(a_bad_day_is_named_with_its_place),
        cmocka_unit_test(a_rest_has_an_end),
        cmocka_unit_test(the_shipped_list_moves_the_shipped_periods),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
