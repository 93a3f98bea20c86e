/* check: what the offline rules say of a file; nothing is stored or sent. */
#include "collectors/answer.h"
#include "collectors/cmd.h"
#include "collectors/intake.h"
#include "proto/base/file.h"
#include "proto/rules.h"

#include <errno.h>
#include <jansson.h>
#include <unistd.h>

enum { FILES_MAX = 256, WAITING_MAX = 100 };

static bool has_code(const struct findings *fs, const char *code)
{
    for (size_t i = 0; i < fs->n; i++)
        if (strcmp(fs->list[i].code, code) == 0)
            return true;
    return false;
}

/* Reads with the unit that was named, or with the one the sheet itself names. */
static bool read_file(struct cmd *c, const char *unit, const char *path,
                      struct form_read *form, struct err *e)
{
    const struct app *app = c->app;

    if (access(path, R_OK) != 0)
        return err_set(e, ERR_INPUT, "%s: %s", path, strerror(errno));
    for (size_t i = 0; i < app->n_units; i++) {
        const struct app_unit *u = &app->units[i];
        const struct intake_unit iu = {u->key, u->channel, app->state};
        bool last = i + 1 == app->n_units;

        if (unit != NULL && strcmp(unit, u->key.code) != 0)
            continue;
        if (!intake_read(app->cat, &iu, app_now(app).date, path, form, e))
            return err_in(e, "%s", path);
        if (unit != NULL || last || !has_code(&form->sheet, "WRONG_UNIT"))
            return true;
        form_read_clear(form);
    }
    return err_set(e, ERR_INPUT, "unit %s", unit != NULL ? unit : "?");
}

static void print_finding(struct cmd *c, const struct finding *f)
{
    struct bytes b = {0};

    say_finding(&b, c->app->cat, c->lang, f);
    fprintf(c->out, "  - %s\n", bytes_cstr(&b));
    bytes_clear(&b);
}

/* Codes of the rules that this file's reports wait for the province with. */
static size_t waiting(struct cmd *c, const struct form_read *form,
                      const char *codes[WAITING_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < form->n && !form->beside_register; i++) {
        const char *some[WAITING_MAX];
        size_t m;

        if (i > 0 && strcmp(form->reports[i].form, form->reports[i - 1].form) == 0)
            continue;
        m = rules_waiting(c->app->cat, form->reports[i].form, some, WAITING_MAX);
        for (size_t k = 0; k < m && k < WAITING_MAX; k++) {
            bool known = false;

            for (size_t j = 0; j < n; j++)
                known = known || strcmp(codes[j], some[k]) == 0;
            if (!known && n < WAITING_MAX)
                codes[n++] = some[k];
        }
    }
    return n;
}

static void print_waiting(struct cmd *c, const struct form_read *form)
{
    const char *codes[WAITING_MAX];
    size_t n = waiting(c, form, codes);

    fprintf(c->out, "%s",
            form->beside_register
                ? catalogue_text(c->app->cat, "cli.check_foot_page", c->lang)
                : catalogue_text(c->app->cat, "cli.check_foot", c->lang));
    for (size_t i = 0; i < n; i++)
        fprintf(c->out, "%s%s", i == 0 ? " (" : ", ", codes[i]);
    fprintf(c->out, "%s\n", n > 0 ? ")" : "");
}

static void print_people(struct cmd *c, const char *name, const struct form_read *form)
{
    struct bytes b = {0};
    char n[24];
    size_t good = 0;

    for (size_t i = 0; i < form->n; i++)
        good += !findings_refuse(&form->per_report[i]);
    snprintf(n, sizeof n, "%zu/%zu", good, form->n);
    say(&b, c->app->cat, c->lang, "cli.check_head", name, n, NULL);
    fprintf(c->out, "%s\n", bytes_cstr(&b));
    bytes_clear(&b);
    for (size_t k = 0; k < form->sheet.n; k++)
        print_finding(c, &form->sheet.list[k]);
    for (size_t i = 0; i < form->n; i++) {
        const struct report *r = &form->reports[i];
        const char *who =
            r->subject.kind == SUBJECT_UNIT ? r->unit.code : r->subject.name;

        if (form->per_report[i].n == 0)
            continue;
        fprintf(c->out, "%s, %s, %s:\n", who != NULL && *who != 0 ? who : "?", r->period,
                say_word(c->app->cat, c->lang, "vintage", vintage_word(r->vintage)));
        for (size_t k = 0; k < form->per_report[i].n; k++)
            print_finding(c, &form->per_report[i].list[k]);
    }
    print_waiting(c, form);
}

static json_t *text_json(const char *s)
{
    return json_string(s != NULL ? s : "");
}

/* "Biểu 01!C7" in two: the page, "" for none, and the cell, "" for the whole page. */
static void add_place(json_t *j, const char *cell)
{
    const char *bang = cell != NULL ? strrchr(cell, '!') : NULL;
    const char *ref = bang != NULL ? bang + 1 : cell != NULL ? cell : "";
    size_t letters = strspn(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    size_t digits = strspn(ref + letters, "0123456789");
    bool is_cell = letters > 0 && letters < 4 && digits > 0 && ref[letters + digits] == 0;

    if (is_cell)
        json_object_set_new(j, "sheet",
                            json_stringn(cell, bang != NULL ? (size_t)(bang - cell) : 0));
    else
        json_object_set_new(j, "sheet", text_json(cell));
    json_object_set_new(j, "ref", text_json(is_cell ? ref : ""));
}

static json_t *rendered(struct cmd *c, const struct finding *f, enum lang lang)
{
    struct bytes b = {0};
    json_t *j;

    finding_render(c->app->cat, f, lang, &b);
    j = text_json(bytes_cstr(&b));
    bytes_clear(&b);
    return j;
}

static void add_findings(struct cmd *c, json_t *list, const struct findings *fs,
                         const struct report *r)
{
    static const char *const words[] = {
        [SEV_NOTE] = "note", [SEV_WARNING] = "warning", [SEV_ERROR] = "error"};

    for (size_t i = 0; i < fs->n; i++) {
        const struct finding *f = &fs->list[i];
        const struct indicator *ind = catalogue_indicator_no(c->app->cat, f->indicator);
        json_t *j = json_object(), *args = json_array();

        json_object_set_new(j, "code", text_json(f->code));
        json_object_set_new(j, "severity", text_json(words[f->severity]));
        json_object_set_new(j, "refuses", json_boolean(f->refuses));
        json_object_set_new(j, "holds", json_boolean(f->holds));
        json_object_set_new(j, "indicator", text_json(ind != NULL ? ind->code : NULL));
        json_object_set_new(j, "b1", text_json(f->b1));
        json_object_set_new(j, "b2", text_json(f->b2));
        json_object_set_new(j, "cell", text_json(f->cell));
        json_object_set_new(j, "value", text_json(f->value));
        add_place(j, f->cell);
        json_object_set_new(j, "text", rendered(c, f, c->lang));
        json_object_set_new(j, "text_vi", rendered(c, f, LANG_VI));
        json_object_set_new(j, "text_en", rendered(c, f, LANG_EN));
        for (size_t k = 0; k < FINDING_ARGS; k++)
            if (f->args[k] != NULL && *f->args[k] != 0)
                json_array_append_new(args, text_json(f->args[k]));
        json_object_set_new(j, "expected", args);
        json_object_set_new(j, "subject", text_json(r != NULL ? r->subject.name : NULL));
        json_object_set_new(j, "period", text_json(r != NULL ? r->period : NULL));
        json_object_set_new(j, "vintage",
                            text_json(r != NULL ? vintage_word(r->vintage) : NULL));
        json_array_append_new(list, j);
    }
}

static bool same_contents(const struct report *a, const struct report *b)
{
    return a->vintage == b->vintage && strcmp(a->form, b->form) == 0 &&
           strcmp(a->scheme, b->scheme) == 0 && strcmp(a->period, b->period) == 0;
}

/* What the file has reports of: form, period, vintage, how many. */
static json_t *contents_json(const struct form_read *form)
{
    struct {
        const struct report *first;
        size_t n;
    } *kinds = mem_array(form->n, sizeof *kinds);
    json_t *list = json_array();
    size_t n = 0;

    for (size_t i = 0; i < form->n; i++) {
        const struct report *r = &form->reports[i];
        size_t k = 0;

        if (r->form == NULL || r->scheme == NULL || r->period == NULL)
            continue;
        while (k < n && !same_contents(kinds[k].first, r))
            k++;
        if (k == n)
            kinds[n++].first = r;
        kinds[k].n++;
    }
    for (size_t k = 0; k < n; k++) {
        const struct report *r = kinds[k].first;

        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s*, s:I}", "form", r->form, "scheme",
                            r->scheme, "period", r->period, "vintage",
                            vintage_word(r->vintage), "reports", (json_int_t)kinds[k].n));
    }
    free(kinds);
    return list;
}

/* Each report's content digest: what two files say alike has the same. */
static json_t *digests_json(const struct form_read *form)
{
    json_t *list = json_array();

    for (size_t i = 0; i < form->n; i++) {
        const struct report *r = &form->reports[i];
        struct hash digest = report_digest(r);
        char hex[2 * HASH_LEN + 1];

        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:s*, s:I, s:I, s:s}", "form", r->form, "subject",
                      r->subject.id != NULL ? r->subject.id : "", "period", r->period,
                      "vintage", vintage_word(r->vintage), "values", (json_int_t)r->n_obs,
                      "texts", (json_int_t)r->n_texts, "digest", hash_hex(&digest, hex)));
    }
    return list;
}

static void count_severities(const struct findings *fs, size_t n[SEV_ERROR + 1])
{
    for (size_t i = 0; i < fs->n; i++)
        n[fs->list[i].severity]++;
}

static json_t *summary_json(struct cmd *c, const struct form_read *form)
{
    const char *codes[WAITING_MAX];
    size_t n[SEV_ERROR + 1] = {0}, good = 0, waits = waiting(c, form, codes);
    json_t *j, *list = json_array();

    count_severities(&form->sheet, n);
    for (size_t i = 0; i < form->n; i++) {
        count_severities(&form->per_report[i], n);
        good += !findings_refuse(&form->per_report[i]);
    }
    for (size_t i = 0; i < waits; i++)
        json_array_append_new(list, text_json(codes[i]));
    j = json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "reports", (json_int_t)form->n,
                  "sendable", (json_int_t)good, "errors", (json_int_t)n[SEV_ERROR],
                  "warnings", (json_int_t)n[SEV_WARNING], "notes",
                  (json_int_t)n[SEV_NOTE], "waiting_rules", list);
    return j;
}

static json_t *file_json(struct cmd *c, const char *name, const struct form_read *form)
{
    json_t *j = json_object(), *list = json_array();

    add_findings(c, list, &form->sheet, NULL);
    for (size_t i = 0; i < form->n; i++)
        add_findings(c, list, &form->per_report[i], &form->reports[i]);
    json_object_set_new(j, "file", text_json(name));
    json_object_set_new(j, "reports", json_integer((json_int_t)form->n));
    json_object_set_new(j, "contents", contents_json(form));
    json_object_set_new(j, "digests", digests_json(form));
    json_object_set_new(j, "findings", list);
    json_object_set_new(j, "summary", summary_json(c, form));
    return j;
}

/* The same findings in a copy of the workbook. */
static enum exit_code write_book(struct cmd *c, const char *name, const char *path,
                                 const struct form_read *form, const char *to)
{
    struct bytes book = {0};
    struct answer a;
    struct err e = {0};
    char *out = cmd_path(c, to);
    bool ok;

    if (strrchr(name, '/') != NULL)
        name = strrchr(name, '/') + 1;
    answer_of_form(c->app->cat, name, form->n > 0 ? form->reports[0].unit.code : "", form,
                   &a);
    ok = answer_book(c->app->cat, &a, path, &book, &e) &&
         file_write(out, span_of(&book), 0640, &e);
    answer_clear(&a);
    bytes_clear(&book);
    free(out);
    return ok ? EXIT_DONE : cmd_fail(c, &e);
}

/* Only notes: done. Anything a person must act on: findings. Nothing usable: data. */
static enum exit_code code_of(const struct form_read *form)
{
    enum exit_code code = EXIT_DONE;
    bool usable = false;

    if (findings_worst(&form->sheet) > SEV_NOTE)
        code = EXIT_FINDINGS;
    for (size_t i = 0; i < form->n; i++) {
        if (findings_worst(&form->per_report[i]) > SEV_NOTE)
            code = EXIT_FINDINGS;
        usable = usable || !findings_refuse(&form->per_report[i]);
    }
    if (form->n == 0 && !findings_refuse(&form->sheet))
        return code; /* a template that nobody has filled yet */
    return usable ? code : EXIT_DATA;
}

enum exit_code cmd_check(struct cmd *c, int argc, char **argv)
{
    bool json = false;
    const char *unit = NULL, *book = NULL, *files[FILES_MAX];
    const struct opt opts[] = {
        {"unit",     OPT_TEXT, &unit, "CODE",     "đơn vị báo cáo của tệp",
         "unit the file is of"                                                                        },
        {"json",     OPT_FLAG, &json, NULL,       "in dạng JSON",                       "print JSON"},
        {"workbook", OPT_TEXT, &book, "OUT.xlsx", "ghi bản sao có đánh dấu lỗi",
         "write a copy with the findings in it"                                                       },
    };
    enum exit_code code, worst = EXIT_DONE;
    json_t *list = NULL;
    size_t n;

    if (!cmd_options(c, argc, argv, opts, COUNT(opts), files, FILES_MAX, &n, &code))
        return code;
    if (n == 0)
        return cmd_usage(c, c->self->args);
    if (book != NULL && n > 1)
        return cmd_usage(c, "--workbook");
    if (unit != NULL && cmd_unit(c, unit) == NULL)
        return EXIT_USAGE;
    list = json_array();
    for (size_t i = 0; i < n; i++) {
        struct form_read form = {0};
        struct err e = {0};
        char *path = cmd_path(c, files[i]);

        if (read_file(c, unit, path, &form, &e)) {
            code = code_of(&form);
            if (json)
                json_array_append_new(list, file_json(c, files[i], &form));
            else
                print_people(c, files[i], &form);
            if (book != NULL) {
                enum exit_code wrote = write_book(c, files[i], path, &form, book);

                code = wrote != EXIT_DONE ? wrote : code;
            }
        } else {
            code = cmd_fail(c, &e);
        }
        if (code > worst)
            worst = code;
        form_read_clear(&form);
        free(path);
    }
    if (json) {
        json_dumpf(list, c->out, JSON_INDENT(1));
        fputc('\n', c->out);
    }
    json_decref(list);
    return worst;
}
