#!/usr/bin/python3
"""kill -9 of serve, of each of its children and of the collectors at random moments while
files arrive; then everything is counted against the database.

    tests/flow/kill.py [--kills N] [--seed S]
"""
import argparse
import collections
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow

UNITS = {"ca": ["105", "106"], "cb": ["107", "108"], "cc": ["109"]}


def victims(province, collectors):
    """{name: pid} of all that may be killed now."""
    found = {}
    if province.alive():
        found["serve"] = province.process.pid
        for pid, name in flow.children(province.process.pid).items():
            found[name] = pid
    for c in collectors:
        if c.alive():
            found["collector " + c.name] = c.process.pid
    return found


def story(site, kills, seed):
    rng = random.Random(seed)
    province = site.province()
    province.start()
    collectors = [site.collector(n, u).start() for n, u in UNITS.items()]
    officers = [flow.Officer(c, u, random.Random("%s/%s" % (seed, u)))
                for c in collectors for u in c.units]
    daemons = [province] + collectors
    done = collections.Counter()
    peak = 0
    kept = {}  # receipts seen on the way: none may change
    due = time.monotonic() + 1

    def supervise():
        """As systemd would, and at once: what dies takes its time to be seen."""
        for d in daemons:
            if not d.alive():
                d.start(ready=False) if d is province else d.start()

    while sum(done.values()) < kills:
        supervise()
        for o in officers:
            if o.idle() and rng.random() < 0.2:
                o.step()
        if time.monotonic() >= due:
            there = victims(province, collectors)
            name = rng.choice(sorted(there))
            try:
                if name == "serve":
                    peak = max(peak, flow.peak_kb(there[name]))
                os.kill(there[name], signal.SIGKILL)
                done[name] += 1
            except ProcessLookupError:
                pass
            if sum(done.values()) % 10 == 0 and name.startswith("collector"):
                c = next(c for c in collectors if "collector " + c.name == name)
                c.kill()
                kept.update((h, r["bytes"]) for h, r in c.receipts().items())
            due = time.monotonic() + rng.uniform(0.05, 1.2)
        time.sleep(0.01)
    flow.settled(site, collectors, 120, supervise)
    print("# seed %d: %d kills (%s), %d restarts, %d files (%d repeats), %d rows (%d corrections)"
          % (seed, sum(done.values()), ", ".join("%s %d" % k for k in sorted(done.items())),
             sum(d.starts for d in daemons) - len(daemons), sum(o.files for o in officers), sum(o.repeats for o in officers),
             sum(len(o.names) for o in officers), sum(o.corrections for o in officers)))
    acked = flow.count(site, province, collectors, officers)
    supervise()
    changed = [h for h, b in kept.items() if h not in acked or acked[h]["bytes"] != b]
    site.check("%d receipts seen on the way are unchanged" % len(kept), not changed, changed[:5])
    site.check("serve stays below 64 MB: %d kB" % peak, peak < 65536)
    for d in daemons:
        site.equal("%s ends in order" % d.name, 0, d.kill(signal.SIGTERM))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--kills", type=int, default=40)
    ap.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10 ** 6))
    args = ap.parse_args()
    with flow.Site("kill") as site:
        print("# seed %d, %d kills" % (args.seed, args.kills))
        story(site, args.kills, args.seed)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
