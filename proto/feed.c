#include "proto/feed.h"

#include <inttypes.h>

static const char MAGIC[FEED_MAGIC_LEN + 1] = "HTXPAGE1";

static void put_u32(unsigned char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> (24 - 8 * i));
}

static uint32_t get_u32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* ---- hashes, signature ---- */

struct hash feed_header_hash(struct span header_bytes)
{
    return hash_of(DOMAIN_FEED, header_bytes);
}

struct hash feed_body_hash(struct span body)
{
    return hash_of(DOMAIN_FEED_BODY, body);
}

struct signature feed_sign(const struct keypair *key, struct span header_bytes)
{
    return sign(DOMAIN_FEED_SIGN, key, header_bytes);
}

bool feed_page_holds(const struct feed_page *p)
{
    return sign_holds(DOMAIN_FEED_SIGN, &p->header.key, p->header_bytes, &p->signature);
}

struct feed_cursor feed_cursor_of(const struct feed_page *p)
{
    return (struct feed_cursor){.chain = p->header.chain,
                                .epoch = p->header.epoch,
                                .page = p->header.page,
                                .has_hash = true,
                                .hash = p->hash};
}

/* ---- the file ---- */

void feed_page_pack(struct span header_bytes, const struct signature *signature,
                    struct span body, struct bytes *out)
{
    unsigned char length[4];

    put_u32(length, (uint32_t)header_bytes.n);
    bytes_add(out, MAGIC, FEED_MAGIC_LEN);
    bytes_add(out, length, sizeof length);
    bytes_add(out, header_bytes.p, header_bytes.n);
    bytes_add(out, signature->b, SIG_LEN);
    bytes_add(out, body.p, body.n);
}

/* As many records as the header says, each whole; nothing of them is read. */
static bool records_whole(const struct feed_page *p, struct err *e)
{
    struct span left = p->body;
    uint32_t n = 0;

    while (left.n > 0) {
        uint32_t len = left.n >= 4 ? get_u32(left.p) : 0;

        n++;
        if (len == 0 || len > left.n - 4)
            return err_set(e, ERR_INPUT, "page: record %u is cut", n);
        left.p += 4 + len;
        left.n -= 4 + len;
    }
    return n == p->header.records ||
           err_set(e, ERR_INPUT, "page: %u records, its header says %u", n,
                   p->header.records);
}

/* The exact bytes of the header. */
static bool header_of(struct span file, struct span *header, struct err *e)
{
    uint32_t len;

    if (file.n < FEED_PREFIX || memcmp(file.p, MAGIC, FEED_MAGIC_LEN) != 0)
        return err_set(e, ERR_INPUT, "no page of a feed: it does not begin with %s",
                       MAGIC);
    len = get_u32(file.p + FEED_MAGIC_LEN);
    *header = (struct span){file.p + FEED_PREFIX, len};
    return (len > 0 && len <= FEED_HEADER && len <= file.n - FEED_PREFIX) ||
           err_set(e, ERR_INPUT, "page: cut in its header");
}

bool feed_header_peek(struct span beginning, struct feed_header *h, struct err *e)
{
    struct span header;

    return header_of(beginning, &header, e) &&
           (wire_read_feed_header(header, h, e) || err_in(e, "page"));
}

bool feed_page_read(struct span file, struct feed_page *p, struct err *e)
{
    struct hash body;
    size_t len;

    *p = (struct feed_page){0};
    if (!header_of(file, &p->header_bytes, e))
        return false;
    len = p->header_bytes.n;
    if (file.n - FEED_PREFIX - len < SIG_LEN)
        return err_set(e, ERR_INPUT, "page: cut in its signature");
    memcpy(p->signature.b, file.p + FEED_PREFIX + len, SIG_LEN);
    p->body.p = file.p + FEED_PREFIX + len + SIG_LEN;
    p->body.n = file.n - FEED_PREFIX - len - SIG_LEN;
    if (!wire_read_feed_header(p->header_bytes, &p->header, e))
        return err_in(e, "page");
    p->hash = feed_header_hash(p->header_bytes);
    if (p->body.n != p->header.bytes)
        return err_set(e, ERR_INPUT, "page: a body of %zu bytes, its header says %u",
                       p->body.n, p->header.bytes);
    body = feed_body_hash(p->body);
    if (!hash_eq(&body, &p->header.body))
        return err_set(e, ERR_INPUT, "page: the body is not the one of its header");
    return records_whole(p, e);
}

bool feed_page_follows(const struct feed_page *p, const struct hash *province,
                       const struct feed_cursor *after, bool *forked, struct err *e)
{
    const struct feed_header *h = &p->header;

    if (forked != NULL)
        *forked = false;
    if (!hash_eq(&h->province, province))
        return err_set(e, ERR_INPUT, "page of another province");
    if (h->chain != after->chain)
        return err_set(e, ERR_INPUT, "page of the chain %s, not %s",
                       feed_chain_word(h->chain), feed_chain_word(after->chain));
    if (after->page == 0) {
        return !h->has_previous ||
               err_set(e, ERR_INPUT,
                       "page %" PRIu64 ".%" PRIu64 ": the pages before it are missing",
                       h->epoch, h->page);
    }
    if (h->epoch < after->epoch || (h->epoch == after->epoch && h->page <= after->page))
        return err_set(e, ERR_INPUT,
                       "page %" PRIu64 ".%" PRIu64 " again: stored up to %" PRIu64
                       ".%" PRIu64,
                       h->epoch, h->page, after->epoch, after->page);
    if (h->previous_epoch == after->epoch && h->previous_page == after->page &&
        h->has_previous && after->has_hash && hash_eq(&h->previous, &after->hash))
        return true;
    if (h->epoch == after->epoch && h->page > after->page + 1)
        return err_set(e, ERR_INPUT,
                       "page %" PRIu64 ".%" PRIu64 ": pages behind %" PRIu64 ".%" PRIu64
                       " are missing",
                       h->epoch, h->page, after->epoch, after->page);
    if (h->epoch > after->epoch &&
        (h->page > 1 || (h->has_previous && (h->previous_epoch > after->epoch ||
                                             (h->previous_epoch == after->epoch &&
                                              h->previous_page > after->page)))))
        return err_set(e, ERR_INPUT,
                       "page %" PRIu64 ".%" PRIu64 ": pages behind %" PRIu64 ".%" PRIu64
                       " are missing",
                       h->epoch, h->page, after->epoch, after->page);
    if (forked != NULL)
        *forked = true;
    return err_set(e, ERR_INPUT,
                   "page %" PRIu64 ".%" PRIu64 " continues another branch: %" PRIu64
                   ".%" PRIu64 ", not what is stored up to %" PRIu64 ".%" PRIu64,
                   h->epoch, h->page, h->previous_epoch, h->previous_page, after->epoch,
                   after->page);
}

/* ---- records ---- */

bool feed_next(struct feed_reader *r, struct arena *a, struct feed_record *out,
               struct err *e)
{
    uint32_t len;

    *out = (struct feed_record){0};
    if (r->left.n == 0)
        return true;
    r->record++;
    len = r->left.n >= 4 ? get_u32(r->left.p) : 0;
    if (len == 0 || len > r->left.n - 4)
        return err_set(e, ERR_INPUT, "record %u is cut", r->record);
    if (!wire_read_feed_record((struct span){r->left.p + 4, len}, a, out, e))
        return err_in(e, "record %u", r->record);
    r->left.p += 4 + len;
    r->left.n -= 4 + len;
    return true;
}

void feed_add(struct bytes *body, const struct feed_record *r)
{
    size_t at = body->n;

    bytes_add(body, (const unsigned char[4]){0}, 4);
    wire_pack_feed_record(r, body);
    put_u32(body->p + at, (uint32_t)(body->n - at - 4));
}

uint32_t feed_add_blob(struct bytes *body, enum feed_blob_kind kind,
                       const struct hash *hash, struct span whole)
{
    uint32_t n = 0;

    for (size_t at = 0; at < whole.n; at += FEED_PIECE, n++) {
        size_t left = whole.n - at;
        struct feed_record r = {
            .kind = FEED_RECORD_BLOB,
            .blob = {.kind = kind,
                     .hash = *hash,
                     .total = (uint32_t)whole.n,
                     .offset = (uint32_t)at,
                     .data = {whole.p + at, left < FEED_PIECE ? left : FEED_PIECE}}
        };

        feed_add(body, &r);
    }
    return n;
}

static bool has(struct span body, const char *words)
{
    return memmem(body.p, body.n, words, strlen(words)) != NULL;
}

bool feed_is_public(const char *kind, struct span body)
{
    size_t n = strlen(kind);
    bool among = false;

    for (const char *k = FEED_PUBLIC_KINDS; *k != 0 && !among; k += k[0] == ',') {
        size_t len = strcspn(k, ",");

        among = len == n && memcmp(k, kind, n) == 0;
        k += len;
    }
    if (!among || strcmp(kind, "key") != 0)
        return among;
    /* canonical JSON: within a value the quotes would stand behind backslashes */
    return has(body, "\"use\":\"receipt\"") || has(body, "\"use\":\"person\"");
}

/* ---- names ---- */

const char *feed_name(const char *code, const struct feed_cursor *c,
                      char out[FEED_NAME_LEN])
{
    snprintf(out, FEED_NAME_LEN, "%.20s-%s-%" PRIu64 "-%09" PRIu64 ".htxpage", code,
             feed_chain_word(c->chain), c->epoch, c->page);
    return out;
}

static bool number(const char **p, uint64_t *v)
{
    *v = 0;
    if (**p < '0' || **p > '9')
        return false;
    for (; **p >= '0' && **p <= '9'; (*p)++) {
        if (*v > (INT64_MAX - 9) / 10)
            return false;
        *v = *v * 10 + (uint64_t)(**p - '0');
    }
    return true;
}

bool feed_cursor_read(const char *text, struct feed_cursor *c)
{
    uint64_t epoch, page;

    if (!number(&text, &epoch) || *text++ != '.' || !number(&text, &page) || *text != 0 ||
        epoch == 0)
        return false;
    c->epoch = epoch;
    c->page = page;
    c->has_hash = false;
    return true;
}
