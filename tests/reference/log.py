"""The log as it was signed: reports out of their batches, verdicts out of receipt leaves,
acts out of control records. Every hash that a leaf, a batch or a statement names is made
again; typed tables are never read.

    log = Log(rows)     rows(sql) gives lists of text, as psql prints them
"""
import datetime
import json

import wire

CHANNEL_RANK = {"territorial": 1, "on_behalf": 2, "sectoral": 3, "earlier": 4}
DAY = datetime.date(1970, 1, 1)


def day_of(number):
    return (DAY + datetime.timedelta(days=number)).isoformat()


class Report:
    """One signed report with its verdict; cells: (indicator, b1, b2) -> observation."""

    def __init__(self, body, pos, item_hash, leaf):
        r = wire.read(wire.REPORT, body)
        s = r.get("subject", {})
        self.pos, self.hash = pos, item_hash
        self.unit = (r["unit"]["code"], day_of(r["unit"]["valid_from"]))
        self.form, self.form_version = r["form"], r["form_version"]
        self.scheme, self.period = r["scheme"], r["period"]
        self.vintage = wire.VINTAGES[r["vintage"]]
        self.channel = wire.CHANNELS[r["channel"]]
        self.revision = r["revision"]
        self.supersedes = r.get("supersedes")
        self.kind = wire.KINDS[s.get("kind", 0)]
        self.subject = subject_of(s)
        self.name, self.sector = s.get("name", ""), s.get("sector", "")
        self.commune, self.state = s.get("commune", ""), wire.STATES[s.get("state", 0)]
        self.cells = {}
        for o in r.get("observations", []):
            self.cells[o["indicator"], o.get("b1", ""), o.get("b2", "")] = o
        self.verdict = leaf["verdict"]
        self.duplicate_of = leaf.get("duplicate_of")
        self.counts = self.verdict in (wire.ACCEPTED, wire.WARNINGS) and not self.duplicate_of
        self.about_unit = self.kind == "unit"

    @property
    def key(self):
        return (self.unit, self.form, self.subject, self.scheme, self.period, self.vintage,
                self.channel)


def subject_of(s):
    if s.get("kind") == 1:
        return "unit"
    scheme = wire.SCHEMES[s.get("scheme", 0)]
    if scheme == "tax":
        return "tax:" + s.get("id", "")
    return "%s:%s|%s" % (scheme, s.get("id", ""), s.get("issuer", "")) if scheme else ""


class Control:
    def __init__(self, pos, kind, body):
        self.pos, self.kind = pos, kind
        self.body = json.loads(body.decode("utf-8"))

    def __getitem__(self, name):
        return self.body.get(name)


class Log:
    def __init__(self, rows):
        self.rows = rows
        self.checked = 0       # hashes made again
        self.reports, self.submissions, self.withdrawals = [], [], []
        self.by_hash = {}
        self.controls = {}     # kind -> [Control]
        leaves = self._commits()
        self.end = max(leaves)
        self._controls(leaves)
        items = self._batches()
        self._receipts(leaves, items)
        self.positions = sorted(leaves)
        self._follow()

    def _equal(self, what, one, other):
        self.checked += 1
        if one != other:
            raise wire.Damaged("%s: %s, not %s" % (what, one.hex(), other.hex()))

    def _commits(self):
        """{position: leaf hash}; each commit continues the one before."""
        leaves, before = {}, None
        for statement, packed in self.rows(
                "select encode(statement, 'hex'), encode(leaves, 'hex') from commit"
                " order by epoch, number"):
            data, packed = bytes.fromhex(statement), bytes.fromhex(packed)
            s = wire.read(wire.STATEMENT, data)
            own = [packed[i:i + 32] for i in range(0, len(packed), 32)]
            self._equal("root of commit %d" % s["number"], wire.merkle_root(own), s["root"])
            if before is not None:
                self._equal("chain at commit %d" % s["number"], before, s["previous"])
            if len(own) != s["last_seq"] - s["first_seq"] + 1:
                raise wire.Damaged("leaves of commit %d" % s["number"])
            before = wire.hashed(b"htx.statement.v1", data)
            for i, leaf in enumerate(own):
                leaves[s["epoch"], s["first_seq"] + i] = leaf
        return leaves

    def _controls(self, leaves):
        for epoch, seq, kind, body in self.rows(
                "select epoch, seq, kind, encode(body, 'hex') from control order by 1, 2"):
            pos, body = (int(epoch), int(seq)), bytes.fromhex(body)
            if pos > self.end:
                continue
            self._equal("act at %d.%d" % pos, wire.hashed(b"htx.control.v1", body), leaves[pos])
            self.controls.setdefault(kind, []).append(Control(pos, kind, body))

    def _batches(self):
        items = {}
        for header_hash, envelope in self.rows(
                "select encode(hash, 'hex'), encode(envelope, 'hex') from evidence"):
            batch = wire.read(wire.ENVELOPE, bytes.fromhex(envelope))["batch"]
            header = wire.read(wire.HEADER, batch["header"])
            self._equal("a batch", wire.hashed(b"htx.batch.v1", batch["header"]),
                        bytes.fromhex(header_hash))
            own = []
            for item in batch["items"]:
                own.append(wire.hashed(wire.ITEM_DOMAIN[item["kind"]], item["body"]))
                items[own[-1]] = (item["kind"], item["body"])
            self._equal("root of a batch", wire.merkle_root(own), header["root"])
        return items

    def _receipts(self, leaves, items):
        for packed, in self.rows("select encode(leaf, 'hex') from receipt"
                                 " order by epoch, seq"):
            data = bytes.fromhex(packed)
            leaf = wire.read(wire.LEAF, data)
            pos = leaf["epoch"], leaf["seq"]
            if pos > self.end:
                continue  # came while the log was read
            self._equal("receipt at %d.%d" % pos, wire.hashed(b"htx.leaf.v1", data), leaves[pos])
            kind, body = items[leaf["item_hash"]]
            if kind == wire.ITEM_REPORT:
                r = Report(body, pos, leaf["item_hash"], leaf)
                self.reports.append(r)
                self.by_hash[r.hash] = r
            elif leaf["verdict"] not in (wire.ACCEPTED, wire.WARNINGS):
                continue
            elif kind == wire.ITEM_SUBMISSION:
                s = wire.read(wire.SUBMISSION, body)
                s["pos"], s["vintage"] = pos, wire.VINTAGES[s["vintage"]]
                s["unit"] = (s["unit"]["code"], day_of(s["unit"]["valid_from"]))
                self.submissions.append(s)
            else:
                a = wire.read(wire.ANSWER, body)
                if a.get("withdraw"):
                    self.withdrawals.append((pos, a["about"]))

    def _follow(self):
        """Who was replaced when: by the next revision, by a withdrawal, by a decision."""
        self.replaced = {}  # hash -> first position where it no longer stands
        self.withdrawn = {}
        heads = {}
        events = [(r.pos, "report", r) for r in self.reports if r.counts]
        events += [(pos, "withdrawn", about) for pos, about in self.withdrawals]
        events += [(c.pos, "decision", c) for c in self.controls.get("decision", [])]
        for pos, what, x in sorted(events, key=lambda e: e[0]):
            if what == "report":
                if x.key in heads:
                    self.replaced.setdefault(heads[x.key], pos)
                heads[x.key] = x.hash
            elif what == "withdrawn":
                target = self.by_hash[x].duplicate_of or x
                self.withdrawn.setdefault(target, pos)
                self.replaced.setdefault(target, pos)
            else:
                if x["replaces"]:
                    self.replaced.setdefault(bytes.fromhex(x["replaces"]), pos)
                about = self.by_hash.get(bytes.fromhex(x["about"]))
                if about is None:
                    continue  # a withdrawal that waited: what it takes back is `replaces`
                if x["act"] == "count":
                    heads[about.key] = about.hash
        self.decisions = self.controls.get("decision", [])

    # ---- a prefix of it ----

    def newest(self, kind, pos, key):
        """Of the acts of one kind with one key, the highest position that is no later."""
        now = {}
        for c in self.controls.get(kind, []):
            if c.pos <= pos:
                now[key(c)] = c
        return now

    def period(self, scheme, code, pos):
        return self.newest("period", pos, lambda c: (c["scheme"], c["code"])).get((scheme, code))

    def catalogue(self, pos):
        """The version in force."""
        for c in reversed(self.controls.get("catalogue", [])):
            if c.pos <= pos and c["act"] == "activate":
                return c["version"]
        return None

    def decided(self, pos):
        return {bytes.fromhex(c["about"]): c["act"] for c in self.decisions if c.pos <= pos}

    def same(self, pos):
        """{subject: what it is counted under}, after merges and unmerges."""
        now = {s: c for s, c in self.newest("entity_merge", pos, lambda c: c["subject"]).items()
               if c["act"] == "merge"}
        roots = {}
        for s in now:
            root, steps = s, 0
            while root in now and steps < 100:
                root, steps = now[root]["into"], steps + 1
            roots[s] = root
        return roots

    def standing(self, scheme, period, vintage, pos):
        """Reports of a period that are valid, before doubles are looked for."""
        decided = self.decided(pos)
        for r in self.reports:
            if (r.pos > pos or (r.scheme, r.period) != (scheme, period)
                    or vintage not in (None, r.vintage)):
                continue
            act = decided.get(r.hash)
            if act == "reject" or not (r.counts or act == "count"):
                continue
            if self.replaced.get(r.hash, (pos[0] + 1, 0)) > pos:
                yield r

    def counting(self, scheme, period, vintage, pos):
        """[(report, subject it is counted under)]: of one subject and form the authoritative
        channel, then the lowest position."""
        same, best = self.same(pos), {}
        for r in self.standing(scheme, period, vintage, pos):
            subject = same.get(r.subject, r.subject)
            key = (r.vintage, r.form, subject or r.hash, r.unit if r.about_unit else None)
            rank = CHANNEL_RANK[r.channel], r.pos
            if key not in best or rank < best[key][0]:
                best[key] = rank, r, subject
        return sorted(((r, s) for _, r, s in best.values()), key=lambda x: x[0].pos)
