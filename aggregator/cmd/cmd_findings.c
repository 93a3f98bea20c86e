#include "aggregator/ingest/peers.h"
#include "aggregator/rollup/rollup.h"
#include "aggregator/table.h"

#include <getopt.h>

/* Columns of FINDINGS. */
enum {
    UNIT,
    UNIT_NAME,
    POSITION,
    VINTAGE,
    FORM,
    SUBJECT,
    NAME,
    VERDICT,
    CODE,
    SEVERITY,
    INDICATOR,
    INDICATOR_CODE,
    B1,
    B2,
    CELL,
    VALUE,
    REFUSES,
    HOLDS,
    ARG_1,
    TALK = ARG_1 + FINDING_ARGS, /* how far the conversation has come */
    EXPLAINED_AT,
    EXPLANATION,
    MAKER,
    REMARK_AT,
    REMARK,
    NOTE,
    PERSON,
    DECIDED
};

static const char FINDINGS[] =
    "select f.unit, coalesce(u.name, f.unit), f.epoch || '.' || f.seq, f.vintage, f.form,"
    " f.subject, f.name, f.verdict, f.code, f.severity, f.indicator,"
    " coalesce(i.code, ''), f.b1, f.b2, f.place, f.value, f.refuses, f.holds,"
    " f.args[1], f.args[2], f.args[3], f.args[4], t.state, t.explained_at,"
    " t.explanation, t.maker, t.remark_at, t.remark, t.note, t.person,"
    " t.counts and f.verdict in ('held', 'refused', 'conflict')"
    " from finding_at($1, $2, $3, $4, $5) f"
    " join finding_talk_at($1, $2, $3, $4, $5) t using (epoch, seq, ord)"
    " left join unit_at($4, $5) u on u.code = f.unit and u.valid_from = f.unit_from"
    " left join cat_indicator i on i.version = $6::int and i.no = f.indicator"
    " where ($7::text is null or f.unit = $7) and ($8::text is null or f.severity = $8)"
    " order by f.unit collate \"C\", f.unit_from, f.epoch, f.seq, f.ord";

static const char TALK_OF_REPORTS[] =
    "select t.unit, coalesce(u.name, t.unit), t.epoch || '.' || t.seq, t.vintage, t.form,"
    " t.name, t.at_epoch || '.' || t.at_seq, t.act, t.finding, t.note, t.person, t.open"
    " from report_talk_at($1, $2, $3, $4, $5) t"
    " left join unit_at($4, $5) u on u.code = t.unit and u.valid_from = t.unit_from"
    " where $6::text is null or t.unit = $6";

static const char UNCONFIRMED[] =
    "select n.unit, coalesce(u.name, n.unit), n.epoch || '.' || n.seq, n.subject, n.name"
    " from unconfirmed_at($1, $2, $3, $4, $5) n"
    " left join unit_at($4, $5) u on u.code = n.unit and u.valid_from = n.unit_from"
    " where $6::text is null or n.unit = $6";

static const char DOUBLED[] =
    "select d.unit, coalesce(u.name, d.unit), d.epoch || '.' || d.seq, d.subject, d.name,"
    " coalesce(o.name, d.other_unit), d.other_epoch || '.' || d.other_seq"
    " from doubled_at($1, $2, $3, $4, $5) d"
    " left join unit_at($4, $5) u on u.code = d.unit and u.valid_from = d.unit_from"
    " left join lateral (select name from unit_at($4, $5) x where x.code = d.other_unit"
    "  order by x.valid_from desc limit 1) o on true"
    " where $6::text is null or d.unit = $6";

static const struct column COLUMNS[] = {
    {"unit",         COL_TEXT, NULL, NULL},
    {"position",     COL_TEXT, NULL, NULL},
    {"vintage",      COL_TEXT, NULL, NULL},
    {"form",         COL_TEXT, NULL, NULL},
    {"subject",      COL_TEXT, NULL, NULL},
    {"name",         COL_TEXT, NULL, NULL},
    {"verdict",      COL_TEXT, NULL, NULL},
    {"severity",     COL_TEXT, NULL, NULL},
    {"code",         COL_TEXT, NULL, NULL},
    {"indicator",    COL_TEXT, NULL, NULL},
    {"b1",           COL_TEXT, NULL, NULL},
    {"b2",           COL_TEXT, NULL, NULL},
    {"cell",         COL_TEXT, NULL, NULL},
    {"value",        COL_TEXT, NULL, NULL},
    {"text_vi",      COL_TEXT, NULL, NULL},
    {"text_en",      COL_TEXT, NULL, NULL},
    {"state",        COL_TEXT, NULL, NULL},
    {"explained_at", COL_TEXT, NULL, NULL},
    {"explanation",  COL_TEXT, NULL, NULL},
    {"explained_by", COL_TEXT, NULL, NULL},
    {"remark_at",    COL_TEXT, NULL, NULL},
    {"remark",       COL_TEXT, NULL, NULL},
    {"note",         COL_TEXT, NULL, NULL},
    {"remark_by",    COL_TEXT, NULL, NULL},
    {"later",        COL_BOOL, NULL, NULL}, /* computed now, in no receipt */
};

struct word {
    const char *word, *vi, *en;
};

static const struct word SEVERITIES[] = {
    {"error",   "phải sửa",        "error"  },
    {"warning", "cần giải trình", "warning"},
    {"note",    "lưu ý",             "note"   },
};

/* What became of the report, where that is not plain acceptance. */
static const struct word VERDICTS[] = {
    {"held",     "chờ xử lý",                                           "held"    },
    {"refused",  "Không tiếp nhận, đề nghị sửa và gửi lại", "refused" },
    {"conflict", "Trùng mã, khác nội dung",                             "conflict"},
};

static const char *word(const struct app *app, const struct word *list, size_t n,
                        const char *of)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].word, of) == 0)
            return app_say(app, list[i].vi, list[i].en);
    return NULL;
}

/* 0 for none. */
static enum severity severity_of(const char *name)
{
    return name == NULL                   ? 0
           : strcmp(name, "error") == 0   ? SEV_ERROR
           : strcmp(name, "warning") == 0 ? SEV_WARNING
                                          : SEV_NOTE;
}

static struct finding finding_of(const struct pg_rows *r, size_t i)
{
    const char *severity = pg_get_text(r, i, SEVERITY);
    struct finding f = {
        .code = pg_get_text(r, i, CODE),
        .severity = severity_of(severity),
        .refuses = pg_get_bool(r, i, REFUSES),
        .holds = pg_get_bool(r, i, HOLDS),
        .indicator = (uint32_t)pg_get_int(r, i, INDICATOR),
        .b1 = pg_get_text(r, i, B1),
        .b2 = pg_get_text(r, i, B2),
        .cell = pg_get_text(r, i, CELL),
        .value = pg_get_text(r, i, VALUE),
    };

    for (size_t a = 0; a < FINDING_ARGS; a++)
        f.args[a] = pg_get_text(r, i, ARG_1 + a);
    return f;
}

/* What was read, to be printed. */
struct listing {
    struct pg_rows findings, unconfirmed, doubled, talk;
    struct peers peers;
};

/* Rows that begin with unit, unit's name, position, subject, name: as notes. */
static void json_entities(struct table *t, const struct pg_rows *r, const char *code,
                          const char *vi, const char *en)
{
    for (size_t i = 0; i < r->n; i++) {
        table_text(t, pg_get_text(r, i, 0));
        table_text(t, pg_get_text(r, i, 2));
        table_text(t, "");
        table_text(t, "");
        table_text(t, pg_get_text(r, i, 3));
        table_text(t, pg_get_text(r, i, 4));
        table_text(t, "");
        table_text(t, "note");
        table_text(t, code);
        for (int col = 0; col < 5; col++)
            table_text(t, "");
        table_text(t, vi);
        table_text(t, en);
        for (int col = TALK; col <= PERSON; col++)
            table_text(t, "");
        table_bool(t, false);
    }
}

/* What was said about whole reports: notes whose code says who spoke. */
static void json_talk(struct table *t, const struct pg_rows *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const char *act = pg_get_text(r, i, 7);
        const bool unit = strcmp(act, "explain") == 0;

        table_text(t, pg_get_text(r, i, 0));
        table_text(t, pg_get_text(r, i, 2));
        table_text(t, pg_get_text(r, i, 3));
        table_text(t, pg_get_text(r, i, 4));
        table_text(t, "");
        table_text(t, pg_get_text(r, i, 5));
        table_text(t, "");
        table_text(t, "note");
        table_text(t, "conversation");
        for (int col = 0; col < 4; col++)
            table_text(t, "");
        table_text(t, pg_get_text(r, i, 8));
        table_text(t, pg_get_text(r, i, 9));
        table_text(t, pg_get_text(r, i, 9));
        table_text(t, pg_get_bool(r, i, 11)
                          ? strcmp(act, "ask") == 0 ? "asked" : "returned"
                          : "");
        table_text(t, unit ? pg_get_text(r, i, 6) : "");
        table_text(t, unit ? pg_get_text(r, i, 9) : "");
        table_text(t, unit ? pg_get_text(r, i, 10) : "");
        table_text(t, unit ? "" : pg_get_text(r, i, 6));
        table_text(t, unit ? "" : act);
        table_text(t, unit ? "" : pg_get_text(r, i, 9));
        table_text(t, unit ? "" : pg_get_text(r, i, 10));
        table_bool(t, false);
    }
}

/* Against the others: later findings. */
static void json_peers(struct table *t, const struct catalogue *c, const struct peers *p)
{
    struct bytes vi = {0}, en = {0};

    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->list[i].findings.n; k++) {
            const struct peer *r = &p->list[i];
            const struct finding *f = &r->findings.list[k];
            const struct indicator *ind = catalogue_indicator_no(c, f->indicator);
            const char *words[] = {r->unit,    r->position,
                                   r->vintage, r->form,
                                   r->subject, r->name,
                                   "",         SEVERITIES[SEV_ERROR - f->severity].word,
                                   f->code,    ind != NULL ? ind->code : "",
                                   f->b1,      f->b2,
                                   "",         f->value};

            for (size_t col = 0; col < COUNT(words); col++)
                table_text(t, words[col]);
            vi.n = en.n = 0;
            finding_render(c, f, LANG_VI, &vi);
            finding_render(c, f, LANG_EN, &en);
            table_text(t, bytes_cstr(&vi));
            table_text(t, bytes_cstr(&en));
            for (int col = TALK; col <= PERSON; col++)
                table_text(t, "");
            table_bool(t, true);
        }
    bytes_clear(&vi);
    bytes_clear(&en);
}

static void json_findings(const struct catalogue *c, const struct listing *l)
{
    const struct pg_rows *r = &l->findings;
    static const size_t from[] = {UNIT, POSITION, VINTAGE,  FORM, SUBJECT,
                                  NAME, VERDICT,  SEVERITY, CODE, INDICATOR_CODE,
                                  B1,   B2,       CELL,     VALUE};
    struct table t;
    struct bytes vi = {0}, en = {0};

    table_init(&t, COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < r->n; i++) {
        const struct finding f = finding_of(r, i);

        for (size_t col = 0; col < COUNT(from); col++)
            table_text(&t, pg_get_text(r, i, from[col]));
        vi.n = en.n = 0;
        finding_render(c, &f, LANG_VI, &vi);
        finding_render(c, &f, LANG_EN, &en);
        table_text(&t, bytes_cstr(&vi));
        table_text(&t, bytes_cstr(&en));
        for (size_t col = TALK; col <= PERSON; col++)
            table_text(&t, pg_get_text(r, i, col));
        table_bool(&t, false);
    }
    json_entities(&t, &l->unconfirmed, "unconfirmed", "chưa xác nhận",
                  "not confirmed in the register");
    json_entities(&t, &l->doubled, "doubled", "có báo cáo khác được tính",
                  "another report counts");
    json_talk(&t, &l->talk);
    json_peers(&t, c, &l->peers);
    table_print(&t, LANG_EN, true, stdout);
    table_clear(&t);
    bytes_clear(&vi);
    bytes_clear(&en);
}

/* Notes without a place (gửi chậm, say) are the same for many reports of a unit. */
static bool is_common(const struct pg_rows *r, size_t i)
{
    return strcmp(pg_get_text(r, i, SEVERITY), "note") == 0 &&
           *pg_get_text(r, i, CELL) == 0;
}

/* Who said what, a line each below its finding or report; line breaks stay indented. */
static const struct word SAID[] = {
    {"explain",       "giải trình của đơn vị",        "the unit explains"             },
    {"accept",        "tỉnh chấp nhận giải trình",    "the province accepts this"     },
    {"ask",           "tỉnh hỏi",                          "the province asks"             },
    {"return",        "tỉnh trả lại",                    "the province returns it"       },
    {"decide_count",  "tỉnh quyết định được tính", "the province lets it count"    },
    {"decide_reject", "tỉnh quyết định không tính",   "the province does not count it"},
};

static void print_said(const struct app *app, const char *indent, const char *act,
                       const char *who, const char *text)
{
    printf("%s%s%s%s%s%s", indent, word(app, SAID, COUNT(SAID), act),
           who[0] != 0 ? " (" : "", who, who[0] != 0 ? ")" : "",
           text[0] != 0 ? ": " : "");
    for (; *text != 0; text++) {
        if (*text == '\n')
            printf("\n%s  ", indent);
        else if ((unsigned char)*text >= ' ' && *text != 0x7f) /* no terminal codes */
            putchar(*text);
    }
    putchar('\n');
}

/* The explanation and the province's word on it, in the order they came. */
static void print_talk(const struct app *app, const struct pg_rows *r, size_t i)
{
    const char *remark = pg_get_text(r, i, REMARK);
    const bool explained = !pg_is_null(r, i, EXPLANATION);
    const bool asked = strcmp(pg_get_text(r, i, TALK), "explained") == 0;

    if (remark[0] != 0 && asked)
        print_said(app, "      ", remark, pg_get_text(r, i, PERSON),
                   pg_get_text(r, i, NOTE));
    if (explained)
        print_said(app, "      ", "explain", pg_get_text(r, i, MAKER),
                   pg_get_text(r, i, EXPLANATION));
    if (remark[0] != 0 && !asked)
        print_said(app, "      ", remark, pg_get_text(r, i, PERSON),
                   pg_get_text(r, i, NOTE));
}

static void print_finding(const struct app *app, const struct catalogue *c,
                          const struct pg_rows *r, size_t i, size_t reports)
{
    const struct finding f = finding_of(r, i);
    struct bytes text = {0};

    finding_render(c, &f, app->lang, &text);
    printf("%s%s: %s (%s)", reports > 0 ? "  " : "    ",
           word(app, SEVERITIES, COUNT(SEVERITIES), pg_get_text(r, i, SEVERITY)),
           bytes_cstr(&text), f.code);
    if (reports > 1)
        printf(" × %zu %s", reports, app_say(app, "báo cáo", "reports"));
    putchar('\n');
    bytes_clear(&text);
}

/* The unit's rows are [from, to): each common note once, with how many reports have it.
 */
static void print_common(const struct app *app, const struct catalogue *c,
                         const struct pg_rows *r, size_t from, size_t to)
{
    struct bytes one = {0}, other = {0};

    for (size_t i = from; i < to; i++) {
        const struct finding f = finding_of(r, i);
        size_t same = 0;
        bool first = true;

        if (!is_common(r, i))
            continue;
        one.n = 0;
        finding_render(c, &f, app->lang, &one);
        for (size_t j = from; j < to; j++) {
            const struct finding g = finding_of(r, j);

            if (!is_common(r, j))
                continue;
            other.n = 0;
            finding_render(c, &g, app->lang, &other);
            if (!span_eq(span_of(&one), span_of(&other)))
                continue;
            first &= j >= i;
            same++;
        }
        if (first)
            print_finding(app, c, r, i, same);
    }
    bytes_clear(&one);
    bytes_clear(&other);
}

/* Who is not in the register stands once, in the list of the unconfirmed, until somebody
 * says something about it. */
static bool is_unknown(const struct pg_rows *r, size_t i)
{
    return strcmp(pg_get_text(r, i, CODE), "ENTITY_UNKNOWN") == 0 &&
           pg_is_null(r, i, EXPLANATION) && pg_is_null(r, i, REMARK);
}

static const char *form_mark(const struct catalogue *c, const char *code)
{
    for (size_t i = c->n_forms; i-- > 0;)
        if (strcmp(c->forms[i].code, code) == 0)
            return c->forms[i].mark;
    return code;
}

static void print_report_line(const struct app *app, const struct catalogue *c,
                              const struct pg_rows *r, size_t i)
{
    const char *verdict =
        pg_get_bool(r, i, DECIDED)
            ? app_say(app, "được tính theo quyết định", "counts by decision")
            : word(app, VERDICTS, COUNT(VERDICTS), pg_get_text(r, i, VERDICT));

    printf("  [%s] %s, %s%s%s%s%s%s\n", pg_get_text(r, i, POSITION),
           form_mark(c, pg_get_text(r, i, FORM)),
           vintage_label(pg_get_text(r, i, VINTAGE), app->lang),
           *pg_get_text(r, i, NAME) != 0 ? ", " : "", pg_get_text(r, i, NAME),
           verdict != NULL ? " (" : "", verdict != NULL ? verdict : "",
           verdict != NULL ? ")" : "");
}

/* By unit, then by report: a person reads this from top to bottom. */
static void print_findings(const struct app *app, const struct catalogue *c,
                           const struct pg_rows *r)
{
    bool any = false;
    size_t to;

    for (size_t from = 0; from < r->n; from = to) {
        const char *unit = pg_get_text(r, from, UNIT), *position = "";
        size_t shown = 0;

        for (to = from; to < r->n && strcmp(unit, pg_get_text(r, to, UNIT)) == 0; to++)
            shown += !is_unknown(r, to);
        if (shown == 0)
            continue;
        printf("%s%s %s\n", any ? "\n" : "", unit, pg_get_text(r, from, UNIT_NAME));
        any = true;
        for (size_t i = from; i < to; i++) {
            if (is_common(r, i) || is_unknown(r, i))
                continue;
            if (strcmp(position, pg_get_text(r, i, POSITION)) != 0)
                print_report_line(app, c, r, i);
            position = pg_get_text(r, i, POSITION);
            print_finding(app, c, r, i, 0);
            print_talk(app, r, i);
        }
        print_common(app, c, r, from, to);
    }
}

/* "tax:6291060587" and "certificate:23B|UBND huyện" as people say it. */
static void subject_words(const struct app *app, const char *subject, struct bytes *out)
{
    static const struct word SCHEMES[] = {
        {"tax",         "mã số thuế",           "tax number"            },
        {"certificate", "giấy chứng nhận",     "certificate"           },
        {"register",    "số đăng ký tại xã", "number in the register"},
    };
    const char *colon = strchr(subject, ':');

    for (size_t i = 0; colon != NULL && i < COUNT(SCHEMES); i++)
        if (strlen(SCHEMES[i].word) == (size_t)(colon - subject) &&
            strncmp(SCHEMES[i].word, subject, (size_t)(colon - subject)) == 0) {
            bytes_printf(out, "%s ", app_say(app, SCHEMES[i].vi, SCHEMES[i].en));
            subject = colon + 1;
        }
    for (; *subject != 0; subject++)
        if (*subject == '|')
            bytes_str(out, ", ");
        else
            bytes_char(out, *subject);
}

static void print_peers(const struct app *app, const struct catalogue *c,
                        const struct peers *p)
{
    struct bytes text = {0};

    if (p->n == 0)
        return;
    printf(
        "\n%s: %zu\n",
        app_say(app,
                "So với các báo cáo cùng loại trong kỳ (tính sau khi tiếp nhận, không có "
                "trong phiếu tiếp nhận)",
                "Against the period's other reports of the kind (computed later, in no "
                "receipt)"),
        p->n);
    for (size_t i = 0; i < p->n; i++) {
        const struct peer *r = &p->list[i];

        if (i == 0 || strcmp(r->unit, p->list[i - 1].unit) != 0)
            printf("%s %s\n", r->unit, r->unit_name);
        printf("  [%s] %s%s%s\n", r->position, form_mark(c, r->form),
               *r->name != 0 ? ", " : "", r->name);
        for (size_t k = 0; k < r->findings.n; k++) {
            const struct finding *f = &r->findings.list[k];

            text.n = 0;
            finding_render(c, f, app->lang, &text);
            printf("    %s: %s (%s)\n",
                   app_say(app, SEVERITIES[SEV_ERROR - f->severity].vi,
                           SEVERITIES[SEV_ERROR - f->severity].en),
                   bytes_cstr(&text), f->code);
        }
    }
    bytes_clear(&text);
}

static void print_unconfirmed(const struct app *app, const struct pg_rows *r)
{
    const char *unit = "";
    struct bytes b = {0};

    if (r->n == 0)
        return;
    printf(
        "\n%s: %zu\n",
        app_say(app,
                "Tổ chức chưa xác nhận trong sổ đăng ký (đơn vị gửi bản sao giấy chứng "
                "nhận để tỉnh xác nhận)",
                "Entities not confirmed in the register (the unit sends a copy of the "
                "certificate)"),
        r->n);
    for (size_t i = 0; i < r->n; i++) {
        if (strcmp(unit, pg_get_text(r, i, 0)) != 0) {
            unit = pg_get_text(r, i, 0);
            printf("%s %s\n", unit, pg_get_text(r, i, 1));
        }
        b.n = 0;
        subject_words(app, pg_get_text(r, i, 3), &b);
        printf("  [%s] %s (%s)\n", pg_get_text(r, i, 2), pg_get_text(r, i, 4),
               bytes_cstr(&b));
    }
    bytes_clear(&b);
}

static void print_report_talk(const struct app *app, const struct catalogue *c,
                              const struct pg_rows *r)
{
    const char *position = "";

    if (r->n > 0)
        printf("\n%s\n", app_say(app, "Trao đổi về cả báo cáo",
                                 "What was said about whole reports"));
    for (size_t i = 0; i < r->n; i++) {
        if (strcmp(position, pg_get_text(r, i, 2)) != 0)
            printf("%s %s: [%s] %s, %s%s%s\n", pg_get_text(r, i, 0), pg_get_text(r, i, 1),
                   pg_get_text(r, i, 2), form_mark(c, pg_get_text(r, i, 4)),
                   vintage_label(pg_get_text(r, i, 3), app->lang),
                   *pg_get_text(r, i, 5) != 0 ? ", " : "", pg_get_text(r, i, 5));
        position = pg_get_text(r, i, 2);
        print_said(app, "  ", pg_get_text(r, i, 7), pg_get_text(r, i, 10),
                   pg_get_text(r, i, 9));
    }
}

static void print_doubled(const struct app *app, const struct pg_rows *r)
{
    if (r->n == 0)
        return;
    printf("\n%s: %zu\n",
           app_say(app, "Báo cáo không tính vì đã có báo cáo khác về cùng tổ chức",
                   "Reports that do not count, another one on the subject does"),
           r->n);
    for (size_t i = 0; i < r->n; i++)
        printf("  %s %s: [%s] %s (%s) -> %s [%s]\n", pg_get_text(r, i, 0),
               pg_get_text(r, i, 1), pg_get_text(r, i, 2), pg_get_text(r, i, 4),
               pg_get_text(r, i, 3), pg_get_text(r, i, 5), pg_get_text(r, i, 6));
}

static bool read_all(struct pg *pg, const struct rollup_at *at, const char *unit,
                     const char *severity, struct listing *l, struct err *e)
{
    const struct pg_arg args[] = {pg_text(at->scheme),  pg_text(at->period),
                                  pg_text(at->vintage), pg_int(at->epoch),
                                  pg_int(at->seq),      pg_int(at->catalogue),
                                  pg_text(unit),        pg_text(severity)};
    const struct pg_arg less[] = {pg_text(at->scheme),  pg_text(at->period),
                                  pg_text(at->vintage), pg_int(at->epoch),
                                  pg_int(at->seq),      pg_text(unit)};

    return pg_query(pg, FINDINGS, args, COUNT(args), &l->findings, e) &&
           pg_query(pg, UNCONFIRMED, less, COUNT(less), &l->unconfirmed, e) &&
           pg_query(pg, DOUBLED, less, COUNT(less), &l->doubled, e) &&
           pg_query(pg, TALK_OF_REPORTS, less, COUNT(less), &l->talk, e);
}

int cmd_findings(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"vintage",          required_argument, NULL, 'v'},
        {"unit",              required_argument, NULL, 'u'},
        {"severity",                  required_argument, NULL, 's'},
        {"json",no_argument, NULL, 'j'},
        {0              }
    };
    const char *vintage = NULL, *unit = NULL, *severity = NULL;
    struct listing l = {0};
    const struct catalogue *catalogue;
    struct arena arena = {0};
    struct rollup_at at;
    struct err e = {0};
    bool json = false, grave = false, ok;
    struct pg *pg;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'v':
            vintage = optarg;
            break;
        case 'u':
            unit = optarg;
            break;
        case 's':
            severity = optarg;
            if (word(app, SEVERITIES, COUNT(SEVERITIES), severity) == NULL)
                return app_usage(app, "--severity: error, warning hoặc note",
                                 "--severity: error, warning or note");
            break;
        case 'j':
            json = true;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (argc - optind != 1)
        return app_usage(app, "cần đúng một kỳ báo cáo", "one period is needed");
    pg = app_pg(app, DB_READ, &e);
    catalogue = pg != NULL ? app_catalogue(app, &e) : NULL;
    ok = catalogue != NULL && (unit == NULL || app_unit_known(app, "--unit", unit, &e)) &&
         rollup_at_find(app, pg, argv[optind], vintage, NULL, &arena, &at, &e) &&
         read_all(pg, &at, unit, severity, &l, &e) &&
         peers_find(pg, &at, catalogue, unit, severity_of(severity), &l.peers, &e);
    if (ok && json) {
        json_findings(catalogue, &l);
    } else if (ok) {
        print_findings(app, catalogue, &l.findings);
        print_unconfirmed(app, &l.unconfirmed);
        print_doubled(app, &l.doubled);
        print_report_talk(app, catalogue, &l.talk);
        print_peers(app, catalogue, &l.peers);
    }
    for (size_t i = 0; ok && i < l.findings.n; i++)
        grave |= strcmp(pg_get_text(&l.findings, i, SEVERITY), "note") != 0 &&
                 strcmp(pg_get_text(&l.findings, i, TALK), "accepted") != 0;
    pg_rows_clear(&l.findings);
    pg_rows_clear(&l.unconfirmed);
    pg_rows_clear(&l.doubled);
    pg_rows_clear(&l.talk);
    peers_clear(&l.peers);
    arena_clear(&arena);
    if (!ok)
        return app_fail(app, &e);
    return grave ? EXIT_FINDINGS : EXIT_DONE;
}
