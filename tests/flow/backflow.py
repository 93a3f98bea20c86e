#!/usr/bin/python3
"""What flows back: the unit's page of the register and notices, over kills of both sides,
a cut link and a collector restored from an older copy."""
import os
import shutil
import signal
import sqlite3
import sys
import time
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow


def page(c, unit):
    try:
        with open(os.path.join(c.state, "register", unit + ".page"), "rb") as f:
            return f.read().decode("utf-8", "replace")
    except OSError:
        return ""


def notices(c):
    """Of a stopped collector: positions and records."""
    with sqlite3.connect("file:%s?mode=ro" % os.path.join(c.state, "outbox.sqlite"),
                         uri=True) as db:
        return db.execute("select epoch, pos, act from notice order by 1, 2").fetchall()


def kept(c):
    return c.logged().count("notice_kept")


def load(site, province, name):
    path = os.path.join(site.dir, "entities.tsv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("subject\tkind\tname\tsector\tunit\tcommune\tstate\n"
                "tax:%s\thtx\t%s\tagri\t107\tXã Thu Lũm\tactive\n"
                "tax:%s\thtx\tHTX của huyện khác\tagri\t106\t\tactive\n"
                % (flow.tax_number("107", 1) or flow.tax_number("107", 2), name,
                   flow.tax_number("106", 1) or flow.tax_number("106", 2)))
    province.command("entity", "load", path)


def pages(site, province, c):
    flow.wait("a page comes with the first link", lambda: page(c, "107"), 20)
    load(site, province, "HTX Suối Đá")
    began = time.monotonic()
    flow.wait("an entity comes over the open session", lambda: "HTX Suối Đá" in page(c, "107"), 10)
    site.check("within seconds: %.1f" % (time.monotonic() - began),
               time.monotonic() - began < 4)
    site.check("nothing of another unit's", "huyện khác" not in page(c, "107"))
    back = [pid for pid, name in flow.children(province.process.pid).items()
            if name == "htx-back"]
    site.equal("the back flow has a process of its own", 1, len(back))
    os.kill(back[0], signal.SIGKILL)
    load(site, province, "HTX Suối Sâu")
    flow.wait("which is started again when it ends", lambda: "back_gone" in province.logged(), 10)
    flow.wait("and goes on over the open sessions", lambda: "HTX Suối Sâu" in page(c, "107"), 20)
    load(site, province, "HTX Suối Đá")
    c.drop("107", "ds.csv", flow.entity_list("107", [(next(flow.tax_numbers("107")), "HTX Suối Đá",
                                                      4321)]))
    flow.settled(site, [c])
    c.kill()
    os.unlink(os.path.join(c.state, "register", "107.page"))
    c.start()
    flow.wait("a lost page comes again", lambda: "HTX Suối Đá" in page(c, "107"), 20)
    site.check("now with the values that were accepted", "2025-S1" in page(c, "107"))
    path = os.path.join(site.dir, "template.xlsx")
    c.command("template", "2025-S2", "--form", "htx_list", "-o", path)
    with zipfile.ZipFile(path) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
    site.equal("a template has it, beside the running daemon, with its last values", [],
               [t for t in ("HTX Suối Đá", "Huyện Mường Tè", "4.321") if t not in texts])
    whole = page(c, "107")
    c.kill()
    with open(os.path.join(c.state, "register", "107.page"), "r+b") as f:
        f.write(b"\0\0\0")
    c.start()
    flow.wait("so does a damaged one", lambda: page(c, "107") == whole, 20)


def talk(site, province, c):
    shutil.copytree(c.state, c.state + ".before", ignore=shutil.ignore_patterns("control*"))
    for period in ("2025-S1", "2024-S2"):
        province.command("remind", period, "--unit", "107", "--by", "a")
    flow.wait("two reminders come over the open session", lambda: kept(c) == 2, 10)
    c.link.cut()
    province.kill()
    province.command("remind", "2023", "--unit", "107", "--by", "a")
    province.start()
    flow.wait("what was decided meanwhile comes as well", lambda: kept(c) == 3, 20)
    c.kill()
    province.command("remind", "2025-S1", "--unit", "107", "--by", "a")
    c.start()
    flow.wait("and what was decided while the collector was away", lambda: kept(c) == 4, 20)
    c.kill()
    before = notices(c)
    site.equal("each once", 4, len(before))
    site.equal("and in the order of the log", sorted(n[:2] for n in before),
               [n[:2] for n in before])
    shutil.rmtree(c.state)
    os.rename(c.state + ".before", c.state)
    c.start()
    flow.wait("a collector restored from an older copy gets all of them", lambda: kept(c) == 8, 20)
    time.sleep(1)
    c.kill()
    site.equal("the very same", before, notices(c))


def main():
    with flow.Site("backflow") as site:
        province = site.province().start()
        proxy = site.proxy(province.port)
        c = site.collector("a", ["107"], port=proxy.port)
        c.link = proxy
        c.start()
        pages(site, province, c)
        talk(site, province, c)
        site.check("nothing was an alarm", "<2>" not in c.logged(), c.logged()[-800:])
        province.kill(signal.SIGTERM)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
