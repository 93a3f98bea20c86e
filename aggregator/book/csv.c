#include "aggregator/book/csv.h"
#include "proto/base/text.h"

/* A formula could begin at s, which stands in text. */
static bool dangerous(const char *text, const char *s)
{
    bool breaks;

    if (s > text && s[-1] != ';' && s[-1] != '\t' && s[-1] != '\n' && s[-1] != '\r')
        return false;
    return text_begins_formula(s, &breaks) || (breaks && s == text);
}

void csv_neutral(struct bytes *out, const char *s)
{
    for (const char *p = s; *p != 0; p++) {
        if (dangerous(s, p))
            bytes_char(out, '\'');
        bytes_char(out, *p);
    }
}

char *csv_plain(struct arena *a, const char *s)
{
    struct bytes b = {0};
    char *plain;

    for (const char *p = s; *p != 0; p++)
        if (*p != '\'' || !dangerous(s, p))
            bytes_char(&b, *p);
    plain = arena_str(a, bytes_cstr(&b));
    bytes_clear(&b);
    return plain;
}

void csv_text(struct bytes *out, const char *s)
{
    struct bytes b = {0};
    const char *text;

    csv_neutral(&b, s);
    text = bytes_cstr(&b);
    if (strcmp(text, s) == 0 && strpbrk(s, "\",\r\n") == NULL) {
        bytes_str(out, s);
    } else {
        bytes_char(out, '"');
        for (; *text != 0; text++) {
            if (*text == '"')
                bytes_char(out, '"');
            bytes_char(out, *text);
        }
        bytes_char(out, '"');
    }
    bytes_clear(&b);
}
