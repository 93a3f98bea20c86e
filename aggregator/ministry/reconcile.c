#include "aggregator/ministry/reconcile.h"

#include <inttypes.h>

static struct reconcile_unit *own_unit(const struct reconcile_doc *d,
                                       const struct unit_key *u)
{
    for (size_t i = 0; i < d->n_units; i++)
        if (d->units[i].unit.valid_from == u->valid_from &&
            strcmp(d->units[i].unit.code, u->code) == 0)
            return &d->units[i];
    return NULL;
}

/* Question by question until what differs is known. */
static bool narrow(struct ask *ask, const struct reconcile_doc *own,
                   const struct reconcile_unit *ours, struct arena *a,
                   struct reconcile_result *r, struct err *e)
{
    struct reconcile_walk *w;
    struct reconcile_ask q;
    bool ok = true;

    reconcile_walk_open(&w, ours, own->scheme, own->period, &own->party.at, true);
    while (ok && reconcile_walk_next(w, &q)) {
        struct reconcile_answer answer;
        struct arena round = {0};

        ok = ask_question(ask, &q, &round, &answer, e) &&
             (reconcile_walk_take(w, &answer, e) || e->kind == ERR_NONE);
        arena_clear(&round);
    }
    if (ok)
        reconcile_result_walk(r, a, ours, false, w);
    reconcile_walk_close(&w);
    return ok;
}

static bool compare_unit(struct ask *ask, const struct reconcile_doc *own,
                         const struct reconcile_row *theirs, struct arena *a,
                         struct reconcile_result *r, struct err *e)
{
    const struct reconcile_unit *ours = own_unit(own, &theirs->unit);
    struct reconcile_sum mine = reconcile_sum_of(ours);
    const struct reconcile_sum other = {.count = theirs->count, .root = theirs->root};
    struct reconcile_unit *none;

    if (ours == NULL && theirs->count == 0)
        return true;
    if (mine.count == other.count && hash_eq(&mine.root, &other.root)) {
        reconcile_result_add(r, &ours->unit, ours->name, &other, &mine, NULL, 0, NULL, 0);
        return true;
    }
    if (ours != NULL)
        return narrow(ask, own, ours, a, r, e);
    none = arena_new(a, sizeof *none);
    *none = (struct reconcile_unit){
        .unit = {arena_str(a, theirs->unit.code), theirs->unit.valid_from},
        .name = arena_str(a, theirs->name)
    };
    return reconcile_ready(none, a, e) && narrow(ask, own, none, a, r, e);
}

static bool named(const struct reconcile_answer *list, const struct unit_key *u)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->rows[i].unit.valid_from == u->valid_from &&
            strcmp(list->rows[i].unit.code, u->code) == 0)
            return true;
    return false;
}

/* Units that the copy has and the province does not name. */
static void only_ours(const struct reconcile_doc *own,
                      const struct reconcile_answer *list, const char *unit,
                      struct arena *a, struct reconcile_result *r)
{
    for (size_t i = 0; i < own->n_units; i++) {
        const struct reconcile_unit *u = &own->units[i];

        if ((unit == NULL || strcmp(unit, u->unit.code) == 0) && !named(list, &u->unit) &&
            u->n > 0)
            reconcile_result_whole(r, a, NULL, u);
    }
}

bool ministry_reconcile(struct ask *ask, const struct reconcile_doc *own,
                        const char *unit, struct arena *a, struct reconcile_result *r,
                        struct err *e)
{
    const struct reconcile_ask q = {
        .unit = {"", DATE_NONE},
        .scheme = own->scheme,
        .period = own->period,
        .at = own->party.at,
        .fed = true
    };
    struct reconcile_answer list;

    if (!ask_question(ask, &q, a, &list, e))
        return false;
    if (list.at.epoch != q.at.epoch || list.at.seq != q.at.seq)
        return err_set(e, ERR_INPUT,
                       "the province's log ends at %" PRIu64 ".%" PRIu64
                       ", the copy goes on to %" PRIu64 ".%" PRIu64
                       ": it was restored from an older state (province list, province "
                       "follow)",
                       list.at.epoch, list.at.seq, q.at.epoch, q.at.seq);
    if (list.more)
        return err_set(e, ERR_INPUT, "the province names more than %d units", WIRE_LINES);
    for (size_t i = 0; i < list.n; i++)
        if (list.rows[i].is_item)
            return err_set(e, ERR_INPUT, "the province answers something else");
    r->lower.at = list.at;
    r->lower.made_at = clock_wall();
    for (size_t i = 0; i < list.n; i++)
        if ((unit == NULL || strcmp(unit, list.rows[i].unit.code) == 0) &&
            !compare_unit(ask, own, &list.rows[i], a, r, e))
            return false;
    only_ours(own, &list, unit, a, r);
    return true;
}
