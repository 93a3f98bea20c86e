#include "aggregator/ministry/view.h"

static const char *const READS[] = {
    "catalogue show",    "unit list",   "unit history", "entity list", "entity history",
    "entity duplicates", "period list", "person list",  "status",      "findings",
    "report list",       "report show", "rollup",       "explain",     "target list",
    "target status",     "audit list",  "extract",
};

/* A copy of publications alone has all that these read. */
static const char *const READS_PUBLISHED[] = {
    "catalogue show", "unit list",   "unit history",
    "period list",    "person list", "extract",
};

static bool named(const struct command *c, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const size_t len = strlen(c->name);

        if (strncmp(list[i], c->name, len) != 0)
            continue;
        if (c->sub == NULL
                ? list[i][len] == 0
                : list[i][len] == ' ' && strcmp(list[i] + len + 1, c->sub) == 0)
            return true;
    }
    return false;
}

bool province_view_allows(const struct command *c)
{
    return named(c, READS, COUNT(READS));
}

/* Is there anything to look at, and enough for this command? */
static bool has_come(const struct app *app, struct pg *pg, const char *code,
                     bool published, struct err *e)
{
    struct pg_rows rows = {0};
    bool any;

    /* of publications alone there are no commits, only records */
    if (!pg_query(pg,
                  "select where exists (select from commit)"
                  " or exists (select from control)",
                  NULL, 0, &rows, e))
        return err_in(e, "the copy of %s", code);
    any = rows.n > 0;
    pg_rows_clear(&rows);
    if (!any)
        return app_set(app, e, ERR_INPUT,
                       "-p %s: chưa nhận được trang nào của tỉnh này (xem: province "
                       "list)",
                       "-p %s: no page of this province has come yet (see: province "
                       "list)",
                       code);
    if (published && !named(app->command, READS_PUBLISHED, COUNT(READS_PUBLISHED)))
        return app_set(
            app, e, ERR_INPUT,
            "-p %s: ở đây chỉ có các bản phát hành của tỉnh này, không có báo "
            "cáo; số liệu của bản phát hành: extract KỲ --format csv -o THƯ_MỤC",
            "-p %s: only publications of this province are here, no reports; "
            "their figures: extract PERIOD --format csv -o DIR",
            code);
    return true;
}

bool province_view_open(struct app *app, const char *code, struct err *e)
{
    const struct pg_arg arg = pg_text(code);
    struct pg *pg = app_pg(app, DB_READ, e);
    struct pg_rows rows = {0};
    bool published = false;

    if (pg == NULL ||
        !pg_query(pg, "select schema, name, chain from nation.province where code = $1",
                  &arg, 1, &rows, e))
        return false;
    if (rows.n == 1) {
        app->schema = arena_str(&app->view, pg_get_text(&rows, 0, 0));
        app->settings.province_code = arena_str(&app->view, code);
        app->settings.province_name = arena_str(&app->view, pg_get_text(&rows, 0, 1));
        published = strcmp(pg_get_text(&rows, 0, 2), "publications") == 0;
    }
    pg_rows_clear(&rows);
    if (app->schema == NULL)
        return app_set(app, e, ERR_INPUT,
                       "-p %s: không theo dõi tỉnh mã này (xem: province list)",
                       "-p %s: no such province is followed (see: province list)", code);
    return pg_schema(pg, app->schema, e) && has_come(app, pg, code, published, e);
}
