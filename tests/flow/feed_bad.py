#!/usr/bin/python3
"""Pages that do not hold: forged, cut, reordered, repeated, foreign, of tomorrow. Each is
refused with page and reason, the cursor stays, what follows is right goes on; and one
province's trouble is no other's."""
import json
import os
import random
import shutil
import sys
import types

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import feed_pages
import flow
import ministry

UNIT = "106"


class Neighbour(flow.Province):
    """A second province in the same cluster."""

    def __init__(self, site):
        where = os.path.join(site.dir, "34")
        os.mkdir(where)
        flow.subprocess.run(["psql", "-X", "-q", "host=%s dbname=postgres user=postgres"
                             % site.pg_dir, "-c", "create database p34"], check=True)
        super().__init__(types.SimpleNamespace(dir=where, pg_dir=site.pg_dir))

    def role(self, user):
        return "host=%s dbname=p34 user=%s" % (self.site.pg_dir, user)

    def configure(self, civil_date):
        super().configure(civil_date)
        with open(self.conf, encoding="utf-8") as f:
            text = f.read()
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(text.replace("code = 12\nname = Tỉnh Lai Châu", "code = 34\nname = Tỉnh Kia"))


def exported(site, province, name, *more):
    flow.wait("every commit is signed", lambda: province.number(
        "select count(*) from commit c where not exists (select from commit_signature s"
        " where (s.epoch, s.number) = (c.epoch, c.number))") == 0, 30)
    out = os.path.join(site.dir, name)
    province.command("feed", "export", "-o", out, *(more or ("--chain", "full")))
    return feed_pages.folder(out)


def history(site, province):
    """Some pages: the founding, the register, reports, a publication."""
    province.start()
    c = site.collector("c", [UNIT])
    exported(site, province, "trang")
    with open(os.path.join(site.dir, "e.tsv"), "w", encoding="utf-8") as f:
        f.write("subject\tkind\tname\tsector\tunit\tcommune\tstate\n")
        for t, _ in zip(flow.tax_numbers(UNIT), range(5)):
            f.write("tax:%s\thtx\tHTX %s\tagri\t106\t\tactive\n" % (t, t))
    province.command("entity", "load", os.path.join(site.dir, "e.tsv"))
    exported(site, province, "trang")
    c.start()
    c.drop(UNIT, "ds.csv", flow.entity_list(UNIT, [
        (t, "HTX %s" % t, 100) for t, _ in zip(flow.tax_numbers(UNIT), range(5))]))
    flow.wait("the reports", lambda: c.waiting() == 0 and province.number(
        "select count(*) from report where counts") == 5, 60)
    exported(site, province, "trang")
    province.publish("2025-S1")
    pages = exported(site, province, "trang")
    site.check("several pages to try on", len(pages) >= 4, [n for n, _ in pages])
    return pages


class Desk:
    """The ministry's folder, and what it says of what lies in there."""

    def __init__(self, site, bo):
        self.site, self.bo = site, bo
        self.dir = os.path.join(site.dir, "den")

    def put(self, files):
        shutil.rmtree(self.dir, ignore_errors=True)
        os.mkdir(self.dir)
        for name, data in files:
            with open(os.path.join(self.dir, name), "wb") as f:
                f.write(data)

    def pull(self, files):
        self.put(files)
        code, out, err = self.bo.run("pull", "--from", self.dir, "--json")
        return code, {r["province"]: r for r in json.loads(out)}, err

    def state(self):
        """Everything that must not move."""
        return (self.bo.cursor(), self.bo.sql("select count(*) from nation.page"),
                self.bo.sql("select (select count(*) from commit), (select count(*) from control),"
                            " (select count(*) from report)", "htx_12"))

    def refused(self, what, files, words, code=65):
        """Not taken: exit code, the cursor as it was, and these words about it."""
        before = self.state()
        got, rows, err = self.pull(files)
        said = err + json.dumps(rows, ensure_ascii=False)
        return self.site.check("refused: " + what, got == code and self.state() == before and
                               all(w in said for w in words), "exit %d, %s -> %s\n%s" % (
                                   got, before, self.state(), said[:1500]))


def forged(site, desk, pages, own):
    name, good = pages[1]
    rng = random.Random(5)
    n = 12 + int.from_bytes(good[8:12], "big")
    places = [0, 7, 8, 11, 12, n - 1, n, n + 63, n + 64, len(good) - 1] + \
        rng.sample(range(len(good)), 2)
    wrong = []
    before = desk.state()
    for at in places:
        bad = bytearray(good)
        bad[at] ^= 1 << rng.randrange(8)
        code, rows, err = desk.pull([(name, bytes(bad))])
        if code != 65 or desk.state() != before or name not in err:
            wrong.append((at, code, rows, err[:200]))
    site.equal("a bit turned anywhere: refused by name, nothing moves", [], wrong[:2])
    stranger = feed_pages.key_of(os.path.join(site.dir, "c.key"))
    desk.refused("signed by somebody else", [(name, feed_pages.Page(good).file(stranger))],
                 [name, "1.2"])
    for what, n in (("cut in its header", 40), ("cut in its body", len(good) - 9), ("empty", 0)):
        desk.refused(what, [(name, good[:n])], [name])
    desk.refused("more behind its end", [(name, good + b"\0")], [name])
    page = feed_pages.Page(good)
    page.records.pop()
    desk.refused("a record left out, signed by the province itself", [(name, page.file(own))],
                 [name, "1.2"])
    page = feed_pages.Page(good)
    page.records.append(page.records[-1])
    desk.refused("a record twice, signed by the province itself", [(name, page.file(own))],
                 [name, "1.2"])
    page = feed_pages.Page(good)
    page.records[0], page.records[-1] = page.records[-1], page.records[0]
    desk.refused("records in another order, signed by the province itself",
                 [(name, page.file(own))], [name, "1.2"])


def misplaced(site, desk, pages, public):
    """The cursor stands at 1.2."""
    desk.refused("a page too early", [pages[3]], ["1.4"])
    desk.refused("another page under this name", [(pages[2][0], pages[3][1])],
                 [pages[2][0], "1.4"])
    desk.refused("a page of the other chain", [public[0]], ["publications"])
    code, _, _ = desk.pull([pages[0], ("lan-hai.htxpage", pages[0][1])])
    site.equal("a page once more, under two names: known already", (0, ["1", "2"]),
               (code, list(desk.bo.cursor()[:2])))
    code, _, _ = desk.pull([pages[i] for i in range(len(pages) - 1, -1, -1)])
    site.equal("in any order of arrival, they go in by theirs", (0, ["1", str(len(pages))]),
               (code, list(desk.bo.cursor()[:2])))


def tomorrow(site, desk, bo, pages, others, own):
    """What this release does not know stops this province alone."""
    name, good = pages[1]
    page = feed_pages.Page(good)
    page.records.insert(1, feed_pages.packed([(99, b"a record of tomorrow")]))
    before = desk.state()
    code, rows, err = desk.pull([(name, page.file(own)), *others])
    site.check("an unknown kind of record: page and reason, the cursor stays",
               rows["12"]["state"] == "stands" and "1.2" in rows["12"]["detail"] and
               desk.state()[0] == before[0], (code, rows, err))
    site.equal("and the other province goes on", ("ok", "1.%d" % len(others)),
               (rows["34"]["state"], rows["34"]["cursor"]))
    listed = {r["code"] if "code" in r else r["province"]: r
              for r in json.loads(bo.command("province", "list", "--json"))}
    site.check("province list says why it stands", "1.2" in json.dumps(listed["12"]), listed)
    page = feed_pages.Page(good)
    page.header[feed_pages.VERSION] = 99
    desk.refused("a page version of tomorrow", [(name, page.file(own))], [name, "version 99"])
    code, rows, err = desk.pull([pages[1]])
    site.equal("the right page goes in afterwards, and the reason is gone", ("ok", "1.2", False),
               (rows["12"]["state"], rows["12"]["cursor"], "1.2" in json.dumps(
                   [r for r in json.loads(bo.command("province", "list", "--json"))
                    if r.get("code", r.get("province")) == "12"][0].get("why", ""))))


def main():
    with flow.Site("feedbad") as site:
        province = site.province()
        pages = history(site, province)
        neighbour = Neighbour(site)
        site.daemons.append(neighbour.start())
        others = exported(site, neighbour, "trang-34")
        public = exported(site, province, "trang-cong", "--chain", "publications")
        own = feed_pages.key_of(os.path.join(province.state, "keys", "receipt.sign"))
        site.equal("our reading of a page packs to the same bytes", [d for _, d in pages],
                   [feed_pages.Page(d).file() for _, d in pages])
        bo = ministry.Ministry(site)
        desk = Desk(site, bo)
        bo.follow(os.path.join(province.state, "genesis.conf"))
        desk.refused("the second page before the first", [pages[1]], ["1.2"])
        page = feed_pages.Page(pages[0][1])
        kept = [r for r in page.records if feed_pages.fields_of(r)[0][0] != 5]
        if len(kept) < len(page.records):
            page.records = kept
            desk.refused("a catalogue without its bundle", [(pages[0][0], page.file(own))],
                         [pages[0][0], "1.1"])
        code, rows, err = desk.pull([pages[0]])
        site.equal("the first page goes in", (0, "ok", "1.1"),
                   (code, rows["12"]["state"], rows["12"]["cursor"]))
        desk.refused("a page of a province that nobody follows", [others[0]], [others[0][0]])
        forged(site, desk, pages, own)
        bo.follow(os.path.join(neighbour.state, "genesis.conf"))
        tomorrow(site, desk, bo, pages, others, own)
        misplaced(site, desk, pages, public)
        wrong, n = ministry.differences(province, bo)
        site.check("in the end the copy is the province, row by row (%d rows)" % n,
                   not wrong and n > 100, wrong)
        return site.summary()


if __name__ == "__main__":
    sys.exit(main())
