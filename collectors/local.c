#include "collectors/local.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 8 };

/*
 * A socket address has room for 107 bytes of path; a folder may be longer. The folder's
 * descriptor is a short name for it.
 */
static bool address_of(const char *folder, const char *name, int *dir,
                       struct sockaddr_un *addr, struct err *e)
{
    int n;

    *dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*dir < 0)
        return err_set(e, ERR_SETUP, "%s: %s", folder, strerror(errno));
    *addr = (struct sockaddr_un){.sun_family = AF_UNIX};
    n = snprintf(addr->sun_path, sizeof addr->sun_path, "/proc/self/fd/%d/%s", *dir,
                 name);
    return n < (int)sizeof addr->sun_path || err_set(e, ERR_SETUP, "%s: too long", name);
}

bool local_listen(const char *folder, const char *name, int *fd, struct err *e)
{
    struct sockaddr_un addr;
    int dir = -1;
    bool ok = false;

    *fd = -1;
    if (!address_of(folder, name, &dir, &addr, e))
        goto out;
    unlinkat(dir, name, 0);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ok = *fd >= 0 && bind(*fd, (struct sockaddr *)&addr, sizeof addr) == 0 &&
         fchmodat(dir, name, 0600, 0) == 0 && listen(*fd, BACKLOG) == 0;
    if (!ok)
        err_set(e, ERR_SETUP, "%s/%s: %s", folder, name, strerror(errno));
out:
    if (dir >= 0)
        close(dir);
    if (!ok && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    return ok;
}

bool local_connect(const char *folder, const char *name, int *fd, struct err *e)
{
    struct sockaddr_un addr;
    int dir = -1;
    bool ok = false;

    *fd = -1;
    if (!address_of(folder, name, &dir, &addr, e))
        goto out;
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd >= 0 && connect(*fd, (struct sockaddr *)&addr, sizeof addr) == 0) {
        ok = true;
        goto out;
    }
    ok = errno == ENOENT || errno == ECONNREFUSED;
    if (!ok)
        err_set(e, ERR_SETUP, "%s/%s: %s", folder, name, strerror(errno));
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
out:
    if (dir >= 0)
        close(dir);
    return ok;
}

int local_accept(int fd)
{
    int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct ucred who;
    socklen_t n = sizeof who;

    if (client < 0)
        return -1;
    if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
        (who.uid == 0 || who.uid == geteuid()))
        return client;
    close(client);
    return -1;
}
