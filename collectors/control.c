#include "collectors/control.h"
#include "collectors/local.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>
#include <zmq.h>

enum {
    CLIENTS = 8,
    REQUEST_MAX = 128 * 1024,
    ARGS_MAX = 512,
    HEAD = 4,       /* bytes of a request's length */
    REPLY_HEAD = 12 /* exit code, bytes of stdout, bytes of stderr */
};

#define SOCKET_NAME "control.sock"

struct client {
    struct control *control;
    int fd, id; /* fd -1: a free place */
    struct bytes in, out;
    size_t sent;
    struct cmd cmd; /* and what it wrote */
    char *text[2];
    size_t n_text[2];
    struct cmd_wait wait;
};

struct control {
    struct app *app;
    struct loop *loop;
    loop_fn *changed;
    void *ctx;
    int fd, id;
    struct client clients[CLIENTS];
};

/* -- framing ----------------------------------------------------------------------- */

static void put_number(unsigned char *p, uint32_t n)
{
    memcpy(p, &n, sizeof n); /* both ends are this machine */
}

static uint32_t get_number(const unsigned char *p)
{
    uint32_t n;

    memcpy(&n, p, sizeof n);
    return n;
}

/* -- the daemon -------------------------------------------------------------------- */

static void close_texts(struct client *cl)
{
    if (cl->cmd.out != NULL)
        fclose(cl->cmd.out);
    if (cl->cmd.err != NULL)
        fclose(cl->cmd.err);
    cl->cmd.out = cl->cmd.err = NULL;
}

static void client_close(struct client *cl)
{
    if (cl->wait.waiting)
        cl->wait.drop(cl->wait.job);
    close_texts(cl);
    for (size_t i = 0; i < COUNT(cl->text); i++)
        free(cl->text[i]);
    loop_remove(cl->control->loop, cl->id);
    close(cl->fd);
    bytes_clear(&cl->in);
    bytes_clear(&cl->out);
    *cl = (struct client){.control = cl->control, .fd = -1};
}

/* Splits the request: language, folder, input, words. False when it is not whole. */
static bool split(struct client *cl, struct cmd *c, char **argv, int *argc)
{
    char *p = (char *)cl->in.p + HEAD, *end = (char *)cl->in.p + cl->in.n;
    char *words[ARGS_MAX + 3];
    size_t n = 0;

    if (p >= end || end[-1] != 0)
        return false;
    for (; p < end; p += strlen(p) + 1) {
        if (n == COUNT(words))
            return false;
        words[n++] = p;
    }
    if (n < 4)
        return false;
    c->lang = strcmp(words[0], "vi") == 0 ? LANG_VI : LANG_EN;
    c->cwd = words[1];
    c->input = words[2][0] != 0 ? words[2] : NULL;
    *argc = (int)n - 3;
    memcpy(argv, words + 3, (n - 3) * sizeof *argv);
    argv[*argc] = NULL;
    return true;
}

static void finish(struct client *cl, enum exit_code code)
{
    unsigned char head[REPLY_HEAD];

    cl->wait.waiting = false;
    close_texts(cl);
    put_number(head, (uint32_t)code);
    put_number(head + 4, (uint32_t)cl->n_text[0]);
    put_number(head + 8, (uint32_t)cl->n_text[1]);
    bytes_add(&cl->out, head, sizeof head);
    for (size_t i = 0; i < COUNT(cl->text); i++)
        bytes_add(&cl->out, cl->text[i], cl->n_text[i]);
    loop_events(cl->control->loop, cl->id, ZMQ_POLLOUT);
}

static void on_done(struct cmd_wait *w, enum exit_code code)
{
    finish((struct client *)(void *)((char *)w - offsetof(struct client, wait)), code);
}

static void run(struct client *cl)
{
    struct control *ct = cl->control;
    char *argv[ARGS_MAX + 1];
    struct cmd *c = &cl->cmd;
    enum exit_code code = EXIT_USAGE;
    int argc;

    *c = (struct cmd){.app = ct->app, .wait = &cl->wait};
    cl->wait = (struct cmd_wait){.done = on_done};
    if (!split(cl, c, argv, &argc)) {
        client_close(cl);
        return;
    }
    c->out = open_memstream(&cl->text[0], &cl->n_text[0]);
    c->err = open_memstream(&cl->text[1], &cl->n_text[1]);
    c->self = cmd_find(argv[0]);
    if (c->out != NULL && c->err != NULL && c->self != NULL &&
        c->self->needs == NEEDS_OUTBOX)
        code = c->self->run(c, argc, argv);
    if (cl->wait.waiting) /* for an answer of the province; the loop goes on */
        return;
    finish(cl, code);
    ct->changed(ct->ctx);
}

static void take_bytes(struct client *cl)
{
    ssize_t n = read(cl->fd, bytes_room(&cl->in, 4096), 4096);
    uint32_t length;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        client_close(cl);
        return;
    }
    cl->in.n += (size_t)n;
    if (cl->in.n < HEAD)
        return;
    length = get_number(cl->in.p);
    if (length > REQUEST_MAX || cl->in.n > HEAD + (size_t)length)
        client_close(cl);
    else if (cl->in.n == HEAD + (size_t)length)
        run(cl);
}

static void give_bytes(struct client *cl)
{
    ssize_t n = write(cl->fd, cl->out.p + cl->sent, cl->out.n - cl->sent);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0)
        cl->sent += (size_t)n;
    if (n < 0 || cl->sent == cl->out.n)
        client_close(cl);
}

static void on_client(void *ctx)
{
    struct client *cl = ctx;

    if (cl->fd < 0)
        return;
    if (cl->out.n > 0)
        give_bytes(cl);
    else
        take_bytes(cl);
}

static void on_connect(void *ctx)
{
    struct control *ct = ctx;
    int fd = local_accept(ct->fd);

    if (fd < 0)
        return;
    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *cl = &ct->clients[i];

        if (cl->fd >= 0)
            continue;
        *cl = (struct client){.control = ct, .fd = fd};
        cl->id = loop_add(ct->loop, NULL, fd, ZMQ_POLLIN, on_client, cl);
        return;
    }
    close(fd);
}

bool control_open(struct control **out, struct app *app, struct loop *loop,
                  loop_fn *changed, void *ctx, struct err *e)
{
    struct control *ct = mem_new(sizeof *ct);

    *out = NULL;
    ct->app = app;
    ct->loop = loop;
    ct->changed = changed;
    ct->ctx = ctx;
    for (size_t i = 0; i < CLIENTS; i++)
        ct->clients[i] = (struct client){.control = ct, .fd = -1};
    if (!local_listen(app->state, SOCKET_NAME, &ct->fd, e)) {
        free(ct);
        return false;
    }
    ct->id = loop_add(loop, NULL, ct->fd, ZMQ_POLLIN, on_connect, ct);
    *out = ct;
    return true;
}

void control_close(struct control **cp)
{
    struct control *ct = *cp;
    char *path;

    if (ct == NULL)
        return;
    for (size_t i = 0; i < CLIENTS; i++)
        if (ct->clients[i].fd >= 0)
            client_close(&ct->clients[i]);
    path = app_path(ct->app, SOCKET_NAME);
    loop_remove(ct->loop, ct->id);
    close(ct->fd);
    unlink(path);
    free(path);
    free(ct);
    *cp = NULL;
}

/* -- the client -------------------------------------------------------------------- */

static bool send_all(int fd, struct span s)
{
    while (s.n > 0) {
        ssize_t n = write(fd, s.p, s.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        s.p += n;
        s.n -= (size_t)n;
    }
    return true;
}

static bool receive_all(int fd, unsigned char *p, size_t n)
{
    while (n > 0) {
        ssize_t got = read(fd, p, n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

static bool request(const struct cmd *c, int argc, char **argv, struct bytes *out,
                    struct err *e)
{
    const char *input = c->input != NULL ? c->input : "";
    unsigned char head[HEAD] = {0};

    bytes_add(out, head, sizeof head);
    bytes_add(out, c->lang == LANG_VI ? "vi" : "en", 3);
    bytes_add(out, c->cwd, strlen(c->cwd) + 1);
    bytes_add(out, input, strlen(input) + 1);
    for (int i = 0; i < argc; i++)
        bytes_add(out, argv[i], strlen(argv[i]) + 1);
    if (argc > ARGS_MAX || out->n > REQUEST_MAX)
        return err_set(e, ERR_INPUT, "too many words on the command line");
    put_number(out->p, (uint32_t)(out->n - HEAD));
    return true;
}

static bool answer(const struct cmd *c, int fd, enum exit_code *code, struct err *e)
{
    unsigned char head[REPLY_HEAD], piece[4096];
    FILE *const to[] = {c->out, c->err};

    if (!receive_all(fd, head, sizeof head))
        return err_set(e, ERR_RETRY, "the daemon ended before it answered");
    *code = (enum exit_code)get_number(head);
    for (size_t i = 0; i < COUNT(to); i++)
        for (size_t left = get_number(head + 4 + 4 * i); left > 0;) {
            size_t n = left < sizeof piece ? left : sizeof piece;

            if (!receive_all(fd, piece, n))
                return err_set(e, ERR_RETRY, "the daemon ended before it answered");
            fwrite(piece, 1, n, to[i]);
            left -= n;
        }
    return true;
}

bool control_ask(const struct app *app, const struct cmd *c, int argc, char **argv,
                 bool *there, enum exit_code *code, struct err *e)
{
    struct bytes b = {0};
    int fd = -1;
    bool ok = false;

    *there = false;
    signal(SIGPIPE, SIG_IGN);
    if (!request(c, argc, argv, &b, e) || !local_connect(app->state, SOCKET_NAME, &fd, e))
        goto out;
    *there = fd >= 0;
    if (!*there)
        ok = true;
    else if (send_all(fd, span_of(&b)))
        ok = answer(c, fd, code, e);
    else
        err_set(e, ERR_RETRY, "%s/" SOCKET_NAME ": %s", app->state, strerror(errno));
out:
    if (fd >= 0)
        close(fd);
    bytes_clear(&b);
    return ok;
}
