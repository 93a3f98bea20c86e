/*
 * log - one line an event on stderr: "<6>verb key=value ...", as the journal reads it.
 *
 * Values with spaces or quotes are quoted; secrets never come here.
 */
#ifndef HTX_LOG_H
#define HTX_LOG_H

#include "proto/base/base.h"

enum log_level {
    LOG_ALARM = 2,
    LOG_ERROR = 3,
    LOG_WARN = 4,
    LOG_INFO = 6,
    LOG_DEBUG = 7
};

void log_init(const char *program, enum log_level least);
/* fmt begins with the verb: log_event(LOG_INFO, "batch_stored unit=%s n=%zu", ...) */
void log_event(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2);

#endif
