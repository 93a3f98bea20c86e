"""The ministry beside a province, for flow tests: a database of its own in the same cluster.

    bo = ministry.Ministry(site)
    bo.follow(province, endpoint)
    bo.command("pull", "--once")
    ministry.differences(province, bo, "12")     # tables of the copy against the province's
"""
import os
import subprocess

import flow

# what a copy has otherwise, or not at all; why
NOT_COPIED = {
    "audit": "access audit stays at home", "quarantine": "no verdict", "redelivery": "no position",
    "extract": "files, stored beside the log", "feed_page": "the province's own pages",
    "feed_signature": "the province's own pages", "evidence_later": "only in a copy", "control_proof": "only in a copy",
}
COLUMNS = {
    # carriers stay at home; the commit is that of the first items, not of the arrival; bodies
    # of refused reports do not travel
    "evidence": "hash, unit, unit_from, batch_epoch, batch_number, signer",
}
WHERE = {
    # batches of which no item was answered yet; bodies of refused items
    "evidence": "hash in (select evidence from report union select evidence from submission"
                " union select evidence from answer)",
    "report": "verdict <> 'refused'",
    "report_cell": "(epoch, seq) in (select epoch, seq from report where verdict <> 'refused')",
    "submission": "verdict <> 'refused'",
    "answer": "verdict <> 'refused'",
}


class Ministry(flow.Daemon):
    """htx-aggregator of the ministry: pull as its daemon."""
    patience = 120

    def __init__(self, site, name="bo", poll_ms=200, answer_ms=3000):
        self.dir = os.path.join(site.dir, name)
        self.database = name
        self.state = os.path.join(self.dir, "state")
        self.conf = os.path.join(self.dir, "aggregator.conf")
        os.makedirs(self.state)
        super().__init__(site, name, [os.path.join(flow.BIN, "htx-aggregator"), "-c", self.conf,
                                      "pull"])
        site.daemons.append(self)
        subprocess.run(["psql", "-X", "-q", "host=%s dbname=postgres user=postgres" % site.pg_dir,
                        "-c", "create database " + name], check=True)
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write("[province]\ncode = 00\nname = Bộ\n[state]\ndir = %s\ncatalogue = %s\n"
                    "[database]\n" % (self.state, flow.CATALOGUE))
            for use, user in (("owner", "postgres"), ("admin", "htx_admin"), ("pull", "htx_pull"),
                              ("serve", "htx_serve"), ("read", "htx_read")):
                f.write("%s = %s\n" % (use, self.role(user)))
            f.write("[pull]\npoll_ms = %d\nanswer_ms = %d\n" % (poll_ms, answer_ms))
        self.command("migrate")

    def role(self, user):
        return "host=%s dbname=%s user=%s" % (self.site.pg_dir, self.database, user)

    def run(self, *argv):
        """(exit code, stdout, stderr)"""
        p = subprocess.run([os.path.join(flow.BIN, "htx-aggregator"), "-c", self.conf, *argv],
                           capture_output=True, text=True, cwd=self.dir, check=False,
                           env=dict(os.environ, LC_ALL="C.UTF-8"), timeout=self.patience)
        return p.returncode, p.stdout, p.stderr

    def command(self, *argv, code=0):
        got, out, err = self.run(*argv)
        if got != code:
            raise flow.Failed("ministry: %s: exit %d\n%s%s" % (" ".join(argv), got, out, err))
        return out

    def dies_at(self, point):
        """Exit code of a single pull that meets this crash point; None: it went through."""
        p = subprocess.run([os.path.join(flow.BIN, "htx-aggregator"), "-c", self.conf, "pull",
                            "--once"], capture_output=True, text=True, check=False,
                           env=dict(os.environ, LC_ALL="C.UTF-8", HTX_CRASH_AT=point), timeout=60)
        return p.returncode

    def follow(self, genesis, endpoint=None):
        """The line that the province enrolls: our CURVE key."""
        argv = ["province", "add", "--genesis", genesis]
        out = self.command(*argv, *(["--endpoint", endpoint] if endpoint else []))
        return [line.split()[1] for line in out.splitlines() if line.startswith("curve")][0]

    def sql(self, text, schema="htx"):
        p = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v",
                            "ON_ERROR_STOP=1", self.role("postgres"), "-f", "-"],
                           input="set search_path = %s;%s" % (schema, text), capture_output=True,
                           text=True, timeout=self.patience, check=False)
        if p.returncode:
            raise flow.Failed("psql: " + p.stderr)
        return [line.split("\x1f") for line in p.stdout.splitlines() if line]

    def cursor(self, code="12"):
        return tuple(self.sql("select epoch, page, seq from nation.cursor where code = '%s'"
                              % code)[0])


def fingerprint(sql, schema, tables):
    """{table: (rows, hash over all of them)}"""
    parts = []
    for t in tables:
        parts.append("select '%s', count(*), coalesce(md5(string_agg(h, '' order by h)), '') from "
                     "(select md5(x::text) as h from (select %s from \"%s\" where %s) x) y"
                     % (t, COLUMNS.get(t, "*"), t, WHERE.get(t, "true")))
    text = "set search_path = %s; %s" % (schema, " union all ".join(parts))
    return {r[0]: (int(r[1]), r[2]) for r in sql(text)}


def tables(sql, schema):
    return [r[0] for r in sql("select relname from pg_class where relkind = 'r' and relnamespace ="
                              " '%s'::regnamespace order by 1" % schema)
            if r[0] not in NOT_COPIED]


def differences(province, bo, schema="htx_12"):
    """Names of the tables that are not the same, row by row; and how many rows were compared."""
    names = tables(province.sql, "htx")
    if names != tables(bo.sql, schema):
        return ["tables themselves"], 0
    here, there = fingerprint(province.sql, "htx", names), fingerprint(bo.sql, schema, names)
    return ([(t, here[t][0], there[t][0]) for t in names if here[t] != there[t]],
            sum(n for n, _ in here.values()))
