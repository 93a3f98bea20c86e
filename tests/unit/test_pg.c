/* pg against a real PostgreSQL: types there and back, COPY, errors, unknown commits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aggregator/store/pg.h"
#include "tests/lib/cluster.h"

static struct cluster cluster;
static bool there;

struct fixture {
    struct pg *pg;
    struct err e;
};

static int set_up(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    *state = fx;
    if (there && !pg_open(&fx->pg, cluster.conninfo, &fx->e))
        return -1;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fx = *state;

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

static const unsigned char RAW[] = {0, 1, '\\', '\'', 255, 0};
static const struct span RAW_SPAN = {RAW, sizeof RAW};
static const char AWKWARD[] = "a\"b\\c,{Tổ hợp tác}'";

static void every_kind_of_value_goes_there_and_back(void **state)
{
    struct fixture *fx = fixture(state);
    struct uuid id = {
        {1, 2, 3, 255}
    };
    struct hash hashes[2] = {{{9}}, {{255, 254}}}, back;
    const char *texts[] = {AWKWARD, "", "null"};
    const int64_t ints[] = {INT64_MIN, 0, INT64_MAX};
    char word[37];
    const struct pg_arg args[] = {
        pg_text(AWKWARD),
        pg_int(INT64_MIN),
        pg_bool(true),
        pg_bytes(RAW_SPAN),
        pg_date(date_make(2025, 6, 14)),
        pg_time(-1),
        pg_uuid(&id),
        pg_texts(texts, 3),
        pg_hashes(hashes, 2),
        pg_ints(ints, 3),
        pg_null(),
        pg_date(DATE_NONE),
        pg_bytes((struct span){0}),
        pg_hashes(NULL, 0),
    };
    struct pg_rows r = {0};

    assert_true(pg_query(
        fx->pg,
        "select $1::text, $2::bigint, $3::bool, $4::bytea, $5::date,"
        " (extract(epoch from $6::timestamptz) * 1000)::bigint, $7::uuid,"
        " ($8::text[])[1], ($9::bytea[])[2], ($10::bigint[])[3], $11::text is null,"
        " $12::date, $13::bytea, cardinality($14::bytea[]), cardinality($8::text[]),"
        " ($8::text[])[3]",
        args, COUNT(args), &r, &fx->e));
    assert_int_equal(r.n, 1);
    assert_int_equal(r.columns, 16);
    assert_string_equal(pg_get_text(&r, 0, 0), AWKWARD);
    assert_true(pg_get_int(&r, 0, 1) == INT64_MIN);
    assert_true(pg_get_bool(&r, 0, 2));
    assert_true(span_eq(pg_get_bytes(&r, 0, 3), RAW_SPAN));
    assert_int_equal(pg_get_date(&r, 0, 4), date_make(2025, 6, 14));
    assert_int_equal(pg_get_int(&r, 0, 5), -1);
    assert_string_equal(pg_get_text(&r, 0, 6), uuid_text(&id, word));
    assert_string_equal(pg_get_text(&r, 0, 7), AWKWARD);
    assert_true(pg_get_hash(&r, 0, 8, &back));
    assert_memory_equal(&back, &hashes[1], sizeof back);
    assert_true(pg_get_int(&r, 0, 9) == INT64_MAX);
    assert_true(pg_get_bool(&r, 0, 10));
    assert_true(pg_is_null(&r, 0, 11));
    assert_int_equal(pg_get_date(&r, 0, 11), DATE_NONE);
    assert_false(pg_is_null(&r, 0, 12));
    assert_int_equal(pg_get_bytes(&r, 0, 12).n, 0);
    assert_int_equal(pg_get_int(&r, 0, 13), 0);
    assert_int_equal(pg_get_int(&r, 0, 14), 3);
    assert_string_equal(pg_get_text(&r, 0, 15), "null");
    assert_false(pg_get_hash(&r, 0, 3, &back));
    pg_rows_clear(&r);
    pg_rows_clear(&r);
}

static void binary_copy_writes_what_a_query_reads(void **state)
{
    struct fixture *fx = fixture(state);
    struct uuid id = {
        {7, 8}
    };
    const int64_t values[] = {5, 6, -7};
    const bool given[] = {true, false, true};
    const int32_t small[] = {1, -2};
    const char *texts[] = {AWKWARD, ""};
    struct bytes b = {0};
    struct pg_rows r = {0};

    assert_true(pg_script(fx->pg,
                          "create temp table t (a text, b bigint, c integer, d bool,"
                          " e bytea, f date, g timestamptz, h uuid, i bigint[], j text[],"
                          " k integer[], l \"char\", m bigint[], n date, o text)",
                          &fx->e));
    copy_begin(&b);
    for (int i = 0; i < 2; i++) {
        copy_row(&b, 15);
        copy_text(&b, AWKWARD);
        copy_int8(&b, INT64_MIN);
        copy_int4(&b, -4);
        copy_bool(&b, true);
        copy_bytes(&b, RAW_SPAN);
        copy_date(&b, date_make(1999, 12, 31));
        copy_time(&b, 1234567890123);
        copy_uuid(&b, &id);
        copy_int8s(&b, values, given, 3);
        copy_texts(&b, texts, 2);
        copy_int4s(&b, small, 2);
        copy_char(&b, 'k');
        copy_int8s(&b, NULL, NULL, 0);
        copy_date(&b, DATE_NONE);
        copy_text(&b, NULL);
    }
    copy_end(&b);
    assert_true(
        pg_copy(fx->pg, "copy t from stdin (format binary)", span_of(&b), &fx->e));
    bytes_clear(&b);
    assert_true(pg_query(
        fx->pg,
        "select count(*) from t where a = $1 and b = $2 and c = -4 and d"
        " and e = $3 and f = '1999-12-31' and"
        " g = '2009-02-13 23:31:30.123+00' and"
        " h = '07080000-0000-0000-0000-000000000000' and"
        " i = '{5,null,-7}' and j[1] = $1 and j[2] = '' and k = '{1,-2}'"
        " and l = 'k' and m = '{}' and n is null and o = ''",
        (const struct pg_arg[]){pg_text(AWKWARD), pg_int(INT64_MIN), pg_bytes(RAW_SPAN)},
        3, &r, &fx->e));
    assert_int_equal(pg_get_int(&r, 0, 0), 2);
    pg_rows_clear(&r);
}

static void a_copy_that_breaks_off_leaves_a_usable_connection(void **state)
{
    struct fixture *fx = fixture(state);
    struct bytes b = {0};

    assert_true(pg_script(fx->pg, "create temp table t (a text unique)", &fx->e));
    copy_begin(&b);
    for (int i = 0; i < 2; i++) {
        copy_row(&b, 1);
        copy_text(&b, "same");
    }
    copy_end(&b);
    assert_false(
        pg_copy(fx->pg, "copy t from stdin (format binary)", span_of(&b), &fx->e));
    assert_int_equal(fx->e.kind, ERR_INPUT);
    assert_string_equal(pg_state(fx->pg), "23505");
    assert_string_equal(pg_constraint(fx->pg), "t_a_key");
    b.n -= 3; /* cut */
    assert_false(
        pg_copy(fx->pg, "copy t from stdin (format binary)", span_of(&b), &fx->e));
    assert_false(pg_copy(fx->pg, "select 1", span_of(&b), &fx->e));
    assert_true(pg_script(fx->pg, "select 1", &fx->e));
    bytes_clear(&b);
}

static void errors_say_who_must_act(void **state)
{
    static const struct {
        const char *sql, *state;
        enum err_kind kind;
    } cases[] = {
        {"select 1 / 0",                             "22012", ERR_INPUT},
        {"select 'x'::bigint",                       "22P02", ERR_INPUT},
        {"select * from nowhere",                    "42P01", ERR_SETUP},
        {"nonsense",                                 "42601", ERR_SETUP},
        {"do $$begin raise sqlstate '40001'; end$$", "40001", ERR_RETRY},
        {"do $$begin raise sqlstate '53100'; end$$", "53100", ERR_RETRY},
    };
    struct fixture *fx = fixture(state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_false(pg_query(fx->pg, cases[i].sql, NULL, 0, NULL, &fx->e));
        assert_string_equal(pg_state(fx->pg), cases[i].state);
        assert_int_equal(fx->e.kind, cases[i].kind);
    }
    assert_true(pg_query(fx->pg, "select 1", NULL, 0, NULL, &fx->e));
    assert_string_equal(pg_state(fx->pg), "");
}

static void a_failed_transaction_is_not_taken_for_committed(void **state)
{
    struct fixture *fx = fixture(state);

    assert_true(pg_begin(fx->pg, &fx->e));
    assert_false(pg_query(fx->pg, "select 1 / 0", NULL, 0, NULL, &fx->e));
    assert_false(pg_commit(fx->pg, &fx->e)); /* the server answers ROLLBACK */
    assert_false(pg_unknown(fx->pg));
    assert_true(pg_begin(fx->pg, &fx->e));
    assert_true(pg_commit(fx->pg, &fx->e));
}

/* A deferred trigger raises its WARNING while COMMIT runs, as a lost standby would. */
static void a_warning_during_commit_leaves_the_outcome_unknown(void **state)
{
    struct fixture *fx = fixture(state);

    assert_true(pg_script(
        fx->pg,
        "create temp table t (a int);"
        "create function pg_temp.warns() returns trigger language plpgsql as"
        " $$begin raise warning 'canceling wait for synchronous replication';"
        "   return null; end$$;"
        "create constraint trigger w after insert on t deferrable initially deferred"
        " for each row execute function pg_temp.warns()",
        &fx->e));
    assert_true(pg_begin(fx->pg, &fx->e));
    assert_true(pg_query(fx->pg, "insert into t values (1)", NULL, 0, NULL, &fx->e));
    assert_false(pg_commit(fx->pg, &fx->e));
    assert_true(pg_unknown(fx->pg));
    assert_int_equal(fx->e.kind, ERR_RETRY);
    assert_true(pg_begin(fx->pg, &fx->e)); /* the next one starts clean */
    assert_true(pg_commit(fx->pg, &fx->e));
    assert_false(pg_unknown(fx->pg));
}

static void a_connection_lost_in_commit_leaves_the_outcome_unknown(void **state)
{
    struct fixture *fx = fixture(state);

    assert_true(pg_script(
        fx->pg,
        "create temp table t (a int);"
        "create function pg_temp.dies() returns trigger language plpgsql as"
        " $$begin perform pg_terminate_backend(pg_backend_pid()); return null; end$$;"
        "create constraint trigger w after insert on t deferrable initially deferred"
        " for each row execute function pg_temp.dies()",
        &fx->e));
    assert_true(pg_begin(fx->pg, &fx->e));
    assert_true(pg_query(fx->pg, "insert into t values (1)", NULL, 0, NULL, &fx->e));
    assert_false(pg_commit(fx->pg, &fx->e));
    assert_true(pg_unknown(fx->pg));
    assert_false(pg_alive(fx->pg));
    assert_false(pg_begin(fx->pg, &fx->e));
    assert_int_equal(fx->e.kind, ERR_RETRY);
    pg_rollback(fx->pg);
}

static bool opens_as(const char *extra, struct err *e)
{
    char *conninfo = mem_printf("%s %s", cluster.conninfo, extra);
    struct pg *pg = NULL;
    bool ok = pg_open(&pg, conninfo, e);

    pg_close(&pg);
    free(conninfo);
    return ok;
}

static void a_server_that_may_forget_is_refused(void **state)
{
    static const char *const bad[] = {"options='-c synchronous_commit=off'",
                                      "options='-c synchronous_commit=local'",
                                      "options='-c client_min_messages=error'",
                                      "user=nobody_there",
                                      "dbname=nowhere",
                                      "nonsense"};
    struct fixture *fx = fixture(state);
    struct pg *pg = NULL;

    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(opens_as(bad[i], &fx->e));
        assert_int_equal(fx->e.kind, ERR_SETUP);
    }
    assert_true(opens_as("options='-c synchronous_commit=remote_apply'", &fx->e));
    assert_true(opens_as("client_encoding=LATIN1", &fx->e));
    assert_false(pg_open(&pg, "host=/nonexistent dbname=x", &fx->e));
    assert_int_equal(fx->e.kind, ERR_RETRY);
    assert_null(pg);
}

static void a_crashed_server_is_an_outage(void **state)
{
    struct fixture *fx = fixture(state);

    assert_true(cluster_do(&cluster, "crash"));
    assert_false(pg_query(fx->pg, "select 1", NULL, 0, NULL, &fx->e));
    assert_int_equal(fx->e.kind, ERR_RETRY);
    assert_false(pg_alive(fx->pg));
    assert_false(opens_as("", &fx->e));
    assert_int_equal(fx->e.kind, ERR_RETRY);
    assert_true(cluster_do(&cluster, "again"));
    assert_true(opens_as("", &fx->e));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_kind_of_value_goes_there_and_back),
        CASE(binary_copy_writes_what_a_query_reads),
        CASE(a_copy_that_breaks_off_leaves_a_usable_connection),
        CASE(errors_say_who_must_act),
        CASE(a_failed_transaction_is_not_taken_for_committed),
        CASE(a_warning_during_commit_leaves_the_outcome_unknown),
        CASE(a_connection_lost_in_commit_leaves_the_outcome_unknown),
        CASE(a_server_that_may_forget_is_refused),
        CASE(a_crashed_server_is_an_outage),
    };
    int bad;

    there = cluster_start(&cluster, "");
    bad = cmocka_run_group_tests(tests, NULL, NULL);
    cluster_do(&cluster, "stop");
    return bad;
}
