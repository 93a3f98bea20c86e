#include "proto/genesis.h"
#include "proto/base/file.h"

static char *trimmed(char *s)
{
    size_t n;

    while (*s == ' ' || *s == '\t')
        s++;
    n = strlen(s);
    while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
        s[--n] = 0;
    return s;
}

/* "receipt", "receipt2", "receipt3", ... */
static bool names_receipt_key(const char *name)
{
    return strncmp(name, "receipt", 7) == 0 &&
           strspn(name + 7, "0123456789") == strlen(name + 7);
}

static bool take(struct genesis *g, const char *name, const char *value, struct err *e)
{
    if (strcmp(name, "code") == 0) {
        snprintf(g->code, sizeof g->code, "%s", value);
    } else if (strcmp(name, "name") == 0) {
        snprintf(g->name, sizeof g->name, "%s", value);
    } else if (strcmp(name, "curve") == 0) {
        if (!curve_valid(value))
            return err_set(e, ERR_SETUP, "curve: no key in Z85");
        snprintf(g->curve, sizeof g->curve, "%s", value);
    } else if (names_receipt_key(name)) {
        if (g->n_keys == GENESIS_KEYS)
            return err_set(e, ERR_SETUP, "more than %d receipt keys", GENESIS_KEYS);
        if (!hex_read(value, g->keys[g->n_keys].b, KEY_LEN))
            return err_set(e, ERR_SETUP, "%s: no key of %d hex digits", name,
                           2 * KEY_LEN);
        g->n_keys++;
    }
    return true;
}

static bool read_lines(struct genesis *g, char *text, struct err *e)
{
    bool in_province = false;
    char *rest = text, *line;

    while ((line = strsep(&rest, "\n")) != NULL) {
        char *eq;

        line = trimmed(line);
        if (*line == '[') {
            in_province = strcmp(line, "[province]") == 0;
            continue;
        }
        eq = strchr(line, '=');
        if (!in_province || *line == '#' || *line == ';' || eq == NULL)
            continue;
        *eq = 0;
        if (!take(g, trimmed(line), trimmed(eq + 1), e))
            return false;
    }
    if (g->curve[0] == 0)
        return err_set(e, ERR_SETUP, "[province] curve is missing");
    if (g->n_keys == 0)
        return err_set(e, ERR_SETUP, "[province] receipt is missing");
    return true;
}

bool genesis_of(struct span file, struct genesis *out, struct err *e)
{
    struct bytes b = {0};
    bool ok;

    *out = (struct genesis){.hash = hash_of(DOMAIN_GENESIS, file)};
    bytes_add(&b, file.p, file.n);
    bytes_cstr(&b);
    ok = officers_read(file, &out->officers, e) && read_lines(out, (char *)b.p, e);
    bytes_clear(&b);
    return ok;
}

bool genesis_read(const char *path, struct genesis *out, struct err *e)
{
    struct bytes b = {0};
    bool ok;

    *out = (struct genesis){0};
    if (!file_read(path, GENESIS_MAX, &b, e)) {
        e->kind = ERR_SETUP;
        bytes_clear(&b);
        return false;
    }
    ok = genesis_of(span_of(&b), out, e) || err_in(e, "%s", path);
    bytes_clear(&b);
    return ok;
}
