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
 */
#include <ctype.h>

#include "proto/base/text.h"
#include "proto/rules_parse.h"

bool rule_bad(struct parse *x, const char *what)
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

bool rule_symbol(struct parse *x, const char *s)
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
const char *rule_word(struct parse *x)
{
    const char *start;

    blanks(x);
    start = x->p;
    while (code_char((unsigned char)*x->p))
        x->p++;
    return x->p > start ? arena_strn(&x->rs->arena, start, (size_t)(x->p - start)) : NULL;
}

bool rule_emit(struct parse *x, struct instr i, int stack)
{
    if (x->n == RULE_CODE_MAX)
        return rule_bad(x, "the expression is too long");
    x->stack += stack;
    if (x->stack > RULE_STACK)
        return rule_bad(x, "the expression is too deep");
    i.slot = i.op < DO_SCALE && i.slot == SLOT_NOW ? x->slot : i.slot;
    x->code[x->n++] = i;
    return true;
}

static bool parse_cond(struct parse *x, struct type *t);

/* -- indicators -- */

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
        return rule_bad(x, "$ without a list in the column each");
    *scale = r->n_indicators > 0 && !r->but ? r->indicators[0]->scale : SCALE_LITERAL;
    for (size_t i = 1; i < r->n_indicators && !r->but; i++)
        if (r->indicators[i]->scale != *scale)
            return rule_bad(x, "the indicators of the column each differ in scale");
    return true;
}

bool rule_indicator(struct parse *x, const struct indicator **ind, const char **b1,
                    int64_t *scale)
{
    const char *start, *code;

    blanks(x);
    start = x->p;
    *b1 = NULL;
    if (rule_symbol(x, "$")) {
        *ind = NULL;
        if (!scale_of_each(x, scale))
            return false;
    } else {
        if (rule_symbol(x, "'")) {
            const char *end = strchr(x->p, '\'');

            if (end == NULL)
                return rule_bad(x, "the quotation does not end");
            code = arena_strn(&x->rs->arena, x->p, (size_t)(end - x->p));
            x->p = end + 1;
        } else {
            code = rule_word(x);
        }
        *ind = code != NULL ? catalogue_indicator(x->c, code) : NULL;
        if (*ind == NULL) {
            x->p = start;
            return rule_bad(x, "no such indicator");
        }
        *scale = (*ind)->scale;
    }
    if (rule_symbol(x, "[")) {
        const char *b = rule_word(x);

        *b1 = b != NULL ? b : "";
        if (b != NULL && (*ind == NULL || rule_dim_of(x->c, *ind, b) == NULL))
            return rule_bad(x, "not a breakdown of this indicator");
        if (!rule_symbol(x, "]"))
            return rule_bad(x, "] is missing");
    }
    first_seen(x, *ind, *b1);
    return true;
}

/* The only indicator of num or den; NULL when there is none or several. */
/* Brings two numbers to one scale: a literal takes that of the other. */
bool rule_unify(struct parse *x, struct type *l, const struct type *r)
{
    if (l->condition || r->condition)
        return rule_bad(x, "a number is wanted here, not a condition");
    if (l->scale == r->scale)
        return true;
    if (l->scale == SCALE_LITERAL) {
        l->scale = r->scale;
        return rule_emit(x, (struct instr){.op = DO_SCALE, .depth = 1, .k = r->scale}, 0);
    }
    if (r->scale == SCALE_LITERAL)
        return rule_emit(x, (struct instr){.op = DO_SCALE, .depth = 0, .k = l->scale}, 0);
    return rule_bad(x, "the two sides differ in scale");
}

/* -- the grammar -- */

static bool parse_number(struct parse *x, struct type *t)
{
    struct instr i = {.op = PUSH_CONST};

    while (isdigit((unsigned char)*x->p)) {
        if (i.k > 100000000000000)
            return rule_bad(x, "the number is too large");
        i.k = i.k * 10 + (*x->p++ - '0');
    }
    *t = (struct type){.scale = SCALE_LITERAL};
    return rule_emit(x, i, 1);
}

static bool parse_factor(struct parse *x, struct type *t)
{
    struct instr i = {.op = PUSH_VALUE};
    const char *start;

    blanks(x);
    start = x->p;
    if (isdigit((unsigned char)*x->p))
        return parse_number(x, t);
    if (rule_symbol(x, "("))
        return parse_cond(x, t) && (rule_symbol(x, ")") || rule_bad(x, ") is missing"));
    if (isalpha((unsigned char)*x->p)) {
        const char *name = rule_word(x);

        if (rule_symbol(x, "("))
            return rule_call(x, name, t);
        x->p = start;
    }
    t->condition = false;
    return rule_indicator(x, &i.ind, &i.b1, &t->scale) && rule_emit(x, i, 1);
}

/* A factor with its signs. */
static bool parse_signed(struct parse *x, struct type *t)
{
    bool negative = false;

    while (rule_symbol(x, "-"))
        negative = !negative;
    if (!parse_factor(x, t))
        return false;
    if (!negative)
        return true;
    return t->condition ? rule_bad(x, "a condition has no sign")
                        : rule_emit(x, (struct instr){.op = DO_NEG}, 0);
}

static bool parse_product(struct parse *x, struct type *t)
{
    struct type next;

    if (!parse_signed(x, t))
        return false;
    for (;;) {
        bool times = rule_symbol(x, "*");

        if (!times && !rule_symbol(x, "/"))
            return true;
        if (!parse_signed(x, &next))
            return false;
        if (t->condition || next.condition)
            return rule_bad(x, "a number is wanted here, not a condition");
        if (times) {
            t->scale = t->scale == SCALE_LITERAL     ? next.scale
                       : next.scale == SCALE_LITERAL ? t->scale
                                                     : t->scale * next.scale;
        } else {
            if (next.scale > 1 && (t->scale == 0 || t->scale % next.scale != 0))
                return rule_bad(x, "the divisor's scale does not fit");
            t->scale = next.scale > 1 ? t->scale / next.scale : t->scale;
            x->derived = true;
        }
        if (!rule_emit(x, (struct instr){.op = times ? DO_MUL : DO_DIV}, -1))
            return false;
    }
}

bool rule_sum(struct parse *x, struct type *t)
{
    struct type next;

    if (!parse_product(x, t))
        return false;
    for (;;) {
        bool plus = rule_symbol(x, "+");

        if (!plus && !rule_symbol(x, "-"))
            return true;
        if (!parse_product(x, &next) || !rule_unify(x, t, &next) ||
            !rule_emit(x, (struct instr){.op = plus ? DO_ADD : DO_SUB}, -1))
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

    if (!rule_sum(x, t))
        return false;
    while (i < COUNT(tests) && !rule_symbol(x, tests[i].sign))
        i++;
    if (i == COUNT(tests))
        return true;
    if (!rule_sum(x, &right) || !rule_unify(x, t, &right))
        return false;
    if (keyword(x, "within")) {
        if (tests[i].op != DO_EQUAL || tests[i].negate)
            return rule_bad(x, "within goes with == only");
        if (!rule_sum(x, &tolerance) || !rule_unify(x, t, &tolerance) ||
            !rule_emit(x, (struct instr){.op = DO_EQUAL_WITHIN}, -2))
            return false;
    } else if (!rule_emit(x, (struct instr){.op = tests[i].op}, -1)) {
        return false;
    }
    *t = (struct type){.condition = true};
    return !tests[i].negate || rule_emit(x, (struct instr){.op = DO_NOT}, 0);
}

static bool want_condition(struct parse *x, const struct type *t)
{
    return t->condition || rule_bad(x, "a condition is wanted here, not a number");
}

static bool parse_not(struct parse *x, struct type *t)
{
    bool negate = false;

    while (keyword(x, "not"))
        negate = !negate;
    if (!parse_test(x, t))
        return false;
    return !negate ||
           (want_condition(x, t) && rule_emit(x, (struct instr){.op = DO_NOT}, 0));
}

static bool parse_and(struct parse *x, struct type *t)
{
    struct type next;

    if (!parse_not(x, t))
        return false;
    while (keyword(x, "and"))
        if (!want_condition(x, t) || !parse_not(x, &next) || !want_condition(x, &next) ||
            !rule_emit(x, (struct instr){.op = DO_AND}, -1))
            return false;
    return true;
}

static bool parse_cond(struct parse *x, struct type *t)
{
    struct type next;
    bool ok = false;

    if (++x->depth > RULE_DEPTH)
        return rule_bad(x, "too many brackets");
    if (!parse_and(x, t))
        return false;
    while (keyword(x, "or"))
        if (!want_condition(x, t) || !parse_and(x, &next) || !want_condition(x, &next) ||
            !rule_emit(x, (struct instr){.op = DO_OR}, -1))
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

bool rule_parse(struct rules *rs, const struct catalogue *c, struct rule *r,
                const struct tsv *t, struct err *e)
{
    struct parse x = {.rs = rs, .c = c, .r = r, .t = t, .e = e};
    struct type type;

    x.text = x.p = tsv_get(t, "expr");
    if (!parse_cond(&x, &type) || !want_condition(&x, &type))
        return false;
    keep_code(&x, &r->holds, &type);
    while (rule_symbol(&x, ";")) {
        bool words = false;

        if (r->n_args == FINDING_ARGS)
            return rule_bad(&x, "too many arguments");
        if (!rule_arg_words(&x, &words))
            return false;
        if (words) {
            keep_code(&x, &r->args[r->n_args++], &(struct type){.scale = 1});
            continue;
        }
        if (!rule_sum(&x, &type))
            return false;
        if (type.condition)
            return rule_bad(&x, "an argument is a number");
        keep_code(&x, &r->args[r->n_args++], &type);
    }
    r->about_report = !x.seen;
    blanks(&x);
    return *x.p == 0 || rule_bad(&x, "not understood");
}
