/*
 * signers - who may sign for the province: people of the register with a key of their
 * own, as consolidator or leader, on the days between their first and their last (the
 * officers of the genesis from the beginning on). And the line that a refused attempt
 * leaves.
 */
#ifndef HTX_SIGNERS_H
#define HTX_SIGNERS_H

#include "aggregator/cmd/commands.h"

/* Why an attempt was refused: a word for the audit. */
enum refusal {
    REFUSAL_NONE,
    REFUSAL_KEY_FILE,    /* no key could be read from the file */
    REFUSAL_UNKNOWN_KEY, /* nobody of the register has it */
    REFUSAL_REVOKED,
    REFUSAL_PERSON, /* not whom --by names, or nobody of the register */
    REFUSAL_ROLE,
    REFUSAL_NOT_VALID, /* before the person's first day, or after the last */
    REFUSAL_SAME_PERSON,
    REFUSAL_SAME_KEY,
    REFUSAL_NO_REASON,
    REFUSAL_LAPSED,
    REFUSAL_STATE,   /* not open, not closed, not published: nothing to be done here */
    REFUSAL_DIFFERS, /* computed again, it is not what was signed */
    REFUSAL_PERIOD,  /* unknown, or not clear which */
    REFUSAL_ARGUMENT,
    REFUSALS
};

const char *refusal_word(enum refusal r);
/* In the reader's language; the word itself when it is none of ours. */
const char *refusal_label(const char *word, enum lang lang);

struct signing_person {
    const char *code, *name;
};

/*
 * The person whose key this is; by, when given, must name the same one. ERR_INPUT when
 * nobody may sign with it, and *why. Strings live in the arena.
 */
bool signer_of_key(const struct app *app, struct pg *pg, const struct pubkey *key,
                   const char *by, struct arena *a, struct signing_person *out,
                   enum refusal *why, struct err *e) MUST_CHECK;

/* The same of a person who acts without signing. */
bool signer_named(const struct app *app, struct pg *pg, const char *by, struct arena *a,
                  struct signing_person *out, enum refusal *why,
                  struct err *e) MUST_CHECK;

/* One refused attempt: the words as they were given, NULL for none. */
struct attempt_line {
    const char *command; /* "close" */
    const char *period, *vintage, *person;
    const struct pubkey *key; /* NULL: none was read */
    enum refusal why;
};

/* Into the audit chain of the desk; says on stderr when that fails too. */
void attempt_refused(struct app *app, const struct attempt_line *line);

#endif
