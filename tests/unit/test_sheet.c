/* sheet: the same cells from every program, and a reason for every file we refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zip.h>

#include "proto/forms/sheet_read.h"
#include "proto/forms/sheet_styles.h"

#define MAIN "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define STRICT "xmlns=\"http://purl.oclc.org/ooxml/spreadsheetml/main\""
#define REL "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define STRICT_REL "http://purl.oclc.org/ooxml/officeDocument/relationships"
#define RELS                                                                             \
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/"             \
    "relationships\">"

struct fixture {
    char dir[64], path[96];
    struct sheet *sheet;
    struct err e;
};

struct part { /* of a workbook that a test makes */
    const char *name, *text;
    size_t blanks; /* so many blanks behind the text */
};

static int setup(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    snprintf(fx->dir, sizeof fx->dir, "/tmp/htx-sheet-XXXXXX");
    if (mkdtemp(fx->dir) == NULL)
        return -1;
    snprintf(fx->path, sizeof fx->path, "%s/f", fx->dir);
    *state = fx;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fx = *state;

    sheet_close(&fx->sheet);
    unlink(fx->path);
    rmdir(fx->dir);
    free(fx);
    return 0;
}

static void write_file(struct fixture *fx, const void *p, size_t n)
{
    FILE *f = fopen(fx->path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static struct bytes slurp(const char *path)
{
    struct bytes b = {0};
    FILE *f = fopen(path, "rb");
    size_t n;

    assert_non_null(f);
    while ((n = fread(bytes_room(&b, 65536), 1, 65536, f)) > 0)
        b.n += n;
    fclose(f);
    return b;
}

static const struct part top = {"_rels/.rels",
                                RELS "<Relationship Id=\"a\" Type=\"" REL
                                     "/officeDocument\" Target=\"/xl/w.xml\"/>"
                                     "</Relationships>",
                                0};
static const struct part book = {
    "xl/w.xml",
    "<workbook " MAIN " xmlns:r=\"" REL "\"><sheets>"
    "<sheet name=\"Biểu 01\" sheetId=\"1\" r:id=\"p\"/></sheets></workbook>",
    0};
static const struct part book_rels = {
    "xl/_rels/w.xml.rels",
    RELS "<Relationship Id=\"p\" Type=\"" REL "/worksheet\" Target=\"odd/page.xml\"/>"
         "<Relationship Id=\"s\" Type=\"" REL "/sharedStrings\" Target=\"./s.xml\"/>"
         "<Relationship Id=\"t\" Type=\"" REL "/styles\" Target=\"../xl/t.xml\"/>"
         "<Relationship Id=\"x\" Type=\"" REL "/externalLink\" TargetMode=\"External\""
         " Target=\"http://example.invalid/x\"/></Relationships>",
    0};
static const struct part strings = {
    "xl/s.xml",
    "<sst " MAIN "><si><t>một</t></si>"
    "<si><r><t xml:space=\"preserve\">hai </t></r><r><rPr><b/></rPr><t>ba</t></r>"
    "<rPh sb=\"0\" eb=\"1\"><t>BỎ</t></rPh></si>"
    "<si><t>a_x000D_\nb_x005F_c</t></si></sst>",
    0};
static const struct part styles = {
    "xl/t.xml",
    "<styleSheet " MAIN
    "><numFmts><numFmt numFmtId=\"164\" formatCode=\"dd\\-mm\\-yyyy\"/>"
    "<numFmt numFmtId=\"165\" formatCode=\"0.0%\"/></numFmts>"
    "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
    "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/>"
    "<xf numFmtId=\"165\"/></cellXfs></styleSheet>",
    0};

/* An archive of the given parts; later ones replace earlier ones of the same name. */
static void write_zip(struct fixture *fx, const struct part *parts, size_t n)
{
    int code;
    zip_t *z;
    struct bytes text[8] = {0};

    assert_true(n <= COUNT(text));
    unlink(fx->path);
    z = zip_open(fx->path, ZIP_CREATE, &code);
    assert_non_null(z);
    for (size_t i = 0; i < n; i++) {
        zip_source_t *src;

        bytes_str(&text[i], parts[i].text);
        memset(bytes_room(&text[i], parts[i].blanks + 1), ' ', parts[i].blanks);
        text[i].n += parts[i].blanks;
        src = zip_source_buffer(z, text[i].p, text[i].n, 0);
        assert_true(zip_file_add(z, parts[i].name, src, ZIP_FL_OVERWRITE) >= 0);
    }
    assert_int_equal(zip_close(z), 0);
    for (size_t i = 0; i < n; i++)
        bytes_clear(&text[i]);
}

static void write_page(struct fixture *fx, const char *data)
{
    char *xml = mem_printf("<worksheet " MAIN ">%s</worksheet>", data);
    const struct part parts[] = {
        top, book, book_rels, strings, styles, {"xl/odd/page.xml", xml, 0}
    };

    write_zip(fx, parts, COUNT(parts));
    free(xml);
}

static void open_it(struct fixture *fx)
{
    sheet_close(&fx->sheet);
    if (!sheet_open(&fx->sheet, fx->path, &fx->e))
        fail_msg("%s", fx->e.text);
}

static void refused(struct fixture *fx, const char *code)
{
    char reason[24];

    sheet_close(&fx->sheet);
    fx->e = (struct err){0};
    if (sheet_open(&fx->sheet, fx->path, &fx->e))
        fail_msg("was read instead of %s", code);
    assert_null(fx->sheet);
    assert_int_equal(fx->e.kind, ERR_INPUT);
    if (strcmp(sheet_reason(&fx->e, reason), code) != 0)
        fail_msg("%s instead of %s", fx->e.text, code);
    assert_non_null(strchr(fx->e.text, ';')); /* the remedy */
}

static void cell_is(struct fixture *fx, uint32_t row, uint32_t col, enum cell_kind kind,
                    const char *text)
{
    const struct cell *c = sheet_cell(&fx->sheet->pages[0], row, col);

    if (c == NULL)
        fail_msg("no cell %u,%u", row, col);
    assert_int_equal(c->kind, kind);
    assert_string_equal(c->text, text);
}

static void a_workbook_gives_its_cells(void **state)
{
    struct fixture *fx = *state;
    struct arena a = {0};
    const struct sheet_page *p;

    write_page(fx,
               "<foreign xmlns=\"urn:x\"><sheetData><row><c><v>7</v></c></row>"
               "</sheetData></foreign>"
               "<sheetData>"
               "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c>"
               "<c r=\"D2\" t=\"s\"><v>2</v></c></row>"
               "<row r=\"3\" hidden=\"1\"><c r=\"A3\"><v>33.140000000000001</v></c>"
               "<c r=\"B3\" s=\"1\"><v>45107</v></c><c r=\"C3\" s=\"2\"><v>45107.5</v>"
               "</c><c r=\"D3\" s=\"3\"><v>0.083</v></c>"
               "<c r=\"E3\"><f>A1</f><v>1.5E3</v></c><c r=\"F3\"><f>A1</f><v/></c>"
               "<c r=\"G3\" t=\"str\"><f>A1</f><v>chữ</v></c></row>"
               "<row><c t=\"inlineStr\"><is><r><t>h&#7907;p</t></r></is></c>"
               "<c t=\"b\"><v>1</v></c><c t=\"e\"><v>#REF!</v></c>"
               "<c t=\"d\"><v>2023-06-30T00:00:00</v></c>"
               "<c t=\"inlineStr\"><is><t>  </t></is></c><c><v>1e308</v></c></row>"
               "<row r=\"9\"><c r=\"A9\" t=\"inlineStr\"><is><t>gộp</t></is></c>"
               "<c r=\"B9\"><v>13</v></c></row><row><c r=\"A10\"><v>14</v></c>"
               "<c r=\"C10\"><v>15</v></c></row></sheetData>"
               "<mergeCells><mergeCell ref=\"A9:B10\"/></mergeCells>");
    open_it(fx);
    p = &fx->sheet->pages[0];
    assert_int_equal(fx->sheet->n_pages, 1);
    assert_string_equal(p->name, "Biểu 01");
    cell_is(fx, 1, 0, CELL_TEXT, "một");
    cell_is(fx, 1, 1, CELL_TEXT, "hai ba");
    cell_is(fx, 1, 3, CELL_TEXT, "a\nb_c");
    cell_is(fx, 2, 0, CELL_NUMBER, "33.14");
    cell_is(fx, 2, 1, CELL_DATE, "2023-06-30");
    cell_is(fx, 2, 2, CELL_DATE, "2023-06-30");
    cell_is(fx, 2, 3, CELL_NUMBER, "8.3%");
    cell_is(fx, 2, 4, CELL_NUMBER, "1500");
    cell_is(fx, 2, 5, CELL_ERROR, "formula without value");
    cell_is(fx, 2, 6, CELL_TEXT, "chữ");
    cell_is(fx, 3, 0, CELL_TEXT, "hợp");
    cell_is(fx, 3, 1, CELL_BOOL, "TRUE");
    cell_is(fx, 3, 2, CELL_ERROR, "#REF!");
    cell_is(fx, 3, 3, CELL_DATE, "2023-06-30");
    assert_null(sheet_cell(p, 3, 4));
    cell_is(fx, 3, 5, CELL_ERROR, "#NUM!"); /* 1e308 */
    cell_is(fx, 8, 0, CELL_TEXT, "gộp");
    assert_null(sheet_cell(p, 8, 1)); /* seen by nobody */
    assert_null(sheet_cell(p, 9, 0));
    cell_is(fx, 9, 2, CELL_NUMBER, "15");
    assert_int_equal(p->n_merges, 1);
    assert_int_equal(p->merges[0].last_row, 9);
    assert_false(fx->sheet->repaired);
    assert_string_equal(sheet_place(&a, p, 6, 2), "Biểu 01!C7");
    assert_string_equal(sheet_place(&a, p, 0, 701), "Biểu 01!ZZ1");
    assert_string_equal(sheet_place(&a, p, 0, 702), "Biểu 01!AAA1");
    arena_clear(&a);
}

static void strict_workbooks_and_our_mark(void **state)
{
    struct fixture *fx = *state;
    const struct part parts[] = {
        {"_rels/.rels",
         RELS "<Relationship Id=\"a\" Type=\"" STRICT_REL "/officeDocument\""
              " Target=\"xl/w.xml\"/></Relationships>",                                  0},
        {"xl/w.xml",
         "<x:workbook xmlns:x=\"http://purl.oclc.org/ooxml/spreadsheetml/main\""
         " xmlns:r=\"" STRICT_REL "\"><x:workbookPr date1904=\"1\"/><x:sheets>"
         "<x:sheet name=\"Một\" r:id=\"p\"/>"
         "<x:sheet name=\"Hai\" r:id=\"q\" state=\"veryHidden\"/>"
         "<x:sheet name=\"Hình\" r:id=\"c\"/></x:sheets>"
         "<x:definedNames><x:definedName name=\"HTX_FORM\" hidden=\"1\">"
         "\"Biểu 01/HTX\"</x:definedName>"
         "<x:definedName name=\"HTX_FORM\" localSheetId=\"1\">\"Biểu 02/ĐV\""
         "</x:definedName><x:definedName name=\"khác\">\"không\"</x:definedName>"
         "</x:definedNames></x:workbook>",                                               0},
        {"xl/_rels/w.xml.rels",
         RELS
         "<Relationship Id=\"p\" Type=\"" STRICT_REL "/worksheet\" Target=\"p.xml\"/>"
         "<Relationship Id=\"q\" Type=\"" STRICT_REL "/worksheet\" Target=\"p.xml\"/>"
         "<Relationship Id=\"c\" Type=\"" STRICT_REL "/chartsheet\" Target=\"c\"/>"
         "<Relationship Id=\"t\" Type=\"" STRICT_REL "/styles\" Target=\"t.xml\"/>"
         "</Relationships>",                                                             0},
        {"xl/t.xml",
         "<styleSheet " STRICT "><cellXfs><xf numFmtId=\"14\"/></cellXfs></styleSheet>",
         0                                                                                },
        {"xl/p.xml",
         "<worksheet " STRICT "><sheetData><row><c s=\"0\"><v>43645</v></c></row>"
         "</sheetData></worksheet>",                                                     0},
    };

    write_zip(fx, parts, COUNT(parts));
    open_it(fx);
    assert_int_equal(fx->sheet->n_pages, 2);
    cell_is(fx, 0, 0, CELL_DATE, "2023-06-30");
    assert_string_equal(fx->sheet->form_mark, "Biểu 01/HTX");
    assert_string_equal(fx->sheet->pages[0].form_mark, "");
    assert_string_equal(fx->sheet->pages[1].form_mark, "Biểu 02/ĐV");
    assert_false(fx->sheet->pages[0].hidden);
    assert_true(fx->sheet->pages[1].hidden);
}

static void formats_that_show_dates_and_percentages(void **state)
{
    char out[64];

    (void)state;
    assert_int_equal(style_of_code("dd/mm/yyyy"), STYLE_DATE);
    assert_int_equal(style_of_code("[$-42A]d mmmm yyyy;@"), STYLE_DATE);
    assert_int_equal(style_of_code("mm:ss"), STYLE_PLAIN);
    assert_int_equal(style_of_code("h:mm"), STYLE_PLAIN);
    assert_int_equal(style_of_code("#,##0\" ngày\""), STYLE_PLAIN);
    assert_int_equal(style_of_code("#,##0\\ \\d"), STYLE_PLAIN);
    assert_int_equal(style_of_code("[Red]#,##0.00"), STYLE_PLAIN);
    assert_int_equal(style_of_code("General"), STYLE_PLAIN);
    assert_int_equal(style_of_code("0.0%"), STYLE_PERCENT);
    assert_int_equal(style_of_code("\"%"), STYLE_PLAIN);
    assert_string_equal(sheet_decimal("0.1", 0, out), "0.1");
    assert_string_equal(sheet_decimal("0.30000000000000004", 0, out), "0.3");
    assert_string_equal(sheet_decimal("-1100", 0, out), "-1100");
    assert_string_equal(sheet_decimal("706.41509433962267", 0, out), "706.415094339623");
    assert_string_equal(sheet_decimal("1E-7", 0, out), "0.0000001");
    assert_string_equal(sheet_decimal("123456789012345678", 0, out),
                        "123456789012346000");
    assert_string_equal(sheet_decimal("1e20", 0, out), "100000000000000000000");
    assert_string_equal(sheet_decimal("0.5", 2, out), "50");
    assert_string_equal(sheet_decimal("0.0825", 2, out), "8.25");
    assert_string_equal(sheet_decimal("0", 0, out), "0");
    assert_string_equal(sheet_decimal("-0", 0, out), "0");
    assert_string_equal(sheet_decimal("0x10", 0, out), "");
    assert_string_equal(sheet_decimal("nan", 0, out), "");
    assert_string_equal(sheet_decimal("1 ", 0, out), "");
    assert_true(sheet_serial_date(1, false, out));
    assert_string_equal(out, "1900-01-01");
    assert_false(sheet_serial_date(60, false, out));
    assert_true(sheet_serial_date(61, false, out));
    assert_string_equal(out, "1900-03-01");
    assert_false(sheet_serial_date(2958466, false, out));
}

static void csv_of_every_habit(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        char delimiter;
        const char *encoding;
        bool repaired;
    } files[] = {
#define FILE_OF(s) s, sizeof s - 1
        {FILE_OF("Mẫu số;;\r\nTên;1,5;2\r\nB;2,5;3\r\n"),                                    ';',  "UTF-8",        false},
        {FILE_OF("\xef\xbb\xbfMẫu số,,\nTên,\"1,5\",2\nB,\"2,5\",3"),                        ',',  "UTF-8",
                                          false                                                                                                               },
        {FILE_OF("Mẫu số\t\t\rTên\t1,5\t2\rB\t2,5\t3\r"),                                    '\t', "UTF-8",        false},
        {FILE_OF("sep=;\r\nMẫu số\r\nTên;\"1,5\";2\r\nB;2,5;3\r\n"),                         ';',  "UTF-8",        false},
        {FILE_OF("Ma\xcc\x82\xcc\x83u s\xc3\xb4\xcc\x81;;\nTe\xcc\x82n;1,5;2\nB;2,5;3\n"),
                                          ';',                                                                                           "UTF-8",        true },
        {FILE_OF("\xff\xfeM\0\xab\x1eu\0 \0s\0\xd1\x1e\n\0T\0\xea\0n\0\t\0"
                 "1\0,\0"
                 "5\0\t\0"
                 "2\0\n\0B\0\t\0"
                 "2\0,\0"
                 "5\0\t\0"
                 "3\0"),
                                          '\t',                                                                                          "UTF-16LE",     false},
        {FILE_OF("\xfe\xff\0M\x1e\xab\0u\0 \0s\x1e\xd1\0\n\0T\0\xea\0n\0\t\0"
                 "1\0,\0"
                 "5\0\t\0"
                 "2\0\n\0B\0\t\0"
                 "2\0,\0"
                 "5\0\t\0"
                 "3"),
                                          '\t',                                                                                          "UTF-16BE",     false},
        {FILE_OF("M\xc9u s\xe8;\xae\xac"
                 "n v\xde;b\xb8o c\xb8o\nT\xaan;1,5;2\nB;2,5;3\n"),
                                          ';',                                                                                           "TCVN3",        true },
        {FILE_OF("M\xe2\xde"
                 "u s\xf4\xec;\xd0\xf5n vi\xf2;b\xe1o c\xe1o\nT\xean;1,5;2\nB;2,5;3\n"),
                                          ';',                                                                                           "Windows-1258", true },
    };
    struct fixture *fx = *state;

    for (size_t i = 0; i < COUNT(files); i++) {
        write_file(fx, files[i].bytes, files[i].n);
        open_it(fx);
        assert_string_equal(fx->sheet->encoding, files[i].encoding);
        assert_int_equal(fx->sheet->delimiter, files[i].delimiter);
        assert_int_equal(fx->sheet->repaired, files[i].repaired);
        cell_is(fx, 0, 0, CELL_TEXT, "Mẫu số");
        cell_is(fx, 1, 0, CELL_TEXT, "Tên");
        cell_is(fx, 1, 1, CELL_TEXT, "1,5");
        cell_is(fx, 2, 2, CELL_TEXT, "3");
        assert_int_equal(fx->sheet->pages[0].n_rows, 3);
    }
}

static void old_fonts_are_read_and_said(void **state)
{
    struct fixture *fx = *state;

    write_file(fx, FILE_OF("Ti\x65\xe1ng Vi\x65\xe4t r\x61\xe1t hay\n"));
    open_it(fx);
    assert_string_equal(fx->sheet->encoding, "VNI");
    assert_true(fx->sheet->repaired);
    cell_is(fx, 0, 0, CELL_TEXT, "Tiếng Việt rất hay");
    write_file(fx, FILE_OF("\x54\x61\x6d\x20\xa7\xad\xea\x6e\x67"));
    open_it(fx);
    assert_string_equal(fx->sheet->encoding, "TCVN3");
    cell_is(fx, 0, 0, CELL_TEXT, "Tam Đường");

    write_page(fx, "<sheetData><row><c t=\"inlineStr\"><is><t>Th«ng t\xc2\xad cña Bé</t>"
                   "</is></c><c t=\"inlineStr\"><is><t>CỘNG HÒA XàHỘI</t></is></c></row>"
                   "</sheetData>");
    open_it(fx);
    cell_is(fx, 0, 0, CELL_TEXT, "Thông tư của Bộ");
    cell_is(fx, 0, 1, CELL_TEXT, "CỘNG HÒA XàHỘI");
    assert_true(fx->sheet->repaired);
    assert_string_equal(fx->sheet->repaired_from, "TCVN3");
    assert_false(sheet_cell(&fx->sheet->pages[0], 0, 0)->damaged);
    assert_true(sheet_cell(&fx->sheet->pages[0], 0, 1)->damaged);
}

static void csv_quotes_are_kept_to(void **state)
{
    struct fixture *fx = *state;

    write_file(fx, FILE_OF("a;\"dòng 1\r\ndòng \"\"2\"\"\";\"\"\r\n;;c\n"));
    open_it(fx);
    cell_is(fx, 0, 1, CELL_TEXT, "dòng 1\ndòng \"2\"");
    assert_null(sheet_cell(&fx->sheet->pages[0], 0, 2));
    cell_is(fx, 1, 2, CELL_TEXT, "c");

    write_file(fx, FILE_OF("a;b\nđ;HTX \"Bình\"\n"));
    refused(fx, "SHEET-CSV");
    assert_non_null(strstr(fx->e.text, "line 2, column 7:"));
    write_file(fx, FILE_OF("a;b\n\"c\" d;e\n"));
    refused(fx, "SHEET-CSV");
    assert_non_null(strstr(fx->e.text, "line 2, column 4:"));
    write_file(fx, FILE_OF("a;b\nc;\"d\ne;f\n"));
    refused(fx, "SHEET-CSV");
    assert_non_null(strstr(fx->e.text, "line 2, column 3:"));
}

static void files_that_are_no_sheets(void **state)
{
    struct fixture *fx = *state;
    int fd;

    write_file(fx, "", 0);
    refused(fx, "SHEET-TRUNCATED");
    write_file(fx, FILE_OF("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 Workbook"));
    refused(fx, "SHEET-OLE");
    write_file(fx,
               FILE_OF("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0"
                       "a\0c\0k\0a\0g\0e\0"));
    refused(fx, "SHEET-ENCRYPTED");
    write_file(fx, FILE_OF("%PDF-1.7"));
    refused(fx, "SHEET-FORMAT");
    write_file(fx, FILE_OF("a;b\0c\xff\n"));
    refused(fx, "SHEET-FORMAT");
    write_file(fx, FILE_OF("Mẫu số: báo cáo của đơn vị huyện xã\xff\n"));
    refused(fx, "SHEET-ENCODING");
    write_file(fx, FILE_OF("M?u s?: Bi?u 01/HTX;??n v? b\xe1o c\xe1o: Huy?n;h?p t\xe1"
                           "c x\xe3;k? b\xe1o c\xe1o\n"));
    refused(fx, "SHEET-ENCODING"); /* saved as Windows-1252: the letters are gone */
    write_file(fx, FILE_OF("M?u s?: Bi?u 01/HTX;Huy?n Tam Du?ng;h?p t?c x?\n"));
    refused(fx, "SHEET-ENCODING");
    write_file(fx, FILE_OF("\xff\xfeM\0\0\xd8"));
    refused(fx, "SHEET-ENCODING");
    write_file(fx, FILE_OF("PK\x03\x04 cut off"));
    refused(fx, "SHEET-TRUNCATED");
    fd = open(fx->path, O_WRONLY | O_TRUNC);
    assert_int_equal(ftruncate(fd, (off_t)sheet_limits.file_bytes + 1), 0);
    close(fd);
    refused(fx, "SHEET-SIZE");

    unlink(fx->path);
    assert_int_equal(mkfifo(fx->path, 0600), 0);
    refused(fx, "SHEET-FORMAT");
    unlink(fx->path);
    assert_false(sheet_open(&fx->sheet, fx->path, &fx->e));
    assert_int_equal(fx->e.kind, ERR_SETUP);
}

static void pages_that_lie(void **state)
{
    static const struct {
        const char *code, *data;
    } pages[] = {
        {"SHEET-STRINGS", "<sheetData><row><c t=\"s\"><v>3</v></c></row></sheetData>"                     },
        {"SHEET-STRINGS", "<sheetData><row><c t=\"s\"><v>-1</v></c></row></sheetData>"                    },
        {"SHEET-STRINGS", "<sheetData><row><c t=\"s\"><v>0x1</v></c></row></sheetData>"                   },
        {"SHEET-FORMAT",  "<sheetData><row r=\"0\"/></sheetData>"                                         },
        {"SHEET-FORMAT",  "<sheetData><row r=\"1048577\"/></sheetData>"                                   },
        {"SHEET-FORMAT",  "<sheetData><row r=\"1\"><c r=\"XFE1\"/></row></sheetData>"                     },
        {"SHEET-FORMAT",  "<sheetData><row r=\"1\"><c r=\"A2\"/></row></sheetData>"                       },
        {"SHEET-FORMAT",  "<sheetData><row><c t=\"zz\"><v>1</v></c></row></sheetData>"                    },
        {"SHEET-FORMAT",  "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>"
                         "<row r=\"1\"><c r=\"A1\"><v>2</v></c></row></sheetData>"},
        {"SHEET-FORMAT",  "<sheetData><row><c r=\"ửửửửửửửửửử\"/></row></sheetData>"   },
        {"SHEET-FORMAT",  "<sheetData><row></sheetData>"                                                  },
        {"SHEET-FORMAT",  "<sheetData>&nothing;</sheetData>"                                              },
        {"SHEET-FORMAT",  "<mergeCells><mergeCell ref=\"B2:A1\"/></mergeCells>"                           },
    };
    struct fixture *fx = *state;
    struct bytes deep = {0};

    for (size_t i = 0; i < COUNT(pages); i++) {
        write_page(fx, pages[i].data);
        refused(fx, pages[i].code);
    }
    for (size_t i = 0; i < sheet_limits.depth; i++)
        bytes_str(&deep, "<is>");
    write_page(fx, bytes_cstr(&deep));
    refused(fx, "SHEET-DEPTH");
    bytes_clear(&deep);
    bytes_str(&deep, "<sheetData><row>");
    for (size_t i = 0; i <= sheet_limits.cells; i++)
        bytes_str(&deep,
                  i % 16000 == 0 ? "</row><row><c><v>1</v></c>" : "<c><v>1</v></c>");
    bytes_str(&deep, "</row></sheetData>");
    write_page(fx, bytes_cstr(&deep));
    refused(fx, "SHEET-SIZE");
    bytes_clear(&deep);
}

static void parts_that_lie(void **state)
{
    static const char page[] = "<worksheet " MAIN "><sheetData/></worksheet>";
    static const char laughs[] =
        "<!DOCTYPE sst [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]>"
        "<sst " MAIN "><si><t>&b;</t></si></sst>";
    static const char leaving[] = RELS "<Relationship Id=\"p\" Type=\"" REL "/worksheet\""
                                       " Target=\"../../etc/passwd\"/></Relationships>";
    static const char lost[] =
        RELS "<Relationship Id=\"p\" Type=\"" REL "/worksheet\" Target=\"none.xml\"/>"
             "</Relationships>";
    const struct part page_part = {"xl/odd/page.xml", page, 0};
    const struct {
        const char *code;
        struct part parts[6];
    } books[] = {
        {"SHEET-DOCTYPE",
         {top, book, book_rels, {"xl/s.xml", laughs, 0}, styles, page_part}              },
        {"SHEET-PATH",
         {top, book, {"xl/_rels/w.xml.rels", leaving, 0}, strings, styles, page_part}    },
        {"SHEET-PATH",      {top, book, book_rels, strings, styles, {"../evil", page, 0}}},
        {"SHEET-PATH",      {top, book, book_rels, strings, styles, {"a\\b", page, 0}}   },
        {"SHEET-TRUNCATED",
         {top, book, {"xl/_rels/w.xml.rels", lost, 0}, strings, styles, page_part}       },
        {"SHEET-TRUNCATED",
         {top, book, book_rels, {"xl/other.xml", "", 0}, styles, page_part}              },
        {"SHEET-FORMAT",
         {{"a.txt", "a", 0}, book, book_rels, strings, styles, page_part}                },
        {"SHEET-BOMB",
         {top, book, book_rels, strings, styles, {"xl/odd/page.xml", page, 97 << 20}}    },
    };
    struct fixture *fx = *state;

    for (size_t i = 0; i < COUNT(books); i++) {
        write_zip(fx, books[i].parts, COUNT(books[i].parts));
        refused(fx, books[i].code);
    }
}

/* Overwrites every copy of the 32-bit number; how many there were. */
static size_t patch(struct bytes *b, uint32_t from, uint32_t to)
{
    size_t n = 0;

    for (size_t i = 0; i + 4 <= b->n; i++) {
        if (memcmp(b->p + i, &from, 4) == 0) {
            memcpy(b->p + i, &to, 4);
            n++;
        }
    }
    return n;
}

static void archives_that_lie(void **state)
{
    static const char page[] = "<worksheet " MAIN "><sheetData/></worksheet>";
    const uint32_t size = (97U << 20) + (uint32_t)sizeof page - 1;
    const struct part parts[] = {
        top, book, book_rels, strings, styles, {"xl/odd/page.xml", page, 97 << 20}
    };
    struct fixture *fx = *state;
    struct bytes b;
    zip_t *z;
    int code;

    write_zip(fx, parts, COUNT(parts)); /* declares 5,000 bytes, unpacks to 97 MB */
    b = slurp(fx->path);
    assert_int_equal(patch(&b, size, 5000), 2);
    write_file(fx, b.p, b.n);
    refused(fx, "SHEET-BOMB");
    bytes_clear(&b);

    write_page(fx, "<sheetData/>");
    b = slurp(fx->path);
    for (size_t cut = 100; cut < b.n; cut += 177) {
        write_file(fx, b.p, b.n - cut);
        refused(fx, "SHEET-TRUNCATED");
    }
    b.p[50] ^= 0xff; /* inside the first part's bytes */
    write_file(fx, b.p, b.n);
    refused(fx, "SHEET-TRUNCATED");
    bytes_clear(&b);

    unlink(fx->path);
    z = zip_open(fx->path, ZIP_CREATE, &code);
    for (size_t i = 0; i <= sheet_limits.entries; i++) {
        char name[16];

        snprintf(name, sizeof name, "%zu", i);
        assert_true(zip_file_add(z, name, zip_source_buffer(z, "a", 1, 0), 0) >= 0);
    }
    assert_int_equal(zip_close(z), 0);
    refused(fx, "SHEET-BOMB");
}

/* A reader taken over by its file may write anything: the parent keeps its head. */
static void the_parent_believes_nothing(void **state)
{
    static const char csv[] = "Mẫu số;Biểu 01/HTX\nTên;HTX Ngọc Minh\n12;3,5\n";
    struct fixture *fx = *state;
    struct sheet_codecs codecs = {NULL, NULL};
    struct sink s = {.fd = -1};
    const struct sheet_merge merge = {0, 0, 1, 1};
    size_t read = 0;
    uint32_t seed = 7;

    assert_true(sheet_read_any(span_str(csv), &codecs, &s, &fx->e));
    assert_true(sink_merge(&s, &merge, &fx->e));
    sink_end(&s, true, NULL);
    for (size_t round = 0; round < 20000; round++) {
        struct bytes stream = {0};

        bytes_add(&stream, s.out.p, s.out.n);
        for (size_t k = 0; k < round % 4; k++) {
            seed = seed * 1664525 + 1013904223;
            stream.p[(seed >> 8) % stream.n] = (unsigned char)(seed >> 24);
        }
        if (round % 5 == 4)
            stream.n = (seed >> 8) % stream.n;
        if (sheet_decode(&fx->sheet, &stream, &fx->e)) {
            for (size_t i = 0; i < fx->sheet->n_pages; i++)
                for (size_t c = 0; c < fx->sheet->pages[i].n_cells; c++)
                    read += strlen(fx->sheet->pages[i].cells[c].text);
        }
        sheet_close(&fx->sheet);
    }
    assert_true(read > 0);
    sink_clear(&s);
}

static void a_child_that_never_ends_is_given_up(void **state)
{
    struct fixture *fx = *state;
    struct bytes out = {0};
    char reason[24];
    int ends[2], status;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    assert_false(sheet_collect(ends[0], 0, &out, &fx->e)); /* silent */
    assert_string_equal(sheet_reason(&fx->e, reason), "SHEET-TIMEOUT");
    pid = fork();
    while (pid == 0) /* and one that never stops writing */
        if (write(ends[1], fx, sizeof *fx) < 0)
            _exit(0);
    close(ends[1]);
    assert_false(sheet_collect(ends[0], 60, &out, &fx->e));
    assert_string_equal(sheet_reason(&fx->e, reason), "SHEET-CRASH");
    close(ends[0]);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    bytes_clear(&out);
}

/* What a reader taken over by its file could try, each from behind the shut door. */
static int try_to_leave(int out)
{
    struct err e = {0};
    int inside[2];

    if (pipe(inside) != 0 || !sheet_child_lock(out, &e))
        return 1;
    if (open("/etc/passwd", O_RDONLY) >= 0 || socket(AF_INET, SOCK_STREAM, 0) >= 0)
        return 2;
    if (fork() >= 0 || write(2, "x", 1) >= 0 || write(inside[1], "x", 1) >= 0)
        return 3;
    execl("/bin/true", "true", (char *)NULL);
    if (kill(getppid(), 0) == 0 || unlink("/tmp/none") == 0 || errno != EPERM)
        return 4;
    return write(out, "x", 1) == 1 ? 0 : 5;
}

static void the_door_is_shut(void **state)
{
    int out[2], status;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(out), 0);
    pid = fork();
    if (pid == 0)
        _exit(try_to_leave(out[1]));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    close(out[0]);
    close(out[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_workbook_gives_its_cells, setup, teardown),
        cmocka_unit_test_setup_teardown(strict_workbooks_and_our_mark, setup, teardown),
        cmocka_unit_test(formats_that_show_dates_and_percentages),
        cmocka_unit_test_setup_teardown(csv_of_every_habit, setup, teardown),
        cmocka_unit_test_setup_teardown(old_fonts_are_read_and_said, setup, teardown),
        cmocka_unit_test_setup_teardown(csv_quotes_are_kept_to, setup, teardown),
        cmocka_unit_test_setup_teardown(files_that_are_no_sheets, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_that_lie, setup, teardown),
        cmocka_unit_test_setup_teardown(parts_that_lie, setup, teardown),
        cmocka_unit_test_setup_teardown(archives_that_lie, setup, teardown),
        cmocka_unit_test_setup_teardown(the_parent_believes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_child_that_never_ends_is_given_up, setup,
                                        teardown),
        cmocka_unit_test(the_door_is_shut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
