/*
 * notice - a later act of a person at the province, on its way to the unit: an answer to
 * a finding, a question, a return, a reminder, an extension.
 *
 * It is a control record of the province's log: canonical JSON, a leaf of its commit. Its
 * proof is that of a receipt: path and signed commit statement. Its position (epoch, seq)
 * names it for ever. Pure: public keys alone decide.
 */
#ifndef HTX_NOTICE_H
#define HTX_NOTICE_H

#include "proto/wire.h"

enum notice_kind {
    NOTICE_NONE,     /* of a newer release: shown with its text alone */
    NOTICE_ACCEPT,   /* a finding's explanation is accepted */
    NOTICE_ASK,      /* a question about a finding or a report */
    NOTICE_RETURN,   /* a report is returned: correct it and send it again */
    NOTICE_DECISION, /* a held or conflicting report was decided about */
    NOTICE_REMINDER, /* a period is due */
    NOTICE_EXTENSION /* a period's due date was moved for the unit */
};
const char *notice_word(enum notice_kind k); /* "accept", "ask" ...; "" for NONE */
enum notice_kind notice_of(const char *word);

/*
 * The record. Keys of the JSON object: notice (the kind's word), unit, unit_from (ISO
 * date), scheme, period, vintage, about (hex of the report's hash), finding, cell, text,
 * due (ISO date), person, person_name, form, subject, name; of a decision also decision
 * (the word below), head (hex), head_revision (integer). Text keys are absent, null or ""
 * when not given; a reader leaves keys alone that it does not know.
 */
struct notice_act {
    enum notice_kind kind;
    struct unit_key unit;
    const char *scheme, *period;
    enum vintage vintage;
    bool has_about;
    struct hash about;                 /* hash of the report */
    const char *form, *subject, *name; /* of that report: what people call it */
    const char *finding, *cell;
    const char *text;
    int32_t due; /* DATE_NONE: none */
    /*
     * Of a decision. What was decided: count, reject, correct (the desk's report takes
     * the place of this one), withdraw (the withdrawal counts), keep (it does not). head:
     * the report that the unit's next revision must replace, be it its own or the desk's;
     * its revision must be higher than head_revision.
     */
    const char *decision;
    bool has_head;
    struct hash head;
    uint32_t head_revision;
    const char *person, *person_name;
    /* from the proof, not from the record */
    struct log_pos at;
    int64_t time;
};

enum { NOTICE_MAX = 48 * 1024 /* bytes of a record */ };

/* The record alone. ERR_INPUT: not a notice. at and time are not filled. */
bool notice_read(struct span act, struct arena *a, struct notice_act *out,
                 struct err *e) MUST_CHECK;

/*
 * Checks path, statement and signature against one of the trusted keys and that it comes
 * from this province, then reads the record. ERR_INPUT says which check failed.
 */
bool notice_check(const struct notice *n, const struct hash *province,
                  const struct pubkey *keys, size_t n_keys, struct arena *a,
                  struct notice_act *out, struct err *e) MUST_CHECK;

#endif
