/*
 * Rows that are an event, a product, a member, a loan. Several rows of one organisation
 * make one report, those of a unit its statement. What a row is about stands in words
 * (giải thể, 4 sao, NHNo, HTX Ngọc Minh) and becomes the breakdown of its values; counts
 * and sums of the rows are added where the sheet does not state them.
 */
#include "proto/base/text.h"
#include "proto/forms/form_own.h"
#include "proto/index.h"

enum { DIMS_MAX = 8, OBSERVATIONS_MAX = 1900 };

struct kept {
    struct observation o;
    bool counted; /* the number of rows, not what a cell says */
};

struct group {     /* one report while its rows come in */
    size_t report; /* index: reports move while more are added */
    struct kept *list;
    size_t n;
};

struct part { /* what a row says of one dimension */
    const char *dim;
    const char *code;
};

struct rows_reader {
    struct row_reader er;
    struct group *groups;
    size_t n_groups;
    struct index by_subject;     /* id, issuer or name: number of the group, from 1 */
    size_t current;              /* number of the group of the row above, 0 for none */
    struct part above[DIMS_MAX]; /* group headings: "I. Thành lập mới", "II. NHNo" */
    struct part last[DIMS_MAX];  /* of the row above, for merged cells */
};

/* -- reports -- */

static struct group *add_group(struct rows_reader *rr, struct report *r)
{
    if ((rr->n_groups & (rr->n_groups + 1)) == 0)
        rr->groups = mem_grow(rr->groups, 2 * rr->n_groups + 1, sizeof *rr->groups);
    rr->groups[rr->n_groups] =
        (struct group){.report = (size_t)(r - rr->er.p->out->reports)};
    rr->current = ++rr->n_groups;
    return &rr->groups[rr->current - 1];
}

static struct report *new_report(struct rows_reader *rr, const struct cell *place)
{
    struct page_reader *p = rr->er.p;
    struct report *r = form_add_report(p);

    r->scheme = p->period->scheme;
    r->period = p->period->code;
    r->vintage = p->vintage;
    r->source_place = form_place(p, place);
    r->subject.id = r->subject.id_issuer = r->subject.name = "";
    r->subject.sector = r->subject.commune = "";
    return r;
}

static struct findings *findings_of(struct rows_reader *rr, const struct group *g)
{
    return &rr->er.p->out->per_report[g->report];
}

/* One number, two names: both are shown, the first one stands. */
static void check_name(struct rows_reader *rr, struct group *g, const struct subject *s,
                       const struct cell *place)
{
    const struct subject *first = &rr->er.p->out->reports[g->report].subject;
    struct arena *a = &rr->er.scratch;
    const char *x = text_key(a, first->name), *y = text_key(a, s->name);
    struct finding f = {
        .code = "SUBJECT_TWO_NAMES",
        .severity = SEV_WARNING,
        .cell = form_place(rr->er.p, place),
        .value = s->name,
        .args = {first->name, s->id}
    };

    if (x != NULL && y != NULL && *x != 0 && *y != 0 && strcmp(x, y) != 0)
        findings_add(findings_of(rr, g), &f);
}

/* The group that the row's organisation has, made where it is the first row of it. */
static struct group *group_of(struct rows_reader *rr, const struct row *row,
                              const struct cell *place)
{
    struct page_reader *p = rr->er.p;
    struct report *r = new_report(rr, place);
    struct findings *fs = form_findings(p, r);
    const struct subject *s = &r->subject;
    const char *key, *second;
    const size_t *known;
    size_t *number;

    row_identify(&rr->er, row, r, fs);
    key = s->scheme == ID_NONE ? text_key(p->arena, s->name) : s->id;
    second = arena_printf(p->arena, "%d %s", s->scheme, s->id_issuer);
    known = key == NULL ? NULL : index_find(&rr->by_subject, key, second);
    if (known != NULL) {
        struct group *g = &rr->groups[*known - 1];

        rr->current = *known;
        check_name(rr, g, s, place);
        row_note(&rr->er, row, &p->out->reports[g->report], findings_of(rr, g));
        findings_clear(fs);
        p->out->n--;
        return g;
    }
    row_classify(&rr->er, row, r, fs);
    row_note(&rr->er, row, r, fs);
    add_group(rr, r);
    number = arena_new(p->arena, sizeof *number);
    *number = rr->current;
    if (key != NULL)
        index_add(&rr->by_subject, key, second, number);
    return &rr->groups[rr->current - 1];
}

/* -- observations -- */

static struct kept *find(struct group *g, uint32_t indicator, const char *b1,
                         const char *b2)
{
    for (size_t i = 0; i < g->n; i++) {
        struct observation *o = &g->list[i].o;

        if (o->indicator == indicator && strcmp(o->b1, b1) == 0 && strcmp(o->b2, b2) == 0)
            return &g->list[i];
    }
    return NULL;
}

static struct kept *add(struct group *g, const struct observation *o, bool counted)
{
    if ((g->n & (g->n + 1)) == 0)
        g->list = mem_grow(g->list, 2 * g->n + 1, sizeof *g->list);
    g->list[g->n] = (struct kept){*o, counted};
    return &g->list[g->n++];
}

static void refuse(struct rows_reader *rr, struct group *g, const char *code,
                   const struct observation *o, const char *arg)
{
    struct finding f = finding_at(code, SEV_ERROR, o);

    f.refuses = true;
    f.args[0] = arg;
    findings_add(findings_of(rr, g), &f);
}

static bool same_value(const struct observation *a, const struct observation *b)
{
    return a->state == b->state && a->value == b->value && a->qualifier == b->qualifier &&
           a->has_upper == b->has_upper && a->upper == b->upper;
}

/* A figure repeated on each row of its organisation is one figure. */
static void keep(struct rows_reader *rr, struct group *g, const struct observation *o,
                 bool word)
{
    struct kept *there = find(g, o->indicator, o->b1, o->b2);

    if (there == NULL && g->n < OBSERVATIONS_MAX)
        add(g, o, false);
    else if (there == NULL)
        refuse(rr, g, "TOO_MANY_ROWS", o, "1900");
    else if (word || !same_value(&there->o, o))
        refuse(rr, g, "DUPLICATE_CELL", o, NULL);
}

/* An event without its number: counted with the others of its kind. */
static void count(struct group *g, const struct observation *o)
{
    struct kept *there = find(g, o->indicator, o->b1, "");

    if (there == NULL) {
        add(g, o, true);
        return;
    }
    there->o.value++;
    there->o.as_of = DATE_NONE; /* of several */
}

/* -- what a row says -- */

static struct part *part_of(struct part *parts, const char *dim)
{
    for (size_t i = 0; i < DIMS_MAX; i++)
        if (parts[i].dim == NULL || strcmp(parts[i].dim, dim) == 0)
            return &parts[i];
    return NULL;
}

static const char *code_in(struct part *parts, const char *dim)
{
    struct part *part = part_of(parts, dim);

    return part == NULL || part->code == NULL ? "" : part->code;
}

static void say(struct part *parts, const char *dim, const char *code)
{
    struct part *part = part_of(parts, dim);

    if (part != NULL)
        *part = (struct part){dim, code};
}

/* The cell is one of several merged from above; a CSV cannot say so. */
static bool is_merged(const struct page_reader *p, uint32_t row, uint32_t col)
{
    for (size_t i = 0; i < p->page->n_merges; i++) {
        const struct sheet_merge *m = &p->page->merges[i];

        if (row > m->row && row <= m->last_row && col >= m->col && col <= m->last_col)
            return true;
    }
    return p->page->n_merges == 0;
}

/* "HTX Ngọc Minh (6200045672)" where the number stands beside the name. */
static const char *with_number(struct rows_reader *rr, struct group *g,
                               const struct row *row, const char *name)
{
    static const char *const codes[] = {[TAX_BRANCH] = "TAX_BRANCH",
                                        [TAX_LENGTH] = "TAX_LENGTH",
                                        [TAX_SERIAL] = "TAX_SERIAL",
                                        [TAX_CHECK] = "TAX_CHECK"};
    const struct cell *c = row_cell(&rr->er, row, ROLE_OTHER_TAX);
    enum tax_status status;
    char digits[16];

    if (*name == 0 || row_says_nothing(&rr->er, c))
        return name;
    status = tax_number(c->text, digits);
    if (status != TAX_OK) {
        form_cell_finding(rr->er.p, findings_of(rr, g), codes[status], c, NULL, NULL);
        return name;
    }
    return arena_printf(rr->er.p->arena, "%s (%s)", name, digits);
}

/* The code of a cell in a dimension, its text where that is open; "" after a finding. */
static const char *word_of(struct rows_reader *rr, struct group *g, const char *dim,
                           const struct row *row, const struct cell *c)
{
    const struct catalogue *cat = rr->er.p->ctx->cat;
    const struct breakdown *b =
        catalogue_breakdown_named(cat, dim, form_unnumbered(c->text));

    if (b != NULL && strcmp(b->code, "*") != 0)
        return b->code;
    if (catalogue_breakdown(cat, dim, "*") != NULL) {
        const char *name = row_fact(&rr->er, c);

        return strcmp(dim, "entity") == 0 ? with_number(rr, g, row, name) : name;
    }
    form_cell_finding(rr->er.p, findings_of(rr, g), "CODE_UNKNOWN", c, NULL,
                      row_names(&rr->er, dim));
    return "";
}

/* Breakdowns of the row: its own columns, merged ones above, then group headings. */
static void read_parts(struct rows_reader *rr, struct group *g, const struct row *row,
                       struct part *parts)
{
    struct page_reader *p = rr->er.p;

    memset(parts, 0, DIMS_MAX * sizeof *parts);
    for (size_t i = 0; i < p->n_columns; i++) {
        const struct column *c = &p->columns[i];
        const struct cell *cell = form_cell_at(row, c->col);
        bool own = c->role == ROLE_VALUE && c->cell->coded != 0;
        bool closed =
            c->dim != NULL && catalogue_breakdown(p->ctx->cat, c->dim, "*") == NULL;

        if (c->dim == NULL || (c->role != ROLE_BREAKDOWN && !own))
            continue;
        if (!row_says_nothing(&rr->er, cell)) {
            /* what a column of words cannot be is said where it becomes the value */
            if (!own || !closed ||
                catalogue_breakdown_named(p->ctx->cat, c->dim,
                                          form_unnumbered(cell->text)) != NULL)
                say(parts, c->dim, word_of(rr, g, c->dim, row, cell));
        } else if (cell == NULL && c->role == ROLE_BREAKDOWN && closed &&
                   is_merged(p, row->cells->row, c->col)) {
            say(parts, c->dim, code_in(rr->last, c->dim));
        }
    }
    memcpy(rr->last, parts, sizeof rr->last);
    for (size_t i = 0; i < DIMS_MAX && rr->above[i].dim != NULL; i++)
        if (*code_in(parts, rr->above[i].dim) == 0)
            say(parts, rr->above[i].dim, rr->above[i].code);
}

/* The row's breakdowns in the order of the indicator's dimensions. */
static void break_down(struct observation *o, const struct indicator *ind,
                       struct part *parts)
{
    const char *codes[2] = {"", ""};
    size_t n = 0;

    for (size_t d = 0; ind->dims[d] != NULL && n < COUNT(codes); d++) {
        const char *code = code_in(parts, ind->dims[d]);

        if (*code != 0)
            codes[n++] = code;
    }
    o->b1 = codes[0];
    o->b2 = codes[1];
}

static int32_t date_of(struct rows_reader *rr, struct group *g, const struct row *row)
{
    const struct cell *c = row_cell(&rr->er, row, ROLE_AS_OF);
    int32_t date;

    if (row_says_nothing(&rr->er, c))
        return DATE_NONE;
    date = number_date(c->text);
    if (date == DATE_NONE)
        form_cell_finding(rr->er.p, findings_of(rr, g), "DATE_BAD", c, NULL, NULL);
    return date;
}

/* A word is an observation of value 1: this event, this product, this borrower. */
static void keep_word(struct rows_reader *rr, struct group *g, const struct row *row,
                      struct observation *o, struct part *parts)
{
    const struct indicator *ind =
        catalogue_indicator_no(rr->er.p->ctx->cat, o->indicator);
    const struct cell *product = row_cell(&rr->er, row, ROLE_PRODUCT);

    if (o->state != OBS_VALUE) {
        keep(rr, g, o, false);
        return;
    }
    break_down(o, ind, parts);
    o->as_of = date_of(rr, g, row);
    if (!row_says_nothing(&rr->er, product))
        o->text = form_text(rr->er.p, product);
    if (ind->dims[1] != NULL && *o->b2 == 0)
        count(g, o);
    else
        keep(rr, g, o, true);
}

/* Words that only the group heading above says: "I. Giải thể". */
static void keep_heading(struct rows_reader *rr, struct group *g, const struct row *row,
                         struct part *parts, const struct cell *place)
{
    struct page_reader *p = rr->er.p;

    for (size_t i = 0; i < p->form->n_cells; i++) {
        const struct form_cell *fc = &p->form->cells[i];
        const char *dim = fc->coded != 1 ? NULL : fc->indicator->dims[0];
        struct observation o = {.indicator = fc->indicator->no,
                                .state = OBS_VALUE,
                                .value = 1,
                                .population = "",
                                .text = "",
                                .cell = form_place(p, place)};
        bool said = false;

        if (dim == NULL || *fc->b1 != 0 || *code_in(rr->above, dim) == 0)
            continue;
        for (size_t k = 0; k < p->n_columns; k++)
            said = said || (p->columns[k].cell == fc &&
                            form_cell_at(row, p->columns[k].col) != NULL);
        if (!said)
            keep_word(rr, g, row, &o, parts);
    }
}

static void observe(struct rows_reader *rr, struct group *g, const struct row *row,
                    struct part *parts)
{
    struct page_reader *p = rr->er.p;
    struct findings *fs = findings_of(rr, g);
    bool unit = p->form->subject == SUBJECT_UNIT;

    for (size_t i = 0; i < p->n_columns; i++) {
        const struct column *c = &p->columns[i];
        const struct cell *cell =
            c->role == ROLE_VALUE ? form_cell_at(row, c->col) : NULL;
        struct observation o = {.as_of = p->as_of, .population = ""};

        if (cell == NULL)
            continue;
        if (c->cell->coded != 0) {
            if (row_code(&rr->er, c, cell, &o, fs))
                keep_word(rr, g, row, &o, parts);
            continue;
        }
        if (!row_value(&rr->er, c, cell, &o, fs))
            continue;
        break_down(&o, c->cell->indicator, parts);
        if (unit && row_cell(&rr->er, row, ROLE_AS_OF) != NULL)
            o.as_of = date_of(rr, g, row);
        o.stated =
            c->cell->indicator->type == IND_MEAN || c->cell->indicator->type == IND_RATIO;
        keep(rr, g, &o, false);
    }
}

/* -- rows of the table -- */

static bool has_values(const struct rows_reader *rr, const struct row *row)
{
    const struct page_reader *p = rr->er.p;

    for (size_t i = 0; i < p->n_columns; i++)
        if ((p->columns[i].role == ROLE_VALUE || p->columns[i].role == ROLE_BREAKDOWN) &&
            form_cell_at(row, p->columns[i].col) != NULL)
            return true;
    return false;
}

/*
 * The first words of a row that are not its number, where no column of the form says
 * what they are, or the column of what the rows are about.
 */
static const struct cell *words_of(const struct page_reader *p, const struct row *row)
{
    for (size_t i = 0; i < row->n && i < 3; i++) {
        const struct cell *c = &row->cells[i];
        bool free = true;

        for (size_t k = 0; k < p->n_columns; k++) {
            const struct column *col = &p->columns[k];

            if (col->col == c->col)
                free = form_of_entities(p->form) || col->role != ROLE_VALUE
                           ? col->role != ROLE_VALUE && col->role != ROLE_BREAKDOWN
                           : col->cell->coded != 0;
        }
        if (free && c->kind == CELL_TEXT &&
            strlen(c->text) > strspn(c->text, "IVX0123456789.)( "))
            return c;
    }
    return NULL;
}

/* "I. Thành lập mới", "II. Ngân hàng CSXH": what the rows below are about. */
static bool is_heading(struct rows_reader *rr, const struct row *row)
{
    struct page_reader *p = rr->er.p;
    const struct cell *words = words_of(p, row);
    const char *text = words == NULL ? NULL : form_unnumbered(words->text);
    const struct breakdown *b;

    for (size_t i = 0; text != NULL && i < p->form->n_cells; i++) {
        const char *const *dims = p->form->cells[i].indicator->dims;

        for (size_t d = 0; dims[d] != NULL; d++) {
            b = catalogue_breakdown_named(p->ctx->cat, dims[d], text);
            if (b == NULL || strcmp(b->code, "*") == 0 || strcmp(b->dim, "sector") == 0)
                continue;
            say(rr->above, b->dim, b->code);
            return true;
        }
    }
    b = text != NULL && form_of_entities(p->form) ? row_sector(&rr->er, words->text)
                                                  : NULL;
    if (b != NULL)
        rr->er.sector = b->code;
    return b != NULL || (row_numbers_group(row->cells->text) && !has_values(rr, row));
}

static void read_entity(struct rows_reader *rr, const struct row *row)
{
    struct row_reader *er = &rr->er;
    static const enum column_role ids[] = {ROLE_TAX, ROLE_CERTIFICATE, ROLE_REGISTER,
                                           ROLE_NAME};
    const struct cell *place = NULL;
    struct part parts[DIMS_MAX];
    struct group *g;
    bool numbered = false;

    for (size_t i = COUNT(ids); i > 0; i--)
        if (!row_says_nothing(er, row_cell(er, row, ids[i - 1]))) {
            place = row_cell(er, row, ids[i - 1]);
            numbered = ids[i - 1] != ROLE_NAME;
        }
    if (!numbered && form_is_total(&er->scratch, row)) {
        form_page_finding(er->p, "TOTAL_ROW", SEV_NOTE, false, row->cells,
                          row->cells->text, NULL);
        return;
    }
    if (!numbered && is_heading(rr, row))
        return;
    if (place == NULL && (rr->current == 0 || !has_values(rr, row)))
        return;
    if (rr->above[0].dim == NULL && row_is_blank(er, row)) {
        row_blank(er, row);
        return;
    }
    g = place != NULL ? group_of(rr, row, place) : &rr->groups[rr->current - 1];
    form_torn(er->p, row, findings_of(rr, g));
    read_parts(rr, g, row, parts);
    observe(rr, g, row, parts);
    keep_heading(rr, g, row, parts, place != NULL ? place : row->cells);
}

/* The column whose words a row of a unit is about. */
static const struct column *main_column(const struct page_reader *p)
{
    for (size_t i = 0; i < p->n_columns; i++)
        if (p->columns[i].role == ROLE_VALUE && p->columns[i].cell->coded != 0)
            return &p->columns[i];
    return NULL;
}

/* The heading once more, as every printed page has it. */
static bool is_same_text(struct rows_reader *rr, const struct cell *c, const char *head)
{
    const char *key = text_key(&rr->er.scratch, c->text);

    return key != NULL && strcmp(key, text_key(&rr->er.scratch, head)) == 0;
}

/* Stands in a column of figures. */
static bool holds_number(const struct page_reader *p, const struct cell *c)
{
    for (size_t i = 0; i < p->n_columns; i++)
        if (p->columns[i].col == c->col)
            return p->columns[i].role == ROLE_VALUE && p->columns[i].cell->coded == 0;
    return false;
}

/* A row without a borrower states a total: of the lender it names, else of all. */
static void read_unit(struct rows_reader *rr, const struct row *row)
{
    struct page_reader *p = rr->er.p;
    const struct column *main = main_column(p);
    const struct cell *about = main == NULL ? NULL : form_cell_at(row, main->col);
    bool total = form_is_total(&rr->er.scratch, row);
    bool heading = !total && is_heading(rr, row);
    struct row values = {row->cells, row->n};
    struct part parts[DIMS_MAX];
    struct group *g;

    if (!has_values(rr, row) || (about != NULL && is_same_text(rr, about, main->text)))
        return;
    g = rr->n_groups > 0 ? &rr->groups[0] : add_group(rr, new_report(rr, row->cells));
    if (total || heading) { /* its words are no borrower */
        struct cell *cells = arena_new(&rr->er.scratch, row->n * sizeof *cells);

        values = (struct row){cells, 0};
        for (size_t i = 0; i < row->n; i++)
            if (&row->cells[i] != about && (heading || holds_number(p, &row->cells[i])))
                cells[values.n++] = row->cells[i];
    }
    if (values.n == 0)
        return;
    form_torn(p, row, findings_of(rr, g));
    read_parts(rr, g, &values, parts);
    if (total)
        memset(parts, 0, sizeof parts);
    observe(rr, g, &values, parts);
}

/* -- totals that the sheet leaves out -- */

/* Adds one value to a sum; what is not known makes the sum a least one. */
static void sum_up(struct observation *sum, const struct observation *o)
{
    sum->state = OBS_VALUE;
    switch (o->state) {
    case OBS_VALUE:
        if (__builtin_add_overflow(sum->value, o->value, &sum->value))
            sum->value = INT64_MAX;
        if (o->qualifier != QUAL_NONE)
            sum->qualifier = QUAL_ABOUT;
        break;
    case OBS_NOT_AVAILABLE:
    case OBS_REFUSED:
        sum->qualifier = QUAL_AT_LEAST;
        break;
    case OBS_NIL:
    case OBS_NOT_APPLICABLE:
    case OBS_MISSING:
        break;
    }
}

/* The sum of the rows with this b1, beside those counted already. */
static void total_of_code(struct group *g, uint32_t indicator, const char *b1)
{
    struct observation sum = {
        .indicator = indicator, .b1 = b1, .b2 = "", .population = "", .text = ""};
    struct kept *there = find(g, indicator, b1, "");

    sum.as_of = DATE_NONE;
    for (size_t i = 0; i < g->n; i++) {
        const struct observation *o = &g->list[i].o;

        if (o->indicator != indicator || strcmp(o->b1, b1) != 0 || *o->b2 == 0)
            continue;
        if (sum.cell == NULL) {
            sum.cell = o->cell;
            sum.as_of = o->as_of;
        }
        if (sum.as_of != o->as_of)
            sum.as_of = DATE_NONE;
        sum_up(&sum, o);
    }
    if (sum.cell == NULL)
        return;
    if (there == NULL) {
        add(g, &sum, true);
    } else if (there->counted) {
        there->o.value += sum.value;
        there->o.as_of = DATE_NONE;
    }
}

static void total_of_all(struct group *g, uint32_t indicator, bool by_code)
{
    struct observation sum = {
        .indicator = indicator, .b1 = "", .b2 = "", .population = "", .text = ""};
    bool same_date = true;

    if (find(g, indicator, "", "") != NULL)
        return;
    sum.as_of = DATE_NONE;
    for (size_t i = 0; i < g->n; i++) {
        const struct observation *o = &g->list[i].o;

        if (o->indicator != indicator || (*o->b2 != 0) == by_code)
            continue;
        same_date = same_date && (sum.cell == NULL || sum.as_of == o->as_of);
        sum.as_of = same_date ? o->as_of : DATE_NONE;
        sum.cell = sum.cell == NULL ? o->cell : sum.cell;
        sum_up(&sum, o);
    }
    if (sum.cell != NULL)
        add(g, &sum, true);
}

/* Its first breakdown is one of a list: there is no sum over an old name. */
static bool has_codes(const struct catalogue *cat, uint32_t indicator)
{
    const struct indicator *ind = catalogue_indicator_no(cat, indicator);

    return ind->dims[0] != NULL && catalogue_breakdown(cat, ind->dims[0], "*") == NULL;
}

static void add_totals(struct rows_reader *rr, struct group *g)
{
    const struct catalogue *cat = rr->er.p->ctx->cat;
    const struct form *f = rr->er.p->form;
    size_t n = g->n;

    for (size_t i = 0; i < n; i++) /* by code first: a lender's, a kind of event's */
        if (*g->list[i].o.b2 != 0 && has_codes(cat, g->list[i].o.indicator)) {
            struct observation o = g->list[i].o;
            bool first = true;

            for (size_t k = 0; k < i && first; k++)
                first = g->list[k].o.indicator != o.indicator || *g->list[k].o.b2 == 0 ||
                        strcmp(g->list[k].o.b1, o.b1) != 0;
            if (first)
                total_of_code(g, o.indicator, o.b1);
        }
    for (size_t i = 0; i < f->n_cells; i++)
        if (f->cells[i].indicator->op == OP_SUM)
            total_of_all(g, f->cells[i].indicator->no,
                         has_codes(cat, f->cells[i].indicator->no) ||
                             f->cells[i].indicator->dims[0] == NULL ||
                             f->cells[i].indicator->dims[1] == NULL);
}

/*
 * "HTX giải thể" is a line of the form of its own: as many as there are events of the
 * kind. Which line counts which event the catalogue says, by its label.
 */
static void add_counts(struct rows_reader *rr, struct group *g)
{
    struct page_reader *p = rr->er.p;
    const struct report *r = &p->out->reports[g->report];
    const char *kind = catalogue_text(
        p->ctx->cat, arena_printf(p->arena, "kind.%s", subject_word(r->subject.kind)),
        LANG_VI);
    size_t n = g->n;

    for (size_t i = 0; i < n; i++) {
        struct observation o = g->list[i].o;
        const struct indicator *ind = catalogue_indicator_no(p->ctx->cat, o.indicator);
        const struct breakdown *b =
            *o.b1 == 0 || *o.b2 != 0 || ind->dims[0] == NULL
                ? NULL
                : catalogue_breakdown(p->ctx->cat, ind->dims[0], o.b1);
        struct label_hit hit;

        if (b == NULL || o.state != OBS_VALUE ||
            !form_label(p, arena_printf(p->arena, "%s %s", kind, b->name_vi), &hit) ||
            hit.cell->coded != 0 || hit.breakdown != NULL ||
            find(g, hit.cell->indicator->no, "", "") != NULL)
            continue;
        o.indicator = hit.cell->indicator->no;
        o.b1 = o.text = "";
        o.as_of = DATE_NONE;
        add(g, &o, true);
    }
}

/* In the order of the form, then as the sheet has it. */
static void finish(struct rows_reader *rr, struct group *g)
{
    struct page_reader *p = rr->er.p;
    struct report *r = &p->out->reports[g->report];

    add_totals(rr, g);
    add_counts(rr, g);
    r = &p->out->reports[g->report];
    r->obs = arena_new(p->arena, (g->n + 1) * sizeof *r->obs);
    for (size_t i = 0; i < p->form->n_cells; i++) {
        const struct form_cell *c = &p->form->cells[i];
        const struct kept *k = find(g, c->indicator->no, c->b1, c->b2);

        if (k != NULL)
            r->obs[r->n_obs++] = k->o;
    }
    for (size_t i = 0; i < g->n; i++) {
        const struct observation *o = &g->list[i].o;

        if (form_cell_index(p->form, o->indicator, o->b1, o->b2) < 0)
            r->obs[r->n_obs++] = *o;
    }
    if (p->form->subject == SUBJECT_UNIT)
        form_document_add(p, r);
    free(g->list);
}

void form_rows(struct page_reader *p)
{
    struct rows_reader *rr = mem_new(sizeof *rr);
    bool entities = form_of_entities(p->form);
    char max[16];

    row_reader_open(&rr->er, p);
    if (p->n_rows - p->data > ROWS_MAX) {
        snprintf(max, sizeof max, "%d", ROWS_MAX);
        form_page_finding(p, "TOO_MANY_ROWS", SEV_ERROR, true, NULL, NULL, max);
        free(rr);
        return;
    }
    index_open(&rr->by_subject, p->arena, p->n_rows - p->data + 1);
    for (size_t i = p->data; i < p->n_rows; i++) {
        const struct row *row = &p->rows[i];

        if (row_says_nothing(&rr->er, row_cell(&rr->er, row, ROLE_TAX)) &&
            form_is_footer(&rr->er.scratch, row))
            break;
        if (form_is_numbering(row) || row_is_heading(&rr->er, row))
            continue;
        if (entities)
            read_entity(rr, row);
        else
            read_unit(rr, row);
        arena_clear(&rr->er.scratch);
    }
    if (rr->n_groups == 0)
        form_no_rows(p);
    else
        row_blanks(&rr->er);
    for (size_t i = 0; i < rr->n_groups; i++)
        finish(rr, &rr->groups[i]);
    free(rr->groups);
    arena_clear(&rr->er.scratch);
    free(rr);
}
