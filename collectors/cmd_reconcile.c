/*
 * reconcile: what we hold of a period against what the province holds, live through
 * `run`, or by a file of the other side. What needs the outbox is asked of the daemon, as
 * any other command; what is printed is printed here, where the caller may write.
 */
#include "collectors/live.h"

#include "proto/base/file.h"
#include "proto/forms/reconcile_record.h"
#include "proto/reconcile_show.h"

/* -- beside the outbox -------------------------------------------------------------- */

static bool own_unit(struct cmd *c, const struct app_unit *u, struct arena *a,
                     struct reconcile_doc *d, struct err *e)
{
    struct reconcile_unit *out = &d->units[d->n_units++];

    *out = (struct reconcile_unit){.unit = u->key, .name = ""};
    if (!outbox_reconcile(c->app->outbox, &u->key, d->scheme, d->period, a, &out->lines,
                          &out->n, e))
        return false;
    for (size_t i = 0; i < out->n;
         i++) /* where nobody must approve, only time is waited for */
        if (out->lines[i].state == RECONCILE_UNAPPROVED && !u->schedule.approval)
            out->lines[i].state = RECONCILE_WAITING;
    return reconcile_ready(out, a, e);
}

/* The only unit gives the party its name; several are "their" collector. */
static bool own_doc(struct cmd *c, const struct period *p, const char *unit,
                    struct arena *a, struct reconcile_doc *d, struct err *e)
{
    const struct app *app = c->app;

    *d = (struct reconcile_doc){.scheme = arena_str(a, p->scheme),
                                .period = arena_str(a, p->code)};
    d->party = (struct reconcile_party){
        .side = SIDE_COLLECTOR, .code = "", .name = "", .made_at = clock_wall()};
    if (!app_open_genesis(c->app, e))
        return false;
    hash_hex(&app->genesis.hash, d->province);
    d->units = arena_new(a, app->n_units * sizeof *d->units);
    for (size_t i = 0; i < app->n_units; i++) {
        const struct app_unit *u = &app->units[i];

        if (unit != NULL && strcmp(unit, u->key.code) != 0)
            continue;
        if (!own_unit(c, u, a, d, e))
            return false;
        d->party.code = u->key.code;
    }
    if (d->n_units > 1)
        d->party.code = "";
    return true;
}

enum exit_code cmd_reconcile_lines(struct cmd *c, int argc, char **argv)
{
    const char *unit = NULL, *pos[1];
    bool live = false;
    const struct opt opts[] = {
        {"unit", OPT_TEXT, &unit, "CODE", "", ""},
        {"live", OPT_FLAG, &live, NULL,   "", ""},
    };
    const struct period *p;
    struct reconcile_doc d;
    enum exit_code code;
    struct arena a = {0};
    struct bytes b = {0};
    struct err e = {0};
    size_t n;

    if (!cmd_options(c, argc, argv, opts, COUNT(opts), pos, 1, &n, &code))
        return code;
    p = n == 1 ? catalogue_period(c->app->cat, pos[0]) : NULL;
    if (p == NULL) {
        cmd_note(c, "cli.no_period", n == 1 ? pos[0] : "", NULL);
        return EXIT_DATA;
    }
    if (unit != NULL && cmd_unit(c, unit) == NULL)
        return EXIT_DATA;
    code = EXIT_DONE;
    if (!own_doc(c, p, unit, &a, &d, &e)) {
        code = cmd_fail(c, &e);
    } else if (live && c->wait != NULL) {
        live_reconcile(c->app->live, c, &d, &a);
    } else {
        reconcile_doc_put(&d, &b);
        fwrite(b.p, 1, b.n, c->out);
    }
    bytes_clear(&b);
    arena_clear(&a);
    return code;
}

/* -- the command ----------------------------------------------------------------------
 */

struct question {
    const char *period, *unit, *with, *dir;
    bool json;
};

/* What the daemon, or this process in its place, says to "reconcile-lines". */
static enum exit_code lines(struct cmd *c, const struct question *q, bool live,
                            struct bytes *out)
{
    char name[] = "reconcile-lines", unit[] = "--unit", mode[] = "--live", end[] = "--";
    char *argv[7] = {name}, *text = NULL;
    struct cmd sub = *c;
    enum exit_code code;
    size_t size = 0;
    int argc = 1;

    if (q->unit != NULL) {
        argv[argc++] = unit;
        argv[argc++] = (char *)q->unit;
    }
    if (live)
        argv[argc++] = mode;
    argv[argc++] = end;
    argv[argc++] = (char *)q->period;
    sub.self = cmd_find(name);
    sub.out = open_memstream(&text, &size);
    if (sub.out == NULL)
        return EXIT_LATER;
    code = cmd_anywhere(&sub, argc, argv);
    fclose(sub.out);
    bytes_add(out, text, size);
    free(text);
    return code;
}

/* A record for each unit: each signs its own. */
static bool print_records(struct cmd *c, const struct question *q,
                          const struct reconcile_result *r, struct err *e)
{
    const struct period *p = catalogue_period(c->app->cat, q->period);
    char *dir = cmd_path(c, q->dir);
    struct arena a = {0};
    bool ok = file_mkdirs(dir, e);

    for (size_t i = 0; ok && i < r->n_units; i++) {
        const struct reconcile_result_unit *u = &r->units[i];
        struct record rec;
        char *path = NULL;

        record_make(r, (int)i, *u->name != 0 ? u->name : u->unit.code,
                    p != NULL ? p->name_vi : NULL, c->app->cat, &a, &rec);
        ok = record_xlsx(&rec, dir, &path, e);
        if (ok)
            fprintf(c->err, "%s\n", path);
        free(path);
    }
    arena_clear(&a);
    free(dir);
    return ok;
}

static enum exit_code print(struct cmd *c, const struct question *q,
                            const struct reconcile_result *r)
{
    struct bytes b = {0};
    struct err e = {0};

    if (q->json)
        reconcile_result_put(r, &b);
    else
        reconcile_show(r, c->app->cat, c->lang, &b);
    fwrite(b.p, 1, b.n, c->out);
    bytes_clear(&b);
    if (q->dir != NULL && !print_records(c, q, r, &e))
        return cmd_fail(c, &e);
    return reconcile_equal(r) ? EXIT_DONE : EXIT_FINDINGS;
}

static bool with_file(struct cmd *c, const struct question *q, struct arena *a,
                      struct reconcile_doc *d, struct err *e)
{
    struct bytes file = {0};
    char *path = cmd_path(c, q->with);
    bool ok = file_read(path, RECONCILE_FILE_MAX, &file, e) &&
              reconcile_doc_read(span_of(&file), a, d, e);

    if (!ok) {
        e->kind = ERR_INPUT; /* whatever it is, it is not the file that was meant */
        err_in(e, "--with %s", q->with);
    }
    bytes_clear(&file);
    free(path);
    return ok;
}

/* The other side lies in a file. */
static enum exit_code offline(struct cmd *c, const struct question *q)
{
    struct reconcile_result r = {0};
    struct reconcile_doc own, other;
    struct bytes text = {0};
    struct arena a = {0};
    struct err e = {0};
    enum exit_code code = lines(c, q, false, &text);

    if (code == EXIT_DONE) {
        if (with_file(c, q, &a, &other, &e) &&
            reconcile_doc_read(span_of(&text), &a, &own, &e) &&
            reconcile_docs(&own, &other, NULL, &a, &r, &e))
            code = print(c, q, &r);
        else
            code = cmd_fail(c, &e);
    }
    reconcile_result_clear(&r);
    bytes_clear(&text);
    arena_clear(&a);
    return code;
}

/* Without `run` nothing can be asked: our own side, for a file that travels. */
static enum exit_code alone(struct cmd *c, const struct question *q, struct span text,
                            struct arena *a)
{
    struct reconcile_doc own;
    struct bytes b = {0};
    struct err e = {0};

    if (!reconcile_doc_read(text, a, &own, &e))
        return cmd_fail(c, &e);
    if (q->json)
        bytes_add(&b, text.p, text.n);
    else
        reconcile_show_doc(&own, c->lang, &b);
    fwrite(b.p, 1, b.n, c->out);
    bytes_clear(&b);
    fprintf(c->err, "%s\n",
            c->lang == LANG_VI
                ? "Chưa đối chiếu với tỉnh: htx-collector run không chạy. Trên đây là số "
                  "liệu của đơn vị; --json ghi thành tệp để gửi tỉnh, --with đọc tệp của "
                  "tỉnh."
                : "Not compared with the province: htx-collector run is not alive. Above "
                  "is what the unit holds; --json makes a file for the province, --with "
                  "reads the province's.");
    return q->json ? EXIT_DONE : EXIT_UNAVAILABLE;
}

static enum exit_code with_province(struct cmd *c, const struct question *q)
{
    struct reconcile_result r = {0};
    struct bytes text = {0};
    struct arena a = {0};
    struct err e = {0};
    enum exit_code code = lines(c, q, true, &text);
    bool answered = code == EXIT_DONE || code == EXIT_FINDINGS;

    if (answered && reconcile_result_read(span_of(&text), &a, &r, &e))
        code = print(c, q, &r);
    else if (answered)
        code = alone(c, q, span_of(&text), &a);
    reconcile_result_clear(&r);
    bytes_clear(&text);
    arena_clear(&a);
    return code;
}

enum exit_code cmd_reconcile(struct cmd *c, int argc, char **argv)
{
    struct question q = {0};
    const char *pos[1];
    const struct opt opts[] = {
        {"unit", OPT_TEXT, &q.unit, "CODE", "chỉ đơn vị này",                                      "only this unit"},
        {"with", OPT_TEXT, &q.with, "FILE", "tệp của tỉnh (reconcile --json)",
         "file of the province (reconcile --json)"                                                                        },
        {"o",    OPT_TEXT, &q.dir,  "DIR",  "ghi biên bản đối chiếu số liệu vào thư mục",
         "write the printable record into this folder"                                                                    },
        {"json", OPT_FLAG, &q.json, NULL,   "in dạng JSON",                                             "print JSON"    },
    };
    enum exit_code code;
    struct err e = {0};
    size_t n;

    if (!cmd_options(c, argc, argv, opts, COUNT(opts), pos, 1, &n, &code))
        return code;
    if (n != 1)
        return cmd_usage(c, c->self->args);
    q.period = pos[0];
    if (!app_open_catalogue(c->app, &e))
        return cmd_fail(c, &e);
    return q.with != NULL ? offline(c, &q) : with_province(c, &q);
}
