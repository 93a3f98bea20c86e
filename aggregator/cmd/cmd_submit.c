/*
 * submit FILE --for UNIT: the province's desk files for a unit without a collector
 * (channel nhập thay), on the way of desk.h; who, why and the paper's hash stay with the
 * report.
 */
#include "aggregator/ingest/desk.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "proto/forms/reading.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

enum { PAPER_MAX = 64 * 1024 * 1024 };

struct filing {
    struct desk desk;
    const char *file, *unit_code, *by, *why, *key_file, *paper;
    bool complete, nothing;
    const char *period, *vintage; /* of a submission with nothing */
    const char *paper_number, *paper_date, *signer, *title;
    char paper_hash[2 * HASH_LEN + 1];
    struct hash file_hash;
    struct form_read form;
    size_t same;
};

static bool hash_paper(struct filing *d, struct err *e)
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

static bool add_report(struct filing *d, struct report *r, const struct findings *fs,
                       struct err *e)
{
    const char *subject = subject_key(&r->subject, &d->desk.arena);
    struct hash head, digest, own;
    struct bytes body = {0};
    uint32_t revision;

    if (findings_refuse(fs)) {
        printf("%s\n", catalogue_text(d->desk.cat, "verdict.refused", d->desk.app->lang));
        desk_findings(&d->desk, r, fs);
        d->desk.refused++;
        return true;
    }
    r->id = uuid_new(clock_wall());
    r->reason = d->why;
    r->maker = d->by;
    r->paper_hash = d->paper_hash;
    r->source_name = d->file;
    r->source_hash = d->file_hash;
    r->made_at = clock_wall();
    if (!desk_head(&d->desk, r, subject, &head, &digest, &revision, e))
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
    return desk_add(&d->desk, ITEM_REPORT, &body, e);
}

/* One declaration for each period and vintage of the file: its forms are complete. */
static bool declare(struct filing *d, const char *scheme, const char *period,
                    enum vintage v, struct err *e)
{
    const char *forms[8];
    uint32_t rows[8];
    struct submission s = {.version = REPORT_VERSION,
                           .id = uuid_new(clock_wall()),
                           .unit = d->desk.unit,
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
    return wire_pack_submission(&s, &body, e) &&
           desk_add(&d->desk, ITEM_SUBMISSION, &body, e);
}

static bool declare_all(struct filing *d, struct err *e)
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

static bool file_reports(struct filing *d, struct err *e)
{
    const struct reading_context ctx = {d->desk.cat, d->desk.unit, CHANNEL_ON_BEHALF,
                                        settings_today(&d->desk.app->settings), NULL};
    struct bytes b = {0};
    bool ok;

    ok = access(d->file, R_OK) == 0 ||
         err_set(e, ERR_INPUT, "%s: %s", d->file, strerror(errno));
    ok = ok && file_read(d->file, sheet_limits.file_bytes, &b, e);
    d->file_hash = hash_of(DOMAIN_FILE, span_of(&b));
    bytes_clear(&b);
    if (!ok || !reading_file(&ctx, d->file, &d->form, e))
        return false;
    desk_findings(&d->desk, NULL, &d->form.sheet);
    d->desk.refused +=
        findings_refuse(&d->form.sheet); /* a refused page; the others stand */
    for (size_t i = 0; i < d->form.n; i++)
        if (!add_report(d, &d->form.reports[i], &d->form.per_report[i], e))
            return false;
    return !d->complete || declare_all(d, e);
}

static bool nothing_to_report(struct filing *d, struct err *e)
{
    const struct period *p = catalogue_period(d->desk.cat, d->period);
    enum vintage v = d->vintage != NULL ? vintage_of(d->vintage) : VINTAGE_ACTUAL;

    if (p == NULL || v == VINTAGE_NONE)
        return app_set(d->desk.app, e, ERR_INPUT, "--nothing %s: không có kỳ này",
                       "--nothing %s: no such period", d->period);
    return declare(d, p->scheme, p->code, v, e);
}

static bool run(struct filing *d, struct app *app, struct err *e)
{
    return hash_paper(d, e) && desk_open(&d->desk, app, d->by, d->key_file, e) &&
           desk_unit(&d->desk, "--for", d->unit_code, e) &&
           (d->nothing ? nothing_to_report(d, e) : file_reports(d, e)) &&
           desk_flush(&d->desk, e);
}

static bool options(struct filing *d, int argc, char **argv)
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
    struct filing *d = mem_new(sizeof *d);
    struct err e = {0};
    int code = EXIT_DONE;

    if (!options(d, argc, argv)) {
        code = app_usage(app, NULL, NULL);
    } else if (!run(d, app, &e)) {
        code = app_fail(app, &e);
    } else {
        if (d->same > 0)
            printf("%s: %zu\n",
                   app_say(app, "Không có gì mới so với lần trước",
                           "Nothing new since last"),
                   d->same);
        code = d->desk.rejected      ? EXIT_FAILED
               : d->desk.refused > 0 ? EXIT_FINDINGS
                                     : EXIT_DONE;
    }
    form_read_clear(&d->form);
    desk_close(&d->desk);
    free(d);
    return code;
}
