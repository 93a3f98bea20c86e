#!/usr/bin/python3
"""Decisions, with both programs: a conflict, what came after closing, a held withdrawal, a
report that should not count; the effect that is shown first is what then happens, the unit
hears of it, and its next revision goes on from there."""
import glob
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import ministry
import rebuilt

UNIT = "107"
PERIOD = "2025-S1"
TAXES = [t for _, t in zip(range(8), flow.tax_numbers(UNIT))]
KEY = "dung.key"


def bad(command, *argv):
    """The exit code of a command."""
    for code in (0, 1, 2, 64, 65, 69, 75, 78):
        try:
            command(*argv, code=code)
            return code
        except flow.Failed as e:
            if "exit " not in str(e):
                raise
    return None


def run(province, *argv):
    """Exit code and output of a command of the province."""
    for code in (0, 2):
        try:
            return code, province.command(*argv, code=code)
        except flow.Failed as e:
            failed = e
    raise failed


def sheet(capitals):
    """{tax number: capital} as a list of the unit."""
    return flow.entity_list(UNIT, [(t, "HTX " + t, c) for t, c in capitals.items()])


def row(province, where):
    """position, hash of the newest report."""
    return province.sql("select epoch || '.' || seq, encode(hash, 'hex') from report where "
                        + where + " order by epoch desc, seq desc limit 1")[0]


def of(tax, more="true"):
    return "subject = 'tax:%s' and %s" % (tax, more)


def capital(province, unit=None):
    """The roll-up's charter capital, in million đồng."""
    argv = ["rollup", PERIOD, "--vintage", "actual", "--json"] + (["--by", "unit"] if unit else [])
    for r in json.loads(province.command(*argv)):
        if r["indicator"] == "capital.charter" and r["breakdown"] == "" and \
                (unit is None or r["unit"] == unit):
            return int(r["value"])
    return None


def status(province):
    return {r["unit"]: r for r in json.loads(province.command("status", PERIOD, "--json"))}[UNIT]


def waiting(province):
    return json.loads(province.command("decide", "--held", PERIOD, "list", "--json"))


def told(c):
    found = []
    for path in sorted(glob.glob(os.path.join(c.inbox(UNIT), "thong-bao", "*-quyet-dinh-*.txt"))):
        with open(path, encoding="utf-8") as f:
            found.append(f.read())
    return found


def people(site, province):
    path = os.path.join(site.dir, "people.tsv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("code\tname\trole\ttitle\tvalid_from\tvalid_to\tkey\n"
                "an\tVũ Thị An\tconsolidator\tChuyên viên\t2020-01-01\t\t\n"
                "dung\tLê Văn Dũng\tconsolidator\tChuyên viên\t2020-01-01\t\t\n")
    province.command("person", "load", path)
    public = province.command("keys", "new", KEY).split()[0]
    province.command("keys", "enroll", "enroll desk=dung sign=" + public)


def machine(site, name):
    """One more collector of the unit; its batches are of an epoch of its own."""
    c = site.collector(name, [UNIT]).start()
    flow.wait("linked", lambda: " linked unit=" in c.logged(), 20)
    return c


WHY = ("--why", "Đối chiếu với bản giấy ngày 12/6", "--by", "an")


def answered(c, n):
    flow.wait("%d receipts" % n, lambda: len(c.receipts()) >= n, 20)


def heard(site, c, *words):
    """A decision lands in the unit's folder and says these words."""
    def there():
        return any(all(w in t for w in words) for t in told(c))
    try:
        flow.wait("the notice", there, 20)
    except flow.Failed:
        pass
    site.check("the unit reads it: " + words[0], there(), "\n".join(told(c)))


def conflict(site, province, c):
    """A second machine of the unit says something else under the same key."""
    second = machine(site, "b")
    second.drop(UNIT, "khac.csv", sheet({TAXES[0]: 150}))
    answered(second, 1)
    first, held = row(province, of(TAXES[0], "counts")), row(province, of(TAXES[0], "not counts"))
    site.equal("the other content is a conflict", "conflict",
               province.sql("select verdict from report where " + of(TAXES[0], "not counts"))[0][0])
    site.equal("it waits", [(held[0], "conflict")],
               [(w["position"], w["waits"]) for w in waiting(province)])
    site.equal("all that is held is not all that is in conflict", 65,
               bad(province.command, "decide", "--held", PERIOD, "count", *WHY))
    total = capital(province)
    site.equal("nobody decides without a reason", 64, bad(
        province.command, "decide", held[0], "count", "--by", "an"))
    site.equal("nor without a name", 65, bad(
        province.command, "decide", held[0], "count", "--why", "x", "--by", "ai"))
    site.equal("what counts is not counted again", 65, bad(
        province.command, "decide", first[0], "count", *WHY))
    province.command("decide", held[0], "count", *WHY)
    site.equal("the decided one counts in its place", total + 50, capital(province))
    site.equal("report list as well", [(first[0], False), (held[0], True)], [
        (r["position"], r["counts"] and not r["superseded"])
        for r in json.loads(province.command("report", "list", PERIOD, "--json"))
        if r["subject"] == "tax:" + TAXES[0]])
    site.check("findings do not say that it waits", any(
        "[%s]" % held[0] in line and "(counts by decision)" in line
        for line in province.command("findings", PERIOD, code=None).splitlines()))
    site.equal("nothing waits", ([], 0), (waiting(province), status(province)["conflicts"]))
    site.equal("the replaced one is decided about no more", 65, bad(
        province.command, "decide", first[0], "reject", *WHY))
    shown = json.loads(province.command("report", "show", held[0], "--json"))["conversation"]
    site.equal("report show tells it", [("decided_count", "Đối chiếu với bản giấy ngày 12/6"), ("decided_instead", first[1])],
               [(t["kind"], t["text"]) for t in shown])
    shown = json.loads(province.command("report", "show", first[0], "--json"))["conversation"]
    site.equal("of the replaced one too", [("decided_for", held[1])],
               [(t["kind"], t["text"]) for t in shown])
    heard(site, second, "báo cáo được tính vào số liệu tổng hợp", "Vũ Thị An",
          "Đối chiếu với bản giấy ngày 12/6", "HTX " + TAXES[0])
    # the next revision goes on from there
    second.drop(UNIT, "khac-2.csv", sheet({TAXES[0]: 175}))
    answered(second, 2)
    site.equal("its next revision replaces the decided one", [["warnings", "2", held[1]]],
               province.sql("select verdict, revision, encode(supersedes, 'hex') from report"
                            " where " + of(TAXES[0]) + " order by seq desc limit 1"))
    site.equal("and counts", total + 75, capital(province))
    # the first machine never heard of it: what it replaces is not the head
    c.drop(UNIT, "cu.csv", sheet({TAXES[0]: 111}))
    flow.wait("answered", lambda: province.number(
        "select count(*) from report where " + of(TAXES[0])) == 4, 20)
    site.equal("who replaces the old one does not replace the head", [["conflict"]],
               province.sql("select verdict from report where " + of(TAXES[0]) +
                            " order by seq desc limit 1"))
    province.command("decide", row(province, of(TAXES[0]))[0], "reject", *WHY)
    site.equal("rejected: it waits no more", ([], total + 75),
               (waiting(province), capital(province)))
    second.kill()


def rejected(site, province, c):
    """A report that counts is taken out, and let in again."""
    total = capital(province)
    it = row(province, of(TAXES[1], "counts"))
    province.command("decide", it[0], "reject", *WHY)
    site.equal("a rejected report counts no more", total - 101, capital(province))
    site.equal("explain says why", ["rejected"], [
        r["reason"] for r in json.loads(province.command(
            "explain", PERIOD, "capital.charter", "--unit", UNIT, "--json"))["left_out"]
        if r["name"] == "HTX " + TAXES[1]])
    heard(site, c, "báo cáo không được tính vào số liệu tổng hợp", "HTX " + TAXES[1])
    site.equal("not twice", 65, bad(province.command, "decide", it[0], "reject", *WHY))
    province.command("decide", it[0], "count", *WHY)
    site.equal("it counts again", total, capital(province))


def by_desk(*more):
    return ("--why", "Theo công văn 45 của đơn vị", "--by", "dung", "--key", KEY, *more)


def corrected(site, province, c):
    """The desk's correction, while the period is open."""
    total = capital(province)
    it = row(province, of(TAXES[6], "counts"))
    for words, code in ((("--set", "capital.charter=1,100"), 65), (("--set", "nothing=1"), 65),
                        (("--set", "capital.charter"), 65), (("--set", "capital.charter:x=1"), 65),
                        (("--set", "capital.charter=106 triệu"), 65),
                        (("--set", "capital.charter=5 ha"), 65), ((), 64)):
        site.equal("refused: " + " ".join(words), code, bad(
            province.command, "correct", it[0], *words, *by_desk()))
    site.equal("nothing came of it", total, capital(province))
    out = province.command("correct", it[0], "--set", "capital.charter=0,206 tỷ", *by_desk())
    site.check("what was and what is", "106 -> 206" in out, out)
    site.equal("the correction counts in its place", total + 100, capital(province))
    new = row(province, of(TAXES[6], "channel = 'on_behalf'"))
    site.equal("it names what it corrects", [[it[1], "Theo công văn 45 của đơn vị", "dung"]], [
        [r["supersedes"], r["reason"], r["source"]["maker"]] for r in [json.loads(
            province.command("report", "show", new[0], "--json"))]])
    old = json.loads(province.command("report", "show", it[0], "--json"))
    fresh = json.loads(province.command("report", "show", new[0], "--json"))
    differ = [(a["indicator"], a["value"], b["value"]) for a, b in zip(
        old["observations"], fresh["observations"]) if a["value"] != b["value"]]
    site.equal("all other cells are the unit's", (len(old["observations"]), [
        ("capital.charter", "106", "206")]), (len(fresh["observations"]), differ))
    site.equal("both tell the chain", [("decided_for", new[1]), ("decided_instead", it[1])], [
        (t["kind"], t["text"]) for r in (old, fresh) for t in r["conversation"]
        if t["kind"].startswith("decided_") and t["kind"] != "decided_count"])
    lines = json.loads(province.command("explain", PERIOD, "capital.charter", "--unit", UNIT,
                                        "--json"))
    site.check("explain shows its cells", any(l["position"] == new[0] for l in lines["lines"]) and
               not any(l["position"] == it[0] for l in lines["lines"]), lines)
    site.equal("why the old one is out, and for which report", [("superseded", new[0])], [
        (l["reason"], l["other"]) for l in lines["left_out"] if l["position"] == it[0]])
    heard(site, c, "tỉnh điều chỉnh", "Theo công văn 45 của đơn vị", "106 -> 206", "Lê Văn Dũng")
    n = len(c.receipts())
    c.drop(UNIT, "nhu-cu.csv", sheet({TAXES[6]: 106}))
    flow.wait("taken", lambda: not os.listdir(c.inbox(UNIT)) or not any(
        e.is_file() for e in os.scandir(c.inbox(UNIT))), 20)
    c.drop(UNIT, "tiep.csv", sheet({TAXES[6]: 306}))
    answered(c, n + 1)
    site.equal("the old file says nothing new, the next revision replaces the desk's", [
        ["warnings", new[1]]], province.sql(
            "select verdict, encode(supersedes, 'hex') from report where " +
            of(TAXES[6], "revision > 1 and channel = 'territorial'")))
    site.equal("and counts", total + 200, capital(province))
    # the desk again, over its own chain
    it = row(province, of(TAXES[6], "channel = 'territorial' and counts"))
    province.command("correct", it[0], "--set", "capital.charter=406", *by_desk())
    site.equal("corrected once more", total + 300, capital(province))
    newest = row(province, of(TAXES[6], "channel = 'on_behalf'"))
    province.command("correct", newest[0], "--set", "capital.charter=506", *by_desk())
    site.equal("and the correction itself", total + 400, capital(province))
    site.equal("what was replaced is not corrected", 65, bad(
        province.command, "correct", it[0], "--set", "capital.charter=1", *by_desk()))
    site.equal("nothing that says the same", 65, bad(
        province.command, "correct", row(province, of(TAXES[6], "channel = 'on_behalf'"))[0],
        "--set", "capital.charter=506", *by_desk()))
    newest = row(province, of(TAXES[6], "channel = 'on_behalf'"))
    heard(site, c, "tỉnh điều chỉnh", "406 -> 506", "tiep.csv")
    n = len(c.receipts())
    c.drop(UNIT, "tiep-nua.csv", sheet({TAXES[6]: 606}))
    answered(c, n + 1)
    site.equal("the unit heard of that too: its next revision replaces it", [
        ["warnings", newest[1]]], province.sql(
            "select verdict, encode(supersedes, 'hex') from report where " +
            of(TAXES[6], "channel = 'territorial' order by seq desc limit 1")))
    site.equal("and counts in its place", total + 500, capital(province))
    site.equal("who is not of the desk corrects nothing", 65, bad(
        province.command, "correct", newest[0], "--set", "capital.charter=1", "--why", "x",
        "--by", "an", "--key", "a.key"))


def corrected_closed(site, province, c):
    """The same after closing: first the effect, then --yes."""
    it = row(province, of(TAXES[7], "counts"))
    before = {k: capital(province, k) for k in (None, UNIT)}
    reports = province.number("select count(*) from report")
    words = ("correct", it[0], "--set", "capital.charter=1.107", "--set", "member.total=12")
    code, out = run(province, *words, *by_desk("--json"))
    shown = json.loads(out)
    site.equal("the effect, and nothing written", (2, reports, before), (
        code, province.number("select count(*) from report"),
        {k: capital(province, k) for k in (None, UNIT)}))
    moved = {t["indicator"] for t in shown["totals"] if t["by"] == "-"}
    site.check("both figures move", {"capital.charter", "member.total"} <= moved, moved)
    code, again = run(province, *words, *by_desk("--json", "--yes"))
    site.equal("--yes writes what was shown", (0, shown), (code, json.loads(again)))
    site.equal("to what was shown", {k: capital(province, k) for k in (None, UNIT)}, {
        t["unit"] or None: int(t["to"]) for t in shown["totals"]
        if t["indicator"] == "capital.charter" and t["by"] in ("-", "u")})
    site.equal("1.000 more", before[None] + 1000, capital(province))
    site.equal("it was held first", [["held"]], province.sql(
        "select verdict from report where " + of(TAXES[7], "channel = 'on_behalf'")))
    heard(site, c, "tỉnh điều chỉnh", "107 -> 1.107", "HTX " + TAXES[7])
    n = len(c.receipts())
    c.drop(UNIT, "tiep-2.csv", sheet({TAXES[7]: 1108}))
    answered(c, n + 1)
    site.equal("the unit's next revision replaces it, held", [["held", row(
        province, of(TAXES[7], "channel = 'on_behalf'"))[1]]], province.sql(
            "select verdict, encode(supersedes, 'hex') from report where " +
            of(TAXES[7], "channel = 'territorial' and revision > 1")))


def close(site, province):
    province.publish(PERIOD)


def effect(site, province, c, position, act="count"):
    """Shown without --yes, written with it: what was shown is what happens."""
    tip = province.sql("select max(number), max(last_seq) from commit")
    before = {k: capital(province, k) for k in (None, UNIT)}
    code, out = run(province, "decide", position, act, "--json", *WHY)
    shown = json.loads(out)
    site.equal("in a closed period the effect is shown first", 2, code)
    site.equal("and nothing is written", (tip, 0), (
        province.sql("select max(number), max(last_seq) from commit"), province.number(
            "select count(*) from decision where seq > (select max(last_seq) from commit)")))
    told_of = {t["unit"] or None: t for t in shown["totals"]
               if t["indicator"] == "capital.charter" and t["by"] in ("-", "u")}
    site.equal("from what counts now", before, {k: int(t["from"]) for k, t in told_of.items()})
    site.equal("publications are named", [(PERIOD, "actual", 1)], [
        (p["period"], p["vintage"], p["number"]) for p in shown["publications"]])
    code, again = run(province, "decide", position, act, "--json", "--yes", *WHY)
    site.equal("--yes writes, and shows the same", (0, shown), (code, json.loads(again)))
    site.equal("to what counts then", {k: capital(province, k) for k in (None, UNIT)},
               {k: int(t["to"]) for k, t in told_of.items()})
    site.check("the publication stays as it was", "DIFFERENT" not in province.command(
        "publish", "--verify", PERIOD, "--number", "1"))
    return shown


def held(site, province, c):
    total = capital(province)
    answers = len(c.receipts())
    c.drop(UNIT, "sau.csv", sheet({TAXES[2]: 502}))
    answered(c, answers + 1)
    it = row(province, of(TAXES[2]))
    site.equal("after closing it is held", ("held", 1, total), (
        province.sql("select verdict from report where " + of(TAXES[2]) +
                     " order by seq desc limit 1")[0][0],
        status(province)["held"], capital(province)))
    effect(site, province, c, it[0])
    site.equal("it counts, and waits no more", (total + 400, 0),
               (capital(province), status(province)["held"]))
    heard(site, c, "được tính", "HTX " + TAXES[2])
    said = [f for f in json.loads(province.command("findings", PERIOD, "--json", code=None))
            if f["position"] == it[0]]
    site.equal("findings tells the decision, and PERIOD_SEALED is settled by it",
               [("PERIOD_SEALED", "accepted"), ("conversation", "")],
               sorted((f["code"], f["state"]) for f in said if f["remark"] == "decide_count"))
    text = province.command("decide", row(province, of(TAXES[3]))[0], "reject", *WHY, code=2)
    site.check("people read it in a table", "Registered charter capital" in text and "Publications touched" in text, text)
    # the same content again, by another machine: a duplicate of what was let in
    third = machine(site, "d")
    third.drop(UNIT, "sau.csv", sheet({TAXES[2]: 502}))
    answered(third, 1)
    # the next revision is held as well, and replaces what was let in
    c.drop(UNIT, "sau-2.csv", sheet({TAXES[2]: 602}))
    answered(c, answers + 2)
    site.equal("the next revision goes on from the decided one", [["held", it[1]]], province.sql(
        "select verdict, encode(supersedes, 'hex') from report where " + of(TAXES[2]) +
        " and supersedes is not null order by revision desc, seq desc limit 1"))
    third.kill()


def all_that_waits(site, province, c):
    """Held reports and a held withdrawal, in one commit."""
    hashes = {r["hash"]: r for r in c.reports()}
    gone = row(province, of(TAXES[4], "counts"))
    site.check("it is the unit's", gone[1] in hashes)
    c.command("withdraw", gone[1], "--reason", "HTX thuộc huyện khác")
    flow.wait("the withdrawal is held", lambda: any(
        w["waits"] == "withdrawal" for w in waiting(province)), 20)
    waits = waiting(province)
    total = capital(province)
    site.check("several wait", len(waits) > 1, waits)
    commits = province.number("select count(*) from commit where control")
    code, out = run(province, "decide", "--held", PERIOD, "--unit", UNIT, "count", "--json", *WHY)
    site.equal("the effect of all of them", 2, code)
    to = [int(t["to"]) for t in json.loads(out)["totals"]
          if t["indicator"] == "capital.charter" and t["by"] == "-"]
    province.command("decide", "--held", PERIOD, "--unit", UNIT, "count", "--yes", *WHY)
    site.equal("one commit", commits + 1,
               province.number("select count(*) from commit where control"))
    site.equal("as was shown", to, [capital(province)])
    site.check("the withdrawal took a report out", province.number(
        "select count(*) from supersession s join answer a on a.hash = s.by") == 1)
    site.equal("nothing waits", [], waiting(province))
    site.equal("nobody counts twice", [], province.sql(
        "select subject, count(*) from report_at('nd09', '%s', 'actual', 1, 1000000)"
        " group by 1 having count(*) > 1" % PERIOD))
    flow.wait("the unit hears of the withdrawal", lambda: any(
        "việc thu hồi có hiệu lực" in t for t in told(c)), 20)
    site.check("it moved", total != capital(province))


def copied(site, province):
    """What was in conflict or held and counts by decision: the ministry has it as well."""
    pages = os.path.join(site.dir, "pages")
    flow.wait("signatures", lambda: province.number(
        "select count(*) from commit c left join commit_signature s using (epoch, number)"
        " where s.key is null") == 0)
    province.command("feed", "export", "--chain", "full", "-o", pages)
    province.command("feed", "verify")
    bo = ministry.Ministry(site)
    bo.follow(os.path.join(province.state, "genesis.conf"))
    bo.command("pull", "--from", pages)
    wrong, rows = ministry.differences(province, bo)
    site.check("the ministry's copy is the province's (%d rows)" % rows,
               not wrong and rows > 100, wrong)
    site.equal("and adds up the same", capital(province), capital(bo))


def main():
    with flow.Site("decide") as site:
        province = site.province().start()
        people(site, province)
        c = site.collector("a", [UNIT]).start()
        c.drop(UNIT, "ds.csv", sheet({t: 100 + i for i, t in enumerate(TAXES)}))
        answered(c, len(TAXES))
        conflict(site, province, c)
        rejected(site, province, c)
        corrected(site, province, c)
        close(site, province)
        held(site, province, c)
        corrected_closed(site, province, c)
        all_that_waits(site, province, c)
        site.check("the publication recomputes to its bytes", "DIFFERENT" not in
                   province.command("publish", "--verify", PERIOD, "--number", "1"))
        rebuilt.check(site, province)
        copied(site, province)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
