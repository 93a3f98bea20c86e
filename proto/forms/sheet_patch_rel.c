/* Relations of a part: which parts belong to it. */
#include "proto/forms/sheet_patch.h"
#include "proto/forms/sheet_read.h"

static const char *behind_slash(const char *s)
{
    const char *slash = strrchr(s, '/');

    return slash == NULL ? s : slash + 1;
}

/* A target relative to base, without "." and ".."; "" when it leaves the archive. */
static const char *resolve(struct arena *a, const char *base, const char *target)
{
    char *path =
        *target == '/' ? arena_str(a, target + 1) : arena_printf(a, "%s%s", base, target);
    char *out = arena_new(a, strlen(path) + 2), *save = NULL;
    size_t n = 0;

    for (char *step = strtok_r(path, "/", &save); step != NULL;
         step = strtok_r(NULL, "/", &save)) {
        if (strcmp(step, ".") == 0)
            continue;
        if (strcmp(step, "..") == 0) {
            if (n == 0)
                return "";
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

static bool on_start(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct patch_rels *r = ctx;
    const char *id = xml_attribute(t, "Id"), *type = xml_attribute(t, "Type");
    const char *target = xml_attribute(t, "Target");
    const char *mode = xml_attribute(t, "TargetMode");
    bool external = mode != NULL && strcmp(mode, "External") == 0;

    if (t->depth == 1) {
        xml_prefix(t, r->prefix);
        r->end_closed = t->closed;
        r->end = t->closed ? t->to - 2 : 0;
    }
    if (strcmp(t->name, "Relationship") != 0 || id == NULL || type == NULL ||
        target == NULL)
        return true;
    if (r->n == sheet_limits.entries)
        return sheet_refuse(e, "SHEET-BOMB", "more than %zu relationships", r->n);
    r->list = mem_grow(r->list, r->n + 1, sizeof *r->list);
    r->list[r->n++] = (struct patch_rel){
        .id = arena_str(r->arena, id),
        .kind = external ? "" : arena_str(r->arena, behind_slash(type)),
        .target = external ? "" : resolve(r->arena, r->base, target),
        .from = t->from,
        .to = t->to,
        .strict = strstr(type, "//purl.oclc.org/") != NULL,
    };
    return true;
}

static bool on_end(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct patch_rels *r = ctx;

    (void)e;
    if (t->depth == 1 && !r->end_closed)
        r->end = t->from;
    else if (t->depth == 2 && r->n > 0 && t->to > r->list[r->n - 1].to)
        r->list[r->n - 1].to = t->to; /* written as <Relationship ...></Relationship> */
    return true;
}

bool patch_rels_read(struct patch_rels *r, struct repack *z, const char *part,
                     const char *type, struct arena *a, struct err *e)
{
    const struct xml_reader reader = {r, on_start, on_end, NULL};
    const char *leaf = behind_slash(part);

    *r = (struct patch_rels){.arena = a, .type = type, .next = 1};
    r->base = arena_strn(a, part, (size_t)(leaf - part));
    r->name = arena_printf(a, "%s_rels/%s.rels", r->base, leaf);
    r->missing = !repack_has(z, r->name);
    if (!r->missing &&
        (!repack_read(z, r->name, &r->part, e) || !xml_walk(r->part, &reader, e)))
        return err_in(e, "%s", r->name);
    return true;
}

const struct patch_rel *patch_rel_by_kind(const struct patch_rels *r, const char *kind)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->list[i].kind, kind) == 0)
            return &r->list[i];
    return NULL;
}

const struct patch_rel *patch_rel_by_id(const struct patch_rels *r, const char *id)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->list[i].id, id) == 0)
            return &r->list[i];
    return NULL;
}

/* From the folder of the part to the target: "../comments1.xml". */
static const char *relative(struct arena *a, const char *base, const char *target)
{
    size_t common = 0;
    const char *path;

    for (size_t i = 0; base[i] != 0 && base[i] == target[i]; i++)
        if (base[i] == '/')
            common = i + 1;
    path = target + common;
    for (const char *p = base + common; *p != 0; p++)
        if (*p == '/')
            path = arena_printf(a, "../%s", path);
    return path;
}

const char *patch_rel_add(struct patch_rels *r, const char *kind, const char *target)
{
    char *id;

    do
        id = arena_printf(r->arena, "rIdHtx%u", r->next++);
    while (patch_rel_by_id(r, id) != NULL);
    bytes_printf(&r->fresh, "<%sRelationship Id=\"%s\" Type=\"%s%s\" Target=\"",
                 r->prefix, id, r->type, kind);
    xml_text(&r->fresh, relative(r->arena, r->base, target));
    bytes_str(&r->fresh, "\"/>");
    return id;
}

void patch_rel_drop(struct patch_rels *r, const struct patch_rel *rel)
{
    edit_str(&r->edits, rel->from, rel->to - rel->from, "");
}

bool patch_rels_write(struct patch_rels *r, struct repack *z, struct err *e)
{
    struct bytes out = {0};
    char name[48];
    bool ok = true;

    if (r->missing && r->fresh.n > 0) {
        bytes_printf(
            &out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/"
            "relationships\">%s</Relationships>",
            bytes_cstr(&r->fresh));
    } else if (r->fresh.n > 0 || r->edits.n > 0) {
        struct xml_tag end = {
            .bytes = r->part, .from = r->end, .to = r->end + 2, .closed = r->end_closed};

        snprintf(name, sizeof name, "%sRelationships", r->prefix);
        edit_inside(&r->edits, &end, name, span_of(&r->fresh));
        ok = edits_apply(&r->edits, r->part, &out, e);
    }
    if (ok && out.n > 0)
        repack_put(z, r->name, &out);
    bytes_clear(&out);
    return ok;
}

void patch_rels_clear(struct patch_rels *r)
{
    edits_clear(&r->edits);
    bytes_clear(&r->fresh);
    free(r->list);
    *r = (struct patch_rels){0};
}
