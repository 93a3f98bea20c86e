#include <xlsxwriter.h> /* before base.h: its macros use what we poison */

#include "aggregator/extract.h"
#include "proto/base/file.h"
#include "proto/base/text.h"

#include <inttypes.h>
#include <unistd.h>

/*
 * The workbook as an office prints it (NĐ 30/2020): A4 landscape, Times New Roman, agency
 * left, motto right, unit line, repeated heads, signatures. Values only. Numbers stay
 * numbers; their format carries the Vietnamese locale, so they show as 1.234.567,89.
 */

#define FONT "Times New Roman"

enum {
    HEAD_ROWS = 8,      /* above the table's own head */
    MATRIX_COLUMNS = 8, /* units or sectors side by side; more go to a further sheet */
    DECIMALS_MAX = 4,
    COLUMNS_MAX = 16,
    PAPER_A4 = 9,
};

enum face { PLAIN, ITALIC, FACES }; /* italic: from the unit's statement */

struct paper {
    const struct extract *x;
    struct arena arena;
    lxw_workbook *book;
    lxw_format *left_bold, *motto, *title, *subtitle, *warn, *unit_line, *head, *text,
        *text_small, *centre, *order, *note, *sign, *sign_small;
    lxw_format *number[FACES][DECIMALS_MAX + 1];

    /* the sheet being written */
    lxw_worksheet *sheet;
    const double *widths;
    int columns;
    lxw_row_t row; /* next free one */
};

/* ---- formats ---- */

struct look {
    double size;
    bool bold, italic, underline, border, wrap;
    uint8_t align, valign;
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
    return f;
}

static void make_formats(struct paper *p)
{
    const uint8_t centre = LXW_ALIGN_CENTER, right = LXW_ALIGN_RIGHT;
    lxw_format *base = STAILQ_FIRST(p->book->formats); /* of cells without a format */

    format_set_font_name(base, FONT);
    format_set_font_family(base, 1);
    p->left_bold = format(p, (struct look){12, .bold = true, .align = centre});
    p->motto =
        format(p, (struct look){12, .bold = true, .underline = true, .align = centre});
    p->title = format(p, (struct look){14, .bold = true, .align = centre, .wrap = true});
    p->subtitle = format(p, (struct look){12, .align = centre, .wrap = true});
    p->warn = format(p, (struct look){11, .italic = true, .align = centre, .wrap = true});
    p->unit_line = format(p, (struct look){11, .italic = true, .align = right});
    p->head = format(p, (struct look){11, .bold = true, .align = centre, .border = true,
                                      .wrap = true});
    p->text = format(p, (struct look){11, .border = true, .wrap = true});
    p->text_small = format(p, (struct look){10, .border = true, .wrap = true});
    p->centre =
        format(p, (struct look){11, .align = centre, .border = true, .wrap = true});
    p->order = format(p, (struct look){11, .align = centre, .border = true});
    format_set_num_format(p->order, "[$-42A]#,##0");
    p->note = format(p, (struct look){10, .italic = true, .wrap = true});
    p->sign = format(p, (struct look){12, .bold = true, .align = centre});
    p->sign_small = format(p, (struct look){11, .italic = true, .align = centre});
    for (int face = 0; face < FACES; face++)
        for (int d = 0; d <= DECIMALS_MAX; d++) {
            const char *code = arena_printf(&p->arena, "[$-42A]#,##0%s%.*s",
                                            d > 0 ? "." : "", d, "0000");

            p->number[face][d] = format(p, (struct look){11, .italic = face == ITALIC,
                                                         .align = right, .border = true});
            format_set_num_format(p->number[face][d], code);
        }
}

/* ---- cells ---- */

static void put(struct paper *p, int col, const char *s, lxw_format *f)
{
    if (*s != 0)
        worksheet_write_string(p->sheet, p->row, (lxw_col_t)col, s, f);
    else
        worksheet_write_blank(p->sheet, p->row, (lxw_col_t)col, f);
}

static void put_count(struct paper *p, int col, int64_t n)
{
    worksheet_write_number(p->sheet, p->row, (lxw_col_t)col, (double)n,
                           p->number[PLAIN][0]);
}

static void put_order(struct paper *p, int64_t n)
{
    worksheet_write_number(p->sheet, p->row, 0, (double)n, p->order);
}

/* decimals -1: as many as the text has, two at most. Empty text gives an empty cell. */
static void put_number(struct paper *p, int col, const char *plain, int decimals,
                       enum face face)
{
    const char *dot = strchr(plain, '.');

    if (*plain == 0) {
        put(p, col, "", p->centre);
        return;
    }
    if (decimals < 0)
        decimals = dot == NULL ? 0 : strlen(dot + 1) > 2 ? 2 : (int)strlen(dot + 1);
    if (decimals > DECIMALS_MAX)
        decimals = DECIMALS_MAX;
    worksheet_write_number(p->sheet, p->row, (lxw_col_t)col, strtod(plain, NULL),
                           p->number[face][decimals]);
}

/* Merged over [from, to] of the current row; one column needs no merging. */
static void put_across(struct paper *p, int from, int to, const char *s, lxw_format *f)
{
    if (from >= to)
        put(p, to, s, f);
    else
        worksheet_merge_range(p->sheet, p->row, (lxw_col_t)from, p->row, (lxw_col_t)to, s,
                              f);
}

static double width_between(const struct paper *p, int from, int to)
{
    double sum = 0;

    for (int i = from; i <= to; i++)
        sum += p->widths[i];
    return sum;
}

/* Lines that s needs in so many columns of text. */
static int lines_in(const char *s, double width)
{
    int lines = 1 + (int)((double)text_width(s) * 1.05 / width);

    return lines > 12 ? 12 : lines;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

static void set_height(struct paper *p, int lines)
{
    worksheet_set_row(p->sheet, p->row, 4.0 + 15.0 * lines, NULL);
}

/* ---- head and foot of every sheet ---- */

/* First column of the block at the right that is at least so wide. */
static int right_block(const struct paper *p, double width)
{
    int col = p->columns - 1;

    while (col > 1 && width_between(p, col, p->columns - 1) < width)
        col--;
    return col;
}

static void put_agency(struct paper *p)
{
    const int right = right_block(p, 48), last = p->columns - 1;
    const char *upper = text_upper(&p->arena, p->x->totals->province_name);
    const bool place =
        upper != NULL && (strncmp(upper, "TỈNH ", strlen("TỈNH ")) == 0 ||
                          strncmp(upper, "THÀNH PHỐ ", strlen("THÀNH PHỐ ")) == 0);

    if (upper == NULL)
        upper = p->x->totals->province_name;
    put_across(p, 0, right - 1, place ? "ỦY BAN NHÂN DÂN" : upper, p->left_bold);
    put_across(p, right, last, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", p->left_bold);
    p->row++;
    put_across(p, 0, right - 1, place ? upper : "", p->left_bold);
    put_across(p, right, last, "Độc lập - Tự do - Hạnh phúc", p->motto);
    p->row++;
}

/* Leaves p->row at HEAD_ROWS. */
static void put_head(struct paper *p, const char *title, const char *unit_line)
{
    const struct totals *t = p->x->totals;
    const char *provisional = provisional_vi(&p->arena, t);
    const int last = p->columns - 1;
    char cutoff[11];

    put_agency(p);
    p->row++;
    set_height(p, 1);
    put_across(p, 0, last, title, p->title);
    p->row++;
    put_across(p, 0, last,
               arena_printf(&p->arena, "Kỳ báo cáo: %s (%s); thời điểm chốt số liệu: %s",
                            t->name_vi, vintage_label(t->vintage, LANG_VI),
                            date_vi(t->cutoff, cutoff)),
               p->subtitle);
    p->row++;
    put_across(p, 0, last,
               arena_printf(&p->arena, "Bản phát hành lần %" PRId64 ", ngày %s",
                            p->x->number, p->x->published_vi),
               p->subtitle);
    p->row++;
    if (provisional != NULL)
        put_across(p, 0, last, provisional, p->warn);
    p->row++;
    put_across(p, right_block(p, 48), last, unit_line, p->unit_line);
    p->row = HEAD_ROWS;
}

static void put_signatures(struct paper *p)
{
    const int half = p->columns / 2, right = right_block(p, 44);
    const int from = right > half ? right : half;

    p->row++;
    put_across(p, from, p->columns - 1, "..., ngày ... tháng ... năm ...", p->sign_small);
    p->row++;
    put_across(p, 0, 2, "Người lập biểu", p->sign);
    put_across(p, from, p->columns - 1, "Thủ trưởng đơn vị", p->sign);
    p->row++;
    put_across(p, 0, 2, "(Ký, họ và tên)", p->sign_small);
    put_across(p, from, p->columns - 1, "(Ký, đóng dấu, họ và tên)", p->sign_small);
    p->row += 5;
}

static void open_sheet(struct paper *p, const char *name, const double *widths,
                       int columns, const char *title, const char *unit_line)
{
    p->sheet = workbook_add_worksheet(p->book, name);
    p->widths = widths;
    p->columns = columns;
    p->row = 0;
    worksheet_set_landscape(p->sheet);
    worksheet_set_paper(p->sheet, PAPER_A4);
    worksheet_set_margins(p->sheet, 0.5, 0.5, 0.6, 0.7);
    worksheet_fit_to_pages(p->sheet, 1, 0);
    worksheet_center_horizontally(p->sheet);
    worksheet_set_footer(p->sheet, "&C&\"" FONT ",Regular\"&10Trang &P/&N");
    for (int i = 0; i < columns; i++)
        worksheet_set_column(p->sheet, (lxw_col_t)i, (lxw_col_t)i, widths[i], NULL);
    put_head(p, title, unit_line);
}

/* The table's head took the rows [HEAD_ROWS, p->row): repeated, and frozen. */
static void close_head(struct paper *p, int frozen_columns)
{
    worksheet_repeat_rows(p->sheet, HEAD_ROWS, p->row - 1);
    worksheet_freeze_panes(p->sheet, p->row, (lxw_col_t)frozen_columns);
}

static void close_sheet(struct paper *p)
{
    put_signatures(p);
    worksheet_print_area(p->sheet, 0, 0, p->row, (lxw_col_t)(p->columns - 1));
}

/* ---- what stands in cells ---- */

static const char *breakdown_name(struct paper *p, const char *code)
{
    const struct name *n =
        name_of(p->x->names->breakdowns, p->x->names->n_breakdowns, code);

    if (strcmp(code, "unknown") == 0)
        return "Chưa rõ ngành";
    if (strcmp(code, "undivided") == 0)
        return "Không chia theo ngành";
    return n != NULL ? n->name : code;
}

/* " - A, B" for a figure with breakdowns. */
static const char *figure_name(struct paper *p, const struct name *indicator,
                               const struct figure *f)
{
    if (*f->f[RC_B1] == 0)
        return indicator->name;
    return arena_printf(&p->arena, "%s - %s%s%s", indicator->name,
                        breakdown_name(p, f->f[RC_B1]), *f->f[RC_B2] != 0 ? ", " : "",
                        *f->f[RC_B2] != 0 ? breakdown_name(p, f->f[RC_B2]) : "");
}

static const char *coverage_of(struct paper *p, const char *reported,
                               const char *expected)
{
    struct bytes b = {0};
    const char *s;

    coverage_vi(atoll(reported), atoll(expected), *expected != 0, &b);
    s = arena_str(&p->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static const char *source_of(struct paper *p, const struct figure *f)
{
    const char *statement = f->f[RC_UNITS_STATEMENT], *entity = f->f[RC_UNITS_ENTITY];

    if (strcmp(entity, "0") == 0)
        return arena_printf(&p->arena, "Biểu tổng hợp: %s đơn vị", statement);
    if (strcmp(statement, "0") == 0)
        return arena_printf(&p->arena, "Từng tổ chức: %s đơn vị", entity);
    return arena_printf(&p->arena, "Biểu tổng hợp: %s đơn vị; từng tổ chức: %s đơn vị",
                        statement, entity);
}

static void add_note(struct bytes *b, const char *what, const char *n)
{
    if (strcmp(n, "0") == 0 || *n == 0)
        return;
    bytes_printf(b, "%s%s %s", b->n > 0 ? "; " : "", what, n);
}

static const char *note_of(struct paper *p, const struct figure *f)
{
    struct bytes b = {0};
    const char *s;

    if (*f->f[RC_DENOMINATOR] != 0 && *f->f[RC_NUMERATOR] != 0) {
        bytes_str(&b, "= ");
        decimal_vi(f->f[RC_NUMERATOR], 0, &b);
        bytes_str(&b, " / ");
        decimal_vi(f->f[RC_DENOMINATOR], 0, &b);
    }
    if (strcmp(f->f[RC_BASIS], "parts") == 0)
        bytes_str(&b, "; tính từ số bình quân của các ngành");
    else if (strcmp(f->f[RC_BASIS], "stated") == 0)
        bytes_str(&b, "; theo số bình quân đơn vị nêu");
    else if (strcmp(f->f[RC_BASIS], "mixed") == 0)
        bytes_str(&b, "; có số bình quân đơn vị nêu");
    if (strcmp(f->f[RC_APPROXIMATE], "0") != 0)
        bytes_printf(&b, "%scó số ước lượng", b.n > 0 ? "; " : "");
    add_note(&b, "không phát sinh", f->f[RC_NIL]);
    add_note(&b, "chưa có số liệu", f->f[RC_NOT_AVAILABLE]);
    add_note(&b, "không cung cấp", f->f[RC_REFUSED]);
    add_note(&b, "để trống", f->f[RC_MISSING]);
    s = arena_str(&p->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static const struct figure *find_figure(const struct paper *p, const char *by,
                                        const char *unit, const char *from,
                                        const char *indicator, const char *b1,
                                        const char *b2)
{
    const struct totals *t = p->x->totals;

    for (size_t i = 0; i < t->n_figures; i++) {
        const struct figure *f = &t->figures[i];

        if (strcmp(f->by, by) == 0 && strcmp(f->f[RC_INDICATOR], indicator) == 0 &&
            strcmp(f->f[RC_UNIT], unit) == 0 && strcmp(f->f[RC_UNIT_FROM], from) == 0 &&
            strcmp(f->f[RC_B1], b1) == 0 && strcmp(f->f[RC_B2], b2) == 0)
            return f;
    }
    return NULL;
}

/* ---- Tổng hợp chung ---- */

static void sheet_overall(struct paper *p)
{
    static const double widths[] = {5, 48, 22, 17, 28, 17, 44};
    static const char *const heads[] = {"STT",     "Chỉ tiêu",      "Đơn vị tính",
                                        "Giá trị", "Nguồn số liệu", "Đã báo cáo",
                                        "Ghi chú"};
    const struct names *names = p->x->names;
    const struct totals *t = p->x->totals;
    int n = 0;

    open_sheet(p, "Tổng hợp chung", widths, COUNT(widths),
               "TỔNG HỢP CHUNG TÌNH HÌNH KINH TẾ TẬP THỂ, HỢP TÁC XÃ",
               "Đơn vị tính: theo từng chỉ tiêu");
    set_height(p, 2);
    for (int c = 0; c < (int)COUNT(heads); c++)
        put(p, c, heads[c], p->head);
    p->row++;
    close_head(p, 2);
    for (size_t i = 0; i < names->n_indicators; i++)
        for (size_t k = 0; k < t->n_figures; k++) {
            const struct figure *f = &t->figures[k];
            const struct name *name = &names->indicators[i];
            const char *what, *note, *source;
            int lines;

            if (strcmp(f->by, "-") != 0 || strcmp(f->f[RC_INDICATOR], name->code) != 0)
                continue;
            what = figure_name(p, name, f);
            note = note_of(p, f);
            source = source_of(p, f);
            lines = most(lines_in(what, widths[1]), lines_in(note, widths[6]));
            lines = most(lines, lines_in(source, widths[4]));
            set_height(p, lines);
            put_order(p, ++n);
            put(p, 1, what, p->text);
            put(p, 2, f->f[RC_MEASURE], p->centre);
            put_number(p, 3, f->f[RC_VALUE], name->decimals, PLAIN);
            put(p, 4, source, p->text_small);
            put(p, 5, coverage_of(p, f->f[RC_REPORTED], f->f[RC_EXPECTED]), p->centre);
            put(p, 6, note, p->text_small);
            p->row++;
        }
    close_sheet(p);
}

/* ---- Theo ngành, Theo đơn vị: indicators down, codes across ---- */

struct across { /* one column of a matrix */
    const char *unit, *from, *sector;
    const char *head, *under; /* under: second line of the head */
};

struct matrix {
    const char *name, *title, *by;
    const struct across *list;
    size_t n;
    const char *legend;
};

static bool row_has_figures(const struct paper *p, const struct matrix *m, size_t from,
                            size_t n, const struct figure *row)
{
    for (size_t i = from; i < from + n; i++) {
        const struct across *a = &m->list[i];
        const bool by_sector = *a->sector != 0;

        if (find_figure(p, m->by, a->unit, a->from, row->f[RC_INDICATOR],
                        by_sector ? a->sector : row->f[RC_B1],
                        by_sector ? "" : row->f[RC_B2]) != NULL)
            return true;
    }
    return false;
}

static void matrix_row(struct paper *p, const struct matrix *m, size_t from, size_t n,
                       const struct name *name, const struct figure *row, int number)
{
    const char *what = figure_name(p, name, row);

    set_height(p, most(lines_in(what, p->widths[1]),
                       lines_in(row->f[RC_MEASURE], p->widths[2])));
    put_order(p, number);
    put(p, 1, what, p->text);
    put(p, 2, row->f[RC_MEASURE], p->centre);
    put_number(p, 3, row->f[RC_VALUE], name->decimals, PLAIN);
    for (size_t i = 0; i < n; i++) {
        const struct across *a = &m->list[from + i];
        const bool by_sector = *a->sector != 0;
        const struct figure *f = find_figure(
            p, m->by, a->unit, a->from, row->f[RC_INDICATOR],
            by_sector ? a->sector : row->f[RC_B1], by_sector ? "" : row->f[RC_B2]);
        const bool stated = f != NULL && strcmp(f->f[RC_SOURCE], "entity") != 0;

        put_number(p, 4 + (int)i, f != NULL ? f->f[RC_VALUE] : "", name->decimals,
                   stated ? ITALIC : PLAIN);
    }
    put(p, p->columns - 1, coverage_of(p, row->f[RC_REPORTED], row->f[RC_EXPECTED]),
        p->centre);
    p->row++;
}

static void matrix_heads(struct paper *p, const struct matrix *m, size_t from, size_t n)
{
    static const char *const fixed[] = {"STT", "Chỉ tiêu", "Đơn vị tính", "Toàn tỉnh"};
    const bool two = m->list[from].under != NULL;
    int lines = 2;

    for (size_t i = 0; i < n; i++)
        lines = most(lines, lines_in(m->list[from + i].head, p->widths[4]));
    set_height(p, lines);
    for (int c = 0; c < (int)COUNT(fixed); c++)
        put(p, c, fixed[c], p->head);
    for (size_t i = 0; i < n; i++)
        put(p, 4 + (int)i, m->list[from + i].head, p->head);
    put(p, p->columns - 1, "Đã báo cáo", p->head);
    p->row++;
    if (two) {
        set_height(p, 3);
        for (int c = 0; c < p->columns; c++)
            put(p, c, "", p->centre);
        put(p, 1, "Tình hình gửi; đã báo cáo", p->centre);
        for (size_t i = 0; i < n; i++)
            put(p, 4 + (int)i, m->list[from + i].under, p->centre);
        p->row++;
    }
    close_head(p, 2);
}

/* One sheet with the columns [from, from + n). */
static void matrix_sheet(struct paper *p, const struct matrix *m, size_t from, size_t n)
{
    double *widths = arena_new(&p->arena, COLUMNS_MAX * sizeof *widths);
    const struct names *names = p->x->names;
    const struct totals *t = p->x->totals;
    const int columns = (int)n + 5;
    int number = 0;

    widths[0] = 5;
    widths[1] = 38;
    widths[2] = 18;
    for (int c = 3; c < columns; c++)
        widths[c] = 15;
    open_sheet(p,
               from == 0 ? m->name
                         : arena_printf(&p->arena, "%s (%zu)", m->name,
                                        from / MATRIX_COLUMNS + 1),
               widths, columns, m->title, "Đơn vị tính: theo từng chỉ tiêu");
    matrix_heads(p, m, from, n);
    for (size_t i = 0; i < names->n_indicators; i++)
        for (size_t k = 0; k < t->n_figures; k++) {
            const struct figure *f = &t->figures[k];

            if (strcmp(f->by, "-") != 0 ||
                strcmp(f->f[RC_INDICATOR], names->indicators[i].code) != 0 ||
                !row_has_figures(p, m, from, n, f) ||
                (strcmp(m->by, "s") == 0 && *f->f[RC_B1] != 0))
                continue;
            matrix_row(p, m, from, n, &names->indicators[i], f, ++number);
        }
    set_height(p, 2);
    put_across(p, 0, columns - 1, m->legend, p->note);
    p->row++;
    close_sheet(p);
}

static void matrix_sheets(struct paper *p, const struct matrix *m)
{
    for (size_t from = 0; from == 0 || from < m->n; from += MATRIX_COLUMNS) {
        size_t left = m->n - from;

        if (m->n > 0)
            matrix_sheet(p, m, from, left < MATRIX_COLUMNS ? left : MATRIX_COLUMNS);
    }
}

static bool has_sector(const struct totals *t, const char *code)
{
    for (size_t i = 0; i < t->n_figures; i++)
        if (strcmp(t->figures[i].by, "s") == 0 &&
            strcmp(t->figures[i].f[RC_B1], code) == 0)
            return true;
    return false;
}

static void sheet_sectors(struct paper *p)
{
    static const char *const others[] = {"unknown", "undivided"};
    const struct names *names = p->x->names;
    struct across *list =
        arena_new(&p->arena, (names->n_breakdowns + COUNT(others)) * sizeof *list);
    size_t n = 0;

    for (size_t i = 0; i < names->n_breakdowns; i++)
        if (names->breakdowns[i].sector &&
            has_sector(p->x->totals, names->breakdowns[i].code))
            list[n++] = (struct across){"", "", names->breakdowns[i].code,
                                        names->breakdowns[i].name, NULL};
    for (size_t i = 0; i < COUNT(others); i++)
        if (has_sector(p->x->totals, others[i]))
            list[n++] =
                (struct across){"", "", others[i], breakdown_name(p, others[i]), NULL};
    matrix_sheets(p, &(struct matrix){
                         .name = "Theo ngành",
                         .title = "TỔNG HỢP THEO NGÀNH",
                         .by = "s",
                         .list = list,
                         .n = n,
                         .legend = "Số in nghiêng: có phần lấy từ biểu tổng hợp của đơn "
                                   "vị; số in thẳng: cộng từ báo cáo của từng tổ chức.",
                     });
}

static const char *state_vi(const struct unit_line *u)
{
    static const char *const words[][2] = {
        {"sent",    "đã gửi"             },
        {"partly",  "đã gửi một phần"},
        {"nothing", "không phát sinh"      },
        {"none",    "chưa gửi"            }
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(u->state, words[i][0]) == 0)
            return words[i][1];
    return u->state;
}

static const char *unit_coverage(struct paper *p, const struct unit_line *u)
{
    struct bytes b = {0};
    const char *s;

    coverage_vi(u->reported, u->listed, u->listed >= 0, &b);
    s = arena_str(&p->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static void sheet_units(struct paper *p)
{
    const struct totals *t = p->x->totals;
    struct across *list = arena_new(&p->arena, (t->n_units + 1) * sizeof *list);

    for (size_t i = 0; i < t->n_units; i++) {
        const struct unit_line *u = &t->units[i];

        list[i] = (struct across){
            u->code, u->from, "", u->name,
            arena_printf(&p->arena, "%s; %s", state_vi(u), unit_coverage(p, u))};
    }
    matrix_sheets(p,
                  &(struct matrix){
                      .name = "Theo đơn vị",
                      .title = "TỔNG HỢP THEO ĐƠN VỊ BÁO CÁO",
                      .by = "u",
                      .list = list,
                      .n = t->n_units,
                      .legend = "Số in nghiêng: lấy từ biểu tổng hợp của đơn vị; số in "
                                "thẳng: cộng từ báo cáo của từng tổ chức.",
                  });
}

/* ---- Tình hình gửi báo cáo ---- */

/* "htx_list 53/53, ..." with the forms' names. */
static const char *forms_vi(struct paper *p, const char *forms)
{
    struct bytes b = {0};
    const char *s;

    while (*forms != 0) {
        size_t n = strcspn(forms, " "), rest = strcspn(forms + n, ",");
        const char *code = arena_strn(&p->arena, forms, n);
        const struct name *name = name_of(p->x->names->forms, p->x->names->n_forms, code);

        bytes_printf(&b, "%s%s:%.*s", b.n > 0 ? "; " : "",
                     name != NULL ? name->name : code, (int)rest, forms + n);
        forms += n + rest;
        forms += strspn(forms, ", ");
    }
    s = arena_str(&p->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static void put_list(struct paper *p, const char *what,
                     bool (*is)(const struct unit_line *))
{
    const struct totals *t = p->x->totals;
    struct bytes b = {0};
    size_t n = 0;

    for (size_t i = 0; i < t->n_units; i++)
        if (is(&t->units[i]))
            bytes_printf(&b, "%s%s", n++ > 0 ? "; " : "", t->units[i].name);
    if (n > 0) {
        const char *s = arena_printf(&p->arena, "%s (%zu): %s", what, n, bytes_cstr(&b));

        set_height(p, lines_in(s, width_between(p, 0, p->columns - 1)));
        put_across(p, 0, p->columns - 1, s, p->note);
        p->row++;
    }
    bytes_clear(&b);
}

static bool is_missing(const struct unit_line *u)
{
    return u->expected && strcmp(u->state, "none") == 0;
}

static bool is_partly(const struct unit_line *u)
{
    return strcmp(u->state, "partly") == 0;
}

static bool is_late(const struct unit_line *u)
{
    return u->late;
}

static void sheet_status(struct paper *p)
{
    static const double widths[] = {5, 9, 28, 20, 11, 40, 10, 10, 11, 10, 12, 17, 12};
    static const char *const heads[] = {"STT",
                                        "Mã",
                                        "Đơn vị báo cáo",
                                        "Tình hình",
                                        "Gửi chậm",
                                        "Biểu đã nhận (đã nhận/kê khai)",
                                        "Số báo cáo",
                                        "Số kê khai",
                                        "Cần giải trình",
                                        "Chờ xử lý",
                                        "Không tiếp nhận",
                                        "HTX đã báo cáo",
                                        "HTX chưa xác nhận"};
    const struct totals *t = p->x->totals;
    int64_t sum[5] = {0}, reported = 0, listed = 0, unconfirmed = 0;
    struct bytes b = {0};

    open_sheet(p, "Tình hình gửi báo cáo", widths, COUNT(widths), "TÌNH HÌNH GỬI BÁO CÁO",
               "Đơn vị tính: báo cáo, hợp tác xã");
    set_height(p, 3);
    for (int c = 0; c < (int)COUNT(heads); c++)
        put(p, c, heads[c], p->head);
    p->row++;
    close_head(p, 3);
    for (size_t i = 0; i < t->n_units; i++) {
        const struct unit_line *u = &t->units[i];
        const char *forms = forms_vi(p, u->forms);
        const int64_t counts[] = {u->rows, u->declared, u->warnings, u->held, u->refused};

        set_height(p, lines_in(forms, widths[5]));
        put_order(p, (int64_t)i + 1);
        put(p, 1, u->code, p->centre);
        put(p, 2, u->name, p->text);
        put(p, 3, state_vi(u), p->centre);
        put(p, 4, u->late ? "gửi chậm" : "", p->centre);
        put(p, 5, forms, p->text_small);
        for (size_t c = 0; c < COUNT(counts); c++) {
            if (counts[c] < 0) {
                put(p, 6 + (int)c, "", p->centre);
                continue;
            }
            put_count(p, 6 + (int)c, counts[c]);
            sum[c] += counts[c];
        }
        put(p, 11, unit_coverage(p, u), p->centre);
        put_count(p, 12, u->unconfirmed);
        unconfirmed += u->unconfirmed;
        if (u->listed >= 0) {
            reported += u->reported;
            listed += u->listed;
        }
        p->row++;
    }
    put_across(p, 0, 5, "Tổng cộng", p->head);
    for (size_t c = 0; c < COUNT(sum); c++)
        put_count(p, 6 + (int)c, sum[c]);
    coverage_vi(reported, listed, listed > 0, &b);
    put(p, 11, bytes_cstr(&b), p->centre);
    put_count(p, 12, unconfirmed);
    bytes_clear(&b);
    p->row += 2;
    put_list(p, "Đơn vị chưa gửi", is_missing);
    put_list(p, "Đơn vị đã gửi một phần", is_partly);
    put_list(p, "Đơn vị gửi chậm", is_late);
    close_sheet(p);
}

/* ---- Đối chiếu nguồn: only where the two sources differ ---- */

static void sheet_differences(struct paper *p)
{
    static const double widths[] = {5, 9, 26, 42, 22, 26, 15, 26, 15, 15};
    static const char *const heads[] = {"STT",
                                        "Mã",
                                        "Đơn vị báo cáo",
                                        "Chỉ tiêu",
                                        "Chia theo",
                                        "Nguồn được lấy",
                                        "Giá trị",
                                        "Nguồn đối chiếu",
                                        "Giá trị",
                                        "Chênh lệch"};
    const struct totals *t = p->x->totals;

    if (t->n_differences == 0)
        return;
    open_sheet(p, "Đối chiếu nguồn số liệu", widths, COUNT(widths),
               "ĐỐI CHIẾU BIỂU TỔNG HỢP VỚI BÁO CÁO CỦA TỪNG TỔ CHỨC",
               "Đơn vị tính: theo từng chỉ tiêu");
    set_height(p, 2);
    for (int c = 0; c < (int)COUNT(heads); c++)
        put(p, c, heads[c], p->head);
    p->row++;
    close_head(p, 3);
    for (size_t i = 0; i < t->n_differences; i++) {
        const struct difference *d = &t->differences[i];
        const struct name *name =
            name_of(p->x->names->indicators, p->x->names->n_indicators, d->indicator);
        const char *unit = d->unit, *what = name != NULL ? name->name : d->indicator;
        const int decimals = name != NULL ? name->decimals : -1;

        for (size_t k = 0; k < t->n_units; k++)
            if (strcmp(t->units[k].code, d->unit) == 0 &&
                strcmp(t->units[k].from, d->from) == 0)
                unit = t->units[k].name;
        set_height(p, lines_in(what, widths[3]));
        put_order(p, (int64_t)i + 1);
        put(p, 1, d->unit, p->centre);
        put(p, 2, unit, p->text);
        put(p, 3, what, p->text);
        put(p, 4, *d->b1 != 0 ? breakdown_name(p, d->b1) : "", p->text_small);
        put(p, 5, source_label(d->source, LANG_VI), p->text_small);
        put_number(p, 6, d->value, decimals, PLAIN);
        put(p, 7, source_label(d->other, LANG_VI), p->text_small);
        put_number(p, 8, d->other_value, decimals, PLAIN);
        put_number(p, 9, d->difference, decimals, PLAIN);
        p->row++;
    }
    close_sheet(p);
}

/* ---- the whole ---- */

static time_t created(const struct totals *t)
{
    return t->cutoff != DATE_NONE ? (time_t)t->cutoff * 86400 : 0;
}

static bool write_book(struct paper *p, const char *path, struct err *e)
{
    const struct totals *t = p->x->totals;
    lxw_doc_properties properties = {
        .title = arena_printf(&p->arena, "Tổng hợp %s, bản phát hành lần %" PRId64,
                              t->name_vi, p->x->number),
        .company = (char *)(uintptr_t)t->province_name,
        .comments = arena_printf(&p->arena, "BLAKE2b-256 %s", p->x->hash_hex),
        .created = created(t),
    };
    lxw_error error;

    p->book = workbook_new(path);
    if (p->book == NULL)
        return err_set(e, ERR_RETRY, "%s: cannot begin a workbook", path);
    workbook_set_properties(p->book, &properties);
    make_formats(p);
    sheet_overall(p);
    sheet_sectors(p);
    sheet_units(p);
    sheet_status(p);
    sheet_differences(p);
    error = workbook_close(p->book);
    return error == LXW_NO_ERROR ||
           err_set(e, ERR_RETRY, "%s: %s", path, lxw_strerror(error));
}

bool extract_xlsx(const struct extract *x, const char *dir, struct bytes *out,
                  struct err *e)
{
    enum { XLSX_MAX = 64 << 20 };
    struct paper p = {.x = x};
    char *path = mem_printf("%s/.htx-extract-%ld.xlsx", dir, (long)getpid());
    bool ok = write_book(&p, path, e) && file_read(path, XLSX_MAX, out, e);

    unlink(path);
    free(path);
    arena_clear(&p.arena);
    return ok;
}
