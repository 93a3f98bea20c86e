/*
 * Workbooks, whatever made them: Excel, LibreOffice, Gnumeric, openpyxl, ... Parts are
 * found through relationships, never by a usual name; anything a reader could understand
 * in two ways refuses the file.
 */
#include <ctype.h>

#include "proto/base/clock.h"
#include "proto/forms/sheet_part.h"
#include "proto/forms/sheet_read.h"
#include "proto/forms/sheet_styles.h"

struct relation {
    const char *id, *type, *target; /* type: what stands behind the last slash */
};

struct relations {
    struct relation *list;
    size_t n;
    const char *base; /* folder of the part they belong to, with its slash, or "" */
    struct arena *arena;
};

struct page_entry {
    const char *name, *rel, *form_mark;
    bool hidden;
};

struct workbook {
    struct arena arena;
    struct package *package;
    struct sink *sink;
    struct relations rels;
    struct page_entry *pages;
    size_t n_pages;
    bool date1904;
    struct bytes text;    /* of the element being read */
    bool in_name;         /* inside our definedName */
    long local;           /* its page, -1 for the file */
    struct bytes strings; /* all shared strings, each with a NUL */
    size_t *string_at;    /* offsets */
    size_t n_strings, cap_strings;
    struct styles styles;
};

static const char *behind_slash(const char *s)
{
    const char *slash = strrchr(s, '/');

    return slash == NULL ? s : slash + 1;
}

/* A target relative to base, without "." and ".."; NULL when it leaves the archive. */
static char *resolve(struct arena *a, const char *base, const char *target)
{
    char *path =
        *target == '/' ? arena_str(a, target + 1) : arena_printf(a, "%s%s", base, target);
    char *out = arena_new(a, strlen(path) + 1), *save = NULL;
    size_t n = 0;

    for (char *step = strtok_r(path, "/", &save); step != NULL;
         step = strtok_r(NULL, "/", &save)) {
        if (strcmp(step, ".") == 0)
            continue;
        if (strcmp(step, "..") == 0) {
            if (n == 0)
                return NULL;
            while (n > 0 && out[n - 1] != '/')
                n--;
            n -= n > 0;
            out[n] = 0;
            continue;
        }
        if (n > 0)
            out[n++] = '/';
        memcpy(out + n, step, strlen(step) + 1);
        n += strlen(step);
    }
    return out;
}

static bool relation_start(void *ctx, const char *name, const char **at, struct err *e)
{
    struct relations *r = ctx;
    const char *id = part_attribute(at, "Id"), *type = part_attribute(at, "Type");
    const char *target = part_attribute(at, "Target");
    const char *mode = part_attribute(at, "TargetMode");
    char *path;

    if (strcmp(name, "Relationship") != 0 || id == NULL || type == NULL || target == NULL)
        return true;
    if (mode != NULL && strcmp(mode, "External") == 0)
        return true; /* never followed */
    if (r->n == sheet_limits.entries)
        return sheet_refuse(e, "SHEET-BOMB", "more than %zu relationships", r->n);
    path = resolve(r->arena, r->base, target);
    if (path == NULL)
        return sheet_refuse(e, "SHEET-PATH", "a relationship leaves the workbook");
    r->list = mem_grow(r->list, r->n + 1, sizeof *r->list);
    r->list[r->n++] = (struct relation){arena_str(r->arena, id),
                                        arena_str(r->arena, behind_slash(type)), path};
    return true;
}

/* The relationships of a part: "xl/workbook.xml" has "xl/_rels/workbook.xml.rels". */
static bool read_relations(struct workbook *wb, const char *part, struct err *e)
{
    const char *leaf = behind_slash(part);
    struct part_reader r = {.ctx = &wb->rels, .start = relation_start};
    const char *name;

    wb->rels.n = 0;
    wb->rels.arena = &wb->arena;
    wb->rels.base = arena_strn(&wb->arena, part, (size_t)(leaf - part));
    name = arena_printf(&wb->arena, "%s_rels/%s.rels", wb->rels.base, leaf);
    return package_read(wb->package, name, &r, e);
}

static const char *target_of(const struct workbook *wb, const char *type, const char *id)
{
    for (size_t i = 0; i < wb->rels.n; i++)
        if (strcmp(wb->rels.list[i].type, type) == 0 &&
            (id == NULL || strcmp(wb->rels.list[i].id, id) == 0))
            return wb->rels.list[i].target;
    return NULL;
}

/* "r:id", whose namespace differs between strict and transitional. */
static const char *relation_id(const char **at)
{
    for (size_t i = 0; at[i] != NULL; i += 2) {
        const char *tail = strstr(at[i], "/relationships|id");

        if (tail != NULL && strcmp(tail, "/relationships|id") == 0)
            return at[i + 1];
    }
    return NULL;
}

static bool is_true(const char *v)
{
    return v != NULL && (strcmp(v, "1") == 0 || strcmp(v, "true") == 0);
}

static bool workbook_start(void *ctx, const char *name, const char **at, struct err *e)
{
    struct workbook *wb = ctx;
    const char *v, *id;

    if (strcmp(name, "workbookPr") == 0) {
        wb->date1904 = is_true(part_attribute(at, "date1904"));
    } else if (strcmp(name, "sheet") == 0) {
        v = part_attribute(at, "name");
        id = relation_id(at);
        if (v == NULL || id == NULL)
            return sheet_refuse(e, "SHEET-FORMAT", "a page without name or part");
        if (wb->n_pages == sheet_limits.pages)
            return sheet_refuse(e, "SHEET-SIZE", "more than %zu pages", wb->n_pages);
        wb->pages = mem_grow(wb->pages, wb->n_pages + 1, sizeof *wb->pages);
        wb->pages[wb->n_pages++] = (struct page_entry){
            arena_str(&wb->arena, v), arena_str(&wb->arena, id), NULL, false};
        v = part_attribute(at, "state");
        wb->pages[wb->n_pages - 1].hidden = v != NULL && strcmp(v, "visible") != 0;
    } else if (strcmp(name, "definedName") == 0) {
        v = part_attribute(at, "name");
        wb->in_name = v != NULL && strcmp(v, "HTX_FORM") == 0;
        v = part_attribute(at, "localSheetId");
        wb->local = v == NULL ? -1 : atol(v);
        wb->text.n = 0;
    }
    return true;
}

/* Our mark is a text constant: "Biểu 01/HTX" in quotes. A reference is not ours. */
static const char *mark_of(struct workbook *wb)
{
    const char *s = bytes_cstr(&wb->text);
    size_t n = wb->text.n;

    if (n < 2 || n > 200 || s[0] != '"' || s[n - 1] != '"' ||
        memchr(s + 1, '"', n - 2) != NULL)
        return NULL;
    return arena_strn(&wb->arena, s + 1, n - 2);
}

static bool workbook_end(void *ctx, const char *name, struct err *e)
{
    struct workbook *wb = ctx;
    const char *mark;

    (void)e;
    if (strcmp(name, "definedName") != 0 || !wb->in_name)
        return true;
    wb->in_name = false;
    mark = mark_of(wb);
    if (mark == NULL)
        return true;
    if (wb->local >= 0 && (size_t)wb->local < wb->n_pages)
        wb->pages[wb->local].form_mark = mark;
    else if (wb->local < 0)
        wb->sink->form_mark = arena_str(&wb->sink->arena, mark);
    return true;
}

static bool workbook_text(void *ctx, struct span text, struct err *e)
{
    struct workbook *wb = ctx;

    (void)e;
    if (wb->in_name && wb->text.n < 4096)
        bytes_add(&wb->text, text.p, text.n);
    return true;
}

static void put_utf8(struct bytes *out, unsigned c)
{
    if (c >= 0x800) {
        bytes_char(out, (int)(0xe0 | c >> 12));
        bytes_char(out, (int)(0x80 | (c >> 6 & 0x3f)));
        bytes_char(out, (int)(0x80 | (c & 0x3f)));
    } else if (c >= 0x80) {
        bytes_char(out, (int)(0xc0 | c >> 6));
        bytes_char(out, (int)(0x80 | (c & 0x3f)));
    } else {
        bytes_char(out, (int)c);
    }
}

/* The character that "_x000D_" at p stands for; 0 when p is no such escape. */
static unsigned escaped(const unsigned char *p, size_t n)
{
    unsigned c = 0;

    if (n < 7 || p[0] != '_' || p[1] != 'x' || p[6] != '_')
        return 0;
    for (size_t i = 2; i < 6; i++) {
        if (!isxdigit(p[i]))
            return 0;
        c = c * 16 + (unsigned)(isdigit(p[i]) ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
    }
    return c >= 0xd800 && c <= 0xdfff ? 0 : c;
}

/* ST_Xstring: escapes for what XML cannot hold; every line end becomes one LF. */
static void unescape(struct bytes *text)
{
    struct bytes out = {0};
    bool after_cr = false;

    if (text->n == 0 ||
        (memchr(text->p, '_', text->n) == NULL && memchr(text->p, '\r', text->n) == NULL))
        return;
    for (size_t i = 0; i < text->n; i++) {
        unsigned code = escaped(text->p + i, text->n - i), c = text->p[i];

        if (code != 0) {
            c = code;
            i += 6;
        }
        if (c == '\n' && after_cr) {
            after_cr = false;
            continue;
        }
        after_cr = c == '\r';
        if (after_cr)
            c = '\n';
        if (code != 0)
            put_utf8(&out, c);
        else
            bytes_char(&out, (int)c);
    }
    bytes_clear(text);
    *text = out;
}

/* The text of a string: its <t>, also those of runs, but not phonetic ones (<rPh>). */
struct string_text {
    size_t phonetic; /* depth inside rPh */
    bool open;
    struct bytes text;
};

static void string_start(struct string_text *t, const char *name)
{
    if (strcmp(name, "rPh") == 0)
        t->phonetic++;
    t->open = t->phonetic == 0 && strcmp(name, "t") == 0;
}

static void string_end(struct string_text *t, const char *name)
{
    if (strcmp(name, "rPh") == 0 && t->phonetic > 0)
        t->phonetic--;
    t->open = false;
}

static bool string_add(struct string_text *t, struct span text, struct err *e)
{
    bytes_add(&t->text, text.p, text.n);
    return t->text.n <= sheet_limits.cell_bytes ||
           sheet_refuse(e, "SHEET-SIZE", "a cell with more than %zu bytes of text",
                        sheet_limits.cell_bytes);
}

struct shared { /* reading sharedStrings.xml */
    struct workbook *wb;
    struct string_text t;
};

static bool shared_start(void *ctx, const char *name, const char **at, struct err *e)
{
    struct shared *sh = ctx;

    (void)at;
    (void)e;
    if (strcmp(name, "si") == 0)
        sh->t.text.n = 0;
    string_start(&sh->t, name);
    return true;
}

static bool shared_end(void *ctx, const char *name, struct err *e)
{
    struct shared *sh = ctx;
    struct workbook *wb = sh->wb;

    string_end(&sh->t, name);
    if (strcmp(name, "si") != 0)
        return true;
    unescape(&sh->t.text);
    if (wb->n_strings == sheet_limits.cells ||
        wb->strings.n + sh->t.text.n > sheet_limits.text_bytes)
        return sheet_refuse(e, "SHEET-SIZE", "more text than a sheet may have");
    if (wb->n_strings == wb->cap_strings) {
        wb->cap_strings = wb->cap_strings == 0 ? 1024 : wb->cap_strings * 2;
        wb->string_at =
            mem_grow(wb->string_at, wb->cap_strings + 1, sizeof *wb->string_at);
    }
    wb->string_at[wb->n_strings++] = wb->strings.n;
    bytes_add(&wb->strings, sh->t.text.p, sh->t.text.n);
    wb->string_at[wb->n_strings] = wb->strings.n;
    return true;
}

static bool shared_text(void *ctx, struct span text, struct err *e)
{
    struct shared *sh = ctx;

    return !sh->t.open || string_add(&sh->t, text, e);
}

static bool read_strings(struct workbook *wb, const char *part, struct err *e)
{
    struct shared sh = {.wb = wb};
    struct part_reader r = {&sh, shared_start, shared_end, shared_text, NULL};
    bool ok = package_read(wb->package, part, &r, e);

    bytes_clear(&sh.t.text);
    return ok;
}

struct grid { /* one worksheet being read */
    struct workbook *wb;
    const char *name;
    uint32_t row, col; /* from 0; of the cell being read */
    uint32_t next_row, next_col;
    char type[12];
    unsigned style;
    bool in_data, in_cell, formula, has_value, value_open;
    struct string_text t; /* of <v> or <is> */
};

/* "C7" to row 6, column 2. */
static bool read_ref(const char *ref, uint32_t *row, uint32_t *col)
{
    uint32_t r = 0, c = 0;

    for (; *ref >= 'A' && *ref <= 'Z' && c <= SHEET_COLS; ref++)
        c = c * 26 + (uint32_t)(*ref - 'A' + 1);
    for (; *ref >= '0' && *ref <= '9' && r <= SHEET_ROWS; ref++)
        r = r * 10 + (uint32_t)(*ref - '0');
    *row = r - 1;
    *col = c - 1;
    return *ref == 0 && r > 0 && c > 0 && r <= SHEET_ROWS && c <= SHEET_COLS;
}

static bool bad_ref(const struct grid *g, const char *ref, struct err *e)
{
    return sheet_refuse(e, "SHEET-FORMAT", "page %s: \"%.20s\" is no place", g->name,
                        ref);
}

static bool row_start(struct grid *g, const char **at, struct err *e)
{
    const char *r = part_attribute(at, "r");
    char *end;
    unsigned long n;

    g->row = g->next_row;
    if (r != NULL) {
        n = strtoul(r, &end, 10);
        if (*end != 0 || n == 0 || n > SHEET_ROWS)
            return bad_ref(g, r, e);
        g->row = (uint32_t)n - 1;
    }
    g->next_row = g->row + 1;
    g->next_col = 0;
    return true;
}

static bool cell_start(struct grid *g, const char **at, struct err *e)
{
    const char *ref = NULL, *type = NULL, *style = NULL;
    uint32_t row = g->row;

    for (; at[0] != NULL; at += 2) {
        if (at[0][1] != 0)
            continue;
        if (at[0][0] == 'r')
            ref = at[1];
        else if (at[0][0] == 't')
            type = at[1];
        else if (at[0][0] == 's')
            style = at[1];
    }
    g->col = g->next_col;
    if (ref != NULL && (!read_ref(ref, &row, &g->col) || row != g->row))
        return bad_ref(g, ref, e);
    g->next_col = g->col + 1;
    if (type == NULL)
        memcpy(g->type, "n", 2);
    else
        memccpy(g->type, type, 0, sizeof g->type - 1);
    g->style = style == NULL ? 0 : (unsigned)strtoul(style, NULL, 10);
    g->in_cell = true;
    g->formula = g->has_value = g->value_open = false;
    g->t.text.n = 0;
    g->t.phonetic = 0;
    return true;
}

static bool merge_start(struct grid *g, const char **at, struct err *e)
{
    const char *ref = part_attribute(at, "ref");
    struct sheet_merge m;
    char first[16];
    size_t n = ref == NULL ? 0 : strcspn(ref, ":");

    if (n == 0 || n >= sizeof first || ref[n] == 0)
        return true; /* one cell, or nothing: no merge */
    snprintf(first, sizeof first, "%.*s", (int)n, ref);
    if (!read_ref(first, &m.row, &m.col) ||
        !read_ref(ref + n + 1, &m.last_row, &m.last_col) || m.last_row < m.row ||
        m.last_col < m.col)
        return bad_ref(g, ref, e);
    return sink_merge(g->wb->sink, &m, e);
}

static bool grid_start(void *ctx, const char *name, const char **at, struct err *e)
{
    struct grid *g = ctx;

    if (g->in_data && name[1] == 0) { /* nearly all of them */
        if (*name == 'c')
            return cell_start(g, at, e);
        if (g->in_cell && *name == 'v') {
            g->has_value = g->value_open = true;
            return true;
        }
    }
    if (strcmp(name, "sheetData") == 0)
        g->in_data = true;
    else if (strcmp(name, "mergeCell") == 0)
        return merge_start(g, at, e);
    else if (!g->in_data)
        return true;
    else if (strcmp(name, "row") == 0)
        return row_start(g, at, e);
    else if (!g->in_cell)
        return true;
    else if (strcmp(name, "f") == 0)
        g->formula = true;
    else
        string_start(&g->t, name);
    return true;
}

static bool shared_string(struct grid *g, struct err *e)
{
    struct workbook *wb = g->wb;
    const char *text = bytes_cstr(&g->t.text);
    char *end;
    unsigned long i = strtoul(text, &end, 10);

    if (!isdigit((unsigned char)*text) || *end != 0 || i >= wb->n_strings)
        return sheet_refuse(e, "SHEET-STRINGS",
                            "page %s, row %u: text %.20s is not in"
                            " the table",
                            g->name, g->row + 1, text);
    return sink_cell(wb->sink, g->row, g->col, CELL_TEXT,
                     (struct span){wb->strings.p + wb->string_at[i],
                                   wb->string_at[i + 1] - wb->string_at[i]},
                     e);
}

static bool put_cell(struct grid *g, enum cell_kind kind, const char *text, struct err *e)
{
    return sink_cell(g->wb->sink, g->row, g->col, kind, span_str(text), e);
}

/* A number as its style shows it: a date, a percentage, or plain. */
static bool number_cell(struct grid *g, struct err *e)
{
    const char *text = bytes_cstr(&g->t.text);
    enum number_style style = styles_of(&g->wb->styles, g->style);
    char out[64], date[11];

    if (*text == 0)
        return !g->formula || put_cell(g, CELL_ERROR, "formula without value", e);
    if (*sheet_decimal(text, style == STYLE_PERCENT ? 2 : 0, out) == 0)
        return put_cell(g, CELL_ERROR, "#NUM!", e);
    if (style == STYLE_DATE &&
        sheet_serial_date(strtod(text, NULL), g->wb->date1904, date))
        return put_cell(g, CELL_DATE, date, e);
    if (style == STYLE_PERCENT)
        memcpy(out + strlen(out), "%", 2);
    return put_cell(g, CELL_NUMBER, out, e);
}

static bool date_cell(struct grid *g, struct err *e)
{
    char day[11];

    snprintf(day, sizeof day, "%s", bytes_cstr(&g->t.text));
    if (date_read(day) == DATE_NONE)
        return put_cell(g, CELL_ERROR, "#VALUE!", e);
    return put_cell(g, CELL_DATE, day, e);
}

static bool end_cell(struct grid *g, struct err *e)
{
    const char *text = bytes_cstr(&g->t.text);

    g->in_cell = false;
    if (g->type[0] == 'n' && g->type[1] == 0) /* nearly all of them */
        return number_cell(g, e);
    if (g->formula && !g->has_value)
        return put_cell(g, CELL_ERROR, "formula without value", e);
    if (strcmp(g->type, "s") == 0)
        return g->t.text.n == 0 || shared_string(g, e);
    if (strcmp(g->type, "inlineStr") == 0 || strcmp(g->type, "str") == 0) {
        unescape(&g->t.text);
        return sink_cell(g->wb->sink, g->row, g->col, CELL_TEXT, span_of(&g->t.text), e);
    }
    if (strcmp(g->type, "b") == 0)
        return put_cell(g, CELL_BOOL, is_true(text) ? "TRUE" : "FALSE", e);
    if (strcmp(g->type, "e") == 0)
        return put_cell(g, CELL_ERROR, *text == '#' ? text : "#ERROR!", e);
    if (strcmp(g->type, "d") == 0)
        return date_cell(g, e);
    return sheet_refuse(e, "SHEET-FORMAT", "page %s, row %u: a cell of type %s", g->name,
                        g->row + 1, g->type);
}

static bool grid_end(void *ctx, const char *name, struct err *e)
{
    struct grid *g = ctx;

    if (g->in_cell && name[1] == 0) {
        if (*name == 'c')
            return end_cell(g, e);
        if (*name == 'v') {
            g->value_open = false;
            return true;
        }
    }
    if (strcmp(name, "sheetData") == 0)
        g->in_data = false;
    else if (g->in_cell && strcmp(name, "v") != 0)
        string_end(&g->t, name);
    return true;
}

static bool grid_text(void *ctx, struct span text, struct err *e)
{
    struct grid *g = ctx;

    return !g->in_cell || !(g->value_open || g->t.open) || string_add(&g->t, text, e);
}

static bool read_page(struct workbook *wb, const struct page_entry *entry, struct err *e)
{
    const char *part = target_of(wb, "worksheet", entry->rel);
    struct grid g = {.wb = wb, .name = entry->name};
    struct part_reader r = {&g, grid_start, grid_end, grid_text, NULL};
    bool ok;

    if (part == NULL) { /* a chart or dialog has no cells; a lost part has no answer */
        ok = target_of(wb, "chartsheet", entry->rel) != NULL ||
             target_of(wb, "dialogsheet", entry->rel) != NULL;
        return ok ||
               sheet_refuse(e, "SHEET-TRUNCATED", "page %s has no part", entry->name);
    }
    ok = sink_page(wb->sink, entry->name,
                   entry->form_mark == NULL ? "" : entry->form_mark, entry->hidden, e) &&
         package_read(wb->package, part, &r, e);
    bytes_clear(&g.t.text);
    return ok;
}

static bool read_workbook(struct workbook *wb, struct err *e)
{
    struct part_reader r = {wb, workbook_start, workbook_end, workbook_text, NULL};
    const char *part, *strings, *styles;

    if (!read_relations(wb, "", e))
        return false;
    part = target_of(wb, "officeDocument", NULL);
    if (part == NULL)
        return sheet_refuse(e, "SHEET-FORMAT", "an archive, but no workbook in it");
    if (!package_read(wb->package, part, &r, e) || !read_relations(wb, part, e))
        return false;
    strings = target_of(wb, "sharedStrings", NULL);
    styles = target_of(wb, "styles", NULL);
    if (strings != NULL && !read_strings(wb, strings, e))
        return false;
    if (styles != NULL && !styles_read(&wb->styles, wb->package, styles, e))
        return false;
    for (size_t i = 0; i < wb->n_pages; i++)
        if (!read_page(wb, &wb->pages[i], e))
            return false;
    return wb->n_pages > 0 || sheet_refuse(e, "SHEET-FORMAT", "a workbook without pages");
}

bool sheet_xlsx_read(struct package *p, struct sink *s, struct err *e)
{
    struct workbook wb = {.sink = s, .package = p};
    bool ok = read_workbook(&wb, e);

    styles_clear(&wb.styles);
    bytes_clear(&wb.text);
    bytes_clear(&wb.strings);
    free(wb.string_at);
    free(wb.pages);
    free(wb.rels.list);
    arena_clear(&wb.arena);
    return ok;
}
