/* notices: what the province told the units, and what of it still waits for them. */
#include "collectors/cmd.h"
#include "collectors/notices.h"

struct rows {
    struct cmd *c;
    struct listing *t;
    const char *period;
    bool json, open_only;
    struct err e;
    bool failed;
};

static const char *kind_text(const struct rows *l, const struct notice_act *a)
{
    const char *word = a->kind != NOTICE_NONE ? notice_word(a->kind) : "none";

    return l->json ? word : say_word(l->c->app->cat, l->c->lang, "notice", word);
}

/* A cell of a list: line breaks become blanks. */
static void one_line(struct rows *l, const char *text)
{
    char *copy = mem_str(text);

    if (!l->json)
        for (char *p = copy; *p != 0; p++)
            if (*p == '\n' || *p == '\t')
                *p = ' ';
    listing_text(l->t, copy);
    free(copy);
}

static void row(void *ctx, const struct outbox_notice *n)
{
    struct rows *l = ctx;
    const struct notice_act *a = &n->act;
    struct bytes when = {0};
    char place[48], due[11] = "", hex[2 * HASH_LEN + 1] = "";
    char *file = notice_file(a);
    bool open = false;

    if (!outbox_notice_open(l->c->app->outbox, a, n->came_at, &open, &l->e))
        l->failed = true;
    if (l->failed || (l->open_only && !open) ||
        (l->period != NULL && strcmp(l->period, a->period) != 0)) {
        free(file);
        return;
    }
    snprintf(place, sizeof place, "%llu/%llu", (unsigned long long)a->at.epoch,
             (unsigned long long)a->at.seq);
    say_time(&when, a->time);
    if (a->due != DATE_NONE && (l->json || l->c->lang != LANG_VI))
        date_iso(a->due, due);
    else if (a->due != DATE_NONE)
        date_vi(a->due, due);
    if (a->has_about)
        hash_hex(&a->about, hex);
    listing_text(l->t, place);
    listing_text(l->t, bytes_cstr(&when));
    listing_text(l->t, a->unit.code);
    listing_text(l->t, kind_text(l, a));
    listing_text(l->t, a->period);
    listing_text(l->t, l->json           ? vintage_word(a->vintage)
                       : a->vintage == 0 ? ""
                                         : say_word(l->c->app->cat, l->c->lang, "vintage",
                                                    vintage_word(a->vintage)));
    listing_text(l->t, a->name);
    listing_text(l->t, a->finding);
    listing_text(l->t, a->cell);
    one_line(l, a->text);
    listing_text(l->t, due);
    listing_text(l->t, a->person_name[0] != 0 ? a->person_name : a->person);
    if (l->json)
        listing_bool(l->t, open);
    else
        listing_text(
            l->t, open ? catalogue_text(l->c->app->cat, "notice.open", l->c->lang) : "");
    listing_text(l->t, hex);
    listing_text(l->t, file);
    listing_int(l->t, a->time);
    bytes_clear(&when);
    free(file);
}

enum exit_code cmd_notices(struct cmd *c, int argc, char **argv)
{
    const char *unit = NULL;
    bool vi = c->lang == LANG_VI, ok;
    struct rows l = {.c = c};
    const struct opt opts[] = {
        {"unit",   OPT_TEXT, &unit,        "CODE", "chỉ đơn vị này",                   "only this unit"  },
        {"period", OPT_TEXT, &l.period,    "P",    "chỉ kỳ này",                         "only this period"},
        {"open",   OPT_FLAG, &l.open_only, NULL,   "chỉ thông báo còn chờ đơn vị",
         "only what waits for the unit"                                                                         },
        {"json",   OPT_FLAG, &l.json,      NULL,   "in dạng JSON",                          "print JSON"      },
    };
    const struct listing_column columns[] = {
        {"position", vi ? "Số" : "No."                  },
        {"when",     vi ? "Lúc" : "When"                 },
        {"unit",     vi ? "Đơn vị" : "Unit"           },
        {"kind",     vi ? "Thông báo" : "Notice"        },
        {"period",   vi ? "Kỳ" : "Period"               },
        {"vintage",  vi ? "Loại số liệu" : "Vintage"},
        {"name",     vi ? "Tên" : "Name"                 },
        {"finding",  vi ? "Mã" : "Code"                  },
        {"cell",     vi ? "Ô" : "Cell"                   },
        {"text",     vi ? "Nội dung" : "Text"           },
        {"due",      vi ? "Hạn" : "Due"                 },
        {"person",   vi ? "Người gửi" : "From"       },
        {"open",     vi ? "Tình trạng" : "State"       },
        {"about",    NULL                                 },
        {"file",     NULL                                 },
        {"time",     NULL                                 },
    };
    enum exit_code code;
    size_t n;

    if (!cmd_options(c, argc, argv, opts, COUNT(opts), NULL, 0, &n, &code))
        return code;
    listing_open(&l.t, columns, COUNT(columns));
    ok = outbox_notices(c->app->outbox, unit, false, row, &l, &l.e) && !l.failed;
    if (ok)
        listing_print(l.t, c->out, l.json);
    listing_close(&l.t);
    return ok ? EXIT_DONE : cmd_fail(c, &l.e);
}
