#include "aggregator/rollup/explain.h"
#include "proto/batch.h"

/* ---- lines ---- */

enum line_column {
    LC_ROLE,
    LC_UNIT,
    LC_UNIT_FROM,
    LC_UNIT_NAME,
    LC_SOURCE,
    LC_BASIS,
    LC_FORM,
    LC_SUBJECT,
    LC_NAME,
    LC_FACTOR,
    LC_AMOUNT,
    LC_SUM,  /* of all lines of the role */
    LC_ACT,  /* not null: the cell is no report but an act of the register */
    LC_CELL, /* CELL_COLUMNS of the cell, then of the weight */
};

enum cell_column {
    CC_EPOCH,
    CC_SEQ,
    CC_NO,
    CC_B1,
    CC_B2,
    CC_VALUE,
    CC_CODE,
    CC_VI,
    CC_EN,
    CC_MEASURE,
    CC_SCALE,
    CELL_COLUMNS
};

static struct explain_cell cell_of(const struct pg_rows *rows, size_t row, size_t col,
                                   struct arena *a)
{
    const struct explain_cell c = {
        .epoch = pg_get_int(rows, row, col + CC_EPOCH),
        .seq = pg_get_int(rows, row, col + CC_SEQ),
        .indicator = pg_get_int(rows, row, col + CC_NO),
        .b1 = arena_str(a, pg_get_text(rows, row, col + CC_B1)),
        .b2 = arena_str(a, pg_get_text(rows, row, col + CC_B2)),
        .value = pg_get_int(rows, row, col + CC_VALUE),
        .code = arena_str(a, pg_get_text(rows, row, col + CC_CODE)),
        .vi = arena_str(a, pg_get_text(rows, row, col + CC_VI)),
        .en = arena_str(a, pg_get_text(rows, row, col + CC_EN)),
        .measure = arena_str(a, pg_get_text(rows, row, col + CC_MEASURE)),
        .scale = pg_is_null(rows, row, col + CC_SCALE)
                     ? 1
                     : pg_get_int(rows, row, col + CC_SCALE),
        .file = "",
        .place = "",
        .written = "",
        .original = ORIGINAL_MISSING,
    };

    return c;
}

static struct explain_line line_of(const struct pg_rows *rows, size_t row,
                                   struct arena *a)
{
    struct explain_line l = {
        .denominator = strcmp(pg_get_text(rows, row, LC_ROLE), "d") == 0,
        .unit = arena_str(a, pg_get_text(rows, row, LC_UNIT)),
        .unit_from = arena_str(a, pg_get_text(rows, row, LC_UNIT_FROM)),
        .unit_name = arena_str(a, pg_get_text(rows, row, LC_UNIT_NAME)),
        .source = arena_str(a, pg_get_text(rows, row, LC_SOURCE)),
        .basis = arena_str(a, pg_get_text(rows, row, LC_BASIS)),
        .form = arena_str(a, pg_get_text(rows, row, LC_FORM)),
        .subject = arena_str(a, pg_get_text(rows, row, LC_SUBJECT)),
        .name = arena_str(a, pg_get_text(rows, row, LC_NAME)),
        .factor = arena_str(a, pg_get_text(rows, row, LC_FACTOR)),
        .amount = arena_str(a, pg_get_text(rows, row, LC_AMOUNT)),
        .cell = cell_of(rows, row, LC_CELL, a),
        .weighed = !pg_is_null(rows, row, LC_CELL + CELL_COLUMNS + CC_EPOCH),
    };

    if (!pg_is_null(rows, row, LC_ACT)) {
        l.cell.original = ORIGINAL_ACT;
        l.cell.place = arena_str(a, pg_get_text(rows, row, LC_ACT));
    }
    if (l.weighed)
        l.weight = cell_of(rows, row, LC_CELL + CELL_COLUMNS, a);
    return l;
}

#define NAMED(t, lang)                                                                   \
    " coalesce(" t "i.name_" lang ", '') || coalesce(' - ' || " t "b.name_" lang         \
    ", case when l." t "_b1 <> '' then ' - ' || l." t                                    \
    "_b1 end, '') || coalesce(', ' || " t "d.name_" lang ", case when l." t              \
    "_b2 <> '' then ', ' || l." t "_b2 end, '')"
#define CELL(t)                                                                          \
    " l." t "_b1, l." t "_b2, l." t "_value, coalesce(" t                                \
    "i.code, '')," NAMED(t, "vi") "," NAMED(t, "en") ", coalesce(" t                     \
                                                     "i.unit_vi, ''), " t "i.scale"
#define CELL_JOIN(t)                                                                     \
    " left join cat_indicator " t "i on " t "i.version = $6::int and " t "i.no = l." t   \
    "_no"                                                                                \
    " left join lateral (select name_vi, name_en from cat_breakdown"                     \
    "  where version = $6::int and code = l." t                                          \
    "_b1 order by dim <> 'sector', ord limit 1) " t "b on true"                          \
    " left join lateral (select name_vi, name_en from cat_breakdown"                     \
    "  where version = $6::int and code = l." t "_b2 order by ord limit 1) " t           \
    "d on true"

/* clang-format off */
static const char LINES[] =
    "select l.role, l.of_unit, to_char(l.of_unit_from, 'YYYY-MM-DD'),"
    " coalesce(u.name, l.of_unit), l.source, l.basis, coalesce(r.form, ''),"
    " case when r.kind <> 'unit' then r.subject else coalesce(v.subject, '') end,"
    " case when r.kind <> 'unit' then r.name else coalesce(v.name, '') end,"
    " l.factor, l.amount, trim_scale(sum(l.amount) over (partition by l.role)), v.act,"
    " l.epoch, l.seq, l.cell_no," CELL("cell")
    ", l.weight_epoch, l.weight_seq, l.weight_no," CELL("weight")
    " from explain_line($1, $2, $3, $4, $5, $6::int, $7::text is not null, $9, $10#) l"
    " left join report r on r.epoch = l.epoch and r.seq = l.seq"
    " left join entity_event v on v.epoch = l.epoch and v.seq = l.seq"
    " left join unit_at($4, $5) u on u.code = l.of_unit and u.valid_from = l.of_unit_from"
    CELL_JOIN("cell") CELL_JOIN("weight")
    " where l.b1 = $11 and l.b2 = $12"
    " and ($7::text is null or (l.unit = $7 and l.unit_from = $8::date))"
    " order by l.role desc, l.of_unit collate \"C\", l.of_unit_from, l.epoch, l.seq,"
    " l.cell_no, l.cell_b1 collate \"C\", l.cell_b2 collate \"C\", l.weight_epoch,"
    " l.weight_seq, l.weight_b1 collate \"C\", l.weight_b2 collate \"C\", l.factor";
/* clang-format on */

/* The twelve parameters that the queries below share. */
#define ASKED 12
static void asked(const struct rollup_at *at, const struct explain_of *of,
                  struct pg_arg args[ASKED])
{
    const struct pg_arg list[ASKED] = {
        pg_text(at->scheme),    pg_text(at->period),    pg_text(at->vintage),
        pg_int(at->epoch),      pg_int(at->seq),        pg_int(at->catalogue),
        pg_text(of->unit),      pg_text(of->unit_from), pg_bool(of->by_sector),
        pg_text(of->indicator), pg_text(of->b1),        pg_text(of->b2)};

    memcpy(args, list, sizeof list);
}

static bool read_lines(struct pg *pg, const struct rollup_at *at,
                       const struct pg_arg args[ASKED], struct breakup *x, struct err *e)
{
    struct pg_rows rows = {0};

    if (!pg_query(pg, rollup_map_sql(at, LINES, ", true", &x->arena), args, ASKED, &rows,
                  e))
        return err_in(e, "explaining: lines");
    x->lines = mem_array(rows.n, sizeof *x->lines);
    x->n_lines = rows.n;
    for (size_t i = 0; i < rows.n; i++) {
        const char **sum;

        x->lines[i] = line_of(&rows, i, &x->arena);
        sum = x->lines[i].denominator ? &x->denominator_sum : &x->numerator_sum;
        if (*sum == NULL)
            *sum = arena_str(&x->arena, pg_get_text(&rows, i, LC_SUM));
    }
    pg_rows_clear(&rows);
    return true;
}

/* Both are exact decimals without idle zeros; a total of 0 may rest on no line. */
static bool equal(const char *total, const char *sum)
{
    if (total == NULL)
        return sum == NULL;
    return strcmp(total, sum != NULL ? sum : "0") == 0;
}

static bool read_left(struct pg *pg, const struct rollup_at *at, bool of_unit,
                      const struct pg_arg args[ASKED], struct breakup *x, struct err *e)
{
    static const char SQL[] =
        "select l.reason, l.unit, to_char(l.unit_from, 'YYYY-MM-DD'), l.name, l.subject,"
        " l.epoch || '.' || l.seq, l.other_epoch || '.' || l.other_seq, l.source,"
        " l.numerator, l.denominator, l.stated, l.mark, l.written, l.reports,"
        " coalesce(u.name, l.unit)"
        " from explain_left#($1, $2, $3, $4, $5, $6::int, $9, $7, $8::date, $10, $11, "
        "$12)"
        "  with ordinality l"
        " left join unit_at($4, $5) u on u.code = l.unit and u.valid_from = l.unit_from"
        " order by l.ordinality";

    /* on today's map only a unit has other ones than on that of the day */
    struct rollup_at map = *at;

    map.as_is = at->as_is && of_unit;
    return pg_query(pg, rollup_map_sql(&map, SQL, "_as_is", &x->arena), args, ASKED,
                    &x->left, e) ||
           err_in(e, "explaining: what is left out");
}

/* ---- the signed bytes ---- */

/* A cell to be looked up, in the order of the batches that carry them. */
struct sought {
    struct explain_cell *cell;
    int64_t item;
    size_t evidence; /* row of the list of envelopes */
    struct hash hash;
    bool found;
};

static int by_position(const void *pa, const void *pb)
{
    const struct explain_cell *a = ((const struct sought *)pa)->cell;
    const struct explain_cell *b = ((const struct sought *)pb)->cell;

    if (a->epoch != b->epoch)
        return a->epoch < b->epoch ? -1 : 1;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static int by_evidence(const void *pa, const void *pb)
{
    const struct sought *a = pa, *b = pb;

    if (a->evidence != b->evidence)
        return a->evidence < b->evidence ? -1 : 1;
    return a->item < b->item ? -1 : a->item > b->item;
}

static const char *kept(struct arena *a, const char *s)
{
    return s != NULL && *s != 0 ? arena_str(a, s) : "";
}

/* What the signed report says of the cell. */
static void look_up(const struct report *r, struct explain_cell *c, struct arena *a)
{
    const struct observation *o;

    c->file = kept(a, r->source_name);
    c->place = kept(a, r->source_place);
    c->original = ORIGINAL_HOLDS;
    if (c->indicator == 0)
        return;
    o = report_find(r, (uint32_t)c->indicator, c->b1, c->b2);
    if (o == NULL || (o->state != OBS_VALUE && o->state != OBS_NIL) ||
        (o->state == OBS_VALUE ? o->value : 0) != c->value) {
        c->original = ORIGINAL_DIFFERS;
        return;
    }
    c->place = kept(a, o->cell != NULL && *o->cell != 0 ? o->cell : r->source_place);
    c->written = kept(a, o->text);
}

/* All sought cells of one envelope; `one` is for what is needed no longer than that. */
static void look_in(struct span envelope, struct sought *list, size_t n,
                    struct breakup *x, struct arena *one)
{
    struct hash header, *hashes;
    struct report report;
    struct message m;
    struct err e = {0};
    int64_t item = -1;
    bool sound;

    if (!wire_read_message(envelope, one, &m, &e) || m.kind != MSG_BATCH)
        return;
    hashes = arena_new(one, (m.batch.n_items + 1) * sizeof *hashes);
    sound = batch_check(&m.batch, hashes, &header) == REJECT_NONE;
    for (size_t i = 0; i < n; i++) {
        struct sought *s = &list[i];

        if (s->item < 0 || (size_t)s->item >= m.batch.n_items)
            continue;
        if (!sound || !hash_eq(&hashes[s->item], &s->hash)) {
            s->cell->original = ORIGINAL_BROKEN;
            continue;
        }
        if (s->item != item &&
            !wire_read_report(m.batch.items[s->item].body, one, &report, &e))
            continue;
        item = s->item;
        look_up(&report, s->cell, &x->arena);
    }
}

/* Where the report of each sought cell lies: evidence row, item, hash. */
static bool find_evidence(struct pg *pg, struct sought *list, size_t n,
                          struct pg_rows *envelopes, struct err *e)
{
    static const char SQL[] =
        "select r.epoch, r.seq, r.item, r.hash, dense_rank() over"
        " (order by r.evidence, later_of(r.evidence, r.epoch, r.seq))"
        " from report r where (r.epoch, r.seq) in ("
        "  select * from unnest($1::bigint[], $2::bigint[])) order by r.epoch, r.seq";
    static const char ENVELOPES[] =
        "select envelope_of(d.evidence, d.epoch, d.seq) from (select distinct on"
        "   (r.evidence, later_of(r.evidence, r.epoch, r.seq)) r.evidence, r.epoch, "
        "r.seq,"
        "   later_of(r.evidence, r.epoch, r.seq) as later"
        "  from report r where (r.epoch, r.seq) in"
        "   (select * from unnest($1::bigint[], $2::bigint[]))) d"
        " order by d.evidence, d.later";
    int64_t *epochs = mem_array(n, sizeof *epochs), *seqs = mem_array(n, sizeof *seqs);
    const struct pg_arg args[] = {pg_ints(epochs, n), pg_ints(seqs, n)};
    struct pg_rows rows = {0};
    bool ok;

    for (size_t i = 0; i < n; i++) {
        epochs[i] = list[i].cell->epoch;
        seqs[i] = list[i].cell->seq;
    }
    ok = pg_query(pg, SQL, args, COUNT(args), &rows, e) &&
         pg_query(pg, ENVELOPES, args, COUNT(args), envelopes, e);
    for (size_t i = 0, row = 0; ok && i < n && row < rows.n;) {
        struct sought *s = &list[i];

        if (pg_get_int(&rows, row, 0) != s->cell->epoch ||
            pg_get_int(&rows, row, 1) != s->cell->seq) {
            row++;
            continue;
        }
        s->item = pg_get_int(&rows, row, 2);
        s->found = pg_get_hash(&rows, row, 3, &s->hash);
        s->evidence = (size_t)pg_get_int(&rows, row, 4) - 1;
        i++;
    }
    pg_rows_clear(&rows);
    free(epochs);
    free(seqs);
    return ok || err_in(e, "explaining: signed reports");
}

static bool read_originals(struct pg *pg, struct breakup *x, struct err *e)
{
    struct sought *list = mem_array(2 * x->n_lines, sizeof *list);
    struct pg_rows envelopes = {0};
    struct arena one = {0};
    size_t n = 0;
    bool ok;

    for (size_t i = 0; i < x->n_lines; i++) {
        if (x->lines[i].cell.original == ORIGINAL_ACT)
            x->originals[ORIGINAL_ACT]++;
        else
            list[n++] = (struct sought){.cell = &x->lines[i].cell};
        if (x->lines[i].weighed)
            list[n++] = (struct sought){.cell = &x->lines[i].weight};
    }
    if (n > 0)
        qsort(list, n, sizeof *list, by_position);
    ok = n == 0 || find_evidence(pg, list, n, &envelopes, e);
    if (ok && n > 0)
        qsort(list, n, sizeof *list, by_evidence);
    for (size_t i = 0, more; ok && i < n; i += more) {
        more = 1;
        while (i + more < n && list[i + more].evidence == list[i].evidence)
            more++;
        if (list[i].found && list[i].evidence < envelopes.n &&
            !pg_is_null(&envelopes, list[i].evidence, 0))
            look_in(pg_get_bytes(&envelopes, list[i].evidence, 0), list + i, more, x,
                    &one);
        arena_clear(&one);
    }
    for (size_t i = 0; i < n; i++)
        x->originals[list[i].cell->original]++;
    pg_rows_clear(&envelopes);
    free(list);
    return ok;
}

/* ---- the whole ---- */

bool explain_read(struct pg *pg, const struct rollup_at *at, const struct explain_of *of,
                  const char *numerator, const char *denominator, struct breakup *x,
                  struct err *e)
{
    struct pg_arg args[ASKED];

    *x = (struct breakup){.numerator = numerator, .denominator = denominator};
    asked(at, of, args);
    if (read_lines(pg, at, args, x, e) && read_originals(pg, x, e) &&
        read_left(pg, at, of->unit != NULL, args, x, e)) {
        x->same =
            equal(numerator, x->numerator_sum) && equal(denominator, x->denominator_sum);
        return true;
    }
    explain_clear(x);
    return false;
}

void explain_clear(struct breakup *x)
{
    free(x->lines);
    pg_rows_clear(&x->left);
    arena_clear(&x->arena);
    *x = (struct breakup){0};
}

bool explain_verify(struct pg *pg, const struct rollup_at *at, size_t *n, size_t *wrong,
                    struct bytes *bad, struct err *e)
{
    static const char SQL[] =
        "select c.same, c.unit, c.indicator, c.b1, c.b2, c.numerator, c.denominator,"
        " c.numerator_sum, c.denominator_sum"
        " from explain_check($1, $2, $3, $4, $5, $6::int, $7, $8, null#) c";

    *n = *wrong = 0;
    for (int table = 0; table < 4; table++) {
        const struct pg_arg args[] = {pg_text(at->scheme),  pg_text(at->period),
                                      pg_text(at->vintage), pg_int(at->epoch),
                                      pg_int(at->seq),      pg_int(at->catalogue),
                                      pg_bool(table & 1),   pg_bool((table & 2) != 0)};
        struct pg_rows rows = {0};
        struct arena a = {0};
        bool ok = pg_query(pg, rollup_map_sql(at, SQL, ", true", &a), args, COUNT(args),
                           &rows, e);

        arena_clear(&a);
        if (!ok)
            return err_in(e, "explaining every total");
        *n += rows.n;
        for (size_t i = 0; i < rows.n; i++) {
            if (pg_get_bool(&rows, i, 0))
                continue;
            if ((*wrong)++ == 0)
                bytes_printf(bad, "%s %s %s %s: %s / %s <> %s / %s",
                             pg_get_text(&rows, i, 1), pg_get_text(&rows, i, 2),
                             pg_get_text(&rows, i, 3), pg_get_text(&rows, i, 4),
                             pg_get_text(&rows, i, 5), pg_get_text(&rows, i, 6),
                             pg_get_text(&rows, i, 7), pg_get_text(&rows, i, 8));
        }
        pg_rows_clear(&rows);
    }
    return true;
}
