/*
 * ingest over a real PostgreSQL: replays, conflicts, heads, speakers, windows, poison,
 * races with an administrator, unknown commit outcomes. Also the conformance suite of the
 * store: whatever takes its place must pass this.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aggregator/ingest/ingest.h"
#include "tests/lib/ingest_fixture.h"

/* -- the stories -------------------------------------------------------------------- */

static void a_thousand_replays_get_a_thousand_identical_receipts(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r[] = {report_of(1, TAX, 8), report_of(2, TAX2, 9)};
    struct sealed s = seal(fx, r, 2);
    struct bytes first = {0};

    ingest_one(fx, &s);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS); /* not in the register yet */
    bytes_add(&first, fx->answers[0].p, fx->answers[0].n);
    for (int i = 0; i < 1000; i++) {
        if (i == 500) { /* a restart: memory is gone */
            ingest_close(&fx->ingest);
            start_ingest(fx, true);
        }
        ingest_one(fx, &s);
        assert_int_equal(fx->n_answers, 1);
        assert_true(span_eq(span_of(&first), span_of(&fx->answers[0])));
    }
    assert_int_equal(count(fx, "select count(*) from report"), 2);
    assert_int_equal(count(fx, "select count(*) from redelivery"), 1000);
    bytes_clear(&first);
    bytes_clear(&s.wire);
}

static void a_rotated_receipt_key_leaves_old_receipts_as_they_are(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s = seal(fx, &r, 1), s2;
    struct bytes first = {0};
    struct keypair old = fx->receipt_key;
    char hex[2 * KEY_LEN + 1], *text;

    ingest_one(fx, &s);
    bytes_add(&first, fx->answers[0].p, fx->answers[0].n);
    ingest_idle(fx->ingest);
    keypair_new(&fx->receipt_key);
    text = mem_printf("insert into key values (1, 900, '', '2000-01-01', 'receipt', '%s',"
                      " false, '')",
                      hex_of(fx->receipt_key.pub.b, KEY_LEN, hex));
    sql(fx, text);
    free(text);
    admin(fx);
    ingest_close(&fx->ingest);
    start_ingest(fx, true);
    ingest_one(fx, &s);
    assert_true(span_eq(span_of(&first), span_of(&fx->answers[0])));
    r = report_of(2, TAX2, 8);
    s2 = seal(fx, &r, 1);
    ingest_one(fx, &s2);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS); /* holds under the new key */
    (void)old;
    bytes_clear(&first);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
}

static void the_same_bytes_in_one_group_count_once(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s[3];

    s[0] = seal(fx, &r, 1);
    s[1] = s[2] = s[0]; /* over three connections at once */
    assert_true(ingest(fx, s, 3, "2025-06-16"));
    assert_int_equal(fx->n_answers, 3);
    assert_true(span_eq(span_of(&fx->answers[0]), span_of(&fx->answers[1])));
    assert_true(span_eq(span_of(&fx->answers[0]), span_of(&fx->answers[2])));
    assert_int_equal(count(fx, "select count(*) from report"), 1);
    bytes_clear(&s[0].wire);
}

static void a_correction_takes_over_from_the_head_and_only_from_it(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s = seal(fx, &r, 1), s2, s3;
    struct hash first = s.items[0];

    ingest_one(fx, &s);
    r = report_of(2, TAX, 9);
    r.revision = 2;
    r.has_supersedes = true;
    r.supersedes = first;
    s2 = seal(fx, &r, 1);
    ingest_one(fx, &s2);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    assert_int_equal(count(fx, "select count(*) from supersession"), 1);
    r = report_of(3, TAX, 10); /* of the first again: the head has moved on */
    r.revision = 3;
    r.has_supersedes = true;
    r.supersedes = first;
    s3 = seal(fx, &r, 1);
    ingest_one(fx, &s3);
    assert_int_equal(verdict(fx, 0), VERDICT_CONFLICT);
    assert_int_equal(count(fx, "select count(*) from report where counts and not exists"
                               " (select from supersession where old = hash)"),
                     1);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
    bytes_clear(&s3.wire);
}

static void
same_id_or_same_key_with_other_content_is_a_conflict_with_a_receipt(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r[] = {report_of(1, TAX, 8), report_of(1, TAX2, 9),
                         report_of(2, TAX, 10), report_of(3, TAX, 8)};
    struct sealed s = seal(fx, r, 4);
    struct arena a = {0};

    ingest_one(fx, &s);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    assert_int_equal(verdict(fx, 1), VERDICT_CONFLICT); /* same id */
    assert_int_equal(verdict(fx, 2), VERDICT_CONFLICT); /* same key and revision */
    assert_int_equal(verdict(fx, 3), VERDICT_WARNINGS); /* says the same: a duplicate */
    assert_true(receipt_leaf(fx, 3, &a).has_duplicate);
    assert_int_equal(count(fx, "select count(*) from report where counts"), 1);
    arena_clear(&a);
    bytes_clear(&s.wire);
}

static void a_report_that_replaces_a_refused_one_finds_its_head(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s = seal(fx, &r, 1), s2, s3;

    ingest_one(fx, &s);
    r = report_of(2, TAX, -5); /* a negative count is refused */
    r.revision = 2;
    r.has_supersedes = true;
    r.supersedes = s.items[0];
    s2 = seal(fx, &r, 1);
    ingest_one(fx, &s2);
    assert_int_equal(verdict(fx, 0), VERDICT_REFUSED);
    r = report_of(3, TAX, 9);
    r.revision = 3;
    r.has_supersedes = true;
    r.supersedes = s2.items[0];
    s3 = seal(fx, &r, 1);
    ingest_one(fx, &s3);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    assert_int_equal(count(fx, "select count(*) from report where counts and not exists"
                               " (select from supersession where old = hash)"),
                     1);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
    bytes_clear(&s3.wire);
}

static void who_may_not_speak_is_rejected_and_audited(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct keypair own = fx->unit_key;
    struct hash province = fx->province;
    struct sealed s;

    keypair_new(&fx->unit_key); /* a key that nobody enrolled */
    s = seal(fx, &r, 1);
    ingest_one(fx, &s);
    assert_int_equal(rejected(fx), REJECT_SPEAKER);
    bytes_clear(&s.wire);
    fx->unit_key = own;
    fx->province.b[0] = 8; /* for another province */
    s = seal(fx, &r, 1);
    fx->province = province;
    ingest_one(fx, &s);
    assert_int_equal(rejected(fx), REJECT_RECIPIENT);
    bytes_clear(&s.wire);
    s = seal(fx, &r, 1);
    s.wire.p[s.wire.n / 2] ^= 1; /* a flipped bit */
    ingest_one(fx, &s);
    assert_int_not_equal(rejected(fx), REJECT_NONE);
    assert_int_equal(count(fx, "select count(*) from report"), 0);
    assert_int_equal(count(fx, "select count(*) from audit"), 3);
    bytes_clear(&s.wire);
}

static void a_flood_of_nonsense_does_not_fill_the_audit(void **state)
{
    struct fixture *fx = fixture(state);

    for (int i = 0; i < 1000; i++)
        assert_true(
            store_pg.audit(fx->store, "batch_rejected", "nonsense", NOON, &fx->e));
    assert_int_equal(count(fx, "select count(*) from audit"), 120);
    assert_true(
        store_pg.audit(fx->store, "batch_rejected", "again", NOON + 60000, &fx->e));
    assert_int_equal(count(fx, "select count(*) from audit"), 122);
    assert_int_equal(count(fx, "select count(*) from audit where what = 'more_not_listed'"
                               " and detail = 'rows=880'"),
                     1);
}

static void a_revoked_key_is_rejected_from_its_position_on(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s = seal(fx, &r, 1), s2;
    char hex[2 * KEY_LEN + 1], *text;

    ingest_one(fx, &s);
    text = mem_printf("insert into key values (1, 901, '106', '2004-01-01', 'sign', '%s',"
                      " true, 'mất máy')",
                      hex_of(fx->unit_key.pub.b, KEY_LEN, hex));
    sql(fx, text);
    free(text);
    admin(fx); /* another writer: the next group reads the context again */
    r = report_of(2, TAX2, 8);
    s2 = seal(fx, &r, 1);
    ingest_one(fx, &s2);
    assert_int_equal(rejected(fx), REJECT_SPEAKER);
    assert_int_equal(count(fx, "select count(*) from report"), 1);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
}

static void windows_decide_between_now_late_held_and_not_yet(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s = seal(fx, &r, 1), s2;
    struct arena a = {0};

    assert_true(ingest(fx, &s, 1, "2025-05-01"));
    assert_int_equal(refused_for_now(fx), NOT_NOW_PERIOD_NOT_OPEN);
    assert_int_equal(count(fx, "select count(*) from receipt"), 0);
    assert_int_equal(count(fx, "select count(*) from report"), 0);
    assert_int_equal(count(fx, "select count(*) from report_id"), 0);
    forget_answers(fx);
    assert_true(ingest(fx, &s, 1, "2025-06-20"));
    assert_true(receipt_leaf(fx, 0, &a).late);
    r = report_of(2, TAX, 8);
    r.period = "2025-S2"; /* the district was gone on 1 July */
    s2 = seal(fx, &r, 1);
    ingest_one(fx, &s2);
    assert_int_equal(verdict(fx, 0), VERDICT_HELD);
    assert_int_equal(count(fx, "select count(*) from finding where code = 'UNIT_ENDED'"),
                     1);
    assert_int_equal(count(fx, "select count(*) from report where counts"), 1);
    arena_clear(&a);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
}

/* 14 June 2025 was a Saturday: who sends on Monday is in time, on Tuesday late. Verdicts
 * that were given stay, also when a later period row says another day. */
static void a_due_day_on_a_weekend_moves_to_monday(void **state)
{
    static const struct {
        const char *day;
        bool late;
    } sent[] = {
        {"2025-06-16", false},
        {"2025-06-17", true }
    };
    struct fixture *fx = fixture(state);
    struct arena a = {0};

    sql(fx, "insert into period select 1, 901, scheme, code, kind, name_vi, name_en,"
            " starts, ends, opens, cutoff, date '2025-06-14', closes from period"
            " where code = '2025-S1'");
    admin(fx);
    for (size_t i = 0; i < COUNT(sent); i++) {
        struct report r = report_of((uint8_t)(i + 1), i == 0 ? TAX : TAX2, 8);
        struct sealed s = seal(fx, &r, 1);

        assert_true(ingest(fx, &s, 1, sent[i].day));
        assert_int_equal(receipt_leaf(fx, 0, &a).late, sent[i].late);
        forget_answers(fx);
        bytes_clear(&s.wire);
    }
    assert_int_equal(count(fx, "select count(*) from finding where code = 'LATE'"
                               " and args[1] = '16/06/2025'"),
                     1);
    arena_clear(&a);
}

static void after_publication_a_report_is_held(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s;

    sql(fx,
        "insert into publication values (1, 902, 'nd09', '2025-S1', 'actual', 1, 1, 1, 1,"
        " 1, '', '\\x00', '{}')");
    admin(fx);
    s = seal(fx, &r, 1);
    ingest_one(fx, &s);
    assert_int_equal(verdict(fx, 0), VERDICT_HELD);
    assert_int_equal(count(fx, "select count(*) from report_key"), 0);
    bytes_clear(&s.wire);
}

/* No control record says that 72 hours are over: the group's time does. */
static void a_proposal_holds_until_it_lapses(void **state)
{
    enum { HOUR = 3600 * 1000, MINUTE = 60 * 1000 };
    struct fixture *fx = fixture(state);
    const enum verdict expected[] = {VERDICT_HELD, VERDICT_HELD, VERDICT_WARNINGS};
    const int64_t since[] = {0, 72 * (int64_t)HOUR - MINUTE, 72 * (int64_t)HOUR + MINUTE};
    int64_t proposed;

    sql(fx, "insert into seal select epoch, last_seq, 'propose', 'nd09', '2025-S1',"
            " 'actual', 1, 1, 1, 'x', decode(repeat('00', 32), 'hex'),"
            " decode(repeat('00', 64), 'hex'), 'an', '', '', null from commit"
            " order by number desc limit 1");
    proposed = count(fx, "select max(extract(epoch from at) * 1000)::bigint from commit");
    admin(fx);
    for (size_t i = 0; i < COUNT(since); i++) {
        struct report r = report_of((uint8_t)(i + 1), i == 0 ? TAX : TAX2, 8);
        struct sealed s = seal(fx, &r, 1);

        later_ms = proposed + since[i] - NOON;
        ingest_one(fx, &s);
        assert_int_equal(verdict(fx, 0), expected[i]);
        bytes_clear(&s.wire);
    }
    later_ms = 0;
}

/* A lost machine: the new one sends again what counted before the period was closed. */
static void what_says_nothing_new_is_never_too_late(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s = seal(fx, &r, 1), s2;
    struct arena a = {0};

    ingest_one(fx, &s);
    sql(fx,
        "insert into publication values (1, 902, 'nd09', '2025-S1', 'actual', 1, 1, 1, 1,"
        " 1, '', '\\x00', '{}')");
    admin(fx);
    r = report_of(2, TAX, 8);
    s2 = seal(fx, &r, 1);
    ingest_one(fx, &s2);
    assert_true(receipt_leaf(fx, 0, &a).has_duplicate);
    assert_int_equal(count(fx, "select count(*) from report where counts"), 1);
    arena_clear(&a);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
}

/* The database refuses one row of ten: it goes to quarantine, the others are kept. */
static void poison_is_found_by_halves_and_harms_no_neighbour(void **state)
{
    struct fixture *fx = fixture(state);
    static const char *const taxes[] = {"1", "2", "3", "4", "5",
                                        "6", "7", "8", "9", "10"};
    struct report r[10];
    struct sealed s;

    sql(fx, "alter table report add check (commune <> 'Nậm Loỏng')");
    for (size_t i = 0; i < 10; i++) {
        r[i] = report_of((uint8_t)i, TAX, 8);
        r[i].subject.scheme = ID_CERTIFICATE;
        r[i].subject.id = taxes[i];
        r[i].subject.id_issuer = "106";
        r[i].subject.commune = i == 6 ? "Nậm Loỏng" : "Bình Lư";
    }
    s = seal(fx, r, 10);
    ingest_one(fx, &s);
    assert_int_equal(refused_for_now(fx), NOT_NOW_QUARANTINE);
    assert_int_equal(count(fx, "select count(*) from report"), 9);
    assert_int_equal(count(fx, "select count(*) from quarantine"), 1);
    sql(fx, "alter table report drop constraint report_commune_check1");
    ingest_one(fx, &s); /* mended: the same batch now goes in whole, and counts once */
    assert_int_equal(count(fx, "select count(*) from report"), 10);
    bytes_clear(&s.wire);
}

static struct fixture *raced;
static int races;

/* An administrator's act between our judging and our commit. */
static enum store_outcome admin_first(void *ctx, struct group *g, struct err *e)
{
    if (races-- > 0)
        admin(raced);
    return store_pg.commit(ctx, g, e);
}

static void an_administrator_may_come_first(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s = seal(fx, &r, 1);

    raced = fx;
    races = 2;
    fx->faulty.commit = admin_first;
    ingest_one(fx, &s);
    assert_int_equal(races, -1);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    assert_int_equal(count(fx, "select count(*) from commit a join commit b on b.number ="
                               " a.number + 1 and b.first_seq <> a.last_seq + 1"),
                     0);
    bytes_clear(&s.wire);
}

static int unknowns;

/* It commits, and then the answer is lost. */
static enum store_outcome commit_then_lost(void *ctx, struct group *g, struct err *e)
{
    enum store_outcome got = store_pg.commit(ctx, g, e);

    if (unknowns-- <= 0)
        return got;
    return err_set(e, ERR_RETRY, "connection lost"), STORE_UNKNOWN;
}

/* It does not commit, and nobody knows. */
static enum store_outcome lost_before_commit(void *ctx, struct group *g, struct err *e)
{
    if (unknowns-- <= 0)
        return store_pg.commit(ctx, g, e);
    return err_set(e, ERR_RETRY, "connection lost"), STORE_UNKNOWN;
}

static void an_unknown_outcome_neither_loses_nor_doubles(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), r2 = report_of(2, TAX2, 8);
    struct sealed s = seal(fx, &r, 1), s2 = seal(fx, &r2, 1);

    unknowns = 1;
    fx->faulty.commit = commit_then_lost;
    ingest_one(fx, &s);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    unknowns = 3;
    fx->faulty.commit = lost_before_commit;
    ingest_one(fx, &s2);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    assert_int_equal(count(fx, "select count(*) from report"), 2);
    assert_int_equal(count(fx, "select count(*) from report where counts"), 2);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
}

static void without_a_signature_there_is_no_receipt(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s = seal(fx, &r, 1);

    assert_true(ingest_refresh(fx->ingest, &fx->e));
    fx->mute_signer = true;
    ingest_one(fx, &s);
    assert_int_equal(refused_for_now(fx), NOT_NOW_BUSY);
    fx->mute_signer = false;
    ingest_one(fx, &s); /* the collector asks again: signed first, then answered */
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    assert_int_equal(count(fx, "select count(*) from report"), 1);
    bytes_clear(&s.wire);
}

static void what_a_desk_filed_is_signed_by_the_daemon(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s = seal(fx, &r, 1);

    ingest_close(&fx->ingest);
    start_ingest(fx, false);
    assert_true(ingest_refresh(fx->ingest, &fx->e));
    for (int i = 0; i < 2; i++) { /* the desk may file twice before the daemon looks */
        ingest_one(fx, &s);
        assert_int_equal(refused_for_now(fx), NOT_NOW_BUSY);
        assert_int_equal(count(fx, "select count(*) from report"), 1);
    }
    ingest_close(&fx->ingest);
    start_ingest(fx, true);
    assert_true(ingest_refresh(fx->ingest, &fx->e));
    ingest_one(fx, &s);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    assert_int_equal(count(fx, "select count(*) from commit c where not control and not "
                               "exists (select from commit_signature s where (s.epoch, "
                               "s.number) = (c.epoch, c.number))"),
                     0);
    bytes_clear(&s.wire);
}

static void while_the_database_is_away_everything_is_not_now(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s = seal(fx, &r, 1);

    assert_true(ingest_refresh(fx->ingest, &fx->e));
    assert_true(cluster_do(&cluster, "crash"));
    forget_answers(fx);
    assert_false(ingest(fx, &s, 1, "2025-06-16"));
    assert_int_equal(refused_for_now(fx), NOT_NOW_DATABASE);
    assert_true(cluster_do(&cluster, "again"));
    ingest_one(fx, &s);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    pg_close(&fx->pg);
    assert_true(pg_open(&fx->pg, cluster.conninfo, &fx->e));
    assert_int_equal(count(fx, "select count(*) from report"), 1);
    bytes_clear(&s.wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_thousand_replays_get_a_thousand_identical_receipts),
        STORY(a_rotated_receipt_key_leaves_old_receipts_as_they_are),
        STORY(the_same_bytes_in_one_group_count_once),
        STORY(a_correction_takes_over_from_the_head_and_only_from_it),
        STORY(same_id_or_same_key_with_other_content_is_a_conflict_with_a_receipt),
        STORY(a_report_that_replaces_a_refused_one_finds_its_head),
        STORY(who_may_not_speak_is_rejected_and_audited),
        STORY(a_flood_of_nonsense_does_not_fill_the_audit),
        STORY(a_revoked_key_is_rejected_from_its_position_on),
        STORY(windows_decide_between_now_late_held_and_not_yet),
        STORY(a_due_day_on_a_weekend_moves_to_monday),
        STORY(after_publication_a_report_is_held),
        STORY(a_proposal_holds_until_it_lapses),
        STORY(what_says_nothing_new_is_never_too_late),
        STORY(poison_is_found_by_halves_and_harms_no_neighbour),
        STORY(an_administrator_may_come_first),
        STORY(an_unknown_outcome_neither_loses_nor_doubles),
        STORY(without_a_signature_there_is_no_receipt),
        STORY(what_a_desk_filed_is_signed_by_the_daemon),
        STORY(while_the_database_is_away_everything_is_not_now),
    };
    int failed;

    if (!begin_stories())
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    end_stories();
    return failed;
}
