#include "proto/base/text.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "proto/base/letters.h"

/* Bytes of a valid character of U+0080 to U+07FF or U+1000 to U+CFFF; 0: another. */
static utf8proc_ssize_t usual_length(const unsigned char *p, size_t n)
{
    if (n >= 2 && *p >= 0xc2 && *p <= 0xdf && (p[1] & 0xc0) == 0x80)
        return 2;
    if (n >= 3 && *p >= 0xe1 && *p <= 0xec && (p[1] & 0xc0) == 0x80 &&
        (p[2] & 0xc0) == 0x80)
        return 3;
    return 0;
}

bool text_valid(struct span s)
{
    size_t i = 0;

    while (i < s.n) {
        utf8proc_int32_t cp;
        utf8proc_ssize_t n;

        if (s.p[i] < 0x80) {
            if (s.p[i++] == 0)
                return false;
            continue;
        }
        n = usual_length(s.p + i, s.n - i);
        if (n == 0)
            n = utf8proc_iterate(s.p + i, (utf8proc_ssize_t)(s.n - i), &cp);
        if (n <= 0)
            return false;
        i += (size_t)n;
    }
    return true;
}

static bool ascii(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 0x80 || s.p[i] == 0)
            return false;
    return true;
}

/* utf8proc_map into the arena; NULL for invalid input. */
static char *mapped(struct arena *a, struct span s, int options)
{
    utf8proc_uint8_t *out = NULL;
    utf8proc_ssize_t n = utf8proc_map(s.p, (utf8proc_ssize_t)s.n, &out,
                                      (utf8proc_option_t)(options | UTF8PROC_STABLE));
    char *copy;

    if (n < 0)
        return NULL;
    copy = arena_strn(a, out, (size_t)n);
    free(out);
    return copy;
}

/*
 * Surely in NFC and without a look-alike of Đ: Latin letters, those of Vietnamese and
 * the usual signs, no mark that stands apart. False says nothing. s is valid UTF-8.
 */
static bool plainly_nfc(struct span s)
{
    const unsigned char *p = s.p, *end = s.p + s.n;

    while (p < end) {
        if (*p < 0x80) {
            p++;
        } else if (*p < 0xcc && !(p[0] == 0xc3 && p[1] == 0x90) &&
                   !(p[0] == 0xc6 && p[1] == 0x89)) {
            p += 2; /* below U+0300 */
        } else if ((p[0] == 0xe1 && p[1] >= 0xb8 && p[1] <= 0xbb) ||
                   (p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x82)) {
            p += 3; /* U+1E00 to U+1EFF, U+2002 to U+203F */
        } else {
            return false;
        }
    }
    return true;
}

bool text_is_plain(struct span s)
{
    return text_valid(s) && plainly_nfc(s);
}

bool text_is_nfc(struct span s)
{
    struct arena a = {0};
    bool same;
    const char *nfc;

    if (ascii(s))
        return true;
    if (text_is_plain(s))
        return true;
    nfc = text_valid(s) ? mapped(&a, s, UTF8PROC_COMPOSE) : NULL;
    same = nfc != NULL && span_eq(span_str(nfc), s);
    arena_clear(&a);
    return same;
}

char *text_nfc(struct arena *a, struct span s)
{
    char *nfc;

    if (ascii(s))
        return arena_strn(a, s.p, s.n);
    if (!text_valid(s))
        return NULL;
    if (plainly_nfc(s))
        return arena_strn(a, s.p, s.n);
    nfc = mapped(a, s, UTF8PROC_COMPOSE);
    for (unsigned char *p = (unsigned char *)nfc; p != NULL && *p != 0; p++) {
        if ((p[0] == 0xc3 && p[1] == 0x90) || (p[0] == 0xc6 && p[1] == 0x89)) {
            p[0] = 0xc4; /* the look-alikes of Đ, both two bytes long as it is */
            p[1] = 0x90;
        }
    }
    return nfc;
}

static bool is_tone(utf8proc_int32_t c)
{
    return c == 0x300 || c == 0x301 || c == 0x303 || c == 0x309 || c == 0x323;
}

/*
 * Works on decomposed lower case: in "oa oe uy" a tone on the second vowel moves to the
 * first, so that hoá (o a ́) and hóa (o ́ a) give the same key.
 */
static size_t move_tones(utf8proc_int32_t *c, size_t n)
{
    for (size_t i = 0; i + 2 < n; i++) {
        bool pair = (c[i] == 'o' && (c[i + 1] == 'a' || c[i + 1] == 'e')) ||
                    (c[i] == 'u' && c[i + 1] == 'y');

        if (pair && is_tone(c[i + 2])) {
            utf8proc_int32_t vowel = c[i + 1];

            c[i + 1] = c[i + 2];
            c[i + 2] = vowel;
        }
    }
    return n;
}

static bool is_gap(utf8proc_int32_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0xa0 || c == '-' ||
           c == '_' || (c >= 0x2000 && c <= 0x200b) || (c >= 0x2010 && c <= 0x2015);
}

/* One character of a text that has nothing but Latin letters, those of Vietnamese and the
 * usual signs; 0 for any other. *n is how many bytes it takes. */
static uint32_t usual(const unsigned char *p, size_t *n)
{
    if (*p < 0x80) {
        *n = 1;
        return *p;
    }
    if (*p >= 0xc2 && *p < 0xcc && (p[1] & 0xc0) == 0x80) {
        *n = 2;
        return (*p & 0x1fU) << 6 | (p[1] & 0x3fU);
    }
    if ((*p == 0xe1 || *p == 0xe2) && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
        *n = 3;
        return (*p & 0xfU) << 12 | (p[1] & 0x3fU) << 6 | (p[2] & 0x3fU);
    }
    return 0;
}

static size_t put_small(char *out, uint32_t c)
{
    if (c < 0x80) {
        *out = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3f));
    out[2] = (char)(0x80 | (c & 0x3f));
    return 3;
}

/* In "oa oe uy" a tone on the second vowel belongs to the first, see move_tones(): of
 * letters with a mark of their own only the dot stands before that mark. */
static bool gives_tone(char first, const struct letter *second)
{
    if (second->tone == 0)
        return false;
    if (first == 'o')
        return second->code == 'a' || second->code == 'e' ||
               (second->tone == 5 && strchr("ABE", second->code) != NULL);
    return first == 'u' && second->code == 'y';
}

/* What key_of() makes, for the texts that are most of all; NULL where it must do it. */
static char *usual_key(struct arena *a, const char *s, bool bare)
{
    const unsigned char *p = (const unsigned char *)s;
    char *out = arena_new(a, 2 * strlen(s) + 8);
    size_t m = 0, len = 0;
    char before = 0; /* the last letter, where it was ASCII and nothing stands between */
    bool gap = false;

    for (; *p != 0; p += len) {
        uint32_t c = usual(p, &len);
        struct letter l = {0};
        bool letter = letter_of(c, &l);

        if (is_gap((utf8proc_int32_t)c)) {
            gap = m > 0;
            before = 0;
            continue;
        }
        if (c == 0xd0 || c == 0xf0 || c == 0x189 || c == 0x256) {
            l = (struct letter){.code = 'D'};
            letter = true;
        }
        if (!letter && c >= 0x80 && !(c > 0x2015 && c < 0x2028) &&
            !(c >= 0x2030 && c < 0x205f))
            return NULL;
        if (c == 0)
            return NULL;
        if (gap)
            out[m++] = ' ';
        gap = false;
        if (!letter) {
            c = c >= 'A' && c <= 'Z' ? c + 0x20 : c;
            before = (char)(c < 0x80 ? c : 0);
            m += put_small(out + m, c);
            continue;
        }
        if (!bare && gives_tone(before, &l)) {
            m += put_small(out + m - 1, letter_make(before, l.tone)) - 1;
            l.tone = 0;
        }
        before = 0;
        c = letter_make(l.code, l.tone);
        if (bare)
            c = strchr("AB", l.code) != NULL   ? 'a'
                : strchr("OP", l.code) != NULL ? 'o'
                                               : (uint32_t)(l.code | 0x20);
        m += put_small(out + m, c);
    }
    out[m] = 0;
    return out;
}

static char *key_of(struct arena *a, const char *s, bool bare)
{
    struct span in = span_str(s);
    utf8proc_int32_t *c;
    utf8proc_ssize_t n;
    size_t m = 0;
    bool gap = false;
    char *out = usual_key(a, s, bare);

    if (out != NULL)
        return out;
    if (!text_valid(in))
        return NULL;
    c = mem_array(in.n * 4 + 4, sizeof *c);
    n = utf8proc_decompose(in.p, (utf8proc_ssize_t)in.n, c,
                           (utf8proc_ssize_t)(in.n * 4 + 4),
                           UTF8PROC_DECOMPOSE | UTF8PROC_STABLE | UTF8PROC_CASEFOLD);
    if (n < 0) {
        free(c);
        return NULL;
    }
    n = (utf8proc_ssize_t)move_tones(c, (size_t)n);
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        utf8proc_int32_t x = c[i];

        if (x == 0xf0 || x == 0x256 || x == 0x111) /* ð ɖ look like đ */
            x = bare ? 'd' : 0x111;
        if (bare && utf8proc_category(x) == UTF8PROC_CATEGORY_MN)
            continue;
        if (is_gap(x)) {
            gap = m > 0;
            continue;
        }
        if (gap)
            c[m++] = ' ';
        gap = false;
        c[m++] = x;
    }
    n = utf8proc_reencode(c, (utf8proc_ssize_t)m, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    out = n < 0 ? NULL : arena_strn(a, c, (size_t)n);
    free(c);
    return out;
}

char *text_key(struct arena *a, const char *s)
{
    return key_of(a, s, false);
}

char *text_key_bare(struct arena *a, const char *s)
{
    return key_of(a, s, true);
}

char *text_upper(struct arena *a, const char *s)
{
    size_t n = strlen(s), at = 0, end = 0;
    utf8proc_uint8_t *out = arena_new(a, 4 * n + 1);

    while (at < n) {
        utf8proc_int32_t cp;
        utf8proc_ssize_t step = utf8proc_iterate((const utf8proc_uint8_t *)s + at,
                                                 (utf8proc_ssize_t)(n - at), &cp);

        if (step <= 0)
            return NULL;
        at += (size_t)step;
        end += (size_t)utf8proc_encode_char(utf8proc_toupper(cp), out + end);
    }
    return (char *)out;
}

size_t text_width(const char *s)
{
    struct span in = span_str(s);
    size_t width = 0;

    for (size_t i = 0; i < in.n;) {
        utf8proc_int32_t cp;
        utf8proc_ssize_t n =
            utf8proc_iterate(in.p + i, (utf8proc_ssize_t)(in.n - i), &cp);

        if (n <= 0) {
            width++;
            i++;
            continue;
        }
        width += (size_t)utf8proc_charwidth(cp);
        i += (size_t)n;
    }
    return width;
}

/* The character at p, in *n bytes: one that is not seen, or (in one byte) none at all. */
static bool hidden(const unsigned char *p, size_t left, size_t *n)
{
    utf8proc_int32_t cp;
    utf8proc_ssize_t len = utf8proc_iterate(p, (utf8proc_ssize_t)left, &cp);

    *n = len > 0 ? (size_t)len : 1;
    if (len <= 0)
        return true;
    switch (utf8proc_category(cp)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
        return true;
    default:
        return false;
    }
}

bool text_has_hidden(const char *s)
{
    struct span in = span_str(s);
    size_t n;

    for (size_t i = 0; i < in.n; i += n)
        if (hidden(in.p + i, in.n - i, &n))
            return true;
    return false;
}

const char *text_quote(char *out, size_t size, const char *s)
{
    struct span in = span_str(s);
    size_t to = 0, n;

    for (size_t i = 0; i < in.n; i += n) {
        bool no = hidden(in.p + i, in.n - i, &n);
        size_t len = no ? 1 : n;

        if (to + len >= size)
            break;
        memcpy(out + to, no ? (const void *)"?" : in.p + i, len);
        to += len;
    }
    out[to] = 0;
    return out;
}

/* As typed, and the forms that some programs fold to them. */
static bool begins_formula(utf8proc_int32_t c)
{
    static const utf8proc_int32_t starts[] = {'=',    '+',    '-',    '@',    0xff1d,
                                              0xff0b, 0xff0d, 0xff20, 0xfe66, 0xfe62,
                                              0xfe63, 0xfe6b, 0x2212};

    for (size_t i = 0; i < COUNT(starts); i++)
        if (c == starts[i])
            return true;
    return false;
}

/* What programs drop in front of a formula, or some reader of quotes takes off. */
static bool passed_over(utf8proc_int32_t c)
{
    if (c == '"' || c == '\'')
        return true;
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
        return true;
    default:
        return false;
    }
}

bool text_begins_formula(const char *s, bool *breaks)
{
    struct span in = span_str(s);

    *breaks = false;
    for (size_t i = 0; i < in.n;) {
        utf8proc_int32_t cp;
        utf8proc_ssize_t n =
            utf8proc_iterate(in.p + i, (utf8proc_ssize_t)(in.n - i), &cp);

        if (n <= 0)
            return false;
        if (cp == '\t' || cp == '\n' || cp == '\r') {
            *breaks = true;
            return false;
        }
        if (!passed_over(cp))
            return begins_formula(cp);
        i += (size_t)n;
    }
    return false;
}
