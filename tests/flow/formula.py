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
    KEPT = ("htx.total", "member.total", "loan.total.amount", "income.worker_avg")

    def __init__(self, names):
        self.names = names
        super().__init__(period=PERIOD, name="6 tháng đầu năm 2025", cutoff="2025-06-14")

    def _units(self):
        self.units = [("%05d" % (20000 + i), name) for i, name in enumerate(self.names)]
        self.indicators = [i for i in self.indicators if i["code"] in self.KEPT or
                           i["dims"].startswith("lender")]
        super()._units()
        self.breaks = [(code, totals.FROM, totals.FROM, name) for code, name in self.units[:60]]

    def _by_name(self, ind, first, second, both=False):
        super()._by_name(ind, first[:1], self.names if first[0] == "nhno" else second, both)

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
    return [x for x in lines if re.search(r"\.(csv|xlsx|docx|pdf)$", x)]


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
                   len({len(r) for r in rows}) == 1 and len(rows) > 500, len(rows))
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


def in_office(site, csvs, books, wanted):
    """All files at once in LibreOffice; CSV with each separator it may believe in."""
    if not formulas.office():
        site.skip("LibreOffice is not installed")
        return
    for code, word in ((44, "commas"), (59, "semicolons"), (9, "tabs")):
        for was, now in zip(csvs, formulas.converted(site, csvs, "lo-%d" % code, code)):
            name = "%s by %s in LibreOffice" % (os.path.basename(was), word)
            site.equal(name + ": no formula", [], formulas.formulas_in(now)[:3])
            if code == 44:
                texts, n = formulas.texts_of(now)
                site.equal(name + ": texts", [],
                           missing(wanted, [formulas.plain(t) for t in texts])[:3])
                site.check(name + ": numbers are numbers", n > 1000, n)
    for was, now in zip(books, formulas.converted(site, books, "lo-xlsx")):
        name = os.path.basename(was) + " in LibreOffice"
        ours = {re.sub(r"^.*?: ", "", f) for f in formulas.formulas_in(was)}
        site.equal(name + ": no formula", [], [f for f in formulas.formulas_in(now)
                                               if re.sub(r"^.*?: ", "", f) not in ours][:3])
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
    short = [n for n in names if len(n) < 40 and n.isprintable() and not re.search("[＝＋－＠﹦﹢]", n)]
    site.equal("pdf: short texts as they were", [],
               [n for n in short if re.sub(r"\s", "", n) not in bare][:3])
    with open(path, "rb") as f:
        data = f.read()
    site.equal("pdf: nothing in it acts", [],
               re.findall(rb"/(?:JavaScript|JS|Launch|URI|GoToR|EmbeddedFile)\b", data))


def publications(site, province):
    """Every text of a publication, 500 each."""
    names = [unicodedata.normalize("NFC", p) for p in ALL if "\0" not in p]
    publish(province, Totals(names))
    csvs = extract(province, "csv")
    csv_files(site, csvs, names)
    books = extract(province, "xlsx")
    for b in books:
        look(site, os.path.basename(b), b, names)
    documents(site, province, NAMES)
    return csvs, books, names


def main():
    with flow.Site("formula") as site:
        province = site.province()
        csvs, books, names = publications(site, province)
        in_office(site, csvs, books, names)
        return site.summary()


if __name__ == "__main__":
    sys.exit(main())
