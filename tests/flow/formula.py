#!/usr/bin/python3
"""No text becomes a formula. 500 texts that programs take for formulas go through every field
that people fill, in at the sheet (.xlsx, .csv) or by an administrator's file, out by every file
there is; LibreOffice, Gnumeric and openpyxl open those. KEEP=1 leaves the files."""
import csv
import glob
import hashlib
import html
import json
import os
import re
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ET
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import formulas
import totals

try:
    import openpyxl
except ImportError:
    sys.exit(77)

PERIOD = "2025-S1"
ALL = formulas.payloads()
# what a name may be, as the store keeps it
NAMES = [p for p in (unicodedata.normalize("NFC", p) for p in ALL) if not formulas.hidden(p)]


# ---- publications -----------------------------------------------------------------------

class Totals(totals.Totals):
    """Totals whose units, borrowers, targets and breaks are called like formulas. Texts of
    an older store, or of a program that is not ours: whatever was sealed must come out."""
    KEPT = ("htx.total", "member.total", "income.worker_avg")

    def __init__(self, names):
        self.names = names
        super().__init__(period=PERIOD, name="6 tháng đầu năm 2025", cutoff="2025-06-14")

    def _units(self):
        self.units = [("%05d" % (20000 + i), name) for i, name in enumerate(self.names[::3])]
        self.indicators = [i for i in self.indicators if i["code"] in self.KEPT or
                           i["dims"].startswith("lender")]
        super()._units()
        self.breaks = [(code, totals.FROM, totals.FROM, name) for code, name in self.units[:60]]

    def _by_name(self, ind, first, second, both=False):
        if first[0] != "nhno":
            super()._by_name(ind, first, second, both)
            return
        for name in self.names if ind["code"] == "loan.amount" else self.names[::9]:
            self._figure("-", "", ind, first[0], name, self._number(ind))

    def _targets(self):
        super()._targets()
        t = list(self.targets[0])
        for i, name in enumerate(self.names[:80]):
            t[0], t[4], t[5], t[9], t[14] = "S9/%d" % i, name, name, name, name
            self.targets.append(tuple(t))


def publish(province, made):
    body = made.text().encode()
    province.sql("insert into publication select epoch, last_seq, 'nd09', '%s', 'actual', 1, "
                 "epoch, last_seq, 3, 1, '\\x%s', '\\x%s', '{}' from commit order by number desc "
                 "limit 1" % (made.period, body.hex(),
                              hashlib.blake2b(body, digest_size=32).hexdigest()))


def extract(province, kind, *more):
    """The files of one extract, by the names it prints."""
    lines = province.command("extract", PERIOD, "--format", kind, "-o",
                             os.path.join(province.site.dir, "ra"), *more).splitlines()
    return [x for x in lines if re.search(r"\.(csv|xlsx|docx|pdf|xml)$", x)]


def squeezed(text):
    """Without what files may leave out: control characters, and how wide a blank is."""
    return re.sub(r"\s+", " ", re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", " ", text)).strip()


def missing(names, texts):
    """Names that no text has, blanks aside."""
    have = {squeezed(t) for t in texts}
    long = "\n".join(have)
    return [n for n in names if squeezed(n) not in have
            and squeezed(n) not in long]


def look(site, name, path, wanted=(), numbers=True):
    """A workbook of ours: nothing in it is a formula, its texts are those we gave."""
    site.equal(name + ": no formula in it", [], formulas.formulas_in(path))
    texts, n = formulas.texts_of(path)
    site.equal(name + ": texts as they were", [], missing(wanted, texts)[:3])
    site.check(name + ": numbers are numbers", n > 0 or not numbers)


def csv_files(site, files, wanted):
    for path in files:
        name = os.path.basename(path)
        with open(path, encoding="utf-8", newline="") as f:
            rows = list(csv.reader(f))
        site.check(name + ": as many fields in every row",
                   len({len(r) for r in rows}) == 1 and len(rows) > len(wanted), len(rows))
        fields = [c for r in rows[1:] for c in r]
        signs = [c for c in fields if c[:1] and c[0] in "=+-@\t\r\n＝＋－＠"
                 and not re.fullmatch(r"-?[0-9.]+", c)]
        site.equal(name + ": what begins like a formula is a number", [], signs[:3])
        site.equal(name + ": its rule takes every text back", [],
                   sorted(set(wanted) - {formulas.plain(c) for c in fields})[:3])
        alien = formulas.gnumeric(site, path)
        if alien is None:
            site.skip(name + ": Gnumeric is not installed")
        else:
            site.equal(name + ": Gnumeric sees no formula", [], alien[:3])


def in_office(site, csvs, books, wanted, given):
    """All files at once in LibreOffice; CSV with each separator it may believe in."""
    if not formulas.office():
        site.skip("LibreOffice is not installed")
        return
    for code, word in ((44, "commas"), (59, "semicolons"), (9, "tabs")):
        for was, now in zip(csvs, formulas.converted(site, csvs, "lo-%d" % code, code)):
            name = "%s by %s in LibreOffice" % (os.path.basename(was), word)
            site.equal(name + ": no formula", [], formulas.formulas_in(now)[:3])
            if code == 44 and "laichau" in was:
                texts, n = formulas.texts_of(now)
                site.equal(name + ": texts", [],
                           missing(wanted, [formulas.plain(t) for t in texts])[:3])
                site.check(name + ": numbers are numbers", n > 1000, n)
    for was, now in zip(books + given, formulas.converted(site, books + given, "lo-xlsx")):
        name = os.path.basename(was) + " in LibreOffice"
        ours = {re.sub(r"^.*?: ", "", f) for f in formulas.formulas_in(was)}
        site.equal(name + ": no formula", [], [f for f in formulas.formulas_in(now)
                                               if re.sub(r"^.*?: ", "", f) not in ours][:3])
        if was in books:
            site.equal(name + ": texts", [], missing(wanted, formulas.texts_of(now)[0])[:3])


def documents(site, province, names):
    path, = extract(province, "docx")
    with zipfile.ZipFile(path) as z:
        body = z.read("word/document.xml").decode()
    site.equal("docx: no field but page numbers, no link", [],
               re.findall(r"<w:(?:instrText|fldSimple|hyperlink|altChunk)", body))
    text = html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"</w:p>|<w:br/>", "\n", body)))
    site.equal("docx: texts as they were", [], missing(names, [text])[:3])
    path, = extract(province, "pdf")
    if subprocess.run(["which", "pdftotext"], capture_output=True, check=False).returncode:
        site.skip("pdf: poppler-utils is not installed")
        return
    text = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True,
                          check=True).stdout
    bare = re.sub(r"\s", "", text)
    short = [n for n in names[:len(NAMES)] if len(n) < 40 and n.isprintable() and not re.search("[＝＋－＠﹦﹢]", n)]
    site.equal("pdf: short texts as they were", [],
               [n for n in short if re.sub(r"\s", "", n) not in bare][:3])
    with open(path, "rb") as f:
        data = f.read()
    site.equal("pdf: nothing in it acts", [],
               re.findall(rb"/(?:JavaScript|JS|Launch|URI|GoToR|EmbeddedFile)\b", data))


def publications(site, province, texts):
    """Every text of a publication, 500 each."""
    names = [unicodedata.normalize("NFC", p) for p in ALL if "\0" not in p]
    publish(province, Totals(names))
    csvs = extract(province, "csv")
    csv_files(site, csvs, names)
    for path in extract(province, "sdmx-csv"):
        with open(path, encoding="utf-8", newline="") as f:
            rows = list(csv.reader(f))
        site.equal("sdmx-csv: what begins like a formula is a number", [], [
            c for r in rows[1:] for c in r if c[:1] and c[0] in "=+-@\t\r\n＝＋－＠"
            and not re.fullmatch(r"-?[0-9.]+", c)][:3])
        csvs.append(path)
    for kind in ("sdmx-ml", "sdmx-structure"):
        for path in extract(province, kind):
            site.check(kind + ": well-formed", ET.parse(path).getroot() is not None)
    books = extract(province, "xlsx")
    for b in books:
        look(site, os.path.basename(b), b, names)
    documents(site, province, NAMES + texts)
    return csvs, books, names


# ---- intake -----------------------------------------------------------------------------

UNIT = "106"
HEAD = ["STT", "Tên HTX", "Mã số thuế", "Số giấy chứng nhận", "Nơi cấp", "Loại hình",
        "Ngành, lĩnh vực", "Xã, phường, thị trấn", "Tình trạng hoạt động", "Số thành viên",
        "Vốn điều lệ", "Ghi chú"]
KEYS = ("danh_gia_tac_dong", "mo_hinh_hieu_qua", "ket_qua_chinh_sach", "ton_tai_han_che",
        "kho_khan", "kien_nghi")


def officers_rows(shift):
    """A list of 500 cooperatives; every text is a payload, each in another column."""
    rows = [[ALL[shift]], ["Mẫu số: Biểu 01/HTX"],
            ["Đơn vị báo cáo: Huyện Tam Đường (mã 106)", None, ALL[shift + 1]],
            ["Kỳ báo cáo: 6 tháng đầu năm 2025"], ["Loại số liệu: thực hiện"], [], HEAD]
    n, taxes = len(ALL), flow.tax_numbers("1%02d" % (shift % 90 + 10))
    for i, p in enumerate(ALL):
        k = [ALL[(i + shift + 41 * j) % n] for j in range(5)]
        rows.append([i + 1, p if i % 3 else "HTX %s" % p, next(taxes), None, k[0],
                     "HTX", "Nông nghiệp" if i % 2 else k[1], k[2] if i % 4 else "Xã Bình Lư",
                     "Đang hoạt động" if i % 5 else k[3], 10 + i, -i - 1 if i % 7 == 0 else i, k[4]])
    return rows


def as_xlsx(site, name, rows):
    """As Excel saves typed text: strings, whatever they begin with."""
    book = openpyxl.Workbook()
    ws = book.active
    ws.title = "=1+1 @HTX"
    for r, row in enumerate(rows, 1):
        for c, v in enumerate(row, 1):
            if v is None:
                continue
            if isinstance(v, str):
                v = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", v)
            cell = ws.cell(r, c, v)
            if isinstance(v, str):
                cell.data_type = "s"
    path = os.path.join(site.dir, name)
    book.save(path)
    with open(path, "rb") as f:
        return f.read()


def as_csv(rows):
    """As another program saves it; NUL is told apart, a file with one is no text."""
    def quoted(v):
        return "" if v is None else str(v) if isinstance(v, int) else \
            '"%s"' % v.replace("\0", "").replace('"', '""')
    return "".join(",".join(map(quoted, row)) + "\r\n" for row in rows).encode()


def targets(site, province, taken):
    """They are listed byte for byte as they were loaded: formulas do not come in."""
    path = os.path.join(site.dir, "muc-tieu.tsv")
    fine = [n for n in taken if not re.match("[ \"'\u3000\u00a0\u2003]*[=+\\-@＝＋－＠﹦﹢−]", n)] + ["-5%", "+20 HTX"]

    def load(words, code):
        with open(path, "w", encoding="utf-8") as f:
            f.write("section\tarea_code\tperiod\tkind\tindicator\ttext\tvalue\tunit\tnote\n")
            for i, n in enumerate(words):
                f.write("%d\t12\t2030\ttarget\thtx.total\t%s\t410\tHTX\t%s\n" % (i, n, n))
        return province.command("target", "load", path, "--by", "a", code=code)
    load([n for n in taken if n[0] in "=@＝＠"], 65)
    load(fine, 0)
    listed = province.command("target", "list", "--tsv")
    site.check("targets are listed as they were loaded, without a formula",
               len(fine) > 50 and all(n in listed for n in fine), len(fine))


def administrators(site, province):
    """Names that an administrator loads: what has hidden characters is refused by line, the
    rest is taken as it stands."""
    taken = [n for n in NAMES if len(n.encode()) <= 1000 and n.strip() == n]
    path = os.path.join(site.dir, "don-vi.tsv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("code\tvalid_from\tvalid_to\tname\tkind\tparent\tact\n")
        for i, n in enumerate(taken[:60]):
            f.write("%d\t2004-01-01\t\t%s\tdistrict\t12\t%s\n" % (500 + i, n, n))
    province.command("unit", "load", path)
    taxes = flow.tax_numbers("190")
    with open(path, "w", encoding="utf-8") as f:
        f.write("subject\tkind\tname\tsector\tunit\tcommune\tstate\n")
        for n in taken:
            f.write("tax:%s\thtx\t%s\tagri\t106\t%s\tactive\n" % (next(taxes), n, n))
    province.command("entity", "load", path)
    with open(path, "w", encoding="utf-8") as f:
        f.write("code\tname\trole\ttitle\tvalid_from\tvalid_to\tkey\n")
        for i, n in enumerate(taken[:60]):
            f.write("p%d\t%s\tconsolidator\t%s\t2020-01-01\t\t\n" % (i, n, n))
    province.command("person", "load", path)
    with open(path, "w", encoding="utf-8") as f:
        f.write("subject\tkind\tname\tsector\tunit\tcommune\tstate\n")
        f.write("tax:%s\thtx\t%s\tagri\t106\t\tactive\n" % (next(taxes), "=" * 1001))
    province.command("entity", "load", path, code=65)
    targets(site, province, taken)
    rows = {r["subject"]: r for r in json.loads(province.command("entity", "list", "--json"))}
    site.equal("names of the register are as they were loaded", [],
               sorted(set(taken) - {r["name"] for r in rows.values()})[:3])
    return taken


def answers(site, c, taken):
    """The answered workbooks of everything that was dropped, the template, the notices."""
    books = sorted(glob.glob(os.path.join(c.inbox(UNIT), "*", "*.ket-qua.xlsx")))
    site.equal("the lists came back as workbooks", 2, len(books))
    wanted = [p for p in ALL if "\0" not in p]
    for b in books:
        look(site, os.path.basename(b), b, wanted, ".xlsx" in os.path.basename(b)[:-5])
    os.mkdir(os.path.join(site.dir, "mau"))
    c.command("template", PERIOD, "-o", os.path.join(site.dir, "mau"))
    made = glob.glob(os.path.join(site.dir, "mau", "*.xlsx"))
    site.equal("a template with the register's names", 1, len(made))
    for b in made:
        look(site, os.path.basename(b), b, taken)
        with zipfile.ZipFile(b) as z:
            book = z.read("xl/workbook.xml").decode()
        site.equal("the template's names are texts or ranges", [], [
            v for v in re.findall(r"<definedName[^>]*>([^<]*)<", book)
            if not re.fullmatch(r"&quot;[^&]*&quot;|\"[^\"]*\"|'[^!]*'!\$[A-Z$0-9:,'! \w]*|[^=|]*", v)])
    return books + made


def said(site, province, c):
    """Words beside the figures: names of the signed paper, texts, explanations."""
    texts = []
    share = (len(ALL) + len(KEYS) - 1) // len(KEYS)
    for i, key in enumerate(KEYS):
        lines = [re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", p).replace("\r", "")[:300]
                 for p in ALL[i * share:(i + 1) * share]]
        text, kept = "", []
        for line in lines:
            if len(text) + len(line) < 7900 and not formulas.hidden(line.replace("\n", "")):
                text += line + "\n"
                kept.append(line)
        with open(os.path.join(site.dir, key), "w", encoding="utf-8") as f:
            f.write(text)
        texts += kept
    c.command("declare", PERIOD, "--signer", "=Nguyễn Văn A", "--title", "@SUM(1;2)", "--maker",
              "+cmd|' /C calc'!A0", "--paper-number", "=1+1/BC", "--paper-date", "2025-06-13",
              *[x for key in KEYS for x in ("--text", "%s=%s" % (key, key))])
    return texts


def intake(site, province):
    taken = administrators(site, province)
    c = site.collector("xa", [UNIT])
    province.start()
    c.start()
    c.drop(UNIT, "=cmd.xlsx", as_xlsx(site, "vao.xlsx", officers_rows(0)))
    c.drop(UNIT, "@SUM(1;2).csv", as_csv(officers_rows(100)))
    flow.wait("both files are read", lambda: c.waiting() == 0, 120, 0.3)
    texts = said(site, province, c)
    flow.wait("the declaration is there", lambda: c.waiting() == 0 and province.number(
        "select count(*) from submission") > 0, 60, 0.3)
    c.drop(UNIT, "nul.csv", as_csv(officers_rows(200)).replace(b"HTX", b"HT\0X"))
    flow.wait("the file with NUL is answered", lambda: any(
        "nul.csv" in n for f in ("can-sua", "da-xu-ly") for n in c.answers(UNIT, f)), 60, 0.3)
    site.check("a file with NUL is refused whole", not province.number(
        "select count(*) from report where name like 'HT_X%' and name not like 'HTX%'"))
    n = province.number("select count(*) from report where counts")
    site.check("what is no formula to us is taken", n > 100, n)
    listed = json.loads(province.command("report", "list", PERIOD, "--json", code=None))
    site.check("listings are JSON", len(listed) >= n, len(listed))
    json.loads(province.command("findings", PERIOD, "--json", code=None))
    json.loads(province.command("unit", "list", "--json"))
    json.loads(province.command("person", "list", "--json"))
    return taken, texts, answers(site, c, taken)


def main():
    with flow.Site("formula") as site:
        province = site.province()
        taken, texts, given = intake(site, province)
        csvs, books, names = publications(site, province, texts)
        national = extract(province, "national-db")
        csv_files(site, national[:1], taken)
        in_office(site, csvs + national, books, names, given)
        return site.summary()


if __name__ == "__main__":
    sys.exit(main())
