#!/usr/bin/python3
"""Provinces into one ministry, live: their units report, their feeds seal, the ministry pulls,
while feed, pull and PostgreSQL are killed at random moments. Afterwards there is no gap and
nothing twice, cursor and data agree, every page that was read once has the same bytes, and the
national totals are the sums of the figures that were made up.

    tests/flow/ministry.py [--provinces N] [--entities N] [--units N] [--kills N] [--seed S]
"""
import argparse
import collections
import hashlib
import json
import os
import random
import signal
import sys
import time
from decimal import Decimal
from fractions import Fraction

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import ministry
import provinces

PERIODS = ["2024", "2025-S1", "2025-S2"]
VICTIMS = ["postgresql", "backend", "feed", "pull"]  # each once, then at random
MONEY = provinces.MONEY | {"revenue.avg", "profit.avg", "income.worker_avg"}


class Feed(flow.Daemon):
    def __init__(self, site, province):
        super().__init__(province.site, "feed-" + province.code, [
            os.path.join(flow.BIN, "htx-aggregator"), "-c", province.conf, "feed"])
        self.province = province
        self.endpoint = "tcp://127.0.0.1:%d" % provinces.port()
        site.daemons.append(self)
        with open(province.conf, "a", encoding="utf-8") as f:
            f.write("[feed]\nendpoint = %s\n" % self.endpoint)

    def start(self):
        self.launch()
        return self


class World:
    def __init__(self, site, args):
        self.site, self.args = site, args
        self.rng = random.Random(args.seed)
        self.nation = provinces.Nation(site, args.seed, args.provinces, args.entities,
                                       args.units, args.moved)
        self.done = collections.Counter()
        self.peak = collections.Counter()
        self.wrong = []  # where cursor and data did not agree
        self.pages = {}  # file name -> hash of what the feed gave once

    def found(self):
        site = self.site
        self.nation.found()
        self.bo = ministry.Ministry(site, poll_ms=self.args.poll)
        self.bo.patience = 900
        self.feeds = {}
        for code, p in self.nation.provinces.items():
            feed = Feed(site, p)
            key = self.bo.follow(os.path.join(p.state, "genesis.conf"), feed.endpoint)
            p.command("keys", "enroll", "--consumer", "bo", "--chain", "full", "--curve", key)
            self.feeds[code] = feed.start()
        self.bo.launch()

    # ---- trouble ----

    def supervise(self):
        """As systemd would."""
        for d in [self.bo, *self.feeds.values()]:
            if not d.alive():
                d.launch()

    def measure(self):
        for what, d in [("pull", self.bo)] + [("feed", f) for f in self.feeds.values()]:
            if d.alive():
                for pid in [d.process.pid, *flow.children(d.process.pid)]:
                    self.peak[what] = max(self.peak[what], flow.peak_kb(pid))

    def kill(self):
        """One of them, main process or child; or the database under all of them."""
        n = sum(self.done.values())
        what = VICTIMS[n] if n < len(VICTIMS) else self.rng.choices(VICTIMS, [1, 3, 10, 10])[0]
        if what == "postgresql":
            self.site.pg("crash")
            self.site.pg("again")
            self.agree()
        elif what == "backend":
            there = self.bo.sql("select pid from pg_stat_activity where usename in ('htx_pull',"
                                " 'htx_feed') order by pid")
            if not there:
                return
            os.kill(int(self.rng.choice(there)[0]), signal.SIGKILL)  # all others end with it
            flow.wait("recovery", self.answers, 600)
            self.agree()
        else:
            d = self.bo if what == "pull" else self.rng.choice(list(self.feeds.values()))
            if not d.alive():
                return
            there = {d.process.pid: what, **flow.children(d.process.pid)}
            pid = self.rng.choice(sorted(there))
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                return
        self.done[what] += 1
        if n % 10 == 5:
            self.agree()

    def answers(self):
        try:
            return self.bo.sql("select 1")
        except flow.Failed:
            return None

    def agree(self):
        """Cursor, pages and rows of each province tell the same, at whatever moment."""
        each = " union all ".join(
            "select '%s', c.page, (select count(*) from nation.page p where p.code = '%s'),"
            " (select coalesce(max(page), 0) from nation.page p where p.code = '%s'),"
            " coalesce(c.seq, 0), max(k.last_seq), sum(k.last_seq - k.first_seq + 1)"
            " from nation.cursor c left join htx_%s.commit k on true where c.code = '%s'"
            " group by c.page, c.seq" % ((code,) * 5) for code in self.nation.codes)
        for code, page, pages, last, seq, end, rows in self.bo.sql(each):
            if not (page == pages == last and (seq, seq) == (end or "0", rows or "0")):
                self.wrong.append((code, page, pages, last, seq, end, rows))

    def trouble(self, busy):
        """Kills until there were enough and nothing is on its way."""
        due = time.monotonic() + 0.3
        wanted = self.args.kills
        while True:
            self.supervise()
            running = busy()
            if sum(self.done.values()) >= wanted and not running:
                return
            if time.monotonic() >= due and sum(self.done.values()) < wanted:
                self.measure()
                self.kill()
                due = time.monotonic() + self.rng.uniform(*self.args.pause)
            time.sleep(0.02)

    # ---- what must hold ----

    def export(self, codes):
        """What the feed gives, as files; sealed to its end."""
        for code in codes:
            p = self.nation.provinces[code]
            folder = os.path.join(p.site.dir, "pages-%d" % time.monotonic_ns())
            p.command("feed", "export", "--chain", "full", "-o", folder)
            for name in sorted(os.listdir(folder)):
                with open(os.path.join(folder, name), "rb") as f:
                    yield code, name, hashlib.sha256(f.read()).hexdigest()
                os.unlink(os.path.join(folder, name))

    def remember(self):
        for _, name, digest in self.export(self.nation.codes):
            self.pages[name] = digest

    def caught_up(self):
        self.supervise()
        have = {code: (epoch, seq) for code, epoch, seq in
                self.bo.sql("select code, epoch, seq from nation.cursor")}
        return all(tuple(p.sql("select epoch, last_seq from commit order by epoch desc, number"
                               " desc limit 1")[0]) == have.get(code)
                   for code, p in self.nation.provinces.items())

    def check_copies(self):
        site, wrong, rows = self.site, [], 0
        for code, p in self.nation.provinces.items():
            differ, n = ministry.differences(p, self.bo, "htx_" + code)
            rows += n
            wrong += [(code, d) for d in differ]
        site.check("every table of every copy is the province's (%d rows)" % rows,
                   not wrong and rows > 0, wrong[:5])
        self.agree()
        site.equal("cursor, pages and rows agree, now and after each crash", [], self.wrong[:5])

    def check_pages(self):
        site = self.site
        again = {name: digest for _, name, digest in self.export(self.nation.codes)}
        changed = [n for n, d in self.pages.items() if again.get(n) != d]
        site.check("%d pages that were read before have the same bytes" % len(self.pages),
                   self.pages and not changed, changed[:5])
        stored = collections.Counter(r[0] for r in self.bo.sql(
            "select encode(sha256(file), 'hex') from nation.page"))
        site.equal("the ministry has each page once, as the feed gives it",
                   (len(again), []), (sum(stored.values()),
                                      [n for n, d in again.items() if stored[d] != 1][:5]))

    def check_totals(self, period):
        site, nation = self.site, self.nation
        lost = nation.doubles(period)
        rows = json.loads(self.bo.command("rollup", period, "--json"))
        compare(site, "%s: the nation" % period, nation.sums(period, without=lost), rows)
        today = json.loads(self.bo.command("rollup", period, "--json", "--units", "as-is"))
        compare(site, "%s: the nation, on today's map" % period,
                nation.sums(period, without=lost), today)
        told = json.loads(self.bo.command("rollup", period, "--overlaps", "--json"))
        site.equal("%s: who counts twice" % period, sorted((p, s, w) for (p, s), w in lost.items()),
                   sorted({(r["province"], r["key"], r["counted_in"]) for r in told
                           if r["what"] == "entity"}))
        less = collections.Counter()
        for r in told:
            if r["breakdown"] == "" and r["value"] and not r.get("numerator"):
                less[r["indicator"]] += Decimal(r["value"])
        whole = nation.sums(period)[0]
        site.equal("%s: the sum of the provinces less what is listed" % period, [], [
            (r["indicator"], r["value"]) for r in rows
            if r["breakdown"] == "" and r["indicator"] in whole and Decimal(r["value"])
            != printed(r["indicator"], whole[r["indicator"]]) - less[r["indicator"]]])
        for flag, as_is in (((), False), (("--units", "as-is"), True)):
            parts = json.loads(self.bo.command("rollup", period, "--by", "province", "--json",
                                               *flag))
            for code in nation.codes if len(nation.codes) < 9 else nation.codes[:3]:
                compare(site, "%s: %s %s" % (period, code, "today" if as_is else "as it reported"),
                        nation.sums(period, code, lost if as_is else (), as_is),
                        [r for r in parts if r["unit"] == code])


def printed(code, n):
    return Decimal(n) / 1000000 if code in MONEY else Decimal(n)


def half_away(x, digits):
    whole = int(abs(x) * 10 ** digits + Fraction(1, 2))
    return Decimal(whole if x >= 0 else -whole).scaleb(-digits)


DIGITS = {"revenue.avg": 1, "profit.avg": 1, "income.worker_avg": 2, "tht.income_avg": 2,
          "qtd.npl_ratio": 1}


def compare(site, what, sums, rows):
    """Additive ones and distinct counts exactly, means and ratios from their sums."""
    add, means = sums
    have = {r["indicator"]: r for r in rows if r["breakdown"] == ""}
    wrong = [(c, str(printed(c, n)), have.get(c, {}).get("value")) for c, n in sorted(add.items())
             if n and (c not in have or have[c]["value"] is None
                       or Decimal(have[c]["value"]) != printed(c, n))]
    for c, (num, den) in sorted(means.items()):
        if not den:
            continue
        scale = 1000000 if c != "qtd.npl_ratio" else Fraction(1, 100)
        want = half_away(Fraction(num, den) / scale, DIGITS[c])
        got = have.get(c, {})
        if got.get("value") is None or Decimal(got["value"]) != want:
            wrong.append((c, str(want), got.get("value"), got.get("numerator"),
                          got.get("denominator"), num, den))
    site.check("%s: %d sums, %d means" % (what, len(add), len(means)), not wrong and add, wrong[:6])


def pouring(world, period):
    """The last period is sent while everything dies; a province after the other."""
    nation = world.nation
    queue = [(p, p.seal(nation.lines(period, code), period))
             for code, p in nation.provinces.items()]
    now = []

    def busy():
        while len(now) < 2 and queue:
            p, path = queue.pop(0)
            now.append((p, p.pouring(path, 2, world.args.again)))
        for p, process in list(now):
            if process.poll() is not None:
                out, err = process.communicate()
                if process.returncode:
                    raise flow.Failed("%s: %s %s" % (p.code, out, err))
                now.remove((p, process))
        return bool(now or queue)
    return busy


def story(site, args):
    world = World(site, args)
    began = time.monotonic()

    def say(what):
        print("# %4d s: %s" % (time.monotonic() - began, what), flush=True)

    world.found()
    say("%d provinces, %d entities" % (args.provinces, args.entities))
    for period in PERIODS[:-1]:
        say("%s: %s" % (period, dict(world.nation.send(period, 2))))
    world.remember()
    say("%d pages" % len(world.pages))
    world.trouble(pouring(world, PERIODS[-1]))
    say("kills: %s" % dict(world.done))
    list(world.export(world.nation.codes))  # seals what waits; a running feed does it itself
    flow.wait("the ministry has everything", world.caught_up, args.patience, 0.2)
    world.measure()
    say("caught up; peak kB: %s" % dict(world.peak))
    world.check_copies()
    world.check_pages()
    say("compared")
    for period in PERIODS:
        world.check_totals(period)
    for what, kb in sorted(world.peak.items()):
        site.check("%s stays below 128 MB: %d kB" % (what, kb), 0 < kb < 131072)
    for d in [world.bo, *world.feeds.values()]:
        site.equal("%s ends in order" % d.name, 0, d.kill(signal.SIGTERM))
    say("done")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--provinces", type=int, default=3)
    ap.add_argument("--entities", type=int, default=60)
    ap.add_argument("--units", type=int, default=2)
    ap.add_argument("--moved", type=int, default=4)
    ap.add_argument("--kills", type=int, default=10)
    ap.add_argument("--pause", type=float, nargs=2, default=(0.05, 0.6))
    ap.add_argument("--again", type=int, default=1000, help="ms until a unit asks again")
    ap.add_argument("--poll", type=int, default=200, help="ms between questions of pull")
    ap.add_argument("--patience", type=float, default=60)
    ap.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10 ** 6))
    args = ap.parse_args()
    os.environ["PG_WAIT"] = "600"
    # recovery looks at each of 50,000 files otherwise
    config = ("max_connections = %d" % (60 + 10 * args.provinces), "max_wal_size = 256MB",
              "shared_buffers = 256MB", "recovery_init_sync_method = syncfs")
    with flow.Site("ministry", config=config) as site:
        print("# %s" % vars(args), flush=True)
        story(site, args)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
