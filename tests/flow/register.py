#!/usr/bin/python3
"""The register by date, with both programs: movements and first reports of a collector feed
it, a person confirms, merges and unmerges, and the roll-up, the status and the unit's page
follow; as of a position before, everything is as it was."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import rebuilt

UNIT, PERIOD = "107", "2025-S1"
A, B, D, E, F = (t for _, t in zip(range(5), flow.tax_numbers(UNIT)))
CERTIFICATE = "certificate:01/GCN|Huyện Mường Tè"
MOVEMENTS = """DANH SÁCH BIẾN ĐỘNG,
Mẫu số: Biểu 04/BĐ,
Đơn vị báo cáo: Huyện Mường Tè (mã 107),
Kỳ báo cáo: 6 tháng đầu năm 2025,
Loại số liệu: thực hiện,

STT,Tên HTX,Mã số thuế,Loại hình,"Ngành, lĩnh vực",Loại biến động,Ngày,Số quyết định,Tên cũ,Tên mới
"""


class Office:
    """The commands of one person, on stdout and exit codes."""

    def __init__(self, site, province):
        self.site, self.province = site, province

    def __call__(self, *argv, code=0):
        return self.province.command("entity", *argv, code=code)

    def facts(self, subject, on=None):
        rows = json.loads(self("list", "--json", *(["--on", on] if on else [])))
        return next((r for r in rows if r["subject"] in (subject, "tax:" + subject)), None)

    def refused(self, name, *argv, code=65):
        self.site.check(name, self(*argv, code=code) == "")


def load(site, office):
    path = os.path.join(site.dir, "entities.tsv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("subject\tkind\tname\tsector\tunit\tcommune\tfounded\n"
                "tax:%s\thtx\tHTX Suối Đá\tagri\t107\tXã Thu Lũm\t2010-05-06\n"
                "tax:%s\thtx\tHTX Bum Tở\tagri\t107\tXã Bum Tở\t2012-01-01\n"
                "%s\thtx\tHợp tác xã Bum Tở\tagri\t107\tXã Bum Tở\t\n" % (A, B, CERTIFICATE))
    office("load", path)
    return path


def expected(province, at=None):
    rows = json.loads(province.command("rollup", PERIOD, "--by", "unit", "--json",
                                       *(["--as-of", at] if at else [])))
    row = next(r for r in rows if r["unit"] == UNIT and r["indicator"] == "htx.total")
    return row["value"], row["reported"], row["expected"]


def tip(province):
    return province.sql("select epoch || '.' || last_seq from commit"
                        " order by epoch desc, number desc limit 1")[0][0]


def movements(site, province, office, c):
    c.drop(UNIT, "bd.csv", MOVEMENTS +
           "1,HTX Suối Đá,%s,HTX,Nông nghiệp,Tạm ngừng,10/03/2025,12/TB\n"
           "2,HTX Mới,%s,HTX,Thương mại - dịch vụ,Thành lập mới,01/02/2025,05/GCN\n"
           "3,HTX Bum Tở Xanh,%s,HTX,Nông nghiệp,Đổi tên,01/04/2025,07/TB,HTX Bum Tở,HTX Bum Tở Xanh\n"
           % (A, E, B))
    c.drop(UNIT, "ds.csv", flow.entity_list(UNIT, [
        (A, "HTX Suối Đá", 100), (B, "HTX Bum Tở", 200), (D, "HTX Lạ", 300)]))
    flow.wait("all are receipted", lambda: len(c.receipts()) == 6, 40)
    site.equal("suspended by the movement form, from its day on", ["active", "suspended"],
               [office.facts(A, d)["state"] for d in ("2025-03-09", "2025-03-10")])
    site.equal("renamed from its day on", ["HTX Bum Tở", "HTX Bum Tở Xanh"],
               [office.facts(B, d)["name"] for d in ("2025-03-31", "2025-04-01")])
    new = office.facts(E)
    site.equal("founded: in the register, not confirmed",
               ("2025-02-01", False, "movement"),
               (new["founded"], new["confirmed"], new["source"]))
    site.equal("not there before", None, office.facts(E, "2025-01-31"))
    site.equal("the first report of an unknown one is provisional", (False, "report"),
               (office.facts(D)["confirmed"], office.facts(D)["source"]))
    # a movement that is taken back takes its fact away
    before = tip(province)
    gone = next(r["id"] for r in c.reports() if r["form"] == "bien_dong" and A in r["subject"])
    c.command("withdraw", gone, "--reason", "ghi nhầm HTX")
    flow.wait("the movement is withdrawn", lambda: office.facts(A)["state"] == "active", 20)
    states = province.sql("select state from entity_fact_at(%s, '2025-06-14')"
                          " where subject = 'tax:%s'" % (before.replace(".", ", "), A))
    site.equal("as of then it stands", [["suspended"]], states)
    words = office("history", A)
    site.check("its history shows both, one counting no more", "12/TB" in words and
               "HTX Suối Đá" in words, words)


def confirm(site, province, office):
    site.equal("who is not confirmed", sorted(["tax:" + D, "tax:" + E]), sorted(
        r["subject"] for r in json.loads(office("list", "--unconfirmed", "--json"))))
    office.refused("an event of an unconfirmed one", "event", D, "--event", "suspended", "--on",
                   "2025-06-01", "--act", "1/TB", "--by", "an")
    office.refused("nobody knows this number", "confirm", F, "--by", "an")
    site.check("two are confirmed", "2 confirmed" in office("confirm", "--unit", UNIT, "--by", "an"))
    site.check("once is enough", "0 confirmed, 1" in office("confirm", D, "--by", "an"))
    site.equal("they are of the register now", (True, "register", True), (
        office.facts(D)["confirmed"], office.facts(D)["source"], office.facts(E)["confirmed"]))
    site.equal("no finding waits for it", 0, province.number(
        "select count(*) from unconfirmed_at('nd09', '2025-S1', 'actual', %s)"
        % tip(province).replace(".", ", ")))


def merge(site, province, office, c):
    double = [r for r in json.loads(office("duplicates", "--json"))]
    # the names differ since the renaming: by place and older name nobody would guess it
    site.equal("nothing to propose once one is renamed", [], double)
    office("event", B, "--event", "renamed", "--name", "HTX Bum Tở", "--on", "2025-05-01",
           "--act", "08/TB ngày 01/5/2025", "--by", "an")
    double = json.loads(office("duplicates", "--json"))
    site.equal("one name under two numbers is proposed", [["two_numbers", "tax:" + B, CERTIFICATE]],
               [[r["reason"], r["subject"], r["other"]] for r in double])
    before = tip(province)
    site.equal("four of the register, one more as it reported", ("3", 3, 5), expected(province))
    office("merge", CERTIFICATE, "--into", B, "--why", "một HTX, hai mã", "--by", "an")
    site.equal("merged: one less is expected", ("3", 3, 4), expected(province))
    site.equal("as of before it is as it was", ("3", 3, 5), expected(province, before))
    site.equal("nothing left to propose", [], json.loads(office("duplicates", "--json")))
    office.refused("a ring", "merge", B, "--into", CERTIFICATE, "--why", "x", "--by", "an")
    office.refused("twice", "merge", CERTIFICATE, "--into", A, "--why", "x", "--by", "an")
    office.refused("an unknown one", "merge", F, "--into", A, "--why", "x", "--by", "an")
    # a report under the merged number is taken, counts for the other, and says so
    c.drop(UNIT, "gcn.csv", flow.entity_list(UNIT, []) +
           "1,HTX Bum Tở,,01/GCN,Huyện Mường Tè,HTX,Nông nghiệp,Xã Bum Tở,Đang hoạt động,10,-,-,10,10,9\n")
    flow.wait("it is receipted", lambda: len(c.receipts()) == 8, 30)
    notes = [f for f in json.loads(province.command("findings", PERIOD, "--json", code=None))
             if f["code"] == "ENTITY_COUNTED_UNDER"]
    site.equal("a note says under which number it counts", 1, len(notes))
    site.check("by the number", B in json.dumps(notes), notes)
    site.equal("and it counts once", ("3", 3, 4), expected(province))
    page = c.command("template", PERIOD, "--form", "htx_list", "--unit", UNIT, "-o",
                     os.path.join(site.dir, "t.xlsx"), code=None)
    site.check("a template can be made", page is not None)


def sealed(site, province, office):
    province.publish(PERIOD)
    before = tip(province)
    text = office("unmerge", CERTIFICATE, "--why", "hai HTX khác nhau", "--by", "an", code=2)
    site.check("an unmerge that moves a sealed total shows it first", PERIOD in text, text)
    site.equal("and writes nothing", before, tip(province))
    office("unmerge", CERTIFICATE, "--why", "hai HTX khác nhau", "--by", "an", "--yes")
    site.check("now it is done", tip(province) != before)
    site.equal("each counts for itself", "4", expected(province)[0])
    site.equal("as of the publication it is as it was", ("3", 3, 4), expected(province, before))
    province.command("publish", "--verify", PERIOD)
    site.equal("nor is it proposed again", [], json.loads(office("duplicates", "--json")))


def years(site, province, office):
    """The source event: a year counts what happened, by the register."""
    rows = {r["indicator"]: r for r in json.loads(province.command(
        "rollup", "nd09:2025", "--vintage", "actual", "--json"))}
    site.equal("founded in the year, by the movement form", ("1", "event"),
               (rows["htx.new"]["value"], rows["htx.new"]["source"]))
    site.equal("renamed: once a cooperative", ("1", "event"),
               (rows["htx.renamed"]["value"], rows["htx.renamed"]["source"]))
    site.check("what was withdrawn is no event", "htx.suspended.new" not in rows)
    office("event", D, "--event", "dissolved", "--on", "2025-05-20", "--act", "99/QĐ-UBND",
           "--by", "an", "--yes")
    lines = json.loads(province.command("explain", "nd09:2025", "htx.dissolved", "--vintage",
                                        "actual", "--json"))
    site.equal("explain names the act", ["99/QĐ-UBND"],
               [x["cell"] for x in lines["lines"]])
    site.equal("the act stands in its history", True, "99/QĐ-UBND" in office("history", D))


def main():
    with flow.Site("register") as site:
        province = site.province(civil_date="2025-06-16")
        people = os.path.join(site.dir, "people.tsv")
        with open(people, "w", encoding="utf-8") as f:
            f.write("code\tname\trole\ttitle\tkey\tvalid_from\tvalid_to\n"
                    "an\tNguyễn An\tconsolidator\tChuyên viên\t\t2020-01-01\t\n")
        province.command("person", "load", people)
        office = Office(site, province)
        path = load(site, office)
        province.start()
        c = site.collector("a", [UNIT]).start()
        movements(site, province, office, c)
        confirm(site, province, office)
        site.check("the same file again changes nothing", "0 loaded, 3 unchanged" in
                   office("load", path))
        merge(site, province, office, c)
        sealed(site, province, office)
        years(site, province, office)
        c.kill(signal.SIGTERM)
        rebuilt.check(site, province)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
