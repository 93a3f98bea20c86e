#include "aggregator/rollup/nation.h"

#include <inttypes.h>

bool nation_here(const struct app *app, struct pg *pg, bool *here, struct err *e)
{
    struct pg_rows rows = {0};

    *here = false;
    if (app->schema != NULL)
        return true;
    if (!pg_query(pg, "select from nation.province limit 1", NULL, 0, &rows, e))
        return err_in(e, "looking for provinces");
    *here = rows.n > 0;
    pg_rows_clear(&rows);
    return true;
}

/* ---- the vector ---- */

static bool add_position(const struct app *app, struct nation_at *at, const char *code,
                         int64_t epoch, int64_t seq, struct err *e)
{
    if (at->n == NATION_MAX)
        return app_set(app, e, ERR_INPUT, "quá %d tỉnh trong một lần tổng hợp",
                       "more than %d provinces in one roll-up", NATION_MAX);
    for (size_t i = 0; i < at->n; i++)
        if (strcmp(at->codes[i], code) == 0)
            return app_set(app, e, ERR_INPUT, "--as-of: tỉnh %s có hai lần",
                           "--as-of: province %s stands there twice", code);
    at->codes[at->n] = code;
    at->epochs[at->n] = epoch;
    at->seqs[at->n++] = seq;
    return true;
}

static bool find_ends(const struct app *app, struct pg *pg, struct arena *a,
                      struct nation_at *at, struct err *e)
{
    struct pg_rows rows = {0};
    bool ok = true;

    if (!pg_query(pg, "select code, epoch, seq from nation.position()", NULL, 0, &rows,
                  e))
        return err_in(e, "reading how far the provinces are");
    for (size_t i = 0; i < rows.n && ok; i++)
        ok = add_position(app, at, arena_str(a, pg_get_text(&rows, i, 0)),
                          pg_get_int(&rows, i, 1), pg_get_int(&rows, i, 2), e);
    pg_rows_clear(&rows);
    if (ok && at->n == 0)
        return app_set(app, e, ERR_INPUT,
                       "chưa nhận được số liệu của tỉnh nào (xem: province list)",
                       "nothing of any province has come yet (see: province list)");
    return ok;
}

/* "02:1.345,12:1.99" */
static bool read_vector(const struct app *app, const char *text, struct arena *a,
                        struct nation_at *at, struct err *e)
{
    for (const char *p = text;;) {
        const size_t n = strcspn(p, ":,");
        int64_t epoch = 0, seq = 0;
        int end = 0;

        if (n == 0 || n > 16 || p[n] != ':' ||
            sscanf(p + n + 1, "%18" SCNd64 ".%18" SCNd64 "%n", &epoch, &seq, &end) != 2 ||
            epoch < 1 || seq < 1 || (p[n + 1 + end] != 0 && p[n + 1 + end] != ','))
            return app_set(
                app, e, ERR_INPUT,
                "--as-of: \"%s\" không phải dạng TỈNH:THẾ_HỆ.SỐ,TỈNH:THẾ_HỆ.SỐ...",
                "--as-of: \"%s\" is not PROVINCE:EPOCH.SEQ,PROVINCE:EPOCH.SEQ...", text);
        if (!add_position(app, at, arena_strn(a, p, n), epoch, seq, e))
            return false;
        p += n + 1 + end;
        if (*p++ == 0)
            return true;
    }
}

/* Every position of a vector must have come: a figure of the future is none. */
static bool has_come(const struct app *app, struct pg *pg, const struct nation_at *at,
                     struct err *e)
{
    static const char SQL[] =
        "select v.code, v.epoch || '.' || v.seq, p.epoch || '.' || p.seq, x.code is not "
        "null"
        " from unnest($1::text[], $2::bigint[], $3::bigint[]) v (code, epoch, seq)"
        " left join nation.province x on x.code = v.code"
        " left join nation.position() p on p.code = v.code"
        " where p.code is null or (v.epoch, v.seq) > (p.epoch, p.seq)"
        " order by v.code collate \"C\" limit 1";
    const struct pg_arg args[] = {pg_texts(at->codes, at->n), pg_ints(at->epochs, at->n),
                                  pg_ints(at->seqs, at->n)};
    struct pg_rows rows = {0};
    bool ok;

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "reading how far the provinces are");
    ok = rows.n == 0;
    if (!ok && !pg_get_bool(&rows, 0, 3))
        app_set(app, e, ERR_INPUT, "--as-of: không theo dõi tỉnh mã \"%s\"",
                "--as-of: no province \"%s\" is followed", pg_get_text(&rows, 0, 0));
    else if (!ok)
        app_set(app, e, ERR_INPUT, "--as-of: tỉnh %s chưa đến vị trí %s (mới có đến: %s)",
                "--as-of: province %s is not at %s yet (there is up to: %s)",
                pg_get_text(&rows, 0, 0), pg_get_text(&rows, 0, 1),
                pg_is_null(&rows, 0, 2) ? "-" : pg_get_text(&rows, 0, 2));
    pg_rows_clear(&rows);
    return ok;
}

/* One vector, one spelling: in order of the codes. */
static void name_vector(struct nation_at *at, struct arena *a)
{
    struct bytes text = {0};

    for (size_t i = 1; i < at->n; i++)
        for (size_t k = i; k > 0 && strcmp(at->codes[k], at->codes[k - 1]) < 0; k--) {
            const char *code = at->codes[k];
            const int64_t epoch = at->epochs[k], seq = at->seqs[k];

            at->codes[k] = at->codes[k - 1];
            at->epochs[k] = at->epochs[k - 1];
            at->seqs[k] = at->seqs[k - 1];
            at->codes[k - 1] = code;
            at->epochs[k - 1] = epoch;
            at->seqs[k - 1] = seq;
        }
    for (size_t i = 0; i < at->n; i++)
        bytes_printf(&text, "%s%s:%" PRId64 ".%" PRId64, i > 0 ? "," : "", at->codes[i],
                     at->epochs[i], at->seqs[i]);
    at->vector = arena_str(a, bytes_cstr(&text));
    bytes_clear(&text);
}

/* ---- what it is a function of ---- */

static bool find_period(const struct app *app, struct pg *pg, const char *period,
                        struct arena *a, struct nation_at *at, struct err *e)
{
    const struct pg_arg args[] = {pg_texts(at->codes, at->n), pg_ints(at->epochs, at->n),
                                  pg_ints(at->seqs, at->n), pg_text(period)};
    struct pg_rows rows = {0};
    bool found;

    if (!pg_query(pg,
                  "select scheme, code, name_vi, name_en, cutoff"
                  " from nation.period_at($1, $2, $3, $4)",
                  args, COUNT(args), &rows, e))
        return err_in(e, "looking up a period");
    found = rows.n == 1;
    if (found) {
        at->scheme = arena_str(a, pg_get_text(&rows, 0, 0));
        at->period = arena_str(a, pg_get_text(&rows, 0, 1));
        at->name_vi = arena_str(a, pg_get_text(&rows, 0, 2));
        at->name_en = arena_str(a, pg_get_text(&rows, 0, 3));
        at->cutoff = pg_get_date(&rows, 0, 4);
    }
    pg_rows_clear(&rows);
    return found ||
           app_set(app, e, ERR_INPUT,
                   "không tỉnh nào có kỳ báo cáo \"%s\" (xem: -p TỈNH period list)",
                   "no province has a period \"%s\" (see: -p CODE period list)", period);
}

bool nation_at_find(const struct app *app, struct pg *pg, const char *period,
                    const char *vintage, const char *as_of, struct arena *a,
                    struct nation_at *at, struct err *e)
{
    *at = (struct nation_at){.cutoff = DATE_NONE};
    if (vintage != NULL && vintage_of(vintage) == VINTAGE_NONE)
        return app_set(app, e, ERR_INPUT,
                       "--vintage: \"%s\" không phải plan, estimate hoặc actual",
                       "--vintage: \"%s\" is not plan, estimate or actual", vintage);
    at->vintage = arena_str(a, vintage);
    if (as_of == NULL ? !find_ends(app, pg, a, at, e)
                      : !read_vector(app, as_of, a, at, e) || !has_come(app, pg, at, e))
        return false;
    name_vector(at, a);
    return find_period(app, pg, period, a, at, e);
}

bool nation_vintage(const struct app *app, struct pg *pg, struct nation_at *at,
                    struct arena *a, struct err *e)
{
    static const char SQL[] =
        "select distinct vintage from nation.counted($1, $2, null, $3, $4, $5)"
        " where vintage is not null order by vintage";
    const struct pg_arg args[] = {pg_text(at->scheme), pg_text(at->period),
                                  pg_texts(at->codes, at->n), pg_ints(at->epochs, at->n),
                                  pg_ints(at->seqs, at->n)};
    struct pg_rows rows = {0};

    if (at->vintage != NULL)
        return true;
    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "looking for vintages of %s", at->period);
    if (rows.n == 1)
        at->vintage = arena_str(a, pg_get_text(&rows, 0, 0));
    for (size_t i = 0; i < rows.n; i++)
        if (strcmp(pg_get_text(&rows, i, 0), "actual") == 0)
            at->vintage = "actual";
    if (at->vintage == NULL && rows.n == 0)
        app_set(app, e, ERR_INPUT, "kỳ %s chưa có báo cáo nào của tỉnh nào",
                "%s has no reports of any province yet", at->period);
    else if (at->vintage == NULL)
        app_set(app, e, ERR_INPUT,
                "kỳ %s có nhiều loại số liệu, cần --vintage plan|estimate|actual",
                "%s has several vintages: --vintage plan|estimate|actual", at->period);
    pg_rows_clear(&rows);
    return at->vintage != NULL;
}

/* ---- rows ---- */

bool nation_rows(struct pg *pg, const struct nation_at *at, bool by_province,
                 bool by_sector, bool listed, struct pg_rows *rows, struct err *e)
{
    static const char SQL[] =
        "with i as (select distinct on (no) * from nation.indicator_at($4, $5, $6)"
        "  order by no, catalogue desc, province collate \"C\"),"
        " b as materialized (select * from nation.breakdown_at($4, $5, $6)"
        "  with ordinality x (dim, code, ord, name_vi, name_en, nth)),"
        " b1 as materialized (select distinct on (code) * from b"
        "  order by code, (dim = 'sector') = $8 desc, nth),"
        " b2 as materialized (select distinct on (code) * from b order by code, nth)"
        " select r.unit, null, r.vintage, r.indicator, r.b1, r.b2, r.value, r.numerator,"
        " r.denominator, r.measure, r.basis, r.source, r.stated, r.reported, r.expected,"
        " r.units_reported, r.units_expected, r.entities_reported, r.entities_expected,"
        " r.units_statement, r.units_entity, r.nil, r.not_available, r.refused, "
        "r.missing,"
        " r.approximate, nation.province_name(r.unit), i.name_vi, i.name_en, i.unit_en,"
        " case when i.op in ('wmean', 'ratio') then i.decimals end,"
        " case r.b1 when 'unknown' then 'Chưa rõ ngành' when 'undivided'"
        " then 'Không chia theo ngành' else coalesce(b1.name_vi, r.b1) end,"
        " coalesce(b1.name_en, r.b1),"
        " coalesce(b2.name_vi, r.b2), coalesce(b2.name_en, r.b2)"
        " from nation.rollup($1, $2, $3, $4, $5, $6, $7, $8, $9) r"
        " join i on i.no = r.no left join b1 on b1.code = r.b1 left join b2 on b2.code = "
        "r.b2"
        " order by r.unit collate \"C\", r.vintage collate \"C\","
        " case when $10 then i.ord end, r.indicator collate \"C\", r.b1 collate \"C\","
        " r.b2 collate \"C\"";
    const struct pg_arg args[] = {pg_text(at->scheme),        pg_text(at->period),
                                  pg_text(at->vintage),       pg_texts(at->codes, at->n),
                                  pg_ints(at->epochs, at->n), pg_ints(at->seqs, at->n),
                                  pg_bool(by_province),       pg_bool(by_sector),
                                  pg_bool(at->as_is),         pg_bool(listed)};

    return pg_query(pg, SQL, args, COUNT(args), rows, e) ||
           err_in(e, "rolling up %s over the provinces", at->period);
}

/* One number is one thing; where catalogues measure it otherwise a reader must know. */
static bool say_clashes(const struct app *app, struct pg *pg, const struct nation_at *at,
                        struct err *e)
{
    static const char SQL[] =
        "select min(i.code), string_agg(distinct i.catalogue || ': ' || i.unit_vi, ', ')"
        " from nation.indicator_at($1, $2, $3) i group by i.no"
        " having count(distinct (i.unit_vi, i.op)) > 1 order by i.no";
    const struct pg_arg args[] = {pg_texts(at->codes, at->n), pg_ints(at->epochs, at->n),
                                  pg_ints(at->seqs, at->n)};
    struct pg_rows rows = {0};

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "comparing the provinces' catalogues");
    for (size_t i = 0; i < rows.n; i++)
        fprintf(stderr, "  %s: %s (%s)\n", pg_get_text(&rows, i, 0),
                app_say(app, "các danh mục tính khác nhau, không nên cộng",
                        "measured otherwise by catalogues, the sum may mean nothing"),
                pg_get_text(&rows, i, 1));
    pg_rows_clear(&rows);
    return true;
}

bool nation_say(const struct app *app, struct pg *pg, const struct nation_at *at,
                struct err *e)
{
    static const char SQL[] =
        "select p.code, p.name, case when v.code is null then 'none'"
        " when a.catalogue is null or a.cutoff is null then 'period'"
        " when s.code is not null and s.reason <> '' then s.reason else '' end"
        " from nation.province p"
        " left join unnest($3::text[]) v (code) on v.code = p.code"
        " left join nation.province_at($1, $2, $3, $4, $5) a on a.code = p.code"
        " left join nation.stopped s on s.code = p.code"
        " order by p.code collate \"C\"";
    const struct pg_arg args[] = {pg_text(at->scheme), pg_text(at->period),
                                  pg_texts(at->codes, at->n), pg_ints(at->epochs, at->n),
                                  pg_ints(at->seqs, at->n)};
    struct pg_rows rows = {0};

    fprintf(stderr, "%s: %s\n", app_say(app, "Vị trí số liệu", "Position"), at->vector);
    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "looking for provinces without figures");
    for (size_t i = 0; i < rows.n; i++) {
        const char *why = pg_get_text(&rows, i, 2);

        if (*why == 0)
            continue;
        fprintf(stderr, "  %s %s: %s\n", pg_get_text(&rows, i, 0),
                pg_get_text(&rows, i, 1),
                strcmp(why, "none") == 0 ? app_say(app, "không có trong số liệu này",
                                                   "is not in these figures")
                : strcmp(why, "period") == 0
                    ? app_say(app, "chưa có kỳ báo cáo này", "does not have this period")
                    : app_say(app, "đang dừng nhận (xem: province list)",
                              "stands still (see: province list)"));
    }
    pg_rows_clear(&rows);
    return say_clashes(app, pg, at, e);
}
