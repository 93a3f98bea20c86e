#!/usr/bin/python3
"""Templates: made for every form, read back unfilled and filled; the same figures filled in
by LibreOffice, Gnumeric, openpyxl and exceljs give the same content digests."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
import fill
import flow
import register_page

UNIT, FROM, NAME = "106", "2004-01-01", "Huyện Tam Đường"


def forms():
    with open(os.path.join(flow.CATALOGUE, "forms.tsv"), encoding="utf-8") as f:
        return [line.split("\t")[0] for line in f][1:]


def entities():
    """Of the register: cooperatives with and without a past, groups, a union, a fund."""
    out, taxes = [], flow.tax_numbers(UNIT)
    sectors = ["agri", "trade_service", "transport", "construction", "water"]
    for i in range(12):
        past = [("htx_list", 1, "nd09", "2024-S2", "actual",
                 [(38, "", "", 12 + i), (48, "", "", (1234 + i) * 1000000)])]
        out.append({"kind": "htx", "scheme": "tax", "id": next(taxes),
                    "name": "HTX Đã đăng ký %d" % i, "sector": sectors[i % len(sectors)],
                    "commune": "Xã Bình Lư", "state": "active",
                    "reports": past if i % 2 else []})
    out.append({"kind": "htx", "scheme": "certificate", "id": "2907H000123",
                "issuer": "Phòng TC-KH Tam Đường", "name": "HTX Khánh Thịnh",
                "commune": "Xã Bản Bo", "sector": "agri", "state": "suspended"})
    out.append({"kind": "htx", "scheme": "tax", "id": next(taxes), "name": "HTX Đã giải thể",
                "sector": "agri", "state": "dissolved"})
    for i in range(3):
        out.append({"kind": "tht", "scheme": "register", "id": "THT-%02d" % i,
                    "issuer": "UBND Xã Bản Bo", "name": "THT nuôi ong %d" % i,
                    "sector": "agri", "commune": "Xã Bản Bo", "state": "active"})
    for kind, name in (("lhhtx", "Liên hiệp HTX Chè"), ("qtdnd", "QTDND Bình Lư")):
        out.append({"kind": kind, "scheme": "tax", "id": next(taxes), "name": name,
                    "sector": "credit", "commune": "Xã Bình Lư", "state": "active"})
    return out


class Unit:
    def __init__(self, site):
        self.site = site
        self.conf = os.path.join(site.dir, "collector.conf")
        state = os.path.join(site.dir, "state")
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write("[collector]\nstate = %s\ncatalogue = %s\ngenesis = %s/genesis\n"
                    "endpoint = tcp://127.0.0.1:1\ncivil_date = 2025-06-10\n[unit %s]\n"
                    "valid_from = %s\ninbox = %s/inbox\n"
                    % (state, flow.CATALOGUE, site.dir, UNIT, FROM, site.dir))
        register_page.write(state, UNIT, FROM, NAME, entities())

    def command(self, *argv):
        return subprocess.run(
            [os.path.join(flow.BIN, "htx-collector"), "-c", self.conf, *argv],
            capture_output=True, text=True, cwd=self.site.dir, timeout=60, check=False,
            env=dict(os.environ, LC_ALL="C.UTF-8"))

    def check(self, path):
        """(exit code, what check --json says of the file)."""
        p = self.command("check", "--json", path)
        if not p.stdout:
            raise flow.Failed("check %s: exit %d: %s" % (path, p.returncode, p.stderr))
        said = json.loads(p.stdout)
        return p.returncode, said[0] if isinstance(said, list) else said


def digests(said):
    return sorted((d["form"], d["subject"], d["period"], d["vintage"], d["digest"])
                  for d in said)


def unreadable(said):
    """Findings about how the cells read, not about what they say."""
    codes = ("NUMBER_", "CELL_", "UNKNOWN_", "NO_", "COLUMN_", "SECTOR_UNKNOWN", "STATE_UNKNOWN",
             "KIND_UNKNOWN", "CODE_UNKNOWN", "DATE_BAD", "UNIT_MISMATCH", "WRONG_UNIT",
             "POPULATION_UNKNOWN", "BREAKDOWN_", "DUPLICATE_CELL", "TAX_LENGTH", "TAX_CHECK", "TAX_SERIAL", "MARK_X", "SHEET-")
    return [(f["code"], f["cell"], f["value"]) for f in said["findings"]
            if f["code"].startswith(codes)]


def template(site, unit, name, *options):
    path = os.path.join(site.dir, name + ".xlsx")
    p = unit.command("template", "2025-S1", *options, "-o", path)
    if p.returncode != 0:
        raise flow.Failed("template %s: %s" % (name, p.stderr))
    return path


def unfilled(site, unit, name):
    code, said = unit.check(template(site, unit, name, "--form", name))
    site.equal("%s: nobody has filled it, and nothing is wrong" % name,
               (0, 0, ["FORM_BLANK"]),
               (code, said["reports"], [f["code"] for f in said["findings"]]))


def filled(site, unit, program, paths):
    """What check says of the files together; None where the program is not there."""
    what = "filled by " + program
    if None in paths:
        site.skip(what + ": not installed")
        return None
    wrong, all_of = [], []
    for path in paths:
        code, said = unit.check(path)
        wrong += unreadable(said) + ([] if code in (0, 2, 65) else [(path, code)])
        all_of += said["digests"]
    site.equal(what + " every cell reads", [], wrong)
    return all_of


def by_gnumeric(site, todo):
    """Its pages are workbooks of one form, as unfilled() left them."""
    paths = []
    for name in forms():
        path = os.path.join(site.dir, name + ".xlsx")
        page = fill.pages(path)[0]
        paths.append(fill.by_gnumeric(path, todo[page],
                                      os.path.join(site.dir, "gnumeric-%s.xlsx" % name)))
    return paths


def layout(site, unit):
    """What an officer finds in it, as another program reads the file."""
    book = fill.openpyxl.load_workbook(template(site, unit, "look", "--form", "htx_list"))
    ws, guide = book["Biểu 01-HTX"], book["Hướng dẫn"]
    top = fill.head_row(ws)
    known = next(r for r in range(top + 1, ws.max_row)
                 if ws.cell(r, 2).value == "HTX Đã đăng ký 1")
    new = next(r for r in range(top + 1, ws.max_row) if ws.cell(r, 2).value is None)
    prompts = [v.prompt for v in ws.data_validations.dataValidation if v.prompt]
    messages = {v.error for v in ws.data_validations.dataValidation}
    site.check("protected without a password", ws.protection.sheet and guide.protection.sheet
               and not ws.protection.password)
    site.equal("the register's cells are locked, what is asked is open", [False, False, True],
               [fill.is_open(ws, known, column) for column in (2, 3, 9)])
    site.check("a new one may be written below", fill.is_open(ws, new, 2)
               and fill.is_open(ws, new, 3))
    site.check("not a dissolved one", all(c.value != "HTX Đã giải thể" for c in ws["B"]))
    site.check("frozen and repeated heads, landscape, pages numbered",
               ws.freeze_panes == "C%d" % (top + 1) and ws.print_title_rows
               and ws.page_setup.orientation == "landscape"
               and "Trang &P/&N" in ws.oddFooter.center.text)
    site.check("the last value at its cell", any("6 tháng cuối năm 2024" in p and
                                                 "thành viên" in p for p in prompts), prompts)
    site.check("and in grey beside the table",
               any(str(c.value).startswith("Kỳ trước: ") for c in ws[top - 1]))
    site.check("checks speak Vietnamese", any("số nguyên từ 0" in m for m in messages if m),
               messages)
    site.equal("lists are hidden", "hidden", book["Danh mục"].sheet_state)
    legend = {ws2.value for row in guide["B1:B40"] for ws2 in row}
    site.check("the guide has the legend", {"0", "-", "x", "…", "KCC"} <= legend, legend)


def partly(site, unit):
    """Two rows are ready: they are reports, the others are still to come."""
    path = template(site, unit, "partly", "--form", "htx_list")
    (page, cells), = fill.plan(path, 0).items()
    rows = sorted({int(c.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for c, _ in cells})[:2]
    todo = {page: [[c, v] for c, v in cells if int(c.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
                   in rows]}
    _, said = unit.check(fill.by_openpyxl(path, todo, path))
    notes = [f["code"] for f in said["findings"] if f["severity"] == "note"]
    site.equal("two rows filled are two reports", 2, said["reports"])
    site.equal("the others are noted once", 1, notes.count("ROWS_BLANK"))


def due(site, unit):
    """Without --form: what a unit of the place fills in this period."""
    pages = fill.pages(template(site, unit, "due"))
    site.equal("the department's form is not due here", (10, False),
               (len(pages), "Biểu 10-SN" in pages))


def four_programs(site, unit):
    """One workbook of all forms, filled with the same figures by each."""
    path = template(site, unit, "all", *(w for name in forms() for w in ("--form", name)))
    todo = fill.plan(path)
    said = filled(site, unit, "openpyxl",
                  [fill.by_openpyxl(path, todo, os.path.join(site.dir, "openpyxl.xlsx"))])
    first = digests(said)
    site.check("%d cells make %d reports" % (sum(map(len, todo.values())), len(first)),
               set(forms()) == {d[0] for d in first}, {d[0] for d in first})
    site.equal("no two reports are alike", len(first), len({d[4] for d in first}))
    site.check("no figure is lost", sum(d["values"] for d in said)
               >= sum(isinstance(v, (int, float)) for p in todo.values() for _, v in p))
    for program, do in (
            ("LibreOffice", lambda: [fill.by_libreoffice(path, todo, site.dir, "xlsx")]),
            ("LibreOffice as .ods", lambda: [fill.by_libreoffice(path, todo, site.dir, "ods")]),
            ("Gnumeric", lambda: by_gnumeric(site, todo)),
            ("exceljs", lambda: [fill.by_exceljs(path, todo, site.dir)])):
        try:
            paths = do()
        except subprocess.SubprocessError as e:
            raise flow.Failed("%s: %s" % (program, e)) from e
        said = filled(site, unit, program, paths)
        if said is not None:
            site.equal(program + " gives the digests of openpyxl", first, digests(said))


def main():
    with flow.Site("template", pg=False) as site:
        unit = Unit(site)
        for name in forms():
            unfilled(site, unit, name)
        due(site, unit)
        layout(site, unit)
        partly(site, unit)
        four_programs(site, unit)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
