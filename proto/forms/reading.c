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
    for (size_t i = 0; i < out->n; i++) {
        struct report *r = &out->reports[i];

        r->version = REPORT_VERSION;
        r->unit = ctx->unit;
        r->channel = ctx->channel;
        r->catalogue = ctx->cat->version;
        rules_check(ctx->cat, r, NULL, &out->per_report[i]);
    }
    return true;
}
