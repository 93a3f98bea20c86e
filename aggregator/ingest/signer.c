#include "aggregator/ingest/signer.h"

#include "aggregator/child.h"
#include "proto/base/log.h"
#include "proto/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MSG_SIGN = 1, MSG_SIGN_PAGE, MSG_KEY, MSG_NEWEST, MSG_ANSWER, MSG_REFUSED };

struct signed_record { /* of a log file */
    uint64_t epoch, number;
    struct hash hash;
};

_Static_assert(sizeof(struct signed_record) == 48, "records of a log have 48 bytes");

struct book { /* a log; fd -1: not this signer's */
    int fd;
    off_t size; /* whole records only */
};

enum { COMMITS, PAGES_FULL, PAGES_PUBLICATIONS, BOOKS };

struct keeper { /* the child's state */
    struct keypair key;
    struct book books[BOOKS];
};

static bool read_record(const struct book *b, off_t index, struct signed_record *r)
{
    return pread(b->fd, r, sizeof *r, index * (off_t)sizeof *r) == sizeof *r;
}

static int order(const struct signed_record *a, const struct signed_record *b)
{
    if (a->epoch != b->epoch)
        return a->epoch < b->epoch ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* 1: these bytes were signed before; 0: their number is free and newest; -1: refuse. */
static int seen(const struct book *b, const struct signed_record *asked)
{
    off_t lo = 0, hi = b->size / (off_t)sizeof *asked;
    struct signed_record r;

    while (lo < hi) {
        off_t mid = lo + (hi - lo) / 2;
        int c;

        if (!read_record(b, mid, &r))
            return -1;
        c = order(&r, asked);
        if (c == 0)
            return hash_eq(&r.hash, &asked->hash) ? 1 : -1;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo == b->size / (off_t)sizeof r ? 0 : -1;
}

static void keep(struct book *b, const struct signed_record *r)
{
    if (pwrite(b->fd, r, sizeof *r, b->size) != sizeof *r || fdatasync(b->fd) != 0) {
        log_event(LOG_ALARM, "signer_log_failed error=\"%s\"", strerror(errno));
        _exit(EXIT_LATER); /* never again on a file whose sync failed */
    }
    b->size += sizeof *r;
}

/* In its book first; then it may be signed. */
static const char *enter(struct book *b, const struct pubkey *named,
                         const struct keeper *k, const struct signed_record *r)
{
    if (b->fd < 0)
        return "this signer does not sign that";
    if (memcmp(named->b, k->key.pub.b, KEY_LEN) != 0)
        return "it names another receipt key";
    switch (seen(b, r)) {
    case -1:
        return "other bytes were signed under this number or a later one";
    case 0:
        keep(b, r);
        break;
    default:
        break;
    }
    return NULL;
}

static void answer(struct duplex *ch, int type, const void *p, size_t n)
{
    struct err e = {0};

    if (!duplex_send(ch, type, (struct span){p, n}, &e))
        _exit(EXIT_DONE); /* the parent is gone */
}

static void refuse(struct duplex *ch, const char *why)
{
    log_event(LOG_ALARM, "signer_refused why=\"%s\"", why);
    answer(ch, MSG_REFUSED, why, strlen(why));
}

static void sign_statement(struct keeper *k, struct duplex *ch, struct span body)
{
    struct statement st;
    struct err e = {0};
    struct signature s;
    const char *why = e.text;

    if (wire_read_statement(body, &st, &e))
        why = enter(&k->books[COMMITS], &st.key, k,
                    &(const struct signed_record){st.epoch, st.number,
                                                  hash_of(DOMAIN_STATEMENT, body)});
    if (why != NULL) {
        refuse(ch, why);
        return;
    }
    s = sign(DOMAIN_STATEMENT, &k->key, body);
    answer(ch, MSG_ANSWER, s.b, sizeof s.b);
}

static void sign_page(struct keeper *k, struct duplex *ch, struct span body)
{
    struct feed_header h;
    struct err e = {0};
    struct signature s;
    const char *why = e.text;

    if (wire_read_feed_header(body, &h, &e))
        why = enter(
            &k->books[h.chain == FEED_FULL ? PAGES_FULL : PAGES_PUBLICATIONS], &h.key, k,
            &(const struct signed_record){h.epoch, h.page, feed_header_hash(body)});
    if (why != NULL) {
        refuse(ch, why);
        return;
    }
    s = feed_sign(&k->key, body);
    answer(ch, MSG_ANSWER, s.b, sizeof s.b);
}

static void serve_one(struct keeper *k, struct duplex *ch, int type, struct span body)
{
    const struct book *commits = &k->books[COMMITS];
    struct signed_record newest = {0};

    switch (type) {
    case MSG_SIGN:
        sign_statement(k, ch, body);
        break;
    case MSG_SIGN_PAGE:
        sign_page(k, ch, body);
        break;
    case MSG_KEY:
        answer(ch, MSG_ANSWER, k->key.pub.b, sizeof k->key.pub.b);
        break;
    case MSG_NEWEST:
        if (commits->size > 0 &&
            !read_record(commits, commits->size / (off_t)sizeof newest - 1, &newest))
            refuse(ch, "its log cannot be read");
        else
            answer(ch, MSG_ANSWER, &newest, sizeof newest);
        break;
    default:
        break;
    }
}

static bool book_open(struct book *b, const char *path)
{
    b->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    b->size = b->fd < 0 ? -1 : lseek(b->fd, 0, SEEK_END);
    if (b->size < 0) {
        log_event(LOG_ERROR, "signer_log path=%s error=\"%s\"", path, strerror(errno));
        return false;
    }
    b->size -= b->size %
               (off_t)sizeof(struct signed_record); /* a torn record was never signed */
    return true;
}

static int signer_main(int fd, const char *key_file, const char *const logs[BOOKS])
{
    struct keeper k = {0};
    struct duplex ch;
    struct err e = {0};

    duplex_open(&ch, fd);
    if (!keypair_read(key_file, &k.key, &e)) {
        log_event(LOG_ERROR, "signer_key error=\"%s\"", e.text);
        return EXIT_SETUP;
    }
    for (size_t i = 0; i < BOOKS; i++) {
        k.books[i].fd = -1;
        if (logs[i] != NULL && !book_open(&k.books[i], logs[i]))
            return EXIT_SETUP;
    }
    if (!child_confine(CHILD_FILES, &e)) {
        log_event(LOG_ERROR, "signer_confine error=\"%s\"", e.text);
        return EXIT_SETUP;
    }
    for (;;) {
        struct span body;
        int type;

        if (!duplex_next(&ch, true, &type, &body, &e))
            return EXIT_DONE; /* the parent is gone */
        serve_one(&k, &ch, type, body);
    }
}

static bool start(struct signer *s, const char *key_file, const char *const logs[BOOKS],
                  struct err *e)
{
    int fd;

    if (!child_fork("htx-signer", &s->pid, &fd, e))
        return false;
    if (s->pid == 0)
        _exit(signer_main(fd, key_file, logs));
    duplex_open(&s->ch, fd);
    return true;
}

bool signer_start(struct signer *s, const char *key_file, const char *log_file,
                  struct err *e)
{
    return start(s, key_file, (const char *const[BOOKS]){[COMMITS] = log_file}, e);
}

bool signer_start_feed(struct signer *s, const char *key_file, const char *full_log,
                       const char *publications_log, struct err *e)
{
    return start(s, key_file,
                 (const char *const[BOOKS]){
                     [PAGES_FULL] = full_log, [PAGES_PUBLICATIONS] = publications_log},
                 e);
}

void signer_stop(struct signer *s)
{
    if (s->pid <= 0)
        return;
    duplex_close(&s->ch);
    while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    s->pid = 0;
}

/* One question, one answer of n bytes. */
static bool ask(struct signer *s, int question, struct span what, void *out, size_t n,
                struct err *e)
{
    struct span body;
    int type;

    if (!duplex_send(&s->ch, question, what, e) ||
        !duplex_next(&s->ch, true, &type, &body, e))
        return err_in(e, "signer");
    if (type == MSG_REFUSED)
        return err_set(e, ERR_SETUP, "signer refuses: %.*s", (int)body.n,
                       (const char *)body.p);
    if (type != MSG_ANSWER || body.n != n)
        return err_set(e, ERR_SETUP, "signer: an answer of unknown kind");
    memcpy(out, body.p, n);
    return true;
}

bool signer_sign(struct signer *s, struct span statement, struct signature *out,
                 struct err *e)
{
    return ask(s, MSG_SIGN, statement, out->b, SIG_LEN, e);
}

bool signer_sign_page(struct signer *s, struct span header, struct signature *out,
                      struct err *e)
{
    return ask(s, MSG_SIGN_PAGE, header, out->b, SIG_LEN, e);
}

bool signer_key(struct signer *s, struct pubkey *out, struct err *e)
{
    return ask(s, MSG_KEY, (struct span){0}, out->b, KEY_LEN, e);
}

bool signer_newest(struct signer *s, uint64_t *epoch, uint64_t *number,
                   struct hash *statement, struct err *e)
{
    struct signed_record r;

    if (!ask(s, MSG_NEWEST, (struct span){0}, &r, sizeof r, e))
        return false;
    *epoch = r.epoch;
    *number = r.number;
    *statement = r.hash;
    return true;
}
