/* entity list, entity history: the register on a day, under the units of that day's map,
 * and what was ever said of one. */
#include "aggregator/acts/entity.h"

#include <getopt.h>

/* ---- entity list ---- */

struct filter { /* of the command line */
    const char *unit;
    bool unconfirmed, json, dated;
    int32_t day;
};

/* clang-format off */
static const struct reg_word SOURCES[] = {
    {"register", "danh bạ",             "register"},
    {"event",    "văn bản",             "act"     },
    {"movement", "biểu biến động",      "movement form"},
    {"report",   "báo cáo",             "report"  },
    {"merge",    "gộp mã",              "merge"   },
    {NULL,       NULL,                  NULL      },
};

static const struct column LIST[] = {
    {"subject",   COL_TEXT, "Mã số",         "Number"     },
    {"kind",      COL_TEXT, "Loại hình",     "Kind"       },
    {"name",      COL_TEXT, "Tên",           "Name"       },
    {"sector",    COL_TEXT, "Lĩnh vực",      "Sector"     },
    {"unit",      COL_TEXT, "Đơn vị",        "Unit"       },
    {"unit_from", COL_DATE, NULL,            NULL         },
    {"commune",   COL_TEXT, "Xã",            "Commune"    },
    {"state",     COL_TEXT, "Tình trạng",    "State"      },
    {"founded",   COL_DATE, "Thành lập",     "Founded"    },
    {"dissolved", COL_DATE, "Giải thể",      "Dissolved"  },
    {"confirmed", COL_BOOL, "Đã xác nhận",   "Confirmed"  },
    {"source",    COL_TEXT, "Nguồn",         "Source"     },
    {"also",      COL_TEXT, "Gồm cả mã",     "Also number"},
};
/* clang-format on */

/* Its name, where a catalogue is active that knows it. */
static const char *sector_shown(const struct app *app, const char *code)
{
    const struct breakdown *b = app->catalogue != NULL
                                    ? catalogue_breakdown(app->catalogue, "sector", code)
                                    : NULL;

    return b == NULL ? code : app->lang == LANG_VI ? b->name_vi : b->name_en;
}

static const char *list_shown(void *ctx, size_t col, const char *word)
{
    const struct app *app = ctx;

    switch (col) {
    case 1:
        return reg_word_shown(ENTITY_KINDS, word, app->lang);
    case 3:
        return sector_shown(app, word);
    case 7:
        return reg_word_shown(ENTITY_STATES, word, app->lang);
    case 11:
        return reg_word_shown(SOURCES, word, app->lang);
    default:
        return NULL;
    }
}

static int list(struct app *app, const struct filter *f)
{
    static const char SQL[] =
        "select f.subject, f.kind, f.name, f.sector, h.unit, h.unit_from, f.commune,"
        " f.state, f.founded, f.dissolved, f.confirmed, f.source,"
        " coalesce((select string_agg(m.subject, ', ' order by m.subject collate \"C\")"
        "  from same_at(" LOG_END ") m where m.root = f.subject), '')"
        " from entity_fact_at(" LOG_END ", $1) f"
        " join home_on(" LOG_END ", $1) h on h.subject = f.subject"
        " where ($2::text is null or h.unit = $2) and not (f.confirmed and $3)"
        " and not ($4 and f.founded is not null and f.founded > $1)"
        " order by h.unit collate \"C\", h.unit_from, f.subject collate \"C\"";
    const struct pg_arg args[] = {pg_date(f->day), pg_text(f->unit),
                                  pg_bool(f->unconfirmed), pg_bool(f->dated)};
    struct pg_rows rows = {0};
    struct table t = {0};
    struct err e = {0}, ignored = {0};
    struct pg *pg = app_pg(app, DB_READ, &e);
    bool ok = pg != NULL && pg_query(pg, SQL, args, COUNT(args), &rows, &e);

    if (ok && app_catalogue(app, &ignored) == NULL)
        ignored = (struct err){.kind = ERR_NONE}; /* the codes of sectors stay */
    table_init(&t, LIST, COUNT(LIST));
    for (size_t i = 0; ok && i < rows.n; i++)
        table_row_shown(&t, &rows, i, list_shown, app);
    if (ok)
        table_print(&t, app->lang, f->json, stdout);
    pg_rows_clear(&rows);
    table_clear(&t);
    return ok ? EXIT_DONE : app_fail(app, &e);
}

/* ---- entity history ---- */

/* clang-format off */
static const struct reg_word WHAT[] = { /* beside the events */
    {"loaded",        "ghi trong danh bạ",        "in the register"     },
    {"reported",      "báo cáo lần đầu",          "first reported"      },
    {"confirmed",     "đã xác nhận",              "confirmed"           },
    {"counted_under", "được tính dưới mã khác",   "counted under another number"},
    {"apart",         "được tính riêng trở lại",  "counted by itself again"},
    {NULL,            NULL,                       NULL                  },
};

enum { H_DAY, H_WHAT, H_SOURCE, H_COUNTS, H_SUBJECT, H_KIND, H_NAME, H_SECTOR, H_UNIT,
       H_UNIT_FROM, H_COMMUNE, H_STATE, H_FOUNDED, H_DISSOLVED, H_OTHER, H_ACT, H_NOTE,
       H_PERSON, H_PERIOD, H_POSITION, H_ENTERED, H_UNIT_NAME };

static const struct column HISTORY[] = {
    {"day",      COL_DATE, "Từ ngày",       "From"      },
    {"what",     COL_TEXT, "Việc",          "What"      },
    {"facts",    COL_TEXT, "Nội dung",      "Facts"     },
    {"source",   COL_TEXT, "Nguồn",         "Source"    },
    {"document", COL_TEXT, "Căn cứ",        "Document"  },
    {"counts",   COL_BOOL, "Đang tính",     "Counts"    },
    {"subject",  COL_TEXT, "Mã số",         "Number"    },
    {"person",   COL_TEXT, "Người ghi",     "Entered by"},
    {"entered",  COL_DATE, "Ngày ghi",      "Entered"   },
    {"position", COL_TEXT, "Vị trí",        "Position"  },
};
/* clang-format on */

static void put(struct bytes *b, const char *label, const char *value)
{
    if (*value != 0)
        bytes_printf(b, "%s%s: %s", b->n != 0 ? "; " : "", label, value);
}

/* "tên: HTX Bình Lư; đơn vị: 106 Huyện Tam Đường; ..." */
static const char *facts(const struct app *app, const struct pg_rows *r, size_t i,
                         struct arena *a)
{
    struct bytes b = {0};
    const char *unit = pg_get_text(r, i, H_UNIT), *out;
    char day[11];

    put(&b, app_say(app, "tên", "name"), pg_get_text(r, i, H_NAME));
    put(&b, app_say(app, "loại hình", "kind"),
        reg_word_shown(ENTITY_KINDS, pg_get_text(r, i, H_KIND), app->lang));
    put(&b, app_say(app, "lĩnh vực", "sector"),
        sector_shown(app, pg_get_text(r, i, H_SECTOR)));
    if (*unit != 0)
        put(&b, app_say(app, "đơn vị", "unit"),
            arena_printf(a, "%s %s", unit, pg_get_text(r, i, H_UNIT_NAME)));
    put(&b, app_say(app, "xã", "commune"), pg_get_text(r, i, H_COMMUNE));
    put(&b, app_say(app, "tình trạng", "state"),
        reg_word_shown(ENTITY_STATES, pg_get_text(r, i, H_STATE), app->lang));
    if (!pg_is_null(r, i, H_FOUNDED))
        put(&b, app_say(app, "thành lập", "founded"),
            date_vi(pg_get_date(r, i, H_FOUNDED), day));
    if (!pg_is_null(r, i, H_DISSOLVED))
        put(&b, app_say(app, "giải thể", "dissolved"),
            date_vi(pg_get_date(r, i, H_DISSOLVED), day));
    put(&b, app_say(app, "với", "with"), subject_shown(pg_get_text(r, i, H_OTHER)));
    put(&b, app_say(app, "ghi chú", "note"), pg_get_text(r, i, H_NOTE));
    out = arena_strn(a, b.p != NULL ? (const char *)b.p : "", b.n);
    bytes_clear(&b);
    return out;
}

static void add_history(const struct app *app, const struct pg_rows *r, size_t i,
                        struct table *t, struct arena *a)
{
    const char *what = pg_get_text(r, i, H_WHAT), *source = pg_get_text(r, i, H_SOURCE);
    const char *period = pg_get_text(r, i, H_PERIOD), *act = pg_get_text(r, i, H_ACT);
    const char *shown = reg_word_shown(WHAT, what, app->lang);

    if (pg_is_null(r, i, H_DAY))
        table_none(t);
    else
        table_date(t, pg_get_date(r, i, H_DAY));
    table_shown(t, what,
                shown != what ? shown : reg_word_shown(ENTITY_EVENTS, what, app->lang));
    table_text(t, facts(app, r, i, a));
    table_shown(t, source, reg_word_shown(SOURCES, source, app->lang));
    table_text(
        t, *period != 0 && *act != 0
               ? arena_printf(a, "%s, %s %s", act,
                              app_say(app, "báo cáo kỳ", "report of"), period)
           : *period != 0
               ? arena_printf(a, "%s %s", app_say(app, "báo cáo kỳ", "report of"), period)
               : act);
    table_bool(t, pg_get_bool(r, i, H_COUNTS));
    table_text(t, pg_get_text(r, i, H_SUBJECT));
    table_text(t, pg_get_text(r, i, H_PERSON));
    if (pg_is_null(r, i, H_ENTERED))
        table_none(t);
    else
        table_date(t, pg_get_date(r, i, H_ENTERED));
    table_text(t, pg_get_text(r, i, H_POSITION));
}

static int history(struct app *app, const char *text, bool json)
{
    static const char SQL[] =
        "select h.day, h.what, h.source, h.counts, h.subject, h.kind, h.name, h.sector,"
        " h.unit, h.unit_from, h.commune, h.state, h.founded, h.dissolved, h.other, "
        "h.act,"
        " h.note, h.person, h.period, h.epoch || '.' || h.seq,"
        " (c.at at time zone 'Asia/Ho_Chi_Minh')::date, coalesce(u.name, '')"
        " from entity_history(" LOG_END ", $1) with ordinality h"
        " left join commit c on c.epoch = h.epoch and h.seq between c.first_seq and "
        "c.last_seq"
        " left join unit_now u on u.code = h.unit and u.valid_from = h.unit_from"
        " order by h.ordinality";
    struct pg_rows rows = {0};
    struct table t = {0};
    struct arena a = {0};
    struct err e = {0}, ignored = {0};
    struct entity_fact f;
    const char *subject;
    struct pg *pg = app_pg(app, DB_READ, &e);
    bool ok =
        pg != NULL &&
        entity_argument(app, app_say(app, "mã", "number"), text, &a, &subject, &e) &&
        entity_must(app, pg, subject, &a, &f, &e);

    if (ok) {
        const struct pg_arg arg = pg_text(subject);

        ok = pg_query(pg, SQL, &arg, 1, &rows, &e);
    }
    if (ok && app_catalogue(app, &ignored) == NULL)
        ignored = (struct err){.kind = ERR_NONE};
    table_init(&t, HISTORY, COUNT(HISTORY));
    for (size_t i = 0; ok && i < rows.n; i++)
        add_history(app, &rows, i, &t, &a);
    if (ok && !json) {
        printf("%s", entity_shown(&a, &f));
        if (strcmp(f.subject, subject) != 0)
            printf(" - %s %s", subject_shown(subject),
                   app_say(app, "được tính dưới mã này", "is counted under this number"));
        printf("\n%s: %s; %s: %s %s%s\n\n", app_say(app, "tình trạng", "state"),
               reg_word_shown(ENTITY_STATES, f.state, app->lang),
               app_say(app, "đơn vị", "unit"), f.unit, f.unit_name,
               f.confirmed ? "" : app_say(app, "; chưa xác nhận", "; not confirmed"));
    }
    if (ok)
        table_print(&t, app->lang, json, stdout);
    pg_rows_clear(&rows);
    table_clear(&t);
    arena_clear(&a);
    return ok ? EXIT_DONE : app_fail(app, &e);
}

int cmd_entity_history(struct app *app, int argc, char **argv)
{
    bool json;

    if (!app_json_only(argc, argv, 1, 1, &json))
        return app_usage(app, "cần mã của một tổ chức",
                         "the number of one entity is needed");
    return history(app, argv[optind], json);
}

int cmd_entity_list(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"json",             no_argument, NULL, 'j'},
        {"unit",              required_argument, NULL, 'u'},
        {"unconfirmed",                  no_argument, NULL, 'n'},
        {"on",required_argument, NULL, 'o'},
        {"history",               required_argument, NULL, 'h'},
        {"to-rehome",      no_argument, NULL, 'r'},
        {0             }
    };
    struct filter f = {.day = settings_today(&app->settings)};
    const char *subject = NULL, *on = NULL;
    bool to_rehome = false;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'j':
            f.json = true;
            break;
        case 'u':
            f.unit = optarg;
            break;
        case 'n':
            f.unconfirmed = true;
            break;
        case 'o':
            on = optarg;
            break;
        case 'h':
            subject = optarg;
            break;
        case 'r':
            to_rehome = true;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (optind != argc)
        return app_usage(app, NULL, NULL);
    if (to_rehome) {
        if (on != NULL || subject != NULL || f.unconfirmed)
            return app_usage(app, NULL, NULL);
        return entity_list_to_rehome(app, f.unit, f.json);
    }
    if (on != NULL) {
        f.dated = true;
        f.day = date_read(on);
        if (f.day == DATE_NONE)
            return app_usage(app, "--on: không phải ngày, ghi theo dạng 2025-06-30",
                             "--on: no date, write it as 2025-06-30");
    }
    if (subject != NULL)
        return history(app, subject, f.json);
    return list(app, &f);
}
