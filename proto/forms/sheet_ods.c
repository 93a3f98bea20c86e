/*
 * OpenDocument sheets, as LibreOffice and Gnumeric write them: one part, content.xml,
 * where runs of equal cells and rows stand once with a count. Counts cost nothing while
 * the cells are empty; what holds something counts as often as it is repeated.
 */
#include "proto/base/clock.h"
#include "proto/forms/sheet_read.h"

#define OASIS "urn:oasis:names:tc:opendocument:xmlns:"
#define OFFICE OASIS "office:1.0|"
#define TABLE OASIS "table:1.0|"
#define TEXT OASIS "text:1.0|"
#define STYLE OASIS "style:1.0|"
#define CALCEXT "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0|"

enum { DEEP = 128, STYLES_MAX = 4096, SPACES_MAX = 1024 };

/* Where in the document we are; what is not listed in steps below is left out whole. */
enum node {
    NODE_ROOT,
    NODE_STYLES,
    NODE_STYLE,
    NODE_STYLE_TABLE,
    NODE_BODY,
    NODE_SHEETS,
    NODE_PAGE,
    NODE_GROUP, /* of rows */
    NODE_ROW,
    NODE_CELL,
    NODE_COVERED, /* seen by nobody */
    NODE_PARAGRAPH,
    NODE_INLINE,
    NODE_NAMES,
    NODE_NAME,
    NODE_SOURCE,
};

struct run { /* a cell of the row being read, with its count */
    uint32_t col, count;
    enum cell_kind kind;
    size_t at, n; /* its text in row_text */
};

struct ods {
    struct sink *sink;
    struct arena arena; /* names of styles; of the page */
    enum node path[DEEP];
    size_t depth, skip; /* skip: elements open inside one that is left out */
    const char **hidden;
    size_t n_hidden;
    const char *style; /* the one being read */

    const char *page;
    bool page_hidden, page_out, linked, any; /* page_out: its record is written */
    uint32_t row, rows;                      /* rows: how often this one stands here */
    uint32_t col, cols;
    struct run *runs;
    size_t n_runs, cap_runs;
    struct bytes row_text;

    struct bytes text; /* shown in the cell being read, paragraphs as lines */
    size_t paragraphs;
    char type[12], value[80];
    bool formula, error, has_string;
    struct bytes string; /* office:string-value */
};

static const char *const namespaces[] = {OASIS "office:1.0",   OASIS "table:1.0",
                                         OASIS "text:1.0",     OASIS "style:1.0",
                                         OASIS "manifest:1.0", NULL};

static const struct {
    enum node in;
    const char *name;
    enum node to;
} steps[] = {
    {NODE_ROW,    "table-cell",         NODE_CELL       },
    {NODE_ROW,    "covered-table-cell", NODE_COVERED    },
    {NODE_CELL,   "p",                  NODE_PARAGRAPH  },
    {NODE_PAGE,   "table-row",          NODE_ROW        },
    {NODE_GROUP,  "table-row",          NODE_ROW        },
    {NODE_PAGE,   "table-row-group",    NODE_GROUP      },
    {NODE_PAGE,   "table-header-rows",  NODE_GROUP      },
    {NODE_PAGE,   "table-rows",         NODE_GROUP      },
    {NODE_GROUP,  "table-row-group",    NODE_GROUP      },
    {NODE_GROUP,  "table-header-rows",  NODE_GROUP      },
    {NODE_GROUP,  "table-rows",         NODE_GROUP      },
    {NODE_PAGE,   "named-expressions",  NODE_NAMES      },
    {NODE_PAGE,   "table-source",       NODE_SOURCE     },
    {NODE_NAMES,  "named-expression",   NODE_NAME       },
    {NODE_SHEETS, "table",              NODE_PAGE       },
    {NODE_SHEETS, "named-expressions",  NODE_NAMES      },
    {NODE_BODY,   "spreadsheet",        NODE_SHEETS     },
    {NODE_ROOT,   "document-content",   NODE_ROOT       },
    {NODE_ROOT,   "automatic-styles",   NODE_STYLES     },
    {NODE_ROOT,   "body",               NODE_BODY       },
    {NODE_STYLES, "style",              NODE_STYLE      },
    {NODE_STYLE,  "table-properties",   NODE_STYLE_TABLE},
};

static bool is(const char *a, const char *b)
{
    return a != NULL && strcmp(a, b) == 0;
}

/* A count of repetitions or spans: 1 where none is given, at most max. */
static uint32_t count_of(const char **at, const char *name, uint32_t max)
{
    const char *v = part_attribute(at, name);
    unsigned long n = v == NULL ? 1 : strtoul(v, NULL, 10);

    return n == 0 ? 1 : n > max ? max : (uint32_t)n;
}

static void page_start(struct ods *o, const char **at)
{
    const char *name = part_attribute(at, TABLE "name");
    const char *style = part_attribute(at, TABLE "style-name");

    o->page = arena_str(&o->arena, name == NULL ? "" : name);
    o->page_hidden = o->page_out = o->linked = false;
    o->row = 0;
    for (size_t i = 0; i < o->n_hidden && !o->page_hidden; i++)
        o->page_hidden = is(style, o->hidden[i]);
}

/* The page's record, once; false as well where nothing of the page is to be read. */
static bool page_begun(struct ods *o, struct err *e)
{
    if (o->page_out)
        return true;
    o->page_out = o->any = true;
    return sink_page(o->sink, o->page, "", o->page_hidden, e);
}

static bool style_table(struct ods *o, const char **at, struct err *e)
{
    if (!is(part_attribute(at, TABLE "display"), "false") || o->style == NULL)
        return true;
    if (o->n_hidden == STYLES_MAX)
        return sheet_refuse(e, "SHEET-SIZE", "more than %d hidden styles", STYLES_MAX);
    o->hidden = mem_grow(o->hidden, o->n_hidden + 1, sizeof *o->hidden);
    o->hidden[o->n_hidden++] = o->style;
    return true;
}

/* Our mark is a text constant: of:="Biểu 01/HTX". A reference is not ours. */
static void name_start(struct ods *o, const char **at)
{
    const char *name = part_attribute(at, TABLE "name");
    const char *s = part_attribute(at, TABLE "expression");
    size_t n;

    if (!is(name, "HTX_FORM") || s == NULL)
        return;
    s += strncmp(s, "of:", 3) == 0 ? 3 : 0;
    s += *s == '=';
    n = strlen(s);
    if (n < 2 || n > 200 || s[0] != '"' || s[n - 1] != '"' ||
        memchr(s + 1, '"', n - 2) != NULL)
        return;
    s = arena_strn(&o->arena, s + 1, n - 2);
    if (o->path[o->depth - 2] == NODE_SHEETS)
        o->sink->form_mark = arena_str(&o->sink->arena, s);
    else if (o->page_out)
        sink_mark(o->sink, s);
}

static bool cell_start(struct ods *o, const char **at, struct err *e)
{
    const char *type = part_attribute(at, OFFICE "value-type"), *v = NULL;
    struct sheet_merge m = {o->row, o->col, 0, 0};

    m.last_row = o->row + count_of(at, TABLE "number-rows-spanned", SHEET_ROWS + 1) - 1;
    m.last_col =
        o->col + count_of(at, TABLE "number-columns-spanned", SHEET_COLS + 1) - 1;
    o->cols = count_of(at, TABLE "number-columns-repeated", SHEET_COLS + 1);
    o->text.n = o->string.n = o->paragraphs = 0;
    o->formula = part_attribute(at, TABLE "formula") != NULL;
    o->error = is(part_attribute(at, CALCEXT "value-type"), "error");
    snprintf(o->type, sizeof o->type, "%s", type == NULL ? "" : type);
    if (is(type, "date"))
        v = part_attribute(at, OFFICE "date-value");
    else if (is(type, "boolean"))
        v = part_attribute(at, OFFICE "boolean-value");
    else if (!is(type, "string"))
        v = part_attribute(at, OFFICE "value");
    snprintf(o->value, sizeof o->value, "%s", v == NULL ? "" : v);
    v = part_attribute(at, OFFICE "string-value");
    o->has_string = v != NULL;
    if (v != NULL && strlen(v) > sheet_limits.cell_bytes)
        return sheet_refuse(e, "SHEET-SIZE", "too much text");
    bytes_str(&o->string, v == NULL ? "" : v);
    if (m.last_row == m.row && m.last_col == m.col)
        return true;
    if (m.last_row >= SHEET_ROWS || m.last_col >= SHEET_COLS)
        return sheet_refuse(e, "SHEET-FORMAT", "a merged cell beyond the sheet");
    return sink_merge(o->sink, &m, e);
}

static bool add_text(struct ods *o, const char *s, size_t n, struct err *e)
{
    bytes_add(&o->text, s, n);
    return o->text.n <= sheet_limits.cell_bytes ||
           sheet_refuse(e, "SHEET-SIZE", "a cell with more than %zu bytes of text",
                        sheet_limits.cell_bytes);
}

/* What stands inside a paragraph: blanks, line ends; all else only dresses its text. */
static bool inline_start(struct ods *o, const char *name, const char **at, struct err *e)
{
    static const char *const aside[] = {"annotation", "note", "ruby-text"};

    for (size_t i = 0; i < COUNT(aside); i++) {
        if (is(name, aside[i])) {
            o->skip = 1;
            return true;
        }
    }
    o->path[++o->depth] = NODE_INLINE;
    if (is(name, "s")) {
        for (uint32_t n = count_of(at, TEXT "c", SPACES_MAX); n > 0; n--)
            bytes_char(&o->text, ' ');
    } else if (is(name, "tab") || is(name, "line-break")) {
        bytes_char(&o->text, *name == 't' ? ' ' : '\n');
    }
    return add_text(o, "", 0, e);
}

static bool enter(struct ods *o, enum node to, const char **at, struct err *e)
{
    switch (to) {
    case NODE_PAGE:
        page_start(o, at);
        return true;
    case NODE_SOURCE:
        o->linked = true; /* a copy of another file's page */
        return true;
    case NODE_ROW:
        o->rows = count_of(at, TABLE "number-rows-repeated", SHEET_ROWS + 1);
        o->col = 0;
        o->n_runs = o->row_text.n = 0;
        return page_begun(o, e);
    case NODE_CELL:
        return cell_start(o, at, e);
    case NODE_COVERED:
        o->cols = count_of(at, TABLE "number-columns-repeated", SHEET_COLS + 1);
        return true;
    case NODE_PARAGRAPH:
        return o->paragraphs++ == 0 || add_text(o, "\n", 1, e);
    case NODE_STYLE: {
        const char *name = part_attribute(at, STYLE "name");

        o->style = name == NULL ? NULL : arena_str(&o->arena, name);
        return true;
    }
    case NODE_STYLE_TABLE:
        return style_table(o, at, e);
    case NODE_NAME:
        name_start(o, at);
        return true;
    case NODE_ROOT:
    case NODE_STYLES:
    case NODE_BODY:
    case NODE_SHEETS:
    case NODE_GROUP:
    case NODE_INLINE:
    case NODE_NAMES:
        break;
    }
    return true;
}

static bool on_start(void *ctx, const char *name, const char **at, struct err *e)
{
    struct ods *o = ctx;
    enum node in = o->path[o->depth];

    if (o->skip > 0) {
        o->skip++;
        return true;
    }
    if (o->depth + 1 == DEEP)
        return sheet_refuse(e, "SHEET-DEPTH", "elements nested deeper than %d", DEEP);
    if (in == NODE_PARAGRAPH || in == NODE_INLINE)
        return inline_start(o, name, at, e);
    for (size_t i = 0; i < COUNT(steps); i++) {
        if (steps[i].in != in || strcmp(steps[i].name, name) != 0)
            continue;
        if (o->linked && in == NODE_PAGE)
            break;
        o->path[++o->depth] = steps[i].to;
        return enter(o, steps[i].to, at, e);
    }
    o->skip = 1;
    return true;
}

/* The cell into the row; it is written when the row ends. */
static bool put_run(struct ods *o, enum cell_kind kind, const char *text, size_t n,
                    struct err *e)
{
    if (o->n_runs == SHEET_COLS || o->col >= SHEET_COLS)
        return sheet_refuse(e, "SHEET-SIZE", "a cell beyond column XFD");
    if (o->n_runs == o->cap_runs) {
        o->cap_runs = o->cap_runs == 0 ? 64 : o->cap_runs * 2;
        o->runs = mem_grow(o->runs, o->cap_runs, sizeof *o->runs);
    }
    o->runs[o->n_runs++] = (struct run){o->col, o->cols, kind, o->row_text.n, n};
    bytes_add(&o->row_text, text, n);
    return true;
}

static bool put(struct ods *o, enum cell_kind kind, const char *text, struct err *e)
{
    return put_run(o, kind, text, strlen(text), e);
}

/* Errors have no type of their own: LibreOffice marks them, Gnumeric only shows them. */
static bool is_error(const struct ods *o, const char *shown)
{
    static const char *const errors[] = {"#DIV/0!", "#N/A",  "#NAME?",  "#NULL!",
                                         "#NUM!",   "#REF!", "#VALUE!", "#UNKNOWN!"};

    for (size_t i = 0; o->formula && i < COUNT(errors); i++)
        if (strcmp(shown, errors[i]) == 0)
            return true;
    return o->error;
}

static bool number_cell(struct ods *o, const char *shown, struct err *e)
{
    size_t n = strlen(shown);
    bool percent = is(o->type, "percentage") || (n > 0 && shown[n - 1] == '%');
    char out[64];

    if ((is(shown, "TRUE") || is(shown, "FALSE")) &&
        (is(o->value, "1") || is(o->value, "0")))
        return put(o, CELL_BOOL, *o->value == '1' ? "TRUE" : "FALSE", e);
    if (*sheet_decimal(o->value, percent ? 2 : 0, out) == 0)
        return put(o, CELL_ERROR, "#NUM!", e);
    if (percent)
        memcpy(out + strlen(out), "%", 2);
    return put(o, CELL_NUMBER, out, e);
}

static bool date_cell(struct ods *o, struct err *e)
{
    char day[11];

    snprintf(day, sizeof day, "%.10s", o->value);
    if (date_read(day) == DATE_NONE)
        return put(o, CELL_ERROR, "#VALUE!", e);
    return put(o, CELL_DATE, day, e);
}

static bool end_cell(struct ods *o, struct err *e)
{
    const struct bytes *text = o->text.n == 0 && o->has_string ? &o->string : &o->text;
    const char *shown = bytes_cstr(&o->text);

    if (is_error(o, bytes_cstr((struct bytes *)text)))
        return put(o, CELL_ERROR, *shown == '#' ? shown : "#ERROR!", e);
    if (is(o->type, "float") || is(o->type, "percentage") || is(o->type, "currency"))
        return number_cell(o, shown, e);
    if (is(o->type, "date"))
        return date_cell(o, e);
    if (is(o->type, "boolean"))
        return put(o, CELL_BOOL, is(o->value, "true") ? "TRUE" : "FALSE", e);
    if (text->n > 0) /* also times of day, which no form asks for */
        return put_run(o, CELL_TEXT, (const char *)text->p, text->n, e);
    if (o->formula && *o->type == 0)
        return put(o, CELL_ERROR, "formula without value", e);
    return true;
}

static bool end_row(struct ods *o, struct err *e)
{
    for (uint32_t r = 0; o->n_runs > 0 && r < o->rows; r++)
        for (size_t i = 0; i < o->n_runs; i++) {
            const struct run *run = &o->runs[i];
            struct span text = {o->row_text.p + run->at, run->n};

            for (uint32_t k = 0; k < run->count; k++)
                if (!sink_cell(o->sink, o->row + r, run->col + k, run->kind, text, e))
                    return false;
        }
    o->row = o->rows > SHEET_ROWS - o->row ? SHEET_ROWS : o->row + o->rows;
    return true;
}

static bool on_end(void *ctx, const char *name, struct err *e)
{
    struct ods *o = ctx;
    enum node was = o->path[o->depth];
    bool ok = true;

    (void)name;
    if (o->skip > 0) {
        o->skip--;
        return true;
    }
    o->depth -= o->depth > 0;
    if (was == NODE_CELL)
        ok = end_cell(o, e);
    if (was == NODE_CELL || was == NODE_COVERED)
        o->col = o->cols > SHEET_COLS - o->col ? SHEET_COLS : o->col + o->cols;
    else if (was == NODE_ROW)
        ok = end_row(o, e);
    else if (was == NODE_PAGE && !o->linked)
        ok = page_begun(o, e);
    return ok;
}

static bool on_text(void *ctx, struct span text, struct err *e)
{
    struct ods *o = ctx;
    enum node in = o->path[o->depth];

    if (o->skip > 0 || (in != NODE_PARAGRAPH && in != NODE_INLINE))
        return true;
    return add_text(o, (const char *)text.p, text.n, e);
}

static bool manifest_start(void *ctx, const char *name, const char **at, struct err *e)
{
    (void)ctx;
    (void)at;
    return strcmp(name, "encryption-data") != 0 ||
           sheet_refuse(e, "SHEET-ENCRYPTED", "the workbook has a password");
}

bool sheet_ods_read(struct package *p, struct sink *s, struct err *e)
{
    static const char manifest[] = "META-INF/manifest.xml";
    struct ods o = {.sink = s};
    struct part_reader parts = {.start = manifest_start, .namespaces = namespaces};
    struct part_reader r = {&o, on_start, on_end, on_text, namespaces};
    bool ok = !package_has(p, manifest) || package_read(p, manifest, &parts, e);

    ok = ok && package_read(p, "content.xml", &r, e);
    if (ok && !o.any)
        ok = sheet_refuse(e, "SHEET-FORMAT", "an OpenDocument file without sheets");
    free(o.hidden);
    free(o.runs);
    bytes_clear(&o.row_text);
    bytes_clear(&o.text);
    bytes_clear(&o.string);
    arena_clear(&o.arena);
    return ok;
}
