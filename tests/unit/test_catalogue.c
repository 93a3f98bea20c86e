/* catalogue: the catalogue we ship loads whole; bad lines are named; lookups; texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <glob.h>

#include <cmocka.h>

#include "proto/base/file.h"
#include "proto/catalogue.h"
#include "proto/crypto.h"
#include "proto/rules.h"

struct fixture {
    struct bytes bundle;
    struct catalogue *c;
    struct bytes out;
    struct err e;
};

static int open_fixture(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    *state = fx;
    assert_true(crypto_init());
    if (!catalogue_bundle("schema/catalogue", &fx->bundle, &fx->e) ||
        !catalogue_load(&fx->c, span_of(&fx->bundle), &fx->e))
        fail_msg("%s", fx->e.text);
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *fx = *state;

    catalogue_close(&fx->c);
    bytes_clear(&fx->bundle);
    bytes_clear(&fx->out);
    free(fx);
    return 0;
}

/* The bundle with one file's text changed: from becomes to, once. */
static bool open_changed(struct fixture *fx, const char *file, const char *from,
                         const char *to, struct catalogue **c, struct err *e)
{
    struct bytes b = {0};
    struct span rest = span_of(&fx->bundle);
    bool found = false, ok;

    while (rest.n > 0) {
        const char *line = (const char *)rest.p;
        size_t name = strcspn(line, " "), head = strcspn(line, "\n") + 1;
        size_t n = strtoull(line + name, NULL, 10);
        const char *body = line + head;

        if (strlen(file) == name && memcmp(file, line, name) == 0) {
            const char *at = memmem(body, n, from, strlen(from));

            assert_non_null(at);
            found = true;
            bytes_printf(&b, "%s %zu\n", file, n - strlen(from) + strlen(to));
            bytes_add(&b, body, (size_t)(at - body));
            bytes_str(&b, to);
            at += strlen(from);
            bytes_add(&b, at, n - (size_t)(at - body));
        } else {
            bytes_add(&b, line, head + n);
        }
        rest.p += head + n;
        rest.n -= head + n;
    }
    assert_true(found);
    *c = NULL;
    ok = catalogue_load(c, span_of(&b), e);
    bytes_clear(&b);
    return ok;
}

static bool load_changed(struct fixture *fx, const char *file, const char *from,
                         const char *to, struct err *e)
{
    struct catalogue *c;
    bool ok = open_changed(fx, file, from, to, &c, e);

    catalogue_close(&c);
    return ok;
}

static void the_shipped_catalogue_holds_what_the_regime_asks(void **state)
{
    struct fixture *fx = *state;
    const struct indicator *i = catalogue_indicator(fx->c, "revenue.avg");

    assert_int_equal(fx->c->version, 1);
    assert_non_null(i);
    assert_int_equal(i->op, OP_WMEAN);
    assert_string_equal(i->num, "revenue.total");
    assert_string_equal(i->den, "htx.total");
    assert_int_equal(i->scale, 1000000);
    assert_int_equal(i->decimals, 1);
    assert_ptr_equal(catalogue_indicator_no(fx->c, i->no), i);
    assert_null(catalogue_indicator(fx->c, "revenue.avg "));
    assert_null(catalogue_indicator_no(fx->c, 0));
    assert_null(catalogue_indicator_no(fx->c, 60000));
    assert_int_equal(catalogue_indicator(fx->c, "income.worker_avg")->decimals, 2);
    assert_string_equal(catalogue_indicator(fx->c, "htx.active")->num,
                        "kind=htx state=active");
    assert_int_equal(fx->c->n_forms, 11);
    assert_true(fx->c->n_indicators >= 118);
}

static void sectors_are_known_as_people_write_them(void **state)
{
    struct fixture *fx = *state;
    static const char *const written[][2] = {
        {"Nông - lâm - ngư nghiệp", "agri"           },
        {"NÔNG NGHIỆP",               "agri"           },
        {"CN-TTCN",                      "industry_craft" },
        {"xây dựng, SXVLXD",          "construction"   },
        {"Khác (môi trường)",       "environment"    },
        {"Thuỷ sản",                 "fishery"        },
        {"TM – DV",                    "trade_service"  },
        {"vận tải đường thuỷ", "water_transport"},
        {"Lĩnh vực khác",            "other"          },
        {"agri",                         "agri"           }
    };

    for (size_t i = 0; i < COUNT(written); i++) {
        const struct breakdown *b =
            catalogue_breakdown_named(fx->c, "sector", written[i][0]);

        assert_non_null(b);
        assert_string_equal(b->code, written[i][1]);
    }
    assert_null(catalogue_breakdown_named(fx->c, "sector", "Hàng không"));
    assert_null(catalogue_breakdown_named(fx->c, "sector", ""));
    assert_null(catalogue_breakdown_named(fx->c, "no such", "agri"));
    assert_string_equal(catalogue_breakdown(fx->c, "sector", "forestry")->parent, "agri");
    assert_string_equal(
        catalogue_breakdown_named(fx->c, "population", "doanh nghiệp, hợp tác xã")->code,
        "enterprise_htx");
    assert_string_equal(catalogue_breakdown_named(fx->c, "state", "Tạm ngừng")->code,
                        "suspended");
}

static void every_cell_of_a_form_has_one_place(void **state)
{
    struct fixture *fx = *state;

    for (size_t f = 0; f < fx->c->n_forms; f++) {
        const struct form *form = &fx->c->forms[f];

        assert_ptr_equal(catalogue_form(fx->c, form->code, form->version), form);
        for (size_t i = 0; i < form->n_cells; i++)
            assert_int_equal(form_cell_index(form, form->cells[i].indicator->no,
                                             form->cells[i].b1, form->cells[i].b2),
                             i);
    }
    assert_null(catalogue_form(fx->c, "unit_statement", 2));
    assert_string_equal(catalogue_mark(fx->c, "unit_statement"), "Biểu 02/ĐV");
    assert_string_equal(catalogue_mark(fx->c, "none"), "none");
    assert_int_equal(form_cell_index(catalogue_form(fx->c, "htx_list", 1), 1, "", ""),
                     -1);
}

static void periods_follow_the_decree(void **state)
{
    struct fixture *fx = *state;
    const struct period *p = catalogue_period(fx->c, "2025-S1");

    assert_string_equal(p->scheme, "nd09");
    assert_int_equal(p->starts, date_read("2024-12-15"));
    assert_int_equal(p->cutoff, date_read("2025-06-14"));
    p = catalogue_period(fx->c, "2023");
    assert_int_equal(p->starts, date_read("2022-12-15"));
    assert_int_equal(p->ends, date_read("2023-12-14"));
    assert_string_equal(catalogue_period(fx->c, "calendar:2023")->scheme, "calendar");
    assert_string_equal(catalogue_period(fx->c, "2021-2025")->kind, "multi");
    assert_null(catalogue_period(fx->c, "2025-S3"));
    assert_null(catalogue_period(fx->c, "nd09:"));
    /* the plan of 2024 and the estimate of 2023 can be sent in September 2023 */
    assert_true(catalogue_period(fx->c, "2024")->opens < date_read("2023-09-01"));
    assert_true(p->opens < date_read("2023-09-01"));
}

static void a_bad_line_is_named_with_its_place(void **state)
{
    struct fixture *fx = *state;
    static const struct {
        const char *file, *from, *to, *says;
    } bad[] = {
        {"indicators.tsv", "\tsum\t",                    "\tsumm\t",
         "indicators.tsv:5: operator: summ: unknown word"                                                                   },
        {"indicators.tsv", "2\thtx.active",              "1\thtx.active",
         "no 1 is taken by htx.total"                                                                                       },
        {"indicators.tsv", "htx.active",                 "htx.total",
         "indicators.tsv:3: code: htx.total"                                                                                },
        {"indicators.tsv", "revenue.total\thtx.total",   "revenue.totl\thtx.total",
         "revenue.totl: no such indicator"                                                                                  },
        {"indicators.tsv", "\tsector\t",                 "\tsectors\t",
         "dims: sectors: no such dimension"                                                                                 },
        {"indicators.tsv", "year\t1000000\t",            "year\t1000001\t",
         "scale: 1000001: not a power"                                                                                      },
        {"indicators.tsv", "htx.new:agri",               "htx.new:agry",
         "htx.new:agry: no such breakdown"                                                                                  },
        {"breakdowns.tsv", "sector\tcrops\tagri",        "sector\tcrops\tagry",
         "sector.crops: parent: agry: no such code"                                                                         },
        {"breakdowns.tsv", "TM-DV|",                     "CN-TTCN|",                  "also written for industry_craft"     },
        {"forms.tsv",      "by_sector",                  "by_colour",                 "forms.tsv:3: layout: by_colour"      },
        {"rows.tsv",       "htx_list\t1\tmember.joined", "htx_list\t1\tmember.total",
         "member.total: the cell appears twice"                                                                             },
        {"rows.tsv",       "htx_list\t1\t",              "htx_list\t2\t",             "rows.tsv:2: form: htx_list"          },
        {"rows.tsv",       "Thành viên mới|TV",      "Số thành viên|TV",
         "written for member.total and"                                                                                     },
        {"periods.tsv",    "2021-06-14",                 "2021-06-31",                "periods.tsv:2: ends: 2021-06-31"     },
        {"sources.tsv",    "statement,entity",           "statements",
         "sources.tsv:2: order: event,statements"                                                                           },
        {"texts.tsv",      "Accepted",                   "",                          "texts.tsv:2: en: : must be given"    },
        {"texts.tsv",      "Accepted",                   "Acc\tepted",                "texts.tsv:2: 4 fields"               },
        {"texts.tsv",      "Accepted",                   "Accepte\xff",               "texts.tsv:2: not UTF-8"              },
        {"texts.tsv",      "Accepted",                   "A\xcc\x81",                 "texts.tsv:2: not in Unicode form NFC"},
        {"catalogue.tsv",  "version\t1",                 "version\t0",                "catalogue.tsv:2: value: 0"           },
    };

    for (size_t i = 0; i < COUNT(bad); i++) {
        if (load_changed(fx, bad[i].file, bad[i].from, bad[i].to, &fx->e))
            fail_msg("%s was taken", bad[i].to);
        assert_int_equal(fx->e.kind, ERR_INPUT);
        if (strstr(fx->e.text, bad[i].says) == NULL)
            fail_msg("%s does not say %s", fx->e.text, bad[i].says);
    }
}

/* The files that came later may be missing, all or one; those of the first may not. */
static void an_older_bundle_has_fewer_files(void **state)
{
    struct fixture *fx = *state;
    struct span rest = span_of(&fx->bundle);

    for (size_t i = 0; rest.n > 0; i++) {
        const size_t head = strcspn((const char *)rest.p, "\n") + 1;
        const size_t n = head + strtoull(strchr((const char *)rest.p, ' '), NULL, 10);
        struct bytes b = {0};
        struct catalogue *c = NULL;
        struct err e = {0};

        bytes_add(&b, fx->bundle.p, fx->bundle.n - rest.n);
        bytes_add(&b, rest.p + n, rest.n - n);
        if (i >= CATALOGUE_NEEDED) {
            assert_true(catalogue_load(&c, span_of(&b), &e));
            assert_int_equal(c->n_forms, fx->c->n_forms);
        } else {
            assert_false(catalogue_load(&c, span_of(&b), &e));
            assert_int_equal(e.kind, ERR_INPUT);
        }
        catalogue_close(&c);
        bytes_clear(&b);
        rest.p += n;
        rest.n -= n;
    }
}

static void a_bundle_cut_anywhere_is_refused(void **state)
{
    struct fixture *fx = *state;
    struct catalogue *c = NULL;

    for (size_t n = 0; n < fx->bundle.n; n += 997) {
        unsigned char *cut = mem_new(n + 1);

        memcpy(cut, fx->bundle.p, n);
        assert_false(catalogue_load(&c, (struct span){cut, n}, &fx->e));
        assert_int_equal(fx->e.kind, ERR_INPUT);
        assert_null(c);
        free(cut);
    }
}

static void a_broken_byte_is_taken_or_refused_never_worse(void **state)
{
    struct fixture *fx = *state;
    struct bytes b = {0};
    uint32_t seed = 20250614;

    bytes_add(&b, fx->bundle.p, fx->bundle.n);
    for (size_t i = 0; i < 150; i++) {
        struct catalogue *c = NULL;
        size_t at;

        seed = seed * 1664525 + 1013904223;
        at = (seed >> 8) % b.n;
        b.p[at] ^= (unsigned char)(1u << (seed >> 29));
        if (catalogue_load(&c, span_of(&b), &fx->e))
            catalogue_close(&c);
        else
            assert_int_equal(fx->e.kind, ERR_INPUT);
        assert_null(c);
        b.p[at] = fx->bundle.p[at];
    }
    bytes_clear(&b);
}

static void numbers_are_printed_for_machines_and_for_people(void **state)
{
    struct fixture *fx = *state;
    static const struct {
        int64_t value, scale;
        const char *plain, *vi;
    } n[] = {
        {0,             1000000, "0",                    "0"                         },
        {1234567890000, 1000000, "1234567.89",           "1.234.567,89"              },
        {-5500,         100,     "-55",                  "-55"                       },
        {950,           100,     "9.5",                  "9,5"                       },
        {5,             100,     "0.05",                 "0,05"                      },
        {-1,            1000000, "-0.000001",            "-0,000001"                 },
        {1000,          1,       "1000",                 "1.000"                     },
        {INT64_MIN,     1,       "-9223372036854775808", "-9.223.372.036.854.775.808"},
    };

    for (size_t i = 0; i < COUNT(n); i++) {
        fx->out.n = 0;
        value_plain(n[i].value, n[i].scale, &fx->out);
        assert_string_equal(bytes_cstr(&fx->out), n[i].plain);
        fx->out.n = 0;
        value_vi(n[i].value, n[i].scale, &fx->out);
        assert_string_equal(bytes_cstr(&fx->out), n[i].vi);
    }
}

static void a_finding_speaks_both_languages(void **state)
{
    struct fixture *fx = *state;
    struct finding f = {
        .code = "VALUE_RANGE",
        .indicator = catalogue_indicator(fx->c, "revenue.avg")->no,
        .b1 = "agri",
        .cell = "Biểu 02!C7",
        .value = "1.000.000.000",
        .args = {"0", "100000000"}
    };

    fx->out.n = 0;
    finding_render(fx->c, &f, LANG_VI, &fx->out);
    assert_string_equal(
        bytes_cstr(&fx->out),
        "Biểu 02!C7: Doanh thu bình quân của HTX (Nông, lâm, ngư nghiệp): "
        "\"1.000.000.000\" nằm ngoài khoảng cho phép từ 0 đến 100.000.000 triệu "
        "đồng/HTX/năm. Kiểm tra lại số và đơn vị tính");
    fx->out.n = 0;
    finding_render(fx->c, &f, LANG_EN, &fx->out);
    assert_string_equal(
        bytes_cstr(&fx->out),
        "Biểu 02!C7: Mean revenue per cooperative (Agriculture, forestry, "
        "fishery): \"1.000.000.000\" is outside 0 to 100000000 million "
        "VND/cooperative/year. Check the number and its unit");
    fx->out.n = 0;
    f = (struct finding){.code = "UNIT_ENDED", .args = {"01/7/2025"}};
    finding_render(fx->c, &f, LANG_VI, &fx->out);
    assert_non_null(strstr(bytes_cstr(&fx->out),
                           "Đơn vị báo cáo đã kết thúc hoạt động từ 01/7/2025"));
    fx->out.n = 0;
    f = (struct finding){.code = "SHEET-ENCRYPTED"};
    finding_render(fx->c, &f, LANG_EN, &fx->out);
    assert_string_equal(bytes_cstr(&fx->out),
                        "The file has a password. Remove it, save as .xlsx and send it");
}

static void a_text_without_a_key_shows_the_key(void **state)
{
    struct fixture *fx = *state;

    assert_string_equal(catalogue_text(fx->c, "verdict.accepted", LANG_VI),
                        "Đã tiếp nhận");
    assert_string_equal(catalogue_text(fx->c, "severity.error", LANG_VI), "phải sửa");
    assert_string_equal(catalogue_text(fx->c, "no.such", LANG_EN), "no.such");
}

static void an_older_catalogue_borrows_words(void **state)
{
    struct fixture *fx = *state;
    struct catalogue *older;

    assert_true(open_changed(fx, "texts.tsv", "\nverdict.held\tĐã nhận",
                             "\nverdict.older\tXưa", &older, &fx->e));
    assert_string_equal(catalogue_text(older, "verdict.held", LANG_VI), "verdict.held");
    older->words = fx->c;
    assert_string_equal(catalogue_text(older, "verdict.held", LANG_VI),
                        "Đã nhận, chờ quyết định");
    assert_string_equal(catalogue_text(older, "verdict.older", LANG_VI),
                        "Xưa, chờ quyết định");
    catalogue_close(&older);
}

/* -- every text that the programs ask for is there -- */

static bool is_key_of_text(const char *s)
{
    static const char *const groups[] = {
        "verdict.", "severity.", "vintage.",   "kind.",    "state.",  "channel.",
        "obs.",     "id.",       "qualifier.", "measure.", "source.", "status.",
        "notnow.",  "reject.",   "sheet.",     "finding.", "cli.",    "extract."};

    for (size_t i = 0; i < COUNT(groups); i++) {
        size_t n = strlen(groups[i]);

        if (strncmp(s, groups[i], n) == 0 && s[n] != 0)
            return s[n + strspn(s + n, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "abcdefghijklmnopqrstuvwxyz0123456789_-")] == 0;
    }
    return false;
}

/* The code of a finding, in the files that make them: capitals with underlines. */
static bool is_code_of_finding(const char *file, const char *s)
{
    static const char *const makers[] = {"proto/rules_shape.c", "proto/forms/form",
                                         "aggregator/ingest/judge.c", "collectors/intake.c"};
    size_t i = 0;

    while (i < COUNT(makers) && strncmp(file, makers[i], strlen(makers[i])) != 0)
        i++;
    return i < COUNT(makers) && s[0] >= 'A' && s[0] <= 'Z' && strchr(s, '_') != NULL &&
           s[strlen(s) - 1] != '_' && /* how some begin */
           s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] == 0;
}

static size_t check_literal(struct fixture *fx, const char *file, const char *s)
{
    char key[96];

    if (is_code_of_finding(file, s)) {
        if (rules_text(fx->c->rules, s, LANG_VI) != NULL)
            return 1;
        snprintf(key, sizeof key, "finding.%s", s);
    } else if (is_key_of_text(s)) {
        snprintf(key, sizeof key, "%s", s);
    } else {
        return 0;
    }
    if (strcmp(catalogue_text(fx->c, key, LANG_EN), key) == 0)
        fail_msg("%s: no text for %s", file, key);
    return 1;
}

static size_t check_source(struct fixture *fx, const char *file)
{
    struct bytes b = {0};
    size_t n = 0;

    assert_true(file_read(file, 1 << 22, &b, &fx->e));
    for (const char *p = bytes_cstr(&b); (p = strchr(p, '"')) != NULL;) {
        const char *end = p + 1;
        char literal[80];

        while (*end != 0 && *end != '"' && *end != '\n')
            end += *end == '\\' && end[1] != 0 ? 2 : 1;
        if ((size_t)(end - p) < sizeof literal) {
            memcpy(literal, p + 1, (size_t)(end - p) - 1);
            literal[end - p - 1] = 0;
            n += check_literal(fx, file, literal);
        }
        p = *end == '"' ? end + 1 : end;
    }
    bytes_clear(&b);
    return n;
}

static void no_text_is_missing(void **state)
{
    struct fixture *fx = *state;
    static const char *const where[] = {"proto/*.c", "proto/*/*.c", "collectors/*.c",
                                        "aggregator/*.c", "aggregator/*/*.c"};
    size_t seen = 0;

    for (size_t i = 0; i < COUNT(where); i++) {
        glob_t g = {0};

        if (glob(where[i], 0, NULL, &g) == 0)
            for (size_t k = 0; k < g.gl_pathc; k++)
                seen += check_source(fx, g.gl_pathv[k]);
        globfree(&g);
    }
    assert_true(seen > 20);
}

static void every_word_has_its_text(void **state)
{
    struct fixture *fx = *state;
    static const char *const words[] = {
        "verdict.accepted",       "verdict.warnings",       "verdict.held",
        "verdict.refused",        "verdict.conflict",       "severity.error",
        "severity.warning",       "severity.note",          "notnow.busy",
        "notnow.database",        "notnow.predecessor",     "notnow.catalogue_newer",
        "notnow.catalogue_older", "notnow.period_not_open", "notnow.version",
        "notnow.quarantine",      "reject.malformed",       "reject.signature",
        "reject.speaker",         "reject.recipient",       "reject.equivocation"};

    for (size_t i = 0; i < COUNT(words); i++)
        for (enum lang lang = LANG_VI; lang <= LANG_EN; lang++)
            if (strcmp(catalogue_text(fx->c, words[i], lang), words[i]) == 0)
                fail_msg("no text for %s", words[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_catalogue_holds_what_the_regime_asks),
        cmocka_unit_test(sectors_are_known_as_people_write_them),
        cmocka_unit_test(every_cell_of_a_form_has_one_place),
        cmocka_unit_test(periods_follow_the_decree),
        cmocka_unit_test(a_bad_line_is_named_with_its_place),
        cmocka_unit_test(an_older_bundle_has_fewer_files),
        cmocka_unit_test(a_bundle_cut_anywhere_is_refused),
        cmocka_unit_test(a_broken_byte_is_taken_or_refused_never_worse),
        cmocka_unit_test(numbers_are_printed_for_machines_and_for_people),
        cmocka_unit_test(a_finding_speaks_both_languages),
        cmocka_unit_test(a_text_without_a_key_shows_the_key),
        cmocka_unit_test(an_older_catalogue_borrows_words),
        cmocka_unit_test(no_text_is_missing),
        cmocka_unit_test(every_word_has_its_text),
    };

    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
