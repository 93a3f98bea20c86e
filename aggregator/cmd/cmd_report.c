#include "aggregator/json.h"
#include "aggregator/rollup/rollup.h"
#include "aggregator/table.h"
#include "proto/show.h"
#include "proto/wire.h"

#include <getopt.h>
#include <inttypes.h>

/* ---- report list ---- */

static const struct column COLUMNS[] = {
    {"position",   COL_TEXT, "Vị trí",          "Position"  },
    {"unit",       COL_TEXT, "Mã đơn vị",     "Unit"      },
    {"unit_from",  COL_DATE, NULL,                 NULL        },
    {"form",       COL_TEXT, "Biểu",             "Form"      },
    {"period",     COL_TEXT, "Kỳ",               "Period"    },
    {"vintage",    COL_TEXT, "Loại số liệu", "Vintage"   },
    {"kind",       COL_TEXT, NULL,                 NULL        },
    {"subject",    COL_TEXT, "Mã tổ chức",    "Subject"   },
    {"name",       COL_TEXT, "Tên",               "Name"      },
    {"channel",    COL_TEXT, NULL,                 NULL        },
    {"revision",   COL_INT,  "Lần",              "Revision"  },
    {"verdict",    COL_TEXT, "Kết quả",        "Verdict"   },
    {"late",       COL_BOOL, "Gửi chậm",       "Late"      },
    {"counts",     COL_BOOL, NULL,                 NULL        },
    {"superseded", COL_BOOL, "Đã thay",          "Superseded"},
    {"id",         COL_TEXT, NULL,                 NULL        },
    {"hash",       COL_TEXT, NULL,                 NULL        },
};

static const char LIST[] =
    "select r.epoch || '.' || r.seq, r.unit, r.unit_from, r.form,"
    " r.scheme || ':' || r.period, r.vintage, r.kind, r.subject, r.name, r.channel,"
    " r.revision, r.verdict, r.late, coalesce((select d.act = 'count' from decision d"
    "  where d.about = r.hash order by d.epoch desc, d.seq desc limit 1), r.counts),"
    " exists (select from supersession s where s.old = r.hash), r.id,"
    " encode(r.hash, 'hex')"
    " from report r where ($1::text is null or r.period = $1"
    "  or r.scheme || ':' || r.period = $1)"
    " and ($2::text is null or r.unit = $2) and ($3::text is null or r.vintage = $3)"
    " order by r.epoch, r.seq";

/* Codes as people know them; `subject` of a unit's own statement is no number. */
static const char *in_words(void *ctx, size_t col, const char *word)
{
    const struct app *app = ctx;
    const char *key = COLUMNS[col].key;
    char text[64];

    if (strcmp(key, "subject") == 0)
        return strcmp(word, "unit") == 0 ? "" : NULL;
    if (app->catalogue == NULL)
        return NULL;
    if (strcmp(key, "form") == 0)
        return catalogue_mark(app->catalogue, word);
    if (strcmp(key, "vintage") != 0 && strcmp(key, "verdict") != 0)
        return NULL;
    snprintf(text, sizeof text, "%s.%s", key, word);
    return catalogue_text(app->catalogue, text, app->lang);
}

int cmd_report_list(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"unit",             required_argument, NULL, 'u'},
        {"vintage",              required_argument, NULL, 'v'},
        {"json",                  no_argument, NULL, 'j'},
        {0}
    };
    const char *unit = NULL, *vintage = NULL;
    struct pg_rows rows = {0};
    struct err e = {0};
    struct table t;
    bool json = false;
    struct pg *pg;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'u')
            unit = optarg;
        else if (c == 'v')
            vintage = optarg;
        else if (c == 'j')
            json = true;
        else
            return app_usage(app, NULL, NULL);
    }
    if (argc - optind > 1)
        return app_usage(app, "chỉ nhận một kỳ báo cáo", "one period at most");
    pg = app_pg(app, DB_READ, &e);
    if (pg == NULL || (unit != NULL && !app_unit_known(app, "--unit", unit, &e)) ||
        !pg_query(pg, LIST,
                  (struct pg_arg[]){pg_text(optind < argc ? argv[optind] : NULL),
                                    pg_text(unit), pg_text(vintage)},
                  3, &rows, &e))
        return app_fail(app, &e);
    if (app_catalogue(app, &e) == NULL)
        e = (struct err){0}; /* without a catalogue the codes stay */
    table_init(&t, COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < rows.n; i++)
        table_row_shown(&t, &rows, i, in_words, app);
    table_print(&t, app->lang, json, stdout);
    table_clear(&t);
    pg_rows_clear(&rows);
    return EXIT_DONE;
}

/* ---- report show: from the signed bytes, not from the unfolded row ---- */

static const char FIND[] =
    "select envelope_of(r.evidence, r.epoch, r.seq), r.item, r.verdict, r.epoch, r.seq,"
    " r.late, r.hash from report r"
    " where r.epoch || '.' || r.seq = $1 or r.id::text = $1"
    " or encode(r.hash, 'hex') = $1 order by r.epoch, r.seq limit 1";

/* What was said about it, and what took its place, in the order of the log. */
static const char TALK[] =
    "select x.at, x.kind, x.finding, x.place, x.text, x.person, x.verdict from ("
    " select a.epoch, a.seq, a.epoch || '.' || a.seq as at,"
    "  case when a.withdraw then 'withdraw' else 'explain' end as kind, a.finding,"
    "  a.place, a.text, a.maker as person, a.verdict"
    " from answer a where a.target = $1 or a.about = $1"
    " union all select m.epoch, m.seq, m.epoch || '.' || m.seq, m.act, m.finding, "
    "m.place,"
    "  m.note, coalesce(p.name, m.person), '' from remark m"
    "  left join person_now p on p.code = m.person where m.about = $1"
    " union all select s.epoch, s.seq, s.epoch || '.' || s.seq, case when exists (select"
    "   from decision d where d.about = s.by and d.replaces = s.old) then 'decided_for'"
    "   else 'corrected' end, '', '', encode(s.by, 'hex'), '', '' from supersession s"
    "  where s.old = $1 and not exists (select from answer a where a.hash = s.by)"
    " union all select d.epoch, d.seq, d.epoch || '.' || d.seq, 'decided_' || d.act, '', "
    "'',"
    "  d.why, coalesce(p.name, d.person), '' from decision d"
    "  left join person_now p on p.code = d.person where d.about = $1"
    " union all select d.epoch, d.seq, d.epoch || '.' || d.seq, 'decided_instead', '', "
    "'',"
    "  encode(d.replaces, 'hex'), '', '' from decision d"
    "  where d.about = $1 and d.replaces is not null"
    " union all select d.epoch, d.seq, d.epoch || '.' || d.seq, case d.act when 'count'"
    "   then 'decided_withdraw' else 'decided_keep' end, '', '', d.why,"
    "  coalesce(p.name, d.person), '' from decision d join answer a on a.hash = d.about"
    "  left join person_now p on p.code = d.person where a.target = $1"
    ") x order by x.epoch, x.seq, x.kind";

static const struct {
    const char *word, *vi, *en;
} SAID[] = {
    {"explain",          "giải trình của đơn vị",                          "explanation of the unit"    },
    {"withdraw",         "đơn vị thu hồi",                                    "withdrawn by the unit"      },
    {"accept",           "tỉnh chấp nhận giải trình",                      "explanation accepted"       },
    {"ask",              "tỉnh hỏi",                                            "question"                   },
    {"return",           "tỉnh trả lại",                                      "returned"                   },
    {"corrected",        "đơn vị điều chỉnh",                              "corrected by the unit"      },
    {"decided_count",    "tỉnh quyết định được tính",                   "decided: it counts"         },
    {"decided_reject",   "tỉnh quyết định không tính",                     "decided: it does not count" },
    {"decided_withdraw", "tỉnh chấp nhận việc thu hồi",                   "the withdrawal was accepted"},
    {"decided_keep",     "tỉnh không chấp nhận việc thu hồi",            "the withdrawal was refused" },
    {"decided_instead",  "tính thay báo cáo",                                    "counts in place of"         },
    {"decided_for",      "theo quyết định của tỉnh, được thay bằng",
     "replaced, by a decision, by"                                                                               },
};

static const char *said(const struct app *app, const char *word)
{
    for (size_t i = 0; i < COUNT(SAID); i++)
        if (strcmp(SAID[i].word, word) == 0)
            return app_say(app, SAID[i].vi, SAID[i].en);
    return word;
}

/* Text of others for a terminal: no control characters but line breaks. */
static void plain(struct bytes *out, const char *text)
{
    for (; *text != 0; text++)
        if (*text == '\n')
            bytes_str(out, "\n    ");
        else if ((unsigned char)*text >= ' ' && *text != 0x7f)
            bytes_char(out, *text);
}

static void talk_people(const struct app *app, const struct pg_rows *r, struct bytes *out)
{
    for (size_t i = 0; i < r->n; i++) {
        const char *text = pg_get_text(r, i, 4), *person = pg_get_text(r, i, 5);

        bytes_printf(out, "%s[%s] %s", i == 0 ? "\n" : "", pg_get_text(r, i, 0),
                     said(app, pg_get_text(r, i, 1)));
        for (size_t col = 2; col <= 3; col++)
            if (*pg_get_text(r, i, col) != 0)
                bytes_printf(out, " %s", pg_get_text(r, i, col));
        if (*person != 0)
            bytes_printf(out, " (%s)", person);
        bytes_str(out, *text != 0 ? ": " : "");
        plain(out, text);
        bytes_char(out, '\n');
    }
}

/* Into the object that show_report_json wrote. */
static void talk_json(const struct pg_rows *r, struct bytes *out)
{
    static const char *const keys[] = {"position", "kind",   "finding", "cell",
                                       "text",     "person", "verdict"};

    while (out->n > 0 && (out->p[out->n - 1] == '\n' || out->p[out->n - 1] == '}'))
        if (out->p[--out->n] == '}')
            break;
    while (out->n > 0 && out->p[out->n - 1] == '\n')
        out->n--;
    bytes_str(out, ",\n \"conversation\": [");
    for (size_t i = 0; i < r->n; i++) {
        struct json *j = json_new();

        for (size_t k = 0; k < COUNT(keys); k++)
            json_text(j, keys[k], pg_get_text(r, i, k));
        bytes_str(out, i == 0 ? "\n  " : ",\n  ");
        json_write(j, false, out);
        json_free(&j);
    }
    bytes_str(out, "]\n}\n");
}

static enum verdict verdict_of(const char *word)
{
    for (int v = VERDICT_ACCEPTED; v <= VERDICT_CONFLICT; v++)
        if (strcmp(verdict_word((enum verdict)v), word) == 0)
            return (enum verdict)v;
    return VERDICT_NONE;
}

static bool unpack(struct span envelope, int64_t item, struct arena *a, struct report *r,
                   struct err *e)
{
    struct message m;

    if (!wire_read_message(envelope, a, &m, e))
        return err_in(e, "evidence");
    if (m.kind != MSG_BATCH || item < 0 || (size_t)item >= m.batch.n_items ||
        m.batch.items[item].kind != ITEM_REPORT)
        return err_set(e, ERR_SETUP, "evidence: no report at item %" PRId64, item);
    return wire_read_report(m.batch.items[item].body, a, r, e);
}

static bool show(struct app *app, const char *which, bool json, struct err *e)
{
    const struct pg_arg arg = pg_text(which);
    struct pg *pg = app_pg(app, DB_READ, e);
    const struct catalogue *catalogue = pg != NULL ? app_catalogue(app, e) : NULL;
    struct show_receipt receipt;
    struct pg_rows rows = {0}, talk = {0};
    struct arena arena = {0};
    struct bytes out = {0};
    struct report report;
    struct hash hash;
    bool ok = false;

    if (catalogue == NULL || !pg_query(pg, FIND, &arg, 1, &rows, e))
        goto out;
    if (rows.n == 0) {
        app_set(app, e, ERR_INPUT, "không có báo cáo \"%s\" (xem report list)",
                "there is no report \"%s\" (see report list)", which);
        goto out;
    }
    if (!unpack(pg_get_bytes(&rows, 0, 0), pg_get_int(&rows, 0, 1), &arena, &report, e))
        goto out;
    if (!pg_get_hash(&rows, 0, 6, &hash) ||
        !pg_query(pg, TALK, (struct pg_arg[]){pg_hash(&hash)}, 1, &talk, e))
        goto out;
    receipt = (struct show_receipt){
        verdict_of(pg_get_text(&rows, 0, 2)), (uint64_t)pg_get_int(&rows, 0, 3),
        (uint64_t)pg_get_int(&rows, 0, 4), pg_get_bool(&rows, 0, 5)};
    if (json)
        show_report_json(catalogue, &report, &receipt, &out);
    else
        show_report(catalogue, &report, &receipt, app->lang, &out);
    if (json)
        talk_json(&talk, &out);
    else
        talk_people(app, &talk, &out);
    fwrite(out.p, 1, out.n, stdout);
    ok = true;
out:
    bytes_clear(&out);
    arena_clear(&arena);
    pg_rows_clear(&talk);
    pg_rows_clear(&rows);
    return ok;
}

int cmd_report_show(struct app *app, int argc, char **argv)
{
    struct err e = {0};
    bool json;

    if (!app_json_only(argc, argv, 1, 1, &json))
        return app_usage(app, "cần vị trí, mã hoặc mã băm của một báo cáo",
                         "a report's position, id or hash is needed");
    return show(app, argv[optind], json, &e) ? EXIT_DONE : app_fail(app, &e);
}
