/*
 * rules_sample - reports written in a line, for the tests of rules.
 *
 * A line is "code[:b1[:b2]]=value ...": value in printed units, with "~" about, ">" more
 * than, "<" less than in front, "a..b" a range, "-" nil, "?" not yet available;
 * "@2023-06-30" behind it is the as-of date, "#enterprise_htx" the population; "%" in a
 * name is a blank.
 */
#ifndef HTX_TEST_RULES_SAMPLE_H
#define HTX_TEST_RULES_SAMPLE_H

#include "proto/crypto.h"
#include "proto/rules_own.h"

enum { SAMPLE_MAX = 100 };

struct fixture {
    struct bytes bundle;
    struct catalogue *c;
    struct err e;
};

static int open_fixture(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    *state = fx;
    assert_true(crypto_init());
    if (!catalogue_bundle("schema/catalogue", &fx->bundle, &fx->e) ||
        !catalogue_load(&fx->c, span_of(&fx->bundle), &fx->e))
        fail_msg("%s", fx->e.text);
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *fx = *state;

    catalogue_close(&fx->c);
    bytes_clear(&fx->bundle);
    free(fx);
    return 0;
}

/* -- samples -- */

static int64_t units(const char *s, int64_t scale, char **end)
{
    bool negative = *s == '-';
    int64_t v = strtoll(s, end, 10) * scale;

    if (**end == '.' && (*end)[1] != '.')
        for (++*end; **end >= '0' && **end <= '9'; ++*end) {
            scale /= 10;
            v += (negative ? -1 : 1) * (**end - '0') * scale;
        }
    return v;
}

static void read_value(struct observation *o, const struct indicator *ind, char *s,
                       struct arena *a)
{
    char *hash = strchr(s, '#'), *at = strchr(s, '@');

    if (hash != NULL)
        *hash = 0;
    if (at != NULL)
        *at = 0;
    o->population = hash != NULL ? hash + 1 : "";
    o->as_of = at != NULL ? date_read(at + 1) : DATE_NONE;
    o->text = arena_str(a, s);
    o->state = s[0] == '?'           ? OBS_NOT_AVAILABLE
               : strcmp(s, "-") == 0 ? OBS_NIL
                                     : OBS_VALUE;
    if (o->state != OBS_VALUE)
        return;
    o->qualifier = s[0] == '~'   ? QUAL_ABOUT
                   : s[0] == '>' ? QUAL_MORE_THAN
                   : s[0] == '<' ? QUAL_LESS_THAN
                                 : QUAL_NONE;
    o->value = units(s + (o->qualifier != QUAL_NONE), ind->scale, &s);
    if (strncmp(s, "..", 2) == 0) {
        o->has_upper = true;
        o->qualifier = QUAL_RANGE;
        o->upper = units(s + 2, ind->scale, &s);
    }
}

static const char *sample_words(char *s)
{
    for (char *p = s; p != NULL && *p != 0; p++)
        if (*p == '%')
            *p = ' ';
    return s != NULL ? s : "";
}

static void sample(struct report *r, const struct catalogue *c, const char *line,
                   struct arena *a)
{
    char *save = NULL;

    r->obs = arena_new(a, SAMPLE_MAX * sizeof *r->obs);
    for (char *w = strtok_r(arena_str(a, line), " ", &save); w != NULL;
         w = strtok_r(NULL, " ", &save)) {
        struct observation *o = &r->obs[r->n_obs++];
        char *value = strchr(w, '='), *b1 = strchr(w, ':'), *b2;
        const struct indicator *ind;

        assert_non_null(value);
        assert_true(r->n_obs <= SAMPLE_MAX);
        *value++ = 0;
        b2 = b1 != NULL && b1 < value ? strchr(b1 + 1, ':') : NULL;
        if (b2 != NULL)
            *b2++ = 0;
        if (b1 != NULL && b1 < value)
            *b1++ = 0;
        else
            b1 = NULL;
        o->b1 = sample_words(b1);
        o->b2 = sample_words(b2);
        o->cell = w;
        ind = catalogue_indicator(c, w);
        if (ind == NULL)
            fail_msg("no indicator %s", w);
        o->indicator = ind->no;
        read_value(o, ind, value, a);
    }
}

#endif
