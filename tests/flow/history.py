#!/usr/bin/python3
"""Earlier periods from the office's old tables: a plain table and our own workbooks become
signed reports of the desk in the channel "earlier", with document and place; the same again
changes nothing, another file adds, bad lines are named; from then on the first half-year has
a year ago to be compared with."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow  # noqa: E402

PLAIN = """area_code\tperiod\tkind\tindicator\tbreakdown\tqualifier\ttext\tvalue\tvalue_hi\tunit\tas_of\tnote
105\t2024-S1\tactual\tmember.total\tall\t\t80\t80\t\tthành viên\t\t
105\t2024-S1\tactual\trevenue.total\tall\t\t1,5 tỷ đồng\t1.5\t\ttỷ đồng\t\t
106\t2024-S1\tactual\tmember.total\tall\ttrên\t20\t20\t\tthành viên\t2024-05-31\ttrong các HTX
106\t2024-S1\tactual\tmember.total\tagri\tkhoảng\t6 đến 8\t6\t8\tthành viên\t\t
106\t2025\tplan\tmember.total\tall\t\t30\t30\t\tthành viên\t\t
106\t2025\ttarget\tmember.total\tall\t\t99\t99\t\tthành viên\t\t
"""
BAD = """area_code\tperiod\tkind\tindicator\tbreakdown\tvalue\tunit
105\t2024-S1\tactual\tmember.totl\tall\t80\tthành viên
105\t1999\tactual\tmember.total\tall\t80\tthành viên
999\t2024-S1\tactual\tmember.total\tall\t80\tthành viên
105\t2024-S1\tactual\tmember.total\tall\tnhiều\tthành viên
105\t2024-S1\tactual\tmember.total\tall\t80\t%
105\t2024-S1\tdone\tmember.total\tall\t80\tthành viên
105\t2024-S1\tactual\tmember.total\tmoon\t80\tthành viên
105\t2024-S1\tactual\tworker.regular\tall\t7\tlao động
"""


def main():
    with flow.Site("history") as site:
        province = site.province(units={"105": "", "106": "", "107": "2024-12-31"})
        people = os.path.join(site.dir, "people.tsv")
        with open(people, "w", encoding="utf-8") as f:
            f.write("code\tname\trole\ttitle\tkey\tvalid_from\tvalid_to\n"
                    "dao\tTrần Thị Đào\tentry\t\t\t2020-01-01\t\n")
        province.command("person", "load", people)
        key = os.path.join(site.dir, "dao.key")
        public = province.command("keys", "new", key).split()[-1]
        province.command("keys", "enroll", "enroll desk=dao sign=" + public)

        def write(name, text):
            path = os.path.join(site.dir, name)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            return path

        def load(path, *more, code=0):
            p = subprocess.run(
                [os.path.join(flow.BIN, "htx-aggregator"), "-c", province.conf, "history", "load",
                 path, "--document", "755a/BC-UBND", "--date", "2024-09-15", "--by", "dao",
                 "--key", key, *more], capture_output=True, text=True, check=False,
                env=dict(os.environ, LC_ALL="vi_VN.UTF-8"), cwd=site.dir)
            if code is not None:
                site.check("exit %d: %s" % (code, os.path.basename(path)), p.returncode == code,
                           "%d\n%s%s" % (p.returncode, p.stdout, p.stderr))
            return p.stdout + p.stderr

        plain = write("cu.tsv", PLAIN)
        said = load(plain)
        site.check("three reports: two units, and a plan", "3 báo cáo số liệu cũ" in said, said)
        site.check("a target is for target load", "target load" in said, said)
        rows = province.sql("""select r.unit, r.period, r.vintage, r.channel, o.b1, o.value,
            o.upper, o.qualifier, o.as_of, o.population, o.text from observation o
            join report r using (epoch, seq) order by 1, 2, 3, 5, o.indicator""")
        site.equal("value, range, qualifier, as-of, population and words are kept", [
            ["105", "2024-S1", "actual", "earlier", "", "80", "", " ", "", "", ""],
            ["105", "2024-S1", "actual", "earlier", "", "1500000000", "", " ", "", "", ""],
            ["106", "2024-S1", "actual", "earlier", "", "20", "", ">", "2024-05-31", "htx", "20"],
            ["106", "2024-S1", "actual", "earlier", "agri", "6", "8", "a", "", "", "6 đến 8"],
            ["106", "2025", "plan", "earlier", "", "30", "", " ", "", "", ""]], rows)
        show = json.loads(province.command("report", "show", province.sql(
            "select epoch || '.' || seq from report where unit = '106' and vintage = 'actual'")
            [0][0], "--json"))
        site.check("the document, and the place of each figure",
                   "755a/BC-UBND, 15/09/2024" in json.dumps(show, ensure_ascii=False) and
                   "cu.tsv!" in json.dumps(show), json.dumps(show, ensure_ascii=False)[:900])
        site.equal("earlier figures are no delay", 0,
                   province.number("select count(*) from report where late"))
        said = load(plain)
        site.check("the same again changes nothing", "0 báo cáo số liệu cũ, 3" in said, said)
        site.equal("nothing was added", 3, province.number("select count(*) from report"))

        said = load(write("hong.tsv", BAD), code=2)
        for place in ("hong.tsv!D2", "1999", "999", "hong.tsv!F5", "hong.tsv!G6", "hong.tsv!C7",
                      "hong.tsv!E8"):
            site.check("named: " + place, place in said, said)
        site.check("with the remedy", "unit load" in said and "periods.tsv" in said, said)
        site.equal("the good line adds to what was there", [["80", "7"]], province.sql(
            "select max(o.value) filter (where indicator = 38), max(o.value) filter (where indicator"
            " = 41) from observation o join report r using (epoch, seq) where r.unit = '105'"
            " and r.revision = 2"))
        said = load(plain)
        site.check("and the first file is still in it", "0 báo cáo số liệu cũ, 3" in said, said)

        said = load(write("mot.csv", "Chỉ tiêu,Giá trị,Đơn vị tính\n"
                          "Số thành viên HTX,\"1.234\",thành viên\n"),
                    "--unit", "107", "--period", "2024", "--vintage", "actual")
        site.equal("heads in Vietnamese, a former unit, all else from the command", [["1234"]],
                   province.sql("select value from observation where unit = '107'"))
        load(write("107.csv", "Chỉ tiêu,Giá trị\nSố thành viên HTX,5\n"), "--unit", "107",
             "--period", "2026", "--vintage", "actual", code=2)

        book = os.path.join(flow.ROOT, "tests", "data", "tam_duong", "tam-duong-2023.xlsx")
        load(book, "--unit", "106")
        site.equal("our own workbook: estimate and plan", [["estimate", "earlier"], ["plan", "earlier"]],
                   province.sql("select distinct vintage, channel from report where unit = '106'"
                                " and period in ('2023', '2024') order by 1"))
        load(book, code=65)

        write("nay.tsv", PLAIN.replace("2024-S1", "2025-S1").replace("\t80", "\t90"))
        load(os.path.join(site.dir, "nay.tsv"))
        beside = {(r["unit"], r["indicator"], r["breakdown"]): r for r in json.loads(
            province.command("rollup", "2025-S1", "--compare", "--by", "unit", "--json"))}
        r = beside["106", "member.total", ""]
        site.equal("a year ago and the year's plan stand beside the figure",
                   ("20", "0", "100", "30", "66.7", "year_plan"),
                   (r["previous"], r["change"], r["percent_previous"], r["plan"],
                    r["percent_plan"], r["percent_plan_reason"]))
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
