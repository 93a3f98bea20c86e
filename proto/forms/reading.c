#include "proto/forms/reading.h"

#include "proto/rules.h"

/* The reader's own remedy stands behind the last ";": the catalogue has better words. */
static const char *without_remedy(struct arena *a, const char *detail)
{
    const char *last = NULL;

    for (const char *p = detail; (p = strstr(p, "; ")) != NULL; p++)
        last = p;
    return last == NULL ? detail : arena_strn(a, detail, (size_t)(last - detail));
}

void reading_refused(struct form_read *form, const struct err *why)
{
    char code[32] = "SHEET-TYPE";
    const char *detail = strstr(why->text, "SHEET-");
    struct arena a = {0};
    size_t n = 0;

    if (detail != NULL) {
        n = strcspn(detail, ": ");
        if (n < sizeof code) {
            memcpy(code, detail, n);
            code[n] = 0;
        }
        detail = without_remedy(&a, detail + n + strspn(detail + n, ": "));
    }
    findings_add(&form->sheet,
                 &(struct finding){.code = code,
                                   .severity = SEV_ERROR,
                                   .refuses = true,
                                   .args = {detail != NULL ? detail : why->text}});
    arena_clear(&a);
}

/* Cooperatives of the page that the register expects on the period's cut-off day; -1
 * where it holds no entity of the unit. */
static int64_t page_expects(const struct register_page *page, const struct catalogue *c,
                            const struct report *r)
{
    const struct period *p;
    char code[80];
    int64_t n = 0;
    bool any = false;

    snprintf(code, sizeof code, "%s:%s", r->scheme != NULL ? r->scheme : "",
             r->period != NULL ? r->period : "");
    p = catalogue_period(c, code);
    for (size_t i = 0; i < page->n && p != NULL; i++) {
        const struct page_entry *e = &page->entries[i];

        any = any || (e->registered && e->subject.kind != SUBJECT_UNIT);
        n += e->registered && e->subject.kind == SUBJECT_HTX &&
             e->subject.state != STATE_DISSOLVED &&
             (e->founded == DATE_NONE || e->founded <= p->cutoff);
    }
    return any ? n : -1;
}

/* As the province will, as far as the unit's page of the register goes. */
static void judge(const struct reading_context *ctx, const struct report *r,
                  struct findings *fs)
{
    const struct page_entry *entry;
    struct past past = {.founded = DATE_NONE, .expected = -1, .listed = -1};
    struct arena a = {0};

    if (ctx->page == NULL) {
        rules_check(ctx->cat, r, NULL, fs);
        return;
    }
    entry = page_find(ctx->page, &r->subject);
    if (entry != NULL)
        page_past(ctx->page, entry, &a, &past);
    if (r->subject.kind == SUBJECT_UNIT)
        past.expected = page_expects(ctx->page, ctx->cat, r);
    rules_check(ctx->cat, r, &past, fs);
    arena_clear(&a);
}

bool reading_file(const struct reading_context *ctx, const char *path,
                  struct form_read *out, struct err *e)
{
    const struct form_context form = {ctx->cat, ctx->unit.code, ctx->today};
    struct sheet *sheet = NULL;
    struct err why = {0};

    *out = (struct form_read){0};
    if (!sheet_open(&sheet, path, &why)) {
        if (why.kind != ERR_INPUT) {
            *e = why;
            return false;
        }
        reading_refused(out, &why);
        return true;
    }
    form_read(sheet, &form, out);
    sheet_close(&sheet);
    out->beside_register = ctx->page != NULL;
    for (size_t i = 0; i < out->n; i++) {
        struct report *r = &out->reports[i];

        r->version = REPORT_VERSION;
        r->unit = ctx->unit;
        r->channel = ctx->channel;
        r->catalogue = ctx->cat->version;
        judge(ctx, r, &out->per_report[i]);
    }
    form_show_blanks(out);
    return true;
}
