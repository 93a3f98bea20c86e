/* catalogue: check a folder, load a version, put one into force, show what is here. */
#include "aggregator/store/acts.h"
#include "aggregator/cmd/commands.h"
#include "aggregator/rollup/effect.h"
#include "aggregator/lint.h"
#include "aggregator/acts/register.h"

#include <getopt.h>
#include <unistd.h>

/* Words of the TSV files, as roll-ups read them. */
static const char *const TYPE_WORDS[] = {[IND_STOCK] = "stock",
                                         [IND_FLOW] = "flow",
                                         [IND_MEAN] = "mean",
                                         [IND_RATIO] = "ratio",
                                         [IND_GIVEN] = "given"};
static const char *const OP_WORDS[] = {
    [OP_SUM] = "sum",     [OP_COUNT] = "count", [OP_LAST] = "last", [OP_WMEAN] = "wmean",
    [OP_RATIO] = "ratio", [OP_GIVEN] = "given", [OP_NONE] = "none"};
static const char *const LAYOUT_WORDS[] = {[LAYOUT_ENTITY_ROWS] = "entity_rows",
                                           [LAYOUT_BY_SECTOR] = "by_sector",
                                           [LAYOUT_BY_PERIOD] = "by_period",
                                           [LAYOUT_ROWS] = "rows",
                                           [LAYOUT_TEXTS] = "texts"};

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
    bool ok, json = argc == 3 && strcmp(argv[2], "--json") == 0;

    if (argc < 2 || argv[1][0] == '-' || (argc > 2 && !json))
        return app_usage(app, NULL, NULL);
    ok = read_folder(argv[1], &bundle, &cat, &e);
    if (!ok)
        lint_place(argv[1], &e);
    ok = ok && lint_folder(app, argv[1], &problems, &e);
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

struct unfold { /* a new version on its way into the tables */
    const struct catalogue *cat;
    struct span bundle;
    bool *form_is_new; /* of each form */
};

static void indicators_of(const struct catalogue *c, struct bytes *b)
{
    for (size_t i = 0; i < c->n_indicators; i++) {
        const struct indicator *in = &c->indicators[i];

        copy_row(b, 15);
        copy_int4(b, (int32_t)c->version);
        copy_int4(b, (int32_t)in->no);
        copy_int4(b, (int32_t)i);
        copy_text(b, in->code);
        copy_text(b, in->name_vi);
        copy_text(b, in->name_en);
        copy_text(b, in->unit_vi);
        copy_text(b, in->unit_en);
        copy_int8(b, in->scale);
        copy_int4(b, in->decimals);
        copy_text(b, TYPE_WORDS[in->type]);
        copy_text(b, in->level);
        copy_text(b, OP_WORDS[in->op]);
        copy_text(b, in->num);
        copy_text(b, in->den);
    }
}

static void breakdowns_of(const struct catalogue *c, struct bytes *b)
{
    for (size_t i = 0; i < c->n_breakdowns; i++) {
        const struct breakdown *br = &c->breakdowns[i];

        copy_row(b, 7);
        copy_int4(b, (int32_t)c->version);
        copy_text(b, br->dim);
        copy_text(b, br->code);
        copy_int4(b, (int32_t)i);
        copy_text(b, br->parent);
        copy_text(b, br->name_vi);
        copy_text(b, br->name_en);
    }
}

static void sources_of(const struct catalogue *c, struct bytes *b)
{
    for (size_t i = 0; i < c->n_sources; i++) {
        const struct source_order *so = &c->sources[i];

        copy_row(b, 6);
        copy_int4(b, (int32_t)c->version);
        copy_int4(b, (int32_t)i);
        copy_text(b, so->indicator);
        copy_text(b, so->period_kind);
        copy_text(b, vintage_word(so->vintage));
        copy_text(b, so->order);
    }
}

static void classes_of(const struct catalogue *c, struct bytes *b)
{
    struct bytes conditions = {0};

    for (size_t i = 0; i < c->n_classes; i++) {
        const struct class_row *r = &c->classes[i];
        size_t n = 0;

        while (r->sectors[n] != NULL)
            n++;
        conditions.n = 0;
        class_conditions(r, &conditions);
        copy_row(b, 13);
        copy_int4(b, (int32_t)c->version);
        copy_int4(b, (int32_t)i);
        copy_text(b, r->set);
        copy_text(b, r->code);
        copy_text(b, r->name_vi);
        copy_text(b, r->name_en);
        copy_date(b, r->valid_from);
        copy_date(b, r->valid_to);
        copy_texts(b, r->sectors, n);
        copy_text(b, bytes_cstr(&conditions));
        copy_bool(b, r->verified);
        copy_text(b, r->law);
        copy_text(b, r->ended_by);
    }
    bytes_clear(&conditions);
}

static void forms_of(const struct unfold *u, struct bytes *b)
{
    for (size_t i = 0; i < u->cat->n_forms; i++) {
        const struct form *f = &u->cat->forms[i];

        if (!u->form_is_new[i])
            continue;
        copy_row(b, 7);
        copy_text(b, f->code);
        copy_int4(b, (int32_t)f->version);
        copy_text(b, subject_word(f->subject));
        copy_text(b, LAYOUT_WORDS[f->layout]);
        copy_int4(b, f->rank);
        copy_text(b, f->name_vi);
        copy_text(b, f->name_en);
    }
}

static void cells_of(const struct unfold *u, struct bytes *b)
{
    for (size_t i = 0; i < u->cat->n_forms; i++) {
        const struct form *f = &u->cat->forms[i];

        for (size_t k = 0; k < f->n_cells && u->form_is_new[i]; k++) {
            copy_row(b, 7);
            copy_text(b, f->code);
            copy_int4(b, (int32_t)f->version);
            copy_int4(b, (int32_t)k + 1);
            copy_int4(b, (int32_t)f->cells[k].indicator->no);
            copy_text(b, f->cells[k].b1);
            copy_text(b, f->cells[k].b2);
            copy_text(b, f->cells[k].label_vi);
        }
    }
}

static bool copy_into(struct pg *pg, const char *sql, struct bytes *b, struct err *e)
{
    bool ok;

    copy_end(b);
    ok = pg_copy(pg, sql, span_of(b), e);
    b->n = 0;
    copy_begin(b);
    return ok;
}

static bool unfold(struct pg *pg, void *ctx, int64_t epoch, int64_t seq, struct err *e)
{
    static const char ACT[] = "insert into catalogue (epoch, seq, version, act, hash) "
                              "values ($1, $2, $3, 'load', "
                              "$4)";
    static const char BUNDLE[] =
        "insert into catalogue_bundle (version, hash, valid_from, accept_until, bundle)"
        " values ($1, $2, $3, $4, $5)";
    struct unfold *u = ctx;
    const struct catalogue *c = u->cat;
    const struct pg_arg act[] = {pg_int(epoch), pg_int(seq), pg_int(c->version),
                                 pg_hash(&c->hash)};
    const struct pg_arg bundle[] = {pg_int(c->version), pg_hash(&c->hash),
                                    pg_date(c->valid_from), pg_date(c->accept_until),
                                    pg_bytes(u->bundle)};
    struct bytes b = {0};
    bool ok = pg_query(pg, ACT, act, COUNT(act), NULL, e) &&
              pg_query(pg, BUNDLE, bundle, COUNT(bundle), NULL, e);

    copy_begin(&b);
    if (ok) {
        indicators_of(c, &b);
        ok = copy_into(pg, "copy cat_indicator from stdin (format binary)", &b, e);
    }
    if (ok) {
        breakdowns_of(c, &b);
        ok = copy_into(pg, "copy cat_breakdown from stdin (format binary)", &b, e);
    }
    if (ok) {
        sources_of(c, &b);
        ok = copy_into(pg, "copy cat_source from stdin (format binary)", &b, e);
    }
    if (ok) {
        classes_of(c, &b);
        ok = copy_into(pg, "copy cat_class from stdin (format binary)", &b, e);
    }
    if (ok) {
        forms_of(u, &b);
        ok = copy_into(pg, "copy cat_form from stdin (format binary)", &b, e);
    }
    if (ok) {
        cells_of(u, &b);
        ok = copy_into(pg, "copy cat_cell from stdin (format binary)", &b, e);
    }
    bytes_clear(&b);
    return ok;
}

/* A form version that is known keeps its cells for ever: stored arrays rest on them. */
static bool form_holds(struct app *app, struct pg *pg, const struct form *f, bool *is_new,
                       struct err *e)
{
    static const char SQL[] = "select indicator, b1, b2 from cat_cell where form = $1 and"
                              " version = $2 order by pos";
    const struct pg_arg args[] = {pg_text(f->code), pg_int(f->version)};
    struct pg_rows rows = {0};
    bool same;

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return false;
    *is_new = rows.n == 0;
    same = *is_new || rows.n == f->n_cells;
    for (size_t i = 0; i < rows.n && same; i++)
        same = pg_get_int(&rows, i, 0) == (int64_t)f->cells[i].indicator->no &&
               strcmp(pg_get_text(&rows, i, 1), f->cells[i].b1) == 0 &&
               strcmp(pg_get_text(&rows, i, 2), f->cells[i].b2) == 0;
    pg_rows_clear(&rows);
    return same ||
           app_set(app, e, ERR_INPUT,
                   "biểu %s phiên bản %u đã nạp với các ô khác: đặt phiên bản biểu mới",
                   "form %s version %u is loaded with other cells: give the form a "
                   "new version",
                   f->code, f->version);
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

static void add_load(struct acts *acts, const struct catalogue *c, struct unfold *u)
{
    struct json *j = json_new();

    json_text(j, "act", "load");
    json_int(j, "version", c->version);
    json_text(j, "hash", hex(&c->hash));
    acts_add(acts, "catalogue", &j, NULL, NULL, 0);
    acts->list[0].apply = unfold;
    acts->list[0].ctx = u;
}

static bool load(struct app *app, const char *dir, const char *by, struct err *e)
{
    struct catalogue *cat = NULL;
    struct bytes bundle = {0};
    struct acts acts = {0};
    struct unfold u = {0};
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
    u = (struct unfold){cat, span_of(&bundle), mem_array(cat->n_forms, sizeof(bool))};
    for (size_t i = 0; i < cat->n_forms; i++)
        if (!form_holds(app, pg, &cat->forms[i], &u.form_is_new[i], e))
            goto out;
    if (!known)
        add_load(&acts, cat, &u);
    ok = acts_append(&acts, pg, actor, e);
    if (ok && known)
        app_print(app, "phiên bản %u đã có, không thay đổi\n",
                  "version %u is here already, nothing to do\n", cat->version);
    else if (ok)
        app_print(app, "đã nạp phiên bản %u, mã băm %s\n", "version %u loaded, hash %s\n",
                  cat->version, hex(&cat->hash));
out:
    free(u.form_is_new);
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
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;

    if (argc > 1 && !json)
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
