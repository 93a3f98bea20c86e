#include "aggregator/rollup/effect_total.h"

#include "aggregator/rollup/rollup.h"
#include "aggregator/table.h"
#include "proto/base/clock.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    LINES_SHOWN = 60, /* to people; --json has all */
    VIEWS = 4,
};

/* Far behind any position that will ever be written. */
static const int64_t BEYOND = INT64_C(1) << 60;

enum { PROVINCE, SECTORS, UNITS, UNITS_SECTORS };

static const struct {
    const char *word;
    bool unit, sector;
} VIEW[VIEWS] = {
    {"-",  false, false},
    {"s",  false, true },
    {"u",  true,  false},
    {"us", true,  true },
};

struct trial { /* one sealed period and vintage */
    struct rollup_at at;
    struct pg_rows before[VIEWS], after[VIEWS];
    bool moves;
};

struct work {
    struct app *app;
    struct pg *pg;
    struct effect_total *out;
    struct trial *trials;
    size_t n, cap_lines;
    int64_t until; /* when what we hold is let go */
};

/* ---- what is sealed ---- */

static bool wanted(const struct effect_scope *scopes, size_t n, const char *scheme,
                   const char *period, const char *vintage)
{
    if (scopes == NULL)
        return true;
    for (size_t i = 0; i < n; i++)
        if (strcmp(scopes[i].scheme, scheme) == 0 &&
            strcmp(scopes[i].period, period) == 0 &&
            (scopes[i].vintage == NULL || strcmp(scopes[i].vintage, vintage) == 0))
            return true;
    return false;
}

static bool find_sealed(struct work *w, const struct effect_scope *scopes, size_t n,
                        struct err *e)
{
    static const char SQL[] = "select distinct scheme, period, vintage from seal_now"
                              " order by 1, 2, 3";
    struct arena *a = &w->out->arena;
    struct pg_rows rows = {0};
    bool ok = pg_query(w->pg, SQL, NULL, 0, &rows, e);

    w->trials = mem_array(rows.n + 1, sizeof *w->trials);
    for (size_t i = 0; ok && i < rows.n; i++) {
        struct trial *t = &w->trials[w->n];
        const char *scheme = pg_get_text(&rows, i, 0), *period = pg_get_text(&rows, i, 1);
        const char *vintage = pg_get_text(&rows, i, 2);

        if (!wanted(scopes, n, scheme, period, vintage))
            continue;
        *t = (struct trial){.moves = false};
        w->n++;
        ok = rollup_at_find(w->app, w->pg, arena_printf(a, "%s:%s", scheme, period),
                            vintage, NULL, a, &t->at, e);
    }
    pg_rows_clear(&rows);
    return ok;
}

/* ---- the trial ---- */

static bool limit(struct work *w, int64_t ms, struct err *e)
{
    char text[24] = "";
    const struct pg_arg arg = pg_text(text);

    if (ms < 1)
        return err_set(e, ERR_RETRY, "the trial took longer than %d s and was undone",
                       EFFECT_HOLD_MS / 1000);
    snprintf(text, sizeof text, "%" PRId64, ms);
    return pg_query(w->pg, "select set_config('statement_timeout', $1, true)", &arg, 1,
                    NULL, e);
}

/* One view of one period. Where it stands in the log alone says whether the acts count.
 */
static bool roll_up(struct work *w, struct trial *t, size_t view, bool after,
                    struct err *e)
{
    struct rollup_at at = t->at;

    if (after)
        at.seq = BEYOND + BEYOND;
    return (limit(w, w->until - clock_wall(), e) &&
            rollup_rows(w->pg, &at, VIEW[view].unit, VIEW[view].sector, false,
                        after ? &t->after[view] : &t->before[view], e)) ||
           err_in(e, "the effect on %s %s", at.period, at.vintage);
}

/* Where neither the province nor any unit's sector moves, nothing between them does. */
static bool outer(struct work *w, bool after, struct err *e)
{
    for (size_t i = 0; i < w->n; i++)
        if (!roll_up(w, &w->trials[i], PROVINCE, after, e) ||
            !roll_up(w, &w->trials[i], UNITS_SECTORS, after, e))
            return false;
    return true;
}

static bool inner(struct work *w, bool after, struct err *e)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->trials[i].moves && (!roll_up(w, &w->trials[i], SECTORS, after, e) ||
                                   !roll_up(w, &w->trials[i], UNITS, after, e)))
            return false;
    return true;
}

/* ---- what differs ---- */

static const enum rollup_column KEYS[] = {RC_UNIT,      RC_UNIT_FROM, RC_VINTAGE,
                                          RC_INDICATOR, RC_B1,        RC_B2};
static const enum rollup_column FIGURES[] = {RC_VALUE, RC_NUMERATOR, RC_DENOMINATOR,
                                             RC_REPORTED, RC_EXPECTED};

static int by_key(const struct pg_rows *a, size_t i, const struct pg_rows *b, size_t k)
{
    for (size_t c = 0; c < COUNT(KEYS); c++) {
        int order = strcmp(pg_get_text(a, i, KEYS[c]), pg_get_text(b, k, KEYS[c]));

        if (order != 0)
            return order;
    }
    return 0;
}

static const char *figure(struct arena *a, const struct pg_rows *r, size_t i,
                          enum rollup_column c)
{
    return r == NULL || pg_is_null(r, i, c) ? NULL : arena_str(a, pg_get_text(r, i, c));
}

static int64_t known(const struct pg_rows *r, size_t i, enum rollup_column c)
{
    return r == NULL || pg_is_null(r, i, c) ? -1 : pg_get_int(r, i, c);
}

/* One row before, one after; one of them may be NULL. */
static void add_line(struct work *w, const struct trial *t, const char *by,
                     const struct pg_rows *b, size_t i, const struct pg_rows *f, size_t k)
{
    struct arena *a = &w->out->arena;
    const struct pg_rows *r = f != NULL ? f : b;
    size_t row = f != NULL ? k : i;
    bool vi = w->app->lang == LANG_VI;
    const char *name =
        pg_get_text(r, row, vi ? RC_INDICATOR_NAME_VI : RC_INDICATOR_NAME_EN);

    if (w->out->n == w->cap_lines) {
        w->cap_lines = w->cap_lines != 0 ? 2 * w->cap_lines : 64;
        w->out->lines = mem_grow(w->out->lines, w->cap_lines, sizeof *w->out->lines);
    }
    w->out->lines[w->out->n++] = (struct effect_line){
        .scheme = t->at.scheme,
        .period = t->at.period,
        .vintage = t->at.vintage,
        .by = by,
        .unit = arena_str(a, pg_get_text(r, row, RC_UNIT)),
        .unit_from = arena_str(a, pg_get_text(r, row, RC_UNIT_FROM)),
        .unit_name = arena_str(a, pg_get_text(r, row, RC_UNIT_NAME)),
        .indicator = arena_str(a, pg_get_text(r, row, RC_INDICATOR)),
        .name = arena_str(a, name),
        .measure = arena_str(a, pg_get_text(r, row, vi ? RC_MEASURE : RC_MEASURE_EN)),
        .b1 = arena_str(a, pg_get_text(r, row, RC_B1)),
        .b2 = arena_str(a, pg_get_text(r, row, RC_B2)),
        .b1_name = arena_str(a, pg_get_text(r, row, vi ? RC_B1_NAME_VI : RC_B1_NAME_EN)),
        .b2_name = arena_str(a, pg_get_text(r, row, vi ? RC_B2_NAME_VI : RC_B2_NAME_EN)),
        .from = figure(a, b, i, RC_VALUE),
        .to = figure(a, f, k, RC_VALUE),
        .numerator_from = figure(a, b, i, RC_NUMERATOR),
        .numerator_to = figure(a, f, k, RC_NUMERATOR),
        .denominator_from = figure(a, b, i, RC_DENOMINATOR),
        .denominator_to = figure(a, f, k, RC_DENOMINATOR),
        .reported_from = known(b, i, RC_REPORTED),
        .reported_to = known(f, k, RC_REPORTED),
        .expected_from = known(b, i, RC_EXPECTED),
        .expected_to = known(f, k, RC_EXPECTED),
    };
}

static bool same_figures(const struct pg_rows *b, size_t i, const struct pg_rows *f,
                         size_t k)
{
    for (size_t c = 0; c < COUNT(FIGURES); c++)
        if (pg_is_null(b, i, FIGURES[c]) != pg_is_null(f, k, FIGURES[c]) ||
            strcmp(pg_get_text(b, i, FIGURES[c]), pg_get_text(f, k, FIGURES[c])) != 0)
            return false;
    return true;
}

static void compare(struct work *w, struct trial *t)
{
    for (size_t v = 0; v < VIEWS; v++) {
        const struct pg_rows *b = &t->before[v], *f = &t->after[v];
        size_t i = 0, k = 0;

        while (i < b->n || k < f->n) { /* both are in the order of their keys */
            int order = i == b->n ? 1 : k == f->n ? -1 : by_key(b, i, f, k);

            if (order < 0)
                add_line(w, t, VIEW[v].word, b, i, NULL, 0);
            else if (order > 0)
                add_line(w, t, VIEW[v].word, NULL, 0, f, k);
            else if (!same_figures(b, i, f, k))
                add_line(w, t, VIEW[v].word, b, i, f, k);
            i += order <= 0;
            k += order >= 0;
        }
    }
}

static bool differs(const struct pg_rows *b, const struct pg_rows *f)
{
    if (b->n != f->n)
        return true;
    for (size_t i = 0; i < b->n; i++)
        if (by_key(b, i, f, i) != 0 || !same_figures(b, i, f, i))
            return true;
    return false;
}

static bool publications(struct work *w, bool all, struct err *e)
{
    static const char SQL[] =
        "select p.number, (c.at at time zone 'Asia/Ho_Chi_Minh')::date,"
        " coalesce((select string_agg(x.name, ', ' order by x.name collate \"C\")"
        "  from extract x where x.scheme = p.scheme and x.period = p.period"
        "  and x.vintage = p.vintage and x.number = p.number), '')"
        " from publication p join commit c on c.epoch = p.epoch"
        "  and p.seq between c.first_seq and c.last_seq"
        " where p.scheme = $1 and p.period = $2 and p.vintage = $3 order by p.number";
    struct arena *a = &w->out->arena;

    for (size_t i = 0; i < w->n; i++) {
        const struct rollup_at *at = &w->trials[i].at;
        const struct pg_arg args[] = {pg_text(at->scheme), pg_text(at->period),
                                      pg_text(at->vintage)};
        struct pg_rows rows = {0};
        size_t n = w->out->n_publications;

        if (!all && !w->trials[i].moves)
            continue;
        if (!pg_query(w->pg, SQL, args, COUNT(args), &rows, e))
            return false;
        w->out->sealed = true;
        w->out->publications =
            mem_grow(w->out->publications, n + rows.n + 1, sizeof *w->out->publications);
        for (size_t k = 0; k < rows.n; k++) {
            char day[11];

            date_vi(pg_get_date(&rows, k, 1), day);
            w->out->publications[n + k] = (struct effect_publication){
                at->scheme,        at->period,
                at->vintage,       pg_get_int(&rows, k, 0),
                arena_str(a, day), arena_str(a, pg_get_text(&rows, k, 2))};
        }
        w->out->n_publications = n + rows.n;
        pg_rows_clear(&rows);
    }
    return true;
}

/* Inside the transaction. */
static bool try_acts(struct work *w, const struct acts *acts,
                     const struct effect_scope *scopes, size_t n, struct err *e)
{
    struct log_tip tip;

    if (!pg_query(w->pg, "set transaction isolation level repeatable read", NULL, 0, NULL,
                  e) ||
        !find_sealed(w, scopes, n, e))
        return false;
    if (w->n == 0)
        return true;
    w->until = clock_wall() + EFFECT_HOLD_MS;
    if (!oplog_tip(w->pg, &tip, e) || !outer(w, false, e) ||
        !pg_query(w->pg, "savepoint acts", NULL, 0, NULL, e))
        return false;
    w->until = clock_wall() + EFFECT_HOLD_MS;
    if (!limit(w, EFFECT_HOLD_MS, e) ||
        !oplog_try(w->pg, acts->list, acts->n, (int64_t)tip.epoch, BEYOND, e) ||
        !outer(w, true, e))
        return false;
    for (size_t i = 0; i < w->n; i++) {
        struct trial *t = &w->trials[i];

        t->moves = differs(&t->before[PROVINCE], &t->after[PROVINCE]) ||
                   differs(&t->before[UNITS_SECTORS], &t->after[UNITS_SECTORS]);
    }
    if (!inner(w, true, e) ||
        !pg_query(w->pg, "rollback to savepoint acts", NULL, 0, NULL, e))
        return false; /* behind it nobody waits for us any more */
    w->until = clock_wall() + EFFECT_HOLD_MS;
    if (!inner(w, false, e) || !limit(w, EFFECT_HOLD_MS, e))
        return false;
    for (size_t i = 0; i < w->n; i++)
        if (w->trials[i].moves)
            compare(w, &w->trials[i]);
    return publications(w, scopes != NULL, e);
}

bool effect_total(struct app *app, struct pg *pg, const struct acts *acts,
                  const struct effect_scope *scopes, size_t n, struct effect_total *out,
                  struct err *e)
{
    struct work w = {.app = app, .pg = pg, .out = out};
    bool ok;

    *out = (struct effect_total){.sealed = false};
    if (!pg_begin(pg, e))
        return false;
    ok = try_acts(&w, acts, scopes, n, e);
    pg_rollback(pg);
    for (size_t i = 0; i < w.n; i++)
        for (size_t v = 0; v < VIEWS; v++) {
            pg_rows_clear(&w.trials[i].before[v]);
            pg_rows_clear(&w.trials[i].after[v]);
        }
    free(w.trials);
    if (!ok)
        effect_total_clear(out);
    return ok;
}

void effect_total_clear(struct effect_total *t)
{
    free(t->lines);
    free(t->publications);
    arena_clear(&t->arena);
    *t = (struct effect_total){.sealed = false};
}

/* ---- for people and scripts ---- */

static const struct column TOTALS[] = {
    {"scheme",           COL_TEXT,   NULL,                 NULL       },
    {"period",           COL_TEXT,   "Kỳ",               "Period"   },
    {"vintage",          COL_TEXT,   "Loại số liệu", "Vintage"  },
    {"by",               COL_TEXT,   NULL,                 NULL       },
    {"unit",             COL_TEXT,   NULL,                 NULL       },
    {"unit_from",        COL_TEXT,   NULL,                 NULL       },
    {"unit_name",        COL_TEXT,   "Đơn vị",         "Unit"     },
    {"indicator",        COL_TEXT,   "Chỉ tiêu",        "Indicator"},
    {"b1",               COL_TEXT,   "Chia theo",          "Breakdown"},
    {"b2",               COL_TEXT,   NULL,                 NULL       },
    {"from",             COL_NUMBER, "Từ",               "From"     },
    {"to",               COL_NUMBER, "Thành",             "To"       },
    {"measure",          COL_TEXT,   "Đơn vị tính",   "Measure"  },
    {"coverage",         COL_TEXT,   "Đã báo cáo",     "Reported" },
    {"numerator_from",   COL_NUMBER, NULL,                 NULL       },
    {"numerator_to",     COL_NUMBER, NULL,                 NULL       },
    {"denominator_from", COL_NUMBER, NULL,                 NULL       },
    {"denominator_to",   COL_NUMBER, NULL,                 NULL       },
};

static const struct column PUBLICATIONS[] = {
    {"scheme",    COL_TEXT, NULL,                      NULL         },
    {"period",    COL_TEXT, "Kỳ",                    "Period"     },
    {"vintage",   COL_TEXT, "Loại số liệu",      "Vintage"    },
    {"number",    COL_INT,  "Bản phát hành lần", "Publication"},
    {"published", COL_TEXT, "Ngày",                   "Day"        },
    {"extracts",  COL_TEXT, "Tệp trích xuất",     "Extracts"   },
};

static void coverage(struct bytes *out, const struct effect_line *l)
{
    coverage_vi(l->reported_from < 0 ? 0 : l->reported_from, l->expected_from,
                l->expected_from >= 0, out);
    if (l->reported_from == l->reported_to && l->expected_from == l->expected_to)
        return;
    bytes_str(out, " -> ");
    coverage_vi(l->reported_to < 0 ? 0 : l->reported_to, l->expected_to,
                l->expected_to >= 0, out);
}

static void number(struct table *t, const char *plain)
{
    struct bytes b = {0};

    if (plain == NULL) {
        table_shown(t, "", "-");
        return;
    }
    decimal_vi(plain, 0, &b);
    table_shown(t, plain, bytes_cstr(&b));
    bytes_clear(&b);
}

static void line_row(const struct app *app, struct table *t, const struct effect_line *l)
{
    struct bytes words = {0}, covered = {0};

    coverage(&covered, l);
    table_text(t, l->scheme);
    table_text(t, l->period);
    table_shown(t, l->vintage, vintage_label(l->vintage, app->lang));
    table_text(t, l->by);
    table_text(t, l->unit);
    table_text(t, l->unit_from);
    table_shown(t, l->unit[0] != 0 ? l->unit_name : "",
                l->unit[0] != 0 ? l->unit_name
                                : app_say(app, "Toàn tỉnh", "The province"));
    table_shown(t, l->indicator, l->name);
    bytes_printf(&words, "%s%s%s", l->b1_name,
                 l->b1_name[0] != 0 && l->b2_name[0] != 0 ? "; " : "", l->b2_name);
    table_shown(t, l->b1, bytes_cstr(&words));
    table_text(t, l->b2);
    number(t, l->from);
    number(t, l->to);
    table_text(t, l->measure);
    table_text(t, bytes_cstr(&covered));
    table_text(t, l->numerator_from);
    table_text(t, l->numerator_to);
    table_text(t, l->denominator_from);
    table_text(t, l->denominator_to);
    bytes_clear(&words);
    bytes_clear(&covered);
}

static void publication_row(const struct app *app, struct table *t,
                            const struct effect_publication *p)
{
    table_text(t, p->scheme);
    table_text(t, p->period);
    table_shown(t, p->vintage, vintage_label(p->vintage, app->lang));
    table_int(t, p->number);
    table_text(t, p->day);
    table_text(t, p->files);
}

void effect_total_print(const struct app *app, const struct effect_total *t, bool json)
{
    struct table totals, files;
    size_t shown = json || t->n <= LINES_SHOWN ? t->n : LINES_SHOWN;

    table_init(&totals, TOTALS, COUNT(TOTALS));
    table_init(&files, PUBLICATIONS, COUNT(PUBLICATIONS));
    for (size_t i = 0; i < shown; i++)
        line_row(app, &totals, &t->lines[i]);
    for (size_t i = 0; i < t->n_publications; i++)
        publication_row(app, &files, &t->publications[i]);
    if (json) {
        fputs("{\"totals\": ", stdout);
        table_print(&totals, app->lang, true, stdout);
        fputs(", \"publications\": ", stdout);
        table_print(&files, app->lang, true, stdout);
        puts("}");
    } else {
        puts(t->n > 0
                 ? app_say(app, "Số tổng hợp thay đổi:", "Totals that move:")
                 : app_say(app, "Không số tổng hợp nào thay đổi.", "No total moves."));
        if (t->n > 0)
            table_print(&totals, app->lang, false, stdout);
        if (shown < t->n)
            app_print(app, "... và %zu số khác (--json in tất cả)\n",
                      "... and %zu more (--json prints all)\n", t->n - shown);
        if (t->n_publications > 0) {
            puts(app_say(app, "Bản phát hành bị ảnh hưởng (giữ nguyên từng byte):",
                         "Publications touched (they stay as they are):"));
            table_print(&files, app->lang, false, stdout);
        }
    }
    table_clear(&totals);
    table_clear(&files);
}

bool effect_total_ask(struct app *app, struct pg *pg, const struct acts *acts,
                      const struct effect_scope *scopes, size_t n, bool yes, bool json,
                      bool *go, struct err *e)
{
    struct effect_total t;

    *go = false;
    if (!effect_total(app, pg, acts, scopes, n, &t, e))
        return false;
    *go = yes || !t.sealed;
    if (t.sealed || json)
        effect_total_print(app, &t, json);
    if (t.sealed) {
        if (!yes)
            fprintf(stderr, "htx-aggregator: %s\n",
                    app_say(app, "kỳ đã khóa: chưa ghi gì. Đồng ý thì chạy lại với --yes",
                            "a closed period: nothing was written. To go on repeat "
                            "with --yes"));
    }
    effect_total_clear(&t);
    return true;
}
