#!/usr/bin/python3
"""`check --workbook` on workbooks of every make: the marked copy opens everywhere, is the
same workbook but for the marks, and its marks go when it is corrected. Spoilt ones never
end the program."""
import glob
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import officer_book
import openpyxl
import openpyxl.chart

SHEETS = os.path.join(flow.ROOT, "tests", "data", "sheets")
OURS = ("FFF2A9A2", "FFFBD784", "FFB4D5F2")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = (("http://schemas.openxmlformats.org/spreadsheetml/2006/main",
           "http://purl.oclc.org/ooxml/spreadsheetml/main"),
          ("http://schemas.openxmlformats.org/officeDocument/2006/relationships",
           "http://purl.oclc.org/ooxml/officeDocument/relationships"))


def rewrite(path, out, change):
    """Every part of the archive through change(name, text); None leaves it out."""
    with zipfile.ZipFile(path) as src, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name in src.namelist():
            body = change(name, src.read(name))
            if body is not None:
                z.writestr(name, body)


def strict(name, body):
    for old, new in STRICT:
        body = body.replace(old.encode(), new.encode())
    return body


def prefixed(name, body):
    """As some libraries write: every element of the main namespace with a prefix."""
    if not name.startswith("xl/") or name.endswith((".rels", ".vml")) or "theme" in name:
        return body
    text = re.sub(r"<(/?)([A-Za-z])", r"<\1x:\2", body.decode())
    return text.replace('xmlns="%s"' % MAIN, 'xmlns:x="%s"' % MAIN, 1).encode()


def without_places(name, body):
    """Rows and cells that follow each other need no place; blank cells stay in."""
    if not name.endswith("sheet1.xml"):
        return body
    return re.sub(rb'(<c) r="[A-Z]+[0-9]+"', rb"\1", body)


def without_styles(name, body):
    if name.endswith("styles.xml"):
        return None
    if name == "[Content_Types].xml" or name.endswith("workbook.xml.rels"):
        return re.sub(rb"<(Override|Relationship)[^>]*styles[^>]*/>", b"", body)
    body = re.sub(rb"<conditionalFormatting.*</conditionalFormatting>", b"", body)
    return re.sub(rb' s="[0-9]+"', b"", body) if "sheet" in name else body


def utf16(name, body):
    if not name.endswith("sheet1.xml"):
        return body
    text = re.sub(r"^<\?xml[^>]*\?>", "", body.decode())
    return ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16")


def macros(name, body):
    """As .xlsm: the copy is an .xlsx and must not say otherwise."""
    body = body.replace(b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
                        b".main+xml", b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")
    if name.endswith("workbook.xml.rels"):
        body = body.replace(b"</Relationships>", b'<Relationship Id="rIdV" Type="http://schemas.'
                            b'microsoft.com/office/2006/relationships/vbaProject" '
                            b'Target="sharedStrings.xml"/></Relationships>')
    return body


def bom(name, body):
    return b"\xef\xbb\xbf" + body if name.endswith(".xml") else body


def button(name, body):
    """A drawing as Excel writes it beside a button of two lines: no XML."""
    if not name.endswith(".vml"):
        return body
    return body.replace(b"</xml>", b"<!-- x --><v:shape id='b1'><v:textbox><div>In<br>danh sach"
                        b"</div></v:textbox></v:shape></xml>")


def taken_name(path, out):
    book = openpyxl.load_workbook(path)
    book.create_sheet("Kết quả", 0)["A1"] = "trang của cán bộ"
    chart = openpyxl.chart.BarChart()
    chart.add_data(openpyxl.chart.Reference(book["Danh sách HTX"], min_col=10, min_row=11,
                                            max_row=20))
    book.create_chartsheet("Biểu đồ").add_chart(chart)
    book["Danh sách HTX"].title = "Biểu '01' & <HTX>"
    book.save(out)


def office(site, *args):
    return subprocess.run(["soffice", "--headless", "-env:UserInstallation=file://%s/office"
                           % site.dir, *args], capture_output=True, text=True, timeout=300,
                          check=False)


def variants(site, path):
    """(name, file, kept in its own shape)."""
    out = []

    def add(name, change, patched=True):
        to = os.path.join(site.dir, name + ".xlsx")
        if change is not None:
            rewrite(path, to, change)
        out.append((name, to, patched))
        return to

    add("openpyxl", lambda name, body: body)
    if shutil.which("soffice"):
        add("strict", strict)
    add("prefixed", prefixed)
    add("no-places", without_places)
    add("no-styles", without_styles)
    add("bom", bom)
    add("macros", macros)
    add("button", button)
    add("utf-16", utf16, False)
    taken_name(path, add("taken-name", None))
    if shutil.which("soffice"):
        office(site, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir",
               os.path.join(site.dir, "lo"), path)
        shutil.copy(os.path.join(site.dir, "lo", "list.xlsx"), add("libreoffice", None))
        office(site, "--convert-to", "ods", "--outdir", os.path.join(site.dir, "lo"), path)
        out.append(("ods", os.path.join(site.dir, "lo", "list.ods"), False))
    else:
        print("# skipped: soffice is not installed")
    if shutil.which("ssconvert"):
        subprocess.run(["ssconvert", path, add("gnumeric", None)], capture_output=True,
                       timeout=120, check=True)
    else:
        print("# skipped: ssconvert is not installed")
    to = os.path.join(site.dir, "csv.csv")
    book = openpyxl.load_workbook(path)
    with open(to, "w", encoding="utf-8") as f:
        for row in book["Danh sách HTX"].iter_rows(values_only=True):
            f.write(";".join("" if v is None else str(v).replace(".", ",") if isinstance(v, float)
                             else '"%s"' % v if isinstance(v, str) else str(v)
                             for v in row) + "\n")
    out.append(("csv", to, False))
    return out


def check(c, path, book=None):
    """Exit code and findings of the file, in their order."""
    args = ["check", path, "--json"] + (["--workbook", book] if book else [])
    p = subprocess.run([os.path.join(flow.BIN, "htx-collector"), "-c", c.conf, *args],
                       capture_output=True, text=True, timeout=60, check=False,
                       env=dict(os.environ, LC_ALL="C.UTF-8"))
    return p.returncode, json.loads(p.stdout or "[]"), p.stderr


def places(report, severity="error"):
    return sorted({f["ref"] for f in report[0]["findings"]
                   if f["severity"] == severity and f["ref"]})


def data_page(book):
    for ws in book.worksheets:
        if any(ws.cell(r, k).value == "Tên HTX" for r in range(1, 12) for k in range(1, 4)):
            return ws
    raise flow.Failed("no page with the list")


def kept(ws):
    return {c.coordinate: c.value for row in ws.iter_rows() for c in row if c.value is not None}


def load(site, name, path):
    """openpyxl does not read strict OOXML: an office makes the other kind of it."""
    if name == "strict":
        office(site, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir",
               os.path.join(site.dir, "loose"), path)
        path = os.path.join(site.dir, "loose", os.path.basename(path))
    return openpyxl.load_workbook(path)


def one(site, c, name, path, patched, errors):
    marked = os.path.join(site.dir, name + ".marked.xlsx")
    code, found, said = check(c, path, marked)
    if not site.check(name + ": marked", os.path.exists(marked), said):
        return None
    after = load(site, name, marked)
    ws = data_page(after)
    types = zipfile.ZipFile(marked).read("[Content_Types].xml").decode()
    site.check(name + ": is what its name says", "macroEnabled" not in types, types)
    coloured = {k.coordinate for row in ws.iter_rows() for k in row
                if k.fill.fgColor.rgb in OURS}
    site.equal(name + ": errors are found", [], sorted(set(errors) - set(places(found))))
    site.equal(name + ": and coloured", [], sorted(set(errors) - coloured))
    site.equal(name + ": and explained", [], sorted(
        k for k in errors if not ws[k].comment or "phải sửa" not in ws[k].comment.text))
    if patched:
        before = load(site, name, path)
        site.equal(name + ": its pages are there",
                   [w for w in before.sheetnames if w not in after.sheetnames], [])
        site.equal(name + ": values", kept(data_page(before)), kept(ws))
        site.equal(name + ": widths", {k: v.width for k, v in
                                       data_page(before).column_dimensions.items()},
                   {k: v.width for k, v in ws.column_dimensions.items()})
    again = os.path.join(site.dir, name + ".again.xlsx")
    code2, found2, _ = check(c, marked, again)
    site.equal(name + ": the marked copy reads as the file does", (code, places(found)),
               (code2, places(found2)))
    book = load(site, name, marked)
    for k, (_, value) in errors.items():
        data_page(book)[k] = value
    fixed = os.path.join(site.dir, name + ".fixed.xlsx")
    book.save(fixed)
    _, found3, _ = check(c, fixed, again)
    site.equal(name + ": corrected", [], places(found3))
    book = openpyxl.load_workbook(again)
    ws = data_page(book)
    left = {k.coordinate for row in ws.iter_rows() for k in row
            if k.fill.fgColor.rgb == OURS[0] or (k.comment and "phải sửa" in k.comment.text)}
    site.equal(name + ": no mark is left", set(), left)
    officers = sum(any(k.value == "trang của cán bộ" for row in w.iter_rows() for k in row)
                   for w in book.worksheets)
    site.equal(name + ": one page of ours", 1 + officers,
               sum(n.startswith("Kết quả") for n in book.sheetnames))
    return marked


def opened(site, c, files):
    """Office programs open every copy, and what they save of it says the same."""
    want = {f: places(check(c, f)[1]) for f in files}
    if shutil.which("soffice"):
        out = os.path.join(site.dir, "saved")
        run = office(site, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", out, *files)
        bad = []
        for f in files:
            saved = os.path.join(out, os.path.basename(f))
            if not os.path.exists(saved) or places(check(c, saved)[1]) != want[f]:
                bad.append((f, run.stderr))
        site.equal("LibreOffice opens and saves them", [], bad)
    if shutil.which("ssconvert"):
        bad = []
        for f in files:
            if os.path.basename(f).startswith(("strict", "no-places")):
                continue  # it reads none of these kinds, marked or not
            saved = f[:-5] + ".gnumeric.xlsx"
            p = subprocess.run(["ssconvert", f, saved], capture_output=True, text=True,
                               timeout=120, check=False)
            if p.returncode or places(check(c, saved)[1]) != want[f]:
                bad.append((f, p.stderr[-300:]))
        site.equal("Gnumeric opens and saves them", [], bad)


def spoilt(site, c, path, rng):
    """Parts of the archive with a few wrong bytes, or cut, or doubled."""
    with open(path, "rb") as f:
        whole = f.read()
    names = zipfile.ZipFile(io.BytesIO(whole)).namelist()
    ends = {}
    for i in range(120):
        victim = rng.choice(names)
        to = os.path.join(site.dir, "spoilt.xlsx")

        def change(name, body, victim=victim, i=i):
            if name != victim or not body:
                return body
            data = bytearray(body)
            if i % 4 == 0:
                return bytes(data[:rng.randrange(len(data))])
            if i % 4 == 1:
                at = rng.randrange(len(data))
                return bytes(data[:at] + data[at // 2:])
            for _ in range(3):
                data[rng.randrange(len(data))] = rng.choice(b'<>"/&=0A ')
            return bytes(data)

        rewrite(path, to, change)
        marked = os.path.join(site.dir, "spoilt.marked.xlsx")
        code, _, said = check(c, to, marked)
        ends.setdefault(code, []).append((victim, i, said[-200:]))
        if os.path.exists(marked):
            try:
                zipfile.ZipFile(marked).testzip()
            except zipfile.BadZipFile as e:
                site.check("a spoilt workbook gives a whole one", False, (victim, i, e))
            os.unlink(marked)
    site.equal("spoilt workbooks end in order", set(), set(ends) - {0, 1, 2, 65})
    print("# ends: %s" % {k: len(v) for k, v in ends.items()})


def main():
    with flow.Site("marked", pg=False) as site:
        c = site.collector("c", ["108"], port=9, enroll=False)
        path = os.path.join(site.dir, "list.xlsx")
        errors = officer_book.make(path, "108", 40, kinds=officer_book.ERRORS[4:9])
        files = []
        for name, made, patched in variants(site, path):
            files.append(one(site, c, name, made, patched, errors))
        note = {"J9": ("NUMBER_BAD", 12)}
        files.append(one(site, c, "exceljs", os.path.join(SHEETS, "exceljs.xlsx"), True, note))
        opened(site, c, [f for f in files if f])
        spoilt(site, c, path, random.Random(4))
        spoilt(site, c, next(f for f in files if f), random.Random(5))
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
