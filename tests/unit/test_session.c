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
 * alarm, n notice, o offer, p part asked for (with its offset), b blob, k have, . not now
 */
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
        out[n++] = "hLrEA.nopbk"[a.kind];
        if (a.kind == ACT_ASK_PART)
            n += (size_t)snprintf(out + n, sizeof out - n, "%u", a.offset);
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

/* -- the back flow ------------------------------------------------------------------- */

static const char BYTES[] = "a catalogue, a page";

static struct blob_ref blob_of(enum blob_kind kind, const char *unit)
{
    struct blob_ref b = {
        .kind = kind,
        .version = kind == BLOB_CATALOGUE ? 2 : 0,
        .unit = {unit, 12418},
        .total = sizeof BYTES - 1
    };

    b.hash =
        hash_of(kind == BLOB_CATALOGUE ? DOMAIN_CATALOGUE : DOMAIN_FILE, span_str(BYTES));
    return b;
}

static struct message offer(struct blob_ref blob)
{
    return (struct message){
        .kind = MSG_OFFER, .offer = {.blob = blob, .from = DATE_NONE}
    };
}

static struct message part_of(struct blob_ref blob, uint32_t offset, size_t n)
{
    return (struct message){
        .kind = MSG_PART,
        .part = {blob, offset, {(const unsigned char *)BYTES + offset, n}}
    };
}

/* A session that was welcomed and has nothing to send. */
static struct session *idle(void)
{
    struct session *s = begin();
    struct message m = welcome(NULL, 0, 2);

    session_linked(s, 1, 0, 0, &H1, 0);
    session_message(s, &m, 1);
    actions(s, NULL, NULL);
    return s;
}

static void what_is_wanted_comes_part_by_part(void **state)
{
    struct session *s = idle();
    struct blob_ref blob = blob_of(BLOB_CATALOGUE, "");
    struct message m = offer(blob);

    (void)state;
    session_message(s, &m, 10);
    assert_string_equal(actions(s, NULL, NULL), "o"); /* the caller decides */
    session_want(s, &blob, 10);
    assert_string_equal(actions(s, NULL, NULL), "p0");
    session_want(s, &blob, 10); /* offered twice */
    assert_string_equal(actions(s, NULL, NULL), "");
    m = part_of(blob, 0, 5);
    session_message(s, &m, 20);
    assert_string_equal(actions(s, NULL, NULL), "p5");
    session_message(s, &m, 21); /* the same again */
    assert_string_equal(actions(s, NULL, NULL), "");
    m = part_of(blob, 5, sizeof BYTES - 1 - 5);
    session_message(s, &m, 30);
    assert_string_equal(actions(s, NULL, NULL), "b");
    assert_true(span_eq(session_blob(s), span_str(BYTES)));
    session_kept(s);
    assert_string_equal(actions(s, NULL, NULL), "k");
    session_close(&s);
}

static void a_lost_part_is_asked_again_and_over_the_next_link(void **state)
{
    struct session *s = idle();
    struct blob_ref blob = blob_of(BLOB_REGISTER, "106");
    struct message m;
    int64_t wake = 0;

    (void)state;
    session_want(s, &blob, 10);
    assert_string_equal(actions(s, NULL, &wake), "p0");
    session_tick(s, wake);
    assert_string_equal(actions(s, NULL, &wake), "p0");
    m = part_of(blob, 0, 5);
    session_message(s, &m, wake);
    assert_string_equal(actions(s, NULL, NULL), "p5");
    session_unlinked(s, wake + 1);
    session_tick(s, wake + 100000);
    assert_string_equal(actions(s, NULL, NULL), "");
    session_linked(s, 1, 0, 0, &H1, wake + 100001);
    assert_string_equal(actions(s, NULL, NULL), "h");
    m = welcome(NULL, 0, 2);
    session_message(s, &m, wake + 100002);
    assert_string_equal(actions(s, NULL, NULL), "p5"); /* what came is not lost */
    m = part_of(blob, 5, sizeof BYTES - 1 - 5);
    session_message(s, &m, wake + 100003);
    assert_string_equal(actions(s, NULL, NULL), "b");
    session_close(&s);
}

static void parts_that_do_not_make_the_hash_are_an_alarm(void **state)
{
    struct session *s = idle();
    struct blob_ref bad = blob_of(BLOB_CATALOGUE, ""),
                    good = blob_of(BLOB_REGISTER, "106");
    struct message m;

    (void)state;
    bad.hash.b[0] ^= 1;
    session_want(s, &bad, 10);
    session_want(s, &good, 10); /* waits for its turn */
    assert_string_equal(actions(s, NULL, NULL), "p0");
    m = part_of(bad, 0, sizeof BYTES - 1);
    session_message(s, &m, 20);
    assert_string_equal(actions(s, NULL, NULL), "Ap0");
    m = part_of(good, 0, sizeof BYTES - 1);
    session_message(s, &m, 30);
    assert_string_equal(actions(s, NULL, NULL), "b");
    session_close(&s);
}

static void a_newer_offer_takes_the_place_of_the_older(void **state)
{
    struct session *s = idle();
    struct blob_ref old = blob_of(BLOB_REGISTER, "106"), new = old;
    struct message m;

    (void)state;
    old.hash.b[0] ^= 1;
    session_want(s, &old, 10);
    m = part_of(old, 0, 5);
    session_message(s, &m, 20);
    assert_string_equal(actions(s, NULL, NULL), "p0p5");
    session_want(s, &new, 30);
    assert_string_equal(actions(s, NULL, NULL), "p0");
    session_message(s, &m, 40); /* a part of the old one comes late */
    assert_string_equal(actions(s, NULL, NULL), "");
    session_close(&s);
}

static void another_units_page_is_nobodys(void **state)
{
    struct session *s = idle();
    struct message m = offer(blob_of(BLOB_REGISTER, "107"));

    (void)state;
    session_message(s, &m, 10);
    assert_string_equal(actions(s, NULL, NULL), "");
    m = offer(blob_of(BLOB_REGISTER, "106"));
    session_message(s, &m, 10);
    assert_string_equal(actions(s, NULL, NULL), "o");
    m = part_of(blob_of(BLOB_REGISTER, "106"), 0, 5); /* that nobody asked for */
    session_message(s, &m, 11);
    assert_string_equal(actions(s, NULL, NULL), "");
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
        cmocka_unit_test(what_is_wanted_comes_part_by_part),
        cmocka_unit_test(a_lost_part_is_asked_again_and_over_the_next_link),
        cmocka_unit_test(parts_that_do_not_make_the_hash_are_an_alarm),
        cmocka_unit_test(a_newer_offer_takes_the_place_of_the_older),
        cmocka_unit_test(another_units_page_is_nobodys),
    };

    return !crypto_init() || cmocka_run_group_tests(tests, NULL, NULL);
}
