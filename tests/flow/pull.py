#!/usr/bin/python3
"""The ministry's copy of a province: over the wire and from a folder; pages that are cut,
changed, left out, repeated, foreign; PostgreSQL and pull killed; a province that was restored;
a record of a later release. Afterwards the copy's tables are the province's, row by row."""
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import ministry

PUBLISHED = "publication", "seal", "period", "catalogue", "catalogue_bundle", "person", "unit"


class Feed(flow.Daemon):
    """htx-aggregator feed of a province."""

    def __init__(self, site, province):
        super().__init__(site, "feed", [os.path.join(flow.BIN, "htx-aggregator"), "-c",
                                        province.conf, "feed"])
        self.port = flow.free_port()
        site.daemons.append(self)
        with open(province.conf, "a", encoding="utf-8") as f:
            f.write("[feed]\nendpoint = %s\n" % self.endpoint)

    @property
    def endpoint(self):
        return "tcp://127.0.0.1:%d" % self.port

    def start(self):
        self.launch()
        flow.wait("feed", lambda: "feeding" in self.logged() or not self.alive(), 20)
        return self


def work(officers, n):
    for _ in range(n):
        for o in officers:
            o.step()
        flow.wait("files are taken", lambda: all(o.idle() for o in officers))


def same(site, name, province, bo, schema="htx_12"):
    wrong, rows = ministry.differences(province, bo, schema)
    site.check("%s: every table is the province's (%d rows)" % (name, rows),
               not wrong and rows > 500, wrong)


def signed(province):
    flow.wait("every commit is signed", lambda: province.number(
        "select count(*) from commit c left join commit_signature s using (epoch, number)"
        " where s.key is null") == 0)


def export(province, folder, chain="full"):
    signed(province)
    province.command("feed", "export", "--chain", chain, "-o", folder)
    return sorted(os.listdir(folder))


def changed(source, target, name, data=None, under=None):
    """A folder with every page but one, which has these bytes, or another name."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    path = os.path.join(target, name)
    if data is not None:
        with open(path, "wb") as f:
            f.write(data)
    if under:
        os.rename(path, os.path.join(target, under))
    return target


def bad_pages(site, bo, pages):
    """Before anything was taken: each with its words, and no cursor moves behind it."""
    names = sorted(os.listdir(pages))
    with open(os.path.join(pages, names[1]), "rb") as f:
        good = f.read()
    flip = bytearray(good)
    flip[len(flip) // 2] ^= 1
    head = bytearray(good)
    head[40] ^= 1
    for what, data, words in (("cut", good[:-9], "its header says"),
                              ("changed", bytes(flip), "the body is not the one"),
                              ("changed in its header", bytes(head), names[1]),
                              ("no page", b"HTXPAGE0" + good[8:], "no page of a feed")):
        code, out, err = bo.run("pull", "--from", changed(pages, pages + ".x", names[1], data))
        site.check("a page that is %s: 65, named" % what, code == 65 and words in err
                   and names[1] in err, (code, out, err))
        site.equal("and the cursor stands before it", "1", bo.cursor()[1])
    for under in ("Trang thứ hai của tỉnh, bản chép tay đợt kiểm tra quý II.htxpage",
                  os.fsdecode(b"\xff\x1b[2J.htxpage")):
        code, _, err = bo.run("pull", "--from", changed(pages, pages + ".x", names[1], bytes(flip),
                                                        under=under))
        listed = json.loads(bo.command("province", "list", "--json"))[0]
        site.check("under any name: 65, kept as text", code == 65 and "\x1b" not in err
                   and listed["state"] == "refused" and "page 1.2" in listed["detail"], (err, listed))
    code, _, err = bo.run("pull", "--from", changed(pages, pages + ".x", names[1],
                                                    under=names[1].replace("0002", "0007")))
    site.check("a page under another's name: 65", code == 65 and "the name is not" in err, err)
    os.unlink(os.path.join(pages + ".x", names[1].replace("0002", "0007")))
    code, _, err = bo.run("pull", "--from", pages + ".x")
    site.check("a page is missing: 65, and which", code == 65 and names[2] in err
               and "pages behind 1.1 are missing" in err, err)
    site.equal("the cursor did not move", "1", bo.cursor()[1])
    listed = json.loads(bo.command("province", "list", "--json"))[0]
    site.check("the list tells the last page that did not hold", listed["state"] == "refused"
               and "page 1.2" in listed["detail"], listed)


def carried(site, bo, province, pages):
    code, _, err = bo.run("pull", "--from", pages)
    site.check("the honest folder is taken", code == 0, err)
    listed = json.loads(bo.command("province", "list", "--json"))[0]
    site.equal("and the list is content", ("ok", ""), (listed["state"], listed["detail"]))
    same(site, "carried by hand", province, bo)
    before = bo.cursor()
    code, out, _ = bo.run("pull", "--from", pages, "--json")
    site.check("the same folder again: nothing new",
               code == 0 and json.loads(out)[0]["pages"] == 0
               and json.loads(out)[0]["again"] == len(os.listdir(pages)) and bo.cursor() == before, out)
    files = [bo.sql("select encode(file, 'hex') from nation.page order by page")[i][0]
             for i in range(len(os.listdir(pages)))]
    there = []
    for name in sorted(os.listdir(pages)):
        with open(os.path.join(pages, name), "rb") as f:
            there.append(f.read().hex())
    site.check("pages are kept as they came", files == there)


def foreign(site, pages, province):
    """Another ministry that follows another province of another genesis."""
    other = ministry.Ministry(site, "khac")
    path = os.path.join(other.dir, "genesis.conf")
    with open(os.path.join(province.state, "genesis.conf"), encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace("code = 12", "code = 13"))
    other.follow(path)
    code, _, err = other.run("pull", "--from", pages)
    site.check("pages of a province that nobody follows: 65", code == 65
               and "is not followed here" in err, err)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace("code = 12", "code = 13") + "\n")
    code, _, err = other.run("province", "add", "--genesis", path)
    site.check("another genesis under a code that is taken: 65", code == 65
               and "another genesis" in err, err)
    return other


def kills(site, bo, province, feed, officers, rng):
    """pull, feed and PostgreSQL die while reports come in; each crash point of pull once."""
    for point in ("copy.after_page", "copy.before_commit", "copy.after_commit",
                  "store.between_copies"):
        work(officers, 1)
        export_now(province, feed)
        code = bo.dies_at(point)
        site.check("pull dies at " + point, code not in (0, None), code)
    bo.launch()
    for victim in (bo, feed, "pg", bo):
        work(officers, 1)
        flow.wait("a moment", lambda: rng.random() < 0.3, 5)
        if victim == "pg":
            site.pg("crash")
            site.pg("again")
        else:
            victim.kill(signal.SIGKILL)
            victim.start() if victim is feed else victim.launch()


def export_now(province, feed):
    """Seals what waits, as ten seconds would: by a feed that is not running."""
    signed(province)
    feed.kill(signal.SIGTERM)
    province.command("feed", "export", "--chain", "full", "-o",
                     os.path.join(province.state, "export"))
    feed.start()


def published(site, province, feed, bo):
    """Liên minh HTX tỉnh reads the publications alone, and has the same total."""
    province.publish("2025-S1")
    export_now(province, feed)
    lm = ministry.Ministry(site, "lm")
    out = lm.command("province", "add", "--genesis", os.path.join(province.state, "genesis.conf"),
                     "--endpoint", feed.endpoint, "--chain", "publications")
    key = out.split("curve ")[1].split()[0]
    code, out, _ = lm.run("pull", "--once")
    site.check("without a right there is no answer", code in (75, 78), (code, out))
    province.command("keys", "enroll", "--consumer", "lm", "--chain", "publications", "--curve",
                     key)
    flow.wait("the key is live", lambda: lm.run("pull", "--once")[0] == 0, 10)
    for who, conf in (("ministry", bo), ("union", lm)):
        if conf is bo:
            flow.wait("the ministry has it", lambda: bo.sql(
                "select count(*) from publication", "htx_12") == [["1"]], 30)
        site.equal("the %s has the province's totals" % who,
                   province.sql("select encode(hash, 'hex'), md5(totals) from publication"),
                   conf.sql("select encode(hash, 'hex'), md5(totals) from publication", "htx_12"))
    here = ministry.fingerprint(province.sql, "htx", PUBLISHED)
    there = ministry.fingerprint(lm.sql, "htx_12", PUBLISHED)
    site.equal("and all that a publication rests on", here, there)
    site.equal("but no report", [["0", "0", "0"]], lm.sql(
        "select (select count(*) from report), (select count(*) from receipt),"
        " (select count(*) from notice)", "htx_12"))
    for fmt in ("xlsx", "csv", "sdmx-ml"):
        province.command("extract", "2025-S1", "--format", fmt, "-o", os.path.join(site.dir, "here"))
        lm.command("-p", "12", "extract", "2025-S1", "--format", fmt, "-o",
                   os.path.join(site.dir, "there"))
    names = [n for n in sorted(os.listdir(os.path.join(site.dir, "here")))
             if n.endswith((".xlsx", ".csv", ".xml"))]
    site.check("three files", len(names) == 3, names)
    for name in names:
        site.equal("the union prints what the province prints: %s" % name,
                   *[hashlib.sha256(open(os.path.join(site.dir, d, name), "rb").read()).hexdigest()
                     for d in ("here", "there")])
    code, _, err = lm.run("-p", "12", "rollup", "2025-S1")
    site.check("a roll-up of what is not there is refused", code == 65 and "extract" in err,
               (code, err))
    code, out, _ = lm.run("pull", "--once", "--from", feed.endpoint, "--province", "99")
    site.equal("a province that is not followed: 65", 65, code)


def later_release(site, province, feed, bo):
    """A kind of record that this release does not know stops the cursor, and nothing else."""
    before = bo.cursor()
    province.command("keys", "revoke", "--consumer", "lm", "--reason", "thử")
    signed(province)
    province.sql("update control set kind = 'hologram' where (epoch, seq) ="
                 " (select epoch, seq from control order by epoch desc, seq desc limit 1)")
    export_now(province, feed)
    code, out, _ = bo.run("pull", "--once", "--json")
    told = json.loads(out)[0]
    site.check("a record of a later release: it stands, and says which", code == 2
               and told["state"] == "stands" and "hologram" in told["detail"], (code, out))
    listed = json.loads(bo.command("province", "list", "--json"))[0]
    site.check("the list says so", listed["state"] == "unknown" and "hologram" in listed["detail"],
               listed)
    site.equal("the cursor did not move", before, bo.cursor())


def main():
    rng = random.Random(5)
    with flow.Site("pull") as site:
        province = site.province()
        feed = Feed(site, province)
        province.start()
        c = site.collector("c", ["106", "107"]).start()
        officers = [flow.Officer(c, u, random.Random("pull" + u)) for u in ("106", "107")]
        pages = os.path.join(site.dir, "pages")
        bo = ministry.Ministry(site)
        key = bo.follow(os.path.join(province.state, "genesis.conf"), feed.endpoint)
        for _ in range(3):
            work(officers, 2)
            flow.settled(site, [c])
            export(province, pages)
        bad_pages(site, bo, pages)
        carried(site, bo, province, pages)
        foreign(site, pages, province)
        province.command("keys", "enroll", "--consumer", "bo", "--chain", "full", "--curve", key)
        feed.start()
        kills(site, bo, province, feed, officers, rng)
        flow.settled(site, [c])
        export_now(province, feed)
        flow.wait("the copy is whole again", lambda: not ministry.differences(province, bo)[0], 30)
        same(site, "after every death", province, bo)
        published(site, province, feed, bo)
        bo.kill(signal.SIGTERM)
        later_release(site, province, feed, bo)
        c.kill(signal.SIGTERM)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
