#include "aggregator/ministry/pull_key.h"

#include "proto/base/file.h"

#include <unistd.h>

bool pull_key(const struct settings *s, struct curve_pair *out, struct err *e)
{
    char *dir = settings_path(s, "keys"), *path = settings_path(s, "keys/pull.curve");
    bool ok;

    if (access(path, F_OK) == 0)
        ok = curve_read(path, out, e);
    else
        ok = file_mkdirs(dir, e) && curve_new(out, e) && curve_write(path, out, e);
    free(dir);
    free(path);
    return ok;
}
