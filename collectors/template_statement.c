/* Statements of a unit: the form's lines down; sectors, or periods, across. */
#include "collectors/template_own.h"

#include "proto/base/text.h"

enum {
    FIXED_COLUMNS = 3, /* number, indicator, unit: on every printed page */
    ACROSS_MOST = 64,
};

struct across {       /* one value column */
    const char *code; /* of the breakdown, "" for all */
    const struct period *period;
    enum vintage vintage;
    const char *head;
};

enum tail { TAIL_PAST, TAIL_AS_OF, TAIL_POPULATION, TAIL_NOTE, TAILS };

struct statement {
    struct maker *m;
    struct across across[ACROSS_MOST];
    int n_across;
    int tail[TAILS]; /* column, or -1 */
    double widths[TEMPLATE_COLUMNS];
    int n_columns;
    uint32_t first;      /* row of the first line */
    const size_t *lines; /* first cell of each line of the form */
    size_t n_lines;
};

/* ---- columns ---- */

static void add_across(struct statement *s, struct across a)
{
    if (s->n_across < ACROSS_MOST)
        s->across[s->n_across++] = a;
}

static void by_sector(struct statement *s)
{
    const struct template_job *job = s->m->job;
    const struct form *f = s->m->form;

    for (size_t i = 0; f->columns[i] != NULL; i++) {
        const bool all = strcmp(f->columns[i], "all") == 0;
        const struct breakdown *b =
            all ? NULL : catalogue_breakdown(job->cat, f->dim, f->columns[i]);

        add_across(s, (struct across){all ? "" : f->columns[i], job->period, job->vintage,
                                      b != NULL ? b->name_vi
                                                : template_text(s->m, "template.total")});
    }
    if (s->n_across == 0)
        add_across(s, (struct across){"", job->period, job->vintage,
                                      template_text(s->m, "template.total")});
}

/* "Kế hoạch năm 2025", as the reader takes it. */
static void add_period(struct statement *s, const struct period *period,
                       enum vintage vintage)
{
    struct maker *m = s->m;
    const struct breakdown *b =
        catalogue_breakdown(m->job->cat, "vintage", vintage_word(vintage));
    const char *name;

    if (period == NULL || b == NULL)
        return;
    for (int i = 0; i < s->n_across; i++)
        if (s->across[i].period == period && s->across[i].vintage == vintage)
            return;
    name = text_key(&m->paper.arena, period->name_vi); /* "năm 2025" */
    add_across(s, (struct across){"", period, vintage,
                                  arena_printf(&m->paper.arena, "%s %s", b->name_vi,
                                               name != NULL ? name : period->name_vi)});
}

static const struct period *year(struct maker *m, int shift)
{
    int y, month, day;

    date_split(m->job->period->ends, &y, &month, &day);
    return catalogue_period(m->job->cat, arena_printf(&m->paper.arena, "%s:%d",
                                                      m->job->period->scheme, y + shift));
}

/* Plan, what was done, what the year will come to; at the year's end the next plan. */
static void by_period(struct statement *s)
{
    const struct template_job *job = s->m->job;
    const bool whole = year(s->m, 0) == job->period;

    if (!whole)
        add_period(s, year(s->m, 0), VINTAGE_PLAN);
    add_period(s, job->period, job->vintage);
    if (!whole)
        add_period(s, year(s->m, 0), VINTAGE_ESTIMATE);
    else
        add_period(s, year(s->m, 1), VINTAGE_PLAN);
}

static bool has_means(const struct form *f)
{
    for (size_t i = 0; i < f->n_cells; i++)
        if (f->cells[i].indicator->type != IND_STOCK &&
            f->cells[i].indicator->type != IND_FLOW)
            return true;
    return false;
}

/* Has the unit ever said one of the lines? */
static bool has_past(struct statement *s)
{
    const struct template_job *job = s->m->job;

    for (size_t i = 0; job->own != NULL && i < s->n_lines; i++)
        if (template_last(s->m, job->own, &s->m->form->cells[s->lines[i]], job->period,
                          job->vintage) != NULL)
            return true;
    return false;
}

static void choose_columns(struct statement *s)
{
    static const double tails[TAILS] = {10, 12, 16, 12};
    static const double heads[FIXED_COLUMNS] = {5, 36, 10};
    const bool sectors = s->m->form->layout == LAYOUT_BY_SECTOR;
    const bool has[TAILS] = {[TAIL_PAST] = has_past(s),
                             [TAIL_AS_OF] = !sectors,
                             [TAIL_POPULATION] = !sectors && has_means(s->m->form),
                             [TAIL_NOTE] = true};

    if (sectors)
        by_sector(s);
    else
        by_period(s);
    memcpy(s->widths, heads, sizeof heads);
    s->n_columns = FIXED_COLUMNS;
    for (int i = 0; i < s->n_across; i++)
        s->widths[s->n_columns++] = sectors ? 8 : 16;
    for (int i = 0; i < TAILS; i++) {
        s->tail[i] = has[i] ? s->n_columns : -1;
        if (has[i])
            s->widths[s->n_columns++] = tails[i];
    }
}

static void put_head(struct statement *s)
{
    static const char *const fixed[FIXED_COLUMNS] = {"template.order", "template.label",
                                                     "template.unit"};
    static const char *const tails[TAILS] = {"template.past", "template.as_of",
                                             "template.population", "template.note"};
    struct paper *p = &s->m->paper;
    int lines = 2;

    for (int i = 0; i < FIXED_COLUMNS; i++)
        paper_text(p, i, template_text(s->m, fixed[i]), PAPER_HEAD);
    for (int i = 0; i < s->n_across; i++) {
        int needs = paper_lines(s->across[i].head, s->widths[FIXED_COLUMNS + i] * 0.95);

        lines = needs > lines ? needs : lines;
        paper_text(p, FIXED_COLUMNS + i, s->across[i].head, PAPER_HEAD);
    }
    for (int i = 0; i < TAILS; i++)
        if (s->tail[i] >= 0)
            paper_text(p, s->tail[i], template_text(s->m, tails[i]), PAPER_HEAD);
    paper_height(p, lines);
    p->row++;
    for (int i = 0; i < s->n_columns; i++)
        paper_text(p, i, arena_printf(&p->arena, "(%d)", i + 1), PAPER_NUMBERS);
    p->row++;
    paper_head_done(p, FIXED_COLUMNS);
}

/* ---- lines ---- */

/* The cell of the line in this column, or NULL: it is not asked. */
static const struct form_cell *cell_at(const struct statement *s, size_t line, int col)
{
    const struct form *f = s->m->form;
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

static void put_line(struct statement *s, size_t line)
{
    struct maker *m = s->m;
    struct paper *p = &m->paper;
    const struct form_cell *c = &m->form->cells[s->lines[line]];
    int lines = paper_lines(c->label_vi, s->widths[1]);

    paper_order(p, (int64_t)line + 1);
    paper_text(p, 1, c->label_vi, PAPER_FIXED);
    paper_text(p, 2, c->indicator->unit_vi, PAPER_FIXED_CENTRE);
    if (paper_lines(c->indicator->unit_vi, s->widths[2]) > lines)
        lines = paper_lines(c->indicator->unit_vi, s->widths[2]);
    for (int i = 0; i < s->n_across; i++)
        paper_text(p, FIXED_COLUMNS + i, "",
                   cell_at(s, line, i) != NULL ? template_style(c->indicator)
                                               : PAPER_CLOSED);
    if (s->tail[TAIL_AS_OF] >= 0)
        paper_text(p, s->tail[TAIL_AS_OF], "", PAPER_OPEN_DATE);
    if (s->tail[TAIL_POPULATION] >= 0)
        paper_text(p, s->tail[TAIL_POPULATION], "", PAPER_OPEN_TEXT);
    paper_text(p, s->tail[TAIL_NOTE], "", PAPER_OPEN_TEXT);
    paper_height(p, lines);
}

/* The last accepted total, grey, for comparison. */
static void put_past(struct statement *s, size_t line)
{
    struct maker *m = s->m;
    const struct form_cell *c = &m->form->cells[s->lines[line]];
    const char *value;

    if (s->tail[TAIL_PAST] < 0)
        return;
    value = template_last(m, m->job->own, c, m->job->period, m->job->vintage);
    paper_text(&m->paper, s->tail[TAIL_PAST], value != NULL ? value : "", PAPER_HINT);
}

/* Checks along a line: cells that follow each other without hints share one. */
static void check_line(struct statement *s, size_t line)
{
    struct maker *m = s->m;
    const struct indicator *ind = m->form->cells[s->lines[line]].indicator;
    const uint32_t row = s->first + (uint32_t)line;
    int from = -1; /* first column of a run without hints */

    for (int i = 0; i <= s->n_across; i++) {
        const struct form_cell *c = i < s->n_across ? cell_at(s, line, i) : NULL;
        const char *hint = c == NULL
                               ? NULL
                               : template_hint(m, m->job->own, c, s->across[i].period,
                                               s->across[i].vintage);

        if (from >= 0 && (c == NULL || hint != NULL)) {
            template_number(m, ind, row, FIXED_COLUMNS + from, row, FIXED_COLUMNS + i - 1,
                            NULL);
            from = -1;
        }
        if (hint != NULL)
            template_number(m, ind, row, FIXED_COLUMNS + i, row, FIXED_COLUMNS + i, hint);
        else if (c != NULL && from < 0)
            from = i;
    }
    if (ind->scale != 1)
        paper_sparse(&m->paper, row, FIXED_COLUMNS, row, FIXED_COLUMNS + s->n_across - 1);
}

static void find_lines(struct statement *s)
{
    const struct form *f = s->m->form;
    size_t *lines = arena_new(&s->m->paper.arena, (f->n_cells + 1) * sizeof *lines);

    for (size_t i = 0; i < f->n_cells; i++)
        if ((i == 0 || f->cells[i].row != f->cells[i - 1].row) &&
            template_asks(s->m, &f->cells[i]))
            lines[s->n_lines++] = i;
    s->lines = lines;
}

void template_statement(struct maker *m)
{
    struct statement *s = arena_new(&m->paper.arena, sizeof *s); /* its widths live on */
    uint32_t last;

    s->m = m;
    find_lines(s);
    choose_columns(s);
    template_page(m, s->widths, s->n_columns, FIXED_COLUMNS);
    put_head(s);
    s->first = m->paper.row;
    for (size_t i = 0; i < s->n_lines; i++) {
        put_line(s, i);
        put_past(s, i);
        check_line(s, i);
        m->paper.row++;
    }
    last = m->paper.row - 1;
    if (s->n_lines > 0 && s->tail[TAIL_AS_OF] >= 0)
        template_date(m, s->first, s->tail[TAIL_AS_OF], last);
    if (s->n_lines > 0 && s->tail[TAIL_POPULATION] >= 0)
        template_coded(m, "population", NULL, s->first, s->tail[TAIL_POPULATION], last,
                       NULL);
    paper_sheet_done(&m->paper);
}
