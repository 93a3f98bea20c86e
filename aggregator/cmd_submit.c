/*
 * submit FILE --for UNIT: the province's desk files for a unit without a collector
 * (channel nhập thay). The batch is signed by the desk officer's own key and goes the way
 * of every batch: parsed, judged, committed under the log's lock. `serve` signs the
 * commit; who, why and the paper's hash stay with the report.
 */
#include "aggregator/commands.h"
#include "aggregator/ingest.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "proto/batch.h"
#include "proto/forms/reading.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

enum { PAPER_MAX = 64 * 1024 * 1024 };

struct desk {
    struct app *app;
    const char *file, *unit_code, *by, *why, *key_file, *paper;
    bool complete, nothing;
    const char *period, *vintage; /* of a submission with nothing */
    const char *paper_number, *paper_date, *signer, *title;
    struct keypair key;
    struct unit_key unit;
    char paper_hash[2 * HASH_LEN + 1];
    struct hash file_hash;
    const struct catalogue *cat;
    struct store_pg_ctx *store;
    struct ingest *ingest;
    struct pg *pg;
    struct form_read form;
    struct item items[WIRE_BATCH_ITEMS];
    struct hash hashes[WIRE_BATCH_ITEMS];
    struct bytes bodies[WIRE_BATCH_ITEMS];
    size_t n;
    size_t same, refused;
    uint64_t number; /* of the desk's batches: an epoch of its own */
    struct hash previous;
    uint64_t epoch;
    bool rejected;
    struct arena arena;
};

static void on_answer(void *ctx, void *who, struct span message)
{
    struct desk *d = ctx;
    struct arena a = {0};
    struct message m;
    struct err e = {0};

    (void)who;
    if (wire_read_message(message, &a, &m, &e) && m.kind == MSG_REJECT) {
        char key[48];

        snprintf(key, sizeof key, "reject.%s", reject_word(m.reject.reason));
        fprintf(stderr, "htx-aggregator: %s %s\n",
                catalogue_text(d->cat, key, d->app->lang), m.reject.detail);
        d->rejected = true;
    }
    arena_clear(&a);
}

/* The unit of this code that is there on the day, or the last one there was. */
static bool find_unit(struct desk *d, struct err *e)
{
    const struct context *c = ingest_context(d->ingest);
    const struct ctx_unit *best = NULL;
    int32_t today = settings_today(&d->app->settings);

    for (size_t i = 0; i < c->n_units; i++) {
        const struct ctx_unit *u = &c->units[i];

        if (strcmp(u->key.code, d->unit_code) == 0 && u->key.valid_from <= today &&
            (best == NULL || u->key.valid_from > best->key.valid_from))
            best = u;
    }
    if (best == NULL)
        return app_set(d->app, e, ERR_INPUT,
                       "--for %s: không có đơn vị mã này (xem: unit list)",
                       "--for %s: no such unit (see: unit list)", d->unit_code);
    d->unit =
        (struct unit_key){arena_str(&d->arena, best->key.code), best->key.valid_from};
    return true;
}

static bool hash_paper(struct desk *d, struct err *e)
{
    struct bytes b = {0};
    struct hash h;

    if (d->paper == NULL)
        return true;
    if (!file_read(d->paper, PAPER_MAX, &b, e)) {
        bytes_clear(&b);
        return false;
    }
    h = hash_of(DOMAIN_FILE, span_of(&b));
    hash_hex(&h, d->paper_hash);
    bytes_clear(&b);
    return true;
}

/* What the desk filed before for this key: *known, its hash and revision. */
static bool newest(struct desk *d, const struct report *r, const char *subject,
                   struct hash *hash, struct hash *digest, uint32_t *revision,
                   struct err *e)
{
    static const char SQL[] = "select hash, digest, revision from report_key where "
                              "period = $1 and scheme = $2 and"
                              " unit = $3 and unit_from = $4 and form = $5 and vintage = "
                              "$6 and subject = $7 and"
                              " channel = 'on_behalf' order by revision desc limit 1";
    const struct pg_arg args[] = {
        pg_text(r->period),    pg_text(r->scheme),
        pg_text(d->unit.code), pg_date(d->unit.valid_from),
        pg_text(r->form),      pg_text(vintage_word(r->vintage)),
        pg_text(subject)};
    struct pg_rows rows;
    bool ok = true;

    *revision = 0;
    if (!pg_query(d->pg, SQL, args, COUNT(args), &rows, e))
        return false;
    if (rows.n == 1) {
        ok = pg_get_hash(&rows, 0, 0, hash) && pg_get_hash(&rows, 0, 1, digest);
        *revision = (uint32_t)pg_get_int(&rows, 0, 2);
    }
    pg_rows_clear(&rows);
    return ok || err_set(e, ERR_SETUP, "report_key: bad hash");
}

static void show_findings(const struct desk *d, const struct report *r,
                          const struct findings *fs)
{
    for (size_t i = 0; i < fs->n; i++) {
        struct bytes b = {0};
        char key[32];

        snprintf(key, sizeof key, "severity.%s",
                 fs->list[i].severity == SEV_ERROR     ? "error"
                 : fs->list[i].severity == SEV_WARNING ? "warning"
                                                       : "note");
        finding_render(d->cat, &fs->list[i], d->app->lang, &b);
        printf(
            "  %s%s%s: %s\n", r != NULL && r->subject.name != NULL ? r->subject.name : "",
            r != NULL && r->subject.name != NULL && r->subject.name[0] != 0 ? ", " : "",
            catalogue_text(d->cat, key, d->app->lang), bytes_cstr(&b));
        bytes_clear(&b);
    }
}

static bool send_batch(struct desk *d, struct err *e)
{
    struct batch_header h = {.unit = d->unit,
                             .epoch = d->epoch,
                             .number = d->number + 1,
                             .previous = d->previous,
                             .sealed_at = clock_wall()};
    const struct catalogues cats = {(struct catalogue **)&d->cat, 1};
    struct parsed parsed;
    struct bytes wire = {0};
    struct ingest_batch batch;
    int64_t now = clock_wall();
    bool ok;

    if (d->n == 0)
        return true;
    h.recipient = ingest_context(d->ingest)->province;
    batch_seal(&h, d->items, d->hashes, d->n, &d->key, &wire, &d->previous);
    d->number++;
    parse_message(span_of(&wire), &cats, &d->arena, &parsed);
    batch = (struct ingest_batch){.parsed = &parsed,
                                  .envelope = span_of(&wire),
                                  .carrier = arena_printf(&d->arena, "desk:%s", d->by)};
    ok = ingest_group(
        d->ingest, &batch, 1, now,
        settings_day(&d->app->settings, now, ingest_context(d->ingest)->tip.time), e);
    parsed_clear(&parsed);
    bytes_clear(&wire);
    for (size_t i = 0; i < d->n; i++)
        bytes_clear(&d->bodies[i]);
    return ok;
}

/* What became of each: from the store, as committed. */
static bool show_verdicts(struct desk *d, struct err *e)
{
    static const char SQL[] =
        "select coalesce(r.verdict, s.verdict), t.epoch, t.seq, coalesce(r.name, ''), "
        "t.findings"
        " from receipt t left join report r on r.hash = t.item_hash"
        " left join submission s on s.hash = t.item_hash"
        " where t.item_hash = any($1::bytea[]) order by t.epoch, t.seq";
    const struct pg_arg args[] = {pg_hashes(d->hashes, d->n)};
    struct pg_rows rows;

    if (!pg_query(d->pg, SQL, args, COUNT(args), &rows, e))
        return false;
    for (size_t i = 0; i < rows.n; i++) {
        struct findings fs = {0};
        struct err ignored = {0};
        char key[48];

        snprintf(key, sizeof key, "verdict.%s", pg_get_text(&rows, i, 0));
        printf("%lld.%lld  %s  %s\n", (long long)pg_get_int(&rows, i, 1),
               (long long)pg_get_int(&rows, i, 2),
               catalogue_text(d->cat, key, d->app->lang), pg_get_text(&rows, i, 3));
        if (wire_read_findings(pg_get_bytes(&rows, i, 4), &fs, &ignored))
            show_findings(d, NULL, &fs);
        d->refused += findings_refuse(&fs);
        findings_clear(&fs);
    }
    pg_rows_clear(&rows);
    return true;
}

static bool flush(struct desk *d, struct err *e)
{
    if (!send_batch(d, e))
        return false;
    if (!d->rejected && d->n > 0 && !show_verdicts(d, e))
        return false;
    d->n = 0;
    return true;
}

static bool add_item(struct desk *d, enum item_kind kind, struct bytes *body,
                     struct err *e)
{
    size_t size = body->n;

    for (size_t i = 0; i < d->n; i++)
        size += d->bodies[i].n + 16;
    if ((d->n == WIRE_BATCH_ITEMS || size > WIRE_BATCH - 1024) && !flush(d, e))
        return false;
    d->bodies[d->n] = *body;
    d->items[d->n] = (struct item){kind, span_of(&d->bodies[d->n])};
    d->hashes[d->n] = item_hash(kind, span_of(&d->bodies[d->n]));
    d->n++;
    return true;
}

static bool add_report(struct desk *d, struct report *r, const struct findings *fs,
                       struct err *e)
{
    const char *subject = subject_key(&r->subject, &d->arena);
    struct hash head, digest, own;
    struct bytes body = {0};
    uint32_t revision;

    if (findings_refuse(fs)) {
        printf("%s\n", catalogue_text(d->cat, "verdict.refused", d->app->lang));
        show_findings(d, r, fs);
        d->refused++;
        return true;
    }
    r->id = uuid_new(clock_wall());
    r->reason = d->why;
    r->maker = d->by;
    r->paper_hash = d->paper_hash;
    r->source_name = d->file;
    r->source_hash = d->file_hash;
    r->made_at = clock_wall();
    if (!newest(d, r, subject, &head, &digest, &revision, e))
        return false;
    own = report_digest(r);
    if (revision > 0 && hash_eq(&own, &digest)) {
        d->same++;
        return true;
    }
    r->revision = revision + 1;
    r->has_supersedes = revision > 0;
    r->supersedes = head;
    if (!wire_pack_report(r, &body, e))
        return false;
    return add_item(d, ITEM_REPORT, &body, e);
}

/* One declaration for each period and vintage of the file: its forms are complete. */
static bool declare(struct desk *d, const char *scheme, const char *period,
                    enum vintage v, struct err *e)
{
    const char *forms[8];
    uint32_t rows[8];
    struct submission s = {.version = REPORT_VERSION,
                           .id = uuid_new(clock_wall()),
                           .unit = d->unit,
                           .scheme = scheme,
                           .period = period,
                           .vintage = v,
                           .nothing_to_report = d->nothing,
                           .forms = forms,
                           .rows = rows,
                           .paper_number = d->paper_number,
                           .paper_date = d->paper_date != NULL ? date_read(d->paper_date)
                                                               : DATE_NONE,
                           .signer = d->signer,
                           .signer_title = d->title,
                           .maker = d->by,
                           .pdf_hash = d->paper_hash,
                           .made_at = clock_wall()};
    struct bytes body = {0};

    for (size_t i = 0; i < d->form.n; i++) {
        const struct report *r = &d->form.reports[i];
        size_t k = 0;

        if (r->vintage != v || strcmp(r->period, period) != 0 ||
            strcmp(r->scheme, scheme) != 0 || findings_refuse(&d->form.per_report[i]))
            continue;
        while (k < s.n_forms && strcmp(forms[k], r->form) != 0)
            k++;
        if (k == COUNT(forms))
            continue;
        if (k == s.n_forms) {
            forms[s.n_forms] = r->form;
            rows[s.n_forms++] = 0;
        }
        rows[k]++;
    }
    return wire_pack_submission(&s, &body, e) && add_item(d, ITEM_SUBMISSION, &body, e);
}

static bool declare_all(struct desk *d, struct err *e)
{
    for (size_t i = 0; i < d->form.n; i++) {
        const struct report *r = &d->form.reports[i];
        bool first = true;

        for (size_t k = 0; k < i; k++)
            first = first && !(d->form.reports[k].vintage == r->vintage &&
                               strcmp(d->form.reports[k].period, r->period) == 0 &&
                               strcmp(d->form.reports[k].scheme, r->scheme) == 0);
        if (first && !declare(d, r->scheme, r->period, r->vintage, e))
            return false;
    }
    return true;
}

static bool file_reports(struct desk *d, struct err *e)
{
    const struct reading_context ctx = {d->cat, d->unit, CHANNEL_ON_BEHALF,
                                        settings_today(&d->app->settings), NULL};
    struct bytes b = {0};
    bool ok;

    ok = access(d->file, R_OK) == 0 ||
         err_set(e, ERR_INPUT, "%s: %s", d->file, strerror(errno));
    ok = ok && file_read(d->file, sheet_limits.file_bytes, &b, e);
    d->file_hash = hash_of(DOMAIN_FILE, span_of(&b));
    bytes_clear(&b);
    if (!ok || !reading_file(&ctx, d->file, &d->form, e))
        return false;
    show_findings(d, NULL, &d->form.sheet);
    d->refused += findings_refuse(&d->form.sheet); /* a refused page; the others stand */
    for (size_t i = 0; i < d->form.n; i++)
        if (!add_report(d, &d->form.reports[i], &d->form.per_report[i], e))
            return false;
    return !d->complete || declare_all(d, e);
}

static bool nothing_to_report(struct desk *d, struct err *e)
{
    const struct period *p = catalogue_period(d->cat, d->period);
    enum vintage v = d->vintage != NULL ? vintage_of(d->vintage) : VINTAGE_ACTUAL;

    if (p == NULL || v == VINTAGE_NONE)
        return app_set(d->app, e, ERR_INPUT, "--nothing %s: không có kỳ này",
                       "--nothing %s: no such period", d->period);
    return declare(d, p->scheme, p->code, v, e);
}

static bool run(struct desk *d, struct err *e)
{
    struct ingest_ports ports = {
        .store = &store_pg, .answer = on_answer, .answer_ctx = d};

    d->cat = app_catalogue(d->app, e);
    d->pg = app_pg(d->app, DB_ADMIN, e);
    if (d->cat == NULL || d->pg == NULL || !keypair_read(d->key_file, &d->key, e) ||
        !hash_paper(d, e))
        return false;
    store_pg_open(&d->store, d->app->settings.db_admin, "desk");
    ports.store_ctx = d->store;
    ingest_open(&d->ingest, &ports);
    d->epoch =
        (uint64_t)clock_wall(); /* never a collector's, whose epochs count from 1 */
    return ingest_refresh(d->ingest, e) && find_unit(d, e) &&
           (d->nothing ? nothing_to_report(d, e) : file_reports(d, e)) && flush(d, e);
}

static bool options(struct desk *d, int argc, char **argv)
{
    static const struct option longs[] = {
        {"for",          1, NULL, 'f'},
        {"by",           1, NULL, 'b'},
        {"why",          1, NULL, 'w'},
        {"key",          1, NULL, 'k'},
        {"paper",        1, NULL, 'p'},
        {"complete",     0, NULL, 'c'},
        {"nothing",      1, NULL, 'n'},
        {"vintage",      1, NULL, 'v'},
        {"paper-number", 1, NULL, 'N'},
        {"paper-date",   1, NULL, 'D'},
        {"signer",       1, NULL, 's'},
        {"title",        1, NULL, 't'},
        {NULL,           0, NULL, 0  },
    };
    int c;

    while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0)
        switch (c) {
        case 'f':
            d->unit_code = optarg;
            break;
        case 'b':
            d->by = optarg;
            break;
        case 'w':
            d->why = optarg;
            break;
        case 'k':
            d->key_file = optarg;
            break;
        case 'p':
            d->paper = optarg;
            break;
        case 'c':
            d->complete = true;
            break;
        case 'n':
            d->nothing = true;
            d->period = optarg;
            break;
        case 'v':
            d->vintage = optarg;
            break;
        case 'N':
            d->paper_number = optarg;
            break;
        case 'D':
            d->paper_date = optarg;
            break;
        case 's':
            d->signer = optarg;
            break;
        case 't':
            d->title = optarg;
            break;
        default:
            return false;
        }
    d->file = optind < argc ? argv[optind++] : NULL;
    return optind == argc && (d->file != NULL) == !d->nothing && d->unit_code != NULL &&
           d->by != NULL && d->why != NULL && d->key_file != NULL &&
           (d->paper_date == NULL || date_read(d->paper_date) != DATE_NONE);
}

int cmd_submit(struct app *app, int argc, char **argv)
{
    struct desk *d = mem_new(sizeof *d);
    struct err e = {0};
    int code = EXIT_DONE;

    d->app = app;
    if (!options(d, argc, argv)) {
        code = app_usage(app, NULL, NULL);
    } else if (!run(d, &e)) {
        code = app_fail(app, &e);
    } else {
        if (d->same > 0)
            printf("%s: %zu\n",
                   app_say(app, "Không có gì mới so với lần trước",
                           "Nothing new since last"),
                   d->same);
        code = d->rejected ? EXIT_FAILED : d->refused > 0 ? EXIT_FINDINGS : EXIT_DONE;
    }
    for (size_t i = 0; i < d->n; i++)
        bytes_clear(&d->bodies[i]);
    form_read_clear(&d->form);
    ingest_close(&d->ingest);
    store_pg_close(&d->store);
    arena_clear(&d->arena);
    memset(&d->key, 0, sizeof d->key);
    free(d);
    return code;
}
