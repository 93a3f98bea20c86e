/* proto/national_db: the layout of the update file is data, and bad data is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/shipped_catalogue.h"

#define HEAD "part\tcolumn\tsource\tformat\tname_vi\tname_en\tsure\n"
#define LEAST                                                                            \
    HEAD "entity\tA\taction\ttext\ta\ta\tno\nentity\tB\tid\ttext\tb\tb\tyes\n"           \
         "fact\tA\taction\ttext\ta\ta\tno\nfact\tB\tid\ttext\tb\tb\tyes\n"               \
         "event\tA\taction\twords:replace=U,delete=D\ta\ta\tno\n"                        \
         "event\tB\tsubject\ttext\tb\tb\tno\n"

static bool any(const void *ctx, const char *indicator)
{
    (void)ctx;
    return strcmp(indicator, "member.total") == 0;
}

static void the_shipped_layout_is_whole_and_unconfirmed(void **state)
{
    struct catalogue *c = shipped_catalogue();

    (void)state;
    for (int part = 0; part < NATIONAL_PARTS; part++)
        assert_true(c->national.first[part + 1] > c->national.first[part] + 4);
    assert_int_equal(c->national.first[NATIONAL_PARTS], c->national.n);
    assert_false(national_sure(&c->national));
    catalogue_close(&c);
}

static void columns_stand_as_they_are_listed(void **state)
{
    static const char file[] =
        LEAST "fact\tC\tvalue:member.total/women\tnumber\tc\tc\tyes\n"
              "entity\tD\tfounded\tdate_vi\td\td\tyes\n"
              "entity\tE\t=VN\ttext\te\te\tyes\n"
              /* a province's own lines */
              "entity\t-\tfounded\t\t\t\tyes\n"
              "entity\tF\tfounded\tdate\tf\tf\tyes\n";
    struct national_layout l;
    struct arena a = {0};
    struct err e = {0};

    (void)state;
    assert_true(national_read(&l, &a, span_str(file), any, NULL, &e));
    assert_int_equal(l.n, 9);
    assert_string_equal(l.list[2].heading, "E");
    assert_string_equal(l.list[3].heading, "F");
    assert_int_equal(l.list[3].format, NATIONAL_DATE);
    assert_string_equal(l.list[6].indicator, "member.total");
    assert_string_equal(l.list[6].b1, "women");
    assert_string_equal(l.list[6].b2, "");
    assert_string_equal(l.list[7].words[3], "D");
    arena_clear(&a);
}

static void what_it_may_not_say_is_named(void **state)
{
    static const struct {
        const char *line, *says;
    } bad[] = {
        {"who\tC\tname\ttext\tc\tc\tno\n",                    "national_db.tsv:8: part: who"              },
        {"entity\tC\tshoe_size\ttext\tc\tc\tno\n",            "source: shoe_size: no such source"         },
        {"entity\tC\tvalue:member.total\tnumber\tc\tc\tno\n",
         "no such source of this part"                                                                    },
        {"fact\tC\tvalue:member.tall\tnumber\tc\tc\tno\n",    "no such indicator"                         },
        {"fact\tC\tvalue:member.total\ttext\tc\tc\tno\n",     "of a value: number"                        },
        {"event\tC\tday\tnumber\tc\tc\tno\n",                 "of a day: date"                            },
        {"event\tC\tact\tdate\tc\tc\tno\n",                   "of words: text"                            },
        {"event\tC\tday\twords:a=b\tc\tc\tno\n",              "no word"                                   },
        {"event\tC\tact\twords:a\tc\tc\tno\n",                "A=X,B=Y"                                   },
        {"event\tC\tact\tbold\tc\tc\tno\n",                   "format: bold: unknown word"                },
        {"event\tB\tact\ttext\tc\tc\tno\n",                   "column: B: appears twice"                  },
        {"event\tC\tact\ttext\tc\tc\tperhaps\n",              "sure: perhaps"                             },
        {"event\tC\tact\ttext\t\tc\tno\n",                    "name_vi"                                   },
        {"event\t-\tact\ttext\tc\tc\tno\n",                   "no column above"                           },
        {"event\t-\taction\t\t\t\tno\n",                      "event: no column has the source action"    },
        {"event\t-\tsubject\t\t\t\tno\n",                     "event: no column has the source subject|id"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct national_layout l;
        struct bytes b = {0};
        struct arena a = {0};
        struct err e = {0};

        bytes_str(&b, LEAST);
        bytes_str(&b, bad[i].line);
        assert_false(national_read(&l, &a, span_of(&b), any, NULL, &e));
        assert_int_equal(e.kind, ERR_INPUT);
        if (strstr(e.text, bad[i].says) == NULL)
            fail_msg("%s: %s", bad[i].line, e.text);
        arena_clear(&a);
        bytes_clear(&b);
    }
}

static void a_catalogue_without_the_file_lays_nothing_out(void **state)
{
    struct national_layout l;
    struct arena a = {0};
    struct err e = {0};

    (void)state;
    assert_true(national_read(&l, &a, (struct span){0}, any, NULL, &e));
    assert_int_equal(l.n, 0);
    assert_false(national_read(&l, &a, span_str(HEAD), any, NULL, &e));
    arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_layout_is_whole_and_unconfirmed),
        cmocka_unit_test(columns_stand_as_they_are_listed),
        cmocka_unit_test(what_it_may_not_say_is_named),
        cmocka_unit_test(a_catalogue_without_the_file_lays_nothing_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
