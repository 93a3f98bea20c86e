#!/usr/bin/python3
"""A new circular means editing TSV files: an indicator, a column and a rule reach a live
pair of daemons, signed by two officers; no rebuild, no restart."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
from catalogue import Edition

BEES = "Số đàn ong"


def held(collector, version):
    return os.path.join(collector.state, "catalogue", "%d.bundle" % version)


def catalogue_of(collector):
    return json.loads(collector.command("status", "--json"))["catalogue"]


def with_bees(unit, rows, bees):
    """The list with one more column behind the others."""
    lines = flow.entity_list(unit, rows).splitlines()
    head = lines.index(flow.HEAD)
    return "\n".join(lines[:head] + [lines[head] + "," + BEES] + [
        "%s,%d" % (line, bees) for line in lines[head + 1:]]) + "\n"


def rows(unit, first, n):
    taxes = [t for _, t in zip(range(first + n), flow.tax_numbers(unit))][first:]
    return [(t, "HTX %s" % t, 100 + i) for i, t in enumerate(taxes)]


def findings(province, code):
    return province.number("select count(*) from finding where code = '%s'" % code)


def second_version(site):
    v2 = Edition(flow.CATALOGUE, os.path.join(site.dir, "v2"), 2, valid_from="2025-06-01",
                 accept_until="2025-06-16")
    v2.indicator(9001, "htx.bees", BEES, "Bee colonies")
    v2.column("htx_list", "htx.bees", BEES, "Bee colonies")
    v2.rule("BEES_MANY", "htx_list", "htx.bees <= 100; htx.bees",
            "HTX có {#1} đàn ong, nhiều bất thường. Kiểm tra lại hoặc giải trình",
            "The cooperative has {#1} bee colonies, unusually many. Check or explain")
    return v2


def main():
    with flow.Site("catalogue") as site:
        province = site.province().start()
        c = site.collector("a", ["107"]).start()
        flow.wait("the first version comes signed", lambda: os.path.exists(held(c, 1)), 20)
        site.equal("the version in use is the province's", 1, catalogue_of(c))
        pids = (province.process.pid, c.process.pid)

        c.drop("107", "truoc.csv", with_bees("107", rows("107", 0, 2), 500))
        flow.settled(site, [c])
        site.equal("nobody knows the new rule yet", 0, findings(province, "BEES_MANY"))

        checks(site, province)
        v2 = second_version(site)
        site.check("the new version changes no verdict that was given", "0 would change"
                   in province.command("catalogue", "check", v2.dir))
        province.command("catalogue", "load", v2.dir)
        key = lambda who: os.path.join(site.dir, who + ".key")
        province.command("catalogue", "activate", "2", "--sign", key("a"), "--by", "a")
        province.command("catalogue", "activate", "2", "--sign", key("a"), "--by", "a", code=65)
        c.drop("107", "giua.csv", flow.entity_list("107", rows("107", 10, 1)))
        flow.settled(site, [c])
        site.check("proposed by one, it is not sent", not os.path.exists(held(c, 2)))
        site.equal("and nothing is judged by it", 1, province.number(
            "select max(catalogue) from report"))
        province.command("catalogue", "activate", "2", "--sign", key("c"), "--by", "c")
        flow.wait("confirmed by another, it comes over the wire",
                  lambda: os.path.exists(held(c, 2)) and catalogue_of(c) == 2, 10)

        c.drop("107", "sau.csv", with_bees("107", rows("107", 20, 3), 500))
        flow.settled(site, [c])
        site.equal("the new column is stored", 3, province.number(
            "select count(*) from observation where indicator = 9001 and value = 500"))
        site.equal("the new rule fired for each row", 3, findings(province, "BEES_MANY"))
        site.equal("judged by the new version", 3, province.number(
            "select count(*) from report where catalogue = 2 and verdict = 'warnings'"))
        answer = "".join(c.answers("107", "da-xu-ly").values())
        site.check("and the officer reads its words", "500 đàn ong, nhiều bất thường" in answer,
                   answer)
        site.equal("the same programs all along", pids, (province.process.pid, c.process.pid))
        check = c.command("check", c.drop("107", ".thu.csv", with_bees("107", rows("107", 30, 1),
                                                                      101)), code=None)
        site.check("check beside the daemon uses it as well", "101 đàn ong" in check, check)

        c.kill()
        c.start()
        flow.wait("after a restart as well", lambda: catalogue_of(c) == 2, 20)
        damage(site, c)
        away = [absent(site, "b", "106"), absent(site, "d", "108")]
        within_its_time(site, province, away[1])
        for_a_year(site, province, away[0])
        flow.wait("who was linked has the third version as well",
                  lambda: catalogue_of(c) == 3, 10)
        flow.count(site, province, [c, *away])
        c.kill(signal.SIGTERM)
    return site.summary()


def checks(site, province):
    """What a version may not do, and what it would do."""
    def edition(name, version=2):
        return Edition(flow.CATALOGUE, os.path.join(site.dir, name), version)

    bad = edition("lai")
    bad.write("indicators", [line.replace("\tstock\t", "\tflow\t")
                             if line.split("\t")[1] == "member.total" else line
                             for line in bad.lines("indicators")])
    province.command("catalogue", "check", bad.dir, code=65)
    province.command("catalogue", "load", bad.dir, code=65)
    site.equal("a number keeps its meaning: nothing was loaded", 1,
               province.number("select count(*) from catalogue_bundle"))

    own = edition("tinh")
    with open(own.path("indicators.local"), "w", encoding="utf-8") as f:
        f.write(own.lines("indicators")[0] + "\n")
    own.indicator(101200, "x12.bees", BEES, "Bee colonies")
    line = own.lines("indicators")[-1]
    province.command("catalogue", "check", own.dir, code=65)  # among the national lines
    own.write("indicators", own.lines("indicators")[:-1])
    with open(own.path("indicators.local"), "a", encoding="utf-8") as f:
        f.write(line + "\n")
    site.check("a province's own line stands in a file of its own",
               "good" in province.command("catalogue", "check", own.dir))
    with open(own.path("indicators.local"), "a", encoding="utf-8") as f:
        f.write(line.replace("101200", "200").replace("x12.bees", "x12.hives") + "\n")
    province.command("catalogue", "check", own.dir, code=65)  # a number of the nation's

    stricter = edition("chat")
    stricter.rule("WORKERS_MANY", "htx_list", "worker.regular <= 5; worker.regular",
                  "{indicator}: {#1}, nhiều. Giải trình", "{indicator}: {#1}, many. Explain")
    text = province.command("catalogue", "check", stricter.dir)
    site.check("a stricter rule shows whom it would ask", "2 would change" in text
               and "WORKERS_MANY: +2 -0" in text, text)
    rows_ = json.loads(province.command("catalogue", "check", stricter.dir, "--json"))
    site.equal("by name", [("107", "warnings", "WORKERS_MANY")] * 2,
               [(r["unit"], r["after"], r["come"]) for r in rows_])
    site.equal("and stores nothing", 0, findings(province, "WORKERS_MANY"))


def absent(site, name, unit):
    """A collector without a link that reports by the version it has."""
    proxy = site.proxy(site.the_province.port)
    proxy.refuse = True
    c = site.collector(name, [unit], port=proxy.port).start()
    c.link = proxy
    c.drop(unit, "xa.csv", flow.entity_list(unit, rows(unit, 0, 3)))
    flow.wait("the reports wait", lambda: len(c.reports()) == 3, 10)
    site.equal("made by the version it was installed with", 1, catalogue_of(c))
    return c


def within_its_time(site, province, c):
    """accept_until of version 2 is today: reports of version 1 still count."""
    c.link.refuse = False
    flow.settled(site, [c])
    site.equal("reports of the older version count within its time", 3, province.number(
        "select count(*) from report where unit = '108' and catalogue = 1 and counts"))
    flow.wait("and the collector catches up", lambda: catalogue_of(c) == 2, 10)


def for_a_year(site, province, c):
    """Version 3 ended what older versions made: the kept originals are read again."""
    v3 = Edition(os.path.join(site.dir, "v2"), os.path.join(site.dir, "v3"), 3,
                 accept_until="2025-06-15")
    province.command("catalogue", "load", v3.dir)
    province.activate(3)
    c.kill()
    c.start(HTX_CRASH_AT="reread.before_commit")
    c.link.refuse = False
    flow.wait("it dies while it reads again", lambda: not c.alive(), 20)
    c.kill()
    c.start()
    flow.wait("the absent one catches up over a version it never saw",
              lambda: catalogue_of(c) == 3, 20)
    flow.settled(site, [c])
    site.equal("its reports count under the newest version", [["3", "3"]], province.sql(
        "select catalogue, count(*) from report where unit = '106' and counts group by 1"))
    site.equal("and were never judged under the old one", 0, province.number(
        "select count(*) from report where unit = '106' and catalogue < 3"))
    states = sorted(r["state"] for r in c.reports())
    site.equal("the outbox tells what became of the old ones", ["reread"] * 3,
               [s for s in states if s == "reread"])
    flow.wait("and the officer is told", lambda: any(
        "danh mục phiên bản 3" in t for t in c.answers("106", "da-xu-ly").values()), 10)
    site.equal("once", 1, "".join(c.answers("106", "da-xu-ly").values()).count(
        "danh mục phiên bản 3"))
    site.equal("nothing waits", 0, c.waiting())


def damage(site, c):
    """A bundle that changed on the disk is not used, and comes again."""
    c.kill()
    with open(held(c, 2), "r+b") as f:
        f.seek(1000)
        f.write(b"\0")
    c.start()
    flow.wait("a damaged bundle is replaced", lambda: catalogue_of(c) == 2, 20)
    site.check("and was never used damaged", "catalogue_not_used version=2" in c.logged())
    c.kill()
    with open(held(c, 2)[:-6] + "sig", "r+") as f:
        text = f.read().splitlines()
        f.seek(0)
        f.truncate()
        f.write("\n".join(text[:2]) + "\n")
    c.start()
    flow.wait("so is one with one signature only", lambda: catalogue_of(c) == 2, 20)
    site.equal("which was not used either", 2, c.logged().count("catalogue_not_used"))


if __name__ == "__main__":
    sys.exit(main())
