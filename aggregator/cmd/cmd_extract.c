#include "aggregator/acts/signers.h"
#include "aggregator/book/docx.h"
#include "aggregator/book/extract_file.h"
#include "aggregator/rollup/nation.h"
#include "proto/base/file.h"
#include "proto/file_sign.h"

#include <getopt.h>
#include <inttypes.h>
#include <unistd.h>

/* What was asked for. */
struct asked {
    const char *period, *vintage, *template, *dir, *sign;
    int64_t number, since;    /* 0: the newest; none */
    const char *since_period; /* of `since`; NULL: the same */
    const char *as_of;        /* at a ministry: the vector; NULL: all there is */
    const char *format_asked;
    const struct format *format;
};

/* Who vouches for the files: the province's receipt key where it can be read, or an
 * officer. */
struct vouching {
    struct keypair key;
    bool has_key;
    const char *officer; /* NULL: the province */
    const char *province;
    struct hash genesis;
};

/* ---- the signature ---- */

/* *any false: a ministry needs none, and then vouches for nothing. */
static bool read_genesis(struct pg *pg, struct arena *a, struct vouching *v, bool *any,
                         struct err *e)
{
    struct pg_rows rows = {0};
    bool ok = pg_query(pg, "select code, genesis from province", NULL, 0, &rows, e);

    *any = ok && rows.n == 1;
    if (*any) {
        v->province = arena_str(a, pg_get_text(&rows, 0, 0));
        ok = pg_get_hash(&rows, 0, 1, &v->genesis) ||
             err_set(e, ERR_SETUP, "province: bad genesis");
    }
    pg_rows_clear(&rows);
    return ok;
}

/* Is it one that signs for this province now? (Beside a copy of another's log lies ours.)
 */
static bool key_of_receipts(struct pg *pg, const struct pubkey *key, bool *is,
                            struct err *e)
{
    char hex[2 * KEY_LEN + 1];
    const struct pg_arg arg = pg_text(hex_of(key->b, KEY_LEN, hex));
    struct pg_rows rows = {0};

    if (!pg_query(pg,
                  "select from key_now where public = $1 and use = 'receipt'"
                  " and not revoked",
                  &arg, 1, &rows, e))
        return err_in(e, "looking for the province's key");
    *is = rows.n > 0;
    pg_rows_clear(&rows);
    return true;
}

static bool find_key(struct app *app, struct pg *pg, const char *path, struct arena *a,
                     struct vouching *v, struct err *e)
{
    struct signing_person who;
    enum refusal why = REFUSAL_NONE;
    char *own;
    bool ok = true, any;

    if (!read_genesis(pg, a, v, &any, e))
        return false;
    if (!any && path != NULL)
        return app_set(app, e, ERR_SETUP,
                       "--sign: nơi này chưa có tệp khởi tạo nên không có người ký: chạy "
                       "htx-aggregator genesis, person load",
                       "--sign: there is no genesis here and so nobody who signs: run "
                       "htx-aggregator genesis, person load");
    if (!any) {
        fprintf(stderr, "%s\n",
                app_say(app, "không ký tệp: nơi này không có tệp khởi tạo",
                        "the files are not signed: there is no genesis here"));
        return true;
    }
    if (path != NULL) {
        v->has_key = true;
        if (!keypair_read(path, &v->key, e) ||
            !signer_of_key(app, pg, &v->key.pub, NULL, a, &who, &why, e))
            return false;
        v->officer = who.code;
        return true;
    }
    own = settings_path(&app->settings, "keys/receipt.sign");
    v->has_key = access(own, R_OK) == 0;
    if (v->has_key)
        ok = keypair_read(own, &v->key, e) &&
             key_of_receipts(pg, &v->key.pub, &v->has_key, e);
    if (ok && !v->has_key)
        fprintf(stderr, "%s\n",
                app_say(app,
                        "không ký tệp: không đọc được khóa xác thực của tỉnh; chạy "
                        "dưới người dùng htx, hoặc thêm --sign TỆP_KHÓA",
                        "the files are not signed: the province's key cannot be read; "
                        "run as user htx, or add --sign KEYFILE"));
    free(own);
    return ok;
}

/* ---- files ---- */

static bool write_beside(const char *path, const char *end, struct span text,
                         struct err *e)
{
    char *beside = mem_printf("%s%s", path, end);
    bool ok = file_write(beside, text, 0644, e);

    if (ok)
        puts(beside);
    free(beside);
    return ok;
}

static bool write_signature(const char *path, const struct made *m,
                            const struct publication *p, const struct vouching *v,
                            struct err *e)
{
    struct signed_file f = {.name = m->name,
                            .province = v->province,
                            .genesis = v->genesis,
                            .scheme = p->scheme,
                            .period = p->period,
                            .vintage = p->vintage,
                            .number = p->number,
                            .totals = p->hash,
                            .officer = v->officer};
    struct bytes text = {0};
    bool ok;

    if (!v->has_key)
        return true;
    file_sign(&f, m->body, &v->key, &text);
    ok = write_beside(path, ".sig", span_of(&text), e);
    bytes_clear(&text);
    return ok;
}

/* The file and, beside it, its hashes as b2sum -l 256 -c and sha256sum -c read them. */
static bool write_files(const char *dir, const struct made *m,
                        const struct publication *p, const struct vouching *v,
                        struct err *e)
{
    const struct hash sha = hash_sha256(m->body);
    char *path = mem_printf("%s/%s", dir, m->name), *b2, *sha256;
    char hex[2 * HASH_LEN + 1];
    bool ok;

    b2 = mem_printf("%s  %s\n", hash_hex(&m->hash, hex), m->name);
    sha256 = mem_printf("%s  %s\n", hash_hex(&sha, hex), m->name);
    ok = write_beside(path, "", m->body, e) &&
         write_beside(path, ".b2", span_str(b2), e) &&
         write_beside(path, ".sha256", span_str(sha256), e) &&
         write_signature(path, m, p, v, e);
    free(sha256);
    free(b2);
    free(path);
    return ok;
}

/* Each template has its own file of a publication in the store. */
static bool read_template(struct app *app, const struct asked *q, struct bytes *document,
                          struct work *w, struct err *e)
{
    enum { TEMPLATE_MAX = 16 << 20 };
    char hex[2 * HASH_LEN + 1];
    struct hash hash;

    w->template = q->template;
    if (strcmp(q->format->name, "docx") != 0)
        return true;
    if (w->template == NULL && *app->settings.template != 0)
        w->template = app->settings.template;
    if (w->template == NULL)
        return true;
    if (!file_read(w->template, TEMPLATE_MAX, document, e))
        return false;
    w->document = span_of(document);
    hash = hash_of(DOMAIN_FILE, w->document);
    w->template_key = arena_printf(w->arena, "%.16s", hash_hex(&hash, hex));
    return true;
}

static bool older_one(const struct app *app, struct pg *pg, const struct rollup_at *at,
                      const struct asked *q, const struct publication *p, struct arena *a,
                      struct publication *before, struct err *e)
{
    struct rollup_at then;

    if (q->since_period != NULL)
        return rollup_at_find(app, pg, q->since_period, at->vintage, NULL, a, &then, e) &&
               publication_read(app, pg, &then, q->since, a, before, e) &&
               (before->epoch < p->epoch ||
                (before->epoch == p->epoch && before->seq <= p->seq) ||
                app_set(app, e, ERR_INPUT,
                        "--since %s/%" PRId64 ": phải là bản phát hành trước bản này",
                        "--since %s/%" PRId64 ": must be an earlier publication",
                        q->since_period, q->since));
    if (q->since >= p->number)
        return app_set(
            app, e, ERR_INPUT,
            "--since %" PRId64 ": phải là bản phát hành trước bản lần %" PRId64,
            "--since %" PRId64 ": must be a publication before number %" PRId64, q->since,
            p->number);
    return publication_read(app, pg, at, q->since, a, before, e);
}

/* At a ministry: the figures of now, or of a vector, that no publication stands for. */
static bool extract_nation(struct app *app, struct pg *pg, const struct asked *q,
                           struct arena *a, struct err *e)
{
    static const char *const formats[] = {"csv", "sdmx-structure", "sdmx-ml", "sdmx-csv",
                                          "sdmx-xsd"};
    struct publication p;
    struct vouching v = {0};
    struct work w = {
        .app = app, .pg = pg, .p = &p, .dir = q->dir, .arena = a, .unkept = true};
    struct nation_at at;
    bool ok = false;

    for (size_t i = 0; i < COUNT(formats); i++)
        ok = ok || strcmp(q->format->name, formats[i]) == 0;
    if (!ok || q->number != 0 || q->since != 0)
        return app_set(
            app, e, ERR_INPUT,
            "số liệu cả nước chỉ xuất csv, sdmx-*, không có --number, --since; "
            "bản phát hành của một tỉnh: htx-aggregator -p TỈNH extract ...",
            "the nation's figures go out as csv and sdmx-*, without --number and "
            "--since; a province's publication: htx-aggregator -p CODE extract ...");
    if (!nation_at_find(app, pg, q->period, q->vintage, q->as_of, a, &at, e) ||
        !nation_vintage(app, pg, &at, a, e) || !find_key(app, pg, q->sign, a, &v, e) ||
        !nation_say(app, pg, &at, e) || !nation_publication(app, pg, &at, a, &p, e) ||
        !file_mkdirs(q->dir, e))
        return false;
    for (const struct format *f = q->format; ok && f != NULL;
         f = f->with != NULL ? format_named(f->with) : NULL) {
        struct made m;

        ok = extract_file(&w, f, &m, e) && write_files(q->dir, &m, &p, &v, e);
    }
    work_clear(&w);
    return ok;
}

static bool extract(struct app *app, const struct asked *q, struct arena *a,
                    struct err *e)
{
    struct pg *pg = app_pg(app, DB_ADMIN, e);
    struct publication p, before;
    struct vouching v = {0};
    struct work w = {.app = app,
                     .pg = pg,
                     .p = &p,
                     .dir = q->dir,
                     .arena = a,
                     .unkept = app->schema != NULL};
    struct bytes document = {0};
    struct rollup_at at;
    bool nation = false, ok;

    if (pg == NULL || !nation_here(app, pg, &nation, e))
        return false;
    if (nation)
        return ((pg = app_pg(app, DB_READ, e)) != NULL) &&
               extract_nation(app, pg, q, a, e);
    if (q->as_of != NULL)
        return app_set(app, e, ERR_INPUT, "--as-of: chỉ dùng ở Bộ, nơi theo dõi các tỉnh",
                       "--as-of: only where provinces are followed");
    if (!rollup_at_find(app, pg, q->period, q->vintage, NULL, a, &at, e) ||
        !publication_vintage(app, pg, &at, true, a, e) ||
        !publication_read(app, pg, &at, q->number, a, &p, e) ||
        (app->schema == NULL && !find_key(app, pg, q->sign, a, &v, e)))
        return false;
    if (q->since != 0) {
        w.since = &before;
        if (!older_one(app, pg, &at, q, &p, a, &before, e))
            return false;
    }
    ok = read_template(app, q, &document, &w, e) && file_mkdirs(q->dir, e);
    for (const struct format *f = q->format; ok && f != NULL;
         f = f->with != NULL ? format_named(f->with) : NULL) {
        struct made m;

        ok = extract_file(&w, f, &m, e) && write_files(q->dir, &m, &p, &v, e);
    }
    work_clear(&w);
    bytes_clear(&document);
    return ok;
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

static bool number_of(const char *s, int64_t *out)
{
    char *end;

    *out = strtoll(s, &end, 10);
    return end != s && *end == 0 && *out >= 1 && *out <= INT32_MAX;
}

/* Which of them may go with which format. */
static int check(const struct app *app, const struct asked *q)
{
    struct arena a = {0};
    const char *names = format_names(&a);
    int code = EXIT_DONE;

    if (q->format == NULL && q->format_asked != NULL)
        code = app_usage(
            app, arena_printf(&a, "--format %s: chỉ có %s", q->format_asked, names),
            arena_printf(&a, "--format %s: there are %s", q->format_asked, names));
    else if (q->dir == NULL || q->format == NULL)
        code = app_usage(app, arena_printf(&a, "cần --format %s và -o THƯ_MỤC", names),
                         arena_printf(&a, "--format %s and -o DIR are needed", names));
    else if (q->template != NULL && strcmp(q->format->name, "docx") != 0)
        code = app_usage(app, "--template đi cùng --format docx",
                         "--template goes with --format docx");
    else if (q->since != 0 && !q->format->since)
        code = app_usage(app, "--since chỉ đi cùng các định dạng sdmx-*, national-db",
                         "--since goes with the formats sdmx-*, national-db alone");
    else if (q->since_period != NULL && strncmp(q->format->name, "national-db", 11) != 0)
        code = app_usage(app, "--since KỲ/SỐ đi cùng --format national-db",
                         "--since PERIOD/NUMBER goes with --format national-db");
    arena_clear(&a);
    return code;
}

int cmd_extract(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"format",           required_argument, NULL, 'f'},
        {"vintage",              required_argument, NULL, 'v'},
        {"number",                  required_argument, NULL, 'n'},
        {"as-of",required_argument, NULL, 'a'},
        {"since",               required_argument, NULL, 'S'},
        {"sign",           required_argument, NULL, 'k'},
        {"template",              required_argument, NULL, 't'},
        {"sample",                  required_argument, NULL, 's'},
        {0             }
    };
    const char *sample = NULL;
    struct arena arena = {0};
    struct asked q = {0};
    struct err e = {0};
    int c, code;
    bool ok;

    while ((c = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
        switch (c) {
        case 'f':
            q.format_asked = optarg;
            q.format = format_named(optarg);
            break;
        case 'v':
            q.vintage = optarg;
            break;
        case 'n':
        case 'S':
            if (c == 'S' && strchr(optarg, '/') != NULL) {
                *strchr(optarg, '/') = 0;
                q.since_period = optarg;
                optarg += strlen(optarg) + 1;
            }
            if (!number_of(optarg, c == 'n' ? &q.number : &q.since))
                return app_usage(app, "--number, --since: số của một bản phát hành",
                                 "--number, --since: the number of a publication");
            break;
        case 'a':
            q.as_of = optarg;
            break;
        case 'k':
            q.sign = optarg;
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
    code = check(app, &q);
    if (code != EXIT_DONE)
        return code;
    q.period = argv[optind];
    ok = extract(app, &q, &arena, &e);
    arena_clear(&arena);
    return ok ? EXIT_DONE : app_fail(app, &e);
}
