#include "collectors/spool.h"
#include "proto/base/clock.h"
#include "proto/base/crash.h"
#include "proto/base/file.h"
#include "proto/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <strings.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CLAIM_LEN = 32, EXT_MAX = 6, BOOK_MAX = 17 << 20 };

#define SHARE_CLAIM ".htx-" /* a claim inside a share on another file system */

struct seen { /* a file that does not rest yet */
    char *name;
    off_t size;
    struct timespec mtime;
    ino_t inode;
    int64_t since;
    bool here;   /* found by the scan that is running */
    bool rested; /* and to be taken by it */
};

struct box {
    struct spool_folder folder;
    char *work;
    struct seen *seen;
    size_t n_seen;
    bool absent; /* the share was away at the last look: said once */
};

struct spool {
    char *originals;
    struct box *boxes;
    size_t n;
    int64_t rest_ms;
    int watch;
};

/* -- opening ----------------------------------------------------------------------- */

static enum err_kind kind_of(int no)
{
    return no == ENOSPC || no == EDQUOT || no == EMFILE || no == ENFILE || no == ENOMEM ||
                   no == EIO || no == ESTALE || no == EHOSTDOWN || no == ETIMEDOUT ||
                   no == EACCES || no == ENOENT
               ? ERR_RETRY
               : ERR_SETUP;
}

static bool failed(const char *path, struct err *e)
{
    return err_set(e, kind_of(errno), "%s: %s", path, strerror(errno));
}

/* An inbox that nobody made yet: open to the group, as far as the umask allows it. */
static bool make_inbox(const char *inbox, struct err *e)
{
    char *parent = mem_printf("%.*s", (int)(strrchr(inbox, '/') - inbox), inbox);
    bool ok = mkdir(inbox, 0770) == 0 || errno == EEXIST ||
              (errno == ENOENT && file_mkdirs(parent, e) &&
               (mkdir(inbox, 0770) == 0 || errno == EEXIST));

    if (!ok)
        failed(inbox, e);
    free(parent);
    return ok;
}

/* Officers read there: as open to others as the folder they send from. */
static bool folder_in(const char *inbox, const char *name, struct err *e)
{
    char *path = mem_printf("%s/%s", inbox, name);
    struct stat st;
    bool ok = make_inbox(inbox, e);

    if (ok && (stat(inbox, &st) != 0 ||
               (mkdir(path, st.st_mode & 0777) != 0 && errno != EEXIST) ||
               lstat(path, &st) != 0))
        ok = failed(path, e);
    else if (ok && !S_ISDIR(st.st_mode)) /* a link would lead our files elsewhere */
        ok = err_set(e, ERR_RETRY, "%s: is no folder: move it away", path);
    free(path);
    return ok;
}

static bool answer_folder(const char *inbox, bool bad, struct err *e)
{
    return folder_in(inbox, bad ? SPOOL_BAD : SPOOL_DONE, e);
}

bool spool_inbox(const char *inbox, struct err *e)
{
    return answer_folder(inbox, false, e) && answer_folder(inbox, true, e) &&
           folder_in(inbox, SPOOL_NOTICES, e);
}

static bool box_open(struct spool *sp, struct box *b, const char *state,
                     const struct spool_folder *folder, struct err *e)
{
    struct err share = {0};

    b->folder = *folder;
    b->work = mem_printf("%s/claims/%s", state, folder->unit);
    /* a share that is away now may come back: only our own folders must be there */
    if (!spool_inbox(folder->inbox, &share))
        log_event(LOG_WARN, "inbox_away unit=%s why=\"%s\"", folder->unit, share.text);
    if (sp->watch >= 0)
        inotify_add_watch(sp->watch, folder->inbox,
                          IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR);
    return file_mkdirs(b->work, e);
}

bool spool_open(struct spool **out, const char *state, const struct spool_folder *folders,
                size_t n, int64_t rest_ms, struct err *e)
{
    struct spool *sp = mem_new(sizeof *sp);

    *out = NULL;
    sp->originals = mem_printf("%s/originals", state);
    sp->boxes = mem_array(n, sizeof *sp->boxes);
    sp->n = n;
    sp->rest_ms = rest_ms;
    sp->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (!file_mkdirs(sp->originals, e)) {
        spool_close(&sp);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        if (!box_open(sp, &sp->boxes[i], state, &folders[i], e)) {
            spool_close(&sp);
            return false;
        }
    *out = sp;
    return true;
}

void spool_close(struct spool **spp)
{
    struct spool *sp = *spp;

    if (sp == NULL)
        return;
    for (size_t i = 0; i < sp->n; i++) {
        for (size_t k = 0; k < sp->boxes[i].n_seen; k++)
            free(sp->boxes[i].seen[k].name);
        free(sp->boxes[i].seen);
        free(sp->boxes[i].work);
    }
    free(sp->boxes);
    free(sp->originals);
    if (sp->watch >= 0)
        close(sp->watch);
    free(sp);
    *spp = NULL;
}

int spool_watch(struct spool *sp)
{
    return sp->watch;
}

void spool_drain(struct spool *sp)
{
    char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));

    while (read(sp->watch, buf, sizeof buf) > 0)
        ;
}

static struct box *box_of(struct spool *sp, const char *unit)
{
    for (size_t i = 0; i < sp->n; i++)
        if (strcmp(sp->boxes[i].folder.unit, unit) == 0)
            return &sp->boxes[i];
    return NULL;
}

/* -- names ------------------------------------------------------------------------- */

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);

    return n >= m && strcasecmp(s + n - m, end) == 0;
}

bool spool_wants(const char *name)
{
    static const char *const ends[] = {
        ".tmp", ".part", ".crdownload", ".partial", ".lock", ".swp", "~"};

    if (name[0] == '.' || strncmp(name, "~$", 2) == 0 || name[0] == 0)
        return false;
    for (size_t i = 0; i < COUNT(ends); i++)
        if (ends_with(name, ends[i]))
            return false;
    if (strcasecmp(name, "Thumbs.db") == 0 || strcasecmp(name, "desktop.ini") == 0)
        return false;
    return !ends_with(name, SPOOL_ANSWER);
}

/* ".xlsx" in small letters, or "" */
static void extension(const char *name, char out[EXT_MAX + 1])
{
    const char *dot = strrchr(name, '.');
    size_t n = 0;

    out[0] = 0;
    if (dot == NULL || strlen(dot) > EXT_MAX || strlen(dot) < 2)
        return;
    for (const char *p = dot; *p != 0; p++) {
        char c = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;

        if (p > dot && !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
            out[0] = 0;
            return;
        }
        out[n++] = c;
    }
    out[n] = 0;
}

char *spool_answered_name(const char *name)
{
    size_t n = strlen(name);

    if (n > strlen(SPOOL_BOOK) &&
        strcasecmp(name + n - strlen(SPOOL_BOOK), SPOOL_BOOK) == 0) {
        char *cut = mem_printf("%.*s", (int)(n - strlen(SPOOL_BOOK)), name);
        size_t left = strlen(cut);

        char *book;

        if (ends_with(cut, ".xlsx"))
            return cut;
        if (ends_with(cut, ".csv") || ends_with(cut, ".ods"))
            left -= strlen(".csv");
        book = mem_printf("%.*s.xlsx", (int)left, cut); /* it is a workbook now */
        free(cut);
        return book;
    }
    return mem_str(name);
}

static char *claim_new(void)
{
    struct uuid id = uuid_new(clock_wall());

    return hex_of(id.b, ID_LEN, mem_new(2 * ID_LEN + 1));
}

static bool is_claim(const char *s)
{
    return strlen(s) == CLAIM_LEN && strspn(s, "0123456789abcdef") == CLAIM_LEN;
}

/* -- copying ----------------------------------------------------------------------- */

static int open_plain(const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;

    if (fd < 0) {
        failed(path, e);
        return -1;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        err_set(e, ERR_INPUT, "%s: not a plain file", path);
        close(fd);
        return -1;
    }
    return fd;
}

static bool copy_bytes(int from, int to)
{
    char piece[16384];
    ssize_t n;

    while ((n = read(from, piece, sizeof piece)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        for (ssize_t at = 0; at < n;) {
            ssize_t m = write(to, piece + at, (size_t)(n - at));

            if (m < 0 && errno == EINTR)
                continue;
            if (m <= 0)
                return false;
            at += m;
        }
    }
    return true;
}

/* The folder of a path, with the slash. */
static char *folder_of(const char *path)
{
    return mem_printf("%.*s", (int)(strrchr(path, '/') - path + 1), path);
}

/* A durable copy: temp, fsync, rename, fsync of the folder. */
static bool copy_file(const char *from, const char *to, unsigned mode, struct err *e)
{
    char *dir = folder_of(to);
    char *temp = mem_printf("%s.%s.tmp", dir, strrchr(to, '/') + 1);
    int in = open_plain(from, e), out = -1;
    bool ok = false;

    if (in < 0)
        goto out;
    out = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (out < 0 || !copy_bytes(in, out) || fsync(out) != 0 || rename(temp, to) != 0) {
        failed(to, e);
        unlink(temp);
        goto out;
    }
    ok = file_sync_dir(dir, e);
out:
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    free(temp);
    free(dir);
    return ok;
}

/* -- claiming ---------------------------------------------------------------------- */

static char *claim_dir(const struct box *b, const char *claim)
{
    return mem_printf("%s/%s", b->work, claim);
}

/* A share on another file system: claim inside it, then copy, then remove there. */
static bool share_fetch(struct box *b, const char *claim, const char *name, struct err *e)
{
    char *share = mem_printf("%s/" SHARE_CLAIM "%s", b->folder.inbox, claim);
    char *from = mem_printf("%s/%s", share, name);
    char *dir = claim_dir(b, claim);
    char *to = mem_printf("%s/%s", dir, name);
    bool ok = file_mkdirs(dir, e) && copy_file(from, to, 0600, e);

    if (ok) {
        crash_point("spool.share_copied");
        unlink(from);
        rmdir(share);
    }
    free(share);
    free(from);
    free(dir);
    free(to);
    return ok;
}

static bool share_claim(struct box *b, const char *claim, const char *name, struct err *e)
{
    char *from = mem_printf("%s/%s", b->folder.inbox, name);
    char *share = mem_printf("%s/" SHARE_CLAIM "%s", b->folder.inbox, claim);
    char *to = mem_printf("%s/%s", share, name);
    bool ok = mkdir(share, 0700) == 0 && rename(from, to) == 0;

    if (!ok) {
        failed(from, e);
        rmdir(share);
    }
    free(from);
    free(share);
    free(to);
    return ok && share_fetch(b, claim, name, e);
}

static bool claim_file(struct box *b, const char *claim, const char *name, struct err *e)
{
    char *from = mem_printf("%s/%s", b->folder.inbox, name);
    char *dir = claim_dir(b, claim);
    char *to = mem_printf("%s/%s", dir, name);
    bool ok = mkdir(dir, 0700) == 0 || failed(dir, e);

    if (ok && rename(from, to) != 0) {
        bool other_fs = errno == EXDEV;

        ok = failed(from, e);
        rmdir(dir);
        if (other_fs)
            ok = share_claim(b, claim, name, e);
    } else if (ok) {
        ok = file_sync_dir(dir, e) && file_sync_dir(b->work, e);
        crash_point("spool.claimed");
    }
    free(from);
    free(dir);
    free(to);
    return ok;
}

static bool hand_over(struct box *b, const char *claim, const char *name, spool_fn *fn,
                      void *ctx)
{
    char *path = mem_printf("%s/%s/%s", b->work, claim, name);
    bool go_on = fn(
        ctx, &(struct spool_claim){b->folder.unit, b->folder.inbox, claim, name, path});

    free(path);
    return go_on;
}

static bool take(struct box *b, const char *name, spool_fn *fn, void *ctx)
{
    char *claim = claim_new();
    struct err e = {0};
    bool go_on = true;

    if (claim_file(b, claim, name, &e))
        go_on = hand_over(b, claim, name, fn, ctx);
    else
        log_event(LOG_WARN, "claim_failed unit=%s name=\"%s\" why=\"%s\"", b->folder.unit,
                  name, e.text);
    free(claim);
    return go_on;
}

/* Looks at a file: rested when it kept size and time for long enough. */
static void rests(struct box *b, const char *name, const struct stat *st, int64_t now,
                  int64_t rest_ms)
{
    struct seen *s = NULL;

    for (size_t i = 0; i < b->n_seen && s == NULL; i++)
        if (strcmp(b->seen[i].name, name) == 0)
            s = &b->seen[i];
    if (s != NULL && s->size == st->st_size && s->inode == st->st_ino &&
        s->mtime.tv_sec == st->st_mtim.tv_sec &&
        s->mtime.tv_nsec == st->st_mtim.tv_nsec) {
        s->here = true;
        s->rested = now - s->since >= rest_ms;
        return;
    }
    if (s == NULL) {
        b->seen = mem_grow(b->seen, b->n_seen + 1, sizeof *b->seen);
        s = &b->seen[b->n_seen++];
        s->name = mem_str(name);
    }
    s->size = st->st_size;
    s->mtime = st->st_mtim;
    s->inode = st->st_ino;
    s->since = now;
    s->here = true;
    s->rested = false;
}

static int by_age(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;

    if (x->rested != y->rested)
        return x->rested ? -1 : 1;
    if (x->mtime.tv_sec != y->mtime.tv_sec)
        return x->mtime.tv_sec < y->mtime.tv_sec ? -1 : 1;
    if (x->mtime.tv_nsec != y->mtime.tv_nsec)
        return x->mtime.tv_nsec < y->mtime.tv_nsec ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* What was saved first comes first: of two versions the later one must win. */
static void take_rested(struct box *b, spool_room_fn *room, spool_fn *fn, void *ctx)
{
    if (b->n_seen > 0)
        qsort(b->seen, b->n_seen, sizeof *b->seen, by_age);
    for (size_t i = 0; i < b->n_seen && b->seen[i].rested; i++)
        if (!room(ctx) || !take(b, b->seen[i].name, fn, ctx))
            return;
}

static void forget_gone(struct box *b)
{
    size_t kept = 0;

    for (size_t i = 0; i < b->n_seen; i++) {
        if (b->seen[i].here)
            b->seen[kept++] = b->seen[i];
        else
            free(b->seen[i].name);
    }
    b->n_seen = kept;
}

static void scan_box(struct box *b, int64_t now, int64_t rest_ms, spool_room_fn *room,
                     spool_fn *fn, void *ctx)
{
    DIR *dir = opendir(b->folder.inbox);
    struct dirent *d;

    if (dir == NULL) {
        if (!b->absent)
            log_event(LOG_WARN, "inbox_away unit=%s folder=\"%s\" why=\"%s\"",
                      b->folder.unit, b->folder.inbox, strerror(errno));
        b->absent = true;
        return;
    }
    b->absent = false;
    for (size_t i = 0; i < b->n_seen; i++)
        b->seen[i].here = b->seen[i].rested = false;
    while ((d = readdir(dir)) != NULL) {
        struct stat st;

        if (!spool_wants(d->d_name) ||
            fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(st.st_mode))
            continue;
        rests(b, d->d_name, &st, now, rest_ms);
    }
    closedir(dir);
    forget_gone(b);
    take_rested(b, room, fn, ctx);
}

void spool_scan(struct spool *sp, int64_t now, spool_room_fn *room, spool_fn *fn,
                void *ctx)
{
    for (size_t i = 0; i < sp->n; i++)
        scan_box(&sp->boxes[i], now, sp->rest_ms, room, fn, ctx);
}

/* -- what a crash left behind ------------------------------------------------------ */

/* The one file in a folder of a claim; NULL and a removed folder when there is none. */
static char *only_file(const char *folder)
{
    DIR *dir = opendir(folder);
    char *name = NULL;
    struct dirent *d;

    if (dir == NULL)
        return NULL;
    while ((d = readdir(dir)) != NULL && name == NULL)
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0) {
            if (ends_with(d->d_name, ".tmp") && d->d_name[0] == '.')
                unlinkat(dirfd(dir), d->d_name, 0); /* half of a copy */
            else
                name = mem_str(d->d_name);
        }
    closedir(dir);
    if (name == NULL)
        rmdir(folder);
    return name;
}

static void share_left(struct box *b, spool_known_fn *known, void *ctx)
{
    DIR *dir = opendir(b->folder.inbox);
    struct dirent *d;

    while (dir != NULL && (d = readdir(dir)) != NULL) {
        const char *claim = d->d_name + strlen(SHARE_CLAIM);
        char *share, *name, *copy;
        struct err e = {0};

        if (strncmp(d->d_name, SHARE_CLAIM, strlen(SHARE_CLAIM)) != 0 || !is_claim(claim))
            continue;
        share = mem_printf("%s/%s", b->folder.inbox, d->d_name);
        name = only_file(share);
        copy = mem_printf("%s/%s/%s", b->work, claim, name != NULL ? name : "");
        if (name != NULL && (access(copy, F_OK) == 0 || known(ctx, claim))) {
            char *from = mem_printf("%s/%s", share, name);

            unlink(from);
            rmdir(share);
            free(from);
        } else if (name != NULL && !share_fetch(b, claim, name, &e)) {
            log_event(LOG_WARN, "claim_failed unit=%s name=\"%s\" why=\"%s\"",
                      b->folder.unit, name, e.text);
        }
        free(share);
        free(name);
        free(copy);
    }
    if (dir != NULL)
        closedir(dir);
}

static bool work_left(struct box *b, spool_fn *fn, void *ctx)
{
    struct dirent **list = NULL;
    bool go_on = true;
    int n = scandir(b->work, &list, NULL, alphasort); /* claims begin with the time */

    for (int i = 0; i < n; i++) {
        if (go_on && is_claim(list[i]->d_name)) {
            char *folder = claim_dir(b, list[i]->d_name);
            char *name = only_file(folder);

            if (name != NULL)
                go_on = hand_over(b, list[i]->d_name, name, fn, ctx);
            free(name);
            free(folder);
        }
        free(list[i]);
    }
    free(list);
    return go_on;
}

void spool_left(struct spool *sp, spool_known_fn *known, spool_fn *fn, void *ctx)
{
    bool go_on = true;

    for (size_t i = 0; i < sp->n && go_on; i++) {
        share_left(&sp->boxes[i], known, ctx);
        go_on = work_left(&sp->boxes[i], fn, ctx);
    }
}

/* -- files named by a person ------------------------------------------------------- */

bool spool_add(struct spool *sp, const char *unit, const char *path, char **claim,
               struct err *e)
{
    struct box *b = box_of(sp, unit);
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    char *dir, *to;
    bool ok;

    *claim = claim_new();
    dir = claim_dir(b, *claim);
    to = mem_printf("%s/%s", dir, name);
    ok = file_mkdirs(dir, e) && copy_file(path, to, 0600, e) && file_sync_dir(b->work, e);
    if (!ok) {
        rmdir(dir);
        free(*claim);
        *claim = NULL;
        if (e->kind == ERR_RETRY && access(path, R_OK) != 0)
            e->kind = ERR_INPUT; /* no such file: nothing to wait for */
    }
    free(dir);
    free(to);
    return ok;
}

bool spool_get(struct spool *sp, const char *unit, const char *claim, spool_fn *fn,
               void *ctx, struct err *e)
{
    struct box *b = box_of(sp, unit);
    char *folder = claim_dir(b, claim);
    char *name = only_file(folder);

    if (name != NULL)
        hand_over(b, claim, name, fn, ctx);
    else
        err_set(e, ERR_RETRY, "%s: nothing there", folder);
    free(folder);
    free(name);
    return name != NULL;
}

/* -- keeping and moving on --------------------------------------------------------- */

bool spool_keep(struct spool *sp, const struct spool_claim *c, struct hash *hash,
                char **path, struct err *e)
{
    char *fresh = mem_printf("%s/%s.new", sp->originals, c->claim);
    char hex[2 * HASH_LEN + 1], ext[EXT_MAX + 1];
    int fd = -1;
    bool ok = false;

    /* the copy is what is hashed and read: somebody may still have the file open */
    *path = NULL;
    if (!copy_file(c->path, fresh, 0400, e))
        goto out;
    fd = open_plain(fresh, e);
    if (fd < 0)
        goto out;
    if (!hash_file(fd, hash)) {
        failed(fresh, e);
        goto out;
    }
    extension(c->name, ext);
    *path = mem_printf("%s/%s%s", sp->originals, hash_hex(hash, hex), ext);
    if (rename(fresh, *path) != 0)
        failed(*path, e);
    else
        ok = file_sync_dir(sp->originals, e);
    crash_point("spool.original_kept");
out:
    if (fd >= 0)
        close(fd);
    if (!ok) {
        unlink(fresh);
        free(*path);
        *path = NULL;
    }
    free(fresh);
    return ok;
}

bool spool_lies(struct spool *sp, const char *unit, const char *shown)
{
    static const char *const folders[] = {SPOOL_DONE, SPOOL_BAD};
    const struct box *b = box_of(sp, unit);
    bool lies = false;

    for (size_t i = 0; i < COUNT(folders); i++) {
        char *path = mem_printf("%s/%s/%s", b->folder.inbox, folders[i], shown);

        lies = lies || access(path, F_OK) == 0;
        free(path);
    }
    return lies;
}

static char *answered_path(const char *inbox, const char *shown, bool bad,
                           const char *suffix)
{
    return mem_printf("%s/%s/%s%s", inbox, bad ? SPOOL_BAD : SPOOL_DONE, shown, suffix);
}

bool spool_finish(struct spool *sp, const struct spool_claim *c, const char *shown,
                  bool bad, struct err *e)
{
    struct box *b = box_of(sp, c->unit);
    char *to = answered_path(c->inbox, shown, bad, "");
    char *dir = claim_dir(b, c->claim);
    bool ok;

    crash_point("spool.before_move");
    ok = answer_folder(c->inbox, bad, e);
    if (ok && rename(c->path, to) != 0) {
        bool gone = errno == ENOENT && access(c->path, F_OK) != 0;

        ok = gone || (errno == EXDEV && copy_file(c->path, to, 0640, e)) ||
             (errno != EXDEV && failed(to, e));
        if (ok && !gone)
            unlink(c->path);
    }
    if (ok) {
        crash_point("spool.moved");
        rmdir(dir);
    }
    free(to);
    free(dir);
    return ok;
}

char *spool_original(struct spool *sp, const struct hash *hash, const char *name)
{
    char hex[2 * HASH_LEN + 1], ext[EXT_MAX + 1];

    extension(name, ext);
    return mem_printf("%s/%s%s", sp->originals, hash_hex(hash, hex), ext);
}

/* Excel and LibreOffice leave a file of their own beside one that is open. */
static bool is_open(const char *folder, const char *name)
{
    char *excel = mem_printf("%s/~$%s", folder, name);
    char *office = mem_printf("%s/.~lock.%s#", folder, name);
    bool open_now = access(excel, F_OK) == 0 || access(office, F_OK) == 0;

    free(excel);
    free(office);
    return open_now;
}

bool spool_book_free(struct spool *sp, const char *unit, const char *shown, bool bad,
                     bool (*ours)(struct span book))
{
    const struct box *b = box_of(sp, unit);
    char *path, *folder;
    struct bytes book = {0};
    struct err e = {0};
    bool is_free;

    if (b == NULL)
        return true; /* the writing will say so */
    path = answered_path(b->folder.inbox, shown, bad, SPOOL_BOOK);
    folder = folder_of(path);
    is_free = !is_open(folder, strrchr(path, '/') + 1);
    if (is_free && access(path, F_OK) == 0)
        is_free = file_read(path, BOOK_MAX, &book, &e) && ours(span_of(&book));
    bytes_clear(&book);
    free(folder);
    free(path);
    return is_free;
}

static bool write_beside(struct spool *sp, const char *unit, const char *shown, bool bad,
                         const char *suffix, struct span data, struct err *e)
{
    const struct box *b = box_of(sp, unit);
    char *path;
    bool ok;

    if (b == NULL)
        return err_set(e, ERR_INPUT, "unit %s is no longer configured", unit);
    path = answered_path(b->folder.inbox, shown, bad, suffix);
    ok = answer_folder(b->folder.inbox, bad, e) && file_write(path, data, 0640, e);
    free(path);
    return ok;
}

bool spool_book(struct spool *sp, const char *unit, const char *shown, bool bad,
                struct span book, struct err *e)
{
    crash_point("answer.before_book");
    return write_beside(sp, unit, shown, bad, SPOOL_BOOK, book, e);
}

bool spool_answer(struct spool *sp, const char *unit, const char *shown, bool bad,
                  struct span text, struct err *e)
{
    crash_point("answer.before_write");
    return write_beside(sp, unit, shown, bad, SPOOL_ANSWER, text, e);
}

bool spool_notice(struct spool *sp, const char *unit, const char *name, struct span text,
                  struct err *e)
{
    const struct box *b = box_of(sp, unit);
    char *path;
    bool ok;

    if (b == NULL)
        return err_set(e, ERR_INPUT, "unit %s is no longer configured", unit);
    path = mem_printf("%s/" SPOOL_NOTICES "/%s", b->folder.inbox, name);
    ok = folder_in(b->folder.inbox, SPOOL_NOTICES, e) && file_write(path, text, 0640, e);
    free(path);
    return ok;
}
