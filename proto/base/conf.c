#include "proto/base/conf.h"
#include "proto/base/clock.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A value of the file; those not given fall back to the table. */
struct entry {
    const struct conf_key *key;
    char *instance; /* NULL for plain sections */
    char *value;
};

struct conf {
    const struct conf_key *keys;
    size_t n_keys;
    struct entry *entries;
    size_t n;
    char *dir;
};

enum { LINE_MAX_BYTES = 4096 };

/* Does "[unit 106]" fit "unit *"? *instance is set behind the word, or NULL. */
static bool section_fits(const char *pattern, const char *section, const char **instance)
{
    size_t n = strlen(pattern);

    *instance = NULL;
    if (n < 2 || pattern[n - 1] != '*')
        return strcmp(pattern, section) == 0;
    if (strncmp(pattern, section, n - 1) != 0 || section[n - 1] == 0)
        return false;
    *instance = section + n - 1;
    return true;
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const struct entry *find(const struct conf *c, const struct conf_key *key,
                                const char *instance)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->entries[i].key == key && same(c->entries[i].instance, instance))
            return &c->entries[i];
    return NULL;
}

static bool value_fits(enum conf_type type, const char *v)
{
    char *end;

    switch (type) {
    case CONF_TEXT:
    case CONF_PATH:
        return true;
    case CONF_INT:
        errno = 0;
        (void)strtoll(v, &end, 10);
        return errno == 0 && end != v && *end == 0;
    case CONF_BOOL:
        return strcmp(v, "yes") == 0 || strcmp(v, "no") == 0;
    case CONF_DATE:
        return *v == 0 || date_read(v) != DATE_NONE;
    }
    return false;
}

static const char *const type_words[] = {
    [CONF_TEXT] = "text",
    [CONF_PATH] = "path",
    [CONF_INT] = "whole number",
    [CONF_BOOL] = "yes or no",
    [CONF_DATE] = "date yyyy-mm-dd or empty",
};

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

static bool take(struct conf *c, const char *path, int line, const char *section,
                 const char *name, const char *value, struct err *e)
{
    const char *instance = NULL;
    const struct conf_key *key = NULL;

    for (size_t i = 0; i < c->n_keys && key == NULL; i++)
        if (strcmp(c->keys[i].name, name) == 0 &&
            section_fits(c->keys[i].section, section, &instance))
            key = &c->keys[i];
    if (key == NULL)
        return err_set(e, ERR_SETUP, "%s:%d: [%s] %s: no such key", path, line, section,
                       name);
    if (find(c, key, instance) != NULL)
        return err_set(e, ERR_SETUP, "%s:%d: %s: given twice", path, line, name);
    if (!value_fits(key->type, value))
        return err_set(e, ERR_SETUP, "%s:%d: %s: \"%s\" is no %s", path, line, name,
                       value, type_words[key->type]);
    c->entries = mem_grow(c->entries, c->n + 1, sizeof *c->entries);
    c->entries[c->n++] =
        (struct entry){key, mem_str(instance),
                       key->type == CONF_PATH && value[0] != '/' && value[0] != 0
                           ? mem_printf("%s/%s", c->dir, value)
                           : mem_str(value)};
    return true;
}

/* Every required key of every section instance that the file has. */
static bool complete(const struct conf *c, const char *path, struct err *e)
{
    for (size_t i = 0; i < c->n_keys; i++) {
        const struct conf_key *key = &c->keys[i];
        size_t n = strlen(key->section);

        if (key->def != NULL)
            continue;
        if (key->section[n - 1] != '*') {
            if (find(c, key, NULL) == NULL)
                return err_set(e, ERR_SETUP, "%s: [%s] %s: missing (%s)", path,
                               key->section, key->name, key->help);
            continue;
        }
        for (size_t k = 0; k < conf_instances(c, key->section); k++) {
            const char *instance = conf_instance(c, key->section, k);

            if (find(c, key, instance) == NULL)
                return err_set(e, ERR_SETUP, "%s: [%.*s%s] %s: missing (%s)", path,
                               (int)n - 1, key->section, instance, key->name, key->help);
        }
    }
    return true;
}

static bool read_lines(struct conf *c, FILE *f, const char *path, struct err *e)
{
    char raw[LINE_MAX_BYTES], section[256] = "";
    int line = 0;

    while (fgets(raw, sizeof raw, f) != NULL) {
        char *s = raw, *eq;

        line++;
        if (strlen(raw) == sizeof raw - 1)
            return err_set(e, ERR_SETUP, "%s:%d: line longer than %d bytes", path, line,
                           LINE_MAX_BYTES);
        if (line == 1 && strncmp(s, "\xef\xbb\xbf", 3) == 0)
            s += 3;
        s = trimmed(s);
        if (*s == 0 || *s == '#' || *s == ';')
            continue;
        if (*s == '[') {
            size_t n = strlen(s);

            if (s[n - 1] != ']' || n - 2 >= sizeof section)
                return err_set(e, ERR_SETUP, "%s:%d: bad section line", path, line);
            memcpy(section, s + 1, n - 2);
            section[n - 2] = 0;
            continue;
        }
        eq = strchr(s, '=');
        if (eq == NULL)
            return err_set(e, ERR_SETUP, "%s:%d: expected \"key = value\"", path, line);
        *eq = 0;
        if (!take(c, path, line, section, trimmed(s), trimmed(eq + 1), e))
            return false;
    }
    return true;
}

bool conf_open(struct conf **out, const char *path, const struct conf_key *keys, size_t n,
               struct err *e)
{
    struct conf *c = NULL;
    const char *slash = strrchr(path, '/');
    FILE *f = fopen(path, "re");
    bool ok = false;

    *out = NULL;
    if (f == NULL)
        return err_set(e, ERR_SETUP, "%s: %s", path, strerror(errno));
    c = mem_new(sizeof *c);
    c->keys = keys;
    c->n_keys = n;
    c->dir = slash == NULL ? mem_str(".") : mem_printf("%.*s", (int)(slash - path), path);
    if (!read_lines(c, f, path, e))
        goto out;
    if (!complete(c, path, e))
        goto out;
    *out = c;
    c = NULL;
    ok = true;
out:
    conf_close(&c);
    fclose(f);
    return ok;
}

void conf_close(struct conf **cp)
{
    struct conf *c = *cp;

    if (c == NULL)
        return;
    for (size_t i = 0; i < c->n; i++) {
        free(c->entries[i].instance);
        free(c->entries[i].value);
    }
    free(c->entries);
    free(c->dir);
    free(c);
    *cp = NULL;
}

/* The i-th distinct instance in file order, or NULL; counts them into *n when given. */
static const char *nth_instance(const struct conf *c, const char *section, size_t i,
                                size_t *n)
{
    size_t seen = 0;

    for (size_t k = 0; k < c->n; k++) {
        const struct entry *en = &c->entries[k];
        bool first = strcmp(en->key->section, section) == 0;

        for (size_t j = 0; j < k && first; j++)
            if (strcmp(c->entries[j].key->section, section) == 0 &&
                same(c->entries[j].instance, en->instance))
                first = false;
        if (!first)
            continue;
        if (n == NULL && seen == i)
            return en->instance;
        seen++;
    }
    if (n != NULL)
        *n = seen;
    return NULL;
}

size_t conf_instances(const struct conf *c, const char *section)
{
    size_t n = 0;

    nth_instance(c, section, 0, &n);
    return n;
}

const char *conf_instance(const struct conf *c, const char *section, size_t i)
{
    return nth_instance(c, section, i, NULL);
}

const char *conf_text(const struct conf *c, const char *section, const char *instance,
                      const char *name)
{
    for (size_t i = 0; i < c->n_keys; i++) {
        const struct conf_key *key = &c->keys[i];
        const struct entry *en;

        if (strcmp(key->section, section) != 0 || strcmp(key->name, name) != 0)
            continue;
        en = find(c, key, instance);
        return en != NULL ? en->value : key->def;
    }
    assert(false); /* a key that the table does not have */
    return NULL;
}

int64_t conf_int(const struct conf *c, const char *section, const char *instance,
                 const char *name)
{
    return strtoll(conf_text(c, section, instance, name), NULL, 10);
}

bool conf_bool(const struct conf *c, const char *section, const char *instance,
               const char *name)
{
    return strcmp(conf_text(c, section, instance, name), "yes") == 0;
}

void conf_sample(const struct conf_key *keys, size_t n, struct bytes *out)
{
    const char *section = "";

    for (size_t i = 0; i < n; i++) {
        if (strcmp(section, keys[i].section) != 0) {
            section = keys[i].section;
            bytes_printf(out, "%s[%s]\n", i == 0 ? "" : "\n", section);
        }
        bytes_printf(out, "# %s (%s)\n%s%s = %s\n", keys[i].help,
                     type_words[keys[i].type], keys[i].def == NULL ? "" : "# ",
                     keys[i].name, keys[i].def == NULL ? "" : keys[i].def);
    }
}
