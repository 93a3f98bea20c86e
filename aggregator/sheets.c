#include "aggregator/sheets.h"

#include <inttypes.h>

enum {
    MATRIX_COLUMNS = 8, /* units or sectors side by side; more go to a further sheet */
    MATRIX_FIXED = 5,   /* columns around them */
};

/* The tables of one publication, being written. */
struct book {
    const struct extract *x;
    struct layout *out;
};

static int most(int a, int b)
{
    return a > b ? a : b;
}

/* ---- what stands in cells ---- */

static const char *breakdown_name(struct book *k, const char *code)
{
    const struct name *n =
        name_of(k->x->names->breakdowns, k->x->names->n_breakdowns, code);

    if (strcmp(code, "unknown") == 0)
        return "Chưa rõ ngành";
    if (strcmp(code, "undivided") == 0)
        return "Không chia theo ngành";
    return n != NULL ? n->name : code;
}

/* " - A, B" for a figure with breakdowns. */
static const char *figure_name(struct book *k, const struct name *indicator,
                               const struct figure *f)
{
    if (*f->f[RC_B1] == 0)
        return indicator->name;
    return arena_printf(&k->out->arena, "%s - %s%s%s", indicator->name,
                        breakdown_name(k, f->f[RC_B1]), *f->f[RC_B2] != 0 ? ", " : "",
                        *f->f[RC_B2] != 0 ? breakdown_name(k, f->f[RC_B2]) : "");
}

static const char *coverage_of(struct book *k, const char *reported, const char *expected)
{
    struct bytes b = {0};
    const char *s;

    coverage_vi(atoll(reported), atoll(expected), *expected != 0, &b);
    s = arena_str(&k->out->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static const char *source_of(struct book *k, const struct figure *f)
{
    const char *statement = f->f[RC_UNITS_STATEMENT], *entity = f->f[RC_UNITS_ENTITY];

    if (strcmp(entity, "0") == 0)
        return arena_printf(&k->out->arena, "Biểu tổng hợp: %s đơn vị", statement);
    if (strcmp(statement, "0") == 0)
        return arena_printf(&k->out->arena, "Từng tổ chức: %s đơn vị", entity);
    return arena_printf(
        &k->out->arena, "Biểu tổng hợp: %s đơn vị; từng tổ chức: %s đơn vị, %s",
        statement, entity,
        coverage_of(k, f->f[RC_ENTITIES_REPORTED], f->f[RC_ENTITIES_EXPECTED]));
}

static void add_note(struct bytes *b, const char *what, const char *n)
{
    if (strcmp(n, "0") == 0 || *n == 0)
        return;
    bytes_printf(b, "%s%s %s", b->n > 0 ? "; " : "", what, n);
}

static const char *note_of(struct book *k, const struct figure *f)
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
    s = arena_str(&k->out->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static const struct figure *find_figure(const struct book *k, const char *by,
                                        const char *unit, const char *from,
                                        const char *indicator, const char *b1,
                                        const char *b2)
{
    const struct totals *t = k->x->totals;

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

static void sheet_overall(struct book *k)
{
    static const double widths[] = {5, 48, 22, 17, 34, 17, 40};
    static const char *const heads[] = {"STT",     "Chỉ tiêu",      "Đơn vị tính",
                                        "Giá trị", "Nguồn số liệu", "Đã báo cáo",
                                        "Ghi chú"};
    const struct names *names = k->x->names;
    const struct totals *t = k->x->totals;
    int n = 0;

    layout_sheet(k->out, "Tổng hợp chung", widths, COUNT(widths),
                 "TỔNG HỢP CHUNG TÌNH HÌNH KINH TẾ TẬP THỂ, HỢP TÁC XÃ",
                 "Đơn vị tính: theo từng chỉ tiêu");
    layout_height(k->out, 2);
    for (int c = 0; c < (int)COUNT(heads); c++)
        layout_text(k->out, c, heads[c], PAPER_HEAD);
    k->out->row++;
    layout_head_done(k->out, 2);
    for (size_t i = 0; i < names->n_indicators; i++)
        for (size_t j = 0; j < t->n_figures; j++) {
            const struct figure *f = &t->figures[j];
            const struct name *name = &names->indicators[i];
            const char *what, *note, *source;
            int lines;

            if (strcmp(f->by, "-") != 0 || strcmp(f->f[RC_INDICATOR], name->code) != 0)
                continue;
            what = figure_name(k, name, f);
            note = note_of(k, f);
            source = source_of(k, f);
            lines = most(paper_lines(what, widths[1]), paper_lines(note, widths[6]));
            lines = most(lines, paper_lines(source, widths[4]));
            layout_height(k->out, lines);
            layout_order(k->out, ++n);
            layout_text(k->out, 1, what, PAPER_TEXT);
            layout_text(k->out, 2, f->f[RC_MEASURE], PAPER_CENTRE);
            layout_number(k->out, 3, f->f[RC_VALUE], name->decimals, PAPER_PLAIN);
            layout_text(k->out, 4, source, PAPER_TEXT_SMALL);
            layout_text(k->out, 5, coverage_of(k, f->f[RC_REPORTED], f->f[RC_EXPECTED]),
                        PAPER_CENTRE);
            layout_text(k->out, 6, note, PAPER_TEXT_SMALL);
            k->out->row++;
        }
    layout_sheet_done(k->out);
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

static const struct figure *matrix_figure(const struct book *k, const struct matrix *m,
                                          size_t i, const struct figure *row)
{
    const struct across *a = &m->list[i];
    const bool by_sector = *a->sector != 0;

    return find_figure(k, m->by, a->unit, a->from, row->f[RC_INDICATOR],
                       by_sector ? a->sector : row->f[RC_B1],
                       by_sector ? "" : row->f[RC_B2]);
}

static bool row_has_figures(const struct book *k, const struct matrix *m, size_t from,
                            size_t n, const struct figure *row)
{
    for (size_t i = from; i < from + n; i++)
        if (matrix_figure(k, m, i, row) != NULL)
            return true;
    return false;
}

/* One row shows one number of decimals: that of its most precise figure. */
static int row_decimals(const struct book *k, const struct matrix *m, size_t from,
                        size_t n, const struct figure *row)
{
    int decimals = paper_decimals(row->f[RC_VALUE]);

    for (size_t i = from; i < from + n; i++) {
        const struct figure *f = matrix_figure(k, m, i, row);

        if (f != NULL)
            decimals = most(decimals, paper_decimals(f->f[RC_VALUE]));
    }
    return decimals;
}

static void matrix_row(struct book *k, const struct matrix *m, size_t from, size_t n,
                       const struct name *name, const struct figure *row, int number)
{
    const char *what = figure_name(k, name, row);
    const int decimals =
        name->decimals >= 0 ? name->decimals : row_decimals(k, m, from, n, row);

    layout_height(k->out, most(paper_lines(what, k->out->widths[1]),
                               paper_lines(row->f[RC_MEASURE], k->out->widths[2])));
    layout_order(k->out, number);
    layout_text(k->out, 1, what, PAPER_TEXT);
    layout_text(k->out, 2, row->f[RC_MEASURE], PAPER_CENTRE);
    layout_number(k->out, 3, row->f[RC_VALUE], decimals, PAPER_PLAIN);
    for (size_t i = 0; i < n; i++) {
        const struct figure *f = matrix_figure(k, m, from + i, row);
        const bool stated = f != NULL && strcmp(f->f[RC_SOURCE], "entity") != 0;

        layout_number(k->out, 4 + (int)i, f != NULL ? f->f[RC_VALUE] : "", decimals,
                      stated ? PAPER_ITALIC : PAPER_PLAIN);
    }
    layout_text(k->out, k->out->columns - 1,
                coverage_of(k, row->f[RC_REPORTED], row->f[RC_EXPECTED]), PAPER_CENTRE);
    k->out->row++;
}

static void matrix_heads(struct book *k, const struct matrix *m, size_t from, size_t n)
{
    static const char *const fixed[] = {"STT", "Chỉ tiêu", "Đơn vị tính", "Toàn tỉnh"};
    const bool two = n > 0 && m->list[from].under != NULL;
    int lines = 2;

    for (size_t i = 0; i < n; i++)
        lines = most(lines, paper_lines(m->list[from + i].head, k->out->widths[4]));
    layout_height(k->out, lines);
    for (int c = 0; c < (int)COUNT(fixed); c++)
        layout_text(k->out, c, fixed[c], PAPER_HEAD);
    for (size_t i = 0; i < n; i++)
        layout_text(k->out, 4 + (int)i, m->list[from + i].head, PAPER_HEAD);
    layout_text(k->out, k->out->columns - 1, "Đã báo cáo", PAPER_HEAD);
    k->out->row++;
    if (two) {
        layout_height(k->out, 3);
        for (int c = 0; c < k->out->columns; c++)
            layout_text(k->out, c, "", PAPER_CENTRE);
        layout_text(k->out, 1, "Tình hình gửi; đã báo cáo", PAPER_CENTRE);
        for (size_t i = 0; i < n; i++)
            layout_text(k->out, 4 + (int)i, m->list[from + i].under, PAPER_CENTRE);
        k->out->row++;
    }
    layout_head_done(k->out, 2);
}

/* One sheet with the columns [from, from + n). */
static void matrix_sheet(struct book *k, const struct matrix *m, size_t from, size_t n)
{
    double *widths =
        arena_new(&k->out->arena, (MATRIX_COLUMNS + MATRIX_FIXED) * sizeof *widths);
    const struct names *names = k->x->names;
    const struct totals *t = k->x->totals;
    const int columns = (int)n + MATRIX_FIXED;
    int number = 0;

    widths[0] = 5;
    widths[1] = 38;
    widths[2] = 18;
    for (int c = 3; c < columns; c++)
        widths[c] = 15;
    layout_sheet(k->out,
                 from == 0 ? m->name
                           : arena_printf(&k->out->arena, "%s (%zu)", m->name,
                                          from / MATRIX_COLUMNS + 1),
                 widths, columns, m->title, "Đơn vị tính: theo từng chỉ tiêu");
    matrix_heads(k, m, from, n);
    for (size_t i = 0; i < names->n_indicators; i++)
        for (size_t j = 0; j < t->n_figures; j++) {
            const struct figure *f = &t->figures[j];

            if (strcmp(f->by, "-") != 0 ||
                strcmp(f->f[RC_INDICATOR], names->indicators[i].code) != 0 ||
                !row_has_figures(k, m, from, n, f) ||
                (strcmp(m->by, "s") == 0 && *f->f[RC_B1] != 0))
                continue;
            matrix_row(k, m, from, n, &names->indicators[i], f, ++number);
        }
    layout_height(k->out, 2);
    layout_across(k->out, 0, columns - 1, m->legend, PAPER_NOTE);
    k->out->row++;
    layout_sheet_done(k->out);
}

/* At least one sheet, so that a workbook always has its four. */
static void matrix_sheets(struct book *k, const struct matrix *m)
{
    size_t from = 0;

    do {
        size_t left = m->n - from;

        matrix_sheet(k, m, from, left < MATRIX_COLUMNS ? left : MATRIX_COLUMNS);
        from += MATRIX_COLUMNS;
    } while (from < m->n);
}

static bool has_sector(const struct totals *t, const char *code)
{
    for (size_t i = 0; i < t->n_figures; i++)
        if (strcmp(t->figures[i].by, "s") == 0 &&
            strcmp(t->figures[i].f[RC_B1], code) == 0)
            return true;
    return false;
}

static void sheet_sectors(struct book *k)
{
    static const char *const others[] = {"unknown", "undivided"};
    const struct names *names = k->x->names;
    struct across *list =
        arena_new(&k->out->arena, (names->n_breakdowns + COUNT(others)) * sizeof *list);
    size_t n = 0;

    for (size_t i = 0; i < names->n_breakdowns; i++)
        if (names->breakdowns[i].sector &&
            has_sector(k->x->totals, names->breakdowns[i].code))
            list[n++] = (struct across){"", "", names->breakdowns[i].code,
                                        names->breakdowns[i].name, NULL};
    for (size_t i = 0; i < COUNT(others); i++)
        if (has_sector(k->x->totals, others[i]))
            list[n++] =
                (struct across){"", "", others[i], breakdown_name(k, others[i]), NULL};
    matrix_sheets(k, &(struct matrix){
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

static const char *unit_coverage(struct book *k, const struct unit_line *u)
{
    struct bytes b = {0};
    const char *s;

    coverage_vi(u->reported, u->listed, u->listed >= 0, &b);
    s = arena_str(&k->out->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static bool has_unit(const struct totals *t, const struct unit_line *u)
{
    for (size_t i = 0; i < t->n_figures; i++)
        if (strcmp(t->figures[i].by, "u") == 0 &&
            strcmp(t->figures[i].f[RC_UNIT], u->code) == 0 &&
            strcmp(t->figures[i].f[RC_UNIT_FROM], u->from) == 0)
            return true;
    return false;
}

static void sheet_units(struct book *k)
{
    const struct totals *t = k->x->totals;
    struct across *list = arena_new(&k->out->arena, (t->n_units + 1) * sizeof *list);
    size_t n = 0;

    for (size_t i = 0; i < t->n_units; i++) {
        const struct unit_line *u = &t->units[i];

        if (!has_unit(t, u))
            continue; /* it stands in the sheet of who sent what */
        list[n++] = (struct across){
            u->code, u->from, "", u->name,
            arena_printf(&k->out->arena, "%s; %s", state_vi(u), unit_coverage(k, u))};
    }
    matrix_sheets(k,
                  &(struct matrix){
                      .name = "Theo đơn vị",
                      .title = "TỔNG HỢP THEO ĐƠN VỊ BÁO CÁO",
                      .by = "u",
                      .list = list,
                      .n = n,
                      .legend = "Số in nghiêng: lấy từ biểu tổng hợp của đơn vị; số in "
                                "thẳng: cộng từ báo cáo của từng tổ chức.",
                  });
}

/* ---- Tình hình gửi báo cáo ---- */

/* "htx_list 53/53, ..." with the forms' names. */
static const char *forms_vi(struct book *k, const char *forms)
{
    struct bytes b = {0};
    const char *s;

    while (*forms != 0) {
        size_t n = strcspn(forms, " "), rest = strcspn(forms + n, ",");
        const char *code = arena_strn(&k->out->arena, forms, n);
        const struct name *name = name_of(k->x->names->forms, k->x->names->n_forms, code);

        bytes_printf(&b, "%s%s:%.*s", b.n > 0 ? "; " : "",
                     name != NULL ? name->name : code, (int)rest, forms + n);
        forms += n + rest;
        forms += strspn(forms, ", ");
    }
    s = arena_str(&k->out->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static void put_list(struct book *k, const char *what,
                     bool (*is)(const struct unit_line *))
{
    const struct totals *t = k->x->totals;
    struct bytes b = {0};
    size_t n = 0;

    for (size_t i = 0; i < t->n_units; i++)
        if (is(&t->units[i]))
            bytes_printf(&b, "%s%s", n++ > 0 ? "; " : "", t->units[i].name);
    if (n > 0) {
        const char *s =
            arena_printf(&k->out->arena, "%s (%zu): %s", what, n, bytes_cstr(&b));

        layout_height(k->out,
                      paper_lines(s, layout_width(k->out, 0, k->out->columns - 1)));
        layout_across(k->out, 0, k->out->columns - 1, s, PAPER_NOTE);
        k->out->row++;
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

static void sheet_status(struct book *k)
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
    const struct totals *t = k->x->totals;
    int64_t sum[5] = {0}, reported = 0, listed = 0, unconfirmed = 0;
    struct bytes b = {0};

    layout_sheet(k->out, "Tình hình gửi báo cáo", widths, COUNT(widths),
                 "TÌNH HÌNH GỬI BÁO CÁO", "Đơn vị tính: báo cáo, hợp tác xã");
    layout_height(k->out, 3);
    for (int c = 0; c < (int)COUNT(heads); c++)
        layout_text(k->out, c, heads[c], PAPER_HEAD);
    k->out->row++;
    layout_head_done(k->out, 3);
    for (size_t i = 0; i < t->n_units; i++) {
        const struct unit_line *u = &t->units[i];
        const char *forms = forms_vi(k, u->forms);
        const int64_t counts[] = {u->rows, u->declared, u->warnings, u->held, u->refused};

        layout_height(k->out, paper_lines(forms, widths[5]));
        layout_order(k->out, (int64_t)i + 1);
        layout_text(k->out, 1, u->code, PAPER_CENTRE);
        layout_text(k->out, 2, u->name, PAPER_TEXT);
        layout_text(k->out, 3, state_vi(u), PAPER_CENTRE);
        layout_text(k->out, 4, u->late ? "gửi chậm" : "", PAPER_CENTRE);
        layout_text(k->out, 5, forms, PAPER_TEXT_SMALL);
        for (size_t c = 0; c < COUNT(counts); c++) {
            if (counts[c] < 0) {
                layout_text(k->out, 6 + (int)c, "", PAPER_CENTRE);
                continue;
            }
            layout_count(k->out, 6 + (int)c, counts[c]);
            sum[c] += counts[c];
        }
        layout_text(k->out, 11, unit_coverage(k, u), PAPER_CENTRE);
        layout_count(k->out, 12, u->unconfirmed);
        unconfirmed += u->unconfirmed;
        if (u->listed >= 0) {
            reported += u->reported;
            listed += u->listed;
        }
        k->out->row++;
    }
    layout_across(k->out, 0, 5, "Tổng cộng", PAPER_HEAD);
    for (size_t c = 0; c < COUNT(sum); c++)
        layout_count(k->out, 6 + (int)c, sum[c]);
    coverage_vi(reported, listed, listed > 0, &b);
    layout_text(k->out, 11, bytes_cstr(&b), PAPER_CENTRE);
    layout_count(k->out, 12, unconfirmed);
    bytes_clear(&b);
    k->out->row += 2;
    put_list(k, "Đơn vị chưa gửi", is_missing);
    put_list(k, "Đơn vị đã gửi một phần", is_partly);
    put_list(k, "Đơn vị gửi chậm", is_late);
    layout_sheet_done(k->out);
}

/* ---- Đối chiếu nguồn: only where the two sources differ ---- */

static void sheet_differences(struct book *k)
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
    const struct totals *t = k->x->totals;

    if (t->n_differences == 0)
        return;
    layout_sheet(k->out, "Đối chiếu nguồn số liệu", widths, COUNT(widths),
                 "ĐỐI CHIẾU BIỂU TỔNG HỢP VỚI BÁO CÁO CỦA TỪNG TỔ CHỨC",
                 "Đơn vị tính: theo từng chỉ tiêu");
    layout_height(k->out, 2);
    for (int c = 0; c < (int)COUNT(heads); c++)
        layout_text(k->out, c, heads[c], PAPER_HEAD);
    k->out->row++;
    layout_head_done(k->out, 3);
    for (size_t i = 0; i < t->n_differences; i++) {
        const struct difference *d = &t->differences[i];
        const struct name *name =
            name_of(k->x->names->indicators, k->x->names->n_indicators, d->indicator);
        const char *unit = d->unit, *what = name != NULL ? name->name : d->indicator;
        const char *part = *d->b1 != 0 ? breakdown_name(k, d->b1) : "";
        const int decimals = name != NULL ? name->decimals : -1;

        for (size_t j = 0; j < t->n_units; j++)
            if (strcmp(t->units[j].code, d->unit) == 0 &&
                strcmp(t->units[j].from, d->from) == 0)
                unit = t->units[j].name;
        layout_height(k->out,
                      most(paper_lines(what, widths[3]), paper_lines(part, widths[4])));
        layout_order(k->out, (int64_t)i + 1);
        layout_text(k->out, 1, d->unit, PAPER_CENTRE);
        layout_text(k->out, 2, unit, PAPER_TEXT);
        layout_text(k->out, 3, what, PAPER_TEXT);
        layout_text(k->out, 4, part, PAPER_TEXT_SMALL);
        layout_text(k->out, 5, source_label(d->source, LANG_VI), PAPER_TEXT_SMALL);
        layout_number(k->out, 6, d->value, decimals, PAPER_PLAIN);
        layout_text(k->out, 7, source_label(d->other, LANG_VI), PAPER_TEXT_SMALL);
        layout_number(k->out, 8, d->other_value, decimals, PAPER_PLAIN);
        layout_number(k->out, 9, d->difference, decimals, PAPER_PLAIN);
        k->out->row++;
    }
    layout_sheet_done(k->out);
}

/* ---- the whole ---- */

static struct paper_words words_of(const struct extract *x, struct arena *a)
{
    const struct totals *t = x->totals;
    char cutoff[11];

    return (struct paper_words){
        .agency = arena_str(a, t->province_name),
        .lines = {arena_printf(a, "Kỳ báo cáo: %s (%s); thời điểm chốt số liệu: %s",
                  t->name_vi, vintage_label(t->vintage, LANG_VI),
                  date_vi(t->cutoff, cutoff)),
                  arena_printf(a, "Bản phát hành lần %" PRId64 ", ngày %s", x->number,
                  x->published_vi),
                  provisional_vi(a, t)},
        .document = arena_printf(a, "Tổng hợp %s, bản phát hành lần %" PRId64, t->name_vi,
                                 x->number),
        .comments = arena_printf(a, "BLAKE2b-256 %s", x->hash_hex),
        .created = t->cutoff != DATE_NONE ? (int64_t)t->cutoff * 86400 : 0,
    };
}

void sheets_make(const struct extract *x, struct layout *out)
{
    struct book book = {.x = x, .out = out};

    *out = (struct layout){0};
    out->words = words_of(x, &out->arena);
    sheet_overall(&book);
    sheet_sectors(&book);
    sheet_units(&book);
    sheet_status(&book);
    sheet_differences(&book);
}
