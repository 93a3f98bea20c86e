#include "proto/forms/statement.h"

#include "proto/base/text.h"

const double statement_heads[STATEMENT_FIXED] = {5, 36, 10};
const double statement_tails[TAILS] = {10, 12, 16, 12};
const char *const statement_head_keys[STATEMENT_FIXED] = {
    "template.order", "template.label", "template.unit"};
const char *const statement_tail_keys[TAILS] = {"template.past", "template.as_of",
                                                "template.population", "template.note"};

struct planning {
    struct statement_plan *s;
    const struct catalogue *cat;
    const struct period *period;
    enum vintage vintage;
    struct arena *arena;
};

static void add_across(struct planning *p, struct statement_column c)
{
    if (p->s->n_across < STATEMENT_ACROSS)
        p->s->across[p->s->n_across++] = c;
}

static void add_sector(struct planning *p, const char *code)
{
    const bool all = strcmp(code, "all") == 0;
    const struct breakdown *b =
        all ? NULL : catalogue_breakdown(p->cat, p->s->form->dim, code);

    add_across(p, (struct statement_column){
                      all ? "" : code, p->period, p->vintage,
                      b != NULL ? b->name_vi
                                : catalogue_text(p->cat, "template.total", LANG_VI)});
}

static void by_sector(struct planning *p)
{
    const struct form *f = p->s->form;

    for (size_t i = 0; f->columns[i] != NULL; i++)
        add_sector(p, f->columns[i]);
    if (p->s->n_across == 0)
        add_sector(p, "all");
}

/* "Kế hoạch năm 2025", as the reader takes it. */
static void add_period(struct planning *p, const struct period *period,
                       enum vintage vintage)
{
    const struct breakdown *b =
        catalogue_breakdown(p->cat, "vintage", vintage_word(vintage));
    struct statement_plan *s = p->s;
    const char *name;

    if (period == NULL || b == NULL)
        return;
    for (int i = 0; i < s->n_across; i++)
        if (s->across[i].period == period && s->across[i].vintage == vintage)
            return;
    name = text_key(p->arena, period->name_vi); /* "năm 2025" */
    add_across(p, (struct statement_column){
                      "", period, vintage,
                      arena_printf(p->arena, "%s %s", b->name_vi,
                                   name != NULL ? name : period->name_vi)});
}

static const struct period *year(struct planning *p, int shift)
{
    int y, month, day;

    date_split(p->period->ends, &y, &month, &day);
    return catalogue_period(
        p->cat, arena_printf(p->arena, "%s:%d", p->period->scheme, y + shift));
}

/* Plan, what was done, what the year will come to; at the year's end the next plan. */
static void by_period(struct planning *p)
{
    const bool whole = year(p, 0) == p->period;

    if (!whole)
        add_period(p, year(p, 0), VINTAGE_PLAN);
    add_period(p, p->period, p->vintage);
    if (!whole)
        add_period(p, year(p, 0), VINTAGE_ESTIMATE);
    else
        add_period(p, year(p, 1), VINTAGE_PLAN);
}

static bool has_means(const struct form *f)
{
    for (size_t i = 0; i < f->n_cells; i++)
        if (f->cells[i].indicator->type != IND_STOCK &&
            f->cells[i].indicator->type != IND_FLOW)
            return true;
    return false;
}

/* What no column asks any more, its law having ended: grades after 17/9/2025. */
static bool is_asked(const struct statement_plan *s, const struct form_cell *c)
{
    for (int i = 0; i < s->n_across; i++)
        if (s->across[i].period == NULL ||
            indicator_asked(c->indicator, s->across[i].period->cutoff))
            return true;
    return s->n_across == 0;
}

/* Where a document merged the ladder ("sơ cấp, trung cấp"); nobody is asked to. */
static bool is_merged(const struct form *f, const struct form_cell *c)
{
    return f->layout != LAYOUT_BY_PERIOD && strchr(c->indicator->code, '+') != NULL;
}

void statement_plan(struct statement_plan *s, const struct catalogue *cat,
                    const struct form *form, const struct period *period,
                    enum vintage vintage, struct arena *a)
{
    struct planning p = {s, cat, period, vintage, a};
    size_t *lines = arena_new(a, (form->n_cells + 1) * sizeof *lines);
    const bool sectors = form->layout == LAYOUT_BY_SECTOR;

    *s = (struct statement_plan){.form = form, .lines = lines};
    if (sectors)
        by_sector(&p);
    else
        by_period(&p);
    for (size_t i = 0; i < form->n_cells; i++)
        if ((i == 0 || form->cells[i].row != form->cells[i - 1].row) &&
            !is_merged(form, &form->cells[i]) && is_asked(s, &form->cells[i]))
            lines[s->n_lines++] = i;
    s->has[TAIL_AS_OF] = !sectors;
    s->has[TAIL_POPULATION] = !sectors && has_means(form);
    s->has[TAIL_NOTE] = true;
}

double statement_width(const struct statement_plan *s)
{
    return s->form->layout == LAYOUT_BY_SECTOR ? 8 : 16;
}

const struct form_cell *statement_cell(const struct statement_plan *s, size_t line,
                                       int col)
{
    const struct form *f = s->form;
    const struct form_cell *c = &f->cells[s->lines[line]];
    const char *code = s->across[col].code;
    const bool across = s->lines[line] + 1 < f->n_cells && c[1].row == c->row;

    if (!across)
        return *code == 0 ? c : NULL;
    for (size_t i = s->lines[line]; i < f->n_cells && f->cells[i].row == c->row; i++)
        if (strcmp(f->cells[i].b1, code) == 0)
            return &f->cells[i];
    return NULL;
}
