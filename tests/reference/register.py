"""Who reports and whom they report about, at a position: from control records, and from
movement forms where the catalogue lets them speak. Facts of an entity are assertions with a
day; of one field the latest day counts, then who said it, then the higher position.
"""
from log import CHANNEL_RANK, day_of

import wire

ALWAYS, NEVER = "", "9999-99-99"  # before and behind every day, as text
LOADED, ACT, MOVEMENT, SEEN = 3, 2, 1, 0
ENDS = ("dissolved", "bankrupt", "revoked", "merged")
FIELDS = ("kind", "name", "sector", "unit", "commune", "state")
# indicator -> (kind of entity, what happened to it)
EVENTS = {"htx.new": ("htx", "founded"), "htx.dissolved": ("htx", "dissolved"),
          "htx.bankrupt": ("htx", "bankrupt"), "htx.converted": ("htx", "converted"),
          "htx.renamed": ("htx", "renamed"), "htx.suspended.new": ("htx", "suspended"),
          "htx.resumed": ("htx", "resumed"), "htx.revoked": ("htx", "revoked"),
          "tht.new": ("tht", "founded"), "tht.dissolved": ("tht", "dissolved"),
          "lh.new": ("lhhtx", "founded"), "lh.dissolved": ("lhhtx", "dissolved")}


class Expected:
    """Entities expected to report, by unit and upper sector; None: nobody knows."""

    def __init__(self, who):
        self.n = {}
        for unit, sector in who:
            for key in {(unit, sector), (None, sector)}:
                self.n[key] = self.n.get(key, 0) + 1

    def at(self, unit, sector):
        return self.n.get((unit, sector))


class Said:
    """One assertion about an entity."""

    def __init__(self, subject, root, day, rank, pos, **facts):
        self.subject, self.root, self.day, self.rank, self.pos = subject, root, day, rank, pos
        self.founded, self.dissolved = facts.pop("founded", None), facts.pop("dissolved", None)
        self.facts = {k: v for k, v in facts.items() if v is not None}

    @property
    def order(self):
        return self.day, self.rank > MOVEMENT, self.rank > SEEN, self.pos


class Movement:
    """One decision told by a movement form."""

    def __init__(self, r, root, event, decision, day):
        self.report, self.root, self.decision = r, root, decision
        self.event = "founded" if event == "new" else event
        self.day, self.pos = day, r.pos


def state_after(event, given=None):
    if event in ENDS:
        return "dissolved"
    if given:
        return given
    return {"founded": "active", "resumed": "active", "suspended": "suspended",
            "stopped": "stopped"}.get(event)


class Register:
    def __init__(self, log, pos, cat):
        self.log, self.pos, self.cat = log, pos, cat
        self.same = log.same(pos)
        self.acts = [c for c in log.controls.get("entity_event", []) if c.pos <= pos]
        feeds = any(s["indicator"] == "ktt.event" and "event" in s["order"].split(",")
                    for s in cat.sources)
        self.movements = list(self._movements()) if feeds else []
        self.said = {}  # root -> [Said]
        self._assert()

    def root(self, subject):
        return self.same.get(subject, subject)

    # ---- units ----

    def units(self):
        return self.log.newest("unit", self.pos, lambda c: (c["code"], c["valid_from"]))

    def units_expected(self, period):
        """Units that must report for a period: valid on its cut-off day, not those another one
        speaks for, and not the province itself, which gathers."""
        return {key for key, u in self.units().items()
                if period and u["kind"] != "province" and u["valid_from"] <= period["cutoff"]
                and (not u["valid_to"] or u["valid_to"] >= period["cutoff"])
                and u["reports"] is not False}

    # ---- what was said about entities ----

    def _movements(self):
        """Of movement forms that count, of any period but plans: one for each decision."""
        best = {}
        decided = self.log.decided(self.pos)
        for r in self.log.reports:
            act = decided.get(r.hash, "count" if r.counts else "")
            if (r.pos > self.pos or r.form != "bien_dong" or r.about_unit or not r.subject
                    or r.vintage == "plan" or act != "count"
                    or self.log.replaced.get(r.hash, (self.pos[0] + 1, 0)) <= self.pos):
                continue
            key = r.scheme, r.period, r.vintage, self.root(r.subject)
            rank = CHANNEL_RANK[r.channel], r.pos
            if key not in best or rank < best[key][0]:
                best[key] = rank, r
        no = self.cat.by_code["ktt.event"].no
        for _, r in best.values():
            cells = {(b1, b2): o for (i, b1, b2), o in r.cells.items()
                     if i == no and b1 and o["state"] == wire.VALUE and o["value"] > 0}
            period = self.log.period(r.scheme, r.period, self.pos)
            for (b1, b2), o in cells.items():
                if not b2 and any(a == b1 and b for a, b in cells):
                    continue  # the count of the lines that name their decision
                day = day_of(o["as_of"]) if "as_of" in o else period["cutoff"]
                yield Movement(r, self.root(r.subject), b1, b2, day)

    def _assert(self):
        for c in self.log.controls.get("entity", []):
            if c.pos <= self.pos:
                self._add(Said(c["subject"], self.root(c["subject"]), c["as_of"] or ALWAYS,
                               LOADED, c.pos, kind=c["kind"], name=c["name"],
                               sector=c["sector"], unit=(c["unit"], c["unit_from"]),
                               commune=c["commune"], state=c["state"], founded=c["founded"],
                               dissolved=c["dissolved"]))
        for c in self.acts:
            event = c["event"]
            self._add(Said(c["subject"], self.root(c["subject"]), c["day"], ACT, c.pos,
                           kind=c["kind"], name=c["name"], sector=c["sector"],
                           unit=(c["unit"], c["unit_from"]) if c["unit"] else None,
                           commune=c["commune"], state=state_after(event, c["state"]),
                           founded=c["day"] if event == "founded" else None,
                           dissolved=c["day"] if event in ENDS else None))
        first = {}
        for m in sorted(self.movements, key=lambda m: m.pos):
            r, founds = m.report, m.event == "founded"
            first.setdefault(m.root, r)
            facts = {"kind": r.kind, "name": r.name, "sector": r.sector, "unit": r.unit,
                     "commune": r.commune} if founds else {}
            self._add(Said(m.root, m.root, m.day, MOVEMENT, m.pos,
                           state=state_after(m.event), founded=m.day if founds else None,
                           dissolved=m.day if m.event in ENDS else None, **facts))
        for root, r in first.items():  # it was there before it moved
            self._add(Said(root, root, ALWAYS, SEEN, r.pos, kind=r.kind, name=r.name,
                           sector=r.sector, unit=r.unit, commune=r.commune, state="active"))

    def _add(self, said):
        self.said.setdefault(said.root, []).append(said)

    def facts(self, root, day, seen=None):
        """What is known of an entity on a day; None: not even its kind and unit. seen: its
        first report, which fills what nobody else says."""
        by_subject = {}
        for s in self.said.get(root, []):
            if seen is None or s.rank != SEEN:
                by_subject.setdefault(s.subject, []).append(s)
        if seen is not None:
            by_subject.setdefault(root, []).append(Said(
                root, root, ALWAYS, SEEN, (0, 0), kind=seen.kind, name=seen.name,
                sector=seen.sector, unit=seen.unit, commune=seen.commune, state=seen.state))
        out, founded, dissolved, rank = {}, None, None, SEEN
        for subject in sorted(by_subject, key=lambda s: (s != root, s.encode())):
            own = by_subject[subject]
            rank = max(rank, max(s.rank for s in own))
            ended = self._ended(own)
            for field in FIELDS:
                told = [s for s in own if s.day <= day and field in s.facts and not (
                    field == "state" and s.facts["state"] == "dissolved"
                    and s.rank in (ACT, MOVEMENT) and s is not ended)]
                if told:
                    value = max(told, key=lambda s: s.order).facts[field]
                    if value != "" or field in ("kind", "unit", "state"):
                        out.setdefault(field, value)
            founded = founded or self._founded(own)
            # a double that a loaded row cleared away has not ended the other
            if ended and (subject == root or ended.rank != LOADED):
                dissolved = dissolved or ended.dissolved
        if "kind" not in out or "unit" not in out or (rank == SEEN and seen is None):
            return None
        return dict({"name": "", "sector": "", "commune": "", "state": "active"}, **out,
                    founded=founded, dissolved=dissolved)

    @staticmethod
    def _row(own):
        """Of loaded rows only the newest speaks of founding and end, also by a blank."""
        rows = [s for s in own if s.rank == LOADED]
        return [max(rows, key=lambda s: s.pos)] if rows else []

    def _founded(self, own):
        told = [s for s in self._row(own) + [s for s in own if s.rank in (ACT, MOVEMENT)]
                if s.founded]
        return min((s for s in told if s.pos == max(t.pos for t in told)),
                   key=lambda s: s.founded).founded if told else None

    def _ended(self, own):
        """The end that counts: the newest that was told, if no later act takes it back."""
        told = [s for s in self._row(own) + [s for s in own if s.rank in (ACT, MOVEMENT)]
                if s.dissolved]
        if not told:
            return None
        newest = max(s.pos for s in told)
        end = min((s for s in told if s.pos == newest), key=lambda s: s.dissolved)
        back = any(s.rank == ACT and s.facts.get("state", "dissolved") != "dissolved"
                   and s.day >= end.dissolved and s.pos > end.pos for s in own)
        return None if back else end

    # ---- today's map ----

    def heir(self, unit, day=NEVER):
        """What a unit is on a day: along lineage where it went as a whole into one new unit."""
        lines = {}
        for key, c in self.log.newest("lineage", self.pos, lambda c: (
                c["old"], c["old_from"], c["new"], c["new_from"])).items():
            if c["part"] != "none" and c["day"] <= day:
                lines.setdefault(key[:2], []).append((key[2:], c["part"]))
        for _ in range(50):
            ways = lines.get(unit, [])
            if len(ways) != 1 or ways[0][1] != "full":
                break
            unit = ways[0][0]
        return unit

    def home(self, subject, unit):
        """The unit an entity belongs to today: by what is known of it, else by its first
        report, else with the unit that reported it."""
        facts = self.facts(subject, NEVER, self._first_report(subject))
        return self.heir(facts["unit"] if facts else unit)

    def _first_report(self, root):
        if not hasattr(self, "_first"):
            decided, self._first = self.log.decided(self.pos), {}
            for r in self.log.reports:
                if (r.pos <= self.pos and r.counts and not r.about_unit and r.subject
                        and decided.get(r.hash) != "reject"
                        and self.log.withdrawn.get(r.hash, (self.pos[0] + 1, 0)) > self.pos):
                    self._first.setdefault(self.root(r.subject), r)
        return self._first.get(root)

    # ---- who is expected ----

    def listed(self, period, kinds):
        """subject -> (unit, sector, commune) of the entities that exist on the cut-off day."""
        out, day = {}, period["cutoff"]
        for root in self.said:
            f = self.facts(root, day)
            if (f and f["kind"] in kinds and f["state"] != "dissolved"
                    and (not f["founded"] or f["founded"] <= day)
                    and (not f["dissolved"] or f["dissolved"] > day)):
                out[root] = f["unit"], f["sector"], f["commune"]
        return out

    def expected(self, of, by_sector, home=lambda subject, unit: unit):
        """Those of the register on the cut-off day and those who reported besides, where they
        reported; a unit without any entity in the register is not known to expect any."""
        told = {}
        for r, subject in of.reports:
            if not r.about_unit and of.forms[r.form, r.form_version].rank == 0:
                rank = CHANNEL_RANK[r.channel], r.pos
                if subject not in told or rank < told[subject][0]:
                    told[subject] = rank, r.unit, r.sector, r.kind
        kinds = {t[3] for t in told.values()} | {"htx"}
        listed = self.listed(of.period, kinds) if of.period else {}
        who = [(subject, t[1], t[2]) for subject, t in told.items()]
        where = {x[0]: self.heir(x[0], of.period["cutoff"]) for x in listed.values()}
        who += [(subject, where[x[0]], x[1]) for subject, x in listed.items()
                if subject not in told]
        known = set(where) | set(where.values())  # of that day, and who reported before it
        return Expected([(home(subject, unit),
                          of.cat.top.get(sector, "unknown") if by_sector else "")
                         for subject, unit, sector in who if unit in known])

    # ---- what happened in a period ----

    def events(self, first, last):
        """(root, event, facts on that day): once an entity and kind of event, however many
        told it; the newest word says when."""
        told = {}
        for c in self.acts:
            if c["event"] != "confirmed":
                told.setdefault((self.root(c["subject"]), c["event"]), []).append(
                    (c.pos, c["day"], ""))
        for m in self.movements:
            told.setdefault((m.root, m.event), []).append((m.pos, m.day, m.decision))
        for (root, event), words in told.items():
            if event in ENDS or event == "founded":  # has one day in all
                newest = max(w[0] for w in words)
                words = [min(w for w in words if w[0] == newest)]
            inside = [w for w in words if first <= w[1] <= last]
            if not inside:
                continue
            pos = max(w[0] for w in inside)
            day = min(w[1] for w in inside if w[0] == pos)
            if event in ENDS and self._taken_back(root, pos, day):
                continue
            facts = self.facts(root, day)
            if facts:  # after a reform it is one of the new unit
                yield root, event, dict(facts, unit=self.heir(facts["unit"], day))

    def _taken_back(self, root, pos, day):
        for c in self.acts:
            if self.root(c["subject"]) == root and c["day"] >= day and c.pos > pos:
                if c["event"] in ("founded", "resumed", "suspended", "stopped") or (
                        c["state"] not in (None, "dissolved") and c["event"] not in ENDS):
                    return True
        return False
