#include "proto/base/letters.h"

/* clang-format off */
static const uint16_t vowels[LETTER_VOWELS][6] = {
    {0x61, 0xe0, 0xe1, 0x1ea3, 0xe3, 0x1ea1},
    {0x103, 0x1eb1, 0x1eaf, 0x1eb3, 0x1eb5, 0x1eb7},
    {0xe2, 0x1ea7, 0x1ea5, 0x1ea9, 0x1eab, 0x1ead},
    {0x65, 0xe8, 0xe9, 0x1ebb, 0x1ebd, 0x1eb9},
    {0xea, 0x1ec1, 0x1ebf, 0x1ec3, 0x1ec5, 0x1ec7},
    {0x69, 0xec, 0xed, 0x1ec9, 0x129, 0x1ecb},
    {0x6f, 0xf2, 0xf3, 0x1ecf, 0xf5, 0x1ecd},
    {0xf4, 0x1ed3, 0x1ed1, 0x1ed5, 0x1ed7, 0x1ed9},
    {0x1a1, 0x1edd, 0x1edb, 0x1edf, 0x1ee1, 0x1ee3},
    {0x75, 0xf9, 0xfa, 0x1ee7, 0x169, 0x1ee5},
    {0x1b0, 0x1eeb, 0x1ee9, 0x1eed, 0x1eef, 0x1ef1},
    {0x79, 0x1ef3, 0xfd, 0x1ef7, 0x1ef9, 0x1ef5},
};

/* U+00C0 to U+01B0 and U+1EA0 to U+1EF9: 1 + vowel * 6 + tone, 73 for đ; 128: a capital. */
static const unsigned char latin[] = {
    130, 131, 141, 133, 0, 0, 0, 0, 148, 149, 153, 0, 160, 161, 0, 0, 0, 0, 166, 167,
    171, 169, 0, 0, 0, 184, 185, 0, 0, 197, 0, 0, 2, 3, 13, 5, 0, 0, 0, 0, 20, 21, 25,
    0, 32, 33, 0, 0, 0, 0, 38, 39, 43, 41, 0, 0, 0, 56, 57, 0, 0, 69, 0, 0, 0, 0, 135,
    7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 201, 73, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 163, 35, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 187, 59, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 177,
    49, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 189, 61,
};

static const unsigned char vietnamese[] = {
    134, 6, 132, 4, 143, 15, 142, 14, 144, 16, 145, 17, 146, 18, 137, 9, 136, 8, 138,
    10, 139, 11, 140, 12, 152, 24, 150, 22, 151, 23, 155, 27, 154, 26, 156, 28, 157,
    29, 158, 30, 162, 34, 164, 36, 170, 42, 168, 40, 173, 45, 172, 44, 174, 46, 175,
    47, 176, 48, 179, 51, 178, 50, 180, 52, 181, 53, 182, 54, 188, 60, 186, 58, 191,
    63, 190, 62, 192, 64, 193, 65, 194, 66, 196, 68, 200, 72, 198, 70, 199, 71,
};
/* clang-format on */

bool letter_of(uint32_t c, struct letter *out)
{
    static const char codes[] = LETTER_CODES;
    unsigned x = 0;

    if (c >= 0x1ea0 && c < 0x1ea0 + COUNT(vietnamese))
        x = vietnamese[c - 0x1ea0];
    else if (c >= 0xc0 && c < 0xc0 + COUNT(latin))
        x = latin[c - 0xc0];
    if (x == 0)
        return false;
    out->capital = (x & 0x80) != 0;
    x = (x & 0x7f) - 1;
    out->tone = x < 72 ? (int)(x % 6) : 0;
    out->code = x < 72 ? codes[x / 6] : 'D';
    return true;
}

uint32_t letter_make(char code, int tone)
{
    static const char codes[] = LETTER_CODES;
    const char *at = strchr(codes, code);

    return code == 'D' ? 0x111 : at == NULL || code == 0 ? 0 : vowels[at - codes][tone];
}
