/* province: which provinces the ministry follows, how far it has read, why one stands. */
#include "aggregator/cmd/commands.h"
#include "aggregator/ministry/copy.h"
#include "aggregator/ministry/pull_key.h"
#include "aggregator/table.h"
#include "proto/base/file.h"
#include "proto/base/text.h"

#include <getopt.h>
#include <inttypes.h>

/* ---- add ---- */

struct adding {
    struct app *app;
    const char *genesis;
    struct province_new as;
    struct curve_pair key;
    bool fresh;
};

static bool add(struct adding *a, struct err *e)
{
    struct bytes file = {0};
    struct arena arena = {0};
    struct pg *owner;
    bool ok = file_read(a->genesis, GENESIS_MAX, &file, e);

    a->as.file = span_of(&file);
    a->as.actor = app_actor(a->app, &arena, NULL, e);
    ok = ok && pull_key(&a->app->settings, &a->key, e) &&
         (owner = app_pg(a->app, DB_OWNER, e)) != NULL && migrate_ready(owner, e) &&
         (provinces_add(owner, &a->as, &a->fresh, e) || err_in(e, "%s", a->genesis));
    if (ok) {
        struct hash hash = hash_of(DOMAIN_GENESIS, span_of(&file));
        char hex[2 * HASH_LEN + 1];

        printf("genesis %s\ncurve %s\n", hash_hex(&hash, hex), a->key.pub);
    }
    explicit_bzero(&a->key, sizeof a->key);
    bytes_clear(&file);
    arena_clear(&arena);
    return ok;
}

int cmd_province_add(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"genesis",          required_argument, NULL, 'g'},
        {"endpoint",              required_argument, NULL, 'e'},
        {"chain",                  required_argument, NULL, 'c'},
        {0}
    };
    struct adding a = {
        .app = app, .as = {.chain = "full", .endpoint = ""}
    };
    struct err e = {0};
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'g':
            a.genesis = optarg;
            break;
        case 'e':
            a.as.endpoint = optarg;
            break;
        case 'c':
            a.as.chain = optarg;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (optind != argc || a.genesis == NULL)
        return app_usage(app, NULL, NULL);
    if (strcmp(a.as.chain, "full") != 0 && strcmp(a.as.chain, "publications") != 0)
        return app_usage(app, "--chain là full hoặc publications",
                         "--chain is full or publications");
    if (*a.as.endpoint != 0 && strncmp(a.as.endpoint, "tcp://", 6) != 0)
        return app_usage(app, "--endpoint ghi tcp://MÁY:CỔNG",
                         "--endpoint is written tcp://HOST:PORT");
    if (!add(&a, &e))
        return app_fail(app, &e);
    fprintf(stderr, "%s\n",
            a.fresh
                ? app_say(app,
                          "đối chiếu dòng genesis với bản tỉnh giao, gửi dòng curve cho "
                          "tỉnh để đăng ký (keys enroll --consumer), rồi chạy pull",
                          "compare the genesis line with what the province handed over, "
                          "send it the curve line to be enrolled (keys enroll "
                          "--consumer), then run pull")
                : app_say(app, "tỉnh này đã có; địa chỉ được ghi lại nếu khác",
                          "known already; the endpoint is taken over if it differs"));
    return EXIT_DONE;
}

/* ---- list ---- */

static const struct column COLUMNS[] = {
    {"province",      COL_TEXT, "Tỉnh",             "Province"     },
    {"name",          COL_TEXT, "Tên",               "Name"         },
    {"chain",         COL_TEXT, "Luồng",            "Chain"        },
    {"endpoint",      COL_TEXT, "Địa chỉ",       "Endpoint"     },
    {"epoch",         COL_INT,  "Thế hệ",          "Epoch"        },
    {"page",          COL_INT,  "Trang",              "Page"         },
    {"position",      COL_TEXT, "Vị trí",          "Position"     },
    {"sealed_at",     COL_TEXT, "Tỉnh ký lúc",    "Sealed"       },
    {"fetched_at",    COL_TEXT, "Nhận lúc",        "Fetched"      },
    {"state",         COL_TEXT, "Tình trạng",      "State"        },
    {"detail",        COL_TEXT, "Vì sao",            "Why"          },
    {"lost_pages",    COL_INT,  "Số trang mất",   "Pages lost"   },
    {"lost_receipts", COL_INT,  "Số phiếu mất", "Receipts lost"},
    {"branch",        COL_INT,  NULL,                 NULL           },
    {"fork_epoch",    COL_INT,  NULL,                 NULL           },
    {"genesis",       COL_TEXT, NULL,                 NULL           },
};

static const char *shown(void *ctx, size_t col, const char *word)
{
    static const char *const states[][3] = {
        {"new",     "chưa nhận trang nào",               "no page yet"        },
        {"ok",      "đang theo",                            "follows"            },
        {"refused", "trang không hợp lệ",               "page refused"       },
        {"unknown", "loại bản ghi chưa biết",         "unknown record type"},
        {"fork",    "tỉnh đã phục hồi, rẽ nhánh", "restored: a fork"   },
    };
    const struct app *app = ctx;

    if (strcmp(COLUMNS[col].key, "state") != 0)
        return NULL;
    for (size_t i = 0; i < COUNT(states); i++)
        if (strcmp(states[i][0], word) == 0)
            return app_say(app, states[i][1], states[i][2]);
    return NULL;
}

int cmd_province_list(struct app *app, int argc, char **argv)
{
    static const char SQL[] =
        "select p.code, p.name, p.chain, coalesce((select s.endpoint from nation.source s"
        "  where s.code = p.code order by s.number desc limit 1), ''), c.epoch, c.page,"
        " c.log_epoch || '.' || c.seq, coalesce(to_char(c.sealed_at at time zone "
        "'Asia/Ho_Chi_Minh', "
        "  'YYYY-MM-DD\"T\"HH24:MI:SS'), ''),"
        " coalesce(to_char(c.at at time zone 'Asia/Ho_Chi_Minh',"
        "  'YYYY-MM-DD\"T\"HH24:MI:SS'), ''),"
        " coalesce(nullif(h.reason, ''), case when c.page = 0 then 'new' else 'ok' end),"
        " case when h.reason <> '' then h.detail else '' end, case when h.reason <> ''"
        "  then h.lost_pages else 0 end, case when h.reason <> '' then h.lost_receipts "
        "else 0"
        " end, c.branch, case when h.reason <> '' then h.fork_epoch end,"
        " encode(p.genesis, 'hex')"
        " from nation.province p join nation.cursor c on c.code = p.code"
        " left join nation.stopped h on h.code = p.code"
        " order by p.code collate \"C\"";
    struct pg_rows rows = {0};
    struct err e = {0};
    struct table t;
    bool json;
    struct pg *pg;

    if (!app_json_only(argc, argv, 0, 0, &json))
        return app_usage(app, NULL, NULL);
    pg = app_pg(app, DB_READ, &e);
    if (pg == NULL || !pg_query(pg, SQL, NULL, 0, &rows, &e))
        return app_fail(app, &e);
    table_init(&t, COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < rows.n; i++)
        table_row_shown(&t, &rows, i, shown, app);
    table_print(&t, app->lang, json, stdout);
    table_clear(&t);
    pg_rows_clear(&rows);
    return EXIT_DONE;
}

/* ---- follow ---- */

struct following {
    struct app *app;
    const char *code, *why, *by;
    int64_t epoch;
    struct provinces provinces;
    struct province_turn turn;
    int64_t receipts;
};

/* It stands because of a fork, and the epoch is the one that was seen there. */
static bool know_fork(struct following *f, struct pg *pg, struct err *e)
{
    static const char SQL[] =
        "select fork_epoch, common_epoch, common_page, lost_pages, lost_receipts"
        " from nation.stopped where code = $1 and reason = 'fork'";
    const struct pg_arg arg = pg_text(f->code);
    struct app *app = f->app;
    struct pg_rows rows = {0};
    bool ok = pg_query(pg, SQL, &arg, 1, &rows, e);

    if (ok && rows.n == 0)
        ok = app_set(app, e, ERR_INPUT, "tỉnh %s không rẽ nhánh (province list)",
                     "province %s has no fork (province list)", f->code);
    if (ok && pg_get_int(&rows, 0, 0) != f->epoch)
        ok = app_set(app, e, ERR_INPUT, "--epoch: nhánh mới của tỉnh %s là thế hệ %s",
                     "--epoch: the new branch of province %s is epoch %s", f->code,
                     pg_get_text(&rows, 0, 0));
    if (ok) {
        f->turn = (struct province_turn){.epoch = pg_get_int(&rows, 0, 1),
                                         .page = pg_get_int(&rows, 0, 2),
                                         .lost = pg_get_int(&rows, 0, 3),
                                         .why = f->why};
        f->receipts = pg_get_int(&rows, 0, 4);
    }
    pg_rows_clear(&rows);
    return ok;
}

/* The common pages into the new copy; what is cut off here pull finishes. */
static bool replay(struct following *f, struct err *e)
{
    struct pg *pg = app_pg(f->app, DB_PULL, e);
    struct bundles *bundles;
    struct copy *copy;
    bool ok;

    provinces_clear(&f->provinces);
    if (pg == NULL || !provinces_read(pg, f->code, &f->provinces, e))
        return false;
    bundles_open(&bundles);
    copy_open(&copy, pg, &f->provinces.list[0], bundles);
    ok = copy_replay(copy, e);
    copy_close(&copy);
    bundles_close(&bundles);
    return ok;
}

/* A person of the ministry's own register; a ministry that keeps none writes a name. */
static const char *who(struct following *f, struct pg *pg, struct arena *a, struct err *e)
{
    struct pg_rows rows = {0};
    bool register_kept;
    const char *name;

    if (!pg_query(pg, "select from province", NULL, 0, &rows, e))
        return NULL;
    register_kept = rows.n > 0;
    pg_rows_clear(&rows);
    if (register_kept)
        return app_actor(f->app, a, f->by, e);
    name = text_nfc(a, span_str(f->by));
    if (name == NULL || *name == 0 || text_has_hidden(name)) {
        app_set(f->app, e, ERR_INPUT, "--by: không phải tên người",
                "--by: no name of a person");
        return NULL;
    }
    return name;
}

static bool follow(struct following *f, struct arena *a, struct err *e)
{
    struct app *app = f->app;
    struct pg *owner = app_pg(app, DB_OWNER, e);
    const char *actor = owner != NULL ? who(f, owner, a, e) : NULL;

    if (actor == NULL || !migrate_ready(owner, e) ||
        !provinces_read(owner, f->code, &f->provinces, e))
        return false;
    if (f->provinces.n == 0)
        return app_set(app, e, ERR_INPUT, "không theo dõi tỉnh %s (province list)",
                       "province %s is not followed (province list)", f->code);
    if (!know_fork(f, owner, e))
        return false;
    f->turn.person = actor;
    return provinces_turn(owner, &f->provinces.list[0], &f->turn, e) && replay(f, e);
}

int cmd_province_follow(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"epoch",            required_argument, NULL, 'e'},
        {"why",              required_argument, NULL, 'w'},
        {"by",                  required_argument, NULL, 'b'},
        {0}
    };
    struct following f = {.app = app};
    struct arena arena = {0};
    struct err e = {0};
    char *end = NULL;
    bool ok;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'e':
            f.epoch = strtoll(optarg, &end, 10);
            if (*optarg == 0 || *end != 0)
                return app_usage(app, "--epoch là một số", "--epoch is a number");
            break;
        case 'w':
            f.why = optarg;
            break;
        case 'b':
            f.by = optarg;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (optind != argc - 1 || f.epoch <= 0 || f.why == NULL || *f.why == 0 ||
        f.by == NULL)
        return app_usage(app, NULL, NULL);
    f.code = argv[optind];
    f.why = text_nfc(&arena, span_str(f.why));
    if (f.why == NULL || text_has_hidden(f.why)) {
        arena_clear(&arena);
        return app_usage(app, "--why: không phải văn bản thường",
                         "--why: not plain text");
    }
    ok = follow(&f, &arena, &e);
    if (ok)
        app_print(app,
                  "theo thế hệ %" PRId64 " từ trang %" PRId64 ".%" PRId64
                  "; bản sao trước giữ nguyên, có thêm %" PRId64 " trang, %" PRId64
                  " phiếu tiếp nhận mà nhánh mới không có\n",
                  "follows epoch %" PRId64 " behind page %" PRId64 ".%" PRId64
                  "; the copy before is kept: %" PRId64 " pages, %" PRId64
                  " receipts that the new branch lacks\n",
                  f.epoch, f.turn.epoch, f.turn.page, f.turn.lost, f.receipts);
    provinces_clear(&f.provinces);
    arena_clear(&arena);
    return ok ? EXIT_DONE : app_fail(app, &e);
}
