/* Statements of a unit: the form's lines down; sectors, or periods, across. */
#include "collectors/template_own.h"

#include "proto/forms/statement.h"

struct statement {
    struct maker *m;
    struct statement_plan plan;
    int tail[TAILS]; /* column, or -1 */
    double widths[TEMPLATE_COLUMNS];
    int n_columns;
    uint32_t first; /* row of the first line */
};

/* ---- columns ---- */

/* Has the unit ever said one of the lines? */
static bool has_past(struct statement *s)
{
    const struct template_job *job = s->m->job;

    for (size_t i = 0; job->own != NULL && i < s->plan.n_lines; i++)
        if (template_last(s->m, job->own, &s->m->form->cells[s->plan.lines[i]],
                          job->period, job->vintage) != NULL)
            return true;
    return false;
}

static void choose_columns(struct statement *s)
{
    struct statement_plan *plan = &s->plan;

    plan->has[TAIL_PAST] = has_past(s);
    memcpy(s->widths, statement_heads, sizeof statement_heads);
    s->n_columns = STATEMENT_FIXED;
    for (int i = 0; i < plan->n_across; i++)
        s->widths[s->n_columns++] = statement_width(plan);
    for (int i = 0; i < TAILS; i++) {
        s->tail[i] = plan->has[i] ? s->n_columns : -1;
        if (plan->has[i])
            s->widths[s->n_columns++] = statement_tails[i];
    }
}

static void put_head(struct statement *s)
{
    struct paper *p = &s->m->paper;
    int lines = 2;

    for (int i = 0; i < STATEMENT_FIXED; i++)
        paper_text(p, i, template_text(s->m, statement_head_keys[i]), PAPER_HEAD);
    for (int i = 0; i < s->plan.n_across; i++) {
        int needs =
            paper_lines(s->plan.across[i].head, s->widths[STATEMENT_FIXED + i] * 0.95);

        lines = needs > lines ? needs : lines;
        paper_text(p, STATEMENT_FIXED + i, s->plan.across[i].head, PAPER_HEAD);
    }
    for (int i = 0; i < TAILS; i++)
        if (s->tail[i] >= 0)
            paper_text(p, s->tail[i], template_text(s->m, statement_tail_keys[i]),
                       PAPER_HEAD);
    paper_height(p, lines);
    p->row++;
    for (int i = 0; i < s->n_columns; i++)
        paper_text(p, i, arena_printf(&p->arena, "(%d)", i + 1), PAPER_NUMBERS);
    p->row++;
    paper_head_done(p, STATEMENT_FIXED);
}

/* ---- lines ---- */

static void put_line(struct statement *s, size_t line)
{
    struct maker *m = s->m;
    struct paper *p = &m->paper;
    const struct form_cell *c = &m->form->cells[s->plan.lines[line]];
    int lines = paper_lines(c->label_vi, s->widths[1]);

    paper_order(p, (int64_t)line + 1);
    paper_text(p, 1, c->label_vi, PAPER_FIXED);
    paper_text(p, 2, c->indicator->unit_vi, PAPER_FIXED_CENTRE);
    if (paper_lines(c->indicator->unit_vi, s->widths[2]) > lines)
        lines = paper_lines(c->indicator->unit_vi, s->widths[2]);
    for (int i = 0; i < s->plan.n_across; i++)
        paper_text(p, STATEMENT_FIXED + i, "",
                   statement_cell(&s->plan, line, i) != NULL
                       ? template_style(c->indicator)
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
    const struct form_cell *c = &m->form->cells[s->plan.lines[line]];
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
    const struct indicator *ind = m->form->cells[s->plan.lines[line]].indicator;
    const uint32_t row = s->first + (uint32_t)line;
    int from = -1; /* first column of a run without hints */

    for (int i = 0; i <= s->plan.n_across; i++) {
        const struct form_cell *c =
            i < s->plan.n_across ? statement_cell(&s->plan, line, i) : NULL;
        const char *hint =
            c == NULL ? NULL
                      : template_hint(m, m->job->own, c, s->plan.across[i].period,
                                      s->plan.across[i].vintage);

        if (from >= 0 && (c == NULL || hint != NULL)) {
            template_number(m, ind, row, STATEMENT_FIXED + from, row,
                            STATEMENT_FIXED + i - 1, NULL);
            from = -1;
        }
        if (hint != NULL)
            template_number(m, ind, row, STATEMENT_FIXED + i, row, STATEMENT_FIXED + i,
                            hint);
        else if (c != NULL && from < 0)
            from = i;
    }
    if (ind->scale != 1)
        paper_sparse(&m->paper, row, STATEMENT_FIXED, row,
                     STATEMENT_FIXED + s->plan.n_across - 1);
}

void template_statement(struct maker *m)
{
    struct statement *s = arena_new(&m->paper.arena, sizeof *s); /* its widths live on */
    uint32_t last;

    s->m = m;
    statement_plan(&s->plan, m->job->cat, m->form, m->job->period, m->job->vintage,
                   &m->paper.arena);
    choose_columns(s);
    template_page(m, s->widths, s->n_columns, STATEMENT_FIXED);
    put_head(s);
    s->first = m->paper.row;
    for (size_t i = 0; i < s->plan.n_lines; i++) {
        put_line(s, i);
        put_past(s, i);
        check_line(s, i);
        m->paper.row++;
    }
    last = m->paper.row - 1;
    if (s->plan.n_lines > 0 && s->tail[TAIL_AS_OF] >= 0)
        template_date(m, s->first, s->tail[TAIL_AS_OF], last);
    if (s->plan.n_lines > 0 && s->tail[TAIL_POPULATION] >= 0)
        template_coded(m, "population", NULL, s->first, s->tail[TAIL_POPULATION], last,
                       NULL);
    paper_sheet_done(&m->paper);
}
