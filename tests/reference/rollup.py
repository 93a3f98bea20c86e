"""Totals of a period at a position, made again from the signed cells (design 8).

A figure of a unit is a Figure: what it adds to numerator and denominator, in printed units,
and how it came about. Everything is exact; a mean or a ratio is divided once, at the end,
and rounded half away from zero at its printed digit.
"""
import decimal
from fractions import Fraction

import register
import wire

EXACT = decimal.Context(prec=300, traps=[decimal.Inexact, decimal.InvalidOperation,
                                         decimal.DivisionByZero])
D = decimal.Decimal
ZERO = D(0)
# publications rest on it: a complete list of HTX counts as one of LHHTX too, whose word ends
# with the same letters
METHOD_2_TAKES_FOR = {"lhhtx": "htx"}
BLANK, VALUE, NIL = 0, wire.VALUE, wire.NIL


def add(a, b):
    return b if a is None else a if b is None else EXACT.add(a, b)


def product(a, b):
    return None if a is None or b is None else EXACT.multiply(a, b)


def rounded(num, den, digits):
    """num / den at a digit, half away from zero."""
    if num is None or not den:
        return None
    q = Fraction(num) / Fraction(den) * 10 ** digits
    whole = int(abs(q) + Fraction(1, 2))  # int() cuts
    return D(whole if q >= 0 else -whole).scaleb(-digits, EXACT)


def plain(x):
    """Decimal text without an exponent or zeros at its end; None stays None."""
    if x is None:
        return None
    text = format(x, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


class Cell:
    """What was said in one place, or what several such places add up to."""
    __slots__ = ("x", "reported", "nil", "na", "refused", "missing", "approx", "sectoral",
                 "blank")

    def __init__(self, o=None, sectoral=False):
        state = o["state"] if o else BLANK
        self.x = D(o["value"]) if state == VALUE else ZERO if state == NIL else None
        self.reported = int(self.x is not None)
        self.nil = int(state == NIL)
        self.na = int(state == wire.NOT_AVAILABLE)
        self.refused = int(state == wire.NOT_TOLD)
        self.missing = int(state == BLANK)
        self.approx = int(bool(o and o.get("qualifier")))
        self.sectoral = sectoral
        self.blank = state == BLANK

    def plus(self, other):
        self.x = add(self.x, other.x)
        for name in ("reported", "nil", "na", "refused", "missing", "approx"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.sectoral = self.sectoral and other.sectoral
        self.blank = self.blank and other.blank


def total_of(cells):
    out = None
    for c in cells:
        if out is None:
            out = Cell(sectoral=True)
            out.missing = 0
        out.plus(c)
    return out


class Figure:
    """What one unit gives to a total from one source."""
    __slots__ = ("num", "den", "basis", "stated", "reported", "nil", "na", "refused", "missing",
                 "approx", "sectoral")

    def __init__(self, num, den=None, basis=None, stated=None, sectoral=False, reported=0, nil=0,
                 na=0, refused=0, missing=0, approx=0):
        self.num, self.den, self.basis, self.stated = num, den, basis, stated
        self.sectoral, self.reported, self.nil = sectoral, reported, nil
        self.na, self.refused, self.missing, self.approx = na, refused, missing, approx


def from_cell(c, scale):
    return Figure(product(c.x, scale), None, "reported" if c.x is not None else None, None,
                  c.sectoral, c.reported, c.nil, c.na, c.refused, c.missing, c.approx)


class Period:
    """Everything about (scheme, period) at a position; vintage None: every one by itself."""

    def __init__(self, log, catalogues, scheme, code, vintage, pos):
        self.log, self.pos, self.vintage = log, pos, vintage
        self.scheme, self.code = scheme, code
        self.cat = catalogues[log.catalogue(pos)]
        self.forms = {}
        for c in catalogues.values():
            self.forms.update(c.forms)
        self.inverse = {i.no: EXACT.divide(D(1), D(i.scale)) for i in self.cat.indicators}
        self.reports = log.counting(scheme, code, vintage, pos)
        self.period = log.period(scheme, code, pos)
        self.kind = self.period["kind"] if self.period else ""
        self.register = register.Register(log, pos, self.cat)
        self.given = {}  # (vintage, unit) -> source -> {(indicator, sector, b1, b2): Figure}
        self.each = {}   # (vintage, unit), source -> who -> the same of one entity
        self._statements()
        self._entities()
        self._events()
        self._choose()

    # ---- reading cells ----

    def _cells_of(self, r):
        """(place, observation or None) of a report: its form, then what has no place in it."""
        form = self.forms[r.form, r.form_version]
        places = set(form.cells)
        for place in form.cells:
            yield place, r.cells.get(place)
        for place, o in r.cells.items():
            _, b1, b2 = place
            if place in places:
                continue
            # a name in an open dimension is no line of a total; a unit may give one by name
            if (b2 and b2 not in self.cat.known) or (
                    b1 and not r.about_unit and b1 not in self.cat.known):
                continue
            yield place, o

    def _merged(self, reports):
        """One cell for each place of one subject: the form of the lowest rank that says it."""
        best = {}
        for r in reports:
            form = self.forms[r.form, r.form_version]
            for place, o in self._cells_of(r):
                blank = o is None or o["state"] == BLANK
                rank = (blank, form.rank, r.form.encode())
                if place not in best or rank < best[place][0]:
                    best[place] = rank, r, o
        return {place: (r, o) for place, (_, r, o) in best.items()}

    # ---- statements of the units ----

    def _statements(self):
        by_unit = {}
        for r, _ in self.reports:
            if r.about_unit:
                by_unit.setdefault((r.vintage, r.unit), []).append(r)
        for key, reports in by_unit.items():
            said = {}  # (indicator, b1, b2) -> {(upper sector, code): Cell}
            for (no, b1, b2), (r, o) in self._merged(reports).items():
                ind = self.cat.by_no.get(no)
                if ind is None or ind.op == "none":
                    continue
                top, code = self.cat.sector_of(no, b1, b2)
                line = said.setdefault((no, "" if top else b1, b2), {})
                line[top, code] = Cell(o, r.channel == "sectoral")
            out = self.given.setdefault(key, {}).setdefault("statement", {})
            lines = {line: self._line(self.cat.by_no[line[0]], cells)
                     for line, cells in said.items()}
            for (no, b1, b2), by_sector in lines.items():
                ind = self.cat.by_no[no]
                if ind.adds or ind.op == "given":
                    for sector, cell in by_sector.items():
                        out[no, sector, b1, b2] = from_cell(cell, self.inverse[no])
            whole = {no: by_sector for (no, b1, b2), by_sector in lines.items()
                     if b1 == "" and b2 == ""}
            for ind in self.cat.indicators:
                if ind.op == "wmean":
                    self._stated_mean(ind, whole, out)
            self._ratios(out, whole)

    @staticmethod
    def _line(ind, cells):
        """{sector: Cell}, "" for the whole. A sub-sector counts where its upper sector is
        blank, and the sectors where the whole is, unless they are means or ratios."""
        by_sector = {}
        for (top, code), cell in cells.items():
            by_sector.setdefault(top, {})[code] = cell
        out = {}
        for top, codes in by_sector.items():
            own = {c: x for c, x in codes.items() if c == top}
            subs = {c: x for c, x in codes.items() if c != top}
            upper_said = any(not x.blank for x in own.values())
            use_subs = ind.adds and not upper_said and any(not x.blank for x in subs.values())
            chosen = subs if use_subs else own
            if chosen:
                out[top] = total_of(chosen.values())
        whole, parts = out.get(""), [c for s, c in out.items() if s]
        said = whole is not None and not whole.blank
        if not said and ind.adds and any(c.reported for c in parts):
            out[""] = total_of(parts)
        if "" in out:
            whole = out[""]
            for name in ("reported", "nil", "na", "refused", "missing"):
                setattr(whole, name, min(getattr(whole, name), 1))
            if whole.x is not None:
                whole.missing = 0
        return out

    def _role(self, code, whole, sector):
        ind = self.cat.by_code.get(code)
        cell = whole.get(ind.no, {}).get(sector) if ind else None
        return cell, product(cell.x, self.inverse[ind.no]) if cell else None

    def _stated_mean(self, ind, whole, out):
        """Σ if it was reported, else mean × weight of the same sector; a whole that was not
        reported is made of its sectors where each that has a weight has a mean."""
        sectors = set(whole.get(ind.no, {}))
        if ind.num in self.cat.by_code:
            sectors |= set(whole.get(self.cat.by_code[ind.num].no, {}))
        den_sectors = whole.get(self.cat.by_code[ind.den].no, {}) if ind.den else {}
        parts_num = parts_den = None
        complete = True
        for s in set(sectors) | set(den_sectors):
            if s == "":
                continue
            num, mean = self._role(ind.num, whole, s)[1], self._role(ind.code, whole, s)[1]
            den = self._role(ind.den, whole, s)[1]
            if num is None and mean is None:
                complete = complete and not den
            elif den is not None:
                parts_num = add(parts_num, num if num is not None else product(mean, den))
                parts_den = add(parts_den, den)
        if parts_num is not None:
            sectors.add("")
        for s in sectors:
            num_cell, num = self._role(ind.num, whole, s)
            mean_cell, mean = self._role(ind.code, whole, s)
            den_cell, den = self._role(ind.den, whole, s)
            parts = parts_num if s == "" else None
            if num is not None and den is not None:
                f = Figure(num, den, "reported")
            elif parts is not None and complete:
                f = Figure(parts, parts_den, "parts")
            elif mean is not None and den is not None:
                f = Figure(product(mean, den), den, "stated")
            elif parts is not None:
                f = Figure(parts, parts_den, "parts")
            else:
                f = Figure(None)
            f.stated = mean
            spoken = [c for c in (num_cell, mean_cell) if c is not None]
            f.reported = max((c.reported for c in spoken), default=1)
            f.approx = max((c.approx for c in spoken), default=0)
            f.sectoral = all(c.sectoral for c in spoken + [den_cell] if c is not None)
            if mean_cell is not None:
                f.nil = mean_cell.nil
                if f.basis is None:
                    f.na, f.refused, f.missing = (mean_cell.na, mean_cell.refused,
                                                  mean_cell.missing)
            out[ind.no, s, "", ""] = f

    # ---- entities ----

    def _entities(self):
        by_who = {}
        for r, subject in self.reports:
            if not r.about_unit:
                by_who.setdefault((r.vintage, subject or r.hash), []).append(r)
        channels = {}
        everybody = {}, {}, {}
        for (vintage, who), reports in by_who.items():
            for r in reports:
                channels.setdefault((vintage, r.unit), set()).add(r.channel)
            cells, own = self._merged(reports), ({}, {}, {})
            for (no, b1, b2), (r, o) in cells.items():
                ind = self.cat.by_no.get(no)
                if ind is not None and ind.op in ("sum", "last"):
                    for sums in (everybody[0], own[0]):
                        self._gather(sums, (vintage, r.unit), (no, self._top(r), b1, b2),
                                     Cell(o))
            for _, counts, means in (everybody, own):
                self._count(counts, vintage, reports)
                self._means(means, vintage, cells, len(reports) > 1 and 2)
            for key, figures in self._figures(own).items():
                self.each.setdefault((key, "entity"), {})[who] = figures
        for key, figures in self._figures(everybody).items():
            sectoral = channels[key] == {"sectoral"}
            for f in figures.values():
                f.sectoral = sectoral
            self.given.setdefault(key, {})["entity"] = figures

    def _figures(self, gathered):
        """(vintage, unit) -> {place: Figure} of what was gathered."""
        sums, counts, means = gathered
        found = {}
        for key in set(sums) | set(counts) | set(means):
            out = found[key] = {}
            for (no, sector, b1, b2), cell in sums.get(key, {}).items():
                out[no, sector, b1, b2] = from_cell(cell, self.inverse[no])
            for (no, sector), (n, of) in counts.get(key, {}).items():
                out[no, sector, "", ""] = Figure(D(n) * self.inverse[no], None, "reported",
                                                 reported=of)
            self._ratios(out, {})
            for place, f in means.get(key, {}).items():
                out[place] = f
                f.basis = "reported" if f.den is not None else None
        return found

    def _top(self, r):
        return self.cat.top.get(r.sector, "unknown")

    @staticmethod
    def _gather(sums, key, place, cell):
        no, top, b1, b2 = place
        for sector in (top, ""):
            own = sums.setdefault(key, {})
            if (no, sector, b1, b2) in own:
                own[no, sector, b1, b2].plus(cell)
            else:
                own[no, sector, b1, b2] = total_of([cell])

    def _count(self, counts, vintage, reports):
        """Only lists (rank 0) say who there is; of two the first by name."""
        lists = [r for r in reports if self.forms[r.form, r.form_version].rank == 0]
        if not lists:
            return
        r = min(lists, key=lambda r: r.form.encode())
        top = self._top(r)
        facts = {"kind": r.kind, "state": r.state, "sector": r.sector, "top": top}
        for ind in self.cat.indicators:
            kinds = [allowed for key, allowed in ind.terms if key == "kind"]
            if ind.op != "count" or not ind.terms or any(r.kind not in k for k in kinds):
                continue
            if any(key not in facts for key, _ in ind.terms):
                continue
            for sector in (top, ""):
                own = counts.setdefault((vintage, r.unit), {})
                n, of = own.get((ind.no, sector), (0, 0))
                own[ind.no, sector] = n + ind.counts(facts), of + 1

    def _means(self, means, vintage, cells, many):
        """Numerator and weight of the same entity, or neither."""
        for ind in self.cat.indicators:
            if ind.op != "wmean":
                continue
            num_ind, den_ind = self.cat.by_code.get(ind.num), self.cat.by_code.get(ind.den)
            roles = {}
            for role, i in (("num", num_ind), ("mean", ind), ("den", den_ind)):
                if i is not None and (i.no, "", "") in cells:
                    roles[role] = cells[i.no, "", ""] + (self.inverse[i.no],)
            spoken = [roles[x] for x in ("num", "mean") if x in roles]
            if not spoken:
                continue
            amount = {k: product(Cell(o).x, inverse) for k, (_, o, inverse) in roles.items()}
            den = D(1) if den_ind is not None and den_ind.op == "count" else amount.get("den")
            num = None
            if den is not None:
                num = amount.get("num")
                if num is None:
                    num = product(amount.get("mean"), den)
            said = Cell(spoken[0][1])  # a form that asks for the sum is asked by it
            f = Figure(num, den if num is not None else None)
            if num is not None:
                f.reported, f.nil = 1, said.nil
                f.approx = int(any(Cell(o).approx for _, o, _ in spoken[:many or 1]))
            else:
                f.na, f.refused = said.na, said.refused
                f.missing = int(not said.na and not said.refused)
            r = spoken[0][0]
            for sector in (self._top(r), ""):
                own = means.setdefault((vintage, r.unit), {})
                if (ind.no, sector, "", "") not in own:
                    own[ind.no, sector, "", ""] = Figure(None)
                t = own[ind.no, sector, "", ""]
                t.num, t.den = add(t.num, f.num), add(t.den, f.den)
                for name in ("reported", "nil", "na", "refused", "missing", "approx"):
                    setattr(t, name, getattr(t, name) + getattr(f, name))

    # ---- ratios: both sides from the same source ----

    def _ratios(self, out, whole):
        amounts = {(no, s): f for (no, s, b1, b2), f in out.items()
                   if b1 == "" and b2 == "" and self.cat.by_no[no].op not in ("wmean", "ratio")}
        found = {}
        for ind in self.cat.indicators:
            if ind.op != "ratio":
                continue
            sides = [w.split(":") for w in ind.num.split(",")]
            base, _, scope = ind.den.partition(":")
            sectors = {s for _, s in amounts} | set(whole.get(ind.no, {})) | {""}
            for s in sectors:
                parts = []
                for side in sides:
                    i = self.cat.by_code.get(side[0])
                    at = s if len(side) == 1 else side[1] if s == "" else None
                    f = amounts.get((i.no, at)) if i is not None and at is not None else None
                    parts.append(f if f is not None and f.num is not None else None)
                computed = parts if all(parts) else None
                stated = whole.get(ind.no, {}).get(s)
                if stated is not None and stated.x is None:
                    stated = None
                if computed is None and stated is None:
                    continue
                i = self.cat.by_code.get(base)
                below = amounts.get((i.no, "" if scope == "all" else s)) if i else None
                den = below.num if below is not None else None
                f = Figure(None, den, None, product(stated.x, self.inverse[ind.no])
                           if stated else None)
                if den is not None and computed:
                    f.num, f.basis = None, "reported"
                    for p in computed:
                        f.num = add(f.num, p.num)
                elif den is not None:
                    percent = D("0.01") if ind.unit.startswith("%") else D(1)
                    f.num = product(product(f.stated, den), percent)
                    f.basis = "stated"
                by = min(p.reported for p in computed) if computed else None
                f.reported = by if scope == "all" else below.reported if below else None
                f.reported = 1 if f.reported is None else f.reported
                f.approx = (stated.approx if stated else max(p.approx for p in computed))
                f.sectoral = all(x.sectoral for x in (computed or []) +
                                 ([stated] if stated else []))
                found[ind.no, s, "", ""] = f
        out.update(found)

    # ---- events of the register ----

    def _events(self):
        """Movements count once an entity, for indicators whose order of sources names them;
        what is planned or expected has not happened."""
        if self.vintage not in (None, "actual") or not self.period:
            return
        asked = {(kind, event): self.cat.by_code[code]
                 for code, (kind, event) in register.EVENTS.items()
                 if "event" in self.cat.order_of_sources(code, self.kind, "actual")}
        if not asked:
            return
        for root, event, facts in self.register.events(self.period["starts"],
                                                       self.period["ends"]):
            ind = asked.get((facts["kind"], event))
            if ind is None:
                continue
            out = self.given.setdefault(("actual", facts["unit"]), {}).setdefault("event", {})
            own = self.each.setdefault((("actual", facts["unit"]), "event"), {})
            for sector in (self.cat.top.get(facts["sector"], "unknown"), ""):
                for to in (out, own.setdefault(root, {})):
                    f = to.setdefault((ind.no, sector, "", ""), Figure(None, None, "reported"))
                    f.num, f.reported = add(f.num, D(1)), f.reported + 1

    # ---- which source counts ----

    def _declared(self, key):
        """Forms of which a unit's newest declaration is kept: as many rows as it said."""
        newest = None
        for s in self.log.submissions:
            if (s["pos"] <= self.pos and (s["scheme"], s["period"]) == (self.scheme, self.code)
                    and (s["vintage"], s["unit"]) == key):
                newest = s
        return newest

    def _complete(self, key):
        s = self._declared(key)
        if s is None or s.get("nothing"):
            return set()
        forms = set()
        for line in s.get("forms", []):
            subjects = {f.subject for (c, _), f in self.forms.items() if c == line["form"]}
            have = sum(1 for r in self.log.standing(self.scheme, self.code, key[0], self.pos)
                       if r.unit == key[1] and r.form == line["form"])
            if subjects - {"unit"} and line.get("rows", 0) <= have:
                forms.add(line["form"])
        return forms

    def _is_complete(self, ind, forms):
        if ind.op == "count":
            kinds = {k for key, allowed in ind.terms if key == "kind" for k in allowed}
            kinds |= {METHOD_2_TAKES_FOR[k] for k in kinds if k in METHOD_2_TAKES_FOR}
            return any(f.subject in kinds for (c, _), f in self.forms.items() if c in forms)
        return bool(forms) and (ind.no not in self.cat.asked
                                or bool(self.cat.asked[ind.no] & forms))

    def _choose(self):
        """self.used: (vintage, unit) -> {(indicator, sector, b1, b2): (source, Figure)}"""
        self.used = {}
        for key, sources in self.given.items():
            complete = self._complete(key)
            usable = {}  # indicator -> source -> is there a figure
            for source, figures in sources.items():
                for (no, _, _, _), f in figures.items():
                    had = usable.setdefault(no, {}).get(source, False)
                    usable[no][source] = had or f.num is not None
            own = self.used.setdefault(key, {})
            for no, by_source in usable.items():
                ind = self.cat.by_no[no]
                order = self.cat.order_of_sources(ind.code, self.kind, key[0])
                chosen = []
                for n, word in enumerate(order):
                    source = "entity" if word == "complete_entity" else word
                    if source in by_source and (word == source
                                                or self._is_complete(ind, complete)):
                        chosen.append((not by_source[source], n, source))
                if chosen:
                    source = min(chosen)[2]
                    for place, f in sources[source].items():
                        if place[0] == no:
                            own[place] = source, f

    # ---- totals ----

    def _lines(self, by_sector):
        """(vintage, unit, place, source, Figure) of a view; what a unit gave only as a whole
        stands under no sector, so that sectors add up."""
        divided = {no for own in self.used.values() for (no, s, _, _), (_, f) in own.items()
                   if s and f.num is not None}
        for (vintage, unit), own in self.used.items():
            for place, (source, f) in own.items():
                no, sector, b1, b2 = place
                if bool(sector) == by_sector and (not by_sector or b1 == ""):
                    yield vintage, unit, place, source, f
                if (by_sector and sector == b1 == b2 == "" and f.num is not None
                        and no in divided and self.cat.by_no[no].adds):
                    rest = f.num
                    for (other, s, b, _), (_, g) in own.items():
                        if other == no and s and b == "" and g.num is not None:
                            rest = EXACT.subtract(rest, g.num)
                    if rest:
                        yield (vintage, unit, (no, "undivided", "", ""), source,
                               Figure(rest, None, f.basis, None, f.sectoral, f.reported,
                                      approx=f.approx))

    def _moved(self, lines):
        """The same under the units of today's map: who reported is chosen on the units of that
        day, then each entity's figure goes to its home and a statement along lineage. What a
        department says stays with it."""
        found = []
        for vintage, unit, place, source, f in lines:
            if source == "statement" or f.sectoral:
                to = unit if f.sectoral else self.register.heir(unit)
                found.append((vintage, unit, to, place, source, f))
                continue
            ind = self.cat.by_no[place[0]]
            for who, figures in self.each[(vintage, unit), source].items():
                if ind.op == "ratio":
                    own = self._share(ind, place, figures) if f.den is not None else None
                else:
                    own = figures.get(place)
                if own is not None:
                    found.append((vintage, unit, self.register.home(who, unit), place, source,
                                  own))
        several = {}
        for vintage, unit, to, place, _, _ in found:
            several.setdefault((vintage, to, place), set()).add(unit)
        for vintage, unit, to, place, source, f in found:
            if len(several[vintage, to, place]) > 1:
                if self.cat.by_no[place[0]].op == "given":
                    to = unit  # what was only stated cannot be put together
                else:
                    f = Figure(f.num, f.den, f.basis, None, f.sectoral, f.reported, f.nil, f.na,
                               f.refused, f.missing, f.approx)
            yield vintage, to, place, source, f

    def _share(self, ind, place, figures):
        """What one entity gives to both sides of its unit's ratio."""
        base, _, scope = ind.den.partition(":")
        below = figures.get((self.cat.by_code[base].no, "" if scope == "all" else place[1],
                             "", ""))
        num = None
        for side in ind.num.split(","):
            code, _, within = side.partition(":")
            f = figures.get((self.cat.by_code[code].no, within or place[1], "", ""))
            num = add(num, f.num if f is not None else None)
        den = below.num if below is not None else None
        if not num and not den:
            return None
        return Figure(num or ZERO, den or ZERO, "reported", reported=1)

    def rows(self, by_unit, by_sector, as_is=False):
        """{key: row}: one for each total, as `rollup --json` names its columns."""
        lines = list(self._lines(by_sector))
        if by_unit and as_is:
            lines = list(self._moved(lines))
        territorial = {}  # sources of what districts gave
        for vintage, _, (no, _, b1, b2), source, f in lines:
            if not f.sectoral and f.num is not None:
                territorial.setdefault((vintage, no, b1, b2), set()).add(source)
        kept = [x for x in lines if by_unit or self._is_kept(x, territorial)]
        groups = {}
        for vintage, unit, place, source, f in kept:
            groups.setdefault((vintage, unit if by_unit else None, place), []).append(
                (unit, source, f))
        due = self._due(lines, by_unit)
        expected = self.register.expected(self, by_sector)
        out = {}
        for (vintage, unit, place), members in groups.items():
            n_due, silent, asked = due[vintage]
            row = self._row(place, members, by_unit, expected, asked)
            if row is None:
                continue
            row["units_reported"] += silent
            row["units_expected"] = 1 if by_unit else n_due
            entity = row["source"] == "entity"
            row["reported"] = row["entities_reported" if entity else "units_reported"]
            row["expected"] = expected.at(unit, place[1]) if entity else row["units_expected"]
            if row["source"] != "mixed":
                row["entities_expected"] = expected.at(unit, place[1])
            no, sector, b1, b2 = place
            breakdown = sector if by_sector else b1
            out[unit or ("", ""), vintage, self.cat.by_no[no].code,
                breakdown + ("/" + b2 if b2 else "")] = row
        return out

    def _is_kept(self, line, territorial):
        """A department's statement covers what the districts' cover: it fills gaps, never
        adds; so do its entities beside statements. A gap is a whole figure: where districts
        gave some sectors, a department's do not fill the others."""
        vintage, _, (no, _, b1, b2), source, f = line
        if self.cat.by_no[no].op == "given":
            return False
        others = territorial.get((vintage, no, b1, b2), set())
        return not (f.sectoral and others and "statement" in others | {source})

    def _row(self, place, members, by_unit, expected, asked):
        ind = self.cat.by_no[place[0]]
        divided = ind.op in ("wmean", "ratio")
        num = den = None
        for _, _, f in members:
            if not divided or f.den is not None:
                num = add(num, f.num)
            if f.num is not None:
                den = add(den, f.den)
        stated = [f.stated for _, _, f in members if f.stated is not None] if by_unit else []
        row = {"na": sum(f.na for _, _, f in members),
               "refused": sum(f.refused for _, _, f in members)}
        if num is None and not stated and not row["na"] and not row["refused"]:
            return None
        with_figure = [(u, s) for u, s, f in members if f.num is not None]
        value = num
        if divided:
            percent = ind.op == "ratio" and ind.unit.startswith("%")
            value = rounded(product(num, D(100)) if percent else num, den, ind.decimals)
        row.update({
            "value": plain(value), "measure": ind.unit,
            "numerator": plain(num) if divided else None,
            "denominator": plain(den) if divided else None,
            "stated": plain(max(stated)) if stated else None,
            "basis": one_of({f.basis for _, _, f in members if f.basis}),
            "source": one_of({s for _, s, _ in members}),
            # events make nobody a reporter who was not asked
            "units_reported": len({u for u, s in with_figure
                                   if s != "event" or by_unit or u in asked}),
            "units_statement": len({u for u, s in with_figure if s == "statement"}),
            "units_entity": len({u for u, s in with_figure if s == "entity"}),
            "entities_reported": sum(f.reported for _, s, f in members if s == "entity"),
            "entities_expected": None,
            "nil": sum(f.nil for _, _, f in members),
            "not_available": row.pop("na"),
            "missing": sum(f.missing for _, _, f in members),
            "approximate": sum(f.approx for _, _, f in members)})
        if row["source"] == "mixed" and not by_unit:
            of = [expected.at(u, place[1]) for u in {u for u, s in with_figure if s == "entity"}]
            known = [n for n in of if n is not None]
            row["entities_expected"] = sum(known) if known else None
        return row

    def _due(self, lines, by_unit):
        """vintage -> (units that must report or did, of them who said: nothing to report)"""
        must = self.register.units_expected(self.period)
        spoke, silent = {}, {}
        for vintage, unit, _, source, _ in lines:
            own = spoke.setdefault(vintage, set())
            if source != "event":  # the register's word on a unit is not the unit's
                own.add(unit)
        if not by_unit:
            declared = {}
            for s in self.log.submissions:
                if (s["pos"] <= self.pos and (s["scheme"], s["period"]) == (self.scheme, self.code)):
                    declared[s["vintage"], s["unit"]] = s
            for (vintage, unit), s in declared.items():
                if s.get("nothing"):
                    silent.setdefault(vintage, set()).add(unit)
        return {v: (len(must | units | silent.get(v, set())), len(silent.get(v, set()) - units),
                    None if by_unit else must - silent.get(v, set()) | units)
                for v, units in spoke.items()}


def one_of(words):
    return "" if not words else words.pop() if len(words) == 1 else "mixed"
