/*
 * past - what is known of a subject before a report about it is judged: the register's
 * facts and the last values that stand. Plain data, borrowed; whoever fills it owns it.
 *
 * The province reads it from the store at the control position that its receipt names;
 * a collector from the unit's own page of the register, which travels to it. A rule of
 * scope "register" reads nothing else beside the report. NULL for a whole past means that
 * it is not known here: such rules then wait for the province.
 */
#ifndef HTX_PAST_H
#define HTX_PAST_H

#include "proto/report.h"

struct past_report { /* the newest accepted one of its form, period and vintage */
    const char *form;
    uint32_t form_version;
    const char *scheme, *period;
    enum vintage vintage;
    enum channel channel;
    const struct observation *obs;
    size_t n_obs;
};

struct past {
    const struct subject *registered;  /* NULL: not in the register */
    const struct unit_key *unit;       /* whose page of the register it stands on */
    int32_t founded;                   /* DATE_NONE: not known */
    const struct past_report *reports; /* by period end, newest last */
    size_t n_reports;
    /* where the subject is a unit: cooperatives that the register expects of it on the
     * period's cut-off day, and how many of them have a report that stands; -1: unknown
     */
    int64_t expected, listed;
};

#endif
