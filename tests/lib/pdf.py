#!/usr/bin/python3
"""A PDF of the tables as an office prints it, looked at with poppler's programs."""
import re
import subprocess
import sys


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def wrong(path):
    info = run("pdfinfo", path)
    pages = int(re.search(r"Pages:\s+(\d+)", info)[1])
    if not re.search(r"Page size:\s+841\.89 x 595\.2\d* pts \(A4\)", info):
        yield "paper: " + info
    if "2025" not in re.search(r"CreationDate:\s+(.*)", info)[1]:
        yield "creation date: " + info
    fonts = run("pdffonts", path).splitlines()[2:]
    for font in fonts:
        if not re.search(r"(LiberationSerif|TimesNewRoman)", font) or " yes yes yes " not in font:
            yield "font: " + font
    if len(fonts) < 3:
        yield "fonts: %s" % fonts
    text = run("pdftotext", "-layout", path, "-").split("\f")[:-1]
    if len(text) != pages:
        yield "%d pages, %d texts" % (pages, len(text))
    titles = 0
    for n, page in enumerate(text, 1):
        if "Trang %d/%d" % (n, pages) not in page:
            yield "page %d: no number" % n
        if "STT" not in page:
            yield "page %d: no repeated head" % n
        if "Độc lập - Tự do - Hạnh phúc" in page:
            titles += 1
            if "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" not in page or "Đơn vị tính:" not in page \
                    or "TỈNH LAI CHÂU" not in page:
                yield "page %d: head" % n
    whole = "".join(text)
    if titles < 4 or whole.count("Thủ trưởng đơn vị") != titles \
            or whole.count("Người lập biểu") != titles:
        yield "%d tables, %d signature rows" % (titles, whole.count("Thủ trưởng đơn vị"))
    if len(re.findall("TỔNG HỢP CHUNG TÌNH HÌNH", whole)) != 1 or "1.234.567,89" not in whole:
        yield "the overall table"
    box = run("pdftotext", "-bbox", path, "-")
    if any(float(x) < 84.9 for x in re.findall(r'xMin="([0-9.]+)"', box)) or any(
            float(x) > 800 for x in re.findall(r'xMax="([0-9.]+)"', box)):
        yield "something stands in the margin"


if __name__ == "__main__":
    found = list(wrong(sys.argv[1]))
    print("\n".join(found))
    sys.exit(1 if found else 0)
