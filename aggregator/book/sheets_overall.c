/* Tổng hợp chung: a line for each figure of the province, and what stands beside it. */
#include "aggregator/book/book.h"

enum column_kind {
    COL_ORDER,
    COL_NAME,
    COL_UNIT,
    COL_VALUE,
    COL_BESIDE,
    COL_TARGET,
    COL_OUTCOME,
    COL_SOURCE,
    COL_COVERAGE,
    COL_NOTE
};

struct column {
    enum column_kind kind;
    enum compare_what what; /* of COL_BESIDE */
    double width;
    const char *head;
    bool compares; /* totals of format 1 have none */
};

static const struct column COLUMNS[] = {
    {COL_ORDER,    CW_COUNT,            5,  "STT",                                       false},
    {COL_NAME,     CW_COUNT,            36, "Chỉ tiêu",                               false},
    {COL_UNIT,     CW_COUNT,            15, "Đơn vị tính",                          false},
    {COL_VALUE,    CW_COUNT,            13, NULL,                                        false},
    {COL_BESIDE,   CW_PREVIOUS,         13, "Cùng kỳ năm trước",                  true },
    {COL_BESIDE,   CW_CHANGE,           12, "Tăng (+), giảm (-) so với cùng kỳ", true },
    {COL_BESIDE,   CW_PERCENT_PREVIOUS, 9,  "% so với cùng kỳ",                     true },
    {COL_BESIDE,   CW_PLAN,             13, "Kế hoạch",                              true },
    {COL_BESIDE,   CW_PERCENT_PLAN,     9,  "% so với kế hoạch",                   true },
    {COL_TARGET,   CW_COUNT,            15, "Mục tiêu (năm)",                        true },
    {COL_OUTCOME,  CW_COUNT,            12, "Kết quả so với mục tiêu",          true },
    {COL_SOURCE,   CW_COUNT,            9,  "Nguồn (B/T)",                             false},
    {COL_COVERAGE, CW_COUNT,            15, "Đã báo cáo",                            false},
    {COL_NOTE,     CW_COUNT,            22, "Ghi chú",                                  false},
};

static void add(struct bytes *b, const char *what, const char *behind)
{
    bytes_printf(b, "%s%s%s", b->n > 0 ? "; " : "", what, behind);
}

static void add_count(struct bytes *b, const char *what, const char *n)
{
    if (strcmp(n, "0") != 0 && *n != 0)
        add(b, what, n);
}

void figure_note(const struct figure *f, struct bytes *b)
{
    if (*f->f[RC_DENOMINATOR] != 0 && *f->f[RC_NUMERATOR] != 0) {
        bytes_str(b, "= ");
        decimal_vi(f->f[RC_NUMERATOR], 0, b);
        bytes_str(b, " / ");
        decimal_vi(f->f[RC_DENOMINATOR], 0, b);
    }
    if (strcmp(f->f[RC_BASIS], "parts") == 0)
        add(b, "tính từ số bình quân của các ngành", "");
    else if (strcmp(f->f[RC_BASIS], "stated") == 0)
        add(b, "theo số bình quân đơn vị nêu", "");
    else if (strcmp(f->f[RC_BASIS], "mixed") == 0)
        add(b, "có số bình quân đơn vị nêu", "");
    if (strcmp(f->f[RC_APPROXIMATE], "0") != 0)
        add(b, "có số ước lượng", "");
    add_count(b, "không phát sinh ", f->f[RC_NIL]);
    add_count(b, "chưa có số liệu ", f->f[RC_NOT_AVAILABLE]);
    add_count(b, "không cung cấp ", f->f[RC_REFUSED]);
    add_count(b, "để trống ", f->f[RC_MISSING]);
}

/* "Thực hiện kỳ báo cáo" */
static const char *value_head(struct book *k)
{
    switch (vintage_of(k->x->totals->vintage)) {
    case VINTAGE_PLAN:
        return "Kế hoạch kỳ báo cáo";
    case VINTAGE_ESTIMATE:
        return "Ước thực hiện kỳ báo cáo";
    case VINTAGE_ACTUAL:
    case VINTAGE_NONE:
        break;
    }
    return "Thực hiện kỳ báo cáo";
}

/* What a row says besides its figures, and how high it is. */
struct row {
    const struct figure *f;
    const struct name *name;
    const struct target_line *target;
    struct bytes note;
    int lines;
};

static void put_words(struct book *k, int col, struct row *r, const char *s,
                      enum paper_style style)
{
    const double width = k->out->widths[col];

    r->lines = most(r->lines, style == PAPER_TEXT_SMALL ? paper_lines_small(s, width)
                                                        : paper_lines(s, width));
    layout_text(k->out, col, s, style);
}

static void put_beside(struct book *k, int col, const struct column *c, struct row *r)
{
    const bool percent = c->what == CW_PERCENT_PREVIOUS || c->what == CW_PERCENT_PLAN;
    const char *value = r->f->beside[c->what].value, *mark, *note;
    int decimals = percent ? 1 : shown_decimals(r->name, r->f->f[RC_VALUE]);

    if (value != NULL && !percent)
        decimals = most(decimals, paper_decimals(value));
    mark = book_beside(k, col, r->f, c->what, decimals);
    if (mark == NULL)
        return;
    /* the base, what was made with it, and both together: a mark stands once for each */
    note = arena_printf(&k->out->arena, "%s%s",
                        c->what == CW_PREVIOUS       ? "cùng kỳ "
                        : c->what == CW_PLAN         ? "kế hoạch "
                        : c->what == CW_PERCENT_PLAN ? "so với kế hoạch "
                                                     : "so với cùng kỳ ",
                        mark);
    if (r->note.n == 0 || strstr(bytes_cstr(&r->note), note) == NULL)
        add(&r->note, note, "");
}

static void put_cell(struct book *k, int col, const struct column *c, struct row *r,
                     int order)
{
    struct arena *a = &k->out->arena;
    const struct figure *f = r->f;

    switch (c->kind) {
    case COL_ORDER:
        layout_order(k->out, order);
        break;
    case COL_NAME:
        put_words(k, col, r, figure_name(k->x, f, &k->out->arena), PAPER_TEXT);
        break;
    case COL_UNIT:
        put_words(k, col, r, f->f[RC_MEASURE], PAPER_CENTRE);
        break;
    case COL_VALUE:
        layout_number(k->out, col, f->f[RC_VALUE], r->name->decimals, PAPER_PLAIN);
        break;
    case COL_BESIDE:
        put_beside(k, col, c, r);
        break;
    case COL_TARGET:
        put_words(k, col, r, r->target != NULL ? target_text(r->target, a) : "",
                  PAPER_CENTRE);
        break;
    case COL_OUTCOME:
        put_words(k, col, r, r->target != NULL ? target_outcome(r->target) : "",
                  PAPER_CENTRE);
        break;
    case COL_SOURCE:
        layout_text(
            k->out, col,
            arena_printf(a, "%s/%s", f->f[RC_UNITS_STATEMENT], f->f[RC_UNITS_ENTITY]),
            PAPER_CENTRE);
        break;
    case COL_COVERAGE:
        put_words(k, col, r, coverage_of(k, f->f[RC_REPORTED], f->f[RC_EXPECTED]),
                  PAPER_CENTRE);
        break;
    case COL_NOTE:
        put_words(k, col, r, bytes_cstr(&r->note), PAPER_TEXT_SMALL);
        break;
    }
}

static void put_row(struct book *k, const struct column *const *columns, int n,
                    const struct figure *f, int order)
{
    struct row r = {.f = f,
                    .name = indicator_name(k->x, f->f[RC_INDICATOR]),
                    .target = target_of(k->x, f),
                    .lines = 1};

    figure_note(f, &r.note);
    for (int c = 0; c < n; c++)
        put_cell(k, c, columns[c], &r, order);
    layout_height(k->out, r.lines);
    k->out->row++;
    bytes_clear(&r.note);
}

void sheet_overall(struct book *k)
{
    const struct column *columns[COUNT(COLUMNS)];
    const char *heads[COUNT(COLUMNS)];
    double widths[COUNT(COLUMNS)];
    const struct figure **figures;
    size_t n_figures;
    int n = 0;

    for (size_t i = 0; i < COUNT(COLUMNS); i++) {
        if (COLUMNS[i].compares && k->x->totals->format < 2)
            continue;
        columns[n] = &COLUMNS[i];
        widths[n] = COLUMNS[i].width;
        heads[n++] = COLUMNS[i].head != NULL ? COLUMNS[i].head : value_head(k);
    }
    figures = overall_figures(k->x, &k->out->arena, &n_figures);
    book_annex(k, "Tổng hợp chung", widths, n,
               "TỔNG HỢP CHUNG TÌNH HÌNH KINH TẾ TẬP THỂ, HỢP TÁC XÃ",
               "Đơn vị tính: theo từng chỉ tiêu");
    book_heads(k, heads, 2);
    for (size_t i = 0; i < n_figures; i++)
        put_row(k, columns, n, figures[i], (int)i + 1);
    book_legend(k,
                "Nguồn (B/T): số đơn vị lấy từ biểu tổng hợp của đơn vị / số đơn vị "
                "cộng từ báo cáo của từng tổ chức. Đã báo cáo: đã báo cáo/phải báo cáo "
                "(tỷ lệ).");
    layout_sheet_done(k->out);
}
