/*
 * What a report must have before a rule can be broken at all. Most rules are about
 * numbers that most reports do not carry: what is not there is unknown, and the condition
 * is silent. Found once when the rules are loaded, so that a list of thousands is checked
 * in the time of the few rules that concern it.
 */
#include "proto/rules_own.h"

enum { NEEDS_MAX = 63 }; /* bits of a set */

/* Operands without which a condition is not known to be false, or true; a number known.
 */
struct needs {
    uint64_t to_fail, to_hold;
};

/* What stands in the list for facts that hardly any report has. */
static const struct indicator a_date = {.no = NEED_DATE},
                              a_population = {.no = NEED_POPULATION};

struct search {
    const struct indicator *list[NEEDS_MAX]; /* NULL: $ */
    size_t n;
};

static uint64_t bit_of(struct search *s, const struct indicator *ind)
{
    size_t i = 0;

    while (i < s->n && s->list[i] != ind)
        i++;
    if (i == NEEDS_MAX)
        return 0; /* needing less is always right */
    s->list[i] = ind;
    s->n += i == s->n;
    return (uint64_t)1 << i;
}

static struct needs both(struct needs a, struct needs b)
{
    uint64_t all = a.to_fail | b.to_fail;

    return (struct needs){all, all};
}

static struct needs combine(enum instr_op op, struct needs a, struct needs b)
{
    switch (op) {
    case DO_AND: /* one false side is enough */
        return (struct needs){a.to_fail & b.to_fail, a.to_hold | b.to_hold};
    case DO_OR:
        return (struct needs){a.to_fail | b.to_fail, a.to_hold & b.to_hold};
    case DO_ADD_KNOWN: /* one known side is enough */
        return (struct needs){a.to_fail & b.to_fail, a.to_hold & b.to_hold};
    case DO_ADD:
    case DO_SUB:
    case DO_MUL:
    case DO_DIV:
    case DO_PCT:
    case DO_LESS:
    case DO_LESS_EQUAL:
    case DO_EQUAL:
        return both(a, b);
    default: /* known with a side unknown, or not thought about */
        return (struct needs){0, 0};
    }
}

static struct needs one(enum instr_op op, struct needs a)
{
    switch (op) {
    case DO_NOT:
        return (struct needs){a.to_hold, a.to_fail};
    case DO_KNOWN:
        return (struct needs){0, a.to_hold};
    case DO_NEG:
    case DO_ABS:
    case DO_ABOUT:
        return a;
    default:
        return (struct needs){0, 0};
    }
}

/* What an operand of this report needs to be there for. */
static struct needs leaf(struct search *s, const struct instr *i)
{
    uint64_t bit;

    switch (i->op) {
    case PUSH_VALUE:
    case PUSH_UPPER:
    case PUSH_ULP:
        bit = bit_of(s, i->ind);
        return (struct needs){bit, bit};
    case PUSH_HAS:
    case PUSH_GIVEN: /* false where it is not there */
        return (struct needs){0, bit_of(s, i->ind)};
    case PUSH_DATED:
        return (struct needs){0, bit_of(s, i->ind) | bit_of(s, &a_date)};
    case PUSH_POPULATION:
        bit = *i->word != 0 ? bit_of(s, &a_population) : 0;
        return (struct needs){0, bit_of(s, i->ind) | bit};
    case PUSH_AT_CUTOFF:
    case PUSH_IN_PERIOD: /* true where it is not there */
        return (struct needs){bit_of(s, i->ind) | bit_of(s, &a_date), 0};
    default:
        return (struct needs){0, 0};
    }
}

void rule_needs(struct rules *rs, struct rule *r)
{
    struct needs stack[RULE_STACK + 1] = {
        {0, 0}
    };
    struct search s = {.n = 0};
    size_t n = 0, used = 0;

    for (size_t k = 0; k < r->holds.n; k++) {
        const struct instr *i = &r->holds.list[k];

        if (i->op < DO_SCALE) {
            stack[n++] = i->slot == SLOT_NOW ? leaf(&s, i) : (struct needs){0, 0};
        } else if (i->op == DO_SCALE) {
            continue;
        } else if (i->op == DO_EQUAL_WITHIN) {
            n -= 2;
            stack[n - 1] = both(stack[n - 1], stack[n]);
        } else if (i->op >= DO_NEG && i->op <= DO_ABOUT) {
            stack[n - 1] = one(i->op, stack[n - 1]);
        } else {
            n--;
            stack[n - 1] = combine(i->op, stack[n - 1], stack[n]);
        }
    }
    r->needs = arena_new(&rs->arena, (s.n + 1) * sizeof *r->needs);
    for (size_t i = 0; i < s.n; i++) {
        if ((stack[0].to_fail & (uint64_t)1 << i) == 0)
            continue;
        if (s.list[i] == NULL)
            r->needs_each = true;
        else
            r->needs[used++] = s.list[i]->no;
    }
    r->n_needs = used;
}

void view_mark(struct report_view *v)
{
    for (size_t i = 0; i < v->r->n_obs; i++) {
        const struct observation *o = &v->r->obs[i];

        v->dated = v->dated || o->as_of != DATE_NONE;
        v->populated = v->populated || (o->population != NULL && *o->population != 0);
    }
}

bool view_has(const struct report_view *v, uint32_t indicator)
{
    if (indicator >= NEED_POPULATION)
        return indicator == NEED_DATE ? v->dated : v->populated;
    return indicator <= v->last && v->first[indicator + 1] > v->first[indicator];
}

bool rule_may_break(const struct rule *r, const struct spot *at)
{
    if (r->needs_each && at->ind != NULL && !view_has(at->view, at->ind->no))
        return false;
    for (size_t i = 0; i < r->n_needs; i++)
        if (!view_has(at->view, r->needs[i]))
            return false;
    return true;
}
