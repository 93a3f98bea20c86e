/* One observation a figure, and the difference between two publications. */
#include "aggregator/sdmx/sdmx_own.h"
#include "proto/crypto.h"

#include <ctype.h>

/* ---- the period ---- */

static bool digits(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isdigit((unsigned char)s[i]))
            return false;
    return true;
}

/*
 * "2025-S1", "2025", "2025-Q3", "2025-M07" are SDMX's own; nine months ("2025-9T") and
 * plans of several years ("2021-2025") are a time range: begin and duration. Of any other
 * code only the cut-off says when it was.
 */
static bool period_of(const char *code, struct arena *a, const char **freq,
                      const char **time)
{
    const size_t n = strlen(code);
    const char *part = code + 5;

    *time = code;
    if (n < 4 || !digits(code, 4) || (n > 4 && code[4] != '-'))
        return false;
    if (n == 4) {
        *freq = "A";
        return true;
    }
    if (n == 7 && (part[0] == 'S' || part[0] == 'Q') && part[1] >= '1' &&
        part[1] <= (part[0] == 'S' ? '2' : '4')) {
        *freq = part[0] == 'S' ? "S" : "Q";
        return true;
    }
    if (n == 8 && part[0] == 'M' && digits(part + 1, 2) && atoi(part + 1) >= 1 &&
        atoi(part + 1) <= 12) {
        *freq = "M";
        return true;
    }
    *freq = "_O";
    if ((n == 7 || n == 8) && part[n - 6] == 'T' && digits(part, n - 6) &&
        atoi(part) >= 1 && atoi(part) <= 12) {
        *time = arena_printf(a, "%.4s-01-01/P%dM", code, atoi(part));
        return true;
    }
    if (n == 9 && digits(part, 4) && atoi(part) >= atoi(code)) {
        *time = arena_printf(a, "%.4s-01-01/P%dY", code, atoi(part) - atoi(code) + 1);
        return true;
    }
    return false;
}

/* ---- one figure ---- */

struct reading {
    struct sdmx *s;
    const struct sdmx_source *of;
    const char *freq, *time;
    /* of the figure before: they come in order */
    const char *unit, *from, *area;
    const char *code;
    const struct indicator *ind;
    struct sdmx_measure measure;
};

static bool read_area(struct reading *r, const struct figure *f, struct err *e)
{
    struct sdmx *s = r->s;
    const char *unit = f->f[RC_UNIT], *from = f->f[RC_UNIT_FROM];

    if (r->unit != NULL && strcmp(unit, r->unit) == 0 && strcmp(from, r->from) == 0)
        return true;
    r->unit = unit;
    r->from = from;
    if (*unit == 0) {
        r->area = sdmx_id(&s->arena, r->of->totals->province_code);
        return true;
    }
    r->area = sdmx_area(&s->arena, unit, from);
    return sdmx_list_put(
        s, SL_AREA,
        (struct sdmx_code){r->area, sdmx_id(&s->arena, r->of->totals->province_code),
                           unit, unit, unit},
        e);
}

static bool read_indicator(struct reading *r, const struct figure *f, struct err *e)
{
    const char *code = f->f[RC_INDICATOR];

    if (r->code != NULL && strcmp(code, r->code) == 0)
        return true;
    r->code = code;
    r->ind = catalogue_indicator(r->of->catalogue, code);
    if (r->ind == NULL)
        return err_set(e, ERR_SETUP,
                       "%s: không có trong danh mục %u / not in catalogue %u", code,
                       r->of->catalogue->version, r->of->catalogue->version);
    r->measure = sdmx_measure_of(&r->s->arena, r->ind);
    return true;
}

/* A borrower, a decision: any name may stand there, so its id is made of its hash. */
static bool free_name(struct sdmx *s, const char *name, const char **id, struct err *e)
{
    const struct hash h = hash_of(DOMAIN_FILE, span_str(name));
    char hex[2 * HASH_LEN + 1];

    *id = arena_printf(&s->arena, "name-%.16s", hash_hex(&h, hex));
    return sdmx_list_put(s, SL_BREAKDOWN, (struct sdmx_code){*id, NULL, name, name, name},
                         e);
}

/*
 * Divided by sector, b1 is a sector. Where it is not, and a line of a form names a sector
 * all the same, that is another figure and has an id of its own.
 */
static bool read_part(struct reading *r, const struct figure *f, const char *code,
                      size_t *dim, const char **id, struct err *e)
{
    struct sdmx *s = r->s;
    const bool by_sector = strchr(f->by, 's') != NULL && *dim == 0;
    const struct breakdown *b = NULL;

    *id = "_T";
    if (*code == 0)
        return true;
    if (by_sector) {
        b = catalogue_breakdown(r->of->catalogue, "sector", code);
    } else {
        for (; b == NULL && r->ind->dims[*dim] != NULL; ++*dim)
            b = catalogue_breakdown(r->of->catalogue, r->ind->dims[*dim], code);
    }
    if (b == NULL && by_sector) { /* unknown, undivided */
        *id = sdmx_id(&s->arena, arena_printf(&s->arena, "sector.%s", code));
        return sdmx_list_put(s, SL_BREAKDOWN,
                             (struct sdmx_code){*id, NULL, code, code, code}, e);
    }
    if (b == NULL)
        return free_name(s, code, id, e);
    *id = sdmx_id(&s->arena, arena_printf(&s->arena, "%s.%s", b->dim, b->code));
    if (by_sector || strcmp(b->dim, "sector") != 0 || *f->f[RC_B2] != 0)
        return true;
    *id = arena_printf(&s->arena, "line-%s", *id);
    return sdmx_list_put(
        s, SL_BREAKDOWN,
        (struct sdmx_code){*id, NULL, b->code,
                           arena_printf(&s->arena, "%s (theo dòng của biểu)", b->name_vi),
                           arena_printf(&s->arena, "%s (a line of a form)", b->name_en)},
        e);
}

/* The unit's series does not go on from before the period. */
static bool broken(const struct totals *t, const struct figure *f)
{
    for (size_t i = 0; *f->f[RC_UNIT] != 0 && i < t->n_breaks; i++)
        if (strcmp(t->breaks[i].unit, f->f[RC_UNIT]) == 0 &&
            strcmp(t->breaks[i].from, f->f[RC_UNIT_FROM]) == 0)
            return true;
    return false;
}

static bool incomplete(const struct figure *f)
{
    static const enum rollup_column of[][2] = {
        {RC_REPORTED,          RC_EXPECTED         },
        {RC_UNITS_REPORTED,    RC_UNITS_EXPECTED   },
        {RC_ENTITIES_REPORTED, RC_ENTITIES_EXPECTED}
    };

    /* entities are told beside a statement too: there they say nothing of it */
    const size_t n = strcmp(f->f[RC_SOURCE], "statement") == 0 ? 2 : COUNT(of);

    for (size_t i = 0; i < n; i++)
        if (*f->f[of[i][1]] != 0 && atoll(f->f[of[i][0]]) < atoll(f->f[of[i][1]]))
            return true;
    return false;
}

const char *sdmx_status(const struct totals *t, const struct figure *f)
{
    switch (figure_status(f)) {
    case FS_NOT_AVAILABLE:
        return "NOT_YET";
    case FS_REFUSED:
        return "L";
    case FS_NO_WEIGHT:
        return "NO_WEIGHT";
    case FS_MISSING:
        return "O";
    case FS_NIL:
        return "NIL";
    case FS_STATED:
    case FS_MIXED:
    case FS_APPROXIMATE:
        return "E";
    case FS_DERIVED:
    case FS_REPORTED:
        break;
    }
    if (strcmp(f->f[RC_VINTAGE], "estimate") == 0)
        return "E";
    return broken(t, f) ? "B" : incomplete(f) ? "P" : "A";
}

/* A word of the roll-up; one that a newer method made stands in the list as it is. */
static bool read_word(struct reading *r, enum sdmx_component c, struct sdmx_row *row,
                      struct err *e)
{
    const char *word = row->v[c];

    if (*word == 0)
        return true;
    row->v[c] = sdmx_id(&r->s->arena, word);
    return sdmx_list_put(r->s, (enum sdmx_list_no)sdmx_concepts[c].list,
                         (struct sdmx_code){row->v[c], NULL, word, word, word}, e);
}

static bool read_row(struct reading *r, const struct figure *f, struct sdmx_row *row,
                     struct err *e)
{
    static const struct {
        enum sdmx_component to;
        enum rollup_column from;
    } TAKEN[] = {
        {SC_OBS_VALUE,                  RC_VALUE            },
        {SC_BASIS,                      RC_BASIS            },
        {SC_SOURCE,                     RC_SOURCE           },
        {SC_COVERAGE_REPORTED,          RC_REPORTED         },
        {SC_COVERAGE_EXPECTED,          RC_EXPECTED         },
        {SC_COVERAGE_UNITS_REPORTED,    RC_UNITS_REPORTED   },
        {SC_COVERAGE_UNITS_EXPECTED,    RC_UNITS_EXPECTED   },
        {SC_COVERAGE_ENTITIES_REPORTED, RC_ENTITIES_REPORTED},
        {SC_COVERAGE_ENTITIES_EXPECTED, RC_ENTITIES_EXPECTED},
        {SC_COUNT_NIL,                  RC_NIL              },
        {SC_COUNT_NOT_AVAILABLE,        RC_NOT_AVAILABLE    },
        {SC_COUNT_REFUSED,              RC_REFUSED          },
        {SC_COUNT_MISSING,              RC_MISSING          },
        {SC_COUNT_APPROXIMATE,          RC_APPROXIMATE      },
        {SC_NUMERATOR,                  RC_NUMERATOR        },
        {SC_DENOMINATOR,                RC_DENOMINATOR      },
        {SC_STATED,                     RC_STATED           }
    };
    size_t dim = 0;

    if (!read_area(r, f, e) || !read_indicator(r, f, e) ||
        !read_part(r, f, f->f[RC_B1], &dim, &row->v[SC_BREAKDOWN1], e))
        return false;
    dim += strchr(f->by, 's') != NULL && dim == 0;
    if (!read_part(r, f, f->f[RC_B2], &dim, &row->v[SC_BREAKDOWN2], e))
        return false;
    row->v[SC_FREQ] = r->freq;
    row->v[SC_TIME_PERIOD] = r->time;
    row->v[SC_REF_AREA] = r->area;
    row->v[SC_INDICATOR] = sdmx_id(&r->s->arena, r->code);
    row->v[SC_VINTAGE] = f->f[RC_VINTAGE];
    row->v[SC_UNIT_MEASURE] = r->measure.unit;
    row->v[SC_UNIT_MULT] = r->measure.mult;
    row->v[SC_DECIMALS] = r->measure.decimals;
    row->v[SC_OBS_STATUS] = sdmx_status(r->of->totals, f);
    row->v[SC_QUALIFIER] = atoll(f->f[RC_APPROXIMATE]) > 0 ? "about" : "";
    for (size_t i = 0; i < COUNT(TAKEN); i++)
        row->v[TAKEN[i].to] = f->f[TAKEN[i].from];
    return read_word(r, SC_VINTAGE, row, e) && read_word(r, SC_BASIS, row, e) &&
           read_word(r, SC_SOURCE, row, e);
}

static bool read_rows(struct sdmx *s, const struct sdmx_source *of,
                      struct sdmx_row **rows, size_t *n, struct err *e)
{
    const struct totals *t = of->totals;
    struct reading r = {.s = s, .of = of};

    if (!period_of(t->period, &s->arena, &r.freq, &r.time)) {
        char day[11];

        if (t->cutoff == DATE_NONE)
            return err_set(e, ERR_INPUT,
                           "kỳ %s không viết được theo SDMX / the period %s has no form "
                           "in SDMX",
                           t->period, t->period);
        r.freq = "_O";
        r.time = arena_str(&s->arena, date_iso(t->cutoff, day));
    }
    *n = t->n_figures;
    *rows = mem_array(*n, sizeof **rows);
    for (size_t i = 0; i < *n; i++)
        if (!read_row(&r, &t->figures[i], &(*rows)[i], e))
            return false;
    return true;
}

/* ---- the difference ---- */

static int by_key(const void *x, const void *y)
{
    const struct sdmx_row *a = x, *b = y;

    for (size_t i = 0; i < SDMX_KEY; i++) {
        const int c = strcmp(a->v[i], b->v[i]);

        if (c != 0)
            return c;
    }
    return 0;
}

static bool same_row(const struct sdmx_row *a, const struct sdmx_row *b)
{
    for (size_t i = SDMX_KEY; i < SDMX_COMPONENTS; i++)
        if (strcmp(a->v[i], b->v[i]) != 0)
            return false;
    return true;
}

/* No key may stand for two figures: readers would take the last, or none. */
static bool keys_are_unique(struct sdmx *s, struct sdmx_row *sorted, size_t n,
                            struct err *e)
{
    qsort(sorted, n, sizeof *sorted, by_key);
    for (size_t i = 1; i < n; i++)
        if (by_key(&sorted[i - 1], &sorted[i]) == 0)
            return err_set(e, ERR_SETUP, "hai số liệu cùng chỗ trong SDMX / two figures: %s",
                           sdmx_series_key(&s->arena, &sorted[i]));
    return true;
}

/* Both lists are in order and become what is new or changed, and what is gone. */
static void subtract(struct sdmx *s)
{
    size_t now = 0, old = 0, kept = 0, gone = 0;

    while (now < s->n_rows || old < s->n_gone) {
        const int c = now == s->n_rows   ? 1
                      : old == s->n_gone ? -1
                                         : by_key(&s->rows[now], &s->gone[old]);

        if (c > 0) {
            s->gone[gone++] = s->gone[old++];
            continue;
        }
        if (c < 0 || !same_row(&s->rows[now], &s->gone[old]))
            s->rows[kept++] = s->rows[now];
        now++;
        old += c == 0;
    }
    s->n_rows = kept;
    s->n_gone = gone;
}

bool sdmx_make(struct sdmx *s, const struct sdmx_source *now,
               const struct sdmx_source *since, struct err *e)
{
    struct sdmx_row *sorted = NULL;
    bool ok;

    *s = (struct sdmx){.now = now, .since = since};
    s->dataflow = sdmx_dataflow(&s->arena, now->totals->scheme);
    s->dataflow_vi = "Kinh tế tập thể, hợp tác xã";
    s->dataflow_en = "Cooperatives and the collective economy";
    if (strcmp(s->dataflow, SDMX_DSD) != 0) {
        s->dataflow_vi = arena_printf(&s->arena, "%s (hệ kỳ báo cáo %s)", s->dataflow_vi,
                                      now->totals->scheme);
        s->dataflow_en = arena_printf(&s->arena, "%s (periods: %s)", s->dataflow_en,
                                      now->totals->scheme);
    }
    ok = sdmx_lists_add(s, now, e) && (since == NULL || sdmx_lists_add(s, since, e)) &&
         read_rows(s, now, &s->rows, &s->n_rows, e);
    if (ok && since != NULL)
        ok = read_rows(s, since, &s->gone, &s->n_gone, e) &&
             keys_are_unique(s, s->rows, s->n_rows, e) &&
             keys_are_unique(s, s->gone, s->n_gone, e);
    if (ok && since != NULL) {
        subtract(s);
    } else if (ok) {
        sorted = mem_array(s->n_rows, sizeof *sorted);
        if (s->n_rows > 0)
            memcpy(sorted, s->rows, s->n_rows * sizeof *sorted);
        ok = keys_are_unique(s, sorted, s->n_rows, e);
        free(sorted);
    }
    if (!ok)
        sdmx_clear(s);
    return ok;
}

void sdmx_clear(struct sdmx *s)
{
    for (size_t i = 0; i < SDMX_LISTS; i++)
        free(s->lists[i].codes);
    free(s->rows);
    free(s->gone);
    arena_clear(&s->arena);
    *s = (struct sdmx){0};
}
