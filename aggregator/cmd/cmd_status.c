#include "aggregator/acts/seal_show.h"
#include "aggregator/rollup/nation.h"
#include "aggregator/table.h"

#include <getopt.h>
#include <inttypes.h>

enum {
    UNIT,
    UNIT_FROM,
    NAME,
    EXPECTED,
    STATE,
    LATE,
    FORMS,
    ROWS,
    DECLARED,
    WARNINGS,
    HELD,
    REFUSED,
    CONFLICTS,
    ENTITIES_REPORTED,
    ENTITIES_EXPECTED,
    LAST_EPOCH,
    LAST_SEQ,
    TO_EXPLAIN, /* what of the conversation is open */
    EXPLAINED,
    ACCEPTED,
    ASKED,
    RETURNED,
    EXTENDED_TO,
    REMINDED
};

static const char SQL[] =
    "select unit, to_char(unit_from, 'YYYY-MM-DD'), name, expected, state, late, forms,"
    " rows, declared, warnings, held, refused, conflicts, entities_reported,"
    " entities_expected, last_epoch, last_seq, coalesce(t.to_explain, 0),"
    " coalesce(t.explained, 0), coalesce(t.accepted, 0), coalesce(t.asked, 0),"
    " coalesce(t.returned, 0), t.extended_to, t.reminded_at"
    " from status_at($1, $2, $3, $4, $5) s"
    " left join talk_at($1, $2, $3, $4, $5) t using (unit, unit_from)"
    " order by unit collate \"C\", unit_from";

static const struct column COLUMNS[] = {
    {"unit",              COL_TEXT, "Mã",                 "Unit"      },
    {"unit_from",         COL_DATE, NULL,                  NULL        },
    {"name",              COL_TEXT, "Đơn vị",          "Name"      },
    {"expected",          COL_BOOL, NULL,                  NULL        },
    {"state",             COL_TEXT, "Tình hình",         "State"     },
    {"late",              COL_BOOL, NULL,                  NULL        },
    {"forms",             COL_TEXT, "Biểu đã nhận",  "Forms"     },
    {"rows",              COL_INT,  NULL,                  NULL        },
    {"declared",          COL_INT,  NULL,                  NULL        },
    {"warnings",          COL_INT,  "Cần giải trình", "Warnings"  },
    {"held",              COL_INT,  "Chờ xử lý",      "Held"      },
    {"refused",           COL_INT,  "Không nhận",       "Refused"   },
    {"conflicts",         COL_INT,  "Trùng mã",          "Conflicts" },
    {"coverage",          COL_TEXT, "HTX đã báo cáo",  "Coverage"  },
    {"entities_reported", COL_INT,  NULL,                  NULL        },
    {"entities_expected", COL_INT,  NULL,                  NULL        },
    {"position",          COL_TEXT, NULL,                  NULL        },
    {"to_explain",        COL_INT,  "Chưa giải trình", "To explain"},
    {"explained",         COL_INT,  "Đã giải trình",  "Explained" },
    {"accepted",          COL_INT,  "Đã chấp nhận",  "Settled"   },
    {"asked",             COL_INT,  "Đang hỏi",         "Asked"     },
    {"returned",          COL_INT,  "Trả lại",         "Returned"  },
    {"extended_to",       COL_DATE, "Gia hạn đến",    "Due moved" },
    {"reminded_at",       COL_TEXT, NULL,                  NULL        },
};

enum { FIRST_TALK = 17 /* column of COLUMNS that shows TO_EXPLAIN */ };
_Static_assert(COUNT(COLUMNS) == FIRST_TALK + REMINDED - TO_EXPLAIN + 1, "columns");

/* The states of status_at, and how many expected units are in each. */
struct state {
    const char *word, *vi, *en;
    int64_t units;
};

static const char *state_label(struct state *states, size_t n, const char *word,
                               bool expected, enum lang lang)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(states[i].word, word) == 0) {
            states[i].units += expected;
            return lang == LANG_VI ? states[i].vi : states[i].en;
        }
    return word;
}

static void print_totals(const struct app *app, const struct state *states, size_t n,
                         int64_t late, int64_t reported, int64_t listed, int64_t unlisted)
{
    struct bytes coverage = {0};
    int64_t units = 0;

    for (size_t i = 0; i < n; i++)
        units += states[i].units;
    printf("\n%s: %" PRId64,
           app_say(app, "Tổng số đơn vị phải báo cáo", "Units expected"), units);
    for (size_t i = 0; i < n; i++)
        printf("; %s %" PRId64, app->lang == LANG_VI ? states[i].vi : states[i].en,
               states[i].units);
    if (listed > 0 || unlisted == 0)
        coverage_vi(reported, listed, listed > 0, &coverage);
    if (unlisted > 0) { /* of units whose number of entities nobody knows */
        bytes_str(&coverage, coverage.n > 0 ? " + " : "");
        coverage_vi(unlisted, 0, false, &coverage);
    }
    printf("; %s %" PRId64 "; %s %s\n", app_say(app, "gửi chậm", "late"), late,
           app_say(app, "HTX đã báo cáo", "entities reported"), bytes_cstr(&coverage));
    bytes_clear(&coverage);
}

/* "htx_list 96/96, ..." with each form's mark in the place of its code. */
static void forms_shown(const struct catalogue *cat, const char *forms, struct bytes *out)
{
    static const char prefix[] = "Biểu "; /* stands in the head of the column */

    while (*forms != 0) {
        const size_t len = strcspn(forms, " ");
        const char *mark = NULL;

        for (size_t i = 0; i < cat->n_forms; i++)
            if (strlen(cat->forms[i].code) == len &&
                strncmp(cat->forms[i].code, forms, len) == 0)
                mark = cat->forms[i].mark;
        if (mark != NULL && strncmp(mark, prefix, sizeof prefix - 1) == 0)
            mark += sizeof prefix - 1;
        if (mark != NULL)
            bytes_str(out, mark);
        else
            bytes_add(out, forms, len);
        forms += len;
        bytes_add(out, forms, strcspn(forms, ","));
        forms += strcspn(forms, ",");
        if (*forms == ',') {
            bytes_str(out, ", ");
            forms += strspn(forms, ", ");
        }
    }
}

/* A count that is nothing for every unit only makes the page wider. */
static void hide_empty(const struct pg_rows *rows, struct column *columns)
{
    for (size_t col = WARNINGS; col <= CONFLICTS; col++) {
        bool any = false;

        for (size_t i = 0; i < rows->n; i++)
            any = any || pg_get_int(rows, i, col) != 0;
        if (!any)
            columns[col].vi = columns[col].en = NULL;
    }
    for (size_t col = TO_EXPLAIN; col <= EXTENDED_TO; col++) {
        struct column *shown = &columns[FIRST_TALK + col - TO_EXPLAIN];
        bool any = false;

        for (size_t i = 0; i < rows->n; i++)
            any = any || (!pg_is_null(rows, i, col) &&
                          strcmp(pg_get_text(rows, i, col), "0") != 0);
        if (!any)
            shown->vi = shown->en = NULL;
    }
}

static void list(struct app *app, const struct catalogue *cat, const struct pg_rows *rows,
                 bool json)
{
    struct state states[] = {
        {"sent",    "đã gửi",              "sent",              0},
        {"partly",  "đã gửi một phần", "partly sent",       0},
        {"nothing", "không phát sinh",       "nothing to report", 0},
        {"none",    "chưa gửi",             "not sent",          0},
    };
    int64_t late = 0, reported = 0, listed = 0, unlisted = 0;
    struct column columns[COUNT(COLUMNS)];
    struct table t;
    struct bytes b = {0};

    memcpy(columns, COLUMNS, sizeof columns);
    hide_empty(rows, columns);
    table_init(&t, columns, COUNT(columns));
    for (size_t i = 0; i < rows->n; i++) {
        const bool expected = pg_get_bool(rows, i, EXPECTED);
        const bool is_late = pg_get_bool(rows, i, LATE);
        const bool known = !pg_is_null(rows, i, ENTITIES_EXPECTED);
        const char *state = pg_get_text(rows, i, STATE);

        table_text(&t, pg_get_text(rows, i, UNIT));
        table_date(&t, date_read(pg_get_text(rows, i, UNIT_FROM)));
        table_text(&t, pg_get_text(rows, i, NAME));
        table_bool(&t, expected);
        b.n = 0;
        bytes_str(&b, state_label(states, COUNT(states), state, expected, app->lang));
        if (is_late)
            bytes_str(&b, app_say(app, ", gửi chậm", ", late"));
        table_shown(&t, state, bytes_cstr(&b));
        table_bool(&t, is_late);
        b.n = 0;
        forms_shown(cat, pg_get_text(rows, i, FORMS), &b);
        table_shown(&t, pg_get_text(rows, i, FORMS), bytes_cstr(&b));
        for (size_t col = ROWS; col <= CONFLICTS; col++) {
            if (pg_is_null(rows, i, col))
                table_none(&t);
            else
                table_int(&t, pg_get_int(rows, i, col));
        }
        b.n = 0;
        coverage_vi(pg_get_int(rows, i, ENTITIES_REPORTED),
                    pg_get_int(rows, i, ENTITIES_EXPECTED), known, &b);
        table_text(&t, bytes_cstr(&b));
        table_int(&t, pg_get_int(rows, i, ENTITIES_REPORTED));
        if (known)
            table_int(&t, pg_get_int(rows, i, ENTITIES_EXPECTED));
        else
            table_none(&t);
        b.n = 0;
        if (!pg_is_null(rows, i, LAST_SEQ))
            bytes_printf(&b, "%s.%s", pg_get_text(rows, i, LAST_EPOCH),
                         pg_get_text(rows, i, LAST_SEQ));
        table_text(&t, bytes_cstr(&b));
        for (size_t col = TO_EXPLAIN; col <= RETURNED; col++)
            table_int(&t, pg_get_int(rows, i, col));
        if (pg_is_null(rows, i, EXTENDED_TO))
            table_none(&t);
        else
            table_date(&t, pg_get_date(rows, i, EXTENDED_TO));
        table_text(&t, pg_get_text(rows, i, REMINDED));
        late += is_late;
        if (known) {
            reported += pg_get_int(rows, i, ENTITIES_REPORTED);
            listed += pg_get_int(rows, i, ENTITIES_EXPECTED);
        } else {
            unlisted += pg_get_int(rows, i, ENTITIES_REPORTED);
        }
    }
    table_print(&t, app->lang, json, stdout);
    if (!json)
        print_totals(app, states, COUNT(states), late, reported, listed, unlisted);
    bytes_clear(&b);
    table_clear(&t);
}

/* At a ministry: province by province; figures of what has happened unless asked. */
static int status_of_nation(struct app *app, struct pg *pg, const char *period,
                            const char *vintage, bool json)
{
    struct arena arena = {0};
    struct nation_at at;
    struct err e = {0};
    bool ok = nation_at_find(app, pg, period, vintage != NULL ? vintage : "actual", NULL,
                             &arena, &at, &e) &&
              nation_status(app, pg, &at, json, &e);

    arena_clear(&arena);
    return ok ? EXIT_DONE : app_fail(app, &e);
}

int cmd_status(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"vintage", required_argument, NULL, 'v'},
        {"json",     no_argument, NULL, 'j'},
        {0        }
    };
    const char *vintage = NULL;
    struct rollup_at at;
    struct arena arena = {0};
    struct pg_rows rows = {0};
    struct err e = {0};
    bool json = false, ok = false, nation = false;
    const struct catalogue *cat;
    struct pg *pg;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'v')
            vintage = optarg;
        else if (c == 'j')
            json = true;
        else
            return app_usage(app, NULL, NULL);
    }
    if (argc - optind != 1)
        return app_usage(app, "cần đúng một kỳ báo cáo", "one period is needed");
    pg = app_pg(app, DB_READ, &e);
    if (pg == NULL || !nation_here(app, pg, &nation, &e))
        return app_fail(app, &e);
    if (nation)
        return status_of_nation(app, pg, argv[optind], vintage, json);
    cat = app_catalogue(app, &e);
    if (cat != NULL &&
        rollup_at_find(app, pg, argv[optind], vintage, NULL, &arena, &at, &e)) {
        const struct pg_arg args[] = {pg_text(at.scheme), pg_text(at.period),
                                      pg_text(at.vintage), pg_int(at.epoch),
                                      pg_int(at.seq)};

        ok = pg_query(pg, SQL, args, COUNT(args), &rows, &e);
    }
    if (ok)
        list(app, cat, &rows, json);
    ok = ok && (json || seal_show_period(app, pg, &at, &e));
    pg_rows_clear(&rows);
    arena_clear(&arena);
    return ok ? EXIT_DONE : app_fail(app, &e);
}
