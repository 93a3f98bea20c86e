#!/usr/bin/python3
"""A log with a record of every kind: each typed row says what its record says, all rows come
out again from the records alone, bodies of earlier releases too; a kind that nobody knows is
refused."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import ministry
import rebuilt

PERIOD = "2025-S1"
HEAD = ("seed\tsection\tlevel\tarea_code\tarea\tperiod\tas_of\tkind\tindicator\tbreakdown\tqualifier"
        "\ttext\tvalue\tvalue_hi\tunit\tnote\n")
TAXES = [t for _, t in zip(range(6), flow.tax_numbers("106"))]


class Desk:
    """Commands of the province, with the keys of its people."""

    def __init__(self, site, province):
        self.site, self.province, self.run = site, province, province.command

    def file(self, name, text):
        path = os.path.join(self.site.dir, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def load(self, what, text, *more):
        self.run(what, "load", self.file(what + ".tsv", text), *more)

    def submit(self, capital):
        path = self.file("ds-%d.csv" % capital, flow.entity_list(
            "106", [(t, "HTX " + t, capital) for t in TAXES]))
        self.run("submit", path, "--for", "106", "--by", "dao", "--key", self.key, "--why",
                 "không có máy gửi", code=None)

    def position(self, where):
        return self.province.sql("select epoch || '.' || seq from report where %s order by epoch"
                                 " desc, seq desc limit 1" % where)[0][0]


def people_and_register(desk):
    run = desk.run
    desk.load("person", "code\tname\trole\ttitle\tkey\tvalid_from\tvalid_to\n"
              "dao\tTrần Thị Đào\tconsolidator\tChuyên viên\t\t2020-01-01\t\n"
              "mai\tLò Thị \"Mai\"\treader\t\t\t2020-01-01\t2030-12-31\n")
    desk.key = os.path.join(desk.site.dir, "dao.key")
    gone = run("keys", "new", os.path.join(desk.site.dir, "gone.key")).split()[-1]
    for public in (gone, run("keys", "new", desk.key).split()[-1]):
        run("keys", "enroll", "enroll desk=dao sign=" + public)
    run("keys", "revoke", gone, "--reason", "mất máy", "--by", "a")
    desk.load("unit", "code\tvalid_from\tvalid_to\tname\tkind\tparent\tact\treports\taliases\tfrom\n"
              "03388\t2025-07-01\t\tXã Bản Bo\tcommune\t12\tNghị quyết 1670\tno\tBản Bó\t106:part\n"
              "03390\t2025-07-01\t\tXã Khun Há\tcommune\t12\tNghị quyết 1670\tyes\t\t106:part\n")
    desk.load("entity", "subject\tas_of\tkind\tname\tsector\tunit\tunit_from\tcommune\tstate"
              "\tfounded\tdissolved\tconfirmed\n" + "".join(
                  "tax:%s\t\thtx\tHTX số %d\tagri\t106\t\tXã Bản Bo\tactive\t2019-0%d-01\t\tyes\n"
                  % (t, i, i + 1) for i, t in enumerate(TAXES)))
    run("entity", "event", TAXES[0], "--event", "renamed", "--on", "2025-02-01", "--name",
        "HTX Bản Bo \\ \"mới\"", "--act", "QĐ 12", "--note", "dòng 1", "--by", "dao")
    run("entity", "event", TAXES[1], "--event", "suspended", "--on", "2025-03-01", "--act", "QĐ 13",
        "--by", "dao")
    run("entity", "merge", TAXES[2], "--into", TAXES[3], "--why", "một HTX", "--by", "dao")
    run("entity", "unmerge", TAXES[2], "--why", "hai HTX khác nhau", "--by", "dao")
    desk.load("target", HEAD + "NQ 01\tI\ttỉnh\t12\tLai Châu\t2021-2025\t2025-12-31\ttarget\thtx.total"
              "\t\t\t\t400\t450\tHTX\tít nhất\nNQ 01\tI\ttỉnh\t12\tLai Châu\t2030\t\ttarget\tmember.total"
              "\t\t\tgấp đôi\t\t\tngười\t\n", "--by", "dao")
    desk.load("target", HEAD + "NQ 01\tI\ttỉnh\t12\tLai Châu\t2030\t\ttarget\tmember.total"
              "\t\t\tgấp ba\t\t\tngười\t\n", "--by", "dao")


def reports_and_words(desk):
    run = desk.run
    desk.submit(100)
    run("decide", desk.position("subject = 'tax:%s'" % TAXES[5]), "reject", "--why", "nhập nhầm",
        "--by", "dao")
    run("findings", "ask", desk.position("subject = 'tax:%s'" % TAXES[0]), "--note", "Vì sao?",
        "--by", "dao")
    run("period", "extend", PERIOD, "--unit", "107", "--until", "2025-06-20", "--why", "lũ quét",
        "--by", "dao")
    run("remind", PERIOD, "--unit", "107", "--by", "dao")


def closing(desk):
    run = desk.run
    a = os.path.join(desk.site.dir, "a.key")
    run("close", PERIOD, "--sign", a)
    run("close", PERIOD, "--withdraw", "--by", "a", "--why", "còn thiếu một huyện")
    desk.province.publish(PERIOD)
    desk.submit(300)
    held = desk.position("subject = 'tax:%s' and verdict = 'held'" % TAXES[4])
    run("decide", held, "count", "--why", "đối chiếu bản giấy", "--by", "dao", "--yes")
    run("issued", PERIOD, "--number-of-paper", "123/BC-STC", "--date", "2025-07-10", "--by", "a")
    desk.province.reopen(PERIOD)


OLDER = (  # bodies as earlier releases wrote them, and what the row must be
    ("unit", {"code": "900", "valid_from": "2004-01-01", "valid_to": None, "name": "Huyện cũ",
              "kind": "district", "parent": "12", "act": ""}, {"reports": True, "aliases": ""}),
    ("entity", {"subject": "tax:1", "kind": "htx", "name": "x", "sector": "", "unit": "106",
                "unit_from": "2004-01-01", "commune": "", "state": "active", "founded": None,
                "dissolved": None, "confirmed": True}, {"as_of": None}),
    ("catalogue", {"act": "activate", "version": 1, "hash": "ab"},
     {"person": "", "key": None, "signature": None}),
    ("key", {"use": "receipt", "public": "x"},
     {"unit": "", "unit_from": "1970-01-01", "revoked": False, "reason": ""}),
    ("notice", {"notice": "reminder", "unit": "106", "unit_from": "2004-01-01"},
     {"period": "", "about": None, "due": None, "text": "", "person": ""}),
)


def older(site, province):
    for kind, body, want in OLDER:
        rows = province.sql(
            "begin; insert into control values (1, 1000000, '%s', convert_to($b$%s$b$, 'UTF8'),"
            " decode(repeat('00', 32), 'hex'), ''); select act_apply(1, 1000000, 1000000);"
            " select to_jsonb(t) from %s t where t.seq = 1000000; rollback;"
            % (kind, json.dumps(body, ensure_ascii=False), kind))
        row = json.loads(rows[-1][0])
        site.equal("an older %s" % kind, want, {k: row[k] for k in want})
        site.equal("%s: all else as it says" % kind, [], rebuilt.owed(kind, body, row))


def copied(site, province):
    """What the ministry makes of the pages, all of them or those of publications alone."""
    of_chain = {"genesis": "", "person": "", "catalogue": "", "period": "", "unit": "", "lineage": "",
                "publication": "", "seal": "", "key": "where use in ('receipt', 'person')"}
    genesis = os.path.join(province.state, "genesis.conf")
    province.start()  # serve signs
    for chain in ("full", "publications"):
        pages = os.path.join(site.dir, "pages-" + chain)
        province.command("feed", "export", "--chain", chain, "-o", pages)
        bo = ministry.Ministry(site, "bo_" + chain)
        bo.command("province", "add", "--genesis", genesis, "--chain", chain)
        bo.command("pull", "--from", pages, "--once")
        if chain == "full":
            wrong, n = ministry.differences(province, bo)
            site.check("the ministry's copy is the province's, row by row", n > 100 and not wrong,
                       "%d rows: %s" % (n, wrong))
            continue
        for kind, where in of_chain.items():
            query = "select * from (select * from %s %s) x order by 1, 2, 3" % (
                rebuilt.TABLE.get(kind, kind), where)
            here = province.sql(query)
            site.check("publications alone: the rows of each %s" % kind,
                       here and here == bo.sql(query, "htx_12"), here[:1])
    province.kill()


def main():
    with flow.Site("acts") as site:
        province = site.province(units={"106": "", "107": "", "108": ""})
        desk = Desk(site, province)
        people_and_register(desk)
        reports_and_words(desk)
        closing(desk)
        kinds, again = rebuilt.check(site, province)
        code, known = rebuilt.kinds_in_code(), rebuilt.kinds_known()
        site.check("the sources' kinds are found", {"genesis", "unit", "decision", "seal",
                                                    "publication"} <= code, sorted(code))
        site.equal("act_apply knows every kind that is written", code, known & code)
        site.equal("and each is in this log", [], sorted(code - kinds - rebuilt.WITHOUT_ROWS))
        site.equal("no table was empty", [], sorted(t for t, (n, _) in again.items() if not n))
        copied(site, province)
        older(site, province)
        site.equal("a decision's effect is there", 1, province.number(
            "select count(*) from supersession s join decision d using (epoch, seq)"
            " where s.old = d.replaces and s.by = d.about"))
        site.equal("a confirmation holds the bytes of its proposal", 0, province.number(
            "select count(*) from seal c where c.act in ('close', 'reopen') and not exists (select"
            " from seal p where p.act like '%propose' and p.statement = c.statement)"))
        try:
            province.sql("begin; insert into control values (1, 1000000, 'lottery', '{}',"
                         " decode(repeat('00', 32), 'hex'), ''); select act_apply(1, 1, 1000000);")
            refused = ""
        except flow.Failed as e:
            refused = str(e)
        site.check("an unknown kind is refused by name and place",
                   'record 1.1000000: kind "lottery"' in refused, refused)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
