/* Sheets to be filled: protection, checks, hints, lists, names, print over several pages.
 */
#include <xlsxwriter.h> /* before base.h: its macros use what we poison */

#include "proto/forms/paper.h"

#include "proto/base/clock.h"

enum {
    PAGE_PX = 1010,     /* between the margins of A4 landscape, at 100 % */
    DIGIT_PX = 8,       /* of our font, as the widest program has it */
    SCALE_LEAST = 60,   /* of print, in percent: less cannot be read */
    PAGES_MOST = 12,    /* side by side */
    TITLE_MOST = 32,    /* characters, of a check's and a hint's title */
    MESSAGE_MOST = 255, /* and of their texts */
};

#define LISTS "Danh mục"

struct paper_list {
    const char *key, *range;
    const char *const *texts;
    size_t n;
};

/* ---- pages side by side ---- */

static double pixels(const struct paper *p, int from, int to)
{
    double sum = 0;

    for (int i = from; i < to; i++)
        sum += DIGIT_PX * p->widths[i] + 5;
    return sum;
}

/* Where pages begin at this scale, ended by 0; how many pages that makes. */
static int break_columns(const struct paper *p, int fixed, int scale, lxw_col_t *breaks)
{
    const double page = PAGE_PX * 100.0 / scale, again = pixels(p, 0, fixed);
    double used = again;
    int n = 0;

    for (int i = fixed; i < p->columns; i++) {
        double w = pixels(p, i, i + 1);

        if (again + w > page && scale > SCALE_LEAST)
            return PAGES_MOST + 2; /* a column that does not fit at all */
        if (used + w > page && used > again && n < PAGES_MOST) {
            breaks[n++] = (lxw_col_t)i;
            used = again;
        }
        used += w;
    }
    breaks[n] = 0;
    return n + 1;
}

/* The fewest pages that can be read, then the largest print on them. */
static void set_pages(struct paper *p, int fixed)
{
    lxw_col_t breaks[PAGES_MOST + 1];

    for (int pages = 1; pages <= PAGES_MOST + 1; pages++)
        for (int scale = 100; scale >= SCALE_LEAST; scale--) {
            if (break_columns(p, fixed, scale, breaks) > pages)
                continue;
            worksheet_set_print_scale(p->sheet, (uint16_t)scale);
            if (pages == 1)
                return;
            worksheet_set_v_pagebreaks(p->sheet, breaks);
            worksheet_repeat_columns(p->sheet, 0, (lxw_col_t)(fixed - 1));
            p->head_columns = breaks[0];
            p->head_first = fixed;
            return;
        }
}

/* Cells may be formatted and columns widened; nothing but open cells takes entries. */
static void protect(struct paper *p)
{
    lxw_protection allowed = {
        .format_cells = LXW_TRUE, .format_columns = LXW_TRUE, .format_rows = LXW_TRUE};

    worksheet_protect(p->sheet, NULL, &allowed);
}

void paper_form_sheet(struct paper *p, const char *name, const double *widths,
                      int columns, int fixed, const char *title, const char *unit_line)
{
    paper_begin(p, name, widths, columns);
    p->form = true;
    worksheet_set_landscape(p->sheet);
    worksheet_set_zoom(p->sheet, 90); /* the frozen head leaves room for rows */
    set_pages(p, fixed);
    protect(p);
    paper_put_head(p, title, unit_line);
}

void paper_guide_sheet(struct paper *p, const char *name, const double *widths,
                       int columns)
{
    paper_begin(p, name, widths, columns);
    worksheet_set_portrait(p->sheet);
    worksheet_fit_to_pages(p->sheet, 1, 1);
    worksheet_gridlines(p->sheet, LXW_HIDE_ALL_GRIDLINES);
    worksheet_set_tab_color(p->sheet, LXW_COLOR_GREEN);
    protect(p);
}

void paper_guide_done(struct paper *p)
{
    worksheet_print_area(p->sheet, 0, 0, p->row, (lxw_col_t)(p->columns - 1));
}

/* ---- names ---- */

void paper_name(struct paper *p, const char *name, const char *value, bool of_sheet)
{
    const char *full =
        of_sheet ? arena_printf(&p->arena, "'%s'!%s", p->sheet->name, name) : name;
    lxw_defined_name *defined;

    if (workbook_define_name(p->book, full, arena_printf(&p->arena, "=\"%s\"", value)) !=
        LXW_NO_ERROR)
        return;
    TAILQ_FOREACH(defined, p->book->defined_names, list_pointers)
    defined->hidden = LXW_TRUE;
}

/* ---- checks ---- */

/* At most so many characters, whole ones. */
static char *cut(struct paper *p, const char *s, size_t most)
{
    size_t at = 0, n = 0;

    if (s == NULL)
        return NULL;
    while (s[at] != 0 && n < most) {
        at++;
        while (((unsigned char)s[at] & 0xC0) == 0x80)
            at++;
        n++;
    }
    return arena_strn(&p->arena, s, at);
}

/* "C12" of the check's first cell: formulas are relative to it. */
static const char *first_cell(struct paper *p, uint32_t row, int col)
{
    char *name = arena_new(&p->arena, LXW_MAX_CELL_NAME_LENGTH);

    lxw_rowcol_to_cell(name, row, (lxw_col_t)col);
    return name;
}

/* A bound as a formula knows it. */
static const char *bound(struct paper *p, const struct paper_check *c, const char *text)
{
    int year, month, day;

    if (c->entry != PAPER_ENTRY_DATE)
        return text;
    date_split(date_read(text), &year, &month, &day);
    return arena_printf(&p->arena, "DATE(%d,%d,%d)", year, month, day);
}

/* =OR(AND(ISNUMBER(C5),C5>=0),C5="-",...) */
static char *formula(struct paper *p, const char *cell, const struct paper_check *c)
{
    struct bytes b = {0};
    char *text;

    bytes_printf(&b, "=OR(AND(ISNUMBER(%s)", cell);
    if (c->min != NULL)
        bytes_printf(&b, ",%s>=%s", cell, bound(p, c, c->min));
    if (c->max != NULL)
        bytes_printf(&b, ",%s<=%s", cell, bound(p, c, c->max));
    if (c->whole)
        bytes_printf(&b, ",%s=INT(%s)", cell, cell);
    bytes_char(&b, ')');
    for (size_t i = 0; c->signs != NULL && c->signs[i] != NULL; i++)
        bytes_printf(&b, ",%s=\"%s\"", cell, c->signs[i]);
    bytes_char(&b, ')');
    text = arena_str(&p->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return text;
}

/* The last check: the library would lose the memory of a formula given to it as a list.
 */
static void make_list(lxw_worksheet *sheet)
{
    char *next = (char *)sheet->data_validations->stqh_last;

    if (STAILQ_EMPTY(sheet->data_validations))
        return;
    next -= offsetof(lxw_data_val_obj, list_pointers);
    ((lxw_data_val_obj *)(void *)next)->validate = LXW_VALIDATION_TYPE_LIST_FORMULA;
}

void paper_check(struct paper *p, uint32_t row, int col, uint32_t last_row, int last_col,
                 const struct paper_check *c)
{
    lxw_data_validation v = {
        .ignore_blank = LXW_VALIDATION_ON,
        .show_error = LXW_VALIDATION_ON,
        .error_type = c->strict ? LXW_VALIDATION_ERROR_TYPE_STOP
                                : LXW_VALIDATION_ERROR_TYPE_WARNING,
        .error_title = cut(p, c->title, TITLE_MOST),
        .error_message = cut(p, c->message, MESSAGE_MOST),
        .input_title = cut(p, c->hint_title, TITLE_MOST),
        .input_message = cut(p, c->hint_message, MESSAGE_MOST),
        .show_input = c->hint_message != NULL ? LXW_VALIDATION_ON : LXW_VALIDATION_OFF,
    };

    switch (c->entry) {
    case PAPER_ENTRY_NUMBER:
    case PAPER_ENTRY_DATE:
        v.validate = LXW_VALIDATION_TYPE_CUSTOM_FORMULA;
        v.value_formula = formula(p, first_cell(p, row, col), c);
        break;
    case PAPER_ENTRY_LIST:
        v.validate = LXW_VALIDATION_TYPE_CUSTOM_FORMULA; /* make_list() */
        v.value_formula = (char *)(uintptr_t)c->list;
        v.dropdown = LXW_VALIDATION_ON;
        break;
    case PAPER_ENTRY_ANY:
        v.validate = LXW_VALIDATION_TYPE_ANY;
        break;
    }
    if (worksheet_data_validation_range(p->sheet, row, (lxw_col_t)col, last_row,
                                        (lxw_col_t)last_col, &v) == LXW_NO_ERROR &&
        c->entry == PAPER_ENTRY_LIST)
        make_list(p->sheet);
}

void paper_aside(struct paper *p, int col, double width)
{
    worksheet_set_column(p->sheet, (lxw_col_t)col, (lxw_col_t)col, width, NULL);
}

void paper_sparse(struct paper *p, uint32_t row, int col, uint32_t last_row, int last_col)
{
    const char *cell = first_cell(p, row, col);
    lxw_conditional_format whole = {
        .type = LXW_CONDITIONAL_TYPE_FORMULA,
        .value_string =
            arena_printf(&p->arena, "=AND(ISNUMBER(%s),%s=INT(%s))", cell, cell, cell),
        .format = p->whole};

    worksheet_conditional_format_range(p->sheet, row, (lxw_col_t)col, last_row,
                                       (lxw_col_t)last_col, &whole);
}

/* ---- lists ---- */

const char *paper_list(struct paper *p, const char *key, const char *const *texts,
                       size_t n)
{
    char name[LXW_MAX_COL_NAME_LENGTH];
    struct paper_list *l;

    for (size_t i = 0; i < p->n_lists; i++)
        if (strcmp(p->lists[i].key, key) == 0)
            return p->lists[i].range;
    p->lists = mem_grow(p->lists, p->n_lists + 1, sizeof *p->lists);
    l = &p->lists[p->n_lists];
    lxw_col_to_name(name, (lxw_col_t)p->n_lists, 0);
    *l = (struct paper_list){.key = arena_str(&p->arena, key), .n = n};
    l->range = arena_printf(&p->arena, "='" LISTS "'!$%s$2:$%s$%zu", name, name, n + 1);
    l->texts =
        memcpy(arena_new(&p->arena, (n + 1) * sizeof *texts), texts, n * sizeof *texts);
    p->n_lists++;
    return l->range;
}

void paper_lists(struct paper *p)
{
    static const double none[] = {0};

    if (p->n_lists == 0)
        return;
    paper_begin(p, LISTS, none, 0);
    worksheet_hide(p->sheet);
    for (size_t col = 0; col < p->n_lists; col++) {
        const struct paper_list *l = &p->lists[col];

        worksheet_write_string(p->sheet, 0, (lxw_col_t)col, l->key, NULL);
        for (size_t i = 0; i < l->n; i++)
            worksheet_write_string(p->sheet, (lxw_row_t)(i + 1), (lxw_col_t)col,
                                   paper_words(p, l->texts[i]), NULL);
    }
}
