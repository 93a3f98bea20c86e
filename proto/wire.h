/*
 * wire - bytes and structs: the only user of generated code, and the table of limits.
 *
 * Reading: a pre-scan counts fields and depth before anything is allocated, unpacking
 * runs behind a capped allocator, strings must be valid NFC without NUL, and
 * pack(unpack(b)) == b must hold for a known version (that alone catches duplicate
 * fields, other orders and long varints). Everything read lives in the caller's arena.
 * ERR_INPUT: malformed. ERR_RETRY: a version newer than ours ("not now").
 */
#ifndef HTX_WIRE_H
#define HTX_WIRE_H

#include "proto/crypto.h"
#include "proto/finding.h"
#include "proto/past.h"
#include "proto/verdict.h"
#include "proto/wire_feed.h"

/* Limits: name, value, what it bounds. Both sides and the documents use these. */
enum wire_limit {
    WIRE_MESSAGE = 256 * 1024,    /* MAXMSGSIZE: a Receipts answer is the largest */
    WIRE_BATCH = 64 * 1024,       /* packed Batch, one report always fits */
    WIRE_REPORT = 56 * 1024,      /* packed report */
    WIRE_BATCH_ITEMS = 256,       /* items of a batch */
    WIRE_OBSERVATIONS = 2000,     /* of a report */
    WIRE_TEXTS = 12,              /* named texts of a report */
    WIRE_TEXT_LEN = 32000,        /* bytes of a named text: 8,000 characters */
    WIRE_ANSWER_LEN = 8000,       /* bytes of an explanation: 2,000 characters */
    WIRE_STRING_LEN = 1000,       /* bytes of any other string */
    WIRE_HEADS = 512,             /* heads, units or keys in a hello or welcome */
    WIRE_BLOB = 16 * 1024 * 1024, /* a catalogue's bundle */
    WIRE_PAGE = 8 * 1024 * 1024,  /* a register page */
    WIRE_PART = 64 * 1024,        /* of either, in one message */
    WIRE_ENTITIES = 20000,        /* of a register page */
    WIRE_PAST = 200,              /* reports of one of them */
    WIRE_ENDORSEMENTS = 16,       /* of a catalogue */
    WIRE_LINES = 1024,            /* of an answer to a reconciliation */
    WIRE_DEPTH = 6,
    WIRE_FIELDS = 60000,        /* tags seen by the pre-scan in one message */
    WIRE_HEAP = 4 * 1024 * 1024 /* capped allocator, one unpack */
};

enum item_kind { ITEM_NONE, ITEM_REPORT, ITEM_SUBMISSION, ITEM_ANSWER };

struct item {
    enum item_kind kind;
    struct span body;
};

struct head {
    struct unit_key unit;
    uint64_t epoch, number;
    struct hash hash;
};

struct batch_header {
    struct unit_key unit;
    struct hash recipient;
    uint64_t epoch, number;
    struct hash previous; /* zero for the first of an epoch */
    uint32_t count;
    struct hash root;
    int64_t sealed_at;
    struct head *continues;
    size_t n_continues;
};

struct batch {
    struct span header_bytes; /* signed */
    struct batch_header header;
    struct signature signature;
    struct pubkey signer;
    struct item *items;
    size_t n_items;
    /*
     * Only in what a copy of the log keeps: hashes of items whose body is elsewhere, or
     * never came (their kind may be ITEM_NONE); zero for the others. NULL: all are here.
     */
    struct hash *elsewhere;
};

/* Is the body of this item not here? */
bool batch_elsewhere(const struct batch *b, size_t item);

struct leaf {
    struct hash item_hash;
    enum item_kind kind;
    struct unit_key unit;
    struct uuid id;
    uint64_t epoch, seq;
    enum verdict verdict;
    uint32_t catalogue;
    struct hash findings_hash;
    bool late;
    bool has_duplicate;
    struct hash duplicate_of;
};

struct statement {
    struct hash province;
    uint64_t epoch, number, first_seq, last_seq;
    struct hash root, previous;
    uint64_t control_epoch, control_seq;
    int64_t time;
    struct pubkey key;
    struct hash audit_head;
};

struct receipt {
    struct span leaf; /* exact bytes */
    uint32_t index, leaves;
    const struct hash *path;
    size_t n_path;
    struct span statement; /* exact bytes */
    struct signature signature;
    struct span findings; /* exact bytes */
};

enum not_now_reason {
    NOT_NOW_NONE,
    NOT_NOW_BUSY,
    NOT_NOW_DATABASE,
    NOT_NOW_PREDECESSOR,
    NOT_NOW_CATALOGUE_NEWER,
    NOT_NOW_CATALOGUE_OLDER,
    NOT_NOW_PERIOD_NOT_OPEN,
    NOT_NOW_VERSION,
    NOT_NOW_QUARANTINE,
};
const char *not_now_word(enum not_now_reason r);

enum reject_reason {
    REJECT_NONE,
    REJECT_MALFORMED,
    REJECT_SIGNATURE,
    REJECT_SPEAKER,
    REJECT_RECIPIENT,
    REJECT_EQUIVOCATION,
};
const char *reject_word(enum reject_reason r);

struct batch_ref {
    struct unit_key unit;
    uint64_t epoch, number;
};

struct not_now {
    struct batch_ref batch;
    bool has_item;
    struct hash item_hash;
    enum not_now_reason reason;
    const char *detail;
    uint32_t retry_after_ms;
};

/* One decoded Envelope. */
enum message_kind {
    MSG_NONE,
    MSG_HELLO,
    MSG_WELCOME,
    MSG_BATCH,
    MSG_RECEIPTS,
    MSG_NOT_NOW,
    MSG_REJECT,
    MSG_NOTICE,
    MSG_OFFER,
    MSG_PART_REQUEST,
    MSG_PART,
    MSG_HAVE,
    MSG_FEED_OPEN,
    MSG_FEED_STATE,
    MSG_FEED_REQUEST,
    MSG_FEED_PART,
    MSG_FEED_REFUSAL,
    MSG_RECONCILE_ASK,
    MSG_RECONCILE_ANSWER,
    MSG_OTHER, /* known to the schema, not used by this release */
};

struct log_pos { /* (epoch, seq); all zero: nothing yet */
    uint64_t epoch, seq;
};

/* What a collector holds of the back flow, for one of its units. */
struct have {
    struct unit_key unit;
    struct log_pos notice; /* of the newest notice */
    bool has_page;
    struct hash page;   /* of the register page, DOMAIN_FILE */
    uint32_t catalogue; /* newest endorsed version; 0: none */
    struct hash catalogue_hash;
};

struct hello {
    struct unit_key *units;
    size_t n_units;
    struct head *heads;
    size_t n_heads;
    uint32_t catalogue;
    struct have *have;
    size_t n_have;
    struct hash recipient;
    const char *program;
};

struct welcome {
    uint32_t version;
    struct head *heads;
    size_t n_heads;
    uint32_t catalogue;
    struct hash catalogue_hash;
    uint32_t report_version;
    uint32_t credit;
    int64_t time;
    struct pubkey *keys;
    size_t n_keys;
};

struct receipts_msg {
    struct batch_ref batch;
    struct receipt *receipts;
    size_t n;
    struct not_now *not_now;
    size_t n_not_now;
};

struct reject {
    struct batch_ref batch;
    enum reject_reason reason;
    const char *detail;
};

/* A control record of the log and its proof: the leaf of a commit, as of a receipt. */
struct notice {
    struct span act; /* exact bytes of the record */
    uint32_t index, leaves;
    const struct hash *path;
    size_t n_path;
    struct span statement; /* exact bytes */
    struct signature signature;
    struct log_pos previous; /* the notice to this unit before it */
};

enum blob_kind { BLOB_NONE, BLOB_CATALOGUE, BLOB_REGISTER };

struct blob_ref { /* what travels in parts */
    enum blob_kind kind;
    uint32_t version;     /* of a catalogue */
    struct unit_key unit; /* whose page; code "" for a catalogue */
    struct hash hash;     /* DOMAIN_CATALOGUE, or DOMAIN_FILE of a page */
    uint32_t total;       /* bytes */
};

struct endorsement { /* see endorse.h */
    struct pubkey key;
    struct signature signature;
};

struct offer {
    struct blob_ref blob;
    int32_t from; /* of a catalogue; else DATE_NONE */
    const struct endorsement *endorsements;
    size_t n_endorsements;
};

struct part_request {
    struct blob_ref blob;
    uint32_t offset;
};

struct part {
    struct blob_ref blob;
    uint32_t offset;
    struct span data;
};

/* -- reconciliation: see reconcile.h -- */

enum reconcile_state { /* what became of an item where the line stands */
    RECONCILE_NONE,
    RECONCILE_COUNTS,
    RECONCILE_REPLACED, /* by a later revision or declaration */
    RECONCILE_WITHDRAWN,
    RECONCILE_DUPLICATE,   /* another item with the same content counts */
    RECONCILE_NOT_COUNTED, /* held, refused, conflict: see the verdict */
    RECONCILE_LET_IN,      /* counts by a decision */
    RECONCILE_LEFT_OUT,    /* does not, by a decision */
    RECONCILE_UNAPPROVED,  /* of a collector: waits for its declaration */
    RECONCILE_WAITING,     /* waits for its time */
    RECONCILE_ON_THE_WAY,  /* sealed, without receipt */
};

struct reconcile_line { /* an item that a side holds; texts are never NULL */
    struct hash item;
    enum verdict verdict; /* NONE: no receipt yet */
    enum item_kind kind;
    enum reconcile_state state;
    bool desk;                         /* filed on the unit's behalf */
    const char *form, *subject, *name; /* of an answer: of its report */
    enum vintage vintage;
    uint32_t revision;
    int64_t time;      /* of the receipt, ms; without one when it was made */
    struct log_pos at; /* of the receipt */
    bool has_by;
    struct hash by; /* the item that took its place */
};

struct reconcile_ask {
    struct unit_key unit; /* code "": all units */
    const char *scheme, *period;
    unsigned char prefix[HASH_LEN];
    size_t n_prefix;
    bool list;
    bool has_after;
    struct hash after;
    struct log_pos at; /* all zero: now */
    bool fed;
};

struct reconcile_row { /* a unit, a part of its tree, or one item */
    struct unit_key unit;
    const char *name; /* of the unit */
    unsigned char prefix[HASH_LEN];
    size_t n_prefix;
    uint32_t count;
    struct hash root; /* zero where there is nothing */
    bool is_item;
    struct reconcile_line line;
};

struct reconcile_answer {
    struct reconcile_ask ask;
    struct log_pos at;
    const struct reconcile_row *rows;
    size_t n;
    bool more;
};

struct page_head { /* the log as of this position */
    struct unit_key unit;
    struct log_pos at;
};

struct message {
    enum message_kind kind;
    union {
        struct hello hello;
        struct welcome welcome;
        struct batch batch;
        struct receipts_msg receipts;
        struct not_now not_now;
        struct reject reject;
        struct notice notice;
        struct offer offer;
        struct part_request part_request;
        struct part part;
        struct have have;
        struct feed_open feed_open;
        struct feed_state feed_state;
        struct feed_request feed_request;
        struct feed_part feed_part;
        struct feed_refusal feed_refusal;
        struct reconcile_ask reconcile_ask;
        struct reconcile_answer reconcile_answer;
    };
};

/* -- packing: appends to out; never fails for values inside the limits -- */
bool wire_pack_report(const struct report *r, struct bytes *out,
                      struct err *e) MUST_CHECK;
bool wire_pack_submission(const struct submission *s, struct bytes *out,
                          struct err *e) MUST_CHECK;
/* ERR_INPUT: no text, or one longer than WIRE_ANSWER_LEN. */
bool wire_pack_explanation(const struct explanation *x, struct bytes *out,
                           struct err *e) MUST_CHECK;
void wire_pack_header(const struct batch_header *h, struct bytes *out);
void wire_pack_findings(const struct findings *fs, struct bytes *out);
void wire_pack_leaf(const struct leaf *l, struct bytes *out);
void wire_pack_statement(const struct statement *s, struct bytes *out);
void wire_pack_receipt(const struct receipt *r, struct bytes *out);
/* What two officers sign: this bundle is in force from this day. */
void wire_pack_catalogue_act(const struct hash *province, uint32_t catalogue,
                             const struct hash *bundle, int32_t from, struct bytes *out);
/* The beginning of a register page, and one entry of it; see page.h. */
void wire_pack_page_head(const struct page_head *h, struct bytes *out);
void wire_pack_entity(const struct subject *s, const struct past *p, struct bytes *out);
/* A whole Envelope. For MSG_BATCH header_bytes, signature, signer and items are used. */
void wire_pack_message(const struct message *m, struct bytes *out);

/* -- reading -- */
bool wire_read_report(struct span b, struct arena *a, struct report *r,
                      struct err *e) MUST_CHECK;
bool wire_read_submission(struct span b, struct arena *a, struct submission *s,
                          struct err *e) MUST_CHECK;
bool wire_read_explanation(struct span b, struct arena *a, struct explanation *x,
                           struct err *e) MUST_CHECK;
bool wire_read_header(struct span b, struct arena *a, struct batch_header *h,
                      struct err *e) MUST_CHECK;
bool wire_read_findings(struct span b, struct findings *fs, struct err *e) MUST_CHECK;
bool wire_read_leaf(struct span b, struct arena *a, struct leaf *l,
                    struct err *e) MUST_CHECK;
bool wire_read_statement(struct span b, struct statement *s, struct err *e) MUST_CHECK;
bool wire_read_receipt(struct span b, struct arena *a, struct receipt *r,
                       struct err *e) MUST_CHECK;
bool wire_read_page_head(struct span b, struct arena *a, struct page_head *h,
                         struct err *e) MUST_CHECK;
/* p->unit is not filled; p->registered is s or NULL. */
bool wire_read_entity(struct span b, struct arena *a, struct subject *s, struct past *p,
                      struct err *e) MUST_CHECK;
bool wire_read_message(struct span b, struct arena *a, struct message *m,
                       struct err *e) MUST_CHECK;

/* -- hashes of what is packed -- */
struct hash item_hash(enum item_kind kind, struct span body);
/*
 * The content digest: the report without id, provenance, cells, times, revision,
 * supersedes, reason and catalogue. Two reports of one key with the same digest say the
 * same.
 */
struct hash report_digest(const struct report *r);

#endif
