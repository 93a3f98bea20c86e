#include "proto/rules_own.h"

/* -- the report's observations, sorted -- */

static const char *str(const char *s)
{
    return s != NULL ? s : "";
}

/* strcmp() for keys, which mostly differ at once or are both empty. */
static inline int compare_word(const char *a, const char *b)
{
    if (*a != *b)
        return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
    return *a == 0 ? 0 : strcmp(a, b);
}

static int compare_breakdown(const struct observation *o, const char *b1, const char *b2)
{
    int d = compare_word(str(o->b1), b1);

    return d != 0 ? d : compare_word(str(o->b2), b2);
}

static int by_breakdown(const void *x, const void *y)
{
    const struct observation *a = *(const struct observation *const *)x;
    const struct observation *b = *(const struct observation *const *)y;
    int d = compare_breakdown(a, str(b->b1), str(b->b2));

    return d != 0 ? d : (a > b) - (a < b);
}

static void collect_codes(struct report_view *v)
{
    for (size_t i = 0; i < v->r->n_obs; i++) {
        const char *b1 = str(v->r->obs[i].b1);
        size_t k = 0;

        while (k < v->n_codes && strcmp(v->codes[k], b1) != 0)
            k++;
        if (k == v->n_codes && b1[0] != 0)
            v->codes[v->n_codes++] = b1;
    }
}

/*
 * By indicator number in one pass, then within each indicator. Those of unknown
 * indicators are not kept: nothing asks for them.
 */
void view_sort(struct report_view *v, const struct observation *list, size_t n)
{
    uint32_t last = v->c->rules->last, sum = 0, *at;

    v->last = last;
    v->first = arena_new(&v->arena, ((size_t)last + 3) * sizeof *v->first);
    v->sorted = arena_new(&v->arena, (n + 1) * sizeof *v->sorted);
    at = v->first + 1; /* where the next one goes, in the end where the next ones begin */
    for (size_t i = 0; i < n; i++)
        if (list[i].indicator <= last)
            at[list[i].indicator + 1]++;
    for (uint32_t no = 0; no <= last + 1; no++) {
        sum += at[no];
        at[no] = sum;
    }
    for (size_t i = 0; i < n; i++)
        if (list[i].indicator <= last)
            v->sorted[at[list[i].indicator]++] = &list[i];
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;

        while (end < v->first[last + 1] && end < n &&
               v->sorted[end]->indicator == v->sorted[i]->indicator)
            end++;
        if (i < v->first[last + 1] && end - i > 1)
            qsort(v->sorted + i, end - i, sizeof *v->sorted, by_breakdown);
        i = end;
    }
}

void view_open(struct report_view *v, const struct catalogue *c, const struct report *r,
               const struct past *past)
{
    char code[80];

    *v = (struct report_view){.c = c, .r = r, .past = past};
    snprintf(code, sizeof code, "%s:%s", str(r->scheme), str(r->period));
    v->period = catalogue_period(c, code);
    v->codes = arena_new(&v->arena, (r->n_obs + 1) * sizeof *v->codes);
    view_sort(v, r->obs, r->n_obs);
    view_mark(v);
    collect_codes(v);
    v->slots[SLOT_NOW] = v;
    if (past != NULL)
        view_slots(v);
}

void view_close(struct report_view *v)
{
    arena_clear(&v->arena);
    *v = (struct report_view){0};
}

const struct observation *const *view_range(const struct report_view *v,
                                            uint32_t indicator, size_t *n)
{
    *n = 0;
    if (v->first == NULL || indicator > v->last)
        return v->sorted;
    *n = v->first[indicator + 1] - v->first[indicator];
    return v->sorted + v->first[indicator];
}

const struct observation *view_find(const struct report_view *v, uint32_t indicator,
                                    const char *b1, const char *b2)
{
    size_t low = 0, high;
    const struct observation *const *o = view_range(v, indicator, &high);
    size_t n = high;

    while (n > 1 && low < high) {
        size_t mid = low + (high - low) / 2;

        if (compare_breakdown(o[mid], str(b1), str(b2)) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < n && compare_breakdown(o[low], str(b1), str(b2)) == 0 ? o[low] : NULL;
}

const char *rule_dim_of(const struct catalogue *c, const struct indicator *ind,
                        const char *code)
{
    const char *open = NULL;

    for (size_t i = 0; ind->dims[i] != NULL; i++) {
        if (catalogue_breakdown(c, ind->dims[i], code) != NULL)
            return ind->dims[i];
        if (open == NULL && catalogue_breakdown(c, ind->dims[i], "*") != NULL)
            open = ind->dims[i];
    }
    return open;
}

/* -- numbers -- */

static const struct value unknown = {.known = false};

static struct value number(__int128 v)
{
    return (struct value){.known = true, .lo = v, .hi = v};
}

struct value value_number(__int128 v)
{
    return number(v);
}

struct value value_unknown(void)
{
    return unknown;
}

static struct value truth(bool b)
{
    return number(b ? 1 : 0);
}

static __int128 divide(__int128 a, __int128 b) /* rounds half away from zero */
{
    __int128 q = a / b, r = a % b;

    if (r < 0)
        r = -r;
    if (b < 0 ? r >= -b - r : r >= b - r)
        q += (a < 0) == (b < 0) ? 1 : -1;
    return q;
}

/* 0 for nil, unknown for what is missing, refused or not yet there. */
static void put_value(const struct observation *o, struct value *out)
{
    out->known = o != NULL && (o->state == OBS_VALUE || o->state == OBS_NIL);
    out->qualified = out->open_up = out->open_down = false;
    out->lo = out->hi = 0;
    if (!out->known || o->state == OBS_NIL)
        return;
    out->lo = out->hi = o->value;
    if (o->has_upper && o->upper > o->value)
        out->hi = o->upper;
    out->qualified = o->qualifier != QUAL_NONE;
    out->open_up = o->qualifier == QUAL_MORE_THAN || o->qualifier == QUAL_AT_LEAST;
    out->open_down = o->qualifier == QUAL_LESS_THAN || o->qualifier == QUAL_AT_MOST;
}

static struct value value_of(const struct observation *o)
{
    struct value v;

    put_value(o, &v);
    return v;
}

/* The weight of the last digit: the largest power of ten in the value, up to one unit. */
static __int128 ulp(const struct observation *o, const struct indicator *ind)
{
    int64_t u = 1;

    if (o->state != OBS_VALUE || o->value == 0)
        return ind->scale;
    while (u < ind->scale && o->value % (u * 10) == 0)
        u *= 10;
    return u;
}

static struct value add(struct value a, struct value b)
{
    struct value v = {.known = a.known && b.known,
                      .qualified = a.qualified || b.qualified,
                      .open_down = a.open_down || b.open_down,
                      .open_up = a.open_up || b.open_up};

    if (!v.known || __builtin_add_overflow(a.lo, b.lo, &v.lo) ||
        __builtin_add_overflow(a.hi, b.hi, &v.hi))
        return unknown;
    return v;
}

static struct value negative(struct value a)
{
    struct value v = a;

    v.lo = -a.hi;
    v.hi = -a.lo;
    v.open_down = a.open_up;
    v.open_up = a.open_down;
    return v;
}

/* One number, no range, of 64 bits. */
static bool is_small(const struct value *v)
{
    return v->lo == v->hi && v->lo == (int64_t)v->lo;
}

static struct value multiply(struct value a, struct value b)
{
    struct value v = {.known = a.known && b.known,
                      .qualified = a.qualified || b.qualified,
                      .open_down = a.open_down || b.open_down,
                      .open_up = a.open_up || b.open_up};
    __int128 p[4];

    if (v.known && is_small(&a) && is_small(&b)) { /* nearly all of them */
        v.lo = v.hi = (__int128)(int64_t)a.lo * (int64_t)b.lo;
        return v;
    }
    if (!v.known || __builtin_mul_overflow(a.lo, b.lo, &p[0]) ||
        __builtin_mul_overflow(a.lo, b.hi, &p[1]) ||
        __builtin_mul_overflow(a.hi, b.lo, &p[2]) ||
        __builtin_mul_overflow(a.hi, b.hi, &p[3]))
        return unknown;
    v.lo = v.hi = p[0];
    for (size_t i = 1; i < COUNT(p); i++) {
        v.lo = p[i] < v.lo ? p[i] : v.lo;
        v.hi = p[i] > v.hi ? p[i] : v.hi;
    }
    return v;
}

/* The lower bounds decide: quotients serve messages and shares, not ranges. */
static struct value quotient(struct value a, struct value b)
{
    struct value v;

    if (!a.known || !b.known || b.lo == 0)
        return unknown;
    v = number(divide(a.lo, b.lo));
    v.qualified = a.qualified || b.qualified;
    return v;
}

/* a becomes what the comparison says. */
static void compare(struct value *a, const struct value *b, enum instr_op op)
{
    bool below, above; /* a is surely below b, surely not below b */

    if (!a->known || !b->known) {
        *a = unknown;
        return;
    }
    if (op == DO_EQUAL) {
        below = a->lo == a->hi && b->lo == b->hi && a->lo == b->lo;
        above = a->lo > b->hi || a->hi < b->lo;
    } else if (op == DO_LESS) {
        below = !a->open_up && !b->open_down && a->hi < b->lo;
        above = !a->open_down && !b->open_up && a->lo >= b->hi;
    } else {
        below = !a->open_up && !b->open_down && a->hi <= b->lo;
        above = !a->open_down && !b->open_up && a->lo > b->hi;
    }
    a->known = below || above;
    a->qualified = a->open_up = a->open_down = false;
    a->lo = a->hi = below;
}

static struct value equal_within(struct value a, struct value b, struct value tolerance)
{
    __int128 over, under;

    if (!a.known || !b.known || !tolerance.known)
        return unknown;
    if (__builtin_sub_overflow(a.lo, b.hi, &over) ||
        __builtin_sub_overflow(b.lo, a.hi, &under))
        return unknown;
    return truth(over <= tolerance.hi && under <= tolerance.hi);
}

static struct value both(struct value a, struct value b)
{
    if ((a.known && a.lo == 0) || (b.known && b.lo == 0))
        return truth(false);
    return a.known && b.known ? truth(true) : unknown;
}

static struct value invert(struct value a)
{
    return a.known ? truth(a.lo == 0) : unknown;
}

/* -- parts -- */

/* The breakdown code of o below (base) in this dimension; NULL when it is no part. */
static const char *part_code(const struct report_view *v, const struct indicator *ind,
                             const struct observation *o, const char *base,
                             const char *dim)
{
    const char *code = base[0] == 0 ? str(o->b1) : str(o->b2);
    const char *of;
    const struct breakdown *b;

    if (code[0] == 0 ||
        (base[0] == 0 ? str(o->b2)[0] != 0 : strcmp(str(o->b1), base) != 0))
        return NULL;
    of = rule_dim_of(v->c, ind, code);
    if (of == NULL || strcmp(of, dim) != 0)
        return NULL;
    b = catalogue_breakdown(v->c, dim, code);
    if (b == NULL || b->parent[0] == 0)
        return code;
    /* a sub-sector counts where its sector is not in the report */
    return view_find(v, ind->no, base[0] == 0 ? b->parent : base,
                     base[0] == 0 ? "" : b->parent) == NULL
               ? code
               : NULL;
}

static const struct observation *sibling(const struct report_view *v,
                                         const struct indicator *ind, const char *base,
                                         const char *code)
{
    return view_find(v, ind->no, base[0] == 0 ? code : base, base[0] == 0 ? "" : code);
}

struct walk {
    struct value sum, least, most, mode;
    __int128 ulps;
    size_t parts, repeats;
    bool gap; /* a part that will come or was refused */
};

static size_t repeats_of(const struct report_view *v, const struct indicator *ind,
                         int64_t value, const char *base, const char *dim)
{
    size_t n, count = 0;
    const struct observation *const *o = view_range(v, ind->no, &n);

    for (size_t i = 0; i < n; i++)
        count += o[i]->state == OBS_VALUE && o[i]->value == value &&
                 part_code(v, ind, o[i], base, dim) != NULL;
    return count;
}

static void walk_parts(const struct report_view *v, const struct indicator *ind,
                       const char *base, const char *dim, struct walk *w)
{
    size_t n;
    const struct observation *const *o = view_range(v, ind->no, &n);

    *w = (struct walk){.sum = number(0)};
    for (size_t i = 0; i < n; i++) {
        struct value x;

        if (o[i]->state == OBS_MISSING || o[i]->state == OBS_NOT_APPLICABLE ||
            part_code(v, ind, o[i], base, dim) == NULL)
            continue;
        x = value_of(o[i]);
        w->gap |= !x.known;
        if (!x.known)
            continue;
        w->parts++;
        w->sum = add(w->sum, x);
        w->ulps += ulp(o[i], ind);
        if (!w->least.known || x.lo < w->least.lo)
            w->least = x;
        if (!w->most.known || x.hi > w->most.hi)
            w->most = x;
        if (o[i]->state == OBS_VALUE && o[i]->value != 0) {
            size_t same = repeats_of(v, ind, o[i]->value, base, dim);

            if (same > w->repeats) {
                w->repeats = same;
                w->mode = number(o[i]->value);
            }
        }
    }
    if (w->parts == 0 || w->gap)
        w->sum = unknown;
}

static struct value eval_parts(const struct instr *i, const struct indicator *ind,
                               const char *base, const struct report_view *v)
{
    const struct observation *total = view_find(v, ind->no, base, "");
    struct walk w;

    walk_parts(v, ind, base, i->dim, &w);
    switch (i->op) {
    case PUSH_SUM:
        return w.sum;
    case PUSH_PARTS:
        return number((__int128)w.parts);
    case PUSH_ULPS:
        return number(w.ulps + (total != NULL ? ulp(total, ind) : 0));
    case PUSH_MINIMUM:
        return w.least;
    case PUSH_MAXIMUM:
        return w.most;
    case PUSH_REPEATS:
        return number((__int128)w.repeats);
    default:
        return w.mode;
    }
}

/* Σ x·w, Σ w and half of Σ ulp·w over the parts; unknown when one of a pair is missing.
 */
static struct value eval_weighted(const struct instr *i, const struct indicator *ind,
                                  const char *base, const struct report_view *v)
{
    const struct indicator *weight =
        i->weight != NULL ? i->weight : catalogue_indicator(v->c, ind->den);
    const struct observation *total = view_find(v, ind->no, base, "");
    struct value products = number(0), weights = number(0), off = number(0);
    const struct observation *const *o;
    size_t n;

    o = view_range(v, weight->no, &n);
    for (size_t k = 0; k < n; k++) {
        const char *code = part_code(v, weight, o[k], base, i->dim);
        const struct observation *x;
        struct value w = value_of(o[k]);

        if (code == NULL || (w.known && w.lo == 0 && w.hi == 0) ||
            o[k]->state == OBS_MISSING || o[k]->state == OBS_NOT_APPLICABLE)
            continue;
        x = sibling(v, ind, base, code);
        products = add(products, multiply(value_of(x), w));
        weights = add(weights, w);
        if (products.known)
            off = add(off, multiply(number(ulp(x, ind)), w));
    }
    o = view_range(v, ind->no, &n);
    for (size_t k = 0; k < n; k++) {
        const char *code = part_code(v, ind, o[k], base, i->dim);

        if (code != NULL && o[k]->state == OBS_VALUE &&
            !value_of(sibling(v, weight, base, code)).known)
            return unknown; /* a mean without its weight never enters */
    }
    if (!products.known || !weights.known || weights.lo == 0)
        return unknown;
    if (i->op == PUSH_WSUM)
        return products;
    if (i->op == PUSH_WEIGHTS)
        return weights;
    if (total != NULL)
        off = add(off, multiply(number(ulp(total, ind)), weights));
    return quotient(off, number(2));
}

/* -- the machine -- */

static const struct indicator *indicator_of(const struct instr *i, const struct spot *at)
{
    const struct indicator *ind = i->ind != NULL ? i->ind : at->ind;

    if (i->op != PUSH_VALUE || i->word == NULL)
        return ind;
    if (i->weight != NULL)
        return i->weight;
    return catalogue_indicator(at->view->c, i->word[0] == 'n' ? ind->num : ind->den);
}

/* Whole months from the as-of date to the period's cut-off. */
static struct value months(const struct observation *o, const struct period *p)
{
    int y[2], m[2], d[2];

    if (o == NULL || o->as_of == DATE_NONE || p == NULL)
        return unknown;
    date_split(o->as_of, &y[0], &m[0], &d[0]);
    date_split(p->cutoff, &y[1], &m[1], &d[1]);
    return number(12 * (y[1] - y[0]) + m[1] - m[0] - (d[1] < d[0]));
}

static struct value eval_at(const struct instr *i, const struct spot *at)
{
    const struct report_view *v = at->view->slots[i->slot];
    const struct indicator *ind = indicator_of(i, at);
    const char *b1 = i->b1 != NULL ? i->b1 : at->b1;
    const struct observation *o;
    struct value x;

    if (v == NULL)
        return i->op == PUSH_HAS ? truth(false) : unknown;
    o = view_find(v, ind->no, b1, i->b1 != NULL ? "" : at->b2);
    x = value_of(o);
    switch (i->op) {
    case PUSH_OR0:
        return x.known || (o != NULL && o->state != OBS_NOT_APPLICABLE &&
                           o->state != OBS_MISSING)
                   ? x
                   : number(0);
    case PUSH_UPPER:
        x.lo = x.hi;
        return x;
    case PUSH_ULP: /* a count is exact */
        return o == NULL ? unknown : number(ind->scale == 1 ? 0 : ulp(o, ind));
    case PUSH_HAS:
        return truth(x.known);
    case PUSH_GIVEN:
        return truth(o != NULL && o->state != OBS_MISSING);
    case PUSH_AT_CUTOFF:
        return truth(o == NULL || o->as_of == DATE_NONE || v->period == NULL ||
                     o->as_of == v->period->cutoff);
    case PUSH_IN_PERIOD:
        return truth(o == NULL || o->as_of == DATE_NONE || v->period == NULL ||
                     (o->as_of >= v->period->starts && o->as_of <= v->period->ends));
    case PUSH_DATED:
        return truth(o != NULL && o->as_of != DATE_NONE);
    case PUSH_MONTHS:
        return months(o, v->period);
    case PUSH_POPULATION:
        return truth(o != NULL && strcmp(str(o->population), i->word) == 0);
    case PUSH_VALUE:
        return x;
    default:
        return i->op >= PUSH_WSUM ? eval_weighted(i, ind, b1, v)
                                  : eval_parts(i, ind, b1, v);
    }
}

static struct value eval_peers(const struct instr *i, const struct spot *at)
{
    if (i->op == PUSH_PEERS)
        return number((__int128)at->n_peers);
    for (size_t k = 0; k < at->n_stats; k++)
        if (at->stats[k].sub == i->sub)
            return i->op == PUSH_MEDIAN ? at->stats[k].median : at->stats[k].mad;
    return unknown;
}

/* The same digits, but two neighbours in each other's place: 53 and 35. */
static bool swapped(__int128 a, __int128 b)
{
    int places = 0, first = -1;
    int da[40], db[40];

    for (; (a > 0 || b > 0) && places < 40; places++) {
        da[places] = (int)(a % 10);
        db[places] = (int)(b % 10);
        a /= 10;
        b /= 10;
    }
    for (int i = 0; i < places; i++) {
        if (da[i] == db[i])
            continue;
        if (first >= 0)
            return false;
        if (i + 1 == places || da[i] != db[i + 1] || da[i + 1] != db[i])
            return false;
        first = i++;
    }
    return first >= 0;
}

static struct value apply(const struct instr *i, struct value a, struct value b)
{
    switch (i->op) {
    case DO_ADD:
        return add(a, b);
    case DO_ADD_KNOWN:
        return !a.known ? b : !b.known ? a : add(a, b);
    case DO_SUB:
        return add(a, negative(b));
    case DO_MUL:
        return multiply(a, b);
    case DO_DIV:
        return quotient(a, b);
    case DO_PCT:
        return quotient(multiply(a, number(10000)), b);
    case DO_AND:
        return both(a, b);
    case DO_OR:
        return invert(both(invert(a), invert(b)));
    case DO_SWAPPED:
        return a.known && b.known && a.lo > 0 && b.lo > 0
                   ? truth(swapped(a.lo, b.lo) && !(a.hi > a.lo) && !(b.hi > b.lo))
                   : unknown;
    default:
        compare(&a, &b, i->op);
        return a;
    }
}

static struct value apply_one(const struct instr *i, struct value a)
{
    if (i->op == DO_NEG)
        return negative(a);
    if (i->op == DO_NOT)
        return invert(a);
    if (i->op == DO_KNOWN)
        return truth(a.known);
    if (i->op == DO_ABS)
        return a.known && a.hi < 0   ? negative(a)
               : a.known && a.lo < 0 ? (struct value){.known = true,
                                                      .qualified = a.qualified,
                                                      .hi = a.hi > -a.lo ? a.hi : -a.lo}
                                     : a;
    if (!a.known)
        return unknown;
    return number(a.qualified ? divide(a.lo < 0 ? -a.lo : a.lo, 20) : 0);
}

/* What PUSH_VALUE asks of the report itself. */
static const struct observation *find_now(const struct instr *i, const struct spot *at)
{
    const struct report_view *v = at->view;
    uint32_t no = indicator_of(i, at)->no;

    if (no <= v->last && v->first != NULL && v->first[no] == v->first[no + 1])
        return NULL; /* most reports have few of what the rules name */
    return view_find(v, no, i->b1 != NULL ? i->b1 : at->b1, i->b1 != NULL ? "" : at->b2);
}

struct value rule_eval(const struct code *code, struct spot *at)
{
    struct value stack[RULE_STACK + 1]; /* what is popped was pushed: the parser counts */
    size_t n = 0;

    stack[0] = unknown;
    for (size_t k = 0; k < code->n; k++) {
        const struct instr *i = &code->list[k];

        if (i->op == PUSH_VALUE && i->slot == SLOT_NOW) { /* nearly all of them */
            put_value(find_now(i, at), &stack[n]);
            at->qualified |= stack[n++].qualified;
        } else if (i->op == PUSH_CONST) {
            stack[n++] = number(i->k);
        } else if (i->op >= PUSH_PEERS && i->op <= PUSH_MAD) {
            stack[n++] = eval_peers(i, at);
        } else if (i->op == PUSH_CLASS) {
            stack[n++] = rule_class(at->view, i->word, at->b1);
        } else if (i->op >= PUSH_IS && i->op <= PUSH_SHARED) {
            stack[n++] = rule_fact(i, at->view);
        } else if (i->op == DO_ADD_KNOWN) { /* sums of many that hardly any report has */
            n--;
            if (stack[n].known || !stack[n - 1].known)
                stack[n - 1] = apply(i, stack[n - 1], stack[n]);
        } else if (i->op < DO_SCALE) {
            stack[n] = eval_at(i, at);
            at->qualified |= stack[n++].qualified;
        } else if (i->op == DO_SCALE) {
            struct value *x = &stack[n - 1 - (size_t)i->depth];

            *x = multiply(*x, number(i->k));
        } else if (i->op == DO_EQUAL_WITHIN) {
            n -= 2;
            stack[n - 1] = equal_within(stack[n - 1], stack[n], stack[n + 1]);
        } else if (i->op >= DO_NEG && i->op <= DO_ABOUT) {
            stack[n - 1] = apply_one(i, stack[n - 1]);
        } else if (i->op >= DO_LESS && i->op <= DO_EQUAL) {
            n--;
            compare(&stack[n - 1], &stack[n], i->op);
        } else {
            n--;
            stack[n - 1] = apply(i, stack[n - 1], stack[n]);
        }
    }
    return stack[0];
}
