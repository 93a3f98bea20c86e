/* reconcile: two lists, a few questions, exactly what differs; messages; reasons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/reconcile_json.h"

enum { MANY = 20000, SEEDED = 7 };

static struct reconcile_line line_no(uint32_t n)
{
    unsigned char b[4] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16),
                          (unsigned char)(n >> 8), (unsigned char)n};

    return (struct reconcile_line){
        .item = hash_of(DOMAIN_FILE, (struct span){b, 4    }
            ),
        .verdict = VERDICT_ACCEPTED,
        .kind = ITEM_REPORT,
        .state = RECONCILE_COUNTS,
        .form = "B02",
        .subject = "tax:6200000001",
        .name = "HTX Ngọc Minh",
        .vintage = VINTAGE_ACTUAL,
        .revision = 1,
        .time = 1000 + n,
        .at = {1, n + 1}
    };
}

static struct reconcile_unit unit_of(uint32_t n, struct arena *a)
{
    struct reconcile_unit u = {
        .unit = {"107", 12418},
          .name = "Huyện Mường Tè", .n = n
    };

    u.lines = arena_new(a, (n + SEEDED) * sizeof *u.lines);
    for (uint32_t i = 0; i < n; i++)
        u.lines[i] = line_no(i);
    return u;
}

static bool same_root(const struct reconcile_unit *x, const struct reconcile_unit *y)
{
    struct hash a = reconcile_root(x, 0, x->n), b = reconcile_root(y, 0, y->n);

    return hash_eq(&a, &b);
}

static void ready(struct reconcile_unit *u, struct arena *a)
{
    struct err e = {0};

    if (!reconcile_ready(u, a, &e))
        fail_msg("%s", e.text);
}

/* As a message it must come out the same. */
static void through_the_wire(struct message *m, struct message *out, struct arena *a)
{
    struct bytes b = {0};
    struct err e = {0};

    wire_pack_message(m, &b);
    if (!wire_read_message((struct span){(unsigned char *)arena_strn(a, b.p, b.n), b.n},
                           a, out, &e))
        fail_msg("%s", e.text);
    assert_int_equal(out->kind, m->kind);
    bytes_clear(&b);
}

/* Asks until nothing is open; every question and answer travels as a message. */
static struct reconcile_walk *walk(const struct reconcile_unit *ours,
                                   const struct reconcile_unit *theirs)
{
    const struct log_pos now = {0};
    struct reconcile_walk *w;
    struct reconcile_ask ask;
    struct err e = {0};

    reconcile_walk_open(&w, ours, "nd09", "2025-S1", &now, false);
    while (reconcile_walk_next(w, &ask)) {
        struct message m = {.kind = MSG_RECONCILE_ASK, .reconcile_ask = ask};
        struct message asked, answer = {.kind = MSG_RECONCILE_ANSWER}, answered;
        struct arena a = {0};

        through_the_wire(&m, &asked, &a);
        reconcile_answer(theirs, &asked.reconcile_ask, &a, &answer.reconcile_answer);
        answer.reconcile_answer.at = (struct log_pos){1, 99999};
        through_the_wire(&answer, &answered, &a);
        if (!reconcile_walk_take(w, &answered.reconcile_answer, &e))
            fail_msg("%s", e.text);
        arena_clear(&a);
    }
    return w;
}

static void equal_lists_take_one_question(void **state)
{
    struct arena a = {0};
    struct reconcile_unit ours = unit_of(MANY, &a), theirs = unit_of(MANY, &a);
    struct reconcile_walk *w;
    struct reconcile_found f;

    (void)state;
    ready(&ours, &a);
    ready(&theirs, &a);
    w = walk(&ours, &theirs);
    reconcile_walk_found(w, &f);
    assert_int_equal(f.questions, 1);
    assert_int_equal(f.n_ours + f.n_theirs, 0);
    assert_int_equal(f.count, MANY);
    assert_int_equal(f.at.seq, 99999);
    assert_string_equal(f.name, "Huyện Mường Tè");
    reconcile_walk_close(&w);
    arena_clear(&a);
}

/* Lost there, lost here, another verdict: exactly those, in a handful of questions. */
static void narrowing_finds_exactly_what_differs(void **state)
{
    static const uint32_t sizes[] = {SEEDED, 300, 5000, MANY};

    (void)state;
    for (size_t s = 0; s < COUNT(sizes); s++)
        for (uint32_t d = 1; d <= SEEDED; d++) {
            struct arena a = {0};
            struct reconcile_unit ours = unit_of(sizes[s], &a),
                                  theirs = unit_of(sizes[s], &a);
            struct reconcile_walk *w;
            struct reconcile_found f;
            uint32_t lost = 0, verdicts = 0, strange = 0;

            for (uint32_t i = 0; i < d; i++) {
                uint32_t at = i * (sizes[s] / SEEDED);

                if (i % 3 == 0) { /* theirs never had it */
                    theirs.lines[at] = line_no(1000000 + i);
                    lost++;
                    strange++;
                } else if (i % 3 == 1) {
                    theirs.lines[at].verdict = VERDICT_HELD;
                    verdicts++;
                } else {
                    theirs.lines[theirs.n++] = line_no(2000000 + i);
                    strange++;
                }
            }
            ready(&ours, &a);
            ready(&theirs, &a);
            w = walk(&ours, &theirs);
            reconcile_walk_found(w, &f);
            assert_int_equal(f.n_ours, lost + verdicts);
            assert_int_equal(f.n_theirs, strange + verdicts);
            assert_true(f.questions <= 2 + 2 * (lost + strange + verdicts));
            for (size_t i = 1; i < f.n_theirs; i++)
                assert_true(memcmp(f.theirs[i - 1].item.b, f.theirs[i].item.b, HASH_LEN) <
                            0);
            for (size_t i = 0; i < f.n_theirs; i++) { /* told in full */
                assert_string_equal(f.theirs[i].name, "HTX Ngọc Minh");
                assert_int_equal(f.theirs[i].revision, 1);
                assert_true(f.theirs[i].verdict == VERDICT_HELD ||
                            f.theirs[i].time >= 1000000);
            }
            reconcile_walk_close(&w);
            arena_clear(&a);
        }
}

static void a_side_that_lost_all_is_told_in_pages(void **state)
{
    struct arena a = {0};
    struct reconcile_unit full = unit_of(5000, &a), empty = unit_of(0, &a);
    struct reconcile_walk *w;
    struct reconcile_found f;

    (void)state;
    ready(&full, &a);
    ready(&empty, &a);
    w = walk(&empty, &full);
    reconcile_walk_found(w, &f);
    assert_int_equal(f.n_theirs, 5000);
    assert_true(f.questions <= 2 + 5000 / RECONCILE_PAGE + 5000 / 160);
    reconcile_walk_close(&w);
    w = walk(&full, &empty);
    reconcile_walk_found(w, &f);
    assert_int_equal(f.n_ours, 5000);
    assert_int_equal(f.questions, 1);
    reconcile_walk_close(&w);
    arena_clear(&a);
}

static void all_units_are_told_by_a_line_each(void **state)
{
    struct arena a = {0};
    struct reconcile_unit units[] = {unit_of(5, &a), unit_of(0, &a)};
    const struct reconcile_ask ask = {
        .unit = {"", DATE_NONE},
          .scheme = "nd09", .period = "2025-S1"
    };
    struct reconcile_answer answer = {0};
    struct hash root;

    (void)state;
    ready(&units[0], &a);
    ready(&units[1], &a);
    reconcile_answer_units(units, 2, &ask, &a, &answer);
    root = reconcile_root(&units[0], 0, 5);
    assert_int_equal(answer.n, 2);
    assert_false(answer.more);
    assert_int_equal(answer.rows[0].count, 5);
    assert_true(hash_eq(&answer.rows[0].root, &root));
    assert_string_equal(answer.rows[0].name, "Huyện Mường Tè");
    assert_int_equal(answer.rows[1].count, 0);
    arena_clear(&a);
}

static void a_line_is_item_and_verdict_whatever_its_order(void **state)
{
    struct arena a = {0};
    struct reconcile_unit x = unit_of(100, &a), y = unit_of(100, &a);
    struct reconcile_line first = y.lines[0];
    struct err e = {0};

    (void)state;
    y.lines[0] = y.lines[99];
    y.lines[99] = first;
    y.lines[50].name = "tên khác";
    y.lines[50].state = RECONCILE_REPLACED;
    ready(&x, &a);
    ready(&y, &a);
    assert_true(same_root(&x, &y));
    y.lines[50].verdict = VERDICT_WARNINGS;
    ready(&y, &a);
    assert_false(same_root(&x, &y));
    y.lines[50] = y.lines[51];
    assert_false(reconcile_ready(&y, &a, &e));
    assert_int_equal(e.kind, ERR_INPUT);
    arena_clear(&a);
}

/* Whoever answers is not believed: a list must make the root that was said before. */
static void contradictions_are_named(void **state)
{
    struct arena a = {0};
    struct reconcile_unit ours = unit_of(100, &a), theirs = unit_of(100, &a);
    const struct log_pos now = {0};
    struct reconcile_answer answer = {0};
    struct reconcile_row *rows;
    struct reconcile_walk *w;
    struct reconcile_ask ask;
    struct err e = {0};

    (void)state;
    theirs.lines[3] = line_no(700);
    ready(&ours, &a);
    ready(&theirs, &a);
    reconcile_walk_open(&w, &ours, "nd09", "2025-S1", &now, false);
    assert_true(reconcile_walk_next(w, &ask));
    reconcile_answer(&theirs, &ask, &a, &answer);
    answer.at = (struct log_pos){1, 5};
    assert_true(reconcile_walk_take(w, &answer, &e));
    assert_false(reconcile_walk_take(w, &answer, &e)); /* the same once more: late */
    assert_int_equal(e.kind, ERR_NONE);
    assert_true(reconcile_walk_next(w, &ask));
    assert_true(ask.list);
    reconcile_answer(&theirs, &ask, &a, &answer);
    answer.at.seq = 6;
    assert_false(reconcile_walk_take(w, &answer, &e));
    assert_int_equal(e.kind, ERR_INPUT); /* another position */
    answer.at.seq = 5;
    answer.n--;
    assert_false(reconcile_walk_take(w, &answer, &e)); /* one is kept back */
    assert_non_null(strstr(e.text, "root"));
    reconcile_walk_close(&w);

    reconcile_walk_open(&w, &ours, "nd09", "2025-S1", &now, false);
    assert_true(reconcile_walk_next(w, &ask));
    reconcile_answer(&theirs, &ask, &a, &answer);
    rows = (struct reconcile_row *)answer.rows;
    rows[1].count++;
    assert_false(reconcile_walk_take(w, &answer, &e));
    assert_non_null(strstr(e.text, "add up"));
    reconcile_walk_close(&w);
    arena_clear(&a);
}

static struct reconcile_result result(struct reconcile_unit *lower,
                                      struct reconcile_unit *upper, struct arena *a)
{
    struct reconcile_result r = {
        .lower = {SIDE_COLLECTOR, "107", "Huyện Mường Tè", {0},     5000},
        .upper = {SIDE_PROVINCE,  "12",  "Tỉnh Lai Châu",     {1, 50}, 5000}
    };

    ready(lower, a);
    ready(upper, a);
    reconcile_result_whole(&r, a, lower, upper);
    return r;
}

static enum reconcile_kind only_kind(const struct reconcile_result *r)
{
    assert_int_equal(r->n_differences, 1);
    assert_false(reconcile_equal(r));
    return r->differences[0].kind;
}

static void every_difference_has_its_reason(void **state)
{
    static const struct {
        enum reconcile_state state;
        enum verdict lower, upper; /* NONE there: not there at all */
        bool desk;
        int64_t time;
        uint64_t seq;
        enum reconcile_kind kind;
    } cases[] = {
        {RECONCILE_UNAPPROVED, VERDICT_NONE,     VERDICT_NONE,     false, 100,  0,
         DIFFER_UNAPPROVED                                                                        },
        {RECONCILE_WAITING,    VERDICT_NONE,     VERDICT_NONE,     false, 100,  0,  DIFFER_WAITING},
        {RECONCILE_ON_THE_WAY, VERDICT_NONE,     VERDICT_NONE,     false, 100,  0,
         DIFFER_ON_THE_WAY                                                                        },
        {RECONCILE_ON_THE_WAY, VERDICT_NONE,     VERDICT_ACCEPTED, false, 100,  7,
         DIFFER_RECEIPT_MISSING                                                                   },
        {RECONCILE_COUNTS,     VERDICT_ACCEPTED, VERDICT_NONE,     false, 100,  7,  DIFFER_LOST   },
        {RECONCILE_COUNTS,     VERDICT_ACCEPTED, VERDICT_NONE,     false, 6000, 77, DIFFER_LATER  },
        {RECONCILE_COUNTS,     VERDICT_ACCEPTED, VERDICT_HELD,     false, 100,  7,  DIFFER_VERDICT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a = {0};
        struct reconcile_unit lower = unit_of(10, &a), upper = unit_of(10, &a);
        struct reconcile_result r;

        lower.lines[4].state = cases[i].state;
        lower.lines[4].verdict = cases[i].lower;
        lower.lines[4].time = cases[i].time;
        lower.lines[4].at = (struct log_pos){1, cases[i].seq};
        upper.lines[4].verdict = cases[i].upper;
        if (cases[i].upper == VERDICT_NONE)
            upper.lines[4] = upper.lines[--upper.n];
        r = result(&lower, &upper, &a);
        assert_int_equal(only_kind(&r), cases[i].kind);
        assert_int_equal(reconcile_kind_of(reconcile_kind_word(cases[i].kind)),
                         cases[i].kind);
        reconcile_result_clear(&r);
        arena_clear(&a);
    }
}

static void what_only_the_province_has(void **state)
{
    static const struct {
        bool desk;
        int64_t time;
        enum reconcile_kind kind;
    } cases[] = {
        {true,  100,  DIFFER_DESK   },
        {false, 100,  DIFFER_UNKNOWN},
        {false, 9000, DIFFER_LATER  },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a = {0};
        struct reconcile_unit lower = unit_of(10, &a), upper = unit_of(10, &a);
        struct reconcile_result r;

        upper.lines[4].desk = cases[i].desk;
        upper.lines[4].time = cases[i].time;
        lower.lines[4] = lower.lines[--lower.n];
        r = result(&lower, &upper, &a);
        assert_int_equal(only_kind(&r), cases[i].kind);
        reconcile_result_clear(&r);
        arena_clear(&a);
    }
}

static void equal_is_equal(void **state)
{
    struct arena a = {0};
    struct reconcile_unit lower = unit_of(10, &a), upper = unit_of(10, &a);
    struct reconcile_result r;

    (void)state;
    lower.lines[2].state = RECONCILE_WITHDRAWN;
    r = result(&lower, &upper, &a);
    assert_true(reconcile_equal(&r));
    assert_int_equal(r.n_differences, 0);
    assert_int_equal(r.units[0].lower.states[RECONCILE_WITHDRAWN], 1);
    assert_int_equal(r.units[0].upper.states[RECONCILE_COUNTS], 10);
    reconcile_result_clear(&r);
    arena_clear(&a);
}

static void messages_that_make_no_sense_are_refused(void **state)
{
    static const struct reconcile_ask bad[] = {
        {.unit = {"", DATE_NONE}, .scheme = "", .period = "2025-S1"},
        {                       .unit = {"", DATE_NONE},       .scheme = "nd09", .period = ""                   },
        { .unit = {"", DATE_NONE},    .scheme = "nd09",    .period = "2025-S1",                    .list = true},
        {  .unit = {"107", 12418},
         .scheme = "nd09",
         .period = "2025-S1",
         .has_after = true},
        {                                         .unit = {"107", 12418},
         .scheme = "nd09",
         .period = "2025-S1",
         .at = {UINT64_MAX, 1}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct message m = {.kind = MSG_RECONCILE_ASK, .reconcile_ask = bad[i]}, out;
        struct bytes b = {0};
        struct arena a = {0};
        struct err e = {0};

        wire_pack_message(&m, &b);
        assert_false(wire_read_message(span_of(&b), &a, &out, &e));
        assert_int_equal(e.kind, ERR_INPUT);
        bytes_clear(&b);
        arena_clear(&a);
    }
}

/* -- files ----------------------------------------------------------------------------
 */

static struct reconcile_doc doc_of(enum reconcile_side side, struct reconcile_unit *u,
                                   struct arena *a)
{
    struct reconcile_doc d = {
        .scheme = "nd09", .period = "2025-S1", .units = u, .n_units = 1};

    d.party = (struct reconcile_party){
        side, side == SIDE_COLLECTOR ? "107" : "12", "Tỉnh \"Lai Châu\"", {1, 500},
                 9000
    };
    memset(d.province, 'a', 2 * HASH_LEN);
    ready(u, a);
    return d;
}

static void a_file_reads_as_it_was_written(void **state)
{
    struct arena a = {0};
    struct reconcile_unit u = unit_of(50, &a);
    struct reconcile_doc d, back;
    struct bytes file = {0}, again = {0};
    struct err e = {0};

    (void)state;
    u.lines[7].verdict = VERDICT_REFUSED;
    u.lines[7].state = RECONCILE_NOT_COUNTED;
    u.lines[8].has_by = u.lines[8].desk = true;
    u.lines[8].by = u.lines[9].item;
    d = doc_of(SIDE_PROVINCE, &u, &a);
    reconcile_doc_put(&d, &file);
    if (!reconcile_doc_read(span_of(&file), &a, &back, &e))
        fail_msg("%s", e.text);
    reconcile_doc_put(&back, &again);
    assert_true(span_eq(span_of(&file), span_of(&again)));
    bytes_clear(&file);
    bytes_clear(&again);
    arena_clear(&a);
}

static bool same_lines(const struct reconcile_unit *x, const struct reconcile_unit *y)
{
    if (x->n != y->n)
        return false;
    for (size_t i = 0; i < x->n; i++)
        if (!hash_eq(&x->lines[i].item, &y->lines[i].item) ||
            x->lines[i].verdict != y->lines[i].verdict)
            return false;
    return true;
}

/* Any byte may be wrong: what is read all the same says the same items and verdicts. */
static void a_changed_file_is_refused(void **state)
{
    struct arena a = {0};
    struct reconcile_unit u = unit_of(3, &a);
    struct reconcile_doc d = doc_of(SIDE_PROVINCE, &u, &a);
    struct bytes file = {0};
    size_t refused = 0;

    (void)state;
    reconcile_doc_put(&d, &file);
    for (size_t i = 0; i < file.n; i++) {
        const unsigned char with = (unsigned char)(1 << (i % 8));
        struct arena b = {0};
        struct reconcile_doc back;
        struct err e = {0};

        file.p[i] ^= with;
        if (reconcile_doc_read(span_of(&file), &b, &back, &e)) {
            assert_true(back.n_units == 1 && same_lines(&u, &back.units[0]));
        } else {
            assert_int_equal(e.kind, ERR_INPUT);
            assert_true(e.text[0] != 0);
            refused++;
        }
        file.p[i] ^= with;
        arena_clear(&b);
    }
    assert_true(refused > file.n / 2);
    for (size_t n = 0; n < file.n - 1; n += 7) { /* and cut anywhere */
        struct arena b = {0};
        struct reconcile_doc back;
        struct err e = {0};

        assert_false(reconcile_doc_read((struct span){file.p, n}, &b, &back, &e));
        arena_clear(&b);
    }
    bytes_clear(&file);
    arena_clear(&a);
}

static void files_of_other_things_are_not_compared(void **state)
{
    struct arena a = {0};
    struct reconcile_unit u = unit_of(10, &a), v = unit_of(10, &a);
    struct reconcile_doc own = doc_of(SIDE_PROVINCE, &u, &a),
                         with = doc_of(SIDE_COLLECTOR, &v, &a);
    struct reconcile_result r;
    struct err e = {0};

    (void)state;
    assert_true(reconcile_docs(&own, &with, NULL, &a, &r, &e));
    assert_int_equal(r.lower.side, SIDE_COLLECTOR);
    assert_true(reconcile_equal(&r));
    reconcile_result_clear(&r);
    assert_false(reconcile_docs(&own, &with, "108", &a, &r, &e));
    assert_non_null(strstr(e.text, "108"));
    with.period = "2025-S2";
    assert_false(reconcile_docs(&own, &with, NULL, &a, &r, &e));
    assert_non_null(strstr(e.text, "2025-S2"));
    with.period = own.period;
    with.province[0] = 'b';
    assert_false(reconcile_docs(&own, &with, NULL, &a, &r, &e));
    assert_int_equal(e.kind, ERR_INPUT);
    arena_clear(&a);
}

/* The ministry has no content, and so no period, of what was refused. */
static void a_ministry_is_compared_as_far_as_the_feed_goes(void **state)
{
    struct arena a = {0};
    struct reconcile_unit u = unit_of(10, &a), v = unit_of(10, &a);
    struct reconcile_doc own, with;
    struct reconcile_result r, back;
    struct bytes file = {0}, again = {0};
    struct err e = {0};

    (void)state;
    u.lines[3].verdict = VERDICT_REFUSED;
    u.lines[5].verdict = VERDICT_CONFLICT;
    u.lines[6].at = (struct log_pos){1, 501}; /* behind the cursor */
    v.lines[3] = v.lines[9];
    v.lines[5].verdict = VERDICT_CONFLICT;
    v.lines[6] = v.lines[8];
    v.n = 8;
    own = doc_of(SIDE_PROVINCE, &u, &a);
    with = doc_of(SIDE_MINISTRY, &v, &a);
    assert_true(reconcile_docs(&own, &with, NULL, &a, &r, &e));
    assert_true(r.fed);
    assert_int_equal(only_kind(&r), DIFFER_LATER);
    reconcile_result_put(&r, &file);
    if (!reconcile_result_read(span_of(&file), &a, &back, &e))
        fail_msg("%s", e.text);
    reconcile_result_put(&back, &again);
    assert_true(span_eq(span_of(&file), span_of(&again)));
    reconcile_result_clear(&r);
    reconcile_result_clear(&back);
    bytes_clear(&file);
    bytes_clear(&again);
    arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_lists_take_one_question),
        cmocka_unit_test(narrowing_finds_exactly_what_differs),
        cmocka_unit_test(a_side_that_lost_all_is_told_in_pages),
        cmocka_unit_test(all_units_are_told_by_a_line_each),
        cmocka_unit_test(a_line_is_item_and_verdict_whatever_its_order),
        cmocka_unit_test(contradictions_are_named),
        cmocka_unit_test(every_difference_has_its_reason),
        cmocka_unit_test(what_only_the_province_has),
        cmocka_unit_test(equal_is_equal),
        cmocka_unit_test(messages_that_make_no_sense_are_refused),
        cmocka_unit_test(a_file_reads_as_it_was_written),
        cmocka_unit_test(a_changed_file_is_refused),
        cmocka_unit_test(files_of_other_things_are_not_compared),
        cmocka_unit_test(a_ministry_is_compared_as_far_as_the_feed_goes),
    };

    if (!crypto_init())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
