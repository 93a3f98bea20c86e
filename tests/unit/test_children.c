/* The confined children of serve: the signer keeps one statement a number for ever, the
 * parser's answers are taken by bounds alone, and a dead parser is replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aggregator/ingest/parser.h"
#include "aggregator/ingest/signer.h"
#include "proto/base/file.h"
#include "proto/batch.h"
#include "proto/feed.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

struct fixture {
    char dir[64], key[96], log[96];
    struct keypair pair;
    struct signer signer;
    struct err e;
};

static int set_up(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    *state = fx;
    snprintf(fx->dir, sizeof fx->dir, "/tmp/htx-children.XXXXXX");
    if (mkdtemp(fx->dir) == NULL)
        return -1;
    snprintf(fx->key, sizeof fx->key, "%s/receipt.sign", fx->dir);
    snprintf(fx->log, sizeof fx->log, "%s/signer.log", fx->dir);
    keypair_new(&fx->pair);
    return keypair_write(fx->key, &fx->pair, &fx->e) &&
                   signer_start(&fx->signer, fx->key, fx->log, &fx->e)
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    struct fixture *fx = *state;

    signer_stop(&fx->signer);
    unlink(fx->key);
    unlink(fx->log);
    rmdir(fx->dir);
    free(fx);
    return 0;
}

static struct bytes statement(const struct fixture *fx, uint64_t number, int64_t time)
{
    struct statement st = {.epoch = 1,
                           .number = number,
                           .first_seq = number,
                           .last_seq = number,
                           .time = time,
                           .key = fx->pair.pub};
    struct bytes b = {0};

    wire_pack_statement(&st, &b);
    return b;
}

static bool signs(struct fixture *fx, uint64_t number, int64_t time)
{
    struct bytes b = statement(fx, number, time);
    struct signature s;
    bool ok = signer_sign(&fx->signer, span_of(&b), &s, &fx->e);

    if (ok)
        assert_true(sign_holds(DOMAIN_STATEMENT, &fx->pair.pub, span_of(&b), &s));
    bytes_clear(&b);
    return ok;
}

static void again(struct fixture *fx)
{
    signer_stop(&fx->signer);
    assert_true(signer_start(&fx->signer, fx->key, fx->log, &fx->e));
}

static void a_number_is_signed_for_one_statement_only(void **state)
{
    struct fixture *fx = *state;

    assert_true(signs(fx, 1, 10));
    assert_true(signs(fx, 2, 20));
    assert_true(signs(fx, 1, 10)); /* the same question, the same answer */
    assert_false(signs(fx, 1, 11));
    assert_true(signs(fx, 5, 50));
    assert_false(signs(fx, 4, 40)); /* numbers only rise: 5 was signed */
    again(fx);
    assert_true(signs(fx, 2, 20));
    assert_false(signs(fx, 2, 21));
    assert_true(signs(fx, 6, 60));
}

static bool signs_page(struct fixture *fx, enum feed_chain chain, uint64_t epoch,
                       uint64_t page, int64_t time)
{
    struct feed_header h = {.version = FEED_VERSION,
                            .chain = chain,
                            .epoch = epoch,
                            .page = page,
                            .has_previous = epoch != 1 || page != 1,
                            .previous_epoch = page > 1 ? epoch : epoch - 1,
                            .previous_page = page > 1 ? page - 1 : 9,
                            .commit_epoch = epoch,
                            .first_number = 1,
                            .last_number = 1,
                            .first_seq = 1,
                            .last_seq = 1,
                            .sealed_at = time,
                            .key = fx->pair.pub};
    struct bytes b = {0};
    struct signature s;
    bool ok;

    wire_pack_feed_header(&h, &b);
    ok = signer_sign_page(&fx->signer, span_of(&b), &s, &fx->e);
    if (ok)
        assert_true(sign_holds(DOMAIN_FEED_SIGN, &fx->pair.pub, span_of(&b), &s));
    bytes_clear(&b);
    return ok;
}

static void a_page_is_signed_once_and_by_the_signer_of_pages(void **state)
{
    struct fixture *fx = *state;
    char *full = mem_printf("%s/full", fx->dir),
         *public = mem_printf("%s/public", fx->dir);
    struct pubkey key;

    assert_false(signs_page(fx, FEED_FULL, 1, 1, 10)); /* that one signs commits */
    signer_stop(&fx->signer);
    assert_true(signer_start_feed(&fx->signer, fx->key, full, public, &fx->e));
    assert_true(signs_page(fx, FEED_FULL, 1, 1, 10));
    assert_true(signs_page(fx, FEED_FULL, 1, 1, 10));
    assert_false(signs_page(fx, FEED_FULL, 1, 1, 11)); /* a second header */
    assert_true(signs_page(fx, FEED_PUBLICATIONS, 1, 1, 11));
    assert_true(signs_page(fx, FEED_FULL, 2, 1, 12));
    assert_false(signs_page(fx, FEED_FULL, 1, 2, 13)); /* that epoch has ended */
    assert_false(signs(fx, 1, 10));                    /* and no statement */
    assert_true(signer_key(&fx->signer, &key, &fx->e));
    assert_memory_equal(key.b, fx->pair.pub.b, sizeof key.b);
    signer_stop(&fx->signer);
    assert_true(signer_start_feed(&fx->signer, fx->key, full, public, &fx->e));
    assert_false(signs_page(fx, FEED_FULL, 2, 1, 14));
    unlink(full);
    unlink(public);
    free(full);
    free(public);
}

static void the_newest_signed_commit_is_known(void **state)
{
    struct fixture *fx = *state;
    uint64_t epoch, number;
    struct hash hash, expected;
    struct bytes b = statement(fx, 7, 70);

    assert_true(signer_newest(&fx->signer, &epoch, &number, &hash, &fx->e));
    assert_int_equal(number, 0);
    assert_true(signs(fx, 3, 30));
    assert_true(signs(fx, 7, 70));
    assert_true(signer_newest(&fx->signer, &epoch, &number, &hash, &fx->e));
    expected = hash_of(DOMAIN_STATEMENT, span_of(&b));
    assert_int_equal(number, 7);
    assert_true(hash_eq(&hash, &expected));
    bytes_clear(&b);
}

static void a_record_torn_by_a_power_cut_was_never_signed(void **state)
{
    struct fixture *fx = *state;

    assert_true(signs(fx, 1, 10));
    assert_true(signs(fx, 2, 20));
    signer_stop(&fx->signer);
    assert_int_equal(truncate(fx->log, 48 + 20), 0);
    assert_true(signer_start(&fx->signer, fx->key, fx->log, &fx->e));
    assert_true(signs(fx, 1, 10));
    assert_true(signs(fx, 2, 21));
}

static void another_key_or_no_statement_at_all_is_refused(void **state)
{
    struct fixture *fx = *state;
    struct bytes b;
    struct signature s;

    assert_false(signer_sign(&fx->signer, span_str("give me a signature"), &s, &fx->e));
    fx->pair.pub.b[0] ^= 1;
    b = statement(fx, 1, 10);
    fx->pair.pub.b[0] ^= 1;
    assert_false(signer_sign(&fx->signer, span_of(&b), &s, &fx->e));
    assert_true(signs(fx, 1, 10));
    bytes_clear(&b);
}

/* -- parser ------------------------------------------------------------------------- */

static struct bytes bundle;

static struct bytes sample_batch(void)
{
    static struct observation obs[] = {
        {.indicator = 1, .state = OBS_VALUE, .value = 5, .as_of = 19000, .text = "năm"}
    };
    struct report r = {
        .version = 1,
        .unit = {"106",              12418},
        .form = "htx_list",
        .form_version = 1,
        .subject = { .kind = SUBJECT_HTX,
                 .scheme = ID_TAX,
                 .id = "6200001234",
                 .name = "HTX A"},
        .scheme = "nd09",
        .period = "2025-S1",
        .vintage = VINTAGE_ACTUAL,
        .channel = CHANNEL_TERRITORIAL,
        .revision = 1,
        .catalogue = 1,
        .obs = obs,
        .n_obs = 1
    };
    struct batch_header h = {.unit = r.unit, .epoch = 1, .number = 1};
    struct bytes body = {0}, wire = {0};
    struct keypair key;
    struct item item;
    struct hash hash;
    struct err e;

    keypair_new(&key);
    assert_true(wire_pack_report(&r, &body, &e));
    item = (struct item){ITEM_REPORT, span_of(&body)};
    hash = item_hash(ITEM_REPORT, item.body);
    batch_seal(&h, &item, &hash, 1, &key, &wire, &hash);
    bytes_clear(&body);
    return wire;
}

static void a_dead_parser_is_replaced_and_knows_its_catalogue(void **state)
{
    struct parser p = {0};
    struct span list[] = {span_of(&bundle)};
    struct bytes wire = sample_batch();
    struct arena a = {0};
    struct parsed out;
    struct err e = {0};

    (void)state;
    assert_true(parser_start(&p, &e));
    assert_true(parser_catalogues(&p, list, 1, &e));
    assert_true(parser_parse(&p, span_of(&wire), &a, &out, &e));
    assert_int_equal(out.kind, PARSED_BATCH);
    assert_int_equal(out.reject, REJECT_NONE);
    assert_string_equal(out.items[0].report.subject, "tax:6200001234");
    parsed_clear(&out);
    kill(p.pid, SIGKILL);
    assert_true(parser_parse(&p, span_of(&wire), &a, &out, &e));
    assert_int_equal(out.items[0].not_now,
                     NOT_NOW_NONE); /* the catalogue is there again */
    parsed_clear(&out);
    parser_stop(&p);
    arena_clear(&a);
    bytes_clear(&wire);
}

/* Whatever a parser gone wrong may send: taken within its bounds, or refused. */
static void no_answer_of_the_parser_can_lead_beyond_its_end(void **state)
{
    struct catalogue *cat;
    struct bytes wire = sample_batch(), flat = {0};
    struct arena a = {0};
    struct parsed p, back;
    struct err e = {0};
    uint32_t dice = 12345;

    (void)state;
    assert_true(catalogue_load(&cat, span_of(&bundle), &e));
    parse_message(span_of(&wire), &(struct catalogues){&cat, 1}, &a, &p);
    parsed_put(&p, &flat);
    parsed_clear(&p);
    assert_true(parsed_get(span_of(&flat), &a, &back, &e));
    assert_string_equal(back.items[0].report.name, "HTX A");
    parsed_clear(&back);
    for (size_t n = 0; n < flat.n; n++)
        assert_false(parsed_get((struct span){flat.p, n}, &a, &back, &e));
    for (int i = 0; i < 20000; i++) {
        size_t at;
        unsigned char was;

        dice = dice * 1664525 + 1013904223;
        at = dice % flat.n;
        was = flat.p[at];
        flat.p[at] = (unsigned char)(dice >> 24);
        if (parsed_get(span_of(&flat), &a, &back, &e))
            parsed_clear(&back);
        flat.p[at] = was;
        arena_clear(&a);
    }
    catalogue_close(&cat);
    bytes_clear(&wire);
    bytes_clear(&flat);
    arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_number_is_signed_for_one_statement_only, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_page_is_signed_once_and_by_the_signer_of_pages,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_newest_signed_commit_is_known, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_record_torn_by_a_power_cut_was_never_signed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_key_or_no_statement_at_all_is_refused,
                                        set_up, tear_down),
        cmocka_unit_test(a_dead_parser_is_replaced_and_knows_its_catalogue),
        cmocka_unit_test(no_answer_of_the_parser_can_lead_beyond_its_end),
    };
    struct err e = {0};
    int failed;

    signal(SIGPIPE, SIG_IGN);
    if (!crypto_init() || !catalogue_bundle("schema/catalogue", &bundle, &e))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    bytes_clear(&bundle);
    return failed;
}
