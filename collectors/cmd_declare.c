/* declare: the unit's word for a period: these forms are complete, or there is nothing.
 */
#include "collectors/texts.h"
#include "proto/base/file.h"

#include <jansson.h>
#include <unistd.h>

enum { WORDS_MAX = 200 /* characters of a name, title or number */, PDF_MAX = 32 << 20 };

struct words { /* of the command line */
    const char *unit, *vintage, *paper_number, *paper_date, *signer, *title, *maker;
    const char *approver, *attach;
    struct opt_list forms, texts;
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

/* Names and numbers as they will be signed: NFC, without control characters. */
static bool tidy_words(struct cmd *c, struct submission *s, struct arena *a)
{
    const struct {
        const char *option, **word;
    } list[] = {
        {"--signer",       &s->signer      },
        {"--title",        &s->signer_title},
        {"--maker",        &s->maker       },
        {"--approver",     &s->approver    },
        {"--paper-number", &s->paper_number},
    };

    for (size_t i = 0; i < COUNT(list); i++)
        if (*list[i].word != NULL && **list[i].word != 0 &&
            !cmd_words(c, list[i].option, *list[i].word, WORDS_MAX, a, list[i].word))
            return false;
    return true;
}

/*
 * What this declaration leaves out stays as the one before it had it, so that number and
 * date of the paper can be added when the paper office has given them. Approval is given
 * anew each time.
 */
static bool go_on(struct cmd *c, const struct words *w, struct submission *s,
                  struct arena *a, enum exit_code *code)
{
    struct submission before;
    struct err e = {0};
    bool known;

    if (!outbox_declared(c->app->outbox, s, a, &known, &before, &e)) {
        *code = cmd_fail(c, &e);
        return false;
    }
    if (!known)
        return true;
    if (s->signer == NULL)
        s->signer = before.signer;
    if (s->signer_title == NULL && w->signer == NULL)
        s->signer_title = before.signer_title;
    if (s->maker == NULL)
        s->maker = before.maker;
    if (s->paper_number == NULL)
        s->paper_number = before.paper_number;
    if (s->paper_date == DATE_NONE)
        s->paper_date = before.paper_date;
    if (w->attach == NULL)
        s->pdf_hash = before.pdf_hash;
    return true;
}

static bool read_words(struct cmd *c, const struct words *w, const char *period_word,
                       const struct app_unit *u, struct submission *s, struct arena *a,
                       enum exit_code *code)
{
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
                             .approver = w->approver,
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
    if (!go_on(c, w, s, a, code))
        return false;
    *code = EXIT_USAGE;
    if (s->signer == NULL || s->signer[0] == 0) {
        cmd_usage(c, "--signer");
        return false;
    }
    if (w->nothing && w->texts.n > 0) {
        cmd_usage(c, "--nothing --text");
        return false;
    }
    if (u->schedule.approval && w->approver == NULL) {
        cmd_note(c, "cli.declare_approver", u->key.code, NULL);
        return false;
    }
    *code = EXIT_DATA;
    return tidy_words(c, s, a);
}

/* The signed paper as a PDF: its hash goes with the submission, a copy stays here. */
static bool attach(struct cmd *c, const char *file, struct submission *s, struct arena *a,
                   enum exit_code *code)
{
    char *path = cmd_path(c, file), *papers = app_path(c->app, "papers"), *copy = NULL;
    char hex[2 * HASH_LEN + 1];
    struct bytes pdf = {0};
    struct hash hash;
    struct err e = {0};
    bool ok = file_read(path, PDF_MAX, &pdf, &e), is_pdf;

    is_pdf = ok && pdf.n > 5 && memcmp(pdf.p, "%PDF-", 5) == 0;
    if (is_pdf) {
        hash = hash_of(DOMAIN_FILE, span_of(&pdf));
        s->pdf_hash = arena_str(a, hash_hex(&hash, hex));
        copy = mem_printf("%s/%s.pdf", papers, hex);
        ok = file_mkdirs(papers, &e) &&
             (access(copy, F_OK) == 0 || file_write(copy, span_of(&pdf), 0600, &e));
    }
    *code = EXIT_DATA;
    if (!ok)
        *code = cmd_fail(c, &e);
    else if (!is_pdf)
        cmd_note(c, "cli.attach_not_pdf", file, NULL);
    bytes_clear(&pdf);
    free(copy);
    free(papers);
    free(path);
    return ok && is_pdf;
}

static void print_json(struct cmd *c, const struct submission *s, bool same,
                       int64_t approved)
{
    char id[37];
    json_t *forms = json_array(), *j;

    for (size_t i = 0; i < s->n_forms; i++)
        json_array_append_new(forms, json_pack("{s:s, s:I}", "form", s->forms[i], "rows",
                                               (json_int_t)s->rows[i]));
    j = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:I, s:s, s:s, s:s, s:o}", "id",
                  uuid_text(&s->id, id), "unit", s->unit.code, "scheme", s->scheme,
                  "period", s->period, "vintage", vintage_word(s->vintage), "nothing",
                  (int)s->nothing_to_report, "same", (int)same, "approved",
                  (json_int_t)approved, "paper_number",
                  s->paper_number != NULL ? s->paper_number : "", "pdf_hash",
                  s->pdf_hash != NULL ? s->pdf_hash : "", "approver",
                  s->approver != NULL ? s->approver : "", "forms", forms);
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
        say(&b, cat, c->lang, "cli.declare_form", catalogue_mark(cat, s->forms[i]), rows,
            NULL);
        bytes_char(&b, '\n');
    }
    if (s->pdf_hash != NULL && s->pdf_hash[0] != 0) {
        bytes_str(&b, "  ");
        say(&b, cat, c->lang, "cli.declare_pdf", s->pdf_hash, NULL);
        bytes_char(&b, '\n');
    }
    fprintf(c->out, "%s", bytes_cstr(&b));
    bytes_clear(&b);
}

static enum exit_code declare(struct cmd *c, const struct words *w, const char *period)
{
    const struct app_unit *u = cmd_unit(c, w->unit);
    struct submission s;
    struct given_text texts[TEXTS_MAX];
    struct arena a = {0};
    struct err e = {0};
    enum exit_code code = EXIT_USAGE;
    int64_t approved = 0;
    bool same = false;
    size_t n_texts;

    /* everything is looked at before anything is stored */
    if (u == NULL || !read_words(c, w, period, u, &s, &a, &code) ||
        !texts_read(c, &w->texts, &a, texts, &n_texts, &code) ||
        (w->attach != NULL && !attach(c, w->attach, &s, &a, &code)) ||
        (n_texts > 0 && !texts_take(c, u, &s, texts, n_texts, &code)) ||
        !choose_forms(c, w, &s, &a, &code))
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
        {"unit",         OPT_TEXT, &w.unit,         "CODE",       "đơn vị báo cáo",                         "the unit"                                                      },
        {"vintage",      OPT_TEXT, &w.vintage,      "V",          "plan, estimate hoặc actual (mặc định)",
         "plan, estimate or actual (default)"                                                                                                                                     },
        {"form",         OPT_LIST, &w.forms,        "F",
         "biểu mẫu đã đủ; lặp lại được; mặc định: mọi biểu",                            "a form that is complete; may be repeated; default: all"        },
        {"nothing",      OPT_FLAG, &w.nothing,      NULL,         "không phát sinh",                            "nothing to report"                                             },
        {"paper-number", OPT_TEXT, &w.paper_number, "NO",         "số, ký hiệu văn bản",
         "number of the signed paper"                                                                                                                                             },
        {"paper-date",   OPT_TEXT, &w.paper_date,   "yyyy-mm-dd", "ngày ban hành",
         "date of the signed paper"                                                                                                                                               },
        {"signer",       OPT_TEXT, &w.signer,       "NAME",       "người ký (bắt buộc)",
         "who signed (required)"                                                                                                                                                  },
        {"title",        OPT_TEXT, &w.title,        "TITLE",      "chức vụ người ký",                     "the signer's title"                                            },
        {"maker",        OPT_TEXT, &w.maker,        "NAME",       "người lập biểu",                        "who made the figures"                                          },
        {"approver",     OPT_TEXT, &w.approver,     "NAME",
         "người duyệt của đơn vị (bắt buộc khi approval = yes)",                                   "who approves it (required with approval = yes)"                },
        {"attach",       OPT_TEXT, &w.attach,       "FILE.pdf",
         "văn bản đã ký dạng PDF: gửi mã băm, giữ bản sao",                                       "the signed paper as PDF: its hash is sent, a copy kept"        },
        {"text",         OPT_LIST, &w.texts,        "KEY=FILE|-",
         "thuyết minh: danh_gia_tac_dong, mo_hinh_hieu_qua, ket_qua_chinh_sach, "
         "ton_tai_han_che, "
         "kho_khan hoặc kien_nghi; lặp lại được",                                                       "a named text (the keys are those of the form); may be repeated"},
        {"json",         OPT_FLAG, &w.json,         NULL,         "in dạng JSON",                               "print JSON"                                                    },
    };
    enum exit_code code;
    size_t n;

    if (!cmd_options(c, argc, argv, opts, COUNT(opts), &period, 1, &n, &code))
        return code;
    if (n == 0)
        return cmd_usage(c, c->self->args);
    return declare(c, &w, period);
}
