#include <xlsxwriter.h> /* before base.h: its macros use what we poison */

#include "proto/forms/paper.h"

#include "proto/base/text.h"

#include <ctype.h>

#define FONT "Times New Roman"

enum {
    PAPER_A4 = 9,
    LINES_MOST = 12,   /* of one row */
    DIGIT_PX = 7,      /* of our font */
    PAGE_PX = 1010,    /* between the margins of A4 landscape */
    PAGE_HEIGHT = 485, /* the same in points, downwards */
    USUAL_HEIGHT = 15, /* of a row */
};

enum { KNOWN = 0xF2F2F2, SHUT = 0xD9D9D9, FAINT = 0x808080 }; /* greys */

/* ---- formats ---- */

struct look {
    double size;
    bool bold, italic, underline, border, wrap;
    uint8_t align, valign;
    bool open;            /* takes entries on a protected sheet */
    uint32_t ink, ground; /* 0: black on white */
    const char *code;     /* number format */
};

static lxw_format *format(struct paper *p, struct look look)
{
    lxw_format *f = workbook_add_format(p->book);

    format_set_font_name(f, FONT);
    format_set_font_size(f, look.size);
    format_set_font_family(f, 1); /* roman */
    format_set_align(f, look.align != 0 ? look.align : LXW_ALIGN_LEFT);
    format_set_align(f, look.valign != 0 ? look.valign : LXW_ALIGN_VERTICAL_CENTER);
    if (look.border && look.align != LXW_ALIGN_CENTER)
        format_set_indent(f, 1); /* keeps figures and words off the lines */
    if (look.bold)
        format_set_bold(f);
    if (look.italic)
        format_set_italic(f);
    if (look.underline)
        format_set_underline(f, LXW_UNDERLINE_SINGLE);
    if (look.border)
        format_set_border(f, LXW_BORDER_THIN);
    if (look.wrap)
        format_set_text_wrap(f);
    if (look.open)
        format_set_unlocked(f);
    if (look.ink != 0)
        format_set_font_color(f, look.ink);
    if (look.ground != 0) {
        format_set_pattern(f, LXW_PATTERN_SOLID);
        format_set_fg_color(f, look.ground);
    }
    if (look.code != NULL)
        format_set_num_format(f, look.code);
    return f;
}

static void make_formats(struct paper *p)
{
    const uint8_t centre = LXW_ALIGN_CENTER, right = LXW_ALIGN_RIGHT;
    /* clang-format off */
    const struct look looks[PAPER_STYLES] = {
        [PAPER_LEFT] = {12, .align = centre},
        [PAPER_LEFT_BOLD] = {12, .bold = true, .align = centre},
        [PAPER_MOTTO] = {12, .bold = true, .underline = true, .align = centre},
        [PAPER_TITLE] = {14, .bold = true, .align = centre, .wrap = true},
        [PAPER_SUBTITLE] = {12, .align = centre, .wrap = true},
        [PAPER_WARN] = {11, .italic = true, .align = centre, .wrap = true},
        [PAPER_UNIT_LINE] = {11, .italic = true, .align = right},
        [PAPER_HEAD] = {11, .bold = true, .align = centre, .border = true, .wrap = true},
        [PAPER_TEXT] = {11, .border = true, .wrap = true},
        [PAPER_TEXT_SMALL] = {10, .border = true, .wrap = true},
        [PAPER_TEXT_BOLD] = {11, .bold = true, .border = true, .wrap = true},
        [PAPER_CENTRE] = {11, .align = centre, .border = true, .wrap = true},
        [PAPER_ORDER] = {11, .align = centre, .border = true},
        [PAPER_NOTE] = {10, .italic = true, .wrap = true},
        [PAPER_SIGN] = {12, .bold = true, .align = centre},
        [PAPER_SIGN_SMALL] = {11, .italic = true, .align = centre},
        [PAPER_MARK] = {11, .bold = true, .align = centre},
        [PAPER_LINE] = {12, .wrap = true, .valign = LXW_ALIGN_VERTICAL_TOP},
        [PAPER_GUIDE] = {12, .bold = true},
        [PAPER_NUMBERS] = {9, .italic = true, .align = centre, .border = true},
        [PAPER_FIXED] = {11, .border = true, .wrap = true, .ground = KNOWN},
        [PAPER_FIXED_CENTRE] = {11, .border = true, .wrap = true, .align = centre, .ground = KNOWN},
        [PAPER_CLOSED] = {11, .border = true, .ground = SHUT},
        [PAPER_HINT_HEAD] = {10, .italic = true, .border = true, .align = centre, .wrap = true, .ink = FAINT, .ground = KNOWN},
        [PAPER_HINT] = {10, .italic = true, .border = true, .align = right, .ink = FAINT, .ground = KNOWN},
        [PAPER_OPEN_TEXT] = {11, .border = true, .wrap = true, .open = true},
        [PAPER_OPEN_CENTRE] = {11, .border = true, .wrap = true, .align = centre, .open = true},
        [PAPER_OPEN_BLOCK] = {12, .border = true, .wrap = true, .valign = LXW_ALIGN_VERTICAL_TOP, .open = true},
        [PAPER_OPEN_CODE] = {11, .border = true, .align = centre, .open = true, .code = "@"},
        [PAPER_OPEN_DATE] = {11, .border = true, .align = centre, .open = true, .code = "dd/mm/yyyy"},
        [PAPER_OPEN_WHOLE] = {11, .border = true, .align = right, .open = true, .code = "[$-42A]#,##0"},
        [PAPER_OPEN_NUMBER] = {11, .border = true, .align = right, .open = true, .code = "[$-42A]#,##0.##"},
        [PAPER_OPEN_SIGN] = {12, .bold = true, .align = centre, .open = true},
        [PAPER_OPEN_SIGN_SMALL] = {11, .italic = true, .align = centre, .open = true},
    };
    /* clang-format on */
    lxw_format *base = STAILQ_FIRST(p->book->formats); /* of cells without a format */

    format_set_font_name(base, FONT);
    format_set_font_family(base, 1);
    for (int i = 0; i < PAPER_STYLES; i++)
        p->styles[i] = format(p, looks[i]);
    p->whole = workbook_add_format(p->book);
    format_set_num_format(p->whole, looks[PAPER_OPEN_WHOLE].code);
    format_set_num_format(p->styles[PAPER_ORDER], "[$-42A]#,##0");
    for (int face = 0; face < PAPER_FACES; face++)
        for (int d = 0; d <= PAPER_DECIMALS; d++) {
            const struct look look = {11, .italic = face == PAPER_ITALIC, .align = right,
                                      .border = true};
            const char *code = arena_printf(&p->arena, "[$-42A]#,##0%s%.*s",
                                            d > 0 ? "." : "", d, "0000");

            p->numbers[face][d] = format(p, look);
            format_set_num_format(p->numbers[face][d], code);
        }
}

/* ---- cells ---- */

const char *paper_words(struct paper *p, const char *s)
{
    struct bytes b = {0};
    const char *words;

    if (strstr(s, "_x") == NULL)
        return s;
    for (; *s != 0; s++) {
        const bool escape = s[0] == '_' && s[1] == 'x' && isxdigit((unsigned char)s[2]) &&
                            isxdigit((unsigned char)s[3]) &&
                            isxdigit((unsigned char)s[4]) &&
                            isxdigit((unsigned char)s[5]) && s[6] == '_';

        bytes_str(&b, escape ? "_x005F" : "");
        bytes_char(&b, *s);
    }
    words = arena_str(&p->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return words;
}

void paper_text(struct paper *p, int col, const char *s, enum paper_style style)
{
    if (*s != 0)
        worksheet_write_string(p->sheet, p->row, (lxw_col_t)col, paper_words(p, s),
                               p->styles[style]);
    else
        worksheet_write_blank(p->sheet, p->row, (lxw_col_t)col, p->styles[style]);
}

void paper_count(struct paper *p, int col, int64_t n)
{
    worksheet_write_number(p->sheet, p->row, (lxw_col_t)col, (double)n,
                           p->numbers[PAPER_PLAIN][0]);
}

void paper_order(struct paper *p, int64_t n)
{
    worksheet_write_number(p->sheet, p->row, 0, (double)n, p->styles[PAPER_ORDER]);
}

int paper_decimals(const char *plain)
{
    const char *dot = strchr(plain, '.');

    return dot == NULL ? 0 : strlen(dot + 1) > 2 ? 2 : (int)strlen(dot + 1);
}

void paper_number(struct paper *p, int col, const char *plain, int decimals,
                  enum paper_face face)
{
    if (*plain == 0) {
        paper_text(p, col, "", PAPER_CENTRE);
        return;
    }
    if (decimals < 0)
        decimals = paper_decimals(plain);
    if (decimals > PAPER_DECIMALS)
        decimals = PAPER_DECIMALS;
    worksheet_write_number(p->sheet, p->row, (lxw_col_t)col, strtod(plain, NULL),
                           p->numbers[face][decimals]);
}

void paper_across(struct paper *p, int from, int to, const char *s,
                  enum paper_style style)
{
    if (from >= to)
        paper_text(p, to, s, style);
    else
        worksheet_merge_range(p->sheet, p->row, (lxw_col_t)from, p->row, (lxw_col_t)to,
                              paper_words(p, s), p->styles[style]);
}

double paper_width(const struct paper *p, int from, int to)
{
    double sum = 0;

    for (int i = from; i <= to; i++)
        sum += p->widths[i];
    return sum;
}

/* Of one word, in digits of our font: capitals are broad, most letters narrow. */
static double word_width(const char *s, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        if (((unsigned char)s[i] & 0xC0) != 0x80) /* a character begins */
            sum += s[i] >= 'A' && s[i] <= 'Z' ? 1.35 : s[i] == ' ' ? 0.5 : 0.95;
    return sum;
}

int paper_lines(const char *s, double width)
{
    const double room = width - 1.5; /* the indent, and the borders */
    double used = 0;
    int lines = 1;

    while (*s != 0 && lines < LINES_MOST) {
        size_t n = strcspn(s, " \n");
        double w = word_width(s, n);

        if (used > 0 && used + w > room) {
            lines++;
            used = 0;
        }
        for (used += w; used > room && lines < LINES_MOST; used -= room)
            lines++; /* a word longer than the line */
        s += n;
        if (*s == '\n') {
            lines++;
            used = 0;
        } else if (*s == ' ') {
            used += word_width(" ", 1);
        }
        s += *s != 0;
    }
    return lines;
}

int paper_lines_small(const char *s, double width)
{
    return paper_lines(s, width * 1.15);
}

void paper_height(struct paper *p, int lines)
{
    const double height = 4.0 + 15.0 * lines;

    worksheet_set_row(p->sheet, p->row, height, NULL);
    if (p->row >= p->n_heights) {
        p->heights = mem_grow(p->heights, p->row + 64, sizeof *p->heights);
        for (; p->n_heights < p->row + 64; p->n_heights++)
            p->heights[p->n_heights] = 0;
    }
    p->heights[p->row] = height;
}

/* ---- pages ---- */

static double height_of(const struct paper *p, uint32_t row)
{
    const double height = row < p->n_heights ? p->heights[row] : 0;

    return height > 0 ? height : USUAL_HEIGHT;
}

static double heights_of(const struct paper *p, uint32_t from, uint32_t to)
{
    double sum = 0;

    for (uint32_t row = from; row < to; row++)
        sum += height_of(p, row);
    return sum;
}

/* First row of the last page, where a page has room for so many points. */
static uint32_t last_page(const struct paper *p, double room)
{
    const double head = heights_of(p, p->head_rows, p->body);
    double used = 0;
    uint32_t first = 0;

    for (uint32_t row = 0; row <= p->row; row++) {
        if (used + height_of(p, row) > room && row > first) {
            first = row;
            used = head;
        }
        used += height_of(p, row);
    }
    return first;
}

void paper_keep(struct paper *p)
{
    p->keep = p->row;
}

/*
 * Signatures never stand alone on the last page: some rows of the table go with them.
 * Programs differ in how wide a column is, so in how much they scale a page down: what
 * could be left alone in one of them is kept together in all.
 */
static void keep_together(struct paper *p)
{
    lxw_row_t breaks[] = {p->keep, 0};
    double wide = 0;

    for (int i = 0; i < p->columns; i++)
        wide += DIGIT_PX * p->widths[i] + 5;
    wide = wide > PAGE_PX ? wide / PAGE_PX : 1;
    for (int percent = 95; p->keep > p->body && percent <= 125; percent += 5)
        if (last_page(p, PAGE_HEIGHT * wide * percent / 100) > p->keep) {
            worksheet_set_h_pagebreaks(p->sheet, breaks);
            return;
        }
}

/* ---- head and foot of every sheet ---- */

/* First column of the block at the right that is at least so wide. */
static int right_block(const struct paper *p, double width)
{
    int col = p->head_columns - 1;

    while (col > 1 && paper_width(p, col, p->head_columns - 1) < width)
        col--;
    return col;
}

/*
 * Last column of the block at the left. Where columns stand on every printed page it is
 * theirs: whose sheet it is and which form then stands on every page, and nothing else.
 */
static int left_block(const struct paper *p)
{
    const int right = right_block(p, 48);
    int col = 0;

    if (p->head_first > 0)
        return p->head_first - 1;
    while (col < right - 1 && paper_width(p, 0, col) < 50)
        col++;
    return col;
}

static void put_agency(struct paper *p)
{
    static const char *const places[] = {"TỈNH ",   "THÀNH PHỐ ", "HUYỆN ",
                                         "THỊ XÃ ", "QUẬN ",      "XÃ ",
                                         "PHƯỜNG ", "THỊ TRẤN ",  "ĐẶC KHU "};
    const int right = right_block(p, 48), last = p->head_columns - 1;
    const char *upper = text_upper(&p->arena, p->words->agency);
    const enum paper_style style = p->words->maker != NULL ? PAPER_LEFT : PAPER_LEFT_BOLD;
    bool place = false;

    for (size_t i = 0; upper != NULL && i < COUNT(places); i++)
        place = place || strncmp(upper, places[i], strlen(places[i])) == 0;
    if (upper == NULL)
        upper = p->words->agency;
    paper_across(p, 0, left_block(p), place ? "ỦY BAN NHÂN DÂN" : upper, style);
    paper_across(p, right, last, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", PAPER_LEFT_BOLD);
    p->row++;
    paper_across(p, 0, left_block(p), place ? upper : "", style);
    paper_across(p, right, last, "Độc lập - Tự do - Hạnh phúc", PAPER_MOTTO);
    p->row++;
    if (p->words->maker == NULL)
        return;
    upper = text_upper(&p->arena, p->words->maker);
    paper_across(p, 0, left_block(p), upper != NULL ? upper : p->words->maker,
                 PAPER_LEFT_BOLD);
    p->row++;
}

/* A line over the whole width, as high as it needs. */
static void put_centred(struct paper *p, const char *s, enum paper_style style)
{
    const int last = p->head_columns - 1;

    /* a title's letters are half as broad again */
    paper_height(p, paper_lines(s, paper_width(p, p->head_first, last) /
                                       (style == PAPER_TITLE ? 1.5 : 1.1)));
    paper_across(p, p->head_first, last, s, style);
    p->row++;
}

/* Leaves p->row at the first row of the table. */
void paper_put_head(struct paper *p, const char *title, const char *unit_line)
{
    static const enum paper_style styles[] = {PAPER_SUBTITLE, PAPER_SUBTITLE, PAPER_WARN};
    const int last = p->head_columns - 1;

    put_agency(p);
    if (p->words->mark != NULL)
        paper_across(p, 0, left_block(p), p->words->mark, PAPER_MARK);
    p->row++;
    if (p->annex != NULL)
        put_centred(p, p->annex, PAPER_TITLE);
    put_centred(p, title, PAPER_TITLE);
    if (p->annex != NULL && p->words->attached != NULL)
        put_centred(p, p->words->attached, PAPER_WARN);
    for (size_t i = 0; i < COUNT(styles); i++)
        if (p->words->lines[i] != NULL)
            put_centred(p, p->words->lines[i], styles[i]);
        else
            p->row++;
    paper_across(p, right_block(p, 48), last, unit_line, PAPER_UNIT_LINE);
    p->head_rows = ++p->row;
}

static void put_signatures(struct paper *p)
{
    const int half = p->head_columns / 2, right = right_block(p, 44);
    const int from = right > half ? right : half, last = p->head_columns - 1;
    const int first = p->head_first, maker = from > first + 2 ? first + 2 : from - 1;
    const bool two = p->words->signers[0] != NULL && p->words->signers[1] != NULL;

    p->row++;
    paper_across(p, from, last,
                 p->words->dated != NULL ? p->words->dated
                                         : "..., ngày ... tháng ... năm ...",
                 p->form ? PAPER_OPEN_SIGN_SMALL : PAPER_SIGN_SMALL);
    p->row++;
    paper_across(p, first, maker, two ? p->words->signers[0] : "Người lập biểu",
                 PAPER_SIGN);
    paper_across(p, from, last, two ? p->words->signers[1] : "Thủ trưởng đơn vị",
                 p->form ? PAPER_OPEN_SIGN : PAPER_SIGN); /* KT. ..., as signed */
    p->row++;
    paper_across(p, first, maker,
                 two ? "(Ký, đóng dấu, họ và tên)" : "(Ký, họ và tên)", PAPER_SIGN_SMALL);
    paper_across(p, from, last, "(Ký, đóng dấu, họ và tên)", PAPER_SIGN_SMALL);
    p->row += p->form ? 5 : 4;
    if (p->form) {
        paper_across(p, first, maker, "", PAPER_OPEN_SIGN);
        paper_across(p, from, last, "", PAPER_OPEN_SIGN);
    }
}

void paper_begin(struct paper *p, const char *name, const double *widths, int columns)
{
    p->sheet = workbook_add_worksheet(p->book, name);
    if (p->sheet == NULL) /* two of one name: the library finds another */
        p->sheet = workbook_add_worksheet(p->book, NULL);
    p->widths = widths;
    p->columns = p->head_columns = columns;
    p->head_first = 0;
    p->annex = NULL;
    p->keep = 0;
    p->body = 0;
    for (size_t i = 0; i < p->n_heights; i++)
        p->heights[i] = 0;
    p->form = false;
    p->row = 0;
    worksheet_set_paper(p->sheet, PAPER_A4);
    worksheet_set_margins(p->sheet, 0.5, 0.5, 0.6, 0.7);
    worksheet_center_horizontally(p->sheet);
    worksheet_set_footer(p->sheet, "&C&\"" FONT ",Regular\"&10Trang &P/&N");
    for (int i = 0; i < columns; i++)
        worksheet_set_column(p->sheet, (lxw_col_t)i, (lxw_col_t)i, widths[i], NULL);
}

void paper_sheet(struct paper *p, const char *name, const double *widths, int columns,
                 const char *annex, const char *title, const char *unit_line)
{
    paper_begin(p, name, widths, columns);
    p->annex = annex;
    worksheet_set_landscape(p->sheet);
    worksheet_fit_to_pages(p->sheet, 1, 0);
    paper_put_head(p, title, unit_line);
}

void paper_head_done(struct paper *p, int frozen_columns)
{
    worksheet_repeat_rows(p->sheet, p->head_rows, p->row - 1);
    worksheet_freeze_panes(p->sheet, p->row, (lxw_col_t)frozen_columns);
    p->body = p->row;
}

void paper_sheet_done(struct paper *p)
{
    put_signatures(p);
    if (!p->form)
        keep_together(p);
    if (p->form) /* a tax number is text, and meant so */
        worksheet_ignore_errors(p->sheet, LXW_IGNORE_NUMBER_STORED_AS_TEXT,
                                "A1:XFD1048576");
    worksheet_print_area(p->sheet, 0, 0, p->row, (lxw_col_t)(p->columns - 1));
}

/* ---- the whole ---- */

bool paper_open(struct paper *p, const char *path, const struct paper_words *words,
                struct err *e)
{
    lxw_doc_properties properties = {
        .title = (char *)(uintptr_t)words->document,
        .company = (char *)(uintptr_t)words->agency,
        .comments = (char *)(uintptr_t)words->comments,
        .created = (time_t)words->created,
    };

    *p = (struct paper){.words = words};
    p->book = workbook_new(path);
    if (p->book == NULL)
        return err_set(e, ERR_RETRY, "%s: cannot begin a workbook", path);
    workbook_set_properties(p->book, &properties);
    make_formats(p);
    return true;
}

bool paper_close(struct paper *p, const char *path, struct err *e)
{
    lxw_error error = workbook_close(p->book);

    free(p->lists);
    free(p->heights);
    arena_clear(&p->arena);
    *p = (struct paper){0};
    return error == LXW_NO_ERROR ||
           err_set(e, ERR_RETRY, "%s: %s", path, lxw_strerror(error));
}
