#include "proto/forms/sheet_repack.h"

#include <strings.h>
#include <zip.h>

#include "proto/forms/sheet_part.h"
#include "proto/forms/sheet_read.h"

enum {
    PART_MAX = 48 << 20, /* bytes of one part that is edited */
    LOADED_MAX = 80 << 20,
    DOS_TIME = 0,
    DOS_DATE = 33, /* 1980-01-01: no clock in a workbook */
};

struct entry {
    const char *name;
    struct bytes body; /* once read or put */
    zip_int64_t index; /* in the old archive, -1 for a new part */
    bool loaded, changed, dropped;
};

struct repack {
    struct arena arena;
    zip_t *zip; /* the old one, or NULL */
    struct entry *list;
    size_t n, loaded;
};

static struct entry *find(const struct repack *r, const char *name)
{
    for (size_t i = 0; i < r->n; i++)
        if (!r->list[i].dropped && strcmp(r->list[i].name, name) == 0)
            return &r->list[i];
    for (size_t i = 0; i < r->n; i++)
        if (!r->list[i].dropped && strcasecmp(r->list[i].name, name) == 0)
            return &r->list[i];
    return NULL;
}

static struct entry *add(struct repack *r, const char *name, zip_int64_t index)
{
    if ((r->n & (r->n + 1)) == 0)
        r->list = mem_grow(r->list, 2 * r->n + 1, sizeof *r->list);
    r->list[r->n] = (struct entry){.name = arena_str(&r->arena, name), .index = index};
    return &r->list[r->n++];
}

static bool open_old(struct repack *r, struct span file, struct err *e)
{
    struct package *checked;
    zip_source_t *src;
    zip_error_t ze;

    if (!package_open(&checked, file, e))
        return false;
    package_close(&checked);
    zip_error_init(&ze);
    src = zip_source_buffer_create(file.p, file.n, 0, &ze);
    if (src != NULL)
        r->zip = zip_open_from_source(src, ZIP_RDONLY, &ze);
    if (r->zip == NULL) {
        sheet_refuse(e, "SHEET-TRUNCATED", "%s", zip_error_strerror(&ze));
        zip_source_free(src);
    }
    zip_error_fini(&ze);
    for (zip_int64_t i = 0; r->zip != NULL && i < zip_get_num_entries(r->zip, 0); i++) {
        const char *name = zip_get_name(r->zip, (zip_uint64_t)i, 0);

        if (name != NULL && *name != 0 && name[strlen(name) - 1] != '/')
            add(r, name, i);
    }
    return r->zip != NULL;
}

bool repack_open(struct repack **out, struct span file, struct err *e)
{
    struct repack *r = mem_new(sizeof *r);

    *out = r;
    if (file.n > 0 && !open_old(r, file, e)) {
        repack_close(out);
        return false;
    }
    return true;
}

void repack_close(struct repack **rp)
{
    struct repack *r = *rp;

    if (r == NULL)
        return;
    if (r->zip != NULL)
        zip_discard(r->zip);
    for (size_t i = 0; i < r->n; i++)
        bytes_clear(&r->list[i].body);
    free(r->list);
    arena_clear(&r->arena);
    free(r);
    *rp = NULL;
}

bool repack_has(const struct repack *r, const char *name)
{
    return find(r, name) != NULL;
}

static bool load(struct repack *r, struct entry *en, struct err *e)
{
    zip_file_t *f = zip_fopen_index(r->zip, (zip_uint64_t)en->index, 0);
    zip_int64_t n;

    if (f == NULL)
        return sheet_refuse(e, "SHEET-TRUNCATED", "%s: %s", en->name,
                            zip_strerror(r->zip));
    do {
        n = zip_fread(f, bytes_room(&en->body, 65536), 65536);
        en->body.n += n > 0 ? (size_t)n : 0;
    } while (n > 0 && en->body.n <= PART_MAX && r->loaded + en->body.n <= LOADED_MAX);
    zip_fclose(f);
    r->loaded += en->body.n;
    if (n < 0)
        return sheet_refuse(e, "SHEET-TRUNCATED", "%s cannot be unpacked", en->name);
    if (n > 0)
        return sheet_refuse(e, "SHEET-SIZE", "%s is too large to be marked", en->name);
    en->loaded = true;
    return true;
}

bool repack_read(struct repack *r, const char *name, struct span *part, struct err *e)
{
    struct entry *en = find(r, name);

    if (en == NULL)
        return sheet_refuse(e, "SHEET-TRUNCATED", "part %s is missing", name);
    if (!en->loaded && !load(r, en, e))
        return false;
    *part = span_of(&en->body);
    return true;
}

void repack_put(struct repack *r, const char *name, struct bytes *body)
{
    struct entry *en = find(r, name);

    if (en == NULL)
        en = add(r, name, -1);
    if (en->loaded && !en->changed)
        r->loaded -= en->body.n;
    bytes_clear(&en->body);
    en->body = *body;
    en->loaded = en->changed = true;
    *body = (struct bytes){0};
}

void repack_drop(struct repack *r, const char *name)
{
    struct entry *en = find(r, name);

    if (en != NULL)
        en->dropped = true;
}

static bool write_entry(struct repack *r, zip_t *zip, struct entry *en)
{
    zip_source_t *src = en->changed ? zip_source_buffer(zip, en->body.p, en->body.n, 0)
                                    : zip_source_zip(zip, r->zip, (zip_uint64_t)en->index,
                                                     ZIP_FL_COMPRESSED, 0, -1);
    zip_int64_t i;

    if (src == NULL)
        return false;
    i = zip_file_add(zip, en->name, src, ZIP_FL_ENC_UTF_8);
    if (i < 0) {
        zip_source_free(src);
        return false;
    }
    return (!en->changed ||
            zip_set_file_compression(zip, (zip_uint64_t)i, ZIP_CM_DEFLATE, 6) == 0) &&
           zip_file_set_dostime(zip, (zip_uint64_t)i, DOS_TIME, DOS_DATE, 0) == 0;
}

/* What the buffer that libzip wrote into holds. */
static bool take_out(zip_source_t *src, struct bytes *out)
{
    zip_stat_t st;
    zip_int64_t n = -1;

    if (zip_source_stat(src, &st) != 0 || (st.valid & ZIP_STAT_SIZE) == 0 ||
        st.size > sheet_limits.file_bytes || zip_source_open(src) != 0)
        return false;
    n = zip_source_read(src, bytes_room(out, st.size + 1), st.size);
    zip_source_close(src);
    out->n += n > 0 ? (size_t)n : 0;
    return n >= 0 && (zip_uint64_t)n == st.size;
}

bool repack_write(struct repack *r, struct bytes *out, struct err *e)
{
    zip_error_t ze;
    zip_source_t *src;
    zip_t *zip = NULL;
    bool ok;

    zip_error_init(&ze);
    src = zip_source_buffer_create(NULL, 0, 0, &ze);
    if (src != NULL)
        zip = zip_open_from_source(src, ZIP_CREATE | ZIP_TRUNCATE, &ze);
    ok = zip != NULL;
    if (ok)
        zip_source_keep(src);
    for (size_t i = 0; ok && i < r->n; i++)
        ok = r->list[i].dropped || write_entry(r, zip, &r->list[i]);
    if (zip != NULL && (!ok || zip_close(zip) != 0)) {
        zip_discard(zip);
        ok = false;
    }
    ok = ok && take_out(src, out);
    if (src != NULL)
        zip_source_free(src);
    zip_error_fini(&ze);
    return ok || sheet_refuse(e, "SHEET-SIZE", "the marked workbook cannot be written");
}
