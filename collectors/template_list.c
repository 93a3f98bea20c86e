/* Entity lists: a row for each cooperative that the register expects, then empty ones. */
#include "collectors/template_own.h"

#include "proto/base/text.h"

enum {
    ROWS_SPARE = 10, /* for new ones; and one for each ten known */
    VALUE_WIDTH = 9,
    FIXED_COLUMNS = 2, /* on every printed page: number and name */
};

enum fact {
    FACT_ORDER,
    FACT_NAME,
    FACT_TAX,
    FACT_CERTIFICATE,
    FACT_ISSUER,
    FACT_REGISTER,
    FACT_SECTOR,
    FACT_COMMUNE,
    FACT_STATE,
};

struct fact_column {
    enum fact fact;
    const char *key; /* its head, of the texts */
    double width;
    enum paper_style known, open; /* filled by the register, or empty */
    const char *dim;              /* of a drop-down list */
};

static const struct fact_column columns[] = {
    {FACT_ORDER,       "template.order",       5,  PAPER_FIXED_CENTRE, PAPER_FIXED_CENTRE, NULL    },
    {FACT_NAME,        NULL,                   30, PAPER_FIXED,        PAPER_OPEN_TEXT,    NULL    },
    {FACT_TAX,         "template.tax",         13, PAPER_FIXED_CENTRE, PAPER_OPEN_CODE,    NULL    },
    {FACT_CERTIFICATE, "template.certificate", 12, PAPER_FIXED_CENTRE, PAPER_OPEN_CODE,
     NULL                                                                                          },
    {FACT_REGISTER,    "template.register",    12, PAPER_FIXED_CENTRE, PAPER_OPEN_CODE,    NULL    },
    {FACT_ISSUER,      "template.issuer",      12, PAPER_FIXED,        PAPER_OPEN_TEXT,    NULL    },
    {FACT_SECTOR,      "template.sector",      18, PAPER_FIXED,        PAPER_OPEN_TEXT,    "sector"},
    {FACT_COMMUNE,     "template.commune",     15, PAPER_FIXED,        PAPER_OPEN_TEXT,    NULL    },
    {FACT_STATE,       "template.state",       15, PAPER_OPEN_TEXT,    PAPER_OPEN_TEXT,    "state" },
};

struct list {
    struct maker *m;
    const struct past **rows;
    size_t n, n_rows; /* known ones; all with the empty ones */
    const struct fact_column *facts[COUNT(columns)];
    int n_facts;
    double widths[TEMPLATE_COLUMNS];
    int n_columns;
    uint32_t first; /* row of the first cooperative */
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
    for (size_t i = 0; i < job->n_entities; i++)
        if (template_expects(l->m->form, &job->entities[i]))
            l->rows[l->n++] = &job->entities[i];
    qsort(l->rows, l->n, sizeof *l->rows, by_place);
    l->n_rows = l->n + ROWS_SPARE + l->n / 10;
}

/* Groups of the communes have a register number, the others a certificate. */
static bool has_column(const struct list *l, enum fact fact)
{
    bool group = l->m->form->subject == SUBJECT_THT;

    if (fact == FACT_REGISTER)
        return group;
    return fact != FACT_CERTIFICATE || !group;
}

/* A word that is broken cannot be read: "đồng/người/năm". */
static double width_of(const char *unit)
{
    double most = VALUE_WIDTH;
    struct arena a = {0};
    char *save = NULL;

    for (char *w = strtok_r(arena_str(&a, unit), " ", &save); w != NULL;
         w = strtok_r(NULL, " ", &save))
        if ((double)text_width(w) * 1.1 > most)
            most = (double)text_width(w) * 1.1;
    arena_clear(&a);
    return most;
}

static void choose_columns(struct list *l)
{
    const struct form *f = l->m->form;

    for (size_t i = 0; i < COUNT(columns); i++)
        if (has_column(l, columns[i].fact)) {
            l->facts[l->n_facts] = &columns[i];
            l->widths[l->n_facts++] = columns[i].width;
        }
    l->n_columns = l->n_facts;
    for (size_t i = 0; i < f->n_cells && l->n_columns < TEMPLATE_COLUMNS - 1; i++)
        l->widths[l->n_columns++] = width_of(f->cells[i].indicator->unit_vi);
    l->widths[l->n_columns++] = 18; /* notes */
}

static const char *head_of(const struct list *l, const struct fact_column *c)
{
    return template_text(l->m, c->key != NULL                       ? c->key
                               : l->m->form->subject == SUBJECT_HTX ? "template.name_htx"
                                                                    : "template.name");
}

static void put_head(struct list *l)
{
    struct maker *m = l->m;
    struct paper *p = &m->paper;
    int lines = 2, col = l->n_facts;

    for (int i = 0; i < l->n_facts; i++)
        paper_text(p, i, head_of(l, l->facts[i]), PAPER_HEAD);
    for (size_t i = 0; i < m->form->n_cells && col < l->n_columns - 1; i++) {
        const struct form_cell *c = &m->form->cells[i];
        int needs = paper_lines(c->label_vi, l->widths[col] * 0.85) +
                    paper_lines(c->indicator->unit_vi, l->widths[col] * 0.85);

        lines = needs > lines ? needs : lines;
        paper_text(p, col++, template_head(m, c->label_vi, c->indicator), PAPER_HEAD);
    }
    paper_text(p, col, template_text(m, "template.note"), PAPER_HEAD);
    paper_height(p, lines);
    p->row++;
    for (int i = 0; i < l->n_columns; i++)
        paper_text(p, i, arena_printf(&p->arena, "(%d)", i + 1), PAPER_NUMBERS);
    p->row++;
    paper_head_done(p, FIXED_COLUMNS);
}

static const char *or_empty(const char *s)
{
    return s == NULL ? "" : s;
}

/* What the register says; "" for nothing. */
static const char *known(struct list *l, const struct subject *s, enum fact fact)
{
    const struct breakdown *b;

    switch (fact) {
    case FACT_NAME:
        return or_empty(s->name);
    case FACT_TAX:
        return s->scheme == ID_TAX ? or_empty(s->id) : "";
    case FACT_CERTIFICATE:
        return s->scheme == ID_CERTIFICATE ? or_empty(s->id) : "";
    case FACT_REGISTER:
        return s->scheme == ID_REGISTER ? or_empty(s->id) : "";
    case FACT_ISSUER:
        return s->scheme == ID_TAX ? "" : or_empty(s->id_issuer);
    case FACT_SECTOR:
        b = catalogue_breakdown(l->m->job->cat, "sector", or_empty(s->sector));
        return b == NULL ? "" : b->name_vi;
    case FACT_COMMUNE:
        return or_empty(s->commune);
    case FACT_ORDER:
    case FACT_STATE: /* asked each time */
        break;
    }
    return "";
}

/* Only what identifies it another way stays closed: a number is not asked for twice. */
static bool is_closed(const struct subject *s, enum fact fact)
{
    return s != NULL && (fact == FACT_TAX || fact == FACT_CERTIFICATE ||
                         fact == FACT_REGISTER || fact == FACT_ISSUER);
}

static void put_facts(struct list *l, size_t i)
{
    const struct subject *s = i < l->n ? l->rows[i]->registered : NULL;
    struct paper *p = &l->m->paper;

    for (int col = 0; col < l->n_facts; col++) {
        const struct fact_column *c = l->facts[col];
        const char *text = s == NULL ? "" : known(l, s, c->fact);

        if (c->fact == FACT_ORDER)
            paper_order(p, (int64_t)i + 1);
        else
            paper_text(p, col, text,
                       *text != 0 || is_closed(s, c->fact) ? c->known : c->open);
    }
}

static void put_rows(struct list *l)
{
    const struct form *f = l->m->form;
    struct paper *p = &l->m->paper;

    l->first = p->row;
    for (size_t i = 0; i < l->n_rows; i++) {
        int lines = 1;

        put_facts(l, i);
        for (int col = l->n_facts; col < l->n_columns - 1; col++)
            paper_text(p, col, "", template_style(f->cells[col - l->n_facts].indicator));
        paper_text(p, l->n_columns - 1, "", PAPER_OPEN_TEXT);
        if (i < l->n)
            for (int col = 1; col < l->n_facts; col++) {
                const char *text = known(l, l->rows[i]->registered, l->facts[col]->fact);
                int needs = paper_lines(text, l->widths[col]);

                lines = needs > lines ? needs : lines;
            }
        paper_height(p, lines);
        p->row++;
    }
}

/* What the state was, shown when the cell is chosen. */
static const char *state_hint(struct list *l, const struct past *past)
{
    const struct breakdown *b = catalogue_breakdown(
        l->m->job->cat, "state", entity_state_word(past->registered->state));

    return b == NULL
               ? NULL
               : template_say(l->m, "template.registered", b->name_vi, NULL, NULL, NULL);
}

static void check_facts(struct list *l)
{
    uint32_t last = l->first + (uint32_t)l->n_rows - 1;

    for (int col = 0; col < l->n_facts; col++) {
        const struct fact_column *c = l->facts[col];

        if (c->dim == NULL)
            continue;
        for (size_t i = 0; i < l->n; i++)
            if (*known(l, l->rows[i]->registered, c->fact) == 0)
                template_coded(l->m, c->dim, l->first + (uint32_t)i, col,
                               l->first + (uint32_t)i,
                               c->fact == FACT_STATE ? state_hint(l, l->rows[i]) : NULL);
        template_coded(l->m, c->dim, l->first + (uint32_t)l->n, col, last, NULL);
    }
}

static void check_values(struct list *l)
{
    const struct form *f = l->m->form;
    const char **hints = mem_array(l->n_rows, sizeof *hints);

    for (int col = l->n_facts; col < l->n_columns - 1; col++) {
        const struct form_cell *cell = &f->cells[col - l->n_facts];

        for (size_t i = 0; i < l->n; i++)
            hints[i] = template_hint(l->m, l->rows[i], cell, l->m->job->period,
                                     l->m->job->vintage);
        template_column(l->m, cell->indicator, l->first, col, hints, l->n_rows);
    }
    free(hints);
}

void template_list(struct maker *m)
{
    struct list *l = arena_new(&m->paper.arena, sizeof *l); /* its widths live on */

    l->m = m;
    expected(l);
    choose_columns(l);
    template_page(m, l->widths, l->n_columns, FIXED_COLUMNS);
    put_head(l);
    put_rows(l);
    check_facts(l);
    check_values(l);
    paper_sheet_done(&m->paper);
    free(l->rows);
}
