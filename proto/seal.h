/* clang-format off */
/*
 * seal - what two people sign when a period is closed or reopened: one text, the same
 * bytes for both, so that anybody with public keys alone sees what they agreed on.
 *
 * One line a field, fields between tabs, in this order:
 *
 *   htx-seal 1
 *   act          close or reopen
 *   province     hash of its genesis
 *   period       scheme code
 *   vintage      plan, estimate, actual
 *   number       of the publication that this closing stands for, or that is taken up again
 *   as-of        epoch seq: the last record before the proposal; of a closing, the last
 *                one that counts
 *   commit       number hash root: of the statement of the commit that ends there
 *   totals       hash of the canonical totals under this number
 *   method       that they were computed with
 *   catalogue    version in force
 *   units        expected, and how many of them sent something            (close)
 *   reports      that count                                               (close)
 *   missing      unit from name: one that sent nothing, a line each       (close)
 *   warning      unit from epoch seq codes: a report with warnings that nobody answered,
 *                a line each                                              (close)
 *   why          in words                                                 (reopen)
 *
 * In a field \t, \n and \\ stand for tab, newline and backslash.
 */
/* clang-format on */
#ifndef HTX_SEAL_H
#define HTX_SEAL_H

#include "proto/wire.h"

enum { SEAL_BYTES_MAX = 16 * 1024 * 1024 };

struct seal_unit {
    const char *unit, *name;
    int32_t from;
};

struct seal_warning {
    const char *unit;
    int32_t from;
    int64_t epoch, seq;
    const char *codes; /* "C_12, C_40" */
};

struct seal {
    bool reopen;
    struct hash province;
    const char *scheme, *period, *vintage;
    int64_t number;
    int64_t epoch, seq;
    int64_t commit;
    struct hash statement, root;
    struct hash totals;
    int64_t method, catalogue;
    int64_t units, sent, reports;
    struct seal_unit *missing;
    size_t n_missing;
    struct seal_warning *warnings;
    size_t n_warnings;
    const char *why;
};

/* Appends the text. */
void seal_pack(const struct seal *s, struct bytes *out);

/*
 * The text of seal_pack and nothing else: what is read gives the same bytes again.
 * Strings and lists live in the arena. ERR_INPUT otherwise.
 */
bool seal_read(struct span text, struct arena *a, struct seal *s,
               struct err *e) MUST_CHECK;

struct endorsement seal_sign(struct span text, const struct keypair *key);
bool seal_holds(struct span text, const struct endorsement *one) MUST_CHECK;

/* Two different keys signed these very bytes. ERR_INPUT says what is missing. */
bool seal_by_two(struct span text, const struct endorsement *first,
                 const struct endorsement *second, struct err *e) MUST_CHECK;

#endif
