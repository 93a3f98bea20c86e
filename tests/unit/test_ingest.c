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

#include "aggregator/ingest.h"
#include "aggregator/migrate.h"
#include "proto/batch.h"
#include "proto/receipt.h"
#include "tests/lib/cluster.h"

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

static void admin(struct fixture *fx, const char *kind)
{
    const struct oplog_record r = {.kind = kind, .body = span_str("{}")};
    uint64_t epoch, seq;

    if (!oplog_append(fx->pg, "test", &r, 1, &epoch, &seq, &fx->e))
        fail_msg("oplog: %s", fx->e.text);
}

static void done(void *ctx, const char *name)
{
    (void)ctx;
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
    admin(fx, "genesis");
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
                   "drop schema if exists htx cascade; drop table if exists"
                   " public.htx_migration",
                   &fx->e) ||
        !migrate_run(fx->pg, schema_files, schema_files_n, done, NULL, &fx->e)) {
        fprintf(stderr, "# %s\n", fx->e.text);
        return -1;
    }
    found_province(fx);
    store_pg_open(&fx->store, cluster.conninfo);
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

/* -- reports and batches
 * ------------------------------------------------------------------------ */

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

static struct sealed seal_raw(struct fixture *fx, struct bytes *bodies, size_t n)
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
        items[i] = (struct item){ITEM_REPORT, span_of(&bodies[i])};
        out.items[i] = item_hash(ITEM_REPORT, items[i].body);
    }
    batch_seal(&h, items, out.items, n, &fx->unit_key, &out.wire, &fx->previous);
    for (size_t i = 0; i < n; i++)
        bytes_clear(&bodies[i]);
    return out;
}

static struct sealed seal(struct fixture *fx, const struct report *reports, size_t n)
{
    struct bytes bodies[16] = {{0}};

    for (size_t i = 0; i < n; i++)
        assert_true(wire_pack_report(&reports[i], &bodies[i], &fx->e));
    return seal_raw(fx, bodies, n);
}

static const int64_t NOON = 1750046400000; /* 16 June 2025 */

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
    ok = ingest_group(fx->ingest, batches, n, NOON, date_read(today), &fx->e);
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

static enum not_now_reason refused_for_now(struct fixture *fx)
{
    struct arena a = {0};
    struct message m = answer(fx, 0, &a);
    enum not_now_reason r = m.kind == MSG_RECEIPTS && m.receipts.n_not_now > 0
                                ? m.receipts.not_now[0].reason
                                : NOT_NOW_NONE;

    arena_clear(&a);
    return r;
}

static enum reject_reason rejected(struct fixture *fx)
{
    struct arena a = {0};
    struct message m = answer(fx, 0, &a);
    enum reject_reason r = m.kind == MSG_REJECT ? m.reject.reason : REJECT_NONE;

    arena_clear(&a);
    return r;
}

/* -- the stories
 * ----------------------------------------------------------------------------------- */

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
    admin(fx, "key");
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

/* A revision below the head must not take its place: the head would be replaced twice. */
static void a_correction_has_a_higher_revision_than_the_head(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), lower, next;
    struct sealed s, s2, s3;

    r.revision = 7;
    s = seal(fx, &r, 1);
    ingest_one(fx, &s);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    lower = report_of(2, TAX, 9);
    lower.revision = 3;
    lower.has_supersedes = true;
    lower.supersedes = s.items[0];
    s2 = seal(fx, &lower, 1);
    ingest_one(fx, &s2);
    assert_int_equal(verdict(fx, 0), VERDICT_CONFLICT);
    next = report_of(3, TAX, 10);
    next.revision = 8;
    next.has_supersedes = true;
    next.supersedes = s.items[0];
    s3 = seal(fx, &next, 1);
    ingest_one(fx, &s3);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    assert_int_equal(count(fx, "select count(*) from quarantine"), 0);
    assert_int_equal(count(fx, "select count(*) from report where counts and not exists"
                               " (select from supersession where old = hash)"),
                     1);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
    bytes_clear(&s3.wire);
}

/* Days that no calendar of the database has: refused at the door, not by an outage. */
static void an_absurd_date_is_malformed_and_harms_no_neighbour(void **state)
{
    struct fixture *fx = fixture(state);
    const int32_t absurd[] = {INT32_MIN + 1, -719528 /* the year 0 */, INT32_MAX};
    struct report r = report_of(1, TAX, 8);
    struct sealed good = seal(fx, &r, 1);

    for (size_t i = 0; i < COUNT(absurd); i++) {
        struct bytes body = {0};
        struct sealed list[2];
        struct batch_header h = {
            .unit = {"106", absurd[i]},
            .recipient = fx->province,
            .epoch = 1,
            .number = 1,
            .sealed_at = 1
        };
        struct item item;
        struct hash hash, ignored;

        r.unit.valid_from = absurd[i];
        assert_true(wire_pack_report(&r, &body, &fx->e));
        item = (struct item){ITEM_REPORT, span_of(&body)};
        hash = item_hash(ITEM_REPORT, item.body);
        list[0] = (struct sealed){.n = 1};
        batch_seal(&h, &item, &hash, 1, &fx->unit_key, &list[0].wire, &ignored);
        list[1] = good;
        forget_answers(fx);
        if (!ingest(fx, list, 2, "2025-06-16"))
            fail_msg("%s", fx->e.text);
        assert_int_equal(count(fx, "select count(*) from report"), 1);
        bytes_clear(&list[0].wire);
        bytes_clear(&body);
    }
    bytes_clear(&good.wire);
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
    admin(fx, "key"); /* another writer: the next group reads the context again */
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

static void after_publication_a_report_is_held(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s;

    sql(fx,
        "insert into publication values (1, 902, 'nd09', '2025-S1', 'actual', 1, 1, 1, 1,"
        " 1, '', '\\x00', '{}')");
    admin(fx, "publication");
    s = seal(fx, &r, 1);
    ingest_one(fx, &s);
    assert_int_equal(verdict(fx, 0), VERDICT_HELD);
    assert_int_equal(count(fx, "select count(*) from report_key"), 0);
    bytes_clear(&s.wire);
}

/* A lost machine: the new one sends again what counted before the period was closed. */
static void what_says_nothing_new_is_never_too_late(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s = seal(fx, &r, 1), s2;
    struct arena a = {0};

    ingest_one(fx, &s);
    sql(fx, "insert into publication values (1, 902, 'nd09', '2025-S1', 'actual', 1, 1, 1, 1,"
            " 1, '', '\\x00', '{}')");
    admin(fx, "publication");
    r = report_of(2, TAX, 8);
    s2 = seal(fx, &r, 1);
    ingest_one(fx, &s2);
    assert_true(receipt_leaf(fx, 0, &a).has_duplicate);
    assert_int_equal(count(fx, "select count(*) from report where counts"), 1);
    arena_clear(&a);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
}

static void a_batch_whose_predecessor_is_missing_waits_for_it(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), r2 = report_of(2, TAX2, 8);
    struct sealed s = seal(fx, &r, 1), s2 = seal(fx, &r2, 1);
    struct sealed both[] = {s, s2};

    ingest_one(fx, &s2);
    assert_int_equal(refused_for_now(fx), NOT_NOW_PREDECESSOR);
    forget_answers(fx);
    assert_true(ingest(fx, both, 2, "2025-06-16")); /* in one group they see each other */
    assert_int_equal(count(fx, "select count(*) from report"), 2);
    assert_int_equal(count(fx, "select count(*) from commit where not control"), 1);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
}

/* Nothing of the first batch can be judged for months: what comes after it goes through. */
static void a_batch_that_waits_as_a_whole_does_not_hold_up_the_next(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), r2 = report_of(2, TAX2, 8);
    struct sealed s, s2;

    r2.period = "2023"; /* opened in June 2022 */
    s = seal(fx, &r, 1);
    s2 = seal(fx, &r2, 1);
    assert_true(ingest(fx, &s, 1, "2025-05-01"));
    assert_int_equal(refused_for_now(fx), NOT_NOW_PERIOD_NOT_OPEN);
    forget_answers(fx);
    assert_true(ingest(fx, &s2, 1, "2025-05-01"));
    assert_int_equal(refused_for_now(fx), NOT_NOW_NONE);
    assert_int_equal(count(fx, "select count(*) from report"), 1);
    forget_answers(fx);
    assert_true(ingest(fx, &s, 1, "2025-05-01")); /* and is stored once, however often */
    assert_int_equal(count(fx, "select count(*) from evidence"), 2);
    ingest_one(fx, &s);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    assert_int_equal(count(fx, "select count(*) from report where counts"), 2);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
}

/* An outbox that came back from a copy asks again in a new epoch, then goes on. */
static void a_batch_of_replays_alone_does_not_hold_up_the_next(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), r2 = report_of(2, TAX2, 8);
    struct sealed s = seal(fx, &r, 1), again, next;

    ingest_one(fx, &s);
    fx->epoch = 2;
    fx->number = 0;
    fx->previous = (struct hash){{0}};
    again = seal(fx, &r, 1);
    next = seal(fx, &r2, 1);
    ingest_one(fx, &again);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    ingest_one(fx, &next);
    assert_int_equal(refused_for_now(fx), NOT_NOW_NONE);
    assert_int_equal(count(fx, "select count(*) from report where counts"), 2);
    bytes_clear(&s.wire);
    bytes_clear(&again.wire);
    bytes_clear(&next.wire);
}

static void another_batch_under_a_used_number_is_equivocation(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), r2 = report_of(2, TAX2, 8);
    struct sealed s = seal(fx, &r, 1), s2;

    ingest_one(fx, &s);
    fx->number = 0;
    fx->previous = (struct hash){{0}};
    s2 = seal(fx, &r2, 1);
    ingest_one(fx, &s2);
    assert_int_equal(rejected(fx), REJECT_EQUIVOCATION);
    assert_int_equal(count(fx, "select count(*) from report"), 1);
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

/* One batch, one report, and that one is poison: the unit's next batch goes through. */
static void a_batch_in_quarantine_does_not_hold_up_the_next(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8), r2 = report_of(2, TAX2, 8);
    struct sealed s, s2;

    sql(fx, "alter table report add check (commune <> 'Nậm Loỏng')");
    r.subject.commune = "Nậm Loỏng";
    s = seal(fx, &r, 1);
    s2 = seal(fx, &r2, 1);
    for (int i = 0; i < 2; i++) {
        ingest_one(fx, &s);
        assert_int_equal(refused_for_now(fx), NOT_NOW_QUARANTINE);
    }
    ingest_one(fx, &s2);
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    bytes_clear(&s.wire);
    bytes_clear(&s2.wire);
}

static struct fixture *raced;
static int races;

/* An administrator's act between our judging and our commit. */
static enum store_outcome admin_first(void *ctx, struct group *g, struct err *e)
{
    if (races-- > 0)
        admin(raced, "unit");
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

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_thousand_replays_get_a_thousand_identical_receipts),
        STORY(a_rotated_receipt_key_leaves_old_receipts_as_they_are),
        STORY(the_same_bytes_in_one_group_count_once),
        STORY(a_correction_takes_over_from_the_head_and_only_from_it),
        STORY(same_id_or_same_key_with_other_content_is_a_conflict_with_a_receipt),
        STORY(a_report_that_replaces_a_refused_one_finds_its_head),
        STORY(a_correction_has_a_higher_revision_than_the_head),
        STORY(an_absurd_date_is_malformed_and_harms_no_neighbour),
        STORY(who_may_not_speak_is_rejected_and_audited),
        STORY(a_revoked_key_is_rejected_from_its_position_on),
        STORY(windows_decide_between_now_late_held_and_not_yet),
        STORY(after_publication_a_report_is_held),
        STORY(what_says_nothing_new_is_never_too_late),
        STORY(a_batch_whose_predecessor_is_missing_waits_for_it),
        STORY(a_batch_that_waits_as_a_whole_does_not_hold_up_the_next),
        STORY(a_batch_of_replays_alone_does_not_hold_up_the_next),
        STORY(another_batch_under_a_used_number_is_equivocation),
        STORY(poison_is_found_by_halves_and_harms_no_neighbour),
        STORY(a_batch_in_quarantine_does_not_hold_up_the_next),
        STORY(an_administrator_may_come_first),
        STORY(an_unknown_outcome_neither_loses_nor_doubles),
        STORY(without_a_signature_there_is_no_receipt),
        STORY(what_a_desk_filed_is_signed_by_the_daemon),
        STORY(while_the_database_is_away_everything_is_not_now),
    };
    struct err e = {0};
    int failed;

    if (!crypto_init() || !catalogue_bundle("schema/catalogue", &bundle, &e) ||
        !catalogue_load(&cat, span_of(&bundle), &e)) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    there = cluster_start(&cluster, "max_wal_size = 1GB");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    cluster_do(&cluster, "stop");
    catalogue_close(&cat);
    bytes_clear(&bundle);
    return failed;
}
