#!/usr/bin/python3
"""How long feed and pull take for 100,000 reports, as a multiple of what serve took to judge
and store them in the same run; and how much memory either takes. Exit 1 beyond the limits.

    pull_speed.py [REPORTS]

serve gets sealed batches as fast as it takes them; then feed starts, and pull reads until it
has everything: sealing is part of the time."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import ministry
import provinces

REPORTS = int(sys.argv[1]) if len(sys.argv) > 1 else 100000
PERIODS = ["2024", "2025-S1", "2025-S2"]
RATIO, MEMORY_KB = 1.5, 128 * 1024


def peak(process):
    return max(flow.peak_kb(pid) for pid in [process.pid, *flow.children(process.pid)])


def feed_of(site, p):
    port = flow.free_port()
    with open(p.conf, "a", encoding="utf-8") as f:
        f.write("[feed]\nendpoint = tcp://127.0.0.1:%d\n" % port)
    feed = flow.Daemon(p.site, "feed", [os.path.join(flow.BIN, "htx-aggregator"), "-c", p.conf,
                                        "feed"])
    site.daemons.append(feed)
    return feed, "tcp://127.0.0.1:%d" % port


def main():
    with flow.Site("bench", config=("shared_buffers = 256MB", "max_wal_size = 4GB")) as site:
        nation = provinces.Nation(site, 1, 1, -(-REPORTS // len(PERIODS)), 40, 0)
        nation.found()
        p = nation.provinces[nation.codes[0]]
        feed, endpoint = feed_of(site, p)
        bo = ministry.Ministry(site, poll_ms=50, answer_ms=30000)
        bo.patience = 900
        key = bo.follow(os.path.join(p.state, "genesis.conf"), endpoint)
        p.command("keys", "enroll", "--consumer", "bo", "--chain", "full", "--curve", key)
        items = again = took = 0
        for period in PERIODS:
            got = nation.send(period, 2)
            items, again = items + got["items"], again + got["again"]
            took += got["ms"] / 1000
            print("%s: %d reports and declarations, %.1f s" % (period, got["items"],
                                                               got["ms"] / 1000), flush=True)
        serve_kb = peak(p.process)
        end = p.sql("select epoch, last_seq from commit order by epoch desc, number desc limit 1")[0]
        began = time.monotonic()
        feed.launch()
        bo.launch()
        kb = {"feed": 0, "pull": 0}

        def there():
            kb["feed"] = max(kb["feed"], peak(feed.process))
            kb["pull"] = max(kb["pull"], peak(bo.process))
            return list(bo.cursor(p.code)[::2]) == end
        flow.wait("everything is pulled", there, 900, 0.1)
        pulled = time.monotonic() - began
        wrong, rows = ministry.differences(p, bo, "htx_" + p.code)
        print("%d items: serve %.1f s (%d batches again, %d kB), feed and pull %.1f s: %.2f times;"
              " feed %d kB, pull %d kB" % (items, took, again, serve_kb, pulled, pulled / took,
                                           kb["feed"], kb["pull"]))
        site.check("every table is the province's (%d rows)" % rows, not wrong
                   and items >= REPORTS, wrong)
        site.check("at most %.1f times" % RATIO, pulled <= RATIO * took, pulled / took)
        for what, n in kb.items():
            site.check("%s below 128 MB" % what, 0 < n < MEMORY_KB, n)
        for d in (bo, feed, p):
            d.kill(signal.SIGTERM)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
