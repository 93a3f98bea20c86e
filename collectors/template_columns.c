/* The columns of a list: who the row is about, what is asked of it, notes. */
#include "collectors/template_own.h"

#include "proto/base/text.h"

enum { VALUE_WIDTH = 9 };

static void add(struct list_columns *l, struct list_column c)
{
    if (l->n < TEMPLATE_COLUMNS)
        l->list[l->n++] = c;
}

static void add_fact(struct maker *m, struct list_columns *l, enum list_kind kind,
                     const char *key, double width, const char *dim)
{
    add(l, (struct list_column){
               .kind = kind, .head = template_text(m, key), .width = width, .dim = dim});
}

/* A word that is broken cannot be read: "đồng/người/năm". */
static double width_of(const char *text, double least)
{
    double most = least;
    struct arena a = {0};
    char *save = NULL;

    for (char *w = strtok_r(arena_str(&a, text), " ", &save); w != NULL;
         w = strtok_r(NULL, " ", &save))
        if ((double)text_width(w) * 1.1 > most)
            most = (double)text_width(w) * 1.1;
    arena_clear(&a);
    return most;
}

static bool is_open(const struct maker *m, const char *dim)
{
    return catalogue_breakdown(m->job->cat, dim, "*") != NULL;
}

bool template_asks(const struct maker *m, const struct form_cell *c)
{
    const struct form *f = m->form;

    /* where a document merged the ladder; nobody is asked to */
    if (f->layout != LAYOUT_BY_PERIOD && strchr(c->indicator->code, '+') != NULL)
        return false;
    if (!indicator_asked(c->indicator, m->job->period->cutoff))
        return false; /* its law has ended: grades after 17/9/2025 */
    if (f->layout != LAYOUT_ROWS || c->coded != 0)
        return true;
    /* "HTX giải thể" is counted from the rows that say so */
    for (size_t i = 0; i < f->n_cells; i++) {
        const struct form_cell *word = &f->cells[i];
        const char *behind = strchr(c->label_vi, ' ');

        if (word->coded == 1 && behind != NULL && !is_open(m, word->indicator->dims[0]) &&
            catalogue_breakdown_named(m->job->cat, word->indicator->dims[0],
                                      behind + 1) != NULL)
            return false;
    }
    return true;
}

/* 0 or 1 of one organisation: "Phụ nữ làm chủ". */
static bool is_mark(const struct maker *m, const struct form_cell *c)
{
    const char *kind = m->form->subject == SUBJECT_HTX   ? "HTX"
                       : m->form->subject == SUBJECT_THT ? "THT"
                                                         : "";

    return c->indicator->type == IND_STOCK && strcmp(c->indicator->unit_vi, kind) == 0;
}

/* The day of an event, of a certificate: where a row says both what and by which paper.
 */
static bool has_day(const struct maker *m)
{
    const struct form *f = m->form;

    for (size_t i = 0; i < f->n_cells; i++)
        if (f->cells[i].coded == 1 && f->cells[i].indicator->dims[1] != NULL &&
            !is_open(m, f->cells[i].indicator->dims[0]))
            return true;
    return false;
}

static bool is_word_column(const struct maker *m, const char *dim)
{
    const struct form *f = m->form;

    for (size_t i = 0; i < f->n_cells; i++)
        if (f->cells[i].coded != 0 &&
            strcmp(f->cells[i].indicator->dims[f->cells[i].coded - 1], dim) == 0)
            return true;
    return false;
}

/* Dimensions of the row that no column of words says: a decision, a lender. */
static void add_dims(struct maker *m, struct list_columns *l, const struct indicator *ind)
{
    for (size_t d = 0; ind->dims[d] != NULL; d++) {
        const char *dim = ind->dims[d];
        const struct breakdown *b = catalogue_breakdown(m->job->cat, dim, "*");
        bool there = is_word_column(m, dim) || strcmp(dim, "sector") == 0;

        for (size_t i = 0; i < l->n; i++)
            there = there || (l->list[i].dim != NULL && strcmp(l->list[i].dim, dim) == 0);
        if (there)
            continue;
        add(l, (struct list_column){
                   .kind = LIST_DIM,
                   .head = b != NULL
                               ? b->name_vi
                               : template_text(m, arena_printf(&m->paper.arena,
                                                               "template.dim_%s", dim)),
                   .width = 18,
                   .dim = dim});
        if (strcmp(dim, "certificate") == 0)
            add_fact(m, l, LIST_PRODUCT, "template.product", 20, NULL);
    }
}

static void add_words(struct maker *m, struct list_columns *l, const struct form_cell *c)
{
    const char *dim = c->indicator->dims[c->coded - 1];

    add(l, (struct list_column){.kind = LIST_WORD,
                                .head = c->label_vi,
                                .width = is_open(m, dim) ? 26 : 17,
                                .dim = dim,
                                .cell = c});
    if (strcmp(dim, "entity") == 0)
        add_fact(m, l, LIST_OTHER_TAX,
                 m->form->subject == SUBJECT_UNIT ? "template.tax"
                                                  : "template.tax_member",
                 13, NULL);
}

static void add_number(struct maker *m, struct list_columns *l, const struct form_cell *c)
{
    bool mark = is_mark(m, c);

    add(l,
        (struct list_column){
            .kind = mark ? LIST_MARK : LIST_NUMBER,
            .head = mark ? c->label_vi : template_head(m, c->label_vi, c->indicator),
            .width = width_of(template_head(m, c->label_vi, c->indicator), VALUE_WIDTH),
            .cell = c});
}

static void add_asked(struct maker *m, struct list_columns *l)
{
    const struct form *f = m->form;
    bool day = false;

    for (size_t i = 0; i < f->n_cells; i++) {
        const struct form_cell *c = &f->cells[i];

        if ((i > 0 && c->row == c[-1].row) || !template_asks(m, c))
            continue;
        if (c->coded == 0) {
            add_number(m, l, c);
            if (f->layout == LAYOUT_ROWS)
                add_dims(m, l, c->indicator);
            continue;
        }
        add_words(m, l, c);
        if (f->layout != LAYOUT_ROWS)
            continue;
        add_dims(m, l, c->indicator);
        if (!day && has_day(m))
            add_fact(m, l, LIST_DAY, "template.day", 12, NULL);
        day = true;
    }
}

/* Figures of each organisation: a row for each that the register expects. */
static bool has_figures(const struct list_columns *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->list[i].kind == LIST_NUMBER || l->list[i].kind == LIST_MARK)
            return true;
    return false;
}

static void add_subject(struct maker *m, struct list_columns *l, bool events)
{
    static const char *const names[] = {
        [SUBJECT_NONE] = "template.name",        [SUBJECT_UNIT] = "template.name",
        [SUBJECT_HTX] = "template.name_htx",     [SUBJECT_THT] = "template.name_tht",
        [SUBJECT_LHHTX] = "template.name_lhhtx", [SUBJECT_QTDND] = "template.name_qtdnd"};
    bool group = m->form->subject == SUBJECT_THT;

    add_fact(m, l, LIST_NAME, events ? "template.name" : names[m->form->subject], 30,
             NULL);
    if (events)
        add_fact(m, l, LIST_KIND, "template.kind", 14, "kind");
    add_fact(m, l, LIST_TAX, "template.tax", 13, NULL);
    if (!group)
        add_fact(m, l, LIST_CERTIFICATE, "template.certificate", 12, NULL);
    if (group || events)
        add_fact(m, l, LIST_REGISTER, "template.register", 12, NULL);
    add_fact(m, l, LIST_ISSUER, "template.issuer", 12, NULL);
    add_fact(m, l, LIST_SECTOR, "template.sector", 20, "sector");
    add_fact(m, l, LIST_COMMUNE, "template.commune", 14, NULL);
    if (m->form->layout == LAYOUT_ENTITY_ROWS)
        add_fact(m, l, LIST_STATE, "template.state", 14, "state");
}

void template_columns(struct maker *m, struct list_columns *l)
{
    struct list_columns asked = {.n = 0};

    *l = (struct list_columns){.n = 0};
    add_asked(m, &asked);
    l->known = m->form->subject != SUBJECT_UNIT && has_figures(&asked);
    add_fact(m, l, LIST_ORDER, "template.order", 5, NULL);
    if (m->form->subject != SUBJECT_UNIT)
        add_subject(m, l, !l->known);
    for (size_t i = 0; i < asked.n; i++)
        add(l, asked.list[i]);
    add_fact(m, l, LIST_NOTE, "template.note", 18, NULL);
}
