#include "aggregator/store/acts.h"

struct typed_row {
    const char *sql;
    struct pg_arg *args; /* two free places in front */
    size_t n;
};

void acts_clear(struct acts *a)
{
    free(a->list);
    arena_clear(&a->arena);
    *a = (struct acts){0};
}

static bool insert_typed(struct pg *pg, void *ctx, int64_t epoch, int64_t seq,
                         struct err *e)
{
    struct typed_row *row = ctx;

    row->args[0] = pg_int(epoch);
    row->args[1] = pg_int(seq);
    return pg_query(pg, row->sql, row->args, row->n, NULL, e);
}

void acts_add_apply(struct acts *a, const char *kind, struct json **j,
                    bool (*apply)(struct pg *pg, void *ctx, int64_t epoch, int64_t seq,
                                  struct err *e),
                    void *ctx)
{
    struct oplog_record r = {.kind = kind, .apply = apply, .ctx = ctx};
    struct bytes body = {0};

    json_write(*j, true, &body);
    json_free(j);
    r.body.p = (const unsigned char *)arena_strn(&a->arena, body.p, body.n);
    r.body.n = body.n;
    bytes_clear(&body);
    if (a->n == a->cap) {
        a->cap = a->cap != 0 ? 2 * a->cap : 16;
        a->list = mem_grow(a->list, a->cap, sizeof *a->list);
    }
    a->list[a->n++] = r;
}

void acts_add(struct acts *a, const char *kind, struct json **j, const char *sql,
              const struct pg_arg *args, size_t n)
{
    struct typed_row *row = NULL;

    if (sql != NULL) {
        row = arena_new(&a->arena, sizeof *row);
        row->sql = sql;
        row->n = n + 2;
        row->args = arena_new(&a->arena, row->n * sizeof *row->args);
        if (n != 0)
            memcpy(row->args + 2, args, n * sizeof *args);
    }
    acts_add_apply(a, kind, j, row != NULL ? insert_typed : NULL, row);
}

bool acts_append(struct acts *a, struct pg *pg, const char *actor, struct err *e)
{
    uint64_t epoch, first;

    return a->n == 0 || oplog_append(pg, actor, a->list, a->n, &epoch, &first, e);
}
