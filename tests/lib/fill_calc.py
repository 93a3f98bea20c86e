"""Fills a workbook in a running LibreOffice: fill_calc.py PIPE TASKS.json.

Tasks: {"in", "out", "plan"}; out may end in .xlsx or .ods. A cell that the protection does
not open is an error here as it is for an officer.
"""
import datetime
import json
import sys
import time

import uno
from com.sun.star.beans import PropertyValue


def office(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(1800):
        try:
            return resolver.resolve(
                "uno:pipe,name=%s;urp;StarOffice.ComponentContext" % pipe)
        except Exception:  # pylint: disable=broad-except
            time.sleep(0.1)
    raise SystemExit("no LibreOffice on pipe " + pipe)


def put(cell, value):
    if isinstance(value, dict):
        day = datetime.date.fromisoformat(value["date"])
        cell.setValue((day - datetime.date(1899, 12, 30)).days)
    elif isinstance(value, str):
        cell.setString(value)
    else:
        cell.setValue(value)
    wanted = isinstance(value, str)
    if (cell.getString() != value) if wanted else (cell.getType().value != "VALUE"):
        raise SystemExit("not taken: %s: %r" % (cell.AbsoluteName, value))


def main():
    context = office(sys.argv[1])
    desktop = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.frame.Desktop", context)
    with open(sys.argv[2], encoding="utf-8") as f:
        task = json.load(f)
    hidden = PropertyValue("Hidden", 0, True, 0)
    book = desktop.loadComponentFromURL("file://" + task["in"], "_blank", 0, (hidden,))
    for page, cells in task["plan"].items():
        sheet = book.Sheets.getByName(page)
        if not sheet.isProtected():
            raise SystemExit("not protected: " + page)
        for cell, value in cells:
            put(sheet.getCellRangeByName(cell), value)
    name = "calc8" if task["out"].endswith(".ods") else "Calc MS Excel 2007 XML"
    book.storeToURL("file://" + task["out"], (PropertyValue("FilterName", 0, name, 0),))
    book.close(True)


main()
