#!/usr/bin/python3
"""The feed as consumers see it: rights, cursors, the same bytes for ever (also after deaths, a
key's change and without the daemon), keys revoked on an open session, the database away, and a
database restored from a backup, which goes on only as a new epoch."""
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import flow_raw as raw

RIGHT, FUTURE, UNKNOWN, PROVINCE, VERSION, BUSY = range(1, 7)
OPEN, STATE, REQUEST, PART, REFUSAL = range(16, 21)
ENOUGH_KB = 128 * 1024


# ---- messages ---------------------------------------------------------------------------

def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def read(data):
    """{field: value}; the last of each counts."""
    got, at = {}, 0
    while at < len(data):
        tag, at = raw._varint(data, at)
        value, at = raw._varint(data, at)
        if tag & 7 == 2:
            value, at = data[at:at + value], at + value
        got[tag >> 3] = value
    return got


def cursor(chain, epoch=0, page=0, hash_=None):
    out = field(1, chain.encode()) + field(2, epoch) + field(3, page)
    return out + (field(4, hash_) if hash_ else b"")


def place(data):
    """(epoch, page, hash) of a cursor; None: absent."""
    if data is None:
        return None
    got = read(data)
    return got.get(2, 0), got.get(3, 0), got.get(4)


class Consumer:
    """A key and its session with the feed."""

    def __init__(self, site, port, keys=None):
        self.site, self.port, self.keys = site, port, keys or raw.new_curve()
        self.dealer = None

    def session(self):
        if self.dealer is None:
            self.dealer = raw.Dealer(self.site.the_province, self.keys, self.port)
        return self.dealer

    def close(self):
        if self.dealer:
            self.dealer.close()
        self.dealer = None

    def ask(self, kind, body, seconds=5.0):
        """(kind, fields) of the answer, (None, {}) without one."""
        answer = self.session().ask(field(kind, body), seconds)
        if answer is None:
            return None, {}
        (kind, body), = read(answer).items()
        return kind, read(body)

    def open(self, after, genesis=None, version=1, seconds=5.0):
        genesis = genesis or bytes.fromhex(self.site.the_province.sql(
            "select encode(genesis, 'hex') from province")[0][0])
        return self.ask(OPEN, field(1, version) + field(2, genesis) + field(3, after), seconds)

    def page(self, chain, epoch, page):
        """A page file, part by part; the refusal's reason instead."""
        whole = b""
        while True:
            kind, got = self.ask(REQUEST, field(1, cursor(chain, epoch, page))
                                 + field(2, len(whole)))
            if kind != PART:
                return got.get(1)
            whole += got[4]
            if len(whole) == got[3]:
                return whole

    def pages(self, chain):
        """{(epoch, page): bytes} of the whole chain, along its cursors."""
        found, after = {}, cursor(chain)
        while True:
            kind, got = self.open(after)
            if kind != STATE:
                raise flow.Failed("feed: %r %r" % (kind, got))
            following = place(got.get(4))
            if following is None:
                return found
            found[following[:2]] = self.page(chain, *following[:2])
            after = cursor(chain, *following)


class Feed(flow.Daemon):
    def __init__(self, site, province):
        self.province, self.port = province, flow.free_port()
        super().__init__(site, "feed", province.argv[:-1] + ["feed"])
        with open(province.conf, "a", encoding="utf-8") as f:
            f.write("[feed]\nendpoint = tcp://127.0.0.1:%d\n" % self.port)
        site.daemons.append(self)

    def start(self):
        mark = os.path.join(self.province.state, "feed.endpoint")
        if os.path.exists(mark):
            os.unlink(mark)
        self.launch()
        flow.wait("feed answers", lambda: os.path.exists(mark), 20)
        return self


def export(province, folder, chain="full"):
    """{name: bytes}, all that is sealed; seals what waits while no daemon does."""
    shutil.rmtree(folder, ignore_errors=True)
    province.command("feed", "export", "--chain", chain, "-o", folder)
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as f:
            found[name] = f.read()
    return found


def of_pages(found, chain):
    return {"12-%s-%d-%09d.htxpage" % (chain, *at): data for at, data in found.items()}


def signed(province):
    return province.number("select count(*) from commit c where not exists (select from"
                           " commit_signature s where s.epoch = c.epoch"
                           " and s.number = c.number)") == 0


# ---- stories ----------------------------------------------------------------------------

def rights(site, province, feed, ministry, union):
    full = ministry.pages("full")
    site.check("the full chain is read page by page", len(full) > 1, sorted(full))
    site.equal("whole pages, those of feed export", export(province, site.dir + "/full"),
               of_pages(full, "full"))
    public = union.pages("publications")
    site.equal("and so is the publications chain", export(
        province, site.dir + "/public", "publications"), of_pages(public, "publications"))
    site.check("no report stands in it", all(b"HTX 6107" not in p for p in public.values())
               and any(b"HTX 6107" in p for p in full.values()))
    site.check("nobody's access either", all(b"feed_opened" not in p for p in full.values()))
    kind, got = union.open(cursor("full"))
    site.equal("publications alone: the full chain is refused", (REFUSAL, RIGHT),
               (kind, got.get(1)))
    site.equal("and each page of it", RIGHT, union.page("full", 1, 1))
    site.check("who may read all may read publications", ministry.pages("publications") == public)
    kind, got = ministry.open(cursor("full"), genesis=b"\1" * 32)
    site.equal("another pinned province is refused", (REFUSAL, PROVINCE), (kind, got.get(1)))
    kind, got = ministry.open(cursor("full"), version=9)
    site.equal("a version of tomorrow is refused", (REFUSAL, VERSION), (kind, got.get(1)))
    newest = max(full)
    kind, got = ministry.open(cursor("full", newest[0], newest[1] + 5))
    site.equal("a cursor from the future is refused", (REFUSAL, FUTURE), (kind, got.get(1)))
    site.equal("a page from the future, too", FUTURE, ministry.page("full", 1, newest[1] + 1))
    kind, got = ministry.open(cursor("full", *newest, b"\7" * 32))
    site.equal("a cursor on another page of that number: a fork, behind the one before",
               (STATE, newest[1] - 1), (kind, (place(got.get(5)) or (0, 0))[1]))
    stranger = Consumer(site, feed.port)
    site.equal("an unknown key gets no answer", (None, {}), stranger.open(cursor("full"),
                                                                          seconds=1.0))
    stranger.close()
    ministry.session().send(b"\xff" * 200)
    ministry.session().send(field(REQUEST, b""))
    site.check("nonsense harms nobody", ministry.open(cursor("full"))[0] == STATE)
    site.check("openings and refusals stand in the audit", province.number(
        "select count(*) from audit where chain = 'feed' and what = 'feed_opened'") >= 3 and
        province.number("select count(*) from audit where what = 'feed_refused'"
                        " and detail like '%reason=right%'") >= 2)
    said = province.command("audit", "list")
    site.check("in words", "LMHTX" in said and "full" not in said.split("LMHTX", 1)[1][:40], said)
    return full


def rotate(province):
    """The receipt key's change as the log has it: a record, then the new file."""
    new = os.path.join(province.site.dir, "new.sign")
    public = province.command("keys", "new", new).strip()
    # the row of a record that is not of a key: its position is free in this table
    province.sql("insert into key (epoch, seq, unit, unit_from, use, public, revoked, reason)"
                 " select epoch, seq, '', '1970-01-01', 'receipt', '%s', false, '' from control"
                 " where kind <> 'key' order by epoch desc, seq desc limit 1;" % public)
    held = os.path.join(province.state, "keys", "receipt.sign")
    os.rename(held, os.path.join(province.site.dir, "first.sign"))
    os.rename(new, held)


def same_for_ever(site, province, feed, ministry, full):
    feed.kill()
    feed.start()
    ministry.close()
    site.equal("kill -9: the same bytes", full, ministry.pages("full"))
    feed.kill(signal.SIGTERM)
    province.kill(signal.SIGTERM)
    ministry.close()
    rotate(province)
    province.start()
    province.command("unit", "load", one_unit(site, "198"))
    flow.wait("signatures", lambda: signed(province), 20)
    export(province, site.dir + "/full")
    feed.start()
    later = ministry.pages("full")
    site.equal("a new receipt key: the same bytes", full,
               {at: p for at, p in later.items() if at in full})
    site.check("and pages go on", len(later) > len(full))
    ministry.close()
    return later


def revoked(site, province, feed):
    one = Consumer(site, feed.port)
    province.command("keys", "enroll", "--consumer", "TAM", "--chain", "full", "--curve",
                     one.keys[0].decode())
    flow.wait("the new key is let in", lambda: one.open(cursor("full"), seconds=1.0)[0] == STATE
              or one.close(), 10)
    province.command("keys", "revoke", "--consumer", "TAM", "--reason", "thử")
    since = time.monotonic()
    while one.open(cursor("full"), seconds=0.3)[0] is not None:
        if time.monotonic() - since > 10:
            break
    site.check("a revoked key is dumb within 1 s on its open session",
               time.monotonic() - since < 1.0 + 0.3 + 0.2 * flow.PATIENCE,
               "%.2f s" % (time.monotonic() - since))
    one.close()


def enrolment(site, province, ministry):
    for what, argv in (("a code", ["--consumer", "B O", "--chain", "full"]),
                       ("a chain", ["--consumer", "BO", "--chain", "all"])):
        province.command("keys", "enroll", *argv, "--curve", ministry.keys[0].decode(), code=65)
        site.check("%s that is none is refused" % what, True)
    province.command("keys", "enroll", "--consumer", "BO", "--chain", "full", "--curve", "x" * 39,
                     code=65)
    province.command("keys", "enroll", "--consumer", "BO", "--chain", "full", code=64)
    site.equal("one key, one consumer", "", province.command(
        "keys", "enroll", "--consumer", "KHAC", "--chain", "full", "--curve",
        ministry.keys[0].decode(), code=65))


def away(site, feed, ministry, full):
    """The worker waits for the database; who dials is let in and told so."""
    site.pg("crash")
    ministry.close()
    kind, got = ministry.open(cursor("full"), genesis=b"\1" * 32)
    site.equal("the database is away: let in, and told so", (REFUSAL, BUSY), (kind, got.get(1)))
    site.check("the daemon lives", feed.alive())
    site.pg("again")
    flow.wait("the feed is back", lambda: ministry.open(cursor("full"))[0] == STATE, 20)
    site.equal("the same bytes", full, ministry.pages("full"))


def restored(site, province, feed, ministry, saved, drop):
    """An older database comes back: pages and commits that it does not know were signed."""
    before = ministry.pages("full")
    newest = max(before)
    for daemon in (feed, province):
        daemon.kill(signal.SIGTERM)
    ministry.close()
    swap(site, saved)
    feed.start()
    kept = ministry.pages("full")
    site.check("the restored database has a part of the pages, with the same bytes",
               0 < len(kept) < len(before) and all(before[at] == p for at, p in kept.items()))
    kind, got = ministry.open(cursor("full", *newest))
    site.equal("what was read later is the future now", (REFUSAL, FUTURE), (kind, got.get(1)))
    province.start(ready=False)
    flow.wait("serve says why", lambda: "epoch begin" in province.logged(), 20)
    province.command("unit", "load", one_unit(site, "199"))  # signed by nobody in this epoch
    taken = province.number("select count(*) from receipt")
    feed.kill(signal.SIGTERM)
    drop()
    time.sleep(1.5)
    site.equal("serve takes nothing into it", taken,
               province.number("select count(*) from receipt"))
    p = subprocess.run([*feed.argv, "export", "-o", site.dir + "/forked"],
                       capture_output=True, text=True, check=False,
                       env=dict(os.environ, LC_ALL="C.UTF-8"))
    site.check("no page number is sealed twice",
               p.returncode == 78 and "signer refuses" in p.stderr, p.stdout + p.stderr)
    site.equal("a reason is asked for", "", province.command("epoch", "begin", "--by", "a",
                                                             code=64))
    province.command("epoch", "begin", "--why", "khôi phục từ bản sao lưu", "--by", "a")
    flow.wait("the new epoch is signed", lambda: province.number(
        "select count(*) from commit_signature where epoch = 2") > 0, 20)
    flow.wait("reports come in again", lambda: province.number(
        "select count(*) from receipt where epoch = 2") > 0, 30)
    export(province, site.dir + "/full")
    feed.start()
    after = ministry.pages("full")
    site.check("pages of the old epoch are as they were", all(
        after[at] == p for at, p in kept.items()) and
        sorted(kept) == sorted(at for at in after if at[0] == 1), sorted(after))
    site.check("and the new one goes on", any(at[0] == 2 for at in after), sorted(after))
    kind, got = ministry.open(cursor("full", *newest))
    site.equal("who read later pages is told the last common one", (STATE, max(kept)),
               (kind, (place(got.get(5)) or (0, 0))[:2]))
    kind, got = ministry.open(cursor("full", *max(kept)))
    site.equal("and what follows there", (2, 1), (place(got.get(4)) or (0, 0))[:2])
    site.check("all of it can be made again",
               "%d pages" % len(after) in province.command("feed", "verify", "--chain", "full"))
    flow.wait("everything is signed or of the past", lambda: province.number(
        "select count(*) from commit c where c.epoch = 2 and not exists (select from"
        " commit_signature s where s.epoch = c.epoch and s.number = c.number)") == 0, 20)


def one_unit(site, code):
    path = os.path.join(site.dir, "one.tsv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("code\tvalid_from\tvalid_to\tname\tkind\tparent\tact\n"
                "%s\t2025-01-01\t\tXã Mới\tdistrict\t12\t\n" % code)
    return path


def save(site, to):
    site.pg("crash")
    shutil.copytree(os.path.join(site.pg_dir, "data"), to, symlinks=True,
                    ignore=shutil.ignore_patterns("postmaster.pid"))
    site.pg("again")


def swap(site, saved):
    data = os.path.join(site.pg_dir, "data")
    owner = os.stat(data)
    site.pg("crash")
    shutil.rmtree(data)
    shutil.copytree(saved, data, symlinks=True)
    for folder, _, files in os.walk(data):
        os.chown(folder, owner.st_uid, owner.st_gid)
        for name in files:
            os.chown(os.path.join(folder, name), owner.st_uid, owner.st_gid)
    os.chmod(data, 0o700)
    site.pg("again")


def main():
    with flow.Site("feed") as site:
        province = site.province()
        feed = Feed(site, province)
        ministry, union = Consumer(site, feed.port), Consumer(site, feed.port)
        for code, chain, who in (("BO", "full", ministry), ("LMHTX", "publications", union)):
            province.command("keys", "enroll", "--consumer", code, "--chain", chain, "--curve",
                             who.keys[0].decode())
        enrolment(site, province, ministry)
        province.start()
        c = site.collector("a", ["107"]).start()
        taxes = flow.tax_numbers("107")

        def drop(n=6, wait=True):
            name = "ds%d.csv" % time.monotonic_ns()
            c.drop("107", name, flow.entity_list("107", [
                (t, "HTX %s" % t, 100) for _, t in zip(range(n), taxes)]))
            if wait:
                flow.settled(site, [c])

        drop(30)
        flow.wait("signatures", lambda: signed(province), 20)
        export(province, site.dir + "/full")
        feed.start()
        rights(site, province, feed, ministry, union)
        feed.kill(signal.SIGTERM)
        union.close()
        ministry.close()
        # signed, not yet in a page: the backup and the province go on differently from here
        province.command("unit", "load", one_unit(site, "197"))
        flow.wait("signatures", lambda: signed(province), 20)
        province.kill(signal.SIGTERM)
        save(site, site.dir + "/saved")
        province.start()
        export(province, site.dir + "/full")
        feed.start()
        full = ministry.pages("full")
        revoked(site, province, feed)
        full = same_for_ever(site, province, feed, ministry, full)
        away(site, feed, ministry, full)
        for pid in [feed.process.pid, *flow.children(feed.process.pid)]:
            site.check("memory of the feed stays below 128 MB", flow.peak_kb(pid) < ENOUGH_KB)
        # the key of the database that comes back
        shutil.copy(os.path.join(site.dir, "first.sign"),
                    os.path.join(province.state, "keys", "receipt.sign"))
        restored(site, province, feed, ministry, site.dir + "/saved", lambda: drop(3, False))
    sys.exit(site.summary())


if __name__ == "__main__":
    main()
