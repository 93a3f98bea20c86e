/*
 * sheet_patch - what the files that mark a workbook share; only for sheet_*.c. They run
 * in the child, over parts of an archive that somebody else made.
 */
#ifndef HTX_SHEET_PATCH_H
#define HTX_SHEET_PATCH_H

#include "proto/forms/sheet_mark.h"
#include "proto/forms/sheet_repack.h"
#include "proto/forms/sheet_xml.h"

/* -- styles ------------------------------------------------------------------------ */

struct style_list { /* fonts, fills, borders, formats: where it begins and ends */
    bool seen;
    struct xml_tag start, end;
};

struct style_fill {
    enum mark_level ours; /* MARK_CLEAR: not ours */
    char colour[96];      /* of a plain fill, as attributes; "" for another */
    char under[96];       /* behind one of ours: the colour that was there */
};

struct style_xf {
    size_t from, to, tag_to; /* bytes of <xf ...>...</xf>, and of its tag */
    bool closed;
    unsigned fill;
    unsigned made[MARK_RED + 1]; /* the copy with this mark, + 1; 0: not made yet */
};

struct patch_styles {
    struct span part;
    char prefix[32];
    struct style_list lists[4];
    struct bytes fresh[4]; /* what is added to each */
    struct style_xf *xfs;
    struct style_fill *fills;
    size_t n_fonts, n_fills, n_borders, n_xfs;
    size_t n_old, n_old_fills;    /* formats and fills of the file */
    bool any_ours;                /* marks of an earlier answer may be there */
    unsigned front[FRONT_STYLES]; /* formats of our page */
};

/* part is borrowed until the end. */
bool patch_styles_read(struct patch_styles *s, struct span part,
                       struct err *e) MUST_CHECK;
/* The format that looks like this one with the mark, or without any. */
unsigned patch_style(struct patch_styles *s, unsigned xf, enum mark_level level);
void patch_styles_front(struct patch_styles *s);
bool patch_styles_write(struct patch_styles *s, struct bytes *out,
                        struct err *e) MUST_CHECK;
void patch_styles_clear(struct patch_styles *s);
/* A whole styles part for a workbook that has none. */
extern const char patch_plain_styles[];

/* -- relations --------------------------------------------------------------------- */

struct patch_rel {
    const char *id, *kind; /* kind: what stands behind the last slash of the type */
    const char *target;    /* path in the archive; "" for an external one */
    size_t from, to;       /* bytes of the element */
    bool strict;           /* its type is of strict OOXML */
};

struct patch_rels {
    struct patch_rel *list;
    size_t n;
    const char *name; /* of the rels part */
    struct arena *arena;
    struct span part;
    const char *base; /* folder of the part they belong to */
    struct edits edits;
    struct bytes fresh;
    size_t end; /* where new ones go */
    bool end_closed, missing;
    char prefix[32];
    const char *type; /* what types begin with, "http://.../relationships/" */
    unsigned next;
};

/*
 * Of a part; "" for the archive. A part without relations has an empty list. type: what
 * the types of new ones begin with, NULL for that of the first one there.
 */
bool patch_rels_read(struct patch_rels *r, struct repack *z, const char *part,
                     const char *type, struct arena *a, struct err *e) MUST_CHECK;
const struct patch_rel *patch_rel_by_kind(const struct patch_rels *r, const char *kind);
const struct patch_rel *patch_rel_by_id(const struct patch_rels *r, const char *id);
/* Adds one; returns its id, in the arena. target is a path in the archive. */
const char *patch_rel_add(struct patch_rels *r, const char *kind, const char *target);
void patch_rel_drop(struct patch_rels *r, const struct patch_rel *rel);
bool patch_rels_write(struct patch_rels *r, struct repack *z, struct err *e) MUST_CHECK;
void patch_rels_clear(struct patch_rels *r);

/* -- pages and their comments ------------------------------------------------------ */

struct patch_page {
    const char *part;
    struct mark *marks; /* of this page, by row, then column, each place once */
    size_t n;
};

struct patch {
    struct arena arena;
    struct repack *z;
    const struct marking *m;
    struct patch_styles styles;
    const char *workbook, *styles_part;
    const char *first;         /* name of the first page that is not ours, or "" */
    struct patch_rels rels;    /* of the workbook */
    const char *main, *office; /* namespaces of the file: cells, relations */
    struct bytes types;        /* <Override> elements to add */
    const char **gone;         /* parts that are dropped */
    size_t n_gone;
    size_t n_notes;  /* comments written so far */
    unsigned shapes; /* numbers of their boxes */
};

bool patch_page(struct patch *p, const struct patch_page *page, struct err *e) MUST_CHECK;

/* The widths of a page's columns in pixels, for the size of comments. */
struct patch_widths {
    struct {
        uint32_t first, last;
        unsigned px;
    } list[64];
    size_t n;
    unsigned usual;
};

/*
 * Writes the comments of a page: takes ours of an earlier answer out, adds those of the
 * marks. *drawing is the id of the page's legacy drawing, or NULL; it is set where one
 * was made.
 */
bool patch_notes(struct patch *p, const struct patch_page *page, struct patch_rels *rels,
                 const struct patch_widths *w, const char **drawing,
                 struct err *e) MUST_CHECK;

/* A part's path that the archive does not have: "xl/worksheets/htx%u.xml". */
const char *patch_free_name(struct patch *p, const char *before, const char *after);
void patch_type(struct patch *p, const char *part, const char *type);

/* -- our page, and the plain workbook ---------------------------------------------- */

void patch_front(const struct patch *p, const struct front *f, struct bytes *out);
/* "C7" */
void patch_ref(struct bytes *out, uint32_t row, uint32_t col);
bool patch_read_ref(const char *ref, uint32_t *row, uint32_t *col);

/* The whole work, in the child. pages_gone: names of pages of ours, NULL at the end. */
bool patch_workbook(struct span file, const struct marking *m, const char *const *gone,
                    struct bytes *out, struct err *e) MUST_CHECK;
/* A plain workbook of the cells. */
bool patch_plain(const struct sheet *s, struct bytes *out, struct err *e) MUST_CHECK;

#endif
