#include "proto/feed_check.h"

#include "proto/merkle.h"
#include "proto/receipt.h"

#include <inttypes.h>
#include <jansson.h>

enum key_use { USE_OTHER, USE_SIGN, USE_DESK, USE_RECEIPT };

struct known_key {
    struct pubkey key;
    enum key_use use;
    struct unit_key unit; /* of a unit's key */
    bool revoked;
};

struct feed_check {
    struct genesis genesis;
    enum feed_chain chain;
    struct feed_tip tip;
    struct known_key *keys;
    size_t n_keys, cap_keys;
    size_t last_key; /* found last */
    struct arena arena;
};

void feed_check_open(struct feed_check **out, const struct genesis *g,
                     enum feed_chain chain)
{
    struct feed_check *fc = *out = mem_new(sizeof *fc);

    fc->genesis = *g;
    fc->chain = chain;
}

void feed_check_close(struct feed_check **fcp)
{
    struct feed_check *fc = *fcp;

    if (fc == NULL)
        return;
    free(fc->keys);
    arena_clear(&fc->arena);
    free(fc);
    *fcp = NULL;
}

void feed_check_resume(struct feed_check *fc, const struct feed_tip *tip)
{
    fc->tip = *tip;
}

const struct feed_tip *feed_check_tip(const struct feed_check *fc)
{
    return &fc->tip;
}

/* ---- keys ---- */

static enum key_use use_of(const char *word)
{
    static const char *const words[] = {
        [USE_SIGN] = "sign", [USE_DESK] = "desk", [USE_RECEIPT] = "receipt"};

    for (size_t i = USE_SIGN; i < COUNT(words); i++)
        if (strcmp(words[i], word) == 0)
            return (enum key_use)i;
    return USE_OTHER;
}

static struct known_key *find_key(struct feed_check *fc, const struct pubkey *key)
{
    if (fc->last_key < fc->n_keys &&
        memcmp(&fc->keys[fc->last_key].key, key, sizeof *key) == 0)
        return &fc->keys[fc->last_key];
    for (size_t i = 0; i < fc->n_keys; i++)
        if (memcmp(&fc->keys[i].key, key, sizeof *key) == 0) {
            fc->last_key = i;
            return &fc->keys[i];
        }
    return NULL;
}

void feed_check_key(struct feed_check *fc, const char *use, const struct unit_key *unit,
                    const char *public, bool revoked)
{
    struct known_key k = {.use = use_of(use), .revoked = revoked}, *known;

    /* of another kind (CURVE): nothing is signed with it */
    if (k.use == USE_OTHER || !hex_read(public, k.key.b, KEY_LEN))
        return;
    known = find_key(fc, &k.key);
    if (known == NULL) {
        if (fc->n_keys == fc->cap_keys) {
            fc->cap_keys = fc->cap_keys != 0 ? 2 * fc->cap_keys : 64;
            fc->keys = mem_grow(fc->keys, fc->cap_keys, sizeof *fc->keys);
        }
        known = &fc->keys[fc->n_keys++];
        *known = (struct known_key){
            .unit = {"", DATE_NONE}
        };
    }
    k.unit = known->unit;
    if (strcmp(k.unit.code, unit->code) != 0 || k.unit.valid_from != unit->valid_from)
        k.unit = (struct unit_key){arena_str(&fc->arena, unit->code), unit->valid_from};
    *known = k;
}

static bool is_receipt_key(struct feed_check *fc, const struct pubkey *key)
{
    const struct known_key *k = find_key(fc, key);

    if (k != NULL)
        return k->use == USE_RECEIPT && !k->revoked;
    for (size_t i = 0; i < fc->genesis.n_keys; i++)
        if (memcmp(&fc->genesis.keys[i], key, sizeof *key) == 0)
            return true;
    return false;
}

/* May it speak for the unit? *desk: as the province's desk. */
static bool may_speak(struct feed_check *fc, const struct pubkey *key,
                      const struct unit_key *unit, bool *desk)
{
    const struct known_key *k = find_key(fc, key);

    if (k == NULL || k->revoked)
        return false;
    *desk = k->use == USE_DESK;
    return *desk || (k->use == USE_SIGN && strcmp(k->unit.code, unit->code) == 0 &&
                     k->unit.valid_from == unit->valid_from);
}

/* ---- control records that say who may speak ---- */

static const char *word(const json_t *j, const char *key)
{
    const char *s = json_string_value(json_object_get(j, key));

    return s != NULL ? s : "";
}

static void learn_key(struct feed_check *fc, const json_t *j)
{
    const struct unit_key unit = {word(j, "unit"), date_read(word(j, "unit_from"))};

    feed_check_key(fc, word(j, "use"), &unit, word(j, "public"),
                   json_is_true(json_object_get(j, "revoked")));
}

/* "CODE PUBLIC SIGNATURE" a line: two different officers of the file. */
static bool two_signed(const struct officers *o, struct span file, const char *lines)
{
    const struct officer_key *first = NULL;

    while (*lines != 0) {
        size_t n = strcspn(lines, "\n");
        char code[64], public[2 * KEY_LEN + 1], sig[2 * SIG_LEN + 1];
        struct pubkey key;
        struct signature signature;
        const struct officer_key *who;

        if (n < 512 && sscanf(lines, "%63s %64s %128s", code, public, sig) == 3 &&
            hex_read(public, key.b, KEY_LEN) && hex_read(sig, signature.b, SIG_LEN) &&
            (who = officer_with_key(o, &key)) != NULL &&
            sign_holds(DOMAIN_GENESIS, &key, file, &signature)) {
            if (first != NULL && first != who)
                return true;
            first = who;
        }
        lines += n + (lines[n] == '\n');
    }
    return false;
}

static bool check_genesis(const struct feed_check *fc, const json_t *j, struct err *e)
{
    struct span file = span_str(word(j, "file"));
    struct hash hash = hash_of(DOMAIN_GENESIS, file);

    if (!hash_eq(&hash, &fc->genesis.hash))
        return err_set(e, ERR_INPUT, "another genesis than the one that was pinned");
    return two_signed(&fc->genesis.officers, file, word(j, "signatures")) ||
           err_set(e, ERR_INPUT, "the genesis is not signed by two of its officers");
}

/* The log begins with its genesis, and has no other. */
static bool learn(struct feed_check *fc, uint64_t epoch, const struct checked_control *c,
                  struct err *e)
{
    bool genesis = strcmp(c->kind, "genesis") == 0, first = epoch == 1 && c->seq == 1;
    json_t *j;
    bool ok = true;

    if (genesis != first)
        return err_set(e, ERR_INPUT,
                       genesis ? "a genesis within the log"
                               : "it begins with no genesis");
    if (!genesis && strcmp(c->kind, "key") != 0)
        return true;
    j = json_loadb((const char *)c->body.p, c->body.n, 0, NULL);
    if (!json_is_object(j))
        ok = err_set(e, ERR_INPUT, "record of kind %s: no JSON object", c->kind);
    else if (genesis)
        ok = check_genesis(fc, j, e);
    else
        learn_key(fc, j);
    json_decref(j);
    return ok;
}

/* ---- one commit ---- */

struct building { /* what was read of a commit so far */
    struct feed_check *fc;
    struct arena *a;
    struct checked_commit *out;
    size_t cap, cap_batches;
    /* a blob that is on its way */
    unsigned char *blob;
    uint32_t blob_total, blob_n;
    struct hash blob_hash;
    enum feed_blob_kind blob_kind;
};

static bool add_blob(struct building *b, const struct feed_blob *piece, struct err *e)
{
    if (piece->offset == 0) {
        if (b->blob != NULL)
            return err_set(e, ERR_INPUT, "a second blob before the record of the first");
        if (piece->total == 0 || piece->total > FEED_BLOB)
            return err_set(e, ERR_INPUT, "a blob of %u bytes, at most %d", piece->total,
                           FEED_BLOB);
        b->blob = arena_new(b->a, piece->total);
        b->blob_total = piece->total;
        b->blob_n = 0;
        b->blob_hash = piece->hash;
        b->blob_kind = piece->kind;
    }
    if (b->blob == NULL || piece->offset != b->blob_n || piece->total != b->blob_total ||
        piece->kind != b->blob_kind || !hash_eq(&piece->hash, &b->blob_hash) ||
        piece->data.n == 0 || piece->data.n > b->blob_total - b->blob_n)
        return err_set(e, ERR_INPUT, "a piece of a blob that does not follow");
    memcpy(b->blob + b->blob_n, piece->data.p, piece->data.n);
    b->blob_n += (uint32_t)piece->data.n;
    return true;
}

/* The blob in front of a record is whole, of its hash, and named by the record. */
static bool take_blob(struct building *b, struct checked_control *c, struct err *e)
{
    char hex[2 * HASH_LEN + 1];
    struct hash hash;

    if (b->blob == NULL)
        return true;
    c->blob = (struct span){b->blob, b->blob_total};
    b->blob = NULL;
    if (b->blob_n != b->blob_total)
        return err_set(e, ERR_INPUT, "a blob of %u bytes ends after %u", b->blob_total,
                       b->blob_n);
    hash = hash_of(b->blob_kind == FEED_BLOB_CATALOGUE ? DOMAIN_CATALOGUE : DOMAIN_FILE,
                   c->blob);
    if (!hash_eq(&hash, &b->blob_hash))
        return err_set(e, ERR_INPUT, "a blob is not the one of its hash");
    hash_hex(&hash, hex);
    return memmem(c->body.p, c->body.n, hex, 2 * (size_t)HASH_LEN) != NULL ||
           err_set(e, ERR_INPUT, "a blob that its record does not name");
}

static void *grown(struct arena *a, const void *list, size_t n, size_t size)
{
    void *more = arena_new(a, 2 * n * size);

    if (n > 0 && list != NULL)
        memcpy(more, list, n * size);
    return more;
}

/* Room for one more leaf and its record. */
static void room(struct building *b)
{
    struct checked_commit *c = b->out;

    if (c->n_leaves < b->cap)
        return;
    if (b->cap == 0) {
        b->cap = 64;
        c->leaves = arena_new(b->a, b->cap * sizeof *c->leaves);
        c->controls = arena_new(b->a, b->cap * sizeof *c->controls);
        c->items = arena_new(b->a, b->cap * sizeof *c->items);
        return;
    }
    c->leaves = grown(b->a, c->leaves, b->cap, sizeof *c->leaves);
    c->controls = grown(b->a, c->controls, b->cap, sizeof *c->controls);
    c->items = grown(b->a, c->items, b->cap, sizeof *c->items);
    b->cap *= 2;
}

static bool add_control(struct building *b, const struct feed_control *r, struct err *e)
{
    struct checked_commit *c = b->out;
    struct checked_control one = {.seq = c->st.first_seq + c->n_leaves,
                                  .kind = r->kind,
                                  .actor = r->actor,
                                  .body = r->body};

    if (c->n_items > 0 || c->n_batches > 0)
        return err_set(e, ERR_INPUT, "a control record among items");
    if (!take_blob(b, &one, e))
        return false;
    room(b);
    c->leaves[c->n_leaves++] = hash_of(DOMAIN_CONTROL, r->body);
    c->controls[c->n_controls++] = one;
    return true;
}

static const struct checked_batch *find_batch(const struct checked_commit *c,
                                              const struct hash *hash, size_t *index)
{
    for (size_t i = c->n_batches; i-- > 0;) /* items follow their batch */
        if (hash_eq(&c->batches[i].hash, hash)) {
            *index = i;
            return &c->batches[i];
        }
    return NULL;
}

static bool add_batch(struct building *b, const struct feed_batch *r, struct err *e)
{
    struct checked_commit *c = b->out;
    struct checked_batch one = {.hash = hash_of(DOMAIN_BATCH, r->header)};
    struct feed_batch *kept;
    struct hash root;
    size_t at;

    if (c->n_controls > 0 || b->blob != NULL)
        return err_set(e, ERR_INPUT, "a batch among control records");
    if (!wire_read_header(r->header, b->a, &one.header, e))
        return err_in(e, "batch");
    if (find_batch(c, &one.hash, &at) != NULL)
        return err_set(e, ERR_INPUT, "a batch twice in one commit");
    if (!hash_eq(&one.header.recipient, &b->fc->genesis.hash))
        return err_set(e, ERR_INPUT, "a batch for another province");
    if (r->n == 0 || r->n != one.header.count)
        return err_set(e, ERR_INPUT, "a batch of %u items with %zu hashes",
                       one.header.count, r->n);
    root = merkle_root(r->hashes, r->n);
    if (!hash_eq(&root, &one.header.root))
        return err_set(e, ERR_INPUT, "hashes of a batch do not lead to its root");
    if (!sign_holds(DOMAIN_BATCH, &r->signer, r->header, &r->signature))
        return err_set(e, ERR_INPUT, "the signature of a batch does not hold");
    if (!may_speak(b->fc, &r->signer, &one.header.unit, &one.desk))
        return err_set(e, ERR_INPUT,
                       "a batch of unit %s signed by a key that may not speak for it",
                       one.header.unit.code);
    if (c->n_batches == b->cap_batches) {
        size_t half = b->cap_batches != 0 ? b->cap_batches : 8;

        c->batches = grown(b->a, c->batches, half, sizeof *c->batches);
        b->cap_batches = 2 * half;
    }
    kept = arena_new(b->a, sizeof *kept);
    *kept = *r;
    one.batch = kept;
    c->batches[c->n_batches++] = one;
    return true;
}

static bool same_unit(const struct unit_key *a, const struct unit_key *b)
{
    return strcmp(a->code, b->code) == 0 && a->valid_from == b->valid_from;
}

/* The leaf answers this item of its batch, at this position. */
static bool check_item(const struct checked_batch *batch, const struct checked_item *it,
                       uint64_t epoch, struct err *e)
{
    const struct feed_item *r = it->item;
    const struct leaf *leaf = &it->leaf;
    struct hash findings = hash_of(DOMAIN_FINDINGS, r->findings), body;

    if (r->index >= batch->batch->n ||
        !hash_eq(&batch->batch->hashes[r->index], &leaf->item_hash))
        return err_set(e, ERR_INPUT, "the leaf is not of this item of its batch");
    if (!same_unit(&leaf->unit, &batch->header.unit))
        return err_set(e, ERR_INPUT, "the leaf is of another unit than its batch");
    if (leaf->epoch != epoch || leaf->seq != it->seq)
        return err_set(e, ERR_INPUT, "the leaf is of position %" PRIu64 ".%" PRIu64,
                       leaf->epoch, leaf->seq);
    if (!hash_eq(&findings, &leaf->findings_hash))
        return err_set(e, ERR_INPUT, "findings are not those of the leaf");
    if (!r->has_body)
        return leaf->verdict == VERDICT_REFUSED ||
               err_set(e, ERR_INPUT, "the body of an item is missing that was %s",
                       verdict_word(leaf->verdict));
    body = item_hash(leaf->kind, r->body);
    return hash_eq(&body, &leaf->item_hash) ||
           err_set(e, ERR_INPUT, "the body is not the one that was signed");
}

static bool add_item(struct building *b, const struct feed_item *r, struct err *e)
{
    struct checked_commit *c = b->out;
    struct checked_item one = {.seq = c->st.first_seq + c->n_leaves};
    const struct checked_batch *batch;
    struct feed_item *kept;

    if (c->n_controls > 0 || b->blob != NULL)
        return err_set(e, ERR_INPUT, "an item among control records");
    batch = find_batch(c, &r->batch, &one.batch);
    if (batch == NULL)
        return err_set(e, ERR_INPUT, "an item without its batch");
    if (!wire_read_leaf(r->leaf, b->a, &one.leaf, e))
        return err_in(e, "leaf");
    one.item = r;
    if (!check_item(batch, &one, c->st.epoch, e))
        return false;
    kept = arena_new(b->a, sizeof *kept);
    *kept = *r;
    one.item = kept;
    room(b);
    c->leaves[c->n_leaves++] = hash_of(DOMAIN_LEAF, r->leaf);
    c->items[c->n_items++] = one;
    return true;
}

/* ---- statements ---- */

/* signature NULL: none was made */
static bool read_statement(struct feed_check *fc, struct span bytes,
                           const struct signature *signature, struct statement *st,
                           struct err *e)
{
    if (!wire_read_statement(bytes, st, e))
        return err_in(e, "commit");
    if (!hash_eq(&st->province, &fc->genesis.hash))
        return err_set(e, ERR_INPUT, "a commit of another province");
    if (!is_receipt_key(fc, &st->key))
        return err_set(e, ERR_INPUT,
                       "commit %" PRIu64 ".%" PRIu64
                       " names a key that is no receipt key of the province",
                       st->epoch, st->number);
    return signature == NULL ||
           sign_holds(DOMAIN_STATEMENT, &st->key, bytes, signature) ||
           err_set(e, ERR_INPUT,
                   "the signature of commit %" PRIu64 ".%" PRIu64 " does not hold",
                   st->epoch, st->number);
}

/* It continues the log, in this epoch or as the first one of a new one. */
static bool continues(const struct feed_check *fc, const struct feed_header *h,
                      const struct statement *st, struct err *e)
{
    const struct feed_tip *tip = &fc->tip;
    bool here = st->epoch == tip->epoch;

    if (st->epoch != h->commit_epoch)
        return err_set(e, ERR_INPUT, "a commit of epoch %" PRIu64, st->epoch);
    if (st->number != (here ? tip->number + 1 : 1) ||
        st->first_seq != (here ? tip->seq + 1 : 1) || st->last_seq < st->first_seq)
        return err_set(e, ERR_INPUT,
                       "commit %" PRIu64 ".%" PRIu64 " with positions %" PRIu64
                       " to %" PRIu64 " is not the next one",
                       st->epoch, st->number, st->first_seq, st->last_seq);
    if (!hash_eq(&st->previous, &tip->statement))
        return err_set(e, ERR_INPUT,
                       "commit %" PRIu64 ".%" PRIu64 " does not continue the one before",
                       st->epoch, st->number);
    return st->time >= tip->time ||
           err_set(e, ERR_INPUT, "commit %" PRIu64 ".%" PRIu64 ": time runs backwards",
                   st->epoch, st->number);
}

static bool close_commit(struct building *b, struct err *e)
{
    struct checked_commit *c = b->out;
    struct feed_check *fc = b->fc;
    uint64_t n = c->st.last_seq - c->st.first_seq + 1;
    struct hash root;

    if (b->blob != NULL)
        return err_set(e, ERR_INPUT, "a blob that no record names");
    if (c->n_leaves != n)
        return err_set(e, ERR_INPUT,
                       "commit %" PRIu64 ".%" PRIu64 " has %" PRIu64
                       " records, here are %zu",
                       c->st.epoch, c->st.number, n, c->n_leaves);
    root = merkle_root(c->leaves, c->n_leaves);
    if (!hash_eq(&root, &c->st.root))
        return err_set(e, ERR_INPUT,
                       "records of commit %" PRIu64 ".%" PRIu64
                       " do not lead to its root",
                       c->st.epoch, c->st.number);
    for (size_t i = 0; i < c->n_controls; i++)
        if (!learn(fc, c->st.epoch, &c->controls[i], e))
            return false;
    if (fc->tip.epoch == 0 && c->n_controls == 0)
        return err_set(e, ERR_INPUT, "it begins with no genesis");
    fc->tip.epoch = c->st.epoch;
    fc->tip.number = c->st.number;
    fc->tip.seq = c->st.last_seq;
    fc->tip.statement = hash_of(DOMAIN_STATEMENT, c->statement);
    fc->tip.time = c->st.time;
    if (c->n_controls > 0) {
        fc->tip.control_epoch = c->st.epoch;
        fc->tip.control_seq = c->st.last_seq;
    }
    return (c->st.control_epoch == fc->tip.control_epoch &&
            c->st.control_seq == fc->tip.control_seq) ||
           err_set(e, ERR_INPUT,
                   "commit %" PRIu64 ".%" PRIu64
                   " names another control record as newest",
                   c->st.epoch, c->st.number);
}

/* ---- a page ---- */

bool feed_check_begin(struct feed_check *fc, const struct feed_page *page,
                      struct feed_walk *w, struct err *e)
{
    const struct feed_header *h = &page->header;
    bool here = h->commit_epoch == fc->tip.epoch;

    *w = (struct feed_walk){.page = page, .records = feed_records(page)};
    if (!hash_eq(&h->province, &fc->genesis.hash))
        return err_set(e, ERR_INPUT, "page of another province");
    if (h->chain != fc->chain)
        return err_set(e, ERR_INPUT, "page of the chain %s, not %s",
                       feed_chain_word(h->chain), feed_chain_word(fc->chain));
    if (!feed_page_holds(page))
        return err_set(e, ERR_INPUT, "the signature of the page does not hold");
    if (h->first_number != (here ? fc->tip.number + 1 : 1) ||
        h->first_seq != (here ? fc->tip.seq + 1 : 1))
        return err_set(e, ERR_INPUT,
                       "page begins with commit %" PRIu64 " at %" PRIu64
                       ", the log stands at commit %" PRIu64 " and %" PRIu64,
                       h->first_number, h->first_seq, fc->tip.number, fc->tip.seq);
    w->seq = h->first_seq - 1;
    return true;
}

static bool in_record(const struct feed_walk *w, struct err *e)
{
    return err_in(e, "record %" PRIu32, w->records.record);
}

static bool at_end(struct feed_check *fc, const struct feed_walk *w, struct err *e)
{
    const struct feed_header *h = &w->page->header;

    if (fc->chain == FEED_FULL &&
        (fc->tip.number != h->last_number || fc->tip.seq != h->last_seq))
        return err_set(e, ERR_INPUT,
                       "page ends with commit %" PRIu64 " at %" PRIu64
                       ", its header says %" PRIu64 " and %" PRIu64,
                       fc->tip.number, fc->tip.seq, h->last_number, h->last_seq);
    if (!is_receipt_key(fc, &h->key))
        return err_set(e, ERR_INPUT,
                       "page is signed by a key that is no receipt key of the province");
    if (fc->chain ==
        FEED_PUBLICATIONS) { /* what it leaves out is not proved, but passed */
        fc->tip.epoch = h->commit_epoch;
        fc->tip.number = h->last_number;
        fc->tip.seq = h->last_seq;
    }
    return true;
}

static bool open_commit(struct building *b, const struct feed_walk *w,
                        const struct feed_record *r, struct err *e)
{
    const struct feed_header *h = &w->page->header;
    struct checked_commit *c = b->out;

    if (r->kind != FEED_RECORD_COMMIT)
        return err_set(e, ERR_INPUT, "a record outside of a commit");
    c->statement = r->commit.statement;
    c->has_signature = r->commit.has_signature;
    c->signature = r->commit.signature;
    if (!c->has_signature && h->commit_epoch == h->epoch)
        return err_set(e, ERR_INPUT, "a commit without signature");
    return read_statement(b->fc, c->statement, c->has_signature ? &c->signature : NULL,
                          &c->st, e) &&
           continues(b->fc, h, &c->st, e);
}

/* A whole commit of the full chain, whose first record is r. */
static bool full_commit(struct building *b, struct feed_walk *w, struct feed_record *r,
                        struct err *e)
{
    struct checked_commit *c = b->out;

    if (!open_commit(b, w, r, e))
        return in_record(w, e);
    for (;;) {
        struct feed_reader before = w->records;
        bool ok = true;

        if (!feed_next(&w->records, b->a, r, e))
            return false;
        switch (r->kind) {
        case FEED_RECORD_COMMIT: /* the next one: read again, by who asks for it */
            w->records = before;
            return close_commit(b, e);
        case FEED_RECORD_NONE:
            return close_commit(b, e);
        case FEED_RECORD_CONTROL:
            ok = add_control(b, &r->control, e);
            break;
        case FEED_RECORD_BATCH:
            ok = add_batch(b, &r->batch, e);
            break;
        case FEED_RECORD_ITEM:
            ok = add_item(b, &r->item, e);
            break;
        case FEED_RECORD_BLOB:
            ok = add_blob(b, &r->blob, e);
            break;
        case FEED_RECORD_ACT:
            ok = err_set(e, ERR_INPUT, "a record of the publications chain");
        }
        if (!ok)
            return err_in(e, "position %" PRIu64 ".%" PRIu64, c->st.epoch,
                          c->st.first_seq + c->n_leaves) ||
                   in_record(w, e);
    }
}

static bool check_act(struct building *b, struct feed_walk *w, const struct feed_act *act,
                      struct err *e)
{
    const struct feed_header *h = &w->page->header;
    struct checked_commit *c = b->out;
    struct checked_control *one;
    struct hash leaf = hash_of(DOMAIN_CONTROL, act->body);

    c->proof = true;
    c->statement = act->statement;
    c->has_signature = act->has_signature;
    c->signature = act->signature;
    if (!act->has_signature && h->commit_epoch == h->epoch)
        return err_set(e, ERR_INPUT, "a commit without signature");
    if (!read_statement(b->fc, act->statement,
                        act->has_signature ? &act->signature : NULL, &c->st, e))
        return false;
    if (c->st.epoch != h->commit_epoch || c->st.number < h->first_number ||
        c->st.number > h->last_number)
        return err_set(e, ERR_INPUT, "a record of commit %" PRIu64 ".%" PRIu64,
                       c->st.epoch, c->st.number);
    if (act->seq <= w->seq || act->seq < c->st.first_seq || act->seq > c->st.last_seq ||
        act->index != act->seq - c->st.first_seq ||
        act->leaves != c->st.last_seq - c->st.first_seq + 1)
        return err_set(e, ERR_INPUT, "a record that is not at its position");
    if (!merkle_holds(&leaf, act->index, act->leaves, act->path, act->n_path,
                      &c->st.root))
        return err_set(e, ERR_INPUT, "a record that does not lead to its commit's root");
    if (!feed_is_public(act->kind, act->body))
        return err_set(e, ERR_INPUT, "a record of kind %s in this chain", act->kind);
    c->controls = one = arena_new(b->a, sizeof *one);
    *one = (struct checked_control){
        .seq = act->seq, .kind = act->kind, .actor = act->actor, .body = act->body};
    c->n_controls = 1;
    w->seq = act->seq;
    return take_blob(b, one, e) && learn(b->fc, c->st.epoch, one, e);
}

/* A control record of the publications chain, behind its blob. */
static bool public_act(struct building *b, struct feed_walk *w, struct feed_record *r,
                       struct err *e)
{
    for (;;) {
        bool act = r->kind == FEED_RECORD_ACT, ok;

        if (act)
            ok = check_act(b, w, &r->act, e);
        else if (r->kind == FEED_RECORD_BLOB)
            ok = add_blob(b, &r->blob, e);
        else if (r->kind == FEED_RECORD_NONE)
            ok = err_set(e, ERR_INPUT, "a blob that no record names");
        else
            ok = err_set(e, ERR_INPUT, "a record of the full chain");
        if (!ok)
            return in_record(w, e);
        if (act)
            return true;
        if (!feed_next(&w->records, b->a, r, e))
            return false;
    }
}

bool feed_check_next(struct feed_check *fc, struct feed_walk *w, struct arena *a,
                     struct checked_commit *out, bool *end, struct err *e)
{
    struct building b = {.fc = fc, .a = a, .out = out};
    struct feed_record r;

    *out = (struct checked_commit){0};
    if (!feed_next(&w->records, a, &r, e))
        return false;
    *end = r.kind == FEED_RECORD_NONE;
    if (*end)
        return at_end(fc, w, e);
    return fc->chain == FEED_FULL ? full_commit(&b, w, &r, e) : public_act(&b, w, &r, e);
}
