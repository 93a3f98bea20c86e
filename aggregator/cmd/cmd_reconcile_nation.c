/*
 * reconcile at the ministry: each province's copy against the province, through its feed,
 * or against a file of it.
 */
#include "aggregator/cmd/reconcile.h"
#include "aggregator/ministry/pull_key.h"
#include "aggregator/ministry/reconcile.h"

/* times the patience of pull: the first answer is made from every report of the period */
enum { QUESTIONS = 3 };

struct round { /* over the provinces */
    struct app *app;
    const struct reconciling *q;
    struct curve_pair key;
    size_t equal, differ;
    bool any; /* a JSON object was printed */
};

/* What the copy holds; the app reads from it from now on. */
static bool copy_doc(struct round *n, const struct province_of *p, bool fed,
                     struct arena *a, struct reconcile_doc *d, struct err *e)
{
    struct app *app = n->app;
    struct pg *pg = app_pg(app, DB_READ, e);

    *d = (struct reconcile_doc){
        .party = {.side = SIDE_MINISTRY,
                  .code = app->settings.province_code,
                  .name = app->settings.province_name,
                  .made_at = clock_wall()}
    };
    hash_hex(&p->genesis.hash, d->province);
    catalogue_close(&app->catalogue);
    return pg != NULL && pg_schema(pg, p->schema, e) &&
           reconcile_own(app, pg, n->q, fed, a, d, e);
}

static bool live(struct round *n, const struct province_of *p,
                 const struct reconcile_doc *own, struct arena *a,
                 struct reconcile_result *r, struct err *e)
{
    struct ask *ask;
    bool ok;

    *r = (struct reconcile_result){
        .scheme = own->scheme,
        .period = own->period,
        .fed = true,
        .lower = {.side = SIDE_PROVINCE, .code = p->code, .name = p->name},
        .upper = own->party
    };
    memcpy(r->province, own->province, sizeof r->province);
    if (!ask_open(&ask, p, &n->key, QUESTIONS * n->app->settings.pull_answer_ms, e))
        return false;
    ok = ministry_reconcile(ask, own, n->q->unit, a, r, e);
    ask_close(&ask);
    return ok;
}

static int one(struct round *n, const struct province_of *p, struct arena *a)
{
    struct app *app = n->app;
    bool offline = n->q->with != NULL;
    struct reconcile_result r = {0};
    struct reconcile_doc own;
    struct err e = {0};
    int code;

    if (!copy_doc(n, p, !offline, a, &own, &e))
        return app_fail(app, &e);
    if (!offline && *p->endpoint == 0 && n->q->province != NULL)
        fprintf(
            stderr, "%s %s\n", p->code,
            app_say(app,
                    "không có địa chỉ luồng dữ liệu, chưa đối chiếu: trên đây là bản của "
                    "Bộ; --json gửi tỉnh, --with đọc tệp của tỉnh",
                    "has no feed to ask, nothing was compared: above is the ministry's "
                    "copy; --json is for the province, --with reads the province's"));
    if (offline || (*p->endpoint == 0 && n->q->province != NULL))
        return reconcile_offline(app, n->q, &own, a);
    if (!live(n, p, &own, a, &r, &e)) {
        reconcile_result_clear(&r);
        if (n->q->province == NULL || !n->q->json)
            return app_fail(app, &e);
        code = app_fail(app, &e); /* what the copy holds is a file for the other side */
        reconcile_offline(app, n->q, &own, a);
        return code;
    }
    if (n->q->json && n->q->province == NULL)
        fputs(n->any ? "," : "[", stdout);
    n->any = true;
    code = reconcile_print(app, &r, n->q);
    reconcile_result_clear(&r);
    return code;
}

int reconcile_nation(struct app *app, const struct reconciling *q)
{
    struct round n = {.app = app, .q = q};
    struct provinces all = {0};
    struct err e = {0}, restored = {0};
    struct pg *pg = app_pg(app, DB_READ, &e);
    int code = EXIT_DONE;

    if (q->with != NULL && q->province == NULL)
        return app_usage(app, "--with: của tỉnh nào (--province MÃ)?",
                         "--with: of which province (--province CODE)?");
    if (pg == NULL || !provinces_read(pg, q->province, &all, &e) ||
        (q->with == NULL && !pull_key(&app->settings, &n.key, &e)))
        code = app_fail(app, &e);
    else if (all.n == 0 &&
             !app_set(app, &e, ERR_INPUT,
                      "--province %s: không theo dõi tỉnh mã này (xem: province list)",
                      "--province %s: no such province is followed (see: province list)",
                      q->province))
        code = app_fail(app, &e);
    for (size_t i = 0; i < all.n; i++) {
        struct arena a = {0};
        int got = one(&n, &all.list[i], &a);

        arena_clear(&a);
        n.equal += got == EXIT_DONE;
        n.differ += got == EXIT_FINDINGS;
        /* of several: partly done is 2; none done is what the first one says */
        if (code == EXIT_DONE || got == EXIT_FINDINGS)
            code = got;
    }
    if (all.n > 0 && n.equal + n.differ > 0 && code != EXIT_DONE)
        code = EXIT_FINDINGS;
    if (q->json && q->province == NULL && all.n > 0)
        fputs(n.any ? "]\n" : "[]\n", stdout);
    if (pg != NULL && pg_alive(pg) && !pg_schema(pg, "htx", &restored))
        code = app_fail(app, &restored);
    explicit_bzero(&n.key, sizeof n.key);
    provinces_clear(&all);
    return code;
}
