/* epoch begin: after the database was restored from a backup, the log goes on under a new
 * number, so that no position and no page is ever given twice. */
#include "aggregator/cmd/commands.h"
#include "aggregator/store/acts.h"

#include <getopt.h>
#include <inttypes.h>

static bool begin(struct app *app, const char *why, const char *by, struct log_tip *tip,
                  struct err *e)
{
    struct acts acts = {0};
    struct json *j;
    char hex[2 * HASH_LEN + 1];
    struct pg *pg = app_writer(app, e);
    /* nobody may write meanwhile, and only the owner may see to that */
    struct pg *owner = pg != NULL ? app_pg(app, DB_OWNER, e) : NULL;
    const char *actor = owner != NULL ? app_actor(app, &acts.arena, by, e) : NULL;
    bool ok = actor != NULL && oplog_tip(pg, tip, e);

    if (ok && tip->epoch == 0)
        ok = app_set(app, e, ERR_SETUP,
                     "nhật ký chưa có gì: chạy htx-aggregator genesis trước",
                     "the log has not begun: run htx-aggregator genesis first");
    if (ok) {
        j = json_new();
        json_int(j, "new", (int64_t)tip->epoch + 1);
        json_int(j, "as_epoch", (int64_t)tip->epoch);
        json_int(j, "as_seq", (int64_t)tip->last_seq);
        json_text(j, "statement", hash_hex(&tip->statement_hash, hex));
        json_text(j, "why", why);
        acts_add(&acts, "epoch", &j);
        ok = oplog_epoch(owner, actor, &acts.list[0], tip, e);
    }
    acts_clear(&acts);
    return ok;
}

int cmd_epoch_begin(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"why", required_argument, NULL, 'w'},
        {"by", required_argument, NULL, 'b'},
        {0    }
    };
    const char *why = NULL, *by = NULL;
    struct log_tip tip;
    struct err e = {0};
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'w')
            why = optarg;
        else if (c == 'b')
            by = optarg;
        else
            return app_usage(app, NULL, NULL);
    }
    if (optind != argc || by == NULL)
        return app_usage(app, NULL, NULL);
    if (why == NULL || *why == 0)
        return app_usage(app, "phải có lý do (--why)", "a reason is needed (--why)");
    if (!begin(app, why, by, &tip, &e))
        return app_fail(app, &e);
    app_print(
        app,
        "nhật ký bắt đầu thế hệ %" PRIu64 ", tiếp theo vị trí %" PRIu64 ".%" PRIu64 "\n",
        "the log begins epoch %" PRIu64 ", behind position %" PRIu64 ".%" PRIu64 "\n",
        tip.epoch + 1, tip.epoch, tip.last_seq);
    return EXIT_DONE;
}
