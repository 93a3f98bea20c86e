#!/usr/bin/python3
"""Each named crash point once, in both daemons; then each process of serve killed once.

The points are read from the sources: a new one is tried without anybody naming it here.
The process must die there, is started again without the variable, and all ends well.
"""
import glob
import os
import random
import re
import shutil
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow

# points that need more than a file in an inbox
BY_COMMAND = {"declare.before_commit", "declare.after_commit"}
BY_NOTICE = {"notice.before_keep", "notice.before_mark"}
# catalogue.py dies in the first, closing.py in the commands of the province, feed.py and
# pull.py in theirs
ELSEWHERE = ("reread.", "close.", "publish.", "feed.", "copy.")
ON_SHARE = {"spool.share_copied"}  # an inbox on another file system


def points(folder):
    found = set()
    for path in glob.glob(os.path.join(flow.ROOT, folder, "**", "*.c"), recursive=True):
        with open(path, encoding="utf-8") as f:
            found.update(re.findall(r'crash_point\("([a-z_.]+)"\)', f.read()))
    return sorted(found)


def feed(officers, daemon, seconds=15):
    """Files arrive until the daemon died; its exit code."""
    until = time.monotonic() + seconds
    while daemon.alive() and time.monotonic() < until:
        for o in officers:
            o.step()
        time.sleep(0.05)
    return daemon.process.poll() if daemon.process else None


def declare(collector, unit):
    collector.command("declare", "2025-S1", "--unit", unit, "--nothing",
                      "--signer", "Lò Văn A", code=None)


def in_collector(site, province, c, officers, point):
    """The collector dies at one of its points, and again at its second pass."""
    c.kill(signal.SIGTERM)
    c.start(HTX_CRASH_AT=point)
    if point in BY_COMMAND:
        flow.wait("control socket", lambda: os.path.exists(
            os.path.join(c.state, "control.sock")) and "started" in c.logged())
        time.sleep(0.3)
        declare(c, officers[-1].unit)
        code = feed([], c, 5)
    elif point in BY_NOTICE:
        province.command("remind", "2024-S2", "--unit", "111", "--by", "a")
        code = feed([], c, 10)
    else:
        code = feed(officers, c)
    site.equal("collector dies at " + point, 137, code)
    c.kill()
    c.start()


def in_serve(site, province, officers, point):
    """What dies in the worker takes serve with it: a supervisor starts it again."""
    province.kill(signal.SIGTERM)
    province.start(HTX_CRASH_AT=point)
    feed(officers, province)
    site.check("serve ends at " + point, not province.alive())
    province.kill()
    province.start()


def each_process(site, province, officers):
    """kill -9 of one process of serve; the next reports get their receipts within 10 s."""
    c = officers[0].collector
    for victim in ("serve", "htx-ingest", "htx-parser", "htx-signer", "htx-back"):
        family = dict(flow.children(province.process.pid))
        family[province.process.pid] = "serve"
        pid = next(p for p, n in family.items() if n == victim)
        os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + 10
        before = len(c.receipts())
        done = False
        while time.monotonic() < until and not done:
            if not province.alive():
                province.start()
            for o in officers:
                o.step()
            time.sleep(0.1)
            done = len(c.receipts()) > before + 12  # more than was on its way
        site.check("reports are answered again after the end of " + victim, done)


def main():
    rng = random.Random(1)
    with flow.Site("crash") as site:
        province = site.province().start()
        share = os.path.join(site.dir, "share")
        os.mkdir(share)
        if os.system("mount -t tmpfs -o size=8m none %s" % share) == 0:
            site.mounts.append(share)
        c = site.collector("c", ["106", "107", "111"])
        if site.mounts:
            shutil.rmtree(c.inbox("107"))
            os.symlink(share, c.inbox("107"))
        c.start()
        officers = [flow.Officer(c, u, random.Random("crash" + u)) for u in ("106", "107")]
        silent = flow.Officer(c, "111", rng)
        for point in points("collectors"):
            if point.startswith(ELSEWHERE) or (point in ON_SHARE and not site.mounts):
                continue
            in_collector(site, province, c, officers + [silent] if point in BY_COMMAND
                         else officers, point)
        flow.settled(site, [c])
        for point in points("aggregator"):
            if point.startswith(ELSEWHERE):
                continue
            in_serve(site, province, officers, point)
        each_process(site, province, officers)
        flow.settled(site, [c])
        flow.count(site, province, [c], officers)
        site.equal("the declaration came once", 1, province.number(
            "select count(*) from submission where unit = '111'"))
        time.sleep(1)  # the last signatures are kept when serve is idle
        site.equal("every commit is signed", 0, province.number(
            "select count(*) from commit c where not exists (select from commit_signature s"
            " where s.epoch = c.epoch and s.number = c.number)"))
        for d in (province, c):
            site.equal("%s ends in order" % d.name, 0, d.kill(signal.SIGTERM))
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
