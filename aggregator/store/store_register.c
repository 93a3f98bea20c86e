/*
 * store over PostgreSQL: entities of which the register knows more than one loaded row,
 * for a whole group at once.
 */
#include "aggregator/store/store_pg.h"

enum { SUBJECT, ROOT, KNOWN, KIND, NAME, SECTOR, UNIT, UNIT_FROM, STATE, FOUNDED };

static const char FACTS[] =
    "select subject, root, known, kind, name, sector, unit, unit_from, state, founded"
    " from entity_now_of($1, $2)";

static void facts_from(const struct pg_rows *r, size_t i, struct arena *a,
                       struct known *k)
{
    const char *root = pg_get_text(r, i, ROOT);

    if (strcmp(root, pg_get_text(r, i, SUBJECT)) != 0)
        k->counted_under = arena_str(a, root);
    k->entity_known = pg_get_bool(r, i, KNOWN);
    if (!k->entity_known)
        return;
    snprintf(k->entity_unit, sizeof k->entity_unit, "%s", pg_get_text(r, i, UNIT));
    k->entity_unit_from = pg_get_date(r, i, UNIT_FROM);
    if (k->has_past) {
        struct subject *s = arena_new(a, sizeof *s);
        struct unit_key *unit = arena_new(a, sizeof *unit);

        *s = (struct subject){.kind = subject_of(pg_get_text(r, i, KIND)),
                              .name = arena_str(a, pg_get_text(r, i, NAME)),
                              .sector = arena_str(a, pg_get_text(r, i, SECTOR)),
                              .state = entity_state_of(pg_get_text(r, i, STATE))};
        *unit = (struct unit_key){k->entity_unit, k->entity_unit_from};
        k->past.registered = s;
        k->past.unit = unit;
        k->past.founded = pg_get_date(r, i, FOUNDED);
    }
}

/* Nothing is known of it by that day: its first fact is still to come. */
static void unknown(struct known *k)
{
    k->entity_known = false;
    k->past.registered = NULL;
    k->past.unit = NULL;
    k->past.founded = DATE_NONE;
}

bool store_pg_registered(struct store_pg_ctx *s, const struct probe *asked, size_t n,
                         struct arena *a, struct known *out, struct err *e)
{
    const char **subjects = arena_new(a, (n + 1) * sizeof *subjects);
    struct pg_rows r = {0};
    size_t n_subjects = 0;
    int32_t today = DATE_NONE;
    bool ok;

    for (size_t i = 0; i < n; i++)
        if (out[i].entity_touched) {
            subjects[n_subjects++] = asked[i].item->report.subject;
            today = asked[i].today;
        }
    ok = store_pg_ask(
        s, FACTS, (const struct pg_arg[]){pg_texts(subjects, n_subjects), pg_date(today)},
        2, &r, e);
    for (size_t i = 0; ok && i < n; i++) {
        size_t row = 0;

        if (!out[i].entity_touched)
            continue;
        while (row < r.n &&
               strcmp(pg_get_text(&r, row, SUBJECT), asked[i].item->report.subject) != 0)
            row++;
        if (row < r.n)
            facts_from(&r, row, a, &out[i]);
        else
            unknown(&out[i]);
    }
    pg_rows_clear(&r);
    return ok || err_in(e, "register of %zu entities", n_subjects);
}

static bool foreign(const struct probe *p, const struct known *k)
{
    return k->entity_known && (strcmp(k->entity_unit, p->header->unit.code) != 0 ||
                               k->entity_unit_from != p->header->unit.valid_from);
}

bool store_pg_ours(struct store_pg_ctx *s, const struct probe *asked, size_t n,
                   struct arena *a, struct known *out, struct err *e)
{
    const char **subjects = arena_new(a, (n + 1) * sizeof *subjects);
    const char **units = arena_new(a, (n + 1) * sizeof *units);
    const char **froms = arena_new(a, (n + 1) * sizeof *froms);
    size_t *which = arena_new(a, (n + 1) * sizeof *which);
    struct pg_rows r = {0};
    size_t m = 0;
    bool ok;

    for (size_t i = 0; i < n; i++) {
        out[i].entity_ours = false;
        if (foreign(&asked[i], &out[i])) {
            subjects[m] = asked[i].item->report.subject;
            units[m] = asked[i].header->unit.code;
            froms[m] = date_iso(asked[i].header->unit.valid_from, arena_new(a, 11));
            which[m++] = i;
        }
    }
    if (m == 0)
        return true;
    ok = store_pg_ask(s, "select n from reports_for($1, $2, $3::text[]::date[])",
                      (const struct pg_arg[]){pg_texts(subjects, m), pg_texts(units, m),
                                              pg_texts(froms, m)},
                      3, &r, e);
    for (size_t i = 0; ok && i < r.n; i++) {
        int64_t k = pg_get_int(&r, i, 0);

        if (k > 0 && (size_t)k <= m)
            out[which[k - 1]].entity_ours = true;
    }
    pg_rows_clear(&r);
    return ok || err_in(e, "who may report %zu entities", m);
}
