#include "aggregator/rollup/extract.h"
#include "proto/base/text.h"
#include "proto/tsv.h"

#include <inttypes.h>

/* ---- the canonical totals, read back ---- */

enum {
    FIELDS_MAX = 40,
    UNIT_FIELDS = 17,
    DIFFERENCE_FIELDS = 11,
    TARGET_FIELDS = 15,
    BREAK_FIELDS = 4,
    WARNING_FIELDS = 6
};

static void add_unit(struct totals *t, const char *const *f)
{
    struct unit_line *u;

    t->units = mem_grow(t->units, t->n_units + 1, sizeof *t->units);
    u = &t->units[t->n_units++];
    *u = (struct unit_line){
        .code = f[0],
        .from = f[1],
        .name = f[2],
        .expected = *f[3] == 't',
        .state = f[4],
        .late = *f[5] == 't',
        .forms = f[6],
        .rows = atoll(f[7]),
        .declared = *f[8] != 0 ? atoll(f[8]) : -1,
        .warnings = atoll(f[9]),
        .held = atoll(f[10]),
        .refused = atoll(f[11]),
        .conflicts = atoll(f[12]),
        .reported = atoll(f[13]),
        .listed = *f[14] != 0 ? atoll(f[14]) : -1,
    };
}

static void add_figure(struct totals *t, const char *const *f)
{
    struct figure *figure;

    t->figures = mem_grow(t->figures, t->n_figures + 1, sizeof *t->figures);
    figure = &t->figures[t->n_figures++];
    *figure = (struct figure){.by = f[0]};
    memcpy(figure->f, f + 1, sizeof figure->f);
}

/* Comparisons come in the order of the figures, so that nobody has to search. */
static bool add_comparison(struct totals *t, const char *const *f)
{
    static const int key[] = {RC_UNIT,      RC_UNIT_FROM, RC_VINTAGE,
                              RC_INDICATOR, RC_B1,        RC_B2};
    enum compare_what what = compare_what_of(f[1 + CC_WHAT]);

    for (; what != CW_COUNT && t->at_figure < t->n_figures; t->at_figure++) {
        struct figure *figure = &t->figures[t->at_figure];
        bool same = strcmp(figure->by, f[0]) == 0;

        for (size_t i = 0; i < COUNT(key); i++)
            same = same && strcmp(figure->f[key[i]], f[1 + i]) == 0;
        if (same) {
            figure->beside[what] = (struct beside){f[1 + CC_VALUE], f[1 + CC_REASON]};
            return true;
        }
    }
    return false;
}

static void add_target(struct totals *t, const char *const *f)
{
    t->targets = mem_grow(t->targets, t->n_targets + 1, sizeof *t->targets);
    t->targets[t->n_targets++] =
        (struct target_line){f[0], f[1], f[2],  f[3],  f[4],  f[5],  f[6], f[7],
                             f[8], f[9], f[10], f[11], f[12], f[13], f[14]};
}

static void add_break(struct totals *t, const char *const *f)
{
    t->breaks = mem_grow(t->breaks, t->n_breaks + 1, sizeof *t->breaks);
    t->breaks[t->n_breaks++] = (struct break_line){f[0], f[1], f[2], f[3]};
}

static void add_warning(struct totals *t, const char *const *f)
{
    t->warnings = mem_grow(t->warnings, t->n_warnings + 1, sizeof *t->warnings);
    t->warnings[t->n_warnings++] =
        (struct warning_line){f[0], f[1], f[2], f[3], f[4], f[5]};
}

static void add_difference(struct totals *t, const char *const *f)
{
    t->differences =
        mem_grow(t->differences, t->n_differences + 1, sizeof *t->differences);
    t->differences[t->n_differences++] =
        (struct difference){f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10]};
}

static void add_unconfirmed(struct totals *t, const char *const *f)
{
    for (size_t i = 0; i < t->n_units; i++)
        if (strcmp(t->units[i].code, f[0]) == 0 && strcmp(t->units[i].from, f[1]) == 0)
            t->units[i].unconfirmed++;
}

/* The lines that only format 2 has. */
static bool add_beside(struct totals *t, const char *kind, const char *const *f, size_t n)
{
    if (t->format < 2)
        return false;
    if (strcmp(kind, "compare") == 0 && n == 1 + CC_COLUMNS)
        return add_comparison(t, f);
    if (strcmp(kind, "target") == 0 && n == TARGET_FIELDS)
        add_target(t, f);
    else if (strcmp(kind, "break") == 0 && n == BREAK_FIELDS)
        add_break(t, f);
    else if (strcmp(kind, "warning") == 0 && n == WARNING_FIELDS)
        add_warning(t, f);
    else
        return false;
    return true;
}

/* f[0] is the kind of line, then n fields. */
static bool add_line(struct totals *t, const char *const *f, size_t n)
{
    const char *kind = f[0];

    f++;
    if (strcmp(kind, "total") == 0 && n == 1 + RC_KEPT)
        add_figure(t, f);
    else if (strcmp(kind, "unit") == 0 && n == UNIT_FIELDS)
        add_unit(t, f);
    else if (strcmp(kind, "unconfirmed") == 0 && n == 4)
        add_unconfirmed(t, f);
    else if (strcmp(kind, "difference") == 0 && n == DIFFERENCE_FIELDS)
        add_difference(t, f);
    else if (strcmp(kind, "province") == 0 && n == 2) {
        t->province_code = f[0];
        t->province_name = f[1];
    } else if (strcmp(kind, "period") == 0 && n == 5) {
        t->scheme = f[0];
        t->period = f[1];
        t->name_vi = f[2];
        t->name_en = f[3];
        t->cutoff = date_read(f[4]);
    } else if (strcmp(kind, "vintage") == 0 && n == 1)
        t->vintage = f[0];
    else if (strcmp(kind, "catalogue") == 0 && n == 1)
        t->catalogue = atoll(f[0]);
    else if (strcmp(kind, "as-of") == 0 && n == 1)
        t->vector = f[0];
    else
        return (strcmp(kind, "as-of") == 0 && n == 2) ||
               (strcmp(kind, "method") == 0 && n == 1) || add_beside(t, kind, f, n);
    return true;
}

bool totals_read(struct span bytes, struct totals *t, struct err *e)
{
    static const char MAGIC[] = "htx-totals ";
    const char *p = (const char *)bytes.p, *end = p + bytes.n;
    const char *f[FIELDS_MAX];

    *t = (struct totals){.cutoff = DATE_NONE};
    if (bytes.n < sizeof MAGIC + 1 || memcmp(p, MAGIC, sizeof MAGIC - 1) != 0 ||
        (p[sizeof MAGIC - 1] != '1' && p[sizeof MAGIC - 1] != '2') ||
        p[sizeof MAGIC] != '\n')
        return err_set(e, ERR_INPUT, "not canonical totals of format 1 or 2");
    t->format = p[sizeof MAGIC - 1] - '0';
    for (p += sizeof MAGIC + 1; p < end;) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t n = stop != NULL ? tsv_split(&t->arena, p, stop, f, FIELDS_MAX) : 0;

        if (n == 0 || !add_line(t, f, n - 1)) {
            err_set(e, ERR_INPUT, "totals: unknown line at byte %zu",
                    (size_t)(p - (const char *)bytes.p));
            totals_clear(t);
            return false;
        }
        p = stop + 1;
    }
    if (t->vintage == NULL || t->period == NULL || t->province_name == NULL) {
        totals_clear(t);
        return err_set(e, ERR_INPUT, "totals: cut short");
    }
    return true;
}

void totals_clear(struct totals *t)
{
    free(t->units);
    free(t->figures);
    free(t->differences);
    free(t->targets);
    free(t->breaks);
    free(t->warnings);
    arena_clear(&t->arena);
    *t = (struct totals){0};
}

/* ---- names ---- */

static bool read_names(struct pg *pg, const char *sql, int64_t catalogue, struct arena *a,
                       struct name **list, size_t *n, struct err *e)
{
    const struct pg_arg version = pg_int(catalogue);
    struct pg_rows rows = {0};

    if (!pg_query(pg, sql, &version, 1, &rows, e))
        return err_in(e, "names of catalogue %" PRId64, catalogue);
    *list = mem_array(rows.n, sizeof **list);
    *n = rows.n;
    for (size_t i = 0; i < rows.n; i++)
        (*list)[i] = (struct name){
            .code = arena_str(a, pg_get_text(&rows, i, 0)),
            .name = arena_str(a, pg_get_text(&rows, i, 1)),
            .unit = arena_str(a, pg_get_text(&rows, i, 2)),
            .decimals = (int)pg_get_int(&rows, i, 3),
            .sector = pg_get_bool(&rows, i, 4),
        };
    pg_rows_clear(&rows);
    return true;
}

bool names_read(struct pg *pg, int64_t catalogue, struct names *names, struct err *e)
{
    static const char INDICATORS[] =
        "select code, name_vi, unit_vi,"
        " case when op in ('wmean', 'ratio') then decimals else -1 end, false"
        " from cat_indicator where version = $1::int order by ord";
    static const char BREAKDOWNS[] =
        "select code, name_vi, '', -1, sector from ("
        " select distinct on (code) code, name_vi, dim = 'sector' as sector, ord"
        " from cat_breakdown where version = $1::int order by code, dim <> 'sector', ord"
        ") b order by ord";
    static const char FORMS[] =
        "select distinct on (form) form, name_vi, '', -1, false from cat_form"
        " where $1::int is not null order by form, version desc";
    struct arena *a = &names->arena;

    *names = (struct names){0};
    if (read_names(pg, INDICATORS, catalogue, a, &names->indicators, &names->n_indicators,
                   e) &&
        read_names(pg, BREAKDOWNS, catalogue, a, &names->breakdowns, &names->n_breakdowns,
                   e) &&
        read_names(pg, FORMS, catalogue, a, &names->forms, &names->n_forms, e))
        return true;
    names_clear(names);
    return false;
}

void names_clear(struct names *names)
{
    free(names->indicators);
    free(names->breakdowns);
    free(names->forms);
    arena_clear(&names->arena);
    *names = (struct names){0};
}

const struct name *name_of(const struct name *list, size_t n, const char *code)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].code, code) == 0)
            return &list[i];
    return NULL;
}

/* ---- small things of all formats ---- */

static bool some(const struct figure *f, enum rollup_column c)
{
    return atoll(f->f[c]) > 0;
}

static enum figure_status absence(const struct figure *f)
{
    const bool na = some(f, RC_NOT_AVAILABLE), refused = some(f, RC_REFUSED),
               missing = some(f, RC_MISSING);

    if (*f->f[RC_STATED] != 0)
        return FS_NO_WEIGHT;
    if (na + refused + missing == 1)
        return na ? FS_NOT_AVAILABLE : refused ? FS_REFUSED : FS_MISSING;
    return FS_MISSING;
}

enum figure_status figure_status(const struct figure *f)
{
    const char *value = f->f[RC_VALUE], *basis = f->f[RC_BASIS];

    if (*value == 0)
        return absence(f);
    if (strcmp(value, "0") == 0 && some(f, RC_NIL) &&
        atoll(f->f[RC_NIL]) >= atoll(f->f[RC_REPORTED]))
        return FS_NIL;
    if (strcmp(basis, "stated") == 0)
        return FS_STATED;
    if (strcmp(basis, "mixed") == 0)
        return FS_MIXED;
    if (some(f, RC_APPROXIMATE))
        return FS_APPROXIMATE;
    return strcmp(basis, "parts") == 0 ? FS_DERIVED : FS_REPORTED;
}

const char *figure_status_word(enum figure_status status)
{
    static const char *const words[] = {
        [FS_REPORTED] = "reported",
        [FS_NIL] = "nil",
        [FS_DERIVED] = "derived",
        [FS_STATED] = "stated",
        [FS_MIXED] = "mixed",
        [FS_APPROXIMATE] = "approximate",
        [FS_NOT_AVAILABLE] = "not_available",
        [FS_REFUSED] = "refused",
        [FS_NO_WEIGHT] = "no_weight",
        [FS_MISSING] = "missing",
    };

    return words[status];
}

char *extract_name(struct arena *a, const struct totals *t, int64_t number,
                   const char *format)
{
    static const char *const prefixes[] = {"tinh ", "thanh pho "};
    const char *agency = text_key_bare(a, t->province_name);
    const bool actual = strcmp(t->vintage, "actual") == 0;
    /* one folder takes the files of all schemes; those of the decree keep the short name
     */
    const bool decree = strcmp(t->scheme, "nd09") == 0;
    char *plain = arena_str(a, agency != NULL ? agency : t->province_code), *to = plain;

    for (size_t i = 0; i < COUNT(prefixes); i++)
        if (strncmp(plain, prefixes[i], strlen(prefixes[i])) == 0)
            to = plain + strlen(prefixes[i]);
    plain = to;
    for (const char *from = plain; *from != 0; from++)
        if ((*from >= 'a' && *from <= 'z') || (*from >= '0' && *from <= '9'))
            *to++ = *from;
    *to = 0;
    return arena_printf(a, "%s_htx_%s%s%s%s%s_v%" PRId64 ".%s", plain,
                        decree ? "" : t->scheme, decree ? "" : "-", t->period,
                        actual ? "" : "-", actual ? "" : t->vintage, number, format);
}

const char *provisional_vi(struct arena *a, const struct totals *t)
{
    size_t none = 0, partly = 0;
    int64_t unconfirmed = 0;

    for (size_t i = 0; i < t->n_units; i++) {
        const struct unit_line *u = &t->units[i];

        none += u->expected && strcmp(u->state, "none") == 0;
        partly += strcmp(u->state, "partly") == 0;
        unconfirmed += u->unconfirmed;
    }
    if (none == 0 && partly == 0 && unconfirmed == 0)
        return NULL;
    return arena_printf(a,
                        "Số liệu chưa xác nhận: %zu đơn vị chưa gửi, %zu đơn vị đã gửi "
                        "một phần, %" PRId64 " tổ chức chưa xác nhận trong danh bạ",
                        none, partly, unconfirmed);
}
