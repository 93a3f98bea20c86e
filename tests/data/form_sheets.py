"""Filled samples of the forms, one workbook each; make_sheets.py writes them.

Sample data: names, tax numbers and figures are invented; places are real. The need of
support (Biểu 09/HT) has the figures of the province's plan 2021-2025.
"""
import os

UNITS = {"106": "Huyện Tam Đường", "107": "Huyện Mường Tè", "03390": "Xã Bình Lư",
         "105": "Thành phố Lai Châu"}
STATE = "Đang hoạt động"


def tax(make, serial):
    return next(t for t in (make("106", serial + k) for k in range(10)) if t)


def cooperatives(t):
    """Biểu 01/HTX with the marks, women, sizes and the ladder of education."""
    head = ["STT", "Tên HTX", "Mã số thuế", "Ngành, lĩnh vực", "Xã, phường, thị trấn",
            "Tình trạng hoạt động", "Số thành viên", "Trong đó: thành viên nữ",
            "Thành viên mới tham gia", "Thành viên ra khỏi HTX", "Lao động thường xuyên",
            "Trong đó: lao động là thành viên", "Trong đó: lao động nữ",
            "Tổng thu nhập của lao động", "Doanh thu", "Trong đó: doanh thu đối với thành viên",
            "Lãi (trước thuế)", "Vốn điều lệ", "Số cán bộ quản lý",
            "Trong đó: cán bộ quản lý nữ", "Chưa qua đào tạo", "Sơ cấp", "Trung cấp",
            "Cao đẳng", "Đại học", "Trên đại học", "Phụ nữ làm chủ", "Vùng đồng bào DTTS",
            "Xã nông thôn mới", "Tổ chức vận động thành lập", "Quy mô",
            "Ứng dụng công nghệ cao", "Liên kết theo chuỗi giá trị", "Ghi chú"]
    rows = [
        [1, "HTX Chè Sương Bình Lư (mẫu)", t(701), "Trồng trọt", "Xã Bình Lư", STATE, 24, 14, 2,
         "-", 12, 10, 8, 420, "1.250", 310, 96.5, "1.500", 3, 2, "-", "-", 1, "-", 2, "-", 1, 1, 1,
         "Hội Liên hiệp Phụ nữ", "Siêu nhỏ", 0, 1, ""],
        [2, "HTX Cá nước lạnh Hồ Thầu (mẫu)", t(711), "Thủy sản", "Xã Hồ Thầu", STATE, 9, 2, 0, 1,
         7, 7, 2, 315, 980.5, "-", -12.4, 900, 2, "-", 1, "-", "-", 1, "-", "-", "không", "có", 0,
         "Hội Nông dân", "Siêu nhỏ", 1, 0, ""],
        [3, "HTX Xây dựng Giang Ma (mẫu)", t(721), "Xây dựng", "Xã Giang Ma", STATE, 8, 1, "-", "-",
         21, 8, 3, 1260, "4.870", "…", 210, "2.000", 3, 0, "-", "-", 2, "-", 1, "-", 0, 1, 0,
         "Tự thành lập", "Siêu nhỏ", 0, 0, ""],
        [4, "HTX Môi trường Tam Đường (mẫu)", t(731), "Môi trường", "Xã Bình Lư",
         "Tạm ngừng kinh doanh", 7, 3, "-", "-", "-", "-", "-", "-", "-", "-", "-", "KCC", 1, 1,
         "-", 1, "-", "-", "-", "-", 1, 0, 1, "Liên minh HTX", "Siêu nhỏ", 0, 0,
         "Tạm ngừng từ tháng 3"],
    ]
    return head, rows


def movements(t):
    head = ["STT", "Tên HTX", "Mã số thuế", "Số đăng ký tại xã", "Loại hình", "Ngành, lĩnh vực",
            "Xã, phường, thị trấn", "Loại biến động", "Ngày", "Số quyết định", "Tên cũ",
            "Tên mới", "Lý do"]
    rows = [
        [1, "HTX Mận Tả Lèng (mẫu)", t(741), "", "HTX", "Trồng trọt", "Xã Tả Lèng",
         "Thành lập mới", "15/01/2025", "05/GCN-TCKH", "", "", ""],
        [2, "HTX Thổ cẩm Nà Tăm (mẫu)", t(751), "", "HTX", "Thủ công mỹ nghệ", "Xã Nà Tăm",
         "Thành lập mới", "20/02/2025", "06/GCN-TCKH", "", "", ""],
        [3, "HTX Thổ cẩm Nà Tăm (mẫu)", t(751), "", "HTX", "", "", "Đổi tên", "12/05/2025",
         "21/TB-TCKH", "HTX Dệt Nà Tăm (mẫu)", "HTX Thổ cẩm Nà Tăm (mẫu)", ""],
        [4, "HTX Vận tải Bản Bo (mẫu)", t(761), "", "HTX", "Vận tải", "Xã Bản Bo", "Giải thể",
         "31/03/2025", "112/QĐ-UBND", "", "", "Không hoạt động trong 12 tháng"],
        [5, "HTX Môi trường Tam Đường (mẫu)", t(731), "", "HTX", "Môi trường", "Xã Bình Lư",
         "Tạm ngừng", "01/03/2025", "09/TB-TCKH", "", "", ""],
        [6, "HTX Du lịch Sin Suối (mẫu)", t(771), "", "HTX", "Du lịch", "Xã Giang Ma",
         "Chuyển đổi", "10/04/2025", "15/GCN-TCKH", "", "", "Theo Luật HTX 2023"],
        [7, "THT Nuôi ong Hồ Thầu (mẫu)", "", "07/2025", "THT", "Chăn nuôi", "Xã Hồ Thầu",
         "Thành lập mới", "05/02/2025", "", "", "", ""],
    ]
    return head, rows


def groups(_):
    head = ["STT", "Tên tổ hợp tác", "Số đăng ký tại xã", "Xã, phường, thị trấn",
            "Ngành, lĩnh vực", "Tình trạng", "Số thành viên", "Trong đó: nữ",
            "Thu nhập bình quân (triệu đồng/người/năm)", "Hợp đồng hợp tác", "Ghi chú"]
    rows = [
        [1, "THT Trồng rau Bình Luông (mẫu)", "01/2023", "Xã Bình Lư", "Trồng trọt", STATE, 12, 9,
         "36,5", "có", ""],
        [2, "THT Miến dong Bản Hon (mẫu)", "02/2023", "Xã Bình Lư", "Chế biến nông sản", STATE, 18,
         11, "41,2", "có", ""],
        [3, "THT Dùng nước Thèn Thầu (mẫu)", "03/2024", "Xã Bình Lư", "Nước sạch", STATE, 25, "…",
         "-", "không", ""],
        [4, "THT Chăn nuôi Km 2 (mẫu)", "04/2024", "Xã Bình Lư", "Chăn nuôi",
         "Ngừng hoạt động chờ giải thể", 5, 0, "KCC", "không", "Chờ thanh lý"],
    ]
    return head, rows


def unions(t):
    head = ["STT", "Tên liên hiệp HTX", "Mã số thuế", "Tình trạng", "Vốn điều lệ",
            "Lao động thường xuyên", "Doanh thu", "Lãi (trước thuế)", "Số HTX thành viên",
            "Tên HTX thành viên", "MST HTX thành viên"]
    one = ["Liên hiệp HTX Chè Lai Châu (mẫu)", t(781), STATE, "3.000", 15, "8.400", 320, 4]
    two = ["Liên hiệp HTX Du lịch Tây Bắc (mẫu)", t(791), STATE, "1.200", 6, "…", "-", 3]
    members = [("HTX Chè Sương Bình Lư (mẫu)", t(701)), ("HTX Mận Tả Lèng (mẫu)", t(741)),
               ("HTX Chè Phúc Khoa (mẫu)", ""), ("HTX Chè Thân Thuộc (mẫu)", "")]
    rows = [[1] + one + list(members[0])] + [[""] * 9 + list(m) for m in members[1:]]
    rows += [[2] + two + ["HTX Du lịch Sin Suối (mẫu)", t(771)],
             [""] * 9 + ["HTX Thổ cẩm Nà Tăm (mẫu)", t(751)],
             [""] * 9 + ["HTX Du lịch Sì Thâu Chải (mẫu)", ""]]
    return head, rows


def funds(t):
    head = ["STT", "Tên quỹ tín dụng nhân dân", "Mã số thuế", "Tình trạng", "Số thành viên",
            "Trong đó: thành viên nữ", "Vốn điều lệ", "Tổng nguồn vốn hoạt động",
            "Vốn huy động", "Tổng dư nợ", "Trong đó: nợ xấu", "Tỷ lệ nợ xấu (%)",
            "Lãi (trước thuế)"]
    rows = [
        [1, "QTDND Tân Phong (mẫu)", t(801), STATE, "1.254", 610, "3.100", "96.500", "88.200",
         "75,6 tỷ đồng", 302.4, "0,4", 640],
        [2, "QTDND Than Uyên (mẫu)", t(811), STATE, 842, "…", "2.050", "51.000", "46.300", "40.000",
         880, "2,2", 215.5],
    ]
    return head, rows


def loans(t):
    head = ["STT", "Ngân hàng", "Tên bên vay", "Mã số thuế", "Số tiền vay", "Trong đó: nợ xấu",
            "Số vốn được bảo lãnh", "Thời điểm"]
    at = "14/06/2025"
    rows = [
        [1, "Ngân hàng Nông nghiệp và Phát triển nông thôn", "HTX Chè Sương Bình Lư (mẫu)", t(701),
         "1.200", "-", 400, at],
        [2, "", "HTX Xây dựng Giang Ma (mẫu)", t(721), "2,5 tỷ đồng", 120, "1.000", at],
        [3, "Ngân hàng Chính sách xã hội", "HTX Cá nước lạnh Hồ Thầu (mẫu)", t(711),
         "350 triệu đồng", "-", "x", at],
        [4, "", "THT Nuôi ong Hồ Thầu (mẫu)", "", "534", "-", "x", at],
        [5, "Quỹ hỗ trợ phát triển hợp tác xã", "HTX Chè Sương Bình Lư (mẫu)", t(701), 300, "-",
         "-", at],
        ["", "Tổng cộng", "", "", "4.884", 120, "1.400", ""],
    ]
    return head, rows


def support(_):
    head = ["STT", "Nội dung", "Đơn vị tính", "Tổng số", "Ngân sách trung ương",
            "Ngân sách địa phương", "Lồng ghép", "Tài trợ", "Đóng góp"]
    m = "triệu đồng"
    rows = [
        ["I", "Nhu cầu kinh phí hỗ trợ", m, "35.874", "28.124", "7.750", "-", "-", "…"],
        [1, "Đào tạo, bồi dưỡng", m, "8.919", "8.919", "-", "", "", ""],
        [2, "Đưa cán bộ trẻ về làm việc tại HTX", m, "2.730", "2.730", "-", "", "", ""],
        [3, "Kết cấu hạ tầng", m, "16.475", "16.475", "-", "", "", ""],
        ["II", "Kinh phí hỗ trợ đã thực hiện", m, 1480, 900, 430, 100, "-", 50],
        [1, "Đào tạo, bồi dưỡng", m, 530, 300, 230, "", "", ""],
        [2, "Kết cấu hạ tầng", m, 850, 600, 100, 100, "", 50],
        [3, "Xúc tiến thương mại", m, 100, "", 100, "", "", ""],
        ["III", "Số HTX được hỗ trợ", "HTX", 31, 12, 15, 3, "-", 1],
    ]
    return head, rows


def departments(t):
    head = ["STT", "Tên HTX", "Mã số thuế", "Nợ thuế", "Ưu đãi thuế TNDN",
            "Số người tham gia BHXH", "Nợ BHXH", "Diện tích đất được giao, cho thuê (ha)",
            "Tên sản phẩm OCOP", "Hạng sao", "Số giấy chứng nhận OCOP", "Ngày cấp"]
    rows = [
        [1, "HTX Chè Sương Bình Lư (mẫu)", t(701), "-", "12,5", 8, "-", "2,35", "Chè Shan tuyết",
         "4 sao", "02/GCN-OCOP", "20/12/2023"],
        ["", "", "", "", "", "", "", "", "Chè xanh Bình Lư", "3 sao", "03/GCN-OCOP", "20/12/2023"],
        [2, "HTX Cá nước lạnh Hồ Thầu (mẫu)", t(711), "3,2", "-", "-", "x", "0,8",
         "Cá tầm phi lê", "3 sao", "11/GCN-OCOP", "15/11/2024"],
        [3, "HTX Xây dựng Giang Ma (mẫu)", t(721), "45,8", "…", 14, "6,1", "-", "", "", "", ""],
    ]
    return head, rows


TEXTS = [
    ("Đánh giá tác động", "HTX giúp thành viên tiêu thụ nông sản ổn định hơn: 24 hộ trồng chè bán "
     "qua HTX với giá cao hơn thị trường khoảng 8%.\nLao động nữ có việc làm tại chỗ."),
    ("Mô hình HTX hoạt động hiệu quả", "HTX Chè Sương Bình Lư (mẫu) liên kết với doanh nghiệp, có "
     "02 sản phẩm OCOP."),
    ("Kết quả thực hiện chính sách hỗ trợ", "Đã bồi dưỡng 45 lượt cán bộ quản lý; hỗ trợ 02 HTX "
     "đầu tư kho lạnh."),
    ("Tồn tại, hạn chế, nguyên nhân", "Một số HTX gửi báo cáo chậm; quy mô nhỏ, thiếu vốn đối ứng."),
    ("Khó khăn, vướng mắc", "Cán bộ theo dõi kinh tế tập thể ở xã còn kiêm nhiệm."),
    ("Kiến nghị", "Bổ sung kinh phí đào tạo giám đốc HTX; hướng dẫn mẫu biểu sau khi sắp xếp đơn vị "
     "hành chính."),
]


def explanations(_):
    return (["STT", "Nội dung", "Thuyết minh"],
            [[i + 1, label, text] for i, (label, text) in enumerate(TEXTS)])


HALF, SECOND, YEAR = "6 tháng đầu năm 2025", "6 tháng cuối năm 2025", "2024"
SHEETS = [  # file, mark, title, unit, period, table, widths, widths of the rest
    ("bieu-01-hop-tac-xa", "Biểu 01/HTX", "DANH SÁCH HỢP TÁC XÃ", "106", YEAR, cooperatives,
     [6, 34, 14, 18, 16, 20]),
    ("bieu-04-bien-dong", "Biểu 04/BĐ", "BIẾN ĐỘNG TỔ CHỨC KINH TẾ TẬP THỂ", "106", HALF, movements,
     [6, 34, 14, 12, 10, 18, 14, 18, 12, 16, 26, 26, 28]),
    ("bieu-05-to-hop-tac", "Biểu 05/THT", "DANH SÁCH TỔ HỢP TÁC", "03390", SECOND, groups,
     [6, 34, 14, 16, 18, 22]),
    ("bieu-06-lien-hiep", "Biểu 06/LH", "LIÊN HIỆP HỢP TÁC XÃ VÀ HTX THÀNH VIÊN", "106", YEAR, unions,
     [6, 34, 14, 16, 12, 12, 12, 12, 12, 34, 16]),
    ("bieu-07-quy-tin-dung", "Biểu 07/QTD", "DANH SÁCH QUỸ TÍN DỤNG NHÂN DÂN", "105", YEAR, funds,
     [6, 34, 14, 16]),
    ("bieu-08-vay-von", "Biểu 08/VV", "VAY VỐN, BẢO LÃNH", "106", HALF, loans,
     [6, 40, 34, 14, 16, 12, 14, 12]),
    ("bieu-09-ho-tro", "Biểu 09/HT", "NHU CẦU VÀ KINH PHÍ HỖ TRỢ", "106", YEAR, support,
     [6, 40, 14]),
    ("bieu-10-so-nganh", "Biểu 10/SN", "THUẾ, BHXH, ĐẤT ĐAI, SẢN PHẨM OCOP", "106", YEAR, departments,
     [6, 34, 14, 12, 12, 12, 12, 14, 24, 10, 18, 12]),
    ("bieu-11-thuyet-minh", "Biểu 11/TM", "THUYẾT MINH KÈM THEO BÁO CÁO", "106", YEAR, explanations,
     [6, 40, 90]),
]


def write(root, make_tax, head_rows, write_xlsx):
    folder = os.path.join(root, "bieu_mau")
    os.makedirs(folder)
    for name, mark, title, unit, period, table, widths in SHEETS:
        head, rows = table(lambda serial: tax(make_tax, serial))
        heading = head_rows(mark, UNITS[unit], unit, period, "thực hiện", title, True)
        write_xlsx(os.path.join(folder, name + ".xlsx"),
                   [(mark.replace("/", " "), heading, [head] + rows,
                     widths + [12] * (len(head) - len(widths)))])
