/* Templates: what is written reads back as nothing at all, whatever the register says. */
#include "collectors/template.h"
#include "proto/base/file.h"
#include "proto/forms/form.h"
#include "proto/forms/statement.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants these first */
#include <cmocka.h>
#include <unistd.h>

#include "tests/lib/shipped_catalogue.h"

enum { FILE_MOST = 16 << 20 };

static struct observation OBS[] = {
    {.indicator = 38,
     .b1 = "",
     .b2 = "",
     .state = OBS_VALUE,
     .value = 12345,
     .as_of = DATE_NONE},
    {.indicator = 48,               .b1 = "", .b2 = "", .state = OBS_REFUSED, .as_of = DATE_NONE},
};

static const struct past_report REPORTS[] = {
    {"htx_list", 1, "nd09", "2024-S2", VINTAGE_ACTUAL, CHANNEL_TERRITORIAL, OBS, 2},
};

/* Names as a hostile register might have them. */
static const struct subject SUBJECTS[] = {
    {SUBJECT_HTX,   ID_TAX,         "0100233488", "",         "=HYPERLINK(\"http://a\";\"b\")", "agri",
     "Xã <Bản> & \"Bo\"",                                                                                          STATE_ACTIVE   },
    {SUBJECT_HTX,   ID_CERTIFICATE, "x",          "",         "x",                              "no such code", "",   STATE_NONE     },
    {SUBJECT_HTX,   ID_TAX,         "0100233489", NULL,       NULL,                             NULL,           NULL, STATE_STOPPED  },
    {SUBJECT_HTX,   ID_TAX,         "0100233490", "",         "Đã giải thể",              "agri",         "",   STATE_DISSOLVED},
    {SUBJECT_THT,   ID_REGISTER,    "7",          "UBND xã", "THT Tổng cộng",              "",             "",   STATE_ACTIVE   },
    {SUBJECT_LHHTX, ID_TAX,         "0100233491", "",         "LHHTX",                          "agri",         "",   STATE_ACTIVE   },
};

struct fixture {
    struct catalogue *cat;
    struct past entities[COUNT(SUBJECTS)];
    struct template_job job;
    char path[64];
    struct sheet *sheet;
    struct form_read read;
    struct err e;
};

static int begin(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    fx->cat = shipped_catalogue();
    for (size_t i = 0; i < COUNT(SUBJECTS); i++)
        fx->entities[i] = (struct past){.registered = &SUBJECTS[i],
                                        .founded = DATE_NONE,
                                        .reports = REPORTS,
                                        .n_reports = COUNT(REPORTS)};
    fx->job = (struct template_job){.cat = fx->cat,
                                    .unit = "106",
                                    .unit_name = "Huyện Tam Đường",
                                    .period = catalogue_period(fx->cat, "2025-S1"),
                                    .vintage = VINTAGE_ACTUAL,
                                    .entities = fx->entities,
                                    .n_entities = COUNT(SUBJECTS),
                                    .created = 1750000000};
    snprintf(fx->path, sizeof fx->path, "/tmp/htx-template-%d.xlsx", (int)getpid());
    *state = fx;
    return 0;
}

static int end(void **state)
{
    struct fixture *fx = *state;

    unlink(fx->path);
    sheet_close(&fx->sheet);
    form_read_clear(&fx->read);
    catalogue_close(&fx->cat);
    free(fx);
    return 0;
}

static void write_one(struct fixture *fx, const struct form *f)
{
    size_t rows;

    if (!template_write(&fx->job, &f, 1, fx->path, &rows, &fx->e))
        fail_msg("%s: %s", f->code, fx->e.text);
}

static void read_back(struct fixture *fx)
{
    const struct form_context ctx = {fx->cat, fx->job.unit, fx->job.period->cutoff};

    sheet_close(&fx->sheet);
    form_read_clear(&fx->read);
    if (!sheet_open(&fx->sheet, fx->path, &fx->e))
        fail_msg("%s", fx->e.text);
    form_read(fx->sheet, &ctx, &fx->read);
}

static void is_blank(struct fixture *fx, const char *what)
{
    read_back(fx);
    if (fx->read.n != 0 || fx->read.sheet.n != 1)
        fail_msg("%s: %zu reports, %zu findings: %s", what, fx->read.n, fx->read.sheet.n,
                 fx->read.sheet.n > 0 ? fx->read.sheet.list[0].code : "");
    assert_string_equal(fx->read.sheet.list[0].code, "FORM_BLANK");
    assert_int_equal(fx->read.sheet.list[0].severity, SEV_NOTE);
}

static void every_form_reads_back_as_nothing(void **state)
{
    struct fixture *fx = *state;

    for (size_t i = 0; i < fx->cat->n_forms; i++) {
        write_one(fx, &fx->cat->forms[i]);
        is_blank(fx, fx->cat->forms[i].code);
    }
}

static void every_period_and_vintage_is_understood_again(void **state)
{
    struct fixture *fx = *state;
    const struct form *f = catalogue_form(fx->cat, "thuyet_minh", 1);

    for (size_t i = 0; i < fx->cat->n_periods; i++) {
        fx->job.period = &fx->cat->periods[i];
        fx->job.vintage = (enum vintage)(VINTAGE_PLAN + i % 3);
        write_one(fx, f);
        is_blank(fx, fx->job.period->name_vi);
    }
}

static void a_unit_may_be_known_by_its_code_alone(void **state)
{
    struct fixture *fx = *state;

    fx->job.unit_name = NULL;
    write_one(fx, catalogue_form(fx->cat, "htx_list", 1));
    is_blank(fx, "htx_list");
}

static const struct cell *cell_with(const struct sheet *s, const char *text)
{
    for (size_t i = 0; i < s->pages[0].n_cells; i++)
        if (strcmp(s->pages[0].cells[i].text, text) == 0)
            return &s->pages[0].cells[i];
    return NULL;
}

static void what_is_known_stands_in_it_as_text(void **state)
{
    struct fixture *fx = *state;

    write_one(fx, catalogue_form(fx->cat, "htx_list", 1));
    read_back(fx);
    assert_non_null(cell_with(fx->sheet, SUBJECTS[0].name)); /* no formula */
    assert_int_equal(cell_with(fx->sheet, SUBJECTS[0].name)->kind, CELL_TEXT);
    assert_non_null(cell_with(fx->sheet, "0100233488"));
    assert_int_equal(cell_with(fx->sheet, "0100233488")->kind, CELL_TEXT);
    assert_non_null(cell_with(fx->sheet, SUBJECTS[0].commune));
    assert_null(cell_with(fx->sheet, SUBJECTS[3].name)); /* dissolved */
    assert_non_null(cell_with(fx->sheet, "12.345"));     /* the last value, beside it */
    assert_non_null(cell_with(fx->sheet, "KCC"));
    assert_string_equal(fx->sheet->pages[0].form_mark, "Biểu 01/HTX (phiên bản 1)");
    assert_string_equal(fx->sheet->pages[1].form_mark, "-"); /* the guide */
}

static void the_same_job_gives_the_same_bytes(void **state)
{
    struct fixture *fx = *state;
    const struct form *f = catalogue_form(fx->cat, "htx_list", 1);
    struct bytes first = {0}, second = {0};

    write_one(fx, f);
    assert_true(file_read(fx->path, FILE_MOST, &first, &fx->e));
    write_one(fx, f);
    assert_true(file_read(fx->path, FILE_MOST, &second, &fx->e));
    assert_true(span_eq(span_of(&first), span_of(&second)));
    bytes_clear(&first);
    bytes_clear(&second);
}

/* Grades are asked as long as their law was in force on the cut-off. */
static void what_no_law_asks_any_more_is_not_in_it(void **state)
{
    static const struct {
        const char *period;
        bool asked;
    } cases[] = {
        {"2025-S1", true },
        {"2025-S2", false},
        {"2026",    false}
    };
    struct fixture *fx = *state;
    const struct form *f = catalogue_form(fx->cat, "unit_statement", 1);

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct statement_plan plan;
        struct arena a = {0};
        size_t grades = 0;

        statement_plan(&plan, fx->cat, f, catalogue_period(fx->cat, cases[i].period),
                       VINTAGE_ACTUAL, &a);
        for (size_t k = 0; k < plan.n_lines; k++)
            grades +=
                strncmp(f->cells[plan.lines[k]].indicator->code, "htx.grade.", 10) == 0;
        assert_int_equal(grades > 0, cases[i].asked);
        arena_clear(&a);
    }
}

static void names_of_files_are_plain(void **state)
{
    struct fixture *fx = *state;
    const struct form *two[] = {catalogue_form(fx->cat, "unit_statement", 1),
                                catalogue_form(fx->cat, "htx_list", 1)};
    char *one = template_file_name(&fx->job, two, 1);
    char *both = template_file_name(&fx->job, two, 2);

    assert_string_equal(one, "bieu02-dv_106_2025-S1.xlsx");
    assert_string_equal(both, "bieu-mau_106_2025-S1.xlsx");
    free(one);
    free(both);
    fx->job.period = catalogue_period(fx->cat, "ministry:2025");
    one = template_file_name(&fx->job, two, 1);
    assert_string_equal(one, "bieu02-dv_106_ministry-2025.xlsx");
    free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_form_reads_back_as_nothing, begin, end),
        cmocka_unit_test_setup_teardown(every_period_and_vintage_is_understood_again,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_unit_may_be_known_by_its_code_alone, begin,
                                        end),
        cmocka_unit_test_setup_teardown(what_is_known_stands_in_it_as_text, begin, end),
        cmocka_unit_test_setup_teardown(the_same_job_gives_the_same_bytes, begin, end),
        cmocka_unit_test_setup_teardown(what_no_law_asks_any_more_is_not_in_it, begin,
                                        end),
        cmocka_unit_test_setup_teardown(names_of_files_are_plain, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
