/*
 * rules_names - one name spelt in several ways within one report: names that stand in
 * cells ("HTX Ngọc Minh" beside a loan) and names that its texts mention.
 *
 * Two spellings are taken for one name when they differ in marks alone ("Bình Lư", "Bình
 * Lu"): letters that differ make other names (Minh Tâm, Minh Tân), and so do numbers. Two
 * cells that differ in nothing but "HTX" and "Hợp tác xã" are one name as well.
 */
#include <ctype.h>

#include "proto/base/text.h"
#include "proto/rules_own.h"

enum { NAMES_MAX = 96, WORDS_MAX = 14, NAME_BYTES = 240 };

struct name {
    const char *written;
    const struct observation *at; /* NULL: mentioned in a text */
    size_t n;
    const char *key[WORDS_MAX], *bare[WORDS_MAX];
    bool proper[WORDS_MAX]; /* begins with a capital */
};

struct names {
    struct arena *a;
    struct name list[NAMES_MAX];
    size_t n;
};

static bool capital(struct arena *a, const char *w)
{
    const char *key = text_key(a, w);
    size_t n = 1;

    while (((unsigned char)w[n] & 0xc0) == 0x80)
        n++;
    return key != NULL && !isdigit((unsigned char)w[0]) && strncmp(w, key, n) != 0;
}

/* Length of "HTX", "Hợp tác xã" ... that a name begins with, and the blank; 0: none. */
static size_t prefix(const char *s)
{
    static const char *const kinds[] = {"HTX ",        "Hợp tác xã ", "hợp tác xã ",
                                        "Hợp Tác Xã ", "HỢP TÁC XÃ ", "Htx "};

    for (size_t i = 0; i < COUNT(kinds); i++)
        if (strncmp(s, kinds[i], strlen(kinds[i])) == 0)
            return strlen(kinds[i]);
    return 0;
}

/* The words of s up to a mark of punctuation; s begins behind the prefix. */
static void add_name(struct names *ns, const char *written, const char *s,
                     const struct observation *at)
{
    struct name *m = &ns->list[ns->n];

    if (ns->n == NAMES_MAX)
        return;
    *m = (struct name){.written = written, .at = at};
    while (m->n < WORDS_MAX) {
        size_t n = strcspn(s, " \t\r\n,.;:()\"/");
        char *w;

        if (n == 0 || strncmp(s, "“", 3) == 0 || strncmp(s, "”", 3) == 0)
            break;
        w = arena_strn(ns->a, s, n);
        if (strstr(w, "”") != NULL)
            *strstr(w, "”") = 0;
        m->key[m->n] = text_key(ns->a, w);
        m->bare[m->n] = text_key_bare(ns->a, w);
        if (m->key[m->n] == NULL || m->bare[m->n] == NULL || m->key[m->n][0] == 0)
            break;
        m->proper[m->n] = capital(ns->a, w);
        m->n++;
        s += n;
        if (s[0] != ' ' || w[strlen(w)] != 0)
            break;
        s += strspn(s, " ");
    }
    if (m->n > 0)
        ns->n++;
}

static bool is_open(const struct report_view *v, const struct observation *o,
                    const char *code)
{
    const struct indicator *ind = catalogue_indicator_no(v->c, o->indicator);
    const char *dim;

    if (ind == NULL || code == NULL || code[0] == 0)
        return false;
    dim = rule_dim_of(v->c, ind, code);
    return dim != NULL && strcmp(dim, "entity") == 0 &&
           catalogue_breakdown(v->c, dim, code) == NULL;
}

static void from_cells(struct report_view *v, struct names *ns)
{
    for (size_t i = 0; i < v->r->n_obs; i++) {
        const struct observation *o = &v->r->obs[i];
        const char *codes[] = {o->b1, o->b2};

        for (size_t k = 0; k < COUNT(codes); k++) {
            size_t known = 0;

            if (!is_open(v, o, codes[k]))
                continue;
            while (known < ns->n && strcmp(ns->list[known].written, codes[k]) != 0)
                known++;
            if (known == ns->n)
                add_name(ns, codes[k], codes[k] + prefix(codes[k]), o);
        }
    }
}

static void from_texts(struct report_view *v, struct names *ns)
{
    for (size_t i = 0; i < v->r->n_texts; i++) {
        const char *text = v->r->texts[i].text;

        for (const char *p = text; p != NULL && *p != 0 && ns->n < NAMES_MAX; p++) {
            size_t n = prefix(p);

            if (n > 0 && (p == text || !isalpha((unsigned char)p[-1])))
                add_name(ns, p, p + n, NULL);
        }
    }
}

/* What of a mention is the name: its prefix and the first n words. */
static const char *spelling(struct names *ns, const struct name *m, size_t n)
{
    const char *s = m->written + prefix(m->written);

    if (m->at != NULL)
        return m->written;
    for (size_t i = 0; i < n; i++) {
        s += strspn(s, " ");
        s += strcspn(s, " \t\r\n,.;:()\"/");
    }
    if ((size_t)(s - m->written) > NAME_BYTES)
        s = m->written + NAME_BYTES;
    return arena_strn(ns->a, m->written, (size_t)(s - m->written));
}

/* Words in which both agree without marks; *marked: one of them differs with marks. */
static size_t agree(const struct name *x, const struct name *y, bool *marked)
{
    size_t k = 0;

    *marked = false;
    while (k < x->n && k < y->n && strcmp(x->bare[k], y->bare[k]) == 0) {
        *marked |= strcmp(x->key[k], y->key[k]) != 0 &&
                   (x->at != NULL || y->at != NULL || (x->proper[k] && y->proper[k]));
        k++;
    }
    return k;
}

/* How many words of x and y make one name that both spell differently; 0: none. */
static size_t one_name(const struct name *x, const struct name *y)
{
    bool marked;
    size_t k = agree(x, y, &marked);

    if (x->at != NULL && y->at != NULL)
        return k == x->n && k == y->n && (marked || strcmp(x->written, y->written) != 0)
                   ? k
                   : 0;
    if (!marked)
        return 0;
    if (x->at != NULL || y->at != NULL) {
        size_t whole = x->at != NULL ? x->n : y->n;

        return k >= whole ? whole : 0;
    }
    return k >= 2 ? k : 0;
}

void view_variants(struct report_view *v)
{
    struct names *ns = mem_grow(NULL, 1, sizeof *ns); /* large, and seldom filled */

    ns->n = 0;
    v->looked_for_variants = true;
    ns->a = &v->arena;
    if (v->r->n_obs > 0 || v->r->n_texts > 0) {
        from_cells(v, ns);
        from_texts(v, ns);
    }
    if (ns->n > 0)
        v->variants = arena_new(&v->arena, ns->n * sizeof *v->variants);
    for (size_t i = 1; i < ns->n; i++)
        for (size_t k = 0; k < i; k++) {
            size_t words = one_name(&ns->list[i], &ns->list[k]);
            struct variant found;
            bool marked;

            if (words == 0)
                continue;
            found = (struct variant){
                spelling(ns, &ns->list[k], words), spelling(ns, &ns->list[i], words),
                ns->list[k].at != NULL ? ns->list[k].at : ns->list[i].at};
            /* letters come first: "HTX" for "Hợp tác xã" alone says less */
            agree(&ns->list[i], &ns->list[k], &marked);
            if (marked)
                v->variants[v->n_variants] = v->variants[0];
            v->variants[marked ? 0 : v->n_variants] = found;
            v->n_variants++;
            break;
        }
    free(ns);
}
