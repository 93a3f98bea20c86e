/* feed: the daemon; export, list, verify: its pages without the network. */
#include "aggregator/cmd/commands.h"
#include "aggregator/feed/pages.h"
#include "aggregator/feed/sealer.h"
#include "aggregator/feed/server.h"
#include "aggregator/ingest/front.h"
#include "aggregator/table.h"
#include "proto/base/file.h"

#include <getopt.h>
#include <inttypes.h>
#include <unistd.h>

struct asked {
    enum feed_chain chain; /* FEED_CHAIN_NONE: not said */
    struct feed_cursor from;
    const char *dir;
    bool json;
};

/* Exit code, or -1: go on. */
static int options(struct app *app, int argc, char **argv, const char *which,
                   struct asked *a)
{
    static const struct option all[] = {
        {"chain",            required_argument, NULL, 'c'},
        {"from",              required_argument, NULL, 'f'},
        {"json",                  no_argument, NULL, 'j'},
        {0}
    };
    int c;

    *a = (struct asked){0};
    while ((c = getopt_long(argc, argv, "o:", all, NULL)) != -1) {
        if (strchr(which, c) == NULL)
            return app_usage(app, NULL, NULL);
        switch (c) {
        case 'c':
            a->chain = feed_chain_of(optarg);
            if (a->chain == FEED_CHAIN_NONE)
                return app_usage(app, "--chain là full hoặc publications",
                                 "--chain is full or publications");
            break;
        case 'f':
            if (!feed_cursor_read(optarg, &a->from) || a->from.page == 0)
                return app_usage(app, "--from là số của một trang, ví dụ 1.17",
                                 "--from is the number of a page, such as 1.17");
            break;
        case 'j':
            a->json = true;
            break;
        case 'o':
            a->dir = optarg;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    return optind == argc ? -1 : app_usage(app, NULL, NULL);
}

/* ---- sealing what waits ---- */

/* All that is signed becomes pages now; a feed process that runs does it in its own time.
 */
static bool seal_now(struct app *app, struct pg *pg, struct err *e)
{
    const struct settings *s = &app->settings;
    char *key = settings_path(s, "keys/receipt.sign");
    char *lock = settings_path(s, "feed.lock");
    char *logs[] = {settings_path(s, "feed-full.log"),
                    settings_path(s, "feed-publications.log")};
    struct sealer sealer = {0};
    struct signer signer = {0};
    size_t sealed = 1;
    int fd = -1;
    bool ok = true;

    if (!feed_lock(lock, &fd, e)) {
        ok = e->kind == ERR_RETRY;
        goto out;
    }
    ok = signer_start_feed(&signer, key, logs[0], logs[1], e) &&
         sealer_open(&sealer, pg, &signer, e);
    while (ok && sealed > 0)
        ok = sealer_step(&sealer, true, &sealed, e);
out:
    sealer_close(&sealer);
    signer_stop(&signer);
    if (fd >= 0)
        close(fd);
    free(key);
    free(lock);
    free(logs[0]);
    free(logs[1]);
    return ok;
}

static bool say_unsigned(struct app *app, struct pg *pg, struct err *e)
{
    static const char SQL[] =
        "select count(*) from commit c where not exists (select from commit_signature s"
        " where s.epoch = c.epoch and s.number = c.number)";
    struct pg_rows rows = {0};

    if (!pg_query(pg, SQL, NULL, 0, &rows, e))
        return false;
    if (pg_get_int(&rows, 0, 0) > 0)
        fprintf(stderr, "%" PRId64 " %s\n", pg_get_int(&rows, 0, 0),
                app_say(app, "lần ghi sau đó chờ ký (serve ký khi đang chạy)",
                        "later commits wait to be signed (by serve, while it runs)"));
    pg_rows_clear(&rows);
    return true;
}

/* ---- export ---- */

static bool province_code(struct pg *pg, struct arena *a, const char **code,
                          struct err *e)
{
    struct pg_rows rows = {0};

    if (!pg_query(pg, "select code from province", NULL, 0, &rows, e))
        return false;
    *code = rows.n == 1 ? arena_str(a, pg_get_text(&rows, 0, 0)) : "";
    pg_rows_clear(&rows);
    return **code != 0 || err_set(e, ERR_SETUP, "the database has no genesis yet");
}

/* From the page asked for to the newest. */
static bool write_pages(struct app *app, struct pg *pg, const struct asked *a, size_t *n,
                        struct feed_cursor *last, struct err *e)
{
    struct feed_cursor at = {.chain = a->chain,
                             .epoch = a->from.epoch,
                             .page = a->from.page > 0 ? a->from.page - 1 : 0};
    struct arena arena = {0};
    struct bytes file = {0};
    const char *code = NULL;
    bool ok = province_code(pg, &arena, &code, e) && file_mkdirs(a->dir, e);

    *last = (struct feed_cursor){.chain = a->chain};
    while (ok) {
        char name[FEED_NAME_LEN], *path;
        struct feed_cursor next;
        bool found;

        ok = page_behind(pg, &at, &next, e);
        if (!ok || next.page == 0)
            break;
        if (*n == 0 && a->from.page > 0 &&
            (next.epoch != a->from.epoch || next.page != a->from.page)) {
            ok = app_set(app, e, ERR_INPUT,
                         "--from %" PRIu64 ".%" PRIu64 ": không có trang này",
                         "--from %" PRIu64 ".%" PRIu64 ": there is no such page",
                         a->from.epoch, a->from.page);
            break;
        }
        path = mem_printf("%s/%s", a->dir, feed_name(code, &next, name));
        ok = page_load(pg, &next, &file, &found, e) &&
             file_write(path, span_of(&file), 0644, e);
        free(path);
        at = next;
        *last = next;
        (*n)++;
    }
    if (ok && *n == 0 && a->from.page > 0)
        ok = app_set(app, e, ERR_INPUT,
                     "--from %" PRIu64 ".%" PRIu64 ": chưa có trang này",
                     "--from %" PRIu64 ".%" PRIu64 ": there is no such page yet",
                     a->from.epoch, a->from.page);
    bytes_clear(&file);
    arena_clear(&arena);
    return ok;
}

int cmd_feed_export(struct app *app, int argc, char **argv)
{
    struct feed_cursor last;
    struct asked a;
    struct err e = {0};
    struct pg *pg;
    size_t n = 0;
    int code = options(app, argc, argv, "cfo", &a);

    if (code >= 0)
        return code;
    if (a.dir == NULL)
        return app_usage(app, NULL, NULL);
    if (a.chain == FEED_CHAIN_NONE)
        a.chain = FEED_FULL;
    pg = app_pg(app, DB_FEED, &e);
    if (pg == NULL || !seal_now(app, pg, &e) || !say_unsigned(app, pg, &e) ||
        !write_pages(app, pg, &a, &n, &last, &e))
        return app_fail(app, &e);
    app_print(app, "đã ghi %zu trang, đến trang %" PRIu64 ".%" PRIu64 "\n",
              "%zu pages written, up to page %" PRIu64 ".%" PRIu64 "\n", n, last.epoch,
              last.page);
    return EXIT_DONE;
}

/* ---- list ---- */

int cmd_feed_list(struct app *app, int argc, char **argv)
{
    static const char SQL[] =
        "select p.chain, p.epoch, p.page, p.commit_epoch, p.first_number, p.last_number,"
        " (select first_seq from commit c where c.epoch = p.commit_epoch"
        "  and c.number = p.first_number),"
        " (select last_seq from commit c where c.epoch = p.commit_epoch"
        "  and c.number = p.last_number),"
        " to_char(p.at at time zone 'Asia/Ho_Chi_Minh', 'DD/MM/YYYY HH24:MI:SS'),"
        " encode(p.hash, 'hex') from feed_page p"
        " join feed_signature s using (chain, epoch, page)"
        " where $1 = '' or p.chain = $1 order by 1, 2, 3";
    static const struct column COLUMNS[] = {
        {"chain",        COL_TEXT, "Luồng",          "Chain" },
        {"epoch",        COL_INT,  "Thế hệ",       "Epoch" },
        {"page",         COL_INT,  "Trang",            "Page"  },
        {"commit_epoch", COL_INT,  NULL,               NULL    },
        {"first_number", COL_INT,  NULL,               NULL    },
        {"last_number",  COL_INT,  NULL,               NULL    },
        {"first_seq",    COL_INT,  "Từ vị trí",   "From"  },
        {"last_seq",     COL_INT,  "Đến vị trí", "To"    },
        {"sealed",       COL_TEXT, "Lập lúc",       "Sealed"},
        {"hash",         COL_TEXT, NULL,               NULL    }
    };
    struct pg_rows rows = {0};
    struct pg_arg chain;
    struct asked a;
    struct table t;
    struct err e = {0};
    struct pg *pg;
    int code = options(app, argc, argv, "cj", &a);

    if (code >= 0)
        return code;
    chain = pg_text(feed_chain_word(a.chain));
    pg = app_pg(app, DB_READ, &e);
    if (pg == NULL || !pg_query(pg, SQL, &chain, 1, &rows, &e))
        return app_fail(app, &e);
    table_init(&t, COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < rows.n; i++)
        table_row(&t, &rows, i);
    table_print(&t, app->lang, a.json, stdout);
    table_clear(&t);
    pg_rows_clear(&rows);
    return EXIT_DONE;
}

/* ---- verify ---- */

/* Every page is what it was, signed by the key it names, and continues the one before. */
static bool verify_chain(struct pg *pg, enum feed_chain chain, size_t *n, struct err *e)
{
    struct feed_cursor at = {.chain = chain}, next;
    struct bytes file = {0};
    bool ok = true, found;

    while (ok && page_behind(pg, &at, &next, e) && next.page != 0) {
        struct feed_page p;

        ok = page_load(pg, &next, &file, &found, e) &&
             feed_page_read(span_of(&file), &p, e) &&
             (feed_page_holds(&p) ||
              err_set(e, ERR_SETUP, "page %s %" PRIu64 ".%" PRIu64 ": bad signature",
                      feed_chain_word(chain), next.epoch, next.page)) &&
             feed_page_follows(&p, &p.header.province, &at, NULL, e);
        at = next;
        *n += ok;
    }
    bytes_clear(&file);
    return ok && e->kind == ERR_NONE;
}

int cmd_feed_verify(struct app *app, int argc, char **argv)
{
    struct asked a;
    struct err e = {0};
    struct pg *pg;
    size_t n = 0;
    bool ok = true;
    int code = options(app, argc, argv, "c", &a);

    if (code >= 0)
        return code;
    pg = app_pg(app, DB_FEED, &e);
    ok = pg != NULL;
    for (enum feed_chain c = FEED_FULL; ok && c <= FEED_PUBLICATIONS; c++)
        if (a.chain == FEED_CHAIN_NONE || a.chain == c)
            ok = verify_chain(pg, c, &n, &e);
    if (!ok)
        return app_fail(app, &e);
    app_print(app, "%zu trang, lập lại từ nhật ký đúng như đã ký\n",
              "%zu pages, made again from the log just as they were signed\n", n);
    return EXIT_DONE;
}

/* ---- the daemon ---- */

int cmd_feed(struct app *app, int argc, char **argv)
{
    const struct front_plan plan = {
        .name = "feeding",
        .endpoint = app->settings.feed_endpoint,
        .file = "feed.endpoint",
        .limits = {.peers = app->settings.max_consumers,
                   .message = FEED_MESSAGE,
                   .receive = 4 * 1024 * 1024,
                   .send = FEED_SEND},
        .start = feed_server_start,
    };
    struct err e = {0};

    (void)argv;
    if (argc != 1)
        return app_usage(app, NULL, NULL);
    log_init("htx-aggregator", app->settings.log_level);
    if (!front_run(&plan, &app->settings, &e)) {
        log_event(LOG_ERROR, "feed error=\"%s\"", e.text);
        return err_exit(&e);
    }
    log_event(LOG_INFO, "stopped");
    return EXIT_DONE;
}
