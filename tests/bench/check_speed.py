#!/usr/bin/python3
"""How long `check` takes for a list of 5,000 cooperatives by 40 columns, as a multiple of
the bare reading of the same XML (bare_xml.c), and how much memory. Both are measured in
turn, in processor time, so that a busy machine slows both. Exit 1 beyond the limits.

    check_speed.py [BUILD]      BUILD: build/release"""
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile

try:
    import openpyxl
except ImportError:
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(77)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, sys.argv[1] if len(sys.argv) > 1 else "build/release")
ROWS, COLUMNS, ROUNDS = 5000, 40, 7
RATIO, MEMORY_KB = 3.0, 64 * 1024
FACTS = ["STT", "Tên HTX", "Mã số thuế", "Loại hình", "Ngành, lĩnh vực",
         "Xã, phường, thị trấn", "Tình trạng hoạt động"]
VALUES = ["Số thành viên", "Thành viên mới tham gia", "Thành viên ra khỏi HTX",
          "Lao động thường xuyên", "Trong đó: lao động là thành viên",
          "Thu nhập bình quân lao động", "Tổng thu nhập của lao động", "Doanh thu",
          "Trong đó: doanh thu đối với thành viên", "Lãi (trước thuế)", "Vốn điều lệ",
          "Tổng nguồn vốn hoạt động", "Tài sản, quỹ không chia", "Nộp ngân sách nhà nước",
          "Số cán bộ quản lý", "Chưa qua đào tạo", "Sơ cấp", "Trung cấp", "Cao đẳng",
          "Đại học", "Trên đại học", "Điểm tự chấm", "Ứng dụng công nghệ cao",
          "Liên kết theo chuỗi giá trị", "Chuyển đổi số", "Truy xuất nguồn gốc",
          "Số sản phẩm OCOP", "Phụ nữ làm chủ", "Vùng đồng bào DTTS", "Xã nông thôn mới",
          "Trong đó: thành viên nữ", "Trong đó: lao động nữ", "Trong đó: cán bộ quản lý nữ"]
SECTORS = ["Nông nghiệp", "Xây dựng", "Thương mại - dịch vụ", "Giao thông vận tải"]
WORDS = ["Hoa Ban", "Suối Mơ", "Đỉnh Mây", "Nương Xanh", "Sao Mai", "Thác Bạc", "Hương Quế"]


def tax_number(serial):
    digits = "62%07d" % serial
    rest = sum(w * int(d) for w, d in zip((31, 29, 23, 19, 17, 13, 7, 5, 3), digits)) % 11
    return digits + str(10 - rest) if rest else None


def values(rng):
    members, workers = rng.randrange(8, 60), rng.randrange(5, 40)
    edu = [rng.randrange(0, 3) for _ in range(6)]
    mean = rng.randrange(30, 60) + 0.5
    revenue = rng.randrange(2000, 9000) / 10 + workers * mean
    return [members, rng.randrange(0, 4), rng.randrange(0, 3), workers,
            rng.randrange(0, min(members, workers)), mean, workers * mean, revenue,
            round(revenue / 3, 1), round(revenue / 20, 1), rng.randrange(100, 900),
            rng.randrange(900, 2000), rng.randrange(0, 90), round(revenue / 100, 1), sum(edu),
            *edu, rng.randrange(50, 100), *[rng.randrange(0, 2) for _ in range(4)],
            rng.randrange(0, 3), *[rng.randrange(0, 2) for _ in range(3)],
            rng.randrange(0, members // 2), rng.randrange(0, workers // 2 + 1),
            rng.randrange(0, sum(edu) + 1)]


def write(path):
    rng = random.Random(5000)
    book = openpyxl.Workbook(write_only=True)
    ws = book.create_sheet("Danh sách")
    for line in ("DANH SÁCH HỢP TÁC XÃ", "Mẫu số: Biểu 01/HTX",
                 "Đơn vị báo cáo: Huyện Tam Đường (mã 106)", "Kỳ báo cáo: năm 2024",
                 "Loại số liệu: thực hiện"):
        ws.append([line])
    ws.append(FACTS + VALUES)
    taxes = (t for t in (tax_number(n) for n in range(1000, 99999)) if t)
    for i in range(ROWS):
        ws.append([i + 1, "HTX %s %d" % (rng.choice(WORDS), i), next(taxes), "HTX",
                   rng.choice(SECTORS), "Xã Bình Lư", "Đang hoạt động"] + values(rng))
    assert len(FACTS + VALUES) == COLUMNS
    book.save(path)


def run(argv):
    """Processor seconds and peak kB of a program and of what it started; what it said."""
    p = subprocess.Popen(argv, stdout=subprocess.PIPE)
    out = p.stdout.read()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss, p.returncode, out.decode()


def main():
    folder = tempfile.mkdtemp(prefix="htx-bench-")
    try:
        path, conf = os.path.join(folder, "list.xlsx"), os.path.join(folder, "collector.conf")
        # another process writes the workbook: its memory would count as the programs'
        subprocess.run([sys.executable, __file__, "--write", path], check=True)
        with open(conf, "w") as f:
            f.write("[collector]\nstate = %s/state\ncatalogue = %s/schema/catalogue\n"
                    "genesis = %s/g\nendpoint = tcp://127.0.0.1:1\ncivil_date = 2025-01-10\n"
                    "[unit 106]\nvalid_from = 2004-01-01\ninbox = %s\n"
                    % (folder, ROOT, folder, folder))
        bare, check = [], []
        for _ in range(ROUNDS):
            bare.append(run([os.path.join(BUILD, "tests", "bare_xml"), path]))
            check.append(run([os.path.join(BUILD, "htx-collector"), "-c", conf, "check", path]))
        print(bare[0][3].strip())
        print("\n".join(check[0][3].splitlines()[:3]))
    finally:
        shutil.rmtree(folder)
    ratio = statistics.median(c[0] / b[0] for b, c in zip(bare, check))
    memory = max(c[1] for c in check)
    whole = "%d/%d" % (ROWS, ROWS) in check[0][3]
    print("bare %.3f s, check %.3f s: %.2f times; %d kB" % (
        statistics.median(b[0] for b in bare), statistics.median(c[0] for c in check), ratio,
        memory))
    wrong = [what for what, bad in (("all rows are good", not whole),
                                    ("at most %.1f times" % RATIO, ratio > RATIO),
                                    ("below %d kB" % MEMORY_KB, memory >= MEMORY_KB),
                                    ("bare reading works", any(b[2] for b in bare))) if bad]
    for what in wrong:
        print("not ok %s" % what)
    print("%d passed, %d failed" % (4 - len(wrong), len(wrong)))
    return 1 if wrong else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(sys.argv[2])
    else:
        sys.exit(main())
