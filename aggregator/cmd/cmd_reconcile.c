/*
 * reconcile: what this side holds of a period, unit by unit, and where it differs from
 * what another side holds. Offline: a file of --json on one side is --with on the other.
 */
#include "aggregator/book/record.h"
#include "aggregator/cmd/reconcile.h"
#include "aggregator/rollup/nation.h"
#include "aggregator/rollup/rollup.h"
#include "aggregator/store/oplog.h"
#include "proto/base/file.h"
#include "proto/reconcile_show.h"

#include <getopt.h>

bool reconcile_own(struct app *app, struct pg *pg, const struct reconciling *q, bool fed,
                   struct arena *a, struct reconcile_doc *d, struct err *e)
{
    const struct unit_key key = {q->unit, DATE_NONE};
    struct rollup_at at;

    if (!rollup_at_find(app, pg, q->period, NULL, NULL, a, &at, e))
        return false;
    d->only = q->unit;
    d->scheme = at.scheme;
    d->period = at.period;
    d->party.at = (struct log_pos){(uint64_t)at.epoch, (uint64_t)at.seq};
    return reconcile_load(pg, d->scheme, d->period, q->unit != NULL ? &key : NULL,
                          &d->party.at, fed, a, &d->units, &d->n_units, e);
}

static bool other(struct app *app, const char *path, struct arena *a,
                  struct reconcile_doc *d, struct err *e)
{
    struct bytes file = {0};
    struct err why = {0};
    bool ok = file_read(path, RECONCILE_FILE_MAX, &file, &why) &&
              reconcile_doc_read(span_of(&file), a, d, &why);

    bytes_clear(&file);
    if (ok)
        return true;
    return app_set(app, e, ERR_INPUT, "--with %s: tệp không dùng được: %s",
                   "--with %s: cannot be used: %s", path, why.text);
}

/* With a unit each signs its own; province and ministry sign one for all units. */
static bool print_records(struct app *app, const struct reconcile_result *r,
                          const char *dir, struct err *e)
{
    const struct period *p = NULL;
    bool each = r->lower.side == SIDE_COLLECTOR, ok = file_mkdirs(dir, e);
    struct bytes said = {0};
    struct arena a = {0};

    if (app->catalogue != NULL)
        p = catalogue_period(app->catalogue,
                             arena_printf(&a, "%s:%s", r->scheme, r->period));
    for (size_t i = 0; ok && i < (each ? r->n_units : 1); i++) {
        struct record rec;

        record_make(r, each ? (int)i : RECORD_ALL, app->settings.province_name,
                    p != NULL ? p->name_vi : NULL, app->catalogue, &a, &rec);
        ok = record_print(&rec, dir, &said, e);
    }
    fwrite(said.p, 1, said.n, stderr);
    bytes_clear(&said);
    arena_clear(&a);
    return ok;
}

int reconcile_print(struct app *app, const struct reconcile_result *r,
                    const struct reconciling *q)
{
    struct bytes b = {0};
    struct err e = {0};

    if (app_catalogue(app, &e) == NULL)
        e = (struct err){0}; /* without a catalogue the codes stay */
    if (q->json)
        reconcile_result_put(r, &b);
    else
        reconcile_show(r, app->catalogue, app->lang, &b);
    fwrite(b.p, 1, b.n, stdout);
    bytes_clear(&b);
    if (q->dir != NULL && !print_records(app, r, q->dir, &e))
        return app_fail(app, &e);
    return reconcile_equal(r) ? EXIT_DONE : EXIT_FINDINGS;
}

static int compare(struct app *app, const struct reconciling *q,
                   const struct reconcile_doc *own, struct arena *a)
{
    struct reconcile_result r = {0};
    struct reconcile_doc with;
    struct err e = {0};
    int code;

    if (!other(app, q->with, a, &with, &e) ||
        !reconcile_docs(own, &with, q->unit, a, &r, &e))
        return app_fail(app, &e);
    code = reconcile_print(app, &r, q);
    reconcile_result_clear(&r);
    return code;
}

int reconcile_offline(struct app *app, const struct reconciling *q,
                      struct reconcile_doc *own, struct arena *a)
{
    struct bytes b = {0};

    if (q->with != NULL)
        return compare(app, q, own, a);
    if (q->json)
        reconcile_doc_put(own, &b);
    else
        reconcile_show_doc(own, app->lang, &b);
    fwrite(b.p, 1, b.n, stdout);
    bytes_clear(&b);
    return EXIT_DONE;
}

static int province(struct app *app, const struct reconciling *q)
{
    struct reconcile_doc own = {
        .party = {.side = SIDE_PROVINCE,
                  .code = app->settings.province_code,
                  .name = app->settings.province_name,
                  .made_at = clock_wall()}
    };
    struct pg *pg;
    struct pubkey receipt;
    struct hash genesis;
    struct arena a = {0};
    struct err e = {0};
    int code;

    pg = app_pg(app, DB_READ, &e);
    if (pg == NULL || (q->unit != NULL && !app_unit_known(app, "--unit", q->unit, &e)) ||
        !oplog_identity(pg, &genesis, &receipt, &e)) {
        code = app_fail(app, &e);
    } else {
        hash_hex(&genesis, own.province);
        code = reconcile_own(app, pg, q, false, &a, &own, &e)
                   ? reconcile_offline(app, q, &own, &a)
                   : app_fail(app, &e);
    }
    arena_clear(&a);
    return code;
}

int cmd_reconcile(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"unit",             required_argument, NULL, 'u'},
        {"with",              required_argument, NULL, 'w'},
        {"province",                  required_argument, NULL, 'p'},
        {"json",no_argument, NULL, 'j'},
        {0              }
    };
    struct reconciling q = {0};
    struct err e = {0};
    struct pg *pg;
    bool ministry;
    int c;

    while ((c = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
        if (c == 'u')
            q.unit = optarg;
        else if (c == 'w')
            q.with = optarg;
        else if (c == 'p')
            q.province = optarg;
        else if (c == 'j')
            q.json = true;
        else if (c == 'o')
            q.dir = optarg;
        else
            return app_usage(app, NULL, NULL);
    }
    if (argc - optind != 1)
        return app_usage(app, "cần một kỳ báo cáo", "one period is needed");
    q.period = argv[optind];
    pg = app_pg(app, DB_READ, &e);
    if (pg == NULL || !nation_here(app, pg, &ministry, &e))
        return app_fail(app, &e);
    if (ministry)
        return reconcile_nation(app, &q);
    if (q.province != NULL)
        return app_usage(app, "--province: chỉ dùng ở Bộ", "--province: of a ministry");
    if (q.dir != NULL && q.with == NULL)
        return app_usage(app, "-o: biên bản có hai bên, cần --with TỆP của bên kia",
                         "-o: a record has two parties: --with FILE of the other one");
    return province(app, &q);
}
