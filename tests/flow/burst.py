#!/usr/bin/python3
"""More messages than one group takes, then silence: every sender gets its answer."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import flow_raw as raw

BURST = 300  # above the 256 of a group; all of it fits into one read of the worker
NONSENSE = b"\x0a\x01\xff"


def main():
    with flow.Site("burst") as site:
        province = site.province().start()
        c = site.collector("a", ["107", "108"])
        time.sleep(1.2)  # until the keys are live: a refused link is not dialled again
        loud = raw.Dealer(province, raw.curve_of(c, "107"))
        last = raw.Dealer(province, raw.curve_of(c, "108"))
        raw.until_answered(loud, NONSENSE)
        raw.until_answered(last, NONSENSE)
        worker = next(p for p, name in flow.children(province.process.pid).items()
                      if name == "htx-ingest")
        os.kill(worker, signal.SIGSTOP)
        try:
            sent = sum(loud.send(NONSENSE) for _ in range(BURST))
            time.sleep(1)
            last.send(NONSENSE)
            time.sleep(0.5)
        finally:
            os.kill(worker, signal.SIGCONT)
        site.equal("the burst was taken", BURST, sent)
        site.equal("who came last is answered as well", "reject malformed",
                   raw.kind(last.receive(8)))
        loud.close()
        last.close()
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
