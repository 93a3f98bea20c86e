#!/usr/bin/python3
"""Three schemes of periods side by side: that of the decree, calendar half-years, the
ministry's letters. Their windows are those of the rule; one organisation reports under
each; no figure of one stands in a total of another; each is published by itself."""
import csv
import datetime
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow

DECREE = os.path.join(os.path.dirname(__file__), "..", "data", "periods_nd09_2019.tsv")
UNIT = "107"
SAID = {"nd09": "6 tháng đầu năm 2025",
        "calendar": "6 tháng đầu năm 2025 (theo năm dương lịch)",
        "ministry": "6 tháng đầu năm 2025 (theo công văn của Bộ)"}


def table(path):
    with open(path, encoding="utf-8") as f:
        return list(csv.DictReader(f, delimiter="\t"))


def day(text, year):
    """"15/12 năm trước" of a year."""
    d, m, before = re.match(r"(\d+)/(\d+)( năm trước)?$", text).groups()
    return datetime.date(year - bool(before), int(m), int(d)).isoformat()


def windows(site):
    """The shipped periods against the decree's table and the letters (31/12, 05/01; 30/6)."""
    rule = {r["period_kind"]: r for r in table(DECREE)}
    periods = table(os.path.join(flow.CATALOGUE, "periods.tsv"))
    kinds = {"S1": "half1", "S2": "half2", "9T": "nine", "": "year"}
    wrong, seen = [], set()
    for p in periods:
        year, _, tail = p["code"].partition("-")
        if p["scheme"] == "nd09":
            r = rule[kinds[tail]]
            seen.add(kinds[tail])
            want = (day(r["from"], int(year)), day(r["to"], int(year)))
            if (p["starts"], p["ends"]) != want or p["cutoff"] != p["ends"] \
                    or not p["name_vi"].startswith(r["name_vi"]):
                wrong.append((p["code"], want))
        elif p["scheme"] in ("calendar", "ministry"):
            want = {"": ("01-01", "12-31"), "S1": ("01-01", "06-30"),
                    "S2": ("07-01", "12-31")}[tail]
            if (p["starts"], p["cutoff"]) != tuple("%s-%s" % (year, w) for w in want):
                wrong.append((p["scheme"], p["code"], want))
        if p["scheme"] == "ministry" and tail == "" \
                and p["due"] != "%d-01-05" % (int(year) + 1):
            wrong.append((p["code"], p["due"]))
    site.equal("windows are those of the rules", [], wrong)
    site.equal("every kind that is asked is there", {"half1", "half2", "nine", "year"}, seen)
    codes = {s: {p["code"] for p in periods if p["scheme"] == s} for s in SAID}
    site.check("every scheme has its half-years and years", all(
        {"%d-S1" % y, str(y)} <= codes[s] for s in SAID for y in range(2021, 2028)), codes)


def totals(province, scheme):
    rows = json.loads(province.command("rollup", scheme + ":2025-S1", "--json"))
    return {r["indicator"]: r["value"] for r in rows
            if r["indicator"] in ("htx.total", "capital.charter")}


def apart(site, province, c):
    taxes = [t for _, t in zip(range(3), flow.tax_numbers(UNIT))]
    for i, (scheme, said) in enumerate(SAID.items()):
        c.drop(UNIT, scheme + ".csv", flow.entity_list(UNIT, [
            (t, "HTX " + t, 100 * (i + 1)) for t in taxes[:i + 1]], said))
    flow.settled(site, [c])
    site.equal("each report under its scheme", [["calendar", "2"], ["ministry", "3"],
                                                ["nd09", "1"]],
               province.sql("select scheme, count(*) from report where counts and period ="
                            " '2025-S1' group by 1 order by 1"))
    for i, scheme in enumerate(SAID):
        site.equal("the total of %s is its own" % scheme,
                   {"htx.total": str(i + 1), "capital.charter": str(100 * (i + 1) ** 2)},
                   totals(province, scheme))
    site.equal("without a scheme's name the decree is meant", "1", {
        r["indicator"]: r["value"] for r in json.loads(
            province.command("rollup", "2025-S1", "--json"))}["htx.total"])
    return taxes


def publish(province, scheme):
    province.publish(scheme + ":2025-S1")


def published(site, province, c, taxes):
    publish(province, "calendar")
    for scheme in SAID:
        c.drop(UNIT, scheme + "-2.csv", flow.entity_list(
            UNIT, [(taxes[0], "HTX " + taxes[0], 7)], SAID[scheme]))
    flow.settled(site, [c])
    site.equal("closing one closes no other", [["calendar", "held"], ["ministry", "warnings"],
                                               ["nd09", "warnings"]],
               province.sql("select scheme, verdict from report where revision = 2"
                            " order by 1"))
    for scheme in ("nd09", "ministry"):
        publish(province, scheme)
    out = os.path.join(site.dir, "out")
    for scheme in SAID:
        province.command("extract", scheme + ":2025-S1", "--format", "csv", "-o", out)
    site.equal("three files in one folder", 3,
               len([n for n in os.listdir(out) if n.endswith("_v1.csv") or
                    n.endswith("_v1.zip")]))
    for scheme in SAID:
        site.check("the publication of %s is verified" % scheme, province.command(
            "publish", "--verify", scheme + ":2025-S1") != "")


def main():
    with flow.Site("schemes") as site:
        windows(site)
        province = site.province(civil_date="2025-07-01",
                                 units=dict.fromkeys(flow.NAMES, "")).start()
        c = site.collector("a", [UNIT], civil_date="2025-07-01").start()
        published(site, province, c, apart(site, province, c))
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
