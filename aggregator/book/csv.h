/*
 * csv - fields of text for files that spreadsheet programs open as well as machines.
 *
 * RFC 4180: quoted where there are commas, quotes or line breaks. And no text becomes a
 * formula, whichever separator the reader believes in (Excel on a Vietnamese machine
 * splits at semicolons, whatever is quoted): an apostrophe is put at each place where a
 * formula could begin. The places are the start of the text and what follows each
 * semicolon, tab and line break in it; a formula begins there as text_begins_formula()
 * says; a tab or line break before anything else in the text counts as one, too.
 *
 * The rule is reversible: at each such place one apostrophe is taken away again. Texts
 * that have apostrophes of their own there get one more. Numbers are never texts: whoever
 * writes one writes it himself.
 */
#ifndef HTX_CSV_H
#define HTX_CSV_H

#include "proto/base/err.h"

/* Appends one field. */
void csv_text(struct bytes *out, const char *s);
/* The same for a file that no program takes apart at quotes: without them. */
void csv_neutral(struct bytes *out, const char *s);
/* What csv_neutral() was given. */
char *csv_plain(struct arena *a, const char *s);

#endif
