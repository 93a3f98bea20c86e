#include "proto/forms/sheet_legacy.h"

#include "proto/base/letters.h"
#include "proto/base/text.h"

enum { WORD_MAX = 16 };

/* clang-format off */
static const char *const rimes[] = {
    "Ac", "Am", "An", "Ang", "Ap", "At", "Bc", "Bm", "Bn", "Bng", "Bp", "Bt", "Bu", "By",
    "E", "Ech", "Em", "En", "Eng", "Enh", "Ep", "Et", "Eu", "O", "Oc", "Oi", "Om", "On",
    "Ong", "Op", "Ot", "P", "Pi", "Pm", "Pn", "Pp", "Pt", "U", "UPc", "UPi", "UPm", "UPn",
    "UPng", "UPp", "UPt", "UPu", "Ua", "Uc", "Ui", "Um", "Un", "Ung", "Ut", "Uu", "a",
    "ac", "ach", "ai", "am", "an", "ang", "anh", "ao", "ap", "at", "au", "ay", "e", "ec",
    "em", "en", "eng", "eo", "ep", "et", "i", "iEc", "iEm", "iEn", "iEng", "iEp", "iEt",
    "iEu", "ia", "ich", "im", "in", "inh", "ip", "it", "iu", "o", "oAc", "oAm", "oAn",
    "oAng", "oAt", "oa", "oac", "oach", "oai", "oam", "oan", "oang", "oanh", "oao", "oap",
    "oat", "oay", "oc", "oe", "oem", "oen", "oeo", "oet", "oi", "om", "on", "ong", "ooc",
    "oong", "op", "ot", "u", "uBn", "uBng", "uBt", "uBy", "uE", "uEch", "uEn", "uEnh",
    "uEt", "uEu", "uOc", "uOi", "uOm", "uOn", "uOng", "uOt", "uP", "ua", "uc", "ui", "um",
    "un", "ung", "up", "ut", "uy", "uyEn", "uyEt", "uya", "uych", "uynh", "uyp", "uyt",
    "uyu", "y", "yEm", "yEn", "yEng", "yEt", "yEu", "ych", "ynh", "yt",
};

static const char *const onsets[] = {
    "", "b", "c", "ch", "d", "D", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng",
    "ngh", "nh", "p", "ph", "qu", "r", "s", "t", "th", "tr", "v", "x",
};

/* 0xa1 to 0xfe; 0: no letter. */
static const uint16_t tcvn3[] = {
    0x102, 0xc2, 0xca, 0xd4, 0x1a0, 0x1af, 0x110, 0x103, 0xe2, 0xea, 0xf4, 0x1a1, 0x1b0,
    0x111, 0x1eb0, 0, 0, 0, 0, 0, 0xe0, 0x1ea3, 0xe3, 0xe1, 0x1ea1, 0x1eb2, 0x1eb1,
    0x1eb3, 0x1eb5, 0x1eaf, 0x1eb4, 0x1eae, 0x1ea6, 0x1ea8, 0x1eaa, 0x1ea4, 0x1ec0,
    0x1eb7, 0x1ea7, 0x1ea9, 0x1eab, 0x1ea5, 0x1ead, 0xe8, 0x1ec2, 0x1ebb, 0x1ebd, 0xe9,
    0x1eb9, 0x1ec1, 0x1ec3, 0x1ec5, 0x1ebf, 0x1ec7, 0xec, 0x1ec9, 0x1ec4, 0x1ebe, 0x1ed2,
    0x129, 0xed, 0x1ecb, 0xf2, 0x1ed4, 0x1ecf, 0xf5, 0xf3, 0x1ecd, 0x1ed3, 0x1ed5,
    0x1ed7, 0x1ed1, 0x1ed9, 0x1edd, 0x1edf, 0x1ee1, 0x1edb, 0x1ee3, 0xf9, 0x1ed6, 0x1ee7,
    0x169, 0xfa, 0x1ee5, 0x1eeb, 0x1eed, 0x1eef, 0x1ee9, 0x1ef1, 0x1ef3, 0x1ef7, 0x1ef9,
    0xfd, 0x1ef5,
};

/* VNI writes a vowel and, behind it, what it bears; small letters, see vni_pair(). */
static const struct {
    const char *vowels; /* codes as above */
    uint16_t mark;
    char code; /* the vowel that the two are; 0: it stays */
    int tone;
} vni_marks[] = {
    {"aeouyPU", 0xf8, 0, 1}, {"aeouyPU", 0xf9, 0, 2}, {"aeouyPU", 0xfb, 0, 3},
    {"aeouyPU", 0xf5, 0, 4}, {"aeouyPU", 0xef, 0, 5},
    {"aeo", 0xe2, '^', 0}, {"aeo", 0xe0, '^', 1}, {"aeo", 0xe1, '^', 2},
    {"aeo", 0xe5, '^', 3}, {"aeo", 0xe3, '^', 4}, {"aeo", 0xe4, '^', 5},
    {"a", 0xea, 'A', 0}, {"a", 0xe8, 'A', 1}, {"a", 0xe9, 'A', 2},
    {"a", 0xfa, 'A', 3}, {"a", 0xfc, 'A', 4}, {"a", 0xeb, 'A', 5},
};

static const struct {
    uint16_t from, to;
} vni_single[] = {
    {0xec, 0xec}, {0xed, 0xed}, {0xe6, 0x1ec9}, {0xf3, 0x129}, {0xf2, 0x1ecb},
    {0xee, 0x1ef5}, {0xf1, 0x111}, {0xf4, 0x1a1}, {0xf6, 0x1b0},
};

/* 0x80 to 0x9f; 0: no letter, some programs keep the byte. */
static const uint16_t cp1252[] = {
    0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039,
    0x152, 0, 0x17d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc,
    0x2122, 0x161, 0x203a, 0x153, 0, 0x17e, 0x178,
};
/* clang-format on */

/* The next character of valid UTF-8; *p moves on. */
static uint32_t next(const unsigned char **p)
{
    uint32_t c = *(*p)++;
    int more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

    if (more > 0)
        c &= 0x3fU >> more;
    for (; more > 0; more--)
        c = c << 6 | (*(*p)++ & 0x3fU);
    return c;
}

static void put(struct bytes *out, uint32_t c)
{
    if (c < 0x80) {
        bytes_char(out, (int)c);
    } else if (c < 0x800) {
        bytes_char(out, (int)(0xc0 | c >> 6));
        bytes_char(out, (int)(0x80 | (c & 0x3f)));
    } else {
        bytes_char(out, (int)(0xe0 | c >> 12));
        bytes_char(out, (int)(0x80 | (c >> 6 & 0x3f)));
        bytes_char(out, (int)(0x80 | (c & 0x3f)));
    }
}

static bool is_upper(uint32_t c)
{
    struct letter l;

    return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
           (letter_of(c, &l) && l.capital);
}

static uint32_t lower(uint32_t c)
{
    if (!is_upper(c))
        return c;
    return c < 0xe0 ? c + 0x20 : c + 1;
}

static uint32_t upper(uint32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7))
        return c - 0x20;
    return c > 0x100 && is_upper(c - 1) ? c - 1 : c;
}

/* A letter's code in the tables, '-' for what no Vietnamese word has; its tone. */
static char code_of(uint32_t c, int *tone)
{
    struct letter l;

    *tone = 0;
    if (c < 0x80)
        return (char)lower(c);
    if (!letter_of(c, &l))
        return '-';
    *tone = l.tone;
    return l.code;
}

static bool is_rime(const char *s, int tone)
{
    size_t n = strlen(s);
    bool stop = n > 1 &&
                (strchr("cpt", s[n - 1]) != NULL || (s[n - 1] == 'h' && s[n - 2] == 'c'));

    if (stop && tone != 2 && tone != 5)
        return false;
    for (size_t i = 0; i < COUNT(rimes); i++)
        if (strcmp(rimes[i], s) == 0)
            return true;
    return false;
}

static bool is_syllable(const uint32_t *c, size_t n)
{
    char code[WORD_MAX];
    int tone = 0, t;

    if (n == 0 || n >= WORD_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        code[i] = code_of(c[i], &t);
        if (t != 0 && tone != 0)
            return false;
        tone = t != 0 ? t : tone;
    }
    code[n] = 0;
    for (size_t i = 0; i < COUNT(onsets); i++) {
        size_t len = strlen(onsets[i]);

        if (strncmp(code, onsets[i], len) == 0 && is_rime(code + len, tone))
            return true;
    }
    return false;
}

/* What may stand between words, besides ASCII: blanks, quotation marks, dashes, signs. */
static bool is_between(uint32_t c)
{
    return c == 0xa0 || c == 0xb2 || c == 0xb3 || c == 0xb0 || c == 0xd7 ||
           (c >= 0x2000 && c < 0x2100) || (c >= 0x2190 && c < 0x2600) || c == 0xfeff;
}

static bool is_letter(uint32_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= 0x80 && !is_between(c));
}

size_t legacy_syllables(struct span text, size_t *total)
{
    const unsigned char *p = text.p, *end = text.p + text.n;
    uint32_t word[WORD_MAX];
    size_t n = 0, good = 0;
    bool marked = false;

    *total = 0;
    for (;;) {
        uint32_t c = p < end ? next(&p) : 0;

        if (c != 0 && is_letter(c)) {
            if (n < WORD_MAX)
                word[n] = c;
            n++;
            marked = marked || c >= 0x80;
            continue;
        }
        if (marked && n > 1) { /* a letter alone proves nothing */
            (*total)++;
            good += is_syllable(word, n);
        }
        n = 0;
        marked = false;
        if (c == 0)
            return good;
    }
}

/* Small letters that TCVN3 has capitals of; with a tone it has none. */
static bool is_small(uint32_t c)
{
    static const uint32_t marked[] = {0x103, 0xe2, 0xea, 0xf4, 0x1a1, 0x1b0, 0x111};

    for (size_t i = 0; i < COUNT(marked); i++)
        if (c == marked[i])
            return true;
    return c >= 'a' && c <= 'z';
}

/* Letters of one word: how many of each kind; p goes behind what ends it, *last. */
static size_t count_letters(const unsigned char **p, const unsigned char *end,
                            size_t *capitals, size_t *small, uint32_t *last)
{
    size_t n = 0;

    *capitals = *small = 0;
    *last = 0;
    while (*p < end && is_letter(*last = next(p))) {
        *capitals += is_upper(*last);
        *small += is_small(*last);
        n++;
    }
    return n;
}

/* A line: its words of capitals, and all its words when it has such and no small letter.
 */
static void raise_line(const unsigned char *line, const unsigned char *end,
                       struct bytes *out)
{
    bool any_small = false, all = false;
    size_t capitals, small, n;
    uint32_t last;

    for (const unsigned char *p = line; p < end;) {
        n = count_letters(&p, end, &capitals, &small, &last);
        any_small = any_small || small > 0;
        all = all || (small == 0 && capitals > 1 && n > capitals);
    }
    for (const unsigned char *p = line, *word = line; p < end; word = p) {
        n = count_letters(&p, end, &capitals, &small, &last);
        for (; n > 0; n--) {
            uint32_t c = next(&word);

            put(out, small == 0 && ((all && !any_small) || capitals > 1) ? upper(c) : c);
        }
        if (word < p)
            put(out, last);
    }
}

void legacy_capitals(struct span in, struct bytes *out)
{
    const unsigned char *p = in.p, *end = in.p + in.n;

    while (p < end) {
        const unsigned char *line = p;

        while (p < end && *p != '\n')
            p++;
        p += p < end;
        raise_line(line, p, out);
    }
}

static bool from_tcvn3(struct span in, struct bytes *out)
{
    const unsigned char *p = in.p, *end = in.p + in.n;
    struct bytes text = {0};
    bool ok = true;

    while (ok && p < end) {
        uint32_t c = next(&p);

        if (c == 0x110) /* U+00D0 became that on the way */
            c = 0xd0;
        if (c >= 0xa1 && c <= 0xfe) {
            c = tcvn3[c - 0xa1];
            ok = c != 0;
        } else if (c >= 0x80) {
            ok = is_between(c);
        }
        if (ok)
            put(&text, c);
    }
    if (ok)
        legacy_capitals(span_of(&text), out);
    bytes_clear(&text);
    return ok;
}

/* The letter that a vowel and the mark behind it are; 0 when they are none. */
static uint32_t vni_pair(uint32_t vowel, uint32_t mark)
{
    uint32_t to_letter;
    int tone;
    char code = code_of(vowel, &tone);

    mark = lower(mark);
    if (lower(vowel) == 0xf4)
        code = 'P';
    else if (lower(vowel) == 0xf6)
        code = 'U';
    else if (vowel >= 0x80)
        return 0;
    for (size_t i = 0; i < COUNT(vni_marks); i++) {
        char to = vni_marks[i].code;

        if (vni_marks[i].mark != mark || strchr(vni_marks[i].vowels, code) == NULL)
            continue;
        if (to == '^')
            to = code == 'a' ? 'B' : code == 'e' ? 'E' : 'O';
        else if (to == 0)
            to = code;
        to_letter = letter_make(to, vni_marks[i].tone);
        return is_upper(vowel) ? upper(to_letter) : to_letter;
    }
    return 0;
}

static bool from_vni(struct span in, struct bytes *out)
{
    const unsigned char *p = in.p, *end = in.p + in.n;

    while (p < end) {
        uint32_t c = next(&p), to = 0;
        const unsigned char *ahead = p;

        if (p < end && is_letter(c))
            to = vni_pair(c, next(&ahead));
        if (to != 0) {
            p = ahead;
        } else if (c < 0x80 || is_between(c)) {
            to = c;
        } else {
            for (size_t i = 0; i < COUNT(vni_single) && to == 0; i++)
                if (vni_single[i].from == lower(c))
                    to = is_upper(c) ? upper(vni_single[i].to) : vni_single[i].to;
            if (to == 0)
                return false;
        }
        put(out, to);
    }
    return true;
}

/* Each character was a byte of UTF-8. */
static bool from_utf8(struct span in, struct bytes *out)
{
    const unsigned char *p = in.p, *end = in.p + in.n;

    while (p < end) {
        uint32_t c = next(&p), byte = c;

        for (size_t i = 0; c > 0xff && i < COUNT(cp1252); i++)
            if (cp1252[i] == c)
                byte = 0x80 + (uint32_t)i;
        if (byte == 0x110)
            byte = 0xd0;
        if (byte > 0xff)
            return false;
        bytes_char(out, (int)byte);
    }
    return text_valid(span_of(out));
}

bool legacy_convert(enum legacy from, struct span in, struct bytes *out)
{
    switch (from) {
    case LEGACY_TCVN3:
        return from_tcvn3(in, out);
    case LEGACY_VNI:
        return from_vni(in, out);
    case LEGACY_UTF8:
        return from_utf8(in, out);
    case LEGACY_NONE:
    case LEGACIES:
        break;
    }
    return false;
}

/* A small letter with a mark between capitals: "XàHỘI", once "XÃ HỘI". */
static bool broken_capital(uint32_t before, uint32_t c, uint32_t behind)
{
    return c >= 0x80 && is_letter(c) && upper(c) != c && is_upper(before) &&
           is_upper(behind);
}

/* Two characters that are one letter of UTF-8 read as Windows-1252: "á»", "Ä‘", "Æ°". */
static bool broken_pair(uint32_t c, uint32_t behind)
{
    if (c == 0xe1)
        return behind == 0xba || behind == 0xbb;
    if (c == 0xc3)
        return behind >= 0x80 && behind < 0xc0 && behind != 0xa0;
    if (c == 0xc4)
        return behind == 0x2018 || behind == 0x91 || behind == 0x192 || behind == 0x90;
    return c == 0xc6 && (behind == 0xb0 || behind == 0xa1);
}

bool legacy_is_damaged(struct span text)
{
    const unsigned char *p = text.p, *end = text.p + text.n;
    uint32_t before = 0, c = p < end ? next(&p) : 0;

    while (c != 0) {
        uint32_t behind = p < end ? next(&p) : 0;

        if (c == 0xfffd || (c >= 0x80 && c < 0xa0) || broken_pair(c, behind) ||
            (c == '?' && is_letter(before) && is_letter(behind)) ||
            broken_capital(before, c, behind))
            return true;
        before = c;
        c = behind;
    }
    return false;
}

/*
 * Anything at all that Unicode text of an officer has not: a quick look, so that files
 * without cost nothing more.
 */
static bool is_odd(const char *s)
{
    static const unsigned char letters[] = "\x80\x81\x82\x83\x88\x89\x8a\x8c\x8d\x92\x93"
                                           "\x94\x95\x99\x9a\x9d\xa0\xa1\xa2\xa3\xa8\xa9"
                                           "\xaa\xac\xad\xb2\xb3\xb4\xb5\xb9\xba\xbd";
    const unsigned char *p = (const unsigned char *)s;
    bool small = false, letter = false; /* what stands before */

    for (; *p != 0; p++) {
        bool was_small = small, was_letter = letter;

        small = *p >= 'a' && *p <= 'z';
        letter = small || (*p >= 'A' && *p <= 'Z');
        if (*p == '?' && p[1] > ' ')
            return true;
        if (*p == 0xc2 && p[1] != 0xa0 && p[1] != 0xb0 && p[1] != 0xb2 && p[1] != 0xb3)
            return true;
        if ((*p == 0xef && p[1] == 0xbf) || (*p == 0xc4 && p[1] == 0x90 && was_small))
            return true;
        if (*p != 0xc3)
            continue;
        if (memchr(letters, p[1], sizeof letters - 1) == NULL ||
            (p[1] >= 0xa0 && p[2] >= 'A' && p[2] <= 'Z'))
            return true;
        if (p[1] < 0xa0 && (was_small || (was_letter && p[2] >= 'a' && p[2] <= 'z')))
            return true; /* a capital inside a word: "MÉu" */
    }
    return false;
}

struct score { /* of one cell under each reading */
    size_t good[LEGACIES], total[LEGACIES];
    bool possible[LEGACIES];
};

static void score_cell(const char *text, struct score *s)
{
    struct bytes out = {0};

    *s = (struct score){.possible = {true}};
    s->good[LEGACY_NONE] = legacy_syllables(span_str(text), &s->total[LEGACY_NONE]);
    for (enum legacy l = LEGACY_TCVN3; l < LEGACIES; l++) {
        out.n = 0;
        s->possible[l] =
            s->total[LEGACY_NONE] > 0 && legacy_convert(l, span_str(text), &out);
        if (s->possible[l])
            s->good[l] = legacy_syllables(span_of(&out), &s->total[l]);
    }
    bytes_clear(&out);
}

static bool all_good(const struct score *s, enum legacy l)
{
    return s->possible[l] && s->total[l] > 0 && s->good[l] == s->total[l];
}

/*
 * The old encoding that explains the cell better than Unicode and every other one; among
 * equals the one of the file ("Coâng ty" is a word of TCVN3 as well).
 */
static enum legacy better(const struct score *s, const size_t sure[LEGACIES])
{
    enum legacy best = LEGACY_NONE;

    for (enum legacy l = LEGACY_TCVN3; l < LEGACIES; l++)
        if (s->possible[l] && s->good[l] > s->good[LEGACY_NONE] &&
            (s->good[l] > s->good[best] ||
             (s->good[l] == s->good[best] && sure[l] > sure[best])))
            best = l;
    return best;
}

/*
 * sure: how many cells are beyond doubt in which encoding. A cell in doubt goes with
 * them, but never against what it is as it stands unless the whole file says so.
 */
static enum legacy decide(const struct score *s, const size_t sure[LEGACIES])
{
    enum legacy l = better(s, sure);
    bool as_it_is = all_good(s, LEGACY_NONE);

    if (l != LEGACY_NONE && !as_it_is)
        return all_good(s, l) || sure[l] > 0 || s->good[l] >= s->good[LEGACY_NONE] + 2
                   ? l
                   : LEGACY_NONE;
    for (l = LEGACY_TCVN3; as_it_is && l < LEGACIES; l++)
        if (all_good(s, l) && sure[l] > sure[LEGACY_NONE])
            return l;
    return LEGACY_NONE;
}

static bool takes_part(const struct cell *c)
{
    return c->kind == CELL_TEXT;
}

static void repair(struct arena *a, struct cell *c, enum legacy l)
{
    struct bytes out = {0};
    char *nfc = NULL;

    if (legacy_convert(l, span_str(c->text), &out))
        nfc = text_nfc(a, span_of(&out));
    if (nfc != NULL)
        c->text = nfc;
    bytes_clear(&out);
}

unsigned legacy_repair(struct arena *a, struct cell *cells, size_t n)
{
    size_t sure[LEGACIES] = {0}, odd = 0;
    struct score s;
    unsigned met = 0;

    for (size_t i = 0; i < n && odd == 0; i++)
        odd += takes_part(&cells[i]) && is_odd(cells[i].text);
    for (size_t i = 0; odd > 0 && i < n; i++) {
        if (!takes_part(&cells[i]))
            continue;
        score_cell(cells[i].text, &s);
        for (enum legacy l = LEGACY_NONE; l < LEGACIES; l++) {
            bool others = false;

            for (enum legacy k = LEGACY_NONE; k < LEGACIES; k++)
                others = others || (k != l && all_good(&s, k));
            sure[l] += all_good(&s, l) && !others;
        }
    }
    for (size_t i = 0; odd > 0 && i < n; i++) {
        enum legacy l;

        if (!takes_part(&cells[i]))
            continue;
        score_cell(cells[i].text, &s);
        l = decide(&s, sure);
        if (l != LEGACY_NONE) {
            repair(a, &cells[i], l);
            met |= 1U << l;
        }
        cells[i].damaged = legacy_is_damaged(span_str(cells[i].text));
    }
    return met;
}
