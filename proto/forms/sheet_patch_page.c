/* One worksheet: the formats of the cells with marks, and what leads to its comments. */
#include "proto/forms/sheet_patch.h"
#include "proto/forms/sheet_read.h"

struct page {
    struct patch *p;
    const struct patch_page *what;
    struct edits edits;
    struct patch_widths widths;
    char prefix[32];
    bool in_data, in_row, after_data;
    uint32_t row, next_row, next_col;
    unsigned row_style;
    size_t at;                              /* the next mark to be put */
    struct xml_tag root, row_tag, data_tag; /* their starts */
    const char *drawing; /* relation id of the legacy drawing, or NULL */
    size_t drawing_at;   /* where one would go, 0: not known yet */
    struct style_range {
        uint32_t first, last;
        unsigned style;
    } columns[256];
    size_t n_columns;
};

static unsigned number_of(const struct xml_tag *t, const char *name, unsigned none)
{
    const char *v = xml_attribute(t, name);

    return v == NULL ? none : (unsigned)strtoul(v, NULL, 10);
}

static void column(struct page *g, const struct xml_tag *t)
{
    unsigned first = number_of(t, "min", 0), last = number_of(t, "max", 0);
    const char *width = xml_attribute(t, "width");
    struct patch_widths *w = &g->widths;

    if (first == 0 || last < first || last > SHEET_COLS)
        return;
    if (g->n_columns < COUNT(g->columns))
        g->columns[g->n_columns++] =
            (struct style_range){first - 1, last - 1, number_of(t, "style", 0)};
    if (width != NULL && w->n < COUNT(w->list)) {
        w->list[w->n].first = first - 1;
        w->list[w->n].last = last - 1;
        w->list[w->n++].px = (unsigned)strtoul(width, NULL, 10) * 7 % 4000 + 5;
    }
}

/* What a cell that nobody has written yet looks like. */
static unsigned blank_style(const struct page *g, uint32_t col)
{
    if (g->row_style != 0)
        return g->row_style;
    for (size_t i = 0; i < g->n_columns; i++)
        if (g->columns[i].first <= col && col <= g->columns[i].last)
            return g->columns[i].style;
    return 0;
}

static void new_cell(struct page *g, const struct mark *m, struct bytes *out)
{
    bytes_printf(out, "<%sc r=\"", g->prefix);
    patch_ref(out, m->row, m->col);
    bytes_printf(out, "\" s=\"%u\"/>",
                 patch_style(&g->p->styles, blank_style(g, m->col), m->level));
}

static const struct mark *next_mark(const struct page *g)
{
    return g->at < g->what->n ? &g->what->marks[g->at] : NULL;
}

/* Rows with marks before this one that the page does not have. */
static void rows_before(struct page *g, uint32_t row, size_t at)
{
    struct bytes b = {0};
    const struct mark *m;

    g->row_style = 0;
    while ((m = next_mark(g)) != NULL && m->row < row) {
        uint32_t now = m->row;

        bytes_printf(&b, "<%srow r=\"%u\">", g->prefix, now + 1);
        for (; (m = next_mark(g)) != NULL && m->row == now; g->at++)
            new_cell(g, m, &b);
        bytes_printf(&b, "</%srow>", g->prefix);
    }
    if (b.n > 0)
        edit_put(&g->edits, at, 0, span_of(&b));
    bytes_clear(&b);
}

static bool row_start(struct page *g, const struct xml_tag *t, struct err *e)
{
    unsigned number = number_of(t, "r", g->next_row + 1);
    const char *custom = xml_attribute(t, "customFormat");

    if (number == 0 || number > SHEET_ROWS || number - 1 < g->next_row)
        return sheet_refuse(e, "SHEET-FORMAT", "rows out of their order");
    g->row = number - 1;
    rows_before(g, g->row, t->from);
    g->next_row = number;
    g->next_col = 0;
    g->row_style = custom != NULL && *custom == '1' ? number_of(t, "s", 0) : 0;
    g->row_tag = *t;
    g->in_row = true;
    return true;
}

static bool cell_start(struct page *g, const struct xml_tag *t, struct err *e)
{
    const char *ref = xml_attribute(t, "r");
    unsigned old = number_of(t, "s", 0), style;
    const struct mark *m;
    struct bytes b = {0};
    uint32_t row = g->row, col = g->next_col;
    char text[16];

    if (ref != NULL && (!patch_read_ref(ref, &row, &col) || row != g->row))
        return sheet_refuse(e, "SHEET-FORMAT", "\"%.20s\" is no place", ref);
    if (col < g->next_col)
        return sheet_refuse(e, "SHEET-FORMAT", "cells out of their order");
    g->next_col = col + 1;
    for (; (m = next_mark(g)) != NULL && m->row == row && m->col < col; g->at++)
        new_cell(g, m, &b);
    if (b.n > 0)
        edit_put(&g->edits, t->from, 0, span_of(&b));
    bytes_clear(&b);
    style = old;
    if (m != NULL && m->row == row && m->col == col) {
        style = patch_style(&g->p->styles, old, m->level);
        g->at++;
    } else if (g->p->styles.any_ours) {
        style = patch_style(&g->p->styles, old, MARK_CLEAR);
    }
    snprintf(text, sizeof text, "%u", style);
    if (style != old)
        edit_attribute(&g->edits, t, "s", text);
    return true;
}

/* Marks behind the row's last cell. t: its end, or its start when it is closed. */
static void row_end(struct page *g, const struct xml_tag *t)
{
    struct bytes b = {0};
    char name[48];
    const struct mark *m;

    for (; (m = next_mark(g)) != NULL && m->row == g->row; g->at++)
        new_cell(g, m, &b);
    snprintf(name, sizeof name, "%srow", g->prefix);
    if (b.n > 0)
        edit_inside(&g->edits, g->row_tag.closed ? &g->row_tag : t, name, span_of(&b));
    bytes_clear(&b);
    g->in_row = false;
}

/* The marks below the last row; the page may have no cell at all. */
static void data_end(struct page *g, const struct xml_tag *end)
{
    const struct xml_tag *start = &g->data_tag;
    char tag[48];

    if (!start->closed) {
        rows_before(g, SHEET_ROWS, end->from);
    } else if (next_mark(g) != NULL) {
        edit_str(&g->edits, start->to - 2, 2, ">");
        rows_before(g, SHEET_ROWS, start->to);
        snprintf(tag, sizeof tag, "</%ssheetData>", g->prefix);
        edit_str(&g->edits, start->to, 0, tag);
    }
}

/* What the schema wants behind a legacy drawing. */
static bool comes_later(const char *name)
{
    static const char *const later[] = {
        "legacyDrawingHF", "drawingHF",  "picture", "oleObjects",      "controls",
        "webPublishItems", "tableParts", "extLst",  "AlternateContent"};

    for (size_t i = 0; i < COUNT(later); i++)
        if (strcmp(name, later[i]) == 0)
            return true;
    return false;
}

static bool on_start(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct page *g = ctx;

    if (t->depth == 1) {
        xml_prefix(t, g->prefix);
        g->root = *t;
    }
    if (g->after_data && t->depth == 2 && g->drawing_at == 0 && comes_later(t->name))
        g->drawing_at = t->from;
    if (!t->main)
        return true;
    if (strcmp(t->name, "sheetView") == 0 && xml_attribute(t, "tabSelected") != NULL)
        edit_attribute(&g->edits, t, "tabSelected", NULL); /* ours is the one */
    else if (t->depth == 3 && strcmp(t->name, "col") == 0 && !g->after_data)
        column(g, t);
    else if (t->depth == 2 && strcmp(t->name, "sheetFormatPr") == 0)
        g->widths.usual = number_of(t, "defaultColWidth", 9) % 255 * 7 + 5;
    else if (t->depth == 2 && strcmp(t->name, "sheetData") == 0) {
        if (g->in_data || g->after_data)
            return sheet_refuse(e, "SHEET-FORMAT", "two lots of cells");
        g->in_data = true;
        g->data_tag = *t;
    } else if (g->in_data && t->depth == 3 && strcmp(t->name, "row") == 0)
        return row_start(g, t, e);
    else if (g->in_row && t->depth == 4 && strcmp(t->name, "c") == 0)
        return cell_start(g, t, e);
    else if (t->depth == 2 && strcmp(t->name, "legacyDrawing") == 0)
        g->drawing =
            xml_relation(t) == NULL ? NULL : arena_str(&g->p->arena, xml_relation(t));
    return true;
}

static bool on_end(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct page *g = ctx;

    (void)e;
    if (t->depth == 1 && g->drawing_at == 0)
        g->drawing_at = t->from;
    if (!t->main)
        return true;
    if (g->in_row && t->depth == 3 && strcmp(t->name, "row") == 0)
        row_end(g, t);
    else if (g->in_data && t->depth == 2 && strcmp(t->name, "sheetData") == 0) {
        data_end(g, t);
        g->in_data = false;
        g->after_data = true;
    }
    return true;
}

static void link_drawing(struct page *g, const char *id)
{
    char office[32];

    xml_namespace(&g->edits, &g->root, g->p->office, office);
    edit_str(&g->edits, g->drawing_at, 0,
             arena_printf(&g->p->arena, "<%slegacyDrawing %s:id=\"%s\"/>", g->prefix,
                          office, id));
}

static bool rewrite(struct page *g, struct patch_rels *rels, struct err *e)
{
    const struct xml_reader r = {g, on_start, on_end, NULL};
    const char *before;
    struct span part;
    struct bytes out = {0};
    bool ok;

    if (!repack_read(g->p->z, g->what->part, &part, e) || !xml_walk(part, &r, e))
        return false;
    before = g->drawing;
    if (!patch_notes(g->p, g->what, rels, &g->widths, &g->drawing, e))
        return false;
    if (before == NULL && g->drawing != NULL)
        link_drawing(g, g->drawing);
    ok = g->edits.n == 0 || edits_apply(&g->edits, part, &out, e);
    if (ok && g->edits.n > 0)
        repack_put(g->p->z, g->what->part, &out);
    bytes_clear(&out);
    return ok && patch_rels_write(rels, g->p->z, e);
}

bool patch_page(struct patch *p, const struct patch_page *what, struct err *e)
{
    struct page *g = mem_new(sizeof *g);
    struct patch_rels rels = {0};
    bool ok;

    g->p = p;
    g->what = what;
    g->widths.usual = 68;
    ok = patch_rels_read(&rels, p->z, what->part,
                         arena_printf(&p->arena, "%s/", p->office), &p->arena, e) &&
         rewrite(g, &rels, e);
    patch_rels_clear(&rels);
    edits_clear(&g->edits);
    free(g);
    return ok;
}
