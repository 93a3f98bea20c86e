#include <inttypes.h>

#include "proto/base/text.h"
#include "proto/catalogue_own.h"
#include "proto/crypto.h"
#include "proto/rules.h"
#include "proto/tsv.h"

/*
 * One pass over the files in the order of the bundle; each file may name what earlier
 * ones hold. Numerators, denominators and parents may name later lines of their own
 * file, so they are checked when it ends.
 */

enum { ROWS_MAX = 20000, NUMBER_MAX = LOCAL_NUMBERS + 100 * LOCAL_NUMBERS_EACH - 1 };

/* -- files and fields -- */

size_t load_lines(struct span s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n';
    return n > 0 ? n - 1 : 0;
}

bool load_open(struct load *l, enum part part, struct tsv *t, const char *const *columns,
               size_t n_columns)
{
    if (load_lines(l->parts[part]) > ROWS_MAX)
        return err_set(l->e, ERR_INPUT, "%s: too many lines", catalogue_files[part]);
    return tsv_open(t, catalogue_files[part], l->parts[part], columns, n_columns, l->e);
}

bool load_close(struct load *l, struct tsv *t, bool ok)
{
    tsv_close(t);
    return ok && l->e->kind == ERR_NONE;
}

const char *load_text(struct load *l, const struct tsv *t, const char *column)
{
    return arena_str(&l->c->arena, tsv_get(t, column));
}

const char *const *load_list(struct load *l, const char *text, char separator)
{
    struct arena *a = &l->c->arena;
    const char **list;
    size_t n = 2;

    for (const char *p = text; *p != 0; p++)
        n += *p == separator;
    list = arena_new(a, n * sizeof *list);
    n = 0;
    while (*text != 0) {
        const char *end = strchr(text, separator);
        size_t len = end != NULL ? (size_t)(end - text) : strlen(text);
        size_t skip = strspn(text, " ");

        while (len > skip && text[len - 1] == ' ')
            len--;
        if (len > skip)
            list[n++] = arena_strn(a, text + skip, len - skip);
        text = end != NULL ? end + 1 : "";
    }
    return list;
}

bool load_validity(struct load *l, const struct tsv *t, int32_t *from, int32_t *to)
{
    if (!tsv_date(t, "valid_from", DATE_NONE, from, l->e) ||
        !tsv_date(t, "valid_to", DATE_NONE, to, l->e))
        return false;
    return *from == DATE_NONE || *to == DATE_NONE || *from <= *to ||
           tsv_error(t, l->e, "valid_to", "before valid_from");
}

bool load_code(const struct tsv *t, struct err *e, const char *column)
{
    const char *s = tsv_get(t, column);

    if (s[0] == 0)
        return tsv_error(t, e, column, "must be given");
    if (strlen(s) > 60 || strpbrk(s, " :,|[]'\"") != NULL || text_has_hidden(s))
        return tsv_error(t, e, column, "not a code");
    return true;
}

bool load_names(const struct tsv *t, struct err *e)
{
    return tsv_given(t, "name_vi", e) && tsv_given(t, "name_en", e);
}

/* -- catalogue.tsv -- */

static bool load_head(struct load *l)
{
    static const char *const columns[] = {"key", "value"};
    struct catalogue *c = &l->c->pub;
    struct tsv t = {0};
    bool ok = load_open(l, PART_CATALOGUE, &t, columns, COUNT(columns));

    while (ok && tsv_next(&t, l->e)) {
        const char *key = tsv_get(&t, "key");
        int64_t version = 0;

        if (strcmp(key, "version") == 0) {
            ok = tsv_int(&t, "value", 0, 1, UINT32_MAX, &version, l->e);
            c->version = (uint32_t)version;
        } else if (strcmp(key, "name_vi") == 0) {
            c->name_vi = load_text(l, &t, "value");
        } else if (strcmp(key, "name_en") == 0) {
            c->name_en = load_text(l, &t, "value");
        } else if (strcmp(key, "valid_from") == 0) {
            ok = tsv_date(&t, "value", DATE_NONE, &c->valid_from, l->e);
        } else if (strcmp(key, "accept_until") == 0) {
            ok = tsv_date(&t, "value", DATE_NONE, &c->accept_until, l->e);
        } else {
            ok = tsv_error(&t, l->e, "key", "unknown key");
        }
    }
    ok = load_close(l, &t, ok);
    if (ok && (c->version == 0 || c->name_vi == NULL || c->name_en == NULL))
        return err_set(l->e, ERR_INPUT,
                       "catalogue.tsv: version, name_vi and name_en must be given");
    return ok;
}

/* -- indicators.tsv -- */

static bool load_scale(struct load *l, const struct tsv *t, struct indicator *i)
{
    int64_t decimals, p = 1;

    if (!tsv_int(t, "scale", 1, 1, 1000000000, &i->scale, l->e) ||
        !tsv_int(t, "decimals", 0, 0, 6, &decimals, l->e))
        return false;
    while (p < i->scale)
        p *= 10;
    if (p != i->scale)
        return tsv_error(t, l->e, "scale", "not a power of ten");
    i->decimals = (int)decimals;
    return true;
}

static bool load_range(struct load *l, const struct tsv *t, struct indicator *i)
{
    const int64_t most = INT64_MAX / i->scale;

    if (!tsv_int(t, "min", -most, -most, most, &i->min, l->e) ||
        !tsv_int(t, "max", most, -most, most, &i->max, l->e))
        return false;
    if (i->min > i->max)
        return tsv_error(t, l->e, "max", "below min");
    i->min *= i->scale;
    i->max *= i->scale;
    return true;
}

static bool own_number(int64_t no, int province)
{
    if (province < 0)
        return no < LOCAL_NUMBERS;
    return no >= LOCAL_NUMBERS + province * LOCAL_NUMBERS_EACH &&
           no < LOCAL_NUMBERS + (province + 1) * LOCAL_NUMBERS_EACH;
}

static bool load_indicator(struct load *l, const struct tsv *t, struct indicator *i)
{
    static const char *const types[] = {"stock", "flow", "mean", "ratio", "given", NULL};
    static const char *const ops[] = {"sum",   "count", "last", "wmean",
                                      "ratio", "given", "none", NULL};
    int64_t no;
    size_t type, op;

    if (!tsv_int(t, "no", 0, 1, NUMBER_MAX, &no, l->e) || !tsv_given(t, "no", l->e) ||
        !load_code(t, l->e, "code") || !load_names(t, l->e) ||
        !tsv_given(t, "unit_vi", l->e) || !tsv_given(t, "unit_en", l->e) ||
        !tsv_word(t, "type", types, &type, l->e) ||
        !tsv_word(t, "operator", ops, &op, l->e) || !load_scale(l, t, i) ||
        !load_range(l, t, i) || !load_validity(l, t, &i->valid_from, &i->valid_to))
        return false;
    i->no = (uint32_t)no;
    i->code = load_text(l, t, "code");
    if (!own_number(no, catalogue_namespace(i->code)))
        return tsv_error(t, l->e, "no",
                         "a province's own code xNN. has a number from 100000 + NN x 100 "
                         "on, and no other code has one");
    i->name_vi = load_text(l, t, "name_vi");
    i->name_en = load_text(l, t, "name_en");
    i->unit_vi = load_text(l, t, "unit_vi");
    i->unit_en = load_text(l, t, "unit_en");
    i->type = (enum indicator_type)type;
    i->op = (enum indicator_op)op;
    i->level = load_text(l, t, "level");
    if (i->level[strspn(i->level, "CUP")] != 0)
        return tsv_error(t, l->e, "level", "letters of C, U, P");
    i->num = load_text(l, t, "num");
    i->den = load_text(l, t, "den");
    i->dims = load_list(l, tsv_get(t, "dims"), ',');
    if ((op == OP_RATIO && (i->num[0] == 0 || i->den[0] == 0)) ||
        (op == OP_WMEAN && i->den[0] == 0))
        return tsv_error(t, l->e, "operator", "num or den is missing");
    return true;
}

static bool load_indicators(struct load *l)
{
    static const char *const columns[] = {
        "no",    "code",     "name_vi", "name_en", "unit_vi",    "unit_en",
        "scale", "decimals", "type",    "level",   "operator",   "num",
        "den",   "min",      "max",     "dims",    "valid_from", "valid_to"};
    struct catalogue_own *c = l->c;
    size_t lines = load_lines(l->parts[PART_INDICATORS]), n = 0;
    struct indicator *list = arena_new(&c->arena, (lines + 1) * sizeof *list);
    struct tsv t = {0};
    bool ok = load_open(l, PART_INDICATORS, &t, columns, COUNT(columns));

    index_open(&c->indicators, &c->arena, lines);
    c->pub.indicators = list;
    while (ok && tsv_next(&t, l->e)) {
        struct indicator *i = &list[n++];

        ok = load_indicator(l, &t, i);
        if (ok && !index_add(&c->indicators, i->code, NULL, i))
            ok = tsv_error(&t, l->e, "code", "appears twice");
        if (i->no > c->max_no)
            c->max_no = i->no;
    }
    if (!load_close(l, &t, ok))
        return false;
    c->pub.n_indicators = n;
    c->by_no = arena_new(&c->arena, (c->max_no + 1) * sizeof *c->by_no);
    for (size_t i = 0; i < n; i++) {
        if (c->by_no[list[i].no] != NULL)
            return err_set(l->e, ERR_INPUT, "indicators.tsv: %s: no %u is taken by %s",
                           list[i].code, list[i].no, c->by_no[list[i].no]->code);
        c->by_no[list[i].no] = &list[i];
    }
    return true;
}

/* -- breakdowns.tsv -- */

static bool load_breakdown(struct load *l, const struct tsv *t, struct breakdown *b)
{
    if (!load_code(t, l->e, "dim") || !load_code(t, l->e, "code") ||
        !load_names(t, l->e) || !load_validity(l, t, &b->valid_from, &b->valid_to))
        return false;
    b->dim = load_text(l, t, "dim");
    b->code = load_text(l, t, "code");
    b->parent = load_text(l, t, "parent");
    b->name_vi = load_text(l, t, "name_vi");
    b->name_en = load_text(l, t, "name_en");
    b->aliases = load_list(l, tsv_get(t, "aliases"), '|');
    b->vsic = load_text(l, t, "vsic");
    if (!index_add(&l->c->breakdowns, b->dim, b->code, b))
        return tsv_error(t, l->e, "code", "appears twice");
    return true;
}

/* A written form may stand for one code only. */
static bool add_named(struct load *l, const struct breakdown *b, const char *written)
{
    const char *key = text_key(&l->c->arena, written);
    const struct breakdown *other = index_find(&l->c->named, b->dim, key);

    if (other != NULL && other != b)
        return err_set(l->e, ERR_INPUT,
                       "breakdowns.tsv: %s.%s: aliases: %s: also written for %s", b->dim,
                       b->code, written, other->code);
    index_add(&l->c->named, b->dim, key, b);
    return true;
}

static bool name_breakdown(struct load *l, const struct breakdown *b)
{
    if (b->parent[0] != 0 && catalogue_breakdown(&l->c->pub, b->dim, b->parent) == NULL)
        return err_set(l->e, ERR_INPUT, "breakdowns.tsv: %s.%s: parent: %s: no such code",
                       b->dim, b->code, b->parent);
    if (!add_named(l, b, b->code) || !add_named(l, b, b->name_vi) ||
        !add_named(l, b, b->name_en))
        return false;
    for (size_t i = 0; b->aliases[i] != NULL; i++)
        if (!add_named(l, b, b->aliases[i]))
            return false;
    return true;
}

/* The code must belong to one of the indicator's dimensions that is not used up. */
static bool part_allowed(struct load *l, const struct indicator *i, const char *code,
                         size_t *dim)
{
    for (; i->dims[*dim] != NULL; ++*dim)
        if (catalogue_breakdown(&l->c->pub, i->dims[*dim], code) != NULL) {
            ++*dim;
            return true;
        }
    return false;
}

/* num and den must name indicators, except a count's num, which is "fact=word". */
static bool terms_known(struct load *l, const struct indicator *i, const char *column,
                        const char *terms)
{
    const char *const *list = load_list(l, terms, ',');

    if (i->op == OP_COUNT)
        return terms[0] == 0 || strchr(terms, '=') != NULL ||
               err_set(l->e, ERR_INPUT, "indicators.tsv: %s: %s: %s: not like kind=htx",
                       i->code, column, terms);
    for (; *list != NULL; list++) {
        size_t n = strcspn(*list, ":"), dim = 0;
        const char *part = (*list)[n] != 0 ? *list + n + 1 : "all";
        const struct indicator *term =
            catalogue_indicator(&l->c->pub, arena_strn(&l->c->arena, *list, n));

        if (term == NULL)
            return err_set(l->e, ERR_INPUT,
                           "indicators.tsv: %s: %s: %s: no such indicator", i->code,
                           column, *list);
        if (strcmp(part, "all") != 0 && !part_allowed(l, term, part, &dim))
            return err_set(l->e, ERR_INPUT,
                           "indicators.tsv: %s: %s: %s: no such breakdown", i->code,
                           column, *list);
    }
    return true;
}

static bool formulas_known(struct load *l)
{
    const struct catalogue *c = &l->c->pub;

    for (size_t i = 0; i < c->n_indicators; i++)
        if (!terms_known(l, &c->indicators[i], "num", c->indicators[i].num) ||
            !terms_known(l, &c->indicators[i], "den", c->indicators[i].den))
            return false;
    return true;
}

static bool dims_known(struct load *l)
{
    const struct catalogue *c = &l->c->pub;

    for (size_t i = 0; i < c->n_indicators; i++)
        for (size_t d = 0; c->indicators[i].dims[d] != NULL; d++) {
            size_t b = 0;

            while (b < c->n_breakdowns &&
                   strcmp(c->breakdowns[b].dim, c->indicators[i].dims[d]) != 0)
                b++;
            if (b == c->n_breakdowns)
                return err_set(l->e, ERR_INPUT,
                               "indicators.tsv: %s: dims: %s: no such dimension",
                               c->indicators[i].code, c->indicators[i].dims[d]);
        }
    return true;
}

static bool load_breakdowns(struct load *l)
{
    static const char *const columns[] = {"dim",     "code",       "parent",
                                          "name_vi", "name_en",    "aliases",
                                          "vsic",    "valid_from", "valid_to"};
    struct catalogue_own *c = l->c;
    size_t lines = load_lines(l->parts[PART_BREAKDOWNS]), n = 0, written = 0;
    struct breakdown *list = arena_new(&c->arena, (lines + 1) * sizeof *list);
    struct tsv t = {0};
    bool ok = load_open(l, PART_BREAKDOWNS, &t, columns, COUNT(columns));

    index_open(&c->breakdowns, &c->arena, lines);
    while (ok && tsv_next(&t, l->e)) {
        ok = load_breakdown(l, &t, &list[n]);
        for (size_t i = 0; ok && list[n].aliases[i] != NULL; i++)
            written++;
        n++;
    }
    if (!load_close(l, &t, ok))
        return false;
    c->pub.breakdowns = list;
    c->pub.n_breakdowns = n;
    index_open(&c->named, &c->arena, 3 * n + written);
    for (size_t i = 0; i < n; i++)
        if (!name_breakdown(l, &list[i]))
            return false;
    return dims_known(l) && formulas_known(l);
}

/* -- forms.tsv and rows.tsv -- */

/* The dimension that has every code of the form's columns, sector first; else NULL. */
static const char *columns_dim(const struct load *l, const struct form *f)
{
    const struct catalogue *c = &l->c->pub;

    for (size_t i = 0; i < c->n_breakdowns; i++) {
        const char *dim = c->breakdowns[i].dim;
        size_t k = 0;

        if (i > 0 && strcmp(dim, c->breakdowns[i - 1].dim) == 0)
            continue;
        while (f->columns[k] != NULL && (strcmp(f->columns[k], "all") == 0 ||
                                         catalogue_breakdown(c, dim, f->columns[k])))
            k++;
        if (f->columns[k] == NULL)
            return dim;
    }
    return NULL;
}

/* Codes across stand for one dimension; a list's may be of several. */
static bool check_columns(struct load *l, const struct tsv *t, struct form *f)
{
    const struct catalogue *c = &l->c->pub;

    f->dim = columns_dim(l, f);
    if (f->layout == LAYOUT_BY_SECTOR || f->layout == LAYOUT_BY_PERIOD)
        return f->dim != NULL ||
               tsv_error(t, l->e, "columns", "not codes of one dimension");
    f->dim = NULL;
    for (size_t i = 0; f->columns[i] != NULL; i++) {
        size_t k = 0;

        while (k < c->n_breakdowns && strcmp(c->breakdowns[k].code, f->columns[i]) != 0)
            k++;
        if (k == c->n_breakdowns && strcmp(f->columns[i], "all") != 0)
            return tsv_error(t, l->e, "columns", "not a breakdown");
    }
    return true;
}

static bool load_form(struct load *l, const struct tsv *t, struct form *f)
{
    static const char *const layouts[] = {"entity_rows", "by_sector", "by_period",
                                          "rows",        "texts",     NULL};
    int64_t version, rank;
    size_t layout;

    if (!load_code(t, l->e, "code") ||
        !tsv_int(t, "version", 0, 1, 9999, &version, l->e) ||
        !tsv_given(t, "version", l->e) || !load_names(t, l->e) ||
        !tsv_word(t, "layout", layouts, &layout, l->e) || !tsv_given(t, "mark", l->e) ||
        !tsv_int(t, "rank", 0, 0, 1000, &rank, l->e) ||
        !load_validity(l, t, &f->valid_from, &f->valid_to))
        return false;
    f->code = load_text(l, t, "code");
    f->version = (uint32_t)version;
    f->name_vi = load_text(l, t, "name_vi");
    f->name_en = load_text(l, t, "name_en");
    f->subject = subject_of(tsv_get(t, "subject"));
    if (f->subject == SUBJECT_NONE)
        return tsv_error(t, l->e, "subject", "unknown word");
    f->layout = (enum form_layout)layout;
    f->rank = (int)rank;
    f->mark = load_text(l, t, "mark");
    f->columns = load_list(l, tsv_get(t, "columns"), ',');
    f->channels = load_list(l, tsv_get(t, "channels"), ',');
    f->kinds = load_list(l, tsv_get(t, "kinds"), ',');
    for (size_t i = 0; f->channels[i] != NULL; i++)
        if (channel_of(f->channels[i]) == CHANNEL_NONE)
            return tsv_error(t, l->e, "channels", "unknown word");
    if (!check_columns(l, t, f))
        return false;
    if (!index_add(&l->c->forms, f->code, arena_printf(&l->c->arena, "%u", f->version),
                   f))
        return tsv_error(t, l->e, "version", "appears twice");
    return true;
}

static bool load_forms(struct load *l)
{
    static const char *const columns[] = {"code",    "version",    "name_vi", "name_en",
                                          "subject", "layout",     "columns", "rank",
                                          "mark",    "valid_from", "valid_to"};
    struct catalogue_own *c = l->c;
    size_t lines = load_lines(l->parts[PART_FORMS]), n = 0;
    struct form *list = arena_new(&c->arena, (lines + 1) * sizeof *list);
    struct tsv t = {0};
    bool ok = load_open(l, PART_FORMS, &t, columns, COUNT(columns));

    index_open(&c->forms, &c->arena, lines);
    while (ok && tsv_next(&t, l->e))
        ok = load_form(l, &t, &list[n++]);
    c->pub.forms = list;
    c->pub.n_forms = n;
    return load_close(l, &t, ok);
}

static void add_cell(struct form *f, const struct form_cell *cell, const char *b1)
{
    struct form_cell *own = (struct form_cell *)&f->cells[f->n_cells++];

    *own = *cell;
    own->b1 = b1;
}

/* A column of words: the whole, then the codes that fit; open dimensions have none. */
static bool add_coded(struct load *l, const struct tsv *t, struct form *f,
                      struct form_cell *cell, const char *b1, const char *b2)
{
    const struct indicator *ind = cell->indicator;
    size_t dims = 0;

    while (ind->dims[dims] != NULL)
        dims++;
    cell->coded = strcmp(b1, "*") == 0 ? 1 : 2;
    if (dims < (size_t)cell->coded || (cell->coded == 2 && b1[0] != 0) ||
        (cell->coded == 1 && b2[0] != 0))
        return tsv_error(t, l->e, cell->coded == 1 ? "b1" : "b2",
                         "no such dimension of this indicator");
    cell->b1 = cell->b2 = "";
    add_cell(f, cell, "");
    cell->required = false;
    for (size_t i = 0; cell->coded == 1 && f->columns[i] != NULL; i++)
        if (catalogue_breakdown(&l->c->pub, ind->dims[0], f->columns[i]) != NULL)
            add_cell(f, cell, f->columns[i]);
    return true;
}

static bool load_row(struct load *l, const struct tsv *t, struct form *f, size_t row)
{
    const struct indicator *ind =
        catalogue_indicator(&l->c->pub, tsv_get(t, "indicator"));
    const char *b1 = load_text(l, t, "b1"), *b2 = load_text(l, t, "b2");
    struct form_cell cell = {.indicator = ind, .b1 = b1, .b2 = b2, .row = row};
    int64_t required;
    size_t dim = 0;

    if (ind == NULL)
        return tsv_error(t, l->e, "indicator", "no such indicator");
    if (!tsv_given(t, "label_vi", l->e) || !tsv_given(t, "label_en", l->e) ||
        !tsv_int(t, "required", 0, 0, 1, &required, l->e))
        return false;
    cell.label_vi = load_text(l, t, "label_vi");
    cell.label_en = load_text(l, t, "label_en");
    cell.aliases = load_list(l, tsv_get(t, "aliases"), '|');
    cell.required = required != 0;
    if ((f->layout == LAYOUT_ENTITY_ROWS || f->layout == LAYOUT_ROWS) &&
        (strcmp(b1, "*") == 0 || strcmp(b2, "*") == 0))
        return add_coded(l, t, f, &cell, b1, b2);
    if (strcmp(b1, "*") == 0) {
        for (size_t i = 0; f->columns[i] != NULL; i++) {
            bool all = strcmp(f->columns[i], "all") == 0;

            cell.required = required != 0 && all;
            add_cell(f, &cell, all ? "" : f->columns[i]);
        }
        dim = 1;
    } else {
        if (b1[0] != 0 && !part_allowed(l, ind, b1, &dim))
            return tsv_error(t, l->e, "b1", "not a breakdown of this indicator");
        add_cell(f, &cell, b1);
    }
    if (b2[0] != 0 && !part_allowed(l, ind, b2, &dim))
        return tsv_error(t, l->e, "b2", "not a breakdown of this indicator");
    return true;
}

static int by_key(const void *x, const void *y, void *form)
{
    const struct form *f = form;
    const struct form_cell *a = &f->cells[*(const uint32_t *)x];
    const struct form_cell *b = &f->cells[*(const uint32_t *)y];
    int d;

    if (a->indicator->no != b->indicator->no)
        return a->indicator->no < b->indicator->no ? -1 : 1;
    d = strcmp(a->b1, b->b1);
    return d != 0 ? d : strcmp(a->b2, b->b2);
}

static bool sort_cells(struct load *l, struct form *f)
{
    uint32_t *sorted = arena_new(&l->c->arena, (f->n_cells + 1) * sizeof *sorted);

    for (uint32_t i = 0; i < f->n_cells; i++)
        sorted[i] = i;
    qsort_r(sorted, f->n_cells, sizeof *sorted, by_key, f);
    for (size_t i = 1; i < f->n_cells; i++)
        if (by_key(&sorted[i - 1], &sorted[i], f) == 0)
            return err_set(l->e, ERR_INPUT, "rows.tsv: %s %u: %s: the cell appears twice",
                           f->code, f->version, f->cells[sorted[i]].indicator->code);
    f->sorted = sorted;
    return f->n_cells > 0 ||
           err_set(l->e, ERR_INPUT, "rows.tsv: %s %u: no rows", f->code, f->version);
}

/* A label may name one row of its form only. */
static bool add_label(struct load *l, const struct form *f, struct index *labels,
                      const struct form_cell *cell, const char *written)
{
    const char *key = text_key(&l->c->arena, written);
    const struct form_cell *other = NULL;

    if (!index_add(labels, key, NULL, cell))
        other = index_find(labels, key, NULL);
    if (other != NULL && other->row != cell->row)
        return err_set(
            l->e, ERR_INPUT, "rows.tsv: %s %u: aliases: %s: written for %s and for %s",
            f->code, f->version, written, other->indicator->code, cell->indicator->code);
    return true;
}

static bool labels_unique(struct load *l, const struct form *f)
{
    struct index labels = {0};
    size_t n = 0;

    for (size_t i = 0; i < f->n_cells; i++) {
        n += 2;
        for (size_t k = 0; f->cells[i].aliases[k] != NULL; k++)
            n++;
    }
    index_open(&labels, &l->c->arena, n);
    for (size_t i = 0; i < f->n_cells; i++) {
        const struct form_cell *c = &f->cells[i];

        if (i > 0 && c->row == f->cells[i - 1].row)
            continue;
        if (!add_label(l, f, &labels, c, c->label_vi) ||
            !add_label(l, f, &labels, c, c->label_en))
            return false;
        for (size_t k = 0; c->aliases[k] != NULL; k++)
            if (!add_label(l, f, &labels, c, c->aliases[k]))
                return false;
    }
    return true;
}

static bool load_rows(struct load *l)
{
    static const char *const columns[] = {"form",     "version", "indicator",
                                          "b1",       "b2",      "label_vi",
                                          "label_en", "aliases", "required"};
    struct catalogue_own *c = l->c;
    size_t lines = load_lines(l->parts[PART_ROWS]), *rows;
    struct tsv t = {0};
    bool ok = load_open(l, PART_ROWS, &t, columns, COUNT(columns));

    rows = arena_new(&c->arena, (c->pub.n_forms + 1) * sizeof *rows);
    for (size_t i = 0; i < c->pub.n_forms; i++) {
        struct form *f = (struct form *)&c->pub.forms[i];
        size_t across = 1; /* and one for the whole */

        while (f->columns[across - 1] != NULL)
            across++;
        f->cells = arena_new(&c->arena, lines * across * sizeof *f->cells);
    }
    while (ok && tsv_next(&t, l->e)) {
        struct form *f = (struct form *)index_find(&c->forms, tsv_get(&t, "form"),
                                                   tsv_get(&t, "version"));

        if (f == NULL)
            ok = tsv_error(&t, l->e, "form", "no such form and version");
        else
            ok = load_row(l, &t, f, rows[f - c->pub.forms]++);
    }
    ok = load_close(l, &t, ok);
    for (size_t i = 0; ok && i < c->pub.n_forms; i++)
        ok = sort_cells(l, (struct form *)&c->pub.forms[i]) &&
             labels_unique(l, &c->pub.forms[i]);
    return ok;
}

/* -- periods.tsv -- */

static bool load_period(struct load *l, const struct tsv *t, struct period *p)
{
    static const char *const kinds[] = {"half", "year", "nine", "quarter", "multi", NULL};
    size_t kind;

    if (!load_code(t, l->e, "scheme") || !load_code(t, l->e, "code") ||
        !load_names(t, l->e) || !tsv_word(t, "kind", kinds, &kind, l->e) ||
        !tsv_given(t, "starts", l->e) || !tsv_given(t, "ends", l->e) ||
        !tsv_date(t, "starts", DATE_NONE, &p->starts, l->e) ||
        !tsv_date(t, "ends", DATE_NONE, &p->ends, l->e) ||
        !tsv_date(t, "opens", p->starts, &p->opens, l->e) ||
        !tsv_date(t, "cutoff", p->ends, &p->cutoff, l->e) ||
        !tsv_date(t, "due", p->ends, &p->due, l->e) ||
        !tsv_date(t, "closes", p->due, &p->closes, l->e))
        return false;
    if (p->ends < p->starts)
        return tsv_error(t, l->e, "ends", "before starts");
    if (p->due < p->opens || p->closes < p->due)
        return tsv_error(t, l->e, "closes", "opens, due, closes are out of order");
    p->scheme = load_text(l, t, "scheme");
    p->code = load_text(l, t, "code");
    p->kind = kinds[kind];
    p->name_vi = load_text(l, t, "name_vi");
    p->name_en = load_text(l, t, "name_en");
    if (!index_add(&l->c->periods, p->scheme, p->code, p))
        return tsv_error(t, l->e, "code", "appears twice");
    return true;
}

static bool load_periods(struct load *l)
{
    static const char *const columns[] = {"scheme",  "code",   "kind",  "name_vi",
                                          "name_en", "starts", "ends",  "opens",
                                          "cutoff",  "due",    "closes"};
    struct catalogue_own *c = l->c;
    size_t lines = load_lines(l->parts[PART_PERIODS]), n = 0;
    struct period *list = arena_new(&c->arena, (lines + 1) * sizeof *list);
    struct tsv t = {0};
    bool ok = load_open(l, PART_PERIODS, &t, columns, COUNT(columns));

    index_open(&c->periods, &c->arena, lines);
    while (ok && tsv_next(&t, l->e))
        ok = load_period(l, &t, &list[n++]);
    c->pub.periods = list;
    c->pub.n_periods = n;
    return load_close(l, &t, ok);
}

/* -- sources.tsv and texts.tsv -- */

static bool load_source(struct load *l, const struct tsv *t, struct source_order *s)
{
    static const char *const sources[] = {"statement", "entity", "complete_entity",
                                          "event", NULL};
    const char *vintage = tsv_get(t, "vintage"), *code = tsv_get(t, "indicator");
    const char *const *order = load_list(l, tsv_get(t, "order"), ',');

    if (strcmp(code, "*") != 0 && catalogue_indicator(&l->c->pub, code) == NULL)
        return tsv_error(t, l->e, "indicator", "no such indicator");
    s->vintage = vintage_of(vintage);
    if (s->vintage == VINTAGE_NONE && vintage[0] != 0 && strcmp(vintage, "*") != 0)
        return tsv_error(t, l->e, "vintage", "unknown word");
    if (!tsv_given(t, "period_kind", l->e) || !tsv_given(t, "order", l->e))
        return false;
    for (; *order != NULL; order++) {
        size_t i = 0;

        while (sources[i] != NULL && strcmp(sources[i], *order) != 0)
            i++;
        if (sources[i] == NULL)
            return tsv_error(t, l->e, "order", "unknown source");
    }
    s->indicator = load_text(l, t, "indicator");
    s->period_kind = load_text(l, t, "period_kind");
    s->order = load_text(l, t, "order");
    return true;
}

static bool load_sources(struct load *l)
{
    static const char *const columns[] = {"indicator", "period_kind", "vintage", "order"};
    struct catalogue_own *c = l->c;
    size_t lines = load_lines(l->parts[PART_SOURCES]), n = 0;
    struct source_order *list = arena_new(&c->arena, (lines + 1) * sizeof *list);
    struct tsv t = {0};
    bool ok = load_open(l, PART_SOURCES, &t, columns, COUNT(columns));

    while (ok && tsv_next(&t, l->e))
        ok = load_source(l, &t, &list[n++]);
    c->pub.sources = list;
    c->pub.n_sources = n;
    return load_close(l, &t, ok);
}

static bool load_texts(struct load *l)
{
    static const char *const columns[] = {"key", "vi", "en"};
    struct catalogue_own *c = l->c;
    size_t lines = load_lines(l->parts[PART_TEXTS]), n = 0;
    struct text_pair *list = arena_new(&c->arena, (lines + 1) * sizeof *list);
    struct tsv t = {0};
    bool ok = load_open(l, PART_TEXTS, &t, columns, COUNT(columns));

    index_open(&c->texts, &c->arena, lines);
    while (ok && tsv_next(&t, l->e)) {
        struct text_pair *p = &list[n++];

        if (!load_code(&t, l->e, "key") || !tsv_given(&t, "vi", l->e) ||
            !tsv_given(&t, "en", l->e)) {
            ok = false;
            break;
        }
        p->in[LANG_VI] = load_text(l, &t, "vi");
        p->in[LANG_EN] = load_text(l, &t, "en");
        if (!index_add(&c->texts, load_text(l, &t, "key"), NULL, p))
            ok = tsv_error(&t, l->e, "key", "appears twice");
    }
    return load_close(l, &t, ok);
}

static bool indicator_known(const void *catalogue, const char *code)
{
    return catalogue_indicator(catalogue, code) != NULL;
}

bool catalogue_load(struct catalogue **out, struct span bundle, struct err *e)
{
    struct catalogue_own *c = mem_new(sizeof *c);
    struct load l = {.c = c, .e = e};

    *out = &c->pub;
    e->kind = ERR_NONE;
    c->pub.valid_from = c->pub.accept_until = DATE_NONE;
    c->pub.hash = hash_of(DOMAIN_CATALOGUE, bundle);
    if (catalogue_split(bundle, l.parts, e) && load_head(&l) && load_indicators(&l) &&
        load_breakdowns(&l) && load_forms(&l) && load_rows(&l) && load_periods(&l) &&
        classes_load(&l) &&
        rules_compile(&c->pub.rules, &c->pub, l.parts[PART_RULES], e) &&
        load_sources(&l) && load_texts(&l) &&
        holidays_read(&c->pub.holidays, &c->arena, l.parts[PART_HOLIDAYS], e) &&
        offices_read(&c->pub.offices, &c->arena, l.parts[PART_OFFICES],
                     l.parts[PART_LEGAL], e) &&
        national_read(&c->pub.national, &c->arena, l.parts[PART_NATIONAL],
                      indicator_known, &c->pub, e))
        return true;
    catalogue_close(out);
    return false;
}

void catalogue_close(struct catalogue **cat)
{
    struct catalogue_own *c = (struct catalogue_own *)*cat;

    if (c == NULL)
        return;
    rules_close(&c->pub.rules);
    arena_clear(&c->arena);
    free(c);
    *cat = NULL;
}
