#include "proto/catalogue.h"

#include "proto/base/file.h"
#include "proto/base/text.h"
#include "proto/catalogue_own.h"
#include "proto/rules.h"

#include <unistd.h>

const char *const catalogue_files[] = {
    "catalogue.tsv", "indicators.tsv", "breakdowns.tsv", "forms.tsv", "rows.tsv",
    "periods.tsv", "rules.tsv", "sources.tsv", "texts.tsv",
    /* optional ones, CATALOGUE_NEEDED and on: a bundle may lack them */
    "holidays.tsv", "classes.tsv", "offices.tsv", "legal.tsv",
    "national_db.tsv", NULL};

enum { FILE_MAX = 4 * 1024 * 1024 };

static const struct catalogue_own *own(const struct catalogue *c)
{
    return (const struct catalogue_own *)c;
}

int catalogue_namespace(const char *code)
{
    if ((code[0] != 'x' && code[0] != 'X') || code[1] < '0' || code[1] > '9' ||
        code[2] < '0' || code[2] > '9' || code[3] != '.')
        return -1;
    return 10 * (code[1] - '0') + code[2] - '0';
}

/* The first line of the file is that of the national one, and does not come twice. */
static bool append_local(const char *path, struct bytes *data, struct err *e)
{
    size_t head = 0;
    struct bytes local = {0};
    bool ok = file_read(path, FILE_MAX, &local, e);

    while (head < data->n && data->p[head] != '\n')
        head++;
    if (ok && (local.n <= head || memcmp(local.p, data->p, head + 1) != 0))
        ok = err_set(e, ERR_INPUT, "%s:1: not the first line of the national file", path);
    if (ok)
        bytes_add(data, local.p + head + 1, local.n - head - 1);
    bytes_clear(&local);
    return ok;
}

bool catalogue_bundle(const char *dir, struct bytes *bundle, struct err *e)
{
    struct arena a = {0};
    struct bytes data = {0};
    bool ok = false;

    bundle->n = 0;
    for (size_t i = 0; catalogue_files[i] != NULL; i++) {
        const char *name = catalogue_files[i];
        const char *path = arena_printf(&a, "%s/%s", dir, name);
        const char *local =
            arena_printf(&a, "%s/%.*s.local.tsv", dir, (int)strlen(name) - 4, name);

        data.n = 0;
        if (i >= CATALOGUE_NEEDED && access(path, F_OK) != 0 && access(local, F_OK) != 0)
            continue;
        if (!file_read(path, FILE_MAX, &data, e) ||
            (access(local, F_OK) == 0 && !append_local(local, &data, e)))
            goto out;
        bytes_printf(bundle, "%s %zu\n", name, data.n);
        bytes_add(bundle, data.p, data.n);
    }
    ok = true;
out:
    bytes_clear(&data);
    arena_clear(&a);
    return ok;
}

/* "NAME LENGTH\n" in front of the file's bytes; the bundle is left behind them. */
static bool next_part(struct span *bundle, const char *name, struct span *part,
                      struct err *e)
{
    const unsigned char *end = memchr(bundle->p, '\n', bundle->n < 80 ? bundle->n : 80);
    const unsigned char *p = bundle->p + strlen(name) + 1;
    size_t n = 0;

    for (; p < end && *p >= '0' && *p <= '9' && n <= bundle->n; p++)
        n = n * 10 + (size_t)(*p - '0');
    bundle->n -= (size_t)(end + 1 - bundle->p);
    bundle->p = end + 1;
    if (p != end || n > bundle->n)
        return err_set(e, ERR_INPUT, "catalogue bundle: %s is cut short", name);
    *part = (struct span){bundle->p, n};
    bundle->p += n;
    bundle->n -= n;
    return true;
}

/* Does the bundle go on with this file? */
static bool part_is_next(struct span bundle, const char *name)
{
    const size_t n = strlen(name);
    const unsigned char *end =
        bundle.n > 0 ? memchr(bundle.p, '\n', bundle.n < 80 ? bundle.n : 80) : NULL;

    return end != NULL && (size_t)(end - bundle.p) >= n + 2 &&
           memcmp(bundle.p, name, n) == 0 && bundle.p[n] == ' ';
}

bool catalogue_split(struct span bundle, struct span parts[CATALOGUE_PARTS],
                     struct err *e)
{
    for (size_t i = 0; catalogue_files[i] != NULL; i++) {
        parts[i] = (struct span){0};
        if (part_is_next(bundle, catalogue_files[i])) {
            if (!next_part(&bundle, catalogue_files[i], &parts[i], e))
                return false;
        } else if (i < CATALOGUE_NEEDED) {
            return err_set(e, ERR_INPUT, "catalogue bundle: %s is missing",
                           catalogue_files[i]);
        }
    }
    return bundle.n == 0 ||
           err_set(e, ERR_INPUT, "catalogue bundle: bytes behind the last file");
}

const struct indicator *catalogue_indicator(const struct catalogue *c, const char *code)
{
    return index_find(&own(c)->indicators, code, NULL);
}

const struct indicator *catalogue_indicator_no(const struct catalogue *c, uint32_t no)
{
    return no <= own(c)->max_no ? own(c)->by_no[no] : NULL;
}

bool indicator_asked(const struct indicator *i, int32_t cutoff)
{
    return (i->valid_from == DATE_NONE || i->valid_from <= cutoff) &&
           (i->valid_to == DATE_NONE || cutoff <= i->valid_to);
}

const struct breakdown *catalogue_breakdown(const struct catalogue *c, const char *dim,
                                            const char *code)
{
    return code != NULL ? index_find(&own(c)->breakdowns, dim, code) : NULL;
}

const struct breakdown *catalogue_breakdown_named(const struct catalogue *c,
                                                  const char *dim, const char *written)
{
    struct arena a = {0};
    const char *key = written != NULL ? text_key(&a, written) : NULL;
    const struct breakdown *b =
        key != NULL && key[0] != 0 ? index_find(&own(c)->named, dim, key) : NULL;

    arena_clear(&a);
    return b;
}

bool breakdown_is_group(const char *code)
{
    return strpbrk(code, "+-") != NULL;
}

bool breakdown_group_has(const struct catalogue *c, const char *dim, const char *group,
                         const char *code)
{
    const struct breakdown *b = catalogue_breakdown(c, dim, code);
    const char *minus = strchr(group, '-');

    if (b == NULL || breakdown_is_group(code))
        return false;
    code = b->parent[0] != 0 ? b->parent : code;
    if (minus != NULL)
        return strcmp(minus + 1, code) != 0;
    for (const char *g = group; *g != 0;) {
        size_t n = strcspn(g, "+");

        if (strncmp(g, code, n) == 0 && code[n] == 0)
            return true;
        g += n + (g[n] == '+');
    }
    return false;
}

const struct form *catalogue_form(const struct catalogue *c, const char *code,
                                  uint32_t version)
{
    char text[16];

    snprintf(text, sizeof text, "%u", version);
    return index_find(&own(c)->forms, code, text);
}

const char *catalogue_mark(const struct catalogue *c, const char *code)
{
    const char *mark = code;

    for (size_t i = 0; i < c->n_forms; i++)
        if (strcmp(c->forms[i].code, code) == 0)
            mark = c->forms[i].mark;
    return mark;
}

const struct period *catalogue_period(const struct catalogue *c, const char *code)
{
    const char *colon = code != NULL ? strchr(code, ':') : NULL;

    if (code == NULL)
        return NULL;
    if (colon != NULL) {
        char scheme[32];

        if ((size_t)(colon - code) >= sizeof scheme)
            return NULL;
        memcpy(scheme, code, (size_t)(colon - code));
        scheme[colon - code] = 0;
        return index_find(&own(c)->periods, scheme, colon + 1);
    }
    for (size_t i = 0; i < c->n_periods; i++)
        if (strcmp(c->periods[i].code, code) == 0)
            return &c->periods[i];
    return NULL;
}

int32_t period_due(const struct catalogue *c, const struct period *p)
{
    return workday_from(&c->holidays, p->due);
}

static int compare_cell(const struct form_cell *cell, uint32_t no, const char *b1,
                        const char *b2)
{
    int d;

    if (cell->indicator->no != no)
        return cell->indicator->no < no ? -1 : 1;
    d = strcmp(cell->b1, b1);
    return d != 0 ? d : strcmp(cell->b2, b2);
}

int form_cell_index(const struct form *f, uint32_t indicator, const char *b1,
                    const char *b2)
{
    size_t low = 0, high = f->n_cells;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int d = compare_cell(&f->cells[f->sorted[mid]], indicator, b1 != NULL ? b1 : "",
                             b2 != NULL ? b2 : "");

        if (d == 0)
            return (int)f->sorted[mid];
        if (d < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return -1;
}

const char *catalogue_text(const struct catalogue *c, const char *key, enum lang lang)
{
    const struct text_pair *t = index_find(&own(c)->texts, key, NULL);

    if (t == NULL && c->words != NULL)
        t = index_find(&own(c->words)->texts, key, NULL);
    return t != NULL ? t->in[lang] : key;
}

void value_plain(int64_t value, int64_t scale, struct bytes *out)
{
    uint64_t u = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t s = scale > 0 ? (uint64_t)scale : 1, rest = u % s;

    bytes_printf(out, "%s%llu", value < 0 ? "-" : "", (unsigned long long)(u / s));
    if (rest == 0)
        return;
    bytes_char(out, '.');
    for (s /= 10; rest != 0 && s != 0; s /= 10) {
        bytes_char(out, (int)('0' + rest / s));
        rest %= s;
    }
}

/* A plain number ("-1234567.89") for people: dots between thousands, decimal comma. */
static void number_vi(const char *plain, struct bytes *out)
{
    size_t sign = plain[0] == '-', whole = strcspn(plain + sign, ".");
    const char *p = plain + sign;

    bytes_add(out, plain, sign);
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            bytes_char(out, '.');
        bytes_char(out, p[i]);
    }
    if (p[whole] == '.') {
        bytes_char(out, ',');
        bytes_str(out, p + whole + 1);
    }
}

void value_vi(int64_t value, int64_t scale, struct bytes *out)
{
    struct bytes plain = {0};

    value_plain(value, scale, &plain);
    number_vi(bytes_cstr(&plain), out);
    bytes_clear(&plain);
}

static const char *breakdown_name(const struct catalogue *c, const struct indicator *ind,
                                  const char *code, enum lang lang)
{
    for (size_t i = 0; ind != NULL && ind->dims[i] != NULL; i++) {
        const struct breakdown *b = catalogue_breakdown(c, ind->dims[i], code);

        if (b != NULL)
            return lang == LANG_VI ? b->name_vi : b->name_en;
    }
    return code; /* a free name */
}

static void render_breakdown(const struct catalogue *c, const struct finding *f,
                             const struct indicator *ind, enum lang lang,
                             struct bytes *out)
{
    if (f->b1 != NULL && f->b1[0] != 0)
        bytes_str(out, breakdown_name(c, ind, f->b1, lang));
    if (f->b2 != NULL && f->b2[0] != 0) {
        bytes_str(out, ", ");
        bytes_str(out, breakdown_name(c, ind, f->b2, lang));
    }
}

static void render_field(const struct catalogue *c, const struct finding *f,
                         const char *name, enum lang lang, struct bytes *out)
{
    const struct indicator *ind = catalogue_indicator_no(c, f->indicator);
    bool number = name[0] == '#';
    const char *arg = name + number;

    if (arg[0] >= '1' && arg[0] <= '0' + FINDING_ARGS && arg[1] == 0) {
        const char *v = f->args[arg[0] - '1'];

        if (v == NULL)
            return;
        if (number && lang == LANG_VI)
            number_vi(v, out);
        else
            bytes_str(out, v);
    } else if (strcmp(name, "cell") == 0) {
        bytes_str(out, f->cell != NULL ? f->cell : "");
    } else if (strcmp(name, "value") == 0) {
        bytes_str(out, f->value != NULL ? f->value : "");
    } else if (strcmp(name, "unit") == 0 && ind != NULL) {
        bytes_str(out, lang == LANG_VI ? ind->unit_vi : ind->unit_en);
    } else if (strcmp(name, "breakdown") == 0) {
        render_breakdown(c, f, ind, lang, out);
    } else if (strcmp(name, "indicator") == 0 && ind != NULL) {
        bytes_str(out, lang == LANG_VI ? ind->name_vi : ind->name_en);
        if (f->b1 != NULL && f->b1[0] != 0) {
            bytes_str(out, " (");
            render_breakdown(c, f, ind, lang, out);
            bytes_char(out, ')');
        }
    }
}

void finding_render(const struct catalogue *c, const struct finding *f, enum lang lang,
                    struct bytes *out)
{
    const char *t = c->rules != NULL ? rules_text(c->rules, f->code, lang) : NULL;
    char key[80];

    if (t == NULL) {
        const char *code = f->code != NULL ? f->code : "";

        /* why a file was refused as a whole has its own group of texts */
        snprintf(key, sizeof key, "%s.%s",
                 strncmp(code, "SHEET-", 6) == 0 ? "sheet" : "finding", code);
        t = catalogue_text(c, key, lang);
    }
    if (f->cell != NULL && f->cell[0] != 0 && strstr(t, "{cell}") == NULL)
        bytes_printf(out, "%s: ", f->cell);
    while (*t != 0) {
        const char *end = *t == '{' ? strchr(t, '}') : NULL;
        char name[16];

        if (end == NULL || (size_t)(end - t) > sizeof name) {
            bytes_char(out, *t++);
            continue;
        }
        memcpy(name, t + 1, (size_t)(end - t) - 1);
        name[end - t - 1] = 0;
        render_field(c, f, name, lang, out);
        t = end + 1;
    }
}
