/*
 * reading - one spreadsheet file to judged reports, the same at a unit and at the
 * province's desk: sheet_open, form_read, rules_check.
 */
#ifndef HTX_READING_H
#define HTX_READING_H

#include "proto/forms/form.h"
#include "proto/page.h"

struct reading_context {
    const struct catalogue *cat;
    struct unit_key unit;
    enum channel channel;
    int32_t today; /* the civil date */
    /* what is known here of the subjects; NULL: rules of scope register wait */
    const struct register_page *page;
};

/*
 * Fills out; a file that the reader refuses has no reports and one finding of the sheet,
 * coded by its reason (SHEET-...). Reports have version, unit, channel and catalogue set;
 * id, revision, supersedes, times and provenance are the caller's. False only for what is
 * not the file's fault.
 */
bool reading_file(const struct reading_context *ctx, const char *path,
                  struct form_read *out, struct err *e) MUST_CHECK;

/* What reading_file does with the reader's refusal. */
void reading_refused(struct form_read *form, const struct err *why);

#endif
