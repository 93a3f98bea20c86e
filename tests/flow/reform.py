#!/usr/bin/python3
"""1 July 2025: the districts of Lai Châu and their 106 communes become 38 communes, and two
communes of a neighbour are divided. Nobody is lost or doubled, both maps give the province the
same, who stays behind is on the work list, series say that they break.

The official lists are read from HTX_ADMIN_DATA, else from ../shared/data/admin beside the
checkout; where there are none the test is skipped."""
import collections
import csv
import json
import os
import random
import shlex
import subprocess
import sys
from decimal import Decimal

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow

DATA = os.environ.get("HTX_ADMIN_DATA") or os.path.join(flow.ROOT, "..", "shared", "data", "admin")
OLD, DAY, EVE = "2004-01-01", "2025-07-01", "2025-06-30"
ACT = "Nghị quyết 1670/NQ-UBTVQH15"
SPLIT = {"595", "596"}  # the neighbour's two districts with a divided commune each
HEAD = ["code", "valid_from", "valid_to", "name", "kind", "parent", "act", "reports", "aliases",
        "from"]
PERIODS = {"2024": "năm 2024", "2025-S1": "6 tháng đầu năm 2025",
           "2025-S2": "6 tháng cuối năm 2025", "2025": "năm 2025"}


def table(name):
    with open(os.path.join(DATA, name), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


class Map:
    """Old and new units, as the lists say."""

    def __init__(self):
        self.lines = [r for r in table("admin_old_to_new_2025.tsv")
                      if r["old_province_code"] == "12" or r["old_district_code"] in SPLIT]
        self.districts = {r["old_district_code"]: r["old_district"] for r in self.lines}
        self.communes = {r["old_commune_code"]: (r["old_commune"], r["old_district_code"])
                         for r in self.lines}
        self.new = {r["new_commune_code"]: r["new_commune"] for r in self.lines}
        self.after = collections.defaultdict(set)
        for r in self.lines:
            self.after[r["old_commune_code"]].add(r["new_commune_code"])
        self.split = {c for c, to in self.after.items() if len(to) > 1}
        self.alias = {}
        for r in table("admin_name_aliases.tsv"):
            word = r["name_in_code_list"].split(" ")[0]
            self.alias[r["commune_code"]] = word + " " + r["name_in_resolution_1670_1671"]

    def before_rows(self, until=""):
        rows = [[c, OLD, until, name, "district", "12", "", "", "", ""]
                for c, name in sorted(self.districts.items())]
        return rows + [[c, OLD, until, name, "commune", d, "", "no", self.alias.get(c, ""), ""]
                       for c, (name, d) in sorted(self.communes.items())]

    def after_rows(self):
        rows = []
        for code, name in sorted(self.new.items()):
            old = ["%s%s" % (r["old_commune_code"], "" if r["part"] == "full" else ":part")
                   for r in self.lines if r["new_commune_code"] == code]
            rows.append([code, DAY, "", name, "commune", "12", ACT, "yes", "", "; ".join(old)])
        return rows


class Entity:
    def __init__(self, tax, district, commune, written, to, members):
        self.tax, self.district, self.commune, self.written = tax, district, commune, written
        self.to = to  # the new units it may be in
        self.members = members
        self.name = "HTX số " + tax


def population(m, rng):
    """Three in every commune, written as officers write them, and a few nobody can place."""
    numbers = {d: flow.tax_numbers(d) for d in m.districts}
    found = []
    for code, (name, district) in sorted(m.communes.items()):
        ways = [name, code, name.upper(), name.split(" ")[-1] if name.count(" ") == 1
                else name.partition(" ")[2]]
        if code in m.alias:
            ways.append(m.alias[code])
        if name.startswith("Thị trấn ") or sum(  # a bare name that two have says nothing
                n.endswith(name.partition(" ")[2]) for n, d in m.communes.values()
                if d == district) > 1:
            ways = [name, code]
        for written in (rng.choice(ways), rng.choice(ways), m.alias.get(code, name)):
            found.append(Entity(next(numbers[district]), district, code, written,
                                m.after[code], rng.randint(5, 60)))
    for district in ("106", "109"):
        to = {n for c, (_, d) in m.communes.items() if d == district for n in m.after[c]}
        for written in ("", "Xã không có trong danh mục"):
            found.append(Entity(next(numbers[district]), district, None, written, to,
                                rng.randint(5, 60)))
    return found


class Desk:
    def __init__(self, site, province):
        self.site, self.province, self.n = site, province, 0
        people = self.write("people.tsv", "code\tname\trole\ttitle\tkey\tvalid_from\tvalid_to\n"
                            "dao\tTrần Thị Đào\tentry\t\t\t2020-01-01\t\n")
        province.command("person", "load", people)
        self.key = os.path.join(site.dir, "dao.key")
        public = province.command("keys", "new", self.key).split()[-1]
        province.command("keys", "enroll", "enroll desk=dao sign=" + public)
        self.paper = self.write("paper.txt", "bản giấy")

    def write(self, name, text):
        path = os.path.join(self.site.dir, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def submit(self, unit, text):
        self.n += 1
        path = self.write("so-%d.csv" % self.n, text)
        p = subprocess.run(
            [os.path.join(flow.BIN, "htx-aggregator"), "-c", self.province.conf, "submit", path,
             "--for", unit, "--by", "dao", "--key", self.key, "--why", "chưa có máy gửi",
             "--paper", self.paper, "--signer", "Lò Văn Nam", "--title", "Chủ tịch",
             "--complete"], capture_output=True, text=True, check=False, cwd=self.site.dir,
            env=dict(os.environ, LC_ALL="C.UTF-8"), timeout=120)
        if p.returncode not in (0, 2):
            raise flow.Failed("submit for %s: exit %d\n%s%s" % (unit, p.returncode, p.stdout,
                                                                p.stderr))
        return p.stdout + p.stderr

    def listing(self, unit, name, period, entities):
        lines = ["DANH SÁCH HỢP TÁC XÃ", "Mẫu số: Biểu 01/HTX",
                 "Đơn vị báo cáo: %s (mã %s)" % (name, unit), "Kỳ báo cáo: " + PERIODS[period],
                 "Loại số liệu: thực hiện", "", flow.HEAD]
        for i, e in enumerate(entities):
            lines.append('%d,%s,%s,,,HTX,Nông nghiệp,"%s",Đang hoạt động,%d,-,-,3,2,100'
                         % (i + 1, e.name, e.tax, e.written, e.members))
        return self.submit(unit, "\n".join(lines) + "\n")

    def statement(self, unit, name, period, htx, members):
        return self.submit(unit, "\n".join([
            "Mẫu số: Biểu 02/ĐV", "Đơn vị báo cáo: %s (mã %s)" % (name, unit),
            "Kỳ báo cáo: " + PERIODS[period], "Loại số liệu: thực hiện",
            "STT,Chỉ tiêu,Đơn vị tính,Tổng số", "1,Tổng số HTX,HTX,%d" % htx,
            "2,Tổng số thành viên HTX,thành viên,%d" % members]) + "\n")


def rollup(province, period, *argv):
    return json.loads(province.command("rollup", period, "--vintage", "actual", *argv, "--json"))


def load_units(desk, rows):
    text = "".join("\t".join(r) + "\n" for r in [HEAD, *rows])
    return desk.province.command("unit", "load", desk.write("units-reform.tsv", text))


def load_entities(desk, entities):
    head = "subject\tkind\tname\tsector\tunit\tcommune\tstate\tconfirmed\n"
    text = head + "".join("tax:%s\thtx\t%s\tagri\t%s\t%s\tactive\tyes\n"
                          % (e.tax, e.name, e.district, e.written) for e in entities)
    desk.province.command("entity", "load", desk.write("entities.tsv", text))


def homes(province):
    return {r[0][4:]: (r[1], r[2]) for r in province.sql(
        "select subject, unit, unit_from from home_at(9223372036854775807, 9223372036854775807)")}


def both_maps(site, province, period):
    """The province is the same on both maps, and so are all its units together."""
    site.equal("%s: province" % period, rollup(province, period),
               rollup(province, period, "--units", "as-is"))
    sums = []
    for units in ("as-was", "as-is"):
        total = collections.Counter()
        for r in rollup(province, period, "--by", "unit", "--units", units):
            key = r["indicator"], r["breakdown"]
            total[key + ("n",)] += Decimal(r["numerator"] or r["value"] or 0)
            total[key + ("d",)] += Decimal(r["denominator"] or 0)
        sums.append(total)
    site.check("%s: all units together" % period, sums[0] == sums[1] and len(sums[0]) > 4,
               str([(k, sums[0][k], sums[1][k]) for k in sums[0] if sums[0][k] != sums[1][k]][:5]))


def nobody_lost(site, province, entities, where):
    """where(entity): the unit it must be in."""
    have = homes(province)
    wrong = [(e.tax, where(e), have.get(e.tax)) for e in entities if have.get(e.tax) != where(e)]
    site.check("%d entities, each in its place, none lost or doubled" % len(entities),
               not wrong and len(have) == len(entities), "%s %s" % (len(have), wrong[:5]))


def first_days(site, province, desk, m, entities):
    load_units(desk, m.before_rows())
    load_entities(desk, entities)
    for period in ("2024", "2025-S1"):
        for d, name in sorted(m.districts.items()):
            mine = [e for e in entities if e.district == d]
            if d == "112" and period == "2025-S1":  # one district sends its own totals
                desk.statement(d, name, period, len(mine), sum(e.members for e in mine))
            else:
                desk.listing(d, name, period, mine)
    expected = {d: sum(e.district == d for e in entities) for d in m.districts}
    got = {r["unit"]: int(r["entities_expected"]) for r in rollup(
        province, "2024", "--by", "unit") if r["indicator"] == "htx.total"}
    site.equal("every district is measured by its own entities", expected, got)
    site.equal("communes that do not report are asked for nothing", set(m.districts),
               {r[0] for r in province.sql("select code from unit_expected('nd09', '2025-S1',"
                                           " 9223372036854775807, 9223372036854775807)")})


def reform(site, province, desk, m, entities):
    before = {p: rollup(province, p, "--by", "unit") for p in ("2024", "2025-S1")}
    load_units(desk, m.before_rows(EVE) + m.after_rows())
    n = province.number("select count(*) from control")
    load_units(desk, m.before_rows(EVE) + m.after_rows())
    site.equal("loading it again changes nothing", n,
               province.number("select count(*) from control"))
    lines = json.loads(province.command("unit", "list", "--lineage", "--json"))
    site.equal("every line of the resolutions", {(r["old_commune_code"], r["new_commune_code"],
                                                  r["part"][:4]) for r in m.lines},
               {(x["old"], x["new"], x["part"]) for x in lines})
    site.equal("what was reported before is what it was", before,
               {p: rollup(province, p, "--by", "unit") for p in before})
    nobody_lost(site, province, entities, lambda e: (e.district, OLD) if e.commune is None
                or len(e.to) > 1 else (min(e.to), DAY))
    def placed(day):
        return {x["subject"][4:]: (x["unit"], x["unit_from"]) for x in json.loads(
            province.command("entity", "list", "--on", day, "--json"))}
    site.equal("the register of a day stands under the units of that day",
               [{e.tax: (e.district, OLD) for e in entities},
                {e.tax: (e.district, OLD) if e.commune is None or len(e.to) > 1
                 else (min(e.to), DAY) for e in entities}], [placed("2025-06-30"), placed(DAY)])
    listed = json.loads(province.command("entity", "list", "--to-rehome", "--json"))
    want = {e.tax: e for e in entities if e.commune is None or e.commune in m.split}
    site.equal("on the work list: those of divided communes and of none that is known",
               {t: "part" if e.commune else "unknown" for t, e in want.items()},
               {x["subject"][4:]: x["reason"] for x in listed})
    site.check("each with the units it may be in", all(
        set(x["candidates"].split(", ")) == want[x["subject"][4:]].to for x in listed),
        str([(x["candidates"], want[x["subject"][4:]].to) for x in listed][:3]))
    text = province.command("entity", "list", "--to-rehome", "--unit", "106")
    site.check("of one unit", sum("tax:" in line for line in text.splitlines()) == 2
               and "--event moved" in text, text)
    return listed


def page(site, province, entities):
    """What a new commune's templates are filled from."""
    got = {r[0][4:] for r in province.sql(
        "select subject from unit_register('03390', '%s', '2025-12-16') where here" % DAY)}
    site.equal("a new commune has its entities on its page",
               {e.tax for e in entities if e.to == {"03390"}}, got)


def totals(site, province, entities):
    """Members by today's units, added up from the entities."""
    have = homes(province)
    want = collections.Counter()
    for e in entities:
        want[have[e.tax]] += e.members
    got = {(r["unit"], r["unit_from"]): int(r["value"]) for r in rollup(
        province, "2024", "--by", "unit", "--units", "as-is")
        if r["indicator"] == "member.total" and not r["breakdown"]}
    site.equal("2024 by today's units: members of each", dict(want), got)


def settle(site, province, entities, listed, rng):
    for x in listed:
        unit = rng.choice(x["candidates"].split(", "))
        argv = shlex.split(x["command"].replace("htx-aggregator ", "").replace(" TEXT ", " X "))
        argv[argv.index("--unit") + 1] = unit
        argv[argv.index("--act") + 1] = ACT
        argv[argv.index("--by") + 1] = "dao"
        if x["subject"] == listed[0]["subject"]:
            site.check("the command of the list", argv[:4] == ["entity", "event", x["subject"],
                                                               "--event"], str(argv))
        province.command(*argv)
        next(e for e in entities if "tax:" + e.tax == x["subject"]).to = {unit}
    site.equal("the list is empty", [], json.loads(
        province.command("entity", "list", "--to-rehome", "--json")))
    nobody_lost(site, province, entities, lambda e: (min(e.to), DAY))


def afterwards(site, province, desk, m, entities):
    """The communes report the second half, the year some of them."""
    for code, name in sorted(m.new.items()):
        mine = [e for e in entities if e.to == {code}]
        desk.listing(code, name, "2025-S2", mine)
        if code < "03410":
            desk.listing(code, name, "2025", mine)
    foreign = province.number("select count(*) from finding where code = 'ENTITY_FOREIGN'")
    site.equal("a new commune may report what was its district's", 0, foreign)
    got = {r["unit"]: int(r["entities_expected"]) for r in rollup(
        province, "2025-S2", "--by", "unit") if r["indicator"] == "htx.total"}
    site.equal("every commune is measured by its own entities",
               {c: sum(e.to == {c} for e in entities) for c in m.new}, got)
    p = subprocess.run([os.path.join(flow.BIN, "htx-aggregator"), "-c", province.conf, "rollup",
                        "2025-S2", "--by", "unit"], capture_output=True, text=True, check=False,
                       env=dict(os.environ, LC_ALL="vi_VN.UTF-8"))
    site.check("the table by unit says where the series breaks",
               "Đứt chuỗi số liệu" in p.stderr and "03390 Xã Bình Lư: Từ ngày 01/7/2025 nhận: "
               "Thị trấn Tam Đường (Huyện Tam Đường)" in p.stderr, p.stderr)
    site.equal("breaks: old districts and new communes; none before", (
        len(m.districts) + len(m.new), 0), tuple(province.number(
            "select count(*) from break_at('nd09', '%s', 9223372036854775807,"
            " 9223372036854775807)" % period) for period in ("2025-S2", "2025-S1")))


def statements(site, province):
    """A divided district's own totals stay under its name."""
    was = [r for r in rollup(province, "2025-S1", "--by", "unit", "--units", "as-is")
           if r["unit"] == "112"]
    site.check("the statement of a former district stays with it, marked",
               was and all(r["break"] for r in was) and {r["source"] for r in was} == {"statement"},
               str(was[:2]))
    rest = [r for r in rollup(province, "2025-S1", "--by", "unit", "--units", "as-is")
            if r["unit"] != "112"]
    site.check("all else went to the new communes", rest and not any(r["break"] for r in rest)
               and {r["unit_from"] for r in rest} == {DAY}, str(rest[:1]))


def too_late(site, province, desk, m, entities):
    mine = [e for e in entities if e.district == "105"][:1]
    e = Entity(next(flow.tax_numbers("777")), "105", None, "", set(), 7)
    said = desk.listing("105", m.districts["105"], "2025-S2", [e])
    site.check("a district that is gone: held", province.sql(
        "select r.verdict, f.code from report r join finding f using (epoch, seq)"
        " where r.subject = 'tax:%s' and f.holds" % e.tax) == [["held", "UNIT_ENDED"]],
        said + str(mine))
    before = [r["value"] for r in rollup(province, "2025-S2") if r["indicator"] == "htx.total"]
    at = province.sql("select epoch || '.' || seq from report where subject = 'tax:%s'" % e.tax)
    province.command("decide", at[0][0], "count", "--why", "số liệu bàn giao", "--by", "dao",
                     "--yes")
    after = [r["value"] for r in rollup(province, "2025-S2") if r["indicator"] == "htx.total"]
    site.equal("after a decision it counts", int(before[0]) + 1, int(after[0]))
    both_maps(site, province, "2025-S2")


def explained(site, province):
    p = subprocess.run([os.path.join(flow.BIN, "htx-aggregator"), "-c", province.conf, "explain",
                        "2025-S1", "--verify", "--vintage", "actual", "--units", "as-is", "--json"],
                       capture_output=True, text=True, check=False, timeout=600)
    told = json.loads(p.stdout)["verify"] if p.stdout else {"totals": 0, "wrong": p.stderr}
    site.check("on today's map too every total is the sum of its cells",
               told["totals"] > 100 and told["wrong"] == 0, str(told))
    x = json.loads(province.command("explain", "2024", "member.total", "--unit", "03390",
                                    "--vintage", "actual", "--units", "as-is", "--json"))
    site.check("and each cell is one that an old district signed", x["sums"]["same"]
               and {line["unit"] for line in x["lines"]} == {"106"}, str(x["sums"]))
    for argv in (["2024", "member.total", "--units", "now"],
                 ["2024", "member.total", "--units", "as-is", "--number", "1"]):
        site.equal("explain " + " ".join(argv), "", province.command("explain", *argv, code=64))
    site.equal("rollup --units as-is --differences", "", province.command(
        "rollup", "2024", "--units", "as-is", "--differences", code=64))


def main():
    if not os.path.exists(os.path.join(DATA, "admin_old_to_new_2025.tsv")):
        print("# no lists of units in %s: set HTX_ADMIN_DATA" % DATA)
        sys.exit(77)
    rng = random.Random(int(os.environ.get("SEED", "20250701")))
    with flow.Site("reform") as site:
        m = Map()
        entities = population(m, rng)
        province = site.province(units={"105": ""}, civil_date="2025-06-16")
        desk = Desk(site, province)
        first_days(site, province, desk, m, entities)
        listed = reform(site, province, desk, m, entities)
        for period in ("2024", "2025-S1"):
            both_maps(site, province, period)
        totals(site, province, entities)
        settle(site, province, entities, listed, rng)
        totals(site, province, entities)
        page(site, province, entities)
        statements(site, province)
        province.configure("2025-12-16")
        afterwards(site, province, desk, m, entities)
        for period in PERIODS:
            both_maps(site, province, period)
        explained(site, province)
        too_late(site, province, desk, m, entities)
    sys.exit(site.summary())


if __name__ == "__main__":
    main()
