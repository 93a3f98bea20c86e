/*
 * text - Vietnamese text as Unicode: NFC, keys for matching, widths. The door to
 * utf8proc.
 */
#ifndef HTX_TEXT_H
#define HTX_TEXT_H

#include "proto/base/err.h"

/* Valid UTF-8 without NUL? */
bool text_valid(struct span s);
bool text_is_nfc(struct span s);
/* Valid, in NFC and without a look-alike of Đ at first sight; false says nothing. */
bool text_is_plain(struct span s);
/* NFC copy in the arena; NULL for invalid UTF-8. Ð U+00D0 and Ɖ U+0189 become Đ. */
char *text_nfc(struct arena *a, struct span s);
/*
 * The key by which words are matched, never stored: NFC, lower case, tone of oa, oe, uy
 * moved to one place (hoá = hóa), runs of blanks and dashes squeezed to one blank,
 * trimmed. NULL for invalid UTF-8.
 */
char *text_key(struct arena *a, const char *s);
/* As text_key, and without any mark (đ becomes d): a hint only. */
char *text_key_bare(struct arena *a, const char *s);
/* Capitals, for headings; NULL for invalid UTF-8. */
char *text_upper(struct arena *a, const char *s);
/* Columns on a terminal. */
size_t text_width(const char *s);
/* Control, format (zero width, bidi) characters: not allowed in codes. */
bool text_has_hidden(const char *s);
/*
 * Words of others within ours, as far as `size` goes: whole characters, and a question
 * mark for each hidden one and each byte that is none. Valid text, and nothing that a
 * terminal obeys. Returns out.
 */
const char *text_quote(char *out, size_t size, const char *s);
/*
 * Does it begin like a formula: blanks, hidden characters and quotes aside, with = + - @
 * or what looks like them (full width, small, the minus sign)? A tab or line break before
 * anything else ends the search: see breaks.
 */
bool text_begins_formula(const char *s, bool *breaks);

#endif
