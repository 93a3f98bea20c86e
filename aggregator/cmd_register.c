/* unit, entity, period, person: load and list. The tables, and what one line cannot know.
 */
#include "aggregator/register.h"
#include "proto/forms/number.h"
#include "proto/index.h"

#include <getopt.h>

/* ---- the tables ---- */

static const struct reg_word UNIT_KINDS[] = {
    {"province",   "tỉnh",         "province"            },
    {"district",   "huyện",        "district"            },
    {"commune",    "xã",            "commune"             },
    {"department", "sở, ngành",   "department"          },
    {"alliance",   "Liên minh HTX", "cooperative alliance"},
    {NULL,         NULL,             NULL                  }
};

static const struct reg_column UNIT[] = {
    {"code",       REG_CODE, true,  "Mã",             "Code",      NULL,       NULL},
    {"valid_from", REG_DATE, true,  "Từ ngày",      "From",      NULL,       NULL},
    {"valid_to",   REG_DATE, false, "Đến ngày",    "To",        NULL,       NULL},
    {"name",       REG_TEXT, true,  "Tên đơn vị", "Name",      NULL,       NULL},
    {"kind",       REG_WORD, true,  "Cấp",           "Kind",      UNIT_KINDS, NULL},
    {"parent",     REG_CODE, false, "Trực thuộc",  "Parent",    NULL,       NULL},
    {"act",        REG_TEXT, false, "Văn bản",      "Legal act", NULL,       NULL},
};

static const struct reg_word ENTITY_KINDS[] = {
    {"htx",   "HTX",   "cooperative"          },
    {"tht",   "THT",   "cooperative group"    },
    {"lhhtx", "LHHTX", "union of cooperatives"},
    {"qtdnd", "QTDND", "people's credit fund" },
    {NULL,    NULL,    NULL                   }
};

static const struct reg_word ENTITY_STATES[] = {
    {"active",    "đang hoạt động",     "active"   },
    {"suspended", "tạm ngừng kinh doanh", "suspended"},
    {"stopped",   "ngừng hoạt động",   "stopped"  },
    {"dissolved", "đã giải thể",        "dissolved"},
    {NULL,        NULL,                       NULL       }
};

static const struct reg_column ENTITY[] = {
    {"subject",   REG_TEXT, true,  "Mã số",         "Number",    NULL,          NULL    },
    {"kind",      REG_WORD, true,  "Loại hình",     "Kind",      ENTITY_KINDS,  NULL    },
    {"name",      REG_TEXT, true,  "Tên",             "Name",      NULL,          NULL    },
    {"sector",    REG_CODE, false, "Lĩnh vực",      "Sector",    NULL,          NULL    },
    {"unit",      REG_CODE, true,  "Đơn vị",       "Unit",      NULL,          NULL    },
    {"unit_from", REG_DATE, false, NULL,               NULL,        NULL,          NULL    },
    {"commune",   REG_TEXT, false, "Xã",              "Commune",   NULL,          NULL    },
    {"state",     REG_WORD, true,  "Tình trạng",    "State",     ENTITY_STATES, "active"},
    {"founded",   REG_DATE, false, "Thành lập",     "Founded",   NULL,          NULL    },
    {"dissolved", REG_DATE, false, "Giải thể",     "Dissolved", NULL,          NULL    },
    {"confirmed", REG_BOOL, true,  "Đã xác nhận", "Confirmed", NULL,          "yes"   },
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

static bool before(const struct reg_load *l, const struct reg_row *row, const char *first,
                   const char *second)
{
    int32_t a = reg_date(l, row, first), b = reg_date(l, row, second);

    return a == DATE_NONE || b == DATE_NONE || a <= b;
}

/* first must not be after second; both name date columns. */
static void in_order(struct reg_load *l, const struct reg_row *row, const char *first,
                     const char *second)
{
    char *vi, *en;

    if (before(l, row, first, second))
        return;
    vi = mem_printf("sớm hơn %s (%s): sửa một trong hai ngày", first,
                    reg_get(l, row, first));
    en = mem_printf("earlier than %s (%s): correct one of them", first,
                    reg_get(l, row, first));
    reg_problem(l, row->line, second, reg_get(l, row, second), vi, en);
    free(vi);
    free(en);
}

struct validity { /* of a unit, in the register or in the file */
    const char *code;
    int32_t from, to;
};

static bool overlap(const struct validity *a, const struct validity *b)
{
    return strcmp(a->code, b->code) == 0 && a->from != b->from &&
           (a->to == DATE_NONE || b->from <= a->to) &&
           (b->to == DATE_NONE || a->from <= b->to);
}

static bool check_units(struct reg_load *l, struct pg *pg, struct err *e)
{
    struct pg_rows now = {0};
    struct validity *all;
    size_t n = 0;

    if (!pg_query(pg, "select code, valid_from, valid_to from unit_now", NULL, 0, &now,
                  e))
        return false;
    all = mem_array(l->n + now.n, sizeof *all);
    for (size_t i = 0; i < l->n; i++)
        all[n++] = (struct validity){reg_get(l, &l->rows[i], "code"),
                                     reg_date(l, &l->rows[i], "valid_from"),
                                     reg_date(l, &l->rows[i], "valid_to")};
    for (size_t i = 0; i < now.n; i++) {
        struct validity v = {pg_get_text(&now, i, 0), pg_get_date(&now, i, 1),
                             pg_get_date(&now, i, 2)};
        bool replaced = false;

        for (size_t k = 0; k < l->n && !replaced; k++)
            replaced = strcmp(all[k].code, v.code) == 0 && all[k].from == v.from;
        if (!replaced)
            all[n++] = v;
    }
    for (size_t i = 0; i < l->n; i++) {
        const struct reg_row *row = &l->rows[i];
        bool clash = false;

        in_order(l, row, "valid_from", "valid_to");
        for (size_t k = 0; k < n && !clash; k++)
            clash = k != i && overlap(&all[i], &all[k]);
        if (clash)
            reg_problem(
                l, row->line, "valid_from", reg_get(l, row, "valid_from"),
                "trùng thời gian với đơn vị khác cùng mã: ghi ngày kết thúc của "
                "đơn vị trước",
                "another unit of this code is valid at that time: give the earlier "
                "one its end");
    }
    free(all);
    pg_rows_clear(&now);
    return true;
}

static void check_subject(struct reg_load *l, struct reg_row *row)
{
    const char *subject = reg_get(l, row, "subject");
    char digits[16];

    if (strncmp(subject, "tax:", 4) == 0) {
        if (tax_number(subject + 4, digits) != TAX_OK)
            reg_problem(
                l, row->line, "subject", subject,
                "mã số thuế không đúng (10 chữ số, số cuối là số kiểm tra): đối "
                "chiếu giấy chứng nhận",
                "wrong tax number (10 digits, the last one checks): compare it with "
                "the certificate");
        else /* as reports write it */
            row->v[reg_index(l->reg, "subject")] =
                arena_printf(&l->arena, "tax:%s", digits);
        return;
    }
    if ((strncmp(subject, "certificate:", 12) == 0 && subject[12] != 0) ||
        (strncmp(subject, "register:", 9) == 0 && subject[9] != 0) || *subject == 0)
        return;
    reg_problem(l, row->line, "subject", subject,
                "ghi tax:MÃ SỐ THUẾ, certificate:SỐ|NƠI CẤP hoặc register:SỐ|XÃ",
                "write tax:NUMBER, certificate:NUMBER|ISSUER or register:NUMBER|COMMUNE");
}

/* The row's unit_from, filled in from the register: of several the newest. */
static void find_unit(struct reg_load *l, struct reg_row *row,
                      const struct pg_rows *units)
{
    const char *code = reg_get(l, row, "unit"), *from = reg_get(l, row, "unit_from");
    const char *found = NULL;

    for (size_t i = 0; i < units->n; i++)
        if (strcmp(pg_get_text(units, i, 0), code) == 0 &&
            (*from == 0 || strcmp(pg_get_text(units, i, 1), from) == 0))
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
        in_order(l, row, "founded", "dissolved");
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
        in_order(l, &l->rows[i], "starts", "ends");
        in_order(l, &l->rows[i], "opens", "due");
        in_order(l, &l->rows[i], "due", "closes");
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

        in_order(l, row, "valid_from", "valid_to");
        for (size_t k = 0; k < keys.n && !taken; k++)
            taken = strcasecmp(pg_get_text(&keys, k, 1), reg_get(l, row, "key")) == 0 &&
                    strcmp(pg_get_text(&keys, k, 0), reg_get(l, row, "code")) != 0;
        if (taken)
            reg_problem(
                l, row->line, "key", reg_get(l, row, "key"),
                "khóa xác thực này là của người khác: mỗi người tạo khóa xác thực của mình",
                "this key belongs to somebody else: everybody makes their own");
    }
    pg_rows_clear(&keys);
    return true;
}

const struct reg reg_unit = {"unit", "unit_now",  "code, valid_from", 2,
                             UNIT,   COUNT(UNIT), check_units};
const struct reg reg_entity = {"entity", "entity_now",  "unit, subject", 1,
                               ENTITY,   COUNT(ENTITY), check_entities};
const struct reg reg_period = {"period", "period_now",  "scheme, starts, code", 2,
                               PERIOD,   COUNT(PERIOD), check_periods};
const struct reg reg_person = {"person", "person_now",  "code",      1,
                               PERSON,   COUNT(PERSON), check_people};

/* ---- commands ---- */

int cmd_unit_load(struct app *app, int argc, char **argv)
{
    return reg_cmd_load(app, &reg_unit, argc, argv);
}

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

static int list_all(struct app *app, const struct reg *reg, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {0 }
    };
    bool json = false;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c != 'j')
            return app_usage(app, NULL, NULL);
        json = true;
    }
    if (optind != argc)
        return app_usage(app, NULL, NULL);
    return reg_list(app, reg, json, NULL, NULL, 0);
}

int cmd_unit_list(struct app *app, int argc, char **argv)
{
    return list_all(app, &reg_unit, argc, argv);
}

int cmd_person_list(struct app *app, int argc, char **argv)
{
    return list_all(app, &reg_person, argc, argv);
}

int cmd_entity_list(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"json",             no_argument, NULL, 'j'},
        {"unit",              required_argument, NULL, 'u'},
        {"unconfirmed",                  no_argument, NULL, 'n'},
        {0}
    };
    const char *unit = NULL;
    bool json = false, unconfirmed = false;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'j':
            json = true;
            break;
        case 'u':
            unit = optarg;
            break;
        case 'n':
            unconfirmed = true;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (optind != argc)
        return app_usage(app, NULL, NULL);
    return reg_list(app, &reg_entity, json,
                    "where ($1::text is null or unit = $1) and not (confirmed and $2)",
                    (const struct pg_arg[]){pg_text(unit), pg_bool(unconfirmed)}, 2);
}
