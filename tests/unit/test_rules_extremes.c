/*
 * rules: whatever numbers a report and its past hold, every rule ends soon and without
 * undefined arithmetic (the sanitizers look on).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/rules.h"
#include "proto/wire.h"

enum { LONGEST_MS = 1500 };

struct fixture {
    struct bytes bundle;
    struct catalogue *c;
    struct err e;
};

static int open_fixture(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    *state = fx;
    assert_true(crypto_init());
    if (!catalogue_bundle("schema/catalogue", &fx->bundle, &fx->e) ||
        !catalogue_load(&fx->c, span_of(&fx->bundle), &fx->e))
        fail_msg("%s", fx->e.text);
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *fx = *state;

    catalogue_close(&fx->c);
    bytes_clear(&fx->bundle);
    free(fx);
    return 0;
}

static uint32_t rng = 12345;

static uint32_t draw(uint32_t n)
{
    rng = rng * 1664525 + 1013904223;
    return (rng >> 8) % n;
}

static int64_t extreme(void)
{
    static const int64_t values[] = {
        INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1, 0, 1, -1, 10, 53,
        35,        1000000000000, INT64_MIN};

    return values[draw(COUNT(values))];
}

static const char *code(const struct catalogue *c)
{
    const struct breakdown *b = &c->breakdowns[draw((uint32_t)c->n_breakdowns)];

    return draw(3) == 0 ? "" : draw(9) == 0 ? "lạ" : b->code;
}

static void fill(const struct catalogue *c, struct observation *obs, size_t n,
                 uint32_t only)
{
    for (size_t i = 0; i < n; i++) {
        const struct indicator *ind = &c->indicators[draw((uint32_t)c->n_indicators)];

        obs[i] = (struct observation){.indicator = only != 0 ? only : ind->no,
                                      .b1 = code(c),
                                      .b2 = draw(4) == 0 ? code(c) : "",
                                      .population = "",
                                      .text = "",
                                      .cell = "",
                                      .as_of = draw(3) == 0 ? 20000 : DATE_NONE,
                                      .state = draw(10) < 8 ? OBS_VALUE
                                                            : 1 + (enum obs_state)draw(5),
                                      .value = extreme(),
                                      .qualifier = (enum qualifier)draw(5)};
        if (draw(4) == 0) {
            obs[i].has_upper = true;
            obs[i].upper = extreme();
        }
    }
}

static void extremes_neither_overflow_nor_last(void **state)
{
    struct fixture *fx = *state;
    const struct catalogue *c = fx->c;

    for (int round = 0; round < 400; round++) {
        const struct form *f = &c->forms[draw((uint32_t)c->n_forms)];
        const struct period *p = &c->periods[draw((uint32_t)c->n_periods)];
        size_t n = round % 20 == 0 ? WIRE_OBSERVATIONS : 1 + draw(300);
        struct arena a = {0};
        struct observation *obs = arena_new(&a, n * sizeof *obs);
        struct past_report *list = arena_new(&a, 12 * sizeof *list);
        struct report r = {
            .version = REPORT_VERSION,
            .form = f->code,
            .form_version = f->version,
            .scheme = p->scheme,
            .period = p->code,
            .vintage = (enum vintage)(1 + draw(3)),
            .obs = obs,
            .n_obs = n,
            .subject = {.kind = f->subject,
                        .scheme = ID_TAX,
                        .id = "6200001234",
                        .name = "HTX",
                        .sector = "agri",
                        .state = STATE_ACTIVE}
        };
        struct past past = {.founded = DATE_NONE,
                            .reports = list,
                            .n_reports = 12,
                            .expected = INT64_MAX,
                            .listed = INT64_MIN};
        struct findings fs = {0};
        int64_t began;

        fill(c, obs, n,
             round % 20 == 0 ? c->indicators[draw((uint32_t)c->n_indicators)].no : 0);
        for (size_t i = 0; i < 12; i++) {
            const struct period *q = &c->periods[draw((uint32_t)c->n_periods)];
            struct observation *o = arena_new(&a, 200 * sizeof *o);

            fill(c, o, 200, 0);
            list[i] = (struct past_report){.form = f->code,
                                           .form_version = f->version,
                                           .scheme = q->scheme,
                                           .period = q->code,
                                           .vintage = (enum vintage)(1 + draw(3)),
                                           .channel = (enum channel)(1 + draw(2)),
                                           .obs = o,
                                           .n_obs = 200};
        }
        began = clock_ms();
        rules_check(c, &r, draw(2) ? &past : NULL, &fs);
        if (clock_ms() - began > LONGEST_MS)
            fail_msg("%s: %lld ms", f->code, (long long)(clock_ms() - began));
        findings_clear(&fs);
        arena_clear(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extremes_neither_overflow_nor_last),
    };

    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
