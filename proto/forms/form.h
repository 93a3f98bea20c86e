/*
 * form - cells to reports, by the catalogue's forms. Pure.
 *
 * The form is recognised by what is written (its mark, e.g. "Biểu 01/HTX"), columns and
 * rows by their labels, never by position alone. A sheet names its unit, period and
 * vintage in its head ("Đơn vị báo cáo: ... (mã 106)", "Kỳ báo cáo: 2025-S1", "Loại số
 * liệu: thực hiện"); in a biểu chỉ tiêu each column names its own. Every cell that
 * cannot be read is a finding with its place; the other rows go on.
 */
#ifndef HTX_FORM_H
#define HTX_FORM_H

#include "proto/forms/number.h"
#include "proto/forms/sheet.h"

/*
 * What a unit wrote beside a finding in the page of findings of an earlier answer. It is
 * paired by the columns that are not shown, never by its row.
 */
struct form_answer {
    const char *report; /* id of the report, hex; "" when it was not sent */
    const char *code, *indicator, *b1, *b2, *cell; /* of the finding; indicator: its code */
    const char *title;                             /* whose line it was */
    const char *text;                              /* never "" */
};

enum form_answer_key {
    FORM_KEY_REPORT,
    FORM_KEY_CODE,
    FORM_KEY_INDICATOR,
    FORM_KEY_B1,
    FORM_KEY_B2,
    FORM_KEY_CELL,
    FORM_KEY_TITLE,
    FORM_ANSWER_KEYS,
};
extern const char *const form_answer_keys[FORM_ANSWER_KEYS]; /* heads of these columns */

struct form_read {
    struct report
        *reports; /* id, unit.valid_from, channel, revision, times: the caller's */
    size_t n;
    struct findings
        *per_report; /* n of them: what reading found in that report's cells */
    struct findings
        sheet; /* about a page as a whole: no mark, unknown columns, wrong unit */
    struct form_table *tables; /* the columns that rows of reports were read by */
    size_t n_tables;
    const struct form_answer *answers; /* explanations, in the order of the file */
    size_t n_answers;
    bool beside_register; /* judged beside the unit's page of the register as well */
    struct arena arena;
};

/*
 * What the caller knows already. unit is the unit code that the folder stands for: a
 * page that names another is refused. today is the civil date.
 */
struct form_context {
    const struct catalogue *cat;
    const char *unit;
    int32_t today;
};

/*
 * Always fills out; a sheet of no known form has no reports and a finding that refuses.
 * A finding of out->sheet that refuses concerns the page it names: that page gives no
 * reports, those of other pages stand. A report whose own findings refuse is listed too,
 * so that its place can be shown; the caller must not send it. rules_check() is the
 * caller's next step. Nothing in out points into s.
 */
void form_read(const struct sheet *s, const struct form_context *ctx,
               struct form_read *out);
void form_read_clear(struct form_read *f);

/*
 * After rules_check(): a finding about a row that lacks something names the row; here it
 * gets the blank cell where that belongs.
 */
void form_show_blanks(struct form_read *f);

/* The explanations in a file, into the arena. form_read() gives them as well. */
void form_answers(const struct sheet *s, struct arena *a, const struct form_answer **out,
                  size_t *n);

#endif
