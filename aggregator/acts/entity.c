#include "aggregator/acts/entity.h"
#include "proto/forms/number.h"

/* clang-format off */
const struct reg_word ENTITY_EVENTS[] = {
    {"founded",   "thành lập mới",             "founded"            },
    {"renamed",   "đổi tên",                   "renamed"            },
    {"moved",     "chuyển đơn vị, địa bàn",    "moved"              },
    {"suspended", "tạm ngừng kinh doanh",      "suspended"          },
    {"resumed",   "hoạt động trở lại",         "resumed"            },
    {"stopped",   "ngừng hoạt động",           "stopped"            },
    {"dissolved", "giải thể",                  "dissolved"          },
    {"bankrupt",  "phá sản",                   "bankrupt"           },
    {"converted", "chuyển đổi, tổ chức lại",   "converted"          },
    {"revoked",   "thu hồi giấy chứng nhận",   "certificate revoked"},
    {"merged",    "hợp nhất, sáp nhập",        "merged by law"      },
    {"split",     "chia, tách",                "split"              },
    {"changed",   "thay đổi nội dung đăng ký", "changed"            },
    {NULL,        NULL,                        NULL                 },
};
/* clang-format on */

const char *entity_subject(const char *text, struct arena *a, const char **vi,
                           const char **en)
{
    const char *tax = strncmp(text, "tax:", 4) == 0 ? text + 4 : text;
    char digits[16];

    if ((strncmp(text, "certificate:", 12) == 0 && text[12] != 0) ||
        (strncmp(text, "register:", 9) == 0 && text[9] != 0))
        return arena_str(a, text);
    if (tax_number(tax, digits) == TAX_OK)
        return arena_printf(a, "tax:%s", digits); /* as reports write it */
    if (tax != text || tax_number(tax, digits) == TAX_CHECK) {
        *vi = "mã số thuế không đúng (10 chữ số, số cuối là số kiểm tra): đối "
              "chiếu giấy chứng nhận";
        *en = "wrong tax number (10 digits, the last one checks): compare it with "
              "the certificate";
    } else {
        *vi = "ghi tax:MÃ SỐ THUẾ, certificate:SỐ|NƠI CẤP hoặc register:SỐ|XÃ";
        *en = "write tax:NUMBER, certificate:NUMBER|ISSUER or register:NUMBER|COMMUNE";
    }
    return NULL;
}

bool entity_argument(const struct app *app, const char *what, const char *text,
                     struct arena *a, const char **subject, struct err *e)
{
    const char *vi = "", *en = "";

    *subject = entity_subject(text, a, &vi, &en);
    return *subject != NULL || app_set(app, e, ERR_INPUT, "%s \"%s\": %s",
                                       "%s \"%s\": %s", what, text, app_say(app, vi, en));
}

bool entity_find(struct pg *pg, const char *subject, int32_t day, struct arena *a,
                 struct entity_fact *out, struct err *e)
{
    static const char SQL[] =
        "select f.subject, f.kind, f.name, f.sector, f.unit, f.unit_from,"
        " coalesce(u.name, f.unit), f.commune, case when f.state = 'dissolved'"
        "  and f.dissolved > coalesce($2, 'infinity') then 'active' else f.state end,"
        " f.source, f.founded, f.dissolved, f.confirmed"
        " from entity_fact_of(" LOG_END ", coalesce($2::date, 'infinity'),"
        "  array[$1], true) f"
        " left join unit_now u on u.code = f.unit and u.valid_from = f.unit_from";
    const struct pg_arg args[] = {pg_text(subject), pg_date(day)};
    struct pg_rows r = {0};

    *out = (struct entity_fact){.subject = subject};
    if (!pg_query(pg, SQL, args, COUNT(args), &r, e))
        return err_in(e, "looking up %s", subject);
    if (r.n > 0)
        *out = (struct entity_fact){
            .known = true,
            .subject = arena_str(a, pg_get_text(&r, 0, 0)),
            .kind = arena_str(a, pg_get_text(&r, 0, 1)),
            .name = arena_str(a, pg_get_text(&r, 0, 2)),
            .sector = arena_str(a, pg_get_text(&r, 0, 3)),
            .unit = arena_str(a, pg_get_text(&r, 0, 4)),
            .unit_from = arena_str(a, pg_get_text(&r, 0, 5)),
            .unit_name = arena_str(a, pg_get_text(&r, 0, 6)),
            .commune = arena_str(a, pg_get_text(&r, 0, 7)),
            .state = arena_str(a, pg_get_text(&r, 0, 8)),
            .source = arena_str(a, pg_get_text(&r, 0, 9)),
            .founded = pg_is_null(&r, 0, 10) ? DATE_NONE : pg_get_date(&r, 0, 10),
            .dissolved = pg_is_null(&r, 0, 11) ? DATE_NONE : pg_get_date(&r, 0, 11),
            .confirmed = pg_get_bool(&r, 0, 12),
        };
    pg_rows_clear(&r);
    return true;
}

bool entity_must(struct app *app, struct pg *pg, const char *subject, struct arena *a,
                 struct entity_fact *out, struct err *e)
{
    if (!entity_find(pg, subject, DATE_NONE, a, out, e))
        return false;
    return out->known ||
           app_set(
               app, e, ERR_INPUT,
               "không có tổ chức mã %s trong danh bạ và báo cáo: đối chiếu mã (entity "
               "list), nạp (entity load) hoặc ghi thành lập (entity event --event "
               "founded)",
               "neither the register nor a report knows %s: compare the number (entity "
               "list), load it (entity load) or enter its founding (entity event "
               "--event founded)",
               subject_shown(subject));
}

const char *subject_shown(const char *subject)
{
    return strncmp(subject, "tax:", 4) == 0 ? subject + 4 : subject;
}

const char *entity_shown(struct arena *a, const struct entity_fact *f)
{
    return arena_printf(a, "%s (%s)", f->name, subject_shown(f->subject));
}

const char *reg_word_shown(const struct reg_word *words, const char *code, enum lang lang)
{
    while (words->code != NULL && strcmp(words->code, code) != 0)
        words++;
    return words->code == NULL ? code : lang == LANG_VI ? words->vi : words->en;
}
