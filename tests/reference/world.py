"""A seeded province: twenty units, six periods, and what their officers send in no order.

Figures mostly fit together, as officers' figures do; some do not, and the province refuses,
warns about or holds them: which of them count is for receipts to say.
"""
import datetime
import os
import random

import flow
import office
import wire

SECTORS = ["agri", "industry_craft", "construction", "trade_service", "transport", "credit",
           "environment", "water", "tourism", "other"]
SUB_AGRI = ["crops", "livestock", "forestry", "fishery"]
GROUPS = ["trade_service+tourism", "environment+water"]
FROM = "2004-01-01"
# scheme, period, vintage
WINDOWS = [("nd09", "2024-S1", "actual"), ("nd09", "2024-S2", "actual"),
           ("nd09", "2024", "actual"), ("nd09", "2024", "estimate"),
           ("nd09", "2025-S1", "actual"), ("calendar", "2025-S1", "actual"),
           ("nd09", "2025", "plan"), ("nd09", "2025", "estimate"), ("nd09", "2025", "actual")]
COUNTS = ["member.total", "member.joined", "member.left", "worker.regular", "mgr.total"]
MONEY = ["revenue.total", "profit.total", "capital.charter", "capital.operating",
         "asset.indivisible", "tax.paid", "income.worker_total"]
FREE = ["htx.branch", "htx.bankrupt", "htx.converted", "htx.renamed", "htx.resumed",
        "htx.suspended.new", "htx.revoked", "mgr.trained", "tht.new", "tht.dissolved",
        "worker.joined", "htx.new", "htx.dissolved"]
ONLY_WHOLE = ["lh.new", "lh.member_htx", "worker.kttt", "person.htx", "director.trained",
              "young_staff.assigned", "commune.with_chain", "commune.criterion13",
              "ocop.evaluating", "loan.count", "loan.amount", "guarantee.count",
              "guarantee.amount", "support.need", "support.paid", "fund.htx_support",
              "loan.policy_bank.count", "htx.model", "land.area", "insurance.debt",
              "qtd.member", "qtd.capital", "qtd.deposits", "tax.debt", "tax.incentive",
              "htx.total+branch", "population.in_kttt_pct", "grdp.kttt_share", "lh.revenue",
              "lh.revenue_avg", "lh.profit_avg"]


def day_number(text):
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


class Province(flow.Province):
    """A province with units of its own: rows of unit load."""

    def __init__(self, site, rows, **settings):
        self.rows = rows
        super().__init__(site, units={"-": ""}, **settings)
        self.genesis = bytes.fromhex(self.sql("select encode(genesis, 'hex') from province")[0][0])

    def load_units(self, units):
        self.load("unit", "code valid_from valid_to name kind parent act", self.rows)

    def load(self, what, columns, rows):
        path = os.path.join(self.site.dir, what + ".tsv")
        with open(path, "w", encoding="utf-8") as f:
            f.write("\t".join(columns.split()) + "\n")
            for row in rows:
                f.write("\t".join(row) + "\n")
        self.command(what, "load", path)


class World:
    def __init__(self, site, catalogue, seed, units=20, entities=5):
        self.site, self.cat, self.rng = site, catalogue, random.Random(seed)
        self.n_entities = entities
        rng = self.rng
        self.codes = [str(101 + i) for i in range(units)]
        self.departments = set(self.codes[-2:])
        self.until = {c: "2025-06-30" if rng.random() < 0.3 else "" for c in self.codes}
        rows = [("12", FROM, "", "Tỉnh Lai Châu", "province", "", "")]
        for c in self.codes:
            kind = "department" if c in self.departments else "district"
            rows.append((c, FROM, self.until[c], "Đơn vị " + c, kind, "12", ""))
        rows.append(("199", "2025-07-01", "", "Xã Mới", "commune", "12", ""))
        self.province = Province(site, rows, civil_date="2026-01-10",
                                 settings=["max_peers = 64"])
        # how a total is found is the planner's choice: this one takes a quarter of the time
        self.province.sql("alter role htx_read set jit = off;"
                          "alter role htx_read set enable_nestloop = off")
        site.daemons.append(self.province)
        site.the_province = self.province
        self.province.start()
        self.province.load("person", "code name role title key valid_from valid_to", [
            ("an", "Nguyễn An", "consolidator", "Chuyên viên", "", "2020-01-01", "")])
        self.offices = {}
        for c in self.codes:
            o = office.Office(self.province, c, day_number(FROM), rng)
            o.enroll(FROM)
            self.offices[c] = o
        flow.wait("the keys are known", lambda: "keys=%d " % (2 * units)
                  in self.province.logged())
        self.pool = {c: [self._entity(c, i) for i in range(entities)] for c in self.codes}
        self.sent = {}  # (unit, form, subject, window) -> newest report of its own
        self.loaded = 0

    # ---- the register ----

    def _entity(self, code, i):
        rng = self.rng
        dice = rng.random()
        if dice < 0.75:
            tax = None
            while tax is None:
                tax = flow.tax_number(code, rng.randrange(100000))
            ident = {"scheme": "tax", "id": tax}
        elif dice < 0.9:
            ident = {"scheme": "certificate", "id": "%s07%04d" % (code, i), "issuer": "Phòng TCKH"}
        else:
            ident = {"scheme": "register", "id": "%d/%s" % (i, code), "issuer": "Xã %s" % code}
        kind = rng.choices(["htx", "tht", "lhhtx", "qtdnd"], [12, 3, 1, 1])[0]
        return dict(ident, kind=kind, name="HTX %s số %d" % (code, i),
                    sector=rng.choice(SECTORS + SUB_AGRI + [""]), commune="Xã %d" % (i % 4),
                    state=rng.choices(wire.STATES, [1, 14, 2, 2, 1])[0])

    @staticmethod
    def subject(e):
        return e["scheme"] + ":" + e["id"] + ("|" + e["issuer"] if "issuer" in e else "")

    def register(self, codes, share):
        rng, rows = self.rng, []
        for c in codes:
            for e in self.pool[c]:
                if rng.random() < share:
                    founded = rng.choice(["", "2015-05-05", "2025-03-01"])
                    dissolved = rng.choice(["", "", "", "2025-04-01"])
                    rows.append((self.subject(e), e["kind"], e["name"],
                                 e["sector"] or "other", c, FROM, e["commune"],
                                 e["state"] or "active", founded, dissolved))
        self.province.load("entity", "subject kind name sector unit unit_from commune state"
                                     " founded dissolved", rows)

    # ---- figures ----

    def _money(self):
        rng = self.rng
        n = rng.choice([10 ** 6, 10 ** 5, 1]) * rng.randrange(1, 9000)
        return n * rng.choice([1, 10, 1000])

    def _value(self, no, n, **more):
        return dict({"state": wire.VALUE, "value": n}, **more)

    def _put(self, cells, code, b1, n, b2=""):
        if n is not None:
            cells[self.cat.by_code[code].no, b1, b2] = self._value(code, n)

    def _sector_figures(self):
        rng = self.rng
        total = rng.randrange(1, 12)
        stopped, suspended = rng.choice([0, 0, 1]), rng.choice([0, 0, 0, 1])
        total = max(total, stopped + suspended + 1)
        f = {"htx.total": total, "htx.stopped": stopped, "htx.suspended": suspended,
             "htx.active": total - stopped - suspended}
        f["htx.effective"] = rng.randrange(f["htx.active"] + 1)
        for c in COUNTS:
            f[c] = total * rng.randrange(3, 25) + rng.randrange(3)
        f["worker.regular_member"] = rng.randrange(min(f["worker.regular"], f["member.total"]))
        for c in MONEY:
            f[c] = self._money()
        f["profit.total"] = rng.choice([1, 1, -1]) * f["revenue.total"] // rng.randrange(2, 30)
        f["revenue.from_members"] = f["revenue.total"] // rng.randrange(1, 9)
        for c in ("htx.hitech", "htx.chain", "htx.grade.good", "htx.grade.fair",
                  "htx.grade.weak", "htx.women"):
            f[c] = rng.randrange(f["htx.active"] + 1) // 2
        for c in FREE:
            f[c] = rng.randrange(4)
        return f

    def statement(self, share):
        """Cells of a statement: sectors and whole, or one without the other."""
        rng, cells = self.rng, {}
        by = {s: self._sector_figures() for s in rng.sample(SECTORS, rng.randrange(1, 6))}
        if rng.random() < 0.2:
            by[rng.choice(GROUPS)] = self._sector_figures()
        style = rng.choices(["both", "whole", "parts", "mixed"], [6, 2, 2, 4])[0]
        for code in next(iter(by.values())):
            if code not in ("htx.total", "htx.active", "htx.stopped", "htx.suspended") \
                    and rng.random() > share:
                continue
            how = rng.choice(["both", "whole", "parts"]) if style == "mixed" else style
            if how != "parts":
                self._put(cells, code, "", sum(f[code] for f in by.values()))
            if how != "whole":
                self._sectors(cells, code, by)
        self._means(cells, by, style)
        for code in ONLY_WHOLE:
            if rng.random() < share * 0.4:
                ind = self.cat.by_code[code]
                self._put(cells, code, "", rng.randrange(1, 100) * rng.choice([1, ind.scale])
                          if ind.scale != 100 else rng.randrange(1, 9999))
        self._single(cells, share)
        self._spoil(cells)
        return cells

    def _sectors(self, cells, code, by):
        rng = self.rng
        for s, f in by.items():
            if s == "agri" and rng.random() < 0.3:
                a, b = rng.sample(SUB_AGRI, 2)
                part = rng.randrange(abs(f[code]) + 1) * (1 if f[code] >= 0 else -1)
                self._put(cells, code, a, part)
                self._put(cells, code, b, f[code] - part)
            elif not (rng.random() < 0.04 and not code.startswith("htx.")):
                self._put(cells, code, s, f[code])

    def _means(self, cells, by, style):
        rng = self.rng
        means = {"income.worker_avg": ("income.worker_total", "worker.regular"),
                 "revenue.avg": ("revenue.total", "htx.total"),
                 "profit.avg": ("profit.total", "htx.total"),
                 "revenue.from_members.avg": ("revenue.from_members", "htx.total"),
                 "income.member_avg": ("tax.paid", "member.total"),
                 "tht.income_avg": ("tax.paid", "tht.member")}
        for code, (num, den) in means.items():
            if rng.random() < 0.4:
                continue
            if rng.random() < 0.6 and num != "tax.paid":  # the sum was not told
                for place in [p for p in cells if p[0] == self.cat.by_code[num].no]:
                    del cells[place]
            if style != "parts" and rng.random() < 0.7:
                self._put(cells, code, "", rng.randrange(1, 90) * 10 ** 6 + rng.randrange(10 ** 6))
            if style != "whole":
                for s in by:
                    if rng.random() < 0.85:
                        self._put(cells, code, s, rng.randrange(1, 9000) * 10 ** 4)
        if rng.random() < 0.5:
            for code in ("htx.effective_pct", "htx.sector_share", "htx.chain_pct",
                         "htx.good_fair_pct", "mgr.trained_pct", "htx.hitech_pct"):
                if rng.random() < 0.5:
                    self._put(cells, code, rng.choice(["", "", rng.choice(list(by))]),
                              rng.randrange(1, 9999))
        if rng.random() < 0.3:
            for code in ("htx.effective", "htx.chain"):
                cells.pop((self.cat.by_code[code].no, "", ""), None)

    def _single(self, cells, share):
        """What has no sectors but breakdowns of its own, and odd places."""
        rng, put = self.rng, self._put
        if rng.random() < share:
            total = rng.randrange(5, 20)
            put(cells, "commune.total", "", total)
            put(cells, "commune.with_htx", "", rng.randrange(total + 1))
        if rng.random() < share:
            put(cells, "qtd.loans_outstanding", "", self._money() + 10 ** 9)
            if rng.random() < 0.6:
                put(cells, "qtd.npl", "", rng.randrange(10 ** 9))
            else:
                put(cells, "qtd.npl_ratio", "", rng.randrange(1, 500))
        for star in "345":
            if rng.random() < share * 0.4:
                put(cells, "ocop.products", star, rng.randrange(1, 9))
        for lender in ("nhno", "nhcsxh", "fund"):
            if rng.random() < share * 0.4:
                put(cells, "loan.amount", lender, self._money())
        if rng.random() < share * 0.5:
            put(cells, "support.need", "nstw", self._money(), "training")
            put(cells, "support.paid", "nsdp", self._money())
        if rng.random() < share * 0.5:
            n = rng.randrange(1, 9)
            put(cells, "tht.total", "", n)
            put(cells, "tht.member", "", n * rng.randrange(3, 9))
            put(cells, "lh.total", "", rng.randrange(3))
        if rng.random() < 0.15:
            put(cells, "loan.policy_bank.amount", "HTX Bình Minh", self._money())
        if rng.random() < 0.15:
            put(cells, "htx.founded_by", rng.choice(["hnd", "lmhtx", "other"]),
                rng.randrange(1, 4))

    def _spoil(self, cells):
        """Empty, refused and vague cells."""
        rng = self.rng
        for place in sorted(cells):
            dice, o = rng.random(), cells[place]
            if dice < 0.03 and o["value"] == 0:
                cells[place] = {"state": wire.NIL}
            elif dice < 0.012:
                cells[place] = {"state": rng.choice([wire.NOT_APPLICABLE, wire.NOT_AVAILABLE,
                                                     wire.NOT_TOLD])}
            elif dice > 0.97:
                o["qualifier"] = rng.randrange(1, 8)
                o["text"] = "khoảng %d" % o["value"]
                if o["qualifier"] == 6:
                    o["upper"] = o["value"] + 10
            elif dice > 0.96:
                o["as_of"], o["population"] = day_number("2025-06-01"), "htx"

    def entity_row(self, e, share):
        rng, cells = self.rng, {}
        f = self._sector_figures()
        if e["kind"] == "tht":
            codes = {"tht.member": rng.randrange(3, 30), "tht.income_avg": rng.randrange(10 ** 8),
                     "tht.contract": rng.randrange(2)}
        elif e["kind"] == "lhhtx":
            codes = {"lh.member_htx": rng.randrange(4, 9), "lh.capital": self._money(),
                     "lh.revenue": self._money(), "lh.worker": rng.randrange(9)}
        elif e["kind"] == "qtdnd":
            codes = {"qtd.loans_outstanding": self._money() + 10 ** 9,
                     "qtd.npl": rng.randrange(10 ** 9), "qtd.member": rng.randrange(999),
                     "qtd.capital": self._money()}
            if rng.random() < 0.4:
                codes["qtd.npl_ratio"] = rng.randrange(300)
                if rng.random() < 0.5:
                    del codes["qtd.npl"]
        else:
            codes = {c: f[c] for c in COUNTS + MONEY + ["worker.regular_member",
                                                        "revenue.from_members"]}
            codes["income.worker_avg"] = rng.randrange(1, 9000) * 10 ** 4 + rng.randrange(100)
            for c in ("htx.chain", "htx.hitech", "htx.digital"):
                codes[c] = rng.randrange(2)
            codes["ocop.products"] = rng.randrange(5)
            codes["mgr.edu.dai_hoc"] = rng.randrange(min(3, f["mgr.total"]))
            if rng.random() < 0.6:
                codes.pop("income.worker_total")
        for c, n in codes.items():
            if rng.random() < max(share, 0.75):
                self._put(cells, c, "", n)
        if e["kind"] == "lhhtx" and rng.random() < 0.6:
            self._put(cells, "lh.member", "HTX thành viên %d" % rng.randrange(9), 1)
        self._spoil(cells)
        return cells

    MOVED = {"htx": {"new": "htx.new", "dissolved": "htx.dissolved", "bankrupt": "htx.bankrupt",
                     "suspended": "htx.suspended.new", "resumed": "htx.resumed",
                     "converted": "htx.converted", "renamed": "htx.renamed",
                     "revoked": "htx.revoked"},
             "tht": {"new": "tht.new", "dissolved": "tht.dissolved"},
             "lhhtx": {"new": "lh.new", "dissolved": "lh.dissolved"}}

    def movement(self, kind):
        """A row of the movement form: decisions with their days, and what they come to."""
        rng, cells, no = self.rng, {}, self.cat.by_code["ktt.event"].no
        words = sorted(self.MOVED.get(kind, {"merged": None, "split": None}))
        for event in rng.sample(words, min(len(words), rng.choice([1, 1, 1, 2]))):
            o = self._value(no, 1)
            if rng.random() < 0.8:
                o["as_of"] = day_number("2023-12-20") + rng.randrange(730)
            if rng.random() < 0.85:
                cells[no, event, "%d/QĐ" % rng.randrange(99)] = o
                cells[no, event, ""] = self._value(no, 1)
            else:
                cells[no, event, ""] = o
            cells[no, "", ""] = self._value(no, len([c for c in cells if c[1] and not c[2]]))
            code = self.MOVED.get(kind, {}).get(event)
            if code:
                self._put(cells, code, "", 1)
        return cells

    # ---- what an office sends ----

    FORM = {"htx": "htx_list", "tht": "tht_list", "lhhtx": "lhhtx_list", "qtdnd": "qtdnd_list"}

    def report(self, code, window, form, subject, cells):
        """The next revision of its key, with what it replaces."""
        scheme, period, vintage = window
        channel = "sectoral" if code in self.departments else "territorial"
        key = (code, form, subject["kind"], subject.get("id", ""), window)
        before = self.sent.get(key)
        r = {"form": form, "subject": subject, "scheme": scheme, "period": period,
             "vintage": vintage, "channel": channel, "cells": cells,
             "revision": before["revision"] + 1 if before else 1,
             "supersedes": before["hash"] if before else None,
             "reason": "điều chỉnh" if before else ""}
        self.sent[key] = r
        return wire.ITEM_REPORT, r

    def send_statement(self, code, window):
        rng, me = self.rng, {"kind": "unit"}
        items = [self.report(code, window, "unit_statement", me,
                             self.statement(rng.choice([0.3, 0.6, 0.9])))]
        if rng.random() < 0.2:
            cells = {}
            f = self._sector_figures()
            for c in ("htx.total", "htx.active", "htx.stopped", "htx.suspended", "member.total",
                      "revenue.total", "income.worker_avg", "worker.regular"):
                self._put(cells, c, "", f.get(c, 5 * 10 ** 6))
            self._put(cells, "htx.total", "agri", f["htx.total"])
            items.append(self.report(code, window, "bieu_chi_tieu", me, cells))
        if rng.random() < 0.2:
            cells = {}
            for c in ("loan.count", "guarantee.count"):
                self._put(cells, c, "", rng.randrange(9))
            self._put(cells, "loan.amount", "", self._money())
            self._put(cells, "loan.amount", "nhno", self._money(), "HTX Bình Minh")
            items.append(self.report(code, window, "vay_von", me, cells))
        if rng.random() < 0.2:
            cells = {}
            self._put(cells, "support.paid", "", self._money())
            self._put(cells, "support.paid", "nstw", self._money(), "training")
            self._put(cells, "support.beneficiary", "nsdp", rng.randrange(9))
            items.append(self.report(code, window, "ho_tro", me, cells))
        self.offices[code].send(items)

    def send_list(self, code, window):
        """Its entities, now and then one of a neighbour, and what else is said of them."""
        rng, items = self.rng, []
        who = rng.sample(self.pool[code], rng.randrange(1, len(self.pool[code]) + 1))
        if rng.random() < 0.4:
            who.append(rng.choice(self.pool[rng.choice(self.codes)]))
        seen = set()
        for e in who:
            if self.subject(e) in seen:
                continue
            seen.add(self.subject(e))
            e = dict(e)
            if rng.random() < 0.05:
                e["sector"] = rng.choice(SECTORS)
            if rng.random() < 0.03:  # no number: held
                e = {"kind": e["kind"], "name": e["name"] + " không số", "sector": e["sector"],
                     "state": e["state"], "id": ""}
            if code in self.departments and rng.random() < 0.6:
                cells = {}
                for c in ("tax.owed", "insurance.debt", "land.area"):
                    self._put(cells, c, "", rng.randrange(10 ** 9))
                self._put(cells, "ocop.products", rng.choice(["", "3", "4"]), rng.randrange(4))
                items.append(self.report(code, window, "so_nganh", e, cells))
                if rng.random() < 0.5:
                    continue
            if rng.random() < 0.25:
                items.append(self.report(code, window, "bien_dong", e, self.movement(e["kind"])))
            items.append(self.report(code, window, self.FORM[e["kind"]], e,
                                     self.entity_row(e, rng.choice([0.5, 0.9]))))
        self.offices[code].send(items)
        return items

    def declare(self, code, window, nothing=False):
        """What it says it sent: all of it, or a row more than came."""
        scheme, period, vintage = window
        forms = {}
        for (c, form, kind, _, w), r in self.sent.items():
            if c == code and w == window and kind != "unit" and not r.get("gone"):
                forms[form] = forms.get(form, 0) + 1
        if self.rng.random() < 0.25 and forms:
            forms[self.rng.choice(sorted(forms))] += 1
        self.offices[code].send([(wire.ITEM_SUBMISSION, {
            "scheme": scheme, "period": period, "vintage": vintage,
            "nothing": int(nothing), "forms": {} if nothing else forms})])

    def correct(self, code, window):
        """Some of what it sent, otherwise; or the same again under another number."""
        rng = self.rng
        own = [k for k in self.sent if k[0] == code and k[4] == window]
        items = []
        for key in rng.sample(own, min(len(own), rng.randrange(1, 4))):
            before = self.sent[key]
            cells = {p: dict(o) for p, o in before["cells"].items()}
            dice = rng.random()
            if dice < 0.15:  # the very same: a duplicate
                items.append((wire.ITEM_REPORT, dict(before)))
                continue
            for place in rng.sample(sorted(cells), min(len(cells), 3)):
                o = cells[place]
                if o["state"] == wire.VALUE and "qualifier" not in o:
                    o["value"] += rng.randrange(1, 50)
            if dice < 0.25:  # on top of what is no longer the head: a conflict
                r = dict(before, cells=cells, revision=before["revision"] + 1, supersedes=None)
                items.append((wire.ITEM_REPORT, r))
                continue
            items.append(self.report(code, window, key[1], before["subject"], cells))
        if items:
            self.offices[code].send(items)

    def withdraw(self, code, window):
        own = [k for k in self.sent if k[0] == code and k[4] == window]
        if own:
            scheme, period, vintage = window
            r = self.sent[self.rng.choice(own)]
            r["gone"] = True
            self.offices[code].send([(wire.ITEM_ANSWER, {
                "about": r["hash"], "scheme": scheme, "period": period, "vintage": vintage})])

    # ---- the story ----

    def live(self, windows=None):
        """Everything in a random order; the register changes in between."""
        rng, steps = self.rng, []
        for window in windows or WINDOWS:
            for code in self.codes:
                own = []
                if rng.random() < 0.06:
                    own = [("nothing", code, window)]
                else:
                    if rng.random() < 0.8:
                        own.append(("statement", code, window))
                    if window[2] == "actual" and rng.random() < 0.75:
                        own.append(("list", code, window))
                    own.append(("declare", code, window))
                    own += [("correct", code, window)] * (rng.random() < 0.4)
                    own += [("withdraw", code, window)] * (rng.random() < 0.12)
                    own += [("list", code, window)] * (rng.random() < 0.1
                                                       and window[2] == "actual")
                    own += [("declare", code, window)] * (rng.random() < 0.3)
                steps.append(own)
        self.register(self.codes[:-3], 0.6)
        acts = ([self.act_register, self.act_unit, self.act_unmerge] * 3
                + [self.act_event] * 20 + [self.act_merge] * 12 + [self.act_decide] * 10)
        rng.shuffle(acts)
        acts.insert(len(acts) // 2, self.act_reform)
        while steps or acts:
            dice = rng.random()
            if acts and (dice < 0.1 or not steps):
                acts.pop()()
                continue
            own = rng.choice(steps)
            what, code, window = own.pop(0)
            if not own:
                steps.remove(own)
            if what == "nothing":
                self.declare(code, window, True)
            else:
                getattr(self, {"statement": "send_statement", "list": "send_list",
                               "declare": "declare", "correct": "correct",
                               "withdraw": "withdraw"}[what])(code, window)
        for o in self.offices.values():
            o.close()

    # Acts of the province; what does not fit (a double merged twice, a decision on what is
    # replaced) is refused by the program and leaves no record.

    def _say(self, *argv):
        self.province.command(*argv, "--by", "an", code=None)

    def act_register(self):
        self.register(self.rng.sample(self.codes, 5), 0.6)

    def act_unit(self):
        rng = self.rng
        self.province.load("unit", "code valid_from valid_to name kind parent act", [
            (str(190 + rng.randrange(9)), FROM, rng.choice(["", "2025-03-31"]),
             "Xã %d" % rng.randrange(99), "commune", "12", "QĐ 1")])

    def act_reform(self):
        """Two districts become one, one is cut in two, an old code ends."""
        a, b, cut = self.rng.sample(self.codes[:-2], 3)
        day, old = "2025-07-01", []
        for c in (a, b, cut):
            old.append((c, FROM, "2025-06-30", "Đơn vị " + c, "district", "12", "NQ 1", ""))
        columns = "code valid_from valid_to name kind parent act from"
        self.province.load("unit", columns, old)
        self.province.load("unit", columns, [
            ("301", day, "", "Xã Một", "commune", "12", "NQ 1", "%s; %s" % (a, b)),
            ("302", day, "", "Xã Hai", "commune", "12", "NQ 1", cut + ":part"),
            ("303", day, "", "Xã Ba", "commune", "12", "NQ 1", cut + ":part")])
        for e in self.pool[cut][:2]:  # settled one by one
            self._say("entity", "event", self.subject(e), "--event", "moved", "--on", day,
                      "--unit", "302", "--act", "QĐ 9", "--yes")

    def _some(self):
        return self.rng.choice(self.pool[self.rng.choice(self.codes)])

    def act_event(self):
        rng = self.rng
        event = rng.choice(["founded", "renamed", "moved", "suspended", "resumed", "stopped",
                            "dissolved", "bankrupt", "revoked", "changed", "converted"])
        day = datetime.date(2024, 1, 5) + datetime.timedelta(days=rng.randrange(700))
        argv = ["entity", "event", self.subject(self._some()), "--event", event, "--on",
                day.isoformat(), "--act", "QĐ %d" % rng.randrange(99), "--yes"]
        if event == "renamed":
            argv += ["--name", "HTX Đổi tên"]
        if event in ("moved", "founded"):
            argv += ["--unit", rng.choice(self.codes)]
        if event == "founded":
            argv += ["--kind", "htx", "--name", "HTX Mới"]
        if event == "changed" or rng.random() < 0.2:
            argv += ["--sector", rng.choice(SECTORS)]
        self._say(*argv)

    def act_merge(self):
        self._say("entity", "merge", self.subject(self._some()), "--into",
                  self.subject(self._some()), "--why", "một HTX hai mã", "--yes")

    def act_unmerge(self):
        merged = self.province.sql("select distinct subject from entity_merge order by 1")
        if merged:
            self._say("entity", "unmerge", self.rng.choice(merged)[0], "--why", "nhầm", "--yes")

    def act_decide(self):
        rng = self.rng
        act, which = rng.choice([("count", "verdict in ('held', 'conflict')"),
                                 ("count", "verdict in ('held', 'conflict')"),
                                 ("reject", "counts")])
        found = self.province.sql("select epoch || '.' || seq from report where %s"
                                  " order by epoch, seq" % which)
        if found:
            self._say("decide", rng.choice(found)[0], act, "--why", "đã kiểm tra", "--yes")
