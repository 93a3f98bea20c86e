# Checks an extract's workbook: page setup, fonts, heads, footer, numbers, signatures.
import sys
import openpyxl

book = openpyxl.load_workbook(sys.argv[1])
ANNEXES = ["Tổng hợp chung", "Theo ngành", "Theo đơn vị", "Biến động", "Kinh phí hỗ trợ",
           "Vay vốn, bảo lãnh", "Tình hình gửi báo cáo", "Mục tiêu", "Ghi chú"]
assert [n for n in book.sheetnames if n in ANNEXES] == ANNEXES, book.sheetnames
assert book.sheetnames[-1].startswith("Biểu "), book.sheetnames
for ws in book:
    where = ws.title
    assert ws.page_setup.paperSize == 9 or ws.page_setup.paperSize == "9", where
    assert ws.page_setup.orientation == "landscape", where
    assert ws.print_title_rows, where
    assert ws.freeze_panes, where
    assert "Trang &P/&N" in str(ws.oddFooter.center.text), ws.oddFooter.center.text
    texts = []
    for row in ws.iter_rows():
        for cell in row:
            if cell.value is None:
                continue
            assert cell.font.name == "Times New Roman", (where, cell.coordinate)
            assert cell.data_type in ("s", "n"), (where, cell.coordinate, cell.data_type)
            if cell.data_type == "n":
                assert cell.number_format.startswith("[$-42A]#,##0"), cell.number_format
            else:
                texts.append(cell.value)
    for wanted in ("ỦY BAN NHÂN DÂN", "TỈNH LAI CHÂU", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
                   "Độc lập - Tự do - Hạnh phúc", "Người lập biểu", "Thủ trưởng đơn vị"):
        assert wanted in texts, (where, wanted)
    assert any(t.startswith("Đơn vị tính") for t in texts), where
    assert any("6 tháng đầu năm 2025" in t for t in texts), where
    assert any("chưa xác nhận" in t for t in texts), where
