#include "proto/forms/sheet_part.h"

#include <expat.h>
#include <zip.h>

#include "proto/forms/sheet_read.h"

enum {
    BLOCK = 65536,
    TOKEN = 1 << 20, /* longest tag or comment: expat must hold it whole */
    NESTED = 64,     /* elements open at once whose names are remembered */
};

struct package {
    zip_t *zip;
    size_t inflated; /* of all parts read so far */
};

struct walk { /* one part being parsed */
    const struct part_reader *r;
    struct err *e;
    XML_Parser xml;
    const char *name;
    size_t depth, foreign; /* elements open; how many of them inside another namespace */
    const char *last;      /* the namespace of the element before */
    size_t last_n;
    unsigned char local[NESTED]; /* of each open element: where its local name begins */
    bool failed;
};

/* A path that could leave the archive, or that two readers would read differently. */
static bool odd_name(const char *name)
{
    if (*name == 0 || *name == '/' || strlen(name) > 255)
        return true;
    if (strchr(name, '\\') != NULL || strchr(name, ':') != NULL)
        return true;
    for (const char *p = name; *p != 0; p++)
        if ((unsigned char)*p < 0x20 || ((p == name || p[-1] == '/') && p[0] == '.' &&
                                         p[1] == '.' && (p[2] == '/' || p[2] == 0)))
            return true;
    return false;
}

static bool check_entry(zip_t *zip, size_t i, size_t *declared, struct err *e)
{
    const char *raw = zip_get_name(zip, i, ZIP_FL_ENC_RAW);
    zip_stat_t st;

    if (zip_stat_index(zip, i, 0, &st) != 0 || (st.valid & ZIP_STAT_NAME) == 0 ||
        (st.valid & ZIP_STAT_SIZE) == 0)
        return sheet_refuse(e, "SHEET-TRUNCATED", "part %zu of the archive", i);
    if (raw == NULL || odd_name(raw) || odd_name(st.name))
        return sheet_refuse(e, "SHEET-PATH", "part %zu has a name no workbook has", i);
    if (zip_name_locate(zip, st.name, ZIP_FL_NOCASE) != (zip_int64_t)i)
        return sheet_refuse(e, "SHEET-PATH", "two parts have one name");
    if ((st.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 &&
        st.encryption_method != ZIP_EM_NONE)
        return sheet_refuse(e, "SHEET-ENCRYPTED", "the archive has a password");
    if ((st.valid & ZIP_STAT_COMP_METHOD) != 0 && st.comp_method != ZIP_CM_STORE &&
        st.comp_method != ZIP_CM_DEFLATE)
        return sheet_refuse(e, "SHEET-FORMAT", "compressed as no workbook is");
    if (st.size > sheet_limits.inflated_bytes ||
        (*declared += st.size) > sheet_limits.inflated_bytes)
        return sheet_refuse(e, "SHEET-BOMB", "unpacks to more than %zu MB",
                            sheet_limits.inflated_bytes >> 20);
    return true;
}

static bool check_entries(zip_t *zip, struct err *e)
{
    zip_int64_t n = zip_get_num_entries(zip, 0);
    size_t declared = 0;
    bool ok = true;

    if (n <= 0 || (size_t)n > sheet_limits.entries)
        return sheet_refuse(e, n <= 0 ? "SHEET-TRUNCATED" : "SHEET-BOMB",
                            "an archive of %lld parts", (long long)n);
    for (size_t i = 0; ok && i < (size_t)n; i++)
        ok = check_entry(zip, i, &declared, e);
    return ok;
}

bool package_open(struct package **out, struct span file, struct err *e)
{
    struct package *p = mem_new(sizeof *p);
    zip_error_t ze;
    zip_source_t *src;
    bool ok;

    zip_error_init(&ze);
    *out = p;
    src = zip_source_buffer_create(file.p, file.n, 0, &ze);
    if (src != NULL)
        p->zip = zip_open_from_source(src, ZIP_RDONLY | ZIP_CHECKCONS, &ze);
    if (p->zip == NULL && zip_error_code_zip(&ze) == ZIP_ER_EXISTS) {
        ok = sheet_refuse(e, "SHEET-PATH", "two parts have one name");
        zip_source_free(src);
    } else if (p->zip == NULL) {
        ok = sheet_refuse(e, "SHEET-TRUNCATED", "%s", zip_error_strerror(&ze));
        zip_source_free(src);
    } else {
        ok = check_entries(p->zip, e);
    }
    zip_error_fini(&ze);
    if (!ok)
        package_close(out);
    return ok;
}

void package_close(struct package **p)
{
    if (*p == NULL)
        return;
    if ((*p)->zip != NULL)
        zip_discard((*p)->zip);
    free(*p);
    *p = NULL;
}

static zip_int64_t locate(struct package *p, const char *name)
{
    zip_int64_t i = zip_name_locate(p->zip, name, 0);

    return i >= 0 ? i : zip_name_locate(p->zip, name, ZIP_FL_NOCASE);
}

bool package_has(struct package *p, const char *name)
{
    return locate(p, name) >= 0;
}

static void stop(struct walk *w)
{
    w->failed = true;
    XML_StopParser(w->xml, XML_FALSE);
}

static const char *const ooxml[] = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main", /* strict */
    "http://schemas.openxmlformats.org/package/2006/relationships",
    "http://schemas.openxmlformats.org/package/2006/content-types",
    NULL,
};

/* "uri|local" to local, NULL for a namespace that is not the workbook's. */
static const char *ours(struct walk *w, const char *name)
{
    const char *const *known = w->r->namespaces != NULL ? w->r->namespaces : ooxml;

    if (w->last != NULL && strncmp(w->last, name, w->last_n) == 0 &&
        name[w->last_n] == '|')
        return name + w->last_n + 1;
    for (; *known != NULL; known++) {
        w->last = *known;
        w->last_n = strlen(*known);
        if (strncmp(*known, name, w->last_n) == 0 && name[w->last_n] == '|')
            return name + w->last_n + 1;
    }
    return NULL;
}

static void XMLCALL on_start(void *ctx, const char *name, const char **attributes)
{
    struct walk *w = ctx;
    const char *local = ours(w, name);

    if (w->failed)
        return;
    if (++w->depth > sheet_limits.depth) {
        sheet_refuse(w->e, "SHEET-DEPTH", "%s: elements nested deeper than %zu", w->name,
                     sheet_limits.depth);
        stop(w);
        return;
    }
    if (w->foreign > 0 || local == NULL) {
        w->foreign++;
        return;
    }
    if (w->depth <= NESTED)
        w->local[w->depth - 1] = (unsigned char)(local - name);
    if (!w->r->start(w->r->ctx, local, attributes, w->e))
        stop(w);
}

/* What stands behind the namespace of the element that ends; it is as it began. */
static const char *local_name(const struct walk *w, const char *name)
{
    return w->depth < NESTED ? name + w->local[w->depth] : strrchr(name, '|') + 1;
}

static void XMLCALL on_end(void *ctx, const char *name)
{
    struct walk *w = ctx;

    if (w->failed)
        return;
    w->depth--;
    if (w->foreign > 0)
        w->foreign--;
    else if (w->r->end != NULL && /* it was ours when it began */
             !w->r->end(w->r->ctx, local_name(w, name), w->e))
        stop(w);
}

static void XMLCALL on_text(void *ctx, const char *s, int n)
{
    struct walk *w = ctx;

    if (w->failed || w->foreign > 0 || w->r->text == NULL)
        return;
    if (!w->r->text(w->r->ctx, (struct span){(const unsigned char *)s, (size_t)n}, w->e))
        stop(w);
}

static void XMLCALL on_doctype(void *ctx, const char *name, const char *system_id,
                               const char *public_id, int internal)
{
    struct walk *w = ctx;

    (void)name;
    (void)system_id;
    (void)public_id;
    (void)internal;
    sheet_refuse(w->e, "SHEET-DOCTYPE", "%s declares a document type", w->name);
    stop(w);
}

static bool feed(struct package *p, struct walk *w, zip_file_t *f)
{
    XML_Index fed = 0;

    for (;;) {
        void *block = XML_GetBuffer(w->xml, BLOCK);
        zip_int64_t n = block == NULL ? -1 : zip_fread(f, block, BLOCK);

        if (n < 0)
            return sheet_refuse(w->e, "SHEET-TRUNCATED", "%s cannot be unpacked",
                                w->name);
        p->inflated += (size_t)n;
        if (p->inflated > sheet_limits.inflated_bytes)
            return sheet_refuse(w->e, "SHEET-BOMB", "unpacks to more than %zu MB",
                                sheet_limits.inflated_bytes >> 20);
        if (XML_ParseBuffer(w->xml, (int)n, n == 0) != XML_STATUS_OK) {
            if (!w->failed)
                sheet_refuse(w->e, "SHEET-FORMAT", "%s, line %lu: %s", w->name,
                             (unsigned long)XML_GetCurrentLineNumber(w->xml),
                             XML_ErrorString(XML_GetErrorCode(w->xml)));
            return false;
        }
        if (n == 0)
            return true;
        fed += n;
        if (fed - XML_GetCurrentByteIndex(w->xml) > TOKEN)
            return sheet_refuse(w->e, "SHEET-SIZE", "%s: a tag longer than %d bytes",
                                w->name, TOKEN);
    }
}

bool package_read(struct package *p, const char *name, const struct part_reader *r,
                  struct err *e)
{
    struct walk w = {.r = r, .e = e, .name = name};
    zip_int64_t i = locate(p, name);
    zip_file_t *f = i < 0 ? NULL : zip_fopen_index(p->zip, (zip_uint64_t)i, 0);
    bool ok = false;

    if (i < 0)
        return sheet_refuse(e, "SHEET-TRUNCATED", "part %s is missing", name);
    if (f == NULL)
        return sheet_refuse(e, "SHEET-TRUNCATED", "%s: %s", name, zip_strerror(p->zip));
    w.xml = XML_ParserCreateNS(NULL, '|');
    if (w.xml != NULL) {
        XML_SetUserData(w.xml, &w);
        XML_SetElementHandler(w.xml, on_start, on_end);
        XML_SetCharacterDataHandler(w.xml, on_text);
        XML_SetStartDoctypeDeclHandler(w.xml, on_doctype);
        ok = feed(p, &w, f);
        XML_ParserFree(w.xml);
    } else {
        sheet_refuse(e, "SHEET-SIZE", "no memory");
    }
    zip_fclose(f);
    return ok;
}

const char *part_attribute(const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i] != NULL; i += 2)
        if (strcmp(attributes[i], name) == 0)
            return attributes[i + 1];
    return NULL;
}
