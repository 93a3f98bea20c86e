#include "aggregator/table.h"
#include "aggregator/json.h"
#include "proto/base/text.h"

#include <assert.h>

struct table_cell {
    bool given;
    int64_t i;         /* COL_INT, COL_BOOL, COL_DATE */
    const char *text;  /* COL_TEXT, COL_NUMBER */
    const char *shown; /* for people */
};

void table_init(struct table *t, const struct column *columns, size_t n)
{
    *t = (struct table){.columns = columns, .n_columns = n};
}

void table_clear(struct table *t)
{
    free(t->cells);
    arena_clear(&t->arena);
    *t = (struct table){0};
}

static const struct column *next_column(const struct table *t)
{
    return &t->columns[t->n % t->n_columns];
}

static void add(struct table *t, struct table_cell c)
{
    if (t->n == t->cap) {
        t->cap = t->cap != 0 ? 2 * t->cap : 64;
        t->cells = mem_grow(t->cells, t->cap, sizeof *t->cells);
    }
    t->cells[t->n++] = c;
}

void table_shown(struct table *t, const char *s, const char *shown)
{
    assert(next_column(t)->type == COL_TEXT || next_column(t)->type == COL_NUMBER);
    if (s == NULL) {
        table_none(t);
        return;
    }
    add(t, (struct table_cell){.given = true,
                               .text = arena_str(&t->arena, s),
                               .shown = arena_str(&t->arena, shown)});
}

void table_text(struct table *t, const char *s)
{
    table_shown(t, s, s);
}

void table_int(struct table *t, int64_t i)
{
    assert(next_column(t)->type == COL_INT);
    add(t, (struct table_cell){.given = true,
                               .i = i,
                               .shown = arena_printf(&t->arena, "%lld", (long long)i)});
}

void table_bool(struct table *t, bool b)
{
    assert(next_column(t)->type == COL_BOOL);
    add(t, (struct table_cell){.given = true, .i = b});
}

void table_date(struct table *t, int32_t date)
{
    char shown[11];

    assert(next_column(t)->type == COL_DATE);
    add(t, (struct table_cell){.given = date != DATE_NONE,
                               .i = date,
                               .shown = arena_str(&t->arena, date_vi(date, shown))});
}

void table_none(struct table *t)
{
    add(t, (struct table_cell){.shown = ""});
}

void table_row(struct table *t, const struct pg_rows *rows, size_t row)
{
    table_row_shown(t, rows, row, NULL, NULL);
}

void table_row_shown(struct table *t, const struct pg_rows *rows, size_t row,
                     const char *(*shown)(void *ctx, size_t col, const char *word),
                     void *ctx)
{
    const char *word, *instead;

    for (size_t i = 0; i < t->n_columns; i++) {
        if (pg_is_null(rows, row, i)) {
            table_none(t);
            continue;
        }
        switch (t->columns[i].type) {
        case COL_TEXT:
        case COL_NUMBER:
            word = pg_get_text(rows, row, i);
            instead = shown != NULL ? shown(ctx, i, word) : NULL;
            if (instead != NULL)
                table_shown(t, word, instead);
            else
                table_text(t, word);
            break;
        case COL_INT:
            table_int(t, pg_get_int(rows, row, i));
            break;
        case COL_BOOL:
            table_bool(t, pg_get_bool(rows, row, i));
            break;
        case COL_DATE:
            table_date(t, pg_get_date(rows, row, i));
            break;
        }
    }
}

size_t table_rows(const struct table *t)
{
    return t->n_columns != 0 ? t->n / t->n_columns : 0;
}

/* ---- for people ---- */

static const char *shown(const struct table *t, size_t row, size_t col, enum lang lang)
{
    const struct table_cell *c = &t->cells[row * t->n_columns + col];

    if (t->columns[col].type == COL_BOOL && c->given)
        return lang == LANG_VI ? (c->i != 0 ? "có" : "không")
                               : (c->i != 0 ? "yes" : "no");
    return c->shown;
}

static const char *head(const struct column *c, enum lang lang)
{
    return lang == LANG_VI ? c->vi : c->en;
}

static bool to_the_right(enum column_type type)
{
    return type == COL_INT || type == COL_NUMBER;
}

static void put(FILE *out, const char *s, size_t width, bool right, bool last)
{
    size_t own = text_width(s);
    int gap = own < width ? (int)(width - own) : 0;

    if (right)
        fprintf(out, "%*s%s%s", gap, "", s, last ? "" : "  ");
    else
        fprintf(out, "%s%*s", s, last ? 0 : gap + 2, "");
}

static void print_people(const struct table *t, enum lang lang, FILE *out)
{
    size_t *widths = mem_array(t->n_columns, sizeof *widths), rows = table_rows(t);
    size_t last = 0;

    for (size_t c = 0; c < t->n_columns; c++) {
        if (head(&t->columns[c], lang) == NULL)
            continue;
        last = c;
        widths[c] = text_width(head(&t->columns[c], lang));
        for (size_t r = 0; r < rows; r++) {
            size_t w = text_width(shown(t, r, c, lang));

            if (w > widths[c])
                widths[c] = w;
        }
    }
    for (size_t r = 0; r <= rows; r++) {
        for (size_t c = 0; c < t->n_columns; c++) {
            const struct column *col = &t->columns[c];

            if (head(col, lang) != NULL)
                put(out, r == 0 ? head(col, lang) : shown(t, r - 1, c, lang), widths[c],
                    to_the_right(col->type), c == last);
        }
        fputc('\n', out);
    }
    free(widths);
}

/* ---- for machines ---- */

static void set(struct json *j, const struct column *col, const struct table_cell *c)
{
    if (!c->given) {
        json_none(j, col->key);
        return;
    }
    switch (col->type) {
    case COL_TEXT:
    case COL_NUMBER:
        json_text(j, col->key, c->text);
        break;
    case COL_INT:
        json_int(j, col->key, c->i);
        break;
    case COL_BOOL:
        json_bool(j, col->key, c->i != 0);
        break;
    case COL_DATE:
        json_date(j, col->key, (int32_t)c->i);
        break;
    }
}

static void print_json(const struct table *t, FILE *out)
{
    size_t rows = table_rows(t);
    struct bytes b = {0};

    fputs("[", out);
    for (size_t r = 0; r < rows; r++) {
        struct json *j = json_new();

        for (size_t c = 0; c < t->n_columns; c++)
            set(j, &t->columns[c], &t->cells[r * t->n_columns + c]);
        b.n = 0;
        bytes_str(&b, r == 0 ? "\n" : ",\n");
        json_write(j, false, &b);
        fwrite(b.p, 1, b.n, out);
        json_free(&j);
    }
    fputs(rows == 0 ? "]\n" : "\n]\n", out);
    bytes_clear(&b);
}

void table_print(const struct table *t, enum lang lang, bool json, FILE *out)
{
    if (json)
        print_json(t, out);
    else
        print_people(t, lang, out);
}
