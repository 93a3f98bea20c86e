/*
 * Tam Đường's document of 2023, all 75 figures: sheet -> form -> report -> wire and back,
 * each with its text, value, bounds, qualifier, unit, as-of date, population and
 * breakdown; then what the rules say about it. Also the sample sheets of Lai Châu: what
 * is sound passes, what is wrong is named at its cell.
 *
 * expected.tsv: empty as_of is the period's own cut-off (the document's "ước" of the
 * whole year); its class "khác (môi trường)" is the sector environment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/base/file.h"
#include "proto/crypto.h"
#include "proto/forms/form.h"
#include "proto/rules.h"
#include "proto/tsv.h"
#include "proto/wire.h"
#include "tests/lib/shipped_catalogue.h"

#define DATA "tests/data/"

struct fixture {
    struct catalogue *c;
    struct err e;
};

static int open_fixture(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    *state = fx;
    fx->c = shipped_catalogue();
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *fx = *state;

    catalogue_close(&fx->c);
    free(fx);
    return 0;
}

/* Reads a sheet and runs the rules on each report, as the collector does. */
static void read_sheet(struct fixture *fx, const char *path, const char *unit,
                       const char *today, struct form_read *out)
{
    const struct form_context ctx = {fx->c, unit, date_read(today)};
    struct sheet *s = NULL;

    if (!sheet_open(&s, path, &fx->e))
        fail_msg("%s: %s", path, fx->e.text);
    form_read(s, &ctx, out);
    sheet_close(&s);
    for (size_t i = 0; i < out->n; i++) {
        out->reports[i].version = REPORT_VERSION;
        out->reports[i].revision = 1;
        out->reports[i].channel = CHANNEL_TERRITORIAL;
        out->reports[i].catalogue = fx->c->version;
        out->reports[i].unit.valid_from = date_read("2004-01-01");
        rules_check(fx->c, &out->reports[i], NULL, &out->per_report[i]);
    }
}

static void show(struct fixture *fx, const struct findings *fs)
{
    struct bytes b = {0};

    for (size_t i = 0; i < fs->n; i++) {
        b.n = 0;
        finding_render(fx->c, &fs->list[i], LANG_VI, &b);
        print_error("%s: %s\n", fs->list[i].code, bytes_cstr(&b));
    }
    bytes_clear(&b);
}

static size_t count(const struct findings *fs, const char *code)
{
    size_t n = 0;

    for (size_t i = 0; i < fs->n; i++)
        n += strcmp(fs->list[i].code, code) == 0;
    return n;
}

/* -- the 75 figures -- */

static const struct report *report_of(const struct form_read *read, const struct tsv *t)
{
    for (size_t i = 0; i < read->n; i++) {
        const struct report *r = &read->reports[i];

        if (strcmp(r->form, tsv_get(t, "form")) == 0 &&
            strcmp(r->period, tsv_get(t, "period")) == 0 &&
            r->vintage == vintage_of(tsv_get(t, "vintage")))
            return r;
    }
    return NULL;
}

/* The report after a journey over the wire. */
static void travel(struct fixture *fx, const struct report *in, struct arena *a,
                   struct report *out)
{
    struct bytes b = {0};

    if (!wire_pack_report(in, &b, &fx->e) ||
        !wire_read_report(span_of(&b), a, out, &fx->e))
        fail_msg("%s", fx->e.text);
    bytes_clear(&b);
}

static void expect_number(const struct tsv *t, const char *column, int64_t value,
                          int64_t scale)
{
    struct bytes b = {0};

    value_plain(value, scale, &b);
    assert_string_equal(bytes_cstr(&b), tsv_get(t, column));
    bytes_clear(&b);
}

/* The unit is the indicator's; where others than HTX are counted, the population's. */
static void expect_unit(struct fixture *fx, const struct tsv *t,
                        const struct indicator *ind, const struct observation *o)
{
    const struct breakdown *counted;

    if (strcmp(ind->unit_vi, tsv_get(t, "unit")) == 0)
        return;
    counted = catalogue_breakdown_named(fx->c, "population", tsv_get(t, "unit"));
    assert_non_null(counted);
    assert_string_equal(counted->code, o->population);
}

static void expect_figure(struct fixture *fx, const struct tsv *t, const struct report *r)
{
    const struct indicator *ind = catalogue_indicator(fx->c, tsv_get(t, "indicator"));
    const struct observation *o = report_find(r, ind->no, tsv_get(t, "b1"), "");
    const char *upper = tsv_get(t, "upper");

    if (o == NULL)
        fail_msg("line %zu: %s %s is not there", t->line, ind->code, tsv_get(t, "b1"));
    if (strcmp(o->text, tsv_get(t, "text")) != 0)
        fail_msg("line %zu: \"%s\", not \"%s\"", t->line, o->text, tsv_get(t, "text"));
    assert_int_equal(o->state, OBS_VALUE);
    expect_number(t, "value", o->value, ind->scale);
    assert_int_equal(o->has_upper, upper[0] != 0);
    if (upper[0] != 0)
        expect_number(t, "upper", o->upper, ind->scale);
    assert_string_equal(qualifier_word(o->qualifier), tsv_get(t, "qualifier"));
    assert_int_equal(o->as_of, date_read(tsv_get(t, "as_of")));
    assert_string_equal(o->population != NULL ? o->population : "",
                        tsv_get(t, "population"));
    expect_unit(fx, t, ind, o);
    assert_int_equal(o->stated, ind->type == IND_MEAN || ind->type == IND_RATIO);
}

static void walk_figures(struct fixture *fx, const struct form_read *read, size_t n,
                         const char *form)
{
    static const char *const columns[] = {"form",      "period", "vintage", "indicator",
                                          "b1",        "text",   "value",   "upper",
                                          "qualifier", "unit",   "as_of",   "population"};
    struct bytes data = {0};
    struct tsv t = {0};
    size_t seen = 0;

    assert_true(file_read(DATA "tam_duong/expected.tsv", 1 << 20, &data, &fx->e));
    assert_true(
        tsv_open(&t, "expected.tsv", span_of(&data), columns, COUNT(columns), &fx->e));
    while (tsv_next(&t, &fx->e)) {
        struct arena a = {0};
        struct report r;
        const struct report *read_one;

        if (form != NULL && strcmp(form, tsv_get(&t, "form")) != 0)
            continue;
        read_one = report_of(read, &t);
        if (read_one == NULL)
            fail_msg("line %zu: no report for it", t.line);
        travel(fx, read_one, &a, &r);
        expect_figure(fx, &t, &r);
        arena_clear(&a);
        seen++;
    }
    assert_int_equal(fx->e.kind, ERR_NONE);
    assert_int_equal(seen, n);
    tsv_close(&t);
    bytes_clear(&data);
}

static void all_75_figures_come_through_the_workbook(void **state)
{
    struct fixture *fx = *state;
    struct form_read read = {0};
    size_t figures = 0;

    read_sheet(fx, DATA "tam_duong/tam-duong-2023.xlsx", "106", "2023-09-15", &read);
    if (findings_worst(&read.sheet) > SEV_NOTE)
        show(fx, &read.sheet);
    assert_true(findings_worst(&read.sheet) <= SEV_NOTE);
    assert_int_equal(read.n, 3);
    walk_figures(fx, &read, 75, NULL);
    for (size_t i = 0; i < read.n; i++)
        figures += read.reports[i].n_obs;
    /* and two names, number and date of the paper; nothing that nobody wrote */
    assert_int_equal(figures, 75 + 2 + 2);
    form_read_clear(&read);
}

static void the_same_figures_come_through_csv(void **state)
{
    struct fixture *fx = *state;
    struct form_read read = {0};

    read_sheet(fx, DATA "tam_duong/tam-duong-2023-bieu-02.csv", "106", "2023-09-15",
               &read);
    walk_figures(fx, &read, 56, "unit_statement");
    form_read_clear(&read);
    read_sheet(fx, DATA "tam_duong/tam-duong-2023-bieu-03.csv", "106", "2023-09-15",
               &read);
    walk_figures(fx, &read, 19, "bieu_chi_tieu");
    form_read_clear(&read);
}

/* The paper's number and day are known to be missing; one cooperative has three names. */
static void what_else_the_document_says(void **state)
{
    static const struct {
        const char *code, *b1, *text;
        enum obs_state state;
    } said[] = {
        {"doc.number",              "",                                                        "/KH-UBND",                                OBS_NOT_AVAILABLE},
        {"doc.date",                "",                                                        "Tam Đường, ngày tháng 9 năm 2023", OBS_NOT_AVAILABLE},
        {"htx.model",               "Hợp tác xã nông nghiệp và dịch vụ Bình Lư", "01",                                      OBS_VALUE        },
        {"htx.model",               "Hợp tác xã nông nghiệp và dịch vụ Bình Lu",  "01",                                      OBS_VALUE        },
        {"loan.policy_bank.amount", "HTX nông nghiệp và dịch vụ Bình Lư",
         "350 triệu đồng",                                                                                                           OBS_VALUE        },
    };
    struct fixture *fx = *state;
    struct form_read read = {0};

    read_sheet(fx, DATA "tam_duong/tam-duong-2023.xlsx", "106", "2023-09-15", &read);
    for (size_t i = 0; i < COUNT(said); i++) {
        const struct observation *o =
            report_find(&read.reports[0], catalogue_indicator(fx->c, said[i].code)->no,
                        said[i].b1, "");

        if (o == NULL)
            fail_msg("no %s %s", said[i].code, said[i].b1);
        assert_int_equal(o->state, said[i].state);
        assert_string_equal(o->text, said[i].text);
    }
    form_read_clear(&read);
}

/* What must be said of it, row by row of tam_duong_findings.tsv. */
static const struct {
    const char *row, *code;
    enum severity severity;
    const char *indicator;
} told[] = {
    {"TD-01", "MEAN_OUTSIDE_WEIGHTED", SEV_ERROR,   "revenue.avg"             },
    {"TD-02", "MEAN_OUTSIDE_WEIGHTED", SEV_ERROR,   "profit.avg"              },
    {"TD-03", "MEAN_OUTSIDE_WEIGHTED", SEV_ERROR,   "income.worker_avg"       },
    {"TD-04", "CONSTANT_ACROSS_PARTS", SEV_WARNING, "income.worker_avg"       },
    {"TD-07", "SEMANTIC_EQUALITY",     SEV_WARNING, "worker.regular_member"   },
    {"TD-09", "PARTS_LT_TOTAL",        SEV_WARNING, "mgr.total"               },
    {"TD-10", "GROUPING_MISMATCH",     SEV_WARNING, "mgr.edu.so_cap+trung_cap"},
    {"TD-14", "DENOMINATOR_UNSTATED",  SEV_WARNING, "revenue.avg"             },
    {"TD-14", "DENOMINATOR_UNSTATED",  SEV_WARNING, "profit.avg"              },
    {"TD-18", "ASOF_OUTSIDE_PERIOD",   SEV_WARNING, "loan.count"              },
    {"TD-19", "MIXED_POPULATION",      SEV_WARNING, "loan.count"              },
    {"TD-21", "NAME_VARIANT",          SEV_WARNING, NULL                      },
    {"TD-22", "DOC_METADATA",          SEV_WARNING, "doc.number"              },
    {"TD-22", "DOC_METADATA",          SEV_WARNING, "doc.date"                },
};

static bool is_told(struct fixture *fx, const struct finding *f, size_t k)
{
    return strcmp(f->code, told[k].code) == 0 && f->severity == told[k].severity &&
           (told[k].indicator == NULL ||
            catalogue_indicator(fx->c, told[k].indicator)->no == f->indicator);
}

/* Each once, with its cell and in Vietnamese; besides nothing but notes. */
static void expect_findings(struct fixture *fx, const struct findings *fs)
{
    size_t seen[COUNT(told)] = {0};

    for (size_t i = 0; i < fs->n; i++) {
        const struct finding *f = &fs->list[i];
        struct bytes b = {0};
        size_t k = 0;

        while (k < COUNT(told) && !is_told(fx, f, k))
            k++;
        finding_render(fx->c, f, LANG_VI, &b);
        if (k == COUNT(told) && f->severity != SEV_NOTE)
            fail_msg("%s: %s", f->code, bytes_cstr(&b));
        if (k < COUNT(told)) {
            seen[k]++;
            if (f->cell == NULL || f->cell[0] == 0 ||
                strstr(bytes_cstr(&b), f->cell) == NULL)
                fail_msg("%s: no cell: %s", told[k].row, bytes_cstr(&b));
        }
        bytes_clear(&b);
    }
    for (size_t k = 0; k < COUNT(told); k++)
        if (seen[k] != 1)
            fail_msg("%s %s: %zu times", told[k].row, told[k].code, seen[k]);
}

static void its_contradictions_are_named_and_nothing_else(void **state)
{
    struct fixture *fx = *state;
    struct form_read read = {0};

    read_sheet(fx, DATA "tam_duong/tam-duong-2023.xlsx", "106", "2023-09-15", &read);
    for (size_t i = 0; i < read.n; i++) {
        const struct findings *fs = &read.per_report[i];

        assert_false(findings_refuse(fs));
        assert_false(findings_hold(fs));
        if (strcmp(read.reports[i].form, "unit_statement") == 0) {
            expect_findings(fx, fs);
            continue;
        }
        show(fx, fs);
        assert_int_equal(fs->n, 0);
    }
    form_read_clear(&read);
}

/* -- Lai Châu, 2025-S1 -- */

static const struct {
    const char *unit, *list, *statement;
    size_t entities, held;
} districts[] = {
    {"105", "danh-sach.xlsx", "bieu-tong-hop.xlsx", 96, 0},
    {"106", "danh-sach.xlsx", "bieu-tong-hop.xlsx", 53, 0},
    {"107", "danh-sach.csv",  "bieu-tong-hop.csv",  38, 1},
    {"108", "danh-sach.csv",  "bieu-tong-hop.xlsx", 44, 0},
    {"109", "danh-sach.xlsx", "bieu-tong-hop.csv",  52, 0},
    {"110", "danh-sach.xlsx", "bieu-tong-hop.xlsx", 47, 1},
    {"111", "danh-sach.csv",  "bieu-tong-hop.xlsx", 46, 0},
    {"112", "danh-sach.xlsx", NULL,                 28, 0},
};

static void read_sample(struct fixture *fx, const char *folder, const char *file,
                        const char *unit, struct form_read *read)
{
    char path[256];

    snprintf(path, sizeof path, DATA "%s/%s", folder, file);
    read_sheet(fx, path, unit, "2025-06-20", read);
}

static void the_lists_of_the_eight_districts_are_sound(void **state)
{
    struct fixture *fx = *state;

    for (size_t d = 0; d < COUNT(districts); d++) {
        struct form_read read = {0};
        char folder[64];
        size_t held = 0;

        snprintf(folder, sizeof folder, "lai_chau_2025_s1/%s", districts[d].unit);
        read_sample(fx, folder, districts[d].list, districts[d].unit, &read);
        assert_false(findings_refuse(&read.sheet));
        assert_int_equal(read.n, districts[d].entities);
        for (size_t i = 0; i < read.n; i++) {
            if (findings_refuse(&read.per_report[i])) {
                show(fx, &read.per_report[i]);
                fail_msg("%s: %s is refused", folder, read.reports[i].subject.name);
            }
            held += findings_hold(&read.per_report[i]);
        }
        assert_int_equal(held, districts[d].held);
        form_read_clear(&read);
    }
}

static void their_statements_add_up(void **state)
{
    struct fixture *fx = *state;

    for (size_t d = 0; d < COUNT(districts); d++) {
        struct form_read read = {0};
        const struct observation *o;
        char folder[64];

        if (districts[d].statement == NULL)
            continue;
        snprintf(folder, sizeof folder, "lai_chau_2025_s1/%s", districts[d].unit);
        read_sample(fx, folder, districts[d].statement, districts[d].unit, &read);
        assert_int_equal(read.n, 1);
        assert_string_equal(read.reports[0].period, "2025-S1");
        assert_int_equal(read.reports[0].vintage, VINTAGE_ACTUAL);
        if (read.per_report[0].n != 0)
            show(fx, &read.per_report[0]);
        assert_int_equal(read.per_report[0].n, 0);
        o = report_find(&read.reports[0], catalogue_indicator(fx->c, "htx.total")->no, "",
                        "");
        assert_non_null(o);
        assert_int_equal(o->value, districts[d].entities);
        form_read_clear(&read);
    }
}

static void wrong_cells_are_named_and_their_neighbours_go_on(void **state)
{
    struct fixture *fx = *state;
    static const char *const says[] = {
        NULL, "TAX_CHECK", "NUMBER_BAD", "NUMBER_AMBIGUOUS", "SECTOR_UNKNOWN", NULL};
    struct form_read read = {0};

    read_sample(fx, "special", "108-o-sai.xlsx", "108", &read);
    assert_int_equal(read.n, COUNT(says));
    for (size_t i = 0; i < COUNT(says); i++) {
        const struct findings *fs = &read.per_report[i];

        if (says[i] == NULL) {
            assert_false(findings_refuse(fs));
            continue;
        }
        if (count(fs, says[i]) == 0)
            fail_msg("row %zu: no %s", i + 1, says[i]);
        assert_true(findings_refuse(fs));
        for (size_t k = 0; k < fs->n; k++) /* each says where */
            assert_string_not_equal(fs->list[k].cell, "");
        assert_int_equal(count(fs, "REQUIRED_MISSING"), 0);
    }
    form_read_clear(&read);
}

static void a_sheet_of_another_unit_is_refused(void **state)
{
    struct fixture *fx = *state;
    struct form_read read = {0};

    read_sample(fx, "special", "109-dieu-chinh.xlsx", "105", &read);
    assert_true(findings_refuse(&read.sheet));
    form_read_clear(&read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_75_figures_come_through_the_workbook),
        cmocka_unit_test(the_same_figures_come_through_csv),
        cmocka_unit_test(what_else_the_document_says),
        cmocka_unit_test(its_contradictions_are_named_and_nothing_else),
        cmocka_unit_test(the_lists_of_the_eight_districts_are_sound),
        cmocka_unit_test(their_statements_add_up),
        cmocka_unit_test(wrong_cells_are_named_and_their_neighbours_go_on),
        cmocka_unit_test(a_sheet_of_another_unit_is_refused),
    };

    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
