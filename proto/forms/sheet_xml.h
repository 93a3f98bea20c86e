/*
 * sheet_xml - changing a part of a workbook where it must change, and nowhere else: a
 * walk that knows where in the bytes each element stands, and a list of edits by place.
 *
 * Only for sheet_*.c. Parts are UTF-8; others refuse. What is written into a part goes
 * through xml_text().
 */
#ifndef HTX_SHEET_XML_H
#define HTX_SHEET_XML_H

#include "proto/base/err.h"

struct xml_tag {
    const char *name;  /* local */
    const char **at;   /* attributes of a start: name, value, ..., NULL */
    bool main;         /* of the workbook's own namespaces, not of an extension */
    size_t depth;      /* 1: the root */
    size_t from, to;   /* bytes of the tag itself */
    bool closed;       /* start of "<x/>": its end has no bytes */
    struct span bytes; /* of the part */
};

struct xml_reader {
    void *ctx;
    bool (*start)(void *ctx, const struct xml_tag *t, struct err *e);
    bool (*end)(void *ctx, const struct xml_tag *t, struct err *e);
    void (*text)(void *ctx, struct span text);
};

bool xml_walk(struct span part, const struct xml_reader *r, struct err *e) MUST_CHECK;

/* "x:" of "<x:row", or "": what our own elements beside it begin with. */
void xml_prefix(const struct xml_tag *t, char out[32]);
const char *xml_attribute(const struct xml_tag *t, const char *name);
/* As above, for "r:id": any name with this local part in a namespace of relations. */
const char *xml_relation(const struct xml_tag *t);

/* Text of an element or attribute: escaped, without what XML cannot hold. In a workbook
 * "_x0041_" would be read as the character it names, so that it is written out, too. */
void xml_text(struct bytes *out, const char *text);
/* The same for a document, which knows no such names. */
void xml_words(struct bytes *out, const char *text);

struct edit {
    size_t at, cut;
    size_t text, n, order;
};

struct edits {
    struct edit *list;
    size_t n;
    struct bytes text;
};

/* Instead of cut bytes at this place stands text. Of two at one place the first goes
 * first. */
void edit_put(struct edits *es, size_t at, size_t cut, struct span text);
void edit_str(struct edits *es, size_t at, size_t cut, const char *text);
/* Sets an attribute of a start tag; value NULL takes it away. */
void edit_attribute(struct edits *es, const struct xml_tag *t, const char *name,
                    const char *value);
/*
 * The prefix that a root element gives to a namespace; where it gives none, one is added
 * to it. Some programs read no declaration but those of the root.
 */
void xml_namespace(struct edits *es, const struct xml_tag *root, const char *uri,
                   char out[32]);

/* Content at the end of an element; t is its start where it is closed, else its end. */
void edit_inside(struct edits *es, const struct xml_tag *t, const char *raw_name,
                 struct span text);
bool edits_apply(struct edits *es, struct span part, struct bytes *out,
                 struct err *e) MUST_CHECK;
void edits_clear(struct edits *es);

#endif
