#!/usr/bin/python3
"""A period is closed, published, reopened by two people over the same bytes: every attempt
of one person alone is refused and stands in the audit; what arrives behind the proposal is
held while serve runs; a proposal lapses; an estimate closes nothing of the actual; kill -9
between the steps."""
import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import flow  # noqa: E402
import rebuilt  # noqa: E402

PERIOD, SCHEME = "2025-S1", "nd09"


class Office:
    """Commands of the province's people, how they end, and what the audit says of it."""

    def __init__(self, site, province):
        self.site, self.province = site, province
        self.attempts = 0

    def key(self, who):
        return os.path.join(self.site.dir, who + ".key")

    def run(self, *argv, **env):
        return subprocess.run([os.path.join(flow.BIN, "htx-aggregator"), "-c", self.province.conf,
                               *argv], capture_output=True, text=True, cwd=self.site.dir,
                              env=dict(os.environ, LC_ALL="vi_VN.UTF-8", **env), timeout=60,
                              check=False)

    def sign(self, command, who, *argv, **env):
        return self.run(command, PERIOD, "--sign", self.key(who), *argv, **env)

    def refused(self, name, reason, *argv, code=65):
        """It fails, changes nothing, says why and leaves a line in the audit."""
        before = self.records()
        p = self.run(*argv)
        self.site.equal(name + ": refused", (code, before), (p.returncode, self.records()))
        self.attempts += 1
        lines = self.province.sql("select what, detail from audit where what like '%_refused'"
                                  " order by number")
        word = re.search(r"reason=(\S+)", lines[-1][1]).group(1) if lines else ""
        self.site.equal(name + ": in the audit", (self.attempts, argv[0] + "_refused", reason),
                        (len(lines), lines[-1][0] if lines else "", word))
        return p

    def refused_key(self, name, reason, command, who, *argv, code=65):
        return self.refused(name, reason, command, PERIOD, "--sign", self.key(who), *argv,
                            code=code)

    def records(self):
        return self.province.number("select count(*) from control")

    def show(self, command="close", vintage="actual"):
        return json.loads(self.province.command(command, PERIOD, "--vintage", vintage, "--show",
                                                "--json"))

    def state(self, vintage="actual"):
        rows = self.province.sql("select state, number from seal_now where period = '%s'"
                                 " and vintage = '%s'" % (PERIOD, vintage))
        return " ".join(rows[0]) if rows else "open"

    def age(self, hours):
        """The newest proposal's commit is so many hours older; serve hears of it by an act."""
        self.province.sql(
            "update commit set at = at - interval '%d hours' where (epoch, first_seq) ="
            " (select epoch, seq from seal_pending)" % hours)
        self.act()

    def act(self):
        """Any record: a reader more."""
        path = os.path.join(self.site.dir, "reader.tsv")
        with open(path, "w", encoding="utf-8") as f:
            f.write("code\tname\trole\tvalid_from\nr%d\tNgười đọc\treader\t2020-01-01\n"
                    % self.records())
        self.province.command("person", "load", path)


def people(office, province):
    """Consolidators d and g with one key, a reader, one who has left, one not there yet."""
    for who in ("d", "reader", "left", "later", "stranger"):
        province.command("keys", "new", office.key(who))

    def public(who):
        with open(office.key(who), encoding="ascii") as f:
            return f.read().split()[1]
    path = os.path.join(office.site.dir, "people.tsv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("code\tname\trole\ttitle\tkey\tvalid_from\tvalid_to\n")
        for row in (("d", "Lý Thị Dào", "consolidator", public("d"), "2020-01-01", ""),
                    ("g", "Vừ A Giống", "consolidator", public("d"), "2020-01-01", ""),
                    ("reader", "Người Đọc", "reader", public("reader"), "2020-01-01", ""),
                    ("left", "Đã Nghỉ", "leader", public("left"), "2020-01-01", "2025-06-15"),
                    ("later", "Sẽ Đến", "leader", public("later"), "2025-07-01", "")):
            f.write("%s\t%s\t%s\t\t%s\t%s\t%s\n" % row)
    province.command("person", "load", path)
    return public


def sheet(unit, first, vintage="thực hiện"):
    taxes = [flow.tax_number(unit, i) for i in range(first, first + 40)]
    rows = [(t, "HTX %s" % t, 100) for t in [t for t in taxes if t][:3]]
    return flow.entity_list(unit, rows).replace("Loại số liệu: thực hiện",
                                                "Loại số liệu: " + vintage)


def verdicts(province, unit, vintage="actual"):
    rows = province.sql("select verdict, count(*) from report where unit = '%s' and vintage = '%s'"
                        " group by 1 order by 1" % (unit, vintage))
    return {r[0]: int(r[1]) for r in rows}


def nobody_alone(site, office):
    """Nothing is proposed yet."""
    office.refused_key("a reader", "role", "close", "reader")
    office.refused_key("one who has left", "not_valid", "close", "left")
    office.refused_key("one who is not there yet", "not_valid", "close", "later")
    office.refused_key("a key of nobody", "unknown_key", "close", "stranger")
    office.refused_key("two people with one key", "person", "close", "d")
    office.refused_key("the key of another one", "person", "close", "a", "--by", "b")
    with open(office.key("broken"), "w", encoding="ascii") as f:
        f.write("no key\n")
    office.refused_key("a file without a key", "key_file", "close", "broken", code=78)
    office.refused("an unknown period", "period", "close", "2099-S1", "--sign", office.key("a"))
    office.refused("an open period", "state", "publish", PERIOD, "--by", "a")
    office.refused("an open period is not reopened", "state", "reopen", PERIOD, "--vintage",
                   "actual", "--why", "x", "--sign", office.key("a"))
    office.refused("nothing to take back", "state", "close", PERIOD, "--withdraw", "--why", "x",
                   "--by", "a")
    office.refused("a paper without publication", "state", "issued", PERIOD, "--vintage", "actual",
                   "--number-of-paper", "1/BC", "--date", "2025-07-01", "--by", "a")
    site.equal("a key is needed", 64, office.run("close", PERIOD).returncode)
    site.equal("nobody signs for two", 64, office.sign("close", "a", "--sign", office.key("b")).returncode)
    site.equal("still open", "open", office.state())


def between(site, office, province, c):
    """What arrives between proposal and confirmation is held; so is a withdrawal."""
    preview = office.show()
    site.equal("a preview", (True, "open", 1), (preview["preview"], preview["state"],
                                                preview["seal_number"]))
    p = office.sign("close", "a")
    site.equal("the first person proposes", 0, p.returncode)
    for part in ("Huyện Mường Tè", "mã băm", "đơn vị phải báo cáo: 8, đã gửi: 1",
                 "báo cáo được tính: 3", "cần giải trình", "ENTITY_UNKNOWN"):
        site.check("who signs sees: " + part, part in p.stdout, p.stdout)
    shown = office.show()
    site.equal("shown to the second", ("proposed", 1, "a", 7, 3), (
        shown["state"], shown["number"], shown["proposed_by"], len(shown["missing"]),
        len(shown["warnings"])))
    site.equal("the same totals", preview["totals"], shown["totals"])
    office.refused_key("one person twice", "same_person", "close", "a")
    c.drop("107", "sau.csv", sheet("107", 1))
    gone = [r["hash"] for r in c.reports() if r["unit"] == "106" and r["vintage"] == "actual"][0]
    c.command("withdraw", gone, "--reason", "nhầm")
    flow.settled(site, [c])
    site.equal("a report behind the proposal is held", {"held": 3}, verdicts(province, "107"))
    site.equal("and a withdrawal", "held", province.sql(
        "select verdict from answer where withdraw")[0][0])
    c.drop("107", "uoc.csv", sheet("107", 1, "ước thực hiện"))
    flow.settled(site, [c])
    site.equal("the estimate is another matter", {"warnings": 3},
               verdicts(province, "107", "estimate"))
    waiting = office.show()["held"]
    site.equal("what waits is listed", ["report"] * 3 + ["withdrawal"],
               sorted(h["what"] for h in waiting))
    return waiting


def lapses(site, office, province, c):
    """After 72 hours nobody confirms; new reports are taken, the held ones are listed."""
    office.age(71)
    site.equal("after 71 hours it stands", "proposed 1", office.state())
    office.age(1)
    site.equal("after 72 it does not", "open", office.state())
    office.refused_key("confirming what lapsed", "lapsed", "close", "b")
    site.equal("shown as lapsed", (True, "open", 4), (
        office.show()["lapsed"], office.show()["state"], len(office.show()["held"])))
    c.drop("107", "moi.csv", sheet("107", 60))
    flow.settled(site, [c])
    site.equal("new reports are taken", {"held": 3, "warnings": 3}, verdicts(province, "107"))


def taken_back(site, office, province, c):
    site.equal("proposed again", 0, office.sign("close", "a").returncode)
    office.refused("without a reason", "no_reason", "close", PERIOD, "--withdraw", "--by", "b")
    office.refused("by a reader", "role", "close", PERIOD, "--withdraw", "--why", "x", "--by",
                   "reader")
    p = office.run("close", PERIOD, "--withdraw", "--why", "chờ huyện Than Uyên", "--by", "b")
    site.equal("taken back", (0, "open"), (p.returncode, office.state()))
    site.check("who waits is said", "Huyện Mường Tè" in p.stdout, p.stdout)
    c.drop("107", "nua.csv", sheet("107", 120))
    flow.settled(site, [c])
    site.equal("reports are taken again", {"held": 3, "warnings": 6}, verdicts(province, "107"))


def same_bytes(site, office, province, public):
    """The second signature is one over the very same text."""
    site.equal("d proposes", 0, office.sign("close", "d", "--by", "d").returncode)
    office.refused_key("the same key under another name", "same_key", "close", "d", "--by", "g")
    province.sql("update report set value[1] = value[1] + 1 where seq = (select min(seq) from report"
                 " where unit = '106' and vintage = 'actual' and value[1] is not null)")
    office.refused_key("other figures now", "differs", "close", "a")
    province.sql("update report set value[1] = value[1] - 1 where seq = (select min(seq) from report"
                 " where unit = '106' and vintage = 'actual' and value[1] is not null)")
    text = province.sql("select encode(statement, 'hex') from seal where act = 'propose'"
                        " order by seq desc limit 1")[0][0]
    province.sql("update seal set statement = statement || 'x' where statement = '\\x%s'" % text)
    office.refused_key("another text now", "differs", "close", "a")
    province.sql("update seal set statement = '\\x%s' where statement = '\\x%s78'" % (text, text))
    province.command("keys", "revoke", public("d"), "--reason", "mất máy", "--by", "a")
    office.refused_key("the proposer's key was revoked", "revoked", "close", "a")
    office.refused_key("a revoked key", "revoked", "close", "d", "--by", "d")
    site.equal("taken back", 0, office.run("close", PERIOD, "--withdraw", "--why", "khóa bị thu hồi",
                                           "--by", "a").returncode)


def killed(site, office):
    """kill -9 between the steps: a step is done or it is not."""
    for step, who, at, state in (
            ("close", "a", "close.before_propose", "open"),
            ("close", "a", "close.after_propose", "proposed 1"),
            ("close", "b", "close.before_confirm", "proposed 1"),
            ("close", "b", "close.after_confirm", "closed 1")):
        code = office.sign(step, who, HTX_CRASH_AT=at).returncode
        site.equal("killed at " + at, (137, state), (code, office.state()))
    for at, number in (("publish.before_commit", 0), ("publish.after_commit", 1)):
        code = office.run("publish", PERIOD, "--by", "a", HTX_CRASH_AT=at).returncode
        site.equal("killed at " + at, (137, number), (code, office.province.number(
            "select count(*) from publication where vintage = 'actual'")))


def closed(site, office, province, c):
    two = province.sql("select s.person, encode(s.key, 'hex') <> encode(f.key, 'hex'),"
                       " s.statement = f.statement from seal s join seal f on f.act = 'propose'"
                       " and f.statement = s.statement where s.act = 'close'"
                       " and s.vintage = 'actual'")
    site.equal("two keys, the same bytes", [["b", "t", "t"]], two)
    p = office.run("publish", "--verify", PERIOD)
    site.equal("publication and seal verify", 0, p.returncode)
    site.check("with both names", "hai chữ ký xác nhận: khớp (a, b)" in p.stdout, p.stdout)
    office.refused_key("a closed period", "state", "close", "a")
    office.refused("published already", "state", "publish", PERIOD, "--by", "a")
    office.refused("published by a reader", "role", "publish", PERIOD, "--by", "reader")
    c.drop("106", "tre.csv", sheet("106", 60))
    flow.settled(site, [c])
    site.equal("held after closing", 3, verdicts(province, "106").get("held"))
    p = office.run("issued", PERIOD, "--number-of-paper", "123/BC-STC", "--date", "2025-07-10",
                   "--by", "a")
    site.equal("issued", 0, p.returncode)
    site.check("number and date", "123/BC-STC" in p.stdout and "10/07/2025" in p.stdout, p.stdout)
    office.refused("no date", "argument", "issued", PERIOD, "--number-of-paper", "1", "--date",
                   "10.7.2025", "--by", "a")
    site.equal("beside the sealed bytes", 0, office.run("publish", "--verify", PERIOD).returncode)
    p = office.run("status", PERIOD)
    site.check("status says so", "123/BC-STC" in p.stdout and "đã khóa lần 1" in p.stdout, p.stdout)


def reopened(site, office, province, c):
    office.refused_key("reopening without a reason", "no_reason", "reopen", "a")
    office.refused_key("a blank is no reason", "no_reason", "reopen", "a", "--why", "  ")
    office.refused_key("reopening by a reader", "role", "reopen", "reader", "--why", "x")
    why = "Huyện Mường Tè gửi bổ sung"
    p = office.sign("reopen", "a", "--why", why)
    site.equal("proposed", (0, "closed 1"), (p.returncode, office.state()))
    site.check("the reason is signed", why in p.stdout, p.stdout)
    office.refused_key("one person reopens", "same_person", "reopen", "a", "--why", why)
    site.equal("proposed is not open: held", True, office.show("reopen")["reopening"])
    office.age(72)
    office.refused_key("a lapsed reopening", "lapsed", "reopen", "b", "--why", why)
    site.equal("proposed again", 0, office.sign("reopen", "a", "--why", why).returncode)
    site.equal("taken back", 0, office.run("reopen", PERIOD, "--withdraw", "--why", "nhầm", "--by",
                                           "a").returncode)
    for who, at, state in (("a", "close.after_propose", "closed 1"),
                           ("b", "close.before_confirm", "closed 1")):
        code = office.sign("reopen", who, "--why", why, HTX_CRASH_AT=at).returncode
        site.equal("killed at " + at, (137, state), (code, office.state()))
    office.refused_key("a reason that the other one did not sign", "differs", "reopen", "b", "--why",
                       "khác")
    site.equal("another one confirms", (0, "open"),
               (office.sign("reopen", "b").returncode, office.state()))
    c.drop("108", "bs.csv", sheet("108", 1))
    flow.settled(site, [c])
    site.equal("reports are taken again", {"warnings": 3}, verdicts(province, "108"))
    province.publish(PERIOD, "actual")
    site.equal("number 2", "closed 2", office.state())
    for number in "1", "2":
        p = office.run("publish", "--verify", PERIOD, "--number", number)
        site.check("number %s and its seal verify" % number,
                   p.returncode == 0 and "khớp (a, b)" in p.stdout, p.stdout + p.stderr)
    site.equal("other totals", "2", province.sql(
        "select count(distinct hash) from publication where vintage = 'actual'")[0][0])
    sql = "update seal set signature = set_byte(signature, 0, get_byte(signature, 0) # 1)" \
          " where act = 'close' and number = 1 and vintage = 'actual'"
    province.sql(sql)
    site.equal("a damaged signature is noticed", 1,
               office.run("publish", "--verify", PERIOD, "--number", "1").returncode)
    province.sql(sql)


def estimate(site, office, province, c):
    """June's estimate is closed by itself."""
    province.publish(PERIOD, "estimate")
    site.equal("the estimate is closed, the actual is not", ("closed 1", "open"),
               (office.state("estimate"), office.state()))
    c.drop("106", "that.csv", sheet("106", 1))
    flow.settled(site, [c])
    site.equal("the actual is taken", {"warnings": 3}, verdicts(province, "106"))
    c.drop("106", "uoc2.csv", sheet("106", 60, "ước thực hiện"))
    flow.settled(site, [c])
    site.equal("the estimate is held", {"held": 3, "warnings": 3},
               verdicts(province, "106", "estimate"))
    province.reopen(PERIOD, "estimate", "chờ số liệu của 107")


def older_release(site, office, province):
    """A publication without seals closes its period as it always did."""
    province.sql("insert into publication select 1, 1, scheme, '2024', vintage, 1, as_epoch,"
                 " as_seq, method, catalogue, totals, hash, missing from publication limit 1")
    site.equal("closed", [["closed", "1"]], province.sql(
        "select state, number from seal_now where period = '2024'"))
    vintage = province.sql("select vintage from seal_now where period = '2024'")[0][0]
    for who in ("a", "b"):
        p = office.run("reopen", SCHEME + ":2024", "--vintage", vintage, "--why", "bổ sung",
                       "--sign", office.key(who))
        site.equal("reopened by " + who, (0, ""), (p.returncode, p.stderr))
    site.equal("open", [], province.sql("select state from seal_now where period = '2024'"))
    province.sql("delete from publication where period = '2024'")


# ---- the audit --------------------------------------------------------------------------

def kinds_in_code():
    """Kinds of control records and of audit lines, as the sources write them."""
    kinds = rebuilt.kinds_in_code()
    for path in glob.glob(os.path.join(flow.ROOT, "aggregator", "**", "*.c"), recursive=True):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for pattern in (r'->audit\([^;]*?, "([a-z_]+)"', r'\.audit\([^;]*?, "([a-z_]+)"',
                        r'audit_append\([^;]*?, "([a-z_]+)", sum'):
            kinds |= set(re.findall(pattern, text))
        for pattern in (r'\.command = reopen \? "([a-z]+)" : "([a-z]+)"', r'\.command = "([a-z]+)"'):
            for found in re.findall(pattern, text):
                kinds |= {w + "_refused" for w in ([found] if isinstance(found, str) else found)}
    return kinds


def audit(site, office, province):
    with open(os.path.join(flow.ROOT, "aggregator", "acts", "audit_words.c"), encoding="utf-8") as f:
        source = f.read()
    words = set(re.findall(r'\{"([a-z_]+)", (?:NULL|"[a-z_]+"), ', source[source.index("WORDS[]"):]))
    kinds = kinds_in_code()
    site.check("the sources' kinds are found", {"seal", "publication", "unit", "person", "notice",
               "genesis", "key", "batch_rejected", "close_refused", "issued_refused",
               "more_not_listed"} <= kinds, sorted(kinds))
    site.equal("every kind has its words", [], sorted(kinds - words))
    used = set(re.findall(r"\{([a-z_]+)\}", source[source.index("WORDS[]"):]))
    fields = set(re.findall(r'"([a-z_]+)"', source[source.index("AUDIT_FIELDS[] = {"):
                                                   source.index("AUDIT_FIELDS_N")]))
    site.equal("every field of a sentence is read", [], sorted(used - fields))
    lines = json.loads(province.command("audit", "list", "--json"))
    site.equal("every act is listed, and every attempt",
               office.records() + province.number("select count(*) from audit"), len(lines))
    site.equal("in the order of time", lines, sorted(lines, key=lambda x: x["at"]))
    bad = [x for x in lines for t in (x["text_vi"], x["text_en"])
           if re.search(r"\{(?:%s)\}|—|^$" % "|".join(fields), t)]
    site.equal("all in words", [], bad[:3])
    site.equal("the acts of closing", {"propose", "withdraw", "close", "reopen_propose",
                                       "reopen_withdraw", "reopen", "issue"},
               {x["act"] for x in lines if x["what"] == "seal"})
    texts = province.command("audit", "list", PERIOD, "--person", "d", "--json")
    told = [x["text_vi"] for x in json.loads(texts)]
    site.check("by period and person", any(
        t.startswith("Lý Thị Dào (d) ký đề nghị khóa kỳ nd09:2025-S1 (thực hiện), lần 1") for t in told)
        and all("Dào" in t for t in told), told)
    site.check("with what was refused", any("khóa xác thực đã bị thu hồi" in t for t in told), told)
    unit = json.loads(province.command("audit", "list", "--unit", "107", "--json"))
    site.check("by unit", unit and all(x["unit"] in ("107", "") for x in unit), unit[:3])
    site.equal("until yesterday: nothing", [], json.loads(province.command(
        "audit", "list", "--until", "2020-01-01", "--json")))
    p = office.run("audit", "list", PERIOD)
    site.check("for people", "C (c)" not in p.stdout and "một người không được làm cả hai bước"
               in p.stdout, p.stdout[:2000])
    site.equal("a bad day", 64, office.run("audit", "list", "--since", "hôm qua").returncode)


def tampered(site, office, province):
    """Whoever changes a row later is found out."""
    p = office.run("audit", "verify")
    site.equal("all chains hold", (0, ""), (p.returncode, p.stderr))
    for name, table, column, where in (
            ("a seal's reason", "seal", "why = 'khác'", "act = 'withdraw'"),
            ("a signature", "seal", "signature = set_byte(signature, 9, 7)", "act = 'close'"),
            ("both signed texts", "seal", "statement = statement || 'x'", "number = 1"),
            ("a line of the audit", "audit", "detail = 'x'", "number = 3"),
            ("an act", "control", "body = body || 'x'", "seq = 9"),
            ("a commit", "commit", "leaves = set_byte(leaves, 3, 7)", "number = 5")):
        province.sql("create table public.kept as select * from %s" % table)
        province.sql("update %s set %s where %s" % (table, column, where))
        p = office.run("audit", "verify")
        site.equal(name + " was changed", 1, p.returncode)
        province.sql("set session_replication_role = replica; delete from %s;"
                     " insert into %s select * from public.kept; drop table public.kept"
                     % (table, table))
    site.equal("all hold again", 0, office.run("audit", "verify").returncode)


def main():
    with flow.Site("closing") as site:
        province = site.province().start()
        office = Office(site, province)
        public = people(office, province)
        c = site.collector("c", ["106", "107", "108"]).start()
        c.drop("106", "uoc.csv", sheet("106", 1, "ước thực hiện"))
        flow.settled(site, [c])
        estimate(site, office, province, c)
        nobody_alone(site, office)
        between(site, office, province, c)
        lapses(site, office, province, c)
        taken_back(site, office, province, c)
        same_bytes(site, office, province, public)
        killed(site, office)
        closed(site, office, province, c)
        reopened(site, office, province, c)
        older_release(site, office, province)
        audit(site, office, province)
        flow.count(site, province, [c])
        c.kill()
        province.kill()
        rebuilt.check(site, province)
        tampered(site, office, province)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
