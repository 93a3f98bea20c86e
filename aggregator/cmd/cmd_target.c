/*
 * target load|list|status: targets of multi-year plans, line by line as their act has
 * them, beside what was reached.
 *
 * A file is a document: loaded again under its name, lines that are new or changed become
 * control records, lines that are gone are marked so, the others change nothing. list
 * --tsv gives the lines back, byte for byte. Every bad line is named, and then nothing is
 * loaded.
 */
#include "aggregator/rollup/compare.h"
#include "aggregator/rollup/history.h"
#include "aggregator/rollup/publish.h"
#include "aggregator/store/acts.h"
#include "aggregator/table.h"
#include "proto/base/file.h"
#include "proto/base/text.h"
#include "proto/tsv.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <unistd.h>

enum { TARGET_FILE_MAX = 4 * 1024 * 1024, LINES_MAX = 5000, PROBLEMS_MAX = 200 };

/* As files have them, and the columns of htx.target with the same names. */
enum target_field {
    T_SEED,
    T_SECTION,
    T_LEVEL,
    T_AREA_CODE,
    T_AREA,
    T_PERIOD,
    T_AS_OF,
    T_KIND,
    T_INDICATOR,
    T_BREAKDOWN,
    T_QUALIFIER,
    T_TEXT,
    T_VALUE,
    T_VALUE_HI,
    T_UNIT,
    T_NOTE,
    T_FIELDS
};
static const char *const FIELDS[T_FIELDS] = {
    "seed",  "section",  "level",     "area_code", "area",      "period",
    "as_of", "kind",     "indicator", "breakdown", "qualifier", "text",
    "value", "value_hi", "unit",      "note"};

struct target {
    size_t line, nth;
    const char *f[T_FIELDS];
    const char *key; /* its place in the register, but for nth */
    const char *population;
    int32_t starts, ends; /* DATE_NONE */
};

struct targets {
    struct app *app;
    const char *file, *document;
    struct target *list;
    size_t n, problems, unknown;
    struct arena arena;
};

/* ---- a file ---- */

static void problem(struct targets *t, size_t line, const char *column, const char *value,
                    const char *vi, const char *en)
{
    if (t->problems++ < PROBLEMS_MAX)
        fprintf(stderr, "%s:%zu: %s: \"%s\": %s\n", t->file, line, column, value,
                app_say(t->app, vi, en));
}

static bool decimal(const char *s)
{
    size_t n;

    s += *s == '-';
    n = strspn(s, "0123456789");
    if (n == 0 || n > 18)
        return false;
    s += n;
    if (*s == '.') {
        n = strspn(s + 1, "0123456789");
        if (n == 0 || n > 6)
            return false;
        s += 1 + n;
    }
    return *s == 0;
}

/* The first and last year in "2025-2030 (sic)"; false when there is none. */
static bool years(const char *s, int *first, int *last)
{
    *first = *last = 0;
    while (*s != 0) {
        size_t n = strspn(s, "0123456789");

        if (n == 4) {
            *last = atoi(s);
            *first = *first == 0 ? *last : *first;
        }
        s += n > 0 ? n : 1;
    }
    return *first >= 1900 && *last >= *first && *last < 2200;
}

static void check_line(struct targets *t, const struct catalogue *cat, struct target *r)
{
    static const char *const kinds[] = {"target",   "need", "actual",
                                        "estimate", "plan", "growth"};
    const char *value = r->f[T_VALUE], *high = r->f[T_VALUE_HI];
    int first, last;
    bool known = false;

    for (size_t i = 0; i < COUNT(kinds); i++)
        known = known || strcmp(r->f[T_KIND], kinds[i]) == 0;
    if (!known)
        problem(t, r->line, "kind", r->f[T_KIND],
                "ghi target (mục tiêu), need (nhu cầu), actual, estimate hoặc plan",
                "write target, need, actual, estimate or plan");
    if (*value != 0 && !decimal(value))
        problem(t, r->line, "value", value, "không phải số: ghi dạng 1234.5",
                "no number: write it as 1234.5");
    if (*high != 0 && (!decimal(high) || *value == 0))
        problem(t, r->line, "value_hi", high, "phải là số, và cột value cũng phải có",
                "must be a number, and value be given as well");
    else if (*high != 0 && decimal(value) && atof(high) < atof(value))
        problem(t, r->line, "value_hi", high, "nhỏ hơn cột value: đổi chỗ hai số",
                "less than value: swap the two");
    if (*value == 0 && *r->f[T_TEXT] == 0)
        problem(t, r->line, "value", value, "chưa ghi số: ghi value hoặc text",
                "no figure: write value or text");
    if (*r->f[T_INDICATOR] == 0)
        problem(t, r->line, "indicator", "", "chưa ghi mã chỉ tiêu",
                "the indicator's code is missing");
    if (!years(r->f[T_PERIOD], &first, &last)) {
        problem(t, r->line, "period", r->f[T_PERIOD],
                "không có năm: ghi 2030 hoặc 2021-2025",
                "no year: write 2030 or 2021-2025");
        first = last = 0;
    }
    r->starts = last > first ? date_make(first, 1, 1) : DATE_NONE;
    r->ends = date_read(r->f[T_AS_OF]);
    if (r->ends == DATE_NONE && last > 0)
        r->ends = date_make(last, 12, 31);
    r->population = history_population(cat, r->f[T_NOTE]);
    if (*r->population == 0)
        r->population = history_population(cat, r->f[T_BREAKDOWN]);
    if (catalogue_indicator(cat, r->f[T_INDICATOR]) == NULL)
        t->unknown++;
}

/* What spreadsheets leave in a text file: BOM and CR. */
static bool tidy(struct targets *t, const struct bytes *raw, struct bytes *out,
                 struct err *e)
{
    struct span all = span_of(raw);

    if (all.n >= 3 && memcmp(all.p, "\xef\xbb\xbf", 3) == 0) {
        all.p += 3;
        all.n -= 3;
    }
    if (!text_valid(all) || !text_is_nfc(all))
        return app_set(t->app, e, ERR_INPUT,
                       "%s: không phải văn bản UTF-8 dựng sẵn (NFC): lưu lại dạng UTF-8, "
                       "cột cách nhau bằng dấu tab",
                       "%s: not UTF-8 text in NFC: save it as UTF-8 with tabs between "
                       "columns",
                       t->file);
    for (size_t i = 0; i < all.n; i++)
        if (all.p[i] != '\r' || i + 1 == all.n || all.p[i + 1] != '\n')
            bytes_char(out, (char)all.p[i]);
    if (out->n == 0 || out->p[out->n - 1] != '\n')
        bytes_char(out, '\n');
    return true;
}

static const char *key_of(struct targets *t, const struct target *r)
{
    return arena_printf(&t->arena, "%s\t%s\t%s\t%s\t%s\t%s\t%s", r->f[T_SEED],
                        r->f[T_SECTION], r->f[T_AREA_CODE], r->f[T_PERIOD], r->f[T_KIND],
                        r->f[T_INDICATOR], r->f[T_BREAKDOWN]);
}

/*
 * target list --tsv gives every byte back, and people open that in a spreadsheet: so what
 * would be a formula there does not come in. "-5%" and "+20 THT" are none.
 */
static bool is_formula(const char *s)
{
    bool breaks;

    if (!text_begins_formula(s, &breaks))
        return false;
    s += strspn(s, " \"'");
    return (*s != '+' && *s != '-') || strpbrk(s + 1, "+-*/^(|!=&@;") != NULL;
}

static bool read_lines(struct targets *t, const struct catalogue *cat, struct span data,
                       struct err *e)
{
    static const char *const needed[] = {"area_code", "period", "kind", "indicator",
                                         "value"};
    struct tsv tsv;
    bool ok = tsv_open(&tsv, t->file, data, needed, COUNT(needed), e);

    while (ok && tsv_next(&tsv, e)) {
        struct target r = {.line = tsv.line, .nth = 1};

        for (size_t i = 0; i < T_FIELDS; i++) {
            r.f[i] = arena_str(&t->arena, tsv_get(&tsv, FIELDS[i]));
            if (text_has_hidden(r.f[i]))
                problem(t, r.line, FIELDS[i], r.f[i], "có ký tự ẩn: xóa và gõ lại",
                        "hidden characters: delete and type it again");
            if (is_formula(r.f[i]))
                problem(t, r.line, FIELDS[i], r.f[i],
                        "là công thức, không phải chữ: ghi nội dung bằng chữ",
                        "a formula, not words: write words");
        }
        check_line(t, cat, &r);
        r.key = key_of(t, &r);
        for (size_t i = 0; i < t->n; i++)
            r.nth += strcmp(t->list[i].key, r.key) == 0;
        if (t->n == LINES_MAX) {
            tsv_close(&tsv);
            return app_set(t->app, e, ERR_INPUT, "%s: quá %d dòng: chia tệp",
                           "%s: more than %d lines: split the file", t->file, LINES_MAX);
        }
        t->list = mem_grow(t->list, t->n + 1, sizeof *t->list);
        t->list[t->n++] = r;
    }
    ok = ok && e->kind == ERR_NONE;
    tsv_close(&tsv);
    return ok;
}

static bool check_areas(struct targets *t, struct pg *pg, struct err *e)
{
    for (size_t i = 0; i < t->n; i++) {
        const char *code = t->list[i].f[T_AREA_CODE];
        const struct pg_arg arg = pg_text(code);
        struct pg_rows rows = {0};

        if (i > 0 && strcmp(code, t->list[i - 1].f[T_AREA_CODE]) == 0)
            continue;
        if (!pg_query(pg,
                      "select from province where code = $1 union all"
                      " select from unit_now where code = $1",
                      &arg, 1, &rows, e))
            return false;
        if (rows.n == 0)
            problem(t, t->list[i].line, "area_code", code,
                    "không phải mã tỉnh hay mã đơn vị: nạp đơn vị bằng unit load",
                    "neither the province's code nor a unit's: load the unit with unit "
                    "load");
        pg_rows_clear(&rows);
    }
    return true;
}

/* ---- records ---- */

static void add_record(struct targets *t, const struct target *r, bool gone,
                       const char *actor, struct acts *acts)
{
    struct json *j = json_new();

    json_text(j, "document", t->document);
    json_int(j, "line", (int64_t)r->line);
    json_int(j, "nth", (int64_t)r->nth);
    json_bool(j, "gone", gone);
    for (size_t i = 0; i < T_FIELDS; i++)
        json_text(j, FIELDS[i], r->f[i]);
    json_text(j, "population", r->population);
    json_date(j, "starts", r->starts);
    json_date(j, "ends", r->ends);
    json_text(j, "person", actor);
    acts_add(acts, "target", &j);
}

/* A line as one text, to be compared. */
static const char *joined(struct arena *a, size_t line, const char *const *f)
{
    const char *s = arena_printf(a, "%zu", line);

    for (size_t i = 0; i < T_FIELDS; i++)
        s = arena_printf(a, "%s\t%s", s, f[i]);
    return s;
}

/* New and changed lines of the document, and those it no longer has. */
static bool changes(struct targets *t, struct pg *pg, const char *actor,
                    struct acts *acts, size_t *same, size_t *gone, struct err *e)
{
    static const char SQL[] =
        "select seed, section, level, area_code, area, period, as_of, kind, indicator,"
        " breakdown, qualifier, text, value, value_hi, unit, note, line, nth, population,"
        " starts, ends from (select distinct on (seed, section, area_code, period, kind,"
        "  indicator, breakdown, nth) * from target order by seed, section, area_code,"
        "  period, kind, indicator, breakdown, nth, epoch desc, seq desc) n"
        " where not gone and document = $1 order by line";
    const struct pg_arg arg = pg_text(t->document);
    struct pg_rows now = {0};
    bool *kept = arena_new(&t->arena, (t->n + 1) * sizeof *kept);

    *same = *gone = 0;
    if (!pg_query(pg, SQL, &arg, 1, &now, e))
        return false;
    for (size_t i = 0; i < now.n; i++) {
        struct target old = {.line = (size_t)pg_get_int(&now, i, T_FIELDS),
                             .nth = (size_t)pg_get_int(&now, i, T_FIELDS + 1),
                             .population =
                                 arena_str(&t->arena, pg_get_text(&now, i, T_FIELDS + 2)),
                             .starts = pg_get_date(&now, i, T_FIELDS + 3),
                             .ends = pg_get_date(&now, i, T_FIELDS + 4)};
        bool there = false;

        for (size_t k = 0; k < T_FIELDS; k++)
            old.f[k] = arena_str(&t->arena, pg_get_text(&now, i, k));
        old.key = key_of(t, &old);
        for (size_t k = 0; k < t->n; k++) {
            const struct target *r = &t->list[k];

            if (r->nth != old.nth || strcmp(r->key, old.key) != 0)
                continue;
            there = true;
            kept[k] = strcmp(joined(&t->arena, r->line, r->f),
                             joined(&t->arena, old.line, old.f)) == 0;
            *same += kept[k];
        }
        if (!there) {
            add_record(t, &old, true, actor, acts);
            ++*gone;
        }
    }
    for (size_t k = 0; k < t->n; k++)
        if (!kept[k])
            add_record(t, &t->list[k], false, actor, acts);
    pg_rows_clear(&now);
    return true;
}

static bool load(struct targets *t, const char *by, struct err *e)
{
    const char *slash = strrchr(t->file, '/');
    struct bytes raw = {0}, text = {0};
    struct acts acts = {0};
    const struct catalogue *cat = app_catalogue(t->app, e);
    struct pg *pg = cat != NULL ? app_writer(t->app, e) : NULL;
    const char *actor = pg != NULL ? app_actor(t->app, &t->arena, by, e) : NULL;
    size_t same, gone;
    bool ok = false;

    t->document = slash != NULL ? slash + 1 : t->file;
    if (actor == NULL)
        goto out;
    if (access(t->file, R_OK) != 0) {
        err_set(e, ERR_INPUT, "%s: %s", t->file, strerror(errno));
        goto out;
    }
    if (!file_read(t->file, TARGET_FILE_MAX, &raw, e) || !tidy(t, &raw, &text, e) ||
        !read_lines(t, cat, span_of(&text), e) || !check_areas(t, pg, e))
        goto out;
    if (t->problems != 0) {
        app_set(t->app, e, ERR_INPUT, "%s: %zu chỗ phải sửa, chưa nạp dòng nào",
                "%s: %zu problems, nothing was loaded", t->file, t->problems);
        goto out;
    }
    ok =
        changes(t, pg, actor, &acts, &same, &gone, e) && acts_append(&acts, pg, actor, e);
    if (ok)
        app_print(t->app,
                  "đã nạp %zu dòng, %zu dòng không thay đổi, %zu dòng không còn\n",
                  "%zu loaded, %zu unchanged, %zu gone\n", acts.n - gone, same, gone);
    if (ok && t->unknown > 0)
        fprintf(stderr, "%s: %zu\n",
                app_say(t->app, "dòng có chỉ tiêu ngoài danh mục, chưa đánh giá được",
                        "lines of indicators outside the catalogue, not to be judged"),
                t->unknown);
out:
    acts_clear(&acts);
    bytes_clear(&raw);
    bytes_clear(&text);
    return ok;
}

int cmd_target_load(struct app *app, int argc, char **argv)
{
    static const struct option longs[] = {
        {"by",  required_argument, NULL, 'b'},
        {0}
    };
    struct targets t = {.app = app};
    const char *by = NULL;
    struct err e = {0};
    int c;
    bool ok;

    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (c != 'b')
            return app_usage(app, NULL, NULL);
        by = optarg;
    }
    if (optind != argc - 1)
        return app_usage(app, NULL, NULL);
    t.file = argv[optind];
    ok = load(&t, by, &e);
    free(t.list);
    arena_clear(&t.arena);
    return ok ? EXIT_DONE : app_fail(app, &e);
}

/* ---- list ---- */

static const struct column LIST[T_FIELDS] = {
    {"seed",      COL_TEXT,   "Nguồn",          "Source"   },
    {"section",   COL_TEXT,   "Mục",            "Section"  },
    {"level",     COL_TEXT,   NULL,               NULL       },
    {"area_code", COL_TEXT,   "Mã",              "Area"     },
    {"area",      COL_TEXT,   NULL,               NULL       },
    {"period",    COL_TEXT,   "Giai đoạn",     "Period"   },
    {"as_of",     COL_TEXT,   NULL,               NULL       },
    {"kind",      COL_TEXT,   "Loại",           "Kind"     },
    {"indicator", COL_TEXT,   "Chỉ tiêu",      "Indicator"},
    {"breakdown", COL_TEXT,   "Chia theo",        "Breakdown"},
    {"qualifier", COL_TEXT,   "Mức",            "Qualifier"},
    {"text",      COL_TEXT,   "Mục tiêu",      "Target"   },
    {"value",     COL_NUMBER, NULL,               NULL       },
    {"value_hi",  COL_NUMBER, NULL,               NULL       },
    {"unit",      COL_TEXT,   "Đơn vị tính", "Unit"     },
    {"note",      COL_TEXT,   "Ghi chú",         "Note"     },
};

static void print_tsv(const struct pg_rows *rows)
{
    for (size_t i = 0; i < T_FIELDS; i++)
        printf("%s%s", i > 0 ? "\t" : "", FIELDS[i]);
    putchar('\n');
    for (size_t r = 0; r < rows->n; r++) {
        for (size_t i = 0; i < T_FIELDS; i++)
            printf("%s%s", i > 0 ? "\t" : "", pg_get_text(rows, r, i));
        putchar('\n');
    }
}

static bool list(struct app *app, bool tsv, bool json, struct err *e)
{
    static const char SQL[] =
        "select seed, section, level, area_code, area, period, as_of, kind, indicator,"
        " breakdown, qualifier, text, value, value_hi, unit, note from target_now"
        " order by ord";
    struct pg *pg = app_pg(app, DB_READ, e);
    struct pg_rows rows = {0};
    struct table t;

    if (pg == NULL || !pg_query(pg, SQL, NULL, 0, &rows, e))
        return false;
    if (tsv) {
        print_tsv(&rows);
    } else {
        table_init(&t, LIST, T_FIELDS);
        for (size_t r = 0; r < rows.n; r++)
            for (size_t i = 0; i < T_FIELDS; i++) {
                const char *v = pg_get_text(&rows, r, i);

                if (LIST[i].type == COL_NUMBER && *v == 0)
                    table_none(&t);
                else if (LIST[i].type == COL_NUMBER)
                    table_shown(&t, v, v);
                else
                    table_text(&t, v);
            }
        table_print(&t, app->lang, json, stdout);
        table_clear(&t);
    }
    pg_rows_clear(&rows);
    return true;
}

int cmd_target_list(struct app *app, int argc, char **argv)
{
    static const struct option longs[] = {
        {"tsv", no_argument, NULL, 't'},
        {"json", no_argument, NULL, 'j'},
        {0    }
    };
    bool tsv = false, json = false;
    struct err e = {0};
    int c;

    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
        switch (c) {
        case 't':
            tsv = true;
            break;
        case 'j':
            json = true;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    if (optind != argc || (tsv && json))
        return app_usage(app, NULL, NULL);
    return list(app, tsv, json, &e) ? EXIT_DONE : app_fail(app, &e);
}

/* ---- status ---- */

static const struct column STATUS[] = {
    {"id",            COL_TEXT,   NULL,               NULL       },
    {"area",          COL_TEXT,   "Mã",              "Area"     },
    {"target_period", COL_TEXT,   "Giai đoạn",     "Period"   },
    {"act",           COL_TEXT,   "Nguồn",          "Act"      },
    {"kind",          COL_TEXT,   NULL,               NULL       },
    {"indicator",     COL_TEXT,   "Chỉ tiêu",      "Indicator"},
    {"breakdown",     COL_TEXT,   "Chia theo",        "Breakdown"},
    {"qualifier",     COL_TEXT,   "Mức",            "Qualifier"},
    {"text",          COL_TEXT,   "Mục tiêu",      "Target"   },
    {"value",         COL_NUMBER, NULL,               NULL       },
    {"value_hi",      COL_NUMBER, NULL,               NULL       },
    {"measure",       COL_TEXT,   "Đơn vị tính", "Measure"  },
    {"period",        COL_TEXT,   NULL,               NULL       },
    {"vintage",       COL_TEXT,   NULL,               NULL       },
    {"figure",        COL_TEXT,   NULL,               NULL       },
    {"actual",        COL_NUMBER, "Đã đạt",      "Figure"   },
    {"outcome",       COL_TEXT,   "Đánh giá",      "Outcome"  },
    {"reason",        COL_TEXT,   "Lý do",           "Reason"   },
    {"note",          COL_TEXT,   "Ghi chú",         "Note"     },
};

static void number_or_none(const struct app *app, struct table *t, const char *plain)
{
    struct bytes shown = {0};

    if (*plain == 0) {
        table_none(t);
        return;
    }
    if (app->lang == LANG_VI)
        decimal_vi(plain, 0, &shown);
    else
        bytes_str(&shown, plain);
    table_shown(t, plain, bytes_cstr(&shown));
    bytes_clear(&shown);
}

static bool status(struct app *app, struct pg *pg, const struct rollup_at *at, bool json,
                   struct err *e)
{
    enum {
        ID,
        AREA,
        PERIOD,
        ACT,
        KIND,
        INDICATOR,
        NAME_VI,
        NAME_EN,
        PART,
        PART_VI,
        PART_EN,
        QUALIFIER,
        TEXT,
        VALUE,
        HIGH,
        MEASURE,
        FIGURE,
        ACTUAL,
        OUTCOME,
        REASON,
        NOTE
    };
    static const char SQL[] =
        "select t.id, t.area, t.period, t.act, t.kind, t.indicator,"
        " coalesce(i.name_vi, t.indicator), coalesce(i.name_en, t.indicator), "
        "t.breakdown,"
        " coalesce(b.name_vi, case t.breakdown when 'all' then '' else t.breakdown end),"
        " coalesce(b.name_en, case t.breakdown when 'all' then '' else t.breakdown end),"
        " t.qualifier, t.text, t.value, t.value_hi, t.measure, coalesce(t.figure, ''),"
        " coalesce(t.actual::text, ''), t.outcome, t.reason, t.note"
        " from target_status($1, $2, $3, $4, $5, $6::int) t"
        " left join cat_indicator i on i.version = $6::int and i.code = t.indicator"
        " left join cat_breakdown b on b.version = $6::int and b.dim = 'sector'"
        "  and b.code = t.breakdown order by t.ord";
    const struct pg_arg args[] = {pg_text(at->scheme),  pg_text(at->period),
                                  pg_text(at->vintage), pg_int(at->epoch),
                                  pg_int(at->seq),      pg_int(at->catalogue)};
    const bool vi = app->lang == LANG_VI;
    struct pg_rows rows = {0};
    struct arena a = {0};
    struct table t;

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "targets beside %s", at->period);
    table_init(&t, STATUS, COUNT(STATUS));
    for (size_t r = 0; r < rows.n; r++) {
        const char *f[NOTE + 1];

        for (size_t i = 0; i <= NOTE; i++)
            f[i] = pg_get_text(&rows, r, i);
        table_text(&t, f[ID]);
        table_text(&t, f[AREA]);
        table_text(&t, f[PERIOD]);
        table_text(&t, f[ACT]);
        table_text(&t, f[KIND]);
        table_shown(&t, f[INDICATOR], f[vi ? NAME_VI : NAME_EN]);
        table_shown(&t, f[PART], f[vi ? PART_VI : PART_EN]);
        table_text(&t, f[QUALIFIER]);
        table_text(&t, f[TEXT]);
        number_or_none(app, &t, f[VALUE]);
        number_or_none(app, &t, f[HIGH]);
        table_text(&t, f[MEASURE]);
        table_text(&t, at->period);
        table_shown(&t, at->vintage, vintage_label(at->vintage, app->lang));
        table_text(&t, f[FIGURE]);
        number_or_none(app, &t, f[ACTUAL]);
        table_shown(&t, f[OUTCOME], outcome_label(f[OUTCOME], app->lang));
        table_shown(&t, f[REASON], compare_reason(f[REASON], app->lang, &a));
        table_text(&t, f[NOTE]);
    }
    table_print(&t, app->lang, json, stdout);
    table_clear(&t);
    pg_rows_clear(&rows);
    arena_clear(&a);
    return true;
}

/* The newest year or half-year of which somebody reported what was done. */
static const char *newest_period(struct app *app, struct pg *pg, struct arena *a,
                                 struct err *e)
{
    static const char SQL[] =
        "select p.scheme || ':' || p.code from period_now p"
        " where p.kind in ('year', 'half') and exists (select from report r"
        "  where r.counts and r.scheme = p.scheme and r.period = p.code"
        "  and r.vintage = 'actual') order by p.ends desc, p.kind desc, p.scheme limit 1";
    struct pg_rows rows = {0};
    const char *code = NULL;

    if (!pg_query(pg, SQL, NULL, 0, &rows, e))
        return NULL;
    if (rows.n == 1)
        code = arena_str(a, pg_get_text(&rows, 0, 0));
    else
        app_set(app, e, ERR_INPUT, "chưa kỳ nào có số thực hiện: nêu kỳ cần đánh giá",
                "no period has actual figures yet: name one");
    pg_rows_clear(&rows);
    return code;
}

int cmd_target_status(struct app *app, int argc, char **argv)
{
    static const struct option longs[] = {
        {"vintage",          required_argument, NULL, 'v'},
        {"as-of",              required_argument, NULL, 'a'},
        {"json",                  no_argument, NULL, 'j'},
        {0}
    };
    const char *vintage = NULL, *as_of = NULL, *period = NULL;
    struct arena arena = {0};
    struct rollup_at at;
    struct err e = {0};
    bool json = false, ok;
    struct pg *pg;
    int c;

    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
        switch (c) {
        case 'v':
            vintage = optarg;
            break;
        case 'a':
            as_of = optarg;
            break;
        case 'j':
            json = true;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    if (argc - optind > 1)
        return app_usage(app, NULL, NULL);
    pg = app_pg(app, DB_READ, &e);
    if (pg != NULL)
        period = optind < argc ? argv[optind] : newest_period(app, pg, &arena, &e);
    ok = period != NULL &&
         rollup_at_find(app, pg, period, vintage, as_of, &arena, &at, &e) &&
         publication_vintage(app, pg, &at, false, &arena, &e) &&
         status(app, pg, &at, json, &e);
    arena_clear(&arena);
    return ok ? EXIT_DONE : app_fail(app, &e);
}
