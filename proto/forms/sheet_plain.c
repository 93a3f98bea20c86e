/* A plain workbook of the cells of a file whose own shape cannot be kept. */
#include "proto/base/clock.h"
#include "proto/base/text.h"
#include "proto/forms/sheet_patch.h"
#include "proto/forms/sheet_read.h"

enum { STYLE_GENERAL, STYLE_DAY, STYLE_PART, STYLE_WORDS }; /* of patch_plain_styles */
enum { SERIAL_1970 = 25569 /* the workbook's number of 1970-01-01 */ };
enum { WIDTH_MIN = 6, WIDTH_MAX = 42, COLUMNS = 256, HEAD_ROWS = 12 };

/* "12.5%" to 0.125, digits only. */
static void put_part(struct bytes *out, const char *text)
{
    const char *digits = text + (*text == '-'), *point = strchr(text, '.');
    size_t whole = point != NULL ? (size_t)(point - digits) : strcspn(digits, "%");
    size_t i;

    bytes_str(out, *text == '-' ? "-" : "");
    if (whole <= 2)
        bytes_str(out, "0");
    for (i = 0; whole > 2 && i < whole - 2; i++)
        bytes_char(out, digits[i]);
    bytes_char(out, '.');
    for (i = whole; i < 2; i++)
        bytes_char(out, '0');
    for (i = whole > 2 ? whole - 2 : 0; i < whole; i++)
        bytes_char(out, digits[i]);
    for (const char *p = digits + whole; *p != 0; p++)
        if (*p >= '0' && *p <= '9')
            bytes_char(out, *p);
}

static void put_number(struct bytes *out, const char *text)
{
    if (strchr(text, '%') == NULL) {
        bytes_printf(out, " s=\"%d\"><v>%s</v></c>", STYLE_GENERAL, text);
        return;
    }
    bytes_printf(out, " s=\"%d\"><v>", STYLE_PART);
    put_part(out, text);
    bytes_str(out, "</v></c>");
}

static void put_text(struct bytes *out, const char *text)
{
    bytes_printf(out, " s=\"%d\" t=\"inlineStr\"><is><t xml:space=\"preserve\">",
                 STYLE_WORDS);
    xml_text(out, text);
    bytes_str(out, "</t></is></c>");
}

static void put_cell(struct bytes *out, const struct cell *c)
{
    int32_t day = c->kind == CELL_DATE ? date_read(c->text) : DATE_NONE;

    bytes_str(out, "<c r=\"");
    patch_ref(out, c->row, c->col);
    bytes_char(out, '"');
    if (c->kind == CELL_NUMBER)
        put_number(out, c->text);
    else if (day != DATE_NONE && day > date_make(1900, 3, 1))
        bytes_printf(out, " s=\"%d\"><v>%d</v></c>", STYLE_DAY, day + SERIAL_1970);
    else if (c->kind == CELL_BOOL)
        bytes_printf(out, " t=\"b\"><v>%d</v></c>", *c->text == 'T');
    else
        put_text(out, c->text);
}

static void put_columns(struct bytes *out, const struct sheet_page *page)
{
    unsigned widths[COLUMNS] = {0};
    uint32_t n = page->n_cols < COLUMNS ? page->n_cols : COLUMNS;

    for (size_t i = 0; i < page->n_cells; i++) {
        const struct cell *c = &page->cells[i];
        size_t w = text_width(c->text) + 2;

        if (c->row < HEAD_ROWS && w > 14)
            w = 14; /* what stands above the table runs over its neighbours */
        if (c->col < n && w > widths[c->col])
            widths[c->col] = w > WIDTH_MAX ? WIDTH_MAX : (unsigned)w;
    }
    if (n > 0)
        bytes_str(out, "<cols>");
    for (uint32_t i = 0; i < n; i++)
        bytes_printf(out, "<col min=\"%u\" max=\"%u\" width=\"%u\" customWidth=\"1\"/>",
                     i + 1, i + 1, widths[i] < WIDTH_MIN ? WIDTH_MIN : widths[i]);
    if (n > 0)
        bytes_str(out, "</cols>");
}

static void put_page(struct repack *z, const char *part, const struct sheet_page *page)
{
    struct bytes out = {0};
    uint32_t row = UINT32_MAX;

    bytes_str(&out,
              "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
              "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/"
              "main\"><sheetViews><sheetView workbookViewId=\"0\"/></sheetViews>");
    put_columns(&out, page);
    bytes_str(&out, "<sheetData>");
    for (size_t i = 0; i < page->n_cells; i++) {
        const struct cell *c = &page->cells[i];

        if (c->row != row)
            bytes_printf(&out, "%s<row r=\"%u\">", i > 0 ? "</row>" : "", c->row + 1);
        row = c->row;
        put_cell(&out, c);
    }
    bytes_str(&out, page->n_cells > 0 ? "</row></sheetData>" : "</sheetData>");
    if (page->n_merges > 0)
        bytes_printf(&out, "<mergeCells count=\"%zu\">", page->n_merges);
    for (size_t i = 0; i < page->n_merges; i++) {
        bytes_str(&out, "<mergeCell ref=\"");
        patch_ref(&out, page->merges[i].row, page->merges[i].col);
        bytes_char(&out, ':');
        patch_ref(&out, page->merges[i].last_row, page->merges[i].last_col);
        bytes_str(&out, "\"/>");
    }
    if (page->n_merges > 0)
        bytes_str(&out, "</mergeCells>");
    bytes_str(&out, "<pageSetup paperSize=\"9\" orientation=\"landscape\"/></worksheet>");
    repack_put(z, part, &out);
}

/* A page of a CSV has no name, and some programs allow more than a workbook does. */
static const char *page_name(struct arena *a, const struct sheet_page *page, size_t i)
{
    size_t letters = 0, n;
    char *name;

    if (*page->name == 0)
        return arena_printf(a, "Trang %zu", i + 1);
    for (n = 0; page->name[n] != 0 && letters < 31; n++)
        letters += ((unsigned char)page->name[n + 1] & 0xc0) != 0x80;
    name = arena_strn(a, page->name, n);
    for (char *p = name; *p != 0; p++)
        if (strchr("[]:*?/\\", *p) != NULL)
            *p = '-';
    return name;
}

static void put_all(struct repack *z, const struct sheet *s, struct arena *a)
{
    static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\""
                               " standalone=\"yes\"?>\n";
    static const char office[] =
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    static const char rels_of[] =
        "http://schemas.openxmlformats.org/package/2006/relationships";
    struct bytes types = {0}, top = {0}, book = {0}, rels = {0}, styles = {0};

    bytes_printf(
        &types,
        "%s<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/"
        "content-types\"><Default Extension=\"rels\" ContentType=\"application/"
        "vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\""
        " ContentType=\"application/xml\"/>",
        head);
    bytes_printf(
        &top,
        "%s<Relationships xmlns=\"%s\"><Relationship Id=\"rId1\""
        " Type=\"%s/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
        head, rels_of, office);
    bytes_printf(
        &book,
        "%s<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/"
        "main\" xmlns:r=\"%s\"><bookViews><workbookView/></bookViews><sheets>",
        head, office);
    bytes_printf(&rels,
                 "%s<Relationships xmlns=\"%s\"><Relationship Id=\"rIdS\""
                 " Type=\"%s/styles\" Target=\"styles.xml\"/>",
                 head, rels_of, office);
    for (size_t i = 0; i < s->n_pages; i++) {
        bytes_printf(&types,
                     "<Override PartName=\"/xl/worksheets/sheet%zu.xml\" ContentType="
                     "\"application/vnd.openxmlformats-officedocument.spreadsheetml."
                     "worksheet+xml\"/>",
                     i + 1);
        bytes_str(&book, "<sheet name=\"");
        xml_text(&book, page_name(a, &s->pages[i], i));
        bytes_printf(&book, "\" sheetId=\"%zu\"%s r:id=\"rId%zu\"/>", i + 1,
                     s->pages[i].hidden ? " state=\"hidden\"" : "", i + 1);
        bytes_printf(&rels,
                     "<Relationship Id=\"rId%zu\" Type=\"%s/worksheet\""
                     " Target=\"worksheets/sheet%zu.xml\"/>",
                     i + 1, office, i + 1);
    }
    bytes_str(&types,
              "<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd."
              "openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>"
              "<Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd."
              "openxmlformats-officedocument.spreadsheetml.styles+xml\"/></Types>");
    bytes_str(&book, "</sheets></workbook>");
    bytes_str(&rels, "</Relationships>");
    bytes_str(&styles, patch_plain_styles);
    repack_put(z, "[Content_Types].xml", &types);
    repack_put(z, "_rels/.rels", &top);
    repack_put(z, "xl/workbook.xml", &book);
    repack_put(z, "xl/_rels/workbook.xml.rels", &rels);
    repack_put(z, "xl/styles.xml", &styles);
    for (size_t i = 0; i < s->n_pages; i++)
        put_page(z, arena_printf(a, "xl/worksheets/sheet%zu.xml", i + 1), &s->pages[i]);
}

bool patch_plain(const struct sheet *s, struct bytes *out, struct err *e)
{
    struct repack *z;
    struct arena a = {0};
    bool ok = repack_open(&z, (struct span){0}, e);

    if (ok)
        put_all(z, s, &a);
    ok = ok && repack_write(z, out, e);
    repack_close(&z);
    arena_clear(&a);
    return ok;
}
