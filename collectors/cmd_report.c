/* report list, report show, receipts: what the outbox holds. */
#include "collectors/cmd.h"
#include "proto/show.h"

#include <jansson.h>

struct rows {
    struct cmd *c;
    struct listing *t;
    bool json;
};

static const char *state_word(const struct outbox_row *r)
{
    if ((int)r->verdict == OUTBOX_REREAD)
        return "reread";
    if (r->verdict != VERDICT_NONE)
        return verdict_word(r->verdict);
    return r->sealed ? "on_the_way" : "waiting";
}

/* What people read in the place of a word. */
static const char *state_text(const struct rows *l, const struct outbox_row *r)
{
    if (l->json)
        return r->kind == ITEM_REPORT && r->withdrawn ? "withdrawn" : state_word(r);
    if (r->kind == ITEM_REPORT && r->withdrawn)
        return say_word(l->c->app->cat, l->c->lang, "status", "withdrawn");
    if ((int)r->verdict == OUTBOX_REREAD)
        return say_word(l->c->app->cat, l->c->lang, "status", "reread");
    if (r->verdict != VERDICT_NONE)
        return say_word(l->c->app->cat, l->c->lang, "verdict", verdict_word(r->verdict));
    return catalogue_text(l->c->app->cat,
                          r->sealed ? "cli.status_on_the_way" : "cli.status_waiting",
                          l->c->lang);
}

static const char *vintage_text(const struct rows *l, enum vintage v)
{
    return l->json ? vintage_word(v)
                   : say_word(l->c->app->cat, l->c->lang, "vintage", vintage_word(v));
}

/* A form goes by its mark among people. */
static const char *form_text(const struct rows *l, const char *code)
{
    return l->json || code == NULL ? code : catalogue_mark(l->c->app->cat, code);
}

static void report_row(void *ctx, const struct outbox_row *r)
{
    struct rows *l = ctx;
    char id[37], hex[2 * HASH_LEN + 1];

    listing_text(l->t, uuid_text(&r->id, id));
    listing_text(l->t, r->unit.code);
    listing_text(l->t, form_text(l, r->form));
    listing_text(l->t, !l->json && r->subject != NULL && strcmp(r->subject, "unit") == 0
                           ? ""
                           : r->subject);
    listing_text(l->t, r->name);
    listing_text(l->t, r->scheme);
    listing_text(l->t, r->period);
    listing_text(l->t, vintage_text(l, r->vintage));
    listing_int(l->t, r->revision);
    listing_text(l->t, state_text(l, r));
    listing_text(l->t, hash_hex(&r->hash, hex));
    listing_int(l->t, r->made_at);
}

static enum exit_code list_reports(struct cmd *c, const struct outbox_filter *f,
                                   bool json)
{
    bool vi = c->lang == LANG_VI;
    const struct listing_column columns[] = {
        {"id",       "ID"                                 },
        {"unit",     vi ? "Đơn vị" : "Unit"           },
        {"form",     vi ? "Biểu" : "Form"               },
        {"subject",  vi ? "Mã số" : "Subject"          },
        {"name",     vi ? "Tên" : "Name"                 },
        {"scheme",   NULL                                 },
        {"period",   vi ? "Kỳ" : "Period"               },
        {"vintage",  vi ? "Loại số liệu" : "Vintage"},
        {"revision", vi ? "Lần" : "Rev"                 },
        {"state",    vi ? "Tình trạng" : "State"       },
        {"hash",     NULL                                 },
        {"made_at",  NULL                                 },
    };
    struct rows l = {c, NULL, json};
    struct err e = {0};
    bool ok;

    listing_open(&l.t, columns, COUNT(columns));
    ok = outbox_list(c->app->outbox, f, report_row, &l, &e);
    if (ok)
        listing_print(l.t, c->out, json);
    listing_close(&l.t);
    return ok ? EXIT_DONE : cmd_fail(c, &e);
}

/* The verdict of a packed receipt; NONE when there is no receipt. */
static bool receipt_of(struct span packed, struct show_receipt *out, struct err *e)
{
    struct arena a = {0};
    struct receipt r;
    struct leaf leaf;
    bool ok;

    *out = (struct show_receipt){.verdict = VERDICT_NONE};
    if (packed.n == 0)
        return true;
    ok = wire_read_receipt(packed, &a, &r, e) && wire_read_leaf(r.leaf, &a, &leaf, e);
    if (ok)
        *out = (struct show_receipt){leaf.verdict, leaf.epoch, leaf.seq, leaf.late};
    arena_clear(&a);
    return ok;
}

/* Every finding with its code, by which `answer` names it. */
static bool show_findings(struct cmd *c, const struct outbox_found *f, struct arena *a,
                          struct bytes *out, struct err *e)
{
    struct findings fs = {0};
    struct receipt r = {.index = 0};
    /* the receipt names all that the province found, ours among them */
    bool ok = f->receipt.n == 0 || wire_read_receipt(f->receipt, a, &r, e);
    struct span packed = f->receipt.n > 0 ? r.findings : f->findings;

    ok = ok && (packed.n == 0 || wire_read_findings(packed, &fs, e));
    for (size_t i = 0; ok && i < fs.n; i++) {
        bytes_str(out, i == 0 ? "\n- " : "- ");
        say_finding(out, c->app->cat, c->lang, &fs.list[i]);
        bytes_printf(out, " (%s)\n", fs.list[i].code);
    }
    findings_clear(&fs);
    return ok;
}

/* What was said about the report, for people and for machines. */
struct talk {
    struct cmd *c;
    const struct hash *about;
    struct bytes *out; /* for people */
    json_t *list;
};

static const char *said_state(const struct outbox_said *s)
{
    if (s->verdict != VERDICT_NONE)
        return verdict_word(s->verdict);
    return s->sealed ? "on_the_way" : "waiting";
}

static void said_people(const struct talk *t, const struct outbox_said *s)
{
    const struct catalogue *cat = t->c->app->cat;
    enum lang lang = t->c->lang;

    bytes_char(t->out, '\n');
    say_time(t->out, s->made_at);
    bytes_printf(t->out, " %s",
                 say_word(cat, lang, "kind", s->withdraw ? "withdrawal" : "explanation"));
    if (s->finding[0] != 0)
        bytes_printf(t->out, " %s", s->finding);
    if (s->cell[0] != 0)
        bytes_printf(t->out, " [%s]", s->cell);
    bytes_printf(
        t->out, " (%s)\n%s\n",
        s->verdict != VERDICT_NONE
            ? say_word(cat, lang, "verdict", verdict_word(s->verdict))
            : catalogue_text(
                  cat, s->sealed ? "cli.status_on_the_way" : "cli.status_waiting", lang),
        s->text);
}

static void said_row(void *ctx, const struct outbox_said *s)
{
    const struct talk *t = ctx;

    if (t->list == NULL) {
        said_people(t, s);
        return;
    }
    json_array_append_new(t->list,
                          json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "kind",
                                    s->withdraw ? "withdrawal" : "explanation", "finding",
                                    s->finding, "cell", s->cell, "text", s->text, "time",
                                    (json_int_t)s->made_at, "state", said_state(s)));
}

/* What the province said about the report. */
static void notice_row(void *ctx, const struct outbox_notice *n)
{
    const struct talk *t = ctx;
    const struct notice_act *a = &n->act;
    const char *word = a->kind != NOTICE_NONE ? notice_word(a->kind) : "none";

    if (!a->has_about || !hash_eq(&a->about, t->about))
        return;
    if (t->list != NULL) {
        json_array_append_new(
            t->list, json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "kind", word, "finding",
                               a->finding, "cell", a->cell, "text", a->text, "time",
                               (json_int_t)a->time, "person", a->person_name));
        return;
    }
    bytes_char(t->out, '\n');
    say_time(t->out, a->time);
    bytes_printf(t->out, " %s %s",
                 catalogue_text(t->c->app->cat, "notice.of_province", t->c->lang),
                 say_word(t->c->app->cat, t->c->lang, "notice", word));
    if (a->finding[0] != 0)
        bytes_printf(t->out, " %s", a->finding);
    if (a->cell[0] != 0)
        bytes_printf(t->out, " [%s]", a->cell);
    bytes_printf(t->out, " (%s)\n", a->person_name);
    if (a->text[0] != 0)
        bytes_printf(t->out, "%s\n", a->text);
}

/* The object of show_report_json with what was said. */
static void with_talk(struct bytes *text, json_t *list)
{
    json_t *j = json_loadb((const char *)text->p, text->n, 0, NULL);
    char *line;

    if (j == NULL)
        return;
    json_object_set(j, "conversation", list);
    line = json_dumps(j, JSON_INDENT(1));
    text->n = 0;
    bytes_printf(text, "%s\n", line != NULL ? line : "");
    free(line);
    json_decref(j);
}

static enum exit_code show(struct cmd *c, const char *prefix, bool json)
{
    struct bytes text = {0};
    struct arena a = {0};
    struct outbox_found f;
    struct report r;
    struct show_receipt sr;
    struct talk t = {
        .c = c, .about = &f.hash, .out = &text, .list = json ? json_array() : NULL};
    struct err e = {0};
    bool found = outbox_find(c->app->outbox, prefix, &a, &f, &e);
    bool ok =
        found && wire_read_report(f.body, &a, &r, &e) && receipt_of(f.receipt, &sr, &e);

    if (ok && json)
        show_report_json(c->app->cat, &r, &sr, &text);
    else if (ok)
        show_report(c->app->cat, &r, &sr, c->lang, &text);
    ok = ok && (json || show_findings(c, &f, &a, &text, &e)) &&
         outbox_said(c->app->outbox, &f.hash, said_row, &t, &e) &&
         outbox_notices(c->app->outbox, f.unit.code, false, notice_row, &t, &e);
    if (ok && json)
        with_talk(&text, t.list);
    if (ok)
        fwrite(text.p, 1, text.n, c->out);
    bytes_clear(&text);
    arena_clear(&a);
    json_decref(t.list);
    if (!found && e.kind == ERR_INPUT) {
        cmd_note(c, "cli.no_report", prefix, NULL);
        return EXIT_DATA;
    }
    return ok ? EXIT_DONE : cmd_fail(c, &e);
}

enum exit_code cmd_report(struct cmd *c, int argc, char **argv)
{
    bool json = false;
    const char *pos[2], *vintage = NULL;
    struct outbox_filter f = {.kind = ITEM_REPORT};
    const struct opt opts[] = {
        {"unit",    OPT_TEXT, &f.unit,   "CODE", "chỉ đơn vị này",        "only this unit"  },
        {"period",  OPT_TEXT, &f.period, "P",    "chỉ kỳ này",              "only this period"},
        {"vintage", OPT_TEXT, &vintage,  "V",    "plan, estimate hoặc actual",
         "plan, estimate or actual"                                                                },
        {"json",    OPT_FLAG, &json,     NULL,   "in dạng JSON",               "print JSON"      },
    };
    enum exit_code code;
    size_t n;

    if (!cmd_options(c, argc, argv, opts, COUNT(opts), pos, 2, &n, &code))
        return code;
    if (vintage != NULL && (f.vintage = vintage_of(vintage)) == VINTAGE_NONE)
        return cmd_usage(c, vintage);
    if (n == 1 && strcmp(pos[0], "list") == 0)
        return list_reports(c, &f, json);
    if (n == 2 && strcmp(pos[0], "show") == 0)
        return show(c, pos[1], json);
    return cmd_usage(c, c->self->args);
}

static const char *kind_word(const struct outbox_row *r)
{
    switch (r->kind) {
    case ITEM_SUBMISSION:
        return "submission";
    case ITEM_ANSWER:
        return r->withdraw ? "withdrawal" : "explanation";
    case ITEM_REPORT:
    case ITEM_NONE:
        break;
    }
    return "report";
}

static void receipt_row(void *ctx, const struct outbox_row *r)
{
    struct rows *l = ctx;
    struct bytes when = {0};
    char id[37], hex[2 * HASH_LEN + 1], place[48];

    snprintf(place, sizeof place, "%llu/%llu", (unsigned long long)r->epoch,
             (unsigned long long)r->pos);
    say_time(&when, r->time);
    listing_text(l->t, place);
    listing_text(l->t, uuid_text(&r->id, id));
    listing_text(l->t, l->json
                           ? kind_word(r)
                           : say_word(l->c->app->cat, l->c->lang, "kind", kind_word(r)));
    listing_text(l->t, r->unit.code);
    listing_text(l->t, form_text(l, r->form));
    listing_text(l->t, r->name);
    listing_text(l->t, r->period);
    listing_text(l->t, vintage_text(l, r->vintage));
    listing_int(l->t, r->revision);
    listing_text(l->t, state_text(l, r));
    listing_bool(l->t, r->late);
    listing_text(l->t, bytes_cstr(&when));
    listing_int(l->t, (int64_t)r->epoch);
    listing_int(l->t, (int64_t)r->pos);
    listing_int(l->t, r->time);
    listing_text(l->t, hash_hex(&r->hash, hex));
    if (l->json) {
        char *bytes = mem_new(2 * r->receipt.n + 1);

        listing_text(l->t, hex_of(r->receipt.p, r->receipt.n, bytes));
        free(bytes);
    } else {
        listing_text(l->t, "");
    }
    bytes_clear(&when);
}

enum exit_code cmd_receipts(struct cmd *c, int argc, char **argv)
{
    bool json = false, vi = c->lang == LANG_VI, ok;
    struct outbox_filter f = {.receipted = true};
    const struct opt opts[] = {
        {"unit",   OPT_TEXT, &f.unit,   "CODE", "chỉ đơn vị này", "only this unit"  },
        {"period", OPT_TEXT, &f.period, "P",    "chỉ kỳ này",       "only this period"},
        {"json",   OPT_FLAG, &json,     NULL,   "in dạng JSON",        "print JSON"      },
    };
    const struct listing_column columns[] = {
        {"receipt",  vi ? "Phiếu" : "Receipt"                  },
        {"id",       NULL                                        },
        {"kind",     vi ? "Loại" : "Kind"                      },
        {"unit",     vi ? "Đơn vị" : "Unit"                  },
        {"form",     vi ? "Biểu" : "Form"                      },
        {"name",     vi ? "Tên" : "Name"                        },
        {"period",   vi ? "Kỳ" : "Period"                      },
        {"vintage",  vi ? "Loại số liệu" : "Vintage"       },
        {"revision", vi ? "Lần" : "Rev"                        },
        {"verdict",  vi ? "Kết quả tiếp nhận" : "Verdict"},
        {"late",     vi ? "Gửi chậm" : "Late"                },
        {"when",     vi ? "Lúc" : "When"                        },
        {"epoch",    NULL                                        },
        {"seq",      NULL                                        },
        {"time",     NULL                                        },
        {"hash",     NULL                                        },
        {"bytes",    NULL                                        },
    };
    struct rows l = {c, NULL, false};
    enum exit_code code;
    struct err e = {0};
    size_t n;

    if (!cmd_options(c, argc, argv, opts, COUNT(opts), NULL, 0, &n, &code))
        return code;
    l.json = json;
    listing_open(&l.t, columns, COUNT(columns));
    ok = outbox_list(c->app->outbox, &f, receipt_row, &l, &e);
    if (ok)
        listing_print(l.t, c->out, json);
    listing_close(&l.t);
    return ok ? EXIT_DONE : cmd_fail(c, &e);
}
