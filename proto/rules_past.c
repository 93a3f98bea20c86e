/*
 * rules_past - the reports of a subject sorted into slots (the period before, the same
 * period of last year, the plan ...), and what the register, the texts and the past say
 * in whole numbers and conditions.
 */
#include "proto/base/text.h"
#include "proto/rules_own.h"

static const char *str(const char *s)
{
    return s != NULL ? s : "";
}

/* -- periods -- */

static bool a_year_before(const struct period *p, const struct period *q)
{
    int y[2], m[2], d[2];

    date_split(p->ends, &y[0], &m[0], &d[0]);
    date_split(q->ends, &y[1], &m[1], &d[1]);
    return y[1] == y[0] - 1 && m[1] == m[0] && d[1] - d[0] <= 3 && d[0] - d[1] <= 3;
}

/* Does a report for q stand in this slot of a report for p, as far as periods go? */
static bool period_fits(enum slot slot, const struct period *p, const struct period *q)
{
    bool like = strcmp(p->kind, q->kind) == 0;

    if (strcmp(p->scheme, q->scheme) != 0)
        return false;
    switch (slot) {
    case SLOT_PREV:
        return like && q->ends + 1 == p->starts;
    case SLOT_OPENING:
        return q->ends + 1 == p->starts;
    case SLOT_LASTYEAR:
        return like && a_year_before(p, q);
    case SLOT_PLAN:
    case SLOT_ESTIMATE:
    case SLOT_OTHER:
        return p == q;
    case SLOT_HALF:
        return q->starts == p->starts && q->ends < p->ends;
    case SLOT_NOW:
    case SLOT_COUNT:
        break;
    }
    return false;
}

size_t rules_past_periods(const struct catalogue *c, const struct period *p,
                          const struct period **out, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_periods && n < max; i++)
        for (enum slot s = SLOT_PREV; s < SLOT_COUNT; s++)
            if (period_fits(s, p, &c->periods[i])) {
                out[n++] = &c->periods[i];
                break;
            }
    return n;
}

/* -- slots -- */

static bool vintage_fits(enum slot slot, const struct report *r,
                         const struct past_report *q)
{
    switch (slot) {
    case SLOT_PLAN:
        return q->vintage == VINTAGE_PLAN && r->vintage != VINTAGE_PLAN;
    case SLOT_ESTIMATE:
        return q->vintage == VINTAGE_ESTIMATE && r->vintage == VINTAGE_ACTUAL;
    case SLOT_OTHER:
        return q->vintage == r->vintage && strcmp(str(q->form), str(r->form)) != 0;
    case SLOT_HALF:
        return q->vintage == VINTAGE_ACTUAL && r->vintage != VINTAGE_PLAN;
    default:
        return q->vintage == VINTAGE_ACTUAL || q->vintage == VINTAGE_ESTIMATE;
    }
}

/* Of several reports in one slot the one to believe comes first. */
struct candidate {
    const struct past_report *r;
    int rank[5];
};

static int by_rank(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;

    for (size_t i = 0; i < COUNT(a->rank); i++)
        if (a->rank[i] != b->rank[i])
            return a->rank[i] < b->rank[i] ? -1 : 1;
    return (a->r > b->r) - (a->r < b->r);
}

static const struct period *period_of(const struct catalogue *c,
                                      const struct past_report *q)
{
    char code[80];

    snprintf(code, sizeof code, "%s:%s", str(q->scheme), str(q->period));
    return catalogue_period(c, code);
}

/* One view of them all: of equal cells that of the better report comes first. */
static void fill(struct report_view *v, enum slot slot, struct candidate *list, size_t n)
{
    struct report_view *s = arena_new(&v->arena, sizeof *s);
    struct observation *all;
    size_t total = 0;

    qsort(list, n, sizeof *list, by_rank);
    for (size_t i = 0; i < n; i++)
        total += list[i].r->n_obs;
    all = arena_new(&v->arena, (total + 1) * sizeof *all);
    *s = (struct report_view){.c = v->c, .r = v->r, .period = period_of(v->c, list[0].r)};
    total = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < list[i].r->n_obs; k++)
            all[total++] = list[i].r->obs[k];
    s->arena = v->arena; /* lent: one clear frees all */
    view_sort(s, all, total);
    v->arena = s->arena;
    s->arena = (struct arena){0};
    v->slots[slot] = s;
}

void view_slots(struct report_view *v)
{
    const struct past *past = v->past;
    struct candidate *list = mem_array(past->n_reports + 1, sizeof *list);

    for (enum slot s = SLOT_PREV; s < SLOT_COUNT && v->period != NULL; s++) {
        size_t n = 0;

        for (size_t i = 0; i < past->n_reports; i++) {
            const struct past_report *q = &past->reports[i];
            const struct period *p = period_of(v->c, q);

            if (p == NULL || !period_fits(s, v->period, p) || !vintage_fits(s, v->r, q))
                continue;
            list[n++] = (struct candidate){
                q,
                {strcmp(p->kind, v->period->kind) != 0, s == SLOT_HALF ? -p->ends : 0,
                  strcmp(str(q->form), str(v->r->form)) != 0, -(int)q->vintage,
                  (int)q->channel}
            };
        }
        if (n > 0)
            fill(v, s, list, n);
    }
    free(list);
}

/* -- facts -- */

/* Amounts and means that both know and that are not nothing: how many, how many alike. */
static struct value compare_slot(const struct instr *i, const struct report_view *v)
{
    const struct report_view *s = v->slots[i->slot];
    __int128 shared = 0, same = 0;

    for (size_t k = 0; s != NULL && k < v->r->n_obs; k++) {
        const struct observation *o = &v->r->obs[k], *q;
        const struct indicator *ind = catalogue_indicator_no(v->c, o->indicator);

        if (ind == NULL || (ind->type != IND_FLOW && ind->type != IND_MEAN) ||
            o->state != OBS_VALUE || o->value == 0)
            continue;
        q = view_find(s, o->indicator, o->b1, o->b2);
        if (q == NULL || q->state != OBS_VALUE)
            continue;
        shared++;
        same += q->value == o->value;
    }
    return value_number(i->op == PUSH_SAME ? same : shared);
}

static const char *upper_sector(const struct catalogue *c, const char *code)
{
    const struct breakdown *b = catalogue_breakdown(c, "sector", str(code));

    return b != NULL && b->parent[0] != 0 ? b->parent : str(code);
}

/* "Hợp tác xã Bình Lư", "HTX BÌNH LƯ" and "htx. Bình Lư" are one name. */
static const char *name_core(struct arena *a, const char *name)
{
    static const char *const kinds[] = {"liên hiệp hợp tác xã",
                                        "liên hiệp htx",
                                        "lhhtx",
                                        "quỹ tín dụng nhân dân",
                                        "qtdnd",
                                        "hợp tác xã",
                                        "htx",
                                        "tổ hợp tác",
                                        "tht"};
    char *key = text_key(a, str(name)), *to;

    if (key == NULL)
        return "";
    to = key;
    for (const char *p = key; *p != 0; p++) /* punctuation is a matter of taste */
        if (strchr(".,;:'\"()/", *p) == NULL &&
            (*p != ' ' || (to > key && to[-1] != ' ')))
            *to++ = *p;
        else if (to > key && to[-1] != ' ')
            *to++ = ' ';
    while (to > key && to[-1] == ' ')
        to--;
    *to = 0;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        char *kind = text_key(a, kinds[i]);
        size_t n = strlen(kind);

        if (strncmp(key, kind, n) == 0 && key[n] == ' ')
            return key + n + 1;
    }
    return key;
}

static struct value name_differs(const struct report_view *v, const struct subject *s)
{
    struct arena a = {0};
    bool differs;

    if (str(s->name)[0] == 0 || str(v->r->subject.name)[0] == 0)
        return value_unknown();
    differs = strcmp(name_core(&a, s->name), name_core(&a, v->r->subject.name)) != 0;
    arena_clear(&a);
    return value_number(differs);
}

static struct value from_register(const struct instr *i, const struct report_view *v)
{
    const struct subject *s = v->past != NULL ? v->past->registered : NULL;
    const struct subject *r = &v->r->subject;

    if (v->past == NULL)
        return value_unknown();
    if (i->op == PUSH_REGISTERED)
        return value_number(s != NULL);
    if (s == NULL)
        return value_unknown();
    if (i->op == PUSH_NAME_DIFFERS)
        return name_differs(v, s);
    if (i->op == PUSH_REGISTER_STATE)
        return s->state == STATE_NONE
                   ? value_unknown()
                   : value_number(s->state == entity_state_of(i->word));
    if (i->op == PUSH_KIND_DIFFERS)
        return s->kind == SUBJECT_NONE ? value_unknown()
                                       : value_number(s->kind != r->kind);
    if (str(s->sector)[0] == 0 || str(r->sector)[0] == 0)
        return value_unknown();
    return value_number(
        strcmp(upper_sector(v->c, s->sector), upper_sector(v->c, r->sector)) != 0);
}

static struct value age(const struct report_view *v)
{
    int y[2], m[2], d[2];

    if (v->past == NULL || v->past->founded == DATE_NONE || v->period == NULL)
        return value_unknown();
    date_split(v->past->founded, &y[0], &m[0], &d[0]);
    date_split(v->period->cutoff, &y[1], &m[1], &d[1]);
    return value_number(12 * (y[1] - y[0]) + m[1] - m[0] - (d[1] < d[0]));
}

static struct value second_channel(const struct report_view *v)
{
    if (v->past == NULL)
        return value_unknown();
    for (size_t i = 0; i < v->past->n_reports; i++) {
        const struct past_report *q = &v->past->reports[i];

        if (q->vintage == v->r->vintage && q->channel != v->r->channel &&
            strcmp(str(q->form), str(v->r->form)) == 0 && period_of(v->c, q) == v->period)
            return value_number(1);
    }
    return value_number(0);
}

static const char *named_text(const struct report *r, const char *key)
{
    for (size_t i = 0; i < r->n_texts; i++)
        if (strcmp(str(r->texts[i].key), key) == 0)
            return str(r->texts[i].text);
    return "";
}

static struct value longest_text(const struct report *r)
{
    __int128 longest = 0;

    for (size_t i = 0; i < r->n_texts; i++) {
        __int128 n = 0;

        for (const char *p = str(r->texts[i].text); *p != 0; p++)
            n += ((unsigned char)*p & 0xc0) != 0x80;
        longest = n > longest ? n : longest;
    }
    return value_number(longest);
}

static struct value variants(struct report_view *v)
{
    if (!v->looked_for_variants)
        view_variants(v);
    return value_number((__int128)v->n_variants);
}

static struct value counted(int64_t n)
{
    return n < 0 ? value_unknown() : value_number(n);
}

struct value rule_fact(const struct instr *i, struct report_view *v)
{
    const char *have = NULL;

    switch (i->op) {
    case PUSH_IS:
        have = subject_word(v->r->subject.kind);
        break;
    case PUSH_STATE:
        have = entity_state_word(v->r->subject.state);
        break;
    case PUSH_VINTAGE:
        have = vintage_word(v->r->vintage);
        break;
    case PUSH_PERIOD:
        have = v->period != NULL ? v->period->kind : NULL;
        break;
    case PUSH_HAS_TEXT:
        return value_number(named_text(v->r, i->word)[0] != 0);
    case PUSH_LONGEST_TEXT:
        return longest_text(v->r);
    case PUSH_VARIANTS:
        return variants(v);
    case PUSH_SECOND_CHANNEL:
        return second_channel(v);
    case PUSH_AGE:
        return age(v);
    case PUSH_EXPECTED:
        return v->past != NULL ? counted(v->past->expected) : value_unknown();
    case PUSH_LISTED:
        return v->past != NULL ? counted(v->past->listed) : value_unknown();
    case PUSH_SAME:
    case PUSH_SHARED:
        return compare_slot(i, v);
    default:
        return from_register(i, v);
    }
    return value_number(have != NULL && strcmp(have, i->word) == 0);
}

/* -- words of arguments -- */

static const char *state_name(const struct catalogue *c, enum entity_state s)
{
    const struct breakdown *b = catalogue_breakdown(c, "state", entity_state_word(s));

    return b != NULL ? b->name_vi : str(entity_state_word(s));
}

static const char *sector_name(const struct catalogue *c, const char *code)
{
    const struct breakdown *b = catalogue_breakdown(c, "sector", str(code));

    return b != NULL ? b->name_vi : str(code);
}

const char *rule_words(const struct instr *i, const struct spot *at, struct arena *a)
{
    const struct report_view *v = at->view;
    const struct subject *s = v->past != NULL ? v->past->registered : NULL;
    const struct observation *o;
    char *day = arena_new(a, 11);

    switch (i->op) {
    case TEXT_NAME:
        return str(v->r->subject.name);
    case TEXT_REGISTER_NAME:
        return s != NULL ? str(s->name) : "";
    case TEXT_REGISTER_SECTOR:
        return s != NULL ? sector_name(v->c, s->sector) : "";
    case TEXT_REGISTER_STATE:
        return s != NULL ? state_name(v->c, s->state) : "";
    case TEXT_STATE:
        return state_name(v->c, v->r->subject.state);
    case TEXT_FOUNDED:
        return date_vi(v->past != NULL ? v->past->founded : DATE_NONE, day);
    case TEXT_AS_OF:
        o = at->ind != NULL ? view_find(v, at->ind->no, at->b1, at->b2) : NULL;
        return date_vi(o != NULL ? o->as_of : DATE_NONE, day);
    case TEXT_CUTOFF:
        return date_vi(v->period != NULL ? v->period->cutoff : DATE_NONE, day);
    case TEXT_VARIANT:
        return v->n_variants > 0 ? v->variants[0].one : "";
    case TEXT_OTHER_VARIANT:
        return v->n_variants > 0 ? v->variants[0].other : "";
    case TEXT_NAMED:
        return named_text(v->r, i->word);
    case TEXT_CLASS:
        return rule_class_name(v, i->word);
    case TEXT_CLASS_LAW:
        return rule_class_law(v, i->word);
    default:
        return "";
    }
}
