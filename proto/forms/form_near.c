/* What an unknown label may have meant: the nearest one of the form, as a question. */
#include "proto/base/text.h"
#include "proto/forms/form_own.h"

enum { ASKED_MAX = 8, /* of one page: comparing costs */ NEAR_BYTES = 200 };

struct near {
    const char *key;
    size_t n;
    const char *label;
    uint32_t best; /* shared pairs of letters, in thousandths */
};

/* How alike two keys are, by their pairs of letters: 1000 is the same. */
static uint32_t likeness(const char *a, size_t na, const char *b)
{
    size_t nb = strlen(b), shared = 0;
    bool used[NEAR_BYTES] = {false};

    if (na < 2 || nb < 2 || nb > NEAR_BYTES || nb > 3 * na || na > 3 * nb)
        return 0;
    for (size_t i = 0; i + 1 < na; i++)
        for (size_t k = 0; k + 1 < nb; k++)
            if (!used[k] && a[i] == b[k] && a[i + 1] == b[k + 1]) {
                used[k] = true;
                shared++;
                break;
            }
    return (uint32_t)(2000 * shared / (na + nb - 2));
}

/* "Số lượng trâu" and "Số lượng HTX" are not alike: what all labels begin with. */
static const char *without_start(const char *key)
{
    static const char *const starts[] = {"tong so ", "so luong ", "so ", "tong ",
                                         "ty le "};

    for (size_t i = 0; i < COUNT(starts); i++)
        if (strncmp(key, starts[i], strlen(starts[i])) == 0)
            return key + strlen(starts[i]);
    return key;
}

/* "Doanh thu (nghìn USD)" may be "Doanh thu". */
static const char *without_brackets(struct arena *a, const char *text)
{
    size_t n = strcspn(text, "(");

    return n > 0 ? arena_strn(a, text, n) : text;
}

static void compare(struct near *n, struct arena *a, const char *written,
                    const char *label)
{
    const char *key = written == NULL ? NULL : text_key_bare(a, written);
    uint32_t like = key == NULL ? 0 : likeness(n->key, n->n, without_start(key));

    if (like > n->best) {
        n->best = like;
        n->label = label;
    }
}

static void compare_labels(struct near *n, struct page_reader *p, struct arena *a)
{
    const struct form *f = p->form;

    for (size_t i = 0; i < f->n_cells; i++) {
        const struct form_cell *c = &f->cells[i];

        if (i > 0 && c->row == f->cells[i - 1].row)
            continue;
        compare(n, a, c->label_vi, c->label_vi);
        for (size_t k = 0; c->aliases[k] != NULL; k++)
            compare(n, a, c->aliases[k], c->label_vi);
    }
}

static void compare_codes(struct near *n, struct page_reader *p, struct arena *a)
{
    const struct catalogue *cat = p->ctx->cat;

    for (size_t i = 0; i < cat->n_breakdowns; i++) {
        const struct breakdown *b = &cat->breakdowns[i];

        if (strcmp(b->dim, p->form->dim) != 0)
            continue;
        compare(n, a, b->name_vi, b->name_vi);
        for (size_t k = 0; b->aliases[k] != NULL; k++)
            compare(n, a, b->aliases[k], b->name_vi);
    }
}

void form_unknown(struct page_reader *p, const char *code, const struct cell *place,
                  const char *text)
{
    enum { ENOUGH = 600 };
    bool column = strcmp(code, "UNKNOWN_COLUMN") == 0;
    struct near n = {.key = NULL};
    struct arena a = {0};

    if (p->asked++ < ASKED_MAX)
        n.key = text_key_bare(&a, without_brackets(&a, form_unnumbered(text)));
    n.key = n.key == NULL ? NULL : without_start(n.key);
    n.n = n.key == NULL ? 0 : strlen(n.key);
    if (n.n > 0 && n.n <= NEAR_BYTES) {
        if (column && p->form->dim != NULL)
            compare_codes(&n, p, &a);
        else if (p->form->layout != LAYOUT_BY_PERIOD || !column)
            compare_labels(&n, p, &a);
        for (size_t i = 0; column && i < p->n_headings; i++)
            compare(&n, &a, p->headings[i].key, p->headings[i].key);
    }
    if (n.best >= ENOUGH)
        code = column ? "UNKNOWN_COLUMN_NEAR" : "UNKNOWN_ROW_NEAR";
    form_page_finding(p, code, SEV_WARNING, false, place, text,
                      n.best >= ENOUGH ? n.label : NULL);
    arena_clear(&a);
}
