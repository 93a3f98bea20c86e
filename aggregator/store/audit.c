#include "aggregator/store/audit.h"
#include "aggregator/json.h"

/* The bytes of a row: canonical JSON of all its columns but the hash. */
static struct hash row_hash(const char *chain, int64_t number, int64_t at,
                            const char *what, const char *detail, const struct hash *prev)
{
    char hex[2 * HASH_LEN + 1];
    struct json *j = json_new();
    struct bytes b = {0};
    struct hash hash;

    json_text(j, "chain", chain);
    json_int(j, "number", number);
    json_int(j, "at", at);
    json_text(j, "what", what);
    json_text(j, "detail", detail);
    json_text(j, "prev", hash_hex(prev, hex));
    json_write(j, true, &b);
    hash = hash_of(DOMAIN_AUDIT, span_of(&b));
    bytes_clear(&b);
    json_free(&j);
    return hash;
}

bool audit_append(struct pg *pg, const char *chain, const char *what, const char *detail,
                  int64_t at, struct err *e)
{
    static const char LAST[] = "select number, hash from audit where chain = $1"
                               " order by number desc limit 1";
    static const char SQL[] = "insert into audit (chain, number, at, what, detail, prev,"
                              " hash) values ($1, $2, $3, $4, $5, $6, $7)";
    const struct pg_arg who = pg_text(chain);
    struct pg_rows last = {0};
    struct hash prev = {{0}}, hash;
    int64_t number = 1;
    bool ok = true;

    if (!pg_query(pg, LAST, &who, 1, &last, e))
        return err_in(e, "audit");
    if (last.n == 1) {
        number = pg_get_int(&last, 0, 0) + 1;
        ok = pg_get_hash(&last, 0, 1, &prev);
    }
    pg_rows_clear(&last);
    if (!ok)
        return err_set(e, ERR_SETUP, "audit %s: bad hash", chain);
    hash = row_hash(chain, number, at, what, detail, &prev);
    return pg_query(pg, SQL,
                    (const struct pg_arg[]){who, pg_int(number), pg_time(at),
                                            pg_text(what), pg_text(detail),
                                            pg_hash(&prev), pg_hash(&hash)},
                    7, NULL, e) ||
           err_in(e, "audit");
}

bool audit_head(struct pg *pg, struct hash *out, struct err *e)
{
    /* one step a chain along the index */
    static const char SQL[] =
        "with recursive head as ("
        " (select chain, number, hash from audit order by chain desc, number desc limit "
        "1)"
        " union all select x.* from head h, lateral (select chain, number, hash from "
        "audit"
        "  where chain < h.chain order by chain desc, number desc limit 1) x)"
        " select chain, number, encode(hash, 'hex') from head order by chain collate "
        "\"C\"";
    struct pg_rows rows = {0};
    struct bytes b = {0};

    *out = (struct hash){{0}};
    if (!pg_query(pg, SQL, NULL, 0, &rows, e))
        return err_in(e, "audit");
    for (size_t i = 0; i < rows.n; i++)
        bytes_printf(&b, "%s %s %s\n", pg_get_text(&rows, i, 0), pg_get_text(&rows, i, 1),
                     pg_get_text(&rows, i, 2));
    if (rows.n != 0)
        *out = hash_of(DOMAIN_AUDIT, span_of(&b));
    bytes_clear(&b);
    pg_rows_clear(&rows);
    return true;
}

bool audit_verify(struct pg *pg, struct err *e)
{
    static const char SQL[] = "select chain, number, (extract(epoch from at) * "
                              "1000)::bigint, what, detail, prev,"
                              " hash from audit order by chain, number";
    struct pg_rows rows = {0};
    struct hash expected = {{0}};
    bool ok = true;

    if (!pg_query(pg, SQL, NULL, 0, &rows, e))
        return err_in(e, "audit");
    for (size_t i = 0; i < rows.n && ok; i++) {
        const char *chain = pg_get_text(&rows, i, 0);
        int64_t number = pg_get_int(&rows, i, 1);
        struct hash prev, hash, now;
        bool first = i == 0 || strcmp(chain, pg_get_text(&rows, i - 1, 0)) != 0;

        if (first)
            expected = (struct hash){{0}};
        ok = pg_get_hash(&rows, i, 5, &prev) && pg_get_hash(&rows, i, 6, &hash) &&
             hash_eq(&prev, &expected) &&
             number == (first ? 1 : pg_get_int(&rows, i - 1, 1) + 1);
        if (ok) {
            now = row_hash(chain, number, pg_get_int(&rows, i, 2),
                           pg_get_text(&rows, i, 3), pg_get_text(&rows, i, 4), &prev);
            ok = hash_eq(&now, &hash);
            expected = hash;
        }
        if (!ok)
            err_set(e, ERR_INPUT, "audit %s %lld: the chain is broken here", chain,
                    (long long)number);
    }
    pg_rows_clear(&rows);
    return ok;
}
