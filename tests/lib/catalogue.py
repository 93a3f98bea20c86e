"""New versions of the catalogue, made by editing its TSV files and nothing else.

    v2 = Edition(flow.CATALOGUE, folder, version=2, valid_from="2025-06-01")
    v2.indicator(9001, "htx.bees", "Số đàn ong", "Bee colonies")
    v2.column("htx_list", "htx.bees", "Số đàn ong", "Bee colonies")
    v2.rule("BEES_MANY", "htx_list", "htx.bees <= 100; htx.bees", "... {#1} ...", "...")
"""
import os
import shutil


class Edition:
    def __init__(self, source, folder, version, **head):
        shutil.copytree(source, folder)
        self.dir = folder
        self.head(version=version, **head)

    def path(self, name):
        return os.path.join(self.dir, name + ".tsv")

    def lines(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read().split("\n")[:-1]

    def write(self, name, lines):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")

    def add(self, name, **values):
        """One more line: columns by name, the others empty."""
        lines = self.lines(name)
        columns = lines[0].split("\t")
        assert not set(values) - set(columns), values
        self.write(name, lines + ["\t".join(str(values.get(c, "")) for c in columns)])

    def head(self, **values):
        lines = self.lines("catalogue")
        for key, value in values.items():
            lines = ["%s\t%s" % (key, value) if line.split("\t")[0] == key else line
                     for line in lines]
        self.write("catalogue", lines)

    def indicator(self, no, code, vi, en):
        self.add("indicators", no=no, code=code, name_vi=vi, name_en=en, unit_vi="đàn",
                 unit_en="colonies", scale=1, decimals=0, type="stock", level="UP",
                 operator="sum", min=0, max=1000000)

    def column(self, form, indicator, vi, en):
        """The form's next version: all its rows and one more."""
        forms = [line.split("\t") for line in self.lines("forms")]
        newest = max((f for f in forms if f[0] == form), key=lambda f: int(f[1]))
        version = int(newest[1]) + 1
        self.write("forms", ["\t".join(f) for f in forms] +
                   ["\t".join([form, str(version), *newest[2:]])])
        rows = self.lines("rows")
        columns = rows[0].split("\t")
        again = [line.split("\t") for line in rows]
        again = [r for r in again if r[0] == form and r[1] == newest[1]]
        values = {"form": form, "version": version, "indicator": indicator, "label_vi": vi,
                  "label_en": en}
        self.write("rows", rows + ["\t".join([r[0], str(version), *r[2:]]) for r in again] +
                   ["\t".join(str(values.get(c, "")) for c in columns)])
        return version

    def rule(self, code, form, expr, vi, en):
        self.add("rules", code=code, severity="warning", effect="keep", scope="report",
                 form=form, expr=expr, text_vi=vi, text_en=en)
