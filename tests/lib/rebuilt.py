"""Control records and their typed rows: which kinds there are, what each row owes its record,
and whether the rows come out again from the records alone."""
import glob
import json
import os
import re

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))

# kind: its table, where the names differ; columns under another name; fields that are no
# column; columns made of more than the record (tested below)
TABLE = {"genesis": "province"}
RENAMED = {"notice": {"kind": "notice"}, "remark": {"place": "cell"},
           "entity_merge": {"into_subject": "into"}, "genesis": {"genesis": "hash"},
           "publication": {"hash": "totals"}}
NO_COLUMN = {"genesis": {"signatures"}, "catalogue": {"from"}, "decision": {"kind"},
             "seal": {"hash", "about_epoch", "about_seq"},
             "notice": {"form", "subject", "name", "person_name", "decision", "head",
                        "head_revision"}}
MADE = {"seal": {"statement"}, "publication": {"totals"}, "genesis": {"one"}}
# what a column holds where the body says nothing
UNSAID = {None, "", "{}"}
DEFAULTS = {("unit", "reports"): True, ("key", "unit_from"): "1970-01-01",
            ("key", "revoked"): False}
WITHOUT_ROWS = {"epoch"}


def kinds_in_code():
    """Kinds of control records, as the sources write them."""
    kinds = set()
    for path in glob.glob(os.path.join(ROOT, "aggregator", "**", "*.c"), recursive=True):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for pattern in (r'acts_add(?:_if)?\([^;]*?, "([a-z_]+)", &?j\b',
                        r'struct oplog_record \w+ = \{\s*\.kind = "([a-z_]+)"',
                        r'struct reg reg_\w+ = \{\s*(?:\.kind = )?"([a-z_]+)"'):
            kinds |= set(re.findall(pattern, text))
    return kinds


def statements():
    with open(os.path.join(ROOT, "schema", "pg", "again", "60_act.sql"), encoding="utf-8") as f:
        return f.read()


def kinds_known():
    """Those that act_apply knows."""
    listed = re.search(r"known constant text\[\] := array\[(.*?)\];", statements(), re.S)
    return set(re.findall(r"'([a-z_]+)'", listed.group(1)))


def tables():
    return sorted(set(re.findall(r"insert into htx\.([a-z_]+)", statements())))


def plain(value):
    """As a row shows it, so that a body's value can be compared."""
    if isinstance(value, str) and value.startswith("\\x"):
        return value[2:]
    if isinstance(value, list):
        return ",".join(value)
    return value


def owed(kind, body, row):
    """What is wrong between a record and its row."""
    wrong, used = [], set()
    for column, value in row.items():
        if column in ("epoch", "seq") or column in MADE.get(kind, ()):
            used.add(column)
            continue
        field = RENAMED.get(kind, {}).get(column, column)
        used.add(field)
        value = plain(value)
        if kind == "genesis" and column == "file":
            value = bytes.fromhex(value).decode()
        if body.get(field) is None:
            default = DEFAULTS.get((kind, column))
            good = value == default if default is not None else value in UNSAID
        else:
            good = value == body[field]
        if not good:
            wrong.append((kind, column, body.get(field), value))
    return wrong + [(kind, "not in a row", f, body[f]) for f in body
                    if f not in used | NO_COLUMN.get(kind, set())]


def rows_owed(province):
    """Every record against its row, one by one; what is wrong, and the kinds there were."""
    wrong, kinds = [], set()
    for kind in {k for k, in province.sql("select distinct kind from control")} - WITHOUT_ROWS:
        table = TABLE.get(kind, kind)
        on = "true" if table == "province" else "(t.epoch, t.seq) = (c.epoch, c.seq)"
        for body, row in province.sql(
                "select convert_from(c.body, 'UTF8'), coalesce(to_jsonb(t), 'null') from control c"
                " left join %s t on %s where c.kind = '%s'" % (table, on, kind)):
            kinds.add(kind)
            row = json.loads(row)
            wrong += [(kind, "no row", body)] if row is None else owed(kind, json.loads(body), row)
    return wrong, kinds


def rebuild(province):
    """The typed tables emptied and made again, in a transaction that is undone; the tables
    with the number of rows that differ."""
    all_tables = tables()
    sql = ["begin;"]
    for t in all_tables:
        mine = ("where exists (select from control c where (c.epoch, c.seq) = (x.epoch, x.seq))"
                if t == "supersession" else "")
        sql.append("create temp table kept_%s as select * from %s x %s;" % (t, t, mine))
        sql.append("delete from %s x %s;" % (t, mine))
    sql.append("do $$ declare e record; begin"
               " for e in select epoch, min(seq) as a, max(seq) as b from control group by 1"
               " order by 1 loop perform act_apply(e.epoch, e.a, e.b);"
               " perform act_publication(e.epoch, b.seq, k.totals)"
               "  from act_blobs(e.epoch, e.a, e.b) b join kept_publication k"
               "  on (k.epoch, k.seq) = (e.epoch, b.seq) where b.kind = 'publication';"
               " end loop; end $$;")
    for t in all_tables:
        mine = ("where exists (select from control c where (c.epoch, c.seq) = (x.epoch, x.seq))"
                if t == "supersession" else "")
        sql.append("select '%s', (select count(*) from kept_%s),"
                   " (select count(*) from ((table kept_%s except all select * from %s x %s) union all"
                   " (select * from %s x %s except all table kept_%s)) d);"
                   % (t, t, t, t, mine, t, mine, t))
    sql.append("rollback;")
    return {t: (int(n), int(d)) for t, n, d in province.sql("\n".join(sql))}


def check(site, province):
    """For the end of any story."""
    wrong, kinds = rows_owed(province)
    site.equal("every typed row says what its record says", [], wrong[:3])
    again = rebuild(province)
    site.equal("the rows come out again from the records alone", {},
               {t: d for t, (n, d) in again.items() if d})
    return kinds, again
