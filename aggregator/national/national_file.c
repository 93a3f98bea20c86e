#include "aggregator/national/national_file.h"
#include "aggregator/book/csv.h"

#include <inttypes.h>

struct line {
    const char *key;
    const char **f; /* by column of the part; the action's is NULL */
};

struct lines {
    struct line *list;
    size_t n, cap;
};

/* What is read at one position. */
struct reading {
    struct pg *pg;
    const struct catalogue *catalogue;
    const struct publication *p; /* the position, and of figures the period */
    int32_t day;                 /* cut-off of the period */
    const char *province, *province_name;
    struct arena *a;
};

static const struct national_layout *layout(const struct reading *r)
{
    return &r->catalogue->national;
}

/* ---- fields ---- */

static const char *written(struct arena *a, const struct national_column *c,
                           const char *value)
{
    char iso[11];
    char *number;

    switch (c->format) {
    case NATIONAL_TEXT:
    case NATIONAL_NUMBER:
    case NATIONAL_DATE:
        break;
    case NATIONAL_DATE_VI:
        return *value != 0 ? arena_str(a, date_vi(date_read(value), iso)) : "";
    case NATIONAL_NUMBER_VI:
        number = arena_str(a, value);
        number[strcspn(number, ".")] = strchr(number, '.') != NULL ? ',' : 0;
        return number;
    case NATIONAL_WORDS:
        for (size_t i = 0; c->words[i] != NULL; i += 2)
            if (strcmp(c->words[i], value) == 0)
                return c->words[i + 1];
        break;
    }
    return arena_str(a, value);
}

/* "tax:6200001234", "certificate:12|UBND huyện A" */
static const char *of_subject(struct arena *a, const char *subject, const char *source)
{
    const char *colon = strchr(subject, ':'), *bar;

    if (strcmp(source, "subject") == 0 || colon == NULL)
        return strcmp(source, "id_kind") == 0 || strcmp(source, "issuer") == 0 ? ""
                                                                               : subject;
    bar = strchr(colon, '|');
    if (strcmp(source, "id_kind") == 0)
        return arena_strn(a, subject, (size_t)(colon - subject));
    if (strcmp(source, "issuer") == 0)
        return bar != NULL ? bar + 1 : "";
    return bar != NULL ? arena_strn(a, colon + 1, (size_t)(bar - colon - 1)) : colon + 1;
}

/* A field that stands in the row of the query under its own name. */
static const char *of_row(const struct pg_rows *rows, size_t row, const char *source)
{
    for (size_t i = 0; i < rows->columns; i++)
        if (strcmp(pg_column(rows, i), source) == 0)
            return pg_get_text(rows, row, i);
    return "";
}

static const char *field(const struct reading *r, const struct national_column *c,
                         const struct pg_rows *rows, size_t row)
{
    static const char *const identity[] = {"subject", "id_kind", "id", "issuer"};

    if (*c->source == '=')
        return c->source + 1;
    if (strcmp(c->source, "province") == 0)
        return r->province;
    if (strcmp(c->source, "province_name") == 0)
        return r->province_name;
    for (size_t i = 0; i < COUNT(identity); i++)
        if (strcmp(c->source, identity[i]) == 0)
            return of_subject(r->a, of_row(rows, row, "subject"), c->source);
    return of_row(rows, row, c->source);
}

/* A line with all fields that the row itself has; figures stay empty. */
static struct line *add(const struct reading *r, enum national_part part,
                        const struct pg_rows *rows, size_t row, struct lines *out)
{
    const struct national_layout *l = layout(r);
    const size_t first = l->first[part], n = l->first[part + 1] - first;
    struct line *line;

    if (out->n == out->cap) {
        out->cap = out->cap != 0 ? 2 * out->cap : 1024;
        out->list = mem_grow(out->list, out->cap, sizeof *out->list);
    }
    line = &out->list[out->n++];
    line->key = arena_str(r->a, of_row(rows, row, "key"));
    line->f = arena_new(r->a, n * sizeof *line->f);
    for (size_t i = 0; i < n; i++) {
        const struct national_column *c = &l->list[first + i];

        line->f[i] = strcmp(c->source, "action") == 0 ? NULL
                     : c->indicator != NULL           ? ""
                                            : written(r->a, c, field(r, c, rows, row));
    }
    return line;
}

/* ---- what there is at a position ---- */

static bool read_entities(const struct reading *r, struct lines *out, struct err *e)
{
    static const char SQL[] =
        "select f.subject as key, f.subject, f.kind, f.name, f.sector,"
        " coalesce(b.name_vi, f.sector) as sector_name, f.unit,"
        " to_char(f.unit_from, 'YYYY-MM-DD') as unit_from,"
        " coalesce(u.name, f.unit) as unit_name, f.commune, f.state,"
        " to_char(f.founded, 'YYYY-MM-DD') as founded,"
        " to_char(f.dissolved, 'YYYY-MM-DD') as dissolved,"
        " case when f.confirmed then 'yes' else 'no' end as confirmed"
        " from entity_fact_at($1, $2, $3) f"
        " left join unit_at($1, $2) u on u.code = f.unit and u.valid_from = f.unit_from"
        " left join cat_breakdown b on b.version = $4::int and b.dim = 'sector'"
        "  and b.code = f.sector"
        " order by f.subject collate \"C\"";
    const struct pg_arg args[] = {pg_int(r->p->epoch), pg_int(r->p->seq), pg_date(r->day),
                                  pg_int(r->p->catalogue)};
    struct pg_rows rows = {0};

    if (!pg_query(r->pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "reading the register");
    for (size_t i = 0; i < rows.n; i++)
        add(r, NATIONAL_ENTITY, &rows, i, out);
    pg_rows_clear(&rows);
    return true;
}

static bool read_events(const struct reading *r, struct lines *out, struct err *e)
{
    static const char SQL[] =
        "select v.subject || e'\\t' || v.day || e'\\t' || v.event as key, v.subject,"
        " v.event, to_char(v.day, 'YYYY-MM-DD') as day, v.act, v.other, v.note, v.name,"
        " v.source as told"
        " from national_event($1, $2, $3) v order by v.subject collate \"C\", v.day, "
        "v.event collate \"C\"";
    const struct pg_arg args[] = {pg_int(r->p->epoch), pg_int(r->p->seq),
                                  pg_date(r->day)};
    struct pg_rows rows = {0};

    if (!pg_query(r->pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "reading what happened");
    for (size_t i = 0; i < rows.n; i++)
        add(r, NATIONAL_EVENT, &rows, i, out);
    pg_rows_clear(&rows);
    return true;
}

/* The words of what a mark or qualifier stands for, as in the CSV of a publication. */
static const char *word_of(const char *letter)
{
    static const char *const words[][2] = {
        {"v", "reported"      },
        {"-", "nil"           },
        {"x", "not_applicable"},
        {".", "not_available" },
        {"k", "refused"       },
        {"a", "about"         },
        {">", "more_than"     },
        {"+", "at_least"      },
        {"<", "less_than"     },
        {"!", "at_most"       },
        {"r", "range"         },
        {"e", "expected"      }
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(words[i][0], letter) == 0)
            return words[i][1];
    return "";
}

/* One figure into the columns that ask for it. */
static void put_figure(const struct reading *r, const struct pg_rows *rows, size_t row,
                       struct line *line)
{
    const struct national_layout *l = layout(r);
    const size_t first = l->first[NATIONAL_FACT];

    for (size_t i = first; i < l->first[NATIONAL_FACT + 1]; i++) {
        const struct national_column *c = &l->list[i];
        const char *what;

        if (c->indicator == NULL ||
            strcmp(c->indicator, of_row(rows, row, "indicator")) != 0 ||
            strcmp(c->b1, of_row(rows, row, "b1")) != 0 ||
            strcmp(c->b2, of_row(rows, row, "b2")) != 0)
            continue;
        what = *c->source == 'v'   ? of_row(rows, row, "value")
               : *c->source == 'm' ? word_of(of_row(rows, row, "mark"))
                                   : word_of(of_row(rows, row, "qualifier"));
        line->f[i - first] = written(r->a, c, what);
    }
}

static bool read_facts(const struct reading *r, struct lines *out, struct err *e)
{
    static const char SQL[] =
        "select o.subject || e'\\t' || $1 || e'\\t' || $2 || e'\\t' || $3 as key,"
        " o.subject, coalesce(f.name, '') as name, coalesce(f.kind, '') as kind,"
        " coalesce(f.unit, '') as unit, $1 as scheme, $2 as period, $3 as vintage,"
        " to_char($7::date, 'YYYY-MM-DD') as cutoff, o.indicator, o.b1, o.b2,"
        " o.value::text as value, o.mark, o.qualifier"
        " from national_fact($1, $2, $3, $4, $5, $6::int, $8) o"
        " left join entity_fact_at($4, $5, $7) f on f.subject = o.subject"
        " order by o.subject collate \"C\"";
    const struct national_layout *l = layout(r);
    const char **only = arena_new(r->a, (l->n + 1) * sizeof *only), *now = "";
    struct pg_rows rows = {0};
    struct line *line = NULL;
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++)
        if (l->list[i].indicator != NULL)
            only[n++] = l->list[i].indicator;
    {
        const struct pg_arg args[] = {pg_text(r->p->scheme),  pg_text(r->p->period),
                                      pg_text(r->p->vintage), pg_int(r->p->epoch),
                                      pg_int(r->p->seq),      pg_int(r->p->catalogue),
                                      pg_date(r->day),        pg_texts(only, n)};

        if (!pg_query(r->pg, SQL, args, COUNT(args), &rows, e))
            return err_in(e, "reading the figures");
    }
    for (size_t i = 0; i < rows.n; i++) {
        if (line == NULL || strcmp(now, of_row(&rows, i, "subject")) != 0)
            line = add(r, NATIONAL_FACT, &rows, i, out);
        now = of_row(&rows, i, "subject");
        put_figure(r, &rows, i, line);
    }
    pg_rows_clear(&rows);
    return true;
}

static bool read_part(const struct reading *r, enum national_part part, struct lines *out,
                      struct err *e)
{
    switch (part) {
    case NATIONAL_ENTITY:
        return read_entities(r, out, e);
    case NATIONAL_FACT:
        return read_facts(r, out, e);
    case NATIONAL_EVENT:
        return read_events(r, out, e);
    case NATIONAL_PARTS:
        break;
    }
    return true;
}

/* ---- the file ---- */

struct writing {
    const struct national_column *columns;
    size_t n;
    struct bytes *out;
    struct arena *a;
};

static void put_heads(const struct writing *w)
{
    for (size_t i = 0; i < w->n; i++) {
        bytes_str(w->out, i > 0 ? "," : "");
        csv_text(w->out, w->columns[i].heading);
    }
    bytes_str(w->out, "\r\n");
}

static void put_line(const struct writing *w, const struct line *line, const char *action)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct national_column *c = &w->columns[i];
        const char *s = line->f[i] != NULL ? line->f[i] : written(w->a, c, action);

        bytes_str(w->out, i > 0 ? "," : "");
        if (c->format == NATIONAL_NUMBER)
            bytes_str(w->out, s); /* a number stays one, also behind a minus */
        else if (c->format == NATIONAL_NUMBER_VI && *s != 0)
            bytes_printf(w->out, "\"%s\"", s);
        else
            csv_text(w->out, s);
    }
    bytes_str(w->out, "\r\n");
}

static bool same_line(const struct line *x, const struct line *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x->f[i] != NULL && strcmp(x->f[i], y->f[i]) != 0)
            return false;
    return true;
}

/* Both are in bytewise order of their keys. */
static void put_lines(const struct writing *w, const struct lines *now,
                      const struct lines *then)
{
    size_t i = 0, k = 0;

    while (i < now->n || k < then->n) {
        const int order = i == now->n    ? 1
                          : k == then->n ? -1
                                         : strcmp(now->list[i].key, then->list[k].key);

        if (order > 0) {
            put_line(w, &then->list[k++], "delete");
            continue;
        }
        if (order < 0 || !same_line(&now->list[i], &then->list[k], w->n))
            put_line(w, &now->list[i], "replace");
        i++;
        k += order == 0;
    }
}

static bool cutoff_of(struct pg *pg, const struct publication *p, int32_t *day,
                      struct err *e)
{
    static const char SQL[] = "select cutoff from period_at($1, $2, $3, $4)";
    const struct pg_arg args[] = {pg_text(p->scheme), pg_text(p->period),
                                  pg_int(p->epoch), pg_int(p->seq)};
    struct pg_rows rows = {0};
    bool ok = pg_query(pg, SQL, args, COUNT(args), &rows, e);

    if (ok && rows.n != 1)
        ok = err_set(e, ERR_SETUP, "period %s is not in the store", p->period);
    if (ok)
        *day = pg_get_date(&rows, 0, 0);
    pg_rows_clear(&rows);
    return ok || err_in(e, "reading the period");
}

static bool province_of(struct reading *r, struct err *e)
{
    struct pg_rows rows = {0};
    bool ok =
        pg_query(r->pg, "select code, name from province limit 1", NULL, 0, &rows, e);

    if (ok && rows.n == 1) {
        r->province = arena_str(r->a, pg_get_text(&rows, 0, 0));
        r->province_name = arena_str(r->a, pg_get_text(&rows, 0, 1));
    } else if (ok) {
        ok = err_set(e, ERR_SETUP, "the store knows no province");
    }
    pg_rows_clear(&rows);
    return ok || err_in(e, "reading the province");
}

static bool same_period(const struct publication *x, const struct publication *y)
{
    return strcmp(x->scheme, y->scheme) == 0 && strcmp(x->period, y->period) == 0 &&
           strcmp(x->vintage, y->vintage) == 0;
}

bool national_make(const struct app *app, struct pg *pg, const struct catalogue *c,
                   const struct publication *p, const struct publication *since,
                   enum national_part part, struct arena *a, struct bytes *out,
                   struct err *e)
{
    const struct national_layout *l = &c->national;
    const struct writing w = {.columns = l->list + l->first[part],
                              .n = l->first[part + 1] - l->first[part],
                              .out = out,
                              .a = a};
    struct reading now = {.pg = pg, .catalogue = c, .p = p, .a = a}, then;
    struct lines fresh = {0}, stale = {0};
    bool ok;

    if (l->n == 0)
        return app_set(
            app, e, ERR_SETUP,
            "danh mục phiên bản %" PRId64 " của bản phát hành này không có "
            "national_db.tsv: phát hành bản sau theo danh mục có tệp đó",
            "catalogue %" PRId64 " of this publication has no "
            "national_db.tsv: publish the next one under a catalogue that has it",
            p->catalogue);
    ok = province_of(&now, e) && cutoff_of(pg, p, &now.day, e) &&
         read_part(&now, part, &fresh, e);
    if (ok && since != NULL && (part != NATIONAL_FACT || same_period(p, since))) {
        then = now;
        then.p = since;
        ok = cutoff_of(pg, since, &then.day, e) && read_part(&then, part, &stale, e);
    }
    if (ok) {
        put_heads(&w);
        put_lines(&w, &fresh, &stale);
    }
    free(fresh.list);
    free(stale.list);
    return ok || err_in(e, "national-db: %s", national_parts[part]);
}

char *national_name(struct arena *a, const struct national_layout *l,
                    const char *province, const struct publication *p,
                    const struct publication *since, enum national_part part)
{
    const bool usual = strcmp(p->scheme, "nd09") == 0;
    const bool actual = strcmp(p->vintage, "actual") == 0;
    const char *behind = "";

    if (since != NULL && same_period(p, since))
        behind = arena_printf(a, "-since-v%" PRId64, since->number);
    else if (since != NULL)
        behind = arena_printf(a, "-since-%s%s%s-v%" PRId64,
                              strcmp(since->scheme, p->scheme) == 0 ? "" : since->scheme,
                              strcmp(since->scheme, p->scheme) == 0 ? "" : "-",
                              since->period, since->number);
    return arena_printf(a, "HTX_NATIONAL-DB_%s_%s%s%s%s%s_%s_v%" PRId64 "%s_%s.csv",
                        national_sure(l) ? "1.0" : "unverified", usual ? "" : p->scheme,
                        usual ? "" : "-", p->period, actual ? "" : "-",
                        actual ? "" : p->vintage, province, p->number, behind,
                        national_parts[part]);
}
