#include "proto/national_db.h"

#include "proto/tsv.h"

enum { COLUMNS_MOST = 600, HEADING_MOST = 200, WORDS_MOST = 64 };

const char *const national_parts[NATIONAL_PARTS + 1] = {"entity", "fact", "event", NULL};

/* The sources of a part; days are those of DAYS. */
static const char *const ANY[] = {"action", "subject",  "id_kind",       "id",
                                  "issuer", "province", "province_name", NULL};
static const char *const OWN[NATIONAL_PARTS][20] = {
    {"kind",     "name",      "sector",    "sector_name", "unit", "unit_from", "unit_name",               "commune",
     "state", "founded", "dissolved", "confirmed", NULL},
    {"name", "kind", "unit", "scheme",          "period",                "vintage",                      "cutoff",                                         NULL                                                                                  },
    {"event",  "day",    "act",       "other",       "note","name","told",NULL},
};
static const char *const DAYS[] = {"unit_from", "founded", "dissolved",
                                   "cutoff",    "day",     NULL};
static const char *const FIGURES[] = {"value:", "mark:", "qualifier:", NULL};

struct reading {
    struct arena *a;
    struct tsv t;
    struct err *e;
    bool (*known)(const void *ctx, const char *indicator);
    const void *ctx;
};

static bool among(const char *const *list, const char *word)
{
    while (*list != NULL && strcmp(*list, word) != 0)
        list++;
    return *list != NULL;
}

/* "value:htx.size/micro" */
static bool read_figure(struct reading *r, struct national_column *c)
{
    char *word, *slash;

    for (size_t i = 0; c->part == NATIONAL_FACT && FIGURES[i] != NULL; i++) {
        const size_t n = strlen(FIGURES[i]);

        if (strncmp(c->source, FIGURES[i], n) != 0)
            continue;
        word = arena_str(r->a, c->source + n);
        c->indicator = word;
        c->b1 = c->b2 = "";
        slash = strchr(word, '/');
        if (slash != NULL) {
            *slash = 0;
            c->b1 = slash + 1;
            slash = strchr(slash + 1, '/');
        }
        if (slash != NULL) {
            *slash = 0;
            c->b2 = slash + 1;
        }
        return r->known(r->ctx, c->indicator) ||
               tsv_error(&r->t, r->e, "source", "no such indicator");
    }
    return tsv_error(&r->t, r->e, "source", "no such source of this part");
}

static bool read_words(struct reading *r, struct national_column *c, const char *text)
{
    const char **list = arena_new(r->a, (2 * WORDS_MOST + 1) * sizeof *list);
    size_t n = 0;

    while (*text != 0) {
        const size_t len = strcspn(text, ",");
        char *pair = arena_strn(r->a, text, len), *is = strchr(pair, '=');

        if (is == NULL || is == pair || n == 2 * (size_t)WORDS_MOST)
            return tsv_error(&r->t, r->e, "format", "words are written A=X,B=Y");
        *is = 0;
        list[n++] = pair;
        list[n++] = is + 1;
        text += len + (text[len] == ',');
    }
    list[n] = NULL;
    c->words = list;
    return n > 0 || tsv_error(&r->t, r->e, "format", "words are written A=X,B=Y");
}

static bool read_format(struct reading *r, struct national_column *c)
{
    static const char *const names[] = {"text", "date", "date_vi", "number", "number_vi"};
    const char *format = tsv_get(&r->t, "format");
    const bool day = among(DAYS, c->source);
    const bool value = c->indicator != NULL && strncmp(c->source, "value:", 6) == 0;

    if (strncmp(format, "words:", 6) == 0) {
        c->format = NATIONAL_WORDS;
        return !day && !value
                   ? read_words(r, c, format + 6)
                   : tsv_error(&r->t, r->e, "format", "a day or value is no word");
    }
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(names[i], format) == 0) {
            const bool of_day = i == NATIONAL_DATE || i == NATIONAL_DATE_VI;
            const bool of_value = i == NATIONAL_NUMBER || i == NATIONAL_NUMBER_VI;

            c->format = (enum national_format)i;
            return (of_day == day && of_value == value) ||
                   tsv_error(&r->t, r->e, "format",
                             day     ? "of a day: date or date_vi"
                             : value ? "of a value: number or number_vi"
                                     : "of words: text or words:A=X,B=Y");
        }
    return tsv_error(&r->t, r->e, "format", "unknown word");
}

static bool read_column(struct reading *r, struct national_column *c)
{
    static const char *const yes_no[] = {"no", "yes", NULL};
    size_t part, sure;

    if (!tsv_word(&r->t, "part", national_parts, &part, r->e) ||
        !tsv_given(&r->t, "column", r->e) || !tsv_given(&r->t, "source", r->e) ||
        !tsv_word(&r->t, "sure", yes_no, &sure, r->e))
        return false;
    *c = (struct national_column){.part = (enum national_part)part, .sure = sure == 1};
    c->heading = arena_str(r->a, tsv_get(&r->t, "column"));
    c->source = arena_str(r->a, tsv_get(&r->t, "source"));
    c->name_vi = arena_str(r->a, tsv_get(&r->t, "name_vi"));
    c->name_en = arena_str(r->a, tsv_get(&r->t, "name_en"));
    if (strlen(c->heading) > HEADING_MOST)
        return tsv_error(&r->t, r->e, "column", "too long for a heading");
    if (strcmp(c->heading, "-") == 0)
        return true;
    if (!tsv_given(&r->t, "name_vi", r->e) || !tsv_given(&r->t, "name_en", r->e))
        return false;
    if (*c->source != '=' && !among(ANY, c->source) && !among(OWN[part], c->source) &&
        !read_figure(r, c))
        return false;
    return read_format(r, c);
}

/* Takes the columns of this source in this part away. */
static bool take_away(struct reading *r, struct national_column *list, size_t *n,
                      const struct national_column *c)
{
    size_t kept = 0;

    for (size_t i = 0; i < *n; i++)
        if (list[i].part != c->part || strcmp(list[i].source, c->source) != 0)
            list[kept++] = list[i];
    if (kept == *n)
        return tsv_error(&r->t, r->e, "source", "no column above has this source");
    *n = kept;
    return true;
}

static bool read_all(struct reading *r, struct national_column *list, size_t *n)
{
    while (tsv_next(&r->t, r->e)) {
        struct national_column c;

        if (!read_column(r, &c))
            return false;
        if (strcmp(c.heading, "-") == 0) {
            if (!take_away(r, list, n, &c))
                return false;
            continue;
        }
        for (size_t i = 0; i < *n; i++)
            if (list[i].part == c.part && strcmp(list[i].heading, c.heading) == 0)
                return tsv_error(&r->t, r->e, "column", "appears twice in its part");
        if (*n == COLUMNS_MOST)
            return tsv_error(&r->t, r->e, "column", "too many columns");
        list[(*n)++] = c;
    }
    return r->e->kind == ERR_NONE;
}

/* Each part needs to say what is to be done with whom. */
static bool whole(const struct national_layout *l, struct err *e)
{
    static const char *const needed[] = {"action", "subject|id"};

    for (size_t part = 0; part < NATIONAL_PARTS; part++)
        for (size_t k = 0; k < COUNT(needed); k++) {
            bool found = false;

            for (size_t i = l->first[part]; i < l->first[part + 1]; i++)
                found = found || (k == 0 ? strcmp(l->list[i].source, "action") == 0
                                         : strcmp(l->list[i].source, "subject") == 0 ||
                                               strcmp(l->list[i].source, "id") == 0);
            if (!found)
                return err_set(e, ERR_INPUT,
                               "national_db.tsv: %s: no column has the source %s",
                               national_parts[part], needed[k]);
        }
    return true;
}

bool national_read(struct national_layout *l, struct arena *a, struct span file,
                   bool (*known)(const void *ctx, const char *indicator), const void *ctx,
                   struct err *e)
{
    static const char *const columns[] = {"part",    "column",  "source", "format",
                                          "name_vi", "name_en", "sure"};
    struct reading r = {.a = a, .e = e, .known = known, .ctx = ctx};
    struct national_column *list, *sorted;
    size_t n = 0;
    bool ok;

    *l = (struct national_layout){0};
    if (file.n == 0)
        return true;
    list = arena_new(a, COLUMNS_MOST * sizeof *list);
    sorted = arena_new(a, COLUMNS_MOST * sizeof *sorted);
    e->kind = ERR_NONE;
    ok = tsv_open(&r.t, "national_db.tsv", file, columns, COUNT(columns), e) &&
         read_all(&r, list, &n);
    tsv_close(&r.t);
    for (size_t part = 0; part < NATIONAL_PARTS; part++) {
        l->first[part] = l->n;
        for (size_t i = 0; i < n; i++)
            if (list[i].part == part)
                sorted[l->n++] = list[i];
    }
    l->first[NATIONAL_PARTS] = l->n;
    l->list = sorted;
    return ok && whole(l, e);
}

bool national_sure(const struct national_layout *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (!l->list[i].sure)
            return false;
    return true;
}
