/* sender_own - one unit's connection, as the files of the sender share it. */
#ifndef HTX_SENDER_OWN_H
#define HTX_SENDER_OWN_H

#include "collectors/sender.h"
#include "proto/session.h"

struct batch_no {
    uint64_t epoch, number;
};

struct line { /* one unit's connection */
    struct sender *sender;
    const struct app_unit *unit;
    void *socket, *monitor;
    int socket_id, monitor_id;
    struct session *session;
    bool linked;
    int64_t linked_at, complained_at;
    unsigned refusals, dials; /* since the last link; sockets opened so far */
    char alarm[640];
    struct batch_no held[SESSION_WINDOW]; /* wait until the socket takes more */
    size_t n_held;
};

struct sender {
    struct app *app;
    struct loop *loop;
    void *ctx;
    struct line *lines;
    size_t n;
    loop_fn *answered;
    void *answered_ctx;
    sender_outdated_fn *outdated;
    void *outdated_ctx;
    sender_answer_fn *reconciled;
    void *reconciled_ctx;
};

/* An alarm stands in the status until the next start. */
void line_alarm(struct line *l, const char *what, const char *why);
/* Our own trouble: the work stays where it is and is asked for again. */
void line_trouble(const struct line *l, const char *what, const struct err *e);
/* What is lost is asked again: false is no more than a hint. */
bool line_send(struct line *l, const struct message *m);
/* Carries out what the session asks; m is the message that made it ask, or NULL. */
void line_pump(struct line *l, const struct message *m);

/* sender_back.c: what the session asks about the back flow */
void back_send_have(struct line *l);
void back_offer(struct line *l, const struct offer *o);
void back_ask_part(struct line *l, const struct session_action *act);
void back_blob(struct line *l, const struct session_action *act);
void back_notice(struct line *l, const struct notice *n);
void back_not_now(struct line *l, const struct receipts_msg *m);

#endif
