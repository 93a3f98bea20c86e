#!/usr/bin/python3
"""docx.py FILE: a filled report is a sound document on A4 with every placeholder filled.
docx.py --cut FROM TO: the same template as a word processor leaves it, runs cut."""
import re
import sys
import zipfile
import xml.etree.ElementTree as ET

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def text_of(element):
    return "".join(t.text or "" for t in element.iter(W + "t"))


def wrong(path):
    with zipfile.ZipFile(path) as z:
        if z.testzip():
            yield "archive"
        if any(i.date_time != (1980, 1, 1, 0, 0, 0) for i in z.infolist()):
            yield "a clock in the archive"
        body = ET.fromstring(z.read("word/document.xml"))
        styles = z.read("word/styles.xml").decode()
        footer = text_of(ET.fromstring(z.read("word/footer1.xml")))
        fields = z.read("word/footer1.xml").decode()
    size = body.find(".//" + W + "pgSz").attrib
    if (size[W + "w"], size[W + "h"]) != ("11906", "16838"):
        yield "paper: %s" % size
    if "Times New Roman" not in styles:
        yield "font"
    if not footer.startswith("Trang ") or "PAGE" not in fields or "NUMPAGES" not in fields:
        yield "footer: " + footer
    whole = text_of(body)
    if "{{" in whole or "}}" in whole:
        yield "a placeholder is left: " + whole
    for words in ("TỈNH LAI CHÂU", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Số: ..........",
                  "Lai Châu, ngày .....", "toàn tỉnh có 310 hợp tác xã",
                  "thu nhập bình quân của lao động thường xuyên: 37,07 triệu đồng/người/năm",
                  "SỞ TÀI CHÍNH", "/BC-STC", "Kính gửi: Bộ Tài chính",
                  "Căn cứ Luật Hợp tác xã ngày 20 tháng 6 năm 2023;", "Nơi nhận:",
                  "- Liên minh Hợp tác xã Việt Nam;", "không so sánh được",
                  "Đơn vị tính:", "Người lập biểu", "Thủ trưởng đơn vị", "1.234.567,89"):
        if words not in whole:
            yield "missing: " + words
    tables = [[[text_of(c) for c in row.iter(W + "tc")] for row in t.findall(W + "tr")]
              for t in body.iter(W + "tbl")]
    overall = next(t for t in tables if t[0][0] == "STT" and t[0][1] == "Chỉ tiêu")
    units = next(t for t in tables if t[0][1] == "Đơn vị")
    if [r[0] for r in overall[1:]] != [str(i + 1) for i in range(len(overall) - 1)] \
            or len(overall) < 20:
        yield "rows of the overall table: %s" % overall
    if len(units) != 9 or units[2][1:4] != ["Huyện Tam Đường", "đã gửi", "55"]:
        yield "rows of the units: %s" % units
    heads = 2 + any(t[0][1] == "Chỉ tiêu có mục tiêu" for t in tables if len(t[0]) > 1)
    if len(body.findall(".//" + W + "tblHeader")) != heads:
        yield "heads of tables are not repeated"


def cut(xml):
    """Every placeholder in three runs of one paragraph, as after an edit in the middle."""
    parts = r"(\{)(\{[^{}]*)(\}\})"
    return re.sub(parts, lambda m: (
        m[1] + "</w:t></w:r><w:proofErr w:type=\"spellStart\"/><w:r><w:t>" + m[2]
        + "</w:t></w:r><w:r><w:rPr><w:i/></w:rPr><w:t>" + m[3]), xml)


def main():
    if sys.argv[1] == "--cut":
        with zipfile.ZipFile(sys.argv[2]) as a, zipfile.ZipFile(sys.argv[3], "w") as b:
            for i in a.infolist():
                data = a.read(i)
                b.writestr(i.filename, cut(data.decode()) if i.filename.endswith("document.xml")
                           else data)
        return 0
    found = list(wrong(sys.argv[1]))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
