/*
 * correct: the desk takes the place of a unit's report with one of its own: all of its
 * observations, some of them as an officer typed them, signed by the officer's key. It
 * goes the way of submit, then a decision lets it count for the unit's.
 */
#include "aggregator/acts/decide.h"
#include "aggregator/ingest/desk.h"
#include "aggregator/store/store_pg.h"
#include "proto/base/clock.h"
#include "proto/base/text.h"
#include "proto/forms/number.h"
#include "proto/rules.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>

enum { SETS = 64 };

struct correction {
    struct app *app;
    const char *which, *by, *why, *key_file;
    const char *set[SETS];
    size_t n_set;
    bool yes, json;
    struct speaker who;
    struct decision
        acts[2]; /* the correction counts; what else the desk filed does not */
    size_t n_acts;
    struct report report;
    bool part;            /* its period is not one year */
    struct bytes changes; /* a line each: what was, what is */
    struct desk desk;
    struct arena arena;
};

/* ---- the report that is corrected ---- */

static bool read_old(struct correction *c, struct pg *pg, struct err *e)
{
    static const char SQL[] = "select envelope_of(r.evidence, r.epoch, r.seq), r.item"
                              " from report r where r.hash = $1";
    const struct pg_arg arg = pg_hash(&c->acts[0].target);
    struct pg_rows rows = {0};
    struct message m;
    struct span envelope;
    int64_t item;
    bool ok;

    if (!pg_query(pg, SQL, &arg, 1, &rows, e))
        return false;
    envelope = pg_get_bytes(&rows, 0, 0);
    envelope.p = (const unsigned char *)arena_strn(&c->arena, (const char *)envelope.p,
                                                   envelope.n);
    item = pg_get_int(&rows, 0, 1);
    ok = (rows.n > 0 || err_set(e, ERR_SETUP, "report without evidence")) &&
         wire_read_message(envelope, &c->arena, &m, e) &&
         ((m.kind == MSG_BATCH && item >= 0 && (size_t)item < m.batch.n_items) ||
          err_set(e, ERR_SETUP, "evidence: no report at item %" PRId64, item)) &&
         wire_read_report(m.batch.items[item].body, &c->arena, &c->report, e);
    pg_rows_clear(&rows);
    return ok || err_in(e, "report %s", c->acts[0].position);
}

/* ---- what changes ---- */

struct wanted { /* one --set */
    const struct indicator *indicator;
    const char *b1, *b2, *text;
    struct number number;
};

static const char *why_not(const struct app *app, enum number_status s)
{
    switch (s) {
    case NUMBER_AMBIGUOUS:
        return app_say(app,
                       "đọc được theo hai cách; viết dấu chấm nhóm ba chữ số, dấu phẩy "
                       "phần thập phân",
                       "can be read in two ways; the dot groups thousands, the comma is "
                       "the decimal sign");
    case NUMBER_BAD:
        return app_say(app, "không phải là số", "is no number");
    case NUMBER_UNIT:
        return app_say(app, "đơn vị tính không hợp với chỉ tiêu",
                       "its unit does not fit the indicator");
    case NUMBER_A_YEAR:
        return app_say(app, "là số của một năm, kỳ này không phải một năm",
                       "is a figure a year, and the period is not one year");
    case NUMBER_TOO_FINE:
        return app_say(app, "có nhiều chữ số thập phân hơn mức chỉ tiêu giữ",
                       "has more decimals than the indicator holds");
    case NUMBER_RANGE:
        return app_say(app, "quá lớn", "is too big");
    case NUMBER_OK:
    case NUMBER_ROUNDED:
        break;
    }
    return "";
}

static bool read_number(const struct correction *c, const char *set, struct wanted *w,
                        struct err *e)
{
    struct number_unit bare = number_unit_of(w->indicator);
    enum number_status s;

    bare.part = c->part;
    s = number_read_in(w->text, w->indicator, &bare, &w->number);
    if (s == NUMBER_OK || s == NUMBER_ROUNDED)
        return true;
    return app_set(c->app, e, ERR_INPUT, "--set %s: \"%s\" %s (đơn vị tính: %s)",
                   "--set %s: \"%s\" %s (unit: %s)", set, w->text, why_not(c->app, s),
                   app_say(c->app, w->indicator->unit_vi, w->indicator->unit_en));
}

/* "capital.charter=500", "sector:agri=12": which cell of the form, and what it shall say.
 */
static bool read_set(struct correction *c, const struct form *form, const char *set,
                     struct wanted *w, struct err *e)
{
    char *text = text_nfc(&c->arena, span_str(set));
    char *value = text != NULL ? strchr(text, '=') : NULL, *b1, *b2 = NULL;

    if (value == NULL)
        return app_set(c->app, e, ERR_INPUT,
                       "--set %s: cần dạng CHỈ_TIÊU[:CHIA_THEO[:CHIA_THEO]]=GIÁ_TRỊ",
                       "--set %s: INDICATOR[:B1[:B2]]=VALUE is needed", set);
    *value++ = 0;
    b1 = strchr(text, ':');
    if (b1 != NULL) {
        *b1++ = 0;
        b2 = strchr(b1, ':');
    }
    if (b2 != NULL)
        *b2++ = 0;
    *w = (struct wanted){.indicator = catalogue_indicator(c->desk.cat, text),
                         .b1 = b1 != NULL ? b1 : "",
                         .b2 = b2 != NULL ? b2 : "",
                         .text = value};
    if (w->indicator == NULL)
        return app_set(
            c->app, e, ERR_INPUT,
            "--set %s: không có chỉ tiêu \"%s\" (xem report show %s --json)",
            "--set %s: there is no indicator \"%s\" (see report show %s --json)", set,
            text, c->which);
    if (form_cell_index(form, w->indicator->no, w->b1, w->b2) < 0 &&
        report_find(&c->report, w->indicator->no, w->b1, w->b2) == NULL)
        return app_set(c->app, e, ERR_INPUT,
                       "--set %s: %s không có ô này (xem report show %s --json)",
                       "--set %s: %s has no such cell (see report show %s --json)", set,
                       catalogue_mark(c->desk.cat, c->report.form), c->which);
    return read_number(c, set, w, e);
}

static void figure(const struct observation *o, const struct indicator *ind,
                   struct bytes *out)
{
    static const char *const marks[] = {
        [OBS_MISSING] = "(trống)", [OBS_NIL] = "-",       [OBS_NOT_APPLICABLE] = "x",
        [OBS_NOT_AVAILABLE] = "…", [OBS_REFUSED] = "KCC",
    };

    if (o == NULL || o->state != OBS_VALUE) {
        bytes_str(out, marks[o != NULL ? o->state : OBS_MISSING]);
        return;
    }
    value_vi(o->value, ind->scale, out);
    if (o->has_upper) {
        bytes_str(out, " – ");
        value_vi(o->upper, ind->scale, out);
    }
}

static bool same(const struct observation *o, const struct number *n)
{
    if (o == NULL)
        return n->state == OBS_MISSING;
    return o->state == n->state && o->qualifier == n->qualifier &&
           (n->state != OBS_VALUE ||
            (o->value == n->value && o->has_upper == n->has_upper &&
             (!n->has_upper || o->upper == n->upper)));
}

/* Where the cell stands among the observations, which keep the order of the form. */
static size_t place_of(const struct report *r, const struct form *form,
                       const struct wanted *w, bool *is)
{
    int cell = form_cell_index(form, w->indicator->no, w->b1, w->b2);
    size_t at = r->n_obs;

    for (size_t i = 0; i < r->n_obs; i++) {
        const struct observation *o = &r->obs[i];
        int other = form_cell_index(form, o->indicator, o->b1, o->b2);

        *is = o->indicator == w->indicator->no && strcmp(o->b1, w->b1) == 0 &&
              strcmp(o->b2, w->b2) == 0;
        if (*is)
            return i;
        if (at == r->n_obs && cell >= 0 && (other < 0 || other > cell))
            at = i;
    }
    *is = false;
    return at;
}

/* A breakdown as the office calls it. */
static const char *named(const struct correction *c, const struct wanted *w,
                         const char *code)
{
    for (size_t i = 0; w->indicator->dims != NULL && w->indicator->dims[i] != NULL; i++) {
        const struct breakdown *b =
            catalogue_breakdown(c->desk.cat, w->indicator->dims[i], code);

        if (b != NULL)
            return b->name_vi;
    }
    return code;
}

static void change(struct correction *c, const struct form *form, const struct wanted *w)
{
    struct report *r = &c->report;
    bool is;
    size_t at = place_of(r, form, w, &is);
    struct observation *obs = arena_new(&c->arena, (r->n_obs + 1) * sizeof *obs),
                       old = {0};
    struct bytes *out = &c->changes;

    memcpy(obs, r->obs, r->n_obs * sizeof *obs);
    old = is ? obs[at] : (struct observation){.as_of = DATE_NONE, .population = ""};
    bytes_printf(out, "%s%s", out->n > 0 ? "\n" : "", w->indicator->name_vi);
    if (w->b1[0] != 0)
        bytes_printf(out, " [%s%s%s]", named(c, w, w->b1), w->b2[0] != 0 ? ", " : "",
                     named(c, w, w->b2));
    bytes_str(out, ": ");
    figure(is ? &old : NULL, w->indicator, out);
    bytes_str(out, " -> ");
    if (!is && w->number.state != OBS_MISSING) {
        memmove(&obs[at + 1], &obs[at], (r->n_obs - at) * sizeof *obs);
        r->n_obs++;
    }
    if (w->number.state == OBS_MISSING && is) {
        memmove(&obs[at], &obs[at + 1], (r->n_obs - at - 1) * sizeof *obs);
        r->n_obs--;
        figure(NULL, w->indicator, out);
    } else if (w->number.state != OBS_MISSING) {
        obs[at] = (struct observation){.indicator = w->indicator->no,
                                       .as_of = old.as_of,
                                       .b1 = w->b1,
                                       .b2 = w->b2,
                                       .state = w->number.state,
                                       .qualifier = w->number.qualifier,
                                       .has_upper = w->number.has_upper,
                                       .stated = old.stated,
                                       .value = w->number.value,
                                       .upper = w->number.upper,
                                       .population = old.population,
                                       .text = w->text,
                                       .cell = ""};
        figure(&obs[at], w->indicator, out);
    }
    bytes_printf(out, " %s", w->indicator->unit_vi);
    r->obs = obs;
}

static bool change_all(struct correction *c, struct err *e)
{
    const struct form *form =
        catalogue_form(c->desk.cat, c->report.form, c->report.form_version);
    const char *code =
        arena_printf(&c->arena, "%s:%s", c->report.scheme, c->report.period);
    const struct period *period = catalogue_period(c->desk.cat, code);

    c->part = period != NULL && strcmp(period->kind, "year") != 0;
    if (form == NULL)
        return app_set(c->app, e, ERR_INPUT,
                       "danh mục đang dùng không còn biểu %s phiên bản %u",
                       "the catalogue in force has no form %s version %u any more",
                       c->report.form, c->report.form_version);
    for (size_t i = 0; i < c->n_set; i++) {
        struct wanted w;

        if (!read_set(c, form, c->set[i], &w, e))
            return false;
        if (!same(report_find(&c->report, w.indicator->no, w.b1, w.b2), &w.number))
            change(c, form, &w);
    }
    return c->changes.n > 0 ||
           app_set(c->app, e, ERR_INPUT,
                   "báo cáo %s đã ghi như vậy, không có gì thay đổi",
                   "report %s says so already: nothing changes", c->which);
}

/* ---- the new report ---- */

static const char *not_null(const char *s)
{
    return s != NULL ? s : "";
}

/* Also: what the desk filed before under its own key and would stand beside it. */
static bool finish(struct correction *c, struct pg *pg, const struct hash **made,
                   struct err *e)
{
    const struct decision *d = &c->acts[0];
    const char *subject = subject_key(&c->report.subject, &c->arena);
    struct report *r = &c->report;
    struct hash *head = arena_new(&c->arena, sizeof *head), digest, own;
    char hex[2 * HASH_LEN + 1];
    struct err none = {0};
    uint32_t revision;

    if (!desk_head(&c->desk, r, subject, head, &digest, &revision, e))
        return false;
    r->version = REPORT_VERSION;
    r->id = uuid_new(clock_wall());
    r->channel = CHANNEL_ON_BEHALF;
    r->catalogue = c->desk.cat->version;
    r->revision = revision + 1;
    r->has_supersedes = true;
    r->supersedes = d->target;
    r->reason = c->why;
    r->maker = c->who.code;
    r->paper_hash = "";
    r->source_name = arena_printf(&c->arena, "điều chỉnh %s%s%s%s", d->position,
                                  not_null(r->source_name)[0] != 0 ? " (" : "",
                                  not_null(r->source_name),
                                  not_null(r->source_name)[0] != 0 ? ")" : "");
    r->made_at = clock_wall();
    own = report_digest(r);
    *made = revision > 0 && hash_eq(&own, &digest) ? head : NULL;
    if (revision > 0 && *made == NULL && subject[0] != 0 && !hash_eq(head, &d->target) &&
        decide_find(c->app, pg, hash_hex(head, hex), DECIDE_REJECT, &c->arena,
                    &c->acts[1], &none))
        c->n_acts = 2;
    return none.kind == ERR_NONE || none.kind == ERR_INPUT ||
           err_set(e, none.kind, "%s", none.text);
}

static bool check_rules(struct correction *c)
{
    struct findings fs = {0};
    bool ok;

    rules_check(c->desk.cat, &c->report, NULL, &fs);
    ok = !findings_refuse(&fs);
    if (!ok)
        desk_findings(&c->desk, &c->report, &fs);
    findings_clear(&fs);
    return ok;
}

/* ---- what it would do ---- */

static bool try_report(struct pg *pg, void *ctx, int64_t epoch, int64_t seq,
                       struct err *e)
{
    struct judged *d = ctx;

    d->seq = (uint64_t)seq;
    return store_pg_try_report(pg, d, epoch, e);
}

static bool ask(struct correction *c, struct pg *pg, bool *go, struct err *e)
{
    struct findings none = {0};
    struct parsed parsed;
    struct judged judged = {
        .unit = &c->desk.unit, .verdict = VERDICT_HELD, .findings = &none};
    struct bytes wire = {0};
    struct acts acts = {0};
    bool ok;

    desk_parse(&c->desk, &parsed, &wire);
    judged.item = &parsed.items[0];
    c->acts[0].about = parsed.items[0].hash;
    acts_add_trial(&acts, try_report, &judged);
    ok = parsed.n_items == 1 && parsed.items[0].not_now == NOT_NOW_NONE;
    if (!ok)
        err_set(e, ERR_SETUP, "the corrected report cannot be read back");
    ok = ok && decide_plan(pg, c->acts, c->n_acts, &acts, &acts, e) &&
         effect_total_ask(c->app, pg, &acts, decide_scopes(c->acts, c->n_acts, &c->arena),
                          c->n_acts, c->yes, c->json, go, e);
    acts_clear(&acts);
    parsed_clear(&parsed);
    bytes_clear(&wire);
    return ok;
}

/* ---- sending and deciding ---- */

/* Its position; false with an error where it did not get in. */
static bool received(struct correction *c, struct pg *pg, const char **position,
                     struct err *e)
{
    const struct pg_arg arg = pg_hash(&c->acts[0].about);
    struct pg_rows rows = {0};
    bool ok;

    if (!pg_query(pg, "select epoch || '.' || seq, verdict from report where hash = $1",
                  &arg, 1, &rows, e))
        return false;
    if (rows.n == 0)
        ok = app_set(c->app, e, ERR_INPUT,
                     "báo cáo điều chỉnh không được nhận (xem phía trên); chưa ghi gì",
                     "the correction was not taken in (see above); nothing was written");
    else if (strcmp(pg_get_text(&rows, 0, 1), "refused") == 0)
        ok = app_set(c->app, e, ERR_INPUT, "báo cáo điều chỉnh không được tiếp nhận",
                     "the correction was refused");
    else
        ok = true;
    *position = arena_str(&c->arena, pg_get_text(&rows, 0, 0));
    pg_rows_clear(&rows);
    return ok;
}

static bool write_it(struct correction *c, struct pg *pg, const struct hash *made,
                     struct err *e)
{
    struct decision *d = &c->acts[0];
    const char *position = "";

    if (made != NULL)
        d->about = *made; /* a try before got as far as that */
    else if (!desk_flush(&c->desk, e))
        return false;
    if (!received(c, pg, &position, e) || !decide_append(pg, c->acts, c->n_acts, e))
        return false;
    fprintf(c->json ? stderr : stdout, "%s: %s %s, %s %s, %s%s%s\n%s\n", position,
            app_say(c->app, "được tính thay báo cáo", "counts in place of"), d->position,
            app_say(c->app, "đơn vị", "unit"), d->unit.code, d->period,
            d->name[0] != 0 ? ", " : "", d->name, bytes_cstr(&c->changes));
    return true;
}

static bool prepare(struct correction *c, struct pg *pg, const struct hash **made,
                    struct err *e)
{
    struct decision *d = &c->acts[0];
    struct bytes body = {0};

    if (!decide_find(c->app, pg, c->which, DECIDE_CORRECT, &c->arena, d, e) ||
        !desk_open(&c->desk, c->app, c->who.code, c->key_file, e))
        return false;
    if (!desk_enrolled(&c->desk))
        return app_set(c->app, e, ERR_INPUT,
                       "--key %s: khóa xác thực này chưa đăng ký cho cán bộ nhập (keys "
                       "enroll \"enroll desk=...\")",
                       "--key %s: this key is not enrolled for the desk (keys enroll "
                       "\"enroll desk=...\")",
                       c->key_file);
    c->desk.unit = d->unit;
    c->desk.quiet = c->json;
    c->n_acts = 1;
    if (!read_old(c, pg, e) || !change_all(c, e) || !finish(c, pg, made, e))
        return false;
    if (!check_rules(c))
        return app_set(c->app, e, ERR_INPUT,
                       "số liệu điều chỉnh không qua phép kiểm tra (xem phía trên)",
                       "the corrected figures break a rule (see above)");
    for (size_t i = 0; i < c->n_acts; i++) {
        c->acts[i].why = c->why;
        c->acts[i].person = c->who.code;
        c->acts[i].person_name = c->who.name;
    }
    d->text = arena_printf(&c->arena, "%s\n%s", c->why, bytes_cstr(&c->changes));
    return wire_pack_report(&c->report, &body, e) &&
           desk_add(&c->desk, ITEM_REPORT, &body, e);
}

static bool options(struct correction *c, int argc, char **argv)
{
    static const struct option longs[] = {
        {"set",              required_argument, NULL, 's'},
        {"why",              required_argument, NULL, 'w'},
        {"by",                  required_argument, NULL, 'b'},
        {"key",required_argument, NULL, 'k'},
        {"yes",               no_argument, NULL, 'y'},
        {"json",               no_argument, NULL, 'j'},
        {0             }
    };
    int o;

    while ((o = getopt_long(argc, argv, "", longs, NULL)) != -1)
        switch (o) {
        case 's':
            if (c->n_set == SETS)
                return false;
            c->set[c->n_set++] = optarg;
            break;
        case 'w':
            c->why = optarg;
            break;
        case 'b':
            c->by = optarg;
            break;
        case 'k':
            c->key_file = optarg;
            break;
        case 'y':
            c->yes = true;
            break;
        case 'j':
            c->json = true;
            break;
        default:
            return false;
        }
    c->which = optind < argc ? argv[optind++] : NULL;
    return optind == argc && c->which != NULL && c->n_set > 0 && c->why != NULL &&
           c->by != NULL && c->key_file != NULL;
}

int cmd_correct(struct app *app, int argc, char **argv)
{
    struct correction *c = mem_new(sizeof *c);
    const struct hash *made = NULL;
    struct err e = {0};
    struct pg *pg;
    bool go = false;
    int code;

    c->app = app;
    if (!options(c, argc, argv)) {
        free(c);
        return app_usage(app, NULL, NULL);
    }
    pg = app_writer(app, &e);
    if (pg != NULL && talk_speaker(app, &c->arena, c->by, &c->who, &e) &&
        talk_text(app, "--why", c->why, &c->arena, &c->why, &e) &&
        prepare(c, pg, &made, &e) && ask(c, pg, &go, &e) &&
        (!go || write_it(c, pg, made, &e)))
        code = go ? EXIT_DONE : EXIT_FINDINGS;
    else
        code = app_fail(app, &e);
    desk_close(&c->desk);
    bytes_clear(&c->changes);
    arena_clear(&c->arena);
    free(c);
    return code;
}
