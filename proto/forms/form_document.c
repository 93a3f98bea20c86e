/*
 * What the sheet says of the paper it belongs to: "Số: 755a/BC-UBND" and "Tam Đường, ngày
 * 30 tháng 9 năm 2023", and whether their places were left empty. Both become given
 * observations of a unit's report: doc.number, doc.date. Nothing written, nothing known.
 */
#include "proto/base/text.h"
#include "proto/forms/form_own.h"

enum { LINE_BYTES_MAX = 200 };

/* Runs of blanks as one, ends trimmed. */
static char *squeezed(struct arena *a, const char *s)
{
    char *text = arena_str(a, s), *out = text;

    for (const char *c = text; *c != 0; c++) {
        bool blank = strchr(" \t\r\n", *c) != NULL;

        if (!blank)
            *out++ = *c;
        else if (out > text && out[-1] != ' ')
            *out++ = ' ';
    }
    while (out > text && out[-1] == ' ')
        out--;
    *out = 0;
    return text;
}

/* Behind "Số:" or "Số " with a number and a sign; NULL for another line. */
static const char *behind_number(struct arena *a, const char *line)
{
    const char *key = text_key(a, line), *rest;
    size_t blanks;

    if (key == NULL || strncmp(key, "số", strlen("số")) != 0)
        return NULL;
    rest = line + strlen("số");
    blanks = strspn(rest, " \t");
    if (rest[blanks] == ':')
        return rest + blanks + 1;
    if (blanks > 0 && rest[blanks] >= '0' && rest[blanks] <= '9' && strchr(rest, '/'))
        return rest + blanks;
    return NULL;
}

static void take_number(struct page_reader *p, const struct cell *c, const char *rest)
{
    const struct indicator *ind = catalogue_indicator(p->ctx->cat, "doc.number");
    char *text = squeezed(p->arena, rest);
    size_t sign = strcspn(text, "/"), digits = strcspn(text, "0123456789");
    struct observation *o = &p->document[0];

    if (ind == NULL || o->indicator != 0)
        return;
    *o = (struct observation){.indicator = ind->no,
                              .b1 = "",
                              .b2 = "",
                              .state = OBS_NOT_AVAILABLE,
                              .as_of = DATE_NONE,
                              .population = "",
                              .text = text,
                              .cell = form_place(p, c)};
    if (digits < sign) {
        o->state = OBS_VALUE;
        for (size_t i = digits; text[i] >= '0' && text[i] <= '9' && i < digits + 9; i++)
            o->value = o->value * 10 + (text[i] - '0');
    }
}

/* The number behind a word of a date line: 0 where its place is empty, -1 where not. */
static int number_behind(const char **at, const char *word)
{
    const char *found = strstr(*at, word);
    int n = 0;

    if (found == NULL)
        return -1;
    found += strlen(word);
    while (*found != 0 && strchr(" ._", *found) != NULL)
        found++;
    if (strncmp(found, "…", strlen("…")) == 0)
        found += strlen("…");
    for (found += strspn(found, " ."); *found >= '0' && *found <= '9' && n < 10000;
         found++)
        n = n * 10 + (*found - '0');
    *at = found;
    return n;
}

/* "Tam Đường, ngày    tháng 9 năm 2023" and nothing else. */
static bool is_date_line(struct arena *a, const char *line, int *day, int *month,
                         int *year)
{
    static const char *const others[] = {"kèm theo", ":",     "từ ngày",    "đến ngày",
                                         "hết ngày", "kể từ", "quyết định", "báo cáo"};
    const char *key = strlen(line) > LINE_BYTES_MAX ? NULL : text_key(a, line), *at = key;

    if (key == NULL || *key == '(')
        return false;
    for (size_t i = 0; i < COUNT(others); i++)
        if (strstr(key, others[i]) != NULL)
            return false;
    *day = number_behind(&at, "ngày");
    *month = *day < 0 ? -1 : number_behind(&at, "tháng");
    *year = *month < 0 ? -1 : number_behind(&at, "năm");
    return *year >= 0 && at[strspn(at, " .,;…)")] == 0;
}

bool form_is_date_line(struct arena *a, const char *line)
{
    int day, month, year;

    return is_date_line(a, line, &day, &month, &year);
}

static void take_date(struct page_reader *p, const struct cell *c, const char *line)
{
    const struct indicator *ind = catalogue_indicator(p->ctx->cat, "doc.date");
    struct observation *o = &p->document[1];
    int day, month, year;

    if (ind == NULL || o->indicator != 0 ||
        !is_date_line(p->arena, line, &day, &month, &year))
        return;
    *o = (struct observation){.indicator = ind->no,
                              .b1 = "",
                              .b2 = "",
                              .state = OBS_NOT_AVAILABLE,
                              .as_of = DATE_NONE,
                              .population = "",
                              .text = squeezed(p->arena, line),
                              .cell = form_place(p, c)};
    if (day == 0 || month == 0 || year == 0)
        return;
    if (date_make(year, month, day) == DATE_NONE) {
        form_page_finding(p, "DATE_BAD", SEV_WARNING, false, c, o->text, NULL);
        return;
    }
    o->state = OBS_VALUE;
    o->value = year * 10000 + month * 100 + day;
}

/* "Số:      /KH-UBND      Tam Đường, ngày    tháng 9 năm 2023" in one line. */
static const char *without_date(struct page_reader *p, const struct cell *c,
                                const char *rest)
{
    const char *text = rest + strspn(rest, " \t");
    size_t n = strcspn(text, " \t");

    if (strstr(rest, "ngày") == NULL)
        return rest;
    if (memchr(text, '/', n) == NULL)
        n = 0;
    take_date(p, c, text + n);
    return arena_strn(p->arena, text, n);
}

static void take_line(struct page_reader *p, const struct row *row, size_t at,
                      const char *line)
{
    const char *rest;

    line += strspn(line, " \t");
    rest = behind_number(p->arena, line);
    if (rest == NULL) {
        take_date(p, &row->cells[at], line);
        return;
    }
    rest = without_date(p, &row->cells[at], rest);
    if (*squeezed(p->arena, rest) == 0 && at + 1 < row->n &&
        row->cells[at + 1].col == row->cells[at].col + 1 &&
        strlen(row->cells[at + 1].text) < LINE_BYTES_MAX && /* the number beside it */
        !form_is_date_line(p->arena, row->cells[at + 1].text))
        rest = row->cells[at + 1].text;
    take_number(p, &row->cells[at], rest);
}

/* Above the signatures a place left empty says nothing: every template has one there. */
static void take_signed(struct page_reader *p, const struct cell *c, const char *line)
{
    struct observation before = p->document[1];

    take_date(p, c, line);
    if (before.indicator == 0 && p->document[1].state == OBS_NOT_AVAILABLE)
        p->document[1] = before;
}

void form_document(struct page_reader *p, size_t header)
{
    for (size_t i = 0; i < p->n_rows; i++) {
        const struct row *row = &p->rows[i];

        if (i >= header && i < p->data + (p->n_rows - p->data) / 2)
            continue; /* the head; and the place and date above the signatures */
        for (size_t k = 0; k < row->n; k++) {
            char *text, *save = NULL;

            if (row->cells[k].kind != CELL_TEXT || strlen(row->cells[k].text) > 500)
                continue;
            text = arena_str(p->arena, row->cells[k].text);
            for (char *l = strtok_r(text, "\r\n", &save); l != NULL;
                 l = strtok_r(NULL, "\r\n", &save)) {
                if (i < header)
                    take_line(p, row, k, l);
                else
                    take_signed(p, &row->cells[k], l);
            }
        }
    }
}

void form_document_add(struct page_reader *p, struct report *r)
{
    struct observation *all =
        arena_new(p->arena, (r->n_obs + COUNT(p->document)) * sizeof *all);

    if (r->n_obs > 0)
        memcpy(all, r->obs, r->n_obs * sizeof *all);
    r->obs = all;
    for (size_t i = 0; i < COUNT(p->document); i++)
        if (p->document[i].indicator != 0)
            all[r->n_obs++] = p->document[i];
}
