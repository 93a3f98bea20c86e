#!/usr/bin/python3
"""Writes the sample sheets of this folder; --check compares with what is there.

Sample data: every cooperative, person and tax number in lai_chau_2025_s1/ and special/ is
invented (seeded, so that each run writes the same bytes). Only the number of cooperatives
of Tam Đường by sector is real. tam_duong/ carries the figures of the district's document
of September 2023 with the cell texts as the document writes them.

Needs python3-openpyxl (Debian 12); exit 77 without it.
"""
import csv
import datetime
import filecmp
import io
import os
import random
import shutil
import sys
import tempfile
import zipfile

try:
    import openpyxl
    from openpyxl.styles import Alignment, Border, Font, Side
    from openpyxl.utils import get_column_letter
except ImportError:
    sys.exit(77)

sys.dont_write_bytecode = True
import form_sheets

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLE = "DỮ LIỆU MẪU để chạy thử, không phải số liệu thật"
FIXED = datetime.datetime(2025, 6, 1)

SECTORS = [  # code, the word of an invented name, workers, weight elsewhere
    ("agri", "Nông nghiệp", (4, 18), 60),
    ("industry_craft", "Sản xuất", (6, 22), 12),
    ("construction", "Xây dựng", (8, 26), 12),
    ("trade_service", "Dịch vụ", (5, 20), 9),
    ("transport", "Vận tải", (5, 15), 4),
    ("environment", "Môi trường", (8, 24), 2),
    ("tourism", "Du lịch", (4, 12), 1),
]
WRITTEN = {  # as officers write the sectors, one column of words for each district
    "agri": ["Nông, lâm, ngư nghiệp", "Nông nghiệp", "Nông - lâm - ngư nghiệp"],
    "industry_craft": ["Công nghiệp - tiểu thủ công nghiệp", "CN-TTCN", "CN, TTCN"],
    "construction": ["Xây dựng, SXVLXD", "Xây dựng", "Xây dựng và VLXD"],
    "trade_service": ["Thương mại - dịch vụ", "TM-DV", "Thương mại, dịch vụ"],
    "transport": ["Giao thông vận tải", "GTVT", "Vận tải"],
    "environment": ["Môi trường", "Vệ sinh môi trường", "Khác (môi trường)"],
    "tourism": ["Du lịch", "Dịch vụ du lịch", "Du lịch cộng đồng"],
}
STATES = ["Đang hoạt động", "Ngừng hoạt động chờ giải thể", "Tạm ngừng"]
INVENTED = ["Hoa Ban", "Suối Mơ", "Đỉnh Mây", "Nương Xanh", "Sao Mai", "Bản Vàng", "Thác Bạc",
            "Rừng Thông", "Ruộng Bậc", "Chè Sương", "Cầu Treo", "Đá Xanh", "Nắng Mới",
            "Hương Quế", "Mận Trắng", "Gió Ngàn"]

DISTRICTS = [  # code, name, cooperatives, list file, statement file, words, communes
    ("105", "Thành phố Lai Châu", 96, "danh-sach.xlsx", "bieu-tong-hop.xlsx", 0,
     ["Phường Tân Phong", "Phường Đoàn Kết", "Phường Quyết Thắng", "Xã Sùng Phài"]),
    ("106", "Huyện Tam Đường", 53, "danh-sach.xlsx", "bieu-tong-hop.xlsx", 0,
     ["Thị trấn Tam Đường", "Xã Bình Lư", "Xã Tả Lèng", "Xã Giang Ma", "Xã Hồ Thầu"]),
    ("107", "Huyện Mường Tè", 38, "danh-sach.csv", "bieu-tong-hop.csv", 1,
     ["Thị trấn Mường Tè", "Xã Ka Lăng", "Xã Thu Lũm"]),
    ("108", "Huyện Sìn Hồ", 44, "danh-sach.csv", "bieu-tong-hop.xlsx", 2,
     ["Thị trấn Sìn Hồ", "Xã Chăn Nưa", "Xã Pa Tần", "Xã Hồng Thu"]),
    ("109", "Huyện Phong Thổ", 52, "danh-sach.xlsx", "bieu-tong-hop.csv", 1,
     ["Thị trấn Phong Thổ", "Xã Huổi Luông", "Xã Mồ Sì San"]),
    ("110", "Huyện Than Uyên", 47, "danh-sach.xlsx", "bieu-tong-hop.xlsx", 2,
     ["Thị trấn Than Uyên", "Xã Phúc Than", "Xã Mường Than", "Xã Mường Cang"]),
    ("111", "Huyện Tân Uyên", 46, "danh-sach.csv", "bieu-tong-hop.xlsx", 0,
     ["Thị trấn Tân Uyên", "Xã Mường Khoa", "Xã Phúc Khoa", "Xã Trung Đồng"]),
    ("112", "Huyện Nậm Nhùn", 28, "danh-sach.xlsx", None, 1,
     ["Thị trấn Nậm Nhùn", "Xã Mường Mô", "Xã Nậm Hàng"]),
]
TAM_DUONG_SECTORS = [("agri", 32), ("industry_craft", 11), ("construction", 5),
                     ("trade_service", 4), ("environment", 1)]

# indicator, head of the list column, row of the statement, money
COLUMNS = [
    ("member.total", "Số thành viên", "Tổng số thành viên", False),
    ("member.joined", "Thành viên mới tham gia", "Thành viên mới tham gia", False),
    ("member.left", "Thành viên ra khỏi HTX", "Thành viên ra khỏi HTX", False),
    ("worker.regular", "Lao động thường xuyên", "Lao động thường xuyên", False),
    ("worker.regular_member", "Trong đó: lao động là thành viên",
     "Trong đó: lao động là thành viên", False),
    ("income.worker_total", "Tổng thu nhập của lao động", "Tổng thu nhập của lao động", True),
    ("revenue.total", "Doanh thu", "Doanh thu", True),
    ("revenue.from_members", "Trong đó: doanh thu đối với thành viên",
     "Doanh thu đối với thành viên", True),
    ("profit.total", "Lãi (trước thuế)", "Lãi (trước thuế)", True),
    ("capital.charter", "Vốn điều lệ", "Vốn điều lệ đăng ký", True),
    ("mgr.total", "Số cán bộ quản lý", "Tổng số cán bộ quản lý", False),
    ("mgr.edu.none", "Chưa qua đào tạo", "Cán bộ quản lý: chưa qua đào tạo", False),
    ("mgr.edu.so_cap", "Sơ cấp", "Cán bộ quản lý: sơ cấp", False),
    ("mgr.edu.trung_cap", "Trung cấp", "Cán bộ quản lý: trung cấp", False),
    ("mgr.edu.cao_dang", "Cao đẳng", "Cán bộ quản lý: cao đẳng", False),
    ("mgr.edu.dai_hoc", "Đại học", "Cán bộ quản lý: đại học", False),
]
EDUCATION = ["mgr.edu.none", "mgr.edu.so_cap", "mgr.edu.trung_cap", "mgr.edu.cao_dang",
             "mgr.edu.dai_hoc"]
FACTS = ["STT", "Tên HTX", "Mã số thuế", "Số giấy chứng nhận", "Nơi cấp", "Loại hình",
         "Ngành, lĩnh vực", "Xã, phường, thị trấn", "Tình trạng hoạt động"]


def tax_number(district, serial):
    """62 + 9 + district + serial with its check digit; None where none exists."""
    digits = "629%s%03d" % (district, serial)
    rest = sum(w * int(d) for w, d in zip((31, 29, 23, 19, 17, 13, 7, 5, 3), digits)) % 11
    return digits + str(10 - rest) if rest else None


def vietnamese(tenths):
    """Tenths of a million as people write it: 1.234,5."""
    whole, tenth = divmod(abs(tenths), 10)
    text = "{:,}".format(whole).replace(",", ".") + (",%d" % tenth if tenth else "")
    return "-" + text if tenths < 0 else text


def one_entity(rng, district, serial, number, sector, workers, communes, words):
    """A cooperative: facts and values; money in tenths of a million, None for no number."""
    word = next(s[1] for s in SECTORS if s[0] == sector)
    regular = rng.randint(*workers)
    members = max(7, regular - rng.randint(-3, 4))
    joined, left = rng.choice([(0, 0), (0, 0), (1, 0), (2, 1), (0, 1)])
    state = rng.choices(range(3), (90, 6, 4))[0]
    wages = regular * rng.randint(90, 210) if state == 0 else 0
    profit = rng.randint(-40, 260) if state == 0 else 0
    revenue = wages + max(profit, 0) + rng.randint(200, 4000) if state == 0 else 0
    levels = [rng.choice([0, 0, 1, 2]) for _ in EDUCATION]
    if sum(levels) == 0:
        levels[2] = 1
    v = {"member.total": members, "member.joined": joined, "member.left": left,
         "worker.regular": regular,
         "worker.regular_member": min(regular, members) - rng.randint(0, 2),
         "income.worker_total": wages, "revenue.total": revenue,
         "revenue.from_members": revenue * rng.randint(0, 4) // 10, "profit.total": profit,
         "capital.charter": rng.randint(30, 480) * 10, "mgr.total": sum(levels)}
    v.update(zip(EDUCATION, levels))
    text = {}
    if rng.random() < 0.03:  # the words for what is no number
        text["revenue.from_members"] = "…"
    if rng.random() < 0.02:
        text["capital.charter"] = "KCC"
    if rng.random() < 0.02:
        text["member.left"] = "x"
    if rng.random() < 0.02:
        text["revenue.from_members"] = ""
    for k in text:
        v[k] = None
    return {"name": "HTX %s %s %d (mẫu)" % (word, rng.choice(INVENTED), number),
            "tax": tax_number(district, serial), "certificate": "", "issuer": "",
            "sector": sector, "sector_text": WRITTEN[sector][words],
            "commune": rng.choice(communes), "state": state, "values": v, "text": text}


def entities(code, count, communes, words):
    rng = random.Random("htx-2025-S1-" + code)
    if code == "106":
        sectors = [s for s, n in TAM_DUONG_SECTORS for _ in range(n)]
    else:
        sectors = rng.choices([s[0] for s in SECTORS], [s[3] for s in SECTORS], k=count)
    out, serial = [], 0
    for i, sector in enumerate(sectors):
        serial += 1
        while tax_number(code, serial) is None:
            serial += 1
        workers = next(s[2] for s in SECTORS if s[0] == sector)
        out.append(one_entity(rng, code, serial, i + 1, sector, workers, communes, words))
    for e in out[7::23]:  # older ones go by their certificate
        e["certificate"] = "23%s%05d" % (code, int(e["tax"][-4:-1]))
        e["issuer"] = "Phòng Tài chính - Kế hoạch"
        e["tax"] = ""
    if code in ("107", "110"):  # and one in two districts has no number yet
        out[-1]["tax"] = ""
    return out


def list_cell(e, column, as_text):
    name, money = column[0], column[3]
    if name in e["text"]:
        return e["text"][name]
    v = e["values"][name]
    if v == 0:
        return "-"
    if money:
        return vietnamese(v) if as_text else v / 10
    return str(v) if as_text else v


def list_rows(ents, as_text):
    for i, e in enumerate(ents):
        yield [str(i + 1) if as_text else i + 1, e["name"], e["tax"], e["certificate"],
               e["issuer"], "HTX", e["sector_text"], e["commune"], STATES[e["state"]]] + \
            [list_cell(e, c, as_text or (c[3] and i % 3 == 0)) for c in COLUMNS]


def statement_table(ents, words):
    """Head and rows: the sums of the list by sector."""
    used = [s[0] for s in SECTORS if any(e["sector"] == s[0] for e in ents)]
    groups = [ents] + [[e for e in ents if e["sector"] == s] for s in used]
    head = ["STT", "Chỉ tiêu", "Đơn vị tính", "Tổng số"] + [WRITTEN[s][words] for s in used]
    counts = [("Tổng số hợp tác xã", lambda e: True),
              ("HTX đang hoạt động", lambda e: e["state"] == 0),
              ("HTX ngừng hoạt động chờ giải thể", lambda e: e["state"] == 1),
              ("HTX tạm ngừng kinh doanh", lambda e: e["state"] == 2)]
    rows = []
    for label, holds in counts:
        rows.append([label, "HTX"] +
                    [str(sum(map(holds, g))) if any(map(holds, g)) else "-" for g in groups])
    for name, _, label, money in COLUMNS:
        unit = "triệu đồng" if money else "người"
        sums = [sum(e["values"][name] or 0 for e in g) for g in groups]
        rows.append([label, unit] +
                    ["-" if s == 0 else vietnamese(s) if money
                     else "{:,}".format(s).replace(",", ".") for s in sums])
    return head, [[str(i + 1)] + r for i, r in enumerate(rows)]


# -- files --

def head_rows(mark, name, code, period, kind, title, in_two_cells, sample=True):
    pairs = [("Mẫu số", mark), ("Đơn vị báo cáo", "%s (mã %s)" % (name, code)),
             ("Kỳ báo cáo", period), ("Loại số liệu", kind), ("Đơn vị tính tiền", "triệu đồng")]
    pairs = pairs[:3] + ([pairs[3]] if kind else [])
    rows = [[title]] + ([[SAMPLE]] if sample else [])
    for k, v in pairs:
        rows.append([k + ":", v] if in_two_cells else [k + ": " + v])
    return rows + [[]]


def write_csv(path, rows, delimiter=",", bom=False):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    with open(path, "wb") as f:
        f.write((b"\xef\xbb\xbf" if bom else b"") + out.getvalue().encode("utf-8"))


def fill(page, heading, table, widths):
    thin = Side(style="thin")
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    for r in heading:
        page.append(r)
    page["A1"].font = Font(name="Times New Roman", size=14, bold=True)
    first = page.max_row + 1 if heading[-1] else page.max_row + 2
    for i, r in enumerate(table):
        for j, v in enumerate(r):
            c = page.cell(row=first + i, column=j + 1, value=v if v != "" else None)
            c.font = Font(name="Times New Roman", size=12, bold=i == 0)
            c.border = box
            c.alignment = Alignment(wrap_text=True, vertical="center",
                                    horizontal="center" if i == 0 else None)
            if isinstance(v, str) and v.isdigit():
                c.number_format = "@"
    for j, w in enumerate(widths):
        page.column_dimensions[get_column_letter(j + 1)].width = w
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4


def write_xlsx(path, pages):
    """Pages of (name, heading, table, widths); the same bytes at every run."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    book.properties.creator = "make_sheets.py"
    for name, heading, table, widths in pages:
        fill(book.create_sheet(name), heading, table, widths)
    raw = io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "docProps/core.xml":
                for tag in (b"created", b"modified"):
                    start = data.index(b">", data.index(b"<dcterms:" + tag)) + 1
                    end = data.index(b"<", start)
                    data = data[:start] + FIXED.isoformat().encode() + b"Z" + data[end:]
            fixed = zipfile.ZipInfo(entry.filename, (2025, 6, 1, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            fixed.external_attr = 0o644 << 16
            new.writestr(fixed, data)


def write_list(path, district, ents, period="6 tháng đầu năm 2025", note=None):
    code, name = district[0], district[1]
    as_text = path.endswith(".csv")
    heading = head_rows("Biểu 01/HTX", name, code, period, "thực hiện",
                        "DANH SÁCH HỢP TÁC XÃ", code in ("108", "110"))
    if note:
        heading.insert(2, [note])
    table = [FACTS + [c[1] for c in COLUMNS]] + list(list_rows(ents, as_text))
    if as_text:
        write_csv(path, heading + table, ";" if code in ("108", "111") else ",", code == "108")
    else:
        write_xlsx(path, [("Danh sách", heading, table,
                           [6, 34, 14, 14, 24, 9, 26, 22, 22] + [13] * len(COLUMNS))])


def write_statement(path, district, ents):
    code, name = district[0], district[1]
    heading = head_rows("Biểu 02/ĐV", name, code, "6 tháng đầu năm 2025", "thực hiện",
                        "BIỂU TỔNG HỢP CỦA ĐƠN VỊ", code == "110")
    head, rows = statement_table(ents, district[5])
    if path.endswith(".csv"):
        write_csv(path, heading + [head] + rows)
    else:
        write_xlsx(path, [("Biểu tổng hợp", heading, [head] + rows,
                           [6, 36, 14] + [14] * (len(head) - 3))])


def lai_chau(root):
    made = {}
    for d in DISTRICTS:
        folder = os.path.join(root, "lai_chau_2025_s1", d[0])
        os.makedirs(folder)
        made[d[0]] = ents = entities(d[0], d[2], d[6], d[5])
        write_list(os.path.join(folder, d[3]), d, ents)
        if d[4]:
            write_statement(os.path.join(folder, d[4]), d, ents)
    return made


def register(root, made):
    """danh-ba.tsv: what the province knows of them. Two who report are missing from it, and
    two that it lists do not report."""
    states = ["active", "stopped", "suspended"]
    with open(os.path.join(root, "lai_chau_2025_s1", "danh-ba.tsv"), "w", encoding="utf-8") as f:
        f.write("subject\tkind\tname\tsector\tunit\tcommune\tstate\n")
        for code, ents in made.items():
            known = [e for e in ents if e["tax"] or e["certificate"]]
            if code in ("106", "109"):
                known = known[:-1]
            for e in known:
                subject = "tax:" + e["tax"] if e["tax"] else \
                    "certificate:%s|%s" % (e["certificate"], e["issuer"])
                f.write("\t".join([subject, "htx", e["name"], e["sector"], code, e["commune"],
                                   states[e["state"]]]) + "\n")
            if code in ("107", "112"):
                silent = next(t for t in map(lambda k: tax_number(code, k), range(800, 810)) if t)
                f.write("\t".join(["tax:" + silent, "htx", "HTX Nông nghiệp không gửi (mẫu)",
                                   "agri", code, ents[0]["commune"], "active"]) + "\n")


def copy_of(e, **changed):
    return dict(e, values=dict(e["values"]), text=dict(e["text"]), **changed)


def special(root, made):
    """What goes wrong, and what comes later."""
    folder = os.path.join(root, "special")
    os.makedirs(folder)
    by_code = {d[0]: d for d in DISTRICTS}

    rng = random.Random("htx-wrong-cells")
    wrong = [one_entity(rng, "108", 900 + i, 901 + i, s, (5, 12), by_code["108"][6], 2)
             for i, s in enumerate(["agri", "agri", "construction", "agri", "agri", "agri"])]
    for i, e in enumerate(wrong):
        e["tax"] = next(t for t in (tax_number("108", 900 + 10 * i + k) for k in range(10)) if t)
        e["state"], e["text"] = 0, {}
        e["values"] = {k: v or 0 for k, v in e["values"].items()}
    last = wrong[1]["tax"][-1]
    wrong[1]["tax"] = wrong[1]["tax"][:-1] + str((int(last) + 1) % 10)
    wrong[2]["text"]["worker.regular"] = "hai mươi người"
    wrong[3]["text"]["revenue.total"] = "3.24"
    wrong[4]["sector_text"] = "Hàng không"
    write_list(os.path.join(folder, "108-o-sai.xlsx"), by_code["108"], wrong,
               note="Danh sách bổ sung; dòng 2 đến 5 có ô sai để thử")

    changed = [copy_of(e) for e in made["109"]]
    changed[4]["values"]["member.total"] += 3
    changed[4]["values"]["member.joined"] += 3
    changed[4]["text"].pop("member.joined", None)
    changed[9]["values"]["capital.charter"] = (changed[9]["values"]["capital.charter"] or 0) + 500
    changed[9]["text"].pop("capital.charter", None)
    write_list(os.path.join(folder, "109-dieu-chinh.xlsx"), by_code["109"], changed,
               note="Bản điều chỉnh: dòng 5 và dòng 10 thay đổi")

    write_list(os.path.join(folder, "111-chua-du.csv"), by_code["111"], made["111"][:20],
               note="Danh sách chưa đủ: mới có 20 HTX")

    later = [copy_of(e) for e in made["112"][:10]]
    write_list(os.path.join(folder, "112-2025-S2.xlsx"), by_code["112"], later,
               period="6 tháng cuối năm 2025")


# -- Tam Đường 2023: the document's own figures, texts as written --

ESTIMATE = [  # label, unit, as of, population, total, by sector, breakdown
    ("Tổng số hợp tác xã", "HTX", "", "", "53", ["32", "11", "05", "04", "01"], ""),
    ("HTX đang hoạt động", "HTX", "", "", "49", [], ""),
    ("HTX ngừng hoạt động chờ giải thể", "HTX", "", "", "04", [], ""),
    ("HTX hoạt động hiệu quả, ổn định (theo Luật HTX 2012)", "HTX", "", "", "18", [], ""),
    ("Tỷ lệ HTX đã chuyển đổi, đăng ký lại theo Luật HTX 2012", "%", "", "", "100%", [], ""),
    ("Số thành viên HTX", "thành viên", "", "", "420", [], ""),
    ("Thành viên mới tham gia", "thành viên", "", "", "42", [], ""),
    ("Thành viên ra khỏi HTX", "thành viên", "", "", "14", [], ""),
    ("Lao động thường xuyên trong HTX", "lao động", "", "", "khoảng 630",
     ["hơn 300", "khoảng 150", "khoảng 100", "khoảng 60", "20"], ""),
    ("Trong đó: lao động là thành viên", "lao động", "", "", "420",
     ["241", "86", "36", "42", "15"], ""),
    ("Doanh thu bình quân của HTX", "triệu đồng/HTX/năm", "", "", "ước đạt 1.100",
     ["khoảng 400", "ước đạt 1.250", "ước đạt 1.150", "ước đạt 1.050", "ước đạt 940"], ""),
    ("Doanh thu bình quân tăng so với năm trước", "%", "", "", "9,5%", [], ""),
    ("Lãi bình quân / lợi nhuận bình quân của HTX", "triệu đồng/HTX/năm", "", "", "ước đạt 40",
     ["ước đạt 09", "ước đạt 37", "ước đạt 40", "ước đạt 38", "ước đạt 60"], ""),
    ("Lãi bình quân tăng/giảm so với kỳ so sánh", "triệu đồng", "", "", "05", [], ""),
    ("Thu nhập bình quân của lao động thường xuyên", "triệu đồng/người/năm", "", "", "42",
     ["23,4", "42", "42", "42", "42"], ""),
    ("Tổng số cán bộ quản lý HTX", "người", "", "", "106", [], ""),
    ("Cán bộ quản lý trình độ sơ cấp, trung cấp (gộp)", "người", "", "", "45", [], ""),
    ("Cán bộ quản lý trình độ cao đẳng, đại học trở lên (gộp)", "người", "", "", "12", [], ""),
    ("Số tổ chức vay vốn", "doanh nghiệp, HTX", "30/06/2023", "doanh nghiệp, HTX", "17", [], ""),
    ("Số tiền vay", "triệu đồng", "30/06/2023", "doanh nghiệp, HTX", "115,8 tỷ đồng", [], ""),
    ("Số đơn vị được bảo lãnh tín dụng", "doanh nghiệp", "30/06/2023", "doanh nghiệp", "17",
     [], ""),
    ("Số vốn bảo lãnh tín dụng", "triệu đồng", "30/06/2023", "doanh nghiệp", "15,7 tỷ đồng",
     [], ""),
    ("Số HTX vay vốn NHCSXH", "HTX", "30/06/2023", "", "02", [], ""),
    ("Số tiền vay NHCSXH", "triệu đồng", "30/06/2023", "", "884 triệu đồng", [], ""),
    ("Số tiền vay NHCSXH", "triệu đồng", "30/06/2023", "", "350 triệu đồng", [],
     "HTX nông nghiệp và dịch vụ Bình Lư"),
    ("Số tiền vay NHCSXH", "triệu đồng", "30/06/2023", "", "534 triệu đồng", [],
     "HTX Ngọc Minh"),
    # the same cooperative as the document's other chapters write it
    ("Mô hình HTX điển hình, hoạt động hiệu quả", "HTX", "", "", "01", [],
     "Hợp tác xã nông nghiệp và dịch vụ Bình Lư"),
    ("Mô hình HTX điển hình, hoạt động hiệu quả", "HTX", "", "", "01", [],
     "Hợp tác xã nông nghiệp và dịch vụ Bình Lu"),
]
PAPER = [  # the document went out without its number and day
    ["ỦY BAN NHÂN DÂN HUYỆN TAM ĐƯỜNG", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
    ["Số:      /KH-UBND", "", "", "Độc lập - Tự do - Hạnh phúc"],
    ["", "", "", "Tam Đường, ngày    tháng 9 năm 2023"],
]
PLAN = [  # label, unit, plan 2024, target 2021-2025
    ("HTX thành lập mới", "HTX", "04", ""),
    ("Tổng số hợp tác xã", "HTX", "53", ""),
    ("HTX giải thể", "HTX", "04", ""),
    ("HTX đang hoạt động", "HTX", "53", ""),
    ("Số thành viên HTX", "thành viên", "khoảng 420", ""),
    ("Lao động thường xuyên trong HTX", "lao động", "khoảng 650", "khoảng 600 đến 800"),
    ("Doanh thu bình quân của HTX", "triệu đồng/HTX/năm", "1.250", ""),
    ("Thu nhập bình quân của lao động thường xuyên", "triệu đồng/người/năm", "43", "trên 45"),
    ("Tỷ lệ cán bộ quản lý được bồi dưỡng", "%", "trên 50%", ""),
    ("Tỷ lệ cán bộ quản lý từ trung cấp trở lên", "%", "trên 30%", ""),
    ("Số HTX thành lập mới mỗi năm (mục tiêu)", "HTX/năm", "", "03 trở lên"),
    ("Tỷ lệ HTX nông nghiệp trong số thành lập mới", "%", "", "trên 50%"),
    ("Tỷ lệ xã, phường có HTX", "%", "", "100%"),
    ("Tỷ lệ HTX hoạt động ổn định, có hiệu quả", "%", "", "trên 70%"),
    ("Tỷ lệ HTX nông nghiệp hoạt động hiệu quả", "%", "", "trên 60%"),
    ("Sản phẩm OCOP của HTX đạt 4 sao trở lên", "sản phẩm", "", "01"),
    ("Tỷ lệ HTX liên kết theo chuỗi giá trị", "%", "", "khoảng 08%"),
]


def tam_duong(root):
    folder = os.path.join(root, "tam_duong")
    os.makedirs(folder)
    heading = PAPER + head_rows("Biểu 02/ĐV", "Huyện Tam Đường", "106", "2023",
                                "ước thực hiện", "BIỂU TỔNG HỢP CỦA ĐƠN VỊ", False,
                                sample=False)
    head = ["STT", "Chỉ tiêu", "Chia theo", "Đơn vị tính", "Thời điểm", "Đối tượng", "Tổng số",
            "Nông, lâm, ngư nghiệp", "CN-TTCN", "Xây dựng, SXVLXD", "TM-DV",
            "Khác (môi trường)"]
    rows = [[str(i + 1), label, part, unit, as_of, population, total] + (parts or [""] * 5)
            for i, (label, unit, as_of, population, total, parts, part) in enumerate(ESTIMATE)]
    targets = head_rows("Biểu 03/CT", "Huyện Tam Đường", "106", "2024", "",
                        "BIỂU CHỈ TIÊU", False, sample=False)
    plan = [["STT", "Chỉ tiêu", "Đơn vị tính", "Kế hoạch năm 2024",
             "Mục tiêu giai đoạn 2021-2025"]]
    plan += [[str(i + 1)] + list(r) for i, r in enumerate(PLAN)]
    write_xlsx(os.path.join(folder, "tam-duong-2023.xlsx"),
               [("Biểu 02", heading, [head] + rows,
                 [6, 44, 30, 20, 12, 20, 18, 16, 16, 16, 16, 16]),
                ("Biểu 03", targets, plan, [6, 44, 20, 18, 22])])
    write_csv(os.path.join(folder, "tam-duong-2023-bieu-02.csv"), heading + [head] + rows)
    write_csv(os.path.join(folder, "tam-duong-2023-bieu-03.csv"), targets + plan, ";", True)


def make(root):
    tam_duong(root)
    made = lai_chau(root)
    register(root, made)
    special(root, made)
    form_sheets.write(root, tax_number, head_rows, write_xlsx)


def same(a, b):
    found = filecmp.dircmp(a, b)
    bad = found.left_only + found.diff_files + found.funny_files
    for name in bad:
        print("differs: %s" % os.path.join(a, name))
    return not bad and all([same(os.path.join(a, d), os.path.join(b, d))
                            for d in found.common_dirs])


def main():
    folders = ("tam_duong", "lai_chau_2025_s1", "special", "bieu_mau")
    scratch = tempfile.mkdtemp()
    try:
        make(scratch)
        if "--check" in sys.argv[1:]:
            ok = all([same(os.path.join(scratch, f), os.path.join(HERE, f)) for f in folders])
            return 0 if ok else 1
        for f in folders:
            keep = os.path.join(HERE, f)
            os.makedirs(keep, exist_ok=True)
            shutil.copytree(os.path.join(scratch, f), keep, dirs_exist_ok=True)
        return 0
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    sys.exit(main())
