#!/usr/bin/python3
"""What unit and province say to each other, with both programs: a partial submission, a
question, the explanation, its acceptance, the declaration; a withdrawal; an extension."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow

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


def main():
    with flow.Site("talk") as site:
        province = site.province().start()
        people(site, province)
        c = site.collector("a", [UNIT]).start()
        c.drop(UNIT, "ds.csv", flow.entity_list(UNIT, rows(0, 3)))
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
        site.equal("an unknown finding is refused", 65, bad(c.command, "answer", about,
                   "--finding", "R999", "--text", "x"))
        site.equal("by the province as well", 65, bad(province.command, "findings", "ask",
                   first["position"], "--finding", "R999", "--note", "x", "--by", "an"))
        site.equal("nobody speaks without a name", 65, bad(province.command, "findings", "ask",
                   first["position"], "--note", "x", "--by", "ai"))

        # declared complete; the paper's number comes later
        c.command("declare", PERIOD, "--signer", "Nguyễn Văn Hùng")
        flow.wait("declared", lambda: status(province)[UNIT]["state"] == "sent", 20)
        site.equal("sent", "sent", status(province)[UNIT]["state"])

        # a withdrawal: from then on it counts no more, as of before it does
        last = findings(province, "ENTITY_UNKNOWN")[-1]
        total = count(province, None)
        gone = province.sql("select encode(hash, 'hex') from report where epoch || '.' || seq"
                            " = '%s'" % last["position"])[0][0]
        before = province.sql("select max(epoch || '.' || last_seq) from commit")[0][0]
        c.command("withdraw", gone, "--reason", "HTX thuộc huyện khác")
        flow.wait("withdrawn", lambda: count(province, None) != total, 20)
        site.equal("it counts no more", total - 1, count(province, None))
        site.equal("as of before it does", total, count(province, before))
        site.equal("fewer rows than declared: partly again", "partly",
                   status(province)[UNIT]["state"])
        c.command("declare", PERIOD, "--signer", "Nguyễn Văn Hùng", "--paper-number",
                  "123/BC-UBND", "--paper-date", "2025-06-16")
        flow.wait("declared again", lambda: status(province)[UNIT]["state"] == "sent", 20)
        site.equal("the paper's number came later", [["123/BC-UBND", "2025-06-16"]], province.sql(
            "select distinct on (unit) paper_number, paper_date from submission order by unit,"
            " epoch desc, seq desc"))
        site.equal("the collector lists it as withdrawn", ["withdrawn"], [
            r["state"] for r in c.reports() if r["hash"] == gone])

        # reminders and an extension
        reminded = json.loads(province.command("remind", PERIOD, "--json", "--by", "an"))
        site.equal("whoever did not send is reminded", sorted(set(flow.NAMES) - {UNIT}),
                   sorted(r["unit"] for r in reminded))
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
