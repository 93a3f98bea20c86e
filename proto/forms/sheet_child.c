/*
 * The child: everything it needs is opened first, then the door is shut (seccomp), then
 * the hostile bytes are looked at. Its stderr is closed; the parent tells what happened.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "proto/forms/sheet_read.h"

enum { FD_FILE = 3, FD_PIPE = 4 };

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN 0 /* its shadow alone is terabytes of address space */
#endif

/* Memory a sheet may take beyond what the parent had mapped already. */
static const size_t MEMORY = (size_t)192 << 20;

static bool limit(int what, rlim_t n)
{
    struct rlimit r = {n, n};

    return setrlimit(what, &r) == 0;
}

/* Pages mapped now, in bytes; 0 where /proc is not there. */
static size_t mapped(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;

    if (f == NULL)
        return 0;
    if (fscanf(f, "%lu", &pages) != 1)
        pages = 0;
    fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static bool shut_limits(size_t before)
{
    bool ok = limit(RLIMIT_CPU, sheet_limits.seconds) && limit(RLIMIT_FSIZE, 0) &&
              limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, FD_PIPE + 1);

    if (!UNDER_ASAN && before > 0)
        ok = ok && limit(RLIMIT_AS, before + MEMORY);
    return ok;
}

static void only_two_files(int fd, int out)
{
    int high = fcntl(fd, F_DUPFD, FD_PIPE + 1), pipe_high;

    pipe_high = fcntl(out, F_DUPFD, FD_PIPE + 1);
    dup2(high, FD_FILE);
    dup2(pipe_high, FD_PIPE);
    close(0);
    close(1);
    close(2);
    close_range(FD_PIPE + 1, ~0U, 0);
}

static void plain_signals(void)
{
    sigset_t none;

    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

bool sheet_child_lock(int out, struct err *e)
{
    static const int allowed[] = {
        SCMP_SYS(exit),          SCMP_SYS(exit_group),   SCMP_SYS(brk),
        SCMP_SYS(munmap),        SCMP_SYS(mremap),       SCMP_SYS(madvise),
        SCMP_SYS(futex),         SCMP_SYS(getrandom),    SCMP_SYS(rt_sigreturn),
        SCMP_SYS(sigaltstack),   SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(gettid),        SCMP_SYS(getpid),       SCMP_SYS(sched_yield),
        SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
    };
    static const int executable[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
    const struct scmp_arg_cmp to_pipe = {
        .arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)out};
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    bool ok = f != NULL;

    for (size_t i = 0; ok && i < COUNT(allowed); i++)
        ok = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
    for (size_t i = 0; ok && i < COUNT(executable); i++)
        ok = seccomp_rule_add(f, SCMP_ACT_ALLOW, executable[i], 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
    ok = ok &&
         seccomp_rule_add_array(f, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, &to_pipe) == 0;
    ok = ok && seccomp_load(f) == 0;
    if (f != NULL)
        seccomp_release(f);
    return ok || err_set(e, ERR_SETUP, "seccomp: %s", strerror(errno));
}

/* The whole file; its size was checked by the parent, and is not trusted to stay. */
static bool read_file(struct bytes *file, struct err *e)
{
    ssize_t n;

    do {
        n = read(FD_FILE, bytes_room(file, 65536), 65536);
        if (n > 0)
            file->n += (size_t)n;
        if (file->n > sheet_limits.file_bytes)
            return sheet_refuse(e, "SHEET-SIZE", "larger than %zu MB",
                                sheet_limits.file_bytes >> 20);
    } while (n > 0 || (n < 0 && errno == EINTR));
    return n == 0 || sheet_refuse(e, "SHEET-TRUNCATED", "%s", strerror(errno));
}

void sheet_child(int fd, int out)
{
    size_t before = mapped();
    struct sheet_codecs codecs;
    struct bytes file = {0};
    struct sink s = {.fd = FD_PIPE};
    struct err e = {0};
    bool ok;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
    plain_signals();
    only_two_files(fd, out);
    ok = read_file(&file, &e);
    sheet_codecs_open(&codecs);
    if (!shut_limits(before) || !sheet_child_lock(FD_PIPE, &e))
        _exit(EXIT_SETUP);
    ok = ok && sheet_read_any(span_of(&file), &codecs, &s, &e);
    sink_end(&s, ok, &e);
    _exit(ok ? EXIT_DONE : EXIT_DATA);
}

static bool write_all(const void *data, size_t n)
{
    const char *p = data;

    while (n > 0) {
        ssize_t m = write(FD_PIPE, p, n);

        if (m < 0 && errno == EINTR)
            continue;
        if (m <= 0)
            return false;
        p += m;
        n -= (size_t)m;
    }
    return true;
}

void sheet_child_work(int fd, int out, sheet_work *work, const void *ctx)
{
    size_t before = mapped();
    struct bytes file = {0}, made = {0};
    struct err e = {0};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
    plain_signals();
    only_two_files(fd, out);
    if (!read_file(&file, &e) || !shut_limits(before) || !sheet_child_lock(FD_PIPE, &e))
        _exit(EXIT_SETUP);
    if (work(ctx, span_of(&file), &made, &e))
        _exit(write_all(made.p, made.n) ? EXIT_DONE : EXIT_FAILED);
    _exit(write_all(e.text, strlen(e.text)) ? EXIT_DATA : EXIT_FAILED);
}
