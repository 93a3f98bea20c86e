/*
 * holidays - the days on which offices do not work, and those on which they do instead.
 *
 * A day on which nobody works (Saturday, Sunday, a holiday) is no due day: the next
 * working day is. Which days are holidays is data (holidays.tsv of the catalogue), as
 * the lunar ones and the Saturdays worked in exchange are announced year by year:
 *
 *   date     of the day
 *   kind     holiday, or working: a Saturday or Sunday that is worked
 *   name_vi, name_en
 *   sure     fixed (by law, every year), announced, or expected (not yet announced)
 *
 * A catalogue without that file moves nothing, as when it was put into force.
 */
#ifndef HTX_HOLIDAYS_H
#define HTX_HOLIDAYS_H

#include "proto/base/clock.h"
#include "proto/base/err.h"

struct holiday {
    int32_t date;
    bool working;
    const char *name_vi, *name_en;
};

struct holidays {
    bool known;                 /* the catalogue has the file */
    const struct holiday *days; /* by date, each once */
    size_t n;
};

/* Reads the file's bytes; empty ones: no such file. Everything lives in the arena. */
bool holidays_read(struct holidays *h, struct arena *a, struct span file,
                   struct err *e) MUST_CHECK;

/* The same from a bundle of the catalogue, without loading the rest of it. */
bool holidays_of_bundle(struct holidays *h, struct arena *a, struct span bundle,
                        struct err *e) MUST_CHECK;

/* Why nobody works on that day: its holiday, or for a weekend *weekend. NULL and false:
 * a working day. */
const struct holiday *holiday_on(const struct holidays *h, int32_t day, bool *weekend);

bool date_is_saturday(int32_t day);

/* The day, or the first working day after it; the day itself when nothing is known. */
int32_t workday_from(const struct holidays *h, int32_t day);

#endif
