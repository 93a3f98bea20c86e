/*
 * sheet_legacy - text of the time before Unicode: TCVN3 (.VnTime), VNI, and UTF-8 that was
 * read as Windows-1252, as they stand in cells of files that programs believe to be
 * Unicode: "Th«ng t­ cña Bé", "Tieáng Vieät", "Há»£p tÃ¡c". Only for sheet*.c. Pure.
 *
 * A reading is believed where its words are Vietnamese syllables and those of the text as
 * it stands are not; what is a word either way ("Bé") goes with the rest of its file.
 */
#ifndef HTX_SHEET_LEGACY_H
#define HTX_SHEET_LEGACY_H

#include "proto/forms/sheet.h"

enum legacy { LEGACY_NONE, LEGACY_TCVN3, LEGACY_VNI, LEGACY_UTF8, LEGACIES };

/* Valid UTF-8 in, UTF-8 out; false where a letter means nothing in that encoding. */
bool legacy_convert(enum legacy from, struct span in, struct bytes *out) MUST_CHECK;
/*
 * TCVN3 has no capitals with tones: a font of capitals draws small letters, and what was
 * "DANH SÁCH HỢP TÁC XÃ" is "DANH SáCH HợP TáC Xã". Words of capitals, and all words of
 * a line that has such words and no small letter, are put into capitals; UTF-8.
 */
void legacy_capitals(struct span in, struct bytes *out);
/* Words that are not plain ASCII: *total; how many are Vietnamese syllables. */
size_t legacy_syllables(struct span text, size_t *total);
/* Letters of the text are gone for good: "H?p", "XàHỘI", U+FFFD. */
bool legacy_is_damaged(struct span text);
/*
 * Converts the cells that need it, into a; marks damaged ones. Returns which encodings
 * were met, 1 << enum legacy.
 */
unsigned legacy_repair(struct arena *a, struct cell *cells, size_t n);

#endif
