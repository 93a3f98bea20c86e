#!/usr/bin/python3
"""Bad manners on the feed's line: consumers without the right, of another genesis, from the
future, with bytes that are no message; and a feed, run by somebody who has the province's
server key, that says what is not. Neither end moves, dies or believes it."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import feed_bad
import feed_pages as fp
import flow
import flow_raw
import ministry
from pull import Feed


def whole(dealer, chain, page, size=0):
    """A page file by its parts."""
    got = b""
    while not got or len(got) < size:
        kind, f = fp.answer_of(dealer.ask(fp.request(fp.cursor(chain, 1, page), len(got))))
        if kind != fp.PART:
            return kind, f
        size = f[3]
        got += f[4]
    return got


def consumers(site, province, feed, pages, other):
    genesis = fp.Page(pages[0][1]).header[fp.PROVINCE]
    keys = {name: flow_raw.new_curve() for name in ("bo", "lm", "khong")}
    for name, chain in (("bo", "full"), ("lm", "publications")):
        province.command("keys", "enroll", "--consumer", name, "--chain", chain, "--curve",
                         keys[name][0].decode())
    flow.wait("both keys are live", lambda: "consumers n=2" in feed.logged(), 20)
    time.sleep(0.3)
    bo = flow_raw.Dealer(province, keys["bo"], feed.port)
    lm = flow_raw.Dealer(province, keys["lm"], feed.port)
    start = fp.opening(genesis, fp.cursor(b"full", 1, 0))
    kind, state = fp.answer_of(flow_raw.until_answered(bo, start))
    site.equal("a consumer with the right is told where the feed stands", fp.STATE, kind)
    newest = dict(fp.fields_of(state[4]))[3]
    for n, (name, data) in enumerate(pages, 1):
        site.check("page %d twice: the bytes of the file" % n,
                   whole(bo, b"full", n) == data == whole(bo, b"full", n), name)
    stranger = flow_raw.Dealer(province, keys["khong"], feed.port)
    site.equal("a key that nobody enrolled gets no word", None, stranger.ask(start, 1.5))
    stranger.close()
    unit = flow_raw.Dealer(province, flow_raw.curve_of(other, feed_bad.UNIT), feed.port)
    site.equal("nor does a unit's key", None, unit.ask(start, 1.5))
    unit.close()
    full = fp.cursor(b"full", 1, 1)
    flow_raw.until_answered(lm, fp.opening(genesis, fp.cursor(b"publications", 1, 0)))
    wrong = fp.Page(pages[0][1]).hash()[:-1] + b"\0"
    cases = [
        (lm, "publications alone: the full chain", fp.opening(genesis, full), fp.RIGHT),
        (lm, "publications alone: a page of the full chain", fp.request(full), fp.RIGHT),
        (bo, "a cursor from the future", fp.opening(genesis, fp.cursor(b"full", 1, newest + 7)), fp.FUTURE),
        (bo, "an epoch from the future", fp.opening(genesis, fp.cursor(b"full", 9, 1)), fp.FUTURE),
        (bo, "another genesis", fp.opening(bytes(32), full), fp.OTHER_PROVINCE),
        (bo, "a version of tomorrow", fp.opening(genesis, full, 99), fp.OTHER_VERSION),
        (bo, "a page that is not there yet", fp.request(fp.cursor(b"full", 1, newest + 7)), fp.FUTURE),
        (bo, "behind the end of a page", fp.request(full, 1 << 30), fp.UNKNOWN)]
    for dealer, what, message, why in cases:
        kind, f = fp.answer_of(dealer.ask(message))
        site.equal("refused, and why: " + what, (fp.REFUSAL, why), (kind, f.get(1)))
    kind, f = fp.answer_of(bo.ask(fp.opening(genesis, fp.cursor(b"full", 1, 1, wrong))))
    site.check("a cursor on another branch is told so", kind == fp.STATE and 6 in f, (kind, f))
    for junk in (b"", b"\0", b"\xff" * 900, os.urandom(3000), b"x" * 200000, fp.packed([(1, b"")]),
                 fp.packed([(fp.OPEN, fp.packed([(3, b"\x0a" * 200)]))]),
                 fp.packed([(fp.REQUEST, b"")]), fp.packed([(fp.OPEN, b"")])):
        try:
            bo.send(junk, wait=False)
        except OSError:
            pass
    bo.close()
    bo = flow_raw.Dealer(province, keys["bo"], feed.port)
    site.check("after bytes that are no message it answers as before", feed.alive() and
               fp.answer_of(flow_raw.until_answered(bo, start))[0] == fp.STATE, feed.logged()[-800:])
    for _ in range(300):
        lm.send(fp.request(full), wait=False)
    site.check("one who asks without reading keeps nobody waiting",
               fp.answer_of(bo.ask(start))[0] == fp.STATE)
    province.command("keys", "revoke", "--consumer", "bo", "--reason", "thôi")
    time.sleep(1.5)
    site.equal("a right that ended ends on an open session", None, bo.ask(start, 1.5))
    bo.close()
    lm.close()


def hostile(site, province, bo, pages):
    """What the ministry's pull makes of a feed that lies. The cursor stands at 1.1."""
    genesis = fp.Page(pages[0][1]).header[fp.PROVINCE]
    with open(os.path.join(province.state, "keys", "server.curve"), "rb") as f:
        secret = f.read().split()[2]
    good = pages[1][1]
    flip = bytearray(good)
    flip[-5] ^= 1
    two = fp.cursor(b"full", 1, 2)

    def state(newest=(1, 2), nxt=two, province_=genesis, fork=None):
        return fp.packed([(fp.STATE, fp.packed([(1, 1), (2, province_), (4, fp.cursor(
            b"full", *newest)), (5 if nxt else 1, nxt or 1)] if nxt else [
                (1, 1), (2, province_), (4, fp.cursor(b"full", *newest))] + (
                    [(6, fork)] if fork else [])))])

    def part(data, total, offset=0, page=two):
        return fp.packed([(fp.PART, fp.packed([(1, page), (2, offset), (3, total), (4, data)]))])

    def feed(parts, first=None):
        return lambda kind, f: [first or state()] if kind == fp.OPEN else \
            parts(f) if kind == fp.REQUEST else []

    lies = {
        "bytes that are no message": lambda kind, f: [os.urandom(500)],
        "a feed of another province": feed(lambda f: [], state(province_=bytes(32))),
        "a next page before the cursor": feed(lambda f: [], state(nxt=fp.cursor(b"full", 1, 1))),
        "a next page far ahead": feed(lambda f: [part(good, len(good), 0, fp.cursor(b"full", 1, 1 << 40))],
                                      state((1, 1 << 60), fp.cursor(b"full", 1, 1 << 40))),
        "a page of the other chain": feed(lambda f: [], state(nxt=fp.cursor(b"publications", 1, 2))),
        "a page of four gigabytes": feed(lambda f: [part(good[:1000], (1 << 32) - 1)]),
        "parts of nothing": feed(lambda f: [part(b"", len(good))]),
        "a part that overlaps": feed(lambda f: [part(good[:1000], len(good)),
                                                part(good[500:], len(good), 500)]),
        "more than it said": feed(lambda f: [part(good, 100)]),
        "another size in the middle": feed(lambda f: [part(good[f.get(2, 0):f.get(2, 0) + 100],
                                                           len(good) + f.get(2, 0), f.get(2, 0))]),
        "another page in its place": feed(lambda f: [part(pages[2][1], len(pages[2][1]))]),
        "the page before once more": feed(lambda f: [part(pages[0][1], len(pages[0][1]))]),
        "a forged page": feed(lambda f: [part(bytes(flip), len(flip))]),
        "no answer to a question": feed(lambda f: []),
        "a reason of tomorrow": lambda kind, f: [fp.packed([(fp.REFUSAL, fp.packed(
            [(1, 77), (2, b"\x1b[31m" + b"x" * 900)]))])],
        "a fork at a page from the future": feed(lambda f: [], state(
            nxt=None, fork=fp.cursor(b"full", 1, 99))),
    }
    wrong = []
    for what, answer in lies.items():
        liar = fp.Router(secret, answer)
        before, began = bo.cursor(), time.monotonic()
        code, out, err = bo.run("pull", "--once", "--province", "12", "--from", liar.endpoint,
                                "--json")
        took = time.monotonic() - began
        liar.close()
        if code not in (1, 2, 65, 69, 75, 78) or bo.cursor() != before or "\x1b" in out + err \
                or took > 60 or not json.loads(out)[0]["detail"]:
            wrong.append((what, code, out, err[-300:], round(took)))
    site.equal("%d lies of a feed: none is believed, each ends with its words" % len(lies), [],
               wrong)


def main():
    with flow.Site("feedtalk") as site:
        province = site.province()
        feed = Feed(site, province)
        pages = feed_bad.history(site, province)
        c = next(d for d in site.daemons if isinstance(d, flow.Collector))
        bo = ministry.Ministry(site, answer_ms=1000)
        bo.follow(os.path.join(province.state, "genesis.conf"))
        desk = feed_bad.Desk(site, bo)
        desk.pull(pages[:1])
        hostile(site, province, bo, pages)
        feed.start()
        consumers(site, province, feed, pages, c)
        code, rows, err = desk.pull(pages)
        site.equal("and the true pages go in afterwards", (0, "1.%d" % len(pages)),
                   (code, rows["12"]["cursor"]))
        return site.summary()


if __name__ == "__main__":
    sys.exit(main())
