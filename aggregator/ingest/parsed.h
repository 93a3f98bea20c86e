/*
 * parsed - a message of a collector as the parser process hands it on.
 *
 * The parser unpacks, checks the canonical form, count, root and signature of a batch,
 * and judges each report by the rules of scope "report". What remains for the process
 * that holds the database is plain values in this shape: it never unpacks foreign bytes.
 * That the signer may speak for the unit is not decided here.
 */
#ifndef HTX_PARSED_H
#define HTX_PARSED_H

#include "proto/base/flat.h"
#include "proto/catalogue.h"
#include "proto/wire.h"

/* A row of htx.report_cell: what is rare about a cell, or a cell the form does not have.
 */
struct parsed_cell {
    int32_t cell; /* from 1, as the arrays; 0: not in the form */
    uint32_t indicator;
    const char *b1, *b2, *population, *text, *place;
    bool has_upper, stated;
    int64_t value, upper;
    char mark, qualifier;
    int32_t as_of;
};

struct parsed_report {
    const char *scheme, *period, *form, *subject, *name, *sector, *commune;
    uint32_t form_version, revision;
    enum vintage vintage;
    enum channel channel;
    enum subject_kind kind;
    enum entity_state state;
    struct hash digest;
    bool has_supersedes;
    struct hash supersedes;
    size_t n_cells; /* of the form; value, given, upper, mark, qualifier have as many */
    int64_t *value, *upper;
    bool *given, *upper_given;
    bool any_upper, any_qualifier;
    const char *mark, *qualifier; /* one letter a cell, see schema/pg/0001_log.sql */
    const char **place;           /* of each cell in the sheet, "" or NULL if unknown */
    const char *source_place;     /* of the whole report */
    struct parsed_cell *rare;
    size_t n_rare;
};

struct parsed_item {
    enum item_kind kind;
    struct hash hash;
    struct uuid id;
    enum not_now_reason not_now;
    uint32_t catalogue;
    struct parsed_report report;
    struct submission submission;
    struct explanation answer;
    struct findings findings; /* cleared by parsed_clear() */
};

enum parsed_kind {
    PARSED_BAD,
    PARSED_HELLO,
    PARSED_BATCH,
    PARSED_HAVE,
    PARSED_PART_REQUEST,
    PARSED_RECONCILE,
    PARSED_OTHER
};

struct parsed {
    enum parsed_kind kind;
    enum not_now_reason not_now; /* the whole message: a version we do not know */
    enum reject_reason reject;   /* PARSED_BAD, or a batch that does not hold */
    const char *detail;
    struct hello hello;
    struct have have;
    struct part_request part_request;
    struct reconcile_ask reconcile;
    struct batch_header header;
    struct hash header_hash;
    struct pubkey signer;
    struct parsed_item *items;
    size_t n_items;
};

/* Catalogue versions a report may name, newest last. */
struct catalogues {
    struct catalogue **list;
    size_t n;
};

/* The parser's work; also used directly by the province's desk on its own batch. */
void parse_message(struct span wire, const struct catalogues *cats, struct arena *a,
                   struct parsed *out);
void parsed_clear(struct parsed *p);

/*
 * One item of a batch, its hash and findings excepted; the rules of its form only where
 * `judge`. out->not_now: a catalogue or version that is not known here.
 */
bool parse_item(const struct item *it, const struct batch_header *h,
                const struct catalogues *cats, bool judge, struct arena *a,
                struct parsed_item *out, struct err *e) MUST_CHECK;

/*
 * The observations again, in order of the form's cells, then the others. Not quite those
 * that were sent: the words of a plain cell are not kept.
 */
void parsed_unfold(const struct parsed_report *p, const struct form *form,
                   struct arena *a, struct observation **obs, size_t *n);

/* The cells of a stored report from its columns as text: "{1,NULL,3}" and letters. */
void parsed_stored(struct parsed_report *p, const char *value, const char *upper,
                   const char *mark, const char *qualifier, struct arena *a);

/* "unit", "tax:6200001234", "certificate:number|issuer", "register:...", "" if none. */
const char *subject_key(const struct subject *s, struct arena *a);

/* The back flow's own, for the next process as well. */
void have_put(const struct have *h, struct bytes *b);
void have_get(struct flat *f, struct arena *a, struct have *h);
void part_request_put(const struct part_request *r, struct bytes *b);
void part_request_get(struct flat *f, struct arena *a, struct part_request *r);
void reconcile_ask_put(const struct reconcile_ask *r, struct bytes *b);
void reconcile_ask_get(struct flat *f, struct arena *a, struct reconcile_ask *r);

void parsed_put(const struct parsed *p, struct bytes *out);
bool parsed_get(struct span flat, struct arena *a, struct parsed *out,
                struct err *e) MUST_CHECK;

#endif
