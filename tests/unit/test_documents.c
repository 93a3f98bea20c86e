/*
 * Statements as other offices write them (tests/data/documents, composed): what must be
 * said of each, at which indicator, and that nothing else is said of what is right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/forms/reading.h"
#include "proto/rules.h"
#include "tests/lib/shipped_catalogue.h"

struct fixture {
    struct catalogue *c;
    struct err e;
};

static int open_fixture(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    *state = fx;
    fx->c = shipped_catalogue();
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *fx = *state;

    catalogue_close(&fx->c);
    free(fx);
    return 0;
}

enum { SAYS = 16 };

/* "CODE indicator" in any order; notes need not be listed. */
static const struct {
    const char *file, *unit, *today;
    size_t reports;
    const char *says[SAYS];
} documents[] = {
  /* clang-format off */
    {"lai-chau-2022.csv", "12", "2023-04-01", 1, {"BRANCHES_MIXED htx.total+branch"}},
    {"lai-chau-muc-tieu.csv", "12", "2023-04-01", 2, {NULL}},
    {"than-uyen-2023.csv", "110", "2024-01-10", 1, {NULL}},
    {"binh-thuan-2022.csv", "60", "2023-01-10", 1,
     {"PARTS_INCOMPLETE htx.total", "DENOMINATOR_UNSTATED profit.avg"}},
    {"binh-lu-2025-S2.csv", "03390", "2025-12-16", 1, {NULL}},
    {"tam-duong-2023-cach-khac.csv", "106", "2023-09-20", 1,
     {"MEAN_OUTSIDE_WEIGHTED revenue.avg", "MEAN_OUTSIDE_WEIGHTED profit.avg",
      "MEAN_OUTSIDE_WEIGHTED income.worker_avg", "CONSTANT_ACROSS_PARTS income.worker_avg",
      "SEMANTIC_EQUALITY worker.regular_member", "PARTS_LT_TOTAL mgr.total",
      "GROUPING_MISMATCH mgr.edu.so_cap+trung_cap", "DENOMINATOR_UNSTATED revenue.avg",
      "DENOMINATOR_UNSTATED profit.avg", "ASOF_OUTSIDE_PERIOD loan.count",
      "MIXED_POPULATION loan.count", "DOC_METADATA doc.number",
      "DOC_METADATA doc.date"}},
    {"sin-ho-2023-sai.csv", "108", "2024-01-10", 1,
     {"SUM_OF_PARTS htx.total", "ACTIVE_STOPPED htx.active",
      "MEMBER_WORKERS_MEMBERS worker.regular_member", "PROFIT_AVG_GT_REVENUE profit.avg",
      "MARGIN profit.avg", "DENOMINATOR_UNSTATED revenue.avg",
      "DENOMINATOR_UNSTATED profit.avg", "ASOF_OUTSIDE_PERIOD loan.count",
      "NPL_RATIO qtd.npl_ratio", "MEMBERS_PER_HTX_7 member.total",
      "LOAN_BORROWERS loan.count", "COMMUNES_WITH_HTX commune.with_htx"}},
  /* clang-format on */
};

static bool expected(size_t d, const char *said)
{
    for (size_t i = 0; i < SAYS && documents[d].says[i] != NULL; i++)
        if (strcmp(documents[d].says[i], said) == 0)
            return true;
    return false;
}

static size_t surprises(struct fixture *fx, size_t d, const struct findings *fs,
                        bool heard[SAYS])
{
    size_t n = 0;

    for (size_t i = 0; i < fs->n; i++) {
        const struct finding *f = &fs->list[i];
        const struct indicator *ind = catalogue_indicator_no(fx->c, f->indicator);
        const char *b1 = f->b1 != NULL ? f->b1 : "";
        struct bytes b = {0};
        char said[128];

        snprintf(said, sizeof said, "%s%s%s%s%s", f->code, ind != NULL ? " " : "",
                 ind != NULL ? ind->code : "", b1[0] != 0 ? ":" : "", b1);
        for (size_t k = 0; k < SAYS; k++)
            heard[k] |=
                documents[d].says[k] != NULL && strcmp(documents[d].says[k], said) == 0;
        if (f->severity > SEV_NOTE && !expected(d, said)) {
            finding_render(fx->c, f, LANG_VI, &b);
            print_error("%s: %s: %s\n", documents[d].file, said, bytes_cstr(&b));
            n++;
        }
        bytes_clear(&b);
    }
    return n;
}

static void each_document_hears_what_it_deserves(void **state)
{
    struct fixture *fx = *state;
    size_t wrong = 0;

    for (size_t d = 0; d < COUNT(documents); d++) {
        const struct reading_context ctx = {
            fx->c,
            {documents[d].unit, date_read("2004-01-01")},
            CHANNEL_TERRITORIAL,
            date_read(documents[d].today),
            NULL
        };
        struct form_read read = {0};
        bool heard[SAYS] = {false};
        char path[256];

        snprintf(path, sizeof path, "tests/data/documents/%s", documents[d].file);
        if (!reading_file(&ctx, path, &read, &fx->e))
            fail_msg("%s", fx->e.text);
        wrong += surprises(fx, d, &read.sheet, heard);
        if (read.n != documents[d].reports) {
            print_error("%s: %zu reports\n", path, read.n);
            wrong++;
        }
        for (size_t i = 0; i < read.n; i++)
            wrong += surprises(fx, d, &read.per_report[i], heard);
        for (size_t k = 0; k < SAYS; k++)
            if (documents[d].says[k] != NULL && !heard[k]) {
                print_error("%s: not said: %s\n", path, documents[d].says[k]);
                wrong++;
            }
        form_read_clear(&read);
    }
    assert_int_equal(wrong, 0);
}

/* A page of the register: the unit's statement of 2022, and n cooperatives. */
static void page_of(struct fixture *fx, size_t n, struct register_page *page)
{
    static struct observation obs[3];
    static const char *const figures[] = {"revenue.avg", "htx.total",
                                          "income.worker_avg"};
    static const int64_t values[] = {1, 37, 31};
    struct subject unit = {.kind = SUBJECT_UNIT, .name = "Huyện Than Uyên"};
    const struct past_report last = {
        "unit_statement",    1,   "nd09",    "2022", VINTAGE_ACTUAL,
        CHANNEL_TERRITORIAL, obs, COUNT(obs)};
    struct past past = {
        .registered = &unit, .founded = DATE_NONE, .reports = &last, .n_reports = 1};
    struct bytes b = {0};
    char id[32];

    for (size_t i = 0; i < COUNT(obs); i++) {
        const struct indicator *ind = catalogue_indicator(fx->c, figures[i]);

        obs[i] = (struct observation){.indicator = ind->no,
                                      .b1 = "",
                                      .b2 = "",
                                      .state = OBS_VALUE,
                                      .value = values[i] * ind->scale,
                                      .as_of = DATE_NONE};
    }
    page_begin(&b, &(struct page_head){
                       {"110", date_read("2004-01-01")},
                       {1,     77                     }
    });
    assert_true(page_add(&b, &unit, &past));
    for (size_t i = 0; i < n; i++) {
        struct subject s = {.kind = SUBJECT_HTX,
                            .scheme = ID_TAX,
                            .id = id,
                            .name = "HTX",
                            .state = i == 0 ? STATE_DISSOLVED : STATE_ACTIVE};

        past = (struct past){.registered = &s, .founded = date_read("2020-01-01")};
        snprintf(id, sizeof id, "62000%05zu", i);
        assert_true(page_add(&b, &s, &past));
    }
    if (!page_read(page, span_of(&b), &fx->e))
        fail_msg("%s", fx->e.text);
    bytes_clear(&b);
}

static void beside_the_units_page_the_rules_of_the_register_speak(void **state)
{
    struct fixture *fx = *state;
    static const struct {
        size_t entities;
        bool counted;
    } cases[] = {
        {41, false}, /* of which one is dissolved: 40, as the statement says */
        {44, true }
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct register_page page;
        struct form_read read = {0};
        struct reading_context ctx = {
            fx->c,
            {"110", date_read("2004-01-01")},
            CHANNEL_TERRITORIAL,
            date_read("2024-01-10"),
            &page
        };
        size_t slips = 0, counts = 0;

        page_of(fx, cases[i].entities, &page);
        if (!reading_file(&ctx, "tests/data/documents/than-uyen-2023.csv", &read, &fx->e))
            fail_msg("%s", fx->e.text);
        assert_int_equal(read.n, 1);
        assert_true(read.beside_register);
        for (size_t k = 0; k < read.per_report[0].n; k++) {
            const struct finding *f = &read.per_report[0].list[k];

            slips += strcmp(f->code, "UNIT_SLIP_1000") == 0;
            counts += strcmp(f->code, "REGISTER_COUNT") == 0;
            assert_false(f->refuses); /* what the register says never refuses */
        }
        assert_int_equal(slips, 1); /* 1 triệu đồng in 2022 */
        assert_int_equal(counts, cases[i].counted);
        form_read_clear(&read);
        page_clear(&page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_document_hears_what_it_deserves),
        cmocka_unit_test(beside_the_units_page_the_rules_of_the_register_speak),
    };

    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
