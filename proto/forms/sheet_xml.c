#include "proto/forms/sheet_xml.h"

#include <ctype.h>
#include <expat.h>
#include <strings.h>

#include "proto/forms/sheet_read.h"

struct walk {
    const struct xml_reader *r;
    struct err *e;
    XML_Parser xml;
    struct span part;
    size_t depth;
    bool failed;
};

/* "uri|local" to local; is the namespace one that a workbook's own parts are written in?
 */
static const char *local_name(const char *name, bool *main)
{
    static const char *const known[] = {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
        "http://schemas.openxmlformats.org/package/2006/relationships",
        "http://schemas.openxmlformats.org/package/2006/content-types",
    };
    const char *bar = strrchr(name, '|');

    *main = false;
    for (size_t i = 0; bar != NULL && i < COUNT(known); i++)
        *main = *main || (strlen(known[i]) == (size_t)(bar - name) &&
                          memcmp(known[i], name, (size_t)(bar - name)) == 0);
    return bar == NULL ? name : bar + 1;
}

static void stop(struct walk *w)
{
    w->failed = true;
    XML_StopParser(w->xml, XML_FALSE);
}

static struct xml_tag tag_here(struct walk *w, const char *name)
{
    struct xml_tag t = {.bytes = w->part, .depth = w->depth};

    t.name = local_name(name, &t.main);
    t.from = (size_t)XML_GetCurrentByteIndex(w->xml);
    t.to = t.from + (size_t)XML_GetCurrentByteCount(w->xml);
    if (t.from > w->part.n || t.to > w->part.n || t.to < t.from)
        t.from = t.to = 0;
    return t;
}

static void XMLCALL on_start(void *ctx, const char *name, const char **attributes)
{
    struct walk *w = ctx;
    struct xml_tag t;

    if (w->failed)
        return;
    if (++w->depth > sheet_limits.depth) {
        sheet_refuse(w->e, "SHEET-DEPTH", "elements nested deeper than %zu",
                     sheet_limits.depth);
        stop(w);
        return;
    }
    t = tag_here(w, name);
    t.at = attributes;
    t.closed = t.to >= t.from + 2 && w->part.p[t.to - 2] == '/';
    if (w->r->start != NULL && !w->r->start(w->r->ctx, &t, w->e))
        stop(w);
}

static void XMLCALL on_end(void *ctx, const char *name)
{
    struct walk *w = ctx;
    struct xml_tag t;

    if (w->failed)
        return;
    t = tag_here(w, name);
    w->depth--;
    if (w->r->end != NULL && !w->r->end(w->r->ctx, &t, w->e))
        stop(w);
}

static void XMLCALL on_text(void *ctx, const char *s, int n)
{
    struct walk *w = ctx;

    if (!w->failed && w->r->text != NULL)
        w->r->text(w->r->ctx, (struct span){(const unsigned char *)s, (size_t)n});
}

static void XMLCALL on_doctype(void *ctx, const char *name, const char *system_id,
                               const char *public_id, int internal)
{
    struct walk *w = ctx;

    (void)name;
    (void)system_id;
    (void)public_id;
    (void)internal;
    sheet_refuse(w->e, "SHEET-DOCTYPE", "a part declares a document type");
    stop(w);
}

/* Places are bytes of UTF-8; another encoding is not edited. */
static void XMLCALL on_declaration(void *ctx, const char *version, const char *encoding,
                                   int standalone)
{
    struct walk *w = ctx;

    (void)version;
    (void)standalone;
    if (encoding != NULL && strcasecmp(encoding, "UTF-8") != 0 &&
        strcasecmp(encoding, "US-ASCII") != 0) {
        sheet_refuse(w->e, "SHEET-FORMAT", "a part in %s", encoding);
        stop(w);
    }
}

bool xml_walk(struct span part, const struct xml_reader *r, struct err *e)
{
    struct walk w = {.r = r, .e = e, .part = part, .xml = XML_ParserCreateNS(NULL, '|')};
    bool ok = true;

    if (w.xml == NULL || part.n > INT32_MAX || part.n < 4)
        ok = sheet_refuse(e, "SHEET-SIZE", "a part of %zu bytes", part.n);
    else if (part.p[0] == 0 || part.p[1] == 0 || part.p[0] == 0xfe || part.p[0] == 0xff)
        ok = sheet_refuse(e, "SHEET-FORMAT", "a part in UTF-16");
    if (ok) {
        XML_SetUserData(w.xml, &w);
        XML_SetElementHandler(w.xml, on_start, on_end);
        XML_SetCharacterDataHandler(w.xml, on_text);
        XML_SetStartDoctypeDeclHandler(w.xml, on_doctype);
        XML_SetXmlDeclHandler(w.xml, on_declaration);
        ok = XML_Parse(w.xml, (const char *)part.p, (int)part.n, 1) == XML_STATUS_OK;
        if (!ok && !w.failed)
            sheet_refuse(e, "SHEET-FORMAT", "line %lu: %s",
                         (unsigned long)XML_GetCurrentLineNumber(w.xml),
                         XML_ErrorString(XML_GetErrorCode(w.xml)));
    }
    if (w.xml != NULL)
        XML_ParserFree(w.xml);
    return ok;
}

void xml_prefix(const struct xml_tag *t, char out[32])
{
    size_t from = t->from + 1, n = 0;

    out[0] = 0;
    if (from < t->to && t->bytes.p[from] == '/')
        from++;
    while (from + n < t->to && n < 30 &&
           strchr(" \t\r\n/>:", t->bytes.p[from + n]) == NULL)
        n++;
    if (from + n < t->to && t->bytes.p[from + n] == ':')
        snprintf(out, 32, "%.*s:", (int)n, (const char *)t->bytes.p + from);
}

const char *xml_attribute(const struct xml_tag *t, const char *name)
{
    for (size_t i = 0; t->at != NULL && t->at[i] != NULL; i += 2)
        if (strcmp(t->at[i], name) == 0)
            return t->at[i + 1];
    return NULL;
}

const char *xml_relation(const struct xml_tag *t)
{
    for (size_t i = 0; t->at != NULL && t->at[i] != NULL; i += 2) {
        const char *tail = strstr(t->at[i], "/relationships|id");

        if (tail != NULL && strcmp(tail, "/relationships|id") == 0)
            return t->at[i + 1];
    }
    return NULL;
}

/* The length of the character at p that XML may hold, else 0. p is valid UTF-8. */
static size_t allowed(const unsigned char *p)
{
    size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;

    if (*p < 0x20 && *p != '\n' && *p != '\t')
        return 0;
    return n == 3 && p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe ? 0 : n;
}

/* "_x000D_": would be read as the character that it names. */
static bool is_escape(const unsigned char *p)
{
    return p[1] == 'x' && isxdigit(p[2]) && isxdigit(p[3]) && isxdigit(p[4]) &&
           isxdigit(p[5]) && p[6] == '_';
}

static void put_text(struct bytes *out, const char *text, bool workbook)
{
    const unsigned char *p = (const unsigned char *)text;

    while (*p != 0) {
        size_t n = allowed(p), have = strnlen((const char *)p, n);

        if (n == 0 || have < n)
            p += n == 0 ? (*p < 0x20 ? 1 : 3) : have;
        else {
            switch (*p) {
            case '<':
                bytes_str(out, "&lt;");
                break;
            case '>':
                bytes_str(out, "&gt;");
                break;
            case '&':
                bytes_str(out, "&amp;");
                break;
            case '"':
                bytes_str(out, "&quot;");
                break;
            case '_':
                bytes_str(out, workbook && is_escape(p) ? "_x005F_" : "_");
                break;
            default:
                bytes_add(out, p, n);
            }
            p += n;
        }
    }
}

void xml_text(struct bytes *out, const char *text)
{
    put_text(out, text, true);
}

void xml_words(struct bytes *out, const char *text)
{
    put_text(out, text, false);
}

void edit_put(struct edits *es, size_t at, size_t cut, struct span text)
{
    if ((es->n & (es->n + 1)) == 0)
        es->list = mem_grow(es->list, 2 * es->n + 1, sizeof *es->list);
    es->list[es->n] = (struct edit){at, cut, es->text.n, text.n, es->n};
    es->n++;
    bytes_add(&es->text, text.p, text.n);
}

void edit_str(struct edits *es, size_t at, size_t cut, const char *text)
{
    edit_put(es, at, cut, span_str(text));
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where the attribute stands in the tag, the blank before it included. */
static bool attribute_at(const struct xml_tag *t, const char *name, size_t *from,
                         size_t *to)
{
    const unsigned char *p = t->bytes.p;
    size_t at = t->from, n = strlen(name);

    while (at < t->to && !is_blank(p[at]) && p[at] != '>' && p[at] != '/')
        at++;
    while (at < t->to && is_blank(p[at])) {
        size_t blank = at, word, word_end;

        while (at < t->to && is_blank(p[at]))
            at++;
        word = at;
        while (at < t->to && p[at] != '=' && !is_blank(p[at]) && p[at] != '>')
            at++;
        word_end = at;
        while (at < t->to && p[at] != '"' && p[at] != '\'' && p[at] != '>')
            at++;
        if (at >= t->to || p[at] == '>')
            return false;
        for (unsigned char quote = p[at++]; at < t->to && p[at] != quote;)
            at++;
        at++;
        if (word_end - word == n && memcmp(p + word, name, n) == 0) {
            *from = blank;
            *to = at < t->to ? at : t->to;
            return true;
        }
    }
    return false;
}

void edit_attribute(struct edits *es, const struct xml_tag *t, const char *name,
                    const char *value)
{
    struct bytes b = {0};
    size_t from, to;

    if (value != NULL) {
        bytes_printf(&b, " %s=\"", name);
        xml_text(&b, value);
        bytes_char(&b, '"');
    }
    if (attribute_at(t, name, &from, &to))
        edit_put(es, from, to - from, span_of(&b));
    else if (value != NULL)
        edit_put(es, t->to - (t->closed ? 2 : 1), 0, span_of(&b));
    bytes_clear(&b);
}

void xml_namespace(struct edits *es, const struct xml_tag *root, const char *uri,
                   char out[32])
{
    const char *tag = (const char *)root->bytes.p + root->from, *at = tag;
    size_t n = root->to - root->from, len = strlen(uri);

    while ((at = memmem(at, n - (size_t)(at - tag), uri, len)) != NULL) {
        const char *name = at;

        at += len;
        if (name - tag < 9 || (name[-1] != '"' && name[-1] != '\'') || name[-2] != '=' ||
            *at != name[-1])
            continue;
        name -= 2;
        for (out[0] = 0; name > tag && !is_blank((unsigned char)name[-1]); name--)
            ;
        if (strncmp(name, "xmlns:", 6) == 0 && at - name - (ptrdiff_t)len - 8 < 30) {
            snprintf(out, 32, "%.*s", (int)(at - name - (ptrdiff_t)len - 8), name + 6);
            return;
        }
    }
    /* elements inside may declare the usual one again: then it is the same */
    snprintf(out, 32, "%s", memmem(tag, n, "xmlns:r=", 8) == NULL ? "r" : "hr");
    edit_attribute(es, root, *out == 'r' ? "xmlns:r" : "xmlns:hr", uri);
}

void edit_inside(struct edits *es, const struct xml_tag *t, const char *raw_name,
                 struct span text)
{
    struct bytes b = {0};

    if (!t->closed) {
        edit_put(es, t->from, 0, text);
        return;
    }
    bytes_char(&b, '>');
    bytes_add(&b, text.p, text.n);
    bytes_printf(&b, "</%s>", raw_name);
    edit_put(es, t->to - 2, 2, span_of(&b));
    bytes_clear(&b);
}

static int by_place(const void *x, const void *y)
{
    const struct edit *a = x, *b = y;

    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if ((a->cut == 0) != (b->cut == 0))
        return a->cut == 0 ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

bool edits_apply(struct edits *es, struct span part, struct bytes *out, struct err *e)
{
    size_t at = 0;

    if (es->n > 0)
        qsort(es->list, es->n, sizeof *es->list, by_place);
    for (size_t i = 0; i < es->n; i++) {
        const struct edit *d = &es->list[i];

        if (d->at < at || d->at + d->cut > part.n)
            return sheet_refuse(e, "SHEET-FORMAT", "a part that cannot be marked");
        bytes_add(out, part.p + at, d->at - at);
        bytes_add(out, es->text.p + d->text, d->n);
        at = d->at + d->cut;
    }
    bytes_add(out, part.p + at, part.n - at);
    return true;
}

void edits_clear(struct edits *es)
{
    free(es->list);
    bytes_clear(&es->text);
    *es = (struct edits){0};
}
