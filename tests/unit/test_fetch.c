/* A province's feed from the reader's side: what is asked for, and how much of it may be
 * under way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aggregator/ministry/fetch.h"

enum { LARGE = 3 * 1024 * 1024, SMALL = 100000, ALL = 64 };

struct line { /* what was asked for and not answered yet */
    struct fetch fetch;
    struct feed_request asked[ALL];
    size_t n;
    unsigned opened;
};

static const struct hash PROVINCE = {{1}};

static void sent(void *ctx, struct span message)
{
    struct line *l = ctx;
    struct arena a = {0};
    struct message m;
    struct err e = {0};

    assert_true(wire_read_message(message, &a, &m, &e));
    if (m.kind == MSG_FEED_OPEN) {
        l->opened++;
    } else {
        assert_int_equal(m.kind, MSG_FEED_REQUEST);
        assert_true(l->n < ALL);
        l->asked[l->n++] = m.feed_request;
    }
    arena_clear(&a);
}

static void say(struct line *l, const struct message *m)
{
    struct bytes b = {0};

    wire_pack_message(m, &b);
    fetch_message(&l->fetch, span_of(&b), 1);
    bytes_clear(&b);
}

static int set_up(void **state)
{
    *state = mem_new(sizeof(struct line));
    return 0;
}

static int tear_down(void **state)
{
    struct line *l = *state;

    fetch_clear(&l->fetch);
    free(l);
    return 0;
}

/* Pages 1 to `newest` of epoch 1 are there, none is stored. */
static void open_line(struct line *l, uint64_t newest)
{
    const struct feed_cursor at = {.chain = FEED_FULL};
    const struct message state = {
        .kind = MSG_FEED_STATE,
        .feed_state = {.version = FEED_VERSION,
                       .province = PROVINCE,
                       .newest = {.chain = FEED_FULL, .epoch = 1, .page = newest},
                       .next = {.chain = FEED_FULL, .epoch = 1, .page = 1}}
    };

    fetch_init(&l->fetch, &PROVINCE, sent, l);
    fetch_ask(&l->fetch, &at, 1);
    say(l, &state);
}

static size_t held(const struct line *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->fetch.n; i++)
        n += l->fetch.pages[i].file.n;
    return n;
}

/* Answers everything that is asked for, until nothing is; the most that was held. */
static size_t answer_all(struct line *l, uint32_t total)
{
    unsigned char *data = mem_new(FEED_PART);
    size_t most = 0;

    while (l->n > 0) {
        const struct feed_request r = l->asked[--l->n];
        uint32_t left = total - r.offset;
        const struct message part = {
            .kind = MSG_FEED_PART,
            .feed_part = {.page = r.page,
                          .offset = r.offset,
                          .total = total,
                          .data = {data, left < FEED_PART ? left : FEED_PART}}
        };

        say(l, &part);
        assert_int_equal(l->fetch.state, FETCH_LOADING);
        if (held(l) > most)
            most = held(l);
    }
    free(data);
    return most;
}

/* Takes what is whole, until the feed is asked again: how many pages, each once. */
static uint64_t take_all(struct line *l, uint32_t total, size_t *most)
{
    uint64_t page = 0;

    *most = 0;
    while (l->opened == 1) {
        struct span files[FETCH_AHEAD];
        size_t m = answer_all(l, total), n = fetch_ready(&l->fetch, files, FETCH_AHEAD);
        struct feed_cursor at = {.chain = FEED_FULL, .epoch = 1};

        if (m > *most)
            *most = m;
        assert_true(n > 0);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(files[i].n, total);
            assert_int_equal(l->fetch.pages[i].page, ++page);
        }
        at.page = page;
        fetch_taken(&l->fetch, n, &at, 1);
    }
    return page;
}

static void small_pages_come_side_by_side(void **state)
{
    struct line *l = *state;
    size_t most;

    open_line(l, 20);
    assert_int_equal(l->n, FETCH_AHEAD);
    assert_int_equal(take_all(l, SMALL, &most), 20);
    assert_int_equal(most, FETCH_AHEAD * SMALL);
}

static void large_pages_come_one_by_one(void **state)
{
    struct line *l = *state;
    size_t most;

    open_line(l, 9);
    assert_int_equal(take_all(l, LARGE, &most), 9);
    assert_true(most <= LARGE + (FETCH_AHEAD - 1) * FEED_PART);
}

static void what_nobody_asked_for_is_let_pass(void **state)
{
    struct line *l = *state;
    const struct message part = {
        .kind = MSG_FEED_PART,
        .feed_part = {.page = {.chain = FEED_FULL, .epoch = 1, .page = 7},
                      .total = 1,
                      .data = {(const unsigned char *)"x", 1}}
    };

    open_line(l, 9);
    say(l, &part);
    assert_int_equal(held(l), 0);
    assert_int_equal(l->fetch.state, FETCH_LOADING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(small_pages_come_side_by_side, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_pages_come_one_by_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_nobody_asked_for_is_let_pass, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
