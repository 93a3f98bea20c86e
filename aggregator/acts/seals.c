#include "aggregator/acts/seals.h"
#include "aggregator/json.h"
#include "aggregator/rollup/publish.h"
#include "aggregator/store/oplog.h"

#include <inttypes.h>

/* ---- how far it has come ---- */

/* A time as people and as scripts read it. */
#define TIME_VI(t)                                                                       \
    " to_char(" t " at time zone 'Asia/Ho_Chi_Minh', 'HH24:MI \"ngày\" DD/MM/YYYY')"
#define TIME_ISO(t)                                                                      \
    " to_char(" t                                                                        \
    " at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD\"T\"HH24:MI:SS\"+07:00\"')"

static const char ACT[] =
    "select s.epoch, s.seq, s.person, coalesce(p.name, s.person)," TIME_VI(
        "c.at") ","
                " s.statement, s.key, s.signature," TIME_ISO(
                    "c.at") " from seal s left join person_now p on p.code = s.person"
                            " join commit c on c.epoch = s.epoch and s.seq between "
                            "c.first_seq and c.last_seq"
                            " where s.epoch = $1 and s.seq = $2 and s.statement is not "
                            "null";

/* *out stays empty when there is no such row. */
static bool read_act(struct pg *pg, int64_t epoch, int64_t seq, struct arena *a,
                     struct seal_act *out, struct err *e)
{
    const struct pg_arg args[] = {pg_int(epoch), pg_int(seq)};
    struct pg_rows rows = {0};
    bool ok = true;

    *out = (struct seal_act){0};
    if (!pg_query(pg, ACT, args, COUNT(args), &rows, e))
        return err_in(e, "reading a seal");
    if (rows.n == 1) {
        struct span text = pg_get_bytes(&rows, 0, 5), key = pg_get_bytes(&rows, 0, 6),
                    signature = pg_get_bytes(&rows, 0, 7);

        out->epoch = epoch;
        out->seq = seq;
        out->person = (struct signing_person){arena_str(a, pg_get_text(&rows, 0, 2)),
                                              arena_str(a, pg_get_text(&rows, 0, 3))};
        out->at_vi = arena_str(a, pg_get_text(&rows, 0, 4));
        out->at = arena_str(a, pg_get_text(&rows, 0, 8));
        out->text =
            (struct span){(const unsigned char *)arena_strn(a, text.p, text.n), text.n};
        ok = key.n == KEY_LEN && signature.n == SIG_LEN;
        if (ok) {
            memcpy(out->signature.key.b, key.p, KEY_LEN);
            memcpy(out->signature.signature.b, signature.p, SIG_LEN);
        }
    }
    pg_rows_clear(&rows);
    return ok ||
           err_set(e, ERR_SETUP, "seal %" PRId64 ".%" PRId64 " is damaged", epoch, seq);
}

/* The newest row of one act under this number. */
static bool newest_act(struct pg *pg, const struct pg_arg *key, int64_t number,
                       const char *act, struct arena *a, struct seal_act *out,
                       struct err *e)
{
    static const char SQL[] =
        "select epoch, seq from seal where scheme = $1 and period = $2 and vintage = $3"
        " and number = $4::int and act = $5 order by epoch desc, seq desc limit 1";
    const struct pg_arg args[] = {key[0], key[1], key[2], pg_int(number), pg_text(act)};
    struct pg_rows rows = {0};
    int64_t epoch = 0, seq = 0;

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return false;
    if (rows.n == 1) {
        epoch = pg_get_int(&rows, 0, 0);
        seq = pg_get_int(&rows, 0, 1);
    }
    pg_rows_clear(&rows);
    return read_act(pg, epoch, seq, a, out, e);
}

/* The two acts of a closing; a proposal that lapsed has a lower position. */
static bool read_both(struct pg *pg, const struct pg_arg *key, struct arena *a,
                      struct seals *out, struct err *e)
{
    return newest_act(pg, key, out->number, "propose", a, &out->first, e) &&
           newest_act(pg, key, out->number, "close", a, &out->confirmed, e);
}

static bool read_state(struct pg *pg, const struct pg_arg *key, struct arena *a,
                       struct seals *out, struct err *e)
{
    static const char SQL[] =
        "select coalesce(n.state, ''), coalesce(n.number, 0),"
        " exists (select from seal s where s.act = 'close' and s.scheme = $1"
        "  and s.period = $2 and s.vintage = $3 and s.number = n.number),"
        " exists (select from publication p where p.scheme = $1 and p.period = $2"
        "  and p.vintage = $3 and p.number = n.number),"
        " 1 + (select coalesce(max(number), 0) from closing where scheme = $1"
        "  and period = $2 and vintage = $3), i.paper_number, i.paper_date"
        " from (select 1) one left join seal_now n on n.scheme = $1 and n.period = $2"
        " and n.vintage = $3 left join issue_now i on i.scheme = $1 and i.period = $2"
        " and i.vintage = $3 and i.number = n.number and n.state = 'closed'";
    struct pg_rows rows = {0};
    const char *state;

    if (!pg_query(pg, SQL, key, 3, &rows, e))
        return false;
    state = pg_get_text(&rows, 0, 0);
    out->state = strcmp(state, "closed") == 0     ? SEAL_CLOSED
                 : strcmp(state, "proposed") == 0 ? SEAL_PROPOSED
                                                  : SEAL_OPEN;
    out->number = pg_get_int(&rows, 0, 1);
    out->sealed = out->state == SEAL_CLOSED && pg_get_bool(&rows, 0, 2);
    out->published = out->state == SEAL_CLOSED && pg_get_bool(&rows, 0, 3);
    out->next = pg_get_int(&rows, 0, 4);
    if (!pg_is_null(&rows, 0, 5)) {
        out->paper_number = arena_str(a, pg_get_text(&rows, 0, 5));
        out->paper_date = pg_get_date(&rows, 0, 6);
    }
    pg_rows_clear(&rows);
    return true;
}

static bool read_proposal(struct pg *pg, const struct pg_arg *key, struct arena *a,
                          struct seals *out, struct err *e)
{
    static const char SQL[] =
        "select epoch, seq, act = 'reopen_propose', lapsed," TIME_VI(
            "lapses") "," TIME_ISO("lapses") " from seal_pending where scheme = $1 and "
                                             "period = $2 and vintage = $3";
    struct pg_rows rows = {0};
    bool ok = true;

    if (!pg_query(pg, SQL, key, 3, &rows, e))
        return false;
    out->proposal = rows.n == 1;
    if (out->proposal) {
        out->reopening = pg_get_bool(&rows, 0, 2);
        out->lapsed = pg_get_bool(&rows, 0, 3);
        out->lapses_vi = arena_str(a, pg_get_text(&rows, 0, 4));
        out->lapses = arena_str(a, pg_get_text(&rows, 0, 5));
        ok = read_act(pg, pg_get_int(&rows, 0, 0), pg_get_int(&rows, 0, 1), a,
                      &out->proposed, e);
    }
    pg_rows_clear(&rows);
    return ok;
}

bool seals_read(struct pg *pg, const struct rollup_at *at, struct arena *a,
                struct seals *out, struct err *e)
{
    const struct pg_arg key[] = {pg_text(at->scheme), pg_text(at->period),
                                 pg_text(at->vintage)};

    *out = (struct seals){0};
    if (!read_state(pg, key, a, out, e) || !read_proposal(pg, key, a, out, e) ||
        (out->sealed && !read_both(pg, key, a, out, e)))
        return err_in(e, "closing of %s", at->period);
    return true;
}

bool seals_of(struct pg *pg, const struct rollup_at *at, int64_t number, struct arena *a,
              struct seals *out, struct err *e)
{
    const struct pg_arg key[] = {pg_text(at->scheme), pg_text(at->period),
                                 pg_text(at->vintage)};

    *out = (struct seals){.number = number};
    if (!read_both(pg, key, a, out, e))
        return false;
    out->sealed = out->confirmed.text.n != 0;
    return true;
}

bool seals_vintage(const struct app *app, struct pg *pg, struct rollup_at *at,
                   struct arena *a, struct err *e)
{
    static const char SQL[] =
        "select vintage from seal_now where scheme = $1 and period = $2"
        " and state = 'closed' order by vintage <> 'actual', vintage";
    const struct pg_arg args[] = {pg_text(at->scheme), pg_text(at->period)};
    struct pg_rows rows = {0};

    if (at->vintage != NULL)
        return true;
    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return false;
    if (rows.n == 1 || (rows.n > 1 && strcmp(pg_get_text(&rows, 0, 0), "actual") == 0))
        at->vintage = arena_str(a, pg_get_text(&rows, 0, 0));
    else if (rows.n == 0)
        app_set(app, e, ERR_INPUT, "kỳ %s chưa khóa (close)", "%s is not closed (close)",
                at->period);
    else
        app_set(app, e, ERR_INPUT,
                "kỳ %s có nhiều loại số liệu đã khóa, cần --vintage plan|estimate|actual",
                "%s has several closed vintages: --vintage plan|estimate|actual",
                at->period);
    pg_rows_clear(&rows);
    return at->vintage != NULL;
}

bool seals_hold(const struct seals *s, struct arena *a, struct seal *out, struct err *e)
{
    if (!span_eq(s->first.text, s->confirmed.text))
        return err_set(e, ERR_INPUT, "seal: the two people signed different bytes");
    return seal_by_two(s->first.text, &s->first.signature, &s->confirmed.signature, e) &&
           seal_read(s->first.text, a, out, e);
}

/* ---- what is signed ---- */

bool seals_end(struct pg *pg, struct seal *s, struct err *e)
{
    static const char SQL[] =
        "select p.genesis, c.number, c.statement_hash, c.statement from province p,"
        " commit c where c.epoch = $1 and c.last_seq = $2";
    const struct pg_arg args[] = {pg_int(s->epoch), pg_int(s->seq)};
    struct pg_rows rows = {0};
    struct statement st;
    bool ok;

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "reading a commit");
    ok = rows.n == 1 && pg_get_hash(&rows, 0, 0, &s->province) &&
         pg_get_hash(&rows, 0, 2, &s->statement);
    if (!ok)
        err_set(e, ERR_SETUP, "no commit ends at %" PRId64 ".%" PRId64, s->epoch, s->seq);
    ok = ok && wire_read_statement(pg_get_bytes(&rows, 0, 3), &st, e);
    if (ok) {
        s->commit = pg_get_int(&rows, 0, 1);
        s->root = st.root;
    }
    pg_rows_clear(&rows);
    return ok;
}

static bool read_units(struct pg *pg, const struct pg_arg *args, struct arena *a,
                       struct seal *s, struct err *e)
{
    static const char SQL[] =
        "select unit, unit_from, name, state from status_at($1, $2, $3, $4, $5)"
        " where expected order by unit collate \"C\", unit_from";
    struct pg_rows rows = {0};

    if (!pg_query(pg, SQL, args, 5, &rows, e))
        return false;
    s->missing = arena_new(a, (rows.n + 1) * sizeof *s->missing);
    s->units = (int64_t)rows.n;
    for (size_t i = 0; i < rows.n; i++)
        if (strcmp(pg_get_text(&rows, i, 3), "none") == 0)
            s->missing[s->n_missing++] = (struct seal_unit){
                arena_str(a, pg_get_text(&rows, i, 0)),
                arena_str(a, pg_get_text(&rows, i, 2)), pg_get_date(&rows, i, 1)};
    s->sent = s->units - (int64_t)s->n_missing;
    pg_rows_clear(&rows);
    return true;
}

/* A warning, or an error that was let in, that nobody explained, or asked about since, or
 * whose report was returned. */
static bool read_warnings(struct pg *pg, const struct pg_arg *args, struct arena *a,
                          struct seal *s, struct err *e)
{
    static const char SQL[] =
        "select unit, unit_from, epoch, seq,"
        " string_agg(distinct code collate \"C\", ', ' order by code collate \"C\")"
        " from finding_talk_at($1, $2, $3, $4, $5)"
        " where counts and severity in ('error', 'warning') and state in ('open', "
        "'asked', "
        "'returned')"
        " group by unit, unit_from, epoch, seq"
        " order by unit collate \"C\", unit_from, epoch, seq";
    struct pg_rows rows = {0};

    if (!pg_query(pg, SQL, args, 5, &rows, e))
        return false;
    s->warnings = arena_new(a, (rows.n + 1) * sizeof *s->warnings);
    for (size_t i = 0; i < rows.n; i++)
        s->warnings[s->n_warnings++] =
            (struct seal_warning){.unit = arena_str(a, pg_get_text(&rows, i, 0)),
                                  .from = pg_get_date(&rows, i, 1),
                                  .epoch = pg_get_int(&rows, i, 2),
                                  .seq = pg_get_int(&rows, i, 3),
                                  .codes = arena_str(a, pg_get_text(&rows, i, 4))};
    pg_rows_clear(&rows);
    return true;
}

static bool count_reports(struct pg *pg, const struct pg_arg *args, struct seal *s,
                          struct err *e)
{
    struct pg_rows rows = {0};

    if (!pg_query(pg, "select count(*) from report_at($1, $2, $3, $4, $5)", args, 5,
                  &rows, e))
        return false;
    s->reports = pg_get_int(&rows, 0, 0);
    pg_rows_clear(&rows);
    return true;
}

bool seals_compute(struct pg *pg, const struct rollup_at *at, int64_t number,
                   struct arena *a, struct seal *out, struct bytes *totals, struct err *e)
{
    const struct pg_arg args[] = {pg_text(at->scheme), pg_text(at->period),
                                  pg_text(at->vintage), pg_int(at->epoch),
                                  pg_int(at->seq)};

    *out = (struct seal){.scheme = at->scheme,
                         .period = at->period,
                         .vintage = at->vintage,
                         .number = number,
                         .epoch = at->epoch,
                         .seq = at->seq,
                         .method = at->method,
                         .catalogue = at->catalogue,
                         .why = ""};
    totals->n = 0;
    if (!seals_end(pg, out, e) || !totals_make(pg, at, totals, e) ||
        !read_units(pg, args, a, out, e) || !read_warnings(pg, args, a, out, e) ||
        !count_reports(pg, args, out, e))
        return err_in(e, "closing %s", at->period);
    out->totals = hash_of(DOMAIN_FILE, span_of(totals));
    return true;
}

/* ---- records ---- */

/* A proposal stands right behind its prefix; what confirms or takes back finds its
 * proposal pending, and confirms it in time. */
static bool still_so(struct pg *pg, void *ctx, int64_t epoch, int64_t seq, struct err *e)
{
    static const char SQL[] =
        "select $1 in ('propose', 'reopen_propose') and exists ("
        "  select from commit c where (c.epoch, c.last_seq) > ($2::bigint, $3::bigint)"
        "  and (c.epoch, c.first_seq) < ($4::bigint, $5::bigint)),"
        " $6::bigint <> 0 and not exists (select from seal_pending p"
        "  where (p.epoch, p.seq) = ($6::bigint, $7::bigint)"
        "  and not (p.lapsed and $1 in ('close', 'reopen')))";
    struct seal_record *r = ctx;
    const bool is_signed = r->seal != NULL;
    const struct pg_arg args[] = {pg_text(r->act),
                                  is_signed ? pg_int(r->seal->epoch) : pg_null(),
                                  is_signed ? pg_int(r->seal->seq) : pg_null(),
                                  pg_int(epoch),
                                  pg_int(seq),
                                  pg_int(r->about_epoch),
                                  pg_int(r->about_seq)};
    struct pg_rows rows = {0};

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return false;
    r->moved = pg_get_bool(&rows, 0, 0);
    r->gone = pg_get_bool(&rows, 0, 1);
    pg_rows_clear(&rows);
    if (r->moved)
        return err_set(e, ERR_RETRY, "reports arrived while the totals were computed");
    return !r->gone || err_set(e, ERR_INPUT, "the proposal is no longer pending");
}

static void write_body(const struct seal_record *r, struct arena *a, struct bytes *out)
{
    struct json *j = json_new();
    char hex[2 * SIG_LEN + 1];
    struct hash hash;

    json_text(j, "act", r->act);
    json_text(j, "scheme", r->scheme);
    json_text(j, "period", r->period);
    json_text(j, "vintage", r->vintage);
    json_int(j, "number", r->number);
    json_text(j, "person", r->person);
    if (*r->why != 0)
        json_text(j, "why", r->why);
    if (r->seal != NULL) {
        json_int(j, "as_epoch", r->seal->epoch);
        json_int(j, "as_seq", r->seal->seq);
        hash = hash_of(DOMAIN_SEAL, r->text);
        json_text(j, "hash", hash_hex(&hash, hex));
        json_text(j, "key", hex_of(r->signature.key.b, KEY_LEN, hex));
        json_text(j, "signature", hex_of(r->signature.signature.b, SIG_LEN, hex));
        if (r->about_epoch == 0) /* the confirmation signs what the proposal holds */
            json_text(j, "statement", arena_strn(a, r->text.p, r->text.n));
    }
    if (r->about_epoch != 0) {
        json_int(j, "about_epoch", r->about_epoch);
        json_int(j, "about_seq", r->about_seq);
    }
    if (r->paper_date != DATE_NONE) {
        json_text(j, "paper_number", r->paper_number);
        json_date(j, "paper_date", r->paper_date);
    }
    json_write(j, true, out);
    json_free(&j);
}

bool seals_append(struct pg *pg, struct seal_record *r, struct err *e)
{
    struct oplog_record record = {.kind = "seal", .before = still_so, .ctx = r};
    struct bytes body = {0};
    struct arena a = {0};
    uint64_t epoch, seq;
    bool ok;

    r->moved = r->gone = false;
    write_body(r, &a, &body);
    record.body = span_of(&body);
    ok = oplog_append(pg, r->person, &record, 1, &epoch, &seq, e);
    bytes_clear(&body);
    arena_clear(&a);
    return ok;
}
