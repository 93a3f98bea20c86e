/* period list: the periods of every scheme, with the day each is really due. */
#include "aggregator/cmd/commands.h"
#include "aggregator/acts/register.h"


enum { KIND = 2, NAME_VI = 3, NAME_EN = 4, DUE = 9, COLUMNS_READ = 11 };

static const char SQL[] = "select scheme, code, kind, name_vi, name_en, starts, ends, "
                          "opens, cutoff, due, closes"
                          " from period_now order by scheme, starts, code";

/* clang-format off */
static const struct column COLUMNS[] = {
    {"scheme",  COL_TEXT, "Bộ kỳ",         "Scheme"},
    {"code",    COL_TEXT, "Kỳ",            "Code"},
    {"kind",    COL_TEXT, "Loại",          "Kind"},
    {"name_vi", COL_TEXT, NULL,            NULL},
    {"name_en", COL_TEXT, NULL,            NULL},
    {"name",    COL_TEXT, "Tên kỳ",        "Name"},
    {"starts",  COL_DATE, "Từ ngày",       "From"},
    {"ends",    COL_DATE, "Đến ngày",      "To"},
    {"opens",   COL_DATE, "Mở nhận",       "Opens"},
    {"cutoff",  COL_DATE, "Chốt số liệu",  "Cut-off"},
    {"due",     COL_DATE, "Hạn theo quy định", "Due as written"},
    {"due_on",  COL_DATE, "Hạn gửi",       "Due"},
    {"moved_for", COL_TEXT, "Vì trùng",    "Moved for"},
    {"closes",  COL_DATE, "Khóa kỳ",       "Closes"},
};
/* clang-format on */

static const char *kind_label(const char *kind, enum lang lang)
{
    const struct reg_word *w = reg_period.columns[reg_index(&reg_period, "kind")].words;

    while (w->code != NULL && strcmp(w->code, kind) != 0)
        w++;
    return w->code == NULL ? kind : lang == LANG_VI ? w->vi : w->en;
}

/* What stands on the day that the period was due by its rule. */
static const char *moved_for(const struct app *app, const struct holidays *h, int32_t due)
{
    bool weekend = false;
    const struct holiday *day = holiday_on(h, due, &weekend);

    if (workday_from(h, due) == due)
        return "";
    if (day != NULL)
        return app->lang == LANG_VI ? day->name_vi : day->name_en;
    return date_is_saturday(due) ? app_say(app, "thứ bảy", "Saturday")
                                 : app_say(app, "chủ nhật", "Sunday");
}

static void add_period(const struct app *app, const struct holidays *h,
                       const struct pg_rows *rows, size_t row, struct table *t)
{
    for (size_t i = 0; i < COLUMNS_READ; i++) {
        const char *word = pg_get_text(rows, row, i);

        if (i == KIND)
            table_shown(t, word, kind_label(word, app->lang));
        else if (i <= NAME_EN)
            table_text(t, word);
        else
            table_date(t, pg_get_date(rows, row, i));
        if (i == NAME_EN)
            table_text(t,
                       pg_get_text(rows, row, app->lang == LANG_VI ? NAME_VI : NAME_EN));
        if (i == DUE) {
            const int32_t due = pg_get_date(rows, row, i);

            table_date(t, workday_from(h, due));
            table_text(t, moved_for(app, h, due));
        }
    }
}

int cmd_period_list(struct app *app, int argc, char **argv)
{
    struct holidays holidays = {0};
    struct arena arena = {0};
    struct pg_rows rows = {0};
    struct table t = {0};
    struct err e = {0};
    bool json, ok;
    struct pg *pg;

    if (!app_json_only(argc, argv, 0, 0, &json))
        return app_usage(app, NULL, NULL);
    pg = app_pg(app, DB_READ, &e);
    ok = pg != NULL && holidays_active(pg, &arena, &holidays, &e) &&
         pg_query(pg, SQL, NULL, 0, &rows, &e);
    table_init(&t, COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; ok && i < rows.n; i++)
        add_period(app, &holidays, &rows, i, &t);
    if (ok)
        table_print(&t, app->lang, json, stdout);
    table_clear(&t);
    pg_rows_clear(&rows);
    arena_clear(&arena);
    return ok ? EXIT_DONE : app_fail(app, &e);
}
