#!/usr/bin/python3
"""explain: every total of two publications is the sum of signed cells; a sample of them is
added up again here and looked up in the officers' own files; what is left out has a reason;
a changed store is noticed; later reports change nothing in what was published."""
import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from decimal import Decimal

import openpyxl

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow

DATA = os.path.join(flow.ROOT, "tests", "data")
SEED = int(os.environ.get("SEED", "20251122"))
SAMPLE = 20
UNITS = ["105", "106", "107", "108", "109", "110", "111", "112"]


def send(site, province):
    """The half-year of eight units, a correction, and Tam Đường's workbook of 2023."""
    c = site.collector("tinh", UNITS).start()
    for unit in UNITS:
        for name in sorted(os.listdir(os.path.join(DATA, "lai_chau_2025_s1", unit))):
            drop(c, unit, os.path.join(DATA, "lai_chau_2025_s1", unit, name))
    flow.settled(site, [c], 240)
    drop(c, "109", os.path.join(DATA, "special", "109-dieu-chinh.xlsx"))
    drop(c, "106", os.path.join(DATA, "tam_duong", "tam-duong-2023.xlsx"))
    drop(c, "106", story(site))
    flow.settled(site, [c], 120)
    return c


def story(site):
    """What Tam Đường writes beside its figures, for the half-year."""
    path = os.path.join(site.dir, "thuyet-minh.xlsx")
    book = openpyxl.load_workbook(os.path.join(DATA, "bieu_mau", "bieu-11-thuyet-minh.xlsx"))
    for row in book.worksheets[0].iter_rows(max_row=8):
        for cell in row:
            if str(cell.value) == "2024":
                cell.value = "6 tháng đầu năm 2025"
    book.save(path)
    return path


def annex(site, province):
    """The units' own words stand behind the report, read from the signed bytes."""
    province.command("extract", "2025-S1", "--format", "docx", "-o", site.dir)
    name = next(n for n in os.listdir(site.dir) if n.endswith("_v1.docx"))
    with zipfile.ZipFile(os.path.join(site.dir, name)) as z:
        whole = re.sub(r"<[^>]*>", "", z.read("word/document.xml").decode())
    for words in ("Huyện Tam Đường: Khó khăn, vướng mắc", "kiêm nhiệ", "Phụ lục",
                  "6. Huyện Tam Đường: Kiến nghị"):
        site.check("the annex has: " + words, words in whole, whole[-1500:])


def drop(c, unit, path):
    with open(path, "rb") as f:
        c.drop(unit, os.path.basename(path), f.read())


def explain(province, *argv, code=0):
    out = province.command("explain", *argv, "--json", code=code)
    return json.loads(out) if out else None


class Files:
    """The officers' files as another program reads them."""

    def __init__(self):
        self.open = {}
        self.paths = {}
        for root, _, names in os.walk(DATA):
            for name in names:
                self.paths.setdefault((os.path.basename(root), name), os.path.join(root, name))

    def value(self, unit, name, place):
        folder = unit if (unit, name) in self.paths else next(
            f for f, n in self.paths if n == name)
        path = self.paths[(folder, name)]
        sheet, _, cell = place.rpartition("!")
        if path not in self.open:
            if name.endswith(".csv"):
                with open(path, encoding="utf-8-sig", newline="") as f:
                    text = f.read()
                mark = ";" if text.count(";") > text.count(",") else ","
                self.open[path] = list(csv.reader(text.splitlines(), delimiter=mark))
            else:
                self.open[path] = openpyxl.load_workbook(path, data_only=True)
        book = self.open[path]
        if isinstance(book, list):
            column, row = openpyxl.utils.cell.coordinate_from_string(cell)
            return book[row - 1][openpyxl.utils.column_index_from_string(column) - 1]
        return book[sheet][cell].value


def number(written):
    """What a plain number in a cell is; None for words."""
    if isinstance(written, (int, float)):
        return Decimal(str(written))
    text = str(written).strip().replace(".", "").replace(",", ".") if written is not None else ""
    if text in ("-", "–"):
        return Decimal(0)
    try:
        return Decimal(text)
    except ArithmeticError:
        return None


def product(line):
    return (Decimal(line["value"]) * Decimal(line["weight"] or 1) * Decimal(line["factor"]))


def check_one(site, province, files, period, cell):
    """One total: its lines add up, and their cells hold those numbers."""
    by, unit, unit_from, vintage, indicator, b1, b2, value, num, den = cell
    argv = [period, indicator, "--vintage", vintage, "--number", "1"]
    if "u" in by:
        argv += ["--unit", unit, "--from", unit_from]
    if b1:
        argv += ["--breakdown", ("sector:" if "s" in by and b1 not in ("undivided", "unknown")
                                 else "") + b1 + ("/" + b2 if b2 else "")]
    name = " ".join(argv)
    x = explain(province, *argv)
    sums = {"numerator": Decimal(0), "denominator": Decimal(0)}
    seen = {"looked": 0, "wrong": []}
    for line in x["lines"]:
        sums[line["role"]] += product(line)
        if Decimal(line["amount"]) != product(line):
            seen["wrong"].append(line)
        if line["indicator"] and line["file"]:
            there = number(files.value(line["unit"], line["file"], line["cell"]))
            if there is not None:
                seen["looked"] += 1
                if there != Decimal(line["value"]):
                    seen["wrong"].append((there, line))
    expected = Decimal(num or value or 0), Decimal(den or 0)
    good = (sums["numerator"], sums["denominator"]) == expected and x["sums"]["same"] \
        and x["sums"]["publication_same"] and not seen["wrong"] \
        and all(line["original"] == "holds" for line in x["lines"]) \
        and (x["lines"] or expected == (0, 0))
    site.check("the lines of %s" % name, good, "%s %s %s" % (expected, sums, seen["wrong"][:3]))
    return seen["looked"]


def cells_of(province, period, vintage):
    totals = bytes.fromhex(province.sql(
        "select encode(totals, 'hex') from publication where number = 1 and period = '%s'"
        " and vintage = '%s'" % (period, vintage))[0][0]).decode()
    return [line.split("\t")[1:11] for line in totals.splitlines() if line.startswith("total\t")]


def verify(province, period, vintage):
    """All totals at once: on a busy machine that takes its time."""
    p = subprocess.run([os.path.join(flow.BIN, "htx-aggregator"), "-c", province.conf, "explain",
                        period, "--verify", "--vintage", vintage, "--number", "1", "--json"],
                       capture_output=True, text=True, timeout=600, check=False)
    if p.returncode not in (0, 1):
        raise flow.Failed("explain --verify: exit %d\n%s" % (p.returncode, p.stderr))
    return json.loads(p.stdout)["verify"]


def walk(site, province, period, vintage, files, rng):
    cells = cells_of(province, period, vintage)
    told = verify(province, period, vintage)
    site.equal("%s %s: every published total is the sum of its cells" % (period, vintage),
               (len(cells), 0), (told["totals"], told["wrong"]))
    looked = sum(check_one(site, province, files, period, c)
                 for c in rng.sample(cells, min(SAMPLE, len(cells))))
    site.check("%s: cells looked up in the officers' files" % period, looked > SAMPLE, str(looked))


def by_hand(site, province):
    x = explain(province, "2023", "income.worker_avg", "--unit", "106", "--vintage", "estimate")
    site.equal("Tam Đường 2023: mean of the sectors by their workers", ("33.14", "20880", "630"),
               tuple(x["figure"][k] for k in ("value", "numerator", "denominator")))
    site.equal("five products, five weights", (5, 5),
               tuple(sum(line["role"] == r for line in x["lines"])
                     for r in ("numerator", "denominator")))
    first = x["lines"][0]
    site.check("each down to file, sheet and cell, with its weight's",
               all(line["file"] == "tam-duong-2023.xlsx" and "!" in line["cell"]
                   and (line["role"] == "denominator" or "!" in line["weight_cell"])
                   for line in x["lines"]), str(first))
    text = province.command("explain", "2023", "income.worker_avg", "--unit", "106",
                            "--vintage", "estimate")
    site.check("as text", "20880 / 630" in text and first["cell"] in text, text)


def left_out(site, province):
    x = explain(province, "2025-S1", "member.total", "--unit", "109")
    reasons = {r["reason"] for r in x["left_out"]}
    site.check("a corrected report is named with the one that replaced it",
               any(r["reason"] == "superseded" and r["other"] for r in x["left_out"]),
               str(reasons))
    x = explain(province, "2025-S1", "member.total")
    other = [r for r in x["left_out"] if r["reason"] == "source_order"]
    used = {(line["unit"], line["source"]) for line in x["lines"]}
    site.check("the source that was not taken is named, and never added",
               other and not any((r["unit"], r["source"]) in used for r in other), str(other))
    told = {(r["unit"], r["source"]): r["numerator"] for r in other}
    difference = json.loads(province.command("rollup", "2025-S1", "--differences", "--json"))
    site.check("with the figure that rollup --differences shows",
               all(told[(d["unit"], d["other"])] == d["other_value"] for d in difference
                   if d["indicator"] == "member.total" and not d["breakdown"]), str(told))


def answers(site, province):
    for argv, code in ((["2025-S1"], 64), (["2025-S1", "nothing.such"], 65),
                       (["2099", "member.total"], 65),
                       (["2025-S1", "member.total", "--unit", "999"], 65),
                       (["2025-S1", "member.total", "--number", "7"], 65),
                       (["2025-S1", "member.total", "--number", "0"], 64),
                       (["2025-S1", "member.total", "--breakdown", "sector:nowhere"], 65),
                       (["2025-S1", "member.total", "--number", "1", "--as-of", "1.5"], 64)):
        site.equal("explain " + " ".join(argv), "", province.command("explain", *argv, code=code))


def tampered(site, province):
    """What was signed stands against what the tables say."""
    ask = ["2025-S1", "worker.regular", "--unit", "112", "--number", "1"]
    whole = explain(province, *ask)
    site.check("unit 112 is made of its entities", len(whole["lines"]) > 5
               and {line["source"] for line in whole["lines"]} == {"entity"})
    at = "epoch = %s and seq = %s" % tuple(whole["lines"][0]["position"].split("."))
    pos = province.sql("select c.pos from report r join cat_cell c on c.form = r.form and"
                       " c.version = r.form_version join cat_indicator i on i.no = c.indicator"
                       " and i.version = r.catalogue where %s and i.code = 'worker.regular'"
                       " and c.b1 = ''" % at)[0][0]
    province.sql("update report set value[%s] = value[%s] + 1 where %s" % (pos, pos, at))
    x = explain(province, *ask, code=1)
    site.equal("a value that was not signed", "differs", x["lines"][0]["original"])
    site.equal("and the publication says otherwise", False, x["sums"]["publication_same"])
    province.sql("update report set value[%s] = value[%s] - 1 where %s" % (pos, pos, at))
    site.equal("put back", whole, explain(province, *ask))
    province.sql("create temp table keep as select * from evidence where hash = (select evidence"
                 " from report where %s); create table public.keep as select * from keep;"
                 "update evidence set envelope = set_byte(envelope, length(envelope) - 40,"
                 " (get_byte(envelope, length(envelope) - 40) + 1) %% 256)"
                 " where hash in (select hash from keep)" % at)
    x = explain(province, *ask, code=1)
    site.check("a changed original", x["lines"][0]["original"] in ("broken", "missing")
               and x["sums"]["same"], str(x["lines"][0]))
    province.sql("update evidence e set envelope = k.envelope from public.keep k"
                 " where k.hash = e.hash; drop table public.keep")
    return ask, whole


def later(site, province, c, ask, whole):
    shutil.copy(os.path.join(DATA, "lai_chau_2025_s1", "112", "danh-sach.xlsx"),
                os.path.join(site.dir, "again.xlsx"))
    book = openpyxl.load_workbook(os.path.join(site.dir, "again.xlsx"))
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            if isinstance(cell.value, int) and cell.row > 9 and cell.column > 9:
                cell.value += 1
    book.save(os.path.join(site.dir, "again.xlsx"))
    before = province.number("select count(*) from report")
    drop(c, "112", os.path.join(site.dir, "again.xlsx"))
    flow.settled(site, [c], 120)
    site.check("more has come", province.number("select count(*) from report") > before)
    site.equal("the publication is explained as before", whole, explain(province, *ask))


def main():
    rng = random.Random(SEED)
    print("seed %d" % SEED)
    with flow.Site("explain") as site:
        province = site.province(units=dict.fromkeys(UNITS, "2025-06-30")).start()
        province.command("entity", "load",
                         os.path.join(DATA, "lai_chau_2025_s1", "danh-ba.tsv"))
        people = os.path.join(site.dir, "people.tsv")
        with open(people, "w", encoding="utf-8") as f:
            f.write("code\tname\trole\ttitle\tkey\tvalid_from\tvalid_to\n"
                    "an\tNguyễn An\tconsolidator\tChuyên viên\t\t2020-01-01\t\n")
        province.command("person", "load", people)
        c = send(site, province)
        province.publish("2025-S1")
        province.publish("2023", "estimate")
        files = Files()
        walk(site, province, "2025-S1", "actual", files, rng)
        walk(site, province, "2023", "estimate", files, rng)
        by_hand(site, province)
        left_out(site, province)
        annex(site, province)
        answers(site, province)
        later(site, province, c, *tampered(site, province))
        c.kill(signal.SIGTERM)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
