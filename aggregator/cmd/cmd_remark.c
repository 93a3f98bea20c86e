/* findings accept, ask, return: the province's word on a report or one of its findings.
 */
#include "aggregator/ingest/notice.h"
#include "aggregator/ingest/talk.h"
#include "proto/rules.h"

#include <getopt.h>

struct words { /* of the command line */
    const char *report, *finding, *cell, *note, *by;
};

enum act { ACT_ACCEPT, ACT_ASK, ACT_RETURN };

static const struct {
    const char *word;
    enum notice_kind notice;
    const char *vi, *en; /* what was done, for the person who did it */
} ACTS[] = {
    {"accept", NOTICE_ACCEPT, "đã chấp nhận giải trình",        "explanation accepted"},
    {"ask",    NOTICE_ASK,    "đã hỏi đơn vị",                   "asked"               },
    {"return", NOTICE_RETURN, "đã trả lại để đơn vị sửa", "returned"            },
};

static const char FIND[] =
    "select r.unit, r.unit_from, r.scheme, r.period, r.vintage, r.hash, r.form,"
    " r.subject, r.name, r.duplicate_of is not null, r.epoch, r.seq,"
    " exists (select from supersession s where s.old = r.hash)"
    " from report r where r.epoch || '.' || r.seq = $1 or r.id::text = $1"
    " or encode(r.hash, 'hex') = $1 order by r.epoch, r.seq limit 1";

static const char CODES[] =
    "select f.code, count(*), bool_or(f.place = $4) from finding f"
    " where f.epoch = $1 and f.seq = $2 and ($3 = '' or f.code = $3)"
    " group by f.code order by f.code";

/* A rule that is run later, against other reports: in no receipt, but people ask about
 * it. */
static bool later_finding(struct app *app, const char *code)
{
    struct err e = {0};
    const struct catalogue *cat = app_catalogue(app, &e);

    return cat != NULL && rules_text(cat->rules, code, LANG_VI) != NULL;
}

/* Is there such a finding? An acceptance needs one, a question may be about the whole. */
static bool check_finding(struct app *app, struct pg *pg, enum act act,
                          const struct words *w, int64_t epoch, int64_t seq,
                          struct err *e)
{
    const struct pg_arg args[] = {pg_int(epoch), pg_int(seq),
                                  pg_text(w->finding != NULL ? w->finding : ""),
                                  pg_text(w->cell != NULL ? w->cell : "")};
    struct pg_rows rows = {0};
    bool ok = true, placed = w->cell == NULL;

    if (w->finding == NULL && act != ACT_ACCEPT)
        return true;
    if (!pg_query(pg, CODES, args, COUNT(args), &rows, e))
        return false;
    for (size_t i = 0; i < rows.n; i++)
        placed |= pg_get_bool(&rows, i, 2);
    if (rows.n == 0 && w->finding != NULL && later_finding(app, w->finding))
        ok = true;
    else if (rows.n == 0 && w->finding != NULL)
        ok = app_set(app, e, ERR_INPUT,
                     "--finding %s: báo cáo %s không có điều này (xem findings)",
                     "--finding %s: report %s has no such finding (see findings)",
                     w->finding, w->report);
    else if (rows.n == 0)
        ok = app_set(app, e, ERR_INPUT, "báo cáo %s không có điều gì cần giải trình",
                     "report %s has no findings", w->report);
    else if (!placed)
        ok = app_set(
            app, e, ERR_INPUT, "--cell %s: không có điều %s ở ô này (xem findings)",
            "--cell %s: there is no %s in this cell (see findings)", w->cell, w->finding);
    pg_rows_clear(&rows);
    return ok;
}

static bool find_report(struct app *app, struct pg *pg, enum act act,
                        const struct words *w, struct arena *a, struct notice_act *n,
                        struct err *e)
{
    const struct pg_arg arg = pg_text(w->report);
    struct pg_rows r = {0};
    bool ok = false;

    if (!pg_query(pg, FIND, &arg, 1, &r, e))
        return false;
    if (r.n == 0) {
        app_set(app, e, ERR_INPUT, "không có báo cáo \"%s\" (xem report list)",
                "there is no report \"%s\" (see report list)", w->report);
        goto out;
    }
    if (pg_get_bool(&r, 0, 9) || pg_get_bool(&r, 0, 12)) {
        app_set(
            app, e, ERR_INPUT,
            "báo cáo %s đã được điều chỉnh, thu hồi hoặc trùng với báo cáo khác: chọn "
            "bản đang được tính (xem findings)",
            "report %s was corrected, withdrawn or repeats another one: name the one "
            "that counts (see findings)",
            w->report);
        goto out;
    }
    *n = (struct notice_act){
        .kind = ACTS[act].notice,
        .unit = {arena_str(a, pg_get_text(&r, 0, 0)), pg_get_date(&r, 0, 1)},
        .scheme = arena_str(a, pg_get_text(&r, 0, 2)),
        .period = arena_str(a, pg_get_text(&r, 0, 3)),
        .vintage = vintage_of(pg_get_text(&r, 0, 4)),
        .form = arena_str(a, pg_get_text(&r, 0, 6)),
        .subject = arena_str(a, pg_get_text(&r, 0, 7)),
        .name = arena_str(a, pg_get_text(&r, 0, 8)),
        .finding = w->finding,
        .cell = w->cell,
        .due = DATE_NONE,
    };
    n->has_about = pg_get_hash(&r, 0, 5, &n->about);
    ok = check_finding(app, pg, act, w, pg_get_int(&r, 0, 10), pg_get_int(&r, 0, 11), e);
out:
    pg_rows_clear(&r);
    return ok;
}

static void add_remark(struct acts *acts, enum act act, const struct notice_act *n)
{
    const char *finding = n->finding != NULL ? n->finding : "";
    const char *cell = n->cell != NULL ? n->cell : "";
    struct json *j = json_new();
    char hex[2 * HASH_LEN + 1];

    json_text(j, "act", ACTS[act].word);
    json_text(j, "about", hash_hex(&n->about, hex));
    json_text(j, "unit", n->unit.code);
    json_date(j, "unit_from", n->unit.valid_from);
    json_text(j, "scheme", n->scheme);
    json_text(j, "period", n->period);
    json_text(j, "vintage", vintage_word(n->vintage));
    json_text(j, "finding", finding);
    json_text(j, "cell", cell);
    json_text(j, "note", n->text);
    json_text(j, "person", n->person);
    acts_add(acts, "remark", &j);
    notice_add(acts, n);
}

static int remark(struct app *app, enum act act, struct words *w)
{
    struct acts acts = {0};
    struct arena a = {0};
    struct notice_act n = {.kind = NOTICE_NONE};
    struct speaker who;
    struct err e = {0};
    struct pg *pg = app_writer(app, &e);
    bool ok = pg != NULL && talk_speaker(app, &a, w->by, &who, &e);
    const char *note = "";

    if (ok && w->finding != NULL)
        ok = talk_text(app, "--finding", w->finding, &a, &w->finding, &e);
    if (ok && w->cell != NULL)
        ok = talk_text(app, "--cell", w->cell, &a, &w->cell, &e);
    if (ok && w->note != NULL)
        ok = talk_text(app, "--note", w->note, &a, &note, &e);
    ok = ok && find_report(app, pg, act, w, &a, &n, &e);
    if (ok) {
        n.text = note;
        n.person = who.code;
        n.person_name = who.name;
        add_remark(&acts, act, &n);
        ok = acts_append(&acts, pg, who.code, &e);
    }
    if (ok)
        printf("%s: %s %s, %s%s%s\n", app_say(app, ACTS[act].vi, ACTS[act].en),
               app_say(app, "đơn vị", "unit"), n.unit.code, n.period,
               n.name[0] != 0 ? ", " : "", n.name);
    acts_clear(&acts);
    arena_clear(&a);
    return ok ? EXIT_DONE : app_fail(app, &e);
}

static int read_words(struct app *app, enum act act, int argc, char **argv)
{
    static const struct option options[] = {
        {"finding",          required_argument, NULL, 'f'},
        {"cell",              required_argument, NULL, 'c'},
        {"note",                  required_argument, NULL, 'n'},
        {"by",required_argument, NULL, 'b'},
        {0              },
    };
    struct words w = {0};
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'f':
            w.finding = optarg;
            break;
        case 'c':
            w.cell = optarg;
            break;
        case 'n':
            w.note = optarg;
            break;
        case 'b':
            w.by = optarg;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (argc - optind != 1)
        return app_usage(app, "cần vị trí, mã hoặc mã băm của một báo cáo",
                         "a report's position, id or hash is needed");
    w.report = argv[optind];
    if (w.by == NULL)
        return app_usage(app, "cần --by: người thực hiện", "--by is needed: who does it");
    if (w.note == NULL && act != ACT_ACCEPT)
        return app_usage(app, "cần --note: nội dung gửi đơn vị",
                         "--note is needed: what the unit shall read");
    if (w.cell != NULL && w.finding == NULL)
        return app_usage(app, "--cell chỉ dùng cùng --finding",
                         "--cell goes with --finding");
    return remark(app, act, &w);
}

int cmd_findings_accept(struct app *app, int argc, char **argv)
{
    return read_words(app, ACT_ACCEPT, argc, argv);
}

int cmd_findings_ask(struct app *app, int argc, char **argv)
{
    return read_words(app, ACT_ASK, argc, argv);
}

int cmd_findings_return(struct app *app, int argc, char **argv)
{
    return read_words(app, ACT_RETURN, argc, argv);
}
