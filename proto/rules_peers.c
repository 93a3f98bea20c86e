/*
 * rules_peers - a report against the others of its kind: median and median absolute
 * deviation, whole numbers throughout. What a rule asks of the peers is evaluated for
 * each of them first; then each is judged by the two numbers that came out.
 */
#include "proto/rules_own.h"

struct peers {
    struct report_view *views;
    size_t n;
    struct findings *findings;
    __int128 *values; /* room for one a peer */
};

static int by_value(const void *x, const void *y)
{
    const __int128 *a = x, *b = y;

    return (*a > *b) - (*a < *b);
}

/* The middle one; of an even number the mean of the two middle ones, towards zero. */
static __int128 middle(__int128 *v, size_t n)
{
    qsort(v, n, sizeof *v, by_value);
    return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void measure(struct peers *p, const struct spot *like, struct peer_stat *out)
{
    __int128 median;
    size_t n = 0;

    out->median = out->mad = value_unknown();
    for (size_t i = 0; i < p->n; i++) {
        struct spot at = *like;
        struct value v;

        at.view = &p->views[i];
        v = rule_eval(out->sub, &at);
        if (v.known && v.lo < INT64_MAX && v.lo > -INT64_MAX)
            p->values[n++] = v.lo;
    }
    if (n == 0)
        return;
    median = middle(p->values, n);
    for (size_t i = 0; i < n; i++)
        p->values[i] =
            p->values[i] > median ? p->values[i] - median : median - p->values[i];
    out->median = value_number(median);
    out->mad = value_number(middle(p->values, n));
}

static void stats_of(struct peers *p, const struct code *code, const struct spot *like,
                     struct peer_stat *stats, size_t *n)
{
    for (size_t i = 0; i < code->n; i++)
        if (code->list[i].sub != NULL) {
            stats[*n].sub = code->list[i].sub;
            measure(p, like, &stats[(*n)++]);
        }
}

static void check_one(struct peers *p, const struct rule *r, const struct indicator *ind)
{
    struct spot at = {.ind = ind, .b1 = "", .b2 = "", .n_peers = p->n};
    struct peer_stat *stats = mem_array(r->n_robust + 1, sizeof *stats);
    size_t n = 0;

    stats_of(p, &r->holds, &at, stats, &n);
    for (size_t i = 0; i < r->n_args; i++)
        stats_of(p, &r->args[i], &at, stats, &n);
    for (size_t i = 0; i < p->n; i++) {
        struct spot here = at;

        here.view = &p->views[i];
        here.stats = stats;
        here.n_stats = n;
        rule_check_spot(r, &here, &p->findings[i]);
    }
    free(stats);
}

void rules_check_peers(const struct catalogue *c, const struct report *const *list,
                       size_t n, struct findings *findings)
{
    struct peers p = {.n = n, .findings = findings};

    if (n == 0 || c->rules == NULL)
        return;
    p.views = mem_array(n, sizeof *p.views);
    p.values = mem_array(n, sizeof *p.values);
    for (size_t i = 0; i < n; i++)
        view_open(&p.views[i], c, list[i], NULL);
    for (size_t i = 0; i < c->rules->n; i++) {
        const struct rule *r = &c->rules->list[i];

        if (r->scope != SCOPE_PEERS || !rule_applies(r, &p.views[0]))
            continue;
        if (r->each == EACH_ONCE)
            check_one(&p, r, NULL);
        for (size_t k = 0; k < r->n_indicators; k++)
            check_one(&p, r, r->indicators[k]);
    }
    for (size_t i = 0; i < n; i++)
        view_close(&p.views[i]);
    free(p.values);
    free(p.views);
}
