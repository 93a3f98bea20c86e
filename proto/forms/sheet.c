/* The parent's side: a child reads the file, we read the child and believe nothing. */
#include "proto/forms/sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/base/text.h"
#include "proto/forms/sheet_legacy.h"
#include "proto/forms/sheet_read.h"

const struct sheet_limits sheet_limits = {
    .file_bytes = 16 << 20,
    .inflated_bytes = 96 << 20,
    .entries = 2000,
    .depth = 64,
    .cells = 500000,
    .text_bytes = 24 << 20,
    .cell_bytes = 64 << 10,
    .pages = 64,
    .merges = 20000,
    .seconds = 20,
};

enum {
    BLOCK = 262144,       /* of the pipe, where the system grants it */
    RECORD_ROOM = 16,     /* what one cell adds to its text in the stream, at most */
    MERGE_WORK = 5000000, /* cells looked at under merged ones */
};

struct owner { /* struct sheet and what it points into */
    struct sheet sheet;
    struct bytes stream;
    struct sheet_page *pages;
    struct cell *cells;
    struct sheet_merge *merges;
};

static size_t stream_max(void)
{
    return sheet_limits.text_bytes + sheet_limits.cells * RECORD_ROOM +
           sheet_limits.merges * (4 * sizeof(uint32_t) + 1) + sheet_limits.pages * 1024 +
           65536;
}

bool sheet_collect(int fd, size_t seconds, struct bytes *out, struct err *e)
{
    int64_t deadline = clock_ms() + (int64_t)seconds * 1000;

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = deadline - clock_ms();
        ssize_t n;

        if (left <= 0)
            return sheet_refuse(e, "SHEET-TIMEOUT", "not read within %zu seconds",
                                seconds);
        if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
            return err_set(e, ERR_RETRY, "poll: %s", strerror(errno));
        if (p.revents == 0)
            continue;
        n = read(fd, bytes_room(out, BLOCK), BLOCK);
        if (n < 0 && errno != EINTR)
            return err_set(e, ERR_RETRY, "pipe: %s", strerror(errno));
        if (n == 0)
            return true;
        out->n += n > 0 ? (size_t)n : 0;
        if (out->n > stream_max())
            return sheet_refuse(e, "SHEET-CRASH", "the reader wrote without end");
    }
}

struct cursor {
    const unsigned char *p, *end;
    bool bad;
    bool checked; /* the texts were looked at before, in these very bytes */
};

static uint32_t take(struct cursor *c, size_t n)
{
    uint32_t v = 0;

    if ((size_t)(c->end - c->p) < n) {
        c->bad = true;
        return 0;
    }
    memcpy(&v, c->p, n);
    c->p += n;
    return v;
}

static const char *take_text(struct cursor *c)
{
    const unsigned char *nul = memchr(c->p, 0, (size_t)(c->end - c->p));
    const char *text = (const char *)c->p;

    if (nul == NULL ||
        (!c->checked && !text_valid((struct span){c->p, (size_t)(nul - c->p)}))) {
        c->bad = true;
        return "";
    }
    c->p = nul + 1;
    return text;
}

static int by_place(const void *x, const void *y)
{
    const struct cell *a = x, *b = y;

    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return a->col == b->col ? 0 : a->col < b->col ? -1 : 1;
}

static void take_cell(struct cursor *c, struct sheet_page *page, struct cell *cell)
{
    cell->row = take(c, 4);
    cell->col = take(c, 4);
    cell->kind = (enum cell_kind)take(c, 1);
    cell->text = take_text(c);
    c->bad = c->bad || cell->row >= SHEET_ROWS || cell->col >= SHEET_COLS ||
             cell->kind <= CELL_BLANK || cell->kind > CELL_ERROR;
    if (cell->row >= page->n_rows)
        page->n_rows = cell->row + 1;
    if (cell->col >= page->n_cols)
        page->n_cols = cell->col + 1;
}

static void take_merge(struct cursor *c, struct sheet_merge *m)
{
    m->row = take(c, 4);
    m->col = take(c, 4);
    m->last_row = take(c, 4);
    m->last_col = take(c, 4);
    c->bad = c->bad || m->last_row < m->row || m->last_col < m->col ||
             m->last_row >= SHEET_ROWS || m->last_col >= SHEET_COLS;
}

/* Counts first, so that pages can point into two arrays that never move. */
static bool count_records(struct cursor c, size_t *pages, size_t *cells, size_t *merges)
{
    struct sheet_page page = {0};
    struct cell cell;
    struct sheet_merge merge;

    while (!c.bad && c.p < c.end) {
        switch (take(&c, 1)) {
        case RECORD_PAGE:
            (*pages)++;
            take(&c, 1);
            take_text(&c);
            take_text(&c);
            break;
        case RECORD_CELL:
            (*cells)++;
            take_cell(&c, &page, &cell);
            break;
        case RECORD_MERGE:
            (*merges)++;
            take_merge(&c, &merge);
            break;
        case RECORD_MARK:
            take_text(&c);
            c.bad = c.bad || *pages == 0;
            break;
        case RECORD_FILE:
            take(&c, 2);
            take_text(&c);
            take_text(&c);
            return !c.bad && c.p == c.end;
        default:
            return false;
        }
        if ((*cells > 0 || *merges > 0) && *pages == 0)
            return false;
    }
    return false; /* the record that says "all was read" is missing */
}

/* In order, each place once. */
static bool sort_page(struct sheet_page *page, struct cell *cells)
{
    bool sorted = true;

    for (size_t i = 1; i < page->n_cells && sorted; i++)
        sorted = by_place(&cells[i - 1], &cells[i]) < 0;
    if (!sorted)
        qsort(cells, page->n_cells, sizeof *cells, by_place);
    for (size_t i = 1; i < page->n_cells && !sorted; i++)
        if (by_place(&cells[i - 1], &cells[i]) == 0)
            return false;
    return true;
}

/* The first cell of the page that is not before (row, col). */
static size_t lower(const struct sheet_page *page, uint32_t row, uint32_t col)
{
    const struct cell key = {.row = row, .col = col};
    size_t low = 0, high = page->n_cells;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (by_place(&page->cells[mid], &key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/*
 * What lies under a merged cell is seen by nobody (LibreOffice keeps it all the same):
 * it does not count. False when the merges ask for more work than any real sheet.
 */
static bool drop_covered(struct sheet_page *page, struct cell *cells)
{
    size_t work = 0, kept = 0;

    for (size_t i = 0; i < page->n_merges; i++) {
        const struct sheet_merge *m = &page->merges[i];
        size_t at = lower(page, m->row, m->col);

        while (at < page->n_cells && cells[at].row <= m->last_row) {
            struct cell *c = &cells[at];

            if (++work > MERGE_WORK)
                return false;
            if (c->col < m->col)
                at = lower(page, c->row, m->col);
            else if (c->col > m->last_col)
                at = lower(page, c->row + 1, m->col);
            else
                at++;
            if (c->col >= m->col && c->col <= m->last_col &&
                (c->row != m->row || c->col != m->col))
                c->kind = CELL_BLANK;
        }
    }
    for (size_t i = 0; page->n_merges > 0 && i < page->n_cells; i++)
        if (cells[i].kind != CELL_BLANK)
            cells[kept++] = cells[i];
    if (page->n_merges > 0)
        page->n_cells = kept;
    return true;
}

/* Old fonts in cells: what the file said was Unicode is none. */
static void repair_texts(struct owner *o, size_t n)
{
    static const char *const names[LEGACIES] = {
        [LEGACY_TCVN3] = "TCVN3",
        [LEGACY_VNI] = "VNI",
        [LEGACY_UTF8] = "UTF-8 (Windows-1252)",
    };
    unsigned met = legacy_repair(&o->sheet.arena, o->cells, n);
    struct bytes list = {0};

    for (unsigned l = LEGACY_TCVN3; l < LEGACIES; l++) {
        if ((met & 1U << l) == 0)
            continue;
        bytes_str(&list, list.n > 0 ? ", " : "");
        bytes_str(&list, names[l]);
    }
    o->sheet.repaired = o->sheet.repaired || met != 0;
    o->sheet.repaired_from = arena_strn(&o->sheet.arena, list.p, list.n);
    bytes_clear(&list);
}

static bool decode(struct owner *o, struct err *e)
{
    struct cursor c = {.p = o->stream.p, .end = o->stream.p + o->stream.n};
    size_t pages = 0, cells = 0, merges = 0;
    struct sheet_page *page = NULL, *next;
    struct cell *cell;
    struct sheet_merge *merge;

    if (!count_records(c, &pages, &cells, &merges))
        return sheet_refuse(e, "SHEET-CRASH", "the reader broke off");
    c.checked = true;
    next = o->pages = mem_array(pages, sizeof *page);
    cell = o->cells = mem_array(cells, sizeof *cell);
    merge = o->merges = mem_array(merges, sizeof *merge);
    while (c.p < c.end) {
        switch (take(&c, 1)) {
        case RECORD_PAGE:
            page = next++;
            page->hidden = take(&c, 1) != 0;
            page->name = take_text(&c);
            page->form_mark = take_text(&c);
            page->cells = cell;
            page->merges = merge;
            break;
        case RECORD_CELL:
            take_cell(&c, page, cell++);
            page->n_cells++;
            break;
        case RECORD_MERGE:
            take_merge(&c, merge++);
            page->n_merges++;
            break;
        case RECORD_MARK:
            page->form_mark = take_text(&c);
            break;
        default: /* RECORD_FILE, the last one */
            o->sheet.repaired = take(&c, 1) != 0;
            o->sheet.delimiter = (char)take(&c, 1);
            o->sheet.encoding = take_text(&c);
            o->sheet.form_mark = take_text(&c);
        }
    }
    o->sheet.pages = o->pages;
    o->sheet.n_pages = pages;
    repair_texts(o, cells);
    cell = o->cells;
    for (page = o->pages; page < o->pages + pages; page++) {
        size_t n = page->n_cells;

        if (!sort_page(page, cell))
            return sheet_refuse(e, "SHEET-FORMAT", "a cell is given twice");
        if (!drop_covered(page, cell))
            return sheet_refuse(e, "SHEET-SIZE", "too many merged cells");
        cell += n;
    }
    return true;
}

/* The child's own refusal, or what its end says. */
static bool child_failed(const struct bytes *stream, int status, struct err *e)
{
    static const char head[] = {RECORD_ERROR, 'S', 'H', 'E', 'E', 'T', '-'};
    struct cursor c = {.p = stream->p, .end = stream->p + stream->n};
    size_t at = stream->n < sizeof head ? 0 : stream->n - sizeof head;

    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DATA) {
        while (at > 0 && memcmp(stream->p + at, head, sizeof head) != 0)
            at--; /* it is the last record */
        c.p += at < stream->n ? at + 1 : at;
        err_set(e, ERR_INPUT, "%s", take_text(&c));
        if (!c.bad && strncmp(e->text, "SHEET-", 6) == 0)
            return false;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SETUP)
        return err_set(e, ERR_SETUP, "the sheet reader cannot shut itself in");
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_LATER)
        return sheet_refuse(e, "SHEET-SIZE", "needs more memory than a sheet may have");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return sheet_refuse(e, "SHEET-TIMEOUT", "needs more time than a sheet may have");
    return sheet_refuse(e, "SHEET-CRASH", "the reader ended (status 0x%x)",
                        (unsigned)status);
}

static bool run_child(int fd, struct bytes *stream, struct err *e)
{
    int ends[2], status = 0;
    pid_t pid;
    bool ok;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_set(e, ERR_RETRY, "pipe: %s", strerror(errno));
    fcntl(ends[0], F_SETPIPE_SZ, BLOCK);
    pid = fork();
    if (pid < 0) {
        err_set(e, ERR_RETRY, "fork: %s", strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    if (pid == 0)
        sheet_child(fd, ends[1]);
    close(ends[1]);
    ok = sheet_collect(ends[0], sheet_limits.seconds, stream, e);
    close(ends[0]);
    if (!ok)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (ok && status != 0)
        ok = child_failed(stream, status, e);
    return ok;
}

bool sheet_decode(struct sheet **out, struct bytes *stream, struct err *e)
{
    struct owner *o = mem_new(sizeof *o);
    bool ok;

    o->stream = *stream;
    *stream = (struct bytes){0};
    ok = decode(o, e);
    *out = &o->sheet;
    if (!ok)
        sheet_close(out);
    return ok;
}

bool sheet_open(struct sheet **out, const char *path, struct err *e)
{
    struct bytes stream = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    bool ok = false;

    *out = NULL;
    if (fd < 0)
        err_set(e, errno == EMFILE || errno == ENFILE ? ERR_RETRY : ERR_SETUP, "%s",
                strerror(errno));
    else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        sheet_refuse(e, "SHEET-FORMAT", "not a plain file");
    else if (st.st_size == 0)
        sheet_refuse(e, "SHEET-TRUNCATED", "the file is empty");
    else if (st.st_size > (off_t)sheet_limits.file_bytes)
        sheet_refuse(e, "SHEET-SIZE", "larger than %zu MB",
                     sheet_limits.file_bytes >> 20);
    else
        ok = run_child(fd, &stream, e) && sheet_decode(out, &stream, e);
    if (fd >= 0)
        close(fd);
    bytes_clear(&stream);
    return ok;
}

void sheet_close(struct sheet **s)
{
    struct owner *o = (struct owner *)(void *)*s; /* sheet is its first member */

    if (o == NULL)
        return;
    arena_clear(&o->sheet.arena);
    bytes_clear(&o->stream);
    free(o->pages);
    free(o->cells);
    free(o->merges);
    free(o);
    *s = NULL;
}

const char *sheet_reason(const struct err *e, char out[24])
{
    const char *p = strstr(e->text, "SHEET-");
    size_t n = p == NULL ? 0 : strcspn(p, ":; ");

    snprintf(out, 24, "%.*s", n < 24 ? (int)n : 0, p == NULL ? "" : p);
    return out;
}

const struct cell *sheet_cell(const struct sheet_page *p, uint32_t row, uint32_t col)
{
    struct cell key = {.row = row, .col = col};

    if (p->n_cells == 0)
        return NULL;
    return bsearch(&key, p->cells, p->n_cells, sizeof key, by_place);
}

char *sheet_place(struct arena *a, const struct sheet_page *p, uint32_t row, uint32_t col)
{
    char ref[20], *at = ref + sizeof ref;
    size_t name = strlen(p->name), n;
    char *out;

    for (uint32_t r = row + 1; r > 0; r /= 10)
        *--at = (char)('0' + r % 10);
    for (uint32_t c = col + 1; c > 0; c = (c - 1) / 26)
        *--at = (char)('A' + (c - 1) % 26);
    if (name > 0)
        *--at = '!';
    n = (size_t)(ref + sizeof ref - at); /* one is made for each cell with a value */
    out = arena_chars(a, name + n + 1);
    memcpy(out, p->name, name);
    memcpy(out + name, at, n);
    return out;
}
