#include "proto/base/crash.h"

#include <unistd.h>

enum { EXIT_KILLED = 137 };

static char crash_name[64];
static unsigned long crash_left;

void crash_init(void)
{
    const char *at = getenv("HTX_CRASH_AT");
    const char *colon;
    size_t n;

    crash_name[0] = 0;
    if (at == NULL)
        return;
    colon = strchr(at, ':');
    n = colon != NULL ? (size_t)(colon - at) : strlen(at);
    if (n >= sizeof crash_name)
        return;
    memcpy(crash_name, at, n);
    crash_name[n] = 0;
    crash_left = colon != NULL ? strtoul(colon + 1, NULL, 10) : 1;
}

void crash_point(const char *name)
{
    if (crash_name[0] == 0 || strcmp(crash_name, name) != 0)
        return;
    if (crash_left > 1) {
        crash_left--;
        return;
    }
    _exit(EXIT_KILLED);
}
