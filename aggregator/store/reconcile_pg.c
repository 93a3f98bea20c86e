#include "aggregator/store/reconcile_pg.h"

static const char *const STATES[] = {
    [RECONCILE_COUNTS] = "counts",           [RECONCILE_REPLACED] = "replaced",
    [RECONCILE_WITHDRAWN] = "withdrawn",     [RECONCILE_DUPLICATE] = "duplicate",
    [RECONCILE_NOT_COUNTED] = "not_counted", [RECONCILE_LET_IN] = "let_in",
    [RECONCILE_LEFT_OUT] = "left_out",
};

bool reconcile_tip(struct pg *pg, struct log_pos *at, struct err *e)
{
    struct pg_rows r = {0};

    *at = (struct log_pos){0};
    if (!pg_query(pg,
                  "select epoch, last_seq from commit order by epoch desc, number desc"
                  " limit 1",
                  NULL, 0, &r, e))
        return err_in(e, "the end of the log");
    if (r.n > 0)
        *at = (struct log_pos){(uint64_t)pg_get_int(&r, 0, 0),
                               (uint64_t)pg_get_int(&r, 0, 1)};
    pg_rows_clear(&r);
    return true;
}

static enum verdict verdict_of(const char *word)
{
    for (int v = VERDICT_ACCEPTED; v <= VERDICT_CONFLICT; v++)
        if (strcmp(verdict_word((enum verdict)v), word) == 0)
            return (enum verdict)v;
    return VERDICT_NONE;
}

static enum reconcile_state state_of(const char *word)
{
    for (size_t i = 1; i < COUNT(STATES); i++)
        if (strcmp(STATES[i], word) == 0)
            return (enum reconcile_state)i;
    return RECONCILE_NONE;
}

enum column {
    C_UNIT,
    C_UNIT_FROM,
    C_UNIT_NAME,
    C_ITEM,
    C_VERDICT,
    C_KIND,
    C_STATE,
    C_DESK,
    C_FORM,
    C_SUBJECT,
    C_NAME,
    C_VINTAGE,
    C_REVISION,
    C_TIME,
    C_EPOCH,
    C_SEQ,
    C_BY,
};

static const char LINES[] =
    "select l.unit, l.unit_from, coalesce(u.name, ''), l.item, l.verdict, l.kind,"
    " l.state, l.desk, l.form, l.subject, l.name, l.vintage, l.revision,"
    " (extract(epoch from l.at) * 1000)::bigint, l.epoch, l.seq, l.by"
    " from reconcile_lines($1, $2, $3, $4, $5, $6) l"
    " left join unit_at($5, $6) u on u.code = l.unit and u.valid_from = l.unit_from"
    " where not $7 or l.verdict <> 'refused'"
    " order by l.unit collate \"C\", l.unit_from, l.item";

static const char NAME[] = "select name from unit_at($1, $2) where code = $3"
                           " and valid_from = $4";

static bool line_of(const struct pg_rows *r, size_t i, struct arena *a,
                    struct reconcile_line *l)
{
    *l = (struct reconcile_line){
        .verdict = verdict_of(pg_get_text(r, i, C_VERDICT)),
        .kind = (enum item_kind)pg_get_int(r, i, C_KIND),
        .state = state_of(pg_get_text(r, i, C_STATE)),
        .desk = pg_get_bool(r, i, C_DESK),
        .form = arena_str(a, pg_get_text(r, i, C_FORM)),
        .subject = arena_str(a, pg_get_text(r, i, C_SUBJECT)),
        .name = arena_str(a, pg_get_text(r, i, C_NAME)),
        .vintage = vintage_of(pg_get_text(r, i, C_VINTAGE)),
        .revision = (uint32_t)pg_get_int(r, i, C_REVISION),
        .time = pg_get_int(r, i, C_TIME),
        .at = {(uint64_t)pg_get_int(r, i, C_EPOCH), (uint64_t)pg_get_int(r, i, C_SEQ)},
    };
    l->has_by = pg_get_hash(r, i, C_BY, &l->by);
    return pg_get_hash(r, i, C_ITEM, &l->item);
}

static bool same_unit(const struct reconcile_unit *u, const char *code, int32_t from)
{
    return u->unit.valid_from == from && strcmp(u->unit.code, code) == 0;
}

static bool empty_unit(struct pg *pg, const struct unit_key *unit,
                       const struct log_pos *at, struct arena *a,
                       struct reconcile_unit *out, struct err *e)
{
    const struct pg_arg args[] = {pg_int((int64_t)at->epoch), pg_int((int64_t)at->seq),
                                  pg_text(unit->code), pg_date(unit->valid_from)};
    struct pg_rows r = {0};

    if (!pg_query(pg, NAME, args, COUNT(args), &r, e))
        return false;
    *out = (struct reconcile_unit){
        .unit = {arena_str(a, unit->code), unit->valid_from},
        .name = arena_str(a, r.n > 0 ? pg_get_text(&r, 0, 0) : "")
    };
    pg_rows_clear(&r);
    return true;
}

bool reconcile_load(struct pg *pg, const char *scheme, const char *period,
                    const struct unit_key *unit, const struct log_pos *at, bool fed,
                    struct arena *a, struct reconcile_unit **out, size_t *n,
                    struct err *e)
{
    const struct pg_arg args[] = {pg_text(scheme),
                                  pg_text(period),
                                  pg_text(unit != NULL ? unit->code : NULL),
                                  pg_date(unit != NULL ? unit->valid_from : DATE_NONE),
                                  pg_int((int64_t)at->epoch),
                                  pg_int((int64_t)at->seq),
                                  pg_bool(fed)};
    bool one = unit != NULL && unit->valid_from != DATE_NONE;
    struct reconcile_unit *list;
    struct reconcile_line *lines;
    struct pg_rows r = {0};
    bool ok = true;

    *n = 0;
    if (!pg_query(pg, LINES, args, COUNT(args), &r, e))
        return err_in(e, "lines of %s:%s", scheme, period);
    lines = arena_new(a, r.n * sizeof *lines);
    *out = list = arena_new(a, (r.n + 1) * sizeof *list);
    for (size_t i = 0; i < r.n && ok; i++) {
        const char *code = pg_get_text(&r, i, C_UNIT);
        int32_t from = pg_get_date(&r, i, C_UNIT_FROM);

        if (*n == 0 || !same_unit(&list[*n - 1], code, from))
            list[(*n)++] = (struct reconcile_unit){
                .unit = {arena_str(a, code), from},
                .name = arena_str(a, pg_get_text(&r, i, C_UNIT_NAME)),
                .lines = &lines[i]
            };
        list[*n - 1].n++;
        if (!line_of(&r, i, a, &lines[i]))
            ok = err_set(e, ERR_SETUP, "lines of %s:%s: an item without its hash", scheme,
                         period);
    }
    pg_rows_clear(&r);
    if (ok && *n == 0 && one)
        ok = empty_unit(pg, unit, at, a, &list[(*n)++], e);
    for (size_t i = 0; i < *n && ok; i++)
        ok = reconcile_ready(&list[i], a, e);
    return ok;
}

/* -- questions that follow each other ------------------------------------------------ */

static bool holds(const struct reconcile_held *h, const struct reconcile_ask *ask)
{
    return h->filled && ask->at.epoch != 0 && h->ask.at.epoch == ask->at.epoch &&
           h->ask.at.seq == ask->at.seq && h->ask.fed == ask->fed &&
           h->ask.unit.valid_from == ask->unit.valid_from &&
           strcmp(h->ask.unit.code, ask->unit.code) == 0 &&
           strcmp(h->ask.scheme, ask->scheme) == 0 &&
           strcmp(h->ask.period, ask->period) == 0;
}

void reconcile_held_clear(struct reconcile_held *h)
{
    arena_clear(&h->arena);
    *h = (struct reconcile_held){0};
}

static bool hold(struct reconcile_held *h, struct pg *pg, const struct reconcile_ask *ask,
                 struct err *e)
{
    struct log_pos tip;

    reconcile_held_clear(h);
    if (!reconcile_tip(pg, &tip, e))
        return false;
    h->ask = *ask;
    h->ask.unit.code = arena_str(&h->arena, ask->unit.code);
    h->ask.scheme = arena_str(&h->arena, ask->scheme);
    h->ask.period = arena_str(&h->arena, ask->period);
    if (ask->at.epoch == 0 || ask->at.epoch > tip.epoch ||
        (ask->at.epoch == tip.epoch && ask->at.seq > tip.seq))
        h->ask.at = tip; /* who knows a longer log than ours is told how long it is */
    h->filled = reconcile_load(pg, h->ask.scheme, h->ask.period,
                               *h->ask.unit.code != 0 ? &h->ask.unit : NULL, &h->ask.at,
                               h->ask.fed, &h->arena, &h->units, &h->n, e);
    return h->filled;
}

bool reconcile_held_answer(struct reconcile_held *h, struct pg *pg,
                           const struct reconcile_ask *ask, struct arena *a,
                           struct reconcile_answer *out, struct err *e)
{
    if (!holds(h, ask) && !hold(h, pg, ask, e))
        return false;
    if (*ask->unit.code != 0)
        reconcile_answer(&h->units[0], ask, a, out);
    else
        reconcile_answer_units(h->units, h->n, ask, a, out);
    out->at = h->ask.at;
    return true;
}
