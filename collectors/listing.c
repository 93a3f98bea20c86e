#include "collectors/listing.h"
#include "proto/base/text.h"

#include <jansson.h>

enum cell_type { CELL_TEXT, CELL_INT, CELL_BOOL, CELL_NULL };

struct listing_cell {
    enum cell_type type;
    int64_t v;
    char *text; /* as shown to people */
};

struct listing {
    const struct listing_column *columns;
    size_t n_columns;
    struct listing_cell *cells;
    size_t n, cap;
};

void listing_open(struct listing **out, const struct listing_column *columns, size_t n)
{
    *out = mem_new(sizeof **out);
    (*out)->columns = columns;
    (*out)->n_columns = n;
}

void listing_close(struct listing **tp)
{
    struct listing *t = *tp;

    if (t == NULL)
        return;
    for (size_t i = 0; i < t->n; i++)
        free(t->cells[i].text);
    free(t->cells);
    free(t);
    *tp = NULL;
}

static void add(struct listing *t, enum cell_type type, int64_t v, char *text)
{
    if (t->n == t->cap) {
        t->cap = t->cap != 0 ? 2 * t->cap : 64;
        t->cells = mem_grow(t->cells, t->cap, sizeof *t->cells);
    }
    t->cells[t->n++] = (struct listing_cell){type, v, text};
}

void listing_text(struct listing *t, const char *s)
{
    add(t, s != NULL ? CELL_TEXT : CELL_NULL, 0, mem_str(s != NULL ? s : ""));
}

void listing_int(struct listing *t, int64_t v)
{
    add(t, CELL_INT, v, mem_printf("%lld", (long long)v));
}

void listing_bool(struct listing *t, bool v)
{
    add(t, CELL_BOOL, v, mem_str(v ? "x" : ""));
}

static json_t *json_of(const struct listing_cell *c)
{
    switch (c->type) {
    case CELL_TEXT:
        return json_string(c->text);
    case CELL_INT:
        return json_integer(c->v);
    case CELL_BOOL:
        return json_boolean(c->v != 0);
    case CELL_NULL:
        return json_null();
    }
    return NULL;
}

static void print_json(const struct listing *t, FILE *out)
{
    json_t *rows = json_array();

    for (size_t i = 0; i + t->n_columns <= t->n; i += t->n_columns) {
        json_t *row = json_object();

        for (size_t k = 0; k < t->n_columns; k++)
            json_object_set_new(row, t->columns[k].key, json_of(&t->cells[i + k]));
        json_array_append_new(rows, row);
    }
    json_dumpf(rows, out, JSON_INDENT(1));
    fputc('\n', out);
    json_decref(rows);
}

static void print_cell(FILE *out, const char *text, size_t width, bool right, bool last)
{
    int pad = (int)(width - text_width(text));

    if (right)
        fprintf(out, "%*s%s", pad, "", text);
    else
        fprintf(out, "%s%*s", text, last ? 0 : pad, "");
    fputs(last ? "\n" : "  ", out);
}

static void print_people(const struct listing *t, FILE *out)
{
    size_t *width = mem_array(t->n_columns, sizeof *width);
    size_t last = 0;

    for (size_t k = 0; k < t->n_columns; k++) {
        if (t->columns[k].title == NULL)
            continue;
        last = k;
        width[k] = text_width(t->columns[k].title);
        for (size_t i = k; i < t->n; i += t->n_columns)
            if (text_width(t->cells[i].text) > width[k])
                width[k] = text_width(t->cells[i].text);
    }
    for (size_t k = 0; k < t->n_columns; k++)
        if (t->columns[k].title != NULL)
            print_cell(out, t->columns[k].title, width[k], false, k == last);
    for (size_t i = 0; i < t->n; i++) {
        size_t k = i % t->n_columns;

        if (t->columns[k].title != NULL)
            print_cell(out, t->cells[i].text, width[k], t->cells[i].type == CELL_INT,
                       k == last);
    }
    free(width);
}

void listing_print(const struct listing *t, FILE *out, bool json)
{
    if (json)
        print_json(t, out);
    else
        print_people(t, out);
}
