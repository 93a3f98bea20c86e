/* outbox_own - what the outbox's own files share; nobody else includes it. */
#ifndef HTX_OUTBOX_OWN_H
#define HTX_OUTBOX_OWN_H

#include "collectors/db.h"
#include "collectors/outbox.h"

struct outbox {
    struct db *db;
    char *path;
    uint64_t min_free;
    struct arena lent; /* what the last call lent out */
};

/* Inside the caller's transaction; about the report of this hash. */
bool outbox_say(struct outbox *ob, const struct hash *about, const struct explanation *x,
                int64_t now, size_t *fresh, struct err *e) MUST_CHECK;
/* Inserts the item; its seq is db_last_id(). */
bool outbox_item(struct outbox *ob, enum item_kind kind, const struct uuid *id,
                 const struct hash *hash, const struct unit_key *unit, const char *scheme,
                 const char *period, enum vintage vintage, struct span body,
                 int64_t made_at, bool approved, struct err *e) MUST_CHECK;

static inline struct span span_hash(const struct hash *h)
{
    return (struct span){h->b, HASH_LEN};
}

static inline struct span span_uuid(const struct uuid *id)
{
    return (struct span){id->b, ID_LEN};
}

/* A hash column; zero for anything that is not one. */
static inline struct hash hash_column(const struct query *q, int col)
{
    struct span s = db_blob(q, col);
    struct hash h = {{0}};

    if (s.n == HASH_LEN)
        memcpy(h.b, s.p, HASH_LEN);
    return h;
}

static inline struct uuid uuid_column(const struct query *q, int col)
{
    struct span s = db_blob(q, col);
    struct uuid id = {{0}};

    if (s.n == ID_LEN)
        memcpy(id.b, s.p, ID_LEN);
    return id;
}

/*
 * The columns of a report's key but the revision, as one text. An entity without a number
 * is told from others of its file by name; the province holds it anyway.
 */
char *outbox_key(struct arena *a, const struct report *r, const char **subject);
/* Makes a line's report the next revision of its key, unless it says nothing new. Inside
 * a transaction. */
bool outbox_put_line(struct outbox *ob, const char *claim, struct outbox_line *line,
                     int64_t *seq, struct err *e) MUST_CHECK;
bool outbox_line_insert(struct outbox *ob, const char *claim, size_t ord,
                        const struct outbox_line *line, int64_t seq,
                        struct err *e) MUST_CHECK;

#endif
