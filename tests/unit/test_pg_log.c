/* migrate, oplog and audit against a real PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "aggregator/migrate.h"
#include "aggregator/store/acts.h"
#include "aggregator/store/audit.h"
#include "proto/merkle.h"
#include "tests/lib/cluster.h"
#include "tests/lib/shipped_catalogue.h"

static struct cluster cluster;
static bool there;
static struct pg *owner, *admin; /* admin: with the rights of htx_admin */
static struct err e;

static const struct hash PROVINCE = {{12}};
static const struct pubkey RECEIPT = {{34}};

static struct pg *open_as(const char *user)
{
    char *conninfo = mem_printf("host=%s dbname=postgres user=%s", cluster.dir, user);
    struct pg *pg = NULL;
    bool ok = pg_open(&pg, conninfo, &e);

    free(conninfo);
    assert_true(ok);
    return pg;
}

static void need_cluster(void)
{
    if (!there)
        skip();
    if (owner == NULL)
        owner = open_as("postgres");
}

static int64_t number(const char *sql)
{
    struct pg_rows rows = {0};
    int64_t out;

    assert_true(pg_query(owner, sql, NULL, 0, &rows, &e));
    assert_int_equal(rows.n, 1);
    out = pg_get_int(&rows, 0, 0);
    pg_rows_clear(&rows);
    return out;
}

/* ---- migrate ---- */

static void count(void *ctx, const char *schema, const char *name)
{
    (void)schema;
    (void)name;
    ++*(int *)ctx;
}

static bool migrate(const struct schema_file *files, size_t n, int *ran)
{
    *ran = 0;
    return migrate_run(owner, files, n, count, ran, &e);
}

static void steps_run_once_and_views_whenever_one_changed(void **state)
{
    struct schema_file files[] = {
        {"0001_a.sql",    "create schema htx; create table htx.a (x int);"},
        {"again/1_b.sql", "create view htx.b as select x from htx.a;"     },
        {"again/2_c.sql", "create view htx.c as select x from htx.b;"     },
    };
    struct schema_file more[] = {
        files[0],
        {"0002_d.sql",    "alter table htx.a add y int;"                },
        {"again/1_b.sql", "create view htx.b as select y, x from htx.a;"},
    };
    struct schema_file broken[] = {
        more[0],
        more[1],
        {"0003_e.sql", "create table htx.e (); select nonsense;"},
        more[2]
    };
    int ran;

    (void)state;
    need_cluster();
    assert_false(migrate_ready(owner, &e)); /* empty */
    assert_int_equal(e.kind, ERR_SETUP);
    assert_true(migrate(files, 3, &ran));
    assert_int_equal(ran, 3);
    assert_true(migrate(files, 3, &ran));
    assert_int_equal(ran, 0);

    assert_true(migrate(more, 3, &ran)); /* other columns, and c is gone */
    assert_int_equal(ran, 2);
    assert_int_equal(number("select count(*) from pg_views where schemaname = 'htx'"), 1);
    assert_true(migrate(more, 3, &ran));
    assert_int_equal(ran, 0);

    assert_false(migrate(broken, 4, &ran)); /* the step leaves nothing behind */
    assert_int_equal(ran, 0);
    assert_int_equal(number("select count(*) from pg_tables where schemaname = 'htx'"),
                     1);
    assert_true(migrate(more, 3, &ran));
}

static void an_edited_step_and_a_newer_database_are_noticed(void **state)
{
    struct schema_file files[] = {
        {"0001_a.sql", "create schema htx; create table htx.a (x int); -- edited"},
        {"0002_d.sql", "alter table htx.a add y int;"                            },
    };
    int ran;

    (void)state;
    need_cluster();
    assert_false(migrate(files, 2, &ran));
    assert_int_equal(e.kind, ERR_SETUP);
    assert_non_null(strstr(e.text, "0001_a.sql"));
    assert_false(migrate(files, 1, &ran)); /* the database has 2 */
    assert_int_equal(e.kind, ERR_SETUP);
    assert_int_equal(ran, 0);
    assert_true(
        pg_script(owner, "drop schema htx cascade; drop table public.htx_migration", &e));
}

/* ---- oplog ---- */

/* Bodies of the first commit, as genesis writes them. */
static void first_records(struct oplog_record first[2], struct arena *a)
{
    char hex[2 * HASH_LEN + 1], key[2 * KEY_LEN + 1];

    first[0] = (struct oplog_record){
        .kind = "genesis",
        .body = span_str(arena_printf(a,
                                      "{\"code\":\"12\",\"file\":\"f\",\"hash\":\"%s\","
                                      "\"name\":\"Lai Châu\"}",
                                      hash_hex(&PROVINCE, hex)))};
    first[1] = (struct oplog_record){
        .kind = "key",
        .body = span_str(arena_printf(a, "{\"public\":\"%s\",\"use\":\"receipt\"}",
                                      hex_of(RECEIPT.b, KEY_LEN, key)))};
}

static void the_log_begins_once(void **state)
{
    struct oplog_record first[2];
    struct arena a = {0};
    uint64_t epoch, seq;
    struct hash province;
    struct pubkey key;
    int ran;

    (void)state;
    need_cluster();
    assert_true(migrate(schema_files, schema_files_n, &ran));
    assert_true(migrate_ready(owner, &e));
    admin = open_as("htx_admin");
    first_records(first, &a);
    assert_false(oplog_append(admin, "x", first, 2, &epoch, &seq, &e));
    assert_int_equal(e.kind, ERR_SETUP); /* no genesis yet */
    assert_true(oplog_begin(admin, "x", first, 2, &PROVINCE, &RECEIPT, &e));
    assert_false(oplog_begin(admin, "x", first, 2, &PROVINCE, &RECEIPT, &e));
    assert_int_equal(e.kind, ERR_SETUP);
    assert_true(oplog_identity(admin, &province, &key, &e));
    assert_memory_equal(&province, &PROVINCE, sizeof province);
    assert_memory_equal(&key, &RECEIPT, sizeof key);
    assert_int_equal(number("select count(*) from commit"), 1);
    assert_int_equal(number("select count(*) from province where code = '12'"
                            " and file = 'f'"),
                     1);
    arena_clear(&a);
}

/* Every statement continues the one before, names its root and is hashed as stored. */
static void check_chain(void)
{
    struct pg_rows rows = {0};
    struct hash before = {{0}};
    uint64_t next = 1;

    assert_true(pg_query(owner,
                         "select statement, statement_hash, leaves, first_seq, last_seq,"
                         " (extract(epoch from at) * 1000)::bigint from commit"
                         " order by epoch, number",
                         NULL, 0, &rows, &e));
    for (size_t i = 0; i < rows.n; i++) {
        struct span leaves = pg_get_bytes(&rows, i, 2);
        struct statement st;
        struct hash hash, root;

        assert_true(wire_read_statement(pg_get_bytes(&rows, i, 0), &st, &e));
        assert_int_equal(st.first_seq, next);
        assert_int_equal(st.first_seq, pg_get_int(&rows, i, 3));
        assert_int_equal(st.last_seq, pg_get_int(&rows, i, 4));
        assert_int_equal(st.time, pg_get_int(&rows, i, 5));
        assert_int_equal(leaves.n, HASH_LEN * (st.last_seq - st.first_seq + 1));
        assert_true(hash_eq(&st.previous, &before));
        root =
            merkle_root((const struct hash *)(const void *)leaves.p, leaves.n / HASH_LEN);
        assert_true(hash_eq(&st.root, &root));
        hash = hash_of(DOMAIN_STATEMENT, pg_get_bytes(&rows, i, 0));
        assert_true(pg_get_hash(&rows, i, 1, &before));
        assert_true(hash_eq(&hash, &before));
        next = st.last_seq + 1;
    }
    pg_rows_clear(&rows);
}

static void records_follow_each_other_in_one_chain(void **state)
{
    const struct oplog_record two[] = {
        {.kind = "epoch", .body = span_str("{\"n\":1}")},
        {.kind = "epoch", .body = span_str("{\"n\":2}")}
    };
    struct log_tip tip;
    uint64_t epoch, seq;

    (void)state;
    need_cluster();
    assert_true(oplog_append(admin, "x", two, 2, &epoch, &seq, &e));
    assert_int_equal(epoch, 1);
    assert_int_equal(seq, 3);
    assert_true(oplog_append(admin, "x", two, 2, &epoch, &seq, &e));
    assert_int_equal(seq, 5);
    assert_true(oplog_tip(admin, &tip, &e));
    assert_int_equal(tip.number, 3);
    assert_int_equal(tip.last_seq, 6);
    assert_int_equal(tip.control_seq, 6);
    check_chain();
}

static void the_clock_may_jump_back_but_the_log_does_not(void **state)
{
    struct hash leaf = {{1}};
    struct log_tip tip;
    struct statement st;
    struct bytes packed = {0};

    (void)state;
    need_cluster();
    assert_true(pg_begin(admin, &e));
    assert_true(oplog_tip(admin, &tip, &e));
    assert_true(oplog_commit_row(admin, &tip, &PROVINCE, &RECEIPT, &leaf, 1, false,
                                 tip.time - 3600000, &st, &packed, &e));
    assert_int_equal(st.time, tip.time);
    assert_int_equal(st.control_seq, tip.control_seq);
    assert_true(pg_commit(admin, &e));
    bytes_clear(&packed);
    check_chain();
}

/* Appends n records from a process of its own; the caller waits for it. */
static pid_t append_beside(int n)
{
    const struct oplog_record one = {.kind = "epoch", .body = span_str("{\"n\":4}")};
    struct err mine = {0};
    struct pg *pg = NULL;
    uint64_t epoch, seq;
    char *conninfo;
    pid_t pid = fork();
    bool ok;

    if (pid != 0)
        return pid;
    conninfo = mem_printf("host=%s dbname=postgres user=htx_admin", cluster.dir);
    ok = pg_open(&pg, conninfo, &mine);
    while (ok && n-- > 0)
        ok = oplog_append(pg, "x", &one, 1, &epoch, &seq, &mine);
    if (!ok)
        fprintf(stderr, "# %s\n", mine.text);
    _exit(ok ? 0 : 1);
}

static bool ended_well(void)
{
    int status;

    return wait(&status) > 0 && status == 0;
}

/* A writer in an open transaction holds the next position: the second one waits for it.
 */
static void the_second_writer_waits_and_comes_behind(void **state)
{
    struct hash leaf = {{2}};
    struct pg *other;
    struct log_tip tip;
    struct statement st;
    struct bytes packed = {0};

    (void)state;
    need_cluster();
    assert_true(oplog_tip(owner, &tip, &e));
    other = open_as("htx_serve");
    assert_true(pg_begin(other, &e));
    assert_true(oplog_commit_row(other, &tip, &PROVINCE, &RECEIPT, &leaf, 1, false, 0,
                                 &st, &packed, &e));
    assert_true(append_beside(1) > 0);
    while (number("select count(*) from pg_locks where not granted") == 0)
        usleep(10000);
    assert_true(pg_commit(other, &e));
    assert_true(ended_well());
    assert_int_equal(number("select max(last_seq) from commit"), st.last_seq + 1);

    assert_true(pg_begin(other, &e)); /* from the old tip: too late */
    assert_false(oplog_commit_row(other, &tip, &PROVINCE, &RECEIPT, &leaf, 1, false, 0,
                                  &st, &packed, &e));
    assert_true(oplog_was_second(other));
    pg_rollback(other);
    pg_close(&other);
    bytes_clear(&packed);
    check_chain();
}

/* Six processes append at once: nothing is lost, no position is given twice. */
static void many_writers_share_one_log(void **state)
{
    enum { WRITERS = 6, EACH = 8 };
    int64_t before;
    int good = 0;

    (void)state;
    need_cluster();
    before = number("select count(*) from control");
    for (int w = 0; w < WRITERS; w++)
        assert_true(append_beside(EACH) > 0);
    for (int w = 0; w < WRITERS; w++)
        good += ended_well();
    assert_int_equal(good, WRITERS);
    assert_int_equal(number("select count(*) from control"), before + WRITERS * EACH);
    check_chain();
}

static void acts_write_the_typed_row_beside_the_record(void **state)
{
    struct acts acts = {0};
    struct json *j = json_new();

    (void)state;
    need_cluster();
    json_text(j, "name", "Lò Thị A");
    json_text(j, "code", "a");
    json_text(j, "role", "reader");
    json_text(j, "title", "");
    json_text(j, "valid_from", "2020-01-01");
    acts_add(&acts, "person", &j);
    assert_null(j);
    assert_true(
        span_eq(acts.list[0].body,
                span_str("{\"code\":\"a\",\"name\":\"Lò Thị A\",\"role\":"
                         "\"reader\",\"title\":\"\",\"valid_from\":\"2020-01-01\"}")));
    assert_true(acts_append(&acts, admin, "x", &e));
    assert_int_equal(number("select count(*) from person_now p join control c"
                            " using (epoch, seq) where p.code = 'a' and c.actor = 'x'"),
                     1);
    acts_clear(&acts);
    assert_true(acts_append(&acts, admin, "x", &e)); /* nothing */
}

static void what_no_row_can_be_made_of_is_not_written(void **state)
{
    static const struct {
        const char *kind, *body;
        enum err_kind err;
        const char *says;
    } bad[] = {
        {"lottery",   "{}",                                               ERR_SETUP, "\"lottery\""},
        {"person",    "{\"code\":\"b\"}",                                 ERR_INPUT, "name"       },
        {"person",    "{",                                                ERR_INPUT, "json"       },
        {"catalogue", "{\"act\":\"load\",\"hash\":\"00\",\"version\":1}", ERR_INPUT,
         "names no hash"                                                                          },
        {"catalogue",
         "{\"act\":\"load\",\"hash\":\"000000000000000000000000000000000000"
         "0000000000000000000000000000\",\"version\":1}",                 ERR_INPUT, "is missing" },
    };
    int64_t before;
    uint64_t epoch, seq;

    (void)state;
    need_cluster();
    before = number("select count(*) from control");
    for (size_t i = 0; i < COUNT(bad); i++) {
        const struct oplog_record r = {.kind = bad[i].kind,
                                       .body = span_str(bad[i].body)};

        assert_false(oplog_append(admin, "x", &r, 1, &epoch, &seq, &e));
        assert_int_equal(e.kind, bad[i].err);
        assert_non_null(strstr(e.text, bad[i].says));
    }
    assert_int_equal(number("select count(*) from control"), before);
    check_chain();
}

static bool sees(struct pg *pg, void *ctx, int64_t epoch, int64_t seq, struct err *err)
{
    struct pg_rows rows;
    const struct pg_arg args[] = {pg_int(epoch), pg_int(seq)};

    if (!pg_query(pg,
                  "select count(*) from person where (epoch, seq) = ($1, $2::bigint - 1)"
                  " and not exists (select from control where (epoch, seq) = ($1, $2))",
                  args, 2, &rows, err))
        return false;
    *(int64_t *)ctx = pg_get_int(&rows, 0, 0);
    pg_rows_clear(&rows);
    return true;
}

/* What is asked before a record sees the rows of those before it, in trials as well. */
static void a_record_is_asked_behind_the_one_before(void **state)
{
    static const char PERSON[] =
        "{\"code\":\"%s\",\"name\":\"x\",\"role\":\"reader\",\"title\":\"\","
        "\"valid_from\":\"2020-01-01\"}";
    int64_t seen[2] = {0, 0};
    struct arena a = {0};
    const struct oplog_record two[] = {
        {.kind = "person", .body = span_str(arena_printf(&a, PERSON, "c"))},
        { .kind = "person",
         .body = span_str(arena_printf(&a,                                     PERSON,                                             "d")),
         .before = sees,
         .ctx = &seen[0]},
    };
    const struct oplog_record trial[] = {
        two[0], {.before = sees, .ctx = &seen[1]}
    };
    uint64_t epoch, seq;
    int64_t before;

    (void)state;
    need_cluster();
    assert_true(oplog_append(admin, "x", two, 2, &epoch, &seq, &e));
    assert_int_equal(seen[0], 1);
    before = number("select count(*) from control");
    assert_true(pg_begin(admin, &e));
    assert_true(oplog_try(admin, trial, 2, 1, INT64_C(1) << 60, &e));
    assert_int_equal(seen[1], 1);
    pg_rollback(admin);
    assert_int_equal(number("select count(*) from control"), before);
    arena_clear(&a);
}

/* Bundles and totals come beside their records, and count as what those name by hash. */
static void a_blob_is_what_its_record_names(void **state)
{
    struct arena a = {0};
    struct bytes bundle = {0};
    struct catalogue *cat = shipped_catalogue();
    struct hash wrong = {{7}}, hash = hash_of(DOMAIN_FILE, span_str("totals"));
    char hex[2 * HASH_LEN + 1];
    struct oplog_record load = {.kind = "catalogue"}, publish = {.kind = "publication"};
    uint64_t epoch, seq;

    (void)state;
    need_cluster();
    assert_true(catalogue_bundle("schema/catalogue", &bundle, &e));
    load.blob = span_of(&bundle);
    for (int good = 0; good < 2; good++) {
        load.body = span_str(
            arena_printf(&a, "{\"act\":\"load\",\"hash\":\"%s\",\"version\":%u}",
                         hash_hex(good ? &cat->hash : &wrong, hex), cat->version));
        assert_int_equal(oplog_append(admin, "x", &load, 1, &epoch, &seq, &e), good);
        assert_int_equal(number("select count(*) from catalogue"), good);
        assert_int_equal(number("select count(*) from cat_indicator"),
                         good ? cat->n_indicators : 0);
    }
    for (int good = 0; good < 2; good++) {
        publish.body = span_str(arena_printf(
            &a,
            "{\"as_epoch\":1,\"as_seq\":2,\"catalogue\":1,\"method\":2,\"missing\":\"106,"
            "107\","
            "\"number\":1,\"period\":\"2025\",\"scheme\":\"nd09\",\"totals\":\"%s\","
            "\"vintage\":\"actual\"}",
            hash_hex(&hash, hex)));
        publish.blob = span_str(good ? "totals" : "total");
        assert_int_equal(oplog_append(admin, "x", &publish, 1, &epoch, &seq, &e), good);
        assert_int_equal(
            number("select count(*) from publication where missing[2] = '107'"
                   " and totals = 'totals'"),
            good);
    }
    bytes_clear(&bundle);
    catalogue_close(&cat);
    arena_clear(&a);
}

/* ---- audit ---- */

static void the_audit_chain_shows_what_was_changed(void **state)
{
    struct hash empty, one, two;
    struct pg *serve;

    (void)state;
    need_cluster();
    serve = open_as("htx_serve");
    assert_true(audit_head(serve, &empty, &e));
    assert_true(hash_eq(&empty, &(struct hash){{0}}));
    assert_true(audit_append(serve, "net", "key_refused", "key=…", clock_wall(), &e));
    assert_true(audit_head(serve, &one, &e));
    assert_true(audit_append(serve, "net", "key_refused", "key=…", clock_wall(), &e));
    assert_true(
        audit_append(serve, "ingest", "batch_rejected", "unit=106", clock_wall(), &e));
    assert_true(audit_head(serve, &two, &e));
    assert_false(hash_eq(&one, &empty));
    assert_false(hash_eq(&one, &two));
    assert_true(audit_verify(serve, &e));
    assert_true(pg_script(owner,
                          "update audit set detail = 'unit=107' where chain ="
                          " 'ingest'",
                          &e));
    assert_false(audit_verify(serve, &e));
    assert_non_null(strstr(e.text, "ingest 1"));
    assert_true(pg_script(owner, "delete from audit where chain = 'ingest'", &e));
    assert_true(audit_verify(serve, &e)); /* a cut tail: only the head tells */
    assert_true(audit_head(serve, &one, &e));
    assert_false(hash_eq(&one, &two));
    pg_close(&serve);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_run_once_and_views_whenever_one_changed),
        cmocka_unit_test(an_edited_step_and_a_newer_database_are_noticed),
        cmocka_unit_test(the_log_begins_once),
        cmocka_unit_test(records_follow_each_other_in_one_chain),
        cmocka_unit_test(the_clock_may_jump_back_but_the_log_does_not),
        cmocka_unit_test(the_second_writer_waits_and_comes_behind),
        cmocka_unit_test(many_writers_share_one_log),
        cmocka_unit_test(acts_write_the_typed_row_beside_the_record),
        cmocka_unit_test(what_no_row_can_be_made_of_is_not_written),
        cmocka_unit_test(a_record_is_asked_behind_the_one_before),
        cmocka_unit_test(a_blob_is_what_its_record_names),
        cmocka_unit_test(the_audit_chain_shows_what_was_changed),
    };
    int bad;

    if (!crypto_init())
        return 1;
    there = cluster_start(&cluster, "");
    bad = cmocka_run_group_tests(tests, NULL, NULL);
    pg_close(&admin);
    pg_close(&owner);
    cluster_do(&cluster, "stop");
    return bad;
}
