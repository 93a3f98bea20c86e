#include "proto/base/err.h"

#include <stdarg.h>
#include <stdio.h>

bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
    va_list ap;

    e->kind = kind;
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    return false;
}

bool err_in(struct err *e, const char *fmt, ...)
{
    char outer[sizeof e->text], inner[sizeof e->text];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(outer, sizeof outer, fmt, ap);
    va_end(ap);
    memcpy(inner, e->text, sizeof inner);
    /* a long chain keeps its outer words: they say where to look */
    if (snprintf(e->text, sizeof e->text, "%s: %s", outer, inner) < 0)
        e->text[0] = 0;
    return false;
}

enum exit_code err_exit(const struct err *e)
{
    switch (e->kind) {
    case ERR_NONE:
        return EXIT_DONE;
    case ERR_RETRY:
        return EXIT_LATER;
    case ERR_INPUT:
        return EXIT_DATA;
    case ERR_SETUP:
        return EXIT_SETUP;
    }
    return EXIT_FAILED;
}
