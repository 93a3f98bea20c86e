#!/usr/bin/python3
"""What unit and province say to each other, with both programs: a partial submission, a
question, the explanation, its acceptance, the declaration; a withdrawal; an extension."""
import csv
import glob
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow

try:
    import openpyxl
except ImportError:
    openpyxl = None

UNIT = "107"
PERIOD = "2025-S1"


def rows(first, n):
    taxes = [t for _, t in zip(range(first + n), flow.tax_numbers(UNIT))][first:]
    return [(t, "HTX %s" % t, 100 + i) for i, t in enumerate(taxes)]


def status(province):
    return {r["unit"]: r for r in json.loads(province.command("status", PERIOD, "--json"))}


def findings(province, code=None):
    found = json.loads(province.command("findings", PERIOD, "--json", code=None))
    return [f for f in found if code is None or f["code"] == code]


def people(site, province):
    path = os.path.join(site.dir, "people.tsv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("code\tname\trole\ttitle\tvalid_from\tvalid_to\tkey\n"
                "an\tVũ Thị An\tconsolidator\tChuyên viên\t2020-01-01\t\t\n")
    province.command("person", "load", path)


def told(c, unit, kind):
    """The notice files of a kind in the unit's folder: texts."""
    found = []
    for path in sorted(glob.glob(os.path.join(c.inbox(unit), "thong-bao", "*-%s-*.txt" % kind))):
        with open(path, encoding="utf-8") as f:
            found.append(f.read())
    return found


def talk_of(c, unit):
    return [u for u in json.loads(c.command("status", "--json"))["units"]
            if u["unit"] == unit][0]


def as_workbook(site, text):
    """The sheet of an entity_list() as Excel's own format."""
    book = openpyxl.Workbook()
    for line in csv.reader(text.splitlines()):
        book.active.append([int(v) if v.isdigit() and len(v) < 6 else v for v in line])
    path = os.path.join(site.dir, "ds.xlsx")
    book.save(path)
    with open(path, "rb") as f:
        return f.read()


def explain_in_workbook(site, province, c, name):
    """What the officer writes beside a finding goes out when the answer is dropped again."""
    if openpyxl is None:
        print("skipped: openpyxl is not installed")
        return
    book = os.path.join(c.inbox(UNIT), "da-xu-ly", "ds.xlsx.ket-qua.xlsx")

    def place():
        """Workbook and cell beside the finding; written when the last receipt was in."""
        if not os.path.exists(book):
            return None
        wb = openpyxl.load_workbook(book)
        page = wb["Kết quả"]
        lines = list(page.iter_rows())
        column = next((x.column for r in lines for x in r
                       if x.value == "Giải trình của đơn vị"), None)
        line = next((r for r in lines if any(name in str(x.value) for x in r) and
                     any("sổ đăng ký" in str(x.value) for x in r)), None)
        return (wb, page.cell(line[0].row, column)) if column and line else None

    wb, cell = flow.wait("the answered workbook", place, 20)
    cell.value = "Giấy chứng nhận đã gửi ngày 10/6"
    wb.save(book)
    with open(book, "rb") as f:
        c.drop(UNIT, "ds.xlsx.ket-qua.xlsx", f.read())
    flow.wait("the explanation from the workbook", lambda: any(
        f["explanation"] == "Giấy chứng nhận đã gửi ngày 10/6" for f in
        findings(province, "ENTITY_UNKNOWN")), 20)
    said = [f for f in findings(province, "ENTITY_UNKNOWN") if f["explanation"]]
    site.equal("explained in the workbook's column, once", ["explained"],
               [f["state"] for f in said if f["name"] == name])
    said = "Đã ghi nhận giải trình của đơn vị lúc "
    try:
        texts = flow.wait("the answer to it", lambda: [
            t for n, t in c.answers(UNIT, "da-xu-ly").items() if said in t], 20)
    except flow.Failed:
        texts = []
    site.check("its answer says that it was taken, under its finding", any(
        "10/6" in after for t in texts for before, after in zip(
            t.splitlines(), t.splitlines()[1:]) if "sổ đăng ký" in before), texts)

    def marked():
        for path in glob.glob(os.path.join(c.inbox(UNIT), "da-xu-ly", "*.ket-qua*.xlsx")):
            for row in openpyxl.load_workbook(path)["Kết quả"].iter_rows(values_only=True):
                if "Giấy chứng nhận đã gửi ngày 10/6" in row and any(
                        "Đã ghi nhận giải trình" in str(v) for v in row):
                    return True
        return False

    site.check("and so does its workbook", flow.wait("the workbook says so", marked, 20))
    site.equal("and no report was doubled", 3, province.number("select count(*) from report"))


def declare(site, province, c):
    """Declared complete, with texts and the signed paper; its number comes later."""
    text = os.path.join(site.dir, "kien-nghi.txt")
    with open(text, "w", encoding="utf-8") as f:
        f.write("Đề nghị tỉnh hỗ trợ vốn vay.\r\nĐề nghị mở lớp \"kế toán\", tháng 7.\n")
    with open(os.path.join(site.dir, "dai.txt"), "w", encoding="utf-8") as f:
        f.write("ă" * 8001)
    pdf = os.path.join(site.dir, "123.pdf")
    with open(pdf, "wb") as f:
        f.write(b"%PDF-1.4\nsigned and sealed\n")
    who = ("--signer", "Nguyễn Văn Hùng", "--title", "Phó Chủ tịch")
    site.equal("8,001 characters are too many", 65, bad(
        c.command, "declare", PERIOD, *who, "--text", "kho_khan=dai.txt"))
    site.equal("a text that no form has", 64, bad(
        c.command, "declare", PERIOD, *who, "--text", "tho=kien-nghi.txt"))
    site.equal("what is attached must be a PDF", 65, bad(
        c.command, "declare", PERIOD, *who, "--attach", text))
    site.equal("none of these declared anything", 0,
               province.number("select count(*) from submission"))
    with open(os.path.join(site.dir, "dai.txt"), "w", encoding="utf-8") as f:
        f.write("ă" * 8000)
    c.command("declare", PERIOD, *who, "--maker", "Trần Thị Lan", "--approver", "Lò Văn C",
              "--attach", pdf, "--text", "kien_nghi=" + text, "--text", "kho_khan=dai.txt")
    flow.wait("declared", lambda: status(province)[UNIT]["state"] == "sent", 20)
    site.equal("declared by", [["Nguyễn Văn Hùng", "Phó Chủ tịch", "Trần Thị Lan", "Lò Văn C"]],
               province.sql("select signer, signer_title, maker, approver from submission"))
    hashed = province.sql("select pdf_hash from submission")[0][0]
    with open(os.path.join(c.state, "papers", hashed + ".pdf"), "rb") as f:
        site.equal("the PDF is kept under its hash", b"%PDF-1.4\nsigned and sealed\n", f.read())
    site.equal("the texts are a report", [["htx_list", "3"], ["thuyet_minh", "1"]],
               province.sql("select unnest(forms), unnest(rows) from submission"))
    shown = json.loads(province.command("report", "show", province.sql(
        "select id from report where form = 'thuyet_minh'")[0][0], "--json"))
    site.equal("with what was written", {
        "kien_nghi": "Đề nghị tỉnh hỗ trợ vốn vay.\nĐề nghị mở lớp \"kế toán\", tháng 7.",
        "kho_khan": "ă" * 8000}, {t["key"]: t["text"] for t in shown["texts"]})


def approved(site, province):
    """Where the unit asks for it nothing leaves before somebody approves, answers neither."""
    c = site.collector("c", ["109"], enroll=False)
    with open(c.conf, "a", encoding="utf-8") as f:
        f.write("approval = yes\n")
    c.enroll(province)
    c.start()
    c.drop("109", "ds.csv", flow.entity_list("109", [
        (t, "HTX %s" % t, 100) for _, t in zip(range(2), flow.tax_numbers("109"))]))
    flow.wait("taken", lambda: len(c.reports()) == 2, 20)
    c.command("answer", c.reports()[0]["id"], "--text", "Số liệu đã đối chiếu")
    site.equal("an officer's yes is needed", 64, bad(
        c.command, "declare", PERIOD, "--signer", "Lý A Sử"))
    site.equal("nothing left", (3, 0, 0), (
        talk_of(c, "109")["unapproved"], len(c.receipts()),
        province.number("select count(*) from report where unit = '109'")))
    c.command("declare", PERIOD, "--signer", "Lý A Sử", "--approver", "Tẩn Thị Mẩy")
    flow.wait("all left", lambda: len(c.receipts()) == 4, 20)
    site.equal("with the approver's name", [["Tẩn Thị Mẩy"]], province.sql(
        "select approver from submission where unit = '109'"))
    site.equal("and the answer", 1, province.number(
        "select count(*) from answer where unit = '109' and counts"))


def main():
    with flow.Site("talk") as site:
        province = site.province().start()
        people(site, province)
        c = site.collector("a", [UNIT]).start()
        other = site.collector("b", ["108"]).start()
        sheet = flow.entity_list(UNIT, rows(0, 3))
        if openpyxl is None:
            c.drop(UNIT, "ds.csv", sheet)
        else:
            c.drop(UNIT, "ds.xlsx", as_workbook(site, sheet))
        flow.wait("receipts", lambda: len(c.receipts()) == 3, 20)
        site.equal("without a declaration it is partly sent", "partly",
                   status(province)[UNIT]["state"])
        unknown = findings(province, "ENTITY_UNKNOWN")
        site.equal("what is to be explained", ["open"] * 3, [f["state"] for f in unknown])

        # a question, the answer to it, and its acceptance
        first = unknown[0]
        province.command("findings", "ask", first["position"], "--finding", "ENTITY_UNKNOWN",
                         "--note", "HTX này thành lập ngày nào?", "--by", "an")
        site.equal("the question stands beside the finding", "asked",
                   findings(province, "ENTITY_UNKNOWN")[0]["state"])
        site.equal("and is counted", 1, status(province)[UNIT]["asked"])
        flow.wait("the question lands in the unit's folder", lambda: told(c, UNIT, "cau-hoi"), 20)
        question = told(c, UNIT, "cau-hoi")[0]
        for part in ("HTX này thành lập ngày nào?", "Vũ Thị An", first["name"], "da-xu-ly/ds.",
                     "htx-collector answer", "--finding ENTITY_UNKNOWN"):
            site.check("it says " + part, part in question, question)
        site.equal("status counts it", 1, talk_of(c, UNIT)["conversation"]["questions"])
        asked = json.loads(c.command("notices", "--open", "--json"))
        site.equal("notices lists it", [("ask", "HTX này thành lập ngày nào?", True)],
                   [(n["kind"], n["text"], n["open"]) for n in asked])
        about = province.sql("select encode(hash, 'hex') from report where epoch || '.' || seq"
                             " = '%s'" % first["position"])[0][0]
        c.command("answer", about, "--finding", "ENTITY_UNKNOWN", "--maker", "Lò Văn B",
                  "--text", "Thành lập ngày 12/5/2025, đã gửi giấy chứng nhận")
        c.command("answer", about, "--finding", "ENTITY_UNKNOWN", "--maker", "Lò Văn B",
                  "--text", "Thành lập ngày 12/5/2025, đã gửi giấy chứng nhận")
        flow.wait("the explanation's receipt", lambda: len(c.receipts()) == 4, 20)
        said = findings(province, "ENTITY_UNKNOWN")[0]
        site.equal("it stands beside the finding",
                   ("explained", "Thành lập ngày 12/5/2025, đã gửi giấy chứng nhận", "Lò Văn B"),
                   (said["state"], said["explanation"], said["explained_by"]))
        site.equal("the question is answered", (0, 1, 2), tuple(
            status(province)[UNIT][k] for k in ("asked", "explained", "to_explain")))
        province.command("findings", "accept", first["position"], "--finding",
                         "ENTITY_UNKNOWN", "--note", "Đồng ý", "--by", "an")
        site.equal("accepted: the warning is settled", "accepted",
                   findings(province, "ENTITY_UNKNOWN")[0]["state"])
        flow.wait("the unit hears of it", lambda: told(c, UNIT, "chap-nhan"), 20)
        shown = json.loads(c.command("report", "show", about, "--json"))
        site.equal("the unit's report show tells it as well", ["accept", "ask", "explanation"],
                   sorted(t["kind"] for t in shown["conversation"]))
        site.equal("no question waits", 0, talk_of(c, UNIT)["conversation"]["questions"])
        explain_in_workbook(site, province, c, unknown[1]["name"])
        later = province.sql("select epoch || '.' || seq, encode(hash, 'hex') from report"
                             " order by seq desc limit 1")[0]
        site.equal("nobody asked about that rule yet", 65, bad(
            c.command, "answer", later[1], "--finding", "PEER_REVENUE_PER_WORKER", "--text", "x"))
        province.command("findings", "ask", later[0], "--finding", "PEER_REVENUE_PER_WORKER", "--note",
                         "Cao hơn hẳn các HTX khác?", "--by", "an")
        flow.wait("a question about a later finding", lambda: len(told(c, UNIT, "cau-hoi")) == 2, 20)
        c.command("answer", later[1], "--finding", "PEER_REVENUE_PER_WORKER", "--text", "HTX mới mua thêm xe")
        flow.wait("its answer", lambda: status(province)[UNIT]["asked"] == 0, 20)
        site.equal("is listed beside the report", ["Cao hơn hẳn các HTX khác?", "HTX mới mua thêm xe"],
                   [f["text_vi"] for f in findings(province, "conversation")])
        site.equal("an unknown finding is refused", 65, bad(c.command, "answer", about,
                   "--finding", "R999", "--text", "x"))
        site.equal("by the province as well", 65, bad(province.command, "findings", "ask",
                   first["position"], "--finding", "R999", "--note", "x", "--by", "an"))
        site.equal("nobody speaks without a name", 65, bad(province.command, "findings", "ask",
                   first["position"], "--note", "x", "--by", "ai"))

        declare(site, province, c)

        # a withdrawal: from then on it counts no more, as of before it does
        last = findings(province, "ENTITY_UNKNOWN")[-1]
        total = count(province, None)
        gone = province.sql("select encode(hash, 'hex') from report where epoch || '.' || seq"
                            " = '%s'" % last["position"])[0][0]
        before = province.sql("select max(epoch || '.' || last_seq) from commit")[0][0]
        c.command("withdraw", gone, "--reason", "HTX thuộc huyện khác")
        flow.wait("withdrawn", lambda: count(province, None) != total, 20)
        site.equal("it counts no more", total - 1, count(province, None))
        left = json.loads(province.command("explain", PERIOD, "htx.total", "--unit", UNIT,
                                           "--json"))
        site.equal("explain says why", ["withdrawn"],
                   [r["reason"] for r in left["left_out"]])
        site.equal("and nobody speaks of its entity", 0, sum(
            e["name"] == last["name"] for e in json.loads(
                province.command("entity", "list", "--unconfirmed", "--json"))))
        talk = json.loads(province.command("report", "show", last["position"], "--json"))
        site.equal("report show tells it all", ["withdraw"],
                   [t["kind"] for t in talk["conversation"] if t["finding"] == ""])
        site.equal("of the first one as well", ["ask", "explain", "accept"], [
            t["kind"] for t in json.loads(province.command(
                "report", "show", first["position"], "--json"))["conversation"]])
        site.check("for people", "HTX thuộc huyện khác" in province.command(
            "report", "show", last["position"]))
        site.equal("as of before it does", total, count(province, before))
        site.equal("fewer rows than declared: partly again", "partly",
                   status(province)[UNIT]["state"])
        c.command("declare", PERIOD, "--paper-number", "123/BC-UBND", "--paper-date",
                  "2025-06-16")
        flow.wait("declared again", lambda: status(province)[UNIT]["state"] == "sent", 20)
        site.equal("the paper's number came later", [
            ["123/BC-UBND", "2025-06-16", "Nguyễn Văn Hùng", "Trần Thị Lan", "64"]],
            province.sql("select distinct on (unit) paper_number, paper_date, signer, maker,"
                         " length(pdf_hash) from submission order by unit, epoch desc, seq desc"))
        c.command("declare", PERIOD, "--text", "kho_khan=-", stdin="Giá chè giảm.\n")
        flow.wait("the text was corrected", lambda: province.number(
            "select count(*) from report where form = 'thuyet_minh'") == 2, 20)
        shown = json.loads(province.command("report", "show", province.sql(
            "select id from report where form = 'thuyet_minh' and revision = 2")[0][0], "--json"))
        site.equal("from standard input; the other text stays", ["kho_khan", "kien_nghi"],
                   sorted(t["key"] for t in shown["texts"]))
        site.equal("the collector lists it as withdrawn", ["withdrawn"], [
            r["state"] for r in c.reports() if r["hash"] == gone])

        approved(site, province)

        # reminders and an extension
        reminded = json.loads(province.command("remind", PERIOD, "--json", "--by", "an"))
        site.equal("whoever did not send is reminded", sorted(set(flow.NAMES) - {UNIT, "109"}),
                   sorted(r["unit"] for r in reminded))
        flow.wait("the reminder lands in the other unit's folder",
                  lambda: told(other, "108", "don-doc"), 20)
        site.check("with the due day", "16/06/2025" in told(other, "108", "don-doc")[0],
                   told(other, "108", "don-doc")[0])
        site.equal("and waits for the declaration", 1,
                   talk_of(other, "108")["conversation"]["reminders"])
        other.command("declare", PERIOD, "--nothing", "--signer", "Giàng A Páo")
        site.equal("declared", 0, talk_of(other, "108")["conversation"]["reminders"])
        flow.wait("nothing to report", lambda: status(province)["108"]["state"] == "nothing", 20)
        province.command("findings", "return", findings(province, "ENTITY_UNKNOWN")[0]["position"],
                         "--note", "Sai vốn điều lệ", "--by", "an")
        site.equal("returned", 1, status(province)[UNIT]["returned"])
        flow.wait("the return lands", lambda: told(c, UNIT, "tra-lai"), 20)
        site.equal("and waits for the correction", 1,
                   talk_of(c, UNIT)["conversation"]["returned"])
        site.equal("the collector says when the period is due", "2025-06-16", [
            p for p in talk_of(c, UNIT)["periods"] if p["period"] == PERIOD][0]["due"])
        site.equal("a Saturday is no due day; both days are listed",
                   [("2025-07-05", "2025-07-07", "Saturday")],
                   [(p["due"], p["due_on"], p["moved_for"])
                    for p in json.loads(province.command("period", "list", "--json"))
                    if (p["scheme"], p["code"]) == ("calendar", "2025-S1")])
        province.command("period", "extend", PERIOD, "--unit", UNIT, "--until", "2025-06-20",
                         "--why", "mưa lũ", "--by", "an")
        province.kill(signal.SIGTERM)
        province.configure("2025-06-18")
        province.start()
        c.drop(UNIT, "them.csv", flow.entity_list(UNIT, rows(5, 2)))
        flow.wait("receipts", lambda: len([r for r in c.reports()
                                           if r["state"] == "warnings"]) == 4, 20)
        site.equal("within the extension nothing is late", 0,
                   province.number("select count(*) from report where late"))
        site.equal("and status says until when", "2025-06-20",
                   status(province)[UNIT]["extended_to"])
        site.equal("on both sides", "2025-06-20", [
            p for p in talk_of(c, UNIT)["periods"] if p["period"] == PERIOD][0]["extended_to"])
        site.check("in a file as well", "20/06/2025" in told(c, UNIT, "gia-han")[0])
        province.kill(signal.SIGTERM)
        province.configure("2025-06-21")
        province.start()
        c.drop(UNIT, "muon.csv", flow.entity_list(UNIT, rows(10, 2)))
        flow.wait("receipts", lambda: province.number("select count(*) from report where late")
                  == 2, 20)
        site.equal("after it the rest is", 2,
                   province.number("select count(*) from report where late"))
    return site.summary()


def bad(command, *argv):
    try:
        command(*argv)
    except flow.Failed as e:
        return int(str(e).split(": exit ")[1].split()[0])
    return 0


def count(province, as_of):
    where = ["--as-of", as_of] if as_of else []
    got = json.loads(province.command("rollup", PERIOD, "--json", *where))
    return [int(r["value"]) for r in got if r["indicator"] == "htx.total"][0]


if __name__ == "__main__":
    sys.exit(main())
