#!/usr/bin/python3
"""The ministry's totals over its copies of the provinces, against sums made here.

Five provinces: 14 went into 12 on 1 July 2025, the commune 01003 from 01 to 02 the same day;
the ministry's own register says so (first without one). Some entities and units
are reported by two provinces; 12 has a line of its own; 02 has a newer catalogue; of 31
nothing has come. What the copies hold is written straight into them: how it gets there is
another test's."""
import collections
import csv
import json
import os
import random
import sys
from decimal import Decimal
from fractions import Fraction

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow

OLD, DAY, EVE = "2004-01-01", "2025-07-01", "2025-06-30"
NAMES = {"01": "Thành phố Hà Nội", "02": "Tỉnh Hà Giang", "12": "Tỉnh Lai Châu",
         "14": "Tỉnh Sơn La", "31": "Thành phố Hải Phòng"}
BEES = 100000 + 12 * 100 + 7
SUMS = ["member.total", "worker.regular", "revenue.total", "htx.chain"]
SCALE = {"revenue.total": 1000000, "income.worker_avg": 1000000}


def literal(x):
    return "null" if x is None else "'" + str(x).replace("'", "''") + "'"


class Ministry(flow.Province):
    """A home database with copies of provinces in it."""

    def configure(self, civil_date):
        self.asked = {}
        super().configure(civil_date)
        with open(self.conf, encoding="utf-8") as f:
            text = f.read()
        text = text.replace("code = 12", "code = 00").replace("Tỉnh Lai Châu", "Bộ Tài chính")
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(text)

    def load_units(self, units):
        pass

    def follow(self, codes):
        with open(os.path.join(self.state, "genesis.conf"), encoding="utf-8") as f:
            own = f.read()
        for i, code in enumerate(codes):
            # keys are read of it and no signature here: pages are another test's
            file = own.replace("code = 00", "code = " + code).encode().hex()
            self.sql("insert into nation.province (code, schema, name, genesis, file, chain)"
                     " values ('%s', 'htx_%s', '%s', sha256('%s'), '\\x%s', 'full');"
                     " insert into nation.branch (code, branch, epoch, page, lost, why, person)"
                     " values ('%s', 1, 0, 0, 0, '', '');"
                     % (code, code, NAMES[code], i, file, code))
        self.command("migrate")
        for code in codes:
            for table in ("cat_indicator", "cat_breakdown", "cat_form", "cat_cell", "cat_source",
                          "catalogue", "catalogue_bundle", "period"):
                self.sql("insert into htx_%s.%s select * from htx.%s" % (code, table, table))

    def rollup(self, period, *argv, province=None):
        """What was asked before is not asked again while nothing new is written."""
        key = (period, argv, province)
        if key not in self.asked:
            before = ["-p", province] if province else []
            self.asked[key] = self.command(*before, "rollup", period, "--json", *argv)
        return json.loads(self.asked[key])


class Copy:
    """What is written into one province's copy."""

    def __init__(self, ministry, code):
        self.ministry, self.code, self.seq, self.lines = ministry, code, 1000, []
        self.hash = 0

    def next(self):
        self.seq += 1
        return self.seq

    def unit(self, code, name, kind="commune", valid_from=OLD, valid_to=None):
        self.lines.append(
            "insert into htx_%s.unit (epoch, seq, code, valid_from, valid_to, name, kind, parent,"
            " act) values (1, %d, '%s', '%s', %s, '%s', '%s', '%s', '');"
            % (self.code, self.next(), code, valid_from, literal(valid_to), name, kind,
               "" if kind == "province" else self.code))

    def entity(self, subject, unit, unit_from=OLD, dissolved=None):
        self.lines.append(
            "insert into htx_%s.entity (epoch, seq, subject, kind, name, sector, unit, unit_from,"
            " commune, state, dissolved, confirmed) values (1, %d, '%s', 'htx', 'HTX %s', 'crops',"
            " '%s', '%s', '', '%s', %s, true);"
            % (self.code, self.next(), subject, subject, unit, unit_from,
               "dissolved" if dissolved else "active", literal(dissolved)))

    def report(self, cells, r):
        """cells: (code, b1) by position of the form. r: a Report."""
        seq = self.next()
        digest = "%s.%d" % (self.code, seq)
        values = [r.cells.get(c) for c in cells[r.form]]
        self.lines.append(
            "insert into htx_%s.report (epoch, seq, scheme, period, vintage, form, form_version,"
            " unit, unit_from, kind, subject, channel, revision, verdict, late, counts, hash,"
            " digest, id, evidence, item, catalogue, name, sector, commune, state, value, mark)"
            " values (1, %d, 'nd09', '%s', 'actual', '%s', 1, '%s', '%s', '%s', '%s',"
            " 'territorial', 1, 'accepted', false, true, sha256('%s'), sha256('%s'),"
            " gen_random_uuid(), '', 0, 1, 'HTX', '%s', '', '%s', '{%s}', '%s');"
            % (self.code, seq, r.period, r.form, r.unit, r.unit_from,
               "htx" if r.subject else "unit", r.subject or "", digest, digest, r.sector,
               r.state if r.subject else "",
               ",".join("null" if v is None else str(v) for v in values),
               "".join(" " if v is None else "v" for v in values)))
        if r.bees is not None:
            self.lines.append(
                "insert into htx_%s.report_cell (epoch, seq, ord, indicator, b1, b2, value, mark,"
                " qualifier, stated, population, text) values (1, %d, 1, %d, '', '', %d, 'v',"
                " ' ', true, '', '');" % (self.code, seq, BEES, r.bees))

    def write(self):
        first = self.ministry.number("select coalesce(max(last_seq), 0) + 1 from htx_%s.commit"
                                     % self.code)
        self.lines.append(
            "insert into htx_%s.commit (epoch, number, first_seq, last_seq, control, statement,"
            " statement_hash, leaves, at) select 1, coalesce(max(number), 0) + 1, %d, %d, false,"
            " '', sha256(''), decode(repeat('00', 32 * %d), 'hex'), now() from htx_%s.commit;"
            % (self.code, first, self.seq, self.seq - first + 1, self.code))
        self.ministry.sql("\n".join(self.lines))
        self.ministry.asked = {}
        self.lines = []


class Report:
    def __init__(self, province, period, unit, cells, subject=None, unit_from=OLD,
                 sector="crops", state="active", bees=None):
        self.province, self.period, self.unit, self.subject = province, period, unit, subject
        self.unit_from, self.sector, self.state, self.bees = unit_from, sector, state, bees
        self.form = "htx_list" if subject else "unit_statement"
        self.cells = cells
        self.lost = False    # counts in the other province
        self.unit_has_chain = False
        self.today = province


def entity_cells(rng):
    cells = {("member.total", ""): rng.randint(7, 90), ("worker.regular", ""): rng.randint(1, 40),
             ("income.worker_avg", ""): rng.randint(1000, 9999) * 10000,
             ("revenue.total", ""): rng.randint(1, 10 ** 10)}
    if rng.random() < 0.7:
        cells["htx.chain", ""] = rng.randint(0, 1)
    return cells


def statement_cells(rng):
    n = rng.randint(3, 20)
    return {("htx.total", ""): n, ("htx.active", ""): n - rng.randint(0, 2),
            ("member.total", ""): rng.randint(50, 900),
            ("worker.regular", ""): rng.randint(10, 400),
            ("income.worker_avg", ""): rng.randint(1000, 9999) * 10000,
            ("revenue.avg", ""): rng.randint(1, 10 ** 9), ("htx.chain", ""): rng.randint(0, 3)}


# ---- the same sums, made here ---------------------------------------------------------------

def half_away(x, digits):
    q = abs(x) * 10 ** digits
    whole = int(q + Fraction(1, 2))
    return Decimal(whole if x >= 0 else -whole).scaleb(-digits)


def sums(reports):
    """{indicator: (numerator, denominator or None)}, exact, in printed units."""
    num, den = {}, {}

    def add(code, x, d=None):
        num[code] = num.get(code, 0) + Fraction(x)
        if d is not None:
            den[code] = den.get(code, 0) + Fraction(d)

    for unit in sorted({(r.province, r.unit) for r in reports}):
        of_unit = [r for r in reports if (r.province, r.unit) == unit]
        stated = [r for r in of_unit if not r.subject]
        for r in stated or of_unit:
            c = {code: v for (code, b1), v in r.cells.items() if b1 == ""}
            total = c["htx.total"] if not r.subject else 1
            add("htx.total", total)
            add("htx.active", c["htx.active"] if not r.subject else r.state == "active")
            for code in SUMS:
                if code in c:
                    add(code, Fraction(c[code], SCALE.get(code, 1)))
            add("income.worker_avg", Fraction(c["income.worker_avg"] * c["worker.regular"],
                                              1000000), c["worker.regular"])
            add("revenue.avg", Fraction(c["revenue.avg"] * total if not r.subject
                                        else c["revenue.total"], 1000000), total)
        for r in stated or of_unit:
            if r.unit_has_chain:
                add("htx.chain_pct", r.cells.get(("htx.chain", ""), 0),
                    r.cells["htx.total", ""] if not r.subject else 1)
    return {code: (x, den.get(code)) for code, x in num.items()}


DIGITS = {"income.worker_avg": 2, "revenue.avg": 1, "htx.chain_pct": 1}


def values(reports):
    out = {}
    for code, (x, d) in sums(reports).items():
        if d is None:
            out[code] = Decimal(x.numerator) / Decimal(x.denominator)
        elif d:
            out[code] = half_away(x / d * (100 if code.endswith("_pct") else 1), DIGITS[code])
    return {code: format(v.normalize() + 0, "f") for code, v in out.items()}


def by_indicator(rows):
    return {r["indicator"]: r["value"] for r in rows if r["breakdown"] == ""}


class World:
    def __init__(self, site, ministry):
        self.site, self.ministry = site, ministry
        self.rng = random.Random(int(os.environ.get("SEED", "7")))
        self.copies = {code: Copy(ministry, code) for code in NAMES}
        self.reports = []
        self.serial = 0
        cells = {}
        for form, code, b1 in ministry.sql(
                "select c.form, i.code, case when c.b2 = '' then c.b1 else '?' end"
                " from cat_cell c join cat_indicator i on i.no = c.indicator and i.version = 1"
                " where c.version = 1 and c.form in ('htx_list', 'unit_statement')"
                " order by c.form, c.pos"):
            cells.setdefault(form, []).append((code, b1))
        self.cells = cells

    def subject(self):
        self.serial += 1
        return "tax:9%09d" % self.serial

    def add(self, report):
        self.reports.append(report)
        self.copies[report.province].report(self.cells, report)
        return report

    def registers(self):
        for code, copy in self.copies.items():
            if code == "31":
                continue
            copy.unit(code, NAMES[code], kind="province")
            copy.unit("SNN", "Sở Nông nghiệp", kind="department")
            for n in (1, 2, 4):
                copy.unit("%s%03d" % (code, n), "Xã %s %d" % (NAMES[code], n))
        # the commune that moves; and a code that two districts of two names use at a time
        self.copies["01"].unit("01003", "Xã Đông", valid_to=EVE)
        self.copies["02"].unit("01003", "Xã Đông", valid_from=DAY)
        self.copies["01"].unit("777", "Huyện Một", kind="district")
        self.copies["12"].unit("777", "Huyện Hai", kind="district")

    def ordinary(self):
        """Communes 1 and 4 by entities, 2 by statement."""
        for code in ("01", "02", "12", "14"):
            for period in ("2025-S1", "2025-S2"):
                for n in (1, 4):
                    for _ in range(self.rng.randint(3, 6)):
                        s = self.subject()
                        self.copies[code].entity(s, "%s%03d" % (code, n))
                        self.add(Report(
                            code, period, "%s%03d" % (code, n), entity_cells(self.rng), s,
                            sector=self.rng.choice(["crops", "livestock", "trade_service"]),
                            state=self.rng.choice(["active", "active", "stopped"]),
                            bees=self.rng.randint(1, 9) if code == "12" else None))
                self.add(Report(code, period, code + "002", statement_cells(self.rng)))
        for code in ("01", "12"):
            self.add(Report(code, "2025-S1", "777", statement_cells(self.rng)))

    def twice(self):
        """What counts in two provinces, and where."""
        def entity(period, ins, known, winner):
            s = self.subject()
            for code, unit_from in known:
                self.copies[code].entity(s, code + "001", unit_from)
            for code in ins:
                r = self.add(Report(code, period, code + "001", entity_cells(self.rng), s))
                r.lost, r.name = code != winner, s
        entity("2025-S1", ("01", "02"), [("02", OLD)], "02")                # the only register
        entity("2025-S1", ("02", "12"), [("02", OLD), ("12", OLD)], "02")   # both: lowest code
        entity("2025-S2", ("01", "02", "14"), [], "01")                     # none: lowest code
        # the commune's statement, sent to both: before the move 01's, after it 02's
        for period, winner in (("2025-S1", "01"), ("2025-S2", "02")):
            for code, since in (("01", OLD), ("02", DAY)):
                r = self.add(Report(code, period, "01003", statement_cells(self.rng),
                                    unit_from=since))
                r.lost = code != winner
                r.today = "02"
        # lost on 1 July with its commune: reported by entities in 01, by a statement in 02
        for r in self.reports:
            if r.province == "14":
                r.today = "12"

    def undivided(self):
        """01 by entities, which have a sector; 02 by a statement of the whole alone."""
        self.add(Report("01", "2024-S2", "01001", entity_cells(self.rng), self.subject()))
        self.add(Report("02", "2024-S2", "02002", statement_cells(self.rng)))
        # in both registers, and 01 has heard nothing of it
        for code in ("01", "02"):
            self.copies[code].unit("888", "Xã Chung", valid_to="2024-12-31")
        self.add(Report("02", "2024-S2", "888", statement_cells(self.rng)))

    def moved(self):
        """An entity that 01 reported and that only 02 has today."""
        s = self.subject()
        self.copies["01"].entity(s, "01001", dissolved=DAY)
        self.copies["02"].entity(s, "02001")
        self.add(Report("01", "2025-S1", "01001", entity_cells(self.rng), s)).today = "02"

    def ratios(self):
        """A ratio is a matter of the whole unit, whoever of it is looked at."""
        have = {(r.province, r.period, r.unit) for r in self.reports
                if ("htx.chain", "") in r.cells}
        for r in self.reports:
            r.unit_has_chain = (r.province, r.period, r.unit) in have

    def own_line(self):
        self.ministry.sql(
            "update htx_12.cat_indicator set name_vi = name_vi where false;"
            "insert into htx_12.cat_indicator select version, %d, 9999, 'x12.bees', 'Đàn ong',"
            " 'Bees', unit_vi, unit_en, 1, 0, type, level, 'sum', '', '' from htx_12.cat_indicator"
            " where code = 'member.total';"
            # a newer catalogue in 02: the nation speaks by it
            "insert into htx_02.cat_indicator select 2, no, ord, code, case when"
            " code = 'member.total' then 'Thành viên (mới)' else name_vi end, name_en, unit_vi,"
            " unit_en, scale, decimals, type, level, op, num, den from htx_02.cat_indicator;"
            "insert into htx_02.cat_breakdown select 2, dim, code, ord, parent, name_vi, name_en"
            " from htx_02.cat_breakdown;"
            "insert into htx_02.cat_source select 2, ord, indicator, period_kind, vintage,"
            " sources from htx_02.cat_source;"
            "insert into htx_02.catalogue_bundle select 2, sha256('2'), valid_from, accept_until,"
            " bundle from htx_02.catalogue_bundle;"
            "insert into htx_02.catalogue (epoch, seq, version, act, hash)"
            " values (1, 999, 2, 'activate', '');" % BEES)

    def of(self, period, **fields):
        return [r for r in self.reports if r.period == period
                and all(getattr(r, k) == v for k, v in fields.items())]


def check_values(site, what, reports, rows):
    want, have = values(reports), by_indicator(rows)
    site.equal(what, {k: want[k] for k in sorted(want)},
               {k: have.get(k) for k in sorted(want)})


def check_period(site, world, period):
    ministry = world.ministry
    nation = ministry.rollup(period)
    check_values(site, "%s: the nation" % period, world.of(period, lost=False), nation)
    site.check("%s: no line of a province" % period,
               not any(r["indicator"].startswith("x12") for r in nation))
    rows = ministry.rollup(period, "--by", "province")
    for code in ("01", "02", "12", "14"):
        mine = [r for r in rows if r["unit"] == code]
        check_values(site, "%s: %s as it reported" % (period, code),
                     world.of(period, province=code), mine)
        own = [r for r in ministry.rollup(period, province=code)
               if not r["indicator"].startswith("x12")]
        for r in mine:
            r.pop("as_of")
        site.equal("%s: %s, the same as -p" % (period, code), [],
                   [[(k, a.get(k), b.get(k)) for k in a if a.get(k) != b.get(k)]
                    for a, b in zip(own, mine) if a != b] + [len(own)][len(own) == len(mine):])
    today = ministry.rollup(period, "--by", "province", "--units", "as-is")
    site.equal("%s: provinces of today" % period, ["01", "02", "12"],
               sorted({r["unit"] for r in today}))
    for code in ("01", "02", "12"):
        check_values(site, "%s: %s on today's map" % (period, code),
                     world.of(period, today=code, lost=False),
                     [r for r in today if r["unit"] == code])


def check_overlaps(site, world, period, want):
    ministry = world.ministry
    listed = ministry.rollup(period, "--overlaps")
    site.equal("%s: who counts twice" % period, want,
               sorted({(r["what"], r["key"][-5:], r["province"], r["counted_in"], r["by"])
                       for r in listed}))
    parts = ministry.rollup(period, "--by", "province")
    nation = {(r["indicator"], r["breakdown"]): r for r in ministry.rollup(period)}
    wrong = []
    for key, total in sorted(nation.items()):
        for field in ("value", "numerator", "denominator"):
            if field == "value" and total["numerator"]:
                continue  # a mean is none of sums
            one = [Decimal(r[field]) for r in parts
                   if (r["indicator"], r["breakdown"]) == key and r[field]]
            off = [Decimal(r[field]) for r in listed
                   if (r["indicator"], r["breakdown"]) == key and r[field]]
            if total[field] and Decimal(total[field]) != sum(one) - sum(off):
                wrong.append((key, field, total[field], one, off))
    site.equal("%s: the nation is the sum of the provinces less what is listed" % period, [],
               wrong)


def check_sectors(site, world, period):
    """What sectors say together is the whole, also where something was taken off."""
    ministry = world.ministry
    whole = by_indicator(ministry.rollup(period))
    rows = ministry.rollup(period, "--by", "sector")
    for code in ("htx.total", "member.total", "revenue.total"):
        site.equal("%s: sectors of %s" % (period, code), Decimal(whole[code]),
                   sum(Decimal(r["value"]) for r in rows if r["indicator"] == code))
    off = ministry.rollup(period, "--overlaps", "--by", "sector")
    parts = ministry.rollup(period, "--by", "province,sector")
    for r in rows:
        if r["indicator"] != "member.total":
            continue
        same = [p for p in parts if p["indicator"] == "member.total"
                and p["breakdown"] == r["breakdown"]]
        less = [p for p in off if p["indicator"] == "member.total"
                and p["breakdown"] == r["breakdown"]]
        site.equal("%s: members in %s" % (period, r["breakdown"]), Decimal(r["value"]),
                   sum(Decimal(p["value"]) for p in same) - sum(Decimal(p["value"]) for p in less))


def check_vectors(site, world):
    ministry = world.ministry
    before = ministry.command("rollup", "2025-S1", "--json")
    vector = json.loads(before)[0]["as_of"]
    site.equal("the vector names the provinces of which something came", ["01", "02", "12", "14"],
               [part.split(":")[0] for part in vector.split(",")])
    copy = world.copies["12"]
    late = Report("12", "2025-S1", "12004", entity_cells(world.rng), world.subject())
    copy.report(world.cells, late)
    copy.write()
    site.check("a report that comes later changes the figures of now",
               by_indicator(json.loads(before)) != by_indicator(ministry.rollup("2025-S1")))
    site.equal("and none of that vector", before,
               ministry.command("rollup", "2025-S1", "--json", "--as-of", vector))
    part = ",".join(vector.split(",")[:2])
    check_values(site, "a vector of two provinces",
                 [r for r in world.of("2025-S1") if r.province in ("01", "02")
                  and not (r.lost and r.unit != "02001" and r.subject is None)
                  and not (r.lost and r.subject and r.province == "01")],
                 ministry.rollup("2025-S1", "--as-of", part))
    for bad in ("99:1.1", "01:1", "01:1.1,01:1.2", "01:1.999999999", "01:0.1", "",
                "01:1.1,", "1.99"):
        ministry.command("rollup", "2025-S1", "--as-of", bad, code=65)
    site.check("positions that are none are refused", True)


def check_views(site, world):
    ministry = world.ministry
    site.equal("-p: reports of one province", len(world.of("2025-S1", province="14")),
               len(json.loads(ministry.command("-p", "14", "report", "list", "2025-S1",
                                               "--json"))))
    site.check("-p: its own line", any(r["indicator"] == "x12.bees" and Decimal(r["value"]) == sum(
        x.bees for x in world.of("2025-S1", province="12") if x.bees)
        for r in ministry.rollup("2025-S1", province="12")))
    ministry.command("-p", "99", "report", "list", "2025-S1", code=65)
    ministry.command("-p", "31", "status", "2025-S1", code=65)
    ministry.command("-p", "12", "unit", "load", "/dev/null", code=64)
    ministry.command("rollup", "2025-S1", "--by", "unit", code=65)
    site.check("-p: what is not there, and what writes, is refused", True)


def check_status(site, world):
    rows = json.loads(world.ministry.command("status", "2025-S1", "--json"))
    site.equal("status: every province that is followed",
               [("01", "partly"), ("02", "partly"), ("12", "partly"), ("14", "partly"),
                ("31", "away")], [(r["province"], r["state"]) for r in rows])
    # 01: 1 2 4 3 and 777 sent, the department did not
    site.equal("status: units of 01", (6, 5),
               (rows[0]["units_due"], rows[0]["units_sent"] + rows[0]["units_nothing"]))


def check_extracts(site, world):
    """The nation's figures go out with every value that rollup prints."""
    out = os.path.join(site.dir, "out")
    world.ministry.command("extract", "2025-S1", "--format", "csv", "-o", out)
    name = [n for n in os.listdir(out) if n.endswith(".csv")]
    with open(os.path.join(out, name[0]), encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f))
    want = collections.Counter(r["value"] for r in world.ministry.rollup("2025-S1")
                               if r["value"] is not None)
    have = collections.Counter(r["value"] for r in rows)
    site.equal("extract: every value of the nation", [], sorted((want - have).elements()))
    first = open(os.path.join(out, name[0]), "rb").read()
    world.ministry.command("extract", "2025-S1", "--format", "sdmx-csv", "-o", out,
                           "--as-of", world.ministry.rollup("2025-S1")[0]["as_of"])
    world.ministry.command("extract", "2025-S1", "--format", "csv", "-o", out)
    site.check("extract: the same vector, the same bytes",
               first == open(os.path.join(out, name[0]), "rb").read())
    world.ministry.command("extract", "2025-S1", "--format", "xlsx", "-o", out, code=65)


UNITS = """code\tvalid_from\tvalid_to\tname\tkind\tparent\tact\treports\taliases\tfrom
01\t2004-01-01\t\tThành phố Hà Nội\tprovince\t\t\t\t\t
02\t2004-01-01\t\tTỉnh Hà Giang\tprovince\t\t\t\t\t
14\t2004-01-01\t2025-06-30\tTỉnh Sơn La\tprovince\t\t\t\t\t
12\t2025-07-01\t\tTỉnh Lai Châu\tprovince\t\tNghị quyết 202/2025/QH15\t\t\t14
01003\t2004-01-01\t2025-06-30\tXã Đông\tcommune\t01\t\t\t\t
01003\t2025-07-01\t\tXã Đông\tcommune\t02\tNghị quyết 1/NQ\t\t\t01003
"""


def main():
    with flow.Site("nation") as site:
        ministry = Ministry(site)
        site.daemons.append(ministry)
        ministry.follow(sorted(NAMES))
        world = World(site, ministry)
        world.registers()
        world.ordinary()
        world.twice()
        world.moved()
        world.undivided()
        world.ratios()
        for code, copy in world.copies.items():
            if code != "31":
                copy.write()
        world.own_line()
        # without a map of the ministry's own the registers of the provinces must do
        today = ministry.rollup("2025-S1", "--by", "province", "--units", "as-is")
        site.equal("no map: provinces", ["01", "02", "12", "14"], sorted({r["unit"] for r in today}))
        check_values(site, "no map: the commune is where a register has it today",
                     world.of("2025-S1", today="02", lost=False),
                     [r for r in today if r["unit"] == "02"])
        ministry.asked = {}
        path = os.path.join(site.dir, "map.tsv")
        with open(path, "w", encoding="utf-8") as f:
            f.write(UNITS)
        ministry.command("unit", "load", path)

        for period in ("2025-S1", "2025-S2"):
            check_period(site, world, period)
        s1 = sorted({(("entity" if r.subject else "unit"), (r.subject or r.unit)[-5:], r.province)
                     for r in world.of("2025-S1", lost=True)})
        site.equal("2025-S1: three are lost", 3, len(s1))
        check_overlaps(site, world, "2025-S1", sorted(
            [("unit", "01003", "02", "01", "register")]
            + [("entity", r.subject[-5:], r.province,
                "02", "register" if r.province == "01" else "code")
               for r in world.of("2025-S1", lost=True) if r.subject]))
        check_overlaps(site, world, "2025-S2", sorted(
            [("unit", "01003", "01", "02", "register")]
            + [("entity", r.subject[-5:], r.province, "01", "code")
               for r in world.of("2025-S2", lost=True) if r.subject]))
        check_sectors(site, world, "2025-S1")
        check_sectors(site, world, "2024-S2")
        check_values(site, "who only is expected takes nothing off a report",
                     world.of("2024-S2"), ministry.rollup("2024-S2"))
        site.equal("and is told apart", [("01", "02", "report")], sorted(
            {(r["province"], r["counted_in"], r["by"]) for r in ministry.rollup(
                "2024-S2", "--overlaps") if r["key"] == "888"}))
        rows = ministry.rollup("2025-S1")
        member = [r for r in rows if r["indicator"] == "member.total" and not r["breakdown"]][0]
        site.equal("the newest catalogue names", "Thành viên (mới)", ministry.sql(
            "select name_vi from nation.indicator_at('{01,02}', '{1,1}', '{9999,9999}')"
            " where code = 'member.total' order by catalogue desc limit 1")[0][0])
        # 01: 1 2 4 3 and 777; 02: 1 2 4; 12: 1 2 4 and 777; 14: 1 2 4; the departments of four
        site.equal("units that reported, of those that must", (15, 19),
                   (member["units_reported"], member["units_expected"]))
        check_views(site, world)
        check_status(site, world)
        check_extracts(site, world)
        check_vectors(site, world)
    sys.exit(site.summary())


main()
