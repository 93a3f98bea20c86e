#include "aggregator/book/unit_texts.h"
#include "proto/batch.h"

#include <inttypes.h>

struct texts {
    const struct catalogue *catalogue;
    struct arena *arena;
    struct unit_text *list;
    size_t n, cap;
};

static void add(struct texts *t, const char *unit, const struct named_text *text)
{
    const char *key = arena_printf(t->arena, "text.%s", text->key);
    struct unit_text *grown;

    for (size_t i = 0; i < t->n; i++) /* two forms may carry the same words */
        if (strcmp(t->list[i].unit, unit) == 0 &&
            strcmp(t->list[i].text, text->text) == 0)
            return;
    if (t->n == t->cap) {
        t->cap = t->cap != 0 ? 2 * t->cap : 32;
        grown = arena_new(t->arena, t->cap * sizeof *grown);
        if (t->n > 0)
            memcpy(grown, t->list, t->n * sizeof *grown);
        t->list = grown;
    }
    t->list[t->n++] = (struct unit_text){
        .unit = arena_str(t->arena, unit),
        .title = arena_str(t->arena, catalogue_text(t->catalogue, key, LANG_VI)),
        .text = arena_str(t->arena, text->text),
    };
}

/* The report at this item of a batch, whose signature must hold. */
static bool add_report(struct texts *t, const char *unit, struct span envelope,
                       int64_t item, struct err *e)
{
    struct arena one = {0};
    struct hash header, *hashes;
    struct report r;
    struct message m;
    bool ok = wire_read_message(envelope, &one, &m, e);

    if (ok && (m.kind != MSG_BATCH || item < 0 || (size_t)item >= m.batch.n_items))
        ok = err_set(e, ERR_SETUP, "evidence: no report at item %" PRId64, item);
    if (ok) {
        hashes = arena_new(&one, (m.batch.n_items + 1) * sizeof *hashes);
        if (batch_check(&m.batch, hashes, &header) != REJECT_NONE)
            ok = err_set(e, ERR_SETUP, "evidence: the signature of a batch is wrong");
    }
    ok = ok && wire_read_report(m.batch.items[item].body, &one, &r, e);
    for (size_t i = 0; ok && i < r.n_texts; i++)
        if (r.texts[i].text != NULL && *r.texts[i].text != 0)
            add(t, unit, &r.texts[i]);
    arena_clear(&one);
    return ok || err_in(e, "texts of %s", unit);
}

bool unit_texts_read(struct pg *pg, const struct publication *p,
                     const struct catalogue *c, struct arena *a, struct unit_text **list,
                     size_t *n, struct err *e)
{
    static const char SQL[] =
        "select coalesce(u.name, r.unit), envelope_of(r.evidence, r.epoch, r.seq), r.item"
        " from report_at($1, $2, $3, $4, $5) r join evidence e on e.hash = r.evidence"
        " left join unit_at($4, $5) u on u.code = r.unit and u.valid_from = r.unit_from"
        " where r.kind = 'unit'"
        " order by r.unit collate \"C\", r.unit_from, r.form collate \"C\", r.epoch, "
        "r.seq";
    const struct pg_arg args[] = {pg_text(p->scheme), pg_text(p->period),
                                  pg_text(p->vintage), pg_int(p->epoch), pg_int(p->seq)};
    struct texts t = {.catalogue = c, .arena = a};
    struct pg_rows rows = {0};
    bool ok;

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "texts of the units");
    ok = true;
    for (size_t i = 0; ok && i < rows.n; i++)
        ok = add_report(&t, pg_get_text(&rows, i, 0), pg_get_bytes(&rows, i, 1),
                        pg_get_int(&rows, i, 2), e);
    pg_rows_clear(&rows);
    *list = t.list;
    *n = t.n;
    return ok;
}
