#include "proto/tsv.h"

#include <errno.h>

#include "proto/base/clock.h"
#include "proto/base/text.h"

bool tsv_error(const struct tsv *t, struct err *e, const char *column, const char *reason)
{
    return err_set(e, ERR_INPUT, "%s:%zu: %s: %s: %s", t->file, t->line, column,
                   tsv_get(t, column), reason);
}

static bool line_error(const struct tsv *t, struct err *e, const char *reason)
{
    return err_set(e, ERR_INPUT, "%s:%zu: %s", t->file, t->line, reason);
}

/* Cuts one line off the rest. */
static bool take_line(struct tsv *t, struct span *line, struct err *e)
{
    const unsigned char *end = memchr(t->rest.p, '\n', t->rest.n);

    t->line++;
    if (end == NULL)
        return line_error(t, e, "the last line does not end");
    *line = (struct span){t->rest.p, (size_t)(end - t->rest.p)};
    t->rest.p = end + 1;
    t->rest.n -= line->n + 1;
    if (line->n > TSV_LINE)
        return line_error(t, e, "line is too long");
    if (memchr(line->p, '\r', line->n) != NULL)
        return line_error(t, e, "carriage return: lines end with LF alone");
    if (text_is_plain(*line)) /* nearly all of them */
        return true;
    if (!text_valid(*line))
        return line_error(t, e, "not UTF-8");
    if (!text_is_nfc(*line))
        return line_error(t, e, "not in Unicode form NFC");
    return true;
}

/* Splits at tabs; returns the number of fields, TSV_COLUMNS + 1 for too many. */
static size_t split(struct tsv *t, struct span line, const char **out)
{
    size_t n = 0;

    for (;;) {
        const unsigned char *tab = line.n > 0 ? memchr(line.p, '\t', line.n) : NULL;
        size_t len = tab != NULL ? (size_t)(tab - line.p) : line.n;

        if (n == TSV_COLUMNS)
            return TSV_COLUMNS + 1;
        out[n++] = arena_strn(&t->arena, line.p, len);
        if (tab == NULL)
            return n;
        line.p += len + 1;
        line.n -= len + 1;
    }
}

static bool has_column(const struct tsv *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->names[i], name) == 0)
            return true;
    return false;
}

bool tsv_open(struct tsv *t, const char *file, struct span data,
              const char *const *columns, size_t n_columns, struct err *e)
{
    struct span line;

    *t = (struct tsv){.file = file, .rest = data};
    if (!take_line(t, &line, e))
        return false;
    t->n = split(t, line, t->names);
    if (t->n > TSV_COLUMNS) {
        t->n = 0;
        return line_error(t, e, "too many columns");
    }
    for (size_t i = 0; i < n_columns; i++)
        if (!has_column(t, columns[i]))
            return err_set(e, ERR_INPUT, "%s:1: %s: column is missing", file, columns[i]);
    return true;
}

void tsv_close(struct tsv *t)
{
    arena_clear(&t->arena);
    *t = (struct tsv){0};
}

bool tsv_next(struct tsv *t, struct err *e)
{
    struct span line;
    size_t n;

    e->kind = ERR_NONE;
    if (t->rest.n == 0)
        return false;
    if (!take_line(t, &line, e))
        return false;
    n = split(t, line, t->fields);
    if (n != t->n)
        return err_set(e, ERR_INPUT, "%s:%zu: %zu fields, the first line has %zu",
                       t->file, t->line, n, t->n);
    return true;
}

const char *tsv_get(const struct tsv *t, const char *column)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->names[i], column) == 0)
            return t->fields[i] != NULL ? t->fields[i] : "";
    return "";
}

bool tsv_int(const struct tsv *t, const char *column, int64_t if_empty, int64_t min,
             int64_t max, int64_t *out, struct err *e)
{
    const char *s = tsv_get(t, column);
    char *end;
    long long v;

    *out = if_empty;
    if (s[0] == 0)
        return true;
    errno = 0;
    v = strtoll(s, &end, 10);
    if (*end != 0 || errno != 0 || s[0] == ' ' || s[0] == '+')
        return tsv_error(t, e, column, "not a whole number");
    if (v < min || v > max)
        return tsv_error(t, e, column, "out of range");
    *out = v;
    return true;
}

bool tsv_date(const struct tsv *t, const char *column, int32_t if_empty, int32_t *out,
              struct err *e)
{
    const char *s = tsv_get(t, column);

    *out = if_empty;
    if (s[0] == 0)
        return true;
    *out = date_read(s);
    if (*out == DATE_NONE)
        return tsv_error(t, e, column, "not a date yyyy-mm-dd");
    return true;
}

bool tsv_word(const struct tsv *t, const char *column, const char *const *words,
              size_t *out, struct err *e)
{
    const char *s = tsv_get(t, column);

    for (*out = 0; words[*out] != NULL; ++*out)
        if (strcmp(words[*out], s) == 0)
            return true;
    return tsv_error(t, e, column, "unknown word");
}

bool tsv_given(const struct tsv *t, const char *column, struct err *e)
{
    return tsv_get(t, column)[0] != 0 || tsv_error(t, e, column, "must be given");
}

void tsv_put(struct bytes *out, const char *field)
{
    bytes_char(out, '\t');
    for (const char *s = field; s != NULL && *s != 0; s++) {
        switch (*s) {
        case '\t':
            bytes_str(out, "\\t");
            break;
        case '\n':
            bytes_str(out, "\\n");
            break;
        case '\\':
            bytes_str(out, "\\\\");
            break;
        default:
            bytes_char(out, *s);
        }
    }
}

static const char *unescaped(struct arena *a, const char *p, size_t n)
{
    char *out = arena_strn(a, p, n), *to = out;

    for (const char *from = out; *from != 0; from++) {
        if (*from == '\\' && from[1] != 0) {
            from++;
            *to++ = *from == 't' ? '\t' : *from == 'n' ? '\n' : *from;
        } else {
            *to++ = *from;
        }
    }
    *to = 0;
    return out;
}

size_t tsv_split(struct arena *a, const void *p, const void *end, const char **fields,
                 size_t most)
{
    const char *from = p;
    size_t n = 0;

    while (n < most) {
        const char *tab = memchr(from, '\t', (size_t)((const char *)end - from));
        const char *stop = tab != NULL ? tab : end;

        fields[n++] = unescaped(a, from, (size_t)(stop - from));
        if (tab == NULL)
            break;
        from = tab + 1;
    }
    return n;
}
