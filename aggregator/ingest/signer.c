#include "aggregator/ingest/signer.h"

#include "aggregator/child.h"
#include "proto/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MSG_SIGN = 1, MSG_SIGNED, MSG_REFUSED };

struct signed_record { /* of the log file */
    uint64_t epoch, number;
    struct hash statement;
};

_Static_assert(sizeof(struct signed_record) == 48, "records of the log have 48 bytes");

struct keeper { /* the child's state */
    struct keypair key;
    int log;
    off_t size; /* whole records only */
};

static bool read_record(const struct keeper *k, off_t index, struct signed_record *r)
{
    return pread(k->log, r, sizeof *r, index * (off_t)sizeof *r) == sizeof *r;
}

static int order(const struct signed_record *r, const struct statement *st)
{
    if (r->epoch != st->epoch)
        return r->epoch < st->epoch ? -1 : 1;
    return r->number < st->number ? -1 : r->number > st->number;
}

/* 1: this statement was signed before; 0: its number is free and newest; -1: refuse. */
static int seen(const struct keeper *k, const struct statement *st,
                const struct hash *hash)
{
    off_t lo = 0, hi = k->size / (off_t)sizeof(struct signed_record);
    struct signed_record r;

    while (lo < hi) {
        off_t mid = lo + (hi - lo) / 2;
        int c;

        if (!read_record(k, mid, &r))
            return -1;
        c = order(&r, st);
        if (c == 0)
            return hash_eq(&r.statement, hash) ? 1 : -1;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo == k->size / (off_t)sizeof r ? 0 : -1;
}

static bool keep(struct keeper *k, const struct statement *st, const struct hash *hash)
{
    struct signed_record r = {st->epoch, st->number, *hash};

    if (pwrite(k->log, &r, sizeof r, k->size) != sizeof r || fdatasync(k->log) != 0) {
        log_event(LOG_ALARM, "signer_log_failed error=\"%s\"", strerror(errno));
        _exit(EXIT_LATER); /* never again on a file whose sync failed */
    }
    k->size += sizeof r;
    return true;
}

static void serve_one(struct keeper *k, struct duplex *ch, struct span body)
{
    struct hash hash = hash_of(DOMAIN_STATEMENT, body);
    struct signature s = {{0}};
    struct statement st;
    struct err e = {0};
    const char *why = NULL;

    if (!wire_read_statement(body, &st, &e))
        why = e.text;
    else if (memcmp(st.key.b, k->key.pub.b, KEY_LEN) != 0)
        why = "the statement names another receipt key";
    else
        switch (seen(k, &st, &hash)) {
        case -1:
            why = "another statement was signed under this number or a later one";
            break;
        case 0:
            keep(k, &st, &hash);
            break;
        default:
            break;
        }
    if (why != NULL) {
        log_event(LOG_ALARM, "signer_refused why=\"%s\"", why);
        if (!duplex_send(ch, MSG_REFUSED, span_str(why), &e))
            _exit(EXIT_DONE);
        return;
    }
    s = sign(DOMAIN_STATEMENT, &k->key, body);
    if (!duplex_send(ch, MSG_SIGNED, (struct span){s.b, SIG_LEN}, &e))
        _exit(EXIT_DONE);
}

static int signer_main(int fd, const char *key_file, const char *log_file)
{
    struct keeper k = {.log = -1};
    struct duplex ch;
    struct err e = {0};

    duplex_open(&ch, fd);
    if (!keypair_read(key_file, &k.key, &e)) {
        log_event(LOG_ERROR, "signer_key error=\"%s\"", e.text);
        return EXIT_SETUP;
    }
    k.log = open(log_file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    k.size = k.log < 0 ? -1 : lseek(k.log, 0, SEEK_END);
    if (k.size < 0) {
        log_event(LOG_ERROR, "signer_log path=%s error=\"%s\"", log_file,
                  strerror(errno));
        return EXIT_SETUP;
    }
    k.size -=
        k.size % (off_t)sizeof(struct signed_record); /* a torn record was never signed */
    if (!child_confine(CHILD_FILES, &e)) {
        log_event(LOG_ERROR, "signer_confine error=\"%s\"", e.text);
        return EXIT_SETUP;
    }
    for (;;) {
        struct span body;
        int type;

        if (!duplex_next(&ch, true, &type, &body, &e))
            return EXIT_DONE; /* the parent is gone */
        if (type == MSG_SIGN)
            serve_one(&k, &ch, body);
    }
}

bool signer_start(struct signer *s, const char *key_file, const char *log_file,
                  struct err *e)
{
    int fds[2];

    if (!duplex_pair(fds, e))
        return false;
    s->pid = fork();
    if (s->pid < 0)
        return err_set(e, ERR_RETRY, "fork: %s", strerror(errno));
    if (s->pid == 0) {
        child_begin("htx-signer", fds[1]);
        _exit(signer_main(fds[1], key_file, log_file));
    }
    close(fds[1]);
    duplex_open(&s->ch, fds[0]);
    return true;
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

bool signer_sign(struct signer *s, struct span statement, struct signature *out,
                 struct err *e)
{
    struct span body;
    int type;

    if (!duplex_send(&s->ch, MSG_SIGN, statement, e) ||
        !duplex_next(&s->ch, true, &type, &body, e))
        return err_in(e, "signer");
    if (type == MSG_REFUSED)
        return err_set(e, ERR_SETUP, "signer refuses: %.*s", (int)body.n,
                       (const char *)body.p);
    if (type != MSG_SIGNED || body.n != SIG_LEN)
        return err_set(e, ERR_SETUP, "signer: an answer of unknown kind");
    memcpy(out->b, body.p, SIG_LEN);
    return true;
}
