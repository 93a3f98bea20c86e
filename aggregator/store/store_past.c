/*
 * store over PostgreSQL: the pasts of a group's reports, one query for all of them. What
 * is read is the log as it stands before the group, which the group's own commit locks.
 */
#include "aggregator/ingest/pasts.h"
#include "aggregator/store/store_pg.h"

#include <stdlib.h>

enum { ASKED = 6, WANTED = 6 };

/* Kinds of rows, in the order in which they come for one item. */
enum { ROW_COUNTS, ROW_REPORT, ROW_CELL };

/*
 * 0: of a unit, how many cooperatives its register holds on the cut-off day, or null
 * where that is not known, and how many of them a standing report is about. 1:
 * the reports that stand. 2: their observations that have no place in the form.
 */
static const char PASTS[] =
    "with asked as (select * from unnest($1::bigint[], $2::text[], $3::date[],"
    " $4::text[], $5::text[], $6::date[])"
    " as a(n, unit, unit_from, scheme, period, cutoff)),"
    " found as materialized (select w.n, r.epoch, r.seq, r.form, r.form_version,"
    "  r.scheme, r.period, r.vintage, r.channel, r.value, r.upper, r.mark, r.qualifier,"
    "  r.unit, r.unit_from"
    "  from unnest($7::bigint[], $8::text[], $9::text[], $10::date[], $11::text[],"
    "   $12::text[]) as w(n, subject, unit, unit_from, scheme, period)"
    "  cross join lateral ("
    "   select * from report e where w.subject <> 'unit' and e.subject = w.subject"
    "    and e.period = w.period and e.scheme = w.scheme and e.counts and e.kind <> "
    "'unit'"
    "   union all"
    "   select * from report u where w.subject = 'unit' and u.subject = 'unit'"
    "    and u.period = w.period and u.scheme = w.scheme and u.unit = w.unit"
    "    and u.unit_from = w.unit_from and u.counts"
    "   union all"
    "   select d.* from (select distinct about from decision"
    "     where period = w.period and scheme = w.scheme) x"
    "    join report d on d.hash = x.about"
    "    where not d.counts and d.subject = w.subject"
    "    and (d.kind <> 'unit' or (d.unit = w.unit and d.unit_from = w.unit_from))) r"
    "  where w.subject <> '' and not exists"
    "   (select from supersession s where s.old = r.hash)"
    "   and coalesce((select x.act = 'count' from decision x where x.about = r.hash"
    "    order by x.epoch desc, x.seq desc limit 1), true))"
    " select n, 1 as row, epoch, seq, 0 as ord, form as t1, form_version as i1,"
    "  scheme as t2, period as t3, vintage as t4, channel as t5, value::text as t6,"
    "  upper::text as t7, mark::text as t8, qualifier::text as t9, null::bigint as i2,"
    "  unit as t10, unit_from as d1"
    " from found"
    " union all select f.n, 2, f.epoch, f.seq, c.ord, c.b1, c.indicator, c.b2,"
    "  c.population, '', '', c.value::text, c.upper::text, c.mark::text,"
    "  c.qualifier::text, (c.as_of - date '1970-01-01')::bigint,"
    "  '', null"
    " from found f join report_cell c using (epoch, seq) where c.cell is null"
    " union all select a.n, 0, 0, 0, 0, '', null, '', '', '', '', l.n::text, '', '', '',"
    "  (select count(distinct r.subject) from (select hash, subject from report"
    "    where period = a.period and scheme = a.scheme and vintage = any("
    "'{plan,estimate,actual}')"
    "    and unit = a.unit and unit_from = a.unit_from and counts and kind = 'htx'"
    "    union all select q.hash, q.subject from decision x join report q on q.hash = "
    "x.about"
    "    where x.period = a.period and x.scheme = a.scheme and x.unit = a.unit"
    "    and x.unit_from = a.unit_from and not q.counts and q.kind = 'htx') r"
    "   where not exists (select from supersession s where s.old = r.hash)"
    "   and coalesce((select x.act = 'count' from decision x where x.about = r.hash"
    "    order by x.epoch desc, x.seq desc limit 1), true)), '', null"
    " from asked a cross join lateral ("
    "  select unit_cooperatives(a.unit, a.unit_from, a.cutoff, $13) as n) l"
    " order by n, epoch, seq, row, ord";

/* Columns of PASTS. */
enum { N, ROW, EPOCH, SEQ, ORD, T1, I1, T2, T3, T4, T5, T6, T7, T8, T9, I2, T10, D1 };

/* What has grown so far of the two sets of arrays. */
struct asking {
    struct bytes columns[ASKED + WANTED];
    size_t units, pairs;
};

static void ask_one(struct asking *q, const struct probe *p, size_t i)
{
    struct bytes *c = q->columns;
    const struct unit_key *unit = &p->header->unit;
    char from[11], day[11];

    date_iso(unit->valid_from, from);
    if (p->item->report.kind == SUBJECT_UNIT) {
        column_int(&c[0], q->units, i);
        column_add(&c[1], q->units, unit->code, true);
        column_add(&c[2], q->units, from, false);
        column_add(&c[3], q->units, p->period->scheme, true);
        column_add(&c[4], q->units, p->period->code, true);
        column_add(&c[5], q->units++, date_iso(p->period->cutoff, day), false);
    }
    c += ASKED;
    for (size_t k = 0; k < p->n_periods; k++) {
        column_int(&c[0], q->pairs, i);
        column_add(&c[1], q->pairs, p->item->report.subject, true);
        column_add(&c[2], q->pairs, unit->code, true);
        column_add(&c[3], q->pairs, from, false);
        column_add(&c[4], q->pairs, p->periods[k]->scheme, true);
        column_add(&c[5], q->pairs++, p->periods[k]->code, true);
    }
}

static void read_report(const struct pg_rows *r, size_t i, const struct catalogues *cats,
                        size_t n_rare, struct arena *a, struct past_report *out)
{
    struct parsed_report p = {.form = arena_str(a, pg_get_text(r, i, T1)),
                              .form_version = (uint32_t)pg_get_int(r, i, I1),
                              .n_rare = n_rare};
    struct observation *obs;

    parsed_stored(&p, pg_get_text(r, i, T6), pg_get_text(r, i, T7), pg_get_text(r, i, T8),
                  pg_get_text(r, i, T9), a);
    p.rare = arena_new(a, (n_rare + 1) * sizeof *p.rare);
    for (size_t k = 0; k < n_rare; k++) {
        size_t at = i + 1 + k;

        p.rare[k] = (struct parsed_cell){
            .indicator = (uint32_t)pg_get_int(r, at, I1),
            .b1 = arena_str(a, pg_get_text(r, at, T1)),
            .b2 = arena_str(a, pg_get_text(r, at, T2)),
            .population = arena_str(a, pg_get_text(r, at, T3)),
            .text = "",
            .place = "",
            .value = pg_get_int(r, at, T6),
            .has_upper = !pg_is_null(r, at, T7),
            .upper = pg_get_int(r, at, T7),
            .mark = pg_get_text(r, at, T8)[0],
            .qualifier = pg_get_text(r, at, T9)[0],
            .as_of = pg_is_null(r, at, I2) ? DATE_NONE : (int32_t)pg_get_int(r, at, I2)};
    }
    *out = (struct past_report){.form = p.form,
                                .form_version = p.form_version,
                                .scheme = arena_str(a, pg_get_text(r, i, T2)),
                                .period = arena_str(a, pg_get_text(r, i, T3)),
                                .vintage = vintage_of(pg_get_text(r, i, T4)),
                                .channel = channel_of(pg_get_text(r, i, T5))};
    parsed_unfold(&p, pasts_form(cats, p.form, p.form_version), a, &obs, &out->n_obs);
    out->obs = obs;
}

/* The rows of one item, [from, to). */
static void read_past(const struct pg_rows *r, size_t from, size_t to,
                      const struct probe *p, struct arena *a, struct past *past)
{
    struct past_report *list = arena_new(a, (to - from + 1) * sizeof *list);

    for (size_t i = from; i < to; i++) {
        size_t rare = 0;

        if (pg_get_int(r, i, ROW) == ROW_COUNTS) {
            past->expected = pg_is_null(r, i, T6) ? -1 : pg_get_int(r, i, T6);
            past->listed = pg_get_int(r, i, I2);
            continue;
        }
        if (pg_get_int(r, i, ROW) != ROW_REPORT)
            continue;
        while (i + 1 + rare < to && pg_get_int(r, i + 1 + rare, ROW) == ROW_CELL)
            rare++;
        read_report(r, i, p->catalogues, rare, a, &list[past->n_reports]);
        past->n_reports +=
            pasts_shown(&p->header->unit, past->unit, &p->item->report,
                        &(struct unit_key){pg_get_text(r, i, T10), pg_get_date(r, i, D1)},
                        &list[past->n_reports]);
    }
    past->reports = list;
}

bool store_pg_pasts(struct store_pg_ctx *s, const struct probe *asked, size_t n,
                    struct arena *a, struct known *out, struct err *e)
{
    struct asking q = {.units = 0};
    struct pg_arg args[ASKED + WANTED + 1];
    struct pg_rows r = {0};
    size_t to;
    bool ok;

    for (size_t i = 0; i < n; i++)
        if (asked[i].n_periods > 0)
            ask_one(&q, &asked[i], i);
    if (q.pairs == 0)
        return true;
    for (size_t i = 0; i < COUNT(q.columns); i++) {
        if (q.columns[i].n == 0)
            bytes_char(&q.columns[i], '{');
        bytes_char(&q.columns[i], '}');
        args[i] = pg_text(bytes_cstr(&q.columns[i]));
    }
    args[ASKED + WANTED] = pg_date(asked[0].today);
    ok = store_pg_ask(s, PASTS, args, COUNT(args), &r, e);
    for (size_t from = 0; ok && from < r.n; from = to) {
        size_t i = (size_t)pg_get_int(&r, from, N);

        for (to = from; to < r.n && (size_t)pg_get_int(&r, to, N) == i;)
            to++;
        if (i < n)
            read_past(&r, from, to, &asked[i], a, &out[i].past);
    }
    pg_rows_clear(&r);
    for (size_t i = 0; i < COUNT(q.columns); i++)
        bytes_clear(&q.columns[i]);
    return ok || err_in(e, "pasts of %zu reports", q.pairs);
}
