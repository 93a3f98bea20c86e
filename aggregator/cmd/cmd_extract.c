#include "aggregator/book/docx.h"
#include "aggregator/book/letterhead.h"
#include "aggregator/book/sheets.h"
#include "aggregator/book/unit_texts.h"
#include "proto/base/file.h"

#include <getopt.h>
#include <inttypes.h>

/* Which file. */
struct asked {
    const char *format, *dir;
    const char *kept_as;   /* its format in the store: "docx:HASH" of another template */
    const char *template;  /* path; NULL: the sample */
    struct bytes document; /* of the template */
};

struct made {
    const char *name;
    struct span body;
    struct hash hash;
};

/* The file made of this publication before, if any: it is given again, not made anew. */
static bool stored(struct pg *pg, const struct publication *p, const char *format,
                   struct arena *a, struct made *m, bool *found, struct err *e)
{
    static const char SQL[] =
        "select name, body, hash from extract where period = $1 and scheme = $2"
        " and vintage = $3 and number = $4::int and format = $5";
    const struct pg_arg args[] = {pg_text(p->period), pg_text(p->scheme),
                                  pg_text(p->vintage), pg_int(p->number),
                                  pg_text(format)};
    struct pg_rows rows = {0};
    struct span body;

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "looking for an extract");
    *found = rows.n == 1;
    if (*found) {
        body = pg_get_bytes(&rows, 0, 1);
        m->name = arena_str(a, pg_get_text(&rows, 0, 0));
        m->body.p = (const unsigned char *)arena_strn(a, body.p, body.n);
        m->body.n = body.n;
        *found = pg_get_hash(&rows, 0, 2, &m->hash);
    }
    pg_rows_clear(&rows);
    return true;
}

static bool make_docx(struct pg *pg, const struct publication *p, const struct extract *x,
                      const struct layout *l, const struct asked *q, struct arena *a,
                      struct bytes *out, struct err *e)
{
    struct unit_text *texts;
    size_t n;

    if (!unit_texts_read(pg, p, x->catalogue, a, &texts, &n, e))
        return false;
    return extract_docx(x, l, texts, n, span_of(&q->document), out, e) ||
           err_in(e, "%s", q->template != NULL ? q->template : "mẫu / template");
}

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

static bool make(struct pg *pg, const struct publication *p, const struct asked *q,
                 struct arena *a, struct made *m, struct err *e)
{
    char hex[2 * HASH_LEN + 1];
    struct totals totals = {0};
    struct names names = {0};
    struct catalogue *catalogue = NULL;
    struct letterhead letter;
    struct layout layout = {0};
    struct bytes out = {0};
    struct extract x = {.totals = &totals,
                        .names = &names,
                        .number = p->number,
                        .published_vi = p->published_vi,
                        .hash_hex = hash_hex(&p->hash, hex)};
    bool ok = totals_read(p->totals, &totals, e) &&
              names_read(pg, totals.catalogue, &names, e) &&
              catalogue_of(pg, totals.catalogue, &catalogue, e);

    if (ok) {
        letterhead_make(&catalogue->offices, &totals, p->published_vi, p->paper_number,
                        p->paper_date_vi, a, &letter);
        x.catalogue = catalogue;
        x.letter = &letter;
    }
    if (ok && strcmp(q->format, "csv") == 0) {
        extract_csv(&x, &out);
    } else if (ok) {
        sheets_make(&x, &layout);
        ok = strcmp(q->format, "pdf") == 0 ? extract_pdf(&layout, &out, e)
             : strcmp(q->format, "docx") == 0
                 ? make_docx(pg, p, &x, &layout, q, a, &out, e)
                 : extract_xlsx(&layout, q->dir, &out, e);
    }
    if (ok) {
        m->name = extract_name(a, &totals, p->number, q->format);
        m->body.p = (const unsigned char *)arena_strn(a, out.p, out.n);
        m->body.n = out.n;
        m->hash = hash_of(DOMAIN_FILE, m->body);
    }
    bytes_clear(&out);
    layout_clear(&layout);
    totals_clear(&totals);
    names_clear(&names);
    catalogue_close(&catalogue);
    return ok;
}

static bool store(struct pg *pg, const struct publication *p, const char *format,
                  const struct made *m, struct err *e)
{
    static const char SQL[] =
        "insert into extract (hash, name, format, scheme, period, vintage, number, body,"
        " at) values ($1, $2, $3, $4, $5, $6, $7, $8, now())";
    const struct pg_arg args[] = {
        pg_hash(&m->hash),  pg_text(m->name),    pg_text(format),   pg_text(p->scheme),
        pg_text(p->period), pg_text(p->vintage), pg_int(p->number), pg_bytes(m->body)};

    return pg_query(pg, SQL, args, COUNT(args), NULL, e) ||
           err_in(e, "storing %s", m->name);
}

/* The file and, beside it, its hash as b2sum -l 256 -c reads it. */
static bool write_files(const char *dir, const struct made *m, struct err *e)
{
    char *path = mem_printf("%s/%s", dir, m->name), *sum = mem_printf("%s.b2", path);
    char hex[2 * HASH_LEN + 1], *line;
    bool ok;

    line = mem_printf("%s  %s\n", hash_hex(&m->hash, hex), m->name);
    ok = file_write(path, m->body, 0644, e) && file_write(sum, span_str(line), 0644, e);
    if (ok)
        printf("%s\n%s\n", path, sum);
    free(line);
    free(sum);
    free(path);
    return ok;
}

/* The template's bytes; each template has its own file of a publication in the store. */
static bool read_template(struct app *app, struct asked *q, struct arena *a,
                          struct err *e)
{
    enum { TEMPLATE_MAX = 16 << 20 };
    const char *path = q->template;
    char hex[2 * HASH_LEN + 1];
    struct hash hash;

    q->kept_as = q->format;
    if (strcmp(q->format, "docx") != 0)
        return true;
    if (path == NULL && *app->settings.template != 0)
        q->template = path = app->settings.template;
    if (path == NULL)
        return docx_sample(&q->document, e);
    if (!file_read(path, TEMPLATE_MAX, &q->document, e))
        return false;
    hash = hash_of(DOMAIN_FILE, span_of(&q->document));
    q->kept_as = arena_printf(a, "docx:%.16s", hash_hex(&hash, hex));
    return true;
}

/* Once the paper has its number and date, files that carry them stand beside the first
 * ones. Figures alone stay as they are. */
static bool keep_issued(const struct publication *p, struct asked *q, struct arena *a)
{
    char hex[2 * HASH_LEN + 1];
    struct hash hash;

    if (p->paper_number == NULL || strcmp(q->format, "csv") == 0)
        return true;
    hash =
        hash_of(DOMAIN_FILE,
                span_str(arena_printf(a, "%s\n%s", p->paper_number, p->paper_date_vi)));
    q->kept_as = arena_printf(a, "%s;%.16s", q->kept_as, hash_hex(&hash, hex));
    return true;
}

static bool extract(struct app *app, const char *period, const char *vintage,
                    int64_t number, struct asked *q, struct arena *a, struct err *e)
{
    struct pg *pg = app_pg(app, DB_ADMIN, e);
    struct rollup_at at;
    struct publication p;
    struct made m = {0};
    bool found = false;

    if (pg == NULL || !rollup_at_find(app, pg, period, vintage, NULL, a, &at, e) ||
        !publication_vintage(app, pg, &at, true, a, e) ||
        !publication_read(app, pg, &at, number, a, &p, e) ||
        !read_template(app, q, a, e) || !keep_issued(&p, q, a) ||
        !file_mkdirs(q->dir, e) || !stored(pg, &p, q->kept_as, a, &m, &found, e))
        return false;
    if (!found && (!make(pg, &p, q, a, &m, e) || !store(pg, &p, q->kept_as, &m, e)))
        return false;
    return write_files(q->dir, &m, e);
}

/* The sample template, for an office to change. */
static int write_sample(const struct app *app, const char *path)
{
    struct bytes b = {0};
    struct err e = {0};
    bool ok = docx_sample(&b, &e) && file_write(path, span_of(&b), 0644, &e);

    bytes_clear(&b);
    if (!ok)
        return app_fail(app, &e);
    puts(path);
    return EXIT_DONE;
}

static bool format_known(const char *format)
{
    static const char *const formats[] = {"xlsx", "csv", "pdf", "docx"};

    for (size_t i = 0; format != NULL && i < COUNT(formats); i++)
        if (strcmp(format, formats[i]) == 0)
            return true;
    return false;
}

int cmd_extract(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"format",           required_argument, NULL, 'f'},
        {"vintage",              required_argument, NULL, 'v'},
        {"number",                  required_argument, NULL, 'n'},
        {"template",required_argument, NULL, 't'},
        {"sample",               required_argument, NULL, 's'},
        {0          }
    };
    const char *vintage = NULL, *sample = NULL;
    struct arena arena = {0};
    struct asked q = {0};
    struct err e = {0};
    int64_t number = 0;
    bool ok;
    int c;

    while ((c = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
        switch (c) {
        case 'f':
            q.format = optarg;
            break;
        case 'v':
            vintage = optarg;
            break;
        case 'n':
            number = atoll(optarg);
            break;
        case 't':
            q.template = optarg;
            break;
        case 's':
            sample = optarg;
            break;
        case 'o':
            q.dir = optarg;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (sample != NULL && argc == optind)
        return write_sample(app, sample);
    if (argc - optind != 1)
        return app_usage(app, "cần đúng một kỳ báo cáo", "one period is needed");
    if (q.dir == NULL || !format_known(q.format))
        return app_usage(app, "cần --format xlsx|csv|pdf|docx và -o THƯ_MỤC",
                         "--format xlsx|csv|pdf|docx and -o DIR are needed");
    if (q.template != NULL && strcmp(q.format, "docx") != 0)
        return app_usage(app, "--template đi cùng --format docx",
                         "--template goes with --format docx");
    ok = extract(app, argv[optind], vintage, number, &q, &arena, &e);
    bytes_clear(&q.document);
    arena_clear(&arena);
    return ok ? EXIT_DONE : app_fail(app, &e);
}
