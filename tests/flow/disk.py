#!/usr/bin/python3
"""The collector's disk is full: first by its own rule (min_free), then for real. Files stay
where the officers put them, with a reason; all goes on when space returns."""
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow


class Filler:
    """Takes the free bytes of a file system but a few."""

    def __init__(self, folder):
        self.folder, self.path = folder, os.path.join(folder, "filler")

    def leave(self, free):
        self.clear()
        fs = os.statvfs(self.folder)
        n = fs.f_bavail * fs.f_frsize - free
        try:
            with open(self.path, "wb", buffering=0) as f:
                f.write(b"\0" * max(n, 0))
        except OSError:
            pass  # the collector took some of it meanwhile: full is full

    def clear(self):
        if os.path.exists(self.path):
            os.unlink(self.path)


def by_rule(site, province, c, officer, filler):
    officer.step()
    flow.settled(site, [c])
    before = c.receipts()
    filler.leave(300 * 1024)
    officer.step()
    officer_path = officer.path
    flow.wait("refusal", lambda: "intake_paused" in c.logged(), 10)
    time.sleep(0.5)
    site.check("a file stays in the inbox", os.path.exists(officer_path))
    site.check("the log says why and how much", "must stay free" in c.logged())
    site.equal("receipts are kept", before, c.receipts())
    p = subprocess.run([c.argv[0], "-c", c.conf, "submit", "--unit", officer.unit, __file__],
                       capture_output=True, text=True, check=False,
                       env=dict(os.environ, LC_ALL="C.UTF-8"))
    site.equal("a command is refused: try later", 75, p.returncode)
    site.check("with a reason", "disk" in p.stderr or "đĩa" in p.stderr, p.stderr)
    filler.clear()
    began = time.monotonic()
    flow.wait("space", lambda: not os.path.exists(officer_path), 10)
    site.check("taken %.1f s after space returned" % (time.monotonic() - began), True)
    flow.settled(site, [c])


def for_real(site, province, c, officers, filler):
    """No rule left: SQLite and the copies run into the end of the disk."""
    c.kill(signal.SIGTERM)
    c.settings["min_free"] = 0
    c.configure()
    c.start()
    for free in (200, 120, 60, 30, 12, 4, 0):
        for o in officers:
            flow.wait("inbox", lambda o=o: o.idle() or free < 200, 10)
            o.step()
        filler.leave(free * 1024)
        until = time.monotonic() + 0.7
        while time.monotonic() < until:
            if not c.alive():
                c.start()
            for o in officers:
                o.step()
            time.sleep(0.05)
    said = c.logged()
    site.check("the log says that the disk is full",
               "disk full" in said or "No space left" in said, said[-500:])
    c.kill()
    c.start()
    time.sleep(0.5)
    filler.clear()
    if not c.alive():
        c.start()
    flow.settled(site, [c])


def main():
    with flow.Site("disk") as site:
        province = site.province().start()
        state = os.path.join(site.dir, "small")
        os.mkdir(state)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", state],
                          capture_output=True, check=False).returncode:
            print("# no right to mount a tmpfs")
            print("0 passed, 0 failed, 1 skipped")
            sys.exit(77)
        site.mounts.append(state)
        c = site.collector("c", ["106", "107"], state=os.path.join(state, "state"),
                           min_free=512 * 1024).start()
        officers = [flow.Officer(c, u, random.Random("disk" + u)) for u in c.units]
        filler = Filler(state)
        by_rule(site, province, c, officers[0], filler)
        for_real(site, province, c, officers, filler)
        print("# %d files, %d rows" % (sum(o.files for o in officers),
                                       sum(len(o.names) for o in officers)))
        flow.count(site, province, [c], officers)
        for d in (province, c):
            site.equal("%s ends in order" % d.name, 0, d.kill(signal.SIGTERM))
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
