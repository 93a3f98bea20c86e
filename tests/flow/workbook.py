#!/usr/bin/python3
"""The answer is a workbook: an officer drops a list of 500 cooperatives with 40 errors of 20
kinds. All are found at once, the good rows go through, the list comes back as the officer
made it with the cells marked; corrected in there and dropped again everything is accepted
and nothing is doubled."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import officer_book
import openpyxl

DONE = "da-xu-ly"
RED, AMBER, BLUE = "FFF2A9A2", "FFFBD784", "FFB4D5F2"


def beside(c, name, unit="108"):
    return os.path.join(c.inbox(unit), DONE, name)


def cells(ws):
    return {c.coordinate: c.value for row in ws.iter_rows() for c in row if c.value is not None}


def row_of(cell):
    return cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def looks(ws, without=()):
    """How each cell looks, but for the fill of those that are marked."""
    out = {}
    for row in ws.iter_rows():
        for c in row:
            out[c.coordinate] = (c.font.name, c.font.sz, c.font.b, c.number_format,
                                 c.border.left.style, c.alignment.horizontal,
                                 None if c.coordinate in without else c.fill.fgColor.rgb)
    return out


def same_sheet(site, before, after, marked):
    site.equal("pages in their order behind the results",
               ["Kết quả"] + before.sheetnames + ["Phiếu tiếp nhận"], after.sheetnames)
    for name in before.sheetnames:
        a, b = before[name], after[name]
        site.equal(name + ": values", cells(a), cells(b))
        site.equal(name + ": widths", {k: v.width for k, v in a.column_dimensions.items()},
                   {k: v.width for k, v in b.column_dimensions.items()})
        site.equal(name + ": heights", {k: v.height for k, v in a.row_dimensions.items()},
                   {k: v.height for k, v in b.row_dimensions.items()})
        site.equal(name + ": merged cells", sorted(map(str, a.merged_cells.ranges)),
                   sorted(map(str, b.merged_cells.ranges)))
        site.equal(name + ": state", a.sheet_state, b.sheet_state)
        left, right = looks(a, marked), looks(b, marked)
        site.equal(name + ": formats", [], [k for k in left if left[k] != right.get(k)][:5])
    a, b = before.worksheets[0], after.worksheets[1]
    site.equal("print set-up, filter, frozen rows, conditional format",
               (a.page_setup.orientation, a.page_setup.paperSize, a.print_title_rows,
                a.auto_filter.ref, a.freeze_panes, len(a.conditional_formatting)),
               (b.page_setup.orientation, b.page_setup.paperSize, b.print_title_rows,
                b.auto_filter.ref, b.freeze_panes, len(b.conditional_formatting)))


def results(ws):
    """The listed findings: rows below the head as dicts by its words."""
    head = next(r for r in range(1, 30) if ws.cell(r, 1).value == "STT")
    names = [c.value for c in ws[head]]
    out = []
    for row in ws.iter_rows(min_row=head + 1):
        if row[0].value is None:
            break
        out.append({n: c for n, c in zip(names, row)})
    return out


def stored(province):
    return province.number(
        "select count(*) from report r where counts and not exists (select from supersession s"
        " where s.old = r.hash)")


def drop_and_wait(c, name, path, unit="108"):
    with open(path, "rb") as f:
        c.drop(unit, name, f.read())
    flow.wait("the inbox is empty", lambda: c.waiting() == 0, 90, 0.2)


def rendered(site, path):
    """Does an office program show it? Pages as PNG beside it when KEEP is set."""
    if shutil.which("soffice") is None:
        print("# skipped: soffice is not installed")
        return
    folder = os.path.dirname(path)
    run = subprocess.run(["soffice", "--headless", "-env:UserInstallation=file://%s/office"
                          % site.dir, "--convert-to", "pdf", "--outdir", site.dir, path],
                         capture_output=True, text=True, timeout=180, check=False)
    pdf = os.path.join(site.dir, os.path.basename(path)[:-5] + ".pdf")
    site.check("LibreOffice prints it", os.path.exists(pdf), run.stderr + folder)


def resaved(site, path):
    """The same file as LibreOffice saves it."""
    if shutil.which("soffice") is None:
        print("# skipped: soffice is not installed")
        return None
    out = os.path.join(site.dir, "libreoffice")
    subprocess.run(["soffice", "--headless", "-env:UserInstallation=file://%s/office" % site.dir,
                    "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", out, path],
                   capture_output=True, timeout=180, check=True)
    return os.path.join(out, os.path.basename(path))


def load_register(site, province):
    """All of 108 and of 106, so that only what is wrong is told."""
    path = os.path.join(site.dir, "entities.tsv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("subject\tkind\tname\tsector\tunit\tcommune\tstate\n")
        for unit in ("106", "108"):
            for tax, name, sector in officer_book.register(unit):
                f.write("tax:%s\thtx\t%s\t%s\t%s\t\tactive\n" % (tax, name, sector, unit))
    province.command("entity", "load", path)


def first_drop(site, province, c):
    path = os.path.join(site.dir, "Danh sách.xlsx")
    errors = officer_book.make(path, "108")
    site.equal("errors in the list", (40, 20),
               (len(errors), len({code for code, _ in errors.values()})))
    drop_and_wait(c, "Danh sách.xlsx", path)
    book = beside(c, "Danh sách.xlsx.ket-qua.xlsx")
    flow.wait("the answer", lambda: os.path.exists(book), 30)
    told = c.answers("108", DONE)["Danh sách.xlsx.ket-qua.txt"]
    site.check("the text says so too", "Không tiếp nhận" in told, told[:600])
    after = openpyxl.load_workbook(book)
    ws = after["Danh sách HTX"]
    red = {cell.coordinate for row in ws.iter_rows() for cell in row
           if cell.fill.fgColor.rgb == RED}
    rows = {row_of(k) for k in errors}
    site.equal("the wrong cells are red", [], sorted(set(errors) - red))
    site.equal("and no good row", [], sorted(
        k for k in red if row_of(k) not in rows))
    silent = [k for k in errors if ws[k].comment is None
              or "phải sửa" not in ws[k].comment.text]
    site.equal("each says why", [], silent)
    listed = results(after["Kết quả"])
    wrong = [r for r in listed if r["Mức độ"].value == "phải sửa"]
    listing = {(r["Ô"].value, r["htx.code"].value) for r in wrong}
    site.equal("each is listed by its kind", [], sorted(
        (k, code) for k, (code, _) in errors.items() if (k, code) not in listing))
    site.equal("with a link", [], [
        r["Ô"].value for r in wrong
        if r["Ô"].hyperlink.location != "'Danh sách HTX'!" + r["Ô"].value])
    site.equal("comments of the officer stay", (
        "Chị Lan kiểm tra lại tên này", True), (
            ws["B12"].comment.text, ws[next(iter(errors))].comment.text.startswith(
                "Đã hỏi chi cục thuế")))
    marked = {cell.coordinate for row in ws.iter_rows() for cell in row
              if cell.fill.fgColor.rgb in (RED, AMBER, BLUE)}
    same_sheet(site, openpyxl.load_workbook(path), after, marked)
    site.equal("460 good rows are stored", 460, stored(province))
    numbers = [row[1].value for row in after["Phiếu tiếp nhận"].iter_rows()
               if row[1].value and "/" in str(row[1].value)]
    site.equal("with the numbers of their receipts", stored(province), len(numbers))
    rendered(site, book)
    return book, errors


def dropped_unchanged(site, province, c, book):
    before = stored(province), province.number("select count(*) from report")
    drop_and_wait(c, "Danh sách.xlsx.ket-qua.xlsx", book)
    site.equal("the answer dropped unchanged says nothing new", before,
               (stored(province), province.number("select count(*) from report")))
    again = beside(c, "Danh sách (2).xlsx.ket-qua.xlsx")
    flow.wait("its answer", lambda: os.path.exists(again), 30)
    site.equal("has one page of results", 1,
               sum("Kết quả" in n for n in openpyxl.load_workbook(again).sheetnames))
    return again


def corrected(site, province, c, book, errors):
    """Half of it as openpyxl saves, the rest as LibreOffice does."""
    first = dict(list(errors.items())[:20])
    edited = openpyxl.load_workbook(book)
    for k, (_, value) in first.items():
        edited["Danh sách HTX"][k] = value
    path = os.path.join(site.dir, "corrected.xlsx")
    edited.save(path)
    drop_and_wait(c, "Danh sách.xlsx.ket-qua.xlsx", path)
    book = beside(c, "Danh sách (3).xlsx.ket-qua.xlsx")
    flow.wait("its answer", lambda: os.path.exists(book), 30)
    after = openpyxl.load_workbook(book)["Danh sách HTX"]
    red = {cell.coordinate for row in after.iter_rows() for cell in row
           if cell.fill.fgColor.rgb == RED}
    left = set(errors) - set(first)
    site.equal("cells to be corrected are red", [], sorted(left - red))
    site.equal("corrected ones are red no more", [], sorted(
        k for k in red if row_of(k) not in {row_of(e) for e in left}))
    stale = [k for k in first if after[k].comment and "phải sửa" in after[k].comment.text]
    site.equal("and their comments are gone", [], stale)
    path = resaved(site, book) or book
    edited = openpyxl.load_workbook(path)
    for k, (_, value) in errors.items():
        edited["Danh sách HTX"][k] = value
    edited.save(os.path.join(site.dir, "all.xlsx"))
    last = resaved(site, os.path.join(site.dir, "all.xlsx")) or os.path.join(site.dir, "all.xlsx")
    drop_and_wait(c, "Danh sách.xlsx", last)
    site.equal("all are accepted", 500, stored(province))
    site.equal("nothing is doubled", 500, province.number(
        "select count(distinct subject) from report where counts"))
    site.equal("every report once", 500, province.number("select count(*) from report"))
    told = c.answers("108", DONE)["Danh sách (4).xlsx.ket-qua.txt"]
    site.check("the answer has nothing to correct", "phải sửa" not in told.split("Phiếu")[0],
               told[:800])


def swap_rows(ws, one, other):
    for a, b in zip(ws[one], ws[other]):
        a.value, b.value = b.value, a.value


def explained(site, province, c):
    """One of two warnings is explained in the list, whose rows somebody has sorted; the
    other one is corrected in the sheet."""
    path = os.path.join(site.dir, "hai.xlsx")
    first, second = officer_book.make(path, "106", 40, kinds=officer_book.TO_EXPLAIN)
    drop_and_wait(c, "hai.xlsx", path, "106")
    answer = beside(c, "hai.xlsx.ket-qua.xlsx", "106")
    flow.wait("the answer", lambda: os.path.exists(answer), 30)
    book = openpyxl.load_workbook(answer)
    ws = book["Danh sách HTX"]
    amber = {cell.coordinate for row in ws.iter_rows() for cell in row
             if cell.fill.fgColor.rgb == AMBER}
    site.equal("what is to be explained is amber", {row_of(first), row_of(second)},
               {row_of(k) for k in amber})
    listed = [r for r in results(book["Kết quả"]) if r["Mức độ"].value == "cần giải trình"]
    site.equal("and listed", [row_of(first), row_of(second)],
               [row_of(r["Ô"].value) for r in listed])
    why = "Sáu người đang học, chưa có bằng; xem danh sách"
    listed[0]["Giải trình của đơn vị"].value = why
    swap_rows(book["Kết quả"], listed[0]["Ô"].row, listed[1]["Ô"].row)
    ws[second] = 3
    path = os.path.join(site.dir, "explained.xlsx")
    book.save(path)
    drop_and_wait(c, "hai.xlsx.ket-qua.xlsx", path, "106")
    flow.wait("the explanation", lambda: province.number("select count(*) from answer") > 0, 30)
    site.equal("the explanation is stored with its finding", [[
        "PARTS_LT_TOTAL", why, "HTX Bản Nậm 4", "t"]], province.sql(
            "select a.finding, a.text, r.name, a.counts from answer a join report r"
            " on r.hash = a.about"))
    answer = beside(c, "hai (2).xlsx.ket-qua.xlsx", "106")
    flow.wait("the next answer", lambda: os.path.exists(answer), 30)
    rows = results(openpyxl.load_workbook(answer)["Kết quả"])
    site.equal("it stays beside its finding", [(row_of(first), why)], [
        (row_of(r["Ô"].value), r["Giải trình của đơn vị"].value) for r in rows
        if r["Mức độ"].value == "cần giải trình"])
    drop_and_wait(c, "hai.xlsx.ket-qua.xlsx", resaved(site, answer) or answer, "106")
    site.equal("said twice is said once", (1, 41), (
        province.number("select count(*) from answer"),
        province.number("select count(*) from report where unit = '106'")))
    sorted_anew(site, c, answer, ws[first].row)


def sorted_anew(site, c, answer, row):
    """The receipt names the cell where the row stood: another cooperative stands there now."""
    book = openpyxl.load_workbook(answer)
    swap_rows(book["Danh sách HTX"], row, row + 1)
    path = os.path.join(site.dir, "sorted.xlsx")
    book.save(path)
    drop_and_wait(c, "lại.xlsx", path, "106")
    answer = beside(c, "lại.xlsx.ket-qua.xlsx", "106")
    flow.wait("the answer to sorted rows", lambda: os.path.exists(answer), 30)
    book = openpyxl.load_workbook(answer)
    site.equal("of a row that moved it is said once, where it stands", [str(row + 1)], [
        row_of(r["Ô"].value) for r in results(book["Kết quả"])
        if r["Mức độ"].value == "cần giải trình"])
    site.equal("and only there it is amber", {str(row + 1)}, {
        row_of(k.coordinate) for line in book["Danh sách HTX"].iter_rows() for k in line
        if k.fill.fgColor.rgb == AMBER})


def edited_meanwhile(site, province, c):
    """The province is away; the officer already works in the answer, another one is open.
    Then the receipts come: neither is written over, the texts have the numbers."""
    province.kill()
    paths = []
    for name, period in (("ba.xlsx", "2023"), ("bon.xlsx", "2022")):
        path = os.path.join(site.dir, name)
        first = next(iter(officer_book.make(path, "106", 40, period=period)))
        with open(path, "rb") as f:
            c.drop("106", name, f.read())
        paths.append(beside(c, name + ".ket-qua.xlsx", "106"))
        flow.wait("the first answer", lambda: os.path.exists(paths[-1]), 30)
    book = openpyxl.load_workbook(paths[0])
    book["Danh sách HTX"][first] = "đang sửa"
    book.save(paths[0])
    lock = os.path.join(os.path.dirname(paths[1]), "~$" + os.path.basename(paths[1]))
    with open(lock, "w", encoding="utf-8") as f:
        f.write("Lan")
    before = [open(p, "rb").read() for p in paths]
    province.start()
    flow.wait("receipts", lambda: all(
        "phiếu tiếp nhận số" in c.answers("106", DONE).get(n + ".ket-qua.txt", "")
        for n in ("ba.xlsx", "bon.xlsx")), 60)
    site.equal("what an officer works in is not written over", before,
               [open(p, "rb").read() for p in paths])
    os.unlink(lock)


def corrected_and_explained(site, province, c):
    """A row that was not sent for an error has a warning too: both are dealt with at once."""
    kinds = [("NUMBER_BAD", "Vốn điều lệ", lambda v: "một trăm")]
    path = os.path.join(site.dir, "nam.xlsx")
    first = next(iter(officer_book.make(path, "106", 40, period="2024", kinds=kinds)))
    book = openpyxl.load_workbook(path)
    book["Danh sách HTX"].cell(int(row_of(first)), officer_book.COL["Số cán bộ quản lý"], 9)
    book.save(path)
    drop_and_wait(c, "nam.xlsx", path, "106")
    answer = beside(c, "nam.xlsx.ket-qua.xlsx", "106")
    flow.wait("the answer", lambda: os.path.exists(answer), 30)
    book = openpyxl.load_workbook(answer)
    asked = [r for r in results(book["Kết quả"]) if r["htx.code"].value == "PARTS_LT_TOTAL"]
    asked[0]["Giải trình của đơn vị"].value = "Sáu người chưa có bằng"
    for r in results(book["Kết quả"]):
        if r["htx.code"].value == "NUMBER_BAD":
            book["Danh sách HTX"][r["Ô"].value] = 100
    book.save(path)
    drop_and_wait(c, "nam.xlsx.ket-qua.xlsx", path, "106")
    site.equal("what is corrected is explained at once", [["PARTS_LT_TOTAL", "2024"]],
               flow.wait("the explanation", lambda: province.sql(
                   "select finding, period from answer where text = 'Sáu người chưa có bằng'"),
                         30))


def from_csv(site, province, c):
    rows = [(t, "HTX từ CSV %d" % i, 100) for i, t in zip(range(4), flow.tax_numbers("107"))]
    lines = flow.entity_list("107", rows).split("\n")
    lines[8] = lines[8].replace(",10,-,-,10,10,", ",mười hai,-,-,10,10,")
    c.drop("107", "xã.csv", "\n".join(lines))
    answer = beside(c, "xã.csv.ket-qua.xlsx", "107")
    flow.wait("the answer", lambda: os.path.exists(answer) and c.waiting() == 0, 30)
    book = openpyxl.load_workbook(answer)
    wrong = [k for row in book.worksheets[1].iter_rows() for k in row
             if k.fill.fgColor.rgb == RED]
    site.equal("a CSV comes back as a workbook", ["mười hai"], [k.value for k in wrong])
    wrong[0].value = 10
    path = os.path.join(site.dir, "xa.xlsx")
    book.save(path)
    drop_and_wait(c, "xã.csv.ket-qua.xlsx", path, "107")
    site.equal("corrected in there all of it is stored once", (4, 4), (
        province.number("select count(*) from report where unit = '107'"),
        province.number("select count(distinct subject) from report where unit = '107'")))
    site.check("under the name of a workbook", os.path.exists(beside(c, "xã.xlsx", "107")),
               os.listdir(os.path.dirname(answer)))


def main():
    with flow.Site("workbook") as site:
        province = site.province().start()
        load_register(site, province)
        c = site.collector("c", ["106", "107", "108"]).start()
        book, errors = first_drop(site, province, c)
        if os.environ.get("KEEP"):
            print("# " + book)
        dropped_unchanged(site, province, c, book)
        corrected(site, province, c, book, errors)
        explained(site, province, c)
        corrected_and_explained(site, province, c)
        from_csv(site, province, c)
        edited_meanwhile(site, province, c)
        flow.count(site, province, [c])
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
