#include "aggregator/ingest/parser.h"

#include "aggregator/child.h"
#include "proto/base/flat.h"
#include "proto/base/log.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MSG_CATALOGUES = 1, MSG_PARSE, MSG_PARSED, MSG_FAILED };

static void catalogues_clear(struct catalogues *cats)
{
    for (size_t i = 0; i < cats->n; i++)
        catalogue_close(&cats->list[i]);
    free(cats->list);
    *cats = (struct catalogues){0};
}

static bool load_catalogues(struct catalogues *cats, struct span body, struct err *e)
{
    struct flat f = {body.p, body.n, false};
    size_t n = flat_get_count(&f, 8);

    catalogues_clear(cats);
    cats->list = mem_array(n, sizeof *cats->list);
    for (size_t i = 0; i < n && !f.bad; i++) {
        if (!catalogue_load(&cats->list[i], flat_get_bytes(&f), e))
            return false;
        cats->n++;
    }
    return !f.bad || err_set(e, ERR_INPUT, "catalogues cut short");
}

static int parser_main(int fd)
{
    struct catalogues cats = {0};
    struct duplex ch;
    struct arena a = {0};
    struct bytes out = {0};
    struct err e = {0};

    duplex_open(&ch, fd);
    if (!child_confine(CHILD_PURE, &e)) {
        log_event(LOG_ERROR, "parser_confine error=\"%s\"", e.text);
        return EXIT_SETUP;
    }
    for (;;) {
        struct parsed p;
        struct span body;
        bool sent;
        int type;

        if (!duplex_next(&ch, true, &type, &body, &e))
            return EXIT_DONE; /* the parent is gone */
        if (type == MSG_CATALOGUES) {
            bool ok = load_catalogues(&cats, body, &e);

            sent = duplex_send(&ch, ok ? MSG_PARSED : MSG_FAILED,
                               span_str(ok ? "" : e.text), &e);
        } else {
            parse_message(body, &cats, &a, &p);
            out.n = 0;
            parsed_put(&p, &out);
            sent = duplex_send(&ch, MSG_PARSED, span_of(&out), &e);
            parsed_clear(&p);
            arena_clear(&a);
        }
        if (!sent)
            return EXIT_DONE;
    }
}

bool parser_start(struct parser *p, struct err *e)
{
    int fd;

    if (!child_fork("htx-parser", &p->pid, &fd, e))
        return false;
    if (p->pid == 0)
        _exit(parser_main(fd));
    duplex_open(&p->ch, fd);
    return true;
}

static void end_child(struct parser *p)
{
    if (p->pid <= 0)
        return;
    duplex_close(&p->ch);
    while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    p->pid = 0;
}

void parser_stop(struct parser *p)
{
    end_child(p);
    bytes_clear(&p->catalogues);
}

static bool give_catalogues(struct parser *p, struct err *e)
{
    struct span body;
    int type;

    if (!duplex_send(&p->ch, MSG_CATALOGUES, span_of(&p->catalogues), e) ||
        !duplex_next(&p->ch, true, &type, &body, e))
        return err_in(e, "parser");
    if (type != MSG_PARSED)
        return err_set(e, ERR_SETUP, "catalogue: %.*s", (int)body.n,
                       (const char *)body.p);
    return true;
}

bool parser_catalogues(struct parser *p, const struct span *bundles, size_t n,
                       struct err *e)
{
    p->catalogues.n = 0;
    flat_i64(&p->catalogues, (int64_t)n);
    for (size_t i = 0; i < n; i++)
        flat_bytes(&p->catalogues, bundles[i]);
    return give_catalogues(p, e);
}

/* After a death: a fresh child that knows the same catalogues. */
static bool again(struct parser *p, struct err *e)
{
    if (p->pid > 0)
        kill(p->pid, SIGKILL);
    end_child(p);
    return (parser_start(p, e) && (p->catalogues.n == 0 || give_catalogues(p, e))) ||
           err_in(e, "starting the parser again");
}

static bool parse_once(struct parser *p, struct span wire, struct arena *a,
                       struct parsed *out, struct err *e)
{
    struct span body;
    int type;

    if (p->pid <= 0 && !again(p, e))
        return false;
    return duplex_send(&p->ch, MSG_PARSE, wire, e) &&
           duplex_next(&p->ch, true, &type, &body, e) &&
           ((type == MSG_PARSED && parsed_get(body, a, out, e)) ||
            err_set(e, ERR_INPUT, "the parser answers what nobody asked"));
}

/* One death may be an accident of the machine; over the same message twice is its doing.
 */
bool parser_parse(struct parser *p, struct span wire, struct arena *a, struct parsed *out,
                  struct err *e)
{
    for (int deaths = 0; deaths < 2; deaths++) {
        if (parse_once(p, wire, a, out, e))
            return true;
        log_event(LOG_ALARM, "parser_died bytes=%zu error=\"%s\"", wire.n, e->text);
        if (!again(p, e))
            return false;
    }
    return err_set(e, ERR_INPUT, "the parser could not read this message");
}
