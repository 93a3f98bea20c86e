/*
 * acts - control records collected, then appended to the log as one commit.
 *
 * Each record is a canonical JSON body; its typed rows follow from that (apply.h). Its
 * hash is hash_of(DOMAIN_CONTROL, body): a row whose hash is the current one changes
 * nothing.
 */
#ifndef HTX_ACTS_H
#define HTX_ACTS_H

#include "aggregator/json.h"
#include "aggregator/store/oplog.h"

struct acts {
    struct oplog_record *list;
    size_t n, cap;
    struct arena arena; /* owns bodies */
};

void acts_clear(struct acts *a);

/* Takes j and sets it NULL. */
void acts_add(struct acts *a, const char *kind, struct json **j);

/* The same with what must hold before it is written: see oplog.h. */
void acts_add_if(struct acts *a, const char *kind, struct json **j,
                 bool (*before)(struct pg *pg, void *ctx, int64_t epoch, int64_t seq,
                                struct err *e),
                 void *ctx);

/* For trials (oplog_try): no record, the hook alone stands in this place. */
void acts_add_trial(struct acts *a,
                    bool (*hook)(struct pg *pg, void *ctx, int64_t epoch, int64_t seq,
                                 struct err *e),
                    void *ctx);

/* One commit. An empty list does nothing and succeeds. */
bool acts_append(struct acts *a, struct pg *pg, const char *actor,
                 struct err *e) MUST_CHECK;

#endif
