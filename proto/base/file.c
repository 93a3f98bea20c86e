#include "proto/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err_kind kind_of(int no)
{
    switch (no) {
    case ENOSPC:
    case EDQUOT:
    case EINTR:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return ERR_RETRY;
    default:
        return ERR_SETUP;
    }
}

bool file_read(const char *path, size_t max, struct bytes *out, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    bool ok = false;

    if (fd < 0)
        return err_set(e, kind_of(errno), "%s: %s", path, strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        err_set(e, ERR_INPUT, "%s: not a plain file", path);
        goto out;
    }
    for (;;) {
        ssize_t n = read(fd, bytes_room(out, 65536), 65536);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            err_set(e, kind_of(errno), "%s: %s", path, strerror(errno));
            goto out;
        }
        if (n == 0)
            break;
        out->n += (size_t)n;
        if (out->n > max) {
            err_set(e, ERR_INPUT, "%s: larger than %zu bytes", path, max);
            goto out;
        }
    }
    ok = true;
out:
    close(fd);
    return ok;
}

bool file_sync_dir(const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (!ok)
        err_set(e, kind_of(errno), "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool write_all(int fd, struct span data)
{
    while (data.n > 0) {
        ssize_t n = write(fd, data.p, data.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data.p += n;
        data.n -= (size_t)n;
    }
    return true;
}

bool file_write(const char *path, struct span data, unsigned mode, struct err *e)
{
    char *temp = mem_printf("%s.tmp%ld", path, (long)getpid());
    const char *slash = strrchr(path, '/');
    char *dir =
        slash == NULL ? mem_str(".") : mem_printf("%.*s/", (int)(slash - path), path);
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    bool ok = false;

    if (fd < 0 || !write_all(fd, data) || fsync(fd) != 0) {
        err_set(e, kind_of(errno), "%s: %s", path, strerror(errno));
        goto out;
    }
    if (rename(temp, path) != 0) {
        err_set(e, kind_of(errno), "%s: %s", path, strerror(errno));
        goto out;
    }
    ok = file_sync_dir(dir, e);
out:
    if (fd >= 0)
        close(fd);
    if (!ok)
        unlink(temp);
    free(temp);
    free(dir);
    return ok;
}

bool file_mkdirs(const char *path, struct err *e)
{
    char *copy = mem_str(path);
    bool ok = true;

    for (char *p = copy + 1; ok; p++) {
        char c = *p;

        if (c != '/' && c != 0)
            continue;
        *p = 0;
        if (mkdir(copy, 0700) != 0 && errno != EEXIST)
            ok = err_set(e, kind_of(errno), "%s: %s", copy, strerror(errno));
        *p = c;
        if (c == 0)
            break;
    }
    free(copy);
    return ok;
}
