/* declare: the unit's word for a period: these forms are complete, or there is nothing.
 */
#include "collectors/cmd.h"

#include <jansson.h>

struct words { /* of the command line */
    const char *unit, *vintage, *paper_number, *paper_date, *signer, *title, *maker;
    struct opt_list forms;
    bool nothing, json;
};

static bool known_form(const struct catalogue *cat, const char *code)
{
    for (size_t i = 0; i < cat->n_forms; i++)
        if (strcmp(cat->forms[i].code, code) == 0)
            return true;
    return false;
}

/* A form by its code or by its mark. */
static const char *form_code(const struct catalogue *cat, const char *word)
{
    for (size_t i = 0; i < cat->n_forms; i++)
        if (strcmp(cat->forms[i].mark, word) == 0)
            return cat->forms[i].code;
    return known_form(cat, word) ? word : NULL;
}

/* The forms named on the command line, else all that this period has. */
static bool choose_forms(struct cmd *c, const struct words *w, struct submission *s,
                         struct arena *a, enum exit_code *code)
{
    struct err e = {0};

    if (!outbox_forms(c->app->outbox, s, a, &s->forms, &s->n_forms, &e)) {
        *code = cmd_fail(c, &e);
        return false;
    }
    if (w->nothing && s->n_forms > 0) {
        cmd_note(c, "cli.declare_not_nothing", s->period, NULL);
        *code = EXIT_DATA;
        return false;
    }
    if (!w->nothing && w->forms.n == 0 && s->n_forms == 0) {
        cmd_note(c, "cli.declare_no_forms", s->period, NULL);
        *code = EXIT_DATA;
        return false;
    }
    if (w->forms.n > 0) {
        s->forms = arena_new(a, w->forms.n * sizeof *s->forms);
        s->n_forms = w->forms.n;
    }
    for (size_t i = 0; i < w->forms.n; i++) {
        s->forms[i] = form_code(c->app->cat, w->forms.list[i]);
        if (s->forms[i] == NULL) {
            *code = cmd_usage(c, w->forms.list[i]);
            return false;
        }
    }
    s->rows = arena_new(a, s->n_forms * sizeof *s->rows);
    for (size_t i = 0; i < s->n_forms; i++)
        if (!outbox_rows(c->app->outbox, s, s->forms[i], &s->rows[i], &e)) {
            *code = cmd_fail(c, &e);
            return false;
        }
    return true;
}

static bool read_words(struct cmd *c, const struct words *w, const char *period_word,
                       struct submission *s, enum exit_code *code)
{
    const struct app_unit *u = cmd_unit(c, w->unit);
    const struct period *p = catalogue_period(c->app->cat, period_word);

    *code = EXIT_USAGE;
    if (u == NULL)
        return false;
    if (p == NULL) {
        cmd_note(c, "cli.no_period", period_word, NULL);
        return false;
    }
    *s = (struct submission){.version = 1,
                             .id = uuid_new(clock_wall()),
                             .unit = u->key,
                             .scheme = p->scheme,
                             .period = p->code,
                             .vintage = VINTAGE_ACTUAL,
                             .nothing_to_report = w->nothing,
                             .paper_number = w->paper_number,
                             .paper_date = DATE_NONE,
                             .signer = w->signer,
                             .signer_title = w->title,
                             .maker = w->maker,
                             .made_at = clock_wall()};
    if (w->vintage != NULL)
        s->vintage = vintage_of(w->vintage);
    if (s->vintage == VINTAGE_NONE) {
        cmd_usage(c, w->vintage);
        return false;
    }
    if (w->paper_date != NULL) {
        s->paper_date = date_read(w->paper_date);
        if (s->paper_date == DATE_NONE) {
            cmd_usage(c, w->paper_date);
            return false;
        }
    }
    if (w->nothing && w->forms.n > 0) {
        cmd_usage(c, "--nothing --form");
        return false;
    }
    if (w->signer == NULL || w->signer[0] == 0) {
        cmd_usage(c, "--signer");
        return false;
    }
    return true;
}

static void print_json(struct cmd *c, const struct submission *s, bool same,
                       int64_t approved)
{
    char id[37];
    json_t *forms = json_array(), *j;

    for (size_t i = 0; i < s->n_forms; i++)
        json_array_append_new(forms, json_pack("{s:s, s:I}", "form", s->forms[i], "rows",
                                               (json_int_t)s->rows[i]));
    j = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:I, s:o}", "id",
                  uuid_text(&s->id, id), "unit", s->unit.code, "scheme", s->scheme,
                  "period", s->period, "vintage", vintage_word(s->vintage), "nothing",
                  (int)s->nothing_to_report, "same", (int)same, "approved",
                  (json_int_t)approved, "forms", forms);
    json_dumpf(j, c->out, JSON_INDENT(1));
    fputc('\n', c->out);
    json_decref(j);
}

static void print_people(struct cmd *c, const struct submission *s, bool same)
{
    struct bytes b = {0};
    const struct catalogue *cat = c->app->cat;

    say(&b, cat, c->lang, same ? "cli.declare_same" : "cli.declare_done", s->unit.code,
        s->period, say_word(cat, c->lang, "vintage", vintage_word(s->vintage)), NULL);
    bytes_char(&b, '\n');
    if (s->nothing_to_report)
        bytes_printf(&b, "  %s\n", catalogue_text(cat, "status.nil", c->lang));
    for (size_t i = 0; i < s->n_forms; i++) {
        char rows[16];

        snprintf(rows, sizeof rows, "%u", s->rows[i]);
        bytes_str(&b, "  ");
        say(&b, cat, c->lang, "cli.declare_form", s->forms[i], rows, NULL);
        bytes_char(&b, '\n');
    }
    fprintf(c->out, "%s", bytes_cstr(&b));
    bytes_clear(&b);
}

static enum exit_code declare(struct cmd *c, const struct words *w, const char *period)
{
    struct submission s;
    struct arena a = {0};
    struct err e = {0};
    enum exit_code code;
    int64_t approved = 0;
    bool same = false;

    if (!read_words(c, w, period, &s, &code) || !choose_forms(c, w, &s, &a, &code))
        goto out;
    if (!outbox_room(c->app->outbox, &e) ||
        !outbox_declare(c->app->outbox, &s, &same, &approved, &e)) {
        code = cmd_fail(c, &e);
        goto out;
    }
    log_event(LOG_INFO, "declared unit=%s period=%s nothing=%d forms=%zu same=%d",
              s.unit.code, s.period, s.nothing_to_report, s.n_forms, same);
    if (w->json)
        print_json(c, &s, same, approved);
    else
        print_people(c, &s, same);
    code = EXIT_DONE;
out:
    arena_clear(&a);
    return code;
}

enum exit_code cmd_declare(struct cmd *c, int argc, char **argv)
{
    struct words w = {0};
    const char *period = NULL;
    const struct opt opts[] = {
        {"unit",         OPT_TEXT, &w.unit,         "CODE",       "đơn vị báo cáo",                         "the unit"                                              },
        {"vintage",      OPT_TEXT, &w.vintage,      "V",          "plan, estimate hoặc actual (mặc định)",
         "plan, estimate or actual (default)"                                                                                                                             },
        {"form",         OPT_LIST, &w.forms,        "F",
         "biểu mẫu đã đủ; lặp lại được; mặc định: mọi biểu",                            "a form that is complete; may be repeated; default: all"},
        {"nothing",      OPT_FLAG, &w.nothing,      NULL,         "không phát sinh",                            "nothing to report"                                     },
        {"paper-number", OPT_TEXT, &w.paper_number, "NO",         "số, ký hiệu văn bản",
         "number of the signed paper"                                                                                                                                     },
        {"paper-date",   OPT_TEXT, &w.paper_date,   "yyyy-mm-dd", "ngày ban hành",
         "date of the signed paper"                                                                                                                                       },
        {"signer",       OPT_TEXT, &w.signer,       "NAME",       "người ký (bắt buộc)",
         "who signed (required)"                                                                                                                                          },
        {"title",        OPT_TEXT, &w.title,        "TITLE",      "chức vụ người ký",                     "the signer's title"                                    },
        {"maker",        OPT_TEXT, &w.maker,        "NAME",       "người lập biểu",                        "who made the figures"                                  },
        {"json",         OPT_FLAG, &w.json,         NULL,         "in dạng JSON",                               "print JSON"                                            },
    };
    enum exit_code code;
    size_t n;

    if (!cmd_options(c, argc, argv, opts, COUNT(opts), &period, 1, &n, &code))
        return code;
    if (n == 0)
        return cmd_usage(c, c->self->args);
    return declare(c, &w, period);
}
