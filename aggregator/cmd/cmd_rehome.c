/* entity list --to-rehome: entities whose new unit nobody knows after units changed. */
#include "aggregator/cmd/commands.h"
#include "aggregator/table.h"

/* clang-format off */
static const struct column COLUMNS[] = {
    {"subject",         COL_TEXT, "Mã số",               "Number"    },
    {"name",            COL_TEXT, "Tên",                 "Name"      },
    {"kind",            COL_TEXT, NULL,                  NULL        },
    {"state",           COL_TEXT, NULL,                  NULL        },
    {"unit",            COL_TEXT, "Mã đơn vị cũ",        "Old unit"  },
    {"unit_from",       COL_DATE, NULL,                  NULL        },
    {"unit_name",       COL_TEXT, "Đơn vị cũ",           "Name"      },
    {"commune",         COL_TEXT, "Xã cũ",               "Commune"   },
    {"reason",          COL_TEXT, "Vì sao",              "Why"       },
    {"day",             COL_DATE, "Từ ngày",             "From"      },
    {"candidates",      COL_TEXT, NULL,                  NULL        },
    {"candidate_names", COL_TEXT, "Có thể thuộc",        "May be in" },
    {"reported_by",     COL_TEXT, "Đã được báo cáo bởi", "Reported by"},
    {"command",         COL_TEXT, "Lệnh xác định",       "Settle with"},
};
/* clang-format on */

static const char *in_words(void *ctx, size_t col, const char *word)
{
    static const char *const words[][3] = {
        {"part",    "xã cũ bị chia tách",                    "its commune was divided"  },
        {"unknown", "không rõ xã cũ",                        "its commune is not known" },
        {"ended",   "đơn vị cũ đã kết thúc, chưa có kế tiếp", "its unit ended without successor"},
    };
    const struct app *app = ctx;

    for (size_t i = 0; col == 8 && i < COUNT(words); i++)
        if (strcmp(word, words[i][0]) == 0)
            return words[i][app->lang == LANG_VI ? 1 : 2];
    return NULL;
}

int entity_list_to_rehome(struct app *app, const char *unit, bool json)
{
    /* the first candidate where there is a reason for it, else all for a person to choose */
    static const char SQL[] =
        "select r.subject, r.name, r.kind, r.state, r.unit, r.unit_from, r.unit_name,"
        " r.commune, r.open, r.cut_day, array_to_string(r.candidates, ', '),"
        " array_to_string(r.candidate_names, ', '), r.said,"
        " 'htx-aggregator entity event ' || case when r.subject ~ '^[a-z]+:[0-9-]+$'"
        "  then r.subject else '''' || replace(r.subject, '''', '''\\''''') || '''' end"
        " || ' --event moved --unit ' || case when r.said <> '' then r.said"
        "  when cardinality(r.candidates) = 0 then 'CODE'"
        "  else array_to_string(r.candidates, '|') end"
        " || ' --on ' || to_char(r.cut_day, 'YYYY-MM-DD') || ' --act TEXT --by PERSON'"
        " from to_rehome(9223372036854775807, 9223372036854775807) r"
        " where $1::text is null or r.unit = $1 or $1 = any (r.candidates)"
        " order by r.unit collate \"C\", r.unit_from, r.commune collate \"C\","
        " r.subject collate \"C\"";
    const struct pg_arg arg = pg_text(unit);
    struct pg_rows rows = {0};
    struct err e = {0};
    struct pg *pg = app_pg(app, DB_READ, &e);
    struct table t;

    if (pg == NULL || (unit != NULL && !app_unit_known(app, "--unit", unit, &e)) ||
        !pg_query(pg, SQL, &arg, 1, &rows, &e))
        return app_fail(app, &e);
    table_init(&t, COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < rows.n; i++)
        table_row_shown(&t, &rows, i, in_words, app);
    table_print(&t, app->lang, json, stdout);
    table_clear(&t);
    pg_rows_clear(&rows);
    return EXIT_DONE;
}
