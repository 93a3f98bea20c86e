#!/usr/bin/python3
"""A province whose database was restored: its new epoch lacks what the ministry has. The cursor
stands and says what would be lost; a person takes the new branch up, and the old copy stays. A
new epoch that continues exactly what is there is followed without anybody."""
import json
import os
import random
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import ministry


def admin(site, *statements):
    for s in statements:
        p = subprocess.run(["psql", "-X", "-q", "host=%s dbname=template1 user=postgres"
                            % site.pg_dir, "-c", s], capture_output=True, text=True, check=False)
        if p.returncode:
            raise flow.Failed("psql: %s: %s" % (s, p.stderr))


def copied(site, source, target):
    """One database out of another; nobody may be connected to either."""
    admin(site, "select pg_terminate_backend(pid) from pg_stat_activity where datname in ('%s',"
                " '%s')" % (source, target), "drop database if exists " + target,
          "create database %s template %s" % (target, source))


def files(officers, n=1):
    for _ in range(n):
        for o in officers:
            o.step()
        flow.wait("files are taken", lambda: all(o.idle() for o in officers))


def signed(province):
    flow.wait("every commit is signed", lambda: province.number(
        "select count(*) from commit c left join commit_signature s using (epoch, number)"
        " where s.key is null") == 0)


def export(site, province, name):
    signed(province)
    folder = os.path.join(site.dir, name)
    province.command("feed", "export", "--chain", "full", "-o", folder)
    return folder


def begin_epoch(province, why):
    province.command("epoch", "begin", "--why", why, "--by", "a")


def listed(bo):
    return json.loads(bo.command("province", "list", "--json"))[0]


def main():
    with flow.Site("fork") as site:
        province = site.province().start()
        c = site.collector("c", ["106"]).start()
        officers = [flow.Officer(c, "106", random.Random("fork"))]
        bo = ministry.Ministry(site)
        bo.follow(os.path.join(province.state, "genesis.conf"))
        files(officers, 2)
        flow.settled(site, [c])

        # an orderly promotion: the new epoch goes on where the old one ended
        bo.command("pull", "--from", export(site, province, "one"))
        begin_epoch(province, "chuyển máy")
        files(officers)
        flow.settled(site, [c])
        code, _, err = bo.run("pull", "--from", export(site, province, "two"))
        site.equal("a new epoch that continues the copy is followed", (0, "2"),
                   (code, bo.cursor()[0]))
        wrong, rows = ministry.differences(province, bo)
        site.check("and the copy is the province's (%d rows)" % rows, not wrong, wrong)

        # a restore: what came after the backup is gone at the province, not here
        province.kill(signal.SIGTERM)
        copied(site, "postgres", "backup")
        province.start()
        files(officers, 2)
        flow.settled(site, [c])
        bo.command("pull", "--from", export(site, province, "three"))
        lost = bo.cursor()
        c.kill(signal.SIGTERM)
        province.kill(signal.SIGTERM)
        before = province.number("select count(*) from receipt")
        copied(site, "backup", "postgres")
        gone = before - province.number("select count(*) from receipt")
        begin_epoch(province, "phục hồi từ bản sao lưu")
        province.start()
        c.start()
        flow.settled(site, [c])
        # what the backup lacks, the collector sends again by itself
        flow.wait("every lost report is back", lambda: province.number(
            "select count(*) from receipt") >= before)
        fourth = export(site, province, "four")
        code, _, err = bo.run("pull", "--from", fourth)
        site.check("a restored province: the cursor stands", code == 2
                   and bo.cursor() == lost, (code, err, bo.cursor(), lost))
        told = listed(bo)
        site.check("and how much the new branch lacks", told["state"] == "fork"
                   and told["fork_epoch"] == 3 and told["lost_pages"] == 1
                   and told["lost_receipts"] == gone > 0, (told, gone))
        site.equal("another epoch is not taken: 65", 65, bo.run(
            "province", "follow", "12", "--epoch", "9", "--why", "x", "--by", "p")[0])
        code, out, err = bo.run("province", "follow", "12", "--epoch", "3", "--why",
                                "tỉnh báo đã phục hồi", "--by", "Lò Văn A")
        site.check("a person takes the new branch up", code == 0, (code, out, err))
        code, _, err = bo.run("pull", "--from", fourth)
        site.check("and the pull goes on with it", code == 0 and bo.cursor()[0] == "3",
                   (code, err))
        wrong, rows = ministry.differences(province, bo)
        site.check("the copy is the province's again (%d rows)" % rows, not wrong, wrong)
        site.equal("the old copy is kept, with what is gone", [[str(before)]],
                   bo.sql("select count(*) from receipt", "htx_12_fork1"))
        site.equal("its functions read its own tables", [["0"]], bo.sql(
            "select count(*) from pg_proc where pronamespace = 'htx_12_fork1'::regnamespace"
            " and prosrc ~ '\\mhtx_12\\.'"))
        c.kill(signal.SIGTERM)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
