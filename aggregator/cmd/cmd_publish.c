/*
 * publish, issued: the publication that two people have signed, and the number and date
 * that the paper office gave it afterwards.
 */
#include "aggregator/rollup/publish.h"
#include "aggregator/acts/seals.h"
#include "proto/base/text.h"

#include <getopt.h>
#include <inttypes.h>

enum { PAPER_MAX = 120 };

struct work {
    struct app *app;
    struct pg *pg;
    struct arena arena;
    const char *command, *period, *vintage, *by;
    int64_t number; /* 0: the newest */
    const char *paper_number, *paper_date;
    struct rollup_at at;
    struct signing_person who;
    enum refusal refused;
};

static void say_publication(const struct app *app, const struct publication *p)
{
    char hex[2 * HASH_LEN + 1];

    printf("%s %" PRId64 ": %s:%s %s, %s %" PRId64 ".%" PRId64 "\n%s: %s\n",
           app_say(app, "bản phát hành lần", "publication"), p->number, p->scheme,
           p->period, vintage_label(p->vintage, app->lang),
           app_say(app, "số liệu đến vị trí", "as of"), p->epoch, p->seq,
           app_say(app, "mã băm BLAKE2b-256", "BLAKE2b-256"), hash_hex(&p->hash, hex));
    if (p->paper_number != NULL)
        printf("%s %s, %s %s\n", app_say(app, "số", "issued as"), p->paper_number,
               app_say(app, "ngày", "on"), p->paper_date_vi);
}

/* A refusal for a reason of ours leaves a line; what is no attempt at all does not. */
static int finish(struct work *w, bool ok, struct err *e)
{
    if (!ok && e->kind == ERR_INPUT)
        attempt_refused(w->app,
                        &(const struct attempt_line){
                            .command = w->command,
                            .period = w->at.period != NULL ? w->at.period : w->period,
                            .vintage = w->at.vintage != NULL ? w->at.vintage : w->vintage,
                            .person = w->by,
                            .why = w->refused});
    return ok ? EXIT_DONE : app_fail(w->app, e);
}

static bool who(struct work *w, struct err *e)
{
    w->pg = app_writer(w->app, e);
    return w->pg != NULL &&
           signer_named(w->app, w->pg, w->by, &w->arena, &w->who, &w->refused, e);
}

static bool find(struct work *w, struct err *e)
{
    w->refused = REFUSAL_PERIOD;
    return rollup_at_find(w->app, w->pg, w->period, w->vintage, NULL, &w->arena, &w->at,
                          e);
}

/* ---- publish ---- */

static bool publish(struct work *w, struct publication *p, struct seal *seal,
                    struct err *e)
{
    struct seals now;
    bool same = true;

    if (!who(w, e) || !find(w, e))
        return false;
    w->refused = REFUSAL_STATE;
    if (!seals_vintage(w->app, w->pg, &w->at, &w->arena, e) ||
        !seals_read(w->pg, &w->at, &w->arena, &now, e))
        return false;
    if (now.state != SEAL_CLOSED)
        return app_set(
            w->app, e, ERR_INPUT,
            "kỳ %s (%s) chưa khóa: cần hai người ký (close) trước khi phát hành",
            "%s (%s) is not closed: two people have to sign (close) first", w->at.period,
            vintage_label(w->at.vintage, w->app->lang));
    if (now.published)
        return app_set(w->app, e, ERR_INPUT,
                       "kỳ %s (%s) đã có bản phát hành lần %" PRId64
                       "; muốn phát hành lần nữa thì mở lại kỳ (reopen)",
                       "%s (%s) is published as number %" PRId64
                       "; to publish again, reopen the period",
                       w->at.period, vintage_label(w->at.vintage, w->app->lang),
                       now.number);
    w->refused = REFUSAL_DIFFERS;
    return seals_hold(&now, &w->arena, seal, e) &&
           publication_add(w->pg, seal, w->who.code, &w->arena, p, &same, e);
}

static int cmd_make(struct work *w)
{
    struct publication p = {0};
    struct seal seal = {0};
    struct err e = {0};
    bool ok = publish(w, &p, &seal, &e);

    if (ok) {
        say_publication(w->app, &p);
        if (seal.n_missing > 0)
            fprintf(stderr, "%s: %zu\n",
                    app_say(w->app, "đơn vị chưa gửi", "units that sent nothing"),
                    seal.n_missing);
    }
    return finish(w, ok, &e);
}

/* ---- verifying ---- */

/* *sealed: two people signed this number; *holds: these very totals, both signatures. */
static bool check_seal(struct work *w, const struct publication *p, bool *sealed,
                       bool *holds, struct err *e)
{
    struct seals s = {0};
    struct seal seal;
    struct err wrong = {0};

    if (!seals_of(w->pg, &w->at, p->number, &w->arena, &s, e))
        return false;
    *sealed = s.sealed;
    *holds = s.sealed && seals_hold(&s, &w->arena, &seal, &wrong) &&
             hash_eq(&seal.totals, &p->hash) && seal.epoch == p->epoch &&
             seal.seq == p->seq && seal.number == p->number;
    if (*holds)
        app_print(w->app, "hai chữ ký xác nhận: khớp (%s, %s)\n",
                  "both signatures hold (%s, %s)\n", s.first.person.code,
                  s.confirmed.person.code);
    else if (*sealed)
        app_print(w->app, "hai chữ ký xác nhận: KHÔNG khớp %s\n",
                  "the signatures do NOT hold %s\n", wrong.text);
    else
        app_print(w->app, "bản phát hành của phiên bản cũ, không có hai chữ ký%s\n",
                  "a publication of an older release, without two signatures%s\n", "");
    return true;
}

static int cmd_verify(struct work *w)
{
    struct publication p;
    struct err e = {0};
    bool same = false, sealed = false, holds = false;

    w->pg = app_pg(w->app, DB_READ, &e);
    if (w->pg == NULL || !find(w, &e) ||
        !publication_vintage(w->app, w->pg, &w->at, true, &w->arena, &e) ||
        !publication_read(w->app, w->pg, &w->at, w->number, &w->arena, &p, &e) ||
        !publication_check(w->pg, &p, &same, &e))
        return app_fail(w->app, &e);
    say_publication(w->app, &p);
    if (!check_seal(w, &p, &sealed, &holds, &e))
        return app_fail(w->app, &e);
    puts(same ? app_say(w->app, "tính lại: khớp từng byte",
                        "computed again: the same bytes")
              : app_say(w->app, "tính lại: KHÔNG khớp", "computed again: DIFFERENT"));
    return same && (!sealed || holds) ? EXIT_DONE : EXIT_FAILED;
}

int cmd_publish(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"vintage",          required_argument, NULL, 'v'},
        {"by",              required_argument, NULL, 'b'},
        {"verify",                  no_argument, NULL, 'c'},
        {"number",required_argument, NULL, 'n'},
        {0              }
    };
    struct work w = {.app = app, .command = "publish"};
    bool check = false;
    int c, code;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'v':
            w.vintage = optarg;
            break;
        case 'b':
            w.by = optarg;
            break;
        case 'c':
            check = true;
            break;
        case 'n':
            w.number = atoll(optarg);
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (argc - optind != 1)
        return app_usage(app, "cần đúng một kỳ báo cáo", "one period is needed");
    if (!check && w.by == NULL)
        return app_usage(app, "cần --by: ai phát hành", "--by: who publishes");
    w.period = argv[optind];
    code = check ? cmd_verify(&w) : cmd_make(&w);
    arena_clear(&w.arena);
    return code;
}

/* ---- issued ---- */

/* A line of text as people write it on paper: NFC, not empty, nothing hidden in it. */
static bool read_paper(struct work *w, struct seal_record *r, struct err *e)
{
    const char *nfc = strlen(w->paper_number) <= PAPER_MAX
                          ? text_nfc(&w->arena, span_str(w->paper_number))
                          : NULL;

    w->refused = REFUSAL_ARGUMENT;
    if (nfc == NULL || nfc[strspn(nfc, " ")] == 0 || text_has_hidden(nfc))
        return app_set(w->app, e, ERR_INPUT,
                       "--number-of-paper \"%.60s\": không phải số, ký hiệu văn bản",
                       "--number-of-paper \"%.60s\": not the number of a paper",
                       w->paper_number);
    r->paper_number = nfc;
    r->paper_date = date_read(w->paper_date);
    if (r->paper_date == DATE_NONE)
        return app_set(w->app, e, ERR_INPUT,
                       "--date \"%.40s\": không phải ngày, ghi theo dạng 2025-07-10",
                       "--date \"%.40s\": no date, write it as 2025-07-10",
                       w->paper_date);
    return true;
}

static bool issue(struct work *w, struct publication *p, struct err *e)
{
    struct seal_record r = {.act = "issue", .why = ""};

    if (!who(w, e) || !read_paper(w, &r, e) || !find(w, e) ||
        !publication_vintage(w->app, w->pg, &w->at, true, &w->arena, e))
        return false;
    w->refused = REFUSAL_STATE;
    if (!publication_read(w->app, w->pg, &w->at, w->number, &w->arena, p, e))
        return false;
    r.scheme = p->scheme;
    r.period = p->period;
    r.vintage = p->vintage;
    r.number = p->number;
    r.person = w->who.code;
    return seals_append(w->pg, &r, e) &&
           publication_read(w->app, w->pg, &w->at, p->number, &w->arena, p, e);
}

int cmd_issued(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"vintage",          required_argument, NULL, 'v'},
        {"by",              required_argument, NULL, 'b'},
        {"number",                  required_argument, NULL, 'n'},
        {"number-of-paper",required_argument, NULL, 'p'},
        {"date",               required_argument, NULL, 'd'},
        {0          }
    };
    struct work w = {.app = app, .command = "issued"};
    struct publication p = {0};
    struct err e = {0};
    bool ok;
    int c, code;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'v':
            w.vintage = optarg;
            break;
        case 'b':
            w.by = optarg;
            break;
        case 'n':
            w.number = atoll(optarg);
            break;
        case 'p':
            w.paper_number = optarg;
            break;
        case 'd':
            w.paper_date = optarg;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (argc - optind != 1 || w.by == NULL || w.paper_number == NULL ||
        w.paper_date == NULL)
        return app_usage(app, "cần một kỳ, --number-of-paper, --date và --by",
                         "a period, --number-of-paper, --date and --by");
    w.period = argv[optind];
    ok = issue(&w, &p, &e);
    if (ok)
        say_publication(app, &p);
    code = finish(&w, ok, &e);
    arena_clear(&w.arena);
    return code;
}
