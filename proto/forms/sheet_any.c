/* What a file is, by its first bytes and by the parts of its archive, never by its name.
 */
#include "proto/forms/sheet_read.h"

static bool begins(struct span s, const char *magic, size_t n)
{
    return s.n >= n && memcmp(s.p, magic, n) == 0;
}

static bool read_archive(struct span file, struct sink *s, struct err *e)
{
    struct package *p = NULL;
    bool ok = package_open(&p, file, e);

    if (ok && package_has(p, "_rels/.rels"))
        ok = sheet_xlsx_read(p, s, e);
    else if (ok && (package_has(p, "content.xml") || package_has(p, "mimetype")))
        ok = sheet_ods_read(p, s, e);
    else if (ok)
        ok = sheet_refuse(e, "SHEET-FORMAT", "an archive, but no workbook in it");
    package_close(&p);
    return ok;
}

bool sheet_read_any(struct span file, const struct sheet_codecs *codecs, struct sink *s,
                    struct err *e)
{
    static const char encrypted[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";

    if (begins(file, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8)) {
        if (memmem(file.p, file.n, encrypted, sizeof encrypted - 1) != NULL)
            return sheet_refuse(e, "SHEET-ENCRYPTED", "the workbook has a password");
        return sheet_refuse(e, "SHEET-OLE", "the old .xls format");
    }
    if (begins(file, "PK", 2))
        return read_archive(file, s, e);
    if (begins(file, "%PDF", 4) || begins(file, "{\\rtf", 5) || begins(file, "<", 1))
        return sheet_refuse(e, "SHEET-FORMAT", "neither a workbook nor CSV");
    return sheet_csv_read(file, codecs, s, e);
}
