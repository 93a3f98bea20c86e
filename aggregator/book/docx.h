/*
 * docx - a written report: the office's own .docx with its placeholders filled.
 *
 *   {{name}}              a value
 *   {{list.field}}        in a row of a table: the row is repeated for each item of the
 *                         list; in a paragraph outside of one: the paragraph
 *   {{#list}} {{/list}}   paragraphs of their own: all between them is repeated
 *
 * A word processor may have cut a placeholder into several runs: what is written is what
 * counts, the look is that of its first letter. All else of the document stays byte for
 * byte, but for the clock in its archive. Body, headers, footers and notes are filled.
 */
#ifndef HTX_DOCX_H
#define HTX_DOCX_H

#include "proto/base/err.h"

/* What the placeholders stand for; NULL and -1: there is no such name. */
struct docx_values {
    void *ctx;
    const char *(*value)(void *ctx, const char *name);
    long (*items)(void *ctx, const char *list);
    const char *(*field)(void *ctx, const char *list, const char *field, long item);
};

/*
 * Lines of a value become lines of the paragraph. ERR_INPUT: no document, one with
 * macros, or placeholders that mean nothing, all of them named.
 */
bool docx_fill(struct span document, const struct docx_values *v, struct bytes *out,
               struct err *e) MUST_CHECK;

/* The sample: what an office begins with that has no template yet. */
bool docx_sample(struct bytes *out, struct err *e) MUST_CHECK;

#endif
