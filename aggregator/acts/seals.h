/*
 * seals - how far the closing of a period and vintage has come, what a person signs, and
 * the records that say so (htx.seal; proto/seal.h is what is signed).
 *
 * A proposal directly follows the prefix it was computed from: what came before is in it,
 * whatever comes later finds the period sealed. A confirmation signs the very bytes of a
 * proposal that nobody took back and that has not lapsed; the database looks once more
 * in the transaction that writes it.
 */
#ifndef HTX_SEALS_H
#define HTX_SEALS_H

#include "aggregator/rollup/rollup.h"
#include "aggregator/acts/signers.h"
#include "proto/seal.h"

/* A row of htx.seal with a signature. */
struct seal_act {
    int64_t epoch, seq;
    struct signing_person person;
    const char *at_vi, *at; /* "14:05 ngày 02/07/2025", "2025-07-02T14:05:09+07:00" */
    struct span text;
    struct endorsement signature;
};

enum seal_state { SEAL_OPEN, SEAL_PROPOSED, SEAL_CLOSED };

struct seals {
    enum seal_state state;
    int64_t number;                   /* proposed or closed; 0: never was */
    bool proposal;                    /* one to close or to reopen is pending, */
    bool reopening;                   /* to reopen, */
    bool lapsed;                      /* and has lapsed */
    struct seal_act proposed;         /* it */
    const char *lapses_vi, *lapses;   /* when it lapses, or did */
    bool sealed;                      /* closed by two people */
    struct seal_act first, confirmed; /* their acts */
    bool published;                   /* the publication of this closing exists */
    const char *paper_number;         /* that carries it; NULL: not issued yet */
    int32_t paper_date;
    int64_t next; /* number of the next closing */
};

/* Of at->scheme, period and vintage, at the end of the log. Strings live in the arena. */
bool seals_read(struct pg *pg, const struct rollup_at *at, struct arena *a,
                struct seals *out, struct err *e) MUST_CHECK;

/* first, confirmed and sealed as they stand for a number, whatever came after. */
bool seals_of(struct pg *pg, const struct rollup_at *at, int64_t number, struct arena *a,
              struct seals *out, struct err *e) MUST_CHECK;

/*
 * The vintage meant when none was named: actual if that is closed, else the only one that
 * is. ERR_INPUT asks to name one.
 */
bool seals_vintage(const struct app *app, struct pg *pg, struct rollup_at *at,
                   struct arena *a, struct err *e) MUST_CHECK;

/* A stored text and its two signatures: NULL where one is not there. ERR_INPUT: wrong. */
bool seals_hold(const struct seals *s, struct arena *a, struct seal *out,
                struct err *e) MUST_CHECK;

/*
 * What closing at->epoch, seq under this number would say; totals gets its canonical
 * totals. at is complete (rollup_at_find). Strings live in the arena.
 */
bool seals_compute(struct pg *pg, const struct rollup_at *at, int64_t number,
                   struct arena *a, struct seal *out, struct bytes *totals,
                   struct err *e) MUST_CHECK;

/* Where the log ends: as-of and commit of a seal. */
bool seals_end(struct pg *pg, struct seal *s, struct err *e) MUST_CHECK;

/* A record to be written. */
struct seal_record {
    const char *act; /* as in htx.seal */
    const char *scheme, *period, *vintage;
    int64_t number;
    const struct seal *seal; /* of signed acts, else NULL; text are its bytes */
    struct span text;
    struct endorsement signature;
    const char *person;
    const char *why, *paper_number; /* "" */
    int32_t paper_date;
    int64_t about_epoch, about_seq; /* the proposal confirmed or taken back, else 0 */
    bool moved; /* out: somebody wrote behind the prefix of the proposal */
    bool gone;  /* out: the proposal is no longer there to be confirmed */
};

/* One commit. False with moved or gone: nothing was written. */
bool seals_append(struct pg *pg, struct seal_record *r, struct err *e) MUST_CHECK;

#endif
