"""Fills a template as an officer would, by four programs that officers and offices use.

plan(path) looks only at what the template says of itself: open cells, their checks and
lists; every open cell of a line gets a figure that its check lets pass, and each sign of
the legend comes in turn. The fillers write the same plan and return the path, or None
where the program is not installed. Gnumeric takes the pages one by one.
"""
import datetime
import json
import os
import re
import shutil
import subprocess

import openpyxl
from openpyxl.utils import get_column_letter, range_boundaries

import flow

HERE = os.path.dirname(os.path.realpath(__file__))
EXCELJS = "exceljs@4.4.0"
GUIDE = "Hướng dẫn"
SIGNS = ["-", "x", "…", "KCC"]


# ---- the plan ---------------------------------------------------------------------------

def options(book, formula):
    sheet, area = formula.rsplit("!", 1)
    rows = book[sheet.strip("'")][area.replace("$", "")]
    return [cell.value for row in rows for cell in row]


def checks(ws):
    """{(row, column): check} of a page."""
    found = {}
    for v in ws.data_validations.dataValidation:
        for area in str(v.sqref).split():
            left, top, right, bottom = range_boundaries(area)
            for row in range(top, bottom + 1):
                for col in range(left, right + 1):
                    if (row, col) in found: # Excel would call the file damaged
                        raise flow.Failed("two checks at %s!%s%d"
                                          % (ws.title, get_column_letter(col), row))
                    found[row, col] = v
    return found


def number(v, row, col):
    low = re.search(r">=(-?[\d.]+)", v.formula1)
    high = re.search(r"<=(-?[\d.]+)", v.formula1)
    n = max((row * 37 + col * 11) % 60 + 1, float(low.group(1)) if low else 0)
    if "=INT(" not in v.formula1:
        n += 0.25
    n = min(n, float(high.group(1))) if high else n
    return int(n) if n == int(n) else n


def value_of(book, v, row, col, signs):
    if v.type == "list":
        names = options(book, v.formula1)
        return names[(row + col) % len(names)]
    if v.type == "custom" and "DATE(" in v.formula1:
        return datetime.date(2025, 5, 1 + (row + col) % 28)
    if v.type == "custom":
        if (row + col) % 9 == 0:
            return signs[(row + col) // 9 % len(signs)]
        return number(v, row, col)
    return "Thuyết minh của dòng %d.\nDòng thứ hai." % row


def head_row(ws):
    """The line (1) (2) (3), or the head of a page of texts."""
    for row in ws.iter_rows():
        texts = [c.value for c in row]
        if texts[:2] in (["(1)", "(2)"], ["STT", "Nội dung"]):
            return row[0].row
    raise flow.Failed("no table on page " + ws.title)


def is_open(ws, row, col):
    return not ws.cell(row, col).protection.locked


def facts(head, row, tax):
    """What an officer types about an organisation that is not in the register."""
    text = {"Mã số thuế": tax, "Xã, phường": "Xã Bản Bo", "Nơi cấp": "UBND Xã Bản Bo",
            "Số đăng ký tại xã": "THT-N%d" % row, "Số quyết định": "QĐ-%d" % row,
            "Tên cũ": "HTX Tên cũ %d" % row, "Tên mới": "HTX Tên mới %d" % row,
            "Số giấy chứng nhận OCOP": "OCOP-%d" % row, "Tên sản phẩm": "Chè số %d" % row}
    if head in text:
        return text[head]
    if head.startswith("Tên "):
        return "HTX Dòng mới %d" % row
    return None


def page_plan(book, ws, taxes, new_rows):
    """[(cell, value)]: all lines that are given, and a few new ones."""
    top, have, out, new = head_row(ws), checks(ws), [], 0
    heads = {c.column: str(c.value).split("\n")[0]
             for c in ws[top - 1 if ws.cell(top, 1).value == "(1)" else top]}
    for row in range(top + 1, ws.max_row + 1):
        if not isinstance(ws.cell(row, 1).value, (int, float)):
            break
        given = not is_open(ws, row, 2)
        if not given and new == new_rows:
            break
        new += not given
        tax = None if given else next(taxes)
        for col in range(2, len(heads) + 1):
            if not is_open(ws, row, col) or heads[col] == "Số giấy chứng nhận":
                continue
            v = have.get((row, col))
            value = facts(heads[col], row, tax) if v is None else \
                value_of(book, v, row, col, SIGNS)
            if heads[col] == "Thời điểm" and row % 3:
                continue
            if value is not None:
                out.append(("%s%d" % (get_column_letter(col), row), value))
    return out


def pages(path):
    """The pages that hold forms."""
    book = openpyxl.load_workbook(path)
    return [ws.title for ws in book if ws.sheet_state == "visible" and ws.title != GUIDE]


def plan(path, new_rows=2):
    """{page: [[cell, value], ...]}; dates as {"date": iso}."""
    book = openpyxl.load_workbook(path)
    taxes = (t for i, t in enumerate(flow.tax_numbers("106")) if i > 500)
    out, forms = {}, pages(path)
    for ws in book:
        if ws.title not in forms:
            continue
        out[ws.title] = [[cell, {"date": v.isoformat()} if isinstance(v, datetime.date) else v]
                         for cell, v in page_plan(book, ws, taxes, new_rows)]
    return out


# ---- four programs ----------------------------------------------------------------------

def by_openpyxl(path, todo, out):
    book = openpyxl.load_workbook(path)
    for page, cells in todo.items():
        for cell, value in cells:
            if isinstance(value, dict):
                value = datetime.datetime.fromisoformat(value["date"])
            book[page][cell] = value
    book.save(out)
    return out


def entry(value):
    """As it is typed into Gnumeric: 'text, =formula."""
    if isinstance(value, dict):
        return "=DATE(%d,%d,%d)" % tuple(map(int, value["date"].split("-")))
    return "'" + value if isinstance(value, str) else repr(value)


def by_gnumeric(path, cells, out):
    """The first page only: ssconvert types into no other."""
    if shutil.which("ssconvert") is None:
        return None
    sets = ["--set=%s=%s" % (cell, entry(value)) for cell, value in cells]
    subprocess.run(["ssconvert", *sets, path, out], check=True, capture_output=True,
                   timeout=300)
    return out


def by_libreoffice(path, todo, folder, suffix):
    out = os.path.join(folder, "calc." + suffix)
    if shutil.which("soffice") is None or subprocess.run(
            ["/usr/bin/python3", "-c", "import uno"], capture_output=True,
            check=False).returncode != 0:
        return None
    tasks = os.path.join(folder, "calc.json")
    with open(tasks, "w", encoding="utf-8") as f:
        json.dump({"in": path, "out": out, "plan": todo}, f)
    return out if calc(folder, "fill_calc.py", tasks) else None


def calc(folder, script, *args):
    """Runs a script against a LibreOffice of its own."""
    pipe = "htx-%d" % os.getpid()
    office = subprocess.Popen(
        ["soffice", "-env:UserInstallation=file://" + os.path.join(folder, "office"),
         "--headless", "--norestore", "--nologo", "--accept=pipe,name=%s;urp;" % pipe],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        p = subprocess.run(["/usr/bin/python3", os.path.join(HERE, script), pipe, *args],
                           capture_output=True, text=True, timeout=400, check=False)
        if p.returncode != 0:
            raise flow.Failed("LibreOffice: " + p.stderr[-2000:])
    finally:
        office.terminate()
        try:
            office.wait(20)
        except subprocess.TimeoutExpired:
            office.kill()
            office.wait()
    return True


def exceljs():
    """The folder of node modules with exceljs in it, fetched once; None without."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    home = os.path.join(flow.ROOT, "build", "node")
    if not os.path.isdir(os.path.join(home, "node_modules", "exceljs")):
        os.makedirs(home, exist_ok=True)
        try:
            subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-save",
                            "--prefix", home, EXCELJS], check=True, capture_output=True,
                           timeout=240, cwd=home)
        except (subprocess.SubprocessError, OSError):
            return None
    return os.path.join(home, "node_modules")


def by_exceljs(path, todo, folder):
    out = os.path.join(folder, "exceljs.xlsx")
    modules = exceljs()
    if modules is None:
        return None
    tasks = os.path.join(folder, "exceljs.json")
    with open(tasks, "w", encoding="utf-8") as f:
        json.dump({"in": path, "out": out, "plan": todo}, f)
    subprocess.run(["node", os.path.join(HERE, "fill.js"), tasks], check=True,
                   capture_output=True, timeout=300, env=dict(os.environ, NODE_PATH=modules))
    return out
