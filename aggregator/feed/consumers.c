#include "aggregator/feed/consumers.h"

bool consumers_load(struct consumers *c, struct pg *pg, struct err *e)
{
    static const char SQL[] =
        "select public, unit, use from (select distinct on (public) * from key"
        "  where public in (select k.public from key k"
        "   where k.use in ('feed', 'publications'))"
        "  order by public, epoch desc, seq desc) k"
        " where not revoked and use in ('feed', 'publications')"
        " order by public collate \"C\"";
    struct pg_rows rows = {0};

    if (!pg_query(pg, SQL, NULL, 0, &rows, e))
        return err_in(e, "consumers");
    consumers_clear(c);
    c->list = arena_new(&c->arena, rows.n * sizeof *c->list);
    for (size_t i = 0; i < rows.n; i++) {
        struct consumer *one = &c->list[c->n];

        if (!curve_valid(pg_get_text(&rows, i, 0)))
            continue;
        memcpy(one->curve, pg_get_text(&rows, i, 0), CURVE_LEN);
        one->code = arena_str(&c->arena, pg_get_text(&rows, i, 1));
        one->full = strcmp(pg_get_text(&rows, i, 2), "feed") == 0;
        c->n++;
    }
    pg_rows_clear(&rows);
    return true;
}

void consumers_clear(struct consumers *c)
{
    arena_clear(&c->arena);
    *c = (struct consumers){0};
}

static int by_curve(const void *a, const void *b)
{
    return strcmp(((const struct consumer *)a)->curve,
                  ((const struct consumer *)b)->curve);
}

const struct consumer *consumer_of(const struct consumers *c, const char *curve)
{
    struct consumer key;

    if (c->n == 0 || strlen(curve) != CURVE_LEN - 1)
        return NULL;
    memcpy(key.curve, curve, CURVE_LEN);
    return bsearch(&key, c->list, c->n, sizeof key, by_curve);
}

bool consumer_may(const struct consumer *c, enum feed_chain chain)
{
    return c->full || chain == FEED_PUBLICATIONS;
}
