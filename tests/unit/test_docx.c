#include "aggregator/book/docx.h"
#include "proto/forms/sheet_repack.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants these first */
#include <cmocka.h>

#define NS "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""
#define DOC(body)                                                                        \
    "<?xml version=\"1.0\"?><w:document " NS "><w:body>" body "</w:body></w:document>"
#define P(text) "<w:p><w:r><w:t>" text "</w:t></w:r></w:p>"

static const char *value(void *ctx, const char *name)
{
    (void)ctx;
    return strcmp(name, "so") == 0       ? "12"
           : strcmp(name, "ten") == 0    ? "A & <B>"
           : strcmp(name, "dong") == 0   ? "một\nhai"
           : strcmp(name, "la.loi") == 0 ? "{{so}}"
                                         : NULL;
}

static long items(void *ctx, const char *list)
{
    (void)ctx;
    return strcmp(list, "ds") == 0     ? 3
           : strcmp(list, "rong") == 0 ? 0
           : strcmp(list, "co") == 0   ? 1
                                       : -1;
}

static const char *field(void *ctx, const char *list, const char *name, long item)
{
    static const char *const names[] = {"=A1", "Bê", "Xê"};

    (void)ctx;
    (void)list;
    return strcmp(name, "ten") == 0 ? names[item] : NULL;
}

static const struct docx_values VALUES = {NULL, value, items, field};

static void make(struct bytes *out, const char *part, const char *xml)
{
    struct repack *r;
    struct err e = {0};
    struct bytes b = {0};

    assert_true(repack_open(&r, (struct span){0}, &e));
    bytes_str(&b, xml);
    repack_put(r, part, &b);
    assert_true(repack_write(r, out, &e));
    repack_close(&r);
}

/* The filled body between the tags, or the error's text. */
static char *filled(const char *xml)
{
    struct bytes doc = {0}, out = {0};
    struct repack *r;
    struct err e = {0};
    struct span part;
    char *text;

    make(&doc, "word/document.xml", xml);
    if (docx_fill(span_of(&doc), &VALUES, &out, &e)) {
        assert_true(repack_open(&r, span_of(&out), &e));
        assert_true(repack_read(r, "word/document.xml", &part, &e));
        text = mem_printf("%.*s", (int)part.n, (const char *)part.p);
        repack_close(&r);
    } else {
        assert_int_equal(e.kind, ERR_INPUT);
        text = mem_str(e.text);
    }
    bytes_clear(&doc);
    bytes_clear(&out);
    return text;
}

static void becomes(const char *xml, const char *expected)
{
    char *got = filled(xml);

    assert_string_equal(got, expected);
    free(got);
}

static void says(const char *xml, const char *expected)
{
    char *got = filled(xml);

    if (strstr(got, expected) == NULL)
        fail_msg("\"%s\" is not in: %s", expected, got);
    free(got);
}

#define T(s) "<w:t xml:space=\"preserve\">" s "</w:t>"

static void placeholders_are_found_however_they_were_cut(void **state)
{
    (void)state;
    becomes(DOC(P("Số {{so}}.")), DOC("<w:p><w:r>" T("Số 12.") "</w:r></w:p>"));
    becomes(
        DOC("<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:rPr><w:b/></w:rPr>"
            "<w:t>Số {</w:t></w:r><w:proofErr/><w:r><w:t>{ s</w:t></w:r>"
            "<w:r><w:t>o }</w:t></w:r><w:r><w:t>} và &lt;</w:t></w:r></w:p>"),
        DOC("<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:rPr><w:b/></w:rPr>" T(
            "Số 12") "</w:r><w:proofErr/><w:r>" T("") "</w:r>"
                                                      "<w:r>" T("") "</w:r><w:r>" T(
                                                          " và &lt;") "</w:r></w:p>"));
    becomes(DOC("<w:p><w:r><w:t>{{so}}/{{so}} {{ten}}</w:t></w:r></w:p>"),
            DOC("<w:p><w:r>" T("12/12 A &amp; &lt;B&gt;") "</w:r></w:p>"));
    becomes(DOC(P("{{dong}}")),
            DOC("<w:p><w:r>" T("một") "<w:br/>" T("hai") "</w:r></w:p>"));
    /* a value is text: it is not read again */
    becomes(DOC(P("{{la.loi}}")), DOC("<w:p><w:r>" T("{{so}}") "</w:r></w:p>"));
}

static void all_else_stays_as_it_was(void **state)
{
    static const char same[] = DOC(
        "<!-- {{so}} --><w:p><w:r><w:instrText>{{so}}</w:instrText></w:r></w:p>"
        "<w:p><w:r><w:t>a &amp;amp; &#x110; {so} }} {</w:t></w:r></w:p>"
        "<x:p xmlns:x='urn:x'><x:t>{{so}}</x:t></x:p><w:p/><w:p><w:r><w:t/></w:r></w:p>");

    (void)state;
    becomes(same, same);
}

static void rows_paragraphs_and_blocks_are_repeated(void **state)
{
    (void)state;
    becomes(
        DOC("<w:tbl><w:tr><w:tc>" P("Tên") "</w:tc></w:tr><w:tr><w:tc>" P(
            "{{ds.ten}}") "</w:tc></w:tr></w:tbl>"),
        DOC("<w:tbl><w:tr><w:tc>" P(
            "Tên") "</w:tc></w:tr>"
                   "<w:tr><w:tc><w:p><w:r>" T(
                       "=A1") "</w:r></w:p></w:tc></w:tr>"
                              "<w:tr><w:tc><w:p><w:r>" T(
                                  "Bê") "</w:r></w:p></w:tc></w:tr>"
                                        "<w:tr><w:tc><w:p><w:r>" T(
                                            "Xê") "</w:r></w:p></w:tc></w:tr></w:tbl>"));
    becomes(DOC(P("{{ds.ten}}")), DOC("<w:p><w:r>" T("=A1") "</w:r></w:p><w:p><w:r>" T(
                                      "Bê") "</w:r></w:p>"
                                            "<w:p><w:r>" T("Xê") "</w:r></w:p>"));
    becomes(
        DOC(P("{{#co}}") P("X") P("{{#ds}}") P("{{ds.ten}}") P("{{/ds}}") P("{{/co}}")),
        DOC(P("X") "<w:p><w:r>" T("=A1") "</w:r></w:p><w:p><w:r>" T(
            "Bê") "</w:r></w:p>"
                  "<w:p><w:r>" T("Xê") "</w:r></w:p>"));
    becomes(DOC("a" P("{{#rong}}") P("X") P("{{/rong}}") P("{{rong.ten}}") P("Y")),
            DOC("a" P("Y")));
    /* a table keeps a row, a cell its paragraph */
    becomes(
        DOC("<w:tbl><w:tr><w:tc>" P("{{rong.ten}}") "</w:tc></w:tr></w:tbl>"),
        DOC("<w:tbl><w:tr><w:tc><w:p><w:r>" T("") "</w:r></w:p></w:tc></w:tr></w:tbl>"));
}

static void what_means_nothing_is_named(void **state)
{
    (void)state;
    says(DOC(P("{{so}} {{sai}} {{ds.sai}}")), "{{sai}}, {{ds.sai}}");
    says(DOC(P("{{#ds}}") P("{{ds.ten}}")), "{{#ds}}");
    says(DOC(P("{{#gi}}") P("{{/gi}}")), "{{#gi}}");
    says(DOC(P("{{/ds}}")), "{{/ds}}");
}

static void other_files_are_refused(void **state)
{
    struct bytes doc = {0}, out = {0};
    struct err e = {0};

    (void)state;
    assert_false(docx_fill((struct span){0}, &VALUES, &out, &e));
    assert_false(docx_fill(span_str("PK but no archive"), &VALUES, &out, &e));
    assert_int_equal(e.kind, ERR_INPUT);
    make(&doc, "xl/workbook.xml", "<a/>");
    assert_false(docx_fill(span_of(&doc), &VALUES, &out, &e));
    assert_non_null(strstr(e.text, "word/document.xml"));
    bytes_clear(&doc);
    says("<!DOCTYPE x [<!ENTITY a 'b'>]>" DOC("&a;"), "SHEET-DOCTYPE");
    says(DOC("<w:p>"), "SHEET-FORMAT");
    assert_int_equal(out.n, 0);
}

static void nesting_is_bounded(void **state)
{
    struct bytes b = {0};

    (void)state;
    for (int i = 0; i < 100; i++)
        bytes_str(&b, "<w:p>");
    says(bytes_cstr(&b), "SHEET-");
    bytes_clear(&b);
}

static void the_sample_is_the_same_and_fills(void **state)
{
    struct bytes a = {0}, b = {0};
    struct err e = {0};

    (void)state;
    assert_true(docx_sample(&a, &e));
    assert_true(docx_sample(&b, &e));
    assert_true(span_eq(span_of(&a), span_of(&b)));
    bytes_clear(&b);
    assert_false(docx_fill(span_of(&a), &VALUES, &b, &e)); /* other values than its own */
    assert_non_null(strstr(e.text, "{{")); /* names the first that is not */
    bytes_clear(&a);
    bytes_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placeholders_are_found_however_they_were_cut),
        cmocka_unit_test(all_else_stays_as_it_was),
        cmocka_unit_test(rows_paragraphs_and_blocks_are_repeated),
        cmocka_unit_test(what_means_nothing_is_named),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(the_sample_is_the_same_and_fills),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
