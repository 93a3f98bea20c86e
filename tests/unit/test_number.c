/* number: what officers write in a cell, and what it may not be taken for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/forms/number.h"

enum { MILLION = 1000000 };

static const struct indicator COUNTED = {.unit_vi = "HTX", .scale = 1};
static const struct indicator PERSONS = {.unit_vi = "lao động", .scale = 1};
static const struct indicator MEMBERS = {.unit_vi = "thành viên", .scale = 1};
static const struct indicator BOTH = {
    .unit_vi = "lao động", .name_vi = "Trong đó: lao động là thành viên", .scale = 1};
static const struct indicator GROUPS = {.unit_vi = "THT", .scale = 1};
static const struct indicator WITH_BRANCHES = {.unit_vi = "HTX, chi nhánh", .scale = 1};
static const struct indicator HEADS = {.unit_vi = "người", .scale = 1};
static const struct indicator MONEY = {
    .unit_vi = "triệu đồng", .scale = MILLION, .type = IND_FLOW};
static const struct indicator INCOME = {
    .unit_vi = "triệu đồng/người/năm", .scale = MILLION, .type = IND_MEAN};
static const struct indicator PER_HTX = {
    .unit_vi = "triệu đồng/HTX/năm", .scale = MILLION, .type = IND_MEAN};
static const struct indicator PERCENT = {.unit_vi = "%", .scale = 100, .type = IND_GIVEN};
static const struct indicator A_YEAR = {
    .unit_vi = "HTX/năm", .scale = 1, .type = IND_GIVEN};
static const struct indicator BORROWERS = {.unit_vi = "tổ chức", .scale = 1};
static const struct indicator PLACES = {.unit_vi = "đơn vị", .scale = 1};

static void numbers_as_officers_write_them(void **state)
{
    static const struct {
        const char *text;
        const struct indicator *ind;
        enum qualifier qualifier;
        int64_t value, upper; /* upper 0: none */
    } ok[] = {
        {"1.100",                                        &MONEY,     QUAL_NONE,      INT64_C(1100000000),    0                  },
        {"115,8 tỷ đồng",                           &MONEY,     QUAL_NONE,      INT64_C(115800000000),  0                  },
        {"1.017 tỷ đồng",                           &MONEY,     QUAL_NONE,      INT64_C(1017000000000), 0                  },
        {"115,8 tỉ",                                   &MONEY,     QUAL_NONE,      INT64_C(115800000000),  0                  },
        {"884 triệu đồng",                          &MONEY,     QUAL_NONE,      884000000,              0                  },
        {"1.100.000 đồng",                            &MONEY,     QUAL_NONE,      1100000,                0                  },
        {"1 tỷ 200 triệu đồng",                   &MONEY,     QUAL_NONE,      1200000000,             0                  },
        {"2 nghìn tỷ",                                &MONEY,     QUAL_NONE,      INT64_C(2000000000000), 0                  },
        {"12,5 trđ",                                    &MONEY,     QUAL_NONE,      12500000,               0                  },
        {"3.600 ngàn đồng/tháng",                   &INCOME,    QUAL_NONE,      43200000,               0                  },
        {"3,6 triệu đồng/người/tháng",          &INCOME,    QUAL_NONE,      43200000,               0                  },
        {"23,4 triệu đồng/người/năm",           &INCOME,    QUAL_NONE,      23400000,               0                  },
        {"trên 45 triệu đồng/người/năm",       &INCOME,    QUAL_MORE_THAN, 45000000,               0                  },
        {"ước đạt 1.250",                          &PER_HTX,   QUAL_EXPECTED,  1250000000,             0                  },
        {"Ước đạt 1.100 triệu đồng/HTX/năm", &PER_HTX,   QUAL_EXPECTED,  1100000000,             0                  },
        {"1.250 triệu đồng/hợp tác xã",         &PER_HTX,   QUAL_NONE,      1250000000,             0                  },
        {"8.919 triệu đồng",                        &MONEY,     QUAL_NONE,      INT64_C(8919000000),    0                  },
        {"-5",                                           &MONEY,     QUAL_NONE,      -5000000,               0                  },
        {"−1.234,5",                                   &MONEY,     QUAL_NONE,      -1234500000,            0                  },
        {"0,125",                                        &MONEY,     QUAL_NONE,      125000,                 0                  },
        {"1234,567",                                     &MONEY,     QUAL_NONE,      1234567000,             0                  },
        {"1.234,567",                                    &MONEY,     QUAL_NONE,      1234567000,             0                  },
        {"09",                                           &COUNTED,   QUAL_NONE,      9,                      0                  },
        {"0",                                            &COUNTED,   QUAL_NONE,      0,                      0                  },
        {"1,0",                                          &COUNTED,   QUAL_NONE,      1,                      0                  },
        {"08%",                                          &PERCENT,   QUAL_NONE,      800,                    0                  },
        {"49,3%",                                        &PERCENT,   QUAL_NONE,      4930,                   0                  },
        {"70 %",                                         &PERCENT,   QUAL_NONE,      7000,                   0                  },
        {"50",                                           &PERCENT,   QUAL_NONE,      5000,                   0                  },
        {"60% - 70%",                                    &PERCENT,   QUAL_RANGE,     6000,                   7000               },
        {"10-15%",                                       &PERCENT,   QUAL_RANGE,     1000,                   1500               },
        {"35 – 45%",                                   &PERCENT,   QUAL_RANGE,     3500,                   4500               },
        {"600 đến 800",                               &PERSONS,   QUAL_RANGE,     600,                    800                },
        {"khoảng 600 đến 800",                      &PERSONS,   QUAL_ABOUT,     600,                    800                },
        {"từ 5.000 đến 6.000",                      &PERSONS,   QUAL_RANGE,     5000,                   6000               },
        {"Từ 5.000 đến 6.000 lao động",          &PERSONS,   QUAL_RANGE,     5000,                   6000               },
        {"từ 500 triệu đến 1 tỷ đồng",       &MONEY,     QUAL_RANGE,     500000000,              1000000000         },
        {"5 đến 6 tỷ",                              &MONEY,     QUAL_RANGE,     INT64_C(5000000000),    INT64_C(6000000000)},
        {"dưới 2%",                                   &PERCENT,   QUAL_LESS_THAN, 200,                    0                  },
        {"dưới  15%",                                 &PERCENT,   QUAL_LESS_THAN, 1500,                   0                  },
        {"25 HTX trở lên",                            &COUNTED,   QUAL_AT_LEAST,  25,                     0                  },
        {"từ 25 HTX trở lên",                       &COUNTED,   QUAL_AT_LEAST,  25,                     0                  },
        {"03 HTX/năm trở lên",                       &A_YEAR,    QUAL_AT_LEAST,  3,                      0                  },
        {"hơn 300",                                     &PERSONS,   QUAL_MORE_THAN, 300,                    0                  },
        {"trên 10.000",                                 &PERSONS,   QUAL_MORE_THAN, 10000,                  0                  },
        {">300",                                         &PERSONS,   QUAL_MORE_THAN, 300,                    0                  },
        {"≥ 300",                                      &PERSONS,   QUAL_AT_LEAST,  300,                    0                  },
        {"~ 300",                                        &PERSONS,   QUAL_ABOUT,     300,                    0                  },
        {"khoảng 630",                                 &PERSONS,   QUAL_ABOUT,     630,                    0                  },
        {"Khoảng 420 thành viên",                    &HEADS,     QUAL_ABOUT,     420,                    0                  },
        {"ước đạt khoảng 400",                   &PER_HTX,   QUAL_ABOUT,     400000000,              0                  },
        {"ít nhất 08",                                &COUNTED,   QUAL_AT_LEAST,  8,                      0                  },
        {"không quá 12",                               &COUNTED,   QUAL_AT_MOST,   12,                     0                  },
        {"không dưới 12",                            &COUNTED,   QUAL_AT_LEAST,  12,                     0                  },
        {"17 doanh nghiệp",                            &BORROWERS, QUAL_NONE,      17,                     0                  },
        {"17 doanh nghiệp, hợp tác xã",            &BORROWERS, QUAL_NONE,      17,                     0                  },
        {"17 (doanh nghiệp, HTX)",                     &BORROWERS, QUAL_NONE,      17,                     0                  },
        {"02 quỹ tín dụng nhân dân",              &BORROWERS, QUAL_NONE,      2,                      0                  },
        {"13 xã, thị trấn",                         &PLACES,    QUAL_NONE,      13,                     0                  },
        {"5.000 lao động",                            &PERSONS,   QUAL_NONE,      5000,                   0                  },
        {"1,8 triệu thành viên",                     &MEMBERS,   QUAL_NONE,      1800000,                0                  },
        {"3.832.276",                                    &PERSONS,   QUAL_NONE,      3832276,                0                  },
        {" 630\xc2\xa0",                                 &PERSONS,   QUAL_NONE,      630,                    0                  },
        {"ho\xcc\x9bn 300",                              &PERSONS,   QUAL_MORE_THAN, 300,                    0                  }, /* decomposed */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ok); i++) {
        struct number n;

        if (number_read(ok[i].text, ok[i].ind, &n) != NUMBER_OK)
            fail_msg("not read: %s", ok[i].text);
        if (n.state != OBS_VALUE || n.value != ok[i].value ||
            n.qualifier != ok[i].qualifier || n.has_upper != (ok[i].upper != 0) ||
            n.upper != ok[i].upper)
            fail_msg("%s: %lld..%lld qualifier %d", ok[i].text, (long long)n.value,
                     (long long)n.upper, n.qualifier);
    }
}

/* What is counted must be what is asked; a word for all of a family fits each of it. */
static void workers_are_no_members_and_a_group_is_no_cooperative(void **state)
{
    static const struct {
        const char *text;
        const struct indicator *ind;
        bool fits;
    } cells[] = {
        {"12 người",                     &MEMBERS,       true },
        {"12 người",                     &PERSONS,       true },
        {"12 hộ",                         &MEMBERS,       true },
        {"12 thành viên",                 &MEMBERS,       true },
        {"12 xã viên",                    &MEMBERS,       true },
        {"12 TV",                           &MEMBERS,       true },
        {"12 lao động",                  &MEMBERS,       false},
        {"12 LĐ",                          &MEMBERS,       false},
        {"12 lao động",                  &PERSONS,       true },
        {"12 người lao động",         &PERSONS,       true },
        {"12 thành viên",                 &PERSONS,       false},
        {"12 thành viên, lao động",    &PERSONS,       false},
        {"12 thành viên, lao động",    &HEADS,         true },
        {"12 lao động",                  &HEADS,         true },
        {"12 lao động",                  &BOTH,          true },
        {"12 thành viên",                 &BOTH,          true },
        {"12 lao động là thành viên", &BOTH,          true },
        {"12 lao động là thành viên", &PERSONS,       false},
        {"12 HTX",                          &COUNTED,       true },
        {"12 hợp tác xã thành viên",  &COUNTED,       true },
        {"12 tổ chức",                  &COUNTED,       true },
        {"12 đơn vị",                   &COUNTED,       true },
        {"12 THT",                          &COUNTED,       false},
        {"12 tổ hợp tác",              &COUNTED,       false},
        {"12 LHHTX",                        &COUNTED,       false},
        {"12 QTDND",                        &COUNTED,       false},
        {"12 doanh nghiệp",               &COUNTED,       false},
        {"12 chi nhánh",                   &COUNTED,       false},
        {"12 HTX, THT",                     &COUNTED,       false},
        {"12 HTX, THT",                     &BORROWERS,     true },
        {"12 THT",                          &GROUPS,        true },
        {"12 HTX",                          &GROUPS,        false},
        {"391 HTX",                         &WITH_BRANCHES, true },
        {"391 HTX, chi nhánh",             &WITH_BRANCHES, true },
        {"391 THT",                         &WITH_BRANCHES, false},
        {"3 triệu đồng/THT",           &PER_HTX,       false},
        {"3 triệu đồng/HTX",           &PER_HTX,       true },
        {"3 triệu đồng/lao động",   &INCOME,        true },
        {"3 triệu đồng/thành viên",  &INCOME,        true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cells); i++) {
        struct number n;
        enum number_status st = number_read(cells[i].text, cells[i].ind, &n);

        if (st != (cells[i].fits ? NUMBER_OK : NUMBER_UNIT))
            fail_msg("%s under %s: %d", cells[i].text, cells[i].ind->unit_vi, st);
    }
}

/* A year's figure is none of half a year; what is asked a year stays so. */
static void a_year_is_no_half_year(void **state)
{
    static const struct {
        const char *text;
        const struct indicator *ind;
        enum number_status half, year;
    } cells[] = {
        {"350 triệu/năm",                    &MONEY,  NUMBER_A_YEAR, NUMBER_OK  },
        {"350 triệu đồng/năm",            &MONEY,  NUMBER_A_YEAR, NUMBER_OK  },
        {"350 triệu đồng",                 &MONEY,  NUMBER_OK,     NUMBER_OK  },
        {"350 triệu đồng/tháng",          &MONEY,  NUMBER_UNIT,   NUMBER_UNIT},
        {"350 triệu đồng/quý",            &MONEY,  NUMBER_UNIT,   NUMBER_UNIT},
        {"từ 300 đến 350 triệu/năm",    &MONEY,  NUMBER_A_YEAR, NUMBER_OK  },
        {"1 tỷ 200 triệu đồng/năm",     &MONEY,  NUMBER_A_YEAR, NUMBER_OK  },
        {"23,4 triệu đồng/người/năm",  &INCOME, NUMBER_OK,     NUMBER_OK  },
        {"3,6 triệu đồng/người/tháng", &INCOME, NUMBER_OK,     NUMBER_OK  },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cells); i++) {
        struct number_unit half = number_unit_of(cells[i].ind), year = half, head;
        struct number n;

        half.part = true;
        if (number_read_in(cells[i].text, cells[i].ind, &half, &n) != cells[i].half ||
            number_read_in(cells[i].text, cells[i].ind, &year, &n) != cells[i].year)
            fail_msg("%s", cells[i].text);
        assert_false(number_unit_read("triệu đồng/năm", &MONEY, true, &head));
        assert_true(number_unit_read("triệu đồng/năm", &MONEY, false, &head));
        assert_true(number_unit_read("triệu đồng/năm", &INCOME, true, &head));
    }
}

static void what_is_ambiguous_is_asked_back(void **state)
{
    static const struct {
        const char *text;
        const struct indicator *ind;
        enum number_status status;
    } bad[] = {
        {"3.24",                       &MONEY,   NUMBER_AMBIGUOUS},
        {"1,100",                      &MONEY,   NUMBER_AMBIGUOUS},
        {"1,100,000",                  &MONEY,   NUMBER_AMBIGUOUS},
        {"3,832.276",                  &MONEY,   NUMBER_AMBIGUOUS},
        {"1234.567",                   &MONEY,   NUMBER_AMBIGUOUS},
        {"0.500",                      &MONEY,   NUMBER_AMBIGUOUS},
        {"1 100",                      &MONEY,   NUMBER_AMBIGUOUS},
        {"1\xc2\xa0"
         "100",               &MONEY,   NUMBER_AMBIGUOUS},
        {"(5)",                        &MONEY,   NUMBER_AMBIGUOUS},
        {"- 5",                        &MONEY,   NUMBER_AMBIGUOUS},
        {"2 tỷ 5",                   &MONEY,   NUMBER_AMBIGUOUS},
        {"từ 25",                    &COUNTED, NUMBER_AMBIGUOUS},
        {"25 đến",                  &COUNTED, NUMBER_AMBIGUOUS},
        {"800 đến 600",             &PERSONS, NUMBER_AMBIGUOUS},
        {"trên 10 dưới",           &PERSONS, NUMBER_AMBIGUOUS},
        {"12/5",                       &COUNTED, NUMBER_UNIT     },
        {"25 lao động",             &COUNTED, NUMBER_UNIT     },
        {"25 triệu đồng",         &COUNTED, NUMBER_UNIT     },
        {"25%",                        &COUNTED, NUMBER_UNIT     },
        {"25 HTX",                     &MONEY,   NUMBER_UNIT     },
        {"25 HTX",                     &PERCENT, NUMBER_UNIT     },
        {"25 tỷ",                    &PERCENT, NUMBER_UNIT     },
        {"3 triệu đồng/tháng",   &MONEY,   NUMBER_UNIT     },
        {"3 triệu đồng/người", &MONEY,   NUMBER_UNIT     },
        {"3 triệu đồng/người", &PER_HTX, NUMBER_UNIT     },
        {"25 cái",                    &COUNTED, NUMBER_UNIT     },
        {"25 HTX/năm",                &COUNTED, NUMBER_UNIT     },
        {"1,5",                        &PERSONS, NUMBER_TOO_FINE },
        {"49,3333%",                   &PERCENT, NUMBER_TOO_FINE },
        {"1,25 đồng",               &MONEY,   NUMBER_TOO_FINE },
        {"12 …",                     &COUNTED, NUMBER_BAD      },
        {"từ … đến …",        &COUNTED, NUMBER_BAD      },
        {"5…6",                      &COUNTED, NUMBER_BAD      },
        {"không",                     &COUNTED, NUMBER_BAD      },
        {"năm mươi",                &COUNTED, NUMBER_BAD      },
        {"#REF!",                      &COUNTED, NUMBER_BAD      },
        {"khoảng",                   &COUNTED, NUMBER_BAD      },
        {"\xff",                       &COUNTED, NUMBER_BAD      },
        {"12\x01",                     &COUNTED, NUMBER_BAD      },
        {"9999999999999999999",        &COUNTED, NUMBER_RANGE    },
        {"99999999999 tỷ",           &MONEY,   NUMBER_RANGE    },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct number n;
        enum number_status st = number_read(bad[i].text, bad[i].ind, &n);

        if (st != bad[i].status)
            fail_msg("%s: status %d", bad[i].text, st);
        assert_int_equal(n.state, OBS_MISSING);
        assert_int_equal(n.value, 0);
    }
}

static void a_cell_without_a_number_says_why(void **state)
{
    static const struct {
        const char *text;
        enum obs_state state;
    } cells[] = {
        {"",                  OBS_MISSING       },
        {"  ",                OBS_MISSING       },
        {"\xc2\xa0 ",         OBS_MISSING       },
        {"-",                 OBS_NIL           },
        {" – ",             OBS_NIL           },
        {"—",               OBS_NIL           },
        {"x",                 OBS_NOT_APPLICABLE},
        {"X",                 OBS_NOT_APPLICABLE},
        {"…",               OBS_NOT_AVAILABLE },
        {"...",               OBS_NOT_AVAILABLE },
        {"KCC",               OBS_REFUSED       },
        {"Không phát sinh", OBS_NIL           }
    };
    struct number n;

    (void)state;
    for (size_t i = 0; i < COUNT(cells); i++) {
        assert_int_equal(number_read(cells[i].text, &MONEY, &n), NUMBER_OK);
        assert_int_equal(n.state, cells[i].state);
    }
    assert_int_equal(number_read(NULL, &MONEY, &n), NUMBER_OK);
    assert_int_equal(n.state, OBS_MISSING);
}

static void a_number_cell_of_a_workbook_is_never_ambiguous(void **state)
{
    struct number n;

    (void)state;
    assert_int_equal(number_read_decimal("3.24", &MONEY, NULL, &n), NUMBER_OK);
    assert_int_equal(n.value, 3240000);
    assert_int_equal(number_read_decimal("-1100", &MONEY, NULL, &n), NUMBER_OK);
    assert_int_equal(n.value, INT64_C(-1100000000));
    assert_int_equal(number_read_decimal("49.3%", &PERCENT, NULL, &n), NUMBER_OK);
    assert_int_equal(n.value, 4930);
    assert_int_equal(number_read_decimal("49.3%", &COUNTED, NULL, &n), NUMBER_UNIT);
    assert_int_equal(number_read_decimal("12.5", &PERSONS, NULL, &n), NUMBER_TOO_FINE);
    assert_int_equal(number_read_decimal("12.0", &PERSONS, NULL, &n), NUMBER_OK);
    /* 37440/53 of a formula: a mean is rounded to the đồng and says so, a sum never */
    assert_int_equal(number_read_decimal("706.415094339623", &PER_HTX, NULL, &n),
                     NUMBER_ROUNDED);
    assert_int_equal(n.value, 706415094);
    assert_int_equal(number_read_decimal("706.415094339623", &MONEY, NULL, &n),
                     NUMBER_TOO_FINE);
    assert_int_equal(number_read_decimal("-0.1234567", &INCOME, NULL, &n),
                     NUMBER_ROUNDED);
    assert_int_equal(n.value, -123457);
    assert_int_equal(number_read_decimal("12345678901234567890", &COUNTED, NULL, &n),
                     NUMBER_RANGE);
    assert_int_equal(number_read_decimal("1.2.3", &COUNTED, NULL, &n), NUMBER_BAD);
    assert_int_equal(number_read_decimal("inf", &COUNTED, NULL, &n), NUMBER_BAD);
}

static void a_column_may_name_its_own_unit(void **state)
{
    struct number_unit u;
    struct number n;

    (void)state;
    assert_true(number_unit_read("tỷ đồng", &MONEY, false, &u));
    assert_int_equal(number_read_in("1,2", &MONEY, &u, &n), NUMBER_OK);
    assert_int_equal(n.value, 1200000000);
    assert_int_equal(number_read_in("5", &MONEY, &u, &n), NUMBER_OK);
    assert_int_equal(n.value, INT64_C(5000000000));
    assert_int_equal(number_read_in("884 triệu đồng", &MONEY, &u, &n), NUMBER_OK);
    assert_int_equal(n.value, 884000000);
    assert_true(number_unit_read("Triệu đồng/người/tháng", &INCOME, false, &u));
    assert_int_equal(number_read_decimal("3.5", &INCOME, &u, &n), NUMBER_OK);
    assert_int_equal(n.value, 42000000);
    assert_true(number_unit_read("đồng", &MONEY, false, &u));
    assert_int_equal(number_read_in("khoảng 1.100", &MONEY, &u, &n), NUMBER_OK);
    assert_int_equal(n.value, 1100);
    assert_true(number_unit_read("1.000 đồng", &MONEY, false, &u));
    assert_int_equal(number_read_in("25", &MONEY, &u, &n), NUMBER_OK);
    assert_int_equal(n.value, 25000);
    assert_true(number_unit_read("Tr. đồng", &MONEY, false, &u));
    assert_int_equal(u.num / u.den, MILLION);
    assert_false(number_unit_read("10 đồng", &MONEY, false, &u));
    assert_true(number_unit_read("", &MONEY, false, &u));
    assert_true(number_unit_read("Lao động", &PERSONS, false, &u));
    assert_true(number_unit_read("người", &PERSONS, false, &u));
    assert_false(number_unit_read("HTX", &PERSONS, false, &u));
    assert_false(number_unit_read("HTX", &MONEY, false, &u));
    assert_false(number_unit_read("%", &MONEY, false, &u));
    assert_false(number_unit_read("lần", &MONEY, false, &u));
    assert_false(number_unit_read("triệu đồng/tháng", &MONEY, false, &u));
}

static void dates_are_day_month_year(void **state)
{
    static const struct {
        const char *text, *iso;
    } dates[] = {
        {"17/05/2021",                     "2021-05-17"},
        {"ngày  17   tháng 5 năm 2021", "2021-05-17"},
        {"Tính đến ngày 30/6/2023",   "2023-06-30"},
        {"12/3/2021",                      "2021-03-12"},
        {"22.7.2021",                      "2021-07-22"},
        {"22-7-2021",                      "2021-07-22"},
        {"2021-07-22",                     "2021-07-22"},
        {"2021/7/22",                      "2021-07-22"},
        {"22/07/2021 00:00:00",            "2021-07-22"},
        {"22 / 7 / 2021",                  "2021-07-22"},
        {"22 – 7 – 2021",              "2021-07-22"},
        {"29/02/2024",                     "2024-02-29"},
        {"29/02/2023",                     ""          },
        {"7/22/2021",                      ""          },
        {"22/7/0021",                      ""          },
        {"22/7/2021 7",                    ""          },
        {"202/7/2021",                     ""          },
        {"2021",                           ""          },
        {"Ngày 02 tháng 3 năm 2020",    "2020-03-02"},
        {"31/06/2023",                     ""          },
        {"tháng 5/2023",                  ""          },
        {"5/2023",                         ""          },
        {"17/05/21",                       ""          },
        {"17/05.2021",                     ""          },
        {"17/05/2021 và sau đó",        ""          },
        {"",                               ""          }
    };
    char out[11];

    (void)state;
    for (size_t i = 0; i < COUNT(dates); i++)
        assert_string_equal(date_iso(number_date(dates[i].text), out), dates[i].iso);
    assert_int_equal(number_date(NULL), DATE_NONE);
}

static void a_tax_number_proves_itself(void **state)
{
    static const struct {
        const char *text;
        enum tax_status status;
        const char *digits;
    } numbers[] = {
        {"0100233488",     TAX_OK,     "0100233488"    },
        {"01.00.112.437",  TAX_OK,     "0100112437"    },
        {" 0100 112 437 ", TAX_OK,     "0100112437"    },
        {"'0100112437",    TAX_OK,     "0100112437"    },
        {"6200001234",     TAX_OK,     "6200001234"    },
        {"6200045672",     TAX_OK,     "6200045672"    },
        {"3400011114",     TAX_OK,     "3400011114"    },
        {"0100233480",     TAX_CHECK,  "0100233480"    },
        {"010023348",      TAX_LENGTH, ""              },
        {"",               TAX_LENGTH, ""              },
        {"0100000003",     TAX_SERIAL, "0100000003"    },
        {"6200000150",     TAX_CHECK,  "6200000150"    },
        {"0100233488-001", TAX_BRANCH, "0100233488-001"},
        {"0100233488001",  TAX_BRANCH, "0100233488-001"},
        {"0100233480-001", TAX_CHECK,  "0100233480-001"},
        {"0100233488-000", TAX_SERIAL, "0100233488-000"},
        {"01002334889999", TAX_LENGTH, ""              },
        {"01002A3488",     TAX_LENGTH, ""              }
    };
    char out[16];

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        assert_int_equal(tax_number(numbers[i].text, out), numbers[i].status);
        assert_string_equal(out, numbers[i].digits);
    }
    for (char d = '0'; d <= '9'; d++) { /* remainder 0: no tenth digit is right */
        char serial[] = "6200000150";

        serial[9] = d;
        assert_int_equal(tax_number(serial, out), TAX_CHECK);
    }
}

/* "\\u00a0" in the table is that character. */
static void unescape(struct bytes *out, const char *s)
{
    out->n = 0;
    for (; *s != 0; s++) {
        unsigned long c;
        char hex[5];

        if (s[0] != '\\' || s[1] != 'u') {
            bytes_char(out, *s);
            continue;
        }
        snprintf(hex, sizeof hex, "%.4s", s + 2);
        c = strtoul(hex, NULL, 16);
        s += 5;
        if (c < 0x80) {
            bytes_char(out, (int)c);
            continue;
        }
        if (c >= 0x800)
            bytes_char(out, (int)(0xe0 | c >> 12));
        bytes_char(out, (int)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3f) : 0xc0 | c >> 6));
        bytes_char(out, (int)(0x80 | (c & 0x3f)));
    }
}

/* A value as the table writes it: "-12.5", in the indicator's unit. */
static void add_decimal(struct bytes *out, int64_t v, int64_t scale)
{
    char text[48];
    int64_t whole = (v < 0 ? -v : v) / scale, rest = (v < 0 ? -v : v) % scale;

    while (rest > 0 && rest % 10 == 0) {
        rest /= 10;
        scale /= 10;
    }
    snprintf(text, sizeof text, "%s%lld", v < 0 ? "-" : "", (long long)whole);
    bytes_str(out, text);
    /* 5 of 100 is ".05": a one in front keeps the noughts */
    snprintf(text, sizeof text, "%lld", (long long)(scale + rest));
    text[0] = '.';
    bytes_str(out, rest > 0 ? text : "");
}

static const char *as_in_table(struct bytes *out, enum number_status st,
                               const struct number *n, int64_t scale)
{
    static const char *const states[] = {
        "MISSING", "", "NIL", "NOT_APPLICABLE", "NOT_AVAILABLE", "REFUSED"};
    static const char *const quals[] = {
        [QUAL_ABOUT] = "~",     [QUAL_MORE_THAN] = ">", [QUAL_AT_LEAST] = ">=",
        [QUAL_LESS_THAN] = "<", [QUAL_AT_MOST] = "<=",  [QUAL_EXPECTED] = "^"};
    const char *q = n->qualifier < COUNT(quals) ? quals[n->qualifier] : NULL;

    out->n = 0;
    if (st != NUMBER_OK || n->state != OBS_VALUE) {
        bytes_str(out, st != NUMBER_OK ? "ASK" : states[n->state]);
        return bytes_cstr(out);
    }
    bytes_str(out, q == NULL ? "" : q);
    add_decimal(out, n->value, scale);
    if (n->has_upper) {
        bytes_str(out, "..");
        add_decimal(out, n->upper, scale);
    }
    return bytes_cstr(out);
}

/*
 * tests/data/numbers.tsv: text, unit, what it means. "ASK": the officer is asked, for
 * whatever reason; nothing may be read there.
 */
static void the_table_of_numbers(void **state)
{
    static const struct {
        const char *unit;
        const struct indicator *ind;
    } units[] = {
        {"HTX",                           &COUNTED      },
        {"người",                      &HEADS        },
        {"triệu đồng",               &MONEY        },
        {"%",                             &PERCENT      },
        {"triệu đồng/người/năm", &INCOME       },
        {"thành viên",                  &MEMBERS      },
        {"lao động",                   &PERSONS      },
        {"THT",                           &GROUPS       },
        {"HTX, chi nhánh",               &WITH_BRANCHES},
    };
    FILE *f = fopen("tests/data/numbers.tsv", "r");
    struct bytes text = {0}, got = {0};
    char line[512];
    size_t rows = 0, wrong = 0;

    (void)state;
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    while (fgets(line, sizeof line, f) != NULL) {
        char *unit = strchr(line, '\t'), *want, *end;
        const struct indicator *ind = NULL;
        struct number n;
        enum number_status st;

        assert_non_null(unit);
        *unit++ = 0;
        want = strchr(unit, '\t');
        assert_non_null(want);
        *want++ = 0;
        end = strchr(want, '\t');
        assert_non_null(end);
        *end = 0;
        for (size_t i = 0; i < COUNT(units); i++)
            if (strcmp(units[i].unit, unit) == 0)
                ind = units[i].ind;
        assert_non_null(ind);
        unescape(&text, line);
        st = number_read(bytes_cstr(&text), ind, &n);
        if (strcmp(as_in_table(&got, st, &n, ind->scale), want) != 0) {
            print_error("\"%s\" in %s: %s instead of %s\n", line, unit, bytes_cstr(&got),
                        want);
            wrong++;
        }
        rows++;
    }
    fclose(f);
    bytes_clear(&text);
    bytes_clear(&got);
    assert_int_equal(wrong, 0);
    assert_true(rows >= 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_as_officers_write_them),
        cmocka_unit_test(workers_are_no_members_and_a_group_is_no_cooperative),
        cmocka_unit_test(a_year_is_no_half_year),
        cmocka_unit_test(what_is_ambiguous_is_asked_back),
        cmocka_unit_test(a_cell_without_a_number_says_why),
        cmocka_unit_test(a_number_cell_of_a_workbook_is_never_ambiguous),
        cmocka_unit_test(a_column_may_name_its_own_unit),
        cmocka_unit_test(the_table_of_numbers),
        cmocka_unit_test(dates_are_day_month_year),
        cmocka_unit_test(a_tax_number_proves_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
