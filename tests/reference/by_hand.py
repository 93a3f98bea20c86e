"""A small province whose totals were worked out on paper. The numbers below are not made by
any program; how each comes about stands beside it. It is sent by the first four units of a
World, in periods that World leaves alone; amounts are in triệu đồng.
"""
import wire

ESTIMATE, YEAR = ("nd09", "2023", "estimate"), ("nd09", "2022", "actual")
SECTORS = ["agri", "industry_craft", "construction", "trade_service", "environment"]
# Tam Đường 2023 as its office wrote it: whole, then the five sectors
TAM_DUONG = {"htx.total": [53, 32, 11, 5, 4, 1],
             "worker.regular": [630, 300, 150, 100, 60, 20],
             "revenue.avg": [1100, 400, 1250, 1150, 1050, 940],
             "profit.avg": [40, 9, 37, 40, 38, 60],
             "income.worker_avg": [42, 23.4, 42, 42, 42, 42]}

PROVINCE, A, B, C = "", "A", "B", "C"
# when, window, by sector, unit, indicator, breakdown, what
EXPECTED = [
    # 400x32 + 1250x11 + 1150x5 + 1050x4 + 940x1 = 12800 + 13750 + 5750 + 4200 + 940 = 37440;
    # 37440 / 53 = 706.415; the 1100 that was stated as the mean of all is kept beside it
    ("sent", ESTIMATE, False, A, "revenue.avg", "",
     {"value": "706.4", "numerator": "37440", "denominator": "53", "stated": "1100",
      "basis": "parts", "source": "statement", "reported": 1, "expected": 1}),
    # 9x32 + 37x11 + 40x5 + 38x4 + 60x1 = 288 + 407 + 200 + 152 + 60 = 1107; / 53 = 20.887
    ("sent", ESTIMATE, False, A, "profit.avg", "",
     {"value": "20.9", "numerator": "1107", "denominator": "53", "stated": "40"}),
    # 23.4x300 + 42x(150 + 100 + 60 + 20) = 7020 + 13860 = 20880; / 630 = 33.1428...
    ("sent", ESTIMATE, False, A, "income.worker_avg", "",
     {"value": "33.14", "numerator": "20880", "denominator": "630", "stated": "42"}),
    # the sector's own: 12800 / 32
    ("sent", ESTIMATE, True, A, "revenue.avg", "agri",
     {"value": "400", "numerator": "12800", "denominator": "32", "basis": "stated"}),
    # B stated 100.05 for its 7: 700.35 / 7
    ("sent", ESTIMATE, False, B, "revenue.avg", "",
     {"value": "100.1", "numerator": "700.35", "denominator": "7", "basis": "stated"}),
    # a loss of 7.35 over 7 is -1.05: half goes away from zero
    ("sent", ESTIMATE, False, B, "profit.avg", "",
     {"value": "-1.1", "numerator": "-7.35", "denominator": "7", "basis": "reported"}),
    # (37440 + 700.35) / (53 + 7) = 38140.35 / 60 = 635.6725; A and B, and D had nothing
    ("sent", ESTIMATE, False, PROVINCE, "revenue.avg", "",
     {"value": "635.7", "numerator": "38140.35", "denominator": "60", "basis": "mixed",
      "reported": 3, "expected": 20, "stated": None}),
    # (1107 - 7.35) / 60 = 1099.65 / 60 = 18.3275
    ("sent", ESTIMATE, False, PROVINCE, "profit.avg", "",
     {"value": "18.3", "numerator": "1099.65", "denominator": "60"}),
    # B's 50 has no workers beside it: it does not enter
    ("sent", ESTIMATE, False, PROVINCE, "income.worker_avg", "",
     {"value": "33.14", "numerator": "20880", "denominator": "630"}),
    ("sent", ESTIMATE, False, B, "income.worker_avg", "",
     {"value": None, "numerator": None, "denominator": None, "stated": "50", "basis": ""}),
    # 53 + 7; the department's 100 are those of the districts once more
    ("sent", ESTIMATE, False, PROVINCE, "htx.total", "",
     {"value": "60", "source": "statement", "reported": 3, "expected": 20}),
    ("sent", ESTIMATE, False, C, "htx.total", "", {"value": "100"}),
    # nobody else gave it: the department fills the gap
    ("sent", ESTIMATE, False, PROVINCE, "commune.total", "", {"value": "106", "reported": 2}),
    # A divides its 53, B does not: sectors add up with B's 7 in none; 32 of A
    ("sent", ESTIMATE, True, PROVINCE, "htx.total", "undivided", {"value": "7"}),
    ("sent", ESTIMATE, True, PROVINCE, "htx.total", "agri", {"value": "32"}),

    # the year: A declared 3 rows and sent 3, its list counts, not the 99 of its statement;
    # B declared 2 and sent 1, so the 5 of its statement count: 3 + 5
    ("sent", YEAR, False, A, "htx.total", "", {"value": "3", "source": "entity", "reported": 3}),
    ("sent", YEAR, False, A, "htx.active", "", {"value": "2", "source": "entity"}),
    ("sent", YEAR, False, B, "htx.total", "", {"value": "5", "source": "statement"}),
    ("sent", YEAR, False, PROVINCE, "htx.total", "",
     {"value": "8", "source": "mixed", "units_entity": 1, "units_statement": 1,
      "entities_reported": 3}),
    # 10 + 20, the third did not say
    ("sent", YEAR, False, A, "member.total", "",
     {"value": "30", "reported": 2, "missing": 1}),
    # (1.5 + 2.25) / 2 = 1.875: who has no revenue yet is in neither sum
    ("sent", YEAR, False, A, "revenue.avg", "",
     {"value": "1.9", "numerator": "3.75", "denominator": "2", "reported": 2,
      "not_available": 1}),
    # 30.5 x 2 = 61 of the first, 100 over 5 of the second, 77 of the third without workers:
    # 161 / 7
    ("sent", YEAR, False, A, "income.worker_avg", "",
     {"value": "23", "numerator": "161", "denominator": "7"}),
    # crops belong to agri: the first and the second; the third trades
    ("sent", YEAR, True, A, "member.total", "agri", {"value": "30"}),
    ("sent", YEAR, True, A, "htx.total", "trade_service", {"value": "1"}),

    # the second wrote 21 for 20
    ("corrected", YEAR, False, A, "member.total", "", {"value": "31"}),
    ("corrected", YEAR, False, A, "htx.total", "", {"value": "3"}),
    # the third is taken back: 2 rows of the 3 declared are no list, the statement counts
    ("withdrawn", YEAR, False, A, "htx.total", "", {"value": "99", "source": "statement"}),
    ("withdrawn", YEAR, False, PROVINCE, "htx.total", "",
     {"value": "104", "source": "statement", "units_statement": 2}),
]


class ByHand:
    """Sends it; self.at: when -> position."""

    def __init__(self, world):
        self.world, self.cat = world, world.cat
        self.units = dict(zip("ABD", world.codes))
        self.units["C"] = world.codes[-1]  # a department
        self.at = {}
        self._send()

    def _cells(self, figures):
        """code or code__sector to an amount in printed units; None: not yet available."""
        cells = {}
        for name, amount in figures.items():
            code, _, sector = name.partition("__")
            ind = self.cat.by_code[code]
            cells[ind.no, sector, ""] = (
                {"state": wire.NOT_AVAILABLE} if amount is None
                else {"state": wire.VALUE, "value": round(amount * ind.scale)})
        return cells

    def _report(self, unit, window, form, subject, figures):
        return self.world.report(self.units[unit], window, form, subject, self._cells(figures))

    def _declare(self, unit, window, **forms):
        return wire.ITEM_SUBMISSION, {
            "scheme": window[0], "period": window[1], "vintage": window[2],
            "nothing": int(not forms), "forms": forms}

    def _mark(self, when):
        rows = self.world.province.sql("select epoch, max(last_seq) from commit group by 1")
        self.at[when] = tuple(int(x) for x in rows[0])

    def _send(self):
        w, me = self.world, {"kind": "unit"}
        office = {k: w.offices[c] for k, c in self.units.items()}
        tam_duong = {}
        for code, numbers in TAM_DUONG.items():
            for sector, n in zip([""] + SECTORS, numbers):
                tam_duong[code + "__" + sector] = n
        office["A"].send([self._report("A", ESTIMATE, "unit_statement", me, tam_duong)])
        office["B"].send([self._report("B", ESTIMATE, "unit_statement", me, {
            "htx.total": 7, "revenue.avg": 100.05, "profit.total": -7.35,
            "income.worker_avg": 50})])
        office["C"].send([self._report("C", ESTIMATE, "unit_statement", me, {
            "htx.total": 100, "commune.total": 106})])
        office["D"].send([self._declare("D", ESTIMATE)])

        taxes = [t for t, _ in zip(_numbers(), range(4))]

        def htx(serial, sector, state="active"):
            return {"kind": "htx", "scheme": "tax", "id": taxes[serial],
                    "name": "HTX %d" % serial, "sector": sector, "state": state}
        first, second = htx(0, "crops"), htx(1, "agri")
        third = htx(2, "trade_service", "suspended")
        office["A"].send([
            self._report("A", YEAR, "htx_list", first, {
                "revenue.total": 1.5, "member.total": 10, "worker.regular": 2,
                "income.worker_avg": 30.5}),
            self._report("A", YEAR, "htx_list", second, {
                "revenue.total": 2.25, "member.total": 20, "worker.regular": 5,
                "income.worker_total": 100}),
            self._report("A", YEAR, "htx_list", third, {
                "revenue.total": None, "income.worker_avg": 77}),
            self._report("A", YEAR, "unit_statement", me, {"htx.total": 99}),
            self._declare("A", YEAR, htx_list=3, unit_statement=1)])
        office["B"].send([
            self._report("B", YEAR, "htx_list", htx(3, "agri"), {
                "revenue.total": 9, "member.total": 4}),
            self._report("B", YEAR, "unit_statement", me, {"htx.total": 5}),
            self._declare("B", YEAR, htx_list=2, unit_statement=1)])
        self._mark("sent")
        office["A"].send([self._report("A", YEAR, "htx_list", second, {
            "revenue.total": 2.25, "member.total": 21, "worker.regular": 5,
            "income.worker_total": 100})])
        self._mark("corrected")
        gone = w.sent[self.units["A"], "htx_list", "htx", third["id"], YEAR]
        office["A"].send([(wire.ITEM_ANSWER, {"about": gone["hash"], "scheme": YEAR[0],
                                              "period": YEAR[1], "vintage": YEAR[2]})])
        self._mark("withdrawn")

    def check(self, site, rows, who):
        """rows(window, position, by unit, by sector): the totals as `who` has them."""
        cache = {}
        for when, window, by_sector, unit, indicator, breakdown, what in EXPECTED:
            key = window, self.at[when], bool(unit), by_sector
            if key not in cache:
                cache[key] = rows(*key)
            place = (self.units[unit], "2004-01-01") if unit else ("", "")
            row = cache[key].get((place, window[2], indicator, breakdown), {})
            site.equal("%s, by hand: %s, %s of %s %s" % (
                who, when, indicator + "/" * bool(breakdown) + breakdown,
                "unit " + unit if unit else "the province", window[1]),
                what, {k: row.get(k, "no such row") for k in what})


def _numbers():
    """Tax numbers with their check digit, worked out once more."""
    for serial in range(100):
        digits = "6299%05d" % serial
        rest = sum(int(d) * w for d, w in zip(digits, (31, 29, 23, 19, 17, 13, 7, 5, 3))) % 11
        if 10 - rest <= 9:
            yield digits + str(10 - rest)
