/* submit: take files in now, as if they had been dropped into the inbox and rested. */
#include "collectors/answer.h"
#include "collectors/cmd.h"
#include "collectors/intake.h"

#include <jansson.h>

enum { FILES_MAX = 256 };

struct one { /* a file on its way through the intake */
    struct cmd *c;
    struct intake intake;
    struct intake_unit unit;
    struct intake_result result;
    struct err e;
    bool ok;
};

static bool take(void *ctx, const struct spool_claim *claim)
{
    struct one *o = ctx;

    o->ok = intake_file(&o->intake, &o->unit, claim, &o->result, &o->e);
    return o->ok;
}

static bool has_code(const struct findings *fs, const char *code)
{
    for (size_t i = 0; i < fs->n; i++)
        if (strcmp(fs->list[i].code, code) == 0)
            return true;
    return false;
}

/* Of several units the one that the sheet names; NULL after a message. */
static const struct app_unit *unit_of(struct cmd *c, const char *path)
{
    for (size_t i = 0; i < c->app->n_units; i++) {
        const struct app_unit *u = &c->app->units[i];
        const struct intake_unit iu = {u->key, u->channel, c->app->state};
        struct form_read form = {0};
        struct err e = {0};
        bool fits =
            intake_read(c->app->cat, &iu, app_now(c->app).date, path, &form, &e) &&
            form.n > 0 && !has_code(&form.sheet, "WRONG_UNIT");

        form_read_clear(&form);
        if (fits)
            return u;
    }
    cmd_note(c, "cli.which_unit", NULL, NULL);
    return NULL;
}

static json_t *result_json(const char *name, const struct app_unit *u,
                           const struct intake_result *r)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:b}", "file", name, "unit",
                     u->key.code, "new", (json_int_t)r->fresh, "revised",
                     (json_int_t)r->revised, "same", (json_int_t)r->same, "refused",
                     (json_int_t)r->refused, "findings", (int)r->findings);
}

static void print_answer(struct cmd *c, const char *claim)
{
    struct bytes text = {0};
    struct err e = {0};

    /* a file that was only set aside has no answer in the outbox */
    if (answer_text(c->app->cat, c->app->outbox, claim, c->lang, &text, &e))
        fprintf(c->out, "%s", bytes_cstr(&text));
    bytes_clear(&text);
}

static enum exit_code code_of(const struct intake_result *r)
{
    if (r->bad)
        return EXIT_DATA;
    return r->refused > 0 || r->findings ? EXIT_FINDINGS : EXIT_DONE;
}

static enum exit_code submit(struct cmd *c, const char *file, const char *unit,
                             const char *reason, json_t *list)
{
    char *path = cmd_path(c, file), *claim = NULL;
    const struct app_unit *u =
        unit != NULL || c->app->n_units == 1 ? cmd_unit(c, unit) : unit_of(c, path);
    struct one o = {
        .c = c,
        .intake = {c->app->cat, c->app->outbox, c->app->spool, app_now(c->app).date,
                   reason}
    };
    enum exit_code code = EXIT_USAGE;

    if (u == NULL)
        goto out;
    o.unit = (struct intake_unit){u->key, u->channel, c->app->state};
    if (!outbox_room(c->app->outbox, &o.e) ||
        !spool_add(c->app->spool, u->key.code, path, &claim, &o.e) ||
        !spool_get(c->app->spool, u->key.code, claim, take, &o, &o.e) || !o.ok) {
        code = cmd_fail(c, &o.e);
        goto out;
    }
    code = code_of(&o.result);
    if (list != NULL)
        json_array_append_new(list, result_json(file, u, &o.result));
    else
        print_answer(c, claim);
out:
    free(claim);
    free(path);
    return code;
}

enum exit_code cmd_submit(struct cmd *c, int argc, char **argv)
{
    bool json = false;
    const char *unit = NULL, *reason = NULL, *files[FILES_MAX];
    const struct opt opts[] = {
        {"unit",   OPT_TEXT, &unit,   "CODE", "đơn vị báo cáo của tệp",
         "unit the file is of"                                                                          },
        {"reason", OPT_TEXT, &reason, "TEXT", "lý do điều chỉnh",           "why it was corrected"},
        {"json",   OPT_FLAG, &json,   NULL,   "in dạng JSON",                   "print JSON"          },
    };
    enum exit_code code, worst = EXIT_DONE;
    json_t *list = NULL;
    size_t n;

    if (!cmd_options(c, argc, argv, opts, COUNT(opts), files, FILES_MAX, &n, &code))
        return code;
    if (n == 0)
        return cmd_usage(c, c->self->args);
    if (json)
        list = json_array();
    for (size_t i = 0; i < n; i++) {
        code = submit(c, files[i], unit, reason, list);
        if (code > worst)
            worst = code;
    }
    if (json) {
        json_dumpf(list, c->out, JSON_INDENT(1));
        fputc('\n', c->out);
        json_decref(list);
    }
    return worst;
}
