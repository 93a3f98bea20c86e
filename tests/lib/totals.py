"""Canonical totals of a province as a publication has them (format 2), made up: 38
communes, long names, losses, comparisons that stay empty for every reason. For tests of
what is laid out from them; how totals are made is tested elsewhere."""
import os
import random

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")
FROM = "2025-07-01"
COMMUNES = """\
03388 Phường Đoàn Kết
03390 Xã Bình Lư
03394 Xã Sin Suối Hồ
03405 Xã Tả Lèng
03408 Phường Tân Phong
03424 Xã Bản Bo
03430 Xã Khun Há
03433 Xã Bum Tở
03434 Xã Nậm Hàng
03439 Xã Thu Lũm
03442 Xã Pa Ủ
03445 Xã Mường Tè
03451 Xã Mù Cả
03460 Xã Hua Bum
03463 Xã Tà Tổng
03466 Xã Bum Nưa
03472 Xã Mường Mô
03478 Xã Sìn Hồ
03487 Xã Lê Lợi
03503 Xã Pa Tần
03508 Xã Hồng Thu
03517 Xã Nậm Tăm
03529 Xã Tủa Sín Chải
03532 Xã Pu Sam Cáp
03538 Xã Nậm Mạ
03544 Xã Nậm Cuổi
03549 Xã Phong Thổ
03562 Xã Sì Lở Lầu
03571 Xã Dào San
03583 Xã Khổng Lào
03595 Xã Than Uyên
03598 Xã Tân Uyên
03601 Xã Mường Khoa
03613 Xã Nậm Sỏ
03616 Xã Pắc Ta
03618 Xã Mường Than
03637 Xã Mường Kim
03640 Xã Khoen On"""
LONG = ("Z1", "Ban Quản lý Khu kinh tế cửa khẩu Ma Lù Thàng và các đơn vị sự nghiệp trực thuộc")
SECTORS = ("agri", "construction", "industry_craft", "other", "trade_service")
WHATS = ("previous", "plan", "change", "percent_previous", "percent_plan")
EMPTY = ("not_reported", "no_period", "no_plan", "no_figure", "not_positive", "not_additive",
         "stated,other_reporters", "break", "a_code_of_tomorrow")
GIVEN = ("other_reporters", "year_plan", "estimate")
SKIPPED = ("given", "none")


def tsv(name):
    with open(os.path.join(ROOT, "schema", "catalogue", name), encoding="utf-8") as f:
        head, *lines = [line.rstrip("\n").split("\t") for line in f]
    return [dict(zip(head, line)) for line in lines]


def field(s):
    return str(s).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


class Totals:
    """figures: (by, unit, indicator, b1, b2) -> dict; beside: what -> (value, reason)."""

    def __init__(self, seed=1, communes=COMMUNES, period="2025-S2",
                 name="6 tháng cuối năm 2025", cutoff="2025-12-14"):
        self.random = random.Random(seed)
        self.period, self.name, self.cutoff = period, name, cutoff
        self.units = [tuple(line.split(" ", 1)) for line in communes.splitlines()] + [LONG]
        self.indicators = [i for i in tsv("indicators.tsv") if i["operator"] not in SKIPPED
                           and i["type"] != "given"]
        self.figures = {}
        self.states = {}
        self.targets, self.breaks, self.warnings = [], [], []
        self._units()
        self._figures()
        self._targets()

    def asked(self, code):
        """Is the indicator in force on the cut-off? Others are in the totals, not printed."""
        i = next(i for i in tsv("indicators.tsv") if i["code"] == code)
        return (i["valid_from"] or "0") <= self.cutoff <= (i["valid_to"] or "9")

    def _units(self):
        for i, (code, name) in enumerate(self.units):
            state = "none" if i in (4, 17, 30) else "partly" if i in (7, 21) else \
                "nothing" if i == 12 else "sent"
            self.states[code] = (state, i % 9 == 5 and state != "none")
            if i % 6 == 2:
                self.warnings.append((code, FROM, 1, 100 + i, "E%02d" % (i % 5), ""))
        for code, name in self.units[1:6]:
            self.breaks.append((code, FROM, FROM, "lập từ 3 xã và 1 thị trấn cũ theo Nghị "
                                "quyết số 1670/NQ-UBTVQH15, trong đó một xã chỉ nhập một phần"))

    def _figure(self, by, unit, ind, b1, b2, value, num="", den="", known=True):
        r = self.random
        self.figures[(by, unit, ind["code"], b1, b2)] = {
            "value": value if known else "", "num": num, "den": den,
            "measure": ind["unit_vi"], "source": r.choice(("statement", "entity", "mixed")),
            "beside": self._beside(value) if known else
            {w: ("", "no_figure") for w in WHATS}}

    def _beside(self, value):
        r = self.random
        out = {}
        for base, percent in (("previous", "percent_previous"), ("plan", "percent_plan")):
            if r.random() < 0.6:
                was = round(float(value) * r.uniform(0.7, 1.2) - 1, 2)
                reason = r.choice(GIVEN) if r.random() < 0.2 else ""
                out[base] = ("%.2f" % was, reason)
                out[percent] = ("%.2f" % (100 * float(value) / was), reason) \
                    if was > 0 else ("", "not_positive")
                if base == "previous":
                    out["change"] = ("%.2f" % (float(value) - was), reason)
            else:
                reason = r.choice(EMPTY)
                out[base] = out[percent] = ("", reason)
                if base == "previous":
                    out["change"] = ("", reason)
        return {w: out[w] for w in WHATS}

    def _number(self, ind):
        r = self.random
        if "profit" in ind["code"]:
            return "%d" % r.randint(-4000, 9000)
        if ind["scale"] == "1":
            return "%d" % r.randint(0, 400)
        return "%d.%02d" % (r.randint(0, 90000), r.randint(0, 99))

    def _figures(self):
        for ind in self.indicators:
            dims = ind["dims"].split(",")
            if ind["operator"] in ("wmean", "ratio"):
                self._mean(ind)
            elif dims[0] == "lender":
                self._by_name(ind, ("nhno", "nhcsxh", "fund"),
                              ("Hợp tác xã dịch vụ tổng hợp Bình Lư", "=1+1", "@HTX", "-5 HTX"))
            elif dims[0] == "source":
                self._by_name(ind, ("nstw", "nsdp", "grant"),
                              ("training", "infrastructure", "product"), both=True)
            elif dims[0] in ("sector", ""):
                self._sum(ind, dims[0] == "sector")

    def _mean(self, ind):
        self._figure("-", "", ind, "", "", "%.6f" % self.random.uniform(-5, 60),
                     "112492.5", "3035")
        for code, _ in self.units:
            if self.states[code][0] in ("sent", "partly") and self.random.random() < 0.5:
                self._figure("u", code, ind, "", "", "%.6f" % self.random.uniform(-5, 60),
                             "3749.25", "101")

    def _by_name(self, ind, first, second, both=False):
        for a in first:
            self._figure("-", "", ind, a, "", self._number(ind))
            for b in second:
                if self.random.random() < 0.6:
                    self._figure("-", "", ind, a, b, self._number(ind))
        for b in second if both else ():
            self._figure("-", "", ind, b, "", self._number(ind))
        self._figure("-", "", ind, "", "", self._number(ind))

    def _sum(self, ind, sectors):
        scale = ind["scale"] != "1"
        total = 0.0
        for code, _ in self.units:
            if self.states[code][0] in ("sent", "partly") and self.random.random() < 0.8:
                value = self._number(ind)
                total += float(value)
                self._figure("u", code, ind, "", "", value)
        self._figure("-", "", ind, "", "", ("%.2f" if scale else "%d") % total)
        for sector in SECTORS if sectors else ():
            if self.random.random() < 0.8:
                self._figure("s", "", ind, sector, "", self._number(ind))

    def _targets(self):
        for n, (code, part, word, text, outcome, reason) in enumerate((
                ("htx.total", "all", "", "410", "not_reached", ""),
                ("income.worker_avg", "all", "trên", "70", "reached", ""),
                ("worker.regular", "all", "từ … đến", "5.000 đến 6.000", "not_comparable",
                 "population"),
                ("worker.regular", "all", "trên", "10.000", "not_comparable", "not_due"),
                ("htx.total", "agri", "trên", "200", "reached", ""),
                ("htx.new.per_year", "all", "trở lên", "25", "not_comparable", "part_of_year"),
                ("mgr.edu.cao_dang+trung_cap_pct", "young_staff", "", "35-45%",
                 "not_comparable", "grouping"),
                ("support.need.total", "all", "", "35.874", "", "need"))):
            self.targets.append((
                "S0/%d" % n, ("2021-2025", "2030", "2045")[n % 3], code, part, word, text, "1",
                "", next(i["unit_vi"] for i in tsv("indicators.tsv") if i["code"] == code),
                "Kế hoạch thực hiện Quyết định số 340/QĐ-TTg của tỉnh Lai Châu", outcome,
                reason, "310" if outcome != "" else "", "12", "trong các HTX" if n == 2 else ""))

    def _unit_lines(self):
        for code, name in self.units:
            state, late = self.states[code]
            sent = state in ("sent", "partly")
            yield ("unit", code, FROM, name, "t", state, "t" if late else "f",
                   "htx_list 12/12, unit_statement 1/1, bieu_chi_tieu 1/1" if sent else "",
                   14 if sent else 0, 14 if sent else "", 2 if sent else 0, 1 if late else 0,
                   0, 0, 12 if sent else 0, 14, 1, 50)

    def _total(self, key):
        by, unit, code, b1, b2 = key
        f = self.figures[key]
        return ("total", by, unit, FROM if unit else "", "actual", code, b1, b2, f["value"],
                f["num"], f["den"], f["measure"], "reported", f["source"], "", 30, 39, 30, 39,
                310, 402, 21, 9, 3, 2, 1, 0, 1)

    def text(self):
        keys = sorted(self.figures, key=lambda k: (("-", "s", "u", "us").index(k[0]),
                                                   *(p.encode() for p in k[1:])))
        lines = [("province", "12", "Tỉnh Lai Châu"),
                 ("period", "nd09", self.period, self.name, "Half of 2025", self.cutoff),
                 ("vintage", "actual"), ("as-of", 1, 1), ("method", 3), ("catalogue", 1)]
        lines += self._unit_lines()
        lines += [("unconfirmed", self.units[0][0], FROM, "tax:1", "HTX A")]
        lines += [self._total(k) for k in keys]
        lines += [("difference", "actual", self.units[1][0], FROM, "htx.total", "", "",
                   "statement", "55", "entity", "53", "-2")]
        for k in keys:
            for what in WHATS:
                lines.append(("compare", k[0], k[1], FROM if k[1] else "", "actual", k[2], k[3],
                              k[4], what, *self.figures[k]["beside"][what]))
        lines += [("target", *t) for t in self.targets]
        lines += [("break", *b) for b in self.breaks]
        lines += [("warning", *w) for w in self.warnings]
        return "htx-totals 2\n" + "".join("\t".join(map(field, line)) + "\n" for line in lines)
