/*
 * acts - control records collected, then appended to the log as one commit.
 *
 * Each record is a canonical JSON body and the typed row it stands for. A record's hash
 * is hash_of(DOMAIN_CONTROL, body): a row whose hash is the current one changes nothing.
 */
#ifndef HTX_ACTS_H
#define HTX_ACTS_H

#include "aggregator/json.h"
#include "aggregator/store/oplog.h"

struct acts {
    struct oplog_record *list;
    size_t n, cap;
    struct arena arena; /* owns bodies and arguments */
};

void acts_clear(struct acts *a);

/*
 * sql inserts the typed row: $1 is epoch, $2 seq, then the n arguments; NULL for none.
 * The arguments' own bytes must live in a->arena or as long. Takes j and sets it NULL.
 */
void acts_add(struct acts *a, const char *kind, struct json **j, const char *sql,
              const struct pg_arg *args, size_t n);

/* The same with typed rows that the caller inserts himself: see oplog.h. */
void acts_add_apply(struct acts *a, const char *kind, struct json **j,
                    bool (*apply)(struct pg *pg, void *ctx, int64_t epoch, int64_t seq,
                                  struct err *e),
                    void *ctx);

/* One commit. An empty list does nothing and succeeds. */
bool acts_append(struct acts *a, struct pg *pg, const char *actor,
                 struct err *e) MUST_CHECK;

#endif
