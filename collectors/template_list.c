/* Lists: a row for each organisation that the register expects, then empty ones. */
#include "collectors/template_own.h"

#include "proto/base/text.h"

enum {
    ROWS_SPARE = 10,    /* for new ones; and one for each ten known */
    ROWS_EMPTY = 20,    /* where the register says nothing of the rows */
    FIXED_COLUMNS = 2,  /* on every printed page: number and name */
    HINTS_SHOWN = 2000, /* at their cells: with more a workbook opens slowly */
};

struct list {
    struct maker *m;
    struct list_columns columns;
    const struct past **rows;
    size_t n, n_rows; /* known ones; all with the empty ones */
    double widths[TEMPLATE_COLUMNS];
    uint32_t first; /* row of the first organisation */
    uint32_t head;  /* row of the heads */
};

static int by_place(const void *a, const void *b)
{
    const struct past *x = *(const struct past *const *)a;
    const struct past *y = *(const struct past *const *)b;
    const char *const of[][2] = {
        {x->registered->commune, y->registered->commune},
        {x->registered->name,    y->registered->name   },
        {x->registered->id,      y->registered->id     },
    };
    struct arena arena = {0};
    int d = 0;

    for (size_t i = 0; d == 0 && i < COUNT(of); i++) {
        const char *p = of[i][0] == NULL ? "" : text_key_bare(&arena, of[i][0]);
        const char *q = of[i][1] == NULL ? "" : text_key_bare(&arena, of[i][1]);

        d = p == NULL || q == NULL ? 0 : strcmp(p, q);
    }
    arena_clear(&arena);
    return d;
}

static void expected(struct list *l)
{
    const struct template_job *job = l->m->job;

    l->rows = mem_array(job->n_entities + 1, sizeof *l->rows);
    for (size_t i = 0; l->columns.known && i < job->n_entities; i++)
        if (template_expects(l->m->form, &job->entities[i]))
            l->rows[l->n++] = &job->entities[i];
    l->m->rows = l->n;
    qsort(l->rows, l->n, sizeof *l->rows, by_place);
    l->n_rows = !l->columns.known || l->m->form->layout == LAYOUT_ROWS
                    ? l->n + ROWS_EMPTY /* one may need several rows */
                    : l->n + ROWS_SPARE + l->n / 10;
}

static void put_head(struct list *l)
{
    struct paper *p = &l->m->paper;
    int lines = 2;

    l->head = p->row;
    for (size_t i = 0; i < l->columns.n; i++) {
        const struct list_column *c = &l->columns.list[i];
        int needs = paper_lines(c->head, c->width * 0.95); /* they are bold */

        lines = needs > lines ? needs : lines;
        paper_text(p, (int)i, c->head, PAPER_HEAD);
    }
    paper_height(p, lines);
    p->row++;
    for (size_t i = 0; i < l->columns.n; i++)
        paper_text(p, (int)i, arena_printf(&p->arena, "(%zu)", i + 1), PAPER_NUMBERS);
    p->row++;
    paper_head_done(p, FIXED_COLUMNS);
}

/* ---- cells ---- */

static const char *or_empty(const char *s)
{
    return s == NULL ? "" : s;
}

/* What the register says; "" for nothing. */
static const char *known(struct list *l, const struct subject *s, enum list_kind kind)
{
    const struct breakdown *b;

    switch (kind) {
    case LIST_NAME:
        return or_empty(s->name);
    case LIST_TAX:
        return s->scheme == ID_TAX ? or_empty(s->id) : "";
    case LIST_CERTIFICATE:
        return s->scheme == ID_CERTIFICATE ? or_empty(s->id) : "";
    case LIST_REGISTER:
        return s->scheme == ID_REGISTER ? or_empty(s->id) : "";
    case LIST_ISSUER:
        return s->scheme == ID_TAX ? "" : or_empty(s->id_issuer);
    case LIST_SECTOR:
        b = catalogue_breakdown(l->m->job->cat, "sector", or_empty(s->sector));
        return b == NULL ? "" : b->name_vi;
    case LIST_COMMUNE:
        return or_empty(s->commune);
    case LIST_ORDER:
    case LIST_KIND:
    case LIST_STATE: /* asked each time */
    case LIST_WORD:
    case LIST_DIM:
    case LIST_OTHER_TAX:
    case LIST_PRODUCT:
    case LIST_DAY:
    case LIST_MARK:
    case LIST_NUMBER:
    case LIST_NOTE:
        break;
    }
    return "";
}

/* Who is identified in one way is not asked for another number. */
static bool is_closed(enum list_kind kind)
{
    return kind == LIST_TAX || kind == LIST_CERTIFICATE || kind == LIST_REGISTER ||
           kind == LIST_ISSUER;
}

static enum paper_style style_of(const struct list_column *c)
{
    switch (c->kind) {
    case LIST_TAX:
    case LIST_CERTIFICATE:
    case LIST_REGISTER:
    case LIST_OTHER_TAX:
        return PAPER_OPEN_CODE;
    case LIST_KIND:
    case LIST_MARK:
        return PAPER_OPEN_CENTRE;
    case LIST_DAY:
        return PAPER_OPEN_DATE;
    case LIST_NUMBER:
        return template_style(c->cell->indicator);
    case LIST_ORDER:
    case LIST_NAME:
    case LIST_ISSUER:
    case LIST_SECTOR:
    case LIST_COMMUNE:
    case LIST_STATE:
    case LIST_WORD:
    case LIST_DIM:
    case LIST_PRODUCT:
    case LIST_NOTE:
        break;
    }
    return PAPER_OPEN_TEXT;
}

static enum paper_style fixed_style(const struct list_column *c)
{
    return style_of(c) == PAPER_OPEN_CODE ? PAPER_FIXED_CENTRE : PAPER_FIXED;
}

static void put_row(struct list *l, size_t i)
{
    const struct subject *s = i < l->n ? l->rows[i]->registered : NULL;
    struct paper *p = &l->m->paper;
    int lines = 1;

    for (size_t col = 0; col < l->columns.n; col++) {
        const struct list_column *c = &l->columns.list[col];
        const char *text = s == NULL ? "" : known(l, s, c->kind);
        bool fixed = *text != 0 || (s != NULL && is_closed(c->kind));
        int needs = paper_lines(text, c->width);

        lines = needs > lines ? needs : lines;
        if (c->kind == LIST_ORDER)
            paper_order(p, (int64_t)i + 1);
        else
            paper_text(p, (int)col, text, fixed ? fixed_style(c) : style_of(c));
    }
    paper_height(p, lines);
    p->row++;
}

/* ---- checks ---- */

/* What the register or the last report says of the row, shown when the cell is chosen. */
static const char *hint_of(struct list *l, const struct list_column *c,
                           const struct past *past)
{
    const struct template_job *job = l->m->job;
    const struct breakdown *b;

    if (c->kind == LIST_STATE) {
        b = catalogue_breakdown(job->cat, "state",
                                entity_state_word(past->registered->state));
        return b == NULL ? NULL
                         : template_say(l->m, "template.registered", b->name_vi, NULL,
                                        NULL, NULL);
    }
    if (c->kind == LIST_WORD)
        return template_word_hint(l->m, past, c->cell);
    return c->cell == NULL
               ? NULL
               : template_hint(l->m, past, c->cell, job->period, job->vintage);
}

static void check_range(struct list *l, const struct list_column *c, int col, size_t from,
                        size_t to, const char *hint)
{
    const uint32_t first = l->first + (uint32_t)from, last = l->first + (uint32_t)to;
    const bool open =
        c->dim != NULL && catalogue_breakdown(l->m->job->cat, c->dim, "*") != NULL;

    switch (c->kind) {
    case LIST_NUMBER:
        template_number(l->m, c->cell->indicator, first, col, last, col, hint);
        break;
    case LIST_MARK:
        template_yes_no(l->m, first, col, last, hint);
        break;
    case LIST_DAY:
        template_date(l->m, first, col, last);
        break;
    case LIST_SECTOR:
    case LIST_STATE:
    case LIST_KIND:
    case LIST_DIM:
    case LIST_WORD:
        if (!open)
            template_coded(l->m, c->dim, c->cell != NULL ? c->cell : NULL, first, col,
                           last, hint);
        break;
    case LIST_ORDER:
    case LIST_NAME:
    case LIST_TAX:
    case LIST_CERTIFICATE:
    case LIST_REGISTER:
    case LIST_ISSUER:
    case LIST_COMMUNE:
    case LIST_OTHER_TAX:
    case LIST_PRODUCT:
    case LIST_NOTE:
        break;
    }
}

/* One check for each cell with a hint, one for each run of cells without. */
static void check_column(struct list *l, int col, bool hints)
{
    const struct list_column *c = &l->columns.list[col];
    size_t from = 0;

    if (c->kind == LIST_NUMBER && c->cell->indicator->scale != 1)
        paper_sparse(&l->m->paper, l->first, col, l->first + (uint32_t)l->n_rows - 1,
                     col);
    for (size_t i = 0; i < l->n; i++) {
        const bool fixed = *known(l, l->rows[i]->registered, c->kind) != 0;
        const char *hint = fixed || !hints ? NULL : hint_of(l, c, l->rows[i]);

        if (!fixed && hint == NULL)
            continue;
        if (i > from)
            check_range(l, c, col, from, i - 1, NULL);
        if (!fixed)
            check_range(l, c, col, i, i, hint);
        from = i + 1;
    }
    check_range(l, c, col, from, l->n_rows - 1, NULL);
}

/* ---- the last values beside the table ---- */

static const char *last_of(struct list *l, const struct list_column *c, size_t row)
{
    const struct template_job *job = l->m->job;
    const char *value;

    if (c->cell == NULL)
        return NULL;
    if (c->kind == LIST_WORD)
        return template_word(l->m, l->rows[row], c->cell);
    value = template_last(l->m, l->rows[row], c->cell, job->period, job->vintage);
    if (c->kind == LIST_MARK && value != NULL && (*value == '0' || *value == '1'))
        return template_text(l->m, *value == '1' ? "template.yes" : "template.no");
    return value;
}

/* Grey, at the right, outside the print: "Kỳ trước: Doanh thu". */
static void put_aside(struct list *l)
{
    struct paper *p = &l->m->paper;
    const uint32_t below = p->row;
    int at = (int)l->columns.n + 1;

    for (size_t col = 0; col < l->columns.n; col++) {
        const struct list_column *c = &l->columns.list[col];
        bool any = false;

        for (size_t i = 0; i < l->n && !any; i++)
            any = last_of(l, c, i) != NULL;
        if (!any)
            continue;
        paper_aside(p, at, c->width + 2);
        p->row = l->head;
        paper_text(p, at,
                   template_say(l->m, "template.past_of", c->head, NULL, NULL, NULL),
                   PAPER_HINT_HEAD);
        for (size_t i = 0; i < l->n; i++) {
            const char *value = last_of(l, c, i);

            p->row = l->first + (uint32_t)i;
            paper_text(p, at, value != NULL ? value : "", PAPER_HINT);
        }
        at++;
    }
    p->row = below;
}

void template_list(struct maker *m)
{
    struct list *l = arena_new(&m->paper.arena, sizeof *l); /* its widths live on */

    l->m = m;
    template_columns(m, &l->columns);
    expected(l);
    for (size_t i = 0; i < l->columns.n; i++)
        l->widths[i] = l->columns.list[i].width;
    template_page(m, l->widths, (int)l->columns.n, FIXED_COLUMNS);
    put_head(l);
    l->first = m->paper.row;
    for (size_t i = 0; i < l->n_rows; i++)
        put_row(l, i);
    for (size_t i = 0; i < l->columns.n; i++)
        check_column(l, (int)i, l->n * l->columns.n <= HINTS_SHOWN);
    put_aside(l);
    paper_sheet_done(&m->paper);
    free(l->rows);
}
