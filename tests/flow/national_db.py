#!/usr/bin/python3
"""The update file for the national cooperative information system: complete, or what changed
since a publication; laid on the earlier complete one it gives the later, line by line."""
import csv
import glob
import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import formulas

PARTS = ("entity", "fact", "event")
UNIT = "106"


def extract(province, period, *more):
    """{part: rows as dicts}, and the names of all files written."""
    names = province.command("extract", period, "--format", "national-db", "-o",
                             os.path.join(province.site.dir, "ra"), *more).splitlines()
    found = {}
    for path in names:
        if path.endswith(".csv"):
            with open(path, encoding="utf-8", newline="") as f:
                found[path.rsplit("_", 1)[1][:-4]] = list(csv.DictReader(f))
    return found, names


def key(part, row):
    own = (row["LOAI_MA"], row["MA_SO"], row["NOI_CAP"])
    return own + {"entity": (), "fact": (row.get("BO_KY"), row.get("KY"), row.get("LOAI_SO_LIEU")),
                  "event": (row.get("NGAY"), row.get("BIEN_DONG"))}[part]


def laid_on(part, rows, changes):
    """What the receiver has after taking the changes in; and what made no sense."""
    have = {key(part, r): r for r in rows}
    odd = []
    for c in changes:
        k = key(part, c)
        if c["THAO_TAC"] == "Xóa":
            if have.pop(k, None) is None:
                odd.append(("not there", k))
        else:
            if have.get(k) == c:
                odd.append(("nothing new", k))
            have[k] = c
    return have, odd


def agree(site, what, before, changes, after, parts=PARTS):
    for part in parts:
        got, odd = laid_on(part, before[part], changes[part])
        want = {key(part, r): r for r in after[part]}
        site.equal("%s: %s and what changed give the later one" % (what, part), ([], want),
                   (odd, got))


def sheet(rows, period):
    return flow.entity_list(UNIT, rows, period)


def history(site, province, c):
    taxes = [t for _, t in zip(range(8), flow.tax_numbers(UNIT))]
    path = os.path.join(site.dir, "e.tsv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("subject\tkind\tname\tsector\tunit\tcommune\tstate\tfounded\n")
        for i, t in enumerate(taxes[:6]):
            f.write("tax:%s\thtx\t%s\tagri\t106\tXã Bình Lư\tactive\t2020-0%d-05\n"
                    % (t, "-2+3 HTX; =1+1" if i == 0 else "HTX %d" % i, i + 1))
        f.write("certificate:12/GCN|UBND huyện Tam Đường\ttht\t@Tổ ong\tagri\t106\t\tactive\t\n")
    province.command("entity", "load", path)
    c.drop(UNIT, "cu.csv", sheet([(t, "HTX %d" % i, 100 + i) for i, t in enumerate(taxes[:5])],
                                 "6 tháng cuối năm 2024"))
    flow.wait("the list of 2024", lambda: province.number(
        "select count(*) from report where counts") == 5, 60)
    province.publish("2024-S2")
    tax = "tax:" + taxes[1]
    province.command("entity", "event", tax, "--event", "renamed", "--on", "2025-02-01", "--name",
                     "=HTX mới", "--act", "12/TB-TCKH", "--by", "a")
    province.command("entity", "event", "tax:" + taxes[2], "--event", "dissolved", "--on",
                     "2025-03-01", "--act", "5/QĐ-UBND", "--by", "a", "--yes")
    c.drop(UNIT, "moi.csv", sheet([(t, "HTX %d" % i, 200 + i) for i, t in enumerate(taxes)],
                                  "6 tháng đầu năm 2025"))
    flow.wait("the list of 2025", lambda: province.number(
        "select count(*) from report where counts") == 13, 60)
    province.publish("2025-S1")
    return taxes


def first(site, taxes, whole, names):
    site.equal("three parts, hashes and a signature beside each", 12, len(names))
    site.check("what nobody has confirmed says so", all("_unverified_" in n for n in names))
    for path in names:
        if path.endswith(".sha256"):
            with open(path, encoding="utf-8") as f:
                want, name = f.read().split()
            with open(os.path.join(os.path.dirname(path), name), "rb") as f:
                site.equal("sha256 of " + name, want, hashlib.sha256(f.read()).hexdigest())
    who = {r["MA_SO"]: r for r in whole["entity"]}
    site.equal("who there is: the register, and those that only reports know",
               sorted(taxes + ["12/GCN"]), sorted(who))
    site.equal("as the register has it on the day", ("'=HTX mới", "Đang hoạt động", "2020-02-05",
               "1", "Xã Bình Lư"), tuple(who[taxes[1]][k] for k in (
                   "TEN", "TINH_TRANG", "NGAY_THANH_LAP", "DA_XAC_NHAN", "XA")))
    site.equal("dissolved by an act", ("Đã giải thể", "2025-03-01"), tuple(
        who[taxes[2]][k] for k in ("TINH_TRANG", "NGAY_CHAM_DUT")))
    site.equal("not confirmed yet", "0", who[taxes[7]]["DA_XAC_NHAN"])
    site.equal("a number that is no tax number, and who issued it", (
        "Số giấy chứng nhận", "UBND huyện Tam Đường", "Tổ hợp tác", "'@Tổ ong"), tuple(
            who["12/GCN"][k] for k in ("LOAI_MA", "NOI_CAP", "LOAI_HINH", "TEN")))
    site.equal("a name like a formula is a text, and comes back", "-2+3 HTX; =1+1",
               formulas.plain(who[taxes[0]]["TEN"]))
    facts = {r["MA_SO"]: r for r in whole["fact"]}
    site.equal("figures of the period", [("%d" % (200 + i), "10", "0", "") for i in range(8)],
               [tuple(facts[t][k] for k in ("VON_DIEU_LE", "SO_THANH_VIEN", "THANH_VIEN_RA",
                                            "DOANH_THU")) for t in taxes])
    site.equal("what happened", [(taxes[1], "Đổi tên", "2025-02-01", "12/TB-TCKH", "'=HTX mới"),
                                 (taxes[2], "Giải thể", "2025-03-01", "5/QĐ-UBND", "")],
               [tuple(r[k] for k in ("MA_SO", "BIEN_DONG", "NGAY", "VAN_BAN", "TEN_MOI"))
                for r in whole["event"]])


def corrected(site, province, c, taxes):
    """After reopening: one revised, one withdrawn, one event taken up; publication 2."""
    province.reopen("2025-S1")
    c.drop(UNIT, "sua.csv", sheet([(taxes[0], "HTX 0", 999)], "6 tháng đầu năm 2025"))
    flow.wait("the revision", lambda: province.number(
        "select count(*) from report where revision = 2 and counts") == 1, 60)
    gone = province.sql("select encode(hash, 'hex') from report where subject = 'tax:%s'" % taxes[7])
    c.command("withdraw", gone[0][0], "--reason", "HTX thuộc huyện khác")
    flow.wait("the withdrawal", lambda: province.number(
        "select count(*) from supersession s join report r on r.hash = s.old where r.subject ="
        " 'tax:%s'" % taxes[7]) == 1, 60)
    province.command("entity", "event", "tax:" + taxes[3], "--event", "suspended", "--on",
                     "2025-04-01", "--act", "7/TB", "--by", "a", "--yes")
    province.publish("2025-S1")


def main():
    with flow.Site("national") as site:
        province = site.province().start()
        c = site.collector("c", [UNIT]).start()
        taxes = history(site, province, c)
        old, _ = extract(province, "2024-S2")
        whole, names = extract(province, "2025-S1")
        first(site, taxes, whole, names)
        changes, since = extract(province, "2025-S1", "--since", "2024-S2/1")
        agree(site, "since the last half-year", old, changes, whole, ("entity", "event"))
        site.equal("figures of another period are all new", whole["fact"], changes["fact"])
        site.check("the file says since when", all("-since-2024-S2-v1_" in n for n in since), since)
        corrected(site, province, c, taxes)
        second, _ = extract(province, "2025-S1")
        changes, since = extract(province, "2025-S1", "--since", "1")
        agree(site, "since publication 1", whole, changes, second)
        site.equal("no more lines than what changed", ([("Cập nhật", taxes[3]), ("Xóa", taxes[7])],
                   [("Cập nhật", taxes[0]), ("Xóa", taxes[7])], [("Cập nhật", taxes[3])]),
                   tuple([(r["THAO_TAC"], r["MA_SO"]) for r in changes[p]] for p in PARTS))
        site.equal("publication 1 as it was", whole, extract(province, "2025-S1", "--number", "1")[0])
        sums = {n: open(n, "rb").read() for n in glob.glob(os.path.join(site.dir, "ra", "*.csv"))}
        province.sql("delete from extract")
        for more in ((), ("--since", "1"), ("--number", "1")):
            extract(province, "2025-S1", *more)
        site.equal("made anew: the same bytes", [], [n for n, b in sums.items()
                                                     if open(n, "rb").read() != b])
        for wrong, code in ((("--since", "2"), 65), (("--since", "2025-S2/1"), 65),
                            (("--since", "0"), 64), (("--since", "x/1"), 65)):
            try:
                extract(province, "2025-S1", *wrong)
                site.check("refused: %s" % (wrong,), False)
            except flow.Failed as e:
                site.check("refused: %s" % (wrong,), "exit %d" % code in str(e), e)
        return site.summary()


if __name__ == "__main__":
    sys.exit(main())
