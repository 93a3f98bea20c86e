/*
 * session - the collector's end of the protocol as a pure state machine.
 *
 * (state, event, now) -> actions. No socket, file, clock or random source inside: the
 * caller (collectors/sender.c, or a simulator) feeds events and carries out the actions
 * in order. One session serves one unit over one connection.
 *
 * Rules it keeps: hello first; batches in order within the credit of the welcome, past
 * those that wait; a batch stays "on the way" until every item of it has a receipt; not
 * now: again after the back-off; reconnect: hello again, then everything unreceipted; a
 * province that knows less than it receipted gets the batches again; one that knows a
 * batch of ours which we do not have makes us open a new epoch (we were restored); same
 * number with another hash is equivocation: stop and alarm.
 *
 * The back flow: what the province offers (catalogue, the unit's own register page) and
 * the caller wants is asked for part by part, one blob at a time, and verified by its
 * hash; what is lost is asked again, also over the next link. Another unit's page is
 * nobody's. What is kept is told to the province, which stops sending it.
 */
#ifndef HTX_SESSION_H
#define HTX_SESSION_H

#include "proto/wire.h"

enum { SESSION_WANTS = 8 /* blobs asked for, one after the other */ };
enum { SESSION_WINDOW = 64 }; /* batches on their way at once; those that wait apart */

enum session_action_kind {
    ACT_SEND_HELLO, /* send a hello with our heads */
    ACT_LOAD_BATCH, /* read batch `number` of `epoch`, send it, then session_sent() */
    ACT_RECEIPTS,   /* store the receipts of `message`; then session_stored() */
    ACT_NEW_EPOCH,  /* we were restored: open an epoch after `welcome` heads */
    ACT_ALARM,      /* `text`: equivocation, rejected batch: stop sending, tell people */
    ACT_NOT_NOW,    /* items of `message` wait: look why; sending them again is ours */
    ACT_NOTICE,     /* check and keep the notice of `message`; then session_kept() */
    ACT_OFFER,      /* the offer of `message`: session_want() if we lack it */
    ACT_ASK_PART,   /* send a part request: `blob`, `offset` */
    ACT_BLOB,       /* `blob` is whole: keep session_blob(); then session_kept() */
    ACT_SEND_HAVE,  /* send what we have of the back flow */
    ACT_WAIT,       /* call session_tick at `at` */
};

struct session_action {
    enum session_action_kind kind;
    uint64_t epoch, number;
    int64_t at;
    const char *text;
    enum reject_reason reject;
    struct blob_ref blob;
    uint32_t offset;
};

struct session;

struct session_config {
    struct unit_key unit;
    struct hash province; /* genesis */
    int64_t hello_timeout_ms, answer_timeout_ms, retry_min_ms, retry_max_ms;
    uint32_t jitter_seed;
};

void session_open(struct session **out, const struct session_config *c);
void session_close(struct session **s);

/* -- events; each may append actions, taken with session_next() -- */
/* The link is up (again). `epoch`, `sealed` and `done`: newest sealed batch number, and
 * the number up to which all are fully receipted; `hash` of the newest. */
void session_linked(struct session *s, uint64_t epoch, uint64_t sealed, uint64_t done,
                    const struct hash *hash, int64_t now);
void session_unlinked(struct session *s, int64_t now);
/* A batch was sealed: number is the newest now. */
void session_sealed(struct session *s, uint64_t number, const struct hash *hash,
                    int64_t now);
/* The batch asked for by ACT_LOAD_BATCH was handed to the socket. */
void session_sent(struct session *s, uint64_t epoch, uint64_t number, int64_t now);
/* A message came. It must stay valid until the actions are taken. */
void session_message(struct session *s, const struct message *m, int64_t now);
/* Receipts of this batch are durable; complete: every item has one. */
void session_stored(struct session *s, uint64_t epoch, uint64_t number, bool complete,
                    int64_t now);
/* This blob is wanted; an older one of its kind and unit is not, any more. */
void session_want(struct session *s, const struct blob_ref *blob, int64_t now);
/* The bytes of the last ACT_BLOB; borrowed until the next event. */
struct span session_blob(const struct session *s);
/* Something of the back flow was made durable: the province should know. */
void session_kept(struct session *s);
/* What batches wait for may be there now: ask for them at once. */
void session_again(struct session *s, int64_t now);
void session_tick(struct session *s, int64_t now);

/* The next action in order; false when there is none. */
bool session_next(struct session *s, struct session_action *a);

/* What status shows: "offline", "waiting for welcome", "up to date", "sending n". */
const char *session_state(const struct session *s);
/* Why we wait, when the province said not now; NOT_NOW_NONE otherwise. */
enum not_now_reason session_waits_for(const struct session *s);

#endif
