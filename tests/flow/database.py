#!/usr/bin/python3
"""PostgreSQL crashes again and again, and is away for a while, with files arriving: the
collectors wait, serve stays up and small, nothing is lost.

    tests/flow/database.py [--crashes N] [--away SECONDS] [--seed S]
"""
import argparse
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import flow_raw as raw


def work(officers, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for o in officers:
            o.step()
        time.sleep(0.02)


def family_kb(province):
    """Peak memory of serve and its children together, in kB."""
    return {name: flow.peak_kb(pid) for pid, name in
            [(province.process.pid, "serve"),
             *flow.children(province.process.pid).items()]}


def no_standby(site, province, c):
    """A WARNING at COMMIT is what a lost synchronous standby looks like: no answer leaves."""
    officer = flow.Officer(c, "111", random.Random(1))
    province.sql("create function public.warns() returns trigger language plpgsql as $$begin raise"
                 " warning 'canceling wait for synchronous replication'; return null; end$$;"
                 + "".join("create constraint trigger warns after insert on %s deferrable initially"
                           " deferred for each row execute function public.warns();" % t
                           for t in ("commit", "redelivery")))
    officer.step()
    flow.wait("rows", lambda: province.number("select count(*) from report where unit = '111'"))
    time.sleep(1)
    site.equal("while commits warn: stored, not acknowledged", 0, len(c.receipts()))
    before = province.number("select count(*) from redelivery")
    province.sql("drop trigger warns on commit; drop trigger warns on redelivery")
    flow.settled(site, [c])
    site.check("the receipts wait for a COMMIT without warning",
               province.number("select count(*) from redelivery") > before)
    flow.count(site, province, [c], [officer])
    c.kill(signal.SIGTERM)


def flood(province, keys, seconds):
    """One enrolled peer that sends as fast as it can and never listens; bytes sent."""
    d = raw.Dealer(province, keys)
    noise = os.urandom(60000)
    until, n = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        if d.send(noise, wait=False):
            n += len(noise)
        else:
            time.sleep(0.005)
    d.close()
    return n


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--crashes", type=int, default=8)
    ap.add_argument("--away", type=float, default=4)
    ap.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10 ** 6))
    args = ap.parse_args()
    rng = random.Random(args.seed)
    with flow.Site("database") as site:
        print("# seed %d" % args.seed)
        province = site.province().start()
        alone = site.collector("alone", ["111"]).start()
        no_standby(site, province, alone)
        collectors = [site.collector("ca", ["105", "106"]).start(),
                      site.collector("cb", ["107", "108"]).start()]
        officers = [flow.Officer(c, u, random.Random("%d/%s" % (args.seed, u)))
                    for c in collectors for u in c.units]
        pid = province.process.pid
        for _ in range(args.crashes):
            work(officers, rng.uniform(0.2, 0.9))
            site.pg("crash")
            site.pg("again")
        work(officers, 1)
        site.pg("crash")
        work(officers, args.away)
        sent = flood(province, raw.curve_of(alone, "111"), 2)
        away = len(collectors[0].receipts())
        site.check("serve says so", "database_away" in province.logged())
        work(officers, 1)
        site.equal("while it is away nothing is acknowledged", away,
                   len(collectors[0].receipts()))
        says = collectors[0].command("status", "--json")
        site.check("the collector says what it waits for", '"database"' in says, says)
        site.pg("again")
        flow.settled(site, collectors, 60)
        print("# %d crashes, %d files, %d rows" % (
            args.crashes + 1, sum(o.files for o in officers), sum(len(o.names) for o in officers)))
        flow.count(site, province, collectors, officers, others=["111"])
        site.equal("serve is the process it was", (True, pid),
                   (province.alive(), province.process.pid))
        peak = family_kb(province)
        if "asan" not in flow.BIN:  # the sanitizer keeps what was freed
            site.check("serve stays below 64 MB, %d MB of noise included: %s" %
                       (sent >> 20, peak), max(peak.values()) < 65536)
        for d in [province] + collectors:
            site.equal("%s ends in order" % d.name, 0, d.kill(signal.SIGTERM))
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
