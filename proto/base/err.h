/*
 * err - what went wrong, and who must act. Filled when a function returns false.
 *
 * Nobody logs on the way up; whoever began the work logs once, with the whole chain.
 */
#ifndef HTX_ERR_H
#define HTX_ERR_H

#include "proto/base/base.h"

enum err_kind {
    ERR_NONE,
    ERR_RETRY, /* the world is busy: keep the work, try again later */
    ERR_INPUT, /* the sender's data is wrong: tell them, do not retry */
    ERR_SETUP, /* configuration, rights or schema: an operator must act */
};

struct err {
    enum err_kind kind;
    char text[512];
};

/* Both return false, so a failing function can end in one line. */
bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(3);
bool err_in(struct err *e, const char *fmt, ...) PRINTF_LIKE(2); /* "outer: inner" */

/* The exit code of a command that ended with this error. */
enum exit_code err_exit(const struct err *e);

#endif
