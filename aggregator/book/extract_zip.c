/* clang-format off */
/*
 * One archive of all that a ministry or Liên minh HTX takes over. MANIFEST.tsv says what
 * is in it, one line a field, fields between tabs; SHA256SUMS is for `sha256sum -c`. The
 * signature beside the archive covers all of it.
 *
 *   htx-manifest 1
 *   province     code name
 *   publication  scheme period vintage number
 *   as-of        epoch seq
 *   totals       hash of the canonical totals
 *   catalogue    version
 *   prepared     when it was published
 *   file         name, media type, bytes, BLAKE2b-256, SHA-256: a line each
 */
/* clang-format on */
#include "aggregator/book/extract_file.h"
#include "proto/forms/sheet_repack.h"
#include "proto/tsv.h"

#include <inttypes.h>

static const struct {
    const char *format, *media;
} PARTS[] = {
    {"xlsx",           "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"csv",            "text/csv; charset=utf-8"                                          },
    {"sdmx-structure", "application/vnd.sdmx.structure+xml; version=2.1"                  },
    {"sdmx-xsd",       "application/xml"                                                  },
    {"sdmx-ml",        "application/vnd.sdmx.structurespecificdata+xml; version=2.1"      },
    {"sdmx-csv",       "application/vnd.sdmx.data+csv; version=2.0.0"                     },
};

static void put_head(const struct work *w, struct bytes *out)
{
    const struct publication *p = w->p;
    char hex[2 * HASH_LEN + 1];

    bytes_str(out, "htx-manifest 1\nprovince");
    tsv_put(out, w->app->settings.province_code);
    tsv_put(out, w->app->settings.province_name);
    bytes_str(out, "\npublication");
    tsv_put(out, p->scheme);
    tsv_put(out, p->period);
    tsv_put(out, p->vintage);
    bytes_printf(out, "\t%" PRId64 "\nas-of\t%" PRId64 "\t%" PRId64 "\ntotals\t%s\n",
                 p->number, p->epoch, p->seq, hash_hex(&p->hash, hex));
    bytes_printf(out, "catalogue\t%" PRId64 "\nprepared\t%s\n", p->catalogue,
                 p->published);
}

static void put_part(const struct made *m, const char *media, struct bytes *manifest,
                     struct bytes *sums)
{
    const struct hash sha = hash_sha256(m->body);
    char hex[2 * HASH_LEN + 1];

    bytes_str(manifest, "file");
    tsv_put(manifest, m->name);
    bytes_printf(manifest, "\t%s\t%zu\t%s", media, m->body.n, hash_hex(&m->hash, hex));
    bytes_printf(manifest, "\t%s\n", hash_hex(&sha, hex));
    bytes_printf(sums, "%s  %s\n", hex, m->name);
}

bool extract_zip(struct work *w, struct bytes *out, struct err *e)
{
    struct bytes manifest = {0}, sums = {0};
    struct repack *zip = NULL;
    bool ok = repack_open(&zip, (struct span){0}, e);

    put_head(w, &manifest);
    for (size_t i = 0; ok && i < COUNT(PARTS); i++) {
        struct bytes body = {0};
        struct made m;

        ok = extract_file(w, format_named(PARTS[i].format), &m, e);
        if (ok) {
            put_part(&m, PARTS[i].media, &manifest, &sums);
            bytes_add(&body, m.body.p, m.body.n);
            repack_put(zip, m.name, &body);
        }
    }
    if (ok) {
        repack_put(zip, "MANIFEST.tsv", &manifest);
        repack_put(zip, "SHA256SUMS", &sums);
        ok = repack_write(zip, out, e);
    }
    repack_close(&zip);
    bytes_clear(&manifest);
    bytes_clear(&sums);
    return ok;
}
