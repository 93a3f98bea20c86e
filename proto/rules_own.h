/*
 * rules_own - compiled rules and how they are evaluated. For rules*.c only.
 *
 * A rule is a condition that holds for a sound report. It is compiled to postfix code:
 * no recursion, no allocation, bounded stack and length, 128-bit intermediates. What is
 * not in the report is unknown, and a condition that is not definitely false is silent.
 */
#ifndef HTX_RULES_OWN_H
#define HTX_RULES_OWN_H

#include "proto/past.h"
#include "proto/rules.h"

/* Among the needs of a rule, beside numbers of indicators. */
#define NEED_POPULATION (UINT32_MAX - 1)
#define NEED_DATE UINT32_MAX

enum { RULE_CODE_MAX = 200, RULE_STACK = 24, RULE_DEPTH = 24, RULE_EACH = 48 };

enum instr_op {
    /* push: ind (NULL: $) at b1 (NULL: the current breakdown) */
    PUSH_CONST, /* k */
    PUSH_VALUE,
    PUSH_OR0,
    PUSH_UPPER,
    PUSH_ULP, /* the weight of its last written digit */
    PUSH_HAS,
    PUSH_GIVEN, /* in whatever state */
    PUSH_AT_CUTOFF,
    PUSH_IN_PERIOD,
    PUSH_DATED,
    PUSH_MONTHS,     /* from the as-of date to the cut-off */
    PUSH_POPULATION, /* word */
    PUSH_CLASS,      /* word: set; is the class the current breakdown? */
    PUSH_IS,         /* word: subject kind */
    PUSH_STATE,      /* word */
    PUSH_VINTAGE,    /* word */
    PUSH_PERIOD,     /* word: period kind */
    PUSH_HAS_TEXT,   /* word: key of a named text */
    PUSH_REGISTERED,
    PUSH_REGISTER_STATE, /* word */
    PUSH_NAME_DIFFERS,
    PUSH_KIND_DIFFERS,
    PUSH_SECTOR_DIFFERS,
    PUSH_SECOND_CHANNEL,
    /* numbers of the report, the register and the peers */
    PUSH_LONGEST_TEXT,
    PUSH_VARIANTS,
    PUSH_AGE,
    PUSH_EXPECTED,
    PUSH_LISTED,
    PUSH_SAME,   /* slot */
    PUSH_SHARED, /* slot */
    PUSH_PEERS,
    PUSH_MEDIAN, /* sub */
    PUSH_MAD,    /* sub */
    /* push: over the top codes of dim */
    PUSH_SUM,
    PUSH_PARTS,
    PUSH_ULPS,
    PUSH_MINIMUM,
    PUSH_MAXIMUM,
    PUSH_REPEATS,
    PUSH_MODE,
    PUSH_WSUM,
    PUSH_WEIGHTS,
    PUSH_ROUNDING,
    /* pop one or two, push one */
    DO_SCALE, /* multiplies the operand `depth` below the top by k */
    DO_NEG,
    DO_ABS,
    DO_KNOWN,
    DO_NOT,
    DO_ABOUT,
    DO_ADD,
    DO_ADD_KNOWN, /* an unknown side counts as nothing */
    DO_SUB,
    DO_MUL,
    DO_DIV,
    DO_PCT,
    DO_LESS,
    DO_LESS_EQUAL,
    DO_EQUAL,
    DO_EQUAL_WITHIN, /* pops the tolerance as well */
    DO_SWAPPED,      /* two neighbouring digits changed places */
    DO_AND,
    DO_OR,
    /* arguments only: words for the text */
    TEXT_NAME,
    TEXT_REGISTER_NAME,
    TEXT_REGISTER_SECTOR,
    TEXT_REGISTER_STATE,
    TEXT_STATE,
    TEXT_FOUNDED,
    TEXT_AS_OF,
    TEXT_CUTOFF,
    TEXT_VARIANT,       /* one spelling */
    TEXT_OTHER_VARIANT, /* and the other */
    TEXT_NAMED,         /* word: key of a named text */
    TEXT_CLASS,         /* word: set */
    TEXT_CLASS_LAW,     /* word: set */
};

/* Which reports of the subject an operand is read from. */
enum slot {
    SLOT_NOW,
    SLOT_PREV,     /* the period of the same kind that ends the day before this begins */
    SLOT_OPENING,  /* the same, or of any kind where there is none: stocks at the start */
    SLOT_LASTYEAR, /* the same period of the year before */
    SLOT_PLAN,     /* the plan of this period */
    SLOT_ESTIMATE, /* the estimate of this period, where this is the actual */
    SLOT_HALF,     /* the longest shorter period that begins with this one */
    SLOT_OTHER,    /* another form for this period and vintage */
    SLOT_COUNT,
};

struct code;

struct instr {
    enum instr_op op;
    enum slot slot;
    const struct code *sub; /* evaluated over the peers beforehand */
    int depth;
    const struct indicator *ind, *weight;
    const char *b1, *dim, *word;
    int64_t k;
};

struct code {
    const struct instr *list;
    size_t n;
    int64_t scale; /* of an int result */
    int decimals;  /* to print: -1 exactly, -2 those of the indicator it is about */
};

enum each_kind {
    EACH_ONCE,
    EACH_INDICATOR,  /* $ is each of the list */
    EACH_CELL,       /* $ is each observation */
    EACH_FIRST_CELL, /* the first observation that breaks it stands for all */
};

enum effect { EFFECT_KEEP, EFFECT_HOLD, EFFECT_REFUSE };

enum rule_scope { SCOPE_REPORT, SCOPE_REGISTER, SCOPE_PEERS };

struct rule {
    const char *code;
    enum severity severity,
        severity_qualified; /* the second where a value is qualified */
    enum effect effect, effect_qualified;
    enum rule_scope scope;
    const char *const *forms; /* empty: all */
    int32_t valid_from, valid_to;
    enum each_kind each;
    const struct indicator **indicators;
    size_t n_indicators;
    bool but;       /* the list names those that are left out */
    const char *by; /* dimension to walk besides "all", or NULL */
    struct code holds;
    struct code args[FINDING_ARGS];
    size_t n_args;
    const struct indicator *about; /* NULL: $ */
    const char *about_b1;          /* NULL: the current breakdown */
    bool about_report;             /* no indicator in it */
    bool about_name;               /* of spellings: the cell is that of the name */
    size_t n_robust;               /* medians and their like in it */
    /* the indicators that the condition reads from the report itself: where none of them
     * is there, it has nothing to say; none here: it is always asked */
    const uint32_t *reads;
    size_t n_reads;
    uint32_t *needs; /* indicators without which it cannot be broken */
    size_t n_needs;
    bool needs_each; /* and without one of $ */
    const char *text[2];
};

struct rules {
    struct rule *list;
    size_t n;
    uint32_t last; /* highest number of an indicator */
    struct arena arena;
};

/* Parses one expression with its arguments into the rule; rules_parse.c. */
struct tsv;
bool rule_parse(struct rules *rs, const struct catalogue *c, struct rule *r,
                const struct tsv *t, struct err *e) MUST_CHECK;

/* The report's observations in order of (indicator, b1, b2). */
struct report_view {
    const struct catalogue *c;
    const struct report *r;
    const struct period *period;
    const struct observation **sorted;
    uint32_t *first, last; /* by indicator number: where its observations begin */
    const char **codes;    /* every b1 once, in order of the report */
    size_t n_codes;
    bool dated, populated; /* an observation has an as-of date, a population */
    /* of the report itself only */
    const struct past *past;               /* NULL: not known here */
    struct report_view *slots[SLOT_COUNT]; /* NULL: nothing there */
    struct variant *variants;              /* found once, when first asked for */
    size_t n_variants;
    bool looked_for_variants;
    struct arena arena;
};

/* Two spellings of what is probably one name. */
struct variant {
    const char *one, *other;
    const struct observation *at; /* that bears the first one; NULL: a text does */
};

void view_open(struct report_view *v, const struct catalogue *c, const struct report *r,
               const struct past *past);
void view_close(struct report_view *v);
/* Sorted by key; of equal keys the first in the list comes first. */
void view_sort(struct report_view *v, const struct observation *list, size_t n);
/* Fills the slots from the past; rules_past.c. */
void view_slots(struct report_view *v);
void view_variants(struct report_view *v);
const struct observation *view_find(const struct report_view *v, uint32_t indicator,
                                    const char *b1, const char *b2);
/* First of the indicator's observations and how many there are. */
const struct observation *const *view_range(const struct report_view *v,
                                            uint32_t indicator, size_t *n);

struct value {
    bool known;
    bool qualified;
    bool open_down, open_up; /* "dưới", "trên": one-sided in comparisons */
    __int128 lo, hi;         /* hi differs for a range; a condition is 0 or 1 */
};

/* What the peers say about one expression. */
struct peer_stat {
    const struct code *sub;
    struct value median, mad;
};

/* Where the evaluation stands. */
struct spot {
    struct report_view *view;
    const struct peer_stat *stats;
    size_t n_stats, n_peers;
    const struct indicator *ind; /* $ */
    const char *b1, *b2;
    bool qualified; /* a value with a qualifier was used */
};

struct value rule_eval(const struct code *code, struct spot *at);
struct value value_number(__int128 v);
struct value value_unknown(void);
/* Facts and numbers of register, texts and past; rules_past.c. */
struct value rule_fact(const struct instr *i, struct report_view *v);
/* Has the report's subject this class of the set, by the figures of the report? */
struct value rule_class(const struct report_view *v, const char *set, const char *code);
/* Its name, and the law it is by; "" when there is none. */
const char *rule_class_name(const struct report_view *v, const char *set);
const char *rule_class_law(const struct report_view *v, const char *set);
/* The words of an argument TEXT_...; in the arena or lent. */
const char *rule_words(const struct instr *i, const struct spot *at, struct arena *a);

/* Fills needs of a parsed rule; rules_needs.c. */
void rule_needs(struct rules *rs, struct rule *r);
/* Fills dated and populated. */
void view_mark(struct report_view *v);
/* False: the report has nothing of the indicator, in whatever state. */
bool view_has(const struct report_view *v, uint32_t indicator);
/* False where the report lacks what the rule needs; true says nothing. */
bool rule_may_break(const struct rule *r, const struct spot *at);

/* Is the rule meant for this report, whatever its scope? */
bool rule_applies(const struct rule *r, const struct report_view *v);
/* Adds the finding when the rule is broken here; false when it is. */
bool rule_check_spot(const struct rule *r, struct spot *at, struct findings *fs);

/* The checks of shape that need no row of rules.tsv; rules_shape.c. */
void rules_shape(const struct report_view *v, struct findings *fs);

/* The dimension of the indicator this code belongs to, or NULL. */
const char *rule_dim_of(const struct catalogue *c, const struct indicator *ind,
                        const char *code);

#endif
