#include "collectors/texts.h"

#include "collectors/intake.h"
#include "proto/base/file.h"

#include <unistd.h>

enum {
    FILE_MAX = 256 * 1024,
    SHEET_MAX = 54 * 1024 /* bytes of all texts of a report */
};

static const struct form *texts_form(const struct catalogue *cat)
{
    for (size_t i = cat->n_forms; i-- > 0;)
        if (cat->forms[i].layout == LAYOUT_TEXTS)
            return &cat->forms[i];
    return NULL;
}

/* The row's label: by it the sheet's reader knows the text. NULL: no such key. */
static const char *label_of(const struct form *f, const char *key)
{
    for (size_t i = 0; f != NULL && i < f->n_cells; i++)
        if (strcmp(f->cells[i].b1, key) == 0)
            return f->cells[i].label_vi;
    return NULL;
}

/* Without the byte order mark and the carriage returns of Windows, and without blanks at
 * the end. False for text with NUL. */
static bool tidy(struct bytes *b)
{
    size_t kept = 0, at = b->n >= 3 && memcmp(b->p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    for (; at < b->n; at++) {
        if (b->p[at] == 0)
            return false;
        if (b->p[at] != '\r')
            b->p[kept++] = b->p[at];
    }
    while (kept > 0 && strchr(" \t\n", b->p[kept - 1]) != NULL)
        kept--;
    b->n = kept;
    return true;
}

static bool read_one(struct cmd *c, const char *word, struct arena *a,
                     struct given_text *out, enum exit_code *code)
{
    const char *sign = strchr(word, '=');
    struct bytes b = {0};
    struct err e = {0};
    char *path = NULL, *option;
    bool ok;

    *code = EXIT_USAGE;
    if (sign == NULL || sign == word || sign[1] == 0) {
        cmd_usage(c, "--text");
        return false;
    }
    out->key = arena_strn(a, (const unsigned char *)word, (size_t)(sign - word));
    if (label_of(texts_form(c->app->cat), out->key) == NULL) {
        cmd_note(c, "cli.no_text_key", out->key, NULL);
        return false;
    }
    if (strcmp(sign, "=-") == 0) {
        bytes_str(&b, c->input != NULL ? c->input : "");
    } else {
        path = cmd_path(c, sign + 1);
        if (!file_read(path, FILE_MAX, &b, &e)) {
            *code = cmd_fail(c, &e);
            free(path);
            bytes_clear(&b);
            return false;
        }
    }
    option = arena_printf(a, "--text %s", out->key);
    *code = EXIT_DATA;
    ok = tidy(&b);
    if (!ok)
        cmd_note(c, "cli.text_control", option, NULL);
    else
        ok = cmd_words(c, option, bytes_cstr(&b), TEXT_MAX, a, &out->text);
    free(path);
    bytes_clear(&b);
    return ok;
}

bool texts_read(struct cmd *c, const struct opt_list *words, struct arena *a,
                struct given_text *out, size_t *n, enum exit_code *code)
{
    for (*n = 0; *n < words->n; (*n)++) {
        if (*n == TEXTS_MAX) {
            *code = cmd_usage(c, words->list[*n]);
            return false;
        }
        if (!read_one(c, words->list[*n], a, &out[*n], code))
            return false;
        for (size_t i = 0; i < *n; i++)
            if (strcmp(out[i].key, out[*n].key) == 0) {
                *code = cmd_usage(c, words->list[*n]);
                return false;
            }
    }
    return true;
}

/* The newest standing report of the form, by its id. */
struct newest {
    const struct submission *s;
    const struct form *form;
    char id[37];
    uint32_t revision;
};

static void look_at(void *ctx, const struct outbox_row *r)
{
    struct newest *n = ctx;

    if (strcmp(r->form, n->form->code) != 0 || r->withdrawn ||
        strcmp(r->scheme, n->s->scheme) != 0 || r->verdict == VERDICT_REFUSED ||
        r->verdict == VERDICT_CONFLICT || r->revision < n->revision)
        return;
    n->revision = r->revision;
    uuid_text(&r->id, n->id);
}

/* Texts of the newest report that are not given again. */
static bool earlier(struct cmd *c, const struct submission *s, const struct form *f,
                    struct arena *a, struct given_text *list, size_t *n, struct err *e)
{
    const struct outbox_filter filter = {.unit = s->unit.code,
                                         .period = s->period,
                                         .vintage = s->vintage,
                                         .kind = ITEM_REPORT};
    struct newest newest = {.s = s, .form = f};
    struct outbox_found found;
    struct report r;
    size_t given = *n;

    if (!outbox_list(c->app->outbox, &filter, look_at, &newest, e))
        return false;
    if (newest.id[0] == 0)
        return true;
    if (!outbox_find(c->app->outbox, newest.id, a, &found, e) ||
        !wire_read_report(found.body, a, &r, e))
        return false;
    for (size_t i = 0; i < r.n_texts && *n < TEXTS_MAX; i++) {
        bool again = false;

        for (size_t k = 0; k < given; k++)
            again |= strcmp(list[k].key, r.texts[i].key) == 0;
        if (!again)
            list[(*n)++] = (struct given_text){r.texts[i].key, r.texts[i].text};
    }
    return true;
}

static void csv_text(struct bytes *b, const char *text)
{
    bytes_char(b, '"');
    for (; *text != 0; text++) {
        if (*text == '"')
            bytes_char(b, '"');
        bytes_char(b, *text);
    }
    bytes_char(b, '"');
}

static void sheet_of(const struct cmd *c, const struct submission *s,
                     const struct form *f, const struct given_text *list, size_t n,
                     struct bytes *b)
{
    bytes_printf(b,
                 "%s\nMẫu số: %s\nĐơn vị báo cáo: (mã %s)\nKỳ báo cáo: %s\n"
                 "Loại số liệu: %s\n\n",
                 f->name_vi, f->mark, s->unit.code, s->period,
                 say_word(c->app->cat, LANG_VI, "vintage", vintage_word(s->vintage)));
    for (size_t i = 0; i < f->n_cells; i++) /* in the order of the form */
        for (size_t k = 0; k < n; k++)
            if (strcmp(list[k].key, f->cells[i].b1) == 0) {
                csv_text(b, f->cells[i].label_vi);
                bytes_char(b, ',');
                csv_text(b, list[k].text);
                bytes_char(b, '\n');
            }
}

struct taking {
    struct intake intake;
    struct intake_unit unit;
    struct intake_result result;
    struct err *e;
    bool ok;
};

static bool take(void *ctx, const struct spool_claim *claim)
{
    struct taking *t = ctx;

    t->ok = intake_file(&t->intake, &t->unit, claim, &t->result, t->e);
    return t->ok;
}

/* The sheet goes through the spool: original, answer and receipts as of any other. */
static bool take_in(struct cmd *c, const struct app_unit *u, const struct submission *s,
                    struct span sheet, struct intake_result *out, struct err *e)
{
    char *path = mem_printf("%s/thuyet-minh-%s.csv", c->app->state, s->period);
    char *claim = NULL;
    struct taking t = {
        .intake = {.cat = c->app->cat,
                   .outbox = c->app->outbox,
                   .spool = c->app->spool,
                   .today = app_now(c->app).date},
        .unit = {u->key,                  u->channel,                 c->app->state},
        .e = e
    };
    bool ok = outbox_room(c->app->outbox, e) && file_write(path, sheet, 0600, e) &&
              spool_add(c->app->spool, u->key.code, path, &claim, e) &&
              spool_get(c->app->spool, u->key.code, claim, take, &t, e) && t.ok;

    unlink(path);
    free(path);
    free(claim);
    *out = t.result;
    return ok;
}

bool texts_take(struct cmd *c, const struct app_unit *u, const struct submission *s,
                const struct given_text *texts, size_t n, enum exit_code *code)
{
    const struct form *f = texts_form(c->app->cat);
    struct given_text all[TEXTS_MAX];
    struct intake_result result = {.bad = true};
    struct bytes sheet = {0};
    struct arena a = {0};
    struct err e = {0};
    bool ok;

    memcpy(all, texts, n * sizeof *all);
    ok = earlier(c, s, f, &a, all, &n, &e);
    if (ok)
        sheet_of(c, s, f, all, n, &sheet);
    if (ok && sheet.n > SHEET_MAX) {
        cmd_note(c, "cli.texts_too_long", NULL, NULL);
        *code = EXIT_DATA;
        ok = false;
    } else {
        ok = ok && take_in(c, u, s, span_of(&sheet), &result, &e);
        *code = EXIT_DATA;
        if (!ok)
            *code = cmd_fail(c, &e);
        else if (result.bad || result.refused > 0)
            cmd_note(c, "cli.texts_refused", s->period, NULL);
    }
    bytes_clear(&sheet);
    arena_clear(&a);
    return ok && !result.bad && result.refused == 0;
}
