/* number_words - tokens and the words around numbers; only for number.c. */
#ifndef HTX_NUMBER_WORDS_H
#define HTX_NUMBER_WORDS_H

#include "proto/report.h"

enum token_kind {
    TOKEN_NUMBER, /* digits with dots and commas, as written */
    TOKEN_WORD,   /* text is its text_key */
    TOKEN_PERCENT,
    TOKEN_DASH,
    TOKEN_SLASH,
    TOKEN_SIGN, /* < > ≤ ≥ ~ ≈ */
    TOKEN_BAD,
    TOKEN_END,
};

struct token {
    enum token_kind kind;
    bool blank_before, in_parentheses;
    struct span text;
};

/*
 * What is counted, as a set: "doanh nghiệp, HTX" names two. Words for all of a family
 * (người; tổ chức; đơn vị: bodies and places) fit each of them and each fits those, but
 * workers are no members, and a THT is no HTX.
 */
enum count_unit {
    COUNT_NONE = 0,
    COUNT_ANY = 1 << 0, /* đơn vị */
    COUNT_PERSONS = 1 << 1,
    COUNT_WORKERS = 1 << 2,
    COUNT_MEMBERS = 1 << 3,
    COUNT_BODIES = 1 << 4,
    COUNT_HTX = 1 << 5,
    COUNT_THT = 1 << 6,
    COUNT_LHHTX = 1 << 7,
    COUNT_QTDND = 1 << 8,
    COUNT_FIRMS = 1 << 9,
    COUNT_BRANCHES = 1 << 10,
    COUNT_PLACES = 1 << 11,
    COUNT_PRODUCTS = 1 << 12,
    COUNT_POINTS = 1 << 13,
    COUNT_AREA = 1 << 14,
};

enum phrase_kind {
    PHRASE_NONE,
    PHRASE_FILLER,
    PHRASE_QUALIFIER, /* n: enum qualifier */
    PHRASE_FROM,
    PHRASE_TO,
    PHRASE_MAGNITUDE, /* n: 1000 for nghìn; money as well for "trđ" */
    PHRASE_MONEY,     /* đồng, or the percent sign where percent is set */
    PHRASE_COUNT,     /* n: of enum count_unit */
    PHRASE_A_YEAR,    /* n: times a year; 12 for "/tháng" */
    PHRASE_PER,       /* n: the same, "/HTX" */
};

struct phrase {
    enum phrase_kind kind;
    int64_t n;
    bool money, percent;
};

/* What unit words say together, "triệu đồng/người/năm". */
struct unit_words {
    bool given, money, percent;
    bool steady; /* of an indicator: a stock, not something that happens in a year */
    int64_t magnitude;   /* 1 when none is named */
    unsigned count, per; /* sets of enum count_unit */
    int times_a_year;    /* 0: not named */
};

/* How many tokens; 0 for none, too many, or invalid text. Texts live in the arena. */
size_t tokens_read(struct arena *a, const char *text, struct token *out, size_t max);
/* The longest phrase at the beginning of the tokens; returns how many it takes. */
size_t phrase_at(const struct token *tokens, size_t n, struct phrase *out);
/* False for words that contradict what is there already. */
bool unit_words_add(struct unit_words *u, const struct phrase *ph);
/* False when there is a word that is no unit. */
bool unit_words_read(const char *written, struct unit_words *out);
/* May what is written stand where that is wanted? */
bool units_fit(unsigned written, unsigned wanted);

#endif
