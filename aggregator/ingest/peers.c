#include "aggregator/ingest/peers.h"

#include "aggregator/ingest/parsed.h"
#include "proto/rules.h"

/* Columns of REPORTS. */
enum {
    UNIT,
    UNIT_NAME,
    POSITION,
    VINTAGE,
    FORM,
    FORM_VERSION,
    KIND,
    SUBJECT,
    NAME,
    SECTOR,
    STATE,
    VALUE,
    UPPER,
    MARK,
    QUALIFIER
};

static const char REPORTS[] =
    "select r.unit, coalesce(u.name, r.unit), r.epoch || '.' || r.seq, r.vintage, r.form,"
    " r.form_version, r.kind, r.subject, r.name, r.sector, r.state, r.value::text,"
    " r.upper::text, r.mark, r.qualifier from report_at($1, $2, $3, $4, $5) r"
    " left join unit_at($4, $5) u on u.code = r.unit and u.valid_from = r.unit_from"
    " where r.form = any($6) order by r.unit collate \"C\", r.unit_from, r.epoch, r.seq";

/* A row and what it is compared by. */
struct row {
    size_t i;
    const char *vintage, *form, *top;
};

static int by_group(const void *x, const void *y)
{
    const struct row *a = x, *b = y;
    int d = strcmp(a->vintage, b->vintage);

    d = d != 0 ? d : strcmp(a->form, b->form);
    return d != 0 ? d : strcmp(a->top, b->top);
}

static int by_group_and_row(const void *x, const void *y)
{
    const struct row *a = x, *b = y;
    int d = by_group(a, b);

    return d != 0 ? d : (a->i > b->i) - (a->i < b->i);
}

/* Of an entity its upper sector; statements are all of one kind. */
static const char *top_of(const struct catalogue *c, const struct pg_rows *r, size_t i)
{
    const char *sector = pg_get_text(r, i, SECTOR);
    const struct breakdown *b = catalogue_breakdown(c, "sector", sector);

    if (strcmp(pg_get_text(r, i, KIND), "unit") == 0)
        return "";
    return b != NULL && b->parent[0] != 0 ? b->parent : sector;
}

static struct row *group_rows(const struct catalogue *c, const struct pg_rows *r)
{
    struct row *rows = mem_array(r->n + 1, sizeof *rows);

    for (size_t i = 0; i < r->n; i++)
        rows[i] = (struct row){i, pg_get_text(r, i, VINTAGE), pg_get_text(r, i, FORM),
                               top_of(c, r, i)};
    qsort(rows, r->n, sizeof *rows, by_group_and_row);
    return rows;
}

static void read_report(const struct pg_rows *r, size_t i, const struct rollup_at *at,
                        const struct catalogue *c, struct arena *a, struct report *out)
{
    uint32_t version = (uint32_t)pg_get_int(r, i, FORM_VERSION);
    struct parsed_report p = {.n_rare = 0};

    *out = (struct report){
        .version = REPORT_VERSION,
        .form = pg_get_text(r, i, FORM),
        .form_version = version,
        .subject = {.kind = subject_of(pg_get_text(r, i, KIND)),
                    .name = pg_get_text(r, i, NAME),
                    .sector = pg_get_text(r, i, SECTOR),
                    .state = entity_state_of(pg_get_text(r, i, STATE))},
        .scheme = at->scheme,
        .period = at->period,
        .vintage = vintage_of(pg_get_text(r, i, VINTAGE))
    };
    parsed_stored(&p, pg_get_text(r, i, VALUE), pg_get_text(r, i, UPPER),
                  pg_get_text(r, i, MARK), pg_get_text(r, i, QUALIFIER), a);
    parsed_unfold(&p, catalogue_form(c, out->form, version), a, &out->obs, &out->n_obs);
}

static void keep(struct peers *out, const struct pg_rows *r, size_t i,
                 struct findings *fs)
{
    struct arena *a = &out->arena;

    out->list[out->n++] =
        (struct peer){.unit = arena_str(a, pg_get_text(r, i, UNIT)),
                      .unit_name = arena_str(a, pg_get_text(r, i, UNIT_NAME)),
                      .position = arena_str(a, pg_get_text(r, i, POSITION)),
                      .vintage = arena_str(a, pg_get_text(r, i, VINTAGE)),
                      .form = arena_str(a, pg_get_text(r, i, FORM)),
                      .subject = arena_str(a, pg_get_text(r, i, SUBJECT)),
                      .name = arena_str(a, pg_get_text(r, i, NAME)),
                      .findings = *fs};
    *fs = (struct findings){0};
}

static void select_severity(struct findings *fs, enum severity only)
{
    size_t n = 0;

    for (size_t i = 0; i < fs->n; i++)
        if (only == 0 || fs->list[i].severity == only)
            fs->list[n++] = fs->list[i];
    fs->n = n;
}

/* Compares the n rows of one group. */
static void compare(const struct pg_rows *r, const struct row *rows, size_t n,
                    const struct rollup_at *at, const struct catalogue *c,
                    const char *unit, enum severity only, struct peers *out)
{
    struct report *reports = mem_array(n, sizeof *reports);
    const struct report **list = mem_array(n, sizeof *list);
    struct findings *fs = mem_array(n, sizeof *fs);
    struct arena a = {0};

    for (size_t i = 0; i < n; i++) {
        read_report(r, rows[i].i, at, c, &a, &reports[i]);
        list[i] = &reports[i];
    }
    rules_check_peers(c, list, n, fs);
    for (size_t i = 0; i < n; i++) {
        select_severity(&fs[i], only);
        if (fs[i].n > 0 &&
            (unit == NULL || strcmp(unit, pg_get_text(r, rows[i].i, UNIT)) == 0))
            keep(out, r, rows[i].i, &fs[i]);
        findings_clear(&fs[i]);
    }
    arena_clear(&a);
    free(fs);
    free(list);
    free(reports);
}

static int by_unit(const void *x, const void *y)
{
    const struct peer *a = x, *b = y;
    int d = strcmp(a->unit, b->unit);

    return d != 0 ? d : strcmp(a->position, b->position);
}

bool peers_find(struct pg *pg, const struct rollup_at *at, const struct catalogue *c,
                const char *unit, enum severity only, struct peers *out, struct err *e)
{
    const char **forms = mem_array(c->n_forms + 1, sizeof *forms);
    struct pg_rows r = {0};
    struct row *rows;
    size_t n = 0;
    bool ok = true;

    *out = (struct peers){.n = 0};
    for (size_t i = 0; i < c->n_forms; i++)
        if (rules_compare(c, c->forms[i].code))
            forms[n++] = c->forms[i].code;
    if (n > 0) {
        const struct pg_arg args[] = {pg_text(at->scheme),  pg_text(at->period),
                                      pg_text(at->vintage), pg_int(at->epoch),
                                      pg_int(at->seq),      pg_texts(forms, n)};

        ok = pg_query(pg, REPORTS, args, COUNT(args), &r, e);
    }
    out->list = mem_array(r.n + 1, sizeof *out->list);
    rows = group_rows(c, &r);
    for (size_t from = 0, to; from < r.n; from = to) {
        for (to = from + 1; to < r.n && by_group(&rows[from], &rows[to]) == 0;)
            to++;
        compare(&r, rows + from, to - from, at, c, unit, only, out);
    }
    if (out->n > 1)
        qsort(out->list, out->n, sizeof *out->list, by_unit);
    pg_rows_clear(&r);
    free(rows);
    free(forms);
    if (!ok)
        peers_clear(out);
    return ok || err_in(e, "comparing reports");
}

void peers_clear(struct peers *p)
{
    for (size_t i = 0; i < p->n; i++)
        findings_clear(&p->list[i].findings);
    free(p->list);
    arena_clear(&p->arena);
    *p = (struct peers){0};
}
