#!/usr/bin/python3
"""A batch whose items were judged in different commits: the ministry's copy has all of them, and
reads each report out of the signed batch as the province does."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import ministry


def pulled(site, province, bo, name):
    flow.wait("every commit is signed", lambda: province.number(
        "select count(*) from commit c left join commit_signature s using (epoch, number)"
        " where s.key is null") == 0)
    folder = os.path.join(site.dir, name)
    province.command("feed", "export", "--chain", "full", "-o", folder)
    bo.command("pull", "--from", folder)


def main():
    with flow.Site("waited") as site:
        # the collector's day is six weeks ahead of the province's: the window opens 15 May
        province = site.province(civil_date="2025-05-01").start()
        bo = ministry.Ministry(site)
        bo.follow(os.path.join(province.state, "genesis.conf"))
        c = site.collector("a", ["107"])
        taxes = flow.tax_numbers("107")
        for name, period, n in (("som.csv", "6 tháng đầu năm 2025", 3),
                                ("cu.csv", "6 tháng cuối năm 2024", 2)):
            c.drop("107", name, flow.entity_list("107", [
                (t, "HTX " + t, 100) for _, t in zip(range(n), taxes)], period))
        c.start()
        flow.wait("those of the open period are answered", lambda: len(c.receipts()) == 2, 20)
        pulled(site, province, bo, "one")
        c.kill(signal.SIGTERM)
        province.kill(signal.SIGTERM)
        province.configure("2025-05-20")
        province.start()
        c.start()
        flow.settled(site, [c])
        pulled(site, province, bo, "two")
        site.equal("one batch, judged in two commits", [["1", "2"]], province.sql(
            "select count(distinct r.evidence), count(distinct c.number) from report r"
            " join commit c on r.seq between c.first_seq and c.last_seq"))
        site.equal("the copy has it twice, each time with what was answered", [["1", "1"]],
                   bo.sql("select (select count(*) from evidence),"
                          " (select count(*) from evidence_later)", "htx_12"))
        wrong, rows = ministry.differences(province, bo)
        site.check("every table is the province's (%d rows)" % rows, not wrong, wrong)
        for position, in province.sql("select epoch || '.' || seq from report order by seq"):
            site.equal("report %s is read from its signed bytes" % position,
                       json.loads(province.command("report", "show", position, "--json")),
                       json.loads(bo.command("-p", "12", "report", "show", position, "--json")))
        c.kill(signal.SIGTERM)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
