"""The catalogue as its TSV files say it: what is asked, and how each figure adds up."""
import csv
import os
import re


def table(folder, name):
    """Rows of NAME.tsv and of NAME.local.tsv beside it, as dicts."""
    rows = []
    for suffix in ("", ".local"):
        path = os.path.join(folder, name + suffix + ".tsv")
        if os.path.exists(path):
            with open(path, encoding="utf-8", newline="") as f:
                rows += csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)
    return rows


class Indicator:
    def __init__(self, row):
        self.no, self.code = int(row["no"]), row["code"]
        self.scale, self.decimals = int(row["scale"]), int(row["decimals"])
        self.op, self.num, self.den = row["operator"], row["num"], row["den"]
        self.type, self.unit = row["type"], row["unit_vi"]
        self.dims = [d for d in row["dims"].split(",") if d]
        self.adds = self.op in ("sum", "last", "count")
        # "kind=htx state=active": every term must hold
        self.terms = [(k, v.split("|")) for k, v in re.findall(r"([a-z_]+)=([^ ,;&]+)", self.num)
                      ] if self.op == "count" else []

    def counts(self, what):
        """Is an entity with these facts (kind, state, sector, top) one of those counted?"""
        for key, allowed in self.terms:
            if key == "sector":
                if what["sector"] not in allowed and what["top"] not in allowed:
                    return False
            elif what[key] not in allowed:
                return False
        return True


class Form:
    def __init__(self, row):
        self.code, self.version = row["code"], int(row["version"])
        self.subject, self.layout = row["subject"], row["layout"]
        self.rank = int(row["rank"])
        self.columns = [c for c in row["columns"].split(",") if c]
        self.cells = []  # (indicator number, b1, b2), in order


class Catalogue:
    """One version, read from its folder."""

    def __init__(self, folder):
        about = {r["key"]: r["value"] for r in table(folder, "catalogue")}
        self.version = int(about["version"])
        self.indicators = [Indicator(r) for r in table(folder, "indicators")]
        self.by_code = {i.code: i for i in self.indicators}
        self.by_no = {i.no: i for i in self.indicators}
        self.breakdowns = table(folder, "breakdowns")
        self.forms = {(f.code, f.version): f for f in map(Form, table(folder, "forms"))}
        self.sources = table(folder, "sources")
        self.periods = table(folder, "periods")
        self._sectors()
        for row in table(folder, "rows"):
            self._row(row)
        shared = {c for f in self.forms.values() for c in f.cells}
        self.sectored = {no for no, b1, _ in shared if b1 in self.only_sector}
        self.asked = {}  # indicator -> entity forms that ask it
        for f in self.forms.values():
            for no, _, _ in f.cells:
                if f.subject != "unit":
                    self.asked.setdefault(no, set()).add(f.code)

    def _sectors(self):
        self.top = {}
        codes = {}
        for b in self.breakdowns:
            codes.setdefault(b["code"], set()).add(b["dim"])
            if b["dim"] == "sector":
                self.top[b["code"]] = b["parent"] or b["code"]
        self.known = {c for c in codes if c != "*"}
        # a code that no other dimension uses says by itself that it is a sector
        self.only_sector = {c for c in self.top if codes[c] == {"sector"}}

    def _row(self, row):
        form = self.forms[row["form"], int(row["version"])]
        ind = self.by_code[row["indicator"]]
        if form.layout in ("entity_rows", "rows") and "*" in (row["b1"], row["b2"]):
            # a column of words: the whole, and the codes of its first dimension
            form.cells.append((ind.no, "", ""))
            if row["b1"] == "*":
                own = {b["code"] for b in self.breakdowns if b["dim"] == ind.dims[0]}
                form.cells += [(ind.no, c, "") for c in form.columns if c in own]
        elif row["b1"] == "*":
            form.cells += [(ind.no, "" if c == "all" else c, row["b2"]) for c in form.columns]
        else:
            form.cells.append((ind.no, row["b1"], row["b2"]))

    def sector_of(self, indicator, b1, b2):
        """(upper sector, code) when b1 is a sector of this indicator, else ("", "")."""
        if b2 == "" and b1 in self.top and (b1 in self.only_sector
                                            or indicator in self.sectored):
            return self.top[b1], b1
        return "", ""

    def order_of_sources(self, indicator, period_kind, vintage):
        for s in self.sources:
            if (s["indicator"] in (indicator, "*") and s["period_kind"] in (period_kind, "*", "")
                    and s["vintage"] in (vintage, "*", "")):
                return [w.strip() for w in s["order"].split(",")]
        return (["complete_entity", "statement"] if (period_kind, vintage) == ("year", "actual")
                else ["statement", "entity"])
