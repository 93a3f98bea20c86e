/*
 * migrate: creates or upgrades the database, as its owner; at the ministry also the
 * copies of its provinces.
 */
#include "aggregator/cmd/commands.h"
#include "aggregator/migrate.h"
#include "aggregator/ministry/provinces.h"

struct progress {
    const struct app *app;
    size_t n;
};

static void done(void *ctx, const char *schema, const char *name)
{
    struct progress *p = ctx;

    p->n++;
    printf("%s%s%s: %s\n", schema != NULL ? schema : "", schema != NULL ? ": " : "", name,
           app_say(p->app, "đã thực hiện", "done"));
}

int cmd_migrate(struct app *app, int argc, char **argv)
{
    struct progress p = {.app = app};
    struct err e = {0};
    struct pg *pg;

    (void)argv;
    if (argc > 1)
        return app_usage(app, NULL, NULL);
    pg = app_pg(app, DB_OWNER, &e);
    if (pg == NULL || !migrate_run(pg, schema_files, schema_files_n, done, &p, &e) ||
        !provinces_migrate(pg, done, &p, &e))
        return app_fail(app, &e);
    if (p.n == 0)
        puts(app_say(app, "cơ sở dữ liệu đã ở phiên bản mới nhất", "nothing to do"));
    return EXIT_DONE;
}
