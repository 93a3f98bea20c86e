#!/usr/bin/python3
"""Units with predecessors: what `unit load` takes, what it refuses and where it says so; the
same again changes nothing; a code used again, a rename, a move to another parent."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow

HEAD = ["code", "valid_from", "valid_to", "name", "kind", "parent", "act", "reports", "aliases",
        "from"]
ACT = "Nghị quyết 1/NQ"
OLD, DAY, EVE = "2004-01-01", "2025-07-01", "2025-06-30"


def unit(code, name, valid_from=OLD, valid_to="", kind="commune", parent="12", act="",
         reports="", aliases="", predecessors=""):
    return [code, valid_from, valid_to, name, kind, parent, act, reports, aliases, predecessors]


def write(site, rows, head=HEAD):
    path = os.path.join(site.dir, "lineage.tsv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("".join("\t".join(r) + "\n" for r in [head, *rows]))
    return path


def load(site, province, rows, code=0):
    """(stdout, stderr) of loading these rows."""
    p = subprocess.run([os.path.join(flow.BIN, "htx-aggregator"), "-c", province.conf, "unit",
                        "load", write(site, rows)], capture_output=True, text=True, check=False,
                       env=dict(os.environ, LC_ALL="C.UTF-8"), timeout=60)
    if p.returncode != code:
        raise flow.Failed("unit load: exit %d\n%s%s" % (p.returncode, p.stdout, p.stderr))
    return p.stdout, p.stderr


def lineage(province):
    return [(x["old"], x["old_from"], x["new"], x["new_from"], x["day"], x["part"], x["act"])
            for x in json.loads(province.command("unit", "list", "--lineage", "--json"))]


def before(province):
    """Two districts with communes that do not report."""
    return [unit("201", "Huyện Một", valid_to=EVE, kind="district"),
            unit("202", "Huyện Hai", valid_to=EVE, kind="district"),
            unit("c1", "Thị trấn Bình Lư", valid_to=EVE, parent="201", reports="no"),
            unit("c2", "Xã Bình Lư", valid_to=EVE, parent="201", reports="no"),
            unit("c3", "Xã Lả Nhì Thàng", valid_to=EVE, parent="201", reports="no",
                 aliases="Xã Lản Nhì Thàng"),
            unit("c4", "Xã Phong Phú", valid_to=EVE, parent="202", reports="no"),
            unit("c5", "Xã còn", parent="12")]


def after():
    return [unit("c1", "Xã Bình Lư", DAY, act=ACT, predecessors="c1; c2@2004-01-01 ;"),
            unit("n1", "Xã Mới", DAY, act=ACT, predecessors="c3;c4:part; 202:part"),
            unit("n2", "Xã Tuy Phong", DAY, act=ACT, predecessors="c4:part;c5:part")]


WRONG = [
    ("predecessor unknown", after()[:2] + [unit("n3", "Xã", DAY, predecessors="c3; c9")],
     4, "c9", "load the old unit"),
    ("no unit of that day", [unit("n3", "Xã", DAY, predecessors="c1@2010-01-01")],
     2, "c1@2010-01-01", "c1@2004-01-01 - 2025-06-30"),
    ("no date", [unit("n3", "Xã", DAY, predecessors="c1@30/6/2025")], 2, "c1@30/6/2025",
     "CODE@DATE"),
    ("an odd word", [unit("n3", "Xã", DAY, predecessors="c1:some")], 2, "c1:some", ":part"),
    ("still valid after the day", [unit("n3", "Xã", DAY, predecessors="c5")], 2, "c5",
     "valid_to 2025-06-30"),
    ("ended too early", [unit("n3", "Xã", "2025-08-01", predecessors="c1")], 2, "c1",
     "the end must be 2025-07-31"),
    ("itself", [unit("n3", "Xã", DAY, predecessors="n3@2025-07-01")], 2, "n3@2025-07-01",
     "lead back to itself"),
    ("a ring", [unit("r1", "Xã", "2020-01-01", "2020-12-31", predecessors="r2"),
                unit("r2", "Xã", "2021-01-01", predecessors="r1")], 2, "r2",
     "lead back to itself"),
    ("twice", [unit("n3", "Xã", DAY, predecessors="c1;c1@2004-01-01")], 2, "c1@2004-01-01",
     "twice"),
    ("as a whole into two", [unit("n3", "Xã", DAY, predecessors="c1"),
                             unit("n4", "Xã", DAY, predecessors="c1")], None, "c1",
     "c1:part with each"),
    ("as a whole into one and a part into another",
     [unit("n3", "Xã", DAY, predecessors="c1"),
      unit("n4", "Xã", DAY, predecessors="c1:part")], None, "c1:part",
     "c1:part with each"),
    ("nobody speaks for it", [unit("n3", "Xã", DAY, parent="", reports="no")], 2, "",
     "reports for it"),
    ("its parent was gone", [unit("n3", "Xã", DAY, parent="201", reports="no")], 2, "201",
     "reports for it"),
    ("parents in a ring", [unit("n3", "Xã", DAY, parent="n4", reports="no"),
                           unit("n4", "Xã", DAY, parent="n3", reports="no")], 2, "n4", "ring"),
]


def refused(site, province):
    n = province.number("select count(*) from control")
    for name, rows, line, value, remedy in WRONG:
        err = load(site, province, rows, code=65)[1]
        where = "lineage.tsv:%s: " % (line or "")
        site.check(name, (where if line else "lineage.tsv:") in err
                   and '"%s"' % value in err and remedy in err, err)
    site.equal("nothing of that was loaded", n, province.number("select count(*) from control"))


def reform(site, province):
    load(site, province, after())
    expected = [
        ("c1", OLD, "c1", DAY, DAY, "full", ACT), ("c2", OLD, "c1", DAY, DAY, "full", ACT),
        ("202", OLD, "n1", DAY, DAY, "part", ACT), ("c3", OLD, "n1", DAY, DAY, "full", ACT),
        ("c4", OLD, "n1", DAY, DAY, "part", ACT),
        ("c4", OLD, "n2", DAY, DAY, "part", ACT), ("c5", OLD, "n2", DAY, DAY, "part", ACT)]
    site.equal("lineage as loaded", expected, lineage(province))
    n = province.number("select count(*) from control")
    out = load(site, province, after())[0]
    site.equal("the same again changes nothing",
               (n, True), (province.number("select count(*) from control"),
                           out.startswith("0 loaded")))
    load(site, province, [r[:-1] + [""] for r in after()])
    site.equal("an empty column says nothing", n, province.number("select count(*) from control"))
    err = load(site, province, [unit("c3", "Xã Lả Nhì Thàng", valid_to="2025-05-31",
                                     parent="201", reports="no")], code=65)[1]
    site.check("an end that contradicts the lineage", "valid_to" in err and "2025-06-30" in err,
               err)
    err = load(site, province, [unit("n3", "Xã", DAY, predecessors="c3")], code=65)[1]
    site.check("what the register gives to another already", "n1" in err and "c3:part" in err,
               err)
    load(site, province, [unit("n1", "Xã Mới", DAY, act=ACT, predecessors="c4:part"),
                          unit("n2", "Xã Tuy Phong", DAY, act=ACT, predecessors="-")])
    site.equal("corrected: what is left out is taken back", [
        ("c1", OLD, "c1", DAY, DAY, "full", ACT), ("c2", OLD, "c1", DAY, DAY, "full", ACT),
        ("c4", OLD, "n1", DAY, DAY, "part", ACT)], lineage(province))
    load(site, province, after())
    site.equal("and put back", expected, lineage(province))


def told(site, province):
    h = json.loads(province.command("unit", "history", "c1", "--json"))
    site.equal("a code used again: two units", [(OLD, "into", "c1", DAY), (DAY, "from", "c1", OLD),
                                                (DAY, "from", "c2", OLD)],
               [(x["valid_from"], x["event"], x["other"], x["other_from"]) for x in h])
    site.equal("a merger breaks the series of the new one", [False, True, True],
               [x["break"] for x in h])
    text = province.command("unit", "history", "c4")
    site.check("for people", "became" in text and "Xã Tuy Phong" in text and ACT in text, text)
    site.equal("an unknown code", "", province.command("unit", "history", "c99", code=65))
    site.equal("no code", "", province.command("unit", "history", code=64))
    units = {(u["code"], u["valid_from"]): u
             for u in json.loads(province.command("unit", "list", "--json"))}
    site.equal("who does not report", (False, True),
               (units["c2", OLD]["reports"], units["c1", DAY]["reports"]))


def older(site, province):
    """What a release without these columns wrote is the same now."""
    body = province.sql("select convert_from(body, 'utf8') from control where kind = 'unit'"
                        " and convert_from(body, 'utf8') like '%Xã còn%'")
    site.check("the record has no new words where nothing new is said",
               "reports" not in body[0][0] and "aliases" not in body[0][0], body)


def main():
    with flow.Site("lineage") as site:
        province = site.province(units={"106": "2025-06-30"})
        load(site, province, before(province))
        refused(site, province)
        reform(site, province)
        told(site, province)
        older(site, province)
    sys.exit(site.summary())


if __name__ == "__main__":
    main()
