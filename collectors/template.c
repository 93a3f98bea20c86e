#include "collectors/template.h"

#include "collectors/say.h"
#include "collectors/template_own.h"
#include "proto/base/text.h"

#include <errno.h>
#include <unistd.h>

enum { SHEET_NAME_MOST = 31 };

/* ---- words ---- */

const char *template_text(const struct maker *m, const char *key)
{
    return catalogue_text(m->job->cat, key, LANG_VI);
}

const char *template_say(struct maker *m, const char *key, const char *a, const char *b,
                         const char *c, const char *d)
{
    struct bytes out = {0};
    const char *s;

    say(&out, m->job->cat, LANG_VI, key, a, b, c, d, NULL);
    s = arena_str(&m->paper.arena, bytes_cstr(&out));
    bytes_clear(&out);
    return s;
}

/* A word of the catalogue inside a sentence: "thực hiện". */
static const char *vintage_text(struct maker *m, enum vintage v)
{
    const struct breakdown *b =
        catalogue_breakdown(m->job->cat, "vintage", vintage_word(v));
    const char *key =
        b == NULL ? NULL : text_key(&m->paper.arena, b->name_vi); /* lower case */

    return key == NULL ? vintage_word(v) : key;
}

const char *template_head(struct maker *m, const char *label, const struct indicator *ind)
{
    return arena_printf(&m->paper.arena, "%s\n(%s)", label, ind->unit_vi);
}

/* ---- the head of a page ---- */

/* "Biểu 01-HTX": what a sheet may be called. */
static const char *sheet_name(struct maker *m)
{
    char *name =
        arena_str(&m->paper.arena, *m->form->mark != 0 ? m->form->mark : m->form->code);
    size_t n = 0;

    for (char *c = name; *c != 0; c++)
        if (strchr("/\\?*[]:'", *c) != NULL)
            *c = '-';
    for (size_t at = 0; name[at] != 0; at++) { /* cut behind a whole character */
        n += ((unsigned char)name[at] & 0xC0) != 0x80;
        if (n > SHEET_NAME_MOST) {
            name[at] = 0;
            break;
        }
    }
    return name;
}

static void identify(struct maker *m)
{
    const struct template_job *job = m->job;

    paper_name(&m->paper, "HTX_FORM",
               template_say(m, "template.mark", m->form->mark,
                            arena_printf(&m->paper.arena, "%u", m->form->version), NULL,
                            NULL),
               true);
    paper_name(&m->paper, "HTX_VINTAGE", vintage_word(job->vintage), true);
}

void template_page(struct maker *m, const double *widths, int columns, int fixed)
{
    const struct template_job *job = m->job;
    const struct period *period = job->period;
    char from[11], to[11], due[11], version[16];
    struct arena *a = &m->paper.arena;

    snprintf(version, sizeof version, "%u", m->form->version);
    m->words.mark =
        template_say(m, "template.mark_line",
                     template_say(m, "template.mark", m->form->mark, version, NULL, NULL),
                     NULL, NULL, NULL);
    m->words.lines[0] = template_say(
        m, "template.period_line", period->name_vi, date_vi(period->starts, from),
        date_vi(period->ends, to), vintage_text(m, job->vintage));
    m->words.lines[1] =
        job->unit_name != NULL
            ? template_say(m, "template.unit_line", job->unit_name, job->unit, NULL, NULL)
            : template_say(m, "template.unit_code_line", job->unit, NULL, NULL, NULL);
    m->words.lines[2] = template_text(m, "template.legend_line");
    paper_form_sheet(
        &m->paper, sheet_name(m), widths, columns, fixed,
        text_upper(a, m->form->name_vi) != NULL ? text_upper(a, m->form->name_vi)
                                                : m->form->name_vi,
        template_say(m, "template.due_line", date_vi(period_due(job->cat, period), due),
                     NULL, NULL, NULL));
    identify(m);
}

/* ---- checks ---- */

static const char *const signs[] = {"-", "x", "…", "...", "KCC", NULL};

static const char *plain(struct maker *m, int64_t value, int64_t scale)
{
    struct bytes b = {0};
    const char *s;

    value_plain(value, scale, &b);
    s = arena_str(&m->paper.arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static const char *for_people(struct maker *m, int64_t value, int64_t scale)
{
    struct bytes b = {0};
    const char *s;

    value_vi(value, scale, &b);
    s = arena_str(&m->paper.arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

/* Bounds that say something: a share ends at 100, a sum of money has no natural end. */
static bool has_top(const struct indicator *ind)
{
    return ind->max / ind->scale <= 100;
}

void template_number(struct maker *m, const struct indicator *ind, uint32_t row, int col,
                     uint32_t last_row, int last_col, const char *hint)
{
    struct paper_check check = {
        .entry = PAPER_ENTRY_NUMBER,
        .whole = ind->scale == 1,
        .signs = signs,
        .min = plain(m, ind->min, ind->scale),
        .max = has_top(ind) ? plain(m, ind->max, ind->scale) : NULL,
        .title = template_text(m, "template.number_title"),
        .hint_title = hint != NULL ? template_text(m, "template.hint_title") : NULL,
        .hint_message = hint,
    };
    const char *low = for_people(m, ind->min, ind->scale);
    const char *key = check.max != NULL ? "template.number_between"
                      : ind->min < 0    ? "template.number_any"
                      : check.whole     ? "template.number_whole"
                                        : "template.number_least";

    check.message = template_say(m, key, ind->unit_vi, low,
                                 for_people(m, ind->max, ind->scale), NULL);
    if (ind->min < 0 && check.max == NULL)
        check.min = NULL;
    paper_check(&m->paper, row, col, last_row, last_col, &check);
}

static bool in_force(const struct breakdown *b, int32_t day)
{
    return (b->valid_from == DATE_NONE || b->valid_from <= day) &&
           (b->valid_to == DATE_NONE || b->valid_to >= day);
}

/* Has the form a cell for the code? A second breakdown is not laid out in cells. */
static bool has_cell(const struct form *f, const struct form_cell *cell, const char *code)
{
    if (cell == NULL || cell->coded != 1)
        return true;
    for (const struct form_cell *c = cell; c < f->cells + f->n_cells; c++)
        if (c->row == cell->row && strcmp(c->b1, code) == 0)
            return true;
    return false;
}

static const char *codes(struct maker *m, const char *dim, const struct form_cell *cell)
{
    const struct catalogue *cat = m->job->cat;
    const char **names = mem_array(cat->n_breakdowns + 1, sizeof *names), *list;
    const char *key = dim;
    size_t n = 0, all = 0;

    for (size_t i = 0; i < cat->n_breakdowns; i++) {
        const struct breakdown *b = &cat->breakdowns[i];

        if (strcmp(b->dim, dim) != 0 || strcmp(b->code, "*") == 0 ||
            breakdown_is_group(b->code) || !in_force(b, m->job->period->ends))
            continue;
        all++;
        if (has_cell(m->form, cell, b->code))
            names[n++] = b->name_vi;
    }
    if (n < all)
        key = arena_printf(&m->paper.arena, "%s, %s", dim, m->form->code);
    list = paper_list(&m->paper, key, names, n);
    free(names);
    return list;
}

static void check_list(struct maker *m, const char *list, bool strict, uint32_t row,
                       int col, uint32_t last_row, const char *hint)
{
    const struct paper_check check = {
        .entry = PAPER_ENTRY_LIST,
        .strict = strict,
        .list = list,
        .title = template_text(m, "template.list_title"),
        .message = template_text(m, "template.list_message"),
        .hint_title = hint != NULL ? template_text(m, "template.hint_title") : NULL,
        .hint_message = hint,
    };

    paper_check(&m->paper, row, col, last_row, col, &check);
}

void template_coded(struct maker *m, const char *dim, const struct form_cell *cell,
                    uint32_t row, int col, uint32_t last_row, const char *hint)
{
    /* what is asked may also be unknown: "…", "KCC" */
    check_list(m, codes(m, dim, cell), cell == NULL, row, col, last_row, hint);
}

void template_yes_no(struct maker *m, uint32_t row, int col, uint32_t last_row,
                     const char *hint)
{
    const char *const words[] = {template_text(m, "template.yes"),
                                 template_text(m, "template.no")};

    check_list(m, paper_list(&m->paper, "yes, no", words, COUNT(words)), false, row, col,
               last_row, hint);
}

void template_free_text(struct maker *m, uint32_t row, int col, uint32_t last_row)
{
    const struct paper_check check = {
        .entry = PAPER_ENTRY_ANY,
        .hint_title = template_text(m, "template.text"),
        .hint_message = template_text(m, "template.text_message"),
    };

    paper_check(&m->paper, row, col, last_row, col, &check);
}

void template_date(struct maker *m, uint32_t row, int col, uint32_t last_row)
{
    static const char *const none[] = {"-", "x", "…", "...", NULL};
    const struct paper_check check = {
        .entry = PAPER_ENTRY_DATE,
        .signs = none,
        .min = "1990-01-01",
        .max = "2100-12-31",
        .title = template_text(m, "template.date_title"),
        .message = template_text(m, "template.date_message"),
    };

    paper_check(&m->paper, row, col, last_row, col, &check);
}

enum paper_style template_style(const struct indicator *ind)
{
    return ind->scale == 1 ? PAPER_OPEN_WHOLE : PAPER_OPEN_NUMBER;
}

/* ---- hints ---- */

static const char *state_text(struct maker *m, const struct observation *o,
                              const struct indicator *ind)
{
    switch (o->state) {
    case OBS_VALUE:
        return arena_printf(&m->paper.arena, "%s%s%s",
                            for_people(m, o->value, ind->scale),
                            o->has_upper ? " đến " : "",
                            o->has_upper ? for_people(m, o->upper, ind->scale) : "");
    case OBS_NIL:
        return "-";
    case OBS_NOT_APPLICABLE:
        return "x";
    case OBS_NOT_AVAILABLE:
        return "…";
    case OBS_REFUSED:
        return "KCC";
    case OBS_MISSING:
        break;
    }
    return NULL;
}

static const struct observation *observed(const struct past_report *r,
                                          const struct form_cell *cell)
{
    for (size_t i = 0; i < r->n_obs; i++)
        if (r->obs[i].indicator == cell->indicator->no &&
            strcmp(r->obs[i].b1, cell->b1) == 0 && strcmp(r->obs[i].b2, cell->b2) == 0)
            return &r->obs[i];
    return NULL;
}

/* The period's name; its code where the catalogue no longer knows it. */
static const char *period_name(struct maker *m, const struct past_report *r)
{
    const struct period *p = catalogue_period(
        m->job->cat, arena_printf(&m->paper.arena, "%s:%s", r->scheme, r->period));

    return p != NULL ? p->name_vi : r->period;
}

/* The report that says it last: of this very period and kind of figures before others. */
static const struct past_report *last_of(struct maker *m, const struct past *past,
                                         const struct form_cell *cell,
                                         const struct period *period,
                                         enum vintage vintage)
{
    const struct past_report *best = NULL;

    for (size_t i = 0; past != NULL && i < past->n_reports; i++) { /* newest last */
        const struct past_report *r = &past->reports[i];

        if (strcmp(r->form, m->form->code) != 0 || observed(r, cell) == NULL)
            continue;
        best = r;
        if (strcmp(r->scheme, period->scheme) == 0 &&
            strcmp(r->period, period->code) == 0 && r->vintage == vintage)
            break;
    }
    return best;
}

const char *template_last(struct maker *m, const struct past *past,
                          const struct form_cell *cell, const struct period *period,
                          enum vintage vintage)
{
    const struct past_report *r = last_of(m, past, cell, period, vintage);

    return r == NULL ? NULL : state_text(m, observed(r, cell), cell->indicator);
}

const char *template_hint(struct maker *m, const struct past *past,
                          const struct form_cell *cell, const struct period *period,
                          enum vintage vintage)
{
    const struct past_report *r = last_of(m, past, cell, period, vintage);
    const char *value = template_last(m, past, cell, period, vintage);

    if (value == NULL)
        return NULL;
    return template_say(
        m, "template.hint", period_name(m, r), vintage_text(m, r->vintage), value,
        observed(r, cell)->state == OBS_VALUE ? cell->indicator->unit_vi : "");
}

/* The report that last said the cell in words, and the word. */
static const struct past_report *word_of(struct maker *m, const struct past *past,
                                         const struct form_cell *cell, const char **word)
{
    const char *dim = cell->indicator->dims[cell->coded - 1];

    for (size_t i = past->n_reports; i-- > 0;) { /* newest last */
        const struct past_report *r = &past->reports[i];

        for (size_t k = 0; strcmp(r->form, m->form->code) == 0 && k < r->n_obs; k++) {
            const struct observation *o = &r->obs[k];
            const char *code = cell->coded == 1 ? o->b1 : o->b2;
            const struct breakdown *b = catalogue_breakdown(m->job->cat, dim, code);

            if (o->indicator != cell->indicator->no || *code == 0)
                continue;
            *word = b != NULL ? b->name_vi : code;
            return r;
        }
    }
    return NULL;
}

const char *template_word(struct maker *m, const struct past *past,
                          const struct form_cell *cell)
{
    const char *word = NULL;

    return word_of(m, past, cell, &word) == NULL ? NULL : word;
}

const char *template_word_hint(struct maker *m, const struct past *past,
                               const struct form_cell *cell)
{
    const char *word = NULL;
    const struct past_report *r = word_of(m, past, cell, &word);

    return r == NULL ? NULL
                     : template_say(m, "template.hint", period_name(m, r),
                                    vintage_text(m, r->vintage), word, "");
}

/* ---- the whole ---- */

bool template_expects(const struct form *f, const struct past *entity)
{
    return f->subject != SUBJECT_UNIT && entity->registered != NULL &&
           entity->registered->kind == f->subject &&
           entity->registered->state != STATE_DISSOLVED;
}

static void make_page(struct maker *m)
{
    switch (m->form->layout) {
    case LAYOUT_ENTITY_ROWS:
    case LAYOUT_ROWS:
        template_list(m);
        break;
    case LAYOUT_TEXTS:
        template_texts(m);
        break;
    case LAYOUT_BY_SECTOR:
    case LAYOUT_BY_PERIOD:
        template_statement(m);
        break;
    }
}

bool template_write(const struct template_job *job, const struct form *const *forms,
                    size_t n, const char *path, size_t *rows, struct err *e)
{
    struct maker m = {.job = job};
    char *part = mem_printf("%s.part", path);
    char *agency = job->unit_name != NULL ? mem_str(job->unit_name)
                                          : mem_printf("Đơn vị %s", job->unit);
    char version[16];
    bool ok = false;

    m.words = (struct paper_words){
        .agency = agency,
        .document = n == 1 ? forms[0]->name_vi
                           : catalogue_text(job->cat, "template.title", LANG_VI),
        .comments = "",
        .created = job->created,
    };
    if (!paper_open(&m.paper, part, &m.words, e))
        goto out;
    snprintf(version, sizeof version, "%u", job->cat->version);
    paper_name(&m.paper, "HTX_UNIT", job->unit, false);
    paper_name(
        &m.paper, "HTX_PERIOD",
        arena_printf(&m.paper.arena, "%s:%s", job->period->scheme, job->period->code),
        false);
    paper_name(&m.paper, "HTX_CATALOGUE", version, false);
    for (size_t i = 0; i < n; i++) {
        m.form = forms[i];
        m.rows = 0;
        make_page(&m);
        rows[i] = m.rows;
    }
    template_guide(&m, forms, n);
    paper_lists(&m.paper);
    ok = paper_close(&m.paper, part, e);
    if (ok && rename(part, path) < 0)
        ok = err_set(e, ERR_SETUP, "%s: %s", path, strerror(errno));
    if (!ok)
        unlink(part);
out:
    free(part);
    free(agency);
    return ok;
}

char *template_file_name(const struct template_job *job, const struct form *const *forms,
                         size_t n)
{
    struct arena a = {0};
    const char *mark = n == 1 && *forms[0]->mark != 0 ? forms[0]->mark
                       : n == 1                       ? forms[0]->code
                                                      : "bieu-mau";
    char *bare = text_key_bare(&a, mark), *name;
    const char *scheme;

    if (bare == NULL)
        bare = arena_str(&a, "bieu-mau");
    for (char *c = bare, *to = bare;; c++) { /* "bieu 01 htx": bieu01-htx */
        if (*c == ' ' && c[1] >= '0' && c[1] <= '9')
            continue;
        *to++ = strchr("abcdefghijklmnopqrstuvwxyz0123456789_", *c) != NULL ? *c : '-';
        if (*c == 0)
            break;
    }
    /* the code alone means the first scheme's: another's is named, as on the command
     * line */
    scheme = catalogue_period(job->cat, job->period->code) == job->period
                 ? ""
                 : arena_printf(&a, "%s-", job->period->scheme);
    name = mem_printf("%s_%s_%s%s.xlsx", bare, job->unit, scheme, job->period->code);
    arena_clear(&a);
    return name;
}
