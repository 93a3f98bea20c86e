#include "aggregator/acts/decide.h"

#include "aggregator/ingest/notice.h"

#include <inttypes.h>

enum { TRIES = 5 };

static const int64_t BEYOND = INT64_C(1) << 60;

/* ---- which one ---- */

/* What `which` names; a withdrawal with its report. @: how it is named there. */
static const char FIND[] =
    "select false as withdrawal, r.hash, r.hash as target, r.epoch || '.' || r.seq,"
    " r.unit, r.unit_from, r.scheme, r.period, r.vintage, r.form, r.subject, r.name,"
    " r.channel, r.verdict, r.counts, r.epoch, r.seq,"
    " (select d.epoch || '.' || d.seq from report d where d.hash = r.duplicate_of limit "
    "1),"
    " (select s.epoch || '.' || s.seq from supersession s where s.old = r.hash),"
    " (select d.act from decision d where d.about = r.hash"
    "  order by d.epoch desc, d.seq desc limit 1)"
    " from report r where @"
    " union all"
    " select true, a.hash, r.hash, a.epoch || '.' || a.seq, a.unit, a.unit_from, "
    "a.scheme,"
    " a.period, a.vintage, r.form, r.subject, r.name, r.channel, a.verdict, a.counts,"
    " a.epoch, a.seq, case when not a.withdraw then '-' end,"
    " (select s.epoch || '.' || s.seq from supersession s where s.old = a.target),"
    " (select d.act from decision d where d.about = a.hash"
    "  order by d.epoch desc, d.seq desc limit 1)"
    " from answer a join report r on r.hash = a.target where @"
    " order by 16, 17 limit 1";

/* The statement that looks it up by an index where there is one, and its arguments. */
static const char *find_sql(const char *which, struct arena *a, struct pg_arg args[2],
                            size_t *n)
{
    static const char *const by[][2] = {
        {"r.epoch = $1 and r.seq = $2", "a.epoch = $1 and a.seq = $2"},
        {"r.hash = $1",                 "a.hash = $1"                },
        {"r.id::text = $1",             "a.id::text = $1"            },
    };
    const char *first = strchr(FIND, '@'), *second = strchr(first + 1, '@');
    struct hash *hash = arena_new(a, sizeof *hash);
    int64_t epoch, seq;
    int end = 0, how = 2;

    *n = 1;
    args[0] = pg_text(which);
    if (sscanf(which, "%" SCNd64 ".%" SCNd64 "%n", &epoch, &seq, &end) == 2 &&
        which[end] == 0) {
        how = 0;
        args[0] = pg_int(epoch);
        args[1] = pg_int(seq);
        *n = 2;
    } else if (hex_read(which, hash->b, HASH_LEN)) {
        how = 1;
        args[0] = pg_hash(hash);
    }
    return arena_printf(a, "%.*s%s%.*s%s%s", (int)(first - FIND), FIND, by[how][0],
                        (int)(second - first - 1), first + 1, by[how][1], second + 1);
}

enum {
    WITHDRAWAL,
    HASH,
    TARGET,
    POSITION,
    UNIT,
    UNIT_FROM,
    SCHEME,
    PERIOD,
    VINTAGE,
    FORM,
    SUBJECT,
    NAME,
    CHANNEL,
    VERDICT,
    COUNTS,
    EPOCH,
    SEQ,
    DUPLICATE,
    REPLACED,
    DECIDED,
};

/* Of a withdrawal: it was held, and there is still what it would take out. */
static bool check_withdrawal(const struct app *app, const struct pg_rows *r,
                             const char *which, struct err *e)
{
    const char *verdict = pg_get_text(r, 0, VERDICT);

    if (!pg_is_null(r, 0, DUPLICATE))
        return app_set(
            app, e, ERR_INPUT,
            "%s là giải trình, không phải báo cáo: trả lời bằng findings accept",
            "%s is an explanation, not a report: answer with findings accept", which);
    if (pg_get_bool(r, 0, COUNTS))
        return app_set(app, e, ERR_INPUT, "việc thu hồi %s đã có hiệu lực từ khi nhận",
                       "the withdrawal %s had its effect when it came", which);
    if (strcmp(verdict, "held") != 0)
        return app_set(app, e, ERR_INPUT,
                       "việc thu hồi %s không được tiếp nhận, không có gì để quyết định",
                       "the withdrawal %s was not accepted: nothing is to be decided",
                       which);
    if (!pg_is_null(r, 0, REPLACED))
        return app_set(app, e, ERR_INPUT,
                       "báo cáo mà %s thu hồi đã được thay hoặc đã thu hồi (%s): quyết "
                       "định về bản đang được tính",
                       "the report that %s withdraws was replaced or withdrawn since "
                       "(%s): decide about the one that counts",
                       which, pg_get_text(r, 0, REPLACED));
    return true;
}

static bool check_report(const struct app *app, const struct pg_rows *r,
                         const char *which, enum decide_what what, struct err *e)
{
    bool count = what == DECIDE_COUNT;
    const char *verdict = pg_get_text(r, 0, VERDICT), *act = pg_get_text(r, 0, DECIDED);
    bool waits = strcmp(verdict, "held") == 0 || strcmp(verdict, "conflict") == 0;
    bool counts = act[0] != 0 ? strcmp(act, "count") == 0 : pg_get_bool(r, 0, COUNTS);

    if (strcmp(verdict, "refused") == 0)
        return app_set(app, e, ERR_INPUT,
                       "báo cáo %s không được tiếp nhận, không thể tính: đơn vị sửa và "
                       "gửi lại, hoặc tỉnh nhập thay (submit)",
                       "report %s was refused and cannot count: the unit corrects it and "
                       "sends it again, or the desk files it (submit)",
                       which);
    if (!pg_is_null(r, 0, DUPLICATE))
        return app_set(
            app, e, ERR_INPUT,
            "báo cáo %s trùng nội dung với báo cáo %s: quyết định về báo cáo đó",
            "report %s repeats report %s: decide about that one", which,
            pg_get_text(r, 0, DUPLICATE));
    if (!pg_is_null(r, 0, REPLACED))
        return app_set(
            app, e, ERR_INPUT,
            "báo cáo %s đã được thay hoặc thu hồi (%s): quyết định về bản đang "
            "được tính (report show), hoặc điều chỉnh bản ấy bằng correct",
            "report %s was replaced or withdrawn (%s): decide about the one "
            "that counts (report show), or correct that one",
            which, pg_get_text(r, 0, REPLACED));
    if (what == DECIDE_CORRECT)
        return counts ||
               app_set(app, e, ERR_INPUT,
                       "báo cáo %s không được tính nên không có gì để điều chỉnh: quyết "
                       "định trước (decide %s count)",
                       "report %s does not count, so there is nothing to correct: decide "
                       "first (decide %s count)",
                       which, which);
    if (count && counts)
        return app_set(app, e, ERR_INPUT, "báo cáo %s đang được tính rồi",
                       "report %s counts already", which);
    if (!count && !counts && act[0] != 0)
        return app_set(app, e, ERR_INPUT, "báo cáo %s đã có quyết định không tính",
                       "report %s was rejected already", which);
    return waits || counts || act[0] != 0 ||
           app_set(app, e, ERR_INPUT, "báo cáo %s không chờ quyết định",
                   "report %s waits for no decision", which);
}

static bool from_row(const struct pg_rows *r, struct arena *a, struct decision *d,
                     struct err *e)
{
    *d = (struct decision){
        .withdrawal = pg_get_bool(r, 0, WITHDRAWAL),
        .position = arena_str(a, pg_get_text(r, 0, POSITION)),
        .unit = {arena_str(a, pg_get_text(r, 0, UNIT)), pg_get_date(r, 0, UNIT_FROM)},
        .scheme = arena_str(a, pg_get_text(r, 0, SCHEME)),
        .period = arena_str(a, pg_get_text(r, 0, PERIOD)),
        .vintage = vintage_of(pg_get_text(r, 0, VINTAGE)),
        .form = arena_str(a, pg_get_text(r, 0, FORM)),
        .subject = arena_str(a, pg_get_text(r, 0, SUBJECT)),
        .name = arena_str(a, pg_get_text(r, 0, NAME)),
        .channel = arena_str(a, pg_get_text(r, 0, CHANNEL)),
    };
    return (pg_get_hash(r, 0, HASH, &d->about) &&
            pg_get_hash(r, 0, TARGET, &d->target)) ||
           err_set(e, ERR_SETUP, "report %s: bad hash", d->position);
}

bool decide_find(struct app *app, struct pg *pg, const char *which, enum decide_what what,
                 struct arena *a, struct decision *out, struct err *e)
{
    const bool count = what != DECIDE_REJECT;
    struct pg_arg args[2];
    size_t n;
    const char *sql = find_sql(which, a, args, &n);
    struct pg_rows r = {0};
    bool ok;

    if (!pg_query(pg, sql, args, n, &r, e))
        return false;
    if (r.n == 0)
        ok = app_set(app, e, ERR_INPUT,
                     "không có báo cáo hoặc việc thu hồi \"%s\" (xem report list)",
                     "there is no report or withdrawal \"%s\" (see report list)", which);
    else if (pg_get_bool(&r, 0, WITHDRAWAL) && what == DECIDE_CORRECT)
        ok = app_set(app, e, ERR_INPUT, "%s là việc thu hồi, không phải báo cáo",
                     "%s is a withdrawal, not a report", which);
    else if (pg_get_bool(&r, 0, WITHDRAWAL))
        ok = check_withdrawal(app, &r, which, e);
    else
        ok = check_report(app, &r, which, what, e);
    ok = ok && from_row(&r, a, out, e);
    if (ok) {
        out->act = count ? "count" : "reject";
        out->word = out->withdrawal ? (count ? "withdraw" : "keep") : out->act;
        out->corrects = what == DECIDE_CORRECT;
        if (out->corrects)
            out->word = "correct";
    }
    pg_rows_clear(&r);
    return ok;
}

/* ---- rows ---- */

/* The head of the key of d's report; of a correction, of the report it corrects. */
static bool key_head(struct pg *pg, const struct decision *d, bool *is, bool *gone,
                     struct hash *hash, uint32_t *revision, struct err *e)
{
    static const char SQL[] = "select hash, revision, gone from key_head($1, $2, $3, $4,"
                              " $5, $6, $7, $8)";
    const struct pg_arg args[] = {
        pg_text(d->scheme),    pg_text(d->period),
        pg_text(d->unit.code), pg_date(d->unit.valid_from),
        pg_text(d->form),      pg_text(vintage_word(d->vintage)),
        pg_text(d->subject),   pg_text(d->channel)};
    struct pg_rows r = {0};

    if (!pg_query(pg, SQL, args, COUNT(args), &r, e))
        return false;
    *is = r.n > 0 && pg_get_hash(&r, 0, 0, hash);
    *revision = r.n > 0 ? (uint32_t)pg_get_int(&r, 0, 1) : 0; /* no report held the key */
    *gone = r.n > 0 && pg_get_bool(&r, 0, 2);
    pg_rows_clear(&r);
    return true;
}

/* What is withdrawn, unless something took its place. */
static bool stands(struct pg *pg, const struct hash *report, bool *is, struct hash *hash,
                   struct err *e)
{
    const struct pg_arg arg = pg_hash(report);
    struct pg_rows r = {0};

    if (!pg_query(pg, "select from supersession where old = $1", &arg, 1, &r, e))
        return false;
    *is = r.n == 0;
    *hash = *report;
    pg_rows_clear(&r);
    return true;
}

/* Whose place the decided takes, as the log stands: none for what takes no place. */
static bool replaced_now(struct pg *pg, const struct decision *d, bool *is,
                         struct hash *hash, struct err *e)
{
    uint32_t revision;
    bool gone = false;

    *is = false;
    if (strcmp(d->act, "count") != 0)
        return true;
    if (d->withdrawal)
        return stands(pg, &d->target, is, hash, e);
    if (d->subject[0] == 0 && d->corrects)
        return stands(pg, &d->target, is, hash, e);
    if (d->subject[0] == 0) /* nobody knows whether it is the same one */
        return true;
    if (!key_head(pg, d, is, &gone, hash, &revision, e))
        return false;
    *is = *is && !gone && !hash_eq(hash, &d->about);
    return !*is || !d->corrects || hash_eq(hash, &d->target) ||
           err_set(
               e, ERR_INPUT,
               "%s: đơn vị vừa gửi bản khác, xem lại rồi điều chỉnh bản ấy / the unit "
               "sent another one meanwhile: look at it and correct that one",
               d->position);
}

/* Under the log's lock: what was planned must still be so. */
static bool as_planned(struct pg *pg, void *ctx, int64_t epoch, int64_t seq,
                       struct err *e)
{
    const struct decision *d = ctx;
    struct hash hash;
    bool is;

    (void)epoch;
    (void)seq;
    if (!replaced_now(pg, d, &is, &hash, e))
        return false;
    if (is != d->has_replaces || (is && !hash_eq(&hash, &d->replaces)))
        return err_set(e, ERR_RETRY, "another report came meanwhile");
    return true;
}

static struct json *body_of(const struct decision *d)
{
    struct json *j = json_new();
    char hex[2 * HASH_LEN + 1];

    json_text(j, "act", d->act);
    json_text(j, "kind", d->withdrawal ? "withdrawal" : "report");
    json_text(j, "about", hash_hex(&d->about, hex));
    if (d->has_replaces)
        json_text(j, "replaces", hash_hex(&d->replaces, hex));
    json_text(j, "unit", d->unit.code);
    json_date(j, "unit_from", d->unit.valid_from);
    json_text(j, "scheme", d->scheme);
    json_text(j, "period", d->period);
    json_text(j, "vintage", vintage_word(d->vintage));
    json_text(j, "why", d->why);
    json_text(j, "person", d->person);
    return j;
}

/* ---- planning ---- */

/*
 * The report that the unit is told about, where the desk's correction takes the place of
 * d's target. The unit knows its own reports only, and goes on from a head that it heard
 * of with one of those: where the target is a correction itself, its last one that the
 * desk corrected; the target where there is none (the desk filed it first).
 */
static bool find_told(struct pg *pg, struct decision *d, struct err *e)
{
    static const char SQL[] =
        "with recursive back(hash, step) as (select $1::bytea, 0 union all"
        " select s.old, b.step + 1 from back b join supersession s on s.by = b.hash"
        " where b.step < 1000)"
        " select r.hash from back b join report r on r.hash = b.hash"
        " where r.channel not in ('on_behalf', 'earlier') order by b.step limit 1";
    const struct pg_arg arg = pg_hash(&d->target);
    struct pg_rows r = {0};
    bool ok;

    d->told = d->corrects || d->withdrawal ? d->target : d->about;
    if (!d->corrects)
        return true;
    if (!pg_query(pg, SQL, &arg, 1, &r, e))
        return false;
    ok = r.n == 0 || pg_get_hash(&r, 0, 0, &d->told) ||
         err_set(e, ERR_SETUP, "report %s: bad hash", d->position);
    pg_rows_clear(&r);
    return ok;
}

static bool plan_one(struct pg *pg, struct decision *d, int64_t epoch, int64_t seq,
                     struct err *e)
{
    struct acts one = {0};
    struct json *j;
    bool gone, ok = find_told(pg, d, e) &&
                    replaced_now(pg, d, &d->has_replaces, &d->replaces, e);

    if (ok) {
        j = body_of(d);
        acts_add(&one, "decision", &j);
        ok = oplog_try(pg, one.list, one.n, epoch, seq, e) &&
             key_head(pg, d, &d->has_head, &gone, &d->head, &d->head_revision, e);
    }
    acts_clear(&one);
    return ok;
}

static void add_records(struct acts *acts, struct decision *d)
{
    struct notice_act n = {
        .kind = NOTICE_DECISION,
        .unit = d->unit,
        .scheme = d->scheme,
        .period = d->period,
        .vintage = d->vintage,
        .has_about = true,
        .about = d->told,
        .form = d->form,
        .subject = d->subject,
        .name = d->name,
        .text = d->text != NULL ? d->text : d->why,
        .due = DATE_NONE,
        .decision = d->word,
        .has_head = d->has_head,
        .head = d->head,
        .head_revision = d->head_revision,
        .person = d->person,
        .person_name = d->person_name,
    };
    struct json *j = body_of(d);

    acts_add_if(acts, "decision", &j, as_planned, d);
    notice_add(acts, &n);
}

bool decide_plan(struct pg *pg, struct decision *list, size_t n,
                 const struct acts *before, struct acts *acts, struct err *e)
{
    size_t first = before != NULL ? before->n : 0;
    struct log_tip tip;
    bool ok = pg_begin(pg, e);

    if (!ok)
        return false;
    ok = oplog_tip(pg, &tip, e);
    if (ok && first > 0)
        ok = oplog_try(pg, before->list, first, (int64_t)tip.epoch, BEYOND, e);
    for (size_t i = 0; ok && i < n; i++)
        ok = plan_one(pg, &list[i], (int64_t)tip.epoch, BEYOND + (int64_t)(first + i), e);
    pg_rollback(pg);
    for (size_t i = 0; ok && i < n; i++)
        add_records(acts, &list[i]);
    return ok;
}

const struct effect_scope *decide_scopes(const struct decision *list, size_t n,
                                         struct arena *a)
{
    struct effect_scope *s = arena_new(a, (n + 1) * sizeof *s);

    for (size_t i = 0; i < n; i++)
        s[i] = (struct effect_scope){list[i].scheme, list[i].period,
                                     vintage_word(list[i].vintage)};
    return s;
}

bool decide_append(struct pg *pg, struct decision *list, size_t n, struct err *e)
{
    bool ok = false;

    for (int tries = 0; !ok && tries < TRIES; tries++) {
        struct acts acts = {0};

        *e = (struct err){.kind = ERR_NONE};
        ok = decide_plan(pg, list, n, NULL, &acts, e) &&
             acts_append(&acts, pg, list[0].person, e);
        acts_clear(&acts);
        if (!ok && (e->kind != ERR_RETRY || !pg_alive(pg) || pg_unknown(pg)))
            break;
    }
    return ok;
}

bool decide_write(struct app *app, struct pg *pg, struct decision *list, size_t n,
                  bool yes, bool json, bool *go, struct err *e)
{
    struct arena a = {0};
    struct acts acts = {0};
    bool ok =
        decide_plan(pg, list, n, NULL, &acts, e) &&
        effect_total_ask(app, pg, &acts, decide_scopes(list, n, &a), n, yes, json, go, e);

    acts_clear(&acts);
    arena_clear(&a);
    return ok && (!*go || decide_append(pg, list, n, e));
}
