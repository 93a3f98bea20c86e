/* Entity lists: one row for each cooperative, one report for each row. */
#include "proto/base/text.h"
#include "proto/forms/form_own.h"

struct entity_reader {
    struct page_reader *p;
    struct column *role[ROLES]; /* the column with that role, or NULL */
    struct observation *slots;  /* by form cell */
    const char *sector;         /* of the group heading above: "II. Xây dựng" */
    struct arena scratch;
};

static const struct cell *cell_of(const struct entity_reader *er, const struct row *row,
                                  enum column_role role)
{
    return er->role[role] == NULL ? NULL : form_cell_at(row, er->role[role]->col);
}

/* Says nothing: a dash, "x", "…", "chưa có". */
static bool says_nothing(struct entity_reader *er, const struct cell *c)
{
    static const char *const words[] = {"",        "x",     "…",       "...",
                                        "chưa có", "không", "không có"};
    const char *key = c == NULL ? "" : text_key(&er->scratch, c->text);

    for (size_t i = 0; key != NULL && i < COUNT(words); i++)
        if (strcmp(key, words[i]) == 0)
            return true;
    return key == NULL;
}

/* Text as written, blanks at its ends and line ends inside taken away. */
static const char *fact(struct entity_reader *er, const struct cell *c)
{
    char *text, *end;

    if (says_nothing(er, c))
        return "";
    text = arena_str(er->p->arena, c->text);
    while (*text != 0 && strchr(" \t\r\n", *text) != NULL)
        text++;
    for (end = text + strlen(text); end > text && strchr(" \t\r\n", end[-1]) != NULL;)
        *--end = 0;
    for (char *n = text; (n = strpbrk(n, "\r\n\t")) != NULL;)
        *n = ' ';
    return text;
}

/* The sector that a heading names, "Lĩnh vực nông nghiệp"; NULL for none. */
static const struct breakdown *sector_named(struct entity_reader *er, const char *text)
{
    static const char *const before[] = {"lĩnh vực ", "ngành ", "htx ", "hợp tác xã "};
    const char *key = text_key(&er->scratch, form_unnumbered(text));
    const struct breakdown *b;

    if (key == NULL)
        return NULL;
    b = catalogue_breakdown_named(er->p->ctx->cat, "sector", key);
    for (size_t i = 0; b == NULL && i < COUNT(before); i++)
        if (strncmp(key, before[i], strlen(before[i])) == 0)
            b = catalogue_breakdown_named(er->p->ctx->cat, "sector",
                                          key + strlen(before[i]));
    return b;
}

/* "II", "B.", "III. Phi nông nghiệp": the numbers of groups, not of cooperatives. */
static bool numbers_a_group(const char *text)
{
    size_t roman, n;

    text += strspn(text, " (");
    roman = strspn(text, "IVX");
    n = roman > 0 ? roman : *text >= 'A' && *text <= 'H';
    return n > 0 && (text[n] == 0 || strchr(".)", text[n]) != NULL);
}

static bool has_values(const struct entity_reader *er, const struct row *row)
{
    for (size_t i = 0; i < er->p->n_columns; i++)
        if (er->p->columns[i].role == ROLE_VALUE &&
            form_cell_at(row, er->p->columns[i].col) != NULL)
            return true;
    return false;
}

/* A row without any number of a cooperative: a sector, perhaps with its subtotals. */
static bool is_group_heading(struct entity_reader *er, const struct row *row)
{
    const struct cell *name = cell_of(er, row, ROLE_NAME);
    const struct cell *text = name != NULL ? name : &row->cells[row->n == 2];
    const struct breakdown *b = sector_named(er, text->text);

    bool group = numbers_a_group(row->cells->text) && !has_values(er, row);

    if (b != NULL || group) /* below a group of another kind the last sector has ended */
        er->sector = b != NULL ? b->code : NULL;
    return b != NULL || group || row->n == 1;
}

/* The heading once more, as every printed page has it, or its line of numbers. */
static bool is_heading_again(struct entity_reader *er, const struct row *row)
{
    const struct cell *name = cell_of(er, row, ROLE_NAME);
    const char *key = name == NULL ? NULL : text_key(&er->scratch, name->text);
    const char *head = text_key(&er->scratch, er->role[ROLE_NAME]->text);

    return key != NULL && (strcmp(key, head) == 0 || form_is_numbering(row));
}

static void identify(struct entity_reader *er, const struct row *row, struct report *r,
                     struct findings *fs)
{
    struct page_reader *p = er->p;
    struct subject *s = &r->subject;
    const struct cell *tax = cell_of(er, row, ROLE_TAX);
    const char *certificate = fact(er, cell_of(er, row, ROLE_CERTIFICATE));
    const char *number = fact(er, cell_of(er, row, ROLE_REGISTER));
    char digits[16];

    s->name = fact(er, cell_of(er, row, ROLE_NAME));
    s->commune = fact(er, cell_of(er, row, ROLE_COMMUNE));
    s->id = s->id_issuer = "";
    if (!says_nothing(er, tax)) {
        s->scheme = ID_TAX;
        tax_number(tax->text, digits);
        s->id = *digits != 0 ? arena_str(p->arena, digits) : fact(er, tax);
    } else if (*certificate != 0) {
        s->scheme = ID_CERTIFICATE;
        s->id = certificate;
        s->id_issuer = fact(er, cell_of(er, row, ROLE_ISSUER));
    } else if (*number != 0) {
        s->scheme = ID_REGISTER;
        s->id = number;
        s->id_issuer = fact(er, cell_of(er, row, ROLE_ISSUER));
        if (*s->id_issuer == 0)
            s->id_issuer = s->commune;
    }
    if (text_has_hidden(s->id) || text_has_hidden(s->name))
        form_cell_finding(p, fs, "HIDDEN_CHARACTER",
                          text_has_hidden(s->id) && tax != NULL ? tax : row->cells, NULL,
                          NULL);
}

/* The code that the cell names in a dimension; NULL after a finding, "" for a blank. */
static const char *coded(struct entity_reader *er, const struct row *row,
                         enum column_role role, const char *dim, const char *unknown,
                         struct findings *fs)
{
    const struct cell *c = cell_of(er, row, role);
    const struct breakdown *b;

    if (says_nothing(er, c))
        return "";
    b = catalogue_breakdown_named(er->p->ctx->cat, dim, form_unnumbered(c->text));
    if (b == NULL)
        form_cell_finding(er->p, fs, unknown, c, NULL, NULL);
    return b == NULL ? NULL : b->code;
}

static void classify_subject(struct entity_reader *er, const struct row *row,
                             struct report *r, struct findings *fs)
{
    struct subject *s = &r->subject;
    const char *code = coded(er, row, ROLE_SECTOR, "sector", "SECTOR_UNKNOWN", fs);

    s->sector = code == NULL ? "" : *code == 0 && er->sector != NULL ? er->sector : code;
    code = coded(er, row, ROLE_STATE, "state", "STATE_UNKNOWN", fs);
    s->state = code == NULL ? STATE_NONE : entity_state_of(code);
    code = coded(er, row, ROLE_KIND, "kind", "KIND_UNKNOWN", fs);
    if (code != NULL && *code != 0)
        s->kind = subject_of(code);
}

static void note(struct entity_reader *er, const struct row *row, struct report *r,
                 struct findings *fs)
{
    const struct cell *c = cell_of(er, row, ROLE_NOTE);

    if (says_nothing(er, c))
        return;
    if (strlen(c->text) > TEXT_BYTES_MAX) {
        form_cell_finding(er->p, fs, "TEXT_TOO_LONG", c, NULL, "8000");
        return;
    }
    r->texts = arena_new(er->p->arena, sizeof *r->texts);
    r->texts[0] = (struct named_text){"note", arena_str(er->p->arena, c->text)};
    r->n_texts = 1;
}

/* All value cells into their places in the form's order. */
static void observe(struct entity_reader *er, const struct row *row, struct report *r,
                    struct findings *fs)
{
    struct page_reader *p = er->p;
    const struct form *form = p->form;
    size_t n = 0;

    memset(er->slots, 0, form->n_cells * sizeof *er->slots);
    for (size_t i = 0, at = 0; i < p->n_columns; i++) {
        const struct column *c = &p->columns[i];
        struct observation o = {.as_of = p->as_of, .population = ""};

        while (at < row->n && row->cells[at].col < c->col)
            at++; /* both run by column */
        if (c->role != ROLE_VALUE || at == row->n || row->cells[at].col != c->col)
            continue;
        o.b1 = c->cell->b1;
        o.b2 = c->cell->b2;
        if (!form_value(p, &row->cells[at], c->cell->indicator, &c->unit, &o, fs))
            continue;
        er->slots[c->cell - form->cells] = o;
        n++;
    }
    r->obs = arena_new(p->arena, (n + 1) * sizeof *r->obs);
    for (size_t i = 0; i < form->n_cells; i++)
        if (er->slots[i].indicator != 0)
            r->obs[r->n_obs++] = er->slots[i];
}

/* Group headings, totals and blank lines of a list are no cooperatives. */
static bool is_entity(struct entity_reader *er, const struct row *row)
{
    bool numbered = !says_nothing(er, cell_of(er, row, ROLE_TAX)) ||
                    !says_nothing(er, cell_of(er, row, ROLE_CERTIFICATE)) ||
                    !says_nothing(er, cell_of(er, row, ROLE_REGISTER));

    if (is_heading_again(er, row))
        return false;
    if (numbered)
        return true;
    if (form_is_total(&er->scratch, row)) {
        form_page_finding(er->p, "TOTAL_ROW", SEV_NOTE, false, row->cells,
                          row->cells->text, NULL);
        return false;
    }
    if (is_group_heading(er, row))
        return false;
    for (size_t i = 0; i < er->p->n_columns; i++) {
        const struct column *c = &er->p->columns[i];

        if ((c->role == ROLE_VALUE || c->role == ROLE_NAME) &&
            form_cell_at(row, c->col) != NULL)
            return true;
    }
    return false;
}

static void read_row(struct entity_reader *er, const struct row *row)
{
    struct page_reader *p = er->p;
    struct report *r = form_add_report(p);
    struct findings *fs = form_findings(p, r);
    static const enum column_role places[] = {ROLE_TAX, ROLE_CERTIFICATE, ROLE_NAME};
    const struct cell *at = row->cells;

    /* what identifies it is where a person looks first */
    for (size_t i = COUNT(places); i > 0; i--)
        if (!says_nothing(er, cell_of(er, row, places[i - 1])))
            at = cell_of(er, row, places[i - 1]);
    r->scheme = p->period->scheme;
    r->period = p->period->code;
    r->vintage = p->vintage;
    r->source_place = form_place(p, at);
    identify(er, row, r, fs);
    classify_subject(er, row, r, fs);
    note(er, row, r, fs);
    observe(er, row, r, fs);
}

void form_entities(struct page_reader *p)
{
    struct entity_reader er = {.p = p};
    size_t before = p->out->n;
    char max[16];

    if (p->n_rows - p->data > ROWS_MAX) {
        snprintf(max, sizeof max, "%d", ROWS_MAX);
        form_page_finding(p, "TOO_MANY_ROWS", SEV_ERROR, true, NULL, NULL, max);
        return;
    }
    for (int role = 0; role < ROLES; role++)
        er.role[role] = form_column(p, (enum column_role)role);
    er.slots = mem_array(p->form->n_cells + 1, sizeof *er.slots);
    for (size_t i = p->data; i < p->n_rows; i++) {
        const struct row *row = &p->rows[i];

        if (says_nothing(&er, cell_of(&er, row, ROLE_TAX)) &&
            form_is_footer(&er.scratch, row))
            break;
        if (is_entity(&er, row))
            read_row(&er, row);
        arena_clear(&er.scratch);
    }
    if (p->out->n == before)
        form_page_finding(p, "NO_ROWS", SEV_WARNING, false, NULL, NULL, NULL);
    free(er.slots);
    arena_clear(&er.scratch);
}
