/*
 * rules_call - the functions of the language.
 *
 * Functions of one indicator: or0 upper ulp has given at_cutoff in_period dated months
 * num den; over the parts of a dimension: sum parts ulps minimum maximum repeats mode,
 * wsum weights rounding (with another weight as third argument); of numbers: abs known
 * about total pct swapped; of the report: is state vintage period has_text longest_text
 * variants. Scope register also: prev opening lastyear plan estimate half other (any sum
 * as another report of the subject has it), same shared registered register_state
 * name_differs kind_differs sector_differs second_channel age expected listed. Scope
 * peers: median mad peers.
 */
#include "proto/base/text.h"
#include "proto/rules_parse.h"

static bool knows_past(struct parse *x);

/* The only indicator of num or den; NULL when there is none or several. */
static const struct indicator *single(const struct parse *x, const char *terms)
{
    return terms[0] != 0 ? catalogue_indicator(x->c, terms) : NULL;
}

/* A function over one indicator, or over one indicator and a dimension. */
struct function {
    const char *name;
    enum instr_op op;
    enum { OF_INDICATOR, OF_PARTS, OF_WEIGHTED } of;
    enum { GIVES_SAME, GIVES_COUNT, GIVES_CONDITION, GIVES_WEIGHT, GIVES_PRODUCT } gives;
};

static const struct function functions[] = {
    {"or0",       PUSH_OR0,       OF_INDICATOR, GIVES_SAME     },
    {"upper",     PUSH_UPPER,     OF_INDICATOR, GIVES_SAME     },
    {"ulp",       PUSH_ULP,       OF_INDICATOR, GIVES_SAME     },
    {"has",       PUSH_HAS,       OF_INDICATOR, GIVES_CONDITION},
    {"given",     PUSH_GIVEN,     OF_INDICATOR, GIVES_CONDITION},
    {"at_cutoff", PUSH_AT_CUTOFF, OF_INDICATOR, GIVES_CONDITION},
    {"in_period", PUSH_IN_PERIOD, OF_INDICATOR, GIVES_CONDITION},
    {"dated",     PUSH_DATED,     OF_INDICATOR, GIVES_CONDITION},
    {"months",    PUSH_MONTHS,    OF_INDICATOR, GIVES_COUNT    },
    {"sum",       PUSH_SUM,       OF_PARTS,     GIVES_SAME     },
    {"parts",     PUSH_PARTS,     OF_PARTS,     GIVES_COUNT    },
    {"ulps",      PUSH_ULPS,      OF_PARTS,     GIVES_SAME     },
    {"minimum",   PUSH_MINIMUM,   OF_PARTS,     GIVES_SAME     },
    {"maximum",   PUSH_MAXIMUM,   OF_PARTS,     GIVES_SAME     },
    {"repeats",   PUSH_REPEATS,   OF_PARTS,     GIVES_COUNT    },
    {"mode",      PUSH_MODE,      OF_PARTS,     GIVES_SAME     },
    {"wsum",      PUSH_WSUM,      OF_WEIGHTED,  GIVES_PRODUCT  },
    {"weights",   PUSH_WEIGHTS,   OF_WEIGHTED,  GIVES_WEIGHT   },
    {"rounding",  PUSH_ROUNDING,  OF_WEIGHTED,  GIVES_PRODUCT  },
};

static bool has_dim(const struct indicator *ind, const char *dim)
{
    for (size_t i = 0; ind->dims[i] != NULL; i++)
        if (strcmp(ind->dims[i], dim) == 0)
            return true;
    return false;
}

/* Every indicator that a part function may meet must have the dimension and weight. */
static bool parts_fit(struct parse *x, const struct instr *i, bool weighted,
                      int64_t *weight_scale)
{
    const struct indicator *one = i->ind;
    const struct indicator *const *list = one != NULL ? &one : x->r->indicators;
    size_t n = one != NULL ? 1 : x->r->but ? 0 : x->r->n_indicators;

    if (n == 0)
        return rule_bad(x, "a sum over parts needs a named indicator");
    for (size_t k = 0; k < n; k++) {
        const struct indicator *w =
            i->weight != NULL ? i->weight : single(x, list[k]->den);

        if (!has_dim(list[k], i->dim))
            return rule_bad(x, "the indicator has no such dimension");
        if (!weighted)
            continue;
        if (w == NULL || !has_dim(w, i->dim))
            return rule_bad(x, "the indicator has no single weight with this dimension");
        if (k > 0 && w->scale != *weight_scale)
            return rule_bad(x, "the weights differ in scale");
        *weight_scale = w->scale;
    }
    return true;
}

static bool parse_function(struct parse *x, const struct function *f, struct type *t)
{
    struct instr i = {.op = f->op};
    const char *name;
    int64_t scale, weight = 1;

    if (!rule_indicator(x, &i.ind, &i.b1, &scale))
        return false;
    if (f->of != OF_INDICATOR) {
        if (!rule_symbol(x, ",") || (i.dim = rule_word(x)) == NULL)
            return rule_bad(x, "a dimension is missing");
        if (f->of == OF_WEIGHTED && rule_symbol(x, ",") &&
            ((name = rule_word(x)) == NULL ||
             (i.weight = catalogue_indicator(x->c, name)) == NULL))
            return rule_bad(x, "no such indicator");
        if (!parts_fit(x, &i, f->of == OF_WEIGHTED, &weight))
            return false;
    }
    if (!rule_symbol(x, ")"))
        return rule_bad(x, ") is missing");
    *t = (struct type){.condition = f->gives == GIVES_CONDITION};
    switch (f->gives) {
    case GIVES_SAME:
        t->scale = scale;
        break;
    case GIVES_COUNT:
        t->scale = 1;
        break;
    case GIVES_WEIGHT:
        t->scale = weight;
        break;
    case GIVES_PRODUCT:
        t->scale = scale * weight;
        break;
    case GIVES_CONDITION:
        break;
    }
    return rule_emit(x, i, 1);
}

/* num($), den($): the numerator and weight of an indicator, at the current breakdown. */
static bool parse_term(struct parse *x, bool num, struct type *t)
{
    struct instr i = {.op = PUSH_VALUE};
    const struct indicator *of;
    int64_t scale;

    if (!rule_indicator(x, &of, &i.b1, &scale))
        return false;
    if (of == NULL && (x->r->n_indicators == 0 || x->r->but))
        return rule_bad(x, "num and den need a named indicator");
    i.word = num ? "num" : "den";
    i.ind = of;
    for (size_t k = 0; k < (of != NULL ? 1 : x->r->n_indicators); k++) {
        const struct indicator *from = of != NULL ? of : x->r->indicators[k];
        const struct indicator *term = single(x, num ? from->num : from->den);

        if (term == NULL || (k > 0 && term->scale != t->scale))
            return rule_bad(x, "no single numerator or weight of one scale");
        t->scale = term->scale;
        if (of != NULL)
            i.weight = term;
    }
    t->condition = false;
    return rule_symbol(x, ")") ? rule_emit(x, i, 1) : rule_bad(x, ") is missing");
}

/* is(htx), state(active), vintage(plan), period(half): facts of the report. */
static bool parse_fact(struct parse *x, enum instr_op op, struct type *t)
{
    struct instr i = {.op = op, .word = rule_word(x)};
    bool known = i.word != NULL;

    if (known && op == PUSH_IS)
        known = subject_of(i.word) != SUBJECT_NONE;
    if (op == PUSH_REGISTER_STATE && !knows_past(x))
        return false;
    if (known && (op == PUSH_STATE || op == PUSH_REGISTER_STATE))
        known = entity_state_of(i.word) != STATE_NONE;
    if (known && op == PUSH_VINTAGE)
        known = vintage_of(i.word) != VINTAGE_NONE;
    if (!known)
        return rule_bad(x, "unknown word");
    *t = (struct type){.condition = true};
    return rule_symbol(x, ")") ? rule_emit(x, i, 1) : rule_bad(x, ") is missing");
}

/* class(size): has the subject the class that the current breakdown names? */
static bool parse_class(struct parse *x, enum instr_op op, struct type *t)
{
    struct instr i = {.op = op, .word = rule_word(x)};

    if (i.word == NULL)
        return rule_bad(x, "a set of classes is wanted");
    *t = (struct type){.condition = true};
    return rule_symbol(x, ")") ? rule_emit(x, i, 1) : rule_bad(x, ") is missing");
}

static bool parse_population(struct parse *x, struct type *t)
{
    struct instr i = {.op = PUSH_POPULATION};
    int64_t scale;

    if (!rule_indicator(x, &i.ind, &i.b1, &scale))
        return false;
    if (!rule_symbol(x, ",") || (i.word = rule_word(x)) == NULL ||
        catalogue_breakdown(x->c, "population", i.word) == NULL)
        return rule_bad(x, "no such population");
    *t = (struct type){.condition = true};
    return rule_symbol(x, ")") ? rule_emit(x, i, 1) : rule_bad(x, ") is missing");
}

/* total(a, b, ...): the sum of those that are known. */
static bool parse_total(struct parse *x, struct type *t)
{
    struct type next;

    if (!rule_sum(x, t))
        return false;
    while (rule_symbol(x, ","))
        if (!rule_sum(x, &next) || !rule_unify(x, t, &next) ||
            !rule_emit(x, (struct instr){.op = DO_ADD_KNOWN}, -1))
            return false;
    return rule_symbol(x, ")") || rule_bad(x, ") is missing");
}

/* pct(a, b): a of b in 1/100 %. */
static bool parse_pct(struct parse *x, struct type *t)
{
    struct type of;

    if (!rule_sum(x, t))
        return false;
    if (!rule_symbol(x, ","))
        return rule_bad(x, ", is missing");
    if (!rule_sum(x, &of) || !rule_unify(x, t, &of))
        return false;
    t->scale = 100;
    x->derived = x->percent = true;
    return rule_symbol(x, ")") ? rule_emit(x, (struct instr){.op = DO_PCT}, -1)
                               : rule_bad(x, ") is missing");
}

/* about(x): what a qualified x may be off by, 5 %; nothing for an exact one. */
static bool parse_about(struct parse *x, struct type *t)
{
    if (!rule_sum(x, t))
        return false;
    if (t->condition)
        return rule_bad(x, "a number is wanted here");
    return rule_symbol(x, ")") ? rule_emit(x, (struct instr){.op = DO_ABOUT}, 0)
                               : rule_bad(x, ") is missing");
}

/* abs(x) and known(x) */
static bool parse_unary(struct parse *x, enum instr_op op, struct type *t)
{
    if (!rule_sum(x, t))
        return false;
    if (t->condition)
        return rule_bad(x, "a number is wanted here");
    if (op == DO_KNOWN)
        *t = (struct type){.condition = true};
    return rule_symbol(x, ")") ? rule_emit(x, (struct instr){.op = op}, 0)
                               : rule_bad(x, ") is missing");
}

/* swapped(a, b): the digits of one are those of the other, two neighbours exchanged. */
static bool parse_swapped(struct parse *x, struct type *t)
{
    struct type of;

    if (!rule_sum(x, t))
        return false;
    if (!rule_symbol(x, ","))
        return rule_bad(x, ", is missing");
    if (!rule_sum(x, &of) || !rule_unify(x, t, &of))
        return false;
    *t = (struct type){.condition = true};
    return rule_symbol(x, ")") ? rule_emit(x, (struct instr){.op = DO_SWAPPED}, -1)
                               : rule_bad(x, ") is missing");
}

static const struct {
    const char *name;
    enum slot slot;
} slots[] = {
    {"prev",     SLOT_PREV    },
    {"opening",  SLOT_OPENING },
    {"lastyear", SLOT_LASTYEAR},
    {"plan",     SLOT_PLAN    },
    {"estimate", SLOT_ESTIMATE},
    {"half",     SLOT_HALF    },
    {"other",    SLOT_OTHER   },
};

static enum slot slot_of(const char *name)
{
    for (size_t i = 0; i < COUNT(slots); i++)
        if (strcmp(slots[i].name, name) == 0)
            return slots[i].slot;
    return SLOT_NOW;
}

static bool knows_past(struct parse *x)
{
    return x->r->scope == SCOPE_REGISTER ||
           rule_bad(x, "only rules of scope register know the past and the register");
}

/* prev(x) and its like: x as another report of the subject has it. */
static bool parse_past(struct parse *x, enum slot slot, struct type *t)
{
    bool ok;

    if (!knows_past(x))
        return false;
    if (x->slot != SLOT_NOW)
        return rule_bad(x, "a past within a past");
    x->slot = slot;
    ok = rule_sum(x, t) && (!t->condition || rule_bad(x, "a number is wanted here")) &&
         (rule_symbol(x, ")") || rule_bad(x, ") is missing"));
    x->slot = SLOT_NOW;
    return ok;
}

/* same(prev), shared(prev): amounts alike, amounts in both. */
static bool parse_alike(struct parse *x, enum instr_op op, struct type *t)
{
    const char *name = rule_word(x);
    struct instr i = {.op = op, .slot = name != NULL ? slot_of(name) : SLOT_NOW};

    if (!knows_past(x))
        return false;
    if (i.slot == SLOT_NOW)
        return rule_bad(x, "prev, lastyear, plan, estimate, half or other is wanted");
    *t = (struct type){.scale = 1};
    return rule_symbol(x, ")") ? rule_emit(x, i, 1) : rule_bad(x, ") is missing");
}

/* median(x), mad(x): over the peers; x is cut out and evaluated for each beforehand. */
static bool parse_robust(struct parse *x, enum instr_op op, struct type *t)
{
    size_t start = x->n;
    int stack = x->stack;
    struct instr i = {.op = op};
    struct code *sub;
    struct instr *list;

    if (x->r->scope != SCOPE_PEERS)
        return rule_bad(x, "only rules of scope peers know the others");
    if (x->inside)
        return rule_bad(x, "a median within a median");
    x->inside = true;
    if (!rule_sum(x, t))
        return false;
    if (!rule_symbol(x, ")"))
        return rule_bad(x, ") is missing");
    x->inside = false;
    if (t->condition || t->scale == SCALE_LITERAL)
        return rule_bad(x, "a number of the report is wanted here");
    sub = arena_new(&x->rs->arena, sizeof *sub);
    sub->n = x->n - start;
    sub->scale = t->scale;
    list = arena_new(&x->rs->arena, sub->n * sizeof *list);
    memcpy(list, x->code + start, sub->n * sizeof *list);
    sub->list = list;
    x->n = start;
    x->stack = stack;
    i.sub = sub;
    x->r->n_robust++;
    return rule_emit(x, i, 1);
}

/* Without arguments: what is known of the report as a whole. */
static const struct {
    const char *name;
    enum instr_op op;
    enum { OF_REPORT, OF_REGISTER, OF_PEERS } of;
    bool condition;
} plain_facts[] = {
    {"longest_text",   PUSH_LONGEST_TEXT,   OF_REPORT,   false},
    {"variants",       PUSH_VARIANTS,       OF_REPORT,   false},
    {"registered",     PUSH_REGISTERED,     OF_REGISTER, true },
    {"name_differs",   PUSH_NAME_DIFFERS,   OF_REGISTER, true },
    {"kind_differs",   PUSH_KIND_DIFFERS,   OF_REGISTER, true },
    {"sector_differs", PUSH_SECTOR_DIFFERS, OF_REGISTER, true },
    {"second_channel", PUSH_SECOND_CHANNEL, OF_REGISTER, true },
    {"age",            PUSH_AGE,            OF_REGISTER, false},
    {"expected",       PUSH_EXPECTED,       OF_REGISTER, false},
    {"listed",         PUSH_LISTED,         OF_REGISTER, false},
    {"peers",          PUSH_PEERS,          OF_PEERS,    false},
};

static bool parse_plain(struct parse *x, size_t k, struct type *t)
{
    if (plain_facts[k].of == OF_REGISTER && !knows_past(x))
        return false;
    if (plain_facts[k].of == OF_PEERS && x->r->scope != SCOPE_PEERS)
        return rule_bad(x, "only rules of scope peers know the others");
    x->r->about_name |= plain_facts[k].op == PUSH_VARIANTS;
    *t = (struct type){.condition = plain_facts[k].condition, .scale = 1};
    return rule_symbol(x, ")") ? rule_emit(x, (struct instr){.op = plain_facts[k].op}, 1)
                               : rule_bad(x, ") is missing");
}

static bool parse_named(struct parse *x, const char *name, struct type *t)
{
    static const struct {
        const char *name;
        enum instr_op op;
        bool (*parse)(struct parse *x, enum instr_op op, struct type *t);
    } others[] = {
        {"is",             PUSH_IS,             parse_fact  },
        {"state",          PUSH_STATE,          parse_fact  },
        {"vintage",        PUSH_VINTAGE,        parse_fact  },
        {"period",         PUSH_PERIOD,         parse_fact  },
        {"register_state", PUSH_REGISTER_STATE, parse_fact  },
        {"has_text",       PUSH_HAS_TEXT,       parse_fact  },
        {"class",          PUSH_CLASS,          parse_class },
        {"abs",            DO_ABS,              parse_unary },
        {"known",          DO_KNOWN,            parse_unary },
        {"same",           PUSH_SAME,           parse_alike },
        {"shared",         PUSH_SHARED,         parse_alike },
        {"median",         PUSH_MEDIAN,         parse_robust},
        {"mad",            PUSH_MAD,            parse_robust},
    };

    for (size_t i = 0; i < COUNT(functions); i++)
        if (strcmp(functions[i].name, name) == 0)
            return parse_function(x, &functions[i], t);
    for (size_t i = 0; i < COUNT(others); i++)
        if (strcmp(others[i].name, name) == 0)
            return others[i].parse(x, others[i].op, t);
    for (size_t i = 0; i < COUNT(plain_facts); i++)
        if (strcmp(plain_facts[i].name, name) == 0)
            return parse_plain(x, i, t);
    if (slot_of(name) != SLOT_NOW)
        return parse_past(x, slot_of(name), t);
    if (strcmp(name, "num") == 0 || strcmp(name, "den") == 0)
        return parse_term(x, name[0] == 'n', t);
    if (strcmp(name, "population") == 0)
        return parse_population(x, t);
    if (strcmp(name, "total") == 0)
        return parse_total(x, t);
    if (strcmp(name, "pct") == 0)
        return parse_pct(x, t);
    if (strcmp(name, "about") == 0)
        return parse_about(x, t);
    if (strcmp(name, "swapped") == 0)
        return parse_swapped(x, t);
    return rule_bad(x, "no such function");
}

bool rule_call(struct parse *x, const char *name, struct type *t)
{
    if (++x->depth > RULE_DEPTH)
        return rule_bad(x, "too many brackets");
    if (!parse_named(x, name, t))
        return false;
    x->depth--;
    return true;
}

/* An argument of words, "@name"; *words tells whether there is one. */
bool rule_arg_words(struct parse *x, bool *words)
{
    static const struct {
        const char *name;
        enum instr_op op;
        bool past;
    } names[] = {
        {"name",            TEXT_NAME,            false},
        {"state",           TEXT_STATE,           false},
        {"as_of",           TEXT_AS_OF,           false},
        {"cutoff",          TEXT_CUTOFF,          false},
        {"variant",         TEXT_VARIANT,         false},
        {"other_variant",   TEXT_OTHER_VARIANT,   false},
        {"register_name",   TEXT_REGISTER_NAME,   true },
        {"register_sector", TEXT_REGISTER_SECTOR, true },
        {"register_state",  TEXT_REGISTER_STATE,  true },
        {"founded",         TEXT_FOUNDED,         true },
        {"text",            TEXT_NAMED,           false},
        {"class",           TEXT_CLASS,           false},
        {"class_law",       TEXT_CLASS_LAW,       false},
    };
    struct instr i = {.op = DO_OR};
    const char *name;

    *words = rule_symbol(x, "@");
    if (!*words)
        return true;
    name = rule_word(x);
    for (size_t k = 0; name != NULL && k < COUNT(names); k++)
        if (strcmp(names[k].name, name) == 0) {
            if (names[k].past && !knows_past(x))
                return false;
            i.op = names[k].op;
        }
    if (i.op == DO_OR)
        return rule_bad(x, "no such words");
    if (i.op >= TEXT_NAMED &&
        (!rule_symbol(x, "(") || (i.word = rule_word(x)) == NULL || !rule_symbol(x, ")")))
        return rule_bad(x, "words of what? @text(KEY), @class(SET)");
    return rule_emit(x, i, 1);
}
