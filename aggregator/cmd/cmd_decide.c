/* decide: held and conflicting reports, held withdrawals, and reports that count. */
#include "aggregator/acts/decide.h"
#include "aggregator/rollup/rollup.h"
#include "aggregator/table.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>

struct asked { /* on the command line */
    const char *report, *held, *unit, *act, *why, *by;
    bool yes, json;
};

struct waiting {
    struct pg_rows rows;
    struct rollup_at at; /* scheme and period */
};

enum { W_POSITION, W_UNIT, W_UNIT_NAME, W_VINTAGE, W_FORM, W_SUBJECT, W_NAME, W_KIND };

static const struct column COLUMNS[] = {
    {"position",  COL_TEXT, "Vị trí",          "Position"},
    {"unit",      COL_TEXT, "Mã đơn vị",     "Unit"    },
    {"unit_name", COL_TEXT, "Đơn vị",         "Name"    },
    {"vintage",   COL_TEXT, "Loại số liệu", "Vintage" },
    {"form",      COL_TEXT, "Biểu",             "Form"    },
    {"subject",   COL_TEXT, "Mã tổ chức",    "Subject" },
    {"name",      COL_TEXT, "Tên",               "Entity"  },
    {"waits",     COL_TEXT, "Chờ",              "Waits"   },
};

static bool find_waiting(struct app *app, struct pg *pg, const struct asked *q,
                         struct arena *a, struct waiting *w, struct err *e)
{
    static const char SQL[] =
        "select w.epoch || '.' || w.seq, w.unit, coalesce(u.name, w.unit), w.vintage,"
        " w.form, case w.subject when 'unit' then '' else w.subject end, w.name,"
        " case when w.withdraw then 'withdrawal' else w.verdict end"
        " from waiting_now($1, $2) w"
        " left join unit_now u on u.code = w.unit and u.valid_from = w.unit_from"
        " where ($3::text is null or w.unit = $3) order by w.epoch, w.seq";
    struct pg_arg args[3];

    if (!rollup_at_find(app, pg, q->held, NULL, NULL, a, &w->at, e) ||
        (q->unit != NULL && !app_unit_known(app, "--unit", q->unit, e)))
        return false;
    args[0] = pg_text(w->at.scheme);
    args[1] = pg_text(w->at.period);
    args[2] = pg_text(q->unit);
    return pg_query(pg, SQL, args, COUNT(args), &w->rows, e);
}

static const char *in_words(void *ctx, size_t col, const char *word)
{
    const struct app *app = ctx;

    if (col == W_VINTAGE)
        return vintage_label(word, app->lang);
    if (col == W_FORM && app->catalogue != NULL)
        return catalogue_mark(app->catalogue, word);
    if (col != W_KIND)
        return NULL;
    return strcmp(word, "withdrawal") == 0 ? app_say(app, "thu hồi", "withdrawal")
           : strcmp(word, "held") == 0
               ? app_say(app, "nhận sau khi khóa kỳ hoặc chờ xét", "held")
               : app_say(app, "trùng mã, khác nội dung", "conflict");
}

static int show_waiting(struct app *app, const struct asked *q)
{
    struct arena a = {0};
    struct waiting w = {.at = {.scheme = NULL}};
    struct err e = {0}, ignored = {0};
    struct pg *pg = app_pg(app, DB_READ, &e);
    bool ok = pg != NULL && find_waiting(app, pg, q, &a, &w, &e);
    struct table t;

    if (ok && app_catalogue(app, &ignored) == NULL)
        ignored = (struct err){.kind = ERR_NONE}; /* the codes stay */
    if (ok) {
        table_init(&t, COLUMNS, COUNT(COLUMNS));
        for (size_t i = 0; i < w.rows.n; i++)
            table_row_shown(&t, &w.rows, i, in_words, app);
        table_print(&t, app->lang, q->json, stdout);
        table_clear(&t);
    }
    pg_rows_clear(&w.rows);
    arena_clear(&a);
    return ok ? EXIT_DONE : app_fail(app, &e);
}

/* ---- deciding ---- */

/* All that wait as held; a conflict is decided about by itself, against the other one. */
static bool all_held(struct app *app, struct pg *pg, const struct asked *q,
                     struct arena *a, struct decision **list, size_t *n, struct err *e)
{
    struct waiting w = {.at = {.scheme = NULL}};
    bool ok = find_waiting(app, pg, q, a, &w, e);

    *list = arena_new(a, (w.rows.n + 1) * sizeof **list);
    for (size_t i = 0; ok && i < w.rows.n; i++) {
        if (strcmp(pg_get_text(&w.rows, i, W_KIND), "conflict") == 0)
            continue;
        if (*n == DECIDE_MAX)
            ok = app_set(
                app, e, ERR_INPUT,
                "kỳ %s có hơn %d báo cáo chờ quyết định: quyết định theo từng đơn "
                "vị (--unit)",
                "%s: more than %d reports wait: decide unit by unit (--unit)", q->held,
                DECIDE_MAX);
        else
            ok = decide_find(app, pg, pg_get_text(&w.rows, i, W_POSITION),
                             strcmp(q->act, "count") == 0 ? DECIDE_COUNT : DECIDE_REJECT,
                             a, &(*list)[(*n)++], e);
    }
    pg_rows_clear(&w.rows);
    return ok && (*n > 0 || app_set(app, e, ERR_INPUT, "kỳ %s không có gì chờ quyết định",
                                    "nothing of %s waits for a decision", q->held));
}

static void say_done(const struct app *app, const struct decision *d, bool json)
{
    static const struct {
        const char *word, *vi, *en;
    } DONE[] = {
        {"count",    "được tính",                    "counts"                   },
        {"reject",   "không được tính",             "does not count"           },
        {"withdraw", "việc thu hồi có hiệu lực", "the withdrawal counts"    },
        {"keep",     "không chấp nhận thu hồi",    "the withdrawal is refused"},
    };

    for (size_t i = 0; i < COUNT(DONE); i++)
        if (strcmp(DONE[i].word, d->word) == 0)
            fprintf(json ? stderr : stdout, "%s: %s, %s %s, %s%s%s\n", d->position,
                    app_say(app, DONE[i].vi, DONE[i].en), app_say(app, "đơn vị", "unit"),
                    d->unit.code, d->period, d->name[0] != 0 ? ", " : "", d->name);
}

static int decide(struct app *app, const struct asked *q)
{
    struct arena a = {0};
    struct decision *list = NULL;
    struct speaker who;
    struct err e = {0};
    struct pg *pg = app_writer(app, &e);
    const char *why = "";
    size_t n = 0;
    bool go = false;
    bool ok = pg != NULL && talk_speaker(app, &a, q->by, &who, &e) &&
              talk_text(app, "--why", q->why, &a, &why, &e);

    if (ok && q->held != NULL) {
        ok = all_held(app, pg, q, &a, &list, &n, &e);
    } else if (ok) {
        list = arena_new(&a, sizeof *list);
        n = 1;
        ok = decide_find(app, pg, q->report,
                         strcmp(q->act, "count") == 0 ? DECIDE_COUNT : DECIDE_REJECT, &a,
                         list, &e);
    }
    for (size_t i = 0; ok && i < n; i++) {
        list[i].why = why;
        list[i].person = who.code;
        list[i].person_name = who.name;
    }
    ok = ok && decide_write(app, pg, list, n, q->yes, q->json, &go, &e);
    for (size_t i = 0; ok && go && i < n; i++)
        say_done(app, &list[i], q->json);
    arena_clear(&a);
    return !ok ? app_fail(app, &e) : go ? EXIT_DONE : EXIT_FINDINGS;
}

int cmd_decide(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"held",             required_argument, NULL, 'h'},
        {"unit",              required_argument, NULL, 'u'},
        {"why",                  required_argument, NULL, 'w'},
        {"by",required_argument, NULL, 'b'},
        {"yes",               no_argument, NULL, 'y'},
        {"json",              no_argument, NULL, 'j'},
        {0             }
    };
    struct asked q = {.yes = false};
    int c, words;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'h':
            q.held = optarg;
            break;
        case 'u':
            q.unit = optarg;
            break;
        case 'w':
            q.why = optarg;
            break;
        case 'b':
            q.by = optarg;
            break;
        case 'y':
            q.yes = true;
            break;
        case 'j':
            q.json = true;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    words = argc - optind;
    if (words != (q.held != NULL ? 1 : 2))
        return app_usage(app, "cần một báo cáo (hoặc --held KỲ) và count hoặc reject",
                         "a report (or --held PERIOD) and count or reject are needed");
    q.report = q.held == NULL ? argv[optind] : NULL;
    q.act = argv[argc - 1];
    if (q.unit != NULL && q.held == NULL)
        return app_usage(app, "--unit chỉ dùng cùng --held", "--unit goes with --held");
    if (q.held != NULL && strcmp(q.act, "list") == 0)
        return show_waiting(app, &q);
    if (strcmp(q.act, "count") != 0 && strcmp(q.act, "reject") != 0)
        return app_usage(app, "quyết định là count (được tính) hoặc reject (không tính)",
                         "the decision is count or reject");
    if (q.why == NULL)
        return app_usage(app, "cần --why: lý do, đơn vị sẽ đọc",
                         "--why is needed: the unit reads it");
    if (q.by == NULL)
        return app_usage(app, "cần --by: người quyết định",
                         "--by is needed: who decides");
    return decide(app, &q);
}
