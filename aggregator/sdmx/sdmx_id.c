/* Ids and names of files: the rule at the head of sdmx.h. */
#include "aggregator/sdmx/sdmx_own.h"

#include <ctype.h>
#include <inttypes.h>

static bool plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *sdmx_id(struct arena *a, const char *code)
{
    struct bytes out = {0};
    const char *id;

    for (const unsigned char *p = (const unsigned char *)code; *p != 0; p++) {
        const bool first = out.n == 0;

        if (plain(*p) || (*p == '_' && !first))
            bytes_char(&out, *p);
        else if (*p == '.' && !first)
            bytes_char(&out, '-');
        else if (*p == '+' && !first)
            bytes_char(&out, '@');
        else
            bytes_printf(&out, "$%02X", *p);
    }
    id = arena_strn(a, out.p, out.n);
    bytes_clear(&out);
    return id;
}

const char *sdmx_series_key(struct arena *a, const struct sdmx_row *row)
{
    struct bytes out = {0};
    const char *key;

    for (size_t i = 0; i < SDMX_SERIES; i++)
        bytes_printf(&out, "%s%s", i > 0 ? "." : "", row->v[i]);
    key = arena_strn(a, out.p, out.n);
    bytes_clear(&out);
    return key;
}

const char *sdmx_area(struct arena *a, const char *code, const char *from)
{
    const char *id = sdmx_id(a, code);

    return *from == 0 ? id
                      : arena_printf(a, "%s-%.4s%.2s%.2s", id, from, from + 5, from + 8);
}

const char *sdmx_dataflow(struct arena *a, const char *scheme)
{
    return strcmp(scheme, "nd09") == 0 ? "COOP"
                                       : arena_printf(a, "COOP_%s", sdmx_id(a, scheme));
}

/* The sign "/" of a time range has no place in the name of a file. */
char *sdmx_file_name(struct arena *a, const struct sdmx_source *now,
                     const struct sdmx_source *since, const char *end)
{
    const struct totals *t = now->totals;
    const bool actual = strcmp(t->vintage, "actual") == 0;
    const char *period = strchr(t->period, '/') == NULL ? t->period : "period";

    const char *number = now->number != 0 ? arena_printf(a, "v%" PRId64, now->number)
                                          : arena_printf(a, "%.12s", now->hash_hex);

    return arena_printf(
        a, "HTX_%s_1.0_%s%s%s_%s_%s%s%s", sdmx_dataflow(a, t->scheme), period,
        actual ? "" : "-", actual ? "" : t->vintage, sdmx_id(a, t->province_code), number,
        since != NULL ? arena_printf(a, "-since-v%" PRId64, since->number) : "", end);
}
