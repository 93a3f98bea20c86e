"""Who reports and whom they report about, at a position: from control records alone."""
from log import CHANNEL_RANK


class Expected:
    """Entities expected to report, by unit and upper sector; None: nobody knows."""

    def __init__(self, who):
        self.n = {}
        for unit, sector in who:
            for key in {(unit, sector), (None, sector)}:
                self.n[key] = self.n.get(key, 0) + 1

    def at(self, unit, sector):
        return self.n.get((unit, sector))


class Register:
    def __init__(self, log, pos):
        self.log, self.pos = log, pos

    def units(self):
        return self.log.newest("unit", self.pos, lambda c: (c["code"], c["valid_from"]))

    def units_expected(self, period):
        """Units that must report for a period: valid on its cut-off day, and not the province
        itself, which gathers."""
        return {key for key, u in self.units().items()
                if period and u["kind"] != "province" and u["valid_from"] <= period["cutoff"]
                and (not u["valid_to"] or u["valid_to"] >= period["cutoff"])
                and u["reports"] is not False}

    def listed(self, period, kinds):
        """subject -> (unit, sector) of the entities that exist on the cut-off day."""
        out = {}
        for subject, e in self.log.newest("entity", self.pos, lambda c: c["subject"]).items():
            if (e["kind"] in kinds and e["state"] != "dissolved"
                    and (not e["founded"] or e["founded"] <= period["cutoff"])
                    and (not e["dissolved"] or e["dissolved"] > period["cutoff"])):
                out[subject] = (e["unit"], e["unit_from"]), e["sector"]
        return out

    def expected(self, of, by_sector):
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
        who = [(t[1], t[2]) for t in told.values()]
        who += [x for subject, x in listed.items() if subject not in told]
        known = {unit for unit, _ in listed.values()}
        return Expected([(unit, of.cat.top.get(sector, "unknown") if by_sector else "")
                         for unit, sector in who if unit in known])
