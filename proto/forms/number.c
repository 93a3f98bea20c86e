#include "proto/forms/number.h"

#include "proto/base/text.h"
#include "proto/forms/number_words.h"

__extension__ typedef __int128 wide;

enum { DIGITS_MAX = 18, DECIMALS_MAX = 15, TOKENS_MAX = 40, PARTS_MAX = 3 };

/* One written number with the unit words behind it: "1 tỷ 200 triệu" has two parts. */
struct part {
    int64_t mantissa;
    int decimals;
    bool negative, grouped; /* grouped: thousands are set off */
    struct unit_words unit;
};

struct side { /* of a range; a single number has one */
    struct part parts[PARTS_MAX];
    size_t n;
};

struct reading {
    struct token tokens[TOKENS_MAX];
    size_t n_tokens, at;
    struct side side[2];
    size_t n_sides;
    bool from, joined; /* "từ" was seen; "đến" or a dash waits for the second number */
    unsigned quals;    /* 1 << enum qualifier */
};

/*
 * Digits with dots and commas as officers write them. A dot groups thousands, a comma
 * begins decimals; whatever an English reader would take otherwise is ambiguous.
 */
static enum number_status read_digits(struct span s, struct part *out)
{
    size_t groups = 0, run = 0, digits = 0, first = 0;
    bool comma = false, dotted = false;

    out->mantissa = 0;
    out->decimals = 0;
    for (size_t i = 0; i <= s.n; i++) {
        unsigned char c = i < s.n ? s.p[i] : 0;

        if (c >= '0' && c <= '9') {
            run++;
            if (out->mantissa > 0 || c != '0')
                digits++;
            if (digits > DIGITS_MAX || run > 40)
                return NUMBER_RANGE;
            out->mantissa = out->mantissa * 10 + (c - '0');
            if (comma)
                out->decimals++;
            continue;
        }
        if (groups == 0 && !comma)
            first = run;
        else if (!comma && run != 3)
            return NUMBER_AMBIGUOUS; /* "3.24" */
        if (c == '.') {
            if (comma)
                return NUMBER_AMBIGUOUS; /* "3,832.276" */
            dotted = true;
            groups++;
        } else if (c == ',') {
            if (comma)
                return NUMBER_AMBIGUOUS; /* "1,100,000" */
            comma = true;
        }
        if (c != 0)
            run = 0;
    }
    out->grouped = dotted;
    if (dotted && (first > 3 || s.p[0] == '0'))
        return NUMBER_AMBIGUOUS; /* "1234.567", "0.500" */
    if (comma && !dotted && out->decimals == 3 && first <= 3 && s.p[0] != '0')
        return NUMBER_AMBIGUOUS; /* "1,100" */
    return out->decimals > DECIMALS_MAX ? NUMBER_TOO_FINE : NUMBER_OK;
}

/* The unit of one part as num / den smallest units; NUMBER_UNIT: it does not fit. */
static enum number_status factor_of(const struct unit_words *u,
                                    const struct unit_words *want,
                                    const struct number_unit *bare, int64_t scale,
                                    struct number_unit *out)
{
    int64_t months = 1;

    if (!u->given) {
        *out = *bare;
        return NUMBER_OK;
    }
    if (u->percent != want->percent &&
        (u->percent || u->money || u->magnitude > 1 || u->count != COUNT_NONE))
        return NUMBER_UNIT;
    if ((u->money && !want->money) || (want->money && u->count != COUNT_NONE))
        return NUMBER_UNIT;
    if (!units_fit(u->count, want->count) && !want->percent)
        return NUMBER_UNIT;
    if (u->per != COUNT_NONE &&
        (want->per == COUNT_NONE || !units_fit(u->per, want->per)))
        return NUMBER_UNIT;
    if (u->times_a_year > 1) { /* per month or quarter: only where a year is asked */
        if (want->times_a_year != 1)
            return NUMBER_UNIT;
        months = u->times_a_year;
    }
    if (u->times_a_year == 1 && want->times_a_year != 1 && want->steady)
        return NUMBER_UNIT;
    if (u->times_a_year == 1 && want->times_a_year != 1 && bare->part)
        return NUMBER_A_YEAR;
    *out = *bare;
    if (u->money || u->magnitude > 1) {
        out->num = scale;
        out->den = want->magnitude;
        if (scale % want->magnitude == 0) {
            out->num = scale / want->magnitude;
            out->den = 1;
        }
        months *= u->magnitude;
    }
    return __builtin_mul_overflow(out->num, months, &out->num) ? NUMBER_UNIT : NUMBER_OK;
}

/* mantissa x factor / 10^decimals, exact or TOO_FINE; half away from zero if round. */
static enum number_status scale_part(const struct part *p, struct number_unit f,
                                     bool round, int64_t *out)
{
    wide v = (wide)p->mantissa * f.num, den = f.den, rest;
    bool rounded;

    for (int i = 0; i < p->decimals; i++)
        den *= 10;
    rest = v % den;
    rounded = rest != 0;
    if (rounded && !round)
        return NUMBER_TOO_FINE;
    v /= den;
    if (rounded && rest * 2 >= den)
        v++;
    if (v > INT64_MAX)
        return NUMBER_RANGE;
    *out = p->negative ? -(int64_t)v : (int64_t)v;
    return rounded ? NUMBER_ROUNDED : NUMBER_OK;
}

static struct unit_words wanted(const struct indicator *ind)
{
    struct unit_words w = {.magnitude = 1};

    unit_words_read(ind->unit_vi == NULL ? "" : ind->unit_vi, &w);
    w.steady = ind->type == IND_STOCK;
    /* "lao động là thành viên" are both */
    if (w.count == COUNT_WORKERS && ind->name_vi != NULL &&
        strstr(ind->name_vi, "là thành viên") != NULL)
        w.count |= COUNT_MEMBERS;
    return w;
}

struct number_unit number_unit_of(const struct indicator *ind)
{
    return (struct number_unit){ind->scale > 0 ? ind->scale : 1, 1, false};
}

bool number_unit_read(const char *written, const struct indicator *ind, bool part,
                      struct number_unit *out)
{
    struct unit_words u = {.magnitude = 1}, want = wanted(ind);

    *out = number_unit_of(ind);
    out->part = part;
    if (!unit_words_read(written, &u))
        return false;
    return factor_of(&u, &want, out, out->num, out) == NUMBER_OK;
}

/*
 * The second of two numbers names the unit for both: "5 đến 6 triệu đồng", "500 nghìn đến
 * 1 triệu đồng/tháng". False when nobody knows whether it does: "5 triệu đồng/tháng đến
 * 60 triệu đồng".
 */
static bool share_unit(struct reading *r)
{
    struct unit_words *a, *b;

    if (r->n_sides < 2)
        return true;
    a = &r->side[0].parts[r->side[0].n - 1].unit;
    b = &r->side[1].parts[r->side[1].n - 1].unit;
    if (!a->given) {
        *a = *b;
    } else if (!b->given) {
        *b = *a;
    } else {
        if (a->times_a_year != 0 && b->times_a_year == 0)
            return false;
        if (a->times_a_year == 0)
            a->times_a_year = b->times_a_year;
        if (a->per == COUNT_NONE)
            a->per = b->per;
        if (!a->percent && !a->money)
            a->money = b->money;
    }
    return true;
}

/* "2021-2025" and "2021 - 2025": years, not a range of what is counted. */
static bool looks_like_years(const struct reading *r)
{
    for (size_t i = 0; i < 2; i++) {
        const struct part *p = &r->side[i].parts[0];

        if (r->side[i].n != 1 || p->unit.given || p->grouped || p->decimals > 0 ||
            p->mantissa < 1945 || p->mantissa > 2100)
            return false;
    }
    return r->n_sides == 2;
}

static enum number_status side_value(const struct side *s, const struct unit_words *want,
                                     const struct number_unit *bare, int64_t scale,
                                     int64_t *out)
{
    wide sum = 0;

    for (size_t i = 0; i < s->n; i++) {
        struct number_unit f;
        int64_t v;
        enum number_status st;
        struct unit_words u = s->parts[i].unit;

        if (s->n > 1) { /* "1 tỷ 200 triệu đồng/năm": the last words hold for all */
            const struct unit_words *last = &s->parts[s->n - 1].unit;

            if (u.magnitude == 1 || s->parts[i].negative != s->parts[0].negative ||
                (i > 0 && u.magnitude >= s->parts[i - 1].unit.magnitude))
                return NUMBER_AMBIGUOUS;
            u.money = last->money;
            u.per = last->per;
            u.times_a_year = last->times_a_year;
        }
        st = factor_of(&u, want, bare, scale, &f);
        if (st != NUMBER_OK)
            return st;
        st = scale_part(&s->parts[i], f, false, &v);
        if (st != NUMBER_OK)
            return st;
        sum += v;
    }
    if (sum > INT64_MAX || sum < -(wide)INT64_MAX)
        return NUMBER_RANGE;
    *out = (int64_t)sum;
    return NUMBER_OK;
}

/* Bounds win over "khoảng", that over "ước đạt"; two bounds contradict each other. */
static enum number_status qualify(const struct reading *r, struct number *out)
{
    static const enum qualifier bounds[] = {QUAL_MORE_THAN, QUAL_AT_LEAST, QUAL_LESS_THAN,
                                            QUAL_AT_MOST};
    enum qualifier q = QUAL_NONE;
    size_t n = 0;

    for (size_t i = 0; i < COUNT(bounds); i++) {
        if ((r->quals & (1U << bounds[i])) != 0) {
            q = bounds[i];
            n++;
        }
    }
    if (n > 1 || (n == 1 && r->n_sides == 2))
        return NUMBER_AMBIGUOUS;
    if (r->from && r->n_sides == 1 && q != QUAL_AT_LEAST && q != QUAL_AT_MOST)
        return NUMBER_AMBIGUOUS; /* "từ 25": at least, or a range left open? */
    if (n == 0 && (r->quals & (1U << QUAL_ABOUT)) != 0)
        q = QUAL_ABOUT;
    else if (r->n_sides == 2)
        q = QUAL_RANGE;
    else if (n == 0 && (r->quals & (1U << QUAL_EXPECTED)) != 0)
        q = QUAL_EXPECTED;
    out->qualifier = q;
    return NUMBER_OK;
}

static const struct token *peek(const struct reading *r, size_t ahead)
{
    static const struct token end = {.kind = TOKEN_END};

    return r->at + ahead < r->n_tokens ? &r->tokens[r->at + ahead] : &end;
}

static enum number_status take_number(struct reading *r, bool negative)
{
    struct side *s;
    struct part *p;
    const struct token *t = peek(r, 0);

    if (t->in_parentheses)
        return NUMBER_AMBIGUOUS; /* "(5)" is minus five to an accountant, a number to
                                    others */
    if (r->n_sides == 0 || r->joined) {
        s = &r->side[r->n_sides++];
        r->joined = false;
    } else {
        s = &r->side[r->n_sides - 1];
        if (s->parts[s->n - 1].unit.magnitude == 1 || s->n == PARTS_MAX)
            return NUMBER_AMBIGUOUS; /* "12 13" */
    }
    p = &s->parts[s->n++];
    p->unit.magnitude = 1;
    p->negative = negative;
    r->at++;
    return read_digits(t->text, p);
}

static enum number_status take_dash(struct reading *r)
{
    bool glued = peek(r, 1)->kind == TOKEN_NUMBER && !peek(r, 1)->blank_before;

    r->at++;
    if ((r->n_sides == 0 || r->joined) && glued)
        return take_number(r, true);
    if (r->n_sides != 1 || r->joined || peek(r, 0)->kind != TOKEN_NUMBER)
        return peek(r, 0)->kind == TOKEN_NUMBER ? NUMBER_AMBIGUOUS : NUMBER_BAD;
    r->joined = true;
    return NUMBER_OK;
}

/* Words: qualifiers anywhere, units behind the number they belong to. */
static enum number_status take_words(struct reading *r)
{
    struct phrase ph = {0};
    struct side *s = r->n_sides == 0 ? NULL : &r->side[r->n_sides - 1];

    r->at += phrase_at(r->tokens + r->at, r->n_tokens - r->at, &ph);
    switch (ph.kind) {
    case PHRASE_NONE:
        return NUMBER_UNIT;
    case PHRASE_FILLER:
        return NUMBER_OK;
    case PHRASE_QUALIFIER:
        r->quals |= 1U << ph.n;
        return NUMBER_OK;
    case PHRASE_FROM:
        if (r->n_sides > 0 || r->from)
            return NUMBER_AMBIGUOUS;
        r->from = true;
        return NUMBER_OK;
    case PHRASE_TO:
        if (r->n_sides != 1 || r->joined)
            return NUMBER_AMBIGUOUS;
        r->joined = true;
        return NUMBER_OK;
    case PHRASE_MAGNITUDE:
    case PHRASE_MONEY:
    case PHRASE_COUNT:
    case PHRASE_A_YEAR:
    case PHRASE_PER:
        if (s == NULL || r->joined)
            return NUMBER_UNIT;
        return unit_words_add(&s->parts[s->n - 1].unit, &ph) ? NUMBER_OK : NUMBER_UNIT;
    }
    return NUMBER_BAD;
}

static enum number_status parse(struct reading *r)
{
    enum number_status st = NUMBER_OK;

    while (st == NUMBER_OK && r->at < r->n_tokens) {
        switch (peek(r, 0)->kind) {
        case TOKEN_NUMBER:
            st = take_number(r, false);
            break;
        case TOKEN_DASH:
            st = take_dash(r);
            break;
        case TOKEN_WORD:
        case TOKEN_PERCENT:
        case TOKEN_SLASH:
        case TOKEN_SIGN:
            st = take_words(r);
            break;
        case TOKEN_BAD:
        case TOKEN_END:
            st = NUMBER_BAD;
            break;
        }
    }
    if (st == NUMBER_OK && r->joined)
        st = NUMBER_AMBIGUOUS;
    return st;
}

/* A cell without any number: a state, or nothing we know. */
static enum number_status read_state(const char *key, struct number *out)
{
    static const struct {
        const char *key;
        enum obs_state state;
    } states[] = {
        {"x",                             OBS_NOT_APPLICABLE},
        {"×",                            OBS_NOT_APPLICABLE},
        {"không áp dụng",             OBS_NOT_APPLICABLE},
        {"…",                           OBS_NOT_AVAILABLE },
        {"...",                           OBS_NOT_AVAILABLE },
        {"chưa có số liệu",         OBS_NOT_AVAILABLE },
        {"không có số liệu",        OBS_NOT_AVAILABLE },
        {"chưa tổng hợp",            OBS_NOT_AVAILABLE },
        {"chưa tổng hợp được",   OBS_NOT_AVAILABLE },
        {"đang tổng hợp",            OBS_NOT_AVAILABLE },
        {"chưa thống kê",             OBS_NOT_AVAILABLE },
        {"chưa thống kê được",    OBS_NOT_AVAILABLE },
        {"chưa thu thập được",     OBS_NOT_AVAILABLE },
        {"đang cập nhật",            OBS_NOT_AVAILABLE },
        {"chưa cập nhật",            OBS_NOT_AVAILABLE },
        {"kcc",                           OBS_REFUSED       },
        {"không cung cấp",             OBS_REFUSED       },
        {"không cung cấp số liệu", OBS_REFUSED       },
        {"htx không cung cấp",         OBS_REFUSED       },
        {"từ chối cung cấp",        OBS_REFUSED       },
        {"không phát sinh",             OBS_NIL           },
        {"không có phát sinh",         OBS_NIL           },
        {"chưa phát sinh",              OBS_NIL           },
        {"ko phát sinh",                 OBS_NIL           },
    };

    for (size_t i = 0; i < COUNT(states); i++) {
        if (strcmp(key, states[i].key) == 0) {
            out->state = states[i].state;
            return NUMBER_OK;
        }
    }
    return NUMBER_BAD;
}

/* Dashes alone mean nil, blanks alone missing. */
static bool read_gaps(const struct reading *r, const char *key, struct number *out)
{
    for (size_t i = 0; i < r->n_tokens; i++)
        if (r->tokens[i].kind != TOKEN_DASH)
            return false;
    out->state = r->n_tokens > 0 ? OBS_NIL : OBS_MISSING;
    return r->n_tokens > 0 || *key == 0;
}

/* "……", "....": dots that stand for a figure to come. */
static bool only_dots(const char *key)
{
    size_t n = 0;

    while (*key != 0) {
        bool three = strncmp(key, "…", 3) == 0;

        if (!three && *key != '.')
            return false;
        key += three ? 3 : 1;
        n += three ? 3 : 1;
    }
    return n >= 3;
}

static enum number_status read_written(struct arena *a, const char *text,
                                       const struct indicator *ind,
                                       const struct number_unit *bare, struct number *out)
{
    struct reading r = {0};
    struct unit_words want;
    enum number_status st;
    const char *key = text_key(a, text);

    if (key == NULL)
        return NUMBER_BAD;
    if (read_state(key, out) == NUMBER_OK)
        return NUMBER_OK;
    r.n_tokens = tokens_read(a, text, r.tokens, TOKENS_MAX);
    if (read_gaps(&r, key, out))
        return NUMBER_OK;
    if (only_dots(key)) {
        out->state = OBS_NOT_AVAILABLE;
        return NUMBER_OK;
    }
    if (r.n_tokens == 0)
        return NUMBER_BAD;
    st = parse(&r);
    if (r.n_sides == 0 && st != NUMBER_AMBIGUOUS)
        return NUMBER_BAD;
    if (st != NUMBER_OK)
        return st;
    if (!share_unit(&r) || looks_like_years(&r))
        return NUMBER_AMBIGUOUS;
    want = wanted(ind);
    out->state = OBS_VALUE;
    out->has_upper = r.n_sides == 2;
    st = side_value(&r.side[0], &want, bare, number_unit_of(ind).num, &out->value);
    if (st == NUMBER_OK && out->has_upper)
        st = side_value(&r.side[1], &want, bare, number_unit_of(ind).num, &out->upper);
    if (st == NUMBER_OK && out->has_upper && out->upper < out->value)
        st = NUMBER_AMBIGUOUS;
    return st == NUMBER_OK ? qualify(&r, out) : st;
}

/* Nothing but digits, dots and commas, with a digit at both ends. */
static bool is_bare(const char *text)
{
    size_t n = strspn(text, "0123456789.,");

    return text[n] == 0 && *text >= '0' && text[n - 1] >= '0';
}

enum number_status number_read_in(const char *text, const struct indicator *ind,
                                  const struct number_unit *bare, struct number *out)
{
    struct number_unit own = number_unit_of(ind);
    struct arena a = {0};
    enum number_status st;

    *out = (struct number){.state = OBS_MISSING};
    if (text == NULL || *text == 0)
        return NUMBER_OK;
    if (bare == NULL)
        bare = &own;
    if (strcmp(text, "-") == 0) {
        out->state = OBS_NIL;
        return NUMBER_OK;
    }
    if (is_bare(text)) { /* most cells: no words to weigh */
        struct part p = {0};

        out->state = OBS_VALUE;
        st = read_digits(span_str(text), &p);
        if (st == NUMBER_OK)
            st = scale_part(&p, *bare, false, &out->value);
    } else {
        st = read_written(&a, text, ind, bare, out);
        arena_clear(&a);
    }
    if (st != NUMBER_OK)
        *out = (struct number){.state = OBS_MISSING};
    return st;
}

enum number_status number_read(const char *text, const struct indicator *ind,
                               struct number *out)
{
    return number_read_in(text, ind, NULL, out);
}

/* Whether a formula may well leave more digits than the smallest unit holds. */
static bool is_computed(const struct indicator *ind)
{
    return ind->scale > 1 &&
           (ind->type == IND_MEAN || ind->type == IND_RATIO || ind->type == IND_GIVEN);
}

enum number_status number_read_decimal(const char *text, const struct indicator *ind,
                                       const struct number_unit *bare, struct number *out)
{
    struct number_unit f = bare == NULL ? number_unit_of(ind) : *bare;
    struct part p = {.negative = *text == '-'};
    struct unit_words want;
    size_t digits = 0;
    bool point = false;
    enum number_status st;

    *out = (struct number){.state = OBS_MISSING};
    for (text += p.negative; (*text >= '0' && *text <= '9') || *text == '.'; text++) {
        if (*text == '.') {
            if (point)
                return NUMBER_BAD;
            point = true;
            continue;
        }
        if (p.mantissa > 0 || *text != '0')
            digits++;
        if (digits > DIGITS_MAX || p.decimals == DECIMALS_MAX) {
            if (!point)
                return NUMBER_RANGE;
            continue; /* behind the fifteenth digit: noise of the binary number */
        }
        p.mantissa = p.mantissa * 10 + (*text - '0');
        p.decimals += point;
    }
    if (*text == '%') {
        want = wanted(ind);
        if (!want.percent)
            return NUMBER_UNIT;
        text++;
    }
    if (*text != 0)
        return NUMBER_BAD;
    st = scale_part(&p, f, is_computed(ind), &out->value);
    if (st == NUMBER_OK || st == NUMBER_ROUNDED)
        out->state = OBS_VALUE;
    return st;
}
