"""Many provinces in one cluster: each its own database, genesis, keys, units, serve; what
their units send is signed and goes over CURVE (tests/scale/pour.c).

    with flow.Site("name") as site:
        nation = provinces.Nation(site, seed=1, n=4, entities=40)
        nation.found()                   # databases, keys, registers
        nation.send("2025-S1")           # sealed, sent, judged, committed
        nation.sums("2025-S1")           # what must come out, from the figures alone
"""
import collections
import os
import random
import socket
import subprocess

import flow

POUR = os.path.join(flow.BIN, "tests", "pour")
FROM, DAY, EVE = "2004-01-01", "2025-07-01", "2025-06-30"
NAMES = dict(line.split(" ", 1) for line in """\
01 Thành phố Hà Nội
04 Tỉnh Cao Bằng
08 Tỉnh Tuyên Quang
11 Tỉnh Điện Biên
12 Tỉnh Lai Châu
14 Tỉnh Sơn La
15 Tỉnh Lào Cai
19 Tỉnh Thái Nguyên
20 Tỉnh Lạng Sơn
22 Tỉnh Quảng Ninh
24 Tỉnh Bắc Ninh
25 Tỉnh Phú Thọ
31 Thành phố Hải Phòng
33 Tỉnh Hưng Yên
37 Tỉnh Ninh Bình
38 Tỉnh Thanh Hóa
40 Tỉnh Nghệ An
42 Tỉnh Hà Tĩnh
44 Tỉnh Quảng Trị
46 Thành phố Huế
48 Thành phố Đà Nẵng
51 Tỉnh Quảng Ngãi
52 Tỉnh Gia Lai
56 Tỉnh Khánh Hòa
66 Tỉnh Đắk Lắk
68 Tỉnh Lâm Đồng
75 Tỉnh Đồng Nai
79 Thành phố Hồ Chí Minh
80 Tỉnh Tây Ninh
82 Tỉnh Đồng Tháp
86 Tỉnh Vĩnh Long
91 Tỉnh An Giang
92 Thành phố Cần Thơ
96 Tỉnh Cà Mau""".splitlines())
# scheme, vintage; a year's list counts once its unit declared it complete
KIND = {"htx": 2, "tht": 3, "qtdnd": 5}
FORM = {"htx": "htx_list", "tht": "tht_list", "qtdnd": "qtdnd_list"}
STATE = {"active": 1, "suspended": 2, "stopped": 3}
SECTORS = ["agri", "industry_craft", "construction", "trade_service", "transport", "environment"]
MILLION = 10 ** 6
# number of the indicator by its code, as signed
NO = {"tht.member": 32, "tht.income_avg": 33, "qtd.loans_outstanding": 35, "qtd.npl": 36,
      "member.total": 38, "member.joined": 39, "member.left": 40, "worker.regular": 41,
      "worker.regular_member": 42, "income.worker_total": 46, "revenue.total": 48,
      "revenue.from_members": 50, "profit.total": 51, "capital.charter": 53,
      "capital.operating": 54, "asset.indivisible": 55, "tax.paid": 58, "mgr.total": 61}
MONEY = {"qtd.loans_outstanding", "qtd.npl", "tht.income_avg", "income.worker_total",
         "revenue.total", "revenue.from_members", "profit.total", "capital.charter",
         "capital.operating", "asset.indivisible", "tax.paid"}


class Place:
    """What flow.Province wants of a site, with a folder of its own."""

    def __init__(self, site, name):
        self.dir = os.path.join(site.dir, name)
        self.pg_dir = site.pg_dir
        os.makedirs(self.dir, exist_ok=True)


def port():
    """A free one that nobody gets by chance meanwhile: below those of outgoing links."""
    while True:
        n = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", n))
                return n
            except OSError:
                continue


def psql(pg_dir, database, text):
    p = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1",
                        "host=%s dbname=%s user=postgres" % (pg_dir, database), "-f", "-"],
                       input=text, capture_output=True, text=True, check=False, timeout=600)
    if p.returncode:
        raise flow.Failed("psql: " + p.stderr)
    return [line.split("\x1f") for line in p.stdout.splitlines() if line]


class Province(flow.Province):
    """One province; made out of a database that is migrated already."""
    patience = 600

    def __init__(self, site, code, units, template=None, civil_date="2026-01-20"):
        self.code, self.title = code, NAMES[code]
        self.database = "p" + code
        self.rows = [(code, FROM, "", self.title, "province", "", "")] + units
        self.template = template
        psql(site.pg_dir, "postgres", "create database %s%s" % (
            self.database, " template " + template if template else ""))
        super().__init__(Place(site, code), civil_date=civil_date, units={},
                         settings=["max_peers = 128"])
        self.name = "serve-" + code
        self.port = port()
        self.configure(civil_date)
        self.curve = self._genesis("curve")
        self.genesis = self.sql("select encode(genesis, 'hex') from province")[0][0]
        self.keys = os.path.join(self.site.dir, "units")
        os.makedirs(self.keys)
        self.warm = False

    def _genesis(self, word):
        with open(os.path.join(self.state, "genesis.conf"), encoding="utf-8") as f:
            for line in f:
                name, _, value = line.partition("=")
                if name.strip() == word:
                    return value.strip()
        raise flow.Failed("genesis.conf has no " + word)

    def sql(self, text):
        return psql(self.site.pg_dir, self.database, "set search_path = htx;" + text)

    def command(self, *argv, code=0, stdin=None):
        """migrate is spared where the template has it."""
        if argv == ("migrate",) and self.template:
            return ""
        return super().command(*argv, code=code, stdin=stdin)

    def load_units(self, units):
        self.load("unit", "code valid_from valid_to name kind parent act", self.rows)

    def load(self, what, columns, rows):
        path = os.path.join(self.site.dir, what + ".tsv")
        with open(path, "w", encoding="utf-8") as f:
            f.write("\t".join(columns.split()) + "\n")
            for row in rows:
                f.write("\t".join(row) + "\n")
        self.command(what, "load", path)

    def enroll(self, codes, valid_from=FROM):
        p = subprocess.run([POUR, "keys", self.keys, valid_from, *codes], capture_output=True,
                           text=True, check=False)
        if p.returncode:
            raise flow.Failed(p.stderr)
        self.command("keys", "enroll", "-", stdin=p.stdout)

    def seal(self, lines, name):
        """Sealed batches of these lines; nothing is sent yet."""
        path = os.path.join(self.site.dir, name + ".batches")
        p = subprocess.run([POUR, "seal", self.keys, self.genesis, path],
                           input="\n".join(lines) + "\n", capture_output=True, text=True,
                           check=False)
        if p.returncode:
            raise flow.Failed(p.stderr)
        return path

    def pour(self, path, window=4):
        """Until each batch has its receipts: {"items": .., "ms": .., "accepted": ..}."""
        p = self.pouring(path, window)
        out, err = p.communicate(timeout=1800)
        if p.returncode:
            raise flow.Failed("%s: %s\n%s" % (self.code, err, self.logged()[-1500:]))
        return {k: int(v) for k, v in (w.split("=") for w in out.split())}

    def pouring(self, path, window=4, again_ms=15000):
        return subprocess.Popen(
            [POUR, "send", self.keys, "tcp://127.0.0.1:%d" % self.port, self.curve, path,
             str(window), str(again_ms)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Entity:
    def __init__(self, rng, serial, province, unit):
        self.kind = rng.choices(["htx", "tht", "qtdnd"], [16, 3, 1])[0]
        self.tax = serial
        self.name = "%s số %s" % ({"htx": "HTX", "tht": "Tổ hợp tác",
                                   "qtdnd": "QTDND"}[self.kind], serial)
        self.sector = rng.choice(SECTORS) if self.kind != "qtdnd" else "credit"
        self.province, self.unit = province, unit
        self.state = rng.choices(["active", "stopped", "suspended"], [18, 1, 1])[0]
        self.size = rng.randrange(10, 60)

    @property
    def subject(self):
        return "tax:" + self.tax

    def figures(self, rng):
        """Of one period, in smallest units; sums must fit, so that nothing is refused."""
        size = self.size + rng.randrange(6)
        if self.kind == "tht":
            return {"tht.member": size, "tht.income_avg": (20 + rng.randrange(30)) * MILLION
                    + rng.randrange(100) * 10000}
        if self.kind == "qtdnd":
            loans = (2000 + rng.randrange(9000)) * MILLION + rng.randrange(MILLION)
            return {"qtd.loans_outstanding": loans, "qtd.npl": loans // (50 + rng.randrange(99))}
        workers = 3 + size // 3
        income = workers * (30 + rng.randrange(30)) * MILLION
        profit = (rng.randrange(400) - 40) * MILLION + rng.randrange(MILLION)
        revenue = income + max(profit, 0) + (50 + rng.randrange(900)) * MILLION
        capital = (200 + 10 * size + rng.randrange(99)) * MILLION
        return {"member.total": size, "member.joined": rng.randrange(4),
                "member.left": rng.randrange(3), "worker.regular": workers,
                "worker.regular_member": rng.randrange(min(workers, size)),
                "income.worker_total": income, "revenue.total": revenue,
                "revenue.from_members": revenue // (2 + rng.randrange(4)),
                "profit.total": profit, "capital.charter": capital,
                "capital.operating": capital * 2, "asset.indivisible": capital // 9,
                "tax.paid": revenue // 100, "mgr.total": 1 + rng.randrange(5)}


def tax_numbers(start=1):
    for serial in range(start, 10 ** 7):
        digits = "71%07d" % serial
        rest = sum(w * int(d) for w, d in zip((31, 29, 23, 19, 17, 13, 7, 5, 3), digits)) % 11
        if rest:
            yield digits + str(10 - rest)


class Nation:
    """n provinces with `entities` in all. Of them `moved` are told by two provinces in each
    period from 2025 on; in turn they stand in the register of the first, of both, and of the
    second alone. The last unit of the first province belongs to the second from 1 July 2025."""

    def __init__(self, site, seed, n=4, entities=40, units=2, moved=3):
        self.site, self.seed = site, seed
        self.rng = random.Random(seed)
        self.codes = sorted(NAMES)[:n]
        self.units = {p: ["%s%03d" % (p, u + 1) for u in range(units)] for p in self.codes}
        self.provinces = {}
        numbers = tax_numbers()
        self.entities = []
        for i in range(entities):
            p = self.codes[i % n]
            u = self.units[p][i // n % units]
            self.entities.append(Entity(self.rng, next(numbers), p, u))
        self.carried = (self.codes[0], self.units[self.codes[0]][-1], self.codes[1]) \
            if n > 1 else ("", "", "")
        self.moved = []  # (entity, province and unit where it is told beside its own)
        self.known = {e: [e.province] for e in self.entities}  # in whose registers
        stay = [e for e in self.entities if e.unit != self.carried[1]]
        for i, e in enumerate(self.rng.sample(stay, moved)):
            other = self.rng.choice([p for p in self.codes if p != e.province])
            self.moved.append((e, other, self.units[other][0]))
            self.known[e] = [[e.province], [e.province, other], [other]][i % 3]
        self.told = {}  # period -> [(province, unit, entity, figures)]

    # ---- founding ----

    def found(self, serve=True):
        if not os.access(POUR, os.X_OK):
            subprocess.run(["make", "-s", "VARIANT=" + os.path.basename(flow.BIN),
                            os.path.relpath(POUR, flow.ROOT)], cwd=flow.ROOT, check=True)
        template = None
        for code in self.codes:
            rows = [(u, FROM, EVE if u == self.carried[1] else "", "Xã số " + u, "commune",
                     code, "") for u in self.units[code]]
            if code == self.carried[2]:
                rows.append((self.carried[1], DAY, "", "Xã số " + self.carried[1], "commune",
                             code, ""))
            if template is None:
                psql(self.site.pg_dir, "postgres", "create database migrated")
                self._migrated()
                template = "migrated"
            p = Province(self.site, code, rows, template)
            self.provinces[code] = p
            self.site.daemons.append(p)
            p.load("entity", "subject kind name sector unit unit_from commune state founded", [
                (e.subject, e.kind, e.name, e.sector, u, since, "", e.state, "2015-05-05")
                for e, u, since in self._registered(code)])
            p.enroll(self.units[code])
            if code == self.carried[2]:
                p.enroll([self.carried[1]], DAY)
            if serve:
                p.start()
                if not p.alive():
                    raise flow.Failed("serve of %s: %s" % (code, p.logged()[-500:]))

    def _registered(self, code):
        there = {e: u for e, p, u in self.moved if p == code}
        for e in self.entities:
            if code in self.known[e]:
                yield e, e.unit if e.province == code else there[e], FROM
            if e.unit == self.carried[1] and code == self.carried[2]:
                yield e, e.unit, DAY

    def _migrated(self):
        """The database that the others are copies of."""
        conf = os.path.join(self.site.dir, "migrated.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write("[province]\ncode = 00\nname = -\n[state]\ndir = %s\n[database]\n"
                    "owner = host=%s dbname=migrated user=postgres\n" % (
                        self.site.dir, self.site.pg_dir))
        subprocess.run([os.path.join(flow.BIN, "htx-aggregator"), "-c", conf, "migrate"],
                       check=True, capture_output=True)

    # ---- sending ----

    def tell(self, period):
        """Makes up the figures of a period, once."""
        rng = random.Random("%s/%s" % (self.seed, period))
        gone, unit, to = self.carried if period >= "2025-S2" else ("", "", "")
        rows = [(to if e.unit == unit else e.province, e.unit, e, e.figures(rng))
                for e in self.entities]
        if period >= "2025":
            rows += [(p, u, e, e.figures(rng)) for e, p, u in self.moved]
        self.told[period] = rows
        return rows

    def lines(self, period, province):
        by_unit = collections.defaultdict(list)
        for p, u, e, figures in self.told.get(period) or self.tell(period):
            if p == province:
                by_unit[u].append((e, figures))
        out = ["period\tnd09\t%s\t3" % period]
        for u, rows in sorted(by_unit.items()):
            since = DAY if province == self.carried[2] and u == self.carried[1] else FROM
            out.append("unit\t%s\t%s" % (u, since))
            forms = collections.Counter()
            for e, figures in rows:
                forms[FORM[e.kind]] += 1
                out.append(report_line(e, figures))
            out.append("list\t" + "\t".join("%s=%d" % f for f in sorted(forms.items())))
        return out

    def send(self, period, window=4):
        """All provinces one after the other; counts of all receipts."""
        total = collections.Counter()
        for code, p in self.provinces.items():
            lines = self.lines(period, code)
            if not p.warm:  # a planner that has seen no row takes minutes for thousands
                second = [i for i, line in enumerate(lines) if line.startswith("unit")][1]
                total.update(p.pour(p.seal(lines[:second], period + "-a"), window))
                p.sql("analyze")
                p.warm, lines = True, lines[:1] + lines[second:]
            total.update(p.pour(p.seal(lines, period), window))
        return total

    # ---- what must come out ----

    def doubles(self, period):
        """{(province, subject): where it counts}: told by two, of the one whose register has
        it, of the lowest code where both or none have."""
        out = {}
        for e, other, _ in self.moved if period >= "2025" else ():
            both = sorted((e.province, other))
            best = [p for p in both if p in self.known[e]] or both
            out[[p for p in both if p != best[0]][0], e.subject] = best[0]
        return out

    def sums(self, period, province=None, without=(), as_is=False):
        """{indicator: sum}, {indicator: (numerator, denominator)} of all, or of one province;
        without: (province, subject) that do not count there; as_is: on today's map."""
        add, means = collections.Counter(), collections.defaultdict(lambda: [0, 0])
        for p, u, e, f in self.told[period]:
            label = self.carried[2] if as_is and (p, u) == self.carried[:2] else p
            if province not in (None, label) or (p, e.subject) in without:
                continue
            for code, value in f.items():
                if code != "tht.income_avg":
                    add[code] += value
            weigh(add, means, e, f)
        return add, {k: tuple(v) for k, v in means.items()}


def weigh(add, means, e, f):
    """Counts of distinct ones, and what means and ratios are made of."""
    if e.kind == "htx":
        add["htx.total"] += 1
        add["htx.active"] += e.state == "active"
        add["htx.stopped"] += e.state == "stopped"
        for mean, num, den in (("revenue.avg", "revenue.total", None),
                               ("profit.avg", "profit.total", None),
                               ("income.worker_avg", "income.worker_total", "worker.regular")):
            means[mean][0] += f[num]
            means[mean][1] += f[den] if den else 1
    elif e.kind == "tht":
        add["tht.total"] += 1
        means["tht.income_avg"][0] += f["tht.income_avg"] * f["tht.member"]
        means["tht.income_avg"][1] += f["tht.member"]
    else:
        add["qtd.total"] += 1
        means["qtd.npl_ratio"][0] += f["qtd.npl"]
        means["qtd.npl_ratio"][1] += f["qtd.loans_outstanding"]


def report_line(e, figures, revision=1, supersedes=""):
    cells = sorted((NO[c], v) for c, v in figures.items())
    return "\t".join(("report", FORM[e.kind], str(KIND[e.kind]), "1", e.tax, "", e.name,
                      e.sector, "", str(STATE[e.state]), "1", str(revision), supersedes,
                      " ".join("%d=%d" % c for c in cells)))
