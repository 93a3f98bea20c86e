#!/usr/bin/python3
"""One officer's list, saved by every program that an office may have, gives the same
reports and the same findings: what moved, what was inserted, merged, hidden, noted below;
several sheets, formulas, errors, dates, booleans; .xlsx, .ods, .csv and text in UTF-16."""
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROGRAM = os.path.join(ROOT, "build", "release", "htx-collector")
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

try:
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.utils.datetime import CALENDAR_MAC_1904
    import fill
except ImportError:
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(77)

passed = failed = skipped = 0
VIETNAMESE = "[$-42A]#,##0.###"
# money of each row; None: what stands there is no number
ROWS = [("HTX Nắng Mới  ", "6291110012", 17, 448.5), ("HTX Thác Bạc", "6291110037", 9, 950),
        ("HTX Sao Mai", "6291110044", "-", "x"), ("HTX Ngày", "6291110051", 8, None),
        ("HTX Lỗi", "6291110069", 7, None), ("HTX Đúng", "6291110076", 11, None),
        ("HTX Ẩn", "6291110083", 12, 99.25)]


def check(name, ok, detail=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    if not ok:
        print("not ok %s: %s" % (name, detail))


def skip(name):
    global skipped
    skipped += 1
    print("skipped: %s is not here" % name)


def officer(path, epoch=None, plain=False):
    """The list as somebody keeps it. plain: without what a CSV cannot say."""
    book = openpyxl.Workbook()
    if epoch:
        book.epoch = epoch
    guide = book.active
    guide.title = "Hướng dẫn"
    guide["A1"] = "Cách ghi"
    ws = book.create_sheet("Danh sách HTX")
    ws["A1"] = "DANH SÁCH HỢP TÁC XÃ"
    ws.merge_cells("A1:H1")
    ws["B3"], ws["B4"] = "Mẫu số: Biểu 01/HTX", "Đơn vị báo cáo: Huyện Tân Uyên (mã 111)"
    ws["B5"], ws["B6"] = "Kỳ báo cáo: 6 tháng đầu năm 2025", "Loại số liệu: thực hiện"
    ws["B7"], ws["C7"] = "Số liệu đến ngày", datetime.date(2025, 5, 31)
    ws["C7"].number_format = "dd/mm/yyyy"
    # columns in an order of their own, a head of two lines, a column that no form has
    heads = ["Doanh thu", "Tên HTX", "Mã số thuế", "Lĩnh vực", "Tình trạng hoạt động",
             "Thành viên", None, "Ghi thêm"]
    for i, text in enumerate(heads):
        ws.cell(9, i + 1, text)
    ws.cell(10, 6, "Số thành viên")
    ws.cell(10, 7, "Thành viên mới tham gia")
    for area in ("A9:A10", "B9:B10", "C9:C10", "D9:D10", "E9:E10", "F9:G9"):
        ws.merge_cells(area)
    for i in range(8):
        ws.cell(11, i + 1, "(%d)" % (i + 1))
    for i, (name, tax, members, money) in enumerate(ROWS):
        row = 13 + i
        for col, value in enumerate([money, name, tax, "Nông nghiệp", "Đang hoạt động",
                                     members, 1]):
            ws.cell(row, col + 1, value)
        if tax != "6291110076": # where it stands LibreOffice makes a number of TRUE
            ws.cell(row, 1).number_format = VIETNAMESE
    ws["A14"] = "=700+250"
    ws["A16"] = datetime.date(2025, 5, 3)
    ws["A16"].number_format = "yyyy-mm-dd"
    ws["A17"] = "=1/0"
    ws["A18"] = "đúng" if plain else True
    ws["B13"].comment = Comment("Nhớ hỏi lại", "A")
    ws.row_dimensions[19].hidden = True
    ws["B21"], ws["F21"] = "Tổng cộng", "=SUM(F13:F19)"
    ws["B23"] = "Ghi chú: số liệu do các HTX cung cấp."
    ws["B25"], ws["F25"] = "Người lập biểu", "Thủ trưởng đơn vị"
    ws["Z400"] = "   "
    old = book.create_sheet("Cũ")
    old["A1"] = "bản nháp"
    old.sheet_state = "hidden"
    if plain:
        book.move_sheet("Danh sách HTX", -1)
    book.save(path)
    return path


def in_old_font(path, out):
    """The same, two names typed with .VnTime: their letters are other ones."""
    book = openpyxl.load_workbook(path)
    ws = book["Danh sách HTX"]
    ws["B13"], ws["B15"] = "HTX N¾ng Míi  ", "HTX Sao Mai, x· B¶n Bo"
    book.save(out)
    return out


def configure(folder):
    os.mkdir(os.path.join(folder, "inbox"))
    path = os.path.join(folder, "collector.conf")
    with open(path, "w") as f:
        f.write("[collector]\nstate = %s/state\ncatalogue = %s/schema/catalogue\n"
                "genesis = %s/genesis.conf\nendpoint = tcp://127.0.0.1:1\n"
                "civil_date = 2025-06-16\n[unit 111]\nvalid_from = 2004-01-01\n"
                "inbox = %s/inbox\n" % (folder, ROOT, folder, folder))
    return path


def read(conf, path):
    """(digests by tax number, codes by cell) of the list in the file."""
    out = subprocess.run([PROGRAM, "-c", conf, "check", "--json", "--unit", "111", path],
                         stdout=subprocess.PIPE).stdout
    answer = json.loads(out)[0]
    codes = {(f["code"], f["cell"].split("!")[-1]) for f in answer["findings"]}
    return {d["subject"]: d["digest"] for d in answer.get("digests", [])}, codes


def office(folder, path, what):
    """LibreOffice saves path as what: an extension, or filter and options behind it."""
    ext = what.split(":")[0]
    out = os.path.join(folder, "lo-" + what.translate(str.maketrans(":, ", "___")))
    profile = "-env:UserInstallation=file://%s/profile" % folder
    subprocess.run(["soffice", profile, "--headless", "--convert-to", what, "--outdir", out, path],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=180)
    return os.path.join(out, os.path.splitext(os.path.basename(path))[0] + "." + ext)


def gnumeric(folder, path, ext, *options):
    out = os.path.join(folder, "gnumeric." + ext)
    subprocess.run(["ssconvert", *options, path, out], stderr=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, timeout=180)
    return out


def main():
    folder = tempfile.mkdtemp(prefix="htx-saved-")
    try:
        conf = configure(folder)
        path = officer(os.path.join(folder, "officer.xlsx"))
        first, codes = read(conf, path)
        check("openpyxl: rows", sorted(first) == sorted(r[1] for r in ROWS), first)
        check("openpyxl: no value of a formula", ("CELL_FORMULA", "A14") in codes, codes)
        mac = officer(os.path.join(folder, "mac.xlsx"), CALENDAR_MAC_1904)
        check("openpyxl: days since 1904", read(conf, mac) == (first, codes), read(conf, mac))

        old = in_old_font(path, os.path.join(folder, "old.xlsx"))
        for name, file in (("openpyxl", old),) + ((("LibreOffice .ods", office(
                folder, old, "ods")),) if shutil.which("soffice") else ()):
            got, codes = read(conf, file)
            check(name + ": TCVN3 is converted", got.get("6291110012") == first["6291110012"], got)
            check(name + ": and said", any(c == "TEXT_REPAIRED" for c, _ in codes), codes)

        saved = []
        if shutil.which("soffice"):
            saved += [("LibreOffice .xlsx", office(folder, path, "xlsx")),
                      ("LibreOffice .ods", office(folder, path, "ods")),
                      ("LibreOffice .ods of 1904", office(folder, mac, "ods"))]
        else:
            skip("LibreOffice")
        if shutil.which("ssconvert"):
            saved += [("Gnumeric .xlsx", gnumeric(folder, path, "xlsx")),
                      ("Gnumeric .ods", gnumeric(folder, path, "ods"))]
            if shutil.which("soffice"):
                saved.append(("Gnumeric of LibreOffice's .ods",
                              gnumeric(folder, saved[1][1], "xlsx")))
        else:
            skip("Gnumeric")
        exceljs = None
        try:
            exceljs = fill.by_exceljs(saved[0][1] if saved else path, {}, folder)
        except Exception as why:  # no node, no registry: it is another program's business
            print("exceljs: %s" % why)
        if exceljs:
            saved.append(("exceljs", exceljs))
        else:
            skip("exceljs")
        want = None
        for name, file in saved:
            got, codes = read(conf, file)
            want = want or got
            check(name + ": the same reports", got == want and len(got) == len(ROWS), got)
            check(name + ": the untouched rows are as openpyxl's",
                  all(got.get(t) == first[t] for t in ("6291110012", "6291110044",
                                                       "6291110083")), got)
            for code in (("CELL_ERROR", "A17"), ("NUMBER_BAD", "A16"), ("NUMBER_BAD", "A18"),
                         ("UNKNOWN_COLUMN", "H11"), ("TOTAL_ROW", "B21")):
                check("%s: %s at %s" % (name, *code), code in codes, sorted(codes))
            check(name + ": the formula has its value",
                  not any(c == "CELL_FORMULA" for c, _ in codes), sorted(codes))

        # as text: numbers as the sheet shows them, the first sheet only
        plain = officer(os.path.join(folder, "plain.xlsx"), plain=True)
        texts = []
        if shutil.which("soffice"):
            csv = "csv:Text - txt - csv (StarCalc):%s,34,%s,1,,1066,false,true"
            texts += [("LibreOffice .csv", office(folder, plain, csv % ("59", "76"))),
                      ("LibreOffice UTF-16", office(folder, plain, csv % ("9", "65535")))]
        for name, file in texts:
            got, codes = read(conf, file)
            same = [t for t in ("6291110012", "6291110037", "6291110044", "6291110083")
                    if want is not None and got.get(t) == want.get(t)]
            check(name + ": the good rows", len(same) == 4, "%s, %s" % (got, sorted(codes)))
            check(name + ": an error", any(c.startswith(("NUMBER_", "CELL_")) and at == "A17"
                                            for c, at in codes), sorted(codes))
        if shutil.which("ssconvert"): # it knows no Vietnamese here: 448.5 may be anything
            got, codes = read(conf, gnumeric(folder, plain, "csv"))
            check("Gnumeric .csv: points are asked back", ("NUMBER_AMBIGUOUS", "A13") in codes
                  and ("NUMBER_AMBIGUOUS", "A19") in codes, sorted(codes))
    finally:
        shutil.rmtree(folder)
    print("%d passed, %d failed%s" % (passed, failed,
                                      ", %d skipped" % skipped if skipped else ""))
    return failed > 0


sys.exit(main())
