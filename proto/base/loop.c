#include "proto/base/loop.h"
#include "proto/base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <zmq.h>

struct source {
    int id;
    zmq_pollitem_t item;
    loop_fn *ready;
    void *ctx;
};

struct timer {
    int64_t at;
    loop_fn *fn;
    void *ctx;
};

struct loop {
    struct source *src;
    size_t n_src;
    struct timer *timers;
    size_t n_timers;
    int next_id;
    bool stop;
    int signal_fd;
    loop_fn *hup;
    void *hup_ctx;
};

void loop_open(struct loop **out)
{
    *out = mem_new(sizeof **out);
    (*out)->next_id = 1;
    (*out)->signal_fd = -1;
}

void loop_close(struct loop **lpp)
{
    struct loop *lp = *lpp;

    if (lp == NULL)
        return;
    if (lp->signal_fd >= 0)
        close(lp->signal_fd);
    free(lp->src);
    free(lp->timers);
    free(lp);
    *lpp = NULL;
}

int loop_add(struct loop *lp, void *socket, int fd, short events, loop_fn *ready,
             void *ctx)
{
    lp->src = mem_grow(lp->src, lp->n_src + 1, sizeof *lp->src);
    lp->src[lp->n_src++] = (struct source){
        lp->next_id, {socket, socket != NULL ? 0 : fd, events, 0},
         ready, ctx
    };
    return lp->next_id++;
}

static struct source *source_find(struct loop *lp, int id)
{
    for (size_t i = 0; i < lp->n_src; i++)
        if (lp->src[i].id == id)
            return &lp->src[i];
    return NULL;
}

void loop_events(struct loop *lp, int id, short events)
{
    struct source *s = source_find(lp, id);

    if (s != NULL)
        s->item.events = events;
}

void loop_remove(struct loop *lp, int id)
{
    struct source *s = source_find(lp, id);

    if (s != NULL)
        *s = lp->src[--lp->n_src];
}

void loop_never(struct loop *lp, loop_fn *fn, void *ctx)
{
    for (size_t i = 0; i < lp->n_timers; i++)
        if (lp->timers[i].fn == fn && lp->timers[i].ctx == ctx) {
            lp->timers[i] = lp->timers[--lp->n_timers];
            return;
        }
}

void loop_at(struct loop *lp, int64_t at, loop_fn *fn, void *ctx)
{
    loop_never(lp, fn, ctx);
    lp->timers = mem_grow(lp->timers, lp->n_timers + 1, sizeof *lp->timers);
    lp->timers[lp->n_timers++] = (struct timer){at, fn, ctx};
}

static long wait_ms(const struct loop *lp)
{
    int64_t now = clock_ms(), least = 60000;

    for (size_t i = 0; i < lp->n_timers; i++)
        if (lp->timers[i].at - now < least)
            least = lp->timers[i].at - now;
    return least < 0 ? 0 : (long)least;
}

static void run_timers(struct loop *lp)
{
    int64_t now = clock_ms();

    for (size_t round = lp->n_timers; round > 0 && !lp->stop; round--) {
        struct timer due = {0};

        for (size_t i = 0; i < lp->n_timers; i++)
            if (lp->timers[i].at <= now && (due.fn == NULL || lp->timers[i].at < due.at))
                due = lp->timers[i];
        if (due.fn == NULL)
            return;
        loop_never(lp, due.fn, due.ctx);
        due.fn(due.ctx);
    }
}

bool loop_run(struct loop *lp, struct err *e)
{
    zmq_pollitem_t *items = NULL;
    int *ids = NULL;
    bool ok = true;

    while (!lp->stop) {
        size_t n = lp->n_src; /* handlers may add sources: they join the next round */

        items = mem_grow(items, n, sizeof *items);
        ids = mem_grow(ids, n, sizeof *ids);
        for (size_t i = 0; i < n; i++) {
            items[i] = lp->src[i].item;
            ids[i] = lp->src[i].id;
        }
        if (zmq_poll(items, (int)n, wait_ms(lp)) < 0) {
            if (errno == EINTR) /* revents mean nothing now */
                continue;
            ok = err_set(e, ERR_SETUP, "poll: %s", zmq_strerror(errno));
            break;
        }
        for (size_t i = 0; i < n && !lp->stop; i++) {
            struct source *s = items[i].revents != 0 ? source_find(lp, ids[i]) : NULL;

            if (s != NULL)
                s->ready(s->ctx);
        }
        run_timers(lp);
    }
    free(items);
    free(ids);
    lp->stop = false; /* it may be run again */
    return ok;
}

void loop_stop(struct loop *lp)
{
    lp->stop = true;
}

static void on_signal(void *ctx)
{
    struct loop *lp = ctx;
    struct signalfd_siginfo info;

    while (read(lp->signal_fd, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo != SIGHUP)
            lp->stop = true;
        else if (lp->hup != NULL)
            lp->hup(lp->hup_ctx);
    }
}

bool loop_signals(struct loop *lp, loop_fn *hup, void *ctx, struct err *e)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    lp->hup = hup;
    lp->hup_ctx = ctx;
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return err_set(e, ERR_SETUP, "signals: %s", strerror(errno));
    lp->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (lp->signal_fd < 0)
        return err_set(e, ERR_SETUP, "signals: %s", strerror(errno));
    loop_add(lp, NULL, lp->signal_fd, ZMQ_POLLIN, on_signal, lp);
    return true;
}
