/*
 * close, reopen: one person proposes, another signs the same bytes. Which of the two
 * steps it is follows from the log. An attempt that is refused leaves a line in the
 * audit.
 */
#include "aggregator/cmd/commands.h"
#include "aggregator/rollup/publish.h"
#include "aggregator/acts/seal_show.h"
#include "proto/base/crash.h"
#include "proto/base/text.h"

#include <getopt.h>
#include <inttypes.h>

enum { TRIES = 20, WHY_MAX = 2000 };

struct closing {
    struct app *app;
    struct pg *pg;
    struct arena arena;
    bool reopen; /* the command */
    const char *period, *vintage, *by, *why, *key_file;
    bool show, withdraw, json;
    struct rollup_at at;
    struct seals now;
    struct keypair key;
    bool has_key;
    struct signing_person who;
    struct seal seal; /* what is signed */
    struct bytes text;
    enum refusal refused;
};

static bool refuse(struct closing *c, enum refusal why)
{
    c->refused = why;
    return false;
}

/* ---- what both steps need ---- */

static bool find(struct closing *c, struct err *e)
{
    if (!rollup_at_find(c->app, c->pg, c->period, c->vintage, NULL, &c->arena, &c->at,
                        e) ||
        !(c->reopen ? seals_vintage(c->app, c->pg, &c->at, &c->arena, e)
                    : publication_vintage(c->app, c->pg, &c->at, false, &c->arena, e)))
        return refuse(c, REFUSAL_PERIOD);
    return seals_read(c->pg, &c->at, &c->arena, &c->now, e);
}

static bool read_why(struct closing *c, struct err *e)
{
    const char *nfc;

    if (c->why == NULL)
        return true;
    nfc = strlen(c->why) <= WHY_MAX ? text_nfc(&c->arena, span_str(c->why)) : NULL;
    if (nfc == NULL) {
        refuse(c, REFUSAL_ARGUMENT);
        return app_set(c->app, e, ERR_INPUT,
                       "--why: không phải văn bản UTF-8, hoặc dài quá %d byte",
                       "--why: not UTF-8 text, or longer than %d bytes", WHY_MAX);
    }
    c->why = nfc[strspn(nfc, " \t\n")] != 0 ? nfc : NULL;
    return true;
}

static bool no_reason(struct closing *c, struct err *e)
{
    refuse(c, REFUSAL_NO_REASON);
    return app_set(c->app, e, ERR_INPUT, "cần nêu lý do: --why",
                   "a reason is needed: --why");
}

static struct seal_record record_of(const struct closing *c, const char *act)
{
    struct seal_record r = {.act = act,
                            .scheme = c->at.scheme,
                            .period = c->at.period,
                            .vintage = c->at.vintage,
                            .number = c->seal.number,
                            .seal = &c->seal,
                            .text = span_of(&c->text),
                            .person = c->who.code,
                            .why = c->why != NULL ? c->why : "",
                            .paper_number = "",
                            .paper_date = DATE_NONE};

    return r;
}

/* ---- the first person ---- */

/* The totals as they stand now, or the reopening of those that are closed. */
static bool make_seal(struct closing *c, struct err *e)
{
    const char *period = arena_printf(&c->arena, "%s:%s", c->at.scheme, c->at.period);
    const char *vintage = c->at.vintage;
    struct bytes totals = {0};
    struct seal closed = {0};
    bool ok;

    if (!rollup_at_find(c->app, c->pg, period, vintage, NULL, &c->arena, &c->at, e))
        return false;
    if (!c->reopen) {
        ok = seals_compute(c->pg, &c->at, c->now.next, &c->arena, &c->seal, &totals, e);
        bytes_clear(&totals);
    } else {
        c->seal = (struct seal){.reopen = true,
                                .scheme = c->at.scheme,
                                .period = c->at.period,
                                .vintage = c->at.vintage,
                                .number = c->now.number,
                                .epoch = c->at.epoch,
                                .seq = c->at.seq,
                                .why = c->why != NULL ? c->why : ""};
        ok = seals_end(c->pg, &c->seal, e);
        if (ok && c->now.sealed) {
            ok = seals_hold(&c->now, &c->arena, &closed, e);
        } else if (ok) {
            struct publication p;

            ok = publication_read(c->app, c->pg, &c->at, c->now.number, &c->arena, &p, e);
            if (ok)
                closed = (struct seal){
                    .totals = p.hash, .method = p.method, .catalogue = p.catalogue};
        }
        c->seal.totals = closed.totals;
        c->seal.method = closed.method;
        c->seal.catalogue = closed.catalogue;
    }
    c->text.n = 0;
    if (ok)
        seal_pack(&c->seal, &c->text);
    if (ok && c->text.n > SEAL_BYTES_MAX)
        return app_set(c->app, e, ERR_INPUT,
                       "bản ký dài %zu byte: quá nhiều điểm chưa giải trình (%zu báo "
                       "cáo), đề nghị xử lý bớt (findings)",
                       "%zu bytes to sign: too many unanswered warnings (%zu reports), "
                       "deal with some (findings)",
                       c->text.n, c->seal.n_warnings);
    return ok;
}

static bool propose(struct closing *c, struct err *e)
{
    for (int i = 0; i < TRIES; i++) {
        struct seal_record r;

        if (!make_seal(c, e))
            return false;
        r = record_of(c, c->reopen ? "reopen_propose" : "propose");
        r.signature = seal_sign(r.text, &c->key);
        crash_point("close.before_propose");
        if (seals_append(c->pg, &r, e)) {
            crash_point("close.after_propose");
            return true;
        }
        if (!r.moved)
            return false;
    }
    return false;
}

static void say_proposed(const struct closing *c)
{
    seal_show_text(c->app, &c->seal);
    app_print(c->app,
              "%s (%s) đã ký đề nghị; trong 72 giờ cần một người khác xác nhận: "
              "%s %s:%s --vintage %s --sign TỆP_KHÓA\n",
              "%s (%s) signed the proposal; within 72 hours another person has to "
              "confirm: %s %s:%s --vintage %s --sign KEYFILE\n",
              c->who.name, c->who.code, c->reopen ? "reopen" : "close", c->at.scheme,
              c->at.period, c->at.vintage);
}

/* ---- the second person ---- */

static bool another_person(struct closing *c, struct err *e)
{
    const struct seal_act *p = &c->now.proposed;
    struct signing_person proposer;
    enum refusal why = REFUSAL_NONE;

    if (strcmp(c->who.code, p->person.code) == 0) {
        refuse(c, REFUSAL_SAME_PERSON);
        return app_set(c->app, e, ERR_INPUT,
                       "%s đã ký đề nghị lúc %s; người xác nhận phải là người khác",
                       "%s signed the proposal at %s; another person has to confirm",
                       p->person.code, p->at_vi);
    }
    if (memcmp(c->key.pub.b, p->signature.key.b, KEY_LEN) == 0) {
        refuse(c, REFUSAL_SAME_KEY);
        return app_set(
            c->app, e, ERR_INPUT,
            "đề nghị của %s được ký bằng chính khóa xác thực này; cần khóa xác "
            "thực của người khác",
            "the proposal of %s was signed with this very key; that of "
            "another person is needed",
            p->person.code);
    }
    /* whoever could not sign today leaves no proposal to be confirmed */
    if (!signer_of_key(c->app, c->pg, &p->signature.key, p->person.code, &c->arena,
                       &proposer, &why, e)) {
        refuse(c, why);
        return err_in(e, "%s", app_say(c->app, "người đề nghị", "who proposed"));
    }
    return true;
}

static bool differs(struct closing *c, struct err *e)
{
    refuse(c, REFUSAL_DIFFERS);
    return app_set(c->app, e, ERR_INPUT,
                   "tính lại tại vị trí %" PRId64 ".%" PRId64
                   " không khớp với bản đã đề nghị: thu hồi đề nghị "
                   "(--withdraw) và đề nghị lại",
                   "computed again at %" PRId64 ".%" PRId64
                   " it is not what was proposed: take the proposal back (--withdraw) "
                   "and propose anew",
                   c->seal.epoch, c->seal.seq);
}

/* The proposal's own bytes, made once more from the log. */
static bool same_again(struct closing *c, struct err *e)
{
    const char *period = arena_printf(&c->arena, "%s:%s", c->at.scheme, c->at.period);
    const struct seal_act *p = &c->now.proposed;
    struct bytes totals = {0}, again = {0};
    struct rollup_at at;
    struct seal s;
    bool ok;

    if (!seal_holds(p->text, &p->signature) ||
        !seal_read(p->text, &c->arena, &c->seal, e) || c->seal.reopen != c->reopen)
        return differs(c, e);
    bytes_add(&c->text, p->text.p, p->text.n);
    if (c->reopen && c->why != NULL && strcmp(c->why, c->seal.why) != 0) {
        refuse(c, REFUSAL_DIFFERS);
        return app_set(
            c->app, e, ERR_INPUT,
            "--why: lý do đã đề nghị là \"%s\"; đồng ý thì bỏ --why, không thì thu "
            "hồi đề nghị (--withdraw) và đề nghị lại",
            "--why: the reason proposed is \"%s\"; to agree leave out --why, else "
            "take the proposal back (--withdraw) and propose anew",
            c->seal.why);
    }
    if (c->reopen) /* nothing is computed: the totals are those of the closing */
        return true;
    if (c->seal.method < 1 || c->seal.method > TOTALS_METHOD)
        return err_set(e, ERR_SETUP, "method %" PRId64 " is not known to this release",
                       c->seal.method);
    if (!rollup_at_find(
            c->app, c->pg, period, c->at.vintage,
            arena_printf(&c->arena, "%" PRId64 ".%" PRId64, c->seal.epoch, c->seal.seq),
            &c->arena, &at, e))
        return false;
    at.method = c->seal.method;
    ok = seals_compute(c->pg, &at, c->seal.number, &c->arena, &s, &totals, e);
    if (ok)
        seal_pack(&s, &again);
    if (ok && !span_eq(span_of(&again), p->text))
        ok = differs(c, e);
    bytes_clear(&totals);
    bytes_clear(&again);
    return ok;
}

static bool lapsed(struct closing *c, struct err *e)
{
    refuse(c, REFUSAL_LAPSED);
    return app_set(c->app, e, ERR_INPUT,
                   "đề nghị của %s đã hết hiệu lực lúc %s: %s đề nghị lại, hoặc thu hồi "
                   "đề nghị (--withdraw) rồi đề nghị mới",
                   "the proposal of %s lapsed at %s: %s proposes again, or it is taken "
                   "back (--withdraw) before a new one",
                   c->now.proposed.person.code, c->now.lapses_vi,
                   c->now.proposed.person.code);
}

static bool confirm(struct closing *c, struct err *e)
{
    struct seal_record r;

    if (!another_person(c, e) || !same_again(c, e))
        return false;
    r = record_of(c, c->reopen ? "reopen" : "close");
    r.about_epoch = c->now.proposed.epoch;
    r.about_seq = c->now.proposed.seq;
    r.signature = seal_sign(r.text, &c->key);
    crash_point("close.before_confirm");
    if (seals_append(c->pg, &r, e)) {
        crash_point("close.after_confirm");
        return true;
    }
    return r.gone ? lapsed(c, e) : false;
}

static void say_confirmed(const struct closing *c)
{
    seal_show_text(c->app, &c->seal);
    app_print(c->app, "người đề nghị: %s (%s), lúc %s\n", "proposed by %s (%s) at %s\n",
              c->now.proposed.person.name, c->now.proposed.person.code,
              c->now.proposed.at_vi);
    if (c->reopen)
        app_print(c->app, "%s (%s) đã ký xác nhận: kỳ được mở lại, nhận báo cáo\n",
                  "%s (%s) confirmed: the period is open again, reports are taken\n",
                  c->who.name, c->who.code);
    else
        app_print(c->app, "%s (%s) đã ký xác nhận: kỳ đã khóa; tiếp theo: publish %s\n",
                  "%s (%s) confirmed: the period is closed; next: publish %s\n",
                  c->who.name, c->who.code, c->at.period);
}

/* ---- the steps ---- */

static bool wrong_state(struct closing *c, struct err *e)
{
    refuse(c, REFUSAL_STATE);
    if (c->reopen)
        return app_set(c->app, e, ERR_INPUT,
                       "kỳ %s (%s) chưa khóa, không có gì để mở lại",
                       "%s (%s) is not closed: nothing to reopen", c->at.period,
                       vintage_label(c->at.vintage, c->app->lang));
    return app_set(c->app, e, ERR_INPUT,
                   "kỳ %s (%s) đã khóa lần %" PRId64 ": publish, hoặc reopen để mở lại",
                   "%s (%s) is closed as number %" PRId64 ": publish it, or reopen it",
                   c->at.period, vintage_label(c->at.vintage, c->app->lang),
                   c->now.number);
}

/* Signs the step that is next. *confirmed: it was the second. */
static bool sign_step(struct closing *c, bool *confirmed, struct err *e)
{
    const bool mine = c->now.proposal && c->now.reopening == c->reopen;

    if ((c->now.state == SEAL_CLOSED) != c->reopen)
        return wrong_state(c, e);
    *confirmed = mine && !c->now.lapsed;
    if (*confirmed)
        return confirm(c, e);
    if (mine && strcmp(c->who.code, c->now.proposed.person.code) != 0)
        return lapsed(c, e);
    if (c->reopen && c->why == NULL)
        return no_reason(c, e);
    return propose(c, e);
}

static bool take_back(struct closing *c, struct err *e)
{
    struct seal_record r;

    if (!c->now.proposal || c->now.reopening != c->reopen) {
        refuse(c, REFUSAL_STATE);
        return app_set(c->app, e, ERR_INPUT, "kỳ %s (%s) không có đề nghị nào đang chờ",
                       "%s (%s) has no proposal pending", c->at.period,
                       vintage_label(c->at.vintage, c->app->lang));
    }
    if (c->why == NULL)
        return no_reason(c, e);
    c->seal.number = c->reopen ? c->now.number : c->now.next;
    r = record_of(c, c->reopen ? "reopen_withdraw" : "withdraw");
    r.seal = NULL;
    r.about_epoch = c->now.proposed.epoch;
    r.about_seq = c->now.proposed.seq;
    return seals_append(c->pg, &r, e);
}

static bool say_taken_back(struct closing *c, struct err *e)
{
    struct pg_rows held = {0};
    bool ok;

    app_print(c->app, "%s (%s) đã thu hồi đề nghị của %s\n",
              "%s (%s) took back the proposal of %s\n", c->who.name, c->who.code,
              c->now.proposed.person.name);
    ok = rollup_at_find(c->app, c->pg,
                        arena_printf(&c->arena, "%s:%s", c->at.scheme, c->at.period),
                        c->at.vintage, NULL, &c->arena, &c->at, e) &&
         seal_held(c->pg, &c->at, &held, e);
    if (ok)
        seal_show_held(c->app, &held);
    pg_rows_clear(&held);
    return ok;
}

static bool run(struct closing *c, struct err *e)
{
    bool confirmed = false;

    c->pg = app_writer(c->app, e);
    if (c->pg == NULL || !read_why(c, e))
        return false;
    if (c->key_file != NULL && !keypair_read(c->key_file, &c->key, e))
        return refuse(c, REFUSAL_KEY_FILE);
    c->has_key = c->key_file != NULL;
    if (!find(c, e))
        return false;
    if (c->withdraw) {
        if (!signer_named(c->app, c->pg, c->by, &c->arena, &c->who, &c->refused, e) ||
            !take_back(c, e))
            return false;
        return say_taken_back(c, e);
    }
    if (!signer_of_key(c->app, c->pg, &c->key.pub, c->by, &c->arena, &c->who, &c->refused,
                       e) ||
        !sign_step(c, &confirmed, e))
        return false;
    if (confirmed)
        say_confirmed(c);
    else
        say_proposed(c);
    return true;
}

/* ---- showing ---- */

static bool show(struct closing *c, struct err *e)
{
    struct pg_rows held = {0};
    bool preview = false, ok;
    const struct seal *s = &c->seal;

    c->pg = app_pg(c->app, DB_READ, e);
    if (c->pg == NULL || !find(c, e))
        return false;
    if (c->now.proposal) {
        ok = seal_read(c->now.proposed.text, &c->arena, &c->seal, e);
    } else if (c->now.sealed) {
        ok = seals_hold(&c->now, &c->arena, &c->seal, e);
    } else if (c->now.state == SEAL_OPEN) {
        preview = true;
        ok = make_seal(c, e);
    } else {
        s = NULL;
        ok = true;
    }
    ok = ok && seal_held(c->pg, &c->at, &held, e);
    if (ok && c->json) {
        seal_show_json(c->app, &c->at, &c->now, s, preview, &held);
    } else if (ok) {
        seal_show_state(c->app, &c->at, &c->now);
        if (preview)
            app_print(c->app, "nếu đề nghị khóa bây giờ:\n", "if proposed now:\n");
        if (s != NULL)
            seal_show_text(c->app, s);
        seal_show_held(c->app, &held);
    }
    pg_rows_clear(&held);
    return ok;
}

/* ---- the commands ---- */

/* What the command line gives; false: usage. */
static bool arguments(struct closing *c, int argc, char **argv)
{
    static const struct option options[] = {
        {"vintage",          required_argument, NULL, 'v'},
        {"sign",              required_argument, NULL, 's'},
        {"by",                  required_argument, NULL, 'b'},
        {"why",required_argument, NULL, 'w'},
        {"withdraw",               no_argument, NULL, 't'},
        {"show",               no_argument, NULL, 'h'},
        {"json",              no_argument, NULL, 'j'},
        {0                 }
    };
    int o;

    while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (o) {
        case 'v':
            c->vintage = optarg;
            break;
        case 's':
            if (c->key_file != NULL) /* each of the two calls by himself */
                return false;
            c->key_file = optarg;
            break;
        case 'b':
            c->by = optarg;
            break;
        case 'w':
            c->why = optarg;
            break;
        case 't':
            c->withdraw = true;
            break;
        case 'h':
            c->show = true;
            break;
        case 'j':
            c->json = true;
            break;
        default:
            return false;
        }
    }
    if (argc - optind != 1 || (c->show && (c->withdraw || c->key_file != NULL)) ||
        (c->json && !c->show))
        return false;
    c->period = argv[optind];
    return c->show ||
           (c->withdraw ? c->by != NULL && c->key_file == NULL : c->key_file != NULL);
}

static int command(struct app *app, bool reopen, int argc, char **argv)
{
    struct closing c = {.app = app, .reopen = reopen};
    struct err e = {0};
    bool ok;

    if (!arguments(&c, argc, argv))
        return app_usage(app, "cần một kỳ và --sign, hoặc --withdraw --by, hoặc --show",
                         "a period and --sign, or --withdraw --by, or --show");
    ok = c.show ? show(&c, &e) : run(&c, &e);
    if (!ok && !c.show && e.kind != ERR_RETRY &&
        (e.kind == ERR_INPUT || c.refused != REFUSAL_NONE))
        attempt_refused(app,
                        &(const struct attempt_line){
                            .command = reopen ? "reopen" : "close",
                            .period = c.at.period != NULL ? c.at.period : c.period,
                            .vintage = c.at.vintage != NULL ? c.at.vintage : c.vintage,
                            .person = c.who.code != NULL ? c.who.code : c.by,
                            .key = c.has_key ? &c.key.pub : NULL,
                            .why = c.refused});
    bytes_clear(&c.text);
    arena_clear(&c.arena);
    explicit_bzero(&c.key, sizeof c.key);
    return ok ? EXIT_DONE : app_fail(app, &e);
}

int cmd_close(struct app *app, int argc, char **argv)
{
    return command(app, false, argc, argv);
}

int cmd_reopen(struct app *app, int argc, char **argv)
{
    return command(app, true, argc, argv);
}
