/*
 * Named texts of a unit's report: a label and the text beside it, or below it in the same
 * column until the next label.
 */
#include "proto/base/text.h"
#include "proto/forms/form_own.h"

enum { TEXT_CHARS_MAX = 8000, LABEL_BYTES_MAX = 200 };

struct texts_reader {
    struct page_reader *p;
    struct bytes *text;            /* by form cell */
    const struct form_cell *above; /* label that text without one goes on with */
    size_t report;
};

static size_t characters(const char *s)
{
    size_t n = 0;

    for (; *s != 0; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

static void append(struct texts_reader *tr, const struct cell *c, const char *text)
{
    struct bytes *b = &tr->text[tr->above - tr->p->form->cells];
    struct findings *fs = &tr->p->out->per_report[tr->report];

    if (characters(bytes_cstr(b)) + characters(text) > TEXT_CHARS_MAX) {
        form_cell_finding(tr->p, fs, "TEXT_TOO_LONG", c, NULL, "8000");
        return;
    }
    bytes_printf(b, "%s%s", b->n > 0 ? "\n" : "", text);
}

/* The row's label, and the text beside it. */
static const struct cell *label_in(struct page_reader *p, const struct row *row,
                                   struct label_hit *hit, const struct cell **text)
{
    *text = NULL;
    for (size_t i = 0; i < row->n; i++) {
        const struct cell *c = &row->cells[i];

        if (c->kind != CELL_TEXT || strlen(c->text) > LABEL_BYTES_MAX ||
            !form_label(p, c->text, hit))
            continue;
        *text = hit->breakdown != NULL ? c : i + 1 < row->n ? &row->cells[i + 1] : NULL;
        return c;
    }
    return NULL;
}

/* The longest cell of a row. */
static const struct cell *longest(const struct row *row)
{
    const struct cell *found = row->cells;

    for (size_t i = 1; i < row->n; i++)
        if (strlen(row->cells[i].text) > strlen(found->text))
            found = &row->cells[i];
    return found;
}

/* False when the signatures begin. */
static bool read_row(struct texts_reader *tr, const struct row *row)
{
    struct page_reader *p = tr->p;
    struct label_hit hit = {0};
    const struct cell *text, *label = label_in(p, row, &hit, &text);

    if (label != NULL) {
        tr->above = hit.cell;
        if (text != NULL)
            append(tr, text, text == label ? hit.breakdown : text->text);
        return true;
    }
    text = longest(row);
    if (strlen(text->text) < LABEL_BYTES_MAX && form_is_footer(p->arena, row))
        return false;
    if (row->n > 1 && strlen(text->text) < LABEL_BYTES_MAX)
        form_unknown(p, "UNKNOWN_ROW", text, text->text);
    else
        append(tr, text, text->text);
    return true;
}

static void finish(struct texts_reader *tr)
{
    struct page_reader *p = tr->p;
    struct report *r = &p->out->reports[tr->report];

    r->texts = arena_new(p->arena, (p->form->n_cells + 1) * sizeof *r->texts);
    for (size_t i = 0; i < p->form->n_cells; i++) {
        struct bytes *b = &tr->text[i];

        if (b->n > 0)
            r->texts[r->n_texts++] = (struct named_text){
                p->form->cells[i].b1, arena_strn(p->arena, b->p, b->n)};
        bytes_clear(b);
    }
    form_document_add(p, r);
}

bool form_texts_header(struct page_reader *p, size_t *header)
{
    struct label_hit hit;
    const struct cell *text;

    for (size_t i = 0; i < p->n_rows && i < HEADER_SEARCH; i++)
        if (label_in(p, &p->rows[i], &hit, &text) != NULL) {
            *header = p->data = i;
            return true;
        }
    form_page_finding(p, "NO_TABLE", SEV_ERROR, true, NULL, NULL, NULL);
    return false;
}

void form_texts(struct page_reader *p)
{
    struct texts_reader tr = {.p = p};
    struct report *r = form_add_report(p);

    r->scheme = p->period->scheme;
    r->period = p->period->code;
    r->vintage = p->vintage;
    r->source_place = form_place(p, p->rows[p->data].cells);
    r->subject.id = r->subject.id_issuer = r->subject.name = "";
    r->subject.sector = r->subject.commune = "";
    tr.report = (size_t)(r - p->out->reports);
    tr.text = mem_array(p->form->n_cells, sizeof *tr.text);
    for (size_t i = p->data; i < p->n_rows && read_row(&tr, &p->rows[i]); i++)
        ;
    finish(&tr);
    free(tr.text);
    if (p->out->reports[tr.report].n_texts > 0 || p->out->per_report[tr.report].n > 0)
        return;
    p->out->n--;
    form_no_rows(p);
}
