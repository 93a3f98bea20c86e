#include "aggregator/ministry/provinces.h"

#include "aggregator/ministry/schema_name.h"
#include "proto/base/text.h"

enum { LOCK_COPY = 0x48545804 /* "HTX", 4; with the province's code */ };

bool provinces_lock(struct pg *pg, const struct province_of *p, struct err *e)
{
    const struct pg_arg lock[] = {pg_int(LOCK_COPY), pg_text(p->code)};
    const struct pg_arg code = pg_text(p->code);
    struct pg_rows rows = {0};
    bool ok =
        pg_query(pg, "select pg_advisory_xact_lock($1::integer, hashtext($2))", lock,
                 COUNT(lock), NULL, e) &&
        pg_query(pg, "select max(branch) from nation.branch where code = $1", &code, 1,
                 &rows, e) &&
        (pg_get_int(&rows, 0, 0) == p->branch ||
         err_set(e, ERR_RETRY, "province %s: another branch is followed now", p->code));

    pg_rows_clear(&rows);
    return ok;
}

void provinces_clear(struct provinces *p)
{
    free(p->list);
    arena_clear(&p->arena);
    *p = (struct provinces){0};
}

bool provinces_read(struct pg *pg, const char *code, struct provinces *out, struct err *e)
{
    static const char SQL[] =
        "select p.code, p.name, p.schema, p.chain, coalesce((select s.endpoint"
        "  from nation.source s where s.code = p.code order by s.number desc limit 1), "
        "''),"
        " p.file, (select max(b.branch) from nation.branch b where b.code = p.code)"
        " from nation.province p where $1::text is null or p.code = $1"
        " order by p.code collate \"C\"";
    const struct pg_arg arg = pg_text(code);
    struct pg_rows rows = {0};
    bool ok;

    *out = (struct provinces){0};
    if (!pg_query(pg, SQL, &arg, 1, &rows, e))
        return err_in(e, "provinces");
    out->list = mem_array(rows.n, sizeof *out->list);
    ok = true;
    for (size_t i = 0; ok && i < rows.n; i++) {
        struct province_of *p = &out->list[out->n++];
        struct arena *a = &out->arena;

        *p = (struct province_of){.code = arena_str(a, pg_get_text(&rows, i, 0)),
                                  .name = arena_str(a, pg_get_text(&rows, i, 1)),
                                  .schema = arena_str(a, pg_get_text(&rows, i, 2)),
                                  .chain = arena_str(a, pg_get_text(&rows, i, 3)),
                                  .endpoint = arena_str(a, pg_get_text(&rows, i, 4)),
                                  .branch = pg_get_int(&rows, i, 6)};
        ok = genesis_of(pg_get_bytes(&rows, i, 5), &p->genesis, e) ||
             err_in(e, "province %s", p->code);
    }
    pg_rows_clear(&rows);
    if (!ok)
        provinces_clear(out);
    return ok;
}

/* ---- adding ---- */

static void quiet(void *ctx, const char *schema, const char *name)
{
    (void)ctx;
    (void)schema;
    (void)name;
}

/* Is there one with this code or genesis? *same: it is this very one. */
static bool look(struct pg *pg, const struct genesis *g, const char *chain, bool *known,
                 struct err *e)
{
    static const char SQL[] = "select code, genesis, chain from nation.province"
                              " where lower(code) = lower($1) or genesis = $2";
    const struct pg_arg args[] = {pg_text(g->code), pg_hash(&g->hash)};
    struct pg_rows rows = {0};
    struct hash there;
    bool ok = pg_query(pg, SQL, args, COUNT(args), &rows, e);

    *known = ok && rows.n > 0;
    if (*known && (!pg_get_hash(&rows, 0, 1, &there) || !hash_eq(&there, &g->hash))) {
        char hex[2 * HASH_LEN + 1];

        ok = err_set(
            e, ERR_INPUT,
            "mã tỉnh %s đã ghim tệp khởi tạo khác (%s) / province %s is pinned to "
            "another genesis",
            g->code, hash_hex(&there, hex), g->code);
    } else if (*known && strcmp(pg_get_text(&rows, 0, 2), chain) != 0) {
        ok = err_set(e, ERR_INPUT,
                     "tỉnh %s đang đọc luồng %s / province %s reads chain %s", g->code,
                     pg_get_text(&rows, 0, 2), g->code, pg_get_text(&rows, 0, 2));
    }
    pg_rows_clear(&rows);
    return ok;
}

static bool write_source(struct pg *pg, const char *code, const struct province_new *p,
                         struct err *e)
{
    static const char SQL[] =
        "insert into nation.source (code, number, endpoint, actor)"
        " select $1, coalesce(max(s.number), 0) + 1, $2, $3 from nation.source s"
        " where s.code = $1"
        " having coalesce((select x.endpoint from nation.source x where x.code = $1"
        "  order by x.number desc limit 1), chr(1)) <> $2";
    const struct pg_arg args[] = {pg_text(code), pg_text(p->endpoint), pg_text(p->actor)};

    return pg_query(pg, SQL, args, COUNT(args), NULL, e);
}

static bool write_new(struct pg *pg, const struct genesis *g, const char *schema,
                      const struct province_new *p, struct err *e)
{
    const struct pg_arg province[] = {pg_text(g->code),  pg_text(schema),
                                      pg_text(g->name),  pg_hash(&g->hash),
                                      pg_bytes(p->file), pg_text(p->chain)};
    const struct pg_arg branch[] = {pg_text(g->code), pg_text(p->actor)};

    return pg_query(
               pg,
               "insert into nation.province (code, schema, name, genesis, file, chain)"
               " values ($1, $2, $3, $4, $5, $6)",
               province, COUNT(province), NULL, e) &&
           pg_query(pg,
                    "insert into nation.branch (code, branch, epoch, page, lost, why,"
                    " person) values ($1, 1, 0, 0, 0, '', $2)",
                    branch, COUNT(branch), NULL, e);
}

/* The views over all copies, anew; inside the caller's transaction. */
static bool unite(struct pg *pg, struct err *e)
{
    return pg_script(pg, "select nation.part(); select nation.unite()", e) ||
           err_in(e, "views over all provinces");
}

static bool name_holds(struct genesis *g, struct err *e)
{
    struct arena a = {0};
    const char *name = text_nfc(&a, span_str(g->name));
    bool ok = name != NULL && strcmp(name, g->name) == 0 && !text_has_hidden(g->name);

    arena_clear(&a);
    return ok || err_set(e, ERR_INPUT, "genesis: [province] name is no plain NFC text");
}

bool provinces_add(struct pg *owner, const struct province_new *p, bool *fresh,
                   struct err *e)
{
    char schema[SCHEMA_NAME_MAX];
    struct genesis g;
    bool known;

    *fresh = false;
    if (!genesis_of(p->file, &g, e)) {
        e->kind = ERR_INPUT;
        return err_in(e, "genesis");
    }
    if (!schema_of_code(g.code, schema))
        return err_set(e, ERR_INPUT,
                       "genesis: [province] code \"%s\": 1 to 16 letters and digits",
                       g.code);
    if (!name_holds(&g, e) || !look(owner, &g, p->chain, &known, e))
        return false;
    if (!known && !migrate_copy(owner, schema, quiet, NULL, e))
        return false;
    if (!pg_begin(owner, e))
        return false;
    if ((known || (write_new(owner, &g, schema, p, e) && unite(owner, e))) &&
        write_source(owner, g.code, p, e) && pg_commit(owner, e)) {
        *fresh = !known;
        return true;
    }
    pg_rollback(owner);
    return false;
}

/* ---- another branch ---- */

static bool write_turn(struct pg *pg, const struct province_of *p,
                       const struct province_turn *t, struct err *e)
{
    const struct pg_arg args[] = {pg_text(p->code),  pg_int(p->branch), pg_int(t->epoch),
                                  pg_int(t->page),   pg_int(t->lost),   pg_text(t->why),
                                  pg_text(t->person)};

    return pg_query(pg,
                    "insert into nation.branch (code, branch, epoch, page, lost, why,"
                    " person) values ($1, $2 + 1, $3, $4, $5, $6, $7)",
                    args, COUNT(args), NULL, e);
}

bool provinces_turn(struct pg *owner, const struct province_of *p,
                    const struct province_turn *t, struct err *e)
{
    char old[SCHEMA_NAME_MAX];

    schema_of_branch(p->schema, p->branch, old);
    if (!pg_begin(owner, e))
        return false;
    if (!provinces_lock(owner, p, e) || !pg_script(owner, "select nation.part()", e) ||
        !migrate_rename(owner, p->schema, old, e) || !write_turn(owner, p, t, e) ||
        !pg_commit(owner, e)) {
        pg_rollback(owner);
        return err_in(e, "province %s", p->code);
    }
    return provinces_migrate(owner, quiet, NULL, e);
}

/* ---- upgrading ---- */

/* Every copy there must be: the one in force, then those that were left behind. */
static bool migrate_one(struct pg *owner, const struct province_of *p, migrate_fn *done,
                        void *ctx, struct err *e)
{
    char old[SCHEMA_NAME_MAX];

    if (!migrate_copy(owner, p->schema, done, ctx, e))
        return false;
    for (int64_t b = 1; b < p->branch; b++) {
        schema_of_branch(p->schema, b, old);
        if (!migrate_copy(owner, old, done, ctx, e))
            return false;
    }
    return true;
}

bool provinces_migrate(struct pg *owner, migrate_fn *done, void *ctx, struct err *e)
{
    struct provinces all;
    bool ok;

    if (!provinces_read(owner, NULL, &all, e))
        return false;
    ok = true;
    for (size_t i = 0; ok && i < all.n; i++)
        ok = migrate_one(owner, &all.list[i], done, ctx, e);
    if (ok && all.n > 0 && (ok = pg_begin(owner, e))) {
        ok = unite(owner, e) && pg_commit(owner, e);
        if (!ok)
            pg_rollback(owner);
    }
    provinces_clear(&all);
    return ok;
}
