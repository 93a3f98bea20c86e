#include "aggregator/book/sheets.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants these first */
#include <cmocka.h>

#include "aggregator/book/book.h"
#include "aggregator/book/csv.h"
#include "aggregator/sdmx/sdmx.h"
#include "tests/lib/shipped_catalogue.h"
#include <unistd.h>

/* What totals_make writes, cut to what these tests look at. */
static const char TOTALS[] =
    "htx-totals 1\n"
    "province\t12\tTỉnh Lai Châu\n"
    "period\tnd09\t2025-S1\t6 tháng đầu năm 2025\tFirst half of 2025\t2025-06-14\n"
    "vintage\tactual\nas-of\t1\t90\nmethod\t1\ncatalogue\t1\n"
    "unit\t105\t2004-01-01\tThành phố Lai Châu\tt\tsent\tf\tlist 2/2\t2\t2\t0\t0\t0\t0\t2"
    "\t3\t1\t80\n"
    "unit\t106\t2004-01-"
    "01\tHuyện\\t\\\\Tam\\nĐường\tt\tnone\tt\t\t0\t\t0\t0\t0\t0\t0\t\t\t\n"
    "unconfirmed\t105\t2004-01-01\ttax:1\tHTX A\n"
    "total\t-\t\t\tactual\tmember.total\t\t\t1234567.89\t\t\tthành "
    "viên\treported\tmixed\t"
    "\t1\t2\t1\t2\t2\t3\t1\t0\t0\t0\t0\t0\t1\n"
    "total\t-\t\t\tactual\trevenue.avg\t\t\t706.4\t37440\t53\ttriệu "
    "đồng\tparts\tstatement"
    "\t1100\t1\t2\t1\t2\t0\t\t1\t0\t0\t0\t0\t0\t0\n"
    "total\tu\t105\t2004-01-01\tactual\tmember.total\t=nhno\t\t-3.5\t\t\tthành viên\t"
    "reported\tentity\t\t2\t3\t1\t1\t2\t3\t0\t1\t0\t0\t0\t0\t0\n"
    "total\tus\t105\t2004-01-01\tactual\tmember.total\tagri\t\t\t\t\tthành "
    "viên\t\tentity\t"
    "\t0\t3\t0\t1\t0\t3\t0\t0\t0\t1\t0\t0\t0\n"
    "difference\tactual\t105\t2004-01-01\tmember.total\t\t\tstatement\t5\tentity\t4\t-"
    "1\n";

static const struct name INDICATORS[] = {
    {"revenue.avg",  "Doanh thu, \"bình quân\"", "triệu đồng", 1,  false},
    {"member.total", "Số thành viên",          "thành viên",    -1, false},
};
static const struct name BREAKDOWNS[] = {
    {"agri", "Nông, lâm, ngư nghiệp", "", -1, true},
};

struct fixture {
    struct totals totals;
    struct names names;
    struct extract x;
    struct err e;
    struct arena arena;
    struct bytes out;
};

static int begin(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    assert_true(totals_read(span_str(TOTALS), &fx->totals, &fx->e));
    fx->names = (struct names){.indicators = (struct name *)(uintptr_t)INDICATORS,
                               .n_indicators = COUNT(INDICATORS),
                               .breakdowns = (struct name *)(uintptr_t)BREAKDOWNS,
                               .n_breakdowns = COUNT(BREAKDOWNS)};
    fx->x = (struct extract){.totals = &fx->totals,
                             .names = &fx->names,
                             .number = 3,
                             .published_vi = "20/06/2025",
                             .hash_hex = "ab"};
    *state = fx;
    return 0;
}

static int end(void **state)
{
    struct fixture *fx = *state;

    totals_clear(&fx->totals);
    arena_clear(&fx->arena);
    bytes_clear(&fx->out);
    free(fx);
    return 0;
}

static const char *vi(struct fixture *fx, const char *plain, int decimals)
{
    fx->out.n = 0;
    decimal_vi(plain, decimals, &fx->out);
    return bytes_cstr(&fx->out);
}

static void numbers_read_as_people_here_write_them(void **state)
{
    struct fixture *fx = *state;

    assert_string_equal(vi(fx, "1234567.89", 0), "1.234.567,89");
    assert_string_equal(vi(fx, "-1234567", 2), "-1.234.567,00");
    assert_string_equal(vi(fx, "-123", 0), "-123");
    assert_string_equal(vi(fx, "123456", 0), "123.456");
    assert_string_equal(vi(fx, "0.5", 2), "0,50");
    assert_string_equal(vi(fx, "706.4", 1), "706,4");
}

static const char *covered(struct fixture *fx, int64_t x, int64_t y, bool known)
{
    fx->out.n = 0;
    coverage_vi(x, y, known, &fx->out);
    return bytes_cstr(&fx->out);
}

static void coverage_says_what_is_known(void **state)
{
    struct fixture *fx = *state;

    assert_string_equal(covered(fx, 3, 4, true), "3/4 (75%)");
    assert_string_equal(covered(fx, 1, 8, true), "1/8 (13%)");
    assert_string_equal(covered(fx, 0, 0, true), "0/0");
    assert_string_equal(covered(fx, 3, 0, false), "3/?");
}

static void totals_come_back_as_they_were_written(void **state)
{
    struct fixture *fx = *state;
    const struct totals *t = &fx->totals;

    assert_int_equal(t->n_units, 2);
    assert_string_equal(t->units[1].name, "Huyện\t\\Tam\nĐường");
    assert_true(t->units[1].late);
    assert_int_equal(t->units[0].unconfirmed, 1);
    assert_int_equal(t->units[1].listed, -1);
    assert_int_equal(t->n_figures, 4);
    assert_string_equal(t->figures[1].f[RC_DENOMINATOR], "53");
    assert_string_equal(t->figures[1].f[RC_APPROXIMATE], "0");
    assert_string_equal(t->figures[0].f[RC_APPROXIMATE], "1");
    assert_int_equal(t->n_differences, 1);
    assert_string_equal(t->differences[0].difference, "-1");
    assert_int_equal(t->cutoff, date_make(2025, 6, 14));
}

/* Behind the lines of format 1; comparisons find their figures in order. */
static const char BESIDE[] =
    "compare\t-\t\t\tactual\trevenue.avg\t\t\tprevious\t700.1\t\n"
    "compare\t-\t\t\tactual\trevenue.avg\t\t\tplan\t\tno_plan\n"
    "compare\tu\t105\t2004-01-01\tactual\tmember.total\t=nhno\t\tchange\t-1\t\n"
    "target\t1.7\t2030\thtx.total\tall\t\t410\t410\t\tHTX\tS3/II.2\tnot_comparable\t"
    "grouping,not_due\t391\t12\t\n"
    "break\t105\t2004-01-01\t2025-07-01\tNQ 1\n"
    "warning\t105\t2004-01-01\t1\t80\tSUM_GT_TOTAL\topen\n";

static void comparisons_stand_beside_their_figures(void **state)
{
    struct fixture *fx = *state;
    struct bytes all = {0};
    struct totals t;

    bytes_str(&all, TOTALS);
    all.p[sizeof "htx-totals " - 1] = '2';
    bytes_str(&all, BESIDE);
    assert_true(totals_read(span_of(&all), &t, &fx->e));
    assert_null(t.figures[0].beside[CW_PREVIOUS].value);
    assert_string_equal(t.figures[1].beside[CW_PREVIOUS].value, "700.1");
    assert_string_equal(t.figures[1].beside[CW_PLAN].value, "");
    assert_string_equal(t.figures[1].beside[CW_PLAN].reason, "no_plan");
    assert_string_equal(t.figures[2].beside[CW_CHANGE].value, "-1");
    assert_int_equal(t.n_targets, 1);
    assert_string_equal(t.targets[0].outcome, "not_comparable");
    assert_string_equal(t.targets[0].area, "12");
    assert_string_equal(compare_reason(t.targets[0].reason, LANG_VI, &fx->arena),
                        "số liệu gộp nhiều nhóm, không tách được; chưa đến hạn");
    assert_string_equal(compare_reason("no_first_half", LANG_EN, &fx->arena),
                        "the first half was not reported");
    assert_string_equal(compare_reason("later", LANG_EN, &fx->arena), "later");
    assert_int_equal(t.n_breaks, 1);
    assert_string_equal(t.breaks[0].text, "NQ 1");
    assert_int_equal(t.n_warnings, 1);
    assert_string_equal(t.warnings[0].state, "open");
    totals_clear(&t);
    bytes_clear(&all);
}

static void damaged_totals_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "htx-totals 2\n",
        "htx-totals 1\n",
        "htx-totals 1\nvintage\tactual",
        "htx-totals 1\nvintage\tactual\tmore\n",
        "htx-totals 1\nsomething\telse\n",
        "htx-totals 1\nunit\t105\n",
        "htx-totals 3\nvintage\tactual\n",
        "htx-totals 1\nbreak\t105\t2004-01-01\t2025-07-01\tNQ 1\n",
        "htx-totals 2\nbreak\t105\n",
        "htx-totals 2\ncompare\t-\t\t\tactual\tx\t\t\tprevious\t1\t\n",
    };
    struct fixture *fx = *state;
    struct totals t;

    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(totals_read(span_str(bad[i]), &t, &fx->e));
        assert_int_equal(fx->e.kind, ERR_INPUT);
    }
}

static void files_are_named_without_marks(void **state)
{
    struct fixture *fx = *state;

    assert_string_equal(extract_name(&fx->arena, &fx->totals, 1, "xlsx"),
                        "laichau_htx_2025-S1_v1.xlsx");
    fx->totals.province_name = "Thành phố Hồ Chí Minh";
    fx->totals.vintage = "estimate";
    assert_string_equal(extract_name(&fx->arena, &fx->totals, 12, "csv"),
                        "hochiminh_htx_2025-S1-estimate_v12.csv");
    fx->totals.scheme = "calendar"; /* beside that of the decree, not over it */
    assert_string_equal(extract_name(&fx->arena, &fx->totals, 1, "pdf"),
                        "hochiminh_htx_calendar-2025-S1-estimate_v1.pdf");
}

/* Grades end on 17/9/2025: the tables of a later period have no line for them. */
static void what_no_law_asks_any_more_is_not_printed(void **state)
{
    struct fixture *fx = *state;
    struct catalogue *c = shipped_catalogue();

    fx->x.catalogue = c;
    fx->totals.cutoff = date_read("2025-12-14");
    assert_false(is_printed(&fx->x, "htx.grade.good"));
    assert_true(is_printed(&fx->x, "member.total"));
    fx->totals.cutoff = date_read("2025-06-14");
    assert_true(is_printed(&fx->x, "htx.grade.good"));
    assert_false(is_printed(&fx->x, "htx.not_reorganised")); /* Law of 2012 */
    fx->x.catalogue = NULL;
    assert_true(is_printed(&fx->x, "htx.not_reorganised"));
    catalogue_close(&c);
}

static void what_is_not_complete_is_said(void **state)
{
    struct fixture *fx = *state;

    assert_non_null(strstr(provisional_vi(&fx->arena, &fx->totals), "1 đơn vị chưa gửi"));
    assert_non_null(
        strstr(provisional_vi(&fx->arena, &fx->totals), "1 tổ chức chưa xác nhận"));
    fx->totals.units[1].state = "nothing";
    fx->totals.units[0].unconfirmed = 0;
    assert_null(provisional_vi(&fx->arena, &fx->totals));
}

static const char *neutral(struct fixture *fx, const char *s)
{
    fx->out.n = 0;
    csv_text(&fx->out, s);
    return bytes_cstr(&fx->out);
}

static void text_like_a_formula_stays_text(void **state)
{
    static const struct {
        const char *text, *field;
    } list[] = {
        {"HTX Bình Lư",              "HTX Bình Lư"                  },
        {"a,b",                        "\"a,b\""                        },
        {"a \"b\"",                    "\"a \"\"b\"\"\""                },
        {"=1+1",                       "\"'=1+1\""                      },
        {"+84",                        "\"'+84\""                       },
        {"-5",                         "\"'-5\""                        },
        {"@x",                         "\"'@x\""                        },
        {"＝1",                       "\"'＝1\""                      },
        {"−5",                       "\"'−5\""                      }, /* the minus sign of mathematics */
        {"\tx",                        "\"'\tx\""                       },
        {" \r\nx",                     "\"' \r\nx\""                    },
        {"  =1",                       "\"'  =1\""                      },
        {"\xef\xbb\xbf\xe2\x80\x8b=1", "\"'\xef\xbb\xbf\xe2\x80\x8b=1\""},
        {"\"=1",                       "\"'\"\"=1\""                    },
 /* a reader that splits at semicolons or tabs, and knows no quotes there */
        {"a;=1+1;b",                   "\"a;'=1+1;b\""                  },
        {"a; -5; b",                   "\"a;' -5; b\""                  },
        {"a;\"=1",                     "\"a;'\"\"=1\""                  },
        {"a\t@x",                      "\"a\t'@x\""                     },
        {"một\n=1\r\n+2",            "\"một\n'=1\r\n'+2\""          },
        {"a; b, c - d = e",            "\"a; b, c - d = e\""            },
 /* apostrophes of its own */
        {"'=1",                        "\"''=1\""                       },
        {"''=1;'-2",                   "\"'''=1;''-2\""                 },
        {"'quoted'",                   "'quoted'"                       },
        {"",                           ""                               },
    };
    struct fixture *fx = *state;

    for (size_t i = 0; i < COUNT(list); i++) {
        assert_string_equal(neutral(fx, list[i].text), list[i].field);
        fx->out.n = 0;
        csv_neutral(&fx->out, list[i].text);
        assert_string_equal(csv_plain(&fx->arena, bytes_cstr(&fx->out)), list[i].text);
    }
}

/* Whatever is written can be read back. */
static void any_text_comes_back(void **state)
{
    static const char *const parts[] = {"=",  "-",  "'", ";", "\"",
                                        "\t", "\n", " ", "a", "＝"};
    struct fixture *fx = *state;
    char text[24];

    for (unsigned n = 0; n < 100000; n++) {
        unsigned left = n;

        *text = 0;
        for (int i = 0; i < 5; i++, left /= 10)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s",
                     parts[left % 10]);
        fx->out.n = 0;
        csv_neutral(&fx->out, text);
        assert_string_equal(csv_plain(&fx->arena, bytes_cstr(&fx->out)), text);
    }
}

static void csv_has_one_value_a_row_with_its_status(void **state)
{
    struct fixture *fx = *state;
    struct catalogue *c = shipped_catalogue();
    const struct sdmx_source source = {
        .totals = &fx->totals, .catalogue = c, .number = 3};
    struct sdmx keys;
    const char *csv;

    assert_true(sdmx_make(&keys, &source, NULL, &fx->e));
    extract_csv(&fx->x, &keys, &fx->out);
    csv = bytes_cstr(&fx->out);
    assert_non_null(strstr(csv, "\r\nnd09,2025-S1,actual,3,total,12,,Tỉnh Lai Châu,"
                                "member.total,Số thành viên,,,1234567.89,thành viên,"
                                "approximate,,,,reported,mixed,1,2,1,0,0,0,0,0,1,E,"
                                "S.12.member-total._T._T.actual\r\n"));
    assert_non_null(strstr(csv, ",revenue.avg,\"Doanh thu, \"\"bình quân\"\"\",,,706.4,"
                                "triệu đồng,derived,37440,53,1100,parts,statement,"));
    assert_non_null(strstr(csv, ",unit,105,2004-01-01,Thành phố Lai Châu,member.total,"
                                "Số thành viên,\"'=nhno\",,-3.5,"));
    assert_non_null(strstr(csv, ",\"unit,sector\",105,"));
    assert_non_null(strstr(csv, ",,thành viên,not_available,"));
    assert_non_null(strstr(csv, ",NOT_YET,S.105-20040101.member-total.sector-agri._T.actual"));
    sdmx_clear(&keys);
    catalogue_close(&c);
}

static void the_same_publication_gives_the_same_workbook(void **state)
{
    struct fixture *fx = *state;
    char dir[] = "/tmp/htx-extract-XXXXXX";
    struct bytes again = {0};
    struct layout layout;

    assert_non_null(mkdtemp(dir));
    sheets_make(&fx->x, &layout);
    assert_true(extract_xlsx(&layout, dir, &fx->out, &fx->e));
    assert_true(fx->out.n > 4 && memcmp(fx->out.p, "PK\3\4", 4) == 0);
    sleep(1); /* a clock inside would show now */
    assert_true(extract_xlsx(&layout, dir, &again, &fx->e));
    assert_true(span_eq(span_of(&fx->out), span_of(&again)));
    assert_int_equal(rmdir(dir), 0); /* nothing is left behind */
    layout_clear(&layout);
    bytes_clear(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_read_as_people_here_write_them, begin,
                                        end),
        cmocka_unit_test_setup_teardown(coverage_says_what_is_known, begin, end),
        cmocka_unit_test_setup_teardown(totals_come_back_as_they_were_written, begin,
                                        end),
        cmocka_unit_test_setup_teardown(comparisons_stand_beside_their_figures, begin,
                                        end),
        cmocka_unit_test_setup_teardown(damaged_totals_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(files_are_named_without_marks, begin, end),
        cmocka_unit_test_setup_teardown(what_no_law_asks_any_more_is_not_printed, begin,
                                        end),
        cmocka_unit_test_setup_teardown(what_is_not_complete_is_said, begin, end),
        cmocka_unit_test_setup_teardown(text_like_a_formula_stays_text, begin, end),
        cmocka_unit_test_setup_teardown(any_text_comes_back, begin, end),
        cmocka_unit_test_setup_teardown(csv_has_one_value_a_row_with_its_status, begin,
                                        end),
        cmocka_unit_test_setup_teardown(the_same_publication_gives_the_same_workbook,
                                        begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
