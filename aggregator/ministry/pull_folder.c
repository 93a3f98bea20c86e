/* pull from a folder: pages that were carried by hand. See pull.h. */
#include "aggregator/ministry/pull.h"

#include "proto/base/file.h"
#include "proto/base/log.h"
#include "proto/base/text.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>

enum {
    FILES_MAX = 1000000,
    AT_ONCE = 32,                    /* pages in one transaction */
    AT_ONCE_BYTES = 4 * 1024 * 1024, /* and their bytes, if there is more than one */
};

struct paper { /* one file */
    const char *name;
    struct feed_header header;
    size_t province;
};

struct folder {
    const char *dir;
    const struct provinces *all;
    struct pulled *out;
    struct paper *list;
    size_t n, cap, strange;
    struct arena arena;
};

enum { NAME_SHOWN = 61, WORDS_SHOWN = 151 }; /* with their end */

static void say(const char *name, const char *what)
{
    char quoted[4 * NAME_SHOWN];

    fprintf(stderr, "htx-aggregator: %s: %s\n", text_quote(quoted, sizeof quoted, name),
            what);
}

static bool is_page_name(const char *name)
{
    size_t n = strlen(name);

    return n > 8 && strcmp(name + n - 8, ".htxpage") == 0;
}

static size_t province_with(const struct folder *f, const struct hash *genesis)
{
    size_t i = 0;

    while (i < f->all->n && !hash_eq(&f->all->list[i].genesis.hash, genesis))
        i++;
    return i;
}

/* A name in the form that `feed export` gives must be that of the page in the file. */
static bool name_fits(const struct folder *f, const struct paper *p)
{
    const struct feed_cursor at = {
        .chain = p->header.chain, .epoch = p->header.epoch, .page = p->header.page};
    const char *code = f->all->list[p->province].code;
    char expected[FEED_NAME_LEN];
    size_t n = strlen(code);

    if (strncmp(p->name, code, n) != 0 || p->name[n] != '-')
        return true;
    return strcmp(p->name, feed_name(code, &at, expected)) == 0;
}

/* The beginning of the file alone: whose page, and which one. */
static bool read_header(const struct folder *f, const char *path, struct paper *p,
                        struct err *e)
{
    unsigned char head[FEED_HEAD];
    FILE *in = fopen(path, "rbe");
    size_t n = in != NULL ? fread(head, 1, sizeof head, in) : 0;

    if (in == NULL)
        return err_set(e, ERR_INPUT, "%s", strerror(errno));
    fclose(in);
    if (!feed_header_peek((struct span){head, n}, &p->header, e))
        return false;
    p->province = province_with(f, &p->header.province);
    if (p->province == f->all->n)
        return err_set(e, ERR_INPUT,
                       "page %" PRIu64 ".%" PRIu64
                       " of a province that is not followed here",
                       p->header.epoch, p->header.page);
    return name_fits(f, p) ||
           err_set(e, ERR_INPUT,
                   "the name is not that of the page in it: %" PRIu64 ".%" PRIu64,
                   p->header.epoch, p->header.page);
}

static void add(struct folder *f, const char *name)
{
    char *path = mem_printf("%s/%s", f->dir, name);
    struct paper p = {.name = arena_str(&f->arena, name)};
    struct err e = {0};

    if (!read_header(f, path, &p, &e)) {
        f->strange++;
        say(name, e.text);
    } else {
        if (f->n == f->cap) {
            f->cap = f->cap != 0 ? 2 * f->cap : 256;
            f->list = mem_grow(f->list, f->cap, sizeof *f->list);
        }
        f->list[f->n++] = p;
    }
    free(path);
}

static int in_order(const void *pa, const void *pb)
{
    const struct paper *a = pa, *b = pb;

    if (a->province != b->province)
        return a->province < b->province ? -1 : 1;
    if (a->header.epoch != b->header.epoch)
        return a->header.epoch < b->header.epoch ? -1 : 1;
    if (a->header.page != b->header.page)
        return a->header.page < b->header.page ? -1 : 1;
    return strcmp(a->name, b->name);
}

static bool list_files(struct folder *f, struct err *e)
{
    DIR *d = opendir(f->dir);
    struct dirent *entry;

    if (d == NULL)
        return err_set(e, ERR_INPUT, "%s: no folder that can be read", f->dir);
    while ((entry = readdir(d)) != NULL && f->n < FILES_MAX)
        if (is_page_name(entry->d_name))
            add(f, entry->d_name);
    closedir(d);
    if (f->n > 0)
        qsort(f->list, f->n, sizeof *f->list, in_order);
    return true;
}

/* ---- one province ---- */

/* Files from `at` on that go into one transaction; returns how many. */
static size_t read_some(const struct folder *f, size_t at, size_t end,
                        struct bytes *files, struct err *e)
{
    size_t n = 0, bytes = 0;

    while (n < AT_ONCE && at + n < end && (n == 0 || bytes < AT_ONCE_BYTES)) {
        char *path = mem_printf("%s/%s", f->dir, f->list[at + n].name);
        bool ok;

        files[n].n = 0;
        ok = file_read(path, FEED_FILE, &files[n], e);
        free(path);
        if (!ok)
            break;
        bytes += files[n++].n;
    }
    return n;
}

/* False: the database. Else the province's part of the folder ends here. */
static bool stop(struct copy *c, struct pulled *out, enum copy_result why,
                 const struct feed_header *h, const char *name, const char *what,
                 struct err *e)
{
    struct feed_cursor common = {.epoch = h->previous_epoch, .page = h->previous_page};
    char file[NAME_SHOWN], words[WORDS_SHOWN];
    bool ok = true;

    text_quote(file, sizeof file, name);
    text_quote(words, sizeof words, what);
    snprintf(out->detail, sizeof out->detail, "%s: page %" PRIu64 ".%" PRIu64 ": %s",
             file, h->epoch, h->page, words);
    fprintf(stderr, "htx-aggregator: %s\n", out->detail);
    log_event(LOG_ERROR,
              "page_refused file=\"%s\" page=%" PRIu64 ".%" PRIu64 " error=\"%s\"", file,
              h->epoch, h->page, words);
    switch (why) {
    case COPY_FORK:
        out->state = PULL_STANDS;
        ok = copy_halt_fork(c, h->epoch, &common, e);
        break;
    case COPY_UNKNOWN:
        out->state = PULL_STANDS;
        ok = copy_halt(c, why, out->detail, e);
        break;
    case COPY_REFUSED:
        out->state = PULL_REFUSED;
        ok = copy_halt(c, why, out->detail, e);
        break;
    case COPY_MISSING: /* the folder lacks pages: nothing is wrong with the province */
        out->state = PULL_REFUSED;
        break;
    case COPY_STORED:
    case COPY_AGAIN:
    case COPY_AWAY:
        ok = false;
        break;
    }
    return ok;
}

static bool take_all(const struct folder *f, struct copy *c, size_t at, size_t end,
                     struct pulled *out, struct bytes *files, struct err *e)
{
    struct span spans[AT_ONCE];

    while (at < end) {
        size_t n = read_some(f, at, end, files, e), taken;
        struct feed_cursor about;
        enum copy_result got;

        if (n == 0)
            return stop(c, out, COPY_REFUSED, &f->list[at].header, f->list[at].name,
                        e->text, e);
        for (size_t i = 0; i < n; i++)
            spans[i] = span_of(&files[i]);
        got = copy_take(c, spans, n, &taken, &about, e);
        if (got == COPY_AWAY)
            return false;
        if (got != COPY_STORED && got != COPY_AGAIN)
            return stop(c, out, got, &f->list[at].header, f->list[at].name, e->text, e);
        out->again += taken;
        at += taken;
        out->state = PULL_DONE;
    }
    return true;
}

bool pull_folder(struct pg *pg, const struct provinces *all, const char *dir,
                 struct pulled *out, size_t *strange, struct err *e)
{
    struct folder f = {.dir = dir, .all = all, .out = out};
    struct bytes files[AT_ONCE] = {{0}};
    struct bundles *bundles;
    bool ok = list_files(&f, e);

    bundles_open(&bundles);
    for (size_t i = 0, at = 0, end; ok && i < all->n; i++, at = end) {
        struct copy *c;

        for (end = at; end < f.n && f.list[end].province == i; end++)
            ;
        copy_open(&c, pg, &all->list[i], bundles);
        ok = copy_replay(c, e) && take_all(&f, c, at, end, &out[i], files, e) &&
             copy_cursor(c, &out[i].cursor, e);
        out[i].pages = copy_stored(c);
        out[i].again -= out[i].pages;
        copy_close(&c);
    }
    *strange = f.strange;
    bundles_close(&bundles);
    for (size_t i = 0; i < AT_ONCE; i++)
        bytes_clear(&files[i]);
    free(f.list);
    arena_clear(&f.arena);
    return ok;
}
