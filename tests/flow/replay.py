#!/usr/bin/python3
"""Everything twice: a link cut between commit and receipt, files dropped again, a thousand
replays of a committed batch by a raw client, also after a restart and with new keys."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import flow_raw as raw

TIMES = 1000


def rows(unit, first, n, word="HTX"):
    taxes = [t for _, t in zip(range(first + n), flow.tax_numbers(unit))][first:]
    return [(t, "%s %s" % (word, t), 100 + first + i) for i, t in enumerate(taxes)]


def stored(province, word):
    return province.number("select count(*) from report where name like '%s %%'" % word)


def cut_link(site, province):
    """The answer to a committed batch is lost on the way; the same receipt comes later."""
    proxy = site.proxy(province.port)
    c = site.collector("cut", ["107"], port=proxy.port).start()
    for cut in range(3):
        flow.wait("link", lambda: "linked" in c.logged())
        word = "Cut%d" % cut
        time.sleep(0.3)
        proxy.hold = True
        c.drop("107", word + ".csv", flow.entity_list("107", rows("107", 10 * cut, 6, word)))
        flow.wait("commit behind the cut", lambda: stored(province, word) == 6)
        flow.wait("a receipt on the way", lambda: proxy.kept > 0, 5)
        site.equal("cut %d: committed, no receipt" % cut, 6 * cut, len(c.receipts()))
        before = province.number("select count(*) from redelivery")
        proxy.cut()
        proxy.hold = False
        flow.wait("receipts after the cut", lambda: len(c.receipts()) == 6 * cut + 6)
        site.equal("cut %d: stored once" % cut, 6, stored(province, word))
        site.check("cut %d: a row was written before the old receipt left again" % cut,
                   province.number("select count(*) from redelivery") > before)
    flow.count(site, province, [c])
    c.kill(signal.SIGTERM)


def files_again(site, province):
    c = site.collector("again", ["108"]).start()
    sheet = flow.entity_list("108", rows("108", 0, 20))
    c.drop("108", "ds.csv", sheet)
    flow.settled(site, [c])
    receipts = c.receipts()
    for i in range(5):
        c.drop("108", "ds.csv" if i % 2 else "ds ban %d.csv" % i, sheet)
        flow.settled(site, [c])
    site.equal("the same file six times: one set of reports", 20, len(c.reports()))
    site.equal("the receipts are the first ones", receipts, c.receipts())
    site.equal("the province has them once", "20 1", province.sql(
        "select count(*) || ' ' || max(revision) from report where unit = '108'")[0][0])
    told = ["Nội dung không thay đổi so với báo cáo đã có" in t
            for t in c.answers("108", "da-xu-ly").values()]
    site.equal("the officer is told so, each time", [False] + [True] * 5, sorted(told))
    c.kill(signal.SIGTERM)
    return c


def thousand(site, province, c):
    """Replays of one committed batch with the unit's own keys."""
    batch = raw.envelopes(c, "108")[0]
    own = [bytes.fromhex(r["bytes"]) for r in c.receipts().values()]
    tables = ("report", "receipt", "commit", "evidence", "finding")

    def rows_now():
        return [province.number("select count(*) from %s where true" % t) for t in tables]

    before = rows_now()

    def again(name, keys, times):
        d = raw.Dealer(province, keys)
        first = raw.until_answered(d, batch)
        answers = d.ask_many(batch, times)
        d.close()
        site.equal("%s: the answers are receipts" % name, "receipts", raw.kind(first))
        site.equal("%s: %d identical answers" % (name, times), (times, 1 if times else 0),
                   (len(answers), len(set(answers))))
        site.check("%s: with the collector's own receipts in them" % name,
                   all(r in answers[-1] for r in own))
        return answers[-1]

    keys = raw.curve_of(c, "108")
    first = again("replay", keys, TIMES)
    province.kill()
    province.start()
    site.equal("the same bytes after kill -9", first, again("replay after kill -9", keys, TIMES))
    site.pg("crash")
    site.pg("again")
    site.equal("the same bytes after a crash of PostgreSQL", first,
               again("replay after a crash of PostgreSQL", keys, 10))

    old = open(os.path.join(c.state, "keys", "108.sign"), encoding="utf-8").read().split()[1]
    for use in ("sign", "curve"):
        os.unlink(os.path.join(c.state, "keys", "108." + use))
    c.enroll(province)
    for key in (old, keys[0].decode()):
        province.command("keys", "revoke", key, "--reason", "thay khóa xác thực")
    time.sleep(1.2)
    new = raw.curve_of(c, "108")
    site.check("the unit has new keys", new != keys)
    site.equal("the same bytes with new keys", first, again("replay with new keys", new, TIMES))
    grown = [a - b for a, b in zip(rows_now(), before)]
    site.equal("no row of %s is new" % ", ".join(tables[:2]), [0, 0], grown[:2])
    site.equal("nor any evidence or finding", [0, 0], grown[3:])
    c.start()
    c.drop("108", "moi.csv", flow.entity_list("108", rows("108", 100, 3, "Moi")))
    flow.settled(site, [c])
    site.equal("the new keys speak for the unit", 3, stored(province, "Moi"))
    flow.count(site, province, [c])
    c.kill(signal.SIGTERM)


def main():
    with flow.Site("replay") as site:
        province = site.province().start()
        cut_link(site, province)
        thousand(site, province, files_again(site, province))
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
