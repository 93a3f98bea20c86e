/*
 * entity - what commands share that look up or change one entity of the register.
 *
 * Facts are those of schema/pg/again/12_register.sql at the end of the log: of a merged
 * number they are those of the one it is counted under.
 */
#ifndef HTX_ENTITY_H
#define HTX_ENTITY_H

#include "aggregator/acts/register.h"

/*
 * A number as people write it, in the form in which reports are keyed: "tax:..." or bare
 * digits (the check digit must hold), "certificate:NUMBER|ISSUER", "register:NUMBER|
 * COMMUNE". NULL, with what is wrong and what to write, when it is none of them.
 */
const char *entity_subject(const char *text, struct arena *a, const char **vi,
                           const char **en);
/* The same for an argument of a command: ERR_INPUT names it. */
bool entity_argument(const struct app *app, const char *what, const char *text,
                     struct arena *a, const char **subject, struct err *e) MUST_CHECK;

/* The END of the log as a position: "$epoch, $seq" of every function that wants one. */
#define LOG_END "9223372036854775807, 0"

struct entity_fact {
    bool known;
    const char *subject; /* the one it is counted under */
    const char *kind, *name, *sector, *unit, *unit_from, *unit_name, *commune, *state;
    const char *source; /* register, event, movement, report */
    int32_t founded, dissolved;
    bool confirmed;
};

/* day DATE_NONE: whatever was ever said. Strings live in the arena. */
bool entity_find(struct pg *pg, const char *subject, int32_t day, struct arena *a,
                 struct entity_fact *out, struct err *e) MUST_CHECK;
/* ERR_INPUT with the remedy when nobody knows it. */
bool entity_must(struct app *app, struct pg *pg, const char *subject, struct arena *a,
                 struct entity_fact *out, struct err *e) MUST_CHECK;

/* "HTX Bình Lư (5200000012)": as messages name it. */
const char *entity_shown(struct arena *a, const struct entity_fact *f);
/* Without "tax:", which people need not read. */
const char *subject_shown(const char *subject);

/* The word's text in the reader's language, or the word. */
const char *reg_word_shown(const struct reg_word *words, const char *code,
                           enum lang lang);
extern const struct reg_word ENTITY_KINDS[], ENTITY_STATES[], ENTITY_EVENTS[];

#endif
