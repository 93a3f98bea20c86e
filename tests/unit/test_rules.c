/*
 * rules: the checks of shape, Tam Đường's contradictions, the language and its errors
 * that point into the line. Each row's good and bad samples: test_rules_samples.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/rules_sample.h"

static struct report statement(const char *form, const char *period)
{
    return (struct report){.version = REPORT_VERSION,
                           .form = form,
                           .form_version = 1,
                           .scheme =
                               period[4] == '-' && period[5] != 'S' ? "plan" : "nd09",
                           .period = period,
                           .vintage = VINTAGE_ESTIMATE,
                           .subject = {.kind = SUBJECT_UNIT}};
}

static struct report of_entity(const char *period)
{
    struct report r = statement("htx_list", period);

    r.vintage = VINTAGE_ACTUAL;
    r.subject = (struct subject){.kind = SUBJECT_HTX,
                                 .scheme = ID_TAX,
                                 .id = "6200001234",
                                 .name = "HTX mẫu",
                                 .sector = "agri",
                                 .state = STATE_ACTIVE};
    return r;
}

static const struct finding *find(const struct findings *fs, const char *code)
{
    for (size_t i = 0; i < fs->n; i++)
        if (strcmp(fs->list[i].code, code) == 0)
            return &fs->list[i];
    return NULL;
}

static void check(struct fixture *fx, struct report *r, const char *line, struct arena *a,
                  struct findings *fs)
{
    sample(r, fx->c, line, a);
    rules_check(fx->c, r, NULL, fs);
}

/* -- texts -- */

static void texts_of_rules_use_only_arguments_they_have(void **state)
{
    struct fixture *fx = *state;

    for (size_t i = 0; i < fx->c->rules->n; i++) {
        const struct rule *rule = &fx->c->rules->list[i];

        for (size_t lang = 0; lang < 2; lang++)
            for (const char *p = rule->text[lang]; (p = strchr(p, '{')) != NULL; p++) {
                size_t n = (size_t)(p[1] == '#' ? p[2] - '0' : p[1] - '0');

                if (n >= 1 && n <= 9 && n > rule->n_args)
                    fail_msg("%s: no argument %zu", rule->code, n);
            }
    }
}

/* -- Tam Đường 2023 -- */

static const char TAM_DUONG[] =
    "htx.total=53 htx.active=49 htx.stopped=4 revenue.avg=~1100 income.worker_avg=42 "
    "profit.avg=~40 htx.effective=18 member.total=420 worker.regular=~630 "
    "worker.regular_member=420 htx.total:agri=32 worker.regular:agri=>300 "
    "worker.regular_member:agri=241 revenue.avg:agri=~400 profit.avg:agri=~9 "
    "income.worker_avg:agri=23.4 htx.total:industry_craft=11 "
    "worker.regular:industry_craft=~150 worker.regular_member:industry_craft=86 "
    "revenue.avg:industry_craft=~1250 profit.avg:industry_craft=~37 "
    "income.worker_avg:industry_craft=42 htx.total:construction=5 "
    "worker.regular:construction=~100 worker.regular_member:construction=36 "
    "revenue.avg:construction=~1150 profit.avg:construction=~40 "
    "income.worker_avg:construction=42 htx.total:trade_service=4 "
    "worker.regular:trade_service=~60 worker.regular_member:trade_service=42 "
    "revenue.avg:trade_service=~1050 profit.avg:trade_service=~38 "
    "income.worker_avg:trade_service=42 htx.total:environment=1 "
    "worker.regular:environment=20 worker.regular_member:environment=15 "
    "revenue.avg:environment=~940 profit.avg:environment=~60 "
    "income.worker_avg:environment=42";

static void tam_duongs_means_contradict_its_sectors(void **state)
{
    struct fixture *fx = *state;
    static const char *const expected[][5] = {
        {"revenue.avg",       "1100", "706.4", "37440", "53" },
        {"profit.avg",        "40",   "20.9",  "1107",  "53" },
        {"income.worker_avg", "42",   "33.14", "20880", "630"}
    };
    struct report r = statement("unit_statement", "2023");
    struct arena a = {0};
    struct findings fs = {0};
    size_t n = 0;

    check(fx, &r, TAM_DUONG, &a, &fs);
    for (size_t i = 0; i < fs.n; i++) {
        const struct finding *f = &fs.list[i];

        if (strcmp(f->code, "MEAN_OUTSIDE_WEIGHTED") != 0)
            continue;
        assert_true(n < COUNT(expected));
        assert_int_equal(f->indicator, catalogue_indicator(fx->c, expected[n][0])->no);
        assert_int_equal(f->severity, SEV_ERROR);
        assert_false(f->refuses);
        for (size_t k = 0; k < 4; k++)
            assert_string_equal(f->args[k], expected[n][k + 1]);
        n++;
    }
    assert_int_equal(n, 3);
    assert_false(findings_refuse(&fs));
    assert_false(findings_hold(&fs));
    findings_clear(&fs);
    arena_clear(&a);
}

/* A row of movements is an observation and the totals made of it, all of one cell. */
static void a_cell_is_judged_once_whatever_is_made_of_it(void **state)
{
    struct fixture *fx = *state;
    struct report r = statement("bien_dong", "2025-S1");
    struct arena a = {0};
    struct findings fs = {0};
    size_t n = 0;

    check(fx, &r,
          "ktt.event=1@2025-07-02 ktt.event:new=1@2025-07-02 "
          "ktt.event:new:5/QĐ=1@2025-07-02",
          &a, &fs);
    for (size_t i = 0; i < fs.n; i++)
        if (strcmp(fs.list[i].code, "EVENT_DATE") == 0) {
            assert_string_equal(fs.list[i].b2, "5/QĐ");
            n++;
        }
    assert_int_equal(n, 1);
    findings_clear(&fs);
    arena_clear(&a);
}

static void the_sums_that_hold_stay_silent(void **state)
{
    struct fixture *fx = *state;
    static const char *const silent[] = {
        "SUM_OF_PARTS", "SUM_OF_PARTS_MONEY", "ACTIVE_STOPPED", "MEMBER_WORKERS",
        "MARGIN",       "MEAN_OUTSIDE_RANGE", "MEAN_NOT_TOTAL", "PARTS_INCOMPLETE"};
    static const char *const heard[] = {"CONSTANT_ACROSS_PARTS", "SEMANTIC_EQUALITY",
                                        "DENOMINATOR_UNSTATED"};
    struct report r = statement("unit_statement", "2023");
    struct arena a = {0};
    struct findings fs = {0}, again = {0};

    check(fx, &r, TAM_DUONG, &a, &fs);
    for (size_t i = 0; i < COUNT(silent); i++)
        if (find(&fs, silent[i]) != NULL)
            fail_msg("%s", silent[i]);
    for (size_t i = 0; i < COUNT(heard); i++)
        assert_non_null(find(&fs, heard[i]));
    /* the same report gives the same findings in the same order: a receipt hashes them */
    rules_check(fx->c, &r, NULL, &again);
    assert_int_equal(fs.n, again.n);
    for (size_t i = 0; i < fs.n; i++)
        assert_string_equal(fs.list[i].code, again.list[i].code);
    findings_clear(&fs);
    findings_clear(&again);
    arena_clear(&a);
}

static void a_qualified_part_makes_a_warning_of_an_error(void **state)
{
    struct fixture *fx = *state;
    static const char *const lines[] = {
        "worker.regular=640 worker.regular:agri=300 worker.regular:credit=330 "
        "htx.total:agri=1 htx.total:credit=1",
        "worker.regular=640 worker.regular:agri=>300 worker.regular:credit=330 "
        "htx.total:agri=1 htx.total:credit=1"};

    for (size_t i = 0; i < COUNT(lines); i++) {
        struct report r = statement("unit_statement", "2023");
        struct arena a = {0};
        struct findings fs = {0};
        const struct finding *f;

        check(fx, &r, lines[i], &a, &fs);
        f = find(&fs, "SUM_OF_PARTS");
        assert_non_null(f);
        assert_int_equal(f->severity, i == 0 ? SEV_ERROR : SEV_WARNING);
        assert_int_equal(f->refuses, i == 0);
        assert_string_equal(f->args[2], "10");
        findings_clear(&fs);
        arena_clear(&a);
    }
}

static void a_sub_sector_counts_only_without_its_sector(void **state)
{
    struct fixture *fx = *state;
    static const char *const sound[] = {
        "htx.total=5 htx.total:agri=3 htx.total:crops=2 htx.total:credit=2",
        "htx.total=5 htx.total:forestry=1 htx.total:crops=2 htx.total:credit=2",
        "htx.total=500..600 htx.total:agri=300..400 htx.total:credit=210"};

    for (size_t i = 0; i < COUNT(sound); i++) {
        struct report r = statement("unit_statement", "2023");
        struct arena a = {0};
        struct findings fs = {0};

        check(fx, &r, sound[i], &a, &fs);
        assert_null(find(&fs, "SUM_OF_PARTS"));
        findings_clear(&fs);
        arena_clear(&a);
    }
}

/* -- shape -- */

static const struct {
    const char *line, *code;
    bool refuses;
} shapes[] = {
    {"htx.total=-1",                                "NEGATIVE_COUNT",        true },
    {"htx.effective_pct=101",                       "PERCENT_RANGE",         true },
    {"htx.effective_pct=60..101",                   "PERCENT_RANGE",         true },
    {"revenue.avg=200000000",                       "VALUE_RANGE",           true },
    {"htx.total:railway=1",                         "BREAKDOWN_UNKNOWN",     true },
    {"commune.total:agri=1",                        "BREAKDOWN_NOT_ALLOWED", true },
    {"support.need:training:nstw=1",                "BREAKDOWN_UNKNOWN",     true },
    {"htx.total=1 htx.total=1",                     "DUPLICATE_CELL",        true },
    {"loan.count=1#martians",                       "POPULATION_UNKNOWN",    true },
    {"support.need:nstw:training=1",                NULL,                    false},
    {"loan.policy_bank.amount:HTX_Ngọc_Minh=534", NULL,                    false},
    {"profit.avg=-40",                              NULL,                    false},
    {"revenue.avg.yoy=-12.5",                       NULL,                    false},
};

static void the_shape_of_every_cell_is_judged(void **state)
{
    struct fixture *fx = *state;

    for (size_t i = 0; i < COUNT(shapes); i++) {
        struct report r = statement("unit_statement", "2021-2025");
        struct arena a = {0};
        struct findings fs = {0};

        check(fx, &r, shapes[i].line, &a, &fs);
        if (shapes[i].code != NULL && find(&fs, shapes[i].code) == NULL)
            fail_msg("%s: no %s", shapes[i].line, shapes[i].code);
        assert_int_equal(findings_refuse(&fs), shapes[i].refuses);
        if (shapes[i].code != NULL)
            assert_string_not_equal(find(&fs, shapes[i].code)->cell, "");
        findings_clear(&fs);
        arena_clear(&a);
    }
}

/* Where a rule says which law ended an indicator, nothing says it twice. */
static void the_end_of_grading_is_a_note_with_its_law(void **state)
{
    struct fixture *fx = *state;
    struct report r = of_entity("2026-S1");
    const struct finding *f;
    struct bytes text = {0};
    struct arena a = {0};
    struct findings fs = {0};

    check(fx, &r, "member.total=10 worker.regular=5 htx.score=80", &a, &fs);
    f = find(&fs, "GRADES_ABOLISHED");
    assert_non_null(f);
    assert_int_equal(f->severity, SEV_NOTE);
    assert_null(find(&fs, "INDICATOR_EXPIRED"));
    finding_render(fx->c, f, LANG_VI, &text);
    assert_non_null(strstr(bytes_cstr(&text), "TT 78/2025/TT-BTC"));
    bytes_clear(&text);
    findings_clear(&fs);
    arena_clear(&a);
}

static void every_field_of_the_report_is_judged(void **state)
{
    struct fixture *fx = *state;
    static const struct {
        const char *code;
        enum {
            FORM,
            VERSION,
            PERIOD,
            VINTAGE,
            TAX,
            BRANCH,
            NO_NUMBER,
            ISSUER,
            REQUIRED,
            EXPIRED
        } what;
        bool refuses, holds;
    } cases[] = {
        {"UNKNOWN_FORM",      FORM,      true,  false},
        {"FORM_VERSION_NEW",  VERSION,   true,  false},
        {"UNKNOWN_PERIOD",    PERIOD,    true,  false},
        {"NO_VINTAGE",        VINTAGE,   true,  false},
        {"TAX_CHECK",         TAX,       true,  false},
        {"TAX_BRANCH",        BRANCH,    true,  false},
        {"ENTITY_NO_NUMBER",  NO_NUMBER, false, true },
        {"ENTITY_NO_ISSUER",  ISSUER,    false, false},
        {"REQUIRED_MISSING",  REQUIRED,  false, false},
        {"INDICATOR_EXPIRED", EXPIRED,   false, false}
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct report r = of_entity("2025-S1");
        struct arena a = {0};
        struct findings fs = {0};
        const char *line = "member.total=10 worker.regular=5";

        switch (cases[i].what) {
        case FORM:
            r.form = "no_such";
            break;
        case VERSION:
            r.form_version = 9;
            break;
        case PERIOD:
            r.period = "2025-S3";
            break;
        case VINTAGE:
            r.vintage = VINTAGE_NONE;
            break;
        case TAX:
            r.subject.id = "6200001235";
            break;
        case BRANCH:
            r.subject.id = "6200001234-001";
            break;
        case NO_NUMBER:
            r.subject.scheme = ID_NONE;
            r.subject.id = NULL;
            break;
        case ISSUER:
            r.subject.scheme = ID_CERTIFICATE;
            r.subject.id = "23A/7";
            break;
        case REQUIRED:
            line = "member.total=10";
            break;
        case EXPIRED:
            r.period = "2026-S1";
            line = "member.total=10 worker.regular=5 htx.not_reorganised=1";
            break;
        }
        check(fx, &r, line, &a, &fs);
        if (find(&fs, cases[i].code) == NULL)
            fail_msg("no %s", cases[i].code);
        assert_int_equal(findings_refuse(&fs), cases[i].refuses);
        assert_int_equal(findings_hold(&fs), cases[i].holds);
        findings_clear(&fs);
        arena_clear(&a);
    }
}

static void a_form_that_ended_before_the_period_is_refused(void **state)
{
    struct fixture *fx = *state;
    struct form *form = (struct form *)catalogue_form(fx->c, "htx_list", 1);
    static const struct {
        const char *valid_to;
        bool refused;
    } cases[] = {
        {"2024-12-14", true },
        {"2024-12-15", false}
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct report r = of_entity("2025-S1"); /* from 15 December 2024 */
        struct arena a = {0};
        struct findings fs = {0};

        form->valid_to = date_read(cases[i].valid_to);
        check(fx, &r, "member.total=10 worker.regular=5", &a, &fs);
        form->valid_to = DATE_NONE;
        assert_int_equal(find(&fs, "FORM_VERSION_OLD") != NULL, cases[i].refused);
        assert_int_equal(findings_refuse(&fs), cases[i].refused);
        findings_clear(&fs);
        arena_clear(&a);
    }
}

static void a_sound_report_has_no_finding(void **state)
{
    struct fixture *fx = *state;
    struct report r = of_entity("2025-S1");
    struct arena a = {0};
    struct findings fs = {0};

    check(fx, &r,
          "member.total=10 worker.regular=5 worker.regular_member=5 revenue.total=812.5 "
          "profit.total=- income.worker_total=? mgr.total=3 mgr.edu.so_cap=1 "
          "mgr.edu.dai_hoc=2",
          &a, &fs);
    for (size_t i = 0; i < fs.n; i++)
        print_error("%s\n", fs.list[i].code);
    assert_int_equal(fs.n, 0);
    findings_clear(&fs);
    arena_clear(&a);
}

/* -- the language -- */

static bool compile(struct fixture *fx, const char *each, const char *expr,
                    const char *scope, struct rules **out)
{
    struct bytes b = {0};
    bool ok;

    bytes_str(&b,
              "code\tseverity\teffect\tscope\tform\tvalid_from\tvalid_to\teach\texpr\t"
              "text_vi\ttext_en\n");
    bytes_printf(&b, "T\terror|warning\tkeep\t%s\t\t\t\t%s\t%s\tvi\ten\n", scope, each,
                 expr);
    fx->e.kind = ERR_NONE;
    ok = rules_compile(out, fx->c, span_of(&b), &fx->e);
    bytes_clear(&b);
    return ok;
}

static void a_bad_expression_is_pointed_at(void **state)
{
    struct fixture *fx = *state;
    static const char *const bad[][3] = {
        {"",                       "htx.totl > 1",                                                     "at character 1: no such indicator" },
        {"",                       "htx.total > revenue.avg",                                          "differ in scale"                   },
        {"",                       "htx.total + 1",                                                    "a condition is wanted"             },
        {"",                       "htx.total > 1 or 2",                                               "a condition is wanted"             },
        {"",                       "htx.total > (1 < 2)",                                              "a number is wanted"                },
        {"",                       "htx.total >",                                                      "at character 12: no such indicator"},
        {"",                       "htx.total > 1 1",                                                  "at character 15: not understood"   },
        {"",                       "$ > 1",                                                            "$ without a list"                  },
        {"htx.total, revenue.avg", "$ > 1",                                                            "differ in scale"                   },
        {"htx.totl",               "$ > 1",                                                            "each: htx.totl"                    },
        {"htx.total by colour",    "$ > 1",                                                            "no such dimension"                 },
        {"",                       "sum(htx.total, lender) > 1",                                       "no such dimension"                 },
        {"",                       "wsum(htx.total, sector) > 1",                                      "no single weight"                  },
        {"",                       "sin(htx.total) > 1",                                               "no such function"                  },
        {"",                       "htx.total[rail] > 1",                                              "not a breakdown"                   },
        {"",                       "htx.total > 1 within 2",                                           "within goes with =="               },
        {"",                       "'htx.total > 1",                                                   "quotation does not end"            },
        {"",                       "is(martian)",                                                      "unknown word"                      },
        {"",                       "htx.total > 1; (htx.total > 2)",                                   "an argument is a number"           },
        {"",                       "((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))) > 0",
         "brackets"                                                                                                                        },
        {"",                       "htx.total > 99999999999999999999",                                 "too large"                         },
    };
    struct rules *rs = NULL;

    for (size_t i = 0; i < COUNT(bad); i++) {
        if (compile(fx, bad[i][0], bad[i][1], "report", &rs))
            fail_msg("%s was taken", bad[i][1]);
        assert_null(rs);
        assert_int_equal(fx->e.kind, ERR_INPUT);
        if (strstr(fx->e.text, "rules.tsv:2: ") == NULL ||
            strstr(fx->e.text, bad[i][2]) == NULL)
            fail_msg("%s: %s", bad[i][1], fx->e.text);
    }
}

/* What a rule may read follows from its scope. */
static void a_rule_beyond_its_scope_is_pointed_at(void **state)
{
    struct fixture *fx = *state;
    static const struct {
        const char *scope, *each, *expr, *says;
    } bad[] = {
  /* clang-format off */
        {"report", "", "htx.total == prev(htx.total)", "at character 19: only rules of scope register"},
        {"report", "", "registered()", "only rules of scope register"},
        {"report", "", "register_state(active)", "only rules of scope register"},
        {"report", "", "htx.total > 1; @register_name", "only rules of scope register"},
        {"report", "", "htx.total > median(htx.total)", "only rules of scope peers"},
        {"report", "", "peers() > 1", "only rules of scope peers"},
        {"register", "", "htx.total > median(htx.total)", "only rules of scope peers"},
        {"register", "", "prev(plan(htx.total)) > 1", "a past within a past"},
        {"register", "", "prev(htx.total > 1)", ") is missing"},
        {"register", "", "prev(htx.total", ") is missing"},
        {"register", "", "same(htx) > 1", "prev, lastyear, plan"},
        {"register", "", "expected(1) > 1", ") is missing"},
        {"peers", "", "prev(htx.total) > 1", "only rules of scope register"},
        {"peers", "", "median(median(htx.total)) > 1", "a median within a median"},
        {"peers", "", "median(1) > 1", "a number of the report"},
        {"peers", "cells", "$ > 1", "takes a list of indicators"},
        {"peers", "htx.total by sector", "$ > 1", "takes a list of indicators"},
        {"report", "cells of", "$ > 1", "each: "},
        {"report", "first cell but nothing", "at_cutoff($)", "no such indicator"},
        {"report", "", "htx.total > 1; @nonsense", "no such words"},
        {"report", "", "htx.total > 1; @text", "words of what?"},
        {"report", "", "htx.total > 1; @class", "words of what?"},
        {"report", "", "class()", "a set of classes is wanted"},
        {"report", "", "swapped(htx.total)", ", is missing"},
        {"report", "", "swapped(htx.total, revenue.avg)", "differ in scale"},
        {"report", "", "known(htx.total > 1)", ") is missing"},
        {"report", "", "wsum(revenue.avg, sector, nothing) > 1", "no such indicator"},
  /* clang-format on */
    };
    struct rules *rs = NULL;

    for (size_t i = 0; i < COUNT(bad); i++) {
        if (compile(fx, bad[i].each, bad[i].expr, bad[i].scope, &rs))
            fail_msg("%s was taken", bad[i].expr);
        if (strstr(fx->e.text, "rules.tsv:2: ") == NULL ||
            strstr(fx->e.text, bad[i].says) == NULL)
            fail_msg("%s: %s", bad[i].expr, fx->e.text);
    }
}

/* A refusal is final, so its reason lies in the bytes. */
static void what_the_register_says_never_refuses(void **state)
{
    struct fixture *fx = *state;
    static const struct {
        const char *effect, *scope;
        bool taken;
    } cases[] = {
        {"refuse",      "report",   true },
        {"hold",        "register", true },
        {"refuse",      "register", false},
        {"keep|refuse", "register", false},
        {"refuse",      "peers",    false},
        {"hold",        "peers",    false},
        {"keep",        "peers",    true }
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes b = {0};
        struct rules *rs = NULL;

        bytes_printf(&b,
                     "code\tseverity\teffect\tscope\tform\tvalid_from\tvalid_to\teach\t"
                     "expr\ttext_vi\ttext_en\nT\terror\t%s\t%s\t\t\t\t\t"
                     "htx.total > 1\tvi\ten\n",
                     cases[i].effect, cases[i].scope);
        fx->e.kind = ERR_NONE;
        if (rules_compile(&rs, fx->c, span_of(&b), &fx->e) != cases[i].taken)
            fail_msg("%s, %s", cases[i].effect, cases[i].scope);
        rules_close(&rs);
        bytes_clear(&b);
    }
}

static void long_expressions_are_bounded(void **state)
{
    struct fixture *fx = *state;
    struct rules *rs = NULL;
    struct bytes sum = {0}, deep = {0};

    bytes_str(&sum, "0");
    bytes_str(&deep, "0");
    for (size_t i = 0; i < 200; i++) {
        bytes_str(&sum, "+1");
        bytes_str(&deep, i < 40 ? "+1*(1" : "");
    }
    for (size_t i = 0; i < 40; i++)
        bytes_str(&deep, ")");
    bytes_str(&sum, ">0");
    bytes_str(&deep, ">0");
    assert_false(compile(fx, "", bytes_cstr(&sum), "report", &rs));
    assert_non_null(strstr(fx->e.text, "too long"));
    assert_false(compile(fx, "", bytes_cstr(&deep), "report", &rs));
    bytes_clear(&sum);
    bytes_clear(&deep);
}

/* What the condition says about the sample: 1, 0, or -1 for unknown. */
static int says(struct fixture *fx, const char *line, const char *expr)
{
    struct report r = statement("unit_statement", "2023");
    struct rules *rs = NULL;
    struct report_view v;
    struct arena a = {0};
    struct spot at;
    struct value x;

    if (!compile(fx, "", expr, "report", &rs))
        fail_msg("%s", fx->e.text);
    sample(&r, fx->c, line, &a);
    view_open(&v, fx->c, &r, NULL);
    at = (struct spot){.view = &v, .b1 = "", .b2 = ""};
    x = rule_eval(&rs->list[0].holds, &at);
    view_close(&v);
    rules_close(&rs);
    arena_clear(&a);
    return !x.known ? -1 : x.lo != 0;
}

static void expressions_are_exact_and_know_what_they_do_not_know(void **state)
{
    struct fixture *fx = *state;
    static const struct {
        const char *line, *expr;
        int says;
    } cases[] = {
        {"htx.total=7",                                         "htx.total / 2 == 4",                                    1 }, /* half away from zero */
        {"htx.total=7",                                         "-htx.total / 2 == -4",                                  1 },
        {"htx.total=7",                                         "1 + 2 * 3 == htx.total",                                1 },
        {"htx.total=7",                                         "(1 + 2) * 3 == 9 and not htx.total < 7",                1 },
        {"htx.total=7",                                         "htx.total / 0 == 1",                                    -1},
        {"",                                                    "htx.total > 1",                                         -1},
        {"",                                                    "htx.total > 1 or 1 < 2",                                1 },
        {"",                                                    "htx.total > 1 and 1 > 2",                               0 },
        {"",                                                    "or0(htx.total) == 0 and not has(htx.total)",            1 },
        {"htx.total=?",                                         "or0(htx.total) == 0",                                   -1},
        {"htx.total=-",                                         "htx.total == 0",                                        1 },
        {"htx.total=>7",                                        "htx.total > 100",                                       -1},
        {"htx.total=>7",                                        "htx.total < 7",                                         0 },
        {"htx.total=<7",                                        "htx.total > 7",                                         0 },
        {"htx.total=600..800",                                  "htx.total == 700",                                      -1},
        {"htx.total=600..800",                                  "htx.total == 801",                                      0 },
        {"htx.total=600..800",                                  "upper(htx.total) == 800",                               1 },
        {"revenue.avg=0.5",                                     "revenue.avg < 1",                                       1 }, /* a literal is in printed units */
        {"htx.effective_pct=9.5",                               "htx.effective_pct > 9 and htx.effective_pct < 10",      1 },
        {"htx.total=3 htx.active=1",                            "pct(htx.active, htx.total) > 33",                       1 },
        {"revenue.avg=90000000",                                "revenue.avg * 9000000 * 9000000 > 1",                   1 },
        {"revenue.avg=90000000",                                "revenue.avg * 99999999999999 * 99999999999999 > 1",
         -1                                                                                                                }, /* beyond 128 bit */
        {"revenue.avg=90000000",
         "revenue.avg * 99999999999999 * 9999999999 == "
         "-revenue.avg * 99999999999999 * 9999999999 within 1",                                                          -1},
        {"htx.total:agri=1 htx.total:credit=2",                 "sum(htx.total, sector) == 3",                           1 },
        {"htx.total:agri=1 htx.total:credit=?",                 "sum(htx.total, sector) == 3",                           -1},
        {"htx.total:agri=1 htx.total:credit=2",                 "maximum(htx.total, sector) == 2",                       1 },
        {"htx.total:agri=1 revenue.avg:credit=2",               "wsum(revenue.avg, sector) > 0",                         -1},
        {"support.need:nstw:training=2 support.need:nstw=2",
         "sum(support.need[nstw], item) == support.need[nstw]",                                                          1 },
        {"htx.total=1",                                         "vintage(estimate) and period(year) and is(unit)",       1 },
        {"htx.total=1",                                         "htx.total != 1",                                        0 },
        {"htx.total=~100",                                      "htx.total == 103 within about(htx.total)",              1 },
        {"htx.total=100",                                       "htx.total == 103 within about(htx.total)",              0 },
        {"htx.total=53",                                        "swapped(htx.total, 35) and not swapped(htx.total, 53)", 1 },
        {"htx.total=1453",                                      "swapped(htx.total, 1435) or swapped(htx.total, 4135)",  1 },
        {"htx.total=453",                                       "swapped(htx.total, 345) or swapped(htx.total, 4530)",   0 },
        {"profit.avg=-40",                                      "abs(profit.avg) == 40",                                 1 },
        {"htx.total=?",                                         "known(htx.total) or known(htx.active)",                 0 },
        {"htx.total=?",                                         "given(htx.total) and not given(htx.active)",            1 },
        {"loan.count=1@2023-06-30",                             "months(loan.count) == 5 and dated(loan.count)",         1 },
        {"loan.count=1@2022-06-30",                             "in_period(loan.count)",                                 0 },
        {"loan.count=1",                                        "months(loan.count) == 5",                               -1},
        {"htx.total:agri=3 htx.active:agri=1 htx.total:credit=1 htx.active:credit=1 "
         "revenue.avg:agri=50 revenue.avg:credit=100", "wsum(revenue.avg, sector, htx.active) == 150",          1 },
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        if (says(fx, cases[i].line, cases[i].expr) != cases[i].says)
            fail_msg("%s: %s", cases[i].line, cases[i].expr);
}

static void rules_of_other_scopes_are_kept_and_not_run(void **state)
{
    struct fixture *fx = *state;
    struct rules *rs = NULL, *shipped = fx->c->rules;
    struct report r = statement("unit_statement", "2023");
    struct arena a = {0};
    struct findings fs = {0};

    assert_true(compile(fx, "", "htx.total > 100", "register", &rs));
    assert_int_equal(rs->n, 1);
    fx->c->rules = rs;
    check(fx, &r, "htx.total=1", &a, &fs);
    fx->c->rules = shipped;
    assert_int_equal(fs.n, 0);
    findings_clear(&fs);
    rules_close(&rs);
    arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_rules_use_only_arguments_they_have),
        cmocka_unit_test(tam_duongs_means_contradict_its_sectors),
        cmocka_unit_test(a_cell_is_judged_once_whatever_is_made_of_it),
        cmocka_unit_test(the_sums_that_hold_stay_silent),
        cmocka_unit_test(a_qualified_part_makes_a_warning_of_an_error),
        cmocka_unit_test(a_sub_sector_counts_only_without_its_sector),
        cmocka_unit_test(the_shape_of_every_cell_is_judged),
        cmocka_unit_test(the_end_of_grading_is_a_note_with_its_law),
        cmocka_unit_test(every_field_of_the_report_is_judged),
        cmocka_unit_test(a_form_that_ended_before_the_period_is_refused),
        cmocka_unit_test(a_sound_report_has_no_finding),
        cmocka_unit_test(a_bad_expression_is_pointed_at),
        cmocka_unit_test(a_rule_beyond_its_scope_is_pointed_at),
        cmocka_unit_test(what_the_register_says_never_refuses),
        cmocka_unit_test(long_expressions_are_bounded),
        cmocka_unit_test(expressions_are_exact_and_know_what_they_do_not_know),
        cmocka_unit_test(rules_of_other_scopes_are_kept_and_not_run),
    };

    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
