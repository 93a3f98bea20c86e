/* schedule: now, at a minute, when the window opens; restarts and clock jumps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/schedule.h"

static struct schedule sched(const char *text)
{
    struct schedule s = {0};

    assert_true(schedule_read(text, &s));
    return s;
}

static struct civil at(const char *date, int hour, int minute)
{
    return (struct civil){date_read(date), hour * 60 + minute};
}

static void only_the_three_forms_are_read(void **state)
{
    static const char *const bad[] = {
        "",
        "later",
        "at",
        "at 2025-06-15",
        "at 2025-06-31T08:00",
        "at 2025-06-15T24:00",
        "at 2025-06-15T08:60",
        "at 2025-06-15 08:00",
        "at 2025-06-15T08:00Z",
        "Now",
    };
    struct schedule s;
    char out[24];

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(schedule_read(bad[i], &s));
    s = sched("at 2025-06-15T08:05");
    assert_string_equal(schedule_text(&s, out), "at 2025-06-15T08:05");
    s = sched("window");
    assert_string_equal(schedule_text(&s, out), "window");
}

static void at_a_time_means_from_that_minute_on(void **state)
{
    struct schedule s = sched("at 2025-06-15T08:00");

    (void)state;
    assert_false(schedule_due(&s, false, DATE_NONE, at("2025-06-14", 23, 59)));
    assert_false(schedule_due(&s, false, DATE_NONE, at("2025-06-15", 7, 59)));
    assert_true(schedule_due(&s, false, DATE_NONE, at("2025-06-15", 8, 0)));
    /* the machine was off at the moment, or the clock jumped over it */
    assert_true(schedule_due(&s, false, DATE_NONE, at("2025-07-20", 3, 0)));
}

static void a_window_opens_on_its_day(void **state)
{
    struct schedule s = sched("window");
    int32_t opens = date_read("2025-06-01");

    (void)state;
    assert_false(schedule_due(&s, false, opens, at("2025-05-31", 23, 59)));
    assert_true(schedule_due(&s, false, opens, at("2025-06-01", 0, 0)));
    assert_true(schedule_due(&s, false, DATE_NONE, at("1999-01-01", 0, 0)));
}

static void nothing_leaves_before_the_approver_says_so(void **state)
{
    static const char *const all[] = {"now", "window", "at 2025-06-15T08:00"};

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        struct schedule s = sched(all[i]);

        s.approval = true;
        assert_false(schedule_due(&s, false, DATE_NONE, at("2030-01-01", 0, 0)));
        assert_true(schedule_due(&s, true, DATE_NONE, at("2030-01-01", 0, 0)));
    }
}

static void the_civil_date_of_the_configuration_wins(void **state)
{
    int64_t wall =
        1000LL * 86400 * 20000 + 3600000LL * 18; /* 01:00 next day in Vietnam */
    struct civil c = civil_now(DATE_NONE, wall);

    (void)state;
    assert_int_equal(c.date, 20001);
    assert_int_equal(c.minute, 60);
    c = civil_now(date_read("2023-09-15"), wall);
    assert_int_equal(c.date, date_read("2023-09-15"));
    assert_int_equal(c.minute, 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_three_forms_are_read),
        cmocka_unit_test(at_a_time_means_from_that_minute_on),
        cmocka_unit_test(a_window_opens_on_its_day),
        cmocka_unit_test(nothing_leaves_before_the_approver_says_so),
        cmocka_unit_test(the_civil_date_of_the_configuration_wins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
