/* What an officer wrote into the page of findings that came back with the last file. */
#include "proto/base/text.h"
#include "proto/forms/form.h"
#include "proto/forms/sheet_mark.h"

enum { ANSWERS_MAX = 2000 };

const char *const form_answer_keys[FORM_ANSWER_KEYS] = {
    [FORM_KEY_REPORT] = "htx.report",
    [FORM_KEY_CODE] = "htx.code",
    [FORM_KEY_INDICATOR] = "htx.indicator",
    [FORM_KEY_B1] = "htx.b1",
    [FORM_KEY_B2] = "htx.b2",
    [FORM_KEY_CELL] = "htx.cell",
    [FORM_KEY_TITLE] = "htx.title",
};

/* The columns of the keys and of the officer's text: wherever they are now. */
static bool find_columns(const struct sheet_page *p, size_t *at,
                         uint32_t keys[FORM_ANSWER_KEYS], uint32_t *text)
{
    for (size_t i = 0; i < p->n_cells; i++) {
        size_t found = 0, k = i;
        uint32_t row = p->cells[i].row;

        if (strcmp(p->cells[i].text, form_answer_keys[0]) != 0)
            continue;
        while (k > 0 && p->cells[k - 1].row == row)
            k--;
        *text = UINT32_MAX;
        for (; k < p->n_cells && p->cells[k].row == row; k++) {
            struct arena a = {0};
            const char *key = text_key(&a, p->cells[k].text);

            if (key != NULL && strcmp(key, "giải trình của đơn vị") == 0)
                *text = p->cells[k].col;
            arena_clear(&a);
            for (size_t n = 0; n < FORM_ANSWER_KEYS; n++)
                if (strcmp(p->cells[k].text, form_answer_keys[n]) == 0) {
                    keys[n] = p->cells[k].col;
                    found |= (size_t)1 << n;
                }
        }
        *at = k;
        return found == ((size_t)1 << FORM_ANSWER_KEYS) - 1 && *text != UINT32_MAX;
    }
    return false;
}

static const char *trimmed(struct arena *a, const char *s)
{
    size_t n;

    s += strspn(s, " \t\r\n");
    n = strlen(s);
    while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
        n--;
    return arena_strn(a, s, n);
}

static void read_row(const struct sheet_page *p, size_t from, size_t to,
                     const uint32_t keys[FORM_ANSWER_KEYS], uint32_t text,
                     struct arena *a, struct form_answer *out)
{
    const char *values[FORM_ANSWER_KEYS];

    *out = (struct form_answer){.text = ""};
    for (size_t k = 0; k < FORM_ANSWER_KEYS; k++)
        values[k] = "";
    for (size_t i = from; i < to; i++) {
        if (p->cells[i].col == text && p->cells[i].kind != CELL_ERROR)
            out->text = trimmed(a, p->cells[i].text);
        for (size_t k = 0; k < FORM_ANSWER_KEYS; k++)
            if (p->cells[i].col == keys[k])
                values[k] = arena_str(a, p->cells[i].text);
    }
    out->report = values[FORM_KEY_REPORT];
    out->code = values[FORM_KEY_CODE];
    out->indicator = values[FORM_KEY_INDICATOR];
    out->b1 = values[FORM_KEY_B1];
    out->b2 = values[FORM_KEY_B2];
    out->cell = values[FORM_KEY_CELL];
    out->title = values[FORM_KEY_TITLE];
}

static void read_page(const struct sheet_page *p, struct arena *a,
                      struct form_answer **list, size_t *n)
{
    uint32_t keys[FORM_ANSWER_KEYS], text;
    size_t at;

    if (!find_columns(p, &at, keys, &text))
        return;
    for (size_t to; at < p->n_cells && *n < ANSWERS_MAX; at = to) {
        struct form_answer x;

        for (to = at; to < p->n_cells && p->cells[to].row == p->cells[at].row;)
            to++;
        read_row(p, at, to, keys, text, a, &x);
        if (*x.text == 0 || *x.code == 0)
            continue;
        if ((*n & (*n + 1)) == 0)
            *list = mem_grow(*list, 2 * *n + 1, sizeof **list);
        (*list)[(*n)++] = x;
    }
}

void form_answers(const struct sheet *s, struct arena *a, const struct form_answer **out,
                  size_t *n)
{
    struct form_answer *list = NULL, *kept;

    *n = 0;
    for (size_t i = 0; i < s->n_pages; i++)
        if (sheet_is_front(&s->pages[i]))
            read_page(&s->pages[i], a, &list, n);
    kept = arena_new(a, (*n + 1) * sizeof *kept);
    if (*n > 0)
        memcpy(kept, list, *n * sizeof *kept);
    free(list);
    *out = kept;
}
