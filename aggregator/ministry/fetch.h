/*
 * fetch - one province's feed from the reader's side, as a pure state machine.
 *
 * It asks where the feed stands, then for the pages behind the cursor, a few at once,
 * each in parts; whole pages are handed over in order. What they say is the caller's
 * question. No socket, no clock, no database inside: bytes and the time come in, bytes go
 * out by `send`. An answer to nothing that was asked is let pass.
 */
#ifndef HTX_FETCH_H
#define HTX_FETCH_H

#include "proto/feed.h"

enum {
    FETCH_AHEAD = 6, /* pages that may be on the way */
    /* of their bytes; the page in front may have more, and of each other one that does
       not fit the first part is at hand */
    FETCH_BYTES = 2 * 1024 * 1024,
};

enum fetch_state {
    FETCH_ASKING,  /* where does the feed stand? */
    FETCH_LOADING, /* pages are on the way, or wait to be taken */
    FETCH_END,     /* nothing behind the cursor; asked again at the next poll */
    FETCH_FORKED,  /* the cursor is on no page of the feed: see fork, newest */
    FETCH_REFUSED, /* see refusal, detail */
    FETCH_BROKEN,  /* it does not keep to the protocol: detail */
};

struct fetch_page {
    uint64_t epoch, page;
    bool asked;
    uint32_t total; /* 0: not known yet */
    struct bytes file;
};

struct fetch {
    struct hash province;
    void (*send)(void *ctx, struct span message);
    void *ctx;
    enum fetch_state state;
    struct feed_cursor at; /* stored */
    struct feed_cursor newest, fork;
    enum feed_refusal_reason refusal;
    char detail[200];
    int64_t heard; /* when something was sent or came last */
    struct fetch_page pages[FETCH_AHEAD];
    size_t n;
};

void fetch_init(struct fetch *f, const struct hash *province,
                void (*send)(void *ctx, struct span message), void *ctx);
void fetch_clear(struct fetch *f);

/* A fresh connection, or time to ask again. */
void fetch_ask(struct fetch *f, const struct feed_cursor *at, int64_t now);
void fetch_message(struct fetch *f, struct span message, int64_t now);
/* Something was asked and no word came since. */
bool fetch_waits(const struct fetch *f);

/* Whole pages at the front, borrowed until fetch_taken(); at most max. */
size_t fetch_ready(const struct fetch *f, struct span *files, size_t max);
/* The first n were stored, and the cursor is here now: asks for more. */
void fetch_taken(struct fetch *f, size_t n, const struct feed_cursor *at, int64_t now);

#endif
