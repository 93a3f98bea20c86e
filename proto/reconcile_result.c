/* What differs between two sides, and why: see reconcile.h. */
#include "proto/reconcile.h"

static const char *const SIDES[] = {"", "collector", "province", "ministry"};
static const char *const KINDS[] = {
    "",     "unapproved", "waiting", "on_the_way", "receipt_missing",
    "desk", "later",      "lost",    "unknown",    "verdict"};

_Static_assert(COUNT(KINDS) == DIFFER_VERDICT + 1, "a word for each kind");

const char *reconcile_side_word(enum reconcile_side s)
{
    return (size_t)s < COUNT(SIDES) ? SIDES[s] : "";
}

enum reconcile_side reconcile_side_of(const char *word)
{
    for (size_t i = 1; i < COUNT(SIDES); i++)
        if (strcmp(SIDES[i], word) == 0)
            return (enum reconcile_side)i;
    return SIDE_NONE;
}

const char *reconcile_kind_word(enum reconcile_kind k)
{
    return (size_t)k < COUNT(KINDS) ? KINDS[k] : "";
}

enum reconcile_kind reconcile_kind_of(const char *word)
{
    for (size_t i = 1; i < COUNT(KINDS); i++)
        if (strcmp(KINDS[i], word) == 0)
            return (enum reconcile_kind)i;
    return DIFFER_NONE;
}

bool reconcile_kind_expected(enum reconcile_kind k)
{
    return k != DIFFER_LOST && k != DIFFER_UNKNOWN && k != DIFFER_VERDICT;
}

bool reconcile_equal(const struct reconcile_result *r)
{
    for (size_t i = 0; i < r->n_units; i++)
        if (!r->units[i].equal)
            return false;
    return true;
}

/* -- why ------------------------------------------------------------------------------
 */

static bool behind(const struct log_pos *a, const struct log_pos *b)
{
    return a->epoch > b->epoch || (a->epoch == b->epoch && a->seq > b->seq);
}

/* A ministry knows the log up to its cursor; who wrote a file, up to when it wrote it. */
static bool came_later(const struct reconcile_line *l, const struct reconcile_party *p)
{
    if (p->side == SIDE_COLLECTOR)
        return l->time > p->made_at;
    return behind(&l->at, &p->at) && (p->side == SIDE_MINISTRY || l->time > p->made_at);
}

static enum reconcile_kind why_lower_only(const struct reconcile_result *r,
                                          const struct reconcile_line *l)
{
    if (l->verdict == VERDICT_NONE)
        return l->state == RECONCILE_UNAPPROVED ? DIFFER_UNAPPROVED
               : l->state == RECONCILE_WAITING  ? DIFFER_WAITING
                                                : DIFFER_ON_THE_WAY;
    return came_later(l, &r->upper) ? DIFFER_LATER : DIFFER_LOST;
}

static enum reconcile_kind why_upper_only(const struct reconcile_result *r,
                                          const struct reconcile_line *l)
{
    if (l->desk && r->lower.side == SIDE_COLLECTOR)
        return DIFFER_DESK;
    return came_later(l, &r->lower) ? DIFFER_LATER : DIFFER_UNKNOWN;
}

static void differ(struct reconcile_result *r, const struct reconcile_line *lower,
                   const struct reconcile_line *upper)
{
    struct reconcile_difference d = {
        .unit = r->n_units, .has_lower = lower != NULL, .has_upper = upper != NULL};

    if (lower != NULL)
        d.lower = *lower;
    if (upper != NULL)
        d.upper = *upper;
    if (upper == NULL)
        d.kind = why_lower_only(r, lower);
    else if (lower == NULL)
        d.kind = why_upper_only(r, upper);
    else
        d.kind = lower->verdict == VERDICT_NONE ? DIFFER_RECEIPT_MISSING : DIFFER_VERDICT;
    r->differences =
        mem_grow(r->differences, r->n_differences + 1, sizeof *r->differences);
    r->differences[r->n_differences++] = d;
}

void reconcile_result_add(struct reconcile_result *r, const struct unit_key *unit,
                          const char *name, const struct reconcile_sum *lower,
                          const struct reconcile_sum *upper,
                          const struct reconcile_line *const *lower_lines, size_t n_lower,
                          const struct reconcile_line *const *upper_lines, size_t n_upper)
{
    size_t i = 0, k = 0;

    while (i < n_lower || k < n_upper) {
        const struct reconcile_line *l = i < n_lower ? lower_lines[i] : NULL;
        const struct reconcile_line *u = k < n_upper ? upper_lines[k] : NULL;
        int order = l == NULL   ? 1
                    : u == NULL ? -1
                                : memcmp(l->item.b, u->item.b, HASH_LEN);

        i += order <= 0;
        k += order >= 0;
        if (order != 0 || l->verdict != u->verdict)
            differ(r, order <= 0 ? l : NULL, order >= 0 ? u : NULL);
    }
    r->units = mem_grow(r->units, r->n_units + 1, sizeof *r->units);
    r->units[r->n_units++] = (struct reconcile_result_unit){
        .unit = *unit,
        .name = name,
        .equal = lower->count == upper->count && hash_eq(&lower->root, &upper->root),
        .lower = *lower,
        .upper = *upper};
}

void reconcile_result_clear(struct reconcile_result *r)
{
    free(r->units);
    free(r->differences);
    *r = (struct reconcile_result){0};
}

/* -- from lists, and from a walk --------------------------------------------------------
 */

struct reconcile_sum reconcile_sum_of(const struct reconcile_unit *u)
{
    struct reconcile_sum s = {.whole = true};

    if (u == NULL)
        return s;
    s.count = (uint32_t)u->n;
    s.root = reconcile_root(u, 0, u->n);
    for (size_t i = 0; i < u->n; i++)
        s.states[u->lines[i].state]++;
    return s;
}

static const struct reconcile_line **pointers(const struct reconcile_line *lines,
                                              size_t n, struct arena *a)
{
    const struct reconcile_line **p = arena_new(a, n * sizeof *p);

    for (size_t i = 0; i < n; i++)
        p[i] = &lines[i];
    return p;
}

/* The one that is given at all, and then the one that has a word. */
static const char *name_of(const char *a, const char *b)
{
    return a != NULL && *a != 0 ? a : b != NULL ? b : "";
}

void reconcile_result_whole(struct reconcile_result *r, struct arena *a,
                            const struct reconcile_unit *lower,
                            const struct reconcile_unit *upper)
{
    const struct reconcile_unit *any = lower != NULL ? lower : upper;
    const struct reconcile_sum l = reconcile_sum_of(lower), u = reconcile_sum_of(upper);

    reconcile_result_add(
        r, &any->unit,
        name_of(upper != NULL ? upper->name : NULL, lower != NULL ? lower->name : NULL),
        &l, &u, lower != NULL ? pointers(lower->lines, lower->n, a) : NULL, l.count,
        upper != NULL ? pointers(upper->lines, upper->n, a) : NULL, u.count);
}

void reconcile_result_walk(struct reconcile_result *r, struct arena *a,
                           const struct reconcile_unit *ours, bool ours_lower,
                           const struct reconcile_walk *w)
{
    const struct reconcile_sum own = reconcile_sum_of(ours);
    struct reconcile_sum other = {0};
    struct reconcile_found f;
    struct reconcile_line *lines;
    const struct reconcile_line **theirs;
    const char *name;

    reconcile_walk_found(w, &f);
    other.count = f.count;
    other.root = f.root;
    lines = arena_new(a, f.n_theirs * sizeof *lines);
    for (size_t i = 0; i < f.n_theirs; i++) {
        lines[i] = f.theirs[i];
        lines[i].form = arena_str(a, lines[i].form);
        lines[i].subject = arena_str(a, lines[i].subject);
        lines[i].name = arena_str(a, lines[i].name);
    }
    theirs = pointers(lines, f.n_theirs, a);
    name = arena_str(a, name_of(f.name, ours->name));
    if (ours_lower)
        reconcile_result_add(r, &ours->unit, name, &own, &other, f.ours, f.n_ours, theirs,
                             f.n_theirs);
    else
        reconcile_result_add(r, &ours->unit, name, &other, &own, theirs, f.n_theirs,
                             f.ours, f.n_ours);
}
