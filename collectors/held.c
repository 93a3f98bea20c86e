#include "collectors/held.h"

#include "proto/base/file.h"
#include "proto/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

enum { SIG_FILE_MAX = 16 * 1024, VERSIONS_MAX = 1000 };

static char *path_of(const char *state, uint32_t version, const char *ext)
{
    return mem_printf("%s/catalogue/%u.%s", state, version, ext);
}

/* -- the signatures' file --------------------------------------------------------------
 */

/* "catalogue 2 HASH 2025-07-01", then a line "KEY SIGNATURE" for each. */
static void write_sig(const struct offer *o, struct bytes *out)
{
    char hash[2 * HASH_LEN + 1], key[2 * KEY_LEN + 1], sig[2 * SIG_LEN + 1], day[11];

    bytes_printf(out, "catalogue %u %s %s\n", o->blob.version,
                 hash_hex(&o->blob.hash, hash), date_iso(o->from, day));
    for (size_t i = 0; i < o->n_endorsements; i++)
        bytes_printf(out, "%s %s\n", hex_of(o->endorsements[i].key.b, KEY_LEN, key),
                     hex_of(o->endorsements[i].signature.b, SIG_LEN, sig));
}

static bool read_sig_line(char *line, struct endorsement *one)
{
    char *space = strchr(line, ' ');

    if (space == NULL)
        return false;
    *space = 0;
    return hex_read(line, one->key.b, KEY_LEN) &&
           hex_read(space + 1, one->signature.b, SIG_LEN);
}

static bool read_sig_text(char *text, struct catalogue_act *act,
                          struct endorsement list[WIRE_ENDORSEMENTS], size_t *n)
{
    char *rest = text, *line = strsep(&rest, "\n"), hash[2 * HASH_LEN + 1], day[11];
    unsigned version;

    *n = 0;
    if (sscanf(line, "catalogue %9u %64s %10s", &version, hash, day) != 3 ||
        !hex_read(hash, act->bundle.b, HASH_LEN))
        return false;
    act->version = version;
    act->from = date_read(day);
    while ((line = strsep(&rest, "\n")) != NULL && *line != 0)
        if (*n == WIRE_ENDORSEMENTS || !read_sig_line(line, &list[(*n)++]))
            return false;
    return act->from != DATE_NONE;
}

/* What two officers said of this version, as kept; checked again. */
static bool read_act(const char *state, const struct genesis *g, uint32_t version,
                     struct catalogue_act *act, struct err *e)
{
    struct endorsement list[WIRE_ENDORSEMENTS];
    char *path = path_of(state, version, "sig");
    struct bytes text = {0};
    size_t n = 0;
    bool ok = file_read(path, SIG_FILE_MAX, &text, e);

    *act = (struct catalogue_act){.province = g->hash};
    if (ok) {
        bytes_cstr(&text);
        ok = (read_sig_text((char *)text.p, act, list, &n) && act->version == version) ||
             err_set(e, ERR_INPUT, "%s: damaged", path);
    }
    ok = ok && endorsed(act, &g->officers, list, n, e);
    bytes_clear(&text);
    free(path);
    return ok;
}

/* -- versions --------------------------------------------------------------------------
 */

static int newest_first(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x > y ? -1 : x < y;
}

static size_t list_versions(const char *state, uint32_t list[VERSIONS_MAX])
{
    char *dir = mem_printf("%s/catalogue", state);
    DIR *d = opendir(dir);
    struct dirent *entry;
    size_t n = 0;

    if (d == NULL && errno != ENOENT)
        log_event(LOG_WARN, "catalogue_not_used folder=\"%s\" why=\"%s\"", dir,
                  strerror(errno));
    free(dir);
    if (d == NULL)
        return 0;
    while ((entry = readdir(d)) != NULL && n < VERSIONS_MAX) {
        char *end;
        unsigned long v = strtoul(entry->d_name, &end, 10);

        if (v > 0 && v <= INT32_MAX && strcmp(end, ".bundle") == 0)
            list[n++] = (uint32_t)v;
    }
    closedir(d);
    if (n > 0)
        qsort(list, n, sizeof *list, newest_first);
    return n;
}

bool held_any(const char *state)
{
    uint32_t list[VERSIONS_MAX];

    return list_versions(state, list) > 0;
}

static bool check_bundle(const struct catalogue_act *act, struct span bundle,
                         struct catalogue **cat, struct err *e)
{
    struct hash hash = hash_of(DOMAIN_CATALOGUE, bundle);

    if (!hash_eq(&hash, &act->bundle))
        return err_set(e, ERR_INPUT, "catalogue %u: not the bytes that were signed",
                       act->version);
    if (!catalogue_load(cat, bundle, e))
        return err_in(e, "catalogue %u", act->version);
    if ((*cat)->version == act->version)
        return true;
    err_set(e, ERR_INPUT, "catalogue %u calls itself version %u", act->version,
            (*cat)->version);
    catalogue_close(cat);
    return false;
}

static bool open_version(const char *state, const struct genesis *g, uint32_t version,
                         struct catalogue_act *act, struct catalogue **cat, struct err *e)
{
    char *path = path_of(state, version, "bundle");
    struct bytes bundle = {0};
    bool ok = read_act(state, g, version, act, e) &&
              file_read(path, WIRE_BLOB, &bundle, e) &&
              check_bundle(act, span_of(&bundle), cat, e);

    bytes_clear(&bundle);
    free(path);
    return ok;
}

void held_open(const char *state, const struct genesis *g, int32_t today,
               struct catalogue **in_force, struct held_version *newest)
{
    uint32_t list[VERSIONS_MAX];
    size_t n = list_versions(state, list);

    *in_force = NULL;
    *newest = (struct held_version){0};
    for (size_t i = 0; i < n && *in_force == NULL; i++) {
        struct catalogue *cat = NULL;
        struct catalogue_act act;
        struct err why = {0};

        if (!open_version(state, g, list[i], &act, &cat, &why)) {
            log_event(LOG_WARN, "catalogue_not_used version=%u why=\"%s\"", list[i],
                      why.text);
            continue;
        }
        if (newest->version == 0)
            *newest = (struct held_version){act.version, act.bundle, act.from};
        if (act.from <= today)
            *in_force = cat;
        else
            catalogue_close(&cat);
    }
}

bool held_offer(const char *state, const struct genesis *g, const struct offer *o,
                bool *wanted, struct err *e)
{
    struct catalogue_act act = {.province = g->hash,
                                .version = o->blob.version,
                                .bundle = o->blob.hash,
                                .from = o->from},
                         there;
    struct catalogue *cat = NULL;
    char *dir = mem_printf("%s/catalogue", state);
    char *path = path_of(state, o->blob.version, "sig");
    struct bytes text = {0};
    struct err ignored = {0};
    bool ok = endorsed(&act, &g->officers, o->endorsements, o->n_endorsements, e);

    *wanted = false;
    if (!ok)
        goto out;
    if (open_version(state, g, act.version, &there, &cat, &ignored) &&
        hash_eq(&there.bundle, &act.bundle)) {
        catalogue_close(&cat);
        goto out;
    }
    catalogue_close(&cat);
    write_sig(o, &text);
    ok = file_mkdirs(dir, e) && file_write(path, span_of(&text), 0600, e);
    *wanted = ok;
out:
    bytes_clear(&text);
    free(dir);
    free(path);
    return ok;
}

bool held_bundle(const char *state, const struct genesis *g, uint32_t version,
                 struct span bundle, struct err *e)
{
    char *path = path_of(state, version, "bundle");
    struct catalogue *cat = NULL;
    struct catalogue_act act;
    bool ok = read_act(state, g, version, &act, e) &&
              check_bundle(&act, bundle, &cat, e) && file_write(path, bundle, 0600, e);

    catalogue_close(&cat);
    free(path);
    return ok;
}
