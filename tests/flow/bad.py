#!/usr/bin/python3
"""Files that are wrong, dropped one after the other into a running collector: each comes
back with what is wrong and what to do, the good file behind it goes through, and every
original is kept byte for byte."""
import hashlib
import io
import os
import signal
import subprocess
import sys
import time
import unicodedata
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow

DATA = os.path.join(flow.ROOT, "tests", "data")
DONE, BACK = "da-xu-ly", "can-sua"


def read(*path):
    with open(os.path.join(DATA, *path), "rb") as f:
        return f.read()


class Rows:
    """Good rows, never the same twice."""

    def __init__(self, unit):
        self.unit, self.taxes = unit, flow.tax_numbers(unit)

    def take(self, word, n=2):
        return [(t, "%s %s" % (word, t), 100)
                for t in (next(self.taxes) for _ in range(n))]


def bomb():
    """A workbook whose only page unfolds to 200 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(read("lai_chau_2025_s1", "106", "danh-sach.xlsx"))) as src, \
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for item in src.namelist():
            body = src.read(item)
            if item.startswith("xl/worksheets/"):
                at = body.index(b"</sheetData>")
                body = body[:at] + b" " * (200 << 20) + body[at:]
            z.writestr(item, body)
    return out.getvalue()


def external_entity():
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(read("lai_chau_2025_s1", "106", "danh-sach.xlsx"))) as src, \
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for item in src.namelist():
            body = src.read(item)
            if item.startswith("xl/worksheets/"):
                at = body.find(b"?>") + 2 if body.startswith(b"<?xml") else 0
                body = (body[:at] + b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                        + body[at:])
            z.writestr(item, body)
    return out.getvalue()


def cp1258(text):
    """As Windows wrote Vietnamese before Unicode: the tone is a letter of its own."""
    out = b""
    for ch in text:
        try:
            out += ch.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", ch)
            tone = "".join(m for m in parts if m in "\u0300\u0301\u0303\u0309\u0323")
            bare = "".join(m for m in parts if m not in tone)
            out += (unicodedata.normalize("NFC", bare) + tone).encode("cp1258")
    return out


def cases(rows):
    """(what, file name, bytes, folder, words of the answer, rows stored)."""
    def text(word, n=2, **change):
        return flow.entity_list("106", rows.take(word, n), **change)

    workbook = read("lai_chau_2025_s1", "106", "danh-sach.xlsx")
    wrong = text("Wrong", 3).split("\n")
    wrong[8] = wrong[8].replace(",10,-,-,10,10,", ",mười hai,-,-,10,10,")
    digit = text("Digit", 3).split("\n")
    cells = digit[8].split(",")
    cells[2] = cells[2][:-1] + str((int(cells[2][-1]) + 1) % 10)
    digit[8] = ",".join(cells)
    column = text("Column").replace("Vốn điều lệ", "Chỉ số lạ", 1)
    return [
        ("no form at all", "0.csv", "Danh bạ điện thoại\nTên,Số máy\nAnh Ba,0213 387 6543\n",
         BACK, ["mẫu số"], 0),
        ("no form mark: known by its table", "1.csv",
         text("NoMark").replace("Mẫu số: Biểu 01/HTX\n", ""), DONE, ["Biểu 01/HTX"], 2),
        ("a form nobody knows", "2.csv", text("NoForm").replace("01/HTX", "99/HTX"), BACK,
         ["99/HTX"], 0),
        ("a form version of a later catalogue", "3.csv", text("NewForm").replace(
            "Biểu 01/HTX", "Biểu 01/HTX (phiên bản 9)"), BACK, ["mới hơn"], 0),
        ("another unit's sheet", "4.csv", text("Foreign").replace("mã 106", "mã 107"), BACK,
         ["107"], 0),
        ("half a workbook", "5.xlsx", workbook[:len(workbook) // 2], BACK, ["cắt cụt"], 0),
        ("a workbook that unfolds to 200 MB", "6.xlsx", bomb(), BACK, ["nén bất thường"], 0),
        ("a workbook with an external entity", "7.xlsx", external_entity(), BACK,
         ["khai báo không được phép"], 0),
        ("an old .xls", "8.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), BACK,
         [".xlsx"], 0),
        ("noise", "9.csv", bytes(range(256)) * 40, BACK, ["rồi gửi lại"], 0),
        ("nothing at all", "10.csv", b"", BACK, [], 0),
        ("UTF-8 with BOM, semicolons, CR LF", "11.csv", b"\xef\xbb\xbf" + text("Semi").replace(
            '"Ngành, lĩnh vực"', "Ngành").replace('"Xã, phường, thị trấn"', "Xã").replace(
                ",", ";").replace("Ngành", "Ngành, lĩnh vực").replace(
                    "Xã;", "Xã, phường, thị trấn;").replace("\n", "\r\n").encode(), DONE, [], 2),
        ("UTF-16 with tabs, as Excel saves text", "12.txt.csv", b"\xff\xfe" + text("Wide").replace(
            '"Ngành, lĩnh vực"', "Ngành@").replace('"Xã, phường, thị trấn"', "Xã@").replace(
                ",", "\t").replace("Ngành@", "Ngành, lĩnh vực").replace(
                    "Xã@", "Xã, phường, thị trấn").encode("utf-16-le"), DONE, [], 2),
        ("Windows-1258", "13.csv", cp1258(text("Cp")), DONE, [], 2),
        ("an encoding nobody can tell", "13b.csv", text("Odd").encode("utf-16-le")[1:] + b"\x9d",
         BACK, ["rồi gửi lại"], 0),
        ("one wrong cell among good rows", "14.csv", "\n".join(wrong), DONE,
         ["mười hai", "J9"], 2),
        ("a tax number with a wrong digit", "15.csv", "\n".join(digit), DONE, ["C9"], 2),
        ("a column the form does not have", "16.csv", column, DONE, ["Chỉ số lạ"], 2),
    ]


def originals(collector):
    found = {}
    where = os.path.join(collector.state, "originals")
    for name in os.listdir(where):
        with open(os.path.join(where, name), "rb") as f:
            found[hashlib.blake2b(f.read(), digest_size=32).hexdigest()] = name
    return found


def rows_of(province):
    return province.number("select count(*) from report where verdict in"
                           " ('accepted', 'warnings')")


def left_alone(site, c):
    """What officers' programs leave beside their files is no report."""
    inbox = c.inbox("106")
    names = ["~$ds.xlsx", ".~lock.ds.ods#", ".an.csv"]
    for name in names:
        with open(os.path.join(inbox, name), "w", encoding="utf-8") as f:
            f.write("x")
    os.mkdir(os.path.join(inbox, "thu muc"))
    os.symlink("/etc/passwd", os.path.join(inbox, "lien ket.csv"))
    time.sleep(1)
    lie = set(os.listdir(inbox)) - {DONE, BACK}
    site.equal("locks, dot files, folders and links stay where they are",
               set(names) | {"thu muc", "lien ket.csv", "thong-bao"}, lie)
    for name in names + ["lien ket.csv"]:
        os.unlink(os.path.join(inbox, name))


def main():
    with flow.Site("bad") as site:
        province = site.province().start()
        c = site.collector("c", ["106"]).start()
        good = Rows("106")
        for what, name, data, folder, words, n in cases(good):
            data = data if isinstance(data, bytes) else data.encode()
            before = rows_of(province)
            c.drop("106", name, data)
            try:
                flow.wait(name, lambda: name + ".ket-qua.txt" in c.answers("106", folder), 20)
            except flow.Failed:
                site.check("%s: to %s" % (what, folder), False, [
                    c.answers("106", DONE).get(name + ".ket-qua.txt"),
                    c.answers("106", BACK).get(name + ".ket-qua.txt"), c.logged()[-800:]])
                continue
            told = c.answers("106", folder)[name + ".ket-qua.txt"]
            site.check("%s: the answer says what and where" % what,
                       all(w in told for w in words), told)
            site.check("%s: the original is kept" % what,
                       hashlib.blake2b(data, digest_size=32).hexdigest() in originals(c))
            c.drop("106", "tot-" + name + ".csv", flow.entity_list("106", good.take("Good")))
            try:
                flow.wait("rows", lambda: rows_of(province) == before + n + 2, 20)
            except flow.Failed:
                pass
            site.equal("%s: %d good rows, and those of the next file" % (what, n), n + 2,
                       rows_of(province) - before)
        left_alone(site, c)
        for scratch in (b"no sheet", b""):
            path = os.path.join(site.dir, "x.csv")
            with open(path, "wb") as f:
                f.write(scratch)
            p = subprocess.run([c.argv[0], "-c", c.conf, "check", path], capture_output=True,
                               check=False)
            site.check("check says so as well", p.returncode in (2, 65), p)
        flow.settled(site, [c])
        site.check("the collector stays below 32 MB: %d kB" % flow.peak_kb(c.process.pid),
                   flow.peak_kb(c.process.pid) < 32768)
        flow.count(site, province, [c])
        for d in (province, c):
            site.equal("%s ends in order" % d.name, 0, d.kill(signal.SIGTERM))
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
