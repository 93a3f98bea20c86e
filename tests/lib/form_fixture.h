/*
 * form_fixture - a sheet from lines of text, read by the catalogue's forms, and what is
 * asked of the result. Include behind cmocka.h.
 */
#ifndef HTX_TEST_FORM_FIXTURE_H
#define HTX_TEST_FORM_FIXTURE_H

#include "proto/crypto.h"
#include "proto/forms/form.h"
#include "tests/lib/shipped_catalogue.h"

struct fixture {
    struct catalogue *cat;
    struct form_context ctx;
    struct arena arena;
    struct sheet sheet;
    struct sheet_page pages[4];
    struct form_read form;
};

static inline int setup(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    fx->cat = shipped_catalogue();
    fx->ctx = (struct form_context){fx->cat, "106", date_make(2025, 6, 20)};
    *state = fx;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *fx = *state;

    form_read_clear(&fx->form);
    arena_clear(&fx->arena);
    catalogue_close(&fx->cat);
    free(fx);
    return 0;
}

/*
 * A page from lines of cells parted by "|": "=33.14" is a number of the workbook,
 * "@2023-06-30" a date, "!#REF!" an error.
 */
static inline struct sheet_page *add_page(struct fixture *fx, const char *name,
                                          const char *text)
{
    struct sheet_page *page = &fx->pages[fx->sheet.n_pages++];
    size_t n = 0, most = strlen(text) + 2;
    struct cell *cells = arena_new(&fx->arena, most * sizeof *cells);
    uint32_t row = 0, col = 0;

    while (*text != 0) {
        size_t len = strcspn(text, "|\n");
        enum cell_kind kind = CELL_TEXT;

        if (len > 0) {
            kind = *text == '=' && len > 1 ? CELL_NUMBER : kind;
            kind = *text == '@' ? CELL_DATE : kind;
            kind = *text == '!' ? CELL_ERROR : kind;
            cells[n++] = (struct cell){row, col, kind, false,
                                       arena_strn(&fx->arena, text + (kind != CELL_TEXT),
                                                  len - (kind != CELL_TEXT))};
        }
        col++;
        if (text[len] == '\n') {
            row++;
            col = 0;
        }
        text += len + (text[len] != 0);
    }
    *page = (struct sheet_page){.name = name,
                                .form_mark = "",
                                .cells = cells,
                                .n_cells = n,
                                .n_rows = row + 1,
                                .n_cols = 64};
    fx->sheet.pages = fx->pages;
    if (fx->sheet.form_mark == NULL)
        fx->sheet.form_mark = fx->sheet.encoding = "";
    return page;
}

static inline void read_it(struct fixture *fx)
{
    form_read_clear(&fx->form);
    form_read(&fx->sheet, &fx->ctx, &fx->form);
}

static inline void read_text(struct fixture *fx, const char *text)
{
    fx->sheet = (struct sheet){0};
    add_page(fx, "T", text);
    read_it(fx);
}

static inline const struct finding *finding_in(const struct findings *fs,
                                               const char *code)
{
    for (size_t i = 0; i < fs->n; i++)
        if (strcmp(fs->list[i].code, code) == 0)
            return &fs->list[i];
    return NULL;
}

/* Every code a test has seen needs its words in both languages. */
static inline void finding_is(struct fixture *fx, const struct findings *fs,
                              const char *code, const char *cell, bool refuses)
{
    const struct finding *f = finding_in(fs, code);
    char key[64];

    if (f == NULL)
        fail_msg("no %s, but %s", code, fs->n > 0 ? fs->list[0].code : "nothing");
    assert_string_equal(f->cell == NULL ? "" : f->cell, cell);
    assert_int_equal(f->refuses, refuses);
    snprintf(key, sizeof key, "finding.%s", code);
    assert_string_not_equal(catalogue_text(fx->cat, key, LANG_VI), key);
    assert_string_not_equal(catalogue_text(fx->cat, key, LANG_EN), key);
}

static inline const struct observation *obs_of(struct fixture *fx, size_t report,
                                               const char *code, const char *b1,
                                               const char *b2)
{
    const struct indicator *ind = catalogue_indicator(fx->cat, code);
    const struct observation *o;

    assert_non_null(ind);
    assert_true(report < fx->form.n);
    o = report_find(&fx->form.reports[report], ind->no, b1, b2);
    if (o == NULL)
        fail_msg("no %s[%s|%s] in report %zu", code, b1, b2, report);
    return o;
}

static inline void value_is(struct fixture *fx, size_t report, const char *code,
                            const char *b1, int64_t value)
{
    const struct observation *o = obs_of(fx, report, code, b1, "");

    assert_int_equal(o->state, OBS_VALUE);
    assert_int_equal(o->value, value);
}

static inline void nothing_is_wrong(struct fixture *fx)
{
    for (size_t i = 0; i < fx->form.sheet.n; i++)
        fail_msg("%s %s", fx->form.sheet.list[i].code, fx->form.sheet.list[i].value);
    for (size_t i = 0; i < fx->form.n; i++)
        if (fx->form.per_report[i].n > 0)
            fail_msg("%s %s", fx->form.per_report[i].list[0].code,
                     fx->form.per_report[i].list[0].value);
}

#define HEAD(form, period, vintage)                                                      \
    "Mẫu số: Biểu " form "\nĐơn vị báo cáo: Huyện Tam Đường (mã 106)\n"     \
    "Kỳ báo cáo: " period "\nLoại số liệu: " vintage "\n\n"
#define LIST HEAD("01/HTX", "6 tháng đầu năm 2025", "thực hiện")
#define STATEMENT HEAD("02/ĐV", "2023", "ước thực hiện")

#endif
