/* sheet_mark: what is changed in a workbook, and that nothing in one ends the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "collectors/answer.h"
#include "proto/base/file.h"
#include "proto/forms/form.h"
#include "proto/forms/sheet_patch.h"
#include "proto/forms/sheet_read.h"

#define DATA "tests/data/sheets/"

static const unsigned widths[] = {10, 40, 3};
static const struct front_cell cells[] = {
    {.row = 0,    .col = 0,      .style = FRONT_TITLE, .text = "KẾT QUẢ", .across = 1},
    {.row = 0,           .col = 2,                 .style = FRONT_TEXT,                   .text = FRONT_MARK    },
    {.row = 2,           .col = 0,                 .style = FRONT_HEAD,                   .text = "Ô"},
    {.row = 2,           .col = 1,                 .style = FRONT_HEAD,                   .text = "Nội dung"    },
    {.row = 3,           .col = 0,                 .style = FRONT_LINK,                   .text = "C3", .link = "", .link_row = 2},
    {.row = 3, .col = 1, .style = FRONT_CELL,                     .text = "<&> \"_x0041_\" \x01 Đ"                                  },
};

static struct marking marking(const struct mark *marks, size_t n)
{
    return (struct marking){
        .marks = marks,
        .n = n,
        .note_head = "HTX - kết quả kiểm tra",
        .author = "HTX",
        .front = {"Kết quả", widths, 3, 1, cells, COUNT(cells), 2, "&P"},
        .back = {"Phiếu",     widths, 3, 1, cells, 4,            2, "&P"},
    };
}

static const struct mark marks[] = {
    {"",      2,    2,   MARK_RED,   "một"},
    {"",      2,    2,   MARK_BLUE,  "hai"  },
    {"",      0,    300, MARK_AMBER, "ba"   },
    {"",      5000, 0,   MARK_BLUE,  ""     },
    {"Nháp", 0,    0,   MARK_RED,   "x"    },
};

static char *edited(const char *part,
                    void (*change)(struct edits *, const struct xml_tag *))
{
    struct edits es = {0};
    struct bytes out = {0};
    struct err e = {0};
    struct xml_tag t = {.bytes = span_str(part), .to = strlen(part)};
    char *text;

    t.closed = strstr(part, "/>") != NULL;
    change(&es, &t);
    assert_true(edits_apply(&es, span_str(part), &out, &e));
    text = mem_str(bytes_cstr(&out));
    edits_clear(&es);
    bytes_clear(&out);
    return text;
}

static void set_s(struct edits *es, const struct xml_tag *t)
{
    edit_attribute(es, t, "s", "7");
}

static void drop_s(struct edits *es, const struct xml_tag *t)
{
    edit_attribute(es, t, "s", NULL);
}

static void an_attribute_is_set_where_it_stands(void **state)
{
    static const struct {
        const char *tag, *set, *dropped;
    } list[] = {
        {"<c r=\"A1\" s=\"3\" t=\"s\">",   "<c r=\"A1\" s=\"7\" t=\"s\">",
         "<c r=\"A1\" t=\"s\">"                                                           },
        {"<c r=\"A1\"/>",                  "<c r=\"A1\" s=\"7\"/>",        "<c r=\"A1\"/>"},
        {"<c>",                            "<c s=\"7\">",                  "<c>"          },
        {"<x:c\n s = '3'\tss=\" s='1'\">", "<x:c s=\"7\"\tss=\" s='1'\">",
         "<x:c\tss=\" s='1'\">"                                                           },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(list); i++) {
        char *set = edited(list[i].tag, set_s), *dropped = edited(list[i].tag, drop_s);

        assert_string_equal(set, list[i].set);
        assert_string_equal(dropped, list[i].dropped);
        free(set);
        free(dropped);
    }
}

static void text_that_would_break_a_part_is_escaped(void **state)
{
    struct bytes b = {0};

    (void)state;
    xml_text(&b, "a<b>&\"c\" \x02 _x0041_ _x_ _xyz \xef\xbf\xbf đ\n");
    assert_string_equal(bytes_cstr(&b),
                        "a&lt;b&gt;&amp;&quot;c&quot;  _x005F_x0041_ _x_ _xyz  đ\n");
    bytes_clear(&b);
}

static const char styles[] =
    "<s:styleSheet xmlns:s=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
    "<s:fonts count=\"1\"><s:font/></s:fonts><s:fills "
    "count=\"3\"><s:fill/><s:fill/><s:fill>"
    "<s:patternFill patternType=\"solid\"><s:fgColor rgb=\"FF112233\"/></s:patternFill>"
    "</s:fill></s:fills><s:borders count=\"1\"><s:border/></s:borders><s:cellXfs>"
    "<s:xf fillId=\"0\"/><s:xf numFmtId=\"4\" fillId=\"2\"><s:alignment/></s:xf>"
    "</s:cellXfs></s:styleSheet>";

static void a_mark_gives_the_colour_below_back(void **state)
{
    struct patch_styles s = {0}, again = {0};
    struct bytes out = {0}, last = {0};
    struct err e = {0};
    unsigned red, clear;

    (void)state;
    assert_true(patch_styles_read(&s, span_str(styles), &e));
    assert_int_equal(patch_style(&s, 1, MARK_CLEAR), 1);
    red = patch_style(&s, 1, MARK_RED);
    assert_int_equal(red, 2);
    assert_int_equal(patch_style(&s, 1, MARK_RED), red);
    assert_true(patch_styles_write(&s, &out, &e));
    assert_true(patch_styles_read(&again, span_of(&out), &e));
    assert_true(again.any_ours);
    assert_int_equal(patch_style(&again, red, MARK_RED), red);
    clear = patch_style(&again, red, MARK_CLEAR);
    assert_int_equal(clear, 3);
    assert_true(patch_styles_write(&again, &last, &e));
    assert_non_null(strstr(bytes_cstr(&last), "<s:fgColor rgb=\"FF112233\"/><s:bgColor"));
    assert_non_null(strstr(bytes_cstr(&last), "<s:cellXfs count=\"4\">"));
    patch_styles_clear(&s);
    patch_styles_clear(&again);
    bytes_clear(&out);
    bytes_clear(&last);
}

/* Marks a file in a child as the programs do, and reads the copy. */
static struct sheet *marked(const char *path, const struct marking *m, char out[64])
{
    struct sheet *s = NULL, *copy = NULL;
    struct bytes book = {0};
    struct err e = {0}, why = {0};

    snprintf(out, 64, "/tmp/htx-mark-%d.xlsx", (int)getpid());
    assert_true(sheet_open(&s, path, &e));
    assert_true(sheet_mark(path, s, m, &book, &why, &e));
    sheet_close(&s);
    assert_true(file_write(out, span_of(&book), 0600, &e));
    if (!sheet_open(&copy, out, &e))
        fail_msg("%s: %s", path, e.text);
    bytes_clear(&book);
    return copy;
}

static size_t cells_of(const struct sheet *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n_pages; i++)
        n += sheet_is_front(&s->pages[i]) ? 0 : s->pages[i].n_cells;
    return n;
}

static void every_make_keeps_its_cells_and_gets_two_pages(void **state)
{
    static const char *const files[] = {
        "openpyxl.xlsx",   "libreoffice.xlsx", "gnumeric.xlsx", "exceljs.xlsx",
        "libreoffice.ods", "utf8.csv",         "tcvn3.csv",     "windows1258.csv"};
    const struct marking m = marking(marks, COUNT(marks));

    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        char *path = mem_printf(DATA "%s", files[i]), out[64], twice[64];
        struct sheet *before = NULL, *after, *again;
        struct err e = {0};

        assert_true(sheet_open(&before, path, &e));
        after = marked(path, &m, out);
        assert_int_equal(after->n_pages, before->n_pages + 2);
        assert_true(sheet_is_front(&after->pages[0]));
        assert_true(sheet_is_front(&after->pages[after->n_pages - 1]));
        assert_int_equal(cells_of(after), cells_of(before));
        again = marked(out, &m, twice); /* ours go before new ones come */
        assert_int_equal(again->n_pages, before->n_pages + 2);
        assert_int_equal(cells_of(again), cells_of(before));
        sheet_close(&before);
        sheet_close(&after);
        sheet_close(&again);
        unlink(out);
        free(path);
    }
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void spoil(struct bytes *b, uint32_t *seed)
{
    static const char bad[] = "<>\"/&= A9'x:";

    if (next(seed) % 4 == 0)
        b->n = next(seed) % (b->n + 1);
    for (uint32_t k = next(seed) % 6; b->n > 0 && k > 0; k--)
        b->p[next(seed) % b->n] = (unsigned char)bad[next(seed) % (sizeof bad - 1)];
}

/* In this process: the sanitizers look at every step. */
static void spoilt_parts_end_in_an_error_or_a_whole_workbook(void **state)
{
    static const char *const parts[] = {"xl/workbook.xml",
                                        "xl/styles.xml",
                                        "xl/_rels/workbook.xml.rels",
                                        "xl/worksheets/sheet1.xml",
                                        "_rels/.rels",
                                        "[Content_Types].xml",
                                        "xl/comments1.xml",
                                        "xl/drawings/vmlDrawing1.vml",
                                        "xl/worksheets/_rels/sheet1.xml.rels"};
    const struct marking m = marking(marks, COUNT(marks));
    const char *const gone[] = {"Danh sách", NULL};
    struct bytes file = {0};
    struct err e = {0};
    uint32_t seed = 7;
    size_t whole = 0;

    (void)state;
    assert_true(file_read(DATA "exceljs.xlsx", 1 << 20, &file, &e));
    for (int i = 0; i < 600; i++) {
        struct repack *z = NULL;
        struct bytes body = {0}, bad = {0}, out = {0};
        struct span part;
        const char *name = parts[next(&seed) % COUNT(parts)];

        assert_true(repack_open(&z, span_of(&file), &e));
        assert_true(repack_read(z, name, &part, &e));
        bytes_add(&body, part.p, part.n);
        spoil(&body, &seed);
        repack_put(z, name, &body);
        assert_true(repack_write(z, &bad, &e));
        repack_close(&z);
        if (patch_workbook(span_of(&bad), &m, i % 5 == 0 ? gone : NULL, &out, &e)) {
            whole++;
            assert_true(repack_open(&z, span_of(&out), &e));
            repack_close(&z);
        }
        bytes_clear(&bad);
        bytes_clear(&out);
    }
    assert_true(whole > 20);
    bytes_clear(&file);
}

/* Each cut of the file itself. */
static void a_cut_workbook_is_refused(void **state)
{
    const struct marking m = marking(marks, COUNT(marks));
    struct bytes file = {0}, out = {0};
    struct err e = {0};

    (void)state;
    assert_true(file_read(DATA "exceljs.xlsx", 1 << 20, &file, &e));
    for (size_t n = 1; n < file.n; n += 97)
        assert_false(patch_workbook((struct span){file.p, n}, &m, NULL, &out, &e));
    bytes_clear(&file);
    bytes_clear(&out);
}

static struct cell text_cell(uint32_t row, uint32_t col, const char *text)
{
    return (struct cell){.row = row, .col = col, .kind = CELL_TEXT, .text = text};
}

/* Columns were moved, the row stands elsewhere: the keys say whose text it is. */
static void an_explanation_is_found_by_its_keys(void **state)
{
    const struct cell list[] = {
        text_cell(0, 9, FRONT_MARK),
        text_cell(4, 0, "Giải trình của đơn vị"),
        text_cell(4, 1, "htx.report"),
        text_cell(4, 2, "htx.code"),
        text_cell(4, 3, "htx.indicator"),
        text_cell(4, 4, "htx.b1"),
        text_cell(4, 5, "htx.b2"),
        text_cell(4, 6, "htx.cell"),
        text_cell(4, 7, "htx.title"),
        text_cell(5, 1, "00"),
        text_cell(5, 2, "NOT_EXPLAINED"),
        text_cell(7, 0, "  vì lũ \n"),
        text_cell(7, 1, "ab"),
        text_cell(7, 2, "MARGIN"),
        text_cell(7, 4, "agri"),
        text_cell(9, 0, "dòng không có khóa"),
    };
    struct sheet_page pages[] = {
        {.name = "x", .cells = list + 1, .n_cells = COUNT(list) - 1},
        {.name = "y", .cells = list,     .n_cells = COUNT(list)    },
    };
    const struct sheet s = {.pages = pages, .n_pages = 2};
    const struct form_answer *found;
    struct arena a = {0};
    size_t n;

    (void)state;
    form_answers(&s, &a, &found, &n);
    assert_int_equal(n, 1); /* the other page is none of ours */
    assert_string_equal(found->text, "vì lũ");
    assert_string_equal(found->report, "ab");
    assert_string_equal(found->code, "MARGIN");
    assert_string_equal(found->b1, "agri");
    assert_string_equal(found->indicator, "");
    arena_clear(&a);
}

static void a_copy_that_was_saved_again_is_not_ours(void **state)
{
    struct bytes book = {0};
    struct err e = {0};

    (void)state;
    assert_true(file_read(DATA "exceljs.xlsx", 1 << 20, &book, &e));
    assert_false(answer_is_ours(span_of(&book)));
    assert_false(answer_is_ours((struct span){0}));
    bytes_clear(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attribute_is_set_where_it_stands),
        cmocka_unit_test(text_that_would_break_a_part_is_escaped),
        cmocka_unit_test(a_mark_gives_the_colour_below_back),
        cmocka_unit_test(every_make_keeps_its_cells_and_gets_two_pages),
        cmocka_unit_test(spoilt_parts_end_in_an_error_or_a_whole_workbook),
        cmocka_unit_test(a_cut_workbook_is_refused),
        cmocka_unit_test(an_explanation_is_found_by_its_keys),
        cmocka_unit_test(a_copy_that_was_saved_again_is_not_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
