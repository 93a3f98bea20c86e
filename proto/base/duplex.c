#include "proto/base/duplex.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD = 5 }; /* length of the body, little endian, and the type */

bool duplex_pair(int fds[2], struct err *e)
{
    int size = 512 * 1024;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return err_set(e, ERR_SETUP, "socketpair: %s", strerror(errno));
    for (int i = 0; i < 2; i++) /* as much of it as the system gives */
        (void)setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return true;
}

void duplex_open(struct duplex *c, int fd)
{
    *c = (struct duplex){.fd = fd};
}

void duplex_close(struct duplex *c)
{
    if (c->fd >= 0)
        close(c->fd);
    bytes_clear(&c->in);
    bytes_clear(&c->out);
    *c = (struct duplex){.fd = -1};
}

void duplex_queue(struct duplex *c, int type, struct span body)
{
    unsigned char head[HEAD];

    for (int i = 0; i < 4; i++)
        head[i] = (unsigned char)(body.n >> (8 * i));
    head[4] = (unsigned char)type;
    if (c->out_at > c->out.n / 2) { /* under load it may never run empty */
        memmove(c->out.p, c->out.p + c->out_at, c->out.n - c->out_at);
        c->out.n -= c->out_at;
        c->out_at = 0;
    }
    bytes_add(&c->out, head, HEAD);
    bytes_add(&c->out, body.p, body.n);
}

bool duplex_pending(const struct duplex *c)
{
    return c->out_at < c->out.n;
}

static bool write_some(struct duplex *c, int flags, struct err *e)
{
    while (duplex_pending(c)) {
        ssize_t n =
            send(c->fd, c->out.p + c->out_at, c->out.n - c->out_at, MSG_NOSIGNAL | flags);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return true;
        if (n < 0)
            return err_set(e, ERR_RETRY, "duplex: %s", strerror(errno));
        c->out_at += (size_t)n;
    }
    if (c->out.cap > 1024 * 1024)
        bytes_clear(&c->out); /* one large message does not stay in memory */
    c->out_at = c->out.n = 0;
    return true;
}

bool duplex_flush(struct duplex *c, struct err *e)
{
    return write_some(c, MSG_DONTWAIT, e);
}

bool duplex_send(struct duplex *c, int type, struct span body, struct err *e)
{
    duplex_queue(c, type, body);
    return write_some(c, 0, e);
}

static bool whole(struct duplex *c, int *type, struct span *body, bool *found,
                  struct err *e)
{
    const unsigned char *p = c->in.p + c->in_at;
    size_t have = c->in.n - c->in_at, n = 0;

    *found = false;
    if (have < HEAD)
        return true;
    for (int i = 0; i < 4; i++)
        n |= (size_t)p[i] << (8 * i);
    if (n > DUPLEX_MAX || p[4] == 0)
        return err_set(e, ERR_INPUT, "duplex: a message of %zu bytes", n);
    if (have < HEAD + n)
        return true;
    *type = p[4];
    *body = (struct span){p + HEAD, n};
    c->in_at += HEAD + n;
    *found = true;
    return true;
}

bool duplex_next(struct duplex *c, bool wait, int *type, struct span *body, struct err *e)
{
    bool found;

    *type = 0;
    if (c->in_at == c->in.n) {
        if (c->in.cap > 1024 * 1024)
            bytes_clear(&c->in);
        c->in_at = c->in.n = 0;
    }
    for (;;) {
        ssize_t n;

        if (!whole(c, type, body, &found, e))
            return false;
        if (found)
            return true;
        if (c->in_at > 0) { /* keep only the torn rest in front */
            memmove(c->in.p, c->in.p + c->in_at, c->in.n - c->in_at);
            c->in.n -= c->in_at;
            c->in_at = 0;
        }
        n = recv(c->fd, bytes_room(&c->in, 65536), 65536, wait ? 0 : MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return true;
        if (n < 0)
            return err_set(e, ERR_RETRY, "duplex: %s", strerror(errno));
        if (n == 0)
            return err_set(e, ERR_RETRY, "duplex: the other end is gone");
        c->in.n += (size_t)n;
    }
}
