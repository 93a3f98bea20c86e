/*
 * Statements of a unit: indicators down; across either sectors (one report for the page)
 * or periods and vintages (one report for each column that holds something).
 */
#include "proto/base/text.h"
#include "proto/forms/form_own.h"

struct draft {     /* one report while its observations come in */
    size_t report; /* index: reports move while more are added */
    const struct period *period;
    struct observation *slots; /* by form cell */
    struct observation *extras;
    size_t n_extras;
};

struct line { /* what a row says besides its values */
    const struct row *row;
    const struct form_cell *cell;
    struct number_unit unit;
    const char *parts[2]; /* breakdown codes or free names, by the indicator's dims */
    size_t n_parts;
    int32_t as_of;
    const char *population;
    struct findings wrong; /* whatever reports it goes into */
};

struct statement {
    struct page_reader *p;
    const char *body; /* of the section: "tổ hợp tác", "liên hiệp hợp tác xã", or NULL */
    const char *code; /* how indicators of that body begin: "tht." */
    struct draft *drafts;
    size_t n_drafts;
    const struct form_cell *last; /* label of the line above, for "- HTX Ngọc Minh" */
    struct arena scratch;
};

static const struct cell *cell_of(struct page_reader *p, const struct row *row,
                                  enum column_role role)
{
    const struct column *c = form_column(p, role);
    const struct cell *cell = c == NULL ? NULL : form_cell_at(row, c->col);

    return cell == NULL || *cell->text == 0 ? NULL : cell;
}

static int dim_order(const struct indicator *ind, const char *dim)
{
    for (int i = 0; ind->dims != NULL && ind->dims[i] != NULL; i++)
        if (strcmp(ind->dims[i], dim) == 0)
            return i;
    return -1;
}

static void line_finding(struct page_reader *p, struct line *l, const char *code,
                         const struct cell *c, const char *arg)
{
    form_cell_finding(p, &l->wrong, code, c, l->cell->indicator, arg);
}

/* A breakdown as written: a code of one of the indicator's dimensions, or a free name. */
static const char *part_of(struct page_reader *p, const struct indicator *ind,
                           const char *dim, const char *written, int *order)
{
    const struct catalogue *cat = p->ctx->cat;

    for (int i = 0; ind->dims != NULL && ind->dims[i] != NULL; i++) {
        const struct breakdown *b;

        if (dim != NULL && strcmp(dim, ind->dims[i]) != 0)
            continue;
        b = form_code(p, ind->dims[i], written);
        *order = i;
        if (b != NULL && strcmp(b->code, "*") != 0)
            return b->code;
        if (catalogue_breakdown(cat, ind->dims[i], "*") != NULL)
            return arena_str(p->arena, written);
    }
    return NULL;
}

static void add_part(struct page_reader *p, struct line *l, const char *dim,
                     const char *written, const struct cell *c, int *orders)
{
    int order = 0;
    const char *part = part_of(p, l->cell->indicator, dim, written, &order);

    if (part == NULL || l->n_parts == COUNT(l->parts)) {
        line_finding(p, l, "BREAKDOWN_UNKNOWN", c, written);
        return;
    }
    if (l->n_parts == 1 && order < orders[0]) { /* they follow the order of dims */
        l->parts[1] = l->parts[0];
        orders[1] = orders[0];
        l->parts[0] = part;
        orders[0] = order;
    } else {
        l->parts[l->n_parts] = part;
        orders[l->n_parts] = order;
    }
    l->n_parts++;
}

/* The line has a cell for each column of the form: the column says b1. */
static bool is_across(const struct form *f, const struct form_cell *c)
{
    return c + 1 < f->cells + f->n_cells && c[1].row == c->row;
}

static void read_parts(struct page_reader *p, struct line *l, const char *behind_colon,
                       const struct cell *label)
{
    const struct form_cell *fc = l->cell;
    int orders[2] = {0, 0};

    if (*fc->b1 != 0 && !is_across(p->form, fc))
        l->parts[l->n_parts++] = fc->b1;
    if (*fc->b2 != 0)
        l->parts[l->n_parts++] = fc->b2;
    if (behind_colon != NULL)
        add_part(p, l, NULL, behind_colon, label, orders);
    for (size_t i = 0; i < p->n_columns; i++) {
        const struct column *c = &p->columns[i];
        const struct cell *cell =
            c->role == ROLE_BREAKDOWN ? form_cell_at(l->row, c->col) : NULL;

        if (cell != NULL && dim_order(fc->indicator, c->dim == NULL ? "" : c->dim) >= 0)
            add_part(p, l, c->dim, cell->text, cell, orders);
        else if (cell != NULL && c->dim == NULL)
            add_part(p, l, NULL, cell->text, cell, orders);
    }
}

static void read_as_of(struct page_reader *p, struct line *l)
{
    const struct cell *c = cell_of(p, l->row, ROLE_AS_OF);

    l->as_of = p->as_of;
    if (c == NULL)
        return;
    l->as_of = number_date(c->text);
    if (l->as_of == DATE_NONE)
        line_finding(p, l, "DATE_BAD", c, NULL);
}

/* "Số doanh nghiệp, HTX vay vốn": the label counts another population than usual. */
static const char *population_in(struct page_reader *p, const char *label)
{
    const struct breakdown *b =
        catalogue_breakdown(p->ctx->cat, "population", "enterprise_htx");
    struct arena a = {0};
    const char *key = text_key(&a, label);
    const char *name = b != NULL ? text_key(&a, b->name_vi) : NULL;
    bool said = key != NULL && name != NULL && strstr(key, name) != NULL;

    for (size_t i = 0; b != NULL && key != NULL && b->aliases[i] != NULL; i++) {
        const char *alias = text_key(&a, b->aliases[i]);

        said = said || (alias != NULL && strstr(key, alias) != NULL);
    }
    arena_clear(&a);
    return said ? b->code : "";
}

/* Without a column for it: "doanh nghiệp, HTX" as the unit, or in the label. */
static const char *population_beside(struct page_reader *p, const struct line *l,
                                     const struct cell *label)
{
    const struct cell *c = cell_of(p, l->row, ROLE_UNIT);
    const struct indicator *ind = l->cell->indicator;
    const struct breakdown *b =
        c != NULL ? catalogue_breakdown_named(p->ctx->cat, "population", c->text) : NULL;

    if (ind->scale != 1) /* bodies are counted, not money */
        return "";
    if (b != NULL && strncmp(b->code, "enterprise", strlen("enterprise")) == 0)
        return b->code;
    return label != NULL ? population_in(p, label->text) : "";
}

/*
 * "17 doanh nghiệp, hợp tác xã": what is counted stands behind the number. The number
 * alone is in *number then; "" when the cell says no population that needs saying.
 */
static const char *population_behind(struct page_reader *p, const struct cell *c,
                                     const struct indicator *ind, struct cell *number)
{
    size_t n = strlen(c->text);
    const struct breakdown *b;

    if (ind->scale != 1 || c->kind != CELL_TEXT)
        return "";
    while (n > 0 && (c->text[n - 1] < '0' || c->text[n - 1] > '9'))
        n--;
    b = n == 0 || c->text[n] == 0
            ? NULL
            : catalogue_breakdown_named(p->ctx->cat, "population", c->text + n);
    if (b == NULL || strncmp(b->code, "enterprise", strlen("enterprise")) != 0)
        return "";
    *number = *c;
    number->text = arena_strn(p->arena, c->text, n);
    return b->code;
}

static void read_population(struct page_reader *p, struct line *l,
                            const struct cell *label)
{
    const struct cell *c = cell_of(p, l->row, ROLE_POPULATION);
    const struct breakdown *b;

    l->population = "";
    if (c == NULL) {
        l->population = population_beside(p, l, label);
        return;
    }
    b = catalogue_breakdown_named(p->ctx->cat, "population", c->text);
    if (b == NULL)
        line_finding(p, l, "POPULATION_UNKNOWN", c, c->text);
    else
        l->population = b->code;
}

static void read_unit(struct page_reader *p, struct line *l, const char *in_label)
{
    const struct cell *c = cell_of(p, l->row, ROLE_UNIT);

    if (!form_unit(p, c != NULL ? c->text : in_label, l->cell->indicator, &l->unit))
        line_finding(p, l, "UNIT_MISMATCH", c, NULL);
}

/* A code of one of the dimensions of the line above: "- Nông nghiệp". */
static bool is_code_below(struct statement *st, const char *text)
{
    const char *const *dims = st->last == NULL ? NULL : st->last->indicator->dims;

    for (size_t i = 0; dims != NULL && dims[i] != NULL; i++) {
        const struct breakdown *b = form_code(st->p, dims[i], text);

        if (b != NULL && strcmp(b->code, "*") != 0)
            return true;
    }
    return false;
}

/* "- HTX Ngọc Minh" below a line that may be given by organisation. */
static bool is_name_below(struct statement *st, const char *text)
{
    const char *key = text_key(&st->scratch, form_unnumbered(text));
    const char *const words[] = {"htx ", "hợp tác xã ", "tổ hợp tác ", "tht ",
                                 "công ty "};

    if (st->last == NULL || key == NULL || dim_order(st->last->indicator, "entity") < 0)
        return false;
    for (size_t i = 0; i < COUNT(words); i++)
        if (strncmp(key, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

static const struct {
    const char *words, *body, *code;
} bodies[] = {
    {"tổ hợp tác",             "tổ hợp tác",              "tht."},
    {"tht",                         "tổ hợp tác",              "tht."},
    {"liên hiệp hợp tác xã", "liên hiệp hợp tác xã",  "lh." },
    {"liên hiệp htx",            "liên hiệp hợp tác xã",  "lh." },
    {"lhhtx",                       "liên hiệp hợp tác xã",  "lh." },
    {"qũy tín dụng",            "quỹ tín dụng nhân dân", "qtd."},
    {"qtdnd",                       "quỹ tín dụng nhân dân", "qtd."},
};

/* "III. TỔ HỢP TÁC": the lines below are about those, whatever they leave out. */
static void enter_section(struct statement *st, const struct row *row, const char *text)
{
    const char *key = text_key(&st->scratch, form_unnumbered(text));

    if (!row_numbers_group(row->cells->text) && !row_numbers_group(text))
        return; /* "Trong đó:" */
    st->body = st->code = NULL;
    for (size_t i = 0; key != NULL && i < COUNT(bodies) && st->body == NULL; i++)
        if (strncmp(key, bodies[i].words, strlen(bodies[i].words)) == 0) {
            st->body = bodies[i].body;
            st->code = bodies[i].code;
        }
}

/* A line below "Tổng số tổ hợp tác" that says "trong đó", "-" or "+". */
static bool is_below(struct statement *st, const char *text)
{
    const char *key = text_key(&st->scratch, text);

    return st->last != NULL && key != NULL &&
           (strchr("-+*", text[strspn(text, " ")]) != NULL ||
            strncmp(key, "trong đó", strlen("trong đó")) == 0 ||
            strncmp(text + strspn(text, " "), "–", strlen("–")) == 0);
}

/* The body that a line of this section, or below this total, is about; NULL: any. */
static const char *body_of(struct statement *st, const char *text, const char **code)
{
    *code = st->code;
    if (st->body != NULL || !is_below(st, text))
        return st->body;
    for (size_t i = 0; i < COUNT(bodies); i++)
        if (strncmp(st->last->indicator->code, bodies[i].code, strlen(bodies[i].code)) ==
            0) {
            *code = bodies[i].code;
            return bodies[i].body;
        }
    return NULL;
}

/*
 * In a section about groups "Tổng số thành viên" means theirs; a label that would mean
 * the cooperatives' is not read there.
 */
static bool label_of(struct statement *st, const char *text, struct label_hit *hit)
{
    struct page_reader *p = st->p;
    const char *code, *body = body_of(st, text, &code);
    const char *bare = form_unnumbered(text);
    struct label_hit own;

    if (body != NULL &&
        (form_label(p, arena_printf(p->arena, "%s %s", bare, body), &own) ||
         form_label(p, arena_printf(p->arena, "%s %s", body, bare), &own)) &&
        strncmp(own.cell->indicator->code, code, strlen(code)) == 0) {
        *hit = own;
        return true;
    }
    if (!form_label(p, text, hit) &&
        (!is_below(st, text) || strncmp(st->last->indicator->code, "htx.", 4) != 0 ||
         !form_label(p, arena_printf(p->arena, "htx %s", bare), hit)))
        return false;
    return st->body == NULL || strstr(text_key(&st->scratch, text), "htx") != NULL ||
           strstr(text_key(&st->scratch, text), "hợp tác") != NULL ||
           strncmp(hit->cell->indicator->code, code, strlen(code)) == 0;
}

/* False for a row that is no line of the form. */
static bool read_label(struct statement *st, const struct row *row, struct line *l,
                       const struct cell **label, struct label_hit *hit)
{
    struct page_reader *p = st->p;

    *l = (struct line){.row = row};
    *label = cell_of(p, row, ROLE_LABEL);
    if (*label == NULL)
        return false;
    if (label_of(st, (*label)->text, hit)) {
        st->last = hit->cell;
    } else {
        *hit = (struct label_hit){0};
        if (is_name_below(st, (*label)->text) ||
            is_code_below(st, form_unnumbered((*label)->text))) {
            hit->cell = st->last;
            hit->breakdown = arena_str(p->arena, form_unnumbered((*label)->text));
        }
    }
    l->cell = hit->cell;
    return hit->cell != NULL;
}

static struct draft *draft_of(struct statement *st, const struct column *c)
{
    struct page_reader *p = st->p;
    const struct period *period = c->period != NULL ? c->period : p->period;
    enum vintage vintage = c->period != NULL ? c->vintage : p->vintage;
    struct draft *d;
    struct report *r;

    for (size_t i = 0; i < st->n_drafts; i++) {
        d = &st->drafts[i];
        if (d->period == period && p->out->reports[d->report].vintage == vintage)
            return d;
    }
    st->drafts = mem_grow(st->drafts, st->n_drafts + 1, sizeof *st->drafts);
    d = &st->drafts[st->n_drafts++];
    r = form_add_report(p);
    r->scheme = period->scheme;
    r->period = period->code;
    r->vintage = vintage;
    r->source_place =
        sheet_place(p->arena, p->page, p->rows[p->data - 1].cells->row, c->col);
    r->subject.id = r->subject.id_issuer = r->subject.name = "";
    r->subject.sector = r->subject.commune = "";
    *d = (struct draft){.report = (size_t)(r - p->out->reports), .period = period};
    d->slots = mem_array(p->form->n_cells + 1, sizeof *d->slots);
    return d;
}

static bool is_same(const struct observation *a, const struct observation *b)
{
    return a->indicator == b->indicator && strcmp(a->b1, b->b1) == 0 &&
           strcmp(a->b2, b->b2) == 0;
}

/* Puts the observation in its place; one that is there already is a finding. */
static void keep(struct page_reader *p, struct draft *d, const struct observation *o,
                 struct findings *fs)
{
    int at = form_cell_index(p->form, o->indicator, o->b1, o->b2);
    bool twice = at >= 0 && d->slots[at].indicator != 0;
    struct finding f;

    for (size_t i = 0; at < 0 && i < d->n_extras && !twice; i++)
        twice = is_same(&d->extras[i], o);
    if (twice) {
        f = finding_at("DUPLICATE_CELL", SEV_ERROR, o);
        f.refuses = true;
        findings_add(fs, &f);
    } else if (at >= 0) {
        d->slots[at] = *o;
    } else if (d->n_extras == EXTRAS_MAX) {
        f = finding_at("TOO_MANY_ROWS", SEV_ERROR, o);
        f.refuses = true;
        f.args[0] = "500";
        findings_add(fs, &f);
    } else {
        if ((d->n_extras & (d->n_extras + 1)) == 0)
            d->extras = mem_grow(d->extras, 2 * d->n_extras + 1, sizeof *d->extras);
        d->extras[d->n_extras++] = *o;
    }
}

/* A date far outside the column's period is about another column. */
static int32_t as_of_in(const struct line *l, const struct period *period)
{
    enum { SLACK = 31 };

    if (l->as_of == DATE_NONE || l->as_of < period->starts - SLACK ||
        l->as_of > period->ends + SLACK)
        return DATE_NONE;
    return l->as_of;
}

/* What is wrong with the line, once in each report that it goes into. */
static void add_wrong(const struct line *l, struct findings *fs)
{
    for (size_t i = 0; i < l->wrong.n; i++) {
        const struct finding *f = &l->wrong.list[i];
        bool there = false;

        for (size_t k = 0; k < fs->n && !there; k++)
            there = fs->list[k].cell != NULL && strcmp(fs->list[k].cell, f->cell) == 0 &&
                    strcmp(fs->list[k].code, f->code) == 0;
        if (!there)
            findings_add(fs, f);
    }
}

static void add_value(struct statement *st, const struct line *l, const struct column *c,
                      const struct cell *cell)
{
    struct page_reader *p = st->p;
    const struct indicator *ind = l->cell->indicator;
    struct draft *d = draft_of(st, c);
    struct findings *fs = &p->out->per_report[d->report];
    const char *parts[3] = {"", "", ""};
    struct observation o = {.as_of = as_of_in(l, d->period), .population = l->population};
    struct number_unit unit = l->unit;
    const char *counted;
    struct cell number = *cell;
    size_t n = 0;

    if (*c->code != 0)
        parts[n++] = c->code; /* sector is the first of its indicator's dimensions */
    for (size_t i = 0; i < l->n_parts && n < COUNT(parts); i++)
        parts[n++] = l->parts[i];
    o.b1 = parts[0];
    o.b2 = parts[1];
    o.stated = ind->type == IND_MEAN || ind->type == IND_RATIO;
    add_wrong(l, fs);
    counted = population_behind(p, cell, ind, &number);
    if (*o.population == 0)
        o.population = counted;
    unit.part = form_part_of_year(d->period);
    if (!form_value(p, &number, ind, &unit, &o, fs))
        return;
    o.text = form_text(p, cell);
    if (*parts[2] != 0)
        form_cell_finding(p, fs, "BREAKDOWN_NOT_ALLOWED", cell, ind, parts[2]);
    else
        keep(p, d, &o, fs);
}

/* Whether any value column of the row holds something, and where. */
static const struct cell *value_in(struct page_reader *p, const struct row *row)
{
    for (size_t i = 0; i < p->n_columns; i++) {
        const struct cell *c = p->columns[i].role == ROLE_VALUE
                                   ? form_cell_at(row, p->columns[i].col)
                                   : NULL;

        if (c != NULL)
            return c;
    }
    return NULL;
}

/* The heading once more, as every printed page has it. */
static bool is_heading_again(struct statement *st, const struct row *row,
                             const struct cell *label)
{
    const char *key = text_key(&st->scratch, label->text);
    const struct heading *h = key == NULL ? NULL : form_heading(st->p, key);

    return (h != NULL && (h->role == ROLE_LABEL || st->p->content_is_label)) ||
           form_is_numbering(row);
}

/* False when the table ends here. */
static bool read_row(struct statement *st, const struct row *row)
{
    struct page_reader *p = st->p;
    const struct cell *label, *value = value_in(p, row);
    struct label_hit hit = {0};
    struct line l;

    if (value == NULL && (label = cell_of(p, row, ROLE_LABEL)) != NULL)
        enter_section(st, row, label->text);
    if (!read_label(st, row, &l, &label, &hit)) {
        if (form_is_footer(&st->scratch, row))
            return false;
        if (label != NULL && is_heading_again(st, row, label))
            return true;
        if (value != NULL)
            form_unknown(p, "UNKNOWN_ROW", label != NULL ? label : value,
                         label != NULL ? label->text : value->text);
        return true;
    }
    if (value == NULL)
        return true;
    form_torn(p, row, &l.wrong);
    read_unit(p, &l, hit.unit);
    read_as_of(p, &l);
    read_population(p, &l, label);
    read_parts(p, &l, hit.breakdown, label);
    for (size_t i = 0; i < p->n_columns; i++) {
        const struct column *c = &p->columns[i];
        const struct cell *cell =
            c->role == ROLE_VALUE ? form_cell_at(row, c->col) : NULL;

        if (cell != NULL)
            add_value(st, &l, c, cell);
    }
    findings_clear(&l.wrong);
    return true;
}

/* A merged sector beside its parts is their subtotal: it would count twice. */
static bool is_subtotal(struct page_reader *p, const struct draft *d,
                        const struct observation *group)
{
    const struct observation *const lists[] = {d->slots, d->extras};
    const size_t lengths[] = {p->form->n_cells, d->n_extras};

    for (size_t l = 0; breakdown_is_group(group->b1) && l < COUNT(lists); l++)
        for (size_t i = 0; i < lengths[l]; i++) {
            const struct observation *o = &lists[l][i];

            if (o->indicator == group->indicator && strcmp(o->b2, group->b2) == 0 &&
                *o->b1 != 0 &&
                breakdown_group_has(p->ctx->cat, "sector", group->b1, o->b1))
                return true;
        }
    return false;
}

static void drop_subtotals(struct page_reader *p, struct draft *d)
{
    size_t kept = 0;

    for (size_t i = 0; i < d->n_extras; i++) {
        const struct observation *o = &d->extras[i];
        struct finding f = finding_at("SUBTOTAL", SEV_NOTE, o);

        if (is_subtotal(p, d, o))
            findings_add(&p->out->per_report[d->report], &f);
        else
            d->extras[kept++] = *o;
    }
    d->n_extras = kept;
}

static void finish(struct page_reader *p, struct draft *d)
{
    struct report *r = &p->out->reports[d->report];
    size_t n;

    drop_subtotals(p, d);
    n = d->n_extras;

    for (size_t i = 0; i < p->form->n_cells; i++)
        n += d->slots[i].indicator != 0;
    r->obs = arena_new(p->arena, (n + 1) * sizeof *r->obs);
    for (size_t i = 0; i < p->form->n_cells; i++)
        if (d->slots[i].indicator != 0)
            r->obs[r->n_obs++] = d->slots[i];
    for (size_t i = 0; i < d->n_extras; i++)
        r->obs[r->n_obs++] = d->extras[i];
    form_document_add(p, r);
    free(d->slots);
    free(d->extras);
}

void form_statement(struct page_reader *p)
{
    struct statement st = {.p = p};
    size_t i = p->data;

    if (p->n_rows - p->data > ROWS_MAX) {
        form_page_finding(p, "TOO_MANY_ROWS", SEV_ERROR, true, NULL, NULL, "20000");
        return;
    }
    while (i < p->n_rows && read_row(&st, &p->rows[i])) {
        arena_clear(&st.scratch);
        i++;
    }
    if (st.n_drafts == 0)
        form_no_rows(p);
    for (size_t k = 0; k < st.n_drafts; k++)
        finish(p, &st.drafts[k]);
    free(st.drafts);
    arena_clear(&st.scratch);
}
