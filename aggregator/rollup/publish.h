/*
 * publish - numbered publications: totals of one period and vintage at a fixed position.
 *
 * The canonical totals are text, one record a line, fields between tabs, rows in bytewise
 * order. They are a pure function of (log prefix, method, catalogue), so anyone can make
 * the same bytes again and compare the hash (BLAKE2b-256, as b2sum -l 256). Everything an
 * extract prints is in them or in the immutable catalogue version they name.
 *
 *   htx-totals 2 (of methods 1 and 2: htx-totals 1, which ends with the differences)
 *   province     code name
 *   period       scheme code name_vi name_en cutoff
 *   vintage, as-of (epoch seq; of the nation's: the vector), method, catalogue
 *   unit         columns of status_at, one line a unit
 *   unconfirmed  unit from subject name
 *   total        by ("-", "s", "u", "us"), then the columns of rollup.h up to RC_KEPT
 *   difference   columns of rollup_difference
 *   compare      by, then the columns of compare.h; behind each total, in their order
 *   target       id period indicator breakdown qualifier text value value_hi measure act
 *                outcome reason actual area note
 *   break        unit unit_from day text: where its series do not continue
 *   warning      unit unit_from epoch seq code state: what nobody has explained
 *
 * In a field \t, \n and \\ stand for tab, newline and backslash; null is empty.
 */
#ifndef HTX_PUBLISH_H
#define HTX_PUBLISH_H

#include "aggregator/rollup/rollup.h"
#include "proto/seal.h"

/* at->vintage must be given. Appends to out. */
bool totals_make(struct pg *pg, const struct rollup_at *at, struct bytes *out,
                 struct err *e) MUST_CHECK;

struct publication {
    const char *scheme, *period, *vintage;
    int64_t number;
    int64_t epoch, seq; /* as of */
    int64_t method, catalogue;
    struct hash hash;
    struct span totals;
    const char *published_vi; /* dd/mm/yyyy of its commit */
    const char *published;    /* "2025-06-20T10:00:00+07:00" */
    const char *paper_number; /* số, ký hiệu; NULL: not issued yet */
    const char *paper_date_vi;
};

/*
 * at: scheme, period and vintage. number 0: the newest. ERR_INPUT when there is none.
 * Strings and totals live in the arena.
 */
bool publication_read(const struct app *app, struct pg *pg, const struct rollup_at *at,
                      int64_t number, struct arena *a, struct publication *p,
                      struct err *e) MUST_CHECK;

/*
 * The vintage meant when none was named: actual if the period has such reports (with
 * published: publications), else the only one there is. ERR_INPUT asks to name one.
 */
bool publication_vintage(const struct app *app, struct pg *pg, struct rollup_at *at,
                         bool published, struct arena *a, struct err *e) MUST_CHECK;

/*
 * Makes the publication that a closing stands for: its totals, computed once more at the
 * closing's position, must have the hash that two people signed. ERR_INPUT with *same
 * false: they do not.
 */
bool publication_add(struct pg *pg, const struct seal *seal, const char *actor,
                     struct arena *a, struct publication *p, bool *same,
                     struct err *e) MUST_CHECK;

/* Computes the totals again. *same: byte for byte what was published. */
bool publication_check(struct pg *pg, const struct publication *p, bool *same,
                       struct err *e) MUST_CHECK;

#endif
