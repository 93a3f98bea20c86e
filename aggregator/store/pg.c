#include "aggregator/store/pg.h"
#include "proto/base/log.h"

#include <libpq-fe.h>
#include <poll.h>
#include <time.h>

struct pg {
    PGconn *conn;
    bool lost;    /* the server said nothing more: libpq may not have noticed yet */
    bool warned;  /* a WARNING came since the last statement began */
    bool unknown; /* the last COMMIT may or may not have happened */
    char state[6];
    char constraint[64];
};

struct result { /* behind pg_rows.result */
    PGresult *res;
    struct arena decoded; /* bytea values asked for */
};

enum { CONNECT_MS = 15000 };

/* ---- errors ---- */

static bool class_is(const char *state, const char *class)
{
    return strncmp(state, class, 2) == 0;
}

static enum err_kind kind_of(const char *state)
{
    static const struct {
        const char *class;
        enum err_kind kind;
    } kinds[] = {
        {"22", ERR_INPUT}, /* data exception */
        {"23", ERR_INPUT}, /* integrity constraint */
        {"28", ERR_SETUP}, /* who we are */
        {"3D", ERR_SETUP}, /* no such database */
        {"3F", ERR_SETUP}, /* no such schema */
        {"42", ERR_SETUP}, /* rights, names, syntax */
        {"0A", ERR_SETUP}, /* not supported by this server */
    };

    for (size_t i = 0; i < COUNT(kinds); i++)
        if (class_is(state, kinds[i].class))
            return kinds[i].kind;
    return ERR_RETRY;
}

static void keep(char *out, size_t size, const char *s)
{
    snprintf(out, size, "%s", s != NULL ? s : "");
}

/* Fills state, constraint and *e from a failed result; NULL: what the connection says. */
static bool failed(struct pg *pg, const PGresult *res, struct err *e)
{
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);

    keep(pg->state, sizeof pg->state, PQresultErrorField(res, PG_DIAG_SQLSTATE));
    keep(pg->constraint, sizeof pg->constraint,
         PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME));
    if (text == NULL) {
        const char *said = PQerrorMessage(pg->conn);

        pg->lost = true;
        return err_set(e, ERR_RETRY, "database: %.*s", (int)strcspn(said, "\n"), said);
    }
    return err_set(e, kind_of(pg->state), "database: %s: %s%s%s", pg->state, text,
                   detail != NULL ? ": " : "", detail != NULL ? detail : "");
}

static void notice(void *ctx, const PGresult *res)
{
    struct pg *pg = ctx;
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

    if (severity == NULL || strcmp(severity, "WARNING") != 0)
        return;
    pg->warned = true;
    log_event(LOG_WARN, "database_warning text=\"%s\"", text != NULL ? text : "");
}

static void fresh(struct pg *pg)
{
    pg->warned = false;
    pg->unknown = false;
    pg->state[0] = 0;
    pg->constraint[0] = 0;
}

/* ---- connecting ---- */

/*
 * Drives the handshake ourselves: so there is a deadline whatever conninfo says, and the
 * SQLSTATE of a refusal can be read from the verbose text ("FATAL:  28000: ...").
 */
static bool shake_hands(PGconn *conn)
{
    int64_t end = clock_ms() + CONNECT_MS;
    PostgresPollingStatusType want =
        PQstatus(conn) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;

    PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
    while (want != PGRES_POLLING_OK && want != PGRES_POLLING_FAILED) {
        int64_t left = end - clock_ms();
        struct pollfd fd = {.fd = PQsocket(conn),
                            .events = want == PGRES_POLLING_READING ? POLLIN : POLLOUT};

        if (left <= 0)
            return false;
        if (poll(&fd, 1, (int)left) > 0)
            want = PQconnectPoll(conn);
    }
    PQsetErrorVerbosity(conn, PQERRORS_DEFAULT);
    return want == PGRES_POLLING_OK;
}

/* "…FATAL:  28000: role …" gives ERR_SETUP; a server that is away is ERR_RETRY. */
static bool refused(PGconn *conn, struct err *e)
{
    const char *text = PQerrorMessage(conn);
    enum err_kind kind = ERR_RETRY;

    for (const char *p = text; (p = strstr(p, ":  ")) != NULL; p += 3)
        if (strspn(p + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && p[8] == ':')
            kind = kind_of(p + 3);
    return err_set(e, kind, "database: %.*s",
                   *text != 0 ? (int)strcspn(text, "\n")
                              : (int)strlen("no answer in time"),
                   *text != 0 ? text : "no answer in time");
}

static bool settle(struct pg *pg, struct err *e)
{
    static const char SESSION[] =
        "set search_path = htx, pg_temp; set timezone = 'UTC';"
        " set datestyle = 'ISO, YMD'; set jit = off; set bytea_output = 'hex';"
        " set standard_conforming_strings = on; set "
        "idle_in_transaction_session_timeout = 0";
    static const struct {
        const char *name, *good[5];
    } asserted[] = {
        {"synchronous_commit",  {"on", "remote_apply"}                },
        {"fsync",               {"on"}                                },
        {"full_page_writes",    {"on"}                                },
        {"client_min_messages", {"warning", "notice", "log", "debug1"}},
        {"server_encoding",     {"UTF8"}                              },
    };

    const char *names[COUNT(asserted)] = {NULL};
    const struct pg_arg args[] = {pg_texts(names, COUNT(names))};
    struct pg_rows rows = {0};
    bool ok = true;

    for (size_t i = 0; i < COUNT(asserted); i++)
        names[i] = asserted[i].name;
    if (!pg_script(pg, SESSION, e))
        return false;
    if (!pg_query(pg, "select current_setting(s) from unnest($1::text[]) s", args, 1,
                  &rows, e))
        return false;
    for (size_t i = 0; i < COUNT(asserted) && ok; i++) {
        bool good = false;

        for (size_t k = 0; k < COUNT(asserted[i].good) && asserted[i].good[k] != NULL;
             k++)
            good |= strcmp(pg_get_text(&rows, i, 0), asserted[i].good[k]) == 0;
        if (!good)
            ok = err_set(e, ERR_SETUP, "database: %s is %s, must be %s", asserted[i].name,
                         pg_get_text(&rows, i, 0), asserted[i].good[0]);
    }
    pg_rows_clear(&rows);
    return ok;
}

static bool readable(const char *conninfo, struct err *e)
{
    char *said = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &said);
    bool ok = options != NULL;

    if (!ok)
        err_set(e, ERR_SETUP, "database: conninfo: %.*s",
                said != NULL ? (int)strcspn(said, "\n") : 0, said != NULL ? said : "");
    PQfreemem(said);
    PQconninfoFree(options);
    return ok;
}

bool pg_open(struct pg **out, const char *conninfo, struct err *e)
{
    /* behind dbname, so that they win over what conninfo says */
    static const char *const names[] = {"fallback_application_name", "dbname",
                                        "client_encoding", NULL};
    const char *values[] = {"htx", conninfo, "UTF8", NULL};
    struct pg *pg = mem_new(sizeof *pg);
    bool ok = false;

    *out = NULL;
    if (!readable(conninfo, e))
        goto out;
    pg->conn = PQconnectStartParams(names, values, 1);
    if (pg->conn == NULL) {
        err_set(e, ERR_RETRY, "database: no memory for a connection");
        goto out;
    }
    if (!shake_hands(pg->conn)) {
        refused(pg->conn, e);
        goto out;
    }
    PQsetNoticeReceiver(pg->conn, notice, pg);
    if (!settle(pg, e))
        goto out;
    *out = pg;
    pg = NULL;
    ok = true;
out:
    pg_close(&pg);
    return ok;
}

void pg_close(struct pg **pgp)
{
    struct pg *pg = *pgp;

    if (pg == NULL)
        return;
    PQfinish(pg->conn);
    free(pg);
    *pgp = NULL;
}

bool pg_schema(struct pg *pg, const char *schema, struct err *e)
{
    const struct pg_arg arg = pg_text(schema);

    return pg_query(pg,
                    "select set_config('search_path', quote_ident($1) || ', pg_temp',"
                    " false)",
                    &arg, 1, NULL, e);
}

bool pg_alive(const struct pg *pg)
{
    return pg != NULL && !pg->lost && PQstatus(pg->conn) == CONNECTION_OK;
}

bool pg_unknown(const struct pg *pg)
{
    return pg->unknown;
}

const char *pg_state(const struct pg *pg)
{
    return pg->state;
}

const char *pg_constraint(const struct pg *pg)
{
    return pg->constraint;
}

/* ---- arguments ---- */

struct pg_arg pg_null(void)
{
    return (struct pg_arg){.type = PG_NULL};
}

struct pg_arg pg_text(const char *s)
{
    if (s == NULL)
        return pg_null();
    return (struct pg_arg){.type = PG_TEXT, .text = s};
}

struct pg_arg pg_int(int64_t i)
{
    return (struct pg_arg){.type = PG_INT, .i = i};
}

struct pg_arg pg_bool(bool b)
{
    return (struct pg_arg){.type = PG_BOOL, .i = b};
}

struct pg_arg pg_bytes(struct span b)
{
    return (struct pg_arg){.type = PG_BYTES, .bytes = b};
}

struct pg_arg pg_hash(const struct hash *h)
{
    if (h == NULL)
        return pg_null();
    return pg_bytes((struct span){h->b, sizeof h->b});
}

struct pg_arg pg_date(int32_t date)
{
    if (date == DATE_NONE)
        return pg_null();
    return (struct pg_arg){.type = PG_DATE, .i = date};
}

struct pg_arg pg_time(int64_t wall_ms)
{
    return (struct pg_arg){.type = PG_TIME, .i = wall_ms};
}

struct pg_arg pg_uuid(const struct uuid *id)
{
    return (struct pg_arg){.type = PG_UUID, .uuid = id};
}

struct pg_arg pg_texts(const char *const *list, size_t n)
{
    return (struct pg_arg){
        .type = PG_TEXTS, .texts = {list, n}
    };
}

struct pg_arg pg_hashes(const struct hash *list, size_t n)
{
    return (struct pg_arg){
        .type = PG_HASHES, .hashes = {list, n}
    };
}

struct pg_arg pg_ints(const int64_t *list, size_t n)
{
    return (struct pg_arg){
        .type = PG_INTS, .ints = {list, n}
    };
}

/* 1970-01-01 00:00:00.000+00 */
static char *time_text(struct arena *a, int64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    int ms = (int)(wall_ms % 1000);
    struct tm tm;

    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    gmtime_r(&seconds, &tm);
    return arena_printf(a, "%04d-%02d-%02d %02d:%02d:%02d.%03d+00", tm.tm_year + 1900,
                        tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
}

/* {"a","b \"quoted\""} */
static char *texts_text(struct arena *a, const char *const *list, size_t n)
{
    struct bytes b = {0};
    char *out;

    bytes_char(&b, '{');
    for (size_t i = 0; i < n; i++) {
        bytes_str(&b, i == 0 ? "\"" : ",\"");
        for (const char *p = list[i] != NULL ? list[i] : ""; *p != 0; p++) {
            if (*p == '"' || *p == '\\')
                bytes_char(&b, '\\');
            bytes_char(&b, *p);
        }
        bytes_char(&b, '"');
    }
    bytes_char(&b, '}');
    out = arena_strn(a, b.p, b.n);
    bytes_clear(&b);
    return out;
}

/* {"\\x00..","\\x.."} */
static char *hashes_text(struct arena *a, const struct hash *list, size_t n)
{
    enum { EACH = 7 + 2 * HASH_LEN };
    char *out = arena_new(a, 3 + n * EACH), *p = out;

    *p++ = '{';
    for (size_t i = 0; i < n; i++) {
        if (i != 0)
            *p++ = ',';
        memcpy(p, "\"\\\\x", 4);
        p += 4;
        hex_of(list[i].b, HASH_LEN, p);
        p += (ptrdiff_t)2 * HASH_LEN;
        *p++ = '"';
    }
    *p = '}';
    return out;
}

static char *ints_text(struct arena *a, const int64_t *list, size_t n)
{
    char *out = arena_new(a, 3 + n * 21), *p = out;

    *p++ = '{';
    for (size_t i = 0; i < n; i++)
        p += snprintf(p, 22, "%s%lld", i == 0 ? "" : ",", (long long)list[i]);
    *p = '}';
    return out;
}

/* One parameter as libpq wants it: text, but bytea as it is (binary). */
static const char *value_of(const struct pg_arg *arg, struct arena *a, int *length,
                            int *binary)
{
    char word[40];

    *length = 0;
    *binary = 0;
    switch (arg->type) {
    case PG_NULL:
        return NULL;
    case PG_TEXT:
        return arg->text;
    case PG_INT:
        return arena_printf(a, "%lld", (long long)arg->i);
    case PG_BOOL:
        return arg->i != 0 ? "t" : "f";
    case PG_BYTES:
        *length = (int)arg->bytes.n;
        *binary = 1;
        return arg->bytes.n != 0 ? (const char *)arg->bytes.p : "";
    case PG_DATE:
        return arena_str(a, date_iso((int32_t)arg->i, word));
    case PG_TIME:
        return time_text(a, arg->i);
    case PG_UUID:
        return arena_str(a, uuid_text(arg->uuid, word));
    case PG_TEXTS:
        return texts_text(a, arg->texts.list, arg->texts.n);
    case PG_HASHES:
        return hashes_text(a, arg->hashes.list, arg->hashes.n);
    case PG_INTS:
        return ints_text(a, arg->ints.list, arg->ints.n);
    }
    return NULL;
}

/* ---- statements ---- */

enum { ARGS_MAX = 64 };

bool pg_query(struct pg *pg, const char *sql, const struct pg_arg *args, size_t n,
              struct pg_rows *rows, struct err *e)
{
    const char *values[ARGS_MAX];
    int lengths[ARGS_MAX], binary[ARGS_MAX];
    struct arena a = {0};
    PGresult *res = NULL;
    ExecStatusType status;
    bool ok = false;

    fresh(pg);
    if (n > ARGS_MAX)
        return err_set(e, ERR_SETUP, "database: %zu parameters, at most %d", n, ARGS_MAX);
    for (size_t i = 0; i < n; i++) {
        if (args[i].type == PG_BYTES && args[i].bytes.n > INT32_MAX / 4)
            return err_set(e, ERR_INPUT, "database: %zu bytes in one value",
                           args[i].bytes.n);
        values[i] = value_of(&args[i], &a, &lengths[i], &binary[i]);
    }
    res = PQexecParams(pg->conn, sql, (int)n, NULL, values, lengths, binary, 0);
    status = PQresultStatus(res);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        failed(pg, res, e);
        goto out;
    }
    if (rows != NULL) {
        struct result *r = mem_new(sizeof *r);

        r->res = res;
        rows->result = r;
        rows->n = (size_t)PQntuples(res);
        rows->columns = (size_t)PQnfields(res);
        res = NULL;
    }
    ok = true;
out:
    PQclear(res);
    arena_clear(&a);
    return ok;
}

bool pg_script(struct pg *pg, const char *sql, struct err *e)
{
    PGresult *res;
    bool ok;

    fresh(pg);
    res = PQexec(pg->conn, sql);
    ok =
        PQresultStatus(res) == PGRES_COMMAND_OK || PQresultStatus(res) == PGRES_TUPLES_OK;
    if (!ok)
        failed(pg, res, e);
    PQclear(res);
    return ok;
}

bool pg_begin(struct pg *pg, struct err *e)
{
    return pg_script(pg, "begin", e);
}

bool pg_commit(struct pg *pg, struct err *e)
{
    PGresult *res;
    bool ok = false;

    fresh(pg);
    res = PQexec(pg->conn, "commit");
    if (PQresultStatus(res) != PGRES_COMMAND_OK) {
        failed(pg, res, e);
        /* An ERROR on a live connection rolled back. A FATAL one (57P01 while waiting for
         * a standby), no answer, or trouble inside the server says nothing. */
        pg->unknown = !pg_alive(pg) || pg->state[0] == 0 || class_is(pg->state, "57") ||
                      class_is(pg->state, "08") || class_is(pg->state, "XX");
    } else if (pg->warned) {
        pg->unknown = true;
        err_set(e, ERR_RETRY, "database: warning during commit: outcome unknown");
    } else if (strcmp(PQcmdStatus(res), "COMMIT") != 0) {
        err_set(e, ERR_RETRY, "database: the transaction had failed: rolled back");
    } else {
        ok = true;
    }
    PQclear(res);
    return ok;
}

void pg_rollback(struct pg *pg)
{
    /* what failed stays readable through pg_state() */
    if (pg_alive(pg) && PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
        PQclear(PQexec(pg->conn, "rollback"));
}

static bool copy_send(struct pg *pg, struct span data)
{
    enum { CHUNK = 1 << 20 };

    while (data.n > 0) {
        size_t n = data.n < CHUNK ? data.n : CHUNK;

        if (PQputCopyData(pg->conn, (const char *)data.p, (int)n) != 1)
            return false;
        data.p += n;
        data.n -= n;
    }
    return PQputCopyEnd(pg->conn, NULL) == 1;
}

bool pg_copy(struct pg *pg, const char *sql, struct span data, struct err *e)
{
    PGresult *res;
    bool ok = false;

    fresh(pg);
    res = PQexec(pg->conn, sql);
    if (PQresultStatus(res) != PGRES_COPY_IN) {
        if (PQresultStatus(res) == PGRES_COMMAND_OK ||
            PQresultStatus(res) == PGRES_TUPLES_OK)
            err_set(e, ERR_SETUP, "database: \"%.40s\" is no COPY", sql);
        else
            failed(pg, res, e);
        PQclear(res);
        return false;
    }
    PQclear(res);
    if (!copy_send(pg, data))
        failed(pg, NULL, e);
    /* the answer, also to data that broke off: up to the end of the command */
    while ((res = PQgetResult(pg->conn)) != NULL) {
        ok = PQresultStatus(res) == PGRES_COMMAND_OK;
        if (!ok)
            failed(pg, res, e);
        PQclear(res);
    }
    return ok;
}

/* ---- results ---- */

static const PGresult *result_of(const struct pg_rows *r)
{
    return ((const struct result *)r->result)->res;
}

void pg_rows_clear(struct pg_rows *rows)
{
    struct result *r = rows->result;

    if (r != NULL) {
        PQclear(r->res);
        arena_clear(&r->decoded);
        free(r);
    }
    *rows = (struct pg_rows){0};
}

bool pg_is_null(const struct pg_rows *r, size_t row, size_t col)
{
    return PQgetisnull(result_of(r), (int)row, (int)col) != 0;
}

const char *pg_get_text(const struct pg_rows *r, size_t row, size_t col)
{
    return PQgetvalue(result_of(r), (int)row, (int)col);
}

int64_t pg_get_int(const struct pg_rows *r, size_t row, size_t col)
{
    return strtoll(pg_get_text(r, row, col), NULL, 10);
}

bool pg_get_bool(const struct pg_rows *r, size_t row, size_t col)
{
    return pg_get_text(r, row, col)[0] == 't';
}

int32_t pg_get_date(const struct pg_rows *r, size_t row, size_t col)
{
    return date_read(pg_get_text(r, row, col));
}

struct span pg_get_bytes(const struct pg_rows *r, size_t row, size_t col)
{
    struct result *own = r->result;
    const char *hex = pg_get_text(r, row, col); /* \x... : bytea_output is ours */
    size_t n = strlen(hex);
    unsigned char *out;

    if (n < 2 || hex[0] != '\\' || hex[1] != 'x')
        return (struct span){0};
    n = (n - 2) / 2;
    out = arena_new(&own->decoded, n + 1);
    if (!hex_read(hex + 2, out, n))
        return (struct span){0};
    return (struct span){out, n};
}

bool pg_get_hash(const struct pg_rows *r, size_t row, size_t col, struct hash *out)
{
    const char *hex = pg_get_text(r, row, col);

    return strncmp(hex, "\\x", 2) == 0 && strlen(hex) == 2 + 2 * HASH_LEN &&
           hex_read(hex + 2, out->b, sizeof out->b);
}

const char *pg_column(const struct pg_rows *r, size_t col)
{
    return PQfname(result_of(r), (int)col);
}
