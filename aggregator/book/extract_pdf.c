#include "aggregator/rollup/extract.h"
#include "aggregator/book/layout.h"
#include "proto/tsv.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PDF_MAX = 64 << 20, CPU_SECONDS = 120 };

/* ---- what htx-pdf reads, see pdf/pdf.h ---- */

static void put_words(struct bytes *out, const struct paper_words *w)
{
    bytes_printf(out, "words\t%" PRId64, w->created);
    tsv_put(out, w->agency);
    tsv_put(out, w->document);
    tsv_put(out, w->comments);
    tsv_put(out, w->maker);
    tsv_put(out, w->attached);
    tsv_put(out, w->dated);
    for (size_t i = 0; i < COUNT(w->lines); i++)
        tsv_put(out, w->lines[i]);
    for (size_t i = 0; i < COUNT(w->signers); i++)
        tsv_put(out, w->signers[i]);
    bytes_char(out, '\n');
}

static void put_cell(struct bytes *out, const struct layout_cell *c)
{
    struct bytes shown = {0};

    layout_shown(c, &shown);
    bytes_printf(out, "cell\t%" PRIu32 "\t%d\t%d\t%d\t%d\t%d", c->row, c->from, c->to,
                 (int)c->style, c->kind == LAYOUT_FIGURE || c->kind == LAYOUT_COUNT,
                 c->face == PAPER_ITALIC);
    tsv_put(out, bytes_cstr(&shown));
    bytes_char(out, '\n');
    bytes_clear(&shown);
}

static void put_layout(struct bytes *out, const struct layout *l)
{
    put_words(out, &l->words);
    for (size_t i = 0; i < l->n_sheets; i++) {
        const struct layout_sheet *s = &l->sheets[i];

        bytes_printf(out, "sheet\t%" PRIu32 "\t%" PRIu32, s->rows, s->head_rows);
        tsv_put(out, s->name);
        tsv_put(out, s->annex);
        tsv_put(out, s->title);
        tsv_put(out, s->unit_line);
        bytes_str(out, "\nwidths");
        for (int c = 0; c < s->columns; c++)
            bytes_printf(out, "\t%d", (int)(100 * s->widths[c]));
        bytes_char(out, '\n');
        for (size_t c = 0; c < s->n_cells; c++)
            put_cell(out, &s->cells[c]);
    }
}

/* ---- the program ---- */

/* htx-pdf lies where this program lies. NULL when we do not know where. */
static char *program_path(void)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash;

    if (n <= 0)
        return NULL;
    self[n] = 0;
    slash = strrchr(self, '/');
    if (slash == NULL)
        return NULL;
    *slash = 0;
    return mem_printf("%s/htx-pdf", self);
}

static void become(const char *path, int in, int out, int err)
{
    const struct rlimit cpu = {CPU_SECONDS, CPU_SECONDS};
    char name[] = "htx-pdf", *const argv[] = {name, NULL};

    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(EXIT_SETUP);
    for (int fd = 3; fd < 256; fd++) /* the database's, above all */
        close(fd);
    setrlimit(RLIMIT_CPU, &cpu);
    execv(path, argv);
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    _exit(EXIT_SETUP);
}

static bool read_all(int fd, struct bytes *out)
{
    off_t size = lseek(fd, 0, SEEK_END);
    ssize_t n;

    if (size < 0 || size > PDF_MAX || lseek(fd, 0, SEEK_SET) < 0)
        return false;
    while ((n = read(fd, bytes_room(out, 65536), 65536)) > 0)
        out->n += (size_t)n;
    return n == 0;
}

/* stdin, stdout and stderr of the program are files in memory: nothing can block. */
static bool run(const char *path, struct span in, struct bytes *out, struct err *e)
{
    int fds[3] = {-1, -1, -1}, status = -1;
    struct bytes said = {0};
    bool ok = false;
    pid_t pid;

    for (size_t i = 0; i < COUNT(fds); i++) {
        fds[i] = memfd_create("htx-pdf", MFD_CLOEXEC);
        if (fds[i] < 0)
            goto system;
    }
    for (size_t done = 0; done < in.n;) {
        ssize_t n = write(fds[0], in.p + done, in.n - done);

        if (n < 0)
            goto system;
        done += (size_t)n;
    }
    if (lseek(fds[0], 0, SEEK_SET) < 0)
        goto system;
    pid = fork();
    if (pid < 0)
        goto system;
    if (pid == 0)
        become(path, fds[0], fds[1], fds[2]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE && read_all(fds[1], out)) {
        ok = true;
        goto out;
    }
    if (!read_all(fds[2], &said))
        said.n = 0;
    while (said.n > 0 && said.p[said.n - 1] == '\n')
        said.n--;
    err_set(e, ERR_SETUP, "PDF: %.*s", (int)said.n,
            said.n > 0 ? (const char *)said.p : "");
    goto out;
system:
    err_set(e, ERR_RETRY, "PDF: %s", strerror(errno));
out:
    for (size_t i = 0; i < COUNT(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    bytes_clear(&said);
    return ok;
}

bool extract_pdf(const struct layout *l, struct bytes *out, struct err *e)
{
    char *path = program_path();
    struct bytes in = {0};
    bool ok;

    if (path == NULL)
        return err_set(e, ERR_SETUP, "PDF: /proc/self/exe: %s", strerror(errno));
    put_layout(&in, l);
    ok = run(path, span_of(&in), out, e);
    bytes_clear(&in);
    free(path);
    return ok;
}
