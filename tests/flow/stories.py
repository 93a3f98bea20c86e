#!/usr/bin/python3
"""Two stories of offices, on the figures of their own documents.

(a) Tam Đường, September 2023: estimate for 2023 and plan for 2024 come from one workbook;
    the plan stands beside the estimate, both beside the targets for 2025.
(b) Lai Châu 2022: the province's statement of what was reached, from an old table, beside
    its targets for 2025, 2030 and 2045: each line đạt, chưa đạt or không so sánh được, with
    the reason. All lines of the file of targets go in and come out unchanged.

The documents' figures lie beside the repository (../shared/data); where they are not, what
needs them is skipped."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow  # noqa: E402

DATA = os.path.join(flow.ROOT, "..", "shared", "data")
LAI_CHAU = os.path.join(DATA, "lai_chau_targets.tsv")
TAM_DUONG = os.path.join(DATA, "tam_duong_2023.tsv")
SHEETS = os.path.join(flow.ROOT, "tests", "data", "tam_duong")


class Office:
    """A province with a desk officer."""

    def __init__(self, site):
        self.site = site
        self.province = site.province(civil_date="2023-09-20")
        people = os.path.join(site.dir, "people.tsv")
        with open(people, "w", encoding="utf-8") as f:
            f.write("code\tname\trole\ttitle\tkey\tvalid_from\tvalid_to\n"
                    "dao\tTrần Thị Đào\tentry\t\t\t2020-01-01\t\n")
        self.command("person", "load", people)
        self.key = os.path.join(site.dir, "dao.key")
        public = self.command("keys", "new", self.key).split()[-1]
        self.command("keys", "enroll", "enroll desk=dao sign=" + public)

    def command(self, *argv, code=0):
        return self.province.command(*argv, code=code)

    def rows(self, *argv):
        return json.loads(self.command(*argv, "--json"))

    def raw(self, *argv):
        """Bytes as they come."""
        return subprocess.run([os.path.join(flow.BIN, "htx-aggregator"), "-c", self.province.conf,
                               *argv], capture_output=True, check=True).stdout

    def history(self, path, *more, code=0):
        return self.command("history", "load", path, "--document", "BC 755a/BC-UBND", "--date",
                            "2023-09-18", "--by", "dao", "--key", self.key, *more, code=code)


def cut(source, target, keep):
    """The head of a TSV file and the lines for which keep(fields by name) is true."""
    with open(source, encoding="utf-8") as f:
        lines = f.read().splitlines(True)
    head = lines[0].rstrip("\n").split("\t")
    with open(target, "w", encoding="utf-8") as f:
        f.write(lines[0])
        f.writelines(x for x in lines[1:] if keep(dict(zip(head, x.rstrip("\n").split("\t")))))
    return target


def estimate_and_plan(site, office):
    for sheet in ("tam-duong-2023.xlsx",):
        office.command("submit", os.path.join(SHEETS, sheet), "--for", "106", "--by", "dao",
                       "--why", "không có máy gửi", "--key", office.key, code=None)
    seal = json.loads(office.command("close", "2023", "--vintage", "estimate", "--show", "--json"))
    site.check("who signs sees what is to be corrected and was counted, beside the warnings",
               any("MEAN_OUTSIDE_WEIGHTED" in w["codes"] for w in seal["warnings"]),
               str(seal["warnings"]))
    of = {(r["vintage"], r["indicator"], r["breakdown"]): r
          for p in ("2023", "2024") for r in office.rows("rollup", p, "--by", "unit")
          if r["unit"] == "106"}
    site.equal("one workbook gives the estimate and next year's plan",
               ("53", "53", "420", "420"),
               (of["estimate", "htx.total", ""]["value"], of["plan", "htx.total", ""]["value"],
                of["estimate", "member.total", ""]["value"],
                of["plan", "member.total", ""]["value"]))
    beside = {(r["vintage"], r["indicator"], r["breakdown"]): r
              for r in office.rows("rollup", "2024", "--by", "unit", "--compare")
              if r["unit"] == "106"}

    def figures(indicator):
        r = beside["plan", indicator, ""]
        return (r["value"], r["previous"], r["change"], r["percent_previous"],
                r["percent_previous_reason"])
    site.equal("the plan for 2024 beside the estimate for 2023: members",
               ("420", "420", "0", "100", "estimate"), figures("member.total"))
    site.equal("workers", ("650", "630", "20", "103.2", "estimate"), figures("worker.regular"))
    site.equal("cooperatives in operation", ("53", "49", "4", "108.2", "estimate"),
               figures("htx.active"))
    # the document states 1,100; its sectors weighted by their cooperatives make 706.4
    site.equal("mean revenue, from the sums of both years",
               ("1250", "706.4", "543.6", "176.9", "estimate"), figures("revenue.avg"))
    site.equal("a plan is not compared with itself", {"is_plan"},
               {r["plan_reason"] for r in beside.values()})
    site.equal("nobody told of 2022: each cell says so", {(None, "not_reported")},
               {(r["previous"], r["previous_reason"])
                for r in office.rows("rollup", "2023", "--compare")})


def targets_of_the_district(site, office):
    if not os.path.exists(TAM_DUONG):
        site.skip("targets of Tam Đường: no %s" % TAM_DUONG)
        return
    goals = cut(TAM_DUONG, os.path.join(site.dir, "tam_duong_muc_tieu.tsv"),
                lambda r: r["kind"] == "target")
    office.command("target", "load", goals, "--by", "dao")
    with open(goals, "rb") as f:
        site.equal("nine targets come back as they were", f.read(),
                   office.raw("target", "list", "--tsv"))
    by = {(r["indicator"], r["breakdown"]): r
          for r in office.rows("target", "status", "2023", "--vintage", "estimate")}

    def said(indicator, breakdown="all"):
        r = by[indicator, breakdown]
        return r["actual"], r["outcome"], r["reason"]
    site.equal("630 workers, target 600 to 800 in 2025: reached before it is due",
               ("630", "reached", "not_due"), said("worker.regular"))
    site.equal("18 of 53 work effectively, derived again, target more than 70 %",
               ("34", "not_reached", "not_due"), said("htx.effective_pct"))
    site.equal("income is of regular workers (42 is stated), the target of members as well",
               ("33.14", "not_comparable", "population"), said("income.worker_avg"))
    site.equal("nobody told how many were founded: no figure",
               (None, "not_comparable", "no_figure"), said("htx.new.per_year"))
    plan = {r["indicator"]: r for r in office.rows("target", "status", "2024", "--vintage", "plan")}
    site.equal("the plan for 2024 beside the target for 2025: workers",
               ("650", "reached", "not_due"),
               tuple(plan["worker.regular"][k] for k in ("actual", "outcome", "reason")))
    site.equal("four to be founded, three a year are asked", ("4", "reached", ""),
               tuple(plan["htx.new.per_year"][k] or "" for k in ("actual", "outcome", "reason")))


def the_same_from_a_table(site, office):
    if not os.path.exists(TAM_DUONG):
        return
    table = cut(TAM_DUONG, os.path.join(site.dir, "tam_duong_2023.tsv"), lambda r: True)
    said = office.history(table)
    site.check("the document's table goes in as earlier data", "3 reports" in said, said)
    site.equal("and changes no figure the unit gave itself", "53",
               next(r["value"] for r in office.rows("rollup", "2023", "--by", "unit", "--vintage",
                                                    "estimate")
                    if (r["unit"], r["indicator"], r["breakdown"]) == ("106", "htx.total", "")))
    said = office.history(table)
    site.check("once", "0 reports of earlier data, 3 with nothing new" in said, said)


def the_province_in_2022(site, office):
    if not os.path.exists(LAI_CHAU):
        site.skip("targets of Lai Châu: no %s" % LAI_CHAU)
        return
    office.command("target", "load", LAI_CHAU, "--by", "dao")
    with open(LAI_CHAU, "rb") as f:
        whole = f.read()
    site.equal("80 lines", 81, whole.count(b"\n"))
    site.equal("all lines come out unchanged, in their order", whole,
               office.raw("target", "list", "--tsv"))
    said = office.command("target", "load", LAI_CHAU, "--by", "dao")
    site.check("the same again changes nothing", said.startswith("0 loaded, 80 unchanged"), said)

    actual = cut(LAI_CHAU, os.path.join(site.dir, "lai-chau-2022.tsv"),
                 lambda r: r["kind"] == "actual")
    said = office.history(actual, "--unit", "12")
    site.check("what was reached in 2022 is one statement of the province", "1 reports" in said,
               said)
    rows = office.rows("target", "status", "2022")
    site.equal("every target and need, none of what was reached", 72, len(rows))
    site.equal("a need is listed, not judged", {(12, "", "need")},
               {(sum(r["kind"] == "need" for r in rows), r["outcome"] or "", r["reason"])
                for r in rows if r["kind"] == "need"})
    of = {(r["act"].split("/")[0], r["target_period"], r["indicator"], r["breakdown"]):
          (r["actual"], r["outcome"], r["reason"]) for r in rows if r["kind"] == "target"}

    def line(name, expected, *key):
        site.equal(name, expected, of[key])
    line("275 cooperative groups, about 430 in 2030", ("275", "not_reached", "not_due"),
         "S3", "2030", "tht.total", "all")
    line("about 600 in 2045", ("275", "not_reached", "not_due"), "S3", "2045", "tht.total", "all")
    line("391 takes branches along", ("391", "not_comparable", "grouping"),
         "S3", "2030", "htx.total", "all")
    line("10,000 workers of groups, cooperatives and unions",
         ("3281", "not_comparable", "population"), "S3", "2030", "worker.regular", "all")
    line("10,000 workers of cooperatives", ("3281", "not_comparable", "grouping"),
         "S0", "2021-2030", "worker.regular", "all")
    line("5,000 to 6,000 likewise", ("3281", "not_comparable", "grouping"),
         "S0", "2021-2025", "worker.regular", "all")
    line("the income of members is not that of members and workers",
         ("52.6", "not_comparable", "population"), "S0", "2021-2025", "income.worker_avg", "all")
    line("37 million in groups, more than 65 in 2025, as the province itself states",
         ("37", "not_reached", "not_due,stated"), "S0", "2021-2025", "tht.income_avg", "all")
    line("members and workers are not members", ("3281", "not_comparable", "grouping"),
         "S3", "2030", "member.total", "all")
    line("nor in groups", ("2098", "not_comparable", "grouping"),
         "S3", "2030", "tht.member", "all")
    line("no figure of unions", (None, "not_comparable", "no_figure"),
         "S3", "2030", "lh.total", "all")
    site.equal("every line has its word, and a reason where it cannot be compared", [],
               [k for k, v in of.items()
                if v[1] not in ("reached", "not_reached", "not_comparable") or
                (v[1] == "not_comparable" and not v[2])])
    said = office.raw("target", "status", "2022").decode()
    people = subprocess.run(
        [os.path.join(flow.BIN, "htx-aggregator"), "-c", office.province.conf, "target", "status",
         "2022"], capture_output=True, text=True, check=True,
        env=dict(os.environ, LC_ALL="vi_VN.UTF-8")).stdout
    site.check("in words of both languages",
               "not comparable" in said and "chưa đạt" in people and "chưa đến hạn" in people and
               "số liệu gộp nhiều nhóm" in people, people[:2000])


def main():
    with flow.Site("stories") as site:
        office = Office(site)
        estimate_and_plan(site, office)
        targets_of_the_district(site, office)
        the_same_from_a_table(site, office)
        if os.path.exists(TAM_DUONG): # one province's targets are enough in the list below
            office.command("target", "load", cut(
                TAM_DUONG, os.path.join(site.dir, "tam_duong_muc_tieu.tsv"), lambda r: False),
                "--by", "dao")
        the_province_in_2022(site, office)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
