/*
 * ingest: a report is judged beside what the province knows of its subject: the register,
 * and the reports that stand, those of its own group among them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/ingest_fixture.h"

/* A report over several figures: "code=value", printed units without decimals. */
static struct report figures(uint8_t id, const char *period, const char *const *list,
                             size_t n)
{
    static struct observation obs[8][8];
    static int turn;
    struct observation *o = obs[turn++ % 8];
    struct report r = report_of(id, TAX, 1);

    for (size_t i = 0; i < n; i++) {
        char code[64];
        const char *value = strchr(list[i], '=');
        const struct indicator *ind;

        snprintf(code, sizeof code, "%.*s", (int)(value - list[i]), list[i]);
        ind = catalogue_indicator(cat, code);
        assert_non_null(ind);
        o[i] = (struct observation){.indicator = ind->no,
                                    .b1 = "",
                                    .b2 = "",
                                    .state = OBS_VALUE,
                                    .value = atoll(value + 1) * ind->scale,
                                    .as_of = DATE_NONE,
                                    .population = "",
                                    .text = value + 1,
                                    .cell = "Biểu 01!C7"};
    }
    r.period = period;
    r.obs = o;
    r.n_obs = n;
    return r;
}

static void periods_and_register(struct fixture *fx)
{
    sql(fx, "insert into period values"
            " (1, 20, 'nd09', '2024-S2', 'half', '', '', '2024-06-15', '2024-12-14',"
            " '2024-06-01', '2024-12-14', '2025-12-31', null);"
            "insert into entity values (1, 21, 'tax:6200001234', 'htx', 'HTX Bình Lư',"
            " 'transport', '106', '2004-01-01', 'Bình Lư', 'active', '2025-01-10', null,"
            " true)");
    admin(fx);
}

/* How often the newest receipt names this rule. */
static size_t named(struct fixture *fx, const char *code)
{
    struct arena a = {0};
    struct message m = answer(fx, 0, &a);
    struct findings fs = {0};
    size_t n = 0;

    assert_int_equal(m.kind, MSG_RECEIPTS);
    assert_int_equal(m.receipts.n, 1);
    assert_true(wire_read_findings(m.receipts.receipts[0].findings, &fs, &fx->e));
    for (size_t i = 0; i < fs.n; i++) {
        n += strcmp(fs.list[i].code, code) == 0;
        if (strcmp(fs.list[i].code, code) == 0 && fs.list[i].indicator != 0)
            assert_string_equal(fs.list[i].cell, "Biểu 01!C7");
    }
    findings_clear(&fs);
    arena_clear(&a);
    return n;
}

static void ingest_report(struct fixture *fx, struct report r)
{
    struct sealed s = seal(fx, &r, 1);

    ingest_one(fx, &s);
    assert_int_equal(rejected(fx), REJECT_NONE);
    assert_int_equal(refused_for_now(fx), NOT_NOW_NONE);
    bytes_clear(&s.wire);
}

static void the_register_is_read_when_a_report_is_judged(void **state)
{
    struct fixture *fx = fixture(state);
    static const char *const list[] = {"member.total=8"};

    periods_and_register(fx);
    ingest_report(fx, figures(1, "2025-S1", list, 1)); /* HTX Bình Minh, agri */
    assert_int_equal(named(fx, "NAME_NOT_REGISTERED"), 1);
    assert_int_equal(named(fx, "SECTOR_NOT_REGISTERED"), 1);
    assert_int_equal(named(fx, "FOUNDED_AFTER"), 0);
    assert_int_equal(named(fx, "ENTITY_UNKNOWN"), 0);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    assert_int_equal(
        count(fx, "select count(*) from finding where code = 'NAME_NOT_REGISTERED'"
                  " and args[2] = 'HTX Bình Lư'"),
        1);
    ingest_report(fx, figures(2, "2024-S2", list, 1)); /* before it was founded */
    assert_int_equal(named(fx, "FOUNDED_AFTER"), 1);
}

static void the_period_before_is_read_from_the_log(void **state)
{
    struct fixture *fx = fixture(state);
    static const char *const before[] = {"member.total=8", "revenue.total=800"},
                             *const now[] = {"member.total=12", "member.joined=3",
                                             "member.left=0", "revenue.total=800000"};

    periods_and_register(fx);
    ingest_report(fx, figures(1, "2024-S2", before, 2));
    ingest_report(fx, figures(2, "2025-S1", now, 4));
    assert_int_equal(named(fx, "MEMBER_STOCK_FLOW"), 1);
    assert_int_equal(named(fx, "UNIT_SLIP_1000"), 1);
    assert_int_equal(count(fx,
                           "select count(*) from finding where code = 'MEMBER_STOCK_FLOW'"
                           " and args = '{12,8,3,0}'"),
                     1);
}

/* What another unit reported is for those alone on whose page the subject stands. */
static void figures_of_another_unit_stay_there(void **state)
{
    struct fixture *fx = fixture(state);
    static const char *const before[] = {"member.total=8"}, *const now[] = {
                                                                "member.total=12",
                                                                "member.joined=3",
                                                                "member.left=0"};

    periods_and_register(fx);
    ingest_report(fx, figures(1, "2024-S2", before, 1));
    sql(fx, "update report set unit = '107'"); /* the register still says 106 */
    ingest_report(fx, figures(2, "2025-S1", now, 3));
    assert_int_equal(named(fx, "MEMBER_STOCK_FLOW"), 1);
    sql(fx, "update report set unit = '107'; update entity set unit = '107'");
    admin(fx);
    sql(fx, "update report set channel = 'sectoral' where period = '2025-S1'");
    ingest_report(fx, figures(3, "2025-S1", now, 3));
    assert_int_equal(named(fx, "MEMBER_STOCK_FLOW"), 0);
    assert_int_equal(named(fx, "SECOND_CHANNEL"), 1); /* that it came is said */
}

/* A correction of the period before counts, and what it replaced no longer does. */
static void only_what_stands_is_read(void **state)
{
    struct fixture *fx = fixture(state);
    static const char *const wrong[] = {"member.total=80"},
                             *const right[] = {"member.total=9"},
                             *const now[] = {"member.total=12", "member.joined=3",
                                             "member.left=0"};
    struct report r = figures(1, "2024-S2", wrong, 1),
                  c = figures(2, "2024-S2", right, 1);
    struct sealed s;

    periods_and_register(fx);
    s = seal(fx, &r, 1);
    ingest_one(fx, &s);
    c.revision = 2;
    c.has_supersedes = true;
    c.supersedes = s.items[0];
    c.reason = "gõ nhầm";
    bytes_clear(&s.wire);
    ingest_report(fx, c);
    ingest_report(fx, figures(3, "2025-S1", now, 3));
    assert_int_equal(named(fx, "MEMBER_STOCK_FLOW"), 0);
}

/* Whether the store has it already or it came a moment before makes no difference. */
static void members_of_one_group_see_each_other(void **state)
{
    struct fixture *fx = fixture(state);
    static const char *const before[] = {"member.total=8"}, *const now[] = {
                                                                "member.total=12",
                                                                "member.joined=3",
                                                                "member.left=0"};
    struct report r[] = {figures(1, "2024-S2", before, 1), figures(2, "2025-S1", now, 3)};
    struct sealed s;

    periods_and_register(fx);
    s = seal(fx, r, 2);
    ingest_one(fx, &s);
    assert_int_equal(count(fx,
                           "select count(*) from finding where code = 'MEMBER_STOCK_FLOW'"
                           " and args = '{12,8,3,0}'"),
                     1);
    bytes_clear(&s.wire);
}

static void a_statement_is_compared_with_register_and_list(void **state)
{
    struct fixture *fx = fixture(state);
    static const char *const list[] = {"member.total=8"}, *const sum[] = {"htx.total=2"};
    struct report r = figures(2, "2025-S1", sum, 1);

    periods_and_register(fx);
    ingest_report(fx, figures(1, "2025-S1", list, 1));
    r.form = "unit_statement";
    r.subject = (struct subject){.kind = SUBJECT_UNIT};
    ingest_report(fx, r);
    assert_int_equal(named(fx, "REGISTER_COUNT"), 1);
    assert_int_equal(named(fx, "LIST_COVERAGE"), 1);
    assert_int_equal(count(fx,
                           "select count(*) from finding where code = 'REGISTER_COUNT'"
                           " and args = '{2,1}'"),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(the_register_is_read_when_a_report_is_judged),
        STORY(the_period_before_is_read_from_the_log),
        STORY(figures_of_another_unit_stay_there),
        STORY(only_what_stands_is_read),
        STORY(members_of_one_group_see_each_other),
        STORY(a_statement_is_compared_with_register_and_list),
    };
    int failed;

    if (!begin_stories())
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    end_stories();
    return failed;
}
