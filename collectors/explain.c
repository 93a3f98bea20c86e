#include "collectors/explain.h"

struct said {
    size_t line; /* SIZE_MAX: none of the file */
    struct explanation x;
};

static bool short_enough(const char *s)
{
    return strlen(s) <= WIRE_STRING_LEN;
}

static bool names_report(const struct form_answer *x)
{
    unsigned char id[ID_LEN];

    return strlen(x->report) == 2 * (size_t)ID_LEN && hex_read(x->report, id, ID_LEN);
}

static bool sound(const struct form_answer *x)
{
    return short_enough(x->code) && short_enough(x->b1) && short_enough(x->b2) &&
           short_enough(x->cell) && strlen(x->text) <= WIRE_ANSWER_LEN;
}

static bool same(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static bool same_subject(const struct report *a, const struct report *b)
{
    bool unit = a->subject.kind == SUBJECT_UNIT;

    return unit == (b->subject.kind == SUBJECT_UNIT) && a->vintage == b->vintage &&
           same(a->form, b->form) && same(a->scheme, b->scheme) &&
           same(a->period, b->period) &&
           (unit || (a->subject.scheme == b->subject.scheme &&
                     same(a->subject.id, b->subject.id) &&
                     same(a->subject.id_issuer, b->subject.id_issuer)));
}

static size_t line_about(const struct form_read *form, const struct outbox_line *lines,
                         const struct report *r)
{
    for (size_t i = 0; i < form->n; i++)
        if (lines[i].report != NULL && same_subject(lines[i].report, r))
            return i;
    return SIZE_MAX;
}

/* Of a row that was not sent the last time: what was wrong in it is corrected by now. */
static size_t line_titled(const struct form_read *form, const struct outbox_line *lines,
                          const char *title)
{
    for (size_t i = 0; i < form->n; i++)
        if (lines[i].report != NULL && strcmp(lines[i].title, title) == 0)
            return i;
    return SIZE_MAX;
}

/* *known: it is about a report of ours. False only for troubles of our own. */
static bool place(struct outbox *ob, const struct catalogue *cat,
                  const struct form_read *form, const struct outbox_line *lines,
                  const struct form_answer *x, struct said *out, bool *known,
                  struct err *e)
{
    const struct indicator *ind =
        *x->indicator != 0 ? catalogue_indicator(cat, x->indicator) : NULL;
    struct bytes body = {0}, receipt = {0};
    struct arena a = {0};
    struct report r;
    bool ok = true;

    *known = false;
    if (!sound(x))
        return true;
    out->x = (struct explanation){.finding = x->code,
                                  .indicator = ind != NULL ? ind->no : 0,
                                  .b1 = x->b1,
                                  .b2 = x->b2,
                                  .cell = x->cell,
                                  .text = x->text};
    if (!names_report(x)) {
        out->line = line_titled(form, lines, x->title);
        *known = out->line != SIZE_MAX;
        return true;
    }
    if (!outbox_report(ob, x->report, &body, &receipt, e)) {
        ok = e->kind == ERR_INPUT;
    } else if (wire_read_report(span_of(&body), &a, &r, e)) {
        *known = true;
        out->line = line_about(form, lines, &r);
        out->x.about = item_hash(ITEM_REPORT, span_of(&body));
    }
    bytes_clear(&body);
    bytes_clear(&receipt);
    arena_clear(&a);
    return ok;
}

static int by_line(const void *x, const void *y)
{
    const struct said *a = x, *b = y;

    return (a->line > b->line) - (a->line < b->line);
}

bool explain_attach(struct outbox *ob, const struct catalogue *cat,
                    const struct form_read *form, struct outbox_line *lines,
                    struct arena *a, struct explain_loose *loose, struct err *e)
{
    struct said *said = mem_array(form->n_answers + 1, sizeof *said);
    struct explanation *list = arena_new(a, (form->n_answers + 1) * sizeof *list);
    size_t n = 0;
    bool known, ok = true;

    *loose = (struct explain_loose){0};
    for (size_t i = 0; ok && i < form->n_answers; i++) {
        ok = place(ob, cat, form, lines, &form->answers[i], &said[n], &known, e);
        n += ok && known;
    }
    if (ok && n > 1)
        qsort(said, n, sizeof *said, by_line);
    for (size_t i = 0; ok && i < n; i++) {
        struct outbox_line *l = said[i].line == SIZE_MAX ? NULL : &lines[said[i].line];

        list[i] = said[i].x;
        if (l == NULL && loose->n++ == 0)
            loose->list = &list[i];
        if (l != NULL && l->n_says++ == 0)
            l->says = &list[i];
    }
    free(said);
    return ok;
}
