/* pull: the provinces' pages into their copies, as a daemon, once, or from a folder. */
#include "aggregator/cmd/commands.h"
#include "aggregator/ministry/pull.h"
#include "aggregator/ministry/pull_key.h"
#include "aggregator/table.h"

#include <getopt.h>
#include <inttypes.h>
#include <sys/stat.h>

struct pulling {
    struct app *app;
    const char *from, *province;
    bool once, json, folder;
    struct provinces all;
    struct pulled *done;
    size_t strange;
};

static const struct {
    const char *word, *vi, *en;
    int code;
} STATES[] = {
    [PULL_NOTHING] = {"nothing",  "không có trang",                       "no page",                    EXIT_DONE },
    [PULL_DONE] = {"ok",       "đã nhận hết",                      "up to date",                 EXIT_DONE },
    [PULL_STANDS] = {"stands",   "đứng lại, cần người xử lý", "stands: a person must look",
                      EXIT_FINDINGS                                                                                 },
    [PULL_REFUSED] = {"refused",  "trang không hợp lệ",                "page refused",               EXIT_DATA },
    [PULL_NO_RIGHT] = {"no_right", "tỉnh không cho đọc",               "no right to read",           EXIT_SETUP},
    [PULL_AWAY] = {"away",     "không trả lời",                     "no answer",                  EXIT_LATER},
};

/* What a person at the ministry can do; other reasons name a page and stay as they are.
 */
static const char *why(const struct pulling *p, const struct pulled *d)
{
    if (d->state == PULL_AWAY && *d->detail != 0)
        return app_say(
            p->app,
            "không có trả lời: xem lại địa chỉ (province list), tỉnh có chạy feed "
            "không, đã đăng ký khóa xác thực của máy này chưa",
            d->detail);
    if (d->state == PULL_NO_RIGHT && *d->detail != 0)
        return app_say(
            p->app,
            "khóa xác thực của máy này không được đọc luồng đang theo: đề nghị "
            "tỉnh xem keys list, luồng đã đăng ký (--chain)",
            d->detail);
    return d->detail;
}

static void show(const struct pulling *p)
{
    static const struct column COLUMNS[] = {
        {"province", COL_TEXT, "Tỉnh",                 "Province"  },
        {"pages",    COL_INT,  "Số trang nhận",      "Pages"     },
        {"again",    COL_INT,  "Đã có từ trước", "Had before"},
        {"cursor",   COL_TEXT, "Đến trang",           "Cursor"    },
        {"state",    COL_TEXT, "Tình trạng",          "State"     },
        {"detail",   COL_TEXT, "Vì sao",                "Why"       },
    };
    struct table t;

    table_init(&t, COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < p->all.n; i++) {
        const struct pulled *d = &p->done[i];
        char cursor[48];

        snprintf(cursor, sizeof cursor, "%" PRIu64 ".%" PRIu64, d->cursor.epoch,
                 d->cursor.page);
        table_text(&t, p->all.list[i].code);
        table_int(&t, (int64_t)d->pages);
        table_int(&t, (int64_t)d->again);
        table_text(&t, cursor);
        table_shown(&t, STATES[d->state].word,
                    app_say(p->app, STATES[d->state].vi, STATES[d->state].en));
        table_shown(&t, d->detail, why(p, d));
    }
    table_print(&t, p->app->lang, p->json, stdout);
    table_clear(&t);
}

/* Of several the first that a person must do something about; some well, some not: 2. */
static int exit_of(const struct pulling *p)
{
    int code = p->strange > 0 ? EXIT_DATA : EXIT_DONE;
    size_t well = 0;

    for (size_t i = 0; i < p->all.n; i++) {
        int one = STATES[p->done[i].state].code;

        well += one == EXIT_DONE;
        if (one == EXIT_DATA || code == EXIT_DONE)
            code = one != EXIT_DONE ? one : code;
    }
    return code == EXIT_DONE || code == EXIT_DATA || well == 0 ? code : EXIT_FINDINGS;
}

static bool have_copies(struct pg *pg, const struct provinces *all, struct err *e)
{
    for (size_t i = 0; i < all->n; i++)
        if (!migrate_copy_ready(pg, all->list[i].schema, e))
            return false;
    return true;
}

static bool over_the_wire(struct pulling *p, struct err *e)
{
    const struct settings *s = &p->app->settings;
    struct pull_how how = {.conninfo = s->db_pull,
                           .province = p->province,
                           .endpoint = p->from,
                           .poll_ms = s->pull_poll_ms,
                           .answer_ms = s->pull_answer_ms,
                           .once = p->once};
    struct curve_pair key;
    bool ok = pull_key(s, &key, e);

    how.key = &key;
    ok = ok && pull_run(&how, &p->all, p->done, e);
    explicit_bzero(&key, sizeof key);
    return ok;
}

static bool pull(struct pulling *p, struct err *e)
{
    struct app *app = p->app;
    struct pg *pg = app_pg(app, DB_PULL, e);

    if (pg == NULL || !migrate_ready(pg, e) ||
        !provinces_read(pg, p->province, &p->all, e) || !have_copies(pg, &p->all, e))
        return false;
    if (p->all.n == 0)
        return app_set(app, e, ERR_INPUT,
                       "%s: không theo dõi tỉnh nào như vậy (province add)",
                       "%s: no such province is followed (province add)",
                       p->province != NULL ? p->province : "pull");
    if (!p->folder && p->from != NULL && p->all.n > 1)
        return app_set(app, e, ERR_INPUT, "--from %s: của tỉnh nào (--province)?",
                       "--from %s: which province's (--province)?", p->from);
    p->done = mem_array(p->all.n, sizeof *p->done);
    return p->folder ? pull_folder(pg, &p->all, p->from, p->done, &p->strange, e)
                     : over_the_wire(p, e);
}

int cmd_pull(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"from",             required_argument, NULL, 'f'},
        {"province",              required_argument, NULL, 'p'},
        {"once",                  no_argument, NULL, 'o'},
        {"json",no_argument, NULL, 'j'},
        {0              }
    };
    struct pulling p = {.app = app};
    struct err e = {0};
    struct stat st;
    int c, code;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'f':
            p.from = optarg;
            break;
        case 'p':
            p.province = optarg;
            break;
        case 'o':
            p.once = true;
            break;
        case 'j':
            p.json = true;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (optind != argc)
        return app_usage(app, NULL, NULL);
    if (p.from != NULL && strncmp(p.from, "tcp://", 6) != 0) {
        if (stat(p.from, &st) != 0 || !S_ISDIR(st.st_mode))
            return app_usage(app, "--from là tcp://MÁY:CỔNG hoặc một thư mục",
                             "--from is tcp://HOST:PORT or a folder");
        p.folder = true;
    }
    if (!pull(&p, &e)) {
        code = app_fail(app, &e);
    } else if (p.folder || p.once) {
        show(&p);
        code = exit_of(&p);
    } else {
        code = EXIT_DONE;
    }
    free(p.done);
    provinces_clear(&p.all);
    return code;
}
