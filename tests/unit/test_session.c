/* session: the collector's end as a story of events and actions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/session.h"

static const struct hash H1 = {{1}}, H9 = {{9}};

static struct session *begin(void)
{
    struct session_config c = {
        .unit = {"106", 12418},
        .hello_timeout_ms = 5000,
        .answer_timeout_ms = 10000,
        .retry_min_ms = 100,
        .retry_max_ms = 4000,
        .jitter_seed = 7
    };
    struct session *s;

    session_open(&s, &c);
    return s;
}

/* Takes all actions; returns them as letters: h hello, L load, r receipts, E epoch, A
 * alarm. */
static const char *actions(struct session *s, uint64_t *last_number, int64_t *wake)
{
    static char out[64];
    struct session_action a;
    size_t n = 0;

    while (session_next(s, &a) && n < sizeof out - 1) {
        if (a.kind == ACT_WAIT) {
            if (wake != NULL)
                *wake = a.at;
            continue;
        }
        out[n++] = "hLrEAN."[a.kind];
        if (last_number != NULL)
            *last_number = a.number;
    }
    out[n] = 0;
    return out;
}

static struct message welcome(struct head *heads, size_t n, uint32_t credit)
{
    return (struct message){
        .kind = MSG_WELCOME,
        .welcome = {.version = 1, .credit = credit, .heads = heads, .n_heads = n}
    };
}

static struct message receipts(uint64_t number)
{
    static struct receipt one;

    return (struct message){
        .kind = MSG_RECEIPTS,
        .receipts = {.batch = {{"106", 12418}, 1, number}, .receipts = &one, .n = 1}
    };
}

static void batches_go_out_in_order_within_the_credit(void **state)
{
    struct session *s = begin();
    struct message m = welcome(NULL, 0, 2);
    uint64_t number;

    (void)state;
    session_linked(s, 1, 3, 0, &H1, 0);
    assert_string_equal(actions(s, NULL, NULL), "h");
    session_message(s, &m, 10);
    assert_string_equal(actions(s, &number, NULL), "LL");
    assert_int_equal(number, 2);
    session_sent(s, 1, 1, 11);
    session_sent(s, 1, 2, 12);
    m = receipts(1);
    session_message(s, &m, 20);
    assert_string_equal(actions(s, &number, NULL), "r");
    session_stored(s, 1, 1, true, 21);
    assert_string_equal(actions(s, &number, NULL), "L");
    assert_int_equal(number, 3);
    session_close(&s);
}

static void no_answer_means_again(void **state)
{
    struct session *s = begin();
    struct message m = welcome(NULL, 0, 4);
    int64_t wake = 0;
    uint64_t number;

    (void)state;
    session_linked(s, 1, 1, 0, &H1, 0);
    session_message(s, &m, 0);
    assert_string_equal(actions(s, NULL, NULL), "hL");
    session_sent(s, 1, 1, 0);
    actions(s, NULL, &wake);
    assert_int_equal(wake, 10000);
    session_tick(s, 10000);
    assert_string_equal(actions(s, NULL, &wake), "");
    assert_true(wake > 10000 && wake <= 10100);
    session_tick(s, wake);
    assert_string_equal(actions(s, &number, NULL), "L");
    assert_int_equal(number, 1);
    session_close(&s);
}

static void a_cut_link_begins_with_hello_and_everything_unreceipted(void **state)
{
    struct session *s = begin();
    struct head head = {
        {"106", 12418},
        1, 2, {{0}    }
    };
    struct message m = welcome(&head, 1, 4);

    (void)state;
    session_linked(s, 1, 3, 1, &H1, 0);
    session_message(s, &m, 0);
    assert_string_equal(actions(s, NULL, NULL), "hLL"); /* 2 is stored but unreceipted */
    session_unlinked(s, 5);
    session_linked(s, 1, 3, 1, &H1, 50);
    session_message(s, &m, 60);
    assert_string_equal(actions(s, NULL, NULL), "hLL");
    session_close(&s);
}

static void a_restored_province_gets_its_receipted_batches_again(void **state)
{
    struct session *s = begin();
    struct head head = {
        {"106", 12418},
        1, 1, {{0}    }
    };
    struct message m = welcome(&head, 1, 8);
    uint64_t number;

    (void)state;
    session_linked(s, 1, 3, 3, &H1, 0);
    session_message(s, &m, 0);
    assert_string_equal(actions(s, &number, NULL), "hLL");
    assert_int_equal(number, 3);
    session_close(&s);
}

static void a_restored_collector_opens_a_new_epoch(void **state)
{
    struct session *s = begin();
    struct head head = {
        {"106", 12418},
        1, 5, {{5}    }
    };
    struct message m = welcome(&head, 1, 8);

    (void)state;
    session_linked(s, 1, 3, 3, &H1, 0);
    session_message(s, &m, 0);
    assert_string_equal(actions(s, NULL, NULL), "hE");
    session_close(&s);
}

static void another_batch_under_our_number_is_an_alarm(void **state)
{
    struct session *s = begin();
    struct head head = {
        {"106", 12418},
        1, 3, {{5}    }
    };
    struct message m = welcome(&head, 1, 8);

    (void)state;
    session_linked(s, 1, 3, 1, &H9, 0);
    session_message(s, &m, 0);
    assert_string_equal(actions(s, NULL, NULL), "hA");
    assert_string_equal(session_state(s), "stopped");
    session_close(&s);
}

static void not_now_waits_longer_each_time_and_others_go_on(void **state)
{
    struct session *s = begin();
    struct message m = welcome(NULL, 0, 1);
    struct message no = {
        .kind = MSG_NOT_NOW,
        .not_now = {.batch = {{"106", 12418}, 1, 1}, .reason = NOT_NOW_PERIOD_NOT_OPEN}
    };
    int64_t wake = 0, first, now = 0;

    (void)state;
    session_linked(s, 1, 2, 0, &H1, now);
    session_message(s, &m, now);
    assert_string_equal(actions(s, NULL, NULL), "hL");
    session_sent(s, 1, 1, now);
    session_message(s, &no, now);
    assert_int_equal(session_waits_for(s), NOT_NOW_PERIOD_NOT_OPEN);
    actions(s, NULL, &wake);
    first = wake - now;
    session_tick(s, wake);
    now = wake;
    assert_string_equal(actions(s, NULL, NULL), "L");
    for (int i = 0; i < 8; i++) {
        session_sent(s, 1, 1, now);
        session_message(s, &no, now);
        actions(s, NULL, &wake);
        now = wake;
        session_tick(s, now);
        actions(s, NULL, NULL);
    }
    session_sent(s, 1, 1, now);
    session_message(s, &no, now);
    actions(s, NULL, &wake);
    assert_true(wake - now > 4 * first);
    assert_true(wake - now <= 4000);
    session_close(&s);
}

/* One batch waits for its period, for months: those behind it all go through. */
static void a_batch_that_waits_does_not_stop_the_hundred_behind_it(void **state)
{
    struct session *s = begin();
    struct head head = {
        {"106", 12418},
        1, 201, {{1}    }
    };
    struct message m = welcome(NULL, 0, 4);
    struct message no = {
        .kind = MSG_NOT_NOW,
        .not_now = {.batch = {{"106", 12418}, 1, 1},
                    .reason = NOT_NOW_PERIOD_NOT_OPEN,
                    .retry_after_ms = 1000000}
    };
    struct session_action a;
    uint64_t newest = 0, number;
    int64_t wake = 0;

    (void)state;
    session_linked(s, 1, 200, 0, &H1, 0);
    session_message(s, &m, 0);
    for (int i = 0; i < 300 && newest < 200; i++) {
        while (session_next(s, &a)) {
            if (a.kind != ACT_LOAD_BATCH)
                continue;
            newest = a.number;
            session_sent(s, 1, a.number, i);
            if (a.number == 1)
                session_message(s, &no, i);
            else
                session_stored(s, 1, a.number, true, i);
        }
    }
    assert_int_equal(newest, 200);
    assert_string_equal(session_state(s), "sending 1");
    assert_int_equal(session_waits_for(s), NOT_NOW_PERIOD_NOT_OPEN);
    session_sealed(s, 201, &H1, 400);
    assert_string_equal(actions(s, &number, NULL), "L");
    assert_int_equal(number, 201);
    session_sent(s, 1, 201, 401);
    session_stored(s, 1, 201, true, 402);
    actions(s, NULL, &wake);
    assert_true(wake >= 1000000); /* then only the first one is asked again */
    session_tick(s, wake);
    assert_string_equal(actions(s, &number, NULL), "L");
    assert_int_equal(number, 1);
    /* a province that was restored since gets again what it forgot, though not waiting */
    head.number = 150;
    m = welcome(&head, 1, 4);
    session_message(s, &m, wake + 1);
    assert_string_equal(actions(s, &number, NULL), "LLLL");
    assert_int_equal(number, 4);
    session_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_go_out_in_order_within_the_credit),
        cmocka_unit_test(no_answer_means_again),
        cmocka_unit_test(a_cut_link_begins_with_hello_and_everything_unreceipted),
        cmocka_unit_test(a_restored_province_gets_its_receipted_batches_again),
        cmocka_unit_test(a_restored_collector_opens_a_new_epoch),
        cmocka_unit_test(another_batch_under_our_number_is_an_alarm),
        cmocka_unit_test(not_now_waits_longer_each_time_and_others_go_on),
        cmocka_unit_test(a_batch_that_waits_does_not_stop_the_hundred_behind_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
