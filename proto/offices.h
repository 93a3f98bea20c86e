/*
 * offices - who makes the report, who gets it and by which acts: names that change.
 *
 * offices.tsv   role place valid_from valid_to code name_vi name_en
 *   role        maker (the office that compiles and signs), ministry, alliance, recipient
 *   place       of several of one role, which: 1, 2, 3 as they are listed
 *   code        as it stands in the number of a paper, "STC" in 123/BC-STC; for maker
 * legal.tsv     place valid_from valid_to act name_vi name_en
 *   act         number of the act
 *
 * Of one role and place the last line counts that is valid on the day: a province's own
 * lines stand behind the national ones, so they replace them. A name "-" stands for
 * nobody. A catalogue without these files names no offices.
 */
#ifndef HTX_OFFICES_H
#define HTX_OFFICES_H

#include "proto/base/err.h"

struct office {
    const char *role;
    int place;
    int32_t valid_from, valid_to;
    const char *code, *name_vi, *name_en; /* code of an act: its number */
};

struct offices {
    const struct office *list, *acts; /* as the files have them; acts have role "act" */
    size_t n, n_acts;
};

enum { OFFICE_PLACES = 99 };

/* Empty bytes: the catalogue has no such file. Everything lives in the arena. */
bool offices_read(struct offices *o, struct arena *a, struct span offices,
                  struct span legal, struct err *e) MUST_CHECK;

/* Who it is on that day, or NULL. */
const struct office *office_at(const struct offices *o, const char *role, int place,
                               int32_t day);
const struct office *act_at(const struct offices *o, int place, int32_t day);

#endif
