#include "aggregator/cmd/commands.h"

#include <getopt.h>
#include <pwd.h>
#include <unistd.h>

enum { LOCK_WRITER = 0x48545802 }; /* "HTX", 2; migrate has 1 */

struct pg *app_pg(struct app *app, enum db_role role, struct err *e)
{
    const struct settings *s = &app->settings;
    const char *const conninfo[DB_ROLES] = {
        [DB_OWNER] = s->db_owner, [DB_ADMIN] = s->db_admin, [DB_SERVE] = s->db_serve,
        [DB_READ] = s->db_read,   [DB_FEED] = s->db_feed,   [DB_PULL] = s->db_pull,
    };

    if (app->schema != NULL)
        role = DB_READ;
    if (app->pg[role] != NULL)
        return app->pg[role];
    if (!pg_open(&app->pg[role], conninfo[role], e))
        return NULL;
    /* compiling a long question takes seconds, asking it a fraction of one */
    if (!pg_script(app->pg[role], "set jit = off", e))
        pg_close(&app->pg[role]);
    return app->pg[role];
}

struct pg *app_writer(struct app *app, struct err *e)
{
    const struct pg_arg lock = pg_int(LOCK_WRITER);
    struct pg *pg = app_pg(app, DB_ADMIN, e);

    if (pg == NULL || !pg_query(pg, "select pg_advisory_lock($1)", &lock, 1, NULL, e))
        return NULL;
    return pg;
}

static const char ACTIVE_BUNDLE[] =
    "select b.bundle from catalogue_bundle b where b.version = ("
    " select version from catalogue where act = 'activate'"
    " order by epoch desc, seq desc limit 1)";

bool catalogue_active(struct pg *pg, struct catalogue **out, struct err *e)
{
    struct pg_rows rows = {0};
    bool ok = false;

    *out = NULL;
    if (!pg_query(pg, ACTIVE_BUNDLE, NULL, 0, &rows, e))
        return err_in(e, "reading the active catalogue");
    if (rows.n == 0)
        err_set(e, ERR_SETUP,
                "chưa có danh mục đang dùng / no catalogue is active: "
                "htx-aggregator catalogue load, catalogue activate");
    else
        ok = catalogue_load(out, pg_get_bytes(&rows, 0, 0), e);
    pg_rows_clear(&rows);
    return ok;
}

bool holidays_active(struct pg *pg, struct arena *a, struct holidays *out, struct err *e)
{
    struct pg_rows rows = {0};
    bool ok = pg_query(pg, ACTIVE_BUNDLE, NULL, 0, &rows, e);

    *out = (struct holidays){0};
    ok = ok && (rows.n == 0 || holidays_of_bundle(out, a, pg_get_bytes(&rows, 0, 0), e));
    pg_rows_clear(&rows);
    return ok || err_in(e, "reading the holidays");
}

const struct catalogue *app_catalogue(struct app *app, struct err *e)
{
    struct pg *pg;

    if (app->catalogue != NULL)
        return app->catalogue;
    pg = app_pg(app, DB_READ, e);
    if (pg == NULL || !catalogue_active(pg, &app->catalogue, e))
        return NULL;
    return app->catalogue;
}

bool app_unit_known(struct app *app, const char *option, const char *code, struct err *e)
{
    const struct pg_arg arg = pg_text(code);
    struct pg *pg = app_pg(app, DB_READ, e);
    struct pg_rows rows = {0};
    bool known;

    if (pg == NULL ||
        !pg_query(pg, "select from unit where code = $1 limit 1", &arg, 1, &rows, e))
        return false;
    known = rows.n > 0;
    pg_rows_clear(&rows);
    return known ||
           app_set(app, e, ERR_INPUT, "%s %s: không có đơn vị mã này (xem: unit list)",
                   "%s %s: no such unit (see: unit list)", option, code);
}

const char *app_say(const struct app *app, const char *vi, const char *en)
{
    return app->lang == LANG_VI ? vi : en;
}

static const char *what_next(const struct app *app, enum err_kind kind)
{
    switch (kind) {
    case ERR_NONE:
        break;
    case ERR_RETRY:
        return app_say(app, "hệ thống đang bận hoặc mất kết nối, đề nghị thử lại sau",
                       "busy or away: try again later");
    case ERR_INPUT:
        return app_say(app, "đề nghị sửa dữ liệu rồi làm lại",
                       "correct the data and repeat");
    case ERR_SETUP:
        return app_say(
            app, "đề nghị người quản trị kiểm tra cấu hình, quyền hoặc cơ sở dữ liệu",
            "an administrator must look at configuration, rights or database");
    }
    return "";
}

int app_fail(const struct app *app, const struct err *e)
{
    const char *next = what_next(app, e->kind);

    /* a table or a role that is not there */
    if (strstr(e->text, ": 42P01: ") != NULL || strstr(e->text, "28000: role") != NULL)
        next = app_say(app, "cơ sở dữ liệu chưa được lập: chạy htx-aggregator migrate",
                       "the database is not set up: run htx-aggregator migrate");
    fprintf(stderr, "htx-aggregator: %s\n(%s)\n", e->text, next);
    return err_exit(e);
}

int app_usage(const struct app *app, const char *vi, const char *en)
{
    const struct command *c = app->command;

    if (vi != NULL)
        fprintf(stderr, "htx-aggregator: %s\n", app_say(app, vi, en));
    fprintf(stderr, "%s: htx-aggregator %s%s%s %s\n", app_say(app, "Cách dùng", "Usage"),
            c->name, c->sub != NULL ? " " : "", c->sub != NULL ? c->sub : "", c->args);
    return EXIT_USAGE;
}

bool app_json_only(int argc, char **argv, int min, int max, bool *json)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {0 }
    };
    int c;

    *json = false;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c != 'j')
            return false;
        *json = true;
    }
    return argc - optind >= min && argc - optind <= max;
}

const char *app_actor(struct app *app, struct arena *a, const char *by, struct err *e)
{
    struct pg_rows rows = {0};
    struct pg *pg;
    const struct pg_arg code = pg_text(by);
    const struct passwd *user;
    bool known;

    if (by == NULL) {
        user = getpwuid(getuid());
        return user != NULL ? arena_printf(a, "unix:%s", user->pw_name)
                            : arena_printf(a, "unix:%u", (unsigned)getuid());
    }
    pg = app_pg(app, DB_ADMIN, e);
    if (pg == NULL ||
        !pg_query(pg, "select from person_now where code = $1", &code, 1, &rows, e))
        return NULL;
    known = rows.n != 0;
    pg_rows_clear(&rows);
    if (!known) {
        app_set(app, e, ERR_INPUT,
                "--by: không có người mã \"%s\" trong danh sách (person list)",
                "--by: there is no person \"%s\" in the register (person list)", by);
        return NULL;
    }
    return arena_str(a, by);
}
