#include "aggregator/sdmx/sdmx_own.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants these first */
#include <cmocka.h>

#include "tests/lib/shipped_catalogue.h"

struct fixture {
    struct catalogue *catalogue;
    struct totals totals;
    struct sdmx_source source;
    struct sdmx sdmx;
    struct bytes text, out;
    struct arena arena;
    struct err e;
};

static int begin(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    fx->catalogue = shipped_catalogue();
    *state = fx;
    return 0;
}

static int end(void **state)
{
    struct fixture *fx = *state;

    sdmx_clear(&fx->sdmx);
    totals_clear(&fx->totals);
    catalogue_close(&fx->catalogue);
    arena_clear(&fx->arena);
    bytes_clear(&fx->text);
    bytes_clear(&fx->out);
    free(fx);
    return 0;
}

/* A figure of one row: what distinguishes it, and a value. */
static void line(struct fixture *fx, const char *by, const char *unit,
                 const char *indicator, const char *b1, const char *b2)
{
    bytes_printf(&fx->text,
                 "total\t%s\t%s\t%s\tactual\t%s\t%s\t%s\t1\t\t\tHTX\treported\tentity\t"
                 "\t1\t1\t1\t1\t1\t1\t0\t1\t0\t0\t0\t0\t0\n",
                 by, unit, *unit != 0 ? "2004-01-01" : "", indicator, b1, b2);
}

static bool make(struct fixture *fx, const char *period)
{
    struct bytes all = {0};

    sdmx_clear(&fx->sdmx);
    totals_clear(&fx->totals);
    bytes_printf(&all,
                 "htx-totals 1\nprovince\t12\tTỉnh <A> & \"B\"\n"
                 "period\tnd09\t%s\tKỳ\tPeriod\t2025-06-14\nvintage\tactual\n"
                 "as-of\t1\t90\nmethod\t1\ncatalogue\t1\n",
                 period);
    bytes_add(&all, fx->text.p, fx->text.n);
    assert_true(totals_read(span_of(&all), &fx->totals, &fx->e));
    bytes_clear(&all);
    fx->source = (struct sdmx_source){.totals = &fx->totals,
                                      .catalogue = fx->catalogue,
                                      .number = 1,
                                      .prepared = "2025-06-20T10:00:00+07:00",
                                      .hash_hex = "ab"};
    return sdmx_make(&fx->sdmx, &fx->source, NULL, &fx->e);
}

static void ids_follow_the_rule(void **state)
{
    static const char *const pairs[][2] = {
        {"htx.total",                "htx-total"               },
        {"mgr.edu.so_cap+trung_cap", "mgr-edu-so_cap@trung_cap"},
        {"all-agri",                 "all$2Dagri"              },
        {"a@b",                      "a$40b"                   },
        {"a$b",                      "a$24b"                   },
        {".a",                       "$2Ea"                    },
        {"_T",                       "$5FT"                    },
        {"x12.ong",                  "x12-ong"                 },
        {"Đ",                       "$C4$90"                  },
        {"3",                        "3"                       },
    };
    struct fixture *fx = *state;

    for (size_t i = 0; i < COUNT(pairs); i++)
        assert_string_equal(sdmx_id(&fx->arena, pairs[i][0]), pairs[i][1]);
    assert_string_equal(sdmx_area(&fx->arena, "105", "2004-01-01"), "105-20040101");
    assert_string_equal(sdmx_area(&fx->arena, "12", ""), "12");
}

/* Any two of many codes have two ids: random ones of the bytes that need care. */
static void two_codes_never_have_one_id(void **state)
{
    static const char letters[] = ".+-_@$aA0\xC4\x90";
    enum { MANY = 400 };
    struct fixture *fx = *state;
    const char *codes[MANY], *ids[MANY];
    uint32_t seed = 7;

    for (size_t i = 0; i < MANY; i++) {
        char code[6];
        size_t n = 0;

        for (size_t left = 1 + i % 5; left > 0; left--) {
            seed = seed * 1664525U + 1013904223U;
            code[n++] = letters[(seed >> 16) % (sizeof letters - 1)];
        }
        code[n] = 0;
        codes[i] = arena_str(&fx->arena, code);
        ids[i] = sdmx_id(&fx->arena, code);
        assert_int_equal(strspn(ids[i],
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
                                "XYZ0123456789_@$-"),
                         strlen(ids[i]));
        for (size_t k = 0; k < i; k++)
            assert_int_equal(strcmp(codes[i], codes[k]) == 0,
                             strcmp(ids[i], ids[k]) == 0);
    }
}

static void periods_are_told_in_sdmx(void **state)
{
    static const char *const periods[][3] = {
        {"2025-S1",   "S",  "2025-S1"       },
        {"2025",      "A",  "2025"          },
        {"2025-Q4",   "Q",  "2025-Q4"       },
        {"2025-M07",  "M",  "2025-M07"      },
        {"2025-9T",   "_O", "2025-01-01/P9M"},
        {"2021-2025", "_O", "2021-01-01/P5Y"},
        {"2025-S3",   "_O", "2025-06-14"    },
        {"2025-M13",  "_O", "2025-06-14"    },
        {"tet",       "_O", "2025-06-14"    },
        {"20",        "_O", "2025-06-14"    },
    };
    struct fixture *fx = *state;

    line(fx, "-", "", "htx.total", "", "");
    for (size_t i = 0; i < COUNT(periods); i++) {
        assert_true(make(fx, periods[i][0]));
        assert_string_equal(fx->sdmx.rows[0].v[SC_FREQ], periods[i][1]);
        assert_string_equal(fx->sdmx.rows[0].v[SC_TIME_PERIOD], periods[i][2]);
    }
}

static const char *key(struct fixture *fx, size_t i)
{
    return sdmx_series_key(&fx->arena, &fx->sdmx.rows[i]);
}

static void a_code_is_one_of_its_dimension(void **state)
{
    struct fixture *fx = *state;

    line(fx, "-", "", "loan.amount", "other", "");
    line(fx, "-", "", "loan.amount", "nhno", "HTX <Một>");
    line(fx, "s", "", "htx.total", "other", "");
    line(fx, "s", "", "htx.total", "unknown", "");
    line(fx, "-", "", "htx.total", "other", ""); /* a line of a form, not the division */
    line(fx, "u", "105", "htx.total", "", "");
    line(fx, "us", "105", "htx.total", "all-agri", "");
    assert_true(make(fx, "2025-S1"));
    assert_string_equal(key(fx, 0), "S.12.loan-amount.lender-other._T.actual");
    assert_non_null(strstr(key(fx, 1), ".lender-nhno.name-"));
    assert_string_equal(key(fx, 2), "S.12.htx-total.sector-other._T.actual");
    assert_string_equal(key(fx, 3), "S.12.htx-total.sector-unknown._T.actual");
    assert_string_equal(key(fx, 4), "S.12.htx-total.line-sector-other._T.actual");
    assert_string_equal(key(fx, 5), "S.105-20040101.htx-total._T._T.actual");
    assert_string_equal(key(fx, 6),
                        "S.105-20040101.htx-total.sector-all$2Dagri._T.actual");
    sdmx_structure(&fx->sdmx, &fx->out);
    assert_non_null(strstr(bytes_cstr(&fx->out), ">HTX &lt;Một&gt;</com:Name>"));
    assert_non_null(
        strstr(bytes_cstr(&fx->out), ">Tỉnh &lt;A&gt; &amp; &quot;B&quot;</com:Name>"));
}

static void what_cannot_be_told_is_refused(void **state)
{
    struct fixture *fx = *state;

    line(fx, "-", "", "htx.total", "", "");
    line(fx, "s", "", "htx.total", "agri", "");
    line(fx, "-", "", "htx.total", "", "");
    assert_false(make(fx, "2025-S1"));
    assert_int_equal(fx->e.kind, ERR_SETUP);
    assert_non_null(strstr(fx->e.text, "S.12.htx-total._T._T.actual"));
    fx->text.n = 0;
    line(fx, "-", "", "htx.of_tomorrow", "", "");
    assert_false(make(fx, "2025-S1"));
    assert_int_equal(fx->e.kind, ERR_SETUP);
    assert_non_null(strstr(fx->e.text, "htx.of_tomorrow"));
}

static void xml_holds_any_text(void **state)
{
    struct fixture *fx = *state;

    xml_put(&fx->out, "a<b>&\"c\"\t\n\x01\xEF\xBF\xBFĐ'");
    assert_string_equal(
        bytes_cstr(&fx->out),
        "a&lt;b&gt;&amp;&quot;c&quot;&#9;&#10;\xEF\xBF\xBD\xEF\xBF\xBDĐ'");
}

static void files_are_named_by_agency_dataflow_version_period(void **state)
{
    struct fixture *fx = *state;
    struct sdmx_source before;

    line(fx, "-", "", "htx.total", "", "");
    assert_true(make(fx, "2025-S1"));
    before = fx->source;
    assert_string_equal(sdmx_file_name(&fx->arena, &fx->source, NULL, ".xml"),
                        "HTX_COOP_1.0_2025-S1_12_v1.xml");
    fx->source.number = 2;
    fx->totals.vintage = "plan";
    fx->totals.scheme = "calendar";
    assert_string_equal(sdmx_file_name(&fx->arena, &fx->source, &before, ".csv"),
                        "HTX_COOP_calendar_1.0_2025-S1-plan_12_v2-since-v1.csv");
    fx->source.number = 0; /* of the nation */
    fx->source.hash_hex = "0123456789abcdef";
    assert_string_equal(sdmx_file_name(&fx->arena, &fx->source, NULL, ".csv"),
                        "HTX_COOP_calendar_1.0_2025-S1-plan_12_0123456789ab.csv");
    fx->totals.period = "../../etc";
    assert_null(strchr(sdmx_file_name(&fx->arena, &fx->source, NULL, ".xml"), '/'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ids_follow_the_rule, begin, end),
        cmocka_unit_test_setup_teardown(two_codes_never_have_one_id, begin, end),
        cmocka_unit_test_setup_teardown(periods_are_told_in_sdmx, begin, end),
        cmocka_unit_test_setup_teardown(a_code_is_one_of_its_dimension, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_told_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(xml_holds_any_text, begin, end),
        cmocka_unit_test_setup_teardown(files_are_named_by_agency_dataflow_version_period,
                                        begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
