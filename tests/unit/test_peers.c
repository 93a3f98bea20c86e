/*
 * peers: later findings over what stands in the log: who is far from the others of the
 * same sector, and nothing of it in any receipt.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aggregator/ingest/peers.h"
#include "tests/lib/ingest_fixture.h"

enum { PEERS = 10 };

/* 62, then a serial, with its check digit. */
static const char *tax_number_of(int serial, struct arena *a)
{
    static const int weights[] = {31, 29, 23, 19, 17, 13, 7, 5, 3};
    char digits[16];
    int sum;

    do {
        sum = 0;
        snprintf(digits, sizeof digits, "62%07d", serial++);
        for (size_t i = 0; i < COUNT(weights); i++)
            sum += weights[i] * (digits[i] - '0');
    } while (sum % 11 == 0);
    return arena_printf(a, "%s%d", digits, 10 - sum % 11);
}

static struct observation figure(const char *code, int64_t value)
{
    const struct indicator *ind = catalogue_indicator(cat, code);

    return (struct observation){.indicator = ind->no,
                                .b1 = "",
                                .b2 = "",
                                .state = OBS_VALUE,
                                .value = value * ind->scale,
                                .as_of = DATE_NONE,
                                .population = "",
                                .text = "",
                                .cell = ""};
}

/* Ten cooperatives around 900 triệu đồng for ten workers; the last as told. */
static void store_reports(struct fixture *fx, int64_t last, const char *sector)
{
    struct observation obs[PEERS][3];
    struct report list[PEERS];
    struct arena a = {0};
    struct sealed s;

    for (int i = 0; i < PEERS; i++) {
        struct report r =
            report_of((uint8_t)(i + 1), tax_number_of(1000 + 20 * i, &a), 8);

        obs[i][0] = figure("member.total", 8);
        obs[i][1] = figure("worker.regular", 10);
        obs[i][2] = figure("revenue.total", i + 1 == PEERS ? last : 850 + 10 * i);
        r.obs = obs[i];
        r.n_obs = 3;
        if (i + 1 == PEERS)
            r.subject.sector = sector;
        list[i] = r;
    }
    s = seal(fx, list, PEERS);
    ingest_one(fx, &s);
    assert_int_equal(rejected(fx), REJECT_NONE);
    assert_int_equal(refused_for_now(fx), NOT_NOW_NONE);
    assert_int_not_equal(verdict(fx, PEERS - 1), VERDICT_REFUSED);
    assert_int_equal(count(fx, "select count(*) from report where counts"), PEERS);
    bytes_clear(&s.wire);
    arena_clear(&a);
}

static size_t found(struct fixture *fx, const char *unit, enum severity only)
{
    const struct rollup_at at = {.scheme = "nd09",
                                 .period = "2025-S1",
                                 .epoch = 99,
                                 .seq = INT32_MAX,
                                 .catalogue = 1};
    struct peers p;
    size_t n;

    if (!peers_find(fx->pg, &at, cat, unit, only, &p, &fx->e))
        fail_msg("%s", fx->e.text);
    n = p.n;
    if (n > 0) {
        assert_string_equal(p.list[0].findings.list[0].code, "PEER_REVENUE_PER_WORKER");
        assert_string_equal(p.list[0].findings.list[0].args[0], "9000");
        assert_string_equal(p.list[0].unit, "106");
    }
    peers_clear(&p);
    return n;
}

static void who_is_far_from_the_others_is_asked_later(void **state)
{
    struct fixture *fx = fixture(state);

    store_reports(fx, 90000, "agri");
    assert_int_equal(found(fx, NULL, 0), 1);
    assert_int_equal(found(fx, "106", SEV_NOTE), 1);
    assert_int_equal(found(fx, "107", 0), 0);
    assert_int_equal(found(fx, NULL, SEV_ERROR), 0);
    assert_int_equal(count(fx, "select count(*) from finding where code like 'PEER%'"),
                     0);
}

static void those_of_another_sector_are_no_peers(void **state)
{
    struct fixture *fx = fixture(state);

    store_reports(fx, 90000, "transport");
    assert_int_equal(found(fx, NULL, 0), 0);
}

/* A sub-sector belongs to its sector. */
static void like_is_compared_with_like(void **state)
{
    struct fixture *fx = fixture(state);

    store_reports(fx, 90000, "crops");
    assert_int_equal(found(fx, NULL, 0), 1);
}

static void nobody_is_far_from_the_others_by_a_little(void **state)
{
    struct fixture *fx = fixture(state);

    store_reports(fx, 2500, "agri");
    assert_int_equal(found(fx, NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(who_is_far_from_the_others_is_asked_later),
        STORY(those_of_another_sector_are_no_peers),
        STORY(like_is_compared_with_like),
        STORY(nobody_is_far_from_the_others_by_a_little),
    };
    int failed;

    if (!begin_stories())
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    end_stories();
    return failed;
}
