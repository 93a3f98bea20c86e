#include <cairo-pdf.h> /* before base.h: their macros use what we poison */
#include <pango/pangocairo.h>

#include "aggregator/pdf/pdf.h"
#include "proto/base/clock.h"
#include "proto/base/text.h"

#define FAMILY "Times New Roman,Liberation Serif,serif"
#define MM (72.0 / 25.4)

/* Points. NĐ 30/2020: 20 mm above and below, 30 mm left, 15 mm right. */
#define PAGE_W (297 * MM)
#define PAGE_H (210 * MM)
#define LEFT (30 * MM)
#define TOP (20 * MM)
#define RIGHT (PAGE_W - 15 * MM)
#define BOTTOM (PAGE_H - 20 * MM)
#define WIDTH (RIGHT - LEFT)
#define PAD 2.0       /* between text and line */
#define SMALLEST 0.77 /* of the letters: 8.5 of 11 points */
#define GAP 8.0       /* an empty row */
#define CHARACTER 5.3 /* of a workbook's column, at 11 points */
#define SIGN_HEIGHT 104.0

enum align { AT_LEFT, AT_CENTRE, AT_RIGHT };

struct look {
    double size;
    bool bold, italic, border;
    enum align align;
};

static struct look look_of(const struct pdf_cell *c)
{
    struct look l = {11, false, false, true, AT_LEFT};

    switch (c->style) {
    case PAPER_HEAD:
        l.bold = true;
        l.align = AT_CENTRE;
        break;
    case PAPER_TEXT_SMALL:
        l.size = 10;
        break;
    case PAPER_CENTRE:
    case PAPER_ORDER:
        l.align = AT_CENTRE;
        break;
    case PAPER_NUMBERS:
        l.size = 9;
        l.italic = true;
        l.align = AT_CENTRE;
        break;
    case PAPER_GUIDE:
    case PAPER_TEXT_BOLD:
        l.bold = true;
        break;
    case PAPER_NOTE:
        l.size = 10;
        l.italic = true;
        l.border = false;
        break;
    default:
        break;
    }
    if (c->number)
        l.align = AT_RIGHT;
    l.italic = l.italic || c->italic;
    return l;
}

enum place_kind { PLACE_HEAD, PLACE_ROW, PLACE_SIGN };

struct place {
    enum place_kind kind;
    const struct pdf_sheet *sheet;
    uint32_t row;
    double y, height;
    int page;
};

struct drawing {
    const struct pdf_input *in;
    cairo_t *cr;
    PangoLayout *text;
    struct arena arena;
    struct place *places;
    size_t n_places;
    int pages;
    double y; /* while placing */
    /* of the sheet being placed or drawn */
    const struct pdf_sheet *sheet;
    int first_page;
    double scale, unit; /* of letters; points a character of width */
};

/* ---- text ---- */

static void no_hyphens(PangoLayout *layout)
{
    PangoAttrList *attrs = pango_attr_list_new();

    pango_attr_list_insert(attrs, pango_attr_insert_hyphens_new(FALSE));
    pango_layout_set_attributes(layout, attrs);
    pango_attr_list_unref(attrs);
}

static void set_text(struct drawing *d, const char *s, const struct look *l, double size,
                     double width)
{
    static const PangoAlignment aligns[] = {PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER,
                                            PANGO_ALIGN_RIGHT};
    PangoFontDescription *f = pango_font_description_new();

    pango_font_description_set_family(f, FAMILY);
    pango_font_description_set_absolute_size(f, size * PANGO_SCALE);
    pango_font_description_set_weight(f,
                                      l->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_style(f,
                                     l->italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
    pango_layout_set_font_description(d->text, f);
    pango_font_description_free(f);
    pango_layout_set_width(d->text, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(d->text, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(d->text, aligns[l->align]);
    pango_layout_set_text(d->text, s, -1);
    no_hyphens(d->text);
}

static double text_height(const struct drawing *d)
{
    int h;

    pango_layout_get_size(d->text, NULL, &h);
    return (double)h / PANGO_SCALE;
}

/* Draws a line or more; returns its height. draw false: only that. */
static double put_text(struct drawing *d, double x, double y, double width, const char *s,
                       struct look l, bool draw)
{
    set_text(d, s, &l, l.size, width);
    if (draw) {
        cairo_move_to(d->cr, x, y);
        pango_cairo_show_layout(d->cr, d->text);
    }
    return text_height(d);
}

/* Width of the widest line of what was put last. */
static double put_width(const struct drawing *d)
{
    PangoRectangle r;

    pango_layout_get_extents(d->text, NULL, &r);
    return (double)r.width / PANGO_SCALE;
}

/* ---- geometry of a sheet ---- */

static void use_sheet(struct drawing *d, const struct pdf_sheet *s)
{
    double sum = 0;

    for (int i = 0; i < s->columns; i++)
        sum += s->widths[i];
    d->sheet = s;
    d->unit = WIDTH / sum;
    d->scale = d->unit / CHARACTER;
    if (d->scale > 1)
        d->scale = 1;
    if (d->scale < SMALLEST)
        d->scale = SMALLEST;
}

static double x_of(const struct drawing *d, int col)
{
    double x = LEFT;

    for (int i = 0; i < col; i++)
        x += d->sheet->widths[i] * d->unit;
    return x;
}

/* Cells of a row: [*first, *first + n) */
static size_t cells_of(const struct pdf_sheet *s, uint32_t row, size_t *first)
{
    size_t low = 0, high = s->n_cells, n = 0;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (s->cells[mid].row < row)
            low = mid + 1;
        else
            high = mid;
    }
    while (low + n < s->n_cells && s->cells[low + n].row == row)
        n++;
    *first = low;
    return n;
}

static double cell_room(const struct drawing *d, const struct pdf_cell *c)
{
    const double room = x_of(d, c->to + 1) - x_of(d, c->from) - 2 * PAD;

    return room > 4 ? room : 4;
}

/* Does the widest word fit its line? Then none is broken. */
static bool words_fit(struct drawing *d, double room)
{
    bool fit;
    int width;

    pango_layout_set_wrap(d->text, PANGO_WRAP_WORD);
    pango_layout_get_size(d->text, &width, NULL);
    fit = width <= (int)(room * PANGO_SCALE);
    pango_layout_set_wrap(d->text, PANGO_WRAP_WORD_CHAR);
    return fit;
}

/* Smaller letters where a word would be broken, or the cell were taller than a page. */
static double cell_size(struct drawing *d, const struct pdf_cell *c, const struct look *l,
                        double *height)
{
    const double room = cell_room(d, c), usual = l->size * d->scale;
    double size = usual;

    for (;;) {
        set_text(d, c->text, l, size, room);
        *height = text_height(d);
        if (size < 2 ||
            (*height <= (BOTTOM - TOP) / 2 && (size < 0.7 * usual || words_fit(d, room))))
            return size;
        size *= 0.93;
    }
}

static double row_height(struct drawing *d, uint32_t row)
{
    size_t first, n = cells_of(d->sheet, row, &first);
    double most = 0, height;

    for (size_t i = 0; i < n; i++) {
        const struct pdf_cell *c = &d->sheet->cells[first + i];
        const struct look l = look_of(c);

        cell_size(d, c, &l, &height);
        if (height > most)
            most = height;
    }
    return n > 0 ? most + 2 * PAD : GAP;
}

static void put_row(struct drawing *d, uint32_t row, double y, double height)
{
    size_t first, n = cells_of(d->sheet, row, &first);

    for (size_t i = 0; i < n; i++) {
        const struct pdf_cell *c = &d->sheet->cells[first + i];
        const struct look l = look_of(c);
        const double x = x_of(d, c->from), room = cell_room(d, c);
        double own;

        if (l.border) {
            cairo_rectangle(d->cr, x, y, room + 2 * PAD, height);
            if (c->style == PAPER_CLOSED) {
                cairo_set_source_rgb(d->cr, 0.85, 0.85, 0.85);
                cairo_fill_preserve(d->cr);
                cairo_set_source_rgb(d->cr, 0, 0, 0);
            }
            cairo_stroke(d->cr);
        }
        cell_size(d, c, &l, &own);
        cairo_move_to(d->cr, x + PAD, y + (height - own) / 2);
        pango_cairo_show_layout(d->cr, d->text);
    }
}

/* ---- what stands above and below a table ---- */

static const char *upper_of(struct drawing *d, bool *place)
{
    static const char *const places[] = {"TỈNH ",   "THÀNH PHỐ ", "HUYỆN ",
                                         "THỊ XÃ ", "QUẬN ",      "XÃ ",
                                         "PHƯỜNG ", "THỊ TRẤN ",  "ĐẶC KHU "};
    const char *upper = text_upper(&d->arena, d->in->agency);

    *place = false;
    if (upper == NULL)
        return d->in->agency;
    for (size_t i = 0; i < COUNT(places); i++)
        *place = *place || strncmp(upper, places[i], strlen(places[i])) == 0;
    return upper;
}

static double put_head(struct drawing *d, double y, bool draw)
{
    const struct look bold = {12, true, false, false, AT_CENTRE};
    const struct look above = {12, *d->in->maker == 0, false, false, AT_CENTRE};
    const struct look title = {14, true, false, false, AT_CENTRE};
    const struct look plain = {12, false, false, false, AT_CENTRE};
    const struct look warn = {11, false, true, false, AT_CENTRE};
    const struct look unit = {11, false, true, false, AT_RIGHT};
    const double half = 0.42 * WIDTH, right = LEFT + half;
    const double from = y;
    bool place;
    const char *upper = upper_of(d, &place), *maker;
    double line, width, below = 0;

    line = put_text(d, LEFT, y, half, place ? "ỦY BAN NHÂN DÂN" : upper, above, draw);
    put_text(d, right, y, WIDTH - half, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", bold, draw);
    y += line;
    put_text(d, LEFT, y, half, place ? upper : "", above, draw);
    if (*d->in->maker != 0) {
        maker = text_upper(&d->arena, d->in->maker);
        put_text(d, LEFT, y + line, half, maker != NULL ? maker : d->in->maker, bold,
                 draw);
        below = line;
    }
    width = put_width(d) / 3;
    if (draw && width > 0) {
        cairo_move_to(d->cr, LEFT + half / 2 - width / 2, y + line + below + 2);
        cairo_rel_line_to(d->cr, width, 0);
        cairo_stroke(d->cr);
    }
    put_text(d, right, y, WIDTH - half, "Độc lập - Tự do - Hạnh phúc", bold, draw);
    width = put_width(d);
    if (draw) {
        cairo_move_to(d->cr, right + (WIDTH - half) / 2 - width / 2, y + line + 2);
        cairo_rel_line_to(d->cr, width, 0);
        cairo_stroke(d->cr);
    }
    y += line + below + 14;
    if (*d->sheet->annex != 0)
        y += put_text(d, LEFT, y, WIDTH, d->sheet->annex, title, draw);
    y += put_text(d, LEFT, y, WIDTH, d->sheet->title, title, draw);
    if (*d->sheet->annex != 0 && *d->in->attached != 0)
        y += put_text(d, LEFT, y, WIDTH, d->in->attached, warn, draw);
    for (size_t i = 0; i < COUNT(d->in->lines); i++)
        if (*d->in->lines[i] != 0)
            y +=
                put_text(d, LEFT, y, WIDTH, d->in->lines[i], i == 2 ? warn : plain, draw);
    y += 6;
    y += put_text(d, LEFT, y, WIDTH, d->sheet->unit_line, unit, draw) + 3;
    return y - from;
}

static void put_signatures(struct drawing *d, double y)
{
    const struct look day = {11, false, true, false, AT_CENTRE};
    const struct look who = {12, true, false, false, AT_CENTRE};
    const double half = WIDTH / 2;
    const bool two = *d->in->signers[0] != 0 && *d->in->signers[1] != 0;

    y += 8;
    y += put_text(d, LEFT + half, y, half,
                  *d->in->dated != 0 ? d->in->dated : "..., ngày ... tháng ... năm ...",
                  day, true);
    put_text(d, LEFT, y, half, two ? d->in->signers[0] : "Người lập biểu", who, true);
    y += put_text(d, LEFT + half, y, half, two ? d->in->signers[1] : "Thủ trưởng đơn vị",
                  who, true);
    put_text(d, LEFT, y, half, two ? "(Ký, đóng dấu, họ và tên)" : "(Ký, họ và tên)", day,
             true);
    put_text(d, LEFT + half, y, half, "(Ký, đóng dấu, họ và tên)", day, true);
}

/* ---- pages ---- */

static void place(struct drawing *d, enum place_kind kind, uint32_t row, double height)
{
    if (d->n_places % 64 == 0)
        d->places = mem_grow(d->places, d->n_places + 64, sizeof *d->places);
    d->places[d->n_places++] =
        (struct place){kind, d->sheet, row, d->y, height, d->pages - 1};
    d->y += height;
}

static void new_page(struct drawing *d)
{
    d->pages++;
    d->y = TOP;
}

static void place_head_rows(struct drawing *d)
{
    for (uint32_t row = 0; row < d->sheet->head_rows; row++)
        place(d, PLACE_ROW, row, row_height(d, row));
}

/* Notes below a table. */
static bool is_note(const struct drawing *d, const struct place *p)
{
    size_t first, n = cells_of(d->sheet, p->row, &first);

    return n == 0 || d->sheet->cells[first].style == PAPER_NOTE;
}

static struct place *last_place(struct drawing *d)
{
    return &d->places[d->n_places - 1];
}

static bool is_head_row(const struct drawing *d, const struct place *p)
{
    return p->kind != PLACE_ROW || p->row < d->sheet->head_rows;
}

/* Is there nothing but notes below the head of a page that is not the sheet's first? */
static bool only_notes(struct drawing *d)
{
    size_t i = d->n_places;

    while (!is_head_row(d, &d->places[i - 1]))
        if (!is_note(d, &d->places[--i]))
            return false;
    while (i > 0 && d->places[i - 1].kind == PLACE_ROW &&
           is_head_row(d, &d->places[i - 1]))
        i--;
    return i > 0 && d->places[i - 1].kind != PLACE_HEAD;
}

/* Takes back the notes and the last rows of figures, over an empty page too. */
static size_t take_back(struct drawing *d, struct place *moved, size_t room)
{
    enum { FIGURES = 2 };
    size_t n = 0, figures = 0;

    while (n < room && figures < FIGURES) {
        const struct place *p = last_place(d);

        if (is_head_row(d, p)) { /* nothing is left on this page */
            const int page = p->page;

            if (p->kind != PLACE_ROW || page == d->first_page)
                break;
            while (last_place(d)->page == page)
                d->n_places--;
            d->pages--;
            continue;
        }
        if (is_head_row(d, p - 1) && figures > 0)
            break; /* the page before keeps a row */
        moved[n] = *p;
        d->n_places--;
        figures += !is_note(d, &moved[n++]);
    }
    return n;
}

/* Signatures never stand alone: notes and last rows go to a new page with them. */
static void place_signatures(struct drawing *d)
{
    struct place moved[40];
    size_t n;

    if (d->y + SIGN_HEIGHT > BOTTOM || only_notes(d)) {
        n = take_back(d, moved, COUNT(moved));
        new_page(d);
        if (n > 0)
            place_head_rows(d);
        while (n-- > 0)
            place(d, PLACE_ROW, moved[n].row, moved[n].height);
    }
    place(d, PLACE_SIGN, 0, SIGN_HEIGHT);
}

static void place_sheet(struct drawing *d, const struct pdf_sheet *s)
{
    size_t rows = 0;

    use_sheet(d, s);
    new_page(d);
    d->first_page = d->pages - 1;
    place(d, PLACE_HEAD, 0, put_head(d, d->y, false));
    place_head_rows(d);
    for (uint32_t row = s->head_rows; row < s->rows; row++) {
        const double height = row_height(d, row);

        if (d->y + height > BOTTOM && rows > 0) {
            new_page(d);
            place_head_rows(d);
            rows = 0;
        }
        place(d, PLACE_ROW, row, height);
        rows++;
    }
    place_signatures(d);
}

static void put_number(struct drawing *d, int page)
{
    const struct look look = {10, false, false, false, AT_CENTRE};
    const char *s = arena_printf(&d->arena, "Trang %d/%d", page + 1, d->pages);

    put_text(d, LEFT, BOTTOM + 6 * MM, WIDTH, s, look, true);
}

static void put_page(struct drawing *d, int page, size_t *next)
{
    for (; *next < d->n_places && d->places[*next].page == page; (*next)++) {
        const struct place *p = &d->places[*next];

        if (d->sheet != p->sheet)
            use_sheet(d, p->sheet);
        switch (p->kind) {
        case PLACE_HEAD:
            put_head(d, p->y, true);
            break;
        case PLACE_ROW:
            put_row(d, p->row, p->y, p->height);
            break;
        case PLACE_SIGN:
            put_signatures(d, p->y);
            break;
        }
    }
    put_number(d, page);
    cairo_show_page(d->cr);
}

/* ---- the file ---- */

static cairo_status_t keep(void *ctx, const unsigned char *p, unsigned n)
{
    bytes_add(ctx, p, n);
    return CAIRO_STATUS_SUCCESS;
}

static void describe(const struct drawing *d, cairo_surface_t *s)
{
    char date[11], *when;

    date_iso(date_of_wall(d->in->created * 1000), date);
    when = mem_printf("%sT00:00:00+07:00", date);
    cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_TITLE, d->in->document);
    cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_AUTHOR, d->in->agency);
    cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_SUBJECT, d->in->comments);
    cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, when);
    cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_MOD_DATE, when);
    free(when);
    for (size_t i = 0; i < d->n_places; i++)
        if (d->places[i].kind == PLACE_HEAD) {
            char *to = mem_printf("page=%d pos=[0 0]", d->places[i].page + 1);

            cairo_pdf_surface_add_outline(s, CAIRO_PDF_OUTLINE_ROOT,
                                          d->places[i].sheet->name, to, 0);
            free(to);
        }
}

/* Is there a font at all that has our letters? */
static bool letters_there(struct drawing *d, struct err *e)
{
    const struct look look = {11, false, false, false, AT_LEFT};

    set_text(d, "ĂÂĐÊÔƠƯ ẤẦẨẪẬ ắằẳẵặ ểễệ ốồổỗộ ớờởỡợ ứừửữự ỳỵỷỹ", &look, 11, WIDTH);
    return pango_layout_get_unknown_glyphs_count(d->text) == 0 ||
           err_set(e, ERR_SETUP,
                   "không có phông chữ tiếng Việt, cần gói fonts-liberation2 / no font "
                   "has the Vietnamese letters: install fonts-liberation2");
}

bool pdf_draw(const struct pdf_input *in, struct bytes *out, struct err *e)
{
    cairo_surface_t *s = cairo_pdf_surface_create_for_stream(keep, out, PAGE_W, PAGE_H);
    struct drawing d = {.in = in, .cr = cairo_create(s)};
    cairo_status_t status;
    size_t next = 0;
    bool ok;

    d.text = pango_cairo_create_layout(d.cr);
    pango_context_set_round_glyph_positions(pango_layout_get_context(d.text), FALSE);
    cairo_set_line_width(d.cr, 0.5);
    ok = letters_there(&d, e);
    for (size_t i = 0; ok && i < in->n_sheets; i++)
        place_sheet(&d, &in->sheets[i]);
    if (ok)
        describe(&d, s);
    for (int page = 0; ok && page < d.pages; page++)
        put_page(&d, page, &next);
    g_object_unref(d.text);
    cairo_surface_finish(s);
    status = cairo_status(d.cr);
    if (ok && status != CAIRO_STATUS_SUCCESS)
        ok = err_set(e, ERR_RETRY, "cairo: %s", cairo_status_to_string(status));
    cairo_destroy(d.cr);
    cairo_surface_destroy(s);
    free(d.places);
    arena_clear(&d.arena);
    return ok;
}
