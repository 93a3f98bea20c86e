#!/usr/bin/python3
"""Every word a person sees: each key that the code asks for is in texts.tsv in both
languages and none stands there unused; the words are those of the glossary; the pairs of
the commands are complete, differ and take the same arguments; every help speaks both."""
import csv
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
BIN = os.path.realpath(os.path.join(ROOT, os.environ.get("BIN", "build/release")))
passed = failed = 0


def check(name, wrong):
    """wrong: what does not hold, named."""
    global passed, failed
    if wrong:
        failed += 1
        print("FAIL " + name)
        for w in list(wrong)[:40]:
            print("     %s" % (w,))
    else:
        passed += 1
        print("ok   " + name)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def tsv(path):
    rows = [line.split("\t") for line in read(path).split("\n") if line]
    return [dict(zip(rows[0], r)) for r in rows[1:]]


# ---- C, as far as words go ------------------------------------------------------------

TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\]|\\.)+\'|//[^\n]*|/\*.*?\*/|[A-Za-z_]\w*'
                   r'|[^\sA-Za-z_"\']', re.S)


def text_of(literal):
    s = literal[1:-1]
    return re.sub(r'\\(.)', lambda m: {"n": "\n", "t": "\t"}.get(m.group(1), m.group(1)), s)


def tokens(path):
    """Words and signs; neighbouring strings joined, included names left out."""
    out = []
    code = re.sub(r'^[ \t]*#[ \t]*include[^\n]*', '', read(path), flags=re.M)
    for t in TOKEN.findall(code):
        if t.startswith("//") or t.startswith("/*"):
            continue
        if t[0] == '"':
            if out and isinstance(out[-1], tuple):
                out[-1] = ("s", out[-1][1] + text_of(t))
            else:
                out.append(("s", text_of(t)))
        else:
            out.append(t)
    return out


SOURCES = sorted(glob.glob(os.path.join(ROOT, "collectors/*.c")) +
                 glob.glob(os.path.join(ROOT, "aggregator/**/*.c"), recursive=True) +
                 glob.glob(os.path.join(ROOT, "proto/*.c")) +
                 glob.glob(os.path.join(ROOT, "proto/forms/*.c")) +
                 glob.glob(os.path.join(ROOT, "*/*.h")) +
                 glob.glob(os.path.join(ROOT, "aggregator/*/*.h")) +
                 glob.glob(os.path.join(ROOT, "proto/forms/*.h")))
CODE = {os.path.relpath(p, ROOT): tokens(os.path.relpath(p, ROOT)) for p in SOURCES}
STRINGS = {p: [t[1] for t in ts if isinstance(t, tuple)] for p, ts in CODE.items()}
ALL = {s for ss in STRINGS.values() for s in ss}


def calls(ts, names):
    """(name, arguments as token lists) of every call."""
    for i, t in enumerate(ts[:-1]):
        if t not in names or ts[i + 1] != "(":
            continue
        depth, args, k = 1, [[]], i + 2
        while k < len(ts) and depth > 0:
            x = ts[k]
            if x in ("(", "[", "{"):
                depth += 1
            elif x in (")", "]", "}"):
                depth -= 1
            if depth == 1 and x == ",":
                args.append([])
            elif depth > 0:
                args[-1].append(x)
            k += 1
        yield t, args


def literals(arg):
    return [t[1] for t in arg if isinstance(t, tuple)]


# ---- the texts ------------------------------------------------------------------------

TEXTS = tsv("schema/catalogue/texts.tsv")
KEYS = {t["key"] for t in TEXTS}
HOLES = re.compile(r"\{[#a-z0-9]+\}")


def words_of(path, name):
    """The words of `name[] = {"", "a", "b"}` or `struct word {...}` in a file."""
    body = re.search(re.escape(name) + r"\s*\[[^\]]*\]\s*=\s*\{(.*?)\};", read(path), re.S)
    return [w for w in re.findall(r'"([^"]*)"', body.group(1)) if w] if body else []


def texts_are_whole():
    keys = [t["key"] for t in TEXTS]
    check("no key stands twice", sorted({k for k in keys if keys.count(k) > 1}))
    check("every text has both languages",
          [t["key"] for t in TEXTS if not t.get("vi", "").strip() or not t.get("en", "").strip()])
    # names and numbers of files are said in English alone where people can do nothing with them
    check("both take the same arguments", [
        t["key"] for t in TEXTS
        if not t["key"].startswith("sheet.") and
        set(HOLES.findall(t["vi"])) != set(HOLES.findall(t["en"]))])
    # what a template writes into its head is read again: one language
    marked = re.compile("[À-ỹĐđ]")
    check("English is not Vietnamese", [
        t["key"] for t in TEXTS if t["vi"] == t["en"] and marked.search(t["vi"]) and
        not re.match(r"template\.(mark|\w+_line)$", t["key"])])


# a report of a unit has no text of its own kind in these lists
NO_TEXT = {("verdict", "none")}


def families():
    """Keys that are put together: {prefix: words it is put together with}."""
    found = {}
    for path, name, prefixes in (
            ("proto/verdict.c", "words", ["verdict"]),
            ("proto/report.c", "vintage_words", ["vintage"]),
            ("proto/report.c", "channel_words", ["channel"]),
            ("proto/report.c", "subject_words", ["kind"]),
            ("proto/report.c", "scheme_words", ["id"]),
            ("proto/report.c", "state_words", ["state"]),
            ("proto/report.c", "obs_words", ["obs"]),
            ("proto/report.c", "qualifier_words", ["qualifier"]),
            ("proto/notice.c", "words", ["notice", "notice.do"])):
        for prefix in prefixes:
            found.setdefault(prefix, set()).update(words_of(path, name))
    found["text"] = {r["b1"] for r in tsv("schema/catalogue/rows.tsv")
                     if r["form"] == "thuyet_minh"} | {"note"}
    check("every word that a key is put together with has its text", [
        "%s.%s" % (prefix, w) for prefix, words in found.items() for w in words
        if (prefix, w) not in NO_TEXT and
        ("%s_%s" if "." in prefix else "%s.%s") % (prefix, w) not in KEYS])
    return found


def used_keys():
    """Keys that stand as a literal, and those that are put together from a literal."""
    prefixes = {k.split(".")[0] for k in KEYS}
    used, shapes = set(), set()
    for s in ALL:
        if re.fullmatch(r"[a-z_]+\.[A-Za-z0-9_-]+", s) and s.split(".")[0] in prefixes:
            used.add(s)
        if re.fullmatch(r"[a-z_]+\.[a-z_]*%s", s):
            shapes.add(s[:-2])
        used.update(k for k in KEYS if re.fullmatch(re.escape(s) + r"_\d+", k))
    return used, shapes


def keys_are_used():
    used, shapes = used_keys()
    used = {k for k in used if not re.search(r"\.(c|h|tsv|xlsx|csv|txt|xml|sql|rels|conf|key"
                                             r"|socket|sock|bundle|sqlite|lock|pdf|ods)$", k)}
    # what looks like a key but names a conf key, an indicator or a point of a test
    indicators = {i["code"] for i in tsv("schema/catalogue/indicators.tsv")}
    crash = {a[0][0][1] for ts in CODE.values() for n, a in calls(ts, ("crash_point",))
             if a[0] and isinstance(a[0][0], tuple)}
    numbered = {re.sub(r"_\d+$", "", k) for k in KEYS if re.search(r"_\d+$", k)}
    check("every key that the code names has its text",
          sorted(used - KEYS - indicators - crash - numbered))
    asked = {"say_word": 2, "catalogue_text": 1, "say": 3, "cmd_note": 1, "text_of": 1}
    missing, families_used = [], set()
    for path, ts in CODE.items():
        for name, args in calls(ts, tuple(asked)):
            if len(args) <= asked[name]:
                continue
            for s in literals(args[asked[name]]):
                if "." not in s:
                    families_used.add(s)
                elif "%" not in s and s not in KEYS:
                    missing.append("%s: %s" % (path, s))
    check("and so has every key that is asked for", missing)
    return used, shapes, families_used


def findings_have_texts():
    rules = {r["code"] for r in tsv("schema/catalogue/rules.tsv")}
    codes = {s for s in ALL if re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+", s)}
    told = {k[len("finding."):] for k in KEYS if k.startswith("finding.")}
    makers = ("findings_add", "add", "finding_at", "form_page_finding", "form_cell_finding",
              "form_unknown", "conflict", "form_row_finding")
    made = set()
    for path, ts in CODE.items():
        for name, args in calls(ts, makers):
            made.update(s for a in args for s in literals(a)
                        if re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+", s))
        made.update(re.findall(r'\.code = "([A-Z0-9_]+)"', read(path)))
    check("every finding that the code makes has its text", sorted(made - told - rules))
    return codes | rules


def no_text_is_unused(used, shapes, families_used, codes):
    fam = families()
    unused = []
    for key in KEYS:
        prefix, word = key.split(".", 1)
        if key in used or key in ALL:
            continue
        if prefix == "finding" and (word in codes or word in ALL):
            continue
        if prefix == "sheet" and any(s == word or s.startswith(word + ":") for s in ALL):
            continue
        if any(key.startswith(s) and (key[len(s):] in ALL or key[len(s):] in
                                      fam.get(s.rstrip("_."), ())) for s in shapes):
            continue
        if prefix in families_used and (word in fam.get(prefix, ()) or word in ALL):
            continue
        if prefix in fam and word in fam[prefix]:
            continue
        unused.append(key)
    check("no text stands there unused", sorted(unused))


# ---- the glossary ---------------------------------------------------------------------

# what a key says must be the glossary's word for this notion
SAME = {
    "verdict.accepted": "accepted", "verdict.warnings": "accepted with warnings",
    "verdict.refused": "refused", "verdict.conflict": "conflict (same id, other bytes)",
    "severity.error": "error", "severity.warning": "warning", "severity.note": "note",
    "vintage.plan": "plan", "vintage.estimate": "estimate", "vintage.actual": "actual",
    "channel.on_behalf": "filed on behalf", "channel.earlier": "earlier data",
    "obs.nil": "nil submission", "status.nil": "nil submission", "status.partly": "partly sent",
    "status.sent": "sent", "status.late": "late", "status.expected": "expected",
    "kind.unit": "unit", "kind.submission": "submission", "kind.explanation": "explanation",
    "kind.withdrawal": "withdrawal", "notice.return": "return", "notice.reminder": "remind",
    "notice.extension": "extension",
    "show.unit": "unit", "show.form": "form", "show.verdict": "verdict",
}
# words that the glossary says not to use, and where they mean something else
FORBIDDEN = [
    (r"niêm phong", "ký xác nhận"), (r"biên lai", "phiếu tiếp nhận"),
    (r"phán quyết", "kết quả tiếp nhận"), (r"công bố", "bản phát hành"),
    (r"số liệu chính thức", "thực hiện"), (r"thẩm định", "kiểm tra"),
    (r"\bnộp\b(?! thuế| ngân sách| bảo hiểm|\s*BHXH| tiền| vào ngân| phí| thay)", "gửi"),
    (r"\bchốt\b(?! số liệu|$)", "khóa kỳ"),
    (r"(?<!đã )(?<!chưa )(?<!đề nghị )\bkhóa\b(?! xác thực| kỳ| sổ)", "khóa xác thực"),
    (r"nhắc nhở", "đôn đốc"), (r"\bmẫu biểu\b", "biểu mẫu"), (r"cần giải thích", "cần giải trình"),
    (r"\btrễ hạn\b|\bnộp muộn\b|\bgửi muộn\b", "gửi chậm"),
    (r"hộp thư đến|thư mục nhận", "Thư mục gửi"), (r"rút lại báo cáo|rút báo cáo", "thu hồi"),
]


def flat(s):
    return s.replace("\n", " ")


def glossary_words():
    glossary = {g["english"]: g["tieng_viet"] for g in tsv("tests/data/glossary.tsv")}
    texts = {t["key"]: t["vi"] for t in TEXTS}
    check("the glossary knows what is asked of it",
          sorted(set(SAME.values()) - set(glossary)))
    check("texts use the glossary's word", [
        "%s: %s, not %s" % (key, glossary[of], texts.get(key)) for key, of in SAME.items()
        if of in glossary and texts.get(key, "").lower() != glossary[of].lower()])
    seen = [("texts.tsv " + t["key"], t["vi"]) for t in TEXTS]
    for r in tsv("schema/catalogue/rules.tsv"):
        seen += [("rules.tsv " + r["code"], v) for k, v in r.items()
                 if k and k.endswith("_vi") and v]
    for path, strings in STRINGS.items():
        seen += [(path, s) for s in strings if re.search("[À-ỹĐđ]", s)]
    wrong = []
    for where, text in seen:
        for pattern, instead in FORBIDDEN:
            m = re.search(pattern, flat(text))
            if m:
                wrong.append("%s: \"%s\" (%s): %s" % (where, m.group(0), instead, flat(text)[:90]))
    check("no word stands that the glossary does not want: %d texts" % len(seen), wrong)


# ---- pairs of the commands ------------------------------------------------------------

FORMAT = re.compile(r"%[-+ #0-9.*]*(?:hh|h|ll|l|z|j)?[a-zA-Z%]")


def pair(where, vi, en, same_format=True):
    wrong = []
    if not vi.strip() or not en.strip():
        wrong.append("%s: empty: %r, %r" % (where, vi, en))
    elif vi == en and re.search("[a-zA-Z]{3}", vi):
        wrong.append("%s: the same in both: %r" % (where, vi))
    elif re.search("[ăâđêôơưĂÂĐÊÔƠƯạảấầẩẫậắằẳẵặẹẻẽếềểễệỉĩịọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ]",
                   re.sub("\".*?\"|Biểu \\S+", "", en)):
        wrong.append("%s: Vietnamese in English: %r" % (where, en))
    if same_format and [f for f in FORMAT.findall(vi)] != [f for f in FORMAT.findall(en)]:
        wrong.append("%s: other arguments: %r, %r" % (where, vi, en))
    return wrong


def command_pairs():
    at = {"app_say": 1, "app_usage": 1, "app_print": 1, "app_set": 3}
    wrong, n = [], 0
    for path, ts in CODE.items():
        for name, args in calls(ts, tuple(at)):
            k = at[name]
            if len(args) < k + 2:
                continue
            vi, en = literals(args[k]), literals(args[k + 1])
            if len(vi) != 1 or len(en) != 1:
                continue  # from a table, or chosen
            n += 1
            wrong += pair("%s %s" % (path, name), vi[0], en[0])
        # {"word", "tiếng Việt", "English"}: a row of a table
        for i, t in enumerate(ts):
            if (t == "{" and i + 6 < len(ts) and all(isinstance(ts[i + k], tuple) for k in (1, 3, 5))
                    and ts[i + 2] == "," and ts[i + 4] == "," and ts[i + 6] in ("}", ",")
                    and re.fullmatch("[a-z0-9_.-]+", ts[i + 1][1])
                    and re.search("[À-ỹĐđ]", ts[i + 3][1]) and path.startswith("aggregator")):
                n += 1
                wrong += pair(path, ts[i + 3][1], ts[i + 5][1])
        # {"key", COL_TEXT, "tiếng Việt", "English"}: a column
            if (t == "{" and i + 8 < len(ts) and isinstance(ts[i + 1], tuple)
                    and str(ts[i + 3]).startswith("COL_") and ts[i + 4] == ","):
                vi, en = ts[i + 5], ts[i + 7]
                if vi == "NULL" and en == "NULL":
                    continue
                if ts[i + 1][1].endswith(("_vi", "_en")):  # one of a pair of columns
                    continue
                n += 1
                if not isinstance(vi, tuple) or not isinstance(en, tuple):
                    wrong.append("%s: column %s speaks one language" % (path, ts[i + 1][1]))
                elif not vi[1].strip() or not en[1].strip():
                    wrong.append("%s: column %s is empty" % (path, ts[i + 1][1]))
        # vi ? "tiếng Việt" : "English"
        for i, t in enumerate(ts):
            if (t == "?" and ts[i - 1] in ("vi", "LANG_VI") and isinstance(ts[i + 1], tuple)
                    and ts[i + 2] == ":" and isinstance(ts[i + 3], tuple)
                    and re.search("[À-ỹĐđ]", ts[i + 1][1] + ts[i + 3][1])):
                n += 1
                vi, en = ts[i + 1][1], ts[i + 3][1]
                if re.search("[À-ỹĐđ]", en) and not re.search("[À-ỹĐđ]", vi):
                    wrong.append("%s: English first: %r" % (path, vi))
                else:
                    wrong += pair(path, vi, en)
    check("pairs of the commands: %d" % n, wrong)


def run(program, lang, *argv):
    env = dict(os.environ, LC_ALL="vi_VN.UTF-8" if lang == "vi" else "C.UTF-8", LANGUAGE=lang)
    p = subprocess.run([os.path.join(BIN, program), *argv], capture_output=True, text=True,
                       env=env, timeout=20, check=False)
    return p.stdout


def helps():
    wrong = []
    vi, en = (run("htx-collector", lang, "-h").splitlines() for lang in ("vi", "en"))
    if len(vi) != len(en) or len(vi) < 5:
        wrong.append("htx-collector -h: %d and %d lines" % (len(vi), len(en)))
    names = []
    for a, b in zip(vi, en):
        if a.startswith("  "):
            names.append(a.split()[0])
        if a == b:
            wrong.append("htx-collector -h: " + a)
    for name in names:
        if name.startswith("-"):
            continue
        vi, en = (run("htx-collector", lang, name, "--help").splitlines() for lang in ("vi", "en"))
        if len(vi) != len(en) or len(vi) < 2:
            wrong.append("%s --help: %d and %d lines" % (name, len(vi), len(en)))
        wrong += ["%s --help: %s" % (name, a) for a, b in zip(vi[1:], en[1:]) if a == b]
    vi, en = (run("htx-aggregator", lang, "-h").splitlines() for lang in ("vi", "en"))
    if len(vi) != len(en) or len(vi) < 20:
        wrong.append("htx-aggregator -h: %d and %d lines" % (len(vi), len(en)))
    wrong += ["htx-aggregator -h: " + a for a, b in zip(vi, en)
              if a == b and a.startswith("        ")]
    check("every help speaks both languages", wrong)


def catalogue_names():
    wrong = []
    for name in ("forms", "indicators", "breakdowns", "periods", "rows", "rules"):
        path = "schema/catalogue/%s.tsv" % name
        for i, row in enumerate(tsv(path)):
            for k in row:
                if not k or not k.endswith("_vi"):
                    continue
                en = k[:-3] + "_en"
                if en in row and bool(row[k].strip()) != bool(row[en].strip()):
                    wrong.append("%s line %d: %s and %s" % (path, i + 2, k, en))
    check("names of the catalogue stand in both languages", wrong)


def main():
    csv.field_size_limit(1 << 20)
    texts_are_whole()
    used, shapes, families_used = keys_are_used()
    codes = findings_have_texts()
    no_text_is_unused(used, shapes, families_used, codes)
    glossary_words()
    command_pairs()
    catalogue_names()
    helps()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
