#!/usr/bin/python3
"""SDMX of publications made up for it: every kind of value and of absence, names full of what
XML and CSV trip over. Structure, schema, ML and CSV say the same as our CSV, value by value;
strangers' programs (xmllint with the official schemas, rsdmx) agree; a difference brings a
reader of publication 1 to publication 2; README's lines run as they stand. KEEP=1 leaves the
files."""
import csv
import hashlib
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
import totals

XSD = os.path.join(flow.ROOT, "..", "shared", "sdmx-ml-2.1-schemas")
URI = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/"
OURS = ("urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=HTX:COOP(1.0)"
        ":ObsLevelDim:TIME_PERIOD")
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
KEY = "FREQ REF_AREA INDICATOR BREAKDOWN1 BREAKDOWN2 VINTAGE".split()
SERIES = "UNIT_MEASURE UNIT_MULT DECIMALS".split()
OBS = ("OBS_STATUS QUALIFIER BASIS SOURCE COVERAGE_REPORTED COVERAGE_EXPECTED "
       "COVERAGE_UNITS_REPORTED COVERAGE_UNITS_EXPECTED COVERAGE_ENTITIES_REPORTED "
       "COVERAGE_ENTITIES_EXPECTED COUNT_NIL COUNT_NOT_AVAILABLE COUNT_REFUSED COUNT_MISSING "
       "COUNT_APPROXIMATE NUMERATOR DENOMINATOR STATED").split()
COMMUNES = """\
03388 Phường Đoàn Kết
03390 Xã <Bình> & "Lư", 'x'
03394 Xã Sin Suối Hồ"""
NASTY = "HTX <b>&\"Một\" ]]> \u2013 =1+1, x"

# value, basis, source, stated, (units, entities) reported and expected, nil, not available,
# refused, missing, approximate -> our word, the code of SDMX
KINDS = (
    ("5", "reported", "entity", "", (3, 3), (9, 9), 0, 0, 0, 0, 0, "reported", "A"),
    ("7.25", "reported", "mixed", "", (2, 3), (7, 9), 1, 0, 0, 2, 0, "reported", "P"),
    ("-12", "reported", "statement", "", (3, 3), (7, 9), 0, 1, 0, 0, 0, "reported", "A"),
    ("0", "reported", "entity", "", (3, 3), (9, 9), 9, 0, 0, 0, 0, "nil", "NIL"),
    ("0", "reported", "entity", "", (3, 3), (9, 9), 8, 0, 0, 0, 0, "reported", "A"),
    ("100", "reported", "entity", "", (3, 3), (9, 9), 0, 0, 0, 0, 2, "approximate", "E"),
    ("61.5", "stated", "statement", "62", (3, 3), (9, 9), 0, 0, 0, 0, 0, "stated", "E"),
    ("61.5", "mixed", "statement", "", (3, 3), (9, 9), 0, 0, 0, 0, 0, "mixed", "E"),
    ("61.5", "parts", "statement", "", (3, 3), (9, 9), 0, 0, 0, 0, 0, "derived", "A"),
    ("", "", "entity", "", (0, 3), (0, 9), 0, 2, 0, 0, 0, "not_available", "NOT_YET"),
    ("", "", "entity", "", (0, 3), (0, 9), 0, 0, 1, 0, 0, "refused", "L"),
    ("", "", "entity", "", (0, 3), (0, 9), 0, 0, 0, 4, 0, "missing", "O"),
    ("", "", "entity", "", (0, 3), (0, 9), 0, 1, 1, 0, 0, "missing", "O"),
    ("", "", "statement", "45.2", (0, 3), (0, 9), 0, 0, 0, 0, 0, "no_weight", "NO_WEIGHT"),
)


class Made(totals.Totals):
    """Totals whose figures go through KINDS; what: of this one differs from those of 1."""

    def __init__(self, period="2025-S2", vintage="actual", number=1, **more):
        self.vintage, self.number = vintage, number
        super().__init__(communes=COMMUNES, period=period, **more)
        del self.units[-1]
        self.figures = {k: f for k, f in self.figures.items()
                        if k[1] in ("",) + tuple(u for u, _ in self.units)}
        loan = next(i for i in self.indicators if i["code"] == "loan.amount")
        self._figure("-", "", loan, "fund", NASTY, "3")
        keys = sorted(self.figures)
        self.kind = {k: KINDS[n % len(KINDS)] for n, k in enumerate(keys)}
        self.breaks = [(self.units[2][0], totals.FROM, totals.FROM, "nhập từ hai xã cũ")]
        if number == 2:
            self.gone = keys[3::41]
            for k in self.gone:
                del self.figures[k]
            self.changed = [k for k in keys[7::37] if k in self.figures]
            for k in self.changed:
                self.kind[k] = ("8888.5",) + self.kind[k][1:]
            sector = next(i for i in self.indicators if i["code"] == "htx.total")
            self._figure("s", "", sector, "undivided", "", "1")
            self.kind[("s", "", "htx.total", "undivided", "")] = KINDS[0]

    def _total(self, key):
        by, unit, code, b1, b2 = key
        value, basis, source, stated, units, entities, *counts = self.kind[key][:-2]
        ratio = basis in ("stated", "mixed", "parts")
        return ("total", by, unit, totals.FROM if unit else "", self.vintage, code, b1, b2, value,
                "615" if ratio else "", "10" if ratio else "", self.figures[key]["measure"],
                basis, source, stated, *(units if source != "entity" else entities), *units,
                *entities, 1, 2, *counts)

    def text(self):
        lines = super().text().replace("\nvintage\tactual\n", "\nvintage\t%s\n" % self.vintage)
        return "".join(line + "\n" for line in lines.splitlines()
                       if not line.startswith(("compare\t", "target\t", "difference\t")))

    def publish(self, province):
        body = self.text().encode()
        province.sql("insert into publication select epoch, seq, 'nd09', '%s', '%s', %d, epoch, "
                     "seq, 3, 1, '\\x%s', '\\x%s', '{}' from control order by seq offset %d limit 1"
                     % (self.period, self.vintage, self.number, body.hex(),
                        hashlib.blake2b(body, digest_size=32).hexdigest(), Made.n))
        Made.n += 1

    n = 0  # a record is one publication


# ---- readers that share nothing with the writer ------------------------------------------

def id_of(code):
    """The rule of README, the other way round: what our code is under this id."""
    out = re.sub(r"\$([0-9A-F]{2})|([-@])|([^-@$]+)", lambda m: m[3].encode().hex() if m[3] else
                 m[1].lower() if m[1] else {"-": "2e", "@": "2b"}[m[2]], code)
    return bytes.fromhex(out).decode()


class Structure:
    def __init__(self, path):
        self.root = ET.parse(path).getroot()
        self.lists, self.ours, self.unnamed = {}, {}, []
        for cl in self.root.iterfind(".//{*}Codelist"):
            codes = self.lists[cl.get("id")] = {}
            for c in cl.findall("{*}Code"):
                names = {n.get(LANG): n.text for n in c.findall("{*}Name")}
                codes[c.get("id")] = names
                self.ours[cl.get("id"), c.get("id")] = c.findtext(
                    ".//{*}AnnotationTitle", c.get("id"))
        for tag in "Codelist Code ConceptScheme Concept Dataflow DataStructure".split():
            for e in self.root.iter("{%sstructure}%s" % (URI, tag)):
                given = {n.get(LANG) for n in e.findall("{*}Name") if n.text}
                if given != {"vi", "en"}:
                    self.unnamed.append((tag, e.get("id"), given))
        self.coded = {}
        for e in self.root.iterfind(".//{*}DataStructureComponents/*/*"):
            ref = e.find("{*}LocalRepresentation/{*}Enumeration/Ref")
            self.coded[e.get("id")] = ref.get("id") if ref is not None else None


def ml(path):
    """[(action, {key: {component: value}})] of each data set, twice a key: Failed."""
    sets = []
    for ds in ET.parse(path).getroot().iterfind("{*}DataSet"):
        rows = {}
        for s in ds.findall("Series"):
            for o in s.findall("Obs"):
                row = dict(s.attrib, **o.attrib)
                key = tuple(row.pop(k) for k in KEY + ["TIME_PERIOD"])
                if key in rows:
                    raise flow.Failed("twice: %s" % (key,))
                rows[key] = row
        sets.append((ds.get("{%sdata/structurespecific}action" % URI), rows))
    return sets


def table(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def plain(text):
    """Without the apostrophes that keep text from being a formula."""
    return re.sub("(^|[;\t\r\n])'", r"\1", text)


def sdmx_csv(path):
    rows = [], {}
    for r in table(path):
        key = tuple(r[k] for k in KEY + ["TIME_PERIOD"])
        rest = {k: r[k] for k in ["OBS_VALUE"] + SERIES + OBS if r[k] != ""}
        if r["ACTION"] == "D":
            rows[0].append(key)
        elif key in rows[1]:
            raise flow.Failed("twice: %s" % (key,))
        else:
            rows[1][key] = rest
    return rows


# ---- one publication ---------------------------------------------------------------------

class Files:
    def __init__(self, site, province, made, *more, formats=("csv", "sdmx-structure", "sdmx-ml",
                                                             "sdmx-csv")):
        self.dir = os.path.join(site.dir, "out")
        self.printed = []
        for name in formats:
            if not more or name.startswith("sdmx"):
                self.printed += province.command(
                    "extract", made.period, "--vintage", made.vintage, "--number",
                    str(made.number), "--format", name, "-o", self.dir, *more).split()
        end = "" if made.vintage == "actual" else "-" + made.vintage
        self.base = os.path.join(self.dir, "HTX_COOP_1.0_%s%s_12_v%d" % (
            made.period, end, made.number)) + ("-since-v1" if more else "")
        self.csv = os.path.join(self.dir, "laichau_htx_%s%s_v%d.csv" % (
            made.period, end, made.number))


def same_as_csv(site, made, files):
    rows = table(files.csv)
    place = {(r["by"], r["unit"] if "unit" in r["by"] else "", r["indicator"],
              plain(r["breakdown1"]), plain(r["breakdown2"])): r for r in rows}
    wrong = []
    for key, f in made.kind.items():
        if key not in made.figures:
            continue
        by = {"-": "total", "s": "sector", "u": "unit"}[key[0]]
        r = place.get((by,) + key[1:])
        wanted = "B" if key[1] == made.units[2][0] and f[-1] in "AP" else f[-1]
        if made.vintage == "estimate" and f[-1] in "ABP":
            wanted = "E"
        if r is None or (r["value"], r["status"], r["obs_status"]) != (f[0], f[-2], wanted):
            wrong.append((key, f, r))
    site.equal("csv: a row a figure, its value, why there is none", (len(made.figures), []),
               (len(rows), wrong[:3]))
    (action, data), = ml(files.base + ".xml")
    mine = {tuple(r["series_key"].split(".")): r for r in rows}
    site.equal("csv: keys are unique", len(rows), len(mine))
    site.equal("ml: the same keys", (set(mine), "Replace"), ({k[:6] for k in data}, action))
    wrong = [(k, v, mine[k[:6]]["value"]) for k, v in data.items()
             if v.get("OBS_VALUE", "") != mine[k[:6]]["value"] or
             v["OBS_STATUS"] != mine[k[:6]]["obs_status"]]
    site.equal("ml: every value is that of the csv, and absent where it is absent", [], wrong[:3])
    gone, same = sdmx_csv(files.base + ".csv")
    site.equal("sdmx-csv: the same as ml, component by component", ([], True),
               (gone, same == data))
    with open(files.base + ".csv", encoding="utf-8", newline="") as f:
        head = f.readline()
    site.equal("sdmx-csv: the columns of the field guide", ",".join(
        ["STRUCTURE", "STRUCTURE_ID", "ACTION"] + KEY + ["TIME_PERIOD", "OBS_VALUE"] + SERIES +
        OBS) + "\r\n", head)
    site.equal("sdmx-csv: what it is of", {("dataflow", "HTX:COOP(1.0)", "R")},
               {(r["STRUCTURE"], r["STRUCTURE_ID"], r["ACTION"])
                for r in table(files.base + ".csv")})
    return data, mine


def codes(site, made, files, data, mine):
    s = Structure(files.base + "_structure.xml")
    site.equal("structure: vi and en names of everything", [], s.unnamed)
    site.equal("structure: components in their order", KEY + ["TIME_PERIOD"] + SERIES + OBS +
               ["OBS_VALUE"], list(s.coded))
    site.equal("structure: ids as SDMX allows them", [], [
        c for cl in s.lists.values() for c in cl if not re.fullmatch(r"[A-Za-z0-9_@$\-]+", c)])
    unknown = {(c, row[c]) for key, values in data.items()
               for row in [dict(values, **dict(zip(KEY, key)))] for c, cl in s.coded.items()
               if cl and c in row and row[c] not in s.lists[cl]}
    site.equal("every code is in its list", set(), unknown)
    wrong = [(k, r["indicator"]) for k, r in mine.items()
             if not s.ours["CL_INDICATOR", k[2]] == id_of(k[2]) == r["indicator"]]
    site.equal("an id is our code by the rule, and the list says so", [], wrong[:3])
    parts = {s.ours["CL_BREAKDOWN", k[n]] for k in mine for n in (3, 4)}
    site.check("free names stand in the list as they were written",
               {NASTY, "=1+1", "@HTX"} <= parts if made.period == "2025-S2" else True, parts)
    names = {n["vi"] for n in s.lists["CL_AREA"].values()}
    site.check("names of units with all that XML escapes", COMMUNES.split("\n")[1][6:] in names,
               names)
    money = {(v["UNIT_MEASURE"], v["UNIT_MULT"]) for k, v in data.items()
             if k[2] in ("loan-amount", "income-worker_avg", "htx-total", "htx-sector_share",
                         "htx-chain_pct", "land-area")}
    site.equal("units, multipliers", {("VND", "6"), ("VND_per_person_per_year", "6"), ("PC", "0"),
                                      ("cooperatives", "0"), ("hectares", "0")}, money)
    return s


def header(site, files, period, freq):
    root = ET.parse(files.base + ".xml").getroot()
    st = root.find("{*}Header/{*}Structure")
    ref = st.find("{*}Structure/Ref")
    sets = root.findall("{*}DataSet")
    site.equal("ml: message, structure, dimension at the observation", (
        "{%smessage}StructureSpecificTimeSeriesData" % URI, OURS, "TIME_PERIOD", "HTX", "COOP",
        "1.0", "DataStructure"), (root.tag, st.get("namespace"), st.get(
            "dimensionAtObservation"), ref.get("agencyID"), ref.get("id"), ref.get("version"),
            ref.get("class")))
    ss = "{%sdata/structurespecific}" % URI
    site.equal("ml: each data set refers to it", {(st.get("structureID"), "DataStructure",
                                                   "coop:DataSetType")},
               {(d.get(ss + "structureRef"), d.get(ss + "dataScope"),
                 d.get("{http://www.w3.org/2001/XMLSchema-instance}type")) for d in sets})
    site.equal("ml: period and frequency", {(period, freq)},
               {(o.get("TIME_PERIOD"), s.get("FREQ")) for d in sets for s in d for o in s})
    return root.findtext("{*}Header/{*}Prepared")


def enumerations(site, files, what):
    """The schema has the code lists of the structure, whether a validator is here or not."""
    xs = "{http://www.w3.org/2001/XMLSchema}"
    lists = {c.get("id"): [x.get("id") for x in c.findall("{*}Code")] for c in
             ET.parse(files.base + "_structure.xml").getroot().iterfind(".//{*}Codelist")}
    schema = {t.get("name"): [v.get("value") for v in t.iter(xs + "enumeration")] for t in
              ET.parse(files.base + "_dsd.xsd").getroot().iterfind(xs + "simpleType")}
    site.check("the schema's codes are those of the lists: " + what,
               schema and all(schema[n] == lists.get(n) for n in schema), (schema, lists))


def validate(site, files, what, bad=True):
    enumerations(site, files, what)
    if shutil.which("xmllint") is None or not os.path.exists(XSD):
        site.skip("xmllint: %s: no xmllint, or no %s" % (what, XSD))
        return
    driver = os.path.join(files.dir, "driver.xsd")
    with open(driver, "w", encoding="utf-8") as f:
        f.write('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
                '<xs:import namespace="%smessage" schemaLocation="%s/SDMXMessage.xsd"/>'
                '<xs:import namespace="%s" schemaLocation="%s_dsd.xsd"/></xs:schema>' % (
                    URI, XSD, OURS, files.base))

    def lint(schema, path):
        return subprocess.run(["xmllint", "--nonet", "--noout", "--schema", schema, path],
                              capture_output=True, text=True, check=False)
    run = lint(os.path.join(XSD, "SDMXMessage.xsd"), files.base + "_structure.xml")
    site.equal("xmllint: %s: structure" % what, 0, run.returncode)
    run = lint(driver, files.base + ".xml")
    site.check("xmllint: %s: data" % what, run.returncode == 0, run.stderr[-600:])
    with open(files.base + ".xml", encoding="utf-8") as f:
        text = f.read()
    for name, old, new in (
            ("a code that is in no list", 'VINTAGE="', 'VINTAGE="x'),
            ("a value that is no number", 'OBS_VALUE="', 'OBS_VALUE="x'),
            ("an attribute nobody knows", '<Obs ', '<Obs COLOUR="red" '),
            ("no key", 'FREQ="', 'FREQENCY="')) if bad else ():
        path = os.path.join(files.dir, "bad.xml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new, 1))
        run = lint(driver, path)
        site.check("xmllint: %s: %s is refused" % (what, name), old in text and
                   run.returncode in (3, 4), (run.returncode, run.stderr[-300:]))


def has_rsdmx():
    return shutil.which("Rscript") is not None and subprocess.run(
        ["Rscript", "-e", "library(rsdmx)"], capture_output=True, check=False).returncode == 0


def rsdmx(site, files, mine):
    """Every value that R reads, against our CSV."""
    if not has_rsdmx():
        site.skip("rsdmx: r-cran-rsdmx is not installed")
        return
    script = ('d <- as.data.frame(rsdmx::readSDMX(commandArgs(TRUE), isURL = FALSE));'
              'k <- c("FREQ","REF_AREA","INDICATOR","BREAKDOWN1","BREAKDOWN2","VINTAGE");'
              'd$key <- do.call(paste, c(d[k], sep = "."));'
              'write.table(d[c("key", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS")], sep = "\\t",'
              ' na = "", quote = FALSE, row.names = FALSE, col.names = FALSE)')
    out = subprocess.run(["Rscript", "-e", script, files.base + ".xml"], capture_output=True,
                         text=True, check=False)
    got = {line.split("\t")[0]: line.split("\t")[2:] for line in out.stdout.splitlines()}
    wanted = {".".join(k): [r["value"], r["obs_status"]] for k, r in mine.items()}
    site.check("rsdmx: every value, every status", got == wanted, (
        len(got), [(k, v, got.get(k)) for k, v in wanted.items() if got.get(k) != v][:3],
        out.stderr[-300:]))


# ---- several publications ----------------------------------------------------------------

def difference(site, province, one, two):
    before = ml(Files(site, province, one).base + ".xml")[0][1]
    after = ml(Files(site, province, two).base + ".xml")[0][1]
    files = Files(site, province, two, "--since", "1")
    sets = ml(files.base + ".xml")
    now = dict(before)
    for action, rows in sets:
        for key, row in rows.items():
            if action == "Delete":
                del now[key]
            else:
                now[key] = row
    site.equal("since: a deletion has a key alone", [],
               [r for r in dict(sets).get("Delete", {}).values() if r])
    site.equal("since: applied to 1 it is 2", True, now == after)
    gone, new = sdmx_csv(files.base + ".csv")
    site.equal("since: csv says the same", (dict(sets).get("Replace", {}), list(dict(sets).get("Delete", {}))),
               (new, gone))
    site.equal("since: no row more than differs", (len(two.gone), len(two.changed) + 1),
               (len(gone), len(new)))
    first = {r["ACTION"]: n for n, r in reversed(list(enumerate(table(files.base + ".csv"))))}
    site.equal("since: deletions come first", {"D": 0, "R": len(gone)}, first)
    validate(site, files, "since", bad=False)
    for form, since, code in (("sdmx-ml", "2", 65), ("sdmx-ml", "3", 65), ("sdmx-ml", "x", 64),
                              ("sdmx-ml", "0", 64), ("csv", "1", 64)):
        province.command("extract", two.period, "--format", form, "--since", since, "-o",
                         site.dir, code=code)


def kept(site, province, one):
    formats = ("csv", "sdmx-structure", "sdmx-ml", "sdmx-csv", "zip")
    files = Files(site, province, one, formats=formats)
    before = {p: open(p, "rb").read() for p in files.printed}
    province.sql("delete from extract")
    Files(site, province, one, formats=formats)
    differ = [p for p, body in before.items() if open(p, "rb").read() != body]
    site.equal("made anew: byte for byte the same files, signatures too", [], differ)
    data = [p for p in before if not p.endswith((".b2", ".sha256", ".sig"))]
    beside = {p + end for p in data for end in (".b2", ".sha256", ".sig")}
    site.equal("three files beside each", beside, set(before) - set(data))
    sums = subprocess.run("sha256sum -c --quiet *.sha256 && b2sum -l 256 -c --quiet *.b2",
                          shell=True, cwd=files.dir, capture_output=True, text=True, check=False)
    site.check("hashes hold", sums.returncode == 0, sums.stderr)
    name = files.base + ".xml"
    sig = dict(line.split("\t", 1) for line in open(name + ".sig", encoding="utf-8").read()
               .splitlines() if "\t" in line)
    receipt = province.sql("select public from key_now where use = 'receipt'")[0][0]
    site.equal("signature: what, of what, whose", (
        os.path.basename(name), hashlib.sha256(before[name]).hexdigest(),
        "nd09\t2025-S2\tactual\t1", "receipt", receipt),
        (sig["name"], sig["sha256"], sig["publication"], sig["signer"], sig["key"]))
    with zipfile.ZipFile(files.base + ".zip") as z:
        inside = {n: z.read(n) for n in z.namelist()}
    listed = [line.split("\t")[1:] for line in inside["MANIFEST.tsv"].decode().splitlines()
              if line.startswith("file\t")]
    site.equal("zip: the manifest names every file and its hashes", sorted(
        [n, str(len(b)), hashlib.blake2b(b, digest_size=32).hexdigest(),
         hashlib.sha256(b).hexdigest()] for n, b in inside.items()
        if n not in ("MANIFEST.tsv", "SHA256SUMS")), sorted([n, b, h, s] for n, _, b, h, s in listed))
    site.equal("zip: the same files as by themselves", [], [
        n for n, b in inside.items() if os.path.join(files.dir, n) in before and
        before[os.path.join(files.dir, n)] != b])
    site.check("zip: workbook, csv, structure, schema, ml, sdmx-csv", len(listed) == 6, listed)


def signers(site, province, one):
    own = os.path.join(province.state, "keys", "receipt.sign")
    printed = province.command("extract", one.period, "--format", "sdmx-csv", "--number", "1",
                               "--sign", os.path.join(site.dir, "a.key"), "-o",
                               os.path.join(site.dir, "officer")).split()
    text = open(printed[-1], encoding="utf-8").read()
    site.check("an officer signs", "\nsigner\tofficer\ta\n" in text, text)
    os.rename(own, own + ".away")
    printed = province.command("extract", one.period, "--format", "sdmx-csv", "--number", "1",
                               "-o", os.path.join(site.dir, "unsigned")).split()
    province.command("keys", "new", own)
    printed += province.command("extract", one.period, "--format", "sdmx-csv", "--number", "1",
                                "-o", os.path.join(site.dir, "foreign")).split()
    os.rename(own + ".away", own)
    site.equal("without the province's key nothing is signed, by another one neither",
               [".csv", ".b2", ".sha256"] * 2, [os.path.splitext(p)[1] for p in printed])


def readme(site, files, mine, structure):
    """The lines of README, as they stand there."""
    with open(os.path.join(flow.ROOT, "README.md"), encoding="utf-8") as f:
        text = f.read()
    wanted = {structure.lists["CL_INDICATOR"][k[2]]["vi"]: r["value"] or r["obs_status"]
              for k, r in mine.items() if k[3] == k[4] == "_T" and "-" not in k[1]}
    for lang, program in (("r", ["Rscript"]), ("python", ["/usr/bin/python3"])):
        script = re.search(r"```%s\n(.*?)```" % lang, text, re.S)[1]
        site.check("README: %s: ten lines at most" % lang, len(script.splitlines()) <= 10, script)
        if lang == "r" and not has_rsdmx():
            site.skip("README: R: r-cran-rsdmx is not installed")
            continue
        path = os.path.join(files.dir, "readme." + lang)
        with open(path, "w", encoding="utf-8") as f:
            f.write(script)
        run = subprocess.run(program + [path, os.path.basename(files.base)], cwd=files.dir,
                             capture_output=True, text=True, check=False,
                             env=dict(os.environ, LC_ALL="C.UTF-8"))
        rows = dict(line.split("\t")[1:3] for line in run.stdout.splitlines()
                    if line.count("\t") >= 3)
        site.equal("README: %s: the province's table" % lang, wanted,
                   {k: v for k, v in rows.items() if k in wanted} or run.stderr[-500:])


def main():
    with flow.Site("sdmx") as site:
        province = site.province()
        one, two = Made(), Made(number=2)
        others = [(Made(vintage="estimate"), "2025-S2", "S"), (Made(vintage="plan"), "2025-S2", "S"),
                  (Made(period="2025", name="Năm 2025"), "2025", "A"),
                  (Made(period="2025-9T", name="9 tháng năm 2025", cutoff="2025-09-14"),
                   "2025-01-01/P9M", "_O")]
        for made in [one, two] + [o[0] for o in others]:
            made.publish(province)
        files = Files(site, province, one)
        data, mine = same_as_csv(site, one, files)
        structure = codes(site, one, files, data, mine)
        prepared = header(site, files, "2025-S2", "S")
        at = province.sql("select to_char(c.at at time zone 'Asia/Ho_Chi_Minh', "
                          "'YYYY-MM-DD\"T\"HH24:MI:SS\"+07:00\"') from commit c join publication p "
                          "on c.epoch = p.epoch and p.seq between c.first_seq and c.last_seq where "
                          "p.number = 1 and p.period = '2025-S2' and p.vintage = 'actual'")[0]
        site.equal("prepared when it was published", at[0], prepared)
        validate(site, files, "actual")
        rsdmx(site, files, mine)
        readme(site, files, mine, structure)
        keys = set(data)
        for made, period, freq in others:
            more = Files(site, province, made)
            d, m = same_as_csv(site, made, more)
            codes(site, made, more, d, m)
            header(site, more, period, freq)
            validate(site, more, made.vintage + " " + made.period, bad=False)
            site.equal("no key of another vintage or period", set(), keys & set(d))
            keys |= set(d)
        difference(site, province, one, two)
        kept(site, province, one)
        signers(site, province, one)
        return site.summary()


if __name__ == "__main__":
    sys.exit(main())
