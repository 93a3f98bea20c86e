/*
 * ingest: what one batch or report may do to those behind it, or beside it. The chain
 * goes on past what waits, and hostile values reach nobody else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aggregator/ingest/ingest.h"
#include "aggregator/settings.h"
#include "tests/lib/ingest_fixture.h"

static void a_batch_whose_predecessor_is_missing_waits_for_it(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), r2 = report_of(2, TAX2, 8);
    struct sealed s = seal(fx, &r, 1), s2 = seal(fx, &r2, 1);
    struct sealed both[] = {s, s2};

    ingest_one(fx, &s2);
    assert_int_equal(refused_for_now(fx), NOT_NOW_PREDECESSOR);
    forget_answers(fx);
    assert_true(ingest(fx, both, 2, "2025-06-16")); /* in one group they see each other */
    assert_int_equal(count(fx, "select count(*) from report"), 2);
    assert_int_equal(count(fx, "select count(*) from commit where not control"), 1);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
}

/* Nothing of the first batch can be judged for months: what comes after it goes through. */
static void a_batch_that_waits_as_a_whole_does_not_hold_up_the_next(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), r2 = report_of(2, TAX2, 8);
    struct sealed s, s2;

    r2.period = "2023"; /* opened in June 2022 */
    s = seal(fx, &r, 1);
    s2 = seal(fx, &r2, 1);
    assert_true(ingest(fx, &s, 1, "2025-05-01"));
    assert_int_equal(refused_for_now(fx), NOT_NOW_PERIOD_NOT_OPEN);
    forget_answers(fx);
    assert_true(ingest(fx, &s2, 1, "2025-05-01"));
    assert_int_equal(refused_for_now(fx), NOT_NOW_NONE);
    assert_int_equal(count(fx, "select count(*) from report"), 1);
    forget_answers(fx);
    assert_true(ingest(fx, &s, 1, "2025-05-01")); /* and is stored once, however often */
    assert_int_equal(count(fx, "select count(*) from evidence"), 2);
    ingest_one(fx, &s);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    assert_int_equal(count(fx, "select count(*) from report where counts"), 2);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
}

/* An outbox that came back from a copy asks again in a new epoch, then goes on. */
static void a_batch_of_replays_alone_does_not_hold_up_the_next(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), r2 = report_of(2, TAX2, 8);
    struct sealed s = seal(fx, &r, 1), again, next;

    ingest_one(fx, &s);
    fx->epoch = 2;
    fx->number = 0;
    fx->previous = (struct hash){{0}};
    again = seal(fx, &r, 1);
    next = seal(fx, &r2, 1);
    ingest_one(fx, &again);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    ingest_one(fx, &next);
    assert_int_equal(refused_for_now(fx), NOT_NOW_NONE);
    assert_int_equal(count(fx, "select count(*) from report where counts"), 2);
    bytes_clear(&s.wire);
    bytes_clear(&again.wire);
    bytes_clear(&next.wire);
}

/* One batch, one report, and that one is poison: the unit's next batch goes through. */
static void a_batch_in_quarantine_does_not_hold_up_the_next(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), r2 = report_of(2, TAX2, 8);
    struct sealed s, s2;

    sql(fx, "alter table report add check (commune <> 'Nậm Loỏng')");
    r.subject.commune = "Nậm Loỏng";
    s = seal(fx, &r, 1);
    s2 = seal(fx, &r2, 1);
    for (int i = 0; i < 2; i++) {
        ingest_one(fx, &s);
        assert_int_equal(refused_for_now(fx), NOT_NOW_QUARANTINE);
    }
    ingest_one(fx, &s2);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
}

static void another_batch_under_a_used_number_is_equivocation(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), r2 = report_of(2, TAX2, 8);
    struct sealed s = seal(fx, &r, 1), s2;

    ingest_one(fx, &s);
    fx->number = 0;
    fx->previous = (struct hash){{0}};
    s2 = seal(fx, &r2, 1);
    ingest_one(fx, &s2);
    assert_int_equal(rejected(fx), REJECT_EQUIVOCATION);
    assert_int_equal(count(fx, "select count(*) from report"), 1);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
}

/* A revision below the head must not take its place: the head would be replaced twice. */
static void a_correction_has_a_higher_revision_than_the_head(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), lower, next;
    struct sealed s, s2, s3;

    r.revision = 7;
    s = seal(fx, &r, 1);
    ingest_one(fx, &s);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    lower = report_of(2, TAX, 9);
    lower.revision = 3;
    lower.has_supersedes = true;
    lower.supersedes = s.items[0];
    s2 = seal(fx, &lower, 1);
    ingest_one(fx, &s2);
    assert_int_equal(verdict(fx, 0), VERDICT_CONFLICT);
    next = report_of(3, TAX, 10);
    next.revision = 8;
    next.has_supersedes = true;
    next.supersedes = s.items[0];
    s3 = seal(fx, &next, 1);
    ingest_one(fx, &s3);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    assert_int_equal(count(fx, "select count(*) from quarantine"), 0);
    assert_int_equal(count(fx, "select count(*) from report where counts and not exists"
                               " (select from supersession where old = hash)"),
                     1);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
    bytes_clear(&s3.wire);
}

/* Days that no calendar of the database has: refused at the door, not by an outage. */
static void an_absurd_date_is_malformed_and_harms_no_neighbour(void **state)
{
    struct fixture *fx = fixture(state);
    const int32_t absurd[] = {INT32_MIN + 1, -719528 /* the year 0 */, INT32_MAX};
    struct report r = report_of(1, TAX, 8);
    struct sealed good = seal(fx, &r, 1);

    for (size_t i = 0; i < COUNT(absurd); i++) {
        struct bytes body = {0};
        struct sealed list[2];
        struct batch_header h = {
            .unit = {"106", absurd[i]},
            .recipient = fx->province,
            .epoch = 1,
            .number = 1,
            .sealed_at = 1
        };
        struct item item;
        struct hash hash, ignored;

        r.unit.valid_from = absurd[i];
        assert_true(wire_pack_report(&r, &body, &fx->e));
        item = (struct item){ITEM_REPORT, span_of(&body)};
        hash = item_hash(ITEM_REPORT, item.body);
        list[0] = (struct sealed){.n = 1};
        batch_seal(&h, &item, &hash, 1, &fx->unit_key, &list[0].wire, &ignored);
        list[1] = good;
        forget_answers(fx);
        if (!ingest(fx, list, 2, "2025-06-16"))
            fail_msg("%s", fx->e.text);
        assert_int_equal(count(fx, "select count(*) from report"), 1);
        bytes_clear(&list[0].wire);
        bytes_clear(&body);
    }
    bytes_clear(&good.wire);
}

/* Every filing of the desk is an epoch of its own: the unit's collector hears of none. */
static void what_the_desk_filed_is_no_head_of_the_collector(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s = seal(fx, &r, 1);
    struct hello h = {.recipient = fx->province};
    struct arena a = {0};
    struct message m;

    ingest_one(fx, &s);
    sql(fx, "insert into evidence select sha256(n::text::bytea), '106', '2004-01-01',"
            " 1750046400000 + n, 1, sha256(''), 'desk:An', '', 1, 1"
            " from generate_series(1, 600) n");
    forget_answers(fx);
    ingest_hello(fx->ingest, &h, fx->curve.pub, NULL, NOON);
    m = answer(fx, 0, &a);
    assert_int_equal(m.kind, MSG_WELCOME);
    assert_int_equal(m.welcome.n_heads, 1);
    assert_int_equal(m.welcome.heads[0].epoch, 1);
    arena_clear(&a);
    bytes_clear(&s.wire);
}

/* The commit's time says the day, and it does not go back with the clock. */
static void a_clock_that_went_back_makes_nothing_punctual(void **state)
{
    const struct settings free = {.civil_date = DATE_NONE};
    const struct settings fixed = {.civil_date = date_read("2023-09-15")};
    const int64_t day = 86400000;

    (void)state;
    assert_int_equal(settings_day(&free, NOON, 0), date_read("2025-06-16"));
    assert_int_equal(settings_day(&free, NOON - 3 * day, NOON), date_read("2025-06-16"));
    assert_int_equal(settings_day(&free, NOON + day, NOON), date_read("2025-06-17"));
    assert_int_equal(settings_day(&fixed, NOON, NOON), fixed.civil_date);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_batch_whose_predecessor_is_missing_waits_for_it),
        STORY(a_batch_that_waits_as_a_whole_does_not_hold_up_the_next),
        STORY(a_batch_of_replays_alone_does_not_hold_up_the_next),
        STORY(a_batch_in_quarantine_does_not_hold_up_the_next),
        STORY(another_batch_under_a_used_number_is_equivocation),
        STORY(a_correction_has_a_higher_revision_than_the_head),
        STORY(an_absurd_date_is_malformed_and_harms_no_neighbour),
        STORY(what_the_desk_filed_is_no_head_of_the_collector),
        cmocka_unit_test(a_clock_that_went_back_makes_nothing_punctual),
    };
    int failed;

    if (!begin_stories())
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    end_stories();
    return failed;
}
