/* ods: OpenDocument sheets, what repeats, what lies and what only LibreOffice can open.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>
#include <zip.h>

#include "proto/base/base.h"
#include "proto/forms/sheet.h"

#define NS "urn:oasis:names:tc:opendocument:xmlns:"
#define HEAD                                                                             \
    "<office:document-content xmlns:office=\"" NS "office:1.0\""                         \
    " xmlns:table=\"" NS "table:1.0\" xmlns:text=\"" NS "text:1.0\""                     \
    " xmlns:style=\"" NS "style:1.0\""                                                   \
    " xmlns:calcext=\"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:" \
    "1.0\"><office:automatic-styles><style:style style:name=\"h\">"                      \
    "<style:table-properties table:display=\"false\"/></style:style>"                    \
    "</office:automatic-styles><office:body><office:spreadsheet>"
#define TAIL "</office:spreadsheet></office:body></office:document-content>"
#define PAGE "<table:table table:name=\"Biểu 01\">"
#define END "</table:table>"
#define ROW "<table:table-row>"
#define ROW_END "</table:table-row>"
#define WORDS(t)                                                                         \
    "<table:table-cell office:value-type=\"string\"><text:p>" t                          \
    "</text:p></table:table-cell>"

struct fixture {
    char path[64];
    struct sheet *sheet;
    struct err e;
};

static int setup(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    snprintf(fx->path, sizeof fx->path, "/tmp/htx-ods-%d.ods", (int)getpid());
    *state = fx;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fx = *state;

    sheet_close(&fx->sheet);
    unlink(fx->path);
    free(fx);
    return 0;
}

/* A document of one part, and of a manifest where that is not NULL. */
static void write_ods(struct fixture *fx, const char *content, const char *manifest)
{
    int code;
    zip_t *z;

    unlink(fx->path);
    z = zip_open(fx->path, ZIP_CREATE, &code);
    assert_non_null(z);
    assert_true(zip_file_add(z, "content.xml",
                             zip_source_buffer(z, content, strlen(content), 0), 0) >= 0);
    if (manifest != NULL)
        assert_true(zip_file_add(z, "META-INF/manifest.xml",
                                 zip_source_buffer(z, manifest, strlen(manifest), 0),
                                 0) >= 0);
    assert_int_equal(zip_close(z), 0);
}

static void open_it(struct fixture *fx, const char *content)
{
    write_ods(fx, content, NULL);
    sheet_close(&fx->sheet);
    if (!sheet_open(&fx->sheet, fx->path, &fx->e))
        fail_msg("%s", fx->e.text);
}

static void refused(struct fixture *fx, const char *code)
{
    char reason[24];

    sheet_close(&fx->sheet);
    if (sheet_open(&fx->sheet, fx->path, &fx->e))
        fail_msg("was read instead of %s", code);
    if (strcmp(sheet_reason(&fx->e, reason), code) != 0)
        fail_msg("%s instead of %s", fx->e.text, code);
}

static void cell_is(struct fixture *fx, uint32_t row, uint32_t col, enum cell_kind kind,
                    const char *text)
{
    const struct cell *c = sheet_cell(&fx->sheet->pages[0], row, col);

    if (c == NULL)
        fail_msg("no cell %u,%u", row, col);
    assert_string_equal(c->text, text);
    assert_int_equal(c->kind, kind);
}

static void every_kind_of_cell(void **state)
{
    struct fixture *fx = *state;

    open_it(fx, HEAD PAGE ROW
            "<table:table-cell office:value-type=\"string\"><office:annotation><text:p>bỏ"
            "</text:p></office:annotation><text:p>Hợp <text:span>tác</text:span>"
            "<text:s text:c=\"2\"/>xã</text:p><text:p>dòng<text:line-break/>hai</text:p>"
            "</table:table-cell>"
            "<table:table-cell office:value-type=\"float\" office:value=\"33.14\">"
            "<text:p>33,14</text:p></table:table-cell>"
            "<table:table-cell office:value-type=\"percentage\" office:value=\"0.083\"/>"
            "<table:table-cell office:value-type=\"float\" office:value=\"0.083\">"
            "<text:p>8.3%</text:p></table:table-cell>"
            "<table:table-cell office:value-type=\"date\""
            " office:date-value=\"2023-06-30T12:00:00\"/>"
            "<table:table-cell office:value-type=\"boolean\""
            " office:boolean-value=\"true\"/>"
            "<table:table-cell office:value-type=\"float\" office:value=\"0\">"
            "<text:p>FALSE</text:p></table:table-cell>" ROW_END ROW
            "<table:table-cell table:formula=\"of:=1/0\" office:value-type=\"string\""
            " office:string-value=\"\" calcext:value-type=\"error\"><text:p>#DIV/0!"
            "</text:p></table:table-cell>"
            "<table:table-cell table:formula=\"of:=NA()\" office:value-type=\"string\">"
            "<text:p>#N/A</text:p></table:table-cell>"
            "<table:table-cell table:formula=\"of:=B1\"/>"
            "<table:table-cell table:formula=\"of:=A1\" office:value-type=\"string\""
            " office:string-value=\"chữ\"/>"
            "<table:table-cell office:value-type=\"string\"><text:p>#N/A</text:p>"
            "</table:table-cell>"
            "<table:table-cell office:value-type=\"float\" office:value=\"1e308\"/>"
            "<table:table-cell office:value-type=\"float\" office:value=\"NaN\"/>"
            "<table:table-cell office:value-type=\"date\""
            " office:date-value=\"2023-02-30\"/>" ROW_END END TAIL);
    assert_string_equal(fx->sheet->pages[0].name, "Biểu 01");
    cell_is(fx, 0, 0, CELL_TEXT, "Hợp tác  xã\ndòng\nhai");
    cell_is(fx, 0, 1, CELL_NUMBER, "33.14");
    cell_is(fx, 0, 2, CELL_NUMBER, "8.3%");
    cell_is(fx, 0, 3, CELL_NUMBER, "8.3%");
    cell_is(fx, 0, 4, CELL_DATE, "2023-06-30");
    cell_is(fx, 0, 5, CELL_BOOL, "TRUE");
    cell_is(fx, 0, 6, CELL_BOOL, "FALSE");
    cell_is(fx, 1, 0, CELL_ERROR, "#DIV/0!");
    cell_is(fx, 1, 1, CELL_ERROR, "#N/A");
    cell_is(fx, 1, 2, CELL_ERROR, "formula without value");
    cell_is(fx, 1, 3, CELL_TEXT, "chữ");
    cell_is(fx, 1, 4, CELL_TEXT, "#N/A"); /* typed, not computed */
    cell_is(fx, 1, 5, CELL_ERROR, "#NUM!");
    cell_is(fx, 1, 6, CELL_ERROR, "#NUM!");
    cell_is(fx, 1, 7, CELL_ERROR, "#VALUE!");
}

static void what_is_repeated_and_what_is_covered(void **state)
{
    struct fixture *fx = *state;
    const struct sheet_page *p;

    open_it(
        fx, HEAD PAGE
        "<table:table-header-rows><table:table-row table:number-rows-repeated=\"2\">"
        "<table:table-cell table:number-columns-repeated=\"2\"/>"
        "<table:table-cell table:number-columns-repeated=\"3\""
        " office:value-type=\"string\"><text:p>a</text:p></table:table-cell>"
        "<table:table-cell table:number-columns-repeated=\"16379\"/>" ROW_END
        "</table:table-header-rows><table:table-row-group>" ROW
        "<table:table-cell table:number-columns-spanned=\"2\""
        " table:number-rows-spanned=\"2\" office:value-type=\"string\"><text:p>gộp"
        "</text:p></table:table-cell><table:covered-table-cell"
        " office:value-type=\"string\"><text:p>che</text:p></"
        "table:covered-table-cell>" WORDS("b") ROW_END
        "</table:table-row-group>"
        "<table:table-row table:visibility=\"collapse\">"
        "<table:covered-table-cell table:number-columns-repeated=\"2\"/>" WORDS("ẩn")
            ROW_END
        "<table:table-row table:number-rows-repeated=\"1048570\">"
        "<table:table-cell table:number-columns-repeated=\"16384\"/>" ROW_END END TAIL);
    p = &fx->sheet->pages[0];
    assert_int_equal(p->n_cells, 6 + 2 + 1);
    cell_is(fx, 1, 4, CELL_TEXT, "a");
    cell_is(fx, 2, 0, CELL_TEXT, "gộp");
    cell_is(fx, 2, 2, CELL_TEXT, "b");
    cell_is(fx, 3, 2, CELL_TEXT, "ẩn");
    assert_int_equal(p->n_merges, 1);
    assert_int_equal(p->merges[0].last_row, 3);
    assert_int_equal(p->merges[0].last_col, 1);
    assert_int_equal(p->n_rows, 4);
}

static void pages_and_our_mark(void **state)
{
    struct fixture *fx = *state;

    open_it(
        fx, HEAD
        "<table:tracked-changes><table:table-cell/></table:tracked-changes>"
        "<table:table table:name=\"'file:///x'#Một\"><table:table-source/>" ROW WORDS(
            "ở tệp khác") ROW_END END PAGE ROW WORDS("a") ROW_END END
        "<table:table table:name=\"Hai\" table:style-name=\"h\">" ROW WORDS(
            "b") "<table:table-cell><table:table table:name=\"con\">" ROW WORDS("c")
            ROW_END END
        "</table:table-cell>" ROW_END
        "<table:named-expressions><table:named-expression table:name=\"HTX_FORM\""
        " table:expression=\"of:=&quot;Biểu 02/ĐV&quot;\"/></table:named-expressions>" END
        "<table:named-expressions>"
        "<table:named-expression table:name=\"HTX_FORM\""
        " table:expression=\"&quot;Biểu 01/HTX&quot;\"/>"
        "<table:named-expression table:name=\"khác\" table:expression=\"&quot;0&quot;"
        "\"/><table:named-range table:name=\"HTX_FORM\""
        " table:cell-range-address=\"$A.$A$1\"/></table:named-expressions>" TAIL);
    assert_int_equal(fx->sheet->n_pages, 2);
    assert_string_equal(fx->sheet->form_mark, "Biểu 01/HTX");
    assert_string_equal(fx->sheet->pages[0].form_mark, "");
    assert_string_equal(fx->sheet->pages[1].form_mark, "Biểu 02/ĐV");
    assert_false(fx->sheet->pages[0].hidden);
    assert_true(fx->sheet->pages[1].hidden);
    assert_int_equal(fx->sheet->pages[1].n_cells, 1);
}

static void documents_that_lie(void **state)
{
    static const struct {
        const char *code, *content;
    } bad[] = {
        {"SHEET-SIZE",
         HEAD PAGE "<table:table-row table:number-rows-repeated=\"600000\">" WORDS("a")
             ROW_END END TAIL                                                                       },
        {"SHEET-SIZE",    HEAD PAGE ROW
         "<table:table-cell table:number-columns-repeated="
         "\"99999999\" office:value-type=\"float\" office:value=\"1\"/>" ROW_END END
             TAIL                                                             },
        {"SHEET-SIZE",    HEAD PAGE ROW "<table:table-cell table:number-columns-repeated="
                                     "\"16384\"/>" WORDS("a") ROW_END END TAIL},
        {"SHEET-SIZE",    HEAD PAGE
         "<table:table-row table:number-rows-repeated=\"1048576\"/>" ROW WORDS("a")
             ROW_END END TAIL                                                 },
        {"SHEET-FORMAT",
         HEAD PAGE ROW WORDS("a") ROW WORDS("b") "</table:table-row>" END TAIL                      },
        {"SHEET-FORMAT",  HEAD PAGE ROW
         "<table:table-cell"
         " table:number-columns-spanned=\"16385\" "
         "table:number-rows-spanned=\"99999999\"/>" WORDS(
             "a") "<table:table-cell table:number-columns-spanned=\"16384\"/>" ROW_END END
             TAIL                                                           },
        {"SHEET-FORMAT",  HEAD TAIL                                                                 },
        {"SHEET-FORMAT",  "<a/>"                                                                    },
        {"SHEET-DOCTYPE", "<!DOCTYPE a [<!ENTITY b \"c\">]>" HEAD PAGE END TAIL                     },
    };
    struct fixture *fx = *state;
    struct bytes deep = {0};

    for (size_t i = 0; i < COUNT(bad); i++) {
        write_ods(fx, bad[i].content, NULL);
        refused(fx, bad[i].code);
    }
    bytes_str(&deep, HEAD PAGE ROW "<table:table-cell><text:p>");
    for (size_t i = 0; i < sheet_limits.depth; i++)
        bytes_str(&deep, "<text:span>");
    write_ods(fx, bytes_cstr(&deep), NULL);
    refused(fx, "SHEET-DEPTH");
    bytes_clear(&deep);
}

static void a_password_has_a_way_out(void **state)
{
    struct fixture *fx = *state;

    write_ods(fx, "\x01\x02",
              "<manifest:manifest xmlns:manifest=\"" NS "manifest:1.0\">"
              "<manifest:file-entry manifest:full-path=\"content.xml\">"
              "<manifest:encryption-data/></manifest:file-entry></manifest:manifest>");
    refused(fx, "SHEET-ENCRYPTED");
    assert_non_null(strstr(fx->e.text, "remove the password"));
    snprintf(fx->path, sizeof fx->path, "tests/data/sheets/password.ods");
    refused(fx, "SHEET-ENCRYPTED"); /* as LibreOffice saves it */
    fx->path[0] = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_of_cell, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_repeated_and_what_is_covered, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(pages_and_our_mark, setup, teardown),
        cmocka_unit_test_setup_teardown(documents_that_lie, setup, teardown),
        cmocka_unit_test_setup_teardown(a_password_has_a_way_out, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
