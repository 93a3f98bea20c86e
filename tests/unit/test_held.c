/* held, backflow: what a collector believes of what the province sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/backflow.h"
#include "proto/base/file.h"
#include "proto/merkle.h"
#include "proto/page.h"

#include <stdlib.h>
#include <unistd.h>

struct fixture {
    char dir[64];
    struct app app;
    struct app_unit unit;
    struct keypair officers[3], receipt;
    struct bytes bundle;
    struct err e;
};

static int set_up(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);
    struct genesis *g = &fx->app.genesis;
    char *path;

    *state = fx;
    snprintf(fx->dir, sizeof fx->dir, "/tmp/htx-held-XXXXXX");
    if (mkdtemp(fx->dir) == NULL)
        return -1;
    fx->app.state = fx->dir;
    fx->unit.key = (struct unit_key){"106", 12418};
    g->hash.b[0] = 7;
    keypair_new(&fx->receipt);
    g->keys[g->n_keys++] = fx->receipt.pub;
    for (size_t i = 0; i < 3; i++) {
        keypair_new(&fx->officers[i]);
        snprintf(g->officers.list[i].code, sizeof g->officers.list[i].code, "o%zu", i);
        g->officers.list[i].key = fx->officers[i].pub;
        g->officers.n++;
    }
    path = mem_printf("%s/outbox.sqlite", fx->dir);
    if (!outbox_open(&fx->app.outbox, path, 0, &fx->e) ||
        !catalogue_bundle("schema/catalogue", &fx->bundle, &fx->e)) {
        fprintf(stderr, "%s\n", fx->e.text);
        return -1;
    }
    free(path);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fx = *state;
    char *line = mem_printf("rm -rf %s", fx->dir);
    int rc;

    outbox_close(&fx->app.outbox);
    bytes_clear(&fx->bundle);
    rc = system(line);
    free(line);
    free(fx);
    return rc;
}

/* -- catalogues ------------------------------------------------------------------------
 */

static struct offer offer_of(struct fixture *fx, struct endorsement list[2], size_t n,
                             int32_t from)
{
    struct catalogue_act act = {.province = fx->app.genesis.hash,
                                .version = 1,
                                .bundle = hash_of(DOMAIN_CATALOGUE, span_of(&fx->bundle)),
                                .from = from};
    struct offer o = {.from = from, .endorsements = list, .n_endorsements = n};

    o.blob.kind = BLOB_CATALOGUE;
    o.blob.version = 1;
    o.blob.hash = act.bundle;
    o.blob.total = (uint32_t)fx->bundle.n;
    for (size_t i = 0; i < n; i++)
        list[i] = endorse(&act, &fx->officers[i]);
    return o;
}

static uint32_t in_force(struct fixture *fx, const char *today)
{
    struct catalogue *cat;
    struct held_version newest;
    uint32_t version;

    held_open(fx->dir, &fx->app.genesis, date_read(today), &cat, &newest);
    version = cat != NULL ? cat->version : 0;
    catalogue_close(&cat);
    return version;
}

static void two_signatures_and_the_bytes_they_speak_of(void **state)
{
    struct fixture *fx = *state;
    struct endorsement list[2];
    struct offer o = offer_of(fx, list, 1, date_read("2025-01-01"));
    bool wanted, fresh;

    assert_false(backflow_offer(&fx->app, &fx->unit, &o, &wanted, &fresh, &fx->e));
    assert_int_equal(fx->e.kind, ERR_INPUT);
    /* bytes without signatures are not kept */
    assert_false(backflow_blob(&fx->app, &fx->unit, &o.blob, span_of(&fx->bundle), &fresh,
                               &fx->e));
    o = offer_of(fx, list, 2, date_read("2025-01-01"));
    o.from++; /* another day than they signed */
    assert_false(backflow_offer(&fx->app, &fx->unit, &o, &wanted, &fresh, &fx->e));
    o.from--;
    assert_true(backflow_offer(&fx->app, &fx->unit, &o, &wanted, &fresh, &fx->e));
    assert_true(wanted);
    assert_int_equal(in_force(fx, "2025-06-16"), 0); /* signatures alone are nothing */
    fx->bundle.p[100] ^= 1;
    assert_false(backflow_blob(&fx->app, &fx->unit, &o.blob, span_of(&fx->bundle), &fresh,
                               &fx->e));
    fx->bundle.p[100] ^= 1;
    assert_true(backflow_blob(&fx->app, &fx->unit, &o.blob, span_of(&fx->bundle), &fresh,
                              &fx->e));
    assert_true(fresh);
    assert_int_equal(in_force(fx, "2025-06-16"), 1);
    assert_int_equal(in_force(fx, "2024-12-31"), 0); /* not before its day */
    assert_true(backflow_offer(&fx->app, &fx->unit, &o, &wanted, &fresh, &fx->e));
    assert_false(wanted); /* it is here */
}

static void a_version_that_calls_itself_otherwise_is_not_kept(void **state)
{
    struct fixture *fx = *state;
    struct catalogue_act act = {.province = fx->app.genesis.hash,
                                .version = 2,
                                .bundle = hash_of(DOMAIN_CATALOGUE, span_of(&fx->bundle)),
                                .from = date_read("2025-01-01")};
    struct endorsement list[2] = {endorse(&act, &fx->officers[0]),
                                  endorse(&act, &fx->officers[2])};
    struct offer o = {.from = act.from, .endorsements = list, .n_endorsements = 2};
    bool wanted, fresh;

    o.blob.kind = BLOB_CATALOGUE;
    o.blob.version = 2;
    o.blob.hash = act.bundle;
    o.blob.total = (uint32_t)fx->bundle.n;
    assert_true(backflow_offer(&fx->app, &fx->unit, &o, &wanted, &fresh, &fx->e));
    assert_false(backflow_blob(&fx->app, &fx->unit, &o.blob, span_of(&fx->bundle), &fresh,
                               &fx->e));
    assert_non_null(strstr(fx->e.text, "calls itself"));
    assert_int_equal(in_force(fx, "2025-06-16"), 0);
}

/* -- pages -----------------------------------------------------------------------------
 */

static void only_the_units_own_page_is_kept(void **state)
{
    struct fixture *fx = *state;
    struct page_head head = {
        .unit = {"107", 12418}
    };
    struct blob_ref ref = {.kind = BLOB_REGISTER};
    struct bytes page = {0};
    struct have have;
    bool fresh;

    page_begin(&page, &head);
    assert_false(
        backflow_blob(&fx->app, &fx->unit, &ref, span_of(&page), &fresh, &fx->e));
    assert_int_equal(fx->e.kind, ERR_INPUT);
    assert_true(backflow_have(&fx->app, &fx->unit, &have, &fx->e));
    assert_false(have.has_page);
    head.unit.code = "106";
    page_begin(&page, &head);
    assert_true(backflow_blob(&fx->app, &fx->unit, &ref, span_of(&page), &fresh, &fx->e));
    assert_false(fresh);
    assert_true(backflow_have(&fx->app, &fx->unit, &have, &fx->e));
    assert_true(have.has_page);
    assert_int_equal(have.notice.epoch, 0);
    bytes_clear(&page);
}

/* -- notices ---------------------------------------------------------------------------
 */

struct proof {
    struct bytes statement;
    struct notice notice;
};

/* A notice alone in its commit, at this position. */
static void prove(struct fixture *fx, struct proof *p, const char *act, uint64_t seq,
                  uint64_t before)
{
    struct hash leaf = hash_of(DOMAIN_CONTROL, span_str(act));
    struct statement st = {.epoch = 1,
                           .number = seq,
                           .first_seq = seq,
                           .last_seq = seq,
                           .province = fx->app.genesis.hash,
                           .root = merkle_root(&leaf, 1),
                           .key = fx->receipt.pub};

    p->statement.n = 0;
    wire_pack_statement(&st, &p->statement);
    p->notice = (struct notice){
        .act = span_str(act),
        .leaves = 1,
        .statement = span_of(&p->statement),
        .signature = sign(DOMAIN_STATEMENT, &fx->receipt, span_of(&p->statement))};
    p->notice.previous.epoch = before != 0;
    p->notice.previous.seq = before;
}

static void notices_are_kept_in_order_and_once(void **state)
{
    static const char OURS[] =
        "{\"notice\":\"ask\",\"text\":\"Vì sao?\",\"unit\":\"106\","
        "\"unit_from\":\"2004-01-01\"}";
    static const char THEIRS[] =
        "{\"notice\":\"ask\",\"unit\":\"107\",\"unit_from\":\"2004-01-01\"}";
    struct fixture *fx = *state;
    struct proof p = {.statement = {0}};
    struct log_pos newest;
    bool fresh;

    prove(fx, &p, OURS, 20, 10);
    assert_true(backflow_notice(&fx->app, &fx->unit, &p.notice, &fresh, &fx->e));
    assert_false(fresh); /* the one at 10 is missing: it will come first */
    prove(fx, &p, OURS, 10, 0);
    assert_true(backflow_notice(&fx->app, &fx->unit, &p.notice, &fresh, &fx->e));
    assert_true(fresh);
    assert_true(backflow_notice(&fx->app, &fx->unit, &p.notice, &fresh, &fx->e));
    assert_false(fresh);
    prove(fx, &p, OURS, 20, 10);
    assert_true(backflow_notice(&fx->app, &fx->unit, &p.notice, &fresh, &fx->e));
    assert_true(fresh);
    prove(fx, &p, THEIRS, 30, 20);
    assert_false(backflow_notice(&fx->app, &fx->unit, &p.notice, &fresh, &fx->e));
    assert_int_equal(fx->e.kind, ERR_INPUT);
    prove(fx, &p, OURS, 40, 20);
    p.notice.signature.b[0] ^= 1;
    assert_false(backflow_notice(&fx->app, &fx->unit, &p.notice, &fresh, &fx->e));
    assert_true(outbox_notice_newest(fx->app.outbox, &fx->unit.key, &newest, &fx->e));
    assert_int_equal(newest.seq, 20);
    bytes_clear(&p.statement);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(two_signatures_and_the_bytes_they_speak_of),
        STORY(a_version_that_calls_itself_otherwise_is_not_kept),
        STORY(only_the_units_own_page_is_kept),
        STORY(notices_are_kept_in_order_and_once),
    };

    return !crypto_init() || cmocka_run_group_tests(tests, NULL, NULL);
}
