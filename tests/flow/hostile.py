#!/usr/bin/python3
"""Hostile spreadsheets, each checked by the real program: refused with the right code, or
with a finding at the right row, in little time and memory; and a good file among them is
read as if they were not there."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

UNIT = "111"
PROGRAM = os.path.join(ROOT, "build", "release", "htx-collector")
GOOD = os.path.join(ROOT, "tests", "data", "lai_chau_2025_s1", UNIT, "danh-sach.csv")
MEMORY_KB = 64 * 1024  # of the program and of its reader, whichever is larger
SECONDS = 5.0          # a second on a machine that does nothing else
AT_LEAST = 100

passed = failed = 0


def check(name, ok, detail=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    if not ok:
        print("not ok %s: %s" % (name, detail))


def configure(folder):
    os.mkdir(os.path.join(folder, "inbox"))
    path = os.path.join(folder, "collector.conf")
    with open(path, "w") as f:
        f.write("[collector]\nstate = %s/state\ncatalogue = %s/schema/catalogue\n"
                "genesis = %s/genesis.conf\nendpoint = tcp://127.0.0.1:1\n"
                "civil_date = 2025-06-16\n[unit %s]\nvalid_from = 2004-01-01\n"
                "inbox = %s/inbox\n" % (folder, ROOT, folder, UNIT, folder))
    return path


def run(conf, *files):
    """What check says of the files, its seconds, its peak memory in kB, its exit code."""
    began = time.monotonic()
    p = subprocess.Popen([PROGRAM, "-c", conf, "check", "--json", "--unit", UNIT, *files],
                         stdout=subprocess.PIPE)
    out = p.stdout.read()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return json.loads(out), time.monotonic() - began, usage.ru_maxrss, p.returncode


def codes(answer, path):
    """The codes of a file's findings, however check groups them."""
    if isinstance(answer, dict):
        found = {answer["code"]} if "code" in answer else set()
        return found.union(*(codes(v, path) for v in answer.values()))
    if isinstance(answer, list):
        return set().union(*(codes(v, path) for v in answer
                             if not isinstance(v, dict) or v.get("file", path) == path))
    return set()


def main():
    folder = tempfile.mkdtemp(prefix="htx-hostile-")
    worst_s = worst_kb = 0
    try:
        conf = configure(folder)
        # in a process of its own: what this one has held would count as its children's
        subprocess.run([sys.executable, os.path.join(HERE, "..", "lib", "hostile.py"), folder],
                       check=True)
        names = []
        with open(os.path.join(folder, "expected.tsv"), encoding="utf-8") as f:
            expected = [line.rstrip("\n").split("\t") for line in f]
        for name, code in expected:
            path = os.path.join(folder, name)
            names.append(path)
            answer, seconds, kb, status = run(conf, path)
            worst_s, worst_kb = max(worst_s, seconds), max(worst_kb, kb)
            got = codes(answer, path)
            check(name, code in got, "%s instead of %s" % (sorted(got), code))
            check(name + ": no more than findings", status in (2, 65), status)
            check(name + ": time", seconds < SECONDS, "%.1f s" % seconds)
            check(name + ": memory", kb < MEMORY_KB, "%d kB" % kb)
        check("enough of them", len(names) >= AT_LEAST, len(names))
        alone = run(conf, GOOD)
        check("the good file alone", alone[3] == 0 and not codes(alone[0], GOOD), alone[3])
        among = run(conf, names[0], GOOD, *names[1:len(names) // 2], GOOD)
        for entry in among[0]:
            if entry.get("file") == GOOD:
                check("the good file among them", entry == alone[0][0], entry)
    finally:
        shutil.rmtree(folder)
    print("%d files, at worst %.2f s and %d kB" % (len(names), worst_s, worst_kb))
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


sys.exit(main())
