/*
 * letters - the letters of Vietnamese beyond ASCII, taken apart: base letter and tone.
 *
 * Codes are ASCII: a e i o u y, A ă, B â, E ê, O ô, P ơ, U ư, D đ. Tones: 0 ngang, 1 huyền,
 * 2 sắc, 3 hỏi, 4 ngã, 5 nặng.
 */
#ifndef HTX_LETTERS_H
#define HTX_LETTERS_H

#include "proto/base/base.h"

#define LETTER_CODES "aABeEioOPuUy"
enum { LETTER_VOWELS = 12 };

struct letter {
    char code;
    int tone;
    bool capital;
};

/* False for what is no such letter: ASCII and other languages'. */
bool letter_of(uint32_t c, struct letter *out);
/* The small letter; 0 for no such code. */
uint32_t letter_make(char code, int tone);

#endif
