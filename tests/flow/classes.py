#!/usr/bin/python3
"""Sizes and grades: the rule set in force on a period's cut-off, over what the units
reported; who cannot be classed, and why; the same classes on both sides."""
import csv
import io
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow

UNITS = ("107", "108")
HEAD = ("STT,Tên HTX,Mã số thuế,Số giấy chứng nhận,Nơi cấp,Loại hình,\"Ngành, lĩnh vực\","
        "\"Xã, phường, thị trấn\",Tình trạng hoạt động,Số thành viên,Lao động thường xuyên,"
        "Doanh thu,Tổng nguồn vốn hoạt động,Điểm tự chấm,Quy mô")
AGRI, CRAFT, TRADE = "Nông nghiệp", "Công nghiệp - tiểu thủ công nghiệp", "Thương mại - dịch vụ"

# sector, members, revenue, capital (million), score, stated; size of the year 2024 by the
# decree of 2024, of the half 2025-S1, of 2023 by members and by capital, grade of 2024
ROWS = [
    (AGRI, 300, 50000, 1, 85, "", "large", "large", "small", "micro", "good"),
    (AGRI, 300, 1, 10000, 80, "Lớn", "large", "large", "small", "medium", "good"),
    (AGRI, 299, 50000, 10000, 79, "Lớn", "medium", "medium", "small", "medium", "fair"),
    (AGRI, 50, 1, 1000, 65, "Nhỏ", "small", "small", "small", "small", "fair"),
    (AGRI, 8, 400, 300, 50, "Siêu nhỏ", "micro", "micro", "micro", "micro", "average"),
    (AGRI, 8, 400, 300, 49, "Vừa", "micro", "micro", "micro", "micro", "weak"),
    (AGRI, 250, 9000, 4000, "", "", "small", "", "small", "small", ""),
    (AGRI, 250, "", 4000, "", "", "", "", "small", "small", ""),
    (CRAFT, 100, 80000, "", 90, "Lớn", "large", "large", "small", "", "good"),
    (CRAFT, 20, 1, 1, 90, "Nhỏ", "", "", "micro", "micro", "good"),
    (TRADE, 8, 1, 1, 90, "", "", "", "micro", "micro", "good"),
]


def sheet(unit, period):
    taxes = [t for _, t in zip(range(len(ROWS)), flow.tax_numbers(unit))]
    out = io.StringIO()
    for line in ("DANH SÁCH HỢP TÁC XÃ", "Mẫu số: Biểu 01/HTX",
                 "Đơn vị báo cáo: %s (mã %s)" % (flow.NAMES[unit], unit),
                 "Kỳ báo cáo: " + period, "Loại số liệu: thực hiện", "", HEAD):
        out.write(line + "\n")
    w = csv.writer(out, lineterminator="\n")
    for i, (tax, r) in enumerate(zip(taxes, ROWS)):
        w.writerow([i + 1, "HTX %s" % tax, tax, "", "", "HTX", r[0], "Xã Thu Lũm",
                    "Đang hoạt động", r[1], 10, r[2], r[3], r[4], r[5]])
    return out.getvalue()


def counted(words):
    n = {}
    for w in words:
        n[w] = n.get(w, 0) + 1
    return n


def listed(province, period, by, *more):
    return json.loads(province.command("rollup", period, "--by", by, "--json", *more))


def classes(rows, which):
    got = {}
    for r in rows:
        if r["set"] == which:
            got[r["class"]] = got.get(r["class"], 0) + r["count"]
    return got


def province_wide(site, province):
    for period, which, column in (("2024", "size", 6), ("2025-S1", "size", 7),
                                  ("2023", "size_member", 8), ("2023", "size_capital", 9),
                                  ("2024", "grade", 10)):
        rows = listed(province, period, which.split("_")[0])
        want = counted([r[column] for r in ROWS] * len(UNITS))
        site.equal("%s of %s" % (which, period), want, classes(rows, which))
        mine = [r for r in rows if r["set"] == which]
        site.equal("%s of %s: the coverage" % (which, period),
                   {(sum(v for k, v in want.items() if k), sum(want.values()))},
                   {(r["classed"], r["entities"]) for r in mine})
    site.equal("of one period one law", {"size"}, {
        r["set"] for r in listed(province, "2024", "size")})


def why_not(site, province):
    rows = [r for r in listed(province, "2024", "size") if r["class"] == ""]
    site.equal("who cannot be classed, and why",
               {("missing", "revenue.total"): 2, ("no_threshold", ""): 4},
               {(r["reason"], r["lacking"]): r["count"] for r in rows})
    rows = [r for r in listed(province, "2025-S1", "size") if r["class"] == ""]
    site.equal("half a year is not a year", {"missing": 2, "no_threshold": 4,
                                             "part_of_year": 2},
               {r["reason"]: r["count"] for r in rows})
    site.equal("a threshold from memory is marked", {"medium": False, "micro": True}, {
        r["class"]: r["verified"] for r in listed(province, "2022", "size")
        if r["set"] == "size_capital" and r["class"] in ("medium", "micro")})


def apart(site, province):
    rows = listed(province, "2024", "size,unit,sector")
    whole = listed(province, "2024", "size")
    site.equal("units add up to the province", classes(whole, "size"),
               classes([r for r in rows if r["sector"] == ""], "size"))
    site.equal("and so do sectors", classes(whole, "size"),
               classes([r for r in rows if r["sector"] != ""], "size"))
    site.equal("of every unit", set(UNITS), {r["unit"] for r in rows})
    text = province.command("rollup", "2024", "--by", "size")
    site.check("people read names and the law", "Large" in text and "NĐ 113/2024" in text
               and "a figure is missing" in text, text)


def abolished(site, province):
    p = subprocess.run([os.path.join(flow.BIN, "htx-aggregator"), "-c", province.conf,
                        "rollup", "2026-S1", "--by", "grade", "--json"],
                       capture_output=True, text=True, check=False,
                       env=dict(os.environ, LC_ALL="C.UTF-8"))
    site.equal("no grades after their end", (0, []), (p.returncode, json.loads(p.stdout)))
    site.check("and which law ended them", "2025-09-17" in p.stderr and "TT 78/2025" in p.stderr,
               p.stderr)
    site.equal("a score that is still given gets a note", [["note", str(9 * len(UNITS))]],
               province.sql("select f.severity, count(*) from finding f join report r"
                            " using (epoch, seq) where f.code = 'GRADES_ABOLISHED'"
                            " and r.period = '2026-S1' group by 1"))
    site.equal("and only there", 0, province.number(
        "select count(*) from finding f join report r using (epoch, seq)"
        " where f.code in ('GRADES_ABOLISHED', 'INDICATOR_EXPIRED') and r.period <> '2026-S1'"))
    province.command("rollup", "2024", "--by", "colour", code=64)
    province.command("rollup", "2024", "--by", "x12.colour", code=65)


def both_sides(site, province):
    """The rule that compares the stated size says of each report what the roll-up says."""
    for period in ("2024", "2025-S1"):
        site.equal("%s: stated against computed, by rule and by roll-up" % period, [],
                   province.sql(
                       "with said as (select r.subject, o.b1 from report r join observation o"
                       " using (epoch, seq) join cat_indicator i on i.no = o.indicator"
                       " where i.code = 'htx.size' and o.b1 <> '' and r.period = '%s'),"
                       " wrong as (select c.subject from class_at('nd09', '%s', null, 1,"
                       " 1000000, 'size') c join said s using (subject) where c.class <> s.b1),"
                       " found as (select r.subject from finding f join report r using"
                       " (epoch, seq) where f.code = 'SIZE_STATED' and r.period = '%s')"
                       " (select * from wrong except select * from found) union all"
                       " (select * from found except select * from wrong)"
                       % (period, period, period)))
    site.equal("a wrong size is found, at once", 2 * len(UNITS), province.number(
        "select count(*) from finding f join report r using (epoch, seq)"
        " where f.code = 'SIZE_STATED' and r.period = '2024'"))


def main():
    with flow.Site("classes") as site:
        province = site.province(civil_date="2026-07-01",
                                 units=dict.fromkeys(flow.NAMES, "")).start()
        c = site.collector("a", UNITS, civil_date="2026-07-01").start()
        for unit in UNITS:
            for period in ("2022", "2023", "2024", "2025-S1", "2026-S1"):
                said = {"2025-S1": "6 tháng đầu năm 2025",
                        "2026-S1": "6 tháng đầu năm 2026"}.get(period, "năm " + period)
                c.drop(unit, period + ".csv", sheet(unit, said))
        flow.settled(site, [c])
        province_wide(site, province)
        why_not(site, province)
        apart(site, province)
        abolished(site, province)
        both_sides(site, province)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
