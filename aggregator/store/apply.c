#include "aggregator/store/apply.h"
#include "aggregator/store/unfold.h"

#include <inttypes.h>

static const struct act_blob *blob_of(const struct act_blob *blobs, size_t n,
                                      uint64_t seq)
{
    for (size_t i = 0; i < n; i++)
        if (blobs[i].seq == seq)
            return &blobs[i];
    return NULL;
}

static bool publication(struct pg *pg, uint64_t epoch, uint64_t seq,
                        const struct hash *hash, struct span totals, struct err *e)
{
    const struct pg_arg args[] = {pg_int((int64_t)epoch), pg_int((int64_t)seq),
                                  pg_bytes(totals)};
    struct hash is = hash_of(DOMAIN_FILE, totals);

    if (!hash_eq(&is, hash))
        return err_set(e, ERR_INPUT, "the totals have another hash than the record says");
    return pg_query(pg, "select act_publication($1, $2, $3)", args, COUNT(args), NULL, e);
}

/* The record of one row of act_blobs, with its blob. */
static bool with_blob(struct pg *pg, uint64_t epoch, const struct pg_rows *r, size_t row,
                      const struct act_blob *blobs, size_t n, struct err *e)
{
    const uint64_t seq = (uint64_t)pg_get_int(r, row, 0);
    const char *kind = pg_get_text(r, row, 1);
    const struct act_blob *blob = blob_of(blobs, n, seq);
    struct hash hash;
    bool ok = false;

    if (!pg_get_hash(r, row, 2, &hash))
        err_set(e, ERR_INPUT, "it names no hash");
    else if (blob == NULL)
        err_set(e, ERR_INPUT, "what it names by its hash is missing");
    else if (strcmp(kind, "catalogue") == 0)
        ok = unfold(pg, &hash, blob->bytes, e);
    else
        ok = publication(pg, epoch, seq, &hash, blob->bytes, e);
    return ok || err_in(e, "record %" PRIu64 ".%" PRIu64 " (%s)", epoch, seq, kind);
}

bool acts_apply(struct pg *pg, uint64_t epoch, uint64_t first, uint64_t last,
                const struct act_blob *blobs, size_t n, struct err *e)
{
    const struct pg_arg args[] = {pg_int((int64_t)epoch), pg_int((int64_t)first),
                                  pg_int((int64_t)last)};
    struct pg_rows rows = {0};
    bool ok =
        pg_query(pg, "select act_apply($1, $2, $3)", args, COUNT(args), NULL, e) &&
        pg_query(pg, "select seq, kind, hash from act_blobs($1, $2, $3) order by seq",
                 args, COUNT(args), &rows, e);

    for (size_t i = 0; ok && i < rows.n; i++)
        ok = with_blob(pg, epoch, &rows, i, blobs, n, e);
    pg_rows_clear(&rows);
    return ok || err_in(e, "control records");
}
