/* The messages of a reconciliation, packing and reading: see reconcile.h. */
#include "proto/wire_own.h"

_Static_assert((int)RECONCILE_ON_THE_WAY ==
                   (int)HTX__V1__RECONCILE_STATE__RECONCILE_STATE_ON_THE_WAY,
               "states");

/* -- packing ------------------------------------------------------------------------ */

/* "" is absent on the wire */
static char *given(const char *s)
{
    return s != NULL && *s != 0 ? (char *)s : NULL;
}

Htx__V1__ReconcileAsk *wire_reconcile_ask_out(struct arena *a,
                                              const struct reconcile_ask *r)
{
    Htx__V1__ReconcileAsk *m = arena_new(a, sizeof *m);

    htx__v1__reconcile_ask__init(m);
    m->unit = wire_unit_out(a, &r->unit);
    m->scheme = given(r->scheme);
    m->period = given(r->period);
    SET_IF(m, prefix, r->n_prefix > 0, wire_data(r->prefix, r->n_prefix));
    SET_IF(m, list, r->list, 1);
    SET_IF(m, after, r->has_after, wire_data(r->after.b, HASH_LEN));
    SET_IF(m, epoch, r->at.epoch != 0, r->at.epoch);
    SET_IF(m, seq, r->at.epoch != 0, r->at.seq);
    SET_IF(m, fed, r->fed, 1);
    return m;
}

static void item_out(const struct reconcile_line *l, Htx__V1__ReconcileLine *m)
{
    SET(m, item, wire_data(l->item.b, HASH_LEN));
    SET_IF(m, verdict, l->verdict != VERDICT_NONE, (Htx__V1__Verdict)l->verdict);
    m->what = given(l->name);
    SET(m, kind, (Htx__V1__ItemKind)l->kind);
    SET(m, state, (Htx__V1__ReconcileState)l->state);
    SET_IF(m, desk, l->desk, 1);
    m->form = given(l->form);
    m->subject = given(l->subject);
    SET_IF(m, vintage, l->vintage != VINTAGE_NONE, (Htx__V1__Vintage)l->vintage);
    SET_IF(m, revision, l->revision != 0, l->revision);
    SET_IF(m, time, l->time != 0, l->time);
    SET_IF(m, epoch, l->at.epoch != 0, l->at.epoch);
    SET_IF(m, seq, l->at.epoch != 0, l->at.seq);
    SET_IF(m, by, l->has_by, wire_data(l->by.b, HASH_LEN));
}

static Htx__V1__ReconcileLine *row_out(struct arena *a, const struct reconcile_row *r)
{
    Htx__V1__ReconcileLine *m = arena_new(a, sizeof *m);

    htx__v1__reconcile_line__init(m);
    if (r->is_item) {
        item_out(&r->line, m);
        return m;
    }
    m->unit = wire_unit_out(a, &r->unit);
    m->what = given(r->name);
    SET_IF(m, prefix, r->n_prefix > 0, wire_data(r->prefix, r->n_prefix));
    SET(m, count, r->count);
    SET_IF(m, root, r->count > 0, wire_data(r->root.b, HASH_LEN));
    return m;
}

Htx__V1__ReconcileAnswer *wire_reconcile_answer_out(struct arena *a,
                                                    const struct reconcile_answer *r)
{
    Htx__V1__ReconcileAnswer *m = arena_new(a, sizeof *m);

    htx__v1__reconcile_answer__init(m);
    m->ask = wire_reconcile_ask_out(a, &r->ask);
    SET(m, epoch, r->at.epoch);
    SET(m, seq, r->at.seq);
    m->n_lines = r->n;
    m->lines = arena_new(a, r->n * sizeof *m->lines);
    for (size_t i = 0; i < r->n; i++)
        m->lines[i] = row_out(a, &r->rows[i]);
    SET_IF(m, more, r->more, 1);
    return m;
}

/* -- reading ------------------------------------------------------------------------ */

static bool position_in(uint64_t epoch, uint64_t seq, struct log_pos *out, struct err *e)
{
    *out = (struct log_pos){epoch, seq};
    return (epoch <= INT64_MAX && seq <= INT64_MAX) ||
           err_set(e, ERR_INPUT, "reconciliation: no such position");
}

static bool prefix_in(const ProtobufCBinaryData *d, bool has, unsigned char *out,
                      size_t *n, struct err *e)
{
    *n = has ? d->len : 0;
    if (*n > HASH_LEN)
        return err_set(e, ERR_INPUT, "reconciliation: a prefix of %zu bytes, at most %d",
                       *n, HASH_LEN);
    if (*n > 0)
        memcpy(out, d->data, *n);
    return true;
}

bool wire_reconcile_ask_in(const Htx__V1__ReconcileAsk *m, struct reconcile_ask *r,
                           struct err *e)
{
    *r = (struct reconcile_ask){.unit = unit_in(m->unit),
                                .scheme = text(m->scheme),
                                .period = text(m->period),
                                .list = m->list,
                                .has_after = m->has_after,
                                .fed = m->fed};
    if (r->scheme[0] == 0 || r->period[0] == 0)
        return err_set(e, ERR_INPUT, "reconciliation: scheme and period are required");
    if (m->unit != NULL && !unit_required(&r->unit, e))
        return false;
    if (m->unit == NULL && (m->has_prefix || m->list || m->has_after))
        return err_set(e, ERR_INPUT, "reconciliation: a part of which unit?");
    if (m->has_after && (!m->list || !FIXED(m, after, &r->after)))
        return err_set(e, ERR_INPUT,
                       "reconciliation: only a list goes on behind an item");
    return prefix_in(&m->prefix, m->has_prefix, r->prefix, &r->n_prefix, e) &&
           position_in(m->epoch, m->seq, &r->at, e);
}

static bool item_in(const Htx__V1__ReconcileLine *m, struct reconcile_line *l,
                    struct err *e)
{
    *l = (struct reconcile_line){.verdict = (enum verdict)m->verdict,
                                 .kind = (enum item_kind)m->kind,
                                 .state = (enum reconcile_state)m->state,
                                 .desk = m->desk,
                                 .form = text(m->form),
                                 .subject = text(m->subject),
                                 .name = text(m->what),
                                 .vintage = (enum vintage)m->vintage,
                                 .revision = m->revision,
                                 .time = m->time,
                                 .has_by = m->has_by};
    if (!in_enum((int)m->verdict, VERDICT_CONFLICT) ||
        !in_enum((int)m->kind, ITEM_ANSWER) ||
        !in_enum((int)m->state, RECONCILE_ON_THE_WAY) ||
        !in_enum((int)m->vintage, VINTAGE_ACTUAL))
        return err_set(e, ERR_INPUT, "reconciliation: a line of unknown words");
    return FIXED(m, item, &l->item) && position_in(m->epoch, m->seq, &l->at, e) &&
           (!m->has_by || FIXED(m, by, &l->by));
}

static bool row_in(const Htx__V1__ReconcileLine *m, struct reconcile_row *r,
                   struct err *e)
{
    *r = (struct reconcile_row){.unit = unit_in(m->unit),
                                .name = text(m->what),
                                .count = m->count,
                                .is_item = m->has_item};
    if (m->has_item)
        return item_in(m, &r->line, e);
    if (m->has_root != (m->count > 0))
        return err_set(e, ERR_INPUT, "reconciliation: a root is of at least one line");
    return prefix_in(&m->prefix, m->has_prefix, r->prefix, &r->n_prefix, e) &&
           (!m->has_root || FIXED(m, root, &r->root));
}

bool wire_reconcile_answer_in(const Htx__V1__ReconcileAnswer *m, struct arena *a,
                              struct reconcile_answer *r, struct err *e)
{
    struct reconcile_row *rows;

    *r = (struct reconcile_answer){.n = m->n_lines, .more = m->more};
    if (m->ask == NULL)
        return err_set(e, ERR_INPUT, "reconciliation: an answer to no question");
    if (r->n > WIRE_LINES)
        return err_set(e, ERR_INPUT, "reconciliation: %zu lines, at most %d", r->n,
                       WIRE_LINES);
    r->rows = rows = arena_new(a, r->n * sizeof *rows);
    for (size_t i = 0; i < r->n; i++)
        if (!row_in(m->lines[i], &rows[i], e))
            return false;
    return wire_reconcile_ask_in(m->ask, &r->ask, e) &&
           position_in(m->epoch, m->seq, &r->at, e);
}
