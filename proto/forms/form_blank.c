/*
 * Where a missing value would stand. A rule names the row that lacks it; the column is
 * known from the table's head, so that the blank cell itself can be shown.
 */
#include "proto/forms/form_own.h"

static bool of_a_row(const struct column *c)
{
    return (c->role == ROLE_VALUE && c->cell != NULL) || c->role == ROLE_NAME ||
           c->role == ROLE_TAX || c->role == ROLE_ISSUER || c->role == ROLE_SECTOR ||
           c->role == ROLE_STATE || c->role == ROLE_KIND;
}

void form_keep_columns(struct page_reader *p, size_t first)
{
    struct form_read *out = p->out;
    struct form_table *t;

    if (out->n == first)
        return;
    out->tables = mem_grow(out->tables, out->n_tables + 1, sizeof *out->tables);
    t = &out->tables[out->n_tables++];
    *t = (struct form_table){.first = first, .n = out->n - first};
    t->page = arena_str(p->arena, p->page->name);
    t->columns = arena_new(p->arena, (p->n_columns + 1) * sizeof *t->columns);
    for (size_t i = 0; i < p->n_columns; i++) {
        const struct column *c = &p->columns[i];

        if (of_a_row(c))
            t->columns[t->n_columns++] =
                (struct form_column){.col = c->col, .role = c->role, .cell = c->cell};
    }
}

/* The role that a finding about the row as a whole is about, ROLE_NONE for none. */
static enum column_role role_of(const char *code)
{
    static const struct {
        const char *begins;
        enum column_role role;
    } list[] = {
        {"NAME_",            ROLE_NAME  },
        {"SECTOR_",          ROLE_SECTOR},
        {"STATE_",           ROLE_STATE },
        {"KIND_",            ROLE_KIND  },
        {"ENTITY_NO_NUMBER", ROLE_TAX   },
        {"ENTITY_NO_ISSUER", ROLE_ISSUER},
    };

    for (size_t i = 0; i < COUNT(list); i++)
        if (strncmp(code, list[i].begins, strlen(list[i].begins)) == 0)
            return list[i].role;
    return ROLE_NONE;
}

static bool same(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static const struct form_column *column_of(const struct form_table *t,
                                           const struct finding *f)
{
    enum column_role role = f->indicator != 0 ? ROLE_VALUE : role_of(f->code);

    for (size_t i = 0; i < t->n_columns; i++) {
        const struct form_column *c = &t->columns[i];

        if (c->role != role || role == ROLE_NONE)
            continue;
        if (role != ROLE_VALUE || (c->cell->indicator->no == f->indicator &&
                                   same(c->cell->b1, f->b1) && same(c->cell->b2, f->b2)))
            return c;
    }
    return NULL;
}

/* The row number at the end of "Biểu 01!C12", as text; NULL for none. */
static const char *row_in(const char *place)
{
    size_t n = place == NULL ? 0 : strlen(place);
    size_t digits = 0;

    while (digits < n && place[n - digits - 1] >= '0' && place[n - digits - 1] <= '9')
        digits++;
    return digits == 0 || digits > 7 ? NULL : place + n - digits;
}

static void show_blank(const struct form_table *t, const struct report *r,
                       struct findings *fs)
{
    const char *row = row_in(r->source_place);
    const struct sheet_page page = {.name = t->page};

    for (size_t i = 0; row != NULL && i < fs->n; i++) {
        struct finding *f = &fs->list[i];
        const struct form_column *c =
            same(f->cell, r->source_place) ? column_of(t, f) : NULL;

        if (c != NULL)
            f->cell = sheet_place(&fs->arena, &page, (uint32_t)strtoul(row, NULL, 10) - 1,
                                  c->col);
    }
}

void form_show_blanks(struct form_read *f)
{
    for (size_t k = 0; k < f->n_tables; k++)
        for (size_t i = 0; i < f->tables[k].n; i++)
            show_blank(&f->tables[k], &f->reports[f->tables[k].first + i],
                       &f->per_report[f->tables[k].first + i]);
}
