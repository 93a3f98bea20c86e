/* store over PostgreSQL: the reports that answers of units are about. */
#include "aggregator/store/store_pg.h"

static const char ABOUT[] =
    "select p.hash, p.unit, p.unit_from, p.scheme, p.period, p.vintage, t.hash,"
    " exists (select from supersession s where s.old = t.hash) from report p"
    " cross join lateral (select coalesce(p.duplicate_of, p.hash) as hash) t"
    " where p.hash = any($1::bytea[])";

static bool same_words(const struct pg_rows *r, size_t i, const struct probe *p)
{
    const struct explanation *x = &p->item->answer;

    return strcmp(pg_get_text(r, i, 1), p->header->unit.code) == 0 &&
           pg_get_date(r, i, 2) == p->header->unit.valid_from &&
           strcmp(pg_get_text(r, i, 3), x->scheme) == 0 &&
           strcmp(pg_get_text(r, i, 4), x->period) == 0 &&
           strcmp(pg_get_text(r, i, 5), vintage_word(x->vintage)) == 0;
}

static void found(const struct pg_rows *r, const struct probe *p, struct known *k)
{
    struct hash h;

    for (size_t i = 0; i < r->n; i++) {
        if (!pg_get_hash(r, i, 0, &h) || !hash_eq(&h, &p->item->answer.about))
            continue;
        k->about_known = pg_get_hash(r, i, 6, &k->about_target);
        k->about_own = same_words(r, i, p);
        k->about_gone = pg_get_bool(r, i, 7);
    }
}

static bool is_answer(const struct probe *p)
{
    return p->item->kind == ITEM_ANSWER && p->item->not_now == NOT_NOW_NONE;
}

bool store_pg_probe_answers(struct store_pg_ctx *s, const struct probe *asked, size_t n,
                            struct known *out, struct err *e)
{
    struct arena a = {0};
    struct hash *abouts = arena_new(&a, n * sizeof *abouts);
    struct pg_rows r = {0};
    size_t n_abouts = 0;
    bool ok = true;

    for (size_t i = 0; i < n; i++)
        if (is_answer(&asked[i]))
            abouts[n_abouts++] = asked[i].item->answer.about;
    if (n_abouts > 0) {
        const struct pg_arg args[] = {pg_hashes(abouts, n_abouts)};

        ok = store_pg_up(s, e) && pg_query(s->pg, ABOUT, args, COUNT(args), &r, e);
        if (!ok)
            store_pg_drop(s);
    }
    for (size_t i = 0; ok && i < n; i++)
        if (is_answer(&asked[i]))
            found(&r, &asked[i], &out[i]);
    pg_rows_clear(&r);
    arena_clear(&a);
    return ok;
}
