/*
 * page - a unit's own page of the register, as it travels to the collector: which
 * entities the province expects there, their facts, and the last accepted values of each.
 *
 * The bytes are one RegisterPage of htx.proto, written and read entry by entry. Reading
 * checks all of it, but keeps only the entries' facts: the past of one entry is unpacked
 * when somebody asks, so a page of 5,000 entities costs little. The first entry may be of
 * kind SUBJECT_UNIT: it holds the unit's own statements. Its hash is DOMAIN_FILE.
 *
 * A collector keeps it as STATE/register/<code of the unit>.page.
 */
#ifndef HTX_PAGE_H
#define HTX_PAGE_H

#include "proto/index.h"
#include "proto/wire.h"

struct page_entry {
    struct subject subject;
    bool registered; /* false: it reported without standing in the register */
    int32_t founded; /* DATE_NONE: not known */
    size_t n_reports;
    struct span body; /* packed */
};

struct register_page {
    struct unit_key unit;
    struct log_pos at;          /* the log as of here */
    struct page_entry *entries; /* in the order of the page */
    size_t n;
    struct index index;
    struct arena arena;
    struct bytes bytes;
};

/* Copies what it needs. ERR_INPUT: not a page; ERR_RETRY: of a newer version. On false
 * nothing is to be cleared. */
bool page_read(struct register_page *p, struct span bytes, struct err *e) MUST_CHECK;
/*
 * The page of this unit below a collector's state folder. *there false: it has not come
 * yet, or is another unit's of the same code; then p is empty, and page_clear() is fine.
 */
bool page_open(struct register_page *p, const char *state, const struct unit_key *unit,
               bool *there, struct err *e) MUST_CHECK;
void page_clear(struct register_page *p);

/* By kind SUBJECT_UNIT, or by scheme, id and issuer; NULL: not on this page. */
const struct page_entry *page_find(const struct register_page *p,
                                   const struct subject *s);
/* Unpacks into the arena; what is borrowed from the page lives as long as it. */
void page_past(const struct register_page *p, const struct page_entry *entry,
               struct arena *a, struct past *out);

/* -- writing, at the province -- */
void page_begin(struct bytes *out, const struct page_head *head);
/* False: the entry does not fit (an entry of WIRE_MESSAGE, a page of WIRE_PAGE bytes);
 * out is as before. p->registered NULL: not in the register. */
bool page_add(struct bytes *out, const struct subject *s,
              const struct past *p) MUST_CHECK;

#endif
