#!/usr/bin/python3
"""Random corrections: units revise and withdraw, before and after closing; the province
decides, corrects, rejects, closes and reopens. In the end every publication that ever was
recomputes to its sealed bytes, and the roll-up is the sum that this file keeps by itself.

    tests/flow/corrections.py [--corrections N] [--seed N]

CORRECTIONS (200 by default; make check-corrections: 10000) counts new revisions, corrections
of the desk, withdrawals and decisions.
"""
import argparse
import glob
import json
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow

UNITS = sorted(flow.NAMES)
ENTITIES = 40  # of a unit
PERIODS = (("2024-S1", "actual", "6 tháng đầu năm 2024", "thực hiện"),
           ("2024-S2", "actual", "6 tháng cuối năm 2024", "thực hiện"),
           ("2025-S1", "estimate", "6 tháng đầu năm 2025", "ước thực hiện"),
           ("2025-S1", "actual", "6 tháng đầu năm 2025", "thực hiện"))
KEY = "dung.key"


class Model:
    """What must count, kept without looking into the database."""

    def __init__(self):
        self.now = {}      # (window, unit, tax): (capital, members)
        self.waiting = {}  # window: [(unit, tax, (capital, members) or None for a withdrawal)]
        self.closed = set()
        self.gone = set()  # withdrawn, so that the unit does not withdraw it twice

    def said(self, window, unit, tax, figures):
        """A unit's revision or withdrawal. One that counts at once, after reopening, puts
        right what still waits: nobody has to decide about that any more."""
        if window in self.closed:
            self.waiting.setdefault(window, []).append((unit, tax, figures))
        else:
            self.waiting[window] = [w for w in self.waiting.get(window, [])
                                    if w[:2] != (unit, tax)]
            self.set(window, unit, tax, figures)

    def set(self, window, unit, tax, figures):
        if figures is None:
            self.now.pop((window, unit, tax), None)
        else:
            self.now[window, unit, tax] = figures

    def decide(self, window, unit, count):
        keep, done = [], 0
        replaced = set()
        for said in self.waiting.get(window, []):
            if unit not in (None, said[0]):
                keep.append(said)
                continue
            done += 1
            if count and not (said[2] is None and said[:2] in replaced):
                self.set(window, *said)  # a withdrawal of what was replaced before is moot
            replaced.add(said[:2])
        self.waiting[window] = keep
        return done

    def sums(self, window):
        """{unit or None: (entities, capital, members)}"""
        out = {}
        for (w, unit, _), (capital, members) in self.now.items():
            if w == window:
                for k in (None, unit):
                    n, c, m = out.get(k, (0, 0, 0))
                    out[k] = (n + 1, c + capital, m + members)
        return out


class Story:
    def __init__(self, site, seed):
        self.site, self.rng = site, random.Random(seed)
        self.model = Model()
        self.province = site.province(civil_date="2025-06-16")
        self.collectors = {}
        self.items = self.files = 0
        self.heard = dict.fromkeys(UNITS, 0)  # notices of decisions
        self.counts = dict.fromkeys(("revised", "withdrawn", "by desk", "decided"), 0)
        self.publications = []
        self.taxes = {u: [t for _, t in zip(range(ENTITIES), flow.tax_numbers(u))] for u in UNITS}

    # -- the cast --

    def begin(self):
        province = self.province.start()
        path = os.path.join(self.site.dir, "people.tsv")
        with open(path, "w", encoding="utf-8") as f:
            f.write("code\tname\trole\ttitle\tvalid_from\tvalid_to\tkey\n"
                    "dung\tLê Văn Dũng\tconsolidator\tChuyên viên\t2020-01-01\t\t\n")
        province.command("person", "load", path)
        public = province.command("keys", "new", KEY).split()[0]
        province.command("keys", "enroll", "enroll desk=dung sign=" + public)
        for i in range(0, len(UNITS), 4):
            c = self.site.collector("c%d" % i, UNITS[i:i + 4])
            c.start()
            for u in c.units:
                self.collectors[u] = c
        for window in PERIODS:
            for unit in UNITS:
                self.drop(window, unit, self.taxes[unit])
            self.answered()
        self.counts["revised"] = 0  # the first ones correct nothing

    def figures(self):
        return self.rng.randint(100, 99999), self.rng.randint(10, 400)

    def drop(self, window, unit, taxes):
        """New figures of some entities, in one file."""
        lines = flow.entity_list(unit, [(t, "HTX " + t, 0) for t in taxes],
                                 period=window[2]).splitlines()
        for i, line in enumerate(lines):
            if line.startswith("Loại số liệu"):
                lines[i] = "Loại số liệu: " + window[3]
        head = len(lines) - len(taxes)
        for i, tax in enumerate(taxes):
            capital, members = self.figures()
            cells = lines[head + i].split(",")
            cells[-6], cells[-1] = str(members), str(capital)
            lines[head + i] = ",".join(cells)
            self.model.said(window, unit, tax, (capital, members))
        self.files += 1
        self.items += len(taxes)
        self.counts["revised"] += len(taxes)
        self.collectors[unit].drop(unit, "ds-%05d.csv" % self.files, "\n".join(lines) + "\n")

    def answered(self):
        flow.wait("%d receipts" % self.items, lambda: self.province.number(
            "select count(*) from receipt") >= self.items, 60, 0.1)

    def listened(self):
        """Every unit knows what was decided about its reports: it goes on from there."""
        for unit, n in self.heard.items():
            where = os.path.join(self.collectors[unit].inbox(unit), "thong-bao", "*-quyet-dinh-*")
            flow.wait("%d decisions at %s" % (n, unit), lambda w=where, n=n:
                      len(glob.glob(w)) >= n, 60, 0.1)

    # -- what happens --

    def revise(self):
        for unit in self.rng.sample(UNITS, self.rng.randint(4, len(UNITS))):
            window = self.rng.choice(PERIODS)
            self.drop(window, unit, self.rng.sample(self.taxes[unit],
                                                    self.rng.randint(8, ENTITIES)))
        self.answered()

    def heads(self, channel):
        """A few reports that count: position, hash, window, unit, tax."""
        found = self.province.sql(
            "select r.epoch || '.' || r.seq, encode(r.hash, 'hex'), r.period, r.vintage, r.unit,"
            " substr(r.subject, 5) from report r where r.channel = '%s' and not exists (select"
            " from supersession s where s.old = r.hash) and coalesce((select d.act = 'count'"
            " from decision d where d.about = r.hash order by d.seq desc limit 1), r.counts)"
            % channel)
        window = {w[:2]: w for w in PERIODS}
        found = [(p, h, window[period, v], u, t) for p, h, period, v, u, t in found]
        found = [f for f in found if not any(f[3:] == w[:2] for w in
                                             self.model.waiting.get(f[2], []))]
        return self.rng.sample(sorted(found), min(3, len(found)))

    def withdraw(self):
        for _, hashed, window, unit, tax in self.heads("territorial"):
            if (window, unit, tax) in self.model.gone:
                continue
            self.collectors[unit].command("withdraw", hashed, "--reason", "ghi nhầm")
            self.model.said(window, unit, tax, None)
            self.items += 1
            self.counts["withdrawn"] += 1
        self.answered()

    def correct(self):
        channel = "on_behalf" if self.counts["by desk"] and self.rng.random() < 0.3 else \
            "territorial"
        for position, _, window, unit, tax in self.heads(channel):
            capital, members = self.figures()
            self.province.command(
                "correct", position, "--set", "capital.charter=%d triệu" % capital, "--set",
                "member.total=%d" % members, "--why", "đối chiếu bản giấy", "--by", "dung",
                "--key", KEY, "--yes")
            self.items += 1  # a report with its receipt, and
            self.heard[unit] += 1
            self.model.set(window, unit, tax, (capital, members))
            self.counts["by desk"] += 1

    def reject(self):
        for position, _, window, unit, tax in self.heads("territorial")[:2]:
            self.province.command("decide", position, "reject", "--why", "sai đơn vị tính",
                                  "--by", "dung", "--yes")
            self.heard[unit] += 1
            self.counts["decided"] += 1
            if self.rng.random() < 0.5:
                self.province.command("decide", position, "count", "--why", "đúng ra là đúng",
                                      "--by", "dung", "--yes")
                self.heard[unit] += 1
                self.counts["decided"] += 1
            else:
                self.model.set(window, unit, tax, None)

    def decide(self):
        """All that waits in a window's period, of one unit or of all."""
        for window in PERIODS:
            waits = self.model.waiting.get(window, [])
            if not waits or self.rng.random() < 0.3:
                continue
            unit = self.rng.choice(sorted({w[0] for w in waits}))
            unit = unit if len(waits) > 400 or self.rng.random() < 0.5 else None
            count = self.rng.random() < 0.8
            both = [w for w in PERIODS if w[0] == window[0]]  # --held is of a period
            for u, _, _ in [x for w in both for x in self.model.waiting.get(w, [])]:
                self.heard[u] += unit in (None, u)
            argv = ["decide", "--held", window[0]] + (["--unit", unit] if unit else [])
            self.province.command(*argv, "count" if count else "reject", "--why",
                                  "theo công văn", "--by", "dung", "--yes")
            self.counts["decided"] += sum(self.model.decide(w, unit, count) for w in both)
        self.listened()

    def close(self):
        window = self.rng.choice(PERIODS)
        if window in self.model.closed:
            self.province.reopen(window[0], window[1])
            self.model.closed.discard(window)
            return
        self.check(window)
        self.province.publish(window[0], window[1])
        self.model.closed.add(window)
        self.publications.append(window)

    # -- what must hold --

    def rollup(self, window):
        out = {}
        for by in ([], ["--by", "unit"]):
            for r in json.loads(self.province.command("rollup", window[0], "--vintage", window[1],
                                                      "--json", *by)):
                column = ("htx.total", "capital.charter", "member.total").index(r["indicator"]) \
                    if r["indicator"] in ("htx.total", "capital.charter", "member.total") else None
                if column is not None and r["breakdown"] == "" and r["value"]:
                    out.setdefault(r["unit"] if by else None, [0, 0, 0])[column] = int(r["value"])
        return {k: tuple(v) for k, v in out.items()}

    def check(self, window, say=False):
        want, got = self.model.sums(window), self.rollup(window)
        if say or want != got:
            differ = {k: (want.get(k), got.get(k)) for k in set(want) | set(got)
                      if want.get(k) != got.get(k)}
            self.site.equal("%s %s: the roll-up is the sum of %d cooperatives" % (
                window[0], window[1], want.get(None, (0,))[0]), {}, differ)

    def run(self, corrections):
        acts = [(self.revise, 10), (self.withdraw, 2), (self.correct, 2), (self.reject, 1),
                (self.decide, 4), (self.close, 2)]
        names, weights = zip(*acts)
        began = time.monotonic()
        # each of them at least once, in a closed period and in an open one
        first = [self.close, self.revise, self.withdraw, self.correct, self.reject,
                 self.decide, self.close]
        while first or sum(self.counts.values()) < corrections:
            self.listened()
            (first.pop(0) if first else self.rng.choices(names, weights)[0])()
        print("# %d corrections in %.0f s: %s, %d publications, %d files" % (
            sum(self.counts.values()), time.monotonic() - began,
            ", ".join("%d %s" % (n, k) for k, n in self.counts.items()), len(self.publications),
            self.files))

    def finish(self):
        for window in PERIODS:
            self.check(window, say=True)
        numbers = self.province.sql("select period, vintage, number from publication order by seq")
        self.site.equal("publications", len(self.publications), len(numbers))
        wrong = [n for n in numbers if "the same bytes" not in self.province.command(
            "publish", "--verify", n[0], "--vintage", n[1], "--number", n[2], code=None)]
        self.site.equal("each of %d publications recomputes to its bytes" % len(numbers), [], wrong)
        self.site.equal("every revision was judged as it should be", [], self.province.sql(
            "select verdict, count(*) from report where verdict in ('conflict', 'refused')"
            " group by 1"))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--corrections", type=int, default=int(os.environ.get("CORRECTIONS", "200")))
    p.add_argument("--seed", type=int, default=int(os.environ.get("SEED", "2025")))
    asked = p.parse_args()
    print("# seed %d" % asked.seed)
    with flow.Site("corrections") as site:
        story = Story(site, asked.seed)
        story.begin()
        story.run(asked.corrections)
        story.finish()
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
