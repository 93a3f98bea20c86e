/* Dates and tax numbers: the two other things that are written in digits. */
#include "proto/base/text.h"
#include "proto/forms/number.h"

/* One run of at most max digits; the number of digits, 0 for none or too many. */
static size_t digits(const char **p, size_t max, int *out)
{
    size_t n = 0;

    *out = 0;
    while (**p >= '0' && **p <= '9') {
        if (++n > max)
            return 0;
        *out = *out * 10 + (**p - '0');
        (*p)++;
    }
    return n;
}

static void blanks(const char **p)
{
    while (**p == ' ')
        (*p)++;
}

static bool word(const char **p, const char *w)
{
    size_t n = strlen(w);

    if (strncmp(*p, w, n) != 0)
        return false;
    *p += n;
    blanks(p);
    return true;
}

/* "17 tháng 5 năm 2021"; text_key has made it lower case with single blanks. */
static int32_t in_words(const char *p)
{
    int d, m, y;

    if (digits(&p, 2, &d) == 0)
        return DATE_NONE;
    blanks(&p);
    if (!word(&p, "tháng") || digits(&p, 2, &m) == 0)
        return DATE_NONE;
    blanks(&p);
    if (!word(&p, "năm") || digits(&p, 4, &y) != 4)
        return DATE_NONE;
    blanks(&p);
    return *p == 0 ? date_make(y, m, d) : DATE_NONE;
}

/* One of "/", "." and a blank, with blanks around it; text_key has made "-" a blank. */
static char separator_of_date(const char **p)
{
    char sep = ' ';

    if (**p != '/' && **p != '.' && **p != ' ')
        return 0;
    blanks(p);
    if (**p == '/' || **p == '.')
        sep = *(*p)++;
    blanks(p);
    return sep;
}

/* "00:00:00" as a program prints behind a day; nothing else may follow it. */
static bool only_time(const char *p)
{
    int n;
    size_t parts = 0;

    blanks(&p);
    while (*p != 0 && parts < 3) {
        if (digits(&p, 2, &n) == 0 || n > 59)
            return false;
        parts++;
        if (*p == ':' && p[1] != 0)
            p++;
    }
    return *p == 0 && parts != 1;
}

/* Day, month, year with one separator; or year, month, day. */
static int32_t in_digits(const char *p)
{
    int a, m, b;
    size_t wide = digits(&p, 4, &a), last;
    char sep = wide == 0 ? 0 : separator_of_date(&p);

    if (sep == 0 || wide == 3 || digits(&p, 2, &m) == 0 || separator_of_date(&p) != sep)
        return DATE_NONE;
    last = digits(&p, 4, &b);
    if (!only_time(p) || last == 0 || (wide == 4) == (last == 4) || last == 3 ||
        (wide == 4 && last > 2))
        return DATE_NONE;
    if (wide == 4)
        return a < 1900 ? DATE_NONE : date_make(a, m, b);
    return b < 1900 ? DATE_NONE : date_make(b, m, a);
}

int32_t number_date(const char *text)
{
    static const char *const before[] = {"tính", "đến",  "tại",  "thời điểm",
                                         "hết",  "chốt", "ngày", ":"};
    struct arena a = {0};
    const char *p = text == NULL ? NULL : text_key(&a, text);
    int32_t date = DATE_NONE;
    bool again = true;

    if (p != NULL) {
        date = date_read(text);
        while (again) {
            again = false;
            for (size_t i = 0; i < COUNT(before) && !again; i++)
                again = word(&p, before[i]);
        }
        if (date == DATE_NONE)
            date = in_words(p);
        if (date == DATE_NONE)
            date = in_digits(p);
    }
    arena_clear(&a);
    return date;
}

/* Blanks of every kind, dots; a leading apostrophe is how Excel marks text. */
static size_t separator(const char *p)
{
    if (*p == ' ' || *p == '.' || *p == '\'' || *p == '\t' || *p == '\n' || *p == '\r')
        return 1;
    return p[0] == '\xc2' && p[1] == '\xa0' ? 2 : 0;
}

enum tax_status tax_number(const char *text, char out[16])
{
    static const int weights[] = {31, 29, 23, 19, 17, 13, 7, 5, 3};
    char d[14];
    size_t n = 0, skip;
    int sum = 0;
    bool branch;

    out[0] = 0;
    for (const char *p = text == NULL ? "" : text; *p != 0; p += skip) {
        skip = separator(p);
        if (skip > 0)
            continue;
        skip = 1;
        if (*p == '-' && n == 10)
            continue;
        if (*p < '0' || *p > '9' || n == 13)
            return TAX_LENGTH;
        d[n++] = *p;
    }
    d[n] = 0;
    if (n != 10 && n != 13)
        return TAX_LENGTH;
    branch = n == 13;
    snprintf(out, 16, branch ? "%.10s-%s" : "%.10s", d, d + 10);
    if (memcmp(d + 2, "0000000", 7) == 0)
        return TAX_SERIAL;
    for (size_t i = 0; i < COUNT(weights); i++)
        sum += weights[i] * (d[i] - '0');
    if (sum % 11 == 0 || d[9] - '0' != 10 - sum % 11)
        return TAX_CHECK;
    if (branch && strcmp(d + 10, "000") == 0)
        return TAX_SERIAL;
    return branch ? TAX_BRANCH : TAX_OK;
}
