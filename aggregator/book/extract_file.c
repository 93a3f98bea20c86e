#include "aggregator/book/extract_file.h"
#include "aggregator/book/docx.h"
#include "aggregator/book/letterhead.h"
#include "aggregator/book/sheets.h"
#include "aggregator/book/unit_texts.h"
#include "aggregator/national/national_file.h"
#include "aggregator/sdmx/sdmx.h"

#include <inttypes.h>

/* A publication read: its totals, and the catalogue it was made under. */
struct edition {
    char hash[2 * HASH_LEN + 1];
    struct totals totals;
    struct catalogue *catalogue;
    struct sdmx_source source;
};

struct work_parts {
    struct edition now, before; /* before: only of a difference */
    struct names names;
    struct letterhead letter;
    struct extract x;
};

/* ---- reading ---- */

/* The catalogue the publication was made under, as it was. */
static bool catalogue_of(struct pg *pg, int64_t version, struct catalogue **c,
                         struct err *e)
{
    const struct pg_arg arg = pg_int(version);
    struct pg_rows rows = {0};
    bool ok;

    if (!pg_query(pg, "select bundle from catalogue_bundle where version = $1::int", &arg,
                  1, &rows, e))
        return err_in(e, "catalogue %" PRId64, version);
    ok = rows.n == 1 ? catalogue_load(c, pg_get_bytes(&rows, 0, 0), e)
                     : err_set(e, ERR_SETUP, "catalogue %" PRId64 " is not in the store",
                               version);
    pg_rows_clear(&rows);
    return ok;
}

static bool edition_read(struct pg *pg, const struct publication *p, struct edition *ed,
                         struct err *e)
{
    if (!totals_read(p->totals, &ed->totals, e) ||
        !catalogue_of(pg, ed->totals.catalogue, &ed->catalogue, e))
        return false;
    ed->source = (struct sdmx_source){.totals = &ed->totals,
                                      .catalogue = ed->catalogue,
                                      .number = p->number,
                                      .prepared = p->published,
                                      .hash_hex = hash_hex(&p->hash, ed->hash)};
    return true;
}

static bool parts_read(struct work *w, struct err *e)
{
    const struct publication *p = w->p;
    struct work_parts *k = w->parts;

    if (k != NULL)
        return true;
    k = w->parts = mem_new(sizeof *k);
    if (!edition_read(w->pg, p, &k->now, e) ||
        (w->since != NULL && !edition_read(w->pg, w->since, &k->before, e)) ||
        !names_read(w->pg, k->now.totals.catalogue, &k->names, e)) {
        work_clear(w);
        return false;
    }
    letterhead_make(&k->now.catalogue->offices, &k->now.totals, p->published_vi,
                    p->paper_number, p->paper_date_vi, w->arena, &k->letter);
    k->x = (struct extract){.totals = &k->now.totals,
                            .names = &k->names,
                            .number = p->number,
                            .published_vi = p->published_vi,
                            .hash_hex = k->now.hash,
                            .catalogue = k->now.catalogue,
                            .letter = &k->letter};
    return true;
}

static void edition_clear(struct edition *ed)
{
    totals_clear(&ed->totals);
    catalogue_close(&ed->catalogue);
}

void work_clear(struct work *w)
{
    if (w->parts == NULL)
        return;
    edition_clear(&w->parts->now);
    edition_clear(&w->parts->before);
    names_clear(&w->parts->names);
    free(w->parts);
    w->parts = NULL;
}

/* ---- the formats ---- */

static bool make_xlsx(struct work *w, struct bytes *out, struct err *e)
{
    struct layout layout = {0};
    bool ok;

    sheets_make(&w->parts->x, &layout);
    ok = extract_xlsx(&layout, w->dir, out, e);
    layout_clear(&layout);
    return ok;
}

static bool make_pdf(struct work *w, struct bytes *out, struct err *e)
{
    struct layout layout = {0};
    bool ok;

    sheets_make(&w->parts->x, &layout);
    ok = extract_pdf(&layout, out, e);
    layout_clear(&layout);
    return ok;
}

static bool make_docx(struct work *w, struct bytes *out, struct err *e)
{
    const struct extract *x = &w->parts->x;
    struct layout layout = {0};
    struct bytes sample = {0};
    struct unit_text *texts;
    size_t n;
    bool ok;

    sheets_make(x, &layout);
    ok = (w->template != NULL || docx_sample(&sample, e)) &&
         unit_texts_read(w->pg, w->p, x->catalogue, w->arena, &texts, &n, e) &&
         (extract_docx(x, &layout, texts, n,
                       w->template != NULL ? w->document : span_of(&sample), out, e) ||
          err_in(e, "%s", w->template != NULL ? w->template : "mẫu / template"));
    bytes_clear(&sample);
    layout_clear(&layout);
    return ok;
}

static bool with_sdmx(struct work *w,
                      void (*put)(const struct sdmx *s, struct bytes *out),
                      struct bytes *out, struct err *e)
{
    const struct work_parts *k = w->parts;
    struct sdmx s;

    if (!sdmx_make(&s, &k->now.source, w->since != NULL ? &k->before.source : NULL, e))
        return false;
    put(&s, out);
    sdmx_clear(&s);
    return true;
}

static bool make_structure(struct work *w, struct bytes *out, struct err *e)
{
    return with_sdmx(w, sdmx_structure, out, e);
}

static bool make_schema(struct work *w, struct bytes *out, struct err *e)
{
    return with_sdmx(w, sdmx_schema, out, e);
}

static bool make_ml(struct work *w, struct bytes *out, struct err *e)
{
    return with_sdmx(w, sdmx_ml, out, e);
}

static bool make_sdmx_csv(struct work *w, struct bytes *out, struct err *e)
{
    return with_sdmx(w, sdmx_csv, out, e);
}

static bool make_csv(struct work *w, struct bytes *out, struct err *e)
{
    const struct work_parts *k = w->parts;
    struct sdmx s;

    if (!sdmx_make(&s, &k->now.source, NULL, e))
        return false;
    extract_csv(&k->x, &s, out);
    sdmx_clear(&s);
    return true;
}

static char *name_of_paper(const struct work *w, const struct format *f)
{
    const struct totals *t = &w->parts->now.totals;

    if (w->p->number == 0) /* the nation's: another vector of positions, another file */
        return sdmx_file_name(w->arena, &w->parts->now.source, NULL,
                              arena_printf(w->arena, "_values.%s", f->name));
    return extract_name(w->arena, t, w->p->number, f->name);
}

static char *name_of_sdmx(const struct work *w, const struct format *f)
{
    static const char *const ends[][2] = {
        {"sdmx-structure", "_structure.xml"},
        {"sdmx-xsd",       "_dsd.xsd"      },
        {"sdmx-ml",        ".xml"          },
        {"sdmx-csv",       ".csv"          },
        {"zip",            ".zip"          },
    };
    const struct work_parts *k = w->parts;
    const char *end = "";

    for (size_t i = 0; i < COUNT(ends); i++)
        if (strcmp(ends[i][0], f->name) == 0)
            end = ends[i][1];
    return sdmx_file_name(w->arena, &k->now.source,
                          w->since != NULL ? &k->before.source : NULL, end);
}

/* "national-db" is the entities, which the figures and what happened go beside. */
static enum national_part part_of(const struct format *f)
{
    return strcmp(f->name, "national-db-fact") == 0    ? NATIONAL_FACT
           : strcmp(f->name, "national-db-event") == 0 ? NATIONAL_EVENT
                                                       : NATIONAL_ENTITY;
}

static bool make_national(struct work *w, const struct format *f, struct bytes *out,
                          struct err *e)
{
    return national_make(w->app, w->pg, w->parts->now.catalogue, w->p, w->since,
                         part_of(f), w->arena, out, e);
}

static bool make_entities(struct work *w, struct bytes *out, struct err *e)
{
    return make_national(w, format_named("national-db"), out, e);
}

static bool make_facts(struct work *w, struct bytes *out, struct err *e)
{
    return make_national(w, format_named("national-db-fact"), out, e);
}

static bool make_events(struct work *w, struct bytes *out, struct err *e)
{
    return make_national(w, format_named("national-db-event"), out, e);
}

static char *name_of_national(const struct work *w, const struct format *f)
{
    return national_name(w->arena, &w->parts->now.catalogue->national,
                         w->parts->now.totals.province_code, w->p, w->since, part_of(f));
}

static const struct format FORMATS[] = {
    {"xlsx",              true,  false, NULL,                name_of_paper,    make_xlsx     },
    {"csv",               false, false, NULL,                name_of_paper,    make_csv      },
    {"pdf",               true,  false, NULL,                name_of_paper,    make_pdf      },
    {"docx",              true,  false, NULL,                name_of_paper,    make_docx     },
    {"sdmx-structure",    false, true,  "sdmx-xsd",          name_of_sdmx,     make_structure},
    {"sdmx-ml",           false, true,  "sdmx-xsd",          name_of_sdmx,     make_ml       },
    {"sdmx-csv",          false, true,  NULL,                name_of_sdmx,     make_sdmx_csv },
    {"sdmx-xsd",          false, true,  NULL,                name_of_sdmx,     make_schema   },
    {"zip",               true,  false, NULL,                name_of_sdmx,     extract_zip   },
    {"national-db",       false, true,  "national-db-fact",  name_of_national, make_entities },
    {"national-db-fact",  false, true,  "national-db-event", name_of_national, make_facts    },
    {"national-db-event", false, true,  NULL,                name_of_national, make_events   },
};

const struct format *format_named(const char *name)
{
    for (size_t i = 0; name != NULL && i < COUNT(FORMATS); i++)
        if (strcmp(name, FORMATS[i].name) == 0)
            return &FORMATS[i];
    return NULL;
}

const char *format_names(struct arena *a)
{
    const char *all = FORMATS[0].name;

    for (size_t i = 1; i < COUNT(FORMATS); i++)
        if (strncmp(FORMATS[i].name, "national-db-", 12) != 0) /* its parts go with it */
            all = arena_printf(a, "%s|%s", all, FORMATS[i].name);
    return all;
}

/* ---- the store ---- */

/*
 * What the file is kept under: each template, each difference has a file of its own; and
 * once the paper has its number and date, files that carry them stand beside the first
 * ones.
 */
static const char *kept_as(const struct work *w, const struct format *f)
{
    const struct publication *p = w->p;
    const char *key = f->name;
    char hex[2 * HASH_LEN + 1];
    struct hash hash;

    if (w->template_key != NULL && strcmp(f->name, "docx") == 0)
        key = arena_printf(w->arena, "%s:%s", key, w->template_key);
    if (w->since != NULL && strcmp(w->since->period, p->period) == 0 &&
        strcmp(w->since->scheme, p->scheme) == 0)
        key = arena_printf(w->arena, "%s;since=%" PRId64, key, w->since->number);
    else if (w->since != NULL)
        key = arena_printf(w->arena, "%s;since=%s:%s/%" PRId64, key, w->since->scheme,
                           w->since->period, w->since->number);
    if (p->paper_number == NULL || !f->paper)
        return key;
    hash = hash_of(DOMAIN_FILE, span_str(arena_printf(w->arena, "%s\n%s", p->paper_number,
                                                      p->paper_date_vi)));
    return arena_printf(w->arena, "%s;%.16s", key, hash_hex(&hash, hex));
}

/* The file made of this publication before, if any: it is given again, not made anew. */
static bool stored(struct work *w, const char *key, struct made *m, bool *found,
                   struct err *e)
{
    static const char SQL[] =
        "select name, body, hash from extract where period = $1 and scheme = $2"
        " and vintage = $3 and number = $4::int and format = $5";
    const struct publication *p = w->p;
    const struct pg_arg args[] = {pg_text(p->period), pg_text(p->scheme),
                                  pg_text(p->vintage), pg_int(p->number), pg_text(key)};
    struct pg_rows rows = {0};
    struct span body;

    if (!pg_query(w->pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "looking for an extract");
    *found = rows.n == 1;
    if (*found) {
        body = pg_get_bytes(&rows, 0, 1);
        m->name = arena_str(w->arena, pg_get_text(&rows, 0, 0));
        m->body.p = (const unsigned char *)arena_strn(w->arena, body.p, body.n);
        m->body.n = body.n;
        *found = pg_get_hash(&rows, 0, 2, &m->hash);
    }
    pg_rows_clear(&rows);
    return true;
}

static bool store(struct work *w, const char *key, const struct made *m, struct err *e)
{
    static const char SQL[] =
        "insert into extract (hash, name, format, scheme, period, vintage, number, body,"
        " at) values ($1, $2, $3, $4, $5, $6, $7, $8, now())";
    const struct publication *p = w->p;
    const struct pg_arg args[] = {
        pg_hash(&m->hash),  pg_text(m->name),    pg_text(key),      pg_text(p->scheme),
        pg_text(p->period), pg_text(p->vintage), pg_int(p->number), pg_bytes(m->body)};

    return pg_query(w->pg, SQL, args, COUNT(args), NULL, e) ||
           err_in(e, "storing %s", m->name);
}

bool extract_file(struct work *w, const struct format *f, struct made *m, struct err *e)
{
    const char *key = kept_as(w, f);
    struct bytes out = {0};
    bool found = false, ok;

    if (!w->unkept && !stored(w, key, m, &found, e))
        return false;
    if (found)
        return true;
    ok = parts_read(w, e) && f->make(w, &out, e);
    if (ok) {
        m->name = f->file_name(w, f);
        m->body.p = (const unsigned char *)arena_strn(w->arena, out.p, out.n);
        m->body.n = out.n;
        m->hash = hash_of(DOMAIN_FILE, m->body);
        ok = w->unkept || store(w, key, m, e);
    }
    bytes_clear(&out);
    return ok;
}
