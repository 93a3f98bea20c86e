/* sender: a collector's connection against a province that answers as each story wants.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "collectors/app.h"
#include "collectors/sender.h"
#include "collectors/spool.h"
#include "proto/base/file.h"
#include "proto/base/loop.h"
#include "proto/merkle.h"

enum { PATIENCE_MS = 8000 };

/* What the province does with a batch. */
enum manner {
    ANSWERS,
    ANSWERS_WITH_A_WRONG_KEY,
    SAYS_NOT_NOW_ONCE,
    IS_SILENT_ONCE,
    REJECTS,
};

struct fixture {
    char dir[64];
    struct app app;
    struct loop *loop;
    struct sender *sender;
    /* the province */
    void *ctx, *router;
    int router_id, port;
    struct curve_pair curve;
    struct keypair receipt, stranger;
    enum manner manner;
    struct head head; /* that welcome names; number 0: none */
    int hellos, batches;
    uint64_t seq;
    bool (*done)(struct fixture *fx);
    int64_t until;
    struct err e;
};

static const struct unit_key UNIT = {"106", 12418};

/* -- the province ------------------------------------------------------------------ */

static void reply(struct fixture *fx, zmq_msg_t *peer, const struct message *m)
{
    struct bytes b = {0};

    wire_pack_message(m, &b);
    zmq_send(fx->router, zmq_msg_data(peer), zmq_msg_size(peer), ZMQ_SNDMORE);
    zmq_send(fx->router, b.p, b.n, 0);
    bytes_clear(&b);
}

static void welcome(struct fixture *fx, zmq_msg_t *peer)
{
    struct message m = {.kind = MSG_WELCOME};

    fx->hellos++;
    m.welcome.version = 1;
    m.welcome.heads = &fx->head;
    m.welcome.n_heads = fx->head.number != 0;
    m.welcome.catalogue = 1;
    m.welcome.report_version = REPORT_VERSION;
    m.welcome.credit = 4;
    reply(fx, peer, &m);
}

/* One commit of one item: the leaf is the root. */
static void receipt_of(struct fixture *fx, const struct item *item, struct arena *a,
                       struct receipt *r)
{
    bool wrong = fx->manner == ANSWERS_WITH_A_WRONG_KEY;
    const struct keypair *key = wrong ? &fx->stranger : &fx->receipt;
    struct leaf leaf = {.item_hash = item_hash(item->kind, item->body),
                        .kind = item->kind,
                        .unit = UNIT,
                        .epoch = 1,
                        .seq = ++fx->seq,
                        .verdict = VERDICT_ACCEPTED,
                        .catalogue = 1,
                        .findings_hash = hash_of(DOMAIN_FINDINGS, span_str(""))};
    struct statement st = {.province = fx->app.genesis.hash,
                           .epoch = 1,
                           .number = fx->seq,
                           .first_seq = fx->seq,
                           .last_seq = fx->seq,
                           .time = 1000,
                           .key = key->pub};
    struct bytes packed = {0};

    wire_pack_leaf(&leaf, &packed);
    r->leaf = (struct span){(unsigned char *)arena_strn(a, packed.p, packed.n), packed.n};
    st.root = hash_of(DOMAIN_LEAF, r->leaf);
    packed.n = 0;
    wire_pack_statement(&st, &packed);
    r->statement =
        (struct span){(unsigned char *)arena_strn(a, packed.p, packed.n), packed.n};
    r->signature = sign(DOMAIN_STATEMENT, key, r->statement);
    r->findings = span_str("");
    r->index = 0;
    r->leaves = 1;
    bytes_clear(&packed);
}

static void receipts(struct fixture *fx, zmq_msg_t *peer, const struct batch *b)
{
    struct message m = {.kind = MSG_RECEIPTS};
    struct arena a = {0};
    struct receipt *list = arena_new(&a, b->n_items * sizeof *list);

    for (size_t i = 0; i < b->n_items; i++)
        receipt_of(fx, &b->items[i], &a, &list[i]);
    m.receipts.batch =
        (struct batch_ref){b->header.unit, b->header.epoch, b->header.number};
    m.receipts.receipts = list;
    m.receipts.n = b->n_items;
    reply(fx, peer, &m);
    arena_clear(&a);
}

static void judge(struct fixture *fx, zmq_msg_t *peer, const struct batch *b)
{
    struct batch_ref ref = {b->header.unit, b->header.epoch, b->header.number};
    struct message m = {0};

    fx->batches++;
    switch (fx->manner) {
    case SAYS_NOT_NOW_ONCE:
        fx->manner = ANSWERS;
        m.kind = MSG_NOT_NOW;
        m.not_now.batch = ref;
        m.not_now.reason = NOT_NOW_DATABASE;
        m.not_now.detail = "";
        reply(fx, peer, &m);
        break;
    case IS_SILENT_ONCE:
        fx->manner = ANSWERS;
        break;
    case REJECTS:
        m.kind = MSG_REJECT;
        m.reject.batch = ref;
        m.reject.reason = REJECT_SPEAKER;
        m.reject.detail = "not you";
        reply(fx, peer, &m);
        break;
    case ANSWERS:
    case ANSWERS_WITH_A_WRONG_KEY:
        receipts(fx, peer, b);
        break;
    }
}

static void on_router(void *ctx)
{
    struct fixture *fx = ctx;
    struct arena a = {0};
    struct message m;
    zmq_msg_t peer, body;

    zmq_msg_init(&peer);
    zmq_msg_init(&body);
    if (zmq_msg_recv(&peer, fx->router, ZMQ_DONTWAIT) >= 0 &&
        zmq_msg_recv(&body, fx->router, 0) >= 0) {
        struct span s = {zmq_msg_data(&body), zmq_msg_size(&body)};

        assert_true(wire_read_message(s, &a, &m, &fx->e));
        if (m.kind == MSG_HELLO)
            welcome(fx, &peer);
        else if (m.kind == MSG_BATCH)
            judge(fx, &peer, &m.batch);
    }
    zmq_msg_close(&peer);
    zmq_msg_close(&body);
    arena_clear(&a);
}

static void province_up(struct fixture *fx)
{
    int yes = 1, none = 0;
    char address[64];
    size_t size = sizeof address;

    fx->router = zmq_socket(fx->ctx, ZMQ_ROUTER);
    zmq_setsockopt(fx->router, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(fx->router, ZMQ_CURVE_SERVER, &yes, sizeof yes);
    zmq_setsockopt(fx->router, ZMQ_CURVE_SECRETKEY, fx->curve.secret, CURVE_LEN - 1);
    snprintf(address, sizeof address,
             fx->port == 0 ? "tcp://127.0.0.1:*" : "tcp://127.0.0.1:%d", fx->port);
    for (int i = 0; zmq_bind(fx->router, address) != 0; i++) {
        assert_true(i < 100); /* the port of the one before is being let go */
        usleep(20000);
    }
    zmq_getsockopt(fx->router, ZMQ_LAST_ENDPOINT, address, &size);
    fx->port = atoi(strrchr(address, ':') + 1);
    fx->router_id = loop_add(fx->loop, fx->router, -1, ZMQ_POLLIN, on_router, fx);
}

static void province_down(struct fixture *fx)
{
    loop_remove(fx->loop, fx->router_id);
    zmq_close(fx->router);
    fx->router = NULL;
}

/* -- the collector ----------------------------------------------------------------- */

static void write_text(struct fixture *fx, const char *name, struct bytes *text)
{
    char *path = mem_printf("%s/%s", fx->dir, name);

    assert_true(file_write(path, span_of(text), 0600, &fx->e));
    bytes_clear(text);
    free(path);
}

static void write_files(struct fixture *fx)
{
    char hex[2 * KEY_LEN + 1], cwd[512];
    struct bytes b = {0};

    assert_non_null(getcwd(cwd, sizeof cwd));
    bytes_printf(&b, "[province]\ncode = 12\nname = Lai Châu\ncurve = %s\nreceipt = %s\n",
                 fx->curve.pub, hex_of(fx->receipt.pub.b, KEY_LEN, hex));
    write_text(fx, "genesis.conf", &b);
    bytes_printf(&b,
                 "[collector]\nstate = state\ncatalogue = %s/schema/catalogue\n"
                 "genesis = genesis.conf\nendpoint = tcp://127.0.0.1:%d\nlog = error\n"
                 "reconnect_ms = 20\nreconnect_max_ms = 200\nhello_timeout_ms = 500\n"
                 "answer_timeout_ms = 300\nretry_min_ms = 20\nretry_max_ms = 100\n"
                 "min_free = 0\n[unit 106]\nvalid_from = 2004-01-01\ninbox = inbox\n",
                 cwd, fx->port);
    write_text(fx, "collector.conf", &b);
}

static void write_keys(struct fixture *fx)
{
    char *sign = mem_printf("%s/state/keys/106.sign", fx->dir);
    char *curve = mem_printf("%s/state/keys/106.curve", fx->dir);
    char *keys = mem_printf("%s/state/keys", fx->dir);
    struct keypair k;
    struct curve_pair c;

    keypair_new(&k);
    assert_true(file_mkdirs(keys, &fx->e));
    assert_true(keypair_write(sign, &k, &fx->e));
    assert_true(curve_new(&c, &fx->e) && curve_write(curve, &c, &fx->e));
    free(sign);
    free(curve);
    free(keys);
}

static void nothing(void *ctx)
{
    (void)ctx;
}

static int set_up(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);
    char *conf;
    bool ok;

    *state = fx;
    snprintf(fx->dir, sizeof fx->dir, "/tmp/htx-sender-XXXXXX");
    if (!crypto_init() || mkdtemp(fx->dir) == NULL || !curve_new(&fx->curve, &fx->e))
        return -1;
    keypair_new(&fx->receipt);
    keypair_new(&fx->stranger);
    loop_open(&fx->loop);
    fx->ctx = zmq_ctx_new();
    province_up(fx);
    write_files(fx);
    write_keys(fx);
    conf = mem_printf("%s/collector.conf", fx->dir);
    ok = app_open(&fx->app, conf, &fx->e) && app_open_catalogue(&fx->app, &fx->e) &&
         app_open_keys(&fx->app, &fx->e) && app_open_genesis(&fx->app, &fx->e) &&
         app_open_outbox(&fx->app, &fx->e) &&
         sender_open(&fx->sender, &fx->app, fx->loop, nothing, NULL, &fx->e);
    log_init("test", 0); /* alarms are wanted here, not in the output */
    free(conf);
    if (!ok)
        print_error("%s\n", fx->e.text);
    return ok ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    struct fixture *fx = *state;

    sender_close(&fx->sender);
    app_close(&fx->app);
    if (fx->router != NULL)
        province_down(fx);
    loop_close(&fx->loop);
    zmq_ctx_term(fx->ctx);
    nftw(fx->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(fx);
    return 0;
}

/* A report of this value, in the outbox. */
static void store(struct fixture *fx, int64_t value)
{
    struct observation o = {
        .indicator = 1, .state = OBS_VALUE, .value = value, .as_of = DATE_NONE};
    struct report r = {.version = REPORT_VERSION,
                       .id = uuid_new(clock_wall()),
                       .unit = UNIT,
                       .form = "unit_statement",
                       .form_version = 1,
                       .subject = {.kind = SUBJECT_UNIT},
                       .scheme = "nd09",
                       .period = "2023",
                       .vintage = VINTAGE_ACTUAL,
                       .channel = CHANNEL_TERRITORIAL,
                       .catalogue = 1,
                       .obs = &o,
                       .n_obs = 1};
    struct outbox_line line = {
        .title = "t", .place = "", .outcome = OUTCOME_NEW, .report = &r};
    char claim[37];
    struct outbox_file f = {
        .claim = uuid_text(&r.id, claim), .unit = UNIT, .name = "f.csv", .shown = claim};

    assert_true(outbox_intake(fx->app.outbox, &f, &line, 1, &fx->e));
}

static void seal(struct fixture *fx)
{
    assert_true(sender_seal(fx->sender, &fx->e));
}

static void look(void *ctx)
{
    struct fixture *fx = ctx;

    if (fx->done(fx) || clock_ms() > fx->until)
        loop_stop(fx->loop);
    else
        loop_at(fx->loop, clock_ms() + 5, look, fx);
}

/* Runs both ends until the condition holds; fails when it does not in time. */
static void until(struct fixture *fx, bool (*done)(struct fixture *fx))
{
    struct loop *lp = fx->loop;

    fx->done = done;
    fx->until = clock_ms() + PATIENCE_MS;
    loop_at(lp, clock_ms(), look, fx);
    assert_true(loop_run(lp, &fx->e));
    assert_true(done(fx));
}

static struct outbox_counts counts(struct fixture *fx)
{
    struct outbox_counts n;

    assert_true(outbox_count(fx->app.outbox, &UNIT, &n, &fx->e));
    return n;
}

static struct sender_status status(struct fixture *fx)
{
    struct sender_status s;

    sender_status(fx->sender, &fx->app.units[0], &s);
    return s;
}

static bool one_accepted(struct fixture *fx)
{
    return counts(fx).verdicts[VERDICT_ACCEPTED] == 1;
}

static bool two_accepted(struct fixture *fx)
{
    return counts(fx).verdicts[VERDICT_ACCEPTED] == 2;
}

static bool alarmed(struct fixture *fx)
{
    return status(fx).alarm[0] != 0;
}

static bool greeted(struct fixture *fx)
{
    return fx->hellos > 0;
}

static bool greeted_again(struct fixture *fx)
{
    return fx->hellos > 1 && status(fx).linked;
}

/* ---------------------------------------------------------------------------------- */

static void a_report_gets_its_receipt(void **state)
{
    struct fixture *fx = *state;

    store(fx, 53);
    seal(fx);
    until(fx, one_accepted);
    assert_string_equal(status(fx).state, "up_to_date");
    assert_int_equal(fx->batches, 1);
}

static void a_receipt_of_a_stranger_is_an_alarm(void **state)
{
    struct fixture *fx = *state;

    fx->manner = ANSWERS_WITH_A_WRONG_KEY;
    store(fx, 53);
    seal(fx);
    until(fx, alarmed);
    assert_non_null(strstr(status(fx).alarm, "not trusted"));
    assert_int_equal(counts(fx).on_the_way, 1); /* nothing of it was stored */
    fx->manner = ANSWERS;
    until(fx, one_accepted);
}

static void not_now_is_asked_again(void **state)
{
    struct fixture *fx = *state;

    fx->manner = SAYS_NOT_NOW_ONCE;
    store(fx, 53);
    seal(fx);
    until(fx, one_accepted);
    assert_int_equal(fx->batches, 2);
}

static void silence_is_asked_again(void **state)
{
    struct fixture *fx = *state;

    fx->manner = IS_SILENT_ONCE;
    store(fx, 53);
    seal(fx);
    until(fx, one_accepted);
    assert_int_equal(fx->batches, 2);
}

static void a_rejected_batch_is_an_alarm_and_stays(void **state)
{
    struct fixture *fx = *state;

    fx->manner = REJECTS;
    store(fx, 53);
    seal(fx);
    until(fx, alarmed);
    assert_non_null(strstr(status(fx).alarm, "not you"));
    assert_int_equal(counts(fx).on_the_way, 1);
}

static void a_province_that_was_away_gets_the_rest(void **state)
{
    struct fixture *fx = *state;

    store(fx, 53);
    seal(fx);
    until(fx, one_accepted);
    province_down(fx);
    store(fx, 54);
    seal(fx);
    province_up(fx);
    fx->head.number = 0; /* it forgot everything: it gets the first batch again, too */
    until(fx, two_accepted);
    assert_int_equal(counts(fx).on_the_way, 0);
}

static void an_older_copy_of_the_outbox_begins_a_new_epoch(void **state)
{
    struct fixture *fx = *state;
    struct outbox_head own;

    fx->head = (struct head){UNIT, 1, 5, hash_of(DOMAIN_BATCH, span_str("lost"))};
    until(fx, greeted_again);
    assert_true(outbox_head(fx->app.outbox, &UNIT, &own, &fx->e));
    assert_int_equal(own.epoch, 2);
    store(fx, 53);
    seal(fx);
    until(fx, one_accepted);
}

static void a_fork_is_an_alarm_and_nothing_is_sent(void **state)
{
    struct fixture *fx = *state;

    until(fx, greeted);
    province_down(fx);
    store(fx, 53);
    seal(fx);
    store(fx, 54);
    seal(fx);
    fx->head = (struct head){UNIT, 1, 1, hash_of(DOMAIN_BATCH, span_str("not ours"))};
    province_up(fx);
    until(fx, alarmed);
    assert_non_null(strstr(status(fx).alarm, "equivocation"));
    assert_int_equal(fx->batches, 0);
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORY(a_report_gets_its_receipt),
        STORY(a_receipt_of_a_stranger_is_an_alarm),
        STORY(not_now_is_asked_again),
        STORY(silence_is_asked_again),
        STORY(a_rejected_batch_is_an_alarm_and_stays),
        STORY(a_province_that_was_away_gets_the_rest),
        STORY(an_older_copy_of_the_outbox_begins_a_new_epoch),
        STORY(a_fork_is_an_alarm_and_nothing_is_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
