/* entity, period, person: load and list. The tables, and what one line cannot know. */
#include "aggregator/acts/entity.h"
#include "proto/index.h"

#include <getopt.h>

/* ---- the tables ---- */

const struct reg_word ENTITY_KINDS[] = {
    {"htx",   "HTX",   "cooperative"          },
    {"tht",   "THT",   "cooperative group"    },
    {"lhhtx", "LHHTX", "union of cooperatives"},
    {"qtdnd", "QTDND", "people's credit fund" },
    {NULL,    NULL,    NULL                   }
};

const struct reg_word ENTITY_STATES[] = {
    {"active",    "đang hoạt động",     "active"   },
    {"suspended", "tạm ngừng kinh doanh", "suspended"},
    {"stopped",   "ngừng hoạt động",   "stopped"  },
    {"dissolved", "đã giải thể",        "dissolved"},
    {NULL,        NULL,                       NULL       }
};

static const struct reg_column ENTITY[] = {
    {"subject",   REG_TEXT, true,  "Mã số",         "Number",    NULL,          NULL},
    {"as_of",     REG_DATE_LATER, false, "Từ ngày",       "From",      NULL,          NULL},
    {"kind",      REG_WORD, true,  "Loại hình",     "Kind",      ENTITY_KINDS,  NULL},
    {"name",      REG_TEXT, true,  "Tên",             "Name",      NULL,          NULL},
    {"sector",    REG_CODE, false, "Lĩnh vực",      "Sector",    NULL,          NULL},
    {"unit",      REG_CODE, true,  "Đơn vị",       "Unit",      NULL,          NULL},
    {"unit_from", REG_DATE, false, NULL,               NULL,        NULL,          NULL},
    {"commune",   REG_TEXT, false, "Xã",              "Commune",   NULL,          NULL},
    {"state",     REG_WORD, true,  "Tình trạng",    "State",     ENTITY_STATES, "active"},
    {"founded",   REG_DATE, false, "Thành lập",     "Founded",   NULL,          NULL},
    {"dissolved", REG_DATE, false, "Giải thể",     "Dissolved", NULL,          NULL},
    {"confirmed", REG_BOOL, true,  "Đã xác nhận", "Confirmed", NULL,          "yes"},
};

static const struct reg_word PERIOD_KINDS[] = {
    {"month",   "tháng",       "month"        },
    {"quarter", "quý",         "quarter"      },
    {"half",    "6 tháng",     "half-year"    },
    {"nine",    "9 tháng",     "nine months"  },
    {"year",    "năm",         "year"         },
    {"multi",   "nhiều năm", "several years"},
    {NULL,      NULL,           NULL           }
};

static const struct reg_column PERIOD[] = {
    {"scheme",  REG_CODE, true,  "Bộ kỳ",          "Scheme",  NULL,         NULL},
    {"code",    REG_CODE, true,  "Kỳ",               "Code",    NULL,         NULL},
    {"kind",    REG_WORD, true,  "Loại",             "Kind",    PERIOD_KINDS, NULL},
    {"name_vi", REG_TEXT, true,  "Tên kỳ",          NULL,      NULL,         NULL},
    {"name_en", REG_TEXT, true,  NULL,                 "Name",    NULL,         NULL},
    {"starts",  REG_DATE, true,  "Từ ngày",         "From",    NULL,         NULL},
    {"ends",    REG_DATE, true,  "Đến ngày",       "To",      NULL,         NULL},
    {"opens",   REG_DATE, true,  "Mở nhận",        "Opens",   NULL,         NULL},
    {"cutoff",  REG_DATE, true,  "Chốt số liệu", "Cut-off", NULL,         NULL},
    {"due",     REG_DATE, true,  "Hạn gửi",        "Due",     NULL,         NULL},
    {"closes",  REG_DATE, false, "Khóa kỳ",         "Closes",  NULL,         NULL},
};

static const struct reg_word ROLES[] = {
    {"entry",        "nhập liệu",            "data entry"             },
    {"approver",     "duyệt của đơn vị", "unit's approver"        },
    {"consolidator", "tổng hợp tỉnh",      "provincial consolidator"},
    {"leader",       "lãnh đạo",             "leader"                 },
    {"auditor",      "kiểm tra",               "auditor"                },
    {"reader",       "người đọc",          "reader"                 },
    {NULL,           NULL,                       NULL                     }
};

static const struct reg_column PERSON[] = {
    {"code",       REG_CODE, true,  "Mã",               "Code",       NULL,  NULL},
    {"name",       REG_TEXT, true,  "Họ tên",         "Name",       NULL,  NULL},
    {"role",       REG_WORD, true,  "Vai trò",          "Role",       ROLES, NULL},
    {"title",      REG_TEXT, false, "Chức vụ",       "Title",      NULL,  NULL},
    {"key",        REG_KEY,  false, "Khóa xác thực", "Public key", NULL,  NULL},
    {"valid_from", REG_DATE, true,  "Từ ngày",        "From",       NULL,  NULL},
    {"valid_to",   REG_DATE, false, "Đến ngày",      "To",         NULL,  NULL},
};

/* ---- checks over the whole file and the register ---- */

static void check_subject(struct reg_load *l, struct reg_row *row)
{
    const char *subject = reg_get(l, row, "subject"), *vi, *en;
    /* a file says which kind of number it means */
    const char *read =
        entity_subject(strchr(subject, ':') != NULL ? subject : "", &l->arena, &vi, &en);

    if (read != NULL)
        row->v[reg_index(l->reg, "subject")] = read;
    else if (*subject != 0)
        reg_problem(l, row->line, "subject", subject, vi, en);
}

/* The row's unit_from, filled in from the register: of several with one code the newest,
 * of a row with a date the one of that day. */
static void find_unit(struct reg_load *l, struct reg_row *row,
                      const struct pg_rows *units)
{
    const char *code = reg_get(l, row, "unit"), *from = reg_get(l, row, "unit_from");
    const int32_t day = reg_date(l, row, "as_of");
    const char *found = NULL;

    for (size_t i = 0; i < units->n; i++)
        if (strcmp(pg_get_text(units, i, 0), code) == 0 &&
            (*from != 0
                 ? strcmp(pg_get_text(units, i, 1), from) == 0
                 : found == NULL || day == DATE_NONE || pg_get_date(units, i, 1) <= day))
            found = pg_get_text(units, i, 1);
    if (found == NULL)
        reg_problem(l, row->line, "unit", code,
                    "không có đơn vị này: nạp đơn vị trước (unit load)",
                    "no such unit: load units first (unit load)");
    else
        row->v[reg_index(l->reg, "unit_from")] = arena_str(&l->arena, found);
}

static bool check_entities(struct reg_load *l, struct pg *pg, struct err *e)
{
    const struct catalogue *cat = app_catalogue(l->app, e);
    struct pg_rows units = {0};

    if (cat == NULL || !pg_query(pg,
                                 "select code, valid_from from unit_now"
                                 " order by code, valid_from",
                                 NULL, 0, &units, e))
        return false;
    for (size_t i = 0; i < l->n; i++) {
        struct reg_row *row = &l->rows[i];
        const char *sector = reg_get(l, row, "sector");

        check_subject(l, row);
        find_unit(l, row, &units);
        reg_in_order(l, row, "founded", "dissolved");
        if (*sector != 0 && catalogue_breakdown(cat, "sector", sector) == NULL)
            reg_problem(l, row->line, "sector", sector,
                        "danh mục đang dùng không có lĩnh vực này",
                        "the active catalogue has no such sector");
    }
    pg_rows_clear(&units);
    return true;
}

static bool check_periods(struct reg_load *l, struct pg *pg, struct err *e)
{
    (void)pg;
    (void)e;
    for (size_t i = 0; i < l->n; i++) {
        reg_in_order(l, &l->rows[i], "starts", "ends");
        reg_in_order(l, &l->rows[i], "opens", "due");
        reg_in_order(l, &l->rows[i], "due", "closes");
    }
    return true;
}

static bool check_people(struct reg_load *l, struct pg *pg, struct err *e)
{
    struct pg_rows keys = {0};

    if (!pg_query(pg,
                  "select code, encode(key, 'hex') from person_now where key is not null",
                  NULL, 0, &keys, e))
        return false;
    for (size_t i = 0; i < l->n; i++) {
        const struct reg_row *row = &l->rows[i];
        bool taken = false;

        reg_in_order(l, row, "valid_from", "valid_to");
        for (size_t k = 0; k < keys.n && !taken; k++)
            taken = strcasecmp(pg_get_text(&keys, k, 1), reg_get(l, row, "key")) == 0 &&
                    strcmp(pg_get_text(&keys, k, 0), reg_get(l, row, "code")) != 0;
        if (taken)
            reg_problem(l, row->line, "key", reg_get(l, row, "key"),
                        "khóa xác thực này là của người khác: mỗi người tạo khóa xác "
                        "thực của mình",
                        "this key belongs to somebody else: everybody makes their own");
    }
    pg_rows_clear(&keys);
    return true;
}

const struct reg reg_entity = {
    .kind = "entity",
    .now = "entity_now",
    .key = "unit, subject",
    .n_key = 2,
    .columns = ENTITY,
    .n = COUNT(ENTITY),
    .check = check_entities,
};
const struct reg reg_period = {
    .kind = "period",
    .now = "period_now",
    .key = "scheme, starts, code",
    .n_key = 2,
    .columns = PERIOD,
    .n = COUNT(PERIOD),
    .check = check_periods,
};
const struct reg reg_person = {
    .kind = "person",
    .now = "person_now",
    .key = "code",
    .n_key = 1,
    .columns = PERSON,
    .n = COUNT(PERSON),
    .check = check_people,
};

/* ---- commands ---- */

int cmd_entity_load(struct app *app, int argc, char **argv)
{
    return reg_cmd_load(app, &reg_entity, argc, argv);
}

int cmd_period_load(struct app *app, int argc, char **argv)
{
    return reg_cmd_load(app, &reg_period, argc, argv);
}

int cmd_person_load(struct app *app, int argc, char **argv)
{
    return reg_cmd_load(app, &reg_person, argc, argv);
}

int cmd_person_list(struct app *app, int argc, char **argv)
{
    return reg_cmd_list(app, &reg_person, argc, argv);
}
