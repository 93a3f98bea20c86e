#include "proto/rules.h"

#include "proto/rules_own.h"
#include "proto/tsv.h"

/* -- loading -- */

/* "error", or "error|warning": the second where a value has a qualifier. */
static bool two_words(const struct tsv *t, const char *column, const char *const *words,
                      size_t out[2], struct err *e)
{
    const char *s = tsv_get(t, column), *bar = strchr(s, '|');

    for (size_t k = 0; k < 2; k++) {
        size_t n = bar == NULL ? strlen(s) : k == 0 ? (size_t)(bar - s) : strlen(bar + 1);
        const char *w = bar != NULL && k == 1 ? bar + 1 : s;

        for (out[k] = 0; words[out[k]] != NULL; out[k]++)
            if (strlen(words[out[k]]) == n && memcmp(words[out[k]], w, n) == 0)
                break;
        if (words[out[k]] == NULL)
            return tsv_error(t, e, column, "unknown word");
    }
    return true;
}

static bool read_forms(struct rules *rs, const struct catalogue *c, struct rule *r,
                       const struct tsv *t, struct err *e)
{
    const char **list = arena_new(&rs->arena, (RULE_EACH + 1) * sizeof *list);
    char *text = arena_str(&rs->arena, tsv_get(t, "form")), *save = NULL;
    size_t n = 0;

    r->forms = list;
    for (char *w = strtok_r(text, ", ", &save); w != NULL && n < RULE_EACH;
         w = strtok_r(NULL, ", ", &save)) {
        size_t i = 0;

        while (i < c->n_forms && strcmp(c->forms[i].code, w) != 0)
            i++;
        if (i == c->n_forms)
            return tsv_error(t, e, "form", "no such form");
        list[n++] = w;
    }
    return true;
}

static const char *dimension(const struct catalogue *c, const char *dim)
{
    for (size_t i = 0; i < c->n_breakdowns; i++)
        if (strcmp(c->breakdowns[i].dim, dim) == 0)
            return c->breakdowns[i].dim;
    return NULL;
}

/* "", "cells", "cells of LIST", "first cell", or a list of indicators; then maybe "by
 * DIM". */
static bool read_each(struct rules *rs, const struct catalogue *c, struct rule *r,
                      const struct tsv *t, struct err *e)
{
    char *text = arena_str(&rs->arena, tsv_get(t, "each")), *save = NULL;
    bool by = false;

    if (strcmp(text, "cells") == 0 || strcmp(text, "first cell") == 0) {
        r->each = text[0] == 'c' ? EACH_CELL : EACH_FIRST_CELL;
        return true;
    }
    if (strncmp(text, "cells of ", 9) == 0) {
        r->each = EACH_CELL;
        text += 9;
    } else if (strncmp(text, "cells but ", 10) == 0) {
        r->each = EACH_CELL;
        r->but = true;
        text += 10;
    } else if (strncmp(text, "first cell but ", 15) == 0) {
        r->each = EACH_FIRST_CELL;
        r->but = true;
        text += 15;
    }
    r->indicators = arena_new(&rs->arena, RULE_EACH * sizeof *r->indicators);
    for (char *w = strtok_r(text, ", ", &save); w != NULL;
         w = strtok_r(NULL, ", ", &save)) {
        if (by) {
            r->by = dimension(c, w);
            if (r->by == NULL)
                return tsv_error(t, e, "each", "no such dimension");
        } else if (strcmp(w, "by") == 0) {
            by = true;
        } else {
            const struct indicator *i = catalogue_indicator(c, w);

            if (i == NULL || r->n_indicators == RULE_EACH)
                return tsv_error(t, e, "each", "no such indicator, or too many");
            r->indicators[r->n_indicators++] = i;
        }
    }
    if (r->each != EACH_ONCE)
        return (!by && r->n_indicators > 0) ||
               tsv_error(t, e, "each", "cells of which indicators?");
    r->each = r->n_indicators > 0 ? EACH_INDICATOR : EACH_ONCE;
    return !by || r->by != NULL || tsv_error(t, e, "each", "by what?");
}

/* Facts besides the figures: with them a rule may speak of what is not there. */
static bool is_fact(enum instr_op op)
{
    return op >= PUSH_HAS_TEXT && op <= PUSH_MAD;
}

static void keep_reads(struct rules *rs, struct rule *r)
{
    uint32_t *list =
        arena_new(&rs->arena, (r->holds.n + r->n_indicators + 1) * sizeof *list);
    size_t n = 0;

    r->reads = list;
    for (size_t i = 0; i < r->n_indicators && !r->but; i++)
        list[n++] = r->indicators[i]->no;
    for (size_t i = 0; i < r->holds.n; i++) {
        const struct instr *x = &r->holds.list[i];

        if (is_fact(x->op))
            return;
        if (x->ind != NULL && x->slot == SLOT_NOW)
            list[n++] = x->ind->no;
    }
    r->n_reads = n;
}

static bool read_rule(struct rules *rs, const struct catalogue *c, struct rule *r,
                      const struct tsv *t, struct err *e)
{
    static const char *const severities[] = {"", "note", "warning", "error", NULL};
    static const char *const effects[] = {"keep", "hold", "refuse", NULL};
    static const char *const scopes[] = {"report", "register", "peers", NULL};
    size_t severity[2], effect[2], scope;

    if (!tsv_given(t, "code", e) || !two_words(t, "severity", severities, severity, e) ||
        !tsv_given(t, "severity", e) || !two_words(t, "effect", effects, effect, e) ||
        !tsv_word(t, "scope", scopes, &scope, e) ||
        !tsv_date(t, "valid_from", DATE_NONE, &r->valid_from, e) ||
        !tsv_date(t, "valid_to", DATE_NONE, &r->valid_to, e) ||
        !tsv_given(t, "expr", e) || !tsv_given(t, "text_vi", e) ||
        !tsv_given(t, "text_en", e) || !read_forms(rs, c, r, t, e) ||
        !read_each(rs, c, r, t, e))
        return false;
    r->code = arena_str(&rs->arena, tsv_get(t, "code"));
    r->severity = (enum severity)severity[0];
    r->severity_qualified = (enum severity)severity[1];
    r->effect = (enum effect)effect[0];
    r->effect_qualified = (enum effect)effect[1];
    r->scope = (enum rule_scope)scope;
    if (r->scope != SCOPE_REPORT &&
        (r->effect == EFFECT_REFUSE || r->effect_qualified == EFFECT_REFUSE))
        return tsv_error(t, e, "effect", "only rules of scope report may refuse");
    if (r->scope == SCOPE_PEERS &&
        (r->effect == EFFECT_HOLD || r->effect_qualified == EFFECT_HOLD))
        return tsv_error(t, e, "effect", "a later finding holds nothing");
    if (r->scope == SCOPE_PEERS &&
        (r->by != NULL || r->each == EACH_CELL || r->each == EACH_FIRST_CELL))
        return tsv_error(t, e, "each",
                         "a rule of scope peers takes a list of indicators");
    r->text[LANG_VI] = arena_str(&rs->arena, tsv_get(t, "text_vi"));
    r->text[LANG_EN] = arena_str(&rs->arena, tsv_get(t, "text_en"));
    if (rules_text(rs, r->code, LANG_VI) != NULL)
        return tsv_error(t, e, "code", "appears twice");
    if (!rule_parse(rs, c, r, t, e))
        return false;
    keep_reads(rs, r);
    rule_needs(rs, r);
    return true;
}

bool rules_compile(struct rules **out, const struct catalogue *c, struct span tsv,
                   struct err *e)
{
    static const char *const columns[] = {"code", "severity", "effect",     "scope",
                                          "form", "each",     "valid_from", "valid_to",
                                          "expr", "text_vi",  "text_en"};
    struct rules *rs = mem_new(sizeof *rs);
    struct tsv t = {0};
    size_t cap = 0;
    bool ok;

    *out = rs;
    for (size_t i = 0; i < c->n_indicators; i++)
        if (c->indicators[i].no > rs->last)
            rs->last = c->indicators[i].no;
    ok = tsv_open(&t, "rules.tsv", tsv, columns, COUNT(columns), e);
    while (ok && tsv_next(&t, e)) {
        struct rule r = {0};

        ok = read_rule(rs, c, &r, &t, e);
        if (!ok)
            break;
        if (rs->n == cap) {
            cap = cap != 0 ? 2 * cap : 32;
            rs->list = mem_grow(rs->list, cap, sizeof *rs->list);
        }
        rs->list[rs->n++] = r;
    }
    tsv_close(&t);
    if (ok && e->kind == ERR_NONE)
        return true;
    rules_close(out);
    return false;
}

void rules_close(struct rules **rs)
{
    if (*rs == NULL)
        return;
    arena_clear(&(*rs)->arena);
    free((*rs)->list);
    free(*rs);
    *rs = NULL;
}

const char *rules_text(const struct rules *rs, const char *code, enum lang lang)
{
    for (size_t i = 0; code != NULL && i < rs->n; i++)
        if (strcmp(rs->list[i].code, code) == 0)
            return rs->list[i].text[lang];
    return NULL;
}

/* -- checking -- */

bool rule_applies(const struct rule *r, const struct report_view *v)
{
    const char *const *form = r->forms;

    if (v->period == NULL ||
        (r->valid_from != DATE_NONE && v->period->ends < r->valid_from) ||
        (r->valid_to != DATE_NONE && v->period->ends > r->valid_to))
        return false;
    if (*form == NULL)
        return true;
    while (*form != NULL && (v->r->form == NULL || strcmp(*form, v->r->form) != 0))
        form++;
    return *form != NULL;
}

/* One argument as a plain number, rounded half away from zero at its printed digit. */
static const char *argument(const struct rule *r, const struct code *code,
                            struct spot *at, struct arena *a)
{
    const struct indicator *about = r->about != NULL ? r->about : at->ind;
    int decimals =
        code->decimals == -2 ? about != NULL ? about->decimals : 0 : code->decimals;
    struct value v;
    int64_t unit = code->scale;
    __int128 x;
    struct bytes b = {0};
    const char *text;

    if (code->n == 1 && code->list[0].op >= TEXT_NAME)
        return rule_words(&code->list[0], at, a);
    v = rule_eval(code, at);
    x = v.lo;
    if (!v.known || x > INT64_MAX || x < -INT64_MAX)
        return "?";
    for (; decimals > 0 && unit > 1; decimals--)
        unit /= 10;
    if (decimals >= 0 && unit > 1) {
        __int128 half = x < 0 ? -(unit / 2) : unit / 2;

        x = (x + half) / unit * unit;
    }
    value_plain((int64_t)x, code->scale, &b);
    text = arena_strn(a, b.p, b.n);
    bytes_clear(&b);
    return text;
}

/* The observation a finding is about; NULL: the report as a whole, or a cell not there.
 */
static const struct observation *about_cell(const struct rule *r, const struct spot *at,
                                            const struct indicator *about)
{
    if (r->about_name && at->view->n_variants > 0)
        return at->view->variants[0].at;
    if (r->about_report || about == NULL)
        return NULL;
    return view_find(at->view, about->no, r->about_b1 != NULL ? r->about_b1 : at->b1,
                     r->about_b1 != NULL ? "" : at->b2);
}

bool rule_check_spot(const struct rule *r, struct spot *at, struct findings *fs)
{
    struct value v;
    const struct indicator *about = r->about != NULL ? r->about : at->ind;
    const struct observation *o;
    struct arena a = {0};
    struct finding f;
    enum effect effect;

    if (!rule_may_break(r, at))
        return true;
    v = rule_eval(&r->holds, at);
    if (!v.known || v.lo != 0)
        return true;
    o = about_cell(r, at, about);
    f = o != NULL ? finding_at(r->code, r->severity, o)
                  : (struct finding){.code = r->code,
                                     .indicator = about != NULL ? about->no : 0,
                                     .b1 = r->about_b1 != NULL ? r->about_b1 : at->b1,
                                     .cell = at->view->r->source_place};
    f.severity = at->qualified ? r->severity_qualified : r->severity;
    effect = at->qualified ? r->effect_qualified : r->effect;
    f.refuses = effect == EFFECT_REFUSE;
    f.holds = effect == EFFECT_HOLD;
    for (size_t i = 0; i < r->n_args; i++)
        f.args[i] = argument(r, &r->args[i], at, &a);
    findings_add(fs, &f);
    arena_clear(&a);
    return false;
}

static void check_breakdowns(const struct rule *r, struct report_view *v,
                             const struct indicator *ind, struct findings *fs)
{
    struct spot at = {.view = v, .ind = ind, .b1 = "", .b2 = ""};

    rule_check_spot(r, &at, fs);
    for (size_t i = 0; r->by != NULL && i < v->n_codes; i++) {
        if (catalogue_breakdown(v->c, r->by, v->codes[i]) == NULL)
            continue;
        at = (struct spot){.view = v, .ind = ind, .b1 = v->codes[i], .b2 = ""};
        rule_check_spot(r, &at, fs);
    }
}

/* Of "cells of LIST", not of "first cell but LIST"; without a list every one is. */
static bool is_listed(const struct rule *r, const struct indicator *ind)
{
    size_t i = 0;

    while (i < r->n_indicators && r->indicators[i] != ind)
        i++;
    return r->n_indicators == 0 || (i < r->n_indicators) != r->but;
}

/* A total made of the cell of a later observation, which says more: "Giải thể, 16/QĐ". */
static bool said_below(const struct report *r, size_t i)
{
    const struct observation *o = &r->obs[i];

    for (size_t k = i + 1; k < r->n_obs; k++)
        if (r->obs[k].indicator == o->indicator && o->cell != NULL && *o->cell != 0 &&
            r->obs[k].cell != NULL && strcmp(r->obs[k].cell, o->cell) == 0)
            return true;
    return false;
}

static void check_cells(const struct rule *r, struct report_view *v, struct findings *fs)
{
    for (size_t i = 0; i < v->r->n_obs; i++) {
        const struct observation *o = &v->r->obs[i];
        struct spot at = {.view = v,
                          .ind = catalogue_indicator_no(v->c, o->indicator),
                          .b1 = o->b1 != NULL ? o->b1 : "",
                          .b2 = o->b2 != NULL ? o->b2 : ""};

        if (r->n_indicators > 0 && !r->but && said_below(v->r, i))
            continue;
        if (at.ind != NULL && is_listed(r, at.ind) && !rule_check_spot(r, &at, fs) &&
            r->each == EACH_FIRST_CELL)
            return;
    }
}

static bool is_there(const struct report_view *v, uint32_t indicator)
{
    return v->first[indicator + 1] > v->first[indicator];
}

/* Is there anything in the report that the rule reads? */
static bool is_asked(const struct rule *r, const struct report_view *v)
{
    for (size_t i = 0; i < r->n_reads; i++)
        if (is_there(v, r->reads[i]))
            return true;
    return r->n_reads == 0;
}

static void check_scope(struct report_view *v, enum rule_scope scope, struct findings *fs)
{
    const struct rules *rs = v->c->rules;

    for (size_t i = 0; rs != NULL && i < rs->n; i++) {
        const struct rule *rule = &rs->list[i];

        if (rule->scope != scope || !is_asked(rule, v) || !rule_applies(rule, v))
            continue;
        if (rule->each == EACH_CELL || rule->each == EACH_FIRST_CELL)
            check_cells(rule, v, fs);
        else if (rule->each == EACH_ONCE)
            check_breakdowns(rule, v, NULL, fs);
        for (size_t k = 0; rule->each == EACH_INDICATOR && k < rule->n_indicators; k++)
            if (is_there(v, rule->indicators[k]->no))
                check_breakdowns(rule, v, rule->indicators[k], fs);
    }
}

void rules_check(const struct catalogue *c, const struct report *r,
                 const struct past *past, struct findings *fs)
{
    struct report_view v;

    view_open(&v, c, r, past);
    rules_shape(&v, fs);
    check_scope(&v, SCOPE_REPORT, fs);
    if (past != NULL)
        check_scope(&v, SCOPE_REGISTER, fs);
    view_close(&v);
}

void rules_check_past(const struct catalogue *c, const struct report *r,
                      const struct past *past, struct findings *fs)
{
    struct report_view v;

    view_open(&v, c, r, past);
    check_scope(&v, SCOPE_REGISTER, fs);
    view_close(&v);
}

static bool for_form(const struct rule *r, const char *form)
{
    const char *const *f = r->forms;

    if (*f == NULL)
        return true;
    while (*f != NULL && strcmp(*f, form) != 0)
        f++;
    return *f != NULL;
}

size_t rules_waiting(const struct catalogue *c, const char *form, const char **codes,
                     size_t max)
{
    size_t n = 0;

    for (size_t i = 0; c->rules != NULL && form != NULL && i < c->rules->n; i++) {
        const struct rule *r = &c->rules->list[i];

        if (r->scope != SCOPE_REGISTER || !for_form(r, form))
            continue;
        if (n < max)
            codes[n] = r->code;
        n++;
    }
    return n;
}

bool rules_reads_past(const struct rules *rs, const char *code)
{
    for (size_t i = 0; rs != NULL && i < rs->n; i++)
        if (strcmp(rs->list[i].code, code) == 0)
            return rs->list[i].scope == SCOPE_REGISTER;
    return false;
}

bool rules_compare(const struct catalogue *c, const char *form)
{
    for (size_t i = 0; c->rules != NULL && i < c->rules->n; i++)
        if (c->rules->list[i].scope == SCOPE_PEERS && for_form(&c->rules->list[i], form))
            return true;
    return false;
}
