/*
 * The comments of a page: their texts in one part, their boxes in a drawing of the old
 * kind (VML), as every program expects it. Comments of other people stay; ours of an
 * earlier answer are known by their first line.
 */
#include "proto/forms/sheet_patch.h"
#include "proto/forms/sheet_read.h"

enum { NOTES_MAX = 20000 };

struct note { /* a comment that the page has */
    uint32_t row, col;
    size_t from, to;           /* bytes of <comment> */
    size_t text_from, text_to; /* bytes inside <text> */
    bool text_closed;
    char *text;
    bool gone;    /* was wholly ours */
    bool reboxed; /* has more text now, and a larger box */
};

struct notes {
    struct patch *p;
    const struct patch_page *page;
    struct edits edits;
    struct note *list;
    size_t n;
    char prefix[32];
    size_t n_authors;
    struct xml_tag authors, authors_end, comments, comments_end;
    bool in_text, in_phonetic;
    struct bytes text;
};

static bool note_start(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct notes *ns = ctx;
    const char *ref = xml_attribute(t, "ref");

    if (t->depth == 1)
        xml_prefix(t, ns->prefix);
    if (!t->main)
        return true;
    if (strcmp(t->name, "authors") == 0) {
        ns->authors = ns->authors_end = *t;
    } else if (strcmp(t->name, "author") == 0) {
        ns->n_authors++;
    } else if (strcmp(t->name, "commentList") == 0) {
        ns->comments = ns->comments_end = *t;
    } else if (strcmp(t->name, "comment") == 0) {
        if (ref == NULL || ns->n == NOTES_MAX)
            return sheet_refuse(e, "SHEET-FORMAT", "comments nobody can place");
        if ((ns->n & (ns->n + 1)) == 0)
            ns->list = mem_grow(ns->list, 2 * ns->n + 1, sizeof *ns->list);
        ns->list[ns->n] = (struct note){.from = t->from, .to = t->to};
        if (!patch_read_ref(ref, &ns->list[ns->n].row, &ns->list[ns->n].col))
            return sheet_refuse(e, "SHEET-FORMAT", "\"%.20s\" is no place", ref);
        ns->n++;
        ns->text.n = 0;
    } else if (strcmp(t->name, "text") == 0 && ns->n > 0) {
        ns->list[ns->n - 1].text_from = ns->list[ns->n - 1].text_to = t->to;
        ns->list[ns->n - 1].text_closed = t->closed;
    }
    ns->in_phonetic = ns->in_phonetic || strcmp(t->name, "rPh") == 0;
    ns->in_text = strcmp(t->name, "t") == 0 && !ns->in_phonetic;
    return true;
}

static bool note_end(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct notes *ns = ctx;
    struct note *last = ns->n > 0 ? &ns->list[ns->n - 1] : NULL;

    (void)e;
    if (!t->main)
        return true;
    if (strcmp(t->name, "authors") == 0) {
        ns->authors_end = *t;
    } else if (strcmp(t->name, "commentList") == 0) {
        ns->comments_end = *t;
    } else if (strcmp(t->name, "text") == 0 && last != NULL && !last->text_closed) {
        last->text_to = t->from;
    } else if (strcmp(t->name, "comment") == 0 && last != NULL) {
        last->to = t->to;
        last->text = arena_strn(&ns->p->arena, ns->text.p, ns->text.n);
    } else if (strcmp(t->name, "rPh") == 0) {
        ns->in_phonetic = false;
    }
    ns->in_text = false;
    return true;
}

static void note_text(void *ctx, struct span text)
{
    struct notes *ns = ctx;

    if (ns->in_text && ns->text.n < sheet_limits.cell_bytes)
        bytes_add(&ns->text, text.p, text.n);
}

static void put_run(struct bytes *b, const char *prefix, const char *text)
{
    bytes_printf(b,
                 "<%sr><%srPr><%ssz val=\"10\"/><%srFont val=\"Times New Roman\"/>"
                 "<%sfamily val=\"1\"/></%srPr><%st xml:space=\"preserve\">",
                 prefix, prefix, prefix, prefix, prefix, prefix, prefix);
    xml_text(b, text);
    bytes_printf(b, "</%st></%sr>", prefix, prefix);
}

/* What is ours goes; what somebody wrote before it stays, as plain text. */
static void take_out(struct notes *ns, struct note *n)
{
    const char *head = ns->p->m->note_head;
    char *at = n->text == NULL ? NULL : strstr(n->text, head);
    struct bytes b = {0};

    if (at == NULL)
        return;
    while (at > n->text && strchr(" \r\n", at[-1]) != NULL)
        at--;
    if (at == n->text) {
        n->gone = true;
        edit_str(&ns->edits, n->from, n->to - n->from, "");
        return;
    }
    *at = 0;
    bytes_printf(&b, "<%st xml:space=\"preserve\">", ns->prefix);
    xml_text(&b, n->text);
    bytes_printf(&b, "</%st>", ns->prefix);
    edit_put(&ns->edits, n->text_from, n->text_to - n->text_from, span_of(&b));
    bytes_clear(&b);
}

static struct note *note_at(struct notes *ns, uint32_t row, uint32_t col)
{
    for (size_t i = 0; i < ns->n; i++)
        if (!ns->list[i].gone && ns->list[i].row == row && ns->list[i].col == col)
            return &ns->list[i];
    return NULL;
}

static const char *whole_text(struct notes *ns, const struct mark *m)
{
    const char *text =
        arena_printf(&ns->p->arena, "%s\n%s", ns->p->m->note_head, m->note);
    size_t n = strlen(text);

    if (n <= MARK_NOTE_BYTES)
        return text;
    for (n = MARK_NOTE_BYTES; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
        n--;
    return arena_printf(&ns->p->arena, "%.*s…", (int)n, text);
}

/* -- boxes ------------------------------------------------------------------------- */

static unsigned width_of(const struct patch_widths *w, uint32_t col)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->list[i].first <= col && col <= w->list[i].last)
            return w->list[i].px;
    return w->usual;
}

static void put_box(struct patch *p, const struct patch_widths *w, uint32_t row,
                    uint32_t col, const char *text, struct bytes *out)
{
    enum { WIDTH = 300, LETTERS = 46, LINE = 16, ROW = 20 };
    unsigned lines = 1, letters = 0, left = WIDTH;
    uint32_t last = col + 1;

    for (const char *c = text; *c != 0; c++) {
        letters += ((unsigned char)*c & 0xc0) != 0x80;
        if (*c == '\n' || letters > LETTERS) {
            lines++;
            letters = 0;
        }
    }
    while (last < SHEET_COLS - 1 && width_of(w, last) < left)
        left -= width_of(w, last++);
    p->shapes++;
    bytes_printf(
        out,
        "<v:shape id=\"_x0000_s%u\" type=\"#_x0000_t202\" style='position:absolute;"
        "margin-left:60pt;margin-top:2pt;width:%dpt;height:%upt;z-index:%u;"
        "visibility:hidden' fillcolor=\"#ffffe1\" o:insetmode=\"auto\">"
        "<v:fill color2=\"#ffffe1\"/><v:shadow on=\"t\" color=\"black\""
        " obscured=\"t\"/><v:path o:connecttype=\"none\"/>"
        "<v:textbox style='mso-direction-alt:auto'><div style='text-align:left'>"
        "</div></v:textbox><x:ClientData ObjectType=\"Note\"><x:MoveWithCells/>"
        "<x:SizeWithCells/><x:Anchor>%u, 12, %u, 2, %u, %u, %u, 4</x:Anchor>"
        "<x:AutoFill>False</x:AutoFill><x:Row>%u</x:Row><x:Column>%u</x:Column>"
        "</x:ClientData></v:shape>",
        p->shapes, WIDTH * 3 / 4, (lines * LINE + 8) * 3 / 4, p->shapes % 1000 + 1,
        col + 1, row > 0 ? row - 1 : 0, last, left,
        (row > 0 ? row - 1 : 0) + (lines * LINE + 8 + ROW) / ROW, row, col);
}

static const char box_kind[] =
    "<v:shapetype id=\"_x0000_t202\" coordsize=\"21600,21600\" o:spt=\"202\""
    " path=\"m,l,21600r21600,l21600,xe\"><v:stroke joinstyle=\"miter\"/>"
    "<v:path gradientshapeok=\"t\" o:connecttype=\"rect\"/></v:shapetype>";

static const char *const box_names[][2] = {
    {"xmlns:v", "urn:schemas-microsoft-com:vml"          },
    {"xmlns:o", "urn:schemas-microsoft-com:office:office"},
    {"xmlns:x", "urn:schemas-microsoft-com:office:excel" },
};

struct boxes { /* reading an old drawing */
    struct notes *notes;
    struct edits edits;
    size_t from, depth;
    char field; /* 'r' or 'c' while its number is being read */
    char digits[12];
    size_t n;
    uint32_t row, col;
    bool has_row, has_col, has_kind, note;
    size_t end;
};

static bool box_start(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct boxes *b = ctx;
    const char *kind = xml_attribute(t, "ObjectType"), *id = xml_attribute(t, "id");

    (void)e;
    for (size_t i = 0; t->depth == 1 && i < COUNT(box_names); i++)
        if (memmem(t->bytes.p + t->from, t->to - t->from, box_names[i][1],
                   strlen(box_names[i][1])) == NULL)
            edit_attribute(&b->edits, t, box_names[i][0], box_names[i][1]);
    if (strcmp(t->name, "shapetype") == 0 && id != NULL && strcmp(id, "_x0000_t202") == 0)
        b->has_kind = true;
    if (strcmp(t->name, "shape") == 0 && b->depth == 0) {
        b->from = t->from;
        b->depth = t->depth;
        b->has_row = b->has_col = b->note = false;
    } else if (strcmp(t->name, "ClientData") == 0) {
        b->note = kind != NULL && strcmp(kind, "Note") == 0;
    }
    b->field = strcmp(t->name, "Row") == 0      ? 'r'
               : strcmp(t->name, "Column") == 0 ? 'c'
                                                : 0;
    b->n = 0;
    return true;
}

static bool box_is_gone(const struct boxes *b)
{
    const struct notes *ns = b->notes;
    bool gone = false;

    for (size_t i = 0; i < ns->n; i++)
        if (ns->list[i].row == b->row && ns->list[i].col == b->col)
            gone = ns->list[i].gone || ns->list[i].reboxed;
    return b->note && b->has_row && b->has_col && gone;
}

static bool box_end(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct boxes *b = ctx;

    (void)e;
    b->digits[b->n] = 0;
    if (b->field == 'r') {
        b->row = (uint32_t)strtoul(b->digits, NULL, 10);
        b->has_row = true;
    } else if (b->field == 'c') {
        b->col = (uint32_t)strtoul(b->digits, NULL, 10);
        b->has_col = true;
    }
    b->field = 0;
    if (b->depth != 0 && t->depth == b->depth) {
        if (box_is_gone(b))
            edit_str(&b->edits, b->from, t->to - b->from, "");
        b->depth = 0;
    }
    if (t->depth == 1)
        b->end = t->from;
    return true;
}

static void box_text(void *ctx, struct span text)
{
    struct boxes *b = ctx;

    for (size_t i = 0; b->field != 0 && i < text.n && b->n + 1 < sizeof b->digits; i++)
        if (text.p[i] >= '0' && text.p[i] <= '9')
            b->digits[b->n++] = (char)text.p[i];
}

/* Excel writes drawings with buttons that are no XML ("<br>"): ours go to their end. */
static bool boxes_at_end(struct span part, const struct bytes *fresh, struct bytes *out)
{
    static const char end[] = "</xml>";
    size_t at = part.n < sizeof end ? 0 : part.n - (sizeof end - 1);

    while (at > 0 && memcmp(part.p + at, end, sizeof end - 1) != 0)
        at--;
    if (at == 0)
        return false;
    bytes_add(out, part.p, at);
    if (memmem(part.p, part.n, "id=\"_x0000_t202\"", 16) == NULL)
        bytes_str(out, box_kind);
    bytes_add(out, fresh->p, fresh->n);
    bytes_add(out, part.p + at, part.n - at);
    return true;
}

static bool change_boxes(struct notes *ns, const char *name, const struct bytes *fresh,
                         struct err *e)
{
    struct boxes b = {.notes = ns};
    const struct xml_reader r = {&b, box_start, box_end, box_text};
    struct bytes out = {0}, add = {0};
    struct span part;
    bool ok = repack_read(ns->p->z, name, &part, e);

    if (ok && !xml_walk(part, &r, e)) {
        ok = boxes_at_end(part, fresh, &out);
    } else if (ok) {
        if (fresh->n > 0 && !b.has_kind)
            bytes_str(&add, box_kind);
        bytes_add(&add, fresh->p, fresh->n);
        edit_put(&b.edits, b.end, 0, span_of(&add));
        ok = edits_apply(&b.edits, part, &out, e);
    }
    if (ok)
        repack_put(ns->p->z, name, &out);
    bytes_clear(&out);
    bytes_clear(&add);
    edits_clear(&b.edits);
    return ok || err_in(e, "%s", name);
}

static void new_boxes(struct notes *ns, struct patch_rels *rels,
                      const struct bytes *fresh, const char **drawing)
{
    struct patch *p = ns->p;
    const char *name = patch_free_name(
        p, arena_printf(&p->arena, "%sdrawings/vmlDrawing", p->rels.base), ".vml");
    struct bytes out = {0};

    bytes_printf(&out,
                 "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\""
                 " xmlns:o=\"urn:schemas-microsoft-com:office:office\""
                 " xmlns:x=\"urn:schemas-microsoft-com:office:excel\">"
                 "<o:shapelayout v:ext=\"edit\"><o:idmap v:ext=\"edit\" data=\"1\"/>"
                 "</o:shapelayout>%s",
                 box_kind);
    bytes_add(&out, fresh->p, fresh->n);
    bytes_str(&out, "</xml>");
    repack_put(p->z, name, &out);
    *drawing = patch_rel_add(rels, "vmlDrawing", name);
}

/* -- texts ------------------------------------------------------------------------- */

/* The marks as comments; their boxes go to boxes. */
static void add_marks(struct notes *ns, const struct patch_widths *w, struct bytes *fresh,
                      struct bytes *boxes)
{
    struct patch *p = ns->p;

    for (size_t i = 0; i < ns->page->n; i++) {
        const struct mark *m = &ns->page->marks[i];
        struct note *old = note_at(ns, m->row, m->col);
        struct bytes run = {0};
        const char *text;

        if (*m->note == 0 || p->n_notes >= MARK_NOTES_MAX)
            continue;
        p->n_notes++;
        text = whole_text(ns, m);
        if (old != NULL && !old->text_closed && old->text_from != 0) {
            put_run(&run, ns->prefix, arena_printf(&p->arena, "\n\n%s", text));
            edit_put(&ns->edits, old->text_to, 0, span_of(&run));
            old->reboxed = true;
            put_box(p, w, m->row, m->col,
                    arena_printf(&p->arena, "%s\n\n%s", old->text, text), boxes);
        } else if (old == NULL) {
            bytes_printf(fresh, "<%scomment ref=\"", ns->prefix);
            patch_ref(fresh, m->row, m->col);
            bytes_printf(fresh, "\" authorId=\"%zu\"><%stext>", ns->n_authors,
                         ns->prefix);
            put_run(fresh, ns->prefix, text);
            bytes_printf(fresh, "</%stext></%scomment>", ns->prefix, ns->prefix);
            put_box(p, w, m->row, m->col, text, boxes);
        }
        bytes_clear(&run);
    }
}

static bool change_texts(struct notes *ns, struct span part, const char *name,
                         const struct bytes *fresh, struct err *e)
{
    struct bytes out = {0}, author = {0};
    char raw[48];
    bool ok;

    if (fresh->n > 0) {
        bytes_printf(&author, "<%sauthor>", ns->prefix);
        xml_text(&author, ns->p->m->author);
        bytes_printf(&author, "</%sauthor>", ns->prefix);
        snprintf(raw, sizeof raw, "%sauthors", ns->prefix);
        edit_inside(&ns->edits, ns->authors.closed ? &ns->authors : &ns->authors_end, raw,
                    span_of(&author));
        snprintf(raw, sizeof raw, "%scommentList", ns->prefix);
        edit_inside(&ns->edits, ns->comments.closed ? &ns->comments : &ns->comments_end,
                    raw, span_of(fresh));
    }
    ok = edits_apply(&ns->edits, part, &out, e);
    if (ok)
        repack_put(ns->p->z, name, &out);
    bytes_clear(&out);
    bytes_clear(&author);
    return ok;
}

static void new_texts(struct notes *ns, struct patch_rels *rels,
                      const struct bytes *fresh)
{
    struct patch *p = ns->p;
    const char *name =
        patch_free_name(p, arena_printf(&p->arena, "%scomments", p->rels.base), ".xml");
    struct bytes out = {0};

    bytes_printf(&out,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
                 "<comments xmlns=\"%s\"><authors><author>",
                 p->main);
    xml_text(&out, p->m->author);
    bytes_str(&out, "</author></authors><commentList>");
    bytes_add(&out, fresh->p, fresh->n);
    bytes_str(&out, "</commentList></comments>");
    repack_put(p->z, name, &out);
    patch_rel_add(rels, "comments", name);
    patch_type(p, name, "comments");
}

bool patch_notes(struct patch *p, const struct patch_page *page, struct patch_rels *rels,
                 const struct patch_widths *w, const char **drawing, struct err *e)
{
    struct notes ns = {.p = p, .page = page};
    const struct xml_reader r = {&ns, note_start, note_end, note_text};
    const struct patch_rel *texts = patch_rel_by_kind(rels, "comments"), *boxes = NULL;
    struct bytes fresh = {0}, fresh_boxes = {0};
    struct span part = {0};
    bool ok = true;

    if (p->shapes == 0)
        p->shapes = 60 * 1024;
    if (texts != NULL)
        ok = repack_read(p->z, texts->target, &part, e) && xml_walk(part, &r, e);
    if (ok && texts != NULL && (ns.authors.to == 0 || ns.comments.to == 0))
        ok = sheet_refuse(e, "SHEET-FORMAT", "comments without a list");
    for (size_t i = 0; ok && i < ns.n; i++)
        take_out(&ns, &ns.list[i]);
    if (*drawing != NULL)
        boxes = patch_rel_by_id(rels, *drawing);
    if (ok)
        add_marks(&ns, w, &fresh, &fresh_boxes);
    if (ok && boxes == NULL) /* then every comment needs one */
        for (size_t i = 0; i < ns.n; i++)
            if (!ns.list[i].gone && !ns.list[i].reboxed)
                put_box(p, w, ns.list[i].row, ns.list[i].col, ns.list[i].text,
                        &fresh_boxes);
    if (ok && texts != NULL && (fresh.n > 0 || ns.edits.n > 0))
        ok = change_texts(&ns, part, texts->target, &fresh, e);
    else if (ok && fresh.n > 0)
        new_texts(&ns, rels, &fresh);
    if (ok && boxes != NULL && *boxes->target != 0 &&
        (fresh_boxes.n > 0 || ns.edits.n > 0))
        ok = change_boxes(&ns, boxes->target, &fresh_boxes, e);
    else if (ok && boxes == NULL && fresh_boxes.n > 0)
        new_boxes(&ns, rels, &fresh_boxes, drawing);
    edits_clear(&ns.edits);
    bytes_clear(&ns.text);
    bytes_clear(&fresh);
    bytes_clear(&fresh_boxes);
    free(ns.list);
    return ok;
}
