/* proto/classes: size classes and grades are rows of a table with dates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/shipped_catalogue.h"

static struct catalogue *shipped;

static int open_catalogue(void **state)
{
    *state = shipped = shipped_catalogue();
    return 0;
}

static int close_catalogue(void **state)
{
    (void)state;
    catalogue_close(&shipped);
    return 0;
}

/* One organisation: members, revenue and capital in million đồng, score; -1: no figure.
 */
struct sample {
    const char *set, *day, *sector;
    int64_t members, revenue, capital, score;
    bool half;
    int age;
    const char *state, *class; /* NULL: none */
};

static const int64_t *figure(void *ctx, const struct indicator *i, bool *part)
{
    static int64_t value;
    const struct sample *s = ctx;

    value = strcmp(i->code, "member.total") == 0        ? s->members
            : strcmp(i->code, "revenue.total") == 0     ? s->revenue
            : strcmp(i->code, "capital.operating") == 0 ? s->capital
                                                        : s->score;
    *part = s->half && i->type == IND_FLOW;
    if (value < 0)
        return NULL;
    value *= i->scale;
    return &value;
}

static const struct class_row *of(const struct catalogue *c, const struct sample *s)
{
    const struct class_facts f = {.day = date_read(s->day),
                                  .sector = s->sector,
                                  .state = entity_state_of(s->state),
                                  .age_months = s->age,
                                  .figure = figure,
                                  .ctx = (void *)s};

    return class_of(c, s->set, &f);
}

static void check(const struct catalogue *c, const struct sample *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct class_row *r = of(c, &list[i]);
        const char *got = r != NULL ? r->code : "(none)";
        const char *want = list[i].class != NULL ? list[i].class : "(none)";

        if (strcmp(got, want) != 0)
            fail_msg("sample %zu: %s, not %s", i, got, want);
    }
}

/* clang-format off */
static void sizes_follow_the_decree_of_2024(void **state)
{
    static const char AGRI[] = "agri", CRAFT[] = "industry_craft", D[] = "2024-12-14";
    static const struct sample list[] = {
        {"size", D, AGRI, 300, 50000, 0, -1, false, -1, "active", "large"},
        {"size", D, AGRI, 300, 0, 10000, -1, false, -1, "active", "large"},
        {"size", D, AGRI, 300, 49999, 9999, -1, false, -1, "active", "medium"},
        {"size", D, AGRI, 299, 50000, 10000, -1, false, -1, "active", "medium"},
        {"size", D, AGRI, 199, 50000, 10000, -1, false, -1, "active", "small"},
        {"size", D, AGRI, 50, 1999, 999, -1, false, -1, "active", "micro"},
        {"size", D, AGRI, 49, 99999, 99999, -1, false, -1, "active", "micro"},
        /* what is missing is not guessed; what cannot matter is not asked for */
        {"size", D, AGRI, 300, -1, 9999, -1, false, -1, "active", NULL},
        {"size", D, AGRI, 300, -1, 10000, -1, false, -1, "active", "large"},
        {"size", D, AGRI, -1, 0, 0, -1, false, -1, "active", "micro"},
        {"size", D, AGRI, -1, 50000, 0, -1, false, -1, "active", NULL},
        {"size", D, AGRI, 8, -1, -1, -1, false, -1, "active", "micro"},
        /* half a year's revenue reaches a threshold or says nothing */
        {"size", D, AGRI, 300, 50000, 0, -1, true, -1, "active", "large"},
        {"size", D, AGRI, 300, 49999, 0, -1, true, -1, "active", NULL},
        {"size", D, AGRI, 49, 1, 0, -1, true, -1, "active", "micro"},
        /* industry: the first threshold is known, the others are not written down */
        {"size", D, CRAFT, 100, 80000, 0, -1, false, -1, "active", "large"},
        {"size", D, CRAFT, 99, 80000, 0, -1, false, -1, "active", NULL},
        {"size", D, "construction", 100, 0, 20000, -1, false, -1, "active", "large"},
        {"size", D, "transport", 100, 0, 20000, -1, false, -1, "active", NULL},
        {"size", D, "", 8, 0, 0, -1, false, -1, "active", NULL},
        /* one day before, it was another law */
        {"size", "2024-10-31", AGRI, 8, 0, 0, -1, false, -1, "active", NULL},
        {"size", "2024-11-01", AGRI, 8, 0, 0, -1, false, -1, "active", "micro"},
    };

    check(*state, list, COUNT(list));
}

static void before_it_sizes_were_two(void **state)
{
    static const char D[] = "2023-12-14";
    static const struct sample list[] = {
        {"size_member", D, "", 1001, -1, -1, -1, false, -1, "active", "large"},
        {"size_member", D, "", 1000, -1, -1, -1, false, -1, "active", "medium"},
        {"size_member", D, "", 301, -1, -1, -1, false, -1, "active", "medium"},
        {"size_member", D, "", 300, -1, -1, -1, false, -1, "active", "small"},
        {"size_member", D, "", 50, -1, -1, -1, false, -1, "active", "small"},
        {"size_member", D, "", 49, -1, -1, -1, false, -1, "active", "micro"},
        {"size_member", D, "", -1, -1, -1, -1, false, -1, "active", NULL},
        {"size_member", "2024-11-01", "", 49, -1, -1, -1, false, -1, "active", NULL},
        {"size_capital", D, "", -1, -1, 50000, -1, false, -1, "active", "large"},
        {"size_capital", D, "", -1, -1, 5000, -1, false, -1, "active", "medium"},
        {"size_capital", D, "", -1, -1, 1000, -1, false, -1, "active", "small"},
        {"size_capital", D, "", -1, -1, 999, -1, false, -1, "active", "micro"},
    };

    check(*state, list, COUNT(list));
}

static void grades_end_on_17_september_2025(void **state)
{
    static const char D[] = "2024-12-14";
    static const struct sample list[] = {
        {"grade", D, "", -1, -1, -1, 80, false, -1, "active", "good"},
        {"grade", D, "", -1, -1, -1, 79, false, 30, "active", "fair"},
        {"grade", D, "", -1, -1, -1, 65, false, 12, "active", "fair"},
        {"grade", D, "", -1, -1, -1, 64, false, -1, "active", "average"},
        {"grade", D, "", -1, -1, -1, 50, false, -1, "active", "average"},
        {"grade", D, "", -1, -1, -1, 49, false, -1, "active", "weak"},
        {"grade", D, "", -1, -1, -1, -1, false, -1, "active", NULL},
        {"grade", D, "", -1, -1, -1, 90, false, 11, "active", "unrated"},
        {"grade", D, "", -1, -1, -1, -1, false, -1, "stopped", "unrated"},
        {"grade", "2025-09-17", "", -1, -1, -1, 80, false, -1, "active", "good"},
        {"grade", "2025-09-18", "", -1, -1, -1, 80, false, -1, "active", NULL},
    };

    check(*state, list, COUNT(list));
}
/* clang-format on */

/* The bundle with lines behind classes.tsv, which is its last file. */
static bool with_lines(const char *lines, struct catalogue **c, struct err *e)
{
    struct bytes bundle = {0}, b = {0};
    const char *head;
    size_t at, n;
    bool ok;

    assert_true(catalogue_bundle("schema/catalogue", &bundle, e));
    head = memmem(bundle.p, bundle.n, "\nclasses.tsv ", 13);
    assert_non_null(head);
    at = (size_t)((const unsigned char *)head + 1 - bundle.p);
    n = strtoull(head + 13, NULL, 10);
    bytes_add(&b, bundle.p, at);
    bytes_printf(&b, "classes.tsv %zu\n", n + strlen(lines));
    head = strchr(head + 1, '\n') + 1;
    bytes_add(&b, head, n);
    bytes_str(&b, lines);
    bytes_add(&b, head + n,
              bundle.n - (size_t)((const unsigned char *)head - bundle.p) - n);
    ok = catalogue_load(c, span_of(&b), e);
    bytes_clear(&bundle);
    bytes_clear(&b);
    return ok;
}

static void a_province_fills_in_what_the_source_does_not_say(void **state)
{
    static const struct sample is = {
        "size", "2025-06-14", "industry_craft", 99,      80000, 0, -1,
        false,  -1,           "active",         "medium"};
    struct catalogue *c = NULL;
    struct err e = {0};

    (void)state;
    if (!with_lines("size\tmedium\tQuy mô vừa\tMedium\t2024-11-01\t\t"
                    "industry_craft,construction,environment,water\t"
                    "member.total >= 50; revenue.total >= 20000 | capital.operating >= "
                    "10000\tunverified\tNĐ 113/2024/NĐ-CP\t\n",
                    &c, &e))
        fail_msg("%s", e.text);
    assert_int_equal(c->n_classes, shipped->n_classes); /* in its place, not beside it */
    check(c, &is, 1);
    assert_false(of(c, &is)->verified);
    catalogue_close(&c);
}

static void a_bad_condition_is_pointed_at(void **state)
{
    static const char *const bad[][2] = {
        {"member.total >= many",              "whole number"     },
        {"member.total >= 5 6",               "NAME OP VALUE"    },
        {"member.total",                      "NAME OP VALUE"    },
        {"member.total == 5",                 "an operator is"   },
        {"members >= 5",                      "no such indicator"},
        {"@state = asleep",                   "no such state"    },
        {"@mood > 5",                         "no such indicator"},
        {"member.total > 99999999999",        "whole number"     },
        {"member.total >= 5;; htx.score > 1", "NAME OP VALUE"    },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char *line =
            mem_printf("x12.own\ta\tA\tA\t\t\t*\t%s\tverified\tQĐ 1\t\n", bad[i][0]);
        struct catalogue *c = NULL;
        struct err e = {0};

        assert_false(with_lines(line, &c, &e));
        if (strstr(e.text, "classes.tsv:") == NULL || strstr(e.text, bad[i][1]) == NULL)
            fail_msg("%s: %s", bad[i][0], e.text);
        free(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_follow_the_decree_of_2024),
        cmocka_unit_test(before_it_sizes_were_two),
        cmocka_unit_test(grades_end_on_17_september_2025),
        cmocka_unit_test(a_province_fills_in_what_the_source_does_not_say),
        cmocka_unit_test(a_bad_condition_is_pointed_at),
    };

    return cmocka_run_group_tests(tests, open_catalogue, close_catalogue);
}
