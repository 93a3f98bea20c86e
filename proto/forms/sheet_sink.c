/* The child's side of the stream, the refusals and their remedies, numbers and days. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/base/text.h"
#include "proto/forms/sheet_read.h"

enum {
    FLUSH_BYTES = 262144,
    CELL_HEAD = 10,      /* bytes before the text of RECORD_CELL */
    EPOCH_1900 = -25568, /* 1899-12-31; one less behind the leap day Excel invented */
    EPOCH_1904 = -24107, /* 1904-01-01 */
};

static const struct {
    const char *code, *remedy;
} remedies[] = {
    {"SHEET-BOMB",      "make the workbook anew from the form and copy only the values"},
    {"SHEET-CRASH",     "save the sheet as CSV UTF-8 and send that"                    },
    {"SHEET-CSV",       "save the sheet as .xlsx, or correct that line"                },
    {"SHEET-DEPTH",     "open it in Excel or LibreOffice and save it as .xlsx again"   },
    {"SHEET-DOCTYPE",   "open it in Excel or LibreOffice and save it as .xlsx again"   },
    {"SHEET-ENCODING",  "save as .xlsx, or as CSV UTF-8"                               },
    {"SHEET-ENCRYPTED", "remove the password and save as .xlsx"                        },
    {"SHEET-FORMAT",    "save as .xlsx or CSV UTF-8"                                   },
    {"SHEET-OLE",       "open it in Excel and save as .xlsx"                           },
    {"SHEET-PATH",      "open it in Excel or LibreOffice and save it as .xlsx again"   },
    {"SHEET-SIZE",      "split the list over several files"                            },
    {"SHEET-STRINGS",   "open it in Excel or LibreOffice and save it as .xlsx again"   },
    {"SHEET-TIMEOUT",   "save the sheet as CSV UTF-8 and send that"                    },
    {"SHEET-TRUNCATED", "the copy is damaged: copy or send the file again"             },
};

/* What was cut in the middle of a character, or never was one, becomes "?". */
static void make_valid(char *s)
{
    for (size_t n; *s != 0; s += n) {
        unsigned char c = (unsigned char)*s;

        n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
        if (strnlen(s, n) < n || !text_valid((struct span){(unsigned char *)s, n})) {
            *s = '?';
            n = 1;
        }
    }
}

bool sheet_refuse(struct err *e, const char *code, const char *fmt, ...)
{
    char detail[300];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(detail, sizeof detail, fmt, ap);
    va_end(ap);
    make_valid(detail);
    for (size_t i = 0; i < COUNT(remedies); i++)
        if (strcmp(remedies[i].code, code) == 0)
            return err_set(e, ERR_INPUT, "%s: %s; %s", code, detail, remedies[i].remedy);
    return err_set(e, ERR_INPUT, "%s: %s", code, detail);
}

static void flush(struct sink *s)
{
    size_t done = 0;

    while (s->fd >= 0 && done < s->out.n) {
        ssize_t n = write(s->fd, s->out.p + done, s->out.n - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(EXIT_FAILED); /* nobody reads us any more */
        done += (size_t)n;
    }
    if (s->fd >= 0)
        s->out.n = 0;
}

static void put(struct sink *s, uint32_t v, size_t n)
{
    bytes_add(&s->out, &v, n);
}

static void put_text(struct sink *s, struct span t)
{
    bytes_add(&s->out, t.p, t.n);
    bytes_char(&s->out, 0);
}

/* NFC in the arena; repaired is set where that changed anything. NULL: not UTF-8. */
static const char *normal(struct sink *s, struct arena *a, struct span text)
{
    const char *nfc = text_nfc(a, text);

    if (nfc != NULL && !span_eq(span_str(nfc), text))
        s->repaired = true;
    return nfc;
}

bool sink_page(struct sink *s, const char *name, const char *form_mark, bool hidden,
               struct err *e)
{
    struct arena a = {0};
    const char *nfc = normal(s, &a, span_str(name));
    bool ok = nfc != NULL && ++s->pages <= sheet_limits.pages && strlen(nfc) < 512 &&
              strlen(form_mark) < 256;

    if (ok) {
        put(s, RECORD_PAGE, 1);
        put(s, hidden, 1);
        put_text(s, span_str(nfc));
        put_text(s, span_str(form_mark));
    }
    arena_clear(&a);
    return ok || sheet_refuse(e, "SHEET-SIZE", "more than %zu pages, or a page's name",
                              sheet_limits.pages);
}

static bool blank(struct span t)
{
    for (size_t i = 0; i < t.n; i++) {
        if (t.p[i] == 0xc2 && i + 1 < t.n && t.p[i + 1] == 0xa0)
            i++;
        else if (strchr(" \t\r\n", t.p[i]) == NULL || t.p[i] == 0)
            return false;
    }
    return true;
}

bool sink_cell(struct sink *s, uint32_t row, uint32_t col, enum cell_kind kind,
               struct span text, struct err *e)
{
    struct arena a = {0};
    const char *nfc;
    unsigned char *p;

    if (kind == CELL_TEXT && blank(text))
        return true;
    if (row >= SHEET_ROWS || col >= SHEET_COLS)
        return sheet_refuse(e, "SHEET-SIZE", "a cell beyond row 1,048,576 or column XFD");
    if (++s->cells > sheet_limits.cells)
        return sheet_refuse(e, "SHEET-SIZE", "more than %zu cells", sheet_limits.cells);
    s->text_bytes += text.n;
    if (text.n > sheet_limits.cell_bytes || s->text_bytes > sheet_limits.text_bytes)
        return sheet_refuse(e, "SHEET-SIZE", "too much text");
    if (!text_is_plain(text)) {
        nfc = normal(s, &a, text);
        if (nfc == NULL) {
            arena_clear(&a);
            return sheet_refuse(e, "SHEET-ENCODING",
                                "row %u, column %u is not valid UTF-8", row + 1, col + 1);
        }
        text = span_str(nfc);
    }
    p = bytes_room(&s->out, text.n + CELL_HEAD + 1); /* most of all records */
    p[0] = RECORD_CELL;
    memcpy(p + 1, &row, 4);
    memcpy(p + 5, &col, 4);
    p[9] = (unsigned char)kind;
    memcpy(p + CELL_HEAD, text.p, text.n);
    p[CELL_HEAD + text.n] = 0;
    s->out.n += text.n + CELL_HEAD + 1;
    arena_clear(&a);
    if (s->out.n > FLUSH_BYTES)
        flush(s);
    return true;
}

void sink_mark(struct sink *s, const char *form_mark)
{
    put(s, RECORD_MARK, 1);
    put_text(s, span_str(form_mark));
}

bool sink_merge(struct sink *s, const struct sheet_merge *m, struct err *e)
{
    if (++s->merges > sheet_limits.merges)
        return sheet_refuse(e, "SHEET-SIZE", "more than %zu merged cells",
                            sheet_limits.merges);
    put(s, RECORD_MERGE, 1);
    put(s, m->row, 4);
    put(s, m->col, 4);
    put(s, m->last_row, 4);
    put(s, m->last_col, 4);
    return true;
}

void sink_end(struct sink *s, bool ok, const struct err *e)
{
    put(s, ok ? RECORD_FILE : RECORD_ERROR, 1);
    if (ok) {
        put(s, s->repaired, 1);
        put(s, (unsigned char)s->delimiter, 1);
        put_text(s, span_str(s->encoding == NULL ? "" : s->encoding));
        put_text(s, span_str(s->form_mark == NULL ? "" : s->form_mark));
    } else {
        put_text(s, span_str(e->text));
    }
    flush(s);
}

void sink_clear(struct sink *s)
{
    bytes_clear(&s->out);
    arena_clear(&s->arena);
}

static size_t digits_at(const char *p)
{
    size_t n = 0;

    while (p[n] >= '0' && p[n] <= '9')
        n++;
    return n;
}

/*
 * "-12.50" to "-12.5": at most 15 digits, so that the binary number would print the same.
 * False where it is not so simple.
 */
static bool short_decimal(const char *text, char out[64])
{
    const char *p = text + (*text == '-'), *whole;
    size_t digits, rest, at = 0, zeros = 0;

    while (p[zeros] == '0')
        zeros++;
    whole = p + zeros;
    digits = digits_at(whole);
    p = whole + digits;
    rest = *p == '.' ? digits_at(p + 1) : 0;
    if (p[rest + (*p == '.')] != 0 || digits + rest > 15 || zeros + digits == 0)
        return false;
    while (rest > 0 && p[rest] == '0')
        rest--;
    if (*text == '-' && digits + rest > 0)
        out[at++] = '-';
    if (digits == 0)
        out[at++] = '0';
    memcpy(out + at, whole, digits);
    at += digits;
    if (rest > 0) {
        memcpy(out + at, p, rest + 1);
        at += rest + 1;
    }
    out[at] = 0;
    return true;
}

const char *sheet_decimal(const char *text, int shift, char out[64])
{
    char digits[32], *end;
    double v;
    int exp, n = 15, at = 0;

    if (shift == 0 && short_decimal(text, out))
        return out;
    v = strtod(text, &end);
    out[0] = 0;
    if (end == text || text[strspn(text, "0123456789+-.eE")] != 0 || *end != 0 ||
        !isfinite(v) || fabs(v) >= 1e21)
        return out;
    snprintf(digits, sizeof digits, "%.14e", fabs(v));
    exp = atoi(strchr(digits, 'e') + 1) + shift;
    memmove(digits + 1, digits + 2, 14); /* the point */
    while (n > 1 && digits[n - 1] == '0')
        n--;
    if (v == 0 || exp < -30) /* Excel shows such dust as 0 */
        return memcpy(out, "0", 2);
    if (v < 0)
        out[at++] = '-';
    if (exp < 0) {
        out[at++] = '0';
        out[at++] = '.';
        for (int i = -1; i > exp; i--)
            out[at++] = '0';
    }
    for (int i = 0; i < n || i <= exp; i++) {
        out[at++] = i < n ? digits[i] : '0';
        if (i == exp && i + 1 < n)
            out[at++] = '.';
    }
    out[at] = 0;
    return out;
}

bool sheet_serial_date(double serial, bool date1904, char out[11])
{
    int32_t day = serial >= 1 && serial < 2958466 ? (int32_t)serial : -1;

    out[0] = 0;
    if (day < 0 || (!date1904 && day == 60))
        return false;
    day += date1904 ? EPOCH_1904 : day < 60 ? EPOCH_1900 : EPOCH_1900 - 1;
    date_iso(day, out);
    return true;
}
