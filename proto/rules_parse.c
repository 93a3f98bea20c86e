/*
 * rules_parse - from the text of a rule to postfix code.
 *
 *   rule    = cond { ";" arg }                       up to four arguments for the text
 *   cond    = all { "or" all }
 *   all     = no { "and" no }
 *   no      = "not" no | test
 *   test    = sum [ ("<=" | "<" | ">=" | ">" | "==" | "!=") sum [ "within" sum ] ]
 *   sum     = product { ("+" | "-") product }
 *   product = signed { ("*" | "/") signed }        signed = { "-" } factor
 *   factor  = number | "(" cond ")" | function | indicator
 *   arg     = sum | "@" words                       words for the text: @name, @as_of ...
 *   indicator = ( code | "'" code "'" | "$" ) [ "[" [ breakdown ] "]" ]
 *
 * Types: conditions and whole numbers; a number knows its scale (đồng, 1/100 %, one), and
 * numbers of different scale are never compared or added. A literal takes the scale of
 * the other side, in printed units. "within" goes with "==" only.
 *
 * Functions of one indicator: or0 upper ulp has given at_cutoff in_period dated months num den;
 * over the parts of a dimension: sum parts ulps minimum maximum repeats mode, wsum
 * weights rounding (with another weight as third argument); of numbers: abs known about
 * total pct swapped; of the report: is state vintage period has_text longest_text
 * variants. Scope register also: prev opening lastyear plan estimate half other (any sum
 * as another report of the subject has it), same shared registered register_state
 * name_differs kind_differs sector_differs second_channel age expected listed. Scope
 * peers: median mad peers.
 */
#include <ctype.h>

#include "proto/base/text.h"
#include "proto/rules_own.h"
#include "proto/tsv.h"

struct parse {
    struct rules *rs;
    const struct catalogue *c;
    struct rule *r;
    const struct tsv *t;
    struct err *e;
    const char *text, *p;
    struct instr code[RULE_CODE_MAX];
    size_t n;
    int depth, stack;
    enum slot slot;        /* of the operands being parsed */
    bool inside;           /* median( ... ): no second one in it */
    bool derived, percent; /* the argument being parsed holds a quotient */
    bool seen;             /* an indicator was named: the rule is about the first one */
};

enum { SCALE_LITERAL = 0 };

struct type {
    bool condition;
    int64_t scale; /* SCALE_LITERAL: takes that of its neighbour */
};

static bool bad(struct parse *x, const char *what)
{
    char reason[160];
    size_t at = 1;

    for (const char *q = x->text; q < x->p; q++) /* characters, not bytes */
        at += ((unsigned char)*q & 0xc0) != 0x80;
    snprintf(reason, sizeof reason, "at character %zu: %s", at, what);
    return tsv_error(x->t, x->e, "expr", reason);
}

static void blanks(struct parse *x)
{
    while (*x->p == ' ')
        x->p++;
}

static bool symbol(struct parse *x, const char *s)
{
    blanks(x);
    if (strncmp(x->p, s, strlen(s)) != 0)
        return false;
    x->p += strlen(s);
    return true;
}

static bool code_char(int c)
{
    return isalnum(c) || c == '_' || c == '.';
}

static bool keyword(struct parse *x, const char *s)
{
    size_t n = strlen(s);

    blanks(x);
    if (strncmp(x->p, s, n) != 0 || code_char((unsigned char)x->p[n]))
        return false;
    x->p += n;
    return true;
}

/* A bare word into the arena; NULL when there is none. */
static const char *word(struct parse *x)
{
    const char *start;

    blanks(x);
    start = x->p;
    while (code_char((unsigned char)*x->p))
        x->p++;
    return x->p > start ? arena_strn(&x->rs->arena, start, (size_t)(x->p - start)) : NULL;
}

static bool emit(struct parse *x, struct instr i, int stack)
{
    if (x->n == RULE_CODE_MAX)
        return bad(x, "the expression is too long");
    x->stack += stack;
    if (x->stack > RULE_STACK)
        return bad(x, "the expression is too deep");
    i.slot = i.op < DO_SCALE && i.slot == SLOT_NOW ? x->slot : i.slot;
    x->code[x->n++] = i;
    return true;
}

static bool parse_cond(struct parse *x, struct type *t);
static bool knows_past(struct parse *x);

/* -- indicators and functions -- */

static void first_seen(struct parse *x, const struct indicator *ind, const char *b1)
{
    if (x->seen)
        return;
    x->seen = true;
    x->r->about = ind;
    x->r->about_b1 = b1;
}

/* What `$` may stand for must agree in scale. */
static bool scale_of_each(struct parse *x, int64_t *scale)
{
    const struct rule *r = x->r;

    if (r->each == EACH_ONCE)
        return bad(x, "$ without a list in the column each");
    *scale = r->n_indicators > 0 ? r->indicators[0]->scale : SCALE_LITERAL;
    for (size_t i = 1; i < r->n_indicators; i++)
        if (r->indicators[i]->scale != *scale)
            return bad(x, "the indicators of the column each differ in scale");
    return true;
}

static bool parse_indicator(struct parse *x, const struct indicator **ind,
                            const char **b1, int64_t *scale)
{
    const char *start, *code;

    blanks(x);
    start = x->p;
    *b1 = NULL;
    if (symbol(x, "$")) {
        *ind = NULL;
        if (!scale_of_each(x, scale))
            return false;
    } else {
        if (symbol(x, "'")) {
            const char *end = strchr(x->p, '\'');

            if (end == NULL)
                return bad(x, "the quotation does not end");
            code = arena_strn(&x->rs->arena, x->p, (size_t)(end - x->p));
            x->p = end + 1;
        } else {
            code = word(x);
        }
        *ind = code != NULL ? catalogue_indicator(x->c, code) : NULL;
        if (*ind == NULL) {
            x->p = start;
            return bad(x, "no such indicator");
        }
        *scale = (*ind)->scale;
    }
    if (symbol(x, "[")) {
        const char *b = word(x);

        *b1 = b != NULL ? b : "";
        if (b != NULL && (*ind == NULL || rule_dim_of(x->c, *ind, b) == NULL))
            return bad(x, "not a breakdown of this indicator");
        if (!symbol(x, "]"))
            return bad(x, "] is missing");
    }
    first_seen(x, *ind, *b1);
    return true;
}

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
    size_t n = one != NULL ? 1 : x->r->n_indicators;

    if (n == 0)
        return bad(x, "a sum over parts needs a named indicator");
    for (size_t k = 0; k < n; k++) {
        const struct indicator *w =
            i->weight != NULL ? i->weight : single(x, list[k]->den);

        if (!has_dim(list[k], i->dim))
            return bad(x, "the indicator has no such dimension");
        if (!weighted)
            continue;
        if (w == NULL || !has_dim(w, i->dim))
            return bad(x, "the indicator has no single weight with this dimension");
        if (k > 0 && w->scale != *weight_scale)
            return bad(x, "the weights differ in scale");
        *weight_scale = w->scale;
    }
    return true;
}

static bool parse_function(struct parse *x, const struct function *f, struct type *t)
{
    struct instr i = {.op = f->op};
    const char *name;
    int64_t scale, weight = 1;

    if (!parse_indicator(x, &i.ind, &i.b1, &scale))
        return false;
    if (f->of != OF_INDICATOR) {
        if (!symbol(x, ",") || (i.dim = word(x)) == NULL)
            return bad(x, "a dimension is missing");
        if (f->of == OF_WEIGHTED && symbol(x, ",") &&
            ((name = word(x)) == NULL ||
             (i.weight = catalogue_indicator(x->c, name)) == NULL))
            return bad(x, "no such indicator");
        if (!parts_fit(x, &i, f->of == OF_WEIGHTED, &weight))
            return false;
    }
    if (!symbol(x, ")"))
        return bad(x, ") is missing");
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
    return emit(x, i, 1);
}

/* num($), den($): the numerator and weight of an indicator, at the current breakdown. */
static bool parse_term(struct parse *x, bool num, struct type *t)
{
    struct instr i = {.op = PUSH_VALUE};
    const struct indicator *of;
    int64_t scale;

    if (!parse_indicator(x, &of, &i.b1, &scale))
        return false;
    if (of == NULL && x->r->n_indicators == 0)
        return bad(x, "num and den need a named indicator");
    i.word = num ? "num" : "den";
    i.ind = of;
    for (size_t k = 0; k < (of != NULL ? 1 : x->r->n_indicators); k++) {
        const struct indicator *from = of != NULL ? of : x->r->indicators[k];
        const struct indicator *term = single(x, num ? from->num : from->den);

        if (term == NULL || (k > 0 && term->scale != t->scale))
            return bad(x, "no single numerator or weight of one scale");
        t->scale = term->scale;
        if (of != NULL)
            i.weight = term;
    }
    t->condition = false;
    return symbol(x, ")") ? emit(x, i, 1) : bad(x, ") is missing");
}

/* is(htx), state(active), vintage(plan), period(half): facts of the report. */
static bool parse_fact(struct parse *x, enum instr_op op, struct type *t)
{
    struct instr i = {.op = op, .word = word(x)};
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
        return bad(x, "unknown word");
    *t = (struct type){.condition = true};
    return symbol(x, ")") ? emit(x, i, 1) : bad(x, ") is missing");
}

static bool parse_population(struct parse *x, struct type *t)
{
    struct instr i = {.op = PUSH_POPULATION};
    int64_t scale;

    if (!parse_indicator(x, &i.ind, &i.b1, &scale))
        return false;
    if (!symbol(x, ",") || (i.word = word(x)) == NULL ||
        catalogue_breakdown(x->c, "population", i.word) == NULL)
        return bad(x, "no such population");
    *t = (struct type){.condition = true};
    return symbol(x, ")") ? emit(x, i, 1) : bad(x, ") is missing");
}

/* Brings two numbers to one scale: a literal takes that of the other. */
static bool unify(struct parse *x, struct type *l, const struct type *r)
{
    if (l->condition || r->condition)
        return bad(x, "a number is wanted here, not a condition");
    if (l->scale == r->scale)
        return true;
    if (l->scale == SCALE_LITERAL) {
        l->scale = r->scale;
        return emit(x, (struct instr){.op = DO_SCALE, .depth = 1, .k = r->scale}, 0);
    }
    if (r->scale == SCALE_LITERAL)
        return emit(x, (struct instr){.op = DO_SCALE, .depth = 0, .k = l->scale}, 0);
    return bad(x, "the two sides differ in scale");
}

static bool parse_sum(struct parse *x, struct type *t);

/* total(a, b, ...): the sum of those that are known. */
static bool parse_total(struct parse *x, struct type *t)
{
    struct type next;

    if (!parse_sum(x, t))
        return false;
    while (symbol(x, ","))
        if (!parse_sum(x, &next) || !unify(x, t, &next) ||
            !emit(x, (struct instr){.op = DO_ADD_KNOWN}, -1))
            return false;
    return symbol(x, ")") || bad(x, ") is missing");
}

/* pct(a, b): a of b in 1/100 %. */
static bool parse_pct(struct parse *x, struct type *t)
{
    struct type of;

    if (!parse_sum(x, t))
        return false;
    if (!symbol(x, ","))
        return bad(x, ", is missing");
    if (!parse_sum(x, &of) || !unify(x, t, &of))
        return false;
    t->scale = 100;
    x->derived = x->percent = true;
    return symbol(x, ")") ? emit(x, (struct instr){.op = DO_PCT}, -1)
                          : bad(x, ") is missing");
}

/* about(x): what a qualified x may be off by, 5 %; nothing for an exact one. */
static bool parse_about(struct parse *x, struct type *t)
{
    if (!parse_sum(x, t))
        return false;
    if (t->condition)
        return bad(x, "a number is wanted here");
    return symbol(x, ")") ? emit(x, (struct instr){.op = DO_ABOUT}, 0)
                          : bad(x, ") is missing");
}

/* abs(x) and known(x) */
static bool parse_unary(struct parse *x, enum instr_op op, struct type *t)
{
    if (!parse_sum(x, t))
        return false;
    if (t->condition)
        return bad(x, "a number is wanted here");
    if (op == DO_KNOWN)
        *t = (struct type){.condition = true};
    return symbol(x, ")") ? emit(x, (struct instr){.op = op}, 0) : bad(x, ") is missing");
}

/* swapped(a, b): the digits of one are those of the other, two neighbours exchanged. */
static bool parse_swapped(struct parse *x, struct type *t)
{
    struct type of;

    if (!parse_sum(x, t))
        return false;
    if (!symbol(x, ","))
        return bad(x, ", is missing");
    if (!parse_sum(x, &of) || !unify(x, t, &of))
        return false;
    *t = (struct type){.condition = true};
    return symbol(x, ")") ? emit(x, (struct instr){.op = DO_SWAPPED}, -1)
                          : bad(x, ") is missing");
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
           bad(x, "only rules of scope register know the past and the register");
}

/* prev(x) and its like: x as another report of the subject has it. */
static bool parse_past(struct parse *x, enum slot slot, struct type *t)
{
    bool ok;

    if (!knows_past(x))
        return false;
    if (x->slot != SLOT_NOW)
        return bad(x, "a past within a past");
    x->slot = slot;
    ok = parse_sum(x, t) && (!t->condition || bad(x, "a number is wanted here")) &&
         (symbol(x, ")") || bad(x, ") is missing"));
    x->slot = SLOT_NOW;
    return ok;
}

/* same(prev), shared(prev): amounts alike, amounts in both. */
static bool parse_alike(struct parse *x, enum instr_op op, struct type *t)
{
    const char *name = word(x);
    struct instr i = {.op = op, .slot = name != NULL ? slot_of(name) : SLOT_NOW};

    if (!knows_past(x))
        return false;
    if (i.slot == SLOT_NOW)
        return bad(x, "prev, lastyear, plan, estimate, half or other is wanted");
    *t = (struct type){.scale = 1};
    return symbol(x, ")") ? emit(x, i, 1) : bad(x, ") is missing");
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
        return bad(x, "only rules of scope peers know the others");
    if (x->inside)
        return bad(x, "a median within a median");
    x->inside = true;
    if (!parse_sum(x, t) || !symbol(x, ")"))
        return bad(x, ") is missing");
    x->inside = false;
    if (t->condition || t->scale == SCALE_LITERAL)
        return bad(x, "a number of the report is wanted here");
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
    return emit(x, i, 1);
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
        return bad(x, "only rules of scope peers know the others");
    x->r->about_name |= plain_facts[k].op == PUSH_VARIANTS;
    *t = (struct type){.condition = plain_facts[k].condition, .scale = 1};
    return symbol(x, ")") ? emit(x, (struct instr){.op = plain_facts[k].op}, 1)
                          : bad(x, ") is missing");
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
    return bad(x, "no such function");
}

static bool parse_call(struct parse *x, const char *name, struct type *t)
{
    if (++x->depth > RULE_DEPTH)
        return bad(x, "too many brackets");
    if (!parse_named(x, name, t))
        return false;
    x->depth--;
    return true;
}

/* -- the grammar -- */

static bool parse_number(struct parse *x, struct type *t)
{
    struct instr i = {.op = PUSH_CONST};

    while (isdigit((unsigned char)*x->p)) {
        if (i.k > 100000000000000)
            return bad(x, "the number is too large");
        i.k = i.k * 10 + (*x->p++ - '0');
    }
    *t = (struct type){.scale = SCALE_LITERAL};
    return emit(x, i, 1);
}

static bool parse_factor(struct parse *x, struct type *t)
{
    struct instr i = {.op = PUSH_VALUE};
    const char *start;

    blanks(x);
    start = x->p;
    if (isdigit((unsigned char)*x->p))
        return parse_number(x, t);
    if (symbol(x, "("))
        return parse_cond(x, t) && (symbol(x, ")") || bad(x, ") is missing"));
    if (isalpha((unsigned char)*x->p)) {
        const char *name = word(x);

        if (symbol(x, "("))
            return parse_call(x, name, t);
        x->p = start;
    }
    t->condition = false;
    return parse_indicator(x, &i.ind, &i.b1, &t->scale) && emit(x, i, 1);
}

/* A factor with its signs. */
static bool parse_signed(struct parse *x, struct type *t)
{
    bool negative = false;

    while (symbol(x, "-"))
        negative = !negative;
    if (!parse_factor(x, t))
        return false;
    if (!negative)
        return true;
    return t->condition ? bad(x, "a condition has no sign")
                        : emit(x, (struct instr){.op = DO_NEG}, 0);
}

static bool parse_product(struct parse *x, struct type *t)
{
    struct type next;

    if (!parse_signed(x, t))
        return false;
    for (;;) {
        bool times = symbol(x, "*");

        if (!times && !symbol(x, "/"))
            return true;
        if (!parse_signed(x, &next))
            return false;
        if (t->condition || next.condition)
            return bad(x, "a number is wanted here, not a condition");
        if (times) {
            t->scale = t->scale == SCALE_LITERAL     ? next.scale
                       : next.scale == SCALE_LITERAL ? t->scale
                                                     : t->scale * next.scale;
        } else {
            if (next.scale > 1 && (t->scale == 0 || t->scale % next.scale != 0))
                return bad(x, "the divisor's scale does not fit");
            t->scale = next.scale > 1 ? t->scale / next.scale : t->scale;
            x->derived = true;
        }
        if (!emit(x, (struct instr){.op = times ? DO_MUL : DO_DIV}, -1))
            return false;
    }
}

static bool parse_sum(struct parse *x, struct type *t)
{
    struct type next;

    if (!parse_product(x, t))
        return false;
    for (;;) {
        bool plus = symbol(x, "+");

        if (!plus && !symbol(x, "-"))
            return true;
        if (!parse_product(x, &next) || !unify(x, t, &next) ||
            !emit(x, (struct instr){.op = plus ? DO_ADD : DO_SUB}, -1))
            return false;
    }
}

static bool parse_test(struct parse *x, struct type *t)
{
    static const struct {
        const char *sign;
        enum instr_op op;
        bool negate; /* a > b is not a <= b */
    } tests[] = {
        {"<=", DO_LESS_EQUAL, false},
        {"<",  DO_LESS,       false},
        {">=", DO_LESS,       true },
        {">",  DO_LESS_EQUAL, true },
        {"==", DO_EQUAL,      false},
        {"!=", DO_EQUAL,      true }
    };
    struct type right, tolerance;
    size_t i = 0;

    if (!parse_sum(x, t))
        return false;
    while (i < COUNT(tests) && !symbol(x, tests[i].sign))
        i++;
    if (i == COUNT(tests))
        return true;
    if (!parse_sum(x, &right) || !unify(x, t, &right))
        return false;
    if (keyword(x, "within")) {
        if (tests[i].op != DO_EQUAL || tests[i].negate)
            return bad(x, "within goes with == only");
        if (!parse_sum(x, &tolerance) || !unify(x, t, &tolerance) ||
            !emit(x, (struct instr){.op = DO_EQUAL_WITHIN}, -2))
            return false;
    } else if (!emit(x, (struct instr){.op = tests[i].op}, -1)) {
        return false;
    }
    *t = (struct type){.condition = true};
    return !tests[i].negate || emit(x, (struct instr){.op = DO_NOT}, 0);
}

static bool want_condition(struct parse *x, const struct type *t)
{
    return t->condition || bad(x, "a condition is wanted here, not a number");
}

static bool parse_not(struct parse *x, struct type *t)
{
    bool negate = false;

    while (keyword(x, "not"))
        negate = !negate;
    if (!parse_test(x, t))
        return false;
    return !negate || (want_condition(x, t) && emit(x, (struct instr){.op = DO_NOT}, 0));
}

static bool parse_and(struct parse *x, struct type *t)
{
    struct type next;

    if (!parse_not(x, t))
        return false;
    while (keyword(x, "and"))
        if (!want_condition(x, t) || !parse_not(x, &next) || !want_condition(x, &next) ||
            !emit(x, (struct instr){.op = DO_AND}, -1))
            return false;
    return true;
}

static bool parse_cond(struct parse *x, struct type *t)
{
    struct type next;
    bool ok = false;

    if (++x->depth > RULE_DEPTH)
        return bad(x, "too many brackets");
    if (!parse_and(x, t))
        return false;
    while (keyword(x, "or"))
        if (!want_condition(x, t) || !parse_and(x, &next) || !want_condition(x, &next) ||
            !emit(x, (struct instr){.op = DO_OR}, -1))
            return false;
    ok = true;
    x->depth--;
    return ok;
}

static void keep_code(struct parse *x, struct code *out, const struct type *t)
{
    struct instr *list = arena_new(&x->rs->arena, x->n * sizeof *list);

    memcpy(list, x->code, x->n * sizeof *list);
    out->list = list;
    out->n = x->n;
    out->scale = t->scale > 0 ? t->scale : 1;
    out->decimals = x->percent ? 1 : x->derived ? -2 : -1;
    x->n = 0;
    x->stack = 0;
    x->derived = x->percent = false;
}

/* An argument of words, "@name"; *words tells whether there is one. */
static bool parse_words(struct parse *x, bool *words)
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
    };
    struct instr i = {.op = DO_OR};
    const char *name;

    *words = symbol(x, "@");
    if (!*words)
        return true;
    name = word(x);
    for (size_t k = 0; name != NULL && k < COUNT(names); k++)
        if (strcmp(names[k].name, name) == 0) {
            if (names[k].past && !knows_past(x))
                return false;
            i.op = names[k].op;
        }
    if (i.op == DO_OR)
        return bad(x, "no such words");
    if (i.op == TEXT_NAMED &&
        (!symbol(x, "(") || (i.word = word(x)) == NULL || !symbol(x, ")")))
        return bad(x, "@text(KEY) is wanted");
    return emit(x, i, 1);
}

bool rule_parse(struct rules *rs, const struct catalogue *c, struct rule *r,
                const struct tsv *t, struct err *e)
{
    struct parse x = {.rs = rs, .c = c, .r = r, .t = t, .e = e};
    struct type type;

    x.text = x.p = tsv_get(t, "expr");
    if (!parse_cond(&x, &type) || !want_condition(&x, &type))
        return false;
    keep_code(&x, &r->holds, &type);
    while (symbol(&x, ";")) {
        bool words = false;

        if (r->n_args == FINDING_ARGS)
            return bad(&x, "too many arguments");
        if (!parse_words(&x, &words))
            return false;
        if (words) {
            keep_code(&x, &r->args[r->n_args++], &(struct type){.scale = 1});
            continue;
        }
        if (!parse_sum(&x, &type))
            return false;
        if (type.condition)
            return bad(&x, "an argument is a number");
        keep_code(&x, &r->args[r->n_args++], &type);
    }
    r->about_report = !x.seen;
    blanks(&x);
    return *x.p == 0 || bad(&x, "not understood");
}
