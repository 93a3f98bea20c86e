#!/usr/bin/python3
"""A report whose period is not open waits; what the unit sends after it goes through."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import flow


def rows(first, n):
    taxes = [t for _, t in zip(range(first + n), flow.tax_numbers("107"))][first:]
    return [(t, "HTX %s" % t, 100 + i) for i, t in enumerate(taxes)]


def main():
    with flow.Site("waiting") as site:
        # the collector's day is six weeks ahead of the province's: the window opens 15 May
        province = site.province(civil_date="2025-05-01").start()
        c = site.collector("a", ["107"]).start()
        c.drop("107", "som.csv", flow.entity_list("107", rows(0, 5)))
        flow.wait("the province says not now",
                  lambda: "period_not_open" in c.command("status", "--json", code=None), 20)
        c.drop("107", "cu.csv", flow.entity_list("107", rows(10, 4), "6 tháng cuối năm 2024"))
        flow.wait("receipts of the later batch", lambda: len(c.receipts()) == 4, 20)
        c.kill()
        province.kill()
        province.start()
        c.start()
        c.drop("107", "cu hon.csv", flow.entity_list("107", rows(20, 3), "6 tháng cuối năm 2024"))
        flow.wait("also after both were killed", lambda: len(c.receipts()) == 7, 20)
        site.equal("nothing of what waits is stored", 7,
                   province.number("select count(*) from receipt"))
        province.kill(signal.SIGTERM)
        province.configure("2025-05-20")
        province.start()
        flow.settled(site, [c])
        site.equal("when the window opens, it is answered as well", 12, len(c.receipts()))
        flow.count(site, province, [c])
        c.kill(signal.SIGTERM)
    return site.summary()


if __name__ == "__main__":
    sys.exit(main())
