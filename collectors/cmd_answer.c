/* answer, withdraw: what the unit says about a report that it sent. */
#include "collectors/cmd.h"
#include "proto/base/text.h"

#include <jansson.h>

enum { SAY_MAX = 2000 /* characters */ };

struct words { /* of the command line */
    const char *finding, *cell, *text, *maker;
    bool json;
};

bool cmd_words(struct cmd *c, const char *option, const char *text, size_t max,
               struct arena *a, const char **out)
{
    char *nfc = text_nfc(a, span_str(text)), number[16];
    const char *key = NULL;
    size_t n = 0;

    *out = nfc;
    snprintf(number, sizeof number, "%zu", max);
    for (const char *p = nfc; p != NULL && *p != 0; p++) {
        n += ((unsigned char)*p & 0xc0) != 0x80;
        if (((unsigned char)*p < ' ' && *p != '\n' && *p != '\t') || *p == 0x7f)
            key = "cli.text_control";
    }
    if (nfc == NULL)
        key = "cli.text_not_unicode";
    else if (n > max)
        key = "cli.text_too_long";
    else if (nfc[strspn(nfc, " \t\n")] == 0)
        key = "cli.text_empty";
    if (key != NULL)
        cmd_note(c, key, option, number);
    return key == NULL;
}

/* Adds the findings of packed bytes that have this code; *cell_fits when one is there. */
static bool look_for(struct span packed, const struct words *w, struct explanation *x,
                     struct arena *a, bool *known, struct err *e)
{
    struct findings fs = {0};
    bool ok = packed.n == 0 || wire_read_findings(packed, &fs, e);

    for (size_t i = 0; ok && i < fs.n; i++) {
        const struct finding *f = &fs.list[i];

        if (strcmp(f->code, w->finding) != 0 ||
            (w->cell != NULL && strcmp(f->cell, w->cell) != 0))
            continue;
        *known = true;
        if (w->cell == NULL)
            continue; /* about every finding of this code */
        x->indicator = f->indicator;
        x->b1 = arena_str(a, f->b1);
        x->b2 = arena_str(a, f->b2);
    }
    findings_clear(&fs);
    return ok;
}

/* Did the province ask about it? Later findings stand in no receipt. */
struct question {
    const struct hash *about;
    const char *finding;
    bool asked;
};

static void look_at(void *ctx, const struct outbox_notice *n)
{
    struct question *q = ctx;

    q->asked |= n->act.has_about && hash_eq(&n->act.about, q->about) &&
                strcmp(n->act.finding, q->finding) == 0;
}

/* Is there such a finding, ours or the province's, or a question about it? */
static bool find_finding(struct cmd *c, const struct words *w,
                         const struct outbox_found *f, struct explanation *x,
                         struct arena *a, enum exit_code *code)
{
    struct question q = {&f->hash, w->finding, false};
    struct receipt r = {.index = 0};
    struct err e = {0};
    bool known = false;

    if (!outbox_notices(c->app->outbox, f->unit.code, false, look_at, &q, &e) ||
        (f->receipt.n > 0 && !wire_read_receipt(f->receipt, a, &r, &e)) ||
        !look_for(f->findings, w, x, a, &known, &e) ||
        !look_for(r.findings, w, x, a, &known, &e)) {
        *code = cmd_fail(c, &e);
        return false;
    }
    known |= q.asked;
    if (!known) {
        cmd_note(c, w->cell != NULL ? "cli.no_finding_cell" : "cli.no_finding",
                 w->finding, w->cell);
        *code = EXIT_DATA;
    }
    return known;
}

static void print(struct cmd *c, const struct words *w, const struct outbox_found *f,
                  const struct explanation *x, bool fresh)
{
    struct bytes b = {0};
    struct arena a = {0};
    struct report r;
    struct err e = {0};
    const char *key = x->withdraw ? (fresh ? "cli.withdraw_done" : "cli.withdraw_same")
                                  : (fresh ? "cli.explain_done" : "cli.explain_same");
    char id[37] = "", hex[2 * HASH_LEN + 1];

    if (wire_read_report(f->body, &a, &r, &e))
        uuid_text(&r.id, id);
    if (w->json) {
        json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b}", "report", id, "hash",
                              hash_hex(&f->hash, hex), "unit", f->unit.code, "finding",
                              x->finding != NULL ? x->finding : "", "withdraw",
                              (int)x->withdraw, "same", (int)!fresh);

        json_dumpf(j, c->out, JSON_INDENT(1));
        fputc('\n', c->out);
        json_decref(j);
    } else {
        say(&b, c->app->cat, c->lang, key, id, x->finding != NULL ? x->finding : "",
            NULL);
        fprintf(c->out, "%s\n", bytes_cstr(&b));
    }
    bytes_clear(&b);
    arena_clear(&a);
}

static enum exit_code said(struct cmd *c, const struct words *w, const char *report,
                           bool withdraw)
{
    struct arena a = {0};
    struct outbox_found f;
    struct explanation x = {.withdraw = withdraw, .finding = w->finding, .cell = w->cell};
    struct err e = {0};
    enum exit_code code = EXIT_DATA;
    size_t fresh;

    if (!cmd_words(c, withdraw ? "--reason" : "--text", w->text, SAY_MAX, &a, &x.text) ||
        (w->maker != NULL && !cmd_words(c, "--maker", w->maker, 200, &a, &x.maker)))
        goto out;
    if (!outbox_find(c->app->outbox, report, &a, &f, &e)) {
        if (e.kind == ERR_INPUT)
            cmd_note(c, "cli.no_report", report, NULL);
        else
            code = cmd_fail(c, &e);
        goto out;
    }
    if (w->finding != NULL && !find_finding(c, w, &f, &x, &a, &code))
        goto out;
    x.about = f.hash;
    if (!outbox_room(c->app->outbox, &e) ||
        !outbox_explain(c->app->outbox, &x, 1, clock_wall(), &fresh, &e)) {
        if (withdraw && e.kind == ERR_INPUT)
            cmd_note(c, "cli.withdraw_not", report, NULL);
        else
            code = cmd_fail(c, &e);
        goto out;
    }
    log_event(LOG_INFO, "%s unit=%s finding=%s same=%d",
              withdraw ? "withdrawn" : "explained", f.unit.code,
              x.finding != NULL ? x.finding : "", fresh == 0);
    print(c, w, &f, &x, fresh > 0);
    code = EXIT_DONE;
out:
    arena_clear(&a);
    return code;
}

enum exit_code cmd_answer(struct cmd *c, int argc, char **argv)
{
    struct words w = {0};
    const char *report = NULL;
    const struct opt opts[] = {
        {"finding", OPT_TEXT, &w.finding, "CODE",
         "mã điều cần giải trình; không ghi: về cả báo cáo",                      "the finding's code; none: about the report as a whole"},
        {"cell",    OPT_TEXT, &w.cell,    "CELL", "ô được nêu, khi mã có ở nhiều ô",
         "its cell, where several cells have that code"                                                                                                  },
        {"text",    OPT_TEXT, &w.text,    "TEXT", "nội dung giải trình (bắt buộc)",
         "the explanation (required)"                                                                                                                    },
        {"maker",   OPT_TEXT, &w.maker,   "NAME", "người giải trình",                       "who explains"                                         },
        {"json",    OPT_FLAG, &w.json,    NULL,   "in dạng JSON",                               "print JSON"                                           },
    };
    enum exit_code code;
    size_t n;

    if (!cmd_options(c, argc, argv, opts, COUNT(opts), &report, 1, &n, &code))
        return code;
    if (n == 0)
        return cmd_usage(c, c->self->args);
    if (w.text == NULL)
        return cmd_usage(c, "--text");
    if (w.cell != NULL && w.finding == NULL)
        return cmd_usage(c, "--cell");
    return said(c, &w, report, false);
}

enum exit_code cmd_withdraw(struct cmd *c, int argc, char **argv)
{
    struct words w = {0};
    const char *report = NULL;
    const struct opt opts[] = {
        {"reason", OPT_TEXT, &w.text,  "TEXT", "lý do thu hồi (bắt buộc)",
         "why it is withdrawn (required)"                                                           },
        {"maker",  OPT_TEXT, &w.maker, "NAME", "người thu hồi",              "who withdraws it"},
        {"json",   OPT_FLAG, &w.json,  NULL,   "in dạng JSON",                  "print JSON"      },
    };
    enum exit_code code;
    size_t n;

    if (!cmd_options(c, argc, argv, opts, COUNT(opts), &report, 1, &n, &code))
        return code;
    if (n == 0)
        return cmd_usage(c, c->self->args);
    if (w.text == NULL)
        return cmd_usage(c, "--reason");
    return said(c, &w, report, true);
}
