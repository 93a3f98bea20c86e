/* The parent's side: children take the workbook apart; a plain one where they cannot. */
#include "proto/forms/sheet_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/forms/sheet_patch.h"
#include "proto/forms/sheet_read.h"

struct job {
    const struct marking *m;
    const char *const *gone;
};

static bool in_child(const void *ctx, struct span file, struct bytes *out, struct err *e)
{
    const struct job *j = ctx;

    return patch_workbook(file, j->m, j->gone, out, e);
}

/* What the child said, or how it ended. */
static bool child_failed(int status, struct bytes *said, struct err *e)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SETUP)
        return err_set(e, ERR_SETUP, "the sheet reader cannot shut itself in");
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DATA && said->n < 1000)
        return err_set(e, ERR_INPUT, "%s", bytes_cstr(said));
    return err_set(e, ERR_INPUT, "the marking of the sheet ended (status 0x%x)",
                   (unsigned)status);
}

static bool mark_fd(int fd, const struct job *job, struct bytes *out, struct err *e)
{
    int ends[2], status = 0;
    bool ok;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_set(e, ERR_RETRY, "pipe: %s", strerror(errno));
    pid = fork();
    if (pid < 0) {
        err_set(e, ERR_RETRY, "fork: %s", strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    if (pid == 0)
        sheet_child_work(fd, ends[1], in_child, job);
    close(ends[1]);
    ok = sheet_collect(ends[0], sheet_limits.seconds, out, e);
    close(ends[0]);
    if (!ok)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (ok && status != 0)
        ok = child_failed(status, out, e);
    if (ok && out->n > sheet_limits.file_bytes)
        ok = err_set(e, ERR_INPUT, "larger than a sheet may be");
    if (!ok)
        out->n = 0;
    return ok;
}

/* Our own page is no part of what is made again. */
static bool mark_plain(const struct sheet *s, const struct job *job, struct bytes *out,
                       struct err *e)
{
    struct sheet_page *pages = mem_array(s->n_pages + 1, sizeof *pages);
    struct sheet kept = {.pages = pages};
    struct bytes plain = {0};
    int fd = -1;
    bool ok;

    for (size_t i = 0; i < s->n_pages; i++)
        if (!sheet_is_front(&s->pages[i]))
            pages[kept.n_pages++] = s->pages[i];
    ok = patch_plain(&kept, &plain, e);
    if (ok) {
        fd = memfd_create("sheet", MFD_CLOEXEC);
        ok = fd >= 0 && write(fd, plain.p, plain.n) == (ssize_t)plain.n &&
             lseek(fd, 0, SEEK_SET) == 0;
        if (!ok)
            err_set(e, ERR_RETRY, "memfd: %s", strerror(errno));
    }
    ok = ok && mark_fd(fd, job, out, e);
    if (fd >= 0)
        close(fd);
    bytes_clear(&plain);
    free(pages);
    return ok;
}

static bool mark_file(const char *path, const struct job *job, struct bytes *out,
                      struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool ok = fd >= 0 ? mark_fd(fd, job, out, e)
                      : err_set(e, ERR_RETRY, "%s: %s", path, strerror(errno));

    if (fd >= 0)
        close(fd);
    return ok;
}

bool sheet_mark(const char *path, const struct sheet *s, const struct marking *m,
                struct bytes *out, struct err *why, struct err *e)
{
    const char **gone = mem_array(s->n_pages + 1, sizeof *gone);
    struct job job = {.m = m};
    size_t n = 0;
    bool ok = false;

    *e = (struct err){0};
    for (size_t i = 0; i < s->n_pages; i++)
        if (sheet_is_front(&s->pages[i]))
            gone[n++] = s->pages[i].name;
    job.gone = gone;
    if (s->delimiter == 0) /* a CSV has no shape to keep */
        ok = mark_file(path, &job, out, e);
    if (!ok && e->kind == ERR_INPUT) {
        *why = *e;
        *e = (struct err){0};
    }
    if (!ok && e->kind == ERR_NONE)
        ok = mark_plain(s, &job, out, e);
    free(gone);
    return ok;
}
