#!/usr/bin/python3
"""Biên bản đối chiếu: do collector and province hold the same of a period? Live through
`run`, and by files; every difference is found, and named with its reason."""
import datetime
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import flow_raw
import ministry
from pull import Feed

try:
    import openpyxl
except ImportError:
    openpyxl = None

PERIOD = "2025-S1"
UNIT, OTHER = "107", "106"


def rows(first, n, capital=100):
    taxes = [t for _, t in zip(range(first + n), flow.tax_numbers(UNIT))][first:]
    return [(t, "HTX %s" % t, capital + i) for i, t in enumerate(taxes)]


def kinds(result):
    found = {}
    for d in result["differences"]:
        found[d["kind"]] = found.get(d["kind"], 0) + 1
    return found


def asked(program, *argv, code=0):
    return json.loads(program.command("reconcile", PERIOD, "--json", *argv, code=code))


def write(site, name, text):
    path = os.path.join(site.dir, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def desk(site, province):
    """A person and a key that may file on a unit's behalf."""
    people = write(site, "people.tsv", "code\tname\trole\ttitle\tkey\tvalid_from\tvalid_to\n"
                   "dao\tĐào Thị Dao\tconsolidator\tChuyên viên\t\t2020-01-01\t\n")
    province.command("person", "load", people)
    key = os.path.join(site.dir, "dao.key")
    public = province.command("keys", "new", key).split()[-1]
    province.command("keys", "enroll", "enroll desk=dao sign=" + public)
    return ["--by", "dao", "--why", "không có máy gửi", "--key", key]


def live(site, province, c):
    """Reports, a correction, a withdrawal, a declaration: both sides hold the same."""
    c.drop(UNIT, "a.csv", flow.entity_list(UNIT, rows(0, 12)))
    flow.settled(site, [c])
    c.drop(UNIT, "b.csv", flow.entity_list(UNIT, rows(0, 2, 500)))
    flow.settled(site, [c])
    withdrawn = [r for r in c.reports() if r["revision"] == 1][5]
    c.command("withdraw", withdrawn["id"], "--reason", "báo cáo nhầm đơn vị")
    c.command("declare", PERIOD, "--unit", UNIT, "--paper", "12/BC", "--signer", "Lò Văn A",
              code=None)
    flow.settled(site, [c])
    flow.wait("all is answered", lambda: province.number(
        "select count(*) from answer") == 1 and c.waiting() == 0, 20)
    held = province.number("select count(*) from receipt")
    result = asked(c)
    site.equal("live: equal, count and root", (True, [], held), (
        result["equal"], result["differences"], sum(u["upper"]["count"] for u in result["units"])))
    unit = [u for u in result["units"] if u["unit"] == UNIT][0]
    site.equal("both roots are one", unit["lower"]["root"], unit["upper"]["root"])
    site.equal("replaced and withdrawn are told", (2, 1), (
        unit["lower"]["states"]["replaced"], unit["lower"]["states"]["withdrawn"]))
    site.check("people read the unit's name and that it is equal", any(
        "Huyện Mường Tè" in line and line.endswith("khớp")
        for line in c.command("reconcile", PERIOD).splitlines()))
    site.equal("a unit without anything is equal as well", (True, 0), [
        (u["equal"], u["upper"]["count"]) for u in result["units"] if u["unit"] == OTHER][0])
    c.command("reconcile", "2031-S1", code=65)


def on_behalf(site, province, c):
    sheet = write(site, "thay.csv", flow.entity_list(UNIT, rows(30, 2)))
    province.command("submit", sheet, "--for", UNIT, *desk(site, province))
    result = asked(c, code=2)
    site.equal("what the desk filed is told as that", {"desk": 2}, kinds(result))
    d = result["differences"][0]
    site.check("with form, name, verdict and why", d["upper"]["name"].startswith("HTX ") and
               d["upper"]["form"] and d["upper"]["verdict"] and "nhập thay" in d["why"]["vi"]
               and d["lower"] is None, d)
    site.check("in words", "tỉnh nhập thay đơn vị" in c.command("reconcile", PERIOD, code=2))


def question(scheme, unit):
    """ReconcileAsk of a unit and period as an envelope; all lengths are one byte each."""
    key = b"\x0a\x03" + unit.encode() + b"\x10" + varint(zigzag(days(flow.FROM)))
    body = b"".join(tag + bytes([len(text)]) + text for tag, text in (
        (b"\x0a", key), (b"\x12", scheme.encode()), (b"\x1a", PERIOD.encode())))
    return b"\xaa\x01" + bytes([len(body)]) + body


def foreign(site, province, c):
    """A key asks about its own unit alone."""
    scheme = asked(c, code=2)["scheme"]
    dealer = flow_raw.Dealer(province, flow_raw.curve_of(c, OTHER))
    try:
        site.equal("its own unit is answered", "22",
                   flow_raw.kind(dealer.ask(question(scheme, OTHER))))
        site.equal("another unit is refused", "reject speaker",
                   flow_raw.kind(dealer.ask(question(scheme, UNIT))))
    finally:
        dealer.close()
    site.equal("and that stands in the audit", 1, province.number(
        "select count(*) from audit where what = 'reconcile_rejected'"))


def days(iso):
    return (datetime.date.fromisoformat(iso) - datetime.date(1970, 1, 1)).days


def zigzag(n):
    return (n << 1) ^ (n >> 63)


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + bytes([n]))


def offline(site, province, c, proxy):
    """By files: what waits, what is on its way, a receipt that did not come."""
    proxy.hold = True
    c.drop(UNIT, "c.csv", flow.entity_list(UNIT, rows(50, 1)))
    flow.wait("the province has it", lambda: province.number(
        "select count(*) from report where subject = 'tax:%s'" % rows(50, 1)[0][0]) == 1, 20)
    c.kill(15)
    c.command("submit", "--unit", UNIT, write(site, "d.csv", flow.entity_list(
        UNIT, rows(60, 3))), code=None)
    theirs = write(site, "tinh.json", province.command("reconcile", PERIOD, "--json"))
    result = asked(c, "--with", theirs, code=2)
    site.equal("offline at the unit", {"desk": 2, "receipt_missing": 1, "waiting": 3},
               kinds(result))
    ours = write(site, "donvi.json", c.command("reconcile", PERIOD, "--json"))
    there = asked(province, "--with", ours, code=2)
    site.equal("the same at the province", kinds(result), kinds(there))
    site.equal("down to the items", result["differences"], there["differences"])
    with open(ours, encoding="utf-8") as f:
        text = f.read()
    changed = write(site, "sua.json", text.replace('"accepted"', '"held"', 1))
    site.check("a file that was changed on its way is refused", "root" in refused(
        province, "--with", changed))
    cut = write(site, "cut.json", text[:len(text) // 2])
    refused(province, "--with", cut)
    refused(province, "--with", os.path.join(site.dir, "none.json"))
    other = write(site, "ky.json", text.replace('"2025-S1"', '"2024-S1"'))
    site.check("and one of another period", "2024-S1" in refused(province, "--with", other))
    proxy.hold = False
    proxy.cut()
    c.start()
    flow.settled(site, [c])
    site.equal("live again only the desk's differ", {"desk": 2}, kinds(asked(c, code=2)))


def cells(path):
    """Every text of a workbook's first sheet."""
    book = openpyxl.load_workbook(path)
    return [v for row in book.active.iter_rows(values_only=True) for v in row if v is not None]


def record(site, province, c):
    """The printed record at both sides: parties, counts, the differing reports, signatures."""
    here, there = (os.path.join(site.dir, d) for d in ("bb-unit", "bb-province"))
    c.command("reconcile", PERIOD, "--unit", UNIT, "-o", here, code=2)
    c.kill(15)
    ours = write(site, "donvi2.json", c.command("reconcile", PERIOD, "--json", "--unit", UNIT))
    province.command("reconcile", PERIOD, "--with", ours, "-o", there, code=2)
    c.start()
    name = "bien-ban-doi-chieu_%s_%s" % (UNIT, PERIOD)
    site.equal("the unit has its workbook", [name + ".xlsx"], os.listdir(here))
    site.equal("the province workbook and PDF", [name + ".pdf", name + ".xlsx"],
               sorted(os.listdir(there)))
    with open(os.path.join(there, name + ".pdf"), "rb") as f:
        site.check("a PDF", f.read(5) == b"%PDF-")
    if openpyxl is None:
        site.skip("openpyxl is not installed")
        return
    for where in (here, there):
        texts = cells(os.path.join(where, name + ".xlsx"))
        said = "\n".join(str(t) for t in texts)
        site.check("parties, counts, differences, reasons, signatures: " + where[-8:], all(
            t in said for t in ("BIÊN BẢN ĐỐI CHIẾU SỐ LIỆU", "Bên gửi: Huyện Mường Tè (mã 107)",
                                "Bên nhận: Tỉnh Lai Châu (mã 12)", "6 tháng đầu năm 2025",
                                "Có 2 chênh lệch", "Các báo cáo có chênh lệch",
                                "Đại diện đơn vị báo cáo", "Đại diện tỉnh")) and
                   sum("tỉnh nhập thay đơn vị" in str(t) for t in texts) == 2, said)


def refused(program, *argv):
    p = subprocess.run([os.path.join(flow.BIN, "htx-aggregator"), "-c", program.conf,
                        "reconcile", PERIOD, *argv], capture_output=True, text=True,
                       check=False, env=dict(os.environ, LC_ALL="C.UTF-8"))
    if p.returncode != 65 or p.stdout:
        raise flow.Failed("%s: exit %d, not 65: %s" % (argv, p.returncode, p.stderr))
    return p.stderr


def psql(site, database, text):
    subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1",
                    "host=%s dbname=%s user=postgres" % (site.pg_dir, database), "-c", text],
                   check=True, capture_output=True)


def lost(site, province, c):
    """Of a copy of the province that lost one report and changed a verdict: exactly those."""
    province.kill(15)
    psql(site, "template1", "create database copy template postgres")
    province.start()
    gone, other = [r[0] for r in province.sql(
        "select encode(r.hash, 'hex') from report r where counts and not exists (select from"
        " supersession s where s.old = r.hash) and unit = '%s' and not exists (select from"
        " evidence e join key k on k.public = encode(e.signer, 'hex') where e.hash = r.evidence"
        " and k.use = 'desk') order by r.hash limit 2" % UNIT)]
    psql(site, "copy", "alter table htx.report disable trigger all; delete from htx.report"
         " where hash = '\\x%s'; update htx.report set verdict = 'held' where hash = '\\x%s'"
         % (gone, other))
    with open(province.conf, encoding="utf-8") as f:
        conf = write(site, "copy.conf", f.read().replace("dbname=postgres", "dbname=copy"))
    p = subprocess.run([os.path.join(flow.BIN, "htx-aggregator"), "-c", conf, "reconcile",
                        PERIOD, "--json"], capture_output=True, text=True, check=True)
    theirs = write(site, "copy.json", p.stdout)
    result = asked(c, "--with", theirs, code=2)
    found = {d["kind"]: d["lower"]["item"] for d in result["differences"] if d["lower"]}
    site.equal("a lost report and a changed verdict are found, and no more",
               ({"desk": 2, "lost": 1, "verdict": 1}, {"lost": gone, "verdict": other}),
               (kinds(result), found))
    site.check("they are not expected", all(
        d["expected"] == (d["kind"] == "desk") for d in result["differences"]))


def at_the_ministry(site, province):
    """The copy of a province against the province: equal as far as the feed carries it, and
    exactly what the copy lacks."""
    feed = Feed(site, province)
    m = ministry.Ministry(site)
    key = m.follow(os.path.join(province.state, "genesis.conf"), feed.endpoint)
    province.command("keys", "enroll", "--consumer", "bo", "--chain", "full", "--curve", key)
    feed.start()

    def copied():
        m.command("pull", "--once")
        return m.sql("select count(*) from receipt", "htx_12") == province.sql(
            "select count(*) from receipt")

    flow.wait("everything is in the copy", copied, 40, 0.5)
    files = os.path.join(site.dir, "ca-nuoc")
    _, _, err = m.run("extract", PERIOD, "--format", "csv", "-o", files)
    site.check("a ministry without a genesis writes the nation's figures, and signs nothing",
               [n.rsplit(".", 1)[1] for n in sorted(os.listdir(files))] == ["csv", "b2", "sha256"]
               and "not signed" in err, (err, os.listdir(files)))
    m.command("extract", PERIOD, "--format", "csv", "-o", files, "--sign", m.conf, code=78)
    result = asked(m, "--province", "12")
    site.equal("through the feed: equal", (True, True, []), (
        result["equal"], result["fed"], result["differences"]))
    site.equal("and of all provinces", [True], [r["equal"] for r in asked(m)])
    theirs = write(site, "tinh2.json", province.command("reconcile", PERIOD, "--json"))
    against = ["--province", "12", "--with", theirs]
    result = asked(m, *against)
    site.equal("province and ministry hold the same", (True, True, "province", "ministry"), (
        result["equal"], result["fed"], result["lower"]["side"], result["upper"]["side"]))
    site.check("as many as there are", sum(u["upper"]["count"] for u in result["units"]) ==
               province.number("select count(*) from receipt"))
    one = write(site, "tinh-107.json",
                province.command("reconcile", PERIOD, "--unit", UNIT, "--json"))
    result = asked(m, "--province", "12", "--with", one)
    site.equal("a list made for one unit says nothing of the others", (True, [UNIT]), (
        result["equal"], [u["unit"] for u in result["units"]]))
    site.check("the own list is no other side's", "same side" in refused(
        province, "--with", theirs))
    out = os.path.join(site.dir, "ca-nuoc")
    m.command("extract", PERIOD, "--format", "csv", "-o", out)
    m.command("extract", PERIOD, "--format", "sdmx-csv", "-o", out)
    names = sorted(os.listdir(out))
    site.check("a ministry without a genesis extracts; its files carry hashes, no signature",
               len(names) == 6 and not any(n.endswith(".sig") for n in names), names)
    site.check("both named by what is in them", len({n.split("_")[5][:12] for n in names}) == 1
               and not any("_v0" in n for n in names), names)
    site.check("nobody signs there", m.run("extract", PERIOD, "--format", "csv", "-o", out,
                                           "--sign", "x.key")[0] == 78)
    gone = m.sql("select encode(hash, 'hex') from report where counts order by hash limit 1",
                 "htx_12")[0][0]
    psql(site, m.database, "alter table htx_12.report disable trigger all; delete from"
         " htx_12.report where hash = '\\x%s'" % gone)
    result = asked(m, *against, code=2)
    site.equal("what the copy lost is found", [("lost", gone)], [
        (d["kind"], d["lower"]["item"]) for d in result["differences"]])
    site.equal("through the feed as well", [("lost", gone)], [
        (d["kind"], d["lower"]["item"])
        for d in asked(m, "--province", "12", code=2)["differences"]])
    os.unlink(os.path.join(m.state, "keys", "pull.curve"))
    key = m.follow(os.path.join(province.state, "genesis.conf"), feed.endpoint)
    province.command("keys", "enroll", "--consumer", "lm", "--chain", "publications", "--curve",
                     key)
    site.check("who reads publications alone may not ask", flow.wait(
        "the key is known", lambda: m.run("reconcile", PERIOD, "--province", "12")[0] == 78, 20))
    p = subprocess.run([*m.argv, "--once"], capture_output=True, text=True, check=False,
                       env=dict(os.environ, LC_ALL="vi_VN.UTF-8"))
    site.check("pull says in the reader's words why a province stays away", p.returncode == 78
               and "đề nghị tỉnh xem keys list" in p.stdout, p.stdout + p.stderr)
    province.command("keys", "revoke", "--consumer", "lm", "--reason", "nhầm luồng")
    p = subprocess.run([province.argv[0], "-c", province.conf, "keys", "enroll", "--consumer",
                        "lm", "--chain", "full", "--curve", key], capture_output=True,
                       text=True, check=False, env=dict(os.environ, LC_ALL="C.UTF-8"))
    site.check("a revoked key of a consumer: what the consumer does to get another",
               p.returncode == 65 and "pull.curve" in p.stderr, p.stderr)
    feed.kill(15)
    mine = write(site, "bo.json", m.command("reconcile", PERIOD, "--province", "12", "--json",
                                            code=75))
    there = asked(province, "--with", mine, code=2)
    site.equal("and by the province as well", result["differences"], there["differences"])
    m.command("reconcile", PERIOD, "--province", "12", "--with", theirs, "-o",
              os.path.join(site.dir, "bb-bo"), code=2)
    site.equal("one record for province and ministry", [
        "bien-ban-doi-chieu_12_%s.%s" % (PERIOD, e) for e in ("pdf", "xlsx")],
               sorted(os.listdir(os.path.join(site.dir, "bb-bo"))))
    m.command("reconcile", PERIOD, "--province", "99", code=65)


with flow.Site("reconcile") as site:
    province = site.province()
    province.start()
    proxy = site.proxy(province.port)
    c = site.collector("a", [OTHER, UNIT], port=proxy.port)
    c.start()
    live(site, province, c)
    on_behalf(site, province, c)
    foreign(site, province, c)
    offline(site, province, c, proxy)
    record(site, province, c)
    lost(site, province, c)
    at_the_ministry(site, province)
sys.exit(site.summary())
