#!/usr/bin/python3
"""Who may speak, and when: unknown and revoked keys, wrong signatures and units, receipts of
a key that genesis does not name; a period after the unit's end, a late and a sealed one."""
import os
import shutil
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import flow_raw as raw


def sheet(unit, word, n=3, first=0, period="6 tháng đầu năm 2025"):
    taxes = [t for _, t in zip(range(first + n), flow.tax_numbers(unit))][first:]
    return flow.entity_list(unit, [(t, "%s %s" % (word, t), 100) for t in taxes], period)


def stored(province, word, more="true"):
    return province.number("select count(*) from report where name like '%s %%' and %s"
                           % (word, more))


def stranger(site, province):
    """A key that nobody enrolled: no session, a log line, a counter."""
    c = site.collector("stranger", ["105"], enroll=False)
    c.command("init")
    c.start()
    flow.wait("refusals", lambda: province.logged().count("key_refused") > 1
              and "key_refused" in c.logged(), 10)
    c.drop("105", "la.csv", sheet("105", "Stranger"))
    flow.wait("sealed", lambda: "batch_sealed" in c.logged())
    time.sleep(0.5)
    site.check("an unknown key gets no session", "linked unit" not in c.logged())
    site.equal("nothing of it is stored", 0, stored(province, "Stranger"))
    site.check("the log names it", raw.curve_of(c, "105")[0].decode() in province.logged())
    bogus = raw.Dealer(province, raw.new_curve())
    site.equal("a raw client neither", "nothing", raw.kind(bogus.ask(b"\x0a\x00", 1)))
    bogus.close()
    for line in c.command("keys").splitlines():
        province.command("keys", "enroll", line)
    flow.wait("the same reports once its key is enrolled",
              lambda: stored(province, "Stranger") == 3)
    site.check("once enrolled it sends what it kept", True)
    c.kill(signal.SIGTERM)


def revoked(site, province):
    """Revoking acts within a second, on an open session too."""
    c = site.collector("revoked", ["106"]).start()
    c.drop("106", "a.csv", sheet("106", "Before"))
    flow.settled(site, [c])
    keys = raw.curve_of(c, "106")
    c.kill(signal.SIGTERM)
    batch = raw.envelopes(c, "106")[0]
    c.start()
    d = raw.Dealer(province, keys)
    site.equal("before: an answer", "receipts", raw.kind(raw.until_answered(d, batch)))
    province.command("keys", "revoke", "--unit", "106", "--reason", "máy bị mất")
    began = time.monotonic()
    asked = heard = 0
    while time.monotonic() < began + 2.5:
        late = time.monotonic() > began + 1.0
        answer = d.ask(batch, 0.2)
        if late:
            asked += 1
            heard += answer is not None
    d.close()
    site.equal("1 s after the revocation: no answer to %d messages" % asked, 0, heard)
    site.check("the log says why", "message_of_revoked_key" in province.logged())
    c.drop("106", "b.csv", sheet("106", "After", first=10))
    flow.wait("sealed", lambda: c.logged().count("batch_sealed") == 2)
    time.sleep(1)
    site.equal("nothing of its collector is taken", 0, stored(province, "After"))
    c.kill(signal.SIGTERM)
    c.start()
    flow.wait("refusal", lambda: "key_refused" in c.logged(), 10)
    site.equal("nor after it dials again", 0, stored(province, "After"))
    c.kill(signal.SIGTERM)


def forged(site, province):
    """What the bytes say and who brings them."""
    c = site.collector("pair", ["107", "108"]).start()
    c.drop("107", "a.csv", sheet("107", "Pair"))
    c.drop("108", "b.csv", sheet("108", "Pair"))
    flow.settled(site, [c])
    c.kill(signal.SIGTERM)
    batch = raw.envelopes(c, "107")[0]
    d = raw.Dealer(province, raw.curve_of(c, "107"))
    site.equal("as it was sealed", "receipts", raw.kind(raw.until_answered(d, batch)))
    header = raw.place(batch, raw.BATCH, 1)
    sign = raw.place(batch, raw.BATCH, 2)
    body = raw.place(batch, raw.BATCH, 4, 2)
    name = batch.index(b"Pair", body[0])
    before = province.audit("")
    for what, data, expected in (
            ("a bit of the signature", raw.flipped(batch, sign[0]), "reject signature"),
            ("a letter of a name", raw.flipped(batch, name), "reject malformed"),
            ("a bit of the header", raw.flipped(batch, header[1] - 2), "reject"),
            ("the last byte", batch[:-1], "reject malformed"),
            ("all but 40 bytes", batch[:40], "reject malformed"),
            ("noise", bytes(range(256)), "reject malformed")):
        answer = raw.kind(d.ask(data))
        site.check("%s: %s" % (what, expected), answer.startswith(expected), answer)
    site.check("each leaves an audit row", province.audit("") >= before + 6, before)
    site.equal("the honest batch still has its receipts", "receipts", raw.kind(d.ask(batch)))
    d.close()
    d = raw.Dealer(province, raw.curve_of(c, "108"))
    site.equal("another unit's connection", "reject speaker",
               raw.kind(raw.until_answered(d, batch)))
    d.close()
    site.equal("still three rows of each", 6, stored(province, "Pair"))

    f = site.collector("forger", ["107"], enroll=False)
    f.command("init")
    for source, target in (("107.curve", "107.curve"), ("108.sign", "107.sign")):
        shutil.copy(os.path.join(c.state, "keys", source), os.path.join(f.state, "keys", target))
    f.start()
    f.drop("107", "a.csv", sheet("107", "Forged", first=20))
    flow.wait("rejection", lambda: "province_rejects reason=speaker" in f.logged(), 10)
    site.equal("signed by another unit's key: nothing stored", 0, stored(province, "Forged"))
    f.kill(signal.SIGTERM)


def new_keys(site, province):
    """What an old key sealed and the province never got comes under the new one."""
    proxy = site.proxy(province.port)
    proxy.refuse = True
    c = site.collector("late-key", ["111"], port=proxy.port).start()
    c.drop("111", "a.csv", sheet("111", "OldKey"))
    flow.wait("sealed", lambda: "batch_sealed" in c.logged())
    c.kill(signal.SIGTERM)
    old = {u: open(os.path.join(c.state, "keys", "111." + u), encoding="utf-8").read().split()[1]
           for u in ("sign", "curve")}
    for use in old:
        os.unlink(os.path.join(c.state, "keys", "111." + use))
    c.enroll(province)
    for key in old.values():
        province.command("keys", "revoke", key, "--reason", "thay khóa xác thực")
    time.sleep(1)
    proxy.refuse = False
    c.start()
    flow.wait("rejection", lambda: "province_rejects reason=speaker" in c.logged(), 10)
    flow.settled(site, [c])
    site.equal("sealed by a key revoked since: sealed again, stored once", 3,
               stored(province, "OldKey"))
    site.equal("and signed by the new key alone", 0, province.number(
        "select count(*) from evidence where signer = '\\x%s'" % old["sign"]))
    flow.count(site, province, [c])
    c.kill(signal.SIGTERM)


def other_receipt_key(site, province):
    """The collector believes only receipts of keys that its genesis names."""
    c = site.collector("wary", ["110"]).start()
    c.drop("110", "a.csv", sheet("110", "Wary"))
    flow.settled(site, [c])
    province.kill(signal.SIGTERM)
    key = os.path.join(province.state, "keys", "receipt.sign")
    os.rename(key, key + ".kept")
    province.command("keys", "new", key)
    with open(key, encoding="utf-8") as f:
        public = f.read().split()[1]
    province.sql("insert into key select epoch, seq + 1000000, unit, unit_from, use, '%s', false,"
                 " '' from key where use = 'receipt'" % public)
    province.start()
    c.drop("110", "b.csv", sheet("110", "Wary", first=10))
    flow.wait("alarm", lambda: "receipt_bad" in c.logged(), 15)
    site.equal("receipts of a foreign key are not stored", 3, len(c.receipts()))
    site.check("the officer is not told of a receipt",
               not any("phiếu tiếp nhận số" in t for n, t in
                       c.answers("110", "da-xu-ly").items() if n.startswith("b.")))
    c.kill(signal.SIGTERM)
    province.kill(signal.SIGTERM)
    os.rename(key + ".kept", key)
    province.sql("delete from key where public = '%s'" % public)
    province.start()


def windows(site, province):
    c = site.collector("windows", ["109"]).start()
    c.drop("109", "sau.csv", sheet("109", "Ended", period="6 tháng cuối năm 2025"))
    c.drop("109", "dung.csv", sheet("109", "InTime", first=10))
    flow.settled(site, [c])
    site.equal("a period after the unit's end is held, and counts not", 3,
               stored(province, "Ended", "verdict = 'held' and not counts"))
    site.equal("its neighbour counts", 3, stored(province, "InTime", "counts and not late"))
    told = "\n".join(c.answers("109", "da-xu-ly").values())
    site.check("the unit is told since when", "01/7/2025" in told or "01/07/2025" in told, told)
    site.equal("with receipts", 6, len(c.receipts()))

    province.kill(signal.SIGTERM)
    province.configure("2025-06-20")
    province.start()
    c.drop("109", "cham.csv", sheet("109", "Late", first=20))
    flow.settled(site, [c])
    site.equal("after the due day: accepted, late", 3, stored(province, "Late", "late and counts"))
    site.equal("its receipts say so", 3, sum(r["late"] for r in c.receipts().values()))
    told = c.answers("109", "da-xu-ly").get("cham.csv.ket-qua.txt", "")
    site.check("gửi chậm", "chậm" in told, told)

    province.publish("2025-S1")
    c.drop("109", "niem.csv", sheet("109", "Sealed", first=30))
    flow.settled(site, [c])
    site.equal("a sealed period is held", 3,
               stored(province, "Sealed", "verdict = 'held' and not counts"))
    site.equal("and receipted", 12, len(c.receipts()))
    flow.count(site, province, [c])
    c.kill(signal.SIGTERM)


def main():
    with flow.Site("speakers") as site:
        province = site.province().start()
        stranger(site, province)
        revoked(site, province)
        forged(site, province)
        new_keys(site, province)
        other_receipt_key(site, province)
        windows(site, province)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
