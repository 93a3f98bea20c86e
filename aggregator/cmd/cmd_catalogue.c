/* catalogue: check a folder, load a version, put one into force, show what is here. */
#include "aggregator/store/acts.h"
#include "aggregator/store/unfold.h"
#include "aggregator/cmd/commands.h"
#include "aggregator/rollup/effect.h"
#include "aggregator/lint.h"
#include "aggregator/acts/register.h"

#include <getopt.h>
#include <unistd.h>

static const char *hex(const struct hash *h)
{
    static char out[2 * HASH_LEN + 1];

    return hash_hex(h, out);
}

static bool read_folder(const char *dir, struct bytes *bundle, struct catalogue **cat,
                        struct err *e)
{
    return catalogue_bundle(dir, bundle, e) && catalogue_load(cat, span_of(bundle), e);
}

/* ---- check ---- */

/* Against every version that was ever loaded. */
static bool check_loaded(struct app *app, struct pg *pg, const struct catalogue *cat,
                         size_t *problems, struct err *e)
{
    struct pg_rows rows = {0};
    bool ok = pg_query(pg, "select bundle from catalogue_bundle order by version", NULL,
                       0, &rows, e);

    for (size_t i = 0; ok && i < rows.n; i++) {
        struct catalogue *older = NULL;

        ok = catalogue_load(&older, pg_get_bytes(&rows, i, 0), e);
        if (ok)
            *problems += lint_against(app, cat, older);
        catalogue_close(&older);
    }
    pg_rows_clear(&rows);
    return ok;
}

/* The configuration is wanted for this only: without one the folder alone is checked. */
static bool has_database(struct app *app, struct err *e)
{
    if (app->conf_path == NULL || (!app->conf_given && access(app->conf_path, F_OK) != 0))
        return false;
    return settings_open(&app->settings, app->conf_path, e);
}

int cmd_catalogue_check(struct app *app, int argc, char **argv)
{
    struct catalogue *cat = NULL;
    struct bytes bundle = {0};
    struct err e = {0};
    struct pg *pg;
    size_t problems = 0;
    const char *dir;
    bool ok, json;

    if (!app_json_only(argc, argv, 1, 1, &json))
        return app_usage(app, NULL, NULL);
    dir = argv[optind];
    ok = read_folder(dir, &bundle, &cat, &e);
    if (!ok)
        lint_place(dir, &e);
    ok = ok && lint_folder(app, dir, &problems, &e);
    if (ok && has_database(app, &e)) {
        pg = app_pg(app, DB_READ, &e);
        ok = pg != NULL && check_loaded(app, pg, cat, &problems, &e) &&
             (problems > 0 || effect_show(app, cat, json, &e));
    }
    ok = ok && e.kind == ERR_NONE;
    if (ok && problems == 0 && !json)
        app_print(app,
                  "phiên bản %u: %zu chỉ tiêu, %zu biểu mẫu, %zu kỳ; mã băm %s: hợp lệ\n",
                  "version %u: %zu indicators, %zu forms, %zu periods; hash %s: good\n",
                  cat->version, cat->n_indicators, cat->n_forms, cat->n_periods,
                  hex(&cat->hash));
    bytes_clear(&bundle);
    catalogue_close(&cat);
    return !ok ? app_fail(app, &e) : problems > 0 ? EXIT_DATA : EXIT_DONE;
}

/* ---- load ---- */

/* A form version that is known keeps its cells for ever: stored arrays rest on them. */
static bool forms_hold(struct app *app, struct pg *pg, const struct catalogue *cat,
                       struct err *e)
{
    bool *is_new = mem_array(cat->n_forms + 1, sizeof *is_new);
    const struct form *other;
    bool ok = unfold_forms(pg, cat, is_new, &other, e);

    free(is_new);
    return ok && (other == NULL ||
                  app_set(app, e, ERR_INPUT,
                          "biểu %s phiên bản %u đã nạp với các ô khác: đặt phiên bản "
                          "biểu mới",
                          "form %s version %u is loaded with other cells: give the form a "
                          "new version",
                          other->code, other->version));
}

/* The version's hash in the database; *known false when it was never loaded. */
static bool version_known(struct pg *pg, uint32_t version, bool *known, struct hash *hash,
                          struct err *e)
{
    const struct pg_arg arg = pg_int(version);
    struct pg_rows rows = {0};

    if (!pg_query(pg, "select hash from catalogue_bundle where version = $1", &arg, 1,
                  &rows, e))
        return false;
    *known = rows.n == 1 && pg_get_hash(&rows, 0, 0, hash);
    pg_rows_clear(&rows);
    return true;
}

static void add_load(struct acts *acts, const struct catalogue *c, struct span bundle)
{
    struct json *j = json_new();

    json_text(j, "act", "load");
    json_int(j, "version", c->version);
    json_text(j, "hash", hex(&c->hash));
    acts_add(acts, "catalogue", &j);
    acts->list[acts->n - 1].blob = bundle;
}

static bool load(struct app *app, const char *dir, const char *by, struct err *e)
{
    struct catalogue *cat = NULL;
    struct bytes bundle = {0};
    struct acts acts = {0};
    struct hash there;
    struct pg *pg;
    const char *actor;
    size_t problems = 0;
    bool known, ok = false;

    if (!read_folder(dir, &bundle, &cat, e)) {
        lint_place(dir, e);
        goto out;
    }
    pg = app_writer(app, e);
    if (pg == NULL || !lint_folder(app, dir, &problems, e) ||
        !check_loaded(app, pg, cat, &problems, e))
        goto out;
    if (problems > 0) {
        app_set(app, e, ERR_INPUT,
                "phiên bản %u không nạp được: %zu điều phải sửa ở trên",
                "version %u cannot be loaded: correct the %zu problems above",
                cat->version, problems);
        goto out;
    }
    actor = app_actor(app, &acts.arena, by, e);
    if (actor == NULL || !version_known(pg, cat->version, &known, &there, e))
        goto out;
    if (known && !hash_eq(&there, &cat->hash)) {
        app_set(app, e, ERR_INPUT,
                "phiên bản %u đã nạp với nội dung khác: tăng version trong catalogue.tsv",
                "version %u is loaded with other content: raise version in catalogue.tsv",
                cat->version);
        goto out;
    }
    if (!forms_hold(app, pg, cat, e))
        goto out;
    if (!known)
        add_load(&acts, cat, span_of(&bundle));
    ok = acts_append(&acts, pg, actor, e);
    if (ok && known)
        app_print(app, "phiên bản %u đã có, không thay đổi\n",
                  "version %u is here already, nothing to do\n", cat->version);
    else if (ok)
        app_print(app, "đã nạp phiên bản %u, mã băm %s\n", "version %u loaded, hash %s\n",
                  cat->version, hex(&cat->hash));
out:
    acts_clear(&acts);
    bytes_clear(&bundle);
    catalogue_close(&cat);
    return ok;
}

/* --by PERSON and at most one word; *word stays NULL when there is none. */
static bool arguments(int argc, char **argv, const char **by, const char **word)
{
    static const struct option options[] = {
        {"by",  required_argument, NULL, 'b'},
        {0}
    };
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c != 'b')
            return false;
        *by = optarg;
    }
    if (optind < argc)
        *word = argv[optind++];
    return optind == argc;
}

int cmd_catalogue_load(struct app *app, int argc, char **argv)
{
    const char *by = NULL, *dir = app->settings.catalogue;
    struct err e = {0};

    if (!arguments(argc, argv, &by, &dir))
        return app_usage(app, NULL, NULL);
    return load(app, dir, by, &e) ? EXIT_DONE : app_fail(app, &e);
}

/* ---- show ---- */

int cmd_catalogue_show(struct app *app, int argc, char **argv)
{
    static const char SQL[] =
        "select version, encode(hash, 'hex'), valid_from, accept_until, active, proposed"
        " from catalogue_now order by version";
    static const struct column COLUMNS[] = {
        {"version",      COL_INT,  "Phiên bản",          "Version"       },
        {"hash",         COL_TEXT, "Mã băm",              "Hash"          },
        {"valid_from",   COL_DATE, "Từ ngày",            "From"          },
        {"accept_until", COL_DATE, "Nhận đến ngày",   "Accepted until"},
        {"active",       COL_BOOL, "Đang dùng",           "Active"        },
        {"proposed",     COL_TEXT, "Người đề nghị", "Proposed by"   }
    };
    struct pg_rows rows = {0};
    struct table t;
    struct err e = {0};
    struct pg *pg;
    bool json;

    if (!app_json_only(argc, argv, 0, 0, &json))
        return app_usage(app, NULL, NULL);
    pg = app_pg(app, DB_READ, &e);
    if (pg == NULL || !pg_query(pg, SQL, NULL, 0, &rows, &e))
        return app_fail(app, &e);
    table_init(&t, COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < rows.n; i++)
        table_row(&t, &rows, i);
    table_print(&t, app->lang, json, stdout);
    table_clear(&t);
    pg_rows_clear(&rows);
    return EXIT_DONE;
}
