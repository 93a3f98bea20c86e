"""An officer's workbook of many cooperatives, made by openpyxl as an office would have it:
merged headings, widths, formats, a comment of its own, a hidden page, a conditional format,
a print set-up. And errors of many kinds, at known cells."""
import datetime

import openpyxl
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

import flow

COLUMNS = [
    ("STT", 5), ("Tên HTX", 34), ("Mã số thuế", 14), ("Số giấy chứng nhận", 16),
    ("Nơi cấp", 22), ("Loại hình", 9), ("Ngành, lĩnh vực", 22), ("Xã, phường, thị trấn", 18),
    ("Tình trạng hoạt động", 16), ("Số thành viên", 10), ("Thành viên mới tham gia", 10),
    ("Thành viên ra khỏi HTX", 10), ("Lao động thường xuyên", 10),
    ("Trong đó: lao động là thành viên", 12), ("Tổng thu nhập của lao động", 12),
    ("Doanh thu", 12), ("Trong đó: doanh thu đối với thành viên", 14),
    ("Lãi (trước thuế)", 10), ("Vốn điều lệ", 10), ("Số cán bộ quản lý", 9),
    ("Chưa qua đào tạo", 8), ("Sơ cấp", 8), ("Trung cấp", 8), ("Cao đẳng", 8), ("Đại học", 8),
    ("Ứng dụng công nghệ cao", 9), ("Ghi chú", 24)]
COL = {name: i + 1 for i, (name, _) in enumerate(COLUMNS)}
FIRST = 11  # row of the first cooperative
SECTORS = ["Nông - lâm - ngư nghiệp", "Xây dựng và VLXD", "Thương mại - dịch vụ", "Vận tải",
           "Môi trường", "Công nghiệp - tiểu thủ công nghiệp"]

SECTOR_CODES = ["agri", "construction", "trade_service", "transport", "environment",
                "industry_craft"]


def good_row(i, tax):
    members = 8 + i % 23
    workers = 6 + i % 17
    return {"STT": i + 1, "Tên HTX": "HTX Bản %s %d" % ("Mường Vàng Suối Nậm".split()[i % 4], i + 1),
            "Mã số thuế": tax, "Loại hình": "HTX", "Ngành, lĩnh vực": SECTORS[i % 6],
            "Xã, phường, thị trấn": "Xã Pa Tần", "Tình trạng hoạt động": "Đang hoạt động",
            "Số thành viên": members, "Thành viên mới tham gia": "-",
            "Thành viên ra khỏi HTX": "-", "Lao động thường xuyên": workers,
            "Trong đó: lao động là thành viên": min(workers, members) - 1,
            "Tổng thu nhập của lao động": workers * 10,
            "Doanh thu": 400.5 + i, "Trong đó: doanh thu đối với thành viên": 50,
            "Lãi (trước thuế)": 12.5, "Vốn điều lệ": 150 + i, "Số cán bộ quản lý": 3,
            "Chưa qua đào tạo": 1, "Sơ cấp": 1, "Trung cấp": 1, "Cao đẳng": "-", "Đại học": "-",
            "Ứng dụng công nghệ cao": 0}


def register(unit, n=500):
    """The register's lines for these cooperatives."""
    taxes = flow.tax_numbers(unit)
    return [(next(taxes), good_row(i, "")["Tên HTX"], SECTOR_CODES[i % 6]) for i in range(n)]


def wrong_digit(tax):
    return tax[:-1] + str((int(tax[-1]) + 1) % 10)


# (code, column, what stands there instead); a function gets the row's own value
ERRORS = [
    ("TAX_CHECK", "Mã số thuế", wrong_digit),
    ("TAX_LENGTH", "Mã số thuế", lambda v: v[:8]),
    ("TAX_BRANCH", "Mã số thuế", lambda v: v + "-001"),
    ("TAX_SERIAL", "Mã số thuế", lambda v: "6200000000"),
    ("NUMBER_BAD", "Số thành viên", lambda v: "mười hai"),
    ("NUMBER_AMBIGUOUS", "Doanh thu", lambda v: "3.24"),
    ("NUMBER_UNIT", "Lao động thường xuyên", lambda v: "12 triệu đồng"),
    ("NUMBER_TOO_FINE", "Số thành viên", lambda v: 10.5),
    ("NUMBER_RANGE", "Doanh thu", lambda v: "99999999999999999999"),
    ("NEGATIVE_COUNT", "Số thành viên", lambda v: -8),
    ("CELL_ERROR", "Doanh thu", lambda v: "#REF!"),
    ("CELL_FORMULA", "Vốn điều lệ", lambda v: "=S11*2"),
    ("SECTOR_UNKNOWN", "Ngành, lĩnh vực", lambda v: "Hàng không"),
    ("STATE_UNKNOWN", "Tình trạng hoạt động", lambda v: "Đang ngủ đông"),
    ("KIND_UNKNOWN", "Loại hình", lambda v: "Công ty"),
    ("PARTS_GT_TOTAL", "Số cán bộ quản lý", lambda v: 2),
    ("HIDDEN_CHARACTER", "Tên HTX", lambda v: v[:6] + "\u202e" + v[6:]),
    ("MEMBER_WORKERS_MEMBERS", "Trong đó: lao động là thành viên", lambda v: 90),
    ("REVENUE_MEMBERS", "Trong đó: doanh thu đối với thành viên", lambda v: 99000),
    ("ONE_OR_NONE", "Ứng dụng công nghệ cao", lambda v: 5),
]


TO_EXPLAIN = [("PARTS_LT_TOTAL", "Số cán bộ quản lý", lambda v: 9)]


def make(path, unit, n=500, period="6 tháng đầu năm 2025", kinds=None):
    """Writes the workbook; {cell: (code, right value)} of its errors."""
    book = openpyxl.Workbook()
    ws = book.active
    ws.title = "Danh sách HTX"
    thin = Side(style="thin", color="808080")
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    head_fill = PatternFill("solid", fgColor="FFE2EFDA")
    last = get_column_letter(len(COLUMNS))
    for row, text in ((1, "UBND %s" % flow.NAMES[unit].upper()), (2, "DANH SÁCH HỢP TÁC XÃ")):
        ws.cell(row, 1, text).font = Font(name="Times New Roman", size=14, bold=True)
        ws.merge_cells("A%d:%s%d" % (row, last, row))
        ws.cell(row, 1).alignment = Alignment(horizontal="center")
    for row, (key, value) in enumerate((("Mẫu số:", "Biểu 01/HTX"), (
            "Đơn vị báo cáo:", "%s (mã %s)" % (flow.NAMES[unit], unit)),
            ("Kỳ báo cáo:", period), ("Loại số liệu:", "thực hiện")), 4):
        ws.cell(row, 1, key)
        ws.cell(row, 3, value)
    for c, (name, width) in enumerate(COLUMNS, 1):
        cell = ws.cell(FIRST - 2, c, name)
        cell.font = Font(name="Times New Roman", size=11, bold=True)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cell.border, cell.fill = box, head_fill
        ws.cell(FIRST - 1, c, "(%d)" % c).border = box
        ws.column_dimensions[get_column_letter(c)].width = width
    ws.row_dimensions[FIRST - 2].height = 62
    taxes = flow.tax_numbers(unit)
    rows = [good_row(i, next(taxes)) for i in range(n)]
    for i, row in enumerate(rows):
        for name, c in COL.items():
            cell = ws.cell(FIRST + i, c, row.get(name))
            cell.border = box
            cell.font = Font(name="Times New Roman", size=11)
            if isinstance(row.get(name), float):
                cell.number_format = "#,##0.0"
        if i % 50 == 7:
            ws.cell(FIRST + i, 2).fill = PatternFill("solid", fgColor="FFFFF2CC")
    errors, kinds = {}, kinds or ERRORS
    step = n // (2 * len(kinds))
    for k in range(2 * len(kinds)):
        code, name, change = kinds[k % len(kinds)]
        cell = ws.cell(FIRST + 3 + k * step, COL[name])
        errors[cell.coordinate] = (code, cell.value)
        cell.value = change(cell.value)
    # TAX_SERIAL twice in one list would be the same cooperative twice
    serial = [c for c, (code, _) in errors.items() if code == "TAX_SERIAL"]
    if serial:
        ws[serial[1]] = "6300000000"
    ws["B12"].comment = Comment("Chị Lan kiểm tra lại tên này", "Lò Thị Lan")
    first = next(iter(errors))
    ws[first].comment = Comment("Đã hỏi chi cục thuế", "Lò Thị Lan")
    ws.conditional_formatting.add("J%d:J%d" % (FIRST, FIRST + n), CellIsRule(
        operator="greaterThan", formula=["100"], fill=PatternFill(bgColor="FFFFC000")))
    ws.freeze_panes = "C%d" % FIRST
    ws.page_setup.orientation = "landscape"
    ws.page_setup.paperSize = 9
    ws.page_setup.fitToHeight = 0
    ws.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(
        fitToPage=True)
    ws.print_title_rows = "%d:%d" % (FIRST - 2, FIRST - 1)
    ws.auto_filter.ref = "A%d:%s%d" % (FIRST - 1, last, FIRST + n - 1)
    notes = book.create_sheet("Ghi chép")
    notes["A1"] = "Số điện thoại các HTX, để riêng"
    notes["B2"] = datetime.date(2025, 6, 1)
    secret = book.create_sheet("Nháp")
    secret["A1"] = 1
    secret.sheet_state = "hidden"
    book.save(path)
    return errors
