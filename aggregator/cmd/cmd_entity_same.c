/* entity merge, unmerge, duplicates: one entity under two numbers. */
#include "aggregator/rollup/effect_total.h"
#include "aggregator/acts/entity.h"
#include "aggregator/ingest/talk.h"

#include <getopt.h>

struct merge { /* of the command line */
    const char *subject, *into, *why, *by;
    bool yes;
};

/* What the number is counted under by a merge of its own, or NULL. */
static bool merged_into(struct pg *pg, const char *subject, struct arena *a,
                        const char **into, struct err *e)
{
    const struct pg_arg arg = pg_text(subject);
    struct pg_rows r = {0};

    *into = NULL;
    if (!pg_query(pg,
                  "select act, into_subject from entity_merge where subject = $1"
                  " order by epoch desc, seq desc limit 1",
                  &arg, 1, &r, e))
        return false;
    if (r.n > 0 && strcmp(pg_get_text(&r, 0, 0), "merge") == 0)
        *into = arena_str(a, pg_get_text(&r, 0, 1));
    pg_rows_clear(&r);
    return true;
}

static bool check_merge(struct app *app, struct pg *pg, const struct merge *m,
                        struct arena *a, struct entity_fact *from,
                        struct entity_fact *into, struct err *e)
{
    const char *under;

    if (strcmp(m->subject, m->into) == 0)
        return app_set(app, e, ERR_INPUT, "%s: hai mã là một",
                       "%s: both numbers are the same", subject_shown(m->subject));
    if (!merged_into(pg, m->subject, a, &under, e))
        return false;
    if (under != NULL)
        return app_set(app, e, ERR_INPUT,
                       "%s đã được tính dưới mã %s: bỏ gộp trước (entity unmerge %s)",
                       "%s is counted under %s already: first entity unmerge %s",
                       subject_shown(m->subject), subject_shown(under), m->subject);
    if (!entity_must(app, pg, m->subject, a, from, e) ||
        !entity_must(app, pg, m->into, a, into, e))
        return false;
    if (strcmp(into->subject, m->subject) == 0)
        return app_set(app, e, ERR_INPUT,
                       "%s đang được tính dưới mã %s, gộp ngược lại thành vòng: bỏ gộp "
                       "trước (entity unmerge %s)",
                       "%s is counted under %s, the other way round makes a ring: first "
                       "entity unmerge %s",
                       subject_shown(m->into), subject_shown(m->subject), m->into);
    if (strcmp(into->subject, m->into) != 0)
        return app_set(app, e, ERR_INPUT, "%s được tính dưới mã %s: ghi --into %s",
                       "%s is counted under %s: write --into %s", subject_shown(m->into),
                       subject_shown(into->subject), into->subject);
    if (strcmp(from->kind, into->kind) != 0)
        return app_set(
            app, e, ERR_INPUT,
            "%s là %s, %s là %s: không phải một tổ chức. Nếu loại hình ghi sai, ghi lại "
            "trước (entity load, hoặc entity event --event changed --kind)",
            "%s is a %s, %s a %s: not one entity. If a kind was written wrong, correct "
            "it "
            "first (entity load, or entity event --event changed --kind)",
            entity_shown(a, from), reg_word_shown(ENTITY_KINDS, from->kind, app->lang),
            entity_shown(a, into), reg_word_shown(ENTITY_KINDS, into->kind, app->lang));
    return true;
}

static void add_merge(struct acts *acts, const struct merge *m, const char *act,
                      const char *person)
{
    struct json *j = json_new();

    json_text(j, "subject", m->subject);
    json_text(j, "into", m->into);
    json_text(j, "act", act);
    json_text(j, "why", m->why);
    json_text(j, "person", person);
    acts_add(acts, "entity_merge", &j);
}

/* `merge` when into is given, else `unmerge`. */
static int change(struct app *app, struct merge *m)
{
    const bool together = m->into != NULL;
    struct acts acts = {0};
    struct arena a = {0};
    struct entity_fact from = {0}, into = {0};
    struct speaker who;
    struct err e = {0};
    bool go = false, ok = false;
    struct pg *pg = app_writer(app, &e);

    if (pg == NULL || !talk_speaker(app, &a, m->by, &who, &e) ||
        !talk_text(app, "--why", m->why, &a, &m->why, &e) ||
        !entity_argument(app, app_say(app, "mã", "number"), m->subject, &a, &m->subject,
                         &e))
        goto out;
    if (together) {
        if (!entity_argument(app, "--into", m->into, &a, &m->into, &e) ||
            !check_merge(app, pg, m, &a, &from, &into, &e))
            goto out;
    } else {
        if (!merged_into(pg, m->subject, &a, &m->into, &e))
            goto out;
        if (m->into == NULL) {
            app_set(app, &e, ERR_INPUT,
                    "%s không được gộp vào mã nào: xem entity history %s",
                    "%s is not counted under another number: see entity history %s",
                    subject_shown(m->subject), m->subject);
            goto out;
        }
    }
    add_merge(&acts, m, together ? "merge" : "unmerge", who.code);
    ok = effect_total_ask(app, pg, &acts, NULL, 0, m->yes, false, &go, &e) &&
         (!go || acts_append(&acts, pg, who.code, &e));
    if (ok && go && together)
        app_print(app, "đã gộp: %s được tính dưới %s\n",
                  "merged: %s is counted under %s\n", entity_shown(&a, &from),
                  entity_shown(&a, &into));
    else if (ok && go)
        app_print(app, "đã bỏ gộp: %s được tính riêng, không còn dưới %s\n",
                  "unmerged: %s is counted by itself, no longer under %s\n",
                  subject_shown(m->subject), subject_shown(m->into));
out:
    acts_clear(&acts);
    arena_clear(&a);
    return !ok ? app_fail(app, &e) : go ? EXIT_DONE : EXIT_FINDINGS;
}

static int read_merge(struct app *app, int argc, char **argv, bool together)
{
    static const struct option options[] = {
        {"into",             required_argument, NULL, 'i'},
        {"why",              required_argument, NULL, 'w'},
        {"by",                  required_argument, NULL, 'b'},
        {"yes",no_argument, NULL, 'y'},
        {0              }
    };
    struct merge m = {0};
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'i':
            m.into = optarg;
            break;
        case 'w':
            m.why = optarg;
            break;
        case 'b':
            m.by = optarg;
            break;
        case 'y':
            m.yes = true;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (argc - optind != 1 || together != (m.into != NULL))
        return app_usage(app, NULL, NULL);
    m.subject = argv[optind];
    if (m.why == NULL)
        return app_usage(app, "cần --why: vì sao", "--why is needed: the reason");
    if (m.by == NULL)
        return app_usage(app, "cần --by: người thực hiện", "--by is needed: who does it");
    return change(app, &m);
}

int cmd_entity_merge(struct app *app, int argc, char **argv)
{
    return read_merge(app, argc, argv, true);
}

int cmd_entity_unmerge(struct app *app, int argc, char **argv)
{
    return read_merge(app, argc, argv, false);
}

/* ---- entity duplicates ---- */

/* clang-format off */
static const struct reg_word REASONS[] = {
    {"tax_suffix",  "cùng mã số thuế, một mã có đuôi",    "one tax number, with and without suffix"},
    {"two_numbers", "một tên, hai loại mã",               "one name under two kinds of number"     },
    {"same_name",   "cùng tên, cùng nơi",                 "the same name in the same place"        },
    {"spelling",    "tên gần giống, cùng nơi",            "two spellings of a name in one place"   },
    {"two_units",   "hai đơn vị cùng báo cáo",            "two units report it"                    },
    {NULL,          NULL,                                 NULL                                     },
};

static const struct column COLUMNS[] = {
    {"reason",        COL_TEXT, "Vì sao",        "Why"          },
    {"subject",       COL_TEXT, "Mã số",         "Number"       },
    {"name",          COL_TEXT, "Tên",           "Name"         },
    {"unit",          COL_TEXT, "Đơn vị",        "Unit"         },
    {"commune",       COL_TEXT, "Xã",            "Commune"      },
    {"other",         COL_TEXT, "Mã kia",        "Other number" },
    {"other_name",    COL_TEXT, "Tên kia",       "Other name"   },
    {"other_unit",    COL_TEXT, "Đơn vị kia",    "Other unit"   },
    {"other_commune", COL_TEXT, "Xã kia",        "Other commune"},
};
/* clang-format on */

static const char *shown(void *ctx, size_t col, const char *word)
{
    const struct app *app = ctx;

    if (col == 0)
        return reg_word_shown(REASONS, word, app->lang);
    return col == 1 || col == 5 ? subject_shown(word) : NULL;
}

int cmd_entity_duplicates(struct app *app, int argc, char **argv)
{
    const struct pg_arg today = pg_date(settings_today(&app->settings));
    struct pg_rows rows = {0};
    struct table t = {0};
    struct err e = {0};
    struct pg *pg;
    bool json, ok;

    if (!app_json_only(argc, argv, 0, 0, &json))
        return app_usage(app, NULL, NULL);
    pg = app_pg(app, DB_READ, &e);
    ok = pg != NULL && pg_query(pg, "select * from entity_double_at(" LOG_END ", $1)",
                                &today, 1, &rows, &e);
    table_init(&t, COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; ok && i < rows.n; i++)
        table_row_shown(&t, &rows, i, shown, app);
    if (ok)
        table_print(&t, app->lang, json, stdout);
    if (ok && !json && rows.n > 0)
        printf(
            "\n%s\n",
            app_say(
                app,
                "Nếu là một: entity merge MÃ_KIA --into MÃ_SỐ --why ... --by ...; "
                "hai đơn vị cùng báo cáo: entity event MÃ --event moved hoặc trả lại "
                "báo cáo của một đơn vị.",
                "If they are one: entity merge OTHER --into NUMBER --why ... --by "
                "...; where two units report it: entity event NUMBER --event moved, or "
                "return one unit's report."));
    pg_rows_clear(&rows);
    table_clear(&t);
    return ok ? EXIT_DONE : app_fail(app, &e);
}
