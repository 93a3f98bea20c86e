#include "aggregator/publish.h"

#include <getopt.h>
#include <inttypes.h>

static void say_published(const struct app *app, const struct publication *p,
                          size_t n_missing)
{
    char hex[2 * HASH_LEN + 1];

    printf("%s %" PRId64 ": %s:%s %s, %s %" PRId64 ".%" PRId64 "\n%s: %s\n",
           app_say(app, "bản phát hành lần", "publication"), p->number, p->scheme,
           p->period, vintage_label(p->vintage, app->lang),
           app_say(app, "số liệu đến vị trí", "as of"), p->epoch, p->seq,
           app_say(app, "mã băm BLAKE2b-256", "BLAKE2b-256"), hash_hex(&p->hash, hex));
    if (n_missing > 0)
        fprintf(stderr, "%s: %zu\n",
                app_say(app, "đơn vị chưa gửi", "units that sent nothing"), n_missing);
}

static int publish(struct app *app, const char *period, const char *vintage,
                   const char *by, struct arena *a)
{
    struct publication p = {0};
    struct rollup_at at;
    struct err e = {0};
    struct pg *pg = app_writer(app, &e);
    const char *actor = pg != NULL ? app_actor(app, a, by, &e) : NULL;
    size_t n_missing = 0;

    if (actor == NULL || !rollup_at_find(app, pg, period, vintage, NULL, a, &at, &e) ||
        !publication_vintage(app, pg, &at, false, a, &e) ||
        !publication_add(app, pg, &at, actor, a, &p, &n_missing, &e))
        return app_fail(app, &e);
    say_published(app, &p, n_missing);
    return EXIT_DONE;
}

static int verify(struct app *app, const char *period, const char *vintage,
                  int64_t number, struct arena *a)
{
    struct publication p;
    struct rollup_at at;
    struct err e = {0};
    struct pg *pg = app_pg(app, DB_READ, &e);
    bool same = false;

    if (pg == NULL || !rollup_at_find(app, pg, period, vintage, NULL, a, &at, &e) ||
        !publication_vintage(app, pg, &at, true, a, &e) ||
        !publication_read(app, pg, &at, number, a, &p, &e) ||
        !publication_check(pg, &p, &same, &e))
        return app_fail(app, &e);
    say_published(app, &p, 0);
    puts(same ? app_say(app, "tính lại: khớp từng byte", "computed again: the same bytes")
              : app_say(app, "tính lại: KHÔNG khớp", "computed again: DIFFERENT"));
    return same ? EXIT_DONE : EXIT_FAILED;
}

int cmd_publish(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"vintage",          required_argument, NULL, 'v'},
        {"by",              required_argument, NULL, 'b'},
        {"verify",                  no_argument, NULL, 'c'},
        {"number",required_argument, NULL, 'n'},
        {0              }
    };
    const char *vintage = NULL, *by = NULL;
    struct arena arena = {0};
    int64_t number = 0;
    bool check = false;
    int c, code;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'v':
            vintage = optarg;
            break;
        case 'b':
            by = optarg;
            break;
        case 'c':
            check = true;
            break;
        case 'n':
            number = atoll(optarg);
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (argc - optind != 1)
        return app_usage(app, "cần đúng một kỳ báo cáo", "one period is needed");
    if (!check && by == NULL)
        return app_usage(app, "cần --by: ai phát hành", "--by: who publishes");
    code = check ? verify(app, argv[optind], vintage, number, &arena)
                 : publish(app, argv[optind], vintage, by, &arena);
    arena_clear(&arena);
    return code;
}
