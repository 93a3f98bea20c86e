/* province: which provinces the ministry follows, how far it has read, why one stands. */
#include "aggregator/cmd/commands.h"
#include "aggregator/ministry/provinces.h"
#include "aggregator/ministry/pull_key.h"
#include "aggregator/table.h"
#include "proto/base/file.h"

#include <getopt.h>

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
    {"chain",         COL_TEXT, "Chuỗi",            "Chain"        },
    {"endpoint",      COL_TEXT, "Địa chỉ",       "Endpoint"     },
    {"epoch",         COL_INT,  "Đời",             "Epoch"        },
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
        "  then h.lost_pages else 0 end, case when h.reason <> '' then h.lost_receipts else 0"
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
