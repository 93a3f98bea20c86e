/*
 * rules_parse - what the two halves of the parser share: rules_parse.c has the grammar,
 * rules_call.c the functions. For these two only.
 */
#ifndef HTX_RULES_PARSE_H
#define HTX_RULES_PARSE_H

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

/* Says what is wrong and where in the expression; returns false. */
bool rule_bad(struct parse *x, const char *what);
/* Takes the sign if it comes next. */
bool rule_symbol(struct parse *x, const char *s);
/* A bare word into the arena; NULL when there is none. */
const char *rule_word(struct parse *x);
/* Appends one instruction that changes the depth of the stack by so much. */
bool rule_emit(struct parse *x, struct instr i, int stack);
bool rule_indicator(struct parse *x, const struct indicator **ind, const char **b1,
                    int64_t *scale);
/* Brings two numbers to one scale: a literal takes that of the other. */
bool rule_unify(struct parse *x, struct type *l, const struct type *r);
bool rule_sum(struct parse *x, struct type *t);

/* What stands behind "name(". */
bool rule_call(struct parse *x, const char *name, struct type *t);
/* An argument of words, "@name"; *words tells whether there is one. */
bool rule_arg_words(struct parse *x, bool *words);

#endif
