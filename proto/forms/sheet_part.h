/*
 * sheet_part - the parts of a workbook: a zip archive of XML. The door to libzip and
 * expat.
 *
 * package_open() looks at every entry before anything is unpacked. Parts are read in
 * streams; bytes are counted as they come out, whatever the archive declares.
 */
#ifndef HTX_SHEET_PART_H
#define HTX_SHEET_PART_H

#include "proto/base/err.h"

struct package;

/*
 * Elements come by their local name, only those of the namespaces asked for; others are
 * left out whole.
 */
struct part_reader {
    void *ctx;
    /* attributes: name, value, ..., NULL; names of other namespaces are "uri|name" */
    bool (*start)(void *ctx, const char *name, const char **attributes, struct err *e);
    bool (*end)(void *ctx, const char *name, struct err *e);
    bool (*text)(void *ctx, struct span text, struct err *e);
    const char *const *namespaces; /* ends with NULL; NULL: those of OOXML */
};

/* file is borrowed until package_close(). */
bool package_open(struct package **out, struct span file, struct err *e) MUST_CHECK;
void package_close(struct package **p);
bool package_has(struct package *p, const char *name);
bool package_read(struct package *p, const char *name, const struct part_reader *r,
                  struct err *e) MUST_CHECK;

/* The attribute's value or NULL. */
const char *part_attribute(const char **attributes, const char *name);

#endif
