#!/usr/bin/python3
"""The roll-up against a calculator that shares no code with it (tests/reference): a seeded
province of twenty units is made and sent; then totals are made again from the signed bytes
of the log, at random positions, in every view, and each must be equal to the last digit.

SEED: another history; SIZE: how many times as many entities; POSITIONS: how many;
FULL: each of them in every view, not in one (minutes, not seconds).
"""
import concurrent.futures
import json
import os
import random
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "reference")]
import by_hand
import flow
import log
import ref_catalogue
import rollup
import world

SEED = int(os.environ.get("SEED", "20251122"))
SIZE = int(os.environ.get("SIZE", "1"))
POSITIONS = int(os.environ.get("POSITIONS", "50"))
FULL = bool(os.environ.get("FULL"))
# by unit, by sector, on today's map
VIEWS = [(False, False), (True, False), (False, True), (True, True), (True, False, True),
         (True, True, True)]
COUNTS = ["reported", "expected", "units_reported", "units_expected", "entities_reported",
          "entities_expected", "units_statement", "units_entity", "nil", "not_available",
          "refused", "missing", "approximate"]
TEXTS = ["value", "measure", "numerator", "denominator", "stated", "basis", "source"]


def product(province, window, pos, by_unit, by_sector, as_is=False):
    """The rows of the program, by unit, vintage, indicator and breakdown."""
    scheme, period, vintage = window
    by = ",".join(w for w, on in (("unit", by_unit), ("sector", by_sector)) if on)
    argv = ["rollup", scheme + ":" + period, "--as-of", "%d.%d" % pos, "--json"]
    argv += ["--vintage", vintage] if vintage else []
    argv += ["--by", by] if by else []
    argv += ["--units", "as-is"] if as_is else []
    out = {}
    for row in json.loads(province.command(*argv)):
        unit = (row["unit"], row["unit_from"]) if by_unit else ("", "")
        key = unit, row["vintage"], row["indicator"], row["breakdown"]
        out[key] = {c: row[c] for c in COUNTS + TEXTS}
    return out


def differences(mine, theirs, columns):
    found = []
    for key in sorted(set(mine) | set(theirs)):
        a, b = mine.get(key), theirs.get(key)
        if a is None or b is None:
            found.append("%s: %s" % (key, "only the calculator has it: %s" % a if b is None
                                     else "only the program has it: %s" % b))
            continue
        wrong = ["%s: %r, the program says %r" % (c, a[c], b[c])
                 for c in columns if (a[c] or 0) != (b[c] or 0)]
        if wrong:
            found.append("%s: %s" % (key, "; ".join(wrong)))
    return found


class Comparison:
    def __init__(self, site, province, the_log, catalogues):
        self.site, self.province, self.log = site, province, the_log
        self.catalogues = catalogues
        self.pool = concurrent.futures.ThreadPoolExecutor(2)
        self.last = None, None
        self.rows = self.views = 0

    def mine(self, window, pos, *view):
        key = window, pos
        if self.last[0] != key:
            self.last = key, rollup.Period(self.log, self.catalogues, *window, pos)
        return self.last[1].rows(*view)

    def theirs(self, window, pos, *view):
        return product(self.province, window, pos, *view)

    def view(self, window, pos, views=None):
        """The program answers two at a time; meanwhile it is worked out here."""
        found = []
        views = sorted(set(views or VIEWS))
        answers = [self.pool.submit(self.theirs, window, pos, *v) for v in views]
        for (by_unit, by_sector, *as_is), answer in zip(views, answers):
            mine = self.mine(window, pos, by_unit, by_sector, *as_is)
            theirs = answer.result()
            self.rows += len(theirs)
            self.views += 1
            found += ["--by %s%s%s %s" % ("unit," * by_unit, "sector" * by_sector,
                                          " --units as-is" * len(as_is), line)
                      for line in differences(mine, theirs, TEXTS if as_is else TEXTS + COUNTS)]
        name = "%s:%s %s as of %d.%d" % (window[:2] + (window[2] or "each vintage",) + pos)
        self.site.check(name, not found, "%d differences\n%s" % (len(found), "\n".join(found)))


def main():
    rng = random.Random(SEED)
    print("# seed %d" % SEED)
    with flow.Site("reference") as site:
        cat = ref_catalogue.Catalogue(flow.CATALOGUE)
        began = time.monotonic()
        w = world.World(site, cat, SEED, entities=5 * SIZE)
        province = w.province
        hand = by_hand.ByHand(w)
        w.live()
        verdicts = dict(province.sql("select verdict, count(*) from report group by 1"))
        verdicts.update(province.sql("select kind, count(*) from control where kind in ("
                                     "'entity_event', 'entity_merge', 'decision', 'lineage')"
                                     " group by 1"))
        print("# %.0f s: %s" % (time.monotonic() - began, verdicts))
        the_log = log.Log(province.sql)
        site.check("%d hashes of the log made again" % the_log.checked, the_log.checked > 1000)
        compare = Comparison(site, province, the_log, {cat.version: cat})
        hand.check(site, compare.mine, "calculator")
        hand.check(site, compare.theirs, "program")
        windows = world.WINDOWS + [by_hand.ESTIMATE, by_hand.YEAR, ("nd09", "2024", None)]
        for n, window in enumerate(windows):
            whole = FULL or window in world.WINDOWS[2:5:2]
            compare.view(window, the_log.end, VIEWS if whole else [VIEWS[n % 6]])
        positions = [p for p in the_log.positions if p >= hand.at["withdrawn"]]
        for n, pos in enumerate(sorted(rng.sample(positions, POSITIONS))):
            window = rng.choice(world.WINDOWS)
            compare.view(window, pos, VIEWS if FULL else [VIEWS[n % 6]])
        print("# %d rows of %d views, %.0f s" % (compare.rows, compare.views,
                                                 time.monotonic() - began))
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
