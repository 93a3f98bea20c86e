/*
 * CSV as officers' programs write it: what its bytes, its delimiter and its quotes are.
 * The door to iconv.
 */
#include <ctype.h>
#include <iconv.h>

#include "proto/base/text.h"
#include "proto/forms/sheet_legacy.h"
#include "proto/forms/sheet_read.h"

enum { LOOK_BYTES = 65536, LOOK_LINES = 60, WORDS_NEEDED = 3 };

void sheet_codecs_open(struct sheet_codecs *c)
{
    iconv_t tcvn3 = iconv_open("UTF-8", "TCVN5712-1");
    iconv_t cp1258 = iconv_open("UTF-8", "WINDOWS-1258");

    c->tcvn3 = tcvn3 == (iconv_t)-1 ? NULL : tcvn3;
    c->cp1258 = cp1258 == (iconv_t)-1 ? NULL : cp1258;
}

void sheet_codecs_close(struct sheet_codecs *c)
{
    if (c->tcvn3 != NULL)
        iconv_close(c->tcvn3);
    if (c->cp1258 != NULL)
        iconv_close(c->cp1258);
    *c = (struct sheet_codecs){NULL, NULL};
}

/* The whole input as UTF-8; false where a byte means nothing in that encoding. */
static bool convert(void *codec, struct span in, struct bytes *out)
{
    char *from = (char *)in.p; /* iconv only reads it */
    size_t left = in.n, room;
    char *to;

    if (codec == NULL)
        return false;
    iconv(codec, NULL, NULL, NULL, NULL);
    room = in.n * 4 + 64;
    to = (char *)bytes_room(out, room);
    if (iconv(codec, &from, &left, &to, &room) == (size_t)-1 ||
        iconv(codec, NULL, NULL, &to, &room) == (size_t)-1)
        return false;
    out->n = (size_t)((unsigned char *)to - out->p);
    return text_valid(span_of(out));
}

/* UTF-16 with its mark already skipped; false for half pairs and odd lengths. */
static bool from_utf16(struct span in, bool big, struct bytes *out)
{
    for (size_t i = 0; i + 1 < in.n; i += 2) {
        uint32_t c = big ? in.p[i] * 256U + in.p[i + 1] : in.p[i + 1] * 256U + in.p[i];

        if (c >= 0xdc00 && c < 0xe000)
            return false;
        if (c >= 0xd800 && c < 0xdc00) {
            uint32_t low;

            i += 2;
            if (i + 1 >= in.n)
                return false;
            low = big ? in.p[i] * 256U + in.p[i + 1] : in.p[i + 1] * 256U + in.p[i];
            if (low < 0xdc00 || low >= 0xe000)
                return false;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
        if (c < 0x80) {
            bytes_char(out, (int)c);
        } else if (c < 0x800) {
            bytes_char(out, (int)(0xc0 | c >> 6));
            bytes_char(out, (int)(0x80 | (c & 0x3f)));
        } else if (c < 0x10000) {
            bytes_char(out, (int)(0xe0 | c >> 12));
            bytes_char(out, (int)(0x80 | (c >> 6 & 0x3f)));
            bytes_char(out, (int)(0x80 | (c & 0x3f)));
        } else {
            bytes_char(out, (int)(0xf0 | c >> 18));
            bytes_char(out, (int)(0x80 | (c >> 12 & 0x3f)));
            bytes_char(out, (int)(0x80 | (c >> 6 & 0x3f)));
            bytes_char(out, (int)(0x80 | (c & 0x3f)));
        }
    }
    return in.n % 2 == 0 && text_valid(span_of(out));
}

/* Bytes of Windows-1252 as text: what VNI fonts show otherwise. */
static bool from_vni(struct span in, struct bytes *out)
{
    struct bytes text = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < in.n; i++) {
        ok = in.p[i] < 0x80 || in.p[i] >= 0xa0;
        if (in.p[i] >= 0x80)
            bytes_char(&text, in.p[i] < 0xc0 ? 0xc2 : 0xc3);
        bytes_char(&text, in.p[i] < 0xc0 ? in.p[i] : in.p[i] - 0x40);
    }
    ok = ok && legacy_convert(LEGACY_VNI, span_of(&text), out);
    bytes_clear(&text);
    return ok;
}

/* Bytes of an old encoding: the one in which clearly more words are Vietnamese. */
static bool from_legacy(struct span in, const struct sheet_codecs *codecs,
                        struct bytes *out, struct sink *s, struct err *e)
{
    static const char *const names[] = {"TCVN3", "Windows-1258", "VNI"};
    struct bytes text[COUNT(names)] = {{0}};
    size_t good[COUNT(names)] = {0}, total[COUNT(names)] = {0}, best = 0, second = 0;
    bool ok[COUNT(names)] = {convert(codecs->tcvn3, in, &text[0]),
                             convert(codecs->cp1258, in, &text[1]),
                             from_vni(in, &text[2])};
    bool sure;

    for (size_t i = 0; i < COUNT(names); i++) {
        struct span t = span_of(&text[i]);
        struct arena a = {0};

        while (t.n > LOOK_BYTES ||
               (t.n > 0 && t.n < text[i].n && (t.p[t.n] & 0xc0) == 0x80))
            t.n = t.n > LOOK_BYTES ? LOOK_BYTES : t.n - 1;
        if (ok[i]) { /* Windows-1258 writes tones apart */
            const char *nfc = text_nfc(&a, t);

            if (nfc != NULL)
                good[i] = legacy_syllables(span_str(nfc), &total[i]);
        }
        arena_clear(&a);
        if (good[i] > good[best])
            best = i;
    }
    for (size_t i = 0; i < COUNT(names); i++)
        if (i != best && good[i] > second)
            second = good[i];
    sure = (good[best] >= WORDS_NEEDED || (second == 0 && good[best] == total[best])) &&
           good[best] > 0 && good[best] * 10 >= total[best] * 7 &&
           good[best] * 2 >= second * 3;
    if (sure && best == 0) {
        legacy_capitals(span_of(&text[0]), out);
        s->encoding = names[0];
    } else if (sure) {
        *out = text[best];
        text[best] = (struct bytes){0};
        s->encoding = names[best];
    } else {
        sheet_refuse(e, "SHEET-ENCODING",
                     "neither Unicode nor TCVN3, VNI or Windows-1258 Vietnamese");
    }
    s->repaired = sure;
    for (size_t i = 0; i < COUNT(names); i++)
        bytes_clear(&text[i]);
    return sure;
}

/* "Huy?n Tam Du?ng": saved in an encoding that has no such letters, they are gone. */
static bool has_lost_letters(struct span t)
{
    enum { LOST = 3 };
    size_t lost = 0;

    for (size_t i = 1; i + 1 < t.n && i < LOOK_BYTES; i++)
        lost += t.p[i] == '?' && (isalpha(t.p[i - 1]) || t.p[i - 1] >= 0x80) &&
                (isalpha(t.p[i + 1]) || t.p[i + 1] >= 0x80);
    return lost >= LOST;
}

/* UTF-8 text: borrowed from the file, or converted into out. */
static bool decode(struct span in, const struct sheet_codecs *codecs, struct sink *s,
                   struct bytes *out, struct span *text, struct err *e)
{
    bool big = in.n >= 2 && in.p[0] == 0xfe && in.p[1] == 0xff;

    if (big || (in.n >= 2 && in.p[0] == 0xff && in.p[1] == 0xfe)) {
        s->encoding = big ? "UTF-16BE" : "UTF-16LE";
        if (!from_utf16((struct span){in.p + 2, in.n - 2}, big, out))
            return sheet_refuse(e, "SHEET-ENCODING", "broken %s text", s->encoding);
        *text = span_of(out);
        return true;
    }
    if (in.n >= 3 && memcmp(in.p, "\xef\xbb\xbf", 3) == 0)
        in = (struct span){in.p + 3, in.n - 3};
    *text = in;
    s->encoding = "UTF-8";
    if (text_valid(in))
        return true;
    if (memchr(in.p, 0, in.n) != NULL)
        return sheet_refuse(e, "SHEET-FORMAT", "neither text nor a workbook");
    if (!from_legacy(in, codecs, out, s, e))
        return false;
    *text = span_of(out);
    return true;
}

/*
 * How well a delimiter explains the first lines: lines with the commonest number of it.
 * Decimal commas vary from line to line, true delimiters hardly.
 */
static size_t explains(struct span t, char delimiter, size_t *most)
{
    size_t counts[LOOK_LINES] = {0}, lines = 0, best = 0;
    bool quoted = false;

    for (size_t i = 0; i < t.n && i < LOOK_BYTES && lines < LOOK_LINES; i++) {
        if (t.p[i] == '"')
            quoted = !quoted;
        else if (!quoted && t.p[i] == '\n')
            lines++;
        else if (!quoted && t.p[i] == (unsigned char)delimiter)
            counts[lines]++;
    }
    lines += lines < LOOK_LINES;
    for (size_t i = 0; i < lines; i++) {
        size_t same = 0;

        for (size_t k = 0; k < lines; k++)
            same += counts[k] == counts[i];
        if (counts[i] > 0 && (same > best || (same == best && counts[i] > *most))) {
            best = same;
            *most = counts[i];
        }
    }
    return best;
}

static char delimiter_of(struct span *t)
{
    static const char tries[] = {'\t', ';', ','};
    char found = ',';
    size_t best = 0, best_most = 0;

    if (t->n >= 6 && memcmp(t->p, "sep=", 4) == 0 &&
        (t->p[5] == '\n' || t->p[5] == '\r')) { /* Excel's own first line */
        found = (char)t->p[4];
        best = t->n >= 7 && t->p[5] == '\r' && t->p[6] == '\n' ? 7 : 6;
        *t = (struct span){t->p + best, t->n - best};
        return found;
    }
    for (size_t i = 0; i < COUNT(tries); i++) {
        size_t most = 0, n = explains(*t, tries[i], &most);

        if (n > best || (n == best && most > best_most)) {
            found = tries[i];
            best = n;
            best_most = most;
        }
    }
    return found;
}

struct parser { /* RFC 4180 */
    enum { AT_START, BARE, QUOTED, AFTER_QUOTE } state;
    uint32_t row, col;
    size_t line, column, quote_line,
        quote_column; /* as an editor counts, in characters */
    struct bytes field;
};

static bool csv_error(struct parser *p, const char *what, struct err *e)
{
    return sheet_refuse(e, "SHEET-CSV", "dòng %zu, cột %zu / line %zu, column %zu: %s",
                        p->line, p->column, p->line, p->column, what);
}

static bool end_field(struct parser *p, struct sink *s, struct err *e)
{
    bool ok = sink_cell(s, p->row, p->col++, CELL_TEXT, span_of(&p->field), e);

    p->field.n = 0;
    p->state = AT_START;
    return ok;
}

static bool take_char(struct parser *p, int c, struct sink *s, struct err *e)
{
    if (p->state == QUOTED) {
        if (c == '"')
            p->state = AFTER_QUOTE;
        else
            bytes_char(&p->field, c);
        return p->field.n <= sheet_limits.cell_bytes ||
               sheet_refuse(
                   e, "SHEET-CSV",
                   "dòng %zu, cột %zu / line %zu, column %zu: a quote that does not end",
                   p->quote_line, p->quote_column, p->quote_line, p->quote_column);
    }
    if (c == (unsigned char)s->delimiter)
        return end_field(p, s, e);
    if (c == '\n') {
        if (!end_field(p, s, e))
            return false;
        p->row++;
        p->col = 0;
        return true;
    }
    if (p->state == AFTER_QUOTE && c != '"')
        return csv_error(p, "text behind a closing quote", e);
    if (c == '"' && p->state == BARE)
        return csv_error(p, "a quote inside text that does not begin with one", e);
    if (c == '"') {
        if (p->state == AFTER_QUOTE) {
            bytes_char(&p->field, c);
        } else {
            p->quote_line = p->line;
            p->quote_column = p->column;
        }
        p->state = QUOTED;
        return true;
    }
    p->state = BARE;
    bytes_char(&p->field, c);
    return true;
}

bool sheet_csv_read(struct span file, const struct sheet_codecs *codecs, struct sink *s,
                    struct err *e)
{
    struct parser p = {.line = 1};
    struct bytes converted = {0};
    struct span t = {0};
    bool ok = decode(file, codecs, s, &converted, &t, e);

    if (ok && has_lost_letters(t))
        ok = sheet_refuse(e, "SHEET-ENCODING", "\"?\" stands where letters were lost");
    ok = ok && sink_page(s, "", "", false, e);
    if (ok)
        s->delimiter = delimiter_of(&t);
    for (size_t i = 0; ok && i < t.n; i++) {
        int c = t.p[i];

        if (c == '\r') { /* CR LF and a lone CR end a line as well */
            if (i + 1 < t.n && t.p[i + 1] == '\n')
                continue;
            c = '\n';
        }
        p.column += (c & 0xc0) != 0x80;
        ok = take_char(&p, c, s, e);
        if (c == '\n') {
            p.line++;
            p.column = 0;
        }
    }
    if (ok && p.state == QUOTED)
        ok = sheet_refuse(
            e, "SHEET-CSV",
            "dòng %zu, cột %zu / line %zu, column %zu: a quote that does not end",
            p.quote_line, p.quote_column, p.quote_line, p.quote_column);
    ok = ok && (p.state == AT_START || end_field(&p, s, e));
    bytes_clear(&p.field);
    bytes_clear(&converted);
    return ok;
}
