/*
 * sheet_repack - an archive in memory and what shall be different in it. Parts that are
 * not touched are taken over as they are compressed. Only for sheet_*.c, in the child.
 */
#ifndef HTX_SHEET_REPACK_H
#define HTX_SHEET_REPACK_H

#include "proto/base/err.h"

struct repack;

/* An empty file begins a new archive; else it is checked as package_open() does. */
bool repack_open(struct repack **out, struct span file, struct err *e) MUST_CHECK;
void repack_close(struct repack **r);

bool repack_has(const struct repack *r, const char *name);
/* The part as it now is, borrowed until it is changed or closed. */
bool repack_read(struct repack *r, const char *name, struct span *part,
                 struct err *e) MUST_CHECK;
/* Takes the bytes over; *body is empty behind it. */
void repack_put(struct repack *r, const char *name, struct bytes *body);
void repack_drop(struct repack *r, const char *name);
/* The whole archive as it shall be; the same content gives the same bytes. */
bool repack_write(struct repack *r, struct bytes *out, struct err *e) MUST_CHECK;

#endif
