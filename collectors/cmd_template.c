/* template: the workbook of a period for a unit, from the catalogue and the register. */
#include "collectors/cmd.h"
#include "collectors/template.h"
#include "proto/page.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FORMS_MOST = 40 };

struct request {
    const struct app_unit *unit;
    const struct period *period;
    enum vintage vintage;
    const struct form *forms[FORMS_MOST];
    size_t n_forms;
};

static bool in_force(const struct form *f, const struct period *p)
{
    return (f->valid_from == DATE_NONE || f->valid_from <= p->ends) &&
           (f->valid_to == DATE_NONE || f->valid_to >= p->ends);
}

/* The newest version of the form in force at the period's end, by code or by mark. */
static const struct form *form_named(const struct catalogue *cat, const char *name,
                                     const struct period *p)
{
    const struct form *best = NULL;

    for (size_t i = 0; i < cat->n_forms; i++) {
        const struct form *f = &cat->forms[i];

        if ((strcmp(f->code, name) == 0 || strcmp(f->mark, name) == 0) &&
            in_force(f, p) && (best == NULL || f->version > best->version))
            best = f;
    }
    return best;
}

static bool has_word(const char *const *list, const char *word)
{
    for (size_t i = 0; list[i] != NULL; i++)
        if (strcmp(list[i], word) == 0)
            return true;
    return list[0] == NULL;
}

/* Does the unit fill it in this period without being asked for it by name? */
static bool is_due(const struct form *f, const struct request *r)
{
    return has_word(f->channels, channel_word(r->unit->channel)) &&
           has_word(f->kinds, r->period->kind);
}

static void add_form(struct request *r, const struct form *f)
{
    for (size_t i = 0; i < r->n_forms; i++)
        if (r->forms[i] == f)
            return;
    if (r->n_forms < FORMS_MOST)
        r->forms[r->n_forms++] = f;
}

static enum exit_code no_form(struct cmd *c, const struct request *r, const char *name)
{
    const struct catalogue *cat = c->app->cat;
    struct bytes known = {0};

    for (size_t i = 0; i < cat->n_forms; i++)
        if (form_named(cat, cat->forms[i].code, r->period) == &cat->forms[i])
            bytes_printf(&known, "%s%s", known.n > 0 ? ", " : "", cat->forms[i].code);
    cmd_note(c, "cli.template_no_form", name, bytes_cstr(&known));
    bytes_clear(&known);
    return EXIT_DATA;
}

/* Those named; without names all that the unit fills in this period. */
static enum exit_code choose(struct cmd *c, struct request *r, const struct opt_list *by)
{
    const struct catalogue *cat = c->app->cat;

    for (size_t i = 0; i < by->n; i++) {
        const struct form *f = form_named(cat, by->list[i], r->period);

        if (f == NULL)
            return no_form(c, r, by->list[i]);
        add_form(r, f);
    }
    for (size_t i = 0; by->n == 0 && i < cat->n_forms; i++)
        if (form_named(cat, cat->forms[i].code, r->period) == &cat->forms[i] &&
            is_due(&cat->forms[i], r))
            add_form(r, &cat->forms[i]);
    return r->n_forms > 0 ? EXIT_DONE : no_form(c, r, "");
}

static bool is_folder(const char *path)
{
    struct stat st;
    size_t n = strlen(path);

    return (n > 0 && path[n - 1] == '/') || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

/* The folder that the workbook goes to; the caller's to free. */
static char *folder_of(const char *path)
{
    return is_folder(path) ? mem_str(path)
                           : mem_printf("%.*s/", (int)(strrchr(path, '/') - path), path);
}

/* What lies in an inbox is taken in as if it were filled. */
static bool is_inbox(struct cmd *c, const char *folder)
{
    char *real = realpath(folder, NULL);
    bool found = false;

    for (size_t i = 0; real != NULL && i < c->app->n_units; i++) {
        char *inbox = realpath(c->app->units[i].inbox, NULL);

        found = found || (inbox != NULL && strcmp(inbox, real) == 0);
        free(inbox);
    }
    free(real);
    return found;
}

/* Somewhere else than an inbox, and writable; *code after a message. */
static bool may_write(struct cmd *c, const char *path, enum exit_code *code)
{
    char *folder = folder_of(path);
    struct err e = {0};
    bool ok = false;

    if (is_inbox(c, folder)) {
        cmd_note(c, "cli.template_inbox", folder, NULL);
        *code = EXIT_USAGE;
    } else if (access(folder, W_OK | X_OK) != 0) {
        err_set(&e, ERR_INPUT, "%s: %s", folder, strerror(errno));
        *code = cmd_fail(c, &e);
    } else {
        ok = true;
    }
    free(folder);
    return ok;
}

static void tell(struct cmd *c, const struct request *r, const char *path,
                 const size_t *rows)
{
    struct bytes b = {0};

    say(&b, c->app->cat, c->lang, "cli.template_done", path, NULL);
    fprintf(c->out, "%s\n", bytes_cstr(&b));
    for (size_t i = 0; i < r->n_forms; i++) {
        char n[24];

        if (r->forms[i]->subject == SUBJECT_UNIT)
            continue;
        snprintf(n, sizeof n, "%zu", rows[i]);
        b.n = 0;
        say(&b, c->app->cat, c->lang, "cli.template_rows", r->forms[i]->mark, n, NULL);
        fprintf(c->out, "  %s\n", bytes_cstr(&b));
    }
    bytes_clear(&b);
}

/* What the province last said of the unit: its name, its statements, its organisations.
 */
struct register_here {
    struct register_page page;
    struct past *entities, own;
    size_t n;
    bool has_own;
    const char *name;
    struct arena arena;
};

static bool open_register(struct cmd *c, const struct app_unit *unit,
                          struct register_here *h, struct err *e)
{
    bool there;

    *h = (struct register_here){.n = 0};
    if (!page_open(&h->page, c->app->state, &unit->key, &there, e))
        return err_in(e, "register page of unit %s", unit->key.code);
    if (!there)
        cmd_note(c, "cli.template_no_page", unit->key.code, NULL);
    h->entities = mem_array(h->page.n + 1, sizeof *h->entities);
    for (size_t i = 0; i < h->page.n; i++) {
        const struct page_entry *entry = &h->page.entries[i];

        if (entry->subject.kind == SUBJECT_UNIT) {
            page_past(&h->page, entry, &h->arena, &h->own);
            h->has_own = true;
            if (entry->subject.name != NULL && *entry->subject.name != 0)
                h->name = entry->subject.name;
        } else {
            page_past(&h->page, entry, &h->arena, &h->entities[h->n++]);
        }
    }
    return true;
}

static void close_register(struct register_here *h)
{
    free(h->entities);
    arena_clear(&h->arena);
    page_clear(&h->page);
}

static enum exit_code make(struct cmd *c, const struct request *r, const char *into)
{
    struct register_here here;
    struct template_job job = {.cat = c->app->cat,
                               .unit = r->unit->key.code,
                               .period = r->period,
                               .vintage = r->vintage,
                               .created = clock_wall() / 1000};
    size_t rows[FORMS_MOST];
    char *path, *name;
    enum exit_code code = EXIT_DONE;
    struct err e = {0};

    path = cmd_path(c, into);
    if (!may_write(c, path, &code)) {
        free(path);
        return code;
    }
    if (!open_register(c, r->unit, &here, &e)) {
        free(path);
        return cmd_fail(c, &e);
    }
    job.unit_name = here.name;
    job.own = here.has_own ? &here.own : NULL;
    job.entities = here.entities;
    job.n_entities = here.n;
    if (is_folder(path)) {
        name = template_file_name(&job, r->forms, r->n_forms);
        into = path;
        path = mem_printf("%s/%s", into, name);
        free((char *)(uintptr_t)into);
        free(name);
    }
    if (template_write(&job, r->forms, r->n_forms, path, rows, &e))
        tell(c, r, path, rows);
    else
        code = cmd_fail(c, &e);
    free(path);
    close_register(&here);
    return code;
}

enum exit_code cmd_template(struct cmd *c, int argc, char **argv)
{
    const char *pos[1], *unit = NULL, *into = NULL, *vintage = "actual";
    struct opt_list forms = {.n = 0};
    const struct opt opts[] = {
        {"form",    OPT_LIST, &forms,   "F",
         "biểu mẫu, ghi được nhiều lần; không ghi là mọi biểu đơn vị phải gửi trong kỳ",
         "form, may be repeated; without it all that are due"                                                                                 },
        {"o",       OPT_TEXT, &into,    "FILE", "tệp hoặc thư mục",                                           "file or folder to write"},
        {"unit",    OPT_TEXT, &unit,    "CODE", "đơn vị báo cáo",                                              "unit that reports"      },
        {"vintage", OPT_TEXT, &vintage, "V",    "plan, estimate hoặc actual (mặc định)",
         "plan, estimate or actual (default)"                                                                                                 },
    };
    struct request r = {0};
    enum exit_code code;
    size_t n;

    if (!cmd_options(c, argc, argv, opts, COUNT(opts), pos, 1, &n, &code))
        return code;
    if (n != 1 || into == NULL)
        return cmd_usage(c, c->self->args);
    r.vintage = vintage_of(vintage);
    if (r.vintage == VINTAGE_NONE)
        return cmd_usage(c, vintage);
    r.unit = cmd_unit(c, unit);
    if (r.unit == NULL)
        return EXIT_USAGE;
    r.period = catalogue_period(c->app->cat, pos[0]);
    if (r.period == NULL) {
        cmd_note(c, "cli.no_period", pos[0], NULL);
        return EXIT_DATA;
    }
    code = choose(c, &r, &forms);
    return code == EXIT_DONE ? make(c, &r, into) : code;
}
