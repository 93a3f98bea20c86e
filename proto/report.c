#include "proto/report.h"

static const char *const vintage_words[] = {"", "plan", "estimate", "actual"};
static const char *const channel_words[] = {"", "territorial", "sectoral", "on_behalf",
                                            "earlier"};
static const char *const subject_words[] = {"", "unit", "htx", "tht", "lhhtx", "qtdnd"};
static const char *const scheme_words[] = {"", "tax", "certificate", "register"};
static const char *const state_words[] = {"", "active", "suspended", "stopped",
                                          "dissolved"};
static const char *const obs_words[] = {"missing",        "value",         "nil",
                                        "not_applicable", "not_available", "refused"};
static const char *const qualifier_words[] = {
    "", "about", "more_than", "at_least", "less_than", "at_most", "range", "expected"};

static const char *word(const char *const *words, size_t n, size_t i)
{
    return i < n ? words[i] : NULL;
}

static size_t index_of(const char *const *words, size_t n, const char *w)
{
    for (size_t i = 1; i < n; i++)
        if (w != NULL && strcmp(words[i], w) == 0)
            return i;
    return 0;
}

#define WORDS(name, type, table)                                                         \
    const char *name##_word(enum type v)                                                 \
    {                                                                                    \
        return word(table, COUNT(table), (size_t)v);                                     \
    }
#define WORDS_BACK(name, type, table)                                                    \
    enum type name##_of(const char *w)                                                   \
    {                                                                                    \
        return (enum type)index_of(table, COUNT(table), w);                              \
    }

WORDS(vintage, vintage, vintage_words)
WORDS_BACK(vintage, vintage, vintage_words)
WORDS(channel, channel, channel_words)
WORDS_BACK(channel, channel, channel_words)
WORDS(subject, subject_kind, subject_words)
WORDS_BACK(subject, subject_kind, subject_words)
WORDS(id_scheme, id_scheme, scheme_words)
WORDS_BACK(id_scheme, id_scheme, scheme_words)
WORDS(entity_state, entity_state, state_words)
WORDS_BACK(entity_state, entity_state, state_words)
WORDS(obs_state, obs_state, obs_words)
WORDS(qualifier, qualifier, qualifier_words)

static bool same_code(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

const struct observation *report_find(const struct report *r, uint32_t indicator,
                                      const char *b1, const char *b2)
{
    for (size_t i = 0; i < r->n_obs; i++)
        if (r->obs[i].indicator == indicator && same_code(r->obs[i].b1, b1) &&
            same_code(r->obs[i].b2, b2))
            return &r->obs[i];
    return NULL;
}

void report_copy(struct report *dst, const struct report *src, struct arena *a)
{
    *dst = *src;
    dst->unit.code = arena_str(a, src->unit.code);
    dst->form = arena_str(a, src->form);
    dst->subject.id = arena_str(a, src->subject.id);
    dst->subject.id_issuer = arena_str(a, src->subject.id_issuer);
    dst->subject.name = arena_str(a, src->subject.name);
    dst->subject.sector = arena_str(a, src->subject.sector);
    dst->subject.commune = arena_str(a, src->subject.commune);
    dst->scheme = arena_str(a, src->scheme);
    dst->period = arena_str(a, src->period);
    dst->reason = arena_str(a, src->reason);
    dst->source_name = arena_str(a, src->source_name);
    dst->source_place = arena_str(a, src->source_place);
    dst->maker = arena_str(a, src->maker);
    dst->paper_hash = arena_str(a, src->paper_hash);
    dst->obs = arena_new(a, src->n_obs * sizeof *src->obs);
    for (size_t i = 0; i < src->n_obs; i++) {
        dst->obs[i] = src->obs[i];
        dst->obs[i].b1 = arena_str(a, src->obs[i].b1);
        dst->obs[i].b2 = arena_str(a, src->obs[i].b2);
        dst->obs[i].population = arena_str(a, src->obs[i].population);
        dst->obs[i].text = arena_str(a, src->obs[i].text);
        dst->obs[i].cell = arena_str(a, src->obs[i].cell);
    }
    dst->texts = arena_new(a, src->n_texts * sizeof *src->texts);
    for (size_t i = 0; i < src->n_texts; i++) {
        dst->texts[i].key = arena_str(a, src->texts[i].key);
        dst->texts[i].text = arena_str(a, src->texts[i].text);
    }
}

char *uuid_text(const struct uuid *id, char out[37])
{
    char hex[2 * ID_LEN + 1];
    size_t k = 0;

    hex_of(id->b, ID_LEN, hex);
    for (size_t i = 0; i < 2 * ID_LEN; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            out[k++] = '-';
        out[k++] = hex[i];
    }
    out[k] = 0;
    return out;
}
