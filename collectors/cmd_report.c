/* report list, report show, receipts: what the outbox holds. */
#include "collectors/cmd.h"
#include "proto/show.h"

struct rows {
    struct cmd *c;
    struct listing *t;
    bool json;
};

static const char *state_word(const struct outbox_row *r)
{
    if (r->verdict != VERDICT_NONE)
        return verdict_word(r->verdict);
    return r->sealed ? "on_the_way" : "waiting";
}

/* What people read in the place of a word. */
static const char *state_text(const struct rows *l, const struct outbox_row *r)
{
    if (l->json)
        return state_word(r);
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

static enum exit_code show(struct cmd *c, const char *prefix, bool json)
{
    struct bytes body = {0}, receipt = {0}, text = {0};
    struct arena a = {0};
    struct report r;
    struct show_receipt sr;
    struct err e = {0};
    bool found = outbox_report(c->app->outbox, prefix, &body, &receipt, &e);
    bool ok = found && wire_read_report(span_of(&body), &a, &r, &e) &&
              receipt_of(span_of(&receipt), &sr, &e);

    if (ok && json)
        show_report_json(c->app->cat, &r, &sr, &text);
    else if (ok)
        show_report(c->app->cat, &r, &sr, c->lang, &text);
    if (ok)
        fwrite(text.p, 1, text.n, c->out);
    bytes_clear(&body);
    bytes_clear(&receipt);
    bytes_clear(&text);
    arena_clear(&a);
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

static void receipt_row(void *ctx, const struct outbox_row *r)
{
    struct rows *l = ctx;
    bool submission = r->kind == ITEM_SUBMISSION, vi = l->c->lang == LANG_VI;
    struct bytes when = {0};
    char id[37], hex[2 * HASH_LEN + 1], place[48];

    snprintf(place, sizeof place, "%llu/%llu", (unsigned long long)r->epoch,
             (unsigned long long)r->pos);
    say_time(&when, r->time);
    listing_text(l->t, place);
    listing_text(l->t, uuid_text(&r->id, id));
    listing_text(l->t, l->json ? (submission ? "submission" : "report")
                       : vi    ? (submission ? "bộ báo cáo" : "báo cáo")
                               : (submission ? "submission" : "report"));
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
