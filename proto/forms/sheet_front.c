/* Our page in front of a marked workbook. */
#include "proto/forms/sheet_patch.h"

static void put_columns(const struct front *f, struct bytes *out)
{
    bytes_str(out, "<cols>");
    for (size_t i = 0; i < f->n_cols; i++)
        bytes_printf(
            out, "<col min=\"%zu\" max=\"%zu\" width=\"%u\" customWidth=\"1\"%s/>", i + 1,
            i + 1, f->widths[i], i + f->n_hidden >= f->n_cols ? " hidden=\"1\"" : "");
    bytes_str(out, "</cols>");
}

/* Lines that the text takes in its cell. */
static unsigned lines_of(const struct front *f, const struct front_cell *c)
{
    unsigned width = 0, lines = 1, letters = 0;

    for (size_t i = c->col; i <= c->col + c->across && i < f->n_cols; i++)
        width += f->widths[i];
    width += width / 8; /* letters of the text are narrower than the digits of a width */
    if (width == 0 || c->col + f->n_hidden >= f->n_cols)
        return 1;
    for (const char *p = c->text; *p != 0; p++) {
        letters += ((unsigned char)*p & 0xc0) != 0x80;
        if (*p == '\n' || letters > width) {
            lines++;
            letters = *p != '\n';
        }
    }
    return lines;
}

static void put_row(const struct patch *p, const struct front *f, size_t from, size_t to,
                    struct bytes *out)
{
    unsigned lines = 1;

    for (size_t i = from; i < to; i++) {
        unsigned n = lines_of(f, &f->cells[i]);

        lines = n > lines ? n : lines;
    }
    if (f->cells[from].style == FRONT_TITLE)
        lines = 2;
    bytes_printf(out, "<row r=\"%u\" ht=\"%u\" customHeight=\"1\">",
                 f->cells[from].row + 1, lines > 26 ? 400 : lines * 15 + 3);
    for (size_t i = from; i < to; i++) {
        const struct front_cell *c = &f->cells[i];

        bytes_str(out, "<c r=\"");
        patch_ref(out, c->row, c->col);
        bytes_printf(out, "\" s=\"%u\"", p->styles.front[c->style]);
        if (*c->text == 0) {
            bytes_str(out, "/>");
            continue;
        }
        bytes_str(out, " t=\"inlineStr\"><is><t xml:space=\"preserve\">");
        xml_text(out, c->text);
        bytes_str(out, "</t></is></c>");
    }
    bytes_str(out, "</row>");
}

static void put_merges(const struct front *f, struct bytes *out)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_cells; i++)
        n += f->cells[i].across > 0;
    if (n == 0)
        return;
    bytes_printf(out, "<mergeCells count=\"%zu\">", n);
    for (size_t i = 0; i < f->n_cells; i++) {
        const struct front_cell *c = &f->cells[i];

        if (c->across == 0)
            continue;
        bytes_str(out, "<mergeCell ref=\"");
        patch_ref(out, c->row, c->col);
        bytes_char(out, ':');
        patch_ref(out, c->row, c->col + c->across);
        bytes_str(out, "\"/>");
    }
    bytes_str(out, "</mergeCells>");
}

/* 'Biểu ''01'''!C7 */
static void put_location(struct bytes *out, const struct front_cell *c, const char *link)
{
    char *page = mem_array(2 * strlen(link) + 1, 1);
    size_t n = 0;

    for (const char *p = link; *p != 0; p++) {
        if (*p == '\'')
            page[n++] = '\'';
        page[n++] = *p;
    }
    bytes_char(out, '\'');
    xml_text(out, page);
    bytes_str(out, "'!");
    patch_ref(out, c->link_row, c->link_col);
    free(page);
}

static void put_links(const struct front *f, const char *first, struct bytes *out)
{
    bool any = false;

    for (size_t i = 0; i < f->n_cells; i++) {
        const struct front_cell *c = &f->cells[i];

        if (c->link == NULL)
            continue;
        bytes_str(out, any ? "<hyperlink ref=\"" : "<hyperlinks><hyperlink ref=\"");
        any = true;
        patch_ref(out, c->row, c->col);
        bytes_str(out, "\" location=\"");
        put_location(out, c, *c->link != 0 ? c->link : first);
        bytes_str(out, "\" display=\"");
        xml_text(out, c->text);
        bytes_str(out, "\"/>");
    }
    if (any)
        bytes_str(out, "</hyperlinks>");
}

void patch_front(const struct patch *p, const struct front *f, struct bytes *out)
{
    const char *selected = f == &p->m->front ? " tabSelected=\"1\"" : "";

    bytes_printf(out,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
                 "<worksheet xmlns=\"%s\"><sheetPr><tabColor rgb=\"FFC00000\"/>"
                 "<pageSetUpPr fitToPage=\"1\"/></sheetPr><sheetViews>"
                 "<sheetView showGridLines=\"0\"%s workbookViewId=\"0\">"
                 "<pane ySplit=\"%u\" topLeftCell=\"A%u\" activePane=\"bottomLeft\""
                 " state=\"frozen\"/><selection pane=\"bottomLeft\" activeCell=\"A%u\""
                 " sqref=\"A%u\"/></sheetView></sheetViews>"
                 "<sheetFormatPr defaultRowHeight=\"15\"/>",
                 p->main, selected, f->head + 1, f->head + 2, f->head + 2, f->head + 2);
    put_columns(f, out);
    bytes_str(out, "<sheetData>");
    for (size_t from = 0, to; from < f->n_cells; from = to) {
        to = from + 1;
        while (to < f->n_cells && f->cells[to].row == f->cells[from].row)
            to++;
        put_row(p, f, from, to, out);
    }
    bytes_str(out, "</sheetData>");
    put_merges(f, out);
    put_links(f, p->first, out);
    bytes_str(out,
              "<pageMargins left=\"0.4\" right=\"0.4\" top=\"0.5\" bottom=\"0.6\""
              " header=\"0.3\" footer=\"0.3\"/><pageSetup paperSize=\"9\""
              " orientation=\"landscape\" fitToHeight=\"0\"/><headerFooter><oddFooter>");
    xml_text(out, f->footer);
    bytes_str(out, "</oddFooter></headerFooter></worksheet>");
}

bool sheet_is_front(const struct sheet_page *p)
{
    for (size_t i = 0; i < p->n_cells && p->cells[i].row < 20; i++)
        if (p->cells[i].kind == CELL_TEXT && strcmp(p->cells[i].text, FRONT_MARK) == 0)
            return true;
    return false;
}
