/*
 * ingest: what a unit says about its reports. An explanation changes no figure; a
 * withdrawal takes a report out of the totals from its own position on, no earlier.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aggregator/ingest/ingest.h"
#include "tests/lib/ingest_fixture.h"

static struct explanation about(const struct hash *report, uint8_t id)
{
    struct explanation x = {.version = 1,
                            .about = *report,
                            .scheme = "nd09",
                            .period = "2025-S1",
                            .vintage = VINTAGE_ACTUAL,
                            .finding = "ENTITY_UNKNOWN",
                            .text = "HTX thành lập tháng 5, đã gửi giấy chứng nhận",
                            .maker = "Lò Thị A"};

    x.id.b[0] = id;
    x.unit.code = "106";
    x.unit.valid_from = date_read("2004-01-01");
    return x;
}

static struct explanation withdrawal(const struct hash *report, uint8_t id)
{
    struct explanation x = about(report, id);

    x.finding = "";
    x.withdraw = true;
    x.text = "gửi nhầm, HTX thuộc huyện khác";
    return x;
}

/* A report, or NULL, and behind it an answer, or NULL, in one batch. */
static struct sealed seal_both(struct fixture *fx, const struct report *r,
                               const struct explanation *x)
{
    struct bytes bodies[2] = {{0}};
    enum item_kind kinds[2];
    size_t n = 0;

    if (r != NULL) {
        kinds[n] = ITEM_REPORT;
        assert_true(wire_pack_report(r, &bodies[n++], &fx->e));
    }
    if (x != NULL) {
        kinds[n] = ITEM_ANSWER;
        assert_true(wire_pack_explanation(x, &bodies[n++], &fx->e));
    }
    return seal_raw(fx, bodies, kinds, n);
}

static struct hash send_report(struct fixture *fx, const struct report *r)
{
    struct sealed s = seal(fx, r, 1);
    struct hash h = s.items[0];

    ingest_one(fx, &s);
    bytes_clear(&s.wire);
    return h;
}

static enum verdict send_answer(struct fixture *fx, const struct explanation *x)
{
    struct sealed s = seal_both(fx, NULL, x);
    enum verdict v;

    ingest_one(fx, &s);
    v = verdict(fx, 0);
    bytes_clear(&s.wire);
    return v;
}

/* Reports that count at the end of the log. */
static int64_t counting(struct fixture *fx)
{
    return count(fx, "select count(*) from report_at('nd09', '2025-S1', 'actual', 9, 0)");
}

static struct hash hash_of_body(struct fixture *fx, const struct report *r)
{
    struct bytes b = {0};
    struct hash h;

    assert_true(wire_pack_report(r, &b, &fx->e));
    h = item_hash(ITEM_REPORT, span_of(&b));
    bytes_clear(&b);
    return h;
}

static void an_explanation_is_kept_beside_its_report(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct hash h = hash_of_body(fx, &r);
    struct explanation x = about(&h, 2);
    struct sealed s = seal_both(fx, &r, &x);

    ingest_one(fx, &s); /* in one group they see each other */
    assert_int_equal(verdict(fx, 1), VERDICT_ACCEPTED);
    assert_int_equal(counting(fx), 1);
    assert_int_equal(count(fx,
                           "select count(*) from answer a join report r on r.hash ="
                           " a.target where a.finding = 'ENTITY_UNKNOWN' and a.counts"),
                     1);
    ingest_one(fx, &s); /* the same bytes again: the same receipt, no second row */
    assert_int_equal(verdict(fx, 1), VERDICT_ACCEPTED);
    assert_int_equal(count(fx, "select count(*) from answer"), 1);
    bytes_clear(&s.wire);
}

static void an_explanation_waits_for_its_report(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct hash h = hash_of_body(fx, &r);
    struct explanation x = about(&h, 2);
    struct sealed early = seal_both(fx, NULL, &x);

    ingest_one(fx, &early);
    assert_int_equal(refused_for_now(fx), NOT_NOW_PREDECESSOR);
    assert_int_equal(count(fx, "select count(*) from answer"), 0);
    send_report(fx, &r);
    ingest_one(fx, &early);
    assert_int_equal(verdict(fx, 0), VERDICT_ACCEPTED);
    bytes_clear(&early.wire);
}

static void an_answer_names_its_report_rightly_or_is_refused(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct hash h = hash_of_body(fx, &r);
    struct explanation x = about(&h, 2);
    struct sealed s;

    x.period = "2025-S2";
    s = seal_both(fx, &r, &x); /* from the same group, and from the store */
    ingest_one(fx, &s);
    assert_int_equal(verdict(fx, 1), VERDICT_REFUSED);
    x = withdrawal(&h, 3);
    x.vintage = VINTAGE_PLAN;
    assert_int_equal(send_answer(fx, &x), VERDICT_REFUSED);
    assert_int_equal(counting(fx), 1);
    assert_int_equal(count(fx, "select count(*) from answer where counts"), 0);
    bytes_clear(&s.wire);
}

static void nobody_answers_for_another_unit(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct hash h = send_report(fx, &r);
    struct explanation x = withdrawal(&h, 2);
    struct sealed s;

    x.unit.code = "107";
    s = seal_both(fx, NULL, &x);
    ingest_one(fx, &s);
    assert_int_equal(rejected(fx), REJECT_MALFORMED);
    assert_int_equal(counting(fx), 1);
    bytes_clear(&s.wire);
}

static void a_withdrawn_report_counts_no_more(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), r2 = report_of(2, TAX2, 8);
    struct hash h = send_report(fx, &r);
    struct explanation x = withdrawal(&h, 3);

    send_report(fx, &r2);
    assert_int_equal(counting(fx), 2);
    assert_int_equal(send_answer(fx, &x), VERDICT_ACCEPTED);
    assert_int_equal(counting(fx), 1);
    assert_int_equal(count(fx, "select count(*) from report_open('nd09', '2025-S1',"
                               " 'actual', 9, 0)"),
                     1);
    assert_int_equal(count(fx, "select count(*) from answer a, report_at('nd09',"
                               " '2025-S1', 'actual', 1, a.seq - 1)"),
                     2); /* as of before, it counts for ever */
    x.id.b[0] = 4;
    assert_int_equal(send_answer(fx, &x), VERDICT_CONFLICT);
}

static void what_was_withdrawn_comes_back_as_a_revision(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), lost = report_of(2, TAX, 8),
                  again = report_of(3, TAX, 8);
    struct hash h = send_report(fx, &r);
    struct explanation x = withdrawal(&h, 4);
    struct sealed s;

    assert_int_equal(send_answer(fx, &x), VERDICT_ACCEPTED);
    send_report(fx, &lost); /* knows nothing of it: nobody counts it in silence */
    assert_int_equal(verdict(fx, 0), VERDICT_CONFLICT);
    assert_int_equal(counting(fx), 0);
    again.revision = 2;
    again.has_supersedes = true;
    again.supersedes = h;
    h = send_report(fx, &again);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    assert_int_equal(counting(fx), 1);
    /* withdrawn and replaced in one group */
    x = withdrawal(&h, 5);
    r = report_of(6, TAX, 9);
    r.revision = 3;
    r.has_supersedes = true;
    r.supersedes = h;
    {
        struct bytes bodies[2] = {{0}};
        const enum item_kind kinds[] = {ITEM_ANSWER, ITEM_REPORT};

        assert_true(wire_pack_explanation(&x, &bodies[0], &fx->e));
        assert_true(wire_pack_report(&r, &bodies[1], &fx->e));
        s = seal_raw(fx, bodies, kinds, 2);
    }
    ingest_one(fx, &s);
    assert_int_equal(verdict(fx, 0), VERDICT_ACCEPTED);
    assert_int_equal(verdict(fx, 1), VERDICT_WARNINGS);
    assert_int_equal(counting(fx), 1);
    bytes_clear(&s.wire);
}

static void after_closing_a_withdrawal_is_held_and_an_explanation_is_not(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct hash h = send_report(fx, &r);
    struct explanation x = withdrawal(&h, 2), y = about(&h, 3);

    sql(fx,
        "insert into publication values (1, 902, 'nd09', '2025-S1', 'actual', 1, 1, 1, 1,"
        " 1, '', '\\x00', '{}')");
    admin(fx);
    assert_int_equal(send_answer(fx, &x), VERDICT_HELD);
    assert_int_equal(counting(fx), 1);
    assert_int_equal(send_answer(fx, &y), VERDICT_ACCEPTED);
}

/* Gia hạn: until that day the unit's reports are not late, and nobody else's. */
static void an_extension_moves_the_units_own_day(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r[] = {report_of(1, TAX, 8), report_of(2, TAX2, 8)};
    static const char *const days[] = {"2025-06-18", "2025-06-21"};
    struct arena a = {0};

    sql(fx,
        "insert into extension values (1, 902, '106', '2004-01-01', 'nd09', '2025-S1',"
        " '2025-06-20', 'mưa lũ', 'an'),"
        " (1, 903, '107', '2004-01-01', 'nd09', '2025-S1', '2025-06-30', 'x', 'an'),"
        " (1, 904, '106', '2004-01-01', 'nd09', '2025-S2', '2025-12-30', 'x', 'an')");
    admin(fx);
    for (size_t i = 0; i < COUNT(days); i++) {
        struct sealed s = seal(fx, &r[i], 1);

        forget_answers(fx);
        assert_true(ingest(fx, &s, 1, days[i]));
        assert_int_equal(receipt_leaf(fx, 0, &a).late, i == 1);
        bytes_clear(&s.wire);
    }
    arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(an_explanation_is_kept_beside_its_report),
        STORY(an_explanation_waits_for_its_report),
        STORY(an_answer_names_its_report_rightly_or_is_refused),
        STORY(nobody_answers_for_another_unit),
        STORY(a_withdrawn_report_counts_no_more),
        STORY(what_was_withdrawn_comes_back_as_a_revision),
        STORY(an_extension_moves_the_units_own_day),
        STORY(after_closing_a_withdrawal_is_held_and_an_explanation_is_not),
    };
    int failed;

    if (!begin_stories())
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    end_stories();
    return failed;
}
