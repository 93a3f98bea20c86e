#include "aggregator/child.h"

#include "proto/base/duplex.h"
#include "proto/base/log.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* First thing in the child. */
static void begin(const char *name, int keep_fd)
{
    sigset_t none;
    struct rlimit rl;
    int top = 1024;

    log_init(name, LOG_INFO);
    prctl(PR_SET_NAME, name);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_IGN); /* the parent decides when we end */
    signal(SIGHUP, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur < 65536)
        top = (int)rl.rlim_cur;
    for (int fd = 3; fd < top; fd++)
        if (fd != keep_fd)
            close(fd);
}

bool child_fork(const char *name, int *pid, int *fd, struct err *e)
{
    int fds[2];

    *pid = 0;
    if (!duplex_pair(fds, e))
        return false;
    *pid = fork();
    if (*pid < 0) {
        err_set(e, ERR_RETRY, "fork: %s", strerror(errno));
        close(fds[0]);
        close(fds[1]);
        *pid = 0;
        return false;
    }
    *fd = fds[*pid == 0];
    if (*pid == 0)
        begin(name, *fd);
    else
        close(fds[1]);
    return true;
}

static const int pure_calls[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(recvfrom),
    SCMP_SYS(sendto),
    SCMP_SYS(brk),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(exit_group),
    SCMP_SYS(exit),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(close),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(tgkill),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(newfstatat),
    SCMP_SYS(fstat),
    SCMP_SYS(mprotect),
};

static const int file_calls[] = {SCMP_SYS(pread64), SCMP_SYS(pwrite64),
                                 SCMP_SYS(fdatasync), SCMP_SYS(lseek)};

bool child_confine(enum child_rights rights, struct err *e)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(1));
    bool ok = f != NULL;

    for (size_t i = 0; ok && i < COUNT(pure_calls); i++)
        ok = seccomp_rule_add(f, SCMP_ACT_ALLOW, pure_calls[i], 0) == 0;
    for (size_t i = 0; ok && rights == CHILD_FILES && i < COUNT(file_calls); i++)
        ok = seccomp_rule_add(f, SCMP_ACT_ALLOW, file_calls[i], 0) == 0;
    ok = ok && seccomp_load(f) == 0;
    seccomp_release(f);
    return ok || err_set(e, ERR_SETUP, "seccomp filter cannot be loaded");
}
