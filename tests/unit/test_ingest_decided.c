/*
 * ingest after decisions: what was let in holds its key, what took its place is the head
 * that the next revision must replace, and what was rejected is not said again as if new.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aggregator/acts/decide.h"
#include "aggregator/ingest/ingest.h"
#include "tests/lib/ingest_fixture.h"

/* A revision of the one cooperative; supersedes: NULL for none. */
static struct report revision(uint8_t id, uint32_t number, int64_t members,
                              const struct hash *supersedes)
{
    struct report r = report_of(id, TAX, members);

    r.revision = number;
    r.has_supersedes = supersedes != NULL;
    if (supersedes != NULL)
        r.supersedes = *supersedes;
    return r;
}

static struct hash say(struct fixture *fx, const struct report *r, enum verdict expected)
{
    struct sealed s = seal(fx, r, 1);
    struct hash h = s.items[0];

    forget_answers(fx);
    ingest_one(fx, &s);
    assert_int_equal(verdict(fx, 0), expected);
    bytes_clear(&s.wire);
    return h;
}

/* As the command does, but for who may and the effect. */
static void decide(struct fixture *fx, const struct hash *about, enum decide_what what)
{
    struct app app = {.lang = LANG_EN};
    struct arena a = {0};
    struct decision d;
    char hex[2 * HASH_LEN + 1];

    assert_true(decide_find(&app, fx->pg, hash_hex(about, hex), what, &a, &d, &fx->e));
    d.why = "theo bản giấy";
    d.person = d.person_name = "an";
    assert_true(decide_append(fx->pg, &d, 1, &fx->e));
    arena_clear(&a);
}

static int64_t standing(struct fixture *fx)
{
    return count(fx, "select count(*) from report_at('nd09', '2025-S1', 'actual', 9, 1)");
}

static int64_t found(struct fixture *fx, const char *code)
{
    char text[96];

    snprintf(text, sizeof text, "select count(*) from finding where code = '%s'", code);
    return count(fx, text);
}

static void the_next_revision_replaces_what_was_let_in(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = revision(1, 1, 8, NULL), other = revision(2, 1, 9, NULL);
    struct hash first = say(fx, &r, VERDICT_WARNINGS);
    struct hash let_in = say(fx, &other, VERDICT_CONFLICT), next;

    decide(fx, &let_in, DECIDE_COUNT);
    assert_int_equal(standing(fx), 1);
    r = revision(3, 2, 10, &first);
    say(fx, &r, VERDICT_CONFLICT);
    assert_int_equal(found(fx, "NOT_THE_HEAD"), 1);
    r = revision(4, 2, 11, &let_in);
    next = say(fx, &r, VERDICT_WARNINGS);
    r = revision(5, 3, 12, &next);
    say(fx, &r, VERDICT_WARNINGS);
    assert_int_equal(standing(fx), 1);
    assert_int_equal(count(fx, "select count(*) from supersession"), 3);
}

static void what_was_let_in_is_known_when_it_comes_again(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = revision(1, 1, 8, NULL), other = revision(2, 1, 9, NULL);
    struct hash let_in;

    say(fx, &r, VERDICT_WARNINGS);
    let_in = say(fx, &other, VERDICT_CONFLICT);
    decide(fx, &let_in, DECIDE_COUNT);
    other.id.b[0] = 7;
    say(fx, &other, VERDICT_WARNINGS);
    assert_int_equal(
        count(fx, "select count(*) from report a join report b on a.duplicate_of = b.hash"
                  " where b.verdict = 'conflict'"),
        1);
    assert_int_equal(standing(fx), 1);
}

static void what_was_rejected_is_not_said_again_as_if_new(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = revision(1, 1, 8, NULL);
    struct hash h = say(fx, &r, VERDICT_WARNINGS);

    decide(fx, &h, DECIDE_REJECT);
    assert_int_equal(standing(fx), 0);
    r.id.b[0] = 7;
    say(fx, &r, VERDICT_CONFLICT);
    assert_int_equal(found(fx, "REPORT_REJECTED"), 1);
    r = revision(8, 2, 8, &h);
    say(fx, &r, VERDICT_WARNINGS);
    assert_int_equal(standing(fx), 1);
}

/* What is held leads back to the head, until a decision makes it the head itself. */
static void a_held_one_is_the_head_once_it_is_decided(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = revision(1, 1, 8, NULL);
    struct hash first = say(fx, &r, VERDICT_WARNINGS), held, gone;

    sql(fx,
        "insert into publication values (1, 902, 'nd09', '2025-S1', 'actual', 1, 1, 1, 1,"
        " 1, '', '\\x00', '{}')");
    admin(fx);
    r = revision(2, 2, 9, &first);
    held = say(fx, &r, VERDICT_HELD);
    decide(fx, &held, DECIDE_COUNT);
    r = revision(3, 3, 10, &held);
    gone = say(fx, &r, VERDICT_HELD);
    decide(fx, &gone, DECIDE_REJECT);
    assert_int_equal(standing(fx), 1);
    assert_int_equal(count(fx,
                           "select count(*) from report_at('nd09', '2025-S1', 'actual',"
                           " 9, 1) where verdict = 'held'"),
                     1);
    assert_int_equal(count(fx, "select count(*) from waiting_now('nd09', '2025-S1')"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(the_next_revision_replaces_what_was_let_in),
        STORY(what_was_let_in_is_known_when_it_comes_again),
        STORY(what_was_rejected_is_not_said_again_as_if_new),
        STORY(a_held_one_is_the_head_once_it_is_decided),
    };
    int failed;

    if (!begin_stories())
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    end_stories();
    return failed;
}
