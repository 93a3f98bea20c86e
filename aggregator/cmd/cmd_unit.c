/* unit: load, list, history. Lineage is read from the column `from` (lineage.h). */
#include "aggregator/acts/lineage.h"

#include <getopt.h>

/* clang-format off */
static const struct reg_word UNIT_KINDS[] = {
    {"province",   "tỉnh",          "province"            },
    {"district",   "huyện",         "district"            },
    {"commune",    "xã",            "commune"             },
    {"department", "sở, ngành",     "department"          },
    {"alliance",   "Liên minh HTX", "cooperative alliance"},
    {NULL,         NULL,            NULL                  }
};

static const struct reg_column UNIT[] = {
    {"code",       REG_CODE, true,  "Mã",          "Code",      NULL,       NULL},
    {"valid_from", REG_DATE, true,  "Từ ngày",     "From",      NULL,       NULL},
    {"valid_to",   REG_DATE, false, "Đến ngày",    "To",        NULL,       NULL},
    {"name",       REG_TEXT, true,  "Tên đơn vị",  "Name",      NULL,       NULL},
    {"kind",       REG_WORD, true,  "Cấp",         "Kind",      UNIT_KINDS, NULL},
    {"parent",     REG_CODE, false, "Trực thuộc",  "Parent",    NULL,       NULL},
    {"act",        REG_TEXT, false, "Văn bản",     "Legal act", NULL,       NULL},
    {"reports",    REG_BOOL, true,  "Tự báo cáo",  "Reports",   NULL,       "yes"},
    {"aliases",    REG_TEXT, false, NULL,          NULL,        NULL,       NULL},
    {"from",       REG_BESIDE, false, NULL,          NULL,        NULL,       NULL},
};
/* clang-format on */

/* ---- checks over the whole file and the register ---- */

static int by_key(const void *pa, const void *pb)
{
    const struct lineage_unit *a = pa, *b = pb;
    int c = strcmp(a->code, b->code);

    if (c != 0)
        return c;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->row == NULL) - (b->row == NULL); /* the file's stands first */
}

/* The register with the file's rows in the place of theirs, in order of the key. */
static bool all_units(struct reg_load *l, struct pg *pg, struct lineage_units *u,
                      struct err *e)
{
    struct pg_rows now = {0};
    size_t n = 0;

    if (!pg_query(pg,
                  "select code, valid_from, valid_to, parent, kind = 'province', reports"
                  " from unit_now",
                  NULL, 0, &now, e))
        return false;
    u->list = mem_array(l->n + now.n, sizeof *u->list);
    for (size_t i = 0; i < l->n; i++) {
        const struct reg_row *row = &l->rows[i];

        u->list[n++] = (struct lineage_unit){
            reg_get(l, row, "code"),
            reg_get(l, row, "parent"),
            reg_date(l, row, "valid_from"),
            reg_date(l, row, "valid_to"),
            strcmp(reg_get(l, row, "kind"), "province") == 0,
            strcmp(reg_get(l, row, "reports"), "no") != 0,
            row,
        };
    }
    for (size_t i = 0; i < now.n; i++)
        u->list[n++] = (struct lineage_unit){
            arena_str(&l->arena, pg_get_text(&now, i, 0)),
            arena_str(&l->arena, pg_get_text(&now, i, 3)),
            pg_get_date(&now, i, 1),
            pg_get_date(&now, i, 2),
            pg_get_bool(&now, i, 4),
            pg_get_bool(&now, i, 5),
            NULL,
        };
    pg_rows_clear(&now);
    if (n > 0)
        qsort(u->list, n, sizeof *u->list, by_key);
    for (size_t i = 0; i < n; i++)
        if (u->n == 0 || strcmp(u->list[u->n - 1].code, u->list[i].code) != 0 ||
            u->list[u->n - 1].from != u->list[i].from)
            u->list[u->n++] = u->list[i];
    return true;
}

static bool overlap(const struct lineage_unit *a, const struct lineage_unit *b)
{
    return strcmp(a->code, b->code) == 0 && (a->to == DATE_NONE || b->from <= a->to) &&
           (b->to == DATE_NONE || a->from <= b->to);
}

/* A unit is in order with its neighbours of the same code when with the nearest. */
static void check_times(struct reg_load *l, const struct lineage_units *u)
{
    for (size_t i = 0; i < u->n; i++) {
        const struct lineage_unit *x = &u->list[i];

        if (x->row == NULL)
            continue;
        reg_in_order(l, x->row, "valid_from", "valid_to");
        if ((i > 0 && overlap(x, x - 1)) || (i + 1 < u->n && overlap(x, x + 1)))
            reg_problem(
                l, x->row->line, "valid_from", reg_get(l, x->row, "valid_from"),
                "trùng thời gian với đơn vị khác cùng mã: ghi ngày kết thúc của "
                "đơn vị trước",
                "another unit of this code is valid at that time: give the earlier "
                "one its end");
    }
}

/* The unit of its parent's code that was there at some time of it; the newest. */
static const struct lineage_unit *parent_of(const struct lineage_units *u,
                                            const struct lineage_unit *x)
{
    const struct lineage_unit *found = NULL;

    for (size_t i = 0; i < u->n; i++) {
        const struct lineage_unit *p = &u->list[i];

        if (strcmp(p->code, x->parent) == 0 && (x->to == DATE_NONE || p->from <= x->to) &&
            (p->to == DATE_NONE || x->from <= p->to))
            found = p;
    }
    return found;
}

/* Somebody must speak for a unit that does not report. */
static void check_spoken_for(struct reg_load *l, const struct lineage_units *u)
{
    enum { STEPS = 20 };

    for (size_t i = 0; i < u->n; i++) {
        const struct lineage_unit *x = &u->list[i], *up = x;
        int step = 0;

        if (x->row == NULL || x->reports)
            continue;
        while (up != NULL && !up->reports && step++ < STEPS)
            up = *up->parent != 0 ? parent_of(u, up) : NULL;
        if (up == NULL)
            reg_problem(
                l, x->row->line, "parent", x->parent,
                "đơn vị không tự báo cáo (reports = no) phải có đơn vị trực thuộc "
                "báo cáo thay trong thời gian đó: ghi parent, nạp đơn vị ấy trước",
                "a unit that does not report (reports = no) needs a parent of "
                "that time that reports for it: give the parent, load it first");
        else if (!up->reports)
            reg_problem(l, x->row->line, "parent", x->parent,
                        "các đơn vị trực thuộc lẫn nhau thành vòng: sửa parent",
                        "these units are parents of each other, in a ring: correct the "
                        "parent");
    }
}

static bool check_units(struct reg_load *l, struct pg *pg, struct err *e)
{
    struct lineage_units units = {0};
    bool ok = all_units(l, pg, &units, e);

    if (ok) {
        check_times(l, &units);
        check_spoken_for(l, &units);
        ok = lineage_check(l, pg, &units, e);
    }
    free(units.list);
    return ok;
}

const struct reg reg_unit = {
    .kind = "unit",
    .now = "unit_now",
    .key = "code, valid_from",
    .n_key = 2,
    .columns = UNIT,
    .n = COUNT(UNIT),
    .check = check_units,
    .young = 7, /* reports */
    .more = lineage_records,
};

int cmd_unit_load(struct app *app, int argc, char **argv)
{
    return reg_cmd_load(app, &reg_unit, argc, argv);
}

/* ---- listings ---- */

/* clang-format off */
static const struct column LINEAGE[] = {
    {"old",       COL_TEXT, "Mã cũ",          "Old"      },
    {"old_from",  COL_DATE, NULL,             NULL       },
    {"old_name",  COL_TEXT, "Đơn vị cũ",      "Old unit" },
    {"new",       COL_TEXT, "Mã mới",         "New"      },
    {"new_from",  COL_DATE, NULL,             NULL       },
    {"new_name",  COL_TEXT, "Đơn vị mới",     "New unit" },
    {"day",       COL_DATE, "Từ ngày",        "From"     },
    {"part",      COL_TEXT, "Toàn bộ hay một phần", "Whole or part"},
    {"act",       COL_TEXT, "Văn bản",        "Legal act"},
};

static const struct column HISTORY[] = {
    {"code",       COL_TEXT, "Mã",            "Code"      },
    {"valid_from", COL_DATE, "Từ ngày",       "From"      },
    {"valid_to",   COL_DATE, "Đến ngày",      "To"        },
    {"name",       COL_TEXT, "Tên đơn vị",    "Name"      },
    {"kind",       COL_TEXT, "Cấp",           "Kind"      },
    {"parent",     COL_TEXT, "Trực thuộc",    "Parent"    },
    {"event",      COL_TEXT, "Thay đổi",      "Change"    },
    {"day",        COL_DATE, "Ngày",          "Day"       },
    {"other",      COL_TEXT, "Mã đơn vị kia", "Other"     },
    {"other_from", COL_DATE, NULL,            NULL        },
    {"other_name", COL_TEXT, "Đơn vị kia",    "Other unit"},
    {"part",       COL_TEXT, "Toàn bộ hay một phần", "Whole or part"},
    {"act",        COL_TEXT, "Văn bản",       "Legal act" },
    {"break",      COL_BOOL, "Đứt chuỗi số liệu", "Series breaks"},
};
/* clang-format on */

static const char *in_words(void *ctx, size_t col, const char *word)
{
    static const char *const words[][3] = {
        {"full", "toàn bộ",    "whole"    },
        {"part", "một phần",  "part"     },
        {"from", "nhận từ",   "took over"},
        {"into", "chuyển sang", "became"   },
    };
    const struct app *app = ctx;

    (void)col;
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(word, words[i][0]) == 0)
            return words[i][app->lang == LANG_VI ? 1 : 2];
    for (const struct reg_word *w = UNIT_KINDS; w->code != NULL; w++)
        if (strcmp(w->code, word) == 0)
            return app->lang == LANG_VI ? w->vi : w->en;
    return NULL;
}

static int list(struct app *app, const struct column *columns, size_t n_columns,
                const char *sql, const struct pg_arg *args, size_t n, bool json)
{
    struct pg_rows rows = {0};
    struct err e = {0};
    struct pg *pg = app_pg(app, DB_READ, &e);
    struct table t;

    if (pg == NULL || !pg_query(pg, sql, args, n, &rows, &e))
        return app_fail(app, &e);
    table_init(&t, columns, n_columns);
    for (size_t i = 0; i < rows.n; i++)
        table_row_shown(&t, &rows, i, in_words, app);
    table_print(&t, app->lang, json, stdout);
    table_clear(&t);
    pg_rows_clear(&rows);
    return EXIT_DONE;
}

static int list_lineage(struct app *app, bool json)
{
    static const char SQL[] =
        "select l.old, l.old_from, coalesce(o.name, l.old), l.new, l.new_from,"
        " coalesce(n.name, l.new), l.day, l.part, l.act"
        " from lineage_at(9223372036854775807, 9223372036854775807) l"
        " left join unit_now o on o.code = l.old and o.valid_from = l.old_from"
        " left join unit_now n on n.code = l.new and n.valid_from = l.new_from"
        " order by l.day, l.new collate \"C\", l.old collate \"C\", l.old_from";

    return list(app, LINEAGE, COUNT(LINEAGE), SQL, NULL, 0, json);
}

int cmd_unit_list(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"lineage",  no_argument, NULL, 'l'},
        {0     }
    };
    bool json = false, lineage = false;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'j')
            json = true;
        else if (c == 'l')
            lineage = true;
        else
            return app_usage(app, NULL, NULL);
    }
    if (optind != argc)
        return app_usage(app, NULL, NULL);
    return lineage ? list_lineage(app, json)
                   : reg_list(app, &reg_unit, json, NULL, NULL, 0);
}

int cmd_unit_history(struct app *app, int argc, char **argv)
{
    static const char SQL[] =
        "select u.code, u.valid_from, u.valid_to, u.name, u.kind, u.parent, x.event,"
        " x.day, x.other, x.other_from, o.name, x.part, x.act, x.broken"
        " from unit_now u left join ("
        "  select l.new as code, l.new_from as valid_from, 'from' as event, l.day,"
        "   l.old as other, l.old_from as other_from, l.part, l.act,"
        "   not (l.part = 'full' and count(*) over (partition by l.new, l.new_from) = 1)"
        "    as broken"
        "  from lineage_at(9223372036854775807, 9223372036854775807) l"
        "  union all"
        "  select l.old, l.old_from, 'into', l.day, l.new, l.new_from, l.part, l.act,"
        "   l.part <> 'full'"
        "  from lineage_at(9223372036854775807, 9223372036854775807) l) x"
        "  on x.code = u.code and x.valid_from = u.valid_from"
        " left join unit_now o on o.code = x.other and o.valid_from = x.other_from"
        " where u.code = $1"
        " order by u.valid_from, x.day, x.event desc, x.other collate \"C\","
        "  x.other_from";
    struct err e = {0};
    bool json;

    if (!app_json_only(argc, argv, 1, 1, &json))
        return app_usage(app, "cần mã một đơn vị", "the code of a unit is needed");
    if (!app_unit_known(app, "unit history", argv[optind], &e))
        return app_fail(app, &e);
    return list(app, HISTORY, COUNT(HISTORY), SQL,
                (const struct pg_arg[]){pg_text(argv[optind])}, 1, json);
}
