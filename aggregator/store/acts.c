#include "aggregator/store/acts.h"

void acts_clear(struct acts *a)
{
    free(a->list);
    arena_clear(&a->arena);
    *a = (struct acts){0};
}

static struct oplog_record *one_more(struct acts *a)
{
    if (a->n == a->cap) {
        a->cap = a->cap != 0 ? 2 * a->cap : 16;
        a->list = mem_grow(a->list, a->cap, sizeof *a->list);
    }
    return &a->list[a->n++];
}

void acts_add_if(struct acts *a, const char *kind, struct json **j,
                 bool (*before)(struct pg *pg, void *ctx, int64_t epoch, int64_t seq,
                                struct err *e),
                 void *ctx)
{
    struct oplog_record r = {.kind = kind, .before = before, .ctx = ctx};
    struct bytes body = {0};

    json_write(*j, true, &body);
    json_free(j);
    r.body.p = (const unsigned char *)arena_strn(&a->arena, body.p, body.n);
    r.body.n = body.n;
    bytes_clear(&body);
    *one_more(a) = r;
}

void acts_add_trial(struct acts *a,
                    bool (*hook)(struct pg *pg, void *ctx, int64_t epoch, int64_t seq,
                                 struct err *e),
                    void *ctx)
{
    *one_more(a) = (struct oplog_record){.before = hook, .ctx = ctx};
}

void acts_add(struct acts *a, const char *kind, struct json **j)
{
    acts_add_if(a, kind, j, NULL, NULL);
}

bool acts_append(struct acts *a, struct pg *pg, const char *actor, struct err *e)
{
    uint64_t epoch, first;

    return a->n == 0 || oplog_append(pg, actor, a->list, a->n, &epoch, &first, e);
}
