#!/usr/bin/python3
"""What is published stays what it was: after every kind of later act, under other settings of
the session and with other plans each publication recomputes to its sealed bytes."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow
from catalogue import Edition

PERIOD = "2025-S1"
TAXES = [t for _, t in zip(range(6), flow.tax_numbers("107"))]
WHY = ("--by", "dung", "--yes", "--why", "theo hồ sơ")


class Story:
    def __init__(self, site):
        self.site = site
        self.province = site.province(civil_date="2025-07-10").start()
        self.published = []

    def file(self, name, *rows):
        path = os.path.join(self.site.dir, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write("".join("\t".join(r) + "\n" for r in rows))
        return path

    def load(self, what, *rows):
        self.province.command(what, "load", self.file(what + ".tsv", *rows))

    def entity(self, *argv):
        self.province.command("entity", *argv, "--by", "dung",
                              *(["--yes"] if argv[0] != "confirm" else []))

    def publish(self, vintage):
        self.province.publish(PERIOD, vintage)
        self.published.append((vintage, str(1 + sum(v == vintage for v, _ in self.published))))

    def holds(self, after):
        wrong = [p for p in self.published if "the same bytes" not in self.province.command(
            "publish", "--verify", PERIOD, "--vintage", p[0], "--number", p[1], code=None)]
        self.site.equal("the same bytes after " + after, [], wrong)

    def position(self, tax, period=PERIOD, vintage="actual"):
        return self.province.sql(
            "select epoch || '.' || seq from report where subject = 'tax:%s' and period = '%s'"
            " and vintage = '%s' order by epoch desc, seq desc limit 1" % (tax, period, vintage)
        )[0][0]


def begin(story):
    story.load("person", ("code", "name", "role", "valid_from"),
               ("dung", "Lê Văn Dũng", "consolidator", "2020-01-01"))
    story.load("entity", ("subject", "kind", "name", "sector", "unit", "commune", "founded"),
               *(("tax:" + t, "htx", "HTX " + t, "agri", "107", "Xã Bum Tở", "2012-01-01")
                 for t in TAXES[:5]))
    c = story.site.collector("c", ["106", "107"]).start()
    for i, (period, vintage) in enumerate((("6 tháng đầu năm 2024", "thực hiện"),
                                           ("6 tháng đầu năm 2025", "ước thực hiện"),
                                           ("6 tháng đầu năm 2025", "thực hiện"))):
        text = flow.entity_list("107", [(t, "HTX " + t, 100 + 10 * i) for t in TAXES],
                                period=period)
        c.drop("107", "%d.csv" % i, text.replace("Loại số liệu: thực hiện",
                                                 "Loại số liệu: " + vintage))
        flow.settled(story.site, [c])
    story.load("target", *target("100", "ÍT NHẤT"))
    return c


def target(value, qualifier):
    return (("seed", "section", "level", "area_code", "area", "period", "as_of", "kind",
             "indicator", "breakdown", "qualifier", "text", "value", "value_hi", "unit", "note"),
            ("NQ", "1", "province", "12", "Tỉnh Lai Châu", "2021-2025", "2025-12-31", "target",
             "htx.total", "all", qualifier, value, value, "", "HTX", ""))


def register(story):
    story.entity("event", TAXES[0], "--event", "dissolved", "--on", "2025-01-05", "--act", "QĐ 1")
    story.entity("event", TAXES[1], "--event", "moved", "--unit", "106", "--on", "2024-03-01",
                 "--act", "QĐ 2")
    story.holds("events that are dated back")
    story.entity("merge", TAXES[2], "--into", TAXES[3], "--why", "một HTX")
    story.holds("a merger")
    story.entity("unmerge", TAXES[2], "--why", "hai HTX")
    story.entity("confirm", "--unit", "107")
    story.load("entity", ("subject", "kind", "name", "sector", "unit", "commune", "founded",
                          "dissolved"),
               ("tax:" + TAXES[4], "htx", "HTX khác", "construction", "106", "", "2025-06-30",
                ""),
               ("tax:" + TAXES[5], "htx", "HTX sáu", "agri", "106", "", "2001-01-01",
                "2024-01-01"))
    story.holds("confirming and loading the register again")


def units(story):
    story.load("unit", ("code", "valid_from", "valid_to", "name", "kind", "parent", "act",
                        "reports", "aliases", "from"),
               ("107", flow.FROM, "2025-06-29", "Huyện cũ", "district", "12", "QĐ", "yes", "", ""),
               ("901", "2025-06-30", "", "Xã mới", "commune", "12", "QĐ", "yes", "", "107"),
               ("902", "2004-01-01", "", "Huyện thêm", "district", "12", "QĐ", "yes", "", ""))
    story.holds("lineage")


def catalogue(story):
    """A form's next version, about others than before, and other sources."""
    v2 = Edition(flow.CATALOGUE, os.path.join(story.site.dir, "v2"), 2, valid_from="2025-06-01",
                 accept_until="2025-12-31")
    v2.indicator(9001, "htx.bees", "Đàn ong", "Bee colonies")
    v2.column("htx_list", "htx.bees", "Đàn ong", "Bee colonies")
    forms = [line.split("\t") for line in v2.lines("forms")]
    subject = forms[0].index("subject")
    newest = max((f for f in forms if f[0] == "htx_list"), key=lambda f: int(f[1]))
    newest[subject] = "unit"
    story.changed = newest[1] != "1"
    v2.write("forms", ["\t".join(f) for f in forms])
    story.province.command("catalogue", "load", v2.dir)
    story.holds("a new catalogue")
    story.province.activate(2)
    story.holds("its activation")


def corrections(story, c):
    p = story.province
    p.command("decide", story.position(TAXES[3]), "reject", *WHY)
    story.holds("a report that is rejected")
    p.command("decide", story.position(TAXES[3], "2024-S1"), "reject", *WHY)
    story.holds("one of the year before")
    c.drop("107", "late.csv", flow.entity_list("107", [(t, "HTX " + t, 900) for t in TAXES[:3]],
                                               period="6 tháng đầu năm 2025"))
    flow.settled(story.site, [c])
    p.command("decide", "--held", PERIOD, "count", *WHY)
    story.holds("what came late and was decided to count")
    story.load("target", *target("7", "dưới"))
    p.command("target", "list")
    story.holds("other targets")
    p.reopen(PERIOD, "actual")
    story.publish("actual")
    story.holds("the next publication")


def settings(story):
    """Whatever the database sets for whoever reads, and however it plans."""
    for words in (("datestyle = 'SQL, DMY'", "timezone = 'America/New_York'",
                   "bytea_output = 'escape'", "intervalstyle = 'iso_8601'",
                   "extra_float_digits = -5", "search_path = public"),
                  ("enable_hashagg = off", "enable_hashjoin = off", "enable_material = off"),
                  ("enable_sort = off", "enable_mergejoin = off", "enable_indexscan = off",
                   "enable_bitmapscan = off", "work_mem = '64kB'")):
        for w in words:
            story.province.sql("alter role htx_read set " + w)
        story.holds(", ".join(w.split(" ")[0] for w in words))
        story.province.sql("alter role htx_read reset all")


def main():
    with flow.Site("purity") as site:
        story = Story(site)
        c = begin(story)
        story.publish("estimate")
        story.publish("actual")
        story.holds("publishing")
        register(story)
        corrections(story, c)
        catalogue(story)
        units(story)
        settings(story)
        c.kill()
        story.province.kill()
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
