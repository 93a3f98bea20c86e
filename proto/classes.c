#include "proto/classes.h"

#include "proto/catalogue_own.h"

/* -- reading -- */

/* The word before the next separator, trimmed; *text moves behind it. */
static char *piece(struct load *l, const char **text, char separator)
{
    const char *end = strchr(*text, separator);
    size_t n = end != NULL ? (size_t)(end - *text) : strlen(*text);
    size_t skip = strspn(*text, " ");
    const char *from = *text;

    *text += n + (end != NULL);
    if (skip > n)
        skip = n;
    while (n > skip && from[n - 1] == ' ')
        n--;
    return arena_strn(&l->c->arena, from + skip, n - skip);
}

static size_t pieces(const char *text, char separator)
{
    size_t n = 1;

    for (; *text != 0; text++)
        n += *text == separator;
    return n;
}

static bool bad_term(struct load *l, const struct tsv *t, const char *term,
                     const char *what)
{
    char why[160];

    snprintf(why, sizeof why, "%.60s: %s", term, what);
    return tsv_error(t, l->e, "conditions", why);
}

static bool read_number(const char *word, int64_t *out)
{
    char *end;
    long long n = strtoll(word, &end, 10);

    *out = n;
    return end != word && *end == 0 && n >= -1000000000 && n <= 1000000000;
}

static const char *const SIGNS[] = {[CLASS_AT_LEAST] = ">=",
                                    [CLASS_MORE] = ">",
                                    [CLASS_AT_MOST] = "<=",
                                    [CLASS_LESS] = "<"};

/* "revenue.total >= 50000", "@age_months < 12", "@state = stopped". */
static bool read_term(struct load *l, const struct tsv *t, const char *term,
                      struct class_term *out)
{
    const char *rest = term, *name = piece(l, &rest, ' '), *sign, *word;
    size_t i = 0;

    rest += strspn(rest, " ");
    sign = piece(l, &rest, ' ');
    rest += strspn(rest, " ");
    word = piece(l, &rest, ' ');
    if (*rest != 0 || *word == 0)
        return bad_term(l, t, term, "NAME OP VALUE is wanted");
    if (strcmp(name, "@state") == 0) {
        out->state = entity_state_of(word);
        return (strcmp(sign, "=") == 0 && out->state != STATE_NONE) ||
               bad_term(l, t, term, "no such state");
    }
    while (i < COUNT(SIGNS) && strcmp(SIGNS[i], sign) != 0)
        i++;
    if (i == COUNT(SIGNS))
        return bad_term(l, t, term, "an operator is one of >= > <= <");
    out->op = (enum class_op)i;
    if (!read_number(word, &out->value))
        return bad_term(l, t, term, "not a whole number");
    if (strcmp(name, "@age_months") == 0)
        return true;
    out->indicator = catalogue_indicator(&l->c->pub, name);
    if (out->indicator == NULL)
        return bad_term(l, t, term, "no such indicator");
    out->value *= out->indicator->scale;
    return true;
}

static bool read_conditions(struct load *l, const struct tsv *t, struct class_row *r)
{
    const char *text = tsv_get(t, "conditions");
    struct class_clause *all;

    r->open = strcmp(text, "?") == 0;
    if (r->open || *text == 0)
        return true;
    r->all = all = arena_new(&l->c->arena, pieces(text, ';') * sizeof *all);
    while (*text != 0) {
        const char *clause = piece(l, &text, ';');
        struct class_term *any =
            arena_new(&l->c->arena, pieces(clause, '|') * sizeof *any);
        struct class_clause *c = &all[r->n++];

        c->any = any;
        do {
            if (!read_term(l, t, piece(l, &clause, '|'), &any[c->n++]))
                return false;
        } while (*clause != 0);
    }
    return true;
}

static bool read_row(struct load *l, const struct tsv *t, struct class_row *r)
{
    static const char *const sure[] = {"verified", "unverified", NULL};
    size_t how;

    if (!load_code(t, l->e, "set") || !load_code(t, l->e, "class") ||
        !load_names(t, l->e) || !load_validity(l, t, &r->valid_from, &r->valid_to) ||
        !tsv_given(t, "sectors", l->e) || !tsv_word(t, "sure", sure, &how, l->e) ||
        !tsv_given(t, "law", l->e))
        return false;
    r->set = load_text(l, t, "set");
    r->code = load_text(l, t, "class");
    r->name_vi = load_text(l, t, "name_vi");
    r->name_en = load_text(l, t, "name_en");
    r->law = load_text(l, t, "law");
    r->ended_by = load_text(l, t, "ended_by");
    r->verified = how == 0;
    r->sectors = load_list(l, tsv_get(t, "sectors"), ',');
    for (size_t i = 0; r->sectors[i] != NULL; i++)
        if (strcmp(r->sectors[i], "*") != 0 &&
            catalogue_breakdown(&l->c->pub, "sector", r->sectors[i]) == NULL)
            return tsv_error(t, l->e, "sectors", "no such sector");
    return read_conditions(l, t, r);
}

static bool same_list(const char *const *a, const char *const *b)
{
    while (*a != NULL && *b != NULL && strcmp(*a, *b) == 0)
        a++, b++;
    return *a == NULL && *b == NULL;
}

static bool replaces(const struct class_row *new, const struct class_row *old)
{
    return strcmp(new->set, old->set) == 0 && strcmp(new->code, old->code) == 0 &&
           new->valid_from == old->valid_from &&same_list(new->sectors, old->sectors);
}

bool classes_load(struct load *l)
{
    static const char *const columns[] = {
        "set",     "class",      "name_vi", "name_en", "valid_from", "valid_to",
        "sectors", "conditions", "sure",    "law",     "ended_by"};
    const size_t lines = load_lines(l->parts[PART_CLASSES]);
    struct class_row *list;
    struct tsv t = {0};
    size_t n = 0;
    bool ok;

    if (l->parts[PART_CLASSES].n == 0)
        return true;
    list = arena_new(&l->c->arena, (lines + 1) * sizeof *list);
    ok = load_open(l, PART_CLASSES, &t, columns, COUNT(columns));
    while (ok && tsv_next(&t, l->e)) {
        struct class_row r = {0};
        size_t i = 0;

        ok = read_row(l, &t, &r);
        while (ok && i < n && !replaces(&r, &list[i]))
            i++;
        if (ok)
            list[i] = r;
        n += i == n;
    }
    l->c->pub.classes = list;
    l->c->pub.n_classes = n;
    return load_close(l, &t, ok);
}

/* -- for the database -- */

static void term_json(const struct class_term *t, struct bytes *out)
{
    if (t->indicator == NULL && t->state != STATE_NONE)
        bytes_printf(out, "{\"f\": \"state\", \"w\": \"%s\"}",
                     entity_state_word(t->state));
    else if (t->indicator == NULL)
        bytes_printf(out, "{\"f\": \"age_months\", \"op\": \"%s\", \"v\": %lld}",
                     SIGNS[t->op], (long long)t->value);
    else
        bytes_printf(out, "{\"i\": %u, \"op\": \"%s\", \"v\": %lld}", t->indicator->no,
                     SIGNS[t->op], (long long)t->value);
}

void class_conditions(const struct class_row *r, struct bytes *out)
{
    if (r->open) {
        bytes_str(out, "null");
        return;
    }
    bytes_char(out, '[');
    for (size_t i = 0; i < r->n; i++) {
        bytes_str(out, i > 0 ? ", [" : "[");
        for (size_t k = 0; k < r->all[i].n; k++) {
            bytes_str(out, k > 0 ? ", " : "");
            term_json(&r->all[i].any[k], out);
        }
        bytes_char(out, ']');
    }
    bytes_char(out, ']');
}

/* -- applying -- */

enum truth { NO, UNKNOWN, YES };

bool class_valid(const struct class_row *r, int32_t day)
{
    return (r->valid_from == DATE_NONE || r->valid_from <= day) &&
           (r->valid_to == DATE_NONE || day <= r->valid_to);
}

static bool compares(enum class_op op, int64_t a, int64_t b)
{
    switch (op) {
    case CLASS_AT_LEAST:
        return a >= b;
    case CLASS_MORE:
        return a > b;
    case CLASS_AT_MOST:
        return a <= b;
    case CLASS_LESS:
        return a < b;
    }
    return false;
}

static enum truth term_holds(const struct class_term *t, const struct class_facts *f)
{
    const int64_t *figure;
    bool part = false, holds;

    if (t->indicator == NULL && t->state != STATE_NONE)
        return f->state == t->state ? YES : NO;
    if (t->indicator == NULL)
        return f->age_months >= 0 && compares(t->op, f->age_months, t->value) ? YES : NO;
    figure = f->figure(f->ctx, t->indicator, &part);
    if (figure == NULL)
        return UNKNOWN;
    holds = compares(t->op, *figure, t->value);
    /* the year's figure is this one or more */
    if (part && holds != (t->op == CLASS_AT_LEAST || t->op == CLASS_MORE))
        return UNKNOWN;
    return holds ? YES : NO;
}

static enum truth row_holds(const struct class_row *r, const struct class_facts *f)
{
    enum truth all = r->open ? UNKNOWN : YES;

    for (size_t i = 0; i < r->n; i++) {
        enum truth any = NO;

        for (size_t k = 0; k < r->all[i].n; k++) {
            enum truth one = term_holds(&r->all[i].any[k], f);

            any = one > any ? one : any;
        }
        all = any < all ? any : all;
    }
    return all;
}

static bool for_sector(const struct class_row *r, const char *sector)
{
    for (size_t i = 0; r->sectors[i] != NULL; i++)
        if (strcmp(r->sectors[i], "*") == 0 || strcmp(r->sectors[i], sector) == 0)
            return true;
    return false;
}

const struct class_row *class_of(const struct catalogue *c, const char *set,
                                 const struct class_facts *f)
{
    for (size_t i = 0; i < c->n_classes; i++) {
        const struct class_row *r = &c->classes[i];

        if (strcmp(r->set, set) != 0 || !class_valid(r, f->day) ||
            !for_sector(r, f->sector))
            continue;
        switch (row_holds(r, f)) {
        case YES:
            return r;
        case UNKNOWN:
            return NULL;
        case NO:
            break;
        }
    }
    return NULL;
}
