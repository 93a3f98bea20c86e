/*
 * pasts - what rules of scope register read when the province judges: asked of the store
 * for a whole group at once, and seen through what the group itself accepted before.
 */
#ifndef HTX_PASTS_H
#define HTX_PASTS_H

#include "aggregator/store/store.h"

/* Loads the catalogues of a new context; keeps them where they are the same. */
void pasts_catalogues(struct catalogues *own, const struct context *c);
void pasts_catalogues_clear(struct catalogues *own);

/* Fills what the probe of this item must bring, nothing where no rule needs it. */
void pasts_ask(const struct catalogues *cats, struct arena *a, struct probe *p);

/* The form of a stored report; NULL when no catalogue knows it. */
const struct form *pasts_form(const struct catalogues *cats, const char *form,
                              uint32_t version);

/*
 * A unit sees what others reported of a subject where the register gives it the subject;
 * elsewhere no more than that the same form came by another way: r loses its values then.
 * False: nothing at all. by: who reported r; p: what is judged; registered: NULL for
 * none.
 */
bool pasts_shown(const struct unit_key *unit, const struct unit_key *registered,
                 const struct parsed_report *p, const struct unit_key *by,
                 struct past_report *r);

struct pasts;

void pasts_open(struct pasts **out);
void pasts_close(struct pasts **ps);

/* Accepted: the rest of the group sees it. */
void pasts_add(struct pasts *ps, const struct catalogues *cats,
               const struct unit_key *unit, const struct parsed_item *item);

/* Judges the report beside its past and adds the findings. */
void pasts_check(const struct pasts *ps, const struct catalogues *cats,
                 const struct unit_key *unit, const struct parsed_item *item,
                 const struct past *stored, struct findings *fs);

#endif
