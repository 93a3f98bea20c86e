/*
 * audit list: every act and every refused attempt in the order of time, in words.
 * audit verify: do the chains hold, is every act the leaf of its commit, did two people
 * sign every closing?
 */
#include "aggregator/store/audit.h"
#include "aggregator/acts/audit_words.h"
#include "aggregator/acts/seals.h"
#include "aggregator/table.h"
#include "proto/merkle.h"

#include <getopt.h>
#include <inttypes.h>

/* ---- list ---- */

enum { AT_VI, AT, WHAT, ACTOR, WHO, CHAIN, POSITION, UNIT_NAME, REPORT, FIRST_FIELD };

/* The fields of the sentences follow; $1 period, $2 person, $3 unit, $4 $5 days. */
static const char HEAD[] =
    "select to_char(d.at at time zone 'Asia/Ho_Chi_Minh', 'DD/MM/YYYY HH24:MI:SS'),"
    " to_char(d.at at time zone 'Asia/Ho_Chi_Minh', "
    "'YYYY-MM-DD\"T\"HH24:MI:SS\"+07:00\"'),"
    " d.what, d.who, coalesce(p.name || ' (' || d.who || ')', d.who), d.chain,"
    " case when d.chain = '' then d.epoch || '.' || d.seq else d.chain || ' ' || d.seq "
    "end,"
    " coalesce(d.body->>'unit' || ' ' || u.name, d.body->>'unit'), r.report";
static const char TAIL[] =
    " from (select x.*, coalesce(nullif(x.actor, ''), x.body->>'person', '') as who"
    "  from done x) d"
    " left join person_now p on p.code = d.who"
    " left join lateral (select name from unit_now n where n.code = d.body->>'unit'"
    "  order by n.valid_from::text = d.body->>'unit_from' desc, n.valid_from desc limit "
    "1) u"
    "  on true"
    " left join lateral (select e.epoch || '.' || e.seq || coalesce(' ' || nullif(e.name, ''), '')"
    "  as report from (select epoch, seq, name from report"
    "   where hash = decode(d.body->>'about', 'hex') union all select epoch, seq, null"
    "   from answer where hash = decode(d.body->>'about', 'hex')) e limit 1) r"
    "  on d.body ? 'about' and d.chain = ''"
    " where ($1::text is null or $1 in (d.body->>'period',"
    "   d.body->>'scheme' || ':' || (d.body->>'period'))"
    "  or (d.what = 'period' and $1 in (d.body->>'code',"
    "   d.body->>'scheme' || ':' || (d.body->>'code'))))"
    " and ($2::text is null or $2 in (d.who, d.body->>'person')"
    "  or (d.what = 'person' and d.body->>'code' = $2))"
    " and ($3::text is null or $3 in (d.body->>'unit', d.body->>'old', d.body->>'new')"
    "  or (d.what = 'unit' and d.body->>'code' = $3))"
    " and ($4::date is null or (d.at at time zone 'Asia/Ho_Chi_Minh')::date >= $4)"
    " and ($5::date is null or (d.at at time zone 'Asia/Ho_Chi_Minh')::date <= $5)"
    " order by d.at, d.epoch, d.chain, d.seq";

static const struct column COLUMNS[] = {
    {"at",       COL_TEXT, "Thời gian", "Time"},
    {"position", COL_TEXT, NULL,          NULL  },
    {"what",     COL_TEXT, NULL,          NULL  },
    {"act",      COL_TEXT, NULL,          NULL  },
    {"person",   COL_TEXT, NULL,          NULL  },
    {"unit",     COL_TEXT, NULL,          NULL  },
    {"period",   COL_TEXT, NULL,          NULL  },
    {"vintage",  COL_TEXT, NULL,          NULL  },
    {"attempt",  COL_BOOL, NULL,          NULL  },
    {"text_vi",  COL_TEXT, "Việc",      NULL  },
    {"text_en",  COL_TEXT, NULL,          "What"},
};

struct line {
    const struct pg_rows *rows;
    size_t i;
};

static const char *raw(const struct line *l, const char *name)
{
    for (size_t f = 0; f < AUDIT_FIELDS_N; f++)
        if (strcmp(AUDIT_FIELDS[f], name) == 0)
            return pg_get_text(l->rows, l->i, FIRST_FIELD + f);
    return "";
}

/* As sentences name it: people and units by name, a report by its position. */
static const char *said(void *ctx, const char *name)
{
    const struct line *l = ctx;
    const int col = strcmp(name, "who") == 0      ? WHO
                    : strcmp(name, "unit") == 0   ? UNIT_NAME
                    : strcmp(name, "report") == 0 ? REPORT
                                                  : -1;

    return col < 0 ? raw(l, name) : pg_get_text(l->rows, l->i, (size_t)col);
}

static void print(const struct app *app, const struct pg_rows *rows, bool json)
{
    struct bytes vi = {0}, en = {0};
    struct table t;

    table_init(&t, COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < rows->n; i++) {
        struct line l = {rows, i};
        const char *what = pg_get_text(rows, i, WHAT);

        vi.n = en.n = 0;
        audit_say(what, said, &l, LANG_VI, &vi);
        audit_say(what, said, &l, LANG_EN, &en);
        table_shown(&t, pg_get_text(rows, i, AT), pg_get_text(rows, i, AT_VI));
        table_text(&t, pg_get_text(rows, i, POSITION));
        table_text(&t, what);
        table_text(&t, raw(&l, "act"));
        table_text(&t, pg_get_text(rows, i, ACTOR));
        table_text(&t, raw(&l, "unit"));
        table_text(&t, raw(&l, "period"));
        table_text(&t, raw(&l, "vintage"));
        table_bool(&t, *pg_get_text(rows, i, CHAIN) != 0);
        table_text(&t, bytes_cstr(&vi));
        table_text(&t, bytes_cstr(&en));
    }
    table_print(&t, app->lang, json, stdout);
    table_clear(&t);
    bytes_clear(&vi);
    bytes_clear(&en);
}

struct asked {
    const char *period, *person, *unit, *since, *until;
    bool json;
};

static bool list(struct app *app, const struct asked *q, struct err *e)
{
    const struct pg_arg args[] = {pg_text(q->period), pg_text(q->person),
                                  pg_text(q->unit), pg_text(q->since), pg_text(q->until)};
    struct pg *pg = app_pg(app, DB_READ, e);
    struct pg_rows rows = {0};
    struct bytes sql = {0};
    bool ok;

    if (pg == NULL)
        return false;
    bytes_str(&sql, HEAD);
    for (size_t i = 0; i < AUDIT_FIELDS_N; i++)
        bytes_printf(&sql, ", d.body->>'%s'", AUDIT_FIELDS[i]);
    bytes_str(&sql, TAIL);
    ok = pg_query(pg, bytes_cstr(&sql), args, COUNT(args), &rows, e);
    if (ok)
        print(app, &rows, q->json);
    pg_rows_clear(&rows);
    bytes_clear(&sql);
    return ok || err_in(e, "audit");
}

int cmd_audit_list(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"person",           required_argument, NULL, 'p'},
        {"unit",              required_argument, NULL, 'u'},
        {"since",                  required_argument, NULL, 's'},
        {"until",required_argument, NULL, 't'},
        {"json",               no_argument, NULL, 'j'},
        {0           }
    };
    struct asked q = {0};
    struct err e = {0};
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'p':
            q.person = optarg;
            break;
        case 'u':
            q.unit = optarg;
            break;
        case 's':
            q.since = optarg;
            break;
        case 't':
            q.until = optarg;
            break;
        case 'j':
            q.json = true;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (argc - optind > 1)
        return app_usage(app, "nhiều nhất một kỳ báo cáo", "one period at most");
    q.period = argv[optind];
    if ((q.since != NULL && date_read(q.since) == DATE_NONE) ||
        (q.until != NULL && date_read(q.until) == DATE_NONE))
        return app_usage(app, "--since, --until: ghi ngày theo dạng 2025-06-30",
                         "--since, --until: write a day as 2025-06-30");
    return list(app, &q, &e) ? EXIT_DONE : app_fail(app, &e);
}

/* ---- verify ---- */

struct counts {
    int64_t commits, acts, seals;
};

/* Every commit continues the one before, and says the root of its leaves. */
static bool check_commit(const struct pg_rows *r, size_t i, struct hash *before,
                         struct err *e)
{
    struct span bytes = pg_get_bytes(r, i, 2), leaves = pg_get_bytes(r, i, 4);
    const struct hash hash = hash_of(DOMAIN_STATEMENT, bytes);
    struct hash said, root;
    struct statement st;

    if (!wire_read_statement(bytes, &st, e))
        return false;
    root = merkle_root((const struct hash *)(const void *)leaves.p, leaves.n / HASH_LEN);
    if (leaves.n % HASH_LEN != 0 || !hash_eq(&root, &st.root))
        return err_set(e, ERR_INPUT, "the root is not that of its leaves");
    if (!pg_get_hash(r, i, 3, &said) || !hash_eq(&hash, &said) ||
        !hash_eq(&st.previous, before))
        return err_set(e, ERR_INPUT, "the chain is broken here");
    *before = hash;
    return true;
}

static bool verify_commits(struct pg *pg, struct counts *n, struct err *e)
{
    static const char SQL[] =
        "select epoch, number, statement, statement_hash, leaves from commit"
        " where (epoch, number) > ($1::bigint, $2::bigint) order by epoch, number limit "
        "500";
    struct hash before = {{0}};
    int64_t epoch = 0, number = 0;
    bool more = true, ok = true;

    while (ok && more) {
        const struct pg_arg args[] = {pg_int(epoch), pg_int(number)};
        struct pg_rows rows = {0};

        if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
            return false;
        more = rows.n > 0;
        for (size_t i = 0; ok && i < rows.n; i++) {
            epoch = pg_get_int(&rows, i, 0);
            number = pg_get_int(&rows, i, 1);
            ok = check_commit(&rows, i, &before, e) ||
                 err_in(e, "commit %" PRId64 ".%" PRId64, epoch, number);
            n->commits++;
        }
        pg_rows_clear(&rows);
    }
    return ok;
}

/* Every act is the leaf of its commit that stands at its position. */
static bool verify_acts(struct pg *pg, struct counts *n, struct err *e)
{
    static const char SQL[] =
        "select k.epoch, k.seq, k.body, k.hash,"
        " substring(c.leaves from ((k.seq - c.first_seq) * 32 + 1)::int for 32)"
        " from control k cross join lateral (select * from commit x"
        "  where x.epoch = k.epoch and x.first_seq <= k.seq"
        "  order by x.first_seq desc limit 1) c"
        " where (k.epoch, k.seq) > ($1::bigint, $2::bigint)"
        " order by k.epoch, k.seq limit 500";
    int64_t epoch = 0, seq = 0;
    bool more = true, ok = true;

    while (ok && more) {
        const struct pg_arg args[] = {pg_int(epoch), pg_int(seq)};
        struct pg_rows rows = {0};

        if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
            return false;
        more = rows.n > 0;
        for (size_t i = 0; ok && i < rows.n; i++) {
            struct hash now = hash_of(DOMAIN_CONTROL, pg_get_bytes(&rows, i, 2)), row,
                        leaf;

            epoch = pg_get_int(&rows, i, 0);
            seq = pg_get_int(&rows, i, 1);
            ok = (pg_get_hash(&rows, i, 3, &row) && pg_get_hash(&rows, i, 4, &leaf) &&
                  hash_eq(&now, &row) && hash_eq(&now, &leaf)) ||
                 err_set(e, ERR_INPUT,
                         "record %" PRId64 ".%" PRId64 ": not what was committed", epoch,
                         seq);
            n->acts++;
        }
        pg_rows_clear(&rows);
    }
    return ok;
}

/* Two keys signed the same bytes, and those are of this very period and number. */
static bool verify_seal(struct pg *pg, const struct pg_rows *rows, size_t i,
                        struct arena *a, struct err *e)
{
    const struct rollup_at at = {.scheme = arena_str(a, pg_get_text(rows, i, 0)),
                                 .period = arena_str(a, pg_get_text(rows, i, 1)),
                                 .vintage = arena_str(a, pg_get_text(rows, i, 2))};
    struct seals s;
    struct seal seal;

    if (!seals_of(pg, &at, pg_get_int(rows, i, 3), a, &s, e) ||
        !seals_hold(&s, a, &seal, e))
        return false;
    return (strcmp(seal.scheme, at.scheme) == 0 && strcmp(seal.period, at.period) == 0 &&
            strcmp(seal.vintage, at.vintage) == 0 && seal.number == s.number) ||
           err_set(e, ERR_INPUT, "the signed text is about something else");
}

/* What stands in the table is what the acts say. */
static bool verify_rows(struct pg *pg, struct err *e)
{
    static const char SQL[] =
        "select s.epoch || '.' || s.seq from seal s left join (select epoch, seq,"
        "  json_of(body) as b from control where kind = 'seal') k using (epoch, seq)"
        " where (k.b->>'act', k.b->>'scheme', k.b->>'period', k.b->>'vintage',"
        "  k.b->>'number', k.b->>'person', k.b->>'key', k.b->>'signature',"
        "  coalesce(k.b->>'why', ''), coalesce(k.b->>'paper_number', ''),"
        "  k.b->>'paper_date')"
        " is distinct from (s.act, s.scheme, s.period, s.vintage, s.number::text, "
        "s.person,"
        "  encode(s.key, 'hex'), encode(s.signature, 'hex'), s.why, s.paper_number,"
        "  s.paper_date::text) limit 1";
    struct pg_rows rows = {0};
    bool ok = pg_query(pg, SQL, NULL, 0, &rows, e);

    if (ok && rows.n != 0)
        ok = err_set(e, ERR_INPUT, "seal %s: not what its record says",
                     pg_get_text(&rows, 0, 0));
    pg_rows_clear(&rows);
    return ok;
}

static bool verify_seals(struct pg *pg, struct counts *n, struct err *e)
{
    static const char SQL[] = "select scheme, period, vintage, number from seal"
                              " where act = 'close' order by epoch, seq";
    struct pg_rows rows = {0};
    struct arena a = {0};
    bool ok = verify_rows(pg, e) && pg_query(pg, SQL, NULL, 0, &rows, e);

    for (size_t i = 0; ok && i < rows.n; i++) {
        ok = verify_seal(pg, &rows, i, &a, e) ||
             err_in(e, "%s:%s %s %s", pg_get_text(&rows, i, 0), pg_get_text(&rows, i, 1),
                    pg_get_text(&rows, i, 2), pg_get_text(&rows, i, 3));
        n->seals++;
        arena_clear(&a);
    }
    pg_rows_clear(&rows);
    return ok;
}

int cmd_audit_verify(struct app *app, int argc, char **argv)
{
    struct counts n = {0};
    struct err e = {0};
    struct pg *pg;

    if (argc != 1)
        return app_usage(app, NULL, NULL);
    (void)argv;
    pg = app_pg(app, DB_READ, &e);
    if (pg == NULL)
        return app_fail(app, &e);
    if (!audit_verify(pg, &e) || !verify_commits(pg, &n, &e) ||
        !verify_acts(pg, &n, &e) || !verify_seals(pg, &n, &e)) {
        app_fail(app, &e);
        return e.kind == ERR_INPUT ? EXIT_FAILED : err_exit(&e);
    }
    app_print(app,
              "nhật ký kiểm tra, %" PRId64 " lần ghi, %" PRId64 " việc, %" PRId64
              " lần khóa kỳ: khớp\n",
              "audit chains, %" PRId64 " commits, %" PRId64 " acts, %" PRId64
              " closings: all hold\n",
              n.commits, n.acts, n.seals);
    return EXIT_DONE;
}
