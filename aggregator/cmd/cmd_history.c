/*
 * history load FILE: earlier periods from the office's own old tables, so that what is
 * compared with a year ago has a year ago.
 *
 * The file is one of our workbooks, read as submit reads it, or a plain table
 * (history.h). Either way it becomes signed reports of the desk in the channel "earlier"
 * (số liệu cũ), which ranks behind every other; the document and the place of each figure
 * stay with them. A later file about the same unit, period and vintage adds its figures
 * to those of the files before; the same file again changes nothing.
 */
#include "aggregator/ingest/desk.h"
#include "aggregator/rollup/history.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "proto/forms/reading.h"
#include "proto/rules.h"

#include <errno.h>
#include <getopt.h>
#include <unistd.h>

struct loading {
    struct desk desk;
    const char *file, *base; /* base: without folders, as in places */
    const char *document, *date, *by, *key_file, *reason;
    struct history_default given;
    struct hash file_hash;
    size_t sent, same, left_out, problems;
    struct history_table table;
    struct form_read form;
};

/* ---- whose, and of when ---- */

static const struct period *period_of(struct loading *l, const char *code)
{
    const struct period *p = catalogue_period(l->desk.cat, code);

    if (p == NULL) {
        l->problems++;
        fprintf(
            stderr, "%s: \"%s\": %s\n", l->base, code,
            app_say(l->desk.app,
                    "không có kỳ này: thêm vào periods.tsv của danh mục rồi catalogue "
                    "load, catalogue activate (xem period list)",
                    "there is no such period: add it to periods.tsv of the "
                    "catalogue, then catalogue load and activate (see period list)"));
    }
    return p;
}

/* The unit of this code on the period's cut-off day, else the last one that was there
   when the period began: former units have figures too. */
static bool unit_of(struct loading *l, const char *code, const struct period *p,
                    struct unit_key *out)
{
    const struct context *c = ingest_context(l->desk.ingest);
    const struct ctx_unit *best = NULL;

    for (size_t i = 0; i < c->n_units; i++) {
        const struct ctx_unit *u = &c->units[i];

        if (strcmp(u->key.code, code) == 0 && u->key.valid_from <= p->cutoff &&
            (u->valid_to == DATE_NONE || u->valid_to >= p->starts) &&
            (best == NULL || u->key.valid_from > best->key.valid_from))
            best = u;
    }
    if (best == NULL) {
        l->problems++;
        fprintf(stderr, "%s: \"%s\": %s %s\n", l->base, code,
                app_say(l->desk.app,
                        "không có đơn vị mã này vào kỳ đó: nạp đơn vị cũ (valid_from, "
                        "valid_to) bằng unit load; kỳ",
                        "there was no unit of this code then: load the former unit "
                        "(valid_from, valid_to) with unit load; period"),
                p->code);
        return false;
    }
    *out = best->key;
    return true;
}

/* ---- what was loaded before ---- */

static bool read_old(struct loading *l, const struct hash *hash, struct report *r,
                     struct err *e)
{
    static const char SQL[] = "select envelope_of(r.evidence, r.epoch, r.seq), r.item"
                              " from report r where r.hash = $1";
    const struct pg_arg arg = pg_hash(hash);
    struct pg_rows rows = {0};
    struct message m;
    int64_t item;
    bool ok = false;

    if (!pg_query(l->desk.pg, SQL, &arg, 1, &rows, e))
        return false;
    item = rows.n == 1 ? pg_get_int(&rows, 0, 1) : -1;
    if (rows.n != 1)
        err_set(e, ERR_SETUP, "no evidence of an earlier report");
    else if (wire_read_message(pg_get_bytes(&rows, 0, 0), &l->desk.arena, &m, e))
        ok = m.kind == MSG_BATCH && item >= 0 && (size_t)item < m.batch.n_items
                 ? wire_read_report(m.batch.items[item].body, &l->desk.arena, r, e)
                 : err_set(e, ERR_SETUP, "evidence: no report at item %lld",
                           (long long)item);
    pg_rows_clear(&rows);
    return ok;
}

static bool same_cell(const struct observation *a, const struct observation *b)
{
    return a->indicator == b->indicator && strcmp(a->b1, b->b1) == 0 &&
           strcmp(a->b2, b->b2) == 0;
}

/* The figures of old that r says nothing of stay. */
static void merge(struct loading *l, struct report *r, const struct report *old)
{
    struct observation *all =
        arena_new(&l->desk.arena, (r->n_obs + old->n_obs) * sizeof *all);
    size_t n = 0;

    for (size_t i = 0; i < old->n_obs; i++) {
        bool again = false;

        for (size_t k = 0; k < r->n_obs; k++)
            again = again || same_cell(&old->obs[i], &r->obs[k]);
        if (!again)
            all[n++] = old->obs[i];
    }
    for (size_t i = 0; i < r->n_obs; i++)
        all[n++] = r->obs[i];
    r->obs = all;
    r->n_obs = n;
}

static int by_cell(const void *a, const void *b)
{
    const struct observation *x = a, *y = b;
    int d = x->indicator < y->indicator ? -1 : x->indicator > y->indicator;

    d = d != 0 ? d : strcmp(x->b1, y->b1);
    return d != 0 ? d : strcmp(x->b2, y->b2);
}

/* ---- sending ---- */

static bool add_report(struct loading *l, struct report *r, const struct findings *fs,
                       bool merges, struct err *e)
{
    const char *subject = subject_key(&r->subject, &l->desk.arena);
    struct hash head, digest, own;
    struct bytes body = {0};
    struct findings judged = {0};
    struct report old;
    uint32_t revision;
    bool refused;

    if (l->desk.unit.code == NULL || strcmp(l->desk.unit.code, r->unit.code) != 0 ||
        l->desk.unit.valid_from != r->unit.valid_from) {
        if (!desk_flush(&l->desk, e))
            return false;
        l->desk.unit = r->unit;
    }
    r->channel = CHANNEL_EARLIER;
    r->catalogue = l->desk.cat->version;
    r->reason = l->reason;
    if (!desk_head(&l->desk, r, subject, &head, &digest, &revision, e))
        return false;
    if (merges && revision > 0) {
        if (!read_old(l, &head, &old, e))
            return false;
        merge(l, r, &old);
    }
    qsort(r->obs, r->n_obs, sizeof *r->obs, by_cell);
    if (fs == NULL) {
        rules_check(l->desk.cat, r, NULL, &judged);
        fs = &judged;
    }
    refused = findings_refuse(fs);
    if (refused) {
        printf("%s %s %s\n", r->unit.code, r->period,
               catalogue_text(l->desk.cat, "verdict.refused", l->desk.app->lang));
        desk_findings(&l->desk, r, fs);
        l->desk.refused++;
    }
    findings_clear(&judged);
    if (refused)
        return true;
    r->id = uuid_new(clock_wall());
    r->maker = l->by;
    r->paper_hash = "";
    r->source_name = l->base;
    r->source_hash = l->file_hash;
    r->made_at = clock_wall();
    own = report_digest(r);
    if (revision > 0 && hash_eq(&own, &digest)) {
        l->same++;
        return true;
    }
    r->revision = revision + 1;
    r->has_supersedes = revision > 0;
    r->supersedes = head;
    l->sent++;
    return wire_pack_report(r, &body, e) && desk_add(&l->desk, ITEM_REPORT, &body, e);
}

/* ---- a plain table ---- */

static const struct form *table_form(const struct catalogue *cat)
{
    const struct form *best = NULL;

    for (size_t i = 0; i < cat->n_forms; i++) {
        const struct form *f = &cat->forms[i];

        if (f->layout == LAYOUT_BY_PERIOD && f->subject == SUBJECT_UNIT &&
            (best == NULL || f->version > best->version))
            best = f;
    }
    return best;
}

static bool of_one_report(const struct history_line *a, const struct history_line *b)
{
    return a->vintage == b->vintage && strcmp(a->unit, b->unit) == 0 &&
           strcmp(a->period, b->period) == 0;
}

/* Two lines of one report about one cell: the second is a problem unless it says the
   same. */
static bool doubled(struct loading *l, const struct report *r,
                    const struct observation *o)
{
    for (size_t i = 0; i < r->n_obs; i++) {
        const struct observation *x = &r->obs[i];

        if (!same_cell(x, o))
            continue;
        if (x->value != o->value || x->state != o->state || x->upper != o->upper) {
            l->problems++;
            fprintf(stderr, "%s: \"%s\": %s %s\n", o->cell, o->text,
                    app_say(l->desk.app, "đã có số khác ở dòng trên, để lại một dòng:",
                            "another figure stands above, keep one of them:"),
                    x->cell);
        }
        return true;
    }
    return false;
}

/* The report that begins with line k. */
static bool send_table_report(struct loading *l, size_t k, struct err *e)
{
    const struct history_table *t = &l->table;
    const struct form *form = table_form(l->desk.cat);
    const struct period *p = period_of(l, t->lines[k].period);
    struct report r = {.version = REPORT_VERSION,
                       .vintage = t->lines[k].vintage,
                       .source_place = l->base};

    if (form == NULL)
        return app_set(l->desk.app, e, ERR_SETUP, "danh mục không có biểu chỉ tiêu",
                       "the catalogue has no form of indicators by period");
    if (p == NULL || !unit_of(l, t->lines[k].unit, p, &r.unit))
        return true;
    r.scheme = p->scheme;
    r.period = p->code;
    r.form = form->code;
    r.form_version = form->version;
    r.subject = (struct subject){.kind = SUBJECT_UNIT,
                                 .id = "",
                                 .id_issuer = "",
                                 .name = "",
                                 .sector = "",
                                 .commune = ""};
    r.obs = arena_new(&l->desk.arena, t->n * sizeof *r.obs);
    for (size_t i = k; i < t->n; i++)
        if (of_one_report(&t->lines[i], &t->lines[k]) &&
            !doubled(l, &r, &t->lines[i].obs))
            r.obs[r.n_obs++] = t->lines[i].obs;
    return add_report(l, &r, NULL, true, e);
}

static bool send_table(struct loading *l, struct err *e)
{
    for (size_t k = 0; k < l->table.n; k++) {
        bool first = true;

        for (size_t i = 0; i < k && first; i++)
            first = !of_one_report(&l->table.lines[i], &l->table.lines[k]);
        if (first && !send_table_report(l, k, e))
            return false;
    }
    return true;
}

/* ---- one of our workbooks ---- */

/* "nd09:2023" or "2023": is it the report's period? Then the report's scheme is meant so.
 */
static bool of_period(const struct loading *l, struct report *r)
{
    const struct period *p =
        l->given.period != NULL ? catalogue_period(l->desk.cat, l->given.period) : NULL;

    if (p == NULL)
        return l->given.period == NULL;
    if (strcmp(p->code, r->period) != 0)
        return false;
    r->scheme = p->scheme;
    return true;
}

static bool send_book(struct loading *l, struct err *e)
{
    const struct reading_context ctx = {
        l->desk.cat,
        {l->given.unit, DATE_NONE},
        CHANNEL_EARLIER,
        settings_today(&l->desk.app->settings),
        NULL
    };

    if (l->given.unit == NULL)
        return app_set(l->desk.app, e, ERR_INPUT,
                       "%s: không phải bảng có cột indicator, period, value: nếu là biểu "
                       "mẫu của hệ thống thì cần --unit",
                       "%s: no table with columns indicator, period and value: if it is "
                       "one of the forms, --unit is needed",
                       l->file);
    if (!reading_file(&ctx, l->file, &l->form, e))
        return false;
    desk_findings(&l->desk, NULL, &l->form.sheet);
    l->desk.refused += findings_refuse(&l->form.sheet);
    for (size_t i = 0; i < l->form.n; i++) {
        struct report *r = &l->form.reports[i];
        struct findings *fs = &l->form.per_report[i];
        const struct period *p;
        char code[80];

        if (r->period == NULL || !of_period(l, r)) {
            l->left_out++;
            continue;
        }
        snprintf(code, sizeof code, "%s:%s", r->scheme, r->period);
        p = period_of(l, code);
        if (p != NULL && unit_of(l, l->given.unit, p, &r->unit) &&
            !add_report(l, r, fs, false, e))
            return false;
    }
    return true;
}

/* ---- the command ---- */

static bool hash_source(struct loading *l, struct err *e)
{
    struct bytes b = {0};
    bool ok;

    ok = access(l->file, R_OK) == 0 ||
         err_set(e, ERR_INPUT, "%s: %s", l->file, strerror(errno));
    ok = ok && file_read(l->file, sheet_limits.file_bytes, &b, e);
    l->file_hash = hash_of(DOMAIN_FILE, span_of(&b));
    bytes_clear(&b);
    return ok;
}

/* Is it a plain table? Its lines are read then. */
static bool read_table(struct loading *l, bool *is, struct err *e)
{
    struct sheet *s = NULL;
    struct err why = {0};

    *is = false;
    if (!sheet_open(&s, l->file, &why))
        return true; /* the reader of workbooks says what is wrong with it */
    for (size_t i = 0; i < s->n_pages; i++)
        *is = *is || history_is_table(&s->pages[i], &l->given);
    for (size_t i = 0; i < s->n_pages && *is; i++) {
        if (history_is_table(&s->pages[i], &l->given))
            history_read(l->desk.app, l->desk.cat, l->base, &s->pages[i], &l->given,
                         &l->table);
        else
            fprintf(stderr, "%s: %s: %s\n", l->base, s->pages[i].name,
                    app_say(l->desk.app, "trang không phải bảng số liệu, bỏ qua",
                            "no table of figures, left out"));
    }
    sheet_close(&s);
    l->problems += l->table.problems;
    (void)e;
    return true;
}

static bool run(struct loading *l, struct err *e)
{
    const char *slash = strrchr(l->file, '/');
    char day[11];
    bool table;

    l->base = slash != NULL ? slash + 1 : l->file;
    if (!desk_open(&l->desk, l->desk.app, l->by, l->key_file, e) || !hash_source(l, e) ||
        app_actor(l->desk.app, &l->desk.arena, l->by, e) == NULL)
        return false;
    l->reason = arena_printf(&l->desk.arena, "%s, %s", l->document,
                             date_vi(date_read(l->date), day));
    if (l->given.period != NULL && period_of(l, l->given.period) == NULL)
        return app_set(l->desk.app, e, ERR_INPUT, "--period %s: không có kỳ này",
                       "--period %s: no such period", l->given.period);
    return read_table(l, &table, e) && (table ? send_table(l, e) : send_book(l, e)) &&
           desk_flush(&l->desk, e);
}

static bool options(struct loading *l, int argc, char **argv)
{
    static const struct option longs[] = {
        {"document", 1, NULL, 'd'},
        {"date",     1, NULL, 'D'},
        {"by",       1, NULL, 'b'},
        {"key",      1, NULL, 'k'},
        {"unit",     1, NULL, 'u'},
        {"period",   1, NULL, 'p'},
        {"vintage",  1, NULL, 'v'},
        {NULL,       0, NULL, 0  },
    };
    int c;

    while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0)
        switch (c) {
        case 'd':
            l->document = optarg;
            break;
        case 'D':
            l->date = optarg;
            break;
        case 'b':
            l->by = optarg;
            break;
        case 'k':
            l->key_file = optarg;
            break;
        case 'u':
            l->given.unit = optarg;
            break;
        case 'p':
            l->given.period = optarg;
            break;
        case 'v':
            l->given.vintage = vintage_of(optarg);
            if (l->given.vintage == VINTAGE_NONE)
                return false;
            break;
        default:
            return false;
        }
    l->file = optind < argc ? argv[optind++] : NULL;
    return optind == argc && l->file != NULL && l->document != NULL && l->by != NULL &&
           l->key_file != NULL && l->date != NULL && date_read(l->date) != DATE_NONE;
}

static int outcome(const struct loading *l)
{
    app_print(l->desk.app, "%zu báo cáo số liệu cũ, %zu không có gì mới\n",
              "%zu reports of earlier data, %zu with nothing new\n", l->sent, l->same);
    if (l->table.targets > 0)
        fprintf(stderr, "%s: %zu\n",
                app_say(l->desk.app, "dòng mục tiêu, nhu cầu: dùng target load",
                        "lines of targets and needs: use target load"),
                l->table.targets);
    if (l->table.others + l->left_out > 0)
        fprintf(stderr, "%s: %zu\n",
                app_say(l->desk.app, "dòng, báo cáo của kỳ hoặc loại khác, không nạp",
                        "of another period or kind, not loaded"),
                l->table.others + l->left_out);
    if (l->desk.rejected)
        return EXIT_FAILED;
    return l->problems > 0 || l->desk.refused > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

int cmd_history_load(struct app *app, int argc, char **argv)
{
    struct loading *l = mem_new(sizeof *l);
    struct err e = {0};
    int code;

    l->desk.app = app;
    if (!options(l, argc, argv))
        code = app_usage(app, NULL, NULL);
    else if (!run(l, &e))
        code = app_fail(app, &e);
    else
        code = outcome(l);
    form_read_clear(&l->form);
    history_clear(&l->table);
    desk_close(&l->desk);
    free(l);
    return code;
}
