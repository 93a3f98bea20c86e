#include "proto/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static const char *log_program = "htx";
static enum log_level log_least = LOG_INFO;

void log_init(const char *program, enum log_level least)
{
    log_program = program;
    log_least = least;
}

void log_event(enum log_level level, const char *fmt, ...)
{
    char line[1024];
    va_list ap;
    int n, m;

    if (level > log_least)
        return;
    n = snprintf(line, sizeof line, "<%d>%s: ", (int)level, log_program);
    if (n < 0)
        return;
    va_start(ap, fmt);
    m = vsnprintf(line + n, sizeof line - (size_t)n, fmt, ap);
    va_end(ap);
    if (m < 0)
        return;
    n += m;
    if ((size_t)n > sizeof line - 2)
        n = (int)sizeof line - 2;
    /* one event is one line, and tells the reader's terminal nothing, whatever the
     * values hold: others give us names and words */
    for (int i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)line[i];

        if (c == 0xc2 && i + 1 < n && (unsigned char)line[i + 1] < 0xa0)
            line[i] = line[i + 1] = ' ';
        else if (c < 0x20 || c == 0x7f)
            line[i] = ' ';
    }
    line[n++] = '\n';
    if (write(2, line, (size_t)n) < 0)
        return;
}
