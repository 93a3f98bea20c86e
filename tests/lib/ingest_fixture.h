/*
 * ingest_fixture - a province over a real PostgreSQL, a unit's batches and the answers,
 * for the tests of ingest and of what flows back.
 */
#ifndef HTX_TEST_INGEST_FIXTURE_H
#define HTX_TEST_INGEST_FIXTURE_H

#include "aggregator/ingest/ingest.h"
#include "aggregator/migrate.h"
#include "proto/batch.h"
#include "proto/receipt.h"
#include "tests/lib/cluster.h"

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static struct cluster cluster;
static bool there;
static struct bytes bundle;
static struct catalogue *cat;

enum { ANSWERS = 64 };

struct fixture {
    struct store_pg_ctx *store;
    struct pg *pg; /* of the administrator, and of the tests' own counting */
    struct ingest *ingest;
    struct keypair receipt_key, unit_key;
    struct curve_pair curve;
    struct hash province;
    struct bytes answers[ANSWERS];
    size_t n_answers;
    uint64_t epoch, number; /* of the unit's newest batch */
    struct hash previous;
    struct store faulty; /* store_pg, but for what a test replaces */
    bool mute_signer;
    struct err e;
};

static struct fixture *now_running; /* for the replaced store operations */

static bool port_sign(void *ctx, struct span statement, struct signature *out,
                      struct err *e)
{
    struct fixture *fx = ctx;

    if (fx->mute_signer)
        return err_set(e, ERR_RETRY, "the signer is gone");
    *out = sign(DOMAIN_STATEMENT, &fx->receipt_key, statement);
    return true;
}

static void port_answer(void *ctx, void *who, struct span message)
{
    struct fixture *fx = ctx;

    (void)who;
    assert_true(fx->n_answers < ANSWERS);
    bytes_add(&fx->answers[fx->n_answers++], message.p, message.n);
}

static void port_changed(void *ctx, const struct context *c)
{
    (void)ctx;
    (void)c;
}

static void forget_answers(struct fixture *fx)
{
    for (size_t i = 0; i < fx->n_answers; i++)
        bytes_clear(&fx->answers[i]);
    fx->n_answers = 0;
}

static void sql(struct fixture *fx, const char *text)
{
    if (!pg_script(fx->pg, text, &fx->e))
        fail_msg("%s: %s", text, fx->e.text);
}

static int64_t count(struct fixture *fx, const char *text)
{
    struct pg_rows r;
    int64_t n;

    if (!pg_query(fx->pg, text, NULL, 0, &r, &fx->e))
        fail_msg("%s: %s", text, fx->e.text);
    n = pg_get_int(&r, 0, 0);
    pg_rows_clear(&r);
    return n;
}

static void start_ingest(struct fixture *fx, bool signs)
{
    struct ingest_ports ports = {.store = &fx->faulty,
                                 .store_ctx = fx->store,
                                 .sign = signs ? port_sign : NULL,
                                 .sign_ctx = fx,
                                 .answer = port_answer,
                                 .answer_ctx = fx,
                                 .changed = port_changed};

    ingest_open(&fx->ingest, &ports);
}

/* A control record without rows of its own: those that a story needs it inserts itself. */
static void admin(struct fixture *fx)
{
    const struct oplog_record r = {.kind = "epoch", .body = span_str("{}")};
    uint64_t epoch, seq;

    if (!oplog_append(fx->pg, "test", &r, 1, &epoch, &seq, &fx->e))
        fail_msg("oplog: %s", fx->e.text);
}

static void done(void *ctx, const char *schema, const char *name)
{
    (void)ctx;
    (void)schema;
    (void)name;
}

static void found_province(struct fixture *fx)
{
    char hex[2 * KEY_LEN + 1], unit_hex[2 * KEY_LEN + 1], genesis[2 * HASH_LEN + 1];
    char *text;

    text = mem_printf(
        "insert into province (code, name, genesis, file) values ('12', 'Lai Châu', "
        "'\\x%s',"
        " '');"
        "insert into key values (1, 1, '', '2000-01-01', 'receipt', '%s', false, ''),"
        " (1, 2, '106', '2004-01-01', 'sign', '%s', false, ''),"
        " (1, 3, '106', '2004-01-01', 'curve', '%s', false, '');"
        "insert into unit values (1, 4, '106', '2004-01-01', '2025-06-30', 'Tam Đường',"
        " 'district', '12', '');"
        "insert into period select 1, 5 + n, 'nd09', c, 'half', c, c, s, e, o, e, d, null"
        " from (values (0, '2025-S1', date '2024-12-15', date '2025-06-14',"
        " date '2025-05-15', date '2025-06-16'), (1, '2025-S2', '2025-06-15', "
        "'2025-12-14',"
        " '2025-11-15', '2025-12-16'), (2, '2023', '2022-12-15', '2023-12-14',"
        " '2022-06-01', '2023-12-16')) v(n, c, s, e, o, d);"
        "insert into catalogue values (1, 9, 1, 'activate', '\\x00');",
        hash_hex(&fx->province, genesis), hex_of(fx->receipt_key.pub.b, KEY_LEN, hex),
        hex_of(fx->unit_key.pub.b, KEY_LEN, unit_hex), fx->curve.pub);
    sql(fx, text);
    free(text);
    if (!pg_query(
            fx->pg, "insert into catalogue_bundle values (1, $1, '2021-01-01', null, $2)",
            (const struct pg_arg[]){pg_hash(&cat->hash), pg_bytes(span_of(&bundle))}, 2,
            NULL, &fx->e))
        fail_msg("%s", fx->e.text);
    admin(fx);
}

static int set_up(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    *state = now_running = fx;
    if (!there)
        return 0;
    keypair_new(&fx->receipt_key);
    keypair_new(&fx->unit_key);
    fx->province.b[0] = 7;
    fx->epoch = 1;
    fx->faulty = store_pg;
    if (!curve_new(&fx->curve, &fx->e) || !pg_open(&fx->pg, cluster.conninfo, &fx->e) ||
        !pg_script(fx->pg,
                   "drop schema if exists htx, nation cascade; drop table if exists"
                   " public.htx_migration",
                   &fx->e) ||
        !migrate_run(fx->pg, schema_files, schema_files_n, done, NULL, &fx->e)) {
        fprintf(stderr, "# %s\n", fx->e.text);
        return -1;
    }
    found_province(fx);
    store_pg_open(&fx->store, cluster.conninfo, "serve");
    start_ingest(fx, true);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fx = *state;

    forget_answers(fx);
    ingest_close(&fx->ingest);
    store_pg_close(&fx->store);
    pg_close(&fx->pg);
    free(fx);
    return 0;
}

static struct fixture *fixture(void **state)
{
    if (!there)
        skip();
    return *state;
}

/* -- reports and batches ------------------------------------------------------------ */

static struct report report_of(uint8_t id, const char *tax, int64_t members)
{
    static struct observation obs[8][1];
    static int turn;
    struct observation *o = obs[turn++ % 8];

    o[0] = (struct observation){.indicator = catalogue_indicator(cat, "member.total")->no,
                                .b1 = "",
                                .b2 = "",
                                .state = OBS_VALUE,
                                .value = members,
                                .as_of = DATE_NONE,
                                .population = "",
                                .text = "",
                                .cell = "Sheet1!C7"};
    return (struct report){
        .version = 1,
        .id = {{id, 1}                 },
        .unit = { "106", date_read("2004-01-01")},
        .form = "htx_list",
        .form_version = 1,
        .subject = { .kind = SUBJECT_HTX,
               .scheme = ID_TAX,
               .id = tax,
               .name = "HTX Bình Minh",
               .sector = "agri",
               .commune = "Bình Lư",
               .state = STATE_ACTIVE},
        .scheme = "nd09",
        .period = "2025-S1",
        .vintage = VINTAGE_ACTUAL,
        .channel = CHANNEL_TERRITORIAL,
        .revision = 1,
        .catalogue = 1,
        .obs = o,
        .n_obs = 1
    };
}

static const char TAX[] = "6200001234", TAX2[] = "6200045672";

struct sealed {
    struct bytes wire;
    struct hash items[16];
    size_t n;
};

/* Seals these items as the unit's next batch; their bodies are cleared. */
static struct sealed seal_raw(struct fixture *fx, struct bytes *bodies,
                              const enum item_kind *kinds, size_t n)
{
    struct batch_header h = {
        .unit = {"106", date_read("2004-01-01")},
        .recipient = fx->province,
        .epoch = fx->epoch,
        .number = ++fx->number,
        .previous = fx->previous,
        .sealed_at = 1
    };
    struct item items[16];
    struct sealed out = {.n = n};

    for (size_t i = 0; i < n; i++) {
        items[i] = (struct item){kinds[i], span_of(&bodies[i])};
        out.items[i] = item_hash(kinds[i], items[i].body);
    }
    batch_seal(&h, items, out.items, n, &fx->unit_key, &out.wire, &fx->previous);
    for (size_t i = 0; i < n; i++)
        bytes_clear(&bodies[i]);
    return out;
}

static struct sealed seal(struct fixture *fx, const struct report *reports, size_t n)
{
    struct bytes bodies[16] = {{0}};
    enum item_kind kinds[16];

    for (size_t i = 0; i < n; i++) {
        kinds[i] = ITEM_REPORT;
        assert_true(wire_pack_report(&reports[i], &bodies[i], &fx->e));
    }
    return seal_raw(fx, bodies, kinds, n);
}

static const int64_t NOON = 1750046400000; /* 16 June 2025 */
static int64_t later_ms;                   /* how long after noon groups arrive */

/* Parses and ingests these as one group. */
static bool ingest(struct fixture *fx, const struct sealed *list, size_t n,
                   const char *today)
{
    struct catalogues cats = {&cat, 1};
    struct ingest_batch batches[16];
    struct parsed parsed[16];
    struct arena a = {0};
    bool ok;

    for (size_t i = 0; i < n; i++) {
        parse_message(span_of(&list[i].wire), &cats, &a, &parsed[i]);
        batches[i] = (struct ingest_batch){&parsed[i], span_of(&list[i].wire),
                                           fx->curve.pub, NULL};
    }
    ok = ingest_group(fx->ingest, batches, n, NOON + later_ms, date_read(today), &fx->e);
    for (size_t i = 0; i < n; i++)
        parsed_clear(&parsed[i]);
    arena_clear(&a);
    return ok;
}

static void ingest_one(struct fixture *fx, const struct sealed *s)
{
    forget_answers(fx);
    if (!ingest(fx, s, 1, "2025-06-16"))
        fail_msg("%s", fx->e.text);
}

/* The i-th answer, read. */
static struct message answer(struct fixture *fx, size_t i, struct arena *a)
{
    struct message m;

    assert_true(i < fx->n_answers);
    if (!wire_read_message(span_of(&fx->answers[i]), a, &m, &fx->e))
        fail_msg("%s", fx->e.text);
    return m;
}

/* The verdict of the k-th receipt of the only answer; the receipt must hold. */
static struct leaf receipt_leaf(struct fixture *fx, size_t k, struct arena *a)
{
    struct message m = answer(fx, 0, a);
    struct statement st;
    struct leaf leaf;

    assert_int_equal(m.kind, MSG_RECEIPTS);
    assert_true(k < m.receipts.n);
    if (!receipt_check(&m.receipts.receipts[k], &fx->province, &fx->receipt_key.pub, 1, a,
                       &leaf, &st, &fx->e))
        fail_msg("%s", fx->e.text);
    return leaf;
}

static enum verdict verdict(struct fixture *fx, size_t k)
{
    struct arena a = {0};
    enum verdict v = receipt_leaf(fx, k, &a).verdict;

    arena_clear(&a);
    return v;
}

__attribute__((unused)) static enum not_now_reason refused_for_now(struct fixture *fx)
{
    struct arena a = {0};
    struct message m = answer(fx, 0, &a);
    enum not_now_reason r = m.kind == MSG_RECEIPTS && m.receipts.n_not_now > 0
                                ? m.receipts.not_now[0].reason
                                : NOT_NOW_NONE;

    arena_clear(&a);
    return r;
}

__attribute__((unused)) static enum reject_reason rejected(struct fixture *fx)
{
    struct arena a = {0};
    struct message m = answer(fx, 0, &a);
    enum reject_reason r = m.kind == MSG_REJECT ? m.reject.reason : REJECT_NONE;

    arena_clear(&a);
    return r;
}

static bool begin_stories(void)
{
    struct err e = {0};

    if (!crypto_init() || !catalogue_bundle("schema/catalogue", &bundle, &e) ||
        !catalogue_load(&cat, span_of(&bundle), &e)) {
        fprintf(stderr, "%s\n", e.text);
        return false;
    }
    there = cluster_start(&cluster, "max_wal_size = 1GB");
    return true;
}

static void end_stories(void)
{
    cluster_do(&cluster, "stop");
    catalogue_close(&cat);
    bytes_clear(&bundle);
}

#endif
