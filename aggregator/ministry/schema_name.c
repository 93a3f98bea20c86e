#include "aggregator/ministry/schema_name.h"

#include <ctype.h>

enum { CODE_MAX = 16 };

bool schema_of_code(const char *code, char out[SCHEMA_NAME_MAX])
{
    size_t n = strlen(code), at;

    if (n == 0 || n > CODE_MAX)
        return false;
    at = (size_t)snprintf(out, SCHEMA_NAME_MAX, "htx_");
    for (; *code != 0; code++) {
        if (!isalnum((unsigned char)*code) || (unsigned char)*code > 0x7f)
            return false;
        out[at++] = (char)tolower((unsigned char)*code);
    }
    out[at] = 0;
    return true;
}

void schema_of_branch(const char *schema, int64_t branch, char out[SCHEMA_NAME_MAX])
{
    snprintf(out, SCHEMA_NAME_MAX, "%.24s_fork%lld", schema, (long long)branch);
}

bool schema_name_valid(const char *name)
{
    size_t n = strlen(name);

    return n > 0 && n < SCHEMA_NAME_MAX && !isdigit((unsigned char)*name) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* The length of the quoted text or comment that begins here; 0: none does. */
static size_t skipped(const char *p)
{
    const char *end = NULL;

    if (*p == '\'' || *p == '"') {
        end = strchr(p + 1, *p);
        end = end != NULL ? end + 1 : NULL;
    } else if (strncmp(p, "--", 2) == 0) {
        end = strchr(p, '\n');
    } else if (strncmp(p, "/*", 2) == 0) {
        end = strstr(p + 2, "*/");
        end = end != NULL ? end + 2 : NULL;
    } else {
        return 0;
    }
    return end != NULL ? (size_t)(end - p) : strlen(p);
}

/* Is this "htx", a word of its own, behind `schema`, or with a point behind it? */
static bool qualifier(const char *p, const char *sql)
{
    static const char before[] = "schema ";
    const size_t n = sizeof before - 1;

    if (strncmp(p, "htx", 3) != 0 || in_word(p[3]))
        return false;
    if (p > sql && (in_word(p[-1]) || p[-1] == '.'))
        return false;
    return p[3] == '.' || ((size_t)(p - sql) >= n && strncasecmp(p - n, before, n) == 0);
}

void schema_rename(const char *sql, const char *schema, struct bytes *out)
{
    static const char namespace[] = "'htx'::regnamespace";
    const char *p = sql;

    while (*p != 0) {
        size_t skip;

        if (strncmp(p, namespace, sizeof namespace - 1) == 0) {
            bytes_printf(out, "'%s'::regnamespace", schema);
            p += sizeof namespace - 1;
        } else if ((skip = skipped(p)) > 0) {
            bytes_add(out, p, skip);
            p += skip;
        } else if (qualifier(p, sql)) {
            bytes_str(out, schema);
            p += 3;
        } else {
            bytes_char(out, *p++);
        }
    }
}
