/*
 * The child's work on a workbook: the list of its pages, the pages with marks, formats,
 * our page in front. Parts are found through relations, never by a usual name.
 */
#include "proto/forms/sheet_patch.h"

#include <strings.h>

#include "proto/base/text.h"
#include "proto/forms/sheet_read.h"

struct page_entry {
    const char *name, *rel;
    size_t from, to; /* bytes of <sheet .../> */
    bool gone;
};

struct book {
    struct patch *p;
    struct edits edits;
    struct page_entry *pages;
    size_t n;
    unsigned top_id;
    const char *const *names_gone;
    char prefix[32], office[32];
    struct xml_tag sheets; /* its start */
    size_t sheets_end;
    bool in_names, named, placed, in_name;
    size_t name_from;
    long local;
};

void patch_ref(struct bytes *out, uint32_t row, uint32_t col)
{
    char letters[8];
    size_t n = sizeof letters - 1;

    letters[n] = 0;
    for (uint32_t c = col + 1; c > 0 && n > 0; c = (c - 1) / 26)
        letters[--n] = (char)('A' + (c - 1) % 26);
    bytes_printf(out, "%s%u", letters + n, row + 1);
}

bool patch_read_ref(const char *ref, uint32_t *row, uint32_t *col)
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

const char *patch_free_name(struct patch *p, const char *before, const char *after)
{
    for (unsigned i = 1;; i++) {
        const char *name = arena_printf(&p->arena, "%s%u%s", before, i, after);

        if (!repack_has(p->z, name))
            return name;
    }
}

void patch_type(struct patch *p, const char *part, const char *type)
{
    bytes_str(&p->types, "<Override PartName=\"/");
    xml_text(&p->types, part);
    bytes_printf(&p->types,
                 "\" ContentType=\"application/vnd.openxmlformats-officedocument."
                 "spreadsheetml.%s+xml\"/>",
                 type);
}

/* -- the workbook's list ----------------------------------------------------------- */

static bool is_gone(const struct book *b, const char *name)
{
    for (size_t i = 0; b->names_gone != NULL && b->names_gone[i] != NULL; i++)
        if (strcmp(b->names_gone[i], name) == 0)
            return true;
    return false;
}

static bool sheet_start(struct book *b, const struct xml_tag *t, struct err *e)
{
    const char *name = xml_attribute(t, "name"), *id = xml_attribute(t, "sheetId");
    const char *rel = xml_relation(t);
    struct page_entry *page;
    unsigned long number = id == NULL ? 0 : strtoul(id, NULL, 10);

    if (name == NULL || rel == NULL || b->n == sheet_limits.pages)
        return sheet_refuse(e, "SHEET-FORMAT", "a list of pages nobody can read");
    b->pages = mem_grow(b->pages, b->n + 1, sizeof *b->pages);
    page = &b->pages[b->n++];
    name = text_nfc(&b->p->arena, span_str(name));
    *page = (struct page_entry){name == NULL ? "" : name, arena_str(&b->p->arena, rel),
                                t->from, t->to, false};
    page->gone = is_gone(b, page->name);
    if (number < 65000 && number > b->top_id)
        b->top_id = (unsigned)number;
    return true;
}

/* The name of a page of ours that no other page has. */
static const char *own_name(struct book *b, const char *name)
{
    const char *now = name;

    for (unsigned k = 2;; k++) {
        bool taken = false;

        for (size_t i = 0; i < b->n; i++)
            taken =
                taken || (!b->pages[i].gone && strcasecmp(b->pages[i].name, now) == 0);
        if (!taken)
            return now;
        now = arena_printf(&b->p->arena, "%s (%u)", name, k);
    }
}

/* The order of pages has changed: what names one by its place moves along. */
static void name_start(struct book *b, const struct xml_tag *t)
{
    const char *local = xml_attribute(t, "localSheetId");
    char *end, text[24];
    long place = 1;

    b->local = local == NULL ? -1 : strtol(local, &end, 10);
    b->name_from = t->from;
    b->in_name = false;
    if (b->local < 0 || (size_t)b->local >= b->n)
        return;
    if (b->pages[b->local].gone) {
        b->in_name = true; /* cut whole at its end */
        return;
    }
    for (long i = 0; i < b->local; i++)
        place += !b->pages[i].gone;
    snprintf(text, sizeof text, "%ld", place);
    edit_attribute(&b->edits, t, "localSheetId", text);
}

static void put_title(struct book *b, const struct front *f, size_t place,
                      struct bytes *x)
{
    bytes_printf(x, "<%sdefinedName name=\"_xlnm.Print_Titles\" localSheetId=\"%zu\">'",
                 b->prefix, place);
    xml_text(x, own_name(b, f->name));
    bytes_printf(x, "'!$%u:$%u</%sdefinedName>", f->head + 1, f->head + 1, b->prefix);
}

/* The heads of our pages stand on each printed one. */
static void put_names(struct book *b, size_t at)
{
    const struct marking *m = b->p->m;
    struct bytes x = {0};
    size_t last = 1;

    for (size_t i = 0; i < b->n; i++)
        last += !b->pages[i].gone;
    if (!b->in_names)
        bytes_printf(&x, "<%sdefinedNames>", b->prefix);
    put_title(b, &m->front, 0, &x);
    if (m->back.n_cells > 0)
        put_title(b, &m->back, last, &x);
    if (!b->in_names)
        bytes_printf(&x, "</%sdefinedNames>", b->prefix);
    edit_put(&b->edits, at, 0, span_of(&x));
    bytes_clear(&x);
    b->named = true;
}

static bool book_start(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct book *b = ctx;

    if (t->depth == 1) {
        xml_prefix(t, b->prefix);
        xml_namespace(&b->edits, t, b->p->office, b->office);
    }
    if (!t->main)
        return true;
    if (t->depth == 2 && strcmp(t->name, "sheets") == 0)
        b->sheets = *t;
    else if (t->depth == 3 && strcmp(t->name, "sheet") == 0)
        return sheet_start(b, t, e);
    else if (t->depth == 3 && strcmp(t->name, "workbookView") == 0) {
        edit_attribute(&b->edits, t, "activeTab", "0");
        edit_attribute(&b->edits, t, "firstSheet", NULL);
    } else if (t->depth == 3 && strcmp(t->name, "definedName") == 0)
        name_start(b, t);
    else if (t->depth == 2 && strcmp(t->name, "definedNames") == 0 && !t->closed) {
        b->in_names = true;
        put_names(b, t->to);
    } else if (t->depth == 2 && strcmp(t->name, "definedNames") == 0) {
        edit_str(&b->edits, t->from, t->to - t->from, "");
    } else if (t->depth == 2 && b->n > 0 && !b->named &&
               strcmp(t->name, "functionGroups") != 0 &&
               strcmp(t->name, "externalReferences") != 0)
        put_names(b, t->from);
    return true;
}

static bool book_end(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct book *b = ctx;

    (void)e;
    if (!t->main)
        return true;
    if (t->depth == 3 && strcmp(t->name, "sheet") == 0 && b->n > 0)
        b->pages[b->n - 1].to = t->to;
    else if (t->depth == 2 && strcmp(t->name, "sheets") == 0)
        b->sheets_end = b->sheets.closed ? 0 : t->from;
    else if (t->depth == 3 && strcmp(t->name, "definedName") == 0 && b->in_name) {
        edit_str(&b->edits, b->name_from, t->to - b->name_from, "");
        b->in_name = false;
    } else if (t->depth == 1 && !b->named)
        put_names(b, t->from);
    return true;
}

/* -- pages --------------------------------------------------------------------------- */

static int by_place(const void *x, const void *y)
{
    const struct mark *a = x, *b = y;

    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return (a->col > b->col) - (a->col < b->col);
}

/* The marks of one page, sorted; a place that is named twice gets the worse colour. */
static void page_marks(struct patch *p, const char *name, bool first,
                       struct patch_page *page)
{
    const struct marking *m = p->m;
    size_t kept = 0;

    page->marks = arena_new(&p->arena, (m->n + 1) * sizeof *page->marks);
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->marks[i].page, name) == 0 || (first && *m->marks[i].page == 0))
            page->marks[page->n++] = m->marks[i];
    if (page->n > 1)
        qsort(page->marks, page->n, sizeof *page->marks, by_place);
    for (size_t i = 0; i < page->n; i++) {
        struct mark *last = kept > 0 ? &page->marks[kept - 1] : NULL;

        if (last == NULL || by_place(last, &page->marks[i]) != 0) {
            page->marks[kept++] = page->marks[i];
            continue;
        }
        if (page->marks[i].level > last->level)
            last->level = page->marks[i].level;
        last->note = arena_printf(&p->arena, "%s\n\n%s", last->note, page->marks[i].note);
    }
    page->n = kept;
}

static void drop_part(struct patch *p, const char *part)
{
    p->gone = mem_grow(p->gone, p->n_gone + 1, sizeof *p->gone);
    p->gone[p->n_gone++] = part;
    repack_drop(p->z, part);
}

/* A page of an earlier answer goes, with what belongs to it alone. */
static bool drop_page(struct patch *p, const struct patch_rel *rel, struct err *e)
{
    static const char *const own[] = {"comments", "vmlDrawing", "printerSettings"};
    struct patch_rels rels;

    if (!patch_rels_read(&rels, p->z, rel->target, "", &p->arena, e)) {
        patch_rels_clear(&rels);
        return false;
    }
    for (size_t i = 0; i < COUNT(own); i++) {
        const struct patch_rel *r = patch_rel_by_kind(&rels, own[i]);

        if (r != NULL && *r->target != 0)
            drop_part(p, r->target);
    }
    if (!rels.missing)
        drop_part(p, rels.name);
    drop_part(p, rel->target);
    patch_rel_drop(&p->rels, rel);
    patch_rels_clear(&rels);
    return true;
}

static bool mark_pages(struct patch *p, struct book *b, struct err *e)
{
    bool first = true;

    for (size_t i = 0; i < b->n; i++) {
        const struct patch_rel *rel = patch_rel_by_id(&p->rels, b->pages[i].rel);
        struct patch_page page = {0};

        if (rel == NULL || strcmp(rel->kind, "worksheet") != 0 || *rel->target == 0)
            continue; /* a chart */
        if (b->pages[i].gone) {
            edit_str(&b->edits, b->pages[i].from, b->pages[i].to - b->pages[i].from, "");
            if (!drop_page(p, rel, e))
                return false;
            continue;
        }
        page.part = rel->target;
        page_marks(p, b->pages[i].name, first, &page);
        if (first)
            p->first = b->pages[i].name;
        first = false;
        if (!patch_page(p, &page, e))
            return err_in(e, "%s", page.part);
    }
    return true;
}

/* -- our page ------------------------------------------------------------------------ */

static void put_page(struct patch *p, struct book *b, const struct front *f, size_t at)
{
    const char *part = patch_free_name(
        p, arena_printf(&p->arena, "%sworksheets/sheet", p->rels.base), ".xml");
    const char *id = patch_rel_add(&p->rels, "worksheet", part);
    struct bytes page = {0}, entry = {0};

    patch_front(p, f, &page);
    repack_put(p->z, part, &page);
    patch_type(p, part, "worksheet");
    bytes_printf(&entry, "<%ssheet name=\"", b->prefix);
    xml_text(&entry, own_name(b, f->name));
    bytes_printf(&entry, "\" sheetId=\"%u\" %s:id=\"%s\"/>", ++b->top_id, b->office, id);
    edit_put(&b->edits, at, 0, span_of(&entry));
    bytes_clear(&entry);
}

static bool put_pages(struct patch *p, struct book *b, struct err *e)
{
    if (b->sheets.to == 0 || b->sheets_end == 0)
        return sheet_refuse(e, "SHEET-FORMAT", "a workbook without pages");
    put_page(p, b, &p->m->front, b->sheets.to);
    if (p->m->back.n_cells > 0)
        put_page(p, b, &p->m->back, b->sheets_end);
    return true;
}

/* -- content types ------------------------------------------------------------------- */

struct types {
    struct patch *p;
    struct edits edits;
    bool vml;
    size_t from;
    bool cut;
    struct bytes fresh;
};

/* Of a copy named .xlsx, also where the file was one with macros or a template. */
static const char plain_book[] =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";

static bool types_start(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct types *ty = ctx;
    const char *name = xml_attribute(t, "PartName"), *ext = xml_attribute(t, "Extension");

    (void)e;
    if (t->depth != 2)
        return true;
    ty->cut = false;
    ty->from = t->from;
    if (name != NULL && *name == '/' && strcasecmp(name + 1, ty->p->workbook) == 0)
        edit_attribute(&ty->edits, t, "ContentType", plain_book);
    if (strcmp(t->name, "Default") == 0 && ext != NULL && strcasecmp(ext, "vml") == 0)
        ty->vml = true;
    for (size_t i = 0; name != NULL && *name == '/' && i < ty->p->n_gone; i++)
        ty->cut = ty->cut || strcasecmp(name + 1, ty->p->gone[i]) == 0;
    return true;
}

static bool types_end(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct types *ty = ctx;
    char prefix[32], *at;
    struct bytes b = {0};

    (void)e;
    if (t->depth == 2 && ty->cut)
        edit_str(&ty->edits, ty->from, t->to - ty->from, "");
    ty->cut = false;
    if (t->depth != 1)
        return true;
    xml_prefix(t, prefix);
    if (!ty->vml)
        bytes_printf(&b,
                     "<%sDefault Extension=\"vml\" ContentType=\"application/"
                     "vnd.openxmlformats-officedocument.vmlDrawing\"/>",
                     prefix);
    at = (char *)(uintptr_t)bytes_cstr(&ty->p->types);
    for (char *next; *at != 0; at = next) { /* each begins with "<" */
        size_t n = 1 + strcspn(at + 1, "<");

        next = at + n;
        bytes_printf(&b, "<%s%.*s", prefix, (int)n - 1, at + 1);
    }
    edit_put(&ty->edits, t->from, 0, span_of(&b));
    bytes_clear(&b);
    return true;
}

static bool write_types(struct patch *p, struct err *e)
{
    static const char name[] = "[Content_Types].xml";
    struct types ty = {.p = p};
    const struct xml_reader r = {&ty, types_start, types_end, NULL};
    struct bytes out = {0};
    struct span part;
    bool ok = repack_read(p->z, name, &part, e) && xml_walk(part, &r, e) &&
              edits_apply(&ty.edits, part, &out, e);

    if (ok)
        repack_put(p->z, name, &out);
    bytes_clear(&out);
    edits_clear(&ty.edits);
    return ok;
}

/* -- all of it ----------------------------------------------------------------------- */

static bool open_styles(struct patch *p, struct err *e)
{
    const struct patch_rel *rel = patch_rel_by_kind(&p->rels, "styles");
    struct bytes plain = {0};
    struct span part;

    if (rel != NULL && *rel->target != 0) {
        p->styles_part = rel->target;
    } else {
        p->styles_part = arena_printf(&p->arena, "%sstyles.xml", p->rels.base);
        if (repack_has(p->z, p->styles_part)) /* somebody else's */
            p->styles_part = patch_free_name(
                p, arena_printf(&p->arena, "%sstyles", p->rels.base), ".xml");
        bytes_str(&plain, patch_plain_styles);
        repack_put(p->z, p->styles_part, &plain);
        patch_rel_add(&p->rels, "styles", p->styles_part);
        patch_type(p, p->styles_part, "styles");
    }
    if (!repack_read(p->z, p->styles_part, &part, e) ||
        !patch_styles_read(&p->styles, part, e))
        return err_in(e, "%s", p->styles_part);
    patch_styles_front(&p->styles);
    return true;
}

static bool open_book(struct patch *p, struct err *e)
{
    const struct patch_rel *rel;
    struct patch_rels top;
    bool strict;

    if (!patch_rels_read(&top, p->z, "", "", &p->arena, e)) {
        patch_rels_clear(&top);
        return false;
    }
    rel = patch_rel_by_kind(&top, "officeDocument");
    strict = rel != NULL && rel->strict;
    p->workbook = rel != NULL ? rel->target : "";
    patch_rels_clear(&top);
    if (*p->workbook == 0)
        return sheet_refuse(e, "SHEET-FORMAT", "an archive, but no workbook in it");
    p->main = strict ? "http://purl.oclc.org/ooxml/spreadsheetml/main"
                     : "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    p->office =
        strict ? "http://purl.oclc.org/ooxml/officeDocument/relationships"
               : "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    return patch_rels_read(&p->rels, p->z, p->workbook,
                           arena_printf(&p->arena, "%s/", p->office), &p->arena, e);
}

/* A copy named .xlsx may hold none. */
static void drop_macros(struct patch *p)
{
    const struct patch_rel *rel = patch_rel_by_kind(&p->rels, "vbaProject");

    if (rel == NULL || *rel->target == 0)
        return;
    drop_part(p, rel->target);
    patch_rel_drop(&p->rels, rel);
}

static bool work(struct patch *p, struct book *b, struct err *e)
{
    const struct xml_reader r = {b, book_start, book_end, NULL};
    struct bytes out = {0};
    struct span part;
    bool ok = open_book(p, e) && open_styles(p, e) &&
              repack_read(p->z, p->workbook, &part, e) && xml_walk(part, &r, e) &&
              mark_pages(p, b, e) && put_pages(p, b, e) &&
              edits_apply(&b->edits, part, &out, e);

    if (ok) {
        repack_put(p->z, p->workbook, &out);
        drop_macros(p);
    }
    ok = ok && patch_styles_write(&p->styles, &out, e);
    if (ok)
        repack_put(p->z, p->styles_part, &out);
    bytes_clear(&out);
    return ok && patch_rels_write(&p->rels, p->z, e) && write_types(p, e);
}

bool patch_workbook(struct span file, const struct marking *m, const char *const *gone,
                    struct bytes *out, struct err *e)
{
    struct patch p = {.m = m, .first = ""};
    struct book b = {.p = &p, .names_gone = gone};
    bool ok = repack_open(&p.z, file, e) && work(&p, &b, e) && repack_write(p.z, out, e);

    repack_close(&p.z);
    patch_rels_clear(&p.rels);
    patch_styles_clear(&p.styles);
    edits_clear(&b.edits);
    bytes_clear(&p.types);
    free(p.gone);
    free(b.pages);
    arena_clear(&p.arena);
    return ok;
}
