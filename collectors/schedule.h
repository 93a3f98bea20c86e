/*
 * schedule - what is due. Pure: the time is an argument.
 *
 * Being due is a condition on the civil time, never an event: it is asked again at every
 * look, so a restart forgets nothing and a clock that jumps over the moment only makes it
 * true. A clock that jumps back cannot send twice: what was sealed stays sealed.
 */
#ifndef HTX_SCHEDULE_H
#define HTX_SCHEDULE_H

#include "proto/base/clock.h"

/* Wall time in Vietnam, to the minute. */
struct civil {
    int32_t date;
    int minute; /* of the day */
};

enum send_when {
    SEND_NOW,
    SEND_WINDOW, /* when the period's window opens */
    SEND_AT,     /* at a given minute */
};

struct schedule {
    enum send_when when;
    struct civil at;
    bool approval; /* nothing leaves before it was declared */
};

/* "now", "window", "at 2025-06-15T08:00"; false for anything else. */
bool schedule_read(const char *text, struct schedule *out) MUST_CHECK;

/* fixed_date replaces the clock's date when it is not DATE_NONE. */
struct civil civil_now(int32_t fixed_date, int64_t wall_ms);

/*
 * May this item be sealed now? opens: of its period, DATE_NONE for a period that our
 * catalogue does not know (the province judges it, we do not hold it back).
 */
bool schedule_due(const struct schedule *s, bool approved, int32_t opens,
                  struct civil now);

/* "now", "window", "at ..." into out; returns out. */
char *schedule_text(const struct schedule *s, char out[24]);

#endif
