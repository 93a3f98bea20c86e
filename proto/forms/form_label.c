/* Labels of rows and columns, matched as words are, whatever numbers stand before them.
 */
#include "proto/base/text.h"
#include "proto/forms/form_own.h"

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct label *)a)->key, ((const struct label *)b)->key);
}

static void add_label(struct page_reader *p, const struct form_cell *cell,
                      const char *text)
{
    const char *key = text == NULL ? NULL : text_key(p->arena, text);

    if (key == NULL || *key == 0)
        return;
    if ((p->n_labels & (p->n_labels + 1)) == 0)
        p->labels = mem_grow(p->labels, 2 * p->n_labels + 1, sizeof *p->labels);
    p->labels[p->n_labels++] = (struct label){key, cell};
}

void form_labels(struct page_reader *p)
{
    const struct form *f = p->form;

    for (size_t i = 0; i < f->n_cells; i++) {
        const struct form_cell *c = &f->cells[i];

        if (i > 0 && c->row == f->cells[i - 1].row)
            continue; /* one line of the form, one label */
        add_label(p, c, c->label_vi);
        add_label(p, c, c->label_en);
        for (size_t k = 0; c->aliases != NULL && c->aliases[k] != NULL; k++)
            add_label(p, c, c->aliases[k]);
    }
    if (p->n_labels > 0)
        qsort(p->labels, p->n_labels, sizeof *p->labels, by_key);
}

static const struct form_cell *find(struct page_reader *p, const char *text)
{
    struct label key = {.key = text_key(p->arena, text)}, *hit;
    size_t n = key.key == NULL ? 0 : strlen(key.key);
    char *trimmed;

    while (n > 0 && strchr(" :;.,", key.key[n - 1]) != NULL)
        n--;
    if (n == 0 || p->n_labels == 0)
        return NULL;
    trimmed = arena_strn(p->arena, key.key, n);
    key.key = trimmed;
    hit = bsearch(&key, p->labels, p->n_labels, sizeof key, by_key);
    return hit == NULL ? NULL : hit->cell;
}

const char *form_unnumbered(const char *text)
{
    const char *p = text, *q;
    size_t letters;

    while (*p != 0 && strchr(" \t\r\n+*-", *p) != NULL)
        p++;
    if (strncmp(p, "•", strlen("•")) == 0 || strncmp(p, "–", strlen("–")) == 0)
        p += strlen("•");
    p += strspn(p, " ");
    q = p + (*p == '(');
    letters = strspn(q, "IVXivx");
    if (letters == 0 && ((*q >= 'a' && *q <= 'z') || (*q >= 'A' && *q <= 'Z')))
        letters = 1;
    if (letters > 0 && letters < 5 && (q[letters] == '.' || q[letters] == ')')) {
        q += letters + 1; /* "IV.", "a)"; then perhaps "IV.2." */
        p = q + strspn(q, " ");
        q = p;
    }
    letters = strspn(q, "0123456789.");
    if (letters > 0 && letters < 8 &&
        ((q[letters] == ' ' && memchr(q, '.', letters) != NULL) || q[letters] == ')' ||
         q[letters] == ':')) { /* "1.", "1.2 ", "(1)"; not "3 sao" */
        q += letters;
        q += strspn(q, ".):");
        p = q + strspn(q, " ");
    } else if (letters > 1 && letters < 8 && q[letters - 1] == '.') { /* "1.Tổng số" */
        p = q + letters;
    }
    return p;
}

/* "Trong đó: X" names X; what is behind those words, or NULL. */
static const char *of_which(struct page_reader *p, const char *text)
{
    static const char *const before[] = {"trong đó", "tr.đó", "trđ:"};
    const char *key = text_key(p->arena, text);

    for (size_t i = 0; key != NULL && i < COUNT(before); i++) {
        size_t n = strlen(before[i]);

        if (strncmp(key, before[i], n) == 0 && strchr(" :,", key[n]) != NULL)
            return key + n + strspn(key + n, " :,");
    }
    return NULL;
}

static const struct form_cell *find_any(struct page_reader *p, const char *text)
{
    const struct form_cell *c = find(p, text);
    const char *rest;

    if (c == NULL)
        c = find(p, form_unnumbered(text));
    if (c == NULL && (rest = of_which(p, form_unnumbered(text))) != NULL)
        c = find(p, rest);
    return c;
}

/* A column number in brackets, "(3)" or "(3)=(1)+(2)", says nothing. */
static bool is_number_only(const char *s)
{
    return s[strspn(s, "0123456789()=+-*/: ")] == 0;
}

/* The label without the part from at on, if that part is a unit of the indicator. */
static bool with_unit(struct page_reader *p, const char *text, size_t at, size_t n,
                      struct label_hit *hit)
{
    char *unit = arena_strn(p->arena, text + at + 1, n);
    struct number_unit u;

    hit->cell = find_any(p, arena_strn(p->arena, text, at));
    if (hit->cell == NULL)
        return false;
    if (is_number_only(unit))
        return true;
    hit->unit = unit;
    return number_unit_read(unit, hit->cell->indicator, &u);
}

bool form_label(struct page_reader *p, const char *text, struct label_hit *hit)
{
    size_t n = strlen(text);
    const char *mark;

    *hit = (struct label_hit){.cell = find_any(p, text)};
    if (hit->cell != NULL)
        return true;
    while (n > 0 && strchr(" :;.\n", text[n - 1]) != NULL)
        n--;
    if (n > 0 && text[n - 1] == ')' && (mark = strrchr(text, '(')) != NULL &&
        with_unit(p, text, (size_t)(mark - text), n - (size_t)(mark - text) - 2, hit))
        return true;
    if ((mark = strrchr(text, ',')) != NULL &&
        with_unit(p, text, (size_t)(mark - text), n - (size_t)(mark - text) - 1, hit))
        return true;
    *hit = (struct label_hit){0};
    for (mark = strchr(text, ':'); mark != NULL; mark = strchr(mark + 1, ':')) {
        hit->cell = find_any(p, arena_strn(p->arena, text, (size_t)(mark - text)));
        hit->breakdown = mark + 1 + strspn(mark + 1, " ");
        if (hit->cell != NULL && *hit->breakdown != 0)
            return true;
    }
    *hit = (struct label_hit){0};
    return false;
}
