#include "aggregator/ministry/view.h"

static const char *const READS[] = {
    "catalogue show",    "unit list",   "unit history", "entity list", "entity history",
    "entity duplicates", "period list", "person list",  "status",      "findings",
    "report list",       "report show", "rollup",       "explain",     "target list",
    "target status",     "audit list",  "extract",
};

bool province_view_allows(const struct command *c)
{
    for (size_t i = 0; i < COUNT(READS); i++) {
        const size_t n = strlen(c->name);

        if (strncmp(READS[i], c->name, n) != 0)
            continue;
        if (c->sub == NULL ? READS[i][n] == 0
                           : READS[i][n] == ' ' && strcmp(READS[i] + n + 1, c->sub) == 0)
            return true;
    }
    return false;
}

/* Is there anything to look at? */
static bool has_come(const struct app *app, struct pg *pg, const char *code,
                     struct err *e)
{
    struct pg_rows rows = {0};
    bool any;

    if (!pg_query(pg, "select from commit limit 1", NULL, 0, &rows, e))
        return err_in(e, "the copy of %s", code);
    any = rows.n > 0;
    pg_rows_clear(&rows);
    return any || app_set(app, e, ERR_INPUT,
                          "-p %s: chưa nhận được trang nào của tỉnh này (xem: province "
                          "list)",
                          "-p %s: no page of this province has come yet (see: province "
                          "list)",
                          code);
}

bool province_view_open(struct app *app, const char *code, struct err *e)
{
    const struct pg_arg arg = pg_text(code);
    struct pg *pg = app_pg(app, DB_READ, e);
    struct pg_rows rows = {0};

    if (pg == NULL ||
        !pg_query(pg, "select schema, name from nation.province where code = $1", &arg, 1,
                  &rows, e))
        return false;
    if (rows.n == 1) {
        app->schema = arena_str(&app->view, pg_get_text(&rows, 0, 0));
        app->settings.province_code = arena_str(&app->view, code);
        app->settings.province_name = arena_str(&app->view, pg_get_text(&rows, 0, 1));
    }
    pg_rows_clear(&rows);
    if (app->schema == NULL)
        return app_set(app, e, ERR_INPUT,
                       "-p %s: không theo dõi tỉnh mã này (xem: province list)",
                       "-p %s: no such province is followed (see: province list)", code);
    return pg_schema(pg, app->schema, e) && has_come(app, pg, code, e);
}
