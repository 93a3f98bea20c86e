/* Rows that are entities or something of them: who it is, and what its row says. */
#include <ctype.h>

#include "proto/base/text.h"
#include "proto/forms/form_own.h"

enum { BLANK_NAMED = 50 }; /* rows without figures that are named one by one */

const struct cell *row_cell(const struct row_reader *er, const struct row *row,
                            enum column_role role)
{
    return er->role[role] == NULL ? NULL : form_cell_at(row, er->role[role]->col);
}

/* Says nothing: a dash, "x", "…", "chưa có". */
bool row_says_nothing(struct row_reader *er, const struct cell *c)
{
    static const char *const words[] = {"",        "x",     "…",       "...",
                                        "chưa có", "không", "không có"};
    const char *key;

    if (c != NULL && isalnum((unsigned char)*c->text) &&
        strchr("xXcCkK", *c->text) == NULL)
        return false; /* none of them begins so */
    key = c == NULL ? "" : text_key(&er->scratch, c->text);
    for (size_t i = 0; key != NULL && i < COUNT(words); i++)
        if (strcmp(key, words[i]) == 0)
            return true;
    return key == NULL;
}

/* Text as written, blanks at its ends and line ends inside taken away. */
const char *row_fact(struct row_reader *er, const struct cell *c)
{
    char *text, *end;

    if (row_says_nothing(er, c))
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
const struct breakdown *row_sector(struct row_reader *er, const char *text)
{
    const struct breakdown *b = form_code(er->p, "sector", text);

    return b == NULL || breakdown_is_group(b->code) ? NULL : b;
}

/* "II", "B.", "III. Phi nông nghiệp": the numbers of groups, not of cooperatives. */
bool row_numbers_group(const char *text)
{
    size_t roman, n;

    text += strspn(text, " (");
    roman = strspn(text, "IVX");
    n = roman > 0 ? roman : *text >= 'A' && *text <= 'H';
    return n > 0 && (text[n] == 0 || strchr(".)", text[n]) != NULL);
}

/* The heading once more, as every printed page has it, or its line of numbers. */
bool row_is_heading(struct row_reader *er, const struct row *row)
{
    const struct cell *name = row_cell(er, row, ROLE_NAME);
    const char *key = name == NULL ? NULL : text_key(&er->scratch, name->text);
    const char *head =
        name == NULL ? NULL : text_key(&er->scratch, er->role[ROLE_NAME]->text);

    return key != NULL && (strcmp(key, head) == 0 || form_is_numbering(row));
}

/* Words that would become a formula in the workbook of somebody else. */
static void find_formulas(struct row_reader *er, const struct row *row,
                          struct findings *fs)
{
    for (size_t i = 0; i < er->p->n_columns; i++) {
        const struct column *col = &er->p->columns[i];
        const struct cell *c = form_cell_at(row, col->col);

        if (col->role != ROLE_NONE && col->role != ROLE_SKIP && col->role != ROLE_VALUE &&
            c != NULL && c->kind == CELL_TEXT && form_is_formula(c->text))
            form_cell_finding(er->p, fs, "TEXT_FORMULA", c, NULL, NULL);
    }
}

void row_identify(struct row_reader *er, const struct row *row, struct report *r,
                  struct findings *fs)
{
    struct page_reader *p = er->p;
    struct subject *s = &r->subject;
    const struct cell *tax = row_cell(er, row, ROLE_TAX);
    const char *certificate = row_fact(er, row_cell(er, row, ROLE_CERTIFICATE));
    const char *number = row_fact(er, row_cell(er, row, ROLE_REGISTER));
    char digits[16];

    s->name = row_fact(er, row_cell(er, row, ROLE_NAME));
    s->commune = row_fact(er, row_cell(er, row, ROLE_COMMUNE));
    s->id = s->id_issuer = "";
    if (!row_says_nothing(er, tax)) {
        s->scheme = ID_TAX;
        tax_number(tax->text, digits);
        s->id = *digits != 0 ? arena_str(p->arena, digits) : row_fact(er, tax);
    } else if (*certificate != 0) {
        s->scheme = ID_CERTIFICATE;
        s->id = certificate;
        s->id_issuer = row_fact(er, row_cell(er, row, ROLE_ISSUER));
    } else if (*number != 0) {
        s->scheme = ID_REGISTER;
        s->id = number;
        s->id_issuer = row_fact(er, row_cell(er, row, ROLE_ISSUER));
        if (*s->id_issuer == 0)
            s->id_issuer = s->commune;
    }
    if (text_has_hidden(s->id) || text_has_hidden(s->name)) {
        const struct cell *at =
            text_has_hidden(s->id) ? tax : row_cell(er, row, ROLE_NAME);

        form_cell_finding(p, fs, "HIDDEN_CHARACTER", at != NULL ? at : row->cells, NULL,
                          NULL);
    }
    find_formulas(er, row, fs);
}

/* The code that the cell names in a dimension; NULL after a finding, "" for a blank. */
static const char *coded(struct row_reader *er, const struct row *row,
                         enum column_role role, const char *dim, const char *unknown,
                         struct findings *fs)
{
    const struct cell *c = row_cell(er, row, role);
    const struct breakdown *b;

    if (row_says_nothing(er, c))
        return "";
    if (er->last[role].text == NULL || strcmp(er->last[role].text, c->text) != 0) {
        er->last[role].text = c->text;
        er->last[role].b = form_code(er->p, dim, c->text);
    }
    b = er->last[role].b;
    if (b != NULL && breakdown_is_group(b->code))
        b = NULL;
    if (b == NULL)
        form_cell_finding(er->p, fs, unknown, c, NULL, NULL);
    return b == NULL ? NULL : b->code;
}

void row_classify(struct row_reader *er, const struct row *row, struct report *r,
                  struct findings *fs)
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

/* Notes of the row, and of the rows before it about the same. */
void row_note(struct row_reader *er, const struct row *row, struct report *r,
              struct findings *fs)
{
    struct page_reader *p = er->p;

    for (size_t i = 0; i < p->n_columns; i++) {
        const struct cell *c =
            p->columns[i].role == ROLE_NOTE ? form_cell_at(row, p->columns[i].col) : NULL;
        const char *before = r->n_texts > 0 ? r->texts[0].text : "";

        if (row_says_nothing(er, c) || strcmp(before, c->text) == 0)
            continue;
        if (strlen(before) + strlen(c->text) > TEXT_BYTES_MAX) {
            form_cell_finding(p, fs, "TEXT_TOO_LONG", c, NULL, "8000");
            continue;
        }
        if (r->n_texts == 0)
            r->texts = arena_new(p->arena, sizeof *r->texts);
        r->texts[0] =
            (struct named_text){"note", arena_printf(p->arena, "%s%s%s", before,
                                                     *before != 0 ? "; " : "", c->text)};
        r->n_texts = 1;
    }
}

void row_reader_open(struct row_reader *er, struct page_reader *p)
{
    *er = (struct row_reader){.p = p};
    for (int role = 0; role < ROLES; role++)
        er->role[role] = form_column(p, (enum column_role)role);
}

/* 1 or 0 for one organisation: "HTX ứng dụng công nghệ cao". */
static bool is_mark(const struct indicator *ind)
{
    const char *unit = ind->unit_vi;

    return (*unit == 'H' || *unit == 'T') &&
           (strcmp(unit, "HTX") == 0 || strcmp(unit, "THT") == 0);
}

bool row_value(struct row_reader *er, const struct column *c, const struct cell *cell,
               struct observation *o, struct findings *fs)
{
    const struct indicator *ind = c->cell->indicator;
    bool mark = is_mark(ind);
    struct cell said = *cell;
    struct finding f;

    if (cell->kind == CELL_BOOL) {
        said.kind = CELL_NUMBER;
        said.text = strcmp(cell->text, "TRUE") == 0 ? "1" : "0";
    } else if (cell->kind == CELL_TEXT && mark) {
        const char *key = text_key(&er->scratch, cell->text);

        if (key != NULL && strcmp(key, "có") == 0)
            said.text = "1";
        else if (key != NULL && strcmp(key, "không") == 0)
            said.text = "0";
    }
    if (!form_value(er->p, mark ? &said : cell, ind, &c->unit, o, fs))
        return false;
    if (said.text != cell->text) /* else form_value() has just kept it */
        o->text = form_text(er->p, cell);
    if (mark && o->state == OBS_NOT_APPLICABLE) {
        f = finding_at("MARK_X", SEV_WARNING, o); /* a cross is a yes to many */
        findings_add(fs, &f);
    }
    return true;
}

const char *row_names(struct row_reader *er, const char *dim)
{
    const struct catalogue *cat = er->p->ctx->cat;
    struct bytes b = {0};
    char *names;

    for (size_t i = 0; i < cat->n_breakdowns; i++)
        if (strcmp(cat->breakdowns[i].dim, dim) == 0)
            bytes_printf(&b, "%s%s", b.n > 0 ? "; " : "", cat->breakdowns[i].name_vi);
    names = arena_strn(er->p->arena, b.p, b.n);
    bytes_clear(&b);
    return names;
}

bool row_code(struct row_reader *er, const struct column *c, const struct cell *cell,
              struct observation *o, struct findings *fs)
{
    struct page_reader *p = er->p;
    const struct catalogue *cat = p->ctx->cat;
    const struct form_cell *fc = c->cell;
    const char *dim = fc->indicator->dims[fc->coded - 1], *code;
    const struct breakdown *b =
        catalogue_breakdown_named(cat, dim, form_unnumbered(cell->text));
    struct number legend;
    struct finding f;

    o->indicator = fc->indicator->no;
    o->b1 = o->b2 = "";
    o->text = form_text(p, cell);
    o->cell = form_place(p, cell);
    if (b != NULL && strcmp(b->code, "*") != 0) {
        code = b->code;
    } else if (number_read(cell->text, fc->indicator, &legend) == NUMBER_OK &&
               legend.state != OBS_VALUE) {
        o->state = legend.state; /* "-", "x", "…", "KCC" */
        return legend.state != OBS_MISSING;
    } else if (catalogue_breakdown(cat, dim, "*") != NULL && cell->kind == CELL_TEXT) {
        code = row_fact(er, cell);
    } else {
        f = finding_at("CODE_UNKNOWN", SEV_ERROR, o);
        f.refuses = true;
        f.args[0] = row_names(er, dim);
        findings_add(fs, &f);
        return false;
    }
    if (fc->coded == 1)
        o->b1 = code;
    else
        o->b2 = code;
    o->state = OBS_VALUE;
    o->value = 1;
    return true;
}

bool row_is_blank(const struct row_reader *er, const struct row *row)
{
    static const bool asked[ROLES] = {
        [ROLE_VALUE] = true, [ROLE_BREAKDOWN] = true, [ROLE_STATE] = true,
        [ROLE_NOTE] = true,  [ROLE_AS_OF] = true,     [ROLE_PRODUCT] = true};

    for (size_t i = 0; i < er->p->n_columns; i++)
        if (asked[er->p->columns[i].role] &&
            form_cell_at(row, er->p->columns[i].col) != NULL)
            return false;
    return true;
}

void row_blank(struct row_reader *er, const struct row *row)
{
    const struct cell *name = row_cell(er, row, ROLE_NAME);
    const struct cell *at = name != NULL ? name : row->cells;

    if (er->n_blank++ == 0)
        er->first_blank = at;
    if (*er->p->page->form_mark == 0 && er->n_blank <= BLANK_NAMED)
        form_page_finding(er->p, "ROW_BLANK", SEV_WARNING, false, at, at->text, at->text);
}

void row_blanks(struct row_reader *er)
{
    size_t named = *er->p->page->form_mark == 0 ? BLANK_NAMED : 0;
    char n[24];

    if (er->n_blank <= named)
        return;
    snprintf(n, sizeof n, "%zu", er->n_blank);
    form_page_finding(er->p, "ROWS_BLANK", SEV_NOTE, false, er->first_blank,
                      er->first_blank->text, n);
}
