#!/usr/bin/python3
"""What people hand up, from a publication's canonical totals alone: the workbook's annexes,
the statement filled for the province, the document, the PDF. Every number is that of the
totals, every empty comparison says why, nothing becomes a formula, and the offices are those
of the day. KEEP=1 leaves the files."""
import hashlib
import os
import re
import subprocess
import sys
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import totals

try:
    import openpyxl
except ImportError:
    sys.exit(77)

ANNEXES = ["Tổng hợp chung", "Theo ngành", "Theo đơn vị", "Biến động", "Kinh phí hỗ trợ",
           "Vay vốn, bảo lãnh", "Tình hình gửi báo cáo", "Mục tiêu", "Đối chiếu nguồn số liệu",
           "Ghi chú"]
ROMAN = "I II III IV V VI VII VIII IX X".split()
MARK = re.compile(r"\(a?[a-z]\)$")


def publish(province, made, number=1):
    body = made.text().encode()
    province.sql("insert into publication select epoch, last_seq, 'nd09', '%s', 'actual', %d, "
                 "epoch, last_seq, 3, 1, '\\x%s', '\\x%s', '{}' from commit order by number desc "
                 "limit 1" % (made.period, number, body.hex(),
                              hashlib.blake2b(body, digest_size=32).hexdigest()))


def rows_of(ws):
    return [[c.value for c in row] for row in ws.iter_rows()]


def below_head(ws):
    """Rows of the table, by the repeated head; and that head's first row."""
    first, last = map(int, re.findall(r"\$?(\d+)", ws.print_title_rows))
    rows = rows_of(ws)
    return rows[first - 1], rows[last:]


def num(text):
    return None if text == "" else float(text)


def pages(site, book):
    site.equal("sheets", ANNEXES, [n for n in book.sheetnames if n in ANNEXES])
    annexes, wrong = [], []
    for ws in book:
        texts = [c for row in rows_of(ws) for c in row if isinstance(c, str)]
        cells = [c for row in ws.iter_rows() for c in row if c.value is not None]
        annexes += [t for t in texts if re.match(r"Phụ lục [IVX]+$", t)]
        wants = {
            "A4": str(ws.page_setup.paperSize) == "9",
            "landscape": ws.page_setup.orientation == "landscape",
            "one page wide": ws.page_setup.fitToHeight in (0, None, "0") or
                             ws.sheet_properties.pageSetUpPr.fitToPage,
            "repeated head": bool(ws.print_title_rows),
            "page n of m": "Trang &P/&N" in str(ws.oddFooter.center.text),
            "font": all(c.font.name == "Times New Roman" for c in cells),
            "values only": all(c.data_type in "sn" for c in cells),
            "numbers as they are read here": all(c.number_format.startswith("[$-42A]#,##0")
                                                 for c in cells if c.data_type == "n"),
            "unit line": any(t.startswith("Đơn vị tính: ") for t in texts),
            "attached": "(Kèm theo Báo cáo số ........../BC-STC ngày ..... tháng ..... năm "
                        "......... của Sở Tài chính tỉnh Lai Châu)" in texts,
            "signatures": "Người lập biểu" in texts and "Thủ trưởng đơn vị" in texts,
            "who": all(w in texts for w in ("ỦY BAN NHÂN DÂN", "TỈNH LAI CHÂU",
                                            "SỞ TÀI CHÍNH"))}
        wrong += ["%s: %s" % (ws.title, k) for k, ok in wants.items() if not ok]
    site.equal("paper, fonts, heads, unit lines, page numbers, signatures", [], wrong)
    site.equal("annexes in their order", ["Phụ lục " + r for r in ROMAN], annexes)


def order(made):
    """The province's figures in the order of the catalogue."""
    place = {i["code"]: n for n, i in enumerate(totals.tsv("indicators.tsv"))}
    keys = [k for k in made.figures if k[0] == "-" and made.asked(k[2])]
    return sorted(keys, key=lambda k: (place[k[2]], k[3].encode(), k[4].encode()))


def overall(site, made, ws):
    head, rows = below_head(ws)
    column = {w: head.index(h) for w, h in (
        ("value", "Thực hiện kỳ báo cáo"), ("previous", "Cùng kỳ năm trước"),
        ("change", "Tăng (+), giảm (-) so với cùng kỳ"),
        ("percent_previous", "% so với cùng kỳ"), ("plan", "Kế hoạch"),
        ("percent_plan", "% so với kế hoạch"))}
    wrong, marks, notes = [], {}, head.index("Ghi chú")
    for n, key in enumerate(order(made)):
        f, row = made.figures[key], rows[n]
        if row[0] != n + 1 or row[column["value"]] != num(f["value"]):
            wrong.append((key, row))
        for what, (value, reason) in f["beside"].items():
            shown = row[column[what]]
            if value != "":
                if shown != num(value):
                    wrong.append((key, what, value, shown))
                word = {"previous": "cùng kỳ", "plan": "kế hoạch",
                        "percent_plan": "so với kế hoạch"}.get(what, "so với cùng kỳ")
                if reason and not re.search(word + r" \(a?[a-z]\)", row[notes] or ""):
                    wrong.append((key, "no note of " + reason, row[notes]))
            elif not MARK.match(shown or "") or marks.setdefault(shown, reason) != reason:
                wrong.append((key, what, reason, shown))
    site.equal("overall: every number, and a mark for every empty comparison", [], wrong[:5])
    site.equal("one mark a reason", len(marks), len(set(marks.values())))
    below = " ".join(str(c) for row in rows for c in row if isinstance(c, str))
    site.check("their words stand below", all(m + " " in below for m in marks))
    return marks


def matrix(site, made, book):
    names = {name: code for code, name in made.units}
    sectors = {b["name_vi"]: b["code"] for b in totals.tsv("breakdowns.tsv")
               if b["dim"] == "sector"}
    labels = {i["name_vi"]: i["code"] for i in totals.tsv("indicators.tsv")}
    seen, wrong = set(), []
    for ws in book:
        if not ws.title.startswith(("Theo ngành", "Theo đơn vị")):
            continue
        by = "s" if ws.title.startswith("Theo ngành") else "u"
        head, rows = below_head(ws)
        for row in rows:
            if not isinstance(row[0], (int, float)) or row[1] not in labels:
                continue
            code = labels[row[1]]
            for c in range(4, len(head) - 1):
                key = ("u", names[head[c]], code, "", "") if by == "u" else \
                    ("s", "", code, sectors[head[c]], "")
                f = made.figures.get(key)
                if row[c] != (num(f["value"]) if f else None):
                    wrong.append((ws.title, key, row[c]))
                if f:
                    seen.add(key)
    site.equal("by sector and by unit: every number", [], wrong[:5])
    site.equal("none is left out", set(), {k for k in made.figures if k[0] in "su" and
                                           made.asked(k[2])} - seen)
    site.equal("what no law asks any more is in the totals, not in the tables", [],
               [k for k in seen if not made.asked(k[2])])


def movements(site, made, ws):
    head, rows = below_head(ws)
    codes = {"%s (%s)" % (i["name_vi"], i["unit_vi"]): i["code"]
             for i in totals.tsv("indicators.tsv")}
    names = {name: code for code, name in made.units}
    asked = [codes[h] for h in head[3:]]
    site.check("movements: founded, dissolved, converted, suspended",
               {"htx.new", "htx.dissolved", "htx.converted", "htx.suspended.new"} <= set(asked),
               asked)
    wrong = [c for c, v in zip(asked, rows[0][3:])
             if v != num(made.figures[("-", "", c, "", "")]["value"])]
    units = 0
    for row in rows:
        if row[1] in names:
            units += 1
            for c, v in zip(asked, row[3:]):
                f = made.figures.get(("u", names[row[1]], c, "", ""))
                if v != (num(f["value"]) if f else None):
                    wrong.append((row[1], c, v))
    for label, what in (("Cùng kỳ năm trước", "previous"), ("Tăng (+), giảm (-)", "change")):
        row = next(r for r in rows if str(r[0]).startswith(label))
        for n, c in enumerate(asked):
            value, reason = made.figures[("-", "", c, "", "")]["beside"][what]
            if (value != "" and reason != "") != ("(%d): (" % (n + 4) in row[0]):
                wrong.append((c, what, reason, row[0]))
    site.equal("movements: every number, every unit", ([], len(made.units)), (wrong[:5], units))


def money(site, made, book):
    _, rows = below_head(book["Kinh phí hỗ trợ"])
    head, _ = below_head(book["Kinh phí hỗ trợ"])
    code = {b["name_vi"]: b["code"] for b in totals.tsv("breakdowns.tsv")
            if b["dim"] in ("source", "item", "lender")}
    labels = {i["name_vi"]: i["code"] for i in totals.tsv("indicators.tsv")}
    wrong, seen, now = [], set(), None
    for row in rows:
        if not isinstance(row[0], (int, float)):
            continue
        item = "" if row[1] in labels else code[row[1].strip(" -")]
        now = labels.get(row[1], now)
        for c in range(3, len(head)):
            source = "" if c == 3 else code[head[c]]
            key = ("-", "", now, source or item, item if source else "")
            f = made.figures.get(key)
            if row[c] != (num(f["value"]) if f else None):
                wrong.append((key, row[c]))
            if f:
                seen.add(key)
    wanted = {k for k in made.figures if k[0] == "-" and k[2].startswith("support.") and
              "source" in next(i["dims"] for i in totals.tsv("indicators.tsv")
                               if i["code"] == k[2])}
    site.equal("support: every number by source and item", ([], set()),
               (wrong[:5], wanted - seen))
    head, rows = below_head(book["Vay vốn, bảo lãnh"])
    heads = {"%s (%s)" % (i["name_vi"], i["unit_vi"]): i["code"]
             for i in totals.tsv("indicators.tsv")}
    values = [v for row in rows if isinstance(row[0], (int, float)) for v in row[2:]
              if v is not None]
    wanted = [num(f["value"]) for k, f in made.figures.items()
              if k[0] == "-" and k[2] in [heads[h] for h in head[2:]]]
    site.equal("loans: every number by lender and borrower", sorted(wanted), sorted(values))
    names = [row[1] for row in rows]
    site.check("a borrower called =1+1 is a text", "  - =1+1" in names, names)


def who_and_why(site, made, book, marks):
    texts = [c for row in rows_of(book["Tình hình gửi báo cáo"]) for c in row
             if isinstance(c, str)]
    missing = [n for c, n in made.units if made.states[c][0] == "none"]
    late = [n for c, n in made.units if made.states[c][1]]
    site.check("who has not sent, and who was late, by name",
               "Đơn vị chưa gửi (%d): %s." % (len(missing), "; ".join(missing)) in texts and
               "Đơn vị gửi chậm (%d): %s." % (len(late), "; ".join(late)) in texts, texts[-8:])
    rows = [r for r in below_head(book["Mục tiêu"])[1] if isinstance(r[0], (int, float))]
    site.equal("targets: outcomes", ["Chưa đạt", "Đạt"] + ["Không so sánh được"] * 2 +
               ["Đạt"] + ["Không so sánh được"] * 2 + [None], [r[6] for r in rows])
    site.equal("targets as the act says them", ["410", "trên 70", "5.000 đến 6.000",
                                                "trên 10.000"], [r[4] for r in rows[:4]])
    site.check("why a target is not compared", rows[2][7] == "khác phạm vi, đối tượng tính",
               rows[2])
    texts = " ".join(c for row in rows_of(book["Ghi chú"]) for c in row if isinstance(c, str))
    site.check("notes: marks, breaks, what is open", all(m in texts for m in marks) and
               "1670/NQ-UBTVQH15" in texts and "Điểm chưa được giải trình" in texts and
               "đã gửi một phần" in texts, texts)


def statement(site, made, ws):
    head, rows = below_head(ws)
    lines = [r for r in totals.tsv("rows.tsv") if r["form"] == "unit_statement" and
             "+" not in r["indicator"] and made.asked(r["indicator"])]
    sectors = {b["name_vi"]: b["code"] for b in totals.tsv("breakdowns.tsv")
               if b["dim"] == "sector"}
    wrong, given = [], 0
    for line, row in zip(lines, rows):
        for c in range(3, len(head) - 1):
            code = sectors.get(head[c], "")
            b1 = code if line["b1"] == "*" else line["b1"]
            if line["b1"] != "*" and code:
                continue
            f = made.figures.get(("-", "", line["indicator"], b1, line["b2"])) or \
                made.figures.get(("s", "", line["indicator"], b1, ""))
            given += f is not None
            if row[1] != line["label_vi"] or row[c] != (num(f["value"]) if f else None):
                wrong.append((line["indicator"], head[c], row[c]))
    site.equal("the statement of the units, filled for the province", [], wrong[:5])
    site.check("it has figures", given > 200, given)


def cut_placeholder(path, to, word):
    with zipfile.ZipFile(path) as a, zipfile.ZipFile(to, "w") as b:
        for i in a.infolist():
            data = a.read(i)
            if i.filename.endswith("document.xml"):
                data = data.replace(b"{{htx.active}}", word.encode())
            b.writestr(i.filename, data)


def body_of(path):
    with zipfile.ZipFile(path) as z:
        return z.read("word/document.xml").decode()


def text_of(path):
    return re.sub(r"<[^>]+>", "", body_of(path))


def vi(plain, decimals):
    whole, _, part = ("%.*f" % (decimals, float(plain))).partition(".")
    sign = "-" if whole.startswith("-") else ""
    whole = re.sub(r"(?<=\d)(?=(\d{3})+$)", ".", whole.lstrip("-"))
    return sign + whole + ("," + part if part else "")


def documents(site, province, made):
    out = os.path.join(site.dir, "laichau_htx_%s_v1.docx" % made.period)
    province.command("extract", made.period, "--format", "docx", "-o", site.dir)
    whole = text_of(out)
    total = made.figures[("-", "", "htx.total", "", "")]
    site.check("docx: nothing is left to fill", "{{" not in whole)
    site.check("docx: figure, office, acts, targets",
               all(w in whole for w in (
                   "toàn tỉnh có %s hợp tác xã" % vi(total["value"], 0), "SỞ TÀI CHÍNH",
                   "Số: ........../BC-STC", "Căn cứ Luật Hợp tác xã ngày 20 tháng 6 năm 2023;",
                   "Kính gửi: Bộ Tài chính", "Không so sánh được", "- Bộ Tài chính;",
                   "1670/NQ-UBTVQH15", "(a) kỳ đó chưa có số liệu.")), whole[:3000])
    rows = [[re.sub(r"<[^>]+>", "", c) for c in re.findall(r"<w:tc>.*?</w:tc>", r)]
            for r in re.findall(r"<w:tr>.*?</w:tr>", body_of(out))]
    first = next(n for n, r in enumerate(rows) if r[:2] == ["STT", "Chỉ tiêu"])
    wrong = []
    for n, key in enumerate(order(made), 1):
        f, row = made.figures[key], rows[first + n]
        digits = len(f["value"].partition(".")[2])
        if row[0] != str(n) or digits <= 2 and row[3] != vi(f["value"], digits) or \
                (f["beside"]["previous"][0] == "") != bool(MARK.match(row[4])):
            wrong.append((key, f, row))
        for col, what in ((4, "previous"), (5, "percent_previous"), (6, "plan"), (7, "percent_plan")):
            value, reason = f["beside"][what]
            if value != "" and bool(re.search(r"\d \([a-z]+\)$", row[col])) != (reason != ""):
                wrong.append((key, what, reason, row))
    site.equal("docx: every figure of the province, and marks", [], wrong[:3])
    sample, own = os.path.join(site.dir, "mau.docx"), os.path.join(site.dir, "mau-2.docx")
    province.command("extract", "--sample", sample)
    cut_placeholder(sample, own, "{{khong_co_gi}}")
    p = subprocess.run([os.path.join(flow.BIN, "htx-aggregator"), "-c", province.conf, "extract",
                        made.period, "--format", "docx", "--template", own, "-o", site.dir],
                       capture_output=True, text=True, check=False)
    site.check("an unknown placeholder is named", p.returncode == 65 and
               "khong_co_gi" in p.stderr, p.stderr)


def pdf(site, province, made):
    province.command("extract", made.period, "--format", "pdf", "-o", site.dir)
    path = os.path.join(site.dir, "laichau_htx_%s_v1.pdf" % made.period)
    try:
        text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True,
                              text=True, check=True).stdout
    except FileNotFoundError:
        site.skip("pdf: poppler-utils is not installed")
        return
    sheets = text.split("\f")[:-1]
    site.equal("pdf: every page is numbered", [],
               [n for n, s in enumerate(sheets, 1) if "Trang %d/%d" % (n, len(sheets)) not in s])
    site.equal("pdf: annexes", ROMAN,
               [r for r in re.findall(r"Phụ lục ([IVX]+)\n", text)])
    missing = []
    for key in order(made):
        f = made.figures[key]
        point = f["value"].find(".")
        if point < 0 and vi(f["value"], 0) not in text:
            missing.append((key, f["value"]))
    site.equal("pdf: the overall figures", [], missing[:5])


def issued(site, province, made):
    """The paper office has given number and date: files made now carry them."""
    sealed = province.sql("select encode(hash, 'hex'), totals from publication")
    before = province.sql("select format, encode(hash, 'hex') from extract order by 1")
    province.command("issued", made.period, "--number-of-paper", "123/BC-STC", "--date",
                     "2026-02-05", "--by", "a")
    province.command("extract", made.period, "--format", "xlsx", "-o", site.dir)
    province.command("extract", made.period, "--format", "docx", "-o", site.dir)
    name = os.path.join(site.dir, "laichau_htx_%s_v1" % made.period)
    book = openpyxl.load_workbook(name + ".xlsx")
    wanted = ("(Kèm theo Báo cáo số 123/BC-STC ngày 05 tháng 02 năm 2026 của Sở Tài chính "
              "tỉnh Lai Châu)")
    site.equal("issued: every sheet says of which paper it is an annex", [],
               [ws.title for ws in book if wanted not in
                [c for row in rows_of(ws) for c in row]])
    site.check("issued: and when it was signed",
               all("Lai Châu, ngày 05 tháng 02 năm 2026" in
                   [c for row in rows_of(ws) for c in row] for ws in book))
    whole = text_of(name + ".docx")
    site.check("issued: the report too", "Số: 123/BC-STC" in whole and
               "Lai Châu, ngày 05 tháng 02 năm 2026" in whole, whole[:1500])
    site.equal("issued: what was sealed is as it was", sealed,
               province.sql("select encode(hash, 'hex'), totals from publication"))
    after = province.sql("select format, encode(hash, 'hex') from extract order by 1")
    site.check("issued: the files of before are kept", len(after) == len(before) + 2 and
               all(row in after for row in before), after)


def offices(site, province, made):
    """A period published when another office made the reports."""
    province.sql("alter table commit disable trigger all; update commit set at = "
                 "'2025-02-20 10:00+07'; alter table commit enable trigger all;"
                 "delete from extract; delete from seal")
    province.command("extract", made.period, "--format", "docx", "-o", site.dir)
    whole = text_of(os.path.join(site.dir, "laichau_htx_%s_v1.docx" % made.period))
    site.check("before 1 March 2025 it was another office, and another ministry",
               "SỞ KẾ HOẠCH VÀ ĐẦU TƯ" in whole and "/BC-SKHĐT" in whole and
               "Kính gửi: Bộ Kế hoạch và Đầu tư" in whole and "Sở Tài chính" not in whole,
               whole[:1500])


def main():
    made = totals.Totals()
    with flow.Site("tables") as site:
        province = site.province()
        publish(province, made)
        province.command("extract", made.period, "--format", "xlsx", "-o", site.dir)
        path = os.path.join(site.dir, "laichau_htx_%s_v1.xlsx" % made.period)
        book = openpyxl.load_workbook(path)
        pages(site, book)
        marks = overall(site, made, book["Tổng hợp chung"])
        matrix(site, made, book)
        movements(site, made, book["Biến động"])
        money(site, made, book)
        who_and_why(site, made, book, marks)
        statement(site, made, book["Biểu 02-ĐV"])
        documents(site, province, made)
        pdf(site, province, made)
        issued(site, province, made)
        offices(site, province, made)
        return site.summary()


if __name__ == "__main__":
    sys.exit(main())
